//! Discovery over an emulated fleet: everything is found, nothing is left behind, and nobody is delayed.

use std::{collections::BTreeSet, net::IpAddr, path::PathBuf, time::Duration};

use firmdeck::lab::{
    Lab, Latency,
    fault::{Effect, Rule, Servers},
};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::{
    secrets::command_lines_holding,
    support::{
        binary::{Bench, files_holding},
        http::Server,
        tree::Tree,
    },
};

/// A bench whose credentials fit `lab`, and the range and port of its BMCs.
fn bench_for(lab: &Lab) -> (Bench, String, String) {
    let mut bench = Bench::new(lab.password());
    let entries: BTreeSet<String> = lab
        .bmcs()
        .map(|bmc| {
            format!(
                "[[credentials]]\nfor = \"{}\"\nusername = \"{}\"\npassword_env = \"FIRMDECK_PASSWORD\"\n",
                bmc.address().ip(),
                bmc.user()
            )
        })
        .collect();
    bench.config(&entries.into_iter().collect::<String>());
    bench.set_password(lab.password());
    let addresses = lab.addresses();
    let range = format!("{}-{}", addresses[0].ip(), addresses[addresses.len() - 1].ip());
    (bench, range, addresses[0].port().to_string())
}

fn servers(document: &Value) -> &Vec<Value> {
    document["servers"].as_array().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_servers_are_found_identified_and_inventoried_and_no_secret_stays() {
    let latency = Latency::Fixed(Duration::from_millis(100));
    let lab = Lab::builder().servers(200).seed(5).latency(latency).start().await.unwrap();
    let (bench, range, port) = bench_for(&lab);
    let password = lab.password().to_owned();
    let watching = tokio::task::spawn_blocking({
        let password = password.clone();
        move || {
            (0..200)
                .flat_map(|_| {
                    std::thread::sleep(Duration::from_millis(10));
                    command_lines_holding(&password)
                })
                .collect::<BTreeSet<_>>()
        }
    });

    let first = bench.run(&["discover", &range, "--port", &port, "--json"]).await;
    assert_eq!(first.code, 0, "{}", first.err);
    let found = first.json();
    assert_eq!((servers(&found).len(), &found["summary"]["new"]), (200, &json!(200)));
    for (server, bmc) in servers(&found).iter().zip(lab.bmcs()) {
        let identity = bmc.machine().identity;
        assert_eq!(server["address"], bmc.address().ip().to_string());
        assert_eq!(server["model"], identity.model, "{server:#}");
        assert!(server["vendor"].is_string() && server["bios"].is_string() && server["bmc"].is_string(), "{server:#}");
        assert!(!server["components"].as_array().unwrap().is_empty());
    }

    let second = bench.run(&["discover", &range, "--port", &port, "--json"]).await;
    let again = second.json();
    assert_eq!((second.code, &again["summary"]["new"], &again["summary"]["changed"]), (0, &json!(0), &json!(0)));
    assert_eq!(again["changes"], json!([]));
    assert!(lab.bmcs().all(|bmc| bmc.machine().sessions.list().is_empty()), "every session is closed");

    assert_eq!(watching.await.unwrap(), BTreeSet::new());
    assert_eq!(files_holding(&bench.state_dir(), &password), Vec::<PathBuf>::new());
    for text in [first.out, first.err, second.out, second.err] {
        assert!(!text.contains(&password));
    }
}

#[tokio::test]
async fn where_expand_works_a_bmc_is_read_in_nine_requests() {
    let lab = Lab::builder().start().await.unwrap();
    let (bench, range, port) = bench_for(&lab);
    assert_eq!(bench.run(&["discover", &range, "--port", &port]).await.code, 0);
    for bmc in lab.bmcs() {
        let requests: u64 = bmc.requests().values().sum();
        let name = bmc.machine().identity.personality.to_string();
        let expands = bmc.machine().identity.personality.vendor() != "openbmc";
        assert!(requests <= 9 || !expands, "{name}: {requests} requests, {:#?}", bmc.requests());
    }
}

#[tokio::test]
async fn a_change_is_told_with_before_and_after() {
    let lab = Lab::builder().servers(2).start().await.unwrap();
    let (bench, range, port) = bench_for(&lab);
    bench.run(&["discover", &range, "--port", &port]).await;
    lab.bmc(0).change(|machine| machine.components[0].version = "9.9.9".into());
    let document = bench.run(&["discover", &range, "--port", &port, "--json"]).await.json();
    assert_eq!(document["summary"]["changed"], 1);
    assert_eq!(document["changes"][0]["after"], "9.9.9", "{:#}", document["changes"]);
}

#[tokio::test]
async fn black_holed_bmcs_delay_nobody_and_are_told_of() {
    let hole = Rule::new(Effect::BlackHole).at_connect().at_servers(Servers::Index(vec![1, 3]));
    let lab = Lab::builder().servers(6).fault(hole).start().await.unwrap();
    let (bench, range, port) = bench_for(&lab);
    let config = std::fs::read_to_string(bench.path("firmdeck.toml")).unwrap();
    // One probe at a time for each hole would never end in time; and reading has no room to spare.
    bench.config(&format!("[limits]\nconcurrency = 1\nconnect_s = 6\nhandshake_s = 6\n{config}"));
    let document = bench.run(&["discover", &range, "--port", &port, "--json"]).await.json();
    assert_eq!(servers(&document).len(), 4);
    assert_eq!(document["summary"]["without"], 2, "{:#}", document["without"]);
}

#[tokio::test]
async fn what_is_no_bmc_is_told_by_kind_and_leaves_nothing_behind() {
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().to_string();
    let web = Server::start(|_: &crate::support::http::Request| {
        crate::support::http::Answer::new(200, "text/html", "<html></html>")
    })
    .await;
    let bmc = Server::start(Tree::small("p")).await;
    let bench = Bench::new("p");
    let (web, bmc) = (web.address.to_string(), bmc.address.to_string());
    let ended = bench.run(&["discover", &closed, &web, &bmc, "--json"]).await;
    assert_eq!(ended.code, 0, "an address without a BMC is no failure: {}", ended.err);
    let document = ended.json();
    assert_eq!(document["without"], json!({ "connection_refused": 1, "not_redfish": 1 }));
    assert_eq!(document["others"].as_array().unwrap().len(), 1, "what did not answer is counted, not listed");
    let known = bench.run(&["inventory", "--json"]).await.json();
    assert_eq!(servers(&known).len(), 1);
    let pins = bench.run(&["pins", "list", "--json"]).await.json();
    assert_eq!(pins["pins"].as_array().unwrap().len(), 1, "the web server's certificate is not pinned");
}

#[tokio::test]
async fn two_addresses_of_one_machine_are_one_server() {
    let (one, other) = (Server::start(Tree::small("p")).await, Server::start(Tree::small("p")).await);
    let bench = Bench::new("p");
    let document =
        bench.run(&["discover", &one.address.to_string(), &other.address.to_string(), "--json"]).await.json();
    assert_eq!(servers(&document).len(), 1, "{document:#}");
    assert_eq!(servers(&document)[0]["also_at"].as_array().unwrap().len(), 1);
    assert_eq!((&document["summary"]["new"], &document["summary"]["aliases"]), (&json!(1), &json!(1)));
}

#[tokio::test]
async fn machines_that_share_a_zeroed_uuid_stay_apart() {
    let rules = firmdeck::lab::fault::load("same-uuid").unwrap();
    let lab = Lab::builder().servers(6).faults(rules).start().await.unwrap();
    let (bench, range, port) = bench_for(&lab);
    let document = bench.run(&["discover", &range, "--port", &port, "--json"]).await.json();
    assert_eq!(servers(&document).len(), 6);
}

#[tokio::test]
async fn an_interrupted_discovery_closes_its_sessions() {
    let latency = Latency::Fixed(Duration::from_millis(300));
    let lab = Lab::builder().servers(8).latency(latency).start().await.unwrap();
    let (bench, range, port) = bench_for(&lab);
    let mut child = bench.command(&["discover", &range, "--port", &port]).spawn().unwrap();
    for _ in 0..2_000 {
        if lab.bmcs().all(|bmc| !bmc.machine().sessions.list().is_empty()) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(lab.bmcs().any(|bmc| !bmc.machine().sessions.list().is_empty()), "sessions were open");
    let id = rustix::process::Pid::from_raw(i32::try_from(child.id().unwrap()).unwrap()).unwrap();
    rustix::process::kill_process(id, rustix::process::Signal::INT).unwrap();
    let status = tokio::time::timeout(Duration::from_secs(30), child.wait()).await.unwrap().unwrap();
    assert_eq!(status.code(), Some(6));
    assert!(lab.bmcs().all(|bmc| bmc.machine().sessions.list().is_empty()));
}

#[tokio::test]
async fn the_demo_shows_a_fleet_in_one_command() {
    let bench = Bench::without_credentials();
    let ended = bench.run(&["demo", "--headless", "--servers", "24", "--seed", "7", "--json"]).await;
    assert_eq!(ended.code, 0, "{}", ended.err);
    let document = ended.json();
    let all = servers(&document);
    let vendors: BTreeSet<_> = all.iter().map(|server| server["vendor"].as_str().unwrap()).collect();
    assert_eq!(all.len(), 24);
    assert!(vendors.len() >= 5, "{vendors:?}");
    for server in all {
        assert!(server["bios"].is_string() && server["bmc"].is_string(), "{server:#}");
        assert!(server["address"].as_str().unwrap().parse::<IpAddr>().unwrap().is_loopback());
    }
    let again = bench.run(&["demo", "--headless", "--servers", "24", "--seed", "7", "--json"]).await.json();
    let versions = |document: &Value| -> Vec<(Value, Value)> {
        servers(document).iter().map(|server| (server["serial"].clone(), server["bios"].clone())).collect()
    };
    assert_eq!(versions(&document), versions(&again), "a seed fixes the inventory");
}
