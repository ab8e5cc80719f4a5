//! One pass over everything that a run does: who is owed, the source, who was parked, who was late.

use super::agreed::{self, Agreed, Go};
use super::window::{Place, Window};
use super::{End, News, Options, RunError, World, push, recover, tell, traced, words};
use crate::delivery::run::Next;
use crate::engine::clock;
use crate::engine::plan::{self, Start};
use crate::engine::render::Rendered;
use crate::ledger::Cursor;
use crate::model::outcome::{Ending, Outcome};
use crate::model::profile::Profile;
use crate::model::settings::Source as SourceSettings;
use crate::model::step::PersonKey;
use crate::source::{Item, Items, Source, SourceError};
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt as _, StreamExt};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, HashSet};
use tokio::sync::mpsc;
use tracing::Instrument as _;

pub(super) struct Round<'a> {
    world: &'a World<'a>,
    news: mpsc::Sender<News>,
    counts: BTreeMap<Outcome, u64>,
    leftover: Option<String>,
    read: u64,
    /// Who was owed, and read by key, while the source is read.
    already: HashSet<(String, String)>,
    /// Told once it is known whether a second candidate has turned up.
    held: Vec<Ending>,
}

impl<'a> Round<'a> {
    pub fn new(world: &'a World<'a>, news: mpsc::Sender<News>) -> Self {
        Self { world, news, counts: BTreeMap::new(), leftover: None, read: 0, already: HashSet::new(), held: Vec::new() }
    }

    pub fn into_counts(self) -> (BTreeMap<Outcome, u64>, Option<String>) {
        let asked = self.world.cancel.is_cancelled().then(|| words::ASKED.to_owned());
        let stopped = self.world.rules.run().limit().map(|limit| limit.to_string()).or(asked).or(self.leftover);
        (self.counts, stopped)
    }

    pub async fn whole(&mut self, options: &Options) -> Result<(), RunError> {
        loop {
            let next = self.world.rules.run().next(clock::now());
            match next {
                Next::Recover(recovery) => {
                    for twice in recover::recover(self.world, *recovery).await? {
                        self.held.retain(|held| held.profile != twice.person.profile_key);
                        self.ended(twice.ending()).await;
                    }
                }
                Next::Read => self.read(options).await?,
                Next::Wait { people, until } => self.wait(people, until).await,
                Next::Again(people) => self.again(people).await?,
                Next::Over => break,
            }
        }
        if !self.must_stop() {
            self.leftover = self.world.agreed.as_ref().and_then(Agreed::leftover);
        }
        Ok(())
    }

    async fn read(&mut self, options: &Options) -> Result<(), RunError> {
        let pipeline = self.world.pipeline;
        match (options.profiles.as_slice(), options.retry) {
            ([], false) => self.source(options).await,
            ([], true) => {
                let owed = self.world.ledger.owed_rows(&pipeline.id).await?;
                // Whoever waits for the next attempt waits no longer.
                let failed: Vec<_> = owed.into_iter().filter(|row| matches!(row.outcome, Outcome::Failed | Outcome::Pending)).collect();
                self.by_key(&failed.into_iter().map(|row| (row.source_key, row.profile_key)).collect::<Vec<_>>()).await
            }
            (keys, _) => self.by_key(&keys.iter().flat_map(|key| self.places_of(key)).collect::<Vec<_>>()).await,
        }
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
        // R12, and R14: who is not in the plan is read again.
        let whole = options.limit.is_none() && options.plan.is_none() && self.world.rules.run().limit().is_none();
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
        let mut flight = Flight { window: Window::new(self.world.pipeline.limits.concurrency), under_way: HashSet::new(), failed: None };
        let mut exhausted = false;
        loop {
            let may_read = !exhausted && flight.failed.is_none() && !self.must_stop() && limit.is_none_or(|limit| self.read < limit);
            if !may_read && in_flight.is_empty() {
                break;
            }
            tokio::select! {
                biased;
                Some(landed) = in_flight.next(), if !in_flight.is_empty() => self.land(&mut flight, landed).await,
                () = self.world.cancel.cancelled(), if may_read => {}
                item = items.next(), if may_read && flight.window.has_room() => match item {
                    None => exhausted = true,
                    Some(Err(error)) => flight.failed = Some(error.into()),
                    Some(Ok(Item::Cursor(at))) => cursor = Some(at),
                    Some(Ok(Item::PassedOver { rows })) => self.note(words::passed_over(rows)).await,
                    Some(Ok(Item::Profile(profile))) if self.was_owed(&profile) => {}
                    Some(Ok(item)) => {
                        self.read += 1;
                        let who = who(&item);
                        while who.as_ref().is_some_and(|who| flight.under_way.contains(who)) {
                            let Some(landed) = in_flight.next().await else { break };
                            self.land(&mut flight, landed).await;
                        }
                        flight.under_way.extend(who.clone());
                        let (span, place) = (traced::profile(&item), flight.window.take(&item));
                        in_flight.push(traced::to_its_end(one(self.world, item)).instrument(span).map(move |end| (end, place, who)));
                    }
                },
            }
        }
        match flight.failed {
            Some(error) => Err(error),
            None => Ok(cursor.filter(|_| exhausted)),
        }
    }

    async fn land(&mut self, flight: &mut Flight, (end, place, who): (End, Place, Option<(String, String)>)) {
        flight.window.give_back(place);
        who.iter().for_each(|who| drop(flight.under_way.take(who)));
        if let Some(error) = self.take(end).await {
            flight.failed.get_or_insert(error);
        }
    }

    async fn wait(&mut self, people: usize, until: Timestamp) {
        let pause = until.duration_since(clock::now());
        // Moments are not worth a line.
        if pause > SignedDuration::from_secs(1) {
            tell(&self.news, News::Waiting { people, until }).await;
        }
        self.world.rules.pause(pause).await;
    }

    /// The profiles of people who were parked are read again: only their keys were kept.
    async fn again(&mut self, people: Vec<PersonKey>) -> Result<(), RunError> {
        self.count_parked();
        let keys: Vec<_> = people.iter().map(|who| (who.source_key.clone(), who.profile_key.clone())).collect();
        let source = Source::open(&self.world.pipeline.source, &self.world.http)?;
        match source.fetch(&keys) {
            Err(SourceError::StandardInputIsGone) => self.leave(people).await,
            Err(error) => Err(error.into()),
            Ok(items) => self.stream(items, None).await.map(drop),
        }
    }

    fn count_parked(&self) {
        self.world.http.meter().parked(self.world.rules.run().parked());
    }

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
                self.world.rules.run().park(who, until, clock::now());
                self.count_parked();
            }
            End::Ended { ending, may_be_twice: true } => self.held.push(*ending),
            End::Ended { ending, may_be_twice: false } => self.ended(*ending).await,
            End::Over { who } => self.world.rules.run().over(who),
            End::Stopped { who, error } => {
                let mut run = self.world.rules.run();
                run.halt();
                who.into_iter().for_each(|who| run.leave_for_next_run(who));
                return (!error.asked_to_stop()).then_some(error);
            }
        }
        None
    }

    async fn ended(&mut self, ending: Ending) {
        *self.counts.entry(ending.outcome).or_default() += 1;
        self.world.http.meter().profile(ending.outcome);
        self.world.rules.run().ended(ending.outcome);
        tell(&self.news, News::Ended(Box::new(ending))).await;
    }

    async fn note(&self, words: String) {
        tell(&self.news, News::Note(words)).await;
    }

    fn must_stop(&self) -> bool {
        self.world.rules.run().must_stop()
    }
}

/// What is under way while a source is read.
struct Flight {
    window: Window,
    /// Of one profile that is read twice, the second waits for the first: standard input cannot be looked through beforehand.
    under_way: HashSet<(String, String)>,
    failed: Option<RunError>,
}

fn who(item: &Item) -> Option<(String, String)> {
    match item {
        Item::Profile(profile) => Some((profile.source_key.clone(), profile.key.clone())),
        _ => None,
    }
}

async fn one(world: &World<'_>, item: Item) -> End {
    let ended = |ending: Ending| End::Ended { ending: Box::new(ending), may_be_twice: false };
    let (ending, source_key, updated_at) = match item {
        Item::Profile(mut profile) => {
            let older = match plan::older(world.pipeline, &world.ledger, &profile).await {
                Ok(older) => older,
                Err(error) => return End::Stopped { who: None, error: error.into() },
            };
            let ending = match world.names.render(world.pipeline, &mut profile) {
                // What the ledger knows of the newer row stays.
                Rendered::Candidate(_) if let Some(older) = older => return ended(older),
                Rendered::Candidate(candidate) => match agreed::check(world, &profile, &candidate).await {
                    Ok(Go::On) => return push::push(world, &profile, &candidate).await,
                    Ok(Go::Later(who)) => return End::Parked { who, until: None },
                    Ok(Go::Stale(ending)) => ending,
                    Err(error) => return End::Stopped { who: None, error },
                },
                Rendered::Ended(ending) => ending,
            };
            (*ending, profile.source_key, profile.updated_at)
        }
        // Without a key there is nobody to remember.
        Item::Missing { by, value, .. } if by != "key" => return ended(plan::missing(by, value)),
        Item::Missing { by, value, source_key } => (plan::missing(by, value), source_key.unwrap_or_default(), None),
        Item::Unreadable { at, key, why } => {
            let ending = Ending::new(key.as_ref().unwrap_or(&at), Outcome::Invalid).because_of(format!("{at}: {why}"));
            // As above.
            if key.is_none() {
                return ended(ending);
            }
            (ending, String::new(), None)
        }
        Item::Cursor(_) | Item::PassedOver { .. } => unreachable!("the loop takes them out"),
    };
    match record(world, &source_key, updated_at, &ending).await {
        Ok(()) => ended(ending),
        Err(error) => End::Stopped { who: None, error },
    }
}

async fn record(world: &World<'_>, source_key: &str, updated_at: Option<String>, ending: &Ending) -> Result<(), RunError> {
    world.ledger.seen(world.seen(source_key, updated_at, ending)).await?;
    Ok(())
}
