//! Where a BMC is, and who comes in: the same for every tool. How a tool is told stands with each.

use crate::{
    bmc::{Credentials, transcript::Redactor},
    domain::target::Endpoint,
};

/// A BMC's service and who comes in.
#[derive(Debug)]
pub struct Access {
    /// The port is that of HTTPS; for ipmitool that of IPMI, usually 623.
    pub(super) endpoint: Endpoint,
    pub(super) credentials: Credentials,
    /// Knows the password, whatever form it has in what a tool says.
    pub(super) redactor: Redactor,
}

impl Access {
    /// Access to a BMC.
    #[must_use]
    pub fn new(endpoint: Endpoint, credentials: Credentials) -> Self {
        let redactor = Redactor::knowing(&credentials);
        Self { endpoint, credentials, redactor }
    }
}
