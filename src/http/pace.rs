//! The pace that a host asks for: a fixed window, learnt from its answers, which others may share.
//!
//! Nothing here sleeps or looks at a clock. Today each process learns for itself; a window that is shared through a file would stand behind the same
//! two questions: may I go, and what did the answer say. Source: rule 15 of the delivery document; Greenhouse's rate headers.

use super::headers::Rate;
use std::time::Duration;
use tokio::time::Instant;

/// Where a host says how much is left but not when the window ends. Source: Greenhouse reference, Harvest v1 counts per 10 s.
const UNSTATED_WINDOW: Duration = Duration::from_secs(10);

/// One host's window.
#[derive(Debug, Default)]
pub(super) struct Pace {
    window: Option<Window>,
    paused_until: Option<Instant>,
}

#[derive(Debug)]
struct Window {
    /// Requests in a window, where the host says so.
    limit: Option<u32>,
    /// What may still leave in this one.
    left: u32,
    ends: Instant,
    /// The longest time to the end that was seen: about a window's length.
    length: Duration,
    /// Whether an answer told of this window, or it was assumed when the one before had ended.
    told: bool,
}

impl Pace {
    /// Takes a place in the window.
    ///
    /// # Errors
    /// When to ask again, where there is none.
    pub fn depart(&mut self, now: Instant) -> Result<(), Instant> {
        if let Some(until) = self.paused_until.filter(|until| *until > now) {
            return Err(until);
        }
        let Some(window) = &mut self.window else { return Ok(()) };
        if now >= window.ends {
            // A new window begins with this request. Without a limit, nothing is known of it until the answer comes.
            let Some(limit) = window.limit else {
                self.window = None;
                return Ok(());
            };
            *window = Window { left: limit, ends: now + window.length, told: false, ..*window };
        }
        if window.left == 0 {
            return Err(window.ends);
        }
        window.left -= 1;
        Ok(())
    }

    /// Learns from an answer. Answers overtake each other, and others use the same window: within one, the lowest number counts.
    pub fn learn(&mut self, rate: Rate, now: Instant) {
        /// Two answers whose windows end this close to each other speak of the same one: the headers count whole seconds.
        const SAME: Duration = Duration::from_millis(1500);
        let to_end = rate.reset.unwrap_or(UNSTATED_WINDOW);
        let ends = now + to_end;
        let limit = rate.limit.filter(|limit| *limit > 0);
        match &mut self.window {
            Some(window) if window.told && (rate.reset.is_none() || ends <= window.ends + SAME) && now < window.ends => {
                window.left = window.left.min(rate.remaining);
                window.limit = limit.or(window.limit);
            }
            // What was assumed is put right by the first answer; what left meanwhile was counted already.
            Some(window) if !window.told => {
                let left = window.left.min(rate.remaining);
                *window = Window { limit: limit.or(window.limit), left, ends, length: window.length.max(to_end), told: true };
            }
            other => {
                let length = other.as_ref().map_or(to_end, |window| window.length.max(to_end));
                *other = Some(Window { limit, left: rate.remaining, ends, length, told: true });
            }
        }
    }

    /// Requests a window, where the host has told.
    pub fn limit(&self) -> Option<u32> {
        self.window.as_ref()?.limit
    }

    /// Nobody goes before then.
    pub fn pause(&mut self, until: Instant) {
        self.paused_until = self.paused_until.max(Some(until));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(remaining: u32, reset: u64) -> Rate {
        Rate { limit: Some(3), remaining, reset: Some(Duration::from_secs(reset)) }
    }

    fn seconds(start: Instant, moment: Result<(), Instant>) -> Result<(), u64> {
        moment.map_err(|until| (until - start).as_secs())
    }

    #[test]
    fn nothing_waits_before_a_host_speaks() {
        let mut pace = Pace::default();
        assert!((0..1000).all(|_| pace.depart(Instant::now()).is_ok()));
    }

    #[test]
    fn a_window_is_used_up_and_begins_anew() {
        let (mut pace, start) = (Pace::default(), Instant::now());
        let at = |s: u64| start + Duration::from_secs(s);
        pace.learn(told(2, 30), start);
        assert_eq!(seconds(start, pace.depart(at(1))), Ok(()));
        assert_eq!(seconds(start, pace.depart(at(1))), Ok(()));
        assert_eq!(seconds(start, pace.depart(at(1))), Err(30));
        // The next window has the limit's three, and lasts as long.
        assert!((0..3).all(|_| pace.depart(at(30)).is_ok()));
        assert_eq!(seconds(start, pace.depart(at(31))), Err(60));
        // The first answer of it says that others are at work too.
        pace.learn(told(0, 25), at(32));
        assert_eq!(seconds(start, pace.depart(at(33))), Err(57));
    }

    #[test]
    fn the_lowest_remaining_counts() {
        let (mut pace, start) = (Pace::default(), Instant::now());
        pace.learn(told(1, 30), start);
        pace.learn(told(2, 30), start);
        pace.learn(told(2, 29), start);
        assert_eq!(seconds(start, pace.depart(start)), Ok(()));
        assert_eq!(seconds(start, pace.depart(start)), Err(30));
        pace.learn(told(3, 60), start);
        assert_eq!(seconds(start, pace.depart(start)), Ok(()), "a later window is another one");
    }

    #[test]
    fn a_host_that_does_not_say_when_is_given_ten_seconds() {
        let (mut pace, start) = (Pace::default(), Instant::now());
        pace.learn(Rate { limit: None, remaining: 0, reset: None }, start);
        assert_eq!(seconds(start, pace.depart(start)), Err(10));
        assert_eq!(seconds(start, pace.depart(start + UNSTATED_WINDOW)), Ok(()));
    }

    #[test]
    fn a_pause_holds_for_all() {
        let (mut pace, start) = (Pace::default(), Instant::now());
        pace.pause(start + Duration::from_secs(9));
        pace.pause(start + Duration::from_secs(4));
        assert_eq!(seconds(start, pace.depart(start)), Err(9));
        assert_eq!(seconds(start, pace.depart(start + Duration::from_secs(9))), Ok(()));
    }
}
