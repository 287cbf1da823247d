//! What is told of a server that did not end well: what happened, in what state it is, what to do next.

use ratatui::layout::Rect;

use super::pen::Pen;
use crate::{
    api::live::{BoardRow, DiagnosisRow},
    tui::{
        model::{
            Model,
            run::{Pane, is_wrong},
        },
        text,
        theme::Role,
    },
};

/// The width of the words before each part.
const HEAD: u16 = 8;

/// What is told of a row, as far as it was asked for.
pub(super) fn of<'a>(model: &'a Model, row: &BoardRow) -> Option<&'a [DiagnosisRow]> {
    let key = (model.run.run?, row.id.clone());
    let told = model.diagnosis.of(&key).filter(|_| model.run.pane == Pane::Journal && is_wrong(&row.state))?;
    (!told.diagnoses.is_empty()).then_some(&told.diagnoses)
}

/// Draws as much as there is room for, and returns the lines that it took. Where room is short each part gets its share,
/// so that none of the three is missing.
pub(super) fn draw(pen: &mut Pen<'_>, told: &[DiagnosisRow], area: Rect) -> u16 {
    let width = usize::from(area.width.saturating_sub(HEAD + 2));
    let mut y = area.y;
    for (index, row) in told.iter().enumerate() {
        let what = row.component.as_ref().map_or_else(String::new, |name| format!("{name}: "));
        let diagnosis = &row.diagnosis;
        let parts = [
            ("what", text::wrap(&format!("{what}{}", diagnosis.cause), width), Role::Text),
            ("state", text::wrap(&diagnosis.state, width), Role::Text),
            ("next", text::wrap(&diagnosis.next, width), Role::Strong),
        ];
        let room = usize::from(area.bottom().saturating_sub(y));
        if index > 0 && room < parts.len() {
            break;
        }
        let shares = shares(room, parts.each_ref().map(|(_, lines, _)| lines.len()));
        for ((head, lines, role), share) in parts.into_iter().zip(shares) {
            for (number, line) in lines.iter().take(share).enumerate() {
                if number == 0 {
                    pen.text(area.x + 1, y, HEAD, head, Role::Muted);
                }
                // The rest of what has no room stands on the last line, whose end says that it goes on.
                let is_last = number + 1 == share;
                let line = if is_last { lines[number..].join(" ") } else { line.clone() };
                pen.text(area.x + 1 + HEAD, y, area.width.saturating_sub(HEAD + 2), &line, role);
                y += 1;
            }
        }
    }
    y - area.y
}

/// How many of `room` lines each part gets: all that it wants where that is possible, else as even a share as there is;
/// what one leaves goes to the last ones, since what to do next matters most.
fn shares(room: usize, wanted: [usize; 3]) -> [usize; 3] {
    let mut given = [0; 3];
    let mut left = room;
    while left > 0 {
        let before = left;
        for part in [2, 0, 1] {
            if left > 0 && given[part] < wanted[part] {
                given[part] += 1;
                left -= 1;
            }
        }
        if left == before {
            break;
        }
    }
    given
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_gets_its_share_of_little_room_and_what_is_next_first() {
        assert_eq!(shares(6, [3, 2, 4]), [2, 2, 2]);
        assert_eq!(shares(7, [3, 1, 4]), [3, 1, 3]);
        assert_eq!(shares(20, [3, 1, 4]), [3, 1, 4]);
        assert_eq!(shares(2, [3, 1, 4]), [1, 0, 1]);
        assert_eq!(shares(0, [1, 1, 1]), [0, 0, 0]);
    }
}
