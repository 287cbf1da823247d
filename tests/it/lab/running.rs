use std::{
    collections::BTreeSet,
    fs,
    io::{self, Write},
    net::Ipv4Addr,
    os::unix::fs::PermissionsExt,
    process::Command,
    sync::{Arc, Mutex},
    time::Duration,
};

use firmdeck::{
    clock::Clock,
    lab::{self, Lab, Latency, Options, personality::Personality},
};

use serde_json::{Value, json};

use super::raw::{Raw, ask, get, until};

#[tokio::test]
async fn every_bmc_has_an_address_and_a_certificate_of_its_own() {
    let lab = Lab::builder().servers(14).start().await.unwrap();
    let mut keys = BTreeSet::new();
    for bmc in lab.bmcs() {
        let certificate = Raw::connect(bmc.address()).await.unwrap().certificate;
        keys.insert(certificate.public_key().unwrap().public_key_to_der().unwrap());
    }
    let addresses: BTreeSet<_> = lab.addresses().into_iter().map(|address| address.ip()).collect();
    assert_eq!((keys.len(), addresses.len()), (14, 14));
}

#[tokio::test]
async fn one_machine_may_be_behind_two_addresses() {
    let lab = Lab::builder().servers(2).speed(20.0).twin(1).start().await.unwrap();
    let [_, first, second] = lab.addresses()[..] else { panic!("{:?}", lab.addresses()) };
    assert_ne!(first, second);
    let mut roots = Vec::new();
    for address in [first, second] {
        roots.push(ask(address, "GET", "/redfish/v1", &[], "").await.unwrap().json());
    }
    assert_eq!(roots[0]["UUID"], roots[1]["UUID"]);
    lab.bmc(1).reset();
    for gone in [true, false] {
        for address in [first, second] {
            until(async || Raw::connect(address).await.is_err() == gone).await;
        }
    }
}

#[tokio::test]
async fn an_encoded_path_is_the_same_path() {
    let lab = Lab::builder().personalities([Personality::Idrac9]).start().await.unwrap();
    let uri = "/redfish/v1/UpdateService/FirmwareInventory/Installed-28897-6.00.30.00__USC.Embedded.1%3ALC.Embedded.1";
    assert_eq!(get(&lab, 0, uri).await.status, 200);
    assert_eq!(get(&lab, 0, "/redfish/v1/%24metadata").await.status, 200);
}

#[tokio::test]
async fn requests_are_counted_by_path_and_a_connection_carries_many() {
    let lab = Lab::builder().personalities([Personality::OpenBmc]).start().await.unwrap();
    let mut raw = Raw::connect(lab.bmc(0).address()).await.unwrap();
    for _ in 0..3 {
        assert_eq!(raw.send("GET", "/redfish/v1/", &[], "").await.unwrap().status, 200);
    }
    assert_eq!(lab.bmc(0).requests().get("GET /redfish/v1"), Some(&3));
}

#[tokio::test]
async fn two_hundred_start_quickly_and_all_answer() {
    let began = Clock::system();
    let lab = Lab::builder().servers(200).seed(7).start().await.unwrap();
    assert!(began.elapsed() < Duration::from_secs(60), "{:?}", began.elapsed());
    for address in lab.addresses() {
        let mut raw = Raw::connect(address).await.unwrap();
        assert_eq!(raw.send("GET", "/redfish/v1", &[], "").await.unwrap().status, 200);
    }
    lab.stop().await;
}

#[tokio::test]
async fn latency_is_added_and_a_vendors_slow_spots_are_slower() {
    let latency = Latency::Fixed(Duration::from_millis(50));
    let lab = Lab::builder().personalities([Personality::Idrac9]).latency(latency).start().await.unwrap();
    for (uri, least) in [("/redfish/v1", 50), ("/redfish/v1/UpdateService/FirmwareInventory", 150)] {
        let began = Clock::system();
        assert_eq!(get(&lab, 0, uri).await.status, 200);
        assert!(began.elapsed() >= Duration::from_millis(least), "{uri}");
    }
}

#[tokio::test]
async fn only_loopback_is_listened_on() {
    let options = Options { base: Ipv4Addr::new(10, 0, 0, 1), ..Options::default() };
    let error = options.builder().unwrap().start().await.err().unwrap();
    assert!(error.to_string().contains("not a loopback address"), "{error}");
    let options = Options { faults: vec!["no-such-fault".to_owned()], ..Options::default() };
    assert!(options.builder().unwrap_err().to_string().contains("no fault `no-such-fault`"));
}

/// What `run` writes, for the test to look at while it runs.
#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a_lab_prints_its_bmcs_keeps_its_password_and_ends_when_told() {
    let directory = tempfile::tempdir().unwrap();
    let secret = directory.path().join("password");
    let options = Options {
        servers: 3,
        base: Ipv4Addr::new(127, 63, 0, 1),
        port: 0,
        password_file: Some(secret.clone()),
        images: Some(directory.path().join("images")),
        counts: Some(directory.path().join("counts.json")),
        ..Options::default()
    };
    let out = Shared::default();
    let running = tokio::spawn(lab::run(options, out.clone()));
    let lines = || String::from_utf8(out.0.lock().unwrap().clone()).unwrap();
    until(async || lines().lines().count() == 3).await;

    let first: Value = serde_json::from_str(lines().lines().next().unwrap()).unwrap();
    assert_eq!((&first["vendor"], &first["address"]), (&json!("dell"), &json!("127.63.0.1")));
    assert!(first["serial"].as_str().unwrap().contains("LAB") && first["model"].is_string());
    let password = fs::read_to_string(first["password_file"].as_str().unwrap()).unwrap();
    assert_eq!(fs::metadata(&secret).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(password.trim().len() <= 16 && !lines().contains(password.trim()));
    let address = format!("127.63.0.1:{}", first["port"]).parse().unwrap();
    let body = json!({"UserName": first["username"], "Password": password.trim()}).to_string();
    let login = ask(address, "POST", "/redfish/v1/SessionService/Sessions", &[], &body).await.unwrap();
    assert_eq!(login.status, 201);

    let told = Command::new("kill").args(["-TERM", &std::process::id().to_string()]).status().unwrap();
    assert!(told.success());
    running.await.unwrap().unwrap();
    assert!(!secret.exists());
    let read =
        |name: &str| -> Value { serde_json::from_slice(&fs::read(directory.path().join(name)).unwrap()).unwrap() };
    let counts = read("counts.json");
    assert_eq!(
        (counts.as_array().unwrap().len(), &counts[0]["serial"], &counts[0]["bricks"]),
        (3, &first["serial"], &json!(0))
    );
    assert!(directory.path().join("images").join(read("images/images.json")[0]["file"].as_str().unwrap()).is_file());
    assert!(Raw::connect(address).await.is_err());
}
