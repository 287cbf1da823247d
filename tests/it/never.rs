//! What must never happen, each seen in a tool before this one (facts: origin, end of section 4):
//!
//! | never                                        | test                                                                 |
//! |----------------------------------------------|----------------------------------------------------------------------|
//! | a downgrade is offered as an update          | `a_downgrade_is_never_offered_as_an_update`                          |
//! | an unreachable host is given a version       | `an_unreachable_host_is_never_given_a_version`                       |
//! | a password is in any output, log, event, row | `a_password_is_never_in_what_a_run_leaves_or_says`                   |
//! | cancelled is shown as completed              | `a_cancelled_run_is_never_shown_as_completed`                        |
//! | failed is shown at 100 %                     | `a_failed_update_is_never_shown_at_100_percent`                      |
//! | a slow success is carried out twice          | `a_slow_success_is_never_carried_out_twice`                          |
//! | a failed BMC is followed by BIOS work        | `a_failed_bmc_is_never_followed_by_work_on_the_bios`                 |
//! | coreutils' `sum` is taken for Supermicro's   | `a_program_is_never_taken_for_a_vendors_tool_by_its_name`            |
//! | a placeholder is accepted as a checksum      | `runs::wrong_image::a_placeholder_for_a_hash_is_refused_...`         |
//! | a text is accepted as firmware               | `a_text_is_never_accepted_as_firmware`                               |
//! | an unknown id is answered                    | `an_unknown_id_is_never_answered`                                    |
//! | an unknown server is scheduled               | `an_unknown_server_is_never_scheduled`                               |
//! | one odd row hides the rest                   | `one_odd_row_never_hides_the_rest`                                   |
//! | a step that failed counts as success         | `a_step_that_failed_is_never_counted_as_success`                     |

use std::{collections::BTreeSet, os::unix::fs::PermissionsExt as _, time::Duration};

use firmdeck::{
    api::{client::Client, error::Class, requests::PlanRequest},
    domain::{
        plan::{Goal, Options},
        run::Event,
    },
    lab::{
        Lab,
        fault::{self, Effect, Rule},
        model::Kind,
        personality::Personality::{self, Idrac9, Ilo6, OpenBmc, SupermicroX13},
    },
};
use serde_json::{Value, json};

use crate::{
    secrets::command_lines_holding,
    support::{
        binary::{Bench, engine_of, files_holding},
        site::{Site, last_document},
    },
};

/// A site with these machines, on which the faults of these names fall once it is known.
async fn site(personalities: &[Personality], faults: &[&str]) -> Site {
    let site = Site::start(Lab::builder().personalities(personalities).seed(3)).await;
    for name in faults {
        fault::load(name).unwrap().iter().for_each(|rule| site.lab.add_fault(rule));
    }
    site
}

fn updates(document: &Value) -> &Vec<Value> {
    document["servers"][0]["updates"].as_array().unwrap()
}

#[tokio::test]
async fn a_downgrade_is_never_offered_as_an_update() {
    // Given a machine that is ahead of the baseline,
    let site = site(&[Idrac9], &[]).await;
    site.lab.bmc(0).change(|machine| {
        for component in machine.components.iter_mut().filter(|one| matches!(one.kind, Kind::Bmc | Kind::Bios)) {
            component.version = if component.kind == Kind::Bmc { "7.99.30.00" } else { "1.99.0" }.into();
        }
    });
    site.run(&["inventory", "--refresh"]).await;
    // then a plan has nothing for it, and says why;
    let (_, planned) = site.plan(&[]).await;
    let server = &planned.json()["plan"]["servers"][0];
    assert_eq!(server["updates"], json!([]));
    let left = server["left_out"].as_array().unwrap();
    assert!(left.len() == 2 && left.iter().all(|one| one["why"]["why"] == "newer"), "{server:#}");
    // and only who asks for a downgrade gets one.
    let (_, asked) = site.plan(&["--downgrade"]).await;
    assert_eq!(asked.json()["plan"]["servers"][0]["updates"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn an_unreachable_host_is_never_given_a_version() {
    let bench = Bench::new("p");
    // A port of this host's on which nothing listens.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    drop(listener);
    let ended = bench.run(&["inventory", &address, "--json"]).await;
    let server = ended.server();
    assert_eq!(server["error"]["kind"], "connection_refused", "{server:#}");
    let text = server.to_string();
    for field in ["bios", "bmc", "components", "model", "id"] {
        let value = &server[field];
        assert!(value.is_null() || *value == json!([]) || value["value"].is_null(), "{field}: {text}");
    }
    let shown = bench.run(&["inventory"]).await.out;
    let row = shown.lines().find(|line| line.contains(&address)).unwrap();
    let version =
        |word: &str| word.starts_with(|c: char| c.is_ascii_digit()) && word.contains('.') && !word.contains(':');
    assert!(!row.split_whitespace().any(version), "{row}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_password_is_never_in_what_a_run_leaves_or_says() {
    let site = site(&[Idrac9, Ilo6, OpenBmc, SupermicroX13], &[]).await;
    let password = site.lab.password().to_owned();
    let (digest, planned) = site.plan(&[]).await;
    let mut said = planned.out + &planned.err;
    assert_eq!(site.run(&["run", "--plan", &digest, "--detach"]).await.code, 0);
    let mut lines = BTreeSet::new();
    let client = Client::of(&site.bench.state_dir());
    while client.runs().await.unwrap()[0].ended.is_none() {
        lines.extend(command_lines_holding(&password));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(lines, BTreeSet::new(), "command lines");
    for arguments in [
        &["runs", "show", "1", "--json"][..],
        &["runs", "transcript", "1", "s1"],
        &["audit", "export"],
        &["inventory", "--json"],
        &["doctor"],
    ] {
        let ended = site.run(arguments).await;
        assert!(!ended.out.is_empty(), "{arguments:?}: {}", ended.err);
        said.push_str(&(ended.out + &ended.err));
    }
    assert!(!said.contains(&password));
    let engine = engine_of(&site.bench.state_dir()).unwrap().as_raw_nonzero();
    let environment = std::fs::read(format!("/proc/{engine}/environ")).unwrap();
    assert!(!environment.windows(password.len()).any(|window| window == password.as_bytes()));
    let secrets: [String; 2] = [password.clone(), serde_json::to_string(&password).unwrap().trim_matches('"').into()];
    for secret in secrets {
        assert_eq!(files_holding(&site.bench.state_dir(), &secret), Vec::<std::path::PathBuf>::new());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cancelled_run_is_never_shown_as_completed() {
    let site = site(&[Idrac9, OpenBmc], &[]).await;
    let slow = Rule::new(Effect::Slow).on("POST", "*/UpdateService/*").times(1, 1).after(Duration::from_secs(12));
    site.lab.add_fault(&slow);
    let (digest, _) = site.plan(&[]).await;
    assert_eq!(site.run(&["run", "--plan", &digest, "--detach"]).await.code, 0);
    assert_eq!(site.run(&["runs", "stop", "1"]).await.code, 0);
    let ended = site.run(&["runs", "attach", "1", "--json"]).await;
    let document = last_document(&ended);
    assert_eq!((ended.code, &document["state"]), (6, &json!("cancelled")), "{document:#}");
    let states = document["servers"].as_array().unwrap().iter().map(|server| server["state"].as_str().unwrap());
    assert!(states.clone().any(|state| state == "cancelled"), "{document:#}");
    let listed = site.run(&["runs", "list", "--json"]).await.json();
    assert_eq!(listed["runs"][0]["state"], "cancelled");
    // Not before either: what was not begun is not counted as done.
    for server in document["servers"].as_array().unwrap().iter().filter(|server| server["state"] == "cancelled") {
        let updates = server["updates"].as_array().unwrap().iter();
        assert!(updates.clone().any(|update| update["settled"] == "skipped"), "{server:#}");
        assert!(updates.filter(|update| update["settled"] == "skipped").all(|update| update["read_back"].is_null()));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failed_update_is_never_shown_at_100_percent() {
    // The BMC itself says 100 % of a task that came to nothing.
    for fault in ["ends-critical", "flash-does-not-take"] {
        let site = site(&[Idrac9], &[fault]).await;
        let (ended, document) = site.carry(&[]).await;
        assert_eq!(ended.code, 3, "{fault}: {document:#}");
        let failed = updates(&document).iter().find(|update| update["settled"] == "failed").unwrap();
        assert!(failed["percent"].as_u64().unwrap() < 100 && failed["why"].is_string(), "{failed:#}");
        let journal = Client::of(&site.bench.state_dir()).journal(0).await.unwrap().entries;
        let percents: Vec<_> = journal.iter().filter_map(|line| line.event["percent"].as_u64()).collect();
        assert!(!percents.is_empty() && percents.iter().all(|percent| *percent < 100), "{percents:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_success_is_never_carried_out_twice() {
    // The answer comes long after the image: on its own, as a 500, and not at all.
    let slow = || Rule::new(Effect::Slow).on("POST", "*/UpdateService/*").times(1, 1).after(Duration::from_secs(4));
    for fault in [None, Some("accepted-500"), Some("lost-answer")] {
        let site = site(&[Idrac9], fault.as_slice()).await;
        if fault.is_none() {
            site.lab.add_fault(&slow());
        }
        let (ended, document) = site.carry(&[]).await;
        assert_eq!(ended.code, 0, "{fault:?}: {document:#}");
        let machine = site.lab.bmc(0).machine();
        let planned = updates(&document).len() as u64;
        assert_eq!((machine.counts.pushes, machine.counts.all_images_accepted()), (planned, planned), "{fault:?}");
        assert_eq!(machine.counts.flashes.values().sum::<u64>(), planned, "{fault:?}");
        site.assert_unharmed();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failed_bmc_is_never_followed_by_work_on_the_bios() {
    let site = site(&[Idrac9], &["flash-does-not-take"]).await;
    let (ended, document) = site.carry(&[]).await;
    assert_eq!(ended.code, 3, "{document:#}");
    let (bmc, rest) = updates(&document).split_first().unwrap();
    assert!(bmc["component"].as_str().unwrap().contains("iDRAC") && bmc["settled"] == "failed", "{bmc:#}");
    assert!(!rest.is_empty() && rest.iter().all(|update| update["attempts"] == json!([])), "{rest:#?}");
    let counts = site.lab.bmc(0).machine().counts;
    assert_eq!((counts.pushes, counts.host_resets), (1, 0), "one image, and the host was left alone");
    for phase in ["system_reboot", "bios_configuration"] {
        let phases = document["servers"][0]["phases"].as_array().unwrap();
        assert_eq!(phases.iter().find(|one| one["phase"] == phase).unwrap()["state"], "pending");
    }
}

#[tokio::test]
async fn a_program_is_never_taken_for_a_vendors_tool_by_its_name() {
    let bench = Bench::without_credentials();
    let programs = bench.path("programs");
    std::fs::create_dir(&programs).unwrap();
    let doctor = async |says: &str| {
        let path = programs.join("sum");
        std::fs::write(&path, format!("#!/bin/sh\necho '{says}'\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        let mut command = bench.command(&["doctor", "--json"]);
        command.env("PATH", format!("{}:/usr/bin:/bin", programs.display()));
        let out = tokio::time::timeout(Duration::from_secs(60), command.output()).await.unwrap().unwrap().stdout;
        let document: Value = serde_json::from_slice(&out).unwrap();
        let checks = document["checks"].as_array().unwrap();
        checks.iter().find(|check| check["check"] == "sum").unwrap().clone()
    };
    let impostor = doctor("sum (GNU coreutils) 9.4").await;
    assert!(impostor["verdict"] != "ok", "{impostor}");
    assert!(impostor["what"].as_str().unwrap().contains("sum"), "{impostor}");
    let real = doctor("Supermicro Update Manager (for UEFI BIOS) 2.14.0").await;
    assert_eq!(real["verdict"], "ok", "{real}");
}

#[tokio::test]
async fn a_text_is_never_accepted_as_firmware() {
    let site = site(&[Idrac9], &[]).await;
    let before = site.run(&["images", "list", "--json"]).await.json();
    for (name, text) in [
        ("bios.bin", "Mock firmware content for U30, version 2.10\n"),
        ("ilo.fwpkg", "<!DOCTYPE html><html><body>404 Not Found</body></html>\n"),
        ("HPE-BIOS.flash", "HPE BIOS Firmware Package\nCopyright (c) Hewlett Packard Enterprise\n"),
        ("run.exe", "#!/bin/sh\nexit 0\n"),
    ] {
        let ended = site.add(&site.bench.write(name, text)).await;
        assert_eq!(ended.code, 2, "{name}: {}{}", ended.out, ended.err);
        assert!(ended.err.contains("nothing was added"), "{name}: {}", ended.err);
    }
    assert_eq!(site.run(&["images", "list", "--json"]).await.json(), before);
}

#[tokio::test]
async fn an_unknown_id_is_never_answered() {
    let site = site(&[Idrac9], &[]).await;
    site.carry(&[]).await;
    for arguments in [
        &["runs", "show", "99"][..],
        &["runs", "show", "99", "--json"],
        &["runs", "attach", "99"],
        &["runs", "stop", "99"],
        &["runs", "abort", "99"],
        &["runs", "resume", "99"],
        &["runs", "transcript", "99", "s1"],
        &["runs", "transcript", "1", "s99"],
        &["run", "--plan", "0123456789abcdef"],
    ] {
        let ended = site.run(arguments).await;
        assert_eq!((ended.code, ended.out.as_str()), (2, ""), "{arguments:?}: {}", ended.err);
        assert!(ended.err.contains("no ") && ended.err.len() > 12, "{arguments:?}: {}", ended.err);
    }
    let client = Client::of(&site.bench.state_dir());
    assert_eq!(client.run(99).await.unwrap_err().class, Class::Usage);
    assert_eq!(client.run_journal(99, None, 0).await.unwrap_err().class, Class::Usage);
    assert_eq!(client.server("s99").await.unwrap_err().class, Class::Usage);
    assert_eq!(client.transcript("s99", None).await.unwrap_err().class, Class::Usage);
    assert!(!client.stop_reading(99).await.unwrap(), "no such reading was stopped");
}

#[tokio::test]
async fn an_unknown_server_is_never_scheduled() {
    let site = site(&[Idrac9], &[]).await;
    let plan = site.planned(&[]).await;
    let client = Client::of(&site.bench.state_dir());
    let request = |servers: &[&str]| PlanRequest {
        goal: Goal::Baseline("lab".into()),
        bios_profile: None,
        options: Options::default(),
        servers: Some(servers.iter().map(|id| (*id).to_owned()).collect()),
        query: None,
    };
    for servers in [&["s99"][..], &["s1", "s99"], &["nonsense"]] {
        let error = client.plan(&request(servers)).await.unwrap_err();
        assert_eq!(error.class, Class::Usage);
        assert!(error.message.contains("there is no server"), "{}", error.message);
    }
    assert_eq!(client.plan(&request(&["s1"])).await.unwrap().plan.servers.len(), 1);
    // A plan that somebody wrote for a server that is not there is no plan of ours.
    let mut foreign = plan.clone();
    foreign.servers[0].id = "s99".to_owned().try_into().unwrap();
    assert_eq!(client.start_plan(foreign).await.unwrap_err().class, Class::Blocked);
    let (ended, _) = site.carry(&[]).await;
    assert_eq!(ended.code, 0);
    let retried = site.run(&["runs", "retry", "1", "s99"]).await;
    assert_eq!(retried.code, 2, "{}", retried.err);
    assert!(retried.err.contains("run 1 has no server s99"), "{}", retried.err);
    assert_eq!(client.runs().await.unwrap().len(), 1, "nothing else was begun");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_odd_row_never_hides_the_rest() {
    let site = site(&[Idrac9, Ilo6, OpenBmc], &[]).await;
    let client = Client::of(&site.bench.state_dir());
    for server in ["s1", "s2", "s3"] {
        let request = PlanRequest {
            goal: Goal::Baseline("lab".into()),
            bios_profile: None,
            options: Options::default(),
            servers: Some(vec![server.to_owned()]),
            query: None,
        };
        let digest = client.plan(&request).await.unwrap().digest;
        assert_eq!(site.run(&["run", "--plan", &digest, "--detach"]).await.code, 0);
    }
    for run in ["1", "2", "3"] {
        assert_eq!(site.run(&["runs", "attach", run]).await.code, 0);
    }
    // Given a server whose inventory nobody can read, a run whose plan nobody can, and an event of a newer firmdeck,
    let database = rusqlite::Connection::open(site.bench.state_dir().join("firmdeck.db")).unwrap();
    database.busy_timeout(Duration::from_secs(10)).unwrap();
    database.execute("UPDATE servers SET inventory = '{\"identity\": 7}' WHERE id = 2", []).unwrap();
    database.execute("UPDATE runs SET plan = 'no plan' WHERE id = 1", []).unwrap();
    let seq: i64 = database.query_row("SELECT max(seq) FROM journal WHERE run = 2", [], |row| row.get(0)).unwrap();
    database.execute_batch("DROP TRIGGER journal_is_not_rewritten").unwrap();
    let newer = json!({ "event": "levitated", "height_cm": 4 }).to_string();
    assert!(serde_json::from_str::<Event>(&newer).is_err());
    let middle =
        "UPDATE journal SET event = ?1 WHERE seq = (SELECT min(seq) + 3 FROM journal WHERE run = 2 AND seq < ?2)";
    assert_eq!(database.execute(middle, rusqlite::params![newer, seq]).unwrap(), 1);
    drop(database);
    // then the lists show all the others, and say of the odd ones that they are odd.
    let inventory = site.run(&["inventory", "--json"]).await.json();
    let servers = inventory["servers"].as_array().unwrap();
    assert_eq!(servers.len(), 3);
    let (odd, good): (Vec<_>, Vec<_>) = servers.iter().partition(|server| server["id"] == "s2");
    assert!(good.iter().all(|server| server["error"].is_null() && server["bios"].to_string().len() > 4), "{good:#?}");
    assert!(odd[0]["error"]["what"].as_str().unwrap().contains("cannot be read"), "{odd:#?}");
    let listed = site.run(&["runs", "list", "--json"]).await.json();
    let runs: Vec<_> = listed["runs"].as_array().unwrap().iter().map(|run| (&run["run"], &run["state"])).collect();
    assert_eq!(runs.len(), 3, "{runs:?}");
    assert_eq!((runs[0].1, runs[2].1), (&json!("succeeded"), &json!("uncertain")));
    assert_eq!(site.run(&["runs", "list"]).await.code, 0);
    assert_eq!(site.run(&["runs", "show", "2", "--json"]).await.json()["run"], 2);
    assert_eq!(site.run(&["runs", "show", "3", "--json"]).await.json()["state"], "succeeded");
    // A fresh reading mends what was odd.
    assert_eq!(site.run(&["inventory", "--refresh"]).await.code, 0);
    let mended = site.run(&["inventory", "--json"]).await.json();
    assert!(mended["servers"].as_array().unwrap().iter().all(|server| server["error"].is_null()), "{mended:#}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_step_that_failed_is_never_counted_as_success() {
    // Every image takes; the last step of the last phase finds an event that was not there before.
    let site = site(&[Idrac9], &["critical-event"]).await;
    let (ended, document) = site.carry(&[]).await;
    assert!(updates(&document).iter().all(|update| update["settled"] == "applied"), "{document:#}");
    assert_eq!((ended.code, &document["state"]), (3, &json!("failed")), "{document:#}");
    let phases = document["servers"][0]["phases"].as_array().unwrap();
    let last = phases.last().unwrap();
    assert_eq!((&last["phase"], &last["state"]), (&json!("final_validation"), &json!("failed")));
    assert_eq!(site.run(&["runs", "list", "--json"]).await.json()["runs"][0]["state"], "failed");
}
