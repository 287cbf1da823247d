//! Every screen at 80x24 and 160x48, in colour with UTF-8 and in mono with ASCII: empty, normal, with 5,000 servers, and
//! where things have failed.

use std::fmt::Write as _;

use super::{draw, roles, sizes::at, text};
use crate::{
    api::live::{FleetRow, GoalsDocument, RunHead},
    tui::{
        fixtures::{Desk, board, now, row},
        glyphs::Glyphs,
        msg::{Answer, Msg},
        theme::{Depth, Theme},
    },
};

/// Screens by the keys that lead there.
const SCREENS: [(&str, &str); 19] = [
    ("fleet", "j j"),
    ("fleet_columns", "c"),
    ("fleet_filter", "/vendor=dell"),
    ("fleet_discover", "D10.0.0.0/24"),
    ("server", "\n"),
    ("server_notes", "\n\t"),
    ("goals", "ap"),
    ("plan", "ap\n"),
    ("confirm", "ap\ng9f"),
    ("run", "3j"),
    ("run_diagnosis", "3"),
    ("run_transcript", "3t"),
    ("runs", "4j"),
    ("journal", "4l"),
    ("help", "3?"),
    ("why", "3i"),
    ("explorer", "bj"),
    ("events", "L"),
    ("beside", "="),
];

const STATES: [&str; 4] = ["empty", "normal", "5000", "failed"];

/// A desk in one of the states, before any key.
fn desk(keys: &str, state: &str, width: u16, height: u16) -> Desk {
    match state {
        "empty" => at(keys, width, height, 0, &[], 0),
        "normal" => at(keys, width, height, 24, &[3, 3, 1, 2, 0, 0, 0, 3], 6),
        "5000" => {
            let stages: Vec<usize> = (0..5_000).map(|number| [3, 3, 3, 1, 2, 0, 0][number % 7]).collect();
            at(keys, width, height, 5_000, &stages, 300)
        }
        _ => failed(keys, width, height),
    }
}

/// Servers that do not answer, a run that is held, and an engine that went away.
fn failed(keys: &str, width: u16, height: u16) -> Desk {
    let mut desk = at(keys, width, height, 24, &[4, 3, 5, 6, 1, 0, 0, 0], 6);
    desk.server(FleetRow { error: row(7).error, ..row(2) });
    let held = Some("1 failure: r01u01-gpu".to_owned());
    desk.engine(crate::api::live::Message::Run(RunHead { held, ..board(&[4, 3, 5, 6, 1, 0, 0, 0]).run }));
    if desk.model.screen() == crate::tui::model::Screen::Plan && desk.model.plan.shown.is_none() {
        let mistakes = vec!["lab.toml:7:3: unknown field `verison`; did you mean `version`?".to_owned()];
        desk.answer(Answer::Goals(Ok(GoalsDocument { mistakes, ..GoalsDocument::default() })));
    }
    desk.tell(Msg::At(now()));
    desk.tell(Msg::Lost("the socket was closed".into()));
    desk
}

#[test]
fn screens_look_as_they_did() {
    let theme = |name, depth, utf8| Theme::embedded(name, depth, Glyphs { utf8 }).unwrap();
    let looks = [("utf8", theme("default", Depth::Indexed, true)), ("ascii", theme("mono", Depth::Mono, false))];
    for (width, height) in [(80, 24), (160, 48)] {
        for (name, keys) in SCREENS {
            let desks = STATES.map(|state| (state, desk(keys, state, width, height)));
            for (look, theme) in &looks {
                let mut all = String::new();
                for (state, desk) in &desks {
                    let buffer = draw(&desk.model, theme);
                    let _ = writeln!(all, "{} {state}\n{}", "=".repeat(20), text(&buffer));
                    if theme.glyphs.utf8 {
                        let _ =
                            writeln!(all, "{} {state}, roles\n{}", "-".repeat(20), roles(&desk.model, theme.glyphs));
                    }
                }
                assert!(theme.glyphs.utf8 || all.is_ascii(), "{name}: only ASCII where only ASCII may be drawn");
                insta::with_settings!({ snapshot_path => "snapshots", prepend_module_to_snapshot => false }, {
                    insta::assert_snapshot!(format!("{name}_{width}x{height}_{look}"), all);
                });
            }
        }
    }
}

#[test]
fn what_has_no_room_says_so() {
    let theme = Theme::embedded("mono", Depth::Mono, Glyphs { utf8: false }).unwrap();
    let desk = desk("", "normal", 59, 15);
    assert!(text(&draw(&desk.model, &theme)).starts_with("firmdeck needs 60 x 16 or more."));
    let unknown = desk_of_unknown_size();
    assert!(text(&draw(&unknown.model, &theme)).contains("engine"), "0 x 0 is taken for 80 x 24");
}

fn desk_of_unknown_size() -> Desk {
    Desk::new(0, 0)
}

/// The log screen has tui-logger's own state for the whole process, so it is looked at alone.
#[test]
fn the_log_shows_what_our_own_process_says_cleaned() {
    use tracing_subscriber::layer::SubscriberExt;
    tui_logger::set_default_level(tui_logger::LevelFilter::Info);
    let subscriber = tracing_subscriber::registry().with(tui_logger::TuiTracingSubscriberLayer);
    tracing::subscriber::with_default(subscriber, || {
        tracing::warn!(target: "firmdeck::tui", "a BMC says \x1b[31mred\x1b[0m");
    });
    tui_logger::move_events();
    let desk = desk("5", "normal", 80, 24);
    let theme = Theme::embedded("mono", Depth::Mono, Glyphs { utf8: false }).unwrap();
    let shown = text(&draw(&desk.model, &theme));
    assert!(shown.contains("WARN   firmdeck::tui a BMC says ?[31mred?[0m"), "{shown}");
}
