//! `$expand`, as far as the vendor's BMC goes; every other `$` parameter is refused.

use serde_json::Value;

use super::{Request, View};
use crate::lab::personality::{Expand, Trouble};

/// What a request's query asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Plan {
    levels: u8,
    links: bool,
    rest: bool,
}

/// Reads the query.
pub(super) fn plan(request: &Request, expand: &Expand) -> Result<Plan, Trouble> {
    let mut plan = Plan { levels: 0, links: false, rest: false };
    for pair in request.query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (name, value) = (Request::decode(name), Request::decode(value));
        // DSP0266: a parameter that does not begin with `$` and is not known is ignored.
        if !name.starts_with('$') {
            continue;
        }
        if name != "$expand" {
            // DSP0266 7.3: what begins with `$` and is not known is not implemented.
            return Err(Trouble::Query { name, value, status: 501 });
        }
        match (expansion(&value, expand), expand.refusal) {
            (Some(asked), _) => plan = asked,
            (None, None) => {}
            (None, Some(status)) => return Err(Trouble::Query { name, value, status }),
        }
    }
    Ok(plan)
}

/// `*`, `.`, `~`, each with or without `($levels=n)`.
fn expansion(value: &str, expand: &Expand) -> Option<Plan> {
    let (sign, rest) = value.split_at_checked(1)?;
    let levels = match rest.strip_prefix("($levels=").and_then(|rest| rest.strip_suffix(')')) {
        Some(number) => number.parse().ok()?,
        None if rest.is_empty() => 1,
        None => return None,
    };
    if levels == 0 || levels > expand.max_levels {
        return None;
    }
    match sign {
        "*" if expand.all => Some(Plan { levels, links: true, rest: true }),
        "." if expand.no_links => Some(Plan { levels, links: false, rest: true }),
        "~" if expand.links => Some(Plan { levels, links: true, rest: false }),
        _ => None,
    }
}

/// Puts resources in the place of links to them.
pub(super) fn apply(plan: &Plan, body: Value, view: &View<'_>) -> Value {
    if plan.levels == 0 { body } else { inside(plan, plan.levels, body, false, view) }
}

fn inside(plan: &Plan, levels: u8, value: Value, in_links: bool, view: &View<'_>) -> Value {
    match value {
        Value::Object(map) => Value::Object(
            map.into_iter()
                .map(|(key, item)| {
                    let in_links = in_links || key == "Links";
                    (key, put(plan, levels, item, in_links, view))
                })
                .collect(),
        ),
        Value::Array(list) => {
            Value::Array(list.into_iter().map(|item| put(plan, levels, item, in_links, view)).collect())
        }
        other => other,
    }
}

fn put(plan: &Plan, levels: u8, value: Value, in_links: bool, view: &View<'_>) -> Value {
    let wanted = if in_links { plan.links } else { plan.rest };
    let target = match &value {
        Value::Object(map) if map.len() == 1 => map.get("@odata.id").and_then(Value::as_str),
        _ => None,
    };
    match target {
        Some(uri) if wanted => match view.document(uri) {
            Some(body) if levels > 1 => view.tagged(inside(plan, levels - 1, body, false, view)),
            Some(body) => view.tagged(body),
            None => value,
        },
        Some(_) => value,
        None => inside(plan, levels, value, in_links, view),
    }
}
