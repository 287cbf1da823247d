use super::*;

#[test]
fn an_image_without_mistakes_is_read_as_it_was_written() {
    let text = image(
        "bios-1.13.2",
        "criticality = \"normal\"\nmin_from = \"1.5.4\"\nminutes = 12\nurls = [\"https://mirror.example.com/a.EXE\"]",
        "[[image.requires]]\nkind = \"bmc\"\nat_least = \"6.00.30.00\"",
    );
    let report = read_one(&text);
    assert_eq!(report.findings, []);
    let [image] = report.manifest.images.as_slice() else { panic!() };
    assert_eq!((image.vendor, image.kind, image.size), (Vendor::Dell, Kind::Bios, 1024));
    assert_eq!((image.host_reset, image.bmc_reset, image.criticality), (true, false, Criticality::Normal));
    assert_eq!(image.min_from.as_deref(), Some("1.5.4"));
    assert_eq!(image.requires[0].at_least, "6.00.30.00");
    assert_eq!(image.matches[0].machines.models, ["PowerEdge R750"]);
}

#[test]
fn every_mistake_of_a_file_is_told_with_line_column_field_and_what_would_be_right() {
    let text = "\
[[image]]
id = \"a b\"
vendor = \"del\"
kind = \"boos\"
version = 2
file = \"../x\"
sha256 = \"TODO\"
size = 0
host_rest = true
[image.match]
model = [\"R750\"]
";
    let told = findings(text);
    let expected = [
        "m.toml:2:6: error: image[1].id: `a b` is no id",
        "m.toml:3:10: error: image[1].vendor: `del` is no vendor; one of",
        "m.toml:4:8: error: image[1].kind: `boos` is no kind of component; one of",
        "m.toml:5:11: error: image[1].version: this is of type integer; write a text in quotes",
        "m.toml:6:8: error: image[1].file: `../x` is no file name: it holds a path",
        "m.toml:7:10: error: image[1].sha256: `TODO` is a placeholder",
        "m.toml:8:8: error: image[1].size: this must be a whole number from 1",
        "m.toml:9:1: error: image[1]: there is no key `host_rest` here; did you mean `host_reset`?",
        "m.toml:11:1: error: image[1].match: there is no key `model` here; did you mean `models`?",
    ];
    assert_eq!(told.len(), expected.len(), "{told:#?}");
    for (told, expected) in told.iter().zip(expected) {
        assert!(told.starts_with(expected), "{told}\n{expected}");
    }
    assert!(told[1].ends_with("did you mean `dell`?") && told[2].ends_with("did you mean `bios`?"));
}

#[test]
fn a_slip_of_syntax_is_told_with_its_place() {
    let told = findings("[[image]]\nid = \n");
    assert!(told[0].starts_with("m.toml:2:"), "{told:?}");
}

#[test]
fn each_mistake_has_its_words() {
    let other_hash = format!("sha256 = \"{}\"", digest(200));
    for (text, part) in [
        (image("a", "size = -1", ""), "whole number from 1"),
        (image("a", "sha256 = \"\"", ""), "an image without its SHA-256 is never used; `sha256sum FILE`"),
        (
            image("a", "sha256 = \"\"\nurls = [\"http://h/a.EXE\"]", ""),
            "never used, least of all one that comes over http",
        ),
        (image("a", "sha256 = \"d41d8cd98f00b204e9800998ecf8427e\"", ""), "32 digits are an MD5"),
        (image("a", "urls = [\"ftp://h/a\"]", ""), "urls[1]: this is no URL"),
        (image("a", "urls = [\"https://me:pw@h/a\"]", ""), "no place for secrets"),
        (image("a", "version = \"n/a\"", ""), "placeholder, not a version"),
        (image("a", "family = \"hex\"\nversion = \"1.x.2\"", ""), "family hex cannot read version 1.x.2"),
        (image("a", "family = \"dott\"", ""), "is no version family"),
        (image("a", "criticality = \"high\"", ""), "one of critical, normal"),
        (image("a", "min_from = \"1.13.2\"", ""), "min_from 1.13.2 is not older than version 1.13.2"),
        (image("a", "min_from = \"2.0\"", ""), "min_from 2.0 is not older"),
        (image("a", "min_from = \"abc\"", ""), "min_from abc has no known order to version 1.13.2"),
        (image("a", "minutes = 0", ""), "minutes: this must be a whole number from 1"),
        (image("a", "host_reset = false", ""), "warning: image[1].host_reset"),
        (image("a", "host_reset = \"yes\"", ""), "this is of type string; write true or false"),
        (image("a", "", "[image.match]\nvendor = \"dell\""), "a bios image is for some boards only"),
        (image("a", "kind = \"nic\"", "[image.match]\ncomponents = [\"*\"]"), "this fits every dell machine"),
        (image("a", "", "[image.match]\nmodels = [\"*\"]"), "warning: image[1].match.models[1]: `*` alone"),
        (image("a", "", "[image.match]\nmodels = []"), "this list is empty"),
        (image("a", "", "[[image.requires]]\nkind = \"bios\"\nat_least = \"1.0\""), "cannot require its own component"),
        (image("a", "", "[[image.requires]]\nkind = \"bmc\""), "image[1].requires[1].at_least: this key is missing"),
        (image("a", "", "") + &image("a", "", ""), "image `a` was described before, at m.toml:2"),
        (image("a", "", "") + &image("b", &other_hash, ""), "image `a` is of the same bios and version 1.13.2"),
        ("schema = 2\n".to_owned(), "this firmdeck reads schema 1"),
        ("[imge]\n".to_owned(), "there is no key `imge` here; did you mean `image`?"),
        ("[order]\ndell = [\"bmc\", \"bmc\"]\n".to_owned(), "bmc stands here a second time"),
        ("[order]\ndel = [\"bmc\"]\n".to_owned(), "did you mean `dell`?"),
        ("[[baseline]]\nname = \"b\"\n".to_owned(), "baseline[1].for: this key is missing"),
        (image("a", "", "") + &baseline("wanted = [\"b\"]"), "no manifest describes an image `b`"),
        (image("bios-r750", "", "") + &baseline("wanted = [\"bios-r570\"]"), "did you mean `bios-r750`?"),
        (image("a", "", "") + &baseline("wanted = []"), "nothing is wanted here"),
        (image("a", "", "") + &baseline("wanted = [3]"), "wanted[1]: this is of type integer"),
        (
            image("a", "vendor = \"hpe\"\nversion = \"U46 v2.60 (08/11/2022)\"", "") + &baseline("wanted = [\"a\"]"),
            "image `a` has no match rule for dell machines",
        ),
        (
            baseline("wanted = [{ kind = \"bmc\", version = \"1.0\" }, { kind = \"bmc\", version = \"2.0\" }]"),
            "warning: baseline[1].for[1].wanted[2]: this rule wants more than one version of the same bmc",
        ),
        (baseline("wanted = [{ kind = \"bmc\", vers = \"1.0\" }]").replace("vers =", "version ="), ""),
    ] {
        if part.is_empty() {
            assert_eq!(findings(&text), Vec::<String>::new());
        } else {
            assert!(finding(&text).contains(part), "{}\n{part}", finding(&text));
        }
    }
}

fn baseline(wanted: &str) -> String {
    format!("[[baseline]]\nname = \"b\"\n[[baseline.for]]\nvendor = \"dell\"\nmodels = [\"PowerEdge R7*\"]\n{wanted}\n")
}

#[test]
fn a_baseline_may_name_an_image_of_another_file_and_one_with_mistakes_is_known() {
    let wanted = baseline("wanted = [\"a\"]");
    let there = image("a", "", "");
    let report = read(&[Source { name: "b.toml", text: &wanted }, Source { name: "i.toml", text: &there }]);
    assert_eq!(report.findings, []);
    let broken = image("a", "size = 0", "");
    let report = read(&[Source { name: "b.toml", text: &wanted }, Source { name: "i.toml", text: &broken }]);
    assert_eq!(report.findings.len(), 1, "{:?}", report.findings);
    assert!(report.into_manifest().is_err());
}

#[test]
fn images_that_wait_for_each_other_are_told_once_with_the_whole_ring() {
    let requires =
        |kind: &str, at_least: &str| format!("[[image.requires]]\nkind = \"{kind}\"\nat_least = \"{at_least}\"");
    let bmc =
        |id: &str, version: &str, rest: &str| image(id, &format!("kind = \"bmc\"\nversion = \"{version}\""), rest);
    let ring = image("bios", "", &requires("bmc", "6.0")) + &bmc("bmc", "6.0", &requires("bios", "1.13"));
    assert!(finding(&ring).contains("so none can ever be installed: bios -> bmc -> bios"), "{}", finding(&ring));
    // a step in between opens the ring
    let open = ring.clone() + &image("bios-step", "version = \"1.13.1\"", "");
    assert_eq!(findings(&open), Vec::<String>::new());
    // a requirement that no image brings may be fulfilled already
    assert_eq!(findings(&image("bios", "", &requires("bmc", "9.0"))), Vec::<String>::new());
}

#[test]
fn the_same_version_for_other_machines_may_have_another_hash() {
    let other = image("b", "", "[image.match]\nmodels = [\"PowerEdge R650\"]");
    assert_eq!(findings(&(image("a", "", "") + &other)), Vec::<String>::new());
}

#[test]
fn a_draft_passes_the_lint_once_its_gaps_are_filled() {
    let whole = Draft {
        file: "BIOS_7YNRC_WN64_1.13.2.EXE".into(),
        sha256: digest(1).parse().unwrap(),
        size: 7,
        vendor: Some(Vendor::Dell),
        kind: Some(Kind::Bios),
        version: Some("1.13.2".into()),
        installed_by: None,
        models: vec!["PowerEdge \"R750\"".into()],
        boards: Vec::new(),
        software_ids: vec!["159".into()],
        server: Some("r12u15\nx".into()),
        remarks: vec!["signed\nby nobody".into()],
    };
    let text = draft(&whole);
    let report = read_one(&text);
    assert_eq!(report.findings, [], "{text}");
    assert_eq!(report.manifest.images[0].id, "dell-poweredge-r750-bios-1.13.2");
    let bare = Draft { vendor: None, kind: None, version: None, models: Vec::new(), software_ids: Vec::new(), ..whole };
    let told = findings(&draft(&bare));
    assert_eq!(told.iter().filter(|line| line.contains("this key is missing")).count(), 3, "{told:#?}");
}

#[test]
fn the_example_of_the_description_is_right() {
    let readme = include_str!("../../../../firmware-manifests/README.md");
    let examples: Vec<&str> = readme.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert!(!examples.is_empty());
    let files: Vec<Source<'_>> = examples.iter().map(|text| Source { name: "README.md", text }).collect();
    let report = read(&files);
    assert_eq!(report.findings, []);
    assert!(!report.manifest.baselines.is_empty());
}
