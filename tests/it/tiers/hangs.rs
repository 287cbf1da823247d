//! Tools that hang after an update of theirs has begun: they are ended with all that they started, nobody believes anything, and
//! the version alone says what became of it. Their deadlines pass in the lab's time, and are a minute at least.

use std::path::PathBuf;

use firmdeck::lab::personality::Personality::{HpmBoard, Idrac9, Ilo6, SupermicroX11};

use super::{
    secrets::processes,
    wrapped::{Kit, Tiers},
};
use crate::support::tools;

/// Hangs with a child, as a tool with helpers does; `$$` and the child's number are written down.
fn hang(log: &std::path::Path) -> String {
    format!("sleep 48611 & echo $$ $! >> '{}'; wait", log.display())
}

/// Where a script notes its processes.
fn notes() -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("processes");
    (directory, path)
}

/// Every process that was noted is gone; there were `times` of two each.
fn are_gone(notes: &std::path::Path, times: usize) {
    let text = std::fs::read_to_string(notes).unwrap();
    let numbers: Vec<_> = text.split_whitespace().collect();
    assert_eq!(numbers.len(), 2 * times, "{text}");
    for number in numbers {
        let line = std::fs::read(format!("/proc/{number}/cmdline")).unwrap_or_default();
        let line = String::from_utf8_lossy(&line).replace('\0', " ");
        assert!(!line.contains("48611") && !line.contains("/bin/sh"), "process {number} still runs: {line}");
    }
}

/// One update by one tool, whose end nobody knows, and no other way was begun.
fn was_begun_once(tiers: &Tiers, tool: &str, kind: &str) {
    assert_eq!((tiers.updates(tool), tiers.all_updates().iter().sum::<usize>()), (1, 1), "{tool}");
    assert_eq!(tiers.counts().images_accepted[kind], 1, "{tool}");
    tiers.site.assert_unharmed();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_racadm_that_hangs_before_the_idrac_has_the_image_is_ended_and_redfish_is_not_tried_instead() {
    // Given an operator who wants tools first, and a racadm that hangs while it copies,
    let (_kept, notes) = notes();
    let script = format!(
        "case \"$*\" in *' update -f '*) echo 'The Copying Operation has begun.'; {} ;; *jobqueue*) echo 'no jobs' ;; *) real \
         \"$@\" ;; esac",
        hang(&notes)
    );
    let tiers = Kit::new().in_the_place_of("racadm", &script).tools_first().before(Idrac9).await;
    let ran = tiers.carry(Some("bmc"), &[]).await;
    // then each call was ended, the iDRAC was looked at until it was plain that it has nothing, and after the third try it ends,
    ran.ended("failed", &[("racadm", "not_taken"); 3]);
    ran.because("racadm was not done within its time, and was ended");
    are_gone(&notes, 3);
    // with nothing by any other way,
    assert_eq!(tiers.all_updates(), [0, 3, 0, 0]);
    assert_eq!((tiers.requests("POST", "MultipartUpload"), tiers.requests("POST", "SimpleUpdate")), (0, 0));
    let counts = tiers.counts();
    assert!(counts.images_accepted.is_empty() && counts.flashes.is_empty() && counts.pushes == 0, "{counts:?}");
    // and the diagnosis says what it was.
    let diagnosis = tiers.site.run(&["runs", "show", "1"]).await;
    assert!(diagnosis.out.contains("racadm hung after the image"), "{}", diagnosis.out);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sum_that_hangs_with_the_image_on_the_bmc_is_ended_and_the_version_is_read() {
    let (_kept, notes) = notes();
    let script = format!("echo 'Uploading (1%)'; real \"$@\" > /dev/null; {}", hang(&notes));
    let tiers = Kit::new().where_updates("sum", &script).before(SupermicroX11).await;
    tiers.carry(Some("bmc"), &[]).await.ended("applied", &[("sum", "unknown")]);
    are_gone(&notes, 1);
    was_begun_once(&tiers, "sum", "bmc");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_ipmitool_that_hangs_after_its_upload_is_ended_and_the_version_is_read() {
    let Some(ipmitool) = tools::program("ipmitool") else { return };
    let (_kept, notes) = notes();
    let script = format!(
        "case \"$*\" in *'hpm upgrade'*) echo 'Performing upgrade stage:'; real \"$@\" > /dev/null; {} ;; *) real \"$@\" ;; esac",
        hang(&notes)
    );
    let kit = Kit::new().with("ipmitool", &ipmitool).around("ipmitool", &ipmitool, &script);
    let tiers = kit.before(HpmBoard).await;
    tiers.carry(Some("bmc"), &[]).await.ended("applied", &[("ipmitool", "unknown")]);
    are_gone(&notes, 1);
    was_begun_once(&tiers, "ipmitool", "bmc");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_ilorest_that_hangs_after_its_upload_is_ended_and_ours_is_not_pushed_besides() {
    let (Some(kit), Some(ilorest)) = (Kit::full(), tools::ilorest()) else { return };
    let (_kept, notes) = notes();
    // Given an ilorest that says nothing after its first line: it looks on by itself where iLO has restarted, or hangs then.
    let script = format!(
        "case \"$*\" in *uploadcomp*|*flashfwpkg*) echo $$ $$ >> '{}'; echo 'Uploading component x'; real \"$@\" > /dev/null; \
         sleep 48611 ;; *) real \"$@\" ;; esac",
        notes.display()
    );
    let tiers = kit.around("ilorest", &ilorest, &script).tools_first().before(Ilo6).await;
    tiers.carry(Some("bmc"), &[]).await.ended("applied", &[("ilorest", "unknown")]);
    are_gone(&notes, 1);
    let state = tiers.site.bench.state_dir().display().to_string();
    assert_eq!(processes(&["ilorest", &state]), Vec::new());
    was_begun_once(&tiers, "ilorest", "bmc");
    assert_eq!(tiers.counts().pushes, 1);
}
