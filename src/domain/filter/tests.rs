use proptest::prelude::*;

use super::*;

fn query(text: &str) -> Query {
    Query::parse(text, &["env"]).unwrap()
}

fn mistake(text: &str) -> (usize, String) {
    let error = Query::parse(text, &["env"]).unwrap_err();
    (error.column, error.mistake.to_string())
}

fn dell() -> Facts<'static> {
    let component = |id, name, kind, version| ComponentFacts { id, name, kind, version };
    Facts {
        id: Some("s12".into()),
        name: Some("r12u15"),
        address: "10.0.1.15",
        port: 443,
        rack: Some("r12"),
        unit: Some("U15"),
        labels: vec![("env", "prod")],
        vendor: Some("Dell Inc."),
        stack: Some("idrac"),
        generation: Some("iDRAC9"),
        model: Some("PowerEdge R750"),
        serial: Some("CNIVC001"),
        uuid: Some("4c4c4544-0042-3510-8052-b4c04f4a4a33"),
        power: Some("On"),
        health: Some("OK"),
        bios: Some("1.13.2"),
        bmc: Some("7.10.30.00"),
        components: Some(vec![
            component("n1", "Broadcom Adv. Dual 25Gb Ethernet", Kind::Nic, Some("22.31.6")),
            component("n2", "Broadcom Gigabit Ethernet BCM5720", Kind::Nic, Some("21.80.9")),
            component("d1", "Disk 0", Kind::Drive, None),
        ]),
        ..Facts::default()
    }
}

#[test]
fn every_term_must_hold_and_a_not_turns_one_round() {
    let facts = dell();
    for (text, holds) in [
        ("", true),
        ("vendor=dell bios<2.5 rack=r12", true),
        ("vendor=dell bios<2.5 rack=r12 !ok", false),
        ("ok on !new !failed", true),
        ("unreachable", false),
        ("vendor=hpe,dell", true),
        ("vendor!=hpe,dell", false),
        ("generation=\"idrac 9\" stack=iDRAC", true),
        ("uuid=4C4C4544004235108052B4C04F4A4A33", true),
        ("model~R7*", false),
        ("model~*R7*", true),
        ("model~r75", true),
        ("model=\"poweredge r750\"", true),
        ("r12u15", true),
        ("R12U*", true),
        ("cnivc", true),
        ("\"ok\"", false),
        ("address=10.0.0.0/16 address!=10.0.0.0/24", true),
        ("address=10.0.1.15:443", true),
        ("unit<20 unit>=15 unit=15", true),
        ("site=\"\" rack!=\"\"", true),
        ("env=prod label.ENV=prod,test", true),
        ("label.owner=\"\" !label.owner=me", true),
    ] {
        assert_eq!(query(text).holds(&facts), holds, "{text}");
    }
}

#[test]
fn versions_are_compared_in_the_order_of_their_vendor() {
    let facts = dell();
    for (text, holds) in [
        ("bios<1.20", true),
        ("bios<1.2", false),
        ("bios=1.13.2,1.14", true),
        ("bios>=1.13.2 bios<=1.13.2", true),
        ("bios~1.13*", true),
        ("bmc>=7.10.30", true),
        ("nic<22", true),
        ("nic>22", true),
        ("nic=22.31.6 nic!=22.31.6", true),
        ("!nic=23 !nic<21", true),
        ("component:bcm5720<22", true),
        ("component:*25Gb*<22", false),
        ("component:nic>=21.80", true),
        ("gpu>1", false),
    ] {
        assert_eq!(query(text).holds(&facts), holds, "{text}");
    }
}

#[test]
fn what_is_unknown_or_has_no_order_is_left_out_with_the_reason_and_never_matches() {
    let unknown = Verdict::LeftOut(LeftOut::Unknown);
    let incomparable = Verdict::LeftOut(LeftOut::NotComparable);
    let hpe = Facts { vendor: Some("HPE"), bios: Some("A43 v3.60 (08/11/2022)"), ..Facts::default() };
    for (facts, text, verdict) in [
        (dell(), "serial=CNIVC001 tag=X", unknown),
        (dell(), "!tag=X", unknown),
        (dell(), "tag=X rack=r13", Verdict::No),
        (dell(), "drive<2", unknown),
        (dell(), "bios<abc", incomparable),
        (dell(), "!bios<abc", incomparable),
        (hpe.clone(), "bios<\"A42 v3.70\"", incomparable),
        (hpe.clone(), "bios!=\"A42 v3.60\"", Verdict::Yes),
        (hpe.clone(), "bios<3.70", Verdict::Yes),
        (hpe.clone(), "nic<22", unknown),
        (hpe, "!ok", Verdict::Yes),
    ] {
        assert_eq!(query(text).judge(&facts), verdict, "{text}");
    }
}

#[test]
fn a_mistake_is_told_with_its_column_and_what_would_be_right() {
    for (text, column, part) in [
        ("vendor=dell boos<2.5", 13, "no field or label `boos`; did you mean `bios`?"),
        ("evn=prod", 1, "did you mean `env`?"),
        ("bios< 2.5", 6, "write no blanks"),
        ("bios <2.5", 6, "field is missing before `<`"),
        ("bios==2.5", 6, "there is no such operator"),
        ("bios=>2.5", 6, "there is no such operator"),
        ("bios<2.5,3.0", 10, "takes one value"),
        ("rack<r12", 5, "rack has no order"),
        ("label.env<1", 10, "labels have no order"),
        ("model=\"R750", 7, "not closed"),
        ("model=a\"b\"", 8, "stands alone"),
        ("\"a\"b", 4, "stands alone"),
        ("model=R7*", 7, "use ~ for a pattern"),
        ("unit<abc", 6, "no rack unit"),
        ("address=10.0.0.0/99", 9, "no network"),
        ("ok !", 4, "nothing stands after"),
        ("!!ok", 2, "one `!` is enough"),
        ("name=a,", 8, "a value is missing"),
        ("label.=x", 1, "a label's key is missing"),
        ("component:<2", 1, "kind or name is missing"),
    ] {
        let (at, words) = mistake(text);
        assert_eq!(at, column, "{text}: {words}");
        assert!(words.contains(part), "{text}: {words}");
    }
}

#[test]
fn a_caret_stands_under_the_mistake() {
    let text = "größe=1 boos<2";
    let error = Query::parse("rack=ü boos<2", &[]).unwrap_err();
    assert_eq!(error.pointed("rack=ü boos<2"), "rack=ü boos<2\n       ^");
    assert!(Query::parse(text, &[]).is_err());
}

fn operator() -> impl Strategy<Value = Operator> {
    proptest::sample::select(Operator::SIGNS.map(|(_, operator)| operator).to_vec())
}

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof!["[a-zA-Z0-9.:_-]{1,8}", "[ -~]{0,8}", "\\PC{1,4}", "[*?\"\\\\,=<>~! ]{1,4}"]
}

fn any_test() -> impl Strategy<Value = Test> {
    let values = || prop::collection::vec(any_text(), 1..3);
    let state = proptest::sample::select(State::WORDS.map(|(_, state)| state).to_vec()).prop_map(Test::State);
    let field = proptest::sample::select(Field::WORDS.map(|(field, _)| field).to_vec());
    let which = prop_oneof![
        proptest::sample::select(Kind::ALL.to_vec()).prop_map(Which::Kind),
        any_text().prop_filter("a name", |name| !name.is_empty()).prop_map(Which::Named),
    ];
    prop_oneof![
        state,
        any_text().prop_map(Test::Text),
        (field, operator(), values()).prop_map(|(field, operator, values)| Test::Field { field, operator, values }),
        (any_text().prop_filter("a key", |key| !key.is_empty()), operator(), values())
            .prop_map(|(key, operator, values)| Test::Label { key, operator, values }),
        (which, operator(), values()).prop_map(|(which, operator, values)| Test::Component { which, operator, values }),
    ]
}

/// What the parser would have refused: an order where there is none, several values for one, no number, no network.
fn is_sound(test: &Test) -> bool {
    match test {
        Test::State(_) | Test::Text(_) => true,
        Test::Field { field, operator, values } => {
            (!operator.is_order() || (field.has_order() && values.len() == 1))
                && !(*field == Field::Unit && operator.is_order())
                && !(*field == Field::Address && values.iter().any(|value| value.contains('/')))
        }
        Test::Label { operator, .. } => !operator.is_order(),
        Test::Component { operator, values, .. } => !operator.is_order() || values.len() == 1,
    }
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused_and_what_was_read_prints_to_itself(text in "\\PC{0,40}") {
        if let Ok(query) = Query::parse(&text, &["env"]) {
            prop_assert_eq!(Query::parse(&query.to_string(), &[]), Ok(query.clone()));
            let _ = query.judge(&dell());
        }
    }

    #[test]
    fn pieces_of_the_language_in_any_order_are_read_or_refused(pieces in prop::collection::vec(
        prop::sample::select(vec![
            "bios", "nic", "label.", "component:", "env", "ok", "!", "=", "<", "<=", "!=", "~", ",", "\"", "\\", " ", "2.5", "*",
        ]), 0..12)) {
        let text = pieces.concat();
        match Query::parse(&text, &["env"]) {
            Ok(query) => prop_assert_eq!(query.to_string().parse(), Ok(query)),
            Err(error) => prop_assert!(error.column >= 1 && error.column <= text.chars().count() + 1),
        }
    }

    #[test]
    fn a_printed_query_is_read_back_as_itself(
        terms in prop::collection::vec((any::<bool>(), any_test().prop_filter("sound", is_sound)), 0..4)
    ) {
        let query = Query { terms: terms.into_iter().map(|(negated, test)| Term { negated, test }).collect() };
        prop_assert_eq!(query.to_string().parse(), Ok(query.clone()), "{}", query);
        let _ = query.judge(&dell());
    }
}
