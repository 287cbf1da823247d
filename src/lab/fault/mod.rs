//! Faults as rules: which BMC, which request, what instead, how often.
//!
//! A rule is data. Named faults are files of rules (`faults/*.toml`), a test writes its own in TOML or in code, and
//! nothing in the lab needs to know a fault by its name.

mod apply;
mod named;
mod parse;

use std::time::Duration;

pub use apply::{Faults, Point};
pub use named::{FaultError, load, names};
pub use parse::parse;
use serde_json::Value;

use super::{
    model::{Identity, Mishap},
    personality::Personality,
};

/// One rule.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// Which BMCs.
    pub servers: Servers,
    /// Where in the life of a connection.
    pub at: Point,
    /// Which method; any when there is none.
    pub method: Option<String>,
    /// Which paths: `*` stands for any text.
    pub path: String,
    /// Only requests with (`true`) or without (`false`) a header of this lower-case name.
    pub header: Option<(String, bool)>,
    /// The first of the matching requests that it touches, from 1.
    pub nth: u64,
    /// How many it touches from there on; all when there is none.
    pub times: Option<u64>,
    /// Time that passes first, on the wall clock.
    pub delay: Duration,
    /// What happens instead of the answer.
    pub effect: Effect,
}

impl Rule {
    /// A rule for every request to every BMC, to be narrowed.
    #[must_use]
    pub fn new(effect: Effect) -> Self {
        Self {
            servers: Servers::All,
            at: Point::Request,
            method: None,
            path: "*".to_owned(),
            header: None,
            nth: 1,
            times: None,
            delay: Duration::ZERO,
            effect,
        }
    }

    /// The same for one method and paths that match.
    #[must_use]
    pub fn on(mut self, method: &str, path: &str) -> Self {
        self.method = (method != "*").then(|| method.to_owned());
        path.clone_into(&mut self.path);
        self
    }

    /// The same for some BMCs.
    #[must_use]
    pub fn at_servers(mut self, servers: Servers) -> Self {
        self.servers = servers;
        self
    }

    /// The same from the `nth` matching request on, `times` times.
    #[must_use]
    pub fn times(mut self, nth: u64, times: u64) -> Self {
        self.nth = nth;
        self.times = Some(times);
        self
    }

    /// The same after a wait on the wall clock.
    #[must_use]
    pub fn after(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// The same when a connection is accepted, before TLS.
    #[must_use]
    pub fn at_connect(mut self) -> Self {
        self.at = Point::Connect;
        self
    }
}

/// Which BMCs a rule is for.
#[derive(Debug, Clone, PartialEq)]
pub enum Servers {
    /// Every one.
    All,
    /// By position in the fleet, from 0.
    Index(Vec<usize>),
    /// By serial number.
    Serial(String),
    /// By vendor.
    Vendor(String),
    /// By personality.
    Personality(Personality),
    /// This part of the fleet, drawn by the seed.
    Fraction(f64),
}

impl Servers {
    /// Reads `all`, `3`, `25%`, a vendor, a personality or a serial number.
    #[must_use]
    pub fn from_word(word: &str) -> Self {
        if word == "all" {
            return Self::All;
        }
        if let Ok(index) = word.parse() {
            return Self::Index(vec![index]);
        }
        if let Some(percent) = word.strip_suffix('%').and_then(|number| number.parse::<f64>().ok()) {
            return Self::Fraction(percent / 100.0);
        }
        if let Ok(personality) = word.parse() {
            return Self::Personality(personality);
        }
        if Personality::EVERY.iter().any(|one| one.vendor() == word) {
            return Self::Vendor(word.to_owned());
        }
        Self::Serial(word.to_owned())
    }

    /// Whether a machine is one of them.
    #[must_use]
    pub fn contain(&self, identity: &Identity, seed: u64) -> bool {
        match self {
            Self::All => true,
            Self::Index(list) => list.contains(&identity.index),
            Self::Serial(serial) => *serial == identity.serial,
            Self::Vendor(vendor) => vendor == identity.personality.vendor(),
            Self::Personality(personality) => *personality == identity.personality,
            Self::Fraction(part) => {
                let place = u64::try_from(identity.index).unwrap_or_default().wrapping_add(0xFA17);
                super::random::Random::new(seed, place).unit() < *part
            }
        }
    }
}

/// What happens instead of the answer, or to it.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Nothing but the delay.
    Slow,
    /// Another answer.
    Answer {
        /// HTTP status.
        status: u16,
        /// Headers beside the content type.
        headers: Vec<(String, String)>,
        /// Content type.
        content_type: String,
        /// The body.
        body: Vec<u8>,
        /// Whether the BMC does what it was asked all the same.
        done: bool,
    },
    /// The real answer with this JSON merged into it (RFC 7396).
    Merge(Value),
    /// The real answer's body ends after this many bytes, as if it were all.
    Truncate(usize),
    /// The connection closes after this many bytes of the answer, head included.
    Cut(usize),
    /// This many bytes that are not HTTP.
    Garbage(usize),
    /// A valid JSON body of about this many bytes.
    Huge(usize),
    /// The request is taken and nothing ever comes back.
    BlackHole,
    /// The connection is reset.
    Reset,
    /// The BMC resets at once, and takes the connection with it.
    BmcReset,
    /// The BMC resets once this many bytes of an upload have come.
    BmcResetAfter(u64),
    /// The real answer, and something goes wrong inside the machine.
    Mishap(Mishap),
}
