//! What is asked of the engine, once at a time, and kept until it is stale.

/// The answer to a question about `K`, and whether one is on its way.
#[derive(Debug, Clone)]
pub struct Fetched<K, T> {
    /// What it is about.
    pub key: Option<K>,
    /// What the engine said last.
    pub value: Option<T>,
    /// Why it could not say, the last time.
    pub error: Option<String>,
    flight: Option<K>,
    stale: bool,
}

impl<K, T> Default for Fetched<K, T> {
    fn default() -> Self {
        Self { key: None, value: None, error: None, flight: None, stale: false }
    }
}

impl<K: Clone + PartialEq, T> Fetched<K, T> {
    /// True where `key` must be asked for now; it is then on its way. While another answer is, nothing is asked, so that
    /// a cursor that runs down a list asks for where it stops and not for every row.
    pub fn wants(&mut self, key: &K) -> bool {
        if self.flight.is_some() {
            return false;
        }
        if self.key.as_ref() != Some(key) {
            self.key = Some(key.clone());
            (self.value, self.error) = (None, None);
        } else if !self.stale && (self.value.is_some() || self.error.is_some()) {
            return false;
        }
        self.flight = Some(key.clone());
        self.stale = false;
        true
    }

    /// Takes an answer. One to a question that is of no interest any more is dropped.
    pub fn answer(&mut self, key: &K, answer: Result<T, String>) {
        if self.flight.as_ref() == Some(key) {
            self.flight = None;
        }
        if self.key.as_ref() == Some(key) {
            match answer {
                Ok(value) => (self.value, self.error) = (Some(value), None),
                Err(why) => self.error = Some(why),
            }
        }
    }

    /// The value, where it is of `key`.
    #[must_use]
    pub fn of(&self, key: &K) -> Option<&T> {
        if self.key.as_ref() == Some(key) { self.value.as_ref() } else { None }
    }

    /// It may have changed: it is asked for again as soon as it is wanted. What is known stays meanwhile.
    pub const fn outdated(&mut self) {
        self.stale = true;
    }

    /// What was on its way will never come.
    pub fn lost(&mut self) {
        self.flight = None;
        self.stale = true;
    }

    /// True while an answer is on its way and nothing is known yet.
    #[must_use]
    pub const fn is_waiting(&self) -> bool {
        self.flight.is_some() && self.value.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_that_runs_down_a_list_asks_for_where_it_stops() {
        let mut fetched = Fetched::<u8, &str>::default();
        assert!(fetched.wants(&1));
        assert!(!fetched.wants(&2));
        assert!(!fetched.wants(&3));
        fetched.answer(&1, Ok("one"));
        assert!(fetched.wants(&3));
        fetched.answer(&3, Ok("three"));
        assert_eq!(fetched.of(&3), Some(&"three"));
        assert_eq!(fetched.of(&1), None);
    }

    #[test]
    fn what_is_known_stays_until_something_newer_comes() {
        let mut fetched = Fetched::<u8, &str>::default();
        fetched.wants(&1);
        fetched.answer(&1, Ok("old"));
        assert!(!fetched.wants(&1));
        fetched.outdated();
        assert!(fetched.wants(&1));
        assert_eq!(fetched.of(&1), Some(&"old"));
        fetched.answer(&1, Err("gone".into()));
        assert_eq!((fetched.of(&1), fetched.error.as_deref()), (Some(&"old"), Some("gone")));
        assert!(!fetched.wants(&1), "a failure is not asked again by itself");
    }
}
