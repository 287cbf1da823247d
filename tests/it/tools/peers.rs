//! The driver on responders that are none of ours: OpenIPMI's simulator, and an HPM.1 board in Python.

use std::{
    net::{Ipv4Addr, SocketAddr, UdpSocket},
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use firmdeck::{
    bmc::tools::ipmitool::Trouble,
    domain::{attempt::Attempt, ipmi::BoardIds},
    lab::{fleet, image::Image, model::Kind, personality::Personality},
};
use tokio::process::{Child, Command};

use super::site::{Site, look, newest};
use crate::support::tools;

/// A UDP port of loopback that was free a moment ago.
fn free() -> SocketAddr {
    UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap()
}

/// Waits until something listens: the kernel refuses packets to a port where nobody does.
async fn listens(address: SocketAddr) {
    for _ in 0..200 {
        let socket = tokio::net::UdpSocket::bind("127.0.0.1:0").await.unwrap();
        socket.connect(address).await.unwrap();
        // An RMCP presence ping, which both answer or swallow.
        let _ = socket.send(&[6, 0, 0xFF, 6, 0, 0, 0x11, 0xBE, 0x80, 0, 0, 0]).await;
        let mut buffer = [0; 64];
        match tokio::time::timeout(Duration::from_millis(100), socket.recv(&mut buffer)).await {
            Ok(Err(_)) => tokio::time::sleep(Duration::from_millis(50)).await,
            _ => return,
        }
    }
    panic!("nobody listens at {address}");
}

const CONFIG: &str = r#"name "bench"
set_working_mc 0x20
  startlan 1
    addr 127.0.0.1 PORT
    priv_limit admin
    allowed_auths_admin none md2 md5 straight
    guid a123456789abcdefa123456789abcdef
  endlan
  user 2 true "ipmiusr" "test" admin 10 none md2 md5 straight
"#;

const MACHINE: &str = "mc_setbmc 0x20\nmc_add 0x20 0 no-device-sdrs 0x23 9 8 0x9f 0x1291 0xf02 persist_sdr\n\
    sel_enable 0x20 1000 0x0a\nmc_enable 0x20\n";

/// OpenIPMI's simulator, with `more` commands that make its machine.
pub async fn simulator(directory: &Path, more: &str) -> Option<(Child, SocketAddr)> {
    let program = tools::program("ipmi_sim")?;
    let address = free();
    std::fs::write(directory.join("lan.conf"), CONFIG.replace("PORT", &address.port().to_string())).unwrap();
    std::fs::write(directory.join("machine.emu"), format!("{MACHINE}{more}")).unwrap();
    let child = Command::new(program)
        .args(["-c", "lan.conf", "-f", "machine.emu", "-s", "state", "-n"])
        .current_dir(directory)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    listens(address).await;
    Some((child, address))
}

#[tokio::test]
async fn openipmis_simulator_speaks_ipmi_and_is_said_to_take_no_hpm() {
    let directory = tempfile::tempdir().unwrap();
    let Some((_child, address)) = simulator(directory.path(), "").await else { return };
    let Some(site) = Site::at(address, "ipmiusr", "test").await else { return };
    let device = site.tool().device(site.ears()).await.unwrap();
    let ids = BoardIds { device: 0, manufacturer: 0x1291, product: 0x0F02 };
    assert_eq!((device.ids, device.firmware.as_str()), (Some(ids), "9.08"));
    let trouble = site.tool().capabilities(site.ears()).await.unwrap_err();
    assert!(matches!(trouble, Trouble::NotOffered { .. }), "{trouble}");
    let wrong = Site::at(address, "ipmiusr", "tset").await.unwrap();
    let trouble = wrong.tool().device(wrong.ears()).await.unwrap_err();
    assert!(matches!(trouble, Trouble::NoSession { .. } | Trouble::WrongCredentials { .. }), "{trouble}");
}

/// A board in Python, and the maker of its images.
pub struct Board {
    _child: Child,
    pub address: SocketAddr,
    python: PathBuf,
    directory: tempfile::TempDir,
}

impl Board {
    pub async fn start(more: &[&str]) -> Option<Self> {
        let script = tools::peer("hpm/hpm_bmc.py")?;
        let python = tools::venv("python")?.join("python");
        let address = free();
        let child = Command::new(&python)
            .arg(script)
            .args(["--port", &address.port().to_string(), "--password", "bench", "--prepare-secs", "0"])
            .args(["--activate-secs", "1"])
            .args(more)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        listens(address).await;
        Some(Self { _child: child, address, python, directory: tempfile::tempdir().unwrap() })
    }

    pub async fn image(&self, more: &[&str]) -> PathBuf {
        let path = self.directory.path().join("fw.hpm");
        let made = Command::new(&self.python)
            .arg(tools::peer("hpm/mkhpm.py").unwrap())
            .arg(&path)
            .args(["--size", "2000"])
            .args(more)
            .stdout(Stdio::null())
            .status()
            .await
            .unwrap();
        assert!(made.success());
        path
    }
}

#[tokio::test]
async fn a_board_that_is_none_of_ours_is_flashed_and_its_version_read_back() {
    let Some(board) = Board::start(&[]).await else { return };
    let Some(site) = Site::at(board.address, "admin", "bench").await else { return };
    assert_eq!(site.tool().device(site.ears()).await.unwrap().firmware, "1.10");
    let path = board.image(&[]).await;
    let (attempt, told) = site.upgrade(&path).await;
    assert!(matches!(attempt, Attempt::Accepted { .. }), "{attempt:?}\n{}", site.said.text());
    assert_eq!(told.last(), Some(&2000));
    assert_eq!(site.tool().device(site.ears()).await.unwrap().firmware, "2.05");
    assert_eq!(site.tool().fru(site.ears()).await.unwrap().board.as_deref(), Some("HPM-TEST-BOARD"));
    let lab = fleet::machine(Personality::HpmBoard, 0, 1);
    let (attempt, _) = site.upgrade(&site.file("lab.hpm", &Image::new(&newest(&lab, Kind::Bmc)).bytes())).await;
    assert!(matches!(&attempt, Attempt::Refused { why, .. } if why.contains("image of firmdeck's lab")), "{attempt:?}");
    let other = board.image(&["--prod", "0x9999"]).await;
    let (attempt, _) = site.upgrade(&other).await;
    assert!(matches!(&attempt, Attempt::Refused { why, .. } if why.contains("0x9999")), "{attempt:?}");
}

#[tokio::test]
async fn what_is_wrong_with_an_image_of_another_maker_is_seen_before_it_is_offered() {
    let Some(board) = Board::start(&[]).await else { return };
    for (bad, why) in
        [("md5", "MD5 is wrong"), ("header", "checksum of its header"), ("action", "checksum of an action")]
    {
        let inspected = look(&board.image(&["--bad", bad]).await);
        assert!(inspected.unusable.unwrap().contains(why), "{bad}");
    }
}

#[tokio::test]
async fn a_board_that_is_none_of_ours_and_fails_leaves_it_unknown() {
    for more in [&["--fail-at", "30"][..], &["--finish-code", "0x82"], &["--selftest-fail"]] {
        let Some(board) = Board::start(more).await else { return };
        let Some(site) = Site::at(board.address, "admin", "bench").await else { return };
        let (attempt, _) = site.upgrade(&board.image(&[]).await).await;
        assert!(matches!(attempt, Attempt::Unknown { sent: 1.., .. }), "{more:?} {attempt:?}\n{}", site.said.text());
    }
}
