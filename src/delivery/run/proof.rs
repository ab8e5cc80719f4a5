//! The positive control: before an empty look-up is believed, the run's first create has to be found again by its own look-up (R7).

use jiff::{SignedDuration, Timestamp};

const FIRST_PAUSE: SignedDuration = SignedDuration::from_millis(100);
const LONGEST_PAUSE: SignedDuration = SignedDuration::from_secs(5);

/// A candidate that was just made is looked for, within `settle`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Proof {
    pub candidate: u64,
    pub deadline: Timestamp,
    pause: SignedDuration,
    not_ready: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proved {
    Yes,
    NotYet(SignedDuration),
    No(Unproven),
}

/// The look-up does not show what was just made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Unproven {
    #[error(
        "candidate {candidate} was just made, and Greenhouse is still making it after all of `settle`: run again later, or set a longer `settle`"
    )]
    NotReady { candidate: u64 },
    #[error(
        "candidate {candidate} was just made, and a look-up by its e-mail does not find it: Greenhouse hides candidates from this credential, \
         so every push could be a duplicate. Nothing more was sent. Let the acting user see all candidates, or set `existing: create`"
    )]
    Hidden { candidate: u64 },
}

impl Proof {
    pub fn new(candidate: u64, settle: SignedDuration, now: Timestamp) -> Self {
        let deadline = now.checked_add(settle).unwrap_or(Timestamp::MAX);
        Self { candidate, deadline, pause: FIRST_PAUSE, not_ready: false }
    }

    /// `found` are the candidates that the look-up shows; none where one of them is still being made.
    pub fn next(&mut self, found: Option<&[u64]>, now: Timestamp) -> Proved {
        self.not_ready |= found.is_none();
        let candidate = self.candidate;
        if found.is_some_and(|ids| ids.contains(&candidate)) {
            return Proved::Yes;
        }
        if now < self.deadline {
            let pause = self.pause;
            self.pause = (pause * 2).min(LONGEST_PAUSE);
            return Proved::NotYet(pause);
        }
        Proved::No(if self.not_ready { Unproven::NotReady { candidate } } else { Unproven::Hidden { candidate } })
    }
}
