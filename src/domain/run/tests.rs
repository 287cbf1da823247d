use jiff::{SignedDuration, Timestamp};

use super::{CalledOff, Control, RunEvent, asked, holds};

fn who() -> String {
    "somebody".into()
}

#[test]
fn an_absence_of_more_than_ten_minutes_holds_a_run() {
    let seen = Timestamp::UNIX_EPOCH;
    for (seconds, expected) in [(0, false), (600, false), (601, true), (86_400, true), (-86_400, false)] {
        assert_eq!(holds(seen, seen + SignedDuration::from_secs(seconds)), expected, "{seconds}");
    }
}

#[test]
fn a_word_of_an_operator_stands_until_a_person_resumes() {
    let started = || RunEvent::Started { actor: who() };
    let stop = || RunEvent::StopAsked { actor: who() };
    let resumed = |unattended| RunEvent::Resumed { actor: who(), unattended };
    let held = || RunEvent::Held { why: "x".into() };
    let released = || RunEvent::HoldReleased { actor: who() };
    let stopped = Control { stop: true, ..Control::default() };
    let hold = Control { hold: true, ..Control::default() };
    for (events, expected) in [
        (vec![started()], Control::default()),
        (vec![started(), stop()], stopped),
        (vec![started(), stop(), resumed(true)], stopped),
        (vec![started(), stop(), resumed(false)], Control::default()),
        (vec![started(), resumed(true), held(), resumed(true)], hold),
        (vec![started(), resumed(true), held(), released()], Control::default()),
    ] {
        assert_eq!(asked(&events), expected, "{events:?}");
    }
    assert_eq!(asked(&[RunEvent::AbortAsked { actor: who() }]).called_off(), Some(CalledOff::Aborted));
}

#[test]
fn a_journal_of_before_holds_and_fronts_is_still_read() {
    let resumed: RunEvent = serde_json::from_str(r#"{"event":"resumed","actor":"somebody"}"#).unwrap();
    assert_eq!(resumed, RunEvent::Resumed { actor: who(), unattended: false });
    let analysed = r#"{"event":"analysed","versions":{},"host_on":true,"health":null}"#;
    assert!(serde_json::from_str::<super::Event>(analysed).is_ok());
    for older in [
        r#"{"event":"step_ended","phase":"pre_flight","step":"tls","state":{"state":"done"}}"#,
        r#"{"event":"task_said","update":0,"word":"Running","percent":4}"#,
    ] {
        let event: super::Event = serde_json::from_str(older).unwrap();
        assert_eq!(serde_json::to_string(&event).unwrap(), older, "and is written as it was");
    }
}
