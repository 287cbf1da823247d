//! BIOS settings as an iDRAC8 tells them to racadm, and takes them from it: one value after another, which wait until a job
//! commits them.
//!
//! Sources: published outputs of `get BIOS.BiosBootSettings`, of a value that waits, of `set` (RAC1017, RAC947) and of `jobqueue
//! create` (RAC1024); Dell's guide for `clearpending`. The words without a code are the lab's own.

use std::{fmt::Write as _, time::Duration};

use serde_json::{Map, Value};

use super::super::control::Printed;
use crate::lab::{
    bios::{Attribute, DELL_BY_RACADM, Form, Rule, Setting, Start, Style, Then, Wrong},
    model::Machine,
};

const FQDD: &str = "BIOS.Setup.1-1";
const STYLE: &Style = &DELL_BY_RACADM;

/// The group that racadm has an attribute in: its menu without what Redfish puts around it.
fn group(attribute: &Attribute) -> &'static str {
    attribute.menu.trim_start_matches("./").trim_end_matches("Ref")
}

/// `get BIOS`, `get BIOS.Group` and `get BIOS.Group.Name`.
pub(super) fn get(machine: &Machine, object: &str) -> Printed {
    let Some(rest) = object.strip_prefix("BIOS") else { return unknown() };
    let rest = rest.trim_start_matches('.');
    if rest.is_empty() {
        let mut groups: Vec<&str> = STYLE.attributes.iter().map(group).collect();
        groups.sort_unstable();
        groups.dedup();
        return Printed::well(groups.iter().fold(String::new(), |all, group| format!("{all}BIOS.{group}\n")));
    }
    let (wanted, name) = rest.split_once('.').map_or((rest, None), |(group, name)| (group, Some(name)));
    let is_wanted = |one: &&Attribute| group(one) == wanted && name.is_none_or(|name| one.name == name);
    let mut found = STYLE.attributes.iter().filter(is_wanted).peekable();
    let Some(first) = found.peek() else { return unknown() };
    let mut text = format!("[Key={FQDD}#{}]\n", group(first));
    for attribute in found {
        // A string takes whatever is written to it.
        let _ = writeln!(text, "{}", line(machine, attribute));
    }
    Printed::well(text)
}

fn line(machine: &Machine, attribute: &Attribute) -> String {
    let name = attribute.name;
    let value = match attribute.start {
        Start::Of(shows) => shows(machine),
        Start::Nothing => return format!("{name}=******** (Write-Only)"),
        _ => machine.bios.current.get(name).map(plain).unwrap_or_default(),
    };
    let locks = |rule: &&Rule| rule.to == name && rule.then == Then::ReadOnly && holds(rule, machine);
    let is_locked = attribute.shows || machine.bios.locked == Some(name) || STYLE.rules.iter().any(|rule| locks(&rule));
    let mark = if is_locked { "#" } else { "" };
    let waits = machine.bios.pending.get(name).map(|setting| format!(" (Pending Value={})", plain(setting)));
    format!("{mark}{name}={value}{}", waits.unwrap_or_default())
}

fn holds(rule: &Rule, machine: &Machine) -> bool {
    machine.bios.current.get(rule.from).is_some_and(|now| (plain(now) == rule.value) == rule.is)
}

fn plain(setting: &Setting) -> String {
    match setting {
        Setting::Text(text) => text.clone(),
        Setting::Number(number) => number.to_string(),
        Setting::Flag(flag) => flag.to_string(),
    }
}

/// `set BIOS.Group.Name VALUE`.
pub(super) fn set(machine: &mut Machine, object: &str, value: &str) -> Printed {
    let named = object.strip_prefix("BIOS.").and_then(|rest| rest.split_once('.'));
    let is_it = |one: &&Attribute| named == Some((group(one), one.name));
    let Some(attribute) = STYLE.attributes.iter().find(is_it) else { return unknown() };
    machine.counts.settings_asked += 1;
    if machine.bios.job.is_some() {
        return Printed::ill(
            1,
            "ERROR: Pending configuration values are already committed, unable to perform another set.\n",
        );
    }
    let json = match attribute.form {
        Form::Number(..) => value.parse::<i64>().map_or_else(|_| Value::from(value), Value::from),
        _ => Value::from(value),
    };
    let wanted: Map<String, Value> = [(attribute.name.to_owned(), json)].into_iter().collect();
    match STYLE.stage(machine, &wanted).map_err(|complaints| complaints.first().map(|one| one.wrong)) {
        Ok(()) => Printed::well(format!(
            "[Key={FQDD}#{}]\nRAC1017: Successfully modified the object value and the change is in\n         pending state.\n",
            group(attribute)
        )),
        Err(Some(Wrong::ReadOnly | Wrong::DependsOnOthers)) => {
            Printed::ill(1, "ERROR: The object is read-only and cannot be modified.\n")
        }
        Err(_) => Printed::ill(1, "ERROR: RAC947: Invalid object value specified.\n"),
    }
}

/// `jobqueue create BIOS.Setup.1-1`: the host is restarted by whoever wants it.
pub(super) fn commit(machine: &mut Machine, fqdd: &str, now: Duration) -> Printed {
    if fqdd != FQDD {
        return unknown();
    }
    if machine.bios.job.is_some() {
        return Printed::ill(1, "ERROR: A configuration job for the device is there already.\n");
    }
    if machine.bios.pending.is_empty() {
        return Printed::ill(1, "ERROR: The device has no pending values.\n");
    }
    let id = machine.schedule_settings(now);
    Printed::well(format!(
        "RAC1024: Successfully scheduled a job.\nVerify the job status using \"racadm jobqueue view -i JID_xxxxx\" command.\n\
         Commit JID = {id}\n"
    ))
}

/// `clearpending BIOS.Setup.1-1`: not while a job has them.
pub(super) fn clear(machine: &mut Machine, fqdd: &str) -> Printed {
    match fqdd == FQDD && machine.clear_settings() {
        true => Printed::well("The pending values of the device are cleared.\n"),
        false => Printed::ill(1, "ERROR: The pending values are not cleared: there are none, or a job is scheduled.\n"),
    }
}

/// `jobqueue delete -i JID`.
pub(super) fn delete(machine: &mut Machine, id: &str) -> Printed {
    match machine.delete_settings_job(id) {
        true => Printed::well("The job is deleted.\n"),
        false => Printed::ill(1, format!("ERROR: There is no job {id} that can be deleted.\n")),
    }
}

fn unknown() -> Printed {
    Printed::ill(1, "ERROR: There is no such object.\n")
}
