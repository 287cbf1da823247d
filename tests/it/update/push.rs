//! How an attempt ends.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use firmdeck::domain::attempt::{Attempt, Receipt};
use serde_json::json;

use super::bench::{Bench, Bmc, PASSWORD, PUSH, SIZE};
use crate::support::{
    http::{Answer, Early, End, Request},
    tree::refusal,
};

const TASK: &str = "/redfish/v1/TaskService/Tasks/JID_1";

fn accepted(_: &Request) -> Answer {
    Answer::empty(202).with("Location", TASK)
}

fn says(status: u16, id: &'static str, words: &'static str) -> impl Fn(&Request) -> Answer {
    move |_| refusal(status, id, words)
}

/// The reason of a refusal.
fn refused(attempt: &Attempt) -> &str {
    match attempt {
        Attempt::Refused { why, .. } => why,
        other => panic!("{other:?} is no refusal"),
    }
}

#[tokio::test]
async fn an_accepted_push_names_its_task_and_tells_its_bytes_to_the_last() {
    let mut bench = Bench::with(Bmc::answering(accepted)).await;
    let attempt = bench.push().await;
    let receipt = Receipt { task: Some(TASK.into()), ..Receipt::default() };
    assert_eq!(attempt, Attempt::Accepted { receipt });
    let told = bench.told();
    assert!(told.is_sorted() && told.last() == Some(&SIZE), "{told:?}");
}

#[tokio::test]
async fn a_push_has_its_length_its_parts_in_order_and_the_name_of_the_file_alone() {
    let mut bench = Bench::with(Bmc::answering(accepted)).await;
    bench.push_asking(&json!({ "Targets": ["/redfish/v1/Managers/1"], "Oem": {} })).await;
    let [upload] = &bench.uploads()[..] else { panic!("one upload") };
    assert_eq!(upload.headers["content-length"], upload.length.to_string());
    assert!(!upload.headers.contains_key("transfer-encoding") && !upload.headers.contains_key("expect"));
    let boundary = upload.headers["content-type"].strip_prefix("multipart/form-data; boundary=").unwrap();
    assert!(!boundary.contains('"'), "{boundary}");
    let start = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"UpdateParameters\"\r\nContent-Type: application/json\r\n\r\n\
         {{\"Oem\":{{}},\"Targets\":[\"/redfish/v1/Managers/1\"]}}\r\n--{boundary}\r\n\
         Content-Disposition: form-data; name=\"UpdateFile\"; filename=\"BIOS_X.EXE\"\r\n\
         Content-Type: application/octet-stream\r\n\r\n0000000111"
    );
    assert!(upload.body.starts_with(&start), "{}", &upload.body[..600]);
    assert!(upload.tail.ends_with(&format!("\r\n--{boundary}--\r\n")));
    assert_eq!(upload.length as u64, SIZE + (start.len() - 10 + boundary.len() + 8) as u64);
}

#[tokio::test]
async fn an_accepted_push_whose_answer_is_cut_is_unknown_and_never_sent_again() {
    let mut bench = Bench::with(Bmc::answering(|_: &Request| Answer::empty(202).ending(End::Unsaid))).await;
    let attempt = bench.push().await;
    assert!(matches!(attempt, Attempt::Unknown { sent: SIZE, .. }), "{attempt:?}");
    assert_eq!(bench.uploads().len(), 1);
}

#[tokio::test]
async fn an_accepting_status_counts_even_if_the_words_after_it_are_cut() {
    let answer =
        |_: &Request| Answer::json(202, &json!({ "Id": "JID_1" })).with("Location", TASK).ending(End::CutAfter(3));
    let attempt = Bench::with(Bmc::answering(answer)).await.push().await;
    assert!(matches!(&attempt, Attempt::Accepted { receipt } if receipt.task.as_deref() == Some(TASK)), "{attempt:?}");
}

#[tokio::test]
async fn a_500_after_the_whole_image_is_unknown_since_some_accept_all_the_same() {
    let mut bench = Bench::with(Bmc::answering(says(500, "Base.1.8.InternalError", "RAC964"))).await;
    let attempt = bench.push().await;
    assert!(matches!(&attempt, Attempt::Unknown { sent: SIZE, why } if why.contains("RAC964")), "{attempt:?}");
    assert_eq!(bench.uploads().len(), 1);
}

#[tokio::test]
async fn a_connection_that_dies_under_an_upload_is_unknown() {
    let mut bench = Bench::with(Bmc::interrupting(|_| Early::Cut(2 << 20))).await;
    let attempt = bench.push().await;
    assert!(matches!(attempt, Attempt::Unknown { sent: 1..SIZE, .. }), "{attempt:?}");
    assert_eq!(bench.server.count("POST", PUSH), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_image_that_is_too_large_is_refused_while_it_uploads() {
    // Whether the reset that follows overtakes the answer is a matter of luck: it must never decide.
    for _ in 0..10 {
        let answer = || refusal(413, "Base.1.13.PayloadTooLarge", "At most 1 MiB.");
        let mut bench = Bench::with(Bmc::interrupting(move |_| Early::Answer(100_000, answer()))).await;
        let attempt = bench.push().await;
        assert!(refused(&attempt).contains("larger than the BMC takes"), "{attempt:?}");
        assert!(refused(&attempt).contains("At most 1 MiB."), "{attempt:?}");
        let told = bench.told();
        assert!(*told.last().unwrap() < SIZE, "the rest was not sent: {told:?}");
    }
}

#[tokio::test]
async fn a_404_means_that_this_way_does_not_exist_here() {
    for status in [404, 405, 501] {
        let early = move |_: &Request| Early::Answer(1000, Answer::empty(status));
        let attempt = Bench::with(Bmc::interrupting(early)).await.push().await;
        assert!(matches!(attempt, Attempt::NotStarted { .. }), "{status}: {attempt:?}");
    }
    let unsupported = says(400, "Base.1.8.ActionNotSupported", "no such action");
    let attempt = Bench::with(Bmc::answering(unsupported)).await.push().await;
    assert!(matches!(attempt, Attempt::NotStarted { .. }), "{attempt:?}");
    let mut bench = Bench::with(Bmc::answering(accepted)).await;
    bench.offers.multipart_uri = None;
    assert!(matches!(bench.push().await, Attempt::NotStarted { .. }));
}

#[tokio::test]
async fn a_503_is_busy_for_as_long_as_it_says() {
    let busy = |_: &Request| refusal(503, "Base.1.8.ServiceTemporarilyUnavailable", "later").with("Retry-After", "30");
    let attempt = Bench::with(Bmc::answering(busy)).await.push().await;
    assert!(
        matches!(attempt, Attempt::Busy { retry_after: Some(wait), .. } if wait == Duration::from_secs(30)),
        "{attempt:?}"
    );
    let early = |_: &Request| Early::Answer(1000, Answer::empty(503));
    let attempt = Bench::with(Bmc::interrupting(early)).await.push().await;
    assert!(matches!(attempt, Attempt::Busy { retry_after: None, .. }), "{attempt:?}");
}

#[tokio::test]
async fn an_update_of_somebody_else_is_busy_whatever_its_status() {
    for id in ["iLO.2.34.FirmwareFlashAlreadyInProgress", "SMC.1.0.OemBiosUpdateIsInProgress", "Base.1.8.ResourceInUse"]
    {
        let attempt = Bench::with(Bmc::answering(says(400, id, "x"))).await.push().await;
        assert!(matches!(attempt, Attempt::Busy { .. }), "{id}: {attempt:?}");
    }
}

#[tokio::test]
async fn a_missing_licence_is_refused_and_named() {
    let words = "Not licensed to perform this request. The following licenses DCMS were needed";
    let attempt = Bench::with(Bmc::answering(says(403, "SMC.1.0.OemLicenseNotPassed", words))).await.push().await;
    assert!(refused(&attempt).contains("licence") && refused(&attempt).contains("DCMS"), "{attempt:?}");
    let Attempt::Refused { message_ids, .. } = attempt else { unreachable!() };
    assert_eq!(message_ids, ["SMC.1.0.OemLicenseNotPassed"]);
}

#[tokio::test]
async fn a_wrong_image_is_refused_in_the_words_of_the_bmc() {
    let words = "Unable to verify Update Package signature.";
    let attempt = Bench::with(Bmc::answering(says(400, "IDRAC.2.8.RED007", words))).await.push().await;
    assert!(refused(&attempt).contains(words), "{attempt:?}");
    let attempt = Bench::with(Bmc::answering(|_: &Request| Answer::empty(400))).await.push().await;
    assert!(refused(&attempt).contains("without a word"), "{attempt:?}");
}

#[tokio::test]
async fn a_credential_that_stops_working_during_the_upload_is_refused() {
    let answer = || refusal(401, "Base.1.8.AccessDenied", "log in first");
    let mut bench = Bench::with(Bmc::interrupting(move |_| Early::Answer(1 << 20, answer()))).await;
    let attempt = bench.push().await;
    assert!(refused(&attempt).contains("credential"), "{attempt:?}");
    assert_eq!(bench.server.count("POST", PUSH), 1);
}

#[tokio::test]
async fn a_session_that_ended_is_opened_anew_before_a_byte_leaves() {
    let bmc = Bmc::answering(accepted);
    let tree = bmc.tree.clone();
    let mut bench = Bench::with(bmc).await;
    tree.forget_sessions();
    assert!(matches!(bench.push().await, Attempt::Accepted { .. }));
    assert_eq!((bench.server.count("POST", PUSH), tree.open_sessions()), (1, 1));
}

#[tokio::test]
async fn a_bmc_that_takes_no_more_bytes_is_given_up() {
    let bmc = Bmc::interrupting(|_| Early::Stall(1 << 20));
    let mut bench = Bench::with_limits(bmc, |timeouts| timeouts.upload.stall = Duration::from_secs(3)).await;
    let attempt = bench.push().await;
    let Attempt::Unknown { why, sent } = &attempt else { panic!("{attempt:?}") };
    assert!(why.contains("then none within"), "{why}");
    assert!(*sent < SIZE && *sent >= 1 << 20, "{sent}");
    let ahead = sent - (1 << 20);
    assert!(ahead < 6 << 20, "{ahead} bytes were told as sent, and are in buffers");
}

#[tokio::test]
async fn a_bmc_that_never_answers_is_given_up_at_the_deadline_for_the_size() {
    let never = |_: &Request| Answer::json(202, &json!({ "Id": "1" })).ending(End::HangAfter(0));
    let bmc = Bmc::interrupting(|_| Early::Stall(usize::MAX));
    let short = |timeouts: &mut firmdeck::bmc::redfish::client::Timeouts| {
        (timeouts.upload.least, timeouts.upload.base) = (Duration::ZERO, Duration::from_secs(20));
    };
    let attempt = Bench::with_limits(bmc, short).await.push().await;
    assert!(matches!(attempt, Attempt::Unknown { sent: SIZE, .. }), "{attempt:?}");
    // Its status came: that is an answer.
    let attempt = Bench::with_limits(Bmc::answering(never), short).await.push().await;
    assert!(matches!(attempt, Attempt::Accepted { .. }), "{attempt:?}");
}

#[tokio::test]
async fn a_file_of_another_length_is_not_sent() {
    let mut bench = Bench::with(Bmc::answering(accepted)).await;
    for size in [SIZE - 1, SIZE + 1] {
        bench.image.size = size;
        assert!(refused(&bench.push().await).contains("nothing was sent"));
    }
    assert!(bench.uploads().is_empty());
}

#[tokio::test]
async fn a_property_that_the_bmc_does_not_know_ends_the_attempt_and_is_left_out_of_the_next() {
    let asked = AtomicUsize::new(0);
    let bmc = Bmc::answering(move |request: &Request| {
        if asked.fetch_add(1, Ordering::SeqCst) > 0 {
            return accepted(request);
        }
        let info = json!({ "MessageId": "Base.1.8.PropertyUnknown", "MessageArgs": ["PreserveSMBIOS"] });
        Answer::json(400, &json!({ "error": { "@Message.ExtendedInfo": [info] } }))
    });
    let mut bench = Bench::with(bmc).await;
    let kept = json!({ "Supermicro": { "BIOS": { "PreserveME": true, "PreserveSMBIOS": true } } });
    let attempt = bench.push_asking(&json!({ "Targets": ["/x"], "Oem": kept })).await;
    assert!(matches!(attempt, Attempt::NotTaken { .. }), "{attempt:?}");
    assert_eq!(bench.uploads().len(), 1, "one attempt is one upload");
    let fewer = bench.asked.clone();
    let attempt = bench.push_asking(&fewer).await;
    assert!(matches!(attempt, Attempt::Accepted { .. }), "{attempt:?}");
    let uploads = bench.uploads();
    assert_eq!(uploads.len(), 2);
    assert!(uploads[0].body.contains("PreserveSMBIOS") && !uploads[1].body.contains("PreserveSMBIOS"));
    assert!(uploads[1].body.contains("PreserveME"));
}

#[tokio::test]
async fn the_transcript_has_the_exchange_but_no_image_and_no_secret() {
    let echo = |_: &Request| refusal(400, "Base.1.8.GeneralError", "the password c0rrect-horse is no image");
    let mut bench = Bench::with(Bmc::answering(echo)).await;
    let attempt = bench.push().await;
    assert!(!refused(&attempt).contains(PASSWORD), "{attempt:?}");
    let transcript = bench.transcript();
    let exchange = transcript.iter().find(|exchange| exchange.path == PUSH).unwrap();
    assert_eq!((exchange.method.as_str(), exchange.status), ("POST", Some(400)));
    let all = format!("{transcript:?}");
    assert!(!all.contains(PASSWORD) && !all.contains("0000000111"), "{all}");
    assert!(!all.contains("tok-1-"), "{all}");
}

#[tokio::test]
async fn a_pull_ends_in_the_same_ways_with_nothing_sent() {
    let accepted_with_task = |_: &Request| Answer::json(200, &json!({ "Task": { "@odata.id": TASK } }));
    let attempt = Bench::with(Bmc::answering(accepted_with_task)).await.pull().await;
    assert!(matches!(&attempt, Attempt::Accepted { receipt } if receipt.task.as_deref() == Some(TASK)), "{attempt:?}");
    for (answer, expected) in [
        (Answer::empty(404), "not started"),
        (refusal(400, "Base.1.8.ActionParameterNotSupported", "HTTPS"), "not started"),
        (Answer::empty(503), "busy"),
        (refusal(400, "iLO.2.34.LicenseKeyRequired", "x"), "refused"),
        (Answer::empty(500), "unknown after 0 bytes"),
        (Answer::empty(202).ending(End::Unsaid), "unknown after 0 bytes"),
    ] {
        let mut bench = Bench::with(Bmc::answering(move |_: &Request| answer.clone())).await;
        let attempt = bench.pull().await;
        assert!(attempt.to_string().starts_with(expected), "{attempt} is not {expected}");
        assert_eq!(bench.server.requests().iter().filter(|request| request.body.contains("ImageURI")).count(), 1);
    }
}

#[tokio::test]
async fn what_was_uploaded_is_started_with_an_empty_request() {
    let mut bench = Bench::with(Bmc::answering(|_: &Request| Answer::empty(204))).await;
    assert_eq!(bench.start().await, Attempt::Accepted { receipt: Receipt::default() });
    let requests = bench.server.requests();
    let start = requests.iter().find(|request| request.path() == super::bench::START).unwrap();
    assert_eq!((start.method.as_str(), start.body.as_str()), ("POST", "{}"));
}

#[tokio::test]
async fn a_bmc_that_is_not_there_has_taken_nothing() {
    let mut bench = Bench::with(Bmc::answering(accepted)).await;
    let address = bench.server.address;
    bench.server = crate::support::http::Server::start(|_: &Request| Answer::empty(404)).await;
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
    let attempt = bench.push().await;
    assert!(matches!(attempt, Attempt::NotStarted { .. }), "{attempt:?}");
}
