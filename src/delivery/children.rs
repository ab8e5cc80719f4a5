//! What hangs on a candidate is looked for before it is made: whoever made it, it is there. Source:
//! `docs/delivery.md`, R5, R10 and R11.

use super::observed::{Known, LookUp, Record, SeenApplication};
use super::verdict::{FORBIDDEN, OTHER_END, Verdict};
use super::wanted::{Part, Want};
use super::{Case, Decision, done, doubt};
use crate::model::candidate::Prospect;
use crate::model::outcome::Outcome;
use crate::model::settings::Existing;
use crate::model::step::Step;

fn forbidden<'a>(step: Step) -> Option<Decision<'a>> {
    Some(done(Verdict::because(Outcome::Uncertain, Some(step), FORBIDDEN)))
}

/// Before something is made on a candidate that this push did not make: is it there already?
pub(super) fn look_first<'a>(case: Case<'_, '_>, want: &Want<'_>) -> Option<Decision<'a>> {
    match want.part {
        _ if case.observed.made.contains(&Step::Candidate) => None,
        Part::Application(_) | Part::Prospect(_) => look_for_application(case, want),
        Part::Employment(_) | Part::Education(_) | Part::Note(_) => look_for_child(case, want),
        Part::Candidate | Part::Attachment(_) => None,
    }
}

fn look_for_application<'a>(case: Case<'_, '_>, want: &Want<'_>) -> Option<Decision<'a>> {
    let Case { person, observed, row, .. } = case;
    match &observed.applications {
        None if observed.forbidden => forbidden(want.step),
        None => Some(Decision::LookUp(applications(want, row.id))),
        Some(there) => {
            let same = there.iter().find(|application| is_same(want, application))?;
            let ours = doubt::is_application(person, want.step, same.id) || observed.was_made_by_us(row, same.created_at);
            Some(Decision::Record(Record::found(want.step, Some(same.id), ours)))
        }
    }
}

pub(super) fn applications(want: &Want<'_>, candidate: u64) -> LookUp {
    let pools = matches!(want.part, Part::Prospect(prospect) if prospect.pool_id.is_some());
    LookUp::Applications { candidate, pools }
}

/// An application of any status counts as there. A prospect is one for the same jobs, in the pool that is asked for; whoever has applied
/// to all of those jobs need not become one.
pub(super) fn is_same(want: &Want<'_>, there: &SeenApplication) -> bool {
    match (want.step, want.part) {
        (Step::Application { job }, _) => !there.prospect && there.jobs.contains(&job),
        (Step::Prospect, Part::Prospect(prospect)) => is_same_prospect(prospect, there),
        _ => false,
    }
}

fn is_same_prospect(prospect: &Prospect, there: &SeenApplication) -> bool {
    let within = |few: &[u64], many: &[u64]| few.iter().all(|job| many.contains(job));
    if !there.prospect {
        return !prospect.job_ids.is_empty() && within(&prospect.job_ids, &there.jobs);
    }
    let same_pool = prospect.pool_id.is_none() || prospect.pool_id == there.pool;
    same_pool && within(&prospect.job_ids, &there.jobs) && within(&there.jobs, &prospect.job_ids)
}

/// Another end is told, and left as it is.
fn look_for_child<'a>(case: Case<'_, '_>, want: &Want<'_>) -> Option<Decision<'a>> {
    let Case { wanted, person, observed, policy, row } = case;
    if policy.existing == Existing::Create && !observed.is_in_doubt(person) {
        return None;
    }
    let candidate = row.id;
    let (there, question) = match want.step {
        Step::Employment(_) => (&observed.employments, LookUp::Employments { candidate }),
        Step::Education(_) => (&observed.educations, LookUp::Educations { candidate }),
        _ => (&observed.notes, LookUp::Notes { candidate }),
    };
    let Some(there) = there else {
        return if observed.forbidden { forbidden(want.step) } else { Some(Decision::LookUp(question)) };
    };
    let likeness = wanted.likeness(want.part);
    let same = there.iter().find(|known| known.step == want.step || Some(known.likeness) == likeness)?;
    Some(Decision::Record(Record {
        sent: wanted.mark(want.step).into_iter().collect(),
        told: other_end(want.part, same).then_some(OTHER_END),
        ..Record::found(want.step, None, false)
    }))
}

fn other_end(part: Part<'_>, there: &Known) -> bool {
    let ours = match part {
        Part::Employment(employment) => employment.end_date.as_deref(),
        Part::Education(education) => education.end_date.as_deref(),
        _ => return false,
    };
    // Nothing of ours is no other end; and of a moment the day counts.
    let day = |text: &str| text.get(..10).unwrap_or(text).to_owned();
    ours.is_some_and(|ours| there.end.as_deref().map(day) != Some(day(ours)))
}
