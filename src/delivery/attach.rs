//! Where an attachment goes: never on others' applications, and not where a résumé is. Source: rules 10 and 11 of the delivery design.

use super::action::Id;
use super::observed::{LookUp, Observed, Record};
use super::verdict::{FORBIDDEN, Verdict};
use super::wanted::{Part, Want, is_resume};
use super::{Decision, Policy, done};
use crate::outcome::Outcome;
use crate::settings::{Api, Existing, WhenChanged};
use crate::step::{CandidateRow, Person, Settled, State, Step, StepRow};

pub(super) enum Attach<'a> {
    On(Option<Id>),
    First(Decision<'a>),
    Nowhere,
}

pub(super) fn place<'a>(
    step: Step,
    api: Api,
    person: &Person,
    observed: &Observed,
    policy: &Policy,
    row: CandidateRow,
    renewed: bool,
) -> Attach<'a> {
    let Step::Attachment { job, .. } = step else { return Attach::Nowhere };
    let ours = |step: Step| person.step(step).filter(|r| r.state == State::Done && r.ours);
    let on = match (job, api) {
        (Some(job), _) => Some(Step::Application { job }),
        (None, Api::HarvestV3) => Some(Step::Prospect),
        (None, Api::HarvestV1) => None,
    };
    let (application, made_now) = match on {
        Some(on) => match ours(on) {
            Some(application) => (application.id, observed.made.contains(&on)),
            None => return Attach::Nowhere,
        },
        // v1: on the candidate, where it is ours or has an application of ours.
        None => {
            let is_application = |step: Step| matches!(step, Step::Application { .. } | Step::Prospect);
            let applied = person.steps.iter().any(|r| is_application(r.step) && r.state == State::Done && r.ours);
            if !row.ours && !applied {
                return Attach::Nowhere;
            }
            (None, observed.made.contains(&Step::Candidate))
        }
    };
    let looked = observed.attachments.iter().find(|(on, _)| *on == job);
    match looked {
        // A newer file takes the place of ours, which is there.
        _ if made_now || renewed => {}
        _ if policy.existing == Existing::Create && !observed.is_in_doubt(person) => {}
        None if observed.forbidden => return Attach::First(done(Verdict::because(Outcome::Uncertain, Some(step), FORBIDDEN))),
        None => return Attach::First(Decision::LookUp(LookUp::Attachments { candidate: row.id, application, job })),
        Some((_, there)) if there.contains(&step) => {
            // On an application of ours there was none before.
            let ours = row.ours && observed.is_in_doubt(person);
            let found = Settled { step, state: State::Done, id: None, ours };
            return Attach::First(Decision::Record(Record { steps: vec![found], ..Record::default() }));
        }
        Some(_) => {}
    }
    match (on, application) {
        (None, _) => Attach::On(None),
        (Some(_), Some(id)) => Attach::On(Some(Id::application(id))),
        // Done without an id: the answer did not tell it, and only a look-up can.
        (Some(_), None) => Attach::Nowhere,
    }
}

/// Whether the same file is on another application of this person's, or may be.
pub(super) fn hangs_elsewhere(step: Step, person: &Person) -> bool {
    let Step::Attachment { digest, .. } = step else { return false };
    let is_there = |state: State| state.is_open() || matches!(state, State::Done | State::Uncertain);
    let same = |row: &StepRow| matches!(row.step, Step::Attachment { digest: other, .. } if other == digest) && row.step != step;
    person.steps.iter().any(|row| same(row) && is_there(row.state))
}

/// What of a file that is there has become of it since it was sent.
pub(super) enum File {
    AsSent,
    /// What was sent is not known: it was sent by an older ledger.
    NotKnown,
    Newer,
}

/// A résumé of ours is sent again when it has changed: a new one takes the place of the earlier (C). Another file would stand beside
/// the older one, so it is sent once.
pub(super) fn since_sent(
    want: &Want<'_>,
    row: &StepRow,
    revision: Option<crate::digest::Digest>,
    person: &Person,
    policy: &Policy,
) -> File {
    let is_resume = matches!(want.part, Part::Attachment(attachment) if is_resume(&attachment.kind));
    if policy.when_changed != WhenChanged::Update || !is_resume || !row.ours {
        return File::AsSent;
    }
    let sent = person.sent.as_ref().and_then(|sent| sent.get(&want.step.to_string()));
    match (sent, revision) {
        (_, None) => File::AsSent,
        (None, Some(_)) => File::NotKnown,
        (Some(sent), Some(revision)) if *sent == revision => File::AsSent,
        (Some(_), Some(_)) => File::Newer,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::Key;

    #[test]
    fn a_letter_is_sent_on_one_application() {
        let letter = |job, name| Step::Attachment { job, digest: Key::new([1; 32]).digest(&[name]) };
        let person = |step, state| {
            let row = StepRow { step, state, id: None, ours: true, pipeline: "p".into(), attempt: None, absences: 0, settled_at: None };
            Person { steps: vec![row], ..Person::default() }
        };
        let here = letter(Some(2), "letter.pdf");
        for state in State::ALL {
            let elsewhere = hangs_elsewhere(here, &person(letter(Some(1), "letter.pdf"), state));
            let expected = matches!(state, State::Done | State::Intended | State::Open | State::Uncertain);
            assert_eq!(elsewhere, expected, "{state:?}");
        }
        assert!(!hangs_elsewhere(here, &person(letter(Some(1), "other.pdf"), State::Done)));
        assert!(!hangs_elsewhere(here, &person(here, State::Done)), "here it is itself");
    }
}
