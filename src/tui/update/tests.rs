//! What keys, answers and messages do to the model, and what they cause.

mod keys;
mod look;
mod runs;

pub(crate) use keys::any_msg;

use crate::{
    api::wire::{Progress, ReadSummary},
    tui::{
        fixtures::{self, Desk, RUN, hello, now, row},
        input::Input,
        key::Key,
        model::{Dialog, Link, Screen, Tab, cursor::Rows, journal::JournalOf},
        msg::{Answer, Effect, Msg},
    },
};

fn current(desk: &Desk) -> &str {
    desk.model.fleet.current().map_or("", |row| row.name.as_deref().unwrap_or_default())
}

#[test]
fn the_first_thing_that_is_asked_is_the_fleet_as_the_engines_database_has_it() {
    let mut desk = Desk::new(80, 24);
    desk.tell(Msg::At(now()));
    assert_eq!(desk.take(), []);
    desk.tell(Msg::Attached(hello()));
    assert_eq!(desk.take(), [Effect::LoadFleet, Effect::LoadRuns]);
}

#[test]
fn the_cursor_stays_on_its_server_while_others_come_and_go() {
    let mut desk = Desk::with(80, 24, 30);
    desk.keys("jjj");
    let name = current(&desk).to_owned();
    desk.server(crate::api::live::FleetRow { name: Some("a-new-one".into()), ..row(900) });
    assert_eq!(current(&desk), name);
    assert_eq!(desk.model.fleet.cursor.index, 4);
    desk.keys("s");
    assert_eq!(current(&desk), name, "also when the order changes");
}

#[test]
fn space_selects_and_goes_on_and_the_machine_of_the_engine_cannot_be_selected() {
    let mut desk = Desk::with(80, 24, 30);
    desk.keys("  ");
    assert_eq!(desk.model.fleet.selected(), 2);
    desk.keys("/u12\n");
    desk.keys(" ");
    assert_eq!(desk.notice(), "not now: firmdeck runs on this machine: it cannot be updated from here");
    assert_eq!((desk.model.fleet.selected(), desk.model.fleet.hidden()), (2, 2));
}

#[test]
fn a_filter_is_in_force_while_it_is_typed_and_escape_brings_the_old_one_back() {
    let mut desk = Desk::with(80, 24, 40);
    desk.keys("/vendor=dell\n");
    assert_eq!(desk.model.fleet.count(), 10);
    desk.keys("/ !on");
    assert!(desk.model.fleet.count() < 10);
    desk.keys("\x1b");
    assert_eq!((desk.model.fleet.count(), desk.model.fleet.filter.text.as_str()), (10, "vendor=dell"));
    desk.keys("\x1b");
    assert_eq!(desk.model.fleet.count(), 40, "on the fleet, Esc ends the filter");
    desk.keys("\x1b");
    assert_eq!(desk.take().last(), Some(&Effect::LoadRuns), "and never leaves");
}

#[test]
fn a_mistake_in_a_filter_is_told_and_the_last_good_one_stays() {
    let mut desk = Desk::with(80, 24, 40);
    desk.keys("/failed");
    let failed = desk.model.fleet.count();
    desk.tell(Msg::Input(Input::Paste(" bois<2".into())));
    desk.keys("\n");
    let Some(Dialog::Filter { mistake: Some(mistake), .. }) = &desk.model.dialog else { panic!() };
    assert!(mistake.contains("there is no field or label `bois`; did you mean `bios`?"), "{mistake}");
    assert_eq!(desk.model.fleet.count(), failed);
}

#[test]
fn a_filter_on_components_is_the_engines_to_judge_and_is_asked_again_when_servers_change() {
    let mut desk = Desk::with(80, 24, 40);
    desk.serve(40, &[], 0);
    desk.keys("/nic<22");
    assert_eq!(desk.model.fleet.count(), 40);
    desk.keys("\n");
    assert_eq!(desk.take(), [Effect::Match("nic<22".into())]);
    desk.answer(Answer::Matched("nic<22".into(), Ok(vec!["s1".into(), "s3".into()])));
    assert_eq!(desk.model.fleet.count(), 2);
    desk.server(row(4));
    desk.server(row(5));
    let asked = desk.take();
    let matches = asked.iter().filter(|effect| **effect == Effect::Match("nic<22".into())).count();
    assert_eq!(matches, 1, "once, however often: {asked:?}");
    desk.answer(Answer::Matched("nic<22".into(), Ok(vec!["s1".into()])));
    assert_eq!(desk.model.fleet.count(), 1);
    assert_eq!(desk.take(), [Effect::Match("nic<22".into())], "the second change came while it was on its way");
}

#[test]
fn a_ten_kilobyte_paste_into_the_filter_is_text_and_outside_of_a_field_it_is_nothing() {
    let mut desk = Desk::with(80, 24, 40);
    desk.tell(Msg::Input(Input::Paste("xAq\n".repeat(2_500))));
    assert!(desk.notice().contains("ignored"));
    assert_eq!(desk.model.screens(), [Screen::Fleet]);
    desk.keys("/");
    desk.tell(Msg::Input(Input::Paste("q ".repeat(5_000))));
    assert!(desk.notice().contains("too long"));
    assert!(matches!(&desk.model.dialog, Some(Dialog::Filter { field, .. }) if field.text().len() == 4096));
}

#[test]
fn addresses_are_searched_and_their_progress_is_shown() {
    let mut desk = Desk::with(80, 24, 0);
    desk.serve(0, &[], 0);
    desk.keys("D10.0.0.0/99\n");
    assert!(matches!(&desk.model.dialog, Some(Dialog::Discover { mistake: Some(_), .. })));
    for _ in 0..3 {
        desk.key(Key::Backspace);
    }
    desk.keys("/30, 10.0.1.7\n");
    let [Effect::Read { targets, named: false }] = &desk.take()[..] else { panic!() };
    assert_eq!(targets.len(), 3);
    desk.keys("D");
    assert_eq!(desk.notice(), "not now: a reading is under way; o calls it off");
    desk.answer(Answer::Began(5));
    desk.keys("o");
    assert_eq!(desk.take(), [Effect::CallOff(5)]);
    desk.answer(Answer::Reading(Progress { read: 1, failed: 0, total: 3 }));
    desk.answer(Answer::Read(Ok(ReadSummary { read: 2, new: 2, without: 1, ..ReadSummary::default() })));
    assert_eq!(desk.notice(), "read 2 BMCs, 2 new, 1 addresses without a BMC");
    assert_eq!(desk.take(), [Effect::LoadFleet]);
}

#[test]
fn what_is_refreshed_keeps_all_that_the_operator_said_of_it() {
    let mut desk = Desk::with(80, 24, 10);
    desk.serve(10, &[], 0);
    desk.keys(" R");
    let [Effect::Read { targets, named: true }] = &desk.take()[..] else { panic!() };
    assert_eq!((targets.len(), targets[0].rack.as_deref()), (1, Some("r01")));
}

fn planned(count: usize) -> Desk {
    let mut desk = Desk::with(80, 24, count);
    desk.serve(count, &[], 0);
    desk.keys("ap");
    desk.serve(count, &[], 0);
    desk.keys("\n");
    desk
}

fn running(stages: &[usize]) -> Desk {
    let mut desk = Desk::with(80, 24, 30);
    desk.serve(30, stages, 1);
    desk.keys("3");
    desk.serve(30, stages, 1);
    desk.key(Key::Home);
    desk.serve(30, stages, 1);
    desk
}

#[test]
fn without_an_engine_the_screen_stays_and_actions_say_why_not() {
    let mut desk = running(&[4, 1, 0]);
    desk.tell(Msg::Lost("the socket was closed".into()));
    assert!(matches!(desk.model.link, Link::Lost { .. }));
    assert_eq!(desk.model.run.count(), 3);
    for keys in ["x", "X", "u", "r"] {
        desk.keys(keys);
        assert_eq!(desk.notice(), "not now: the engine is lost; reconnecting");
    }
    desk.keys("1R");
    assert_eq!(desk.notice(), "not now: the engine is lost; reconnecting");
    assert_eq!(desk.take(), []);
}

#[test]
fn an_engine_that_comes_back_is_asked_for_everything_that_is_on_the_screen() {
    let mut desk = running(&[4, 1, 0]);
    desk.keys("j");
    desk.take();
    desk.tell(Msg::Lost("the socket was closed".into()));
    desk.tell(Msg::Attached(hello()));
    let asked = desk.take();
    for wanted in [Effect::LoadRuns, Effect::LoadBoard(RUN)] {
        assert!(asked.contains(&wanted), "{asked:?}");
    }
    desk.keys("1");
    assert_eq!(desk.take(), [Effect::LoadFleet], "and for the fleet once it is looked at");
    assert!(asked.iter().any(|effect| matches!(effect, Effect::LoadJournal(..))), "{asked:?}");
}

#[test]
fn q_goes_back_and_from_the_fleet_it_leaves_and_escape_never_leaves() {
    let mut desk = Desk::with(80, 24, 5);
    desk.serve(5, &[], 0);
    desk.keys("\n");
    assert_eq!(desk.model.screens(), [Screen::Fleet, Screen::Server]);
    desk.take();
    desk.keys("q\x1b\x1b");
    assert_eq!(desk.take(), []);
    assert_eq!(desk.model.screens(), [Screen::Fleet]);
    desk.keys("q");
    assert_eq!(desk.take(), [Effect::Leave]);
    desk.key(Key::Ctrl('z'));
    desk.key(Key::Ctrl('l'));
    desk.key(Key::Ctrl('c'));
    assert_eq!(desk.take(), [Effect::Suspend, Effect::Repaint, Effect::Leave]);
}

#[test]
fn a_servers_parts_are_gone_through_and_each_is_asked_for_when_it_is_looked_at() {
    let mut desk = Desk::with(80, 24, 5);
    desk.serve(5, &[], 0);
    desk.keys("\n");
    assert_eq!(desk.take(), [Effect::LoadServer("s1".into())]);
    desk.answer(Answer::Server("s1".into(), Ok(Box::new(fixtures::server(0)))));
    desk.keys("\t\t");
    assert_eq!(desk.model.server.tab, Tab::Journal);
    assert_eq!(desk.take(), [Effect::LoadJournal(JournalOf::Last("s1".into()), 0)]);
    desk.keys("\t");
    assert_eq!(desk.take(), [Effect::LoadTranscript("s1".into())]);
}
