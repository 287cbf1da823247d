//! A running lab, as tests and the command line hold it.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    process,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use openssl::error::ErrorStack;
use secrecy::{ExposeSecret, SecretString};
use tokio::{net::TcpListener, task::JoinSet};
use tokio_util::sync::CancellationToken;

use super::{
    bmc::Bmc,
    fault::{Faults, Rule},
    fleet, ipmi,
    latency::Latency,
    model::Machine,
    personality::Personality,
    server::{self, Seat},
};
use crate::clock::Clock;

/// Why a lab cannot start.
#[derive(Debug, thiserror::Error)]
pub enum LabError {
    /// An address is taken, or is not loopback.
    #[error("the lab cannot listen on {address}: {error}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        error: io::Error,
    },
    /// Keys, certificates or the password could not be made.
    #[error("the lab cannot make its keys: {0}")]
    Keys(#[from] ErrorStack),
    /// Its output or its password file cannot be written.
    #[error("the lab cannot write {what}: {error}")]
    Write {
        /// What.
        what: String,
        /// Why.
        error: io::Error,
    },
    /// A fault cannot be used.
    #[error(transparent)]
    Fault(#[from] super::fault::FaultError),
}

/// What a lab is to be.
#[derive(Debug, Clone)]
pub struct Builder {
    servers: usize,
    seed: u64,
    clock: Clock,
    personalities: Vec<Personality>,
    machines: Option<Vec<Machine>>,
    lived_in: bool,
    twins: Vec<usize>,
    rules: Vec<Rule>,
    latency: Latency,
    base: Ipv4Addr,
    port: u16,
}

impl Builder {
    /// How many servers.
    #[must_use]
    pub fn servers(mut self, servers: usize) -> Self {
        self.servers = servers;
        self
    }

    /// The seed of inventory, keys and faults.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Which personalities are dealt out in turn; with `servers` unset, one of each.
    #[must_use]
    pub fn personalities(mut self, personalities: impl Into<Vec<Personality>>) -> Self {
        self.personalities = personalities.into();
        self.servers = self.personalities.len();
        self
    }

    /// Exactly these machines instead of drawn ones.
    #[must_use]
    pub fn machines(mut self, machines: Vec<Machine>) -> Self {
        self.machines = Some(machines);
        self
    }

    /// Leaves a few hosts off and a few unwell.
    #[must_use]
    pub fn lived_in(mut self) -> Self {
        self.lived_in = true;
        self
    }

    /// Lets the BMC at a position listen on one more address (a second network port of one machine). These addresses
    /// follow those of the fleet.
    #[must_use]
    pub fn twin(mut self, index: usize) -> Self {
        self.twins.push(index);
        self
    }

    /// How many times faster than the wall clock devices work.
    #[must_use]
    pub fn speed(mut self, speed: f64) -> Self {
        self.clock = Clock::scaled(speed);
        self
    }

    /// A clock of the caller's.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Adds a rule.
    #[must_use]
    pub fn fault(mut self, rule: Rule) -> Self {
        self.rules.push(rule);
        self
    }

    /// Adds rules.
    #[must_use]
    pub fn faults(mut self, rules: impl IntoIterator<Item = Rule>) -> Self {
        self.rules.extend(rules);
        self
    }

    /// How long answers take.
    #[must_use]
    pub fn latency(mut self, latency: Latency) -> Self {
        self.latency = latency;
        self
    }

    /// The first address and the port of all (0: any that is free).
    #[must_use]
    pub fn listen(mut self, base: Ipv4Addr, port: u16) -> Self {
        self.base = base;
        self.port = port;
        self
    }

    /// Starts it. All BMCs listen when this returns.
    ///
    /// # Errors
    /// When an address cannot be had or OpenSSL fails.
    pub async fn start(self) -> Result<Lab, LabError> {
        let machines =
            self.machines.unwrap_or_else(|| fleet::fleet(self.servers, self.seed, &self.personalities, self.lived_in));
        let password = password()?;
        let count = machines.len();
        let mut listeners = listen(self.base, self.port, count + self.twins.len()).await?.into_iter();
        let stop = CancellationToken::new();
        let mut seats: Vec<Arc<Seat>> = Vec::with_capacity(listeners.len());
        let mut tasks = JoinSet::new();
        for (machine, (address, listener)) in machines.into_iter().zip(listeners.by_ref().take(count)) {
            let identity = machine.identity.clone();
            let has_https = identity.personality.has_https();
            let seat = Arc::new(Seat {
                address,
                tls: Arc::new(server::Tls::new(&identity, &address.ip().to_string(), self.seed)?),
                bmc: Arc::new(Bmc::new(machine, address, self.clock.clone(), self.seed, password.clone())),
                faults: Arc::new(Faults::new(identity, self.seed, &self.rules)),
                latency: self.latency,
                clock: self.clock.clone(),
            });
            if has_https {
                tasks.spawn(server::serve(Arc::clone(&seat), listener, stop.clone()));
            }
            serve_ipmi(&seat, &mut tasks, &stop).await?;
            seats.push(seat);
        }
        for (index, (address, listener)) in self.twins.into_iter().zip(listeners) {
            let Some(first) = seats.get(index) else { continue };
            let seat = Arc::new(Seat { address, ..Seat::clone(first) });
            if seat.bmc.machine().identity.personality.has_https() {
                tasks.spawn(server::serve(Arc::clone(&seat), listener, stop.clone()));
            }
            serve_ipmi(&seat, &mut tasks, &stop).await?;
            seats.push(seat);
        }
        Ok(Lab { seats, password, stop, tasks })
    }
}

/// Serves a BMC's IPMI where its HTTPS is served.
async fn serve_ipmi(seat: &Arc<Seat>, tasks: &mut JoinSet<()>, stop: &CancellationToken) -> Result<(), LabError> {
    let socket = ipmi::bind(seat).await.map_err(|error| LabError::Listen { address: seat.address, error })?;
    tasks.spawn(ipmi::serve(Arc::clone(seat), socket, stop.clone()));
    Ok(())
}

/// A running lab. It ends when it is dropped.
pub struct Lab {
    seats: Vec<Arc<Seat>>,
    password: SecretString,
    stop: CancellationToken,
    tasks: JoinSet<()>,
}

impl Lab {
    /// A lab to be: one server of each personality, device time as fast as the wall clock, no latency, no faults, and
    /// addresses of its own, so that tests run side by side.
    #[must_use]
    pub fn builder() -> Builder {
        Builder {
            servers: Personality::ALL.len(),
            seed: 1,
            clock: Clock::system(),
            personalities: Personality::ALL.to_vec(),
            machines: None,
            lived_in: false,
            twins: Vec::new(),
            rules: Vec::new(),
            latency: Latency::None,
            base: own_block(),
            port: 0,
        }
    }

    /// Where the BMCs listen, in the fleet's order, second addresses at the end.
    #[must_use]
    pub fn addresses(&self) -> Vec<SocketAddr> {
        self.seats.iter().map(|seat| seat.address).collect()
    }

    /// The BMC behind each address.
    pub fn bmcs(&self) -> impl Iterator<Item = &Bmc> {
        self.seats.iter().map(|seat| seat.bmc.as_ref())
    }

    /// The BMC at a position.
    ///
    /// # Panics
    /// When the fleet has no such position.
    #[must_use]
    pub fn bmc(&self, index: usize) -> &Bmc {
        &self.seats[index].bmc
    }

    /// The password of every administrator in this lab.
    #[must_use]
    pub fn password(&self) -> &str {
        self.password.expose_secret()
    }

    /// Adds a rule while it runs.
    pub fn add_fault(&self, rule: &Rule) {
        for seat in &self.seats {
            seat.faults.add(std::slice::from_ref(rule));
        }
    }

    /// Removes all rules.
    pub fn clear_faults(&self) {
        self.seats.iter().for_each(|seat| seat.faults.clear());
    }

    /// Ends it and waits until all its sockets are closed.
    pub async fn stop(mut self) {
        self.stop.cancel();
        while self.tasks.join_next().await.is_some() {}
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// Sixteen letters and digits: long enough to be safe on loopback, short enough for IPMI.
fn password() -> Result<SecretString, ErrorStack> {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.";
    let mut bytes = [0_u8; 16];
    openssl::rand::rand_bytes(&mut bytes)?;
    let text: String = bytes.iter().map(|byte| char::from(LETTERS[usize::from(byte & 63)])).collect();
    Ok(SecretString::from(text))
}

/// The address `number` places after `base`, without those that scanners take for networks and broadcasts.
pub(super) fn address(base: Ipv4Addr, number: usize) -> Ipv4Addr {
    let mut bits = base.to_bits();
    for _ in 0..number {
        bits += 1;
        while matches!(bits & 0xff, 0 | 0xff) {
            bits += 1;
        }
    }
    Ipv4Addr::from_bits(bits)
}

/// Listens on one port of `count` addresses in a row. With port 0 the first address chooses for all.
async fn listen(base: Ipv4Addr, port: u16, count: usize) -> Result<Vec<(SocketAddr, TcpListener)>, LabError> {
    let mut port = port;
    let mut list = Vec::with_capacity(count);
    let mut ip = base;
    for _ in 0..count {
        let address = SocketAddr::new(IpAddr::V4(ip), port);
        if !ip.is_loopback() {
            let error = io::Error::other("not a loopback address");
            return Err(LabError::Listen { address, error });
        }
        let listener = TcpListener::bind(address).await.map_err(|error| LabError::Listen { address, error })?;
        let address = listener.local_addr().map_err(|error| LabError::Listen { address, error })?;
        port = address.port();
        list.push((address, listener));
        ip = self::address(ip, 1);
    }
    Ok(list)
}

/// A first address that no other lab of this process has, and hardly one of another process.
fn own_block() -> Ipv4Addr {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let block = process::id().wrapping_mul(2_654_435_761) >> 25;
    // 127.64.0.1 up to 127.191.255.1: a quarter of a thousand addresses a lab before blocks meet.
    let second = 64 + (block & 0x7f);
    Ipv4Addr::from_bits(0x7f00_0001 | second << 16 | (number & 0xff) << 8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_leave_out_what_looks_like_a_network() {
        let base = Ipv4Addr::new(127, 42, 0, 1);
        assert_eq!(address(base, 0), base);
        assert_eq!(address(base, 253), Ipv4Addr::new(127, 42, 0, 254));
        assert_eq!(address(base, 254), Ipv4Addr::new(127, 42, 1, 1));
    }
}
