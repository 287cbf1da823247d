//! Lab images for the demo: into the repository, and into a manifest with a baseline.

use std::{fmt::Write as _, fs, path::Path};

use serde::Deserialize;

use crate::{api::client::Client, cli::exit::Stop};

/// The name of the demo's baseline.
pub(super) const BASELINE: &str = "lab";

/// An entry of the lab's `images.json`.
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
}

/// Adds the images in `directory` and writes what they are for to `manifests`. How many there are.
pub(super) async fn provide(client: &Client, directory: &Path, manifests: &Path) -> Result<usize, Stop> {
    let failed = |what: String| Stop::error(format!("the lab's images: {what}"));
    let text = fs::read_to_string(directory.join("images.json")).map_err(|error| failed(error.to_string()))?;
    let images: Vec<LabImage> = serde_json::from_str(&text).map_err(|error| failed(error.to_string()))?;
    for image in &images {
        // Small files: nobody waits long enough to want their progress.
        let added = client.add_image(directory.join(&image.file), |_| {}).await;
        added.map_err(|error| failed(error.to_string()))?;
    }
    fs::create_dir_all(manifests)?;
    fs::write(manifests.join("lab.toml"), manifest(&images))?;
    Ok(images.len())
}

fn manifest(images: &[LabImage]) -> String {
    let mut text = String::new();
    let mut wanted: std::collections::BTreeMap<(&str, String), Vec<String>> = std::collections::BTreeMap::new();
    for (index, image) in images.iter().enumerate() {
        let Some(vendor) = vendor(&image.personality) else { continue };
        let is_bios = image.component == "bios";
        // Supermicro and OpenBMC write the BIOS with the host off (facts: vendors 2.4, 2.6); the others stage it.
        let off = is_bios && (image.personality.starts_with("smc") || image.personality == "openbmc");
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
            is_bios && !off,
            !is_bios,
        );
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
        "idrac9" | "idrac9-3" => "dell",
        "ilo5" | "ilo6" => "hpe",
        "smc-x12" | "smc-x13" => "supermicro",
        "openbmc" => "openbmc",
        _ => return None,
    })
}
