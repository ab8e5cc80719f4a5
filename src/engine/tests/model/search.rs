//! Every schedule, the shortest first: states that go on alike are gone through once.

use super::adversary::moves;
use super::cast::Case;
use super::properties::{broken, close};
use super::state::State;
use std::collections::{HashSet, VecDeque};

/// What a search came to.
#[derive(Debug)]
pub struct Found {
    pub states: usize,
    /// Schedules that were brought to their end and judged.
    pub ends: usize,
    /// The shortest schedule that breaks a rule, with what it breaks.
    pub counterexample: Option<String>,
}

pub fn search(case: &Case) -> Found {
    let case: &'static Case = Box::leak(Box::new(case.clone()));
    let first = State::new(case);
    let mut known = HashSet::from([first.fingerprint()]);
    let mut closed = HashSet::new();
    let mut found = Found { states: 0, ends: 0, counterexample: None };
    let mut queue = VecDeque::from([first]);
    while let Some(state) = queue.pop_front() {
        found.states += 1;
        if let Some(why) = judge(&state, &mut found, &mut closed) {
            found.counterexample = Some(why);
            return found;
        }
        for chosen in moves(&state) {
            let mut next = state.clone();
            next.make(chosen);
            if known.insert(next.fingerprint()) {
                queue.push_back(next);
            }
        }
    }
    found
}

fn judge(state: &State, found: &mut Found, known: &mut HashSet<u64>) -> Option<String> {
    if let Some(why) = &state.world.broken {
        return Some(told(state, why));
    }
    if !state.is_quiet() || !known.insert(state.ending()) {
        return None;
    }
    found.ends += 1;
    let closed = close(state);
    broken(&closed).map(|why| told(&closed, &why))
}

fn told(state: &State, why: &str) -> String {
    format!("{}\n         ⇒ {why}", state.trace.told())
}
