//! `run --plan`: what is about to be done is decided once more by the same function, and who differs from the plan is left.
//! Source: `docs/delivery.md`, R14.

use super::{RunError, World};
use crate::engine::plan::file::Agreed as Plan;
use crate::engine::plan::{Pin, PlanError, Planner, agreement};
use crate::ledger::Identity;
use crate::model::candidate::Candidate;
use crate::model::outcome::{Ending, Outcome};
use crate::model::profile::Profile;
use crate::model::settings::Existing;
use crate::model::step::PersonKey;
use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

#[derive(Debug)]
pub(crate) struct Agreed {
    plan: Plan,
    met: Mutex<Met>,
}

#[derive(Debug, Default)]
struct Met {
    people: HashSet<(String, String)>,
    stale: u64,
}

#[derive(Debug)]
pub(super) enum Go {
    On,
    /// Who goes before it has not ended.
    Later(PersonKey),
    Stale(Box<Ending>),
}

impl Agreed {
    pub fn new(plan: Plan) -> Self {
        Self { plan, met: Mutex::default() }
    }

    fn met(&self) -> std::sync::MutexGuard<'_, Met> {
        self.met.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What of the plan was not done, in words.
    pub fn leftover(&self) -> Option<String> {
        let met = self.met();
        let absent = self.plan.keys().filter(|key| !met.people.contains(*key)).count();
        let mut told = Vec::new();
        match met.stale {
            0 => {}
            1 => told.push("1 profile differs from the plan and was left".to_owned()),
            n => told.push(format!("{n} profiles differ from the plan and were left")),
        }
        match absent {
            0 => {}
            1 => told.push("1 profile of the plan is not pushed any more: it is gone from the source, filtered or invalid".to_owned()),
            n => told.push(format!("{n} profiles of the plan are not pushed any more: they are gone from the source, filtered or invalid")),
        }
        (!told.is_empty()).then(|| format!("{}: plan again for the rest", told.join("; ")))
    }
}

pub(super) async fn check(world: &World<'_>, profile: &Profile, candidate: &Candidate) -> Result<Go, RunError> {
    let Some(agreed) = &world.agreed else { return Ok(Go::On) };
    let planned = agreed.plan.get(&profile.source_key, &profile.key);
    if let Some(planned) = planned.filter(|planned| planned.after_another)
        && !is_known(world, candidate).await?
    {
        let account = world.pipeline.destination.account.clone();
        let (source_key, profile_key) = (planned.source_key.clone(), planned.profile_key.clone());
        return Ok(Go::Later(PersonKey { account, source_key, profile_key }));
    }
    let asks = world.pipeline.destination.existing != Existing::Create;
    let mut planner = Planner::new(world.pipeline, &world.ledger, &world.wire, &world.names, asks);
    let foreseen = planner.push(profile, Box::new(candidate.clone())).await.map_err(|error| match error {
        PlanError::Ledger(error) => RunError::from(error),
        PlanError::Greenhouse(stop) => RunError::from(stop),
    })?;
    let mut met = agreed.met();
    if planned.is_some() {
        met.people.insert((profile.source_key.clone(), profile.key.clone()));
    }
    // Where nothing would be sent, there is nothing to agree to.
    let Some(now) = foreseen.pin else { return Ok(Go::On) };
    Ok(match agrees(planned, &now) {
        Ok(()) => Go::On,
        Err(why) => {
            met.stale += 1;
            Go::Stale(Box::new(Ending::new(&profile.key, Outcome::Skipped).because_of(format!("stale: {why}"))))
        }
    })
}

/// Who waited for another finds that one's candidate now, so the requests have an id where the plan had none.
fn agrees(planned: Option<&Pin>, now: &Pin) -> Result<(), &'static str> {
    match planned {
        Some(planned) if planned.after_another => {
            let now = Pin { requests: planned.requests.clone(), ..now.clone() };
            agreement(Some(planned), &Pin { after_another: true, ..now })
        }
        planned => agreement(planned, now),
    }
}

/// Whether the ledger knows whose one of the candidate's e-mails is.
async fn is_known(world: &World<'_>, candidate: &Candidate) -> Result<bool, RunError> {
    for email in candidate.emails() {
        let identity = world.ledger.key().email(email);
        if let Some(Identity::Candidate { .. }) = world.ledger.identity(&world.pipeline.destination.account, identity).await? {
            return Ok(true);
        }
    }
    Ok(false)
}
