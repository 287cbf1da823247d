//! The real ipmitool flashes the lab's HPM.1 board.

use std::fs;

use firmdeck::{
    bmc::tools::{Stream, ipmitool::Trouble},
    domain::{attempt::Attempt, ipmi::BoardIds},
    lab::{
        Lab,
        image::{Image, Spec},
        model::{Counts, Kind},
        personality::Personality,
    },
};

use super::{
    script::until,
    site::{Site, image, look, newest},
};

pub async fn board() -> Lab {
    Lab::builder().personalities([Personality::HpmBoard]).speed(120.0).start().await.unwrap()
}

pub fn counts(lab: &Lab) -> Counts {
    lab.bmc(0).machine().counts
}

/// Waits until the BMC is back after its flash, and gives the version that it reports by itself.
pub async fn settled(lab: &Lab, site: &Site) -> String {
    until(|| lab.bmc(0).machine().busy().is_none() && lab.bmc(0).machine().bmc_away_until.is_none()).await;
    site.tool().device(site.ears()).await.unwrap().firmware
}

#[tokio::test]
async fn an_upgrade_goes_to_100_percent_and_the_new_version_is_read_back() {
    let lab = board().await;
    let Some(site) = Site::of(&lab, 0).await else { return };
    let path = site.file("bmc.hpm", &image(&lab, 0, Kind::Bmc));
    let before = site.tool().device(site.ears()).await.unwrap().firmware;
    let capabilities = site.tool().capabilities(site.ears()).await.unwrap();
    assert_eq!(capabilities.components, [0, 1, 2]);
    let (attempt, told) = site.upgrade(&path).await;
    assert!(matches!(attempt, Attempt::Accepted { .. }), "{attempt:?}\n{}", site.said.text());
    let size = look(&path).hpm.unwrap().bytes();
    assert!(told.is_sorted() && told.len() > 20 && told.last() == Some(&size), "{told:?}");
    assert_eq!(settled(&lab, &site).await, "2.05");
    let components = site.tool().components(site.ears()).await.unwrap();
    assert_eq!(
        (components[0].active.as_deref(), components[0].backup.as_deref()),
        (Some("2.05"), Some(before.as_str()))
    );
    let counts = counts(&lab);
    assert_eq!((counts.images_accepted["bmc"], counts.flashes["bmc"], counts.pushes), (1, 1, 1));
    assert_eq!((counts.bmc_resets, counts.bricks, counts.host_resets), (1, 0, 0));
    assert_eq!(site.calls(), 0);
}

#[tokio::test]
async fn a_rollback_brings_the_version_before_back() {
    let lab = board().await;
    let Some(site) = Site::of(&lab, 0).await else { return };
    let before = site.tool().device(site.ears()).await.unwrap().firmware;
    let path = site.file("bmc.hpm", &image(&lab, 0, Kind::Bmc));
    site.upgrade(&path).await;
    assert_eq!(settled(&lab, &site).await, "2.05");
    assert_eq!(site.tool().roll_back(site.ears()).await, Ok(true));
    assert_eq!(settled(&lab, &site).await, before);
}

#[tokio::test]
async fn a_host_firmware_runs_after_the_hosts_reset() {
    let lab = board().await;
    let Some(site) = Site::of(&lab, 0).await else { return };
    let path = site.file("boot.hpm", &image(&lab, 0, Kind::Bios));
    let (attempt, _) = site.upgrade(&path).await;
    assert!(matches!(attempt, Attempt::Accepted { .. }), "{attempt:?}");
    until(|| lab.bmc(0).machine().busy().is_none()).await;
    assert_ne!(lab.bmc(0).machine().version(Kind::Bios), "3.11");
    site.tool().set_power(firmdeck::bmc::tools::ipmitool::PowerAction::Cycle, site.ears()).await.unwrap();
    until(|| lab.bmc(0).machine().version(Kind::Bios) == "3.11").await;
    assert_eq!((counts(&lab).bricks, counts(&lab).bmc_resets), (0, 0));
}

#[tokio::test]
async fn an_image_for_another_board_is_refused_before_anything_leaves() {
    let lab = board().await;
    let Some(site) = Site::of(&lab, 0).await else { return };
    let spec = newest(&lab.bmc(0).machine(), Kind::Bmc);
    let other = Image::new(&Spec { fits: vec!["0x1AB1".into()], ..spec }).bytes();
    let path = site.file("other.hpm", &other);
    assert_eq!(look(&path).hpm.unwrap().ids, BoardIds { device: 0x20, manufacturer: 12634, product: 0x1AB1 });
    let (attempt, _) = site.upgrade(&path).await;
    assert!(matches!(&attempt, Attempt::Refused { why, .. } if why.contains("0x1AB1")), "{attempt:?}");
    // ipmitool asks for PICMG's properties (00h) and for HPM.2 (3Eh) by itself; of HPM.1 nothing was asked.
    let requests = lab.bmc(0).requests();
    assert!(
        !(0x2E..=0x38).any(|command| requests.contains_key(&format!("IPMI /ipmi/2c/{command:02x}"))),
        "{requests:?}"
    );
    assert_eq!(counts(&lab).pushes, 0);
}

#[tokio::test]
async fn a_bmc_with_ipmi_and_without_hpm_takes_no_image() {
    let lab = Lab::builder().personalities([Personality::SupermicroX12]).start().await.unwrap();
    let Some(site) = Site::of(&lab, 0).await else { return };
    let trouble = site.tool().capabilities(site.ears()).await.unwrap_err();
    assert!(matches!(trouble, Trouble::NotOffered { .. }), "{trouble}");
    let trouble = site.tool().components(site.ears()).await.unwrap_err();
    assert!(matches!(trouble, Trouble::NotOffered { .. }), "{trouble}");
}

#[tokio::test]
async fn the_question_about_services_is_answered_and_the_upgrade_goes_on() {
    let lab = board().await;
    let Some(site) = Site::of(&lab, 0).await else { return };
    let path = site.file("asks.hpm", &asking(image(&lab, 0, Kind::Bmc)));
    assert!(look(&path).hpm.unwrap().affects_services);
    let (attempt, _) = site.upgrade(&path).await;
    assert!(matches!(attempt, Attempt::Accepted { .. }), "{attempt:?}\n{}", site.said.text());
    assert_eq!(site.said.of(Stream::Answer), "y\n");
    assert!(site.said.text().contains("Do you wish to continue? (y/n): OK"), "{}", site.said.text());
    assert_eq!(counts(&lab).images_accepted["bmc"], 1);
}

/// The same image with the mark that services are affected.
fn asking(mut image: Vec<u8>) -> Vec<u8> {
    image[19] |= 0x10;
    image[34] = image[34].wrapping_sub(0x10);
    let end = image.len() - 16;
    let md5 = <md5::Md5 as md5::Digest>::digest(&image[..end]);
    image[end..].copy_from_slice(&md5);
    image
}

#[tokio::test]
async fn no_password_is_on_any_command_line_while_an_image_is_uploaded() {
    let lab = board().await;
    let Some(site) = Site::of(&lab, 0).await else { return };
    let path = site.file("bmc.hpm", &image(&lab, 0, Kind::Bmc));
    let watch = async {
        until(|| counts(&lab).pushes == 1).await;
        let entries = fs::read_dir("/proc").unwrap().flatten();
        let lines: Vec<Vec<u8>> = entries.filter_map(|entry| fs::read(entry.path().join("cmdline")).ok()).collect();
        let text = |line: &Vec<u8>| String::from_utf8_lossy(line).into_owned();
        assert!(lines.iter().any(|line| text(line).contains("lanplus")), "ipmitool runs");
        assert!(!lines.iter().any(|line| text(line).contains(lab.password())));
    };
    let ((attempt, _), ()) = tokio::join!(site.upgrade(&path), watch);
    assert!(matches!(attempt, Attempt::Accepted { .. }), "{attempt:?}");
    assert!(!site.said.text().contains(lab.password()));
}

#[tokio::test]
async fn a_host_that_is_reset_while_its_firmware_is_written_is_a_brick() {
    let lab = Lab::builder().personalities([Personality::HpmBoard]).speed(1.0).start().await.unwrap();
    let Some(site) = Site::of(&lab, 0).await else { return };
    let path = site.file("boot.hpm", &image(&lab, 0, Kind::Bios));
    let cut = async {
        let writes = || lab.bmc(0).requests().contains_key("IPMI /ipmi/2c/35");
        until(writes).await;
        lab.bmc(0).change(|machine| {
            let times = machine.habits.power;
            let now = machine.looked_at;
            machine.reset_host(firmdeck::lab::model::HostReset::ForceRestart, now, &times).unwrap();
        });
        site.stop.cancel();
    };
    let ((attempt, _), ()) = tokio::join!(site.upgrade(&path), cut);
    assert!(matches!(attempt, Attempt::Unknown { .. }), "{attempt:?}");
    assert_eq!(counts(&lab).bricks, 1);
}
