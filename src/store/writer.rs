//! The one thread that writes. What queues up while it commits becomes the next batch: one flush to disk for many.

use std::{sync::mpsc, thread::JoinHandle};

use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::oneshot;

use super::StoreError;

/// Work and, once it is committed or rolled back, its answer.
type Job = Box<dyn FnOnce(&Connection) -> Answer + Send>;

/// Told whether the batch was committed.
type Answer = Box<dyn FnOnce(&Result<(), String>) + Send>;

/// Jobs in one transaction at the most.
const BATCH: usize = 500;

pub(super) struct Writer {
    jobs: Option<mpsc::Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    pub(super) fn start(mut connection: Connection) -> Self {
        let (jobs, queue) = mpsc::channel::<Job>();
        let thread = std::thread::spawn(move || {
            while let Ok(first) = queue.recv() {
                let batch: Vec<Job> = std::iter::once(first).chain(queue.try_iter().take(BATCH - 1)).collect();
                commit(&mut connection, batch);
            }
        });
        Self { jobs: Some(jobs), thread: Some(thread) }
    }

    /// Runs `work` in its own savepoint, so that its failure spoils no other's work; answers after the commit.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<rusqlite::Result<T>, StoreError> {
        let (sender, receiver) = oneshot::channel::<Result<rusqlite::Result<T>, StoreError>>();
        let job: Job = Box::new(move |connection| {
            let outcome = in_savepoint(connection, work);
            Box::new(move |committed| {
                // Whoever asked may have been called off.
                let _ = sender.send(match committed {
                    Ok(()) => Ok(outcome),
                    Err(why) => Err(StoreError::NotWritten(why.clone())),
                });
            })
        });
        self.jobs.as_ref().ok_or(StoreError::Ended)?.send(job).map_err(|_| StoreError::Ended)?;
        receiver.await.map_err(|_| StoreError::Ended)?
    }
}

impl Drop for Writer {
    /// Everything queued is on disk before the store is gone.
    fn drop(&mut self) {
        drop(self.jobs.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn commit(connection: &mut Connection, batch: Vec<Job>) {
    let transaction = match connection.transaction_with_behavior(TransactionBehavior::Immediate) {
        Ok(transaction) => transaction,
        Err(error) => {
            // Dropping the jobs drops their senders; the reason is for the log.
            tracing::error!(%error, jobs = batch.len(), "the database cannot be written");
            return;
        }
    };
    let answers: Vec<_> = batch.into_iter().map(|job| job(&transaction)).collect();
    let committed = transaction.commit().map_err(|error| error.to_string());
    answers.into_iter().for_each(|answer| answer(&committed));
}

fn in_savepoint<T>(
    connection: &Connection,
    work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
) -> rusqlite::Result<T> {
    connection.execute_batch("SAVEPOINT job")?;
    let outcome = work(connection);
    connection.execute_batch(if outcome.is_ok() { "RELEASE job" } else { "ROLLBACK TO job; RELEASE job" })?;
    outcome
}
