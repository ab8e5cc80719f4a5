//! The pace that a host asks for: a fixed window, learnt from its answers, which others may share.
//!
//! Pure: nothing here sleeps, locks or looks at a clock. All moments are milliseconds since the epoch by this machine's clock, so that
//! processes can hand a [`Pace`] to each other. Everything that is not known exactly is known from above: a window's end is never put
//! before the true one, so a request that waits for it is never refused. Source: `docs/delivery.md`, R15; Greenhouse's rate headers.
//!
//! How a window's end is known to a few milliseconds, although Reset counts whole seconds: a window opens with the server's first request after
//! the last one, so it has ended when its whole length has passed since its first answer. The length is whole seconds, and is found from
//! Reset, by the server's own clock, in two windows that requests of ours opened. Assumed: it is one of [`LENGTHS`].

mod clock;

use clock::Clock;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Where a host says how much is left but not when the window ends. Source: `docs/greenhouse-api.md`: Harvest v1 counts per 10 s.
const UNSTATED_WINDOW: u64 = 10_000;
/// What was learnt of a window is believed for so long after its end; then one request asks again before the others follow.
const FRESH: u64 = 120_000;
/// For so long one request may be alone on its way to ask for the window; then the next may.
const ASKING: u64 = 3_000;
/// How long a host that gives no rate is not asked for it again.
const SILENT: u64 = 60_000;
/// Others, on other machines, were seen to use the same window: each new one is asked for, until nobody was seen for so long.
const ABROAD: u64 = 300_000;
/// No window lasts longer: what says so is damaged, or was written by another clock.
const LONGEST: u64 = 3_600_000;
/// A pause that is longer is damaged, or absurd.
const LONGEST_PAUSE: u64 = LONGEST * 24;
/// Two ends this close to each other are one: numbers from now count whole seconds.
const SAME: u64 = 1_500;
/// What a window's length may be. Of any other, only Reset tells the end.
const LENGTHS: [u64; 9] = [1000, 2000, 3000, 5000, 10_000, 15_000, 20_000, 30_000, 60_000];
/// Who reads the clock first may come second.
const BACK: u64 = 1000;
/// Clocks count whole milliseconds.
const MARGIN: u64 = 2;

/// One window, and what is known of those that come.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Pace {
    /// Requests in a window, where the host says so.
    limit: Option<u32>,
    /// A window's length at most, and at least, where windows begin with a request.
    length: Option<u64>,
    shortest: u64,
    measured: u32,
    /// Windows were seen that begin at moments of the host's own: only Reset tells their ends.
    aligned: bool,
    clock: Clock,
    window: Option<Window>,
    /// Until then no request follows the one that asks for the rate.
    asking: u64,
    paused_until: u64,
    silent_until: u64,
    abroad_until: u64,
    count: u64,
    /// When it was last used.
    at: u64,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct Window {
    /// Reset's number, where it is an epoch: the window's name.
    reset: Option<u64>,
    /// The last one's, while this one has not been told of.
    before: Option<u64>,
    /// Its end at the latest.
    ends: u64,
    /// When its first answer was there; 0 before.
    first: u64,
    /// What may still leave in it.
    left: u32,
    /// What left in it, and how many of those were answered.
    gone: u32,
    answered: u32,
    /// What left before it and may have arrived in it.
    carried: u32,
    /// Whether an answer told of it, or it was assumed when the one before had ended.
    told: bool,
}

/// Leave to send one request. It is given back by [`Pace::learn`] or [`Pace::forgo`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    at: u64,
    /// The window's number; none where none was known.
    window: Option<u64>,
    /// Answers in that window before this request left.
    answered: u32,
    asks: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RateHeaders {
    pub limit: Option<u32>,
    pub remaining: u32,
    pub reset: Option<Reset>,
    /// The Date header, milliseconds since the epoch by the host's clock, whole seconds.
    pub date: Option<u64>,
    /// It was a 429: no request leaves for so long.
    pub wait: Option<Duration>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reset {
    /// Seconds since the epoch, by the host's clock. Assumed: rounded up, so that at this second the window is over.
    At(u64),
    In(u64),
}

impl Pace {
    /// Errors: when to ask again, where there is none.
    pub fn depart(&mut self, now: u64) -> Result<Place, u64> {
        self.rebase(now);
        if self.paused_until > now && self.paused_until - now < LONGEST_PAUSE {
            return Err(self.paused_until);
        }
        if self.silent_until > now {
            return Ok(Place { at: now, window: None, answered: 0, asks: false });
        }
        if self.window.as_ref().is_some_and(|window| window.ends > now + LONGEST) {
            *self = Self::default();
        }
        match &self.window {
            Some(window) if now < window.ends => {}
            Some(window) if now < window.ends + self.stagger() => return Err(window.ends + self.stagger()),
            Some(window) if now < window.ends + FRESH && self.limit.is_some() && self.abroad_until <= now => self.begin(now),
            _ => return self.ask(now),
        }
        let Some(window) = &mut self.window else { return self.ask(now) };
        if window.left == 0 {
            return Err(window.ends);
        }
        window.left -= 1;
        window.gone += 1;
        Ok(Place { at: now, window: Some(self.count), answered: window.answered, asks: false })
    }

    /// This machine's clock was set back since: what was to be waited for is as far away as it was then.
    fn rebase(&mut self, now: u64) {
        let back = self.at.saturating_sub(now);
        if back > BACK {
            let window = self.window.iter_mut().flat_map(|window| [&mut window.ends, &mut window.first]);
            for moment in window.chain([&mut self.asking, &mut self.paused_until, &mut self.silent_until, &mut self.abroad_until]) {
                *moment = moment.saturating_sub(back);
            }
            (self.clock, self.at) = (Clock::default(), now);
        }
        self.at = self.at.max(now);
    }

    /// The last window has ended: a new one begins with the request that comes now. What has not been answered may yet arrive in it.
    fn begin(&mut self, now: u64) {
        let (Some(old), Some(limit)) = (&self.window, self.limit) else { return };
        let carried = old.gone.saturating_sub(old.answered);
        let before = old.reset.or(old.before);
        let ends = now + self.length();
        self.count += 1;
        self.window = Some(Window { before, ends, left: limit.saturating_sub(carried), carried, ..Window::default() });
    }

    /// Nothing is known of the window: one request goes and asks, before it is known how many may follow.
    fn ask(&mut self, now: u64) -> Result<Place, u64> {
        const AGAIN: u64 = 5;
        if self.asking > now && self.asking <= now + ASKING {
            return Err(now + AGAIN);
        }
        self.asking = now + ASKING;
        self.window = None;
        Ok(Place { at: now, window: None, answered: 0, asks: true })
    }

    /// No answer came that tells anything: whether the request was counted is not known, unless not a byte of it left.
    pub fn forgo(&mut self, place: Place, left: bool) {
        if place.asks {
            self.asking = 0;
        }
        if let (Some(window), false) = (&mut self.window, left)
            && place.window == Some(self.count)
        {
            window.left += 1;
            window.gone = window.gone.saturating_sub(1);
        }
    }

    pub fn untold(&mut self, place: Place, wait: Option<Duration>, now: u64) {
        self.rebase(now);
        self.pause(wait, now);
        if place.asks {
            self.asking = 0;
        }
        match &mut self.window {
            Some(window) if place.window == Some(self.count) => window.answered += 1,
            Some(_) => {}
            None => self.silent_until = now + SILENT,
        }
    }

    /// An answer came, with what its headers say of the rate, and how long it asks to wait.
    pub fn answered(&mut self, place: Place, rate: Option<RateHeaders>, wait: Option<Duration>, now: u64) {
        match rate {
            Some(rate) => self.learn(place, &RateHeaders { wait, ..rate }, now),
            None => self.untold(place, wait, now),
        }
    }

    /// Learns from an answer. Answers overtake each other, and others use the same window: within one, the lowest number counts.
    pub fn learn(&mut self, place: Place, told: &RateHeaders, now: u64) {
        self.rebase(now);
        let now = now + MARGIN;
        self.pause(told.wait, now);
        self.silent_until = 0;
        if place.asks {
            self.asking = 0;
        }
        if let Some(date) = told.date {
            self.clock.hear(date, place.at, now);
        }
        let limit = told.limit.filter(|limit| *limit > 0);
        let ends = self.end(told, now);
        let current = place.window == Some(self.count);
        match self.speaks_of(place, told, ends, now) {
            Speaks::Before => {
                // It left in this window's time by our count, or before; it was counted in an older one.
                if let Some(window) = &mut self.window {
                    if current {
                        window.answered += 1;
                        window.left += 1;
                    } else if window.carried > 0 {
                        window.carried -= 1;
                        window.left += 1;
                    }
                }
            }
            Speaks::Now => self.within(current, told, ends, now),
            Speaks::After => {
                let unanswered =
                    self.window.as_ref().map_or(0, |old| (old.gone + old.carried).saturating_sub(old.answered + u32::from(current)));
                self.count += 1;
                let left = told.remaining.min(limit.or(self.limit).unwrap_or(u32::MAX).saturating_sub(unanswered));
                let reset = told.named();
                self.window = Some(Window { reset, ends, left, carried: unanswered, first: now, told: true, ..Window::default() });
            }
        }
        self.measure(place, told, limit, now);
        self.limit = limit.or(self.limit);
        // The length may just have become better known.
        if let (Some(window), Some(length)) = (&mut self.window, self.length)
            && self.measured > 1
            && window.told
        {
            window.ends = window.ends.min(window.first + length);
        }
    }

    fn within(&mut self, current: bool, told: &RateHeaders, ends: u64, now: u64) {
        let Some(window) = &mut self.window else { return };
        window.answered += u32::from(current);
        window.reset = told.named().or(window.reset);
        window.ends = if window.told { window.ends.min(ends) } else { ends };
        if !window.told {
            (window.told, window.first) = (true, now);
        }
        if told.remaining < window.left {
            // Nothing of ours is under way, and yet less is left than we left over.
            if window.gone <= window.answered && window.carried == 0 {
                self.abroad_until = now + ABROAD;
            }
            window.left = told.remaining;
        }
    }

    fn pause(&mut self, wait: Option<Duration>, now: u64) {
        if let Some(wait) = wait {
            let wait = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
            // Nobody means more than a day; but somebody wants to be left in peace.
            let until = now.saturating_add(if wait < LONGEST_PAUSE { wait } else { LONGEST });
            self.paused_until = self.paused_until.max(until);
            // Refused although there seemed to be a place: others take some, or the length was not what it seemed.
            self.abroad_until = now + ABROAD;
            self.unlearn();
        }
    }

    fn unlearn(&mut self) {
        (self.length, self.shortest, self.measured) = (None, 0, 0);
    }

    fn speaks_of(&self, place: Place, told: &RateHeaders, ends: u64, now: u64) -> Speaks {
        let Some(window) = self.window.as_ref() else { return Speaks::After };
        let named = told.named();
        match (named, window.reset) {
            (Some(new), Some(old)) if new == old => return Speaks::Now,
            (Some(new), Some(old)) => return if new > old { Speaks::After } else { Speaks::Before },
            (Some(new), None) if window.before.is_some_and(|before| new <= before) => return Speaks::Before,
            (Some(_), None) if window.told => return Speaks::After,
            _ => {}
        }
        let own = place.window == Some(self.count);
        if !window.told {
            return if own || named.is_some() { Speaks::Now } else { Speaks::Before };
        }
        let later = match told.reset {
            Some(Reset::In(_)) => ends > window.ends + SAME || now >= window.ends,
            // More is left than can be, in a window in which so many were answered before this one left.
            _ => {
                own && told.limit.is_some_and(|limit| place.answered > 0 && told.remaining + place.answered >= limit) || now >= window.ends
            }
        };
        if later { Speaks::After } else { Speaks::Now }
    }

    /// The end of the window that an answer speaks of, at the latest, if that answer is its first.
    fn end(&self, told: &RateHeaders, now: u64) -> u64 {
        let told = match told.reset {
            Some(Reset::At(second)) => self.clock.ours(second.saturating_mul(1000)),
            Some(Reset::In(seconds)) => now.saturating_add(seconds.saturating_mul(1000)),
            None => now + self.length(),
        };
        told.max(now).min(now + LONGEST)
    }

    /// A request that took the first place of a window opened it, so the window's length is what Reset says less that moment.
    fn measure(&mut self, place: Place, told: &RateHeaders, limit: Option<u32>, now: u64) {
        let (Some(Reset::At(second)), Some(limit), Some(_), None) = (told.reset, limit, told.date, told.wait) else { return };
        if told.remaining + 1 != limit || self.limit.is_some_and(|known| known != limit) || self.aligned || place.at > now {
            return;
        }
        let over = second.saturating_mul(1000);
        let most = over.saturating_sub(self.clock.theirs(place.at)) / 1000 * 1000;
        let least = over.saturating_sub(1000).saturating_sub(self.clock.theirs_at_latest(now)) / 1000 * 1000 + 1000;
        let (most, shortest) = (self.length.map_or(most, |known| known.min(most)), self.shortest.max(least));
        self.length = LENGTHS.into_iter().rev().find(|length| (shortest..=most).contains(length));
        if self.length.is_some() {
            (self.shortest, self.measured) = (shortest, self.measured.saturating_add(1));
        } else {
            // No one length fits: the host's windows do not begin with a request.
            self.aligned = true;
            self.unlearn();
        }
    }

    /// While the length is not certain, windows begin a little later each time: at another part of a second, the headers tell something new.
    fn stagger(&self) -> u64 {
        const STEP: u64 = 370;
        let shorter = |length| LENGTHS.into_iter().any(|other| other < length && other >= self.shortest);
        if self.length.is_some_and(shorter) { STEP } else { 0 }
    }

    fn length(&self) -> u64 {
        self.length.unwrap_or(UNSTATED_WINDOW)
    }

    pub fn limit(&self) -> Option<u32> {
        self.limit
    }
}

enum Speaks {
    Before,
    Now,
    After,
}

impl RateHeaders {
    fn named(&self) -> Option<u64> {
        match self.reset {
            Some(Reset::At(second)) => Some(second),
            Some(Reset::In(_)) | None => None,
        }
    }
}

#[cfg(test)]
mod tests;
