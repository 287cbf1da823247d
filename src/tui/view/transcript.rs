//! What was said to a BMC, by us and by tools: lines that end where what comes is added.

use ratatui::layout::Rect;

use crate::{
    api::{live::ExchangeLine, words},
    tui::{
        model::{
            Model,
            transcript::{holds, words_of},
        },
        text,
        theme::Role,
    },
};

use super::pen::Pen;

const TIME: usize = 11;

/// Where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shown {
    /// Under a run, as far as there is room, its end always.
    Run,
    /// On a server's own screen: scrolled, with what was looked for.
    Server,
}

/// The lines that end where the screen is scrolled to.
pub(super) fn draw(pen: &mut Pen<'_>, model: &Model, area: Rect, shown: Shown) {
    let Some(page) = &model.transcript.value else {
        let words = match &model.transcript.error {
            Some(why) => format!("the transcript was not read: {why}"),
            None => "reading the transcript".into(),
        };
        pen.text(area.x + 1, area.y, area.width, &words, Role::Muted);
        return;
    };
    if page.exchanges.is_empty() {
        pen.text(area.x + 1, area.y, area.width, "nothing was said to this BMC yet", Role::Muted);
        return;
    }
    let (back, wrap, find) = match shown {
        Shown::Run => (0, false, ""),
        Shown::Server => (model.server.at, model.server.wrap, model.server.find.as_str()),
    };
    let last = page.exchanges.len().saturating_sub(back);
    let (width, room) = (area.width.saturating_sub(2), usize::from(area.height));
    // From the end upwards, then drawn downwards.
    let mut blocks = Vec::new();
    let mut used = 0;
    for exchange in page.exchanges.get(..last).unwrap_or_default().iter().rev() {
        let block = if wrap { wrapped(exchange, usize::from(width)) } else { Vec::new() };
        let lines = block.len().max(1);
        if used + lines > room && used > 0 {
            break;
        }
        used += lines;
        blocks.push((exchange, block));
    }
    let mut y = area.y;
    for (exchange, block) in blocks.iter().rev() {
        let from = y;
        if wrap {
            for words in block {
                if y < area.bottom() {
                    pen.text(area.x + 1, y, width, words, role_of(exchange));
                }
                y = y.saturating_add(1);
            }
            pen.restyle(area.x + 1, from, (TIME as u16).min(width), Role::Muted);
        } else {
            exchange_line(pen, area.x + 1, y, width, exchange, shown == Shown::Server);
            y += 1;
        }
        if holds(exchange, find) {
            (from..y.min(area.bottom())).for_each(|y| pen.restyle(area.x + 1, y, width, Role::Cursor));
        }
    }
}

/// A line over as many as it needs, cut where the screen ends: tools print tables, whose blanks count.
fn wrapped(exchange: &ExchangeLine, width: usize) -> Vec<String> {
    let columns = width.saturating_sub(TIME).max(10);
    let mut lines = vec![String::new()];
    let mut used = 0;
    for letter in words_of(exchange).chars() {
        let wide = text::width(letter.encode_utf8(&mut [0; 4]));
        if used + wide > columns {
            lines.push(String::new());
            used = 0;
        }
        used += wide;
        if let Some(line) = lines.last_mut() {
            line.push(letter);
        }
    }
    for (index, words) in lines.iter_mut().enumerate() {
        let time = if index == 0 { text::time_of(&exchange.at) } else { String::new() };
        words.insert_str(0, &format!("{time:<TIME$}"));
    }
    lines
}

fn role_of(exchange: &ExchangeLine) -> Role {
    match (&exchange.tool, exchange.status) {
        (Some(tool), _) if tool.stream == "errors" => Role::Warning,
        (Some(_), _) | (None, Some(200..=399)) => Role::Text,
        (None, Some(_)) => Role::Warning,
        (None, None) => Role::Failed,
    }
}

fn exchange_line(pen: &mut Pen<'_>, x: u16, y: u16, width: u16, exchange: &ExchangeLine, bodies: bool) {
    if let Some(tool) = &exchange.tool {
        let time = format!("{:<TIME$}", text::time_of(&exchange.at));
        let mark = format!("{} {} ", tool.name, words::stream_mark(&tool.stream));
        let role = if tool.stream == "errors" { Role::Warning } else { Role::Text };
        pen.parts(x, y, width, &[(&time, Role::Muted), (&mark, Role::Muted), (&tool.text, role)]);
        return;
    }
    let status = exchange.status.map_or_else(|| "---".into(), |status| status.to_string());
    let role = match exchange.status {
        Some(200..=299) => Role::Good,
        Some(300..=399) => Role::Text,
        Some(_) => Role::Warning,
        None => Role::Failed,
    };
    let time = format!("{:<TIME$}", text::time_of(&exchange.at));
    let method = format!("{:<7}", exchange.method);
    let mut parts = vec![
        (time.as_str(), Role::Muted),
        (status.as_str(), role),
        (" ", Role::Text),
        (method.as_str(), Role::Text),
        (exchange.path.as_str(), Role::Text),
    ];
    let cost = format!("  {} ms  {}", exchange.ms, text::bytes(exchange.length as u64));
    parts.push((&cost, Role::Muted));
    let error = exchange.error.as_deref().map(|error| format!("  {error}"));
    if let Some(error) = &error {
        parts.push((error, Role::Failed));
    }
    let body = format!("  {}", exchange.body);
    if bodies && error.is_none() && !exchange.body.is_empty() {
        parts.push((&body, Role::Muted));
    }
    pen.parts(x, y, width, &parts);
}
