//! One function decides what happens next for a person. Pure: no I/O, and no clock but its argument.
//!
//! `plan` runs it until the first [`Decision::Intend`], `trace` with placeholders for ids, `run` and recovery to the end.
//! Source: "One function decides" and the rules of the delivery design; each branch below names its rule.

pub mod action;
mod attach; // where a file goes
mod children; // what hangs on a candidate, looked for first
pub mod doubt; // what a ledger from a backup cannot know
mod gone; // merged or removed
mod late; // there after all
pub mod members; // what can be sent again
pub mod observed; // what is seen, and asked
pub mod recovery; // what was lost
mod refresh; // the candidate brought up to date
pub mod revision; // which file it is
pub mod update; // what differs
mod verdict; // how it ends
pub mod wanted; // what is asked for

pub use doubt::Doubt;
pub use observed::{Claimed, Known, LookUp, Observed, Record, SeenApplication, Whereabouts};
pub use verdict::Verdict;

use crate::outcome::Outcome;
use crate::settings::{Ambiguous, Api, Existing, WhenChanged};
use crate::step::{CandidateRow, Members, Person, Settled, State, Step, StepRow};
use action::{Action, Id};
use attach::{Attach, File};
use jiff::{SignedDuration, Timestamp};
use verdict::{FORBIDDEN, NOT_KNOWN, OTHER_END, ambiguous, never_appeared, refused_before, success, uncertain_words, worse};
use wanted::{Part, Want, Wanted, is_resume};

/// After that many vain attempts at one step no further one is made without a person's word (rule: "none (3 attempts)").
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
    /// Whether a candidate is kept as the profile says: ours where the profile has changed, theirs where `existing` says so.
    fn keeps_current(&self, row: CandidateRow) -> bool {
        if row.ours { self.when_changed == WhenChanged::Update } else { self.existing == Existing::Update }
    }
}

/// What to do next.
#[derive(Debug)]
pub enum Decision<'a> {
    LookUp(LookUp),
    /// Write down what was found, then decide again.
    Record(Record),
    /// Make the intent durable, then send.
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

/// Decides the next thing to do for a person.
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

/// The person has no candidate yet.
fn find_or_create<'a>(wanted: &Wanted<'a>, person: &Person, observed: &Observed, policy: &Policy) -> Decision<'a> {
    let step = Step::Candidate;
    if let Some(row) = person.step(step) {
        match row.state {
            State::Intended | State::Open => return park(row, policy), // rule 3: open steps first, whatever the e-mail is today
            State::Uncertain => return done(Verdict::because(Outcome::Uncertain, Some(step), uncertain_words(step))),
            State::GivenUp => return done(Verdict::because(Outcome::Skipped, Some(step), "given up: a person said not to try again")),
            _ if observed.may_be_made() => {}
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
    if let Some(decision) = doubt::find(observed, policy) {
        return decision;
    }
    if policy.existing != Existing::Create && !wanted.identities.is_empty() {
        match &observed.matches {
            None if observed.forbidden => return done(Verdict::because(Outcome::Uncertain, Some(step), FORBIDDEN)),
            None => return Decision::LookUp(LookUp::ByEmail),
            Some(matches) => match (doubt::beside(matches, wanted.api, observed).as_slice(), policy.ambiguous) {
                ([], _) => {}
                // Rule 5: what was sent, believed not to be there, and comes before it is sent again, is ours.
                ([one, ..], _) if late::are_creates(wanted, person, matches) => return adopt(*one, true),
                ([one], _) | ([one, ..], Ambiguous::Oldest) => return adopt(*one, false),
                (several, Ambiguous::Uncertain) => return done(ambiguous(several)),
            },
        }
    }
    intend(wanted, Action::CreateCandidate { candidate: wanted.candidate }, wanted.covered_by_create())
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
            Some(want) => advance(wanted, want, person, observed, policy, row),
        };
        match next {
            Advance::Nothing => {}
            Advance::Now(decision) => return decision,
            // Rule 8: steps that do not need a failed one's id go on; the worst obstacle is told at the end.
            Advance::Obstacle(decision) => obstacle = Some(worse(obstacle, decision)),
        }
    }
    obstacle.unwrap_or_else(|| done(success(wanted, person, observed, policy, row)))
}

/// Whether a step is still ours to bring about. To who was delivered once, and to who was there, only what is missing beside is added:
/// applications, and a résumé where there is none on our applications (rules 5 and 11); where the candidate is kept current, employments
/// and educations too (rule 10). A note is sent once, whatever becomes of its words.
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

fn advance<'a>(
    wanted: &Wanted<'a>,
    want: &Want<'a>,
    person: &Person,
    observed: &Observed,
    policy: &Policy,
    row: CandidateRow,
) -> Advance<'a> {
    let step = want.step;
    let mut renewed = false;
    if let Some(step_row) = person.step(step) {
        match step_row.state {
            State::Done => match since_done(wanted, want, step_row, person, observed, policy, row) {
                Since::Nothing => return tell_id(want, step_row, wanted.api, person, observed, policy, row),
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
    let candidate = Id::candidate(row.id);
    let action = match want.part {
        Part::Candidate => return Advance::Nothing,
        Part::Application(application) => match children::look_for_application(want, person, observed, row) {
            Some(decision) => return Advance::Now(decision),
            None => Action::CreateApplication { candidate, application },
        },
        Part::Prospect(prospect) => match children::look_for_application(want, person, observed, row) {
            Some(decision) => return Advance::Now(decision),
            None => Action::CreateProspect { candidate, prospect },
        },
        // A résumé goes on every application, any other file on one: another pipeline may have put it on an application of its own.
        Part::Attachment(attachment) if !is_resume(&attachment.kind) && attach::hangs_elsewhere(step, person) => return Advance::Nothing,
        Part::Attachment(attachment) => match attach::place(step, wanted.api, person, observed, policy, row, renewed) {
            Attach::On(application) => Action::CreateAttachment { candidate, application, attachment },
            Attach::First(decision) => return Advance::Now(decision),
            Attach::Nowhere => return Advance::Nothing,
        },
        Part::Employment(_) | Part::Education(_) | Part::Note(_) => {
            if let Some(decision) = children::look_for_child(want, wanted, person, observed, policy, row) {
                return Advance::Now(decision);
            }
            match want.part {
                Part::Employment(employment) => Action::CreateEmployment { candidate, employment },
                Part::Education(education) => Action::CreateEducation { candidate, education },
                Part::Note(note) => Action::CreateNote { candidate, note },
                _ => return Advance::Nothing,
            }
        }
    };
    Advance::Now(intend(wanted, action, vec![step]))
}

/// What an earlier attempt that is not done says to the next; none where it does not stand in the way.
fn standing<'a>(row: &StepRow, wanted: &Wanted<'_>, observed: &Observed, policy: &Policy) -> Option<Advance<'a>> {
    let step = row.step;
    Some(match row.state {
        State::GivenUp => Advance::Nothing,
        State::Intended | State::Open => Advance::Obstacle(park(row, policy)),
        State::Uncertain => Advance::Obstacle(done(Verdict::because(Outcome::Uncertain, Some(step), uncertain_words(step)))),
        _ if is_retried(step, observed, policy) => return None,
        State::Rejected if same_hash(row, wanted) => Advance::Obstacle(done(refused_before(step))),
        State::Absent if row.absences >= ATTEMPTS => Advance::Obstacle(done(never_appeared(step))),
        State::Rejected | State::Absent | State::Closed | State::Done => return None,
    })
}

/// What has become of what a step was made from, since it was done.
enum Since {
    Nothing,
    Record(Record),
    Newer,
}

fn since_done(
    wanted: &Wanted<'_>,
    want: &Want<'_>,
    step_row: &StepRow,
    person: &Person,
    observed: &Observed,
    policy: &Policy,
    row: CandidateRow,
) -> Since {
    let mark = wanted.mark(want.step);
    let record = |told| Since::Record(Record { sent: mark.clone().into_iter().collect(), told, ..Record::default() });
    match want.part {
        Part::Attachment(_) => match attach::since_sent(want, step_row, mark.as_ref().map(|(_, revision)| *revision), person, policy) {
            File::AsSent => Since::Nothing,
            File::NotKnown => record(Some(NOT_KNOWN)),
            // v1 puts a file beside the earlier one: what may have been sent since the backup is not sent a second time.
            File::Newer if wanted.api == Api::HarvestV1 && observed.is_old(step_row) => record(Some(NOT_KNOWN)),
            File::Newer => Since::Newer,
        },
        // Rule 10: another end is told, not added twice, and told once.
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

/// v1 can answer a create with the candidate's id alone, while it is still being made: the applications' ids are looked up then.
fn tell_id<'a>(
    want: &Want<'_>,
    step_row: &StepRow,
    api: Api,
    person: &Person,
    observed: &Observed,
    policy: &Policy,
    row: CandidateRow,
) -> Advance<'a> {
    let unknown = api == Api::HarvestV1 && step_row.id.is_none() && step_row.ours && !person.delivered;
    let is_application = matches!(want.part, Part::Application(_) | Part::Prospect(_));
    if !is_application || !unknown || policy.existing == Existing::Create || observed.forbidden {
        return Advance::Nothing;
    }
    match &observed.applications {
        None => Advance::Now(Decision::LookUp(LookUp::Applications { candidate: row.id })),
        Some(there) => match there.iter().find(|application| children::is_same(want, application)) {
            None => Advance::Nothing,
            Some(application) => {
                let told = Settled { step: step_row.step, state: State::Done, id: Some(application.id), ours: true };
                Advance::Now(Decision::Record(Record { steps: vec![told], ..Record::default() }))
            }
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
    Decision::Record(Record { candidate: Some(CandidateRow { id, ours, gone: false }), steps, ..Record::default() })
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
