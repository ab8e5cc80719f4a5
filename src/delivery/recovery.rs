//! Settles steps whose end is not known, before anything is sent, by what was sent and what Greenhouse shows.
//! See `docs/delivery.md`, R3 to R5 and R18.
//!
//! [`Recovery`] does no I/O and has no clock: its driver answers each [`Ask`]. `engine::run` asks the ledger and Greenhouse; the model test
//! answers as its adversary likes.

mod finding; // what a look-up says of a step
mod settlements; // what is written down

pub use finding::{Listed, Marks};
pub use settlements::View;

use crate::base::digest::Digest;
use crate::model::capabilities::Capabilities;
use crate::model::outcome::{Ending, Outcome};
use crate::model::rows::{Identity, OpenStep, Settlement};
use crate::model::step::{Person, PersonKey, Step};
use finding::since;
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// How long an attempt that was not found is looked for again.
const LOOK_AGAIN: SignedDuration = SignedDuration::from_hours(24);

/// So many times `settle`: twenty minutes by default.
const LONG_AFTER: i32 = 10;

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Ask {
    /// The account's steps that are intended or open.
    OpenSteps,
    /// The attempts that were closed as absent since then.
    AbsentSteps {
        since: Timestamp,
    },
    /// Which of these pipelines have a run under way.
    Running(Vec<String>),
    /// The person, and who has each of the e-mails.
    Known {
        person: PersonKey,
        emails: Vec<Digest>,
    },
    /// Whether look-ups would show anybody (R7).
    Sees,
    Candidates {
        since: Timestamp,
    },
    /// What hangs on a candidate and might be the step.
    Children {
        step: Step,
        candidate: u64,
        application: Option<u64>,
    },
    Settle(Box<Settlement>),
    /// This absent attempt need not be looked for again.
    LookedAgain(Box<OpenStep>),
    /// It is over. These people are in Greenhouse twice, or have something twice.
    Over(Vec<Twice>),
}

#[derive(Debug)]
pub enum Answer {
    Begin,
    Steps(Vec<OpenStep>),
    Running(BTreeSet<String>),
    Known(Box<Person>, Vec<Option<Identity>>),
    Sees(bool),
    Shown(View),
    Written,
}

/// A person who is in Greenhouse twice, or has something twice.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Twice {
    pub person: PersonKey,
    /// The ids that Greenhouse shows, of all kinds.
    pub ids: Vec<u64>,
    /// Sentences, without any value of the profile.
    pub reasons: Vec<String>,
    pub candidate_id: Option<u64>,
    pub step: Step,
    /// Whether this pipeline sent it: the run records the profile as `uncertain` for its own pipeline only.
    pub of_this_pipeline: bool,
}

impl Twice {
    pub fn ending(&self) -> Ending {
        let mut ending = Ending::new(&self.person.profile_key, Outcome::Uncertain).because_of(self.reasons.join("; "));
        (ending.candidate_id, ending.step) = (self.candidate_id, Some(self.step.word().into()));
        ending
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Purpose {
    Open,
    /// Absent attempts that turned up and were not sent again are taken as done.
    TurnedUp,
    /// Absent attempts that turned up and were sent again are reported.
    Twice,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Phase {
    Begin,
    Steps,
    Running,
    /// Of the absent attempt with this index: may it be taken as done?
    MayTurnUp(usize),
    Sees,
    Candidates,
    /// The person of the step with this index.
    Known(usize),
    Children(usize),
    /// Go on with the step of this index.
    Written(usize),
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Recovery {
    pipeline: String,
    capabilities: &'static Capabilities,
    settle: SignedDuration,
    purpose: Purpose,
    /// Once what is open is settled, what was absent is looked at.
    then_turned_up: bool,
    phase: Phase,
    /// What is listed later is as of then.
    began: Timestamp,
    steps: Vec<OpenStep>,
    /// The steps of an absent create and of what went along with it.
    taken: Vec<OpenStep>,
    sees: bool,
    creates: View,
    made: BTreeMap<PersonKey, u64>,
    settled: BTreeSet<(PersonKey, Step)>,
    twice: Vec<Twice>,
}

impl Recovery {
    fn new(pipeline: &str, capabilities: &'static Capabilities, settle: SignedDuration, purpose: Purpose) -> Self {
        Self {
            pipeline: pipeline.to_owned(),
            capabilities,
            settle,
            purpose,
            then_turned_up: false,
            phase: Phase::Begin,
            began: Timestamp::MIN,
            steps: Vec::new(),
            taken: Vec::new(),
            sees: true,
            creates: View::Rows(Vec::new()),
            made: BTreeMap::new(),
            settled: BTreeSet::new(),
            twice: Vec::new(),
        }
    }

    /// At a run's start: open steps are settled, then absent attempts that turned up are taken as done.
    pub fn first(pipeline: &str, capabilities: &'static Capabilities, settle: SignedDuration) -> Self {
        Self { then_turned_up: true, ..Self::again(pipeline, capabilities, settle) }
    }

    /// Later in the run, before parked people are pushed again: open steps are settled.
    pub fn again(pipeline: &str, capabilities: &'static Capabilities, settle: SignedDuration) -> Self {
        Self::new(pipeline, capabilities, settle, Purpose::Open)
    }

    /// At a run's end: who is there twice, or has something twice? Every run says so until one of the two is gone or a day is over, because
    /// a run that is killed has said nothing.
    pub fn last(pipeline: &str, capabilities: &'static Capabilities, settle: SignedDuration) -> Self {
        Self::new(pipeline, capabilities, settle, Purpose::Twice)
    }

    /// Takes the answer to what was asked last, and says what to ask next.
    pub fn next(&mut self, answer: Answer, now: Timestamp) -> Ask {
        match (self.phase, answer) {
            (Phase::Steps, Answer::Steps(steps)) => self.take_steps(steps),
            (Phase::Running, Answer::Running(running)) => {
                // A step of another pipeline's run that is under way is that run's to settle.
                self.steps.retain(|step| !running.contains(&step.row.pipeline));
                self.choose()
            }
            (Phase::MayTurnUp(at), Answer::Known(person, holders)) => self.may_turn_up(at, &person, &holders),
            (Phase::Sees, Answer::Sees(sees)) => self.take_sight(sees),
            (Phase::Candidates, Answer::Shown(view)) => {
                self.creates = view;
                self.go_on(0)
            }
            (Phase::Known(at), Answer::Known(person, _)) => self.take_person(at, &person),
            (Phase::Children(at), Answer::Shown(view)) => self.take_child(at, &view),
            (Phase::Written(at), _) => self.go_on(at),
            (Phase::Begin, _) => self.begin(now),
            (_, _) => unreachable!("a driver answers what it was asked"),
        }
    }

    fn begin(&mut self, now: Timestamp) -> Ask {
        (self.began, self.phase) = (now, Phase::Steps);
        match self.purpose {
            Purpose::Open => Ask::OpenSteps,
            Purpose::TurnedUp | Purpose::Twice => Ask::AbsentSteps { since: now.checked_sub(LOOK_AGAIN).unwrap_or(Timestamp::MIN) },
        }
    }

    fn take_steps(&mut self, steps: Vec<OpenStep>) -> Ask {
        let others: BTreeSet<&String> = steps.iter().map(|step| &step.row.pipeline).filter(|other| **other != self.pipeline).collect();
        let others: Vec<String> = others.into_iter().cloned().collect();
        self.steps = creates_first(steps);
        if others.is_empty() {
            return self.choose();
        }
        self.phase = Phase::Running;
        Ask::Running(others)
    }

    /// The steps are this run's to look at.
    fn choose(&mut self) -> Ask {
        if self.purpose == Purpose::TurnedUp { self.ask_whether_it_may_turn_up(0) } else { self.look() }
    }

    fn ask_whether_it_may_turn_up(&mut self, at: usize) -> Ask {
        let Some(step) = self.steps.get(at) else {
            self.steps = creates_first(std::mem::take(&mut self.taken));
            return self.look();
        };
        self.phase = Phase::MayTurnUp(at);
        let creates = step.row.step == Step::Candidate;
        let emails = step.row.attempt.iter().filter(|_| creates).flat_map(|attempt| attempt.fingerprint.emails.clone()).collect();
        Ask::Known { person: step.person.clone(), emails }
    }

    fn may_turn_up(&mut self, at: usize, person: &Person, holders: &[Option<Identity>]) -> Ask {
        if let Some(step) = self.steps.get(at)
            && !holders.iter().any(|holder| settlements::is_anothers(step, holder.as_ref()))
        {
            self.taken.extend(settlements::may_come(step, person).into_iter().flatten());
        }
        self.ask_whether_it_may_turn_up(at + 1)
    }

    /// An empty list means nothing to a credential that would see nobody (R7).
    fn look(&mut self) -> Ask {
        if self.steps.is_empty() {
            return self.over();
        }
        self.phase = Phase::Sees;
        Ask::Sees
    }

    fn take_sight(&mut self, sees: bool) -> Ask {
        self.sees = sees;
        if self.purpose == Purpose::Twice && !sees {
            return self.over();
        }
        let creates = self.steps.iter().filter(|step| step.row.step == Step::Candidate);
        match creates.filter_map(|step| since(&step.row)).min() {
            Some(since) if sees => {
                self.phase = Phase::Candidates;
                return Ask::Candidates { since };
            }
            Some(_) => self.creates = View::Forbidden,
            None => {}
        }
        self.go_on(0)
    }

    /// Looks at the steps from this index on, until something has to be asked or written.
    fn go_on(&mut self, from: usize) -> Ask {
        for at in from..self.steps.len() {
            let Some(step) = self.steps.get(at) else { break };
            if self.settled.contains(&(step.person.clone(), step.row.step)) {
                continue;
            }
            let ask = match (step.row.step, self.candidate_of(step)) {
                (Step::Candidate, _) => self.take_create(at),
                // An update that is sent twice has the same result; and nothing hangs on a candidate who is not known.
                (Step::Update, _) | (_, None) if self.purpose == Purpose::Twice => None,
                (Step::Attachment { .. }, Some(_)) | (_, None) => {
                    self.phase = Phase::Known(at);
                    Some(Ask::Known { person: step.person.clone(), emails: Vec::new() })
                }
                (step, Some(candidate)) => self.ask_for_children(at, step, candidate, None),
            };
            if let Some(ask) = ask {
                return ask;
            }
        }
        self.over()
    }

    fn candidate_of(&self, step: &OpenStep) -> Option<u64> {
        step.candidate_id.or(self.made.get(&step.person).copied())
    }

    fn take_create(&mut self, at: usize) -> Option<Ask> {
        let step = self.steps.get(at)?;
        if self.purpose == Purpose::Twice {
            let View::Rows(rows) = &self.creates else { return None };
            let ids = settlements::twice(step, rows);
            return self.report_twice(at, ids);
        }
        let finding = self.creates.find(step, self.began, self.settle);
        let (settlement, found) =
            settlements::create(step, &settlements::along(&self.steps, step), &finding, self.capabilities, self.began);
        let says_something = settlements::says_something(step, &finding);
        self.made.extend(found.map(|candidate| (step.person.clone(), candidate)));
        self.settled.extend(settlement.steps.iter().map(|settled| (settlement.person.clone(), settled.step)));
        says_something.then(|| self.settle(at, settlement))
    }

    fn settle(&mut self, at: usize, settlement: Settlement) -> Ask {
        self.phase = Phase::Written(at + 1);
        Ask::Settle(Box::new(settlement))
    }

    /// Where nothing would be shown, nothing is asked. An update is not looked up but compared again.
    fn ask_for_children(&mut self, at: usize, step: Step, candidate: u64, application: Option<u64>) -> Option<Ask> {
        if !self.sees {
            let view = if step == Step::Update { View::Rows(Vec::new()) } else { View::Forbidden };
            return self.see_child(at, &view);
        }
        self.phase = Phase::Children(at);
        Some(Ask::Children { step, candidate, application })
    }

    fn take_person(&mut self, at: usize, person: &Person) -> Ask {
        let Some(step) = self.steps.get(at) else { return self.over() };
        let ask = match (step.row.step, self.candidate_of(step)) {
            (Step::Attachment { job, .. }, Some(candidate)) => {
                let on = job.map_or(Step::Prospect, |job| Step::Application { job });
                let application = person.step(on).and_then(|row| row.id);
                self.ask_for_children(at, step.row.step, candidate, application)
            }
            _ => {
                let create = person.step(Step::Candidate).map(|row| row.state);
                settlements::orphan(step, create, self.began).map(|settlement| self.settle(at, settlement))
            }
        };
        ask.unwrap_or_else(|| self.go_on(at + 1))
    }

    fn take_child(&mut self, at: usize, view: &View) -> Ask {
        self.see_child(at, view).unwrap_or_else(|| self.go_on(at + 1))
    }

    fn see_child(&mut self, at: usize, view: &View) -> Option<Ask> {
        let step = self.steps.get(at)?;
        if self.purpose == Purpose::Twice {
            // What may not be looked at now is looked at by the next run.
            let View::Rows(rows) = view else { return None };
            let ids = settlements::twice(step, rows);
            return self.report_twice(at, ids);
        }
        let finding = view.find(step, self.began, self.settle);
        settlements::child(step, &finding, self.began).map(|settlement| self.settle(at, settlement))
    }

    fn report_twice(&mut self, at: usize, ids: Option<Vec<u64>>) -> Option<Ask> {
        let step = self.steps.get(at)?;
        let Some(ids) = ids else {
            if !is_long_after(step, self.settle, self.began) {
                return None;
            }
            self.phase = Phase::Written(at + 1);
            return Some(Ask::LookedAgain(Box::new(step.clone())));
        };
        let reason = settlements::words_of_twice(step, &ids);
        match self.twice.iter_mut().find(|twice| twice.person == step.person) {
            Some(twice) => {
                twice.ids.extend(ids);
                // Two attempts at one step can show the same two rows.
                if !twice.reasons.contains(&reason) {
                    twice.reasons.push(reason);
                }
            }
            None => {
                let is_here = |other: &OpenStep| other.person == step.person && other.row.pipeline == self.pipeline;
                let of_this_pipeline = self.steps.iter().any(is_here);
                let (person, candidate_id) = (step.person.clone(), step.candidate_id);
                self.twice.push(Twice { person, ids, reasons: vec![reason], candidate_id, step: step.row.step, of_this_pipeline });
            }
        }
        None
    }

    fn over(&mut self) -> Ask {
        if std::mem::take(&mut self.then_turned_up) {
            let began = self.began;
            *self = Self::new(&self.pipeline, self.capabilities, self.settle, Purpose::TurnedUp);
            return self.begin(began);
        }
        Ask::Over(std::mem::take(&mut self.twice))
    }
}

fn creates_first(mut steps: Vec<OpenStep>) -> Vec<OpenStep> {
    steps.sort_by_key(|step| step.row.step != Step::Candidate);
    steps
}

/// Every step that hangs on a candidate costs one call in every run. So an attempt that Greenhouse shows once, long after its request, is not
/// looked up any more. Candidates are: one list shows all of them.
fn is_long_after(step: &OpenStep, settle: SignedDuration, now: Timestamp) -> bool {
    let long = settle.checked_mul(LONG_AFTER).unwrap_or(SignedDuration::MAX);
    step.row.step != Step::Candidate && step.row.attempt.as_ref().is_some_and(|attempt| now.duration_since(attempt.sent_by) > long)
}
