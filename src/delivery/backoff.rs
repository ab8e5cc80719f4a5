//! When a step is tried again that Greenhouse certainly did not do, although its request left. Source: `docs/delivery.md`, R4.
//!
//! The wait grows with the time for which the step has failed. So it does not matter whether a pipeline runs every minute or every hour:
//! after an outage of three runs the fourth one sends again.

use super::settled_by;
use crate::model::step::{Failing, State, StepRow};
use jiff::{SignedDuration, Timestamp};

/// The wait is this part of the time from the first attempt to the last …
const PART: i32 = 3;
/// … and not longer than this.
const LONGEST: SignedDuration = SignedDuration::from_hours(6);
/// A step that has failed for so long is `failed`: from then on a person has to look.
pub const GIVEN_UP_AFTER: SignedDuration = SignedDuration::from_hours(72);

/// From when on the step is tried again; none where it is not, without a person's word.
pub fn next(failing: Failing) -> Option<Timestamp> {
    let failed_for = failing.last.duration_since(failing.since);
    let wait = (failed_for / PART).clamp(SignedDuration::ZERO, LONGEST);
    (failed_for < GIVEN_UP_AFTER).then(|| failing.last.checked_add(wait).unwrap_or(Timestamp::MAX))
}

/// When the next attempt is due, for people; none where none is. Of a step whose end is not known: if it is not there then.
pub fn next_attempt(row: &StepRow, settle: SignedDuration) -> Option<Timestamp> {
    let attempt = row.attempt.as_ref()?;
    match row.state {
        State::Open | State::Intended => {
            Some(next(Failing::and(row.failing, attempt.intended_at))?.max(settled_by(attempt.sent_by, settle)))
        }
        State::Absent => row.failing.map_or(Some(attempt.intended_at), next),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minutes: i64) -> Timestamp {
        Timestamp::from_second(1_780_000_000 + 60 * minutes).unwrap()
    }

    #[test]
    fn it_waits_minutes_and_then_hours_for_three_days() {
        // Greenhouse never does it, and a run is due every quarter of an hour.
        let mut failing = Failing::and(None, at(0));
        let mut waits = Vec::new();
        while let Some(due) = next(failing) {
            let minutes = due.duration_since(failing.last).as_mins();
            waits.push(minutes);
            let run = (15..).step_by(15).map(at).find(|run| *run >= due && *run > failing.last).unwrap();
            failing = Failing::and(Some(failing), run);
        }
        insta::assert_snapshot!(format!("{waits:?}"), @"[0, 5, 10, 15, 20, 30, 40, 55, 75, 100, 135, 180, 240, 320, 360, 360, 360, 360, 360, 360, 360, 360, 360]");
        assert!(failing.last.duration_since(failing.since) >= GIVEN_UP_AFTER);
    }

    /// However far the runs are apart.
    #[test]
    fn after_three_runs_in_vain_the_fourth_one_tries_again() {
        for apart in [1, 15, 60, 24 * 60] {
            let failing = (0..3).fold(None, |before, run| Some(Failing::and(before, at(run * apart))));
            assert!(next(failing.unwrap()).unwrap() <= at(3 * apart), "{apart}");
        }
    }
}
