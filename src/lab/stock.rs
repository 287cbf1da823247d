//! The images of a release as files, for programs that push them.

use std::{
    fs::{self, File},
    io::{self, BufWriter, Write},
    path::Path,
};

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::{hex::hex, image::Image, model::Kind, release::Release};

/// One line of the index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// The file's name.
    pub file: String,
    /// SHA-256 of its bytes.
    pub sha256: String,
    /// Its size in bytes.
    pub size: u64,
    /// Which personality takes it.
    pub personality: &'static str,
    /// Models that it is for.
    pub models: Vec<String>,
    /// Hardware ids that it is for.
    pub fits: Vec<String>,
    /// `bios`, `bmc`, `tpm` or `storage`.
    pub component: &'static str,
    /// The version that it installs.
    pub version: String,
    /// The oldest version that it installs over.
    pub min_from: Option<String>,
    /// Whether it is the wanted version, and not a step on the way to it.
    pub wanted: bool,
    /// The file with its signature, where that lies beside it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signature: Option<String>,
}

/// Writes every image of some releases, and `images.json` with an entry for each.
///
/// # Errors
/// When the directory or a file cannot be written.
pub fn write(directory: &Path, releases: &[Release], size: u64) -> io::Result<Vec<Entry>> {
    write_as("images.json", directory, releases, size)
}

/// The same for images whose signatures lie beside them, which are indexed apart in `signed.json`: the usual ways of an image
/// have no place for the second file.
///
/// # Errors
/// As for [`write()`].
pub fn write_signed(directory: &Path, releases: &[Release], size: u64) -> io::Result<Vec<Entry>> {
    write_as("signed.json", directory, releases, size)
}

fn write_as(index: &str, directory: &Path, releases: &[Release], size: u64) -> io::Result<Vec<Entry>> {
    fs::create_dir_all(directory)?;
    let mut entries = Vec::new();
    for release in releases {
        for spec in &release.images {
            let image = Image::new(&super::image::Spec { size, ..spec.clone() });
            let mut out =
                Hashing { out: BufWriter::new(File::create(directory.join(image.file_name()))?), sum: Sha256::new() };
            image.write_to(&mut out)?;
            out.flush()?;
            entries.push(Entry {
                file: image.file_name().to_owned(),
                sha256: hex(&out.sum.finalize()),
                size: image.size(),
                personality: spec.personality.name(),
                models: release.models.clone(),
                fits: spec.fits.clone(),
                component: spec.kind.word(),
                version: reported(spec),
                min_from: spec.min_from.clone(),
                wanted: spec.version == release.version,
                signature: signature(directory, &super::image::Spec { size, ..spec.clone() })?,
            });
        }
    }
    fs::write(directory.join(index), serde_json::to_vec_pretty(&entries)?)?;
    Ok(entries)
}

/// Writes the signature of an image that has none in itself, and returns its name.
fn signature(directory: &Path, spec: &super::image::Spec) -> io::Result<Option<String>> {
    let Some((name, bytes)) = spec.signature() else { return Ok(None) };
    fs::write(directory.join(&name), bytes)?;
    Ok(Some(name))
}

/// The version as the BMC will report it: Supermicro puts the date before it (captured tree of a SYS-821GE-TNHR).
fn reported(spec: &super::image::Spec) -> String {
    let is_smc = spec.personality.vendor() == "supermicro";
    match spec.released.split('-').collect::<Vec<_>>().as_slice() {
        [year, month, day] if is_smc && spec.kind == Kind::Bios => {
            format!("BIOS Date: {month}/{day}/{year} Ver {}", spec.version)
        }
        _ => spec.version.clone(),
    }
}

/// Hashes what passes through.
struct Hashing<W> {
    out: W,
    sum: Sha256,
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.sum.update(bytes.get(..written).unwrap_or(bytes));
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::{fleet, personality::Personality, release::release};

    #[test]
    fn every_file_is_what_the_index_says() {
        let directory = tempfile::tempdir().unwrap();
        let machines = fleet::fleet(14, 1, &Personality::ALL, true);
        let entries = write(directory.path(), &release(&machines, 1), 64 * 1024).unwrap();
        assert!(entries.iter().any(|entry| !entry.wanted) && entries.iter().all(|entry| entry.size == 64 * 1024));
        for entry in &entries {
            let bytes = fs::read(directory.path().join(&entry.file)).unwrap();
            assert_eq!(hex(&Sha256::digest(&bytes)), entry.sha256, "{}", entry.file);
        }
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), entries.len() + 1);
    }
}
