//! What became of profiles, how far a pipeline has read, and its runs.

use super::*;

fn seen(name: &str, outcome: Outcome, seconds: i64) -> Seen {
    Seen {
        pipeline: PIPELINE.to_owned(),
        source_key: "source".to_owned(),
        profile_key: name.to_owned(),
        run: "run-1".to_owned(),
        updated_at: Some("2026-01-01T00:00:00+0000".to_owned()),
        outcome,
        reason: Some("a reason".to_owned()),
        at: at(seconds),
    }
}

#[tokio::test]
async fn what_is_owed_is_what_outcomes_say() {
    let folder = folder();
    let ledger = Ledger::open(path(&folder)).unwrap();
    for (seconds, outcome) in (0..).zip(Outcome::ALL) {
        ledger.seen(seen(outcome.as_str(), outcome, -seconds)).await.unwrap();
    }
    let owed: Vec<_> = ledger.owed(PIPELINE).await.unwrap().into_iter().map(|(_, profile)| profile).collect();
    insta::assert_snapshot!(owed.join(", "), @"uncertain, pending, failed, invalid");
    let mut expected: Vec<_> = Outcome::ALL.into_iter().filter(|outcome| outcome.is_owed()).map(Outcome::as_str).collect();
    expected.reverse();
    assert_eq!(owed, expected);
    assert_eq!(ledger.owed("another").await.unwrap(), []);
}

#[tokio::test]
async fn a_newer_row_takes_the_place_of_the_older() {
    let folder = folder();
    let ledger = Ledger::open(path(&folder)).unwrap();
    ledger.seen(seen("ada", Outcome::Failed, 0)).await.unwrap();
    let newer = Seen { run: "run-2".to_owned(), updated_at: None, reason: None, ..seen("ada", Outcome::Created, 5) };
    ledger.seen(newer.clone()).await.unwrap();
    let elsewhere = Seen { pipeline: "another".to_owned(), ..seen("ada", Outcome::Filtered, 6) };
    ledger.seen(elsewhere.clone()).await.unwrap();
    assert_eq!(ledger.owed_rows(PIPELINE).await.unwrap(), []);
    assert_eq!(ledger.seen_of_profile("ada").await.unwrap(), [newer.clone(), elsewhere]);
    assert_eq!(ledger.seen_in_run("run-2").await.unwrap(), [newer]);
}

#[tokio::test]
async fn a_settlement_brings_the_profile_s_row() {
    let folder = folder();
    let ledger = Ledger::open(path(&folder)).unwrap();
    let row = seen("ada", Outcome::Failed, 3);
    ledger.settle(Settlement { seen: Some(row.clone()), ..ended("ada", APPLICATION, State::Rejected) }).await.unwrap();
    assert_eq!(ledger.owed_rows(PIPELINE).await.unwrap(), [row]);
}

#[tokio::test]
async fn a_cursor_moves() {
    let folder = folder();
    let ledger = Ledger::open(path(&folder)).unwrap();
    assert_eq!(ledger.cursor(PIPELINE).await.unwrap(), None);
    for updated_at in ["2026-01-01T00:00:00+0000", "2026-01-02T00:00:00+0000"] {
        let cursor = Cursor { reading: "by this".to_owned(), updated_at: updated_at.to_owned() };
        ledger.advance(PIPELINE, cursor.clone()).await.unwrap();
        assert_eq!(ledger.cursor(PIPELINE).await.unwrap(), Some(cursor));
    }
    assert_eq!(ledger.cursor("another").await.unwrap(), None);
}

#[tokio::test]
async fn runs_are_told_newest_first() {
    let folder = folder();
    let ledger = Ledger::open(path(&folder)).unwrap();
    let ids = [new_id(), new_id(), new_id()];
    for (id, pipeline) in ids.iter().zip([PIPELINE, "another", PIPELINE]) {
        ledger.run_started(id, pipeline, ACCOUNT, at(0)).await.unwrap();
    }
    ledger.run_ended(&ids[0], at(9), Some("limits"), vec![(Outcome::Failed, 1), (Outcome::Created, 7999)]).await.unwrap();
    let started = |id: &str, pipeline: &str| Run {
        id: id.to_owned(),
        pipeline: pipeline.to_owned(),
        account: ACCOUNT.to_owned(),
        started: at(0),
        ended: None,
        stopped: None,
        counts: Vec::new(),
    };
    let first = Run {
        ended: Some(at(9)),
        stopped: Some("limits".into()),
        counts: vec![(Outcome::Created, 7999), (Outcome::Failed, 1)],
        ..started(&ids[0], PIPELINE)
    };
    assert_eq!(ledger.runs(Some(PIPELINE), 10).await.unwrap(), [started(&ids[2], PIPELINE), first]);
    assert_eq!(ledger.runs(None, 2).await.unwrap(), [started(&ids[2], PIPELINE), started(&ids[1], "another")]);
}

#[tokio::test]
async fn people_are_found_by_profile_key_alone() {
    let folder = folder();
    let ledger = Ledger::open(path(&folder)).unwrap();
    ledger.settle(ended("ada", Step::Candidate, State::Done)).await.unwrap();
    let mut elsewhere = ended("ada", Step::Candidate, State::Uncertain);
    elsewhere.person.account = "second".to_owned();
    ledger.settle(elsewhere).await.unwrap();
    let found = ledger.people("ada").await.unwrap();
    let told: Vec<_> = found.iter().map(|(who, person)| format!("{}: {}", who.account, line(&person.steps[0]))).collect();
    insta::assert_snapshot!(told.join("\n"), @"
    greenhouse: candidate: done 71, ours, found
    second: candidate: uncertain, found
    ");
    assert_eq!(ledger.people("grace").await.unwrap(), []);
}
