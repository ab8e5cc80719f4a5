//! A candidate's own members, brought up to date. Source: `docs/delivery.md`, R5 and R10.
//!
//! A member is due where its hash is not the one that was last sent; what is due is compared with what Greenhouse holds right before it
//! is sent. So a recruiter's own words stay until the profile's member changes, and nothing is sent twice.
//!
//! **An update whose answer was lost is not looked up, but read and compared again**: a PATCH sent twice brings about the same. It waits
//! for `settle` all the same, where something still differs. Greenhouse could finish the lost one after the next one, and set back what
//! that one said: a phone number that the profile has got since, or that a recruiter has put there in between. Where nothing differs,
//! it was done, or need not be.

use super::action::{Action, Id};
use super::members::{Member, members};
use super::observed::{LookUp, Observed, Record};
use super::update::{Changes, changes};
use super::verdict::{FORBIDDEN, NOT_KNOWN, Verdict};
use super::wanted::Wanted;
use super::{Advance, Decision, Policy, done, park, standing};
use crate::model::candidate::shape::Merge;
use crate::model::outcome::Outcome;
use crate::model::step::{CandidateRow, Members, Person, Settled, State, Step, StepRow};

const STEP: Step = Step::Update;

pub(super) fn candidate<'a>(wanted: &Wanted<'a>, person: &Person, observed: &Observed, policy: &Policy, row: CandidateRow) -> Advance<'a> {
    let due = match due(wanted, person, policy, row) {
        Due::Nothing => return Advance::Nothing,
        // What an older ledger sent cannot be compared: from now on it can.
        Due::NotKnown => {
            let record = Record { sent: wanted.members.clone(), told: Some(NOT_KNOWN), ..Record::default() };
            return Advance::Now(Decision::Record(record));
        }
        Due::Members(due) => due,
    };
    let before = person.step(STEP).filter(|before| before.state != State::Done);
    let open = before.filter(|before| before.state == State::Open);
    if let (Some(before), None) = (before, open)
        && let Some(standing) = standing(before, wanted, observed, policy)
    {
        return standing;
    }
    let Some(current) = &observed.current else {
        return match observed.forbidden {
            true => Advance::Obstacle(done(Verdict::because(Outcome::Uncertain, Some(STEP), FORBIDDEN))),
            false => {
                let fields = due.iter().any(|member| member.merge == Merge::CustomFields);
                Advance::Now(Decision::LookUp(LookUp::Candidate { candidate: row.id, fields }))
            }
        };
    };
    let changes = changes(&due, current, wanted.capabilities);
    let unblocked = due.iter().map(|member| &*member.name).filter(|name| changes.blocked.iter().all(|blocked| blocked != name));
    let sends: Members =
        unblocked.filter_map(|name| wanted.members.get_key_value(name).map(|(name, hash)| (name.clone(), *hash))).collect();
    match (changes.is_empty(), open) {
        (true, _) => {
            let doubtful = before.filter(|before| is_doubtful(before));
            let steps: Vec<_> =
                doubtful.map(|_| Settled { step: STEP, state: State::Done, id: Some(row.id), ours: true }).into_iter().collect();
            match steps.is_empty() && sends.is_empty() {
                true => Advance::Nothing,
                false => Advance::Now(Decision::Record(Record { steps, sent: sends, ..Record::default() })),
            }
        }
        (false, Some(open)) => Advance::Obstacle(park(open, policy)),
        (false, None) => {
            let action = Action::UpdateCandidate { candidate: Id::candidate(row.id), changes };
            Advance::Now(Decision::Intend { action, covers: vec![STEP], sends })
        }
    }
}

/// The names of the members that differ and could not be sent, once that was seen.
pub(super) fn left_alone(wanted: &Wanted<'_>, person: &Person, observed: &Observed, policy: &Policy, row: CandidateRow) -> Vec<String> {
    match (due(wanted, person, policy, row), &observed.current) {
        (Due::Members(due), Some(current)) => {
            let Changes { blocked, .. } = changes(&due, current, wanted.capabilities);
            blocked
        }
        _ => Vec::new(),
    }
}

/// Whether what it carried may have arrived.
fn is_doubtful(row: &StepRow) -> bool {
    matches!(row.state, State::Open | State::Absent)
}

enum Due<'a> {
    Nothing,
    NotKnown,
    Members(Vec<Member<'a>>),
}

fn due<'a>(wanted: &Wanted<'a>, person: &Person, policy: &Policy, row: CandidateRow) -> Due<'a> {
    if !policy.keeps_current(row) {
        return Due::Nothing;
    }
    let sent = person.sent.as_ref();
    // Every candidate has a first name.
    if row.ours && !sent.is_some_and(|sent| sent.contains_key("first_name")) {
        return Due::NotKnown;
    }
    // What a lost update carried may have arrived, whatever was sent before it.
    let doubtful = person.step(STEP).filter(|row| is_doubtful(row)).and_then(|row| row.attempt.as_ref());
    let is_due = |member: &Member<'_>| {
        let name = &*member.name;
        let is_doubtful = doubtful.is_some_and(|attempt| attempt.members.contains_key(name));
        is_doubtful || sent.and_then(|sent| sent.get(name)) != wanted.members.get(name)
    };
    let due: Vec<_> = members(wanted.candidate, wanted.capabilities.api).into_iter().filter(is_due).collect();
    if due.is_empty() { Due::Nothing } else { Due::Members(due) }
}
