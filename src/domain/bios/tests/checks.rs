use super::*;

/// As a Dell's: registries of live machines count what the profile of the system makes read-only just now.
fn dell() -> (Registry, Attributes) {
    let mut turbo = switch("ProcTurboMode");
    turbo["ReadOnly"] = json!(true);
    let profiles =
        choice("SysProfile", &[("PerfPerWattOptimizedDapc", "Performance Per Watt (DAPC)"), ("Custom", "Custom")]);
    let registry = registry(
        json!([profiles, turbo, switch("LogicalProc"), switch("ProcVirtualization")]),
        json!([map("SysProfile", "NEQ", "Custom", "ProcTurboMode", "ReadOnly", json!(true))]),
    );
    let current = values(&[
        ("SysProfile", "PerfPerWattOptimizedDapc"),
        ("ProcTurboMode", "Enabled"),
        ("LogicalProc", "Enabled"),
        ("ProcVirtualization", "Disabled"),
    ]);
    (registry, current)
}

#[test]
fn only_what_differs_is_changed() {
    let (registry, current) = dell();
    let checked = check(&wishes(&[("LogicalProc", "enabled"), ("ProcVirtualization", "Enabled")]), &registry, &current);
    assert_eq!(checked.already, ["LogicalProc"]);
    let [change] = checked.changes.as_slice() else { panic!("{checked:?}") };
    assert_eq!(
        (change.attribute.as_str(), change.from.to_string(), change.to.to_string()),
        ("ProcVirtualization", "Disabled".into(), "Enabled".into())
    );
    assert_eq!(checked.refused, []);
}

#[test]
fn what_another_attribute_locks_is_refused_naming_it_unless_the_profile_unlocks_it() {
    let (registry, current) = dell();
    let locked = check(&wishes(&[("ProcTurboMode", "Disabled")]), &registry, &current);
    assert_eq!(
        words(&locked),
        [
            "ProcTurboMode: it is read-only because of SysProfile = PerfPerWattOptimizedDapc; set what controls it in the same profile"
        ]
    );
    let unlocked = check(&wishes(&[("ProcTurboMode", "Disabled"), ("SysProfile", "Custom")]), &registry, &current);
    assert_eq!((unlocked.changes.len(), words(&unlocked)), (2, Vec::new()));
    // It may also be unlocked already.
    let mut custom = current;
    custom.insert("SysProfile".into(), "Custom".into());
    let mut registry = registry;
    registry.attributes.get_mut("ProcTurboMode").unwrap().read_only = false;
    assert_eq!(check(&wishes(&[("ProcTurboMode", "Disabled")]), &registry, &custom).changes.len(), 1);
    // and be locked by the profile itself.
    let own = check(
        &wishes(&[("ProcTurboMode", "Disabled"), ("SysProfile", "PerfPerWattOptimizedDapc")]),
        &registry,
        &custom,
    );
    assert!(words(&own)[0].contains("read-only because of SysProfile"), "{own:?}");
}

#[test]
fn a_wish_that_another_wish_overrules_is_refused() {
    let workload = choice("WorkloadProfile", &[("GeneralPeakFrequencyCompute", "Peak"), ("Custom", "Custom")]);
    let registry = registry(
        json!([workload, switch("ProcTurbo")]),
        json!([map(
            "WorkloadProfile",
            "EQU",
            "GeneralPeakFrequencyCompute",
            "ProcTurbo",
            "CurrentValue",
            json!("Enabled")
        )]),
    );
    let current = values(&[("WorkloadProfile", "Custom"), ("ProcTurbo", "Enabled")]);
    let both = wishes(&[("WorkloadProfile", "GeneralPeakFrequencyCompute"), ("ProcTurbo", "Disabled")]);
    assert_eq!(
        words(&check(&both, &registry, &current)),
        ["ProcTurbo: WorkloadProfile = GeneralPeakFrequencyCompute makes it Enabled"]
    );
    // So it is where the value is there already, and would be lost.
    let lost = wishes(&[("WorkloadProfile", "GeneralPeakFrequencyCompute"), ("ProcTurbo", "Disabled")]);
    let there = values(&[("WorkloadProfile", "Custom"), ("ProcTurbo", "Disabled")]);
    assert_eq!(words(&check(&lost, &registry, &there)).len(), 1);
    // What the machine runs with already was set against it before, and may be again.
    let current = values(&[("WorkloadProfile", "GeneralPeakFrequencyCompute"), ("ProcTurbo", "Enabled")]);
    assert_eq!(check(&wishes(&[("ProcTurbo", "Disabled")]), &registry, &current).changes.len(), 1);
}

#[test]
fn terms_are_joined_by_either_vendors_way_of_writing_it_and_by_or_where_nothing_stands() {
    let term = |name: &str, joined: Option<&str>| {
        let mut term = json!({ "MapFromAttribute": name, "MapFromCondition": "EQU", "MapFromProperty": "CurrentValue", "MapFromValue": "Enabled" });
        if let Some(joined) = joined {
            term["MapTerms"] = json!(joined);
        }
        term
    };
    for (first, second, both_needed) in [
        (None, None, false),
        (Some("AND"), None, true),
        (None, Some("AND"), true),
        (Some("OR"), None, false),
        (None, Some("OR"), false),
    ] {
        let dependency = json!({ "Type": "Map", "Dependency": {
            "MapFrom": [term("A", first), term("B", second)],
            "MapToAttribute": "C", "MapToProperty": "ReadOnly", "MapToValue": "true",
        }});
        let registry = registry(json!([switch("A"), switch("B"), switch("C")]), json!([dependency]));
        let one = values(&[("A", "Enabled"), ("B", "Disabled"), ("C", "Disabled")]);
        let both = values(&[("A", "Enabled"), ("B", "Enabled"), ("C", "Disabled")]);
        let refused =
            |current: &Attributes| !check(&wishes(&[("C", "Enabled")]), &registry, current).refused.is_empty();
        assert_eq!((refused(&one), refused(&both)), (!both_needed, true), "{first:?} {second:?}");
    }
}

#[test]
fn each_value_that_an_attribute_cannot_have_is_refused_in_words() {
    let number =
        json!({ "AttributeName": "Hours", "Type": "Integer", "LowerBound": 5, "UpperBound": 20, "ScalarIncrement": 5 });
    let text = json!({ "AttributeName": "Name", "Type": "String", "MinLength": 2, "MaxLength": 4 });
    let flag = json!({ "AttributeName": "Flag", "Type": "Boolean" });
    let secret = json!({ "AttributeName": "Word", "Type": "Password" });
    let mut serial = json!({ "AttributeName": "Serial", "Type": "String" });
    serial["IsSystemUniqueProperty"] = json!(true);
    let mut fixed = switch("Fixed");
    fixed["ReadOnly"] = json!(true);
    let mut model = switch("Model");
    model["Immutable"] = json!(true);
    let mut gray = switch("Gray");
    gray["GrayOut"] = json!("true");
    let registry = registry(
        json!([number, text, flag, secret, serial, fixed, model, gray, switch("On"), switch("Elsewhere")]),
        json!([]),
    );
    let mut current = values(&[
        ("Name", "abc"),
        ("Word", ""),
        ("Serial", "x"),
        ("Fixed", "Disabled"),
        ("Model", "Disabled"),
        ("Gray", "Disabled"),
        ("On", "Disabled"),
    ]);
    current.insert("Hours".into(), AttributeValue::Integer(10));
    current.insert("Flag".into(), AttributeValue::Boolean(false));
    for (name, value, expected) in [
        ("Hours", 4.into(), "it must be from 5 to 20"),
        ("Hours", 12.into(), "it must be 5 and so many times 5"),
        ("Hours", "many".into(), "it must be a whole number"),
        ("Name", "a".into(), "it must have from 2 to 4 characters"),
        ("Name", AttributeValue::Boolean(true), "it must be a text"),
        ("Flag", "maybe".into(), "it must be true or false"),
        ("On", "Perhaps".into(), "it must be one of Enabled, Disabled"),
        ("On", AttributeValue::Boolean(true), "it must be one of Enabled, Disabled"),
        ("Word", "x".into(), "it is a password"),
        ("SetupPassword", "x".into(), "it is a password"),
        ("Serial", "y".into(), "it is this one machine's own"),
        ("Model", "Enabled".into(), "it is this one machine's own"),
        ("Fixed", "Enabled".into(), "it is read-only"),
        ("Gray", "Enabled".into(), "it is grayed out"),
        ("Elsewhere", "Enabled".into(), "this machine shows no value of it"),
        ("Onn", "Enabled".into(), "this BIOS has no such attribute; did you mean `On`?"),
    ] {
        let checked = check(&wishes(&[(name, value)]), &registry, &current);
        assert!(
            checked.changes.is_empty() && words(&checked)[0].starts_with(&format!("{name}: {expected}")),
            "{checked:?}"
        );
    }
    // What can be meant is taken.
    for (name, value) in
        [("Hours", "15".into()), ("Flag", "TRUE".into()), ("Name", 1234.into()), ("On", "enabled".into())]
    {
        let value: AttributeValue = value;
        assert_eq!(check(&wishes(&[(name, value)]), &registry, &current).changes.len(), 1, "{name}");
    }
}

#[test]
fn an_optional_wish_may_meet_a_machine_without_it_but_not_a_wrong_value() {
    let (registry, current) = dell();
    let mut wishes = wishes(&[("SriovGlobalEnable", "Enabled"), ("LogicalProc", "Maybe")]);
    wishes.wanted.values_mut().for_each(|wish| wish.optional = true);
    let checked = check(&wishes, &registry, &current);
    assert_eq!((checked.absent.as_slice(), checked.refused.len()), (["SriovGlobalEnable".to_owned()].as_slice(), 1));
}

#[test]
fn what_is_preserved_has_the_last_word() {
    let (registry, current) = dell();
    let mut wishes = wishes(&[("ProcVirtualization", "Enabled")]);
    wishes.preserve = vec!["*virt*".into()];
    assert_eq!(
        words(&check(&wishes, &registry, &current)),
        ["ProcVirtualization: the profile preserves it by \"*virt*\""]
    );
    assert_eq!(preserved(&wishes.preserve, &current).len(), 1);
}

#[test]
fn an_odd_registry_is_read_as_far_as_it_goes() {
    let registry =
        registry(json!([{ "Type": "Integer" }, 7, switch("A")]), json!([{ "Type": "Map" }, { "Type": "Other" }]));
    assert_eq!((registry.attributes.len(), registry.notes.len()), (1, 4), "{:?}", registry.notes);
    assert_eq!(Registry::of_json(&json!("x")).attributes.len(), 0);
}

#[test]
fn what_waits_is_told_from_what_runs() {
    let reading = BiosReading {
        attributes: values(&[("A", "1"), ("B", "1"), ("C", "1")]),
        pending: values(&[("A", "2"), ("C", "3")]),
        ..BiosReading::default()
    };
    assert_eq!(reading.not_held(&values(&[("A", "2"), ("B", "1")])), Vec::<String>::new());
    assert_eq!(reading.not_held(&values(&[("A", "1"), ("B", "2"), ("C", "1")])), ["A", "B", "C"]);
    assert!(reading.runs(&values(&[("A", "1")])) && !reading.runs(&values(&[("A", "2")])));
}
