//! Every way of an update through a worker.

use super::*;
use crate::domain::run::Deadlines;

#[tokio::test]
async fn an_update_that_takes_is_read_back_and_succeeds() {
    let case = Case::new(Bmc::default(), plan(false, false));
    let run = case.run().await;
    assert_eq!(run.state, ServerState::Succeeded);
    assert_eq!(run.updates[0].settled, Some(Settled::Applied { read_back: "2.0.0".into() }));
    assert_eq!(state_of(&run, Phase::SystemReboot), "skipped");
    assert_eq!(case.bmc(|bmc| (bmc.pushes, bmc.offs, bmc.ons)), (1, 0, 0));
}

#[tokio::test]
async fn a_staged_update_gets_one_host_reset_and_is_read_back() {
    let case = Case::new(Bmc { flash: Flash::Stages, ..Bmc::default() }, plan(true, false));
    let run = case.run().await;
    assert_eq!(run.state, ServerState::Succeeded, "{run:#?}");
    assert_eq!(case.bmc(|bmc| (bmc.pushes, bmc.offs, bmc.ons, bmc.bricks)), (1, 1, 1, 0));
}

#[tokio::test]
async fn a_host_that_was_off_is_off_again_at_the_end() {
    let bmc = Bmc { flash: Flash::Stages, host_on: false, ..Bmc::default() };
    let case = Case::new(bmc, plan(true, false));
    let run = case.run().await;
    assert_eq!(run.state, ServerState::Succeeded, "{run:#?}");
    assert!(!case.bmc(|bmc| bmc.host_on));
}

#[tokio::test]
async fn a_flash_that_needs_the_host_off_gets_it_off_and_back_on() {
    let case = Case::new(Bmc::default(), plan(false, true));
    let run = case.run().await;
    assert_eq!(run.state, ServerState::Succeeded, "{run:#?}");
    assert_eq!(case.bmc(|bmc| (bmc.host_on, bmc.offs, bmc.ons, bmc.bricks)), (true, 1, 1, 0));
}

#[tokio::test]
async fn a_host_that_is_off_for_a_flash_is_not_switched_on_while_the_bmc_still_writes() {
    let case = Case::new(Bmc { flash_looks: u32::MAX, ..Bmc::default() }, plan(false, true));
    let run = case.run().await;
    assert_eq!(run.state, ServerState::Uncertain, "it may still write: {run:#?}");
    assert_eq!(case.bmc(|bmc| (bmc.bricks, bmc.ons, bmc.host_on)), (0, 0, false));
    assert!(run.power.failed.is_some_and(|why| why.contains("works on it")));
}

#[tokio::test]
async fn a_stepping_stone_that_is_staged_is_stepped_on_before_it_is_left() {
    let mut plan = plan(true, false);
    let stone = Update { to: "1.5.0".into(), ..plan.updates[0].clone() };
    let last = Update { from: "1.5.0".into(), ..plan.updates[0].clone() };
    plan.updates = vec![stone, last];
    let case = Case::new(Bmc { flash: Flash::Stages, ..Bmc::default() }, plan);
    let run = case.run().await;
    assert_eq!(run.state, ServerState::Succeeded, "{run:#?}");
    assert_eq!(case.bmc(|bmc| (bmc.version.clone(), bmc.accepted, bmc.offs, bmc.ons)), ("2.0.0".into(), 2, 2, 2));
}

#[tokio::test]
async fn a_task_that_says_done_while_the_version_stays_old_is_a_failure() {
    let case = Case::new(Bmc { flash: Flash::Lies, ..Bmc::default() }, plan(false, false));
    let run = case.run().await;
    assert_eq!(run.state, ServerState::Failed);
    let Some(Settled::Failed { why, .. }) = &run.updates[0].settled else { panic!("{run:#?}") };
    assert!(why.contains("still reports 1.0.0"), "{why}");
    assert_eq!(case.bmc(|bmc| bmc.pushes), 1);
}

#[tokio::test]
async fn an_accepted_upload_whose_answer_is_lost_is_verified_and_never_sent_again() {
    let lost = Attempt::Unknown { why: "after all".into(), sent: 9 };
    let case = Case::new(Bmc { outcomes: vec![lost], ..Bmc::default() }, plan(false, false));
    assert_eq!(case.run().await.state, ServerState::Succeeded);
    assert_eq!(case.bmc(|bmc| (bmc.pushes, bmc.accepted)), (1, 1));
}

#[tokio::test]
async fn an_upload_that_was_cut_and_proved_not_to_have_taken_is_sent_again() {
    let cut = Attempt::Unknown { why: "cut".into(), sent: 4 };
    let case = Case::new(Bmc { outcomes: vec![cut], ..Bmc::default() }, plan(false, false));
    assert_eq!(case.run().await.state, ServerState::Succeeded);
    assert_eq!(case.bmc(|bmc| (bmc.pushes, bmc.accepted)), (2, 1));
}

#[tokio::test]
async fn a_bmc_that_hides_its_flash_is_given_the_time_of_one_before_an_old_version_proves_anything() {
    let by_sum = |host_reset| {
        let mut plan = plan(host_reset, false);
        plan.updates[0].methods = vec![Method::Sum];
        plan
    };
    let unknown = |why: &str| vec![Attempt::Unknown { why: why.into(), sent: 9 }];
    // Given a flash that nobody sees, which takes far longer than the looks that prove a push not to have taken,
    let hidden = Bmc { hides: true, flash_looks: 20, ..Bmc::default() };
    let case = Case::new(Bmc { outcomes: unknown("after all"), ..hidden }, by_sum(false));
    assert_eq!(case.run().await.state, ServerState::Succeeded);
    assert_eq!(case.bmc(|bmc| (bmc.pushes, bmc.accepted)), (1, 1));
    // one that the host's reset brings in, which comes only when it is over,
    let hidden = Bmc { hides: true, flash_looks: 20, flash: Flash::Stages, ..Bmc::default() };
    let case = Case::new(Bmc { outcomes: unknown("after all"), ..hidden }, by_sum(true));
    let run = case.run().await;
    assert_eq!(run.state, ServerState::Succeeded, "{run:#?}");
    assert_eq!(case.bmc(|bmc| (bmc.pushes, bmc.accepted, bmc.offs, bmc.bricks)), (1, 1, 1, 0));
    // and an image that did not arrive: it is sent again, later than any flash would take.
    let hidden = Bmc { hides: true, ..Bmc::default() };
    let case = Case::new(Bmc { outcomes: unknown("cut"), ..hidden }, by_sum(false));
    assert_eq!(case.run().await.state, ServerState::Succeeded);
    assert_eq!(case.bmc(|bmc| (bmc.pushes, bmc.accepted)), (2, 1));
    assert!(case.bmc(|bmc| bmc.elapsed) > Deadlines::default().flash(5));
}

#[tokio::test]
async fn only_a_method_that_did_not_start_hands_over_to_the_next() {
    let unsupported = Attempt::NotStarted { why: "404".into() };
    let case = Case::new(Bmc { outcomes: vec![unsupported], ..Bmc::default() }, plan(false, false));
    let run = case.run().await;
    let methods: Vec<_> = run.updates[0].attempts.iter().map(|attempt| attempt.method).collect();
    assert_eq!((run.state, methods), (ServerState::Succeeded, vec![Method::Multipart, Method::SimpleUpdate]));

    let refused = Attempt::Refused { why: "no licence".into(), message_ids: Vec::new() };
    let case = Case::new(Bmc { outcomes: vec![refused], ..Bmc::default() }, plan(false, false));
    let run = case.run().await;
    assert_eq!((run.state, run.updates[0].attempts.len()), (ServerState::Failed, 1));
}

#[tokio::test]
async fn a_busy_bmc_is_waited_for_by_the_same_method() {
    let busy = Attempt::Busy { why: "update in progress".into(), retry_after: Some(Duration::from_secs(30)) };
    let case = Case::new(Bmc { outcomes: vec![busy.clone(), busy], ..Bmc::default() }, plan(false, false));
    let run = case.run().await;
    assert_eq!((run.state, run.updates[0].attempts.len()), (ServerState::Succeeded, 3));
}

#[tokio::test]
async fn a_bmc_that_stays_busy_is_given_up_after_the_time_that_was_spent_on_it_pushes_included() {
    // Given a tool that takes five minutes to find out that the BMC is busy,
    let busy = Attempt::Busy { why: "update in progress".into(), retry_after: None };
    let bmc = Bmc { outcomes: vec![busy; 1000], push_takes: Duration::from_secs(300), ..Bmc::default() };
    let case = Case::new(bmc, plan(false, false));
    let run = case.run().await;
    // then half an hour is half an hour, and not a hundred and eighty tries.
    let Some(Settled::Blocked { why }) = &run.updates[0].settled else { panic!("{run:#?}") };
    assert!(why.contains("stays busy: update in progress"), "{why}");
    assert_eq!(case.bmc(|bmc| bmc.pushes), 7);
    let busy = Deadlines::default().busy;
    assert!(case.bmc(|bmc| (busy..busy + Duration::from_secs(900)).contains(&bmc.elapsed)));
}

#[tokio::test]
async fn a_bmc_that_goes_away_for_its_reset_is_waited_for() {
    let case = Case::new(Bmc { away_after_push: 20, ..Bmc::default() }, plan(false, false));
    assert_eq!(case.run().await.state, ServerState::Succeeded);

    let case = Case::new(Bmc { away_after_push: u32::MAX, ..Bmc::default() }, plan(false, false));
    let run = case.run().await;
    assert_eq!((run.state, case.bmc(|bmc| bmc.pushes)), (ServerState::Uncertain, 1));
}

#[tokio::test]
async fn a_host_that_does_not_shut_down_blocks_and_is_forced_only_by_policy() {
    let stubborn = || Bmc { flash: Flash::Stages, shuts_down: false, ..Bmc::default() };
    let case = Case::new(stubborn(), plan(true, false));
    let run = case.run().await;
    assert_eq!((run.state, case.bmc(|bmc| bmc.offs)), (ServerState::Blocked, 0), "{run:#?}");

    let mut case = Case::new(stubborn(), plan(true, false));
    case.options.power = PowerPolicy::Forced;
    assert_eq!((case.run().await.state, case.bmc(|bmc| bmc.offs)), (ServerState::Succeeded, 1));
}

#[tokio::test]
async fn a_new_certificate_after_our_own_flash_of_the_bmc_is_pinned_where_the_front_is_the_same() {
    let flash_of = |kind| {
        let mut plan = plan(false, false);
        plan.updates[0].kind = kind;
        plan
    };
    let cases = [
        (Kind::Bmc, "u1", ServerState::Succeeded, true),
        (Kind::Bmc, "u2", ServerState::Blocked, false),
        (Kind::Bios, "u1", ServerState::Blocked, false),
    ];
    for (kind, uuid, ends, repins) in cases {
        let case = Case::new(Bmc { rekeys_as: Some(front(uuid)), ..Bmc::default() }, flash_of(kind));
        let run = case.run().await;
        assert_eq!(run.state, ends, "{kind:?} {uuid}: {run:#?}");
        assert_eq!(case.wrote(|event| matches!(event, Event::Repinned { .. })), repins);
        assert_eq!(case.bmc(|bmc| (bmc.rekeyed, bmc.pushes)), (!repins, 1));
    }
}

#[tokio::test]
async fn a_host_is_not_switched_through_a_bmc_that_became_another_machines() {
    let mut case = Case::new(Bmc::default(), plan(false, true));
    case.befalls(|event| matches!(event, Event::PushEnded { .. }), |bmc| bmc.serial = "EX2".into());
    let run = case.run().await;
    assert_eq!((run.state, case.bmc(|bmc| bmc.ons)), (ServerState::Uncertain, 0), "{run:#?}");
    assert!(run.power.failed.unwrap().contains("another machine"));
}
