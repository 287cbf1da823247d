//! What is answered where: each route is a few words to the [`Session`](crate::api::session::Session).

use std::sync::Arc;

use axum::{
    Extension, Json, Router,
    extract::{ConnectInfo, Path, Query, State},
    http::HeaderMap,
    response::Response,
    routing::{get, post},
};
use secrecy::SecretString;
use tokio_util::sync::CancellationToken;

use super::{
    Serving,
    actor::{self, Peer},
    answer::{Answer, Refused, lines},
    events,
};
use crate::{
    api::{
        compare::CompareDocument,
        error::ApiError,
        explore::{EventsDocument, ResourceDocument},
        images::ImageFailure,
        live::{
            DiagnosisDocument, FleetDocument, GoalsDocument, Hello, JournalPage, RunBoard, RunHead, TranscriptPage,
        },
        repair::{ConfirmRepair, LookAtRepair, RepairDocument, RepairEnd},
        requests::{
            AcceptPin, After, At, Attach, From as FromByte, Images, ImportPins, Inventory, Matching, PlanRequest, Read,
            Retry, Shutdown, Start, Unlock, With,
        },
        runs::{AbortDocument, CheckDocument, PlanDocument, RunDocument},
        tools::ToolsDocument,
        wire::{ByteProgress, ImagesDocument, InventoryDocument, PinAccepted, PinsDocument, Server},
    },
    config::credentials::Environment,
    domain::{
        failure::Failure,
        inventory::ServerId,
        target::{Endpoint, Target},
    },
};

type Here = State<Arc<Serving>>;

pub(super) fn router(serving: Arc<Serving>) -> Router {
    Router::new()
        .route("/v1/hello", get(hello))
        .route("/v1/attach", post(attach))
        .route("/v1/vault/unlock", post(unlock_vault))
        .route("/v1/shutdown", post(shutdown))
        .route("/v1/events", get(events::stream))
        .route("/v1/read", post(read))
        .route("/v1/readings/{reading}/stop", post(stop_reading))
        .route("/v1/fleet", get(fleet))
        .route("/v1/servers/{id}", get(server))
        .route("/v1/servers/{id}/transcript", get(transcript))
        .route("/v1/servers/{id}/redfish", get(resource))
        .route("/v1/servers/{id}/events", get(event_logs))
        .route("/v1/servers/{id}/compare", get(compare))
        .route("/v1/servers/{id}/repair/look", post(look_at_repair))
        .route("/v1/servers/{id}/repair", post(repair))
        .route("/v1/matching", post(matching))
        .route("/v1/inventory", post(inventory))
        .route("/v1/targets", get(targets))
        .route("/v1/pins", get(pins))
        .route("/v1/pins/accept", post(accept_pin))
        .route("/v1/pins/import", post(import_pins))
        .route("/v1/pins/forget", post(forget_pin))
        .route("/v1/refusals/forget", post(forget_refusal))
        .route("/v1/images", get(images).post(work_on_images))
        .route("/v1/tools", get(tools))
        .route("/v1/goals", get(goals))
        .route("/v1/plans", post(plan))
        .route("/v1/plans/{digest}/check", post(check))
        .route("/v1/runs", get(runs).post(start))
        .route("/v1/runs/{run}", get(run))
        .route("/v1/runs/{run}/board", get(board))
        .route("/v1/runs/{run}/journal", get(run_journal))
        .route("/v1/runs/{run}/servers/{server}/diagnosis", get(diagnosis))
        .route("/v1/runs/{run}/stop", post(stop))
        .route("/v1/runs/{run}/abort", post(abort))
        .route("/v1/runs/{run}/resume", post(resume))
        .route("/v1/runs/{run}/retry", post(retry))
        .route("/v1/journal", get(journal))
        .route("/v1/journal/verify", get(verify_journal))
        // An inventory of ten thousand targets is asked for with all of them.
        .layer(axum::extract::DefaultBodyLimit::max(64 << 20))
        .layer(axum::middleware::from_fn_with_state(Arc::clone(&serving), super::count))
        .layer(Extension(Arc::clone(&serving)))
        .with_state(serving)
}

async fn hello(State(serving): Here) -> Json<Hello> {
    Json(serving.hello())
}

async fn attach(State(serving): Here, Json(attach): Json<Attach>) -> Answer<()> {
    let environment: Environment = attach.environment.into_iter().collect();
    serving.session.configure(&attach.config, attach.named, environment)?;
    serving.resume_once().await?;
    Ok(Json(()))
}

async fn unlock_vault(State(serving): Here, Json(Unlock { passphrase }): Json<Unlock>) -> Answer<()> {
    let passphrase = SecretString::from(passphrase);
    let unlocking = Arc::clone(&serving);
    let done = tokio::task::spawn_blocking(move || unlocking.session.unlock_vault(&passphrase)).await;
    done.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))?;
    serving.hub.tell_vault(serving.session.vault());
    // What was left by an engine before this one has waited for its passwords.
    serving.resume_once().await?;
    Ok(Json(()))
}

async fn shutdown(State(serving): Here, Json(Shutdown { force }): Json<Shutdown>) -> Answer<()> {
    if let ([run, ..], false) = (serving.session.engine().carried().as_slice(), force) {
        return Err(ApiError::blocked(format!(
            "the engine carries run {run}: `firmdeck runs stop {run}` first, or wait until it is over"
        ))
        .into());
    }
    serving.end.cancel();
    Ok(Json(()))
}

async fn read(State(serving): Here, Json(Read { targets, mode }): Json<Read>) -> Response {
    let called_off = CancellationToken::new();
    let mut reading = serving.hub.begin_reading(called_off.clone());
    let number = reading.number();
    let (owned, token) = (Arc::clone(&serving), called_off.clone());
    lines(&serving, Some(number), called_off, move |progress| async move {
        let (sender, mut receiver) = tokio::sync::mpsc::unbounded_channel();
        let tell = async {
            while let Some(now) = receiver.recv().await {
                reading.tell(now);
                // Nobody need listen.
                let _ = progress.send(now);
            }
        };
        let (report, ()) = tokio::join!(owned.session.read(targets, mode, sender, token), tell);
        drop(reading);
        Ok(report?)
    })
}

async fn stop_reading(State(serving): Here, Path(reading): Path<u64>) -> Json<bool> {
    Json(serving.hub.stop_reading(reading))
}

/// Questions that read much of the database, or the disk, wait where blocking is allowed.
async fn blocking<T: Send + 'static, E: Into<ApiError> + Send + 'static>(
    serving: Arc<Serving>,
    question: impl FnOnce(&crate::api::session::Session) -> Result<T, E> + Send + 'static,
) -> Answer<T> {
    let answer = tokio::task::spawn_blocking(move || question(&serving.session)).await;
    match answer {
        Ok(answer) => Ok(Json(answer.map_err(|error| Refused::from(error.into()))?)),
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}

async fn fleet(State(serving): Here) -> Answer<FleetDocument> {
    blocking(serving, |session| session.fleet()).await
}

async fn server(State(serving): Here, Path(id): Path<String>) -> Answer<Server> {
    blocking(serving, move |session| session.server(&id)).await
}

async fn transcript(
    State(serving): Here,
    Path(id): Path<String>,
    Query(FromByte { from }): Query<FromByte>,
) -> Answer<TranscriptPage> {
    blocking(serving, move |session| session.transcript(&id, from)).await
}

async fn resource(
    State(serving): Here,
    Path(id): Path<ServerId>,
    Query(At { path }): Query<At>,
) -> Answer<ResourceDocument> {
    Ok(Json(serving.session.resource(id, path).await?))
}

async fn event_logs(State(serving): Here, Path(id): Path<ServerId>) -> Answer<EventsDocument> {
    Ok(Json(serving.session.event_logs(id).await?))
}

async fn compare(
    State(serving): Here,
    Path(id): Path<String>,
    Query(With { with }): Query<With>,
) -> Answer<CompareDocument> {
    blocking(serving, move |session| session.compare(&id, with.as_deref())).await
}

async fn look_at_repair(
    State(serving): Here,
    Path(id): Path<ServerId>,
    Json(look): Json<LookAtRepair>,
) -> Answer<RepairDocument> {
    Ok(Json(serving.session.look_at_repair(id, look).await?))
}

async fn repair(
    State(serving): Here,
    ConnectInfo(peer): ConnectInfo<Peer>,
    headers: HeaderMap,
    Path(id): Path<ServerId>,
    Json(confirmed): Json<ConfirmRepair>,
) -> Answer<RepairEnd> {
    Ok(Json(serving.session.repair(id, confirmed, &actor::name(peer, &headers)).await?))
}

async fn matching(State(serving): Here, Json(Matching { query }): Json<Matching>) -> Answer<Vec<String>> {
    blocking(serving, move |session| session.matching(&query)).await
}

async fn inventory(State(serving): Here, Json(Inventory { only }): Json<Inventory>) -> Answer<InventoryDocument> {
    blocking(serving, move |session| session.inventory(only.as_deref())).await
}

async fn targets(State(serving): Here) -> Answer<Vec<Target>> {
    blocking(serving, |session| session.targets()).await
}

async fn pins(State(serving): Here) -> Answer<PinsDocument> {
    Ok(Json(serving.session.pins()?))
}

async fn accept_pin(
    State(serving): Here,
    Json(AcceptPin { endpoint, level }): Json<AcceptPin>,
) -> Answer<Result<PinAccepted, Failure>> {
    Ok(Json(serving.session.accept_pin(endpoint, level).await?))
}

async fn import_pins(State(serving): Here, Json(ImportPins { pins }): Json<ImportPins>) -> Answer<()> {
    Ok(Json(serving.session.import_pins(pins).await?))
}

async fn forget_pin(State(serving): Here, Json(endpoint): Json<Endpoint>) -> Answer<bool> {
    Ok(Json(serving.session.forget_pin(endpoint).await?))
}

async fn forget_refusal(State(serving): Here, Json(endpoint): Json<Endpoint>) -> Answer<bool> {
    Ok(Json(serving.session.forget_refusal(endpoint).await?))
}

async fn images(State(serving): Here) -> Answer<ImagesDocument> {
    Ok(Json(serving.session.images().await?))
}

async fn work_on_images(State(serving): Here, Json(request): Json<Images>) -> Response {
    let owned = Arc::clone(&serving);
    let failed = |failure: ImageFailure| ApiError::from(failure);
    let never = CancellationToken::new();
    match request {
        Images::Add { path } => lines::<ByteProgress, _, _>(&serving, None, never, move |progress| async move {
            owned.session.add_image(path, progress).await.map_err(failed)
        }),
        Images::Verify { images, quick } => {
            lines::<ByteProgress, _, _>(&serving, None, never, move |progress| async move {
                owned.session.verify_images(images, quick, progress).await.map_err(failed)
            })
        }
        Images::Inspect { image, directory } => {
            lines::<ByteProgress, _, _>(&serving, None, never, move |progress| async move {
                owned.session.inspect_image(image, &directory, progress).await.map_err(failed)
            })
        }
    }
}

/// Looked for anew: whoever asks has perhaps just installed one.
async fn tools(State(serving): Here) -> Json<ToolsDocument> {
    Json(ToolsDocument::of(&*serving.session.engine().tools(true).await))
}

async fn goals(State(serving): Here) -> Json<GoalsDocument> {
    Json(serving.session.goals())
}

async fn plan(State(serving): Here, Json(request): Json<PlanRequest>) -> Answer<PlanDocument> {
    Ok(Json(serving.session.plan(request).await?))
}

async fn check(State(serving): Here, Path(digest): Path<String>) -> Answer<CheckDocument> {
    Ok(Json(serving.session.check(&digest).await?))
}

async fn runs(State(serving): Here) -> Answer<Vec<RunHead>> {
    blocking(serving, |session| session.run_heads()).await
}

async fn start(
    State(serving): Here,
    ConnectInfo(peer): ConnectInfo<Peer>,
    headers: HeaderMap,
    Json(start): Json<Start>,
) -> Answer<i64> {
    let plan = match start {
        Start::Digest(beginning) => serving.session.find_plan(&beginning)?,
        Start::Plan(plan) => *plan,
    };
    Ok(Json(serving.session.start(plan, &actor::name(peer, &headers)).await?))
}

async fn run(State(serving): Here, Path(run): Path<i64>) -> Answer<RunDocument> {
    blocking(serving, move |session| session.run_document(run)).await
}

async fn board(State(serving): Here, Path(run): Path<i64>) -> Answer<RunBoard> {
    blocking(serving, move |session| session.board(run)).await
}

async fn diagnosis(State(serving): Here, Path((run, server)): Path<(i64, ServerId)>) -> Answer<DiagnosisDocument> {
    blocking(serving, move |session| session.diagnoses(run, server)).await
}

async fn run_journal(
    State(serving): Here,
    Path(run): Path<i64>,
    Query(After { after, server }): Query<After>,
) -> Answer<JournalPage> {
    blocking(serving, move |session| session.run_journal(run, server, after)).await
}

async fn stop(
    State(serving): Here,
    ConnectInfo(peer): ConnectInfo<Peer>,
    headers: HeaderMap,
    Path(run): Path<i64>,
) -> Answer<()> {
    Ok(Json(serving.session.stop_run(run, &actor::name(peer, &headers)).await?))
}

async fn abort(
    State(serving): Here,
    ConnectInfo(peer): ConnectInfo<Peer>,
    headers: HeaderMap,
    Path(run): Path<i64>,
) -> Answer<AbortDocument> {
    Ok(Json(serving.session.abort_run(run, &actor::name(peer, &headers)).await?))
}

async fn resume(
    State(serving): Here,
    ConnectInfo(peer): ConnectInfo<Peer>,
    headers: HeaderMap,
    Path(run): Path<i64>,
) -> Answer<()> {
    Ok(Json(serving.session.resume(run, &actor::name(peer, &headers)).await?))
}

async fn retry(
    State(serving): Here,
    ConnectInfo(peer): ConnectInfo<Peer>,
    headers: HeaderMap,
    Path(run): Path<i64>,
    Json(Retry { server, how }): Json<Retry>,
) -> Answer<()> {
    Ok(Json(serving.session.retry(run, server, how, &actor::name(peer, &headers)).await?))
}

async fn journal(State(serving): Here, Query(After { after, .. }): Query<After>) -> Answer<JournalPage> {
    blocking(serving, move |session| session.journal(after)).await
}

async fn verify_journal(State(serving): Here) -> Answer<Result<(usize, Option<String>), i64>> {
    blocking(serving, |session| session.verify_journal()).await
}
