//! From the text of one file to images and baselines.

use std::collections::BTreeMap;

use toml::de::DeTable;

use super::{
    Baseline, Criticality, Finding, Image, Machines, Match, Problem, Requirement, Signature, Source, baselines,
    checksum,
    finding::Place,
    names, profiles,
    profiles::PlacedProfile,
    table::{Reader, Section, Text},
};
use crate::domain::{
    digest::Sha256,
    installer::Installer,
    kind::Kind,
    vendor::Vendor,
    version::{self, Family, Hint, Order, Why},
    words,
};

/// No firmware image is larger (bytes). HPE's largest SPP component and Dell's driver packs stay below 4 GiB.
const LARGEST: u64 = 16 << 30;

/// No update takes longer (minutes).
const LONGEST: u64 = 24 * 60;

/// What was read of all files so far, with the places that later checks speak of.
#[derive(Default)]
pub(super) struct Parsed {
    pub(super) images: Vec<PlacedImage>,
    pub(super) baselines: Vec<PlacedBaseline>,
    pub(super) profiles: Vec<PlacedProfile>,
    pub(super) order: BTreeMap<Vendor, Vec<Kind>>,
    /// Ids of all images, also of those with mistakes, and where they stand.
    pub(super) ids: Vec<(String, Place)>,
    pub(super) findings: Vec<Finding>,
}

pub(super) struct PlacedImage {
    pub(super) image: Image,
    pub(super) at: Place,
}

pub(super) struct PlacedBaseline {
    pub(super) baseline: Baseline,
    pub(super) at: Place,
    /// One for each rule: one for each wanted entry.
    pub(super) wanted_at: Vec<Vec<Place>>,
}

/// Reads `source` and adds what it says to `all`.
pub(super) fn file(source: Source<'_>, all: &mut Parsed) {
    let mut reader = Reader::new(source);
    let (table, errors) = DeTable::parse_recoverable(source.text);
    for error in &errors {
        let at = error.span().map_or(0, |span| span.start);
        reader.find(at, "", Problem::Syntax { message: error.message().trim().replace('\n', ", ") });
    }
    // after a slip of syntax half a table may be gone: what is missing then is no mistake of its own
    if errors.is_empty() {
        document(&mut reader, table.get_ref(), all);
    }
    all.findings.append(&mut reader.findings);
}

fn document(reader: &mut Reader<'_>, table: &DeTable<'_>, all: &mut Parsed) {
    let mut root = Section::new(table, String::new(), 0..0);
    if let Some((written, at)) =
        root.number(reader, "schema", 0..u64::from(u32::MAX)).filter(|(number, _)| *number != 1)
    {
        reader.find(at, "schema", Problem::UnknownSchema { written });
    }
    for section in root.sections(reader, "image") {
        image(reader, section, all);
    }
    for section in root.sections(reader, "baseline") {
        baselines::baseline(reader, section, all);
    }
    for section in root.sections(reader, "bios_profile") {
        profiles::profile(reader, section, all);
    }
    if let Some(section) = root.sections(reader, "order").into_iter().next() {
        baselines::order(reader, &section, all);
    }
    root.finish(reader);
}

fn image(reader: &mut Reader<'_>, mut section: Section<'_>, all: &mut Parsed) {
    let mistakes = errors(reader);
    let id = section.needed(reader, "id", "id = \"dell-r750-bios-1.13.2\"");
    let at = reader.place(id.map_or(section.at, |id| id.at), &section.path_of("id"));
    if let Some(Text { text, at: offset }) = id {
        if !names::is_id(text) {
            reader.find(offset, &section.path_of("id"), Problem::BadId { written: text.into() });
        }
        match all.ids.iter().find(|(known, _)| known == text) {
            Some((_, first)) => {
                let first = format!("{}:{}", first.file, first.line);
                reader.find(offset, &section.path_of("id"), Problem::DuplicateImage { id: text.into(), first });
            }
            None => all.ids.push((text.into(), at.clone())),
        }
    }
    let vendor = vendor(reader, &mut section, true);
    let kind = kind(reader, &mut section);
    let family = family(reader, &mut section);
    let version = section.needed(reader, "version", "version = \"1.13.2\"");
    let min_from = section.text(reader, "min_from");
    if let (Some(vendor), Some(kind)) = (vendor, kind) {
        let judge = VersionJudge { vendor, kind, family };
        if let Some(version) = version {
            judge.check(reader, &section.path_of("version"), version);
        }
        if let (Some(version), Some(min_from)) = (version, min_from) {
            judge.check_floor(reader, &section.path_of("min_from"), min_from, version.text);
        }
    }
    let (file, urls) = places_of_file(reader, &mut section);
    let sha256 = sha256(reader, &mut section, &urls);
    if !section.has("size") {
        section.missing(reader, "size", "size = 33554432  # bytes: `stat -c %s FILE`");
    }
    let size = section.number(reader, "size", 1..LARGEST);
    let criticality = criticality(reader, &mut section, kind);
    let host_reset = section.flag(reader, "host_reset");
    let bmc_reset = section.flag(reader, "bmc_reset");
    let host_off = section.flag(reader, "host_off");
    let ac_cycle = section.flag(reader, "ac_cycle");
    if kind == Some(Kind::Bios) && host_reset == Some(false) && host_off != Some(true) {
        reader.find(section.at, &section.path_of("host_reset"), Problem::BiosWithoutReset);
    }
    if kind == Some(Kind::Bmc) && bmc_reset == Some(false) {
        reader.find(section.at, &section.path_of("bmc_reset"), Problem::BmcWithoutReset);
    }
    let installed_by = installer(reader, &mut section);
    let signature = signature(reader, &mut section);
    let minutes = section.number(reader, "minutes", 1..LONGEST);
    let notes = section.text(reader, "notes");
    let matches = matches(reader, &mut section, vendor, kind);
    let requires = requirements(reader, &mut section, vendor, kind);
    section.finish(reader);
    if errors(reader) > mistakes {
        return;
    }
    let (Some(id), Some(vendor), Some(kind), Some(version), Some(file), Some(sha256), Some((size, _))) =
        (id, vendor, kind, version, file, sha256, size)
    else {
        return;
    };
    let image = Image {
        id: id.text.into(),
        vendor,
        kind,
        version: version.text.trim().into(),
        family,
        file,
        urls: urls.iter().map(|url| url.text.into()).collect(),
        sha256,
        size,
        criticality,
        host_reset: host_reset.unwrap_or(matches!(kind, Kind::Bios | Kind::Cpld) && host_off != Some(true)),
        bmc_reset: bmc_reset.unwrap_or(kind == Kind::Bmc),
        host_off: host_off.unwrap_or(false),
        ac_cycle: ac_cycle.unwrap_or(false),
        installed_by: installed_by.unwrap_or_default(),
        signature,
        minutes: minutes.and_then(|(minutes, _)| u32::try_from(minutes).ok()),
        min_from: min_from.map(|min_from| min_from.text.trim().into()),
        requires,
        matches,
        notes: notes.map(|notes| notes.text.into()),
    };
    all.images.push(PlacedImage { image, at });
}

fn errors(reader: &Reader<'_>) -> usize {
    reader.findings.iter().filter(|finding| finding.severity == super::Severity::Error).count()
}

fn vendor(reader: &mut Reader<'_>, section: &mut Section<'_>, is_needed: bool) -> Option<Vendor> {
    let text = if is_needed {
        section.needed(reader, "vendor", "vendor = \"dell\"")?
    } else {
        section.text(reader, "vendor")?
    };
    let known = || Vendor::ALL.iter().map(|vendor| vendor.word()).collect();
    word(reader, &section.path_of("vendor"), text, "vendor", text.text.parse().ok(), known)
}

pub(super) fn kind(reader: &mut Reader<'_>, section: &mut Section<'_>) -> Option<Kind> {
    let text = section.needed(reader, "kind", "kind = \"bios\"")?;
    word(reader, &section.path_of("kind"), text, "kind of component", text.text.parse().ok(), kinds)
}

pub(super) fn kinds() -> Vec<&'static str> {
    Kind::ALL.iter().map(|kind| kind.word()).collect()
}

/// The signature beside an image: its file, and the digest without which that is nobody's.
fn signature(reader: &mut Reader<'_>, section: &mut Section<'_>) -> Option<Signature> {
    let file = section.text(reader, "signature");
    let digest = section.text(reader, "signature_sha256");
    if let Some(Text { text, at }) = file
        && let Some(why) = names::odd_file_name(text)
    {
        reader.find(at, &section.path_of("signature"), Problem::FileName { written: text.into(), why });
        return None;
    }
    match (file, digest) {
        (None, None) => None,
        (Some(file), Some(Text { text, at })) => match checksum::read(text) {
            Ok(sha256) => Some(Signature { file: file.text.into(), sha256 }),
            Err(wrong) => {
                reader.find(at, &section.path_of("signature_sha256"), Problem::Checksum { wrong });
                None
            }
        },
        (Some(_), None) => {
            section.missing(reader, "signature_sha256", "signature_sha256 = \"...\"  # `sha256sum FILE.compsig`");
            None
        }
        (None, Some(_)) => {
            section.missing(reader, "signature", "signature = \"cp056780.compsig\"");
            None
        }
    }
}

fn installer(reader: &mut Reader<'_>, section: &mut Section<'_>) -> Option<Installer> {
    let text = section.text(reader, "installed_by")?;
    let known = || Installer::ALL.iter().map(|installer| installer.word()).collect();
    word(reader, &section.path_of("installed_by"), text, "installer", text.text.parse().ok(), known)
}

fn family(reader: &mut Reader<'_>, section: &mut Section<'_>) -> Option<Family> {
    let text = section.text(reader, "family")?;
    let known = || Family::ALL.iter().map(|family| family.word()).collect();
    word(reader, &section.path_of("family"), text, "version family", text.text.parse().ok(), known)
}

fn criticality(reader: &mut Reader<'_>, section: &mut Section<'_>, kind: Option<Kind>) -> Criticality {
    let by_kind = match kind {
        Some(Kind::Bios | Kind::Bmc | Kind::Cpld) => Criticality::Critical,
        _ => Criticality::Normal,
    };
    let Some(text) = section.text(reader, "criticality") else { return by_kind };
    let read = match text.text {
        "critical" => Some(Criticality::Critical),
        "normal" => Some(Criticality::Normal),
        _ => None,
    };
    let known = || vec!["critical", "normal"];
    word(reader, &section.path_of("criticality"), text, "criticality", read, known).unwrap_or(by_kind)
}

/// A word of a fixed set, or a finding.
pub(super) fn word<T>(
    reader: &mut Reader<'_>,
    field: &str,
    text: Text<'_>,
    what: &'static str,
    read: Option<T>,
    known: impl FnOnce() -> Vec<&'static str>,
) -> Option<T> {
    if read.is_none() {
        let known = known();
        let nearest = words::nearest(text.text, known.iter().copied()).map(str::to_owned);
        reader.find(text.at, field, Problem::UnknownWord { what, written: text.text.into(), known, nearest });
    }
    read
}

/// Judges versions of one component.
pub(super) struct VersionJudge {
    pub(super) vendor: Vendor,
    pub(super) kind: Kind,
    pub(super) family: Option<Family>,
}

impl VersionJudge {
    fn hint(&self) -> Hint<'static> {
        Hint { vendor: Some(self.vendor.word()), kind: Some(self.kind.word()), name: None }
    }

    pub(super) fn check(&self, reader: &mut Reader<'_>, field: &str, version: Text<'_>) {
        let problem = match (self.family, version::infer(self.hint(), version.text, version.text)) {
            (_, Err(why @ (Why::Placeholder { .. } | Why::TooLong))) => Problem::Version { why },
            (Some(family), _) if !version::is_readable(family, version.text) => {
                Problem::NotOfFamily { family, version: version.text.into() }
            }
            (Some(_), _) | (None, Ok(_)) => return,
            (None, Err(why @ Why::Unreadable { .. })) => Problem::Version { why },
            (None, Err(why)) => Problem::VersionWithoutOrder { why },
        };
        reader.find(version.at, field, problem);
    }

    fn check_floor(&self, reader: &mut Reader<'_>, field: &str, floor: Text<'_>, version: &str) {
        let comparison = match self.family {
            Some(family) => version::compare(family, floor.text, version),
            None => version::compare_as_read(self.hint(), floor.text, version),
        };
        let (min_from, version) = (floor.text.into(), version.into());
        match comparison.order {
            Order::Less => {}
            Order::Equal | Order::Greater => {
                reader.find(floor.at, field, Problem::MinFromNotOlder { min_from, version });
            }
            Order::Incomparable => {
                reader.find(floor.at, field, Problem::MinFromNotComparable { min_from, version, why: comparison.why });
            }
        }
    }
}

/// The file's name and its URLs; the name may follow from the first URL.
fn places_of_file<'a>(reader: &mut Reader<'_>, section: &mut Section<'a>) -> (Option<String>, Vec<Text<'a>>) {
    let file = section.text(reader, "file");
    let urls = section.texts(reader, "urls");
    for (index, url) in urls.iter().enumerate() {
        if let Some(why) = names::odd_url(url.text) {
            reader.find(url.at, &format!("{}[{}]", section.path_of("urls"), index + 1), Problem::Url { why });
        }
    }
    if let Some(Text { text, at }) = file {
        if let Some(why) = names::odd_file_name(text) {
            reader.find(at, &section.path_of("file"), Problem::FileName { written: text.into(), why });
        }
        return (Some(text.into()), urls);
    }
    let of_url = urls.iter().find_map(|url| names::file_of_url(url.text));
    if of_url.is_none() && !section.has("file") {
        reader.find(section.at, &section.path_of("file"), Problem::NoFile);
    }
    (of_url.map(str::to_owned), urls)
}

fn sha256(reader: &mut Reader<'_>, section: &mut Section<'_>, urls: &[Text<'_>]) -> Option<Sha256> {
    let field = section.path_of("sha256");
    let over_http = urls.iter().any(|url| url.text.starts_with("http://"));
    if !section.has("sha256") {
        // asked for, so that it is offered for a misspelt key
        section.value("sha256");
        reader.find(section.at, &field, Problem::NoChecksum { over_http });
        return None;
    }
    let value = section.value("sha256")?;
    let at = value.span().start;
    let Some(text) = value.get_ref().as_str() else {
        let found = value.get_ref().type_str();
        reader.find(at, &field, Problem::WrongType { wanted: "a text in quotes", found });
        return None;
    };
    match checksum::read(text) {
        Ok(digest) => Some(digest),
        Err(_) if text.trim().is_empty() => {
            reader.find(at, &field, Problem::NoChecksum { over_http });
            None
        }
        Err(wrong) => {
            reader.find(at, &field, Problem::Checksum { wrong });
            None
        }
    }
}

/// `default`: the image's vendor. A baseline has none, so there the vendor must be named.
pub(super) fn machines(
    reader: &mut Reader<'_>,
    section: &mut Section<'_>,
    default: Option<Vendor>,
    is_needed: bool,
) -> Option<Machines> {
    let own = vendor(reader, section, is_needed);
    let mut list = |key| -> Vec<String> {
        let texts = section.texts(reader, key);
        for (index, text) in texts.iter().enumerate() {
            if text.text.trim().chars().all(|c| c == '*') {
                reader.find(text.at, &format!("{}[{}]", section.path_of(key), index + 1), Problem::MatchesAll);
            }
        }
        texts.iter().map(|text| text.text.trim().to_owned()).collect()
    };
    let (models, boards, generations) = (list("models"), list("boards"), list("generations"));
    Some(Machines { vendor: own.or(default)?, models, boards, generations })
}

fn matches(
    reader: &mut Reader<'_>,
    section: &mut Section<'_>,
    vendor: Option<Vendor>,
    kind: Option<Kind>,
) -> Vec<Match> {
    let sections = section.sections(reader, "match");
    if sections.is_empty() {
        reader.find(section.at, &section.path_of("match"), Problem::NoMatch);
    }
    let mut found = Vec::new();
    for mut rule in sections {
        let machines = machines(reader, &mut rule, vendor, false);
        let texts = |texts: Vec<Text<'_>>| texts.iter().map(|text| text.text.trim().to_owned()).collect::<Vec<_>>();
        let software_ids = texts(rule.texts(reader, "software_ids"));
        let components = texts(rule.texts(reader, "components"));
        let (at, path) = (rule.at, rule.path.clone());
        let names_board = ["models", "boards"].iter().any(|key| rule.has(key));
        let names_any = names_board || rule.has("generations") || rule.has("software_ids");
        rule.finish(reader);
        let Some(machines) = machines else { continue };
        match kind {
            // Dell's BIOS has one SoftwareId on all machines, so an id alone proves nothing (facts: formats 1.2)
            Some(kind @ (Kind::Bios | Kind::Cpld)) if !names_board => {
                reader.find(at, &path, Problem::BoardNotNamed { kind });
            }
            _ if !names_any => reader.find(at, &path, Problem::TooWide { vendor: machines.vendor }),
            _ => {}
        }
        found.push(Match { machines, software_ids, components });
    }
    found
}

fn requirements(
    reader: &mut Reader<'_>,
    section: &mut Section<'_>,
    vendor: Option<Vendor>,
    of_kind: Option<Kind>,
) -> Vec<Requirement> {
    let mut found = Vec::new();
    for mut rule in section.sections(reader, "requires") {
        let kind = kind(reader, &mut rule);
        let components: Vec<String> =
            rule.texts(reader, "components").iter().map(|text| text.text.trim().to_owned()).collect();
        let at_least = rule.needed(reader, "at_least", "at_least = \"6.00.30.00\"");
        let field = rule.path_of("at_least");
        if kind.is_some() && kind == of_kind && components.is_empty() {
            reader.find(rule.at, &rule.path, Problem::RequiresItself);
        }
        rule.finish(reader);
        if let (Some(kind), Some(at_least)) = (kind, at_least) {
            if let Some(vendor) = vendor {
                VersionJudge { vendor, kind, family: None }.check(reader, &field, at_least);
            }
            found.push(Requirement { kind, components, at_least: at_least.text.trim().into() });
        }
    }
    found
}
