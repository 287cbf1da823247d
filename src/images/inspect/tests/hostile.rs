//! Any bytes give an answer: no panic, no endless read, no unbounded memory.

use proptest::prelude::*;

use super::*;

/// A sound file of every format, under a name that leads to its reader.
fn samples() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("a.fwpkg", fwpkg()),
        ("a.fwpkg", signed_fwpkg()),
        ("a.bin", [signature(), hpimage()].concat()),
        ("a.bin", hpimage()),
        ("a.EXE", dup()),
        ("a.BIN", linux_dup()),
        ("a.fwpkg", pldm(1)),
        ("a.fwpkg", pldm(2)),
        ("a.fwpkg", pldm(3)),
        ("a.fwpkg", pldm(4)),
        ("a.hpm", hpm()),
        ("a.tar", openbmc()),
        ("a.tar.gz", gzipped(&openbmc())),
        ("a.cap", capsule([3; 16])),
        ("firmimg.d9", b"\xd0\x0d\xfe\xed".to_vec()),
        ("BIOS_X13DEG-OAD-1D14_20230804_1.4_STDsp.bin", b"\xffBIOS_X13DEG-OAD-1D14_20230804_1.4_STDsp\0".to_vec()),
    ]
}

#[test]
fn every_sample_cut_off_anywhere_gives_an_answer() {
    for (name, bytes) in samples() {
        // the long ones in steps: each cut is a whole inspection
        let step = 1 + bytes.len() / 400;
        for length in (0..bytes.len()).step_by(step) {
            let _ = look(name, &bytes[..length]);
        }
    }
}

#[test]
fn a_zip_that_claims_too_much_is_not_followed() {
    let mut claims = zip(&[("payload.json", b"{}")]);
    let end = claims.len() - 22;
    claims[end + 8..end + 12].copy_from_slice(&[0xFF; 4]);
    assert!(look("a.fwpkg", &claims).unusable.is_some());
    let mut large = zip(&[("payload.json", b"{}")]);
    large[end + 12..end + 16].copy_from_slice(&[0xFF; 4]);
    assert!(look("a.fwpkg", &large).unusable.is_some());
}

#[test]
fn a_member_that_unpacks_without_end_is_cut() {
    let bomb = zip(&[("payload.json", &vec![b' '; 64 << 20])]);
    assert!(bomb.len() < 1 << 20);
    assert!(look("a.fwpkg", &bomb).unusable.unwrap().contains("payload.json is damaged"));
}

#[test]
fn a_deep_document_says_nothing_and_breaks_nothing() {
    let deep = "[".repeat(100_000);
    assert!(look("a.fwpkg", &zip(&[("payload.json", deep.as_bytes())])).unusable.is_some());
    let deep = "<a>".repeat(100_000);
    let xml = [b"MZ".to_vec(), zip(&[("package.xml", deep.as_bytes()), ("payload/x", b"")])].concat();
    assert!(look("a.EXE", &xml).version.is_none());
}

proptest! {
    #[test]
    fn any_bytes_give_an_answer(bytes in prop::collection::vec(any::<u8>(), 0..600), name in "\\PC{0,30}") {
        let _ = look(&name, &bytes);
    }

    #[test]
    fn any_bytes_behind_any_magic_give_an_answer(
        magic in 0..samples().len(), keep in 0_usize..64, bytes in prop::collection::vec(any::<u8>(), 0..600)
    ) {
        let (name, sample) = samples().swap_remove(magic);
        let begin = &sample[..keep.min(sample.len())];
        let _ = look(name, &[begin, &bytes].concat());
    }

    #[test]
    fn a_sample_with_some_bytes_changed_gives_an_answer(
        which in 0..samples().len(), changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8)
    ) {
        let (name, mut bytes) = samples().swap_remove(which);
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let _ = look(name, &bytes);
    }
}
