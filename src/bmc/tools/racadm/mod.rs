//! racadm: Dell's command line for an iDRAC of any generation, here over the network (`-r`).
//!
//! User and password are asked by it (`-i`) and answered on a terminal of the call's own, so that no command line has them.
//! racadm shows a certificate that it does not know and goes on; whoever calls has seen the pinned one before. Sources: facts
//! 2.3 and 3.2, and captured outputs that others have published.

mod access;
mod bios;
mod codes;
mod components;
mod inventory;
mod job;
mod outcome;
mod settings;
mod trouble;
mod update;
mod versions;

use std::{sync::Arc, time::Duration};

pub use bios::{Order, Staged};
pub use codes::{Code, codes};
pub use components::{COMMAND, components};
pub use inventory::{Software, State, parse as parse_inventory};
pub use job::{Job, new_updates, parse as parse_jobs};
pub use outcome::update_outcome;
pub use settings::{parse_commit, parse_groups, parse_settings};
pub use trouble::recognise;
pub use versions::{Versions, parse as parse_versions, parse_power};

use super::{Access, Argument, Call, Ears, Program, Report, Room, Runner, Tool, Trouble, ears::Tee};
use crate::domain::attempt::{TaskReading, TaskState};

/// The tool as it is found and recognised.
pub const TOOL: Tool = Tool { name: "racadm", maker: "Dell", ask: &["version"], says: "racadm version" };

/// Its name in sentences.
const NAME: &str = "racadm";

/// An iDRAC gathers its inventory from the Lifecycle Controller: a minute is not unusual.
const ANSWER: Duration = Duration::from_secs(180);

/// racadm for one iDRAC.
#[derive(Debug, Clone)]
pub struct Racadm {
    runner: Runner,
    program: Program,
    access: Arc<Access>,
}

impl Racadm {
    /// A driver for the iDRAC that `access` leads to.
    #[must_use]
    pub fn new(runner: Runner, program: Program, access: Access) -> Self {
        Self { runner, program, access: Arc::new(access) }
    }

    /// The running versions of BIOS, iDRAC and Lifecycle Controller.
    ///
    /// # Errors
    /// When no login is possible, or the answer cannot be read.
    pub async fn versions(&self, ears: Ears<'_>) -> Result<Versions, Trouble> {
        let said = self.asked(&["getversion"], ears).await?;
        parse_versions(&said).ok_or_else(|| unreadable("getversion", &said))
    }

    /// All firmware that the iDRAC lists: what runs, what is kept for a rollback, and what lies ready.
    ///
    /// # Errors
    /// As for [`Racadm::versions`].
    pub async fn inventory(&self, ears: Ears<'_>) -> Result<Vec<Software>, Trouble> {
        let said = self.asked(&["swinventory"], ears).await?;
        match parse_inventory(&said) {
            none if none.is_empty() => Err(unreadable("swinventory", &said)),
            some => Ok(some),
        }
    }

    /// The iDRAC's jobs, in its order.
    ///
    /// # Errors
    /// When no login is possible.
    pub async fn jobs(&self, ears: Ears<'_>) -> Result<Vec<Job>, Trouble> {
        self.asked(&["jobqueue", "view"], ears).await.map(|said| parse_jobs(&said))
    }

    /// A job by its id. One that the iDRAC does not know (any more) reads as gone: it purges them.
    ///
    /// # Errors
    /// When no login is possible, or the id is none.
    pub async fn job(&self, id: &str, ears: Ears<'_>) -> Result<TaskReading, Trouble> {
        let id_argument = Argument::name(id).map_err(Trouble::unsayable(NAME))?;
        let words = ["jobqueue", "view", "-i"].map(Argument::word).into_iter().chain([id_argument]).collect();
        let (report, said) = self.call(words, ANSWER, ears).await?;
        if let Some(job) = parse_jobs(&said).into_iter().find(|job| job.id == id) {
            return Ok(job.reading());
        }
        match recognise(&report.ended, &said) {
            None | Some(Trouble::Refused { .. } | Trouble::Failed { .. }) => Ok(TaskReading {
                state: TaskState::Gone,
                word: String::new(),
                percent: None,
                message: None,
                retry_after: None,
            }),
            Some(trouble) => Err(trouble),
        }
    }

    /// Whether the host's power is on.
    ///
    /// # Errors
    /// As for [`Racadm::versions`].
    pub async fn power(&self, ears: Ears<'_>) -> Result<bool, Trouble> {
        let said = self.asked(&["serveraction", "powerstatus"], ears).await?;
        parse_power(&said).ok_or_else(|| unreadable("serveraction powerstatus", &said))
    }

    /// The output of a command that went well, both streams.
    async fn asked(&self, words: &[&'static str], ears: Ears<'_>) -> Result<String, Trouble> {
        self.carried_out(words.iter().copied().map(Argument::word).collect(), ears).await
    }

    /// The same of a command that was made.
    async fn carried_out(&self, words: Vec<Argument>, ears: Ears<'_>) -> Result<String, Trouble> {
        let (report, said) = self.call(words, ANSWER, ears).await?;
        recognise(&report.ended, &said).map_or(Ok(said), Err)
    }

    async fn call(
        &self,
        words: Vec<Argument>,
        deadline: Duration,
        ears: Ears<'_>,
    ) -> Result<(Report, String), Trouble> {
        let room = self.runner.room().map_err(Trouble::unwritten(NAME))?;
        self.call_in(&room, words, deadline, ears).await
    }

    /// One command: racadm logs in and out by itself with each.
    async fn call_in(
        &self,
        room: &Room,
        words: Vec<Argument>,
        deadline: Duration,
        ears: Ears<'_>,
    ) -> Result<(Report, String), Trouble> {
        let mut arguments = access::arguments(&self.access)?;
        arguments.extend(words);
        let call = Call {
            input: access::answers(&self.access),
            deadline,
            ..Call::new(&self.program, arguments, &self.access.redactor)
        };
        let tee = Tee::to(ears.sink);
        let report = room.run(call, &tee, ears.stop).await;
        Ok((report, tee.kept.text()))
    }
}

fn unreadable(what: &'static str, said: &str) -> Trouble {
    Trouble::Unreadable { tool: NAME, what, said: super::trouble::last(said) }
}
