use super::*;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

const START: u64 = 1_795_428_000_123;

fn told(remaining: u32, reset: Option<Reset>) -> RateHeaders {
    RateHeaders { limit: Some(3), remaining, reset, date: None, wait: None }
}

/// Takes a place and has it answered at once.
fn call(pace: &mut Pace, now: u64, answer: RateHeaders) {
    let place = pace.depart(now).unwrap();
    pace.learn(place, &answer, now);
}

/// A host as `docs/greenhouse-api.md` describes it, and workers who ask it as fast as they may.
struct World {
    limit: u32,
    window: u64,
    workers: usize,
    /// Latency each way, from and to, milliseconds.
    latency: (u64, u64),
    /// The host's clock less ours.
    skew: u64,
    /// A caller on another machine, every so many milliseconds.
    stranger: Option<u64>,
    /// Workers rest for so long after an answer.
    rest: u64,
    /// The host's windows begin at moments of its own, and not with a request.
    aligned: bool,
    headers: Headers,
}

/// What an answer's Reset and Date say, of a window's end and the moment.
type Headers = fn(&World, u64, u64) -> (Option<Reset>, Option<u64>);

#[derive(Debug, PartialEq)]
struct Came {
    ours_refused: u32,
    /// Of what was allowed in the time, so much was used, in thousandths.
    used: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Happens {
    Depart,
    Arrive(usize),
    Answer(usize),
    Stranger,
}

fn told_at(world: &World, reset: u64, now: u64) -> (Option<Reset>, Option<u64>) {
    (Some(Reset::At((reset + world.skew) / 1000)), Some((now + world.skew) / 1000 * 1000))
}

impl Default for World {
    fn default() -> Self {
        Self {
            limit: 75,
            window: 30_000,
            workers: 16,
            latency: (4, 60),
            skew: 0,
            stranger: None,
            rest: 0,
            aligned: false,
            headers: ROUNDED[0],
        }
    }
}

impl World {
    /// Lets all of it happen for so many windows.
    fn run(&self, pace: &mut Pace, windows: u64) -> Came {
        let mut random = 0x2545_f491_4f6c_dd1d_u64;
        let mut latency = || {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            self.latency.0 + random % (self.latency.1 - self.latency.0)
        };
        let (mut closes, mut used, mut total, mut refused) = (0, 0, 0, 0);
        let mut flights: Vec<(Place, RateHeaders)> = Vec::new();
        let mut queue: BinaryHeap<_> = (0..self.workers).map(|worker| Reverse((START + worker as u64, Happens::Depart))).collect();
        queue.extend(self.stranger.map(|_| Reverse((START, Happens::Stranger))));
        let end = START + windows * self.window;
        while let Some(Reverse((now, happens))) = queue.pop().filter(|Reverse((now, _))| *now < end) {
            let mut take = || {
                if now >= closes {
                    let end =
                        if self.aligned { ((now + self.skew) / self.window + 1) * self.window - self.skew } else { now + self.window };
                    (closes, used) = (end, 0);
                }
                let admitted = used < self.limit;
                used += u32::from(admitted);
                (admitted, closes, self.limit - used)
            };
            match happens {
                Happens::Depart => match pace.depart(now) {
                    Ok(place) => {
                        flights.push((place, RateHeaders::default()));
                        queue.push(Reverse((now + latency(), Happens::Arrive(flights.len() - 1))));
                    }
                    Err(until) => queue.push(Reverse((until.max(now + 1), Happens::Depart))),
                },
                Happens::Arrive(flight) => {
                    let (admitted, closes, remaining) = take();
                    let (reset, date) = (self.headers)(self, closes, now);
                    total += u64::from(admitted);
                    refused += u32::from(!admitted);
                    let wait = (!admitted).then(|| Duration::from_secs((closes - now).div_ceil(1000)));
                    flights[flight].1 = RateHeaders { limit: Some(self.limit), remaining, reset, date, wait };
                    queue.push(Reverse((now + latency(), Happens::Answer(flight))));
                }
                Happens::Answer(flight) => {
                    let (place, told) = flights[flight];
                    pace.learn(place, &told, now);
                    queue.push(Reverse((now + self.rest, Happens::Depart)));
                }
                Happens::Stranger => {
                    take();
                    queue.push(Reverse((now + self.stranger.unwrap_or(self.window), Happens::Stranger)));
                }
            }
        }
        Came { ours_refused: refused, used: total * 1000 / (windows * u64::from(self.limit)) }
    }
}

/// Whole seconds, rounded up, to the nearest, or down.
const ROUNDED: [Headers; 3] = [
    |world, closes, now| told_at(world, closes + 999, now),
    |world, closes, now| told_at(world, closes + 500, now),
    |world, closes, now| told_at(world, closes, now),
];

#[test]
fn nothing_is_refused_and_nearly_all_that_is_allowed_is_used() {
    // v1's window and v3's, and one that is not documented; up to three processes with sixteen requests each; a host whose clock is not ours.
    for (window, least) in [(3_000, 500), (10_000, 950), (30_000, 950)] {
        for (aligned, headers) in [false, true].into_iter().flat_map(|aligned| ROUNDED.map(|headers| (aligned, headers))) {
            for (workers, limit, skew) in [(4, 20, 0), (16, 50, 777), (48, 75, 5_321)] {
                for (latency, rest) in [((1, 5), 0), ((4, 60), 0), ((40, 400), 0), ((4, 60), 3_000)] {
                    let world = World { limit, window, workers, latency, skew, rest, aligned, headers, ..World::default() };
                    let came = world.run(&mut Pace::default(), 120_000 / window + 10);
                    let can_use_all = workers as u64 * window > 3 * u64::from(limit) * (latency.0 + latency.1 + rest);
                    let told = format!("{workers} workers, {limit} in {window} ms, aligned {aligned}, {latency:?}, {rest}: {came:?}");
                    assert!(came.ours_refused == 0 && (!can_use_all || came.used >= least), "{told}");
                }
            }
        }
    }
}

#[test]
fn who_does_not_use_all_is_not_refused_at_the_turn_of_a_window() {
    for rest in [0, 30, 200, 900] {
        let world = World { workers: 10, window: 2_000, limit: 20, latency: (1, 400), rest, ..World::default() };
        let came = world.run(&mut Pace::default(), 60);
        assert_eq!(came.ours_refused, 0, "{rest}: {came:?}");
    }
}

#[test]
fn a_host_that_says_less() {
    // Harvest v1's answers tell no Reset, and its window is known: 10 s.
    let without: World = World { window: 10_000, limit: 50, headers: |_, _, now| (None, Some(now / 1000 * 1000)), ..World::default() };
    let came = without.run(&mut Pace::default(), 10);
    assert!(came.ours_refused == 0 && came.used >= 950, "{came:?}");
    // Seconds from now, and no date.
    let from_now = World { headers: |_, closes, now| (Some(Reset::In((closes - now).div_ceil(1000))), None), ..World::default() };
    let came = from_now.run(&mut Pace::default(), 10);
    assert!(came.ours_refused == 0 && came.used >= 900, "{came:?}");
}

#[test]
fn somebody_on_another_machine_costs_a_few_refusals_at_most() {
    let world = World { stranger: Some(1_500), ..World::default() };
    let came = world.run(&mut Pace::default(), 20);
    assert!(came.ours_refused <= 16 && came.used > 500, "{came:?}");
}

#[test]
fn before_a_host_speaks_one_request_asks() {
    let mut pace = Pace::default();
    let place = pace.depart(START).unwrap();
    assert_eq!(pace.depart(START + 1), Err(START + 1 + AGAIN));
    // It tells no rate: the others go as they like.
    pace.untold(place, None, START + 50);
    assert!((0..1000).all(|_| pace.depart(START + 51).is_ok()));
    // One whose answer never comes holds nobody up for long.
    let mut pace = Pace::default();
    pace.depart(START).unwrap();
    assert!(pace.depart(START + ASKING).is_ok());
    let mut pace = Pace::default();
    let place = pace.depart(START).unwrap();
    pace.forgo(place, false);
    assert!(pace.depart(START + 1).is_ok());
}

#[test]
fn a_window_is_used_up_and_begins_anew() {
    let mut pace = Pace::default();
    let second = START.div_ceil(1000);
    call(&mut pace, START, told(2, Some(Reset::At(second + 30))));
    let places = [pace.depart(START + 1000).unwrap(), pace.depart(START + 1000).unwrap()];
    assert_eq!(pace.depart(START + 1000), Err(START + 1000 + AGAIN), "one of the two may leave a place");
    for (left, place) in [1, 0].into_iter().zip(places) {
        pace.learn(place, &told(left, Some(Reset::At(second + 30))), START + 1100);
    }
    let ends = pace.depart(START + 1100).unwrap_err();
    assert_eq!(ends, (second + 31) * 1000, "rounded down, Reset is up to a second early");
    // The length is not sure: the others follow the first one's answer.
    let place = pace.depart(ends).unwrap();
    assert_eq!(pace.depart(ends), Err(ends + AGAIN));
    pace.learn(place, &told(2, Some(Reset::At(second + 60))), ends + 10);
    assert!(pace.depart(ends + 10).is_ok() && pace.depart(ends + 10).is_ok());
    assert!(pace.depart(ends + 10).is_err());
}

#[test]
fn what_was_not_sent_takes_no_place() {
    let mut pace = Pace::default();
    call(&mut pace, START, told(1, Some(Reset::In(30))));
    let place = pace.depart(START).unwrap();
    assert!(pace.depart(START).is_err());
    pace.forgo(place, false);
    let place = pace.depart(START).unwrap();
    pace.forgo(place, true);
    assert!(pace.depart(START).is_err(), "it may have arrived");
}

#[test]
fn who_was_killed_holds_nobody_up_beyond_its_window() {
    let mut pace = Pace::default();
    let second = START.div_ceil(1000);
    call(&mut pace, START, told(2, Some(Reset::At(second + 30))));
    let _killed = [pace.depart(START).unwrap(), pace.depart(START).unwrap()];
    let ends = (second + 31) * 1000;
    assert!(pace.depart(ends - 1).is_err());
    assert!(pace.depart(ends).is_ok());
}

#[test]
fn the_lowest_remaining_counts() {
    let mut pace = Pace::default();
    call(&mut pace, START, told(2, Some(Reset::In(30))));
    let (one, other) = (pace.depart(START).unwrap(), pace.depart(START).unwrap());
    pace.learn(one, &told(0, Some(Reset::In(30))), START);
    pace.learn(other, &told(1, Some(Reset::In(30))), START);
    assert!(pace.depart(START).is_err());
}

#[test]
fn a_pause_holds_for_all() {
    let mut pace = Pace::default();
    let place = pace.depart(START).unwrap();
    pace.untold(place, Some(Duration::from_secs(9)), START);
    pace.pause(Some(Duration::from_secs(4)), START);
    assert_eq!(pace.depart(START), Err(START + 9_000));
    assert!(pace.depart(START + 9_000).is_ok());
}

#[test]
fn what_another_clock_wrote_holds_nobody_up() {
    let mut pace = Pace { limit: Some(3), ..Pace::default() };
    pace.window = Some(Window { ends: START + 10 * LONGEST, ..Window::default() });
    pace.paused_until = u64::MAX;
    pace.asking = u64::MAX;
    assert!(pace.depart(START).is_ok());
}

#[test]
fn a_pause_that_nobody_means_is_an_hour_and_not_none() {
    let mut pace = Pace::default();
    let place = pace.depart(START).unwrap();
    pace.untold(place, Some(Duration::from_secs(u64::from(u32::MAX))), START);
    assert_eq!(pace.depart(START + 1), Err(START + LONGEST));
    assert!(pace.depart(START + LONGEST).is_ok());
}

/// The machine's clock jumps an hour ahead and back, or a day back.
#[test]
fn a_clock_that_is_set_makes_no_wait_longer() {
    const HOUR: u64 = 3_600_000;
    for (then, now) in [(START + HOUR, START + 500), (START + 500, START - 24 * HOUR)] {
        for date in [true, false] {
            let mut pace = Pace::default();
            let told = |now: u64| RateHeaders { date: date.then_some(now / 1000 * 1000), ..told(0, Some(Reset::In(1))) };
            call(&mut pace, START, told(START));
            let place = Place { at: then, window: None, remaining: 0, asks: false };
            pace.learn(place, &RateHeaders { wait: Some(Duration::from_secs(1)), ..told(then) }, then);
            let until = pace.depart(now).expect_err("it was told to wait");
            assert!(until - now <= 1100, "{date}: waits {} ms", until - now);
            assert!(pace.depart(until + 1500).is_ok(), "{pace:?}");
        }
    }
}
