//! The engine dies at each boundary of the BIOS phase, and another goes on. The lab counts.

use std::{process::Stdio, time::Duration};

use firmdeck::lab::personality::Personality;

use super::{PROFILE, one, plan, site};
use crate::support::site::Site;

/// Follows run 1 to its end. A client whose engine goes away starts another, which goes on by itself.
async fn follow(site: &Site, environment: &[(&str, &str)]) {
    let mut command = site.command(&["runs", "attach", "1"], environment);
    command.stdout(Stdio::null()).stderr(Stdio::piped());
    let ended = tokio::time::timeout(Duration::from_secs(240), command.output()).await;
    let ended = ended.expect("the run ended in time").unwrap();
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
}

fn journal(site: &Site) -> String {
    let database = rusqlite::Connection::open(site.bench.state_dir().join("firmdeck.db")).unwrap();
    let events = "SELECT ifnull(group_concat(event), '') FROM journal";
    database.query_row(events, [], |row| row.get(0)).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_each_boundary_an_engine_dies_once_and_settings_are_sent_once_and_the_host_is_reset_once() {
    for personality in [Personality::Idrac9, Personality::SupermicroX13] {
        let site = site(one(personality), PROFILE).await;
        let (digest, _) = plan(&site, &[]).await;
        // The engine that read the inventory knows nothing of dying.
        assert_eq!(site.run(&["serve", "--stop"]).await.code, 0);
        let chain = [("FIRMDECK_CRASH", "chain")];
        let begun = site.command(&["run", "--plan", &digest, "--detach"], &chain).output().await.unwrap();
        assert_eq!(begun.status.code(), Some(1), "{}", String::from_utf8_lossy(&begun.stderr));
        while !journal(&site).contains("resumed") {
            site.command(&["runs", "resume", "1"], &chain).output().await.unwrap();
        }
        follow(&site, &chain).await;
        let document = site.run(&["runs", "show", "1", "--json"]).await.json();
        assert_eq!(document["servers"][0]["bios"]["settled"], "applied", "{personality}: {document:#}");
        let counts = site.lab.bmc(0).machine().counts;
        assert_eq!((counts.settings_taken, counts.settings_applied), (1, 1), "{personality}");
        assert_eq!((counts.host_resets, counts.bricks), (1, 0), "{personality}");
        let died = std::fs::read_to_string(site.bench.state_dir().join("crashed-at")).unwrap();
        for side in ["Before", "After"] {
            for event in ["bios_backed_up", "bios_intended", "bios_sent", "bios_held", "power_intended", "bios_settled"]
            {
                let is_it = |line: &str| line.starts_with(side) && line.contains(event);
                assert!(died.lines().any(is_it), "{personality} {side} {event}\n{died}");
            }
        }
    }
}
