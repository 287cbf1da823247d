//! A resource of a BMC in lines, and the walk from one along its links.

use std::collections::{HashSet, VecDeque};

use serde_json::Value;

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

impl Line {
    /// Whether `words` stand in it, in whichever case.
    #[must_use]
    pub fn holds(&self, words: &str) -> bool {
        format!("{} {}", self.key, self.value).to_lowercase().contains(&words.to_lowercase())
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

/// The lines in which `words` stand, each with its place in the resource: `Status.Health`, `Links.Chassis[0]`.
#[must_use]
pub fn hits<'a>(lines: &'a [Line], words: &str) -> Vec<(String, &'a Line)> {
    let mut place: Vec<&str> = Vec::new();
    let mut found = Vec::new();
    for line in lines {
        place.truncate(line.depth);
        place.push(&line.key);
        if line.holds(words) {
            found.push((place.join(".").replace(".[", "["), line));
        }
    }
    found
}

/// Resources that a walk reads at most.
pub const MOST: usize = 500;

/// What is the same on every machine of a stack, or is no resource of the machine: read only where a walk begins in it.
const ELSEWHERE: [&str; 4] =
    ["/redfish/v1/JsonSchemas", "/redfish/v1/Schemas", "/redfish/v1/Registries", "/redfish/v1/SessionService/Sessions"];

/// Entries of logs, whose list shows them and of which there are thousands; targets of actions, which are no resources.
const NO_WAY: [&str; 2] = ["/Entries/", "/Actions/"];

/// A walk along the links of resources: the nearest first, each once.
#[derive(Debug, Clone)]
pub struct Walk {
    begin: String,
    known: HashSet<String>,
    waiting: VecDeque<String>,
    /// How many resources it has come to.
    pub read: usize,
    most: usize,
}

impl Walk {
    /// From a resource on, to `most` resources.
    #[must_use]
    pub fn from(begin: &str, most: usize) -> Self {
        let begin = plain(begin).to_owned();
        let waiting = VecDeque::from([begin.clone()]);
        Self { known: HashSet::from([begin.clone()]), begin, waiting, read: 0, most }
    }

    /// The next resource; none where there is no other, or where it has come to as many as it may.
    pub fn step(&mut self) -> Option<String> {
        if self.is_cut() {
            return None;
        }
        let next = self.waiting.pop_front()?;
        self.read += 1;
        Some(next)
    }

    /// Takes the links of a resource.
    pub fn follow(&mut self, lines: &[Line]) {
        for link in lines.iter().filter_map(|line| line.link.as_deref()) {
            let link = plain(link);
            let is_elsewhere = ELSEWHERE.iter().any(|part| link.starts_with(part) && !self.begin.starts_with(part));
            if !is_elsewhere && !NO_WAY.iter().any(|part| link.contains(part)) && self.known.insert(link.to_owned()) {
                self.waiting.push_back(link.to_owned());
            }
        }
    }

    /// True where there are more resources than it may come to.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        self.read >= self.most && !self.waiting.is_empty()
    }
}

/// A link without what points into the resource, and without the slash that some end with.
fn plain(link: &str) -> &str {
    let link = link.split('#').next().unwrap_or_default();
    link.strip_suffix('/').unwrap_or(link)
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
    fn what_was_found_is_named_by_its_place_in_the_resource() {
        let resource = json!({ "Links": { "Chassis": [{ "@odata.id": "/redfish/v1/Chassis/1" }, { "Name": "fan" }] },
            "Status": { "Health": "Critical" } });
        let lines = lines(&resource);
        let found = |words: &str| hits(&lines, words).into_iter().map(|(place, _)| place).collect::<Vec<_>>();
        assert_eq!(found("critical"), ["Status.Health"]);
        assert_eq!(found("chassis"), ["Links.Chassis", "Links.Chassis[0]"]);
        assert_eq!(found("FAN"), ["Links.Chassis[1].Name"]);
        assert_eq!(found("nothing"), [""; 0]);
    }

    #[test]
    fn a_walk_comes_to_each_resource_once_the_nearest_first_and_ends() {
        let links = |links: &[&str]| lines(&json!(links));
        let mut walk = Walk::from("/redfish/v1/", 4);
        assert_eq!(walk.step().as_deref(), Some("/redfish/v1"));
        walk.follow(&links(&[
            "/redfish/v1/Systems",
            "/redfish/v1/JsonSchemas",
            "/redfish/v1/",
            "/redfish/v1/Chassis/",
        ]));
        assert_eq!(walk.step().as_deref(), Some("/redfish/v1/Systems"));
        walk.follow(&links(&["/redfish/v1/Systems/1/Actions/ComputerSystem.Reset"]));
        walk.follow(&links(&["/redfish/v1/Systems/1#/Fans/0", "/redfish/v1/L/Entries", "/redfish/v1/L/Entries/7"]));
        assert_eq!(walk.step().as_deref(), Some("/redfish/v1/Chassis"));
        assert!(!walk.is_cut());
        assert_eq!(walk.step().as_deref(), Some("/redfish/v1/Systems/1"));
        assert!(walk.is_cut() && walk.step().is_none() && walk.read == 4, "the list of entries is left");
        // One that begins among schemas stays among them.
        let mut walk = Walk::from("/redfish/v1/JsonSchemas", 9);
        walk.step();
        walk.follow(&links(&["/redfish/v1/JsonSchemas/Bios"]));
        assert!(walk.step().is_some() && walk.step().is_none() && !walk.is_cut());
    }
}
