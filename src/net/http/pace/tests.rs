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

fn epoch(world: &World, closes: u64, now: u64) -> (Option<Reset>, Option<u64>) {
    (Some(Reset::At((closes + world.skew).div_ceil(1000))), Some((now + world.skew) / 1000 * 1000))
}

impl Default for World {
    fn default() -> Self {
        Self { limit: 75, window: 30_000, workers: 16, latency: (4, 60), skew: 0, stranger: None, rest: 0, aligned: false, headers: epoch }
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

#[test]
fn nothing_is_refused_and_nearly_all_that_is_allowed_is_used() {
    // Three processes with sixteen requests each, and one; v3's window and v1's, and windows scaled down; a host whose clock is not ours.
    for (workers, window, limit, skew, windows) in [
        (48, 30_000, 75, 0, 10),
        (16, 30_000, 75, 5_321, 10),
        (16, 10_000, 50, 0, 10),
        (48, 10_000, 20, 777, 10),
        (16, 2_000, 75, 0, 40),
        (48, 3_000, 75, 250, 40),
    ] {
        let world = World { workers, window, limit, skew, latency: if window < 5_000 { (1, 5) } else { (4, 60) }, ..World::default() };
        let came = world.run(&mut Pace::default(), windows);
        assert!(came.ours_refused == 0 && came.used >= 950, "{workers} workers, {limit} in {window} ms: {came:?}");
    }
}

#[test]
fn windows_that_begin_at_moments_of_the_hosts_own_are_kept_too() {
    for (skew, rest) in [(0, 0), (4_321, 0), (700, 3_000), (0, 7_000)] {
        let world = World { aligned: true, skew, rest, ..World::default() };
        let came = world.run(&mut Pace::default(), 20);
        assert_eq!(came.ours_refused, 0, "{came:?}");
        assert!(rest > 0 || came.used >= 930, "{came:?}");
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
    assert_eq!(pace.depart(START + 1), Err(START + 6));
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
    assert!(pace.depart(START + 1000).is_ok() && pace.depart(START + 1000).is_ok());
    let ends = pace.depart(START + 1000).unwrap_err();
    assert_eq!(ends, (second + 30) * 1000);
    // Two were not answered, and may have arrived after the turn: one place is left for certain.
    assert!(pace.depart(ends).is_ok());
    assert!(pace.depart(ends).is_err());
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
            let place = Place { at: then, window: None, answered: 0, asks: false };
            pace.learn(place, &RateHeaders { wait: Some(Duration::from_secs(1)), ..told(then) }, then);
            let until = pace.depart(now).expect_err("it was told to wait");
            assert!(until - now <= 1100, "{date}: waits {} ms", until - now);
            assert!(pace.depart(until + 500).is_ok(), "{pace:?}");
        }
    }
}
