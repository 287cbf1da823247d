//! `firmdeck manifest new`

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::super::{
    Places,
    exit::{Exit, Stop},
    images::watched,
    output::{self, ProgressLine},
};
use crate::{
    api::wire::{InspectDocument, InventoryDocument, SCHEMA, Server},
    domain::{
        manifest::{Draft, draft},
        vendor::Vendor,
    },
};

/// Write a first manifest entry for an image: digest, size, and what the file and a server say
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  firmdeck manifest new --from BIOS_7YNRC_WN64_1.13.2.EXE --for r12u15 >> dell.toml\n\n\
                        SERVER: an id (s12), name, address, serial number or service tag that `firmdeck inventory` \
                        shows. What nobody knows stands there as a comment to be filled in; `firmdeck manifest lint` \
                        finds what is left."
)]
pub(super) struct Arguments {
    /// The image
    #[arg(long, value_name = "FILE")]
    from: PathBuf,
    /// A server that it is for, whose model, board and component become the match rule
    #[arg(long = "for", value_name = "SERVER")]
    server: Option<String>,
    /// Print a JSON document
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Document<'a> {
    schema: u32,
    toml: &'a str,
    image: &'a InspectDocument,
    server: Option<&'a str>,
}

pub(super) async fn run(arguments: Arguments, places: &Places) -> Result<Exit, Stop> {
    let client = places.client().await?;
    let known = client.inventory(None).await?;
    let server = arguments.server.as_deref().map(|wanted| find(&known, wanted)).transpose()?;
    if !arguments.from.is_file() {
        return Err(Stop::usage(format!("{}: there is no such file", arguments.from.display())));
    }
    let name = arguments.from.display().to_string();
    let mut line = ProgressLine::new();
    let outcome = client.inspect_image(name.clone(), &std::env::current_dir()?, watched(&mut line, &name)).await;
    line.clear();
    let image = outcome?;
    if let Some(why) = &image.inspected.unusable {
        return Err(Stop::usage(output::safe(&format!("{}: {why}", image.name))));
    }
    let toml = draft(&begin(&image, server));
    if arguments.json {
        let server = server.map(|server| server.address.as_str());
        output::json(&Document { schema: SCHEMA, toml: &toml, image: &image, server })?;
    } else {
        output::line(toml.trim_end())?;
    }
    Ok(Exit::Well)
}

/// The one server that is called so.
fn find<'a>(known: &'a InventoryDocument, wanted: &str) -> Result<&'a Server, Stop> {
    let is_it = |server: &&Server| {
        let words = [&server.id, &server.name, &server.serial, &server.service_tag];
        server.address.eq_ignore_ascii_case(wanted)
            || format!("{}:{}", server.address, server.port) == wanted
            || words.into_iter().flatten().any(|word| word.eq_ignore_ascii_case(wanted))
    };
    let found: Vec<&Server> = known.servers.iter().filter(is_it).collect();
    match found.as_slice() {
        [one] if one.read_at.is_some() => Ok(one),
        [_] => Err(Stop::usage(format!("`{wanted}` was never read: `firmdeck inventory {wanted}` first"))),
        [] => Err(Stop::usage(format!("no server is called `{wanted}`; `firmdeck inventory` shows what is known"))),
        // two addresses of one machine say the same
        [first, rest @ ..] if first.id.is_some() && rest.iter().all(|server| server.id == first.id) => Ok(first),
        many => Err(Stop::usage(format!("`{wanted}` is the name of {} servers; give an id", many.len()))),
    }
}

/// What file and server say together.
fn begin(image: &InspectDocument, server: Option<&Server>) -> Draft {
    let inspected = &image.inspected;
    let brand = server.and_then(|server| server.vendor.as_deref()).and_then(Vendor::from_text);
    let vendor = inspected.vendor.filter(|vendor| *vendor != Vendor::Ami || brand.is_none()).or(brand);
    let mut remarks = vec![format!("{}: {}", image.name, inspected.format)];
    remarks.extend(inspected.notes.iter().cloned());
    let board = server.and_then(|server| server.board.clone());
    let mut boards: Vec<String> = board.clone().into_iter().collect();
    if server.is_none() && vendor == Some(Vendor::Supermicro) {
        boards.clone_from(&inspected.boards);
    } else if !inspected.boards.is_empty() {
        let few: Vec<&str> = inspected.boards.iter().take(8).map(String::as_str).collect();
        remarks.push(format!("the file itself is for {}", few.join(", ")));
    }
    if let Some(board) = board.filter(|board| {
        vendor == Some(Vendor::Supermicro)
            && !inspected.boards.is_empty()
            && !inspected.boards.iter().any(|own| own.eq_ignore_ascii_case(board))
    }) {
        remarks.push(format!("CHECK: the server's board is {board}, which the file does not name"));
    }
    if let (Some(inside), Some(brand)) = (inspected.vendor, brand)
        && inside != brand
    {
        remarks.push(format!("CHECK: the file is of {inside}, the server is a {brand}"));
    }
    let (software_ids, current) = server.map(|server| component(image, server)).unwrap_or_default();
    remarks.extend(current);
    let own_ids = || if vendor == Some(Vendor::Dell) { inspected.software_ids.clone() } else { Vec::new() };
    Draft {
        file: image.name.clone(),
        sha256: image.sha256.parse().unwrap_or(crate::domain::digest::Sha256([0; 32])),
        size: image.size,
        vendor,
        kind: inspected.kind,
        version: inspected.version.clone(),
        installed_by: inspected.installed_by,
        models: server.and_then(|server| server.model.clone()).into_iter().collect(),
        boards,
        software_ids: if server.is_some() { software_ids } else { own_ids() },
        server: server.map(|server| server.name.clone().unwrap_or_else(|| server.address.clone())),
        remarks,
    }
}

/// SoftwareIds of the server's components that the image may be for, and what they run now.
fn component(image: &InspectDocument, server: &Server) -> (Vec<String>, Vec<String>) {
    let Some(kind) = image.inspected.kind else { return (Vec::new(), Vec::new()) };
    let of_kind = server.components.iter().filter(|row| row.kind == kind.word() && row.slot == "running");
    let (mut ids, mut remarks) = (Vec::new(), Vec::new());
    for row in of_kind {
        remarks.push(format!(
            "the server runs {} {}",
            row.name,
            row.version.as_deref().unwrap_or("of unknown version")
        ));
        ids.extend(row.software_id.clone());
    }
    if remarks.is_empty() {
        remarks.push(format!("CHECK: the server lists no {kind} component"));
    }
    ids.sort();
    ids.dedup();
    let named = |id: &String| image.inspected.software_ids.iter().any(|own| own.eq_ignore_ascii_case(id));
    if ids.iter().any(named) {
        ids.retain(|id| named(id));
    }
    (ids, remarks)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        inspected::{Format, Inspected},
        kind::Kind,
        manifest::{Source, read},
    };

    fn known() -> InventoryDocument {
        let component = |id: &str, kind: &str, name: &str, software_id: &str| {
            serde_json::json!({ "id": id, "kind": kind, "name": name, "version": "1.0", "software_id": software_id,
                                "slot": "running", "targets": [], "others": [] })
        };
        let server = |id: &str, name: &str, address: &str, read_at: Option<&str>| {
            serde_json::json!({
                "id": id, "address": address, "port": 443, "name": name, "labels": {}, "vendor": "Dell Inc.",
                "model": "PowerEdge R750", "serial": format!("CN{id}"), "read_at": read_at, "systems": [], "managers": [],
                "components": [component("1", "bios", "BIOS", "159"), component("2", "nic", "NIC", "101")],
                "unknown": {}, "notes": [], "also_at": [],
            })
        };
        let read = Some("2026-01-01T00:00:00Z");
        let servers = [
            server("s1", "r12u15", "10.0.0.1", read),
            server("s1", "r12u15", "10.0.1.1", read),
            server("s2", "twin", "10.0.0.2", read),
            server("s3", "twin", "10.0.0.3", read),
            server("s4", "unread", "10.0.0.4", None),
        ];
        serde_json::from_value(serde_json::json!({ "schema": 1, "servers": servers })).unwrap()
    }

    #[test]
    fn a_server_is_found_by_any_of_its_names_and_never_guessed() {
        let known = known();
        for wanted in ["s1", "R12U15", "10.0.0.1", "10.0.0.1:443", "CNs1"] {
            assert_eq!(find(&known, wanted).unwrap().id.as_deref(), Some("s1"), "{wanted}");
        }
        for (wanted, part) in [("twin", "name of 2 servers"), ("x", "no server is called"), ("unread", "never read")] {
            assert!(find(&known, wanted).unwrap_err().words().contains(part), "{wanted}");
        }
    }

    #[test]
    fn file_and_server_together_make_an_entry_that_passes_the_lint() {
        let known = known();
        let image = InspectDocument {
            schema: 1,
            name: "BIOS_7YNRC_WN64_1.13.2.EXE".into(),
            sha256: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad".into(),
            size: 5,
            in_repository: false,
            inspected: Inspected {
                lab: false,
                vendor: Some(Vendor::Dell),
                kind: Some(Kind::Bios),
                version: Some("1.13.2".into()),
                boards: vec!["090E".into()],
                software_ids: vec!["159".into()],
                ..Inspected::bare(Format::DellDup)
            },
            manifest: Vec::new(),
        };
        let toml = draft(&begin(&image, Some(find(&known, "s1").unwrap())));
        let report = read(&[Source { name: "m", text: &toml }]);
        assert_eq!(report.findings, [], "{toml}");
        let rule = &report.manifest.images[0].matches[0];
        assert_eq!(
            (rule.machines.models.as_slice(), rule.software_ids.as_slice()),
            (&["PowerEdge R750".into()][..], &["159".into()][..])
        );
        let foreign = Inspected { vendor: Some(Vendor::Hpe), ..image.inspected.clone() };
        let odd = InspectDocument { inspected: foreign, ..image };
        assert!(draft(&begin(&odd, Some(find(&known, "s1").unwrap()))).contains("CHECK: the file is of hpe"));
    }
}
