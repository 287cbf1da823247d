//! A wrong image is refused before a byte of it is sent: nothing is pushed, nothing is fetched, and the words say what is
//! wrong and what to do.

use std::{os::unix::fs::PermissionsExt as _, path::Path, time::Duration};

use firmdeck::lab::{
    Lab,
    fault::{Effect, Rule},
    fleet::fleet,
    model::Kind,
    personality::Personality::{self, Idrac9, Ilo5, Ilo6, SupermicroX13},
    release::{hardware, release},
};
use serde_json::Value;

use super::replace;
use crate::support::{
    binary::Ended,
    site::{Site, last_document},
};

/// A site with one machine of each personality.
async fn site(personalities: &[Personality]) -> Site {
    Site::start(Lab::builder().personalities(personalities).seed(3)).await
}

/// A site with two machines of a personality whose BIOS images are not the same.
async fn of_two_boards(personality: Personality) -> Site {
    let bios = |machine: &_| release(std::slice::from_ref(machine), 1)[0].images[0].fits.clone();
    let differ = |seed: &u64| {
        let machines = fleet(2, *seed, &[personality], false);
        machines[0].identity.model != machines[1].identity.model && bios(&machines[0]) != bios(&machines[1])
    };
    let seed = (0..500).find(differ).expect("the catalogue has two boards of it");
    Site::start(Lab::builder().personalities([personality; 2]).seed(seed)).await
}

/// What the lab's index says of the image of `kind` for the machine at `index`.
fn image(site: &Site, index: usize, kind: Kind) -> Value {
    let text = std::fs::read(site.bench.path("images").join("images.json")).unwrap();
    let all: Vec<Value> = serde_json::from_slice(&text).unwrap();
    let machine = site.lab.bmc(index).machine();
    let word = if kind == Kind::Bios { "bios" } else { "bmc" };
    let fits = hardware(&machine.identity, kind, &machine.component(kind).unwrap().software_id);
    let is_it = |image: &&Value| {
        image["personality"] == machine.identity.personality.name()
            && image["component"] == word
            && image["wanted"] == true
            && image["fits"].as_array().unwrap().iter().any(|one| *one == fits)
    };
    all.iter().find(is_it).unwrap_or_else(|| panic!("no {word} image for {fits}")).clone()
}

/// Writes a manifest of one image, `odd`, for the machine at `index`; `version` where it is not the file's.
fn manifest(site: &Site, index: usize, image: &Value, version: Option<&str>) {
    let machine = site.lab.bmc(index).machine();
    let text = format!(
        "[[image]]\nid = \"odd\"\nvendor = \"{}\"\nkind = \"{}\"\nversion = \"{}\"\nfile = \"{}\"\nsha256 = \"{}\"\nsize = {}\n\
         host_reset = true\n[image.match]\nmodels = [\"{}\"]\n",
        machine.identity.personality.vendor(),
        image["component"].as_str().unwrap(),
        version.unwrap_or(image["version"].as_str().unwrap()),
        image["file"].as_str().unwrap(),
        image["sha256"].as_str().unwrap(),
        image["size"],
        machine.identity.model,
    );
    site.bench.write("firmware-manifests/odd.toml", &text);
}

/// Nobody was handed anything, nor asked to fetch anything.
fn assert_nothing_left(site: &Site) {
    for bmc in site.lab.bmcs() {
        let machine = bmc.machine();
        let name = machine.identity.personality.to_string();
        assert_eq!(machine.counts.pushes, 0, "{name}: a push began, or a fetch was asked for");
        assert_eq!(machine.counts.all_images_accepted(), 0, "{name}");
    }
}

/// It was blocked with all of these words.
fn assert_refused(ended: &Ended, words: &[&str]) {
    assert_eq!(ended.code, 4, "{}\n{}", ended.out, ended.err);
    for word in words {
        assert!(ended.err.contains(word), "`{word}` is not in: {}{}", ended.out, ended.err);
    }
}

#[tokio::test]
async fn an_image_of_another_vendor_is_planned_for_nothing_and_a_manifest_that_lies_about_it_is_refused() {
    let site = site(&[Idrac9, Ilo6]).await;
    let dell = image(&site, 0, Kind::Bios);
    // By an honest manifest nothing is planned for the HPE.
    let only_hpe = ["plan", "--image", "i0", "--filter", "vendor=hpe", "--json"];
    let planned = site.run(&only_hpe).await.json();
    let servers = planned["plan"]["servers"].as_array().unwrap();
    assert_eq!(servers.len(), 1, "{planned:#}");
    assert_eq!(servers[0]["updates"], serde_json::json!([]));
    assert!(servers[0]["refused"].to_string().contains("vendor"), "{planned:#}");
    // By one that calls Dell's file an HPE's, the file itself speaks against it.
    manifest(&site, 1, &dell, Some("U54 v9.10 (01/01/2026)"));
    let refused = site.run(&["plan", "--image", "odd"]).await;
    assert_refused(
        &refused,
        &["image odd", "the file is of dell", "the manifest says hpe", "next: correct the manifest"],
    );
    assert_nothing_left(&site);
}

#[tokio::test]
async fn an_image_for_another_board_of_the_right_vendor_is_refused_by_what_the_file_says() {
    for personality in [Idrac9, Ilo5, SupermicroX13] {
        let site = of_two_boards(personality).await;
        // The manifest says that the second machine's image is for the first one.
        let other = image(&site, 1, Kind::Bios);
        let theirs = other["version"].as_str().unwrap();
        // HPE's versions begin with the ROM's family, which alone would keep them apart.
        let ours = site.lab.bmc(0).machine().version(Kind::Bios).to_owned();
        let family = ours.split_once(" v").map(|(family, _)| family);
        let as_ours = family.map(|family| format!("{family} v{}", theirs.split_once(" v").unwrap().1));
        manifest(&site, 0, &other, as_ours.as_deref());
        // Two manifests that disagree are a mistake that lint finds; here there is the wrong one alone.
        std::fs::remove_file(site.bench.path("firmware-manifests/lab.toml")).unwrap();
        let refused = site.run(&["plan", "--image", "odd", "--downgrade"]).await;
        let told = ["image odd: the file is for", "the machine's board is", "next: correct the manifest's match rules"];
        assert_refused(&refused, &told);
        assert_nothing_left(&site);
    }
}

#[tokio::test]
async fn a_truncated_image_a_corrupt_one_and_a_missing_one_are_each_refused_with_their_own_words() {
    let site = site(&[Idrac9]).await;
    let repository = site.bench.state_dir().join("images");
    let (digest, planned) = site.plan(&[]).await;
    let update = planned.json()["plan"]["servers"][0]["updates"][0].clone();
    let stored = repository.join(update["image"]["sha256"].as_str().unwrap());
    let file = site.bench.path("images").join(update["image"]["file"].as_str().unwrap());
    let good = std::fs::read(&stored).unwrap();

    let mut bytes = good.clone();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    replace(&stored, &bytes);
    let corrupt = site.run(&["run", "--plan", &digest]).await;
    assert_refused(
        &corrupt,
        &["corrupt: its SHA-256 is", "it was moved to", "quarantine", "next: `firmdeck images add"],
    );

    let missing = site.run(&["run", "--plan", &digest]).await;
    assert_refused(&missing, &["is not in the repository: `firmdeck images add FILE`"]);

    assert_eq!(site.add(&file).await.code, 0);
    replace(&stored, &good[..good.len() - 100]);
    let truncated = site.run(&["run", "--plan", &digest]).await;
    let lengths = format!("truncated: {} bytes of {}", good.len() - 100, good.len());
    assert_refused(&truncated, &[&lengths, "next: `firmdeck images add"]);
    assert_nothing_left(&site);
    // With the right file back, nothing stands in the way.
    assert_eq!(site.add(&file).await.code, 0);
    assert_eq!(site.run(&["run", "--plan", &digest]).await.code, 0);
}

#[tokio::test]
async fn a_placeholder_for_a_hash_is_refused_with_its_place_in_the_manifest() {
    let site = site(&[Idrac9]).await;
    let (digest, _) = site.plan(&[]).await;
    let good = image(&site, 0, Kind::Bios);
    for (placeholder, why) in [
        ("0".repeat(64), "repeats `0`"),
        ("TODO".into(), "`TODO` is a placeholder"),
        ("sha256:example_checksum_bios_u30".into(), "is a placeholder"),
        ("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855".into(), "digest of an empty file"),
        ("0123456789abcdef".repeat(4), "placeholder"),
        ("deadbeef".repeat(8), "placeholder"),
        ("d41d8cd98f00b204e9800998ecf8427e".into(), "MD5"),
        (String::new(), "sha256"),
    ] {
        let mut odd = good.clone();
        odd["sha256"] = placeholder.clone().into();
        manifest(&site, 0, &odd, None);
        for arguments in [&["plan", "--image", "odd"][..], &["run", "--plan", &digest]] {
            let refused = site.run(arguments).await;
            assert_eq!(refused.code, 2, "{placeholder}: {}\n{}", refused.out, refused.err);
            let place = "odd.toml:7";
            assert!(refused.err.contains(place) && refused.err.contains(why), "{placeholder}: {}", refused.err);
        }
    }
    assert_nothing_left(&site);
}

#[tokio::test]
async fn a_file_that_holds_another_version_than_its_manifest_says_is_refused() {
    for (personality, kind, version) in [
        (Idrac9, Kind::Bios, "1.99.1"),
        (Idrac9, Kind::Bmc, "7.99.30.00"),
        (Ilo5, Kind::Bmc, "3.99 Jan 30 2026"),
        (SupermicroX13, Kind::Bios, "BIOS Date: 01/30/2026 Ver 9.9"),
    ] {
        let site = site(&[personality]).await;
        let file = image(&site, 0, kind);
        manifest(&site, 0, &file, Some(version));
        let refused = site.run(&["plan", "--image", "odd"]).await;
        let manifest = format!("the manifest says {version}");
        assert_refused(&refused, &["image odd: the file holds version", &manifest, "next: correct the manifest"]);
        assert_nothing_left(&site);
    }
}

#[tokio::test]
async fn an_image_of_the_lab_is_offered_to_no_machine_whose_serial_number_is_none_of_the_labs() {
    let site = site(&[Idrac9, Ilo5]).await;
    let (digest, _) = site.plan(&[]).await;
    // As behind a tunnel: on a loopback address, and yet another's machine.
    for bmc in site.lab.bmcs() {
        bmc.change(|machine| machine.identity.serial = machine.identity.serial.replace("LAB", "7QX"));
    }
    assert_eq!(site.run(&["inventory", "--refresh"]).await.code, 0);
    let told = ["it is an image of firmdeck's lab", "serial number", "7QX", "next: add the vendor's own image"];
    assert_refused(&site.run(&["plan", "--baseline", "lab"]).await, &told);
    assert_eq!(site.run(&["run", "--plan", &digest]).await.code, 4);
    assert_nothing_left(&site);
    let file = image(&site, 0, Kind::Bios);
    let inspected = site.run(&["images", "inspect", &file["sha256"].as_str().unwrap()[..12], "--json"]).await.json();
    assert_eq!(inspected["inspected"]["lab"], true);
}

#[tokio::test]
async fn an_image_of_the_lab_is_offered_to_nothing_that_is_not_on_a_loopback_address() {
    let site = site(&[Idrac9]).await;
    let plan = site.planned(&[]).await;
    let engine = site.engine().await;
    let stored = engine.store().servers().unwrap().remove(0).inventory.unwrap();
    let entry = image(&site, 0, Kind::Bmc);
    let path = site.bench.path("images").join(entry["file"].as_str().unwrap());
    let inspected = firmdeck::images::inspect::inspect_file(&path, entry["file"].as_str().unwrap()).unwrap();
    let unfit = |host: &str| {
        let mut endpoint = plan.servers[0].endpoint.clone();
        endpoint.host = host.into();
        firmdeck::domain::unfit::unfit(&inspected, &endpoint, &stored, &plan.servers[0].updates[0].component)
    };
    assert_eq!(unfit("127.42.0.1"), None);
    // A name is none, wherever it leads.
    for host in ["192.0.2.7", "localhost", "bmc.example.net", "2001:db8::1"] {
        let why = unfit(host).unwrap_or_else(|| panic!("{host}")).to_string();
        assert!(why.contains("is no loopback address") && why.contains("nothing but the lab"), "{why}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_is_swapped_between_its_verification_and_its_push_is_not_pushed() {
    // Two servers and room for one upload: the second has had its image verified when it waits for the first.
    let slow = Rule::new(Effect::Slow).on("POST", "*/MultipartUpload").times(1, 1).after(Duration::from_secs(20));
    let site = Site::start(Lab::builder().personalities([Idrac9; 2]).seed(3).fault(slow)).await;
    let (digest, planned) = site.plan(&["--max-upload", "1", "--no-canary"]).await;
    let servers = planned.json()["plan"]["servers"].clone();
    assert_eq!(site.run(&["run", "--plan", &digest, "--detach"]).await.code, 0);
    let first = wait_for(&site, "push_intended", 1).await.remove(0);
    wait_for(&site, "phase_ended firmware_analysis", 2).await;
    // Time to get from there to its turn: a reading of its inventory.
    tokio::time::sleep(Duration::from_secs(6)).await;
    let second = servers.as_array().unwrap().iter().position(|server| server["id"] != first.as_str()).unwrap();
    let update = &servers[second]["updates"][0];
    put_in_place_of(&site.bench.state_dir().join("images").join(update["image"]["sha256"].as_str().unwrap()));
    let ended = site.run(&["runs", "attach", "1", "--json"]).await;
    let document = last_document(&ended);
    assert!([3, 4].contains(&ended.code), "{document:#}\n{}", ended.err);
    let why = document["servers"][second]["updates"][0]["why"].as_str().unwrap_or_default();
    assert!(why.contains("nothing was sent: image") && why.contains("corrupt"), "{document:#}");
    let address = document["servers"][second]["name"].as_str().unwrap();
    let bmc = site.lab.bmcs().find(|bmc| address.starts_with(&bmc.address().ip().to_string())).unwrap();
    assert_eq!(bmc.machine().counts.pushes, 0, "not a byte of it was sent");
}

/// Waits until the journal has so many entries of an event (and phase), and returns the servers that they are of.
async fn wait_for(site: &Site, event: &str, count: usize) -> Vec<String> {
    let client = firmdeck::api::client::Client::of(&site.bench.state_dir());
    let (event, phase) = event.split_once(' ').map_or((event, None), |(event, phase)| (event, Some(phase)));
    let looking = async {
        loop {
            let entries = client.journal(0).await.unwrap().entries;
            let of = entries
                .iter()
                .filter(|line| line.event["event"] == event && phase.is_none_or(|phase| line.event["phase"] == phase));
            let servers: Vec<_> = of.filter_map(|line| line.server.clone()).collect();
            if servers.len() >= count {
                return servers;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), looking).await.expect("it came to that")
}

/// Another file of the same length takes the name of an image.
fn put_in_place_of(path: &Path) {
    let mut bytes = std::fs::read(path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    let other = path.with_extension("other");
    std::fs::write(&other, bytes).unwrap();
    std::fs::set_permissions(&other, std::fs::Permissions::from_mode(0o600)).unwrap();
    std::fs::rename(&other, path).unwrap();
}
