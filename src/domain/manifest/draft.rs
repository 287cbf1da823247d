//! The first text of a manifest entry, for a person to finish.

use std::fmt::Write;

use crate::domain::{digest::Sha256, installer::Installer, kind::Kind, vendor::Vendor, words};

/// What is known of an image before its manifest is written. What is absent is left for the person to fill in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// The file's name.
    pub file: String,
    /// Its digest.
    pub sha256: Sha256,
    /// Its length in bytes.
    pub size: u64,
    /// Who packaged it.
    pub vendor: Option<Vendor>,
    /// What it updates.
    pub kind: Option<Kind>,
    /// The version that the container declares.
    pub version: Option<String>,
    /// Who writes it, where the file says so.
    pub installed_by: Option<Installer>,
    /// Models, from a server that it is for.
    pub models: Vec<String>,
    /// Boards, from the server or the container.
    pub boards: Vec<String>,
    /// SoftwareIds, from the server's component or the container.
    pub software_ids: Vec<String>,
    /// The server that the match rule was taken from, as the operator calls it.
    pub server: Option<String>,
    /// What the inspection says that a person should know.
    pub remarks: Vec<String>,
}

/// TOML for one image. Lines to be finished stand as comments that say so, so that `manifest lint` finds each.
#[must_use]
pub fn draft(draft: &Draft) -> String {
    let mut text = String::new();
    for remark in &draft.remarks {
        comment(&mut text, remark);
    }
    text.push_str("[[image]]\n");
    line(&mut text, "id", &quoted(&id(draft)));
    let vendor = draft.vendor.map(|vendor| quoted(vendor.word()));
    optional(&mut text, "vendor", vendor, "dell, hpe, supermicro, lenovo and so on");
    let kind = draft.kind.map(|kind| quoted(kind.word()));
    optional(&mut text, "kind", kind, "bios, bmc, cpld, nic, storage, drive, psu, gpu, tpm or other");
    let version = draft.version.as_deref().map(quoted);
    optional(&mut text, "version", version, "the version that the BMC reports once this runs");
    line(&mut text, "file", &quoted(&draft.file));
    line(&mut text, "sha256", &quoted(&draft.sha256.to_string()));
    line(&mut text, "size", &draft.size.to_string());
    let at_boot = draft.installed_by == Some(Installer::Uefi);
    if let Some(installer) = draft.installed_by.filter(|_| at_boot) {
        line(&mut text, "installed_by", &quoted(installer.word()));
    }
    let (host_reset, bmc_reset) = (at_boot || draft.kind == Some(Kind::Bios), draft.kind == Some(Kind::Bmc));
    line(&mut text, "host_reset", &format!("{host_reset}  # check: does it take effect when the host is reset?"));
    line(&mut text, "bmc_reset", &format!("{bmc_reset}  # check: does the BMC restart to take it?"));
    text.push_str(
        "# min_from = \"...\"  # the oldest version that can be updated to this one directly, if there is one\n",
    );
    text.push_str("\n[image.match]");
    if let Some(server) = &draft.server {
        let _ = write!(text, "  # from {}", one_line(server));
    }
    text.push('\n');
    list(&mut text, "models", &draft.models, "the models that the vendor's release note names");
    list(&mut text, "boards", &draft.boards, "only where the vendor names boards");
    list(
        &mut text,
        "software_ids",
        &draft.software_ids,
        "the SoftwareId of the component, `firmdeck inventory --json`",
    );
    text
}

/// `dell-poweredge-r750-bios-1.13.2` from what is known; the file's name where nothing is.
fn id(draft: &Draft) -> String {
    let parts = [
        draft.vendor.map(|vendor| vendor.word().to_owned()),
        draft.models.first().or(draft.boards.first()).cloned(),
        draft.kind.map(|kind| kind.word().to_owned()),
        draft.version.clone(),
    ];
    let known: Vec<String> = parts.into_iter().flatten().collect();
    let text = if known.len() > 1 { known.join("-") } else { draft.file.clone() };
    let plain: String = text
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '+') { c.to_ascii_lowercase() } else { '-' })
        .collect();
    let pieces: Vec<&str> = plain.split('-').filter(|piece| !piece.is_empty()).collect();
    let joined: String = pieces.join("-").trim_start_matches(['.', '_', '+']).chars().take(100).collect();
    if joined.is_empty() { "image".into() } else { joined }
}

fn line(text: &mut String, key: &str, value: &str) {
    let _ = writeln!(text, "{key} = {value}");
}

fn optional(text: &mut String, key: &str, value: Option<String>, what: &str) {
    match value {
        Some(value) => line(text, key, &value),
        None => {
            let _ = writeln!(text, "# {key} = \"...\"  # fill in: {what}");
        }
    }
}

fn list(text: &mut String, key: &str, values: &[String], what: &str) {
    if values.is_empty() {
        let _ = writeln!(text, "# {key} = [\"...\"]  # {what}");
    } else {
        let values: Vec<String> = values.iter().map(|value| pattern_free(value)).collect();
        line(text, key, &format!("[{}]", values.join(", ")));
    }
}

/// A model that holds `*` or `?` would be a pattern; `?` at least stands for itself.
fn pattern_free(value: &str) -> String {
    quoted(&if words::is_pattern(value) { value.replace('*', "?") } else { value.to_owned() })
}

fn comment(text: &mut String, remark: &str) {
    let _ = writeln!(text, "# {}", one_line(remark));
}

fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

fn quoted(text: &str) -> String {
    toml::Value::String(one_line(text)).to_string()
}
