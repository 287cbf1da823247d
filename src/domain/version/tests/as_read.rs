//! Versions as a BMC shows them: the family follows from the hint and the strings, or stays open.

use super::*;
use Family::{Bld, Dot, Hex, Ilo, Len, Mlx, Nv, Opaque, Rev, Rom, Sfx};
use Order::{Equal, Greater, Incomparable, Less};

#[test]
fn without_a_family_a_row_is_right_or_incomparable_and_never_something_else() {
    let rows = table();
    let total = rows.len();
    let mut right = 0;
    for Row { family, a, b, order: expected } in rows {
        let found = blind(a, b);
        if found == expected {
            right += 1;
        } else {
            println!("open: {family} {a} | {b}: {}", compare_as_read(Hint::default(), a, b));
            assert_eq!(found, Incomparable, "{family}: {a} and {b}");
        }
    }
    println!("without family: {right} of {total} right, the rest incomparable");
    assert!(right >= 50, "{right} of {total}");
}

#[test]
fn a_component_is_read_in_its_own_family() {
    let cases = [
        (hint("HPE", "bios", "System ROM"), "A42 v2.60 (08/11/2022)", "A42 v2.84 (10/19/2023)", Rom, Less),
        (hint("HPE", "bmc", "iLO 6"), "1.66 Dec 13 2024", "iLO 6 v1.67", Ilo, Less),
        (hint("HPE", "nic", "ConnectX-7 200GE 2P NIC"), "28.43.1014", "28.44.1036", Mlx, Less),
        (hint("HPE", "drive", "480GB 6G SATA SSD"), "HPG0", "HPG2", Opaque, Incomparable),
        (
            hint("HPE", "other", "Intelligent Platform Abstraction Data"),
            "2.3.0 Build 17",
            "2.3.0 Build 9",
            Bld,
            Greater,
        ),
        (hint("Dell", "bios", "BIOS"), "1.8.2", "1.13.2", Dot, Less),
        (hint("Dell", "psu", "Power Supply.Slot.1"), "00.2A.2B", "00.30.01", Hex, Less),
        (hint("Dell", "nic", "Mellanox Network Adapter"), "24.40.10.00", "24.40.1000", Mlx, Equal),
        (hint("Dell", "nic", "Broadcom Gigabit Ethernet BCM5720"), "20.80.9", "22.00.6", Dot, Less),
        (hint("Dell", "other", "Dell 64 Bit uEFI Diagnostics"), "4301A29", "4301A56", Rev, Less),
        (hint("Supermicro", "bios", "BIOS"), "1.9", "1.10b", Sfx, Less),
        (hint("Supermicro", "cpld", "CPLD Motherboard"), "F5.11.CA", "F5.11.CB", Hex, Less),
        (hint("Supermicro", "gpu", "GPU1"), "96.00.61.00.01", "96.00.A6.00.01", Hex, Less),
        (hint("NVIDIA", "gpu", "HGX_FW_ERoT_GPU_SXM_1"), "00.02.0134.0000_n00", "00.02.0150.0000_n00", Nv, Less),
        (hint("NVIDIA", "gpu", "HGX_InfoROM_GPU_SXM_1"), "G520.0200.00.05", "G520.0201.00.03", Nv, Less),
        (hint("NVIDIA", "other", "HGX_FW_FPGA_0"), "2.9", "2.1C", Hex, Less),
        (hint("Lenovo", "bios", "Firmware:UEFI"), "U8E112A", "U8E122J", Len, Less),
        (hint("Lenovo", "bmc", "Firmware:BMC"), "42S-2.83", "TGBT44N 2.90 2024-01-05", Len, Less),
        (hint("GIGABYTE", "bios", "BIOS"), "C27", "C28", Rev, Less),
        (hint("", "bios", "Node0.BIOS"), "ex235n.bios-1.2.1", "ex235n.bios-1.10.0", Nv, Less),
        (hint("HPE", "bios", "Node0.BIOS"), "ex235n.bios-1.2.1", "ex425.bios-1.4.3", Nv, Incomparable),
        (hint("", "bmc", "bmc"), "2.15.0-dev-686-g100c36de90", "2.15.0", Dot, Less),
    ];
    for (hint, a, b, family, expected) in cases {
        assert_eq!(hinted(hint, a, b), expected, "{a} and {b}: {}", compare_as_read(hint, a, b));
        if a != b {
            assert_eq!(infer(hint, a, b).ok(), Some(family), "{a} and {b}");
        }
    }
}

#[test]
fn strings_that_two_families_read_differently_are_left_open() {
    for (a, b) in [
        ("1.9", "1.1C"),
        ("1.3a", "1.10"),
        ("24.40.10.00", "24.40.1000"),
        ("20.06.05.06", "22.00.07.60"),
        ("08/11/2022", "09/01/2021"),
        ("05.09.2023", "01.10.2023"),
        ("03192019", "01022020"),
        ("10", "0x0B"),
        ("0007", "0012"),
        ("2.0.V1", "2.0.V2"),
        ("4.1(2b)", "4.1(10)"),
        ("A05", "1.0.0"),
        ("3.9a", "3.10"),
        ("P70", "P89"),
        ("A42", "A43"),
        ("U8E112A", "U8E122J"),
        ("MPK7625Q", "MPK7595Q"),
        ("5612.0002.00.01", "5613.0001.00.01"),
        ("MT_0000000884", "MT_0000000885"),
        ("0004:4bff:fedc:def0", "0004:4bff:fedc:def1"),
        ("01.00.26", "11.01.01"),
        ("92.00.19.00.13", "96.00.61.00.01"),
        ("96.00.61.00.01", "96.10.35.00.01"),
    ] {
        assert_eq!(blind(a, b), Incomparable, "{a} and {b}");
    }
}

#[test]
fn a_supermicro_bmc_has_no_order_across_product_branches() {
    let bmc = hint("Supermicro", "bmc", "BMC");
    assert_eq!(hinted(bmc, "01.00.26", "11.01.01"), Incomparable);
    assert_eq!(hinted(bmc, "3.80", "4.00"), Incomparable);
    assert_eq!(hinted(bmc, "01.01.06", "01.01.14"), Less);
    assert_eq!(hinted(bmc, "01.01.06", "1.1.6"), Equal);
    assert_eq!(hinted(hint("Dell", "bmc", ""), "06.00.30", "07.10.30"), Less);
}

#[test]
fn a_number_that_its_own_family_refuses_is_ordered_by_no_other() {
    let rom = hint("HPE", "bios", "System ROM");
    assert_eq!(hinted(rom, "2.6", "2.60"), Incomparable);
    assert_eq!(hinted(rom, "2.60", "U46 v2.60 (08/11/2022)"), Equal);
    assert_eq!(normalise_as_read(rom, "2.6").as_deref(), Some("2.6"));
}
