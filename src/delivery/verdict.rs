//! How a push ends, in words.

use super::observed::{Claimed, Observed};
use super::wanted::Wanted;
use super::{Decision, Policy, refresh};
use crate::model::outcome::Outcome;
use crate::model::step::{CandidateRow, Person, State, Step, StepRow};

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Verdict {
    pub outcome: Outcome,
    pub reason: Option<String>,
    pub step: Option<Step>,
    /// Whether all that was wanted is there now.
    pub delivered: bool,
}

impl Verdict {
    pub(super) fn because(outcome: Outcome, step: Option<Step>, reason: impl Into<String>) -> Self {
        Self { outcome, reason: Some(reason.into()), step, delivered: false }
    }
}

pub(super) fn success(wanted: &Wanted<'_>, person: &Person, observed: &Observed, policy: &Policy, row: CandidateRow) -> Verdict {
    let is_application = |step: Step| matches!(step, Step::Application { .. } | Step::Prospect);
    let applied_now = observed.made.iter().any(|step| is_application(*step));
    let done_and_ours = |step: Step| person.step(step).is_some_and(|row| row.state == State::Done && row.ours);
    let applied_ever = wanted.steps.iter().any(|want| is_application(want.step) && done_and_ours(want.step));
    let outcome = match (row.ours, person.delivered) {
        (true, false) => Outcome::Created,
        (_, true) if applied_now => Outcome::Applied,
        (false, false) if applied_ever => Outcome::Applied,
        _ if !observed.made.is_empty() => Outcome::Updated,
        _ => Outcome::Unchanged,
    };
    let mut sentences: Vec<String> = updated(observed, outcome).into_iter().collect();
    sentences.extend(observed.told.iter().chain(&wanted.candidate.left_out).cloned());
    let left = refresh::left_alone(wanted, person, observed, policy, row);
    if !left.is_empty() {
        sentences.push(format!("{} left as Greenhouse has it: beside it stands what could not be written back as it is", left.join(", ")));
    }
    let shares = person.shares || matches!(observed.claim, Some(Claimed::Taken { .. }));
    if outcome == Outcome::Unchanged && !row.ours && shares {
        sentences.push(format!("another profile has the same e-mail: both are candidate {}", row.id));
    }
    let reason = (!sentences.is_empty()).then(|| sentences.join("; "));
    Verdict { outcome, reason, step: None, delivered: true }
}

/// The members that were changed, and the kinds of what was added to them.
fn updated(observed: &Observed, outcome: Outcome) -> Option<String> {
    let mut names = observed.changed.clone();
    if outcome == Outcome::Updated {
        for word in observed.made.iter().filter(|step| **step != Step::Update).map(|step| step.word()) {
            if !names.iter().any(|name| name == word) {
                names.push(word.to_owned());
            }
        }
    }
    (!names.is_empty()).then(|| format!("changed: {}", names.join(", ")))
}

/// The worse of two obstacles: what failed before what is uncertain before what is parked; of two parked the later.
pub(super) fn worse<'a>(one: Option<Decision<'a>>, other: Decision<'a>) -> Decision<'a> {
    let rank = |decision: &Decision<'_>| match decision {
        Decision::Done(verdict) if verdict.outcome == Outcome::Failed => (3, None),
        Decision::Done(_) => (2, None),
        Decision::Park { until, .. } => (1, *until),
        _ => (1, None),
    };
    match one {
        Some(one) if rank(&one) >= rank(&other) => one,
        _ => other,
    }
}

pub(super) fn ambiguous(several: &[u64]) -> Verdict {
    let ids: Vec<_> = several.iter().map(u64::to_string).collect();
    let reason =
        format!("candidates {} all have this e-mail: merge them in Greenhouse, or set `ambiguous: oldest`, and run again", ids.join(", "));
    Verdict::because(Outcome::Uncertain, Some(Step::Candidate), reason)
}

pub(super) fn refused_before(row: &StepRow) -> Verdict {
    const NEXT: &str = "nothing in it has changed: mend the pipeline or the profile, or send it again with `hireline retry`";
    let reason = match &row.refusal {
        Some(refusal) => format!("{refusal} (refused before, and {NEXT})"),
        None => format!("Greenhouse refused this before, and {NEXT}"),
    };
    Verdict::because(Outcome::Failed, Some(row.step), reason)
}

pub(super) fn never_appeared(step: Step) -> Verdict {
    let reason =
        "sent again and again for three days, and it never appeared in Greenhouse: look there, then send it again with `hireline retry`";
    Verdict::because(Outcome::Failed, Some(step), reason)
}

pub(super) fn uncertain_words(row: &StepRow) -> String {
    let word = row.step.word();
    match &row.refusal {
        Some(refusal) => format!(
            "whether the {word} was made is not known. {refusal}; then run again. Or look in Greenhouse, and say with `hireline resolve` what is there"
        ),
        None => format!(
            "whether the {word} was made is not known, and could not be looked up: look in Greenhouse, then say with `hireline resolve` what is there"
        ),
    }
}

pub(super) fn hidden(candidate: u64) -> Verdict {
    let reason = format!(
        "candidate {candidate} has applications in Greenhouse, and is not shown itself: let the acting user see it (it may be private), and \
         run again"
    );
    Verdict::because(Outcome::Uncertain, Some(Step::Candidate), reason)
}

pub(super) fn untold(candidate: u64) -> Verdict {
    let reason = format!(
        "Greenhouse shows no candidate at all, so whether candidate {candidate} is gone is not known: give the acting user the permission to \
         see candidates, and run again"
    );
    Verdict::because(Outcome::Uncertain, Some(Step::Candidate), reason)
}

pub(super) const FORBIDDEN: &str = "Greenhouse does not allow the look-up that would tell whether it is there";
pub(super) const GONE: &str = "gone: the candidate was removed from Greenhouse, and is not made again; if it should be, say so with \
    `hireline resolve … --recreate`";
pub(super) const NOT_KNOWN: &str = "what was sent before is not known: what the profile says now is taken for it, and sent when it changes";
pub(super) const OTHER_END: &str = "an employment or education has another end than in Greenhouse: change it there";
