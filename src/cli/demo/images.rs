//! Lab images for the demo: into the repository, and into a manifest with a baseline.

use std::{collections::HashMap, fmt::Write as _, fs, path::Path};

use serde::Deserialize;

use super::tools::Present;
use crate::{api::client::Client, cli::exit::Stop};

/// The name of the demo's baseline.
pub(super) const BASELINE: &str = "lab";

/// The name of the demo's BIOS profile.
pub(super) const PROFILE: &str = "lab-virtualization";

/// What hosts of virtual machines are usually given, in each vendor's words. A vendor without BIOS settings in its BMC
/// (stock OpenBMC) has no part in it.
const PROFILE_TEXT: &str = r#"[[bios_profile]]
name = "lab-virtualization"
notes = "virtualization and SR-IOV on, for hosts of virtual machines"
preserve = ["*AssetTag*", "*Serial*", "*BootMode*"]

[[bios_profile.for]]
vendor = "dell"
models = ["PowerEdge*"]
attributes = { SysProfile = "Custom", ProcC1E = "Disabled", ProcVirtualization = "Enabled", SriovGlobalEnable = "Enabled" }

[[bios_profile.for]]
vendor = "hpe"
models = ["ProLiant*"]
attributes = { WorkloadProfile = "Custom", MinProcIdlePower = "NoCStates", ProcVirtualization = "Enabled", Sriov = "Enabled" }

[[bios_profile.for]]
vendor = "supermicro"
attributes = { IntelVirtualizationTechnology = "Enable", SR_IOVSupport = "Enabled", PatrolScrubInterval = 12 }

[[bios_profile.for]]
vendor = "lenovo"
attributes = { Processors_IntelVirtualizationTechnology = "Enabled", DevicesandIOPorts_SRIOV = "Enabled", Processors_SourceValidation = true }
"#;

/// Who writes the BIOS with the host off (facts: vendors 2.4, 2.6, 2.7); the others stage it.
const WRITTEN_OFF: [&str; 5] = ["smc-x12", "smc-x13", "openbmc", "openbmc-old", "megarac"];

/// An entry of the lab's `images.json` or `signed.json`.
#[derive(Debug, Deserialize)]
struct LabImage {
    file: String,
    sha256: String,
    size: u64,
    personality: String,
    models: Vec<String>,
    component: String,
    version: String,
    min_from: Option<String>,
    wanted: bool,
    signature: Option<String>,
}

/// Adds the images in `directory` and writes what they are for to `manifests`. How many there are.
pub(super) async fn provide(client: &Client, directory: &Path, manifests: &Path) -> Result<usize, Stop> {
    let failed = |what: String| Stop::error(format!("the lab's images: {what}"));
    let text = fs::read_to_string(directory.join("images.json")).map_err(|error| failed(error.to_string()))?;
    let mut images: Vec<LabImage> = serde_json::from_str(&text).map_err(|error| failed(error.to_string()))?;
    if Present::look().ilorest {
        let text = fs::read_to_string(directory.join("signed.json")).map_err(|error| failed(error.to_string()))?;
        images.extend(serde_json::from_str::<Vec<LabImage>>(&text).map_err(|error| failed(error.to_string()))?);
    }
    let mut signatures = HashMap::new();
    for image in &images {
        if let Some(signature) = &image.signature {
            let added = client.add_image(directory.join(signature), |_| {}).await;
            let added = added.map_err(|error| failed(error.to_string()))?;
            signatures.insert(signature.clone(), added.image.sha256.to_string());
        }
        // Small files: nobody waits long enough to want their progress.
        let added = client.add_image(directory.join(&image.file), |_| {}).await;
        added.map_err(|error| failed(error.to_string()))?;
    }
    fs::create_dir_all(manifests)?;
    fs::write(manifests.join("lab.toml"), manifest(&images, &signatures) + "\n" + PROFILE_TEXT)?;
    Ok(images.len())
}

fn manifest(images: &[LabImage], signatures: &HashMap<String, String>) -> String {
    let mut text = String::new();
    let mut wanted: std::collections::BTreeMap<(&str, String), Vec<String>> = std::collections::BTreeMap::new();
    for (index, image) in images.iter().enumerate() {
        let Some(vendor) = vendor(&image.personality) else { continue };
        let is_bios = image.component == "bios";
        let at_boot = image.component == "tpm";
        let is_storage = image.component == "storage";
        let off = is_bios && WRITTEN_OFF.contains(&image.personality.as_str());
        let id = format!("lab-{index}-{}-{}", image.personality, image.component);
        // Writing to a String cannot fail.
        let _ = write!(
            text,
            "[[image]]\nid = {id:?}\nvendor = {vendor:?}\nkind = {:?}\nversion = {:?}\nfile = {:?}\nsha256 = {:?}\n\
             size = {}\nhost_reset = {}\nhost_off = {off}\nbmc_reset = {}\nminutes = 5\n",
            image.component,
            image.version,
            image.file,
            image.sha256,
            image.size,
            (is_bios && !off) || at_boot || is_storage,
            !is_bios && !at_boot && !is_storage,
        );
        if let Some((file, sha256)) = image.signature.as_ref().and_then(|name| signatures.get_key_value(name)) {
            let _ = writeln!(text, "signature = {file:?}\nsignature_sha256 = {sha256:?}");
        }
        if at_boot {
            text.push_str("installed_by = \"uefi\"\n");
        }
        if let Some(min_from) = &image.min_from {
            let _ = writeln!(text, "min_from = {min_from:?}");
        }
        let _ = writeln!(text, "[image.match]\nmodels = {:?}", image.models);
        if image.wanted {
            for model in &image.models {
                wanted.entry((vendor, model.clone())).or_default().push(id.clone());
            }
        }
    }
    let _ = writeln!(text, "[[baseline]]\nname = {BASELINE:?}");
    for ((brand, model), ids) in wanted {
        let _ = writeln!(text, "[[baseline.for]]\nvendor = {brand:?}\nmodels = [{model:?}]\nwanted = {ids:?}");
    }
    text
}

/// Who packages the images of a personality, in the manifests' words.
fn vendor(personality: &str) -> Option<&'static str> {
    Some(match personality {
        "idrac9" | "idrac9-3" | "idrac8" => "dell",
        "ilo5" | "ilo6" => "hpe",
        "smc-x11" | "smc-x12" | "smc-x13" => "supermicro",
        "openbmc" | "openbmc-old" | "chassis" => "openbmc",
        "xcc" => "lenovo",
        "megarac" => "gigabyte",
        "hpm" => "hpm1",
        _ => return None,
    })
}
