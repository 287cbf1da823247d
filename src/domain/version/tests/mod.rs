//! The table of real versions, real and hostile strings, and how a test asks.

mod as_read;
mod given;
mod laws;

use super::*;
use Order::{Equal, Incomparable, Less};

const TABLE: &str = include_str!("../../../../tests/data/versions.tsv");

/// Real strings of all kinds (facts: peers 5, captured inventories) and hostile ones.
const SEEN: &[&str] = &[
    "MT_0000000884",
    "0004:4bff:fedc:def0",
    "a088:c203:0046:0c68",
    "35_2014_4652",
    "0ACTV_00.01.022",
    "88.0002.1950",
    "v2.2(release):4.9.0-25-g0ce57e322",
    "MLNX_OFED_LINUX-24.10-0.6.8",
    "G548.0201.00.03",
    "5612.0002.00.01",
    "bf-bundle-2.9.0-90_24.10_ubuntu-22.04_prod",
    "01300524",
    "0204.0201.0202",
    "1.3082.0",
    "1.00",
    "03",
    "0D",
    "OSC_1.1",
    "DN02",
    "C27",
    "ex425.bios-1.4.3",
    "GDC5602Q",
    "HE59",
    "BF-24.10-10",
    "Not Present",
    "-*",
    "Unknown",
    "version not available",
    "01.02.04        ",
    "",
    " ",
    "\0",
    "0x00 0x0b",
    "4301A56",
    "U8E122J",
    "42S-2.83",
    "ff",
    "2.72 Sep 04 2022",
    "A42 v2.60 (08/11/2022)",
    "SE5C620.86B.02.01.0008.C0001.031920191559",
    "1.93.870cf4f0",
    "nc.1.6.19-5-shasta-release.arm.2022-02-25T01:38:09+00:00.d20b426",
    "2.15.0-dev-686-g100c36de90",
    "undefined",
    "18446744073709551616.99999999999999999999999999999999999999999",
    "1..2",
    ".",
    "-",
    "v",
    "0x",
    "é",
    "1.é",
    "日本",
    "iLO",
    "iLO 5",
    "iLO v",
    "()",
    "(/)",
    "BIOS Date:",
    "BIOS Date: 99/99/9999 Ver 1",
    "\u{202e}1.2",
    "1.2\x003",
];

struct Row {
    family: Family,
    a: &'static str,
    b: &'static str,
    order: Order,
}

fn table() -> Vec<Row> {
    let rows = TABLE.lines().filter(|line| !line.starts_with('#')).skip(1);
    rows.map(|line| {
        let fields: Vec<&str> = line.split('\t').collect();
        let order = match fields[3] {
            "lt" => Less,
            "eq" => Equal,
            "na" => Incomparable,
            other => panic!("{other} is no order"),
        };
        Row { family: fields[0].parse().unwrap(), a: fields[1], b: fields[2], order }
    })
    .collect()
}

fn order(family: Family, a: &str, b: &str) -> Order {
    let (there, back) = (compare(family, a, b).order, compare(family, b, a).order);
    assert_eq!(there, back.mirrored(), "{family}: {a} and {b}");
    there
}

fn blind(a: &str, b: &str) -> Order {
    hinted(Hint::default(), a, b)
}

fn hinted(hint: Hint<'_>, a: &str, b: &str) -> Order {
    let (there, back) = (compare_as_read(hint, a, b).order, compare_as_read(hint, b, a).order);
    assert_eq!(there, back.mirrored(), "{hint:?}: {a} and {b}");
    there
}

fn hint(vendor: &'static str, kind: &'static str, name: &'static str) -> Hint<'static> {
    let given = |text: &'static str| (!text.is_empty()).then_some(text);
    Hint { vendor: given(vendor), kind: given(kind), name: given(name) }
}
