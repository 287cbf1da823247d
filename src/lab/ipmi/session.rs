//! The table of sessions.

use super::cipher::{Keys, Suite};

/// Sessions that a BMC keeps at once; of those that were never finished the oldest gives way.
const MOST: usize = 16;

/// One session.
pub(super) struct Session {
    /// Our number of it.
    pub(super) ours: u32,
    /// The console's number of it.
    pub(super) theirs: u32,
    pub(super) suite: Suite,
    pub(super) stage: Stage,
    /// What the session may do now.
    pub(super) privilege: u8,
    /// What it may ask for at most.
    pub(super) most: u8,
    sent: u32,
    highest: u32,
    seen: u32,
}

/// Where a session is.
pub(super) enum Stage {
    /// Opened.
    Opened,
    /// RAKP 1 was answered: what it was about.
    Asked {
        /// The console's random number.
        theirs: [u8; 16],
        /// Ours.
        ours: [u8; 16],
        /// Role, length and name of the user as RAKP 1 had them.
        who: Vec<u8>,
    },
    /// Both know each other.
    Active(Keys),
}

impl Session {
    pub(super) fn new(ours: u32, theirs: u32, suite: Suite, most: u8) -> Self {
        // A session begins with a user's privilege (IPMI 2.0, 6.8).
        Self { ours, theirs, suite, stage: Stage::Opened, privilege: 2, most, sent: 0, highest: 0, seen: 0 }
    }

    pub(super) const fn keys(&self) -> Option<&Keys> {
        match &self.stage {
            Stage::Active(keys) => Some(keys),
            _ => None,
        }
    }

    /// The number of the next packet.
    pub(super) const fn next(&mut self) -> u32 {
        self.sent = self.sent.wrapping_add(1);
        self.sent
    }

    /// Whether a packet's number is new within the window of 32 (IPMI 2.0, 6.12.13); each passes once.
    pub(super) const fn passes(&mut self, sequence: u32) -> bool {
        if sequence == 0 {
            return false;
        }
        if sequence > self.highest {
            let by = sequence - self.highest;
            self.seen = if by >= 32 { 1 } else { self.seen << by | 1 };
            self.highest = sequence;
            return true;
        }
        let back = self.highest - sequence;
        if back >= 32 || self.seen & 1 << back != 0 {
            return false;
        }
        self.seen |= 1 << back;
        true
    }
}

/// All sessions of a BMC.
#[derive(Default)]
pub(super) struct Sessions(Vec<Session>);

impl Sessions {
    /// Takes one more; false where there is no room.
    pub(super) fn add(&mut self, session: Session) -> bool {
        if self.0.len() >= MOST {
            match self.0.iter().position(|one| one.keys().is_none()) {
                Some(unfinished) => drop(self.0.remove(unfinished)),
                None => return false,
            }
        }
        self.0.push(session);
        true
    }

    pub(super) fn get(&mut self, ours: u32) -> Option<&mut Session> {
        self.0.iter_mut().find(|one| one.ours == ours)
    }

    pub(super) fn remove(&mut self, ours: u32) {
        self.0.retain(|one| one.ours != ours);
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packets_number_passes_once_and_not_when_it_is_old() {
        let mut session = Session::new(1, 2, Suite::Three, 4);
        let passed: Vec<bool> =
            [1, 2, 2, 5, 4, 4, 3, 100, 5, 69, 68, 0].into_iter().map(|number| session.passes(number)).collect();
        assert_eq!(passed, [true, true, false, true, true, false, true, true, false, true, false, false]);
    }

    #[test]
    fn a_full_table_lets_go_of_what_was_never_finished() {
        let mut sessions = Sessions::default();
        for number in 0..40 {
            assert!(sessions.add(Session::new(number, 0, Suite::Three, 4)));
        }
        assert!(sessions.get(0).is_none() && sessions.get(39).is_some());
        let keys = Keys::new(Suite::Three, b"k").unwrap();
        sessions.0.iter_mut().for_each(|one| one.stage = Stage::Active(keys.clone()));
        assert!(!sessions.add(Session::new(99, 0, Suite::Three, 4)));
    }
}
