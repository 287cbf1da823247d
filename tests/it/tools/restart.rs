//! A caller that is killed: what it left is found and ended at the next start.

use std::{fs, path::Path, process::Stdio};

use firmdeck::{
    bmc::{
        tools::{Call, Gathered, Program, Runner},
        transcript::Redactor,
    },
    clock::Clock,
};
use tokio::process::Command;
use tokio_util::sync::CancellationToken;

use super::script::{runs, until, write};

/// Set in the copy of this test that is the caller.
const CALLER: &str = "FIRMDECK_TEST_CALLER";
const NAME: &str = "tools::restart::what_a_killed_caller_left_is_ended_and_wiped_at_the_next_start";

/// Whether a caller has noted which process it started: the tool may be further than its caller.
fn is_noted(calls: &Path) -> bool {
    let directories = fs::read_dir(calls).unwrap().map(|entry| entry.unwrap().path());
    directories.filter_map(|path| fs::read_to_string(path.join("process")).ok()).any(|note| note.ends_with('\n'))
}

#[tokio::test]
async fn what_a_killed_caller_left_is_ended_and_wiped_at_the_next_start() {
    if let Some(directory) = std::env::var_os(CALLER) {
        let directory = std::path::PathBuf::from(directory);
        let runner = Runner::new(directory.join("calls"), Clock::system());
        let program = Program { name: "tool", path: directory.join("tool"), version: String::new() };
        let redactor = Redactor::default();
        let call = Call::new(&program, Vec::new(), &redactor);
        runner.run(call, &Gathered::default(), &CancellationToken::new()).await;
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let pids = directory.path().join("pids");
    // One in the tool's session, one that left it and has no environment of its own left to hide.
    write(
        &directory.path().join("tool"),
        &format!(
            "echo secret > \"$HOME/password\"; setsid sleep 300 & env -i sleep 301 & echo $$ $! > {0}.new; mv {0}.new {0}; wait",
            pids.display()
        ),
    );
    let mut caller = Command::new(std::env::current_exe().unwrap())
        .args([NAME, "--exact"])
        .env(CALLER, directory.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    until(|| pids.exists() && is_noted(&directory.path().join("calls"))).await;
    let text = fs::read_to_string(&pids).unwrap();
    let pids: Vec<&str> = text.split_whitespace().collect();
    caller.kill().await.unwrap();
    assert!(pids.iter().all(|pid| runs(pid)), "a tool outlives its killed caller");

    let runner = Runner::new(directory.path().join("calls"), Clock::system());
    assert_eq!(fs::read_dir(runner.root()).unwrap().count(), 1);
    let swept = runner.sweep().await.unwrap();
    assert_eq!(swept.directories, 1);
    assert!(swept.processes >= 3, "{swept:?}");
    assert!(!pids.iter().any(|pid| runs(pid)));
    assert_eq!(fs::read_dir(runner.root()).unwrap().count(), 0);
    assert_eq!(runner.sweep().await.unwrap(), Default::default());
}

#[tokio::test]
async fn a_sweep_touches_no_process_that_has_a_noted_number_by_chance() {
    let directory = tempfile::tempdir().unwrap();
    let mut bystander = Command::new("sleep").arg("300").kill_on_drop(true).spawn().unwrap();
    let call = directory.path().join("call-0123456789abcdef");
    fs::create_dir(&call).unwrap();
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap();
    fs::write(call.join("process"), format!("{} 1 {boot}", bystander.id().unwrap())).unwrap();
    fs::create_dir(directory.path().join("another's")).unwrap();
    let swept = Runner::new(directory.path(), Clock::system()).sweep().await.unwrap();
    assert_eq!((swept.directories, swept.processes), (1, 0));
    assert!(bystander.try_wait().unwrap().is_none());
    assert!(directory.path().join("another's").exists());
}
