//! v1 answers with the whole candidate whatever part of it is asked for: one reading serves the questions of a push.

use serde_json::Value;
use std::fmt;

/// The candidate as v1 showed it last. Whoever writes to Greenhouse lets go of it first.
#[derive(Default)]
pub struct Reading(Option<(u64, Value)>);

impl Reading {
    /// What was read holds no longer.
    pub fn forget(&mut self) {
        self.0 = None;
    }

    pub(super) fn of(&self, candidate: u64) -> Option<&Value> {
        self.0.as_ref().filter(|(id, _)| *id == candidate).map(|(_, row)| row)
    }

    pub(super) fn keep(&mut self, candidate: u64, row: &Value) {
        self.0 = Some((candidate, row.clone()));
    }
}

/// It is somebody's: nothing of it is printed.
impl fmt::Debug for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Reading").field(&self.0.as_ref().map(|(id, _)| id)).finish()
    }
}
