mod fixtures;
mod hostile;

use std::io::Cursor;

use md5::{Digest as _, Md5};

use super::*;
use crate::domain::{inspected::Said, ipmi::BoardIds, kind::Kind, vendor::Vendor};
use fixtures::*;

fn look(name: &str, bytes: &[u8]) -> Inspected {
    inspect(name, &mut Cursor::new(bytes), None)
}

fn usable(name: &str, bytes: &[u8]) -> Inspected {
    let found = look(name, bytes);
    assert_eq!(found.unusable, None, "{name}");
    found
}

#[test]
fn an_hpe_package_tells_kind_version_targets_and_rom_family() {
    for bytes in [fwpkg(), signed_fwpkg()] {
        let found = usable("A42_2.60.fwpkg", &bytes);
        assert_eq!((found.format, found.vendor, found.kind), (Format::HpeFwpkg, Some(Vendor::Hpe), Some(Kind::Bios)));
        assert_eq!(found.version.as_deref(), Some("v2.60 (08/11/2022)"));
        assert_eq!(found.boards, ["A42"]);
        assert_eq!(found.software_ids.len(), 2);
        assert!(found.signed == Some(true) && found.notes.iter().any(|note| note.contains("takes effect at a reset")));
    }
}

#[test]
fn an_hpe_package_with_its_metadata_beside_it_is_read_from_there() {
    let bytes = zip(&[("U71.signed.flash", b"rom")]);
    assert!(look("U71.fwpkg", &bytes).notes[0].contains("must lie beside it"));
    let found = inspect("U71.fwpkg", &mut Cursor::new(&bytes), Some(PAYLOAD.as_bytes()));
    assert_eq!(found.kind, Some(Kind::Bios));
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("U71.fwpkg");
    fs::write(&path, &bytes).unwrap();
    fs::write(directory.path().join("u71.JSON"), PAYLOAD).unwrap();
    assert_eq!(inspect_file(&path, "U71.fwpkg").unwrap().kind, Some(Kind::Bios));
}

#[test]
fn an_hpe_package_for_the_host_alone_is_no_image_for_an_ilo() {
    let payload = PAYLOAD.replace("[\"Bmc\"]", "[\"RuntimeAgent\"]");
    let found = look("x.fwpkg", &zip(&[("payload.json", payload.as_bytes())]));
    assert!(found.unusable.unwrap().contains("agent on the host only"));
}

#[test]
fn a_raw_hpe_image_tells_class_version_and_targets() {
    let found = usable("ilo5_272.bin", &[signature(), hpimage()].concat());
    assert_eq!((found.format, found.kind, found.signed), (Format::HpeSigned, Some(Kind::Bmc), Some(true)));
    assert_eq!(found.version.as_deref(), Some("2.72"));
    assert_eq!(found.software_ids[0], "4764a662-b342-4fc7-9ce9-258c5d99e815");
    assert_eq!(usable("ilo5_272.bin", &hpimage()).signed, Some(false));
}

#[test]
fn a_dell_package_for_windows_tells_version_component_and_systems() {
    let found = usable("BIOS_7YNRC_WN64_1.13.2.EXE", &dup());
    assert_eq!((found.format, found.vendor, found.kind), (Format::DellDup, Some(Vendor::Dell), Some(Kind::Bios)));
    assert_eq!(found.version.as_deref(), Some("1.13.2"));
    assert_eq!(found.boards, ["090E", "090F"]);
    assert_eq!(found.software_ids, ["159"]);
}

#[test]
fn a_dell_package_for_linux_is_known_and_refused_with_advice() {
    let found = look("BIOS_7YNRC_LN_1.13.2.BIN", &linux_dup());
    assert_eq!((found.format, found.version.as_deref()), (Format::DellDupLinux, Some("1.13.2")));
    assert!(found.unusable.unwrap().contains("takes the Windows package (.EXE)"));
}

#[test]
fn an_idrac_image_is_told_by_its_name_alone() {
    let found = usable("firmimgFIT.d9", b"\xd0\x0d\xfe\xed\0\0\0\x01");
    assert_eq!((found.format, found.said, found.kind), (Format::DellIdrac, Said::ByName, Some(Kind::Bmc)));
    assert!(found.boards.is_empty() && found.version.is_none());
}

#[test]
fn a_pldm_package_of_every_revision_tells_vendor_component_and_version() {
    for revision in 1..=4 {
        let found = usable("nvfw.fwpkg", &pldm(revision));
        assert_eq!((found.format, found.vendor), (Format::Pldm, Some(Vendor::Nvidia)), "{revision}");
        assert_eq!(found.version.as_deref(), Some("HGX-22.10-1"));
        assert_eq!(found.software_ids, ["0x0010"]);
        let mut damaged = pldm(revision);
        damaged[40] ^= 1;
        assert!(look("nvfw.fwpkg", &damaged).unusable.unwrap().contains("checksum"));
        let cut = &pldm(revision)[..pldm(revision).len() - 1];
        assert!(look("nvfw.fwpkg", cut).unusable.unwrap().contains("the package ends at"));
    }
}

#[test]
fn an_hpm_image_is_checked_and_tells_product_and_version() {
    let found = usable("bmc.hpm", &hpm());
    assert_eq!((found.format, found.vendor, found.kind), (Format::Hpm1, Some(Vendor::Supermicro), Some(Kind::Bmc)));
    assert_eq!((found.version.as_deref(), found.software_ids.as_slice()), (Some("2.53"), &["0x1B11".to_owned()][..]));
    let mut damaged = hpm();
    damaged[11] ^= 1;
    assert!(look("bmc.hpm", &damaged).unusable.unwrap().contains("checksum of its header"));
    let body = hpm().len() - 18;
    let mut damaged = hpm();
    damaged[body] ^= 1;
    assert!(look("bmc.hpm", &damaged).unusable.unwrap().contains("MD5 is wrong"));
}

#[test]
fn an_hpm_image_names_its_controller_and_what_it_uploads() {
    let image = usable("bmc.hpm", &hpm()).hpm.unwrap();
    assert_eq!(image.ids, BoardIds { device: 32, manufacturer: 10876, product: 0x1B11 });
    assert_eq!((image.bytes(), image.earliest.as_str(), image.affects_services), (4, "1.05", false));
    let part = &image.parts[0];
    assert_eq!((part.component, part.version.as_str(), part.name.as_str()), (0, "2.53", "BMC firmware"));
}

#[test]
fn every_part_of_an_hpm_image_is_checked_though_its_md5_fits() {
    let damaged = |place: usize, value: u8| {
        let mut file = hpm();
        let end = file.len() - 16;
        file[place] = value;
        let md5 = Md5::digest(&file[..end]);
        file[end..].copy_from_slice(&md5);
        look("bmc.hpm", &file).unusable.unwrap_or_default()
    };
    // The header has 35 bytes, the preparation 3: the upload begins at 38, its length at 68.
    for (place, value, why) in [
        (8, 7, "format version"),
        (9, 0x7F, "checksum of its header"),
        (37, 0, "checksum of an action"),
        (39, 2, "checksum of an action"),
        (68, 200, "longer than the file"),
        (68, 3, "last action is cut off"),
    ] {
        assert!(damaged(place, value).contains(why), "{place}: {}", damaged(place, value));
    }
}

#[test]
fn an_openbmc_archive_tells_purpose_version_and_machine() {
    for bytes in [openbmc(), gzipped(&openbmc())] {
        let found = usable("obmc.tar", &bytes);
        assert_eq!((found.format, found.kind, found.signed), (Format::OpenBmcTar, Some(Kind::Bmc), Some(true)));
        assert_eq!(
            (found.version.as_deref(), found.boards.as_slice()),
            (Some("2.15.0-dev"), &["romulus".to_owned()][..])
        );
        assert!(found.notes[0].contains("public development key"));
    }
    let without = tar(&[("image-bmc", b"x")]);
    assert!(look("obmc.tar", &without).unusable.unwrap().contains("no MANIFEST"));
    let nameless = tar(&[("MANIFEST", b"purpose=a.b.Host\nversion=1\n")]);
    let found = usable("obmc.tar", &nameless);
    assert_eq!(found.kind, Some(Kind::Bios));
    assert!(found.notes[0].contains("names no machine"));
}

#[test]
fn a_supermicro_image_is_told_by_its_name_and_by_the_name_inside() {
    let name = "BIOS_X13DEG-OAD-1D14_20230804_1.4_STDsp";
    let by_name = usable(&format!("{name}.bin"), &[0xFF; 64]);
    assert_eq!((by_name.format, by_name.kind, by_name.said), (Format::Supermicro, Some(Kind::Bios), Said::ByName));
    assert_eq!((by_name.version.as_deref(), by_name.signed), (Some("1.4"), Some(true)));
    assert_eq!(by_name.boards, ["X13DEG-OAD", "1D14"]);
    let inside = usable(&format!("{name}.bin"), &rom(name));
    assert_eq!(inside.said, Said::Inside);
    let renamed = look("BIOS_X11SCH-F-1B11_20210525_1.6_STDsp.bin", &rom(name));
    assert!(renamed.unusable.unwrap().contains("it was renamed"));
    let bmc = usable("BMC_X12AST2600-ROT-5201MS_20210317_01.00.00_BETsd.bin", &[0xFF; 64]);
    assert_eq!((bmc.kind, bmc.boards.len(), bmc.notes.len()), (Some(Kind::Bmc), 0, 2));
    for odd in [
        "X11DPU7.218",
        "BIOS_x_20230804_1.4_STDsp.bin",
        "BIOS_X13_2023_1.4_STDsp.bin",
        "BIOS_X13_20230804_1.4_STDspx.bin",
    ] {
        assert_eq!(look(odd, &[0xFF; 64]).format, Format::Unknown, "{odd}");
    }
}

#[test]
fn a_lenovo_package_is_told_by_its_name_alone() {
    let found = usable("lnvgy_fw_uefi_ive176h-3.10_anyos_32-64.uxz", &[1, 2, 3, 0xFF]);
    assert_eq!((found.format, found.vendor, found.kind), (Format::LenovoUxz, Some(Vendor::Lenovo), Some(Kind::Bios)));
    assert_eq!((found.version.as_deref(), found.said), (Some("IVE176H-3.10"), Said::ByName));
}

#[test]
fn capsules_tell_their_container_or_their_own_guid() {
    let aptio = [0x8b, 0xa6, 0x3c, 0x4a, 0x23, 0x77, 0xfb, 0x48, 0x80, 0x3d, 0x57, 0x8c, 0xc1, 0xfe, 0xc4, 0x4d];
    let found = usable("x.cap", &capsule(aptio));
    assert_eq!((found.format, found.kind, found.signed), (Format::Capsule, Some(Kind::Bios), Some(true)));
    let own = usable("x.cap", &capsule([3; 16]));
    assert_eq!(own.software_ids, ["03030303-0303-0303-0303-030303030303"]);
}

#[test]
fn what_is_no_firmware_is_told_for_what_it_is() {
    for (name, bytes, part) in [
        ("bios.bin", &b"<!DOCTYPE html><html><title>Sign in</title>"[..], "web page"),
        ("bios.bin", b"This is mock firmware content for BIOS 2.10\n", "this is a text"),
        ("bios.bin", b"{\"error\": 404}", "JSON"),
        ("x.sh", b"#!/bin/sh\necho hi\n", "script for a host"),
        ("x.scexe", b"#!/bin/sh\n#!scexe\n_SKIP=50\n", "runs on the host's Linux"),
        ("x.exe", b"MZ\x90\0\x03", "Windows program"),
        ("x.rpm", b"\xed\xab\xee\xdb\x03", "RPM"),
        ("x.cab", b"MSCF\0\0\0\0", "cabinet"),
        ("x.zip", b"PK\x03\x04\x14\0\0\0", "cut off or damaged"),
        ("x.bin", b"", "empty"),
    ] {
        let found = look(name, bytes);
        assert!(found.unusable.as_deref().is_some_and(|why| why.contains(part)), "{name} {found:?}");
    }
    let bundle = look("x.zip", &zip(&[("BIOS_X11.zip", b"x"), ("readme.txt", b"x")]));
    assert!(bundle.unusable.unwrap().contains("bundle") && bundle.notes[0].contains("BIOS_X11.zip"));
}

#[test]
fn a_raw_image_is_known_as_such_and_names_no_machine() {
    let mut flash = vec![0xFF; 64];
    flash[16..20].copy_from_slice(b"\x5a\xa5\xf0\x0f");
    assert_eq!(usable("x.rom", &flash).format, Format::RawBios);
    assert_eq!(usable("rom.ima", &[0xFF; 64]).format, Format::AmiRaw);
    assert_eq!(usable("x.bin", &[0xFF; 64]).format, Format::Unknown);
}
