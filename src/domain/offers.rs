//! What a BMC's UpdateService offers, and the ways of handing an image to it.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::toolbox::ToolName;

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
    /// It takes HPM.1 images over IPMI.
    pub hpm: bool,
    /// Where images are queued that the host's next POST installs (HPE's update task queue).
    pub task_queue: Option<String>,
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
    /// HPE: the same form into iLO's repository, and a task in its queue that the host's next POST carries out.
    IloQueue,
    /// Dell, without a multipart push: a file into the firmware inventory, which SimpleUpdate then starts.
    DellPush,
    /// HPE's ilorest.
    Ilorest,
    /// Dell's racadm.
    Racadm,
    /// Supermicro's SUM.
    Sum,
    /// ipmitool, with an HPM.1 image.
    Ipmitool,
}

/// How near to the BMC's own standard a method is: what stands further down is for what stands further up cannot do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    /// Redfish.
    Redfish,
    /// The vendor's own tool.
    Tool,
    /// IPMI.
    Ipmi,
}

impl Tier {
    /// All, in the usual order.
    pub const ALL: [Self; 3] = [Self::Redfish, Self::Tool, Self::Ipmi];
}

impl Method {
    /// The tool that it needs.
    #[must_use]
    pub const fn tool(self) -> Option<ToolName> {
        match self {
            Self::Ilorest => Some(ToolName::Ilorest),
            Self::Racadm => Some(ToolName::Racadm),
            Self::Sum => Some(ToolName::Sum),
            Self::Ipmitool => Some(ToolName::Ipmitool),
            _ => None,
        }
    }

    /// Whether a BMC that is idle by its own word is surely at no work on an image that came this way. What SUM has brought
    /// an X11 need not show over Redfish, neither while it is written nor before the version is new.
    #[must_use]
    pub const fn shows_its_work(self) -> bool {
        !matches!(self, Self::Sum)
    }

    /// Its tier.
    #[must_use]
    pub const fn tier(self) -> Tier {
        match self {
            Self::Ilorest | Self::Racadm | Self::Sum => Tier::Tool,
            Self::Ipmitool => Tier::Ipmi,
            _ => Tier::Redfish,
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Multipart => "multipart",
            Self::HttpPush => "http push",
            Self::SimpleUpdate => "simple update",
            Self::IloUpload => "ilo upload",
            Self::IloQueue => "ilo queue",
            Self::DellPush => "file push",
            Self::Ilorest => "ilorest",
            Self::Racadm => "racadm",
            Self::Sum => "sum",
            Self::Ipmitool => "ipmitool",
        })
    }
}
