//! What holds for every version, not only for those in the table.

use proptest::prelude::*;

use super::*;

/// Versions of one family, of the same detail, close enough to each other to be equal or ordered often.
fn of(family: Family) -> BoxedStrategy<String> {
    let pattern = match family {
        Family::Dot => r"0?[0-2](\.0?[0-2]){0,3}(-rc[12]|-dev(-[01])?|-[12])?",
        Family::Sfx => r"(BIOS Date: 0[12]/01/2023 Ver )?0?[0-2](\.[0-2][ab]?|(\.0?[0-2]){0,3})",
        Family::Hex => r"0?[0AF](\.0?[0AF]){1,3}",
        Family::Rom => r"A4[23] v[12]\.[01]0 \(0[12]/01/202[23]\)",
        Family::Ilo => r"iLO [56] v[12]\.[01]0(\.00)?",
        Family::Len => r"TGBT[01][01][AB]",
        Family::Nv => r"(HGX|BF)-2[01](\.[01]){0,2}(-rc[12]|-rev[12])?",
        Family::Mlx => r"2[48]\.4[01]\.(10|11)\.?0[01]",
        Family::Bld => r"[01]\.[01](\.[01])?( Build [12])?",
        Family::Rev => r"[AF]0?[12][ab]?",
        Family::Opaque => r"HPG[01]",
    };
    proptest::string::string_regex(pattern).unwrap().boxed()
}

fn any_family() -> impl Strategy<Value = Family> {
    proptest::sample::select(Family::ALL.to_vec())
}

fn three() -> impl Strategy<Value = (Family, String, String, String)> {
    any_family().prop_flat_map(|family| (Just(family), of(family), of(family), of(family)))
}

fn foreign() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[0-9A-Fa-fxv._ -]{0,24}",
        "[A-Z0-9]{1,8}",
        (proptest::sample::select(SEEN), "[.0-9a-z-]{0,4}").prop_map(|(seen, more)| format!("{seen}{more}")),
    ]
}

fn kinds() -> impl Strategy<Value = Option<&'static str>> {
    proptest::option::of(proptest::sample::select(vec!["bios", "bmc", "cpld", "nic", "drive", "psu", "gpu", "other"]))
}

fn vendors() -> impl Strategy<Value = Option<&'static str>> {
    proptest::option::of(proptest::sample::select(vec!["HPE", "Dell", "Supermicro", "Lenovo", "NVIDIA", "AMI"]))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_version_equals_itself(family in any_family(), text in foreign()) {
        let expected = if normalise(family, &text).is_some() { Equal } else { Incomparable };
        prop_assert_eq!(compare(family, &text, &text).order, expected);
        prop_assert_eq!(compare_as_read(Hint::default(), &text, &text).order, expected);
    }

    #[test]
    fn the_other_way_round_is_the_mirrored_order(
        family in any_family(), a in foreign(), b in foreign(), vendor in vendors(), kind in kinds(),
    ) {
        prop_assert_eq!(compare(family, &a, &b).order, compare(family, &b, &a).order.mirrored());
        let hint = Hint { vendor, kind, name: None };
        prop_assert_eq!(compare_as_read(hint, &a, &b).order, compare_as_read(hint, &b, &a).order.mirrored());
        prop_assert!(!compare_as_read(hint, &a, &b).to_string().contains(char::is_control));
    }

    #[test]
    fn order_carries_over_from_version_to_version((family, a, b, c) in three()) {
        let (ab, bc, ac) = (compare(family, &a, &b).order, compare(family, &b, &c).order, compare(family, &a, &c).order);
        // a date on one side only is the detail that makes no difference: see the module's comment
        let dated = |text: &String| text.contains("Date");
        let one_detail = dated(&a) == dated(&b) && dated(&b) == dated(&c);
        let expected = match (ab, bc) {
            (Equal, other) | (other, Equal) => other,
            (one, other) if one == other => one,
            _ => return Ok(()),
        };
        if one_detail && ab != Incomparable && bc != Incomparable {
            prop_assert_eq!(ac, expected, "{} {} {} {}", family, a, b, c);
        }
    }

    #[test]
    fn equal_versions_have_one_normal_form((family, a, b, _) in three()) {
        if compare(family, &a, &b).order == Equal {
            prop_assert_eq!(normalise(family, &a), normalise(family, &b));
        }
    }

    #[test]
    fn a_normal_form_is_its_own_normal_form_and_equal_to_what_it_came_from((family, a, _, _) in three()) {
        let normal = normalise(family, &a).unwrap_or_default();
        prop_assert_eq!(normalise(family, &normal), Some(normal.clone()), "{} {}", family, a);
        prop_assert_eq!(compare(family, &a, &normal).order, Equal, "{} {} {}", family, a, normal);
    }

    #[test]
    fn missing_numbers_are_zeros_and_leading_zeros_are_nothing(
        parts in proptest::collection::vec(0u32..300, 1..5), zeros in 1usize..4,
    ) {
        let plain = parts.iter().map(u32::to_string).collect::<Vec<_>>().join(".");
        let padded = format!("{plain}{}", ".0".repeat(zeros));
        let wide = parts.iter().map(|part| format!("{part:0>5}")).collect::<Vec<_>>().join(".");
        for family in [Family::Dot, Family::Nv] {
            prop_assert_eq!(compare(family, &plain, &padded).order, Equal);
            prop_assert_eq!(compare(family, &plain, &wide).order, Equal);
        }
        prop_assert_eq!(compare(Family::Hex, &format!("{plain}.0"), &padded).order, Equal);
        prop_assert_eq!(compare(Family::Hex, &plain, &wide).order, Equal);
    }

    #[test]
    fn strings_alone_never_contradict_the_family_they_are_of((family, a, b, _) in three()) {
        let (known, blind) = (compare(family, &a, &b).order, compare_as_read(Hint::default(), &a, &b).order);
        if blind != Incomparable {
            prop_assert_eq!(blind, known, "{} {} {}", family, a, b);
        }
    }
}
