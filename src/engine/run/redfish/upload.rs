//! Handing images over: a push of ours, or a fetch by the BMC.

use super::{
    super::progress::{Meter, UploadProgress},
    Known, RedfishPort,
};
use crate::{
    bmc::redfish::update::{self, ImageFile, parameters},
    domain::{attempt::Attempt, plan::Update, unfit::unfit},
    file_body::OpenFile,
    images::server::Scheme,
};

/// Between the look at an image and its push it turned out to be another one.
pub(super) fn not_sent(update: &Update, why: &str) -> Attempt {
    let why = format!("nothing was sent: image {}: {why}", update.image.id);
    Attempt::Refused { why, message_ids: Vec::new() }
}

impl RedfishPort {
    /// Tells who listens how far the image of update `index` is.
    pub(super) fn meter(&self, index: usize, update: &Update) -> Meter {
        let upload = UploadProgress {
            run: self.seat.run.unwrap_or_default(),
            server: self.seat.server,
            update: index,
            sent: 0,
            total: update.image.size,
        };
        Meter::new(self.seat.engine.clone(), upload)
    }

    /// The bytes of the image of `update`: those that were verified, whatever becomes of the file's name, and only if
    /// nothing that they say of themselves speaks against this machine.
    pub(super) async fn image(&self, update: &Update) -> Result<OpenFile, String> {
        let (file, inspected) = self.seat.image(update).await?;
        let inventory = self.last.as_ref().ok_or("what the machine says of itself was not read")?;
        match unfit(&inspected, &self.seat.target.endpoint, inventory, &update.component) {
            None => Ok(file),
            Some(unfit) => Err(unfit.to_string()),
        }
    }

    pub(super) async fn push_multipart(&mut self, known: &Known, index: usize, update: &Update) -> Attempt {
        let request = known.request(update);
        let extra = parameters::oem_part(known.stack, &request);
        let asked = self.fewer.remove(&index);
        let mut parameters = asked.unwrap_or_else(|| parameters::for_multipart(known.stack, &request));
        let file = match self.image(update).await {
            Ok(file) => file,
            Err(why) => return not_sent(update, &why),
        };
        let image = ImageFile { file, name: update.image.file.clone(), size: update.image.size };
        let meter = self.meter(index, update);
        let attempt = match self.client().await {
            Ok(client) => {
                let tell = |sent| meter.tell(sent);
                update::push_with(client, &known.offers, &mut parameters, extra.as_ref(), &image, &tell).await
            }
            Err(failure) => Attempt::NotStarted { why: failure.what },
        };
        if matches!(attempt, Attempt::NotTaken { .. }) {
            self.fewer.insert(index, parameters);
        }
        attempt
    }

    pub(super) async fn push_raw(&mut self, known: &Known, index: usize, update: &Update) -> Attempt {
        let file = match self.image(update).await {
            Ok(file) => file,
            Err(why) => return not_sent(update, &why),
        };
        let image = ImageFile { file, name: update.image.file.clone(), size: update.image.size };
        let meter = self.meter(index, update);
        match self.client().await {
            Ok(client) => update::http_push(client, &known.offers, &image, &|sent| meter.tell(sent)).await,
            Err(failure) => Attempt::NotStarted { why: failure.what },
        }
    }

    /// The BMC fetches the image from us: for its address alone, by a path that nobody can guess.
    pub(super) async fn push_simple(&mut self, known: &Known, index: usize, update: &Update) -> Attempt {
        let scheme = if known.offers.protocols.iter().any(|name| name == "HTTP") || known.offers.protocols.is_empty() {
            Scheme::Http
        } else {
            Scheme::Https
        };
        let file = match self.image(update).await {
            Ok(file) => file,
            Err(why) => return not_sent(update, &why),
        };
        let url = match self.grant(index, update, &file, scheme).await {
            Ok(url) => url,
            Err(why) => return Attempt::NotStarted { why },
        };
        let request = known.request(update);
        let body = parameters::for_simple_update(known.stack, &request, &url, scheme.protocol());
        match self.client().await {
            Ok(client) => update::simple_update(client, &known.offers, &body).await,
            Err(failure) => Attempt::NotStarted { why: failure.what },
        }
    }

    /// Serves the image of `update` until this port is left, and returns its URL.
    async fn grant(
        &mut self,
        index: usize,
        update: &Update,
        file: &OpenFile,
        scheme: Scheme,
    ) -> Result<String, String> {
        let host = self.seat.target.endpoint.host.clone();
        let found = tokio::net::lookup_host((host.as_str(), self.seat.target.endpoint.port)).await;
        let bmc = found.ok().and_then(|mut found| found.next()).map(|address| address.ip());
        let bmc = bmc.ok_or_else(|| format!("the name {host} cannot be resolved"))?;
        let listener = self.seat.engine.image_listener(bmc, scheme).await?;
        let grant = self.seat.engine.0.served.server.register(file, &update.image.file, bmc);
        let grant = grant.map_err(|error| error.to_string())?;
        let url = grant.url(scheme, listener);
        tokio::spawn(self.meter(index, update).follow(grant.watch()));
        self.grants.push(grant);
        Ok(url)
    }
}
