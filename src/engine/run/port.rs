//! What a worker can ask of a BMC, and nothing else. Each call is one look or one act: the worker waits and decides.

use std::{future::Future, time::Duration};

use jiff::Timestamp;
use serde_json::Value;

use crate::{
    bmc::tls::Fingerprint,
    domain::{
        attempt::{Attempt, Receipt, TaskReading},
        bios::{Attributes, BiosReading, Sent},
        failure::Failure,
        inventory::Inventory,
        machine::Front,
        offers::Method,
        plan::{ServerPlan, Update},
        run::Loan,
        verdict::{CriticalEntry, Verdict},
    },
    store::StoreError,
};

/// How a host stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct HostPower {
    /// Whether it is on; neither while it changes or where the BMC does not say.
    pub on: Option<bool>,
    /// Whether it is through POST; absent where the BMC does not say.
    pub post_done: Option<bool>,
}

/// What is asked of a host's power.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PowerAct {
    /// Ask the operating system to shut down.
    GracefulOff,
    /// Cut the host's power.
    ForceOff,
    /// Switch it on.
    On,
}

/// A push as the journal has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Intended {
    /// By which method.
    pub method: Method,
    /// When it was intended, to the last digit as it is on disk: a mark is made of it that is found again after a crash.
    pub at: Timestamp,
}

/// Whether a BMC has work of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Idle {
    /// It has none.
    Yes,
    /// It has some.
    No {
        /// What, in its words.
        what: String,
        /// The task or job, where it is one.
        task: Option<String>,
    },
}

/// What of a BMC's work is known to be ours.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct OurWork {
    /// Its busy flags are.
    pub claimed: bool,
    /// Tasks and jobs that wait for a host reset which we have not made yet: they keep the BMC from nothing.
    pub staged: Vec<String>,
}

/// What came of changing a setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Set {
    /// It stands so.
    Taken,
    /// The BMC said no, and nothing was changed.
    Refused {
        /// What it says.
        why: String,
    },
}

/// A BMC that shows another certificate than the pinned one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stranger {
    /// The certificate that is pinned.
    pub pinned: Fingerprint,
    /// The one that it shows.
    pub shown: Fingerprint,
    /// Who it says that it is.
    pub front: Front,
}

/// A BMC and what else of the world a worker sees.
pub(super) trait Port: Send {
    /// Takes the lease on the BMC; who holds it, where somebody else does.
    fn lease(&mut self) -> impl Future<Output = Result<(), String>> + Send;
    /// Says whether a flash that leads to a reset of the BMC is under way: what it refuses then proves nothing.
    fn flashing(&mut self, is_under_way: bool);
    /// Looks at the image of `update`: there, intact, and not contradicting its manifest.
    fn check_image(&mut self, update: &Update) -> impl Future<Output = Result<(), String>> + Send;
    /// Reads everything anew, over a new session if need be.
    fn inventory(&mut self) -> impl Future<Output = Result<Inventory, Failure>> + Send;
    /// Who its service root said that it is, at the last inventory.
    fn front(&self) -> Option<Front>;
    /// Looks, without a credential, at a BMC whose certificate is not the pinned one.
    fn stranger(&mut self) -> impl Future<Output = Result<Stranger, Failure>> + Send;
    /// Pins what it showed.
    fn repin(&mut self, stranger: &Stranger) -> impl Future<Output = Result<(), StoreError>> + Send;
    /// Whether its account may update.
    fn privilege(&mut self) -> impl Future<Output = Result<Verdict, Failure>> + Send;
    /// Whether the vendor's own conditions for what `plan` does hold.
    fn gates(&mut self, plan: &ServerPlan) -> impl Future<Output = Result<Verdict, Failure>> + Send;
    /// The critical entries of its logs; why not, where it shows none.
    fn critical_log(&mut self) -> impl Future<Output = Result<Result<Vec<CriticalEntry>, String>, Failure>> + Send;
    /// Whether it has work of its own, `ours` left aside.
    fn idle(&mut self, ours: &OurWork) -> impl Future<Output = Result<Idle, Failure>> + Send;
    /// What must be changed on it for a push of `update` by `method`.
    fn loan(&mut self, update: &Update, method: Method) -> impl Future<Output = Result<Option<Loan>, Failure>> + Send;
    /// Changes the settings at `uri` once. To do it again changes nothing more. It fails where that may still come about.
    fn set(&mut self, uri: &str, settings: &Value) -> impl Future<Output = Result<Set, Failure>> + Send;
    /// Hands the image of `update` over, which is the plan's `index`th, as was intended. Never repeats anything by itself.
    fn push(&mut self, index: usize, update: &Update, intended: Intended) -> impl Future<Output = Attempt> + Send;
    /// Whether the BMC runs what was written to it only after we have reset it.
    fn wants_bmc_reset(&self) -> bool;
    /// Resets the BMC once.
    fn reset_bmc(&mut self) -> impl Future<Output = Result<(), Failure>> + Send;
    /// Whether an image that was uploaded by `method` must be told to start.
    fn wants_start(&self, method: Method) -> bool;
    /// What to follow of the push that was `intended`, where its image lies uploaded or is being flashed.
    fn uploaded(
        &mut self,
        update: &Update,
        intended: Intended,
    ) -> impl Future<Output = Result<Option<Receipt>, Failure>> + Send;
    /// Tells an image that was uploaded by `method`, and of which `receipt` speaks, to start.
    fn start(&mut self, update: &Update, method: Method, receipt: &Receipt) -> impl Future<Output = Attempt> + Send;
    /// Reads a task once.
    fn task(&mut self, receipt: &Receipt) -> impl Future<Output = Result<TaskReading, Failure>> + Send;
    /// Reads the BIOS once.
    fn bios(&mut self) -> impl Future<Output = Result<BiosReading, Failure>> + Send;
    /// Hands these values to the BIOS as it was read last, for the host's next reset. Never repeats it by itself.
    fn stage_bios(&mut self, values: &Attributes) -> impl Future<Output = Sent> + Send;
    /// Takes back what waits, and `job`, which is ours. False where the vendor has no way to.
    fn give_bios_back(&mut self, job: Option<&str>) -> impl Future<Output = Result<bool, Failure>> + Send;
    /// Reads the host's power once.
    fn power(&mut self) -> impl Future<Output = Result<HostPower, Failure>> + Send;
    /// Acts on the host's power once.
    fn act(&mut self, act: PowerAct) -> impl Future<Output = Result<(), Failure>> + Send;
    /// Closes the session until it is needed again.
    fn rest(&mut self) -> impl Future<Output = ()> + Send;
    /// Closes the session.
    fn leave(&mut self) -> impl Future<Output = ()> + Send;
    /// Waits, in device time.
    fn wait(&self, time: Duration) -> impl Future<Output = ()> + Send;
    /// Device time since the port was made; only differences count.
    fn elapsed(&self) -> Duration;
}
