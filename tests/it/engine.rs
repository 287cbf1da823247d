//! The engine as a process: one a state directory, for its owner alone, and no client slows it down or ends its work.

use std::{os::unix::fs::PermissionsExt as _, time::Duration};

use firmdeck::{
    api::{
        client::{Client, Starting, attach},
        error::Class,
        live::Message,
    },
    lab::{Lab, personality::Personality},
};

use crate::support::{
    binary::{Bench, end_engine, engine_of, files_holding},
    site::Site,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_that_come_at_once_share_one_engine() {
    let bench = Bench::without_credentials();
    let all = futures_util::future::join_all((0..6).map(|_| bench.run(&["runs", "list", "--json"]))).await;
    for ended in &all {
        assert_eq!(ended.code, 0, "{}", ended.err);
    }
    let engine = engine_of(&bench.state_dir()).unwrap();
    bench.run(&["pins", "list"]).await;
    assert_eq!(engine_of(&bench.state_dir()), Some(engine), "it is still the same");
    let second = bench.run(&["serve"]).await;
    assert_eq!(second.code, 4, "{}", second.err);
    assert!(second.err.contains(&format!("process {}", engine.as_raw_nonzero())), "{}", second.err);
    assert_eq!(bench.run(&["serve", "--stop"]).await.code, 0);
    assert!(bench.run(&["serve", "--stop"]).await.out.contains("no engine runs"));
}

#[tokio::test]
async fn nobody_else_can_reach_the_engine_and_it_keeps_no_secret_in_its_environment() {
    let mut bench = Bench::new("s3cret-Passw0rd");
    bench.set_password("s3cret-Passw0rd");
    assert_eq!(bench.run(&["runs", "list"]).await.code, 0);
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&bench.state_dir()), 0o700);
    assert_eq!(mode(&bench.state_dir().join("engine.sock")), 0o600);
    let engine = engine_of(&bench.state_dir()).unwrap().as_raw_nonzero();
    for file in ["environ", "cmdline"] {
        let bytes = std::fs::read(format!("/proc/{engine}/{file}")).unwrap();
        assert!(!bytes.windows(15).any(|window| window == b"s3cret-Passw0rd"), "{file}");
    }
    assert_eq!(files_holding(&bench.state_dir(), "s3cret-Passw0rd"), Vec::<std::path::PathBuf>::new());
    // It has no terminal, and leads a session of its own.
    let stat = std::fs::read_to_string(format!("/proc/{engine}/stat")).unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    assert_eq!((fields[3], fields[4]), (engine.to_string().as_str(), "0"), "session and terminal of {stat}");
}

#[tokio::test]
async fn an_engine_whose_state_directory_was_taken_away_ends_by_itself() {
    let bench = Bench::without_credentials();
    bench.run(&["runs", "list"]).await;
    let engine = engine_of(&bench.state_dir()).unwrap();
    std::fs::remove_dir_all(bench.state_dir()).unwrap();
    let gone = async {
        while std::fs::exists(format!("/proc/{}/fd/0", engine.as_raw_nonzero())).unwrap_or(false) {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), gone).await.expect("it ended");
}

#[tokio::test]
async fn an_engine_that_cannot_begin_says_why_to_whoever_started_it() {
    let bench = Bench::without_credentials();
    std::fs::create_dir_all(bench.state_dir()).unwrap();
    std::fs::write(bench.state_dir().join("firmdeck.db"), "this is no database, and long enough to be seen as none")
        .unwrap();
    let ended = bench.run(&["runs", "list"]).await;
    assert_eq!(ended.code, 1);
    assert!(ended.err.contains("firmdeck.db") && ended.err.contains("not a database"), "{}", ended.err);
}

/// A client in this process, of an engine that a command of the bench has started.
async fn client(bench: &Bench) -> Client {
    assert_eq!(bench.run(&["runs", "list"]).await.code, 0);
    Client::of(&bench.state_dir())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_are_told_from_any_entry_on_and_none_is_lost_when_the_engine_dies() {
    let site = Site::start(Lab::builder().personalities([Personality::Idrac9]).seed(3)).await;
    let (digest, _) = site.plan(&[]).await;
    let client = Client::of(&site.bench.state_dir());
    let mut events = client.events(None).await.unwrap();
    let run = client.start_run(&digest).await.unwrap();
    let (mut told, mut rows, mut killed) = (Vec::new(), 0, false);
    let followed = async {
        loop {
            match events.next().await {
                Ok(Message::Entry(line)) => {
                    let is_end = line.server.is_none() && line.event["event"] == "ended";
                    told.push(line.seq);
                    if is_end {
                        return;
                    }
                    if !killed && line.event["event"] == "push_ended" {
                        killed = true;
                        end_engine(&site.bench.state_dir());
                    }
                }
                Ok(Message::Row { run: of, row }) => {
                    assert_eq!((of, row.phases.len()), (run, 6));
                    rows += 1;
                }
                Ok(_) => {}
                Err(error) => {
                    assert_eq!(error.class, Class::Away);
                    site.run(&["runs", "list"]).await;
                    events = client.events(told.last().copied()).await.unwrap();
                }
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(240), followed).await.expect("the run ended");
    let page = client.journal(0).await.unwrap();
    assert_eq!(told, page.entries.iter().map(|line| line.seq).collect::<Vec<_>>(), "each once, in order");
    assert!(killed && rows > 0);
    let board = client.board(run).await.unwrap();
    assert_eq!(
        (board.servers[0].state.as_str(), board.servers[0].updates.0),
        ("succeeded", board.servers[0].updates.1)
    );
    // The actor is the account that the kernel vouches for.
    let account = rustix::process::getuid().as_raw();
    let actor = &board.run.line.actor;
    assert!(account != 0 || actor.starts_with("root"), "{actor}");
}

#[tokio::test]
async fn a_listener_that_never_reads_delays_nobody() {
    let bench = Bench::without_credentials();
    let client = client(&bench).await;
    let _silent = [client.events(Some(0)).await.unwrap(), client.events(None).await.unwrap()];
    let asked = async {
        for _ in 0..200 {
            client.runs().await.unwrap();
        }
    };
    tokio::time::timeout(Duration::from_secs(60), asked).await.expect("others are answered");
    assert_eq!(client.hello().await.unwrap().listeners, 2);
}

#[tokio::test]
async fn what_is_asked_wrongly_is_told_and_what_is_not_json_harms_nothing() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let bench = Bench::without_credentials();
    let client = client(&bench).await;
    assert_eq!(client.board(99).await.unwrap_err().class, Class::Usage);
    assert_eq!(client.server("s77").await.unwrap_err().class, Class::Usage);
    assert_eq!(client.stop_run(99).await.unwrap_err().class, Class::Usage);
    for text in ["nonsense\r\n\r\n", "POST /v1/plans HTTP/1.1\r\nhost: e\r\ncontent-length: 9\r\n\r\nnot json!"] {
        let mut socket = tokio::net::UnixStream::connect(bench.state_dir().join("engine.sock")).await.unwrap();
        socket.write_all(text.as_bytes()).await.unwrap();
        let mut answer = vec![0; 64];
        let _ = socket.read(&mut answer).await.unwrap();
        assert!(answer.starts_with(b"HTTP/1.1 4"), "{}", String::from_utf8_lossy(&answer));
    }
    client.hello().await.unwrap();
}

#[tokio::test]
async fn another_speed_is_refused_while_the_engine_is_busy_and_taken_when_it_is_idle() {
    let bench = Bench::without_credentials();
    let client = client(&bench).await;
    let config = bench.path("none.toml");
    let starting = Starting { state_dir: bench.state_dir(), config, config_named: false, speed: 600.0, locks: None };
    let listening = client.events(None).await.unwrap();
    let error = attach(&starting).await.unwrap_err();
    assert_eq!(error.class, Class::Blocked, "{error}");
    drop(listening);
    let alone = async {
        while client.hello().await.unwrap().listeners > 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), alone).await.expect("it sees that nobody listens");
    let replaced = bench.run(&["--lab-speed", "600", "runs", "list"]).await;
    assert_eq!(replaced.code, 0, "{}", replaced.err);
    assert!((client.hello().await.unwrap().speed - 600.0).abs() < f64::EPSILON);
}
