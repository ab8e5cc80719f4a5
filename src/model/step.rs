//! What is to be brought about for a person in Greenhouse, and how far each of it is.
//! Source: `docs/delivery.md`, "Words" and "The states of a step".

use crate::base::digest::Digest;
use crate::base::words;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::fmt;

/// What was last sent: a hash a member, by the member's name (`title`, `custom_fields.level`), or by the step's text for what is a
/// step of its own. Source: `docs/delivery.md`, R10.
pub type Members = BTreeMap<String, Digest>;

/// A person is not a pipeline's: a renamed or a second pipeline knows them.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct PersonKey {
    /// The Greenhouse organisation.
    pub account: String,
    /// HrFlow's key of the source.
    pub source_key: String,
    /// HrFlow's key of the profile.
    pub profile_key: String,
}

/// One thing to bring about. Its text is the ledger's name for it, and holds no personal data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Step {
    Candidate,
    Application {
        job: u64,
    },
    /// Instead of applications; one a person.
    Prospect,
    /// What the candidate holds is brought up to date: tried again and again over time, unlike all others.
    Update,
    /// `job` is none where the attachment hangs on the candidate (v1), or on the prospect (v3). The digest is of type and file name.
    Attachment {
        job: Option<u64>,
        digest: Digest,
    },
    /// The digest is of company, title and start month.
    Employment(Digest),
    /// The digest is of school, degree, discipline and start month.
    Education(Digest),
    /// The digest is of body and visibility.
    Note(Digest),
}

impl Step {
    /// The word that reports use.
    pub fn word(self) -> &'static str {
        match self {
            Self::Candidate => "candidate",
            Self::Application { .. } => "application",
            Self::Prospect => "prospect",
            Self::Update => "update",
            Self::Attachment { .. } => "attachment",
            Self::Employment(_) => "employment",
            Self::Education(_) => "education",
            Self::Note(_) => "note",
        }
    }

    /// The reverse of its text.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('/');
        let step = match (parts.next()?, parts.next(), parts.next()) {
            ("candidate", None, None) => Self::Candidate,
            ("prospect", None, None) => Self::Prospect,
            ("update", None, None) => Self::Update,
            ("application", Some(job), None) => Self::Application { job: job.parse().ok()? },
            ("attachment", Some("-"), Some(digest)) => Self::Attachment { job: None, digest: Digest::parse(digest)? },
            ("attachment", Some(job), Some(digest)) => Self::Attachment { job: Some(job.parse().ok()?), digest: Digest::parse(digest)? },
            ("employment", Some(digest), None) => Self::Employment(Digest::parse(digest)?),
            ("education", Some(digest), None) => Self::Education(Digest::parse(digest)?),
            ("note", Some(digest), None) => Self::Note(Digest::parse(digest)?),
            _ => return None,
        };
        parts.next().is_none().then_some(step)
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = self.word();
        match self {
            Self::Candidate | Self::Prospect | Self::Update => f.write_str(word),
            Self::Application { job } => write!(f, "{word}/{job}"),
            Self::Attachment { job: None, digest } => write!(f, "{word}/-/{digest}"),
            Self::Attachment { job: Some(job), digest } => write!(f, "{word}/{job}/{digest}"),
            Self::Employment(digest) | Self::Education(digest) | Self::Note(digest) => write!(f, "{word}/{digest}"),
        }
    }
}

words! {
    /// How far a step is. "None" of `docs/delivery.md` is the absence of a row, or a row that is [`State::Closed`].
    State {
        /// About to be sent, by a process that lives or one that crashed.
        Intended = "intended",
        /// Sent, and what came of it is not known.
        Open = "open",
        Done = "done",
        /// Refused by Greenhouse: the same hash is not sent again by `run`.
        Rejected = "rejected",
        /// Known not to have happened (401, 429, not sent): as if it had never been tried.
        Closed = "closed",
        /// Looked for in vain after `settle`: as `Closed`, but it counts as an attempt, and is looked up once more later.
        Absent = "absent",
        /// A person must look.
        Uncertain = "uncertain",
        /// A person said that it is not to be tried again.
        GivenUp = "given-up",
    }
}

impl State {
    /// Whether what was sent may or may not have been done.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Intended | Self::Open)
    }
}

/// By what a record that was sent is recognised in Greenhouse without the profile.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Fingerprint {
    /// One of each e-mail.
    pub emails: Vec<Digest>,
    /// One of the name and all phones together: for who has no e-mail.
    pub name_phones: Option<Digest>,
}

/// What is known of an attempt since before it left.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Attempt {
    /// From 1.
    pub number: u32,
    /// The request: steps with one action went out together. A UUIDv7.
    pub action: String,
    /// Of the request's body.
    pub hash: Digest,
    /// Of what was sent; empty for all but the candidate's step.
    pub fingerprint: Fingerprint,
    /// Greenhouse's ids that matched before the request.
    pub seen_before: Vec<u64>,
    /// Greenhouse's own time (its Date header) before the request, where an answer had told it.
    pub greenhouse_time: Option<Timestamp>,
    pub intended_at: Timestamp,
    /// The last moment at which the request may have left or been under way.
    pub sent_by: Timestamp,
    /// What it carried, a hash a member; empty once that counts as sent.
    pub members: Members,
}

/// The newest attempt at a step.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct StepRow {
    pub step: Step,
    pub state: State,
    /// Greenhouse's id, once done.
    pub id: Option<u64>,
    /// Whether we made it; an application that was there is done and not ours.
    pub ours: bool,
    /// The pipeline that tried.
    pub pipeline: String,
    /// Absent for what was found there and never tried.
    pub attempt: Option<Attempt>,
    /// Attempts at it that were looked for in vain.
    pub absences: u32,
    /// Those of them that count against it; none where none does.
    pub failing: Option<Failing>,
    /// When its state was written; none while it is intended.
    pub settled_at: Option<Timestamp>,
    /// Why Greenhouse refused it, without any value of the profile; none where it did not, or an older ledger did not keep that.
    pub refusal: Option<String>,
}

/// Attempts that Greenhouse certainly did not do, although they left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Failing {
    /// When the first of them was intended.
    pub since: Timestamp,
    /// When the last of them was.
    pub last: Timestamp,
}

impl Failing {
    #[must_use]
    pub fn and(before: Option<Self>, intended_at: Timestamp) -> Self {
        Self { since: before.map_or(intended_at, |before| before.since), last: intended_at }
    }
}

/// What became of one step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Settled {
    pub step: Step,
    pub state: State,
    /// Greenhouse's id, where it is done.
    pub id: Option<u64>,
    pub ours: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CandidateRow {
    pub id: u64,
    /// Ours: we made it. Else theirs: it was there.
    pub ours: bool,
    /// Gone from Greenhouse.
    pub gone: bool,
}

/// All that the ledger knows of a person. The default: nobody knows them.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Person {
    pub candidate: Option<CandidateRow>,
    /// Whether all that was wanted has been brought about once.
    pub delivered: bool,
    /// Erased on request: never sent again.
    pub forgotten: bool,
    /// One row a step, its newest attempt.
    pub steps: Vec<StepRow>,
    /// What was last sent; none where that is not known: nothing was sent, or by an older ledger.
    pub sent: Option<Members>,
    /// Another profile is the same candidate.
    pub shares: bool,
}

impl Person {
    pub fn step(&self, step: Step) -> Option<&StepRow> {
        self.steps.iter().find(|row| row.step == step)
    }

    /// The same that the ledger writes for a settlement, so that a push need not ask it again.
    pub fn settle(&mut self, settled: &Settled, pipeline: &str, attempt: Option<&Attempt>, at: Timestamp) {
        let old = self.steps.iter().position(|row| row.step == settled.step).map(|at| self.steps.swap_remove(at));
        // What was in vain before it was done once is past.
        let before = old.as_ref().filter(|row| row.state != State::Done);
        let (absences, failing) = before.map_or((0, None), |row| (row.absences, row.failing));
        let attempt = attempt.cloned().or(old.and_then(|row| row.attempt));
        let is_absent = settled.state == State::Absent;
        let failed = attempt.as_ref().filter(|_| is_absent).map(|attempt| Failing::and(failing, attempt.intended_at));
        self.steps.push(StepRow {
            step: settled.step,
            state: settled.state,
            id: settled.id,
            ours: settled.ours,
            pipeline: pipeline.to_owned(),
            attempt,
            absences: absences + u32::from(is_absent),
            failing: failed.or(failing),
            settled_at: Some(at),
            refusal: None,
        });
    }

    /// Remembers what was sent, over what was remembered before.
    pub fn remember(&mut self, sent: &Members) {
        if !sent.is_empty() {
            self.sent.get_or_insert_default().extend(sent.iter().map(|(member, hash)| (member.clone(), *hash)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::digest::Key;

    #[test]
    fn a_step_reads_back_from_its_text() {
        let digest = Key::new([0; 32]).digest(&["x"]);
        let steps = [
            Step::Candidate,
            Step::Application { job: 4012 },
            Step::Prospect,
            Step::Update,
            Step::Attachment { job: None, digest },
            Step::Attachment { job: Some(4012), digest },
            Step::Employment(digest),
            Step::Education(digest),
            Step::Note(digest),
        ];
        for step in steps {
            assert_eq!(Step::parse(&step.to_string()), Some(step));
        }
        assert_eq!(Step::parse("application/4012/x"), None);
        assert_eq!(Step::parse("candidate/1"), None);
        assert_eq!(Step::parse("update/1"), None);
    }

    #[test]
    fn a_state_reads_back_from_its_word() {
        for state in State::ALL {
            assert_eq!(State::parse(state.as_str()), Some(state));
        }
    }
}
