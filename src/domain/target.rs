//! Where a BMC is to be found, and what the operator calls it.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

/// The port that BMCs serve Redfish on.
pub const HTTPS: u16 = 443;

/// The UDP port that BMCs serve IPMI on (IPMI 2.0, 13.1.2).
pub const IPMI: u16 = 623;

/// An address and a port: one endpoint that may be a BMC.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Endpoint {
    /// An IP address or a DNS name.
    pub host: String,
    /// The TCP port.
    pub port: u16,
}

impl Endpoint {
    /// True for an IP address of this host's own. A name is none, wherever it leads.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        self.host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.host.contains(':'), self.port) {
            (false, HTTPS) => f.write_str(&self.host),
            (false, port) => write!(f, "{}:{port}", self.host),
            (true, HTTPS) => write!(f, "[{}]", self.host),
            (true, port) => write!(f, "[{}]:{port}", self.host),
        }
    }
}

/// One line of a targets file, or one address given on the command line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// Where.
    pub endpoint: Endpoint,
    /// The UDP port of its IPMI, where it is not the usual one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ipmi_port: Option<u16>,
    /// The operator's name for the server.
    pub name: Option<String>,
    /// The rack it stands in.
    pub rack: Option<String>,
    /// The rack unit.
    pub unit: Option<String>,
    /// The site.
    pub site: Option<String>,
    /// Labels of the operator's own.
    pub labels: BTreeMap<String, String>,
}

impl Target {
    /// Where its IPMI is.
    #[must_use]
    pub fn ipmi(&self) -> Endpoint {
        Endpoint { host: self.endpoint.host.clone(), port: self.ipmi_port.unwrap_or(IPMI) }
    }

    /// A target known by nothing but its endpoint.
    #[must_use]
    pub fn at(host: impl Into<String>, port: u16) -> Self {
        Self {
            endpoint: Endpoint { host: host.into(), port },
            ipmi_port: None,
            name: None,
            rack: None,
            unit: None,
            site: None,
            labels: BTreeMap::new(),
        }
    }
}
