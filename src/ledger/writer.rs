//! The thread that owns the connection. What was asked while the last batch was being flushed goes into the next one, in one
//! commit; whoever wrote, and whoever read what was written, hears of it after that commit.

use super::LedgerError;
use super::store::Store;
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
}

impl Writer {
    pub fn new(store: Store) -> Self {
        Self { store, poison: None }
    }

    /// Serves until told to close, or until nobody is left who could ask.
    pub fn serve(mut self, mut queue: mpsc::Receiver<Message>) {
        let mut messages = Vec::with_capacity(QUEUE);
        while queue.blocking_recv_many(&mut messages, QUEUE) > 0 {
            let mut jobs = Vec::with_capacity(messages.len());
            let mut closing = None;
            for message in messages.drain(..) {
                match message {
                    Message::Job(job) if closing.is_none() => jobs.push(job),
                    Message::Job(job) => job.reply(Some(closed())),
                    Message::Close(waiting) => closing = Some(waiting),
                }
            }
            self.batch(jobs);
            if let Some(waiting) = closing {
                drop(queue);
                drop(self);
                let _ = waiting.send(()); // nobody waits: nobody to tell
                return;
            }
        }
    }

    /// Does the jobs in order: one transaction from the first that writes on.
    fn batch(&mut self, jobs: Vec<Box<dyn Job>>) {
        let mut pending: Vec<Box<dyn Job>> = Vec::new();
        let mut open = false;
        for mut job in jobs {
            if job.writes() && !open {
                match self.begin() {
                    Ok(()) => open = true,
                    Err(failure) => {
                        job.reply(Some(failure));
                        continue;
                    }
                }
            }
            match job.perform(&self.store) {
                Ok(()) if open => pending.push(job),
                Ok(()) => job.reply(None),
                Err(error) if job.writes() => {
                    pending.push(job);
                    self.give_up(&error, pending.drain(..));
                    open = false;
                }
                Err(error) => job.reply(Some(self.store.unreadable(&error))),
            }
        }
        if open {
            match self.store.commit() {
                Ok(()) => pending.into_iter().for_each(|job| job.reply(None)),
                Err(error) => self.give_up(&error, pending.drain(..)),
            }
        }
    }

    fn begin(&mut self) -> Result<(), LedgerError> {
        if let Some(poison) = &self.poison {
            return Err(poison.clone());
        }
        self.store.begin().map_err(|error| self.poison(&error))
    }

    fn give_up(&mut self, error: &rusqlite::Error, jobs: impl Iterator<Item = Box<dyn Job>>) {
        let failure = self.poison(error);
        // SQLite has already rolled back after some errors; then this says so, and there is nothing to undo.
        let _ = self.store.rollback();
        jobs.for_each(|job| job.reply(Some(failure.clone())));
    }

    fn poison(&mut self, error: &rusqlite::Error) -> LedgerError {
        let failure = self.store.unwritten(error);
        self.poison.get_or_insert(failure).clone()
    }
}

pub(super) fn closed() -> LedgerError {
    LedgerError::Unwritten("it has been closed".to_owned())
}
