//! What Greenhouse did later than `settle` allows. What was believed not to be there is looked up again, at a run's start and at its end, for
//! a day: what came after all is ours where nothing was sent in its place, and is there twice where something was. Source: rule 4 of the
//! delivery design.

use super::recover::{application_of, came_along, ours_to_settle, settle, settle_these};
use super::{RunError, World};
use crate::delivery::action::UNKNOWN;
use crate::delivery::recovery::{Finding, Listed, judge, matching, since};
use crate::greenhouse::lookup::Blind;
use crate::ledger::OpenStep;
use crate::outcome::{Ending, Outcome};
use crate::step::{PersonKey, State, Step};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

/// What was closed as not there is looked up again for that long.
const LOOK_AGAIN: SignedDuration = SignedDuration::from_hours(24);

/// So many times `settle`: twenty minutes, where nothing is said.
const LONG_AFTER: i32 = 10;

async fn absent(world: &World<'_>, now: Timestamp) -> Result<Vec<OpenStep>, RunError> {
    let from = now.checked_sub(LOOK_AGAIN).unwrap_or(Timestamp::MIN);
    Ok(world.ledger.absent_since(&world.pipeline.destination.account, from).await?)
}

/// What has come since it was believed not to be there, and was not sent again: it is ours, as if its answer had come (rule 5).
pub(super) async fn take_back(world: &World<'_>, now: Timestamp) -> Result<(), RunError> {
    let mut steps = Vec::new();
    for step in ours_to_settle(world, absent(world, now).await?)? {
        let person = world.ledger.person(&step.person).await?;
        let newest = person.step(step.row.step).filter(|row| row.state == State::Absent);
        let is_newest =
            newest.and_then(|row| row.attempt.as_ref()).zip(step.row.attempt.as_ref()).is_some_and(|(a, b)| a.action == b.action);
        // Who has another candidate now has been sent in its place.
        if !is_newest || step.row.step == Step::Candidate && person.candidate.is_some() {
            continue;
        }
        // What went out with a create was closed with it.
        let companions = person.steps.into_iter().filter(|row| row.state == State::Closed);
        let companions = companions.map(|row| OpenStep { person: step.person.clone(), candidate_id: step.candidate_id, row });
        let companions: Vec<_> = companions.filter(|other| came_along(other, &step)).collect();
        if step.row.step == Step::Candidate {
            steps.extend(companions);
        }
        steps.push(step);
    }
    settle_these(world, steps, now).await
}

/// Whoever is there twice, or has something twice.
pub(super) async fn look_again(world: &World<'_>, now: Timestamp) -> Result<Vec<Ending>, RunError> {
    let absent = ours_to_settle(world, absent(world, now).await?)?;
    let mut twice: BTreeMap<PersonKey, Ending> = BTreeMap::new();
    let creates = || absent.iter().filter(|step| step.row.step == Step::Candidate);
    let oldest = creates().filter_map(|step| step.row.attempt.as_ref()).map(since).min();
    let listed = match oldest {
        Some(oldest) => shown(world.wire.candidates_since(world.ledger.key(), oldest).await)?,
        None => Vec::new(),
    };
    for step in creates() {
        let Some(candidate) = step.candidate_id else { continue };
        let others: Vec<_> = listed.iter().filter(|row| row.id != candidate).cloned().collect();
        let late = match judge(&step.row, &others, now, settle(world)) {
            Finding::Found(_) | Finding::Several(_) => matching(&step.row, &others).map(|row| row.id).collect(),
            Finding::Wait(_) | Finding::Absent => Vec::new(),
        };
        tell(&mut twice, step, candidate, late, |ids| {
            format!(
                "Greenhouse made this candidate later than `settle` allows, so there may be two: candidates {}. Merge them in Greenhouse, \
                 and set a longer `settle`",
                ids.join(" and ")
            )
        });
    }
    for step in absent.iter().filter(|step| step.row.step != Step::Candidate) {
        let Some(candidate) = step.candidate_id else { continue };
        let application = application_of(world, step).await?;
        let listed = shown(world.wire.listed(world.ledger.key(), step.row.step, candidate, application).await)?;
        let mut ids: Vec<u64> = matching(&step.row, &listed).map(|row| row.id).collect();
        ids.sort_unstable();
        // v1's attachments have no id: each row is one.
        ids.dedup_by(|one, other| one == other && *one != UNKNOWN);
        if ids.len() < 2 {
            forget_about(world, step, now).await?;
            continue;
        }
        let word = step.row.step.word();
        tell(&mut twice, step, candidate, ids, |ids| {
            let ids = if ids.is_empty() { String::new() } else { format!(": {}", ids.join(" and ")) };
            format!(
                "Greenhouse made this {word} later than `settle` allows, so candidate {candidate} has it twice{ids}. Remove one in \
                 Greenhouse, and set a longer `settle`"
            )
        });
    }
    // Told by every run until one of the two is gone, or a day is over: who is killed before a line is printed has told nobody.
    let mut endings = Vec::new();
    for (who, ending) in twice {
        // Somebody of another pipeline is not to be read again by this one.
        if absent.iter().any(|step| step.person == who && step.row.pipeline == world.pipeline.id) {
            world.ledger.seen(super::seen(world, &who.source_key, None, &ending)).await?;
        }
        endings.push(ending);
    }
    Ok(endings)
}

/// Each step costs a call a run. So what is still there once long after its request is not looked up any more; candidates are, by one list
/// for all of them.
async fn forget_about(world: &World<'_>, step: &OpenStep, now: Timestamp) -> Result<(), RunError> {
    let long = settle(world).checked_mul(LONG_AFTER).unwrap_or(SignedDuration::MAX);
    if step.row.attempt.as_ref().is_some_and(|attempt| now.duration_since(attempt.sent_by) > long) {
        world.ledger.looked_again(step, now).await?;
    }
    Ok(())
}

/// What may not be looked at now is looked at by the next run.
fn shown(answer: Result<Vec<Listed>, Blind>) -> Result<Vec<Listed>, RunError> {
    match answer {
        Ok(rows) => Ok(rows),
        Err(Blind::Stop(stop)) => Err(stop.into()),
        Err(_) => Ok(Vec::new()),
    }
}

/// One ending a person: what is there twice, one after the other.
fn tell(
    twice: &mut BTreeMap<PersonKey, Ending>,
    step: &OpenStep,
    candidate: u64,
    mut late: Vec<u64>,
    words: impl FnOnce(&[String]) -> String,
) {
    if late.is_empty() {
        return;
    }
    if step.row.step == Step::Candidate {
        late.insert(0, candidate);
    }
    late.dedup();
    let ids: Vec<String> = late.iter().filter(|id| **id != UNKNOWN).map(u64::to_string).collect();
    let said = words(&ids);
    let ending = twice.entry(step.person.clone()).or_insert_with(|| {
        let mut ending = Ending::new(&step.person.profile_key, Outcome::Uncertain);
        (ending.candidate_id, ending.step) = (Some(candidate), Some(step.row.step.word().into()));
        ending
    });
    match &mut ending.reason {
        // Two attempts at one step can show the same two rows.
        Some(before) if before.contains(&said) => {}
        Some(before) => *before = format!("{before}; {said}"),
        None => ending.reason = Some(said),
    }
}
