//! Who asks: the account that the kernel vouches for, and what the client says of where it sits.

use std::fs;

use axum::{extract::connect_info::Connected, http::HeaderMap, serve::IncomingStream};
use tokio::net::UnixListener;

/// The header with which a client says who became root by sudo (SUDO_USER).
pub const SUDO_USER: &str = "x-firmdeck-sudo-user";
/// The header with which a client says where its session comes from (SSH_CONNECTION).
pub const SSH_FROM: &str = "x-firmdeck-ssh-from";

/// The header with which a client says at which terminal it sits.
pub const TERMINAL: &str = "x-firmdeck-terminal";

/// The process at the other end of the socket.
#[derive(Debug, Clone, Copy)]
pub(super) struct Peer {
    uid: Option<u32>,
}

impl Connected<IncomingStream<'_, UnixListener>> for Peer {
    fn connect_info(stream: IncomingStream<'_, UnixListener>) -> Self {
        Self { uid: stream.io().peer_cred().ok().map(|cred| cred.uid()) }
    }
}

/// The name for the audit trail: `ana`, `root (ana by sudo) from 10.0.0.5`.
pub(super) fn name(peer: Peer, headers: &HeaderMap) -> String {
    let said = |name: &str| said(headers, name);
    let mut words = peer.uid.map_or_else(|| "an unknown account".into(), account);
    if let Some(user) = said(SUDO_USER) {
        words.push_str(&format!(" ({user} by sudo)"));
    }
    if let Some(from) = said(SSH_FROM) {
        words.push_str(&format!(" from {from}"));
    }
    words
}

/// What the client says of itself, in so far as it is words.
pub(super) fn said(headers: &HeaderMap, name: &str) -> Option<String> {
    let text = headers.get(name)?.to_str().ok()?;
    let text: String = text.chars().filter(|c| !c.is_control()).take(64).collect();
    Some(text).filter(|text| !text.is_empty())
}

fn account(uid: u32) -> String {
    let passwd = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let name = passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)?.parse() == Ok(uid)).then(|| name.to_owned())
    });
    name.unwrap_or_else(|| format!("uid {uid}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernel_says_who_and_the_client_only_adds_to_it() {
        let mut headers = HeaderMap::new();
        headers.insert(SUDO_USER, "ana".parse().unwrap());
        headers.insert(SSH_FROM, "10.0.0.5".parse().unwrap());
        assert_eq!(name(Peer { uid: Some(0) }, &headers), "root (ana by sudo) from 10.0.0.5");
        assert_eq!(name(Peer { uid: Some(4_000_000) }, &HeaderMap::new()), "uid 4000000");
    }
}
