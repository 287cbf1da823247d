//! Handing images over: a push of ours, or a fetch by the BMC.

use super::{
    super::progress::{Meter, UploadProgress},
    Known, RedfishPort,
};
use crate::{
    bmc::redfish::update::{self, ApplyTime, ImageFile, UpdateRequest, parameters},
    domain::{attempt::Attempt, plan::Update},
    images::server::Scheme,
};

impl RedfishPort {
    /// Tells who listens how far the image of update `index` is.
    fn meter(&self, index: usize, update: &Update) -> Meter {
        let upload = UploadProgress {
            run: self.run.unwrap_or_default(),
            server: self.server,
            update: index,
            sent: 0,
            total: update.image.size,
        };
        Meter::new(self.engine.clone(), upload)
    }

    pub(super) async fn push_multipart(&mut self, known: &Known, index: usize, update: &Update) -> Attempt {
        let request = UpdateRequest {
            kind: update.kind,
            targets: &update.targets,
            system: &known.system,
            manager: &known.manager,
            apply: if update.host_reset { ApplyTime::OnReset } else { ApplyTime::Immediate },
        };
        let parameters = parameters::for_multipart(known.stack, &request);
        let image = ImageFile {
            path: self.engine.0.images.path(update.image.sha256),
            name: update.image.file.clone(),
            size: update.image.size,
        };
        let meter = self.meter(index, update);
        match self.client().await {
            Ok(client) => update::push(client, &known.offers, &parameters, &image, &|sent| meter.tell(sent)).await,
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
        let url = match self.grant(index, update, scheme).await {
            Ok(url) => url,
            Err(why) => return Attempt::NotStarted { why },
        };
        let request = UpdateRequest {
            kind: update.kind,
            targets: &update.targets,
            system: &known.system,
            manager: &known.manager,
            apply: if update.host_reset { ApplyTime::OnReset } else { ApplyTime::Immediate },
        };
        let body = parameters::for_simple_update(known.stack, &request, &url, scheme.protocol());
        match self.client().await {
            Ok(client) => update::simple_update(client, &known.offers, &body).await,
            Err(failure) => Attempt::NotStarted { why: failure.what },
        }
    }

    /// Serves the image of `update` until this port is left, and returns its URL.
    async fn grant(&mut self, index: usize, update: &Update, scheme: Scheme) -> Result<String, String> {
        let host = self.target.endpoint.host.clone();
        let found = tokio::net::lookup_host((host.as_str(), self.target.endpoint.port)).await;
        let bmc = found.ok().and_then(|mut found| found.next()).map(|address| address.ip());
        let bmc = bmc.ok_or_else(|| format!("the name {host} cannot be resolved"))?;
        let listener = self.engine.image_listener(bmc, scheme).await?;
        let path = self.engine.0.images.path(update.image.sha256);
        let grant = self.engine.0.served.server.register(&path, &update.image.file, bmc);
        let grant = grant.map_err(|error| error.to_string())?;
        let url = grant.url(scheme, listener);
        tokio::spawn(self.meter(index, update).follow(grant.watch()));
        self.grants.push(grant);
        Ok(url)
    }
}
