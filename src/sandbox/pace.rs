//! Fixed rate windows, with the headers that both Harvest APIs send.

use super::call::{Reply, moment};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

/// One API's windows: each credential has its own, whatever processes use it.
#[derive(Debug, Clone)]
pub(super) struct Paces {
    limit: u32,
    window: SignedDuration,
    aligned: bool,
    of: BTreeMap<&'static str, Pace>,
}

/// A number of requests a window. It opens with the first request after the last one closed, or, where windows are aligned, at a whole
/// multiple of its length.
#[derive(Debug, Clone, Default)]
struct Pace {
    closes: Timestamp,
    used: u32,
    refused: u32,
    /// Windows that are over, the newest last.
    past: VecDeque<(Timestamp, u32, u32)>,
}

/// So many windows are told.
const PAST: usize = 1_000;

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

impl Paces {
    pub fn new(limit: u32, window: Duration, aligned: bool) -> Self {
        let window = SignedDuration::try_from(window).unwrap_or(SignedDuration::MAX);
        Self { limit, window, aligned, of: BTreeMap::new() }
    }

    /// Counts a request of `credential`, a word for it. One over the limit is refused and does not count.
    pub fn take(&mut self, credential: &'static str, at: Timestamp) -> Told {
        let pace = self.of.entry(credential).or_default();
        if at >= pace.closes {
            pace.over();
            let length = i64::try_from(self.window.as_millis()).unwrap_or(i64::MAX).max(1);
            let opens = if self.aligned { at.as_millisecond().div_euclid(length).saturating_mul(length) } else { at.as_millisecond() };
            pace.closes =
                Timestamp::from_millisecond(opens).ok().and_then(|opens| opens.checked_add(self.window).ok()).unwrap_or(Timestamp::MAX);
        }
        let admitted = pace.used < self.limit;
        let count = if admitted { &mut pace.used } else { &mut pace.refused };
        *count += 1;
        let up = |milliseconds: i64| milliseconds.div_euclid(1000) + i64::from(milliseconds.rem_euclid(1000) > 0);
        let closes = pace.closes.as_millisecond();
        Told {
            admitted,
            limit: self.limit,
            remaining: self.limit - pace.used,
            reset: up(closes),
            wait: up(closes - at.as_millisecond()).max(1),
        }
    }

    /// `{"limit", "window_ms", "windows": [{"credential", "closed_at", "used", "refused"}]}`: how full each window was.
    pub fn told(&self) -> Value {
        let windows = self.of.iter().flat_map(|(credential, pace)| {
            let all = pace.past.iter().copied().chain([(pace.closes, pace.used, pace.refused)]);
            all.map(move |(closed, used, refused)| {
                json!({"credential": credential, "closed_at": moment(closed), "used": used, "refused": refused})
            })
        });
        json!({"limit": self.limit, "window_ms": self.window.as_millis() as u64, "windows": windows.collect::<Vec<_>>()})
    }
}

impl Pace {
    fn over(&mut self) {
        if self.used + self.refused > 0 {
            self.past.push_back((self.closes, self.used, self.refused));
        }
        if self.past.len() > PAST {
            self.past.pop_front();
        }
        (self.used, self.refused) = (0, 0);
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
        let mut pace = Paces::new(2, Duration::from_secs(30), false);
        insta::assert_snapshot!(headers(&pace.take("key", at(100_500))), @r"
        x-ratelimit-limit: 2
        x-ratelimit-remaining: 1
        x-ratelimit-reset: 131
        ");
        insta::assert_snapshot!(headers(&pace.take("key", at(110_000))), @r"
        x-ratelimit-limit: 2
        x-ratelimit-remaining: 0
        x-ratelimit-reset: 131
        ");
        insta::assert_snapshot!(headers(&pace.take("key", at(130_400))), @r"
        retry-after: 1
        x-ratelimit-limit: 2
        x-ratelimit-remaining: 0
        x-ratelimit-reset: 131
        ");
        insta::assert_snapshot!(headers(&pace.take("key", at(130_500))), @r"
        x-ratelimit-limit: 2
        x-ratelimit-remaining: 1
        x-ratelimit-reset: 161
        ");
    }

    #[test]
    fn an_aligned_window_closes_at_a_multiple_of_its_length_and_each_credential_has_its_own() {
        let mut pace = Paces::new(1, Duration::from_secs(3), true);
        let mut admitted = |credential, millisecond| pace.take(credential, at(millisecond)).admitted;
        assert_eq!([admitted("key", 100_500), admitted("key", 101_900), admitted("client", 101_900)], [true, false, true]);
        assert!(admitted("key", 102_000));
        insta::assert_snapshot!(pace.told(), @r#"{"limit":1,"window_ms":3000,"windows":[{"credential":"client","closed_at":"1970-01-01T00:01:42.000Z","used":1,"refused":0},{"credential":"key","closed_at":"1970-01-01T00:01:42.000Z","used":1,"refused":1},{"credential":"key","closed_at":"1970-01-01T00:01:45.000Z","used":1,"refused":0}]}"#);
    }
}
