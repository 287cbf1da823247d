//! The real ilorest through its driver, in front of an iLO 5 and an iLO 6 of the lab.

use std::{net::Ipv4Addr, time::Duration};

use firmdeck::{
    bmc::tools::{
        Lent, Trouble,
        ilorest::{Effect as Came, Flash, Flashed},
    },
    domain::attempt::Attempt,
    lab::{
        Lab,
        fault::{Effect, Rule, load},
        fleet,
        image::{Image, Spec},
        model::{Kind, Machine, Mishap},
        personality::Personality::{self, Ilo5, Ilo6},
        release::signed_apart,
    },
};

use super::stand::{Kept, Stand, restart, runs, spy};

const SPEED: f64 = 60.0;

async fn lab(personality: Personality) -> Lab {
    Lab::builder().personalities([personality]).speed(SPEED).start().await.unwrap()
}

fn flash<'a>(image: &'a Kept, signature: Option<Lent<'a>>) -> Flash<'a> {
    Flash { package: image.lent(), signature, over_tpm: false }
}

#[tokio::test]
async fn an_ilo_5_and_an_ilo_6_list_what_they_run_and_what_is_queued() {
    for personality in [Ilo5, Ilo6] {
        let (lab, stand) = (lab(personality).await, Stand::new());
        let Some(ilorest) = stand.ilorest(&lab, lab.password()).await else { return };
        let listed = ilorest.inventory(stand.ears()).await.unwrap();
        let machine = lab.bmc(0).machine();
        for component in &machine.components {
            let is_it = |row: &&_| {
                let row: &&firmdeck::bmc::tools::ilorest::Installed = row;
                row.name == component.name && row.version == component.version
            };
            assert!(listed.iter().any(|row| is_it(&row)), "{}: {listed:?}", component.name);
        }
        assert_eq!(ilorest.queue(stand.ears()).await, Ok(Vec::new()), "{}", stand.said.text());
        assert_eq!(stand.said.text().matches("Logging session out").count(), 2, "{}", stand.said.text());
        assert_eq!(stand.calls(), 0);
    }
}

/// At any other port ilorest makes a wrong address of the session's, and cannot give it back.
#[tokio::test]
async fn at_the_usual_port_the_session_is_given_back() {
    let lab = Lab::builder().personalities([Ilo5]).listen(Ipv4Addr::new(127, 211, 4, 3), 443);
    let Ok(lab) = lab.start().await else {
        println!("skipped: port 443 is not to be had here");
        return;
    };
    let stand = Stand::new();
    let Some(ilorest) = stand.ilorest(&lab, lab.password()).await else { return };
    ilorest.inventory(stand.ears()).await.unwrap();
    let sessions = lab.bmc(0).machine().sessions;
    assert!(sessions.opened() == 1 && sessions.list().is_empty(), "{sessions:?}");
}

#[tokio::test]
async fn a_rom_is_staged_and_new_after_the_hosts_restart() {
    let (lab, stand) = (lab(Ilo5).await, Stand::new());
    let Some(ilorest) = stand.ilorest(&lab, lab.password()).await else { return };
    let image = stand.image(&lab, Kind::Bios);
    let Flashed { attempt, effect } = ilorest.flash(flash(&image, None), stand.ears()).await;
    assert!(matches!(attempt, Attempt::Accepted { .. }), "{attempt:?} {}", stand.said.text());
    assert_eq!(effect, Some(Came::Staged), "{}", stand.said.text());
    restart(&lab).await;
    runs(&lab, Kind::Bios, &image.version).await;
    let listed = ilorest.inventory(stand.ears()).await.unwrap();
    assert!(listed.iter().any(|row| row.name == "System ROM" && row.version == image.version), "{listed:?}");
    let counts = lab.bmc(0).machine().counts;
    assert_eq!((counts.images_accepted["bios"], counts.pushes, counts.bricks), (1, 1, 0));
}

#[tokio::test]
async fn an_ilo_6_flashes_itself_and_is_read_back_new() {
    let (lab, stand) = (lab(Ilo6).await, Stand::new());
    let Some(ilorest) = stand.ilorest(&lab, lab.password()).await else { return };
    let image = stand.image(&lab, Kind::Bmc);
    let Flashed { attempt, .. } = ilorest.flash(flash(&image, None), stand.ears()).await;
    // It resets itself at the end, and whether ilorest sees that end is a matter of a second.
    assert!(matches!(attempt, Attempt::Accepted { .. } | Attempt::Unknown { .. }), "{attempt:?} {}", stand.said.text());
    runs(&lab, Kind::Bmc, &image.version).await;
    let listed = ilorest.inventory(stand.ears()).await.unwrap();
    assert!(listed.iter().any(|row| row.name == "iLO 6" && row.version == image.version), "{listed:?}");
    assert_eq!(lab.bmc(0).machine().counts.images_accepted["bmc"], 1);
}

/// An iLO 5 with the storage controller.
fn with_controller() -> Machine {
    let mut machines = (0..).map(|index| fleet::machine(Ilo5, index, 1));
    let mut machine = machines.find(|machine| machine.component(Kind::Storage).is_some()).unwrap();
    machine.identity.index = 0;
    machine
}

#[tokio::test]
async fn a_component_whose_signature_lies_beside_it_is_taken_with_that_alone() {
    let machine = with_controller();
    let release = signed_apart(std::slice::from_ref(&machine), 1).remove(0);
    let spec = Spec { size: 64 << 10, ..release.images.last().unwrap().clone() };
    let lab = Lab::builder().machines(vec![machine]).speed(SPEED).start().await.unwrap();
    let stand = Stand::new();
    let Some(ilorest) = stand.ilorest(&lab, lab.password()).await else { return };
    let image = stand.keep(&Image::new(&spec), &spec);
    let (name, bytes) = spec.signature().unwrap();
    assert!(image.name.starts_with("cp05") && image.name.ends_with(".zip") && name.ends_with(".compsig"));

    let without = ilorest.flash(flash(&image, None), stand.ears()).await;
    assert!(!matches!(without.attempt, Attempt::Accepted { .. }), "{without:?}");
    let wrong = stand.file(b"another signature");
    let wrong = Lent { path: &wrong, name: &name, bytes: 17 };
    let with_another = ilorest.flash(flash(&image, Some(wrong)), stand.ears()).await;
    assert!(!matches!(with_another.attempt, Attempt::Accepted { .. }), "{with_another:?}");
    assert!(lab.bmc(0).machine().counts.images_accepted.is_empty());

    let signature = stand.file(&bytes);
    let signature = Lent { path: &signature, name: &name, bytes: bytes.len() as u64 };
    let taken = ilorest.flash(flash(&image, Some(signature)), stand.ears()).await;
    assert!(matches!(taken.attempt, Attempt::Accepted { .. }), "{taken:?} {}", stand.said.text());
    restart(&lab).await;
    runs(&lab, Kind::Storage, &image.version).await;
    let listed = ilorest.inventory(stand.ears()).await.unwrap();
    assert!(listed.iter().any(|row| row.name.contains("P408i-p") && row.version == image.version), "{listed:?}");
}

#[tokio::test]
async fn what_the_hosts_uefi_installs_goes_into_the_queue() {
    let (lab, stand) = (lab(Ilo6).await, Stand::new());
    let Some(ilorest) = stand.ilorest(&lab, lab.password()).await else { return };
    let image = stand.image(&lab, Kind::Tpm);
    let Flashed { attempt, effect } = ilorest.flash(flash(&image, None), stand.ears()).await;
    println!("{attempt:?} {effect:?}\n{}", stand.said.text());
    assert!(matches!(attempt, Attempt::Accepted { .. }), "{attempt:?} {}", stand.said.text());
    assert_eq!(effect, Some(Came::Queued));
}

#[tokio::test]
async fn a_failed_task_at_the_head_of_the_queue_is_seen() {
    let (lab, stand) = (lab(Ilo5).await, Stand::new());
    lab.bmc(0).change(|machine| {
        machine.mishaps.insert(Mishap::QueueHeadFailed);
    });
    let Some(ilorest) = stand.ilorest(&lab, lab.password()).await else { return };
    let queue = ilorest.queue(stand.ears()).await.unwrap();
    assert!(queue.len() == 1 && queue[0].blocks(), "{queue:?}");
}

#[tokio::test]
async fn a_wrong_password_is_refused_and_an_ilo_that_is_away_was_not_reached() {
    let (lab, stand) = (lab(Ilo5).await, Stand::new());
    let Some(wrong) = stand.ilorest(&lab, "not-the-password").await else { return };
    let trouble = wrong.inventory(stand.ears()).await.unwrap_err();
    assert!(matches!(trouble, Trouble::WrongCredentials { .. }), "{trouble:?}");
    let image = stand.image(&lab, Kind::Bios);
    let refused = wrong.flash(flash(&image, None), stand.ears()).await.attempt;
    assert!(matches!(refused, Attempt::Refused { .. }), "{refused:?}");

    let gone = self::lab(Ilo5).await;
    let Some(ilorest) = stand.ilorest(&gone, gone.password()).await else { return };
    gone.stop().await;
    let away = ilorest.flash(flash(&image, None), stand.ears()).await.attempt;
    assert!(matches!(away, Attempt::NotStarted { .. }), "{away:?} {}", stand.said.text());
}

#[tokio::test]
async fn an_image_for_another_machine_is_not_flashed_and_a_busy_ilo_is_waited_for() {
    let (lab, stand) = (lab(Ilo5).await, Stand::new());
    let Some(ilorest) = stand.ilorest(&lab, lab.password()).await else { return };
    let foreign = fleet::machine(Ilo6, 0, 1);
    let spec = super::site::newest(&foreign, Kind::Bios);
    let image = stand.keep(&Image::new(&spec), &spec);
    let attempt = ilorest.flash(flash(&image, None), stand.ears()).await.attempt;
    assert!(!matches!(attempt, Attempt::Accepted { .. }), "{attempt:?}");
    assert!(lab.bmc(0).machine().counts.flashes.is_empty());

    // The update service shows that it is at something.
    let rule = Rule::new(Effect::Merge(serde_json::json!({"Oem": {"Hpe": {"State": "Updating"}}})));
    lab.add_fault(&rule.on("GET", "/redfish/v1/UpdateService"));
    let ours = stand.image(&lab, Kind::Bios);
    let busy = ilorest.flash(flash(&ours, None), stand.ears()).await.attempt;
    assert!(matches!(busy, Attempt::Busy { .. }), "{busy:?} {}", stand.said.text());
}

#[tokio::test]
async fn a_flash_that_does_not_take_ends_well_and_leaves_the_old_version() {
    let rules = load("flash-does-not-take").unwrap();
    let lab = Lab::builder().personalities([Ilo5]).speed(SPEED).faults(rules).start().await.unwrap();
    let stand = Stand::new();
    let Some(ilorest) = stand.ilorest(&lab, lab.password()).await else { return };
    let old = ilorest.inventory(stand.ears()).await.unwrap();
    let image = stand.image(&lab, Kind::Bios);
    let attempt = ilorest.flash(flash(&image, None), stand.ears()).await.attempt;
    assert!(matches!(attempt, Attempt::Accepted { .. }), "{attempt:?}");
    restart(&lab).await;
    assert_eq!(ilorest.inventory(stand.ears()).await.unwrap(), old);
}

#[tokio::test]
async fn the_password_is_on_no_command_line_and_in_nothing_that_is_said() {
    let (lab, stand) = (lab(Ilo6).await, Stand::new());
    let Some(ilorest) = stand.ilorest(&lab, lab.password()).await else { return };
    let inventory = ilorest.inventory(stand.ears());
    tokio::pin!(inventory);
    let mut seen = 0;
    loop {
        tokio::select! {
            said = &mut inventory => {
                said.unwrap();
                break;
            }
            () = tokio::time::sleep(Duration::from_millis(20)) => {
                let (lines, processes) = spy(lab.password(), "ilorest");
                assert!(lines.is_empty(), "{lines:?}");
                seen += processes;
            }
        }
    }
    assert!(seen > 10, "{seen}");
    assert!(!stand.said.text().contains(lab.password()));
}
