//! The thread that owns the connection. What was asked while the last batch was being flushed goes into the next one, in one
//! commit; whoever wrote, and whoever read what was written, hears of it after that commit.

use super::LedgerError;
use super::store::{Store, is_damage};
use crate::metrics::Meter;
use std::sync::{Arc, OnceLock};
use std::time::Instant;
use tokio::sync::{mpsc, oneshot};

/// How many callers wait before the next one waits to be let in; also the longest batch.
pub(super) const QUEUE: usize = 256;

/// One thing asked of the ledger.
pub(super) trait Job: Send {
    fn writes(&self) -> bool;
    /// Does it, and keeps the answer.
    fn perform(&mut self, store: &Store) -> rusqlite::Result<()>;
    /// Gives the answer that was kept, or why there is none.
    fn reply(self: Box<Self>, failure: Option<LedgerError>);
}

pub(super) enum Message {
    Job(Box<dyn Job>),
    /// Ends the thread once what came before is done; answered when the file is closed.
    Close(oneshot::Sender<()>),
}

/// A closure, and who waits for what it gives.
pub(super) struct Call<T, F> {
    pub writes: bool,
    pub work: Option<F>,
    pub answer: Option<T>,
    pub waiting: oneshot::Sender<Result<T, LedgerError>>,
}

impl<T: Send, F: Send + FnOnce(&Store) -> rusqlite::Result<T>> Job for Call<T, F> {
    fn writes(&self) -> bool {
        self.writes
    }

    fn perform(&mut self, store: &Store) -> rusqlite::Result<()> {
        if let Some(work) = self.work.take() {
            self.answer = Some(work(store)?);
        }
        Ok(())
    }

    fn reply(self: Box<Self>, failure: Option<LedgerError>) {
        let answer = match (failure, self.answer) {
            (None, Some(answer)) => Ok(answer),
            (Some(failure), _) => Err(failure),
            (None, None) => Err(LedgerError::Unwritten("it was not asked".to_owned())),
        };
        // Who no longer waits has been cancelled: what was written stays, and is found by the next run.
        let _ = self.waiting.send(answer);
    }
}

pub(super) struct Writer {
    store: Store,
    /// Once something could not be written, nothing is written any more: what may be sent is decided by what is durable.
    poison: Option<LedgerError>,
    meter: Arc<OnceLock<Meter>>,
}

impl Writer {
    pub fn new(store: Store, meter: Arc<OnceLock<Meter>>) -> Self {
        Self { store, poison: None, meter }
    }

    /// Serves until told to close, or until nobody is left who could ask.
    pub fn serve(mut self, mut queue: mpsc::Receiver<Message>) {
        while let Some(first) = queue.blocking_recv() {
            if let Some(waiting) = self.batch(first, &mut queue) {
                drop(queue);
                drop(self);
                let _ = waiting.send(()); // nobody waits: nobody to tell
                return;
            }
        }
    }

    /// Does what was asked and what is asked meanwhile, in order: one transaction from the first that writes on. Gives who
    /// waits for the end, where that was asked.
    fn batch(&mut self, first: Message, queue: &mut mpsc::Receiver<Message>) -> Option<oneshot::Sender<()>> {
        let mut pending = Vec::new();
        let mut next = Some(first);
        let mut closing = None;
        while let Some(message) = next {
            match message {
                Message::Job(job) => self.perform(job, &mut pending),
                Message::Close(waiting) => {
                    closing = Some(waiting);
                    break;
                }
            }
            next = if pending.len() < QUEUE { queue.try_recv().ok() } else { None };
        }
        if !pending.is_empty() {
            let begun = Instant::now();
            let committed = self.store.commit();
            self.meter.get().inspect(|meter| meter.committed(begun.elapsed()));
            match committed {
                Ok(()) => pending.into_iter().for_each(|job| job.reply(None)),
                Err(error) => self.give_up(&error, pending),
            }
        }
        closing
    }

    /// Does one thing. It joins who waits for the commit, or is answered at once where there is nothing to wait for.
    fn perform(&mut self, mut job: Box<dyn Job>, pending: &mut Vec<Box<dyn Job>>) {
        if job.writes()
            && pending.is_empty()
            && let Err(failure) = self.begin()
        {
            return job.reply(Some(failure));
        }
        match job.perform(&self.store) {
            Ok(()) if job.writes() || !pending.is_empty() => pending.push(job),
            Ok(()) => job.reply(None),
            Err(error) if job.writes() => {
                pending.push(job);
                self.give_up(&error, std::mem::take(pending));
            }
            Err(error) => {
                let failure = self.store.unreadable(&error);
                if is_damage(&error) {
                    // Not a byte of a damaged file is changed from here on, and what the log holds stays in the log.
                    self.poison.get_or_insert(failure.clone());
                    self.store.keep_log();
                }
                job.reply(Some(failure));
            }
        }
    }

    fn begin(&mut self) -> Result<(), LedgerError> {
        if let Some(poison) = &self.poison {
            return Err(poison.clone());
        }
        if let Err(lost) = super::store::in_place(&self.store.path, self.store.identity) {
            return Err(self.poison.get_or_insert(lost).clone());
        }
        self.store.begin().map_err(|error| self.poison(&error))
    }

    fn give_up(&mut self, error: &rusqlite::Error, jobs: Vec<Box<dyn Job>>) {
        let failure = self.poison(error);
        // SQLite has already rolled back after some errors; then this says so, and there is nothing to undo.
        let _ = self.store.rollback();
        jobs.into_iter().for_each(|job| job.reply(Some(failure.clone())));
    }

    fn poison(&mut self, error: &rusqlite::Error) -> LedgerError {
        let failure = self.store.unwritten(error);
        if is_damage(error) {
            self.store.keep_log();
        }
        self.poison.get_or_insert(failure).clone()
    }
}

pub(super) fn closed() -> LedgerError {
    LedgerError::Unwritten("it has been closed".to_owned())
}
