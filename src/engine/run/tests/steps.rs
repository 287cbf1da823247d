//! Each sub-step fails alone, and the run says so.

use super::*;

#[tokio::test]
async fn each_sub_step_of_pre_flight_fails_alone_and_the_run_says_so() {
    type Spoil = fn(&mut Bmc);
    let cases: [(&str, Spoil, &str); 5] = [
        ("lease", |bmc| bmc.lease = Some("run 7 holds it".into()), "run 7"),
        ("identity", |bmc| bmc.serial = "EX2".into(), "another machine"),
        ("health", |bmc| bmc.health = "Critical".into(), "Critical"),
        ("idle", |bmc| bmc.foreign = u32::MAX, "somebody else"),
        ("images", |bmc| bmc.image = Some("truncated: 3 bytes of 9".into()), "truncated"),
    ];
    for (step, spoil, words) in cases {
        let case = Case::new(Bmc::default(), plan(false, false));
        case.bmc(spoil);
        let run = case.run().await;
        let record = &run.phases[0];
        let failed: Vec<_> = record.steps.iter().filter(|step| step.state != State::Done).collect();
        assert_eq!((failed.len(), failed[0].step.as_str()), (1, step));
        assert!(record.state.why().unwrap().contains(words), "{step}: {:?}", record.state);
        assert_eq!((run.state, case.bmc(|bmc| bmc.pushes)), (ServerState::Blocked, 0), "{step}");
    }
}

#[tokio::test]
async fn a_power_policy_that_forbids_the_reset_blocks_before_anything_is_sent() {
    for (policy, words) in [(PowerPolicy::Never, "host reset"), (PowerPolicy::IfOff, "host is on")] {
        let mut case = Case::new(Bmc::default(), plan(true, false));
        case.options.power = policy;
        let run = case.run().await;
        assert_eq!((run.state, case.bmc(|bmc| bmc.pushes)), (ServerState::Blocked, 0));
        assert!(run.phases[0].state.why().unwrap().contains(words));
    }
}

#[tokio::test]
async fn a_plan_that_no_longer_holds_is_stale() {
    let case = Case::new(Bmc { version: "1.5.0".into(), ..Bmc::default() }, plan(false, false));
    let run = case.run().await;
    assert_eq!((run.state, state_of(&run, Phase::FirmwareAnalysis)), (ServerState::Blocked, "blocked"));
    assert!(run.phase(Phase::FirmwareAnalysis).why().unwrap().contains("stale"));
}
