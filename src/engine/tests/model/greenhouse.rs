//! A small Greenhouse: what it holds, what it shows of that and when, and the requests that it has not finished.

use super::cast::{Case, SETTLE, Sight, at};
use crate::base::digest::Digest;
use crate::delivery::action::{Action, Event, Id, Refusal};
use crate::delivery::observed::Seen;
use crate::delivery::recovery::{Listed, Marks, View};
use crate::delivery::update::Current;
use crate::delivery::wanted::Wanted;
use crate::delivery::{LookUp, SeenApplication, Whereabouts};
use crate::model::candidate::Prospect;
use crate::model::capabilities::Capabilities;
use crate::model::step::{Fingerprint, Step};
use jiff::Timestamp;
use serde_json::Value;

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Greenhouse {
    pub candidates: Vec<Candidate>,
    /// Applications, attachments, employments, notes.
    pub children: Vec<Child>,
    /// Requests whose senders know nothing of their end.
    pub works: Vec<Work>,
    pub sight: Sight,
    ids: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Maker {
    Recruiter,
    /// For this person.
    Us(usize),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Shown {
    Yes,
    /// As a row without a name.
    Stub,
    No,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Row {
    pub id: u64,
    pub maker: Maker,
    created: i64,
    pub shown: Shown,
    /// It is shown from then on, in any case.
    pub shown_by: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Candidate {
    pub row: Row,
    pub marks: Fingerprint,
    pub title: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Child {
    pub row: Row,
    pub candidate: u64,
    /// An attachment's, in v3.
    pub application: Option<u64>,
    pub step: Step,
    pool: Option<u64>,
}

/// A request, as far as Greenhouse is concerned.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Request {
    pub who: usize,
    /// What the candidate that it makes is known by.
    pub creates: Option<Fingerprint>,
    candidate: Option<u64>,
    application: Option<u64>,
    pub steps: Vec<Step>,
    pool: Option<u64>,
    title: Option<String>,
}

/// A request that will be finished at some time until then.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Work {
    pub request: Request,
    pub due: i64,
}

impl Request {
    pub fn new(who: usize, action: &Action<'_>, covers: &[Step], wanted: &Wanted<'_>) -> Self {
        let known = |id: Id| if let Id::Known(id) = id { Some(id) } else { None };
        let pool = |prospect: Option<&Prospect>| prospect.and_then(|prospect| prospect.pool_id);
        let (creates, candidate, application) = match action {
            Action::CreateCandidate { .. } => (Some(wanted.fingerprint.clone()), None, None),
            Action::CreateAttachment { candidate, application, .. } => (None, known(*candidate), application.and_then(known)),
            Action::CreateApplication { candidate, .. }
            | Action::CreateProspect { candidate, .. }
            | Action::CreateEmployment { candidate, .. }
            | Action::CreateEducation { candidate, .. }
            | Action::CreateNote { candidate, .. }
            | Action::UpdateCandidate { candidate, .. } => (None, known(*candidate), None),
        };
        let title = match action {
            Action::CreateCandidate { candidate } => candidate.get("title").and_then(Value::as_str).map(str::to_owned),
            Action::UpdateCandidate { changes, .. } => changes.value("title").and_then(|title| title.as_str()).map(str::to_owned),
            _ => None,
        };
        Self { who, creates, candidate, application, steps: covers.to_vec(), pool: pool(wanted.candidate.prospect.as_ref()), title }
    }
}

impl Greenhouse {
    pub fn new(case: &Case) -> Self {
        let sight = if case.begins_blind { case.blind } else { Sight::All };
        Self { candidates: Vec::new(), children: Vec::new(), works: Vec::new(), sight, ids: 0 }
    }

    fn row(&mut self, maker: Maker, now: i64, shown: Shown, shown_by: i64) -> Row {
        self.ids += 1;
        Row { id: self.ids, maker, created: now, shown, shown_by }
    }

    /// The recruiter's own.
    pub fn recruit(&mut self, marks: Fingerprint, now: i64) -> u64 {
        let row = self.row(Maker::Recruiter, now, Shown::Yes, now);
        self.candidates.push(Candidate { row, marks, title: None });
        row.id
    }

    pub fn add_prospect(&mut self, candidate: u64, pool: u64, now: i64) {
        let row = self.row(Maker::Recruiter, now, Shown::Yes, now);
        self.children.push(Child { row, candidate, application: None, step: Step::Prospect, pool: Some(pool) });
    }

    pub fn has(&self, candidate: u64) -> bool {
        self.candidates.iter().any(|one| one.row.id == candidate)
    }

    /// Greenhouse does what is asked; a 404 where what it hangs on is not there.
    pub fn finish(&mut self, request: &Request, now: i64, shown: Shown, shown_by: i64) -> Event {
        let maker = Maker::Us(request.who);
        let gone = request.candidate.is_some_and(|id| !self.has(id))
            || request.application.is_some_and(|id| !self.children.iter().any(|child| child.row.id == id));
        if gone {
            return Event::Refused(Refusal { status: 404, message: "not found".into(), field: None });
        }
        if request.steps == [Step::Update] {
            let updated = self.candidates.iter_mut().find(|one| Some(one.row.id) == request.candidate);
            updated.into_iter().for_each(|one| one.title = request.title.clone().or(one.title.take()));
            return Event::Accepted { id: request.candidate, others: Vec::new(), delayed: false };
        }
        let mut made = Vec::new();
        let mut candidate = request.candidate.unwrap_or_default();
        for step in &request.steps {
            let row = self.row(maker, now, shown, shown_by);
            made.push((*step, row.id));
            match (step, &request.creates) {
                (Step::Candidate, Some(marks)) => {
                    candidate = row.id;
                    self.candidates.push(Candidate { row, marks: marks.clone(), title: request.title.clone() });
                }
                _ => {
                    let pool = request.pool.filter(|_| *step == Step::Prospect);
                    self.children.push(Child { row, candidate, application: request.application, step: *step, pool });
                }
            }
        }
        let first = made.first().map(|(_, id)| *id);
        Event::Accepted { id: first, others: made.split_off(1), delayed: false }
    }

    pub fn delete(&mut self, candidate: u64) {
        self.candidates.retain(|one| one.row.id != candidate);
        self.children.retain(|child| child.candidate != candidate);
    }

    pub fn merge(&mut self, from: u64, into: u64) {
        self.candidates.retain(|one| one.row.id != from);
        self.children.iter_mut().filter(|child| child.candidate == from).for_each(|child| child.candidate = into);
    }

    /// What has to have happened by then happens.
    pub fn catch_up(&mut self, now: i64) {
        let (due, later) = std::mem::take(&mut self.works).into_iter().partition(|work: &Work| work.due <= now);
        self.works = later;
        due.iter().for_each(|work: &Work| drop(self.finish(&work.request, work.due, Shown::Yes, work.due)));
        for row in self.rows_mut().filter(|row| row.shown_by <= now) {
            row.shown = Shown::Yes;
        }
    }

    pub fn rows_mut(&mut self) -> impl Iterator<Item = &mut Row> {
        self.candidates.iter_mut().map(|one| &mut one.row).chain(self.children.iter_mut().map(|child| &mut child.row))
    }

    /// When the next thing has to have happened.
    pub fn next(&self) -> Option<i64> {
        let hidden = self.candidates.iter().map(|one| one.row).chain(self.children.iter().map(|child| child.row));
        let shown_by = hidden.filter(|row| row.shown != Shown::Yes).map(|row| row.shown_by);
        self.works.iter().map(|work| work.due).chain(shown_by).min()
    }

    // What it shows.

    fn shown(&self) -> &[Candidate] {
        if self.sight == Sight::All { &self.candidates } else { &[] }
    }

    fn children_of(&self, candidate: u64) -> impl Iterator<Item = &Child> {
        let all = if self.sight == Sight::All { self.children.as_slice() } else { &[] };
        all.iter().filter(move |child| child.candidate == candidate && child.row.shown == Shown::Yes)
    }

    /// The newest last; none where one that may match is a stub.
    pub fn by_email(&self, emails: &[Digest]) -> Option<Vec<u64>> {
        let visible = || self.shown().iter().filter(|one| one.row.shown != Shown::No);
        let has = |one: &&Candidate| one.marks.emails.iter().any(|email| emails.contains(email));
        if visible().filter(has).any(|one| one.row.shown == Shown::Stub) {
            return None;
        }
        Some(visible().filter(has).map(|one| one.row.id).collect())
    }

    pub fn candidates_since(&self, since: Timestamp) -> View {
        if self.sight == Sight::Forbidden {
            return View::Forbidden;
        }
        let recent = self.shown().iter().filter(|one| one.row.shown != Shown::No && at(one.row.created) >= since);
        let listed = |one: &Candidate| {
            let marks = if one.row.shown == Shown::Stub { Marks::NotReady } else { Marks::Candidate(one.marks.clone()) };
            Listed { id: one.row.id, created_at: Some(at(one.row.created)), marks }
        };
        View::Rows(recent.map(listed).collect())
    }

    /// None where the candidate is not shown: gone, or not ready.
    fn ready(&self, candidate: u64) -> Option<&Candidate> {
        self.shown().iter().find(|one| one.row.id == candidate && one.row.shown == Shown::Yes)
    }

    /// What hangs on a candidate and might be an open step.
    pub fn listed(&self, step: Step, candidate: u64, application: Option<u64>, capabilities: &Capabilities) -> View {
        if self.sight == Sight::Forbidden {
            return View::Forbidden;
        }
        if capabilities.create_covers_children && self.ready(candidate).is_none() {
            return View::NotYet;
        }
        let listed = |child: &Child| Listed { id: child.row.id, created_at: Some(at(child.row.created)), marks: Marks::Step(child.step) };
        let on = |child: &&Child| !matches!(step, Step::Attachment { .. }) || child.application == application;
        View::Rows(self.children_of(candidate).filter(on).map(listed).collect())
    }

    /// None where it is not shown.
    pub fn see(&self, question: &LookUp, emails: &[Digest]) -> Answer {
        if self.sight == Sight::Forbidden {
            return Answer::Forbidden;
        }
        match question {
            LookUp::ByEmail => self.by_email(emails).map_or(Answer::NotReady, |ids| Answer::Seen(Seen::Candidates(ids))),
            LookUp::Candidate { candidate, .. } => match self.ready(*candidate) {
                Some(one) => Answer::Seen(Seen::Candidate(Box::new(current(one)))),
                None => Answer::Missing,
            },
            LookUp::Applications { candidate, .. } => {
                let applications: Vec<_> = self.children_of(*candidate).filter_map(seen_application).collect();
                match self.ready(*candidate) {
                    None if applications.is_empty() => Answer::Missing,
                    _ => Answer::Seen(Seen::Applications(applications)),
                }
            }
            LookUp::Attachments { candidate, application, .. } => {
                let there = self.children_of(*candidate).filter(|child| child.application == *application).map(|child| child.step);
                Answer::Seen(Seen::Attachments(there.filter(|step| matches!(step, Step::Attachment { .. })).collect()))
            }
            LookUp::Employments { candidate } | LookUp::Educations { candidate } | LookUp::Notes { candidate } => {
                let known = |child: &Child| match child.step {
                    Step::Employment(digest) | Step::Education(digest) | Step::Note(digest) => {
                        Some(crate::delivery::Known { step: child.step, likeness: digest, end: None })
                    }
                    _ => None,
                };
                Answer::Seen(Seen::Children(self.children_of(*candidate).filter_map(known).collect()))
            }
            LookUp::Whereabouts { candidate, applications } => Answer::Seen(Seen::Whereabouts(self.whereabouts(*candidate, applications))),
        }
    }

    fn whereabouts(&self, candidate: u64, applications: &[u64]) -> Whereabouts {
        let all = if self.sight == Sight::All { self.children.as_slice() } else { &[] };
        let found: Vec<_> = all.iter().filter(|child| applications.contains(&child.row.id)).map(|child| child.candidate).collect();
        match found.iter().find(|owner| **owner != candidate) {
            Some(other) => Whereabouts::Merged(*other),
            None if !found.is_empty() => Whereabouts::Hidden,
            None if self.shown().iter().any(|one| one.row.shown != Shown::No) => Whereabouts::Nowhere,
            None => Whereabouts::Untold,
        }
    }
}

/// As far as the cast's profiles differ.
fn current(one: &Candidate) -> Current {
    let mut current = Current::default();
    current.values.extend(one.title.iter().map(|title| ("title", Value::from(title.as_str()))));
    current
}

/// What a look-up brings.
#[derive(Debug)]
pub enum Answer {
    Seen(Seen),
    /// Something that matches is still being made.
    NotReady,
    /// The candidate is not shown.
    Missing,
    Forbidden,
}

fn seen_application(child: &Child) -> Option<SeenApplication> {
    let id = child.row.id;
    match child.step {
        Step::Application { job } => Some(SeenApplication { id, jobs: vec![job], ..SeenApplication::default() }),
        Step::Prospect => Some(SeenApplication { id, jobs: Vec::new(), prospect: true, pool: child.pool, created_at: None }),
        _ => None,
    }
}

/// The last moment at which a request that left by then is finished.
pub fn finished_by(sent_by: i64, case: &Case) -> i64 {
    if case.later_than_settle { i64::MAX / 2 } else { sent_by + SETTLE }
}

impl Child {
    pub fn is_in(&self, pool: Option<u64>) -> bool {
        self.pool == pool
    }
}
