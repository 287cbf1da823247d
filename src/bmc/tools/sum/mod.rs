//! Supermicro Update Manager (`sum`) and its successor, SuperServer Automation Assistant (`saa`), over the network.
//!
//! Neither is to be had without Supermicro: what is written here of them rests on published help texts, fixtures and reports
//! (facts 2.4 and 3.3). The flag for a file with the password (`-f`) is one of them that no public source confirms; where a
//! build does not know it, it says so before anything is done. Coreutils have a program named `sum` too.

mod access;
mod fields;
mod outcome;
mod trouble;
mod update;

use std::{sync::Arc, time::Duration};

pub use fields::{Firmware, parse as parse_info};
pub use outcome::{ErrorBlock, parse_error, update_outcome};
pub use trouble::recognise;
pub use update::{Part, Update};

use super::{Access, Argument, Call, Ears, Program, Report, Room, Runner, Tool, Trouble, ears::Tee};

/// Supermicro Update Manager as it is found and recognised.
pub const SUM: Tool = Tool { name: "sum", maker: "Supermicro", ask: &["-h"], says: "supermicro update manager" };

/// Its successor.
pub const SAA: Tool = Tool { name: "saa", maker: "Supermicro", ask: &["-h"], says: "superserver automation assistant" };

/// An answer takes a minute on a BMC of these generations.
const ANSWER: Duration = Duration::from_secs(180);

/// One of the two for one BMC.
#[derive(Debug, Clone)]
pub struct Sum {
    runner: Runner,
    program: Program,
    access: Arc<Access>,
}

impl Sum {
    /// A driver for the BMC that `access` leads to.
    #[must_use]
    pub fn new(runner: Runner, program: Program, access: Access) -> Self {
        Self { runner, program, access: Arc::new(access) }
    }

    /// The running BIOS.
    ///
    /// # Errors
    /// When no login is possible, a licence lacks, or the answer cannot be read.
    pub async fn bios(&self, ears: Ears<'_>) -> Result<Firmware, Trouble> {
        let said = self.asked("GetBiosInfo", ears).await?;
        parse_info(&said, "BIOS").ok_or_else(|| self.unreadable("GetBiosInfo", &said))
    }

    /// The running BMC.
    ///
    /// # Errors
    /// As for [`Sum::bios`].
    pub async fn bmc(&self, ears: Ears<'_>) -> Result<Firmware, Trouble> {
        let said = self.asked("GetBmcInfo", ears).await?;
        parse_info(&said, "BMC").ok_or_else(|| self.unreadable("GetBmcInfo", &said))
    }

    /// The output of a command that went well, both streams.
    async fn asked(&self, command: &'static str, ears: Ears<'_>) -> Result<String, Trouble> {
        let room = self.room()?;
        let (report, said) = self.call_in(&room, command, Vec::new(), ANSWER, ears).await?;
        match recognise(self.program.name, &report.ended, &said) {
            None => Ok(said),
            Some(trouble) => Err(trouble),
        }
    }

    /// The private directory of one call, with the password in it.
    fn room(&self) -> Result<Room, Trouble> {
        let room = self.runner.room().map_err(Trouble::unwritten(self.program.name))?;
        room.keep(&access::password(&self.access, self.program.name)?)
            .map_err(Trouble::unwritten(self.program.name))?;
        Ok(room)
    }

    async fn call_in(
        &self,
        room: &Room,
        command: &'static str,
        words: Vec<Argument>,
        deadline: Duration,
        ears: Ears<'_>,
    ) -> Result<(Report, String), Trouble> {
        let mut arguments = access::arguments(&self.access, self.program.name)?;
        arguments.extend([Argument::word("-c"), Argument::word(command)]);
        arguments.extend(words);
        let call = Call { deadline, ..Call::new(&self.program, arguments, &self.access.redactor) };
        let tee = Tee::to(ears.sink);
        let report = room.run(call, &tee, ears.stop).await;
        Ok((report, tee.kept.text()))
    }

    fn unreadable(&self, what: &'static str, said: &str) -> Trouble {
        Trouble::Unreadable { tool: self.program.name, what, said: super::trouble::last(said) }
    }
}
