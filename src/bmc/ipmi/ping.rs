//! RMCP's presence ping: two packets, no session, no credential.

use std::{io, time::Duration};

use tokio::net::UdpSocket;

use crate::domain::target::Endpoint;

/// RMCP version 1, no acknowledgement, class ASF; ASF's number (IANA 4542), presence ping (ASF 2.0, 3.2.4.2; IPMI 2.0, 13.2.3).
const PING: [u8; 12] = [6, 0, 0xFF, 6, 0, 0, 0x11, 0xBE, 0x80, 0, 0, 0];
/// The same for its answer: presence pong.
const PONG: u8 = 0x40;
/// UDP loses packets, and a BMC takes its time.
const TRIES: usize = 3;

/// Whether something at `endpoint` speaks IPMI. `wait`: for each of three tries, on the wall clock.
///
/// # Errors
/// When the address has no way there.
pub async fn ping(endpoint: &Endpoint, wait: Duration) -> io::Result<bool> {
    let there = tokio::net::lookup_host((endpoint.host.as_str(), endpoint.port)).await?.next();
    let Some(there) = there else { return Ok(false) };
    let here = if there.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
    let socket = UdpSocket::bind(here).await?;
    socket.connect(there).await?;
    let mut answer = [0; 64];
    for _ in 0..TRIES {
        // What cannot be sent or is refused (nothing listens there) is no answer.
        if socket.send(&PING).await.is_err() {
            continue;
        }
        if let Ok(Ok(length)) = tokio::time::timeout(wait, socket.recv(&mut answer)).await
            && is_pong(answer.get(..length).unwrap_or_default())
        {
            return Ok(true);
        }
    }
    Ok(false)
}

/// A presence pong that names IPMI among its entities (bit 7).
fn is_pong(bytes: &[u8]) -> bool {
    let head = bytes.first() == Some(&6) && bytes.get(3) == Some(&6) && bytes.get(4..8) == PING.get(4..8);
    head && bytes.get(8) == Some(&PONG) && bytes.get(20).is_some_and(|entities| entities & 0x80 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_pong_that_names_ipmi_is_one() {
        let mut pong = vec![6, 0, 0xFF, 6, 0, 0, 0x11, 0xBE, 0x40, 0, 0, 16, 0, 0, 0x11, 0xBE, 0, 0, 0, 0, 0x81, 0];
        assert!(is_pong(&pong));
        pong[20] = 0x01;
        assert!(!is_pong(&pong));
        for cut in 0..pong.len() {
            assert!(!is_pong(&pong[..cut.min(20)]));
        }
        assert!(!is_pong(&PING));
    }

    #[tokio::test]
    async fn silence_is_no_controller() {
        let silent = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let endpoint = Endpoint { host: "127.0.0.1".into(), port: silent.local_addr().unwrap().port() };
        assert!(!ping(&endpoint, Duration::from_millis(10)).await.unwrap());
    }
}
