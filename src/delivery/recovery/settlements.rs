//! What is written down of an open step, once Greenhouse has been asked: a finding becomes a settlement. See `docs/delivery.md`, R3 to R5.

use super::finding::{Finding, Listed, judge, matching};
use crate::delivery::action::UNKNOWN;
use crate::model::capabilities::Capabilities;
use crate::model::rows::{Identity, OpenStep, Settlement};
use crate::model::step::{CandidateRow, Person, Settled, State, Step, StepRow};
use jiff::{SignedDuration, Timestamp};

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum View {
    Rows(Vec<Listed>),
    /// Something there is still being made: later.
    NotYet,
    Forbidden,
}

impl View {
    pub(super) fn find(&self, step: &OpenStep, now: Timestamp, settle: SignedDuration) -> Finding {
        match self {
            Self::Rows(listed) => judge(&step.row, listed, now, settle),
            // Nothing is shown of a candidate that is being made, nor of one that is gone.
            Self::NotYet => judge(&step.row, &[], now, settle),
            Self::Forbidden => Finding::Unseen,
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
/// `existing` says (R5).
///
/// Both in one commit: were a crash to come between, the next run would find something open on a candidate that nobody knows. v1 makes what
/// is nested with the candidate or not at all, and shows no id for most of it; v3's application has an id of its own, and is looked for
/// where the candidate is there.
pub(super) fn create(
    step: &OpenStep,
    along: &[&OpenStep],
    finding: &Finding,
    capabilities: &Capabilities,
    now: Timestamp,
) -> (Settlement, Option<u64>) {
    let state = state_of(finding);
    let found = if let Finding::Found(id) = finding { Some(*id) } else { None };
    let candidate = found.map(|id| CandidateRow { id, ours: true, gone: false });
    let mut settlement = Settlement { refusal: unseen(step, finding), ..settlement(step, state, found, candidate, now) };
    if found.is_none() || capabilities.create_covers_children {
        // Where an earlier attempt may have come instead, it took along what it had then: what is nested is looked for before it is sent.
        let earlier = step.row.absences > u32::from(step.row.state == State::Absent);
        let state = if found.is_some() && earlier { State::Closed } else { of_nested(state) };
        settlement.steps.extend(along.iter().map(|other| settled(other, state, None)));
    }
    (settlement, found)
}

/// What went along with a create is as if it had never been tried, where the candidate is not there.
fn of_nested(create: State) -> State {
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
    changed(step, state_of(finding), id, now).map(|settlement| Settlement { refusal: unseen(step, finding), ..settlement })
}

/// Kept with the request: why it could not be looked up.
fn unseen(step: &OpenStep, finding: &Finding) -> Option<String> {
    let word = step.row.step.word();
    let words =
        format!("Greenhouse does not let it be looked up: give the credential the permission to list {word}s, and let a Site Admin act");
    (*finding == Finding::Unseen).then_some(words)
}

/// Of what hangs on a candidate that nobody knows: it cannot be looked up, and shares the lot of the create, where there is one.
pub(super) fn orphan(step: &OpenStep, create: Option<State>, now: Timestamp) -> Option<Settlement> {
    // A create that is done has a candidate, which would be known.
    let state = create.filter(|state| *state != State::Done).map_or(State::Uncertain, of_nested);
    changed(step, state, None, now)
}

/// Whether a finding says more of a step than what is written down: of one that was believed not to be there, only that it is.
pub(super) fn says_something(step: &OpenStep, finding: &Finding) -> bool {
    match finding {
        Finding::Found(_) => true,
        Finding::Unseen => step.row.state.is_open(),
        Finding::Wait(_) | Finding::Absent | Finding::Several(_) => is_undecided(step),
    }
}

/// Under way for all that is known, or never looked up because that was not allowed.
fn is_undecided(step: &OpenStep) -> bool {
    step.row.state.is_open() || step.row.state == State::Uncertain && step.row.refusal.is_some()
}

/// A step that was believed not to be there and was not sent again, with what went out in its request and was closed with it: should Greenhouse
/// show it after all, it is settled as if its answer had come (R5). None where something was sent in its place.
pub(super) fn may_come(step: &OpenStep, person: &Person) -> Option<Vec<OpenStep>> {
    let newest = person.step(step.row.step).filter(|row| row.state == State::Absent)?;
    let action = |row: &StepRow| row.attempt.as_ref().map(|attempt| attempt.action.clone());
    let creates = step.row.step == Step::Candidate;
    // Who has another candidate now has been sent in its place.
    if action(newest) != action(&step.row) || creates && person.candidate.is_some() {
        return None;
    }
    let along = person.steps.iter().filter(|row| creates && row.state == State::Closed && action(row) == action(&step.row));
    let along = along.map(|row| OpenStep { person: step.person.clone(), candidate_id: step.candidate_id, row: row.clone() });
    Some(along.chain([step.clone()]).collect())
}

/// Whether another profile has made a candidate with the e-mail since, or is making one: what is found by it may be that one's, and the push
/// sees to that.
pub(super) fn is_anothers(step: &OpenStep, identity: Option<&Identity>) -> bool {
    match identity {
        Some(Identity::Candidate { ours, .. }) => *ours,
        Some(Identity::Claimed { by }) => *by != step.person,
        None => false,
    }
}

/// A step that was closed as not there, looked up once more: the ids of what is there twice, because Greenhouse finished a request later than
/// `settle` (R4). v1's attachments have no id: each row is one.
pub(super) fn twice(step: &OpenStep, listed: &[Listed]) -> Option<Vec<u64>> {
    let candidate = step.candidate_id?;
    let mut ids: Vec<u64> = matching(&step.row, listed).map(|row| row.id).collect();
    if step.row.step == Step::Candidate {
        // The person's own may be older than the request: somebody else's entry, or a twin's.
        ids.retain(|id| *id != candidate);
        ids.insert(0, candidate);
    }
    ids.sort_unstable();
    ids.dedup_by(|one, other| one == other && *one != UNKNOWN);
    (ids.len() > 1).then_some(ids)
}

pub(super) fn words_of_twice(step: &OpenStep, ids: &[u64]) -> String {
    let ids: Vec<_> = ids.iter().filter(|id| **id != UNKNOWN).map(u64::to_string).collect();
    let ids = ids.join(" and ");
    if step.row.step == Step::Candidate {
        return format!(
            "Greenhouse made this candidate later than `settle` allows, so there may be two: candidates {ids}. Merge them in Greenhouse, and \
             set a longer `settle`"
        );
    }
    let which = if ids.is_empty() { ids } else { format!(": {ids}") };
    let on = step.candidate_id.map(|id| format!("candidate {id} has it twice")).unwrap_or_default();
    let word = step.row.step.word();
    format!("Greenhouse made this {word} later than `settle` allows, so {on}{which}. Remove one in Greenhouse, and set a longer `settle`")
}

fn state_of(finding: &Finding) -> State {
    match finding {
        Finding::Found(_) => State::Done,
        Finding::Wait(_) => State::Open,
        Finding::Absent => State::Absent,
        Finding::Several(_) | Finding::Unseen => State::Uncertain,
    }
}

fn changed(step: &OpenStep, state: State, id: Option<u64>, at: Timestamp) -> Option<Settlement> {
    // A request that is to have been under way until later than now was written down before the clock was set back.
    let until_later = step.row.attempt.as_ref().is_some_and(|attempt| attempt.sent_by > at);
    let as_it_was = state == step.row.state && !until_later;
    // Of what was believed not to be there, only that it is.
    let unsaid = !is_undecided(step) && state != State::Done;
    (!as_it_was && !unsaid).then(|| settlement(step, state, id, None, at))
}

fn settlement(step: &OpenStep, state: State, id: Option<u64>, candidate: Option<CandidateRow>, at: Timestamp) -> Settlement {
    Settlement {
        person: step.person.clone(),
        pipeline: step.row.pipeline.clone(),
        at,
        action: step.row.attempt.as_ref().map(|attempt| attempt.action.clone()),
        steps: vec![settled(step, state, id)],
        candidate,
        ..Settlement::default()
    }
}

fn settled(step: &OpenStep, state: State, id: Option<u64>) -> Settled {
    Settled { step: step.row.step, state, id, ours: state == State::Done }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::digest::Key;
    use crate::delivery::recovery::Marks;
    use crate::greenhouse::{v1, v3};
    use crate::model::step::{Attempt, Fingerprint, PersonKey};

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
            members: Default::default(),
        };
        let (state, pipeline) = (State::Open, "p".to_owned());
        let row = StepRow {
            step,
            state,
            id: None,
            ours: false,
            pipeline,
            attempt: Some(attempt),
            absences: 0,
            failing: None,
            settled_at: None,
            refusal: None,
        };
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
        let of =
            |capabilities, finding: &Finding| told(&super::create(&create, &super::along(&all, &create), finding, capabilities, now).0);
        let both = |finding| format!("{} | {}", of(&v3::CAPABILITIES, finding), of(&v1::CAPABILITIES, finding));
        let lines: Vec<_> = findings.iter().map(both).collect();
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
            let state = orphan(&step, create, Timestamp::now()).map_or("as it was".to_owned(), |settlement| told(&settlement));
            format!("{}: {state}", create.map_or("no create", State::as_str))
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

    /// The clock was set back by a day since an answer was lost: what waits for `settle` waits from now on, and not until tomorrow.
    #[test]
    fn a_request_of_tomorrow_is_one_of_now() {
        let step = open(Step::Prospect);
        let wait =
            |now: &str| child(&step, &Finding::Wait(Timestamp::MAX), now.parse().unwrap()).map(|settlement| settlement.at.to_string());
        assert_eq!(wait("2026-11-22T10:00:00Z").as_deref(), Some("2026-11-22T10:00:00Z"));
        assert_eq!(wait("2026-11-23T10:00:01Z"), None, "nothing has changed");
    }

    #[test]
    fn what_is_twice_is_told_by_its_ids() {
        let row = |id| Listed { id, created_at: None, marks: Marks::Step(Step::Prospect) };
        let mut step = open(Step::Prospect);
        assert_eq!(twice(&step, &[row(7), row(8)]), None, "nobody knows on whom");
        step.candidate_id = Some(5);
        assert_eq!(twice(&step, &[row(7)]), None);
        assert_eq!(twice(&step, &[row(8), row(7), row(8)]), Some(vec![7, 8]));
        // v1's attachments have no id.
        assert_eq!(twice(&step, &[row(0)]), None);
        assert_eq!(twice(&step, &[row(0), row(0)]), Some(vec![0, 0]));
        assert!(words_of_twice(&step, &[0, 0]).contains("so candidate 5 has it twice. Remove"));
    }
}
