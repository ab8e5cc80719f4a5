//! What a ledger that was put back from a backup cannot know: what was made since the backup was taken. It is looked for before anything
//! is made, whatever `existing` says. Source: rules 4, 5 and 7 of the delivery design, for a ledger that is older than Greenhouse.

use super::observed::{Observed, Record};
use super::verdict::Verdict;
use super::{Decision, Policy, done};
use crate::outcome::Outcome;
use crate::settings::{Ambiguous, Api, Existing};
use crate::step::{CandidateRow, Person, Settled, State, Step, StepRow};
use jiff::Timestamp;

/// What is in doubt about a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doubt {
    /// What was made since then, in Greenhouse's time, may be ours.
    pub since: Timestamp,
    /// Of what was intended since then, all is known.
    pub until: Timestamp,
    /// Candidates who may be this person's and are nobody's yet: the oldest first.
    pub candidates: Vec<Unclaimed>,
}

/// A candidate that was made in the time of which the ledger knows nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
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

/// Who is the same in all that is sent is ours, as after a lost answer (rule 5). Who shares an e-mail alone may be somebody else's entry: they
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
            let steps = vec![Settled { step: Step::Candidate, state: State::Done, id: Some(*one), ours }];
            let candidate = Some(CandidateRow { id: *one, ours, gone: false });
            Some(Decision::Record(Record { candidate, steps, told: Some(FOUND), ..Record::default() }))
        }
        (several, Ambiguous::Uncertain) => Some(done(which(several))),
    }
}

/// v1 may not find an e-mail that is written in other letters; what was listed is known by it all the same.
pub(super) fn beside(found: &[u64], api: Api, observed: &Observed) -> Vec<u64> {
    let mut all = found.to_vec();
    if api == Api::HarvestV1 {
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
