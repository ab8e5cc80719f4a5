//! One function decides what happens next for a person. Pure: no I/O, and no clock but its argument.
//!
//! `plan` runs it until the first [`Decision::Intend`], `trace` with placeholders for ids, `run` and recovery to the end.
//! Source: "One function decides" and the rules of the delivery design; each branch below names its rule.

pub mod action;
pub mod recovery;
mod verdict;
pub mod wanted;

use crate::outcome::Outcome;
use crate::settings::{Ambiguous, Api, Existing};
use crate::step::{CandidateRow, Person, Settled, State, Step, StepRow};
pub use verdict::Verdict;

use action::{Action, Id};
use jiff::{SignedDuration, Timestamp};
use verdict::{FORBIDDEN, ambiguous, never_appeared, refused_before, uncertain_words};
use wanted::{Part, Want, Wanted, is_resume};

/// After that many vain attempts at one step no further one is made without a person's word (rule: "none (3 attempts)").
pub const ATTEMPTS: u32 = 3;

/// What the destination says about people who are there, and how late Greenhouse may be.
#[derive(Debug, Clone, Copy)]
pub struct Policy {
    pub existing: Existing,
    pub ambiguous: Ambiguous,
    pub settle: SignedDuration,
    /// A person said to try again what was refused, or never appeared.
    pub retry: bool,
}

/// What was seen while this person is being pushed. It begins empty, and grows with every look-up and every request.
#[derive(Debug, Clone, Default)]
pub struct Observed {
    /// Candidates that have one of the person's e-mails: ids, the oldest first.
    pub matches: Option<Vec<u64>>,
    /// The candidate's applications, whoever made them.
    pub applications: Option<Vec<SeenApplication>>,
    /// The attachments on an application (v3), or on the candidate (v1), as the steps that they would be.
    pub attachments: Vec<(Option<u64>, Vec<Step>)>,
    /// What an e-mail's claim said.
    pub claim: Option<Claimed>,
    /// The steps that this push has brought about.
    pub made: Vec<Step>,
    /// The steps that this push has tried.
    pub tried: Vec<Step>,
    /// The look-ups that Greenhouse did not allow.
    pub forbidden: bool,
    /// Steps of which nothing can be sent, and why: a file that cannot be had, or is not taken.
    pub unsendable: Vec<(Step, String)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenApplication {
    pub id: u64,
    /// One for an application; several or none for a prospect.
    pub jobs: Vec<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claimed {
    Taken { candidate_id: u64 },
    Busy,
}

/// A question to Greenhouse that changes nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LookUp {
    /// All candidates that have one of the candidate's e-mails.
    ByEmail,
    Applications {
        candidate: u64,
    },
    /// On an application (v3), or on the candidate (v1, `application` and `job` none).
    Attachments {
        candidate: u64,
        application: Option<u64>,
        job: Option<u64>,
    },
}

/// What to do next.
#[derive(Debug)]
pub enum Decision<'a> {
    LookUp(LookUp),
    /// Write down what was found, then decide again.
    Record {
        candidate: Option<CandidateRow>,
        steps: Vec<Settled>,
    },
    /// Make the intent durable, then send.
    Intend {
        action: Action<'a>,
        covers: Vec<Step>,
    },
    /// Nothing can be done before then; where `until` is none, before somebody else with the same e-mail has ended.
    Park {
        until: Option<Timestamp>,
        step: Step,
    },
    Done(Verdict),
}

/// Decides the next thing to do for a person.
pub fn decide<'a>(wanted: &Wanted<'a>, person: &Person, observed: &Observed, policy: &Policy) -> Decision<'a> {
    if person.forgotten {
        return done(Verdict::because(Outcome::Skipped, None, "forgotten: this person was erased on request, and is not sent again"));
    }
    match person.candidate {
        Some(row) if row.gone => {
            done(Verdict::because(Outcome::Skipped, None, "gone: the candidate was removed from Greenhouse, and is not made again"))
        }
        Some(row) => complete(wanted, person, observed, policy, row),
        None => find_or_create(wanted, person, observed, policy),
    }
}

/// The person has no candidate yet.
fn find_or_create<'a>(wanted: &Wanted<'a>, person: &Person, observed: &Observed, policy: &Policy) -> Decision<'a> {
    let step = Step::Candidate;
    if let Some(row) = person.step(step) {
        match row.state {
            State::Intended | State::Open => return park(row, policy), // rule 3: open steps first, whatever the e-mail is today
            State::Uncertain => return done(Verdict::because(Outcome::Uncertain, Some(step), uncertain_words(step))),
            State::GivenUp => return done(Verdict::because(Outcome::Skipped, Some(step), "given up: a person said not to try again")),
            State::Rejected if same_hash(row, wanted) && !is_retried(step, observed, policy) => return done(refused_before(step)),
            State::Absent if row.absences >= ATTEMPTS && !is_retried(step, observed, policy) => return done(never_appeared(step)),
            _ => {}
        }
    }
    match observed.claim {
        Some(Claimed::Taken { candidate_id }) => return adopt(candidate_id, false),
        Some(Claimed::Busy) => return Decision::Park { until: None, step },
        None => {}
    }
    if policy.existing != Existing::Create && !wanted.identities.is_empty() {
        match &observed.matches {
            None if observed.forbidden => return done(Verdict::because(Outcome::Uncertain, Some(step), FORBIDDEN)),
            None => return Decision::LookUp(LookUp::ByEmail),
            Some(matches) => match (matches.as_slice(), policy.ambiguous) {
                ([], _) => {}
                ([one], _) | ([one, ..], Ambiguous::Oldest) => return adopt(*one, false),
                (several, Ambiguous::Uncertain) => return done(ambiguous(several)),
            },
        }
    }
    Decision::Intend { action: Action::CreateCandidate { candidate: wanted.candidate }, covers: wanted.covered_by_create() }
}

/// The person has a candidate: bring about what is missing.
fn complete<'a>(wanted: &Wanted<'a>, person: &Person, observed: &Observed, policy: &Policy, row: CandidateRow) -> Decision<'a> {
    if !row.ours && policy.existing == Existing::Skip {
        return done(Verdict::because(Outcome::Skipped, None, "existing: a candidate with this e-mail is there"));
    }
    let mut obstacle: Option<Decision<'a>> = None;
    for want in wanted.steps.iter().filter(|want| is_due(want, person, row)) {
        match advance(wanted, want, person, observed, policy, row) {
            Advance::Nothing => {}
            Advance::Now(decision) => return decision,
            // Rule 8: steps that do not need a failed one's id go on; the worst obstacle is told at the end.
            Advance::Obstacle(decision) => obstacle = Some(worse(obstacle, decision)),
        }
    }
    obstacle.unwrap_or_else(|| done(success(wanted, person, observed, row)))
}

/// Whether a step is still ours to bring about. To who was delivered once, and to who was there, only what is missing beside is
/// added: applications, and a résumé where there is none on our applications (rules 5 and 11).
fn is_due(want: &Want<'_>, person: &Person, row: CandidateRow) -> bool {
    match want.part {
        Part::Candidate => false,
        Part::Application(_) => true,
        Part::Attachment(attachment) => !person.delivered && row.ours || is_resume(&attachment.kind) || on_fresh_application(want, person),
        Part::Employment(_) | Part::Education(_) | Part::Note(_) => row.ours && !person.delivered,
    }
}

/// Any attachment that belongs on an application which we made goes there, until all of it was delivered once.
fn on_fresh_application(want: &Want<'_>, person: &Person) -> bool {
    matches!(want.step, Step::Attachment { job: Some(_), .. }) && !person.delivered
}

enum Advance<'a> {
    Nothing,
    Now(Decision<'a>),
    Obstacle(Decision<'a>),
}

fn advance<'a>(
    wanted: &Wanted<'a>,
    want: &Want<'a>,
    person: &Person,
    observed: &Observed,
    policy: &Policy,
    row: CandidateRow,
) -> Advance<'a> {
    let step = want.step;
    if let Some(step_row) = person.step(step) {
        match step_row.state {
            State::Done => return tell_id(step_row, wanted.api, person, observed, policy, row),
            State::GivenUp => return Advance::Nothing,
            State::Intended | State::Open => return Advance::Obstacle(park(step_row, policy)),
            State::Uncertain => {
                return Advance::Obstacle(done(Verdict::because(Outcome::Uncertain, Some(step), uncertain_words(step))));
            }
            _ if is_retried(step, observed, policy) => {}
            State::Rejected if same_hash(step_row, wanted) => return Advance::Obstacle(done(refused_before(step))),
            State::Absent if step_row.absences >= ATTEMPTS => return Advance::Obstacle(done(never_appeared(step))),
            State::Rejected | State::Absent | State::Closed => {}
        }
    }
    if let Some((_, why)) = observed.unsendable.iter().find(|(unsendable, _)| *unsendable == step) {
        return Advance::Obstacle(done(Verdict::because(Outcome::Failed, Some(step), why)));
    }
    let candidate = Id::candidate(row.id);
    let action = match want.part {
        Part::Candidate => return Advance::Nothing,
        Part::Application(application) => match look_for_application(step, observed, row) {
            Some(decision) => return Advance::Now(decision),
            None => Action::CreateApplication { candidate, application },
        },
        Part::Attachment(attachment) => match place_attachment(step, person, observed, policy, row) {
            Attach::On(application) => Action::CreateAttachment { candidate, application, attachment },
            Attach::First(decision) => return Advance::Now(decision),
            Attach::Nowhere => return Advance::Nothing,
        },
        Part::Employment(employment) => Action::CreateEmployment { candidate, employment },
        Part::Education(education) => Action::CreateEducation { candidate, education },
        Part::Note(note) => Action::CreateNote { candidate, note },
    };
    Advance::Now(Decision::Intend { action, covers: vec![step] })
}

/// v1 can answer a create with the candidate's id alone, while it is still being made: the applications' ids are looked up then.
fn tell_id<'a>(step_row: &StepRow, api: Api, person: &Person, observed: &Observed, policy: &Policy, row: CandidateRow) -> Advance<'a> {
    let Step::Application { job } = step_row.step else { return Advance::Nothing };
    let unknown = api == Api::HarvestV1 && step_row.id.is_none() && step_row.ours && !person.delivered;
    if !unknown || policy.existing == Existing::Create || observed.forbidden {
        return Advance::Nothing;
    }
    match &observed.applications {
        None => Advance::Now(Decision::LookUp(LookUp::Applications { candidate: row.id })),
        Some(there) => match there.iter().find(|application| application.jobs.contains(&job)) {
            None => Advance::Nothing,
            Some(application) => {
                let told = Settled { step: step_row.step, state: State::Done, id: Some(application.id), ours: true };
                Advance::Now(Decision::Record { candidate: None, steps: vec![told] })
            }
        },
    }
}

/// Before an application is made on a candidate that this push did not make: is it there already, whoever made it?
fn look_for_application<'a>(step: Step, observed: &Observed, row: CandidateRow) -> Option<Decision<'a>> {
    if observed.made.contains(&Step::Candidate) {
        return None;
    }
    match &observed.applications {
        None if observed.forbidden => Some(done(Verdict::because(Outcome::Uncertain, Some(step), FORBIDDEN))),
        None => Some(Decision::LookUp(LookUp::Applications { candidate: row.id })),
        Some(there) => there.iter().find(|application| matches!(step, Step::Application { job } if application.jobs.contains(&job))).map(
            |application| Decision::Record {
                candidate: None,
                steps: vec![Settled { step, state: State::Done, id: Some(application.id), ours: false }],
            },
        ),
    }
}

enum Attach<'a> {
    On(Option<Id>),
    First(Decision<'a>),
    Nowhere,
}

/// Where an attachment goes: never on others' applications, and not where a résumé is (rule 11).
fn place_attachment<'a>(step: Step, person: &Person, observed: &Observed, policy: &Policy, row: CandidateRow) -> Attach<'a> {
    let Step::Attachment { job, .. } = step else { return Attach::Nowhere };
    let ours = |job: u64| person.step(Step::Application { job }).filter(|r| r.state == State::Done && r.ours);
    let (application, made_now) = match job {
        Some(job) => match ours(job) {
            Some(application) => (application.id, observed.made.contains(&Step::Application { job })),
            None => return Attach::Nowhere,
        },
        // v1: on the candidate, where it is ours or has an application of ours.
        None => {
            let applied = person.steps.iter().any(|r| matches!(r.step, Step::Application { .. }) && r.state == State::Done && r.ours);
            if !row.ours && !applied {
                return Attach::Nowhere;
            }
            (None, observed.made.contains(&Step::Candidate))
        }
    };
    let looked = observed.attachments.iter().find(|(on, _)| *on == job);
    match looked {
        _ if made_now || policy.existing == Existing::Create => {}
        None if observed.forbidden => return Attach::First(done(Verdict::because(Outcome::Uncertain, Some(step), FORBIDDEN))),
        None => return Attach::First(Decision::LookUp(LookUp::Attachments { candidate: row.id, application, job })),
        Some((_, there)) if there.contains(&step) => {
            let found = Settled { step, state: State::Done, id: None, ours: false };
            return Attach::First(Decision::Record { candidate: None, steps: vec![found] });
        }
        Some(_) => {}
    }
    match (job, application) {
        (None, _) => Attach::On(None),
        (Some(_), Some(id)) => Attach::On(Some(Id::application(id))),
        // Done without an id: the answer did not tell it, and only a look-up can.
        (Some(_), None) => Attach::Nowhere,
    }
}

/// All that is due is there.
fn success(wanted: &Wanted<'_>, person: &Person, observed: &Observed, row: CandidateRow) -> Verdict {
    let made = |step: &Step| matches!(step, Step::Application { .. });
    let applied_now = observed.made.iter().any(made);
    let applied_ever = wanted
        .steps
        .iter()
        .any(|want| made(&want.step) && person.step(want.step).is_some_and(|step_row| step_row.state == State::Done && step_row.ours));
    let outcome = match (row.ours, person.delivered) {
        (true, false) => Outcome::Created,
        (_, true) if applied_now => Outcome::Applied,
        (_, true) => Outcome::Unchanged,
        (false, false) if applied_ever => Outcome::Applied,
        (false, false) => Outcome::Unchanged,
    };
    Verdict { delivered: true, ..Verdict::new(outcome) }
}

/// The worse of two obstacles: what failed before what is uncertain before what is parked; of two parked the later.
fn worse<'a>(one: Option<Decision<'a>>, other: Decision<'a>) -> Decision<'a> {
    let rank = |decision: &Decision<'_>| match decision {
        Decision::Done(verdict) if verdict.outcome == Outcome::Failed => 3,
        Decision::Done(_) => 2,
        _ => 1,
    };
    match one {
        None => other,
        Some(one) => match (&one, &other) {
            (Decision::Park { until: a, .. }, Decision::Park { until: b, .. }) => {
                if a >= b {
                    one
                } else {
                    other
                }
            }
            _ if rank(&one) >= rank(&other) => one,
            _ => other,
        },
    }
}

/// What is intended is in a living worker's hands (a crashed one's was made open before anybody is pushed): it ends when they do.
fn park<'a>(row: &StepRow, policy: &Policy) -> Decision<'a> {
    if row.state == State::Intended {
        return Decision::Park { until: None, step: row.step };
    }
    Decision::Park { until: row.attempt.as_ref().map(|attempt| settled_by(attempt.sent_by, policy.settle)), step: row.step }
}

/// From when on "not there" is believed (rule 4).
pub fn settled_by(sent_by: Timestamp, settle: SignedDuration) -> Timestamp {
    sent_by.checked_add(settle).unwrap_or(Timestamp::MAX)
}

/// Tried again on request: once a push.
fn is_retried(step: Step, observed: &Observed, policy: &Policy) -> bool {
    policy.retry && !observed.tried.contains(&step)
}

fn same_hash(row: &StepRow, wanted: &Wanted<'_>) -> bool {
    row.attempt.as_ref().is_some_and(|attempt| attempt.hash == wanted.hash(row.step))
}

fn adopt<'a>(id: u64, ours: bool) -> Decision<'a> {
    let steps = vec![Settled { step: Step::Candidate, state: State::Done, id: Some(id), ours }];
    Decision::Record { candidate: Some(CandidateRow { id, ours, gone: false }), steps }
}

fn done<'a>(verdict: Verdict) -> Decision<'a> {
    Decision::Done(verdict)
}

#[cfg(test)]
mod tests;
