//! What an earlier run, or this one, left open is settled: by what was sent, before anybody is looked up or pushed.
//! Source: rules 3, 4 and 5 of the delivery design. `judged` says what follows; here Greenhouse and the ledger are asked.

use super::judged::{self, View};
use super::{RunError, World};
use crate::delivery::recovery::{Listed, since};
use crate::greenhouse::Stop;
use crate::greenhouse::lookup::Blind;
use crate::ledger::{LedgerError, OpenStep};
use crate::outcome::{Ending, Outcome};
use crate::step::{PersonKey, Step};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// What was closed as not there is looked up again for that long.
pub(super) const LOOK_AGAIN: SignedDuration = SignedDuration::from_hours(24);

/// Settles every open step of this account that is no living run's. What has to wait longer stays open.
pub(super) async fn settle_open(world: &World<'_>, now: Timestamp) -> Result<(), RunError> {
    let open = ours_to_settle(world, world.ledger.open_steps(&world.pipeline.destination.account).await?)?;
    if open.is_empty() {
        return Ok(());
    }
    // Silence says nothing to who would see nobody (rule 7).
    let sees = world.gate.sees(world).await?;
    let creates: Vec<_> = open.iter().filter(|step| step.row.step == Step::Candidate).collect();
    let listed = match creates.iter().filter_map(|step| step.row.attempt.as_ref()).map(since).min() {
        Some(_) if !sees => View::Forbidden,
        Some(from) => view(world.wire.candidates_since(world.ledger.key(), from).await)?,
        None => View::Rows(Vec::new()),
    };
    let mut made: BTreeMap<&PersonKey, u64> = BTreeMap::new();
    let mut settled: BTreeSet<(&PersonKey, Step)> = BTreeSet::new();
    for step in &creates {
        let finding = listed.find(step, now, settle(world));
        let (settlement, found) = judged::create(step, &judged::along(&open, step), &finding, world.wire.api(), now);
        settled.extend(settlement.steps.iter().map(|settled| (&step.person, settled.step)));
        world.ledger.settle(settlement).await?;
        if let Some(candidate) = found {
            tracing::info!(candidate, "an open create is found again");
            made.insert(&step.person, candidate);
        }
    }
    for step in open.iter().filter(|step| !settled.contains(&(&step.person, step.row.step))) {
        let settlement = match step.candidate_id.or(made.get(&step.person).copied()) {
            Some(candidate) => {
                let view = if sees { children(world, step, candidate).await? } else { unseen(step) };
                judged::child(step, &view.find(step, now, settle(world)), now)
            }
            None => {
                let person = world.ledger.person(&step.person).await?;
                judged::orphan(step, person.step(Step::Candidate).map(|row| row.state), now)
            }
        };
        if let Some(settlement) = settlement {
            world.ledger.settle(settlement).await?;
        }
    }
    Ok(())
}

/// What a child's look-up shows to who would see nobody. An update is not looked up, but compared again.
fn unseen(step: &OpenStep) -> View {
    if step.row.step == Step::Update { View::Rows(Vec::new()) } else { View::Forbidden }
}

/// A step that another pipeline's living run has under way is not ours to judge: its lease tells.
fn ours_to_settle(world: &World<'_>, open: Vec<OpenStep>) -> Result<Vec<OpenStep>, RunError> {
    let mut free: BTreeMap<String, bool> = BTreeMap::from([(world.pipeline.id.clone(), true)]);
    let mut ours = Vec::new();
    for step in open {
        let pipeline = &step.row.pipeline;
        if !free.contains_key(pipeline) {
            let is_free = match world.ledger.lease(pipeline) {
                Ok(_lease) => true,
                Err(LedgerError::Leased { .. }) => false,
                Err(error) => return Err(error.into()),
            };
            free.insert(pipeline.clone(), is_free);
        }
        if free.get(pipeline) == Some(&true) {
            ours.push(step);
        }
    }
    Ok(ours)
}

fn view(answer: Result<Vec<Listed>, Blind>) -> Result<View, RunError> {
    match answer {
        Ok(rows) => Ok(View::Rows(rows)),
        Err(Blind::Forbidden(_)) => Ok(View::Forbidden),
        Err(Blind::NotReady | Blind::Missing) => Ok(View::NotYet),
        Err(blind @ Blind::Unserved(_)) => Err(Stop::Unreachable(format!("{blind}{}", blind.status())).into()),
        Err(Blind::Stop(stop)) => Err(stop.into()),
    }
}

/// What hangs on a candidate and might be the step.
async fn children(world: &World<'_>, step: &OpenStep, candidate: u64) -> Result<View, RunError> {
    let application = match step.row.step {
        Step::Attachment { job, .. } => {
            let person = world.ledger.person(&step.person).await?;
            person.step(job.map_or(Step::Prospect, |job| Step::Application { job })).and_then(|row| row.id)
        }
        _ => None,
    };
    view(world.wire.listed(world.ledger.key(), step.row.step, candidate, application).await)
}

fn settle(world: &World<'_>) -> SignedDuration {
    SignedDuration::try_from(world.pipeline.destination.settle).unwrap_or(SignedDuration::MAX)
}

/// What was closed as not there is looked up once more: what is late is there a second time, and is said (rule 4).
pub(super) async fn look_again(world: &World<'_>, now: Timestamp) -> Result<Vec<Ending>, RunError> {
    let from = now.checked_sub(LOOK_AGAIN).unwrap_or(Timestamp::MIN);
    let absent = world.ledger.absent_since(&world.pipeline.destination.account, from).await?;
    if absent.is_empty() || !world.gate.sees(world).await? {
        return Ok(Vec::new());
    }
    let creates = absent.iter().filter(|step| step.row.step == Step::Candidate);
    let listed = match creates.filter_map(|step| step.row.attempt.as_ref()).map(since).min() {
        Some(oldest) => view(world.wire.candidates_since(world.ledger.key(), oldest).await)?,
        None => View::Rows(Vec::new()),
    };
    let mut endings = Vec::new();
    for step in absent {
        let view = match (step.row.step, step.candidate_id) {
            (Step::Candidate, _) => &listed,
            // An update that comes twice brings about the same.
            (Step::Update, _) | (_, None) => continue,
            (_, Some(candidate)) => &children(world, &step, candidate).await?,
        };
        let View::Rows(rows) = view else { continue };
        let person = world.ledger.person(&step.person).await?;
        if let Some(late) = judged::late(&step, judged::has(&person, step.row.step), rows) {
            endings.push(second(world, &step, &judged::words_of_late(&step, &late, &person), now).await?);
        }
    }
    Ok(endings)
}

/// Greenhouse finished a request later than `settle`: there is one too many, and only a person can tell which.
async fn second(world: &World<'_>, step: &OpenStep, why: &str, now: Timestamp) -> Result<Ending, RunError> {
    let mut ending = Ending::new(&step.person.profile_key, Outcome::Uncertain);
    ending.candidate_id = step.candidate_id;
    ending.step = Some(step.row.step.word().into());
    ending.reason = Some(why.to_owned());
    world.ledger.looked_again(step, now).await?;
    world.ledger.seen(super::seen(world, &step.person.source_key, None, &ending)).await?;
    Ok(ending)
}
