//! What is refused before anything is sent: the lab counts no PATCH.

use firmdeck::lab::{
    Lab,
    fault::{self, Effect, Rule},
    model::Mishap,
    personality::Personality::{self, *},
};
use serde_json::json;

use super::{PROFILE, carry, one, patches, phase, plan, site};
use crate::support::site::last_document;

fn profile(vendor: &str, attributes: &str) -> String {
    format!(
        "[[bios_profile]]\nname = \"virtualization\"\npreserve = [\"*Password*\", \"RestoreonAC*\"]\n\
         [[bios_profile.for]]\nvendor = \"{vendor}\"\nattributes = {{ {attributes} }}\n"
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_refusal_keeps_the_server_back_when_it_is_planned() {
    let rows: [(Personality, &str, &str, &str); 14] = [
        (Idrac9, "dell", "ProcVirtualisation = \"Enabled\"", "no such attribute; did you mean `ProcVirtualization`?"),
        (Idrac9, "dell", "ProcTurboMode = \"Disabled\"", "read-only because of SysProfile = PerfPerWattOptimizedDapc"),
        (Idrac9, "dell", "SysProfile = \"PerfOptimized\", ProcC1E = \"Enabled\"", "SysProfile = PerfOptimized"),
        (Idrac9, "dell", "SystemModelName = \"PowerEdge X\"", "this one machine's own"),
        (Idrac9, "dell", "LogicalProc = \"Perhaps\"", "one of Enabled, Disabled"),
        (Idrac9, "dell", "AcPwrRcvryDelay = \"User\", AcPwrRcvryUserDelay = 5", "from 60 to 600"),
        (
            Ilo5,
            "hpe",
            "MinProcIdlePower = \"C1E\"",
            "grayed out because of WorkloadProfile = GeneralPowerEfficientCompute",
        ),
        (Ilo5, "hpe", "SerialNumber = \"X\"", "this one machine's own"),
        (
            Ilo6,
            "hpe",
            "WorkloadProfile = \"Virtualization-MaxPerformance\", ProcVirtualization = \"Disabled\"",
            "makes it Enabled",
        ),
        (SupermicroX12, "supermicro", "TXTSupport = \"Enable\"", "several are called so"),
        (SupermicroX13, "supermicro", "EnergyPerformanceBIASsetting = \"Performance\"", "PowerTechnology"),
        (
            SupermicroX13,
            "supermicro",
            "\"Restore on AC Power Loss\" = \"Power On\"",
            "preserves it by \"RestoreonAC*\"",
        ),
        (
            LenovoXcc,
            "lenovo",
            "Processors_CStates = \"Disabled\"",
            "OperatingModes_ChooseOperatingMode = MaximumEfficiency",
        ),
        (OpenBmc, "openbmc", "Anything = 1", "its BIOS settings cannot be read"),
    ];
    for (personality, vendor, attributes, word) in rows {
        let site = site(one(personality), &profile(vendor, attributes)).await;
        let (digest, planned) = plan(&site, &[]).await;
        let text = planned.json().to_string();
        assert_eq!(planned.code, 4, "{personality} {attributes}: {}\n{text}", planned.err);
        let said = site.run(&["plan", "--bios-profile", "virtualization"]).await.out;
        assert!(said.contains("nothing is done:") && said.contains(word), "{personality}: {word}\n{said}");
        // Carried out all the same, it does nothing.
        site.run(&["run", "--plan", &digest]).await;
        let machine = site.lab.bmc(0).machine();
        assert_eq!((patches(&site.lab), machine.counts.host_resets), (0, 0), "{personality} {attributes}");
    }
}

#[tokio::test]
async fn a_password_is_refused_in_the_file_and_by_the_registry_and_stands_nowhere() {
    let site = site(one(Idrac9), &profile("dell", "SysPassword = \"geheim-1\"").replace("\"*Password*\", ", "")).await;
    let ended = site.run(&["plan", "--bios-profile", "virtualization"]).await;
    assert!(
        ended.err.contains("lab.toml:6:") && ended.err.contains("a password never stands in a profile"),
        "{}",
        ended.err
    );
    // By what the setup screen calls it, a name alone does not tell.
    site.bench.write(
        "bios-profiles/lab.toml",
        &profile("dell", "\"System Password\" = \"geheim-2\"").replace("\"*Password*\", ", ""),
    );
    let planned = site.run(&["plan", "--bios-profile", "virtualization", "--json"]).await;
    assert!(!format!("{}{}{}", ended.err, planned.out, planned.err).contains("geheim"), "{}", planned.out);
    let database = std::fs::read(site.bench.state_dir().join("firmdeck.db")).unwrap();
    assert!(!String::from_utf8_lossy(&database).contains("geheim"));
    assert_eq!(patches(&site.lab), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn settings_and_jobs_of_others_block_and_it_is_said_whose_they_are() {
    let rows = [
        (Idrac9, "SysProfile"),
        (Ilo5, "WorkloadProfile"),
        (SupermicroX13, "TurboMode"),
        (LenovoXcc, "OperatingModes"),
    ];
    for (personality, word) in rows {
        let site = site(one(personality), PROFILE).await;
        let (digest, planned) = plan(&site, &[]).await;
        assert_eq!(planned.code, 0, "{}", planned.err);
        site.lab.bmc(0).change(|machine| {
            machine.mishaps.insert(Mishap::ForeignSettings);
        });
        // A check says so before a run,
        let checked = site.run(&["plan", "--bios-profile", "virtualization", "--check", "--json"]).await;
        let check = last_document(&checked);
        assert_eq!((checked.code, &check["servers"][0]["state"]), (4, &json!("blocked")), "{personality}: {check:#}");
        // and so does the run.
        let ended = site.run(&["run", "--plan", &digest, "--json"]).await;
        let (state, why) = phase(&last_document(&ended));
        assert_eq!((ended.code, state.as_str()), (4, "blocked"), "{personality}: {why}");
        assert!(why.contains("somebody else's BIOS settings wait") && why.contains(word), "{personality}: {why}");
        assert_eq!(patches(&site.lab), 0, "{personality}");
        assert_eq!(site.lab.bmc(0).machine().counts.host_resets, 0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_check_of_a_profile_that_fits_says_that_it_could_begin_and_sends_nothing() {
    let site = site(Lab::builder().personalities(super::ALL), PROFILE).await;
    let checked = site.run(&["plan", "--bios-profile", "virtualization", "--check", "--json"]).await;
    let check = last_document(&checked);
    assert_eq!(checked.code, 0, "{check:#}");
    for server in check["servers"].as_array().unwrap() {
        let steps: Vec<_> =
            server["steps"].as_array().unwrap().iter().map(|step| step["step"].as_str().unwrap()).collect();
        assert!(steps.ends_with(&["images", "read", "check"]), "{steps:?}");
    }
    assert_eq!(patches(&site.lab), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_new_bios_refuses_is_blocked_after_the_flash_and_before_anything_is_sent() {
    let wanted = profile("supermicro", "TurboMode = \"Disable\"");
    let site = site(one(SupermicroX13).faults(fault::load("setting-locks").unwrap()), &wanted).await;
    let (digest, planned) = site.plan(&["--bios-profile", "virtualization"]).await;
    assert_eq!(planned.code, 0, "{}", planned.err);
    let ended = site.run(&["run", "--plan", &digest, "--json"]).await;
    let document = last_document(&ended);
    let (state, why) = phase(&document);
    assert_eq!((ended.code, state.as_str()), (4, "blocked"), "{document:#}");
    assert!(why.contains("TurboMode: it is read-only") && why.contains("nothing was sent to it"), "{why}");
    assert_eq!(patches(&site.lab), 0);
    assert!(document["servers"][0]["updates"].as_array().unwrap().iter().all(|update| update["settled"] == "applied"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_bmc_refuses_is_told_attribute_by_attribute_and_not_sent_again() {
    let info = |id: &str, name: &str| json!({ "MessageId": id, "Message": format!("{name} will not do"), "MessageArgs": [format!("Attributes/{name}")] });
    let body = json!({ "error": { "@Message.ExtendedInfo": [
        info("Base.1.12.PropertyNotWritable", "Processors_SourceValidation"), info("Base.1.12.PropertyValueNotInList", "Other"),
    ] } });
    let refuses = Effect::Answer {
        status: 400,
        headers: Vec::new(),
        content_type: "application/json".into(),
        body: body.to_string().into_bytes(),
        done: false,
    };
    let site = site(one(LenovoXcc).fault(Rule::new(refuses).on("PATCH", "*")), PROFILE).await;
    let (ended, document) = carry(&site, &[]).await;
    let (state, why) = phase(&document);
    assert_eq!((ended.code, state.as_str()), (3, "failed"), "{document:#}");
    for words in ["Processors_SourceValidation: Processors_SourceValidation will not do", "Other: Other will not do"] {
        assert!(why.contains(words), "{why}");
    }
    assert_eq!((patches(&site.lab), site.lab.bmc(0).machine().counts.host_resets), (1, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_missing_licence_is_named() {
    let site = site(one(SupermicroX13), PROFILE).await;
    site.lab.bmc(0).change(|machine| machine.licensed = false);
    let (ended, document) = carry(&site, &[]).await;
    let (_, why) = phase(&document);
    assert!(
        ended.code == 3 && why.contains("a licence for BIOS settings is missing") && why.contains("DCMS"),
        "{document:#}"
    );
    assert_eq!((patches(&site.lab), site.lab.bmc(0).machine().counts.settings_taken), (1, 0));
}
