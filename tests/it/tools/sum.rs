//! The driver for SUM in front of a Supermicro X11 of the lab, through the lab's stand-in: SUM itself is not to be had.

use std::{sync::Mutex, time::Duration};

use firmdeck::{
    bmc::tools::{
        Missing, Trouble,
        sum::{Part, SAA, SUM, Sum, Update},
    },
    domain::attempt::Attempt,
    lab::{
        Lab,
        fault::{Effect, Rule, load},
        image::{Image, Spec},
        model::{Kind, Mishap},
        personality::Personality,
    },
};

use super::{
    script::until,
    site::newest,
    stand::{Kept, Stand, restart, runs, spy},
};
use crate::{lab::raw::get, support::tools};

async fn lab() -> Lab {
    faulty(&[]).await
}

async fn faulty(faults: &[&str]) -> Lab {
    let rules = faults.iter().flat_map(|name| load(name).unwrap());
    Lab::builder().personalities([Personality::SupermicroX11]).speed(600.0).faults(rules).start().await.unwrap()
}

async fn update(sum: &Sum, stand: &Stand, part: Part, image: &Kept) -> Attempt {
    sum.update(Update { part, image: image.lent(), reboot: false }, stand.ears(), &|_| ()).await
}

#[tokio::test]
async fn both_versions_are_those_of_the_machine() {
    let (lab, stand) = (lab().await, Stand::new());
    let sum = stand.sum(&lab, lab.password()).await;
    let machine = lab.bmc(0).machine();
    let bios = sum.bios(stand.ears()).await.unwrap();
    assert_eq!(bios.version, machine.version(Kind::Bios));
    let board = machine.identity.board_id.trim_start_matches("0x").to_uppercase();
    assert_eq!(bios.board, Some(board));
    assert_eq!(sum.bmc(stand.ears()).await.unwrap().version, machine.version(Kind::Bmc));
    assert!(stand.said.text().contains("firmdeck lab stand-in"));
    assert_eq!(stand.calls(), 0);
}

#[tokio::test]
async fn its_redfish_lists_bios_and_bmc_and_takes_no_image() {
    let lab = lab().await;
    let service = get(&lab, 0, "/redfish/v1/UpdateService").await.json();
    assert!(service.get("Actions").is_none() && service.get("MultipartHttpPushUri").is_none(), "{service}");
    let members = get(&lab, 0, "/redfish/v1/UpdateService/FirmwareInventory").await.json();
    assert_eq!(members["Members"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_bios_runs_after_the_hosts_restart_and_its_upload_is_told() {
    let (lab, stand) = (lab().await, Stand::new());
    let sum = stand.sum(&lab, lab.password()).await;
    let image = stand.image(&lab, Kind::Bios);
    let told = Mutex::new(Vec::new());
    let update = Update { part: Part::Bios, image: image.lent(), reboot: false };
    let attempt = sum.update(update, stand.ears(), &|bytes| told.lock().unwrap().push(bytes)).await;
    assert!(matches!(attempt, Attempt::Accepted { .. }), "{attempt:?}");
    assert_eq!(*told.lock().unwrap(), [image.bytes]);
    assert_ne!(lab.bmc(0).machine().version(Kind::Bios), image.version);
    restart(&lab).await;
    runs(&lab, Kind::Bios, &image.version).await;
    assert_eq!(sum.bios(stand.ears()).await.unwrap().version, image.version);
    let counts = lab.bmc(0).machine().counts;
    assert_eq!((counts.images_accepted["bios"], counts.flashes["bios"], counts.host_resets), (1, 1, 1));
}

#[tokio::test]
async fn a_host_is_restarted_only_where_that_is_asked_for() {
    let (lab, stand) = (lab().await, Stand::new());
    let sum = stand.sum(&lab, lab.password()).await;
    let image = stand.image(&lab, Kind::Bios);
    let update = Update { part: Part::Bios, image: image.lent(), reboot: true };
    assert!(matches!(sum.update(update, stand.ears(), &|_| ()).await, Attempt::Accepted { .. }));
    runs(&lab, Kind::Bios, &image.version).await;
    assert_eq!(lab.bmc(0).machine().counts.host_resets, 1);
}

#[tokio::test]
async fn a_bmcs_image_is_read_back_after_its_reset() {
    let (lab, stand) = (lab().await, Stand::new());
    let sum = stand.sum(&lab, lab.password()).await;
    let image = stand.image(&lab, Kind::Bmc);
    let attempt = update(&sum, &stand, Part::Bmc, &image).await;
    assert!(matches!(attempt, Attempt::Accepted { .. }), "{attempt:?}");
    runs(&lab, Kind::Bmc, &image.version).await;
    assert_eq!(sum.bmc(stand.ears()).await.unwrap().version, image.version);
    let counts = lab.bmc(0).machine().counts;
    assert_eq!((counts.bmc_resets, counts.host_resets, counts.bricks), (1, 0, 0));
}

#[tokio::test]
async fn a_missing_licence_is_refused_by_its_name() {
    let (lab, stand) = (lab().await, Stand::new());
    lab.bmc(0).change(|machine| machine.licensed = false);
    let sum = stand.sum(&lab, lab.password()).await;
    let image = stand.image(&lab, Kind::Bios);
    let Attempt::Refused { why, .. } = update(&sum, &stand, Part::Bios, &image).await else { panic!() };
    assert!(why.contains("SFT-DCMS-SINGLE"), "{why}");
    assert!(stand.said.text().contains("406.6"));
    assert!(lab.bmc(0).machine().counts.images_accepted.is_empty());
}

#[tokio::test]
async fn each_refusal_is_of_its_class_and_nothing_was_flashed() {
    let (lab, stand) = (lab().await, Stand::new());
    let image = stand.image(&lab, Kind::Bios);

    let wrong = stand.sum(&lab, "not-the-password").await;
    assert!(matches!(wrong.bios(stand.ears()).await, Err(Trouble::WrongCredentials { .. })));
    assert!(matches!(update(&wrong, &stand, Part::Bios, &image).await, Attempt::Refused { .. }));

    let sum = stand.sum(&lab, lab.password()).await;
    // The other part's image, one of another board, one that was changed on its way.
    assert!(matches!(update(&sum, &stand, Part::Bmc, &image).await, Attempt::Refused { .. }));
    let other = Spec { fits: vec!["X11OTHER-0001".into()], ..newest(&lab.bmc(0).machine(), Kind::Bios) };
    let other = stand.keep(&Image::new(&other), &other);
    assert!(matches!(update(&sum, &stand, Part::Bios, &other).await, Attempt::Refused { .. }));
    let mut bytes = std::fs::read(&image.path).unwrap();
    let last = bytes.len() - 10_000;
    bytes[last] ^= 1;
    let broken = Kept { path: stand.file(&bytes), ..stand.image(&lab, Kind::Bios) };
    assert!(matches!(update(&sum, &stand, Part::Bios, &broken).await, Attempt::Refused { .. }));

    lab.bmc(0).change(|machine| {
        machine.mishaps.insert(Mishap::UpdateModeStuck);
    });
    let busy = update(&sum, &stand, Part::Bios, &image).await;
    assert!(matches!(busy, Attempt::Busy { .. }), "{busy:?}");

    lab.bmc(0).reset();
    let away = update(&sum, &stand, Part::Bios, &image).await;
    assert!(matches!(away, Attempt::NotStarted { .. }), "{away:?}");
    let counts = lab.bmc(0).machine().counts;
    assert!(counts.images_accepted.is_empty() && counts.flashes.is_empty(), "{counts:?}");
}

#[tokio::test]
async fn a_good_end_without_a_flash_leaves_the_old_version() {
    let (lab, stand) = (faulty(&["tool-flashes-nothing"]).await, Stand::new());
    let sum = stand.sum(&lab, lab.password()).await;
    let old = sum.bios(stand.ears()).await.unwrap();
    let attempt = update(&sum, &stand, Part::Bios, &stand.image(&lab, Kind::Bios)).await;
    assert!(matches!(attempt, Attempt::Accepted { .. }), "{attempt:?}");
    restart(&lab).await;
    assert_eq!(sum.bios(stand.ears()).await.unwrap(), old);
    assert!(lab.bmc(0).machine().counts.images_accepted.is_empty());
}

#[tokio::test]
async fn an_ill_end_after_the_image_was_taken_is_unknown_until_it_is_read() {
    let (lab, stand) = (faulty(&["tool-fails-late"]).await, Stand::new());
    let sum = stand.sum(&lab, lab.password()).await;
    let image = stand.image(&lab, Kind::Bmc);
    let attempt = update(&sum, &stand, Part::Bmc, &image).await;
    assert!(matches!(attempt, Attempt::Unknown { sent, .. } if sent == image.bytes), "{attempt:?}");
    runs(&lab, Kind::Bmc, &image.version).await;
    assert_eq!(lab.bmc(0).machine().counts.images_accepted["bmc"], 1);
}

#[tokio::test]
async fn a_call_that_hangs_is_ended_when_it_is_called_off() {
    let (lab, stand) = (faulty(&["tool-hangs"]).await, Stand::new());
    let sum = stand.sum(&lab, lab.password()).await;
    let image = stand.image(&lab, Kind::Bios);
    let call_off = async {
        until(|| lab.bmc(0).requests().contains_key("POST /cgi/lab.cgi/UpdateBios")).await;
        stand.stop.cancel();
    };
    let (attempt, ()) = tokio::join!(update(&sum, &stand, Part::Bios, &image), call_off);
    assert!(matches!(attempt, Attempt::Unknown { .. }), "{attempt:?}");
    assert_eq!(stand.calls(), 0);
}

#[tokio::test]
async fn the_password_is_on_no_command_line_and_in_nothing_that_is_said() {
    let (lab, stand) = (lab().await, Stand::new());
    lab.add_fault(&Rule::new(Effect::Slow).on("POST", "/cgi/lab.cgi/*").after(Duration::from_millis(400)));
    let sum = stand.sum(&lab, lab.password()).await;
    let bios = sum.bios(stand.ears());
    tokio::pin!(bios);
    let mut seen = 0;
    loop {
        tokio::select! {
            said = &mut bios => {
                said.unwrap();
                break;
            }
            () = tokio::time::sleep(Duration::from_millis(20)) => {
                let (lines, processes) = spy(lab.password(), "stand-in");
                assert!(lines.is_empty(), "{lines:?}");
                seen += processes;
            }
        }
    }
    assert!(seen > 0, "it was looked at while it ran");
    assert!(!stand.said.text().contains(lab.password()));
}

#[tokio::test]
async fn coreutils_sum_is_an_impostor_and_a_missing_saa_is_absent() {
    let stand = Stand::new();
    let Some(coreutils) = tools::program("sum") else { return };
    let found = SUM.find(Some(&coreutils), &stand.runner).await;
    assert!(matches!(&found, Err(Missing::Impostor { maker: "Supermicro", .. })), "{found:?}");
    assert!(matches!(SAA.find(None, &stand.runner).await, Err(Missing::Absent { .. })));
}
