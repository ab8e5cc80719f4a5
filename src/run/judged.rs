//! What is written down of a step whose end was not known, once Greenhouse has been asked. Pure: the model test drives the very same.
//! Source: rules 3, 4 and 5 of the delivery design. `delivery::recovery` judges; here a finding becomes a settlement.

use crate::delivery::action::UNKNOWN;
use crate::delivery::recovery::{Finding, Listed, judge};
use crate::ledger::{OpenStep, Settlement};
use crate::settings::Api;
use crate::step::{CandidateRow, Members, Settled, State, Step};
use jiff::{SignedDuration, Timestamp};

/// What a look-up shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum View {
    Rows(Vec<Listed>),
    /// Something there is still being made: later.
    NotYet,
    /// Greenhouse does not let us look.
    Forbidden,
}

impl View {
    pub fn find(&self, step: &OpenStep, now: Timestamp, settle: SignedDuration) -> Finding {
        match self {
            Self::Rows(listed) => judge(&step.row, listed, now, settle),
            // Nothing is shown of a candidate that is being made, nor of one that is gone.
            Self::NotYet => judge(&step.row, &[], now, settle),
            Self::Forbidden => Finding::Several(Vec::new()),
        }
    }
}

/// The open steps that went out in the same request as a create, and that are settled with it in one commit: v1 makes what is nested with
/// the candidate or not at all, and shows no id for most of it.
pub(super) fn along<'o>(open: &'o [OpenStep], create: &OpenStep, api: Api) -> Vec<&'o OpenStep> {
    let action = |step: &OpenStep| step.row.attempt.as_ref().map(|attempt| attempt.action.clone());
    let came_along =
        |step: &&OpenStep| step.row.step != Step::Candidate && step.person == create.person && action(step) == action(create);
    open.iter().filter(|_| api == Api::HarvestV1).filter(came_along).collect()
}

/// Of a create, with what came along; and the candidate's id, where it is known now. What is found is ours, whatever `existing` says
/// (rule 5).
pub(super) fn create(step: &OpenStep, nested: &[&OpenStep], finding: &Finding, now: Timestamp) -> (Settlement, Option<u64>) {
    let state = state_of(finding);
    let found = if let Finding::Found(id) = finding { Some(*id) } else { None };
    let mut settlement = settlement(step, state, found, found.map(|id| CandidateRow { id, ours: true, gone: false }), now);
    // What was to come along is as if it had never been tried, where the candidate is not there.
    let lot = if state == State::Absent { State::Closed } else { state };
    settlement.steps.extend(nested.iter().map(|other| settled(other, lot, None)));
    (settlement, found)
}

/// Of anything else; none where nothing has changed.
pub(super) fn child(step: &OpenStep, finding: &Finding, now: Timestamp) -> Option<Settlement> {
    // v1's attachments have no id.
    let id = if let Finding::Found(id) = finding { Some(*id).filter(|id| *id != UNKNOWN) } else { None };
    changed(step, state_of(finding), id, now)
}

/// v3: what was sent along with a create that is still open, absent or uncertain shares its lot.
pub(super) fn sharing(step: &OpenStep, create: State, now: Timestamp) -> Option<Settlement> {
    changed(step, if create == State::Absent { State::Closed } else { create }, None, now)
}

/// Of what hangs on a candidate that nobody knows: it cannot be looked up.
pub(super) fn unknown(step: &OpenStep, now: Timestamp) -> Option<Settlement> {
    changed(step, State::Uncertain, None, now)
}

/// A create that was closed as not there, looked up once more: the candidates that it made after all. Greenhouse finished it later than
/// `settle` (rule 4).
pub(super) fn late(step: &OpenStep, listed: &[Listed], now: Timestamp, settle: SignedDuration) -> Option<Vec<u64>> {
    let others: Vec<_> = listed.iter().filter(|row| Some(row.id) != step.candidate_id).cloned().collect();
    match judge(&step.row, &others, now, settle) {
        Finding::Found(id) => Some(vec![id]),
        Finding::Several(ids) => Some(ids),
        Finding::Wait(_) | Finding::Absent => None,
    }
}

fn state_of(finding: &Finding) -> State {
    match finding {
        Finding::Found(_) => State::Done,
        Finding::Wait(_) => State::Open,
        Finding::Absent => State::Absent,
        Finding::Several(_) => State::Uncertain,
    }
}

fn changed(step: &OpenStep, state: State, id: Option<u64>, at: Timestamp) -> Option<Settlement> {
    let as_it_was = state == State::Open && step.row.state == State::Open;
    (!as_it_was).then(|| settlement(step, state, id, None, at))
}

fn settlement(step: &OpenStep, state: State, id: Option<u64>, candidate: Option<CandidateRow>, at: Timestamp) -> Settlement {
    Settlement {
        person: step.person.clone(),
        pipeline: step.row.pipeline.clone(),
        at,
        action: step.row.attempt.as_ref().map(|attempt| attempt.action.clone()),
        steps: vec![settled(step, state, id)],
        candidate,
        sent: Members::new(),
        identities: Vec::new(),
        delivered: false,
        seen: None,
    }
}

fn settled(step: &OpenStep, state: State, id: Option<u64>) -> Settled {
    Settled { step: step.row.step, state, id, ours: state == State::Done }
}
