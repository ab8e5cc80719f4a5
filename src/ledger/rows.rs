//! The rows that a store keeps of a person, as the rules read and write them.

use crate::base::digest::Digest;
use crate::model::step::{CandidateRow, Fingerprint, Members, PersonKey, State, Step};
use jiff::Timestamp;
use std::sync::Arc;

/// What is known of a person, apart from the steps.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(crate) struct Status {
    pub candidate: Option<CandidateRow>,
    pub delivered: bool,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(crate) struct PersonRows {
    /// The store's own number: a person who came later has a higher one.
    pub id: i64,
    pub status: Status,
    /// Oldest first.
    pub actions: Vec<ActionRow>,
    /// Oldest first for each step.
    pub attempts: Vec<AttemptRow>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct ActionRow {
    /// From 1, for each person.
    pub number: i64,
    pub action: String,
    pub pipeline: String,
    pub run: String,
    pub hash: Digest,
    pub greenhouse_time: Option<Timestamp>,
    pub intended_at: Timestamp,
    pub sent_by: Timestamp,
    /// What it carried; empty once that counts as sent.
    pub members: Members,
    /// Greenhouse was down when it was lost: it does not count against its steps.
    pub excused: bool,
    /// Why Greenhouse refused it, without any value of the profile.
    pub refusal: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct AttemptRow {
    pub step: Step,
    /// From 1; 0 where it was found and never tried. Such a row has no action, and says itself which pipeline found it.
    pub number: u32,
    pub state: State,
    pub id: Option<u64>,
    pub ours: bool,
    pub action: Option<i64>,
    pub found_by: Option<String>,
    pub fingerprint: Fingerprint,
    pub seen_before: Vec<u64>,
    pub settled_at: Option<Timestamp>,
    pub looked_again_at: Option<Timestamp>,
}

impl PersonRows {
    pub fn newest(&self, step: Step) -> Option<&AttemptRow> {
        self.attempts.iter().rfind(|row| row.step == step)
    }

    pub fn action_of(&self, row: &AttemptRow) -> Option<&ActionRow> {
        self.actions.iter().find(|action| Some(action.number) == row.action)
    }
}

/// Who has claimed an e-mail, or has the candidate that it names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Holder {
    pub person: i64,
    pub who: PersonKey,
    pub candidate: Option<CandidateRow>,
}

/// What a rule reads in addition to the person's own rows.
#[derive(Debug, Default)]
pub(crate) struct Context {
    /// Whether the person has a tombstone; read only where they have no rows.
    pub forgotten: bool,
    /// The other profiles of the same candidate, oldest first.
    pub siblings: Vec<Arc<PersonRows>>,
    /// Who holds each e-mail in question, sorted and without duplicates: in one order everywhere, so that no two claims can wait for each
    /// other in a store that locks rows.
    pub holders: Vec<(Digest, Option<Holder>)>,
}

/// Whose claims on e-mails end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Released {
    Own,
    /// Those of every person who is this candidate.
    Candidate(u64),
}

/// The rows that a rule writes, in the order of the fields.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    /// All requests, attempts and what was sent are removed.
    pub clears: bool,
    pub released: Option<Released>,
    /// In place of the old one. Always there for a person who has no row yet, where there is anything to write.
    pub status: Option<Status>,
    /// Each in place of the row with the same number.
    pub actions: Vec<ActionRow>,
    /// Each in place of the row with the same step and number.
    pub attempts: Vec<AttemptRow>,
    /// What counts as sent from now on, each in place of the member of the same name.
    pub sent: Members,
    /// E-mails that are this person's from now on.
    pub identities: Vec<Digest>,
    /// A candidate that is a person's now, if it was listed as made while the ledger did not know.
    pub claimed: Option<u64>,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Pending {
    Open,
    AbsentSince(Timestamp),
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum SeenOf<'a> {
    /// What a pipeline owes, the oldest first.
    Owed(&'a str),
    Profile(&'a str),
    /// The profiles whose last row is of this run, in the order in which they ended.
    Run(&'a str),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Restoring {
    pub taken: Timestamp,
    pub at: Timestamp,
    /// Whether the account's candidates have been listed since.
    pub listed: bool,
}
