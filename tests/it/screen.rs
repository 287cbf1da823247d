//! The screen as a person has it: the real binary on a real terminal, with a lab behind its engine.

use std::time::Duration;

use firmdeck::lab::{Lab, fault, personality::Personality};
use rustix::process::Signal;

use crate::support::{
    binary::{Bench, end_engine},
    site::{SPEED, Site},
    terminal::Terminal,
};

const SIZE: (u16, u16) = (80, 24);

fn open(site: &Site) -> Terminal {
    Terminal::open(&site.bench, &["--lab-speed", &SPEED.to_string()], SIZE, &[])
}

/// Four servers.
async fn site() -> Site {
    let fleet = [Personality::Idrac9, Personality::Ilo5, Personality::Idrac9, Personality::Ilo5];
    Site::start(Lab::builder().personalities(fleet.to_vec())).await
}

/// An empty screen, without a lab.
async fn empty(kind: &[(&str, &str)]) -> (Bench, Terminal) {
    let bench = Bench::without_credentials();
    let terminal = Terminal::open(&bench, &[], SIZE, kind);
    terminal.shows("No server is known yet").await;
    (bench, terminal)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fleet_is_filtered_selected_planned_updated_and_retried_by_keys_alone() {
    let site = site().await;
    for rule in fault::load("flash-does-not-take@1").unwrap() {
        site.lab.add_fault(&rule);
    }
    let mut terminal = open(&site);
    terminal.shows("4 servers").await;

    terminal.keys("/vendor=hpe");
    terminal.shows("2 of 4").await;
    terminal.keys("\r");
    terminal.keys("a");
    terminal.shows("2 selected").await;
    terminal.keys("\x1b");
    terminal.until("no filter", |screen| !screen.contains("2 of 4")).await;
    terminal.keys("a");
    terminal.shows("4 selected").await;

    terminal.keys("p");
    terminal.shows("baseline  lab").await;
    terminal.keys("c\r");
    // a frame may come in two parts: its last line is waited for
    let plan = terminal.until("the plan", |screen| screen.contains("firmdeck run --plan") && screen.contains("? help"));
    let plan = plan.await;
    assert!(plan.contains("4 servers to change"), "{plan}");
    let digest = plan.split("digest ").nth(1).unwrap()[..8].to_owned();
    assert!(plan.contains("4 hosts off or reset"), "{plan}");
    assert!(plan.contains(&format!("firmdeck run --plan {digest}")), "{plan}");

    terminal.keys("g");
    terminal.shows("Type the first 4 of the digest").await;
    terminal.keys("\r");
    terminal.shows(&format!("type {} first", &digest[..4])).await;
    terminal.keys(&format!("{}\r", &digest[..4]));
    terminal.shows("Run 1").await;

    let over = terminal.shows("4 of 4 servers ended").await;
    assert!(over.contains("3 succeeded") && over.contains("1 failed"), "{over}");
    terminal.keys("f");
    terminal.shows("what happened, its state, and what is next").await;
    terminal.shows("the BMC took the image for").await;
    terminal.keys("r");
    terminal.shows("again in run 1?").await;
    terminal.keys("retry\r");
    terminal.shows("4 succeeded").await;
    site.assert_unharmed();

    terminal.keys("4");
    terminal.shows("run 1 and its journal").await;
    terminal.keys("l");
    terminal.shows("WHAT HAPPENED IN RUN 1").await;
    terminal.keys("\x03");
    assert_eq!(terminal.exit().await, 0);
    assert!(terminal.is_cooked());
}

/// Has a run of the whole fleet started, by the first screen that is open.
async fn start(terminal: &mut Terminal) {
    let digest = plan(terminal).await;
    terminal.keys(&format!("{digest}\r"));
    terminal.shows("Run 1").await;
}

/// Has a run of the whole fleet planned, up to the question whether to start it, and says what is to be typed there.
async fn plan(terminal: &mut Terminal) -> String {
    terminal.keys("ap");
    terminal.shows("baseline  lab").await;
    terminal.keys("\r");
    let plan = terminal.shows("to change").await;
    let digest = plan.split("digest ").nth(1).unwrap()[..4].to_owned();
    terminal.keys("g");
    terminal.shows("Type the first 4 of the digest").await;
    digest
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_leaves_is_told_how_to_come_back_and_finds_the_run_going_on() {
    let site = site().await;
    let mut first = open(&site);
    first.shows("4 servers").await;
    let second = {
        let mut second = open(&site);
        second.shows("4 servers").await;
        second.keys("3");
        second
    };
    first.shows("also ").await;
    second.shows("also ").await;
    start(&mut first).await;
    first.keys("q");
    assert_eq!(first.exit().await, 0);
    // its last words may still be on their way
    let left = first.shows("come back with").await;
    assert!(left.contains("run 1 goes on (") && left.contains("come back with: firmdeck runs attach 1"), "{left}");
    second.until("nobody else", |screen| screen.contains("Run 1") && !screen.contains("also ")).await;
    let back = open(&site);
    back.shows("4 servers").await;
    second.shows("4 of 4 servers ended").await;
    site.assert_unharmed();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_starts_a_run_and_leaves_with_the_next_key_has_started_it_and_is_told_so() {
    let site = site().await;
    let mut terminal = open(&site);
    terminal.shows("4 servers").await;
    let digest = plan(&mut terminal).await;
    terminal.keys(&format!("{digest}\r\x03"));
    assert_eq!(terminal.exit().await, 0);
    let left = terminal.shows("come back with").await;
    assert!(left.contains("run 1 goes on (0 of 4 done); come back with: firmdeck runs attach 1"), "{left}");
    let mut back = open(&site);
    back.shows("4 servers").await;
    back.keys("3");
    back.shows("4 of 4 servers ended").await;
    site.assert_unharmed();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_engine_that_dies_under_the_screen_is_told_of_and_the_run_is_seen_to_its_end() {
    let site = site().await;
    let mut terminal = open(&site);
    terminal.shows("4 servers").await;
    start(&mut terminal).await;
    terminal.until("something done", |screen| screen.contains(" ok ")).await;
    end_engine(&site.bench.state_dir());
    let said = terminal.until("it says so", |screen| screen.contains("ENGINE LOST") || screen.contains("and is back"));
    let said = said.await;
    assert!(said.contains("Run 1"), "and shows what it showed");
    if !said.contains("and is back") {
        terminal.shows("and is back").await;
    }
    terminal.shows("4 of 4 servers ended").await;
    site.assert_unharmed();
}

#[tokio::test]
async fn nothing_is_sent_while_nothing_happens_and_little_where_a_key_is_pressed() {
    let (_bench, mut terminal) = empty(&[]).await;
    terminal.quiet(Duration::from_secs(3)).await;
    let before = terminal.bytes();
    terminal.pause(Duration::from_secs(10)).await;
    assert_eq!(terminal.bytes() - before, 0, "in ten idle seconds");
    terminal.keys("?");
    terminal.shows("On this screen").await;
    terminal.quiet(Duration::from_millis(200)).await;
    assert!(terminal.bytes() - before < 4_500);
}

#[tokio::test]
async fn an_arrow_that_comes_in_pieces_is_an_arrow_and_a_lone_escape_closes() {
    let (_bench, mut terminal) = empty(&[]).await;
    terminal.keys("?");
    terminal.shows("On this screen").await;
    for piece in ["\x1b", "[B"] {
        terminal.keys(piece);
        terminal.pause(Duration::from_millis(10)).await;
    }
    terminal.until("one line further", |screen| !screen.contains("On this screen")).await;
    terminal.keys("\x1b");
    terminal.shows("No server is known yet").await;
}

#[tokio::test]
async fn ten_kilobytes_pasted_are_no_keys() {
    let (_bench, mut terminal) = empty(&[]).await;
    terminal.keys(&format!("\x1b[200~{}\x1b[201~", "q\x03Dx\n".repeat(2_000)));
    terminal.shows("pasted text was ignored").await;
    terminal.keys("D");
    terminal.shows("search for BMCs at:").await;
    terminal.keys(&format!("\x1b[200~{}\x1b[201~", "10.0.0.1 ".repeat(1_200)));
    terminal.shows("only its beginning was taken").await;
    terminal.keys("\x1b");
    terminal.until("no dialog", |screen| !screen.contains("search for BMCs at:")).await;
    terminal.keys("q");
    assert_eq!(terminal.exit().await, 0);
}

#[tokio::test]
async fn a_storm_of_sizes_ends_with_the_last_one() {
    let (_bench, terminal) = empty(&[]).await;
    let before = terminal.bytes();
    for step in 0..200 {
        terminal.resize(60 + step % 60, 16 + step % 30);
    }
    terminal.resize(40, 10);
    terminal.shows("This terminal has 40 x 10").await;
    // a frame is some kilobytes: a few, and not two hundred
    assert!(terminal.bytes() - before < 40_000, "{} bytes", terminal.bytes() - before);
    terminal.resize(100, 30);
    let screen = terminal.shows("? help").await;
    assert_eq!(screen.lines().count(), 30, "{screen}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_held_down_is_followed_to_its_end_in_a_bounded_number_of_frames() {
    let site = Site::start(Lab::builder().personalities(vec![Personality::Idrac9; 6])).await;
    let mut terminal = open(&site);
    terminal.shows("6 servers").await;
    terminal.quiet(Duration::from_millis(300)).await;
    let before = terminal.bytes();
    terminal.keys(&"\x1b[B\x1b[A".repeat(500));
    terminal.keys("G");
    terminal.until("on the last", |screen| screen.lines().nth(8).is_some_and(|line| line.starts_with('>'))).await;
    terminal.quiet(Duration::from_millis(300)).await;
    // a moved cursor is some 200 bytes: a thousand frames would be 200,000
    assert!(terminal.bytes() - before < 30_000, "{} bytes", terminal.bytes() - before);
}

#[tokio::test]
async fn a_terminal_that_does_not_tell_its_size_is_told_by_name() {
    let bench = Bench::without_credentials();
    let mut terminal = Terminal::open(&bench, &[], (0, 0), &[]);
    terminal.keys(":size 60x16\r");
    terminal.until("as large as was said", |_| terminal.all().contains("taken to be 60x16")).await;
    terminal.keys("q");
    assert_eq!(terminal.exit().await, 0);
}

#[tokio::test]
async fn an_operators_keys_and_themes_are_in_force_and_read_anew_and_mistakes_leave_what_was() {
    let bench = Bench::without_credentials();
    bench.config("");
    bench.write("keymap.toml", "[everywhere]\nhelp = \"ctrl-x h\"\n");
    std::fs::create_dir(bench.path("themes")).unwrap();
    bench.write("themes/night.toml", "inherits = \"default\"\n[roles]\ntitle = { fg = 213 }\n");
    let mut terminal = Terminal::open(&bench, &[], SIZE, &[]);
    terminal.shows("No server is known yet").await;
    terminal.keys("\x18");
    terminal.shows("Ctrl-X and then").await;
    terminal.keys("h");
    terminal.shows("On this screen").await;
    terminal.keys("q:theme night\r");
    terminal.shows("drawn in the theme night").await;
    assert!(terminal.all().contains("38;5;213"));
    bench.write("keymap.toml", "[everywhere]\nhelp = \"q\"\n");
    terminal.keys(":reload\r");
    terminal.shows("keymap.toml:2:1: q means two things").await;
    terminal.keys("\x18h");
    terminal.shows("On this screen").await;
    terminal.keys("qq");
    assert_eq!(terminal.exit().await, 0);
}

#[tokio::test]
async fn a_keymap_with_a_mistake_is_told_of_at_the_start_and_by_doctor() {
    let bench = Bench::without_credentials();
    bench.config("");
    bench.write("keymap.toml", "[confirm]\nconfirm = \"y\"\n");
    let mut terminal = Terminal::open(&bench, &[], SIZE, &[]);
    terminal.shows("keymap.toml:2:1: `confirm` cannot be taken back").await;
    terminal.keys("?");
    terminal.shows("On this screen").await;
    terminal.keys("qq");
    assert_eq!(terminal.exit().await, 0);
    let doctor = bench.run(&["doctor"]).await;
    assert_ne!(doctor.code, 0);
    assert!(doctor.out.contains("keymap.toml:2:1: `confirm` cannot be taken back"), "{}", doctor.out);
}

#[tokio::test]
async fn a_terminated_screen_gives_the_terminal_back() {
    let (_bench, mut terminal) = empty(&[]).await;
    assert!(!terminal.is_cooked());
    terminal.signal(Signal::TERM);
    assert_eq!(terminal.exit().await, 143);
    assert!(terminal.is_cooked());
    assert!(terminal.all().ends_with("\x1b[?1049l"), "back on the normal screen");
}

#[tokio::test]
async fn a_hung_up_screen_ends_at_once_and_writes_nothing() {
    let (_bench, mut terminal) = empty(&[]).await;
    terminal.quiet(Duration::from_secs(3)).await;
    let before = terminal.bytes();
    terminal.signal(Signal::HUP);
    assert_eq!(terminal.exit().await, 129);
    assert_eq!(terminal.bytes(), before);
}

#[tokio::test]
async fn a_terminal_that_is_cut_off_ends_the_screen() {
    let (_bench, mut terminal) = empty(&[]).await;
    terminal.cut();
    assert_eq!(terminal.exit().await, 129);
}

#[tokio::test]
async fn a_suspended_screen_gives_the_terminal_back_and_paints_all_again_when_it_goes_on() {
    let (_bench, mut terminal) = empty(&[]).await;
    for by_key in [true, false] {
        if by_key {
            terminal.keys("\x1a");
        } else {
            terminal.signal(Signal::TSTP);
        }
        terminal.until("stopped", |_| terminal.state() == 'T').await;
        assert!(terminal.is_cooked(), "by key: {by_key}");
        let before = terminal.bytes();
        terminal.signal(Signal::CONT);
        terminal.until("painted again", |_| terminal.bytes() > before + 500).await;
        terminal.shows("No server is known yet").await;
        assert!(!terminal.is_cooked());
    }
    terminal.keys("q");
    assert_eq!(terminal.exit().await, 0);
}

#[tokio::test]
async fn a_terminal_without_a_screen_is_told_of_the_command_line() {
    let bench = Bench::without_credentials();
    let mut terminal = Terminal::open(&bench, &[], SIZE, &[("TERM", "dumb")]);
    assert_eq!(terminal.exit().await, 2);
    let said = terminal.all();
    assert_eq!(said.trim_end().lines().count(), 1, "{said}");
    assert!(said.contains("firmdeck --help") && !said.contains('\x1b'), "{said}");
}

#[tokio::test]
async fn a_hardware_terminal_gets_ascii_and_no_colours() {
    for kind in ["vt100", "linux", "xterm-256color"] {
        let (_bench, terminal) = empty(&[("TERM", kind)]).await;
        let (sixteen, indexed) = (terminal.all().contains(";36m"), terminal.all().contains(";38;5;"));
        assert_eq!((sixteen, indexed), (kind == "linux", kind == "xterm-256color"), "{kind}");
        assert!(terminal.all().is_ascii() || kind == "xterm-256color", "{kind}");
    }
    let (_bench, terminal) = empty(&[("NO_COLOR", "1")]).await;
    assert!(!terminal.all().contains(";36m") && !terminal.all().contains(";38;"));
    let (_bench, terminal) = empty(&[("COLORTERM", "truecolor")]).await;
    assert!(terminal.all().contains(";38;2;"));
}
