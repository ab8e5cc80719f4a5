//! The ledger's semantics in memory, so that a state can be copied and compared: the same questions, the same answers as `crate::ledger`
//! gives. That they are the same is held by a test, which asks the real one whatever the search asked this one.

use super::cast::Rules;
use crate::digest::Digest;
use crate::ledger::{Claim, Identity, Intent, OpenStep, Settlement};
use crate::step::{Attempt, CandidateRow, Fingerprint, Members, Person, PersonKey, State, Step, StepRow};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Ledger {
    /// Shared with the states that know the same of them.
    people: BTreeMap<PersonKey, Rc<Known>>,
    /// In the order in which they came.
    came: Vec<PersonKey>,
    identities: BTreeMap<Digest, PersonKey>,
    tombstones: BTreeSet<PersonKey>,
    pub rules: Rules,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
struct Known {
    candidate: Option<CandidateRow>,
    delivered: bool,
    sent: Option<Members>,
    /// Oldest first.
    steps: Vec<Row>,
}

/// One attempt; of number 0 where it was found and never tried.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Row {
    row: StepRow,
    looked_again: bool,
}

fn in_vain(row: &Row) -> u32 {
    u32::from(row.row.state == State::Absent)
}

impl Known {
    fn newest(&self, step: Step) -> Option<&Row> {
        self.steps.iter().rfind(|row| row.row.step == step)
    }

    fn newest_mut(&mut self, step: Step) -> Option<&mut Row> {
        self.steps.iter_mut().rfind(|row| row.row.step == step)
    }

    fn remember(&mut self, sent: &Members) {
        if !sent.is_empty() {
            self.sent.get_or_insert_default().extend(sent.iter().map(|(member, hash)| (member.clone(), *hash)));
        }
    }
}

fn releases(state: State) -> bool {
    matches!(state, State::Rejected | State::Closed | State::Absent | State::GivenUp)
}

fn is_application(step: Step) -> bool {
    matches!(step, Step::Application { .. } | Step::Prospect)
}

impl Ledger {
    pub fn new(rules: Rules) -> Self {
        Self { rules, ..Self::default() }
    }

    pub fn person(&self, who: &PersonKey) -> Person {
        let Some(known) = self.people.get(who) else {
            return Person { forgotten: self.is_forgotten(who), ..Person::default() };
        };
        let mut steps: Vec<StepRow> = Vec::new();
        let names: BTreeSet<Step> = known.steps.iter().map(|row| row.row.step).collect();
        for step in names {
            let mut absences = 0;
            let mut newest = None;
            for row in known.steps.iter().filter(|row| row.row.step == step) {
                // What was in vain before it was done once is past.
                let before = if newest.is_some_and(|older: &Row| older.row.state == State::Done) { 0 } else { absences };
                absences = before + in_vain(row);
                newest = Some(row);
            }
            steps.extend(newest.map(|row| StepRow { absences, ..row.row.clone() }));
        }
        for other in self.siblings(who) {
            for row in Self::newest_applications(other).filter(|row| row.row.state == State::Done) {
                let own = steps.iter().position(|own| own.step == row.row.step);
                match own.and_then(|at| steps.get(at)).map(|own| own.state) {
                    None | Some(State::Closed | State::Absent) => {}
                    Some(_) => continue,
                }
                own.into_iter().for_each(|at| drop(steps.swap_remove(at)));
                let found =
                    StepRow { ours: false, pipeline: String::new(), attempt: None, absences: 0, settled_at: None, ..row.row.clone() };
                steps.push(found);
            }
        }
        if !self.rules.recovery_first {
            steps.retain(|row| !row.state.is_open());
        }
        steps.sort_unstable_by_key(|row| row.step);
        let shares = !self.siblings(who).is_empty();
        Person { candidate: known.candidate, delivered: known.delivered, forgotten: false, steps, sent: known.sent.clone(), shares }
    }

    fn is_forgotten(&self, who: &PersonKey) -> bool {
        self.rules.forgotten && self.tombstones.contains(who)
    }

    /// The other profiles of the same candidate.
    fn siblings(&self, who: &PersonKey) -> Vec<&Known> {
        let id_of = |who: &PersonKey| self.people.get(who).and_then(|known| known.candidate).map(|row| row.id);
        let own = id_of(who);
        let same = |other: &&PersonKey| *other != who && own.is_some() && id_of(other) == own;
        self.came.iter().filter(same).filter_map(|other| self.people.get(other)).map(Rc::as_ref).collect()
    }

    fn newest_applications(known: &Known) -> impl Iterator<Item = &Row> {
        let steps: BTreeSet<Step> = known.steps.iter().map(|row| row.row.step).filter(|step| is_application(*step)).collect();
        steps.into_iter().filter_map(|step| known.newest(step))
    }

    pub fn intend(&mut self, intent: &Intent) -> Claim {
        let who = &intent.person;
        let candidate = self.people.get(who).and_then(|known| known.candidate);
        let creates =
            intent.steps.contains(&Step::Candidate) && (!intent.identities.is_empty() || intent.fingerprint != Fingerprint::default());
        if let Some(candidate) = candidate.filter(|_| creates) {
            return Claim::Taken { candidate_id: candidate.id };
        }
        if !self.people.contains_key(who) && self.is_forgotten(who) {
            return Claim::Busy;
        }
        let holds = |row: &Row| matches!(row.row.state, State::Intended | State::Open | State::Uncertain | State::Done);
        let anothers = |step: Step| self.siblings(who).iter().any(|other| other.newest(step).is_some_and(holds));
        if candidate.is_some() && intent.steps.iter().any(|step| is_application(*step) && anothers(*step)) {
            return Claim::Busy;
        }
        let steps: BTreeSet<Step> = intent.steps.iter().copied().collect();
        let mut numbers = Vec::new();
        for step in steps {
            match self.next_attempt(who, step, intent.hash) {
                Some(number) => numbers.push((step, number)),
                None => return Claim::Busy,
            }
        }
        let emails: BTreeSet<Digest> = intent.identities.iter().copied().collect();
        if let Some(refusal) = self.refusal(who, &emails) {
            return refusal;
        }
        self.add(who);
        for email in emails {
            self.identities.entry(email).or_insert_with(|| who.clone());
        }
        let with_candidate = intent.steps.contains(&Step::Candidate);
        let known = Rc::make_mut(self.people.entry(who.clone()).or_default());
        for (step, number) in numbers {
            let recognised = step == Step::Candidate;
            let seen_before = if recognised || !with_candidate { intent.seen_before.clone() } else { Vec::new() };
            let attempt = Attempt {
                number,
                action: intent.action.clone(),
                hash: intent.hash,
                fingerprint: if recognised { intent.fingerprint.clone() } else { Fingerprint::default() },
                seen_before,
                greenhouse_time: intent.greenhouse_time,
                intended_at: intent.intended_at,
                sent_by: intent.sent_by,
                members: intent.members.clone(),
            };
            let (state, pipeline) = (State::Intended, intent.pipeline.clone());
            let row = StepRow { step, state, id: None, ours: false, pipeline, attempt: Some(attempt), absences: 0, settled_at: None };
            known.steps.push(Row { row, looked_again: false });
        }
        Claim::Intended
    }

    fn add(&mut self, who: &PersonKey) {
        if !self.people.contains_key(who) {
            self.came.push(who.clone());
            self.people.insert(who.clone(), Rc::default());
        }
    }

    fn next_attempt(&self, who: &PersonKey, step: Step, hash: Digest) -> Option<u32> {
        let Some(Row { row, .. }) = self.people.get(who).and_then(|known| known.newest(step)) else { return Some(1) };
        let number = row.attempt.as_ref().map_or(0, |attempt| attempt.number) + 1;
        let free = match row.state {
            State::Intended | State::Open => !self.rules.recovery_first,
            State::Uncertain => false,
            State::Done => match step {
                Step::Candidate | Step::Update => true,
                Step::Attachment { .. } => row.attempt.as_ref().is_none_or(|attempt| attempt.hash != hash),
                _ => false,
            },
            State::Rejected | State::Closed | State::Absent | State::GivenUp => true,
        };
        free.then_some(number)
    }

    fn refusal(&self, who: &PersonKey, emails: &BTreeSet<Digest>) -> Option<Claim> {
        if !self.rules.identities {
            return None;
        }
        let holders = || emails.iter().filter_map(|email| self.identities.get(email));
        let candidate = |holder: &PersonKey| self.people.get(holder).and_then(|known| known.candidate);
        if let Some(row) = holders().find_map(candidate) {
            return Some(Claim::Taken { candidate_id: row.id });
        }
        holders().any(|holder| holder != who).then_some(Claim::Busy)
    }

    pub fn settle(&mut self, settlement: &Settlement) -> bool {
        let who = &settlement.person;
        if !self.people.contains_key(who) && self.is_forgotten(who) {
            return true;
        }
        let newest_action = |step: Step| self.people.get(who)?.newest(step)?.row.attempt.as_ref().map(|attempt| attempt.action.clone());
        if let Some(action) = settlement.action.as_ref().filter(|_| self.rules.conditional) {
            let overtaken = |step: Step| newest_action(step).is_some_and(|newest| newest != *action);
            if settlement.steps.iter().any(|settled| overtaken(settled.step)) {
                return false;
            }
        }
        self.add(who);
        let known = Rc::make_mut(self.people.entry(who.clone()).or_default());
        let before = known.candidate;
        for settled in &settlement.steps {
            Self::settle_step(known, settled, settlement);
        }
        let done = || {
            let step = settlement.steps.iter().find(|settled| settled.step == Step::Candidate && settled.state == State::Done)?;
            Some(CandidateRow { id: step.id?, ours: step.ours, gone: false })
        };
        known.candidate = settlement.candidate.or_else(|| if before.is_none() { done() } else { None }).or(before);
        known.delivered |= settlement.delivered;
        known.remember(&settlement.sent);
        let released = settlement.steps.iter().any(|settled| settled.step == Step::Candidate && releases(settled.state));
        match known.candidate {
            Some(candidate) => self.name(who, candidate.id, &settlement.identities),
            None if released => self.identities.retain(|_, holder| holder != who),
            None => {}
        }
        true
    }

    fn settle_step(known: &mut Known, settled: &crate::step::Settled, settlement: &Settlement) {
        // As a column holds it: whole milliseconds.
        let settled_at = Some(settlement.at);
        let mut sent = None;
        match known.newest_mut(settled.step) {
            Some(Row { row, .. }) => {
                (row.state, row.id, row.ours, row.settled_at) = (settled.state, settled.id, settled.ours, settled_at);
                if settled.state == State::Done {
                    sent = row.attempt.as_ref().map(|attempt| (attempt.action.clone(), attempt.members.clone()));
                }
            }
            None => {
                let pipeline = settlement.pipeline.clone();
                let crate::step::Settled { step, state, id, ours } = *settled;
                let row = StepRow { step, state, id, ours, pipeline, attempt: None, absences: 0, settled_at };
                known.steps.push(Row { row, looked_again: false });
            }
        }
        let of_request = |row: &Row| row.row.attempt.as_ref().map(|attempt| attempt.action.clone());
        if let Some((action, members)) = sent {
            known.remember(&members);
            for row in known.steps.iter_mut().filter(|row| of_request(row).as_ref() == Some(&action)) {
                row.row.attempt.iter_mut().for_each(|attempt| attempt.members.clear());
            }
        }
        if settled.state == State::Open {
            let action = known.newest(settled.step).and_then(of_request);
            for row in known.steps.iter_mut().filter(|row| action.is_some() && of_request(row) == action) {
                row.row.attempt.iter_mut().for_each(|attempt| attempt.sent_by = attempt.sent_by.min(settlement.at));
            }
        }
    }

    /// What somebody else has claimed stays claimed.
    fn name(&mut self, who: &PersonKey, candidate: u64, emails: &[Digest]) {
        for email in emails {
            let holder = self.identities.get(email);
            let others = holder.map(|holder| self.people.get(holder).and_then(|known| known.candidate).map(|row| row.id));
            match others {
                None => {}
                Some(Some(other)) if other != candidate => {}
                Some(_) => continue,
            }
            self.identities.insert(*email, who.clone());
        }
    }

    pub fn identity(&self, email: Digest) -> Option<Identity> {
        let holder = self.identities.get(&email).filter(|_| self.rules.identities)?;
        Some(match self.people.get(holder).and_then(|known| known.candidate) {
            Some(row) => Identity::Candidate { id: row.id, ours: row.ours },
            None => Identity::Claimed { by: holder.clone() },
        })
    }

    pub fn open_steps(&self) -> Vec<OpenStep> {
        self.attempts(|row| row.row.state.is_open())
    }

    pub fn absent_since(&self, since: Timestamp) -> Vec<OpenStep> {
        let recent = |row: &Row| row.row.settled_at.is_some_and(|at| at >= since);
        self.attempts(|row| row.row.state == State::Absent && !row.looked_again && recent(row))
    }

    /// The oldest first.
    fn attempts(&self, wanted: impl Fn(&Row) -> bool) -> Vec<OpenStep> {
        let mut found: Vec<OpenStep> = Vec::new();
        for (who, known) in &self.people {
            for row in known.steps.iter().filter(|row| wanted(row)) {
                let absences = known.steps.iter().filter(|other| other.row.step == row.row.step).map(in_vain).sum();
                let candidate_id = known.candidate.map(|candidate| candidate.id);
                found.push(OpenStep { person: who.clone(), candidate_id, row: StepRow { absences, ..row.row.clone() } });
            }
        }
        let order = |step: &OpenStep| {
            let attempt = step.row.attempt.as_ref().map(|attempt| (attempt.intended_at, attempt.action.clone()));
            (attempt, step.row.step.to_string())
        };
        found.sort_by_cached_key(order);
        found
    }

    pub fn looked_again(&mut self, step: &OpenStep) -> bool {
        let number = |row: &StepRow| row.attempt.as_ref().map_or(0, |attempt| attempt.number);
        let Some(known) = self.people.get_mut(&step.person).map(Rc::make_mut) else { return false };
        let same = |row: &&mut Row| row.row.step == step.row.step && number(&row.row) == number(&step.row);
        let Some(row) = known.steps.iter_mut().find(same).filter(|row| row.row.state == State::Absent) else { return false };
        row.looked_again = true;
        true
    }

    pub fn forget(&mut self, who: &PersonKey) {
        self.people.remove(who);
        self.came.retain(|one| one != who);
        self.identities.retain(|_, holder| holder != who);
        self.tombstones.insert(who.clone());
    }

    /// What a process that crashed had not made durable: nothing, unless that rule is taken out.
    pub fn crash(&mut self, pipeline: &str) {
        if !self.rules.durable_intents {
            for known in self.people.values_mut().map(Rc::make_mut) {
                known.steps.retain(|row| row.row.state != State::Intended || row.row.pipeline != pipeline);
            }
        }
    }

    /// The newest attempt at a step.
    pub fn newest(&self, who: &PersonKey, step: Step) -> Option<&StepRow> {
        Some(&self.people.get(who)?.newest(step)?.row)
    }

    pub fn candidate(&self, who: &PersonKey) -> Option<CandidateRow> {
        self.people.get(who)?.candidate
    }

    pub fn tombstone(&self, who: &PersonKey) -> bool {
        self.tombstones.contains(who)
    }
}
