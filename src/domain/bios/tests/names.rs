use super::*;

/// As a Supermicro's: codes behind names, and what the setup screen shows on the wire.
fn supermicro() -> (Registry, Attributes) {
    let one = |name: &str, display: &str, menu: &str| {
        let mut one = choice(name, &[("1", "Enabled"), ("0", "Disabled")]);
        one["DisplayName"] = json!(display);
        one["MenuPath"] = json!(menu);
        one
    };
    let registry = registry(
        json!([
            one("TurboMode_3D06", "Turbo Mode", "./Advanced/CPU"),
            one("Hyper_Threading_ALL__F27F", "Hyper-Threading [ALL]", "./Advanced/CPU"),
            one("TXTSupport_0010", "TXT Support", "./Advanced/TXT"),
            one("TXTSupport_0020", "TXT Support", "./Security/TXT"),
        ]),
        json!([map("TurboMode_3D06", "EQU", "0", "TXTSupport_0010", "ReadOnly", json!(true))]),
    );
    let names = ["TurboMode_3D06", "Hyper_Threading_ALL__F27F", "TXTSupport_0010", "TXTSupport_0020"];
    (registry, values(&names.map(|name| (name, "Enabled"))))
}

#[test]
fn a_name_is_found_in_each_way_that_people_write_it() {
    let (registry, current) = supermicro();
    for (written, found) in [
        ("TurboMode_3D06", "TurboMode_3D06"),
        ("TurboMode", "TurboMode_3D06"),
        ("turbomode", "TurboMode_3D06"),
        // The code of another BIOS.
        ("TurboMode_77AA", "TurboMode_3D06"),
        ("TurboMode#002E", "TurboMode_3D06"),
        ("Turbo Mode", "TurboMode_3D06"),
        ("Hyper_Threading_ALL", "Hyper_Threading_ALL__F27F"),
        ("HYPER-threading [ALL]", "Hyper_Threading_ALL__F27F"),
        ("TXTSupport_0020", "TXTSupport_0020"),
        ("./Security/TXT/TXT Support", "TXTSupport_0020"),
        ("./Security/TXT/TXTSupport", "TXTSupport_0020"),
    ] {
        let checked = check(&wishes(&[(written, "Disabled")]), &registry, &current);
        let changes: Vec<_> = checked.changes.iter().map(|change| change.attribute.as_str()).collect();
        assert_eq!(changes, [found], "{written}: {checked:?}");
    }
}

#[test]
fn a_name_that_means_several_attributes_is_refused_naming_them() {
    let (registry, current) = supermicro();
    let checked = check(&wishes(&[("TXTSupport", "Disabled")]), &registry, &current);
    assert!(words(&checked)[0].contains("./Advanced/TXT/TXT Support; ./Security/TXT/TXT Support"), "{checked:?}");
    let twice = check(&wishes(&[("TurboMode", "Disabled"), ("Turbo Mode", "Disabled")]), &registry, &current);
    assert_eq!(twice.refused.len(), 1, "{twice:?}");
}

#[test]
fn values_go_out_in_the_form_in_which_they_come() {
    let (registry, current) = supermicro();
    assert_eq!(registry.wire_form(&current), WireForm::Display);
    for written in ["Disabled", "0", "disabled"] {
        let checked = check(&wishes(&[("TurboMode", written)]), &registry, &current);
        assert_eq!(checked.changes[0].to, "Disabled".into(), "{written}");
    }
    // Dependencies name values as the standard does, whatever is on the wire.
    let locked = check(&wishes(&[("TurboMode", "Disabled"), ("TXTSupport_0010", "Disabled")]), &registry, &current);
    assert!(words(&locked)[0].contains("read-only because of TurboMode_3D06 = Disabled"), "{locked:?}");
    // The standard's form where nothing speaks against it.
    let named = values(&[("TurboMode_3D06", "1")]);
    assert_eq!(registry.wire_form(&named), WireForm::Name);
    assert_eq!(check(&wishes(&[("TurboMode", "Disabled")]), &registry, &named).changes[0].to, "0".into());
}

#[test]
fn a_suffix_is_four_hexadecimal_digits_and_nothing_else() {
    for (name, bare) in [
        ("QuietBoot_002D", "QuietBoot"),
        ("QuietBoot#002E", "QuietBoot"),
        ("Processors_SWGuardExtensions", "Processors_SWGuardExtensions"),
        ("A_12", "A_12"),
        ("A_abcd", "A_abcd"),
        ("PCIeGen_Slot9", "PCIeGen_Slot9"),
    ] {
        assert_eq!(without_suffix(name), bare);
    }
    assert!(is_secret_name("SysPassword") && is_secret_name("AdminPassword_12AB") && !is_secret_name("PasswordStatus"));
}
