//! A push's verdict as what is reported: ids, the step that stands in the way, and the template that made what was refused.

use super::push::Push;
use super::{field, words};
use crate::delivery::Verdict;
use crate::outcome::{Ending, Outcome};
use crate::profile::Profile;
use crate::step::{State, Step};

impl Push<'_> {
    pub(super) fn ending(&self, verdict: &Verdict, profile: &Profile) -> Ending {
        let progress = &self.progress;
        let mut ending = Ending::new(&profile.key, verdict.outcome);
        ending.candidate_id = progress.person.candidate.map(|row| row.id);
        let is_application = |step: &Step| matches!(step, Step::Application { .. } | Step::Prospect);
        let wanted = progress.wanted.steps.iter().map(|want| want.step).filter(is_application);
        let done = |step: Step| progress.person.step(step).filter(|row| row.state == State::Done)?.id;
        ending.application_ids = wanted.filter_map(done).collect();
        ending.reason.clone_from(&verdict.reason);
        ending.step = verdict.step.map(|step| step.word().to_owned());
        let refused = progress.refusals.iter().rev().find(|(step, _)| Some(*step) == verdict.step);
        if let (Outcome::Failed, Some((_, refusal))) = (verdict.outcome, refused) {
            ending.reason = Some(words::refused(refusal.status, &refusal.message, progress.wanted.candidate));
            ending.field.clone_from(&refusal.field);
            self.place_of_field(&mut ending, profile);
        }
        ending
    }

    /// The template that made the member which Greenhouse names.
    fn place_of_field(&self, ending: &mut Ending, profile: &Profile) {
        let Some(member) = &ending.field else { return };
        let trace = self.world.pipeline.mapping.trace(&profile.document);
        if let Some(made) = field::template(&trace.fields, member) {
            // A whole list stays what is refused, whichever of its items the line made.
            let of_whole = made.path.strip_prefix(member.as_str()).is_some_and(|rest| rest.starts_with('['));
            let named = if of_whole { member.clone() } else { made.path.clone() };
            ending.field = Some(named);
            ending.file = Some(made.place.path().to_owned());
            ending.line = Some(made.place.line());
        }
    }
}
