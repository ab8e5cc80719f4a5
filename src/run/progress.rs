//! How far one person's push is: what is known of them, what was seen, and what an answer changes of both. It neither asks nor sends nor
//! waits, and has no clock but its arguments, so that the model test drives the very same.

use crate::delivery::action::Refusal;
use crate::delivery::wanted::Wanted;
use crate::delivery::{Claimed, Doubt, Observed, Record};
use crate::ledger::{Claim, Identity};
use crate::step::{CandidateRow, Person, PersonKey, Step};

#[derive(Debug, Clone)]
pub(super) struct Progress<'w> {
    pub who: PersonKey,
    /// The pipeline's id.
    pub pipeline: &'w str,
    pub run: &'w str,
    pub wanted: &'w Wanted<'w>,
    pub person: Person,
    pub observed: Observed,
    pub refusals: Vec<(Step, Refusal)>,
    /// Somebody else has this person in hand.
    pub busy: bool,
}

/// What follows from the ledger's answer to an intent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// It is durable.
    Send,
    /// Nothing was written, and what is known has changed.
    Decide,
    /// Nothing was written: the ledger knows more than this push does.
    ReadAgain,
}

impl<'w> Progress<'w> {
    pub fn new(who: PersonKey, pipeline: &'w str, run: &'w str, wanted: &'w Wanted<'w>, person: Person, doubt: Option<Doubt>) -> Self {
        let observed = Observed { doubt, ..Observed::default() };
        Self { who, pipeline, run, wanted, person, observed, refusals: Vec::new(), busy: false }
    }

    /// The candidate that a record takes as this person's, where they had none: it may be another profile's, made a moment ago. That one's
    /// intent was durable before Greenhouse could show the candidate, so the ledger knows of it by now (rule 6): unless it has told, it is
    /// asked for each of the e-mails.
    pub fn meets(&self, record: &Record) -> Option<CandidateRow> {
        record.candidate.filter(|_| self.person.candidate.is_none())
    }

    /// Takes in who has one of the e-mails; whether that says enough to decide again.
    pub fn takes(&mut self, identity: Option<Identity>, row: CandidateRow) -> bool {
        self.observed.claim = match identity {
            // Of the very candidate that was made for this person, another profile has the e-mail too.
            // But not where the other one made it, since ours was believed not to be there.
            Some(Identity::Candidate { id, ours: false }) if id == row.id && row.ours => return false,
            Some(Identity::Candidate { id, .. }) => Some(Claimed::Taken { candidate_id: id }),
            Some(Identity::Claimed { by }) if by != self.who => Some(Claimed::Busy),
            _ => return false,
        };
        true
    }

    pub fn claimed(&mut self, claim: Claim, covers: &[Step]) -> Next {
        match claim {
            Claim::Intended => {
                self.observed.tried.extend(covers);
                Next::Send
            }
            Claim::Taken { candidate_id } => {
                self.observed.claim = Some(Claimed::Taken { candidate_id });
                Next::Decide
            }
            Claim::Busy => Next::ReadAgain,
        }
    }

    /// Somebody else has the step or the e-mail in hand: another pipeline's run, or another profile. What they did meanwhile is taken
    /// in; where they have not ended, this person waits for them.
    pub fn read_again(&mut self, person: Person, creates: bool) {
        if person == self.person {
            self.busy = true;
            self.observed.claim = creates.then_some(Claimed::Busy);
        }
        self.person = person;
    }

    /// Another request has taken the place of the one that ended here, which took too long: what the ledger says holds.
    pub fn overtaken(&mut self, person: Person, doubt: Option<Doubt>) {
        self.person = person;
        self.observed = Observed { doubt, ..Observed::default() };
    }
}
