//! Which BMCs an entry of the configuration is for.

use std::{net::IpAddr, str::FromStr};

use ipnet::IpNet;
use serde::Deserialize;

use crate::domain::target::Target;

/// The `for` of an entry. The most specific that matches a BMC counts, and no other.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum Scope {
    /// `*`
    All,
    /// `10.0.0.0/8`
    Net(IpNet),
    /// `10.0.0.1-10.0.0.99`
    Range(IpAddr, IpAddr),
    /// `env=prod`, also `site=…`, `rack=…` and `name=…` of the targets file.
    Label(String, String),
    /// An address or a host name.
    Host(String),
}

/// How specific a match is; greater wins. An address beats a label, a label beats a range, a small range a large one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rank(u8, u128);

impl Scope {
    /// How specifically this scope matches `target`, or nothing where it does not.
    #[must_use]
    pub fn matches(&self, target: &Target) -> Option<Rank> {
        let host = &target.endpoint.host;
        let address = || host.parse::<IpAddr>().ok();
        match self {
            Self::All => Some(Rank(0, 0)),
            Self::Net(net) => {
                let left = net.max_prefix_len() - net.prefix_len();
                net.contains(&address()?)
                    .then(|| Rank(1, u128::MAX - 1_u128.checked_shl(left.into()).unwrap_or(u128::MAX)))
            }
            Self::Range(first, last) => {
                let address = address()?;
                let inside = first <= &address && &address <= last && first.is_ipv4() == address.is_ipv4();
                inside.then(|| Rank(1, u128::MAX - (number(*last) - number(*first)).saturating_add(1)))
            }
            Self::Label(key, value) => {
                let own = match key.as_str() {
                    "name" => target.name.as_ref(),
                    "rack" => target.rack.as_ref(),
                    "site" => target.site.as_ref(),
                    _ => target.labels.get(key),
                };
                (own == Some(value)).then_some(Rank(2, 0))
            }
            Self::Host(name) => name.eq_ignore_ascii_case(host).then_some(Rank(3, 0)),
        }
    }
}

fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(u32::from(address)),
        IpAddr::V6(address) => u128::from(address),
    }
}

impl FromStr for Scope {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.is_empty() {
            return Err("`for` is empty: an address, range, CIDR, label=value or * is expected".into());
        }
        if text == "*" {
            return Ok(Self::All);
        }
        if let Some((key, value)) = text.split_once('=') {
            return Ok(Self::Label(key.trim().into(), value.trim().into()));
        }
        if text.contains('/') {
            return text.parse().map(Self::Net).map_err(|_| format!("`{text}` is no CIDR such as 10.0.0.0/8"));
        }
        if let Some((first, last)) = text.split_once('-')
            && let (Ok(first), Ok(last)) = (first.trim().parse::<IpAddr>(), last.trim().parse::<IpAddr>())
        {
            return if first <= last && first.is_ipv4() == last.is_ipv4() {
                Ok(Self::Range(first, last))
            } else {
                Err(format!("the range `{text}` ends before it begins"))
            };
        }
        Ok(Self::Host(text.into()))
    }
}

impl TryFrom<String> for Scope {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_specific_scope_that_matches_counts() {
        let mut target = Target::at("10.1.2.3", 443);
        target.labels.insert("env".into(), "lab".into());
        let rank = |text: &str| text.parse::<Scope>().unwrap().matches(&target);
        let order = ["*", "10.0.0.0/8", "10.1.0.0/16", "10.1.2.0-10.1.2.9", "env=lab", "10.1.2.3"].map(rank);
        assert!(order.iter().all(Option::is_some), "{order:?}");
        assert!(order.is_sorted() && order.windows(2).all(|pair| pair[0] != pair[1]), "{order:?}");
        for other in ["10.2.0.0/16", "10.1.2.4-10.1.2.9", "env=prod", "10.1.2.4", "fe80::/10"] {
            assert_eq!(rank(other), None, "{other}");
        }
    }
}
