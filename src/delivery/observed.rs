//! What is seen while a person is being pushed, and the questions that show it.

use super::doubt::Doubt;
use super::update::Current;
use crate::base::digest::Digest;
use crate::model::step::{CandidateRow, Members, Settled, State, Step};
use jiff::Timestamp;

/// What was seen while this person is being pushed. It begins empty, and grows with every look-up and every request.
#[derive(Debug, Clone, Default, Hash)]
pub struct Observed {
    /// Candidates that have one of the person's e-mails: ids, the oldest first.
    pub matches: Option<Vec<u64>>,
    /// The candidate as Greenhouse has it now.
    pub current: Option<Box<Current>>,
    pub applications: Option<Vec<SeenApplication>>,
    /// The attachments on an application (v3), or on the candidate (v1), as the steps that they would be.
    pub attachments: Vec<(Option<u64>, Vec<Step>)>,
    pub employments: Option<Vec<Known>>,
    pub educations: Option<Vec<Known>>,
    pub notes: Option<Vec<Known>>,
    /// Whether the candidate is there, where something made it doubtful.
    pub present: Option<bool>,
    /// Where an absent candidate's applications are.
    pub whereabouts: Option<Whereabouts>,
    /// The steps that were refused as if the candidate were not there.
    pub not_found: Vec<Step>,
    /// What an e-mail's claim said.
    pub claim: Option<Claimed>,
    pub made: Vec<Step>,
    pub tried: Vec<Step>,
    /// The names of the candidate's members that this push has changed.
    pub changed: Vec<String>,
    /// What is to be told beside the outcome: whole sentences.
    pub told: Vec<String>,
    pub forbidden: bool,
    /// What the ledger cannot know, because it was put back from a backup.
    pub doubt: Option<Doubt>,
    /// Steps of which nothing can be sent, and why: a file that cannot be had, or is not taken.
    pub unsendable: Vec<(Step, String)>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct SeenApplication {
    pub id: u64,
    /// One for an application; several or none for a prospect.
    pub jobs: Vec<u64>,
    pub prospect: bool,
    pub pool: Option<u64>,
    /// In Greenhouse's time, where it says so.
    pub created_at: Option<Timestamp>,
}

/// An employment, education or note that is there.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Known {
    /// What we would call it, had we made it.
    pub step: Step,
    /// The same where it is written in other letters.
    pub likeness: Digest,
    /// Its last day, as Greenhouse writes it.
    pub end: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Claimed {
    Taken { candidate_id: u64 },
    Busy,
}

/// What became of a candidate that is not there any more, by its applications. Source: `docs/delivery.md`, R9.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Whereabouts {
    /// They are this candidate's now.
    Merged(u64),
    /// They are still the candidate's: it is there, and not shown.
    Hidden,
    /// They are gone too, or there were none.
    Nowhere,
    /// No candidate at all is shown: silence says nothing (R7).
    Untold,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum LookUp {
    ByEmail,
    /// The candidate as it is now; with `fields`, so that custom fields can be compared and written back.
    Candidate {
        candidate: u64,
        fields: bool,
    },
    /// With `pools`, the pools of prospects too.
    Applications {
        candidate: u64,
        pools: bool,
    },
    /// On an application (v3), or on the candidate (v1, `application` and `job` none).
    Attachments {
        candidate: u64,
        application: Option<u64>,
        job: Option<u64>,
    },
    Employments {
        candidate: u64,
    },
    Educations {
        candidate: u64,
    },
    Notes {
        candidate: u64,
    },
    /// Of a candidate that is not there: by the applications that are known.
    Whereabouts {
        candidate: u64,
        applications: Vec<u64>,
    },
}

#[derive(Debug, Clone, PartialEq)]
pub enum Seen {
    /// Ids, the oldest first.
    Candidates(Vec<u64>),
    Candidate(Box<Current>),
    Applications(Vec<SeenApplication>),
    Attachments(Vec<Step>),
    /// Employments, educations or notes, as the question asked.
    Children(Vec<Known>),
    Whereabouts(Whereabouts),
}

/// What was found, to be written down before anything follows from it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Record {
    pub candidate: Option<CandidateRow>,
    pub steps: Vec<Settled>,
    pub sent: Members,
    /// What a person should know of it.
    pub told: Option<&'static str>,
}

impl Record {
    pub(super) fn found(step: Step, id: Option<u64>, ours: bool) -> Self {
        Self { steps: vec![Settled { step, state: State::Done, id, ours }], ..Self::default() }
    }
}

impl Observed {
    /// Takes the answer to a question in.
    pub fn see(&mut self, question: &LookUp, seen: Seen) {
        match (seen, question) {
            (Seen::Candidates(ids), _) => self.matches = Some(ids),
            (Seen::Candidate(current), _) => (self.current, self.present) = (Some(current), Some(true)),
            (Seen::Applications(applications), _) => self.applications = Some(applications),
            (Seen::Attachments(steps), LookUp::Attachments { job, .. }) => self.attachments.push((*job, steps)),
            (Seen::Children(known), LookUp::Employments { .. }) => self.employments = Some(known),
            (Seen::Children(known), LookUp::Educations { .. }) => self.educations = Some(known),
            (Seen::Children(known), _) => self.notes = Some(known),
            (Seen::Whereabouts(whereabouts), _) => self.whereabouts = Some(whereabouts),
            (Seen::Attachments(_), _) => {}
        }
    }

    /// Takes in that something was written down. Of another candidate nothing has been seen yet.
    pub fn recorded(&mut self, record: &Record, before: Option<CandidateRow>) {
        let sentence = record.told.map(str::to_owned).filter(|sentence| !self.told.contains(sentence));
        self.told.extend(sentence);
        if let (Some(now), Some(before)) = (record.candidate, before)
            && now.id != before.id
        {
            (self.current, self.applications, self.employments, self.educations, self.notes) = Default::default();
            (self.present, self.whereabouts) = (None, None);
            self.attachments.clear();
            self.not_found.clear();
            // The other one was not made by this push.
            self.made.retain(|step| *step != Step::Candidate);
        }
    }

    /// Takes in that a step was refused for want of its candidate: whether it is there has to be asked.
    pub fn refused_as_not_found(&mut self, step: Step) {
        self.not_found.push(step);
        self.present = None;
    }
}
