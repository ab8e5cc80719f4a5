//! One person's way: decide, look up, intend, send, settle, until it ends or has to wait.

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
use crate::settings::Api;
use crate::step::{Attempt, CandidateRow, Person, PersonKey, Settled, State, Step};
use jiff::{SignedDuration, Timestamp};
use std::time::Duration;

/// Tries at a connection that cannot be made, with a pause before each next one.
const CONNECT_PAUSES: [Duration; 4] = [Duration::from_millis(500), Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(4)];
/// The host pauses after each 429 as long as it was told; one that says so this often in a row is not going to take it.
const MOST_TOO_MANY: u32 = 20;

struct Push<'w> {
    world: &'w World<'w>,
    who: PersonKey,
    wanted: Wanted<'w>,
    person: Person,
    observed: Observed,
    refusal: Option<(Step, Refusal)>,
    unsent: usize,
    unauthorized: u32,
    too_many: u32,
}

/// Pushes one candidate to its end.
///
/// # Errors
/// What ends the whole run; this person's steps stay as the ledger has them.
pub(super) async fn push(world: &World<'_>, profile: &Profile, candidate: &Candidate) -> Result<End, RunError> {
    let who = PersonKey {
        account: world.pipeline.destination.account.clone(),
        source_key: profile.source_key.clone(),
        profile_key: profile.key.clone(),
    };
    let person = world.ledger.person(&who).await?;
    let wanted = Wanted::new(candidate, world.wire.api(), world.ledger.key());
    let mut push =
        Push { world, who, wanted, person, observed: Observed::default(), refusal: None, unsent: 0, unauthorized: 0, too_many: 0 };
    push.whole(profile).await
}

impl Push<'_> {
    async fn whole(&mut self, profile: &Profile) -> Result<End, RunError> {
        let destination = &self.world.pipeline.destination;
        let settle = SignedDuration::try_from(destination.settle).unwrap_or(SignedDuration::MAX);
        let policy = Policy { existing: destination.existing, ambiguous: destination.ambiguous, settle };
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
                Decision::Intend { action, covers } => unwritten = self.bring_about(action, covers).await?,
            }
        }
    }

    fn emails(&self) -> Vec<&str> {
        self.wanted.candidate.email_addresses.iter().map(|email| email.value.as_str()).collect()
    }

    async fn look_up(&mut self, question: &LookUp) -> Result<Option<End>, RunError> {
        self.world.gate.can_see(self.world).await?;
        match self.world.wire.look_up(self.world.ledger.key(), question, &self.emails()).await {
            Ok(Seen::Candidates(ids)) => self.observed.matches = Some(ids),
            Ok(Seen::Applications(applications)) => self.observed.applications = Some(applications),
            Ok(Seen::Attachments(steps)) => {
                let LookUp::Attachments { job, .. } = question else { return Ok(None) };
                self.observed.attachments.push((*job, steps));
            }
            Err(Blind::Forbidden(_)) => self.observed.forbidden = true,
            Err(Blind::NotReady) => return Ok(Some(End::Parked { who: self.who.clone(), until: Some(soon()) })),
            Err(Blind::Stop(stop)) => return Err(stop.into()),
        }
        Ok(None)
    }

    /// Intends, sends, and tells what to write down.
    async fn bring_about(&mut self, action: Action<'_>, covers: Vec<Step>) -> Result<Option<Settlement>, RunError> {
        let creates = matches!(action, Action::CreateCandidate { .. });
        let world = self.world;
        let pass = if creates { Some(world.gate.pass().await?) } else { None };
        let (intent, attempt) = self.intent(&covers);
        match world.ledger.intend(intent).await? {
            Claim::Intended => {}
            Claim::Taken { candidate_id } => {
                self.observed.claim = Some(Claimed::Taken { candidate_id });
                return Ok(None);
            }
            Claim::Busy => {
                self.observed.claim = Some(Claimed::Busy);
                return Ok(None);
            }
        }
        let event = world.wire.send(&action).await.map_err(RunError::from);
        let event = match event {
            Ok(event) => event,
            Err(stop) => {
                // Nothing left: there was no token to sign it with. The steps are as if they had never been tried.
                let settlement = self.settled(&covers, State::Closed, &attempt);
                world.ledger.settle(settlement).await?;
                return Err(stop);
            }
        };
        let settlement = self.take(&event, &action, &covers, &attempt);
        if let Some(stop) = self.stop_after(&event, &action).await {
            world.ledger.settle(settlement).await?;
            return Err(stop.into());
        }
        if let (Event::Accepted { id: Some(id), .. }, Some(pass)) = (&event, &pass) {
            // Durable first: should the control stop the run, the candidate is known.
            world.ledger.settle(settlement).await?;
            world.gate.prove(pass, world, *id, &self.emails()).await?;
            return Ok(None);
        }
        Ok(Some(settlement))
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
            Event::Accepted { id, others } => {
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
                        self.observed.made.push(step);
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
    async fn stop_after(&mut self, event: &Event, action: &Action<'_>) -> Option<Stop> {
        match event {
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
            Event::Refused(refusal) => self.world.gate.refused(&self.world.wire, action, refusal),
            Event::Accepted { .. } => {
                self.world.gate.allowed(action);
                None
            }
            Event::Lost(_) => None,
        }
    }

    async fn end(&mut self, verdict: Verdict, profile: &Profile, unwritten: Option<Settlement>) -> Result<End, RunError> {
        let ending = self.ending(&verdict, profile);
        let mut settlement = unwritten.unwrap_or_else(|| self.settlement());
        settlement.delivered = verdict.delivered;
        settlement.seen = Some(seen(self.world, &profile.source_key, profile.updated_at.clone(), &ending));
        self.world.ledger.settle(settlement).await?;
        Ok(End::Ended(Box::new(ending)))
    }

    fn ending(&self, verdict: &Verdict, profile: &Profile) -> Ending {
        let mut ending = Ending::new(&profile.key, verdict.outcome);
        ending.candidate_id = self.person.candidate.map(|row| row.id);
        let application = |job: &u64| self.person.step(Step::Application { job: *job }).filter(|row| row.state == State::Done)?.id;
        ending.application_ids =
            self.wanted.candidate.applications.iter().filter_map(|wanted| application(wanted.job_id.as_ref()?)).collect();
        ending.reason.clone_from(&verdict.reason);
        ending.step = verdict.step.map(|step| step.word().to_owned());
        if let (Outcome::Failed, Some((step, refusal))) = (verdict.outcome, &self.refusal)
            && verdict.step == Some(*step)
        {
            ending.reason = Some(words::refused(refusal.status, &refusal.message, self.wanted.candidate));
            ending.field.clone_from(&refusal.field);
            self.place_of_field(&mut ending, profile);
        }
        ending
    }

    /// The template that made the member which Greenhouse names, where the name fits one alone.
    fn place_of_field(&self, ending: &mut Ending, profile: &Profile) {
        let Some(field) = &ending.field else { return };
        let trace = self.world.pipeline.mapping.trace(&profile.document);
        let mut fitting = trace
            .fields
            .iter()
            .filter(|made| made.value.is_some() && (made.path == *field || made.path.rsplit(['.']).next() == Some(field.as_str())));
        if let (Some(made), None) = (fitting.next(), fitting.next()) {
            ending.field = Some(made.path.clone());
            ending.file = Some(made.place.path().to_owned());
            ending.line = Some(made.place.line());
        }
    }
}

fn soon() -> Timestamp {
    Timestamp::now().checked_add(SignedDuration::from_secs(5)).unwrap_or(Timestamp::MAX)
}
