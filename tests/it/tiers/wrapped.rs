//! A site whose tools are scripts of the test: each writes down that it was called, and then is the real one or the lab's stand-in,
//! or misbehaves.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use firmdeck::lab::{
    Builder, Lab, fault, fleet,
    model::{Counts, Kind, Machine},
    personality::Personality,
    stand_in,
};
use serde_json::Value;

use crate::{
    support::{
        site::{Beside, Site, last_document},
        tools,
    },
    tools::script::write,
};

/// A run with real tools takes a while, and machines that test are slow.
const DEADLINE: Duration = Duration::from_secs(400);

/// Device time here: tools take real time, and a BMC must not be at the end of its patience meanwhile.
pub const SPEED: f64 = 120.0;

/// The tools of a site: scripts in a directory of the test, and what they have written down.
pub struct Kit {
    directory: tempfile::TempDir,
    config: String,
    order: &'static str,
    ranges: &'static str,
}

impl Kit {
    /// With the lab's stand-ins, each of which says that it was called.
    pub fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let stand_ins = directory.path().join("stand-ins");
        stand_in::write(&stand_ins, Path::new(env!("CARGO_BIN_EXE_firmdeck"))).unwrap();
        let kit = Self { directory, config: "[tools]\n".into(), order: r#"["redfish", "tool", "ipmi"]"#, ranges: "" };
        kit.with("racadm", &stand_ins.join("racadm")).with("sum", &stand_ins.join("sum"))
    }

    fn log(&self) -> PathBuf {
        self.directory.path().join("calls")
    }

    /// With one more tool, which is at `path`.
    pub fn with(mut self, name: &str, path: &Path) -> Self {
        let (log, path) = (self.log().display().to_string(), path.display().to_string());
        let script = format!("printf '%s\\n' \"{name} $*\" >> '{log}'\nexec '{path}' \"$@\"");
        let path = write(&self.directory.path().join(name), &script);
        self.config.push_str(&format!("{name} = \"{}\"\n", path.display()));
        self
    }

    /// With the real ilorest and the real ipmitool; nothing where one of them lacks.
    pub fn full() -> Option<Self> {
        let (ilorest, ipmitool) = (tools::ilorest()?, tools::program("ipmitool")?);
        Some(Self::new().with("ilorest", &ilorest).with("ipmitool", &ipmitool))
    }

    /// With a stand-in that does something else when it is told to update. In `script` the stand-in itself is `real "$@"`.
    pub fn where_updates(self, name: &str, script: &str) -> Self {
        let update = if name == "racadm" { "*' update -f '*" } else { "*' --file '*" };
        let script = format!("case \"$*\" in {update}) {script} ;; *) real \"$@\" ;; esac");
        self.in_the_place_of(name, &script)
    }

    /// With a script in a stand-in's place.
    pub fn in_the_place_of(self, name: &str, script: &str) -> Self {
        let real = self.directory.path().join("stand-ins").join(name);
        self.around(name, &real, script)
    }

    /// With a script around a tool that is at `real`; in it the tool is `real "$@"`.
    pub fn around(self, name: &str, real: &Path, script: &str) -> Self {
        let script = format!(
            "printf '%s\\n' \"{name} $*\" >> '{}'\nreal() {{ '{}' \"$@\"; }}\n{script}",
            self.log().display(),
            real.display()
        );
        write(&self.directory.path().join(name), &script);
        self
    }

    /// With SAA's stand-in where SUM is looked for.
    pub fn with_saa(self) -> Self {
        let saa = self.directory.path().join("stand-ins").join("saa");
        self.around("sum", &saa, "real \"$@\"")
    }

    /// Without a tool: its path leads nowhere.
    pub fn without(self, name: &str) -> Self {
        fs::remove_file(self.directory.path().join(name)).unwrap();
        self
    }

    /// Before Redfish, where there are both.
    pub fn tools_first(mut self) -> Self {
        self.order = r#"["tool", "redfish"]"#;
        self
    }

    /// With other orders for some BMCs.
    pub fn ranges(mut self, ranges: &'static str) -> Self {
        self.ranges = ranges;
        self
    }

    /// Starts `lab` in front of an operator who has these tools, and all tiers in the usual order.
    pub async fn at(self, lab: Builder, beside: Beside) -> Tiers {
        let config = format!("{}[ladder]\norder = {}\n{}", self.config, self.order, self.ranges);
        let site = Site::equipped(lab.seed(3), SPEED, &config, beside).await;
        Tiers { site, kit: self }
    }

    /// The same with one machine of a kind.
    pub async fn before(self, personality: Personality) -> Tiers {
        self.at(Lab::builder().personalities([personality]), Beside::Nothing).await
    }
}

/// An iLO 5 with a storage controller, whose component is signed apart.
pub fn with_controller() -> Machine {
    let mut machines = (0..).map(|index| fleet::machine(Personality::Ilo5, index, 1));
    let mut machine = machines.find(|machine| machine.component(Kind::Storage).is_some()).unwrap();
    machine.identity.index = 0;
    machine
}

/// A site and its tools.
pub struct Tiers {
    pub site: Site,
    kit: Kit,
}

impl Tiers {
    /// Every command line of a tool in front of a BMC, in order; that it is asked who it is, is none.
    pub fn calls(&self, name: &str) -> Vec<String> {
        let asked = ["version", "-h", "--version", "-V"];
        let log = fs::read_to_string(self.kit.log()).unwrap_or_default();
        let lines = log.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        lines.filter(|line| !asked.contains(line)).map(str::to_owned).collect()
    }

    /// Those that hand an image over.
    pub fn updates(&self, name: &str) -> usize {
        let words = ["update -f ", "--file ", "flashfwpkg ", "uploadcomp ", "hpm upgrade "];
        self.calls(name).iter().filter(|line| words.iter().any(|word| line.contains(word))).count()
    }

    /// How often each tool was told to hand an image over: ilorest, racadm, sum, ipmitool.
    pub fn all_updates(&self) -> [usize; 4] {
        ["ilorest", "racadm", "sum", "ipmitool"].map(|name| self.updates(name))
    }

    pub fn counts(&self) -> Counts {
        self.site.lab.bmc(0).machine().counts
    }

    /// How many requests of a method and with such an end were made to the first BMC.
    pub fn requests(&self, method: &str, end: &str) -> u64 {
        let requests = self.site.lab.bmc(0).requests();
        requests
            .iter()
            .filter(|(name, _)| name.starts_with(method) && name.ends_with(end))
            .map(|(_, count)| count)
            .sum()
    }

    /// The plan's document for one kind of firmware (`bios`, `bmc`, `storage`), for everything that is wanted without one.
    pub async fn planned(&self, only: Option<&str>) -> Value {
        self.planned_with(only, &[]).await
    }

    /// The same with more arguments.
    pub async fn planned_with(&self, only: Option<&str>, more: &[&str]) -> Value {
        let Some(only) = only else { return self.site.plan(more).await.1.json() };
        let images = self.site.bench.path("images");
        let read = |name: &str| fs::read(images.join(name)).ok();
        let of = |bytes: Vec<u8>| serde_json::from_slice::<Vec<Value>>(&bytes).unwrap();
        let images: Vec<_> = ["images.json", "signed.json"].into_iter().filter_map(read).flat_map(of).collect();
        let wanted = images.iter().position(|image| image["component"] == only && image["wanted"] == true).unwrap();
        let image = format!("i{wanted}");
        self.site.run(&[&["plan", "--image", &image, "--json"], more].concat()).await.json()
    }

    /// Plans, lets faults of these names fall on the lab, and runs to the end.
    pub async fn carry(&self, only: Option<&str>, faults: &[&str]) -> Ran {
        let plan = self.planned(only).await;
        let updates = &plan["plan"]["servers"][0]["updates"];
        assert!(updates.as_array().is_some_and(|updates| !updates.is_empty()), "{plan:#}");
        faults.iter().flat_map(|name| fault::load(name).unwrap()).for_each(|rule| self.site.lab.add_fault(&rule));
        self.run(plan["digest"].as_str().unwrap()).await
    }

    /// Runs a plan to its end, and sees that the engine lives on and has kept nothing of any call.
    pub async fn run(&self, digest: &str) -> Ran {
        let mut command = self.site.command(&["run", "--plan", digest, "--json"], &[]);
        let output = command.stdout(Stdio::piped()).stderr(Stdio::piped()).output();
        let output = tokio::time::timeout(DEADLINE, output).await.expect("the run ended in time").unwrap();
        let ended = crate::support::binary::Ended {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        };
        let document = last_document(&ended);
        let shown = self.site.run(&["runs", "show", "1", "--json"]).await;
        assert_eq!(shown.json()["state"], document["state"], "{}", shown.err);
        assert_eq!(self.kept(), Vec::<PathBuf>::new());
        Ran { code: ended.code, document }
    }

    /// What lies in the directory of calls.
    pub fn kept(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.site.bench.state_dir().join("calls"));
        entries.into_iter().flatten().map(|entry| entry.unwrap().path()).collect()
    }
}

/// What `firmdeck doctor` says of a tool.
pub async fn doctor(tiers: &Tiers, name: &str) -> Value {
    let document = tiers.site.run(&["doctor", "--json"]).await.json();
    let checks = document["checks"].as_array().unwrap();
    checks.iter().find(|check| check["check"] == name).unwrap_or_else(|| panic!("{document:#}")).clone()
}

/// How a run ended.
pub struct Ran {
    pub code: i32,
    pub document: Value,
}

impl Ran {
    /// Every update of every server.
    pub fn updates(&self) -> Vec<&Value> {
        let servers = self.document["servers"].as_array().unwrap();
        servers.iter().flat_map(|server| server["updates"].as_array().unwrap()).collect()
    }

    /// Method and outcome of each attempt, in order.
    pub fn attempts(&self) -> Vec<(&str, &str)> {
        let attempts = self.updates().into_iter().flat_map(|update| update["attempts"].as_array().unwrap());
        let words = attempts.map(|attempt| (attempt["method"].as_str(), attempt["outcome"].as_str()));
        words.map(|(method, outcome)| (method.unwrap_or("none"), outcome.unwrap_or("open"))).collect()
    }

    /// The only update ended so, and was tried so.
    #[track_caller]
    pub fn ended(&self, settled: &str, attempts: &[(&str, &str)]) -> &Self {
        let updates = self.updates();
        assert_eq!((updates.len(), updates[0]["settled"].as_str()), (1, Some(settled)), "{:#}", self.document);
        assert_eq!(self.attempts(), attempts, "{:#}", self.document);
        if settled == "applied" {
            assert_eq!((self.code, &updates[0]["read_back"]), (0, &updates[0]["to"]), "{:#}", self.document);
        } else {
            assert_ne!(self.code, 0, "{:#}", self.document);
            assert_ne!(updates[0]["read_back"], updates[0]["to"], "{:#}", self.document);
        }
        self
    }

    /// Every update that did not succeed says this.
    #[track_caller]
    pub fn because(&self, words: &str) -> &Self {
        let updates = self.updates();
        let why = updates.iter().filter_map(|update| update["why"].as_str()).collect::<Vec<_>>();
        assert!(!why.is_empty() && why.iter().all(|why| why.contains(words)), "{words}: {:#}", self.document);
        self
    }
}
