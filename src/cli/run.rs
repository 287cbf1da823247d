//! `firmdeck run`

use std::{
    io::{self, IsTerminal, Write},
    path::Path,
    time::Duration,
};

use clap::Args;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::{
    Places, diagnosis,
    exit::{Exit, Stop},
    output,
    plain::Plain,
    plan,
};
use crate::{
    api::{
        client::{self, Client, Events},
        error::{ApiError, Class},
        live::{JournalLine, Message, VaultState},
        runs::{PlanDocument, RunAttempt, RunDocument, RunUpdate, worst},
    },
    clock::Clock,
    domain::{inventory::ServerId, phase::ServerState, plan::Plan, run::Again},
};

/// Carry a plan out, on all its servers
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  firmdeck run --plan 3f9a1c02b7d4\n  firmdeck run --plan plan.json --json\n\n\
                        Naming the digest (8 digits at least) is the confirmation; a file is confirmed by typing the \
                        first 4 digits, or with --yes. Ctrl-C asks it to stop: current steps are finished, nothing new is \
                        started. A closed terminal does not end it, since the engine carries it.")]
pub(super) struct Arguments {
    /// The plan's digest, or a file that `firmdeck plan --out` wrote
    #[arg(long, value_name = "DIGEST|FILE")]
    plan: String,
    /// Do not ask for a plan from a file. The plan is named all the same
    #[arg(long)]
    yes: bool,
    /// Start it and leave it to the engine: `firmdeck runs attach` shows it later
    #[arg(long)]
    detach: bool,
    /// Print the run's document as the last line
    #[arg(long)]
    json: bool,
}

const DIGITS: usize = 8;
/// Between an engine's last step of a run and the entry of its end, and between an order and its beginning, nobody carries it.
const STANDING_LOOKS: u32 = 10;
/// A run of which all servers are over ends as soon as that is written down; a slow disk is waited for.
const END_LOOKS: u32 = 300;
/// An engine that goes away as soon as it is reached is reached so often.
const REACHES: u32 = 20;
const REACH_GAP: Duration = Duration::from_millis(200);

pub(super) async fn run(arguments: Arguments, places: &Places) -> Result<Exit, Stop> {
    let client = places.client_with_passwords().await?;
    let plan = if Path::new(&arguments.plan).is_file() {
        let plan = from_file(&arguments.plan)?;
        confirm(&plan, arguments.yes)?;
        Carry::Plan(plan)
    } else {
        let digits = arguments.plan.trim_start_matches("sha256:");
        if digits.len() < DIGITS || !digits.chars().all(|c| c.is_ascii_hexdigit()) {
            return Err(Stop::usage(format!("--plan wants a file, or at least {DIGITS} digits of a plan's digest")));
        }
        Carry::Digest(digits.to_owned())
    };
    if arguments.detach {
        let run = begin(&client, plan).await?;
        if arguments.json {
            output::json(&serde_json::json!({ "schema": crate::api::wire::SCHEMA, "run": run }))?;
        } else {
            output::line(&format!("run {run} goes on: firmdeck runs attach {run}"))?;
        }
        return Ok(Exit::Well);
    }
    carry(places, &client, plan, arguments.json).await
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

/// What is begun, or gone on with.
pub(super) enum Carry {
    Digest(String),
    Plan(Plan),
    Resume(i64),
    Retry(i64, ServerId, Again),
}

async fn begin(client: &Client, what: Carry) -> Result<i64, Stop> {
    Ok(match what {
        Carry::Digest(digits) => client.start_run(&digits).await?,
        Carry::Plan(plan) => client.start_plan(plan).await?,
        Carry::Resume(run) => {
            client.resume_run(run).await?;
            run
        }
        Carry::Retry(run, server, how) => {
            client.retry(run, server, how).await?;
            run
        }
    })
}

/// Begins, and follows to the end. Ctrl-C asks the run to stop.
pub(super) async fn carry(places: &Places, client: &Client, what: Carry, json: bool) -> Result<Exit, Stop> {
    let mut signals = Signals::take()?;
    let events = client.events(None).await?;
    let mut interrupt = Interrupt::Stops;
    let run = {
        let begun = begin(client, what);
        tokio::pin!(begun);
        loop {
            tokio::select! {
                run = &mut begun => break run?,
                _ = signals.hangup.recv() => return Ok(Exit::HungUp),
                _ = signals.interrupt.recv() => match interrupt {
                    Interrupt::Stops => {
                        output::complain("stopping as soon as the engine answers (Ctrl-C again leaves it)");
                        interrupt = Interrupt::Leaves;
                    }
                    Interrupt::Leaves => return Ok(not_told()),
                },
                _ = signals.terminate.recv() => return Ok(not_told()),
            }
        }
    };
    let view = View { places, run, json, interrupt, plain: None };
    if interrupt == Interrupt::Leaves {
        View::stop(client, run).await?;
    }
    view.follow(client.clone(), events, signals).await
}

/// How it ends for who does not wait until the engine has answered.
fn not_told() -> Exit {
    output::complain("the engine was asked for it and has not answered; whether it began: firmdeck runs list");
    Exit::Stopped
}

/// Follows a run that the engine carries. Ctrl-C leaves it.
pub(super) async fn attach(places: &Places, client: &Client, run: i64, json: bool, plain: bool) -> Result<Exit, Stop> {
    let plain = if plain { Some(Plain::begin(&client.board(run).await?)?) } else { None };
    let view = View { places, run, json, interrupt: Interrupt::Leaves, plain };
    let begun = async { Ok((client.events(None).await?, client.board(run).await?.run)) };
    let (events, head) = match begun.await {
        Err(ApiError { class: Class::Away, .. }) => {
            let (client, events) = view.reach(None).await?;
            return view.follow(client, events, Signals::take()?).await;
        }
        begun => begun?,
    };
    if head.carried {
        return view.follow(client.clone(), events, Signals::take()?).await;
    }
    let exit = view.end(client).await?;
    match head.held {
        Some(why) => Err(view.is_left(client, &why).await),
        None => Ok(exit),
    }
}

/// Signals that are taken from before a run begins: one that comes while the engine is asked for it counts too.
struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hangup: Signal,
}

impl Signals {
    fn take() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }
}

/// What Ctrl-C means.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Interrupt {
    Stops,
    Leaves,
}

/// A run on a terminal: its events on standard error, its document at the end.
struct View<'a> {
    places: &'a Places,
    run: i64,
    json: bool,
    interrupt: Interrupt,
    /// Whole sentences on standard output, in place of the events.
    plain: Option<Plain>,
}

impl View<'_> {
    async fn stop(client: &Client, run: i64) -> Result<(), Stop> {
        output::complain("stopping: current steps are finished, nothing new is started (Ctrl-C again leaves it)");
        Ok(client.stop_run(run).await?)
    }

    async fn follow(mut self, mut client: Client, mut events: Events, signals: Signals) -> Result<Exit, Stop> {
        let Signals { mut interrupt, mut terminate, mut hangup } = signals;
        let mut last = None;
        loop {
            let message = tokio::select! {
                message = events.next() => message,
                // A closed terminal, or an end that somebody else wants, ends the view and never the work.
                _ = hangup.recv() => return Ok(Exit::HungUp),
                _ = terminate.recv() => return self.leave(),
                _ = interrupt.recv() => {
                    if self.interrupt == Interrupt::Leaves {
                        return self.leave();
                    }
                    Self::stop(&client, self.run).await?;
                    self.interrupt = Interrupt::Leaves;
                    continue;
                }
            };
            match message {
                Ok(Message::Entry(line)) => {
                    last = Some(line.seq);
                    if line.run == self.run && self.tell(&line)? {
                        return self.end(&client).await;
                    }
                }
                Ok(Message::Caught { seq }) => {
                    last = Some(seq);
                    // What ended before the events began is seen in the run itself.
                    if let Some(ended) = self.standing(&client).await {
                        return ended;
                    }
                }
                Ok(Message::Run(head)) if head.line.run == self.run && !head.carried => {
                    if let Some(ended) = self.standing(&client).await {
                        return ended;
                    }
                }
                Ok(Message::Row { run, row }) if run == self.run => {
                    if let Some(plain) = &mut self.plain {
                        plain.row(&row)?;
                    }
                }
                Ok(_) => {}
                Err(_) => {
                    output::complain("the engine went away; reaching it again");
                    (client, events) = self.reach(last).await?;
                }
            }
        }
    }

    /// How the view ends, where no event will end it: the run is over, or nobody carries it. None while it goes on, and where
    /// the engine goes away at this question, which its events tell too.
    async fn standing(&self, client: &Client) -> Option<Result<Exit, Stop>> {
        let clock = Clock::system();
        let mut held = None;
        for look in 0..END_LOOKS {
            let head = client.board(self.run).await.ok()?.run;
            if head.carried {
                return None;
            }
            if head.ended.is_some() && head.held.is_none() {
                return Some(self.end(client).await);
            }
            held = head.held;
            if held.is_some() && look >= STANDING_LOOKS {
                break;
            }
            clock.pause(REACH_GAP).await;
        }
        let why = held.unwrap_or_else(|| format!("its end was not written down: `firmdeck runs resume {}`", self.run));
        Some(Err(self.is_left(client, &why).await))
    }

    /// What is said of a run that is not over and that nobody carries.
    async fn is_left(&self, client: &Client, why: &str) -> Stop {
        // An engine that has gone away by now says nothing of a vault.
        let waits = client.hello().await.is_ok_and(|hello| hello.vault == VaultState::Locked);
        let why = if waits { "waits for the vault: firmdeck vault unlock" } else { why };
        Stop::blocked(format!("run {} is not over, and {why}", self.run))
    }

    /// An engine, and its events after `last`. One that goes away while it is reached is reached again.
    async fn reach(&self, last: Option<i64>) -> Result<(Client, Events), Stop> {
        let clock = Clock::system();
        for _ in 1..REACHES {
            let reached = async {
                let client = client::attach(&self.places.starting()).await?;
                let events = client.events(last).await?;
                Ok((client, events))
            };
            match reached.await {
                Ok(reached) => return Ok(reached),
                Err(ApiError { class: Class::Away, .. }) => clock.pause(REACH_GAP).await,
                Err(error) => return Err(error.into()),
            }
        }
        Err(Stop::error("no engine stays: see logs/engine.log in the state directory"))
    }

    /// One line for what an operator wants to see pass by; true at the run's end.
    fn tell(&self, line: &JournalLine) -> Result<bool, Stop> {
        let event = line.event["event"].as_str().unwrap_or_default();
        match (&line.server, event) {
            (None, "ended") => return Ok(true),
            (None, "started") => {}
            (Some(_), "step_ended" | "task_said" | "analysed" | "power_reached") => {}
            (_, _) if let Some(plain) = &self.plain => plain.entry(line)?,
            (None, _) => output::complain(&output::safe(&format!("run {}: {}", self.run, line.words))),
            (Some(_), "phase_began") => {}
            (Some(server), _) => output::complain(&output::safe(&format!("{server}: {}", line.words))),
        }
        Ok(false)
    }

    fn leave(&self) -> Result<Exit, Stop> {
        output::complain(&format!("run {} goes on: firmdeck runs attach {}", self.run, self.run));
        Ok(Exit::Stopped)
    }

    /// The run's document, from whichever engine answers: one may go away at this very question.
    async fn end(&self, client: &Client) -> Result<Exit, Stop> {
        let document = match client.run(self.run).await {
            Err(ApiError { class: Class::Away, .. }) => self.reach(None).await?.0.run(self.run).await?,
            answered => answered?,
        };
        show(&document)?;
        if self.json {
            output::json(&document)?;
        }
        Ok(exit(&document))
    }
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

/// Every attempt: its method, and how it ended where it was not accepted.
fn by(update: &RunUpdate) -> String {
    let attempt = |attempt: &RunAttempt| {
        let method = attempt.method.replace('_', " ");
        match attempt.outcome.as_deref() {
            Some("accepted") => method,
            Some(outcome) => format!("{method} ({})", outcome.replace('_', " ")),
            None => format!("{method} (no end)"),
        }
    };
    update.attempts.iter().map(attempt).collect::<Vec<_>>().join(", ")
}

/// Why an attempt ended that was not accepted, where another one went well after it. A diagnosis tells the others.
fn show_attempts(document: &RunDocument) -> Result<(), Stop> {
    for server in &document.servers {
        for update in server.updates.iter().filter(|update| update.diagnosis.is_none()) {
            let ended = |attempt: &&RunAttempt| attempt.outcome.as_deref().is_some_and(|outcome| outcome != "accepted");
            for attempt in update.attempts.iter().filter(ended) {
                let (method, why) = (attempt.method.replace('_', " "), attempt.why.as_deref().unwrap_or_default());
                output::line(&output::safe(&format!("{} {}: {method}: {why}", server.name, update.name)))?;
            }
        }
    }
    Ok(())
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
                by(update),
                remark,
            ]);
            first = false;
        }
        for change in server.bios.iter().flat_map(|bios| &bios.changes) {
            let of_bios = server.bios.as_ref().and_then(|bios| bios.why.clone());
            let remark = of_bios.or_else(|| why.clone().filter(|_| first)).filter(|_| first).unwrap_or_default();
            rows.push(vec![
                if first { server.id.clone() } else { String::new() },
                if first { server.name.clone() } else { String::new() },
                if first { server.state.clone() } else { String::new() },
                format!("BIOS {}", change.attribute),
                change.from.to_string(),
                change.to.to_string(),
                change.read_back.as_ref().map_or_else(|| "?".into(), ToString::to_string),
                String::new(),
                remark,
            ]);
            first = false;
        }
    }
    output::table(&["ID", "SERVER", "STATE", "COMPONENT", "FROM", "TO", "READ BACK", "BY", "REMARK"], &rows)?;
    show_attempts(document)?;
    diagnosis::show(document)?;
    output::line(&format!("run {}: {}", document.run, document.state))?;
    Ok(())
}
