//! The demo's fleet needs every tier, and every tier carries something.

use std::{collections::BTreeSet, time::Duration};

use serde_json::Value;

use crate::support::{binary::Bench, tools};

/// A row of the run's document: how an update was handed over, and what came of it.
struct Row<'a> {
    update: &'a Value,
    attempts: Vec<(&'a str, &'a str)>,
}

fn rows(document: &Value) -> Vec<Row<'_>> {
    let servers = document["servers"].as_array().unwrap().iter();
    let updates = servers.flat_map(|server| server["updates"].as_array().unwrap());
    updates.map(|update| Row { update, attempts: attempts(update) }).collect()
}

/// Method and outcome of each; both are always there once a run is over.
fn attempts(update: &Value) -> Vec<(&str, &str)> {
    let attempts = update["attempts"].as_array().unwrap().iter();
    attempts.map(|one| (one["method"].as_str().unwrap(), one["outcome"].as_str().unwrap())).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_demo_of_fourteen_servers_brings_each_by_its_own_tier_and_reads_every_version_back() {
    let (Some(ilorest), Some(_)) = (tools::ilorest(), tools::program("ipmitool")) else { return };
    // Given a machine with ilorest and ipmitool,
    let bench = Bench::without_credentials();
    let mut command = bench.command(&["demo", "--headless", "--servers", "14", "--seed", "1", "--json"]);
    let path = std::env::var("PATH").unwrap();
    command.env("PATH", format!("{}:{path}", ilorest.parent().unwrap().display()));
    // when the demo runs,
    let output = tokio::time::timeout(Duration::from_secs(400), command.output()).await.expect("in time").unwrap();
    let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    let document: Value = serde_json::from_str(out.lines().last().unwrap_or_default()).unwrap_or_else(|error| {
        panic!("{error}: {out}\n{err}");
    });
    assert_eq!(output.status.code(), Some(0), "{document:#}\n{err}");
    assert!(!err.contains("not part of this demo"), "{err}");

    // then every update is read back as it was wanted, and says by which way it came,
    let rows = rows(&document);
    assert!(rows.len() > 20, "{}", rows.len());
    for Row { update, attempts } in &rows {
        assert_eq!((update["settled"].as_str(), &update["read_back"]), (Some("applied"), &update["to"]), "{update:#}");
        assert!(matches!(attempts.last(), Some((_, "accepted" | "unknown"))), "{update:#}");
    }
    // each tool among the ways, and Redfish,
    let methods: BTreeSet<_> = rows.iter().flat_map(|row| row.attempts.iter().map(|(method, _)| *method)).collect();
    for method in ["ilorest", "racadm", "sum", "ipmitool", "multipart", "ilo_upload"] {
        assert!(methods.contains(method), "{method}: {methods:?}");
    }
    // and each of them on the machines that it is for.
    let inventory: Value = serde_json::from_str(out.lines().next().unwrap()).unwrap();
    let stack_of = |id: &Value| {
        let servers = inventory["servers"].as_array().unwrap();
        servers.iter().find(|server| server["id"] == *id).unwrap()["stack"].as_str().unwrap().to_owned()
    };
    for server in document["servers"].as_array().unwrap() {
        let attempts = server["updates"].as_array().unwrap().iter().flat_map(|one| one["attempts"].as_array().unwrap());
        for method in attempts.map(|attempt| attempt["method"].as_str().unwrap()) {
            let stack = match method {
                "ilorest" => "ilo",
                "racadm" => "idrac",
                "sum" => "supermicro",
                "ipmitool" => "ipmi",
                _ => continue,
            };
            assert_eq!(stack_of(&server["id"]), stack, "{method}: {server:#}");
        }
    }
    let signed = rows.iter().find(|row| row.attempts.iter().any(|(method, _)| *method == "ilorest")).unwrap();
    assert!(signed.update["name"].as_str().unwrap().contains("P408i"), "{:#}", signed.update);
}
