//! Everything that a schedule can change, and what every write and every request is held to as it happens.

use super::cast::{Case, Cast, Sight, at};
use super::greenhouse::{Greenhouse, Request, Shown, Work, finished_by};
use super::ledger::Ledger;
use super::process::Process;
use super::push::Fate;
use super::trace::Trace;
use crate::delivery::action::{Event, NotDone, Refusal};
use crate::model::outcome::Outcome;
use crate::model::rows::{Claim, Identity, Intent, OpenStep, Settlement};
use crate::model::step::{Attempt, Person, State as StepState, Step};
use jiff::Timestamp;
use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::rc::Rc;

/// What is outside of all processes.
#[derive(Debug, Clone)]
pub struct World {
    pub case: &'static Case,
    pub cast: &'static Cast,
    pub now: i64,
    pub greenhouse: Greenhouse,
    pub ledger: Ledger,
    /// Each profile's e-mail today.
    pub emails: Vec<u8>,
    /// Each pipeline's mapping today.
    pub mappings: Vec<u8>,
    actions: u32,
    /// What must never happen, once it has.
    pub broken: Option<String>,
    /// Whether the adversary may still let a file not be fetched.
    pub fetches_may_fail: bool,
    /// Whom the ledger was told to forget.
    pub forgotten: BTreeSet<usize>,
    /// People to whom something was sent in this run, profiles that failed in it, and the changing requests of it that were lost in a row.
    pub sent_to: BTreeSet<usize>,
    pub failed: u64,
    lost: Lost,
}

/// Changing requests of one run that were lost in a row.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
struct Lost {
    requests: u32,
    people: BTreeSet<usize>,
    /// When the last one was.
    at: i64,
}

#[derive(Debug, Clone)]
pub struct State {
    pub world: World,
    /// One a pipeline, while it runs: the lease.
    pub processes: Vec<Option<Rc<Process>>>,
    pub budget: super::cast::Budget,
    pub told: Told,
    pub trace: Trace,
}

/// What people were told.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Told {
    /// By pipeline and person: of the newest run.
    pub last: Vec<Vec<Option<(Outcome, bool)>>>,
    /// Second candidates, and second rows of other kinds, of which somebody was told.
    pub seconds: BTreeSet<u64>,
    /// Why the newest run of each pipeline ended before its source did.
    pub stopped: Vec<Option<&'static str>>,
}

pub fn seconds(time: Timestamp) -> i64 {
    time.as_second() - at(0).as_second()
}

impl World {
    pub fn new(case: &'static Case) -> Self {
        let cast = Cast::of(case);
        let mut world = Self {
            case,
            cast,
            now: 0,
            greenhouse: Greenhouse::new(case),
            ledger: Ledger::new(case.rules),
            emails: vec![0; case.people],
            mappings: vec![0; case.pipelines],
            actions: 0,
            broken: None,
            fetches_may_fail: case.budget.unfetched > 0,
            forgotten: BTreeSet::new(),
            sent_to: BTreeSet::new(),
            failed: 0,
            lost: Lost::default(),
        };
        if case.met {
            let wanted = world.cast.wanted(0, 0, 0, 0);
            world.greenhouse.recruit(wanted.fingerprint.clone(), 0);
        }
        world
    }

    /// Whether who asks is known not to see: no Site Admin in v3, which the run asks first.
    pub fn cannot_see(&self) -> bool {
        let asks = self.case.rules.positive_control && self.case.capabilities.lists_need_site_admin;
        asks && matches!(self.greenhouse.sight, Sight::Forbidden | Sight::Nothing)
    }

    pub fn new_action(&mut self) -> String {
        self.actions += 1;
        format!("request {}", self.actions)
    }

    pub fn person(&self, who: usize) -> Person {
        self.ledger.person(&self.cast.keys[who])
    }

    pub fn intend(&mut self, intent: Intent) -> Claim {
        let open = |step: &Step| self.ledger.newest(&intent.person, *step).is_some_and(|row| row.state.is_open());
        let was_open = intent.steps.iter().copied().find(open);
        let claim = self.ledger.intend(intent);
        if let (Claim::Intended, Some(step)) = (claim, was_open) {
            self.breaks(format!("the {} is sent again while its end is not known", step.word()));
        }
        claim
    }

    pub fn settle(&mut self, settlement: &Settlement) -> bool {
        self.ledger.settle(settlement)
    }

    pub fn identity(&self, email: crate::base::digest::Digest) -> Option<Identity> {
        self.ledger.identity(email)
    }

    /// Without fingerprints in the intents, what was sent would have to be known by what the profile says today.
    pub fn open_steps(&self, pipeline: usize) -> Vec<OpenStep> {
        let mut open = if self.case.rules.recovery_first { self.ledger.open_steps() } else { Vec::new() };
        if !self.case.rules.fingerprints {
            for step in open.iter_mut().filter(|step| step.row.step == Step::Candidate) {
                let who = self.cast.number(&step.person);
                let today = self.cast.wanted(pipeline, who, self.emails[who], self.mappings[pipeline]);
                step.row.attempt.iter_mut().for_each(|attempt| attempt.fingerprint = today.fingerprint.clone());
            }
        }
        open
    }

    pub fn absent_since(&self, since: Timestamp) -> Vec<OpenStep> {
        if self.case.rules.second_look { self.ledger.absent_since(since) } else { Vec::new() }
    }

    pub fn looked_again(&mut self, step: &OpenStep) {
        self.ledger.looked_again(step, at(self.now));
    }

    pub fn forget(&mut self, who: usize) {
        self.forgotten.insert(who);
        self.ledger.forget(&self.cast.keys[who]);
    }

    /// A run begins: what is counted of it begins anew.
    pub fn begins(&mut self) {
        (self.sent_to, self.failed, self.lost) = Default::default();
    }

    /// Keeps count of the changing requests that are lost in a row.
    pub fn loses(&mut self, event: &Event, who: usize) {
        match event {
            Event::Lost(_) => {
                self.lost.requests += 1;
                self.lost.people.insert(who);
                self.lost.at = self.now;
            }
            Event::NotDone(NotDone::NotSent(_)) => {}
            _ => self.lost = Lost::default(),
        }
    }

    /// What has to hold of a run's bounds whenever a request leaves. Counted for one process at a time.
    fn is_bounded(&mut self, who: usize) {
        self.sent_to.insert(who);
        let sent_to = self.sent_to.len() as u64;
        if self.case.max_profiles.is_some_and(|most| sent_to > most) {
            self.breaks(format!("something is sent to {sent_to} people, which is more than max_profiles"));
        }
        if self.case.max_failures.is_some_and(|most| self.failed > most) {
            self.breaks("somebody is begun after max_failures".into());
        }
        let is_open = self.lost.requests >= self.case.lost_in_a_row && self.lost.people.len() > 1;
        if is_open && self.now == self.lost.at {
            self.breaks(format!("a request leaves at once after {} were lost in a row", self.lost.requests));
        }
        if self.lost.requests >= self.case.lost_in_a_row + 3 && self.lost.people.len() > 1 {
            self.breaks("a request leaves although Greenhouse has lost all tries".into());
        }
    }

    pub fn breaks(&mut self, what: String) {
        self.broken.get_or_insert(what);
    }

    /// A request leaves, and meets its fate.
    pub fn deliver(&mut self, request: &Request, attempt: &Attempt, fate: Fate) -> Event {
        if fate == Fate::Unsent {
            return Event::NotDone(NotDone::NotSent("nobody listens".into()));
        }
        self.leaves(request, attempt);
        match fate {
            Fate::Unsent => unreachable!("taken above"),
            Fate::Refused => Event::Refused(Refusal { status: 422, message: "no".into(), field: None }),
            Fate::Delayed => match self.greenhouse.finish(request, self.now, Shown::No, finished_by(self.now, self.case)) {
                Event::Accepted { id, .. } => Event::Accepted { id, others: Vec::new(), delayed: true },
                other => other,
            },
            Fate::Answered => self.greenhouse.finish(request, self.now, Shown::Yes, self.now),
            Fate::Hidden { stub } => {
                let shown = if stub { Shown::Stub } else { Shown::No };
                self.greenhouse.finish(request, self.now, shown, finished_by(self.now, self.case))
            }
            Fate::Lost { done } => {
                if done {
                    self.greenhouse.works.push(Work { request: request.clone(), due: finished_by(self.now, self.case) });
                }
                Event::Lost("no answer".into())
            }
        }
    }

    fn processes_are_alone(&self) -> bool {
        !self.case.side_by_side
    }

    /// What has to hold whenever a request leaves.
    pub fn leaves(&mut self, request: &Request, attempt: &Attempt) {
        if self.processes_are_alone() {
            self.is_bounded(request.who);
        }
        let who = &self.cast.keys[request.who];
        let intended = |step: &Step| {
            let newest = self.ledger.newest(who, *step)?;
            (newest.action.as_ref() == Some(&attempt.action) && newest.state == StepState::Intended).then_some(())
        };
        if self.forgotten.contains(&request.who) {
            // Whom the ledger still knew when the push began: it was forgotten while a run went on.
            self.breaks("a person who was forgotten is sent".into());
            return;
        }
        if request.steps.iter().any(|step| intended(step).is_none()) {
            self.breaks("a request leaves that the ledger does not know of".into());
        }
    }
}

impl State {
    pub fn new(case: &'static Case) -> Self {
        let told =
            Told { last: vec![vec![None; case.people]; case.pipelines], seconds: BTreeSet::new(), stopped: vec![None; case.pipelines] };
        let processes = (0..case.pipelines).map(|_| None).collect();
        Self { world: World::new(case), processes, budget: case.budget, told, trace: Trace::default() }
    }

    pub fn is_quiet(&self) -> bool {
        self.processes.iter().all(Option::is_none)
    }

    /// Two states with one fingerprint go on alike.
    pub fn fingerprint(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        (self.ending(), &self.processes, self.budget).hash(&mut hasher);
        hasher.finish()
    }

    /// Two states without a process and with one fingerprint of this kind come to the same end, were the adversary to rest.
    pub fn ending(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        let world = &self.world;
        (world.now, &world.greenhouse, &world.ledger, &world.emails, &world.mappings, &world.broken).hash(&mut hasher);
        (&self.told, self.budget.deleted, self.budget.merged, self.budget.refused, &world.forgotten).hash(&mut hasher);
        (&world.sent_to, world.failed, &world.lost).hash(&mut hasher);
        hasher.finish()
    }

    pub fn say(&mut self, words: String) {
        self.trace.push(self.world.now, words);
    }
}
