//! Fixed rate windows, with the headers that both Harvest APIs send.

use super::call::Reply;
use jiff::{SignedDuration, Timestamp};
use std::time::Duration;

/// A number of requests a window. The window opens with the first request after the last one closed.
#[derive(Debug, Clone)]
pub(super) struct Pace {
    limit: u32,
    window: SignedDuration,
    closes: Timestamp,
    used: u32,
}

/// What a request is told of its window.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Told {
    pub admitted: bool,
    limit: u32,
    remaining: u32,
    /// Epoch seconds, rounded up: at this second the window is over.
    reset: i64,
    /// Whole seconds, rounded up.
    wait: i64,
}

impl Pace {
    pub fn new(limit: u32, window: Duration) -> Self {
        let window = SignedDuration::try_from(window).unwrap_or(SignedDuration::MAX);
        Self { limit, window, closes: Timestamp::UNIX_EPOCH, used: 0 }
    }

    /// Counts a request. One over the limit is refused and does not count.
    pub fn take(&mut self, at: Timestamp) -> Told {
        if at >= self.closes {
            self.closes = at.checked_add(self.window).unwrap_or(Timestamp::MAX);
            self.used = 0;
        }
        let admitted = self.used < self.limit;
        if admitted {
            self.used += 1;
        }
        let up = |milliseconds: i64| milliseconds.div_euclid(1000) + i64::from(milliseconds.rem_euclid(1000) > 0);
        let closes = self.closes.as_millisecond();
        Told {
            admitted,
            limit: self.limit,
            remaining: self.limit - self.used,
            reset: up(closes),
            wait: up(closes - at.as_millisecond()).max(1),
        }
    }
}

impl Told {
    /// Puts the window's headers on an answer.
    pub fn onto(&self, reply: Reply) -> Reply {
        reply.with("x-ratelimit-limit", self.limit).with("x-ratelimit-remaining", self.remaining).with("x-ratelimit-reset", self.reset)
    }

    /// The refusal, without the window's headers.
    pub fn refusal(&self) -> Reply {
        Reply::message(429, "Too many requests. Retry after the time in the Retry-After header.").with("retry-after", self.wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millisecond: i64) -> Timestamp {
        Timestamp::from_millisecond(millisecond).unwrap()
    }

    fn headers(told: &Told) -> String {
        let reply = told.onto(if told.admitted { Reply::message(200, "") } else { told.refusal() });
        reply.headers.iter().map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn the_window_is_fixed_and_a_refusal_does_not_count() {
        let mut pace = Pace::new(2, Duration::from_secs(30));
        insta::assert_snapshot!(headers(&pace.take(at(100_500))), @r"
        x-ratelimit-limit: 2
        x-ratelimit-remaining: 1
        x-ratelimit-reset: 131
        ");
        insta::assert_snapshot!(headers(&pace.take(at(110_000))), @r"
        x-ratelimit-limit: 2
        x-ratelimit-remaining: 0
        x-ratelimit-reset: 131
        ");
        insta::assert_snapshot!(headers(&pace.take(at(130_400))), @r"
        retry-after: 1
        x-ratelimit-limit: 2
        x-ratelimit-remaining: 0
        x-ratelimit-reset: 131
        ");
        insta::assert_snapshot!(headers(&pace.take(at(130_500))), @r"
        x-ratelimit-limit: 2
        x-ratelimit-remaining: 1
        x-ratelimit-reset: 161
        ");
    }
}
