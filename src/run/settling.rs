//! What a push writes down: intents before, settlements after.

use super::field;
use super::progress::Progress;
use crate::delivery::Record;
use crate::delivery::action::{Action, Event, Refusal};
use crate::ledger::{Intent, Settlement};
use crate::settings::Api;
use crate::step::{Attempt, CandidateRow, Members, Settled, State, Step};
use jiff::{SignedDuration, Timestamp};

/// What v3 names where it does not know what a step hangs on. Assumed (D).
const NOT_THERE: [&str; 2] = ["candidate_id", "application_id"];

/// When a request leaves, and how long it may be under way.
#[derive(Debug, Clone, Copy)]
pub(super) struct Leaving {
    pub now: Timestamp,
    pub timeout: SignedDuration,
    /// Greenhouse's own time, where an answer has told it.
    pub greenhouse_time: Option<Timestamp>,
}

impl Progress<'_> {
    /// `action` is the request's id.
    pub(super) fn intent(&self, covers: &[Step], sends: Members, action: String, leaving: Leaving) -> (Intent, Attempt) {
        let Leaving { now, timeout, greenhouse_time } = leaving;
        let creates = covers.contains(&Step::Candidate);
        let first = covers.first().copied().unwrap_or(Step::Candidate);
        let attempt = Attempt {
            number: 0, // the ledger counts
            action,
            hash: self.wanted.hash(first),
            fingerprint: if creates { self.wanted.fingerprint.clone() } else { Default::default() },
            seen_before: self.seen_before(first),
            greenhouse_time,
            intended_at: now,
            sent_by: crate::delivery::settled_by(now, timeout),
            members: sends,
        };
        let intent = Intent {
            person: self.who.clone(),
            pipeline: self.pipeline.to_owned(),
            run: self.run.to_owned(),
            action: attempt.action.clone(),
            steps: covers.to_vec(),
            hash: attempt.hash,
            members: attempt.members.clone(),
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
            Step::Application { .. } | Step::Prospect => {
                self.observed.applications.iter().flatten().map(|application| application.id).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Takes an event in: what is known of the person from now on, and what is to be written.
    pub(super) fn take(&mut self, event: &Event, action: &Action<'_>, covers: &[Step], attempt: &Attempt, at: Timestamp) -> Settlement {
        match event {
            Event::Accepted { id, others, delayed } => {
                let first = covers.first().copied();
                let mut settlement = Settlement { action: Some(attempt.action.clone()), ..self.settlement(at) };
                if let Action::UpdateCandidate { changes, .. } = action {
                    self.observed.changed.extend(changes.names.iter().cloned());
                }
                // The ledger does the same with what the intent holds.
                self.person.remember(&attempt.members);
                for &step in covers {
                    let id = if Some(step) == first { *id } else { others.iter().find(|(s, _)| *s == step).map(|(_, id)| *id) };
                    // v3 tells the first application's id; where it does not, a look-up has to.
                    let unsure =
                        id.is_none() && self.wanted.api == Api::HarvestV3 && matches!(step, Step::Application { .. } | Step::Prospect);
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
                if let Some(step) = covers.first() {
                    let field = refusal.field.as_deref().map(|named| field::member(self.wanted.candidate, action, named));
                    self.refusals.push((*step, Refusal { field, ..refusal.clone() }));
                    let is_about_the_candidate =
                        refusal.status == 404 || refusal.field.as_deref().is_some_and(|field| NOT_THERE.contains(&field));
                    if is_about_the_candidate && !matches!(action, Action::CreateCandidate { .. }) {
                        self.observed.refused_as_not_found(*step);
                    }
                }
                self.settled(covers, State::Rejected, attempt, at)
            }
            Event::NotDone(_) => self.settled(covers, State::Closed, attempt, at),
            Event::Lost(why) => {
                tracing::warn!(operation = action.operation(), why, "the answer was lost: it is looked up later");
                let attempt = Attempt { sent_by: attempt.sent_by.min(at), ..attempt.clone() };
                self.settled(covers, State::Open, &attempt, at)
            }
        }
    }

    pub(super) fn settled(&mut self, covers: &[Step], state: State, attempt: &Attempt, at: Timestamp) -> Settlement {
        let mut settlement = Settlement { action: Some(attempt.action.clone()), ..self.settlement(at) };
        settlement.steps.extend(covers.iter().map(|&step| Settled { step, state, id: None, ours: false }));
        self.apply(&settlement, Some(attempt));
        settlement
    }

    pub(super) fn settlement(&self, at: Timestamp) -> Settlement {
        Settlement {
            person: self.who.clone(),
            pipeline: self.pipeline.to_owned(),
            at,
            action: None,
            steps: Vec::new(),
            candidate: None,
            sent: Members::new(),
            identities: Vec::new(),
            delivered: false,
            seen: None,
        }
    }

    /// What a look-up found is written down before anything follows from it.
    pub(super) fn found(&mut self, record: Record, at: Timestamp) -> Settlement {
        let mut settlement = self.settlement(at);
        if record.candidate.is_some() {
            settlement.identities.clone_from(&self.wanted.identities);
        }
        // What is settled here of a request whose answer was lost is that request's.
        let open =
            |settled: &Settled| Some(self.person.step(settled.step).filter(|row| row.state.is_open())?.attempt.as_ref()?.action.clone());
        settlement.action = record.steps.iter().find_map(open);
        self.observed.recorded(&record, self.person.candidate);
        self.person.remember(&record.sent);
        let Record { candidate, steps, sent, .. } = record;
        (settlement.candidate, settlement.steps, settlement.sent) = (candidate, steps, sent);
        self.apply(&settlement, None);
        settlement
    }

    fn apply(&mut self, settlement: &Settlement, attempt: Option<&Attempt>) {
        for settled in &settlement.steps {
            self.person.settle(settled, &settlement.pipeline, attempt, settlement.at);
        }
        self.person.candidate = settlement.candidate.or(self.person.candidate);
    }
}
