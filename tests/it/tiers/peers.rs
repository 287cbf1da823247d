//! Through the binary, what speaks IPMI and is none of ours: OpenIPMI's simulator, and an HPM.1 board in Python.

use std::{net::SocketAddr, path::Path};

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::{
    support::{
        binary::{Bench, Ended},
        site::last_document,
        tools,
    },
    tools::{
        peers::{Board, simulator},
        script::write,
    },
};

/// An operator in front of one such controller, whose ipmitool writes down what it is told.
struct Desk {
    bench: Bench,
}

impl Desk {
    /// Nothing where there is no ipmitool.
    fn at(address: SocketAddr, user: &str, password: &str) -> Option<Self> {
        let (ipmitool, bench) = (tools::program("ipmitool")?, Bench::new(password));
        let log = bench.path("calls.log").display().to_string();
        let script = format!("printf '%s\\n' \"$*\" >> '{log}'\nexec '{}' \"$@\"", ipmitool.display());
        let wrapper = write(&bench.path("ipmitool"), &script);
        bench.config(&format!(
            "[tools]\nipmitool = \"{}\"\n[[credentials]]\nfor = \"127.0.0.1\"\nusername = \"{user}\"\npassword_env = \
             \"FIRMDECK_PASSWORD\"\n",
            wrapper.display()
        ));
        // Nobody listens for HTTPS: a port of TCP that was free a moment ago.
        let https = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let ipmi = address.port();
        let target = format!("[[target]]\naddress = \"127.0.0.1\"\nport = {https}\nipmi_port = {ipmi}\n");
        bench.write("targets.toml", &target);
        Some(Self { bench })
    }

    async fn run(&self, arguments: &[&str]) -> Ended {
        self.bench.run(&[&["--lab-speed", "60"], arguments].concat()).await
    }

    /// The controller as the inventory shows it.
    async fn read(&self) -> Value {
        let targets = self.bench.path("targets.toml").display().to_string();
        let ended = self.run(&["inventory", &targets, "--json"]).await;
        assert_eq!(ended.code, 0, "{}\n{}", ended.out, ended.err);
        ended.server()
    }

    /// Adds an HPM.1 image of a version, and a manifest by which it is for a model.
    async fn offer(&self, image: &Path, version: &str, model: &str) {
        let bytes = std::fs::read(image).unwrap();
        let sum = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        assert_eq!(self.run(&["images", "add", image.to_str().unwrap()]).await.code, 0);
        std::fs::create_dir_all(self.bench.path("firmware-manifests")).unwrap();
        let manifest = format!(
            "[[image]]\nid = \"fw\"\nvendor = \"hpm1\"\nkind = \"bmc\"\nversion = \"{version}\"\nfile = \"fw.hpm\"\nsha256 = \
             \"{sum}\"\nsize = {}\nhost_reset = false\nhost_off = false\nbmc_reset = true\nminutes = 2\n[image.match]\n\
             models = [\"{model}\"]\n",
            bytes.len()
        );
        self.bench.write("firmware-manifests/board.toml", &manifest);
    }

    async fn plan(&self) -> Value {
        self.run(&["plan", "--image", "fw", "--json"]).await.json()
    }

    /// What ipmitool was told, without where and who.
    fn told(&self) -> Vec<String> {
        let log = std::fs::read_to_string(self.bench.path("calls.log")).unwrap_or_default();
        log.lines().filter_map(|line| Some(line.split_once(" -C ")?.1.split_once(' ')?.1.to_owned())).collect()
    }
}

/// The FRU data of a board of a maker that takes HPM.1 images: the product alone.
fn fru() -> Vec<u8> {
    let mut area = vec![1, 0, 25];
    for text in ["Kontron", "KTC5520", "PN-1", "1.0", "SIM0001", ""] {
        area.push(0xC0 | u8::try_from(text.len()).unwrap());
        area.extend(text.as_bytes());
    }
    area.push(0xC1);
    while area.len() % 8 != 7 {
        area.push(0);
    }
    area[1] = u8::try_from((area.len() + 1) / 8).unwrap();
    let sum = |bytes: &[u8]| bytes.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte)).wrapping_neg();
    area.push(sum(&area));
    let mut fru = vec![1, 0, 0, 0, 1, 0, 0];
    fru.push(sum(&fru));
    [fru, area].concat()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn openipmis_simulator_is_read_and_planned_for_as_one_that_takes_no_hpm_image() {
    let Some(board) = Board::start(&[]).await else { return };
    let directory = tempfile::tempdir().unwrap();
    let bytes: Vec<_> = fru().iter().map(|byte| format!("0x{byte:02x}")).collect();
    let more = format!("mc_add_fru_data 0x20 0 {} data {}\n", bytes.len(), bytes.join(" "));
    let Some((_child, address)) = simulator(directory.path(), &more).await else { return };
    let Some(desk) = Desk::at(address, "ipmiusr", "test") else { return };
    // Given OpenIPMI's simulator, then what it tells is known, from where, and nothing else.
    let server = desk.read().await;
    assert_eq!((&server["stack"], &server["vendor"]), (&json!("ipmi"), &json!("Kontron")), "{server:#}");
    assert_eq!((&server["model"], &server["serial"]), (&json!("KTC5520"), &json!("SIM0001")), "{server:#}");
    let components = server["components"].as_array().unwrap();
    assert_eq!(components.len(), 1, "{server:#}");
    let controller = &components[0];
    assert_eq!((&controller["version"], &controller["source"]), (&json!("9.08"), &json!("ipmitool")), "{server:#}");
    // And given an image that its maker has for its model, then the plan leaves it out, with the reason,
    desk.offer(&board.image(&["--version", "9.10"]).await, "9.10", "KTC5520").await;
    let plan = desk.plan().await;
    let planned = &plan["plan"]["servers"][0];
    assert_eq!(planned["updates"], json!([]), "{plan:#}");
    let why = &planned["left_out"][0]["why"];
    assert_eq!(why["why"], "no_method", "{plan:#}");
    assert!(why["left"].as_str().unwrap().contains("takes no HPM.1 images"), "{plan:#}");
    // and nothing was tried.
    assert!(desk.told().iter().all(|line| !line.contains("upgrade")), "{:?}", desk.told());
    assert!(desk.told().contains(&"hpm targetcap".to_owned()), "{:?}", desk.told());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_board_that_is_none_of_ours_is_flashed_by_plan_and_run_and_its_version_read_back() {
    let Some(board) = Board::start(&[]).await else { return };
    let Some(desk) = Desk::at(board.address, "admin", "bench") else { return };
    let server = desk.read().await;
    assert_eq!((&server["stack"], &server["model"]), (&json!("ipmi"), &json!("HPM Test Server")), "{server:#}");
    assert_eq!(server["components"][0]["version"], "1.10", "{server:#}");
    desk.offer(&board.image(&[]).await, "2.05", "HPM Test Server").await;
    let plan = desk.plan().await;
    let update = &plan["plan"]["servers"][0]["updates"][0];
    assert_eq!((&update["methods"], &update["to"]), (&json!(["ipmitool"]), &json!("2.05")), "{plan:#}");
    // When the plan is run,
    let ended = desk.run(&["run", "--plan", plan["digest"].as_str().unwrap(), "--json"]).await;
    let document = last_document(&ended);
    // then the real ipmitool has brought it once, to 100 %, and the version is read back;
    let update = &document["servers"][0]["updates"][0];
    assert_eq!((ended.code, &update["settled"]), (0, &json!("applied")), "{document:#}");
    assert_eq!(update["read_back"], "2.05", "{document:#}");
    assert_eq!(desk.told().iter().filter(|line| line.starts_with("hpm upgrade")).count(), 1, "{:?}", desk.told());
    let id = document["servers"][0]["id"].as_str().unwrap();
    let transcript = desk.run(&["runs", "transcript", "1", id]).await;
    assert_eq!(transcript.code, 0, "{}", transcript.err);
    assert!(transcript.out.contains("100%"), "{}", transcript.out);
    // `runs show` has the attempt,
    let shown = desk.run(&["runs", "show", "1", "--json"]).await.json();
    let attempts = &shown["servers"][0]["updates"][0]["attempts"];
    assert_eq!(
        (&attempts[0]["method"], &attempts[0]["outcome"]),
        (&json!("ipmitool"), &json!("accepted")),
        "{shown:#}"
    );
    assert_eq!(attempts.as_array().unwrap().len(), 1, "{shown:#}");
    // and so has the inventory.
    let server = desk.read().await;
    assert_eq!(server["components"][0]["version"], "2.05", "{server:#}");
}
