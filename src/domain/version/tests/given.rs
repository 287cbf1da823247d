//! Versions whose family is given.

use super::*;
use Family::{Bld, Dot, Hex, Ilo, Len, Mlx, Nv, Opaque, Rev, Rom, Sfx};
use Order::{Equal, Incomparable, Less};

#[test]
fn every_row_of_the_table_has_its_order_when_the_family_is_given() {
    let rows = table();
    assert_eq!(rows.len(), 56);
    for Row { family, a, b, order: expected } in rows {
        assert_eq!(order(family, a, b), expected, "{family}: {a} and {b}: {}", compare(family, a, b));
    }
}

#[test]
fn nothing_in_a_versions_place_is_equal_to_anything_even_to_itself() {
    for nothing in ["Not Present", "-*", "*-*", "Unknown", "undefined", "version not available", "", "N/A", " \0"] {
        for family in Family::ALL {
            assert_eq!(order(family, nothing, nothing), Incomparable);
            assert_eq!(order(family, nothing, "1.4"), Incomparable);
            assert_eq!(normalise(family, nothing), None);
        }
        assert_eq!(blind(nothing, nothing), Incomparable);
        assert_eq!(normalise_as_read(Hint::default(), nothing), None);
    }
    assert_eq!(normalise_as_read(hint("Dell Inc.", "other", ""), "0"), None);
    assert_eq!(normalise_as_read(hint("Supermicro", "cpld", ""), "0").as_deref(), Some("0"));
}

#[test]
fn a_version_loses_its_decoration_when_normalised() {
    let cases = [
        (Sfx, "BIOS Date: 08/04/2023 Ver 1.4", "1.4"),
        (Ilo, "iLO 5 v2.72", "2.72"),
        (Ilo, "2.72 Sep 04 2022", "2.72"),
        (Ilo, "1.14.00 May 28 2025", "1.14"),
        (Rom, "A42 v2.60 (08/11/2022)", "2.60"),
        (Rom, "P70 07/01/2015", "2015-07-01"),
        (Len, "42S-2.83", "2.83"),
        (Len, "TGBT42S 2.83 2023-07-05", "2.83"),
        (Len, "U8E122J", "22J"),
        (Mlx, "24.40.10.00", "24.40.1000"),
        (Mlx, "24.40.1000", "24.40.1000"),
        (Dot, "01.02.04        ", "1.2.4"),
        (Dot, "2.0.0", "2.0"),
        (Dot, "2.15.0-dev-686-g100c36de90", "2.15-dev-686"),
        (Hex, "0x0b", "B"),
        (Hex, "00.1D.9C", "0.1D.9C"),
        (Nv, "HGX-22.10-1-rc34", "HGX-22.10.1-rc34"),
        (Bld, "2.3.0 Build 17", "2.3 Build 17"),
        (Bld, "3.50 0x800016DC", "3.50 0x800016DC"),
        (Rev, "A05", "A05"),
        (Rev, "F01b", "F01b"),
        (Opaque, "GDC5602Q ", "GDC5602Q"),
    ];
    for (family, text, expected) in cases {
        assert_eq!(normalise(family, text).as_deref(), Some(expected), "{family}: {text}");
    }
}

#[test]
fn a_build_before_its_release_is_older() {
    for (a, b) in [
        ("HGX-22.10-1-rc34", "HGX-22.10-1"),
        ("HGX-22.10-rc9", "HGX-22.10-rc10"),
        ("2.14.0-rc1", "2.14.0"),
        ("2.14.0-beta2", "2.14.0-rc1"),
        ("2.15.0-dev", "2.15.0-dev-686-g100c36de90"),
        ("2.14.0", "2.15.0-dev-686-g100c36de90"),
        ("v2.14-rc1", "2.14.0.1"),
        ("4.9.0", "4.9.0-25-g0ce57e322"),
    ] {
        assert_eq!(order(Nv, a, b), Less, "{a} and {b}");
    }
    assert_eq!(order(Dot, "2.15.0-dev-0-g100c36de90", "2.15.0-dev"), Equal);
    assert_eq!(order(Dot, "2.15.0-dev", "2.15.0-rc1"), Incomparable);
}

#[test]
fn builds_of_one_number_that_cannot_be_told_apart_by_time_are_incomparable() {
    assert_eq!(order(Nv, "4.9.0-25-g0ce57e322", "4.9.0-25-g7e3911bd4d"), Incomparable);
    assert_eq!(order(Nv, "4.9.0-25-g0ce57e322", "4.9.0-25-g0ce57e3"), Equal);
    assert_eq!(order(Dot, "1.93.870cf4f0", "1.93.12abcdef"), Incomparable);
    assert_eq!(order(Dot, "1.93.870cf4f0", "1.94.12abcdef"), Less);
    assert_eq!(order(Dot, "1.93.870CF4F0", "1.93"), Incomparable);
    assert_eq!(order(Bld, "3.50 0x800016DC", "3.50 0x80001A2B"), Incomparable);
    assert_eq!(order(Bld, "3.50", "3.50 0x80001A2B"), Incomparable);
    assert_eq!(order(Nv, "00.02.0134.0000_n00", "00.02.0134.0000_n01"), Incomparable);
    assert_eq!(order(Rev, "F01", "F01b"), Incomparable);
    assert_eq!(order(Rev, "F01a", "F01b"), Less);
    assert_eq!(order(Sfx, "1.3a", "1.3.1"), Incomparable);
}

#[test]
fn firmware_of_two_lines_has_no_order() {
    for (family, a, b) in [
        (Rom, "U46 v1.46 (09/22/2023)", "U30 v2.10 (01/18/2024)"),
        (Ilo, "iLO 5 v2.72", "iLO 6 v1.66"),
        (Ilo, "1.66 Dec 13 2024", "2.72 Sep 04 2022"),
        (Len, "TGBT42S 2.83 2023-07-05", "TEE148A 2.90 2024-01-01"),
        (Len, "42S-2.83", "44N-2.61"),
        (Len, "42S-2.83", "42S-2.84"),
        (Nv, "HGX-22.10-1", "GB200Nvl-24.9-2"),
        (Nv, "HGX-22.10-1", "22.10-2"),
        (Nv, "G520.0200.00.05", "G548.0201.00.03"),
        (Nv, "ex235n.bios-1.2.1", "ex425.bios-1.4.3"),
        (Mlx, "24.40.1000", "28.42.1234"),
        (Rev, "A05", "F06"),
        (Hex, "0x11", "1.2"),
    ] {
        assert_eq!(order(family, a, b), Incomparable, "{family}: {a} and {b}");
    }
}

#[test]
fn dates_break_ties_and_name_the_oldest_roms() {
    assert_eq!(order(Rom, "A42 v2.60 (08/11/2022)", "A42 v2.60 (09/01/2022)"), Less);
    assert_eq!(order(Rom, "A42 v2.60", "A42 v2.60 (09/01/2022)"), Equal);
    assert_eq!(order(Rom, "P70 07/01/2015", "P70 02/03/2016"), Less);
    assert_eq!(order(Rom, "P70 07/01/2015", "P89 02/03/2016"), Incomparable);
    assert_eq!(order(Rom, "P70 07/01/2015", "P70 v1.30 (02/03/2016)"), Incomparable);
    assert_eq!(order(Rom, "A42 v2.60 (13/32/2022)", "A42 v2.61"), Incomparable);
}

#[test]
fn an_intel_or_cray_id_is_ordered_within_its_board_and_branch() {
    let intel = "SE5C620.86B.02.01.0008.C0001.031920191559";
    assert_eq!(order(Nv, intel, "SE5C620.86B.02.01.0014.C0001.082620210524"), Less);
    assert_eq!(order(Nv, intel, "SE5C620.86B.02.01.0008.C0001.010120200000"), Less);
    assert_eq!(order(Nv, intel, "SE5C621.86B.02.01.0014.C0001.082620210524"), Incomparable);
    let cray = "nc.1.6.19-5-shasta-release.arm.2022-02-25T01:38:09+00:00.d20b426";
    assert_eq!(order(Nv, "nc.1.6.16-21-shasta-release.arm.2022-01-25T16:23:33+00:00.28331ff", cray), Less);
    assert_eq!(order(Nv, "nc.1.6.16-21-prod-master.arm.2022-01-25T16:23:33+00:00.28331ff", cray), Incomparable);
}

#[test]
fn numbers_of_any_size_are_compared_as_numbers() {
    let huge = "9".repeat(60);
    assert_eq!(order(Dot, "1.18446744073709551616", "1.18446744073709551617"), Less);
    assert_eq!(order(Dot, &format!("1.{huge}"), &format!("1.{huge}0")), Less);
    assert_eq!(order(Dot, &format!("1.{}7", "0".repeat(90)), "1.7"), Equal);
    let long = "1.".repeat(200_000);
    assert_eq!(order(Dot, &long, "1.2"), Incomparable);
    assert_eq!(order(Dot, &long, &long), Equal);
    assert_eq!(blind(&long, "1.2"), Incomparable);
}

#[test]
fn every_seen_or_hostile_string_is_answered_in_every_family_and_both_directions() {
    for (place, a) in SEEN.iter().enumerate() {
        for b in SEEN {
            for family in Family::ALL {
                order(family, a, b);
            }
            blind(a, b);
        }
        for b in [a, &SEEN[(place * 7 + 1) % SEEN.len()]] {
            for vendor in ["HPE", "Dell", "Supermicro", "Lenovo", "NVIDIA", "nobody"] {
                for kind in ["bios", "bmc", "cpld", "nic", "storage", "drive", "psu", "gpu", "tpm", "other"] {
                    hinted(hint(vendor, kind, ""), a, b);
                }
            }
        }
    }
}

#[test]
fn an_answer_is_one_short_line_that_starts_with_the_word() {
    let said = |family, a: &str, b: &str| compare(family, a, b).to_string();
    assert_eq!(said(Dot, "1.6.5", "1.13.2"), "less: part 2 decides, 6 against 13");
    assert_eq!(said(Sfx, "1.3", "1.3a"), "less: the letter decides, none against a");
    assert_eq!(said(Sfx, "1.4", "BIOS Date: 08/04/2023 Ver 1.4"), "equal: the same version written in two ways");
    assert_eq!(said(Rom, "A43 v3.60", "A42 v2.60"), "incomparable: ROM family differs, A43 against A42");
    assert_eq!(said(Opaque, "HPG0", "-*"), "incomparable: `-*` is a placeholder, not a version");
    assert_eq!(said(Dot, "\u{1b}[2J", "1.2"), "incomparable: `[2J` is no version of family dot");
    let open = compare_as_read(Hint::default(), "1.9", "1.1C").to_string();
    assert_eq!(open, "incomparable: greater if read as sfx, less if read as hex; name the family");
    for (a, b) in SEEN.iter().zip(SEEN.iter().rev()) {
        let text = compare_as_read(Hint::default(), a, b).to_string();
        assert!(text.chars().count() < 160 && !text.contains(char::is_control), "{text}");
    }
}

#[test]
fn a_family_is_its_word_everywhere() {
    for family in Family::ALL {
        assert_eq!(family.to_string().parse::<Family>(), Ok(family));
        assert_eq!(serde_json::to_value(family).unwrap(), serde_json::json!(family.word()));
    }
    assert!("DOT".parse::<Family>().unwrap_err().to_string().contains("dot sfx hex"));
    let comparison = compare(Rom, "A43 v3.60", "A42 v2.60");
    let json = serde_json::to_string(&comparison).unwrap();
    assert_eq!(serde_json::from_str::<Comparison>(&json).unwrap(), comparison);
}
