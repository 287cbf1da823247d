//! Every key and every message: that each action is reached, and what an operator's own keymap changes.

use std::collections::HashSet;

use proptest::prelude::*;
use ratatui::layout::Size;

use super::{
    look::{looking, place},
    planned, running,
};
use crate::{
    api::{
        live::Message,
        wire::{Progress, ReadSummary},
    },
    tui::{
        action::{self, ACTIONS, Id},
        fixtures::{self, Desk, RUN, board, board_row, entries, goals, hello, plan, runs},
        input::Input,
        key::Key,
        model::{Dialog, beside::Beside, journal::JournalOf},
        msg::{Answer, Effect, Msg},
    },
};

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
        Id::Hunt,
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
