//! What is typed after a command's name.

use ratatui::layout::Size;

use crate::{
    api::live::FleetRow,
    tui::{
        action::Argument,
        allowed::Refusal,
        model::{
            Model,
            columns::{self, Column},
        },
    },
};

/// Servers that are offered by name.
const OFFERED: usize = 50;
/// No terminal is larger.
const LARGEST: u16 = 1000;

impl Argument {
    /// How it is spoken of in the list of commands.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Query => "[QUERY]",
            Self::Addresses => "[ADDRESSES]",
            Self::Words => "[WORDS]",
            Self::Server => "[SERVER]",
            Self::Run => "[NUMBER]",
            Self::Column => "[COLUMN]",
            Self::Theme => "NAME",
            Self::Size => "WxH|auto",
            Self::Switch => "on|off",
            Self::Link => "slow|fast|auto",
            Self::Resource => "[PATH]",
        }
    }

    /// True where the command means nothing without it.
    #[must_use]
    pub const fn is_needed(self) -> bool {
        matches!(self, Self::Theme | Self::Size | Self::Switch | Self::Link)
    }

    /// True where it can be something that is not offered.
    #[must_use]
    pub const fn is_free(self) -> bool {
        !matches!(self, Self::Switch | Self::Link)
    }

    /// What is offered.
    #[must_use]
    pub fn values(self, model: &Model) -> Vec<String> {
        match self {
            Self::Query | Self::Addresses | Self::Words | Self::Resource => Vec::new(),
            Self::Server => model.fleet.all().take(OFFERED).map(|row| columns::name(row).into_owned()).collect(),
            Self::Run => model.runs.value.iter().flatten().map(|head| head.line.run.to_string()).collect(),
            Self::Column => Column::SORTED.iter().map(|column| column.heading().to_ascii_lowercase()).collect(),
            Self::Theme => model.themes.clone(),
            Self::Size => vec!["auto".into(), "80x24".into(), "132x43".into()],
            Self::Switch => vec!["on".into(), "off".into()],
            Self::Link => vec!["slow".into(), "fast".into(), "auto".into()],
        }
    }

    /// Whether it is any good, where it alone decides whether the command is of use.
    pub(super) fn judge(self, model: &Model, argument: &str) -> Option<Result<(), Refusal>> {
        let no = |why: String| Some(Err(Refusal { why }));
        match self {
            Self::Query | Self::Addresses | Self::Words | Self::Resource => None,
            Self::Link if link(argument).is_none() => no("slow, fast or auto".into()),
            Self::Server if server(model, argument).is_none() => no(format!("no server is called {argument}")),
            Self::Run if argument.parse::<i64>().is_err() => no(format!("{argument} is no number of a run")),
            Self::Column if column(argument).is_none() => no(format!("no column to sort by is called {argument}")),
            // only where there is a table to sort
            Self::Column => None,
            Self::Theme if !model.themes.iter().any(|theme| theme == argument) => {
                no(format!("no theme is called {argument}; there are: {}", model.themes.join(", ")))
            }
            Self::Size if size(argument).is_none() => no(format!("{argument} is no size: 132x43, or auto")),
            Self::Switch if !matches!(argument, "on" | "off") => no("on or off".into()),
            Self::Server | Self::Run | Self::Theme | Self::Size | Self::Switch | Self::Link => Some(Ok(())),
        }
    }
}

/// The server of this name, id or address.
pub(in crate::tui) fn server<'a>(model: &'a Model, text: &str) -> Option<&'a FleetRow> {
    let named =
        |row: &&FleetRow| columns::name(row).eq_ignore_ascii_case(text) || row.id == text || row.address == text;
    model.fleet.all().find(named)
}

/// The column of this heading.
pub(in crate::tui) fn column(text: &str) -> Option<Column> {
    Column::SORTED.into_iter().find(|column| column.heading().eq_ignore_ascii_case(text))
}

/// Whether the line is slow; none in it for "auto". None at all where it is neither.
#[must_use]
pub fn link(text: &str) -> Option<Option<bool>> {
    match text {
        "slow" => Some(Some(true)),
        "fast" => Some(Some(false)),
        "auto" => Some(None),
        _ => None,
    }
}

/// "132x43" as a size; none in it for "auto". None at all where it is neither.
#[must_use]
pub fn size(text: &str) -> Option<Option<Size>> {
    if text.eq_ignore_ascii_case("auto") {
        return Some(None);
    }
    let (width, height) = text.split_once(['x', 'X'])?;
    let side = |text: &str| text.trim().parse::<u16>().ok().filter(|side| (1..=LARGEST).contains(side));
    Some(Some(Size { width: side(width)?, height: side(height)? }))
}
