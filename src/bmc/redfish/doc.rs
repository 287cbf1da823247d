//! Reading foreign JSON: every access can say "missing" or "odd", none can fail the whole.

use serde_json::Value;

/// A view of a resource or a part of one. An absent part is a view of null.
#[derive(Debug, Clone, Copy)]
pub struct Doc<'a>(&'a Value);

/// A property that should be text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Text<'a> {
    /// It is.
    Value(&'a str),
    /// Absent, null or empty.
    Missing,
    /// Something else stands there.
    Odd(&'a Value),
}

impl<'a> Text<'a> {
    /// The text, if it is one.
    #[must_use]
    pub const fn value(self) -> Option<&'a str> {
        match self {
            Self::Value(text) => Some(text),
            Self::Missing | Self::Odd(_) => None,
        }
    }
}

static NULL: Value = Value::Null;

impl<'a> Doc<'a> {
    /// A view of `value`.
    #[must_use]
    pub const fn new(value: &'a Value) -> Self {
        Self(value)
    }

    /// The value itself.
    #[must_use]
    pub const fn raw(self) -> &'a Value {
        self.0
    }

    /// The part at `path`, a list of member names.
    #[must_use]
    pub fn at(self, path: &[&str]) -> Self {
        path.iter().fold(self, |doc, key| Self(doc.0.get(key).unwrap_or(&NULL)))
    }

    /// The text of member `key`, trimmed. Numbers are odd: a version 1.10 sent as a number has lost its zero.
    #[must_use]
    pub fn text(self, key: &str) -> Text<'a> {
        match self.0.get(key) {
            None | Some(Value::Null) => Text::Missing,
            Some(Value::String(text)) if text.trim().is_empty() => Text::Missing,
            Some(Value::String(text)) => Text::Value(text.trim()),
            Some(other) => Text::Odd(other),
        }
    }

    /// The text of member `key`, or nothing where it is missing or odd.
    #[must_use]
    pub fn str(self, key: &str) -> Option<&'a str> {
        self.text(key).value()
    }

    /// A boolean, also one that was sent as text.
    #[must_use]
    pub fn bool(self, key: &str) -> Option<bool> {
        match self.0.get(key)? {
            Value::Bool(value) => Some(*value),
            Value::String(text) if text.eq_ignore_ascii_case("true") => Some(true),
            Value::String(text) if text.eq_ignore_ascii_case("false") => Some(false),
            _ => None,
        }
    }

    /// The link in member `key`: an object with `@odata.id`, or a bare path.
    #[must_use]
    pub fn link(self, key: &str) -> Option<&'a str> {
        Self(self.0.get(key)?).own_link()
    }

    /// The `@odata.id` of this object, or the path that this value itself is.
    #[must_use]
    pub fn own_link(self) -> Option<&'a str> {
        let text = match self.0 {
            Value::String(path) => path,
            object => object.get("@odata.id")?.as_str()?,
        };
        text.starts_with('/').then_some(text)
    }

    /// The elements of member `key`; a lone object where an array belongs counts as one element.
    pub fn items(self, key: &str) -> impl Iterator<Item = Self> + use<'a> {
        let items: &'a [Value] = match self.0.get(key) {
            Some(Value::Array(items)) => items,
            Some(lone @ Value::Object(_)) => std::slice::from_ref(lone),
            _ => &[],
        };
        items.iter().map(Self)
    }

    /// Whether member `key` is there and not null.
    #[must_use]
    pub fn has(self, key: &str) -> bool {
        self.0.get(key).is_some_and(|value| !value.is_null())
    }
}

/// A short form of an odd value for a note.
#[must_use]
pub fn excerpt(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_odd_property_is_odd_and_not_a_guess() {
        let value = json!({"Version": 1.10, "Name": ["x"], "Id": "  a ", "Empty": " ", "Null": null});
        let doc = Doc::new(&value);
        assert!(matches!(doc.text("Version"), Text::Odd(_)));
        assert!(matches!(doc.text("Name"), Text::Odd(_)));
        assert_eq!(doc.text("Id"), Text::Value("a"));
        assert_eq!(doc.text("Empty"), Text::Missing);
        assert_eq!(doc.text("Null"), Text::Missing);
        assert_eq!(doc.text("Nowhere"), Text::Missing);
    }

    #[test]
    fn links_are_found_in_every_form_that_bmcs_send() {
        let value = json!({"A": {"@odata.id": "/redfish/v1/A"}, "B": "/redfish/v1/B", "C": {"@odata.id": 5}, "D": "x"});
        let doc = Doc::new(&value);
        assert_eq!(doc.link("A"), Some("/redfish/v1/A"));
        assert_eq!(doc.link("B"), Some("/redfish/v1/B"));
        assert_eq!(doc.link("C"), None);
        assert_eq!(doc.link("D"), None);
    }

    #[test]
    fn a_lone_related_item_counts_as_one() {
        let value = json!({"RelatedItem": {"@odata.id": "/redfish/v1/Managers/1"}});
        assert_eq!(Doc::new(&value).items("RelatedItem").count(), 1);
    }

    #[test]
    fn an_excerpt_of_any_text_is_cut_between_characters() {
        assert!(excerpt(&json!("é".repeat(200))).chars().count() <= 61);
    }
}
