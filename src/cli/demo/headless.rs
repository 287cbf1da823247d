//! The demo without the screen: finds the fleet, brings it up to date, prints what came of it, and leaves nothing.

use std::fs::File;

use super::{
    Arguments,
    home::{self, Home},
    images,
    lab::{self, LabBmc, Life},
    tools::Present,
};
use crate::{
    api::{client::Client, session::Mode},
    cli::{
        Places,
        exit::{Exit, Stop},
        output, plan, reading,
        run::{self, Carry},
        servers,
    },
};

pub(super) async fn run(arguments: &Arguments) -> Result<Exit, Stop> {
    let directory = tempfile::Builder::new().prefix("firmdeck-demo-").tempdir()?;
    let home = Home::at(directory.path());
    let held = directory.path().join("held");
    let lock = File::create(&held)?;
    lock.lock()?;
    let mut started = lab::start(&arguments.fleet, &home, Life::Ours(&held)).await?;
    home.settle(&started.bmcs)?;
    let places = home.places(arguments.fleet.speed);
    let outcome = show(arguments, &home, &places, &started.bmcs).await;
    // Nothing of the demo is kept, so neither is its engine; it may be gone already.
    let _ = Client::of(&places.state_dir).shutdown(true).await;
    lab::stop(&mut started.child).await;
    outcome
}

async fn show(arguments: &Arguments, home: &Home, places: &Places, bmcs: &[LabBmc]) -> Result<Exit, Stop> {
    let targets = home::targets(bmcs);
    let client = places.client().await?;
    let done = reading::read(&client, &targets, Mode::Named).await?;
    let document = client.inventory(Some(&targets)).await?;
    if arguments.json {
        output::json(&document)?;
    } else {
        servers::show(&document, false)?;
    }
    reading::tell(&done.report.summary);
    servers::tell_failures(&document.servers);
    if done.called_off {
        return Ok(Exit::Stopped);
    }
    let found = servers::exit(&document.servers);
    if arguments.no_run {
        return Ok(found);
    }
    let count = images::provide(&client, &home.images(), &home.manifests()).await?;
    if let Some(missing) = Present::look().missing() {
        output::complain(&missing);
    }
    output::complain(&format!(
        "{count} lab images; bringing the fleet to the baseline \"{}\" and the BIOS profile \"{}\"",
        images::BASELINE,
        images::PROFILE
    ));
    let plan = home::plan(&client).await?;
    if !arguments.json {
        plan::show(&plan)?;
    }
    let ran = run::carry(places, &client, Carry::Digest(plan.digest), arguments.json).await?;
    Ok(if ran == Exit::Well { found } else { ran })
}
