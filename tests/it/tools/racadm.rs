//! The racadm driver in front of an iDRAC8 of the lab, through the lab's stand-in: racadm itself is not to be had.

use std::time::Duration;

use firmdeck::{
    bmc::tools::{
        Missing, Trouble,
        racadm::{Order, Staged, State, TOOL},
    },
    domain::{
        attempt::{Attempt, TaskState},
        bios::{Sent, Told},
    },
    lab::{
        Lab,
        fault::{Effect, Rule, load},
        image::{Image, Spec},
        model::{Kind, Mishap},
        personality::Personality,
    },
};

use super::{
    script::{until, write},
    site::newest,
    stand::{Stand, restart, runs, spy},
};
use crate::lab::raw::get;

async fn lab() -> Lab {
    faulty(&[]).await
}

async fn faulty(faults: &[&str]) -> Lab {
    let rules = faults.iter().flat_map(|name| load(name).unwrap());
    Lab::builder().personalities([Personality::Idrac8]).speed(1200.0).faults(rules).start().await.unwrap()
}

#[tokio::test]
async fn versions_firmware_and_power_are_those_of_the_machine() {
    let (lab, stand) = (lab().await, Stand::new());
    let racadm = stand.racadm(&lab, lab.password()).await;
    let machine = lab.bmc(0).machine();
    let versions = racadm.versions(stand.ears()).await.unwrap();
    assert_eq!(versions.bios.as_deref(), Some(machine.version(Kind::Bios)));
    assert_eq!(versions.idrac.as_deref(), Some(machine.version(Kind::Bmc)));
    let listed = racadm.inventory(stand.ears()).await.unwrap();
    for component in &machine.components {
        let rows: Vec<_> = listed.iter().filter(|row| row.fqdd == component.id).collect();
        assert!(
            rows.iter().any(|row| row.state == State::Current && row.version == component.version),
            "{component:?}"
        );
        let kept = rows.iter().find(|row| row.state == State::Rollback).map(|row| row.version.as_str());
        assert_eq!(kept, component.previous.as_deref());
    }
    assert_eq!(racadm.power(stand.ears()).await, Ok(true));
    assert!(stand.said.text().contains("firmdeck lab stand-in"));
    assert_eq!((stand.calls(), lab.bmc(0).machine().counts.host_resets), (0, 0));
}

#[tokio::test]
async fn its_redfish_takes_no_image_lists_no_firmware_and_has_no_bios_settings() {
    let lab = lab().await;
    for uri in [
        "/redfish/v1/UpdateService",
        "/redfish/v1/UpdateService/FirmwareInventory",
        "/redfish/v1/Systems/System.Embedded.1/Bios",
    ] {
        let answer = get(&lab, 0, uri).await;
        assert_eq!(answer.status, 404, "{uri}");
        assert!(answer.text().contains("SYS403"), "{}", answer.text());
    }
    let machine = lab.bmc(0).machine();
    let system = get(&lab, 0, "/redfish/v1/Systems/System.Embedded.1").await.json();
    assert_eq!(system["BiosVersion"], machine.version(Kind::Bios));
    assert!(system["Bios"].is_null(), "{system:#}");
    let manager = get(&lab, 0, "/redfish/v1/Managers/iDRAC.Embedded.1").await.json();
    assert_eq!(
        (&manager["FirmwareVersion"], &manager["Model"]),
        (&machine.version(Kind::Bmc).into(), &"13G Monolithic".into())
    );
}

#[tokio::test]
async fn a_bios_is_scheduled_and_new_after_the_hosts_restart() {
    let (lab, stand) = (lab().await, Stand::new());
    let racadm = stand.racadm(&lab, lab.password()).await;
    let image = stand.image(&lab, Kind::Bios);
    let Attempt::Accepted { receipt } = racadm.update(image.lent(), stand.ears()).await else {
        panic!("{}", stand.said.text())
    };
    let job = receipt.task.expect("the queue told the job");
    let mut word = String::new();
    while racadm.job(&job, stand.ears()).await.unwrap().state != TaskState::AwaitsReset {
        word = racadm.job(&job, stand.ears()).await.unwrap().word;
    }
    assert!(["", "Running", "Scheduled"].contains(&word.as_str()), "{word}");
    restart(&lab).await;
    runs(&lab, Kind::Bios, &image.version).await;
    assert_eq!(racadm.versions(stand.ears()).await.unwrap().bios, Some(image.version));
    let counts = lab.bmc(0).machine().counts;
    assert_eq!((counts.images_accepted["bios"], counts.flashes["bios"], counts.pushes, counts.bricks), (1, 1, 1, 0));
    assert_eq!(racadm.job("JID_000000000000", stand.ears()).await.unwrap().state, TaskState::Gone);
}

#[tokio::test]
async fn an_idracs_own_image_is_read_back_after_its_reset_and_rolled_back_again() {
    let (lab, stand) = (lab().await, Stand::new());
    let racadm = stand.racadm(&lab, lab.password()).await;
    let old = lab.bmc(0).machine().version(Kind::Bmc).to_owned();
    let image = stand.image(&lab, Kind::Bmc);
    assert!(matches!(racadm.update(image.lent(), stand.ears()).await, Attempt::Accepted { .. }));
    runs(&lab, Kind::Bmc, &image.version).await;
    assert_eq!(racadm.versions(stand.ears()).await.unwrap().idrac, Some(image.version));
    // Its job may not be told: it resets for it, before the queue could be asked.
    assert!(matches!(racadm.roll_back("iDRAC.Embedded.1-1", stand.ears()).await, Attempt::Accepted { .. }));
    runs(&lab, Kind::Bmc, &old).await;
    assert!(matches!(racadm.roll_back("NIC.Integrated.1-1-1", stand.ears()).await, Attempt::Refused { .. }));
}

#[tokio::test]
async fn a_package_with_a_wrong_signature_ends_its_job_with_red007() {
    let (lab, stand) = (lab().await, Stand::new());
    let racadm = stand.racadm(&lab, lab.password()).await;
    let mut image = stand.image(&lab, Kind::Bios);
    let mut bytes = std::fs::read(&image.path).unwrap();
    let last = bytes.len() - 20_000;
    bytes[last] ^= 1;
    image.path = stand.file(&bytes);
    let Attempt::Accepted { receipt } = racadm.update(image.lent(), stand.ears()).await else { panic!() };
    let job = receipt.task.unwrap();
    until(|| lab.bmc(0).machine().busy().is_none()).await;
    let TaskState::Failed { message_ids, why } = racadm.job(&job, stand.ears()).await.unwrap().state else { panic!() };
    assert_eq!(message_ids, ["RED007"]);
    assert!(why.contains("signature"), "{why}");
    assert!(lab.bmc(0).machine().counts.flashes.is_empty());
}

#[tokio::test]
async fn each_refusal_is_of_its_class_and_nothing_was_flashed() {
    // A task of another's is to be there for as long as the tool takes.
    let lab = Lab::builder().personalities([Personality::Idrac8]).speed(60.0).start().await.unwrap();
    let stand = Stand::new();
    let image = stand.image(&lab, Kind::Bios);

    let wrong = stand.racadm(&lab, "not-the-password").await;
    assert!(matches!(wrong.versions(stand.ears()).await, Err(Trouble::WrongCredentials { .. })));
    assert!(matches!(wrong.update(image.lent(), stand.ears()).await, Attempt::Refused { .. }));

    let racadm = stand.racadm(&lab, lab.password()).await;
    let mut text = stand.image(&lab, Kind::Bios);
    text.name = "BIOS.BIN".into();
    assert!(matches!(
        racadm.update(text.lent(), stand.ears()).await,
        Attempt::Refused { .. } | Attempt::Unknown { .. }
    ));

    lab.bmc(0).change(|machine| {
        machine.mishaps.insert(Mishap::ForeignTask);
    });
    let Attempt::Busy { why, .. } = racadm.update(image.lent(), stand.ears()).await else {
        panic!("{}", stand.said.text())
    };
    assert!(why.contains("in progress"), "{why}");
    assert!(lab.bmc(0).machine().counts.images_accepted.is_empty());

    lab.bmc(0).reset();
    lab.bmc(0).change(|machine| machine.bmc_away_until = Some(Duration::MAX));
    let away = racadm.update(image.lent(), stand.ears()).await;
    assert!(matches!(away, Attempt::NotStarted { .. }), "{away:?}");
    assert!(lab.bmc(0).machine().counts.flashes.is_empty());
}

#[tokio::test]
async fn an_image_for_another_machine_is_refused_by_its_job() {
    let (lab, stand) = (lab().await, Stand::new());
    let racadm = stand.racadm(&lab, lab.password()).await;
    let other = Spec { fits: vec!["0BAD".into()], ..newest(&lab.bmc(0).machine(), Kind::Bios) };
    let image = stand.keep(&Image::new(&other), &other);
    let Attempt::Accepted { receipt } = racadm.update(image.lent(), stand.ears()).await else { panic!() };
    until(|| lab.bmc(0).machine().busy().is_none()).await;
    let reading = racadm.job(&receipt.task.unwrap(), stand.ears()).await.unwrap();
    assert!(matches!(reading.state, TaskState::Failed { message_ids, .. } if message_ids == ["RED097"]));
    assert!(lab.bmc(0).machine().counts.images_accepted.is_empty());
}

#[tokio::test]
async fn a_good_end_without_a_flash_has_no_job_and_leaves_the_old_version() {
    let (lab, stand) = (faulty(&["tool-flashes-nothing"]).await, Stand::new());
    let racadm = stand.racadm(&lab, lab.password()).await;
    let old = racadm.versions(stand.ears()).await.unwrap();
    let image = stand.image(&lab, Kind::Bios);
    let Attempt::Accepted { receipt } = racadm.update(image.lent(), stand.ears()).await else { panic!() };
    assert_eq!(receipt.task, None);
    restart(&lab).await;
    assert_eq!(racadm.versions(stand.ears()).await.unwrap(), old);
    assert!(lab.bmc(0).machine().counts.images_accepted.is_empty());
}

#[tokio::test]
async fn an_ill_end_after_the_image_was_taken_is_known_by_the_job_in_the_queue() {
    let (lab, stand) = (faulty(&["tool-fails-late"]).await, Stand::new());
    let racadm = stand.racadm(&lab, lab.password()).await;
    let image = stand.image(&lab, Kind::Bios);
    let Attempt::Accepted { receipt } = racadm.update(image.lent(), stand.ears()).await else { panic!() };
    assert!(receipt.task.is_some());
    until(|| lab.bmc(0).machine().busy().is_none()).await;
    restart(&lab).await;
    runs(&lab, Kind::Bios, &image.version).await;
    assert_eq!(lab.bmc(0).machine().counts.images_accepted["bios"], 1);
}

#[tokio::test]
async fn a_call_that_hangs_is_ended_when_it_is_called_off_and_nobody_knows_what_became_of_the_image() {
    let (lab, stand) = (faulty(&["tool-hangs"]).await, Stand::new());
    let racadm = stand.racadm(&lab, lab.password()).await;
    let image = stand.image(&lab, Kind::Bios);
    let call_off = async {
        until(|| lab.bmc(0).requests().contains_key("POST /cgi-bin/exec/update")).await;
        stand.stop.cancel();
    };
    let (attempt, ()) = tokio::join!(racadm.update(image.lent(), stand.ears()), call_off);
    assert!(matches!(attempt, Attempt::Unknown { sent, .. } if sent == image.bytes), "{attempt:?}");
    assert_eq!(stand.calls(), 0);
}

#[tokio::test]
async fn the_password_is_on_no_command_line_and_in_nothing_that_is_said() {
    let (lab, stand) = (lab().await, Stand::new());
    lab.add_fault(&Rule::new(Effect::Slow).on("POST", "/cgi-bin/exec/*").after(Duration::from_millis(400)));
    let racadm = stand.racadm(&lab, lab.password()).await;
    let image = stand.image(&lab, Kind::Bios);
    let update = racadm.update(image.lent(), stand.ears());
    tokio::pin!(update);
    let mut seen = 0;
    loop {
        tokio::select! {
            attempt = &mut update => {
                assert!(matches!(attempt, Attempt::Accepted { .. }), "{attempt:?}");
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
    assert!(stand.said.text().contains("[redacted]"));
}

#[tokio::test]
async fn a_program_of_the_same_name_is_an_impostor_and_none_is_absent() {
    let stand = Stand::new();
    let directory = tempfile::tempdir().unwrap();
    let other = write(&directory.path().join("racadm"), "echo 'racadm: a wrapper of somebody'");
    let found = TOOL.find(Some(&other), &stand.runner).await;
    assert!(matches!(found, Err(Missing::Impostor { .. })), "{found:?}");
    let nothing = directory.path().join("none/racadm");
    assert!(matches!(TOOL.find(Some(&nothing), &stand.runner).await, Err(Missing::Unusable { .. })));
}

#[tokio::test]
async fn bios_settings_are_those_of_the_machine_and_wait_until_a_job_commits_them() {
    let (lab, stand) = (lab().await, Stand::new());
    let racadm = stand.racadm(&lab, lab.password()).await;
    let mut told = Vec::new();
    for group in racadm.bios_groups(stand.ears()).await.unwrap() {
        told.extend(racadm.bios_group(&group, stand.ears()).await.unwrap());
    }
    let one = |told: &[Told], name: &str| told.iter().find(|one| one.name == name).cloned().unwrap();
    let profile = one(&told, "SysProfile");
    assert_eq!(
        (profile.group.as_str(), profile.value.as_deref()),
        ("SysProfileSettings", Some("PerfPerWattOptimizedDapc"))
    );
    assert!(one(&told, "ProcC1E").read_only && one(&told, "SystemModelName").read_only && !profile.read_only);
    assert_eq!(one(&told, "SysPassword").value, None);
    // A value waits, and nothing of it is a job's yet.
    let order = Order {
        attribute: "SysProfile".into(),
        group: "SysProfileSettings".into(),
        name: "SysProfile".into(),
        value: "Custom".into(),
    };
    let Staged { sent: Sent::Taken { job: Some(job) }, .. } = racadm.stage_bios(&[order], false, stand.ears()).await
    else {
        panic!("{}", stand.said.text())
    };
    let waits = racadm.bios_group("SysProfileSettings", stand.ears()).await.unwrap();
    assert_eq!(one(&waits, "SysProfile").pending.as_deref(), Some("Custom"));
    let jobs = racadm.bios_jobs(stand.ears()).await.unwrap();
    assert_eq!((jobs.len(), &jobs[0].uri), (1, &job));
    assert_eq!(racadm.job(&job, stand.ears()).await.unwrap().state, TaskState::AwaitsReset);
    // While a job has it it cannot be discarded; without it can; and what is gone can be deleted again.
    assert!(matches!(racadm.discard_bios(stand.ears()).await, Err(Trouble::Refused { .. })));
    assert_eq!(racadm.delete_job(&job, stand.ears()).await, Ok(()));
    assert_eq!(racadm.delete_job(&job, stand.ears()).await, Ok(()));
    assert_eq!(racadm.discard_bios(stand.ears()).await, Ok(()));
    let machine = lab.bmc(0).machine();
    assert!(machine.bios.pending.is_empty() && machine.bios.job.is_none());
    assert_eq!((stand.calls(), machine.counts.host_resets), (0, 0));
}
