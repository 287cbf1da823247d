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
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Multipart => "multipart",
            Self::HttpPush => "http push",
            Self::SimpleUpdate => "simple update",
        })
    }
}

impl Offers {
    /// The methods that firmdeck can use on this BMC for a component of `kind`, the best first. Empty where it offers none of them, or where its
    /// stack answers in ways that firmdeck does not follow yet.
    #[must_use]
    pub fn methods(&self, stack: Stack, kind: Kind) -> Vec<Method> {
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
        let simple = (self.simple_update.is_some()
            && pulls
            && !matches!(stack, Stack::Supermicro | Stack::OpenBmc | Stack::MegaRac))
        .then_some(Method::SimpleUpdate);
        multipart.into_iter().chain(push).chain(simple).collect()
    }
}
