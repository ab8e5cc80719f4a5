//! What became of a profile: the one type that the ledger, the run and the report share.

use crate::base::words;
use serde::Serialize;
use std::fmt;
use std::path::PathBuf;

words! {
    /// In the order in which a run's counts are told.
    Outcome {
        Created = "created",
        /// To a candidate that was there.
        Applied = "applied",
        Updated = "updated",
        Unchanged = "unchanged",
        Skipped = "skipped",
        Filtered = "filtered",
        Invalid = "invalid",
        Failed = "failed",
        /// Asked for by key, not there.
        Missing = "missing",
        /// Recorded; the next run goes on.
        Pending = "pending",
        /// A person must look.
        Uncertain = "uncertain",
    }
}

impl Outcome {
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
    /// The job that the step is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub job_id: Option<u64>,
    /// The candidate's member: `email_addresses[0].value`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// Where the template stands that made the member.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<PathBuf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// The reason in the ledger, where that is another one: it holds less of what others wrote.
    #[serde(skip)]
    pub kept: Option<String>,
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
            job_id: None,
            field: None,
            file: None,
            line: None,
            kept: None,
        }
    }

    #[must_use]
    pub fn because_of(mut self, reason: impl Into<String>) -> Self {
        self.reason = Some(reason.into());
        self
    }
}
