//! PATCHes of an update service, as far as vendors share them.

use serde_json::Value;

use super::{Trouble, update};
use crate::lab::model::{Apply, Machine, Service};

/// Sets the members of the standard: all of them or none. `targets`: what a push may be for.
pub(super) fn standard(machine: &mut Machine, body: &Value, targets: &[&str]) -> Result<(), Trouble> {
    let mut service = machine.service.clone();
    for (key, value) in body.as_object().into_iter().flatten() {
        member(&mut service, key, value, targets)?;
    }
    machine.service = service;
    Ok(())
}

fn member(service: &mut Service, key: &str, value: &Value, targets: &[&str]) -> Result<(), Trouble> {
    match key {
        "HttpPushUriTargetsBusy" => {
            service.claimed = value.as_bool().ok_or_else(|| bad("HttpPushUriTargetsBusy", value))?
        }
        "HttpPushUriTargets" => {
            let bad = || bad("HttpPushUriTargets", value);
            let named: Option<Vec<&str>> = value.as_array().ok_or_else(bad)?.iter().map(Value::as_str).collect();
            let named = named.filter(|named| named.iter().all(|one| targets.contains(one))).ok_or_else(bad)?;
            service.targets = named.into_iter().map(str::to_owned).collect();
        }
        "HttpPushUriOptions" => {
            let time = value.pointer("/HttpPushUriApplyTime/ApplyTime").cloned().unwrap_or_default();
            let asked = serde_json::json!({ "@Redfish.OperationApplyTime": time });
            service.apply = update::apply_time(&asked, &[Apply::Immediate, Apply::OnReset], service.apply)?;
        }
        other => return Err(Trouble::UnknownProperty(other.to_owned())),
    }
    Ok(())
}

pub(super) fn bad(name: &'static str, value: &Value) -> Trouble {
    Trouble::BadValue { name, value: value.to_string() }
}
