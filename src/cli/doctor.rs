//! `firmdeck doctor`

use std::{
    env,
    io::{self, IsTerminal},
};

use clap::Args;
use serde::Serialize;

use super::{
    Places,
    exit::{Exit, Stop},
    logind::Surroundings,
    output,
};
use crate::{
    api::{tools::ToolRow, wire::SCHEMA},
    config::Mistake,
    tui::looks,
};

/// Look at what firmdeck runs on: files, TLS library, terminal, vendor tools
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  firmdeck doctor --json")]
pub(super) struct Arguments {
    /// Print a JSON document
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Verdict {
    Ok,
    Note,
    Fail,
}

#[derive(Debug, Serialize)]
struct Check {
    check: String,
    verdict: Verdict,
    what: String,
}

pub(super) async fn run(arguments: &Arguments, places: &Places) -> Result<Exit, Stop> {
    let mut checks =
        vec![configuration(places), keymap(places), themes(places), state(places).await, tls_library(), terminal()];
    checks.extend([open_files(), logout()]);
    checks.extend(tools(places).await);
    let failed = checks.iter().any(|check| check.verdict == Verdict::Fail);
    if arguments.json {
        output::json(&serde_json::json!({ "schema": SCHEMA, "checks": checks }))?;
    } else {
        let word = |verdict| match verdict {
            Verdict::Ok => "ok",
            Verdict::Note => "note",
            Verdict::Fail => "FAIL",
        };
        let rows: Vec<_> = checks
            .iter()
            .map(|check| vec![word(check.verdict).to_owned(), check.check.clone(), check.what.clone()])
            .collect();
        output::table(&["", "CHECK", "FOUND"], &rows)?;
    }
    Ok(if failed { Exit::Error } else { Exit::Well })
}

fn configuration(places: &Places) -> Check {
    let shown = places.config.display();
    let (verdict, what) = match places.read_config() {
        Ok(_) if !places.config.exists() => (Verdict::Ok, format!("defaults; {shown} is not there")),
        Ok(config) => (Verdict::Ok, format!("{shown}, {} credentials entries", config.credentials.len())),
        Err(stop) => (Verdict::Fail, stop.words().to_owned()),
    };
    Check { check: "configuration".into(), verdict, what }
}

/// Every mistake of a file.
fn mistakes(mistakes: &[Mistake]) -> (Verdict, String) {
    let all: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
    (Verdict::Fail, all.join("; "))
}

/// The screen opens with the embedded one where this fails.
fn keymap(places: &Places) -> Check {
    let path = places.config_directory().join("keymap.toml");
    let (verdict, what) = match looks::keymap(&places.config_directory()) {
        Ok(_) if path.exists() => (Verdict::Ok, path.display().to_string()),
        Ok(_) => (Verdict::Ok, format!("firmdeck's own; {} is not there", path.display())),
        Err(wrong) => mistakes(&wrong),
    };
    Check { check: "keymap".into(), verdict, what }
}

fn themes(places: &Places) -> Check {
    let (themes, mut wrong) = looks::themes(&places.config_directory());
    let names: Vec<&str> = themes.names().collect();
    let wanted = places.read_config().ok().and_then(|config| config.screen.theme);
    if let Some(name) = wanted.filter(|name| !names.contains(&name.as_str())) {
        let what = format!("[screen] theme: no theme is called `{name}`");
        wrong.push(Mistake { file: places.config.display().to_string(), at: None, what });
    }
    let (verdict, what) = if wrong.is_empty() { (Verdict::Ok, names.join(", ")) } else { mistakes(&wrong) };
    Check { check: "themes".into(), verdict, what }
}

async fn state(places: &Places) -> Check {
    let what = async {
        let client = places.client().await.map_err(|stop| stop.words().to_owned())?;
        let servers = client.targets().await.map_err(|error| error.to_string())?.len();
        Ok::<_, String>(format!("{}, {servers} BMCs known", places.state_dir.display()))
    };
    match what.await {
        Ok(what) => Check { check: "state directory".into(), verdict: Verdict::Ok, what },
        Err(what) => Check { check: "state directory".into(), verdict: Verdict::Fail, what },
    }
}

fn tls_library() -> Check {
    Check { check: "TLS library".into(), verdict: Verdict::Ok, what: openssl::version::version().into() }
}

fn terminal() -> Check {
    let term = env::var("TERM").unwrap_or_else(|_| "not set".into());
    let utf8 =
        ["LC_ALL", "LC_CTYPE", "LANG"].iter().filter_map(|name| env::var(name).ok()).find(|text| !text.is_empty());
    let utf8 = utf8.is_some_and(|locale| locale.to_lowercase().replace('-', "").contains("utf8"));
    let charset = if utf8 { "UTF-8" } else { "ASCII" };
    let is_one = if io::stdout().is_terminal() { "" } else { ", standard output is no terminal" };
    Check { check: "terminal".into(), verdict: Verdict::Ok, what: format!("TERM {term}, {charset}{is_one}") }
}

/// One file handle a BMC that is open at the same time, and some for ourselves.
fn open_files() -> Check {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let limit = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max open files")?.split_whitespace().next()?.parse::<u64>().ok());
    let (verdict, what) = match limit {
        Some(limit) if limit < 1100 => (Verdict::Note, format!("{limit}: `ulimit -n 4096` to read 1,000 BMCs at once")),
        Some(limit) => (Verdict::Ok, limit.to_string()),
        None => (Verdict::Note, "the limit cannot be read".into()),
    };
    Check { check: "open files".into(), verdict, what }
}

/// Whether a detached engine outlives the session that starts it.
fn logout() -> Check {
    let (verdict, what) = match Surroundings::read().danger() {
        Some(danger) => (Verdict::Note, danger),
        None => (Verdict::Ok, "a detached engine goes on after a logout"),
    };
    Check { check: "logout".into(), verdict, what: what.into() }
}

/// Each vendor's tool: found and real, which version, and what it is used for.
async fn tools(places: &Places) -> Vec<Check> {
    // Why there is no engine stands at the state directory.
    let Ok(client) = places.client().await else { return Vec::new() };
    let Ok(document) = client.tools().await else { return Vec::new() };
    let check = |row: ToolRow| {
        let (verdict, found) = match (row.path, row.version, row.missing) {
            (Some(path), version, _) => {
                let program = row.program.map(|program| format!("{program} ")).unwrap_or_default();
                (Verdict::Ok, format!("{program}{} ({path})", version.unwrap_or_default()))
            }
            (None, _, missing) => (Verdict::Note, missing.unwrap_or_else(|| "not installed".into())),
        };
        Check { check: row.name, verdict, what: format!("{found}; for {}", row.purpose) }
    };
    document.tools.into_iter().map(check).collect()
}
