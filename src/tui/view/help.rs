//! Every key of the screen below, made from the table of actions, with why it is of no use now.

use ratatui::layout::{Rect, Size};

use crate::tui::{
    action::{self, Action, Context, Id},
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
    let find = match &model.dialog {
        Some(Dialog::Help { find, .. }) => find.as_str(),
        _ => "",
    };
    let mut lines: Vec<Parts> = Vec::new();
    for (title, told) in sections(model) {
        // who looks for a section's name finds all of it
        let whole = title.to_lowercase().contains(&find.trim().to_lowercase());
        let told: Vec<Told> = told.into_iter().filter(|told| whole || told.holds(find)).collect();
        if told.is_empty() {
            continue;
        }
        if !lines.is_empty() {
            lines.push(Vec::new());
        }
        lines.push(vec![(title, Role::Strong)]);
        for told in told {
            entry(&format!("  {} ", told.head), &told.words, Role::Text, columns, &mut lines);
            if let Some(refusal) = told.refusal {
                entry("", &refusal, Role::Warning, columns, &mut lines);
            }
        }
    }
    if lines.is_empty() {
        lines.push(vec![(format!("nothing here holds {find}"), Role::Muted)]);
    }
    lines
}

fn sections(model: &Model) -> Vec<(String, Vec<Told>)> {
    let below = action::below(model);
    let (own, everywhere): (Vec<_>, Vec<_>) =
        action::of(below).partition(|action| !action.contexts.contains(&Context::Everywhere));
    let mut sections: Vec<(String, Vec<Told>)> = [("On this screen", own), ("Everywhere", everywhere)]
        .into_iter()
        .map(|(title, actions)| {
            (title.to_owned(), actions.into_iter().map(|action| Told::action(model, below, action)).collect())
        })
        .collect();
    sections.push(("Words".to_owned(), WORDS.iter().map(|(word, meaning)| Told::of(word, meaning)).collect()));
    let repaint = model.key(Id::Repaint);
    let terminal = [
        Told::of("no colours", ":theme mono, or NO_COLOR=1 from the start"),
        Told::of("odd boxes", ":ascii on, or LC_ALL=C from the start"),
        Told::of("wrong size", ":size 132x43 on a serial line that does not tell; :size auto believes it again"),
        Told::of("garbled", &format!("{repaint} draws all anew")),
        Told::of("other keys", "keymap.toml beside firmdeck.toml; :reload reads it anew"),
    ];
    sections.push(("Terminal".to_owned(), terminal.into()));
    sections
}

/// What is told of one thing.
struct Told {
    head: String,
    words: String,
    /// What it is besides found by.
    names: String,
    /// Why it is of no use now.
    refusal: Option<String>,
}

impl Told {
    fn of(head: &str, words: &str) -> Self {
        Self { head: head.to_owned(), words: words.to_owned(), names: String::new(), refusal: None }
    }

    fn action(model: &Model, context: Context, action: &Action) -> Self {
        let keys: Vec<String> = model.keymap.chords(context, action.id).iter().map(ToString::to_string).collect();
        let head = if keys.is_empty() { format!(":{}", action.name) } else { keys.join(" ") };
        let refusal = allowed(model, action.id).err().map(|refusal| format!("not now: {}", refusal.why));
        let names = format!("{} {}", action.title, action.name);
        Self { head, words: action.help.to_owned(), names, refusal }
    }

    /// True where all that is looked for stands in it.
    fn holds(&self, find: &str) -> bool {
        let texts = [&self.head, &self.words, &self.names, self.refusal.as_ref().unwrap_or(&self.names)];
        texts.iter().any(|text| text.to_lowercase().contains(&find.trim().to_lowercase()))
    }
}

/// The room of the keys before what they do.
const fn head_width(columns: usize) -> usize {
    if columns < 60 { 13 } else { 17 }
}

fn entry(head: &str, words: &str, role: Role, columns: usize, lines: &mut Vec<Parts>) {
    let width = head_width(columns).max(text::width(head));
    for (index, line) in text::wrap(words, columns.saturating_sub(width + 2)).into_iter().enumerate() {
        let head = format!("{:<width$}", if index == 0 { head } else { "" });
        lines.push(vec![(head, Role::Key), (line, role)]);
    }
}

pub(super) fn draw(pen: &mut Pen<'_>, model: &Model) {
    let Some(Dialog::Help { top, find, search }) = &model.dialog else { return };
    let top = *top;
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
    if let Some(field) = search {
        let used = pen.text(area.x + 1, last, width, "find in the help: ", Role::Strong);
        pen.field(area.x + 1 + used, last, 30.min(width.saturating_sub(used + 2)), &field.text(), field.at);
    } else if !find.is_empty() {
        let words = format!("only what holds {find}");
        pen.text(area.x + 1, last, width.saturating_sub(24), &words, Role::Selected);
    }
    let below = lines.len().saturating_sub(top + usize::from(area.height.saturating_sub(1)));
    if below > 0 {
        let words = format!(" {below} more lines: {} ", model.keymap.first(Context::Help, Id::Down));
        pen.right(area.x, last, width, &words, Role::Muted);
    }
}
