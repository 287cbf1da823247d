//! Registries of real BMCs: read whole, and what those machines run with is what their registries allow.

use std::{collections::BTreeMap, path::PathBuf};

use firmdeck::domain::bios::{AttributeValue, Attributes, Form, Reason, Registry, WireForm, Wish, Wishes, check};
use serde_json::Value;

fn mockups() -> Option<PathBuf> {
    let directory = std::env::var_os("FIRMDECK_MOCKUPS").map(PathBuf::from);
    assert!(directory.is_some() || std::env::var_os("CI").is_none(), "in CI the captured trees must be there");
    directory
}

/// Tree, BIOS, registry, its attributes, and what the registry itself does not allow of what the machine runs with.
type Row = (&'static str, &'static str, &'static str, usize, &'static [&'static str]);

#[rustfmt::skip]
const ROWS: [Row; 5] = [
    // Empty texts that must have 12 characters.
    ("dell-r750-idrac9-6.00", "Systems/System.Embedded.1/Bios", "Systems/System.Embedded.1/Bios/BiosRegistry", 682,
        &["IscsiDev1Con1ChapSecret", "IscsiDev1Con1RevChapSecret", "IscsiDev1Con2ChapSecret", "IscsiDev1Con2RevChapSecret"]),
    // It was captured with three attributes alone.
    ("dell-m640-idrac9-3.34", "Systems/System.Embedded.1/Bios", "Systems/System.Embedded.1/Bios/BiosRegistry", 528, &[]),
    ("hpe-dl385gen10plusv2-ilo5-2.72", "systems/1/bios", "registrystore/registries/en/biosattributeregistrya42.v1_2_60", 402, &[]),
    // Of 353 entries five have the name of another.
    ("lenovo-sr670v2-xcc-2.83", "Systems/1/Bios", "schemas/registries/BiosAttributeRegistry.1.0.0.json", 348, &[]),
    ("nvidia-dgxh100-ami", "Systems/DGX/Bios", "Registries/BiosAttributeRegistry113.en-US.1.1.3.json", 223,
        &["BootOrder", "PrmSgxSize", "RouterMac2"]),
];

fn read(root: &std::path::Path, tree: &str, uri: &str) -> Value {
    let text = std::fs::read_to_string(root.join(tree).join("redfish/v1").join(uri).join("index.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

#[test]
fn what_real_machines_run_with_is_what_their_registries_allow() {
    let Some(root) = mockups() else { return };
    for (tree, bios, uri, count, odd) in ROWS {
        let registry = Registry::of_json(&read(&root, tree, uri));
        assert_eq!(registry.attributes.len(), count, "{tree}");
        let bios = read(&root, tree, bios);
        let current: Attributes = bios["Attributes"]
            .as_object()
            .unwrap()
            .iter()
            .filter_map(|(name, value)| Some((name.clone(), AttributeValue::of_json(value)?)))
            .collect();
        assert_eq!(registry.wire_form(&current), WireForm::Name, "{tree}");
        // Wanting everything as it is changes nothing.
        let wish = |value: &AttributeValue| Wish { value: value.clone(), optional: false };
        let wanted: BTreeMap<_, _> = current.iter().map(|(name, value)| (name.clone(), wish(value))).collect();
        let checked = check(&Wishes { wanted, preserve: Vec::new() }, &registry, &current);
        assert_eq!(checked.changes, [], "{tree}");
        let is_usual = |reason: &Reason| matches!(reason, Reason::Secret | Reason::OfTheMachine);
        let refused = checked.refused.iter().filter(|one| !is_usual(&one.reason));
        let refused: Vec<_> = refused.map(|one| one.attribute.as_str()).collect();
        assert_eq!(refused, odd, "{tree}: {:#?}", checked.refused);
    }
}

#[test]
fn on_a_real_dell_what_the_profile_of_the_system_locks_is_unlocked_by_it() {
    let Some(root) = mockups() else { return };
    let registry = Registry::of_json(&read(&root, ROWS[0].0, ROWS[0].2));
    let bios = read(&root, ROWS[0].0, ROWS[0].1);
    let text = |name: &str| bios["Attributes"][name].as_str().unwrap_or_default().to_owned();
    assert_ne!(text("SysProfile"), "Custom");
    let current: Attributes = bios["Attributes"]
        .as_object()
        .unwrap()
        .iter()
        .filter_map(|(name, value)| Some((name.clone(), AttributeValue::of_json(value)?)))
        .collect();
    let Form::Enumeration(choices) = &registry.attributes["ProcC1E"].form else { panic!() };
    let other = choices.iter().find(|choice| choice.name != text("ProcC1E")).unwrap().name.clone();
    let wishes = |custom: bool| {
        let wish = |value: &str| Wish { value: value.into(), optional: false };
        let mut wanted = BTreeMap::from([("ProcC1E".to_owned(), wish(&other))]);
        if custom {
            wanted.insert("SysProfile".into(), wish("Custom"));
        }
        Wishes { wanted, preserve: Vec::new() }
    };
    let alone = check(&wishes(false), &registry, &current);
    assert!(
        matches!(&alone.refused[0].reason, Reason::Locked { by, .. } if by[0].starts_with("SysProfile")),
        "{alone:?}"
    );
    assert_eq!(check(&wishes(true), &registry, &current).changes.len(), 2);
}
