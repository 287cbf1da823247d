//! What is told of servers that did not end well.

use super::{exit::Stop, output};
use crate::{
    api::runs::{RunDocument, RunServer},
    domain::diagnosis::Diagnosis,
};

/// Tells of each server what happened, in what state it is, and what to do next.
pub(super) fn show(document: &RunDocument) -> Result<(), Stop> {
    for server in &document.servers {
        for (component, diagnosis) in of(server) {
            let what = component.map_or_else(String::new, |component| format!(" {component}"));
            say(&format!("{}{what}: {}", server.name, diagnosis.cause))?;
            say(&format!("  state   {}", diagnosis.state))?;
            say(&format!("  next    {}", diagnosis.next))?;
            for (index, seen) in diagnosis.seen.iter().enumerate() {
                say(&format!("  {:<7} {seen}", if index == 0 { "seen" } else { "" }))?;
            }
            if let Some(source) = &diagnosis.source {
                say(&format!("  known   {} ({source})", diagnosis.id))?;
            }
        }
    }
    Ok(())
}

/// What is told of a server: of each update, or of the server itself.
fn of(server: &RunServer) -> Vec<(Option<&str>, &Diagnosis)> {
    let updates = server.updates.iter().filter_map(|update| Some((update.name.as_str(), update.diagnosis.as_ref()?)));
    let mut told: Vec<_> = updates.map(|(name, diagnosis)| (Some(name), diagnosis)).collect();
    if let Some(diagnosis) = server.diagnosis.as_ref().filter(|one| !told.iter().any(|(_, other)| other == one)) {
        told.insert(0, (None, diagnosis));
    }
    told
}

fn say(line: &str) -> Result<(), Stop> {
    Ok(output::line(&output::safe(line))?)
}
