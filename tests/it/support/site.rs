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
    lab::{Builder, Lab, release, release::signed_apart, stock},
    store::StateDir,
};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::binary::{Bench, Ended};

/// Device time in these tests.
pub const SPEED: f64 = 1200.0;

pub struct Site {
    pub lab: Lab,
    pub bench: Bench,
    speed: f64,
}

/// What lies beside a component that has no signature in itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beside {
    /// Such components are no part of the baseline.
    Nothing,
    /// Its signature.
    Signature,
    /// The signature of something else.
    AnotherSignature,
}

impl Site {
    /// Starts `lab`, writes what an operator would have, and discovers the fleet.
    pub async fn start(lab: Builder) -> Self {
        Self::equipped(lab, SPEED, "", Beside::Nothing).await
    }

    /// The same at another speed, with more in the configuration and perhaps with components that are signed apart.
    pub async fn equipped(lab: Builder, speed: f64, config: &str, beside: Beside) -> Self {
        let lab = lab.speed(speed).start().await.unwrap();
        let mut bench = Bench::new(lab.password());
        bench.set_password(lab.password());
        let mut config = format!("{config}\n");
        for bmc in lab.bmcs() {
            let _ = write!(
                config,
                "[[credentials]]\nfor = \"{}\"\nusername = \"{}\"\npassword_env = \"FIRMDECK_PASSWORD\"\n",
                bmc.address().ip(),
                bmc.user()
            );
        }
        bench.config(&config);
        let site = Self { lab, bench, speed };
        site.provide_images(beside).await;
        let mut arguments = vec!["inventory".to_owned()];
        // Who speaks IPMI alone has to be named with its port.
        if site.lab.bmcs().any(|bmc| !bmc.machine().identity.personality.has_https()) {
            let mut targets = String::new();
            for bmc in site.lab.bmcs() {
                let (ip, port) = (bmc.address().ip(), bmc.address().port());
                let _ = writeln!(targets, "[[target]]\naddress = \"{ip}\"\nport = {port}\nipmi_port = {port}");
            }
            arguments.push(site.bench.write("targets.toml", &targets).display().to_string());
        } else {
            arguments.extend(site.lab.addresses().iter().map(ToString::to_string));
        }
        let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
        let ended = site.run(&arguments).await;
        assert_eq!(ended.code, 0, "{}\n{}", ended.out, ended.err);
        site
    }

    async fn provide_images(&self, beside: Beside) {
        let directory = self.bench.path("images");
        let machines: Vec<_> = self.lab.bmcs().map(firmdeck::lab::bmc::Bmc::machine).collect();
        stock::write(&directory, &release(&machines, 1), 64 << 10).unwrap();
        let read = |index: &str| {
            let index: Value = serde_json::from_slice(&std::fs::read(directory.join(index)).unwrap()).unwrap();
            index.as_array().unwrap().clone()
        };
        let mut images = read("images.json");
        if beside != Beside::Nothing {
            stock::write_signed(&directory, &signed_apart(&machines, 1), 64 << 10).unwrap();
            images.extend(read("signed.json"));
        }
        for image in &mut images {
            if let Some(signature) = image["signature"].as_str() {
                let path = directory.join(signature);
                let mut bytes = std::fs::read(&path).unwrap();
                if beside == Beside::AnotherSignature {
                    bytes.reverse();
                    std::fs::write(&path, &bytes).unwrap();
                }
                let sum = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
                assert_eq!(self.add(&path).await.code, 0, "{signature}");
                image["signature_sha256"] = Value::String(sum);
            }
            self.add(&directory.join(image["file"].as_str().unwrap())).await;
        }
        std::fs::create_dir_all(self.bench.path("firmware-manifests")).unwrap();
        self.bench.write("firmware-manifests/lab.toml", &manifest(&images));
    }

    pub async fn add(&self, file: &Path) -> Ended {
        self.run(&["images", "add", file.to_str().unwrap(), "--json"]).await
    }

    /// Runs the binary with the lab's device time.
    pub async fn run(&self, arguments: &[&str]) -> Ended {
        let speed = self.speed.to_string();
        let mut all = vec!["--lab-speed", &speed];
        all.extend(arguments);
        self.bench.run(&all).await
    }

    /// As [`Site::run`], to be waited for by the caller; `environment` besides.
    pub fn command(&self, arguments: &[&str], environment: &[(&str, &str)]) -> tokio::process::Command {
        let speed = self.speed.to_string();
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
        Engine::open(&directory, config, book, Clock::scaled(self.speed)).await.unwrap()
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
            "hpm" => "hpm1",
            _ => "supermicro",
        };
        let is_bios = word("component") == "bios";
        let at_boot = word("component") == "tpm";
        // A storage controller runs its firmware from the host's next start, as an X11 does its BIOS.
        let is_storage = word("component") == "storage";
        let off = is_bios && ["openbmc", "supermicro", "gigabyte"].contains(&vendor) && personality != "smc-x11";
        let _ = write!(
            text,
            "[[image]]\nid = \"i{index}\"\nvendor = \"{vendor}\"\nkind = \"{}\"\nversion = \"{}\"\nfile = \"{}\"\n\
             sha256 = \"{}\"\nsize = {}\nhost_reset = {}\nhost_off = {off}\nbmc_reset = {}\nminutes = 5\n",
            word("component"),
            word("version"),
            word("file"),
            word("sha256"),
            image["size"],
            (is_bios && !off) || at_boot || is_storage,
            !is_bios && !at_boot && !is_storage,
        );
        if let (Some(file), Some(sum)) = (image["signature"].as_str(), image["signature_sha256"].as_str()) {
            let _ = writeln!(text, "signature = \"{file}\"\nsignature_sha256 = \"{sum}\"");
        }
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
