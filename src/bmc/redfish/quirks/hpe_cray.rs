//! HPE Cray EX controllers.

use super::{Facts, Profile};
use crate::{
    bmc::redfish::doc::Doc,
    domain::{
        inventory::{Component, Stack},
        kind::Kind,
    },
};

pub(super) struct CrayEx;

impl Profile for CrayEx {
    fn stack(&self) -> Stack {
        Stack::CrayEx
    }

    /// The root is anonymous; the node's model says it (captured tree of an EX235n).
    fn answers(&self, facts: &Facts<'_>) -> bool {
        facts.system().str("Model").is_some_and(|model| model.contains("Cray EX"))
    }

    fn maker(&self) -> Option<&'static str> {
        Some("HPE")
    }

    /// `Recovery` is the node controller's recovery image: no second controller.
    fn refine(&self, _: Doc<'_>, component: &mut Component) {
        if component.id == "Bootloader" || component.id == "Recovery" {
            component.kind = Kind::Other;
        }
    }
}
