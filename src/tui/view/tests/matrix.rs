//! Every place x three sizes x four terminals x four states of the world. What it looks like is a file a place and size; what
//! holds everywhere is asserted of every cell.

use std::fmt::Write as _;

use ratatui::{
    Terminal,
    backend::TestBackend,
    buffer::{Buffer, Cell},
    layout::Size,
    style::Color,
};

use super::{lines, sizes::at};
use crate::{
    api::live::{FleetRow, GoalsDocument, Message, RunHead},
    tui::{
        action::{self, Context},
        fixtures::{Desk, board, now, row},
        glyphs::Glyphs,
        model::{Model, Screen},
        msg::{Answer, Msg},
        theme::{Depth, Role, Theme, Themes},
        view::view,
    },
};

/// Screens and what lies over them, by the keys that lead there. What is new needs a line: a test below asks for it.
pub(super) const PLACES: [(&str, &str); 27] = [
    ("fleet", "j j"),
    ("fleet_columns", "c"),
    ("fleet_filter", "/vendor=dell"),
    ("fleet_discover", "D10.0.0.0/24"),
    ("server", "\n"),
    ("server_notes", "\n\t"),
    ("server_journal", "\n\t\t"),
    ("server_transcript", "\n\t\t\t"),
    ("goals_nobody", "2"),
    ("goals", "ap"),
    ("plan", "ap\n"),
    ("confirm", "ap\ng9f"),
    ("run", "3j"),
    ("run_diagnosis", "3"),
    ("run_transcript", "3t"),
    ("runs", "4j"),
    ("journal", "4l"),
    ("why", "3i"),
    ("explorer", "bj"),
    ("explorer_go", "bg"),
    ("events", "L"),
    ("beside", "="),
    ("help", "3?"),
    ("help_find", "3?/sto"),
    ("palette", ":"),
    ("palette_run", "3:run sto"),
    ("palette_theme", ":theme "),
];

pub(super) const SIZES: [(u16, u16); 3] = [(80, 24), (120, 36), (160, 48)];

const STATES: [&str; 4] = ["empty", "normal", "5000", "failed"];

/// Terminals: the theme that they get, their colours, and whether they have more than ASCII.
const TERMINALS: [(&str, Depth, bool); 4] = [
    ("default", Depth::True, true),
    ("default", Depth::Indexed, true),
    ("default", Depth::Sixteen, true),
    ("mono", Depth::Mono, false),
];

/// A desk in one of the states.
pub(super) fn desk(keys: &str, state: &str, width: u16, height: u16) -> Desk {
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
    desk.engine(Message::Run(RunHead { held, ..board(&[4, 3, 5, 6, 1, 0, 0, 0]).run }));
    if desk.model.screen() == Screen::Plan && desk.model.plan.shown.is_none() {
        let mistakes = vec!["lab.toml:7:3: unknown field `verison`; did you mean `version`?".to_owned()];
        desk.answer(Answer::Goals(Ok(GoalsDocument { mistakes, ..GoalsDocument::default() })));
    }
    desk.tell(Msg::At(now()));
    desk.tell(Msg::Lost("the socket was closed".into()));
    desk
}

/// Draws on a terminal that is larger than the model knows.
fn draw(model: &Model, theme: &Theme) -> Buffer {
    const MARGIN: u16 = 3;
    let Size { width, height } = model.size;
    let mut terminal = Terminal::new(TestBackend::new(width + MARGIN, height + MARGIN)).unwrap();
    terminal.draw(|frame| view(frame, model, theme)).unwrap();
    let all = terminal.backend().buffer().clone();
    let mut inside = Buffer::empty(ratatui::layout::Rect::new(0, 0, width, height));
    for y in 0..height + MARGIN {
        for x in 0..width + MARGIN {
            if x < width && y < height {
                inside[(x, y)] = all[(x, y)].clone();
            } else {
                assert_eq!(all[(x, y)], Cell::EMPTY, "drawn outside, at {x},{y}");
            }
        }
    }
    inside
}

/// The role of a cell that was drawn with [`Theme::of_roles`].
fn role(cell: &Cell) -> Role {
    match cell.fg {
        Color::Indexed(number) => Role::ALL[usize::from(number)],
        _ => Role::Text,
    }
}

/// On this terminal it says the same as on any other, in the looks of the theme and in nothing that the terminal has not.
fn holds_on(model: &Model, roles: &Buffer, (name, depth, utf8): (&str, Depth, bool), place: &str) {
    let theme = Theme::embedded(name, depth, Glyphs { utf8 }).unwrap();
    let drawn = draw(model, &theme);
    for (index, (cell, of_role)) in drawn.content().iter().zip(roles.content()).enumerate() {
        let at = format!("{place}, {name} {depth:?}, cell {index}");
        assert_eq!(cell.symbol(), of_role.symbol(), "{at}: a word that depends on colours");
        assert!(utf8 || cell.symbol().is_ascii(), "{at}: {:?}", cell.symbol());
        let expected = theme.style(role(of_role));
        let colour = |colour: Option<Color>| colour.unwrap_or(Color::Reset);
        assert_eq!((cell.fg, cell.bg), (colour(expected.fg), colour(expected.bg)), "{at}: no colour of its role's");
        assert_eq!(cell.modifier, expected.add_modifier, "{at}: no attributes of its role's");
        for colour in [cell.fg, cell.bg] {
            let fits = match colour {
                Color::Reset => true,
                Color::Rgb(..) => depth == Depth::True,
                Color::Indexed(_) => depth >= Depth::Indexed,
                _ => depth >= Depth::Sixteen,
            };
            assert!(fits, "{at}: {colour:?}");
        }
    }
}

/// What is told by a colour is told by a word too: no state is a blank that is only coloured.
fn states_are_words(roles: &Buffer, place: &str) {
    const STATES: [Role; 8] = [
        Role::Good,
        Role::Running,
        Role::Waiting,
        Role::Blocked,
        Role::Failed,
        Role::Uncertain,
        Role::Warning,
        Role::Danger,
    ];
    for (y, line) in roles.content().chunks(usize::from(roles.area.width)).enumerate() {
        for run in line.chunk_by(|one, other| role(one) == role(other)) {
            let blank = run.iter().all(|cell| cell.symbol() == " ");
            assert!(
                !blank || !STATES.contains(&role(&run[0])),
                "{place}, line {y}: {:?} without a word",
                role(&run[0])
            );
        }
    }
}

/// Where a line is of another role than plain text, line by line; equal lines in one.
fn role_runs(roles: &Buffer) -> String {
    let mut found: Vec<(usize, usize, String)> = Vec::new();
    for (y, line) in roles.content().chunks(usize::from(roles.area.width)).enumerate() {
        let mut x = 0;
        let mut words = Vec::new();
        for run in line.chunk_by(|one, other| role(one) == role(other)) {
            if role(&run[0]) != Role::Text {
                words.push(format!("{x}-{} {}", x + run.len() - 1, role(&run[0]).word()));
            }
            x += run.len();
        }
        let words = words.join(", ");
        match found.last_mut() {
            Some((_, last, known)) if *known == words => *last = y,
            _ => found.push((y, y, words)),
        }
    }
    let mut text = String::new();
    for (first, last, words) in found.into_iter().filter(|(.., words)| !words.is_empty()) {
        let lines = if first == last { first.to_string() } else { format!("{first}-{last}") };
        let _ = writeln!(text, "{lines}: {words}");
    }
    text
}

/// The lines that ASCII says otherwise than by its own lines, corners and bars.
fn differences(text: &str, ascii: &str) -> String {
    let mut found = String::new();
    let plain = |letter| match letter {
        '─' => '-',
        '│' => '|',
        '┌' | '┐' | '└' | '┘' => '+',
        '█' => '#',
        '░' => '.',
        other => other,
    };
    let text: String = text.chars().map(plain).collect();
    for (y, (_, line)) in text.lines().zip(ascii.lines()).enumerate().filter(|(_, (one, other))| one != other) {
        let _ = writeln!(found, "{y:>2}|{line}");
    }
    found
}

fn text(buffer: &Buffer) -> String {
    lines(buffer, |cell| cell.symbol().to_owned())
}

fn holds_at(width: u16, height: u16) {
    for (name, keys) in PLACES {
        let mut all = String::new();
        for state in STATES {
            let desk = desk(keys, state, width, height);
            let place = format!("{name} {width}x{height} {state}");
            let roles = [false, true].map(|utf8| draw(&desk.model, &Theme::of_roles(Glyphs { utf8 })));
            let [ascii, utf8] = &roles;
            for terminal in TERMINALS {
                holds_on(&desk.model, if terminal.2 { utf8 } else { ascii }, terminal, &place);
            }
            // what lies over a screen may hide a word and leave its end
            if desk.model.dialog.is_none() {
                states_are_words(utf8, &place);
            }
            let shown = text(utf8);
            let _ = writeln!(all, "{} {state}\n{shown}", "=".repeat(20));
            let _ = writeln!(all, "{} {state}, roles\n{}", "-".repeat(20), role_runs(utf8).trim_end());
            let _ =
                writeln!(all, "{} {state}, in ASCII\n{}", "-".repeat(20), differences(&shown, &text(ascii)).trim_end());
        }
        insta::with_settings!({ snapshot_path => "snapshots", prepend_module_to_snapshot => false }, {
            insta::assert_snapshot!(format!("{name}_{width}x{height}"), all);
        });
    }
}

#[test]
fn every_place_is_as_it_was_and_sound_at_80x24() {
    holds_at(80, 24);
}

#[test]
fn every_place_is_as_it_was_and_sound_at_120x36() {
    holds_at(120, 36);
}

#[test]
fn every_place_is_as_it_was_and_sound_at_160x48() {
    holds_at(160, 48);
}

#[test]
fn whatever_takes_keys_is_in_the_matrix() {
    // what is told of a failure is only where there is one
    let states = ["normal", "failed"];
    let reached: Vec<Context> = states
        .iter()
        .flat_map(|state| PLACES.iter().map(move |(_, keys)| action::context(&desk(keys, state, 80, 24).model)))
        .collect();
    for (context, ..) in Context::ALL {
        // tui-logger's own state, of the whole process: looked at by a test of its own
        assert!(reached.contains(&context) || context == Context::Log, "{context:?}");
    }
}

/// How each theme shows each role on each terminal: with the roles of the other files, every colour there is.
#[test]
fn themes_look_as_they_did() {
    let mut all = String::new();
    for name in Themes::embedded().names() {
        for role in Role::ALL {
            let looks = [Depth::True, Depth::Indexed, Depth::Sixteen, Depth::Mono].map(|depth| {
                let style = Theme::embedded(name, depth, Glyphs { utf8: true }).unwrap().style(role);
                let colours = [("", style.fg), ("on ", style.bg)];
                let colours = colours.into_iter().filter_map(|(word, colour)| Some(format!("{word}{}", colour?)));
                let modifiers = format!("{:?}", style.add_modifier).to_lowercase().replace("none", "");
                colours.chain([modifiers]).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
            });
            let _ = writeln!(
                all,
                "{name:<14} {:<10} {}",
                role.word(),
                looks.map(|look| format!("{look:<28}")).join("| ").trim_end()
            );
        }
    }
    insta::with_settings!({ snapshot_path => "snapshots", prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!("themes", all);
    });
}
