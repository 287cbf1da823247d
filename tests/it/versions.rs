//! `firmdeck versions compare` as its user sees it.

use crate::support::binary::Bench;

#[tokio::test]
async fn the_word_comes_first_then_the_reason() {
    let bench = Bench::without_credentials();
    for (arguments, word) in [
        (&["--family", "hex", "96.00.61.00.01", "96.00.A6.00.01"][..], "less"),
        (&["--family", "dot", "2.0", "2.0.0"], "equal"),
        (&["--family", "rom", "A43 v3.60 (01/21/2025)", "A42 v2.60 (08/11/2022)"], "incomparable"),
        (&["2.19.1", "2.9.0"], "greater"),
        (&["--family", "opaque", "-*", "42S-2.83"], "incomparable"),
    ] {
        let mut all = vec!["versions", "compare"];
        all.extend(arguments);
        let ended = bench.run(&all).await;
        assert_eq!(ended.code, 0, "{}", ended.err);
        let (first, reason) = ended.out.trim_end().split_once(": ").unwrap();
        assert_eq!(first, word, "{arguments:?}");
        assert!(!reason.is_empty());
    }
}

#[tokio::test]
async fn an_unknown_family_is_a_usage_error_that_names_the_families() {
    let ended = Bench::without_credentials().run(&["versions", "compare", "--family", "semver", "1", "2"]).await;
    assert_eq!(ended.code, 2);
    assert!(ended.err.contains("opaque"), "{}", ended.err);
}
