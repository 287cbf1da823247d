//! Every bad thing that a network, a BMC or an operator can hand us has its own message and exit code, and nothing
//! is lost.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use serde_json::json;
use tokio::{io::AsyncWriteExt, net::TcpListener};

use crate::support::{
    binary::{Bench, Ended},
    http::{Answer, End, Handler, Request, Server},
    tree::{Tree, refusal},
};

const PASSWORD: &str = "c0rrect-horse";

/// Answers like a small machine, but for one path.
fn but_at(path: &'static str, other: impl Fn() -> Answer + Send + Sync + 'static) -> impl Handler {
    let tree = Tree::small(PASSWORD);
    move |request: &Request| if request.path() == path { other() } else { tree.answer(request) }
}

async fn read(server: &Server) -> Ended {
    read_within(20, server).await
}

/// The same where nothing may take longer than so many seconds.
async fn read_within(seconds: u32, server: &Server) -> Ended {
    let bench = Bench::new(PASSWORD);
    bench.config(&format!("[limits]\nread_s = {seconds}\ninventory_s = {seconds}\nconnect_s = {seconds}\n"));
    bench.run(&["inventory", &server.address.to_string(), "--json"]).await
}

/// The failure has this kind and exit code, and its message says these words and what to do next.
fn assert_failed(ended: &Ended, code: i32, kind: &str, words: &[&str]) {
    let server = ended.server();
    let error = &server["error"];
    assert_eq!((error["kind"].as_str(), ended.code), (Some(kind), code), "{error:#}\n{}", ended.err);
    let what = error["what"].as_str().unwrap();
    for word in words {
        assert!(what.contains(word), "{what} says {word}");
    }
    for part in ["state", "next"] {
        assert!(!error[part].as_str().unwrap().is_empty(), "{error:#}");
    }
    assert!(ended.err.contains("  next    "), "{}", ended.err);
}

const FIRMWARE: &str = "/redfish/v1/UpdateService/FirmwareInventory";
const SYSTEMS: &str = "/redfish/v1/Systems";

#[tokio::test]
async fn a_wrong_password_is_tried_once_and_not_again_until_it_changes() {
    let tree = Arc::new(Tree::small(PASSWORD));
    let server = Server::start(tree.clone()).await;
    let address = server.address.to_string();
    let mut bench = Bench::new("wrong-password");

    let first = bench.run(&["inventory", &address, "--json"]).await;
    assert_failed(&first, 3, "wrong_credentials", &["refused user root", "401"]);
    let again = bench.run(&["inventory", &address, "--json"]).await;
    assert_failed(&again, 4, "credentials_refused_before", &["not tried", "root"]);
    assert_eq!(server.count("POST", "/redfish/v1/SessionService/Sessions"), 1);

    bench.set_password(PASSWORD);
    assert_eq!(bench.run(&["inventory", &address, "--json"]).await.code, 0);
    assert_eq!(tree.open_sessions(), 0);
}

#[tokio::test]
async fn a_refusal_can_be_forgotten_by_hand() {
    let server = Server::start(Tree::small(PASSWORD)).await;
    let address = server.address.to_string();
    let bench = Bench::new("wrong-password");
    bench.run(&["inventory", &address]).await;
    assert_eq!(bench.run(&["pins", "forget", "--refusal", &address]).await.out, "1 refused credentials forgotten\n");
    assert_failed(&bench.run(&["inventory", &address, "--json"]).await, 3, "wrong_credentials", &[]);
}

#[tokio::test]
async fn no_credential_at_all_is_said_so_and_none_is_sent() {
    let server = Server::start(Tree::small(PASSWORD)).await;
    let bench = Bench::without_credentials();
    let ended = bench.run(&["inventory", &server.address.to_string(), "--json"]).await;
    assert_failed(&ended, 4, "no_credentials", &["no credential"]);
}

#[tokio::test]
async fn a_closed_port_is_told_from_a_silent_address() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let ended = Bench::new(PASSWORD).run(&["inventory", &address.to_string(), "--json"]).await;
    assert_failed(&ended, 3, "connection_refused", &["refused"]);
}

#[tokio::test]
async fn plain_http_on_the_port_gets_no_password() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let seen = Arc::new(std::sync::Mutex::new(Vec::new()));
    let log = Arc::clone(&seen);
    let server = tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut bytes = [0; 1024];
            let read = tokio::io::AsyncReadExt::read(&mut stream, &mut bytes).await.unwrap_or(0);
            log.lock().unwrap().extend_from_slice(&bytes[..read]);
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n").await;
        }
    });
    let ended = Bench::new(PASSWORD).run(&["inventory", &address.to_string(), "--json"]).await;
    server.abort();
    assert_failed(&ended, 3, "plain_http", &["plain HTTP"]);
    assert!(!String::from_utf8_lossy(&seen.lock().unwrap()).contains("Authorization"));
}

#[tokio::test]
async fn a_web_server_that_is_no_redfish_gets_no_password() {
    for page in [
        Answer::new(200, "text/html", "<html><body>It works</body></html>"),
        Answer::new(404, "text/plain", "nothing here"),
        Answer::json(200, &json!({ "hello": "world" })),
        Answer::new(200, "application/json", "not json"),
    ] {
        let server = Server::start(move |_: &Request| page.clone()).await;
        assert_failed(&read(&server).await, 3, "not_redfish", &["no Redfish service"]);
        assert!(server.requests().iter().all(|request| request.method == "GET" && request.body.is_empty()));
        assert!(server.requests().iter().all(|request| !request.headers.contains_key("authorization")));
    }
}

#[tokio::test]
async fn a_changed_certificate_blocks_before_a_credential_is_sent() {
    let server = Server::start(Tree::small(PASSWORD)).await;
    let address = server.address;
    let bench = Bench::new(PASSWORD);
    assert_eq!(bench.run(&["inventory", &address.to_string()]).await.code, 0);
    drop(server);

    let stranger = Server::start_at(address, Tree::small(PASSWORD)).await;
    let ended = bench.run(&["inventory", &address.to_string(), "--json"]).await;
    assert_failed(&ended, 4, "certificate_changed", &["certificate changed", "sha256:"]);
    assert!(stranger.requests().is_empty(), "not one byte of HTTP was sent");
    assert_eq!(ended.server()["model"], "E100", "what was known is not lost");

    let accepted = bench.run(&["pins", "accept", &address.to_string()]).await;
    assert!(accepted.out.contains("(was sha256:"), "{}", accepted.out);
    assert_eq!(bench.run(&["inventory", &address.to_string()]).await.code, 0);
}

#[tokio::test]
async fn first_contact_follows_policy() {
    let server = Server::start(Tree::small(PASSWORD)).await;
    let address = server.address.to_string();
    for (policy, words) in [("ask", "not pinned"), ("deny", "not pinned")] {
        let bench = Bench::new(PASSWORD);
        bench.config(&format!("[tls]\nfirst_contact = \"{policy}\"\n"));
        let ended = bench.run(&["inventory", &address, "--json"]).await;
        assert_failed(&ended, 4, "certificate_unknown", &[words]);
        assert!(server.requests().is_empty());
    }
    let bench = Bench::new(PASSWORD);
    let accepted = bench.run(&["inventory", &address]).await;
    assert!(accepted.err.contains("1 certificates pinned at first contact"), "{}", accepted.err);
    let pins = bench.run(&["pins", "list", "--json"]).await.json();
    assert_eq!((&pins["pins"][0]["origin"], &pins["pins"][0]["level"]), (&json!("first_contact"), &json!("strict")));

    // An imported pin satisfies "deny", and a wrong one blocks.
    let fingerprint = pins["pins"][0]["fingerprint"].as_str().unwrap();
    for (pin, code) in [(fingerprint.to_owned(), 0), (format!("sha256:{}", "ab".repeat(32)), 4)] {
        let bench = Bench::new(PASSWORD);
        bench.config("[tls]\nfirst_contact = \"deny\"\n");
        let file = bench.write("pins.txt", &format!("# from the vendor\n{address} {pin}\n"));
        assert_eq!(bench.run(&["pins", "import", file.to_str().unwrap()]).await.code, 0);
        assert_eq!(bench.run(&["inventory", &address]).await.code, code);
    }
}

#[tokio::test]
async fn a_bmc_that_hangs_in_mid_answer_is_given_up_at_its_deadline() {
    let answer = || Answer::json(200, &json!({ "Members": [] })).ending(End::HangAfter(5));
    let server = Server::start(but_at(SYSTEMS, answer)).await;
    assert_failed(&read_within(3, &server).await, 3, "hung", &[SYSTEMS, "5 bytes came"]);
    assert!(server.requests().iter().any(|request| request.method == "DELETE"), "its session is closed all the same");
}

#[tokio::test]
async fn html_broken_json_and_a_huge_answer_are_told_apart() {
    let html = || Answer::new(200, "text/html", "<html>login</html>");
    assert_failed(&read(&Server::start(but_at(SYSTEMS, html)).await).await, 3, "html", &[SYSTEMS, "HTML"]);

    let broken = || Answer::new(200, "application/json", "{\"Members\": [\n  {\"@odata.id\" \"/x\"}]}");
    let ended = read(&Server::start(but_at(SYSTEMS, broken)).await).await;
    assert_failed(&ended, 3, "broken_json", &[SYSTEMS, "line 2"]);

    let huge = || Answer::new(200, "application/json", vec![b' '; 10 << 20]);
    let ended = read(&Server::start(but_at(SYSTEMS, huge)).await).await;
    assert_failed(&ended, 3, "answer_too_large", &[SYSTEMS, "8 MiB"]);

    let cut = || Answer::json(200, &json!({ "Members": [] })).ending(End::CutAfter(5));
    let ended = read(&Server::start(but_at(SYSTEMS, cut)).await).await;
    assert_failed(&ended, 3, "cut", &[SYSTEMS, "5 bytes"]);
}

#[tokio::test]
async fn a_redirect_elsewhere_is_not_followed_with_credentials() {
    let other = Server::start(Tree::small(PASSWORD)).await;
    let to = format!("https://{}{SYSTEMS}", other.address);
    let server = Server::start(but_at(SYSTEMS, move || Answer::empty(302).with("Location", &to))).await;
    assert_failed(&read(&server).await, 3, "redirect_elsewhere", &["redirected elsewhere"]);
    assert!(other.requests().is_empty());
}

#[tokio::test]
async fn a_redirect_within_the_bmc_is_followed() {
    let tree = Tree::small(PASSWORD);
    let server = Server::start(move |request: &Request| {
        if request.target == SYSTEMS {
            Answer::empty(308).with("Location", &format!("{SYSTEMS}/"))
        } else {
            tree.answer(request)
        }
    })
    .await;
    assert_eq!(read(&server).await.code, 0);
}

#[tokio::test]
async fn a_full_session_table_is_said_aloud() {
    let server = Server::start(Tree::small(PASSWORD).with_limit(0)).await;
    let ended = read(&server).await;
    assert_failed(&ended, 3, "session_table_full", &["session table is full", "maximum number"]);
}

#[tokio::test]
async fn one_odd_member_spoils_itself_only() {
    let odd = format!("{FIRMWARE}/ODD");
    let tree = Tree::small(PASSWORD)
        .put(
            FIRMWARE,
            json!({ "Members": [
                { "@odata.id": format!("{FIRMWARE}/BIOS") }, { "@odata.id": odd }, { "@odata.id": format!("{FIRMWARE}/GONE") },
                { "no": "link" }, 7, null, { "@odata.id": format!("{FIRMWARE}/BMC") },
            ] }),
        )
        .put(&odd, json!({ "Id": 5, "Version": 1.10, "Name": ["x"], "Updateable": "true", "Status": "fine" }));
    let ended = read(&Server::start(tree).await).await;
    assert_eq!(ended.code, 0, "{}", ended.err);
    let server = ended.server();
    let components = server["components"].as_array().unwrap();
    assert_eq!(components.len(), 3, "{components:#?}");
    let odd = components.iter().find(|component| component["id"] == "ODD").unwrap();
    assert!(odd["version"].is_null() && odd["unknown"].as_str().unwrap().contains("no text: 1.1"), "{odd:#}");
    let notes = server["notes"].to_string();
    for words in ["GONE", "404", "member 3 has no @odata.id", "Version is no text"] {
        assert!(notes.contains(words), "{notes} says {words}");
    }
}

#[tokio::test]
async fn a_session_that_the_bmc_forgot_is_opened_anew_once() {
    let tree = Arc::new(Tree::small(PASSWORD));
    let (served, asked) = (tree.clone(), AtomicUsize::new(0));
    let server = Server::start(move |request: &Request| {
        if request.path() == FIRMWARE && asked.fetch_add(1, Ordering::SeqCst) == 0 {
            served.forget_sessions();
        }
        served.answer(request)
    })
    .await;
    assert_eq!(read(&server).await.code, 0);
    assert_eq!(server.count("POST", "/redfish/v1/SessionService/Sessions"), 2);
    assert_eq!(tree.open_sessions(), 0);
}

#[tokio::test]
async fn a_connection_that_the_bmc_dropped_is_made_anew_for_reads_only() {
    let (tree, asked) = (Tree::small(PASSWORD), AtomicUsize::new(0));
    let server = Server::start(move |request: &Request| {
        let answer = tree.answer(request);
        if request.path() == SYSTEMS && asked.fetch_add(1, Ordering::SeqCst) == 0 {
            return answer.ending(End::CutAfter(3));
        }
        answer
    })
    .await;
    assert_eq!(read(&server).await.code, 0);
    assert_eq!(server.count("GET", SYSTEMS), 2);
    assert_eq!(server.count("POST", "/redfish/v1/SessionService/Sessions"), 1);
}

#[tokio::test]
async fn a_broken_expand_is_remembered_for_the_product() {
    let root = json!({
        "RedfishVersion": "1.6.0", "Vendor": "Example", "Systems": { "@odata.id": SYSTEMS },
        "SessionService": { "@odata.id": "/redfish/v1/SessionService" },
        "Managers": { "@odata.id": "/redfish/v1/Managers" }, "UpdateService": { "@odata.id": "/redfish/v1/UpdateService" },
        "ProtocolFeaturesSupported": { "ExpandQuery": { "NoLinks": true, "Levels": true } },
    });
    let tree = Tree::small(PASSWORD).put("/redfish/v1", root);
    let server = Server::start(move |request: &Request| {
        if request.target.contains("$expand") {
            return refusal(500, "Base.1.8.InternalError", "no");
        }
        tree.answer(request)
    })
    .await;
    let bench = Bench::new(PASSWORD);
    for _ in 0..2 {
        assert_eq!(bench.run(&["inventory", &server.address.to_string()]).await.code, 0);
    }
    let tried = server.requests().iter().filter(|request| request.target.contains("$expand")).count();
    assert_eq!(tried, 3, "once for each collection, and never in the second reading");
}

#[tokio::test]
async fn a_bad_targets_line_is_told_with_file_line_and_field_and_nothing_is_read() {
    let bench = Bench::new(PASSWORD);
    let file = bench.write("racks.csv", "address,name\n10.0.0.5,a\n10.0.0.555,b\n");
    let ended = bench.run(&["inventory", file.to_str().unwrap()]).await;
    assert_eq!(ended.code, 2);
    assert!(ended.err.contains("racks.csv:3:1: address: `10.0.0.555`"), "{}", ended.err);
}

#[tokio::test]
async fn an_unknown_configuration_key_is_told_with_its_line_and_the_likely_word() {
    let bench = Bench::new(PASSWORD);
    bench.config("[tls]\nverify = \"pin\"\nfirst_contct = \"ask\"\n");
    let ended = bench.run(&["inventory"]).await;
    assert_eq!(ended.code, 2);
    assert!(
        ended.err.contains("firmdeck.toml:3:1:") && ended.err.contains("did you mean `first_contact`?"),
        "{}",
        ended.err
    );
}

#[tokio::test]
async fn every_bad_thing_has_its_own_words() {
    // The kinds asserted above are distinct by construction; this holds that usage errors name what they are about.
    let bench = Bench::new(PASSWORD);
    for (arguments, words) in [
        (&["inventory", "10.0.0.0/4"][..], "more than"),
        (&["inventory", "10.0.0.9-5"], "ends before"),
        (&["inventory", "racks.toml"], "racks.toml"),
        (&["pins", "import", "nowhere.txt"], "nowhere.txt"),
    ] {
        let ended = bench.run(arguments).await;
        assert_eq!(ended.code, 2, "{arguments:?}");
        assert!(ended.err.contains(words), "{arguments:?}: {}", ended.err);
    }
}
