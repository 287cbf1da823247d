//! Targets files: TOML with `[[target]]` tables, or CSV with a header line.

use std::{collections::BTreeMap, path::Path};

use serde::Deserialize;

use super::{Mistake, addresses};
use crate::domain::{
    target::{HTTPS, Target},
    words,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    target: Vec<toml::Spanned<Row>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    address: toml::Spanned<String>,
    port: Option<u16>,
    ipmi_port: Option<u16>,
    name: Option<String>,
    rack: Option<String>,
    unit: Option<String>,
    site: Option<String>,
    #[serde(default)]
    labels: BTreeMap<String, String>,
}

/// Reads a targets file. Every mistake in it is told, not only the first.
pub fn read(path: &Path) -> Result<Vec<Target>, Vec<Mistake>> {
    let text = std::fs::read_to_string(path).map_err(|error| vec![Mistake::of_file(path, error)])?;
    let file = path.display().to_string();
    let is_csv = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("csv"));
    let targets = if is_csv { from_csv(&file, &text)? } else { from_toml(&file, &text)? };
    let twice = repeated(&targets);
    if twice.is_empty() {
        Ok(targets)
    } else {
        Err(twice.into_iter().map(|what| Mistake { file: file.clone(), at: None, what }).collect())
    }
}

fn repeated(targets: &[Target]) -> Vec<String> {
    let mut seen = std::collections::HashSet::new();
    let endpoints = targets.iter().filter(|target| !seen.insert(target.endpoint.to_string()));
    endpoints.map(|target| format!("{} is listed twice", target.endpoint)).collect()
}

fn from_toml(file: &str, text: &str) -> Result<Vec<Target>, Vec<Mistake>> {
    let parsed: File = toml::from_str(text).map_err(|error| vec![Mistake::of_toml(file, text, &error)])?;
    let mut mistakes = Vec::new();
    let mut targets = Vec::new();
    for row in parsed.target {
        let row = row.into_inner();
        match one(row.address.get_ref(), row.port.unwrap_or(HTTPS)) {
            Ok(target) => targets.push(Target {
                ipmi_port: row.ipmi_port,
                name: row.name,
                rack: row.rack,
                unit: row.unit,
                site: row.site,
                labels: row.labels,
                ..target
            }),
            Err(what) => {
                mistakes.push(Mistake::at_offset(file, text, row.address.span().start, format!("address: {what}")));
            }
        }
    }
    if mistakes.is_empty() { Ok(targets) } else { Err(mistakes) }
}

fn one(address: &str, port: u16) -> Result<Target, String> {
    match addresses::expand(address, port)?.as_slice() {
        [target] => Ok(target.clone()),
        _ => Err(format!("`{address}` stands for several addresses; a targets file names one a line")),
    }
}

const COLUMNS: [&str; 8] = ["address", "port", "ipmi_port", "name", "rack", "unit", "site", "labels"];

fn from_csv(file: &str, text: &str) -> Result<Vec<Target>, Vec<Mistake>> {
    let mut reader =
        csv::ReaderBuilder::new().trim(csv::Trim::All).comment(Some(b'#')).flexible(true).from_reader(text.as_bytes());
    let mistake = |line: u64, what: String| Mistake {
        file: file.into(),
        at: Some((usize::try_from(line).unwrap_or(0), 1)),
        what,
    };
    let header = reader.headers().map_err(|error| vec![mistake(1, error.to_string())])?.clone();
    let unknown = header.iter().filter(|name| !COLUMNS.contains(name));
    let unknown: Vec<_> = unknown
        .map(|name| {
            let nearest = COLUMNS.iter().min_by_key(|known| words::distance(name, known)).unwrap_or(&"address");
            mistake(1, format!("no column is called `{name}`; did you mean `{nearest}`?"))
        })
        .collect();
    if !unknown.is_empty() {
        return Err(unknown);
    }
    if !header.iter().any(|name| name == "address") {
        return Err(vec![mistake(1, format!("the first line must name the columns, of {}", COLUMNS.join(", ")))]);
    }
    let mut mistakes = Vec::new();
    let mut targets = Vec::new();
    for record in reader.records() {
        match record {
            Ok(record) => {
                let line = record.position().map_or(0, csv::Position::line);
                match from_record(&header, &record) {
                    Ok(target) => targets.push(target),
                    Err(what) => mistakes.push(mistake(line, what)),
                }
            }
            Err(error) => {
                let line = error.position().map_or(0, csv::Position::line);
                mistakes.push(mistake(line, error.to_string()));
            }
        }
    }
    if mistakes.is_empty() { Ok(targets) } else { Err(mistakes) }
}

fn from_record(header: &csv::StringRecord, record: &csv::StringRecord) -> Result<Target, String> {
    if record.len() > header.len() {
        return Err(format!("{} fields, but the first line names {}", record.len(), header.len()));
    }
    let field = |name: &str| {
        let index = header.iter().position(|column| column == name)?;
        record.get(index).filter(|text| !text.is_empty()).map(str::to_owned)
    };
    let address = field("address").ok_or("address: missing")?;
    let port = match field("port") {
        Some(text) => text.parse().ok().filter(|port| *port > 0).ok_or(format!("port: `{text}` is no port"))?,
        None => HTTPS,
    };
    let ipmi_port = match field("ipmi_port") {
        Some(text) => {
            Some(text.parse().ok().filter(|port| *port > 0).ok_or(format!("ipmi_port: `{text}` is no port"))?)
        }
        None => None,
    };
    let mut labels = BTreeMap::new();
    for label in field("labels").unwrap_or_default().split(';').map(str::trim).filter(|label| !label.is_empty()) {
        let (key, value) = label.split_once('=').ok_or(format!("labels: `{label}` is no key=value"))?;
        labels.insert(key.trim().to_owned(), value.trim().to_owned());
    }
    let target = one(&address, port).map_err(|what| format!("address: {what}"))?;
    Ok(Target {
        ipmi_port,
        name: field("name"),
        rack: field("rack"),
        unit: field("unit"),
        site: field("site"),
        labels,
        ..target
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_toml_file_names_targets_with_their_place() {
        let text =
            "[[target]]\naddress = \"10.0.0.5\"\nname = \"r12u15\"\nrack = \"r12\"\nlabels = { env = \"lab\" }\n";
        let targets = from_toml("t.toml", text).unwrap();
        assert_eq!(targets[0].name.as_deref(), Some("r12u15"));
        assert_eq!(targets[0].labels["env"], "lab");
    }

    #[test]
    fn a_csv_file_names_the_same() {
        let text = "address, name, rack, labels\n# the lab\n10.0.0.5, r12u15, r12, env=lab;tier=2\n";
        let targets = from_csv("t.csv", text).unwrap();
        assert_eq!(targets[0].labels["tier"], "2");
        assert_eq!(targets[0].endpoint.port, HTTPS);
    }

    #[test]
    fn every_bad_line_is_told_with_its_line_and_field() {
        let text = "address,port\n10.0.0.5,443\n10.0.0.999,443\n10.0.0.6,http\n";
        let mistakes: Vec<_> = from_csv("t.csv", text).unwrap_err().iter().map(ToString::to_string).collect();
        assert_eq!(mistakes.len(), 2, "{mistakes:?}");
        assert!(mistakes[0].starts_with("t.csv:3:1: address:"), "{mistakes:?}");
        assert!(mistakes[1].starts_with("t.csv:4:1: port:"), "{mistakes:?}");
    }

    #[test]
    fn a_misspelt_key_of_a_target_is_told_with_its_place_and_the_right_word() {
        let text = "[[target]]\naddress = \"10.0.0.5\"\nrak = \"r12\"\n";
        let mistake = from_toml("t.toml", text).unwrap_err()[0].to_string();
        assert!(mistake.starts_with("t.toml:3:1: unknown field `rak`"), "{mistake}");
        assert!(mistake.ends_with("did you mean `rack`?"), "{mistake}");
    }
}
