//! `firmdeck.toml`.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use serde::Deserialize;

use super::{
    Mistake,
    credentials::Entry,
    scope::{Rank, Scope},
};
use crate::{
    bmc::tls::Level,
    domain::{offers::Tier, target::Target, toolbox::ToolName, vendor::Vendor},
};

/// The configuration. Every key has a default; an unknown key is a mistake.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// How certificates of BMCs are judged.
    pub tls: Tls,
    /// How much is done at once, and for how long.
    pub limits: Limits,
    /// What BMCs are asked to let us in with.
    pub credentials: Vec<Entry>,
    /// The directory of firmware manifests; relative to the configuration file. Without it, `firmware-manifests` there.
    pub manifests: Option<PathBuf>,
    /// The directory of BIOS profiles, as `manifests`. Without it, `bios-profiles` there; it need not be.
    pub bios_profiles: Option<PathBuf>,
    /// Where vendors' tools are.
    pub tools: Tools,
    /// In which order ways of updating are tried.
    pub ladder: LadderOrder,
    /// The file of an operator's own rules of diagnosis, as `manifests`. Without it, `diagnoses.toml` there; it need not be.
    pub diagnoses: Option<PathBuf>,
    /// The vault's file, as `manifests`. Without it, `vault.json` there; it need not be.
    pub vault: Option<PathBuf>,
    /// How the screen looks.
    pub screen: Screen,
    /// Where BMCs are locked for the whole machine. Not of the file: two engines must mean the same place.
    #[serde(skip)]
    pub locks: Option<PathBuf>,
}

/// `[screen]`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Screen {
    /// The name of a theme, of firmdeck's or of `themes` beside this file. Without it, what suits the terminal.
    pub theme: Option<String>,
    /// Draw nothing but ASCII, whatever the terminal can show.
    pub ascii: bool,
}

/// `[tools]`: absolute paths; what is left out is looked for on `PATH`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Tools {
    /// HPE's ilorest.
    pub ilorest: Option<PathBuf>,
    /// Dell's racadm.
    pub racadm: Option<PathBuf>,
    /// Supermicro's SUM or SAA.
    pub sum: Option<PathBuf>,
    /// ipmitool.
    pub ipmitool: Option<PathBuf>,
}

impl Tools {
    /// The path that is configured for a tool.
    #[must_use]
    pub fn path(&self, tool: ToolName) -> Option<&Path> {
        match tool {
            ToolName::Ilorest => self.ilorest.as_deref(),
            ToolName::Racadm => self.racadm.as_deref(),
            ToolName::Sum => self.sum.as_deref(),
            ToolName::Ipmitool => self.ipmitool.as_deref(),
        }
    }
}

/// `[ladder]`: the tiers in the order in which they are tried; one that is left out is not used.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LadderOrder {
    /// `redfish`, `tool`, `ipmi`
    pub order: Vec<Tier>,
    /// Another order for some BMCs; the most specific counts.
    pub range: Vec<LadderRange>,
}

impl Default for LadderOrder {
    fn default() -> Self {
        Self { order: Tier::ALL.to_vec(), range: Vec::new() }
    }
}

impl LadderOrder {
    /// The order for `target`, whose machine is of `vendor`, where that is known.
    #[must_use]
    pub fn of(&self, target: &Target, vendor: Option<Vendor>) -> &[Tier] {
        let ranked = self.range.iter().filter_map(|range| Some((range.matches(target, vendor)?, range)));
        ranked.max_by_key(|(rank, _)| *rank).map_or(&self.order, |(_, range)| &range.order)
    }
}

/// `[[ladder.range]]`
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "RangeWords")]
pub struct LadderRange {
    scope: Scope,
    vendor: Option<Vendor>,
    order: Vec<Tier>,
}

impl LadderRange {
    /// How specific it is for a BMC: by its `for`, and among equals by whether it names the vendor.
    fn matches(&self, target: &Target, vendor: Option<Vendor>) -> Option<(Rank, bool)> {
        let is_of_vendor = self.vendor.is_none() || self.vendor == vendor;
        self.scope.matches(target).filter(|_| is_of_vendor).map(|rank| (rank, self.vendor.is_some()))
    }
}

/// `[[ladder.range]]` as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RangeWords {
    #[serde(rename = "for")]
    scope: Option<Scope>,
    vendor: Option<Vendor>,
    order: Vec<Tier>,
}

impl TryFrom<RangeWords> for LadderRange {
    type Error = &'static str;

    fn try_from(RangeWords { scope, vendor, order }: RangeWords) -> Result<Self, Self::Error> {
        if scope.is_none() && vendor.is_none() {
            return Err("[[ladder.range]] says for which BMCs it is: `for`, `vendor` or both");
        }
        Ok(Self { scope: scope.unwrap_or(Scope::All), vendor, order })
    }
}

/// `[tls]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Tls {
    /// By what a certificate is judged.
    pub verify: Verify,
    /// What happens to a certificate that was never seen before.
    pub first_contact: FirstContact,
    /// The lowest TLS level that may be used.
    pub lowest: Level,
    /// Other rules for some BMCs.
    pub range: Vec<TlsRange>,
}

impl Default for Tls {
    fn default() -> Self {
        Self {
            verify: Verify::default(),
            first_contact: FirstContact::default(),
            lowest: Level::Legacy,
            range: Vec::new(),
        }
    }
}

/// `[[tls.range]]`: what it leaves out, `[tls]` says.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsRange {
    /// Which BMCs.
    #[serde(rename = "for")]
    pub scope: Scope,
    /// As in `[tls]`.
    pub verify: Option<Verify>,
    /// As in `[tls]`.
    pub first_contact: Option<FirstContact>,
    /// As in `[tls]`.
    pub lowest: Option<Level>,
}

/// By what a certificate is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verify {
    /// It must be the one that was shown before.
    #[default]
    Pin,
    /// An authority in the machine's trust store must vouch for it.
    Ca,
    /// Any will do.
    Insecure,
}

/// What happens to a certificate that was never seen before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FirstContact {
    /// It is pinned, and counted aloud.
    #[default]
    Accept,
    /// `firmdeck pins accept` must be said first.
    Ask,
    /// Only imported pins count.
    Deny,
}

/// `[limits]`
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// BMCs that are read at the same time.
    pub concurrency: usize,
    /// Addresses that are tried at the same time; what does not answer holds such a place until `connect_s` is over.
    pub probes: usize,
    /// Milliseconds from one request's start to the next on one BMC, at least: some crash when they are polled fast.
    pub request_gap_ms: u64,
    /// Seconds after which one BMC's reading is given up, whatever it is doing.
    pub bmc_deadline_s: u64,
    /// Seconds that a TCP connection may take.
    pub connect_s: u64,
    /// Seconds that a TLS handshake may take: slow BMCs sign in software.
    pub handshake_s: u64,
    /// Seconds that a resource may take.
    pub read_s: u64,
    /// Seconds that a firmware inventory may take.
    pub inventory_s: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            concurrency: 1000,
            probes: 4096,
            request_gap_ms: 20,
            bmc_deadline_s: 900,
            connect_s: 10,
            handshake_s: 20,
            read_s: 60,
            inventory_s: 240,
        }
    }
}

impl Limits {
    /// The deadline of one BMC's whole reading.
    #[must_use]
    pub const fn bmc_deadline(&self) -> Duration {
        Duration::from_secs(self.bmc_deadline_s)
    }
}

/// The rules of `[tls]` that hold for one BMC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TlsRules {
    /// By what its certificate is judged.
    pub verify: Verify,
    /// What happens at first contact.
    pub first_contact: FirstContact,
    /// The lowest level.
    pub lowest: Level,
}

impl Tls {
    /// The rules for `target`: those of the most specific range, filled up from `[tls]`.
    #[must_use]
    pub fn rules_for(&self, target: &Target) -> TlsRules {
        let matching = self.range.iter().filter_map(|range| Some((range.scope.matches(target)?, range)));
        let range = matching.max_by_key(|(rank, _)| *rank).map(|(_, range)| range);
        TlsRules {
            verify: range.and_then(|range| range.verify).unwrap_or(self.verify),
            first_contact: range.and_then(|range| range.first_contact).unwrap_or(self.first_contact),
            lowest: range.and_then(|range| range.lowest).unwrap_or(self.lowest),
        }
    }
}

impl Config {
    /// Reads `path`. A file that was asked for must be there; `firmdeck.toml` in the configuration directory need not.
    pub fn read(path: &Path) -> Result<Self, Mistake> {
        let text = std::fs::read_to_string(path).map_err(|error| Mistake::of_file(path, error))?;
        Self::parse(&path.display().to_string(), &text)
    }

    /// The configuration of an engine: the file at `path`, or every default where it is not there and nobody `named` it.
    /// Relative paths in it begin beside the file.
    pub fn load(path: &Path, named: bool) -> Result<Self, Mistake> {
        let mut config = if !named && !path.exists() { Self::default() } else { Self::read(path)? };
        let beside = path.parent().unwrap_or(Path::new("."));
        let manifests = config.manifests.take().unwrap_or_else(|| PathBuf::from("firmware-manifests"));
        config.manifests = Some(beside.join(manifests));
        let profiles = config.bios_profiles.take().unwrap_or_else(|| PathBuf::from("bios-profiles"));
        config.bios_profiles = Some(beside.join(profiles));
        let diagnoses = config.diagnoses.take().unwrap_or_else(|| PathBuf::from("diagnoses.toml"));
        config.diagnoses = Some(beside.join(diagnoses));
        let vault = config.vault.take().unwrap_or_else(|| PathBuf::from("vault.json"));
        config.vault = Some(beside.join(vault));
        for entry in &mut config.credentials {
            entry.password_file = entry.password_file.take().map(|path| beside.join(path));
        }
        Ok(config)
    }

    /// Parses the text of a configuration file; `file` is its name in messages.
    pub fn parse(file: &str, text: &str) -> Result<Self, Mistake> {
        let config: Self = toml::from_str(text).map_err(|error| Mistake::of_toml(file, text, &error))?;
        let wrong = |what: &str| Mistake { file: file.into(), at: None, what: what.into() };
        if config.limits.concurrency == 0 || config.limits.probes == 0 {
            return Err(wrong("limits.concurrency and limits.probes must be at least 1"));
        }
        config.credentials.iter().try_for_each(Entry::check).map_err(|what| wrong(&what))?;
        Ok(config)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_key_is_told_with_line_column_and_the_likely_word() {
        let text = "[tls]\nverify = \"pin\"\nfirst_contct = \"ask\"\n";
        let mistake = Config::parse("firmdeck.toml", text).unwrap_err().to_string();
        assert!(mistake.starts_with("firmdeck.toml:3:1: unknown field `first_contct`"), "{mistake}");
        assert!(mistake.ends_with("did you mean `first_contact`?"), "{mistake}");
    }

    #[test]
    fn a_value_that_is_no_word_of_its_key_is_told_with_its_place() {
        let mistake = Config::parse("f", "[tls]\nverify = \"pins\"\n").unwrap_err().to_string();
        assert!(mistake.starts_with("f:2:10:") && mistake.ends_with("did you mean `pin`?"), "{mistake}");
    }

    #[test]
    fn a_ladder_is_for_addresses_for_a_vendor_or_for_both_and_the_most_specific_counts() {
        let text = "[[ladder.range]]\nvendor = \"dell\"\norder = [\"tool\", \"redfish\"]\n\
                    [[ladder.range]]\nfor = \"10.1.0.0/16\"\norder = [\"redfish\"]\n\
                    [[ladder.range]]\nfor = \"10.1.0.0/16\"\nvendor = \"hpe\"\norder = [\"tool\"]\n";
        let ladder = Config::parse("f", text).unwrap().ladder;
        let of = |host: &str, vendor| ladder.of(&Target::at(host, 443), vendor);
        assert_eq!(of("10.2.0.1", Some(Vendor::Dell)), [Tier::Tool, Tier::Redfish]);
        assert_eq!(of("10.2.0.1", Some(Vendor::Hpe)), Tier::ALL);
        assert_eq!(of("10.2.0.1", None), Tier::ALL, "who nobody knows is no Dell");
        assert_eq!(of("10.1.0.1", Some(Vendor::Dell)), [Tier::Redfish], "a place beats a vendor");
        assert_eq!(of("10.1.0.1", Some(Vendor::Hpe)), [Tier::Tool], "and both beat one");
    }

    #[test]
    fn a_ladder_for_nobody_or_for_an_unknown_vendor_is_told_with_its_line() {
        let nobody = "[tls]\nverify = \"pin\"\n[[ladder.range]]\norder = [\"tool\"]\n";
        let mistake = Config::parse("f", nobody).unwrap_err().to_string();
        assert!(mistake.starts_with("f:3:") && mistake.contains("`for`, `vendor` or both"), "{mistake}");
        let odd = "[[ladder.range]]\nvendor = \"del\"\norder = [\"tool\"]\n";
        let mistake = Config::parse("f", odd).unwrap_err().to_string();
        assert!(mistake.starts_with("f:2:10:") && mistake.ends_with("did you mean `dell`?"), "{mistake}");
    }

    #[test]
    fn the_most_specific_range_decides_and_leaves_the_rest_to_the_section() {
        let text = "[tls]\nlowest = \"compat\"\n[[tls.range]]\nfor = \"10.0.0.0/8\"\nfirst_contact = \"deny\"\n\
                    [[tls.range]]\nfor = \"10.1.0.0/16\"\nlowest = \"strict\"\n";
        let tls = Config::parse("f", text).unwrap().tls;
        let rules = tls.rules_for(&Target::at("10.1.2.3", 443));
        assert_eq!((rules.lowest, rules.first_contact), (Level::Strict, FirstContact::Accept));
        assert_eq!(tls.rules_for(&Target::at("10.2.2.3", 443)).first_contact, FirstContact::Deny);
    }
}
