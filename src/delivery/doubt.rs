//! What may be ours although the ledger does not say so: what was sent, was believed not to be there, and is found before it is sent again
//! (taken for somebody else's it would be left unfinished: R5 and R18); and what a ledger that was put back from a backup cannot know: what was made since the backup was taken. It is looked for before anything
//! is made, whatever `existing` says. Source: `docs/delivery.md`, R4, R5 and R7, for a ledger that is older than Greenhouse.

use super::observed::{Observed, Record};
use super::verdict::Verdict;
use super::wanted::Wanted;
use super::{Decision, Policy, done};
use crate::model::capabilities::Capabilities;
use crate::model::outcome::Outcome;
use crate::model::settings::{Ambiguous, Existing};
use crate::model::step::{Attempt, CandidateRow, Person, State, Step, StepRow};
use jiff::Timestamp;

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Doubt {
    /// What was made since then, in Greenhouse's time, may be ours.
    pub since: Timestamp,
    /// Of what was intended since then, all is known.
    pub until: Timestamp,
    /// Candidates who may be this person's and are nobody's yet: the oldest first.
    pub candidates: Vec<Unclaimed>,
}

/// A candidate that was made in the time of which the ledger knows nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Unclaimed {
    pub candidate: u64,
    /// Name and all phone numbers are the same as what would be sent; else only an e-mail is.
    pub whole: bool,
}

const FOUND: &str = "it was made after the backup that the ledger was put back from";

impl Observed {
    /// Whether a candidate that would be made may be there: then nothing that was said of an earlier attempt stands in the way.
    pub(super) fn may_be_made(&self) -> bool {
        self.doubt.as_ref().is_some_and(|doubt| !doubt.candidates.is_empty())
    }

    /// Whether something may hang on the person's candidate that the ledger does not know. Not on one that was made since.
    pub(super) fn is_in_doubt(&self, person: &Person) -> bool {
        let Some(doubt) = &self.doubt else { return false };
        let intended = person.step(Step::Candidate).and_then(|row| row.attempt.as_ref()).map(|attempt| attempt.intended_at);
        intended.is_none_or(|at| at < doubt.until)
    }

    /// Whether what is known of a step is from before the ledger was put back.
    pub(super) fn is_old(&self, row: &StepRow) -> bool {
        let known = row.attempt.as_ref().map(|attempt| attempt.intended_at).or(row.settled_at);
        self.doubt.as_ref().is_some_and(|doubt| known.is_none_or(|at| at < doubt.until))
    }

    /// Whether something on our candidate that the ledger does not know was made by us: it was made in the time of which nothing is known.
    pub(super) fn was_made_by_us(&self, row: CandidateRow, created_at: Option<Timestamp>) -> bool {
        row.ours && self.doubt.as_ref().is_some_and(|doubt| created_at.is_some_and(|at| at >= doubt.since))
    }
}

/// Who is the same in all that is sent is ours, as after a lost answer (R5). Who shares an e-mail alone may be somebody else's entry: they
/// are found by the look-up that comes next, or here where none does.
pub(super) fn find<'a>(observed: &Observed, policy: &Policy) -> Option<Decision<'a>> {
    let candidates = &observed.doubt.as_ref()?.candidates;
    let ids = |whole: bool| candidates.iter().filter(|one| one.whole == whole).map(|one| one.candidate).collect::<Vec<_>>();
    let (ours, whole) = match ids(true) {
        whole if !whole.is_empty() => (true, whole),
        _ if policy.existing != Existing::Create => return None,
        _ => (false, ids(false)),
    };
    match (whole.as_slice(), policy.ambiguous) {
        ([], _) => None,
        ([one], _) | ([one, ..], Ambiguous::Oldest) => {
            let candidate = Some(CandidateRow { id: *one, ours, gone: false });
            Some(Decision::Record(Record { candidate, told: Some(FOUND), ..Record::found(Step::Candidate, Some(*one), ours) }))
        }
        (several, Ambiguous::Uncertain) => Some(done(which(several))),
    }
}

/// The look-up may miss an e-mail that is written in other letters. The list of new candidates compares without regard to case.
pub(super) fn beside(found: &[u64], capabilities: &Capabilities, observed: &Observed) -> Vec<u64> {
    let mut all = found.to_vec();
    if capabilities.email_lookup_is_exact {
        all.extend(observed.doubt.iter().flat_map(|doubt| &doubt.candidates).map(|one| one.candidate));
    }
    all.sort_unstable();
    all.dedup();
    all
}

fn which(several: &[u64]) -> Verdict {
    let ids: Vec<_> = several.iter().map(u64::to_string).collect();
    let reason = format!(
        "candidates {} were made after the backup that the ledger was put back from, and each may be this profile's: look in Greenhouse, merge \
         them if they are one, and say with `hireline resolve … --candidate ID` which it is",
        ids.join(", ")
    );
    Verdict::because(Outcome::Uncertain, Some(Step::Candidate), reason)
}

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
