//! `firmdeck run`

use std::{
    io::{self, IsTerminal, Write},
    path::Path,
};

use clap::Args;
use tokio::signal::unix::{SignalKind, signal};

use super::{
    Places,
    exit::{Exit, Stop},
    output, plan,
};
use crate::{
    api::{
        in_process::Session,
        runs::{PlanDocument, PlanError, RunDocument, worst},
    },
    domain::{phase::ServerState, plan::Plan, run::Event},
};

/// Carry a plan out, on all its servers
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  firmdeck run --plan 3f9a1c02b7d4\n  firmdeck run --plan plan.json --json\n\n\
                        Naming the digest (8 digits at least) is the confirmation; a file is confirmed by typing the \
                        first 4 digits, or with --yes. Ctrl-C asks it to stop: current steps are finished, nothing new is \
                        started. A closed terminal does not end it.")]
pub(super) struct Arguments {
    /// The plan's digest, or a file that `firmdeck plan --out` wrote
    #[arg(long, value_name = "DIGEST|FILE")]
    plan: String,
    /// Do not ask for a plan from a file. The plan is named all the same
    #[arg(long)]
    yes: bool,
    /// Print the run's document as the last line
    #[arg(long)]
    json: bool,
}

const DIGITS: usize = 8;

pub(super) async fn run(arguments: Arguments, places: &Places) -> Result<Exit, Stop> {
    let session = places.session().await?;
    let plan = if Path::new(&arguments.plan).is_file() {
        let plan = from_file(&arguments.plan)?;
        confirm(&plan, arguments.yes)?;
        plan
    } else {
        let digits = arguments.plan.trim_start_matches("sha256:");
        if digits.len() < DIGITS || !digits.chars().all(|c| c.is_ascii_hexdigit()) {
            return Err(Stop::usage(format!("--plan wants a file, or at least {DIGITS} digits of a plan's digest")));
        }
        session.find_plan(digits)?
    };
    carry(&session, Carry::Begin(plan), arguments.json).await
}

fn from_file(path: &str) -> Result<Plan, Stop> {
    let text = std::fs::read_to_string(path).map_err(|error| Stop::usage(format!("{path}: {error}")))?;
    let document: PlanDocument = serde_json::from_str(&text).map_err(|error| {
        Stop::usage(format!("{path}:{}:{}: this is no plan: {error}", error.line(), error.column()))
    })?;
    if document.plan.digest().to_string() == document.digest {
        Ok(document.plan)
    } else {
        Err(Stop::usage(format!("{path}: the plan was changed after it was made: its digest is another")))
    }
}

fn confirm(plan: &Plan, yes: bool) -> Result<(), Stop> {
    let digest = plan.digest().to_string();
    if yes {
        return Ok(());
    }
    if !io::stdin().is_terminal() {
        return Err(Stop::usage("nobody can be asked: confirm with --yes, or name the digest"));
    }
    plan::show(&PlanDocument { schema: crate::api::wire::SCHEMA, digest: digest.clone(), plan: plan.clone() })?;
    let mut err = io::stderr().lock();
    write!(err, "type the first 4 digits of the plan to carry it out: ").and_then(|()| err.flush())?;
    let mut line = String::new();
    io::stdin().read_line(&mut line)?;
    if line.trim() == &digest[..4] { Ok(()) } else { Err(Stop::blocked("not confirmed: nothing was done")) }
}

/// What is carried.
pub(super) enum Carry {
    Begin(Plan),
    Resume(i64),
    Retry(i64, crate::domain::inventory::ServerId),
}

/// Carries a run with its events on standard error, and ends with its document.
pub(super) async fn carry(session: &Session, what: Carry, json: bool) -> Result<Exit, Stop> {
    let actor = actor();
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    // A closed terminal ends the view, never the work.
    let mut hangup = signal(SignalKind::hangup())?;
    let mut events = session.listen();
    let number = std::sync::OnceLock::new();
    let work = async {
        match what {
            Carry::Begin(plan) => {
                session
                    .run(plan, &actor, |run| {
                        let _ = number.set(run);
                    })
                    .await
            }
            Carry::Resume(run) => {
                let _ = number.set(run);
                session.resume(run, &actor).await
            }
            Carry::Retry(run, server) => {
                let _ = number.set(run);
                session.retry(run, server, &actor).await
            }
        }
    };
    tokio::pin!(work);
    let document = loop {
        tokio::select! {
            document = &mut work => break document?,
            Ok(entry) = events.recv() => tell(&entry),
            _ = interrupt.recv() => stop(session, number.get(), &actor).await?,
            _ = terminate.recv() => stop(session, number.get(), &actor).await?,
            _ = hangup.recv() => {}
        }
    };
    show(&document)?;
    if json {
        output::json(&document)?;
    }
    Ok(exit(&document))
}

async fn stop(session: &Session, run: Option<&i64>, actor: &str) -> Result<(), Stop> {
    if let Some(run) = run {
        output::complain("stopping: current steps are finished, nothing new is started");
        session.stop_run(*run, actor).await?;
    }
    Ok(())
}

pub(super) fn exit(document: &RunDocument) -> Exit {
    match worst(document) {
        ServerState::Failed => Exit::SomeFailed,
        ServerState::Uncertain => Exit::Uncertain,
        ServerState::Blocked => Exit::Blocked,
        ServerState::Cancelled => Exit::Stopped,
        _ => Exit::Well,
    }
}

/// Who does it: the account, and from where, as the session says.
pub(super) fn actor() -> String {
    let of = |name: &str| std::env::var(name).ok().filter(|text| !text.is_empty());
    let user =
        of("SUDO_USER").or_else(|| of("USER")).unwrap_or_else(|| format!("uid {}", rustix::process::getuid().as_raw()));
    match of("SSH_CONNECTION").and_then(|text| text.split(' ').next().map(str::to_owned)) {
        Some(from) => format!("{user} from {from}"),
        None => user,
    }
}

/// One line for what an operator wants to see pass by.
fn tell(entry: &crate::api::JournalEntry) {
    let (Some(server), Ok(event)) = (entry.server, serde_json::from_str::<Event>(&entry.event)) else { return };
    let words = match event {
        Event::PhaseEnded { phase, state } => match state.why() {
            Some(why) => format!("{phase}: {}: {why}", state.word()),
            None => format!("{phase}: {}", state.word()),
        },
        Event::PushIntended { update, method } => format!("update {}: {method}", update + 1),
        Event::PushEnded { update, attempt } => format!("update {}: {attempt}", update + 1),
        Event::UpdateSettled { update, settled } => format!("update {}: {}", update + 1, settled.word()),
        Event::PowerIntended { goal, .. } => format!("host power: {goal:?}").to_lowercase(),
        Event::Ended { state } => format!("{state}"),
        _ => return,
    };
    output::complain(&output::safe(&format!("{server}: {words}")));
}

pub(super) fn show(document: &RunDocument) -> Result<(), Stop> {
    let mut rows = Vec::new();
    for server in &document.servers {
        let why = server
            .phases
            .iter()
            .filter(|phase| !matches!(phase.state.as_str(), "skipped"))
            .find_map(|phase| phase.why.clone());
        let mut first = true;
        for update in &server.updates {
            let remark = update.why.clone().or_else(|| why.clone().filter(|_| first)).unwrap_or_default();
            rows.push(vec![
                if first { server.id.clone() } else { String::new() },
                if first { server.name.clone() } else { String::new() },
                if first { server.state.clone() } else { String::new() },
                update.name.clone(),
                update.from.clone(),
                update.to.clone(),
                update.read_back.clone().unwrap_or_else(|| "?".into()),
                remark,
            ]);
            first = false;
        }
    }
    output::table(&["ID", "SERVER", "STATE", "COMPONENT", "FROM", "TO", "READ BACK", "REMARK"], &rows)?;
    output::line(&format!("run {}: {}", document.run, document.state))?;
    Ok(())
}

impl From<PlanError> for Stop {
    fn from(error: PlanError) -> Self {
        match error {
            PlanError::Stale | PlanError::Images(_) => Self::blocked(error.to_string()),
            PlanError::Store(_) | PlanError::Run(_) => Self::error(error.to_string()),
            _ => Self::usage(error.to_string()),
        }
    }
}
