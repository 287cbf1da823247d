//! ipmitool: identity, power and a cold reset of any BMC that has IPMI over LAN, and HPM.1 updates of those that take them.
//!
//! The password goes by the environment, never by an argument. What ipmitool asks is answered only where the answer was
//! meant. Sources: facts 3.4 and 4 (ipmitool 1.8.18 and 1.8.19), and runs against OpenIPMI's simulator.

mod access;
mod device;
mod fru;
mod hpm;
mod power;
mod trouble;

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

pub use access::{LONGEST_PASSWORD, LONGEST_USER};
pub use device::parse as parse_device;
pub use fru::{Fru, parse as parse_fru};
pub use hpm::{
    Capabilities, Component, Percent, Upgrade, parse_capabilities, parse_components, parse_percent, upgrade_outcome,
};
pub use power::{PowerAction, parse as parse_power};
pub use trouble::{Trouble, recognise};

pub use super::Ears;
use super::{Access, Argument, Call, Ended, Input, Program, Report, Runner, Tool, ears::Tee};
use crate::domain::ipmi::Device;

/// The tool as it is found and recognised.
pub const TOOL: Tool = Tool { name: "ipmitool", maker: "the ipmitool project", ask: &["-V"], says: "ipmitool version" };

/// Answers of a BMC take seconds; sessions that cannot be had take some retries.
const ANSWER: Duration = Duration::from_secs(90);

/// ipmitool for one BMC.
#[derive(Debug, Clone)]
pub struct Ipmitool {
    runner: Runner,
    program: Program,
    access: Arc<Access>,
    /// The cipher suite that worked.
    suite: Arc<Mutex<Option<u8>>>,
}

impl Ipmitool {
    /// A driver for the BMC that `access` leads to.
    #[must_use]
    pub fn new(runner: Runner, program: Program, access: Access) -> Self {
        Self { runner, program, access: Arc::new(access), suite: Arc::default() }
    }

    /// Who the controller is, and the two numbers of its firmware version. It is asked in more words (`-v`), since without them
    /// ipmitool says nothing of a password that is wrong, but that there is no session.
    ///
    /// # Errors
    /// When no session can be had, or the answer cannot be read.
    pub async fn device(&self, ears: Ears<'_>) -> Result<Device, Trouble> {
        let said = self.asked(&["-v", "mc", "info"], ears).await?;
        parse_device(&said).ok_or(Trouble::Unreadable { what: "mc info", said })
    }

    /// The FRU inventory of the BMC itself (ID 0); other devices repeat its keys.
    ///
    /// # Errors
    /// When no session can be had, or there is no such device.
    pub async fn fru(&self, ears: Ears<'_>) -> Result<Fru, Trouble> {
        let words = ["fru", "print"].map(Argument::word).to_vec();
        let (report, said) = self.run(words, Input::Closed, ANSWER, ears).await?;
        // One absent device of many, or no sensor records, makes the whole end with an error.
        match (parse_fru(&said), recognise(&report.ended, &said)) {
            (Some(fru), _) => Ok(fru),
            (None, Some(trouble)) => Err(trouble),
            (None, None) => Err(Trouble::Unreadable { what: "fru print", said }),
        }
    }

    /// Whether the host's power is on.
    ///
    /// # Errors
    /// When no session can be had, or the answer cannot be read.
    pub async fn power(&self, ears: Ears<'_>) -> Result<bool, Trouble> {
        let said = self.asked(&["chassis", "power", "status"], ears).await?;
        parse_power(&said).ok_or(Trouble::Unreadable { what: "chassis power status", said })
    }

    /// Asks for a change of the host's power. Returns once the BMC has taken it, not once it has come about.
    ///
    /// # Errors
    /// When no session can be had, or the BMC refuses.
    pub async fn set_power(&self, action: PowerAction, ears: Ears<'_>) -> Result<(), Trouble> {
        self.asked(&["chassis", "power", action.word()], ears).await.map(drop)
    }

    /// Resets the BMC; the host goes on running. Returns once the BMC has taken it.
    ///
    /// # Errors
    /// When no session can be had, or the BMC refuses.
    pub async fn reset_cold(&self, ears: Ears<'_>) -> Result<(), Trouble> {
        self.asked(&["mc", "reset", "cold"], ears).await.map(drop)
    }

    /// The output of a command that went well, both streams.
    async fn asked(&self, words: &[&'static str], ears: Ears<'_>) -> Result<String, Trouble> {
        let words = words.iter().copied().map(Argument::word).collect();
        let (report, said) = self.run(words, Input::Closed, ANSWER, ears).await?;
        match recognise(&report.ended, &said) {
            None => Ok(said),
            Some(trouble) => Err(trouble),
        }
    }

    /// Runs a command with the suite that worked, or else with 17, and with 3 where the BMC does not take that: no session
    /// came about, so nothing was asked yet. After any other failure there is no second try, which might lock the account.
    async fn run(
        &self,
        words: Vec<Argument>,
        input: Input,
        deadline: Duration,
        ears: Ears<'_>,
    ) -> Result<(Report, String), Trouble> {
        let known = *self.suite.lock().unwrap_or_else(PoisonError::into_inner);
        let suites = known.map_or_else(|| vec![17, 3], |suite| vec![suite]);
        let mut input = Some(input);
        let last = suites.last().copied();
        for suite in suites {
            let mut arguments = access::arguments(&self.access, suite)?;
            arguments.extend(words.iter().cloned());
            // Without a session nothing was asked: the answers are still there to be given.
            let Some(given) = input.take() else { break };
            let call = Call {
                input: given,
                settings: vec![access::password(&self.access)],
                deadline,
                silence: hpm::SILENCE,
                ..Call::new(&self.program, arguments, &self.access.redactor)
            };
            let tee = Tee::to(ears.sink);
            let again = again(&call.input);
            let report = self.runner.run(call, &tee, ears.stop).await;
            let said = tee.kept.text();
            let trouble = recognise(&report.ended, &said);
            let other_suite = matches!(&trouble, Some(Trouble::NoSession { said }) if is_about_the_suite(said));
            if other_suite && Some(suite) != last {
                input = Some(again);
                continue;
            }
            if !matches!(trouble, Some(Trouble::NoSession { .. } | Trouble::WrongCredentials { .. } | Trouble::Tool(_)))
            {
                *self.suite.lock().unwrap_or_else(PoisonError::into_inner) = Some(suite);
            }
            return Ok((report, said));
        }
        Err(Trouble::Tool(Ended::NotRun("no cipher suite is left to try".into())))
    }
}

/// Whether a session was not had because of its cipher suite: "no matching cipher suite", or another algorithm was answered
/// than was asked for.
fn is_about_the_suite(said: &str) -> bool {
    let lower = said.to_lowercase();
    ["cipher suite", "is not what we requested", "invalid authentication algorithm", "invalid integrity algorithm"]
        .iter()
        .any(|words| lower.contains(words))
}

/// The same input once more; ipmitool shows no question before it has read the answer, so it gets no other.
fn again(input: &Input) -> Input {
    match input {
        Input::Fed(words) => Input::Fed(words),
        _ => Input::Closed,
    }
}
