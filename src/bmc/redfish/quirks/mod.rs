//! Vendors' oddities: one file a vendor, each oddity with its source. Shared code asks the profile and never a brand.

mod dell;
mod hpe;
mod hpe_cray;
mod intel;
mod lenovo;
mod megarac;
mod openbmc;
mod supermicro;

use serde_json::{Value, json};

use super::{
    collection::Member,
    conditions::gates::{Gate, Wanted},
    doc::Doc,
    update::{UpdateRequest, service::ServiceState},
};
use crate::domain::inventory::{Component, Stack};

/// What has been read of a BMC when a profile is asked.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// The service root.
    pub root: &'a Value,
    /// The systems.
    pub systems: &'a [Member],
    /// The managers, the main one first.
    pub managers: &'a [Member],
    /// The chassis that the profile wanted, if it could be read.
    pub chassis: Option<&'a Value>,
}

impl<'a> Facts<'a> {
    /// The service root.
    #[must_use]
    pub const fn root(&self) -> Doc<'a> {
        Doc::new(self.root)
    }

    /// The main system, or a view of null.
    #[must_use]
    pub fn system(&self) -> Doc<'a> {
        first(self.systems)
    }

    /// The main manager, or a view of null.
    #[must_use]
    pub fn manager(&self) -> Doc<'a> {
        first(self.managers)
    }
}

fn first(members: &[Member]) -> Doc<'_> {
    static NULL: Value = Value::Null;
    members.first().map_or(Doc::new(&NULL), |member| Doc::new(&member.value))
}

/// What differs between BMC software stacks when they are read.
pub trait Profile: Sync {
    /// Which stack this is.
    fn stack(&self) -> Stack;

    /// Whether it is this stack that answers.
    fn answers(&self, facts: &Facts<'_>) -> bool;

    /// Who makes the machines, where neither the system nor the root says so.
    fn maker(&self) -> Option<&'static str> {
        None
    }

    /// The generation word and the place where it was read.
    fn generation(&self, _facts: &Facts<'_>) -> Option<(String, String)> {
        None
    }

    /// Whether generation or board need the main chassis: one more request.
    fn wants_chassis(&self) -> bool {
        false
    }

    /// A second number on the machine's label, besides the serial.
    fn service_tag(&self, _facts: &Facts<'_>) -> Option<String> {
        None
    }

    /// The board's id or name.
    fn board(&self, _facts: &Facts<'_>) -> Option<String> {
        None
    }

    /// The `$expand` query that this stack takes, where the standard one is wrong.
    fn expand_query(&self) -> Option<&'static str> {
        None
    }

    /// Corrects a component that was read the standard way.
    fn refine(&self, _member: Doc<'_>, _component: &mut Component) {}

    /// Brings the versions of one component together where the vendor lists each as a member.
    fn group(&self, components: Vec<Component>) -> Vec<Component> {
        components
    }

    /// What an update names as its targets: the inventory member.
    fn targets(&self, request: &UpdateRequest<'_>) -> Vec<String> {
        request.member().map(str::to_owned).into_iter().collect()
    }

    /// `@Redfish.OperationApplyTime` of an update; left out where the stack is not known to take it.
    fn apply_time(&self, _request: &UpdateRequest<'_>) -> Option<&'static str> {
        None
    }

    /// `Oem` in the UpdateParameters of a push.
    fn oem_parameters(&self, _request: &UpdateRequest<'_>) -> Option<Value> {
        None
    }

    /// The part that follows the image of a push (AMI's `OemParameters`).
    fn oem_part(&self, _request: &UpdateRequest<'_>) -> Option<Value> {
        None
    }

    /// Whether a form, too, wants the service claimed by its busy flag.
    fn claims_every_push(&self) -> bool {
        false
    }

    /// `HttpPushUriTargets` of a raw push.
    fn push_targets(&self, request: &UpdateRequest<'_>) -> Vec<String> {
        request.member().map(str::to_owned).into_iter().collect()
    }

    /// What a flash is told to preserve: the member under `Oem`, what it is to say, and what it said before.
    fn preserves(&self, _service: Doc<'_>, _request: &UpdateRequest<'_>) -> Option<(String, Value, Value)> {
        None
    }

    /// Whether a BMC runs what was written to it only after a reset that somebody else makes.
    fn wants_bmc_reset(&self) -> bool {
        false
    }

    /// The body of a SimpleUpdate.
    fn simple_update_parameters(&self, request: &UpdateRequest<'_>, image: &str, protocol: &str) -> Value {
        json!({ "ImageURI": image, "TransferProtocol": protocol, "Targets": self.targets(request) })
    }

    /// Whether an image that was taken waits for StartUpdate.
    fn wants_start_update(&self) -> bool {
        false
    }

    /// Where a task is still told of once TaskService has forgotten it.
    fn task_elsewhere(&self, _task: &str) -> Vec<String> {
        Vec::new()
    }

    /// Whether the update service itself says how far it is.
    fn has_service_state(&self) -> bool {
        false
    }

    /// What it says.
    fn service_state(&self, _service: Doc<'_>) -> Option<ServiceState> {
        None
    }

    /// Where the update service queues what the host's next POST installs.
    fn task_queue<'a>(&self, _service: Doc<'a>) -> Option<&'a str> {
        None
    }

    /// Whether the vendor has jobs of its own besides TaskService: one more request.
    fn has_jobs(&self) -> bool {
        false
    }

    /// Where they are, as the manager says.
    fn jobs(&self, _manager: Doc<'_>) -> Option<String> {
        None
    }

    /// The word of the host's way through its boot, and whether POST is over, where the vendor says it in its own way.
    fn boot(&self, _system: Doc<'_>) -> Option<(String, Option<bool>)> {
        None
    }

    /// What an account lacks for updates, in the vendor's word, where that shows beside its role.
    fn lacks(&self, _account: Doc<'_>) -> Option<&'static str> {
        None
    }

    /// Whether the vendor makes conditions of its own: one more request each, and one for the manager.
    fn has_gates(&self) -> bool {
        false
    }

    /// Which they are. `system` is its resource, `manager` what it says of itself.
    fn gates(&self, _system: &str, _manager: Doc<'_>, _wanted: Wanted) -> Vec<Gate> {
        Vec::new()
    }

    /// Whether settings are changed against any state (`If-Match: *`).
    fn wants_any_etag(&self) -> bool {
        false
    }

    /// Where the vendor's jobs are that bring BIOS settings in, as the settings object says.
    fn bios_jobs<'a>(&self, _settings: Doc<'a>) -> Option<&'a str> {
        None
    }

    /// The vendor's action that clears BIOS settings that wait.
    fn bios_clear<'a>(&self, _settings: Doc<'a>) -> Option<&'a str> {
        None
    }

    /// The ids of the logs that tell of the machine's health. Access and audit logs are none of them.
    fn health_logs(&self) -> &'static [&'static str] {
        &["EventLog", "SEL", "Log1"]
    }
}

/// Asked in this order: the stacks that say who they are stand before those that are recognised by traits.
static PROFILES: [&dyn Profile; 8] = [
    &hpe::Ilo,
    &dell::Idrac,
    &megarac::MegaRac,
    &openbmc::OpenBmc,
    &supermicro::Supermicro,
    &lenovo::Xcc,
    &hpe_cray::CrayEx,
    &intel::Intel,
];

struct Generic;

impl Profile for Generic {
    fn stack(&self) -> Stack {
        Stack::Generic
    }

    fn answers(&self, _: &Facts<'_>) -> bool {
        true
    }
}

/// The profile of the stack that answers.
#[must_use]
pub fn profile(facts: &Facts<'_>) -> &'static dyn Profile {
    PROFILES.into_iter().find(|profile| profile.answers(facts)).unwrap_or(&Generic)
}

/// The profile of a stack that was recognised before.
#[must_use]
pub fn of(stack: Stack) -> &'static dyn Profile {
    PROFILES.into_iter().find(|profile| profile.stack() == stack).unwrap_or(&Generic)
}

/// The `$expand` query to use on a service, from what its root offers (`ProtocolFeaturesSupported.ExpandQuery`).
#[must_use]
pub fn expand_query(root: &Value) -> Option<&'static str> {
    let offer = Doc::new(root).at(&["ProtocolFeaturesSupported", "ExpandQuery"]);
    let (no_links, all) = (offer.bool("NoLinks") == Some(true), offer.bool("ExpandAll") == Some(true));
    let standard = match (no_links, all, offer.bool("Levels") == Some(true)) {
        (true, _, true) => "$expand=.($levels=1)",
        (true, _, false) => "$expand=.",
        (false, true, true) => "$expand=*($levels=1)",
        (false, true, false) => "$expand=*",
        (false, false, _) => return None,
    };
    let facts = Facts { root, systems: &[], managers: &[], chassis: None };
    Some(profile(&facts).expand_query().unwrap_or(standard))
}
