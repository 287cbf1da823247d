//! Tools that misbehave: what is said of it, and that the engine lives on ([`Tiers::run`] asks it for the run each time).

use serde_json::json;

use super::wrapped::{Kit, Tiers, doctor};
use crate::support::binary::engine_of;
use firmdeck::lab::personality::Personality::{Idrac8, SupermicroX11};

/// Kilobytes that the engine has had in memory at most.
fn peak(tiers: &Tiers) -> u64 {
    let engine = engine_of(&tiers.site.bench.state_dir()).unwrap().as_raw_nonzero();
    let status = std::fs::read_to_string(format!("/proc/{engine}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// The plan leaves everything out for want of racadm, and so does the operator's look at the machine.
async fn is_left_out(kit: Kit, why: &str) {
    let tiers = kit.before(Idrac8).await;
    let plan = tiers.planned(None).await;
    let server = &plan["plan"]["servers"][0];
    assert_eq!(server["updates"], json!([]), "{server:#}");
    let left = server["left_out"].as_array().unwrap();
    assert!(!left.is_empty(), "{server:#}");
    for one in left {
        assert_eq!(one["why"]["why"], "no_method", "{one:#}");
        assert!(one["why"]["left"].as_str().unwrap().contains("racadm is not there"), "{one:#}");
    }
    let check = doctor(&tiers, "racadm").await;
    assert!(check["verdict"] != "ok" && check["what"].as_str().unwrap().contains(why), "{why}: {check:#}");
    assert_eq!((tiers.all_updates(), tiers.counts().pushes), ([0; 4], 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tool_that_is_absent_leaves_its_updates_out_of_the_plan_with_the_reason() {
    is_left_out(Kit::new().without("racadm"), "is no file").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_impostor_is_no_tool_and_is_never_given_an_image_or_a_password() {
    let kit = Kit::new().in_the_place_of("racadm", "echo 'racadm: a wrapper of somebody'");
    is_left_out(kit, "is not Dell's racadm").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tool_that_hangs_when_it_is_asked_who_it_is_is_ended_in_time_and_left_out() {
    let kit = Kit::new().in_the_place_of("racadm", "sleep 300");
    is_left_out(kit, "was not done within its time").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tool_that_ends_badly_after_it_has_handed_the_image_over_is_believed_by_nobody_and_the_version_is_read() {
    for script in [
        // It dies by a signal; it ends with a status that is none of success.
        "real \"$@\"; kill -KILL $$",
        "real \"$@\"; exit 48",
        // What it says is no text.
        "printf '\\377\\376\\200 \\303\\n'; real \"$@\"; status=$?; printf '\\377\\n' >&2; exit $status",
    ] {
        let tiers = Kit::new().where_updates("racadm", script).before(Idrac8).await;
        tiers.carry(Some("bios"), &[]).await.ended("applied", &[("racadm", "accepted")]);
        assert_eq!(tiers.all_updates(), [0, 1, 0, 0], "{script}");
        let counts = tiers.counts();
        assert_eq!((counts.images_accepted["bios"], counts.flashes["bios"], counts.host_resets), (1, 1, 1), "{script}");
        tiers.site.assert_unharmed();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tool_that_floods_is_cut_and_neither_memory_nor_disk_is_filled() {
    let flood = "real \"$@\"; status=$?; head -c 100000000 /dev/zero | tr '\\0' x; exit $status";
    let tiers = Kit::new().where_updates("racadm", flood).before(Idrac8).await;
    tiers.carry(Some("bios"), &[]).await.ended("applied", &[("racadm", "accepted")]);
    assert_eq!(tiers.all_updates(), [0, 1, 0, 0]);
    // Given a hundred megabytes, less than that is in memory more, and next to nothing on disk.
    let peak = peak(&tiers);
    assert!(peak < 300 << 10, "{peak} kB");
    let logs = tiers.site.bench.state_dir().join("logs");
    assert!(bytes_in(&logs) < 8 << 20, "{}", bytes_in(&logs));
}

fn bytes_in(directory: &std::path::Path) -> u64 {
    let entries = std::fs::read_dir(directory).unwrap().map(Result::unwrap);
    let size = |entry: std::fs::DirEntry| {
        let kind = entry.metadata().unwrap();
        if kind.is_dir() { bytes_in(&entry.path()) } else { kind.len() }
    };
    entries.map(size).sum()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tool_that_came_to_nothing_is_told_in_its_own_words_and_the_machine_is_as_it_was() {
    for (script, outcome, words) in [
        ("kill -SEGV $$", "not_started", "signal 11"),
        ("printf 'Do you accept the terms (y/n)'; read answer; real \"$@\"", "refused", "Do you accept the terms"),
        ("echo 'ERROR: RAC0604: the file is no package'; exit 1", "refused", "RAC0604"),
    ] {
        let tiers = Kit::new().where_updates("racadm", script).before(Idrac8).await;
        tiers.carry(Some("bios"), &[]).await.ended("failed", &[("racadm", outcome)]).because(words);
        assert_eq!(tiers.all_updates(), [0, 1, 0, 0], "{script}");
        let counts = tiers.counts();
        assert!(counts.images_accepted.is_empty() && counts.flashes.is_empty(), "{script}: {counts:?}");
        assert_eq!(counts.host_resets, 0, "{script}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_good_end_without_a_flash_is_a_failure_once_the_version_is_read() {
    for (personality, tool, kind) in [
        (Idrac8, "racadm", "bmc"),
        (Idrac8, "racadm", "bios"),
        (SupermicroX11, "sum", "bmc"),
        (SupermicroX11, "sum", "bios"),
    ] {
        let tiers = Kit::new().before(personality).await;
        let ran = tiers.carry(Some(kind), &["tool-flashes-nothing"]).await;
        ran.ended("failed", &[(tool, "accepted")]);
        assert_eq!((ran.code, tiers.updates(tool)), (3, 1), "{tool} {kind}");
        assert!(tiers.counts().images_accepted.is_empty(), "{tool} {kind}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_ill_end_after_the_flash_is_a_success_once_the_version_is_read() {
    // What the BMC has begun meanwhile is its own word that it has the image, whatever the tool's status.
    for (personality, tool, kind) in [
        (Idrac8, "racadm", "bmc"),
        (Idrac8, "racadm", "bios"),
        (SupermicroX11, "sum", "bmc"),
        (SupermicroX11, "sum", "bios"),
    ] {
        let tiers = Kit::new().before(personality).await;
        tiers.carry(Some(kind), &["tool-fails-late"]).await.ended("applied", &[(tool, "accepted")]);
        assert_eq!(tiers.updates(tool), 1, "{tool} {kind}");
        assert_eq!(tiers.counts().images_accepted[kind], 1, "{tool} {kind}");
        tiers.site.assert_unharmed();
    }
}
