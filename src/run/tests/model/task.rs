//! One person's push, one question or write at a time: what `run/push.rs` does between the answers of `decide`. To be read beside it; all
//! that needs neither the wire nor the ledger is `Progress`, which both drive.

use super::cast::{SETTLE, TIMEOUT, at};
use super::greenhouse::{Answer, Request};
use super::state::World;
use crate::delivery::action::{Action, Event};
use crate::delivery::{Decision, LookUp, Record, Verdict, decide};
use crate::ledger::Settlement;
use crate::run::progress::{Next, Progress};
use crate::run::settling::Leaving;
use crate::settings::Existing;
use crate::step::{Attempt, Members, Step};
use jiff::SignedDuration;
use std::hash::{Hash, Hasher};

#[derive(Debug, Clone)]
pub struct Task {
    pub who: usize,
    /// The profile and the mapping, as they were when this push began.
    version: (u8, u8),
    pub progress: Progress<'static>,
    /// What it does next.
    pub at: At,
    /// An answer is written down together with the end that follows from it, in one commit.
    unwritten: Option<Settlement>,
    /// The candidate that it has made.
    pub holding: Option<u64>,
    /// It may create, and others of its process may not until this one is found again.
    pub pass: bool,
}

#[derive(Debug, Clone)]
pub enum At {
    Decide,
    LookUp(LookUp),
    /// Before a candidate that is there is taken: who else has it?
    Meet(Record),
    Write(Settlement, Then),
    Intend {
        action: Action<'static>,
        covers: Vec<Step>,
        sends: Members,
    },
    Send {
        action: Action<'static>,
        covers: Vec<Step>,
        attempt: Attempt,
    },
    ReadAgain {
        creates: bool,
    },
    Overtaken,
    /// The run's first create is looked for, until then.
    Prove {
        candidate: u64,
        until: i64,
    },
    Ended(End),
}

#[derive(Debug, Clone)]
pub enum Then {
    Decide,
    Prove(u64),
    End(Verdict),
}

#[derive(Debug, Clone)]
pub enum End {
    Ended(Verdict),
    /// Until then, or for others.
    Parked(Option<i64>),
    /// The run has to end.
    Stopped(&'static str),
}

/// What of its process a push has to know.
#[derive(Debug, Clone, Copy)]
pub struct Around<'a> {
    pub halted: bool,
    pub proven: bool,
    /// An answer has told Greenhouse's time.
    pub heard: bool,
    /// Candidates that others of the same process have made and not completed.
    pub in_hand: &'a [u64],
}

/// What a push's act changes of its process.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Effect {
    pub proven: bool,
    pub heard: bool,
}

/// What became of a request on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fate {
    Answered,
    /// No byte leaves.
    Unsent,
    /// Done, and some of it not shown yet, or as a stub.
    Hidden {
        stub: bool,
    },
    /// No answer comes; it is done at some time, or never.
    Lost {
        done: bool,
    },
}

impl Task {
    /// Reads the person: the ledger's first answer.
    pub fn new(who: usize, pipeline: usize, world: &mut World) -> Self {
        let version = (world.emails[who], world.mappings[pipeline]);
        let wanted = world.cast.wanted(pipeline, who, version.0, version.1);
        let key = world.cast.keys[who].clone();
        let progress = Progress::new(key, super::cast::PIPELINES[pipeline], "run", wanted, world.person(who), None);
        Self { who, version, progress, at: At::Decide, unwritten: None, holding: None, pass: false }
    }

    /// Decides, until something has to be asked or written.
    pub fn go_on(&mut self, world: &World, around: &Around<'_>) {
        while let At::Decide = self.at {
            let now = at(world.now);
            let policy = world.case.policy(world.now);
            let progress = &self.progress;
            let decision = decide(progress.wanted, &progress.person, &progress.observed, &policy);
            if let Decision::Done(verdict) = decision {
                let mut settlement = self.unwritten.take().unwrap_or_else(|| self.progress.settlement(now));
                settlement.delivered = verdict.delivered;
                self.at = At::Write(settlement, Then::End(verdict));
                return;
            }
            if let Some(settlement) = self.unwritten.take() {
                self.at = At::Write(settlement, Then::Decide);
                return;
            }
            self.at = match decision {
                Decision::Done(_) => unreachable!("taken above"),
                Decision::Park { until, .. } => At::Ended(End::Parked(until.map(super::state::seconds))),
                Decision::Record(record) => match self.progress.meets(&record) {
                    Some(_) => At::Meet(record),
                    None => {
                        self.unwritten = Some(self.progress.found(record, now));
                        At::Decide
                    }
                },
                Decision::LookUp(question) => At::LookUp(question),
                Decision::Intend { .. } if around.halted => At::Ended(End::Parked(None)),
                Decision::Intend { .. } if self.progress.busy => At::Ended(End::Parked(None)),
                Decision::Intend { action, covers, sends } => At::Intend { action, covers, sends },
            };
        }
    }

    /// Whether it can do anything now: the first create is alone, and is waited for until it shows.
    pub fn can_act(&self, world: &World, others_hold_the_pass: bool, proven: bool) -> bool {
        match &self.at {
            At::Intend { action: Action::CreateCandidate { .. }, .. } => proven || !others_hold_the_pass,
            At::Prove { candidate, until } => world.now >= *until || self.finds(world, *candidate),
            At::Ended(_) => false,
            _ => true,
        }
    }

    fn finds(&self, world: &World, candidate: u64) -> bool {
        world.greenhouse.by_email(&self.progress.wanted.identities).is_some_and(|found| found.contains(&candidate))
    }

    /// Does what is next; `fate` is of what is sent.
    pub fn act(&mut self, world: &mut World, around: &Around<'_>, fate: Fate) -> Effect {
        let mut effect = Effect::default();
        self.at = match std::mem::replace(&mut self.at, At::Decide) {
            At::LookUp(question) => self.look_up(world, &question, &mut effect),
            At::Meet(record) => self.meet(world, record, around),
            At::Write(settlement, then) => match (world.settle(&settlement), then) {
                (false, Then::Decide | Then::End(_)) => At::Overtaken,
                // As the run does: it is read again, and the control goes on.
                (false, Then::Prove(candidate)) => {
                    self.progress.overtaken(world.person(self.who), None);
                    At::Prove { candidate, until: world.now + SETTLE }
                }
                (true, Then::Decide) => At::Decide,
                (true, Then::Prove(candidate)) => At::Prove { candidate, until: world.now + SETTLE },
                (true, Then::End(verdict)) => At::Ended(End::Ended(verdict)),
            },
            At::Intend { action, covers, sends } => self.intend(world, around, action, covers, sends),
            At::Send { action, covers, attempt } => {
                effect.heard = true;
                self.send(world, around, &action, &covers, &attempt, fate)
            }
            At::ReadAgain { creates } => {
                self.progress.read_again(world.person(self.who), creates);
                At::Decide
            }
            At::Overtaken => {
                self.progress.overtaken(world.person(self.who), None);
                At::Decide
            }
            At::Prove { candidate, .. } => {
                self.pass = false;
                effect.proven = self.finds(world, candidate);
                match effect.proven {
                    true => At::Decide,
                    false => At::Ended(End::Stopped("its own first create is not found again")),
                }
            }
            at @ (At::Decide | At::Ended(_)) => at,
        };
        effect
    }

    fn look_up(&mut self, world: &World, question: &LookUp, effect: &mut Effect) -> At {
        effect.heard = true;
        let creates = world.case.existing == Existing::Create;
        match sees(world) {
            Ok(true) => {}
            Ok(false) => {
                self.progress.observed.forbidden = true;
                return At::Decide;
            }
            Err(why) => return At::Ended(End::Stopped(why)),
        }
        match world.greenhouse.see(question, &self.progress.wanted.identities) {
            Answer::Seen(seen) => self.progress.observed.see(question, seen),
            Answer::Missing => self.progress.observed.present = Some(false),
            Answer::Forbidden if creates => self.progress.observed.forbidden = true,
            Answer::Forbidden => return At::Ended(End::Stopped("the look-up is forbidden")),
            Answer::NotReady => return At::Ended(End::Parked(Some(world.now + 5))),
        }
        At::Decide
    }

    fn meet(&mut self, world: &mut World, record: Record, around: &Around<'_>) -> At {
        if let Some(row) = self.progress.meets(&record) {
            let person = world.person(self.who);
            if person.candidate.is_some() {
                self.progress.person = person;
                return At::Decide;
            }
            let asks = self.progress.observed.claim.is_none();
            for identity in self.progress.wanted.identities.iter().filter(|_| asks) {
                if self.progress.takes(world.identity(*identity), row) {
                    return At::Decide;
                }
            }
            if around.in_hand.contains(&row.id) {
                return At::Ended(End::Parked(None));
            }
        }
        self.unwritten = Some(self.progress.found(record, at(world.now)));
        At::Decide
    }

    fn intend(&mut self, world: &mut World, around: &Around<'_>, action: Action<'static>, covers: Vec<Step>, sends: Members) -> At {
        let creates = matches!(action, Action::CreateCandidate { .. });
        self.pass = creates && !around.proven;
        if around.halted {
            self.pass = false;
            return At::Ended(End::Parked(None));
        }
        let greenhouse_time = around.heard.then(|| at(world.now));
        let leaving = Leaving { now: at(world.now), timeout: SignedDuration::from_secs(TIMEOUT), greenhouse_time };
        let (mut intent, mut attempt) = self.progress.intent(&covers, sends, world.new_action(), leaving);
        if !world.case.rules.seen_before {
            intent.seen_before.clear();
            attempt.seen_before.clear();
        }
        let claim = world.intend(&intent);
        match self.progress.claimed(claim, &covers) {
            Next::Send => At::Send { action, covers, attempt },
            next => {
                self.pass = false;
                if next == Next::Decide { At::Decide } else { At::ReadAgain { creates } }
            }
        }
    }

    fn send(
        &mut self,
        world: &mut World,
        around: &Around<'_>,
        action: &Action<'static>,
        covers: &[Step],
        attempt: &Attempt,
        fate: Fate,
    ) -> At {
        let request = Request::new(self.who, action, covers, self.progress.wanted);
        let event = world.deliver(&request, attempt, fate);
        let settlement = self.progress.take(&event, action, covers, attempt, at(world.now));
        self.holding = settlement.candidate.map(|row| row.id).or(self.holding);
        let first = std::mem::take(&mut self.pass) && !around.proven;
        match (&event, settlement.candidate) {
            (Event::Accepted { .. }, Some(row)) if first && !self.progress.wanted.identities.is_empty() => {
                // The pass is kept until it is found again.
                self.pass = true;
                At::Write(settlement, Then::Prove(row.id))
            }
            _ => {
                self.unwritten = Some(settlement);
                At::Decide
            }
        }
    }

    /// What it would send now, and for whom.
    pub fn sends(&self) -> Option<(&[Step], &Attempt)> {
        match &self.at {
            At::Send { covers, attempt, .. } => Some((covers, attempt)),
            _ => None,
        }
    }

    /// What it does next, for a trace.
    pub fn words(&self) -> String {
        let names = |steps: &[Step]| steps.iter().map(|step| super::trace::name(*step)).collect::<Vec<_>>().join(", ");
        match &self.at {
            At::Decide => "decides".into(),
            At::LookUp(question) => format!("asks Greenhouse for {}", super::trace::question(question)),
            At::Meet(_) => "asks the ledger who has the candidate".into(),
            At::Write(settlement, then) => {
                let states: Vec<_> = settlement.steps.iter().map(super::trace::settled).collect();
                let end = match then {
                    Then::End(verdict) => vec![format!("the end: {}", verdict.outcome)],
                    _ => Vec::new(),
                };
                format!("writes {}", states.into_iter().chain(end).collect::<Vec<_>>().join(", "))
            }
            At::Intend { covers, .. } => format!("writes the intent: {}", names(covers)),
            At::Send { covers, .. } => format!("sends: {}", names(covers)),
            At::ReadAgain { .. } | At::Overtaken => "reads the ledger again".into(),
            At::Prove { .. } => "looks for the run's first create".into(),
            At::Ended(_) => "has ended".into(),
        }
    }
}

/// Whether look-ups would show somebody; or why a run ends that has to look.
pub fn sees(world: &World) -> Result<bool, &'static str> {
    match (world.cannot_see(), world.case.existing) {
        (false, _) => Ok(true),
        (true, Existing::Create) => Ok(false),
        (true, _) => Err("who asks is no Site Admin"),
    }
}

impl Hash for Task {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.who, self.version, self.holding, self.pass).hash(state);
        (&self.progress.person, &self.progress.busy).hash(state);
        super::state::hash_observed(&self.progress.observed, state);
        self.unwritten.as_ref().map(|settlement| super::state::hash_settlement(settlement, state)).hash(state);
        std::mem::discriminant(&self.at).hash(state);
        match &self.at {
            At::LookUp(question) => question.hash(state),
            At::Meet(record) => record.hash(state),
            At::Write(settlement, then) => {
                super::state::hash_settlement(settlement, state);
                std::mem::discriminant(then).hash(state);
            }
            At::Intend { covers, .. } => covers.hash(state),
            At::Send { covers, attempt, .. } => (covers, attempt).hash(state),
            At::ReadAgain { creates } => creates.hash(state),
            At::Prove { candidate, until } => (candidate, until).hash(state),
            At::Ended(End::Parked(until)) => until.hash(state),
            At::Decide | At::Overtaken | At::Ended(_) => {}
        }
    }
}
