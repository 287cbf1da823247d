//! What has to be changed on an UpdateService for the time of a push, and how it is set back.

use serde_json::{Map, Value, json};

use super::{UPDATE_SERVICE, UpdateRequest};
use crate::{
    bmc::redfish::{doc::Doc, quirks},
    domain::{inventory::Stack, offers::Method, run::Loan},
};

/// What a push by `method` has to borrow of a service that reads as `service`. Nothing where it stands as it must.
///
/// `HttpPushUriTargetsBusy` claims the service, and targets are set in the same PATCH (UpdateService v1_2; OpenBMC's
/// design of firmware updates says that a target without the flag is refused). `HttpPushUriApplyTime` (v1_4) is a setting
/// of the service that outlives the push.
#[must_use]
pub fn loan(stack: Stack, service: &Value, request: &UpdateRequest<'_>, method: Method) -> Option<Loan> {
    let (doc, profile) = (Doc::new(service), quirks::of(stack));
    let mut change = Change::default();
    let raw = method == Method::HttpPush;
    let claims = raw || profile.claims_every_push();
    if claims && doc.has("HttpPushUriTargetsBusy") {
        change.member("HttpPushUriTargetsBusy", json!(true), json!(false), "the claim of the update service");
    }
    if raw && let Some(before) = service.get("HttpPushUriTargets").filter(|before| before.is_array()) {
        let wanted = json!(profile.push_targets(request));
        if wanted != *before {
            change.member("HttpPushUriTargets", wanted, before.clone(), "its push targets");
        }
    }
    let time = doc.at(&["HttpPushUriOptions", "HttpPushUriApplyTime"]).str("ApplyTime");
    let wanted = request.apply.word();
    if raw && let Some(before) = time.filter(|before| *before != wanted) {
        let options = |time: &str| json!({ "HttpPushUriApplyTime": { "ApplyTime": time } });
        change.member("HttpPushUriOptions", options(wanted), options(before), "its apply time");
    }
    if let Some((key, take, back)) = profile.preserves(doc, request) {
        change.member("Oem", json!({ &key: take }), json!({ &key: back }), "what the flash preserves");
    }
    change.loan()
}

/// A PATCH in the making, and its opposite.
#[derive(Default)]
struct Change {
    what: Vec<&'static str>,
    take: Map<String, Value>,
    back: Map<String, Value>,
}

impl Change {
    fn member(&mut self, key: &str, take: Value, back: Value, what: &'static str) {
        self.what.push(what);
        self.take.insert(key.into(), take);
        self.back.insert(key.into(), back);
    }

    fn loan(self) -> Option<Loan> {
        let Self { what, take, back } = self;
        (!what.is_empty()).then(|| Loan {
            what: what.join(" and "),
            uri: UPDATE_SERVICE.into(),
            take: Value::Object(take),
            back: Value::Object(back),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{bmc::redfish::update::ApplyTime, domain::kind::Kind};

    const MEMBER: &str = "/redfish/v1/UpdateService/FirmwareInventory/bmc_active";

    fn request(targets: &[String], kind: Kind) -> UpdateRequest<'_> {
        UpdateRequest {
            kind,
            targets,
            system: "/s",
            manager: "/m",
            maker: None,
            file: "x.bin",
            apply: ApplyTime::Immediate,
        }
    }

    #[test]
    fn a_raw_push_borrows_only_what_the_service_has_and_what_stands_otherwise() {
        let targets = [MEMBER.to_owned()];
        let request = request(&targets, Kind::Bmc);
        let of = |service: Value| loan(Stack::Generic, &service, &request, Method::HttpPush);
        assert_eq!(of(json!({ "HttpPushUri": "/u" })), None);

        let loan = of(json!({
            "HttpPushUriTargetsBusy": false, "HttpPushUriTargets": ["/old"],
            "HttpPushUriOptions": { "HttpPushUriApplyTime": { "ApplyTime": "OnReset" } },
        }))
        .unwrap();
        assert_eq!(loan.take["HttpPushUriTargetsBusy"], json!(true));
        assert_eq!(
            (&loan.take["HttpPushUriTargets"], &loan.back["HttpPushUriTargets"]),
            (&json!([MEMBER]), &json!(["/old"]))
        );
        assert_eq!(loan.back["HttpPushUriOptions"]["HttpPushUriApplyTime"]["ApplyTime"], json!("OnReset"));
        assert_eq!(loan.what, "the claim of the update service and its push targets and its apply time");

        let stands = json!({ "HttpPushUriTargets": [MEMBER], "HttpPushUriOptions": { "HttpPushUriApplyTime": { "ApplyTime": "Immediate" } } });
        assert_eq!(of(stands), None);
    }

    #[test]
    fn a_form_claims_the_service_where_the_vendor_wants_it() {
        let service = json!({ "HttpPushUriTargetsBusy": false, "HttpPushUriTargets": ["/old"] });
        let of = |stack| loan(stack, &service, &request(&[], Kind::Bmc), Method::Multipart);
        assert_eq!(of(Stack::OpenBmc), None);
        let loan = of(Stack::Xcc).unwrap();
        assert_eq!(
            (loan.take, loan.back),
            (json!({ "HttpPushUriTargetsBusy": true }), json!({ "HttpPushUriTargetsBusy": false }))
        );
    }

    #[test]
    fn a_megarac_is_told_to_keep_its_settings_through_a_flash_of_the_bmc() {
        let service = json!({ "Oem": { "AMIUpdateService": { "PreserveConfiguration": { "Network": false, "User": false, "SDR": true } } } });
        let of = |kind| loan(Stack::MegaRac, &service, &request(&[], kind), Method::Multipart);
        assert_eq!(of(Kind::Bios), None);
        let loan = of(Kind::Bmc).unwrap();
        let kept = |value: &Value| value["Oem"]["AMIUpdateService"]["PreserveConfiguration"].clone();
        assert_eq!(kept(&loan.take), json!({ "Network": true, "User": true, "SDR": true }));
        assert_eq!(kept(&loan.back), json!({ "Network": false, "User": false, "SDR": true }));
    }
}
