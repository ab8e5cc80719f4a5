//! What was last sent, and which request a settlement is of.

use super::*;
use rusqlite::Connection;

fn members(ledger: &Ledger, title: &str) -> Members {
    Members::from([("title".to_owned(), ledger.key().digest(&["title", title])), ("tags".to_owned(), ledger.key().digest(&["tags"]))])
}

/// An update with this title, intended.
async fn update(ledger: &Ledger, title: &str) -> Intent {
    let asked = Intent { members: members(ledger, title), action: format!("to {title}"), ..intent(ledger, "ada", Step::Update) };
    assert_eq!(ledger.intend(asked.clone()).await, Ok(Claim::Intended));
    asked
}

async fn person(ledger: &Ledger) -> Person {
    ledger.person(&who("ada")).await.unwrap()
}

#[tokio::test]
async fn what_a_request_carried_counts_as_sent_once_it_is_done() {
    let folder = folder();
    let ledger = Ledger::open(path(&folder)).unwrap();
    assert_eq!(person(&ledger).await.sent, None);
    let first = update(&ledger, "Engineer").await;
    assert_eq!(person(&ledger).await.sent, None, "it is only intended");
    assert_eq!(person(&ledger).await.steps[0].attempt.as_ref().unwrap().members, first.members, "what is open tells what it carried");
    // Whoever finds out that it is done need not know what it was.
    ledger.settle(ended("ada", Step::Update, State::Done)).await.unwrap();
    assert_eq!(person(&ledger).await.sent, Some(members(&ledger, "Engineer")));
    assert_eq!(person(&ledger).await.steps[0].attempt.as_ref().unwrap().members, Members::new());
    // An update follows another, and one that was refused or lost takes nothing back.
    for (title, state) in [("Refused", State::Rejected), ("Lost", State::Open), ("Lost", State::Absent)] {
        if state != State::Absent {
            update(&ledger, title).await;
        }
        ledger.settle(ended("ada", Step::Update, state)).await.unwrap();
        assert_eq!(person(&ledger).await.sent, Some(members(&ledger, "Engineer")), "{title}");
        assert_eq!(person(&ledger).await.steps[0].attempt.as_ref().unwrap().members, members(&ledger, title), "{title}");
    }
    // What is found to be so is sent, beside what was before.
    let company = Members::from([("company".to_owned(), ledger.key().digest(&["company"]))]);
    ledger.settle(Settlement { steps: Vec::new(), sent: company, ..ended("ada", Step::Update, State::Done) }).await.unwrap();
    assert_eq!(person(&ledger).await.sent.unwrap().into_keys().collect::<Vec<_>>(), ["company", "tags", "title"]);
    // It outlives the process.
    ledger.close().await;
    assert_eq!(person(&Ledger::open(path(&folder)).unwrap()).await.sent.unwrap().len(), 3);
}

/// Hashes of another version cannot be compared, so nothing is known.
#[tokio::test]
async fn hashes_of_another_version_are_as_good_as_none() {
    let folder = folder();
    let ledger = Ledger::open(path(&folder)).unwrap();
    update(&ledger, "Engineer").await;
    ledger.settle(ended("ada", Step::Update, State::Done)).await.unwrap();
    Connection::open(path(&folder)).unwrap().execute("UPDATE sent SET version = version + 1", []).unwrap();
    assert_eq!(person(&ledger).await.sent, None);
}

/// The first version had no column and no table for it.
#[tokio::test]
async fn an_older_ledger_becomes_this_one_and_knows_nothing_of_what_was_sent() {
    let folder = folder();
    let ledger = Ledger::open(path(&folder)).unwrap();
    ledger.intend(create(&ledger, "ada", &["ada@example.org"])).await.unwrap();
    ledger.settle(Settlement { delivered: true, ..ended("ada", Step::Candidate, State::Done) }).await.unwrap();
    ledger.intend(intent(&ledger, "ada", APPLICATION)).await.unwrap();
    let before = shown(&ledger, "ada").await;
    ledger.close().await;
    let first_version = "DROP TABLE sent; ALTER TABLE action DROP COLUMN members; DROP TABLE restored_listed; DROP TABLE restored; DROP TABLE unclaimed; \
                         ALTER TABLE action DROP COLUMN excused; ALTER TABLE action DROP COLUMN refusal; ALTER TABLE run DROP COLUMN stopped; DROP INDEX step_uncertain; PRAGMA user_version = 1";
    Connection::open(path(&folder)).unwrap().execute_batch(first_version).unwrap();
    let ledger = Ledger::open(path(&folder)).unwrap();
    assert!(!ledger.is_new());
    assert_eq!(shown(&ledger, "ada").await, before);
    let ada = person(&ledger).await;
    assert_eq!(ada.sent, None);
    assert_eq!(ada.step(APPLICATION).unwrap().attempt.as_ref().unwrap().members, Members::new());
    assert_eq!(holder(&ledger, "ada@example.org").await, "candidate 71");
    // And it goes on as any other.
    ledger.settle(ended("ada", APPLICATION, State::Done)).await.unwrap();
    update(&ledger, "Engineer").await;
    ledger.settle(ended("ada", Step::Update, State::Done)).await.unwrap();
    assert_eq!(person(&ledger).await.sent, Some(members(&ledger, "Engineer")));
    let version: u32 = Connection::open(path(&folder)).unwrap().pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
    assert_eq!(version, schema::VERSION);
}

/// A process slept, was taken for dead, and another one went on: what it says when it wakes is not written.
#[tokio::test]
async fn a_sleeper_does_not_settle_anothers_request() {
    let folder = folder();
    let ledger = Ledger::open(path(&folder)).unwrap();
    let slept = Intent { action: "slept".into(), ..intent(&ledger, "ada", APPLICATION) };
    ledger.intend(slept).await.unwrap();
    ledger.settle(ended("ada", APPLICATION, State::Absent)).await.unwrap();
    ledger.intend(Intent { action: "went on".into(), ..intent(&ledger, "ada", APPLICATION) }).await.unwrap();
    let of = |action: &str| Settlement { action: Some(action.into()), delivered: true, ..ended("ada", APPLICATION, State::Done) };
    assert_eq!(ledger.settle(of("slept")).await, Ok(false));
    insta::assert_snapshot!(shown(&ledger, "ada").await, @"
    no candidate
      application/4012: intended, attempt 2, 1 in vain
    ");
    assert_eq!(ledger.settle(of("went on")).await, Ok(true));
    insta::assert_snapshot!(shown(&ledger, "ada").await, @"
    no candidate, delivered
      application/4012: done 71, ours, attempt 2, 1 in vain
    ");
}

#[tokio::test]
async fn who_shares_a_candidate_is_told() {
    let folder = folder();
    let ledger = Ledger::open(path(&folder)).unwrap();
    ledger.intend(create(&ledger, "ada", &["ada@example.org"])).await.unwrap();
    ledger.settle(ended("ada", Step::Candidate, State::Done)).await.unwrap();
    assert!(!person(&ledger).await.shares);
    let found = CandidateRow { id: 71, ours: false, gone: false };
    ledger.settle(Settlement { candidate: Some(found), ..ended("augusta", Step::Candidate, State::Done) }).await.unwrap();
    assert!(person(&ledger).await.shares);
}
