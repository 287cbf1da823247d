use super::*;

fn told(group: &str, name: &str, value: &str, read_only: bool) -> Told {
    let (group, name, value) = (group.to_owned(), name.to_owned(), Some(value.to_owned()));
    Told { group, name, value, pending: None, read_only }
}

fn checked(all: &[Told], wanted: &[(&str, &str)]) -> Checked {
    let reading = BiosReading::of_told(BiosWay::Racadm, all);
    check(&wishes(wanted), &reading.registry, &reading.attributes)
}

#[test]
fn without_a_registry_any_value_may_be_wanted_and_what_is_so_already_is_left() {
    let all = [told("ProcSettings", "LogicalProc", "Enabled", false), told("MemSettings", "Delay", "120", false)];
    let checked = checked(&all, &[("LogicalProc", "Perhaps"), ("MemSettings/Delay", "120")]);
    assert_eq!((checked.refused.as_slice(), checked.already.as_slice()), (&[][..], &["Delay".to_owned()][..]));
    let change = Change { attribute: "LogicalProc".into(), from: "Enabled".into(), to: "Perhaps".into() };
    assert_eq!(checked.changes, [change]);
    // A number of a profile is the same as its text.
    let reading = BiosReading::of_told(BiosWay::Racadm, &all);
    let number = check(&wishes(&[("Delay", 120_i64)]), &reading.registry, &reading.attributes);
    assert!(number.changes.is_empty() && number.refused.is_empty(), "{number:?}");
}

#[test]
fn what_is_read_only_now_is_refused_unless_the_profile_changes_what_may_unlock_it() {
    let all = [told("Sys", "SysProfile", "Performance", false), told("Sys", "ProcC1E", "Enabled", true)];
    assert_eq!(words(&checked(&all, &[("ProcC1E", "Disabled")])), ["ProcC1E: it is read-only"]);
    let same = [("ProcC1E", "Disabled"), ("SysProfile", "Performance")];
    assert_eq!(words(&checked(&all, &same)), ["ProcC1E: it is read-only"]);
    let both = checked(&all, &[("ProcC1E", "Disabled"), ("SysProfile", "Custom")]);
    assert_eq!((both.changes.len(), both.refused.len()), (2, 0));
}

#[test]
fn an_unknown_name_a_password_and_one_that_two_groups_have_are_refused() {
    let mut password = told("SysSecurity", "SysPassword", "x", false);
    password.value = None;
    let all = [told("One", "Mode", "a", false), told("Two", "Mode", "b", false), password];
    let said = words(&checked(&all, &[("Mood", "x"), ("Mode", "x"), ("SysPassword", "x")]));
    assert!(said.iter().any(|words| words.contains("Mode: several are called so (One/Mode; Two/Mode)")), "{said:?}");
    assert!(said.iter().any(|words| words.contains("Mood: this BIOS has no such attribute")), "{said:?}");
    assert!(said.iter().any(|words| words.contains("passwords are never set by a profile")), "{said:?}");
    let one = checked(&all, &[("Two/Mode", "c")]);
    assert_eq!(one.changes[0].attribute, "Two.Mode");
}

#[test]
fn the_value_of_a_password_is_kept_nowhere_even_where_a_tool_shows_one() {
    let all = [told("SysSecurity", "SetupPassword", "hunter2", false)];
    assert!(!format!("{:?}", BiosReading::of_told(BiosWay::Racadm, &all)).contains("hunter2"));
}

#[test]
fn values_that_wait_without_a_job_will_not_come_in_by_themselves() {
    let mut one = told("Sys", "SysProfile", "Performance", false);
    one.pending = Some("Custom".into());
    let mut reading = BiosReading::of_told(BiosWay::Racadm, &[one]);
    assert_eq!(reading.pending, values(&[("SysProfile", "Custom")]));
    assert!(reading.is_uncommitted());
    reading.jobs.push(ConfigJob { uri: "JID_1".into(), what: "a job".into() });
    assert!(!reading.is_uncommitted());
    reading.jobs.clear();
    reading.way = BiosWay::Redfish;
    assert!(!reading.is_uncommitted(), "over Redfish a PATCH makes its job itself");
}
