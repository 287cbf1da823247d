//! No size and no sequence of messages upsets the screen.

use proptest::prelude::*;
use ratatui::layout::Size;

use super::{draw, matrix::PLACES};
use crate::tui::{
    fixtures::Desk,
    glyphs::Glyphs,
    msg::Msg,
    theme::{Depth, Theme},
    update::tests::any_msg,
};

fn theme(utf8: bool) -> Theme {
    Theme::embedded("default", Depth::Sixteen, Glyphs { utf8 }).unwrap()
}

/// The keys that lead to every place, the log among them.
pub(super) fn everywhere() -> impl Iterator<Item = &'static str> {
    PLACES.iter().map(|(_, keys)| *keys).chain(["5", "?"])
}

pub(super) fn at(keys: &str, width: u16, height: u16, servers: usize, stages: &[usize], runs: usize) -> Desk {
    let mut desk = Desk::with(width, height, servers);
    desk.serve(servers, stages, runs);
    for key in keys.chars() {
        desk.keys(key.encode_utf8(&mut [0; 4]));
        desk.serve(servers, stages, runs);
    }
    desk
}

#[test]
fn every_screen_can_be_drawn_at_every_small_size_and_at_the_breakpoints() {
    let theme = theme(true);
    for keys in everywhere() {
        let mut desk = at(keys, 80, 24, 40, &[3, 1, 2, 0, 4, 5, 6], 5);
        let sizes = (0..30).flat_map(|width| (0..30).map(move |height| (width * 3, height)));
        for (width, height) in
            sizes.chain([(111, 30), (112, 29), (112, 30), (120, 36), (160, 48), (500, 200), (500, 1), (1, 200)])
        {
            desk.tell(Msg::Resize(Size { width, height }));
            draw(&desk.model, &theme);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(120))]

    #[test]
    fn no_sequence_of_messages_panics_and_every_model_can_be_drawn(
        messages in prop::collection::vec(any_msg(), 1..60),
        width in 0_u16..=500,
        height in 0_u16..=200,
        utf8: bool,
    ) {
        let theme = theme(utf8);
        let mut desk = Desk::new(width, height);
        for message in messages {
            desk.tell(message);
            draw(&desk.model, &theme);
        }
    }
}
