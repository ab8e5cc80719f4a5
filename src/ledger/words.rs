//! What the ledger is asked, and what it answers.

use crate::digest::Digest;
use crate::outcome::Outcome;
use crate::step::{CandidateRow, Fingerprint, Members, PersonKey, Settled, Step, StepRow};
use jiff::Timestamp;
use std::path::PathBuf;

/// Why the ledger did not do as asked. After any of these nothing more may be sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LedgerError {
    /// Another run of the same pipeline is under way.
    #[error("pipeline {pipeline} is being run by another process: wait for it to end, or stop it")]
    Leased { pipeline: String },
    #[error("the ledger {path} {why}")]
    Unusable { path: PathBuf, why: String },
    #[error("the backup {path} {why}. The ledger in place is as it was")]
    Backup { path: PathBuf, why: String },
    /// What was to be written could not be.
    #[error("the ledger cannot be written: {0}")]
    Unwritten(String),
}

/// Steps that are about to be sent in one request. Written, flushed, and only then sent.
#[derive(Debug, Clone)]
pub struct Intent {
    pub person: PersonKey,
    pub pipeline: String,
    pub run: String,
    /// The request. A UUIDv7.
    pub action: String,
    pub steps: Vec<Step>,
    pub hash: Digest,
    /// What this request sends, a hash a member: what was last sent, once one of its steps is done.
    pub members: Members,
    /// The e-mails to claim, all or none, before a candidate is created; empty for every other step.
    pub identities: Vec<Digest>,
    pub fingerprint: Fingerprint,
    pub seen_before: Vec<u64>,
    pub greenhouse_time: Option<Timestamp>,
    pub intended_at: Timestamp,
    pub sent_by: Timestamp,
}

/// What became of an intent, when it was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    /// It is durable: send.
    Intended,
    /// Nothing was written: one of the e-mails is this candidate's, or the person already has it.
    Taken { candidate_id: u64 },
    /// Nothing was written: somebody with one of the e-mails is being created, or may have been; or another run has one of these
    /// very steps in hand, has done it, or has forgotten the person. Read the person again and decide again.
    Busy,
}

/// What became of a request, or what was found. Steps that no intent named are written as found.
#[derive(Debug, Clone)]
pub struct Settlement {
    pub person: PersonKey,
    pub pipeline: String,
    pub at: Timestamp,
    /// The request that ended; none for what was found, or said by a person. Where another request has one of the steps in hand by
    /// now, nothing is written: whoever slept so long no longer knows what is going on.
    pub action: Option<String>,
    pub steps: Vec<Settled>,
    /// The person's candidate, where this settles who it is. A candidate's step that is done tells it too, where none is known.
    pub candidate: Option<CandidateRow>,
    /// What counts as sent from now on, beside what the steps' own requests sent.
    pub sent: Members,
    /// E-mails that name the candidate from now on (beside those that the candidate's intent claimed). Not written while no
    /// candidate is known, nor over the claim of somebody who is being created.
    pub identities: Vec<Digest>,
    /// All that was wanted has been brought about.
    pub delivered: bool,
    /// The profile's row, where it has ended: in the same commit.
    pub seen: Option<Seen>,
}

/// A step whose end is not known, with whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenStep {
    pub person: PersonKey,
    /// The person's candidate, where it is known.
    pub candidate_id: Option<u64>,
    pub row: StepRow,
}

/// What became of a profile in a pipeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    pub pipeline: String,
    pub source_key: String,
    pub profile_key: String,
    pub run: String,
    /// HrFlow's text.
    pub updated_at: Option<String>,
    pub outcome: Outcome,
    /// A sentence without any value of the profile.
    pub reason: Option<String>,
    pub at: Timestamp,
}

/// How far `profiles: changed` has read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    /// What was read by: the hash of source, filters and mapping.
    pub reading: String,
    /// HrFlow's text of the newest row's updated_at.
    pub updated_at: String,
}

/// Who has an e-mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Identity {
    /// It names this candidate. `ours`: who has the e-mail made it, and did not meet it.
    Candidate { id: u64, ours: bool },
    /// This person's candidate is being created, or may have been.
    Claimed { by: PersonKey },
}

/// A ledger that was put back from a backup.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Restored {
    /// What Greenhouse holds since then may be ours without the ledger's knowing, in Greenhouse's time and on the safe side.
    pub since: Timestamp,
    /// When it was put back: from then on it knows all that is sent with it.
    pub at: Timestamp,
    /// From when on the account's candidates still have to be listed; none where that has been done.
    pub list_from: Option<Timestamp>,
}

/// A candidate of Greenhouse's, as it is recognised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    pub candidate: u64,
    pub fingerprint: Fingerprint,
}

/// A run of a pipeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// A UUIDv7.
    pub id: String,
    pub pipeline: String,
    pub account: String,
    pub started: Timestamp,
    /// None while it runs, and where it crashed.
    pub ended: Option<Timestamp>,
    /// In the order in which a run's counts are told.
    pub counts: Vec<(Outcome, u64)>,
}
