//! What is asked of the ledger about a person's steps, and what it answers.

use super::outcome::Outcome;
use super::step::{CandidateRow, Fingerprint, Members, PersonKey, Settled, Step, StepRow};
use crate::base::digest::Digest;
use jiff::Timestamp;

/// Steps that are about to be sent in one request. Written, flushed, and only then sent.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
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
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
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
    /// Why Greenhouse refused the request, without any value of the profile.
    pub refusal: Option<String>,
    /// Instead of all else: Greenhouse was down when the request was lost, so that it does not count against its steps (R4).
    pub excuses: bool,
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
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct OpenStep {
    pub person: PersonKey,
    /// The person's candidate, where it is known.
    pub candidate_id: Option<u64>,
    pub row: StepRow,
}

/// What became of a profile in a pipeline.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
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

/// Who has an e-mail.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Identity {
    /// It names this candidate. `ours`: who has the e-mail made it, and did not meet it.
    Candidate { id: u64, ours: bool },
    /// This person's candidate is being created, or may have been.
    Claimed { by: PersonKey },
}
