//! A ledger that was put back from a backup: who was made meanwhile is found before anybody is made.

use super::*;
use crate::delivery::doubt::Unclaimed;
use crate::model::step::{Attempt, Fingerprint, StepRow};

fn at(time: &str) -> Timestamp {
    format!("2026-11-23T{time}Z").parse().unwrap()
}

fn doubt(candidates: &[(u64, bool)]) -> Option<Doubt> {
    let candidates = candidates.iter().map(|(candidate, whole)| Unclaimed { candidate: *candidate, whole: *whole }).collect();
    Some(Doubt { since: at("09:00:00"), until: at("11:00:00"), candidates })
}

/// The first thing that is done for Ada, of whom the ledger knows nothing, or that her create was refused.
fn first(capabilities: &'static Capabilities, policy: Policy, person: &Person, observed: &Observed) -> String {
    let (candidate, key) = (ada(), Key::new([1; 32]));
    let wanted = Wanted::new(&candidate, capabilities, &key);
    match decide(&wanted, person, observed, &policy) {
        Decision::Record(record) => {
            let row = record.candidate.unwrap();
            format!("{} is {}", row.id, if row.ours { "ours" } else { "theirs" })
        }
        Decision::Done(verdict) => format!("{}: {}", verdict.outcome.as_str(), verdict.reason.unwrap_or_default()),
        Decision::LookUp(question) => format!("look up {question:?}"),
        Decision::Intend { action, .. } => action.operation().to_owned(),
        Decision::Park { .. } => "park".to_owned(),
    }
}

#[test]
fn who_was_made_meanwhile_is_not_made_again() {
    let refused = {
        let attempt = Attempt {
            number: 1,
            action: "a".into(),
            hash: Wanted::new(&ada(), &v3::CAPABILITIES, &Key::new([1; 32])).hash(Step::Candidate),
            fingerprint: Fingerprint::default(),
            seen_before: Vec::new(),
            greenhouse_time: None,
            intended_at: at("08:00:00"),
            sent_by: at("08:00:30"),
            members: Default::default(),
        };
        let row = StepRow {
            step: Step::Candidate,
            state: State::Rejected,
            id: None,
            ours: false,
            pipeline: "p".into(),
            attempt: Some(attempt),
            absences: 0,
            failing: None,
            settled_at: Some(at("08:00:01")),
            refusal: None,
        };
        Person { steps: vec![row], ..Person::default() }
    };
    let new = Person::default();
    let looked = Some(Vec::new());
    let mut told = Vec::new();
    for existing in [Existing::Apply, Existing::Create] {
        let policy = Policy { existing, ..Story::new().policy };
        let oldest = Policy { ambiguous: Ambiguous::Oldest, ..policy };
        let mut row = |name: &str, capabilities, policy, person: &Person, candidates: &[(u64, bool)]| {
            let observed = Observed { doubt: doubt(candidates), matches: looked.clone(), ..Observed::default() };
            told.push(format!("{existing:?}, {name}: {}", first(capabilities, policy, person, &observed)));
        };
        row("nobody", &v3::CAPABILITIES, policy, &new, &[]);
        row("the same in all", &v3::CAPABILITIES, policy, &new, &[(71, true)]);
        row("one in all, one in part", &v3::CAPABILITIES, policy, &new, &[(70, false), (71, true)]);
        row("two", &v3::CAPABILITIES, policy, &new, &[(71, true), (72, true)]);
        row("two, and the oldest counts", &v3::CAPABILITIES, oldest, &new, &[(71, true), (72, true)]);
        row("an e-mail alone", &v3::CAPABILITIES, policy, &new, &[(71, false)]);
        row("an e-mail alone, in v1", &v1::CAPABILITIES, policy, &new, &[(71, false)]);
        row("refused before, nobody", &v3::CAPABILITIES, policy, &refused, &[]);
        row("refused before, made meanwhile", &v3::CAPABILITIES, policy, &refused, &[(71, true)]);
    }
    insta::assert_snapshot!(told.join("\n"), @"
    Apply, nobody: create candidates
    Apply, the same in all: 71 is ours
    Apply, one in all, one in part: 71 is ours
    Apply, two: uncertain: candidates 71, 72 were made after the backup that the ledger was put back from, and each may be this profile's: look in Greenhouse, merge them if they are one, and say with `hireline resolve … --candidate ID` which it is
    Apply, two, and the oldest counts: 71 is ours
    Apply, an e-mail alone: create candidates
    Apply, an e-mail alone, in v1: 71 is theirs
    Apply, refused before, nobody: failed: Greenhouse refused this before, and nothing in it has changed: mend the pipeline or the profile, or send it again with `hireline retry`
    Apply, refused before, made meanwhile: 71 is ours
    Create, nobody: create candidates
    Create, the same in all: 71 is ours
    Create, one in all, one in part: 71 is ours
    Create, two: uncertain: candidates 71, 72 were made after the backup that the ledger was put back from, and each may be this profile's: look in Greenhouse, merge them if they are one, and say with `hireline resolve … --candidate ID` which it is
    Create, two, and the oldest counts: 71 is ours
    Create, an e-mail alone: 71 is theirs
    Create, an e-mail alone, in v1: 71 is theirs
    Create, refused before, nobody: failed: Greenhouse refused this before, and nothing in it has changed: mend the pipeline or the profile, or send it again with `hireline retry`
    Create, refused before, made meanwhile: 71 is ours
    ");
}
