//! A walk of the table: whatever can be done can be reached, is told of, and does not happen by mistake.

use std::collections::{HashMap, HashSet};

use super::{ACTIONS, Context, Id, is_command, of};
use crate::tui::{
    key::Key,
    keymap::{Keymap, Meaning},
};

fn keymap() -> Keymap {
    Keymap::embedded().unwrap()
}

#[test]
fn every_action_has_a_name_a_title_and_a_sentence() {
    for action in ACTIONS {
        assert!(!action.title.is_empty() && action.help.len() > action.title.len(), "{:?}", action.id);
        assert!(!action.contexts.is_empty(), "{:?}", action.id);
        let is_name = |c: char| c.is_ascii_lowercase() || c == ' ';
        assert!(!action.name.is_empty() && action.name.chars().all(is_name), "{:?}", action.id);
    }
}

#[test]
fn an_action_has_one_name_and_in_a_place_a_name_is_one_action() {
    let mut named = HashMap::new();
    for action in ACTIONS {
        assert_eq!(*named.entry(action.id).or_insert(action.name), action.name, "{:?}", action.id);
    }
    for (context, ..) in Context::ALL {
        let mut names = HashSet::new();
        let mut ids = HashSet::new();
        for action in of(context) {
            assert!(names.insert(action.name), "{} twice in {context:?}", action.name);
            assert!(ids.insert(action.id), "{:?} twice in {context:?}", action.id);
        }
    }
}

#[test]
fn every_action_is_reached_by_a_key_or_by_its_name_in_every_place_that_it_is_for() {
    let keymap = keymap();
    for (context, ..) in Context::ALL {
        for action in of(context) {
            let chords = keymap.chords(context, action.id);
            for chord in chords {
                let Meaning::Does(found) = keymap.meaning(context, &chord.0) else { panic!("{chord} in {context:?}") };
                assert_eq!(found.id, action.id, "{chord} in {context:?}");
            }
            let by_name = is_command(action) && !context.is_dialog();
            assert!(!chords.is_empty() || by_name, "{} cannot be reached in {context:?}", action.name);
        }
    }
}

#[test]
fn what_changes_servers_is_only_where_a_word_was_asked_for_and_never_on_a_single_character() {
    let keymap = keymap();
    assert!(ACTIONS.iter().any(|action| action.danger));
    for action in ACTIONS.iter().filter(|action| action.danger) {
        assert_eq!(action.contexts, [Context::Confirm], "{:?}", action.id);
        assert!(!is_command(action), "{:?} has no name in the palette", action.id);
        for (context, ..) in Context::ALL {
            for chord in keymap.chords(context, action.id) {
                assert!(!matches!(chord.0.as_slice(), [Key::Char(_)]), "{chord} in {context:?}");
            }
        }
    }
}

#[test]
fn what_can_be_asked_for_only_by_name_says_in_its_help_what_to_type() {
    for action in ACTIONS.iter().filter(|action| action.id == Id::Size) {
        assert!(action.help.contains("132x43"), "{}", action.help);
    }
}
