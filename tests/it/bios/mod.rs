//! BIOS settings: registries of real BMCs, the client over real sockets, and whole runs against the lab.

mod captured;
mod client;
mod crash;
mod lab;
mod refusals;
mod runs;

use firmdeck::lab::{Builder, Lab, personality::Personality};
use serde_json::Value;

use crate::support::{
    binary::Ended,
    site::{Site, last_document},
};

/// The personalities that have BIOS settings.
const ALL: [Personality; 6] = [
    Personality::Idrac9,
    Personality::Ilo5,
    Personality::Ilo6,
    Personality::SupermicroX12,
    Personality::SupermicroX13,
    Personality::LenovoXcc,
];

/// What hosts of virtual machines are given, in each vendor's words: with a setting that another one unlocks, a number, a
/// switch and a name without its code.
pub(crate) const PROFILE: &str = r#"
[[bios_profile]]
name = "virtualization"
preserve = ["*AssetTag*", "BootMode*"]
[[bios_profile.for]]
vendor = "dell"
models = ["PowerEdge*"]
attributes = { SysProfile = "Custom", ProcC1E = "Disabled", ProcVirtualization = "Enabled", LogicalProc = "Enabled" }
[[bios_profile.for]]
vendor = "hpe"
models = ["ProLiant*"]
attributes = { WorkloadProfile = "Custom", MinProcIdlePower = "NoCStates", ProcVirtualization = "Enabled", PatrolScrubDuration = 12 }
[[bios_profile.for]]
vendor = "supermicro"
attributes = { IntelVirtualizationTechnology = "Enable", "SR-IOV Support" = "Enabled", PatrolScrubInterval = 12, QuietBoot = false }
[[bios_profile.for]]
vendor = "lenovo"
attributes = { Processors_IntelVirtualizationTechnology = "Enabled", Processors_SourceValidation = true }
"#;

/// A site with this profile in `bios-profiles/`.
pub(crate) async fn site(lab: Builder, profile: &str) -> Site {
    let site = Site::start(lab.seed(3)).await;
    std::fs::create_dir_all(site.bench.path("bios-profiles")).unwrap();
    site.bench.write("bios-profiles/lab.toml", profile);
    site
}

pub(crate) fn one(personality: Personality) -> Builder {
    Lab::builder().personalities([personality])
}

/// A plan for the profile alone: its digest, and what was said.
async fn plan(site: &Site, more: &[&str]) -> (String, Ended) {
    let mut arguments = vec!["plan", "--bios-profile", "virtualization", "--json"];
    arguments.extend(more);
    let ended = site.run(&arguments).await;
    (ended.json()["digest"].as_str().unwrap_or_default().to_owned(), ended)
}

/// Plans and runs the profile alone.
pub(crate) async fn carry(site: &Site, more: &[&str]) -> (Ended, Value) {
    let (digest, planned) = plan(site, more).await;
    assert_eq!(planned.code, 0, "{}\n{}", planned.err, planned.out);
    let ended = site.run(&["run", "--plan", &digest, "--json"]).await;
    let document = last_document(&ended);
    (ended, document)
}

/// What a run says of the BIOS phase of its first server.
pub(crate) fn phase(document: &Value) -> (String, String) {
    let phase = &document["servers"][0]["phases"][4];
    let text = |key: &str| phase[key].as_str().unwrap_or_default().to_owned();
    (text("state"), text("why"))
}

/// PATCHes that any BMC of the lab was asked for.
fn patches(lab: &Lab) -> u64 {
    lab.bmcs()
        .flat_map(|bmc| bmc.requests())
        .filter(|(request, _)| request.starts_with("PATCH "))
        .map(|(_, count)| count)
        .sum()
}
