//! BIOS settings over Redfish; by a tool where the plan says so.

use super::{RedfishPort, plain};
use crate::{
    bmc::redfish::bios::{self, Place, Registries},
    domain::{
        bios::{Attributes, BiosReading, BiosWay, Sent},
        failure::{Failure, Weight},
    },
};

/// What is kept of a BIOS between two looks.
#[derive(Default)]
pub(super) struct Seen {
    way: BiosWay,
    /// By a tool: what was read last.
    pub(super) told: super::bios_by_racadm::Seen,
    place: Option<Place>,
    registries: Registries,
    waits: bool,
}

/// The kind of a failure of a BMC whose Redfish has no BIOS settings.
const NO_SETTINGS: &str = "no_bios_settings";

/// Whether there are no BIOS settings in the BMC's Redfish, rather than that they could not be read.
pub(in crate::engine::run) fn has_none(failure: &Failure) -> bool {
    failure.kind == NO_SETTINGS
}

impl Seen {
    pub(super) fn by(way: BiosWay) -> Self {
        Self { way, ..Self::default() }
    }

    pub(super) const fn way(&self) -> BiosWay {
        self.way
    }
}

impl RedfishPort {
    /// Lets BIOSes be read and set by another way from here on.
    pub(in crate::engine::run) fn set_bios_by(&mut self, way: BiosWay) {
        self.bios.way = way;
    }

    pub(super) async fn read_bios(&mut self) -> Result<BiosReading, Failure> {
        let (endpoint, known) = (self.endpoint(), self.known().await?);
        let mut registries = std::mem::take(&mut self.bios.registries);
        let read = match self.client().await {
            Ok(client) => {
                let read = bios::read(client, known.stack, &known.system, &mut registries).await;
                read.map_err(|error| error.failure(&endpoint))
            }
            Err(failure) => Err(failure),
        };
        self.bios.registries = registries;
        match self.or_hang_up(read).await? {
            Ok((reading, place)) => {
                self.bios.place = Some(place);
                self.bios.waits = !reading.pending.is_empty();
                Ok(reading)
            }
            Err(what) => Err(Failure { weight: Weight::Blocked, ..plain(NO_SETTINGS, &what) }),
        }
    }

    pub(super) async fn send_bios(&mut self, values: &Attributes) -> Sent {
        let not_sent = |why: &str| Sent::NotTaken { why: why.into() };
        let Some(place) = self.bios.place.clone() else { return not_sent("its BIOS was not read") };
        match self.client().await {
            Ok(client) => bios::stage(client, &place, values).await,
            Err(failure) => not_sent(&failure.what),
        }
    }

    pub(super) async fn take_bios_back(&mut self, job: Option<&str>) -> Result<bool, Failure> {
        let endpoint = self.endpoint();
        if self.bios.place.is_none() {
            self.read_bios().await?;
        }
        let place = self.bios.place.clone().unwrap_or_default();
        let waits = self.bios.waits;
        let given = bios::give_back(self.client().await?, &place, job, waits).await;
        self.or_hang_up(given.map_err(|error| error.failure(&endpoint))).await
    }
}
