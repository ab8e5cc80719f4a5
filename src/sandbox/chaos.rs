//! Mixed faults by a seed: each call draws from the seed, its kind and how many of its kind came before, so that the same calls meet the
//! same faults in every run, whatever order the kinds come in.

use super::call::{Call, Service};
use super::faults::{Chance, FAULTS, Fault, Kind};
use super::misbehave::Misbehaviour;
use axum::http::Method;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What is drawn from.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chaos {
    pub seed: u64,
    /// How many of all calls meet a fault: 0.2 is one in five.
    #[serde(default = "usual_rate")]
    pub rate: f64,
    /// No work is done later than this after its request, no row hidden and no answer held back longer: a pipeline's `settle` is more.
    #[serde(default = "usual_late")]
    pub late_ms: u64,
}

/// One call in five.
pub const USUAL_RATE: f64 = 0.2;
/// A second.
pub const USUAL_LATE_MS: u64 = 1000;

fn usual_rate() -> f64 {
    USUAL_RATE
}

fn usual_late() -> u64 {
    USUAL_LATE_MS
}

impl std::str::FromStr for Chaos {
    type Err = String;

    /// `SEED` or `SEED,RATE`.
    fn from_str(text: &str) -> Result<Self, String> {
        let (seed, rate) = text.split_once(',').map_or((text, None), |(seed, rate)| (seed, Some(rate)));
        let seed = seed.trim().parse().map_err(|_| format!("a seed is a whole number, and `{seed}` is none"))?;
        let rate =
            rate.map_or(Ok(USUAL_RATE), |rate| rate.trim().parse().map_err(|_| format!("a rate is a number, and `{rate}` is none")))?;
        let chaos = Self { seed, rate, late_ms: USUAL_LATE_MS };
        chaos.check().map(|()| chaos).map_err(str::to_owned)
    }
}

impl Chaos {
    /// # Errors
    /// Where the rate is no share.
    pub fn check(&self) -> Result<(), &'static str> {
        if (0.0..=1.0).contains(&self.rate) { Ok(()) } else { Err("a rate is from 0 to 1") }
    }
}

/// The draws so far.
#[derive(Debug)]
pub(super) struct Draws {
    chaos: Chaos,
    kinds: BTreeMap<String, u64>,
}

impl Draws {
    pub fn new(chaos: Chaos) -> Self {
        Self { chaos, kinds: BTreeMap::new() }
    }

    /// What goes wrong with this call, if anything does, and its name.
    pub fn draw(&mut self, call: &Call) -> Option<(&'static str, Misbehaviour)> {
        let kind = call.kind();
        let mut dice = Dice::new(self.chaos.seed, &kind, *self.kinds.get(&kind).unwrap_or(&0));
        *self.kinds.entry(kind).or_default() += 1;
        if dice.share() >= self.chaos.rate {
            return None;
        }
        let possible: Vec<&Fault> = FAULTS.iter().filter(|fault| can_meet(fault.chance, call)).collect();
        let fault = possible.get(dice.below(possible.len() as u64) as usize)?;
        let value = value(fault, &mut dice, self.chaos.late_ms);
        let made = fault.made(value.as_deref()).ok()?;
        Some((fault.name, Misbehaviour { service: None, method: None, path: None, times: 1, ..made }))
    }
}

fn can_meet(chance: Chance, call: &Call) -> bool {
    let writes = call.service == Service::Greenhouse && call.method != Method::GET;
    match chance {
        Chance::Never => false,
        Chance::Any => true,
        Chance::Writes => writes,
        Chance::Harvest => call.service == Service::Greenhouse,
        Chance::Filtered => call.service == Service::Greenhouse && call.method == Method::GET && call.param("email").is_some(),
        Chance::Tokens => call.service == Service::Token,
    }
}

fn value(fault: &Fault, dice: &mut Dice, late_ms: u64) -> Option<String> {
    let pick = |dice: &mut Dice, from: &[&str]| from.get(dice.below(from.len() as u64) as usize).map(|word| (*word).to_owned());
    match fault.kind {
        Kind::None => None,
        Kind::Seconds => Some(format!("{}ms", dice.below(late_ms.saturating_add(1)))),
        Kind::Status { usual, .. } | Kind::Word { usual } => pick(dice, usual),
        // Neither a wait that ends a run, nor one that takes long.
        Kind::Wait => pick(dice, &["1", "date", "absent", "negative"]),
    }
}

/// SplitMix64: small, and the same everywhere for ever.
struct Dice(u64);

impl Dice {
    fn new(seed: u64, kind: &str, number: u64) -> Self {
        let mixed = kind.bytes().fold(seed ^ 0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        Self(mixed ^ number.wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From 0 to below 1.
    fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A number below `bound`; 0 where there is none.
    fn below(&mut self, bound: u64) -> u64 {
        self.next().checked_rem(bound).unwrap_or_default()
    }
}
