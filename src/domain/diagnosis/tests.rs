use std::collections::BTreeSet;

use jiff::Timestamp;

use super::{Evidence, Exchange, Rules, UNKNOWN, UpdateFacts, parse::parse, rule::Rule};
use crate::domain::{
    attempt::{Attempt, Receipt},
    inventory::Stack,
    kind::Kind,
    offers::Method,
    phase::Phase,
};

fn embedded() -> Rules {
    Rules::embedded().unwrap()
}

/// An update that the BMC took and that did not take.
fn unchanged(from: &str, to: &str) -> Evidence {
    let accepted = Attempt::Accepted { receipt: Receipt::default() };
    let mut evidence = Evidence {
        run: 17,
        server: "s3".into(),
        phase: Some(Phase::FirmwareUpdate),
        state: "failed".into(),
        why: format!("{to} was flashed, but the server still reports {from}"),
        update: Some(UpdateFacts {
            index: 0,
            component: "BIOS".into(),
            kind: Kind::Bios,
            from: from.into(),
            to: to.into(),
            read_back: Some(from.into()),
            attempts: vec![(Method::Multipart, Some(accepted))],
            said: None,
            percent: None,
        }),
        ..Evidence::default()
    };
    evidence.bmc.stack = Some(Stack::Idrac);
    evidence
}

fn exchange(method: &str, path: &str, status: u16, body: &str) -> Exchange {
    Exchange {
        at: Timestamp::UNIX_EPOCH,
        method: method.into(),
        path: path.into(),
        status: Some(status),
        body: body.into(),
        length: body.len(),
        error: None,
    }
}

fn rules(text: &str) -> Vec<Rule> {
    parse("x.toml", text).unwrap()
}

fn rule(id: &str, when: &str) -> String {
    format!("[[rule]]\nid = \"{id}\"\nwhen = {{ {when} }}\ncause = \"c\"\nnext = \"n\"\nsource = \"s\"\n")
}

#[test]
fn a_message_id_is_known_by_its_last_part_whatever_its_registry_and_version() {
    for id in ["JCP052", "IDRAC.2.8.JCP052", "iDRAC.1.6.jcp052"] {
        let evidence = Evidence { message_ids: vec![id.into()], ..unchanged("2.1", "2.5") };
        assert_eq!(embedded().diagnose(&evidence).id, "idrac_job_no_progress", "{id}");
    }
    let other = Evidence { message_ids: vec!["IDRAC.2.8.XJCP052".into()], ..unchanged("2.1", "2.5") };
    assert_eq!(embedded().diagnose(&other).id, "version_unchanged");
}

#[test]
fn a_rule_that_knows_a_message_goes_before_one_with_more_signs_and_that_before_the_first() {
    let evidence = Evidence { message_ids: vec!["A.1.B".into()], ..unchanged("2.1", "2.5") };
    let text = [
        rule("first", "kind = [\"bios\"], state = [\"failed\"]"),
        rule("alike", "kind = [\"bios\"], read_back = \"old\""),
        rule("more", "kind = [\"bios\"], state = [\"failed\"], accepted = true"),
        rule("message", "message = [\"B\"]"),
    ];
    let best = |count: usize| Rule::best(&rules(&text[..count].concat()), &evidence).unwrap().id.clone();
    assert_eq!((best(2), best(3), best(4)), ("first".into(), "more".into(), "message".into()));
}

#[test]
fn every_sign_that_is_given_must_hold_and_of_its_values_one() {
    let evidence = unchanged("2.1", "2.5").with(&[exchange("POST", "/redfish/v1/UpdateService/upload", 400, "")]);
    // Without a window no exchange is of it.
    assert_eq!(evidence.exchanges, []);
    let at = Timestamp::UNIX_EPOCH;
    let evidence = Evidence { window: Some((at, at)), ..unchanged("2.1", "2.5") }.with(&[
        exchange("POST", "/redfish/v1/UpdateService/upload", 400, ""),
        exchange("GET", "/redfish/v1/Systems/1/LogServices/1/Entries/4", 200, "{\"MessageId\":\"IDRAC.2.8.PR21\"}"),
    ]);
    assert_eq!((evidence.exchanges.len(), evidence.message_ids.len()), (1, 0), "a log is no answer to us");
    for (when, holds) in [
        ("kind = [\"nic\", \"bios\"]", true),
        ("kind = [\"nic\"]", false),
        ("stack = [\"idrac\"], kind = [\"nic\"]", false),
        ("component = [\"bi*\"]", true),
        ("exchange = { method = [\"post\"], status = [400, 500], empty = true }", true),
        ("exchange = { method = [\"POST\"], status = [500] }", false),
        ("exchange = { path = [\"*/upload\"], words = [\"x\"] }", false),
        ("words = [\"STILL REPORTS\"]", true),
        ("attempt = [\"refused\"]", false),
        ("attempt = [\"refused\", \"accepted\"]", true),
        ("read_back = \"none\"", false),
        ("downgrade = false", true),
        ("downgrade = true", false),
        ("phase = [\"firmware_update\"]", true),
        ("step = [\"tls\"]", false),
        ("bmc_before = \"2.73\"", false),
    ] {
        let found = Rule::best(&rules(&rule("it", when)), &evidence).is_some();
        assert_eq!(found, holds, "{when}");
    }
}

#[test]
fn where_no_rule_holds_the_cause_is_not_known_and_what_was_seen_is_shown() {
    let evidence = Evidence { why: "the moon was full".into(), state: "uncertain".into(), ..Evidence::default() };
    let told = Rules::default().diagnose(&evidence);
    assert_eq!((told.id.as_str(), told.source), (UNKNOWN, None));
    assert!(told.cause.contains("not known"), "{}", told.cause);
    assert_eq!(told.seen, ["uncertain: the moon was full"]);
}

#[test]
fn a_text_holds_only_values_that_were_read() {
    let text = rule("it", "kind = [\"bios\"]")
        .replace("\"c\"", "\"{component} {from}, {read_back}, {generation}, {run} {server}\"");
    let told = Rules::default().with("x.toml", &text).unwrap().diagnose(&unchanged("2.1", "2.5"));
    assert_eq!(told.cause, "BIOS 2.1, 2.1, unknown, 17 s3");
}

#[test]
fn a_broken_rule_is_told_with_file_line_and_field() {
    let good = rule("it", "kind = [\"bios\"]");
    for (text, expected) in [
        (good.replace("kind", "kin"), "x.toml:3:10: unknown field `kin`"),
        (good.replace("bios", "bois"), "x.toml:3:18: unknown variant `bois`"),
        (good.replace("cause = \"c\"", "cause = \"\""), "x.toml:4:9: cause: says nothing"),
        (good.replace("cause = \"c\"", "cause = \"{serial}\""), "x.toml:4:9: cause: nothing fills `{serial}`"),
        (good.replace("kind = [\"bios\"]", ""), "x.toml:3:8: when: without a sign"),
        (good.replace("\"it\"", "\"It is\""), "x.toml:2:6: id: an id is"),
        (good.replace("\"it\"", "\"unknown\""), "x.toml:2:6: id: `unknown` is"),
        (format!("{good}{good}"), "x.toml:8:6: id: `it` stands twice"),
        (good.replace("source", "sauce"), "x.toml:6:1: unknown field `sauce`"),
    ] {
        let told = parse("x.toml", &text).unwrap_err().to_string();
        assert!(told.starts_with(expected), "{told}");
    }
}

#[test]
fn an_operators_rule_takes_the_place_of_the_one_with_its_id_and_goes_before_others() {
    let count = embedded().iter().count();
    let mine = rule("idrac_job_no_progress", "message = [\"JCP052\"]")
        + &rule("mine", "accepted = true, state = [\"failed\"], read_back = \"old\", words = [\"still reports\"]");
    let rules = embedded().with("mine.toml", &mine).unwrap();
    assert_eq!(rules.iter().count(), count + 1);
    let jcp052 = Evidence { message_ids: vec!["X.JCP052".into()], ..unchanged("2.1", "2.5") };
    assert_eq!(rules.diagnose(&jcp052).cause, "c");
    assert_eq!(rules.diagnose(&unchanged("2.1", "2.5")).id, "mine");
}

#[test]
fn the_embedded_rules_are_whole_and_each_names_a_source() {
    let rules = embedded();
    let ids: BTreeSet<_> = rules.iter().map(|rule| rule.id.as_str()).collect();
    assert_eq!(ids.len(), rules.iter().count());
    assert!(ids.len() > 80, "{}", ids.len());
    for rule in rules.iter() {
        assert!(!rule.source.contains("TODO") && !rule.next.ends_with('.'), "{}", rule.id);
    }
}

#[test]
fn a_downgrade_that_was_left_undone_is_told_as_one() {
    let mut evidence = unchanged("2.5.0", "2.1.0");
    assert_eq!(embedded().diagnose(&evidence).id, "idrac_downgrade_skipped");
    evidence.bmc.stack = Some(Stack::Supermicro);
    assert_eq!(embedded().diagnose(&evidence).id, "downgrade_not_taken");
}

#[test]
fn an_old_ilo_is_known_by_its_version_and_a_new_one_is_not() {
    let mut evidence = unchanged("6.1.4.67", "4.1.4.90");
    evidence.bmc.stack = Some(Stack::Ilo);
    if let Some(update) = &mut evidence.update {
        update.component = "Server Platform Services (SPS) Firmware".into();
        update.kind = Kind::Other;
    }
    for (version, expected) in [
        ("iLO 5 v2.72", "ilo_sps_downgrade"),
        ("2.72 Sep 04 2022", "ilo_sps_downgrade"),
        ("iLO 5 v2.73", "downgrade_not_taken"),
        ("iLO 5 v3.05", "downgrade_not_taken"),
    ] {
        evidence.bmc.version = Some(version.into());
        evidence.bmc.vendor = Some("HPE".into());
        assert_eq!(embedded().diagnose(&evidence).id, expected, "{version}");
    }
}

#[test]
fn each_way_to_end_before_a_push_is_told_by_its_own_rule() {
    for (step, state, failure, why, expected) in [
        ("lease", "blocked", None, "run 1 holds this server", "lease"),
        ("address", "failed", Some("connection_refused"), "the connection was refused", "not_reachable"),
        ("address", "failed", Some("hung"), "/redfish/v1 hung", "bmc_hangs"),
        ("identity", "failed", Some("html"), "an HTML page came instead of JSON", "no_redfish"),
        ("tls", "blocked", Some("certificate_changed"), "its certificate changed", "certificate_changed"),
        ("credentials", "failed", Some("wrong_credentials"), "the BMC refused user root", "wrong_credentials"),
        ("credentials", "failed", Some("session_table_full"), "its session table is full", "no_session_to_be_had"),
        (
            "identity",
            "blocked",
            None,
            "another machine answers at its address (serial number 1 instead of 2)",
            "another_machine",
        ),
        ("privilege", "blocked", None, "it has the role ReadOnly, which may not update", "privilege_gate"),
        ("health", "blocked", None, "its health is Critical", "health_critical"),
        ("power", "blocked", None, "the plan needs a host reset", "power_policy"),
        ("idle", "blocked", None, "somebody else works on it: task 7", "busy_with_others"),
        ("idle", "blocked", None, "somebody else works on it: somebody has claimed the update service", "claimed"),
        (
            "vendor_gates",
            "blocked",
            None,
            "the Lifecycle Controller is not ready (LCStatus InUse)",
            "idrac_lifecycle_not_ready",
        ),
        ("vendor_gates", "blocked", None, "the system is in system lockdown, which blocks updates", "lockdown"),
        ("images", "blocked", None, "image i0: its bytes have changed", "image_not_usable"),
    ] {
        let mut evidence = Evidence {
            phase: Some(Phase::PreFlight),
            step: Some(step.into()),
            failure: failure.map(str::to_owned),
            state: state.into(),
            why: why.into(),
            ..Evidence::default()
        };
        evidence.bmc.stack = Some(Stack::Idrac);
        assert_eq!(embedded().diagnose(&evidence).id, expected, "{step}: {why}");
    }
}
