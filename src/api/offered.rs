//! Whether the images of a plan may be offered to its machines, by what the files say of themselves.

use std::collections::{BTreeMap, HashMap};

use super::images::Looks;
use crate::{
    domain::{inventory::ServerId, plan::Plan, unfit::unfit},
    store::StoredServer,
};

/// What speaks against the plan, a line for each image and reason, with the servers that it is about.
pub(super) fn misfits(plan: &Plan, looks: &Looks, stored: &[StoredServer]) -> Vec<String> {
    let known: HashMap<ServerId, _> =
        stored.iter().filter_map(|server| Some((server.id?, server.inventory.as_ref()?))).collect();
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for server in &plan.servers {
        let Some(inventory) = known.get(&server.id) else { continue };
        for update in &server.updates {
            let Some(inspected) = looks.get(&update.image.sha256) else { continue };
            if let Some(unfit) = unfit(inspected, &server.endpoint, inventory, &update.component) {
                let name = server.name.clone().unwrap_or_else(|| server.endpoint.to_string());
                found.entry(format!("image {}: {unfit}", update.image.id)).or_default().push(name);
            }
        }
    }
    found.into_iter().map(|(why, names)| format!("{why} (planned for {})", few(&names))).collect()
}

fn few(names: &[String]) -> String {
    match names {
        [a, b, c, rest @ ..] if rest.len() > 1 => format!("{a}, {b}, {c} and {} more", rest.len()),
        _ => names.join(", "),
    }
}
