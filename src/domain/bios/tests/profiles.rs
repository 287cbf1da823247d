use super::*;
use crate::domain::{
    bios::profile::Says,
    manifest::{self, Hardware, Source},
};

const PROFILE: &str = r#"
[[bios_profile]]
name = "virtualization"
preserve = ["*Serial*", "AssetTag"]
notes = "as the cloud team wants it"

[[bios_profile.for]]
vendor = "dell"
models = ["PowerEdge R7*"]
optional = ["SriovGlobalEnable"]
[bios_profile.for.attributes]
ProcVirtualization = "Enabled"
SriovGlobalEnable = "Enabled"
AcPwrRcvryUserDelay = 120

[[bios_profile.for]]
vendor = "lenovo"
preserve = ["Slot*"]
attributes = { Processors_SourceValidation = true }
"#;

fn report(text: &str) -> manifest::Report {
    manifest::read(&[Source { name: "p.toml", text }])
}

fn findings(text: &str) -> Vec<String> {
    report(text).findings.iter().map(ToString::to_string).collect()
}

fn says(text: &str, vendor: Option<&str>, model: Option<&str>) -> Says {
    let hardware = Hardware { vendor, model, ..Hardware::default() };
    report(text).into_manifest().unwrap().bios_profile("virtualization").unwrap().of(&hardware)
}

#[test]
fn a_profile_says_what_each_machine_should_have() {
    let Says::Wants(dell) = says(PROFILE, Some("Dell"), Some("PowerEdge R750")) else { panic!() };
    assert_eq!(dell.wanted["AcPwrRcvryUserDelay"].value, AttributeValue::Integer(120));
    assert!(dell.wanted["SriovGlobalEnable"].optional && !dell.wanted["ProcVirtualization"].optional);
    assert_eq!(dell.preserve, ["*Serial*", "AssetTag"]);
    let Says::Wants(lenovo) = says(PROFILE, Some("Lenovo"), None) else { panic!() };
    assert_eq!(lenovo.wanted["Processors_SourceValidation"].value, AttributeValue::Boolean(true));
    assert_eq!(lenovo.preserve, ["*Serial*", "AssetTag", "Slot*"]);
    assert_eq!(says(PROFILE, Some("HPE"), Some("ProLiant DL380")), Says::Nothing);
    assert!(matches!(says(PROFILE, Some("Dell"), None), Says::Unproven(_)));
}

#[test]
fn two_rules_that_fit_add_up_and_must_not_contradict() {
    let rule = |value: &str| {
        format!(
            "{PROFILE}\n[[bios_profile.for]]\nvendor = \"dell\"\nattributes = {{ ProcVirtualization = \"{value}\", NumLock = \"On\" }}\n"
        )
    };
    let Says::Wants(both) = says(&rule("Enabled"), Some("Dell"), Some("PowerEdge R750")) else { panic!() };
    assert_eq!(both.wanted.len(), 4);
    let conflict = says(&rule("Disabled"), Some("Dell"), Some("PowerEdge R750"));
    assert!(
        matches!(conflict, Says::Conflict { ref attribute, .. } if attribute == "ProcVirtualization"),
        "{conflict:?}"
    );
}

#[test]
fn every_mistake_is_told_with_its_place() {
    let text = "\
[[bios_profile]]
name = \"a b\"
[[bios_profile.for]]
vendor = \"dell\"
preserve = [\"Proc*\"]
optional = [\"NumLok\"]
[bios_profile.for.attributes]
SetupPassword = \"geheim\"
ProcVirtualization = \"Enabled\"
NumLock = 1.5
[[bios_profile.for]]
vendor = \"hpe\"
atributes = { A = 1 }
[[bios_profile]]
name = \"a b\"
";
    let told = findings(text);
    let expected = [
        "p.toml:2:8: error: bios_profile[1].name: `a b` is no id",
        "p.toml:6:13: error: bios_profile[1].for[1].optional[1]: `NumLok` is not among the attributes; did you mean `NumLock`?",
        "p.toml:8:1: error: bios_profile[1].for[1].attributes.SetupPassword: a password never stands in a profile",
        "p.toml:9:1: error: bios_profile[1].for[1].attributes.ProcVirtualization: `ProcVirtualization` is set here and preserved by \"Proc*\"",
        "p.toml:10:11: error: bios_profile[1].for[1].attributes.NumLock: this is of type float; write a text in quotes, a whole number, or true or false",
        "p.toml:11:1: error: bios_profile[1].for[2].attributes: no attribute is wanted here",
        "p.toml:13:1: error: bios_profile[1].for[2]: there is no key `atributes` here; did you mean `attributes`?",
        "p.toml:14:1: error: bios_profile[2].for: this key is missing",
        "p.toml:15:8: error: bios_profile[2].name: `a b` is no id",
        "p.toml:15:8: error: bios_profile[2].name: BIOS profile `a b` was described before, at p.toml:2",
    ];
    assert_eq!(told.len(), expected.len(), "{told:#?}");
    for (told, expected) in told.iter().zip(expected) {
        assert!(told.starts_with(expected), "{told}\n{expected}");
    }
    assert!(!told.iter().any(|line| line.contains("geheim")));
}
