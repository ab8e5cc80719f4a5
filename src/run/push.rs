//! One person's way: decide, look up, intend, send, settle, until it ends or has to wait.

use super::enclosed::Enclosed;
use super::in_hand::Holding;
use super::progress::{Next, Progress};
use super::settling::Leaving;
use super::{End, RunError, World, seen, traced, words};
use crate::candidate::Candidate;
use crate::delivery::action::{Action, Event, NotDone};
use crate::delivery::wanted::Wanted;
use crate::delivery::{Decision, Doubt, Policy, Record, Verdict, decide};
use crate::greenhouse::{Reading, Stop};
use crate::ledger::Settlement;
use crate::outcome::{Ending, Outcome};
use crate::profile::Profile;
use crate::step::{Members, PersonKey, State, Step};
use jiff::{SignedDuration, Timestamp};
use std::sync::atomic::Ordering;
use std::time::Duration;

/// Tries at a connection that cannot be made, with a pause before each next one.
const CONNECT_PAUSES: [Duration; 4] = [Duration::from_millis(500), Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(4)];
/// The host pauses after each 429 as long as it was told; one that says so this often in a row is not going to take it.
const MOST_TOO_MANY: u32 = 20;

/// Who else has the candidate that was found.
enum Meeting {
    Nobody,
    /// The ledger tells: decide again.
    Claimed,
    /// Another push of this run has not completed it yet.
    InHand,
}

pub(super) struct Push<'w> {
    pub(super) world: &'w World<'w>,
    pub(super) progress: Progress<'w>,
    /// The candidate that this push has made.
    holding: Option<Holding>,
    /// What a look-up read of the candidate, until something is sent.
    pub(super) reading: Reading,
    /// The file that was fetched last.
    pub(super) held: Option<Enclosed>,
    /// Something was sent for this person.
    counted: bool,
    unsent: usize,
    unauthorized: u32,
    too_many: u32,
}

/// Pushes one candidate to its end, or as far as it goes.
pub(super) async fn push(world: &World<'_>, profile: &Profile, candidate: &Candidate) -> End {
    let who = PersonKey {
        account: world.pipeline.destination.account.clone(),
        source_key: profile.source_key.clone(),
        profile_key: profile.key.clone(),
    };
    let person = match world.ledger.person(&who).await {
        Ok(person) => person,
        Err(error) => return End::Stopped { who: None, error: error.into() },
    };
    let wanted = Wanted::new(candidate, world.wire.api(), world.ledger.key()).with_files_of(&profile.document);
    let doubt = match doubt(world, &wanted).await {
        Ok(doubt) => doubt,
        Err(error) => return End::Stopped { who: None, error },
    };
    let mut push = Push {
        world,
        progress: Progress::new(who, &world.pipeline.id, &world.run, &wanted, person, doubt),
        holding: None,
        reading: Reading::default(),
        held: None,
        counted: false,
        unsent: 0,
        unauthorized: 0,
        too_many: 0,
    };
    match push.whole(profile).await {
        // Written down before the cursor can pass: who waits is owed, whatever becomes of this run.
        Ok(end @ (End::Parked { .. } | End::Over { .. })) => {
            let ending = Ending::new(&profile.key, Outcome::Pending).because_of(words::PENDING);
            match world.ledger.seen(seen(world, &profile.source_key, profile.updated_at.clone(), &ending)).await {
                Ok(()) => end,
                Err(error) => End::Stopped { who: Some(push.progress.who), error: error.into() },
            }
        }
        Ok(end) => end,
        Err(error) => End::Stopped { who: Some(push.progress.who), error },
    }
}

/// What a ledger from a backup leaves in doubt.
async fn doubt(world: &World<'_>, wanted: &Wanted<'_>) -> Result<Option<Doubt>, RunError> {
    match world.restored {
        true => Ok(world.ledger.doubt(&world.pipeline.destination.account, &wanted.fingerprint, wanted.has_phone()).await?),
        false => Ok(None),
    }
}

impl Push<'_> {
    async fn whole(&mut self, profile: &Profile) -> Result<End, RunError> {
        let destination = &self.world.pipeline.destination;
        let settle = SignedDuration::try_from(destination.settle).unwrap_or(SignedDuration::MAX);
        let mut policy = Policy {
            existing: destination.existing,
            when_changed: destination.when_changed,
            ambiguous: destination.ambiguous,
            settle,
            retry: self.world.retry,
            now: Timestamp::now(),
        };
        // An answer is written down together with the end that follows from it, in one commit.
        let mut unwritten: Option<Settlement> = None;
        loop {
            policy.now = Timestamp::now();
            let progress = &self.progress;
            let decision = decide(progress.wanted, &progress.person, &progress.observed, &policy);
            if let Decision::Done(verdict) = decision {
                match self.end(verdict, profile, unwritten.take()).await? {
                    Some(end) => return Ok(end),
                    None => continue,
                }
            }
            if let Some(settlement) = unwritten.take()
                && !self.world.ledger.settle(settlement).await?
            {
                self.overtaken().await?;
                continue;
            }
            match decision {
                Decision::Done(_) => unreachable!("taken above"),
                Decision::Park { until, .. } => return Ok(End::Parked { who: self.progress.who.clone(), until }),
                Decision::Record(record) => match self.meet(&record).await? {
                    Meeting::Nobody => unwritten = Some(self.progress.found(record, Timestamp::now())),
                    Meeting::Claimed => {}
                    Meeting::InHand => return Ok(End::Parked { who: self.progress.who.clone(), until: None }),
                },
                Decision::LookUp(question) => {
                    if let Some(end) = self.look_up(&question).await? {
                        return Ok(end);
                    }
                }
                Decision::Intend { .. } if self.must_not_send() => return Ok(End::Parked { who: self.progress.who.clone(), until: None }),
                Decision::Intend { .. } if self.is_over() => return Ok(End::Over { who: self.progress.who.clone() }),
                Decision::Intend { .. } if self.progress.busy => return Ok(End::Parked { who: self.progress.who.clone(), until: None }),
                Decision::Intend { action, covers, sends } => {
                    let step = traced::step(&action, &covers);
                    unwritten = step.over(self.enclose(action, covers, sends)).await?;
                }
            }
        }
    }

    /// Before a candidate that is there is taken as this person's: who else has it?
    async fn meet(&mut self, record: &Record) -> Result<Meeting, RunError> {
        let Some(row) = self.progress.meets(record) else { return Ok(Meeting::Nobody) };
        // It may be this person's own, made by another pipeline since they were read: then it is ours, and not to be taken for theirs.
        let person = self.world.ledger.person(&self.progress.who).await?;
        if person.candidate.is_some() {
            self.progress.person = person;
            return Ok(Meeting::Claimed);
        }
        if self.progress.observed.claim.is_none() {
            let account = &self.world.pipeline.destination.account;
            for identity in &self.progress.wanted.identities {
                let identity = self.world.ledger.identity(account, *identity).await?;
                if self.progress.takes(identity, row) {
                    return Ok(Meeting::Claimed);
                }
            }
        }
        if self.holding.is_none() && self.world.in_hand.has(row.id) {
            return Ok(Meeting::InHand);
        }
        if row.ours {
            // Found again, late or after the ledger was put back: as if this push had made it.
            self.holding = Some(self.world.in_hand.hold(row.id));
        }
        Ok(Meeting::Nobody)
    }

    fn must_not_send(&self) -> bool {
        self.world.halted.load(Ordering::SeqCst) || self.world.breaker.bars(self.world)
    }

    /// Whether `max_profiles` others were pushed before this one.
    fn is_over(&mut self) -> bool {
        let Some(most) = self.world.pipeline.limits.max_profiles else { return false };
        if !self.counted {
            if self.world.pushed.fetch_add(1, Ordering::SeqCst) >= most {
                return true;
            }
            self.counted = true;
        }
        false
    }

    /// Intends, sends, and tells what to write down.
    pub(super) async fn bring_about(
        &mut self,
        action: Action<'_>,
        covers: Vec<Step>,
        sends: Members,
    ) -> Result<Option<Settlement>, RunError> {
        let creates = matches!(action, Action::CreateCandidate { .. });
        let world = self.world;
        let pass = if creates { Some(world.gate.pass().await) } else { None };
        let leave = world.breaker.leave(world).await;
        let Some(leave) = leave.filter(|_| !self.must_not_send()) else {
            // Told while this one waited: for the run's first create, or for Greenhouse to be well again.
            return Ok(None);
        };
        let timeout = SignedDuration::try_from(world.http.settings().longest_write()).unwrap_or(SignedDuration::MAX);
        let leaving = Leaving { now: Timestamp::now(), timeout, greenhouse_time: world.wire.time() };
        let (intent, attempt) = self.progress.intent(&covers, sends, crate::ledger::new_id(), leaving);
        traced::intended(&attempt.action);
        match self.progress.claimed(world.ledger.intend(intent).await?, &covers) {
            Next::Send => {}
            Next::Decide => return Ok(None),
            Next::ReadAgain => {
                self.reading.forget();
                self.progress.read_again(world.ledger.person(&self.progress.who).await?, creates);
                return Ok(None);
            }
        }
        self.reading.forget();
        let event = world.wire.send(&action).await.map_err(RunError::from);
        let event = match event {
            Ok(event) => event,
            Err(stop) => {
                // Nothing was done: there was no token to sign it with, or Greenhouse does not take the one there is. The steps are as if
                // they had never been tried.
                let settlement = self.progress.settled(&covers, State::Closed, &attempt, Timestamp::now());
                world.ledger.settle(settlement).await?;
                return Err(stop);
            }
        };
        traced::came(&event);
        if !matches!(event, Event::NotDone(_)) {
            (self.unsent, self.unauthorized, self.too_many) = (0, 0, 0);
        }
        let settlement = self.progress.take(&event, &action, &covers, &attempt, Timestamp::now());
        if let Some(row) = settlement.candidate {
            self.holding = Some(world.in_hand.hold(row.id));
        }
        let dead = match &event {
            Event::Lost(why) => world.breaker.lost(leave, world, &self.progress.who, why),
            // Nothing left: whether Greenhouse is well is not known.
            Event::NotDone(NotDone::NotSent(_)) => None,
            _ => {
                world.breaker.answered(leave, world);
                None
            }
        };
        if let Some(stop) = dead {
            world.ledger.settle(settlement).await?;
            return Err(stop.into());
        }
        if let Some((stop, taken_back)) = self.stop_after(&event, &action, &settlement).await {
            world.ledger.settle(settlement).await?;
            for settlement in taken_back {
                world.ledger.settle(settlement).await?;
            }
            return Err(stop.into());
        }
        if let (Event::Accepted { id: Some(id), .. }, Some(pass)) = (&event, pass.as_ref().filter(|pass| pass.is_first())) {
            // Durable first: should the control stop the run, the candidate is known.
            if !world.ledger.settle(settlement).await? {
                self.overtaken().await?;
            }
            if let Err(error) = world.gate.prove(pass, world, *id, &self.emails()).await {
                // Before the pass goes to the next create.
                world.halted.store(true, Ordering::SeqCst);
                return Err(error);
            }
            return Ok(None);
        }
        Ok(Some(settlement))
    }

    /// Whether the run has to end here, or this push has to pause first.
    async fn stop_after(&mut self, event: &Event, action: &Action<'_>, settlement: &Settlement) -> Option<(Stop, Vec<Settlement>)> {
        let stop = match event {
            Event::NotDone(NotDone::Unauthorized) => {
                self.unauthorized += 1;
                (self.unauthorized > 1).then(|| self.world.wire.unauthorized())
            }
            Event::NotDone(NotDone::TooManyRequests) => {
                self.too_many += 1;
                let words = "Greenhouse answers 429 again and again: something else uses up its rate limit. Run again later";
                (self.too_many > MOST_TOO_MANY).then(|| Stop::Unreachable(words.into()))
            }
            Event::NotDone(NotDone::NotSent(why)) => match CONNECT_PAUSES.get(self.unsent) {
                Some(pause) if !self.world.brake.is_pulled() => {
                    self.unsent += 1;
                    self.world.brake.within(*pause).await;
                    None
                }
                _ => Some(Stop::Unreachable(format!("Greenhouse cannot be reached: {why}"))),
            },
            Event::Refused(refusal) => return self.world.gate.refused(&self.world.wire, action, refusal, settlement),
            Event::Accepted { .. } => {
                self.world.gate.allowed(action);
                None
            }
            Event::Lost(_) => None,
        };
        if let (Event::NotDone(why), None) = (event, &stop) {
            traced::again(self.world, why);
        }
        stop.map(|stop| (stop, Vec::new()))
    }

    /// Another request has taken the place of the one that ended here, which took too long: what the ledger says holds.
    async fn overtaken(&mut self) -> Result<(), RunError> {
        tracing::warn!("another process has gone on with this person meanwhile");
        let doubt = doubt(self.world, self.progress.wanted).await?;
        self.progress.overtaken(self.world.ledger.person(&self.progress.who).await?, doubt);
        self.reading.forget();
        Ok(())
    }

    /// Writes the end down. None where somebody else has gone on meanwhile: then it is none.
    async fn end(&mut self, verdict: Verdict, profile: &Profile, unwritten: Option<Settlement>) -> Result<Option<End>, RunError> {
        let ending = self.ending(&verdict, profile);
        let mut settlement = unwritten.unwrap_or_else(|| self.progress.settlement(Timestamp::now()));
        settlement.delivered = verdict.delivered;
        settlement.seen = Some(seen(self.world, &profile.source_key, profile.updated_at.clone(), &ending));
        if !self.world.ledger.settle(settlement).await? {
            self.overtaken().await?;
            return Ok(None);
        }
        // What was believed not to be there may still turn up: what is told then is told instead.
        let may_be_twice = self.progress.person.steps.iter().any(|row| row.absences > 0);
        Ok(Some(End::Ended { ending: Box::new(ending), may_be_twice }))
    }
}
