//! A real peer that is none of ours: OpenStack's sushy-emulator, which has no sessions and answers 404, 500 and 501
//! where other services have resources.

use std::{path::PathBuf, process::Stdio, time::Duration};

use tokio::{
    net::{TcpListener, TcpStream},
    process::Command,
};

use crate::support::{binary::Bench, certificate, tools};

const PASSWORD: &str = "emulated-s3cret";

/// The bcrypt form that the emulator's authentication file wants.
async fn htpasswd(bin: &std::path::Path) -> String {
    let script =
        "import bcrypt,sys; print('root:' + bcrypt.hashpw(sys.stdin.read().encode(), bcrypt.gensalt(4)).decode())";
    let mut child = Command::new(bin.join("python"))
        .args(["-c", script])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    tokio::io::AsyncWriteExt::write_all(&mut stdin, PASSWORD.as_bytes()).await.unwrap();
    drop(stdin);
    let output = tokio::time::timeout(Duration::from_secs(30), child.wait_with_output()).await.unwrap().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test]
async fn sushy_emulator_is_inventoried_over_tls_with_basic_authentication() {
    let Some(bin) = tools::venv("sushy-emulator") else { return };
    let bench = Bench::new(PASSWORD);
    let (key, leaf) = certificate::self_signed();
    let key = bench.write("key.pem", &String::from_utf8(key.private_key_to_pem_pkcs8().unwrap()).unwrap());
    let leaf = bench.write("certificate.pem", &String::from_utf8(leaf.to_pem().unwrap()).unwrap());
    let users = bench.write("users", &htpasswd(&bin).await);
    let state = bench.path("emulator");
    std::fs::create_dir(&state).unwrap();
    let config = bench.write(
        "emulator.conf",
        &format!(
            "SUSHY_EMULATOR_FAKE_DRIVER = True\nSUSHY_EMULATOR_STATE_DIR = {state:?}\nSUSHY_EMULATOR_AUTH_FILE = {users:?}\n\
             SUSHY_EMULATOR_FAKE_SYSTEMS = [{{'uuid': '0f2f3c5e-6b0e-4f64-9f6c-2d2f8a4d7c11', 'name': 'node-1', \
             'power_state': 'Off', 'external_notifier': False, 'nics': []}}]\n"
        ),
    );
    let address = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let path = |path: &PathBuf| path.to_str().unwrap().to_owned();
    let _emulator = Command::new(bin.join("sushy-emulator"))
        .args(["--fake", "-i", "127.0.0.1", "-p", &address.port().to_string(), "--config", &path(&config)])
        .args(["--ssl-certificate", &path(&leaf), "--ssl-key", &path(&key)])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    for _ in 0..300 {
        if TcpStream::connect(address).await.is_ok() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }

    let ended = bench.run(&["inventory", &address.to_string(), "--json"]).await;
    assert_eq!(ended.code, 0, "{}", ended.err);
    let server = ended.server();
    assert_eq!(server["systems"].as_array().unwrap().len(), 1, "{server:#}");
    assert_eq!(server["power"], "Off");
    assert!(server["notes"].to_string().contains("FirmwareInventory"), "{:#}", server["notes"]);

    let mut stranger = Bench::new("another-password");
    stranger.set_password("another-password");
    let refused = stranger.run(&["inventory", &address.to_string(), "--json"]).await;
    assert_eq!(refused.server()["error"]["kind"], "wrong_credentials", "{}", refused.err);
}
