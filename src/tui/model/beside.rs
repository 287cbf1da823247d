//! Two things side by side: servers, or resources of their BMCs.

use super::explorer::Place;
use crate::domain::compare::Pair;

/// What stands side by side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Beside {
    /// A server, and a healthy one of its model.
    Healthy(String),
    /// A server, and another that was named.
    Servers(String, String),
    /// A resource, and the same one of a healthy server of the same model.
    HealthyResource(Place),
    /// Two resources.
    Resources(Place, Place),
}

impl Beside {
    /// The server on the left.
    #[must_use]
    pub fn server(&self) -> &str {
        match self {
            Self::Healthy(server) | Self::Servers(server, _) => server,
            Self::HealthyResource(place) | Self::Resources(place, _) => &place.server,
        }
    }
}

/// Both sides, line by line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sides {
    /// What stands on the left.
    pub left: String,
    /// What stands on the right.
    pub right: String,
    /// Why that.
    pub chosen: String,
    /// The lines.
    pub rows: Vec<Pair>,
}

/// The screen of both.
#[derive(Debug, Clone, Default)]
pub struct BesidePage {
    /// What stands there.
    pub of: Option<Beside>,
    /// The line of the cursor.
    pub at: usize,
    /// True where what is the same is shown too.
    pub all: bool,
}

impl Sides {
    /// The lines that are shown.
    pub fn shown(&self, all: bool) -> impl Iterator<Item = &Pair> {
        self.rows.iter().filter(move |pair| all || pair.differs())
    }
}
