//! What was intended and what came of it, durable. Ids, hashes, states and times: no personal data.
//!
//! The interface speaks the delivery design's words (claim, intend, settle, open, owed, identities, seen, advance, lease). It is
//! asynchronous and batched: whatever callers asked for while the last batch was being flushed goes into the next one, in one
//! commit, and every reply comes after the commit. Behind it stands SQLite on one thread; nothing here says so, so that another
//! store can take its place.

mod backup; // file and key, copied
mod columns; // words to columns and back
mod file; // names, modes, locks
mod forget; // rows taken away
mod inspect; // read alone
mod intents; // claims and intents
mod key; // the key file
mod lease; // one run a pipeline
mod open; // what may be wrong with the file
mod people; // persons read
mod restore; // a backup in the ledger's place
mod restored; // what such a ledger does not know
mod runs; // history
mod schema; // tables
mod seen; // profiles' rows, cursors
mod sent; // what was last sent
mod settle; // what came of it
mod store; // the connection
mod tally; // how many are owed, how much is open
#[cfg(test)]
mod tests;
mod words; // what is asked and answered
mod writer; // the one thread

pub use backup::{Copied, backup};
pub use inspect::{Counts, Inspection, inspect};
pub use lease::Lease;
pub use restore::{Restoration, Restore, restore};
pub use tally::Tally;
pub use words::{Claim, Cursor, Identity, Intent, LedgerError, Made, OpenStep, Restored, Run, Seen, Settlement};

use crate::digest::{Digest, Key};
use crate::metrics::Meter;
use crate::outcome::Outcome;
use crate::step::{Person, PersonKey};
use jiff::Timestamp;
use std::fmt;
use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::thread;
use store::Store;
use tokio::sync::{mpsc, oneshot};
use writer::{Call, Message, QUEUE, Writer};

/// The ledger. Clones are handles on the same one; it is closed with the last of them, or by [`Ledger::close`].
///
/// An answer is durable when it is given. Giving up waiting for one takes nothing back: what was asked is still done.
#[derive(Clone)]
pub struct Ledger {
    shared: Arc<Shared>,
}

struct Shared {
    queue: mpsc::Sender<Message>,
    key: Key,
    path: std::path::PathBuf,
    is_new: bool,
    identity: Option<file::Identity>,
    meter: Arc<OnceLock<Meter>>,
}

/// An id for a run or an action, sorted by time: a UUIDv7.
pub fn new_id() -> String {
    uuid::Uuid::now_v7().to_string()
}

impl Ledger {
    /// Opens the ledger, or creates it with its folder and its key (`PATH.key`), all for their owner alone. Not for an
    /// asynchronous task that others wait for: it reads and flushes files.
    ///
    /// # Errors
    /// [`LedgerError::Unusable`] for a file that is damaged, of another program or of a newer version, and for a key that is
    /// missing or another one. The file is then as it was.
    pub fn open(path: &Path) -> Result<Self, LedgerError> {
        let (store, is_new) = open::open(path)?;
        let (queue, waiting) = mpsc::channel(QUEUE);
        let (key, identity) = (store.key.clone(), store.identity);
        let meter = Arc::new(OnceLock::new());
        let writer = Writer::new(store, Arc::clone(&meter));
        let unusable = |error| LedgerError::Unusable { path: path.to_owned(), why: format!("cannot have a thread: {error}") };
        thread::Builder::new().name("ledger".to_owned()).spawn(move || writer.serve(waiting)).map_err(unusable)?;
        Ok(Self { shared: Arc::new(Shared { queue, key, path: path.to_owned(), is_new, identity, meter }) })
    }

    /// Measures from now on how long its batches take; the first meter stays.
    pub fn measured_by(&self, meter: Meter) {
        self.shared.meter.get_or_init(|| meter);
    }

    /// The key under which everything that the ledger keeps of a person is hashed.
    pub fn key(&self) -> &Key {
        &self.shared.key
    }

    pub fn path(&self) -> &Path {
        &self.shared.path
    }

    /// Whether it held nothing when it was opened: nobody was ever sent, as far as it knows.
    pub fn is_new(&self) -> bool {
        self.shared.is_new
    }

    /// Those of its files that others on this machine may read or write.
    pub fn exposed(&self) -> Vec<std::path::PathBuf> {
        [self.shared.path.clone(), key::path(&self.shared.path)].into_iter().filter(|path| file::is_exposed(path)).collect()
    }

    /// Takes the pipeline for this process, until the lease is dropped or the process ends, however it ends.
    ///
    /// # Errors
    /// [`LedgerError::Leased`] where somebody else has it; [`LedgerError::Unwritten`] where another file has come to stand in this one's
    /// place since it was opened.
    pub fn lease(&self, pipeline: &str) -> Result<Lease, LedgerError> {
        let lease = Lease::take(&self.shared.path, pipeline)?;
        store::in_place(&self.shared.path, self.shared.identity)?;
        Ok(lease)
    }

    /// All that is known of a person: the newest attempt of each step, the candidate's first.
    pub async fn person(&self, who: &PersonKey) -> Result<Person, LedgerError> {
        let who = who.clone();
        self.read(move |store| store.person(&who)).await
    }

    /// Writes that steps are about to be sent, and claims the e-mails, all or none. Send only on [`Claim::Intended`]: the other
    /// answers have written nothing. The person's own earlier claim is no hindrance.
    pub async fn intend(&self, intent: Intent) -> Result<Claim, LedgerError> {
        self.write(move |store| store.intend(&intent)).await
    }

    /// Writes what became of steps. The newest attempt of each takes the state; a step that was never tried is written as found.
    /// Claims then name the candidate, or end where the candidate's step was closed, refused or given up.
    /// Of a person who was forgotten meanwhile nothing is written. False, and nothing written, where the settlement names a request
    /// and another one has taken its place.
    pub async fn settle(&self, settlement: Settlement) -> Result<bool, LedgerError> {
        self.write(move |store| store.settle(&settlement)).await
    }

    /// The account's steps that are intended or open, oldest first. Those of a run that is still under way are among them.
    pub async fn open_steps(&self, account: &str) -> Result<Vec<OpenStep>, LedgerError> {
        let account = account.to_owned();
        self.read(move |store| store.open_steps(&account)).await
    }

    /// The attempts that were closed as not there at or after a moment and have not been looked for again since, oldest first.
    /// An attempt need not be its step's newest.
    pub async fn absent_since(&self, account: &str, since: Timestamp) -> Result<Vec<OpenStep>, LedgerError> {
        let account = account.to_owned();
        self.read(move |store| store.absent_since(&account, since)).await
    }

    /// Marks an attempt of [`Ledger::absent_since`] as looked for once more and still not there: it is not told again.
    /// False where it is no longer absent.
    pub async fn looked_again(&self, step: &OpenStep, at: Timestamp) -> Result<bool, LedgerError> {
        let step = step.clone();
        self.write(move |store| store.looked_again(&step, at)).await
    }

    /// Who has an e-mail, by its hash under [`Ledger::key`].
    pub async fn identity(&self, account: &str, email: Digest) -> Result<Option<Identity>, LedgerError> {
        let account = account.to_owned();
        self.read(move |store| store.identity(&account, email)).await
    }

    /// Writes what became of a profile, in place of what became of it before.
    pub async fn seen(&self, seen: Seen) -> Result<(), LedgerError> {
        self.write(move |store| store.seen(&seen)).await
    }

    /// The source's and the profile's keys of all that the pipeline owes, whoever has waited longest first.
    pub async fn owed(&self, pipeline: &str) -> Result<Vec<(String, String)>, LedgerError> {
        Ok(self.owed_rows(pipeline).await?.into_iter().map(|seen| (seen.source_key, seen.profile_key)).collect())
    }

    /// As [`Ledger::owed`], with outcome and reason.
    pub async fn owed_rows(&self, pipeline: &str) -> Result<Vec<Seen>, LedgerError> {
        let pipeline = pipeline.to_owned();
        self.read(move |store| store.owed(&pipeline)).await
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
        let (run, pipeline, account) = (run.to_owned(), pipeline.to_owned(), account.to_owned());
        self.write(move |store| store.run_started(&run, &pipeline, &account, at)).await
    }

    pub async fn run_ended(&self, run: &str, at: Timestamp, counts: Vec<(Outcome, u64)>) -> Result<(), LedgerError> {
        let run = run.to_owned();
        self.write(move |store| store.run_ended(&run, at, &counts)).await
    }

    /// The newest runs first, of one pipeline or of all.
    pub async fn runs(&self, pipeline: Option<&str>, limit: u32) -> Result<Vec<Run>, LedgerError> {
        let pipeline = pipeline.map(str::to_owned);
        self.read(move |store| store.runs(pipeline.as_deref(), limit)).await
    }

    /// Everybody with this profile key, in any source and account.
    pub async fn people(&self, profile_key: &str) -> Result<Vec<(PersonKey, Person)>, LedgerError> {
        let profile_key = profile_key.to_owned();
        self.read(move |store| store.people(&profile_key)).await
    }

    /// What became of a profile, in each pipeline.
    pub async fn seen_of_profile(&self, profile_key: &str) -> Result<Vec<Seen>, LedgerError> {
        let profile_key = profile_key.to_owned();
        self.read(move |store| store.seen_of_profile(&profile_key)).await
    }

    /// The profiles whose last row is of this run, in the order in which they ended.
    pub async fn seen_in_run(&self, run: &str) -> Result<Vec<Seen>, LedgerError> {
        let run = run.to_owned();
        self.read(move |store| store.seen_in_run(&run)).await
    }

    /// Removes all that is known of a person and leaves a keyed tombstone, also of somebody who was never sent.
    /// True where there was something to remove.
    pub async fn forget(&self, who: &PersonKey) -> Result<bool, LedgerError> {
        let who = who.clone();
        let removed = self.write(move |store| store.forget(&who)).await?;
        // The log still holds the rows as they were.
        self.read(Store::empty_log).await?;
        Ok(removed)
    }

    /// Lets a person whose candidate is gone be sent as if never before (`resolve --recreate`). False where no candidate is gone.
    pub async fn recreate(&self, who: &PersonKey) -> Result<bool, LedgerError> {
        let who = who.clone();
        self.write(move |store| store.recreate(&who)).await
    }

    /// Reads every page; for `doctor`. A small ledger has been checked so when it was opened.
    pub async fn check(&self) -> Result<(), LedgerError> {
        self.read(|store| open::check(&store.connection)).await
    }

    /// Does what is still asked, and closes the file. Whatever another handle asks after this is refused.
    pub async fn close(self) {
        let (closed, waiting) = oneshot::channel();
        if self.shared.queue.send(Message::Close(closed)).await.is_ok() {
            // An error is the answer too: the thread has ended.
            let _ = waiting.await;
        }
    }

    async fn read<T: Send + 'static>(&self, work: impl FnOnce(&Store) -> rusqlite::Result<T> + Send + 'static) -> Result<T, LedgerError> {
        self.ask(false, work).await
    }

    async fn write<T: Send + 'static>(&self, work: impl FnOnce(&Store) -> rusqlite::Result<T> + Send + 'static) -> Result<T, LedgerError> {
        self.ask(true, work).await
    }

    async fn ask<T: Send + 'static>(
        &self,
        writes: bool,
        work: impl FnOnce(&Store) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, LedgerError> {
        let (answer, waiting) = oneshot::channel();
        let call = Call { writes, work: Some(work), answer: None, waiting: answer };
        self.shared.queue.send(Message::Job(Box::new(call))).await.map_err(|_| writer::closed())?;
        waiting.await.map_err(|_| writer::closed())?
    }
}

impl fmt::Debug for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ledger").field("path", &self.shared.path).finish_non_exhaustive()
    }
}
