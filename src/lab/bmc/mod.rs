//! One BMC: a machine, its vendor's manners, and the answer to each request.

mod action;
mod bios;
mod ipmi;
mod login;
mod query;
mod reply;
mod settings;
mod update;
mod view;

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

pub use reply::{Reply, Request};
use secrecy::SecretString;
use serde_json::Value;
use tokio::sync::{Notify, watch};
pub use view::View;

use super::{
    model::{Machine, Mishap, Role},
    personality::{Profile, Trouble, Values},
    random::Random,
};
use crate::{clock::Clock, lab::personality};

/// No wait is longer than this device time, so that no sum of times overflows.
const LONGEST_WAIT: Duration = Duration::from_secs(86_400);

/// One emulated BMC. Everything that changes is behind short locks; answering never waits.
#[derive(Debug)]
pub struct Bmc {
    address: SocketAddr,
    profile: &'static Profile,
    clock: Clock,
    machine: Mutex<Machine>,
    requests: Mutex<BTreeMap<String, u64>>,
    random: Mutex<Random>,
    password: SecretString,
    resets: watch::Sender<u64>,
    moved: Notify,
}

impl Bmc {
    /// A BMC at an address, with the fleet's password.
    pub(super) fn new(machine: Machine, address: SocketAddr, clock: Clock, seed: u64, password: SecretString) -> Self {
        let place = u64::try_from(machine.identity.index).unwrap_or_default();
        Self {
            address,
            profile: machine.identity.personality.profile(),
            clock,
            // Resets that it has been through already are no news.
            resets: watch::Sender::new(machine.counts.bmc_resets),
            machine: Mutex::new(machine),
            requests: Mutex::default(),
            random: Mutex::new(Random::new(seed, place.wrapping_add(0x5E55))),
            password,
            moved: Notify::new(),
        }
    }

    /// Where it listens (first, where it has two addresses).
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its vendor's manners.
    #[must_use]
    pub fn profile(&self) -> &'static Profile {
        self.profile
    }

    /// The name of its administrator.
    #[must_use]
    pub fn user(&self) -> &'static str {
        self.profile.user
    }

    /// A copy of the machine as it is now.
    #[must_use]
    pub fn machine(&self) -> Machine {
        self.enter().clone()
    }

    /// Changes the machine from outside: what a technician, another tool or time would have done.
    pub fn change(&self, change: impl FnOnce(&mut Machine)) {
        let mut machine = self.enter();
        change(&mut machine);
        machine.advance(self.clock.elapsed());
        self.tell_reset(&machine);
        drop(machine);
        self.moved.notify_waiters();
    }

    /// How often each `METHOD /path` was asked.
    #[must_use]
    pub fn requests(&self) -> BTreeMap<String, u64> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Answers one request, and counts it.
    pub fn answer(&self, request: &Request) -> Reply {
        self.count(request);
        let mut machine = self.enter();
        let mut reply = self.decide(request, &mut machine).unwrap_or_else(|trouble| self.refuse(&trouble));
        self.tell_reset(&machine);
        drop(machine);
        // What was asked for may have set something going.
        if request.method != "GET" {
            self.moved.notify_waiters();
        }
        if let Some(server) = self.profile.server {
            reply.header("Server", server);
        }
        reply
    }

    /// Counts a request that is answered elsewhere (by a fault).
    pub(super) fn count(&self, request: &Request) {
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        *requests.entry(format!("{} {}", request.method, request.path)).or_default() += 1;
    }

    /// Takes the BMC away for its own reset.
    pub fn reset(&self) {
        let mut machine = self.enter();
        machine.reset_bmc(self.clock.elapsed(), self.profile.habits.bmc_away);
        self.tell_reset(&machine);
    }

    /// The next request meets this.
    pub(super) fn befall(&self, mishap: Mishap) {
        self.change(|machine| {
            machine.mishaps.insert(mishap);
        });
    }

    /// Lets happen by itself what happens without a request: a BMC that resets itself after its flash. Never ends.
    pub(super) async fn live(&self) {
        loop {
            let moved = self.moved.notified();
            tokio::pin!(moved);
            moved.as_mut().enable();
            let due = self.enter().next_due();
            match due.map(|due| due.saturating_sub(self.clock.elapsed())) {
                None => moved.await,
                Some(rest) => tokio::select! {
                    () = moved => {}
                    () = self.clock.wait(rest.min(LONGEST_WAIT)) => {}
                },
            }
        }
    }

    /// How many certificates it has had before the one that it shows now.
    pub(super) fn certificates(&self) -> u64 {
        self.lock().standing.certificates
    }

    /// Tells each of its servers that the BMC goes away.
    pub(super) fn resets(&self) -> watch::Receiver<u64> {
        self.resets.subscribe()
    }

    /// Device time until the BMC is back; `None` when it is there.
    pub(super) fn away(&self) -> Option<Duration> {
        let now = self.clock.elapsed();
        self.enter().bmc_away_until.map(|until| until.saturating_sub(now).min(LONGEST_WAIT))
    }

    /// A drawn number, for the server's latencies.
    pub(super) fn draw<T>(&self, draw: impl FnOnce(&mut Random) -> T) -> T {
        draw(&mut self.random.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn decide(&self, request: &Request, machine: &mut Machine) -> Result<Reply, Trouble> {
        let now = self.clock.now();
        // DSP0266 6.4: any other version is a failed precondition.
        if let Some(version) = request.header("odata-version").filter(|version| *version != "4.0") {
            return Err(Trouble::OtherOData(version.to_owned()));
        }
        match request.method.as_str() {
            "GET" | "HEAD" => {
                let session = if is_public(&request.path) { None } else { self.authorise(request, machine, now)? };
                match self.task_status(request, machine) {
                    Some(reply) => reply,
                    None => self.get(request, machine, session.as_deref()),
                }
            }
            "POST" if is_sessions(&request.path) => self.log_in(request, machine, now),
            method => {
                self.authorise(request, machine, now)?;
                let is_own = method == "DELETE" && request.path.starts_with("/redfish/v1/SessionService/Sessions/");
                if machine.standing.role == Role::ReadOnly && !is_own && !self.only_tells(request, machine) {
                    return Err(Trouble::NotPrivileged);
                }
                match method {
                    "POST" => self.post(request, machine),
                    "PATCH" => self.patch(request, machine),
                    "DELETE" => self.delete(request, machine),
                    _ => Err(Trouble::MethodNotAllowed(request.method.clone())),
                }
            }
        }
    }

    /// Whether a request is an action that changes nothing.
    fn only_tells(&self, request: &Request, machine: &Machine) -> bool {
        request.method == "POST" && (self.profile.tell)(machine, &request.path).is_some()
    }

    fn get(&self, request: &Request, machine: &Machine, session: Option<&str>) -> Result<Reply, Trouble> {
        let view = View::new(machine, self.times()).for_session(session);
        if request.path == "/redfish/v1/$metadata" {
            return Ok(Reply::text("application/xml", view.metadata()));
        }
        let plan = query::plan(request, &self.profile.expand)?;
        let body = view.document(&request.path).ok_or_else(|| Trouble::NotFound(request.path.clone()))?;
        let body = query::apply(&plan, body, &view);
        let tag = view.tag(&body);
        let body = view.tagged(body);
        let mut reply = Reply::json(200, &body);
        Self::packed(self.profile.bios, machine, &request.path, &mut reply);
        reply.header("ETag", &tag);
        // The schema at DMTF's own address: every vendor's own copy lies somewhere else, and the lab has none.
        let schema = body
            .get("@odata.type")
            .and_then(Value::as_str)
            .and_then(|name| name.trim_start_matches('#').rsplit_once('.'));
        if let Some((schema, _)) = schema {
            reply.header("Link", &format!("<http://redfish.dmtf.org/schemas/v1/{schema}.json>; rel=describedby"));
        }
        reply.header("Allow", "GET, HEAD");
        Ok(reply)
    }

    fn times(&self) -> personality::Times {
        // One look at the clock: with two, a task's StartTime could differ by a second from one reading to the next, and
        // a client that tells tasks by it would take it for another one.
        let elapsed = self.clock.elapsed();
        personality::Times { now: self.clock.device_time(elapsed), elapsed }
    }

    /// A trouble in the vendor's words and form.
    fn refuse(&self, trouble: &Trouble) -> Reply {
        let said = personality::words(self.profile, trouble);
        let mut reply = Reply::json(said.status, &(self.profile.error)(&said));
        if let Trouble::Silent(status) = trouble {
            return Reply::empty(*status);
        }
        if let (Trouble::Busy { seconds }, 503) = (trouble, said.status) {
            reply.header("Retry-After", &seconds.to_string());
        }
        if said.status == 401 {
            reply.header("WWW-Authenticate", "Basic realm=\"RedfishService\"");
        }
        if said.status == 405 {
            reply.header("Allow", "GET, HEAD");
        }
        reply
    }

    /// The machine as it is now.
    fn enter(&self) -> MutexGuard<'_, Machine> {
        let mut machine = self.lock();
        machine.advance(self.clock.elapsed());
        self.tell_reset(&machine);
        machine
    }

    /// Tells the servers of a reset that they do not know of yet.
    fn tell_reset(&self, machine: &Machine) {
        self.resets.send_if_modified(|known| {
            let new = *known != machine.counts.bmc_resets;
            *known = machine.counts.bmc_resets;
            new
        });
    }

    fn lock(&self) -> MutexGuard<'_, Machine> {
        self.machine.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the standard lets anyone read.
fn is_public(path: &str) -> bool {
    matches!(path, "/redfish" | "/redfish/v1" | "/redfish/v1/odata" | "/redfish/v1/$metadata")
}

/// Where a login is posted: the collection, or its members (DSP0266 7.9).
fn is_sessions(path: &str) -> bool {
    matches!(path, "/redfish/v1/SessionService/Sessions" | "/redfish/v1/SessionService/Sessions/Members")
}

/// Values of one session for its resource.
fn session_values(session: &super::model::Session, idle: jiff::SignedDuration, mine: bool) -> Values {
    let mut values = Values::default();
    values.set("id", session.id.as_str());
    values.set("session_user", session.user.as_str());
    values.set("session_since", personality::zulu(session.since));
    values.set("session_used", personality::zulu(session.used));
    values.set("session_expires", personality::zulu(session.used.saturating_add(idle).unwrap_or(session.used)));
    values.set("session_mine", mine);
    values
}
