//! When to draw: at once after a key, else paced, and never where nothing changed. A key that is held down is paced too.

use std::time::Duration;

/// The least time between two frames that no key asked for.
const PACE: Duration = Duration::from_millis(100);
/// The same on a slow line, where a frame takes its time and what is newer makes it worthless.
const SLOW: Duration = Duration::from_secs(1);

/// The least time between two frames that keys asked for: a hand does not see more, and a held key asks for more.
const KEY_PACE: Duration = Duration::from_millis(15);

/// Decides when the next frame is due. Times are the caller's, from any fixed moment.
#[derive(Debug, Default)]
pub struct Pacer {
    last: Option<Duration>,
    /// The last that a key asked for.
    last_of_key: Option<Duration>,
    due: Option<Duration>,
    /// Whether a key asked for the next.
    of_key: bool,
    slow: bool,
}

impl Pacer {
    /// Draw at once.
    pub const fn at_once(&mut self, now: Duration) {
        self.due = Some(now);
        self.of_key = true;
    }

    /// True where the user waits for the frame that is due.
    #[must_use]
    pub const fn is_of_key(&self) -> bool {
        self.of_key
    }

    /// The line is slow from now on, or no longer.
    pub const fn set_slow(&mut self, slow: bool) {
        self.slow = slow;
    }

    /// The user did something: draw at once, or as soon as the last frame for a key is old enough.
    pub fn key(&mut self, now: Duration) {
        let earliest = self.last_of_key.map_or(now, |last| now.max(last + KEY_PACE));
        self.due = Some(match self.due.filter(|_| self.of_key) {
            Some(due) => due.min(earliest),
            None => earliest,
        });
        self.of_key = true;
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
        if self.of_key {
            self.last_of_key = Some(now);
        }
        self.due = None;
        self.of_key = false;
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
        pacer.key(ms(12));
        assert_eq!(pacer.wait(ms(12)), Some(ms(0)));
    }

    /// How many frames are drawn, and when the last one is, where `happens` does something at each of `times`.
    fn frames(times: impl Iterator<Item = u64>, happens: impl Fn(&mut Pacer, Duration)) -> (usize, u64) {
        let (mut pacer, mut drawn, mut last) = (Pacer::default(), 0, 0);
        let times: std::collections::BTreeSet<u64> = times.collect();
        for now in 0..=times.last().unwrap() + 1_000 {
            if times.contains(&now) {
                happens(&mut pacer, ms(now));
            }
            if pacer.wait(ms(now)) == Some(ms(0)) {
                pacer.drawn(ms(now));
                (drawn, last) = (drawn + 1, now);
            }
        }
        (drawn, last)
    }

    #[test]
    fn a_key_held_down_for_a_thousand_repeats_is_drawn_as_often_as_an_eye_sees_and_to_its_end() {
        let (drawn, last) = frames(0..1_000, Pacer::key);
        assert!((60..=68).contains(&drawn), "{drawn} frames in a second of a key a millisecond");
        assert!((999..=999 + 15).contains(&last), "the last one shows all: {last}");
        let (drawn, _) = frames((0..1_000).map(|step| step * 33), Pacer::key);
        assert_eq!(drawn, 1_000, "one that a keyboard repeats is drawn each time");
    }

    #[test]
    fn a_storm_of_two_hundred_sizes_is_a_few_frames_and_the_last_size_is_drawn() {
        let (drawn, last) = frames((0..200).map(|step| step * 3), Pacer::soon);
        assert!(drawn <= 8, "{drawn} frames in 600 ms");
        assert!((597..=697).contains(&last), "{last}");
    }
}
