//! Two things side by side, line by line.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A line: what it is about, and what each side says of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pair {
    /// What it is about: a component, or the place in a resource.
    pub what: String,
    /// What the left side says; absent where it says nothing.
    pub left: Option<String>,
    /// What the right side says.
    pub right: Option<String>,
}

impl Pair {
    /// True where the sides do not say the same.
    #[must_use]
    pub fn differs(&self) -> bool {
        self.left != self.right
    }
}

/// Lines of two sides, in the order of the left one; what only the right one has comes last.
#[must_use]
pub fn pairs(left: Vec<(String, Option<String>)>, right: Vec<(String, Option<String>)>) -> Vec<Pair> {
    let order: Vec<String> = right.iter().map(|(what, _)| what.clone()).collect();
    let mut others: HashMap<String, Option<String>> = right.into_iter().collect();
    let mut pairs: Vec<Pair> = left
        .into_iter()
        .map(|(what, left)| {
            let right = others.remove(&what).flatten();
            Pair { what, left, right }
        })
        .collect();
    for what in order {
        if let Some(right) = others.remove(&what) {
            pairs.push(Pair { what, left: None, right });
        }
    }
    pairs
}

/// Two JSON documents, value by value: `Status.Health`, `Members[3].@odata.id`.
#[must_use]
pub fn documents(left: &Value, right: &Value) -> Vec<Pair> {
    pairs(leaves(left), leaves(right))
}

/// Every value of a document with its place. Empty lists and objects are values.
fn leaves(value: &Value) -> Vec<(String, Option<String>)> {
    let mut found = Vec::new();
    // A stack of our own: foreign documents may be nested as deep as the parser allows.
    let mut open = vec![(String::new(), value)];
    while let Some((place, value)) = open.pop() {
        match value {
            Value::Object(members) if !members.is_empty() => {
                open.extend(members.iter().rev().map(|(key, value)| {
                    let dot = if place.is_empty() { "" } else { "." };
                    (format!("{place}{dot}{key}"), value)
                }));
            }
            Value::Array(items) if !items.is_empty() => {
                open.extend(items.iter().enumerate().rev().map(|(index, value)| (format!("{place}[{index}]"), value)));
            }
            Value::String(text) => found.push((place, Some(text.clone()))),
            other => found.push((place, Some(other.to_string()))),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(pairs: &[Pair]) -> Vec<String> {
        let word = |side: &Option<String>| side.clone().unwrap_or_else(|| "-".into());
        pairs.iter().map(|pair| format!("{} {} {}", pair.what, word(&pair.left), word(&pair.right))).collect()
    }

    #[test]
    fn documents_are_compared_value_by_value_and_nothing_is_left_out() {
        let left = json!({ "Id": "1", "Status": { "Health": "Critical" }, "Members": [{ "@odata.id": "/a" }] });
        let right = json!({ "Id": "1", "Status": { "Health": "OK", "State": null }, "Members": [] });
        assert_eq!(
            told(&documents(&left, &right)),
            ["Id 1 1", "Members[0].@odata.id /a -", "Status.Health Critical OK", "Members - []", "Status.State - null"]
        );
        assert!(documents(&left, &left).iter().all(|pair| !pair.differs()));
    }

    #[test]
    fn a_deep_document_is_walked_without_recursion() {
        let deep = (0..100).fold(json!(1), |inner, _| json!([inner]));
        assert_eq!(documents(&deep, &deep).len(), 1);
    }
}
