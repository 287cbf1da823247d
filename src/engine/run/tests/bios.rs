//! The BIOS phase: what is sent, what is reset, what is said, and what a crash at any boundary leaves.

use serde_json::json;

use super::*;
use crate::domain::{
    bios::{Attributes, BiosReading, BiosWay, ConfigJob, Registry, Sent, Wish, Wishes},
    plan::BiosPlan,
    run::{Again, BiosSettled, CalledOff, Step},
};

/// A BIOS of two switches.
pub(super) struct Bios {
    pub(super) current: Attributes,
    pub(super) pending: Attributes,
    /// Settings come in by a job, and can be taken back.
    by_job: bool,
    job: Option<String>,
    /// What becomes of requests, the first first; taken when there are none.
    outcomes: Vec<Sent>,
    /// Of a request only the first value is taken.
    partial: bool,
    /// What waits comes in at a boot.
    pub(super) sticks: bool,
    /// The second switch cannot be changed.
    pub(super) locked: bool,
    /// Values are set one by one, and a job is made for them at the end.
    one_by_one: bool,
    /// The next requests are cut after so many values, before their job.
    cuts: Vec<usize>,
    /// Values that were set one by one.
    sets: u32,
    asked: u32,
    taken: u32,
    applied: u32,
}

impl Default for Bios {
    fn default() -> Self {
        Self {
            current: values("Off", "Off"),
            pending: Attributes::new(),
            by_job: false,
            job: None,
            outcomes: Vec::new(),
            partial: false,
            sticks: true,
            locked: false,
            one_by_one: false,
            cuts: Vec::new(),
            sets: 0,
            asked: 0,
            taken: 0,
            applied: 0,
        }
    }
}

fn values(one: &str, other: &str) -> Attributes {
    [("One".to_owned(), one.into()), ("Other".to_owned(), other.into())].into()
}

impl Bios {
    pub(super) fn boot(&mut self) {
        if self.pending.is_empty() || (self.by_job && self.job.is_none()) {
            return;
        }
        let pending = std::mem::take(&mut self.pending);
        if self.sticks {
            self.current.extend(pending);
        }
        self.job = None;
        self.applied += 1;
    }

    pub(super) fn reading(&self) -> BiosReading {
        let switch = |name: &str, read_only: bool| {
            let values = [json!({ "ValueName": "On" }), json!({ "ValueName": "Off" })];
            json!({ "AttributeName": name, "Type": "Enumeration", "Value": values, "ReadOnly": read_only })
        };
        let entries = json!({ "Attributes": [switch("One", false), switch("Other", self.locked)] });
        let mut pending = self.pending.clone();
        pending.retain(|name, value| self.current.get(name) != Some(value));
        BiosReading {
            way: if self.one_by_one { BiosWay::Racadm } else { BiosWay::Redfish },
            attributes: self.current.clone(),
            pending,
            registry: Arc::new(Registry::of_json(&json!({ "RegistryEntries": entries }))),
            jobs: self.job.iter().map(|uri| ConfigJob { uri: uri.clone(), what: format!("job {uri}") }).collect(),
            ..BiosReading::default()
        }
    }

    pub(super) fn stage(&mut self, values: &Attributes) -> Sent {
        self.asked += 1;
        if self.one_by_one {
            return self.stage_one_by_one(values);
        }
        let outcome = if self.outcomes.is_empty() { Sent::Taken { job: None } } else { self.outcomes.remove(0) };
        let took =
            matches!(&outcome, Sent::Taken { .. }) || matches!(&outcome, Sent::Unknown { why } if why == "after all");
        if took {
            self.taken += 1;
            let taken = values.iter().take(if self.partial { 1 } else { values.len() });
            self.pending.extend(taken.map(|(name, value)| (name.clone(), value.clone())));
            self.job = self.by_job.then(|| format!("/jobs/{}", self.taken));
        }
        match outcome {
            Sent::Taken { .. } => Sent::Taken { job: self.job.clone() },
            other => other,
        }
    }

    /// What waits already is not set again.
    fn stage_one_by_one(&mut self, values: &Attributes) -> Sent {
        let missing: Vec<_> = values.iter().filter(|(name, value)| self.pending.get(*name) != Some(*value)).collect();
        let cut = if self.cuts.is_empty() { None } else { Some(self.cuts.remove(0)) };
        for (name, value) in missing.into_iter().take(cut.unwrap_or(usize::MAX)) {
            self.sets += 1;
            self.pending.insert(name.clone(), value.clone());
        }
        if cut.is_some() {
            return Sent::Unknown { why: "cut".into() };
        }
        self.taken += 1;
        self.job = Some(format!("JID_{}", self.taken));
        Sent::Taken { job: self.job.clone() }
    }

    pub(super) fn refuses(&mut self, why: &str) {
        self.outcomes = vec![Sent::Refused { why: why.into(), reasons: Default::default() }];
    }

    pub(super) fn give_back(&mut self) -> bool {
        if self.by_job {
            self.job = None;
            self.pending.clear();
        }
        self.by_job
    }

    pub(super) fn job_state(&self) -> TaskState {
        if self.job.is_some() { TaskState::AwaitsReset } else { TaskState::Succeeded }
    }
}

/// A plan that wants both switches on, besides or instead of an update.
pub(super) fn planned(updates: bool) -> ServerPlan {
    let mut plan = plan(true, false);
    if !updates {
        plan.updates.clear();
    }
    let wish = |name: &str| (name.to_owned(), Wish { value: "On".into(), optional: false });
    let mut bios = BiosPlan {
        profile: "both".into(),
        wishes: Wishes { wanted: [wish("One"), wish("Other")].into(), preserve: Vec::new() },
        resets_host: true,
        way: BiosWay::default(),
        why: None,
        changes: Vec::new(),
        already: Vec::new(),
        absent: Vec::new(),
        refused: Vec::new(),
    };
    bios.changes =
        crate::domain::bios::check(&bios.wishes, &Bios::default().reading().registry, &values("Off", "Off")).changes;
    plan.bios = Some(bios);
    plan
}

fn case(bios: Bios) -> Case {
    Case::new(Bmc { bios, ..Bmc::default() }, planned(false))
}

/// Requests, boots with settings, hosts switched off and on.
fn counts(case: &Case) -> (u32, u32, u32, u32) {
    case.bmc(|bmc| (bmc.bios.asked, bmc.bios.applied, bmc.offs, bmc.ons))
}

fn why(run: &ServerRun) -> String {
    run.phase(Phase::BiosConfiguration).why().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn what_differs_is_sent_once_the_host_reset_once_and_each_value_read_back() {
    for by_job in [false, true] {
        let case = case(Bios { by_job, current: values("On", "Off"), ..Bios::default() });
        let run = case.run().await;
        assert_eq!((run.state, state_of(&run, Phase::BiosConfiguration)), (ServerState::Succeeded, "done"), "{run:#?}");
        let read_back: Attributes = [("Other".to_owned(), "On".into())].into();
        assert_eq!(run.bios.settled, Some(BiosSettled::Applied { read_back }));
        assert_eq!(counts(&case), (1, 1, 1, 1));
        assert!(case.wrote(|event| matches!(event, Event::BiosBackedUp { attributes } if attributes.len() == 2)));
        let phase = run.phases.iter().find(|one| one.phase == Phase::BiosConfiguration).unwrap();
        let steps: Vec<_> = phase.steps.iter().map(|one| (one.step.as_str(), one.state.word())).collect();
        let expected = ["read", "check", "backup", "apply", "reset", "verify"].map(|step| (step, "done"));
        assert_eq!(steps, expected);
    }
}

#[tokio::test]
async fn where_nothing_differs_nothing_is_sent_and_nothing_reset() {
    let case = case(Bios { current: values("On", "On"), ..Bios::default() });
    let run = case.run().await;
    assert_eq!((run.state, run.bios.settled.clone()), (ServerState::Succeeded, Some(BiosSettled::AsWanted)));
    assert_eq!(counts(&case), (0, 0, 0, 0));
    assert!(case.wrote(|event| matches!(event, Event::StepEnded { state: State::Skipped { why }, .. } if why.contains("nothing to change: all 2"))));
}

#[tokio::test]
async fn what_must_not_be_is_blocked_before_anything_is_sent() {
    let foreign = values("On", "Off");
    for (bios, step, word) in [
        (Bios { locked: true, ..Bios::default() }, Step::BiosCheck, "Other: it is read-only"),
        (
            Bios { pending: foreign, ..Bios::default() },
            Step::BiosCheck,
            "somebody else's BIOS settings wait for the host's next reset (One = On)",
        ),
        (
            Bios { job: Some("/jobs/7".into()), by_job: true, ..Bios::default() },
            Step::BiosCheck,
            "somebody else's job waits to change BIOS settings: job /jobs/7",
        ),
    ] {
        let case = case(bios);
        let run = case.run().await;
        assert_eq!(run.state, ServerState::Blocked, "{word}: {run:#?}");
        assert!(why(&run).contains(word) && why(&run).contains("nothing was sent to it; next:"), "{}", why(&run));
        let phase = run.phases.iter().find(|one| one.phase == Phase::BiosConfiguration).unwrap();
        assert_eq!(phase.steps.last().unwrap().step, step.word());
        assert_eq!(counts(&case), (0, 0, 0, 0), "{word}");
    }
}

#[tokio::test]
async fn a_value_that_does_not_stick_is_named_with_what_was_read() {
    let case = case(Bios { sticks: false, ..Bios::default() });
    let run = case.run().await;
    assert_eq!(run.state, ServerState::Failed);
    assert!(why(&run).contains("One reads Off instead of On, Other reads Off instead of On"), "{}", why(&run));
    let Some(BiosSettled::Failed { instead, .. }) = &run.bios.settled else { panic!("{run:#?}") };
    assert_eq!(instead.len(), 2);
    assert_eq!(counts(&case), (1, 1, 1, 1));
}

#[tokio::test]
async fn what_is_preserved_and_changed_all_the_same_is_told() {
    let mut case = case(Bios::default());
    let bios = case.plan.bios.as_mut().unwrap();
    bios.wishes.wanted.remove("Other");
    bios.wishes.preserve = vec!["Oth*".into()];
    case.befalls(
        |event| matches!(event, Event::BiosHeld),
        |bmc| {
            bmc.bios.pending.insert("Other".into(), "On".into());
        },
    );
    let run = case.run().await;
    assert!(why(&run).contains("what the profile preserves was changed: Other reads On instead of Off"), "{run:#?}");
}

#[tokio::test]
async fn a_part_that_was_taken_is_taken_back_or_named_and_the_host_is_not_reset() {
    for (by_job, word) in [(true, "was taken back"), (false, "what was taken waits for its next reset")] {
        let case = case(Bios { by_job, partial: true, ..Bios::default() });
        let run = case.run().await;
        assert_eq!(run.state, ServerState::Failed);
        assert!(
            why(&run).contains("took a part alone: Other does not wait there") && why(&run).contains(word),
            "{}",
            why(&run)
        );
        assert_eq!(counts(&case), (1, 0, 0, 0));
        assert_eq!(case.bmc(|bmc| bmc.bios.pending.is_empty()), by_job);
    }
}

#[tokio::test]
async fn a_refusal_is_told_in_the_bmcs_words_and_not_repeated() {
    let refused = Sent::Refused { why: "a licence for BIOS settings is missing".into(), reasons: Default::default() };
    let case = case(Bios { outcomes: vec![refused], ..Bios::default() });
    let run = case.run().await;
    assert_eq!((run.state, why(&run)), (ServerState::Failed, "a licence for BIOS settings is missing".into()));
    assert_eq!(counts(&case), (1, 0, 0, 0));
}

#[tokio::test]
async fn a_busy_bmc_is_asked_again_and_not_for_ever() {
    let busy = || Sent::Busy { why: "RAC0508".into(), retry_after: None };
    let soon = case(Bios { outcomes: vec![busy(), busy()], ..Bios::default() });
    assert_eq!(soon.run().await.state, ServerState::Succeeded);
    assert_eq!(counts(&soon), (3, 1, 1, 1));
    let never = case(Bios { outcomes: std::iter::repeat_with(busy).take(1000).collect(), ..Bios::default() });
    let run = never.run().await;
    assert!(run.state == ServerState::Blocked && why(&run).contains("stays busy: RAC0508"), "{run:#?}");
}

#[tokio::test]
async fn without_a_clear_answer_reading_decides() {
    for (word, asked) in [("after all", 1), ("not at all", 2)] {
        let unknown = Sent::Unknown { why: word.into() };
        let case = case(Bios { outcomes: vec![unknown], ..Bios::default() });
        let run = case.run().await;
        assert_eq!(run.state, ServerState::Succeeded, "{word}: {run:#?}");
        assert_eq!(counts(&case), (asked, 1, 1, 1), "{word}");
    }
}

fn one_by_one(cuts: &[usize]) -> Case {
    case(Bios { one_by_one: true, by_job: true, cuts: cuts.to_vec(), ..Bios::default() })
}

#[tokio::test]
async fn values_that_wait_without_their_job_are_committed_and_none_is_set_twice() {
    // The engine, or racadm, was cut after none, one or both of two values.
    for (cuts, asked) in [(&[][..], 1), (&[0], 2), (&[1], 2), (&[2], 2), (&[1, 1], 3)] {
        let case = one_by_one(cuts);
        let run = case.run().await;
        assert_eq!(run.state, ServerState::Succeeded, "{cuts:?}: {run:#?}");
        assert_eq!((counts(&case), case.bmc(|bmc| bmc.bios.sets)), ((asked, 1, 1, 1), 2), "{cuts:?}");
    }
}

#[tokio::test]
async fn values_whose_job_is_never_made_are_taken_back_and_the_host_is_left_alone() {
    let case = one_by_one(&[2, 2, 2, 2, 2]);
    let run = case.run().await;
    assert_eq!(run.state, ServerState::Failed, "{run:#?}");
    assert!(why(&run).contains("no job brings them in") && why(&run).contains("was taken back"), "{}", why(&run));
    assert_eq!((counts(&case), case.bmc(|bmc| bmc.bios.pending.len())), ((3, 0, 0, 0), 0));
}

#[tokio::test]
async fn called_off_or_held_nothing_that_waits_without_a_job_is_committed() {
    let uncommitted = |one: &Event| matches!(one, Event::BiosSent { sent: Sent::Uncommitted { .. } });
    let mut stopped = one_by_one(&[1]);
    stopped.says(Control { stop: true, ..Control::default() }, uncommitted);
    let run = stopped.run().await;
    assert_eq!(
        (run.state, run.bios.settled.clone()),
        (ServerState::Cancelled, Some(BiosSettled::GivenBack)),
        "{run:#?}"
    );
    assert_eq!((counts(&stopped), stopped.bmc(|bmc| bmc.bios.pending.len())), ((1, 0, 0, 0), 0));
    let mut held = one_by_one(&[1]);
    held.says(Control { hold: true, ..Control::default() }, uncommitted);
    assert!(tokio::time::timeout(Duration::from_millis(200), held.run()).await.is_err());
    assert!(held.wrote(|event| matches!(event, Event::Held { .. })));
    assert_eq!((counts(&held), held.bmc(|bmc| bmc.bios.job.clone())), ((1, 0, 0, 0), None));
}

#[tokio::test]
async fn what_somebody_else_has_set_beside_ours_is_not_committed_with_it() {
    let mut case = one_by_one(&[1]);
    case.befalls(
        |event| matches!(event, Event::BiosSent { .. }),
        |bmc| {
            bmc.bios.pending.insert("Foreign".into(), "On".into());
        },
    );
    let run = case.run().await;
    assert_eq!(run.state, ServerState::Failed, "{run:#?}");
    assert!(why(&run).contains("somebody else's BIOS settings wait beside ours: Foreign = On"), "{}", why(&run));
    assert_eq!((counts(&case), case.bmc(|bmc| bmc.bios.job.clone())), ((1, 0, 0, 0), None));
}

#[tokio::test]
async fn killed_at_any_boundary_each_value_is_set_one_by_one_once() {
    let whole = one_by_one(&[]);
    assert_eq!(whole.run().await.state, ServerState::Succeeded);
    let boundaries = whole.journal.events.lock().unwrap().len();
    for boundary in 0..=boundaries {
        for after in [false, true] {
            let case = one_by_one(&[]);
            let killed = Journal {
                killed_before: (!after).then_some(boundary),
                killed_after: after.then_some(boundary),
                ..case.journal.clone()
            };
            let _ = case.work(killed).await;
            let run = case.run().await;
            assert_eq!(run.state, ServerState::Succeeded, "at {boundary}, after: {after}: {run:#?}");
            assert_eq!(
                (counts(&case), case.bmc(|bmc| bmc.bios.sets)),
                ((1, 1, 1, 1), 2),
                "at {boundary}, after: {after}"
            );
        }
    }
}

#[tokio::test]
async fn a_policy_without_resets_leaves_the_values_staged_and_says_so() {
    let mut case = case(Bios::default());
    case.options.power = PowerPolicy::Never;
    case.plan.bios.as_mut().unwrap().resets_host = false;
    let run = case.run().await;
    assert_eq!((run.state, run.bios.settled.clone()), (ServerState::Succeeded, Some(BiosSettled::Staged)));
    assert!(why(&run).contains("2 values are staged: they take effect at the host's next reset"), "{}", why(&run));
    assert_eq!(counts(&case), (1, 0, 0, 0));
}

#[tokio::test]
async fn a_host_that_does_not_go_down_keeps_its_values_staged_and_a_retry_sends_nothing_again() {
    let case = case(Bios { by_job: true, ..Bios::default() });
    case.bmc(|bmc| bmc.shuts_down = false);
    let run = case.run().await;
    assert!(run.state == ServerState::Blocked && why(&run).contains("2 BIOS values stay staged"), "{run:#?}");
    case.bmc(|bmc| bmc.shuts_down = true);
    case.journal.events.lock().unwrap().push(Event::RetryAsked { how: Again::default() });
    let run = case.run().await;
    assert_eq!(run.state, ServerState::Succeeded, "{run:#?}");
    assert_eq!(counts(&case), (1, 1, 1, 1));
}

#[tokio::test]
async fn a_stop_before_the_reset_gives_back_what_waits_where_that_can_be() {
    for by_job in [true, false] {
        for event in ["sent", "held"] {
            let mut case = case(Bios { by_job, ..Bios::default() });
            let is = move |one: &Event| match event {
                "sent" => matches!(one, Event::BiosSent { .. }),
                _ => matches!(one, Event::BiosHeld),
            };
            case.says(Control { stop: true, ..Control::default() }, is);
            let run = case.run().await;
            assert_eq!((run.state, run.called_off), (ServerState::Cancelled, Some(CalledOff::Stopped)), "{run:#?}");
            assert_eq!(counts(&case), (1, 0, 0, 0));
            assert_eq!(case.bmc(|bmc| bmc.bios.pending.is_empty()), by_job);
            let word = if by_job { "taken back" } else { "One, Other waits and takes effect" };
            assert!(why(&run).contains(word), "{}", why(&run));
        }
    }
}

#[tokio::test]
async fn a_stop_in_the_middle_of_the_reset_brings_it_to_its_end() {
    let mut case = case(Bios::default());
    case.says(Control { stop: true, ..Control::default() }, |one| {
        matches!(one, Event::PowerReached { goal: PowerGoal::Off })
    });
    let run = case.run().await;
    assert!(matches!(run.bios.settled, Some(BiosSettled::Applied { .. })), "{run:#?}");
    assert_eq!(counts(&case), (1, 1, 1, 1));
    assert!(case.bmc(|bmc| bmc.host_on));
}

#[tokio::test]
async fn a_host_that_was_off_is_off_again_once_its_values_are_read_back() {
    let case = case(Bios::default());
    case.bmc(|bmc| bmc.host_on = false);
    let run = case.run().await;
    assert_eq!(run.state, ServerState::Succeeded, "{run:#?}");
    assert_eq!((counts(&case), case.bmc(|bmc| bmc.host_on)), ((1, 1, 1, 1), false));
}

#[tokio::test]
async fn a_bios_that_was_flashed_before_is_checked_anew() {
    let mut case = Case::new(Bmc { flash: Flash::Stages, ..Bmc::default() }, planned(true));
    case.befalls(
        |event| matches!(event, Event::PhaseEnded { phase: Phase::SystemReboot, .. }),
        |bmc| bmc.bios.locked = true,
    );
    let run = case.run().await;
    assert!(run.state == ServerState::Blocked && why(&run).contains("Other: it is read-only"), "{run:#?}");
    // One reset for the flash, none for settings.
    assert_eq!(counts(&case), (0, 0, 1, 1));
}

#[tokio::test]
async fn killed_at_any_boundary_settings_are_sent_once_and_the_host_is_reset_once() {
    for (by_job, updates, unclear) in
        [(false, false, false), (true, false, false), (true, true, false), (false, true, true)]
    {
        let fresh = || {
            let outcomes = if unclear { vec![Sent::Unknown { why: "after all".into() }] } else { Vec::new() };
            let bios = Bios { by_job, outcomes, ..Bios::default() };
            Case::new(Bmc { bios, flash: Flash::Stages, ..Bmc::default() }, planned(updates))
        };
        let whole = fresh();
        assert_eq!(whole.run().await.state, ServerState::Succeeded);
        let (boundaries, expected) = (whole.journal.events.lock().unwrap().len(), counts(&whole));
        for boundary in 0..=boundaries {
            for after in [false, true] {
                let case = fresh();
                let killed = Journal {
                    killed_before: (!after).then_some(boundary),
                    killed_after: after.then_some(boundary),
                    ..case.journal.clone()
                };
                let _ = case.work(killed).await;
                let run = case.run().await;
                let at = format!("{by_job} {updates} {unclear}: at {boundary}, after: {after}");
                assert_eq!(run.state, ServerState::Succeeded, "{at}: {run:#?}");
                assert_eq!(counts(&case), expected, "{at}");
                assert_eq!(case.bmc(|bmc| (bmc.bios.taken, bmc.bricks, bmc.host_on)), (1, 0, true), "{at}");
            }
        }
    }
}

#[tokio::test]
async fn a_chain_of_kills_at_every_boundary_ends_well() {
    let case = case(Bios { by_job: true, ..Bios::default() });
    for boundary in 1..300 {
        let killed = Journal { killed_after: Some(boundary), ..case.journal.clone() };
        if case.work(killed).await.is_ok() {
            break;
        }
    }
    let run = case.run().await;
    assert_eq!(run.state, ServerState::Succeeded, "{run:#?}");
    assert_eq!(counts(&case), (1, 1, 1, 1));
}

#[tokio::test]
async fn an_intent_that_a_crash_cut_before_anything_left_is_carried_out_once() {
    let case = case(Bios::default());
    let intended = |events: &[Event]| events.iter().position(|one| matches!(one, Event::BiosIntended { .. }));
    let whole = self::case(Bios::default());
    whole.run().await;
    let at = intended(&whole.journal.events.lock().unwrap()).unwrap();
    // The intent is on disk, and the process dies before the request leaves.
    let killed = Journal { killed_after: Some(at + 1), ..case.journal.clone() };
    assert!(case.work(killed).await.is_err());
    assert_eq!(counts(&case).0, 0);
    let run = case.run().await;
    assert_eq!(run.state, ServerState::Succeeded);
    assert_eq!(counts(&case), (1, 1, 1, 1));
    assert!(case.wrote(
        |event| matches!(event, Event::BiosSent { sent: Sent::NotTaken { why } } if why.contains("3 looks in a row"))
    ));
}

#[tokio::test]
async fn a_held_run_reads_and_sends_no_settings() {
    let case = case(Bios::default());
    case.control.send_replace(Control { hold: true, ..Control::default() });
    let waits = tokio::time::timeout(Duration::from_millis(50), case.run()).await;
    assert!(waits.is_err() && case.wrote(|event| matches!(event, Event::Held { .. })));
    assert_eq!(counts(&case), (0, 0, 0, 0));
    case.control.send_replace(Control::default());
    assert_eq!(case.run().await.state, ServerState::Succeeded);
}
