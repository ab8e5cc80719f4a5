//! The thread that owns the connection. What was asked while the last batch was being flushed goes into the next one, in one
//! commit. Every answer is given after the commit that it depends on.

use super::LedgerError;
use super::store::{BACK, BUSY, ErrorKind, Result, Store, StoreError};
use crate::model::metrics::Meter;
use std::sync::{Arc, OnceLock};
use std::time::Instant;
use tokio::sync::{mpsc, oneshot};

/// How many callers wait before the next one waits to be let in; also the longest batch.
pub(super) const QUEUE: usize = 256;

pub(super) trait Job: Send {
    fn writes(&self) -> bool;
    /// Does it, and keeps the answer.
    fn perform(&mut self, store: &mut dyn Store) -> Result<()>;
    /// Gives the answer that was kept, or why there is none.
    fn reply(self: Box<Self>, failure: Option<LedgerError>);
}

pub(super) enum Message {
    Job(Box<dyn Job>),
    /// Ends the thread once what came before is done; answered when the file is closed.
    Close(oneshot::Sender<()>),
}

pub(super) trait Work<T>: FnOnce(&mut dyn Store) -> Result<T> + Send + 'static {}
impl<T, F: FnOnce(&mut dyn Store) -> Result<T> + Send + 'static> Work<T> for F {}

pub(super) struct Call<T, F> {
    pub writes: bool,
    pub work: Option<F>,
    pub answer: Option<T>,
    pub waiting: oneshot::Sender<std::result::Result<T, LedgerError>>,
}

impl<T: Send, F: Work<T>> Job for Call<T, F> {
    fn writes(&self) -> bool {
        self.writes
    }

    fn perform(&mut self, store: &mut dyn Store) -> Result<()> {
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
    store: Box<dyn Store>,
    /// Once something could not be written, nothing is written any more: what may be sent is decided by what is durable.
    poison: Option<LedgerError>,
    meter: Arc<OnceLock<Meter>>,
}

impl Writer {
    pub fn new(store: Box<dyn Store>, meter: Arc<OnceLock<Meter>>) -> Self {
        Self { store, poison: None, meter }
    }

    /// Serves until it is closed, or until the last handle is dropped.
    pub fn serve(mut self, mut queue: mpsc::Receiver<Message>) {
        while let Some(first) = queue.blocking_recv() {
            if let Some(waiting) = self.batch(first, &mut queue) {
                drop(queue);
                drop(self);
                let _ = waiting.send(()); // the caller no longer waits
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
        match job.perform(&mut *self.store) {
            Ok(()) if job.writes() || !pending.is_empty() => pending.push(job),
            Ok(()) => job.reply(None),
            Err(error) if job.writes() => {
                pending.push(job);
                self.give_up(&error, std::mem::take(pending));
            }
            Err(error) => {
                let failure = unreadable(&error, self.store.name());
                if error.is_damage() {
                    // Not a byte of a damaged store is changed from here on.
                    self.poison.get_or_insert(failure.clone());
                    self.store.freeze();
                }
                job.reply(Some(failure));
            }
        }
    }

    fn begin(&mut self) -> std::result::Result<(), LedgerError> {
        match &self.poison {
            Some(poison) => Err(poison.clone()),
            None => self.store.begin().map_err(|error| self.poison(&error)),
        }
    }

    fn give_up(&mut self, error: &StoreError, jobs: Vec<Box<dyn Job>>) {
        let failure = self.poison(error);
        self.store.rollback();
        jobs.into_iter().for_each(|job| job.reply(Some(failure.clone())));
    }

    fn poison(&mut self, error: &StoreError) -> LedgerError {
        if error.is_damage() {
            self.store.freeze();
        }
        self.poison.get_or_insert_with(|| unwritten(error, &self.store.name())).clone()
    }
}

pub(super) fn closed() -> LedgerError {
    LedgerError::Unwritten("it has been closed".to_owned())
}

fn unwritten(StoreError { kind, detail }: &StoreError, name: &str) -> LedgerError {
    LedgerError::Unwritten(match kind {
        ErrorKind::Busy => format!("another process has been writing to it for {} s: let that one end, then run again", BUSY.as_secs()),
        ErrorKind::Full => "the disk is full: make room, then run again".to_owned(),
        ErrorKind::Disk => {
            format!("the disk does not take it ({detail}): make room, raise the limit of file sizes or mend the disk, then run again")
        }
        ErrorKind::Denied => format!("{name} and its folder must be writable for this user ({detail})"),
        ErrorKind::Damaged | ErrorKind::Foreign => damaged(detail),
        ErrorKind::Replaced | ErrorKind::Other => detail.clone(),
    })
}

fn unreadable(StoreError { kind, detail }: &StoreError, name: String) -> LedgerError {
    let why = match kind {
        ErrorKind::Busy => format!("has been kept by another process for {} s: let that one end, then run again", BUSY.as_secs()),
        ErrorKind::Damaged | ErrorKind::Foreign => damaged(detail),
        _ => format!("cannot be read: {detail}"),
    };
    LedgerError::Unusable { ledger: name, why }
}

/// A sentence's second half. Nothing is repaired by guessing: what was sent must be known.
fn damaged(detail: impl std::fmt::Display) -> String {
    format!("is damaged ({detail}): {BACK}")
}
