//! Walking through a BMC's resources: where one is, how one came there, and the resource in lines.

use serde_json::Value;

use crate::api::explore::ResourceDocument;

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
}

/// A resource as it is shown.
#[derive(Debug, Clone, Default)]
pub struct Shown {
    /// As the BMC answered.
    pub document: ResourceDocument,
    /// In lines.
    pub lines: Vec<Line>,
}

/// A line of a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// How deep it stands.
    pub depth: usize,
    /// The property, or `[3]` in a list.
    pub key: String,
    /// Its value; nothing where it opens an object or a list.
    pub value: String,
    /// The resource that it leads to.
    pub link: Option<String>,
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
        let query = query.to_lowercase();
        let holds = |line: &Line| format!("{} {}", line.key, line.value).to_lowercase().contains(&query);
        let count = self.lines.len();
        (0..count).map(|step| (from + step) % count).find(|index| self.lines.get(*index).is_some_and(&holds))
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

/// A resource in lines, its properties in the order of their names.
#[must_use]
pub fn lines(value: &Value) -> Vec<Line> {
    let mut found = Vec::new();
    // A stack of our own: foreign documents may be nested as deep as the parser allows.
    let mut open: Vec<(usize, String, &Value)> = Vec::new();
    push(&mut open, 0, value);
    if open.is_empty() && !matches!(value, Value::Null) {
        found.push(leaf(0, String::new(), value));
    }
    while let Some((depth, key, value)) = open.pop() {
        if let Some(link) = only_link(value) {
            found.push(Line { depth, key, value: link.into(), link: Some(link.into()) });
        } else if is_open(value) {
            found.push(Line { depth, key, value: String::new(), link: None });
            push(&mut open, depth + 1, value);
        } else {
            found.push(leaf(depth, key, value));
        }
    }
    found
}

fn is_open(value: &Value) -> bool {
    match value {
        Value::Object(members) => !members.is_empty(),
        Value::Array(items) => !items.is_empty(),
        _ => false,
    }
}

/// The parts of an object or a list, the first on top.
fn push<'a>(open: &mut Vec<(usize, String, &'a Value)>, depth: usize, value: &'a Value) {
    match value {
        Value::Object(members) => {
            open.extend(members.iter().rev().map(|(key, value)| (depth, key.clone(), value)));
        }
        Value::Array(items) => {
            open.extend(items.iter().enumerate().rev().map(|(index, value)| (depth, format!("[{index}]"), value)));
        }
        _ => {}
    }
}

/// The link of an object that is nothing but one.
fn only_link(value: &Value) -> Option<&str> {
    let members = value.as_object().filter(|members| members.len() == 1)?;
    members.get("@odata.id")?.as_str()
}

fn leaf(depth: usize, key: String, value: &Value) -> Line {
    let text = match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    // `$metadata` is a schema in XML, and nothing of the machine.
    let link = (text.starts_with("/redfish/") && !text.contains("$metadata")).then(|| text.clone());
    Line { depth, key, value: text, link }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(lines: &[Line]) -> Vec<String> {
        let row = |line: &Line| format!("{}{}={}{}", " ".repeat(line.depth), line.key, line.value, link(line));
        lines.iter().map(row).collect()
    }

    fn link(line: &Line) -> &'static str {
        if line.link.is_some() { " ->" } else { "" }
    }

    #[test]
    fn a_resource_is_shown_line_by_line_and_its_links_can_be_followed() {
        let resource = json!({
            "Id": "1", "Links": { "Chassis": [{ "@odata.id": "/redfish/v1/Chassis/1" }] }, "Oem": {},
            "PowerState": "On", "Bios": { "@odata.id": "/redfish/v1/Systems/1/Bios" }
        });
        assert_eq!(
            told(&lines(&resource)),
            [
                "Bios=/redfish/v1/Systems/1/Bios ->",
                "Id=1",
                "Links=",
                " Chassis=",
                "  [0]=/redfish/v1/Chassis/1 ->",
                "Oem={}",
                "PowerState=On"
            ]
        );
    }

    #[test]
    fn foreign_documents_of_every_shape_have_lines() {
        assert_eq!(told(&lines(&json!("bare"))), ["=bare"]);
        assert_eq!(told(&lines(&json!([1, null]))), ["[0]=1", "[1]=null"]);
        assert!(lines(&Value::Null).is_empty());
        let deep = (0..120).fold(json!(1), |inner, _| json!({ "a": inner }));
        assert_eq!(lines(&deep).len(), 120);
    }

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
