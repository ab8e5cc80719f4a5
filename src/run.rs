//! The one asynchronous loop: a source's profiles, some at a time, each pushed to its end.
//!
//! The order of a run: lease, ledger, secrets; what an earlier run left open is settled; profiles that are owed; the source;
//! what was parked meanwhile; what was closed as not there, once more. Source: the delivery design, rules 3, 4, 12 and 13.

mod gate;
mod parked;
mod push;
mod recover;
mod words;

use crate::compile::Pipeline;
use crate::greenhouse::{Stop, Wire};
use crate::http::Http;
use crate::ledger::{Cursor, Ledger, LedgerError, Seen};
use crate::outcome::{Ending, Outcome};
use crate::profile::Profile;
use crate::render::{Rendered, render};
use crate::settings::{Existing, Profiles, Source as SourceSettings, WithoutEmail};
use crate::source::{Item, Items, Source, SourceError};
use crate::step::PersonKey;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use gate::Gate;
use jiff::Timestamp;
use parked::Parked;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;
use tokio::sync::mpsc;

/// What a person at the command line asked for.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Only these profiles' keys.
    pub profiles: Vec<String>,
    /// No more than so many profiles are read.
    pub limit: Option<u64>,
    /// What is parked is left for the next run.
    pub no_wait: bool,
    /// Only who failed is read, and what was refused is sent again; with `profiles`, only those.
    pub retry: bool,
    /// A new, empty ledger is meant, although duplicates may come of it.
    pub new_ledger: bool,
}

/// Why a run could not go on. What was recorded stays recorded.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    #[error(transparent)]
    Source(#[from] SourceError),
    #[error(transparent)]
    Greenhouse(#[from] Stop),
    #[error(
        "the ledger is new, and `{setting}` does not look for people who are there: everyone may be made a second time. \
         If nothing was ever pushed to this account, run with --new-ledger; else name the ledger of the earlier runs with --ledger"
    )]
    NewLedger { setting: &'static str },
}

/// What happens in a run, as it happens.
#[derive(Debug)]
pub enum News {
    Ended(Box<Ending>),
    /// The ledger was empty.
    NewLedger,
    /// Something that a person should know; a sentence.
    Note(String),
    /// So many people wait, until then.
    Waiting {
        people: usize,
        until: Timestamp,
    },
}

/// How a run ended.
#[derive(Debug, Clone)]
pub struct Summary {
    pub run: String,
    pub counts: BTreeMap<Outcome, u64>,
    pub seconds: f64,
    /// Why it ended before the source did; none where it did not.
    pub stopped: Option<String>,
}

/// Asked to stop: what is in flight ends, nothing new begins.
#[derive(Debug, Clone, Default)]
pub struct Brake(Arc<AtomicBool>, Arc<tokio::sync::Notify>);

impl Brake {
    pub fn pull(&self) {
        self.0.store(true, Ordering::SeqCst);
        self.1.notify_waiters();
    }

    pub fn is_pulled(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }

    /// Ends when the brake is pulled.
    pub async fn pulled(&self) {
        let pulled = self.1.notified();
        if !self.is_pulled() {
            pulled.await;
        }
    }

    /// Ends when the brake is pulled, or after so long.
    pub async fn within(&self, time: std::time::Duration) {
        let _ended_either_way = tokio::time::timeout(time, self.pulled()).await;
    }
}

/// All that a push needs: shared by the pushes of one run, and changed by none.
pub(crate) struct World<'a> {
    pub pipeline: &'a Pipeline,
    pub ledger: Ledger,
    pub wire: Wire,
    pub http: Http,
    pub gate: Gate,
    pub run: String,
    pub brake: Brake,
    /// Something happened after which nothing more may be sent; people in flight are left for the next run.
    pub halted: AtomicBool,
    /// What was refused is sent again.
    pub retry: bool,
    /// People to whom something was sent.
    pub pushed: AtomicU64,
}

/// What one profile came to.
pub(crate) enum End {
    Ended(Box<Ending>),
    /// It waits: for its step to settle, or (none) for somebody with the same e-mail.
    Parked {
        who: PersonKey,
        until: Option<Timestamp>,
    },
    /// The run has to end. What was sent for this person is recorded.
    Stopped {
        who: Option<PersonKey>,
        error: RunError,
    },
    /// `max_profiles` others were pushed before.
    Over {
        who: PersonKey,
    },
}

/// Runs one pipeline.
///
/// # Errors
/// See [`RunError`]; the profiles that ended before were told as news.
pub async fn run(
    pipeline: &Pipeline,
    http: Http,
    ledger: Ledger,
    options: &Options,
    brake: Brake,
    news: mpsc::Sender<News>,
) -> Result<Summary, (RunError, Summary)> {
    let mut summary = Summary { run: uuid::Uuid::now_v7().to_string(), counts: BTreeMap::new(), seconds: 0.0, stopped: None };
    let started = Instant::now();
    let result = counted(pipeline, http, ledger, options, brake, news, &mut summary).await;
    summary.seconds = started.elapsed().as_secs_f64();
    match result {
        Ok(()) => Ok(summary),
        Err(error) => Err((error, summary)),
    }
}

async fn counted(
    pipeline: &Pipeline,
    http: Http,
    ledger: Ledger,
    options: &Options,
    brake: Brake,
    news: mpsc::Sender<News>,
    summary: &mut Summary,
) -> Result<(), RunError> {
    let _lease = ledger.lease(&pipeline.id)?;
    announce_new_ledger(pipeline, &ledger, options, &news).await?;
    let wire = Wire::open(&pipeline.destination, http.clone())?;
    let run = summary.run.clone();
    let gate = Gate::new(pipeline.destination.existing);
    let (halted, pushed) = (AtomicBool::new(false), AtomicU64::new(0));
    let world = World { pipeline, ledger, wire, http, gate, run, brake, halted, pushed, retry: options.retry };
    world.ledger.run_started(&world.run, &pipeline.id, &pipeline.destination.account, Timestamp::now()).await?;
    let parked = Parked::new(&pipeline.destination);
    let mut round = Round { world: &world, news, counts: BTreeMap::new(), parked, stopped: None, read: 0 };
    let result = round.whole(options).await;
    // Also where the run could not go on: who was under way is told.
    let parked = round.parked.take_all();
    let result = result.and(round.leave(parked).await);
    (summary.counts, summary.stopped) = (round.counts, round.stopped);
    let counts = summary.counts.iter().map(|(outcome, n)| (*outcome, *n)).collect();
    let written = world.ledger.run_ended(&world.run, Timestamp::now(), counts).await;
    result.and(written.map_err(RunError::from))
}

async fn announce_new_ledger(pipeline: &Pipeline, ledger: &Ledger, options: &Options, news: &mpsc::Sender<News>) -> Result<(), RunError> {
    if !ledger.is_new() {
        return Ok(());
    }
    let setting = match (&pipeline.destination.existing, &pipeline.destination.without_email) {
        (Existing::Create, _) => Some("existing: create"),
        (_, WithoutEmail::Create) => Some("without_email: create"),
        _ => None,
    };
    match setting {
        Some(setting) if !options.new_ledger => Err(RunError::NewLedger { setting }),
        _ => {
            tell(news, News::NewLedger).await;
            Ok(())
        }
    }
}

/// Nobody listening is no reason to stop pushing: what is recorded counts.
async fn tell(news: &mpsc::Sender<News>, item: News) {
    let _nobody_listens = news.send(item).await;
}

/// One pass over everything that a run does, and what it has come to so far.
struct Round<'a> {
    world: &'a World<'a>,
    news: mpsc::Sender<News>,
    counts: BTreeMap<Outcome, u64>,
    parked: Parked,
    stopped: Option<String>,
    read: u64,
}

impl Round<'_> {
    async fn whole(&mut self, options: &Options) -> Result<(), RunError> {
        recover::settle_open(self.world, Timestamp::now()).await?;
        let pipeline = self.world.pipeline;
        match (options.profiles.as_slice(), options.retry) {
            ([], false) => self.source(options).await?,
            ([], true) => {
                let owed = self.world.ledger.owed_rows(&pipeline.id).await?;
                let failed: Vec<_> = owed.into_iter().filter(|row| row.outcome == Outcome::Failed).collect();
                self.by_key(&failed.into_iter().map(|row| (row.source_key, row.profile_key)).collect::<Vec<_>>()).await?;
            }
            (keys, _) => self.by_key(&keys.iter().flat_map(|key| self.places_of(key)).collect::<Vec<_>>()).await?,
        }
        self.wait_for_parked(options).await?;
        for ending in recover::look_again(self.world, Timestamp::now()).await? {
            self.ended(ending).await;
        }
        Ok(())
    }

    async fn by_key(&mut self, keys: &[(String, String)]) -> Result<(), RunError> {
        if !keys.is_empty() {
            let source = Source::open(&self.world.pipeline.source, &self.world.http)?;
            self.stream(source.fetch(keys)?, None).await?;
        }
        Ok(())
    }

    /// A profile that is asked for by key alone may be in any of the pipeline's sources.
    fn places_of(&self, key: &str) -> Vec<(String, String)> {
        match &self.world.pipeline.source {
            SourceSettings::Hrflow(hrflow) if hrflow.source_keys.len() == 1 => {
                hrflow.source_keys.iter().map(|source| (source.clone(), key.to_owned())).collect()
            }
            _ => vec![(String::new(), key.to_owned())],
        }
    }

    /// The owed, then the source to its end; then, where it was complete, the cursor.
    async fn source(&mut self, options: &Options) -> Result<(), RunError> {
        let pipeline = self.world.pipeline;
        let reads_changed = matches!(&pipeline.source, SourceSettings::Hrflow(hrflow) if hrflow.profiles == Profiles::Changed);
        let cursor = if reads_changed { self.world.ledger.cursor(&pipeline.id).await? } else { None };
        let since = match cursor {
            Some(cursor) if cursor.reading == pipeline.reading => Some(cursor.updated_at),
            Some(_) => {
                self.note("the source, the filters or the mapping changed: everything is read once".into()).await;
                None
            }
            None => None,
        };
        let source = Source::open(&pipeline.source, &self.world.http)?;
        if reads_changed && options.limit.is_none() {
            let owed = self.world.ledger.owed(&pipeline.id).await?;
            self.stream(source.fetch(&owed)?, None).await?;
        }
        let advanced = self.stream(source.read(since.as_deref()), options.limit).await?;
        if let (Some(updated_at), None, None) = (advanced, &self.stopped, options.limit) {
            let cursor = Cursor { reading: pipeline.reading.clone(), updated_at };
            self.world.ledger.advance(&pipeline.id, cursor).await?;
        }
        Ok(())
    }

    /// Reads and pushes, a bounded number at once. Gives the cursor, where the pass was complete.
    async fn stream(&mut self, mut items: Items, limit: Option<u64>) -> Result<Option<String>, RunError> {
        let mut cursor = None;
        let mut in_flight = FuturesUnordered::new();
        let mut failed: Option<RunError> = None;
        let mut exhausted = false;
        loop {
            let may_read = !exhausted && failed.is_none() && !self.must_stop() && limit.is_none_or(|limit| self.read < limit);
            if !may_read && in_flight.is_empty() {
                break;
            }
            tokio::select! {
                biased;
                Some(end) = in_flight.next(), if !in_flight.is_empty() => {
                    if let Some(error) = self.take(end).await {
                        failed = Some(failed.unwrap_or(error));
                    }
                }
                item = items.next(), if may_read && in_flight.len() < self.world.pipeline.limits.concurrency => match item {
                    None => exhausted = true,
                    Some(Err(error)) => failed = Some(error.into()),
                    Some(Ok(Item::Cursor(at))) => cursor = Some(at),
                    Some(Ok(item)) => {
                        self.read += 1;
                        in_flight.push(one(self.world, item));
                    }
                },
            }
        }
        match failed {
            Some(error) => Err(error),
            None => Ok(cursor.filter(|_| exhausted)),
        }
    }

    /// Rule 4: what is parked is waited for at the run's end.
    async fn wait_for_parked(&mut self, options: &Options) -> Result<(), RunError> {
        while !self.parked.is_empty() {
            if options.no_wait || self.must_stop() || self.parked.only_wait_for_others() {
                break;
            }
            let Some(until) = self.parked.next() else { break };
            let now = Timestamp::now();
            if until > now {
                tell(&self.news, News::Waiting { people: self.parked.len(), until }).await;
                self.world.brake.within(until.duration_since(now).unsigned_abs()).await;
                if self.must_stop() {
                    break;
                }
            }
            recover::settle_open(self.world, Timestamp::now()).await?;
            let due = self.parked.take_due(Timestamp::now());
            let keys: Vec<_> = due.iter().map(|who| (who.source_key.clone(), who.profile_key.clone())).collect();
            let source = Source::open(&self.world.pipeline.source, &self.world.http)?;
            match source.fetch(&keys) {
                Err(SourceError::StandardInputIsGone) => self.leave(due).await?,
                Err(error) => return Err(error.into()),
                Ok(items) => drop(self.stream(items, None).await?),
            }
        }
        Ok(())
    }

    /// The next run goes on with these.
    async fn leave(&mut self, people: Vec<PersonKey>) -> Result<(), RunError> {
        for who in people {
            let ending = Ending::new(&who.profile_key, Outcome::Pending).because_of(words::PENDING);
            record(self.world, &who.source_key, None, &ending).await?;
            self.ended(ending).await;
        }
        Ok(())
    }

    /// Gives the error, where the run has to end.
    async fn take(&mut self, end: End) -> Option<RunError> {
        match end {
            End::Parked { who, until } => self.parked.add(who, until),
            End::Ended(ending) => self.ended(*ending).await,
            End::Over { who } => {
                self.parked.give_up(who);
                let most = self.world.pipeline.limits.max_profiles.unwrap_or_default();
                self.stopped.get_or_insert_with(|| {
                    format!("{most} profiles were pushed, which is limits.max_profiles: run again for the next ones, or raise it")
                });
            }
            End::Stopped { who, error } => {
                self.world.halted.store(true, Ordering::SeqCst);
                who.into_iter().for_each(|who| self.parked.give_up(who));
                return Some(error);
            }
        }
        None
    }

    async fn ended(&mut self, ending: Ending) {
        *self.counts.entry(ending.outcome).or_default() += 1;
        let failures = self.counts.get(&Outcome::Failed).copied().unwrap_or_default();
        if self.stopped.is_none() && self.world.pipeline.limits.max_failures.is_some_and(|most| failures >= most) {
            self.stopped = Some(format!("{failures} profiles failed, which is max_failures: mend what they say, and run again"));
        }
        tell(&self.news, News::Ended(Box::new(ending))).await;
    }

    async fn note(&self, words: String) {
        tell(&self.news, News::Note(words)).await;
    }

    fn must_stop(&self) -> bool {
        self.stopped.is_some() || self.world.brake.is_pulled()
    }
}

/// One item's way to its end.
async fn one(world: &World<'_>, item: Item) -> End {
    let (ending, source_key, updated_at) = match item {
        Item::Profile(mut profile) => match render(world.pipeline, &mut profile) {
            Rendered::Candidate(candidate) => return push::push(world, &profile, &candidate).await,
            Rendered::Ended(ending) => {
                let Profile { source_key, updated_at, .. } = profile;
                (*ending, source_key, updated_at)
            }
        },
        Item::Missing { key, source_key } => {
            let ending = Ending::new(key, Outcome::Missing).because_of("HrFlow has no profile with this key in this source");
            (ending, source_key.unwrap_or_default(), None)
        }
        Item::Unreadable { at, key, why } => {
            let ending = Ending::new(key.unwrap_or_else(|| at.clone()), Outcome::Invalid).because_of(format!("{at}: {why}"));
            // Without a key there is nobody to remember.
            return End::Ended(Box::new(ending));
        }
        Item::Cursor(_) => unreachable!("the loop takes cursors out"),
    };
    match record(world, &source_key, updated_at, &ending).await {
        Ok(()) => End::Ended(Box::new(ending)),
        Err(error) => End::Stopped { who: None, error },
    }
}

/// Writes down what became of a profile, before it is told.
async fn record(world: &World<'_>, source_key: &str, updated_at: Option<String>, ending: &Ending) -> Result<(), RunError> {
    world.ledger.seen(seen(world, source_key, updated_at, ending)).await?;
    Ok(())
}

fn seen(world: &World<'_>, source_key: &str, updated_at: Option<String>, ending: &Ending) -> Seen {
    Seen {
        pipeline: world.pipeline.id.clone(),
        source_key: source_key.to_owned(),
        profile_key: ending.profile.clone(),
        run: world.run.clone(),
        updated_at,
        outcome: ending.outcome,
        reason: words::for_ledger(ending),
        at: Timestamp::now(),
    }
}
