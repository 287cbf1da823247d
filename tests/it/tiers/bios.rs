//! BIOS settings of an iDRAC8, whose Redfish has none: racadm reads, sets and commits them, the run resets the host and reads back.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use firmdeck::lab::{
    bios::Setting,
    fault::{Effect, Rule},
    model::Mishap,
    personality::Personality::{Idrac8, Ilo5},
};
use serde_json::{Value, json};

use super::{
    secrets::resumed,
    wrapped::{Kit, Tiers},
};
use crate::{
    bios::PROFILE,
    secrets::command_lines_holding,
    support::{
        binary::{end_engine, engine_of},
        until,
    },
};

/// A site in front of an iDRAC8 whose profile wants this of a Dell.
async fn wanting(kit: Kit, attributes: &str) -> Tiers {
    let profile = format!(
        "[[bios_profile]]\nname = \"virtualization\"\n[[bios_profile.for]]\nvendor = \"dell\"\nmodels = [\"PowerEdge*\"]\n\
         attributes = {{ {attributes} }}\n"
    );
    with_profile(kit, &profile).await
}

async fn with_profile(kit: Kit, profile: &str) -> Tiers {
    let tiers = kit.before(Idrac8).await;
    std::fs::create_dir_all(tiers.site.bench.path("bios-profiles")).unwrap();
    tiers.site.bench.write("bios-profiles/lab.toml", profile);
    tiers
}

async fn planned(tiers: &Tiers) -> Value {
    let ended = tiers.site.run(&["plan", "--bios-profile", "virtualization", "--json"]).await;
    assert!([0, 4].contains(&ended.code), "{}", ended.err);
    ended.json()
}

fn digest(plan: &Value) -> &str {
    plan["digest"].as_str().unwrap()
}

/// What racadm was told to do, without where; looks are left out.
fn told(tiers: &Tiers) -> Vec<String> {
    let calls = tiers.calls("racadm").into_iter();
    let words = calls.filter_map(|line| Some(line.split_once(" -i ")?.1.to_owned()));
    words.filter(|words| !["get ", "swinventory", "jobqueue view"].iter().any(|look| words.starts_with(look))).collect()
}

fn bios(document: &Value) -> &Value {
    &document["servers"][0]["bios"]
}

fn why(document: &Value) -> &str {
    bios(document)["why"].as_str().unwrap_or_default()
}

/// Settings that the BMC took, boots that brought some in, resets of the host.
fn counts(tiers: &Tiers) -> (u64, u64, u64) {
    let counts = tiers.counts();
    (counts.settings_taken, counts.settings_applied, counts.host_resets)
}

/// The first value that is set meets with this.
fn befalls(tiers: &Tiers, mishap: Mishap) {
    tiers.site.lab.add_fault(&Rule::new(Effect::Mishap(mishap)).on("POST", "/cgi-bin/exec/set").times(1, 1));
}

/// Nothing waits, no job does, no host was reset.
fn untouched(tiers: &Tiers) {
    let machine = tiers.site.lab.bmc(0).machine();
    assert!(machine.bios.pending.is_empty() && machine.bios.job.is_none(), "{:?}", machine.bios);
    assert_eq!((machine.counts.settings_applied, machine.counts.host_resets), (0, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_differs_is_set_once_by_racadm_committed_once_and_every_value_is_read_back() {
    let tiers = with_profile(Kit::new(), PROFILE).await;
    let password = tiers.site.lab.password().to_owned();
    // Given a plan, then it says by which way and why, what changes, and has set nothing;
    let plan = planned(&tiers).await;
    let wanted = &plan["plan"]["servers"][0]["bios"];
    assert_eq!((&wanted["way"], &wanted["already"]), (&json!("racadm"), &json!(["LogicalProc"])));
    assert!(
        wanted["changes"]
            .as_array()
            .unwrap()
            .contains(&json!({ "attribute": "ProcC1E", "from": "Enabled", "to": "Disabled" }))
    );
    let said = tiers.site.run(&["plan", "--bios-profile", "virtualization"]).await.out;
    assert!(said.contains("racadm sets 3 BIOS settings: the BMC shows no BIOS settings over Redfish"), "{said}");
    assert!(said.contains("tells no allowed values"), "{said}");
    assert_eq!(told(&tiers), Vec::<String>::new());
    // when it is carried out, and somebody looks at all command lines all the time,
    let done = Arc::new(AtomicBool::new(false));
    let watching = tokio::task::spawn_blocking({
        let (done, password) = (Arc::clone(&done), password.clone());
        move || {
            let mut held = BTreeSet::new();
            while !done.load(Ordering::SeqCst) {
                held.extend(command_lines_holding(&password));
                std::thread::sleep(Duration::from_millis(5));
            }
            held
        }
    });
    let ran = tiers.run(digest(&plan)).await;
    done.store(true, Ordering::SeqCst);
    // then what unlocks another setting was set before it, each once, and the job was made once;
    assert_eq!(ran.code, 0, "{:#}", ran.document);
    assert_eq!(
        told(&tiers),
        [
            "set BIOS.ProcSettings.ProcVirtualization Enabled",
            "set BIOS.SysProfileSettings.SysProfile Custom",
            "set BIOS.SysProfileSettings.ProcC1E Disabled",
            "jobqueue create BIOS.Setup.1-1",
        ]
    );
    // the host was reset once, and each value read back,
    assert_eq!(counts(&tiers), (3, 1, 1));
    let applied = bios(&ran.document);
    assert_eq!((&applied["settled"], &applied["way"]), (&json!("applied"), &json!("racadm")), "{:#}", ran.document);
    assert!(applied["changes"].as_array().unwrap().iter().all(|change| change["read_back"] == change["to"]));
    let machine = tiers.site.lab.bmc(0).machine();
    assert_eq!(machine.bios.current["ProcC1E"], Setting::Text("Disabled".into()));
    assert!(machine.sessions.list().is_empty() && machine.bios.job.is_none());
    let journal = tiers.site.run(&["audit", "export"]).await.out;
    assert!(journal.contains("bios_backed_up") && journal.contains("\"way\":\"racadm\""));
    // the password was on no command line,
    assert_eq!(watching.await.unwrap(), BTreeSet::new());
    assert!(!tiers.calls("racadm").join("\n").contains(&password));
    // and a second plan finds nothing to do, and its run sets nothing.
    let again = planned(&tiers).await;
    assert_eq!(again["plan"]["servers"][0]["bios"]["changes"], json!([]));
    assert_eq!(tiers.site.run(&["run", "--plan", digest(&again)]).await.code, 0);
    assert_eq!((told(&tiers).len(), counts(&tiers)), (4, (3, 1, 1)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_value_that_racadm_refuses_leaves_nothing_behind_and_the_host_alone() {
    let tiers = wanting(Kit::new(), "LogicalProc = \"Disabled\", ProcVirtualization = \"Perhaps\"").await;
    let plan = planned(&tiers).await;
    let ran = tiers.run(digest(&plan)).await;
    assert_eq!((ran.code, &bios(&ran.document)["settled"]), (3, &json!("failed")), "{:#}", ran.document);
    let why = why(&ran.document);
    assert!(why.contains("setting ProcVirtualization") && why.contains("RAC947"), "{why}");
    assert!(why.contains("was discarded, and nothing was committed"), "{why}");
    assert_eq!(
        told(&tiers),
        [
            "set BIOS.ProcSettings.LogicalProc Disabled",
            "set BIOS.ProcSettings.ProcVirtualization Perhaps",
            "clearpending BIOS.Setup.1-1",
        ]
    );
    untouched(&tiers);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_known_to_be_no_good_is_refused_by_the_plan() {
    for (attributes, words) in [
        ("LogicProc = \"Disabled\"", "LogicProc: this BIOS has no such attribute; did you mean `LogicalProc`?"),
        ("ProcC1E = \"Disabled\"", "ProcC1E: it is read-only"),
    ] {
        let tiers = wanting(Kit::new(), attributes).await;
        let plan = planned(&tiers).await;
        let refused = plan["plan"]["servers"][0]["refused"].to_string();
        let refusals = plan["plan"]["servers"][0]["bios"]["refused"].to_string();
        let said = tiers.site.run(&["plan", "--bios-profile", "virtualization"]).await.out;
        assert!(said.contains(words), "{words}: {refused} {refusals}\n{said}");
        assert_eq!(told(&tiers), Vec::<String>::new());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_racadm_or_where_tools_are_left_out_the_plan_says_why_the_bios_cannot_be_read() {
    let tiers = wanting(Kit::new().without("racadm"), "LogicalProc = \"Disabled\"").await;
    let plan = planned(&tiers).await;
    let refused = plan["plan"]["servers"][0]["refused"].to_string();
    assert!(refused.contains("over Redfish; racadm would do it, and is not there"), "{refused}");
    let kit = Kit::new().ranges("[[ladder.range]]\nvendor = \"dell\"\norder = [\"redfish\"]\n");
    let tiers = wanting(kit, "LogicalProc = \"Disabled\"").await;
    let refused = planned(&tiers).await["plan"]["servers"][0]["refused"].to_string();
    assert!(refused.contains("[ladder] leaves vendors' tools out"), "{refused}");
    assert!(!tiers.calls("racadm").iter().any(|line| line.contains(" get BIOS")), "{:?}", tiers.calls("racadm"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_redfish_has_the_settings_no_tool_is_asked_even_where_tools_come_first() {
    let Some(kit) = Kit::full() else { return };
    let tiers = kit.tools_first().before(Ilo5).await;
    std::fs::create_dir_all(tiers.site.bench.path("bios-profiles")).unwrap();
    tiers.site.bench.write("bios-profiles/lab.toml", PROFILE);
    let plan = planned(&tiers).await;
    let ran = tiers.run(digest(&plan)).await;
    assert_eq!((ran.code, &bios(&ran.document)["way"]), (0, &json!("redfish")), "{:#}", ran.document);
    assert_eq!(tiers.calls("ilorest"), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_somebody_else_has_left_waiting_is_not_touched() {
    let tiers = wanting(Kit::new(), "LogicalProc = \"Disabled\"").await;
    let plan = planned(&tiers).await;
    tiers.site.lab.bmc(0).change(|machine| {
        machine.bios.pending.insert("BootMode", Setting::Text("Bios".into()));
    });
    let ran = tiers.run(digest(&plan)).await;
    assert_eq!((ran.code, &bios(&ran.document)["settled"]), (4, &json!("blocked")), "{:#}", ran.document);
    assert!(why(&ran.document).contains("BootMode = Bios"), "{}", why(&ran.document));
    assert_eq!(told(&tiers), Vec::<String>::new());
    assert_eq!(tiers.site.lab.bmc(0).machine().bios.pending.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_value_that_was_taken_and_does_not_wait_has_the_rest_taken_back() {
    let tiers = with_profile(Kit::new(), PROFILE).await;
    let plan = planned(&tiers).await;
    befalls(&tiers, Mishap::PartialSettings);
    let ran = tiers.run(digest(&plan)).await;
    assert_eq!((ran.code, &bios(&ran.document)["settled"]), (3, &json!("failed")), "{:#}", ran.document);
    let why = why(&ran.document);
    assert!(why.contains("the BMC took a part alone") && why.contains("was taken back"), "{why}");
    let told = told(&tiers);
    assert!(told[4].starts_with("jobqueue delete -i JID_") && told[5] == "clearpending BIOS.Setup.1-1", "{told:?}");
    untouched(&tiers);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_value_that_does_not_stick_is_reported_with_what_racadm_read() {
    let tiers = with_profile(Kit::new(), PROFILE).await;
    let plan = planned(&tiers).await;
    befalls(&tiers, Mishap::SettingDoesNotStick);
    let ran = tiers.run(digest(&plan)).await;
    assert_eq!(ran.code, 3, "{:#}", ran.document);
    let why = why(&ran.document);
    assert!(why.contains("the host was reset, and ProcC1E reads Enabled instead of Disabled"), "{why}");
    assert_eq!(counts(&tiers), (3, 1, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_password_that_racadm_is_refused_with_is_not_sent_again() {
    let tiers = with_profile(Kit::new(), PROFILE).await;
    let plan = planned(&tiers).await;
    // Given an iDRAC that lets Redfish in, and racadm no more once it sets something,
    let (headers, content_type, body) = (Vec::new(), "text/plain".to_owned(), Vec::new());
    let refusing = Effect::Answer { status: 401, headers, content_type, body, done: false };
    tiers.site.lab.add_fault(&Rule::new(refusing).on("POST", "/cgi-bin/exec/set"));
    let ran = tiers.run(digest(&plan)).await;
    assert_eq!((ran.code, &bios(&ran.document)["settled"]), (3, &json!("failed")), "{:#}", ran.document);
    assert!(why(&ran.document).contains("refused user name or password to racadm"), "{}", why(&ran.document));
    assert_eq!(told(&tiers).len(), 1, "{:?}", told(&tiers));
    untouched(&tiers);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn firmware_and_settings_go_by_racadm_in_one_run() {
    let tiers = with_profile(Kit::new(), PROFILE).await;
    let (digest, planned) = tiers.site.plan(&["--bios-profile", "virtualization"]).await;
    assert_eq!(planned.code, 0, "{}", planned.err);
    let ran = tiers.run(&digest).await;
    assert_eq!((ran.code, &bios(&ran.document)["settled"]), (0, &json!("applied")), "{:#}", ran.document);
    assert!(ran.updates().iter().all(|update| update["settled"] == "applied"), "{:#}", ran.document);
    let counts = tiers.counts();
    assert_eq!((counts.settings_taken, counts.settings_applied, counts.bricks), (3, 1, 0));
    assert_eq!((tiers.updates("racadm"), counts.flashes["bios"], counts.flashes["bmc"]), (2, 1, 1));
    tiers.site.assert_unharmed();
}

/// A racadm that hangs the first time that it is told something with `word` in it: before it does that, or after.
fn hanging(word: &str, before: bool) -> Kit {
    let once = "log=\"$(dirname \"$0\")/calls\"; if grep -q '^hangs ' \"$log\"; then real \"$@\"; exit $?; fi";
    let hangs = "echo 'hangs here' >> \"$log\"; sleep 500";
    let hangs = if before { hangs.to_owned() } else { format!("real \"$@\"; {hangs}") };
    let script = format!("case \"$*\" in *'{word}'*) {once}; {hangs} ;; *) real \"$@\" ;; esac");
    Kit::new().in_the_place_of("racadm", &script)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_engine_that_is_killed_between_set_and_commit_sets_nothing_twice() {
    for (word, before, waiting, sets, jobs) in [
        // Two of three values wait; the call that hung is made anew.
        ("ProcC1E Disabled", true, 2, 4, 1),
        // All wait, and their job is not made; or it is, and nobody heard of it.
        ("jobqueue create", true, 3, 3, 2),
        ("jobqueue create", false, 3, 3, 1),
    ] {
        let at = format!("{word}, before: {before}");
        // Given a racadm that hangs there,
        let tiers = with_profile(hanging(word, before), PROFILE).await;
        let plan = planned(&tiers).await;
        let hangs = || {
            let machine = tiers.site.lab.bmc(0).machine();
            machine.bios.pending.len() == waiting
                && machine.bios.job.is_some() != before
                && !tiers.calls("hangs").is_empty()
        };
        // when the engine is killed and the next one goes on,
        let begun = tiers.site.run(&["run", "--plan", digest(&plan), "--detach"]).await;
        assert_eq!(begun.code, 0, "{}", begun.err);
        until("racadm hangs", hangs).await;
        let state = tiers.site.bench.state_dir();
        let engine = engine_of(&state).unwrap();
        end_engine(&state);
        until("the engine is gone", || engine_of(&state) != Some(engine)).await;
        let ran = resumed(&tiers).await;
        // then the BMC was given each value once, one job was made, and the host reset once.
        assert_eq!((ran.code, &bios(&ran.document)["settled"]), (0, &json!("applied")), "{at}: {:#}", ran.document);
        assert_eq!((counts(&tiers), tiers.counts().settings_asked), ((3, 1, 1), 3), "{at}");
        let told = told(&tiers);
        let count = |word: &str| told.iter().filter(|words| words.starts_with(word)).count();
        assert_eq!((count("set "), count("jobqueue create")), (sets, jobs), "{at}: {told:?}");
        assert_eq!(tiers.kept(), Vec::<std::path::PathBuf>::new());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_engine_that_is_killed_between_commit_and_reset_sets_nothing_twice_and_resets_once() {
    for boundary in ["bios_held:after", "power_intended:after", "power_reached:after"] {
        let tiers = with_profile(Kit::new(), PROFILE).await;
        let plan = planned(&tiers).await;
        // The engine that read the BIOS knows nothing of dying.
        assert_eq!(tiers.site.run(&["serve", "--stop"]).await.code, 0);
        let begun = tiers.site.command(&["run", "--plan", digest(&plan), "--json"], &[("FIRMDECK_CRASH", boundary)]);
        let mut begun = begun;
        let ended = begun.output().await.unwrap();
        let died = tiers.site.bench.state_dir().join("crashed-at");
        assert!(died.exists(), "{boundary}: {}", String::from_utf8_lossy(&ended.stderr));
        let ran = resumed(&tiers).await;
        assert_eq!(
            (ran.code, &bios(&ran.document)["settled"]),
            (0, &json!("applied")),
            "{boundary}: {:#}",
            ran.document
        );
        assert_eq!((counts(&tiers), told(&tiers).len()), ((3, 1, 1), 4), "{boundary}");
    }
}
