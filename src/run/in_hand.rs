//! Candidates that a push of this run has made and has not completed yet. Another profile with the same e-mail waits until it has: else the two
//! would make the rest between them, and who is told to have done what would be chance.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

#[derive(Debug, Default)]
pub(crate) struct InHand(Arc<Mutex<HashSet<u64>>>);

/// A candidate is in hand as long as this lives.
#[derive(Debug)]
pub(crate) struct Holding {
    all: Arc<Mutex<HashSet<u64>>>,
    candidate: u64,
}

fn lock(all: &Mutex<HashSet<u64>>) -> MutexGuard<'_, HashSet<u64>> {
    all.lock().unwrap_or_else(PoisonError::into_inner)
}

impl InHand {
    pub fn hold(&self, candidate: u64) -> Holding {
        lock(&self.0).insert(candidate);
        Holding { all: Arc::clone(&self.0), candidate }
    }

    pub fn has(&self, candidate: u64) -> bool {
        lock(&self.0).contains(&candidate)
    }
}

impl Drop for Holding {
    fn drop(&mut self) {
        lock(&self.all).remove(&self.candidate);
    }
}
