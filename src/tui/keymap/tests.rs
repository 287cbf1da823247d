//! What a keymap may say, and what it is told where it may not.

use super::{EMBEDDED, Keymap, Meaning};
use crate::tui::{
    action::{Context, Id},
    key::Key,
};

fn does(keymap: &Keymap, context: Context, keys: &[Key]) -> Option<Id> {
    match keymap.meaning(context, keys) {
        Meaning::Does(action) => Some(action.id),
        Meaning::Begins | Meaning::Nothing => None,
    }
}

fn mistakes(text: &str) -> Vec<String> {
    match Keymap::with("keymap.toml", text) {
        Ok(_) => Vec::new(),
        Err(mistakes) => mistakes.iter().map(ToString::to_string).collect(),
    }
}

#[track_caller]
fn is_told(text: &str, words: &str) {
    let told = mistakes(text);
    assert!(told.iter().any(|told| told.contains(words)), "{words}: {told:#?}");
}

#[test]
fn the_embedded_keymap_has_no_mistake() {
    assert_eq!(Keymap::embedded().map(|_| ()), Ok(()));
}

#[test]
fn an_operators_line_replaces_the_keys_of_that_action_there_and_nowhere_else() {
    let keymap = Keymap::with("keymap.toml", "[fleet]\nplan = [\"P\", \"ctrl-p\"]\n").unwrap();
    assert_eq!(does(&keymap, Context::Fleet, &[Key::Char('P')]), Some(Id::Plan));
    assert_eq!(does(&keymap, Context::Fleet, &[Key::Ctrl('p')]), Some(Id::Plan));
    assert_eq!(does(&keymap, Context::Fleet, &[Key::Char('p')]), None);
    assert_eq!(does(&keymap, Context::Server, &[Key::Char('p')]), Some(Id::Plan));
    assert_eq!(keymap.first(Context::Fleet, Id::Plan), "P");
}

#[test]
fn a_wide_section_holds_on_every_screen_and_a_nearer_one_wins() {
    let text = "[tables]\ndown = \"ctrl-n\"\n[run]\ndown = [\"J\"]\n[everywhere]\nhelp = \"H\"\n";
    let keymap = Keymap::with("keymap.toml", text).unwrap();
    assert_eq!(does(&keymap, Context::Fleet, &[Key::Ctrl('n')]), Some(Id::Down));
    assert_eq!(does(&keymap, Context::Run, &[Key::Ctrl('n')]), None);
    assert_eq!(does(&keymap, Context::Run, &[Key::Char('J')]), Some(Id::Down));
    assert_eq!(does(&keymap, Context::Journal, &[Key::Char('H')]), Some(Id::Help));
}

#[test]
fn keys_one_after_the_other_are_one_meaning() {
    let keymap = Keymap::with("keymap.toml", "[tables]\nfirst = [\"home\", \"z z\"]\n").unwrap();
    assert!(matches!(keymap.meaning(Context::Fleet, &[Key::Char('z')]), Meaning::Begins));
    assert_eq!(does(&keymap, Context::Fleet, &[Key::Char('z'), Key::Char('z')]), Some(Id::First));
    assert!(matches!(keymap.meaning(Context::Fleet, &[Key::Char('z'), Key::Char('x')]), Meaning::Nothing));
}

#[test]
fn what_has_a_name_may_have_no_key() {
    let keymap = Keymap::with("keymap.toml", "[run]\n\"run abort\" = []\n").unwrap();
    assert_eq!(keymap.first(Context::Run, Id::AskAbort), ":run abort");
}

#[test]
fn an_unknown_section_action_or_key_is_told_with_its_place_and_what_is_likely_meant() {
    is_told("[flet]\n", "keymap.toml:1:2: there is no section `flet`; did you mean `fleet`?");
    is_told("[fleet]\n\nslect = \"x\"\n", "keymap.toml:3:1: there is no action `slect`; did you mean `select`?");
    is_told("[fleet]\nplan = [\"p\", \"f5\"]\n", "keymap.toml:2:14: `f5` is no key");
    is_told("[fleet]\n\"run stop\" = \"x\"\n", "keymap.toml:2:1: `run stop` is not of [fleet]; it is of a run");
    is_told("[fleet]\nplan = 7\n", "keymap.toml:2:8: a key is a text");
    is_told("[fleet\n", "keymap.toml:1:");
}

#[test]
fn a_key_that_means_two_things_is_told_with_both_places() {
    is_told(
        "[fleet]\nplan = \"s\"\n",
        "keymap.toml:2:1: s means two things in the fleet: `plan`, and `sort` (assets/keymap.toml:",
    );
    is_told("[run]\nview = \"?\"\n", "? means two things in a run: `view`, and `help`");
    is_told("[fleet]\nplan = \"z\"\nsort = \"z\"\n", "and `sort` (keymap.toml:3)");
    assert!(mistakes("[fleet]\nplan = \"s\"\nsort = \"p\"\n").is_empty(), "two that change places");
}

#[test]
fn a_key_that_begins_another_is_told() {
    is_told("[fleet]\nplan = \"s p\"\n", "s would never be told from the beginning of s p in the fleet");
    is_told("[tables]\nfirst = [\"z\", \"z z\"]\n", "z would never be told from the beginning of z z");
}

#[test]
fn what_cannot_be_taken_back_is_on_no_single_character() {
    is_told(
        "[confirm]\nconfirm = \"y\"\n",
        "keymap.toml:2:1: `confirm` cannot be taken back: it must not be on the single key y",
    );
}

#[test]
fn where_text_is_typed_printable_keys_are_text() {
    is_told("[typing]\ncancel = \"q\"\n", "q is text in a field: `cancel` needs another key");
    is_told("[palette]\ncomplete = \"x x\"\n", "x x is text in the commands");
    assert!(mistakes("[typing]\ncancel = [\"esc\", \"ctrl-g\"]\n").is_empty());
}

#[test]
fn nobody_is_locked_in() {
    is_told("[typing]\ncancel = []\n", "`cancel` needs a key in a field");
    is_told("[everywhere]\npalette = []\n", "`palette` needs a key in the fleet");
    is_told("[always]\nquit = []\n", "`quit` needs a key");
}

#[test]
fn an_empty_file_and_the_embedded_one_as_it_is_change_nothing() {
    for text in ["", EMBEDDED] {
        let keymap = Keymap::with("keymap.toml", text).unwrap();
        assert_eq!(does(&keymap, Context::Fleet, &[Key::Char('p')]), Some(Id::Plan));
    }
}

proptest::proptest! {
    #[test]
    fn no_text_upsets_it(text: String, section in "[a-z]{3,6}", name in "[a-z ]{1,9}", key in "\\PC{0,9}") {
        let _ = Keymap::with("keymap.toml", &text);
        let _ = Keymap::with("keymap.toml", &format!("[{section}]\n{name:?} = [{key:?}]\n"));
    }
}
