//! The production ledger's rules over its store in memory, which a state can copy and compare. Besides passing calls it takes one rule out,
//! where the case says so.

use super::cast::Rules;
use crate::base::digest::Digest;
use crate::ledger::memory::Memory;
use crate::ledger::rows::{Pending, PersonRows};
use crate::ledger::store::{self, People as _};
use crate::model::rows::{Claim, Identity, Intent, OpenStep, Settlement};
use crate::model::step::{CandidateRow, Members, Person, PersonKey, Settled, State, Step};
use jiff::Timestamp;
use std::sync::Arc;

const ACCOUNT: &str = "office";

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Ledger {
    memory: Memory,
    rules: Rules,
}

/// The newest attempt at a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Newest {
    pub state: State,
    pub ours: bool,
    pub action: Option<String>,
}

impl Ledger {
    pub fn new(rules: Rules) -> Self {
        Self { memory: Memory::default(), rules }
    }

    pub fn person(&self, who: &PersonKey) -> Person {
        let mut person = store::person(&self.memory, who).unwrap();
        if !self.rules.recovery_first {
            person.steps.retain(|row| !row.state.is_open());
        }
        person
    }

    pub fn intend(&mut self, mut intent: Intent) -> Claim {
        if !self.rules.recovery_first {
            self.close_open(&intent);
        }
        if !self.rules.identities {
            intent.identities.clear();
        }
        if !self.rules.seen_before {
            intent.seen_before.clear();
        }
        store::intend(&mut self.memory, &intent).unwrap()
    }

    /// As if nothing of it were under way.
    fn close_open(&mut self, intent: &Intent) {
        let is_open = |step: &Step| self.newest(&intent.person, *step).is_some_and(|newest| newest.state.is_open());
        let steps: Vec<Step> = intent.steps.iter().copied().filter(is_open).collect();
        if steps.is_empty() {
            return;
        }
        let settlement = Settlement {
            person: intent.person.clone(),
            pipeline: intent.pipeline.clone(),
            at: intent.intended_at,
            action: None,
            steps: steps.into_iter().map(|step| Settled { step, state: State::Closed, id: None, ours: false }).collect(),
            candidate: None,
            refusal: None,
            excuses: false,
            sent: Members::new(),
            identities: Vec::new(),
            delivered: false,
            seen: None,
        };
        store::settle(&mut self.memory, &settlement).unwrap();
    }

    pub fn settle(&mut self, settlement: &Settlement) -> bool {
        if self.rules.conditional {
            return store::settle(&mut self.memory, settlement).unwrap();
        }
        store::settle(&mut self.memory, &Settlement { action: None, ..settlement.clone() }).unwrap()
    }

    pub fn identity(&self, email: Digest) -> Option<Identity> {
        store::identity(&self.memory, ACCOUNT, email).unwrap().filter(|_| self.rules.identities)
    }

    pub fn open_steps(&self) -> Vec<OpenStep> {
        store::pending(&self.memory, ACCOUNT, Pending::Open).unwrap()
    }

    pub fn absent_since(&self, since: Timestamp) -> Vec<OpenStep> {
        store::pending(&self.memory, ACCOUNT, Pending::AbsentSince(since)).unwrap()
    }

    pub fn looked_again(&mut self, step: &OpenStep, at: Timestamp) {
        store::looked_again(&mut self.memory, step, at).unwrap();
    }

    pub fn forget(&mut self, who: &PersonKey) {
        self.memory.remove(who).unwrap();
        if !self.rules.forgotten {
            self.memory.tombstones.remove(who);
        }
    }

    /// What a process that crashed had not made durable: nothing, unless that rule is taken out.
    pub fn crash(&mut self, pipeline: &str) {
        if self.rules.durable_intents {
            return;
        }
        for rows in self.memory.people.values_mut().map(Arc::make_mut) {
            let PersonRows { actions, attempts, .. } = rows;
            let is_its = |number: Option<i64>| actions.iter().any(|action| Some(action.number) == number && action.pipeline == pipeline);
            attempts.retain(|row| row.state != State::Intended || !is_its(row.action));
        }
    }

    pub fn newest(&self, who: &PersonKey, step: Step) -> Option<Newest> {
        let rows = self.memory.people.get(who)?;
        let row = rows.newest(step)?;
        Some(Newest { state: row.state, ours: row.ours, action: rows.action_of(row).map(|action| action.action.clone()) })
    }

    pub fn candidate(&self, who: &PersonKey) -> Option<CandidateRow> {
        self.memory.people.get(who)?.status.candidate
    }
}
