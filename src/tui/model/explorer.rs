//! Walking through a BMC's resources: where one is, how one came there, and the resource in lines.

use crate::{
    api::explore::ResourceDocument,
    domain::resource::{Line, Walk, lines},
};

/// Where a walk begins.
pub const ROOT: &str = "/redfish/v1/";

/// A resource of a server's BMC.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Place {
    /// The server's id.
    pub server: String,
    /// From `/redfish/` on.
    pub path: String,
}

/// The explorer's screen.
#[derive(Debug, Clone, Default)]
pub struct ExplorerPage {
    /// What is shown.
    pub place: Place,
    /// The line of the cursor.
    pub at: usize,
    /// The resources that one came through, each with the line that was left.
    pub trail: Vec<(String, usize)>,
    /// What was looked for in the lines.
    pub find: String,
    /// What the next resource is held against.
    pub mark: Option<Place>,
    /// The search through resources.
    pub hunt: Option<Hunt>,
}

/// A search through a BMC's resources, nearest first. It stands still at each place where something was found.
#[derive(Debug, Clone)]
pub struct Hunt {
    /// What is looked for.
    pub words: String,
    /// Where it is.
    pub walk: Walk,
    /// The resource that the BMC is asked for.
    pub asked: Option<Place>,
    /// False where it stands still.
    pub goes_on: bool,
    /// Resources in a row that the engine had no answer for.
    pub unanswered: u32,
}

/// A resource as it is shown.
#[derive(Debug, Clone, Default)]
pub struct Shown {
    /// As the BMC answered.
    pub document: ResourceDocument,
    /// In lines.
    pub lines: Vec<Line>,
}

impl Shown {
    /// `document` in lines.
    #[must_use]
    pub fn of(document: ResourceDocument) -> Self {
        let lines = match &document.text {
            Some(text) => {
                text.lines().map(|line| Line { depth: 0, key: String::new(), value: line.into(), link: None }).collect()
            }
            None => lines(&document.body),
        };
        Self { document, lines }
    }

    /// The next line from `from` on in which `query` stands, beginning again at the top after the last.
    #[must_use]
    pub fn find(&self, from: usize, query: &str) -> Option<usize> {
        let count = self.lines.len();
        let holds = |index: &usize| self.lines.get(*index).is_some_and(|line| line.holds(query));
        (0..count).map(|step| (from + step) % count).find(holds)
    }
}

impl ExplorerPage {
    /// The root of a server's BMC. What was marked stays marked.
    #[must_use]
    pub fn at_root(server: String, mark: Option<Place>) -> Self {
        Self { place: Place { server, path: ROOT.into() }, mark, ..Self::default() }
    }

    /// Goes to a resource, from where one can come back.
    pub fn go(&mut self, path: String) {
        let before = std::mem::replace(&mut self.place.path, path);
        self.trail.push((before, std::mem::take(&mut self.at)));
    }

    /// Goes back to where one came from; false at the beginning.
    pub fn back(&mut self) -> bool {
        let Some((path, at)) = self.trail.pop() else { return false };
        (self.place.path, self.at) = (path, at);
        true
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_search_goes_on_from_where_it_stands_and_begins_again_at_the_top() {
        let shown = Shown { lines: lines(&json!({ "A": "fan", "B": 1, "C": "Fan 3" })), ..Shown::default() };
        assert_eq!(shown.find(0, "fan"), Some(0));
        assert_eq!(shown.find(1, "fan"), Some(2));
        assert_eq!(shown.find(3, "FAN"), Some(0));
        assert_eq!(shown.find(0, "nothing"), None);
        assert_eq!(Shown::default().find(0, "x"), None);
    }

    #[test]
    fn one_comes_back_to_the_line_that_was_left() {
        let mut page = ExplorerPage::at_root("s1".into(), None);
        page.at = 7;
        page.go("/redfish/v1/Systems".into());
        assert_eq!((page.place.path.as_str(), page.at), ("/redfish/v1/Systems", 0));
        assert!(page.back());
        assert_eq!((page.place.path.as_str(), page.at), (ROOT, 7));
        assert!(!page.back());
    }
}
