//! BMCs that come back late, otherwise, or not at all.

use std::time::Duration;

use firmdeck::lab::{
    model::Machine,
    personality::Personality::{Idrac9, Ilo6, OpenBmc, SupermicroX13},
};

use super::given;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bmc_with_factory_accounts_is_told_and_locked_out_by_nobody() {
    let run = given(SupermicroX13).await.with("factory-accounts").run().await;
    assert!(run.counts().logins_refused <= 5, "{}", run.counts().logins_refused);
    run.told("blocked", "credentials_lost_after_flash");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bmc_that_is_away_for_long_is_waited_for() {
    let slow = |machine: &mut Machine| machine.habits.bmc_away = Duration::from_secs(12 * 60);
    let run = given(Ilo6).await.being(slow).await.run().await.succeeded();
    assert!(run.counts().bmc_resets > 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bmc_that_stays_away_is_uncertain() {
    let run = given(OpenBmc).await.with("bmc-stays-away").run().await;
    let run = run.told("uncertain", "bmc_did_not_come_back");
    assert_eq!(run.counts().all_images_accepted(), 1, "nothing more is sent to it");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_401_after_a_reset_is_not_taken_for_a_wrong_password() {
    let run = given(Idrac9).await.with("unauthorized-after-reset").run().await.succeeded();
    assert!(run.counts().logins_refused <= 4, "{}", run.counts().logins_refused);
}
