//! What a BMC's UpdateService offers, and which methods of handing over an image follow from that.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{inventory::Stack, kind::Kind};

/// The UpdateService's ways in (DMTF UpdateService v1_17). Read from the BMC, never assumed from a brand.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Offers {
    /// `ServiceEnabled`; absent on some.
    pub enabled: Option<bool>,
    /// Where a multipart push goes.
    pub multipart_uri: Option<String>,
    /// `HttpPushUri`, whose form is the vendor's own.
    pub push_uri: Option<String>,
    /// Whether a push to it can name what it is for (`HttpPushUriTargets`).
    pub push_targets: bool,
    /// Whether the BMC's SimpleUpdate takes packages (`Oem.Hpe.Capabilities.UpdateFWPKG`); absent where it does not say.
    pub takes_packages: Option<bool>,
    /// Where `#UpdateService.SimpleUpdate` goes.
    pub simple_update: Option<String>,
    /// The protocols that SimpleUpdate names, in upper case; empty where it names none.
    pub protocols: Vec<String>,
    /// Where `#UpdateService.StartUpdate` goes.
    pub start_update: Option<String>,
    /// The largest image that is taken, in bytes.
    pub max_image_bytes: Option<u64>,
}

/// A way of handing an image to a BMC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// POST to MultipartHttpPushUri.
    Multipart,
    /// POST of the bare image to HttpPushUri.
    HttpPush,
    /// `#UpdateService.SimpleUpdate`: the BMC pulls from our image server.
    SimpleUpdate,
    /// HPE: a form to `/cgi-bin/uploadFile`, which iLO flashes at once.
    IloUpload,
    /// Dell, without a multipart push: a file into the firmware inventory, which SimpleUpdate then starts.
    DellPush,
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Multipart => "multipart",
            Self::HttpPush => "http push",
            Self::SimpleUpdate => "simple update",
            Self::IloUpload => "ilo upload",
            Self::DellPush => "file push",
        })
    }
}

/// What an older iLO answers 200 to and never flashes, when it is to fetch it: packages and Smart Components.
const PACKAGES: [&str; 5] = [".fwpkg", ".exe", ".rpm", ".scexe", ".zip"];

impl Offers {
    /// The methods that firmdeck can use on this BMC for a component of `kind` and the image called `file`, the best
    /// first. Empty where it offers none of them, or where its stack answers in ways that firmdeck does not follow yet.
    #[must_use]
    pub fn methods(&self, stack: Stack, kind: Kind, file: &str) -> Vec<Method> {
        let followed = matches!(
            stack,
            Stack::Idrac | Stack::Ilo | Stack::Supermicro | Stack::OpenBmc | Stack::Xcc | Stack::MegaRac
        );
        if !followed || self.enabled == Some(false) {
            return Vec::new();
        }
        let pulls = self.protocols.is_empty() || self.protocols.iter().any(|name| name == "HTTP" || name == "HTTPS");
        let multipart = self.multipart_uri.is_some().then_some(Method::Multipart);
        // Raw where the vendor takes it raw. Builds of OpenBMC with a form take every raw image for the BMC's; those
        // before go by the image's own MANIFEST.
        let raw = match stack {
            Stack::Xcc => true,
            Stack::OpenBmc => kind == Kind::Bmc || self.push_targets || multipart.is_none(),
            _ => false,
        };
        let push = (raw && self.push_uri.is_some()).then_some(Method::HttpPush);
        // Supermicro's SimpleUpdate is licensed, and its upload is not: a fallback to it would only be refused.
        let licensed_or_absent = matches!(stack, Stack::Supermicro | Stack::OpenBmc | Stack::MegaRac);
        let pulls = pulls && !licensed_or_absent && self.pulls_file(stack, file);
        let simple = (self.simple_update.is_some() && pulls).then_some(Method::SimpleUpdate);
        let own = match stack {
            Stack::Ilo => Some(Method::IloUpload),
            Stack::Idrac if multipart.is_none() => Some(Method::DellPush),
            _ => None,
        };
        let own = own.filter(|_| self.push_uri.is_some());
        multipart.into_iter().chain(own).chain(push).chain(simple).collect()
    }

    /// Whether a SimpleUpdate of `file` is more than a 200 (HPE's Redfish documentation: facts, vendors field failure 32).
    fn pulls_file(&self, stack: Stack, file: &str) -> bool {
        let file = file.to_ascii_lowercase();
        stack != Stack::Ilo || self.takes_packages == Some(true) || !PACKAGES.iter().any(|end| file.ends_with(end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ilo(takes_packages: Option<bool>) -> Offers {
        let path = |text: &str| Some(text.to_owned());
        Offers { push_uri: path("/cgi-bin/uploadFile"), simple_update: path("/s"), takes_packages, ..Offers::default() }
    }

    #[test]
    fn an_ilo_that_does_not_say_that_it_takes_packages_is_not_asked_to_fetch_one() {
        let both = [Method::IloUpload, Method::SimpleUpdate];
        for (takes, file, expected) in [
            (Some(true), "U54_2.30.fwpkg", &both[..]),
            (Some(false), "U54_2.30.fwpkg", &both[..1]),
            (None, "U54_2.30.FWPKG", &both[..1]),
            (None, "cp012345.exe", &both[..1]),
            (None, "ilo5_305.bin", &both[..]),
            (None, "U54_2.30.signed.flash", &both[..]),
        ] {
            assert_eq!(ilo(takes).methods(Stack::Ilo, Kind::Bios, file), expected, "{takes:?} {file}");
        }
    }

    #[test]
    fn a_file_is_pushed_into_an_idrac_only_where_it_takes_no_multipart() {
        let old = Offers { push_uri: Some("/inventory".into()), simple_update: Some("/s".into()), ..Offers::default() };
        assert_eq!(old.methods(Stack::Idrac, Kind::Bios, "x.EXE"), [Method::DellPush, Method::SimpleUpdate]);
        let new = Offers { multipart_uri: Some("/m".into()), ..old };
        assert_eq!(new.methods(Stack::Idrac, Kind::Bios, "x.EXE"), [Method::Multipart, Method::SimpleUpdate]);
    }
}
