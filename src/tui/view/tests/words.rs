//! What must be said: that there is no room, every state in a word, and what our own process logs.

use super::{draw, matrix::desk, sizes::at, text};
use crate::tui::{
    fixtures::{Desk, RUN, board},
    glyphs::Glyphs,
    key::Key,
    msg::{Answer, Msg},
    theme::{Depth, Theme},
};

fn mono() -> Theme {
    Theme::embedded("mono", Depth::Mono, Glyphs { utf8: false }).unwrap()
}

#[test]
fn every_state_of_a_run_and_of_a_server_is_a_word_without_colours_at_every_size() {
    for (width, height) in super::matrix::SIZES {
        let mut run = at("3", width, height, 24, &[0, 1, 2, 3, 4, 5, 6], 3);
        run.answer(Answer::Board(RUN, Ok(board(&[0, 1, 2, 3, 4, 5, 6]))));
        let shown = text(&draw(&run.model, &mono()));
        for word in ["waiting", "43%", "2 of 2 read back", "FAIL", "UNC?", "BLKD", "failed: ", "uncertain", "blocked"] {
            assert!(shown.contains(word), "{word} at {width}x{height}\n{shown}");
        }
        let fleet = at("", width, height, 24, &[3, 1], 3);
        let shown = text(&draw(&fleet.model, &mono()));
        for word in ["NO ANSWER", "CERT CHANGED", "warning", "HERE", " ok ", " off "] {
            assert!(shown.contains(word), "{word} at {width}x{height}\n{shown}");
        }
    }
}

#[test]
fn a_search_through_resources_says_how_far_it_is() {
    let mut desk = at("b", 80, 24, 5, &[], 2);
    desk.keys("/predicted\ns");
    let shown = text(&draw(&desk.model, &mono()));
    assert!(shown.contains("looking for predicted: 2 resources, at /redfish/v1/Systems/1/Bios"), "{shown}");
}

#[test]
fn a_size_can_be_typed_where_there_is_room_for_nothing_else() {
    let mut desk = Desk::with(40, 10, 5);
    desk.keys(":size 132x43");
    assert!(text(&draw(&desk.model, &mono())).ends_with(":size 132x43"));
    desk.key(Key::Enter);
    let size = ratatui::layout::Size { width: 132, height: 43 };
    assert!(desk.take().contains(&crate::tui::msg::Effect::Size(Some(size))));
    desk.tell(Msg::Resize(size));
    assert!(text(&draw(&desk.model, &mono())).contains("5 servers"));
}

#[test]
fn what_has_no_room_says_so() {
    let theme = mono();
    let desk = desk("", "normal", 59, 15);
    let shown = text(&draw(&desk.model, &theme));
    assert!(shown.starts_with("firmdeck needs 60 x 16 or more."), "{shown}");
    assert!(shown.contains("This terminal has 59 x 15.") && shown.contains("Not so? : size 80x24"), "{shown}");
    let unknown = desk_of_unknown_size();
    assert!(text(&draw(&unknown.model, &theme)).contains("engine"), "0 x 0 is taken for 80 x 24");
}

fn desk_of_unknown_size() -> Desk {
    Desk::new(0, 0)
}

/// The log screen has tui-logger's own state for the whole process, so it is looked at alone.
#[test]
fn the_log_shows_what_our_own_process_says_cleaned() {
    use tracing_subscriber::layer::SubscriberExt;
    tui_logger::set_default_level(tui_logger::LevelFilter::Info);
    let subscriber = tracing_subscriber::registry().with(tui_logger::TuiTracingSubscriberLayer);
    tracing::subscriber::with_default(subscriber, || {
        tracing::warn!(target: "firmdeck::tui", "a BMC says \x1b[31mred\x1b[0m");
    });
    tui_logger::move_events();
    let desk = desk("5", "normal", 80, 24);
    let theme = mono();
    let shown = text(&draw(&desk.model, &theme));
    assert!(shown.contains("WARN   firmdeck::tui a BMC says ?[31mred?[0m"), "{shown}");
}
