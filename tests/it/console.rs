//! The screen as a tool to find out why: at 3 a.m., on an 80x24 vt100, with an update that failed.

use std::{collections::BTreeMap, io::Read as _, path::Path, time::Duration};

use firmdeck::lab::{
    Lab,
    fault::{self, Effect, Rule},
    personality::Personality,
};

use crate::support::{
    site::{Beside, SPEED, Site},
    terminal::Terminal,
};

const VT100: [(&str, &str); 2] = [("TERM", "vt100"), ("LANG", "C")];

/// Two servers of each of two models.
async fn site() -> Site {
    let fleet = [Personality::Idrac9, Personality::Ilo5, Personality::Idrac9, Personality::Ilo5];
    Site::start(Lab::builder().personalities(fleet.to_vec())).await
}

/// A BMC that echoes the password in an error, as some do.
fn echoes(password: &str) -> Rule {
    let text = format!(
        "[[rule]]\nrequest = \"GET */FirmwareInventory*\"\ntimes = 1\nstatus = 500\n\
         body = {{ error = {{ message = \"cannot read for root:{password}\" }} }}\n"
    );
    fault::parse("echo", &text).unwrap().remove(0)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_three_in_the_morning_a_failed_update_is_understood_compared_retried_and_bundled_on_a_vt100() {
    let site = site().await;
    for rule in fault::load("flash-does-not-take@1").unwrap() {
        site.lab.add_fault(&rule);
    }
    site.lab.add_fault(&echoes(site.lab.password()));
    let mut terminal = Terminal::open(&site.bench, &["--lab-speed", &SPEED.to_string()], (80, 24), &VT100);
    terminal.shows("4 servers").await;

    // given a run in which one server failed
    terminal.keys("ap");
    terminal.shows("baseline  lab").await;
    terminal.keys("c\r");
    let plan = terminal.shows("4 servers to change").await;
    let digest = plan.split("digest ").nth(1).unwrap()[..4].to_owned();
    terminal.keys(&format!("g{digest}\r"));
    let over = terminal.shows("4 of 4 servers ended").await;
    assert!(over.contains("1 failed") && over.contains("FAIL"), "{over}");

    // when it is asked why
    terminal.keys("f");
    terminal.keys("i");
    let why = terminal.until("the diagnosis", |screen| {
        ["failed in run 1", "what ", "state ", "next "].iter().all(|part| screen.contains(part))
    });
    let why = why.await;
    assert!(why.contains("failed in run 1") && why.contains("the BMC took the image"), "{why}");
    terminal.keys("y");
    terminal.shows("the diagnosis: in ").await;
    let copied = std::fs::read_to_string(site.bench.state_dir().join("copied.txt")).unwrap();
    assert!(copied.contains("what: ") && copied.contains("state: ") && copied.contains("next: "), "{copied}");
    assert!(!terminal.all().contains("\x1b]52"), "a vt100 has no clipboard");

    // then the exchanges are there
    terminal.keys("T");
    terminal.until("exchanges", |screen| screen.contains("GET ") && screen.contains("Transcript")).await;
    terminal.keys("\x1b");
    terminal
        .until("the diagnosis", |screen| screen.contains("failed in run 1") && !screen.contains("Transcript"))
        .await;

    // and the BMC's own resources
    terminal.keys("b");
    terminal.shows("/redfish/v1/  HTTP 200").await;
    terminal.keys("/updateservice\r");
    terminal.keys("\r");
    terminal.shows("/redfish/v1/UpdateService").await;
    terminal.shows("FirmwareInventory: /redfish").await;
    terminal.keys("g\x15/redfish/v1/NoSuchThing\r");
    terminal.shows("HTTP 404").await;
    terminal.keys("\x1b[D");
    terminal.shows("FirmwareInventory: /redfish").await;

    // and the same resource of a healthy server
    terminal.keys("d");
    terminal.shows("are the same").await;
    terminal.keys("\x1b");
    terminal.until("the diagnosis", |screen| !screen.contains("are the same")).await;

    // and the BMC's log
    terminal.keys("L");
    terminal.until("the log", |screen| screen.contains("newest first") || screen.contains("The log is empty")).await;

    // and the server itself beside a healthy one of its model
    terminal.keys("=");
    let beside = terminal.shows("differ,").await;
    assert!(beside.contains("beside 127.") && beside.contains("healthy"), "{beside}");
    assert!(beside.contains("! "), "what differs is marked, whatever the colours\n{beside}");

    // when it is tried again
    terminal.keys("3");
    terminal.shows("4 of 4 servers ended").await;
    terminal.keys("r");
    terminal.shows("again in run 1?").await;
    terminal.keys("retry\r");
    terminal.shows("4 succeeded").await;
    site.assert_unharmed();

    // then everything of it is in an archive without a secret
    terminal.keys("B");
    terminal.shows("written to").await;
    let files = unpacked(&site.bench.path("firmdeck-run-1.zip"));
    for name in ["README.txt", "run.json", "journal.jsonl", "servers/s2/transcript.jsonl", "servers/s2/inventory.json"]
    {
        assert!(files.contains_key(name), "{name} in {:?}", files.keys());
    }
    let transcripts: String =
        files.iter().filter(|(name, _)| name.ends_with(".jsonl")).map(|(_, text)| text.as_str()).collect();
    assert!(transcripts.contains("[redacted]"), "the password that the BMC echoed is masked");
    for (name, text) in &files {
        assert!(!text.contains(site.lab.password()), "the password is in {name}");
    }

    terminal.keys("\x03");
    assert_eq!(terminal.exit().await, 0);
    assert!(terminal.is_cooked());
    assert!(terminal.all().is_ascii(), "a vt100 shows ASCII alone");
    assert_eq!(colours(&terminal.all()), [""; 0], "and no colours");
}

/// The SGR codes (ECMA-48) in what a terminal was sent that are none of plain, bold, dim, underlined and reversed.
fn colours(sent: &str) -> Vec<&str> {
    let sequences = sent.split("\x1b[").skip(1).filter_map(|rest| {
        let end = rest.find(|letter: char| letter.is_ascii_alphabetic())?;
        rest[end..].starts_with('m').then_some(&rest[..end])
    });
    sequences.flat_map(|codes| codes.split(';')).filter(|code| !["", "0", "1", "2", "4", "7"].contains(code)).collect()
}

/// The files of an archive, by name.
fn unpacked(path: &Path) -> BTreeMap<String, String> {
    let mut archive = zip::ZipArchive::new(std::fs::File::open(path).unwrap()).unwrap();
    (0..archive.len())
        .map(|index| {
            let mut file = archive.by_index(index).unwrap();
            let mut text = String::new();
            file.read_to_string(&mut text).unwrap();
            (file.name().unwrap().into_owned(), text)
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_command_line_looks_at_what_the_screen_looks_at() {
    let site = site().await;
    for rule in fault::load("critical-event@0").unwrap() {
        site.lab.add_fault(&rule);
    }
    let (_, run) = site.carry(&[]).await;
    assert_eq!(run["servers"].as_array().unwrap().len(), 4);
    let fleet = site.run(&["inventory", "--json"]).await.json();
    let id = |address: std::net::IpAddr| {
        let servers = fleet["servers"].as_array().unwrap().iter();
        let found = servers.clone().find(|server| server["address"] == address.to_string().as_str());
        found.unwrap()["id"].as_str().unwrap().to_owned()
    };
    let addresses: Vec<_> = site.lab.bmcs().map(|bmc| bmc.address().ip()).collect();
    let (first, other) = (id(addresses[0]), id(addresses[2]));

    let root = site.run(&["look", "get", &first, "--json"]).await.json();
    assert_eq!((root["status"].as_u64(), root["body"]["RedfishVersion"].is_string()), (Some(200), true));
    let found = site.run(&["look", "find", &first, "biosversion", "--json"]).await.json();
    assert!(found["read"].as_u64() > Some(10) && found["cut"] == false, "{found:#}");
    let hit = |hit: &serde_json::Value| {
        hit["path"] == "/redfish/v1/Systems/System.Embedded.1" && hit["property"] == "BiosVersion"
    };
    assert!(found["found"].as_array().unwrap().iter().any(hit), "{found:#}");
    let few = site.run(&["look", "find", &first, "biosversion", "--most", "2"]).await;
    assert!(few.out.ends_with("0 found in 2 resources; there are more: --most reads them\n"), "{}", few.out);
    let gone = site.run(&["look", "get", &first, "/redfish/v1/NoSuchThing"]).await;
    assert_eq!(gone.code, 3, "{}", gone.err);
    assert!(gone.err.contains("HTTP 404"), "{}", gone.err);
    let elsewhere = site.run(&["look", "get", &first, "/etc/passwd"]).await;
    assert_eq!(elsewhere.code, 2, "{}", elsewhere.err);

    let log = site.run(&["look", "events", &first, "--json"]).await.json();
    let entries = log["logs"][0]["entries"].as_array().unwrap();
    assert!(entries.iter().any(|entry| entry["severity"] == "Critical"), "{log}");

    let beside = site.run(&["look", "compare", &other, &first, "--json"]).await.json();
    assert_eq!(beside["chosen"], "it was named");
    let words = site.run(&["look", "compare", &other, &first, "--all"]).await;
    assert!(words.out.contains("the same"), "{}", words.out);

    let diff =
        site.run(&["look", "diff", &first, "/redfish/v1/Systems/System.Embedded.1", "--with", &other, "--json"]).await;
    let rows = diff.json()["rows"].as_array().unwrap().clone();
    let serial = rows.iter().find(|row| row["what"] == "SerialNumber").unwrap();
    assert_ne!(serial["left"], serial["right"]);

    let bundled =
        site.run(&["runs", "bundle", "1", "--out", site.bench.path("t.zip").to_str().unwrap(), "--json"]).await;
    assert!(bundled.json()["files"].as_u64().unwrap() > 10, "{}", bundled.out);
    let again = site.run(&["runs", "bundle", "1", "--out", site.bench.path("t.zip").to_str().unwrap()]).await;
    assert!(again.out.contains("t-2.zip"), "nothing is written over\n{}", again.out);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_is_followed_as_whole_sentences_where_no_cursor_can_be_moved() {
    let site = site().await;
    let slow = Rule::new(Effect::Slow).on("POST", "*/UpdateService/*").times(1, 1).after(Duration::from_secs(8));
    site.lab.add_fault(&slow);
    let (digest, _) = site.plan(&[]).await;
    let started = site.run(&["run", "--plan", &digest, "--detach", "--json"]).await;
    assert_eq!(started.code, 0, "{}", started.err);
    let followed = site.run(&["runs", "attach", "1", "--plain"]).await;
    assert_eq!(followed.code, 0, "{}\n{}", followed.out, followed.err);
    assert!(followed.out.starts_with("run 1, baseline lab: "), "{}", followed.out);
    assert!(!followed.out.contains(['\x1b', '\r', '\x08']), "{}", followed.out);
    for words in
        ["Ctrl-C leaves this view; the run goes on", "firmware_update begins", " read back", "run 1: succeeded"]
    {
        assert!(followed.out.contains(words), "{words} in\n{}", followed.out);
    }
    let no_run = site.run(&["runs", "attach", "99", "--plain"]).await;
    assert_eq!(no_run.code, 2, "{}", no_run.err);

    // on a terminal it is the screen, at that run
    let speed = SPEED.to_string();
    let mut screen = Terminal::open(&site.bench, &["--lab-speed", &speed, "runs", "attach", "1"], (80, 24), &VT100);
    screen.shows("4 of 4 servers ended").await;
    screen.keys("\x03");
    assert_eq!(screen.exit().await, 0);
    let mut dumb =
        Terminal::open(&site.bench, &["--lab-speed", &speed, "runs", "attach", "1"], (80, 24), &[("TERM", "dumb")]);
    assert_eq!(dumb.exit().await, 0);
    assert!(dumb.all().contains("run 1: succeeded"), "{}", dumb.all());
}

/// Bytes of a line with 9600 baud, a second.
const LINE: u32 = 960;

/// Servers of the slow line's run: `benches/slow-line` has a hundred.
fn servers() -> Option<usize> {
    std::env::var("FIRMDECK_FIGURES").ok()?.parse().ok()
}

/// On which line of the screen the cursor is.
fn cursor(screen: &str) -> Option<usize> {
    screen.lines().position(|line| line.starts_with('>'))
}

/// Bytes are asserted; times depend on the machine, and are only printed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_a_slow_line_a_live_run_takes_at_most_six_hundred_bytes_a_second_and_keys_are_answered() {
    let count = servers().unwrap_or(8);
    let speed = if servers().is_some() { 60.0 } else { SPEED };
    let lab = Lab::builder().personalities(vec![Personality::Ilo5; count]);
    let site = Site::equipped(lab, speed, "", Beside::Nothing).await;
    let (digest, _) = site.plan(&["--no-canary"]).await;
    let arguments = ["--slow", "--lab-speed", &speed.to_string()];
    let mut terminal = Terminal::on_a_line(&site.bench, &arguments, (80, 24), &VT100, Some(LINE));
    terminal.shows(&format!("{count} servers")).await;
    terminal.shows("slow line").await;
    site.run(&["run", "--plan", &digest, "--detach"]).await;
    terminal.keys("3");
    terminal.shows("Run 1").await;
    terminal.shows("? help").await;

    let clock = firmdeck::clock::Clock::system();
    let (before, began) = (terminal.bytes(), clock.elapsed());
    // what changes by itself, alone
    let alone = if servers().is_some() { Duration::from_secs(20) } else { Duration::from_secs(2) };
    terminal.pause(alone).await;
    let (sent, took) = (terminal.bytes() - before, (clock.elapsed() - began).as_secs_f64());
    // A quarter of a second's bytes may leave at once after a quiet time, and as much may have been on its way before.
    assert!((sent as f64) <= 600.0 * took + f64::from(LINE) / 2.0, "{sent} bytes in {took} s");

    // and keys between
    let mut times = Vec::new();
    for step in 0..if servers().is_some() { 60 } else { 4 } {
        terminal.pause(Duration::from_millis(700 + step * 37 % 400)).await;
        let Some(at) = cursor(&terminal.text()) else { continue };
        let (key, then) = if step % 8 < 4 { ("j", at + 1) } else { ("k", at - 1) };
        let pressed = clock.elapsed();
        terminal.keys(key);
        terminal.until("the cursor", |screen| cursor(screen) == Some(then)).await;
        times.push(clock.elapsed() - pressed);
    }
    times.sort();
    let late = times[times.len() * 95 / 100];
    println!(
        "{count} servers: {:.0} bytes/s; key to paint: median {:?}, 95 % {late:?}",
        sent as f64 / took,
        times[times.len() / 2]
    );
    terminal
        .until("over", |screen| servers().is_some() || screen.contains(&format!("{count} of {count} servers ended")))
        .await;
    terminal.keys("\x03");
    assert_eq!(terminal.exit().await, 0);
}
