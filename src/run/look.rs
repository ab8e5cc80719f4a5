//! A push's questions to Greenhouse, and what their answers show.

use super::push::Push;
use super::{End, RunError};
use crate::delivery::LookUp;
use crate::greenhouse::Stop;
use crate::greenhouse::lookup::Blind;
use crate::settings::Existing;
use jiff::{SignedDuration, Timestamp};

impl<'w> Push<'w> {
    pub(super) fn emails(&self) -> Vec<&'w str> {
        self.progress.wanted.candidate.email_addresses.iter().map(|email| email.value.as_str()).collect()
    }

    /// Asks, and keeps what is seen; gives an end where nothing can be seen yet.
    #[tracing::instrument(level = "debug", skip_all)]
    pub(super) async fn look_up(&mut self, question: &LookUp) -> Result<Option<End>, RunError> {
        let world = self.world;
        if !world.gate.sees(world).await? {
            self.progress.observed.forbidden = true;
            return Ok(None);
        }
        let emails = self.emails();
        match world.wire.look_up(world.ledger.key(), question, &emails, &mut self.reading).await {
            Ok(seen) => self.progress.observed.see(question, seen),
            // Rule 9: whether it is gone, or merged, is asked next.
            Err(Blind::Missing) => self.progress.observed.present = Some(false),
            Err(Blind::Forbidden(_)) if world.pipeline.destination.existing == Existing::Create => self.progress.observed.forbidden = true,
            // Rule 7: without the look-up every push could be a duplicate, so the run ends before the next one.
            Err(blind @ Blind::Forbidden(_)) => {
                let words = format!(
                    "{blind} (403), and without that every push could be a duplicate: give the credential the permission, or set `existing: create`"
                );
                return Err(Stop::Permission(words).into());
            }
            Err(blind @ Blind::Unserved(_)) => return Err(Stop::Unreachable(format!("{blind}{}", blind.status())).into()),
            Err(Blind::NotReady) => return Ok(Some(End::Parked { who: self.progress.who.clone(), until: Some(soon()) })),
            Err(Blind::Stop(stop)) => return Err(stop.into()),
        }
        Ok(None)
    }
}

fn soon() -> Timestamp {
    Timestamp::now().checked_add(SignedDuration::from_secs(5)).unwrap_or(Timestamp::MAX)
}
