//! What keys, answers and messages do to the model, and what they cause.

mod look;

use std::collections::HashSet;

use look::{looking, place};
use proptest::prelude::*;
use ratatui::layout::Size;

use crate::{
    api::{
        live::{Message, RunHead},
        wire::{Progress, ReadSummary},
    },
    domain::run::Again,
    tui::{
        action::{self, ACTIONS, Id},
        fixtures::{self, Desk, RUN, board, board_row, entries, goals, head, hello, now, plan, row, runs},
        input::Input,
        key::Key,
        model::{
            Dialog, Link, Screen, Tab,
            beside::Beside,
            cursor::Rows,
            journal::JournalOf,
            run::{Pane, Show},
        },
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

#[test]
fn a_plan_is_for_the_selected_servers_and_starts_only_by_the_digits_of_its_digest() {
    let mut desk = planned(6);
    let effects = desk.take();
    let [Effect::Plan(wish)] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(wish.servers.len(), 6);
    desk.answer(Answer::Plan(Ok(Box::new(plan(6)))));
    assert_eq!(action::context(&desk.model), action::Context::Plan);
    desk.keys("g\n");
    assert_eq!(desk.notice(), "not now: type 9f3c first");
    desk.keys("9f3d\n");
    assert_eq!(desk.take(), []);
    desk.key(Key::Backspace);
    desk.tell(Msg::Input(Input::Paste("c".into())));
    assert!(desk.notice().contains("cannot be pasted"));
    desk.keys("c\n");
    assert_eq!(desk.take(), [Effect::Start(plan(6).digest)]);
    desk.answer(Answer::Started(Ok(RUN)));
    assert_eq!((desk.model.screen(), desk.model.run.run), (Screen::Run, Some(RUN)));
    assert_eq!(desk.model.fleet.selected(), 0, "what was started is not selected any more");
}

#[test]
fn a_plan_whose_servers_change_while_it_is_looked_at_cannot_be_started() {
    let mut desk = planned(6);
    desk.answer(Answer::Plan(Ok(Box::new(plan(6)))));
    desk.keys("g9f3c");
    desk.take();
    desk.server(crate::api::live::FleetRow { bios: Some("9.9".into()), ..row(0) });
    desk.take();
    desk.keys("\n");
    assert_eq!(desk.notice(), "not now: the plan is stale: r01u01-gpu: BIOS is now 9.9");
    assert_eq!(desk.take(), []);
}

#[test]
fn a_plan_that_cannot_be_made_says_why_and_one_that_changes_nothing_does_not_start() {
    let mut desk = planned(6);
    desk.answer(Answer::Plan(Err("image i7 is missing\nadd it with firmdeck images add".into())));
    assert_eq!(desk.model.plan.error.as_deref(), Some("image i7 is missing\nadd it with firmdeck images add"));
    let mut nothing = plan(6);
    nothing.plan.servers.iter_mut().for_each(|server| server.updates.clear());
    desk.answer(Answer::Plan(Ok(Box::new(nothing))));
    desk.keys("g");
    assert_eq!(desk.notice(), "not now: the plan changes nothing");
}

#[test]
fn options_of_a_plan_are_changed_by_keys_and_kept_for_the_next() {
    let mut desk = planned(6);
    desk.answer(Answer::Goals(Ok(goals())));
    desk.answer(Answer::Plan(Err("no".into())));
    desk.take();
    desk.keys("wcd++-\n");
    let [Effect::Plan(wish)] = &desk.take()[..] else { panic!() };
    assert_eq!(wish.options.power, crate::domain::plan::PowerPolicy::Forced);
    assert!(!wish.options.canary && wish.options.downgrade);
    assert_eq!(wish.options.stop_after, 2);
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
fn a_run_is_opened_where_something_is_to_be_seen() {
    for (stages, at) in [(&[3, 1, 4, 0][..], 2), (&[3, 3, 1, 0], 2), (&[3, 3], 0)] {
        let mut desk = Desk::with(80, 24, 30);
        desk.serve(30, stages, 1);
        desk.keys("3");
        desk.serve(30, stages, 1);
        assert_eq!(desk.model.run.cursor.index, at, "{stages:?}");
    }
}

#[test]
fn a_cursor_that_runs_down_a_board_asks_for_one_journal_at_a_time() {
    let mut desk = running(&[3, 1, 2, 0, 0, 4]);
    desk.keys("jjjj");
    let asked = desk.take();
    assert_eq!(asked, [Effect::LoadJournal(JournalOf::Server { run: RUN, server: "s2".into() }, 0)]);
    desk.answer(Answer::Journal(JournalOf::Server { run: RUN, server: "s2".into() }, Ok((Some(RUN), entries(RUN, 3)))));
    assert_eq!(desk.take(), [Effect::LoadJournal(JournalOf::Server { run: RUN, server: "s5".into() }, 0)]);
}

#[test]
fn a_row_of_the_event_stream_changes_the_board_in_place() {
    let mut desk = running(&[3, 1, 2, 0]);
    desk.engine(Message::Row { run: RUN, row: board_row(1, 4) });
    assert_eq!((desk.model.run.counted("failed"), desk.model.run.counted("running")), (1, 1));
    desk.keys("f");
    assert_eq!(desk.model.run.current().map(|row| row.id.as_str()), Some("s2"));
}

#[test]
fn an_entry_is_added_to_the_journal_on_the_screen_once() {
    let mut desk = running(&[3, 1]);
    let known = desk.model.journal.value.as_ref().unwrap().lines.len();
    let mut line = entries(RUN, 41).entries.pop().unwrap();
    line.server = Some("s1".into());
    desk.engine(Message::Entry(line.clone()));
    desk.engine(Message::Entry(line));
    assert_eq!(desk.model.journal.value.as_ref().unwrap().lines.len(), known + 1);
}

#[test]
fn stop_abort_resume_and_retry_each_ask_for_their_word() {
    for (key, word, effect) in [
        ("x", "stop", Effect::Stop(RUN)),
        ("X", "abort", Effect::Abort(RUN)),
        ("r", "retry", Effect::Retry(RUN, "s1".into(), Again::default())),
        ("r", "next", Effect::Retry(RUN, "s1".into(), Again { next_method: true, skip: false })),
        ("r", "skip", Effect::Retry(RUN, "s1".into(), Again { next_method: false, skip: true })),
    ] {
        let mut desk = running(&[4, 1, 0]);
        desk.keys(key);
        assert_eq!(desk.take(), [], "{key} alone does nothing");
        desk.keys("\n");
        assert_eq!(desk.take(), [], "nor does Enter");
        desk.keys(word);
        desk.keys("\n");
        assert_eq!(desk.take(), [effect]);
        assert_eq!(desk.model.dialog, None);
    }
}

#[test]
fn a_run_that_nobody_carries_is_resumed_and_one_under_way_is_not() {
    let mut desk = running(&[3, 1, 0]);
    desk.keys("u");
    assert_eq!(desk.notice(), "not now: it is under way");
    let board = board(&[3, 1, 0]);
    desk.engine(Message::Run(RunHead { carried: false, ..board.run.clone() }));
    desk.keys("x");
    assert_eq!(desk.notice(), "not now: no engine carries it now: u resumes it");
    desk.keys("uresume\n");
    assert_eq!(desk.take(), [Effect::Resume(RUN)]);
    desk.answer(Answer::Done(Err("another engine carries run 17".into())));
    assert_eq!(desk.notice(), "nothing was done: another engine carries run 17");
}

#[test]
fn only_what_ended_badly_can_be_tried_again() {
    for (stage, why) in [(0, "it has not begun"), (1, "it is under way"), (3, "it has succeeded")] {
        let mut desk = running(&[stage, 0]);
        desk.keys("r");
        assert_eq!(desk.notice(), format!("not now: {why}"));
    }
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
fn a_run_that_another_screen_starts_is_shown_where_there_was_none() {
    let mut desk = Desk::with(80, 24, 5);
    desk.serve(5, &[], 0);
    desk.keys("3");
    desk.engine(Message::Run(head(RUN, "running", true, &[("running", 1)])));
    assert_eq!(desk.take(), [Effect::LoadBoard(RUN)]);
}

#[test]
fn a_confirmation_that_was_open_when_the_engine_went_is_not_sent_into_the_void() {
    let mut desk = running(&[4, 1, 0]);
    desk.keys("xstop");
    desk.tell(Msg::Lost("gone".into()));
    desk.keys("\n");
    assert_eq!(desk.take(), []);
    assert_eq!(desk.notice(), "not now: the engine is lost; reconnecting");
    assert!(desk.model.dialog.is_some());
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

#[test]
fn a_transcript_is_searched_from_its_end_back_wrapped_and_written_to_a_file() {
    // given: a server's transcript on the screen
    let mut desk = Desk::with(80, 24, 5);
    desk.serve(5, &[], 0);
    desk.keys("\n/");
    assert!(desk.notice().contains("Tab goes there"), "{}", desk.notice());
    desk.keys("\t\t\t");
    desk.answer(Answer::Transcript("s1".into(), Ok(fixtures::transcript())));
    desk.take();
    desk.keys("n");
    assert!(desk.notice().contains("nothing was looked for"), "{}", desk.notice());
    // when, then: the newest place, then the one before, and no further
    desk.keys("/TASKS/7\n");
    assert_eq!(desk.model.server.at, 0);
    desk.keys("n");
    assert_eq!(desk.model.server.at, 1);
    desk.keys("n");
    assert!(desk.notice().contains("not before this"), "{}", desk.notice());
    assert_eq!(desk.model.server.at, 1);
    desk.keys("/nowhere\n");
    assert!(desk.notice().contains("not in what is shown"), "{}", desk.notice());
    // then: wrapped, followed again, and written
    desk.keys("wG");
    assert!(desk.model.server.wrap);
    assert_eq!(desk.model.server.at, 0);
    desk.keys("e");
    assert_eq!(desk.take(), [Effect::Export("s1".into())]);
}

#[test]
fn a_view_of_what_went_wrong_says_so_and_follows_the_rows() {
    let mut desk = running(&[4, 1, 0, 6]);
    desk.keys("vv");
    assert_eq!((desk.model.run.show, desk.model.run.count()), (Show::Wrong, 2));
    desk.engine(Message::Row { run: RUN, row: board_row(1, 5) });
    assert_eq!(desk.model.run.count(), 3);
    desk.keys("t");
    assert_eq!(desk.model.run.pane, Pane::Transcript);
}

#[test]
fn runs_that_others_start_are_listed_as_they_begin() {
    let mut desk = Desk::with(80, 24, 5);
    desk.serve(5, &[], 3);
    desk.engine(Message::Run(head(RUN + 1, "running", true, &[("running", 1)])));
    assert_eq!(desk.model.runs.value.as_ref().unwrap()[0].line.run, RUN + 1);
    assert_eq!(desk.model.carried().count(), 2);
}

#[test]
fn resizing_a_thousand_times_keeps_the_last() {
    let mut desk = Desk::with(80, 24, 50);
    desk.serve(50, &[], 0);
    for step in 0..1_000_u16 {
        desk.tell(Msg::Resize(Size { width: step % 200, height: step % 60 }));
    }
    desk.tell(Msg::Resize(Size { width: 0, height: 0 }));
    assert_eq!(desk.model.size, Size { width: 80, height: 24 });
}

#[test]
fn a_journal_of_many_pages_is_read_to_its_end() {
    let mut desk = Desk::with(80, 24, 5);
    desk.serve(5, &[], 3);
    desk.keys("4l");
    let of = JournalOf::Run(RUN);
    let asked = desk.take();
    assert_eq!(asked, [Effect::LoadJournal(of.clone(), 0)]);
    let mut page = entries(RUN, 10);
    page.more = true;
    desk.answer(Answer::Journal(of.clone(), Ok((Some(RUN), page))));
    assert_eq!(desk.take(), [Effect::LoadJournal(of, 10)]);
}

#[test]
fn every_action_can_be_done_by_its_first_key_somewhere() {
    let mut done = HashSet::new();
    for context in 0..9 {
        for action in ACTIONS {
            let mut desk = match context {
                0 => Desk::with(80, 24, 12),
                1 => running(&[4, 1, 0]),
                2 => {
                    let mut desk = planned(6);
                    desk.answer(Answer::Plan(Ok(Box::new(plan(6)))));
                    desk
                }
                3 => {
                    let mut desk = Desk::with(80, 24, 12);
                    desk.serve(12, &[], 4);
                    desk.keys("4");
                    desk
                }
                4 => looking("\n"),
                5 => looking("3i"),
                // once into a resource, so that there is a way back
                6 => looking("b\n"),
                7 => looking("L"),
                _ => looking("="),
            };
            let chords = desk.model.keymap.chords(action::context(&desk.model), action.id).to_vec();
            if let Some(chord) = chords.first() {
                chord.0.iter().for_each(|key| desk.key(*key));
                if !desk.notice().starts_with("not now") {
                    done.insert(action.id);
                }
            }
        }
    }
    let elsewhere = [
        Id::CallOff,
        Id::Accept,
        Id::Cancel,
        Id::Confirm,
        Id::Toggle,
        Id::SelectNone,
        Id::FewerFailures,
        Id::AskResume,
        Id::Search,
        Id::Again,
        Id::Wrap,
        Id::Export,
        Id::Complete,
        Id::FindHelp,
    ];
    let by_name = [Id::Theme, Id::Size, Id::Ascii, Id::Reload, Id::Link, Id::Unlock];
    let elsewhere = [&elsewhere[..], &by_name].concat();
    let goals = [Id::MakePlan, Id::Power, Id::Canary, Id::Downgrade, Id::TpmOverride, Id::MoreFailures];
    for action in ACTIONS.iter().filter(|action| !elsewhere.contains(&action.id) && !goals.contains(&action.id)) {
        assert!(done.contains(&action.id), "{:?}", action.id);
    }
}

fn any_key() -> impl Strategy<Value = Key> {
    prop_oneof![
        4 => prop::sample::select(fixtures::every_key()),
        2 => any::<char>().prop_map(Key::Char),
        1 => prop::sample::select(vec![Key::Left, Key::Right, Key::Backspace, Key::Delete, Key::Ctrl('u'), Key::Ctrl('w')]),
    ]
}

pub(crate) fn any_msg() -> impl Strategy<Value = Msg> {
    let answers = prop::sample::select(vec![
        Answer::Fleet(Ok(fixtures::fleet(40))),
        Answer::Fleet(Ok(fixtures::fleet(0))),
        Answer::Fleet(Err("no".into())),
        Answer::Server("s1".into(), Ok(Box::new(fixtures::server(0)))),
        Answer::Goals(Ok(goals())),
        Answer::Goals(Ok(crate::api::live::GoalsDocument::default())),
        Answer::Plan(Ok(Box::new(plan(9)))),
        Answer::Plan(Err("the manifests have mistakes".into())),
        Answer::Started(Ok(RUN)),
        Answer::Runs(Ok(runs(9))),
        Answer::Board(RUN, Ok(board(&[0, 1, 2, 3, 4, 5, 6]))),
        Answer::Journal(JournalOf::Run(RUN), Ok((Some(RUN), entries(RUN, 90)))),
        Answer::Journal(JournalOf::Server { run: RUN, server: "s1".into() }, Ok((Some(RUN), entries(RUN, 9)))),
        Answer::Transcript("s1".into(), Ok(fixtures::transcript())),
        Answer::Read(Ok(ReadSummary::default())),
        Answer::Done(Err("refused".into())),
        Answer::Resource(place("s1", "/redfish/v1/"), Ok(Box::new(fixtures::resource("s1", "/redfish/v1/")))),
        Answer::Events("s1".into(), Ok(fixtures::events("s1"))),
        Answer::Beside(Beside::Healthy("s1".into()), Ok(fixtures::sides())),
    ]);
    prop_oneof![
        12 => any_key().prop_map(|key| Msg::Input(Input::Key(key))),
        1 => any::<String>().prop_map(|text| Msg::Input(Input::Paste(text))),
        2 => (0_u16..=500, 0_u16..=200).prop_map(|(width, height)| Msg::Resize(Size { width, height })),
        4 => answers.prop_map(Msg::Answer),
        1 => Just(Msg::Attached(hello())),
        1 => Just(Msg::Lost("gone".into())),
        1 => Just(Msg::Minute),
        1 => Just(Msg::Engine(Box::new(Message::Resync))),
        1 => any::<bool>().prop_map(|done| Msg::Engine(Box::new(Message::Reading {
            reading: 1,
            progress: Progress { read: 3, failed: 1, total: 9 },
            done,
        }))),
        2 => (0_usize..9, 0_usize..7).prop_map(|(number, stage)| Msg::Engine(Box::new(Message::Row { run: RUN, row: board_row(number, stage) }))),
        1 => Just(Msg::Engine(Box::new(Message::Entry(entries(RUN, 1).entries.remove(0))))),
    ]
}

fn with_keymap(text: &str) -> Desk {
    let mut desk = Desk::with(80, 24, 30);
    desk.model.keymap = crate::tui::keymap::Keymap::with("keymap.toml", text).unwrap();
    desk.serve(30, &[], 0);
    desk
}

#[test]
fn keys_that_begin_others_wait_for_the_rest_and_escape_calls_them_off() {
    let mut desk = with_keymap("[tables]\nlast = [\"z e\"]\nfirst = [\"z a\", \"ctrl-x a\"]\n");
    desk.keys("z");
    assert_eq!((desk.model.pending.as_slice(), desk.notice()), (&[Key::Char('z')][..], ""));
    desk.keys("e");
    assert_eq!((desk.model.fleet.cursor.index, desk.model.pending.len()), (29, 0));
    desk.keys("z\x1b");
    assert_eq!((desk.notice(), desk.model.pending.len(), desk.model.screens().len()), ("", 0, 1));
    desk.key(Key::Ctrl('x'));
    desk.keys("a");
    assert_eq!(desk.model.fleet.cursor.index, 0);
    desk.keys("zq");
    assert_eq!(desk.notice(), "z q does nothing here; ? shows what does");
    assert!(!desk.take().contains(&Effect::Leave), "the second key is not taken for itself");
    desk.keys("z");
    desk.tell(Msg::Input(Input::Paste("e".into())));
    assert_eq!(desk.model.pending.len(), 0, "a paste is no key");
}

#[test]
fn a_refusal_names_the_key_as_it_is_bound_now() {
    let mut desk = with_keymap("[fleet]\n\"call off\" = \"ctrl-o\"\n");
    desk.keys("D10.0.0.1\nD");
    assert_eq!(desk.notice(), "not now: a reading is under way; Ctrl-O calls it off");
}

#[test]
fn the_help_shows_what_holds_the_words_that_are_typed() {
    let mut desk = running(&[4, 1, 0]);
    let shown = |desk: &Desk| -> String {
        let lines = crate::tui::view::help::lines(&desk.model, 80);
        lines.iter().flatten().map(|(words, _)| format!("{words}\n")).collect()
    };
    desk.keys("?");
    let all = shown(&desk);
    desk.keys("/ABORT");
    let some = shown(&desk);
    assert!(some.contains("interrupts what may be interrupted") || some.contains("asks, then interrupts"), "{some}");
    assert!(some.len() < all.len() / 3 && !some.contains("suspend"), "{some}");
    desk.keys("\n");
    assert_eq!(shown(&desk), some, "it stays");
    assert!(matches!(&desk.model.dialog, Some(Dialog::Help { search: None, .. })), "and keys are keys again");
    desk.keys("/xyz");
    assert!(shown(&desk).contains("nothing here holds"));
    desk.keys("\x1b");
    assert_eq!(shown(&desk), all, "Esc forgets what was looked for");
    desk.keys("\x1b");
    assert_eq!(desk.model.dialog, None);
}

#[test]
fn settings_that_were_read_anew_are_in_force_and_a_mistake_leaves_the_old_ones() {
    use crate::tui::{keymap::Keymap, model::Notice, msg::Settings, theme::Role};
    let mut desk = Desk::with(80, 24, 5);
    let keymap = Keymap::with("keymap.toml", "[everywhere]\nhelp = \"H\"\n").unwrap();
    let themes = Some(vec!["night".to_owned()]);
    desk.tell(Msg::Settings(Box::new(Settings { keymap: Some(keymap), themes, ..Settings::default() })));
    desk.keys("H");
    assert!(matches!(desk.model.dialog, Some(Dialog::Help { .. })));
    let said = Some(Notice { text: "keymap.toml:1:1: no".into(), role: Role::Failed });
    desk.tell(Msg::Settings(Box::new(Settings { said, ..Settings::default() })));
    assert_eq!(desk.notice(), "keymap.toml:1:1: no");
    desk.keys("\x1bH");
    assert!(matches!(desk.model.dialog, Some(Dialog::Help { .. })), "the keys are as they were");
    assert_eq!(desk.model.themes, ["night"]);
}
