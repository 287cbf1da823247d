//! A vendor's resources as templates.
//!
//! A tree file is a JSON object from URI to resource. In a resource `"$name"` stands for a value of any type, `"$?name"`
//! for one whose property is left out when there is none, and `${name}` inside a text for a text. `{}` as the last part of
//! a URI is a template for the members of that collection. A later file changes an earlier one as a JSON merge patch
//! does (RFC 7396), so that a generation is its difference to the one before.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::Values;

/// One resource with gaps for values.
#[derive(Debug, Clone)]
pub struct Template {
    /// URI as the vendor spells it.
    pub path: String,
    body: Value,
}

/// All resources of a personality.
#[derive(Debug)]
pub struct Tree {
    documents: BTreeMap<String, Template>,
    problems: Vec<String>,
    context: bool,
    any_case: bool,
}

impl Tree {
    /// Reads tree files, later ones over earlier ones. `context` adds `@odata.context`, `any_case` compares URIs without
    /// case. What cannot be read is kept in [`Tree::problems`], which a test holds empty.
    #[must_use]
    pub fn read(files: &[&str], context: bool, any_case: bool) -> Self {
        let mut problems = Vec::new();
        let mut merged = Value::Object(Map::new());
        for file in files {
            match serde_json::from_str::<Value>(file) {
                // The first file stands as it is: a null in it is a value, in a later one it removes.
                Ok(first) if merged.as_object().is_some_and(Map::is_empty) => merged = first,
                Ok(layer) => merge(&mut merged, &layer),
                Err(error) => problems.push(error.to_string()),
            }
        }
        let mut tree = Self { documents: BTreeMap::new(), problems, context, any_case };
        if let Value::Object(map) = merged {
            for (path, body) in map {
                tree.documents.insert(tree.key(&path), Template { path, body });
            }
        }
        tree
    }

    /// What was wrong with the files.
    #[must_use]
    pub fn problems(&self) -> &[String] {
        &self.problems
    }

    /// All templates by URI.
    pub fn documents(&self) -> impl Iterator<Item = (&str, &Template)> {
        self.documents.values().map(|template| (template.path.as_str(), template))
    }

    /// The template for a URI, and the member's name when it is a collection's member.
    #[must_use]
    pub fn find<'a>(&self, uri: &'a str) -> Option<(&Template, Option<&'a str>)> {
        let uri = uri.trim_end_matches('/');
        if let Some(template) = self.documents.get(&self.key(uri)) {
            return Some((template, None));
        }
        let (parent, name) = uri.rsplit_once('/')?;
        let template = self.documents.get(&self.key(&format!("{parent}/{{}}")))?;
        Some((template, Some(name)))
    }

    /// A resource: the template with its gaps filled, and what every resource of this vendor carries.
    #[must_use]
    pub fn fill(&self, template: &Template, uri: &str, values: &Values) -> Value {
        let mut body = fill(&template.body, values).unwrap_or(Value::Null);
        if let Value::Object(map) = &mut body {
            if map.contains_key("@odata.type") {
                map.entry("@odata.id").or_insert_with(|| Value::from(uri));
            }
            let count = map.get("Members").and_then(Value::as_array).map(Vec::len);
            if let Some(count) = count {
                map.entry("Members@odata.count").or_insert_with(|| Value::from(count));
            }
            if self.context
                && let Some(name) = map.get("@odata.type").and_then(Value::as_str).and_then(type_name)
            {
                let context = format!("/redfish/v1/$metadata#{name}.{name}");
                map.entry("@odata.context").or_insert(Value::from(context));
            }
        }
        body
    }

    fn key(&self, path: &str) -> String {
        let path = path.trim_end_matches('/');
        if self.any_case { path.to_ascii_lowercase() } else { path.to_owned() }
    }
}

impl Template {
    /// Names of the values it cannot do without.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let mut names = Vec::new();
        collect_names(&self.body, &mut names);
        names
    }
}

impl Template {
    /// Every `@odata.type` in it.
    #[must_use]
    pub fn odata_types(&self) -> Vec<String> {
        let mut types = Vec::new();
        collect_types(&self.body, &mut types);
        types
    }
}

fn collect_types(value: &Value, types: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            types.extend(map.get("@odata.type").and_then(Value::as_str).map(str::to_owned));
            map.values().for_each(|item| collect_types(item, types));
        }
        Value::Array(list) => list.iter().for_each(|item| collect_types(item, types)),
        _ => {}
    }
}

/// `#Chassis.v1_16_0.Chassis` -> `Chassis`.
fn type_name(odata_type: &str) -> Option<String> {
    odata_type.strip_prefix('#')?.split('.').next().map(str::to_owned)
}

fn fill(value: &Value, values: &Values) -> Option<Value> {
    match value {
        Value::String(text) => fill_text(text, values),
        Value::Array(list) => Some(Value::Array(list.iter().filter_map(|item| fill(item, values)).collect())),
        Value::Object(map) => {
            Some(Value::Object(map.iter().filter_map(|(key, item)| Some((key.clone(), fill(item, values)?))).collect()))
        }
        other => Some(other.clone()),
    }
}

fn fill_text(text: &str, values: &Values) -> Option<Value> {
    if let Some(name) = text.strip_prefix("$?") {
        return values.get(name).cloned();
    }
    if let Some(value) = text.strip_prefix('$').and_then(|name| values.get(name)) {
        return Some(value.clone());
    }
    if !text.contains("${") {
        return Some(Value::from(text));
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        out.push_str(before);
        let (name, tail) = after.split_once('}').unwrap_or((after, ""));
        match values.get(name) {
            Some(Value::String(inner)) => out.push_str(inner),
            Some(other) => out.push_str(&other.to_string()),
            None => {}
        }
        rest = tail;
    }
    out.push_str(rest);
    Some(Value::from(out))
}

fn collect_names(value: &Value, names: &mut Vec<String>) {
    match value {
        Value::String(text) if text.starts_with("$?") => {}
        // `$metadata` is a name that bmcweb's `odata` lists.
        Value::String(text) if text == "$metadata" => {}
        Value::String(text) if text.starts_with('$') && !text.starts_with("${") => {
            names.push(text.trim_start_matches('$').to_owned());
        }
        Value::String(text) => {
            for part in text.split("${").skip(1) {
                names.push(part.split('}').next().unwrap_or_default().to_owned());
            }
        }
        Value::Array(list) => list.iter().for_each(|item| collect_names(item, names)),
        Value::Object(map) => map.values().for_each(|item| collect_names(item, names)),
        _ => {}
    }
}

/// JSON merge patch (RFC 7396).
pub(crate) fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    if let Value::Object(target) = target {
        for (key, value) in patch {
            if value.is_null() {
                target.remove(key);
            } else {
                merge(target.entry(key.clone()).or_insert(Value::Null), value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_gap_takes_any_type_a_text_takes_text_and_an_optional_one_may_vanish() {
        let tree = Tree::read(
            &[
                r##"{"/a": {"@odata.type": "#Thing.v1_0_0.Thing", "N": "$n", "T": "x${n}y", "O": "$?none"}}"##,
                r#"{"/a": {"P": 1}}"#,
            ],
            true,
            true,
        );
        let mut values = Values::default();
        values.set("n", 7);
        let (template, member) = tree.find("/A/").unwrap();
        assert_eq!(member, None);
        assert_eq!(
            tree.fill(template, "/a", &values),
            json!({"@odata.context": "/redfish/v1/$metadata#Thing.Thing", "@odata.id": "/a",
                   "@odata.type": "#Thing.v1_0_0.Thing", "N": 7, "T": "x7y", "P": 1})
        );
    }
}
