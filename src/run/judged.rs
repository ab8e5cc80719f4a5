//! What is written down of a step whose end was not known, once Greenhouse has been asked. Pure: the model test drives the very same.
//! Source: rules 3, 4 and 5 of the delivery design. `delivery::recovery` judges; here a finding becomes a settlement.

use crate::delivery::action::UNKNOWN;
use crate::delivery::recovery::{Finding, Listed, judge, matching};
use crate::ledger::{OpenStep, Settlement};
use crate::settings::Api;
use crate::step::{CandidateRow, Members, Person, Settled, State, Step};
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

/// The other open steps that went out in the same request as a create.
pub(super) fn along<'o>(open: &'o [OpenStep], create: &OpenStep) -> Vec<&'o OpenStep> {
    let action = |step: &OpenStep| step.row.attempt.as_ref().map(|attempt| attempt.action.clone());
    let came_along = |step: &&OpenStep| step.row.step != Step::Candidate && step.person == create.person && action(step) == action(create);
    open.iter().filter(came_along).collect()
}

/// Of a create, with what came along that shares its lot; and the candidate's id, where it is known now. What is found is ours, whatever
/// `existing` says (rule 5).
///
/// Both in one commit: were a crash to come between, the next run would find something open on a candidate that nobody knows. v1 makes what
/// is nested with the candidate or not at all, and shows no id for most of it; v3's application has an id of its own, and is looked for
/// where the candidate is there.
pub(super) fn create(step: &OpenStep, along: &[&OpenStep], finding: &Finding, api: Api, now: Timestamp) -> (Settlement, Option<u64>) {
    let state = state_of(finding);
    let found = if let Finding::Found(id) = finding { Some(*id) } else { None };
    let mut settlement = settlement(step, state, found, found.map(|id| CandidateRow { id, ours: true, gone: false }), now);
    if found.is_none() || api == Api::HarvestV1 {
        settlement.steps.extend(along.iter().map(|other| settled(other, lot(state), None)));
    }
    (settlement, found)
}

/// What was to come along is as if it had never been tried, where the candidate is not there.
fn lot(create: State) -> State {
    match create {
        State::Absent | State::Closed | State::Rejected | State::GivenUp => State::Closed,
        State::Intended | State::Open => State::Open,
        State::Done => State::Done,
        State::Uncertain => State::Uncertain,
    }
}

/// Of anything else; none where nothing has changed.
pub(super) fn child(step: &OpenStep, finding: &Finding, now: Timestamp) -> Option<Settlement> {
    // v1's attachments have no id.
    let id = if let Finding::Found(id) = finding { Some(*id).filter(|id| *id != UNKNOWN) } else { None };
    changed(step, state_of(finding), id, now)
}

/// Of what hangs on a candidate that nobody knows: it cannot be looked up, and shares the lot of the create, where there is one.
pub(super) fn orphan(step: &OpenStep, create: Option<State>, now: Timestamp) -> Option<Settlement> {
    // A create that is done has a candidate, which would be known.
    let lot = create.filter(|state| *state != State::Done).map_or(State::Uncertain, lot);
    changed(step, lot, None, now)
}

/// What a person has of a step that was closed as not there, and that is looked up once more.
#[derive(Debug, Clone, Copy)]
pub(super) struct Has {
    pub state: Option<State>,
    pub id: Option<u64>,
}

pub(super) fn has(person: &Person, step: Step) -> Has {
    let row = person.step(step);
    let known = if step == Step::Candidate { person.candidate.map(|row| row.id) } else { row.and_then(|row| row.id) };
    Has { state: row.map(|row| row.state), id: known }
}

/// Says of what there is one too many, and where.
pub(super) fn words_of_late(step: &OpenStep, late: &[u64], person: &Person) -> String {
    // v1's attachments have no id.
    let mut ids: Vec<u64> = has(person, step.row.step).id.into_iter().chain(late.iter().copied()).filter(|id| *id != UNKNOWN).collect();
    ids.dedup();
    let ids = ids.iter().map(u64::to_string).collect::<Vec<_>>().join(" and ");
    let word = step.row.step.word();
    if step.row.step == Step::Candidate {
        return format!(
            "Greenhouse made this candidate later than `settle` allows, so there may be two: candidates {ids}. Merge them in Greenhouse, and \
             set a longer `settle`"
        );
    }
    let which = if ids.is_empty() { String::new() } else { format!(": {word}s {ids}") };
    let on = step.candidate_id.map(|id| format!(" of candidate {id}")).unwrap_or_default();
    format!(
        "Greenhouse made the {word}{on} later than `settle` allows, so there may be two{which}. Remove one in Greenhouse, and set a longer \
         `settle`"
    )
}

/// A step that was closed as not there, looked up once more: the ids of what its request made after all. Greenhouse finished it later than
/// `settle` (rule 4).
pub(super) fn late(step: &OpenStep, has: Has, listed: &[Listed]) -> Option<Vec<u64>> {
    // What is under way again may be what is there: first that is settled.
    if has.state.is_some_and(State::is_open) {
        return None;
    }
    let matching: Vec<_> = matching(&step.row, listed).collect();
    let mut others: Vec<u64> = matching.iter().map(|row| row.id).filter(|id| Some(*id) != has.id).collect();
    others.sort_unstable();
    others.dedup();
    // Where no id tells which of them is known, one of them is.
    let known = usize::from(has.state == Some(State::Done) && has.id.is_none());
    (!others.is_empty() && matching.len() > known).then_some(others)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delivery::recovery::Marks;
    use crate::digest::Key;
    use crate::step::{Attempt, Fingerprint, PersonKey, StepRow};

    fn open(step: Step) -> OpenStep {
        let at: Timestamp = "2026-11-23T10:00:00Z".parse().unwrap();
        let attempt = Attempt {
            number: 1,
            action: "one request".into(),
            hash: Key::new([1; 32]).digest(&["x"]),
            fingerprint: Fingerprint::default(),
            seen_before: Vec::new(),
            greenhouse_time: Some(at),
            intended_at: at,
            sent_by: at,
            members: Members::new(),
        };
        let (state, pipeline) = (State::Open, "p".to_owned());
        let row = StepRow { step, state, id: None, ours: false, pipeline, attempt: Some(attempt), absences: 0, settled_at: None };
        let person = PersonKey { account: "a".into(), source_key: "s".into(), profile_key: "p".into() };
        OpenStep { person, candidate_id: None, row }
    }

    fn told(settlement: &Settlement) -> String {
        let steps = settlement.steps.iter().map(|settled| format!("{} {}", settled.step.word(), settled.state.as_str()));
        steps.collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn what_came_along_is_settled_with_its_create_in_one_commit() {
        let (create, along) = (open(Step::Candidate), open(Step::Application { job: 1 }));
        let all = [create.clone(), along];
        let now = Timestamp::now();
        let findings = [Finding::Found(9), Finding::Absent, Finding::Wait(now), Finding::Several(vec![8, 9])];
        let of = |api, finding: &Finding| told(&super::create(&create, &super::along(&all, &create), finding, api, now).0);
        let lines: Vec<_> =
            findings.iter().map(|finding| format!("{} | {}", of(Api::HarvestV3, finding), of(Api::HarvestV1, finding))).collect();
        insta::assert_snapshot!(lines.join("\n"), @"
        candidate done | candidate done, application done
        candidate absent, application closed | candidate absent, application closed
        candidate open, application open | candidate open, application open
        candidate uncertain, application uncertain | candidate uncertain, application uncertain
        ");
    }

    /// An application that was left open while its create was closed, as older versions could: it is not to be looked for by a person.
    #[test]
    fn who_has_no_candidate_shares_the_lot_of_the_create() {
        let step = open(Step::Application { job: 1 });
        let lots = State::ALL.into_iter().map(Some).chain([None]).map(|create| {
            let lot = orphan(&step, create, Timestamp::now()).map_or("as it was".to_owned(), |settlement| told(&settlement));
            format!("{}: {lot}", create.map_or("no create", State::as_str))
        });
        insta::assert_snapshot!(lots.collect::<Vec<_>>().join("\n"), @"
        intended: as it was
        open: as it was
        done: application uncertain
        rejected: application closed
        closed: application closed
        absent: application closed
        uncertain: application uncertain
        given-up: application closed
        no create: application uncertain
        ");
    }

    #[test]
    fn what_is_late_is_there_beside_what_is_known() {
        let step = open(Step::Prospect);
        let row = |id| Listed { id, created_at: None, marks: Marks::Step(Step::Prospect) };
        let has = |state, id| Has { state, id };
        let done = Some(State::Done);
        assert_eq!(late(&step, has(done, Some(7)), &[row(7)]), None);
        assert_eq!(late(&step, has(done, Some(7)), &[row(7), row(8)]), Some(vec![8]));
        assert_eq!(late(&step, has(Some(State::Absent), None), &[row(8)]), Some(vec![8]), "it came after all");
        assert_eq!(late(&step, has(Some(State::Open), None), &[row(8)]), None, "the next attempt may be what is there");
        // v1's attachments have no id.
        assert_eq!(late(&step, has(done, None), &[row(0)]), None);
        assert_eq!(late(&step, has(done, None), &[row(0), row(0)]), Some(vec![0]));
    }
}
