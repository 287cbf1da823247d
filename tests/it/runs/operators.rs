//! Two operators on one server, two engines on one BMC: the second is refused, and told by whom it is held.

use std::{path::Path, time::Duration};

use firmdeck::{
    api::client::Client,
    lab::{
        Lab,
        fault::{Effect, Rule},
        personality::Personality::Idrac9,
    },
};
use rustix::process::getuid;

use crate::support::{
    binary::{Ended, end_engine, engine_of},
    site::Site,
};

/// A site whose BMC takes its time with the first image.
async fn slow_site() -> Site {
    let slow = Rule::new(Effect::Slow).on("POST", "*/MultipartUpload").times(1, 1).after(Duration::from_secs(12));
    Site::start(Lab::builder().personalities([Idrac9]).seed(3).fault(slow)).await
}

/// Begins the run, and returns once its image is on its way.
async fn begin(site: &Site) {
    let (digest, _) = site.plan(&[]).await;
    assert_eq!(site.run(&["run", "--plan", &digest, "--detach"]).await.code, 0);
    let client = Client::of(&site.bench.state_dir());
    let pushed = async {
        while !client.journal(0).await.unwrap().entries.iter().any(|line| line.event["event"] == "push_intended") {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), pushed).await.expect("the first run pushes");
}

/// Who this test is to the engine.
async fn actor(site: &Site) -> String {
    let client = Client::of(&site.bench.state_dir());
    let actor = client.runs().await.unwrap().pop().unwrap().line.actor;
    assert!(getuid().as_raw() != 0 || actor.starts_with("root"), "{actor}");
    actor
}

fn assert_tells(ended: &Ended, words: &[&str]) {
    assert_eq!(ended.code, 4, "{}{}", ended.out, ended.err);
    for word in words {
        assert!(ended.err.contains(word) || ended.out.contains(word), "`{word}`: {}{}", ended.out, ended.err);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_operator_is_told_which_run_holds_the_server_and_who_started_it() {
    let site = slow_site().await;
    begin(&site).await;
    let (digest, _) = site.plan(&[]).await;
    let second = site.run(&["run", "--plan", &digest]).await;
    let started_by = format!("started by {}", actor(&site).await);
    assert_tells(&second, &["run 1 holds this server", &started_by, "firmdeck runs attach 1", "firmdeck runs stop 1"]);
    assert_eq!(site.run(&["runs", "attach", "1"]).await.code, 0, "the first one is not disturbed");
    site.assert_unharmed();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_engine_is_told_whose_engine_holds_the_bmc() {
    let site = slow_site().await;
    // Given another state directory with the same images, fleet and manifests,
    let state = site.bench.path("state-of-another");
    let _end = EndsWith(&state);
    let text = state.to_str().unwrap().to_owned();
    let other = async |arguments: &[&str]| {
        let mut all = vec!["--state-dir", text.as_str()];
        all.extend(arguments);
        site.run(&all).await
    };
    for entry in std::fs::read_dir(site.bench.path("images")).unwrap().map(Result::unwrap) {
        if entry.file_name() != "images.json" {
            assert_eq!(other(&["images", "add", entry.path().to_str().unwrap()]).await.code, 0);
        }
    }
    assert_eq!(other(&["inventory", &site.lab.addresses()[0].to_string()]).await.code, 0);
    let planned = other(&["plan", "--baseline", "lab", "--json"]).await.json();
    // when its engine is asked to work on a BMC that the first one works on,
    begin(&site).await;
    let second = other(&["run", "--plan", planned["digest"].as_str().unwrap()]).await;
    // then it is refused, and says who holds it.
    let engine = engine_of(&site.bench.state_dir()).unwrap().as_raw_nonzero();
    let first = site.bench.state_dir();
    let (process, directory) = (format!("process {engine}"), format!("state directory {}", first.display()));
    let stop = format!("firmdeck --state-dir {} runs stop 1", first.display());
    let started_by = format!("started by {}", actor(&site).await);
    assert_tells(&second, &["run 1 of another engine works on this BMC", &started_by, &process, &directory, &stop]);
    assert_eq!(site.run(&["runs", "attach", "1"]).await.code, 0, "the first one is not disturbed");
    site.assert_unharmed();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_operators_who_begin_in_the_same_moment_do_not_meet() {
    let site = slow_site().await;
    let (digest, _) = site.plan(&[]).await;
    let arguments = ["run", "--plan", digest.as_str(), "--json"];
    let (one, other) = tokio::join!(site.run(&arguments), site.run(&arguments));
    let mut codes = [one.code, other.code];
    codes.sort_unstable();
    assert_eq!(codes, [0, 4], "{}\n{}", one.err, other.err);
    let loser = if one.code == 4 { one } else { other };
    assert_tells(&loser, &["holds this server: started by"]);
    site.assert_unharmed();
}

/// Ends an engine of a test with the test.
struct EndsWith<'a>(&'a Path);

impl Drop for EndsWith<'_> {
    fn drop(&mut self) {
        end_engine(self.0);
    }
}
