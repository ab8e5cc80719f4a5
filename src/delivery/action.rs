//! One request to Greenhouse, before anybody has decided how it is written, and what an answer to it means.

use super::update::Changes;
use crate::model::candidate::{Application, Attachment, Candidate, Education, Employment, Note, Prospect};
use crate::model::step::Step;
use serde::{Serialize, Serializer};
use std::fmt;

/// An id of Greenhouse's, or the words that stand for one that is not known yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Id {
    Known(u64),
    /// `{candidate_id}`: `plan` and `trace` show it where `run` would have the id.
    Placeholder(&'static str),
}

/// Stands for an id that is not known yet while `plan` and `trace` go through a push; Greenhouse's ids begin at 1.
pub const UNKNOWN: u64 = 0;

impl Id {
    pub fn candidate(id: u64) -> Self {
        if id == UNKNOWN { Self::Placeholder("{candidate_id}") } else { Self::Known(id) }
    }

    pub fn application(id: u64) -> Self {
        if id == UNKNOWN { Self::Placeholder("{application_id}") } else { Self::Known(id) }
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known(id) => write!(f, "{id}"),
            Self::Placeholder(words) => f.write_str(words),
        }
    }
}

impl Serialize for Id {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Known(id) => serializer.serialize_u64(*id),
            Self::Placeholder(words) => serializer.serialize_str(words),
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub enum Action<'a> {
    /// With the first application or the prospect (v3), or with everything but attachments (v1).
    CreateCandidate {
        candidate: &'a Candidate,
    },
    UpdateCandidate {
        candidate: Id,
        changes: Changes,
    },
    CreateApplication {
        candidate: Id,
        application: &'a Application,
    },
    CreateProspect {
        candidate: Id,
        prospect: &'a Prospect,
    },
    /// On an application (v3), or on the candidate (v1: `application` is none).
    CreateAttachment {
        candidate: Id,
        application: Option<Id>,
        attachment: &'a Attachment,
    },
    CreateEmployment {
        candidate: Id,
        employment: &'a Employment,
    },
    CreateEducation {
        candidate: Id,
        education: &'a Education,
    },
    CreateNote {
        candidate: Id,
        note: &'a Note,
    },
}

/// Of its kind alone: what it carries follows from what is wanted.
impl std::hash::Hash for Action<'_> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.operation().hash(state);
    }
}

impl Action<'_> {
    /// The operation's name: for permissions, which Greenhouse gives one by one.
    pub fn operation(&self) -> &'static str {
        match self {
            Self::CreateCandidate { .. } => "create candidates",
            Self::UpdateCandidate { .. } => "update candidates",
            Self::CreateApplication { .. } | Self::CreateProspect { .. } => "create applications",
            Self::CreateAttachment { .. } => "create attachments",
            Self::CreateEmployment { .. } => "create employments",
            Self::CreateEducation { .. } => "create educations",
            Self::CreateNote { .. } => "create notes",
        }
    }
}

/// What an answer, or its absence, means for the steps of a request. Source: `docs/delivery.md`, R2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// 2xx, and the id was read.
    Accepted {
        /// The id of what was made; always there for a candidate and an application (v1 tells none for an attachment).
        id: Option<u64>,
        /// Of the steps that came along, where the answer tells them.
        others: Vec<(Step, u64)>,
        /// 202: it is still being made, and what hangs on it has to wait.
        delayed: bool,
    },
    /// 400, 403, 404 or 422 with Greenhouse's JSON.
    Refused(Refusal),
    /// Proof that nothing was done.
    NotDone(NotDone),
    /// Anything else: whether it was done is not known. The words say what happened.
    Lost(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    pub status: u16,
    /// Greenhouse's words: they may hold a value of the profile, so they are masked before they are shown anywhere.
    pub message: String,
    pub field: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotDone {
    /// 401.
    Unauthorized,
    /// 429; the pace has taken note of until when.
    TooManyRequests,
    /// No byte left.
    NotSent(String),
}
