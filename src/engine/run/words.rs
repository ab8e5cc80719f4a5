//! What a run says of a profile: to people, and, without any value of the profile, to the ledger.

use super::World;
use crate::delivery::push::Push;
use crate::delivery::{Verdict, field, refusal};
use crate::model::outcome::{Ending, Outcome};
use crate::model::profile::Profile;
use crate::model::step::{State, Step};

pub(super) fn passed_over(rows: u64) -> String {
    match rows {
        1 => "1 row was passed over: a newer row of the same profile stands elsewhere".to_owned(),
        n => format!("{n} rows were passed over: newer rows of the same profiles stand elsewhere"),
    }
}

/// Why a run ended early, for the ledger and the summary.
pub(super) const ASKED: &str = "it was asked to stop";
pub(super) const ERROR: &str = "an error ended it";

pub(super) const PENDING: &str = "recorded, and not finished: the next run goes on with it";

/// A push's verdict as what is reported: ids, the step that stands in the way, and the template that made what was refused.
pub(super) fn ending(world: &World<'_>, push: &Push<'_>, verdict: &Verdict, profile: &Profile) -> Ending {
    let mut ending = Ending::new(&profile.key, verdict.outcome);
    ending.candidate_id = push.person().candidate.map(|row| row.id);
    let is_application = |step: &Step| matches!(step, Step::Application { .. } | Step::Prospect);
    let wanted = push.wanted().steps.iter().map(|want| want.step).filter(is_application);
    let done = |step: Step| push.person().step(step).filter(|row| row.state == State::Done)?.id;
    ending.application_ids = wanted.filter_map(done).collect();
    ending.reason.clone_from(&verdict.reason);
    ending.step = verdict.step.map(|step| step.word().to_owned());
    ending.job_id = verdict.step.and_then(|step| refusal::job(step, None, push.wanted().candidate));
    let refused = push.refusals().iter().rev().find(|(step, _)| Some(*step) == verdict.step);
    if let (Outcome::Failed, Some((step, refusal))) = (verdict.outcome, refused) {
        let candidate = push.wanted().candidate;
        ending.reason = Some(refusal::sentence(refusal, candidate));
        ending.kept = Some(refusal::kept(refusal, *step, candidate));
        ending.job_id = refusal::job(*step, refusal.field.as_deref(), candidate);
        ending.field.clone_from(&refusal.field);
        place_of_field(world, &mut ending, profile);
    }
    ending
}

fn place_of_field(world: &World<'_>, ending: &mut Ending, profile: &Profile) {
    let Some(member) = &ending.field else { return };
    let trace = world.pipeline.mapping.trace(&profile.document);
    if let Some(made) = field::template(&trace.fields, member) {
        // A whole list stays what is refused, whichever of its items the line made.
        let of_whole = made.path.strip_prefix(member.as_str()).is_some_and(|rest| rest.starts_with('['));
        let named = if of_whole { member.clone() } else { made.path.clone() };
        ending.field = Some(named);
        ending.file = Some(made.place.path().to_owned());
        ending.line = Some(made.place.line());
    }
}

/// The reason as the ledger may keep it.
pub(super) fn for_ledger(ending: &Ending) -> Option<String> {
    ending.kept.as_ref().or(ending.because.as_ref()).or(ending.reason.as_ref()).cloned()
}
