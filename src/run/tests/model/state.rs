//! Everything that a schedule can change, and what every write and every request is held to as it happens.

use super::cast::{Case, Cast, Sight, at};
use super::greenhouse::{Greenhouse, Request, Shown, Work, finished_by};
use super::ledger::Ledger;
use super::process::Process;
use super::task::Fate;
use super::trace::Trace;
use crate::delivery::Observed;
use crate::delivery::action::{Event, NotDone};
use crate::ledger::{Claim, Identity, Intent, OpenStep, Settlement};
use crate::outcome::Outcome;
use crate::settings::Api;
use crate::step::{Attempt, Person, PersonKey, State as StepState, Step};
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
    /// What the ledger was asked, and what it answered; where somebody wants to know.
    pub calls: Option<Vec<Call>>,
}

/// A question to the ledger with its answer.
#[derive(Debug, Clone)]
pub enum Call {
    Person(PersonKey, Person),
    Intend(Box<Intent>, Claim),
    Settle(Box<Settlement>, bool),
    Identity(crate::digest::Digest, Option<Identity>),
    Open(Vec<OpenStep>),
    Absent(Timestamp, Vec<OpenStep>),
    LookedAgain(Box<OpenStep>, Timestamp, bool),
    Forget(PersonKey),
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
            calls: None,
        };
        if case.met {
            let marks = world.cast.wanted(0, 0, 0, 0).fingerprint.clone();
            world.greenhouse.recruit(marks, 0);
        }
        world
    }

    /// Whether who asks is known not to see: no Site Admin in v3, which the run asks first.
    pub fn cannot_see(&self) -> bool {
        let asks = self.case.rules.positive_control && self.case.api == Api::HarvestV3;
        asks && matches!(self.greenhouse.sight, Sight::Forbidden | Sight::Nothing)
    }

    pub fn new_action(&mut self) -> String {
        self.actions += 1;
        format!("request {}", self.actions)
    }

    fn called(&mut self, call: impl FnOnce() -> Call) {
        if let Some(calls) = &mut self.calls {
            calls.push(call());
        }
    }

    pub fn person(&mut self, who: usize) -> Person {
        let key = self.cast.keys[who].clone();
        let person = self.ledger.person(&key);
        self.called(|| Call::Person(key, person.clone()));
        person
    }

    pub fn intend(&mut self, intent: &Intent) -> Claim {
        let open = |step: &Step| self.ledger.newest(&intent.person, *step).is_some_and(|row| row.state.is_open());
        let was_open = intent.steps.iter().copied().find(open);
        let claim = self.ledger.intend(intent);
        if let (Claim::Intended, Some(step)) = (claim, was_open) {
            self.breaks(format!("the {} is sent again while its end is not known", step.word()));
        }
        self.called(|| Call::Intend(Box::new(intent.clone()), claim));
        claim
    }

    pub fn settle(&mut self, settlement: &Settlement) -> bool {
        let written = self.ledger.settle(settlement);
        self.called(|| Call::Settle(Box::new(settlement.clone()), written));
        written
    }

    pub fn identity(&mut self, email: crate::digest::Digest) -> Option<Identity> {
        let identity = self.ledger.identity(email);
        self.called(|| Call::Identity(email, identity.clone()));
        identity
    }

    pub fn open_steps(&mut self) -> Vec<OpenStep> {
        let open = self.ledger.open_steps();
        self.called(|| Call::Open(open.clone()));
        open
    }

    pub fn absent_since(&mut self, since: Timestamp) -> Vec<OpenStep> {
        let absent = self.ledger.absent_since(since);
        self.called(|| Call::Absent(since, absent.clone()));
        absent
    }

    pub fn looked_again(&mut self, step: &OpenStep) {
        let written = self.ledger.looked_again(step);
        let now = at(self.now);
        self.called(|| Call::LookedAgain(Box::new(step.clone()), now, written));
    }

    pub fn forget(&mut self, who: usize) {
        let key = self.cast.keys[who].clone();
        self.ledger.forget(&key);
        self.called(|| Call::Forget(key));
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

    /// What has to hold whenever a request leaves.
    pub fn leaves(&mut self, request: &Request, attempt: &Attempt) {
        let who = &self.cast.keys[request.who];
        let intended = |step: &Step| {
            let row = self.ledger.newest(who, *step)?;
            let same = row.attempt.as_ref().is_some_and(|newest| newest.action == attempt.action);
            (same && row.state == StepState::Intended).then_some(())
        };
        if self.ledger.tombstone(who) {
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
        (&self.told, self.budget.deleted, self.budget.merged).hash(&mut hasher);
        hasher.finish()
    }

    pub fn say(&mut self, words: String) {
        self.trace.push(self.world.now, words);
    }
}

pub fn hash_settlement<H: Hasher>(settlement: &Settlement, state: &mut H) {
    (&settlement.person, &settlement.action, settlement.candidate, settlement.delivered, settlement.at).hash(state);
    settlement.steps.hash(state);
    settlement.identities.hash(state);
}

/// All that a push without updates sees.
pub fn hash_observed<H: Hasher>(observed: &Observed, state: &mut H) {
    (&observed.matches, &observed.applications, &observed.attachments, &observed.employments).hash(state);
    (&observed.educations, &observed.notes, observed.present, observed.whereabouts, &observed.not_found).hash(state);
    (observed.claim, &observed.made, &observed.tried, observed.forbidden, &observed.told).hash(state);
}
