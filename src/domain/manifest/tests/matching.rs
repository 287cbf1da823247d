use super::*;

fn one(text: &str) -> Image {
    let report = read_one(text);
    assert_eq!(report.findings, []);
    report.manifest.images.into_iter().next().unwrap()
}

const BIOS: Part<'_> = Part { kind: Kind::Bios, id: "159__BIOS.Setup.1-1", name: "BIOS", software_id: Some("159") };

fn r750() -> Hardware<'static> {
    Hardware { vendor: Some("Dell Inc."), model: Some("PowerEdge R750"), boards: &[], generation: Some("iDRAC9") }
}

#[test]
fn an_image_fits_only_where_every_key_of_a_rule_fits() {
    let image = one(&image("a", "", "[image.match]\nmodels = [\"PowerEdge R75?\"]\nsoftware_ids = [\"159\"]"));
    assert!(image.fit(&r750(), &BIOS).is_match());
    let wrong = [
        (Hardware { vendor: Some("HPE"), ..r750() }, BIOS, Key::Vendor),
        (Hardware { model: Some("PowerEdge R650"), ..r750() }, BIOS, Key::Model),
        (r750(), Part { software_id: Some("25227"), ..BIOS }, Key::SoftwareId),
        (r750(), Part { kind: Kind::Bmc, ..BIOS }, Key::Kind),
    ];
    for (hardware, part, key) in wrong {
        assert!(matches!(image.fit(&hardware, &part), Fit::Mismatch { by } if by.key == key), "{key}");
    }
}

#[test]
fn what_the_machine_does_not_say_proves_nothing() {
    let image = one(&image("a", "", "[image.match]\nmodels = [\"PowerEdge R750\"]\nboards = [\"0x090E\"]"));
    let fit = image.fit(&r750(), &BIOS);
    assert!(matches!(&fit, Fit::Unproven { by } if by.key == Key::Board), "{fit:?}");
    let known = Hardware { boards: &["090e"], ..r750() };
    assert!(image.fit(&known, &BIOS).is_match());
    // a key that does not fit outweighs one that is unknown
    let other = Hardware { model: Some("R650"), ..r750() };
    assert!(matches!(image.fit(&other, &BIOS), Fit::Mismatch { .. }));
}

#[test]
fn of_several_rules_the_best_speaks() {
    let rules = "[[image.match]]\nmodels = [\"PowerEdge R650\"]\n[[image.match]]\nmodels = [\"PowerEdge R750\"]";
    let text = image("a", "", "[image.match]").replace("[image.match]", rules);
    assert!(one(&text).fit(&r750(), &BIOS).is_match());
}

#[test]
fn a_generation_is_compared_as_people_write_it() {
    let text =
        image("a", "vendor = \"hpe\"\nkind = \"bmc\"\nversion = \"2.72\"", "[image.match]\ngenerations = [\"ilo5\"]");
    let ilo = Hardware { vendor: Some("HPE"), generation: Some("iLO 5"), ..Hardware::default() };
    let part = Part { kind: Kind::Bmc, id: "1", name: "iLO 5", software_id: None };
    assert!(one(&text).fit(&ilo, &part).is_match());
}
