//! What the ledger is asked, and what it answers.

use crate::model::outcome::Outcome;
use crate::model::step::Fingerprint;
use jiff::Timestamp;

/// Why the ledger did not do as asked. After any of these nothing more may be sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LedgerError {
    #[error("pipeline {pipeline} is being run by another process: wait for it to end, or stop it")]
    Leased { pipeline: String },
    /// Something else has taken over the pipeline while this run went on.
    #[error("the run's lease on pipeline {pipeline} was lost: another process may be running it. Run again")]
    LeaseLost { pipeline: String },
    #[error("the ledger {ledger} {why}")]
    Unusable { ledger: String, why: String },
    #[error("the backup {path} {why}. The ledger in place is as it was")]
    Backup { path: String, why: String },
    #[error("the ledger cannot be written: {0}")]
    Unwritten(String),
}

/// How far `profiles: changed` has read.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Cursor {
    /// What was read by: the hash of source, filters and mapping.
    pub reading: String,
    /// HrFlow's text of the newest row's updated_at.
    pub updated_at: String,
}

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

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Run {
    /// A UUIDv7.
    pub id: String,
    pub pipeline: String,
    pub account: String,
    pub started: Timestamp,
    /// None while it runs, and where it crashed.
    pub ended: Option<Timestamp>,
    /// Why it ended early, where it did.
    pub stopped: Option<String>,
    /// In the order in which reports show them.
    pub counts: Vec<(Outcome, u64)>,
}

/// What is not done of a pipeline, and what its runs have ended with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// The pipeline's profiles that are owed, by outcome; only what there is.
    pub owed: Vec<(Outcome, u64)>,
    /// The account's steps that are intended or open.
    pub open: u64,
    /// How many profiles all runs of the pipeline into the account ended with each outcome, as far as they came to their end.
    pub ended: Vec<(Outcome, u64)>,
}
