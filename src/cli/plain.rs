//! A run as lines, one whole sentence each: for screen readers, dumb terminals, paper and logs. No cursor is ever moved.

use std::{collections::HashMap, io};

use jiff::Timestamp;

use super::output;
use crate::api::live::{BoardRow, JournalLine, RunBoard};

/// What was told already.
pub(super) struct Plain {
    run: i64,
    /// The operator's names, by server.
    names: HashMap<String, String>,
    /// What was told last of each server's progress: the update, and how many quarters of it.
    told: HashMap<String, (String, u8)>,
}

impl Plain {
    /// Tells how a run stands.
    pub(super) fn begin(board: &RunBoard) -> io::Result<Self> {
        let run = board.run.line.run;
        let counts: Vec<_> = board.run.line.servers.iter().map(|(state, count)| format!("{count} {state}")).collect();
        line(&format!(
            "run {run}, {}: {}, of {} servers {}",
            board.run.goal,
            board.run.line.state,
            board.servers.len(),
            counts.join(", ")
        ))?;
        if let Some(held) = &board.run.held {
            line(&format!("run {run} begins no further server: {held}"))?;
        }
        for row in &board.servers {
            let doing =
                row.now.as_deref().or(row.why.as_deref()).map_or_else(String::new, |words| format!(", {words}"));
            line(&format!("{}: {}{doing}", row.name, row.state))?;
        }
        line("Ctrl-C leaves this view; the run goes on")?;
        let names = board.servers.iter().map(|row| (row.id.clone(), row.name.clone())).collect();
        Ok(Self { run, names, told: HashMap::new() })
    }

    /// Tells an entry of the journal.
    pub(super) fn entry(&self, entry: &JournalLine) -> io::Result<()> {
        let time =
            entry.at.parse::<Timestamp>().map_or_else(|_| String::new(), |at| at.strftime("%H:%M:%SZ ").to_string());
        let who = match &entry.server {
            Some(server) => self.names.get(server).unwrap_or(server).clone(),
            None => format!("run {}", self.run),
        };
        line(&format!("{time}{who}: {}", entry.words))
    }

    /// Tells how far an update is, at each quarter of it.
    pub(super) fn row(&mut self, row: &BoardRow) -> io::Result<()> {
        let (Some(now), Some(percent)) = (&row.now, row.percent) else { return Ok(()) };
        let told = self.told.entry(row.id.clone()).or_default();
        let quarter = percent / 25;
        if told.0 != *now {
            *told = (now.clone(), 0);
        }
        if quarter <= told.1 {
            return Ok(());
        }
        told.1 = quarter;
        line(&format!("{}: {now}, {percent} percent", row.name))
    }
}

fn line(text: &str) -> io::Result<()> {
    output::line(&output::safe(text))
}
