//! What every screen has: where one is and how the engine does, above; what came of the last key and which keys there are,
//! below.

use crate::api::live::VaultState;
use crate::tui::{
    action::{self, Id},
    allowed::allowed,
    key::Chord,
    layout,
    model::{Dialog, Link, Model, Screen, columns, cursor::Rows, run},
    text,
    theme::Role,
};

use super::pen::Pen;

/// The status line and the tabs.
pub(super) fn above(pen: &mut Pen<'_>, model: &Model) {
    let width = model.size.width;
    let right = right(model);
    let room = width.saturating_sub(2);
    let mut end = room;
    for (words, role) in right.iter().rev() {
        let needed = u16::try_from(text::width(words)).unwrap_or(u16::MAX).min(end);
        pen.text(1 + end - needed, 0, needed, words, *role);
        end = end.saturating_sub(needed + 2);
    }
    let mut x = 0;
    for (words, role) in shortened(left(model), usize::from(end)) {
        // a count that is cut would be another count
        if x + u16::try_from(text::width(&words)).unwrap_or(u16::MAX) <= end || x == 0 {
            x += pen.text(1 + x, 0, end.saturating_sub(x), &words, role);
        }
    }
    tabs(pen, model);
}

/// Where there is no room for the whole way, what lies between its beginning and its end is left out.
fn shortened(mut parts: Vec<(String, Role)>, room: usize) -> Vec<(String, Role)> {
    let is_crumb = |part: &(String, Role)| part.0.starts_with(" > ");
    let length = |parts: &[(String, Role)]| parts.iter().map(|(words, _)| text::width(words)).sum::<usize>();
    let mut cut = false;
    while length(&parts) > room && parts.iter().filter(|part| is_crumb(part)).count() > 1 + usize::from(cut) {
        let Some(first) = parts.iter().position(is_crumb) else { break };
        if cut {
            parts.remove(first + 1);
        } else {
            parts[first].0 = " > ..".into();
        }
        cut = true;
    }
    parts
}

/// Where one is.
fn left(model: &Model) -> Vec<(String, Role)> {
    let mut parts = vec![("firmdeck".to_owned(), Role::Title)];
    // the server that is looked at is named once
    let mut named = false;
    for screen in model.screens() {
        if let Some(words) = crumb(model, *screen, named) {
            parts.push((format!(" > {words}"), Role::Strong));
        }
        named |= matches!(screen, Screen::Server | Screen::Why | Screen::Explorer | Screen::Events);
    }
    if model.screen() == Screen::Fleet {
        let counts = model.fleet.counts();
        parts.push((format!("  {}", text::count(model.fleet.total(), "server")), Role::Text));
        for (count, word, role) in [
            (counts.failed, "failed", Role::Failed),
            (counts.blocked, "blocked", Role::Blocked),
            (counts.warning, "warning", Role::Warning),
            (counts.running, "in a run", Role::Running),
            (counts.new, "new", Role::Text),
        ] {
            if count > 0 {
                parts.push((format!("  {count} {word}"), role));
            }
        }
    }
    parts
}

fn crumb(model: &Model, screen: Screen, named: bool) -> Option<String> {
    let of = |server: &str, what: &str| {
        if named { what.to_owned() } else { format!("{} {what}", model.name_of(server)) }
    };
    match screen {
        Screen::Fleet if model.screens().len() == 1 => None,
        Screen::Fleet => Some("Fleet".into()),
        Screen::Server => Some(
            model
                .fleet
                .find(&model.server.id)
                .map_or_else(|| model.server.id.clone(), |row| columns::name(row).into_owned()),
        ),
        Screen::Plan => Some("Plan".into()),
        Screen::Run => Some(model.run.run.map_or_else(|| "Run".into(), |run| format!("Run {run}"))),
        Screen::Runs => Some("Runs".into()),
        Screen::Journal => Some("Journal".into()),
        Screen::Log => Some("Log".into()),
        Screen::Why => model.why.as_ref().map(|(_, server)| of(server, "why")),
        Screen::Explorer => Some(of(&model.explorer.place.server, "resources")),
        Screen::Events => Some(of(&model.events_of, "BMC log")),
        Screen::Beside => Some("compare".into()),
    }
}

/// How the engine does, and what is under way.
fn right(model: &Model) -> Vec<(String, Role)> {
    let mut parts = Vec::new();
    if let Some(reading) = &model.reading {
        let progress = reading.progress;
        let mut words = format!("reading {}/{}", progress.read + progress.failed, progress.total);
        if progress.failed > 0 {
            words = format!("{words}, {} not read", progress.failed);
        }
        parts.push((words, Role::Running));
    }
    if let Some(head) = model.carried().next().filter(|_| model.screen() != Screen::Run) {
        let (over, all) = run::progress(head);
        parts.push((format!("RUN {} {over}/{all}", head.line.run), Role::Running));
    }
    match model.others.as_slice() {
        [] => {}
        [one] => parts.push((format!("also {}", text::listener(one)), Role::Warning)),
        others => parts.push((format!("also {} others", others.len()), Role::Warning)),
    }
    if model.slow {
        parts.push(("slow line".into(), Role::Muted));
    }
    match &model.link {
        Link::Connecting => parts.push(("engine starting".into(), Role::Muted)),
        Link::Up(hello) => {
            if hello.vault == VaultState::Locked {
                parts.push(("VAULT LOCKED".into(), Role::Blocked));
            }
            if (hello.speed - 1.0).abs() > f64::EPSILON {
                parts.push((format!("lab x{}", hello.speed), Role::Warning));
            }
            if hello.version == env!("CARGO_PKG_VERSION") {
                parts.push(("engine ok".into(), Role::Good));
            } else {
                parts.push((format!("engine {}", hello.version), Role::Warning));
            }
        }
        Link::Lost { since, .. } => {
            let since = since.strftime("%H:%MZ");
            parts.push((format!("ENGINE LOST {since}, reconnecting"), Role::Failed));
        }
    }
    parts
}

fn tabs(pen: &mut Pen<'_>, model: &Model) {
    const TABS: [(&str, &[Screen]); 5] = [
        (" 1 Fleet ", &[Screen::Fleet]),
        (" 2 Plan ", &[Screen::Plan]),
        (" 3 Run ", &[Screen::Run]),
        (" 4 Runs ", &[Screen::Runs]),
        (" 5 Log ", &[Screen::Log]),
    ];
    let root = model.screens().first().copied().unwrap_or(Screen::Fleet);
    let mut x = 0;
    for (title, screens) in TABS {
        let role = if screens.contains(&root) { Role::Tab } else { Role::Text };
        x += pen.text(x, 1, model.size.width.saturating_sub(x), title, role);
    }
    let room = model.size.width.saturating_sub(x + 3);
    let shown = format!("  {} of {}", model.fleet.count(), model.fleet.total());
    let rest = room.saturating_sub(u16::try_from(shown.len()).unwrap_or_default());
    if let Some(Dialog::Filter { field, .. }) = &model.dialog {
        pen.text(x + 1, 1, 1, "/", Role::Key);
        pen.field(x + 2, 1, rest, &field.text(), field.at);
        pen.text(x + 2 + rest, 1, room, &shown, Role::Text);
    } else if model.screen() == Screen::Fleet && !model.fleet.filter.is_empty() {
        let words = format!("/{}", model.fleet.filter.text);
        let used = pen.text(x + 1, 1, rest, &words, Role::Selected);
        pen.text(x + 1 + used, 1, model.size.width, &shown, Role::Text);
    }
}

/// The notice and the hints.
pub(super) fn below(pen: &mut Pen<'_>, model: &Model) {
    let (width, height) = (model.size.width, model.size.height);
    let notice = height.saturating_sub(2);
    if let Some(
        Dialog::Filter { mistake: Some(mistake), .. }
        | Dialog::Discover { mistake: Some(mistake), .. }
        | Dialog::Go { mistake: Some(mistake), .. }
        | Dialog::Other { mistake: Some(mistake), .. },
    ) = &model.dialog
    {
        pen.text(1, notice, width.saturating_sub(2), mistake, Role::Warning);
    } else if !model.pending.is_empty() {
        pending(pen, model, notice);
    } else if let Some(said) = &model.notice {
        pen.text(1, notice, width.saturating_sub(2), &said.text, said.role);
    } else if let Link::Lost { why, .. } = &model.link {
        let words = format!("what is shown is what the engine said last; runs go on in it ({why})");
        pen.text(1, notice, width.saturating_sub(2), &words, Role::Warning);
    }
    hints(pen, model, height.saturating_sub(1));
}

/// The keys of the context, as many as fit, and `?` always. What is of no use now stays where it is, in parentheses: a line
/// that jumps with the cursor is hard to read, and dear on a serial line.
fn hints(pen: &mut Pen<'_>, model: &Model, y: u16) {
    let width = model.size.width.saturating_sub(2);
    let context = action::context(model);
    let open = !context.is_typed_into();
    let help = (model.key(Id::Help), model.key(Id::Palette));
    let mut tail = vec![(help.0.as_str(), Role::Key), (" help", Role::Text)];
    if width >= WITH_COMMANDS && !context.is_dialog() {
        tail.splice(0..0, [(help.1.as_str(), Role::Key), (" command  ", Role::Text)]);
    }
    let taken = tail.iter().map(|(words, _)| text::width(words)).sum::<usize>();
    let taken = u16::try_from(taken).unwrap_or(u16::MAX);
    let room = if open { width.saturating_sub(taken + 2) } else { width };
    let mut x = 1;
    for action in action::of(context).filter(|action| action.hint) {
        let Some(key) = model.keymap.chords(context, action.id).first() else { continue };
        let key = key.to_string();
        let needed = u16::try_from(text::width(&key) + 1 + text::width(action.title)).unwrap_or(u16::MAX);
        if x + needed > room {
            break;
        }
        let useful = allowed(model, action.id).is_ok();
        let (key_role, role) = if useful { (Role::Key, Role::Text) } else { (Role::Muted, Role::Muted) };
        pen.parts(x, y, needed, &[(&key, key_role), (" ", role), (action.title, role)]);
        if !useful {
            pen.text(x - 1, y, 1, "(", Role::Muted);
            pen.text(x + needed, y, 1, ")", Role::Muted);
        }
        x += needed + 2;
    }
    if open {
        pen.parts(model.size.width.saturating_sub(taken + 1), y, taken, &tail);
    }
}

/// From this width on the hint line names the command palette too.
const WITH_COMMANDS: u16 = 96;

/// Keys that were pressed and begin others: which may follow, and what they do.
fn pending(pen: &mut Pen<'_>, model: &Model, y: u16) {
    let width = model.size.width.saturating_sub(2);
    let pressed = Chord(model.pending.clone()).to_string();
    let mut words = vec![(format!("{pressed} and then"), Role::Strong)];
    for (chord, action) in model.keymap.following(action::context(model), &model.pending) {
        let rest = Chord(chord.0.get(model.pending.len()..).unwrap_or_default().to_vec());
        words.push((format!("  {rest}"), Role::Key));
        words.push((format!(" {}", action.title), Role::Text));
    }
    words.push(("   Esc calls it off".into(), Role::Muted));
    let parts: Vec<(&str, Role)> = words.iter().map(|(words, role)| (words.as_str(), *role)).collect();
    pen.parts(1, y, width, &parts);
}

/// Where the right pane begins and how wide it is, with the line between drawn.
pub(super) fn split(pen: &mut Pen<'_>, model: &Model, y: u16, lines: u16) -> Option<(u16, u16)> {
    if !layout::is_wide(model.size) {
        return None;
    }
    let left = layout::left(model.size);
    pen.down(left, y, lines);
    Some((left + 2, model.size.width.saturating_sub(left + 3)))
}
