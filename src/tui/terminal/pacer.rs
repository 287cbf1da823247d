//! When to draw: at once after a key, else paced, and never where nothing changed.

use std::time::Duration;

/// The least time between two frames that no key asked for.
const PACE: Duration = Duration::from_millis(100);
/// The same on a slow line, where a frame takes its time and what is newer makes it worthless.
const SLOW: Duration = Duration::from_secs(1);

/// Decides when the next frame is due. Times are the caller's, from any fixed moment.
#[derive(Debug, Default)]
pub struct Pacer {
    last: Option<Duration>,
    due: Option<Duration>,
    asked: bool,
    slow: bool,
}

impl Pacer {
    /// The user did something: draw at once.
    pub const fn at_once(&mut self, now: Duration) {
        self.due = Some(now);
        self.asked = true;
    }

    /// True where the user waits for the frame that is due.
    #[must_use]
    pub const fn is_asked(&self) -> bool {
        self.asked
    }

    /// The line is slow from now on, or no longer.
    pub const fn set_slow(&mut self, slow: bool) {
        self.slow = slow;
    }

    /// Something else changed: draw when the last frame is old enough.
    pub fn soon(&mut self, now: Duration) {
        let earliest = self.last.map_or(now, |last| now.max(last + if self.slow { SLOW } else { PACE }));
        self.due = Some(self.due.map_or(earliest, |due| due.min(earliest)));
    }

    /// How long until the next frame; none where nothing is to be drawn.
    #[must_use]
    pub fn wait(&self, now: Duration) -> Option<Duration> {
        self.due.map(|due| due.saturating_sub(now))
    }

    /// A frame was drawn.
    pub const fn drawn(&mut self, now: Duration) {
        self.last = Some(now);
        self.due = None;
        self.asked = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    #[test]
    fn nothing_is_drawn_where_nothing_changed() {
        let mut pacer = Pacer::default();
        pacer.soon(ms(5));
        assert_eq!(pacer.wait(ms(5)), Some(ms(0)));
        pacer.drawn(ms(5));
        assert_eq!(pacer.wait(ms(60_000)), None);
    }

    #[test]
    fn a_thousand_changes_in_a_moment_are_one_frame_a_tenth_of_a_second_after_the_last() {
        let mut pacer = Pacer::default();
        pacer.drawn(ms(0));
        for at in 1..50 {
            pacer.soon(ms(at));
        }
        assert_eq!(pacer.wait(ms(50)), Some(ms(50)));
        assert_eq!(pacer.wait(ms(130)), Some(ms(0)));
    }

    #[test]
    fn a_key_is_drawn_at_once_however_young_the_last_frame_is() {
        let mut pacer = Pacer::default();
        pacer.drawn(ms(10));
        pacer.soon(ms(11));
        pacer.at_once(ms(12));
        assert_eq!(pacer.wait(ms(12)), Some(ms(0)));
    }
}
