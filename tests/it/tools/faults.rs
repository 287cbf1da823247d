//! What goes wrong during an HPM.1 upgrade, by rules at the lab's commands, and which class of the ladder it is.

use std::time::Duration;

use firmdeck::{
    domain::attempt::Attempt,
    lab::{
        Lab,
        fault::{Effect, Rule},
        model::{Kind, Mishap},
    },
};

use super::{
    hpm::{board, counts, settled},
    script::until,
    site::{Site, image},
};

const INITIATE: &str = "/ipmi/2c/31";
const BLOCK: &str = "/ipmi/2c/32";
const FINISH: &str = "/ipmi/2c/33";
const SELF_TEST: &str = "/ipmi/2c/36";

/// A completion code instead of the answer; every HPM.1 answer begins with PICMG's number.
fn code(code: u16, more: &[u8]) -> Effect {
    let body = [&[0], more].concat();
    Effect::Answer { status: code, headers: Vec::new(), content_type: String::new(), body, done: false }
}

fn rule(effect: Effect, path: &str, nth: u64, times: u64) -> Rule {
    Rule::new(effect).on("IPMI", path).times(nth, times)
}

async fn upgraded(rule: Rule) -> Option<(Lab, Site, Attempt)> {
    let lab = board().await;
    lab.add_fault(&rule);
    let site = Site::of(&lab, 0).await?;
    let path = site.file("bmc.hpm", &image(&lab, 0, Kind::Bmc));
    let (attempt, _) = site.upgrade(&path).await;
    Some((lab, site, attempt))
}

#[tokio::test]
async fn what_ipmitool_gets_over_by_itself_is_accepted() {
    let one = async |rule: Rule| {
        let Some((lab, site, attempt)) = upgraded(rule.clone()).await else { return };
        assert!(matches!(attempt, Attempt::Accepted { .. }), "{rule:?} {attempt:?}\n{}", site.said.text());
        assert_eq!(settled(&lab, &site).await, "2.05");
        assert_eq!((counts(&lab).images_accepted["bmc"], counts(&lab).flashes["bmc"]), (1, 1));
    };
    // A node that is busy, an answer that is lost, and a block that is too long: it tries again, or shorter.
    tokio::join!(
        one(rule(code(0xC0, &[]), BLOCK, 20, 2)),
        one(rule(Effect::BlackHole, BLOCK, 30, 1)),
        one(rule(code(0xC7, &[]), BLOCK, 1, 1)),
    );
}

#[tokio::test]
async fn a_block_that_is_refused_leaves_it_unknown_and_nothing_is_flashed() {
    let Some((lab, site, attempt)) = upgraded(rule(code(0x82, &[]), BLOCK, 60, 100)).await else { return };
    let Attempt::Unknown { sent, why } = attempt else { panic!("{attempt:?}") };
    assert!(sent > 1000 && sent < 32 << 10, "{sent} {why}");
    assert_ne!(settled(&lab, &site).await, "2.05");
    assert!(counts(&lab).images_accepted.is_empty() && counts(&lab).flashes.is_empty());
}

#[tokio::test]
async fn an_upload_that_is_not_finished_is_unknown_though_it_showed_100_percent() {
    let Some((lab, site, attempt)) = upgraded(rule(code(0x82, &[]), FINISH, 1, 1)).await else { return };
    assert!(matches!(attempt, Attempt::Unknown { sent: 32_768, .. }), "{attempt:?}\n{}", site.said.text());
    assert!(counts(&lab).flashes.is_empty());
}

#[tokio::test]
async fn a_self_test_that_fails_is_unknown_and_the_version_tells() {
    let Some((lab, site, attempt)) = upgraded(rule(code(0, &[0x57, 1]), SELF_TEST, 1, 9)).await else { return };
    assert!(matches!(attempt, Attempt::Unknown { .. }), "{attempt:?}\n{}", site.said.text());
    assert_eq!(settled(&lab, &site).await, "2.05");
    assert_eq!(counts(&lab).flashes["bmc"], 1);
}

#[tokio::test]
async fn a_flash_that_does_not_take_is_accepted_and_the_version_is_the_old_one() {
    let taken = Effect::Mishap(Mishap::FlashDoesNotTake);
    let Some((lab, site, attempt)) = upgraded(rule(taken, INITIATE, 1, 1)).await else { return };
    assert!(matches!(attempt, Attempt::Accepted { .. }), "{attempt:?}");
    assert_ne!(settled(&lab, &site).await, "2.05");
    assert_eq!((counts(&lab).images_accepted["bmc"], counts(&lab).flashes["bmc"]), (1, 1));
}

#[tokio::test]
async fn a_bmc_that_is_at_another_task_takes_nothing_and_is_waited_for() {
    let foreign = Effect::Mishap(Mishap::ForeignTask);
    let Some((lab, site, attempt)) = upgraded(rule(foreign, "/ipmi/06/01", 1, 1)).await else { return };
    assert!(matches!(attempt, Attempt::Busy { .. }), "{attempt:?}\n{}", site.said.text());
    assert_eq!(counts(&lab).pushes, 0);
}

#[tokio::test]
async fn a_session_that_dies_in_the_middle_leaves_it_unknown_with_what_was_sent() {
    let lab = board().await;
    lab.add_fault(&rule(Effect::Reset, BLOCK, 60, 1));
    let Some(site) = Site::of(&lab, 0).await else { return };
    let path = site.file("bmc.hpm", &image(&lab, 0, Kind::Bmc));
    // ipmitool goes on asking in the session that is no more, for as long as anybody lets it.
    let call_off = async {
        until(|| lab.bmc(0).requests().get("IPMI /ipmi/2c/32") == Some(&60)).await;
        tokio::time::sleep(Duration::from_secs(2)).await;
        site.stop.cancel();
    };
    let ((attempt, _), ()) = tokio::join!(site.upgrade(&path), call_off);
    let Attempt::Unknown { sent, .. } = attempt else { panic!("{attempt:?}") };
    assert!(sent > 500 && sent < 32 << 10, "{sent}");
    assert!(counts(&lab).flashes.is_empty() && counts(&lab).images_accepted.is_empty());
    assert_eq!(site.calls(), 0);
}
