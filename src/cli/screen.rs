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

/// Opens the screen until it is left, on a run where one is given. `own`: where the operator's keymap and themes are, also
/// where the engine is a demo's; `come_back`: the command that opens it again.
pub(super) async fn open(
    places: &Places,
    own: &Places,
    diagnostics: Diagnostics,
    come_back: Option<&str>,
    run: Option<i64>,
) -> Result<Exit, Stop> {
    let client = places.client().await?;
    // A mistake in the file is told where the engine is started with it; a screen on one that runs opens all the same.
    let looks = own.read_config().map(|config| config.screen).unwrap_or_default();
    let options = ScreenOptions {
        clock: Clock::system(),
        directory: own.config_directory(),
        theme: looks.theme,
        ascii: looks.ascii,
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

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use crate::{
        cli::Arguments,
        tui::{action::ACTIONS, fixtures::Desk, palette::shell},
    };

    /// The words of a command line, as a shell would part them; single quotes are all that the screen writes.
    fn words(line: &str) -> Vec<String> {
        let mut found = vec![String::new()];
        let (mut quoted, mut letters) = (false, line.chars().peekable());
        while let Some(letter) = letters.next() {
            match letter {
                '\'' => quoted = !quoted,
                ' ' if !quoted => found.push(String::new()),
                '\\' if !quoted => found.last_mut().unwrap().extend(letters.next()),
                letter => found.last_mut().unwrap().push(letter),
            }
        }
        found
    }

    #[test]
    fn what_the_palette_says_that_a_shell_would_say_is_a_command_line_of_ours() {
        let mut seen = 0;
        for keys in ["", " ", "\n", "ap", "apwcd++", "ap\n", "3", "4", "3i", "b", "bmj", "bm\n", "L", "="] {
            let mut desk = Desk::with(80, 24, 6);
            desk.serve(6, &[4, 1, 0], 4);
            for key in keys.chars() {
                desk.keys(key.encode_utf8(&mut [0; 4]));
                desk.serve(6, &[4, 1, 0], 4);
            }
            for action in ACTIONS {
                for argument in [None, Some("17"), Some("r01u02-cpu"), Some("bios<2.5 it's")] {
                    let Some(line) = shell(&desk.model, action.id, argument) else { continue };
                    seen += 1;
                    if let Err(error) = Arguments::try_parse_from(words(&line)) {
                        assert_eq!(error.exit_code(), 0, "{line}: {error}");
                    }
                }
            }
        }
        assert!(seen > 50, "{seen}");
    }
}
