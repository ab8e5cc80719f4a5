//! One person's way: decide, look up, intend, send, settle, until it ends or has to wait.

use super::enclosed::Enclosed;
use super::{End, RunError, World, seen, words};
use crate::candidate::Candidate;
use crate::delivery::action::{Action, Event, NotDone, Refusal};
use crate::delivery::wanted::Wanted;
use crate::delivery::{Claimed, Decision, LookUp, Observed, Policy, Verdict, decide};
use crate::greenhouse::Stop;
use crate::greenhouse::lookup::{Blind, Seen};
use crate::ledger::{Claim, Intent, Settlement};
use crate::outcome::{Ending, Outcome};
use crate::profile::Profile;
use crate::settings::{Api, Existing};
use crate::step::{Attempt, CandidateRow, Person, PersonKey, Settled, State, Step};
use jiff::{SignedDuration, Timestamp};
use std::sync::atomic::Ordering;
use std::time::Duration;

/// Tries at a connection that cannot be made, with a pause before each next one.
const CONNECT_PAUSES: [Duration; 4] = [Duration::from_millis(500), Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(4)];
/// The host pauses after each 429 as long as it was told; one that says so this often in a row is not going to take it.
const MOST_TOO_MANY: u32 = 20;

pub(super) struct Push<'w> {
    pub(super) world: &'w World<'w>,
    who: PersonKey,
    pub(super) wanted: Wanted<'w>,
    pub(super) person: Person,
    pub(super) observed: Observed,
    /// The file that was fetched last.
    pub(super) held: Option<Enclosed>,
    pub(super) refusal: Option<(Step, Refusal)>,
    /// Somebody else has this person in hand.
    busy: bool,
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
    let wanted = Wanted::new(candidate, world.wire.api(), world.ledger.key());
    let mut push = Push {
        world,
        who,
        wanted,
        person,
        observed: Observed::default(),
        held: None,
        refusal: None,
        busy: false,
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
                Err(error) => End::Stopped { who: Some(push.who), error: error.into() },
            }
        }
        Ok(end) => end,
        Err(error) => End::Stopped { who: Some(push.who), error },
    }
}

impl Push<'_> {
    async fn whole(&mut self, profile: &Profile) -> Result<End, RunError> {
        let destination = &self.world.pipeline.destination;
        let settle = SignedDuration::try_from(destination.settle).unwrap_or(SignedDuration::MAX);
        let policy = Policy { existing: destination.existing, ambiguous: destination.ambiguous, settle, retry: self.world.retry };
        // An answer is written down together with the end that follows from it, in one commit.
        let mut unwritten: Option<Settlement> = None;
        loop {
            let decision = decide(&self.wanted, &self.person, &self.observed, &policy);
            if let Decision::Done(verdict) = decision {
                return self.end(verdict, profile, unwritten).await;
            }
            if let Some(settlement) = unwritten.take() {
                self.world.ledger.settle(settlement).await?;
            }
            match decision {
                Decision::Done(_) => unreachable!("taken above"),
                Decision::Park { until, .. } => return Ok(End::Parked { who: self.who.clone(), until }),
                Decision::Record { candidate, steps } => unwritten = Some(self.found(candidate, steps)),
                Decision::LookUp(question) => {
                    if let Some(end) = self.look_up(&question).await? {
                        return Ok(end);
                    }
                }
                Decision::Intend { .. } if self.must_not_send() => return Ok(End::Parked { who: self.who.clone(), until: None }),
                Decision::Intend { .. } if self.is_over() => return Ok(End::Over { who: self.who.clone() }),
                Decision::Intend { .. } if self.busy => return Ok(End::Parked { who: self.who.clone(), until: None }),
                Decision::Intend { action, covers } => unwritten = self.enclose(action, covers).await?,
            }
        }
    }

    fn must_not_send(&self) -> bool {
        self.world.halted.load(Ordering::SeqCst)
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

    fn emails(&self) -> Vec<&str> {
        self.wanted.candidate.email_addresses.iter().map(|email| email.value.as_str()).collect()
    }

    async fn look_up(&mut self, question: &LookUp) -> Result<Option<End>, RunError> {
        match self.world.gate.can_see(self.world).await {
            // Who does not look for people can still meet one whom the ledger knows: what they have cannot be seen then.
            Err(RunError::Greenhouse(Stop::Permission(_))) if self.world.pipeline.destination.existing == Existing::Create => {
                self.observed.forbidden = true;
                return Ok(None);
            }
            seen => seen?,
        }
        match self.world.wire.look_up(self.world.ledger.key(), question, &self.emails()).await {
            Ok(Seen::Candidates(ids)) => self.observed.matches = Some(ids),
            Ok(Seen::Applications(applications)) => self.observed.applications = Some(applications),
            Ok(Seen::Attachments(steps)) => {
                let LookUp::Attachments { job, .. } = question else { return Ok(None) };
                self.observed.attachments.push((*job, steps));
            }
            Err(Blind::Forbidden(_)) if self.world.pipeline.destination.existing == Existing::Create => self.observed.forbidden = true,
            // Rule 7: without the look-up every push could be a duplicate, so the run ends before the next one.
            Err(blind @ Blind::Forbidden(_)) => {
                let words = format!(
                    "{blind} (403), and without that every push could be a duplicate: give the credential the permission, or set `existing: create`"
                );
                return Err(Stop::Permission(words).into());
            }
            Err(Blind::NotReady) => return Ok(Some(End::Parked { who: self.who.clone(), until: Some(soon()) })),
            Err(Blind::Stop(stop)) => return Err(stop.into()),
        }
        Ok(None)
    }

    /// Intends, sends, and tells what to write down.
    pub(super) async fn bring_about(&mut self, action: Action<'_>, covers: Vec<Step>) -> Result<Option<Settlement>, RunError> {
        let creates = matches!(action, Action::CreateCandidate { .. });
        let world = self.world;
        let pass = if creates { Some(world.gate.pass().await) } else { None };
        if self.must_not_send() {
            // Told while this create waited for the run's first one.
            return Ok(None);
        }
        let (intent, attempt) = self.intent(&covers);
        match world.ledger.intend(intent).await? {
            Claim::Intended => self.observed.tried.extend(&covers),
            Claim::Taken { candidate_id } => {
                self.observed.claim = Some(Claimed::Taken { candidate_id });
                return Ok(None);
            }
            Claim::Busy => return self.read_again(creates).await,
        }
        let event = world.wire.send(&action).await.map_err(RunError::from);
        let event = match event {
            Ok(event) => event,
            Err(stop) => {
                // Nothing was done: there was no token to sign it with, or Greenhouse does not take the one there is. The steps are as if
                // they had never been tried.
                let settlement = self.settled(&covers, State::Closed, &attempt);
                world.ledger.settle(settlement).await?;
                return Err(stop);
            }
        };
        let settlement = self.take(&event, &action, &covers, &attempt);
        if let Some((stop, taken_back)) = self.stop_after(&event, &action, &settlement).await {
            world.ledger.settle(settlement).await?;
            for settlement in taken_back {
                world.ledger.settle(settlement).await?;
            }
            return Err(stop.into());
        }
        if let (Event::Accepted { id: Some(id), .. }, Some(pass)) = (&event, pass.as_ref().filter(|pass| pass.is_first())) {
            // Durable first: should the control stop the run, the candidate is known.
            world.ledger.settle(settlement).await?;
            if let Err(error) = world.gate.prove(pass, world, *id, &self.emails()).await {
                // Before the pass goes to the next create.
                world.halted.store(true, Ordering::SeqCst);
                return Err(error);
            }
            return Ok(None);
        }
        Ok(Some(settlement))
    }

    /// Somebody else has the step or the e-mail in hand: another pipeline's run, or another profile. What they did meanwhile is taken
    /// in; where they have not ended, this person waits for them.
    async fn read_again(&mut self, creates: bool) -> Result<Option<Settlement>, RunError> {
        let person = self.world.ledger.person(&self.who).await?;
        if person == self.person {
            self.busy = true;
            self.observed.claim = creates.then_some(Claimed::Busy);
        }
        self.person = person;
        Ok(None)
    }

    fn intent(&self, covers: &[Step]) -> (Intent, Attempt) {
        let creates = covers.contains(&Step::Candidate);
        let now = Timestamp::now();
        let timeout = SignedDuration::try_from(self.world.http.settings().longest_write()).unwrap_or(SignedDuration::MAX);
        let first = covers.first().copied().unwrap_or(Step::Candidate);
        let attempt = Attempt {
            number: 0, // the ledger counts
            action: uuid::Uuid::now_v7().to_string(),
            hash: self.wanted.hash(first),
            fingerprint: if creates { self.wanted.fingerprint.clone() } else { Default::default() },
            seen_before: self.seen_before(first),
            greenhouse_time: self.world.wire.time(),
            intended_at: now,
            sent_by: crate::delivery::settled_by(now, timeout),
        };
        let intent = Intent {
            person: self.who.clone(),
            pipeline: self.world.pipeline.id.clone(),
            run: self.world.run.clone(),
            action: attempt.action.clone(),
            steps: covers.to_vec(),
            hash: attempt.hash,
            identities: if creates { self.wanted.identities.clone() } else { Vec::new() },
            fingerprint: attempt.fingerprint.clone(),
            seen_before: attempt.seen_before.clone(),
            greenhouse_time: attempt.greenhouse_time,
            intended_at: attempt.intended_at,
            sent_by: attempt.sent_by,
        };
        (intent, attempt)
    }

    /// The ids that the look-up before this request showed.
    fn seen_before(&self, step: Step) -> Vec<u64> {
        match step {
            Step::Candidate => self.observed.matches.clone().unwrap_or_default(),
            Step::Application { .. } => self.observed.applications.iter().flatten().map(|application| application.id).collect(),
            _ => Vec::new(),
        }
    }

    /// Takes an event in: what is known of the person from now on, and what is to be written.
    fn take(&mut self, event: &Event, action: &Action<'_>, covers: &[Step], attempt: &Attempt) -> Settlement {
        match event {
            Event::Accepted { id, others, delayed } => {
                self.reset_patience();
                let first = covers.first().copied();
                let mut settlement = self.settlement();
                for &step in covers {
                    let id = if Some(step) == first { *id } else { others.iter().find(|(s, _)| *s == step).map(|(_, id)| *id) };
                    // v3 tells the first application's id; where it does not, a look-up has to.
                    let unsure = id.is_none() && self.wanted.api == Api::HarvestV3 && matches!(step, Step::Application { .. });
                    let state = if unsure { State::Open } else { State::Done };
                    settlement.steps.push(Settled { step, state, id, ours: true });
                    if state == State::Done {
                        self.observed.made.extend(Some(step).filter(|_| !delayed));
                    }
                }
                if let (Action::CreateCandidate { .. }, Some(id)) = (action, id) {
                    settlement.candidate = Some(CandidateRow { id: *id, ours: true, gone: false });
                }
                self.apply(&settlement, Some(attempt));
                settlement
            }
            Event::Refused(refusal) => {
                self.reset_patience();
                if let Some(step) = covers.first() {
                    self.refusal = Some((*step, refusal.clone()));
                }
                self.settled(covers, State::Rejected, attempt)
            }
            Event::NotDone(_) => self.settled(covers, State::Closed, attempt),
            Event::Lost(why) => {
                tracing::warn!(operation = action.operation(), why, "the answer was lost: it is looked up later");
                self.reset_patience();
                let at = Timestamp::now();
                let attempt = Attempt { sent_by: attempt.sent_by.min(at), ..attempt.clone() };
                self.settled(covers, State::Open, &attempt)
            }
        }
    }

    fn reset_patience(&mut self) {
        (self.unsent, self.unauthorized, self.too_many) = (0, 0, 0);
    }

    fn settled(&mut self, covers: &[Step], state: State, attempt: &Attempt) -> Settlement {
        let mut settlement = self.settlement();
        settlement.steps.extend(covers.iter().map(|&step| Settled { step, state, id: None, ours: false }));
        self.apply(&settlement, Some(attempt));
        settlement
    }

    fn settlement(&self) -> Settlement {
        Settlement {
            person: self.who.clone(),
            pipeline: self.world.pipeline.id.clone(),
            at: Timestamp::now(),
            steps: Vec::new(),
            candidate: None,
            identities: Vec::new(),
            delivered: false,
            seen: None,
        }
    }

    /// What a look-up found is written down before anything follows from it.
    fn found(&mut self, candidate: Option<CandidateRow>, steps: Vec<Settled>) -> Settlement {
        let mut settlement = self.settlement();
        if candidate.is_some() {
            settlement.identities.clone_from(&self.wanted.identities);
        }
        settlement.candidate = candidate;
        settlement.steps = steps;
        self.apply(&settlement, None);
        settlement
    }

    fn apply(&mut self, settlement: &Settlement, attempt: Option<&Attempt>) {
        for settled in &settlement.steps {
            self.person.settle(settled, &settlement.pipeline, attempt);
        }
        self.person.candidate = settlement.candidate.or(self.person.candidate);
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
        stop.map(|stop| (stop, Vec::new()))
    }

    async fn end(&mut self, verdict: Verdict, profile: &Profile, unwritten: Option<Settlement>) -> Result<End, RunError> {
        let ending = self.ending(&verdict, profile);
        let mut settlement = unwritten.unwrap_or_else(|| self.settlement());
        settlement.delivered = verdict.delivered;
        settlement.seen = Some(seen(self.world, &profile.source_key, profile.updated_at.clone(), &ending));
        self.world.ledger.settle(settlement).await?;
        Ok(End::Ended(Box::new(ending)))
    }
}

fn soon() -> Timestamp {
    Timestamp::now().checked_add(SignedDuration::from_secs(5)).unwrap_or(Timestamp::MAX)
}
