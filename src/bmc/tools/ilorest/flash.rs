//! Flashing by ilorest.

use std::time::Duration;

use tokio::sync::Notify;

use super::{Flashed, Ilorest, flash_outcome, outcome::TAKEN};
use crate::bmc::tools::{Argument, Ears, Heard, Lent, Room, Sink, Trouble};

/// ilorest waits for iLO's update service for 4800 s, and an hour for one device (facts 1.5 and 3.1).
const FLASH: Duration = Duration::from_secs(2 * 3600);
/// Between the upload's lines and the first turn of its spinner it says nothing; an upload over a slow line is silent.
const SILENCE: Duration = Duration::from_secs(900);
/// How long iLO may take to flash what it has taken, in device time: one to two minutes by HPE's samples (facts 2.2).
const FLASHES: Duration = Duration::from_secs(300);
/// ilorest looks every eight seconds; so much real time it has in any case.
const LOOKS: Duration = Duration::from_secs(20);
/// Bytes in a second that a slow line brings.
const SLOWEST: u64 = 64 << 10;

/// What is flashed.
#[derive(Debug, Clone, Copy)]
pub struct Flash<'a> {
    /// The package, under HPE's name for it: ilorest tells packages by their ends.
    pub package: Lent<'a>,
    /// The signature that lies beside it (`.compsig`), where there is one.
    pub signature: Option<Lent<'a>>,
    /// Whether iLO shall flash although a trusted platform module measures it: somebody has said that the host can bear it.
    pub over_tpm: bool,
}

impl Ilorest {
    /// Hands over a package and waits a while for iLO's update service to be done with it. Returns once ilorest has ended; the version
    /// is to be read back, for its word is no proof: it has ended well without flashing (python-redfish-utility#54).
    ///
    /// A package of third parties or of HPE's newer form goes by `flashfwpkg`, everything else by `uploadcomp`, with its
    /// signature. The system recovery set is never touched.
    pub async fn flash(&self, flash: Flash<'_>, ears: Ears<'_>) -> Flashed {
        let bytes = flash.package.bytes;
        let begun = async {
            let room = self.room()?;
            let words = words(&room, flash)?;
            self.log_in(&room, ears).await?;
            Ok::<_, Trouble>((room, words))
        };
        match begun.await {
            Ok((room, words)) => self.carry_out(&room, words, bytes, ears).await,
            Err(trouble) => Flashed { attempt: trouble.before_a_byte(), effect: None },
        }
    }

    /// Lets iLO fetch a package from an address, and waits as [`Ilorest::flash`] does.
    pub async fn flash_from(&self, url: &str, ears: Ears<'_>) -> Flashed {
        let begun = async {
            let words =
                vec![Argument::word("firmwareupdate"), Argument::link(url).map_err(Trouble::unsayable(super::NAME))?];
            let room = self.room()?;
            self.log_in(&room, ears).await?;
            Ok::<_, Trouble>((room, words))
        };
        match begun.await {
            Ok((room, words)) => self.carry_out(&room, words, 0, ears).await,
            Err(trouble) => Flashed { attempt: trouble.before_a_byte(), effect: None },
        }
    }

    async fn carry_out(&self, room: &Room, words: Vec<Argument>, bytes: u64, ears: Ears<'_>) -> Flashed {
        let upload = Duration::from_secs(bytes / SLOWEST);
        let (stop, taken) = (ears.stop.child_token(), Notify::new());
        let sink = Watch { sink: ears.sink, taken: &taken };
        let call = self.run(room, words, FLASH + upload, SILENCE + upload, Ears { sink: &sink, stop: &stop });
        tokio::pin!(call);
        let said = tokio::select! {
            said = &mut call => said,
            () = self.patience(&taken) => {
                stop.cancel();
                call.await
            }
        };
        self.log_out(room, ears).await;
        flash_outcome(&said.report.ended, &said.all, bytes)
    }

    /// Ends some time after iLO has taken the image. ilorest then only looks on, and where iLO has reset itself between two of
    /// its looks it looks on for an hour and more, with a session that is gone (seen with 7.4.0.0).
    async fn patience(&self, taken: &Notify) {
        taken.notified().await;
        let clock = self.runner.clock();
        tokio::join!(clock.wait(FLASHES), clock.pause(LOOKS));
    }
}

/// Hears that iLO has taken the image.
struct Watch<'a> {
    sink: &'a dyn Sink,
    taken: &'a Notify,
}

impl Sink for Watch<'_> {
    fn hear(&self, heard: Heard) {
        if matches!(&heard, Heard::Line(line) if line.text.contains(TAKEN)) {
            self.taken.notify_one();
        }
        self.sink.hear(heard);
    }
}

/// The command for a package.
fn words(room: &Room, flash: Flash<'_>) -> Result<Vec<Argument>, Trouble> {
    let lend = |file: Lent<'_>| room.lend(file).map_err(Trouble::unwritten(super::NAME));
    let name = flash.package.name.to_ascii_lowercase();
    let by_package = [".fwpkg", ".fup", ".hpb", ".pup"].iter().any(|end| name.ends_with(end));
    let package = lend(flash.package)?;
    let tpm = if flash.over_tpm { vec![Argument::word("--tpmover")] } else { Vec::new() };
    if by_package && flash.signature.is_none() {
        return Ok([vec![Argument::word("flashfwpkg"), package, Argument::word("--forceupload")], tpm].concat());
    }
    let mut words = vec![Argument::word("uploadcomp"), Argument::word("--component"), package];
    if let Some(signature) = flash.signature {
        words.extend([Argument::word("--compsig"), lend(signature)?]);
    }
    // What is asked without `--forceupload` is answered by nobody.
    words.extend([Argument::word("--forceupload"), Argument::word("--update_target")]);
    words.extend(tpm);
    Ok(words)
}
