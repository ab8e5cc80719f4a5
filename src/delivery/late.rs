//! What was sent, was believed not to be there, and is found by a look-up before it is sent again. It is ours, as if its answer had come:
//! taken for somebody else's it would be left unfinished. Source: rules 4 and 5 of the delivery design.

use super::wanted::Wanted;
use crate::step::{Attempt, Person, State, Step, StepRow};

/// Whether candidates that have one of the e-mails are what earlier creates made, each of another: of those that are one too many, who
/// looks again tells. Another profile's candidate is told by its claim before this is asked.
pub(super) fn are_creates(wanted: &Wanted<'_>, person: &Person, ids: &[u64]) -> bool {
    let attempts = person.step(Step::Candidate).map_or(0, |row| row.absences as usize);
    let sent = absent(person, Step::Candidate).filter(|_| ids.len() <= attempts);
    sent.is_some_and(|sent| {
        let is_new = ids.iter().all(|id| !sent.seen_before.contains(id));
        is_new && sent.fingerprint.emails.iter().any(|email| wanted.identities.contains(email))
    })
}

/// Whether an application that is there is what an earlier request made: its own, or the create that took it along.
pub(super) fn is_application(person: &Person, step: Step, id: u64) -> bool {
    let along = || {
        let row = person.step(step).filter(|row| row.state == State::Closed)?;
        let create = person.step(Step::Candidate).filter(|create| create.state == State::Done && create.ours)?;
        attempt(row).zip(attempt(create)).filter(|(one, other)| one.action == other.action).map(|(one, _)| one)
    };
    absent(person, step).or_else(along).is_some_and(|sent| !sent.seen_before.contains(&id))
}

fn absent(person: &Person, step: Step) -> Option<&Attempt> {
    attempt(person.step(step).filter(|row| row.state == State::Absent)?)
}

fn attempt(row: &StepRow) -> Option<&Attempt> {
    row.attempt.as_ref()
}
