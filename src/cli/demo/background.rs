//! The demo that goes on: a detached lab and a detached engine, which another `firmdeck demo` finds again.

use super::{
    home::{self, Home, Kept},
    images,
    lab::{self, Life},
    tools::Present,
};
use crate::{
    api::{client::Client, session::Mode},
    cli::{Places, exit::Stop, lab::Fleet, output, reading},
};

/// The demo that runs, or a new one.
pub(super) async fn attach(home: &Home, fleet: &Fleet) -> Result<Places, Stop> {
    if let Some(kept) = running(home).await {
        let places = home.places(kept.speed);
        let is_other = kept.bmcs.len() != usize::from(fleet.servers) && fleet.servers != Fleet::USUAL;
        if is_other || !fleet.fault.is_empty() || !fleet.personality.is_empty() {
            output::complain(&format!(
                "a demo of {} servers goes on and is shown; for another: firmdeck demo --stop",
                kept.bmcs.len()
            ));
        }
        places.client().await?;
        return Ok(places);
    }
    begin(home, fleet).await
}

/// What is known of the lab that goes on, if one does.
async fn running(home: &Home) -> Option<Kept> {
    let kept = home.kept().filter(|kept| lab::is_lab(kept.lab))?;
    let engine = Client::of(&home.places(kept.speed).state_dir).hello().await;
    engine.is_ok().then_some(kept)
}

async fn begin(home: &Home, fleet: &Fleet) -> Result<Places, Stop> {
    // What is left of one before knows a fleet that is gone.
    stop(home).await?;
    home.clear()?;
    let places = home.places(fleet.speed);
    std::fs::create_dir_all(&places.state_dir)?;
    home.settle(&[])?;
    // The engine first: the lab lives as long as it holds its lock.
    places.client().await?;
    if let Some(missing) = Present::look().missing() {
        output::complain(&missing);
    }
    output::complain(&format!("starting {} emulated servers and reading them", fleet.servers));
    let lock = places.state_dir.join("engine.lock");
    let started = lab::start(fleet, home, Life::WhileHeld(&lock)).await?;
    let lab = started.child.id().ok_or_else(|| Stop::error("the lab has ended"))?;
    home.keep(&Kept { lab, speed: fleet.speed, bmcs: started.bmcs.clone() })?;
    home.settle(&started.bmcs)?;
    let client = places.client().await?;
    images::provide(&client, &home.images(), &home.manifests()).await?;
    reading::read(&client, &home::targets(&started.bmcs), Mode::Named).await?;
    Ok(places)
}

/// Ends the demo; true where one went on. Its files stay until the next one.
pub(super) async fn stop(home: &Home) -> Result<bool, Stop> {
    let Some(kept) = home.kept() else { return Ok(false) };
    let client = Client::of(&home.places(kept.speed).state_dir);
    let had_engine = client.shutdown(true).await.is_ok();
    let had_lab = lab::is_lab(kept.lab);
    if had_lab {
        lab::end(kept.lab);
    }
    Ok(had_engine || had_lab)
}
