//! Zip archives: HPE's fwpkg, vendors' bundles, and what is appended to a Windows executable.

use std::io::Read;

use zip::ZipArchive;

use super::{
    bytes::{Bytes, ReadSeek, find_last, u16_at, u32_at},
    hpe,
};
use crate::domain::inspected::{Format, Inspected};

/// The end record stands before a comment of at most 64 KiB, in executables also before their signature.
const END_WITHIN: usize = 256 << 10;

/// No vendor's package has a larger table of contents (bytes). Read before anything is taken from it.
const LARGEST_DIRECTORY: u32 = 4 << 20;

/// Members that are listed.
const MOST_MEMBERS: usize = 4096;

/// A metadata member is not read beyond this (bytes): a bomb says nothing.
pub(super) const LARGEST_MEMBER: u64 = 8 << 20;

/// An archive whose table of contents is of a sound size.
pub(super) struct Archive<'a> {
    zip: ZipArchive<&'a mut dyn ReadSeek>,
    pub(super) names: Vec<String>,
}

impl<'a> Archive<'a> {
    /// The archive in, or at the end of, a file; none where there is none.
    pub(super) fn open(bytes: &'a mut Bytes<'_>) -> Option<Self> {
        let (_, tail) = bytes.tail(END_WITHIN);
        // end of central directory: signature, two disks, entries here, entries, size, offset, comment
        let end = find_last(&tail, b"PK\x05\x06")?;
        let entries = u16_at(&tail, end + 10)?;
        let size = u32_at(&tail, end + 12)?;
        if usize::from(entries) > MOST_MEMBERS || size > LARGEST_DIRECTORY {
            return None;
        }
        let zip = ZipArchive::new(bytes.from(0)).ok()?;
        let names =
            zip.file_names().take(MOST_MEMBERS).filter_map(Result::ok).map(std::borrow::Cow::into_owned).collect();
        Some(Self { zip, names })
    }

    /// The member whose path ends in `name`, whatever the case; at most [`LARGEST_MEMBER`] bytes of it.
    pub(super) fn member(&mut self, name: &str) -> Option<Vec<u8>> {
        let is_it = |path: &String| path.rsplit(['/', '\\']).next().is_some_and(|last| last.eq_ignore_ascii_case(name));
        let path = self.names.iter().find(|path| is_it(path))?.clone();
        let member = self.zip.by_name(&path).ok()?;
        let mut contents = Vec::new();
        member.take(LARGEST_MEMBER).read_to_end(&mut contents).ok()?;
        Some(contents)
    }
}

/// A file that begins as a zip.
pub(super) fn inspect(name: &str, bytes: &mut Bytes<'_>, sidecar: Option<&[u8]>) -> Inspected {
    let Some(mut archive) = Archive::open(bytes) else {
        return Inspected {
            unusable: Some(
                "the zip has no readable table of contents, so it is cut off or damaged; fetch it again".into(),
            ),
            ..Inspected::bare(Format::Zip)
        };
    };
    if let Some(package) = hpe::package(name, &mut archive, sidecar, false) {
        return package;
    }
    if let Some(component) = hpe::component(name) {
        return component;
    }
    let images: Vec<&String> = archive
        .names
        .iter()
        .filter(|name| {
            let kind = name.rsplit_once('.').map(|(_, kind)| kind.to_ascii_lowercase()).unwrap_or_default();
            ["bin", "rom", "zip", "cap", "exe", "hpm", "ima", "tar", "fwpkg", "uxz"].contains(&kind.as_str())
        })
        .take(8)
        .collect();
    let list: Vec<&str> = images.iter().map(|name| name.as_str()).collect();
    let notes =
        if list.is_empty() { Vec::new() } else { vec![format!("it holds {}", super::bytes::shown(&list.join(", ")))] };
    Inspected {
        unusable: Some("this is a bundle; unpack it and add the image for the BMC by itself".into()),
        notes,
        ..Inspected::bare(Format::Zip)
    }
}
