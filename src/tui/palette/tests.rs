//! What is found by what is typed, what is said of it, and that a command does no more than a key.

use super::{Command, commands, shell, size};
use crate::tui::{
    action::{ACTIONS, is_command},
    fixtures::{Desk, RUN},
    key::Key,
    model::{Dialog, Model, Screen, cursor::Rows},
    msg::Effect,
};
use ratatui::layout::Size;

fn desk(keys: &str) -> Desk {
    let mut desk = Desk::with(80, 24, 12);
    desk.serve(12, &[4, 1, 0], 4);
    for key in keys.chars() {
        desk.keys(key.encode_utf8(&mut [0; 4]));
        desk.serve(12, &[4, 1, 0], 4);
    }
    desk
}

fn found(model: &Model, typed: &str) -> Vec<String> {
    commands(model, typed).iter().map(Command::line).collect()
}

fn first(model: &Model, typed: &str) -> Command {
    commands(model, typed).into_iter().next().unwrap()
}

#[test]
fn every_command_is_listed_once_and_found_by_its_name() {
    let desk = desk("");
    let all = found(&desk.model, "");
    for action in ACTIONS.iter().filter(|action| is_command(action)) {
        assert_eq!(all.iter().filter(|line| **line == action.name).count(), 1, "{}", action.name);
        assert_eq!(first(&desk.model, action.name).line(), action.name);
    }
}

#[test]
fn what_is_typed_is_the_beginning_of_a_name_or_of_its_words_or_stands_in_it() {
    let desk = desk("");
    assert_eq!(found(&desk.model, "run sto"), ["run stop"]);
    assert_eq!(found(&desk.model, "r sto"), ["run stop"]);
    assert_eq!(found(&desk.model, "abo")[0], "run abort");
    assert_eq!(found(&desk.model, "TPM"), ["plan tpm"]);
    assert_eq!(found(&desk.model, "frobnicate"), [""; 0]);
    assert_eq!(found(&desk.model, "plan")[0], "plan", "the name itself before what begins with it");
}

#[test]
fn what_may_follow_a_name_is_offered_and_judged() {
    let desk = desk("");
    assert_eq!(found(&desk.model, "theme l"), ["theme l", "theme light"]);
    assert_eq!(found(&desk.model, "ascii "), ["ascii on", "ascii off"]);
    assert_eq!(found(&desk.model, "sort bi"), ["sort bi", "sort bios"]);
    assert!(first(&desk.model, "theme nihgt").state.unwrap_err().why.contains("there are: default"));
    assert!(first(&desk.model, "size 0x9").state.is_err());
    assert!(first(&desk.model, "size 132x43").state.is_ok());
    assert!(first(&desk.model, "open nobody").state.unwrap_err().why.contains("no server is called nobody"));
    assert!(first(&desk.model, "theme").is_half() && !first(&desk.model, "sort").is_half());
    assert_eq!(first(&desk.model, "theme").title(), "theme NAME");
}

#[test]
fn sizes_are_columns_by_lines_or_left_to_the_terminal() {
    assert_eq!(size("132x43"), Some(Some(Size { width: 132, height: 43 })));
    assert_eq!(size("80X24"), Some(Some(Size { width: 80, height: 24 })));
    assert_eq!(size("auto"), Some(None));
    for wrong in ["", "80", "0x24", "80x0", "80x", "80x99999", "-1x5", "1001x5"] {
        assert_eq!(size(wrong), None, "{wrong}");
    }
}

#[test]
fn what_is_of_no_use_now_says_why_not_and_where_it_would_be() {
    let desk = desk("");
    let why = |typed: &str| first(&desk.model, typed).state.unwrap_err().why;
    assert_eq!(why("run stop"), "that is for a run");
    assert_eq!(why("select none"), "nothing is selected");
    assert!(first(&desk.model, "go log").state.is_ok());
}

#[test]
fn a_shell_says_the_same() {
    let run = desk("3");
    let says = |desk: &Desk, typed: &str| {
        let command = first(&desk.model, typed);
        shell(&desk.model, command.action.id, command.argument.as_deref()).unwrap_or_default()
    };
    assert_eq!(says(&run, "run stop"), format!("firmdeck runs stop {RUN}"));
    assert_eq!(says(&run, "run retry"), format!("firmdeck runs retry {RUN} s1"));
    let fleet = desk("");
    assert_eq!(says(&fleet, "filter bios<2.5 it's"), r"firmdeck inventory --filter 'bios<2.5 it'\''s'");
    assert_eq!(says(&fleet, "open r01u02-cpu"), "firmdeck inventory --components --filter id=s2");
    assert_eq!(says(&fleet, "discover 10.0.0.0/24 bmc7"), "firmdeck discover 10.0.0.0/24 bmc7");
    assert_eq!(says(&fleet, "refresh"), "firmdeck inventory --refresh");
    let plan = desk("ap");
    assert_eq!(says(&plan, "plan make"), "firmdeck plan --baseline 2026.08");
    let made = desk("ap\n");
    assert_eq!(says(&made, "run start"), "firmdeck run --plan 9f3c21aa");
    assert_eq!(says(&fleet, "theme light"), "");
}

/// Opens the palette where `keys` lead, and does what is typed.
fn done(keys: &str, typed: &str) -> Desk {
    let mut desk = desk(keys);
    desk.keys(":");
    desk.keys(typed);
    desk.take();
    desk.key(Key::Enter);
    desk
}

#[test]
fn what_must_not_happen_by_mistake_asks_for_its_word_as_a_key_does() {
    for (keys, typed) in [("3", "run stop"), ("3", "run abort"), ("3", "run retry"), ("ap\n", "run start")] {
        let mut desk = done(keys, typed);
        assert!(matches!(desk.model.dialog, Some(Dialog::Confirm { .. })), "{typed}");
        assert!(desk.take().iter().all(|effect| !is_done_to_servers(effect)), "{typed}");
    }
}

fn is_done_to_servers(effect: &Effect) -> bool {
    use Effect::{Abort, Resume, Retry, Start, Stop};
    matches!(effect, Start(_) | Stop(_) | Abort(_) | Resume(_) | Retry(..))
}

#[test]
fn no_command_whatever_is_typed_does_anything_to_servers_by_itself() {
    for keys in ["", "\n", "ap", "ap\n", "3", "4", "4l"] {
        for action in ACTIONS.iter().filter(|action| is_command(action)) {
            for argument in ["", " on", " auto", " default", " 17", " failed", " 10.0.0.1"] {
                let mut desk = done(keys, &format!("{}{argument}", action.name));
                desk.key(Key::Enter);
                assert!(!desk.take().iter().any(is_done_to_servers), "{}{argument} after {keys:?}", action.name);
            }
        }
    }
}

#[test]
fn a_command_with_what_follows_it_does_it() {
    assert_eq!(done("", "filter vendor=dell").model.fleet.count(), 3);
    assert_eq!(done("", "sort bios").model.fleet.sort, super::column("BIOS"));
    assert!(done("", "theme light").take().contains(&Effect::Theme("light".into())));
    assert!(done("", "ascii on").take().contains(&Effect::Ascii(true)));
    assert!(done("", "size auto").take().contains(&Effect::Size(None)));
    assert!(done("", "reload").take().contains(&Effect::Reload));
    assert_eq!(done("", "quit").take(), [Effect::Leave]);
    let opened = done("3", "open r01u03-sto");
    assert_eq!((opened.model.screen(), opened.model.server.id.as_str()), (Screen::Server, "s3"));
    assert_eq!(done("", "go run 15").model.run.run, Some(15));
    let mistaken = done("", "filter bois<2");
    assert!(
        matches!(mistaken.model.dialog, Some(Dialog::Filter { mistake: Some(_), .. })),
        "the mistake is mended there"
    );
}

#[test]
fn what_cannot_be_done_now_says_why_and_stays_to_be_changed() {
    let desk = done("", "run stop");
    assert_eq!(desk.notice(), "not now: that is for a run");
    assert!(matches!(&desk.model.dialog, Some(Dialog::Palette { field, .. }) if field.text() == "run stop"));
    let desk = done("", "frobnicate");
    assert_eq!(desk.notice(), "no command is called frobnicate");
}

#[test]
fn a_command_that_needs_more_waits_for_it() {
    let mut desk = done("", "theme");
    assert!(matches!(&desk.model.dialog, Some(Dialog::Palette { field, .. }) if field.text() == "theme "));
    desk.keys("\n");
    assert!(desk.take().contains(&Effect::Theme("default".into())), "the first that is offered");
}

#[test]
fn tab_completes_and_arrows_choose() {
    let mut desk = desk("");
    desk.keys(":go");
    desk.key(Key::Down);
    let chosen = desk.model.chosen_command().unwrap().line();
    desk.keys("\t");
    assert!(matches!(&desk.model.dialog, Some(Dialog::Palette { field, .. }) if field.text().trim() == chosen));
    desk.key(Key::Esc);
    assert_eq!(desk.model.dialog, None);
}

#[test]
fn on_an_empty_line_up_goes_back_through_what_was_typed() {
    let mut desk = desk("");
    desk.keys(":go log\n:go runs\n:go log\n:go fleet\n:");
    let typed = |desk: &Desk| match &desk.model.dialog {
        Some(Dialog::Palette { field, .. }) => field.text(),
        _ => String::new(),
    };
    let mut seen = Vec::new();
    for key in [Key::Up, Key::Up, Key::Up, Key::Up, Key::Down, Key::Down, Key::Down] {
        desk.key(key);
        seen.push(typed(&desk));
    }
    assert_eq!(seen, ["go fleet", "go log", "go runs", "go runs", "go log", "go fleet", ""]);
}
