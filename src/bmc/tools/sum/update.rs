//! Updating by SUM or SAA.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use super::{Sum, update_outcome};
use crate::{
    bmc::tools::{Argument, Ears, Heard, Lent, Sink},
    domain::attempt::Attempt,
};

/// They wait until the BMC has flashed; a BIOS of these generations takes a quarter of an hour.
const UPDATE: Duration = Duration::from_secs(3600);
/// Bytes in a second that a slow line brings.
const SLOWEST: u64 = 64 << 10;

/// What is updated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The system's BIOS.
    Bios,
    /// The BMC itself, which keeps its configuration.
    Bmc,
}

/// An update.
#[derive(Debug, Clone, Copy)]
pub struct Update<'a> {
    /// What is updated.
    pub part: Part,
    /// The image, under Supermicro's name for it.
    pub image: Lent<'a>,
    /// Whether the host is to be restarted for it at once: only where somebody has agreed to that.
    pub reboot: bool,
}

impl Sum {
    /// Hands over an image and waits. Returns once the tool has ended; the version is to be read back.
    ///
    /// `sent` gets image bytes where the tool tells a percentage of its upload (monotonic). A BMC's configuration is never
    /// overwritten.
    pub async fn update(&self, update: Update<'_>, ears: Ears<'_>, sent: &(dyn Fn(u64) + Sync)) -> Attempt {
        let Update { part, image, reboot } = update;
        let room = match self.room() {
            Ok(room) => room,
            Err(trouble) => return trouble.before_a_byte(),
        };
        let path = match room.lend(image) {
            Ok(path) => path,
            Err(error) => return Attempt::NotStarted { why: error.to_string() },
        };
        let command = match part {
            Part::Bios => "UpdateBios",
            Part::Bmc => "UpdateBmc",
        };
        let mut words = vec![Argument::word("--file"), path];
        if reboot && part == Part::Bios {
            words.push(Argument::word("--reboot"));
        }
        let deadline = UPDATE + Duration::from_secs(image.bytes / SLOWEST);
        let meter = Meter { sink: ears.sink, bytes: image.bytes, told: sent, most: AtomicU64::new(0) };
        match self.call_in(&room, command, words, deadline, Ears { sink: &meter, ..ears }).await {
            Ok((report, said)) => update_outcome(self.program.name, &report.ended, &said, image.bytes),
            Err(trouble) => trouble.before_a_byte(),
        }
    }
}

/// Turns percentages of an upload into bytes of the image.
struct Meter<'a> {
    sink: &'a dyn Sink,
    bytes: u64,
    told: &'a (dyn Fn(u64) + Sync),
    most: AtomicU64,
}

impl Sink for Meter<'_> {
    fn hear(&self, heard: Heard) {
        let (Heard::Line(line) | Heard::Progress(line)) = &heard;
        if let Some(percent) = percent(&line.text) {
            let now = self.bytes.saturating_mul(percent) / 100;
            if now > self.most.fetch_max(now, Ordering::Relaxed) {
                (self.told)(now);
            }
        }
        self.sink.hear(heard);
    }
}

/// `Uploading … (45%)`: the percentage of a line about an upload.
fn percent(line: &str) -> Option<u64> {
    if !line.to_lowercase().contains("upload") {
        return None;
    }
    let (before, _) = line.rsplit_once('%')?;
    let digits = before.rsplit(|c: char| !c.is_ascii_digit()).next()?;
    digits.parse().ok().filter(|percent| *percent <= 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_percentage_of_an_upload_is_one() {
        assert_eq!(percent("Uploading BIOS image ............ (45%)"), Some(45));
        assert_eq!(percent("Flashing BIOS .................. (45%)"), None);
        assert_eq!(percent("Uploading (450%)"), None);
        assert_eq!(percent("Uploading é%"), None);
        assert_eq!(percent("Upload is done"), None);
    }
}
