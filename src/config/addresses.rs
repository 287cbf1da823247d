//! Addresses as operators write them: single, ranges and CIDR.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

use crate::domain::target::Target;

/// The most addresses that one argument may stand for.
pub const LIMIT: usize = 1 << 16;

/// The targets that `text` stands for: `10.0.0.5`, `10.0.0.5:8443`, `10.0.0.5-10.0.0.9`, `10.0.0.5-9`,
/// `10.0.0.0/24` (without network and broadcast address), `[fd00::5]:443` or a host name.
pub fn expand(text: &str, port: u16) -> Result<Vec<Target>, String> {
    let text = text.trim();
    if text.is_empty() {
        return Err("an address is empty".into());
    }
    if text.contains('/') {
        return network(text, port);
    }
    let (host, port) = with_port(text, port)?;
    if let Some((first, last)) = host.split_once('-')
        && let Ok(first) = first.parse::<IpAddr>()
    {
        return range(text, first, last, port);
    }
    if host.parse::<IpAddr>().is_ok() || is_host_name(host) {
        Ok(vec![Target::at(host, port)])
    } else {
        Err(format!("`{text}` is no address, range, CIDR or host name"))
    }
}

fn with_port(text: &str, port: u16) -> Result<(&str, u16), String> {
    let parsed =
        |digits: &str| digits.parse().ok().filter(|port| *port > 0).ok_or(format!("`{text}`: `{digits}` is no port"));
    if let Some(rest) = text.strip_prefix('[') {
        let (host, rest) = rest.split_once(']').ok_or(format!("`{text}` lacks its `]`"))?;
        return Ok((host, rest.strip_prefix(':').map_or(Ok(port), parsed)?));
    }
    match text.rsplit_once(':') {
        // More than one colon without brackets is a bare IPv6 address.
        Some((host, digits)) if !host.contains(':') => Ok((host, parsed(digits)?)),
        _ => Ok((text, port)),
    }
}

fn network(text: &str, port: u16) -> Result<Vec<Target>, String> {
    let net: IpNet = text.parse().map_err(|_| format!("`{text}` is no CIDR such as 10.0.0.0/24"))?;
    let bits = net.max_prefix_len() - net.prefix_len();
    if bits > 16 {
        return Err(format!("`{text}` stands for more than {LIMIT} addresses"));
    }
    Ok(net.hosts().map(|address| Target::at(address.to_string(), port)).collect())
}

fn range(text: &str, first: IpAddr, last: &str, port: u16) -> Result<Vec<Target>, String> {
    let last = match (last.parse::<IpAddr>(), first) {
        (Ok(last), _) => last,
        // 10.0.0.5-9
        (Err(_), IpAddr::V4(start)) => {
            let octet: u8 = last.parse().map_err(|_| format!("`{text}`: `{last}` ends no range"))?;
            let [a, b, c, _] = start.octets();
            IpAddr::V4(Ipv4Addr::new(a, b, c, octet))
        }
        (Err(_), IpAddr::V6(_)) => return Err(format!("`{text}`: `{last}` ends no range")),
    };
    let addresses: Vec<IpAddr> = match (first, last) {
        (IpAddr::V4(first), IpAddr::V4(last)) => {
            (u32::from(first)..=u32::from(last)).take(LIMIT + 1).map(|bits| Ipv4Addr::from(bits).into()).collect()
        }
        (IpAddr::V6(first), IpAddr::V6(last)) => {
            (u128::from(first)..=u128::from(last)).take(LIMIT + 1).map(|bits| Ipv6Addr::from(bits).into()).collect()
        }
        _ => return Err(format!("`{text}` mixes IPv4 and IPv6")),
    };
    match addresses.len() {
        0 => Err(format!("the range `{text}` ends before it begins")),
        n if n > LIMIT => Err(format!("`{text}` stands for more than {LIMIT} addresses")),
        _ => Ok(addresses.into_iter().map(|address| Target::at(address.to_string(), port)).collect()),
    }
}

/// RFC 1123: labels of letters, digits and hyphens. A name of digits and dots alone is a mistyped address.
fn is_host_name(name: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    name.len() <= 253
        && name.trim_end_matches('.').split('.').all(label)
        && name.contains(|c: char| c.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(text: &str) -> Vec<String> {
        expand(text, 443).unwrap().iter().map(|target| target.endpoint.to_string()).collect()
    }

    #[test]
    fn every_form_stands_for_its_addresses() {
        assert_eq!(addresses("10.0.0.5"), ["10.0.0.5"]);
        assert_eq!(addresses("10.0.0.5:8443"), ["10.0.0.5:8443"]);
        assert_eq!(addresses("10.0.0.254-10.0.1.1"), ["10.0.0.254", "10.0.0.255", "10.0.1.0", "10.0.1.1"]);
        assert_eq!(addresses("10.0.0.5-7"), ["10.0.0.5", "10.0.0.6", "10.0.0.7"]);
        assert_eq!(addresses("10.0.0.5-7:8443")[2], "10.0.0.7:8443");
        assert_eq!(addresses("10.0.0.0/30"), ["10.0.0.1", "10.0.0.2"]);
        assert_eq!(addresses("fd00::5"), ["[fd00::5]"]);
        assert_eq!(addresses("[fd00::5]:8443"), ["[fd00::5]:8443"]);
        assert_eq!(addresses("bmc-r12.example.net"), ["bmc-r12.example.net"]);
    }

    #[test]
    fn a_mistake_is_named() {
        for (text, says) in [
            ("10.0.0.300", "no address"),
            ("10.0.0.9-5", "ends before"),
            ("10.0.0.0/8", "more than"),
            ("0.0.0.0-255.255.255.255", "more than"),
            ("10.0.0.5:0", "no port"),
            ("10.0.0.5:99999", "no port"),
            ("[fd00::5", "lacks"),
            ("bmc_é", "no address"),
            ("", "empty"),
            ("10.0.0.1-fd00::1", "mixes"),
        ] {
            let error = expand(text, 443).unwrap_err();
            assert!(error.contains(says), "{text}: {error}");
        }
    }
}
