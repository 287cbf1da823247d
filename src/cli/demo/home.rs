//! Where a demo keeps its things: a state directory and a configuration beside it, made for one lab.

use std::{
    fmt::Write as _,
    fs, io,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::{lab::LabBmc, tools};
use crate::{
    api::{client::Client, requests::PlanRequest, runs::PlanDocument},
    cli::{Places, exit::Stop},
    domain::{
        plan::{Goal, Options},
        target::{HTTPS, Target},
    },
};

/// A demo's directory.
pub(super) struct Home(PathBuf);

/// What is written down of a lab that goes on.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Kept {
    /// Its process.
    pub(super) lab: u32,
    /// How many times faster than real devices its BMCs work.
    pub(super) speed: f64,
    pub(super) bmcs: Vec<LabBmc>,
}

impl Home {
    pub(super) fn at(path: &Path) -> Self {
        Self(path.to_path_buf())
    }

    pub(super) fn images(&self) -> PathBuf {
        self.0.join("lab-images")
    }

    /// Where the stand-ins for vendors' tools are.
    pub(super) fn tools(&self) -> PathBuf {
        self.0.join("tools")
    }

    pub(super) fn manifests(&self) -> PathBuf {
        self.0.join("firmware-manifests")
    }

    /// What is known of a lab that was started before.
    pub(super) fn kept(&self) -> Option<Kept> {
        serde_json::from_str(&fs::read_to_string(self.0.join("lab.json")).ok()?).ok()
    }

    pub(super) fn keep(&self, kept: &Kept) -> Result<(), Stop> {
        let text = serde_json::to_string(kept).map_err(|error| Stop::error(error.to_string()))?;
        Ok(fs::write(self.0.join("lab.json"), text)?)
    }

    /// Takes away everything of a demo before.
    pub(super) fn clear(&self) -> Result<(), Stop> {
        match fs::remove_dir_all(&self.0) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// Where firmdeck's own files of the demo are.
    pub(super) fn places(&self, speed: f64) -> Places {
        Places {
            state_dir: self.0.join("state"),
            config: self.0.join("firmdeck.toml"),
            config_named: true,
            speed,
            locks: Some(self.0.join("locks")),
            slow: false,
        }
    }

    /// Writes down how the demo's engine is to reach the lab.
    pub(super) fn settle(&self, bmcs: &[LabBmc]) -> Result<(), Stop> {
        let mut text = String::new();
        for LabBmc { address, username, password_file, .. } in bmcs {
            let file = password_file.display().to_string();
            // Writing to a String cannot fail.
            let _ =
                write!(text, "[[credentials]]\nfor = {address:?}\nusername = {username:?}\npassword_file = {file:?}\n");
        }
        text.push_str("[tools]\n");
        for (name, path) in tools::stand_ins(&self.tools()).filter(|(_, path)| path.exists()) {
            let _ = writeln!(text, "{name} = {:?}", path.display().to_string());
        }
        fs::create_dir_all(self.manifests())?;
        Ok(fs::write(self.0.join("firmdeck.toml"), text)?)
    }
}

/// Servers of a rack, as many as stand in one where each takes two units.
const IN_A_RACK: usize = 20;

/// The lab's BMCs, to be read, in racks as a targets file would have them.
pub(super) fn targets(bmcs: &[LabBmc]) -> Vec<Target> {
    let target = |(index, bmc): (usize, &LabBmc)| {
        let rack = format!("r{:02}", index / IN_A_RACK + 1);
        let unit = format!("u{:02}", index % IN_A_RACK * 2 + 1);
        let name = Some(format!("{rack}{unit}"));
        let site = Some("lab".to_owned());
        let at = Target::at(&bmc.address, bmc.port.unwrap_or(HTTPS));
        Target { name, rack: Some(rack), unit: Some(unit), site, ipmi_port: bmc.ipmi, ..at }
    };
    bmcs.iter().enumerate().map(target).collect()
}

/// Plans to bring the fleet to the lab's baseline, and its BIOS settings to the lab's profile.
pub(super) async fn plan(client: &Client) -> Result<PlanDocument, Stop> {
    let options = Options { servers_at_once: 1000, uploads_at_once: 16, ..Options::default() };
    let goal = Goal::Baseline(super::images::BASELINE.into());
    let bios_profile = Some(super::images::PROFILE.to_owned());
    Ok(client.plan(&PlanRequest { goal, bios_profile, options, servers: None, query: None }).await?)
}
