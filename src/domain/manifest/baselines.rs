//! Baselines and the order of updates.

use toml::{Spanned, de::DeValue};

use super::{
    Baseline, BaselineRule, Problem, Wanted,
    finding::Place,
    names,
    parse::{Parsed, PlacedBaseline, VersionJudge, kind, kinds, machines, word},
    table::{Reader, Section, Text},
};
use crate::domain::{kind::Kind, vendor::Vendor};

/// Reads one `[[baseline]]`.
pub(super) fn baseline(reader: &mut Reader<'_>, mut section: Section<'_>, all: &mut Parsed) {
    let name = section.needed(reader, "name", "name = \"2026-q3\"");
    let at = reader.place(name.map_or(section.at, |name| name.at), &section.path_of("name"));
    if let Some(Text { text, at: offset }) = name {
        let field = section.path_of("name");
        if !names::is_id(text) {
            reader.find(offset, &field, Problem::BadId { written: text.into() });
        }
        if let Some(first) = all.baselines.iter().find(|known| known.baseline.name == text) {
            let first = format!("{}:{}", first.at.file, first.at.line);
            reader.find(offset, &field, Problem::DuplicateBaseline { name: text.into(), first });
        }
    }
    let notes = section.text(reader, "notes").map(|notes| notes.text.to_owned());
    let sections = section.sections(reader, "for");
    if sections.is_empty() {
        section.missing(reader, "for", "[[baseline.for]] with vendor, models and wanted");
    }
    let (mut rules, mut wanted_at) = (Vec::new(), Vec::new());
    for mut rule in sections {
        let machines = machines(reader, &mut rule, None, true);
        let (wanted, places) = wanted(reader, &mut rule, machines.as_ref().map(|machines| machines.vendor));
        rule.finish(reader);
        if let Some(machines) = machines {
            rules.push(BaselineRule { machines, wanted });
            wanted_at.push(places);
        }
    }
    section.finish(reader);
    if let Some(name) = name {
        all.baselines.push(PlacedBaseline {
            baseline: Baseline { name: name.text.into(), rules, notes },
            at,
            wanted_at,
        });
    }
}

fn wanted(reader: &mut Reader<'_>, rule: &mut Section<'_>, vendor: Option<Vendor>) -> (Vec<Wanted>, Vec<Place>) {
    let value = rule.value("wanted");
    let items = value.and_then(|value| value.get_ref().as_array());
    let Some(items) = items.filter(|items| !items.is_empty()) else {
        match value.map(Spanned::get_ref) {
            Some(DeValue::Array(_)) | None => reader.find(rule.at, &rule.path_of("wanted"), Problem::NothingWanted),
            Some(other) => {
                let wanted = "a list: [\"IMAGE-ID\", { kind = \"bmc\", version = \"7.10.30.00\" }]";
                reader.find(rule.at, &rule.path_of("wanted"), Problem::WrongType { wanted, found: other.type_str() });
            }
        }
        return (Vec::new(), Vec::new());
    };
    let (mut wanted, mut places) = (Vec::new(), Vec::new());
    for (index, item) in items.iter().enumerate() {
        let (at, field) = (item.span().start, format!("{}[{}]", rule.path_of("wanted"), index + 1));
        match item.get_ref() {
            DeValue::String(id) => {
                wanted.push(Wanted::Image { image: id.clone().into_owned() });
                places.push(reader.place(at, &field));
            }
            DeValue::Table(table) => {
                let mut section = Section::new(table, field.clone(), item.span());
                let kind = kind(reader, &mut section);
                let components = section.texts(reader, "components");
                let version = section.needed(reader, "version", "version = \"7.10.30.00\"");
                let version_field = section.path_of("version");
                section.finish(reader);
                if let (Some(kind), Some(version)) = (kind, version) {
                    if let Some(vendor) = vendor {
                        VersionJudge { vendor, kind, family: None }.check(reader, &version_field, version);
                    }
                    let components = components.iter().map(|text| text.text.trim().to_owned()).collect();
                    wanted.push(Wanted::Version { kind, components, version: version.text.trim().into() });
                    places.push(reader.place(at, &field));
                }
            }
            other => {
                let wanted = "an image's id, or { kind = \"bmc\", version = \"7.10.30.00\" }";
                reader.find(at, &field, Problem::WrongType { wanted, found: other.type_str() });
            }
        }
    }
    (wanted, places)
}

/// Reads `[order]`: a list of kinds for each vendor.
pub(super) fn order(reader: &mut Reader<'_>, section: &Section<'_>, all: &mut Parsed) {
    for (key, value) in section.entries() {
        let known = || Vendor::ALL.iter().map(|vendor| vendor.word()).collect();
        let field = section.path_of(key.text);
        let vendor: Option<Vendor> = word(reader, &field, key, "vendor", key.text.parse().ok(), known);
        let Some(items) = value.get_ref().as_array() else {
            let found = value.get_ref().type_str();
            let wanted = "a list of kinds: [\"bmc\", \"bios\"]";
            reader.find(value.span().start, &field, Problem::WrongType { wanted, found });
            continue;
        };
        let mut order: Vec<Kind> = Vec::new();
        for item in items {
            let text = Text { text: item.get_ref().as_str().unwrap_or_default(), at: item.span().start };
            match word(reader, &field, text, "kind of component", text.text.parse().ok(), kinds) {
                Some(kind) if order.contains(&kind) => {
                    reader.find(text.at, &field, Problem::OrderTwice { what: kind.word().into() });
                }
                Some(kind) => order.push(kind),
                None => {}
            }
        }
        if let Some(vendor) = vendor
            && all.order.insert(vendor, order).is_some()
        {
            reader.find(key.at, &field, Problem::OrderTwice { what: vendor.word().into() });
        }
    }
}
