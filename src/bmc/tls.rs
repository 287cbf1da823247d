//! TLS to BMCs: three levels, and pinning inside the handshake.
//!
//! OpenSSL, because real BMCs offer RSA key exchange, CBC, RSA-1024, SHA-1 signatures and TLS 1.0, which rustls refuses
//! for good. A pin is compared in the verify callback, so a changed certificate ends the handshake before one byte of
//! HTTP, and so before a credential, has left.

use std::{
    fmt,
    net::IpAddr,
    str::FromStr,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use openssl::{
    error::ErrorStack,
    hash::MessageDigest,
    ssl::{
        Ssl, SslContext, SslContextBuilder, SslMethod, SslMode, SslOptions, SslSessionCacheMode, SslVerifyMode,
        SslVersion,
    },
    x509::{X509StoreContextRef, X509VerifyResult},
};
use serde::{Deserialize, Serialize};
use tokio::net::TcpStream;
use tokio_openssl::SslStream;

/// How much of TLS's past a BMC needs. Probed from the strictest down once, then remembered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// TLS 1.0 and up, any cipher that encrypts, any key.
    Legacy,
    /// TLS 1.2 and up with RSA key exchange, CBC and DHE allowed.
    Compat,
    /// TLS 1.2 and up, forward secrecy and AEAD only.
    Strict,
}

impl Level {
    /// The levels in the order of probing.
    pub const PROBED: [Self; 3] = [Self::Strict, Self::Compat, Self::Legacy];

    const fn ciphers(self) -> &'static str {
        match self {
            Self::Strict => "ECDHE+AESGCM:ECDHE+CHACHA20:@SECLEVEL=2",
            Self::Compat => "ALL:!aNULL:!eNULL:!PSK:!SRP:@SECLEVEL=2",
            Self::Legacy => "ALL:!aNULL:!eNULL:!PSK:!SRP:@SECLEVEL=0",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Strict => "strict",
            Self::Compat => "compat",
            Self::Legacy => "legacy",
        })
    }
}

impl FromStr for Level {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        Self::PROBED
            .into_iter()
            .find(|level| level.to_string() == word)
            .ok_or_else(|| format!("`{word}` is no TLS level; the levels are strict, compat and legacy"))
    }
}

/// SHA-256 of a certificate in DER.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Fingerprint(pub [u8; 32]);

impl TryFrom<String> for Fingerprint {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Fingerprint> for String {
    fn from(fingerprint: Fingerprint) -> Self {
        fingerprint.to_string()
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("sha256:")?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl FromStr for Fingerprint {
    type Err = String;

    /// Reads `sha256:` and 64 hex digits; colons between bytes and the missing prefix, as other tools print them, are fine.
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no SHA-256 fingerprint: 64 hex digits are expected");
        let digits = text.trim().to_lowercase();
        let digits = digits.strip_prefix("sha256:").unwrap_or(&digits).replace(':', "");
        if digits.len() != 64 || !digits.is_ascii() {
            return Err(wrong());
        }
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(digits.as_bytes().chunks(2)) {
            let pair = str::from_utf8(pair).map_err(|_| wrong())?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| wrong())?;
        }
        Ok(Self(bytes))
    }
}

/// By what a certificate is judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trust {
    /// It must be this one.
    Pinned(Fingerprint),
    /// None is known yet; whichever is shown is reported back, to be pinned.
    FirstContact,
    /// An authority of the machine's trust store must vouch for it.
    Authority,
    /// Any will do. The operator asked for it.
    Insecure,
}

/// What the other end turned out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peer {
    /// Its certificate.
    pub fingerprint: Fingerprint,
    /// The level that the handshake needed.
    pub level: Level,
    /// `TLSv1.3` and so on.
    pub protocol: String,
    /// The cipher's name.
    pub cipher: String,
}

/// Why a handshake failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HandshakeError {
    /// The certificate is not the pinned one.
    Changed {
        /// The one that was shown.
        seen: Fingerprint,
    },
    /// No authority vouches for it.
    Untrusted(String),
    /// Client and server found no common ground at this level.
    Level(String),
}

#[derive(Debug, Default)]
struct Seen {
    fingerprint: Option<Fingerprint>,
    untrusted: Option<String>,
    weak: Option<String>,
}

/// Makes TLS over `stream` at `level`, judging the certificate by `trust`.
pub async fn handshake(
    stream: TcpStream,
    host: &str,
    level: Level,
    trust: &Trust,
) -> Result<(SslStream<TcpStream>, Peer), HandshakeError> {
    let seen = Arc::new(Mutex::new(Seen::default()));
    let ssl = prepare(host, level, trust, &seen).map_err(|e| HandshakeError::Level(words(&e)))?;
    let mut tls = SslStream::new(ssl, stream).map_err(|e| HandshakeError::Level(words(&e)))?;
    let outcome = std::pin::Pin::new(&mut tls).connect().await;
    let seen = std::mem::take(&mut *seen.lock().unwrap_or_else(PoisonError::into_inner));
    if let Err(error) = outcome {
        return Err(match (trust, seen) {
            (_, Seen { weak: Some(weak), .. }) => HandshakeError::Level(weak),
            (Trust::Pinned(pin), Seen { fingerprint: Some(shown), .. }) if shown != *pin => {
                HandshakeError::Changed { seen: shown }
            }
            (Trust::Authority, Seen { untrusted: Some(why), .. }) => HandshakeError::Untrusted(why),
            _ => HandshakeError::Level(error.ssl_error().map_or_else(|| error.to_string(), words)),
        });
    }
    let shown = tls
        .ssl()
        .peer_certificate()
        .and_then(|certificate| fingerprint_of(&certificate))
        .ok_or_else(|| HandshakeError::Level("the server showed no certificate".into()))?;
    if let Trust::Pinned(pin) = trust
        && shown != *pin
    {
        return Err(HandshakeError::Changed { seen: shown });
    }
    let peer = Peer {
        fingerprint: shown,
        level,
        protocol: tls.ssl().version_str().into(),
        cipher: tls.ssl().current_cipher().map_or("", |cipher| cipher.name()).into(),
    };
    Ok((tls, peer))
}

fn prepare(host: &str, level: Level, trust: &Trust, seen: &Arc<Mutex<Seen>>) -> Result<Ssl, ErrorStack> {
    let context = context(level, *trust == Trust::Authority)?;
    let mut ssl = Ssl::new(&context)?;
    let address = host.parse::<IpAddr>();
    if address.is_err() {
        ssl.set_hostname(host)?;
    }
    if *trust == Trust::Authority {
        match address {
            Ok(address) => ssl.param_mut().set_ip(address)?,
            Err(_) => ssl.param_mut().set_host(host)?,
        }
    }
    let (trust, seen) = (trust.clone(), Arc::clone(seen));
    ssl.set_verify_callback(SslVerifyMode::PEER, move |vouched, chain| {
        let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
        judge(vouched, chain, level, &trust, &mut seen)
    });
    Ok(ssl)
}

/// The verify callback: called for each certificate of the chain, and for each fault that OpenSSL finds in it.
fn judge(vouched: bool, chain: &mut X509StoreContextRef, level: Level, trust: &Trust, seen: &mut Seen) -> bool {
    if level > Level::Legacy && !vouched && is_weakness(chain.error()) {
        seen.weak = Some(format!("{} (the certificate's key or digest)", chain.error().error_string()));
        return false;
    }
    if chain.error_depth() == 0
        && let Some(fingerprint) = chain.current_cert().and_then(fingerprint_of)
    {
        seen.fingerprint = Some(fingerprint);
    }
    match trust {
        Trust::Pinned(pin) => chain.error_depth() > 0 || seen.fingerprint == Some(*pin),
        Trust::FirstContact | Trust::Insecure => true,
        Trust::Authority => {
            if !vouched {
                seen.untrusted = Some(chain.error().error_string().into());
            }
            vouched
        }
    }
}

/// X509_V_ERR_EE_KEY_TOO_SMALL, X509_V_ERR_CA_KEY_TOO_SMALL and X509_V_ERR_CA_MD_TOO_WEAK (openssl/x509_vfy.h).
fn is_weakness(error: X509VerifyResult) -> bool {
    (66..=68).contains(&error.as_raw())
}

fn fingerprint_of(certificate: &openssl::x509::X509Ref) -> Option<Fingerprint> {
    let digest = certificate.digest(MessageDigest::sha256()).ok()?;
    digest.as_ref().try_into().ok().map(Fingerprint)
}

/// One context a level and kind of trust for the whole process: making one costs more than a handshake.
fn context(level: Level, with_authorities: bool) -> Result<SslContext, ErrorStack> {
    static CONTEXTS: [OnceLock<SslContext>; 6] = [const { OnceLock::new() }; 6];
    let slot = &CONTEXTS[level as usize + if with_authorities { 3 } else { 0 }];
    if let Some(context) = slot.get() {
        return Ok(context.clone());
    }
    let context = build(level, with_authorities)?;
    Ok(slot.get_or_init(|| context).clone())
}

fn build(level: Level, with_authorities: bool) -> Result<SslContext, ErrorStack> {
    let mut builder: SslContextBuilder = SslContext::builder(SslMethod::tls_client())?;
    builder.set_cipher_list(level.ciphers())?;
    builder.set_min_proto_version(Some(match level {
        Level::Legacy => SslVersion::TLS1,
        Level::Strict | Level::Compat => SslVersion::TLS1_2,
    }))?;
    // A thousand connections that wait for slow BMCs keep no record buffers: 34 KiB each.
    builder.set_mode(SslMode::RELEASE_BUFFERS);
    // A resumed session skips the verify callback, and with it the pin.
    builder.set_session_cache_mode(SslSessionCacheMode::OFF);
    if level == Level::Legacy {
        // Servers from before RFC 5746, which OpenSSL 3 refuses by default: SSL_OP_LEGACY_SERVER_CONNECT.
        builder.set_options(SslOptions::from_bits_retain(0x4));
    }
    if with_authorities {
        builder.set_default_verify_paths()?;
    }
    Ok(builder.build())
}

fn words(errors: &ErrorStack) -> String {
    errors
        .errors()
        .iter()
        .find_map(|error| error.reason().map(str::to_lowercase))
        .unwrap_or_else(|| "the connection was closed during the handshake".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_is_read_as_other_tools_print_it() {
        let ours = Fingerprint([0xAB; 32]);
        for text in [ours.to_string(), "AB:".repeat(31) + "AB", "ab".repeat(32)] {
            assert_eq!(text.parse(), Ok(ours), "{text}");
        }
        for text in ["", "sha256:", "zz", &"é".repeat(32), &"ab".repeat(31)] {
            assert!(text.parse::<Fingerprint>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_level_is_higher_the_stricter_it_is() {
        assert!(Level::Strict > Level::Compat && Level::Compat > Level::Legacy);
    }
}
