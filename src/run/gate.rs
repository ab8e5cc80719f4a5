//! The positive control: before a look-up's silence is believed, it is shown that it would speak.
//! Source: rule 7 of the delivery design.

use super::{RunError, World};
use crate::delivery::LookUp;
use crate::delivery::action::{Action, Refusal};
use crate::delivery::observed::Seen;
use crate::greenhouse::lookup::Blind;
use crate::greenhouse::{Reading, Stop, Wire};
use crate::ledger::Settlement;
use crate::settings::{Api, Existing};
use crate::step::{Settled, State};
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::{Mutex, MutexGuard, OnceCell};

#[derive(Debug)]
pub(crate) struct Gate {
    can_see: OnceCell<()>,
    /// A create of this run was found again.
    proven: AtomicBool,
    /// Held by the one create that leaves before that.
    first: Mutex<()>,
    /// What each operation was refused before it was allowed once, as if it had never been tried; none from then on.
    refusals: std::sync::Mutex<HashMap<&'static str, Option<Refusals>>>,
}

/// So many refusals of an operation that was never allowed are no matter of this or that profile (rule 8).
const MOST_REFUSALS: usize = 3;

/// Leave to create; where it is the run's first, the others wait until it is given back.
#[derive(Debug)]
pub(crate) struct Pass<'g>(Option<MutexGuard<'g, ()>>);

#[derive(Debug, Default)]
struct Refusals {
    count: usize,
    taken_back: Vec<Settlement>,
}

impl Pass<'_> {
    /// Whether this create has to be found again before the next one leaves.
    pub fn is_first(&self) -> bool {
        self.0.is_some()
    }
}

fn taken_back(settlement: &Settlement) -> Settlement {
    let closed = |settled: &Settled| Settled { state: State::Closed, ..*settled };
    Settlement { steps: settlement.steps.iter().map(closed).collect(), seen: None, ..settlement.clone() }
}

impl Gate {
    pub fn new(existing: Existing) -> Self {
        // Who does not look before a create need not find it again.
        let proven = AtomicBool::new(existing == Existing::Create);
        Self { can_see: OnceCell::new(), proven, first: Mutex::new(()), refusals: std::sync::Mutex::default() }
    }

    /// Before the first look-up: would who asks see anybody?
    ///
    /// # Errors
    /// The permission that is missing.
    pub(super) async fn can_see(&self, world: &World<'_>) -> Result<(), RunError> {
        let ask = || async {
            world.wire.can_see().await.map_err(|blind| match blind {
                Blind::Stop(stop) => stop,
                blind => Stop::Permission(blind.to_string()),
            })
        };
        self.can_see.get_or_try_init(ask).await?;
        Ok(())
    }

    /// Whether look-ups would show somebody. Not to who pushes without looking: they can still meet one whom the ledger knows.
    ///
    /// # Errors
    /// The permission that is missing to who looks before a create.
    pub async fn sees(&self, world: &World<'_>) -> Result<bool, RunError> {
        match self.can_see(world).await {
            Ok(()) => Ok(true),
            Err(RunError::Greenhouse(Stop::Permission(_))) if world.pipeline.destination.existing == Existing::Create => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// An operation was allowed: from now on a refusal is that profile's own matter.
    pub fn allowed(&self, action: &Action<'_>) {
        self.with_refusals(|refusals| refusals.insert(action.operation(), None));
    }

    /// Whether a refusal is one of the credential, not of the profile: then the run ends, and what was refused until now is given to be
    /// taken back, so that the next run sends it again.
    pub fn refused(&self, wire: &Wire, action: &Action<'_>, refusal: &Refusal, settlement: &Settlement) -> Option<(Stop, Vec<Settlement>)> {
        // v1 was seen to answer 404 where On-Behalf-Of names nobody. Source: the Greenhouse reference, "Errors".
        let unknown_user = wire.api() == Api::HarvestV1 && refusal.status == 404 && matches!(action, Action::CreateCandidate { .. });
        if refusal.status != 403 && !unknown_user {
            self.allowed(action);
            return None;
        }
        let refused = self.with_refusals(|refusals| {
            let refused = refusals.entry(action.operation()).or_insert_with(|| Some(Refusals::default())).as_mut()?;
            refused.count += 1;
            refused.taken_back.push(taken_back(settlement));
            // Those who were under way when it was enough are taken back too.
            (refused.count >= MOST_REFUSALS).then(|| std::mem::take(&mut refused.taken_back))
        })?;
        let words = match unknown_user {
            true => "Greenhouse knows nobody with the id that on_behalf_of names (404): set it to a Greenhouse user's id".to_owned(),
            false => format!("Greenhouse does not allow this credential to {} (403): give it the permission", action.operation()),
        };
        Some((Stop::Permission(words), refused))
    }

    fn with_refusals<T>(&self, work: impl FnOnce(&mut HashMap<&'static str, Option<Refusals>>) -> T) -> T {
        work(&mut self.refusals.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }

    pub async fn pass(&self) -> Pass<'_> {
        if self.proven.load(Ordering::Acquire) {
            return Pass(None);
        }
        let guard = self.first.lock().await;
        if self.proven.load(Ordering::Acquire) { Pass(None) } else { Pass(Some(guard)) }
    }

    /// After a create: its own look-up has to find it, within `settle`, before the next one leaves.
    ///
    /// # Errors
    /// The look-up does not find what was just made.
    pub async fn prove(&self, pass: &Pass<'_>, world: &World<'_>, candidate: u64, emails: &[&str]) -> Result<(), RunError> {
        if !pass.is_first() || emails.is_empty() {
            return Ok(());
        }
        let deadline = Instant::now() + world.pipeline.destination.settle;
        let mut pause = Duration::from_millis(100);
        let mut not_ready = false;
        loop {
            let found = match world.wire.look_up(world.ledger.key(), &LookUp::ByEmail, emails, &mut Reading::default()).await {
                Ok(Seen::Candidates(ids)) => ids.contains(&candidate),
                Ok(_) => false,
                Err(Blind::NotReady) => {
                    not_ready = true;
                    false
                }
                Err(Blind::Stop(stop)) => return Err(stop.into()),
                Err(blind) => return Err(Stop::Permission(blind.to_string()).into()),
            };
            if found {
                self.proven.store(true, Ordering::Release);
                return Ok(());
            }
            if Instant::now() >= deadline || world.brake.is_pulled() {
                if not_ready {
                    return Err(Stop::Unreachable(format!(
                        "candidate {candidate} was just made, and Greenhouse is still making it after all of `settle`: run again later, or set a \
                         longer `settle`"
                    ))
                    .into());
                }
                return Err(Stop::Permission(format!(
                    "candidate {candidate} was just made, and looking for its e-mail does not find it: Greenhouse hides candidates from this \
                     credential, so every push could be a duplicate. Nothing more was sent. Let the acting user see all candidates, or set \
                     `existing: create`"
                ))
                .into());
            }
            world.brake.within(pause).await;
            pause = (pause * 2).min(Duration::from_secs(5));
        }
    }
}
