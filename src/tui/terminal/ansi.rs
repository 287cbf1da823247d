//! The backend: changed cells to as few bytes as a serial line likes.
//!
//! Own, and not ratatui's for crossterm: that one writes every colour as `38;5;n`, which a 16-colour terminal may not
//! know, and 25 bytes for a frame in which nothing changed.

use std::io::{self, Write};

use ratatui::{
    backend::{Backend, ClearType, WindowSize},
    buffer::Cell,
    layout::{Position, Size},
    style::{Color, Modifier},
};

/// Writes cells as ECMA-48. It keeps what the terminal shows apart from what it is to show: on a fast line a frame is one
/// write; on a slow one it leaves in pieces, and what has changed again before its turn came is never sent.
#[derive(Debug)]
pub struct Ansi<W> {
    writer: W,
    size: Size,
    synchronised: bool,
    slow: bool,
    /// What is drawn now was asked for by a key.
    urgent: bool,
    /// What the terminal is to show, and what it shows; line by line.
    wanted: Vec<Cell>,
    shown: Vec<Cell>,
    /// Lines on which the two differ, perhaps.
    lines: Vec<Line>,
    /// The line to go on with, where nothing is urgent.
    next: usize,
    /// Bytes that have not left.
    frame: Vec<u8>,
    /// Where the terminal's cursor stands, where that is known.
    at: Option<Position>,
    /// Whether it is shown, where that is known.
    visible: Option<bool>,
    /// Where the cursor is to be shown, if anywhere.
    cursor: Option<Position>,
    /// How the terminal writes, where that is known.
    look: Option<Look>,
}

/// What is known of a line.
#[derive(Debug, Clone, Copy, Default)]
struct Line {
    changed: bool,
    urgent: bool,
}

/// What has not been sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pending {
    /// Nothing.
    Nothing,
    /// What changed by itself.
    Background,
    /// What a key asked for.
    Urgent,
}

type Look = (Color, Color, Modifier);
const PLAIN: Look = (Color::Reset, Color::Reset, Modifier::empty());

/// A frame of so few bytes reaches the terminal in one piece.
const WHOLE_ANYWAY: usize = 1024;

/// Blanks at the end of a line are wiped from here on; fewer are cheaper written.
const WIPE_FROM: usize = 4;

impl<W: Write> Ansi<W> {
    /// A backend of `size`; `synchronised` brackets each frame so that the terminal shows it whole.
    pub fn new(writer: W, size: Size, synchronised: bool) -> Self {
        let mut backend = Self {
            writer,
            size,
            synchronised,
            slow: false,
            urgent: false,
            wanted: Vec::new(),
            shown: Vec::new(),
            lines: Vec::new(),
            next: 0,
            frame: Vec::new(),
            at: None,
            visible: None,
            cursor: None,
            look: Some(PLAIN),
        };
        backend.blank();
        backend
    }

    /// The terminal has this size now. What it shows is to be drawn anew.
    pub fn set_size(&mut self, size: Size) {
        if self.size != size {
            self.size = size;
            self.blank();
        }
    }

    /// From now on frames leave in pieces ([`Ansi::piece`]), or whole again.
    pub fn set_slow(&mut self, slow: bool) {
        self.slow = slow;
    }

    /// What is drawn next was asked for by a key, and leaves before everything else.
    pub const fn set_urgent(&mut self, urgent: bool) {
        self.urgent = urgent;
    }

    /// Someone else wrote to the terminal: nothing is known of its cursor and its colours.
    pub const fn forget(&mut self) {
        self.at = None;
        self.visible = None;
        self.look = None;
    }

    /// Sends bytes that draw nothing and leave the cursor where it is.
    pub fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.writer.write_all(bytes)?;
        self.writer.flush()
    }

    /// Where the bytes go.
    pub const fn writer(&self) -> &W {
        &self.writer
    }

    /// What has not been sent.
    #[must_use]
    pub fn pending(&self) -> Pending {
        let lines = self.lines.iter().filter(|line| line.changed);
        let most = lines.map(|line| if line.urgent { Pending::Urgent } else { Pending::Background }).max();
        let bytes = if self.frame.is_empty() { Pending::Nothing } else { Pending::Urgent };
        most.unwrap_or(Pending::Nothing).max(bytes)
    }

    /// Sends about `most` bytes of what is pending, what is urgent first, and says how many they were.
    pub fn piece(&mut self, most: usize) -> io::Result<usize> {
        while self.frame.len() < most {
            let urgent = self.lines.iter().position(|line| line.changed && line.urgent);
            let count = self.lines.len();
            let other = || (0..count).map(|step| (self.next + step) % count).find(|line| self.lines[*line].changed);
            let Some(line) = urgent.or_else(other) else { break };
            if self.write_line(line, most) {
                self.lines[line] = Line::default();
                self.next = (line + 1) % count.max(1);
            }
        }
        if self.lines.iter().all(|line| !line.changed) {
            self.plain();
        }
        self.place_cursor();
        let frame = std::mem::take(&mut self.frame);
        self.writer.write_all(&frame)?;
        self.writer.flush()?;
        Ok(frame.len())
    }

    /// Nothing is shown, and nothing is to be.
    fn blank(&mut self) {
        let (width, height) = (usize::from(self.size.width), usize::from(self.size.height));
        self.wanted = vec![Cell::EMPTY; width * height];
        self.shown.clone_from(&self.wanted);
        self.lines = vec![Line::default(); height];
        self.next = 0;
    }

    /// Writes what differs on a line; false where it stopped because the frame has `most` bytes.
    fn write_line(&mut self, line: usize, most: usize) -> bool {
        let width = usize::from(self.size.width);
        let first = line * width;
        let mut column = 0;
        while column < width {
            let index = first + column;
            if self.wanted[index] == self.shown[index] {
                column += 1;
                continue;
            }
            if self.frame.len() >= most {
                return false;
            }
            // Of a terminal's lines and columns there are no more than a u16 counts.
            self.go(Position { x: column as u16, y: line as u16 });
            let blanks = self.wanted[index..first + width].iter().take_while(|cell| is_blank(cell)).count();
            if column + blanks == width && blanks >= WIPE_FROM {
                self.plain();
                self.frame.extend_from_slice(b"\x1b[K");
                for blank in index..first + width {
                    self.shown[blank].clone_from(&self.wanted[blank]);
                }
                return true;
            }
            let wanted = look(&self.wanted[index]);
            if self.look != Some(wanted) {
                self.look = Some(wanted);
                sgr(wanted, &mut self.frame);
            }
            self.shown[index].clone_from(&self.wanted[index]);
            self.frame.extend_from_slice(self.shown[index].symbol().as_bytes());
            // In the last column the cursor waits to wrap, and terminals differ in where that is.
            self.at = self.at.filter(|at| at.x + 1 < self.size.width).map(|at| Position { x: at.x + 1, y: at.y });
            column += 1;
        }
        true
    }

    fn plain(&mut self) {
        if self.look != Some(PLAIN) {
            self.look = Some(PLAIN);
            sgr(PLAIN, &mut self.frame);
        }
    }

    fn place_cursor(&mut self) {
        if let Some(cursor) = self.cursor {
            self.go(cursor);
        }
        let visible = self.cursor.is_some();
        if self.visible != Some(visible) {
            self.visible = Some(visible);
            self.frame.extend_from_slice(if visible { b"\x1b[?25h" } else { b"\x1b[?25l" });
        }
    }

    fn go(&mut self, to: Position) {
        match self.at {
            Some(at) if at == to => {}
            Some(at) if at.y == to.y && to.x > at.x => {
                let by = to.x - at.x;
                let count = if by == 1 { String::new() } else { by.to_string() };
                self.frame.extend_from_slice(format!("\x1b[{count}C").as_bytes());
            }
            Some(at) if to.x == 0 && to.y == at.y + 1 => self.frame.extend_from_slice(b"\r\n"),
            _ => {
                let (line, column) = (u32::from(to.y) + 1, u32::from(to.x) + 1);
                let place = if column == 1 { format!("\x1b[{line}H") } else { format!("\x1b[{line};{column}H") };
                self.frame.extend_from_slice(place.as_bytes());
            }
        }
        self.at = Some(to);
    }
}

fn look(cell: &Cell) -> Look {
    (cell.fg, cell.bg, cell.modifier)
}

fn is_blank(cell: &Cell) -> bool {
    cell.symbol() == " " && look(cell) == PLAIN
}

/// `ESC [ 0 ; ... m`: always from plain, so that no terminal's idea of "not bold" matters.
fn sgr(look: Look, to: &mut Vec<u8>) {
    let (foreground, background, modifier) = look;
    to.extend_from_slice(b"\x1b[");
    if look != PLAIN {
        to.push(b'0');
    }
    let modifiers =
        [(Modifier::BOLD, "1"), (Modifier::DIM, "2"), (Modifier::UNDERLINED, "4"), (Modifier::REVERSED, "7")];
    for (_, code) in modifiers.into_iter().filter(|(flag, _)| modifier.contains(*flag)) {
        to.push(b';');
        to.extend_from_slice(code.as_bytes());
    }
    for (colour, base) in [(foreground, 30), (background, 40)] {
        if let Some(code) = code(colour, base) {
            to.push(b';');
            to.extend_from_slice(code.as_bytes());
        }
    }
    to.push(b'm');
}

fn code(colour: Color, base: u8) -> Option<String> {
    let plain = |number: u8| Some((base + number).to_string());
    let bright = |number: u8| Some((base + 60 + number).to_string());
    match colour {
        Color::Reset => None,
        Color::Black => plain(0),
        Color::Red => plain(1),
        Color::Green => plain(2),
        Color::Yellow => plain(3),
        Color::Blue => plain(4),
        Color::Magenta => plain(5),
        Color::Cyan => plain(6),
        Color::Gray => plain(7),
        Color::DarkGray => bright(0),
        Color::LightRed => bright(1),
        Color::LightGreen => bright(2),
        Color::LightYellow => bright(3),
        Color::LightBlue => bright(4),
        Color::LightMagenta => bright(5),
        Color::LightCyan => bright(6),
        Color::White => bright(7),
        Color::Indexed(number) => Some(format!("{};5;{number}", base + 8)),
        Color::Rgb(red, green, blue) => Some(format!("{};2;{red};{green};{blue}", base + 8)),
    }
}

impl<W: Write> Backend for Ansi<W> {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        let urgent = self.urgent;
        for (x, y, cell) in content.filter(|(x, y, _)| *x < self.size.width && *y < self.size.height) {
            let line = usize::from(y);
            self.wanted[line * usize::from(self.size.width) + usize::from(x)].clone_from(cell);
            self.lines[line].changed = true;
            self.lines[line].urgent |= urgent;
        }
        Ok(())
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        self.cursor = None;
        Ok(())
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        // ratatui says where at once after this.
        self.cursor = self.cursor.or(self.at);
        Ok(())
    }

    fn get_cursor_position(&mut self) -> io::Result<Position> {
        // The terminal is never asked: its answer would come between the keys.
        Ok(self.at.unwrap_or_default())
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        self.cursor = Some(position.into());
        Ok(())
    }

    fn clear(&mut self) -> io::Result<()> {
        self.plain();
        self.frame.extend_from_slice(b"\x1b[2J");
        self.blank();
        Ok(())
    }

    fn clear_region(&mut self, _: ClearType) -> io::Result<()> {
        self.clear()
    }

    fn size(&self) -> io::Result<Size> {
        Ok(self.size)
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        Ok(WindowSize { columns_rows: self.size, pixels: Size::ZERO })
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.slow {
            return Ok(());
        }
        for line in 0..self.lines.len() {
            if self.lines[line].changed {
                self.write_line(line, usize::MAX);
                self.lines[line] = Line::default();
            }
        }
        self.plain();
        self.place_cursor();
        if self.synchronised && self.frame.len() > WHOLE_ANYWAY {
            self.frame.splice(..0, *b"\x1b[?2026h");
            self.frame.extend_from_slice(b"\x1b[?2026l");
        }
        let frame = std::mem::take(&mut self.frame);
        if frame.is_empty() {
            return Ok(());
        }
        self.writer.write_all(&frame)?;
        self.writer.flush()
    }
}

#[cfg(test)]
mod tests {
    use ratatui::{Terminal, style::Style};

    use super::*;

    fn terminal(width: u16, height: u16) -> Terminal<Ansi<Vec<u8>>> {
        Terminal::new(Ansi::new(Vec::new(), Size { width, height }, false)).unwrap()
    }

    fn draw(terminal: &mut Terminal<Ansi<Vec<u8>>>, text: &str, style: Style) -> String {
        let before = terminal.backend().writer().len();
        terminal.draw(|frame| frame.buffer_mut().set_string(0, 0, text, style)).map(drop).unwrap();
        String::from_utf8(terminal.backend().writer()[before..].to_vec()).unwrap()
    }

    #[test]
    fn an_unchanged_frame_is_no_byte() {
        let mut terminal = terminal(20, 3);
        assert!(!draw(&mut terminal, "hello", Style::new()).is_empty());
        assert_eq!(draw(&mut terminal, "hello", Style::new()), "");
    }

    #[test]
    fn the_sixteen_colours_are_written_as_sixteen_colours() {
        let mut terminal = terminal(20, 1);
        let style = Style::new().fg(Color::Red).add_modifier(Modifier::BOLD);
        assert!(draw(&mut terminal, "ab", style).contains("\x1b[1H\x1b[0;1;31mab\x1b[m"));
        assert_eq!(draw(&mut terminal, "ab", Style::new().fg(Color::Indexed(120))).matches("38;5;120").count(), 1);
    }

    #[test]
    fn the_blank_end_of_a_line_is_wiped_not_written() {
        let mut terminal = terminal(40, 1);
        draw(&mut terminal, &"x".repeat(40), Style::new());
        assert_eq!(draw(&mut terminal, "xx", Style::new()), "\x1b[1;3H\x1b[K");
    }

    #[test]
    fn on_a_slow_line_pieces_are_small_what_a_key_asked_for_comes_first_and_what_changed_back_is_never_sent() {
        let mut terminal = terminal(40, 4);
        terminal.backend_mut().set_slow(true);
        let draw = |terminal: &mut Terminal<Ansi<Vec<u8>>>, lines: [&str; 2], urgent: bool| {
            terminal.backend_mut().set_urgent(urgent);
            terminal
                .draw(|frame| {
                    for (y, line) in [0, 3].into_iter().zip(lines) {
                        frame.buffer_mut().set_string(0, y, line, Style::new());
                    }
                })
                .map(drop)
                .unwrap();
        };
        let sent = |terminal: &Terminal<Ansi<Vec<u8>>>| terminal.backend().writer().len();
        terminal.backend_mut().piece(100).unwrap();
        let before = sent(&terminal);
        draw(&mut terminal, ["background", ""], false);
        draw(&mut terminal, ["background", "key"], true);
        assert_eq!((sent(&terminal), terminal.backend().pending()), (before, Pending::Urgent));
        terminal.backend_mut().piece(4).unwrap();
        let first = String::from_utf8(terminal.backend().writer()[before..].to_vec()).unwrap();
        assert!(first.starts_with("\x1b[4H") && !first.contains("back"), "{first:?}");
        while terminal.backend().pending() != Pending::Nothing {
            assert!(terminal.backend_mut().piece(8).unwrap() <= 8 + 16, "a place and a colour may go beyond");
        }
        let before = sent(&terminal);
        draw(&mut terminal, ["other words", "key"], false);
        draw(&mut terminal, ["background", "key"], false);
        terminal.backend_mut().piece(100).unwrap();
        assert_eq!(sent(&terminal), before, "it looks as it did");
        let mut screen = vt100::Parser::new(4.try_into().unwrap(), 40.try_into().unwrap(), 0);
        screen.process(terminal.backend().writer());
        assert_eq!(screen.screen().contents().trim_end(), "background\n\n\nkey");
    }

    #[test]
    fn what_a_terminal_shows_after_many_frames_is_what_was_drawn() {
        let mut terminal = terminal(12, 2);
        let mut screen = vt100::Parser::new(2.try_into().unwrap(), 12.try_into().unwrap(), 0);
        for text in ["one two", "one  wo     !", "", "            ", "x          y", "ab"] {
            let bytes = draw(&mut terminal, text, Style::new());
            screen.process(bytes.as_bytes());
            let shown: String = text.chars().take(12).collect();
            assert_eq!(screen.screen().contents().trim_end(), shown.trim_end());
        }
    }
}
