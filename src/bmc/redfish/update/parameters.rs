//! What an update is asked for with: each stack wants another body, and some refuse every member too many.

use serde_json::{Map, Value, json};

use super::{messages, multipart::OemPart};
use crate::{
    bmc::redfish::{doc::Doc, quirks},
    domain::{inventory::Stack, kind::Kind},
};

/// When an image is to take effect, where the BMC lets us say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ApplyTime {
    /// As soon as the BMC has it. On an iDRAC this resets a running host if the component needs it.
    Immediate,
    /// With the next reset of the host.
    OnReset,
}

impl ApplyTime {
    /// The word of DMTF's OperationApplyTime.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Immediate => "Immediate",
            Self::OnReset => "OnReset",
        }
    }
}

/// One update as a BMC is asked for it.
#[derive(Debug, Clone, Copy)]
pub struct UpdateRequest<'a> {
    /// What the component is.
    pub kind: Kind,
    /// Resources that can be named as the target, the inventory member first.
    pub targets: &'a [String],
    /// The system that it belongs to.
    pub system: &'a str,
    /// The BMC's manager.
    pub manager: &'a str,
    /// Who made the machine, where that is known.
    pub maker: Option<&'a str>,
    /// The image's file name.
    pub file: &'a str,
    /// When it is to take effect.
    pub apply: ApplyTime,
}

impl<'a> UpdateRequest<'a> {
    /// The inventory member.
    #[must_use]
    pub fn member(&self) -> Option<&'a str> {
        self.targets.first().map(String::as_str)
    }
}

/// The UpdateParameters of a multipart push.
#[must_use]
pub fn for_multipart(stack: Stack, request: &UpdateRequest<'_>) -> Value {
    let profile = quirks::of(stack);
    let mut parameters = json!({ "Targets": profile.targets(request) });
    if let Some(time) = profile.apply_time(request) {
        parameters["@Redfish.OperationApplyTime"] = time.into();
    }
    if let Some(oem) = profile.oem_parameters(request) {
        parameters["Oem"] = oem;
    }
    parameters
}

/// The further part of a multipart push, where the stack wants one.
#[must_use]
pub fn oem_part(stack: Stack, request: &UpdateRequest<'_>) -> Option<OemPart> {
    let value = quirks::of(stack).oem_part(request)?;
    Some(OemPart { name: "OemParameters".into(), value })
}

/// The body of a SimpleUpdate that fetches `image` (a URL) by `protocol` (`HTTP`, `HTTPS`).
#[must_use]
pub fn for_simple_update(stack: Stack, request: &UpdateRequest<'_>, image: &str, protocol: &str) -> Value {
    quirks::of(stack).simple_update_parameters(request, image, protocol)
}

/// Whether an image that was taken must be started by [`super::start_update`].
#[must_use]
pub fn wants_start_update(stack: Stack) -> bool {
    quirks::of(stack).wants_start_update()
}

/// Whether a BMC runs what was written to it only after a reset that we make.
#[must_use]
pub fn wants_bmc_reset(stack: Stack) -> bool {
    quirks::of(stack).wants_bmc_reset()
}

/// `parameters` without those of its Oem members that `refusal`, the body of a 400, says it does not know. Nothing where
/// it complains of anything else: targets and times are never left out.
pub(super) fn without_unknown(parameters: &Value, refusal: &Value) -> Option<Value> {
    let mut rest = parameters.clone();
    let doc = Doc::new(refusal);
    let mut dropped = false;
    for info in [doc.at(&["error"]), doc].iter().flat_map(|part| part.items("@Message.ExtendedInfo")) {
        let id = info.str("MessageId").map(messages::name);
        let unknown = matches!(id, Some("PropertyUnknown" | "ActionParameterUnknown" | "ActionParameterNotSupported"));
        if !unknown {
            return None;
        }
        let listed = |key: &str| info.raw().get(key).and_then(Value::as_array).into_iter().flatten();
        let named = listed("MessageArgs").chain(listed("RelatedProperties")).filter_map(Value::as_str);
        for name in named {
            let leaf = name.rsplit(['/', '.']).next().unwrap_or(name);
            if let Some(oem) = rest.get_mut("Oem").and_then(Value::as_object_mut) {
                dropped |= remove_leaf(oem, leaf);
            }
        }
    }
    dropped.then_some(rest)
}

/// Removes member `leaf`, wherever it is below, if it is no object itself.
fn remove_leaf(object: &mut Map<String, Value>, leaf: &str) -> bool {
    if object.get(leaf).is_some_and(|value| !value.is_object()) {
        object.remove(leaf);
        return true;
    }
    object.values_mut().filter_map(Value::as_object_mut).any(|part| remove_leaf(part, leaf))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANAGER: &str = "/redfish/v1/Managers/1";
    const SYSTEM: &str = "/redfish/v1/Systems/1";
    const MEMBER: &str = "/redfish/v1/UpdateService/FirmwareInventory/X";

    fn multipart(stack: Stack, kind: Kind, apply: ApplyTime) -> Value {
        let targets = [MEMBER.to_owned(), "/redfish/v1/Other".to_owned()];
        for_multipart(
            stack,
            &UpdateRequest {
                kind,
                targets: &targets,
                system: SYSTEM,
                manager: MANAGER,
                maker: None,
                file: "x.bin",
                apply,
            },
        )
    }

    fn simple(stack: Stack) -> Value {
        let targets = [MEMBER.to_owned()];
        let apply = ApplyTime::OnReset;
        let request = UpdateRequest {
            kind: Kind::Bios,
            targets: &targets,
            system: SYSTEM,
            manager: MANAGER,
            maker: None,
            file: "x.bin",
            apply,
        };
        for_simple_update(stack, &request, "http://192.0.2.1/img/0/x.EXE", "HTTP")
    }

    #[test]
    fn each_stack_is_asked_in_its_own_words() {
        let bmc = |stack| multipart(stack, Kind::Bmc, ApplyTime::Immediate);
        let bios = |stack| multipart(stack, Kind::Bios, ApplyTime::OnReset);
        let on_reset = json!({ "Targets": [], "@Redfish.OperationApplyTime": "OnReset", "Oem": {} });
        assert_eq!(bios(Stack::Idrac), on_reset);
        assert_eq!(bmc(Stack::Idrac)["@Redfish.OperationApplyTime"], "Immediate");

        let supermicro = bmc(Stack::Supermicro);
        assert_eq!(supermicro["Targets"], json!([MANAGER]));
        assert_eq!(supermicro["@Redfish.OperationApplyTime"], "OnStartUpdateRequest");
        let kept = json!({ "PreserveCfg": true, "PreserveSdr": true, "PreserveSsl": true, "BackupBMC": false });
        assert_eq!(supermicro["Oem"]["Supermicro"]["BMC"], kept);
        let supermicro = bios(Stack::Supermicro);
        assert_eq!(supermicro["Targets"], json!(["/redfish/v1/Systems/1/Bios"]));
        let kept = json!({ "PreserveME": true, "PreserveNVRAM": true, "PreserveSMBIOS": true, "BackupBIOS": false });
        assert_eq!(supermicro["Oem"]["Supermicro"]["BIOS"], kept);
        let cpld = multipart(Stack::Supermicro, Kind::Cpld, ApplyTime::Immediate);
        assert_eq!(cpld, json!({ "Targets": [MEMBER], "@Redfish.OperationApplyTime": "OnStartUpdateRequest" }));

        // Any other member is a 400 there; and a BMC image is always taken at once.
        let openbmc = multipart(Stack::OpenBmc, Kind::Bmc, ApplyTime::OnReset);
        assert_eq!(openbmc, json!({ "Targets": [MANAGER], "@Redfish.OperationApplyTime": "Immediate" }));
        let host = json!({ "Targets": [MEMBER], "@Redfish.OperationApplyTime": "OnReset" });
        assert_eq!(bios(Stack::OpenBmc), host);

        assert_eq!(bios(Stack::Generic), json!({ "Targets": [MEMBER] }));
    }

    #[test]
    fn a_pull_names_no_more_than_its_stack_takes() {
        let image = "http://192.0.2.1/img/0/x.EXE";
        assert_eq!(simple(Stack::Ilo), json!({ "ImageURI": image }));
        let dell = json!({ "ImageURI": image, "TransferProtocol": "HTTP", "@Redfish.OperationApplyTime": "OnReset" });
        assert_eq!(simple(Stack::Idrac), dell);
    }

    #[test]
    fn only_supermicro_is_started_by_hand() {
        for stack in [Stack::Idrac, Stack::Ilo, Stack::OpenBmc, Stack::Generic] {
            assert!(!wants_start_update(stack), "{stack:?}");
        }
        assert!(wants_start_update(Stack::Supermicro));
    }

    #[test]
    fn only_a_property_that_the_bmc_does_not_know_is_left_out() {
        let sent = multipart(Stack::Supermicro, Kind::Bios, ApplyTime::OnReset);
        let refusal = |id: &str, name: &str| json!({ "error": { "@Message.ExtendedInfo": [{ "MessageId": id, "MessageArgs": [name] }] } });
        let rest = without_unknown(&sent, &refusal("Base.1.8.PropertyUnknown", "PreserveSMBIOS")).unwrap();
        assert_eq!(rest["Oem"]["Supermicro"]["BIOS"].as_object().unwrap().len(), 3);
        assert_eq!(rest["Targets"], sent["Targets"]);
        let by_path = refusal("Base.1.8.PropertyUnknown", "#/Oem/Supermicro/BIOS/PreserveME");
        assert!(without_unknown(&sent, &by_path).is_some());
        for other in [
            refusal("Base.1.8.PropertyUnknown", "Targets"),
            refusal("Base.1.8.PropertyUnknown", "Supermicro"),
            refusal("Base.1.8.PropertyValueNotInList", "PreserveME"),
            refusal("SMC.1.0.OemLicenseNotPassed", "PreserveME"),
            json!({}),
        ] {
            assert_eq!(without_unknown(&sent, &other), None, "{other}");
        }
    }
}
