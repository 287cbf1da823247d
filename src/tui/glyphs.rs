//! Characters that have two forms: one for UTF-8 terminals, one that every terminal has.

/// Which characters the terminal can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Glyphs {
    /// False where only ASCII may be drawn: another locale, a VT220, a Linux console's 256 glyphs.
    pub utf8: bool,
}

/// Marks what was cut off for lack of room. ASCII in both forms: the ellipsis is of doubtful width.
pub const CUT: char = '~';
/// Stands before the row under the cursor.
pub const CURSOR: char = '>';
/// Stands before a selected row.
pub const SELECTED: char = '*';

impl Glyphs {
    const fn either(self, utf8: &'static str, ascii: &'static str) -> &'static str {
        if self.utf8 { utf8 } else { ascii }
    }

    /// From one version to another.
    #[must_use]
    pub const fn arrow(self) -> &'static str {
        self.either("→", "->")
    }

    /// A line across.
    #[must_use]
    pub const fn across(self) -> &'static str {
        self.either("─", "-")
    }

    /// A line down.
    #[must_use]
    pub const fn down(self) -> &'static str {
        self.either("│", "|")
    }

    /// The corners of a box: top left, top right, bottom left, bottom right. Square, since code page 437 has no arcs.
    #[must_use]
    pub const fn corners(self) -> [&'static str; 4] {
        if self.utf8 { ["┌", "┐", "└", "┘"] } else { ["+", "+", "+", "+"] }
    }

    /// The full part of a meter.
    #[must_use]
    pub const fn full(self) -> &'static str {
        self.either("█", "#")
    }

    /// The empty part of a meter.
    #[must_use]
    pub const fn empty(self) -> &'static str {
        self.either("░", ".")
    }
}
