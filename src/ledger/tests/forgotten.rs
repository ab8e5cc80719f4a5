//! Who is forgotten leaves a keyed hash, and nothing else (`docs/delivery.md`, R13).

use super::*;
use std::fs;

/// A person with all that a ledger may know of one.
async fn delivered(ledger: &Ledger, name: &str, pipeline: &str) {
    let members = Members::from([("first_name".to_owned(), ledger.key().digest(&[name]))]);
    ledger.intend(Intent { members, ..create(ledger, name, &[&format!("{name}@example.org")]) }).await.unwrap();
    let seen = Seen {
        pipeline: pipeline.to_owned(),
        source_key: "source".to_owned(),
        profile_key: name.to_owned(),
        run: pipeline.to_owned(),
        updated_at: None,
        outcome: Outcome::Failed,
        reason: None,
        at: at(0),
    };
    ledger.settle(Settlement { seen: Some(seen), ..ended(name, Step::Candidate, State::Done) }).await.unwrap();
}

/// Every table with how many rows it has, where it has any.
async fn rows(ledger: &Ledger) -> String {
    let count = |store: &Sqlite| {
        let mut tables = store.connection.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")?;
        let names: Vec<String> = tables.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        let mut rows = Vec::new();
        for name in names {
            let count: u32 = store.connection.query_row(&format!("SELECT count(*) FROM {name}"), [], |row| row.get(0))?;
            if count > 0 {
                rows.push(format!("{name} {count}"));
            }
        }
        Ok(rows.join(", "))
    };
    ledger.sqlite(count).await.unwrap()
}

#[tokio::test]
async fn nothing_is_left_but_a_hash() {
    let folder = folder();
    let ledger = Ledger::open(path(&folder)).unwrap();
    delivered(&ledger, "ada-lovelace", PIPELINE).await;
    insta::assert_snapshot!(rows(&ledger).await, @"action 1, identity 1, meta 3, person 1, profile 1, seen 1, sent 1, step 1");
    assert!(ledger.forget(&who("ada-lovelace")).await.unwrap());
    insta::assert_snapshot!(rows(&ledger).await, @"meta 3, tombstone 1");
    insta::assert_snapshot!(shown(&ledger, "ada-lovelace").await, @"no candidate, forgotten");
    insta::assert_snapshot!(holder(&ledger, "ada-lovelace@example.org").await, @"free");
    // Not in free pages and not in the log either.
    for name in ["ledger.db", "ledger.db-wal"] {
        let bytes = fs::read(folder.path().join(name)).unwrap();
        assert!(!bytes.windows(12).any(|window| window == b"ada-lovelace"), "{name} still names her");
    }
    assert!(!ledger.forget(&who("ada-lovelace")).await.unwrap(), "there is nothing left to remove");
    assert!(!Ledger::open(path(&folder)).unwrap().is_new(), "somebody was forgotten: that is to be known");
}

#[tokio::test]
async fn the_hash_is_keyed() {
    let folders = [folder(), folder()];
    let mut hashes = Vec::new();
    for folder in &folders {
        let ledger = Ledger::open(path(folder)).unwrap();
        ledger.forget(&who("ada")).await.unwrap();
        let sql = "SELECT hash FROM tombstone";
        let hash: String = ledger.sqlite(move |store| store.connection.query_row(sql, [], |row| row.get(0))).await.unwrap();
        assert_eq!(hash, ledger.key().digest(&["forgotten", ACCOUNT, "source", "ada"]).to_string());
        hashes.push(hash);
    }
    assert_ne!(hashes[0], hashes[1]);
}

#[tokio::test]
async fn who_is_forgotten_is_not_sent_again() {
    let folder = folder();
    let ledger = Ledger::open(path(&folder)).unwrap();
    // Before they were ever sent, too.
    assert!(!ledger.forget(&who("ada")).await.unwrap());
    assert_eq!(ledger.intend(create(&ledger, "ada", &["ada@example.org"])).await, Ok(Claim::Busy));
    // By a request of another pipeline that was under way.
    ledger.settle(ended("ada", Step::Candidate, State::Done)).await.unwrap();
    insta::assert_snapshot!(rows(&ledger).await, @"meta 3, tombstone 1");
    insta::assert_snapshot!(shown(&ledger, "ada").await, @"no candidate, forgotten");
}

#[tokio::test]
async fn only_this_person_in_this_account_is_forgotten() {
    let folder = folder();
    let ledger = Ledger::open(path(&folder)).unwrap();
    ledger.run_started(PIPELINE, PIPELINE, ACCOUNT, at(0)).await.unwrap();
    ledger.run_started("elsewhere", "elsewhere", "second", at(0)).await.unwrap();
    delivered(&ledger, "grace", PIPELINE).await;
    delivered(&ledger, "ada", PIPELINE).await;
    delivered(&ledger, "ada", "elsewhere").await;
    ledger.forget(&who("ada")).await.unwrap();
    insta::assert_snapshot!(shown(&ledger, "grace").await, @"
    candidate 71, ours
      candidate: done 71, ours, attempt 1
    ");
    let second = PersonKey { account: "second".to_owned(), ..who("ada") };
    assert!(!ledger.person(&second).await.unwrap().forgotten);
    let left: Vec<_> = ledger.seen_of_profile("ada").await.unwrap().into_iter().map(|seen| seen.pipeline).collect();
    assert_eq!(left, ["elsewhere"]);
}

#[tokio::test]
async fn a_candidate_that_is_gone_can_be_made_again_only_when_told_so() {
    let folder = folder();
    let ledger = Ledger::open(path(&folder)).unwrap();
    delivered(&ledger, "ada", PIPELINE).await;
    assert!(!ledger.recreate(&who("ada")).await.unwrap(), "the candidate is there");
    let gone = Some(CandidateRow { id: 71, ours: true, gone: true });
    ledger.settle(Settlement { steps: Vec::new(), candidate: gone, ..ended("ada", Step::Candidate, State::Done) }).await.unwrap();
    insta::assert_snapshot!(shown(&ledger, "ada").await, @"
    candidate 71, ours, gone
      candidate: done 71, ours, attempt 1
    ");
    for name in ["ada", "augusta"] {
        assert_eq!(ledger.intend(create(&ledger, name, &["ada@example.org"])).await, Ok(Claim::Taken { candidate_id: 71 }));
    }
    assert!(ledger.recreate(&who("ada")).await.unwrap());
    insta::assert_snapshot!(shown(&ledger, "ada").await, @"no candidate");
    assert_eq!(ledger.intend(create(&ledger, "ada", &["ada@example.org"])).await, Ok(Claim::Intended));
}
