//! Open steps are settled, one question or write at a time: what `run/recover.rs` does between the answers of `judged`. To be read beside it.

use super::cast::{PIPELINES, at};
use super::state::World;
use crate::delivery::recovery::{Finding, since};
use crate::ledger::{OpenStep, Settlement};
use crate::run::judged::{self, View};
use crate::run::late::{LOOK_AGAIN, long_after};
use crate::step::{PersonKey, Step};
use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};

#[derive(Debug, Clone)]
pub struct Recovery {
    /// When it began: what is listed later is as of then.
    began: i64,
    at: At,
    open: Vec<OpenStep>,
    creates: View,
    made: BTreeMap<PersonKey, u64>,
    settled: Vec<(PersonKey, Step)>,
    /// Whether look-ups would show somebody.
    sees: bool,
    next: usize,
    /// What was believed not to be there is looked at too: at a run's start, once what is open is settled.
    late: Late,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Late {
    Never,
    Next,
    Now,
}

#[derive(Debug, Clone)]
enum At {
    Read,
    ListCreates,
    WriteCreate,
    ListChild,
    WriteChild(Box<Settlement>),
}

impl Recovery {
    /// A run's first: what has come since it was believed not to be there is taken back too.
    pub fn first(now: i64) -> Self {
        Self { late: Late::Next, ..Self::again(now) }
    }

    pub fn again(now: i64) -> Self {
        Self {
            began: now,
            at: At::Read,
            open: Vec::new(),
            creates: View::NotYet,
            made: BTreeMap::new(),
            settled: Vec::new(),
            sees: true,
            next: 0,
            late: Late::Never,
        }
    }

    /// One thing; whether it has come to its end, or why the run has to.
    pub fn act(&mut self, world: &mut World, pipeline: usize, leased: &[&str]) -> Option<Result<(), &'static str>> {
        match std::mem::replace(&mut self.at, At::Read) {
            At::Read => {
                self.open = if self.late == Late::Now { may_come(world) } else { world.open_steps() };
                if self.open.is_empty() {
                    return self.over(world);
                }
                self.at = At::ListCreates;
                return None;
            }
            At::ListCreates => {
                // A step that another pipeline's living run has under way is not ours to judge: its lease tells.
                self.open.retain(|step| step.row.pipeline == PIPELINES[pipeline] || !leased.contains(&step.row.pipeline.as_str()));
                if self.open.is_empty() {
                    return self.over(world);
                }
                self.sees = match super::task::sees(world) {
                    Ok(sees) => sees,
                    Err(why) => return Some(Err(why)),
                };
                self.creates = self.list_creates(world);
                // Creates first.
                self.open.sort_by_key(|step| step.row.step != Step::Candidate);
                self.next = 0;
            }
            At::WriteCreate => self.settle_create(world, pipeline),
            At::ListChild => match self.look_at_child(world) {
                Some(settlement) => {
                    self.at = At::WriteChild(Box::new(settlement));
                    return None;
                }
                None => self.next += 1,
            },
            At::WriteChild(settlement) => {
                world.settle(&settlement);
                self.next += 1;
            }
        }
        while self.open.get(self.next).is_some_and(|step| self.settled.contains(&(step.person.clone(), step.row.step))) {
            self.next += 1;
        }
        match self.open.get(self.next) {
            None => return self.over(world),
            Some(step) => self.at = if step.row.step == Step::Candidate { At::WriteCreate } else { At::ListChild },
        }
        None
    }

    fn over(&mut self, world: &World) -> Option<Result<(), &'static str>> {
        if self.late != Late::Next || !world.case.rules.second_look {
            return Some(Ok(()));
        }
        *self = Self { late: Late::Now, ..Self::again(world.now) };
        None
    }

    fn list_creates(&self, world: &World) -> View {
        let creates = self.open.iter().filter(|step| step.row.step == Step::Candidate);
        match creates.filter_map(|step| step.row.attempt.as_ref()).map(since).min() {
            Some(_) if !self.sees => View::Forbidden,
            Some(from) => world.greenhouse.candidates_since(from),
            None => View::Rows(Vec::new()),
        }
    }

    fn find(&self, world: &World, view: &View, step: &OpenStep) -> Finding {
        view.find(step, at(self.began), world.case.settle())
    }

    fn settle_create(&mut self, world: &mut World, pipeline: usize) {
        let mut step = self.open[self.next].clone();
        if !world.case.rules.fingerprints {
            let who = world.cast.number(&step.person);
            let today = world.cast.wanted(pipeline, who, world.emails[who], world.mappings[pipeline]);
            step.row.attempt.iter_mut().for_each(|attempt| attempt.fingerprint = today.fingerprint.clone());
        }
        let finding = self.find(world, &self.creates, &step);
        let along = judged::along(&self.open, &step);
        let (mut settlement, found) = judged::create(&step, &along, &finding, world.case.api, at(self.began));
        self.settled.extend(settlement.steps.iter().map(|settled| (step.person.clone(), settled.step)));
        if !world.case.rules.adopts_ours {
            settlement.candidate.iter_mut().for_each(|row| row.ours = false);
        }
        self.made.extend(found.map(|id| (step.person.clone(), id)));
        if judged::says_something(&step, &finding) {
            world.settle(&settlement);
        }
        self.next += 1;
    }

    /// What is to be written of the next step that is no create; none where nothing is.
    fn look_at_child(&self, world: &mut World) -> Option<Settlement> {
        let step = &self.open[self.next];
        let now = at(self.began);
        match step.candidate_id.or(self.made.get(&step.person).copied()) {
            Some(candidate) => {
                let view = if self.sees { children(world, step, candidate) } else { View::Forbidden };
                judged::child(step, &self.find(world, &view, step), now)
            }
            None => {
                let who = world.cast.number(&step.person);
                judged::orphan(step, world.person(who).step(Step::Candidate).map(|row| row.state), now)
            }
        }
    }

    pub fn words(&self) -> String {
        match &self.at {
            At::Read if self.late == Late::Now => "asks the ledger what was believed not to be there".into(),
            At::Read => "asks the ledger what is open".into(),
            At::ListCreates => "lists what was made since".into(),
            At::WriteCreate => {
                let who = self.open.get(self.next).map(|step| step.person.profile_key.clone()).unwrap_or_default();
                format!("writes what became of {who}'s create")
            }
            At::ListChild => {
                let step = self.open.get(self.next).map(|step| super::trace::name(step.row.step)).unwrap_or_default();
                format!("looks for the {step}")
            }
            At::WriteChild(settlement) => {
                let states: Vec<_> = settlement.steps.iter().map(super::trace::settled).collect();
                format!("writes {}", states.join(", "))
            }
        }
    }
}

/// What hangs on a candidate and might be the step.
fn children(world: &mut World, step: &OpenStep, candidate: u64) -> View {
    let who = world.cast.number(&step.person);
    let application = match step.row.step {
        Step::Attachment { job, .. } => {
            world.person(who).step(job.map_or(Step::Prospect, |job| Step::Application { job })).and_then(|row| row.id)
        }
        _ => None,
    };
    world.greenhouse.listed(step.row.step, candidate, application, world.case.api)
}

impl Hash for Recovery {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.began, self.next, &self.made, &self.settled, self.sees, self.late).hash(state);
        std::mem::discriminant(&self.at).hash(state);
        for step in &self.open {
            (&step.person, step.candidate_id, &step.row).hash(state);
        }
        match &self.creates {
            View::Rows(rows) => rows.hash(state),
            other => std::mem::discriminant(other).hash(state),
        }
        if let At::WriteChild(settlement) = &self.at {
            super::state::hash_settlement(settlement, state);
        }
    }
}

/// What was believed not to be there, and may be taken back.
fn may_come(world: &mut World) -> Vec<OpenStep> {
    let mut steps = Vec::new();
    for step in world.absent_since(at(world.now).checked_sub(LOOK_AGAIN).unwrap()) {
        let emails: Vec<_> = step.row.attempt.iter().flat_map(|attempt| attempt.fingerprint.emails.clone()).collect();
        let is_anothers = emails.into_iter().any(|email| judged::is_anothers(&step, world.identity(email).as_ref()));
        if step.row.step == Step::Candidate && is_anothers {
            continue;
        }
        let person = world.person(world.cast.number(&step.person));
        steps.extend(judged::may_come(&step, &person).into_iter().flatten());
    }
    steps
}

/// Whoever is there twice, or has something twice.
#[derive(Debug, Clone, Default)]
pub struct LookingAgain {
    late: Vec<(OpenStep, Vec<u64>)>,
    listed: bool,
}

impl LookingAgain {
    /// Whom to tell of which ids, and whether it is over.
    pub fn act(&mut self, world: &mut World) -> (Vec<(usize, Vec<u64>)>, bool) {
        if !self.listed {
            self.list(world);
            self.listed = true;
            return (Vec::new(), self.late.is_empty());
        }
        let Some((step, ids)) = self.late.pop() else { return (Vec::new(), true) };
        (vec![(world.cast.number(&step.person), ids)], self.late.is_empty())
    }

    fn list(&mut self, world: &mut World) {
        let now = at(world.now);
        let from = now.checked_sub(LOOK_AGAIN).unwrap();
        let absent = world.absent_since(from);
        if absent.is_empty() || super::task::sees(world) != Ok(true) {
            return;
        }
        let creates = absent.iter().filter(|step| step.row.step == Step::Candidate);
        let listed = match creates.filter_map(|step| step.row.attempt.as_ref()).map(since).min() {
            Some(oldest) => world.greenhouse.candidates_since(oldest),
            None => View::Rows(Vec::new()),
        };
        for step in absent {
            let view = match (step.row.step, step.candidate_id) {
                (Step::Candidate, _) => listed.clone(),
                (Step::Update, _) | (_, None) => continue,
                (_, Some(candidate)) => children(world, &step, candidate),
            };
            let View::Rows(rows) = view else { continue };
            match judged::twice(&step, &rows) {
                Some(ids) => self.late.push((step, ids)),
                None if long_after(&step, world.case.settle(), now) => world.looked_again(&step),
                None => {}
            }
        }
    }

    pub fn words(&self) -> String {
        match self.late.last() {
            None => "looks again for what was closed as not there".into(),
            Some((step, ids)) => {
                format!("tells {}: there may be two, {} {ids:?} is late", step.person.profile_key, super::trace::name(step.row.step))
            }
        }
    }
}

impl Hash for LookingAgain {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.listed.hash(state);
        for (step, ids) in &self.late {
            (&step.person, &step.row, ids).hash(state);
        }
    }
}
