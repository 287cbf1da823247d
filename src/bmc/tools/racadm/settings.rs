//! `get BIOS`, `get BIOS.Group` and `jobqueue create`. Pure.
//!
//! Sources: outputs that users have published of `get BIOS.BiosBootSettings` (`#` before what is read-only), of a value that
//! waits (`ControlledTurbo=Disabled (Pending Value=Enabled)`) and of `jobqueue create` (`Commit JID = JID_…`); Dell's guide.

use crate::domain::bios::Told;

/// The prefix of a BIOS's objects.
const BIOS: &str = "BIOS.";
/// What stands behind a value that another one waits for.
const WAITS: &str = " (Pending Value=";

/// The groups in the answer to `get BIOS`: a line `BIOS.ProcSettings` each.
#[must_use]
pub fn parse_groups(said: &str) -> Vec<String> {
    let mut groups: Vec<String> = Vec::new();
    for line in said.lines().map(str::trim) {
        let Some(group) = line.strip_prefix(BIOS).filter(|group| is_word(group)) else { continue };
        if !groups.iter().any(|known| known == group) {
            groups.push(group.to_owned());
        }
    }
    groups
}

/// The attributes in the answer to `get BIOS.Group`: below a line `[Key=BIOS.Setup.1-1#Group]`, `Name=Value`, with `#` before
/// what is read-only. What comes before such a line, or is none, is left out.
#[must_use]
pub fn parse_settings(said: &str) -> Vec<Told> {
    let mut group = None;
    let mut found = Vec::new();
    for line in said.lines().map(str::trim) {
        if let Some(key) = line.strip_prefix("[Key=").and_then(|rest| rest.strip_suffix(']')) {
            group = key.split_once('#').map(|(_, group)| group).filter(|group| is_word(group));
        } else if let Some(group) = group {
            found.extend(setting(group, line));
        }
    }
    found
}

fn setting(group: &str, line: &str) -> Option<Told> {
    let (name, value) = line.split_once('=')?;
    let (read_only, name) = match name.strip_prefix('#') {
        Some(name) => (true, name.trim()),
        None => (false, name.trim()),
    };
    if !is_word(name) {
        return None;
    }
    let waits = value.trim_end().strip_suffix(')').and_then(|value| value.rsplit_once(WAITS));
    let (value, pending) = waits.map_or((value, None), |(value, pending)| (value, Some(pending)));
    Some(Told {
        group: group.to_owned(),
        name: name.to_owned(),
        value: shown(value),
        pending: pending.and_then(shown),
        read_only,
    })
}

/// A value, where it is shown: passwords are stars, or said to be write-only.
fn shown(value: &str) -> Option<String> {
    let value = value.trim();
    let is_hidden = value.contains("(Write-Only)") || !value.is_empty() && value.chars().all(|c| c == '*');
    (!is_hidden).then(|| value.to_owned())
}

/// The job that `jobqueue create` has made.
#[must_use]
pub fn parse_commit(said: &str) -> Option<String> {
    let ids = said.lines().filter_map(|line| line.trim().strip_prefix("Commit JID")?.trim_start().strip_prefix('='));
    let mut ids = ids.map(str::trim).filter(|id| id.starts_with("JID_") && is_word(id));
    ids.next().map(str::to_owned)
}

/// A name that may stand in an object's: no part of it.
fn is_word(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn groups_are_lines_of_their_own() {
        let said = "Security Alert: Certificate is invalid\nBIOS.BiosBootSettings\nBIOS.ProcSettings \r\nBIOS.ProcSettings\n\
                    BIOS.Setup.1-1\nBIOS.\n";
        assert_eq!(parse_groups(said), ["BiosBootSettings", "ProcSettings"]);
    }

    #[test]
    fn a_group_tells_what_runs_what_waits_and_what_is_locked() {
        let said = "UserName: x=y\n[Key=BIOS.Setup.1-1#SysProfileSettings]\nSysProfile=PerfOptimized (Pending Value=Custom)\n\
                    #ProcC1E=Enabled\nBootSeq=HardDisk.List.1-1,NIC.Embedded.1-1-1\nAssetTag=\nHddPlaceholder\n\
                    SysPassword=******** (Write-Only)\nOther=********\n";
        let found = parse_settings(said);
        let told = |name: &str| found.iter().find(|one| one.name == name).unwrap();
        assert_eq!(found.len(), 6, "{found:?}");
        assert!(found.iter().all(|one| one.group == "SysProfileSettings"));
        let profile = told("SysProfile");
        assert_eq!((profile.value.as_deref(), profile.pending.as_deref()), (Some("PerfOptimized"), Some("Custom")));
        assert!(told("ProcC1E").read_only && !profile.read_only);
        assert_eq!(told("BootSeq").value.as_deref(), Some("HardDisk.List.1-1,NIC.Embedded.1-1-1"));
        assert_eq!(told("AssetTag").value.as_deref(), Some(""));
        assert_eq!((&told("SysPassword").value, &told("Other").value), (&None, &None));
    }

    #[test]
    fn the_job_is_named_with_a_commit_and_not_with_the_example_before_it() {
        let said = "RAC1024: Successfully scheduled a job.\nVerify the job status using \"racadm jobqueue view -i JID_xxxxx\" \
                    command.\nCommit JID = JID_927008261880\nReboot JID = RID_927008261881\n";
        assert_eq!(parse_commit(said).as_deref(), Some("JID_927008261880"));
        assert_eq!(parse_commit("RAC1024: Successfully scheduled a job.\nCommit JID = \n"), None);
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(
            text in "(\\PC|\n|=|#|BIOS\\.|\\[Key=BIOS.Setup.1-1#A\\]\n| \\(Pending Value=|\\)|Commit JID = JID_){0,100}"
        ) {
            let _ = (parse_groups(&text), parse_settings(&text), parse_commit(&text));
        }
    }
}
