//! The rules of a run: what comes next, who is parked until when, who may send, and what ends it. See `docs/delivery.md`, R3, R4, R7 and R8.
//!
//! [`Run`] does no I/O and has no clock. `engine::run` drives it with Greenhouse and the ledger; the model test with its adversary.

pub mod breaker; // Greenhouse loses every request
mod parked; // who waits, until when
mod proof; // the first create is found again
mod refusals; // a streak of them

pub use proof::{Proof, Proved, Unproven};

use super::ATTEMPTS;
use super::action::{Action, Event, NotDone};
use super::push::Permit;
use super::recovery::Recovery;
use crate::model::capabilities::Capabilities;
use crate::model::outcome::Outcome;
use crate::model::rows::Settlement;
use crate::model::settings::Existing;
use crate::model::step::{PersonKey, Step};
use breaker::{Breaker, Follows};
use jiff::{SignedDuration, Timestamp};
use parked::Parked;
use refusals::{MOST_ALIKE, Refusals};
use std::collections::BTreeMap;

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Bounds {
    pub pipeline: String,
    pub capabilities: &'static Capabilities,
    pub existing: Existing,
    pub settle: SignedDuration,
    pub max_profiles: Option<u64>,
    /// So many failed profiles end the run.
    pub max_failures: Option<u64>,
    /// Whether parked people are waited for at the run's end.
    pub waits: bool,
    /// So many requests lost in a row open the circuit breaker.
    pub lost_in_a_row: u32,
    /// The least time before a parked person is pushed again.
    pub pause: SignedDuration,
}

impl Bounds {
    pub const PAUSE: SignedDuration = SignedDuration::from_millis(500);
}

#[derive(Debug)]
pub enum Next {
    /// Settle what is open, or look again for what was absent; then tell the people who are there twice.
    Recover(Box<Recovery>),
    /// Read the source, or the profiles that were asked for, and push them.
    Read,
    /// Nothing can be done for these people before then.
    Wait {
        people: usize,
        until: Timestamp,
    },
    Again(Vec<PersonKey>),
    Over,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Stage {
    Begin,
    Read,
    Parked,
    /// Parked people are pushed again once what is open is settled.
    Due,
    LookAgain,
    Over,
}

/// Leave to send one request. The driver gives it back when the request, and the proof that follows a first create, has ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Turn {
    /// It is the run's first create: it has to be found again before the next one leaves.
    pub first: bool,
    /// It is the one request that tries whether Greenhouse works again.
    tries: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leave {
    Now(Turn),
    /// Another push's turn has to end first: ask again when one is given back.
    Wait,
    /// It is this push's turn, after a pause: then ask again with it.
    Pause(Turn, SignedDuration),
    /// Nothing more is sent in this run.
    Never,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Limit {
    #[error("{0} profiles were pushed, which is limits.max_profiles: run again for the next ones, or raise it")]
    Profiles(u64),
    #[error("{0} profiles failed, which is max_failures: correct what they say, and run again")]
    Failures(u64),
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Halt {
    /// Changing requests in a row, also after pauses.
    #[error(
        "Greenhouse did not confirm the last {lost} changing requests, not even after pauses (the last one: {why}). Nothing more is sent. The next run looks up what became of them, and no other profile was begun. Run again when Greenhouse works"
    )]
    Dead { lost: u32, why: String },
    #[error("Greenhouse does not allow this credential to {operation} (403): give it the permission")]
    Forbidden { operation: &'static str },
    /// v1 answers 404 to a create where `on_behalf_of` names no user.
    #[error("Greenhouse knows no user with the id in on_behalf_of (404): set it to a Greenhouse user's id")]
    UnknownUser,
    #[error(
        "Greenhouse refused to {operation} for {MOST_ALIKE} profiles in a row in the same words ({status}), so it is not about the profiles: the \
         lines above say what it says. Correct the credential or the pipeline, and run again: what was refused is sent again"
    )]
    Alike { operation: &'static str, status: u16 },
}

#[derive(Debug, PartialEq, Eq)]
pub enum After {
    GoOn,
    /// What was lost while the breaker was open does not count against its steps: these settlements say so.
    Recovered(Vec<Settlement>),
    /// Nothing is sent for so long; then one request is tried.
    Pause {
        lost: u32,
        pause: SignedDuration,
    },
    /// The run ends. These settlements take back what was refused until now, so that the next run sends it again; or say that what was lost
    /// does not count against its steps.
    Halt(Halt, Vec<Settlement>),
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Run {
    bounds: Bounds,
    stage: Stage,
    parked: Parked,
    /// A create of this run was found again by its own look-up.
    proven: bool,
    first_taken: bool,
    breaker: Breaker,
    try_taken: bool,
    /// How often a step's request was lost in this run.
    attempts: BTreeMap<PersonKey, BTreeMap<Step, u32>>,
    /// What was lost since the last answer: before the breaker opened, and since.
    streak: Vec<Settlement>,
    tries: Vec<Settlement>,
    refusals: Refusals,
    pushed: u64,
    failures: u64,
    limit: Option<Limit>,
    halted: bool,
    stopping: bool,
}

impl Run {
    pub fn new(bounds: Bounds) -> Self {
        Self {
            parked: Parked::new(bounds.settle, bounds.pause),
            stage: Stage::Begin,
            // A run that does not look before a create need not find it again.
            proven: bounds.existing == Existing::Create,
            first_taken: false,
            breaker: Breaker::default(),
            try_taken: false,
            attempts: BTreeMap::new(),
            streak: Vec::new(),
            tries: Vec::new(),
            refusals: Refusals::default(),
            pushed: 0,
            failures: 0,
            limit: None,
            halted: false,
            stopping: false,
            bounds,
        }
    }

    pub fn next(&mut self, now: Timestamp) -> Next {
        let recovery = |new: fn(&str, &'static Capabilities, SignedDuration) -> Recovery, bounds: &Bounds| {
            Next::Recover(Box::new(new(&bounds.pipeline, bounds.capabilities, bounds.settle)))
        };
        match self.stage {
            Stage::Begin => {
                self.stage = Stage::Read;
                recovery(Recovery::first, &self.bounds)
            }
            Stage::Read => {
                self.stage = Stage::Parked;
                Next::Read
            }
            Stage::Parked => match self.parked.next(now).filter(|_| self.bounds.waits && !self.must_stop()) {
                Some(until) if until > now => Next::Wait { people: self.parked.len(), until },
                Some(_) => {
                    self.stage = Stage::Due;
                    recovery(Recovery::again, &self.bounds)
                }
                None => {
                    self.stage = Stage::LookAgain;
                    self.next(now)
                }
            },
            Stage::Due => {
                self.stage = Stage::Parked;
                Next::Again(self.parked.take_due(now))
            }
            Stage::LookAgain => {
                self.stage = Stage::Over;
                recovery(Recovery::last, &self.bounds)
            }
            Stage::Over => Next::Over,
        }
    }

    /// The run was asked to stop: requests in flight finish, no new ones start.
    pub fn stop(&mut self) {
        self.stopping = true;
    }

    /// Something happened after which nothing more may be sent; people in flight are left for the next run.
    pub fn halt(&mut self) {
        self.halted = true;
    }

    pub fn must_stop(&self) -> bool {
        self.limit.is_some() || self.stopping || self.halted
    }

    pub fn limit(&self) -> Option<Limit> {
        self.limit
    }

    /// `until` is none for a person who waits for others: another profile with the same e-mail, another run.
    pub fn park(&mut self, who: PersonKey, until: Option<Timestamp>, now: Timestamp) {
        // Without a time this waits for nobody else, but for the next run: see `permit`.
        if until.is_none() && self.attempts.get(&who).is_some_and(|steps| steps.values().any(|attempts| *attempts >= ATTEMPTS)) {
            return self.parked.give_up(who);
        }
        self.parked.add(who, until, now);
    }

    pub fn leave_for_next_run(&mut self, who: PersonKey) {
        self.parked.give_up(who);
    }

    pub fn over(&mut self, who: PersonKey) {
        self.parked.give_up(who);
        self.limit.get_or_insert(Limit::Profiles(self.bounds.max_profiles.unwrap_or_default()));
    }

    pub fn ended(&mut self, outcome: Outcome) {
        self.failures += u64::from(outcome == Outcome::Failed);
        if self.bounds.max_failures.is_some_and(|most| self.failures >= most) {
            self.limit.get_or_insert(Limit::Failures(self.failures));
        }
    }

    pub fn parked(&self) -> usize {
        self.parked.len()
    }

    pub fn take_left(&mut self) -> Vec<PersonKey> {
        self.parked.take_all()
    }

    /// Before a push's changing request. `counted`: this push was counted before.
    pub fn permit(&mut self, who: &PersonKey, step: Step, counted: bool) -> Permit {
        let attempts = self.attempts.get(who).and_then(|steps| steps.get(&step));
        if self.sends_nothing() || attempts.is_some_and(|attempts| *attempts >= ATTEMPTS) {
            return Permit::Park;
        }
        if !counted {
            if self.bounds.max_profiles.is_some_and(|most| self.pushed >= most) {
                return Permit::Over;
            }
            self.pushed += 1;
        }
        Permit::Go
    }

    fn sends_nothing(&self) -> bool {
        self.halted || self.breaker.dead || self.stopping
    }

    /// Whether a push may send now. `held` is the turn that it has waited or paused for.
    pub fn leave(&mut self, creates: bool, held: Option<Turn>) -> Leave {
        if self.sends_nothing() {
            return Leave::Never;
        }
        let mut turn = held.unwrap_or_default();
        let is_first = creates && !self.proven && !turn.first;
        let tries = self.breaker.is_open() && !turn.tries;
        if is_first && self.first_taken || tries && self.try_taken {
            return Leave::Wait;
        }
        turn = Turn { first: turn.first || is_first, tries: turn.tries || tries };
        (self.first_taken, self.try_taken) = (self.first_taken || is_first, self.try_taken || tries);
        match self.breaker.pause(self.bounds.settle).filter(|_| tries) {
            Some(pause) => Leave::Pause(turn, pause),
            None => Leave::Now(turn),
        }
    }

    pub fn give_back(&mut self, turn: Turn) {
        self.first_taken &= !turn.first;
        self.try_taken &= !turn.tries;
    }

    /// A create was found again by its own look-up: silence may be believed from now on.
    pub fn proved(&mut self) {
        self.proven = true;
    }

    /// What became of a request that had this turn. `untried` settles its steps as if they had never been tried.
    pub fn came(&mut self, turn: Turn, who: &PersonKey, action: &Action<'_>, event: &Event, untried: Settlement) -> After {
        let breaker = match event {
            Event::Lost(why) => self.lost(turn, who, why, &untried),
            // Nothing left: whether Greenhouse works is not known.
            Event::NotDone(NotDone::NotSent(_)) => After::GoOn,
            _ => self.answered(),
        };
        let halt = match event {
            Event::Refused(refusal) => self.refusals.refused(self.bounds.capabilities, action, refusal, untried),
            Event::Accepted { .. } => {
                self.refusals.allowed(action, &untried);
                None
            }
            Event::NotDone(_) | Event::Lost(_) => None,
        };
        let after = halt.map_or(breaker, |(halt, taken_back)| After::Halt(halt, taken_back));
        self.halted |= matches!(after, After::Halt(..));
        after
    }

    fn lost(&mut self, turn: Turn, who: &PersonKey, why: &str, untried: &Settlement) -> After {
        if let Some(first) = untried.steps.first() {
            *self.attempts.entry(who.clone()).or_default().entry(first.step).or_default() += 1;
        }
        let excuse = Settlement { steps: Vec::new(), excuses: true, ..untried.clone() };
        if self.breaker.is_open() {
            self.tries.push(excuse)
        } else {
            self.streak.push(excuse)
        }
        let follows = self.breaker.lost(who, turn.tries, self.bounds.lost_in_a_row);
        let lost = self.breaker.lost;
        match follows {
            // What was in flight then is excused too.
            Follows::Nothing if self.breaker.dead => self.dead(lost, why),
            Follows::Nothing => After::GoOn,
            Follows::Pause => After::Pause { lost, pause: self.breaker.pause(self.bounds.settle).unwrap_or_default() },
            Follows::End => self.dead(lost, why),
        }
    }

    /// Greenhouse is down: what was lost since its last answer counts against no step.
    fn dead(&mut self, lost: u32, why: &str) -> After {
        let mut excused = std::mem::take(&mut self.streak);
        excused.append(&mut self.tries);
        After::Halt(Halt::Dead { lost, why: why.to_owned() }, excused)
    }

    /// Greenhouse works. One profile's content may be what it failed on before the breaker opened: that counts.
    fn answered(&mut self) -> After {
        self.streak.clear();
        let tries = std::mem::take(&mut self.tries);
        if self.breaker.answered() { After::Recovered(tries) } else { After::GoOn }
    }
}
