//! Every way in which reading a BMC can fail, and what an operator is told of each.

use std::time::Duration;

use super::tls::{Fingerprint, Level};
use crate::domain::failure::{Failure, Weight};

/// Why a BMC could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The name has no address.
    #[error("the name cannot be resolved: {0}")]
    NoSuchName(String),
    /// The TCP connection was refused.
    #[error("the connection was refused: nothing listens on that port")]
    Refused,
    /// Nothing answered the TCP connection.
    #[error("no answer to a TCP connection within {} s", .0.as_secs())]
    NoAnswer(Duration),
    /// The network has no way there, or another error of the socket.
    #[error("the network does not reach it: {0}")]
    Unreachable(String),
    /// The port speaks HTTP without TLS.
    #[error("plain HTTP is served on this port, not HTTPS")]
    PlainHttp,
    /// No TLS level that policy allows worked.
    #[error("no TLS handshake succeeded (tried {tried}): {detail}")]
    Tls {
        /// The levels tried, `strict, compat`.
        tried: String,
        /// OpenSSL's words.
        detail: String,
    },
    /// A lower TLS level might work but policy, or what worked before, forbids it.
    #[error("TLS level {needed} would be needed, and {why}: {detail}")]
    TlsLevelRefused {
        /// The next lower level.
        needed: Level,
        /// What forbids it.
        why: String,
        /// OpenSSL's words on the level that was tried.
        detail: String,
    },
    /// The certificate is not the pinned one.
    #[error("its certificate changed: pinned {pinned}, now {seen}")]
    CertificateChanged {
        /// The pin.
        pinned: Fingerprint,
        /// The certificate that was shown.
        seen: Fingerprint,
    },
    /// First contact, and policy wants the pin from a person.
    #[error("its certificate {seen} is not pinned yet")]
    CertificateUnknown {
        /// The certificate that was shown.
        seen: Fingerprint,
        /// True where only imported pins count.
        import_only: bool,
    },
    /// `verify = "ca"` and no authority vouches for it.
    #[error("no trusted authority vouches for its certificate: {0}")]
    CertificateUntrusted(String),
    /// A web server answers, but not a Redfish service.
    #[error("a web server answers there, but no Redfish service ({0})")]
    NotRedfish(String),
    /// No credential is configured for it.
    #[error("no credential is configured for it")]
    NoCredentials,
    /// The BMC refused the credential.
    #[error("the BMC refused user {username} (HTTP {status})")]
    WrongCredentials {
        /// The account that was refused.
        username: String,
        /// 401 or 403.
        status: u16,
    },
    /// It refuses a login while it may be restarting after our flash of it, which proves nothing of the password.
    #[error(
        "the BMC refused user {username} ({refused} of {most} times), as BMCs do that restart after a flash; the next login \
         is in {} s",
        .again_in.as_secs()
    )]
    NotReady {
        /// The account.
        username: String,
        /// How often it was refused so far.
        refused: u32,
        /// How often it may be before that counts.
        most: u32,
        /// When the next login may be tried, in device time.
        again_in: Duration,
    },
    /// This credential was refused before and has not changed since.
    #[error("not tried: user {username} was refused on {since} and the credential has not changed")]
    RefusedBefore {
        /// The account.
        username: String,
        /// When it was refused.
        since: String,
    },
    /// The account must change its password first.
    #[error("the BMC wants the password of {username} changed before anything else")]
    PasswordChangeRequired {
        /// The account.
        username: String,
    },
    /// No session slot is free.
    #[error("its session table is full{}", said(.0))]
    SessionTableFull(String),
    /// The answer stopped coming.
    #[error("{path} hung: {received} bytes came, then nothing within {} s", .after.as_secs())]
    Hung {
        /// The resource.
        path: String,
        /// Bytes of the answer's body that did come.
        received: usize,
        /// The deadline.
        after: Duration,
    },
    /// The connection ended before the answer did.
    #[error("{path}: the connection closed in mid-answer after {received} bytes: {detail}")]
    Cut {
        /// The resource.
        path: String,
        /// Bytes of the answer's body that did come.
        received: usize,
        /// The HTTP library's words.
        detail: String,
    },
    /// An upload of which nothing more was taken.
    #[error("{path}: the BMC took {sent} bytes of the image, then none within {} s", .after.as_secs())]
    Stalled {
        /// Where it went.
        path: String,
        /// Bytes of the image that were handed over.
        sent: u64,
        /// The deadline.
        after: Duration,
    },
    /// The answer is larger than any inventory.
    #[error("{path}: the answer is larger than {} MiB", .limit / (1 << 20))]
    TooLarge {
        /// The resource.
        path: String,
        /// The limit, in bytes.
        limit: usize,
    },
    /// HTML where JSON belongs.
    #[error("{path}: an HTML page came instead of JSON (HTTP {status})")]
    Html {
        /// The resource.
        path: String,
        /// The status of the answer.
        status: u16,
    },
    /// The body is no JSON.
    #[error("{path}: broken JSON at line {line} column {column}: {detail}")]
    BrokenJson {
        /// The resource.
        path: String,
        /// Line of the body, from 1.
        line: usize,
        /// Column of the body, from 1.
        column: usize,
        /// The parser's words.
        detail: String,
    },
    /// A redirect that would take credentials elsewhere.
    #[error("{path}: redirected elsewhere, to {to}; not followed")]
    RedirectElsewhere {
        /// The resource.
        path: String,
        /// Where to.
        to: String,
    },
    /// An HTTP error.
    #[error("{method} {path}: HTTP {status}{}", said(.message))]
    Http {
        /// The method.
        method: String,
        /// The resource.
        path: String,
        /// The status.
        status: u16,
        /// MessageIds of `@Message.ExtendedInfo`.
        message_ids: Vec<String>,
        /// The BMC's own words.
        message: String,
    },
    /// The whole reading took longer than one BMC may.
    #[error("not read within {} s", .0.as_secs())]
    Deadline(Duration),
    /// The reading was called off.
    #[error("the reading was called off")]
    CalledOff,
}

fn said(words: &str) -> String {
    if words.is_empty() { String::new() } else { format!(": {words}") }
}

impl Error {
    /// A fixed word for scripts.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::NoSuchName(_) => "no_such_name",
            Self::Refused => "connection_refused",
            Self::NoAnswer(_) => "no_answer",
            Self::Unreachable(_) => "unreachable",
            Self::PlainHttp => "plain_http",
            Self::Tls { .. } => "tls_failed",
            Self::TlsLevelRefused { .. } => "tls_level_refused",
            Self::CertificateChanged { .. } => "certificate_changed",
            Self::CertificateUnknown { .. } => "certificate_unknown",
            Self::CertificateUntrusted(_) => "certificate_untrusted",
            Self::NotRedfish(_) => "not_redfish",
            Self::NoCredentials => "no_credentials",
            Self::WrongCredentials { .. } => "wrong_credentials",
            Self::NotReady { .. } => "not_ready",
            Self::RefusedBefore { .. } => "credentials_refused_before",
            Self::PasswordChangeRequired { .. } => "password_change_required",
            Self::SessionTableFull(_) => "session_table_full",
            Self::Hung { .. } => "hung",
            Self::Cut { .. } => "cut",
            Self::Stalled { .. } => "stalled",
            Self::TooLarge { .. } => "answer_too_large",
            Self::Html { .. } => "html",
            Self::BrokenJson { .. } => "broken_json",
            Self::RedirectElsewhere { .. } => "redirect_elsewhere",
            Self::Http { .. } => "http_error",
            Self::Deadline(_) => "deadline",
            Self::CalledOff => "called_off",
        }
    }

    /// Whether a person must decide before anything is tried again.
    #[must_use]
    pub const fn weight(&self) -> Weight {
        match self {
            Self::TlsLevelRefused { .. }
            | Self::CertificateChanged { .. }
            | Self::CertificateUnknown { .. }
            | Self::CertificateUntrusted(_)
            | Self::NoCredentials
            | Self::RefusedBefore { .. } => Weight::Blocked,
            _ => Weight::Failed,
        }
    }

    /// True where no Redfish service answers at all.
    #[must_use]
    pub const fn means_no_bmc(&self) -> bool {
        matches!(
            self,
            Self::NoSuchName(_)
                | Self::Refused
                | Self::NoAnswer(_)
                | Self::Unreachable(_)
                | Self::PlainHttp
                | Self::Tls { .. }
                | Self::NotRedfish(_)
        )
    }

    /// True where the connection failed under a request: a fresh one may fare better.
    #[must_use]
    pub const fn is_of_the_connection(&self) -> bool {
        matches!(self, Self::Cut { .. })
    }

    /// True where the request had left: the BMC may have acted on it.
    #[must_use]
    pub const fn may_have_arrived(&self) -> bool {
        matches!(self, Self::Cut { .. } | Self::Hung { .. } | Self::TooLarge { .. } | Self::Stalled { .. })
    }

    /// The three things that an operator is told, for `endpoint`.
    #[must_use]
    pub fn failure(&self, endpoint: &str) -> Failure {
        let (state, next) = self.state_and_next(endpoint);
        Failure { kind: self.kind().into(), weight: self.weight(), what: self.to_string(), state: state.into(), next }
    }

    fn state_and_next(&self, endpoint: &str) -> (&'static str, String) {
        const NOTHING_SENT: &str = "nothing was sent to it";
        const NO_CREDENTIAL: &str = "no credential was sent";
        const READ_ONLY: &str = "only read from; nothing on the server was changed";
        match self {
            Self::NoSuchName(_) => (NOTHING_SENT, "check the name, or give the address".into()),
            Self::Refused => (NOTHING_SENT, "check the port (`--port`), and that the BMC's web service is on".into()),
            Self::NoAnswer(_) | Self::Unreachable(_) => {
                (NOTHING_SENT, "check the address, the cabling and the management network's routes".into())
            }
            Self::PlainHttp => (
                NO_CREDENTIAL,
                "give the HTTPS port, or switch HTTPS on in the BMC: firmdeck sends no password over plain HTTP".into(),
            ),
            Self::Tls { .. } => {
                (NO_CREDENTIAL, "see what the BMC offers: `openssl s_client -connect ADDRESS:PORT`".into())
            }
            Self::TlsLevelRefused { needed, .. } => (
                NO_CREDENTIAL,
                format!(
                    "allow it for this BMC: `firmdeck pins accept --level {needed} {endpoint}`, or for all: \
                         `lowest = \"{needed}\"` under [tls]"
                ),
            ),
            Self::CertificateChanged { .. } => (
                NO_CREDENTIAL,
                format!(
                    "if the BMC was reset, replaced or re-keyed by you: `firmdeck pins accept {endpoint}`; if not, \
                         somebody else may be answering"
                ),
            ),
            Self::CertificateUnknown { import_only: true, .. } => {
                (NO_CREDENTIAL, "import its pin (`firmdeck pins import FILE`), since first_contact is \"deny\"".into())
            }
            Self::CertificateUnknown { .. } => {
                (NO_CREDENTIAL, format!("compare it with the BMC's own page, then: `firmdeck pins accept {endpoint}`"))
            }
            Self::CertificateUntrusted(_) => {
                (NO_CREDENTIAL, "install a certificate of your authority in the BMC, or use verify = \"pin\"".into())
            }
            Self::NotRedfish(_) => (NO_CREDENTIAL, "check that the address is a BMC's, and the port".into()),
            Self::NoCredentials => (
                "it answers as a Redfish service; nothing else was read",
                "add a [[credentials]] entry to firmdeck.toml, or set FIRMDECK_USERNAME and FIRMDECK_PASSWORD".into(),
            ),
            Self::WrongCredentials { .. } => (
                "the credential was tried once and will not be tried again until it changes",
                "correct the credential; a locked account opens again after the BMC's lock-out time".into(),
            ),
            Self::NotReady { .. } => (
                "a flash of it is under way or just over",
                "wait: it is tried again rarely, so that the account is not locked out".into(),
            ),
            Self::RefusedBefore { .. } => (
                "nothing was sent, so that the account is not locked out",
                format!("correct the credential, or forget the refusal: `firmdeck pins forget --refusal {endpoint}`"),
            ),
            Self::PasswordChangeRequired { .. } => {
                (READ_ONLY, "change the password on the BMC's own page, then give firmdeck the new one".into())
            }
            Self::SessionTableFull(_) => (
                "no session was opened",
                "close sessions that others left open on the BMC, or wait for their time-out (5 to 30 minutes)".into(),
            ),
            Self::Stalled { .. } => (
                "part of an image was sent to it; what it did with that is not known",
                "read it again: its versions and tasks say whether the update was begun".into(),
            ),
            Self::Hung { .. } | Self::Deadline(_) => (
                READ_ONLY,
                "read it again later; if it stays so, reset the BMC (`ipmitool mc reset cold` leaves the host running)"
                    .into(),
            ),
            Self::Cut { .. } => (READ_ONLY, "read it again; a BMC that resets is back within 15 minutes".into()),
            Self::TooLarge { .. } | Self::Html { .. } | Self::BrokenJson { .. } => {
                (READ_ONLY, "see the exchange in the transcript under logs/transcripts in the state directory".into())
            }
            Self::RedirectElsewhere { to, .. } => {
                ("credentials stayed with the first address", format!("if that is the BMC, name it: {to}"))
            }
            Self::Http { .. } => (READ_ONLY, "see the exchange in the transcript under logs/transcripts".into()),
            Self::CalledOff => (READ_ONLY, "start the reading again".into()),
        }
    }
}
