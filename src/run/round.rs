//! One pass over everything that a run does: who is owed, the source, who was parked, who was late.

use super::agreed::{self, Agreed, Go};
use super::parked::Parked;
use super::window::Window;
use super::{End, News, Options, RunError, World, late, push, recover, traced, words};
use crate::ledger::{Cursor, Seen};
use crate::outcome::{Ending, Outcome};
use crate::plan::{self, Start};
use crate::profile::Profile;
use crate::render::Rendered;
use crate::settings::Source as SourceSettings;
use crate::source::{Item, Items, Source, SourceError};
use crate::step::PersonKey;
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt as _, StreamExt};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, HashSet};
use std::sync::atomic::Ordering;
use tokio::sync::mpsc;
use tracing::Instrument as _;

/// Nobody listening is no reason to stop pushing: what is recorded counts.
pub(super) async fn tell(news: &mpsc::Sender<News>, item: News) {
    let _nobody_listens = news.send(item).await;
}

/// One pass over everything that a run does, and what it has come to so far.
pub(super) struct Round<'a> {
    world: &'a World<'a>,
    news: mpsc::Sender<News>,
    counts: BTreeMap<Outcome, u64>,
    parked: Parked,
    stopped: Option<String>,
    read: u64,
    /// Who was owed, and read by key, while the source is read.
    already: HashSet<(String, String)>,
    /// Told once it is known whether a second candidate has turned up.
    held: Vec<Ending>,
}

impl<'a> Round<'a> {
    pub fn new(world: &'a World<'a>, news: mpsc::Sender<News>, parked: Parked) -> Self {
        Self { world, news, counts: BTreeMap::new(), parked, stopped: None, read: 0, already: HashSet::new(), held: Vec::new() }
    }

    pub fn take_parked(&mut self) -> Vec<PersonKey> {
        self.parked.take_all()
    }

    /// What it came to, and why it ended early.
    pub fn into_counts(self) -> (BTreeMap<Outcome, u64>, Option<String>) {
        (self.counts, self.stopped)
    }

    pub async fn whole(&mut self, options: &Options) -> Result<(), RunError> {
        recover::settle_open(self.world, Timestamp::now()).await?;
        late::take_back(self.world, Timestamp::now()).await?;
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
        if let Some(words) = self.world.agreed.as_ref().filter(|_| !self.must_stop()).and_then(Agreed::leftover) {
            self.stopped = Some(words);
        }
        for ending in late::look_again(self.world, Timestamp::now()).await? {
            self.held.retain(|held| held.profile != ending.profile);
            self.ended(ending).await;
        }
        Ok(())
    }

    /// Whoever was held back and has no second candidate, or could not be looked for again.
    pub async fn tell_held(&mut self) {
        for ending in std::mem::take(&mut self.held) {
            self.ended(ending).await;
        }
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
        let start = plan::start(pipeline, &self.world.ledger).await?;
        if start == Start::Again {
            self.note("the source, the filters or the mapping changed: everything is read once".into()).await;
        }
        let source = Source::open(&pipeline.source, &self.world.http)?;
        if plan::reads_changed(pipeline) && options.limit.is_none() {
            let owed = self.world.ledger.owed(&pipeline.id).await?;
            self.stream(source.fetch(&owed)?, None).await?;
            self.already = owed.into_iter().collect();
        }
        let advanced = self.stream(source.read(start.since()), options.limit).await?;
        // Who was owed and is parked is read by key once more, and is not to be passed over then.
        self.already.clear();
        // Rule 12, and rule 14: who is not in the plan is read again.
        let whole = options.limit.is_none() && options.plan.is_none() && self.stopped.is_none();
        if let Some(updated_at) = advanced.filter(|_| whole) {
            let cursor = Cursor { reading: pipeline.reading.clone(), updated_at };
            self.world.ledger.advance(&pipeline.id, cursor).await?;
        }
        Ok(())
    }

    /// Whether this round has read the profile by key before.
    fn was_owed(&self, profile: &Profile) -> bool {
        let has = |source: &str| self.already.contains(&(source.to_owned(), profile.key.clone()));
        !self.already.is_empty() && (has(&profile.source_key) || has(""))
    }

    /// Reads and pushes, a bounded number at once. Gives the cursor, where the pass was complete.
    async fn stream(&mut self, mut items: Items, limit: Option<u64>) -> Result<Option<String>, RunError> {
        let mut cursor = None;
        let mut in_flight = FuturesUnordered::new();
        let mut failed: Option<RunError> = None;
        let mut exhausted = false;
        let mut window = Window::new(self.world.pipeline.limits.concurrency);
        loop {
            let may_read = !exhausted && failed.is_none() && !self.must_stop() && limit.is_none_or(|limit| self.read < limit);
            if !may_read && in_flight.is_empty() {
                break;
            }
            tokio::select! {
                biased;
                Some((end, place)) = in_flight.next(), if !in_flight.is_empty() => {
                    window.give_back(place);
                    if let Some(error) = self.take(end).await {
                        failed = Some(failed.unwrap_or(error));
                    }
                }
                () = self.world.brake.pulled(), if may_read => {}
                item = items.next(), if may_read && window.has_room() => match item {
                    None => exhausted = true,
                    Some(Err(error)) => failed = Some(error.into()),
                    Some(Ok(Item::Cursor(at))) => cursor = Some(at),
                    Some(Ok(Item::Profile(profile))) if self.was_owed(&profile) => {}
                    Some(Ok(item)) => {
                        self.read += 1;
                        let (span, place) = (traced::profile(&item), window.take(&item));
                        in_flight.push(traced::to_its_end(one(self.world, item)).instrument(span).map(move |end| (end, place)));
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
            if options.no_wait || self.must_stop() || self.parked.is_in_vain(Timestamp::now()) {
                break;
            }
            let Some(until) = self.parked.next() else { break };
            let now = Timestamp::now();
            if until > now {
                // Moments are not worth a line.
                if until.duration_since(now) > SignedDuration::from_secs(1) {
                    tell(&self.news, News::Waiting { people: self.parked.len(), until }).await;
                }
                self.world.brake.within(until.duration_since(now).unsigned_abs()).await;
                if self.must_stop() {
                    break;
                }
            }
            recover::settle_open(self.world, Timestamp::now()).await?;
            let due = self.parked.take_due(Timestamp::now());
            self.world.http.meter().parked(self.parked.len());
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
    pub async fn leave(&mut self, people: Vec<PersonKey>) -> Result<(), RunError> {
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
            End::Parked { who, until } => {
                self.parked.add(who, until);
                self.world.http.meter().parked(self.parked.len());
            }
            End::Ended { ending, may_be_twice: true } => self.held.push(*ending),
            End::Ended { ending, may_be_twice: false } => self.ended(*ending).await,
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
        self.world.http.meter().profile(ending.outcome);
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
        Item::Profile(mut profile) => match world.names.render(world.pipeline, &mut profile) {
            Rendered::Candidate(candidate) => match agreed::check(world, &profile, &candidate).await {
                Ok(Go::On) => return push::push(world, &profile, &candidate).await,
                Ok(Go::Later(who)) => return End::Parked { who, until: None },
                Ok(Go::Stale(ending)) => {
                    let Profile { source_key, updated_at, .. } = profile;
                    (*ending, source_key, updated_at)
                }
                Err(error) => return End::Stopped { who: None, error },
            },
            Rendered::Ended(ending) => {
                let Profile { source_key, updated_at, .. } = profile;
                (*ending, source_key, updated_at)
            }
        },
        // Without a key there is nobody to remember.
        Item::Missing { by, value, .. } if by != "key" => {
            return End::Ended { ending: Box::new(plan::missing(by, value)), may_be_twice: false };
        }
        Item::Missing { by, value, source_key } => (plan::missing(by, value), source_key.unwrap_or_default(), None),
        Item::Unreadable { at, key, why } => {
            let reason = format!("{at}: {why}");
            match key {
                Some(key) => (Ending::new(key, Outcome::Invalid).because_of(reason), String::new(), None),
                // Without a key there is nobody to remember.
                None => {
                    let ending = Box::new(Ending::new(at, Outcome::Invalid).because_of(reason));
                    return End::Ended { ending, may_be_twice: false };
                }
            }
        }
        Item::Cursor(_) => unreachable!("the loop takes cursors out"),
    };
    match record(world, &source_key, updated_at, &ending).await {
        Ok(()) => End::Ended { ending: Box::new(ending), may_be_twice: false },
        Err(error) => End::Stopped { who: None, error },
    }
}

/// Writes down what became of a profile, before it is told.
async fn record(world: &World<'_>, source_key: &str, updated_at: Option<String>, ending: &Ending) -> Result<(), RunError> {
    world.ledger.seen(seen(world, source_key, updated_at, ending)).await?;
    Ok(())
}

pub(super) fn seen(world: &World<'_>, source_key: &str, updated_at: Option<String>, ending: &Ending) -> Seen {
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
