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

/// Writes cells as ECMA-48, one write a frame, and nothing where nothing changed.
#[derive(Debug)]
pub struct Ansi<W> {
    writer: W,
    size: Size,
    synchronised: bool,
    /// The frame so far.
    frame: Vec<u8>,
    /// Where the terminal's cursor stands, where that is known.
    at: Option<Position>,
    /// Whether it is shown, where that is known.
    shown: Option<bool>,
}

type Look = (Color, Color, Modifier);
const PLAIN: Look = (Color::Reset, Color::Reset, Modifier::empty());

/// A frame of so few bytes reaches the terminal in one piece.
const WHOLE_ANYWAY: usize = 1024;

/// Blanks at the end of a line are wiped from here on; fewer are cheaper written.
const WIPE_FROM: usize = 4;

impl<W: Write> Ansi<W> {
    /// A backend of `size`; `synchronised` brackets each frame so that the terminal shows it whole.
    pub const fn new(writer: W, size: Size, synchronised: bool) -> Self {
        Self { writer, size, synchronised, frame: Vec::new(), at: None, shown: None }
    }

    /// The terminal has this size now.
    pub const fn set_size(&mut self, size: Size) {
        self.size = size;
    }

    /// Someone else wrote to the terminal: nothing is known of its cursor.
    pub const fn forget(&mut self) {
        self.at = None;
        self.shown = None;
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

    fn put(&mut self, symbol: &str) {
        self.frame.extend_from_slice(symbol.as_bytes());
        // In the last column the cursor waits to wrap, and terminals differ in where that is.
        self.at = self.at.filter(|at| at.x + 1 < self.size.width).map(|at| Position { x: at.x + 1, y: at.y });
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
        let cells: Vec<_> = content.collect();
        let mut now = PLAIN;
        let mut index = 0;
        while let Some(&(x, y, cell)) = cells.get(index) {
            self.go(Position { x, y });
            if look(cell) != now {
                now = look(cell);
                sgr(now, &mut self.frame);
            }
            let blanks = cells
                .iter()
                .skip(index)
                .zip(x..)
                .take_while(|((column, line, cell), expected)| *line == y && column == expected && is_blank(cell));
            let blanks = blanks.count();
            if blanks >= WIPE_FROM && usize::from(x) + blanks == usize::from(self.size.width) {
                self.frame.extend_from_slice(b"\x1b[K");
                index += blanks;
                continue;
            }
            self.put(cell.symbol());
            index += 1;
        }
        if now != PLAIN {
            sgr(PLAIN, &mut self.frame);
        }
        Ok(())
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        if self.shown.replace(false) != Some(false) {
            self.frame.extend_from_slice(b"\x1b[?25l");
        }
        Ok(())
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        if self.shown.replace(true) != Some(true) {
            self.frame.extend_from_slice(b"\x1b[?25h");
        }
        Ok(())
    }

    fn get_cursor_position(&mut self) -> io::Result<Position> {
        // The terminal is never asked: its answer would come between the keys.
        Ok(self.at.unwrap_or_default())
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        self.go(position.into());
        Ok(())
    }

    fn clear(&mut self) -> io::Result<()> {
        self.frame.extend_from_slice(b"\x1b[m\x1b[2J");
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
        if self.frame.is_empty() {
            return Ok(());
        }
        if self.synchronised && self.frame.len() > WHOLE_ANYWAY {
            self.frame.splice(..0, *b"\x1b[?2026h");
            self.frame.extend_from_slice(b"\x1b[?2026l");
        }
        let frame = std::mem::take(&mut self.frame);
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
