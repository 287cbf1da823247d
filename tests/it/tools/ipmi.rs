//! The real ipmitool on the lab's BMCs: who they are, their power, their resets.

use std::time::Duration;

use firmdeck::{
    bmc::tools::ipmitool::{PowerAction, Trouble},
    lab::{
        Lab,
        model::{Power, Role},
        personality::Personality,
    },
};

use super::{script::until, site::Site};

async fn lab(personality: Personality) -> Lab {
    Lab::builder().personalities([personality]).speed(120.0).start().await.unwrap()
}

#[tokio::test]
async fn every_bmc_with_ipmi_says_who_it_is_and_what_it_runs() {
    let lab = Lab::builder().personalities(Personality::EVERY).start().await.unwrap();
    for (index, bmc) in lab.bmcs().enumerate().filter(|(_, bmc)| bmc.machine().ipmi) {
        let Some(site) = Site::of(&lab, index).await else { return };
        let (machine, device) = (bmc.machine(), site.tool().device(site.ears()).await.unwrap());
        let version = machine.version(firmdeck::lab::model::Kind::Bmc).to_owned();
        assert!(version.contains(&device.firmware), "{version} {device:?}");
        assert_ne!(device.ids.unwrap().manufacturer, 0);
        let fru = site.tool().fru(site.ears()).await.unwrap();
        let identity = machine.identity;
        assert_eq!(fru.serial.as_deref(), Some(identity.serial.as_str()), "{}", identity.personality);
        assert_eq!(fru.product.as_deref(), Some(identity.model.as_str()));
        assert_eq!(site.tool().power(site.ears()).await, Ok(true));
    }
}

#[tokio::test]
async fn each_cipher_suite_is_found_and_then_kept() {
    // The first takes 17 alone, the second 3 alone.
    for (personality, calls) in [(Personality::LenovoXcc, [1, 2]), (Personality::OpenBmcOld, [2, 3])] {
        let lab = lab(personality).await;
        let Some(site) = Site::of(&lab, 0).await else { return };
        for expected in calls {
            site.tool().device(site.ears()).await.unwrap();
            let refused = site.said.text().matches("no matching cipher suite").count();
            let answered = site.said.text().matches("Firmware Revision").count();
            assert_eq!(refused + answered, expected, "{personality}: {}", site.said.text());
        }
    }
}

#[tokio::test]
async fn power_goes_off_and_on_and_is_read_back() {
    let lab = lab(Personality::SupermicroX13).await;
    let Some(site) = Site::of(&lab, 0).await else { return };
    let tool = site.tool();
    for (action, power) in [
        (PowerAction::Off, Power::Off),
        (PowerAction::On, Power::On),
        (PowerAction::Soft, Power::Off),
        (PowerAction::On, Power::On),
    ] {
        tool.set_power(action, site.ears()).await.unwrap();
        until(|| lab.bmc(0).machine().power == power).await;
        assert_eq!(tool.power(site.ears()).await, Ok(power == Power::On), "{action:?}");
    }
    tool.set_power(PowerAction::Cycle, site.ears()).await.unwrap();
    assert_eq!(lab.bmc(0).machine().counts.host_resets, 3);
}

#[tokio::test]
async fn a_cold_reset_takes_the_bmc_away_and_leaves_the_host_running() {
    let lab = lab(Personality::HpmBoard).await;
    let Some(site) = Site::of(&lab, 0).await else { return };
    site.tool().reset_cold(site.ears()).await.unwrap();
    until(|| lab.bmc(0).machine().counts.bmc_resets == 1).await;
    until(|| lab.bmc(0).machine().bmc_away_until.is_none()).await;
    assert_eq!(site.tool().power(site.ears()).await, Ok(true));
    assert_eq!(lab.bmc(0).machine().counts.host_resets, 0);
}

#[tokio::test]
async fn a_wrong_password_and_a_wrong_user_are_not_let_in_and_tried_once() {
    let lab = lab(Personality::MegaRac).await;
    let mut tried = 0;
    for (user, password) in [("admin", "not-the-password"), ("nobody", lab.password())] {
        let Some(site) = Site::at(lab.addresses()[0], user, password).await else { return };
        let trouble = site.tool().device(site.ears()).await.unwrap_err();
        assert!(matches!(trouble, Trouble::NoSession { .. } | Trouble::WrongCredentials { .. }), "{trouble}");
        assert!(trouble.to_string().contains("password"), "{trouble}");
        tried += 1;
        assert_eq!(lab.bmc(0).requests().get("IPMI /ipmi/login"), Some(&tried));
        assert!(!site.said.text().contains(password));
    }
    // Of a wrong password the BMC hears nothing more: it is the console that finds out.
    assert_eq!(lab.bmc(0).machine().counts.logins_refused, 1);
    assert!(!lab.bmc(0).requests().contains_key("IPMI /ipmi/06/01"), "nothing was answered to them");
}

#[tokio::test]
async fn an_account_that_may_only_read_switches_nothing() {
    let lab = lab(Personality::Idrac9).await;
    lab.bmc(0).change(|machine| machine.standing.role = Role::ReadOnly);
    let Some(site) = Site::of(&lab, 0).await else { return };
    assert!(site.tool().set_power(PowerAction::Off, site.ears()).await.is_err());
    assert_eq!(lab.bmc(0).machine().counts.host_resets, 0);
}

#[tokio::test]
async fn a_bmc_whose_ipmi_is_switched_off_says_nothing_and_both_reasons_are_named() {
    let lab = lab(Personality::Ilo6).await;
    let Some(site) = Site::of(&lab, 0).await else { return };
    let (trouble, ()) = tokio::join!(site.tool().device(site.ears()), async {
        // It takes ipmitool twenty seconds to give up; nobody has to wait for that.
        tokio::time::sleep(Duration::from_secs(3)).await;
        assert!(!lab.bmc(0).requests().keys().any(|request| request.starts_with("IPMI")));
        lab.bmc(0).change(|machine| machine.ipmi = true);
    });
    // Switched on while it asks, it answers the next try.
    assert!(trouble.is_ok(), "{trouble:?}");
}

#[tokio::test]
async fn nothing_listens_for_https_at_a_board_with_ipmi_alone() {
    let lab = lab(Personality::HpmBoard).await;
    assert!(tokio::net::TcpStream::connect(lab.addresses()[0]).await.is_err());
}
