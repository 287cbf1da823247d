//! What can be wrong in a manifest, and what would be right.

use serde::Serialize;

use super::{BadChecksum, Severity};
use crate::domain::{
    kind::Kind,
    vendor::Vendor,
    version::{Family, Why},
    words::did_you_mean,
};

/// What is wrong or doubtful. The words say what would be right.
#[derive(Debug, Clone, PartialEq, Serialize, thiserror::Error)]
#[serde(rename_all = "snake_case", tag = "problem")]
pub enum Problem {
    /// No TOML.
    #[error("{message}")]
    Syntax {
        /// The parser's words.
        message: String,
    },
    /// A value of another type.
    #[error("this is of type {found}; write {wanted}")]
    WrongType {
        /// What belongs there.
        wanted: &'static str,
        /// What is there.
        found: &'static str,
    },
    /// A key that nothing is called.
    #[error("there is no key `{written}` here{}", did_you_mean(nearest.as_deref()))]
    UnknownKey {
        /// The key.
        written: String,
        /// The known key nearest to it.
        nearest: Option<String>,
    },
    /// A key that must be there.
    #[error("this key is missing; write for example {example}")]
    Missing {
        /// A line that would be right.
        example: &'static str,
    },
    /// An empty text.
    #[error("this is empty; leave the key out if there is nothing to say")]
    Empty,
    /// An empty list.
    #[error("this list is empty; leave the key out if there is nothing to say")]
    EmptyList,
    /// A number that is too small or too large.
    #[error("this must be a whole number from {from} to {to}")]
    OutOfRange {
        /// The smallest.
        from: u64,
        /// The largest.
        to: u64,
    },
    /// A version of the format that this firmdeck does not know.
    #[error("schema {written} is not known; this firmdeck reads schema 1")]
    UnknownSchema {
        /// The number.
        written: u64,
    },
    /// A word of a fixed set.
    #[error("`{written}` is no {what}; one of {}{}", known.join(", "), did_you_mean(nearest.as_deref()))]
    UnknownWord {
        /// What the word should name.
        what: &'static str,
        /// The word.
        written: String,
        /// The set.
        known: Vec<&'static str>,
        /// The nearest of the set.
        nearest: Option<String>,
    },
    /// An id that needs quotes in a shell.
    #[error("`{written}` is no id: letters, digits and . _ + - only, at most 120, a letter or digit first")]
    BadId {
        /// The id.
        written: String,
    },
    /// The checksum is missing.
    #[error(
        "an image without its SHA-256 is never used{}; `sha256sum FILE` or `firmdeck manifest new --from FILE` tells it",
        if *over_http { ", least of all one that comes over http" } else { "" }
    )]
    NoChecksum {
        /// True where a URL is without TLS.
        over_http: bool,
    },
    /// The checksum is none.
    #[error("{wrong}; write the SHA-256 of the file, 64 hex digits (`sha256sum FILE`)")]
    Checksum {
        /// Why.
        wrong: BadChecksum,
    },
    /// Neither a file nor a URL.
    #[error("name the file, or a URL that ends in its name: file = \"BIOS_1.13.2.EXE\"")]
    NoFile,
    /// A file name that leads elsewhere.
    #[error("`{written}` is no file name: {why}")]
    FileName {
        /// The name.
        written: String,
        /// Why not.
        why: &'static str,
    },
    /// A URL that cannot be fetched or must not be written down.
    #[error("this is no URL for an image: {why}")]
    Url {
        /// Why not.
        why: &'static str,
    },
    /// A version that is none, or not in its family's grammar.
    #[error("{why}; write the version as the BMC reports it once the image runs")]
    Version {
        /// Why not.
        why: Why,
    },
    /// Doubt: a version of no known order.
    #[error(
        "no order is known for this version ({why}), so no server will be judged older or newer; name its family: \
         family = \"dot\""
    )]
    VersionWithoutOrder {
        /// Why not.
        why: Why,
    },
    /// `min_from` is no older version.
    #[error("min_from {min_from} is not older than version {version}; leave it out if every version can be updated")]
    MinFromNotOlder {
        /// The floor.
        min_from: String,
        /// The image's version.
        version: String,
    },
    /// `min_from` cannot be ordered against the version.
    #[error("min_from {min_from} has no known order to version {version}: {why}")]
    MinFromNotComparable {
        /// The floor.
        min_from: String,
        /// The image's version.
        version: String,
        /// Why not.
        why: Why,
    },
    /// No `match`.
    #[error("nothing says what this image is for, so it can match nothing; add [image.match] with models or boards")]
    NoMatch,
    /// A rule that every machine of the brand fits.
    #[error("this fits every {vendor} machine; add models, boards, generations or software_ids")]
    TooWide {
        /// The brand.
        vendor: Vendor,
    },
    /// A BIOS or CPLD image goes by the board.
    #[error("a {kind} image is for some boards only: add models or boards")]
    BoardNotNamed {
        /// The kind.
        kind: Kind,
    },
    /// Doubt: a pattern that anything is like.
    #[error("`*` alone is like every model, board or component; leave the key out or name some")]
    MatchesAll,
    /// Two images of one id.
    #[error("image `{id}` was described before, at {first}")]
    DuplicateImage {
        /// The id.
        id: String,
        /// Where.
        first: String,
    },
    /// Two baselines of one name.
    #[error("baseline `{name}` was described before, at {first}")]
    DuplicateBaseline {
        /// The name.
        name: String,
        /// Where.
        first: String,
    },
    /// Two BIOS profiles of one name.
    #[error("BIOS profile `{name}` was described before, at {first}")]
    DuplicateProfile {
        /// The name.
        name: String,
        /// Where.
        first: String,
    },
    /// A rule of a BIOS profile without contents.
    #[error("no attribute is wanted here; write attributes = {{ ProcVirtualization = \"Enabled\" }}")]
    NothingToSet,
    /// A password in a BIOS profile.
    #[error("a password never stands in a profile; take this line out and set it on the BMC's own page")]
    SecretAttribute,
    /// An attribute that the profile both sets and preserves.
    #[error("`{attribute}` is set here and preserved by \"{pattern}\"; take one of the two out")]
    PreservedToo {
        /// The attribute.
        attribute: String,
        /// The pattern.
        pattern: String,
    },
    /// An optional attribute that is not among those that are set.
    #[error("`{written}` is not among the attributes{}", did_you_mean(nearest.as_deref()))]
    OptionalUnknown {
        /// The name.
        written: String,
        /// The nearest that is.
        nearest: Option<String>,
    },
    /// Two images that claim to be the same firmware.
    #[error(
        "image `{other}` is of the same {kind} and version {version}, but its SHA-256 differs; one of them is wrong"
    )]
    OtherHash {
        /// The other image.
        other: String,
        /// The kind.
        kind: Kind,
        /// The version.
        version: String,
    },
    /// A requirement on the component itself.
    #[error("an image cannot require its own component; min_from says from which version it can be installed")]
    RequiresItself,
    /// Images that wait for each other.
    #[error("these images wait for each other, so none can ever be installed: {}", path.join(" -> "))]
    Cycle {
        /// The ids, the first again at the end.
        path: Vec<String>,
    },
    /// A baseline wants an image that nobody described.
    #[error("no manifest describes an image `{written}`{}", did_you_mean(nearest.as_deref()))]
    UnknownImage {
        /// The id.
        written: String,
        /// The nearest known id.
        nearest: Option<String>,
    },
    /// A baseline wants an image on machines that it is not for.
    #[error("image `{image}` has no match rule for {vendor} machines")]
    NotForThese {
        /// The image's id.
        image: String,
        /// The brand of the rule.
        vendor: Vendor,
    },
    /// Doubt: one rule wants two versions of one thing.
    #[error("this rule wants more than one version of the same {kind}")]
    WantedTwice {
        /// The kind.
        kind: Kind,
    },
    /// A rule or baseline without contents.
    #[error("nothing is wanted here; write wanted = [\"IMAGE-ID\"]")]
    NothingWanted,
    /// A kind that stands twice in an order, or a vendor twice among the files.
    #[error("{what} stands here a second time")]
    OrderTwice {
        /// The kind or vendor.
        what: String,
    },
    /// Doubt: system firmware takes effect when the host starts.
    #[error("system firmware takes effect at a reset or with the host off; host_reset = false is probably wrong")]
    BiosWithoutReset,
    /// Doubt: a BMC restarts into its new firmware.
    #[error("a BMC restarts into its new firmware; bmc_reset = false is probably wrong")]
    BmcWithoutReset,
    /// A family that reads versions otherwise than they are written.
    #[error("family {family} cannot read version {version}")]
    NotOfFamily {
        /// The family.
        family: Family,
        /// The version.
        version: String,
    },
}

impl Problem {
    /// Whether it is an error or a doubt.
    #[must_use]
    pub const fn severity(&self) -> Severity {
        match self {
            Self::VersionWithoutOrder { .. }
            | Self::MatchesAll
            | Self::WantedTwice { .. }
            | Self::BiosWithoutReset
            | Self::BmcWithoutReset => Severity::Warning,
            _ => Severity::Error,
        }
    }

    /// A fixed word for scripts: `placeholder_checksum` and so on.
    #[must_use]
    pub fn word(&self) -> String {
        match serde_json::to_value(self).ok().as_ref().and_then(|value| value.get("problem")) {
            Some(serde_json::Value::String(word)) => word.clone(),
            _ => String::new(),
        }
    }
}
