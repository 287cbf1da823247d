//! Passwords out of the encrypted vault: opened once per engine, and nowhere to be read.

use std::process::Stdio;

use firmdeck::lab::{Lab, personality::Personality};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};

use crate::support::{
    binary::{Bench, Ended, end_engine, files_holding},
    site::{SPEED, Site},
    terminal::Terminal,
};

const PASSPHRASE: &str = "a long walk at night";

/// Runs firmdeck with these lines on its standard input.
async fn told(bench: &Bench, arguments: &[&str], lines: &[&str]) -> Ended {
    let mut command = bench.command(&[&["--lab-speed", &SPEED.to_string()], arguments].concat());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // A command that asks nothing more closes its end.
    let _ = stdin.write_all(format!("{}\n", lines.join("\n")).as_bytes()).await;
    drop(stdin);
    let output = tokio::time::timeout(std::time::Duration::from_secs(120), child.wait_with_output()).await;
    let output = output.expect("it ended in time").unwrap();
    Ended {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A site of two servers whose passwords come out of a vault, which the engine that runs has not opened.
async fn site() -> Site {
    let site = Site::start(Lab::builder().personalities(vec![Personality::Ilo5, Personality::Idrac9])).await;
    end_engine(&site.bench.state_dir());
    let mut config = String::new();
    for bmc in site.lab.bmcs() {
        let (ip, user) = (bmc.address().ip(), bmc.user());
        config += &format!("[[credentials]]\nfor = \"{ip}\"\nusername = \"{user}\"\npassword_vault = \"lab\"\n");
    }
    site.bench.config(&config);
    let made = told(&site.bench, &["vault", "init"], &[PASSPHRASE, PASSPHRASE]).await;
    assert_eq!(made.code, 0, "{}", made.err);
    let set = told(&site.bench, &["vault", "set", "lab"], &[PASSPHRASE, site.lab.password()]).await;
    assert_eq!(set.code, 0, "{}", set.err);
    site
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_locked_vault_blocks_and_says_what_to_do_and_an_open_one_stays_open_until_the_engine_ends() {
    let site = site().await;
    let names = told(&site.bench, &["vault", "list", "--json"], &[PASSPHRASE]).await;
    assert_eq!(names.json()["names"], serde_json::json!(["lab"]));

    let locked = site.run(&["inventory", "--refresh"]).await;
    assert_ne!(locked.code, 0);
    assert!(locked.err.contains("the vault is locked: `firmdeck vault unlock`"), "{}", locked.err);

    let wrong = told(&site.bench, &["vault", "unlock"], &["not that one at all"]).await;
    assert_eq!(wrong.code, 4, "{}", wrong.err);
    assert!(wrong.err.contains("this is not its passphrase"), "{}", wrong.err);
    let opened = told(&site.bench, &["vault", "unlock"], &[PASSPHRASE]).await;
    assert_eq!(opened.code, 0, "{}", opened.err);
    for _ in 0..2 {
        let read = site.run(&["inventory", "--refresh"]).await;
        assert_eq!(read.code, 0, "{}", read.err);
    }

    let gone = told(&site.bench, &["vault", "remove", "lab"], &[PASSPHRASE]).await;
    assert_eq!(gone.code, 0, "{}", gone.err);
    let missing = site.run(&["inventory", "--refresh"]).await;
    assert!(missing.err.contains("the vault has no password called lab"), "{}", missing.err);

    // and neither is anywhere to be read
    for secret in [PASSPHRASE, site.lab.password()] {
        assert_eq!(files_holding(&site.bench.path("."), secret), Vec::<std::path::PathBuf>::new());
        for ended in [&locked, &wrong, &opened, &missing] {
            assert!(!ended.out.contains(secret) && !ended.err.contains(secret));
        }
    }
    end_engine(&site.bench.state_dir());
    let again = site.run(&["inventory", "--refresh"]).await;
    assert!(again.err.contains("the vault is locked"), "a new engine has to be told\n{}", again.err);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_screen_asks_for_the_passphrase_unseen_and_works_with_it() {
    let site = site().await;
    let arguments = ["--lab-speed", &SPEED.to_string()];
    let mut terminal = Terminal::open(&site.bench, &arguments, (80, 24), &[("TERM", "vt100")]);
    terminal.shows("passphrase of the vault").await;
    terminal.shows("VAULT LOCKED").await;
    terminal.keys("wrong passphrase\r");
    terminal.shows("this is not its passphrase").await;
    terminal.keys("V");
    terminal.shows("passphrase of the vault").await;
    terminal.keys(&format!("{PASSPHRASE}\r"));
    terminal.shows("the vault is open").await;
    terminal.until("unlocked", |screen| !screen.contains("VAULT LOCKED")).await;
    terminal.keys("R");
    terminal.shows("read 2 BMCs").await;
    assert!(!terminal.all().contains(PASSPHRASE), "it was never on the screen");
    terminal.keys("\x03");
    assert_eq!(terminal.exit().await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_whose_engine_was_killed_waits_for_the_passphrase_and_then_goes_on() {
    let site = site().await;
    assert_eq!(told(&site.bench, &["vault", "unlock"], &[PASSPHRASE]).await.code, 0);
    let (digest, _) = site.plan(&[]).await;
    let started = site.run(&["run", "--plan", &digest, "--detach"]).await;
    assert_eq!(started.code, 0, "{}", started.err);
    end_engine(&site.bench.state_dir());

    // the next engine has no passwords, and blocks nothing for it
    let shown = site.run(&["runs", "list", "--json"]).await;
    assert!(!shown.out.contains("\"blocked\""), "{}", shown.out);
    let waits = site.run(&["runs", "attach", "1"]).await;
    assert_eq!(waits.code, 4, "{}\n{}", waits.out, waits.err);
    assert!(waits.err.contains("waits for the vault: firmdeck vault unlock"), "{}", waits.err);
    assert_eq!(told(&site.bench, &["vault", "unlock"], &[PASSPHRASE]).await.code, 0);
    let followed = site.run(&["runs", "attach", "1", "--plain"]).await;
    assert_eq!(followed.code, 0, "{}\n{}", followed.out, followed.err);
    assert!(followed.out.contains("run 1: succeeded"), "{}", followed.out);
    site.assert_unharmed();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_follows_a_run_when_its_engine_is_killed_is_told_that_it_waits_for_the_vault() {
    let site = site().await;
    assert_eq!(told(&site.bench, &["vault", "unlock"], &[PASSPHRASE]).await.code, 0);
    let (digest, _) = site.plan(&[]).await;
    let mut command = site.command(&["run", "--plan", &digest], &[]);
    let mut client = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut said = BufReader::new(client.stderr.take().unwrap()).lines();
    said.next_line().await.unwrap().expect("it tells of a step");
    end_engine(&site.bench.state_dir());

    let mut last = String::new();
    while let Some(line) = said.next_line().await.unwrap() {
        last = line;
    }
    assert!(last.contains("run 1 is not over, and waits for the vault: firmdeck vault unlock"), "{last}");
    assert_eq!(client.wait().await.unwrap().code(), Some(4));
}
