//! `firmdeck doctor`

use std::{
    env,
    io::{self, IsTerminal},
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use clap::Args;
use serde::Serialize;
use tokio::{process::Command, time::timeout};

use super::{
    Places,
    exit::{Exit, Stop},
    output,
};
use crate::api::wire::SCHEMA;

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
    check: &'static str,
    verdict: Verdict,
    what: String,
}

/// A vendor's tool, how it tells its version, and a word in that by which an impostor is known.
struct Tool {
    name: &'static str,
    version: Option<&'static str>,
    says: &'static str,
}

/// racadm and saa tell their version only to a BMC. `sum` is also the name of a checksum program of every Unix.
const TOOLS: [Tool; 5] = [
    Tool { name: "ipmitool", version: Some("-V"), says: "ipmitool" },
    Tool { name: "ilorest", version: Some("--version"), says: "" },
    Tool { name: "racadm", version: None, says: "" },
    Tool { name: "sum", version: Some("--version"), says: "Supermicro" },
    Tool { name: "saa", version: None, says: "" },
];

const TOOL_DEADLINE: Duration = Duration::from_secs(10);

pub(super) async fn run(arguments: &Arguments, places: &Places) -> Result<Exit, Stop> {
    let mut checks = vec![configuration(places), state(places).await, tls_library(), terminal(), open_files()];
    for tool in &TOOLS {
        checks.push(find_tool(tool).await);
    }
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
            .map(|check| vec![word(check.verdict).to_owned(), check.check.to_owned(), check.what.clone()])
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
    Check { check: "configuration", verdict, what }
}

async fn state(places: &Places) -> Check {
    let what = async {
        let client = places.client().await.map_err(|stop| stop.words().to_owned())?;
        let servers = client.targets().await.map_err(|error| error.to_string())?.len();
        Ok::<_, String>(format!("{}, {servers} BMCs known", places.state_dir.display()))
    };
    match what.await {
        Ok(what) => Check { check: "state directory", verdict: Verdict::Ok, what },
        Err(what) => Check { check: "state directory", verdict: Verdict::Fail, what },
    }
}

fn tls_library() -> Check {
    Check { check: "TLS library", verdict: Verdict::Ok, what: openssl::version::version().into() }
}

fn terminal() -> Check {
    let term = env::var("TERM").unwrap_or_else(|_| "not set".into());
    let utf8 =
        ["LC_ALL", "LC_CTYPE", "LANG"].iter().filter_map(|name| env::var(name).ok()).find(|text| !text.is_empty());
    let utf8 = utf8.is_some_and(|locale| locale.to_lowercase().replace('-', "").contains("utf8"));
    let charset = if utf8 { "UTF-8" } else { "ASCII" };
    let is_one = if io::stdout().is_terminal() { "" } else { ", standard output is no terminal" };
    Check { check: "terminal", verdict: Verdict::Ok, what: format!("TERM {term}, {charset}{is_one}") }
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
    Check { check: "open files", verdict, what }
}

async fn find_tool(tool: &Tool) -> Check {
    let missing = |what: String| Check { check: tool.name, verdict: Verdict::Note, what };
    let Some(path) = on_path(tool.name) else { return missing("not installed".into()) };
    let shown = path.display();
    let told = match tool.version {
        Some(argument) => ask_version(&path, argument).await.unwrap_or_default(),
        None => String::new(),
    };
    if !told.contains(tool.says) {
        return missing(format!("not installed; {shown} is another program of that name"));
    }
    let what = if told.is_empty() { shown.to_string() } else { format!("{told} ({shown})") };
    Check { check: tool.name, verdict: Verdict::Ok, what }
}

fn on_path(tool: &str) -> Option<PathBuf> {
    let directories = env::var_os("PATH")?;
    env::split_paths(&directories).map(|directory| directory.join(tool)).find(|path| is_executable(path))
}

fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0)
}

async fn ask_version(path: &Path, argument: &str) -> Option<String> {
    let output = Command::new(path)
        .arg(argument)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .env("LC_ALL", "C")
        .kill_on_drop(true)
        .output();
    let output = timeout(TOOL_DEADLINE, output).await.ok()?.ok()?;
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines().map(str::trim).find(|line| !line.is_empty()).map(|line| output::safe(line).chars().take(80).collect())
}
