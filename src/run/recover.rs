//! What an earlier run, or this one, left open is settled: by what was sent, before anybody is looked up or pushed.
//! Source: rules 3, 4 and 5 of the delivery design. `delivery::recovery` judges; here Greenhouse and the ledger are asked.

use super::{RunError, World};
use crate::delivery::action::UNKNOWN;
use crate::delivery::recovery::{Finding, Listed, judge, since};
use crate::greenhouse::Stop;
use crate::greenhouse::lookup::Blind;
use crate::ledger::{LedgerError, OpenStep, Settlement};
use crate::settings::{Api, Existing};
use crate::step::{CandidateRow, Members, Settled, State, Step};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

/// Settles every open step of this account that is no living run's. What has to wait longer stays open.
pub(super) async fn settle_open(world: &World<'_>, now: Timestamp) -> Result<(), RunError> {
    let open = ours_to_settle(world, world.ledger.open_steps(&world.pipeline.destination.account).await?)?;
    settle_these(world, open, now).await
}

/// Settles these by what Greenhouse shows; what it does not show stays as it is where it was believed not to be there.
pub(super) async fn settle_these(world: &World<'_>, open: Vec<OpenStep>, now: Timestamp) -> Result<(), RunError> {
    if open.is_empty() {
        return Ok(());
    }
    let sight = Sight { world, may_look: may_look(world).await? };
    let creates: Vec<_> = open.iter().filter(|step| step.row.step == Step::Candidate).collect();
    let listed = match creates.iter().filter_map(|step| step.row.attempt.as_ref()).map(since).min() {
        Some(from) => sight.candidates_since(from).await?,
        None => View::Rows(Vec::new()),
    };
    let mut made: BTreeMap<&crate::step::PersonKey, u64> = BTreeMap::new();
    let mut along = Vec::new();
    for step in &creates {
        let nested: Vec<_> = open.iter().filter(|other| world.wire.api() == Api::HarvestV1 && came_along(other, step)).collect();
        along.extend(nested.iter().map(|other| (&other.person, other.row.step)));
        if let Some(id) = settle_create(world, step, &nested, &listed, now).await? {
            made.insert(&step.person, id);
        }
    }
    let created_now: Vec<_> = creates.iter().map(|step| &step.person).collect();
    let is_settled = |step: &OpenStep| step.row.step == Step::Candidate || along.contains(&(&step.person, step.row.step));
    for step in open.iter().filter(|step| !is_settled(step)) {
        match step.candidate_id.or(made.get(&step.person).copied()) {
            Some(candidate) => settle_child(&sight, step, candidate, now).await?,
            // v3: sent along with a create that is still open, absent or uncertain, it shares its lot.
            None if created_now.contains(&&step.person) => share_lot(world, step, &creates, now).await?,
            None if !step.row.state.is_open() => {}
            None => write(world, step, State::Uncertain, None, None, now).await?,
        }
    }
    Ok(())
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

/// Rule 7: before silence is believed, it is shown that a look-up would speak. Where it would not, the run ends here, and what is open
/// stays open; with `existing: create`, which looks for nobody, a lost answer ends uncertain.
async fn may_look(world: &World<'_>) -> Result<bool, RunError> {
    match world.gate.can_see(world).await {
        Err(RunError::Greenhouse(Stop::Permission(_))) if world.pipeline.destination.existing == Existing::Create => Ok(false),
        seen => seen.map(|()| true),
    }
}

/// Greenhouse, as far as it may be looked at.
struct Sight<'w> {
    world: &'w World<'w>,
    may_look: bool,
}

impl Sight<'_> {
    async fn candidates_since(&self, from: Timestamp) -> Result<View, RunError> {
        match self.may_look {
            true => view(self.world.wire.candidates_since(self.world.ledger.key(), from).await),
            false => Ok(View::Forbidden),
        }
    }

    async fn listed(&self, step: Step, candidate: u64, application: Option<u64>) -> Result<View, RunError> {
        match self.may_look {
            true => view(self.world.wire.listed(self.world.ledger.key(), step, candidate, application).await),
            false => Ok(View::Forbidden),
        }
    }
}

/// What a look-up shows.
enum View {
    Rows(Vec<Listed>),
    /// Something there is still being made: later.
    NotYet,
    /// Greenhouse does not let us look.
    Forbidden,
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

impl View {
    fn find(&self, world: &World<'_>, step: &OpenStep, now: Timestamp) -> Finding {
        match self {
            Self::Rows(listed) => judge(&step.row, listed, now, settle(world)),
            // Nothing is shown of a candidate that is being made, nor of one that is gone.
            Self::NotYet => judge(&step.row, &[], now, settle(world)),
            Self::Forbidden => Finding::Several(Vec::new()),
        }
    }
}

/// Gives the candidate's id, where it is known now. What is found is ours, whatever `existing` says (rule 5).
async fn settle_create(
    world: &World<'_>,
    step: &OpenStep,
    nested: &[&OpenStep],
    listed: &View,
    now: Timestamp,
) -> Result<Option<u64>, RunError> {
    match listed.find(world, step, now) {
        Finding::Found(id) => {
            tracing::info!(candidate = id, "an open create is found again");
            let mut settlement = settlement(step, State::Done, Some(id), Some(CandidateRow { id, ours: true, gone: false }), now);
            // Where an earlier attempt may have come instead, it took along what it had then: what is nested is looked for before it is sent.
            let earlier = step.row.absences > u32::from(step.row.state == State::Absent);
            let lot = if earlier { State::Closed } else { State::Done };
            settlement.steps.extend(nested.iter().map(|other| settled(other, lot, None)));
            world.ledger.settle(settlement).await?;
            Ok(Some(id))
        }
        _ if !step.row.state.is_open() => Ok(None),
        finding => {
            let state = state_of(&finding);
            let mut settlement = settlement(step, state, None, None, now);
            // What was to come along is as if it had never been tried, where the candidate is not there.
            let lot = if state == State::Absent { State::Closed } else { state };
            settlement.steps.extend(nested.iter().map(|other| settled(other, lot, None)));
            world.ledger.settle(settlement).await?;
            Ok(None)
        }
    }
}

async fn settle_child(sight: &Sight<'_>, step: &OpenStep, candidate: u64, now: Timestamp) -> Result<(), RunError> {
    let world = sight.world;
    let application = application_of(world, step).await?;
    match sight.listed(step.row.step, candidate, application).await?.find(world, step, now) {
        // v1's attachments have no id.
        Finding::Found(id) => write(world, step, State::Done, Some(id).filter(|id| *id != UNKNOWN), None, now).await,
        _ if !step.row.state.is_open() => Ok(()),
        finding => write(world, step, state_of(&finding), None, None, now).await,
    }
}

/// The application on which an attachment hangs.
pub(super) async fn application_of(world: &World<'_>, step: &OpenStep) -> Result<Option<u64>, RunError> {
    let Step::Attachment { job, .. } = step.row.step else { return Ok(None) };
    let person = world.ledger.person(&step.person).await?;
    Ok(person.step(job.map_or(Step::Prospect, |job| Step::Application { job })).and_then(|row| row.id))
}

fn state_of(finding: &Finding) -> State {
    match finding {
        Finding::Found(_) => State::Done,
        Finding::Wait(_) => State::Open,
        Finding::Absent => State::Absent,
        Finding::Several(_) => State::Uncertain,
    }
}

async fn share_lot(world: &World<'_>, step: &OpenStep, creates: &[&OpenStep], now: Timestamp) -> Result<(), RunError> {
    if !step.row.state.is_open() {
        return Ok(());
    }
    let person = world.ledger.person(&step.person).await?;
    let lot = creates.iter().find(|create| create.person == step.person).and_then(|_| person.step(Step::Candidate)).map(|row| row.state);
    match lot {
        Some(State::Absent) => write(world, step, State::Closed, None, None, now).await,
        Some(state) => write(world, step, state, None, None, now).await,
        None => Ok(()),
    }
}

async fn write(
    world: &World<'_>,
    step: &OpenStep,
    state: State,
    id: Option<u64>,
    candidate: Option<CandidateRow>,
    at: Timestamp,
) -> Result<(), RunError> {
    if state == State::Open && step.row.state == State::Open {
        return Ok(());
    }
    world.ledger.settle(settlement(step, state, id, candidate, at)).await?;
    Ok(())
}

fn settlement(step: &OpenStep, state: State, id: Option<u64>, candidate: Option<CandidateRow>, at: Timestamp) -> Settlement {
    Settlement {
        person: step.person.clone(),
        pipeline: step.row.pipeline.clone(),
        at,
        action: step.row.attempt.as_ref().map(|attempt| attempt.action.clone()),
        steps: vec![settled(step, state, id)],
        candidate,
        sent: Members::new(),
        identities: Vec::new(),
        delivered: false,
        seen: None,
    }
}

fn settled(step: &OpenStep, state: State, id: Option<u64>) -> Settled {
    Settled { step: step.row.step, state, id, ours: state == State::Done }
}

/// Whether a step went out in the same request as a create: v1 makes what is nested with the candidate or not at all, and shows no id
/// for most of it, so both are settled in one commit.
pub(super) fn came_along(step: &OpenStep, create: &OpenStep) -> bool {
    let action = |step: &OpenStep| step.row.attempt.as_ref().map(|attempt| attempt.action.clone());
    step.row.step != Step::Candidate && step.person == create.person && action(step) == action(create)
}

pub(super) fn settle(world: &World<'_>) -> SignedDuration {
    SignedDuration::try_from(world.pipeline.destination.settle).unwrap_or(SignedDuration::MAX)
}
