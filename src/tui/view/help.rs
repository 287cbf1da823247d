//! Every key of the screen below, made from the table of actions, with why it is of no use now.

use ratatui::layout::{Rect, Size};

use crate::tui::{
    action::{self, Action, Context},
    allowed::allowed,
    layout,
    model::{Dialog, Model},
    text,
    theme::Role,
};

use super::pen::Pen;

/// A line of the help.
pub type Parts = Vec<(String, Role)>;

/// The words that the screens use.
const WORDS: [(&str, &str); 10] = [
    ("ok", "done; for a server: its health is OK"),
    ("done", "every target was read back from the BMC; nothing less counts"),
    ("-", "not needed"),
    (".", "not begun"),
    ("FAIL", "went wrong; the reason stands beside it"),
    ("UNC?", "uncertain: nobody can tell, a person must look"),
    ("BLKD", "blocked: nothing was done, a person must decide"),
    ("HELD", "the run begins no further server until it is resumed"),
    ("?", "was not read; the server's Notes say why"),
    ("HERE", "the machine that firmdeck runs on; it can be looked at, never updated from here"),
];

/// How wide the help is: beside the live screen where there is room, over it where there is none.
#[must_use]
pub const fn width(size: Size) -> u16 {
    if layout::is_wide(size) { size.width.saturating_sub(layout::left(size) + 1) } else { size.width }
}

/// All of it, over `columns`.
#[must_use]
pub fn lines(model: &Model, columns: usize) -> Vec<Parts> {
    let mut lines = Vec::new();
    let below = action::below(model);
    let (own, everywhere): (Vec<_>, Vec<_>) =
        action::of(below).partition(|action| !action.contexts.contains(&Context::Everywhere));
    for (title, actions) in [("On this screen", own), ("Everywhere", everywhere)] {
        lines.push(vec![(title.to_owned(), Role::Strong)]);
        for action in actions {
            tell(model, action, columns, &mut lines);
        }
        lines.push(Vec::new());
    }
    lines.push(vec![("Words".to_owned(), Role::Strong)]);
    for (word, meaning) in WORDS {
        entry(&format!("  {word:<14}"), meaning, Role::Text, columns, &mut lines);
    }
    lines.push(Vec::new());
    let slow = "NO_COLOR=1 switches colours off; LC_ALL=C draws ASCII only; Ctrl-L draws all anew.";
    entry("  Terminal", slow, Role::Text, columns, &mut lines);
    lines
}

fn tell(model: &Model, action: &Action, columns: usize, lines: &mut Vec<Parts>) {
    let keys: Vec<String> = action.keys.iter().map(ToString::to_string).collect();
    let head = format!("  {:<14}", keys.join(" "));
    entry(&head, action.help, Role::Text, columns, lines);
    if let Err(refusal) = allowed(model, action.id) {
        entry("", &format!("not now: {}", refusal.why), Role::Warning, columns, lines);
    }
}

const HEAD: usize = 17;

fn entry(head: &str, words: &str, role: Role, columns: usize, lines: &mut Vec<Parts>) {
    for (index, line) in text::wrap(words, columns.saturating_sub(HEAD + 2)).into_iter().enumerate() {
        let head = format!("{:<HEAD$}", if index == 0 { head } else { "" });
        lines.push(vec![(head, Role::Key), (line, role)]);
    }
}

pub(super) fn draw(pen: &mut Pen<'_>, model: &Model) {
    let Some(Dialog::Help { top }) = model.dialog else { return };
    let width = width(model.size);
    let x = model.size.width.saturating_sub(width);
    let area = Rect { x, y: layout::ABOVE, width, height: layout::body(model.size) };
    pen.wipe(area);
    let lines = lines(model, usize::from(width));
    let last = area.bottom().saturating_sub(1);
    for (y, line) in (area.y..last).zip(lines.iter().skip(top)) {
        let parts: Vec<(&str, Role)> = line.iter().map(|(words, role)| (words.as_str(), *role)).collect();
        pen.parts(area.x + 1, y, width.saturating_sub(2), &parts);
    }
    let below = lines.len().saturating_sub(top + usize::from(area.height.saturating_sub(1)));
    if below > 0 {
        let words = format!(" {below} more lines: Down ");
        pen.right(area.x, last, width, &words, Role::Muted);
    }
}
