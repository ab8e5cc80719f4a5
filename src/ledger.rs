//! What was intended and what came of it, durable. Ids, hashes, states and times: no personal data.
//!
//! The interface is asynchronous and batched: what callers asked for while the last batch was being committed goes into the next one, in
//! one commit, and every answer comes after its commit. `rules` holds what is decided, as pure functions of rows; a store only loads and
//! writes rows, on one thread. Nothing here says which store it is.

pub(crate) mod rows; // what stores keep
pub(crate) mod rules; // what is written, and what is refused
mod sqlite; // a store in a file
pub(crate) mod store; // what a store does
#[cfg(test)]
pub(crate) mod testing; // a store in memory
#[cfg(test)]
mod tests;
mod words; // what is asked and answered
mod writer; // the one thread

pub use crate::model::rows::{Claim, Identity, Intent, OpenStep, Seen, Settlement};
pub use sqlite::{Copied, Counts, Inspection, Restoration, Restore, backup, inspect, restore};
pub use words::{Cursor, LedgerError, Made, Restored, Run, Tally};

#[cfg(test)]
pub(crate) use testing as memory;

use crate::base::digest::{Digest, Key};
use crate::delivery::Doubt;
use crate::model::metrics::Meter;
use crate::model::outcome::Outcome;
use crate::model::step::{Fingerprint, Person, PersonKey};
use jiff::Timestamp;
use rows::{Pending, SeenOf};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::thread;
use store::{Held, Store};
use tokio::sync::{mpsc, oneshot};
use writer::{Call, Message, QUEUE, Work, Writer};

/// The ledger. Clones are handles on the same one; it is closed with the last of them, or by [`Ledger::close`].
///
/// An answer is durable when it is given. Giving up waiting for one takes nothing back: what was asked is still done.
#[derive(Clone)]
pub struct Ledger {
    shared: Arc<Shared>,
}

struct Shared {
    /// Both are there until the last handle goes.
    queue: Option<mpsc::Sender<Message>>,
    thread: Option<thread::JoinHandle<()>>,
    key: Key,
    is_new: bool,
    exposed: Vec<PathBuf>,
    meter: Arc<OnceLock<Meter>>,
}

impl Drop for Shared {
    /// Waits until the file is closed and its log is in it: a process that ends first would leave the log.
    fn drop(&mut self) {
        drop(self.queue.take());
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            tracing::warn!("the ledger was not closed: its log stays beside it");
        }
    }
}

/// While this lives and is not lost, no other process runs the pipeline on this ledger.
#[must_use = "the lease ends when this is dropped"]
pub struct Lease(Held);

impl Lease {
    /// Resolves when the lease is lost. From then on nothing may be sent: another process may be running the pipeline.
    pub async fn lost(&self) {
        let mut lost = self.0.lost.clone();
        if lost.wait_for(|lost| *lost).await.is_err() {
            // Nothing can take this lease away.
            std::future::pending().await
        }
    }
}

impl fmt::Debug for Lease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lease").finish_non_exhaustive()
    }
}

/// An id for a run or an action, sorted by time: a UUIDv7.
pub fn new_id() -> String {
    uuid::Uuid::now_v7().to_string()
}

impl Ledger {
    /// Opens the ledger that `ledger:` names, or creates it with its folder and its key (`PATH.key`), all for their owner alone. Not for
    /// an asynchronous task that others wait for: it reads and flushes files.
    /// Errors: [`LedgerError::Unusable`] for a file that is damaged, of another program or of a newer version, and for a key that is
    /// missing or another one. The file is then as it was.
    pub fn open(place: impl AsRef<Path>) -> Result<Self, LedgerError> {
        Self::open_recorded(place, None)
    }

    /// The same, compared with what this machine has seen of the ledger, which is kept in the folder `records`: one that lost its log, or is
    /// an older copy, is refused.
    pub fn open_recorded(place: impl AsRef<Path>, records: Option<&Path>) -> Result<Self, LedgerError> {
        let (store, is_new) = sqlite::open::open(place.as_ref(), records)?;
        let exposed = store.exposed();
        Self::over(store.key.clone(), is_new, exposed, store)
    }

    #[cfg(test)]
    pub(crate) fn in_memory() -> Result<Self, LedgerError> {
        Self::over(Key::new([7; 32]), true, Vec::new(), testing::Memory::default())
    }

    fn over(key: Key, is_new: bool, exposed: Vec<PathBuf>, store: impl Store) -> Result<Self, LedgerError> {
        let (queue, waiting) = mpsc::channel(QUEUE);
        let meter = Arc::new(OnceLock::new());
        let name = store.name();
        let writer = Writer::new(Box::new(store), Arc::clone(&meter));
        let unusable = |error| LedgerError::Unusable { ledger: name, why: format!("cannot have a thread: {error}") };
        let thread = thread::Builder::new().name("ledger".to_owned()).spawn(move || writer.serve(waiting)).map_err(unusable)?;
        let shared = Shared { queue: Some(queue), thread: Some(thread), key, is_new, exposed, meter };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// Measures from now on how long its batches take; the first meter stays.
    pub fn measured_by(&self, meter: Meter) {
        self.shared.meter.get_or_init(|| meter);
    }

    /// The key under which everything that the ledger keeps of a person is hashed.
    pub fn key(&self) -> &Key {
        &self.shared.key
    }

    /// Whether it held nothing when it was opened: as far as it knows, no profile was ever sent.
    pub fn is_new(&self) -> bool {
        self.shared.is_new
    }

    /// Those of its files that others on this machine could read or write when it was opened.
    pub fn exposed(&self) -> &[PathBuf] {
        &self.shared.exposed
    }

    /// Takes the pipeline for this process, until the lease is dropped or the process ends, however it ends.
    /// Errors: [`LedgerError::Leased`] where another process has it; [`LedgerError::Unwritten`] where something else has taken the ledger's
    /// place since it was opened.
    pub async fn lease(&self, pipeline: &str) -> Result<Lease, LedgerError> {
        let name = pipeline.to_owned();
        match self.read(move |store| Ok(store.lease(&name))).await?? {
            Some(held) => Ok(Lease(held)),
            None => Err(LedgerError::Leased { pipeline: pipeline.to_owned() }),
        }
    }

    /// Whether a process has the pipeline's lease: then its open steps are not another run's to settle.
    pub async fn is_leased(&self, pipeline: &str) -> Result<bool, LedgerError> {
        match self.lease(pipeline).await {
            Ok(_free) => Ok(false),
            Err(LedgerError::Leased { .. }) => Ok(true),
            Err(error) => Err(error),
        }
    }

    /// All that is known of a person: the newest attempt of each step, the candidate's first.
    pub async fn person(&self, who: &PersonKey) -> Result<Person, LedgerError> {
        let who = who.clone();
        self.read(move |store| store::person(store, &who)).await
    }

    /// Writes that steps are about to be sent, and claims the e-mails, all or none. Send only on [`Claim::Intended`]: the other
    /// answers have written nothing. The person's own earlier claim is no hindrance.
    pub async fn intend(&self, intent: Intent) -> Result<Claim, LedgerError> {
        self.write(move |store| store::intend(store, &intent)).await
    }

    /// Writes the results of steps. The newest attempt of each takes the state; a step that was never tried is written as found.
    /// Claims then name the candidate, or end where the candidate's step was closed, refused or given up.
    /// Nothing is written about a person who was forgotten in the meantime. False, and nothing written, where the settlement names a request
    /// and another one has taken its place.
    pub async fn settle(&self, settlement: Settlement) -> Result<bool, LedgerError> {
        self.write(move |store| store::settle(store, &settlement)).await
    }

    /// The account's steps that are intended or open, oldest first. Those of a run that is still under way are among them.
    pub async fn open_steps(&self, account: &str) -> Result<Vec<OpenStep>, LedgerError> {
        let account = account.to_owned();
        self.read(move |store| store::pending(store, &account, Pending::Open)).await
    }

    /// The attempts that were closed as not there at or after a moment and have not been looked for again since, oldest first.
    /// An attempt need not be its step's newest.
    pub async fn absent_since(&self, account: &str, since: Timestamp) -> Result<Vec<OpenStep>, LedgerError> {
        let account = account.to_owned();
        self.read(move |store| store::pending(store, &account, Pending::AbsentSince(since))).await
    }

    /// Marks an attempt of [`Ledger::absent_since`] as looked for once more and still not there: it is not listed again.
    /// False where it is no longer absent.
    pub async fn looked_again(&self, step: &OpenStep, at: Timestamp) -> Result<bool, LedgerError> {
        let step = step.clone();
        self.write(move |store| store::looked_again(store, &step, at)).await
    }

    /// Who has an e-mail, by its hash under [`Ledger::key`].
    pub async fn identity(&self, account: &str, email: Digest) -> Result<Option<Identity>, LedgerError> {
        let account = account.to_owned();
        self.read(move |store| store::identity(store, &account, email)).await
    }

    /// If this ledger was ever put back from a backup: since when it does not know what happened in an account.
    pub async fn restored(&self, account: &str) -> Result<Option<Restored>, LedgerError> {
        let account = account.to_owned();
        self.read(move |store| store::restored(store, &account)).await
    }

    /// Writes down the account's candidates that were made since the backup was taken and are no person's yet. From now on they are known,
    /// and need not be listed again.
    pub async fn listed(&self, account: &str, made: Vec<Made>) -> Result<(), LedgerError> {
        let account = account.to_owned();
        self.write(move |store| store::listed(store, &account, &made)).await
    }

    /// What a restored ledger leaves in doubt about a person with this fingerprint; none where it was never restored. `has_phone`: the
    /// fingerprint's name goes together with a phone number, so that a namesake is not taken for the person.
    pub async fn doubt(&self, account: &str, fingerprint: &Fingerprint, has_phone: bool) -> Result<Option<Doubt>, LedgerError> {
        let (account, fingerprint) = (account.to_owned(), fingerprint.clone());
        self.read(move |store| store::doubt(store, &account, &fingerprint, has_phone)).await
    }

    /// Counts what is not done of a pipeline and its account, and what all its runs ended with.
    pub async fn tally(&self, pipeline: &str, account: &str) -> Result<Tally, LedgerError> {
        let (pipeline, account) = (pipeline.to_owned(), account.to_owned());
        self.read(move |store| store.tally(&pipeline, &account)).await
    }

    pub async fn seen(&self, seen: Seen) -> Result<(), LedgerError> {
        self.write(move |store| store::seen(store, &seen)).await
    }

    /// The source's and the profile's keys of all that the pipeline owes, the longest waiting first.
    pub async fn owed(&self, pipeline: &str) -> Result<Vec<(String, String)>, LedgerError> {
        Ok(self.owed_rows(pipeline).await?.into_iter().map(|seen| (seen.source_key, seen.profile_key)).collect())
    }

    /// As [`Ledger::owed`], with outcome and reason.
    pub async fn owed_rows(&self, pipeline: &str) -> Result<Vec<Seen>, LedgerError> {
        let pipeline = pipeline.to_owned();
        self.read(move |store| store.seen(SeenOf::Owed(&pipeline))).await
    }

    pub async fn cursor(&self, pipeline: &str) -> Result<Option<Cursor>, LedgerError> {
        let pipeline = pipeline.to_owned();
        self.read(move |store| store.cursor(&pipeline)).await
    }

    pub async fn advance(&self, pipeline: &str, cursor: Cursor) -> Result<(), LedgerError> {
        let pipeline = pipeline.to_owned();
        self.write(move |store| store.advance(&pipeline, &cursor)).await
    }

    /// Writes that a run, by an id of [`new_id`], has begun.
    pub async fn run_started(&self, run: &str, pipeline: &str, account: &str, at: Timestamp) -> Result<(), LedgerError> {
        let (id, pipeline, account) = (run.to_owned(), pipeline.to_owned(), account.to_owned());
        let run = Run { id, pipeline, account, started: at, ended: None, stopped: None, counts: Vec::new() };
        self.write(move |store| store.run_started(&run)).await
    }

    /// `stopped`: why it ended early, where it did, without any value of a profile.
    pub async fn run_ended(&self, run: &str, at: Timestamp, stopped: Option<&str>, counts: Vec<(Outcome, u64)>) -> Result<(), LedgerError> {
        let (run, stopped) = (run.to_owned(), stopped.map(str::to_owned));
        self.write(move |store| store.run_ended(&run, at, stopped.as_deref(), &counts)).await
    }

    /// The newest runs first, of one pipeline or of all.
    pub async fn runs(&self, pipeline: Option<&str>, limit: u32) -> Result<Vec<Run>, LedgerError> {
        let pipeline = pipeline.map(str::to_owned);
        self.read(move |store| store.runs(pipeline.as_deref(), limit)).await
    }

    /// Every person with this profile key, in any source and account.
    pub async fn people(&self, profile_key: &str) -> Result<Vec<(PersonKey, Person)>, LedgerError> {
        let profile_key = profile_key.to_owned();
        self.read(move |store| store::people(store, &profile_key)).await
    }

    pub async fn seen_of_profile(&self, profile_key: &str) -> Result<Vec<Seen>, LedgerError> {
        let profile_key = profile_key.to_owned();
        self.read(move |store| store.seen(SeenOf::Profile(&profile_key))).await
    }

    /// The profiles whose last row is of this run, in the order in which they ended.
    pub async fn seen_in_run(&self, run: &str) -> Result<Vec<Seen>, LedgerError> {
        let run = run.to_owned();
        self.read(move |store| store.seen(SeenOf::Run(&run))).await
    }

    /// Removes all that is known of a person and leaves a keyed tombstone, also for a profile that was never sent.
    /// True where there was something to remove.
    pub async fn forget(&self, who: &PersonKey) -> Result<bool, LedgerError> {
        let who = who.clone();
        let removed = self.write(move |store| store.remove(&who)).await?;
        // The log still holds the rows as they were.
        self.read(|store| store.purge()).await?;
        Ok(removed)
    }

    /// Lets a person whose candidate is gone be sent as if never before (`resolve --recreate`). False where no candidate is gone.
    pub async fn recreate(&self, who: &PersonKey) -> Result<bool, LedgerError> {
        let who = who.clone();
        self.write(move |store| store::recreate(store, &who)).await
    }

    /// Does what is still asked, and closes the file. Whatever another handle asks after this is refused.
    pub async fn close(self) {
        let (closed, waiting) = oneshot::channel();
        if self.send(Message::Close(closed)).await.is_ok() {
            // An error is the answer too: the thread has ended.
            let _ = waiting.await;
        }
    }

    async fn send(&self, message: Message) -> Result<(), LedgerError> {
        let queue = self.shared.queue.as_ref().ok_or_else(writer::closed)?;
        queue.send(message).await.map_err(|_| writer::closed())
    }

    async fn read<T: Send + 'static>(&self, work: impl Work<T>) -> Result<T, LedgerError> {
        self.ask(false, work).await
    }

    async fn write<T: Send + 'static>(&self, work: impl Work<T>) -> Result<T, LedgerError> {
        self.ask(true, work).await
    }

    async fn ask<T: Send + 'static>(&self, writes: bool, work: impl Work<T>) -> Result<T, LedgerError> {
        let (answer, waiting) = oneshot::channel();
        let call = Call { writes, work: Some(work), answer: None, waiting: answer };
        self.send(Message::Job(Box::new(call))).await?;
        waiting.await.map_err(|_| writer::closed())?
    }
}

impl fmt::Debug for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ledger").finish_non_exhaustive()
    }
}
