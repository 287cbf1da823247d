//! The vendors' tools that this engine has: looked for once, and anew where the configuration names others.

use std::sync::{Arc, Mutex, PoisonError};

use crate::{
    bmc::tools::{Missing, Program, Runner, Tool, ilorest, ipmitool, racadm, sum},
    config::Tools as Configured,
    domain::toolbox::{ToolName, Toolbox},
    engine::Engine,
};

/// Each tool, and where it is or why it is not there.
#[derive(Debug)]
pub struct Found {
    configured: Configured,
    /// In the order of [`ToolName::ALL`].
    pub tools: Vec<(ToolName, Result<Program, Missing>)>,
}

impl Found {
    /// Those that are there.
    #[must_use]
    pub fn toolbox(&self) -> Toolbox {
        self.tools.iter().filter(|(_, found)| found.is_ok()).fold(Toolbox::default(), |all, (tool, _)| all.with(*tool))
    }

    /// A tool, or why it is not there.
    ///
    /// # Errors
    /// In words, where it is missing or is another program.
    pub fn program(&self, tool: ToolName) -> Result<Program, String> {
        match self.tools.iter().find(|(one, _)| *one == tool) {
            Some((_, Ok(program))) => Ok(program.clone()),
            Some((_, Err(missing))) => Err(missing.to_string()),
            None => Err(format!("{tool} is not used here")),
        }
    }
}

/// What was found last, and what runs them.
pub(super) struct Tools {
    runner: Runner,
    found: Mutex<Option<Arc<Found>>>,
}

impl Tools {
    pub(super) fn new(runner: Runner) -> Self {
        Self { runner, found: Mutex::default() }
    }
}

impl Engine {
    /// What runs tools.
    pub(super) fn runner(&self) -> &Runner {
        &self.0.tools.runner
    }

    /// The tools, looked for where that was not done yet or `anew`. Each is asked who it is: some seconds.
    pub async fn tools(&self, anew: bool) -> Arc<Found> {
        let configured = self.0.settings.now().config.tools.clone();
        let known = self.0.tools.found.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(known) = known.filter(|known| !anew && known.configured == configured) {
            return known;
        }
        let mut tools = Vec::new();
        for name in ToolName::ALL {
            let found = look(name, &configured, self.runner()).await;
            tools.extend(found.map(|found| (name, found)));
        }
        let found = Arc::new(Found { configured, tools });
        *self.0.tools.found.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&found));
        found
    }

    /// The tools as they were found last; none before that.
    #[must_use]
    pub fn toolbox(&self) -> Toolbox {
        let known = self.0.tools.found.lock().unwrap_or_else(PoisonError::into_inner);
        known.as_ref().map_or_else(Toolbox::default, |found| found.toolbox())
    }
}

/// A tool under whichever of its names it is found.
async fn look(name: ToolName, configured: &Configured, runner: &Runner) -> Option<Result<Program, Missing>> {
    let mut last = None;
    for tool in tools_of(name) {
        match tool.find(configured.path(name), runner).await {
            Ok(program) => return Some(Ok(program)),
            Err(missing) => last = last.or(Some(Err(missing))),
        }
    }
    last
}

fn tools_of(name: ToolName) -> &'static [Tool] {
    match name {
        ToolName::Ipmitool => &[ipmitool::TOOL],
        ToolName::Ilorest => &[ilorest::TOOL],
        ToolName::Racadm => &[racadm::TOOL],
        ToolName::Sum => &[sum::SUM, sum::SAA],
    }
}
