//! The TLS levels, against OpenSSL's own server.

use std::{net::SocketAddr, process::Stdio, time::Duration};

use tokio::{
    net::{TcpListener, TcpStream},
    process::{Child, Command},
};

use crate::support::binary::{Bench, Ended};

/// `openssl s_server` with a certificate of its own; it serves no Redfish, which is beside the point here.
struct SServer {
    address: SocketAddr,
    child: Child,
    directory: tempfile::TempDir,
}

async fn openssl(arguments: &[&str]) {
    let status = Command::new("openssl").args(arguments).stdin(Stdio::null()).stderr(Stdio::null()).status();
    assert!(tokio::time::timeout(Duration::from_secs(60), status).await.unwrap().unwrap().success(), "{arguments:?}");
}

impl SServer {
    async fn start(key: &[&str], v1: bool, options: &[&str]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name).to_str().unwrap().to_owned();
        let (key_path, request, certificate) = (path("key.pem"), path("request.pem"), path("certificate.pem"));
        let mut generate = vec!["genpkey", "-out", &key_path];
        generate.extend(key);
        openssl(&generate).await;
        if v1 {
            // `x509 -req` without extensions makes an X.509 version 1 certificate.
            openssl(&["req", "-new", "-key", &key_path, "-subj", "/CN=old", "-out", &request]).await;
            openssl(&["x509", "-req", "-in", &request, "-signkey", &key_path, "-days", "9", "-out", &certificate])
                .await;
        } else {
            openssl(&[
                "req",
                "-x509",
                "-new",
                "-key",
                &key_path,
                "-subj",
                "/CN=new",
                "-days",
                "9",
                "-out",
                &certificate,
            ])
            .await;
        }
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        let child = serve(&directory, address, options).await;
        Self { address, child, directory }
    }

    /// The same certificate at the same address, with other options.
    async fn restarted(mut self, options: &[&str]) -> Self {
        self.child.kill().await.unwrap();
        self.child = serve(&self.directory, self.address, options).await;
        self
    }
}

async fn serve(directory: &tempfile::TempDir, address: SocketAddr, options: &[&str]) -> Child {
    let child = Command::new("openssl")
        .args(["s_server", "-quiet", "-www", "-accept", &address.to_string()])
        .args(["-key", "key.pem", "-cert", "certificate.pem"])
        .args(options)
        .current_dir(directory.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    for _ in 0..100 {
        if TcpStream::connect(address).await.is_ok() {
            return child;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("openssl s_server did not start");
}

const P256: [&str; 4] = ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"];
const RSA_2048: [&str; 4] = ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"];
const RSA_1024: [&str; 4] = ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"];
const TLS_1_0: [&str; 3] = ["-tls1", "-cipher", "ALL:@SECLEVEL=0"];

async fn accept(server: &SServer, config: &str) -> Ended {
    let bench = Bench::new("unused");
    bench.config(config);
    bench.run(&["pins", "accept", &server.address.to_string()]).await
}

async fn level_needed(server: &SServer) -> String {
    let ended = accept(server, "").await;
    assert_eq!(ended.code, 0, "{}", ended.err);
    ended.out.trim().rsplit(' ').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_modern_bmc_is_strict() {
    assert_eq!(level_needed(&SServer::start(&P256, false, &[]).await).await, "strict");
}

#[tokio::test]
async fn rsa_key_exchange_with_cbc_is_compat() {
    let options = ["-tls1_2", "-cipher", "AES256-SHA:@SECLEVEL=1"];
    assert_eq!(level_needed(&SServer::start(&RSA_2048, false, &options).await).await, "compat");
}

#[tokio::test]
async fn an_rsa_1024_version_1_certificate_is_legacy() {
    let options = ["-tls1_2", "-cipher", "ALL:@SECLEVEL=0"];
    assert_eq!(level_needed(&SServer::start(&RSA_1024, true, &options).await).await, "legacy");
}

#[tokio::test]
async fn tls_1_0_is_legacy_and_refused_where_policy_is_higher() {
    let server = SServer::start(&RSA_2048, false, &TLS_1_0).await;
    assert_eq!(level_needed(&server).await, "legacy");

    let refused = accept(&server, "[tls]\nlowest = \"compat\"\n").await;
    assert_eq!(refused.code, 4);
    assert!(refused.err.contains("TLS level legacy would be needed"), "{}", refused.err);
    assert!(refused.err.contains("pins accept --level legacy"), "{}", refused.err);
}

#[tokio::test]
async fn the_operator_may_allow_a_lower_level_for_one_bmc() {
    let server = SServer::start(&RSA_2048, false, &TLS_1_0).await;
    let bench = Bench::new("unused");
    bench.config("[tls]\nlowest = \"compat\"\n");
    let address = server.address.to_string();
    assert_eq!(bench.run(&["pins", "accept", "--level", "legacy", &address]).await.code, 0);
    // The handshake now works: what fails is only that openssl's page is no Redfish.
    let ended = bench.run(&["inventory", &address, "--json"]).await;
    assert_eq!(ended.server()["error"]["kind"], "not_redfish", "{}", ended.err);
}

#[tokio::test]
async fn a_bmc_that_worked_higher_is_never_stepped_down() {
    let modern = SServer::start(&RSA_2048, false, &[]).await;
    let bench = Bench::new("unused");
    let address = modern.address.to_string();
    assert_eq!(bench.run(&["pins", "accept", &address]).await.code, 0);
    let _old = modern.restarted(&TLS_1_0).await;
    let ended = bench.run(&["inventory", &address, "--json"]).await;
    assert_eq!((ended.code, &ended.server()["error"]["kind"]), (4, &serde_json::json!("tls_level_refused")));
    assert!(ended.err.contains("has worked at strict before"), "{}", ended.err);
}
