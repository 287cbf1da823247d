//! Handing an image over by the vendor's own tool, where Redfish does not.

use std::path::PathBuf;

use tokio_util::sync::CancellationToken;

use super::{RedfishPort, plain, upload::not_sent};
use crate::{
    bmc::{
        redfish::update::{busy::Whose, ilo_queue},
        tools::{
            Access, Ears, Lent, Program, Trouble,
            ilorest::{self, Effect, Flash, Ilorest},
            racadm::Racadm,
            sum::{self, Part, Sum},
        },
    },
    domain::{
        attempt::{Attempt, Receipt, TaskReading, TaskState},
        failure::Failure,
        kind::Kind,
        offers::Method,
        plan::Update,
        toolbox::ToolName,
    },
    engine::{
        run::{
            handed::Handed,
            port::{Idle, OurWork},
        },
        tool_lines::ToolSink,
    },
};

/// The verified files of an update under the vendor's names for them. They go with this value.
struct LaidOut {
    _place: Handed,
    image: PathBuf,
    signature: Option<PathBuf>,
}

impl RedfishPort {
    pub(super) async fn push_by_tool(&mut self, index: usize, update: &Update, method: Method) -> Attempt {
        let laid = match self.lay_out(update).await {
            Ok(laid) => laid,
            Err(end) => return end,
        };
        // A tool opens a session of its own, and a BMC has few. That it is the pinned one was seen a moment ago.
        self.hang_up().await;
        let image = Lent { path: &laid.image, name: &update.image.file, bytes: update.image.size };
        let pushed = match method {
            Method::Ilorest => self.push_ilorest(update, &laid, image).await,
            Method::Racadm => self.push_racadm(image).await,
            _ => self.push_sum(index, update, image).await,
        };
        match pushed {
            Ok(Attempt::Accepted { receipt }) if !receipt.is_followed() => {
                Attempt::Accepted { receipt: self.begun().await.unwrap_or(receipt) }
            }
            // A task that was not there before is the BMC's own word that it has the image, however the tool ended; a no of its
            // update service's, which was not there before either, is one to this image.
            Ok(unknown @ Attempt::Unknown { .. }) => match (self.begun().await, self.refused().await) {
                (Some(receipt), _) => Attempt::Accepted { receipt },
                (None, Some(refused)) => refused,
                (None, None) => unknown,
            },
            Ok(attempt) => attempt,
            Err(failure) => Attempt::NotStarted { why: failure.what },
        }
    }

    /// What a BMC is at that was idle before a tool brought it an image: tools name no task.
    async fn begun(&mut self) -> Option<Receipt> {
        match self.try_idle(&OurWork::default()).await {
            Ok(Idle::No { task: Some(task), .. }) => Some(Receipt { task: Some(task), ..Receipt::default() }),
            _ => None,
        }
    }

    /// The no of an update service that says one, since the push was begun.
    async fn refused(&mut self) -> Option<Attempt> {
        let mut watch = self.watch.clone()?;
        match watch.read(self.client().await.ok()?, &Receipt::default()).await.ok()?.state {
            TaskState::Failed { why, message_ids } if message_ids.iter().any(|id| ilorest::is_refusal(id)) => {
                Some(Attempt::Refused { why, message_ids })
            }
            _ => None,
        }
    }

    async fn push_ilorest(&mut self, update: &Update, laid: &LaidOut, image: Lent<'_>) -> Result<Attempt, Failure> {
        let (program, sink) = self.program(ToolName::Ilorest).await?;
        if let Some(known) = ilorest::known_bad(&program.version) {
            let why = format!("ilorest {}: {} ({})", program.version, known.fault, known.source);
            return Ok(Attempt::NotStarted { why });
        }
        let credentials = self.seat.engine.tool_credentials(&self.seat.target).await?;
        let access = Access::new(self.seat.target.endpoint.clone(), credentials);
        let tool = Ilorest::new(self.seat.engine.runner().clone(), program, access);
        let signature = update.image.signature.as_ref().zip(laid.signature.as_deref());
        let signature = signature.map(|(signature, path)| Lent { path, name: &signature.file, bytes: 0 });
        let stop = CancellationToken::new();
        let flash = Flash { package: image, signature, over_tpm: update.tpm_override };
        let flashed = tool.flash(flash, Ears { sink: &sink, stop: &stop }).await;
        match (flashed.attempt, flashed.effect) {
            (Attempt::Accepted { receipt }, Some(Effect::Queued)) => {
                Ok(Attempt::Accepted { receipt: self.queued(image.name).await.unwrap_or(receipt) })
            }
            (attempt, _) => Ok(attempt),
        }
    }

    /// The entry of iLO's queue that is about a file, as what to follow: ilorest names none.
    async fn queued(&mut self, file: &str) -> Option<Receipt> {
        let queue = self.known().await.ok()?.offers.task_queue?;
        let items = ilo_queue::items(self.client().await.ok()?, &queue).await.ok()?;
        let item = items.into_iter().find(|item| item.is_open() && item.file.as_deref() == Some(file))?;
        Some(Receipt { task: Some(item.uri), ..Receipt::default() })
    }

    async fn push_racadm(&mut self, image: Lent<'_>) -> Result<Attempt, Failure> {
        let (tool, sink) = self.racadm().await?;
        Ok(tool.update(image, Ears { sink: &sink, stop: &CancellationToken::new() }).await)
    }

    async fn push_sum(&mut self, index: usize, update: &Update, image: Lent<'_>) -> Result<Attempt, Failure> {
        let part = match update.kind {
            Kind::Bios => Part::Bios,
            Kind::Bmc => Part::Bmc,
            other => return Ok(Attempt::NotStarted { why: format!("sum updates BIOS and BMC, and this is {other}") }),
        };
        let (program, sink) = self.program(ToolName::Sum).await?;
        let credentials = self.seat.engine.tool_credentials(&self.seat.target).await?;
        let access = Access::new(self.seat.target.endpoint.clone(), credentials);
        let tool = Sum::new(self.seat.engine.runner().clone(), program, access);
        let meter = self.meter(index, update);
        let stop = CancellationToken::new();
        // The host's reset is the run's, in its own phase.
        let order = sum::Update { part, image, reboot: false };
        Ok(tool.update(order, Ears { sink: &sink, stop: &stop }, &|sent| meter.tell(sent)).await)
    }

    /// racadm for this BMC. Where the BMC has refused its login it is not called again.
    pub(super) async fn racadm(&self) -> Result<(Racadm, ToolSink), Failure> {
        if let Some(refused) = &self.racadm_refused {
            return Err(refused.clone());
        }
        let (program, sink) = self.program(ToolName::Racadm).await?;
        let credentials = self.seat.engine.tool_credentials(&self.seat.target).await?;
        let access = Access::new(self.seat.target.endpoint.clone(), credentials);
        Ok((Racadm::new(self.seat.engine.runner().clone(), program, access), sink))
    }

    /// A tool, and who writes down what it says.
    async fn program(&self, tool: ToolName) -> Result<(Program, ToolSink), Failure> {
        let program = self.seat.engine.tools(false).await.program(tool).map_err(|why| plain("tool_missing", &why))?;
        let sink = ToolSink::new(&self.seat.engine, self.seat.target.endpoint.clone(), program.name);
        Ok((program, sink))
    }

    async fn lay_out(&self, update: &Update) -> Result<LaidOut, Attempt> {
        let refused = |why: String| not_sent(update, &why);
        let file = self.image(update).await.map_err(refused)?;
        let signature = match &update.image.signature {
            Some(signature) => {
                let (file, _) = self.seat.opened(signature.sha256).await.map_err(refused)?;
                Some((file, signature.clone()))
            }
            None => None,
        };
        let (root, image) = (self.seat.engine.runner().root().to_owned(), update.image.clone());
        let copied = tokio::task::spawn_blocking(move || {
            let place = Handed::new(&root)?;
            let path = place.put(&file, &image.file, image.sha256)?;
            let beside = signature.map(|(file, signature)| place.put(&file, &signature.file, signature.sha256));
            Ok::<_, std::io::Error>(LaidOut { _place: place, image: path, signature: beside.transpose()? })
        });
        let copied = copied.await.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()));
        copied.map_err(|error| {
            let why = format!("the image cannot be laid out for the vendor's tool: {error}");
            Attempt::NotStarted { why }
        })
    }

    /// Reads a job that racadm has named: it has an id, and no resource.
    pub(super) async fn job(&self, id: &str) -> Result<TaskReading, Failure> {
        let (tool, sink) = self.racadm().await?;
        let ears = Ears { sink: &sink, stop: &CancellationToken::new() };
        tool.job(id, ears).await.map_err(|trouble| of_trouble(&trouble))
    }

    /// Whether an iDRAC whose Redfish shows no jobs has some. Dell's queue is the same by either way.
    pub(super) async fn idle_by_racadm(&self, work: &OurWork) -> Result<Idle, Failure> {
        let (tool, sink) = self.racadm().await?;
        let ears = Ears { sink: &sink, stop: &CancellationToken::new() };
        let jobs = tool.jobs(ears).await.map_err(|trouble| of_trouble(&trouble))?;
        // By Redfish the same job is a resource that ends with its id.
        let is = |task: &str, id: &str| task.rsplit('/').next() == Some(id);
        let is_ours = |id: &str| self.receipts.iter().filter_map(|one| one.task.as_deref()).any(|task| is(task, id));
        let mut open: Vec<_> = jobs
            .into_iter()
            .filter(|job| !work.staged.iter().any(|task| is(task, &job.id)))
            .filter(|job| match job.reading().state {
                TaskState::Running => true,
                TaskState::AwaitsReset => !job.status.eq_ignore_ascii_case("completed"),
                TaskState::Succeeded | TaskState::Failed { .. } | TaskState::Gone => false,
            })
            .map(|job| (if is_ours(&job.id) { Whose::Ours } else { Whose::Foreign }, job))
            .collect();
        open.sort_by_key(|(whose, _)| *whose != Whose::Foreign);
        Ok(open.into_iter().next().map_or(Idle::Yes, |(whose, job)| {
            let ours = if whose == Whose::Ours { "ours: " } else { "" };
            Idle::No { what: format!("{ours}{} ({}) is {}", job.name, job.id, job.status), task: Some(job.id) }
        }))
    }
}

/// Whether a task is a job by its id, which no resource is.
pub(super) fn is_job(task: &str) -> bool {
    !task.starts_with('/') && !task.contains("://")
}

fn of_trouble(trouble: &Trouble) -> Failure {
    plain("tool", &trouble.to_string())
}
