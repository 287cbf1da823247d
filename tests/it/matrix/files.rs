//! What lies on the controller's disk: images, database, room.

use std::{os::unix::fs::PermissionsExt as _, process::Stdio, time::Duration};

use firmdeck::{
    api::client::Client,
    lab::{
        fault::{Effect, Rule},
        personality::Personality::{Idrac9, Ilo6, SupermicroX13},
    },
};
use serde_json::json;
use tokio::process::{Child, Command};

use super::{assert_went_well, struck, unwell, updates};
use crate::support::{binary::end_engine, site::Site};

/// The image files of the repository.
fn kept(site: &Site) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![site.bench.state_dir().join("images")];
    while let Some(directory) = open.pop() {
        for entry in std::fs::read_dir(directory).unwrap().map(Result::unwrap) {
            match entry.file_type().unwrap().is_dir() {
                true => open.push(entry.path()),
                false if entry.metadata().unwrap().len() >= 64 << 10 => found.push(entry.path()),
                false => {}
            }
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_image_that_is_a_byte_short_or_long_is_never_offered() {
    // Pushed on an iDRAC, fetched by an iLO that offers nothing else.
    for (personality, longer) in [(Idrac9, true), (Idrac9, false), (Ilo6, true)] {
        let site = struck(personality, &[]).await;
        let (digest, _) = site.plan(&[]).await;
        for path in kept(&site) {
            let mut bytes = std::fs::read(&path).unwrap();
            if longer {
                bytes.push(0)
            } else {
                bytes.truncate(bytes.len() - 1)
            }
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
            std::fs::write(&path, bytes).unwrap();
        }
        let refused = site.run(&["run", "--plan", &digest]).await;
        assert_eq!(refused.code, 4, "{}{}", refused.out, refused.err);
        assert_eq!(site.lab.bmc(0).machine().counts.pushes, 0);
    }
    // A BMC that takes the image slowly is not a BMC that does not take it.
    let site = struck(Idrac9, &[]).await;
    let slow = Rule::new(Effect::Slow).on("POST", "*/MultipartUpload").times(1, 1).after(Duration::from_secs(3));
    site.lab.add_fault(&slow);
    assert_went_well(&site, &site.carry(&[]).await, "slow");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_image_with_the_right_hash_for_another_board_is_refused() {
    // A manifest that says that every Supermicro may have it, and a machine whose board the file does not name.
    let site = struck(SupermicroX13, &[]).await;
    site.lab.bmc(0).change(|machine| machine.identity.board = "X13OTHER".into());
    site.run(&["inventory", "--refresh"]).await;
    let planned = site.run(&["plan", "--baseline", "lab"]).await;
    assert_eq!(planned.code, 4, "{}{}", planned.out, planned.err);
    assert!(planned.err.contains("the machine's board is X13OTHER"), "{}", planned.err);
    assert_eq!(site.lab.bmc(0).machine().counts.pushes, 0);
}

/// An engine whose files may not grow beyond so many blocks of 512 bytes.
async fn cramped(site: &Site, blocks: u32) -> Child {
    let serve = site.command(&["serve"], &[]);
    let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
    let mut shell = Command::new("sh");
    shell.args(["-c", &script]).arg(serve.as_std().get_program()).args(serve.as_std().get_args());
    for (key, value) in serve.as_std().get_envs().filter_map(|(key, value)| Some((key, value?))) {
        shell.env(key, value);
    }
    shell.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
    let engine = shell.spawn().unwrap();
    let client = Client::of(&site.bench.state_dir());
    let up = async {
        while client.hello().await.is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(120), up).await.unwrap();
    engine
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_whose_journal_has_no_room_is_let_go_of_and_whoever_follows_it_is_told() {
    let site = struck(Idrac9, &[]).await;
    let (digest, _) = site.plan(&[]).await;
    assert_eq!(site.run(&["serve", "--stop"]).await.code, 0);
    let mut engine = cramped(&site, 600).await;
    let ended = site.run(&["run", "--plan", &digest]).await;
    assert_eq!(ended.code, 4, "{}{}", ended.out, ended.err);
    let last = ended.err.lines().last().unwrap();
    for part in
        ["run 1 is not over, and nobody carries it on (the database could not be written", "firmdeck runs resume 1"]
    {
        assert!(last.contains(part), "{part}: {last}");
    }
    engine.kill().await.unwrap();
    // With room again it is gone on with, and nothing was done twice.
    let ended = site.run(&["runs", "attach", "1"]).await;
    assert_eq!(ended.code, 0, "{}{}", ended.out, ended.err);
    site.assert_unharmed();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_is_told_on_either_side_and_nothing_is_half_done() {
    // On the BMC: it refuses the image and says why; no other way is tried.
    let site = struck(Idrac9, &[]).await;
    let full = Effect::Answer {
        status: 507,
        headers: Vec::new(),
        content_type: "application/json".into(),
        body: json!({ "error": { "code": "Base.1.8.GeneralError", "message": "x", "@Message.ExtendedInfo": [
            { "MessageId": "Base.1.8.InsufficientStorage", "Message": "Insufficient storage in /var.", "MessageArgs": [] }] } })
        .to_string()
        .into_bytes(),
        done: false,
    };
    site.lab.add_fault(&Rule::new(full).on("POST", "*/MultipartUpload"));
    let (ended, document) = site.carry(&[]).await;
    assert_eq!(ended.code, 3, "{document:#}");
    assert!(!unwell(&document, "failed").is_empty());
    assert!(updates(&document)[0]["attempts"].as_array().unwrap().iter().all(|one| one["method"] == "multipart"));
    assert_eq!(site.lab.bmc(0).machine().counts.all_images_accepted(), 0);

    // On the controller: an engine whose files may not grow beyond 300 KiB.
    let site = struck(Idrac9, &[]).await;
    assert_eq!(site.run(&["serve", "--stop"]).await.code, 0);
    let mut engine = cramped(&site, 600).await;
    let before = kept(&site).len();
    let large = site.bench.path("large.bin");
    std::fs::write(&large, vec![7_u8; 1 << 20]).unwrap();
    let added = site.add(&large).await;
    assert_eq!(added.code, 1, "{}{}", added.out, added.err);
    assert!(added.err.contains("no room") && added.err.contains("nothing was added"), "{}", added.err);
    assert_eq!(kept(&site).len(), before, "no half image");
    engine.kill().await.unwrap();
    // With room again everything is as it was.
    assert_went_well(&site, &site.carry(&[]).await, "with room again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_busy_database_is_waited_for_and_a_corrupt_one_is_told() {
    let site = struck(Idrac9, &[]).await;
    let path = site.bench.state_dir().join("firmdeck.db");
    let (digest, _) = site.plan(&[]).await;
    // Somebody holds the database for two seconds while a run begins.
    let held = path.clone();
    let holder = std::thread::spawn(move || {
        let database = rusqlite::Connection::open(held).unwrap();
        database.execute_batch("BEGIN IMMEDIATE").unwrap();
        std::thread::sleep(Duration::from_secs(2));
        database.execute_batch("ROLLBACK").unwrap();
    });
    let ran = site.run(&["run", "--plan", &digest]).await;
    holder.join().unwrap();
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    site.assert_unharmed();

    // A page is overwritten: what can be read is read, and nobody is told a tale.
    end_engine(&site.bench.state_dir());
    let mut bytes = std::fs::read(&path).unwrap();
    let length = bytes.len();
    bytes[100..length.min(4096)].fill(0xA5);
    std::fs::write(&path, bytes).unwrap();
    for wal in ["firmdeck.db-wal", "firmdeck.db-shm"] {
        let _ = std::fs::remove_file(site.bench.state_dir().join(wal));
    }
    let told = site.run(&["runs", "list"]).await;
    assert_eq!(told.code, 1, "{}{}", told.out, told.err);
    assert!(told.err.contains("firmdeck.db") && !told.err.contains("panicked"), "{}", told.err);
}
