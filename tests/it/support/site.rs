//! A lab with an operator's bench in front of it: credentials, images and manifests for its fleet.

use std::{fmt::Write as _, os::unix::fs::PermissionsExt, path::Path, time::Duration};

use firmdeck::{
    clock::Clock,
    config::{
        Config,
        credentials::{CredentialBook, Environment},
    },
    domain::plan::Plan,
    engine::{Engine, run::RunState},
    lab::{Builder, Lab, release, stock},
    store::StateDir,
};
use serde_json::Value;

use super::binary::{Bench, Ended};

/// Device time in these tests.
pub const SPEED: f64 = 1200.0;

pub struct Site {
    pub lab: Lab,
    pub bench: Bench,
}

impl Site {
    /// Starts `lab`, writes what an operator would have, and discovers the fleet.
    pub async fn start(lab: Builder) -> Self {
        let lab = lab.speed(SPEED).start().await.unwrap();
        let mut bench = Bench::new(lab.password());
        bench.set_password(lab.password());
        let mut config = String::new();
        for bmc in lab.bmcs() {
            let _ = write!(
                config,
                "[[credentials]]\nfor = \"{}\"\nusername = \"{}\"\npassword_env = \"FIRMDECK_PASSWORD\"\n",
                bmc.address().ip(),
                bmc.user()
            );
        }
        bench.config(&config);
        let site = Self { lab, bench };
        site.provide_images().await;
        let targets: Vec<_> = site.lab.addresses().iter().map(ToString::to_string).collect();
        let mut arguments = vec!["inventory"];
        arguments.extend(targets.iter().map(String::as_str));
        let ended = site.run(&arguments).await;
        assert_eq!(ended.code, 0, "{}", ended.err);
        site
    }

    async fn provide_images(&self) {
        let directory = self.bench.path("images");
        let machines: Vec<_> = self.lab.bmcs().map(firmdeck::lab::bmc::Bmc::machine).collect();
        stock::write(&directory, &release(&machines, 1), 64 << 10).unwrap();
        let index: Value = serde_json::from_slice(&std::fs::read(directory.join("images.json")).unwrap()).unwrap();
        let images = index.as_array().unwrap();
        for image in images {
            self.add(&directory.join(image["file"].as_str().unwrap())).await;
        }
        std::fs::create_dir_all(self.bench.path("firmware-manifests")).unwrap();
        self.bench.write("firmware-manifests/lab.toml", &manifest(images));
    }

    pub async fn add(&self, file: &Path) -> Ended {
        self.run(&["images", "add", file.to_str().unwrap(), "--json"]).await
    }

    /// Runs the binary with the lab's device time.
    pub async fn run(&self, arguments: &[&str]) -> Ended {
        let speed = SPEED.to_string();
        let mut all = vec!["--lab-speed", &speed];
        all.extend(arguments);
        self.bench.run(&all).await
    }

    /// As [`Site::run`], to be waited for by the caller; `environment` besides.
    pub fn command(&self, arguments: &[&str], environment: &[(&str, &str)]) -> tokio::process::Command {
        let speed = SPEED.to_string();
        let mut all = vec!["--lab-speed", &speed];
        all.extend(arguments);
        let mut command = self.bench.command(&all);
        command.envs(environment.iter().copied());
        command
    }

    /// Makes a plan for the whole fleet, and returns its digest.
    pub async fn plan(&self, more: &[&str]) -> (String, Ended) {
        let mut arguments = vec!["plan", "--baseline", "lab", "--json"];
        arguments.extend(more);
        let ended = self.run(&arguments).await;
        assert!([0, 4].contains(&ended.code), "{}", ended.err);
        (ended.json()["digest"].as_str().unwrap_or_default().to_owned(), ended)
    }

    /// The plan for the whole fleet.
    pub async fn planned(&self, more: &[&str]) -> Plan {
        let (digest, _) = self.plan(more).await;
        let engine = self.engine().await;
        engine.store().plans(&digest).unwrap().remove(0)
    }

    /// The engine of this site's state directory, in this process.
    pub async fn engine(&self) -> Engine {
        let directory = StateDir::open(&self.bench.state_dir()).unwrap();
        let password = self.bench.write("password", self.lab.password());
        std::fs::set_permissions(&password, std::fs::Permissions::from_mode(0o600)).unwrap();
        let mut config = String::new();
        for bmc in self.lab.bmcs() {
            let _ = write!(
                config,
                "[[credentials]]\nfor = \"{}\"\nusername = \"{}\"\npassword_file = \"{}\"\n",
                bmc.address().ip(),
                bmc.user(),
                password.display()
            );
        }
        let mut config = Config::parse("firmdeck.toml", &config).unwrap();
        config.locks = Some(self.bench.path("locks"));
        let book = CredentialBook::new(config.credentials.clone(), Environment::default());
        Engine::open(&directory, config, book, Clock::scaled(SPEED)).await.unwrap()
    }

    /// Plans and runs, and returns the run's document.
    pub async fn carry(&self, more: &[&str]) -> (Ended, Value) {
        let (digest, _) = self.plan(more).await;
        let ended = self.run(&["run", "--plan", &digest, "--json"]).await;
        let document = last_document(&ended);
        (ended, document)
    }

    /// Nothing was pushed twice, nothing reset twice, nothing bricked, nothing borrowed kept: by the lab's own count.
    pub fn assert_unharmed(&self) {
        for bmc in self.lab.bmcs() {
            let machine = bmc.machine();
            let name = machine.identity.personality.to_string();
            assert_eq!(machine.counts.bricks, 0, "{name}: a brick");
            assert_eq!(machine.service, bmc.profile().service(), "{name}: its update service stands as before");
            for (component, flashes) in &machine.counts.flashes {
                let accepted = machine.counts.images_accepted.get(component).copied().unwrap_or_default();
                assert!(
                    accepted <= *flashes.max(&1) && accepted <= 2,
                    "{name}: {component} accepted {accepted} images"
                );
            }
        }
    }
}

/// A run in this process, from its beginning to its end.
pub async fn to_the_end(engine: &Engine, plan: Plan) -> RunState {
    let run = engine.begin(plan, "a test").await.unwrap();
    over(engine, run).await
}

/// A run once this process carries it no more.
pub async fn over(engine: &Engine, run: i64) -> RunState {
    let waited = async {
        while engine.carried().contains(&run) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(120), waited).await.expect("the run ended in time");
    engine.run_state(run).unwrap()
}

pub fn last_document(ended: &Ended) -> Value {
    serde_json::from_str(ended.out.lines().last().unwrap_or_default())
        .unwrap_or_else(|error| panic!("{error}\n{}\n{}", ended.out, ended.err))
}

fn manifest(images: &[Value]) -> String {
    let mut text = String::new();
    let mut rules = String::new();
    for (index, image) in images.iter().enumerate() {
        let word = |key: &str| image[key].as_str().unwrap_or_default();
        let personality = word("personality");
        let vendor = match personality {
            "idrac9" | "idrac9-3" | "idrac8" => "dell",
            "ilo5" | "ilo6" => "hpe",
            "openbmc" | "openbmc-old" | "chassis" => "openbmc",
            "xcc" => "lenovo",
            "megarac" => "gigabyte",
            _ => "supermicro",
        };
        let is_bios = word("component") == "bios";
        let at_boot = word("component") == "tpm";
        let off = is_bios && ["openbmc", "supermicro", "gigabyte"].contains(&vendor);
        let _ = write!(
            text,
            "[[image]]\nid = \"i{index}\"\nvendor = \"{vendor}\"\nkind = \"{}\"\nversion = \"{}\"\nfile = \"{}\"\n\
             sha256 = \"{}\"\nsize = {}\nhost_reset = {}\nhost_off = {off}\nbmc_reset = {}\nminutes = 5\n",
            word("component"),
            word("version"),
            word("file"),
            word("sha256"),
            image["size"],
            (is_bios && !off) || at_boot,
            !is_bios && !at_boot,
        );
        if at_boot {
            text.push_str("installed_by = \"uefi\"\n");
        }
        if let Some(min_from) = image["min_from"].as_str() {
            let _ = writeln!(text, "min_from = \"{min_from}\"");
        }
        let _ = writeln!(text, "[image.match]\nmodels = {}", image["models"]);
        if image["wanted"] == true {
            let _ = writeln!(
                rules,
                "[[baseline.for]]\nvendor = \"{vendor}\"\nmodels = {}\nwanted = [\"i{index}\"]",
                image["models"]
            );
        }
    }
    // A fleet that takes no images has no baseline.
    if rules.is_empty() { text } else { format!("{text}\n[[baseline]]\nname = \"lab\"\n{rules}") }
}
