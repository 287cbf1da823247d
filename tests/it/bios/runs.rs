//! Whole runs of a profile against the lab.

use firmdeck::{
    domain::plan::Plan,
    lab::{Lab, bios::Setting, fault, model::Power, personality::Personality},
};
use serde_json::{Value, json};

use super::{ALL, PROFILE, carry, one, patches, phase, plan, site};
use crate::support::site::over;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_each_vendor_what_differs_is_set_once_and_every_value_is_read_back() {
    // Given a fleet with a machine of each, and a profile,
    let site = site(Lab::builder().personalities(ALL), PROFILE).await;
    // when a plan is made, then it shows what would change, and nothing was sent;
    let (digest, planned) = plan(&site, &["--no-canary"]).await;
    assert_eq!(planned.code, 0, "{}", planned.err);
    let servers = planned.json()["plan"]["servers"].clone();
    let dell = servers.as_array().unwrap().iter().find(|one| one["bios"]["wanted"]["SysProfile"].is_object()).unwrap();
    let changes = dell["bios"]["changes"].as_array().unwrap();
    assert!(changes.contains(&json!({ "attribute": "ProcC1E", "from": "Enabled", "to": "Disabled" })), "{changes:?}");
    assert_eq!((changes.len(), &dell["bios"]["already"]), (3, &json!(["LogicalProc"])));
    assert_eq!(patches(&site.lab), 0);
    // when it is carried out,
    let ended = site.run(&["run", "--plan", &digest, "--json"]).await;
    let document = crate::support::site::last_document(&ended);
    assert_eq!(ended.code, 0, "{}\n{document:#}", ended.err);
    // then each value was read back, with one change and one reset each.
    for server in document["servers"].as_array().unwrap() {
        let bios = &server["bios"];
        assert_eq!(bios["settled"], "applied", "{server:#}");
        assert!(bios["changes"].as_array().unwrap().iter().all(|change| change["read_back"] == change["to"]));
        assert!(bios["backed_up"].as_u64().unwrap() >= 14);
    }
    for bmc in site.lab.bmcs() {
        let machine = bmc.machine();
        let name = machine.identity.personality;
        let counts = (machine.counts.settings_taken, machine.counts.settings_applied, machine.counts.host_resets);
        assert_eq!(counts, (1, 1, 1), "{name}");
        assert_eq!((machine.power, machine.counts.bricks), (Power::On, 0), "{name}");
        assert!(machine.sessions.list().is_empty(), "{name}: every session is closed");
        // On an X12 the settings object takes no change, and the BIOS itself does.
        assert_eq!(machine.counts.settings_asked, 1, "{name}");
    }
    let current = |index: usize, name: &str| site.lab.bmc(index).machine().bios.current.get(name).cloned();
    assert_eq!(current(0, "ProcC1E"), Some(Setting::Text("Disabled".into())));
    assert_eq!(current(4, "PatrolScrubInterval"), Some(Setting::Number(12)));
    assert_eq!(current(4, "SR_IOVSupport"), Some(Setting::Text("1".into())));
    assert_eq!(current(5, "Processors_SourceValidation"), Some(Setting::Flag(true)));
    // A second plan finds nothing to do, and its run touches nothing.
    let (digest, again) = plan(&site, &[]).await;
    let plan: Plan = serde_json::from_value(again.json()["plan"].clone()).unwrap();
    assert!(plan.servers.iter().all(|server| !server.has_work()), "{plan:#?}");
    assert_eq!(site.run(&["run", "--plan", &digest]).await.code, 0);
    assert!(site.lab.bmcs().all(|bmc| bmc.machine().counts.host_resets == 1));
    // The journal holds the way back.
    let journal = site.run(&["audit", "export"]).await.out;
    assert!(journal.contains("bios_backed_up") && journal.contains("\"ProcC1E\":\"Enabled\""));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_flash_of_the_bios_its_settings_are_found_under_their_new_names() {
    let site = site(one(Personality::SupermicroX13), PROFILE).await;
    let (digest, planned) = site.plan(&["--bios-profile", "virtualization"]).await;
    let before: Vec<_> = names(&planned.json()["plan"]["servers"][0]["bios"]["changes"]);
    let ended = site.run(&["run", "--plan", &digest, "--json"]).await;
    let document = crate::support::site::last_document(&ended);
    assert_eq!(ended.code, 0, "{}\n{document:#}", ended.err);
    let after = names(&document["servers"][0]["bios"]["changes"]);
    assert!(before.len() == 4 && before.iter().all(|name| !after.contains(name)), "{before:?} {after:?}");
    assert_eq!(document["servers"][0]["bios"]["settled"], "applied");
    site.assert_unharmed();
}

fn names(changes: &Value) -> Vec<String> {
    changes.as_array().unwrap().iter().map(|change| change["attribute"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_value_that_does_not_stick_is_reported_with_what_was_read() {
    for personality in [Personality::Idrac9, Personality::Ilo6, Personality::SupermicroX13, Personality::LenovoXcc] {
        let site = site(one(personality).faults(fault::load("setting-does-not-stick").unwrap()), PROFILE).await;
        let (ended, document) = carry(&site, &[]).await;
        let (state, why) = phase(&document);
        assert_eq!((ended.code, state.as_str()), (3, "failed"), "{personality}: {document:#}");
        assert!(why.contains("the host was reset, and") && why.contains("instead of"), "{personality}: {why}");
        let changes = document["servers"][0]["bios"]["changes"].as_array().unwrap();
        let stuck = changes.iter().filter(|change| change["read_back"] == change["to"]).count();
        assert_eq!(stuck, changes.len() - 1, "{personality}: {changes:#?}");
        assert_eq!((patches(&site.lab), site.lab.bmc(0).machine().counts.host_resets), (1, 1), "{personality}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_part_that_a_bmc_took_alone_is_noticed_before_the_reset() {
    for (personality, word) in
        [(Personality::Idrac9, "was taken back"), (Personality::Ilo5, "waits for its next reset")]
    {
        let site = site(one(personality).faults(fault::load("partial-settings").unwrap()), PROFILE).await;
        let (ended, document) = carry(&site, &[]).await;
        let (state, why) = phase(&document);
        assert_eq!((ended.code, state.as_str()), (3, "failed"), "{document:#}");
        assert!(why.contains("the BMC took a part alone") && why.contains(word), "{why}");
        let machine = site.lab.bmc(0).machine();
        assert_eq!(
            (machine.counts.host_resets, machine.bios.pending.is_empty()),
            (0, personality == Personality::Idrac9)
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_policy_that_leaves_resets_to_others_stages_and_says_so() {
    let site = site(one(Personality::LenovoXcc), PROFILE).await;
    let (ended, document) = carry(&site, &["--power", "never"]).await;
    let (state, why) = phase(&document);
    assert_eq!((ended.code, state.as_str()), (0, "skipped"), "{document:#}");
    assert!(why.contains("2 values are staged: they take effect at the host's next reset"), "{why}");
    let machine = site.lab.bmc(0).machine();
    assert_eq!((machine.counts.host_resets, machine.bios.pending.len()), (0, 2));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_host_that_is_off_boots_for_its_settings_and_is_off_again() {
    let site = site(one(Personality::Idrac9), PROFILE).await;
    site.lab.bmc(0).change(|machine| {
        machine.power = Power::Off;
        machine.post = firmdeck::lab::model::Post::Off;
    });
    let (ended, document) = carry(&site, &["--power", "if_off"]).await;
    assert_eq!(ended.code, 0, "{document:#}");
    let machine = site.lab.bmc(0).machine();
    assert_eq!((machine.counts.host_boots, machine.counts.settings_applied, machine.power), (1, 1, Power::Off));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_host_that_never_leaves_post_is_said_to_hang_there() {
    let site = site(one(Personality::SupermicroX13).faults(fault::load("post-hangs").unwrap()), PROFILE).await;
    let (ended, document) = carry(&site, &[]).await;
    let (state, why) = phase(&document);
    assert_eq!((ended.code, state.as_str()), (4, "blocked"), "{document:#}");
    assert!(why.contains("not through POST") && why.contains("next:"), "{why}");
    assert_eq!(patches(&site.lab), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_is_stopped_before_the_reset_gives_back_what_the_vendor_can() {
    for (personality, word) in [
        (Personality::Idrac9, "what was staged was taken back"),
        (Personality::Ilo6, "takes effect at the host's next reset"),
    ] {
        let site = site(one(personality), PROFILE).await;
        let (_, planned) = plan(&site, &[]).await;
        let plan: Plan = serde_json::from_value(planned.json()["plan"].clone()).unwrap();
        let engine = site.engine().await;
        let mut entries = engine.listen();
        let run = engine.begin(plan, "a test").await.unwrap();
        while !entries.recv().await.unwrap().event.contains("bios_sent") {}
        assert!(engine.stop_run(run, "a test").await.unwrap());
        let state = over(&engine, run).await;
        let server = &state.servers[0].1;
        let said = server.phase(firmdeck::domain::phase::Phase::BiosConfiguration).why().unwrap_or_default();
        assert!(said.contains(word), "{personality}: {server:#?}");
        let machine = site.lab.bmc(0).machine();
        assert_eq!(machine.counts.host_resets, 0, "{personality}");
        assert_eq!(machine.bios.pending.is_empty(), personality == Personality::Idrac9, "{personality}");
        assert_eq!(machine.bios.job, None);
    }
}

#[tokio::test]
async fn a_plan_from_a_changed_profile_is_stale_and_an_unknown_one_is_named() {
    let site = site(one(Personality::Idrac9), PROFILE).await;
    let (digest, _) = plan(&site, &[]).await;
    site.bench.write("bios-profiles/lab.toml", &PROFILE.replace("ProcC1E = \"Disabled\"", "ProcC1E = \"Enabled\""));
    let stale = site.run(&["run", "--plan", &digest]).await;
    assert!(stale.code == 4 && stale.err.contains("plan again"), "{}", stale.err);
    let unknown = site.run(&["plan", "--bios-profile", "other"]).await;
    assert!(unknown.err.contains("no BIOS profile is called `other`; there are virtualization"), "{}", unknown.err);
    assert_eq!(patches(&site.lab), 0);
}

#[tokio::test]
async fn a_plan_and_its_run_tell_each_setting_to_people_too() {
    let site = site(one(Personality::Ilo5), PROFILE).await;
    let said = site.run(&["plan", "--bios-profile", "virtualization"]).await.out;
    for words in
        ["BIOS SETTING", "MinProcIdlePower", "NoCStates", "4 BIOS settings (profile virtualization)", "1 hosts go down"]
    {
        assert!(said.contains(words), "{words}\n{said}");
    }
    let digest = said.lines().find_map(|line| line.strip_prefix("plan ")).unwrap().to_owned();
    let ran = site.run(&["run", "--plan", &digest]).await;
    assert!(ran.out.contains("BIOS MinProcIdlePower") && ran.out.contains("NoCStates"), "{}", ran.out);
    let shown = site.run(&["runs", "show", "1"]).await.out;
    assert!(shown.contains("BIOS ProcVirtualization"), "{shown}");
}
