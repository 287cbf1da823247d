//! Servers as a table, and what is told of those that could not be read.

use super::{
    exit::{Exit, Stop},
    output,
};
use crate::{
    api::wire::{InventoryDocument, Server},
    domain::{failure::Weight, target::Endpoint},
};

/// Failed outweighs blocked: 4 only where nothing but decisions is missing.
pub(super) fn exit(servers: &[Server]) -> Exit {
    let weights: Vec<_> = servers.iter().filter_map(|server| Some(server.error.as_ref()?.weight)).collect();
    match weights.as_slice() {
        [] => Exit::Well,
        weights if weights.iter().all(|weight| *weight == Weight::Blocked) => Exit::Blocked,
        _ => Exit::SomeFailed,
    }
}

/// Three lines for each server that could not be read.
pub(super) fn tell_failures(servers: &[Server]) {
    for server in servers {
        if let Some(failure) = &server.error {
            output::failure(&name_of(server), failure);
        }
    }
}

pub(super) fn name_of(server: &Server) -> String {
    let endpoint = Endpoint { host: server.address.clone(), port: server.port };
    match &server.name {
        Some(name) => format!("{name} ({endpoint})"),
        None => endpoint.to_string(),
    }
}

pub(super) fn show(document: &InventoryDocument, components: bool) -> Result<(), Stop> {
    if document.servers.is_empty() {
        output::complain("no server is known yet; read some: `firmdeck inventory ADDRESS...`");
        return Ok(());
    }
    table(&document.servers)?;
    if components {
        document.servers.iter().try_for_each(show_components)?;
    }
    Ok(())
}

pub(super) fn table(servers: &[Server]) -> Result<(), Stop> {
    let known = |value: &Option<String>| value.clone().unwrap_or_else(|| "?".into());
    let row = |server: &Server| {
        vec![
            server.id.clone().unwrap_or_else(|| "-".into()),
            name_of(server),
            known(&server.vendor),
            known(&server.model),
            known(&server.generation),
            known(&server.serial),
            known(&server.power),
            server.error.as_ref().map_or_else(|| known(&server.health), |failure| failure.kind.replace('_', " ")),
            known(&server.bios),
            known(&server.bmc),
            server.components.len().to_string(),
        ]
    };
    let header = ["ID", "SERVER", "VENDOR", "MODEL", "GEN", "SERIAL", "POWER", "HEALTH", "BIOS", "BMC", "COMP"];
    output::table(&header, &servers.iter().map(row).collect::<Vec<_>>())?;
    Ok(())
}

fn show_components(server: &Server) -> Result<(), Stop> {
    output::line(&format!("\n{} {}", server.id.as_deref().unwrap_or("-"), name_of(server)))?;
    let rows: Vec<_> = server
        .components
        .iter()
        .map(|component| {
            let others: Vec<_> = component
                .others
                .iter()
                .map(|other| format!("{:?} {}", other.slot, other.version).to_lowercase())
                .collect();
            vec![
                component.kind.clone(),
                component.name.clone(),
                component.version.clone().unwrap_or_else(|| "?".into()),
                component.slot.clone(),
                component.updateable.map_or("?", |yes| if yes { "yes" } else { "no" }).into(),
                component.unknown.clone().unwrap_or_else(|| others.join(", ")),
            ]
        })
        .collect();
    output::table(&["KIND", "NAME", "VERSION", "SLOT", "UPDATE", "REMARK"], &rows)?;
    for note in &server.notes {
        output::line(&output::safe(&format!("note: {}: {}", note.at, note.what)))?;
    }
    Ok(())
}
