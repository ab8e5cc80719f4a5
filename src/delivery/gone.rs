//! A candidate that is not there any more: merged into another, or removed. Source: `docs/delivery.md`, R9.

use super::observed::{LookUp, Observed, Record, Whereabouts};
use super::verdict::{hidden, untold};
use super::{Decision, Policy, done, settled_by};
use crate::model::step::{CandidateRow, Person, Settled, State, Step};

/// What to do where the candidate may be gone; none where there is no doubt about it.
pub(super) fn follow<'a>(person: &Person, observed: &Observed, policy: &Policy, row: CandidateRow) -> Option<Decision<'a>> {
    match observed.present {
        Some(true) => return None,
        None if observed.not_found.is_empty() || observed.forbidden => return None,
        None => return Some(Decision::LookUp(LookUp::Candidate { candidate: row.id, fields: true })),
        Some(false) => {}
    }
    // Greenhouse answers 404 and lists nothing while a new candidate is still being made, whoever made it. Source:
    // `docs/greenhouse-api.md`, "Candidates".
    if let Some(ready) = may_be_late(person, policy) {
        return Some(Decision::Park { until: Some(ready), step: Step::Candidate });
    }
    let Some(whereabouts) = observed.whereabouts else {
        let known = person.steps.iter().filter(|step| matches!(step.step, Step::Application { .. } | Step::Prospect));
        let applications = known.filter(|step| step.state == State::Done).filter_map(|step| step.id).collect();
        return Some(Decision::LookUp(LookUp::Whereabouts { candidate: row.id, applications }));
    };
    Some(match whereabouts {
        Whereabouts::Hidden => done(hidden(row.id)),
        Whereabouts::Untold => done(untold(row.id)),
        Whereabouts::Nowhere => Decision::Record(Record { candidate: Some(CandidateRow { gone: true, ..row }), ..Record::default() }),
        // Others' now, whoever made the one that was merged into it: `existing` decides from here on. What was refused for want of
        // the old one is as if it had never been tried.
        Whereabouts::Merged(id) => {
            let again = |step: &Step| Settled { step: *step, state: State::Closed, id: None, ours: false };
            Decision::Record(Record {
                candidate: Some(CandidateRow { id, ours: false, gone: false }),
                steps: observed.not_found.iter().map(again).collect(),
                told: Some(MERGED),
                ..Record::default()
            })
        }
    })
}

const MERGED: &str = "its candidate was merged into this one in Greenhouse";

/// Until when a candidate that was made, or met, a moment ago may still be being made.
fn may_be_late(person: &Person, policy: &Policy) -> Option<jiff::Timestamp> {
    let ready = settled_by(person.step(Step::Candidate)?.settled_at?, policy.settle);
    (policy.now < ready).then(|| policy.now.checked_add(AGAIN).unwrap_or(ready).min(ready))
}

/// So long until it is asked for again.
const AGAIN: jiff::SignedDuration = jiff::SignedDuration::from_secs(5);
