//! The circuit breaker: Greenhouse loses every changing request. Each further one would leave one more step open, for one more person, to be
//! looked up later. So the run sends nothing for a while, then one request; where that is lost too, it pauses longer, and in the end it stops.
//!
//! Only an answer in Greenhouse's own words shows that it works: a request that was accepted, refused, or put off (401, 429). A request that
//! did not leave (no connection) says nothing here; the push stops the run for that.

use crate::model::step::PersonKey;
use jiff::SignedDuration;
use std::collections::BTreeSet;

/// So many changing requests lost in a row …
pub const LOST_IN_A_ROW: u32 = 5;
/// … for so many people at least: one profile's own content may be what Greenhouse fails on.
pub const PEOPLE: usize = 2;
/// The pauses before each try, as parts of `settle`, which is how long Greenhouse is given: 5 s, 20 s and a minute of its two minutes.
pub const PAUSES: [i32; 3] = [24, 6, 2];

#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct Breaker {
    pub lost: u32,
    people: BTreeSet<PersonKey>,
    /// Tries since the breaker opened; none while it is closed.
    tries: Option<usize>,
    pub dead: bool,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Follows {
    Nothing,
    /// From now on, one after a pause.
    Pause,
    End,
}

impl Breaker {
    pub fn is_open(&self) -> bool {
        self.tries.is_some()
    }

    /// Whether it was open until this answer.
    pub fn answered(&mut self) -> bool {
        let was_open = self.is_open();
        if !self.dead {
            *self = Self::default();
        }
        was_open
    }

    /// `tries`: this was the one request that went out while the others waited. `enough`: so many in a row open the breaker.
    pub fn lost(&mut self, who: &PersonKey, tries: bool, enough: u32) -> Follows {
        self.lost += 1;
        match self.tries {
            None => {
                if self.people.len() < PEOPLE {
                    self.people.insert(who.clone());
                }
                if self.lost < enough || self.people.len() < PEOPLE {
                    return Follows::Nothing;
                }
                self.tries = Some(0);
                Follows::Pause
            }
            // It left before the breaker opened.
            Some(_) if !tries => Follows::Nothing,
            Some(tried) => {
                self.tries = Some(tried + 1);
                self.dead = tried + 1 >= PAUSES.len();
                if self.dead { Follows::End } else { Follows::Pause }
            }
        }
    }

    pub fn pause(&self, settle: SignedDuration) -> Option<SignedDuration> {
        PAUSES.get(self.tries?).map(|part| settle / *part)
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
        let mut one = Breaker::default();
        for _ in 0..20 {
            assert_eq!(
                one.lost(&who("x"), false, LOST_IN_A_ROW),
                Follows::Nothing,
                "one profile alone may be what Greenhouse stumbles over"
            );
        }
        assert_eq!(one.lost(&who("y"), false, LOST_IN_A_ROW), Follows::Pause);
        let mut several = Breaker::default();
        let told: Vec<_> = (1..=LOST_IN_A_ROW).map(|n| several.lost(&who(&n.to_string()), false, LOST_IN_A_ROW)).collect();
        assert_eq!(told.iter().position(|follows| *follows == Follows::Pause), Some(LOST_IN_A_ROW as usize - 1));
    }

    #[test]
    fn an_answer_in_between_begins_the_count_anew() {
        let mut breaker = Breaker::default();
        for n in 0..50 {
            assert_eq!(breaker.lost(&who(&n.to_string()), false, LOST_IN_A_ROW), Follows::Nothing);
            if n % 4 == 3 {
                assert!(!breaker.answered());
            }
        }
    }

    fn open() -> Breaker {
        let mut breaker = Breaker::default();
        for n in 0..LOST_IN_A_ROW {
            breaker.lost(&who(&n.to_string()), false, LOST_IN_A_ROW);
        }
        breaker
    }

    #[test]
    fn it_tries_after_growing_pauses_and_ends() {
        let settle = SignedDuration::from_secs(120);
        let mut breaker = open();
        let mut pauses = Vec::new();
        loop {
            pauses.push(breaker.pause(settle).unwrap().as_secs());
            // Who left before it was known changes nothing.
            assert_eq!(breaker.lost(&who("late"), false, LOST_IN_A_ROW), Follows::Nothing);
            match breaker.lost(&who("tries"), true, LOST_IN_A_ROW) {
                Follows::Pause => {}
                Follows::End => break,
                Follows::Nothing => panic!("a try was lost"),
            }
        }
        assert_eq!(pauses, [5, 20, 60]);
        assert!(breaker.dead && breaker.pause(settle).is_none());
        breaker.answered();
        assert!(breaker.dead, "the run ends: nothing is begun again");
    }

    #[test]
    fn one_answer_closes_it() {
        let mut breaker = open();
        breaker.lost(&who("tries"), true, LOST_IN_A_ROW);
        assert!(breaker.answered());
        assert_eq!(breaker, Breaker::default());
    }
}
