//! Plans and runs: what is asked, confirmed and shown.

use super::{planned, running};
use crate::{
    api::live::{Message, RunHead},
    domain::run::Again,
    tui::{
        action,
        fixtures::{self, Desk, RUN, board, board_row, entries, goals, head, plan, row},
        input::Input,
        key::Key,
        model::{
            Screen,
            cursor::Rows,
            journal::JournalOf,
            run::{Pane, Show},
        },
        msg::{Answer, Effect, Msg},
    },
};

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
