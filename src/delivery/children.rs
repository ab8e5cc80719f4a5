//! What hangs on a candidate is looked for before it is made: whoever made it, it is there. Source: rules 5, 10 and 11 of the delivery
//! design.

use super::observed::{Known, LookUp, Observed, Record, SeenApplication};
use super::verdict::{FORBIDDEN, OTHER_END, Verdict};
use super::wanted::{Part, Want, Wanted};
use super::{Decision, Policy, done, late};
use crate::candidate::Prospect;
use crate::outcome::Outcome;
use crate::settings::Existing;
use crate::step::{CandidateRow, Person, Settled, State, Step};

fn forbidden<'a>(step: Step) -> Option<Decision<'a>> {
    Some(done(Verdict::because(Outcome::Uncertain, Some(step), FORBIDDEN)))
}

fn found(step: Step) -> Record {
    Record { steps: vec![Settled { step, state: State::Done, id: None, ours: false }], ..Record::default() }
}

/// Before an application or a prospect is made on a candidate that this push did not make: is it there already?
pub(super) fn look_for_application<'a>(want: &Want<'_>, person: &Person, observed: &Observed, row: CandidateRow) -> Option<Decision<'a>> {
    if observed.made.contains(&Step::Candidate) {
        return None;
    }
    match &observed.applications {
        None if observed.forbidden => forbidden(want.step),
        None => Some(Decision::LookUp(LookUp::Applications { candidate: row.id })),
        Some(there) => {
            let same = there.iter().find(|application| is_same(want, application))?;
            let ours = late::is_application(person, want.step, same.id) || observed.was_made_by_us(row, same.created_at);
            let steps = vec![Settled { step: want.step, state: State::Done, id: Some(same.id), ours }];
            Some(Decision::Record(Record { steps, ..Record::default() }))
        }
    }
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

/// Before an employment, an education or a note is added to a candidate that this push did not make: is it there already? Another end
/// is told, and left as it is.
pub(super) fn look_for_child<'a>(
    want: &Want<'_>,
    wanted: &Wanted<'_>,
    person: &Person,
    observed: &Observed,
    policy: &Policy,
    row: CandidateRow,
) -> Option<Decision<'a>> {
    let looks = policy.existing != Existing::Create || observed.is_in_doubt(person);
    if observed.made.contains(&Step::Candidate) || !looks {
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
        ..found(want.step)
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
