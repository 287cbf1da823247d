//! A secret's bytes are nowhere but in the BMC's hands.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use base64::Engine as _;

use crate::support::{
    binary::{Bench, files_holding},
    http::{Answer, Handler, Request, Server},
    tree::Tree,
};

/// Whose command line holds `secret` now.
pub fn command_lines_holding(secret: &str) -> BTreeSet<String> {
    let processes = std::fs::read_dir("/proc").unwrap().filter_map(Result::ok);
    processes
        .filter_map(|entry| std::fs::read(entry.path().join("cmdline")).ok())
        .filter(|line| line.windows(secret.len()).any(|window| window == secret.as_bytes()))
        .map(|line| String::from_utf8_lossy(&line).into_owned())
        .collect()
}

/// Echoes the request's secrets in its answers, as some BMCs do in errors and logs.
fn echoing(password: &'static str) -> impl Handler {
    let tree = Tree::small(password);
    move |request: &Request| {
        let mut answer = tree.answer(request);
        let token = request.headers.get("x-auth-token").cloned().unwrap_or_default();
        answer.headers.push(("X-Echo".into(), format!("{password} {token}")));
        if request.path().ends_with("/BIOS") {
            return Answer::new(500, "application/json", format!("{{\"oops\": \"{password} {token}\"}}"));
        }
        answer
    }
}

#[tokio::test]
async fn a_secret_is_in_no_file_no_output_and_no_command_line() {
    const PASSWORD: &str = "Zq7-u/n+g\"uess able";
    let server = Server::start(echoing(PASSWORD)).await;
    let bench = Bench::new(PASSWORD);
    bench.config("[[credentials]]\nfor = \"127.0.0.0/8\"\nusername = \"root\"\npassword_env = \"FIRMDECK_PASSWORD\"\n");
    let done = Arc::new(AtomicBool::new(false));
    let watching = tokio::task::spawn_blocking({
        let done = Arc::clone(&done);
        move || {
            let mut seen = BTreeSet::new();
            while !done.load(Ordering::SeqCst) {
                seen.extend(command_lines_holding(PASSWORD));
                std::thread::sleep(Duration::from_millis(5));
            }
            seen
        }
    });
    let address = server.address.to_string();
    let mut printed = String::new();
    for arguments in [
        &["inventory", &address, "--json"][..],
        &["inventory", &address, "--components"],
        &["pins", "list"],
        &["doctor"],
    ] {
        let ended = bench.run(arguments).await;
        printed.push_str(&(ended.out + &ended.err));
    }
    done.store(true, Ordering::SeqCst);
    assert_eq!(watching.await.unwrap(), BTreeSet::new());

    let tokens = server.requests().iter().filter_map(|request| request.headers.get("x-auth-token").cloned()).collect();
    let secrets: BTreeSet<String> = std::iter::once(PASSWORD.to_owned())
        .chain([base64::engine::general_purpose::STANDARD.encode(format!("root:{PASSWORD}"))])
        .chain([serde_json::to_string(PASSWORD).unwrap().trim_matches('"').to_owned()])
        .chain::<BTreeSet<String>>(tokens)
        .collect();
    assert!(secrets.len() > 3, "there were session tokens");
    let transcripts = bench.state_dir().join("logs/transcripts");
    assert!(!files_holding(&transcripts, "[redacted]").is_empty(), "the echoes were written down, and masked");
    for secret in secrets {
        assert_eq!(files_holding(&bench.state_dir(), &secret), Vec::<std::path::PathBuf>::new());
        assert!(!printed.contains(&secret));
    }
}

#[tokio::test]
async fn what_firmdeck_writes_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let server = Server::start(Tree::small("p")).await;
    let bench = Bench::new("p");
    bench.run(&["inventory", &server.address.to_string()]).await;
    let mode = |path: &str| bench.state_dir().join(path).metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(""), mode("firmdeck.db"), mode("logs/transcripts")), (0o700, 0o600, 0o700));
    let transcript = std::fs::read_dir(bench.state_dir().join("logs/transcripts")).unwrap().next().unwrap().unwrap();
    assert_eq!(transcript.metadata().unwrap().permissions().mode() & 0o777, 0o600);
}
