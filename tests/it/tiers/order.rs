//! The operator's order of the tiers, by vendor.

use std::collections::BTreeMap;

use firmdeck::lab::{
    Lab,
    personality::Personality::{Idrac9, Ilo6},
};

use super::wrapped::Kit;
use crate::support::site::Beside;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_by_vendor_holds_for_that_vendor_and_the_others_keep_theirs() {
    let Some(kit) = Kit::full() else { return };
    let kit = kit.ranges("[[ladder.range]]\nvendor = \"hpe\"\norder = [\"tool\", \"redfish\"]\n");
    // Given a Dell and an HPE, and tools first for HPE alone,
    let tiers = kit.at(Lab::builder().personalities([Idrac9, Ilo6]), Beside::Nothing).await;
    let plan = tiers.planned(None).await;
    let mut first = BTreeMap::new();
    for server in plan["plan"]["servers"].as_array().unwrap() {
        let bmc = server["updates"].as_array().unwrap().iter().find(|update| update["kind"] == "bmc").unwrap();
        let methods: Vec<_> = bmc["methods"].as_array().unwrap().iter().map(|one| one.as_str().unwrap()).collect();
        first.insert(methods[0].to_owned(), methods);
    }
    // then each has its own ladder.
    assert_eq!(first.keys().collect::<Vec<_>>(), ["ilorest", "multipart"], "{plan:#}");
    assert_eq!(first["multipart"].last(), Some(&"racadm"), "{plan:#}");
}
