//! How far images are is told to who listens, and to nobody else.

use std::collections::BTreeMap;

use firmdeck::{
    domain::phase::ServerState,
    lab::{Lab, personality::Personality},
};

use crate::support::site::{Site, to_the_end};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pushes_and_fetches_tell_how_far_they_are_and_the_journal_does_not() {
    // One that is pushed to, and one that fetches.
    let site = Site::start(Lab::builder().personalities([Personality::Idrac9, Personality::Ilo5]).seed(3)).await;
    let plan = site.planned(&[]).await;
    let engine = site.engine().await;
    let mut listener = engine.progress();
    let state = to_the_end(&engine, plan.clone()).await;
    assert_eq!(state.state(), ServerState::Succeeded);
    let mut told: BTreeMap<_, Vec<_>> = BTreeMap::new();
    while let Ok(word) = listener.try_recv() {
        assert!(word.run == state.row.id && word.sent <= word.total && word.percent() <= 99, "{word:?}");
        told.entry((word.server, word.update)).or_default().push(word);
    }
    for server in &plan.servers {
        for (index, update) in server.updates.iter().enumerate() {
            let words = told.get(&(server.id, index)).unwrap_or_else(|| panic!("{}: nothing was told", update.name));
            assert!(words.iter().all(|word| word.total == update.image.size));
            assert!(words.is_sorted_by_key(|word| word.sent), "{words:?}");
        }
    }
    let journal = engine.store().journal(state.row.id, 0).unwrap();
    assert!(!journal.iter().any(|entry| entry.event.contains("\"sent\"")));
}
