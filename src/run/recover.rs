//! What an earlier run, or this one, left open is settled: by what was sent, before anybody is looked up or pushed.
//! Source: rules 3, 4 and 5 of the delivery design. `judged` says what follows; here Greenhouse and the ledger are asked.

use super::judged::{self, View};
use super::{RunError, World};
use crate::delivery::recovery::{Listed, since};
use crate::greenhouse::Stop;
use crate::greenhouse::lookup::Blind;
use crate::ledger::{LedgerError, OpenStep, Settlement};
use crate::outcome::{Ending, Outcome};
use crate::step::Step;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

/// What was closed as not there is looked up again for that long.
const LOOK_AGAIN: SignedDuration = SignedDuration::from_hours(24);

/// Settles every open step of this account that is no living run's. What has to wait longer stays open.
pub(super) async fn settle_open(world: &World<'_>, now: Timestamp) -> Result<(), RunError> {
    let open = ours_to_settle(world, world.ledger.open_steps(&world.pipeline.destination.account).await?)?;
    if open.is_empty() {
        return Ok(());
    }
    let creates: Vec<_> = open.iter().filter(|step| step.row.step == Step::Candidate).collect();
    let listed = match creates.iter().filter_map(|step| step.row.attempt.as_ref()).map(since).min() {
        Some(from) => view(world.wire.candidates_since(world.ledger.key(), from).await)?,
        None => View::Rows(Vec::new()),
    };
    let mut made: BTreeMap<&crate::step::PersonKey, u64> = BTreeMap::new();
    let mut along = Vec::new();
    for step in &creates {
        let nested = judged::along(&open, step, world.wire.api());
        along.extend(nested.iter().map(|other| (&other.person, other.row.step)));
        let (settlement, found) = judged::create(step, &nested, &listed.find(step, now, settle(world)), now);
        world.ledger.settle(settlement).await?;
        if let Some(candidate) = found {
            tracing::info!(candidate, "an open create is found again");
            made.insert(&step.person, candidate);
        }
    }
    let created_now: Vec<_> = creates.iter().map(|step| &step.person).collect();
    let is_settled = |step: &OpenStep| step.row.step == Step::Candidate || along.contains(&(&step.person, step.row.step));
    for step in open.iter().filter(|step| !is_settled(step)) {
        match step.candidate_id.or(made.get(&step.person).copied()) {
            Some(candidate) => settle_child(world, step, candidate, now).await?,
            // v3: sent along with a create that is still open, absent or uncertain, it shares its lot.
            None if created_now.contains(&&step.person) => share_lot(world, step, now).await?,
            None => write(world, judged::unknown(step, now)).await?,
        }
    }
    Ok(())
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

async fn settle_child(world: &World<'_>, step: &OpenStep, candidate: u64, now: Timestamp) -> Result<(), RunError> {
    let key = world.ledger.key();
    let application = match step.row.step {
        Step::Attachment { job, .. } => {
            let person = world.ledger.person(&step.person).await?;
            person.step(job.map_or(Step::Prospect, |job| Step::Application { job })).and_then(|row| row.id)
        }
        _ => None,
    };
    let view = view(world.wire.listed(key, step.row.step, candidate, application).await)?;
    write(world, judged::child(step, &view.find(step, now, settle(world)), now)).await
}

async fn share_lot(world: &World<'_>, step: &OpenStep, now: Timestamp) -> Result<(), RunError> {
    let person = world.ledger.person(&step.person).await?;
    match person.step(Step::Candidate) {
        Some(create) => write(world, judged::sharing(step, create.state, now)).await,
        None => Ok(()),
    }
}

async fn write(world: &World<'_>, settlement: Option<Settlement>) -> Result<(), RunError> {
    if let Some(settlement) = settlement {
        world.ledger.settle(settlement).await?;
    }
    Ok(())
}

fn settle(world: &World<'_>) -> SignedDuration {
    SignedDuration::try_from(world.pipeline.destination.settle).unwrap_or(SignedDuration::MAX)
}

/// Creates that were closed as not there are looked up once more: a late one is a second candidate, and is said (rule 4).
pub(super) async fn look_again(world: &World<'_>, now: Timestamp) -> Result<Vec<Ending>, RunError> {
    let account = &world.pipeline.destination.account;
    let from = now.checked_sub(LOOK_AGAIN).unwrap_or(Timestamp::MIN);
    let absent: Vec<_> =
        world.ledger.absent_since(account, from).await?.into_iter().filter(|step| step.row.step == Step::Candidate).collect();
    let Some(oldest) = absent.iter().filter_map(|step| step.row.attempt.as_ref()).map(since).min() else { return Ok(Vec::new()) };
    let View::Rows(listed) = view(world.wire.candidates_since(world.ledger.key(), oldest).await)? else { return Ok(Vec::new()) };
    let mut endings = Vec::new();
    for step in absent {
        let Some(late) = judged::late(&step, &listed, now, settle(world)) else { continue };
        endings.push(second(world, &step, &late, now).await?);
    }
    Ok(endings)
}

/// Greenhouse finished a request later than `settle`: there is one candidate too many, and only a person can merge them.
async fn second(world: &World<'_>, step: &OpenStep, late: &[u64], now: Timestamp) -> Result<Ending, RunError> {
    let mut ids: Vec<_> = step.candidate_id.into_iter().chain(late.iter().copied()).map(|id| id.to_string()).collect();
    ids.dedup();
    let mut ending = Ending::new(&step.person.profile_key, Outcome::Uncertain);
    ending.candidate_id = step.candidate_id;
    ending.step = Some(Step::Candidate.word().into());
    ending.reason = Some(format!(
        "Greenhouse made this candidate later than `settle` allows, so there may be two: candidates {}. Merge them in Greenhouse, \
         and set a longer `settle`",
        ids.join(" and ")
    ));
    world.ledger.looked_again(step, now).await?;
    world.ledger.seen(super::seen(world, &step.person.source_key, None, &ending)).await?;
    Ok(ending)
}
