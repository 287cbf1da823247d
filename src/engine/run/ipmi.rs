//! The port over IPMI, for a controller that speaks nothing else: identity, power, its own reset, and HPM.1 images.

use std::time::Duration;

use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::{
    handed::Handed,
    port::{HostPower, Idle, Intended, OurWork, Port, PowerAct, Set, Stranger},
    progress::{Meter, UploadProgress},
    seat::Seat,
};
use crate::{
    bmc::tools::ipmitool::{Ears, PowerAction, Upgrade},
    domain::{
        attempt::{Attempt, Receipt, TaskReading, TaskState},
        bios::{Attributes, BiosReading, Sent},
        failure::{Failure, Weight},
        inspected::Inspected,
        inventory::Inventory,
        ipmi::Device,
        machine::Front,
        offers::Method,
        plan::{ServerPlan, Update},
        run::Loan,
        unfit::{unfit_controller, unfit_lab_image},
        verdict::{CriticalEntry, Verdict},
    },
    engine::{
        Engine,
        ipmi::{Controller, failure, of_trouble},
    },
    file_body::OpenFile,
    store::StoreError,
};

/// A worker's hold on one controller.
pub(super) struct IpmiPort {
    seat: Seat,
    controller: Option<Controller>,
    device: Option<Device>,
    last: Option<Inventory>,
    /// An image of ours may be restarting it.
    is_flashing: bool,
    stop: CancellationToken,
}

fn not_over_ipmi(what: &str) -> Failure {
    failure("not_over_ipmi", Weight::Blocked, format!("IPMI has no {what}"), "leave it out of the plan for this server")
}

impl IpmiPort {
    pub(super) fn new(engine: Engine, run: Option<i64>, plan: &ServerPlan) -> Self {
        let seat = Seat::new(engine, run, plan);
        Self { seat, controller: None, device: None, last: None, is_flashing: false, stop: CancellationToken::new() }
    }

    async fn controller(&mut self) -> Result<&Controller, Failure> {
        if self.controller.is_none() {
            let credentials = self.seat.engine.tool_credentials(&self.seat.target).await?;
            self.controller = Some(self.seat.engine.controller(&self.seat.target, credentials).await?);
        }
        self.controller.as_ref().ok_or_else(|| not_over_ipmi("session"))
    }

    /// A credential that the controller has refused is not sent again, unless our own flash may be restarting it just now.
    async fn refused(&mut self, failure: Failure) -> Failure {
        if failure.kind == "wrong_credentials" && !self.is_flashing {
            self.controller = None;
            if let Ok(credentials) = self.seat.engine.tool_credentials(&self.seat.target).await
                && let Err(error) = self.seat.engine.keep_refusal(&self.seat.target, credentials).await
            {
                tracing::warn!(%error, "that a credential was refused is not kept");
            }
        }
        failure
    }

    /// The verified image, and nothing that it says speaks against this controller.
    async fn fitting(&self, update: &Update) -> Result<(OpenFile, Inspected), String> {
        let (file, inspected) = self.seat.image(update).await?;
        let image = inspected.hpm.as_ref().ok_or("it is no HPM.1 image")?;
        let device = self.device.as_ref().ok_or("what the controller says of itself was not read")?;
        let serial = self.last.as_ref().and_then(|inventory| inventory.identity.serial.value());
        let unfit = unfit_controller(image, device)
            .or_else(|| unfit_lab_image(inspected.lab, &self.seat.target.endpoint, serial.map(String::as_str)));
        match unfit {
            None => Ok((file, inspected)),
            Some(unfit) => Err(unfit.to_string()),
        }
    }

    async fn upgrade(&mut self, index: usize, update: &Update) -> Attempt {
        let refused = |why: String| Attempt::Refused {
            why: format!("nothing was sent: image {}: {why}", update.image.id),
            message_ids: Vec::new(),
        };
        let (file, inspected) = match self.fitting(update).await {
            Ok(fitting) => fitting,
            Err(why) => return refused(why),
        };
        let Some(image) = inspected.hpm.clone() else { return refused("it is no HPM.1 image".into()) };
        let (root, name, sha256) =
            (self.seat.engine.runner().root().to_owned(), update.image.file.clone(), update.image.sha256);
        let copied = tokio::task::spawn_blocking(move || {
            let handed = Handed::new(&root)?;
            let path = handed.put(&file, &name, sha256)?;
            Ok::<_, std::io::Error>((handed, path))
        });
        let copied = copied.await.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()));
        let (_handed, path) = match copied {
            Ok(copied) => copied,
            Err(error) => {
                return Attempt::NotStarted { why: format!("the image cannot be laid out for ipmitool: {error}") };
            }
        };
        let upload = UploadProgress {
            run: self.seat.run.unwrap_or_default(),
            server: self.seat.server,
            update: index,
            sent: 0,
            total: image.bytes(),
        };
        let meter = Meter::new(self.seat.engine.clone(), upload);
        let stop = self.stop.clone();
        match self.controller().await {
            Ok(controller) => {
                let ears = Ears { sink: &controller.sink, stop: &stop };
                let upgrade = Upgrade { path: &path, image: &image, lab: inspected.lab };
                controller.tool.upgrade(upgrade, ears, &|sent| meter.tell(sent)).await
            }
            Err(failure) => Attempt::NotStarted { why: failure.what },
        }
    }
}

impl Port for IpmiPort {
    async fn lease(&mut self) -> Result<(), String> {
        self.seat.lease().await
    }

    fn flashing(&mut self, is_under_way: bool) {
        self.is_flashing = is_under_way;
    }

    async fn check_image(&mut self, update: &Update) -> Result<(), String> {
        self.fitting(update).await.map(drop)
    }

    async fn inventory(&mut self) -> Result<Inventory, Failure> {
        let (engine, stop) = (self.seat.engine.clone(), self.stop.clone());
        let (said, inventory) = match self.controller().await?.read(&engine, &stop).await {
            Ok(read) => read,
            Err(failure) => return Err(self.refused(failure).await),
        };
        self.device = Some(said.device);
        self.last = Some(inventory.clone());
        Ok(inventory)
    }

    fn front(&self) -> Option<Front> {
        None
    }

    async fn stranger(&mut self) -> Result<Stranger, Failure> {
        Err(not_over_ipmi("certificates"))
    }

    async fn repin(&mut self, _: &Stranger) -> Result<(), StoreError> {
        Ok(())
    }

    async fn privilege(&mut self) -> Result<Verdict, Failure> {
        Ok(Verdict::Unknown("IPMI tells what a user may do only by refusing it".into()))
    }

    async fn gates(&mut self, _: &ServerPlan) -> Result<Verdict, Failure> {
        Ok(match &self.device {
            Some(device) if device.unavailable => {
                Verdict::NotYet("the controller is at its start or an update (mc info: not available)".into())
            }
            _ => Verdict::Holds,
        })
    }

    async fn critical_log(&mut self) -> Result<Result<Vec<CriticalEntry>, String>, Failure> {
        Ok(Err("the event log is not read over IPMI".into()))
    }

    async fn idle(&mut self, _: &OurWork) -> Result<Idle, Failure> {
        let stop = self.stop.clone();
        let controller = self.controller().await?;
        let ears = Ears { sink: &controller.sink, stop: &stop };
        let device = controller.tool.device(ears).await.map_err(|trouble| of_trouble(&trouble))?;
        let what = "the controller is at its start or an update (mc info: not available)".to_owned();
        Ok(if device.unavailable { Idle::No { what, task: None } } else { Idle::Yes })
    }

    async fn loan(&mut self, _: &Update, _: Method) -> Result<Option<Loan>, Failure> {
        Ok(None)
    }

    async fn set(&mut self, _: &str, _: &Value) -> Result<Set, Failure> {
        Err(not_over_ipmi("settings of an update service"))
    }

    async fn push(&mut self, index: usize, update: &Update, intended: Intended) -> Attempt {
        match intended.method {
            Method::Ipmitool => self.upgrade(index, update).await,
            other => Attempt::NotStarted { why: format!("{other} is no way over IPMI") },
        }
    }

    fn wants_bmc_reset(&self) -> bool {
        false
    }

    async fn reset_bmc(&mut self) -> Result<(), Failure> {
        let stop = self.stop.clone();
        let controller = self.controller().await?;
        let ears = Ears { sink: &controller.sink, stop: &stop };
        controller.tool.reset_cold(ears).await.map_err(|trouble| of_trouble(&trouble))
    }

    fn wants_start(&self, _: Method) -> bool {
        false
    }

    async fn uploaded(&mut self, _: &Update, _: Intended) -> Result<Option<Receipt>, Failure> {
        Ok(None)
    }

    async fn start(&mut self, _: &Update, _: Method, _: &Receipt) -> Attempt {
        Attempt::NotStarted { why: "HPM.1 starts what was uploaded by itself".into() }
    }

    async fn task(&mut self, _: &Receipt) -> Result<TaskReading, Failure> {
        let state = TaskState::Gone;
        Ok(TaskReading { state, word: String::new(), percent: None, message: None, retry_after: None })
    }

    async fn bios(&mut self) -> Result<BiosReading, Failure> {
        Err(not_over_ipmi("BIOS settings"))
    }

    async fn stage_bios(&mut self, _: &Attributes) -> Sent {
        Sent::Refused { why: "IPMI has no BIOS settings".into(), reasons: std::collections::BTreeMap::new() }
    }

    async fn give_bios_back(&mut self, _: Option<&str>) -> Result<bool, Failure> {
        Ok(false)
    }

    async fn power(&mut self) -> Result<HostPower, Failure> {
        let stop = self.stop.clone();
        let controller = self.controller().await?;
        let ears = Ears { sink: &controller.sink, stop: &stop };
        let on = controller.tool.power(ears).await.map_err(|trouble| of_trouble(&trouble))?;
        Ok(HostPower { on: Some(on), post_done: None })
    }

    async fn act(&mut self, act: PowerAct) -> Result<(), Failure> {
        let stop = self.stop.clone();
        let controller = self.controller().await?;
        let ears = Ears { sink: &controller.sink, stop: &stop };
        let action = match act {
            PowerAct::GracefulOff => PowerAction::Soft,
            PowerAct::ForceOff => PowerAction::Off,
            PowerAct::On => PowerAction::On,
        };
        controller.tool.set_power(action, ears).await.map_err(|trouble| of_trouble(&trouble))
    }

    async fn rest(&mut self) {}

    async fn leave(&mut self) {
        if let Some(inventory) = self.last.take()
            && let Err(error) = self.seat.engine.0.store.record_inventory(self.seat.target.clone(), inventory).await
        {
            tracing::warn!(%error, "the inventory after a run was not recorded");
        }
        self.seat.release();
    }

    async fn wait(&self, time: Duration) {
        self.seat.engine.clock().wait(time).await;
    }

    fn elapsed(&self) -> Duration {
        self.seat.engine.clock().elapsed()
    }
}
