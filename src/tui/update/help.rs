//! Looking for something in the help.

use crate::tui::model::{Dialog, Model, field::Field};

/// Asks what to look for.
pub(super) fn ask(model: &mut Model) {
    if let Some(Dialog::Help { find, search, .. }) = &mut model.dialog {
        *search = Some(Field::with(find));
    }
}
