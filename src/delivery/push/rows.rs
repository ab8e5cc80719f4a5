//! What a push writes down: an intent before a request, a settlement after it.

use super::{Planned, Push, Request, Turn};
use crate::delivery::action::{Action, Event, Refusal};
use crate::delivery::{Record, field, refusal as words};
use crate::model::rows::{Intent, Settlement};
use crate::model::step::{Attempt, CandidateRow, Settled, State, Step};
use jiff::Timestamp;

/// What v3 names where it does not know what a step hangs on. Assumed.
const NOT_THERE: [&str; 2] = ["candidate_id", "application_id"];

/// Two pushes with one hash go on alike. Whom they are for, and what is wanted, is known beside it.
#[cfg(test)]
impl std::hash::Hash for Push<'_> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        (&self.person, &self.observed, self.busy, &self.unwritten, self.made, self.counted, self.tries, &self.at).hash(state);
    }
}

impl<'w> Push<'w> {
    pub(super) fn intent(&self, planned: Planned<'w>, turn: Turn) -> (Intent, Request<'w>) {
        let Planned { action, covers, sends } = planned;
        let now = self.context.policy.now;
        let creates = covers.contains(&Step::Candidate);
        let first = covers.first().copied().unwrap_or(Step::Candidate);
        let attempt = Attempt {
            number: 0, // the ledger counts
            action: turn.action,
            hash: self.wanted.hash(first),
            fingerprint: if creates { self.wanted.fingerprint.clone() } else { Default::default() },
            seen_before: self.seen_before(first),
            greenhouse_time: turn.greenhouse_time,
            intended_at: now,
            sent_by: crate::delivery::settled_by(now, self.context.write_timeout),
            members: sends,
        };
        let intent = Intent {
            person: self.context.who.clone(),
            pipeline: self.context.pipeline.to_owned(),
            run: self.context.run.to_owned(),
            action: attempt.action.clone(),
            steps: covers.clone(),
            hash: attempt.hash,
            members: attempt.members.clone(),
            identities: if creates { self.wanted.identities.clone() } else { Vec::new() },
            fingerprint: attempt.fingerprint.clone(),
            seen_before: attempt.seen_before.clone(),
            greenhouse_time: attempt.greenhouse_time,
            intended_at: attempt.intended_at,
            sent_by: attempt.sent_by,
        };
        (intent, Request { action, covers, attempt, first: turn.first })
    }

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
    pub(super) fn take(&mut self, event: &Event, request: &Request<'w>) -> Settlement {
        let Request { action, covers, attempt, .. } = request;
        match event {
            Event::Accepted { id, others, delayed } => self.accepted(request, *id, others, *delayed),
            Event::Refused(refusal) => {
                let mut kept = None;
                if let Some(step) = covers.first() {
                    let field = refusal.field.as_deref().map(|named| field::member(self.wanted.candidate, action, named));
                    let by_member = Refusal { field, ..refusal.clone() };
                    kept = Some(words::kept(&by_member, *step, self.wanted.candidate));
                    self.refusals.push((*step, by_member));
                    let is_about_the_candidate =
                        refusal.status == 404 || refusal.field.as_deref().is_some_and(|field| NOT_THERE.contains(&field));
                    if is_about_the_candidate && !matches!(action, Action::CreateCandidate { .. }) {
                        self.observed.refused_as_not_found(*step);
                    }
                }
                Settlement { refusal: kept, ..self.closed(covers, State::Rejected, attempt) }
            }
            Event::NotDone(_) => self.closed(covers, State::Closed, attempt),
            Event::Lost(_) => {
                let attempt = Attempt { sent_by: attempt.sent_by.min(self.context.policy.now), ..attempt.clone() };
                self.closed(covers, State::Open, &attempt)
            }
        }
    }

    fn accepted(&mut self, request: &Request<'w>, id: Option<u64>, others: &[(Step, u64)], delayed: bool) -> Settlement {
        let Request { action, covers, attempt, .. } = request;
        let first = covers.first().copied();
        let mut settlement = Settlement { action: Some(attempt.action.clone()), ..self.settlement() };
        if let Action::UpdateCandidate { changes, .. } = action {
            self.observed.changed.extend(changes.names.iter().cloned());
        }
        // The ledger does the same with what the intent holds.
        self.person.remember(&attempt.members);
        for &step in covers {
            let id = if Some(step) == first { id } else { others.iter().find(|(s, _)| *s == step).map(|(_, id)| *id) };
            // v3 tells the first application's id; where it does not, a look-up has to.
            let unsure = id.is_none()
                && self.wanted.capabilities.create_returns_application_id
                && matches!(step, Step::Application { .. } | Step::Prospect);
            let state = if unsure { State::Open } else { State::Done };
            settlement.steps.push(Settled { step, state, id, ours: true });
            if state == State::Done {
                self.observed.made.extend(Some(step).filter(|_| !delayed));
            }
        }
        if let (Action::CreateCandidate { .. }, Some(id)) = (action, id) {
            settlement.candidate = Some(CandidateRow { id, ours: true, gone: false });
        }
        self.apply(&settlement, Some(attempt));
        settlement
    }

    fn closed(&mut self, covers: &[Step], state: State, attempt: &Attempt) -> Settlement {
        let settlement = self.settlement_of(covers, state, attempt);
        self.apply(&settlement, Some(attempt));
        settlement
    }

    pub fn untried(&self, request: &Request<'_>, now: Timestamp) -> Settlement {
        Settlement { at: now, ..self.settlement_of(&request.covers, State::Closed, &request.attempt) }
    }

    fn settlement_of(&self, covers: &[Step], state: State, attempt: &Attempt) -> Settlement {
        let steps = covers.iter().map(|&step| Settled { step, state, id: None, ours: false }).collect();
        Settlement { action: Some(attempt.action.clone()), steps, ..self.settlement() }
    }

    pub(super) fn settlement(&self) -> Settlement {
        let (person, pipeline) = (self.context.who.clone(), self.context.pipeline.to_owned());
        Settlement { person, pipeline, at: self.context.policy.now, ..Settlement::default() }
    }

    pub(super) fn found(&mut self, record: Record) -> Settlement {
        let mut settlement = self.settlement();
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

    /// The same that the ledger writes, so that it need not be read again.
    fn apply(&mut self, settlement: &Settlement, attempt: Option<&Attempt>) {
        for settled in &settlement.steps {
            self.person.settle(settled, &settlement.pipeline, attempt, settlement.at);
        }
        self.person.candidate = settlement.candidate.or(self.person.candidate);
    }
}
