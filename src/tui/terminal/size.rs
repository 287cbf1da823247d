//! How large the terminal is, also where it does not say.

use ratatui::layout::Size;

/// What is taken for the size of a terminal that does not say: a serial console reports 0 by 0.
pub const USUAL: Size = Size { width: 80, height: 24 };

/// The terminal's own word, else `COLUMNS` and `LINES`, else 80 by 24; each direction for itself.
#[must_use]
pub fn size(reported: Option<(u16, u16)>, variable: impl Fn(&str) -> Option<String>) -> Size {
    let (width, height) = reported.unwrap_or_default();
    let or = |reported: u16, name: &str, usual: u16| {
        let told = || variable(name).and_then(|text| text.parse().ok());
        Some(reported).filter(|size| *size > 0).or_else(told).filter(|size| *size > 0).unwrap_or(usual)
    };
    Size { width: or(width, "COLUMNS", USUAL.width), height: or(height, "LINES", USUAL.height) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_serial_console_that_reports_nothing_is_80_by_24() {
        assert_eq!(size(Some((0, 0)), |_| None), USUAL);
        assert_eq!(size(None, |_| None), USUAL);
        assert_eq!(size(Some((132, 0)), |_| None), Size { width: 132, height: 24 });
    }

    #[test]
    fn columns_and_lines_are_believed_where_the_terminal_is_silent() {
        let told = |name: &str| Some(if name == "COLUMNS" { "132" } else { "43" }.to_owned());
        assert_eq!(size(Some((0, 0)), told), Size { width: 132, height: 43 });
        assert_eq!(size(Some((100, 30)), told), Size { width: 100, height: 30 });
        assert_eq!(size(None, |_| Some("many".into())), USUAL);
    }
}
