//! What this process has to say of itself. tui-logger keeps the lines; runs and BMCs never write here.

use ratatui::{layout::Rect, text::Line, widgets::Widget};
use tui_logger::{ExtLogRecord, LogFormatter, TuiLoggerWidget};

use crate::tui::{
    action::Id,
    model::Model,
    text,
    theme::{Role, Theme},
};

use super::pen::Pen;

pub(super) fn draw(pen: &mut Pen<'_>, model: &Model, area: Rect) {
    let mut words = " TIME       LEVEL  WHAT THIS SCREEN'S OWN PROCESS SAYS; THE ENGINE HAS A LOG FILE".to_owned();
    if model.log.scrolled {
        words.push_str(&format!("   (scrolled: {} follows again)", model.key(Id::Last)));
    }
    pen.heading(area.x, area.y, area.width, &words);
    let area = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    let area = area.intersection(pen.buffer().area);
    let lines = Lines { theme: pen.theme().clone() };
    TuiLoggerWidget::default().formatter(Box::new(lines)).state(&model.log.state).render(area, pen.buffer());
}

struct Lines {
    theme: Theme,
}

impl LogFormatter for Lines {
    fn min_width(&self) -> u16 {
        20
    }

    fn format(&self, width: usize, record: &ExtLogRecord) -> Vec<Line<'_>> {
        let word = record.level.as_str();
        let role = match word {
            "ERROR" => Role::Failed,
            "WARN" => Role::Warning,
            "INFO" => Role::Text,
            _ => Role::Muted,
        };
        let time = text::time_of(&record.timestamp.timestamp().to_string());
        let said: String = record.msg().chars().map(|letter| text::clean(letter, self.theme.glyphs)).collect();
        let words = format!("{} {}", record.target(), said.trim());
        let mut lines = Vec::new();
        for (index, rest) in text::wrap(&words, width.saturating_sub(20).max(20)).into_iter().enumerate() {
            let head = if index == 0 { format!(" {time:<10} {word:<6} ") } else { " ".repeat(19) };
            let mut line = Line::styled(format!("{head}{rest}"), self.theme.style(role));
            // what was drawn there before shows through otherwise
            line.push_span(" ".repeat(width.saturating_sub(line.width())));
            lines.push(line);
        }
        lines
    }
}
