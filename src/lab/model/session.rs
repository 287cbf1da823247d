//! The BMC's table of open sessions.

use jiff::{SignedDuration, Timestamp};

/// A vendor's limits on sessions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionLimits {
    /// Sessions that may be open at once.
    pub open: usize,
    /// Idle time after which a session ends. Wall-clock time: it is the client that is idle, not the device that works.
    pub idle: SignedDuration,
}

/// One open session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Name in the session's URI.
    pub id: String,
    /// What a client sends as `X-Auth-Token`.
    pub token: String,
    /// Who logged in.
    pub user: String,
    /// When it began.
    pub since: Timestamp,
    /// When it was last used.
    pub used: Timestamp,
}

/// All open sessions of a BMC.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sessions {
    open: Vec<Session>,
    opened: u64,
    most: usize,
}

impl Sessions {
    /// Opens a session unless the table is full.
    pub fn open(&mut self, session: Session, limits: &SessionLimits) -> bool {
        self.expire(session.since, limits);
        if self.open.len() >= limits.open {
            return false;
        }
        self.open.push(session);
        self.opened += 1;
        self.most = self.most.max(self.open.len());
        true
    }

    /// The user of a token that is still good, and marks it as used.
    pub fn user_of(&mut self, token: &str, now: Timestamp, limits: &SessionLimits) -> Option<String> {
        self.expire(now, limits);
        let session = self.open.iter_mut().find(|session| session.token == token)?;
        session.used = now;
        Some(session.user.clone())
    }

    /// Ends a session; false when there is none of that id.
    pub fn close(&mut self, id: &str) -> bool {
        let before = self.open.len();
        self.open.retain(|session| session.id != id);
        self.open.len() < before
    }

    /// Ends all of them (the BMC was reset).
    pub fn clear(&mut self) {
        self.open.clear();
    }

    /// Ends what has been idle for too long.
    pub fn expire(&mut self, now: Timestamp, limits: &SessionLimits) {
        self.open.retain(|session| now.duration_since(session.used) < limits.idle);
    }

    /// Open sessions, oldest first.
    #[must_use]
    pub fn list(&self) -> &[Session] {
        &self.open
    }

    /// How many were ever opened.
    #[must_use]
    pub fn opened(&self) -> u64 {
        self.opened
    }

    /// The most that were open at once.
    #[must_use]
    pub fn most_open(&self) -> usize {
        self.most
    }
}
