//! What a push would do, request by request, with nothing sent: the same `decide` as a run's, with placeholders for ids that are
//! not known yet. `plan` lets it look things up; `trace` and `test` assume that nobody is there.

use crate::delivery::action::{Action, UNKNOWN};
use crate::delivery::observed::Seen;
use crate::delivery::update::Changes;
use crate::delivery::wanted::Wanted;
use crate::delivery::{Decision, LookUp, Observed, Policy, Verdict, Whereabouts, decide};
use crate::greenhouse::lookup::{Blind, questions};
use crate::greenhouse::{Reading, Stop, Wire, preview};
use crate::http::Request;
use crate::outcome::Outcome;
use crate::settings::{Existing, Greenhouse};
use crate::step::{CandidateRow, Person, Settled, State, Step};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

/// One request that a push would make.
#[derive(Debug)]
pub struct Planned {
    /// None for a look-up.
    pub step: Option<Step>,
    /// All that it brings about.
    pub covers: Vec<Step>,
    pub request: Request,
}

/// A whole push, foreseen.
#[derive(Debug)]
pub struct Preview {
    pub requests: Vec<Planned>,
    pub outcome: Outcome,
    pub reason: Option<String>,
    pub candidate_id: Option<u64>,
    /// False where Greenhouse could not be asked who is there.
    pub certain: bool,
    /// What an update changes, member by member.
    pub changes: Vec<Change>,
}

/// A member that an update changes.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// `title`, `custom_fields.level`.
    pub member: String,
    /// As Greenhouse shows it now; none where it has nothing, or could not be asked.
    pub before: Option<Value>,
    /// As it would be sent: a list is sent whole.
    pub after: Value,
}

impl Preview {
    /// All that would be brought about.
    pub fn covered(&self) -> impl Iterator<Item = Step> {
        self.requests.iter().flat_map(|planned| planned.covers.iter().copied())
    }

    /// The requests that change something, each with its first step.
    pub fn writes(&self) -> impl Iterator<Item = (Step, &Request)> {
        self.requests.iter().filter_map(|planned| Some((planned.step?, &planned.request)))
    }
}

/// Who answers look-ups.
#[derive(Debug, Clone, Copy)]
pub enum Asked<'a> {
    /// Nobody is there.
    Nobody,
    /// Nobody can be asked: who is there is not known.
    Unknown,
    Greenhouse(&'a Wire, &'a crate::digest::Key),
}

/// Goes through a push. `observed` begins with what is known without asking Greenhouse: whose the e-mails are.
///
/// # Errors
/// Only where Greenhouse is asked and does not answer.
pub async fn foresee(
    settings: &Greenhouse,
    wanted: &Wanted<'_>,
    mut person: Person,
    mut observed: Observed,
    asked: Asked<'_>,
) -> Result<Preview, Stop> {
    let settle = SignedDuration::try_from(settings.settle).unwrap_or(SignedDuration::MAX);
    let policy = Policy {
        existing: settings.existing,
        when_changed: settings.when_changed,
        ambiguous: settings.ambiguous,
        settle,
        retry: false,
        now: Timestamp::now(),
    };
    let mut requests = Vec::new();
    let mut changed = Vec::new();
    let mut reading = Reading::default();
    let mut certain = settings.existing != Existing::Create;
    let emails: Vec<&str> = wanted.candidate.email_addresses.iter().map(|email| email.value.as_str()).collect();
    loop {
        match decide(wanted, &person, &observed, &policy) {
            Decision::Done(Verdict { outcome, reason, .. }) => {
                let candidate_id = person.candidate.map(|row| row.id).filter(|id| *id != UNKNOWN);
                return Ok(Preview { requests, outcome, reason, candidate_id, certain, changes: changed });
            }
            Decision::Park { .. } => {
                let reason = Some("an earlier request is still being looked up".to_owned());
                let candidate_id = person.candidate.map(|row| row.id);
                return Ok(Preview { requests, outcome: Outcome::Pending, reason, candidate_id, certain: false, changes: changed });
            }
            Decision::Record(record) => {
                observed.recorded(&record, person.candidate);
                person.remember(&record.sent);
                person.candidate = record.candidate.or(person.candidate);
                record.steps.iter().for_each(|settled| person.settle(settled, "", None, policy.now));
            }
            Decision::LookUp(question) => {
                requests.extend(questions(settings, &question, &emails).into_iter().map(|request| Planned {
                    step: None,
                    covers: Vec::new(),
                    request,
                }));
                certain &= answer(&mut observed, &question, &emails, asked, &mut reading).await?;
            }
            Decision::Intend { action, covers, sends } => {
                requests.push(Planned { step: covers.first().copied(), covers: covers.clone(), request: preview(settings, &action) });
                if let Action::UpdateCandidate { changes, .. } = action {
                    changed.extend(changes.names.iter().filter_map(|member| change(member, &changes, &observed)));
                    observed.changed.extend(changes.names);
                }
                person.remember(&sends);
                pretend_done(&mut person, &mut observed, &covers, policy.now);
            }
        }
    }
}

fn change(member: &str, changes: &Changes, observed: &Observed) -> Option<Change> {
    let before = observed.current.as_ref().and_then(|current| current.shown(member));
    Some(Change { member: member.to_owned(), before, after: changes.value(member)?.clone() })
}

/// Takes the answer to a look-up in; tells whether it can be believed.
async fn answer(
    observed: &mut Observed,
    question: &LookUp,
    emails: &[&str],
    asked: Asked<'_>,
    reading: &mut Reading,
) -> Result<bool, Stop> {
    let is_placeholder = candidate_of(question) == Some(UNKNOWN);
    let seen = match asked {
        Asked::Greenhouse(wire, key) if !is_placeholder => wire.look_up(key, question, emails, reading).await,
        Asked::Unknown => Err(Blind::NotReady),
        _ => Ok(nothing(question)),
    };
    let (seen, certain) = match seen {
        Ok(seen) => (seen, true),
        Err(Blind::Stop(stop)) => return Err(stop),
        Err(Blind::Missing) => {
            observed.present = Some(false);
            return Ok(true);
        }
        Err(_) => (nothing(question), false),
    };
    observed.see(question, seen);
    Ok(certain)
}

fn candidate_of(question: &LookUp) -> Option<u64> {
    match question {
        LookUp::ByEmail => None,
        LookUp::Candidate { candidate, .. }
        | LookUp::Applications { candidate }
        | LookUp::Attachments { candidate, .. }
        | LookUp::Employments { candidate }
        | LookUp::Educations { candidate }
        | LookUp::Notes { candidate }
        | LookUp::Whereabouts { candidate, .. } => Some(*candidate),
    }
}

fn nothing(question: &LookUp) -> Seen {
    match question {
        LookUp::ByEmail => Seen::Candidates(Vec::new()),
        LookUp::Candidate { .. } => Seen::Candidate(Box::default()),
        LookUp::Applications { .. } => Seen::Applications(Vec::new()),
        LookUp::Attachments { .. } => Seen::Attachments(Vec::new()),
        LookUp::Employments { .. } | LookUp::Educations { .. } | LookUp::Notes { .. } => Seen::Children(Vec::new()),
        LookUp::Whereabouts { .. } => Seen::Whereabouts(Whereabouts::Hidden),
    }
}

fn pretend_done(person: &mut Person, observed: &mut Observed, covers: &[Step], now: Timestamp) {
    for &step in covers {
        person.settle(&Settled { step, state: State::Done, id: Some(UNKNOWN), ours: true }, "", None, now);
        observed.made.push(step);
    }
    if covers.contains(&Step::Candidate) {
        person.candidate = Some(CandidateRow { id: UNKNOWN, ours: true, gone: false });
    }
}
