//! The pace that a host asks for: a fixed window, learnt from its answers, which others may share.
//!
//! Pure: nothing here sleeps, locks or looks at a clock. All moments are milliseconds since the epoch by this machine's clock, so that
//! processes can hand a [`Pace`] to each other. Everything that is not known exactly is known from above: a window's end is never put
//! before the true one, so a request that waits for it is never refused. Source: `docs/delivery.md`, R15; Greenhouse's rate headers.
//!
//! Reset counts whole seconds, rounded up, down or to the nearest: which one is not known, so a window counts as ended a second after it.
//! Windows of a length that is documented cost less: such a window opens with a request, so it has ended when its whole length has passed
//! since its first answer. That length is believed when Reset agrees with it in two windows that requests of ours opened, and never again
//! when it once does not.

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
/// When to look again whether a request that is under way has left a place.
const AGAIN: u64 = 20;
/// Which lengths are documented: Harvest v1's, v3's, and those of v3's tokens. Of any other, only Reset tells the end.
const LENGTHS: [u64; 3] = [10_000, 30_000, 60_000];
/// In so many windows Reset agreed with a length: then it is sure.
const SURE: u32 = 5;
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
    /// A window's length at least and at most, where windows begin with a request, and in how many windows it was measured.
    shortest: u64,
    longest: Option<u64>,
    measured: u32,
    /// No documented length fits: only Reset tells where windows end.
    undocumented: bool,
    clock: Clock,
    window: Option<Window>,
    /// Requests that have no answer yet: those that left in this window, and those that left in the one before and may have arrived in
    /// this one.
    flying: u32,
    carried: u32,
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
    /// The lowest number that an answer told.
    remaining: u32,
    /// Whether an answer told of it, or it was assumed when the one before had ended.
    told: bool,
}

/// Leave to send one request. It is given back by [`Pace::learn`] or [`Pace::forgo`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    at: u64,
    /// The window's number; none where none was known.
    window: Option<u64>,
    /// What that window's answers had told when this request left.
    remaining: u32,
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
    /// Seconds since the epoch, by the host's clock.
    At(u64),
    /// Seconds from now.
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
            return Ok(Place { at: now, window: None, remaining: 0, asks: false });
        }
        if self.window.as_ref().is_some_and(|window| window.ends > now + LONGEST) {
            *self = Self::default();
        }
        match &self.window {
            Some(window) if now < window.ends => {}
            Some(window) if now < window.ends + FRESH && self.limit.is_some() && self.abroad_until <= now => self.begin(now),
            _ => return self.ask(now),
        }
        let Some(Window { remaining, ends, .. }) = self.window else { return self.ask(now) };
        if remaining <= self.flying.saturating_add(self.carried) {
            return Err(if remaining == 0 { ends } else { ends.min(now + AGAIN) });
        }
        self.flying += 1;
        Ok(Place { at: now, window: Some(self.count), remaining, asks: false })
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

    /// The last window has ended: a new one begins with the request that comes now. Until the length is sure, the others follow its answer.
    fn begin(&mut self, now: u64) {
        let (Some(old), Some(limit)) = (&self.window, self.limit) else { return };
        let before = old.reset.or(old.before);
        let ends = now + self.length().unwrap_or(UNSTATED_WINDOW);
        // What never lands, because its process was killed, keeps nobody from asking.
        let remaining = if self.measured < SURE { self.flying + 1 } else { limit };
        self.turn(Window { before, ends, remaining, ..Window::default() });
    }

    /// What has no answer yet may arrive in the new window.
    fn turn(&mut self, window: Window) {
        self.count += 1;
        (self.carried, self.flying) = (self.flying, 0);
        self.window = Some(window);
    }

    /// Nothing is known of the window: one request goes and asks, before it is known how many may follow.
    fn ask(&mut self, now: u64) -> Result<Place, u64> {
        if self.asking > now && self.asking <= now + ASKING {
            return Err(now + AGAIN);
        }
        self.asking = now + ASKING;
        self.window = None;
        Ok(Place { at: now, window: None, remaining: 0, asks: true })
    }

    /// A request has come to its end.
    fn lands(&mut self, place: Place) {
        if place.asks {
            self.asking = 0;
        }
        let Some(of) = place.window else { return };
        let flights = if of == self.count { &mut self.flying } else { &mut self.carried };
        if of + 1 >= self.count {
            *flights = flights.saturating_sub(1);
        }
    }

    /// It may have been counted.
    fn take(&mut self) {
        if let Some(window) = &mut self.window {
            window.remaining = window.remaining.saturating_sub(1);
        }
    }

    /// No answer came that tells anything: whether the request was counted is not known, unless not a byte of it left.
    pub fn forgo(&mut self, place: Place, left: bool) {
        self.lands(place);
        if left {
            self.take();
        }
    }

    pub fn untold(&mut self, place: Place, wait: Option<Duration>, now: u64) {
        self.rebase(now);
        self.pause(wait, now);
        self.lands(place);
        if self.window.is_none() {
            self.silent_until = now + SILENT;
        }
        self.take();
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
        self.lands(place);
        if let Some(date) = told.date {
            self.clock.hear(date, place.at, now);
        }
        let limit = told.limit.filter(|limit| *limit > 0);
        let ends = self.end(told, now);
        match self.speaks_of(place, told, now) {
            Speaks::Before => {}
            Speaks::Now => self.within(told, ends, now),
            Speaks::After => {
                let window = Window { reset: told.named(), ends, first: now, remaining: told.remaining, told: true, ..Window::default() };
                self.turn(window);
            }
        }
        self.measure(place, told, limit, now);
        self.limit = limit.or(self.limit);
        if let (Some(length), Some(window)) = (self.length(), &mut self.window)
            && window.told
        {
            window.ends = window.ends.min(window.first + length);
        }
    }

    fn within(&mut self, told: &RateHeaders, ends: u64, now: u64) {
        let Some(window) = &mut self.window else { return };
        window.reset = told.named().or(window.reset);
        window.ends = if window.told { window.ends.min(ends) } else { ends };
        if !window.told {
            (window.told, window.first, window.remaining) = (true, now, told.remaining);
        }
        // Nothing of ours is under way, and yet less is left than we left over.
        if told.remaining + 1 < window.remaining && self.flying == 0 && self.carried == 0 {
            self.abroad_until = now + ABROAD;
        }
        window.remaining = window.remaining.min(told.remaining);
    }

    fn pause(&mut self, wait: Option<Duration>, now: u64) {
        if let Some(wait) = wait {
            let wait = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
            // Nobody means more than a day; but somebody wants to be left in peace.
            let until = now.saturating_add(if wait < LONGEST_PAUSE { wait } else { LONGEST });
            self.paused_until = self.paused_until.max(until);
            // Refused although there seemed to be a place: others take some, or the length is not what it seemed.
            self.abroad_until = now + ABROAD;
            self.undocumented |= self.length().is_some();
            (self.shortest, self.longest, self.measured) = (0, None, 0);
        }
    }

    fn speaks_of(&self, place: Place, told: &RateHeaders, now: u64) -> Speaks {
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
        match window.told {
            false if own || named.is_some() => Speaks::Now,
            false => Speaks::Before,
            // It took a place of its window, and yet not less is left than before.
            true if own && told.remaining >= place.remaining || now >= window.ends => Speaks::After,
            true => Speaks::Now,
        }
    }

    /// The end of the window that an answer speaks of, at the latest, if that answer is its first.
    fn end(&self, told: &RateHeaders, now: u64) -> u64 {
        let told = match told.reset {
            Some(Reset::At(second)) => self.clock.ours(second.saturating_add(1).saturating_mul(1000)),
            Some(Reset::In(seconds)) => now.saturating_add(seconds.saturating_add(1).saturating_mul(1000)),
            None => now + UNSTATED_WINDOW,
        };
        told.max(now).min(now + LONGEST)
    }

    /// A request that took the first place of a window opened it, so the window's length is what Reset says less that moment.
    fn measure(&mut self, place: Place, told: &RateHeaders, limit: Option<u32>, now: u64) {
        let (Some(Reset::At(second)), Some(limit), Some(_), None) = (told.reset, limit, told.date, told.wait) else { return };
        if told.remaining + 1 != limit || self.limit.is_some_and(|known| known != limit) || self.undocumented || place.at > now {
            return;
        }
        let reset = second.saturating_mul(1000);
        let most = reset.saturating_add(1000).saturating_sub(self.clock.theirs(place.at));
        let least = reset.saturating_sub(1000).saturating_sub(self.clock.theirs_at_latest(now));
        self.longest = Some(self.longest.map_or(most, |known| known.min(most)));
        self.shortest = self.shortest.max(least);
        self.measured = self.measured.saturating_add(1);
        self.undocumented = self.documented().is_none();
    }

    fn documented(&self) -> Option<u64> {
        LENGTHS.into_iter().find(|length| (self.shortest..=self.longest.unwrap_or(0)).contains(length))
    }

    /// The length of every window, if it is known.
    fn length(&self) -> Option<u64> {
        self.documented().filter(|_| self.measured > 1 && !self.undocumented)
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
