//! Whole runs against the lab: as planned, killed and resumed, refused, and by two operators at once.

mod check;
mod crash;
mod methods;
mod operators;
mod progress;
mod restart;
mod steps;
mod stop;
mod strangers;
mod uploads;
mod wrong_image;

use std::{collections::BTreeSet, fs, path::Path, process::Stdio, time::Duration};

use firmdeck::lab::{Lab, personality::Personality};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader};

use crate::support::{
    binary::{Bench, end_engine},
    site::{Site, last_document},
};

const ALL: [Personality; 11] = [
    Personality::Idrac9,
    Personality::Idrac9Early,
    Personality::Ilo5,
    Personality::Ilo6,
    Personality::SupermicroX12,
    Personality::SupermicroX13,
    Personality::OpenBmc,
    Personality::OpenBmcOld,
    Personality::Chassis,
    Personality::LenovoXcc,
    Personality::MegaRac,
];

fn updates(document: &Value) -> Vec<&Value> {
    document["servers"].as_array().unwrap().iter().flat_map(|server| server["updates"].as_array().unwrap()).collect()
}

fn states(document: &Value) -> Vec<(&str, &str)> {
    let servers = document["servers"].as_array().unwrap().iter();
    servers.map(|server| (server["name"].as_str().unwrap(), server["state"].as_str().unwrap())).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_demo_brings_its_fleet_up_to_date_and_reads_every_version_back() {
    let bench = Bench::without_credentials();
    let ended = bench.run(&["demo", "--headless", "--servers", "24", "--seed", "1", "--json"]).await;
    let document = last_document(&ended);
    assert_eq!(ended.code, 0, "{:#?}\n{}", states(&document), ended.err);
    assert!(states(&document).iter().all(|(_, state)| *state == "succeeded"), "{:#?}", states(&document));
    let all = updates(&document);
    assert!(all.len() > 30 && all.iter().all(|update| update["read_back"] == update["to"]), "{all:#?}");
    let stones = document["servers"].as_array().unwrap().iter().filter(|server| {
        let updates = server["updates"].as_array().unwrap();
        updates.windows(2).any(|pair| pair[0]["component"] == pair[1]["component"])
    });
    assert!(stones.count() > 0, "a stepping stone was among them");
    let phases = |server: &Value, index: usize| server["phases"][index]["state"].as_str().unwrap().to_owned();
    let rebooted = document["servers"].as_array().unwrap().iter().filter(|server| phases(server, 3) == "done");
    assert!(rebooted.count() > 0, "a staged update with host reset was among them");
    // Every way of pushing was taken, on every kind of BMC.
    let methods: BTreeSet<_> = all
        .iter()
        .flat_map(|update| update["attempts"].as_array().unwrap())
        .map(|attempt| attempt["method"].as_str().unwrap())
        .collect();
    for method in ["multipart", "http_push", "ilo_upload", "ilo_queue", "dell_push"] {
        assert!(methods.contains(method), "{method}: {methods:?}");
    }
    let inventory: Value = serde_json::from_str(ended.out.lines().next().unwrap()).unwrap();
    let generations: BTreeSet<_> =
        inventory["servers"].as_array().unwrap().iter().map(|server| server["generation"].to_string()).collect();
    assert!(generations.len() >= 7, "{generations:?}");
    // A BIOS profile was set and read back, and the enclosure's BMC was flashed once for all of its hosts.
    let servers = document["servers"].as_array().unwrap();
    let bioses: Vec<_> = servers.iter().filter(|server| server["bios"].is_object()).collect();
    assert!(bioses.len() > 8 && bioses.iter().all(|server| server["bios"]["settled"] == "applied"), "{bioses:#?}");
    let enclosures = inventory["servers"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|server| server["systems"].as_array().unwrap().len() == 4);
    let mut count = 0;
    for enclosure in enclosures {
        let server = servers.iter().find(|server| server["id"] == enclosure["id"]).unwrap();
        assert_eq!(server["updates"].as_array().unwrap().len(), 1, "{server:#}");
        count += 1;
    }
    assert!(count > 0, "an enclosure was among them");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_personality_is_updated_once_and_nothing_is_harmed() {
    let site = Site::start(Lab::builder().personalities(ALL).seed(3)).await;
    let (ended, document) = site.carry(&[]).await;
    assert_eq!(ended.code, 0, "{:#?}\n{}", states(&document), ended.err);
    site.assert_unharmed();
    assert!(site.lab.bmcs().all(|bmc| bmc.machine().sessions.list().is_empty()), "every session is closed");
    let head = site.run(&["audit", "verify", "--json"]).await.json();
    assert_eq!((&head["intact"], &head["head"].is_string()), (&json!(true), &true));
    // A second plan finds nothing to do.
    let (_, again) = site.plan(&[]).await;
    assert!(again.json()["plan"]["servers"].as_array().unwrap().iter().all(|server| server["updates"] == json!([])));
}

fn replace(path: &Path, bytes: &[u8]) {
    use std::os::unix::fs::PermissionsExt;
    let _ = fs::set_permissions(path, fs::Permissions::from_mode(0o600));
    fs::write(path, bytes).unwrap();
}

#[tokio::test]
async fn a_plan_whose_inventory_changed_is_stale() {
    let site = Site::start(Lab::builder().personalities([Personality::Idrac9]).seed(3)).await;
    let (digest, _) = site.plan(&[]).await;
    site.lab.bmc(0).change(|machine| {
        for component in &mut machine.components {
            if component.name == "BIOS" {
                component.version = "1.9.9".into();
            }
        }
    });
    // Nobody has read it anew: the run itself notices.
    let ended = site.run(&["run", "--plan", &digest, "--json"]).await;
    assert_eq!(ended.code, 4, "{}", ended.err);
    assert!(ended.err.contains("stale"), "{}", ended.err);
    assert_eq!(site.lab.bmc(0).machine().counts.pushes, 0);
    // Once it was read, the plan is refused as it stands.
    site.run(&["inventory", "--refresh"]).await;
    let refused = site.run(&["run", "--plan", &digest]).await;
    assert!(refused.code == 4 && refused.err.contains("plan again"), "{}", refused.err);
}

#[tokio::test]
async fn a_digest_must_be_named_and_a_changed_plan_file_is_refused() {
    let site = Site::start(Lab::builder().personalities([Personality::Idrac9]).seed(3)).await;
    let file = site.bench.path("plan.json");
    site.plan(&["--out", file.to_str().unwrap()]).await;
    for plan in ["abc", "zzzzzzzzzzzz", "0123456789abcdef"] {
        assert_eq!(site.run(&["run", "--plan", plan]).await.code, 2, "{plan}");
    }
    assert_eq!(site.run(&["run", "--plan", file.to_str().unwrap()]).await.code, 2, "nobody can be asked");
    let text = fs::read_to_string(&file).unwrap().replace("\"graceful\"", "\"forced\"");
    fs::write(&file, text).unwrap();
    let changed = site.run(&["run", "--plan", file.to_str().unwrap(), "--yes"]).await;
    assert!(changed.code == 2 && changed.err.contains("was changed"), "{}", changed.err);
    assert_eq!(site.lab.bmc(0).machine().counts.pushes, 0);
}

#[tokio::test]
async fn a_scaled_clock_is_refused_for_anything_but_the_lab() {
    let bench = Bench::new("p");
    let ended = bench.run(&["--lab-speed", "600", "inventory", "192.0.2.1", "--json"]).await;
    let what = ended.server()["error"]["what"].as_str().unwrap().to_owned();
    assert!(what.contains("loopback addresses alone"), "{what}");
}

#[tokio::test]
async fn a_changed_journal_shows() {
    let site = Site::start(Lab::builder().personalities([Personality::Idrac9]).seed(3)).await;
    site.carry(&[]).await;
    assert_eq!(site.run(&["audit", "verify"]).await.code, 0);
    let database = rusqlite::Connection::open(site.bench.state_dir().join("firmdeck.db")).unwrap();
    assert!(database.execute("UPDATE journal SET event = '{}' WHERE seq = 3", []).is_err(), "a trigger forbids it");
    database
        .execute_batch("DROP TRIGGER journal_is_not_rewritten; UPDATE journal SET event = '{}' WHERE seq = 3")
        .unwrap();
    let verified = site.run(&["audit", "verify", "--json"]).await;
    assert_eq!((verified.code, &verified.json()["broken_at"]), (1, &json!(3)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_demo_that_is_killed_leaves_no_lab_behind() {
    let bench = Bench::without_credentials();
    let mut demo = bench.command(&["demo", "--headless", "--servers", "2", "--seed", "1"]);
    let mut demo = demo.env("TMPDIR", bench.path("")).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    // Its engine works, so its lab is there.
    BufReader::new(demo.stderr.take().unwrap()).lines().next_line().await.unwrap().expect("it says something");
    let of_this_demo = |process: &Path| {
        let words = fs::read(process.join("cmdline")).unwrap_or_default();
        let words = String::from_utf8_lossy(&words).into_owned();
        words.contains("\0lab\0") && words.contains(bench.path("").to_str().unwrap())
    };
    let labs = || fs::read_dir("/proc").unwrap().filter(|entry| of_this_demo(&entry.as_ref().unwrap().path())).count();
    assert_eq!(labs(), 1);
    demo.kill().await.unwrap();
    let homes = fs::read_dir(bench.path("")).unwrap().map(|entry| entry.unwrap().path().join("state"));
    homes.filter(|state| state.is_dir()).for_each(|state| end_engine(&state));
    let ended = async {
        while labs() > 0 {
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(120), ended).await.expect("the lab ends by itself");
}
