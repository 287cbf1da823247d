//! The screen, opened on the engine of the state directory.

use tracing_subscriber::{EnvFilter, Layer as _, layer::SubscriberExt as _, util::SubscriberInitExt as _};

use super::{
    Places,
    exit::{Exit, Stop},
    output,
};
use crate::{
    api::client,
    clock::Clock,
    tui::{self, Closed, Diagnostics, ScreenError, ScreenOptions},
};

/// Our own diagnostics go to the log screen, or to standard error where there is no screen.
pub(super) fn keep_diagnostics(for_screen: bool) -> Diagnostics {
    let filter = |usual: &str| EnvFilter::try_from_env("FIRMDECK_LOG").unwrap_or_else(|_| EnvFilter::new(usual));
    let diagnostics = Diagnostics::default();
    let registry = tracing_subscriber::registry();
    let set = if for_screen {
        registry.with(diagnostics.layer().with_filter(filter("firmdeck=info"))).try_init()
    } else {
        let to_stderr = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
        registry.with(to_stderr.with_filter(filter("firmdeck=warn"))).try_init()
    };
    // Fails only where a program that uses this library has set its own, which is then the one.
    let _ = set;
    diagnostics
}

/// Whether this terminal can show a screen; to be asked before anything is started for it.
pub(super) fn possible() -> Result<(), Stop> {
    Ok(tui::possible()?)
}

/// Opens the screen until it is left, on a run where one is given. `come_back`: the command that opens it again.
pub(super) async fn open(
    places: &Places,
    diagnostics: Diagnostics,
    come_back: Option<&str>,
    run: Option<i64>,
) -> Result<Exit, Stop> {
    let client = places.client().await?;
    let options = ScreenOptions {
        clock: Clock::system(),
        theme: None,
        run,
        come_back: come_back.map(str::to_owned),
        diagnostics,
        slow: places.slow.then_some(true),
        copies: places.state_dir.join("copied.txt"),
    };
    let starting = places.starting();
    let reconnect = move || {
        let starting = starting.clone();
        async move { client::reattach(&starting).await }
    };
    let ended = tui::run(client, options, reconnect).await?;
    match ended.closed {
        Closed::HungUp => return Ok(Exit::HungUp),
        Closed::Left | Closed::Ended => {
            if let Some(line) = ended.line {
                output::line(&line)?;
            }
        }
    }
    Ok(if ended.closed == Closed::Ended { Exit::Terminated } else { Exit::Well })
}

impl From<ScreenError> for Stop {
    fn from(error: ScreenError) -> Self {
        let words = error.to_string();
        if error.code() == 2 { Self::usage(words) } else { Self::error(words) }
    }
}
