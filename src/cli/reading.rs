//! A reading under way: progress on the terminal, called off by a signal.

use tokio::{signal::unix, sync::mpsc};
use tokio_util::sync::CancellationToken;

use super::{
    exit::Stop,
    output::{self, ProgressLine},
};
use crate::{
    api::{
        in_process::{Mode, Session},
        wire::{ReadReport, ReadSummary},
    },
    domain::target::Target,
};

/// How a reading ended.
pub(super) struct Done {
    pub(super) report: ReadReport,
    /// True where a signal ended it early. Sessions were closed all the same.
    pub(super) called_off: bool,
}

pub(super) async fn read(session: &Session, wanted: &[Target], mode: Mode) -> Result<Done, Stop> {
    let called_off = CancellationToken::new();
    let (sender, mut receiver) = mpsc::unbounded_channel();
    let mut interrupt = unix::signal(unix::SignalKind::interrupt())?;
    let mut terminate = unix::signal(unix::SignalKind::terminate())?;
    let reading = session.read(wanted.to_vec(), mode, sender, called_off.clone());
    tokio::pin!(reading);
    let mut line = ProgressLine::new();
    let report = loop {
        tokio::select! {
            report = &mut reading => break report,
            Some(so_far) = receiver.recv() => {
                line.show(&format!("{} of {} read, {} without", so_far.read, so_far.total, so_far.failed));
            }
            _ = interrupt.recv() => called_off.cancel(),
            _ = terminate.recv() => called_off.cancel(),
        }
    };
    line.clear();
    Ok(Done { report: report?, called_off: called_off.is_cancelled() })
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
