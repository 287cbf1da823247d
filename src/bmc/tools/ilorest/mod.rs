//! ilorest: HPE's command line for iLO 5 and later. Lists firmware and the task queue, and flashes packages.
//!
//! The login is read from a file (0600) in the private directory of a conversation, which also holds ilorest's cache, its logs
//! and the session: login, one command and logout are processes of their own that share it. Sources: facts 3.1, and runs of
//! ilorest 7.4.0.0.

mod access;
mod components;
mod flash;
mod inventory;
mod known;
mod outcome;
mod queue;
mod trouble;

use std::{sync::Arc, time::Duration};

use tokio_util::sync::CancellationToken;

pub use components::{COMMAND, components};
pub use flash::Flash;
pub use inventory::{Installed, parse as parse_inventory};
pub use known::{KNOWN_BAD, KnownBad, known_bad};
pub use outcome::{Effect, Flashed, flash_outcome, is_refusal};
pub use queue::{QueuedTask, parse as parse_queue};
pub use trouble::recognise;

use super::{Access, Argument, Call, Ears, Ended, Program, Report, Room, Runner, Stream, Tool, Trouble, ears::Tee};

/// The tool as it is found and recognised.
pub const TOOL: Tool = Tool { name: "ilorest", maker: "HPE", ask: &["--version"], says: "restful interface tool" };

/// Its name in sentences.
const NAME: &str = "ilorest";

/// A login takes three seconds, and a minute and a half where iLO offers no directory of resources and ilorest crawls it.
const LOGIN: Duration = Duration::from_secs(180);
/// Answers of an iLO take seconds.
const ANSWER: Duration = Duration::from_secs(120);
/// A logout is not worth more: iLO ends its sessions by itself.
const LOGOUT: Duration = Duration::from_secs(30);

/// ilorest for one iLO.
#[derive(Debug, Clone)]
pub struct Ilorest {
    runner: Runner,
    program: Program,
    access: Arc<Access>,
}

/// What a command said on its own stream and on both.
struct Said {
    report: Report,
    output: String,
    all: String,
}

impl Ilorest {
    /// A driver for the iLO that `access` leads to.
    #[must_use]
    pub fn new(runner: Runner, program: Program, access: Access) -> Self {
        Self { runner, program, access: Arc::new(access) }
    }

    /// The firmware that iLO lists, in its order.
    ///
    /// # Errors
    /// When no session can be had, or the answer cannot be read.
    pub async fn inventory(&self, ears: Ears<'_>) -> Result<Vec<Installed>, Trouble> {
        let words = ["serverinfo", "--firmware", "-j"].map(Argument::word).to_vec();
        let said = self.asked(words, ears).await?;
        parse_inventory(&said.output).ok_or_else(|| unreadable("serverinfo --firmware", &said.all))
    }

    /// iLO's queue of update tasks, the head first. A failed one at the head lets nothing behind it go on.
    ///
    /// # Errors
    /// When no session can be had, or the answer cannot be read.
    pub async fn queue(&self, ears: Ears<'_>) -> Result<Vec<QueuedTask>, Trouble> {
        let said = self.asked(["taskqueue", "-j"].map(Argument::word).to_vec(), ears).await?;
        parse_queue(&said.output).ok_or_else(|| unreadable("taskqueue", &said.all))
    }

    /// One command that only asks.
    async fn asked(&self, words: Vec<Argument>, ears: Ears<'_>) -> Result<Said, Trouble> {
        let room = self.room()?;
        self.log_in(&room, ears).await?;
        let said = self.run(&room, words, ANSWER, ANSWER, ears).await;
        self.log_out(&room, ears).await;
        match recognise(&said.report.ended, &said.all) {
            None => Ok(said),
            Some(trouble) => Err(trouble),
        }
    }

    /// The private directory of one conversation, with the login in it.
    fn room(&self) -> Result<Room, Trouble> {
        let room = self.runner.room().map_err(Trouble::unwritten(NAME))?;
        room.keep(&access::configuration(&self.access)?).map_err(Trouble::unwritten(NAME))?;
        Ok(room)
    }

    async fn log_in(&self, room: &Room, ears: Ears<'_>) -> Result<(), Trouble> {
        let url = Argument::service(&self.access.endpoint).map_err(Trouble::unsayable(NAME))?;
        let said = self.run(room, vec![Argument::word("login"), url], LOGIN, LOGIN, ears).await;
        let Some(trouble) = trouble::at_login(&said.report.ended, &said.all) else { return Ok(()) };
        // It may have opened a session before it came to grief.
        if !matches!(said.report.ended, Ended::NotRun(_)) {
            self.log_out(room, ears).await;
        }
        Err(trouble)
    }

    /// Gives the session back, also where the work was called off. What comes of it is in the transcript. At another port than
    /// 443 ilorest (7.4.0.0) makes a wrong address of the session's, and iLO ends it by itself once it has rested.
    async fn log_out(&self, room: &Room, ears: Ears<'_>) {
        let stop = CancellationToken::new();
        let ears = Ears { stop: &stop, ..ears };
        let _ = self.run(room, vec![Argument::word("logout")], LOGOUT, LOGOUT, ears).await;
    }

    async fn run(
        &self,
        room: &Room,
        words: Vec<Argument>,
        deadline: Duration,
        silence: Duration,
        ears: Ears<'_>,
    ) -> Said {
        let mut arguments = access::arguments();
        arguments.extend(words);
        let call = Call { deadline, silence, ..Call::new(&self.program, arguments, &self.access.redactor) };
        let tee = Tee::to(ears.sink);
        let report = room.run(call, &tee, ears.stop).await;
        Said { report, output: tee.kept.of(Stream::Output), all: tee.kept.text() }
    }
}

fn unreadable(what: &'static str, said: &str) -> Trouble {
    Trouble::Unreadable { tool: NAME, what, said: super::trouble::last(said) }
}
