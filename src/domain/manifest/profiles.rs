//! BIOS profiles, in manifests and in files of their own.

use std::collections::BTreeMap;

use toml::{Spanned, de::DeValue};

use super::{
    Machines, Problem,
    finding::Place,
    names,
    parse::{Parsed, machines},
    table::{Reader, Section, Text},
};
use crate::domain::{
    bios::{AttributeValue, Profile, ProfileRule, is_secret_name, without_suffix},
    words,
};

pub(super) struct PlacedProfile {
    pub(super) profile: Profile,
    pub(super) at: Place,
}

/// Reads one `[[bios_profile]]`.
pub(super) fn profile(reader: &mut Reader<'_>, mut section: Section<'_>, all: &mut Parsed) {
    let name = section.needed(reader, "name", "name = \"virtualization\"");
    let at = reader.place(name.map_or(section.at, |name| name.at), &section.path_of("name"));
    if let Some(Text { text, at: offset }) = name {
        let field = section.path_of("name");
        if !names::is_id(text) {
            reader.find(offset, &field, Problem::BadId { written: text.into() });
        }
        if let Some(first) = all.profiles.iter().find(|known| known.profile.name == text) {
            let first = format!("{}:{}", first.at.file, first.at.line);
            reader.find(offset, &field, Problem::DuplicateProfile { name: text.into(), first });
        }
    }
    let notes = section.text(reader, "notes").map(|notes| notes.text.to_owned());
    let preserve = patterns(reader, &mut section);
    let sections = section.sections(reader, "for");
    if sections.is_empty() {
        section.missing(reader, "for", "[[bios_profile.for]] with vendor, models and attributes");
    }
    let rules = sections.into_iter().filter_map(|rule| self::rule(reader, rule, &preserve)).collect();
    section.finish(reader);
    if let Some(name) = name {
        let profile = Profile { name: name.text.into(), preserve, rules, notes };
        all.profiles.push(PlacedProfile { profile, at });
    }
}

fn rule(reader: &mut Reader<'_>, mut rule: Section<'_>, preserve_all: &[String]) -> Option<ProfileRule> {
    let machines: Option<Machines> = machines(reader, &mut rule, None, true);
    let preserve = patterns(reader, &mut rule);
    let optional = rule.texts(reader, "optional");
    let field = rule.path_of("optional");
    let (mut attributes, mut known) = (BTreeMap::new(), Vec::new());
    let at = rule.at;
    let section = rule.sections(reader, "attributes").into_iter().next();
    let is_empty = section.as_ref().is_none_or(|section| section.entries().next().is_none());
    if is_empty {
        reader.find(at, &rule.path_of("attributes"), Problem::NothingToSet);
    }
    for (key, value) in section.iter().flat_map(Section::entries) {
        known.push(key.text);
        let path = section.as_ref().map_or_else(String::new, |section| section.path_of(key.text));
        if is_secret_name(key.text) {
            // Its value is not looked at.
            reader.find(key.at, &path, Problem::SecretAttribute);
            continue;
        }
        let own = [preserve_all, &preserve].into_iter().flatten();
        let names = [key.text, without_suffix(key.text)];
        if let Some(pattern) = own.clone().find(|pattern| names.iter().any(|name| words::is_like(pattern, name))) {
            let problem = Problem::PreservedToo { attribute: key.text.into(), pattern: pattern.clone() };
            reader.find(key.at, &path, problem);
        }
        if let Some(value) = self::value(reader, &path, value) {
            attributes.insert(key.text.to_owned(), value);
        }
    }
    for (index, Text { text, at }) in optional.iter().enumerate() {
        if !known.contains(text) {
            let nearest = words::nearest(text, known.iter().copied()).map(str::to_owned);
            let problem = Problem::OptionalUnknown { written: (*text).into(), nearest };
            reader.find(*at, &format!("{field}[{}]", index + 1), problem);
        }
    }
    rule.finish(reader);
    let optional = optional.iter().map(|text| text.text.to_owned()).collect();
    Some(ProfileRule { machines: machines?, attributes, optional, preserve })
}

fn patterns(reader: &mut Reader<'_>, section: &mut Section<'_>) -> Vec<String> {
    section.texts(reader, "preserve").iter().map(|text| text.text.trim().to_owned()).collect()
}

fn value(reader: &mut Reader<'_>, field: &str, value: &Spanned<DeValue<'_>>) -> Option<AttributeValue> {
    let found = match value.get_ref() {
        DeValue::String(text) => return Some(AttributeValue::Text(text.clone().into_owned())),
        DeValue::Boolean(flag) => return Some(AttributeValue::Boolean(*flag)),
        DeValue::Integer(integer) => {
            let number = i64::from_str_radix(&integer.as_str().replace('_', ""), integer.radix());
            if let Ok(number) = number {
                return Some(AttributeValue::Integer(number));
            }
            "integer that is too large"
        }
        other => other.type_str(),
    };
    let wanted = "a text in quotes, a whole number, or true or false";
    reader.find(value.span().start, field, Problem::WrongType { wanted, found });
    None
}
