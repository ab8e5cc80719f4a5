//! A dead destination. Where every changing request is lost, each further one would open a step for one more person, and each of them has to
//! be looked up later. So the run sends nothing more for a while, then one; where that is lost too, and so on, it ends.
//!
//! Only what Greenhouse answers in its own words shows that it is alive: a request that was accepted, refused, or put off (401, 429). What did
//! not leave (no connection) says nothing here; `push` stops the run for that on its own.

use super::World;
use crate::greenhouse::Stop;
use crate::step::PersonKey;
use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// So many changing requests lost in a row …
pub const LOST_IN_A_ROW: u32 = 5;
/// … for so many people at least: what one profile sends may be what Greenhouse stumbles over.
pub const PEOPLE: usize = 2;
/// The pauses before each try, as parts of `settle`, which is how long Greenhouse is given: 5 s, 20 s and a minute of its two minutes.
pub const PAUSES: [u32; 3] = [24, 6, 2];

#[derive(Debug, Default)]
pub(crate) struct Breaker {
    circuit: Mutex<Circuit>,
    /// Held by the one request that tries whether Greenhouse is back.
    turn: tokio::sync::Mutex<()>,
}

/// Leave to send one request.
#[derive(Debug)]
pub(crate) struct Leave<'b> {
    try_out: Option<tokio::sync::MutexGuard<'b, ()>>,
}

#[derive(Debug, Default, PartialEq)]
struct Circuit {
    lost: u32,
    people: BTreeSet<PersonKey>,
    /// Tries since nothing is sent any more; none while all goes out.
    tries: Option<usize>,
    dead: bool,
}

/// What follows from a request that was lost.
#[derive(Debug, PartialEq, Eq)]
enum Follows {
    Nothing,
    /// From now on, one after a pause.
    Pause,
    /// All tries were lost.
    End,
}

impl Circuit {
    /// Whether it was open: nothing went out.
    fn answered(&mut self) -> bool {
        let was_open = self.tries.is_some();
        if !self.dead {
            *self = Self::default();
        }
        was_open
    }

    /// `tries` whether this was the one request that went out while the others waited.
    fn lost(&mut self, who: &PersonKey, tries: bool) -> Follows {
        self.lost += 1;
        match self.tries {
            None => {
                if self.people.len() < PEOPLE {
                    self.people.insert(who.clone());
                }
                if self.lost < LOST_IN_A_ROW || self.people.len() < PEOPLE {
                    return Follows::Nothing;
                }
                self.tries = Some(0);
                Follows::Pause
            }
            // It left before it was known.
            Some(_) if !tries => Follows::Nothing,
            Some(tried) => {
                self.tries = Some(tried + 1);
                self.dead = tried + 1 >= PAUSES.len();
                if self.dead { Follows::End } else { Follows::Pause }
            }
        }
    }

    fn pause(&self, settle: Duration) -> Option<Duration> {
        PAUSES.get(self.tries?).map(|part| settle / *part)
    }
}

impl Breaker {
    fn circuit(&self) -> MutexGuard<'_, Circuit> {
        self.circuit.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether nothing more may be sent, whatever comes.
    pub fn bars(&self, world: &World<'_>) -> bool {
        let circuit = self.circuit();
        circuit.dead || (circuit.tries.is_some() && world.brake.is_pulled())
    }

    /// Leave to send: at once while all is well, else after the others' and one's own pause. None where nothing more is sent.
    pub async fn leave(&self, world: &World<'_>) -> Option<Leave<'_>> {
        if self.circuit().tries.is_none() {
            return Some(Leave { try_out: None });
        }
        let guard = self.turn.lock().await;
        let pause = self.circuit().pause(world.pipeline.destination.settle);
        if let Some(pause) = pause {
            world.brake.within(pause).await;
        }
        if self.bars(world) {
            return None;
        }
        // Who left before it was known may have been answered meanwhile.
        let is_open = self.circuit().tries.is_some();
        Some(Leave { try_out: Some(guard).filter(|_| is_open) })
    }

    /// Greenhouse answered in its own words.
    pub fn answered(&self, leave: Leave<'_>, world: &World<'_>) {
        if self.circuit().answered() {
            world.http.tell("Greenhouse answers again: the run goes on".into());
        }
        drop(leave);
    }

    /// The answer was lost. Gives why the run has to end, where it has to.
    pub fn lost(&self, leave: Leave<'_>, world: &World<'_>, who: &PersonKey, why: &str) -> Option<Stop> {
        let (follows, lost, pause) = {
            let mut circuit = self.circuit();
            let follows = circuit.lost(who, leave.try_out.is_some());
            (follows, circuit.lost, circuit.pause(world.pipeline.destination.settle).unwrap_or_default())
        };
        match follows {
            Follows::Nothing => None,
            Follows::Pause => {
                world.http.tell(format!(
                    "Greenhouse has lost the last {lost} changing requests ({why}): nothing is sent for {} s, then one is tried",
                    (pause.as_secs_f64() * 10.0).ceil() / 10.0
                ));
                None
            }
            Follows::End => Some(Stop::Unreachable(format!(
                "Greenhouse has lost the last {lost} changing requests, also after pauses (the last one: {why}). Nothing more is sent. What became \
                 of those is looked up by the next run, and nobody else was begun: run again when Greenhouse is well"
            ))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn who(name: &str) -> PersonKey {
        PersonKey { account: "a".into(), source_key: "s".into(), profile_key: name.into() }
    }

    #[test]
    fn it_opens_after_so_many_of_several_people() {
        let mut one = Circuit::default();
        for _ in 0..20 {
            assert_eq!(one.lost(&who("x"), false), Follows::Nothing, "one profile alone may be what Greenhouse stumbles over");
        }
        assert_eq!(one.lost(&who("y"), false), Follows::Pause);
        let mut several = Circuit::default();
        let told: Vec<_> = (1..=LOST_IN_A_ROW).map(|n| several.lost(&who(&n.to_string()), false)).collect();
        assert_eq!(told.iter().position(|follows| *follows == Follows::Pause), Some(LOST_IN_A_ROW as usize - 1));
    }

    #[test]
    fn an_answer_in_between_begins_the_count_anew() {
        let mut circuit = Circuit::default();
        for n in 0..50 {
            assert_eq!(circuit.lost(&who(&n.to_string()), false), Follows::Nothing);
            if n % 4 == 3 {
                assert!(!circuit.answered());
            }
        }
    }

    fn open() -> Circuit {
        let mut circuit = Circuit::default();
        for n in 0..LOST_IN_A_ROW {
            circuit.lost(&who(&n.to_string()), false);
        }
        circuit
    }

    #[test]
    fn it_tries_after_growing_pauses_and_ends() {
        let settle = Duration::from_secs(120);
        let mut circuit = open();
        let mut pauses = Vec::new();
        loop {
            pauses.push(circuit.pause(settle).unwrap().as_secs());
            // Who left before it was known changes nothing.
            assert_eq!(circuit.lost(&who("late"), false), Follows::Nothing);
            match circuit.lost(&who("tries"), true) {
                Follows::Pause => {}
                Follows::End => break,
                Follows::Nothing => panic!("a try was lost"),
            }
        }
        assert_eq!(pauses, [5, 20, 60]);
        assert!(circuit.dead && circuit.pause(settle).is_none());
        circuit.answered();
        assert!(circuit.dead, "the run ends: nothing is begun again");
    }

    #[test]
    fn one_answer_closes_it() {
        let mut circuit = open();
        circuit.lost(&who("tries"), true);
        assert!(circuit.answered());
        assert_eq!(circuit, Circuit::default());
    }
}
