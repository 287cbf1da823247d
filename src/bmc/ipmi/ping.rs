//! Whether a controller is there: a packet and its answer, no session, no credential.

use std::{io, time::Duration};

use tokio::net::UdpSocket;

use crate::domain::target::Endpoint;

/// RMCP version 1, no acknowledgement, class ASF; ASF's number (IANA 4542), presence ping (ASF 2.0, 3.2.4.2; IPMI 2.0, 13.2.3).
const PING: [u8; 12] = [6, 0, 0xFF, 6, 0, 0, 0x11, 0xBE, 0x80, 0, 0, 0];
/// The same for its answer: presence pong.
const PONG: u8 = 0x40;
/// Get Channel Authentication Capabilities (IPMI 2.0, 22.13), which begins every session and is answered outside of one: some
/// controllers answer it and no ping.
const ASK: [u8; 23] = [6, 0, 0xFF, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9, 0x20, 0x18, 0xC8, 0x81, 0, 0x38, 0x8E, 4, 0xB5];
/// UDP loses packets, and a BMC takes its time.
const TRIES: [&[u8]; 4] = [&PING, &ASK, &PING, &ASK];

/// Whether something at `endpoint` speaks IPMI. `wait`: for each of four tries, on the wall clock.
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
    for question in TRIES {
        // What cannot be sent or is refused (nothing listens there) is no answer.
        if socket.send(question).await.is_err() {
            continue;
        }
        if let Ok(Ok(length)) = tokio::time::timeout(wait, socket.recv(&mut answer)).await
            && let bytes = answer.get(..length).unwrap_or_default()
            && (is_pong(bytes) || is_answer(bytes))
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

/// The answer to [`ASK`], whatever it says: the function is that of an answer (7), the command the one that was asked for.
fn is_answer(bytes: &[u8]) -> bool {
    let head = bytes.first() == Some(&6) && bytes.get(3) == Some(&7) && bytes.get(4) == Some(&0);
    head && bytes.get(15).is_some_and(|function| function >> 2 == 7) && bytes.get(19) == Some(&0x38)
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

    #[test]
    fn only_an_answer_to_what_was_asked_is_one() {
        let head = [6, 0, 0xFF, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 16];
        let answer = [&head[..], &[0x81, 0x1C, 0x63, 0x20, 0, 0x38, 0, 1]].concat();
        assert!(is_answer(&answer));
        assert!(!is_answer(&ASK), "what was asked, and came back");
        for cut in 0..20 {
            assert!(!is_answer(&answer[..cut]));
        }
        // Its checksums are right, by which a controller judges it.
        let sum = |bytes: &[u8]| bytes.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte));
        assert_eq!((sum(&ASK[14..17]), sum(&ASK[17..])), (0, 0));
    }

    #[tokio::test]
    async fn silence_is_no_controller() {
        let silent = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let endpoint = Endpoint { host: "127.0.0.1".into(), port: silent.local_addr().unwrap().port() };
        assert!(!ping(&endpoint, Duration::from_millis(10)).await.unwrap());
    }
}
