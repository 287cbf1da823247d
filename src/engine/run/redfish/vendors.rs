//! Pushes in ways of the vendors' own: HPE's upload, Dell's file.

use super::{super::port::Intended, Known, RedfishPort, upload::not_sent};
use crate::{
    bmc::redfish::update::{self, ImageFile, UploadOrder, dell_push::available},
    domain::{attempt::Attempt, offers::Method, plan::Update},
};

/// The mark of a push: of its image and of the moment at which it was intended, so that the journal alone tells it.
pub(super) fn mark(update: &Update, intended: Intended) -> String {
    let image = update.image.sha256.to_string();
    format!("firmdeck-{}-{:x}", image.get(..12).unwrap_or(&image), intended.at.as_nanosecond())
}

impl RedfishPort {
    pub(super) async fn push_ilo(
        &mut self,
        known: &Known,
        index: usize,
        update: &Update,
        intended: Intended,
    ) -> Attempt {
        let image = match self.image_file(update).await {
            Ok(image) => image,
            Err(end) => return end,
        };
        let mark = mark(update, intended);
        let keep = intended.method == Method::IloQueue;
        let order = UploadOrder { mark: &mark, keep, tpm_override: update.tpm_override };
        let meter = self.meter(index, update);
        match self.client().await {
            Ok(client) => update::ilo_upload(client, &known.offers, &order, &image, &|sent| meter.tell(sent)).await,
            Err(failure) => Attempt::NotStarted { why: failure.what },
        }
    }

    /// An image of the same component and version that lies there already is nobody knows whose: it would be started in
    /// the place of ours.
    pub(super) async fn push_dell(&mut self, known: &Known, index: usize, update: &Update) -> Attempt {
        let image = match self.image_file(update).await {
            Ok(image) => image,
            Err(end) => return end,
        };
        let meter = self.meter(index, update);
        let client = match self.client().await {
            Ok(client) => client,
            Err(failure) => return Attempt::NotStarted { why: failure.what },
        };
        match available(client, &known.offers, &update.component, &update.to).await {
            Ok(None) => {}
            Ok(Some(entry)) => {
                let why = format!(
                    "an image of {} lies uploaded there already, and nobody knows whose ({entry}); nothing was sent; \
                     next: delete that entry, then run again",
                    update.to
                );
                return Attempt::Refused { why, message_ids: Vec::new() };
            }
            Err(error) => return Attempt::NotStarted { why: error.to_string() },
        }
        update::dell_push(client, &known.offers, &image, &|sent| meter.tell(sent)).await
    }

    /// The verified bytes of an update's image as they are pushed.
    async fn image_file(&self, update: &Update) -> Result<ImageFile, Attempt> {
        let file = self.image(update).await.map_err(|why| not_sent(update, &why))?;
        Ok(ImageFile { file, name: update.image.file.clone(), size: update.image.size })
    }
}
