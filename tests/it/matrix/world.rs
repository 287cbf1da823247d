//! What happens around a run: other tools, other controllers, power, addresses, clocks.

use firmdeck::{
    api::client::Client,
    lab::{
        Lab, fault,
        fault::{Effect, Rule, Servers},
        model::{Mishap, Power},
        personality::Personality::{Idrac9, Ilo6, LenovoXcc, OpenBmc, SupermicroX13},
    },
};
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::{assert_went_well, carry_through_a_crash, struck, unwell, updates};
use crate::{
    bios,
    support::{
        binary::end_engine,
        site::{Site, last_document},
        until,
    },
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_version_that_another_tool_changed_makes_the_plan_stale() {
    let site = struck(Idrac9, &[]).await;
    let (digest, _) = site.plan(&[]).await;
    site.lab.bmc(0).change(|machine| {
        machine.components.iter_mut().filter(|one| one.name == "BIOS").for_each(|bios| bios.version = "1.9.9".into());
    });
    let ran = site.run(&["run", "--plan", &digest, "--json"]).await;
    assert!(ran.code == 4 && ran.err.contains("stale"), "{}", ran.err);
    assert_eq!(site.lab.bmc(0).machine().counts.pushes, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bmc_that_comes_back_at_another_address_is_missed_and_found() {
    // Given a BMC that does not come back from its flash to where it was,
    let site = struck(OpenBmc, &["bmc-stays-away"]).await;
    let (ended, document) = site.carry(&[]).await;
    // then nobody says what became of it,
    assert_eq!(ended.code, 7, "{document:#}");
    assert!(unwell(&document, "uncertain").contains("the BMC is away"), "{document:#}");
    // and when the same machine answers elsewhere, it is known by its numbers and keeps its id.
    let mut machine = site.lab.bmc(0).machine();
    machine.bmc_away_until = None;
    let elsewhere = Lab::builder().machines(vec![machine]).start().await.unwrap();
    let address = elsewhere.addresses()[0];
    let password = site.bench.write("elsewhere", elsewhere.password());
    std::fs::set_permissions(&password, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    site.bench.config_more(&format!(
        "[[credentials]]\nfor = \"{}\"\nusername = \"{}\"\npassword_file = \"{}\"\n",
        address.ip(),
        elsewhere.bmc(0).user(),
        password.display()
    ));
    let read = site.run(&["inventory", &address.to_string(), "--json"]).await;
    assert_eq!((read.code, &read.server()["id"]), (0, &json!("s1")), "{}", read.err);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bmc_that_forgot_its_accounts_is_asked_five_times_and_blocks() {
    let site = struck(Idrac9, &["factory-accounts"]).await;
    let (ended, document) = site.carry(&[]).await;
    assert_eq!(ended.code, 4, "{document:#}");
    assert!(unwell(&document, "blocked").contains("refused"), "{document:#}");
    let refused = site.lab.bmc(0).machine().counts.logins_refused;
    assert!(refused <= 5, "{refused} logins: an account is locked out by less");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bmc_that_refuses_logins_after_its_reset_is_asked_rarely() {
    let site = struck(Ilo6, &["unauthorized-after-reset"]).await;
    assert_went_well(&site, &site.carry(&[]).await, "refuses for three minutes");
    let refused = site.lab.bmc(0).machine().counts.logins_refused;
    assert!((1..=4).contains(&refused), "{refused}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_may_change_by_a_flash_of_the_bmc_and_by_nothing_else() {
    let site = struck(OpenBmc, &["new-certificate"]).await;
    assert_went_well(&site, &site.carry(&[]).await, "by its own flash");
    // Between plan and run nothing of ours explains it.
    let site = struck(OpenBmc, &[]).await;
    let (digest, _) = site.plan(&[]).await;
    site.lab.bmc(0).change(|machine| machine.standing.certificates += 1);
    let opened = site.lab.bmc(0).machine().sessions.opened();
    let ran = site.run(&["run", "--plan", &digest, "--json"]).await;
    assert_eq!(ran.code, 4, "{}", ran.err);
    assert_eq!(site.lab.bmc(0).machine().sessions.opened(), opened, "no credential was sent");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bmc_whose_clock_is_twenty_years_off_is_followed_all_the_same() {
    let off = |years: i64| SignedDuration::from_hours(years * 365 * 24);
    for (personality, years) in [(Idrac9, -20), (SupermicroX13, 20), (OpenBmc, -20), (Ilo6, -20)] {
        let site = struck(personality, &[]).await;
        site.lab.bmc(0).change(|machine| machine.standing.clock_off = off(years));
        assert_went_well(&site, &site.carry(&[]).await, &personality.to_string());
    }
    // A Supermicro's upload is found again by its age, which is told by its own clock.
    let site = struck(SupermicroX13, &[]).await;
    site.lab.bmc(0).change(|machine| machine.standing.clock_off = off(-20));
    assert_went_well(&site, &carry_through_a_crash(&site).await, "through a crash");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_host_that_loses_power_in_its_bios_phase_is_brought_back() {
    let site = bios::site(bios::one(Idrac9), bios::PROFILE).await;
    let planned = site.run(&["plan", "--bios-profile", "virtualization", "--json"]).await;
    let digest = planned.json()["digest"].as_str().unwrap().to_owned();
    // Somebody pulls the plug of the host in the very POST that brings the settings in, however soon they see it.
    site.lab.bmc(0).change(|machine| {
        machine.mishaps.insert(Mishap::PostHangs);
    });
    assert_eq!(site.run(&["run", "--plan", &digest, "--detach"]).await.code, 0);
    until("its host boots", || site.lab.bmc(0).machine().in_post()).await;
    site.lab.bmc(0).change(|machine| {
        machine.power = Power::Off;
        machine.post = firmdeck::lab::model::Post::Off;
        machine.coming.clear();
    });
    let ended = site.run(&["runs", "attach", "1", "--json"]).await;
    let document = last_document(&ended);
    let (state, why) = bios::phase(&document);
    // Brought back on and read back, or told that it did not come back: never called done unread.
    match ended.code {
        0 => {
            assert_eq!(state, "done", "{why}");
            let bios = &document["servers"][0]["bios"];
            assert!(bios["changes"].as_array().unwrap().iter().all(|one| one["read_back"] == one["to"]), "{bios:#}");
        }
        3 | 4 | 7 => assert!(!why.is_empty() || document.to_string().contains("the host"), "{document:#}"),
        code => panic!("{code}: {document:#}"),
    }
    assert_eq!(site.lab.bmc(0).machine().counts.bricks, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_host_that_never_ends_its_post_blocks() {
    let site = struck(Ilo6, &["post-hangs"]).await;
    let (ended, document) = site.carry(&[]).await;
    assert!([3, 4].contains(&ended.code), "{document:#}");
    assert!(document.to_string().contains("POST"), "{document:#}");
    assert_eq!(site.lab.bmc(0).machine().counts.bricks, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bios_settings_that_wait_for_somebody_else_block() {
    let site = bios::site(bios::one(LenovoXcc), bios::PROFILE).await;
    fault::load("foreign-settings").unwrap().iter().for_each(|rule| site.lab.add_fault(rule));
    let (ended, document) = bios::carry(&site, &[]).await;
    let (state, why) = bios::phase(&document);
    assert_eq!((ended.code, state.as_str()), (4, "blocked"), "{document:#}");
    assert!(why.contains("somebody else"), "{why}");
    assert_eq!(site.lab.bmc(0).machine().counts.settings_asked, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_controller_that_comes_back_late_finds_the_work_done() {
    // Given a controller that dies in the middle of its run,
    let site = struck(Ilo6, &[]).await;
    let (digest, _) = site.plan(&[]).await;
    assert_eq!(site.run(&["run", "--plan", &digest, "--detach"]).await.code, 0);
    until("the first image is written", || !site.lab.bmc(0).machine().counts.flashes.is_empty()).await;
    end_engine(&site.bench.state_dir());
    // and another that brings the same machine up meanwhile,
    site.lab.bmc(0).change(|machine| {
        for release in firmdeck::lab::release(std::slice::from_ref(machine), 1) {
            machine
                .components
                .iter_mut()
                .filter(|one| one.kind == release.kind)
                .for_each(|one| one.version = release.version.clone());
            machine.updates.retain(|update| update.payload.as_ref().is_none_or(|payload| payload.kind != release.kind));
        }
    });
    let pushes = site.lab.bmc(0).machine().counts.pushes;
    // then the first finds everything as it is wanted, and hands nothing over.
    site.run(&["runs", "resume", "1"]).await;
    let ended = site.run(&["runs", "attach", "1", "--json"]).await;
    let document = site.run(&["runs", "show", "1", "--json"]).await.json();
    assert_eq!(ended.code, 0, "{}\n{document:#}", ended.err);
    assert!(updates(&document).iter().all(|update| update["read_back"] == update["to"]), "{document:#}");
    assert_eq!(site.lab.bmc(0).machine().counts.pushes, pushes);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_black_hole_among_many_costs_the_others_nothing() {
    let fleet = [Idrac9, Ilo6, OpenBmc, SupermicroX13].repeat(10);
    let site = Site::start(Lab::builder().personalities(fleet).seed(3)).await;
    let (digest, _) = site.plan(&["--no-canary", "--stop-after", "9"]).await;
    site.lab.add_fault(&Rule::new(Effect::BlackHole).at_servers(Servers::Index(vec![7])));
    site.bench.config_more("[limits]\nread_s = 10\n");
    let ended = site.run(&["run", "--plan", &digest, "--json"]).await;
    let document = last_document(&ended);
    let states: Vec<&Value> = document["servers"].as_array().unwrap().iter().map(|server| &server["state"]).collect();
    let well = states.iter().filter(|state| **state == "succeeded").count();
    assert_eq!((states.len(), well), (40, 39), "{states:?}");
    assert_eq!(ended.code, 3);
    let client = Client::of(&site.bench.state_dir());
    assert!(client.verify_journal().await.unwrap().is_ok());
}
