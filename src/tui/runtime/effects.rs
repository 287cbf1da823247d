//! Effects that ask the engine something: each in a task of its own, its answer a message.

use tokio::sync::mpsc::Sender;

use super::{Happened, export};
use crate::{
    api::{
        bundle, client::Client, compare::CompareDocument, error::ApiError, live::JournalPage, requests::PlanRequest,
        runs::AbortDocument, session::Mode,
    },
    domain::{compare::documents, inventory::ServerId, run::Again, target::Target},
    tui::{
        model::{
            beside::{Beside, Sides},
            explorer::Place,
            journal::JournalOf,
        },
        msg::{Answer, Effect, Msg, Why},
        text,
    },
};

/// How many runs are looked through for the last one that had to do with a server.
const RUNS_BACK: usize = 8;

/// Asks what `effect` wants to know, and sends the answer. Effects on the terminal are not for here.
pub(super) async fn ask(client: Client, effect: Effect, to: Sender<Happened>) {
    let answer = match effect {
        Effect::LoadFleet => Answer::Fleet(said(client.fleet().await)),
        Effect::LoadServer(id) => {
            let answer = said(client.server(&id).await.map(Box::new));
            Answer::Server(id, answer)
        }
        Effect::Match(query) => {
            let answer = said(client.matching(&query).await);
            Answer::Matched(query, answer)
        }
        Effect::LoadGoals => Answer::Goals(said(client.goals().await)),
        Effect::Plan(wish) => {
            let servers = Some(wish.servers);
            let request = PlanRequest {
                goal: wish.goal,
                bios_profile: wish.bios_profile,
                options: wish.options,
                servers,
                query: None,
            };
            Answer::Plan(said(client.plan(&request).await.map(Box::new)))
        }
        Effect::Start(digest) => Answer::Started(said(client.start_run(&digest).await)),
        Effect::LoadRuns => Answer::Runs(said(client.runs().await)),
        Effect::LoadBoard(run) => Answer::Board(run, said(client.board(run).await)),
        Effect::LoadJournal(of, after) => {
            let answer = said(journal(&client, &of, after).await);
            Answer::Journal(of, answer)
        }
        Effect::LoadTranscript(server) => {
            let answer = said(client.transcript(&server, None).await);
            Answer::Transcript(server, answer)
        }
        Effect::Export(server) => Answer::Done(export::transcript(&client, &server).await),
        Effect::LoadDiagnosis((run, server)) => {
            let answer = said(client.diagnoses(run, &server).await);
            Answer::Diagnosis((run, server), answer)
        }
        Effect::LoadResource(place) => {
            let answer = said(client.resource(&place.server, &place.path).await.map(Box::new));
            Answer::Resource(place, answer)
        }
        Effect::LoadEvents(server) => {
            let answer = said(client.event_logs(&server).await);
            Answer::Events(server, answer)
        }
        Effect::LoadBeside(of) => {
            let answer = said(beside(&client, &of).await);
            Answer::Beside(of, answer)
        }
        Effect::Unlock(field) => {
            let done = client.unlock_vault(&field.secret()).await;
            Answer::Done(said(done.map(|()| "the vault is open, until the engine ends".into())))
        }
        Effect::Bundle(run) => Answer::Done(bundle(&client, run).await),
        Effect::Stop(run) => {
            let done = client.stop_run(run).await;
            Answer::Done(said(done.map(|()| format!("run {run} stops: what is under way ends, nothing new begins"))))
        }
        Effect::Abort(run) => Answer::Done(said(client.abort_run(run).await.map(|document| aborted(&document)))),
        Effect::Resume(run) => Answer::Done(said(client.resume_run(run).await.map(|()| format!("run {run} goes on")))),
        Effect::Retry(run, server, how) => Answer::Done(retry(&client, run, server, how).await),
        Effect::CallOff(reading) => Answer::Done(said(client.stop_reading(reading).await.map(|was_under_way| {
            if was_under_way { "called off; what was read stays" } else { "it was over already" }.into()
        }))),
        Effect::Read { targets, named } => Answer::Read(read(&client, targets, named, &to).await),
        Effect::Theme(_)
        | Effect::Ascii(_)
        | Effect::Size(_)
        | Effect::Reload
        | Effect::Copy { .. }
        | Effect::Slow(_)
        | Effect::Repaint
        | Effect::Suspend
        | Effect::Leave => return,
    };
    // The screen may have been left meanwhile.
    let _ = to.send(Happened::Told(Msg::Answer(answer))).await;
}

/// Both sides of what is compared.
async fn beside(client: &Client, of: &Beside) -> Result<Sides, ApiError> {
    let (left, right) = match of {
        Beside::Healthy(server) | Beside::Servers(server, _) => {
            let other = if let Beside::Servers(_, other) = of { Some(other.as_str()) } else { None };
            let CompareDocument { left, right, chosen, rows, .. } = client.compare(server, other).await?;
            return Ok(Sides { left: left.name, right: right.name, chosen, rows });
        }
        Beside::HealthyResource(place) => {
            let peer = client.compare(&place.server, None).await?.right.id;
            (place.clone(), Place { server: peer, path: place.path.clone() })
        }
        Beside::Resources(left, right) => (left.clone(), right.clone()),
    };
    let one = client.resource(&left.server, &left.path).await?;
    let other = client.resource(&right.server, &right.path).await?;
    // The part that says which is which: the server, or the resource of one server.
    let name = |place: &Place, status: u16| {
        let word = if left.server == right.server { &place.path } else { &place.server };
        if (200..300).contains(&status) { word.clone() } else { format!("{word} (HTTP {status})") }
    };
    let chosen = if left.path == right.path { left.path.clone() } else { format!("{} and {}", left.path, right.path) };
    Ok(Sides {
        left: name(&left, one.status),
        right: name(&right, other.status),
        chosen,
        rows: documents(&one.body, &other.body),
    })
}

/// Writes the archive of a run into the working directory.
async fn bundle(client: &Client, run: i64) -> Result<String, Why> {
    let directory = std::env::current_dir().map_err(|error| error.to_string())?;
    let written = bundle::write(client, run, &directory.join(bundle::name(run))).await;
    said(written.map(|written| format!("{} files of run {run} written to {}", written.files, written.path.display())))
}

fn said<T>(answer: Result<T, ApiError>) -> Result<T, Why> {
    answer.map_err(|error| error.to_string())
}

async fn retry(client: &Client, run: i64, server: String, how: Again) -> Result<String, Why> {
    let id: ServerId = server.clone().try_into()?;
    said(client.retry(run, id, how).await.map(|()| format!("{server} is tried again in run {run}")))
}

async fn journal(client: &Client, of: &JournalOf, after: i64) -> Result<(Option<i64>, JournalPage), ApiError> {
    match of {
        JournalOf::Run(run) => Ok((Some(*run), client.run_journal(*run, None, after).await?)),
        JournalOf::Server { run, server } => Ok((Some(*run), client.run_journal(*run, Some(server), after).await?)),
        JournalOf::Last(server) => {
            for head in client.runs().await?.iter().take(RUNS_BACK) {
                let run = head.line.run;
                let first = client.run_journal(run, Some(server), 0).await?;
                if first.entries.is_empty() {
                    continue;
                }
                let page = if after == 0 { first } else { client.run_journal(run, Some(server), after).await? };
                return Ok((Some(run), page));
            }
            Ok((None, JournalPage::default()))
        }
    }
}

async fn read(
    client: &Client,
    targets: Vec<Target>,
    named: bool,
    to: &Sender<Happened>,
) -> Result<crate::api::wire::ReadSummary, Why> {
    let mode = if named { Mode::Named } else { Mode::Searched };
    let progress = |progress| {
        // Only the newest counts: one that finds no room is not missed.
        let _ = to.try_send(Happened::Told(Msg::Answer(Answer::Reading(progress))));
    };
    // The first of its messages; where it finds no room, the reading cannot be called off, and that is said.
    let began = |number| {
        let _ = to.try_send(Happened::Told(Msg::Answer(Answer::Began(number))));
    };
    said(client.read(targets, mode, began, progress).await.map(|report| report.summary))
}

/// What an abort does, in a line.
fn aborted(document: &AbortDocument) -> String {
    let (now, later): (Vec<_>, Vec<_>) = document.servers.iter().partition(|server| server.aborted);
    let mut words = format!("{} interrupted", text::count(now.len(), "server"));
    if let Some(first) = later.first() {
        let why = first.why.as_deref().unwrap_or("a step that must end");
        let minutes = first.minutes.map(|minutes| format!(", about {minutes} min")).unwrap_or_default();
        words = format!("{words}; not {}: {why}{minutes}", first.name);
        if later.len() > 1 {
            words = format!("{words}, and {} more", later.len() - 1);
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::runs::AbortRow;

    #[test]
    fn an_abort_names_what_must_not_be_interrupted_and_for_how_long() {
        let row = |name: &str, aborted: bool| AbortRow {
            id: "s1".into(),
            name: name.into(),
            aborted,
            why: (!aborted).then(|| "the BIOS is being written".into()),
            minutes: (!aborted).then_some(6),
        };
        let document =
            AbortDocument { schema: 1, run: 7, servers: vec![row("a", true), row("b", false), row("c", false)] };
        assert_eq!(
            aborted(&document),
            "1 server interrupted; not b: the BIOS is being written, about 6 min, and 1 more"
        );
    }
}
