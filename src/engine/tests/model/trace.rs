//! A schedule as people read it: one line an event.

use crate::delivery::LookUp;
use crate::model::step::{Settled, State, Step};
use std::rc::Rc;

/// Shared with the schedules that begin alike.
#[derive(Debug, Clone, Default)]
pub struct Trace(Option<Rc<Line>>);

#[derive(Debug)]
struct Line {
    now: i64,
    words: String,
    before: Trace,
}

impl Trace {
    pub fn push(&mut self, now: i64, words: String) {
        *self = Self(Some(Rc::new(Line { now, words, before: self.clone() })));
    }

    /// The first event first.
    pub fn told(&self) -> String {
        let mut lines = Vec::new();
        let mut at = self.0.as_ref();
        while let Some(line) = at {
            lines.push(format!("{:>5} s  {}", line.now, line.words));
            at = line.before.0.as_ref();
        }
        lines.reverse();
        lines.join("\n")
    }
}

impl Drop for Line {
    /// Without recursion: a trace may be long.
    fn drop(&mut self) {
        let mut next = self.before.0.take();
        while let Some(mut line) = next.and_then(Rc::into_inner) {
            next = line.before.0.take();
        }
    }
}

pub fn name(step: Step) -> String {
    match step {
        Step::Application { job } => format!("application to job {job}"),
        Step::Attachment { job: Some(job), .. } => format!("résumé on the application to job {job}"),
        Step::Attachment { .. } => "résumé".into(),
        step => step.word().into(),
    }
}

pub fn settled(settled: &Settled) -> String {
    let state = match settled.state {
        State::Closed => "closed, as if never tried",
        State::Absent => "not there",
        state => state.as_str(),
    };
    let id = settled.id.map(|id| format!(" ({id})")).unwrap_or_default();
    let whose = if settled.state == State::Done && !settled.ours { ", not ours" } else { "" };
    format!("{}: {state}{id}{whose}", name(settled.step))
}

pub fn question(question: &LookUp) -> String {
    match question {
        LookUp::ByEmail => "candidates with the e-mail".into(),
        LookUp::Candidate { candidate, .. } => format!("candidate {candidate}"),
        LookUp::Applications { candidate, .. } => format!("the applications of candidate {candidate}"),
        LookUp::Attachments { candidate, .. } => format!("the attachments of candidate {candidate}"),
        LookUp::Employments { candidate } => format!("the employments of candidate {candidate}"),
        LookUp::Educations { candidate } => format!("the educations of candidate {candidate}"),
        LookUp::Notes { candidate } => format!("the notes of candidate {candidate}"),
        LookUp::Whereabouts { candidate, .. } => format!("where the applications of candidate {candidate} are"),
    }
}
