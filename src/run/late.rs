//! What Greenhouse did later than `settle` allows. What was believed not to be there is looked up again, at a run's start and at its end, for
//! a day: what came after all is ours where nothing was sent in its place, and is there twice where something was. Source: rule 4 of the
//! delivery design. `judged` says what follows; here Greenhouse and the ledger are asked.

use super::judged::{self, View};
use super::recover::{children, ours_to_settle, settle, settle_these, view};
use super::{RunError, World};
use crate::delivery::recovery::since;
use crate::ledger::OpenStep;
use crate::outcome::{Ending, Outcome};
use crate::step::{PersonKey, Step};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

/// What was closed as not there is looked up again for that long.
pub(super) const LOOK_AGAIN: SignedDuration = SignedDuration::from_hours(24);

/// So many times `settle`: twenty minutes, where nothing is said.
const LONG_AFTER: i32 = 10;

async fn absent(world: &World<'_>, now: Timestamp) -> Result<Vec<OpenStep>, RunError> {
    let from = now.checked_sub(LOOK_AGAIN).unwrap_or(Timestamp::MIN);
    ours_to_settle(world, world.ledger.absent_since(&world.pipeline.destination.account, from).await?)
}

/// What has come since it was believed not to be there, and was not sent again: it is ours, as if its answer had come (rule 5).
pub(super) async fn take_back(world: &World<'_>, now: Timestamp) -> Result<(), RunError> {
    let mut steps = Vec::new();
    for step in absent(world, now).await? {
        if step.row.step == Step::Candidate && is_anothers(world, &step).await? {
            continue;
        }
        let person = world.ledger.person(&step.person).await?;
        steps.extend(judged::may_come(&step, &person).into_iter().flatten());
    }
    settle_these(world, &steps, now).await
}

/// Whether one of the e-mails is another profile's by now.
async fn is_anothers(world: &World<'_>, step: &OpenStep) -> Result<bool, RunError> {
    for email in step.row.attempt.iter().flat_map(|attempt| &attempt.fingerprint.emails) {
        if judged::is_anothers(step, world.ledger.identity(&step.person.account, *email).await?.as_ref()) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whoever is there twice, or has something twice. Told by every run until one of the two is gone, or a day is over: who is killed before a line
/// is printed has told nobody.
pub(super) async fn look_again(world: &World<'_>, now: Timestamp) -> Result<Vec<Ending>, RunError> {
    let absent = absent(world, now).await?;
    if absent.is_empty() || !world.gate.sees(world).await? {
        return Ok(Vec::new());
    }
    let creates = absent.iter().filter(|step| step.row.step == Step::Candidate);
    let listed = match creates.filter_map(|step| step.row.attempt.as_ref()).map(since).min() {
        Some(oldest) => view(world.wire.candidates_since(world.ledger.key(), oldest).await)?,
        None => View::Rows(Vec::new()),
    };
    let mut twice: BTreeMap<PersonKey, Ending> = BTreeMap::new();
    for step in &absent {
        let view = match (step.row.step, step.candidate_id) {
            (Step::Candidate, _) => &listed,
            // An update that comes twice brings about the same.
            (Step::Update, _) | (_, None) => continue,
            (_, Some(candidate)) => &children(world, step, candidate).await?,
        };
        // What may not be looked at now is looked at by the next run.
        let View::Rows(rows) = view else { continue };
        match judged::twice(step, rows) {
            Some(ids) => tell(&mut twice, step, &judged::words_of_twice(step, &ids)),
            None if long_after(step, settle(world), now) => {
                world.ledger.looked_again(step, now).await?;
            }
            None => {}
        }
    }
    for (who, ending) in &twice {
        // Somebody of another pipeline is not to be read again by this one.
        if absent.iter().any(|step| step.person == *who && step.row.pipeline == world.pipeline.id) {
            world.ledger.seen(super::seen(world, &who.source_key, None, ending)).await?;
        }
    }
    Ok(twice.into_values().collect())
}

/// Each step that hangs on a candidate costs a call a run. So what is there once long after its request is not looked up any more; candidates
/// are, by one list for all of them.
pub(super) fn long_after(step: &OpenStep, settle: SignedDuration, now: Timestamp) -> bool {
    let long = settle.checked_mul(LONG_AFTER).unwrap_or(SignedDuration::MAX);
    step.row.step != Step::Candidate && step.row.attempt.as_ref().is_some_and(|attempt| now.duration_since(attempt.sent_by) > long)
}

/// One ending a person: what is there twice, one after the other.
fn tell(twice: &mut BTreeMap<PersonKey, Ending>, step: &OpenStep, words: &str) {
    let ending = twice.entry(step.person.clone()).or_insert_with(|| {
        let mut ending = Ending::new(&step.person.profile_key, Outcome::Uncertain);
        (ending.candidate_id, ending.step) = (step.candidate_id, Some(step.row.step.word().into()));
        ending
    });
    match &mut ending.reason {
        // Two attempts at one step can show the same two rows.
        Some(before) if before.contains(words) => {}
        Some(before) => *before = format!("{before}; {words}"),
        None => ending.reason = Some(words.to_owned()),
    }
}
