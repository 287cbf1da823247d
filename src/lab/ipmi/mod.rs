//! IPMI 2.0 over UDP (RMCP+), at the address of a BMC's HTTPS and the same port number.
//!
//! It answers what `ipmitool` asks of a BMC: who it is, its FRU, the host's power, a cold reset, and for boards that have
//! it the updates of PICMG HPM.1. Cipher suites 3 and 17; nothing of a session is readable or can be altered on the way.
//! Source: IPMI 2.0 revision 1.1 (sections 13, 18, 20, 22, 28, 33, 34), PICMG HPM.1 R1.0, and what ipmitool 1.8.19 sends.

mod chassis;
mod cipher;
mod command;
mod device;
mod frame;
mod fru;
mod handshake;
mod hpm;
mod manners;
mod sdr;
mod service;
mod session;

use std::{io, sync::Arc, time::Duration};

use tokio::net::UdpSocket;
use tokio_util::sync::CancellationToken;

pub(in crate::lab) use manners::manners;

use self::service::{Service, Turn};
use super::server::Seat;

/// The largest packet: HPM.1 may send blocks of some kilobytes where it is asked to.
const PACKET: usize = 32 << 10;

/// Listens where a BMC's HTTPS listens.
pub(super) async fn bind(seat: &Seat) -> io::Result<UdpSocket> {
    UdpSocket::bind(seat.address).await
}

/// Serves a BMC until `stop`. A BMC that is away, or has IPMI over LAN switched off, answers nothing.
pub(super) async fn serve(seat: Arc<Seat>, socket: UdpSocket, stop: CancellationToken) {
    let mut resets = seat.bmc.resets();
    let mut service = Service::new(Arc::clone(&seat));
    let mut buffer = vec![0; PACKET];
    loop {
        let (length, from) = tokio::select! {
            () = stop.cancelled() => return,
            _ = resets.changed() => {
                service.forget();
                continue;
            }
            () = seat.bmc.live() => continue,
            read = socket.recv_from(&mut buffer) => match read {
                Ok(read) => read,
                // Some other packet of ours was refused by its receiver.
                Err(_) => continue,
            },
        };
        if !seat.bmc.answers_ipmi() {
            continue;
        }
        let Some(Turn { delay, answer, reset }) = service.take(buffer.get(..length).unwrap_or_default()) else {
            continue;
        };
        if !delay.is_zero() {
            seat.clock.pause(delay).await;
        }
        if let Some(answer) = answer
            && let Err(error) = socket.send_to(&answer, from).await
        {
            tracing::trace!(%error, "an IPMI answer of the lab was not sent");
        }
        if reset {
            let seat = Arc::clone(&seat);
            tokio::spawn(async move {
                // The answer leaves before the BMC does.
                seat.clock.wait(Duration::from_secs(2)).await;
                seat.bmc.reset();
            });
        }
    }
}
