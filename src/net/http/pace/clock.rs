//! A host's clock, by its Date headers. They count whole seconds, but each answer puts bounds on how far that clock is from ours, and many
//! answers, at different parts of a second, bring the bounds together.

use serde::{Deserialize, Serialize};

/// Clocks drift: older bounds are given up.
const FRESH: u64 = 300_000;

/// The host's time less ours lies between the bounds, in milliseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Clock {
    low: i64,
    high: i64,
    since: u64,
}

impl Clock {
    /// An answer with this date was asked for at `sent`, and was there at `came`.
    pub fn hear(&mut self, date: u64, sent: u64, came: u64) {
        let (low, high) = (signed(date) - signed(came), signed(date) + 1000 - signed(sent));
        let narrowed = (self.low.max(low), self.high.min(high));
        let stale = came.abs_diff(self.since) > FRESH;
        (self.low, self.high) = if stale || narrowed.0 > narrowed.1 { (low, high) } else { narrowed };
        if stale {
            self.since = came;
        }
    }

    /// The host's time at the earliest, when ours is `moment`.
    pub fn theirs(&self, moment: u64) -> u64 {
        moment.saturating_add_signed(self.low)
    }

    /// The host's time at the latest, when ours is `moment`.
    pub fn theirs_at_latest(&self, moment: u64) -> u64 {
        moment.saturating_add_signed(self.high)
    }

    /// Our time at the latest, when the host's is `moment`.
    pub fn ours(&self, moment: u64) -> u64 {
        moment.saturating_add_signed(-self.low)
    }
}

fn signed(moment: u64) -> i64 {
    i64::try_from(moment).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_dates_tell_the_time_to_a_few_milliseconds() {
        // The host is 5,300 ms ahead of us; a request takes 4 ms each way.
        let (mut clock, mut now) = (Clock::default(), 1_000_000_000);
        for _ in 0..40 {
            let date = (now + 4 + 5_300) / 1000 * 1000;
            clock.hear(date, now, now + 8);
            assert!(clock.low <= 5_300 && clock.high >= 5_300, "{clock:?}");
            now += 137;
        }
        assert!(clock.high - clock.low < 60, "{clock:?}");
        assert!(clock.ours(now) >= now - 5_300 && clock.theirs(now) <= now + 5_300);
    }

    #[test]
    fn a_clock_that_was_set_is_learnt_anew() {
        let mut clock = Clock::default();
        clock.hear(1_000_000_000, 1_000_000_000, 1_000_000_001);
        clock.hear(2_000_000_000, 1_000_000_100, 1_000_000_101);
        assert_eq!(clock.theirs(1_000_000_101), 2_000_000_000);
    }
}
