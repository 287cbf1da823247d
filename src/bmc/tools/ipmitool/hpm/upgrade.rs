//! `hpm` through the driver.

use std::{
    path::Path,
    sync::atomic::{AtomicU8, AtomicU64, Ordering},
    time::Duration,
};

use super::{
    super::{Ears, Ipmitool, Trouble, hpm::*},
    Component,
};
use crate::{
    bmc::tools::{Argument, Heard, Input, Sink},
    domain::{
        attempt::Attempt,
        ipmi::HpmImage,
        unfit::{Unfit, unfit_controller, unfit_lab_image},
    },
};

/// The answer to the one question that is answered: "Services may be affected during upgrade. Do you wish to continue?" It
/// comes for images that say so of themselves, which is known, planned and confirmed. ipmitool shows it only after it has
/// read the answer, and asks nothing else here, since it is not told to force anything.
const SERVICES: &[&str] = &["y"];

/// An upgrade takes its preparation and activation, and its bytes at the slowest rate seen (3 KB/s over LAN, facts 4.2).
const PREPARATION: Duration = Duration::from_secs(900);
const SLOWEST: u64 = 2048;
/// A preparation may erase for 21 minutes (HPM.1's longest time-out) and a percent take two at that rate; nothing is to be
/// expected of an ipmitool that is silent for longer: in a session that died it asks on without end.
pub(in super::super) const SILENCE: Duration = Duration::from_secs(1800);
/// Activation and rollback wait for the BMC's own reset.
const RESET: Duration = Duration::from_secs(900);

/// An image that is handed over.
#[derive(Debug, Clone, Copy)]
pub struct Upgrade<'a> {
    /// The file.
    pub path: &'a Path,
    /// What it says of itself.
    pub image: &'a HpmImage,
    /// Whether it carries the mark of firmdeck's lab.
    pub lab: bool,
}

impl Ipmitool {
    /// What the BMC can do of HPM.1.
    ///
    /// # Errors
    /// [`Trouble::NotOffered`] where it speaks IPMI and no HPM.1; else as for any command.
    pub async fn capabilities(&self, ears: Ears<'_>) -> Result<Capabilities, Trouble> {
        let said = self.asked(&["hpm", "targetcap"], ears).await?;
        parse_capabilities(&said).ok_or(Trouble::Unreadable { what: "hpm targetcap", said })
    }

    /// Its components, and which versions they run and keep.
    ///
    /// # Errors
    /// As for [`Ipmitool::capabilities`].
    pub async fn components(&self, ears: Ears<'_>) -> Result<Vec<Component>, Trouble> {
        let said = self.asked(&["hpm", "check"], ears).await?;
        match parse_components(&said) {
            none if none.is_empty() => Err(Trouble::Unreadable { what: "hpm check", said }),
            some => Ok(some),
        }
    }

    /// Hands over an image and activates it. Returns once ipmitool has ended; the version is to be read back.
    ///
    /// First the controller is asked who it is: an image for another board, or of the lab for anything
    /// else, is refused before anything of it leaves. `sent`
    /// gets image bytes as the table shows them (monotonic).
    pub async fn upgrade(&self, upgrade: Upgrade<'_>, ears: Ears<'_>, sent: &(dyn Fn(u64) + Sync)) -> Attempt {
        match self.unfit(&upgrade, ears).await {
            Ok(None) => {}
            Ok(Some(unfit)) => return Attempt::Refused { why: unfit.to_string(), message_ids: Vec::new() },
            Err(trouble) => return before(&trouble),
        }
        let path = match Argument::path(upgrade.path) {
            Ok(path) => path,
            Err(why) => return Attempt::NotStarted { why: Trouble::from(why).to_string() },
        };
        let words = vec![Argument::word("hpm"), Argument::word("upgrade"), path, Argument::word("activate")];
        let input = if upgrade.image.affects_services { Input::Fed(SERVICES) } else { Input::Closed };
        let bytes = upgrade.image.bytes();
        let deadline = PREPARATION + Duration::from_secs(bytes / SLOWEST);
        let meter = Meter::new(ears.sink, upgrade.image, sent);
        match self.run(words, input, deadline, Ears { sink: &meter, ..ears }).await {
            Ok((report, said)) => upgrade_outcome(&report.ended, &said, meter.sent()),
            Err(trouble) => before(&trouble),
        }
    }

    /// What speaks against offering an image to this controller.
    async fn unfit(&self, upgrade: &Upgrade<'_>, ears: Ears<'_>) -> Result<Option<Unfit>, Trouble> {
        let device = self.device(ears).await?;
        if upgrade.lab {
            let serial = self.fru(ears).await?.serial;
            if let Some(unfit) = unfit_lab_image(true, &self.access.endpoint, serial.as_deref()) {
                return Ok(Some(unfit));
            }
        }
        Ok(unfit_controller(upgrade.image, &device))
    }

    /// Activates what was uploaded and waits.
    ///
    /// # Errors
    /// Where nothing waits, or the BMC does not offer it.
    pub async fn activate(&self, ears: Ears<'_>) -> Result<(), Trouble> {
        let words = vec![Argument::word("hpm"), Argument::word("activate")];
        self.waited(words, ears).await.map(drop)
    }

    /// Goes back to the versions that are kept. Returns whether the BMC says that it did.
    ///
    /// # Errors
    /// Where the BMC refuses or does not offer it.
    pub async fn roll_back(&self, ears: Ears<'_>) -> Result<bool, Trouble> {
        let words = vec![Argument::word("hpm"), Argument::word("rollback")];
        let said = self.waited(words, ears).await?;
        Ok(said.contains("Rollback occurred"))
    }

    async fn waited(&self, words: Vec<Argument>, ears: Ears<'_>) -> Result<String, Trouble> {
        let (report, said) = self.run(words, Input::Closed, RESET, ears).await?;
        match super::super::recognise(&report.ended, &said) {
            None => Ok(said),
            Some(trouble) => Err(trouble),
        }
    }
}

/// How an attempt ended that came no further than its first question.
fn before(trouble: &Trouble) -> Attempt {
    let why = trouble.to_string();
    match trouble {
        Trouble::Busy { .. } => Attempt::Busy { why, retry_after: None },
        Trouble::WrongCredentials { .. } | Trouble::NoPrivilege { .. } => {
            Attempt::Refused { why, message_ids: Vec::new() }
        }
        _ => Attempt::NotStarted { why },
    }
}

/// Turns the table's percentages into bytes of the image.
struct Meter<'a> {
    sink: &'a dyn Sink,
    image: &'a HpmImage,
    told: &'a (dyn Fn(u64) + Sync),
    /// Bytes of the components that are done.
    done: AtomicU64,
    /// The component that is under way, and bytes of all so far.
    current: AtomicU8,
    sent: AtomicU64,
}

/// No component.
const NONE: u8 = u8::MAX;

impl<'a> Meter<'a> {
    fn new(sink: &'a dyn Sink, image: &'a HpmImage, told: &'a (dyn Fn(u64) + Sync)) -> Self {
        Self { sink, image, told, done: AtomicU64::new(0), current: AtomicU8::new(NONE), sent: AtomicU64::new(0) }
    }

    fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    fn length(&self, component: u8) -> u64 {
        self.image.parts.iter().filter(|part| part.component == component).map(|part| part.length).sum()
    }

    fn read(&self, row: &Percent) {
        let before = self.current.swap(row.component, Ordering::Relaxed);
        if before != row.component && before != NONE {
            self.done.fetch_add(self.length(before), Ordering::Relaxed);
        }
        // What is skipped is done as well: nothing of it will be sent.
        let part = self.length(row.component) * u64::from(row.percent.unwrap_or(0)) / 100;
        let now = self.done.load(Ordering::Relaxed) + part;
        if now > self.sent.fetch_max(now, Ordering::Relaxed) {
            (self.told)(now);
        }
    }
}

impl Sink for Meter<'_> {
    fn hear(&self, heard: Heard) {
        let (Heard::Line(line) | Heard::Progress(line)) = &heard;
        if let Some(row) = parse_percent(&line.text) {
            self.read(&row);
        }
        self.sink.hear(heard);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use jiff::Timestamp;

    use super::*;
    use crate::{
        bmc::tools::{Gathered, Line, Stream},
        domain::ipmi::{BoardIds, HpmPart},
    };

    #[test]
    fn percentages_of_several_components_become_bytes_that_never_go_back() {
        let part = |component, length| HpmPart { component, version: "1.00".into(), name: String::new(), length };
        let ids = BoardIds { device: 1, manufacturer: 2, product: 3 };
        let parts = vec![part(2, 1000), part(0, 500)];
        let image = HpmImage { ids, earliest: "0.00".into(), affects_services: false, parts };
        let (said, told) = (Gathered::default(), Mutex::new(Vec::new()));
        let tell = |bytes| told.lock().unwrap().push(bytes);
        let meter = Meter::new(&said, &image, &tell);
        for (id, percent) in [(2, "  0%"), (2, " 50%"), (2, " 40%"), (2, "100%"), (0, "  0%"), (0, " 10%"), (0, "100%")]
        {
            let text =
                format!("|   {id}|X            |   1.11 00000001 | ---.-- -------- |   1.11 19000000 |{percent}|");
            meter.hear(Heard::Progress(Line { at: Timestamp::UNIX_EPOCH, stream: Stream::Output, text }));
        }
        assert_eq!(*told.lock().unwrap(), [500, 1000, 1050, 1500]);
        assert_eq!(meter.sent(), 1500);
    }
}
