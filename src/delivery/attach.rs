//! Where an attachment goes: never on others' applications, and not where a résumé is. Source: `docs/delivery.md`, R10 and R11.

use super::action::Id;
use super::observed::{LookUp, Record};
use super::verdict::{FORBIDDEN, Verdict};
use super::wanted::{Part, Want, is_resume};
use super::{Case, Decision, done};
use crate::base::digest::Digest;
use crate::model::outcome::Outcome;
use crate::model::settings::{Existing, WhenChanged};
use crate::model::step::{Person, State, Step, StepRow};

pub(super) enum Attach<'a> {
    On(Option<Id>),
    First(Decision<'a>),
    Nowhere,
}

pub(super) fn place<'a>(case: Case<'_, '_>, step: Step, renewed: bool) -> Attach<'a> {
    let Case { wanted, person, observed, policy, row } = case;
    let Step::Attachment { job, .. } = step else { return Attach::Nowhere };
    let ours = |step: Step| person.step(step).filter(|r| r.state == State::Done && r.ours);
    let on = match job {
        Some(job) => Some(Step::Application { job }),
        None if wanted.capabilities.file_needs_application => Some(Step::Prospect),
        None => None,
    };
    let (application, made_now) = match on {
        Some(on) => match ours(on) {
            Some(application) => (application.id, observed.made.contains(&on)),
            None => return Attach::Nowhere,
        },
        // On the candidate, where it is ours or has an application of ours.
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
            return Attach::First(Decision::Record(Record::found(step, None, ours)));
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

/// A résumé of ours is sent again when it has changed: a new one replaces the earlier one (`docs/greenhouse-api.md`, "Attachments"). Another file would stand beside
/// the older one, so it is sent once.
pub(super) fn since_sent(case: Case<'_, '_>, want: &Want<'_>, row: &StepRow, revision: Option<Digest>) -> File {
    let Case { person, policy, .. } = case;
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
    use crate::base::digest::Key;

    #[test]
    fn a_letter_is_sent_on_one_application() {
        let letter = |job, name| Step::Attachment { job, digest: Key::new([1; 32]).digest(&[name]) };
        let person = |step, state| {
            let row = StepRow {
                step,
                state,
                id: None,
                ours: true,
                pipeline: "p".into(),
                attempt: None,
                absences: 0,
                failing: None,
                settled_at: None,
                refusal: None,
            };
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
