//! One function decides what happens next for a person. Pure: no I/O, and no clock but its argument.
//!
//! `plan` runs it until the first [`Decision::Intend`], `trace` with placeholders for ids, `run` and recovery to the end.
//! Source: `docs/delivery.md`, "The rules"; each branch below names its rule.

pub mod action;
mod attach; // where a file goes
pub mod backoff; // when it is tried again
mod children; // what hangs on a candidate, looked for first
pub(crate) mod doubt; // what a ledger from a backup cannot know
pub(crate) mod field; // the member that a refusal names
mod gone; // merged or removed
pub(crate) mod members; // what can be sent again
pub(crate) mod observed; // what is seen, and asked
pub(crate) mod push; // one person's push
pub(crate) mod recovery; // what was lost
mod refresh; // the candidate brought up to date
pub(crate) mod refusal; // in words
pub(crate) mod resolve; // a person has looked
pub(crate) mod revision; // which file it is
pub mod run; // the rules of a run
pub(crate) mod update; // what differs
mod verdict; // how it ends
pub(crate) mod wanted; // what is asked for

pub(crate) use doubt::Doubt;
pub(crate) use observed::{Claimed, Known, LookUp, Observed, Record, SeenApplication, Whereabouts};
pub(crate) use verdict::Verdict;

use crate::model::outcome::Outcome;
use crate::model::settings::{Ambiguous, Existing, Greenhouse, WhenChanged};
use crate::model::step::{CandidateRow, Members, Person, State, Step, StepRow};
use action::{Action, Id};
use attach::{Attach, File};
use jiff::{SignedDuration, Timestamp};
use verdict::{FORBIDDEN, NOT_KNOWN, OTHER_END, ambiguous, never_appeared, refused_before, success, uncertain_words, worse};
use wanted::{Part, Want, Wanted, is_resume};

/// So many attempts at one step are made in a run; then the person is left for the next one (`docs/delivery.md`, R4).
pub const ATTEMPTS: u32 = 3;

/// What the destination says about people who are there, and how late Greenhouse may be.
#[derive(Debug, Clone, Copy)]
pub struct Policy {
    pub existing: Existing,
    pub when_changed: WhenChanged,
    pub ambiguous: Ambiguous,
    pub settle: SignedDuration,
    /// A person said to try again what was refused, or never appeared.
    pub retry: bool,
    /// The only clock.
    pub now: Timestamp,
}

impl Policy {
    /// A destination's policy. Its clock is set before each decision.
    pub fn new(destination: &Greenhouse, retry: bool) -> Self {
        Self {
            existing: destination.existing,
            when_changed: destination.when_changed,
            ambiguous: destination.ambiguous,
            settle: SignedDuration::try_from(destination.settle).unwrap_or(SignedDuration::MAX),
            retry,
            now: Timestamp::UNIX_EPOCH,
        }
    }

    /// Whether a candidate is kept as the profile says: ours where the profile has changed, theirs where `existing` says so.
    fn keeps_current(&self, row: CandidateRow) -> bool {
        if row.ours { self.when_changed == WhenChanged::Update } else { self.existing == Existing::Update }
    }
}

#[derive(Debug, Clone, Hash)]
pub enum Decision<'a> {
    LookUp(LookUp),
    Record(Record),
    Intend {
        action: Action<'a>,
        covers: Vec<Step>,
        /// What counts as sent once it is done.
        sends: Members,
    },
    /// Nothing can be done before then; where `until` is none, before somebody else with the same e-mail has ended.
    Park {
        until: Option<Timestamp>,
        step: Step,
    },
    Done(Verdict),
}

pub fn decide<'a>(wanted: &Wanted<'a>, person: &Person, observed: &Observed, policy: &Policy) -> Decision<'a> {
    if person.forgotten {
        return done(Verdict::because(Outcome::Skipped, None, "forgotten: this person was erased on request, and is not sent again"));
    }
    match person.candidate {
        Some(row) if row.gone => done(Verdict::because(Outcome::Skipped, None, verdict::GONE)),
        Some(row) => gone::follow(person, observed, policy, row).unwrap_or_else(|| complete(wanted, person, observed, policy, row)),
        None => find_or_create(wanted, person, observed, policy),
    }
}

fn find_or_create<'a>(wanted: &Wanted<'a>, person: &Person, observed: &Observed, policy: &Policy) -> Decision<'a> {
    let step = Step::Candidate;
    if let Some(row) = person.step(step) {
        match row.state {
            State::Intended | State::Open => return park(row, policy), // R3: open steps first, whatever the e-mail is today
            State::Uncertain => return done(Verdict::because(Outcome::Uncertain, Some(step), uncertain_words(row))),
            State::GivenUp => return done(Verdict::because(Outcome::Skipped, Some(step), "given up: a person said not to try again")),
            _ if observed.may_be_made() => {}
            State::Rejected if same_hash(row, wanted) && !is_retried(step, observed, policy) => return done(refused_before(row)),
            State::Absent if !is_retried(step, observed, policy) => {
                if let Some(decision) = backs_off(row, policy) {
                    return decision;
                }
            }
            _ => {}
        }
    }
    match observed.claim {
        Some(Claimed::Taken { candidate_id }) => return adopt(candidate_id, false),
        Some(Claimed::Busy) => return Decision::Park { until: None, step },
        None => {}
    }
    if let Some(decision) = doubt::find(observed, policy) {
        return decision;
    }
    if policy.existing != Existing::Create && !wanted.identities.is_empty() {
        match &observed.matches {
            None if observed.forbidden => return done(Verdict::because(Outcome::Uncertain, Some(step), FORBIDDEN)),
            None => return Decision::LookUp(LookUp::ByEmail),
            Some(matches) => match (doubt::beside(matches, wanted.capabilities, observed).as_slice(), policy.ambiguous) {
                ([], _) => {}
                // R5: what was sent, believed not to be there, and comes before it is sent again, is ours.
                ([one, ..], _) if doubt::are_creates(wanted, person, matches) => return adopt(*one, true),
                ([one], _) | ([one, ..], Ambiguous::Oldest) => return adopt(*one, false),
                (several, Ambiguous::Uncertain) => return done(ambiguous(several)),
            },
        }
    }
    intend(wanted, Action::CreateCandidate { candidate: wanted.candidate }, wanted.covered_by_create())
}

/// What is decided from, where the person has a candidate.
#[derive(Clone, Copy)]
struct Case<'c, 'a> {
    wanted: &'c Wanted<'a>,
    person: &'c Person,
    observed: &'c Observed,
    policy: &'c Policy,
    row: CandidateRow,
}

/// The person has a candidate: bring about what is missing, and what has changed where that is asked for.
fn complete<'a>(wanted: &Wanted<'a>, person: &Person, observed: &Observed, policy: &Policy, row: CandidateRow) -> Decision<'a> {
    if !row.ours && policy.existing == Existing::Skip {
        return done(Verdict::because(Outcome::Skipped, None, "existing: a candidate with this e-mail is there"));
    }
    let mut obstacle: Option<Decision<'a>> = None;
    let due = wanted.steps.iter().filter(|want| is_due(want, wanted, person, policy, row)).map(Some);
    // The candidate's own members first, then what hangs on it.
    for want in std::iter::once(None).chain(due) {
        let next = match want {
            None => refresh::candidate(wanted, person, observed, policy, row),
            Some(want) => advance(Case { wanted, person, observed, policy, row }, want),
        };
        match next {
            Advance::Nothing => {}
            Advance::Now(decision) => return decision,
            // R8: steps that do not need a failed one's id go on; the worst obstacle is told at the end.
            Advance::Obstacle(decision) => obstacle = Some(worse(obstacle, decision)),
        }
    }
    obstacle.unwrap_or_else(|| done(success(wanted, person, observed, policy, row)))
}

/// Whether a step is still ours to bring about. To who was delivered once, and to who was there, only what is missing beside is added:
/// applications, and a résumé where there is none on our applications (R5 and R11); where the candidate is kept current, employments
/// and educations too (R10). A note is sent once, whatever becomes of its words.
fn is_due(want: &Want<'_>, wanted: &Wanted<'_>, person: &Person, policy: &Policy, row: CandidateRow) -> bool {
    let kept = policy.keeps_current(row);
    match want.part {
        Part::Candidate => false,
        Part::Application(_) | Part::Prospect(_) => true,
        Part::Attachment(attachment) => {
            row.ours && (kept || !person.delivered) || is_resume(&attachment.kind) || on_fresh_application(want, person)
        }
        Part::Employment(_) | Part::Education(_) => kept || row.ours && !person.delivered,
        Part::Note(_) => !person.delivered && (row.ours || kept) && (person.step(want.step).is_some() || !wanted.notes_are_there(person)),
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

fn advance<'a>(case: Case<'_, 'a>, want: &Want<'a>) -> Advance<'a> {
    let (Case { wanted, person, observed, policy, row }, step) = (case, want.step);
    let mut renewed = false;
    if let Some(step_row) = person.step(step) {
        match step_row.state {
            State::Done => match since_done(case, want, step_row) {
                Since::Nothing => return tell_id(case, want, step_row),
                Since::Record(record) => return Advance::Now(Decision::Record(record)),
                Since::Newer => renewed = true,
            },
            _ => match standing(step_row, wanted, observed, policy) {
                Some(standing) => return standing,
                None => renewed = was_sent(want, person, policy),
            },
        }
    }
    if let Some((_, why)) = observed.unsendable.iter().find(|(unsendable, _)| *unsendable == step) {
        return Advance::Obstacle(done(Verdict::because(Outcome::Failed, Some(step), why)));
    }
    if let Some(decision) = children::look_first(case, want) {
        return Advance::Now(decision);
    }
    let candidate = Id::candidate(row.id);
    let action = match want.part {
        Part::Candidate => return Advance::Nothing,
        Part::Application(application) => Action::CreateApplication { candidate, application },
        Part::Prospect(prospect) => Action::CreateProspect { candidate, prospect },
        // A résumé goes on every application, any other file on one: another pipeline may have put it on an application of its own.
        Part::Attachment(attachment) if !is_resume(&attachment.kind) && attach::hangs_elsewhere(step, person) => return Advance::Nothing,
        Part::Attachment(attachment) => match attach::place(case, step, renewed) {
            Attach::On(application) => Action::CreateAttachment { candidate, application, attachment },
            Attach::First(decision) => return Advance::Now(decision),
            Attach::Nowhere => return Advance::Nothing,
        },
        Part::Employment(employment) => Action::CreateEmployment { candidate, employment },
        Part::Education(education) => Action::CreateEducation { candidate, education },
        Part::Note(note) => Action::CreateNote { candidate, note },
    };
    Advance::Now(intend(wanted, action, vec![step]))
}

/// What an earlier attempt that is not done says to the next; none where it does not stand in the way.
fn standing<'a>(row: &StepRow, wanted: &Wanted<'_>, observed: &Observed, policy: &Policy) -> Option<Advance<'a>> {
    let step = row.step;
    Some(match row.state {
        State::GivenUp => Advance::Nothing,
        State::Intended | State::Open => Advance::Obstacle(park(row, policy)),
        State::Uncertain => Advance::Obstacle(done(Verdict::because(Outcome::Uncertain, Some(step), uncertain_words(row)))),
        _ if is_retried(step, observed, policy) => return None,
        State::Rejected if same_hash(row, wanted) => Advance::Obstacle(done(refused_before(row))),
        State::Absent => Advance::Obstacle(backs_off(row, policy)?),
        State::Rejected | State::Closed | State::Done => return None,
    })
}

enum Since {
    Nothing,
    Record(Record),
    Newer,
}

fn since_done(case: Case<'_, '_>, want: &Want<'_>, step_row: &StepRow) -> Since {
    let Case { wanted, person, observed, policy, row } = case;
    let mark = wanted.mark(want.step);
    let record = |told| Since::Record(Record { sent: mark.clone().into_iter().collect(), told, ..Record::default() });
    match want.part {
        Part::Attachment(_) => match attach::since_sent(case, want, step_row, mark.as_ref().map(|(_, revision)| *revision)) {
            File::AsSent => Since::Nothing,
            File::NotKnown => record(Some(NOT_KNOWN)),
            // Both files would be kept: what may have been sent since the backup is not sent a second time.
            File::Newer if !wanted.capabilities.file_replaces && observed.is_old(step_row) => record(Some(NOT_KNOWN)),
            File::Newer => Since::Newer,
        },
        // R10: another end is told, not added twice, and told once.
        Part::Employment(_) | Part::Education(_) if policy.keeps_current(row) => {
            let sent = person.sent.as_ref().and_then(|sent| sent.get(&want.step.to_string()));
            match (sent, &mark) {
                (Some(sent), Some((_, end))) if sent != end => record(Some(OTHER_END)),
                (None, Some(_)) => record(None),
                _ => Since::Nothing,
            }
        }
        _ => Since::Nothing,
    }
}

/// Whether a file of ours is there already, which a newer one was about to take the place of.
fn was_sent(want: &Want<'_>, person: &Person, policy: &Policy) -> bool {
    let is_file = matches!(want.part, Part::Attachment(attachment) if is_resume(&attachment.kind));
    let sent = person.sent.as_ref().is_some_and(|sent| sent.contains_key(&want.step.to_string()));
    is_file && sent && policy.when_changed == WhenChanged::Update
}

/// A create can be answered with the candidate's id alone: then the applications' ids are looked up.
fn tell_id<'a>(case: Case<'_, '_>, want: &Want<'_>, step_row: &StepRow) -> Advance<'a> {
    let Case { wanted, person, observed, policy, row } = case;
    let unknown = !wanted.capabilities.create_returns_application_id && step_row.id.is_none() && step_row.ours && !person.delivered;
    let is_application = matches!(want.part, Part::Application(_) | Part::Prospect(_));
    if !is_application || !unknown || policy.existing == Existing::Create || observed.forbidden {
        return Advance::Nothing;
    }
    match &observed.applications {
        None => Advance::Now(Decision::LookUp(children::applications(want, row.id))),
        Some(there) => match there.iter().find(|application| children::is_same(want, application)) {
            None => Advance::Nothing,
            Some(application) => Advance::Now(Decision::Record(Record::found(step_row.step, Some(application.id), true))),
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

/// From when on "not there" is believed (R4).
pub fn settled_by(sent_by: Timestamp, settle: SignedDuration) -> Timestamp {
    sent_by.checked_add(settle).unwrap_or(Timestamp::MAX)
}

/// A step that Greenhouse did not do is tried again after a while, and after three days not any more (R4).
fn backs_off<'a>(row: &StepRow, policy: &Policy) -> Option<Decision<'a>> {
    let failing = row.failing?;
    match backoff::next(failing) {
        None => Some(done(never_appeared(row.step))),
        // The clock was set back: how long it has waited is not known.
        Some(_) if failing.last > policy.now => None,
        Some(until) => (until > policy.now).then_some(Decision::Park { until: Some(until), step: row.step }),
    }
}

/// Tried again on request: once a push.
fn is_retried(step: Step, observed: &Observed, policy: &Policy) -> bool {
    policy.retry && !observed.tried.contains(&step)
}

fn same_hash(row: &StepRow, wanted: &Wanted<'_>) -> bool {
    row.attempt.as_ref().is_some_and(|attempt| attempt.hash == wanted.hash(row.step))
}

fn adopt<'a>(id: u64, ours: bool) -> Decision<'a> {
    Decision::Record(Record { candidate: Some(CandidateRow { id, ours, gone: false }), ..Record::found(Step::Candidate, Some(id), ours) })
}

fn intend<'a>(wanted: &Wanted<'_>, action: Action<'a>, covers: Vec<Step>) -> Decision<'a> {
    let sends = wanted.sent_with(&covers);
    Decision::Intend { action, covers, sends }
}

fn done<'a>(verdict: Verdict) -> Decision<'a> {
    Decision::Done(verdict)
}

#[cfg(test)]
mod tests;
