//! Texts of rules, with places for values that were read.

use super::evidence::Evidence;

/// What may stand in braces.
pub(super) const PLACES: [&str; 11] = [
    "component",
    "from",
    "to",
    "read_back",
    "method",
    "run",
    "server",
    "generation",
    "bmc_version",
    "words",
    "percent",
];

/// Fills the places of `text`. What was not read is called unknown.
#[must_use]
pub(super) fn filled(text: &str, evidence: &Evidence) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let Some((place, behind)) = after.split_once('}') else {
            out.push('{');
            rest = after;
            continue;
        };
        out.push_str(&value(place, evidence).unwrap_or_else(|| "unknown".into()));
        rest = behind;
    }
    out.push_str(rest);
    out
}

/// The places in `text` that nobody knows.
pub(super) fn unknown_places(text: &str) -> impl Iterator<Item = &str> {
    text.split('{')
        .skip(1)
        .filter_map(|rest| rest.split_once('}'))
        .map(|(place, _)| place)
        .filter(|p| !PLACES.contains(p))
}

fn value(place: &str, evidence: &Evidence) -> Option<String> {
    let update = evidence.update.as_ref();
    match place {
        "component" => update.map(|update| update.component.clone()),
        "from" => update.map(|update| update.from.clone()),
        "to" => update.map(|update| update.to.clone()),
        "read_back" => update?.read_back.clone(),
        "method" => update?.attempts.last().map(|(method, _)| method.to_string()),
        "percent" => update?.percent.map(|percent| percent.to_string()),
        "run" => Some(evidence.run.to_string()),
        "server" => Some(evidence.server.clone()),
        "generation" => evidence.bmc.generation.clone(),
        "bmc_version" => evidence.bmc.version.clone(),
        // The run's own words, without what they say of state and next: that is said here.
        "words" => evidence.why.split("; next:").next().map(str::to_owned),
        _ => None,
    }
}
