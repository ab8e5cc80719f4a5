//! How a step whose end is not known is settled: by what was sent, never by what the profile says today.
//! Source: "A step's life" and rules 3 and 4 of the delivery design.

use crate::digest::Digest;
use crate::step::{Attempt, Fingerprint, Step, StepRow};
use jiff::{SignedDuration, Timestamp};

/// Greenhouse's Date header counts whole seconds, and its machines' clocks are not one.
const CLOCK_SLACK: SignedDuration = SignedDuration::from_secs(5);
/// Where no answer had told Greenhouse's time, ours stands for it, with this much doubt.
const UNKNOWN_CLOCK_SLACK: SignedDuration = SignedDuration::from_mins(5);

/// A row of Greenhouse's, as far as it tells whether it is what we sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    pub id: u64,
    pub created_at: Option<Timestamp>,
    pub marks: Marks,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Marks {
    Candidate(Fingerprint),
    /// What we would call it, had we made it.
    Step(Step),
    /// A row that is still being made: it may be anything.
    NotReady,
}

/// What a look-up says of an open step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    Found(u64),
    /// Look again then: what was sent may still appear.
    Wait(Timestamp),
    /// It is not there, and will not appear.
    Absent,
    /// Several match: their ids.
    Several(Vec<u64>),
}

/// From when on a row may be what the attempt made, in Greenhouse's time.
pub fn since(attempt: &Attempt) -> Timestamp {
    let (from, slack) = match attempt.greenhouse_time {
        Some(time) => (time, CLOCK_SLACK),
        None => (attempt.intended_at, UNKNOWN_CLOCK_SLACK),
    };
    from.checked_sub(slack).unwrap_or(Timestamp::MIN)
}

/// Compares what was listed with what was sent. `looked_at` is when the listing began: only one that began after `settle` proves
/// that something is not there.
pub fn judge(row: &StepRow, listed: &[Listed], looked_at: Timestamp, settle: SignedDuration) -> Finding {
    let Some(attempt) = &row.attempt else { return Finding::Absent };
    let since = since(attempt);
    let candidates =
        || listed.iter().filter(|l| !attempt.seen_before.contains(&l.id) && l.created_at.is_none_or(|created| created >= since));
    let mut found: Vec<u64> = candidates().filter(|l| is_ours(&l.marks, row.step, &attempt.fingerprint)).map(|l| l.id).collect();
    found.sort_unstable();
    found.dedup();
    let settled_by = super::settled_by(attempt.sent_by, settle);
    match found.as_slice() {
        [one] => Finding::Found(*one),
        [_, ..] => Finding::Several(found),
        [] if looked_at < settled_by => Finding::Wait(settled_by),
        // A row that is not ready is never "no match": look again a little later.
        [] if candidates().any(|l| l.marks == Marks::NotReady) => {
            Finding::Wait(looked_at.checked_add(settle.max(SignedDuration::from_secs(1))).unwrap_or(Timestamp::MAX))
        }
        [] => Finding::Absent,
    }
}

fn is_ours(marks: &Marks, step: Step, sent: &Fingerprint) -> bool {
    match marks {
        Marks::Step(there) => *there == step,
        Marks::Candidate(there) => match sent.emails.is_empty() {
            false => step == Step::Candidate && shares(&there.emails, &sent.emails),
            true => step == Step::Candidate && there.name_phones.is_some() && there.name_phones == sent.name_phones,
        },
        Marks::NotReady => false,
    }
}

fn shares(one: &[Digest], other: &[Digest]) -> bool {
    one.iter().any(|digest| other.contains(digest))
}
