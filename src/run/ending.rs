//! A push's verdict as what is reported: ids, the step that stands in the way, and the template that made what was refused.

use super::push::Push;
use super::words;
use crate::delivery::Verdict;
use crate::outcome::{Ending, Outcome};
use crate::profile::Profile;
use crate::step::{State, Step};

impl Push<'_> {
    pub(super) fn ending(&self, verdict: &Verdict, profile: &Profile) -> Ending {
        let mut ending = Ending::new(&profile.key, verdict.outcome);
        ending.candidate_id = self.person.candidate.map(|row| row.id);
        let application = |job: &u64| self.person.step(Step::Application { job: *job }).filter(|row| row.state == State::Done)?.id;
        ending.application_ids =
            self.wanted.candidate.applications.iter().filter_map(|wanted| application(wanted.job_id.as_ref()?)).collect();
        ending.reason.clone_from(&verdict.reason);
        ending.step = verdict.step.map(|step| step.word().to_owned());
        if let (Outcome::Failed, Some((step, refusal))) = (verdict.outcome, &self.refusal)
            && verdict.step == Some(*step)
        {
            ending.reason = Some(words::refused(refusal.status, &refusal.message, self.wanted.candidate));
            ending.field.clone_from(&refusal.field);
            self.place_of_field(&mut ending, profile);
        }
        ending
    }

    /// The template that made the member which Greenhouse names, where the name fits one alone.
    fn place_of_field(&self, ending: &mut Ending, profile: &Profile) {
        let Some(field) = &ending.field else { return };
        let trace = self.world.pipeline.mapping.trace(&profile.document);
        let mut fitting = trace
            .fields
            .iter()
            .filter(|made| made.value.is_some() && (made.path == *field || made.path.rsplit(['.']).next() == Some(field.as_str())));
        if let (Some(made), None) = (fitting.next(), fitting.next()) {
            ending.field = Some(made.path.clone());
            ending.file = Some(made.place.path().to_owned());
            ending.line = Some(made.place.line());
        }
    }
}
