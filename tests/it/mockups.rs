//! Every captured tree is inventoried right. The expected values were read from the trees by hand.

use std::path::PathBuf;

use crate::support::{binary::Bench, http::Server, tree::Tree};

/// Tree, vendor, stack, model, BIOS, BMC, components (Dell's copies of one component counted once).
type Row = (&'static str, &'static str, &'static str, &'static str, &'static str, &'static str, usize);

const NONE: &str = "-";

#[rustfmt::skip]
const EXPECTED: [Row; 12] = [
    ("dell-m640-idrac9-3.34", "Dell", "idrac", "PowerEdge M640", "2.2.11", "3.34.34.34", 12),
    ("dell-r750-idrac9-6.00", "Dell", "idrac", "PowerEdge R750", "1.8.2", "6.00.30.00", 21),
    ("gigabyte-h262-ami-12.84", "Gigabyte", "mega_rac", "H262-Z63-00", "C27", "12.84.13", 3),
    ("hpe-dl360gen12-ilo7-1.14", "HPE", "ilo", "HPE ProLiant Compute DL360 Gen12 -- SIMULATED", "U68 v1.40 (05/22/2025)", "1.14.00 May 28 2025", 16),
    ("hpe-dl380agen11-ilo6-1.66", "HPE", "ilo", "ProLiant DL380a Gen11 -- SIMULATED", "U58 v2.44 (01/17/2025)", "iLO 6 v1.66", 34),
    ("hpe-dl385gen10plusv2-ilo5-2.72", "HPE", "ilo", "ProLiant DL385 Gen10 Plus v2", "A42 v2.60 (08/11/2022)", "iLO 5 v2.72", 48),
    ("hpecray-ex235n", "HPE", "cray_ex", "HPE Cray EX235n", "ex235n.bios-1.2.1", "nc.1.6.19-5-shasta-release.arm.2022-02-25T01:38:09+00:00.d20b426", 30),
    ("intel-s2600bpb-1.93", "Intel", "intel", "S2600BPB", "SE5C620.86B.02.01.0008.C0001.031920191559", "1.93.870cf4f0", 5),
    ("lenovo-sr670v2-xcc-2.83", "Lenovo", "xcc", "ThinkSystem SR670 V2", "U8E122J", "TGBT42S 2.83 2023-07-05", 43),
    ("nvidia-dgxh100-ami", "NVIDIA", "mega_rac", "DGXH100", "1.1.3", "23.11.20", 66),
    ("openbmc-stock-2.15dev", NONE, "open_bmc", NONE, NONE, "2.15.0-dev-686-g100c36de90", 1),
    ("supermicro-821ge-tnhr", "Supermicro", "supermicro", "SYS-821GE-TNHR", "1.4", "11.01.01", 106),
];

fn mockups() -> Option<PathBuf> {
    let directory = std::env::var_os("FIRMDECK_MOCKUPS").map(PathBuf::from);
    assert!(directory.is_some() || std::env::var_os("CI").is_none(), "in CI the captured trees must be there");
    directory
}

async fn inventory_of(tree: Tree) -> (serde_json::Value, usize, usize) {
    let tree = std::sync::Arc::new(tree);
    let server = Server::start(tree.clone()).await;
    let bench = Bench::new("s3cret-of-the-tree");
    let ended = bench.run(&["inventory", &server.address.to_string(), "--json"]).await;
    assert_eq!(ended.code, 0, "{}", ended.err);
    (ended.server(), server.requests().len(), tree.open_sessions())
}

fn row(server: &serde_json::Value) -> [String; 6] {
    ["vendor", "stack", "model", "bios", "bmc"]
        .map(|field| server[field].as_str().unwrap_or(NONE).to_owned())
        .into_iter()
        .chain([server["components"].as_array().unwrap().len().to_string()])
        .collect::<Vec<_>>()
        .try_into()
        .unwrap()
}

#[tokio::test]
async fn every_captured_tree_is_inventoried_as_its_reader_saw_it() {
    let Some(mockups) = mockups() else { return };
    let mut names: Vec<_> =
        std::fs::read_dir(&mockups).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    assert_eq!(names, EXPECTED.map(|row| row.0), "the table knows every tree");
    for (name, vendor, stack, model, bios, bmc, components) in EXPECTED {
        let tree = Tree::captured(&mockups.join(name), "s3cret-of-the-tree");
        let (server, requests, open_sessions) = inventory_of(tree).await;
        let expected = [vendor, stack, model, bios, bmc, &components.to_string()].map(str::to_owned);
        assert_eq!(row(&server), expected, "{name}: {:#}", server["notes"]);
        assert!(server["error"].is_null(), "{name}: {:#}", server["error"]);
        assert_eq!(open_sessions, 0, "{name}: every session is closed");
        println!("{name}: {requests} requests, {} notes", server["notes"].as_array().unwrap().len());
    }
}

#[tokio::test]
async fn a_bmc_whose_expand_answers_links_alone_is_read_member_by_member() {
    let Some(mockups) = mockups() else { return };
    for name in ["dell-r750-idrac9-6.00", "hpe-dl380agen11-ilo6-1.66"] {
        let whole = Tree::captured(&mockups.join(name), "s3cret-of-the-tree");
        let links = Tree::captured(&mockups.join(name), "s3cret-of-the-tree").without_expand();
        let ((expanded, few, _), (walked, many, _)) = (inventory_of(whole).await, inventory_of(links).await);
        assert_eq!(row(&expanded), row(&walked));
        assert!(few <= 9, "{name}: {few} requests with $expand");
        assert!(many > few);
    }
}

#[tokio::test]
async fn several_systems_and_managers_behind_one_bmc_are_several() {
    let Some(mockups) = mockups() else { return };
    for (name, systems, managers) in [("hpecray-ex235n", 2, 5), ("nvidia-dgxh100-ami", 2, 3)] {
        let (server, ..) = inventory_of(Tree::captured(&mockups.join(name), "s3cret-of-the-tree")).await;
        let managers_not_captured = server["notes"].as_array().unwrap().len();
        assert_eq!(server["systems"].as_array().unwrap().len(), systems, "{name}");
        assert!(server["managers"].as_array().unwrap().len() + managers_not_captured >= managers, "{name}");
    }
}

#[tokio::test]
async fn generation_serial_and_copies_are_read_from_where_each_vendor_keeps_them() {
    let Some(mockups) = mockups() else { return };
    for (name, generation) in [
        ("dell-m640-idrac9-3.34", "iDRAC9"),
        ("dell-r750-idrac9-6.00", "iDRAC9"),
        ("hpe-dl385gen10plusv2-ilo5-2.72", "iLO 5"),
        ("hpe-dl360gen12-ilo7-1.14", "iLO 7"),
        ("supermicro-821ge-tnhr", "X13"),
        ("lenovo-sr670v2-xcc-2.83", "XCC"),
    ] {
        let (server, ..) = inventory_of(Tree::captured(&mockups.join(name), "s3cret-of-the-tree")).await;
        assert_eq!(server["generation"], generation, "{name}");
        assert!(server["serial"].is_string(), "{name}: {:#}", server["unknown"]);
        if name.starts_with("dell") {
            assert!(server["service_tag"].is_string(), "{name}");
            let idrac = server["components"].as_array().unwrap().iter().find(|c| c["software_id"] == "25227").unwrap();
            assert_eq!(idrac["others"][0]["slot"], "previous", "{idrac:#}");
        }
    }
}
