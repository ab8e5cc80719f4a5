//! What an earlier run, or this one, left open is settled: by what was sent, before anybody is looked up or pushed.
//! Source: rules 3, 4 and 5 of the delivery design. `judged` says what follows; here Greenhouse and the ledger are asked.

use super::judged::{self, View};
use super::{RunError, World, traced};
use crate::delivery::recovery::{Listed, since};
use crate::greenhouse::Stop;
use crate::greenhouse::lookup::Blind;
use crate::ledger::{LedgerError, OpenStep};
use crate::step::{PersonKey, Step};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// Settles every open step of this account that is no living run's. What has to wait longer stays open.
pub(super) async fn settle_open(world: &World<'_>, now: Timestamp) -> Result<(), RunError> {
    let open = ours_to_settle(world, world.ledger.open_steps(&world.pipeline.destination.account).await?)?;
    settle_these(world, &open, now).await
}

/// Settles these by what Greenhouse shows; what it does not show stays as it is where it was believed not to be there.
#[tracing::instrument(name = "recovery", skip_all)]
pub(super) async fn settle_these(world: &World<'_>, steps: &[OpenStep], now: Timestamp) -> Result<(), RunError> {
    if steps.is_empty() {
        return Ok(());
    }
    // Silence says nothing to who would see nobody (rule 7).
    let sees = world.gate.sees(world).await?;
    let creates: Vec<_> = steps.iter().filter(|step| step.row.step == Step::Candidate).collect();
    let listed = match creates.iter().filter_map(|step| step.row.attempt.as_ref()).map(since).min() {
        Some(_) if !sees => View::Forbidden,
        Some(from) => view(world.wire.candidates_since(world.ledger.key(), from).await)?,
        None => View::Rows(Vec::new()),
    };
    let mut made: BTreeMap<&PersonKey, u64> = BTreeMap::new();
    let mut settled: BTreeSet<(&PersonKey, Step)> = BTreeSet::new();
    for step in &creates {
        let finding = listed.find(step, now, settle(world));
        let (settlement, found) = judged::create(step, &judged::along(steps, step), &finding, world.wire.api(), now);
        settled.extend(settlement.steps.iter().map(|settled| (&step.person, settled.step)));
        if judged::says_something(step, &finding) {
            traced::looked_for(step, &settlement);
            world.ledger.settle(settlement).await?;
        }
        made.extend(found.map(|candidate| (&step.person, candidate)));
    }
    for step in steps.iter().filter(|step| !settled.contains(&(&step.person, step.row.step))) {
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
            traced::looked_for(step, &settlement);
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
pub(super) fn ours_to_settle(world: &World<'_>, open: Vec<OpenStep>) -> Result<Vec<OpenStep>, RunError> {
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

pub(super) fn view(answer: Result<Vec<Listed>, Blind>) -> Result<View, RunError> {
    match answer {
        Ok(rows) => Ok(View::Rows(rows)),
        Err(Blind::Forbidden(_)) => Ok(View::Forbidden),
        Err(Blind::NotReady | Blind::Missing) => Ok(View::NotYet),
        Err(blind @ Blind::Unserved(_)) => Err(Stop::Unreachable(format!("{blind}{}", blind.status())).into()),
        Err(Blind::Stop(stop)) => Err(stop.into()),
    }
}

/// What hangs on a candidate and might be the step.
pub(super) async fn children(world: &World<'_>, step: &OpenStep, candidate: u64) -> Result<View, RunError> {
    let application = match step.row.step {
        Step::Attachment { job, .. } => {
            let person = world.ledger.person(&step.person).await?;
            person.step(job.map_or(Step::Prospect, |job| Step::Application { job })).and_then(|row| row.id)
        }
        _ => None,
    };
    view(world.wire.listed(world.ledger.key(), step.row.step, candidate, application).await)
}

pub(super) fn settle(world: &World<'_>) -> SignedDuration {
    SignedDuration::try_from(world.pipeline.destination.settle).unwrap_or(SignedDuration::MAX)
}
