//! A slow line: so many bytes a second, and no more of them on their way than a key's answer may wait for.

use std::time::Duration;

use rustix::termios;

/// What a terminal is taken to carry that is said to be slow and does not say how slow, in bytes a second: 9600 baud, with
/// a start and a stop bit.
pub const USUAL: u32 = 960;

/// Of the line, what changes by itself may take so much, so that there is room for keys.
const BACKGROUND: f64 = 0.5;
/// How much of it may leave at once after a quiet time, in seconds of the line.
const BURST: f64 = 0.25;
/// A piece is on its way for so long, in seconds.
const PIECE: f64 = 0.05;

/// Decides when the next piece may leave. Times are the caller's, from any fixed moment.
#[derive(Debug)]
pub struct Line {
    rate: f64,
    at: Duration,
    /// Bytes that are still on their way, as far as is known.
    on_the_way: f64,
    /// Bytes of what changes by itself that may leave.
    room: f64,
}

impl Line {
    /// A line that carries so many bytes a second.
    #[must_use]
    pub fn new(rate: u32, now: Duration) -> Self {
        let rate = f64::from(rate.max(30));
        Self { rate, at: now, on_the_way: 0.0, room: rate * BURST }
    }

    /// About how many bytes a piece has.
    #[must_use]
    pub fn piece(&self) -> usize {
        // Between 16 and some hundred thousand.
        (self.rate * PIECE).max(16.0) as usize
    }

    /// How long until the next piece may leave.
    #[must_use]
    pub fn wait(&self, now: Duration, urgent: bool) -> Duration {
        let since = now.saturating_sub(self.at).as_secs_f64();
        let drained = (self.on_the_way / self.rate - since).max(0.0);
        let room = self.room + since * self.rate * BACKGROUND;
        let lacking = self.piece() as f64 - room.min(self.rate * BURST);
        let paused = if urgent { 0.0 } else { (lacking / (self.rate * BACKGROUND)).max(0.0) };
        Duration::from_secs_f64(drained.max(paused))
    }

    /// A piece has left.
    pub fn sent(&mut self, now: Duration, bytes: usize, urgent: bool) {
        let since = now.saturating_sub(self.at).as_secs_f64();
        self.on_the_way = (self.on_the_way - since * self.rate).max(0.0) + bytes as f64;
        self.room = (self.room + since * self.rate * BACKGROUND).min(self.rate * BURST);
        if !urgent {
            self.room -= bytes as f64;
        }
        self.at = now;
    }
}

/// Whether the terminal on standard output is a serial line, and how many bytes a second it carries.
#[must_use]
pub fn serial() -> Option<u32> {
    let out = std::io::stdout();
    let name = termios::ttyname(&out, Vec::new()).ok()?;
    let speed = termios::tcgetattr(&out).map(|attributes| attributes.output_speed()).unwrap_or_default();
    is_serial(name.to_str().ok()?).then_some(if speed == 0 { USUAL } else { speed / 10 })
}

/// Linux's names for UARTs and USB adapters. `hvc` and `pts` are of hypervisors and SSH, which are fast.
fn is_serial(name: &str) -> bool {
    const KINDS: [&str; 6] = ["ttyS", "ttyAMA", "ttyUSB", "ttyACM", "ttyO", "ttymxc"];
    let name = name.strip_prefix("/dev/").unwrap_or(name);
    KINDS.iter().any(|kind| {
        let number = name.strip_prefix(kind);
        number.is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    /// Bytes that leave in a time in which there is always something to send.
    fn sent_in(seconds: u64, urgent: bool) -> usize {
        let mut line = Line::new(USUAL, Duration::ZERO);
        let (mut now, mut sent) = (Duration::ZERO, 0);
        loop {
            now += line.wait(now, urgent).max(ms(1));
            if now > Duration::from_secs(seconds) {
                return sent;
            }
            line.sent(now, line.piece(), urgent);
            sent += line.piece();
        }
    }

    #[test]
    fn what_changes_by_itself_takes_at_most_six_hundred_bytes_a_second_of_9600_baud() {
        assert!((400 * 30..600 * 30).contains(&sent_in(30, false)), "{}", sent_in(30, false));
    }

    #[test]
    fn what_a_key_asked_for_takes_the_line_and_no_more() {
        assert!((900 * 10..=961 * 10).contains(&sent_in(10, true)), "{}", sent_in(10, true));
    }

    #[test]
    fn a_key_waits_for_one_piece_at_most() {
        let mut line = Line::new(USUAL, Duration::ZERO);
        let mut now = Duration::ZERO;
        for _ in 0..50 {
            now += line.wait(now, false);
            line.sent(now, line.piece(), false);
            assert!(line.wait(now, true) <= ms(51), "{:?}", line.wait(now, true));
        }
    }

    #[test]
    fn serial_lines_are_known_by_name_and_what_only_looks_like_a_terminal_is_none() {
        for name in ["/dev/ttyS0", "/dev/ttyUSB12", "ttyAMA0"] {
            assert!(is_serial(name), "{name}");
        }
        for name in ["/dev/pts/3", "/dev/tty1", "/dev/hvc0", "/dev/ttyS", "/dev/console"] {
            assert!(!is_serial(name), "{name}");
        }
    }
}
