//! A reading under way: progress on the terminal, called off by a signal.

use std::cell::Cell;

use tokio::signal::unix;

use super::{
    exit::Stop,
    output::{self, ProgressLine},
};
use crate::{
    api::{
        client::Client,
        session::Mode,
        wire::{Progress, ReadReport, ReadSummary},
    },
    domain::target::Target,
};

/// How a reading ended.
pub(super) struct Done {
    pub(super) report: ReadReport,
    /// True where a signal ended it early. Sessions were closed all the same.
    pub(super) called_off: bool,
}

pub(super) async fn read(client: &Client, wanted: &[Target], mode: Mode) -> Result<Done, Stop> {
    let mut interrupt = unix::signal(unix::SignalKind::interrupt())?;
    let mut terminate = unix::signal(unix::SignalKind::terminate())?;
    let number = Cell::new(None);
    let mut line = ProgressLine::new();
    let tell = |so_far: Progress| {
        line.show(&format!("{} of {} read, {} without", so_far.read, so_far.total, so_far.failed));
    };
    let mut called_off = false;
    let report = {
        let reading = client.read(wanted.to_vec(), mode, |began| number.set(Some(began)), tell);
        tokio::pin!(reading);
        loop {
            tokio::select! {
                report = &mut reading => break report,
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            called_off = true;
            if let Some(number) = number.get() {
                client.stop_reading(number).await?;
            }
        }
    };
    line.clear();
    Ok(Done { report: report?, called_off })
}

/// One line on standard error.
pub(super) fn tell(summary: &ReadSummary) {
    let ReadSummary { read, failed, new, changed, pinned, aliases, without, .. } = summary;
    let mut words = vec![format!("{read} read, {failed} failed, {new} new, {changed} changed")];
    if *aliases > 0 {
        words.push(format!("{aliases} are further addresses of a known server"));
    }
    if *without > 0 {
        words.push(format!("{without} addresses without a BMC"));
    }
    if *pinned > 0 {
        words.push(format!("{pinned} certificates pinned at first contact (`firmdeck pins list`)"));
    }
    output::complain(&words.join("; "));
}
