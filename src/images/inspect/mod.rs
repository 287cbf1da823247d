//! What a firmware file says of itself: one file a format.
//!
//! Every byte is foreign. Reads are bounded, nothing is unpacked to disk, and any bytes at all give an [`Inspected`].
//! Magic numbers decide before names. Nothing here verifies a vendor's signature; the BMC does that.
//! Sources of the layouts: facts, formats 1; each file names its own.

mod bytes;
mod capsule;
mod dell;
mod hpe;
mod hpm;
mod lenovo;
mod openbmc;
mod pldm;
mod raw;
mod supermicro;
mod zipped;

#[cfg(test)]
mod tests;

use std::{
    ffi::OsStr,
    fs::{self, File},
    path::Path,
};

use super::Error;
use crate::{
    domain::inspected::{Format, Inspected},
    file_body::OpenFile,
};
use bytes::{Bytes, ReadSeek};

/// A metadata file beside an image is not read beyond this (bytes).
const LARGEST_SIDECAR: u64 = 4 << 20;

/// Inspects the file at `path`, which was called `name` when it came.
///
/// HPE's Gen12 packages keep their metadata in `<stem>.json` beside the file; it is read where it is there.
pub fn inspect_file(path: &Path, name: &str) -> Result<Inspected, Error> {
    let mut file = File::open(path).map_err(|error| Error::reading(path, error))?;
    let metadata = file.metadata().map_err(|error| Error::reading(path, error))?;
    if !metadata.is_file() {
        return Err(Error::NotAFile { path: path.into(), what: "no plain file" });
    }
    Ok(inspect(name, &mut file, sidecar(path).as_deref()))
}

/// The metadata file beside `path`, where there is one.
pub(super) fn sidecar(path: &Path) -> Option<Vec<u8>> {
    let stem = path.file_stem()?.to_str()?.to_lowercase();
    let is_beside = |candidate: &Path| {
        candidate.extension().and_then(OsStr::to_str).is_some_and(|kind| kind.eq_ignore_ascii_case("json"))
            && candidate.file_stem().and_then(OsStr::to_str).is_some_and(|own| own.to_lowercase() == stem)
    };
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let found =
        fs::read_dir(directory).ok()?.filter_map(Result::ok).map(|item| item.path()).find(|path| is_beside(path))?;
    let is_small = fs::metadata(&found).is_ok_and(|metadata| metadata.is_file() && metadata.len() <= LARGEST_SIDECAR);
    is_small.then(|| fs::read(&found).ok()).flatten()
}

/// What stands in every image of the lab, and in none of a vendor.
const LAB_MARK: &[u8] = b"FIRMDECK-LAB-IMAGE";

/// The lab's BMCs look for it within this, and take nothing without it (bytes).
const LAB_MARK_WITHIN: usize = 16 << 10;

/// Whether an open image carries the mark of firmdeck's lab.
pub(super) fn is_of_lab(file: &OpenFile) -> std::io::Result<bool> {
    let mut head = vec![0; LAB_MARK_WITHIN];
    let mut filled = 0;
    while filled < head.len() {
        match file.read_at(&mut head[filled..], filled as u64)? {
            0 => break,
            read => filled += read,
        }
    }
    Ok(bytes::find(&head[..filled], LAB_MARK).is_some())
}

/// Inspects bytes. `name` is what the file is called; `sidecar` the metadata file beside it.
pub fn inspect(name: &str, input: &mut dyn ReadSeek, sidecar: Option<&[u8]>) -> Inspected {
    let mut bytes = Bytes::new(input);
    let lab = bytes::find(&bytes.at(0, LAB_MARK_WITHIN), LAB_MARK).is_some();
    let mut inspected = of_vendor(name, &mut bytes, sidecar);
    inspected.lab = lab;
    if lab {
        inspected.notes.push("it was made by firmdeck's lab, and is offered to BMCs of the lab alone".into());
    }
    inspected
}

fn of_vendor(name: &str, bytes: &mut Bytes<'_>, sidecar: Option<&[u8]>) -> Inspected {
    let head = bytes.at(0, 4096);
    let extension = name.rsplit_once('.').map(|(_, kind)| kind.to_ascii_lowercase()).unwrap_or_default();
    let begins = |magic: &[u8]| head.starts_with(magic);
    match () {
        () if head.is_empty() => {
            Inspected { unusable: Some("the file is empty; fetch it again".into()), ..Inspected::bare(Format::Unknown) }
        }
        () if begins(b"PK\x03\x04") || begins(b"PK\x05\x06") => zipped::inspect(name, bytes, sidecar),
        () if begins(b"MZ") => dell::executable(bytes, sidecar),
        () if begins(b"--=</Begin HP Signed") => hpe::signed(name, bytes, sidecar),
        () if begins(b"HPIMAGE\0") => hpe::image(bytes, 0),
        () if pldm::is_package(&head) => pldm::inspect(bytes),
        () if begins(b"PICMGFWU") => hpm::inspect(bytes),
        () if begins(b"#!") => scripts(bytes),
        () if begins(b"\x1f\x8b") || openbmc::is_tar(&head) => openbmc::inspect(bytes),
        () if begins(b"MSCF") => Inspected {
            notes: vec!["take the image out of the cabinet: `cabextract`".into()],
            unusable: Some("a BMC takes no cabinet; its image must be taken out first".into()),
            ..Inspected::bare(Format::Cab)
        },
        () if begins(b"\xed\xab\xee\xdb") => Inspected {
            unusable: Some(
                "an RPM is installed on the host; take the image out of it: `rpm2cpio FILE | cpio -id`".into(),
            ),
            ..Inspected::bare(Format::Rpm)
        },
        () if capsule::is_capsule(&head, bytes.len()) => capsule::inspect(&head),
        () => unmarked(name, &extension, &head, bytes),
    }
}

/// What has no magic number of its own: told by a mark further inside, or by its name.
fn unmarked(name: &str, extension: &str, head: &[u8], bytes: &mut Bytes<'_>) -> Inspected {
    if let Some(signature) = hpe::signature(extension, bytes.len()) {
        return signature;
    }
    if let Some(text) = raw::text(head) {
        return text;
    }
    dell::idrac_image(extension, head)
        .or_else(|| lenovo::inspect(name))
        .or_else(|| supermicro::inspect(name, bytes))
        .or_else(|| raw::inspect(extension, head))
        .unwrap_or_else(|| Inspected::bare(Format::Unknown))
}

/// Scripts that carry an image behind their text.
fn scripts(bytes: &mut Bytes<'_>) -> Inspected {
    hpe::scexe(bytes).or_else(|| dell::linux_package(bytes)).unwrap_or_else(|| Inspected {
        unusable: Some("this is a script for a host, not an image for a BMC".into()),
        ..Inspected::bare(Format::Text)
    })
}
