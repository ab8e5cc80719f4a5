//! The positive control: before a look-up's silence is believed, it is shown that it would speak.
//! Source: rule 7 of the delivery design.

use super::{RunError, World};
use crate::delivery::LookUp;
use crate::delivery::action::{Action, Refusal};
use crate::greenhouse::lookup::{Blind, Seen};
use crate::greenhouse::{Stop, Wire};
use crate::settings::{Api, Existing};
use std::collections::HashMap;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::{Mutex, MutexGuard, OnceCell};

#[derive(Debug)]
pub(crate) struct Gate {
    /// Nothing is looked up, so nothing need be shown.
    open: bool,
    can_see: OnceCell<()>,
    /// A create of this run was found again.
    proven: AtomicBool,
    /// Held by the one create that leaves before that.
    first: Mutex<()>,
    /// Why no further create may leave: the first one was not found again.
    shut: OnceLock<String>,
    /// How often each operation was refused before it was allowed once; none from then on.
    refusals: std::sync::Mutex<HashMap<&'static str, Option<u32>>>,
}

/// So many refusals of an operation that was never allowed are no matter of this or that profile (rule 8).
const MOST_REFUSALS: u32 = 3;

/// Leave to create; where it is the run's first, the others wait until it is given back.
#[derive(Debug)]
pub(crate) struct Pass<'g>(Option<MutexGuard<'g, ()>>);

impl Gate {
    pub fn new(existing: Existing) -> Self {
        let open = existing == Existing::Create;
        Self {
            open,
            can_see: OnceCell::new(),
            proven: AtomicBool::new(open),
            first: Mutex::new(()),
            shut: OnceLock::new(),
            refusals: std::sync::Mutex::default(),
        }
    }

    /// Before the first look-up: would who asks see anybody?
    ///
    /// # Errors
    /// The permission that is missing.
    pub async fn can_see(&self, world: &World<'_>) -> Result<(), RunError> {
        if self.open {
            return Ok(());
        }
        let ask = || async {
            world.wire.can_see().await.map_err(|blind| match blind {
                Blind::Stop(stop) => stop,
                blind => Stop::Permission(blind.to_string()),
            })
        };
        self.can_see.get_or_try_init(ask).await?;
        Ok(())
    }

    /// An operation was allowed: from now on a refusal is that profile's own matter.
    pub fn allowed(&self, action: &Action<'_>) {
        self.with_refusals(|refusals| refusals.insert(action.operation(), None));
    }

    /// Whether a refusal is one of the credential, not of the profile: then the run ends.
    pub fn refused(&self, wire: &Wire, action: &Action<'_>, refusal: &Refusal) -> Option<Stop> {
        // v1 was seen to answer 404 where On-Behalf-Of names nobody. Source: the Greenhouse reference, "Errors".
        let unknown_user = wire.api() == Api::HarvestV1 && refusal.status == 404 && matches!(action, Action::CreateCandidate { .. });
        if refusal.status != 403 && !unknown_user {
            self.allowed(action);
            return None;
        }
        let count = self.with_refusals(|refusals| {
            let count = refusals.entry(action.operation()).or_insert(Some(0));
            if let Some(count) = count {
                *count += 1;
            }
            count.unwrap_or(0)
        });
        let words = match unknown_user {
            true => "Greenhouse knows nobody with the id that on_behalf_of names (404): set it to a Greenhouse user's id".to_owned(),
            false => format!("Greenhouse does not allow this credential to {} (403): give it the permission", action.operation()),
        };
        (count >= MOST_REFUSALS).then_some(Stop::Permission(words))
    }

    fn with_refusals<T>(&self, work: impl FnOnce(&mut HashMap<&'static str, Option<u32>>) -> T) -> T {
        work(&mut self.refusals.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }

    /// Leave to create.
    ///
    /// # Errors
    /// The run's first create was not found again: whoever waited for it does not leave either.
    pub async fn pass(&self) -> Result<Pass<'_>, Stop> {
        if self.proven.load(Ordering::Acquire) {
            return Ok(Pass(None));
        }
        let guard = self.first.lock().await;
        match self.shut.get() {
            Some(words) => Err(Stop::Permission(words.clone())),
            None => Ok(Pass(if self.proven.load(Ordering::Acquire) { None } else { Some(guard) })),
        }
    }

    /// After a create: its own look-up has to find it, within `settle`, before the next one leaves.
    ///
    /// # Errors
    /// The look-up does not find what was just made.
    pub async fn prove(&self, pass: &Pass<'_>, world: &World<'_>, candidate: u64, emails: &[&str]) -> Result<(), RunError> {
        let proof = self.look_for_first(pass, world, candidate, emails).await;
        if let Err(stop) = &proof {
            self.shut.get_or_init(|| stop.to_string());
        }
        Ok(proof?)
    }

    async fn look_for_first(&self, pass: &Pass<'_>, world: &World<'_>, candidate: u64, emails: &[&str]) -> Result<(), Stop> {
        if pass.0.is_none() || emails.is_empty() {
            return Ok(());
        }
        let deadline = Instant::now() + world.pipeline.destination.settle;
        let mut pause = Duration::from_millis(100);
        loop {
            let found = match world.wire.look_up(world.ledger.key(), &LookUp::ByEmail, emails).await {
                Ok(Seen::Candidates(ids)) => ids.contains(&candidate),
                Ok(_) | Err(Blind::NotReady) => false,
                Err(Blind::Stop(stop)) => return Err(stop),
                Err(blind) => return Err(Stop::Permission(blind.to_string())),
            };
            if found {
                self.proven.store(true, Ordering::Release);
                return Ok(());
            }
            if Instant::now() >= deadline || world.brake.is_pulled() {
                return Err(Stop::Permission(format!(
                    "candidate {candidate} was just made, and looking for its e-mail does not find it: Greenhouse hides candidates from this \
                     credential, so every push could be a duplicate. Nothing more was sent. Let the acting user see all candidates, or set \
                     `existing: create`"
                )));
            }
            world.brake.within(pause).await;
            pause = (pause * 2).min(Duration::from_secs(5));
        }
    }
}
