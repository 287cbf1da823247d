//! While tools run and after they ran: no password on a command line, none in a file; and what a killed engine has left is gone
//! before the next one does anything.

use std::{
    collections::BTreeSet,
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use firmdeck::lab::{
    Lab, fleet,
    personality::Personality::{self, HpmBoard, Idrac8, SupermicroX11},
};
use serde_json::Value;

use super::wrapped::{Kit, Ran, Tiers, with_controller};
use crate::{
    secrets::command_lines_holding,
    support::{
        binary::{end_engine, engine_of, files_holding},
        site::{Beside, last_document},
    },
};

/// Every process whose command line has all of `words`: its number and the line.
pub fn processes(words: &[&str]) -> Vec<(u32, String)> {
    let line = |path: PathBuf| String::from_utf8_lossy(&fs::read(path).unwrap_or_default()).replace('\0', " ");
    fs::read_dir("/proc")
        .unwrap()
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, line(entry.path().join("cmdline")))))
        .filter(|(_, line)| words.iter().all(|word| line.contains(word)))
        .collect()
}

/// A machine of a kind, at its place in the fleet.
fn machine(personality: Personality, index: usize) -> firmdeck::lab::model::Machine {
    fleet::machine(personality, index, 3)
}

/// Every file below a directory.
fn files(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    entries.flat_map(|entry| if entry.path().is_dir() { files(&entry.path()) } else { vec![entry.path()] }).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_all_four_tools_run_the_password_is_on_no_command_line_and_afterwards_in_no_file() {
    let Some(kit) = Kit::full() else { return };
    let machines = vec![with_controller(), machine(Idrac8, 1), machine(SupermicroX11, 2), machine(HpmBoard, 3)];
    let tiers = kit.at(Lab::builder().machines(machines), Beside::Signature).await;
    let password = tiers.site.lab.password().to_owned();
    assert!(password.len() >= 12, "it is one that stands nowhere by chance");
    let plan = tiers.planned(None).await;

    // Given somebody who looks at all command lines all the time,
    let done = Arc::new(AtomicBool::new(false));
    let state = tiers.site.bench.state_dir().display().to_string();
    let watching = tokio::task::spawn_blocking({
        let (done, password) = (Arc::clone(&done), password.clone());
        move || {
            let (mut held, mut seen) = (BTreeSet::new(), BTreeSet::new());
            while !done.load(Ordering::SeqCst) {
                held.extend(command_lines_holding(&password));
                for (name, word) in
                    [("ilorest", "uploadcomp"), ("racadm", "update -f"), ("sum", "--file"), ("ipmitool", "hpm upgrade")]
                {
                    if !processes(&[name, word, &state]).is_empty() {
                        seen.insert(name);
                    }
                }
                std::thread::sleep(Duration::from_millis(5));
            }
            (held, seen)
        }
    });
    // when each tool hands an image over,
    let ran = tiers.run(plan["digest"].as_str().unwrap()).await;
    done.store(true, Ordering::SeqCst);
    let (held, seen) = watching.await.unwrap();
    assert_eq!(ran.code, 0, "{:#}", ran.document);
    let methods: BTreeSet<_> = ran.attempts().into_iter().map(|(method, _)| method).collect();
    for tool in ["ilorest", "racadm", "sum", "ipmitool"] {
        assert!(methods.contains(tool) && seen.contains(tool), "{tool}: {methods:?} {seen:?}");
    }
    // then no line has the password, neither while it runs nor in what the wrapped tools wrote down,
    assert_eq!(held, BTreeSet::new());
    assert!(
        ["ilorest", "racadm", "sum", "ipmitool"].iter().all(|name| !tiers.calls(name).join("\n").contains(&password))
    );
    // and no file that is left: not the database, not a transcript, not a log; and nothing of any call is left.
    assert!(files(&tiers.site.bench.state_dir()).len() > 3);
    assert_eq!(files_holding(&tiers.site.bench.state_dir(), &password), Vec::<PathBuf>::new());
    assert_eq!(tiers.kept(), Vec::<PathBuf>::new());
    let transcripts = tiers.site.bench.state_dir().join("logs/transcripts");
    assert!(
        !files_holding(&transcripts, "[redacted]").is_empty(),
        "the answer to racadm's question was written down masked"
    );
}

/// Begins the only update of a plan, and kills the engine when `is_hanging`. Returns what still runs of the tool.
async fn killed(tiers: &Tiers, plan: &Value, words: &[&str], is_hanging: impl Fn() -> bool) -> Vec<(u32, String)> {
    let state = tiers.site.bench.state_dir();
    let begun = tiers.site.run(&["run", "--plan", plan["digest"].as_str().unwrap(), "--detach"]).await;
    assert_eq!(begun.code, 0, "{}", begun.err);
    crate::support::until("the tool hangs", is_hanging).await;
    let calls = state.join("calls");
    let of_call = [words, &[state.to_str().unwrap()]].concat();
    crate::support::until("the tool is seen", || !processes(&of_call).is_empty()).await;
    let kept = files(&calls);
    assert!(!kept.is_empty());
    // Whatever lies there is its owner's alone: the directory of the call keeps everybody else out of what a tool makes itself.
    assert_eq!(fs::metadata(&calls).unwrap().permissions().mode() & 0o077, 0);
    for path in files_holding(&calls, tiers.site.lab.password()) {
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600, "{}", path.display());
    }
    let engine = engine_of(&state).unwrap();
    end_engine(&state);
    crate::support::until("the engine is gone", || engine_of(&state) != Some(engine)).await;
    processes(&of_call)
}

/// Starts the next engine by going on, and follows the run to its end.
pub async fn resumed(tiers: &Tiers) -> Ran {
    // The engine goes on by itself with its start; who says it too is told so.
    tiers.site.run(&["runs", "resume", "1"]).await;
    let ended = tiers.site.run(&["runs", "attach", "1", "--json"]).await;
    Ran { code: ended.code, document: last_document(&ended) }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_engine_that_is_killed_while_a_tool_hangs_leaves_nothing_to_the_next_one_and_no_image_twice() {
    let tiers = Kit::new().before(SupermicroX11).await;
    let plan = tiers.planned(Some("bmc")).await;
    // Given a sum that hangs, with the image on the BMC and nothing begun there,
    for rule in firmdeck::lab::fault::load("tool-hangs").unwrap() {
        tiers.site.lab.add_fault(&rule);
    }
    let command = "POST /cgi/lab.cgi/UpdateBmc";
    let hangs = || tiers.site.lab.bmc(0).requests().contains_key(command);
    // when the engine is killed, which leaves the tool and its secrets behind,
    let left = killed(&tiers, &plan, &["sum", "UpdateBmc"], hangs).await;
    assert!(!left.is_empty(), "a tool outlives its killed engine");
    let calls = tiers.site.bench.state_dir().join("calls");
    assert!(!files_holding(&calls, tiers.site.lab.password()).is_empty(), "sum had its password in a file");
    // then the next engine ends the one and wipes the others before anything else,
    assert_eq!(tiers.site.run(&["runs", "list"]).await.code, 0);
    assert_eq!(files_holding(&calls, tiers.site.lab.password()), Vec::<PathBuf>::new());
    for (pid, line) in &left {
        let now = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        assert_ne!(String::from_utf8_lossy(&now).replace('\0', " "), *line, "process {pid} still runs");
    }
    // and hands the image over anew only because the BMC shows that it has begun nothing with it.
    let ran = resumed(&tiers).await;
    ran.ended("applied", &[("sum", "not_taken"), ("sum", "accepted")]);
    let counts = tiers.counts();
    assert_eq!((counts.images_accepted["bmc"], counts.flashes["bmc"], counts.bricks), (1, 1, 0));
    assert_eq!(tiers.kept(), Vec::<PathBuf>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_image_that_was_taken_before_the_engine_was_killed_is_found_and_not_handed_over_again() {
    for (personality, name, kind) in [(Idrac8, "racadm", "bios"), (SupermicroX11, "sum", "bmc")] {
        // Given a tool that has handed its image over and does not end,
        let tiers = Kit::new().where_updates(name, "real \"$@\"; sleep 500").before(personality).await;
        let plan = tiers.planned(Some(kind)).await;
        let taken =
            || tiers.counts().images_accepted.contains_key(kind) && tiers.site.lab.bmc(0).machine().busy().is_none();
        let word = if name == "racadm" { "update -f" } else { "UpdateBmc" };
        killed(&tiers, &plan, &[name, word], taken).await;
        // when the next engine goes on, then it finds by the BMC what became of it.
        let ran = resumed(&tiers).await;
        let attempts = ran.attempts();
        assert!(matches!(attempts[..], [(_, "accepted" | "unknown")]), "{:#}", ran.document);
        ran.ended("applied", &attempts);
        assert_eq!(
            (tiers.updates(name), tiers.counts().images_accepted[kind], tiers.counts().flashes[kind]),
            (1, 1, 1),
            "{name}"
        );
        assert_eq!(tiers.kept(), Vec::<PathBuf>::new());
        tiers.site.assert_unharmed();
    }
}
