//! Doors for the properties in `tests/properties`, which hold for any input, and which fuzzing looks for exceptions of: what no user of the library
//! has a use for, and what cannot be reached from outside otherwise. Nothing of the product goes through here, and nothing here is kept stable.

use crate::http::Answer;
use crate::http::headers;
use crate::http::pace::{Pace, Place, Told};
use crate::http::retry::{self, Decision, Patience};
use std::time::Duration;

pub use crate::source::canned::{Passage, read as read_canned};

/// What a reading call does after an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    Taken,
    Again { after: Duration },
    TooLong(Duration),
}

/// The longest that a call may be told to wait, and what is waited where nothing is told.
pub const LONGEST_WAIT: Duration = Duration::from_secs(300);
pub const FIRST_WAIT: Duration = Duration::from_secs(1);

/// As [`crate::http::Http::read`] decides it; `tried` counts from 1, `chance` is between 0 and 1.
pub fn next(answer: &Answer, tried: u32, chance: f64) -> Next {
    let patience = Patience { tries: 4, first_wait: FIRST_WAIT, longest_wait: LONGEST_WAIT };
    match retry::decide(&Ok(answer.clone()), tried, patience, chance) {
        Decision::Take => Next::Taken,
        Decision::Again { after, .. } => Next::Again { after },
        Decision::TooLong(wait) => Next::TooLong(wait),
    }
}

/// What Retry-After says.
pub fn retry_after(answer: &Answer) -> Option<Duration> {
    headers::retry_after(answer)
}

/// One host's pace, without a clock: moments are milliseconds since the epoch.
#[derive(Debug, Default)]
pub struct Host(Pace);

/// Leave to send one request.
#[derive(Debug, Clone, Copy)]
pub struct Leave(Place);

impl Host {
    /// # Errors
    /// When to ask again.
    pub fn depart(&mut self, now: u64) -> Result<Leave, u64> {
        self.0.depart(now).map(Leave)
    }

    /// Learns from an answer as a lane does.
    pub fn answered(&mut self, leave: Leave, answer: &Answer, now: u64) {
        let wait = (answer.status == 429).then(|| retry::told_wait(answer).unwrap_or(FIRST_WAIT));
        match headers::rate(answer) {
            Some(told) => self.0.learn(leave.0, &Told { wait, ..told }, now),
            None => self.0.untold(leave.0, wait, now),
        }
    }

    /// No answer came.
    pub fn lost(&mut self, leave: Leave, left: bool) {
        self.0.forgo(leave.0, left);
    }
}
