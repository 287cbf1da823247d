//! Which rule a request meets.

use std::{
    sync::{
        PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use super::{Effect, Rule};
use crate::lab::{bmc::Request, model::Identity};

/// Where in the life of a connection a rule acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Point {
    /// When it is accepted, before TLS.
    Connect,
    /// When a request has been read.
    Request,
}

/// The rules of one BMC with their counts.
#[derive(Debug)]
pub struct Faults {
    identity: Identity,
    seed: u64,
    rules: RwLock<Vec<Counted>>,
}

#[derive(Debug)]
struct Counted {
    rule: Rule,
    met: AtomicU64,
}

impl Faults {
    /// The rules that are for this machine.
    #[must_use]
    pub fn new(identity: Identity, seed: u64, rules: &[Rule]) -> Self {
        let faults = Self { identity, seed, rules: RwLock::default() };
        faults.add(rules);
        faults
    }

    /// Adds rules behind those that are there.
    pub fn add(&self, rules: &[Rule]) {
        let ours = rules.iter().filter(|rule| rule.servers.contain(&self.identity, self.seed));
        let mut list = self.rules.write().unwrap_or_else(PoisonError::into_inner);
        list.extend(ours.map(|rule| Counted { rule: rule.clone(), met: AtomicU64::new(0) }));
    }

    /// Removes all rules.
    pub fn clear(&self) {
        self.rules.write().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// What a new connection meets.
    #[must_use]
    pub fn at_connect(&self) -> Option<(Duration, Effect)> {
        self.first(|rule| rule.at == Point::Connect)
    }

    /// What a request meets: the first rule that matches it and is due.
    #[must_use]
    pub fn at_request(&self, request: &Request) -> Option<(Duration, Effect)> {
        self.first(|rule| {
            rule.at == Point::Request
                && rule.method.as_deref().is_none_or(|method| method.eq_ignore_ascii_case(&request.method))
                && glob(&rule.path, &request.path)
                && rule.header.as_ref().is_none_or(|(name, with)| request.header(name).is_some() == *with)
        })
    }

    /// What an IPMI command meets: only rules for the method `IPMI` are meant for it, by the path `/ipmi/2c/32` of network
    /// function and command; the status of an answer is its completion code.
    #[must_use]
    pub fn at_ipmi(&self, function: u8, command: u8) -> Option<(Duration, Effect)> {
        let path = format!("/ipmi/{function:02x}/{command:02x}");
        self.first(|rule| {
            rule.at == Point::Request && rule.method.as_deref() == Some("IPMI") && glob(&rule.path, &path)
        })
    }

    fn first(&self, matches: impl Fn(&Rule) -> bool) -> Option<(Duration, Effect)> {
        let rules = self.rules.read().unwrap_or_else(PoisonError::into_inner);
        for Counted { rule, met } in rules.iter().filter(|counted| matches(&counted.rule)) {
            let number = met.fetch_add(1, Ordering::Relaxed) + 1;
            let due = number >= rule.nth && rule.times.is_none_or(|times| number < rule.nth.saturating_add(times));
            if due {
                return Some((rule.delay, rule.effect.clone()));
            }
        }
        None
    }
}

/// Whether a text matches a pattern in which `*` stands for any text.
fn glob(pattern: &str, text: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut text) = text.strip_prefix(head) else { return false };
    let mut parts: Vec<&str> = rest.split('*').collect();
    let last = parts.pop().unwrap_or_default();
    for part in parts {
        match text.find(part) {
            Some(at) => text = text.get(at + part.len()..).unwrap_or_default(),
            None => return false,
        }
    }
    text.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::{fault::Servers, fleet, personality::Personality};

    #[test]
    fn a_star_stands_for_any_text() {
        for (pattern, text, matches) in [
            ("*", "/redfish/v1", true),
            ("/redfish/v1", "/redfish/v1", true),
            ("/redfish/v1", "/redfish/v1/Systems", false),
            ("*/FirmwareInventory/*", "/redfish/v1/UpdateService/FirmwareInventory/BMC", true),
            ("*/FirmwareInventory/*", "/redfish/v1/UpdateService/FirmwareInventory", false),
            ("*/Inst*-159-*", "/a/Installed-159-1.2", true),
            ("*/FirmwareInventory", "/redfish/v1/UpdateService/FirmwareInventory", true),
        ] {
            assert_eq!(glob(pattern, text), matches, "{pattern} {text}");
        }
    }

    #[test]
    fn a_rule_acts_from_its_nth_request_on_and_as_often_as_it_says() {
        let machine = fleet::machine(Personality::Idrac9, 0, 1);
        let faults = Faults::new(machine.identity, 1, &[Rule::new(Effect::Reset).on("GET", "/a").times(2, 2)]);
        let request = Request { method: "GET".into(), path: "/a".into(), ..Request::default() };
        let met: Vec<_> = (0..5).map(|_| faults.at_request(&request).is_some()).collect();
        assert_eq!(met, [false, true, true, false, false]);
    }

    #[test]
    fn a_fraction_is_drawn_by_the_seed() {
        let count = |seed| {
            let all = fleet::fleet(400, seed, &Personality::ALL, false);
            all.iter().filter(|one| Servers::Fraction(0.25).contain(&one.identity, seed)).count()
        };
        assert!((70..130).contains(&count(3)), "{}", count(3));
        assert_eq!(count(3), count(3));
    }
}
