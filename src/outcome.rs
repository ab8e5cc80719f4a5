//! What became of a profile: the one type that the ledger, the run and the report share.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::PathBuf;

/// In the order in which a run's counts are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    Created,
    /// To a candidate that was there.
    Applied,
    Updated,
    Unchanged,
    Skipped,
    Filtered,
    Invalid,
    Failed,
    /// Asked for by key, not there.
    Missing,
    /// Recorded; the next run goes on.
    Pending,
    /// A person must look.
    Uncertain,
}

impl Outcome {
    pub const ALL: [Outcome; 11] = [
        Self::Created,
        Self::Applied,
        Self::Updated,
        Self::Unchanged,
        Self::Skipped,
        Self::Filtered,
        Self::Invalid,
        Self::Failed,
        Self::Missing,
        Self::Pending,
        Self::Uncertain,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Applied => "applied",
            Self::Updated => "updated",
            Self::Unchanged => "unchanged",
            Self::Skipped => "skipped",
            Self::Filtered => "filtered",
            Self::Invalid => "invalid",
            Self::Failed => "failed",
            Self::Missing => "missing",
            Self::Pending => "pending",
            Self::Uncertain => "uncertain",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.as_str() == word)
    }

    /// Whether somebody has to do something: such an outcome makes the exit code 1.
    pub fn wants_attention(self) -> bool {
        matches!(self, Self::Invalid | Self::Failed | Self::Missing | Self::Pending | Self::Uncertain)
    }

    /// Whether the profile is owed: read again by key at the next run, whatever the cursor says.
    pub fn is_owed(self) -> bool {
        matches!(self, Self::Invalid | Self::Failed | Self::Pending | Self::Uncertain)
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One profile's end, as it is reported. The members that do not apply are absent in JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Ending {
    /// HrFlow's key; for an input without one, where it stands.
    pub profile: String,
    pub outcome: Outcome,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub candidate_id: Option<u64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub application_ids: Vec<u64>,
    /// The name of the filter that said no, or its place in the list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filter: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
    /// A sentence: what happened, and what to do. Holds no value of the profile.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The step that failed: `candidate`, `application`, `attachment`, …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    /// The candidate's member: `email_addresses[0].value`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// Where the template stands that made the member.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<PathBuf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
}

impl Ending {
    pub fn new(profile: impl Into<String>, outcome: Outcome) -> Self {
        Self {
            profile: profile.into(),
            outcome,
            candidate_id: None,
            application_ids: Vec::new(),
            filter: None,
            because: None,
            reason: None,
            step: None,
            field: None,
            file: None,
            line: None,
        }
    }

    #[must_use]
    pub fn because_of(mut self, reason: impl Into<String>) -> Self {
        self.reason = Some(reason.into());
        self
    }
}
