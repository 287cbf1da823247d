//! Lab images: valid containers of each vendor that only the lab takes.
//!
//! An [`Image`] is made from a [`Spec`] and written in pieces, so that a large one needs no memory. Every image carries its
//! specification as text behind a marker that no real package has; a [`Reader`] finds it in a stream and notices truncation and every
//! changed byte. Container formats: facts of HPE fwpkg, Dell DUP, Supermicro file names, OpenBMC's `image_manager.cpp`.

mod checksum;
mod container;
mod hpm;
mod label;
mod name;
mod read;
mod tar;
mod write;
mod zip;

pub use label::Spec;
pub use read::{Flaw, Reader};
pub use write::Image;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::{model::Kind, personality::Personality};

    fn spec(personality: Personality, kind: Kind) -> Spec {
        Spec {
            personality,
            fits: vec!["090E".to_owned(), "X13DEM-1C5D".to_owned()],
            kind,
            version: "1.13.2".to_owned(),
            released: "2024-02-27".to_owned(),
            min_from: Some("1.10.2".to_owned()),
            size: 100_352,
            seed: 7,
        }
    }

    fn read(bytes: &[u8], piece: usize) -> Result<Spec, Flaw> {
        let mut reader = Reader::default();
        bytes.chunks(piece).for_each(|piece| reader.push(piece));
        reader.finish()
    }

    const VENDORS: [Personality; 4] =
        [Personality::Idrac9, Personality::Ilo5, Personality::SupermicroX13, Personality::OpenBmc];

    #[test]
    fn an_image_reads_as_it_was_made_however_it_is_cut_in_pieces() {
        for personality in VENDORS {
            for kind in [Kind::Bios, Kind::Bmc] {
                let spec = spec(personality, kind);
                let bytes = Image::new(&spec).bytes();
                for piece in [1, 1000, 16_384, usize::MAX] {
                    assert_eq!(read(&bytes, piece.min(bytes.len())).unwrap(), spec, "{personality}");
                }
                assert_eq!(bytes.len(), 100_352, "{personality}");
            }
        }
    }

    #[test]
    fn a_missing_tail_and_any_changed_byte_are_noticed() {
        for personality in VENDORS {
            let bytes = Image::new(&spec(personality, Kind::Bios)).bytes();
            assert_eq!(read(bytes.get(..bytes.len() - 1).unwrap(), 4096), Err(Flaw::Truncated));
            assert_eq!(read(bytes.get(..60_000).unwrap(), 4096), Err(Flaw::Truncated));
            for at in [40_000, 99_000, bytes.len() - 1] {
                let mut bytes = bytes.clone();
                bytes[at] ^= 0x01;
                assert_eq!(read(&bytes, 4096), Err(Flaw::Corrupt), "{personality} {at}");
            }
        }
        assert_eq!(read(b"", 1), Err(Flaw::NotOurs));
        assert_eq!(read(&[0; 50_000], 4096), Err(Flaw::NotOurs));
    }

    #[test]
    fn a_container_begins_as_its_vendors_packages_do() {
        let begins = |personality, at: usize, magic: &[u8]| {
            let bytes = Image::new(&spec(personality, Kind::Bios)).bytes();
            assert_eq!(bytes.get(at..at + magic.len()).unwrap(), magic, "{personality}");
        };
        begins(Personality::Idrac9, 0, b"MZ");
        begins(Personality::Idrac9, 0x80, b"PE\0\0");
        begins(Personality::Ilo6, 0, b"PK\x03\x04");
        begins(Personality::SupermicroX12, 0x10, b"\x5a\xa5\xf0\x0f");
        begins(Personality::OpenBmc, 0, b"MANIFEST\0");
        begins(Personality::OpenBmc, 257, b"ustar");
    }

    #[test]
    fn names_follow_the_vendors() {
        let name = |personality, kind| spec(personality, kind).file_name();
        assert!(name(Personality::Idrac9, Kind::Bios).starts_with("BIOS_LAB"));
        assert!(name(Personality::Idrac9, Kind::Bios).ends_with("_WN64_1.13.2.EXE"));
        assert_eq!(name(Personality::SupermicroX13, Kind::Bios), "BIOS_090E_20240227_1.13.2_STDsp.bin");
        assert_eq!(name(Personality::OpenBmc, Kind::Bmc), "obmc-phosphor-image-090E-20240227.static.mtd.tar");
    }
}
