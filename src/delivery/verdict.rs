//! How a push ends, in words.

use super::ATTEMPTS;
use crate::outcome::Outcome;
use crate::step::Step;

/// How it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    pub outcome: Outcome,
    pub reason: Option<String>,
    /// The step that stands in the way.
    pub step: Option<Step>,
    /// Whether all that was wanted is there now.
    pub delivered: bool,
}

impl Verdict {
    pub(super) fn new(outcome: Outcome) -> Self {
        Self { outcome, reason: None, step: None, delivered: false }
    }

    pub(super) fn because(outcome: Outcome, step: Option<Step>, reason: impl Into<String>) -> Self {
        Self { outcome, reason: Some(reason.into()), step, delivered: false }
    }
}

pub(super) fn ambiguous(several: &[u64]) -> Verdict {
    let ids: Vec<_> = several.iter().map(u64::to_string).collect();
    let reason =
        format!("candidates {} all have this e-mail: merge them in Greenhouse, or set `ambiguous: oldest`, and run again", ids.join(", "));
    Verdict::because(Outcome::Uncertain, Some(Step::Candidate), reason)
}

pub(super) fn refused_before(step: Step) -> Verdict {
    let reason = "Greenhouse refused this before, and nothing in it has changed: mend the pipeline or the profile, or send it again with `hireline retry`";
    Verdict::because(Outcome::Failed, Some(step), reason)
}

pub(super) fn never_appeared(step: Step) -> Verdict {
    let reason =
        format!("sent {ATTEMPTS} times, and it never appeared in Greenhouse: look there, then send it again with `hireline retry`");
    Verdict::because(Outcome::Failed, Some(step), reason)
}

pub(super) fn uncertain_words(step: Step) -> String {
    format!(
        "whether the {} was made is not known, and could not be looked up: look in Greenhouse, then say with `hireline resolve` what is there",
        step.word()
    )
}

pub(super) const FORBIDDEN: &str = "Greenhouse does not allow the look-up that would tell whether it is there";
