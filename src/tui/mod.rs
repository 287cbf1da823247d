//! The screen: a client of the engine that shows and asks, and owns no work. When it goes, what runs goes on.
//!
//! `update(&mut Model, Msg) -> Vec<Effect>` is pure, `view(frame, &Model, &Theme)` only reads, and one table of actions makes
//! hints, help, palette and the names of the keymap.

pub mod action;
pub mod allowed;
pub mod diagnostics;
#[cfg(test)]
pub(crate) mod fixtures;
pub mod glyphs;
pub mod input;
pub mod key;
pub mod keymap;
pub mod layout;
pub mod model;
pub mod msg;
pub mod palette;
pub mod runtime;
pub mod terminal;
pub mod text;
pub mod theme;
pub mod update;
pub mod view;

pub use diagnostics::Diagnostics;
pub use runtime::{Closed, Ended, ScreenError, ScreenOptions, looks, possible, run};
