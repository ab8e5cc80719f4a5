//! How a step whose end is not known is settled: by what was sent, never by what the profile says today.
//! Source: `docs/delivery.md`, "The states of a step", R3, R4, R16 and R17.

use crate::base::digest::Digest;
use crate::model::step::{Attempt, Fingerprint, Step, StepRow};
use jiff::{SignedDuration, Timestamp};

/// Greenhouse's machines do not share one clock: `Date` may be ahead of `created_at`.
const CLOCK_SLACK: SignedDuration = SignedDuration::from_mins(5);
/// Where the first look found nothing, the next ones do not rely on the same clock.
const SECOND_LOOK_SLACK: SignedDuration = SignedDuration::from_hours(1);

/// A row of Greenhouse's, as far as it tells whether it is what we sent.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Listed {
    pub id: u64,
    pub created_at: Option<Timestamp>,
    pub marks: Marks,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Marks {
    Candidate(Fingerprint),
    /// What we would call it, had we made it.
    Step(Step),
    /// A row that is still being made: it may be anything.
    NotReady,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Finding {
    Found(u64),
    /// Look again then: what was sent may still appear.
    Wait(Timestamp),
    Absent,
    Several(Vec<u64>),
    /// Greenhouse does not let us look.
    Unseen,
}

/// From when on a row may be what the step's attempt made: by the earlier of Greenhouse's clock and ours.
pub fn since(row: &StepRow) -> Option<Timestamp> {
    let attempt = row.attempt.as_ref()?;
    let left = attempt.greenhouse_time.map_or(attempt.intended_at, |time| time.min(attempt.intended_at));
    let slack = if row.absences == 0 { CLOCK_SLACK } else { SECOND_LOOK_SLACK };
    Some(left.checked_sub(slack).unwrap_or(Timestamp::MIN))
}

/// Compares what was listed with what was sent. `looked_at` is when the listing began: only one that began after `settle` proves
/// that something is not there.
pub fn judge(row: &StepRow, listed: &[Listed], looked_at: Timestamp, settle: SignedDuration) -> Finding {
    let Some(attempt) = &row.attempt else { return Finding::Absent };
    let mut found: Vec<u64> = matching(row, listed).map(|l| l.id).collect();
    found.sort_unstable();
    found.dedup();
    let settled_by = crate::delivery::settled_by(attempt.sent_by, settle);
    match found.as_slice() {
        [one] => Finding::Found(*one),
        // An earlier attempt that was believed not to be there has come after all: both are ours, and whoever looks again tells of the other.
        [first, _, ..] if row.absences > 0 => Finding::Found(*first),
        [_, ..] => Finding::Several(found),
        [] if looked_at < settled_by => Finding::Wait(settled_by),
        // A row that is not ready is never "no match": look again a little later.
        [] if listed.iter().any(|l| l.marks == Marks::NotReady && is_new(l, row, attempt)) => {
            Finding::Wait(looked_at.checked_add(settle.max(SignedDuration::from_secs(1))).unwrap_or(Timestamp::MAX))
        }
        [] => Finding::Absent,
    }
}

/// The rows that are what the attempt sent: they match themselves, were not there before, and were made since.
pub fn matching<'l>(row: &'l StepRow, listed: &'l [Listed]) -> impl Iterator<Item = &'l Listed> {
    let attempt = row.attempt.iter();
    attempt.flat_map(move |attempt| {
        listed.iter().filter(move |l| is_new(l, row, attempt) && is_ours(&l.marks, row.step, &attempt.fingerprint))
    })
}

fn is_new(listed: &Listed, row: &StepRow, attempt: &Attempt) -> bool {
    !attempt.seen_before.contains(&listed.id) && listed.created_at.is_none_or(|created| since(row).is_none_or(|since| created >= since))
}

fn is_ours(marks: &Marks, step: Step, sent: &Fingerprint) -> bool {
    match marks {
        Marks::Step(there) => *there == step,
        Marks::Candidate(there) => match sent.emails.is_empty() {
            false => step == Step::Candidate && shares(&there.emails, &sent.emails),
            true => step == Step::Candidate && there.name_phones.is_some() && there.name_phones == sent.name_phones,
        },
        Marks::NotReady => false,
    }
}

fn shares(one: &[Digest], other: &[Digest]) -> bool {
    one.iter().any(|digest| other.contains(digest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::digest::Key;
    use crate::model::step::State;

    const SETTLE: SignedDuration = SignedDuration::from_secs(120);

    fn at(time: &str) -> Timestamp {
        format!("2026-11-23T{time}Z").parse().unwrap()
    }

    fn key() -> Key {
        Key::new([3; 32])
    }

    /// Sent at 10:00:00, given up waiting for at 10:00:30, so settled by 10:02:30. Greenhouse's clock said 10:00:00 too.
    fn sent(step: Step, emails: &[&str]) -> StepRow {
        let attempt = Attempt {
            number: 1,
            action: "a".into(),
            hash: key().digest(&["x"]),
            fingerprint: Fingerprint { emails: emails.iter().map(|e| key().email(e)).collect(), name_phones: Some(key().digest(&["Ada"])) },
            seen_before: vec![5],
            greenhouse_time: Some(at("10:00:00")),
            intended_at: at("10:00:00"),
            sent_by: at("10:00:30"),
            members: Default::default(),
        };
        let (state, pipeline) = (State::Open, "p".to_owned());
        StepRow {
            step,
            state,
            id: None,
            ours: false,
            pipeline,
            attempt: Some(attempt),
            absences: 0,
            failing: None,
            settled_at: None,
            refusal: None,
        }
    }

    fn candidate(id: u64, created: &str, email: &str, name: &str) -> Listed {
        let marks = Fingerprint { emails: vec![key().email(email)], name_phones: Some(key().digest(&[name])) };
        Listed { id, created_at: Some(at(created)), marks: Marks::Candidate(marks) }
    }

    fn told(row: &StepRow, listed: &[Listed], looked_at: &str) -> String {
        match judge(row, listed, at(looked_at), SETTLE) {
            Finding::Wait(until) => format!("wait until {}", &until.to_string()[11..19]),
            finding => format!("{finding:?}"),
        }
    }

    #[test]
    fn a_create_is_found_by_what_was_sent() {
        let row = sent(Step::Candidate, &["ada@example.org"]);
        let ours = || candidate(9, "10:00:01", "Ada@Example.org", "whatever the name is now");
        let stranger = || candidate(8, "10:00:01", "grace@example.org", "Ada");
        let stub = Listed { id: 7, created_at: Some(at("10:00:01")), marks: Marks::NotReady };
        let rows = [
            ("it is there", vec![stranger(), ours()], "10:00:40"),
            ("two are there", vec![ours(), Listed { id: 10, ..ours() }], "10:00:40"),
            ("told twice, on two pages", vec![ours(), ours()], "10:00:40"),
            ("nothing yet, too early to say", vec![stranger()], "10:02:29"),
            ("nothing, and it will not come", vec![stranger()], "10:02:30"),
            ("it was there before", vec![candidate(5, "10:00:01", "ada@example.org", "Ada")], "10:05:00"),
            ("it is older", vec![candidate(6, "09:54:50", "ada@example.org", "Ada")], "10:05:00"),
            ("the clocks differ a little", vec![candidate(6, "09:55:10", "ada@example.org", "Ada")], "10:05:00"),
            ("something is still being made", vec![stub], "10:05:00"),
        ];
        let told: Vec<_> = rows.iter().map(|(what, listed, time)| format!("{what}: {}", told(&row, listed, time))).collect();
        insta::assert_snapshot!(told.join("\n"), @"
        it is there: Found(9)
        two are there: Several([9, 10])
        told twice, on two pages: Found(9)
        nothing yet, too early to say: wait until 10:02:30
        nothing, and it will not come: Absent
        it was there before: Absent
        it is older: Absent
        the clocks differ a little: Found(6)
        something is still being made: wait until 10:07:00
        ");
    }

    #[test]
    fn who_has_no_email_is_found_by_name_and_phones() {
        let row = sent(Step::Candidate, &[]);
        let listed = [candidate(9, "10:00:01", "new@example.org", "Ada"), candidate(8, "10:00:01", "x@example.org", "Grace")];
        assert_eq!(told(&row, &listed, "10:00:40"), "Found(9)");
    }

    #[test]
    fn any_other_step_is_found_by_what_it_is() {
        let row = sent(Step::Application { job: 4012 }, &[]);
        let application = |id, job, created| Listed { id, created_at: Some(at(created)), marks: Marks::Step(Step::Application { job }) };
        let listed = [application(91, 4013, "10:00:01"), application(92, 4012, "10:00:01"), application(5, 4012, "10:00:01")];
        assert_eq!(told(&row, &listed, "10:00:40"), "Found(92)");
        assert_eq!(told(&row, &listed[..1], "10:05:00"), "Absent");
    }

    #[test]
    fn no_clock_is_relied_on() {
        let listed = |created| [candidate(9, created, "ada@example.org", "Ada")];
        let mut row = sent(Step::Candidate, &["ada@example.org"]);
        for greenhouse_time in [None, Some(at("10:30:00")), Some(at("10:00:00"))] {
            row.attempt.as_mut().unwrap().greenhouse_time = greenhouse_time;
            assert_eq!(told(&row, &listed("09:55:10"), "10:00:40"), "Found(9)", "{greenhouse_time:?}");
            assert_eq!(told(&row, &listed("09:54:00"), "10:05:00"), "Absent", "{greenhouse_time:?}");
        }
        row.absences = 1;
        assert_eq!(told(&row, &listed("09:54:00"), "10:05:00"), "Found(9)", "the second look does not share the first one's blindness");
    }
}
