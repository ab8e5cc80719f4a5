//! What is answered is durable; what could not be written is said, and nothing is written after it.

use super::*;
use crate::ledger::sqlite::profiles as seen;
use std::sync::mpsc as blocking;

/// Holds the ledger's thread until told to go on, so that what is asked meanwhile makes one batch.
fn hold(ledger: &Ledger) -> blocking::Sender<()> {
    let (release, held) = blocking::channel::<()>();
    let (reached, there) = blocking::channel();
    let ledger = ledger.clone();
    tokio::spawn(async move {
        let wait = move |_: &Sqlite| {
            reached.send(()).unwrap();
            held.recv().unwrap();
            Ok(())
        };
        ledger.sqlite(wait).await.unwrap();
    });
    let reached = tokio::task::block_in_place(|| there.recv());
    reached.unwrap();
    release
}

/// Waits until so many stand in the queue of a ledger that is held.
async fn queued(ledger: &Ledger, number: usize) {
    while ledger.shared.queue.as_ref().unwrap().capacity() + number > QUEUE {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_commit_serves_all_who_asked_meanwhile() {
    let folder = folder();
    let ledger = Ledger::open(path(&folder)).unwrap();
    let log = |store: &Sqlite| Ok(std::fs::metadata(file::beside(&store.path, "-wal")).map_or(0, |data| data.len()));
    let mut growth = Vec::new();
    for (round, together) in [(0, false), (1, true)] {
        ledger.sqlite(Sqlite::empty_log).await.unwrap();
        let mut tasks = Vec::new();
        let release = together.then(|| hold(&ledger));
        for number in 0..16 {
            let asking = ledger.clone();
            let task = tokio::spawn(async move { asking.intend(create(&asking, &format!("{round}-{number}"), &[])).await });
            if together {
                queued(&ledger, number + 1).await;
                tasks.push(task);
            } else {
                assert_eq!(task.await.unwrap(), Ok(Claim::Intended));
            }
        }
        release.into_iter().for_each(|release| release.send(()).unwrap());
        for task in tasks {
            assert_eq!(task.await.unwrap(), Ok(Claim::Intended));
        }
        growth.push(ledger.sqlite(log).await.unwrap());
    }
    assert!(growth[1] * 4 < growth[0], "16 commits wrote {} bytes, one wrote {}", growth[0], growth[1]);
}

/// Another process that reads the file sees what was answered.
#[tokio::test]
async fn what_is_answered_is_committed() {
    let folder = folder();
    let ledger = Ledger::open(path(&folder)).unwrap();
    let other = rusqlite::Connection::open(path(&folder)).unwrap();
    for number in 1..20 {
        ledger.intend(create(&ledger, &format!("{number}"), &[&format!("{number}@example.org")])).await.unwrap();
        let written: u32 = other.query_row("SELECT count(*) FROM step", [], |row| row.get(0)).unwrap();
        assert_eq!(written, number);
    }
}

#[tokio::test]
async fn a_full_disk_ends_all_writing() {
    let folder = folder();
    let ledger = Ledger::open(path(&folder)).unwrap();
    ledger.intend(create(&ledger, "ada", &["ada@example.org"])).await.unwrap();
    let limit = |pages: u32| {
        move |store: &Sqlite| store.connection.pragma_update_and_check(None, "max_page_count", pages, |row| row.get::<_, u32>(0))
    };
    // As many as there are: it cannot be set lower.
    ledger.sqlite(limit(1)).await.unwrap();
    let mut failure = None;
    for number in 0..200 {
        match ledger.intend(create(&ledger, &format!("{number}"), &[&format!("{number}@example.org")])).await {
            Ok(claim) => assert_eq!(claim, Claim::Intended),
            Err(error) => {
                failure = Some((number, error));
                break;
            }
        }
    }
    let (number, failure) = failure.unwrap();
    insta::assert_snapshot!(failure, @"the ledger cannot be written: the disk is full: make room, then run again");
    assert_eq!(shown(&ledger, &format!("{number}")).await, "no candidate", "nothing of it was written");
    // There is room again; but a run that has lost an answer must not go on as if it had not.
    ledger.sqlite(limit(1_000_000)).await.unwrap();
    assert_eq!(ledger.intend(create(&ledger, "grace", &["grace@example.org"])).await, Err(failure.clone()));
    assert_eq!(ledger.settle(ended("ada", Step::Candidate, State::Done)).await, Err(failure));
    // Reading goes on, and the next run finds the step as it was.
    insta::assert_snapshot!(shown(&ledger, "ada").await, @"
    no candidate
      candidate: intended, attempt 1
    ");
    ledger.close().await;
    let ledger = Ledger::open(path(&folder)).unwrap();
    assert_eq!(ledger.settle(ended("ada", Step::Candidate, State::Done)).await, Ok(true));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_that_fails_fails_for_all_of_its_batch() {
    let folder = folder();
    let ledger = Ledger::open(path(&folder)).unwrap();
    let release = hold(&ledger);
    let (one, two, three, four) = (ledger.clone(), ledger.clone(), ledger.clone(), ledger.clone());
    let first = tokio::spawn(async move { one.intend(create(&one, "ada", &["ada@example.org"])).await });
    queued(&ledger, 1).await;
    // What breaks a reference is found only at the commit when that is asked for.
    let orphan = "PRAGMA defer_foreign_keys = ON; INSERT INTO identity (account, email, person) VALUES ('a', 'b', 4711)";
    let breaking = tokio::spawn(async move { two.write_sqlite(|store| store.connection.execute_batch(orphan)).await });
    queued(&ledger, 2).await;
    let reader = tokio::spawn(async move { three.person(&who("ada")).await });
    queued(&ledger, 3).await;
    let last = tokio::spawn(async move { four.intend(create(&four, "grace", &["grace@example.org"])).await });
    queued(&ledger, 4).await;
    release.send(()).unwrap();
    let failure = first.await.unwrap().unwrap_err();
    insta::assert_snapshot!(failure, @"the ledger cannot be written: FOREIGN KEY constraint failed");
    assert_eq!(breaking.await.unwrap(), Err(failure.clone()));
    assert_eq!(reader.await.unwrap(), Err(failure.clone()), "it had read what is not there any more");
    assert_eq!(last.await.unwrap(), Err(failure));
    assert_eq!(ledger.open_steps(ACCOUNT).await.unwrap(), []);
}

#[tokio::test]
async fn another_process_that_keeps_the_file_is_named_as_the_reason() {
    let folder = folder();
    let ledger = Ledger::open(path(&folder)).unwrap();
    ledger.sqlite(|store| store.connection.busy_timeout(std::time::Duration::from_millis(30))).await.unwrap();
    let other = rusqlite::Connection::open(path(&folder)).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let refused = ledger.intend(create(&ledger, "ada", &["ada@example.org"])).await.unwrap_err();
    insta::assert_snapshot!(refused, @"the ledger cannot be written: another process has been writing to it for 10 s: let that one end, then run again");
    assert_eq!(shown(&ledger, "ada").await, "no candidate", "reading does not wait");
}

#[tokio::test]
async fn a_closed_ledger_refuses_and_leaves_one_file() {
    let folder = folder();
    let ledger = Ledger::open(path(&folder)).unwrap();
    let other = ledger.clone();
    ledger.intend(create(&ledger, "ada", &["ada@example.org"])).await.unwrap();
    ledger.close().await;
    insta::assert_snapshot!(other.person(&who("ada")).await.unwrap_err(), @"the ledger cannot be written: it has been closed");
    assert!(!folder.path().join("ledger.db-wal").exists(), "the log has been moved into the file");
}

/// What stands in a column and is not understood is said, not guessed.
#[tokio::test]
async fn a_state_that_is_not_known_is_damage() {
    let folder = folder();
    let ledger = Ledger::open(path(&folder)).unwrap();
    ledger.intend(create(&ledger, "ada", &["ada@example.org"])).await.unwrap();
    ledger.write_sqlite(|store| store.connection.execute("UPDATE step SET state = 'sent'", [])).await.unwrap();
    let error = ledger.person(&who("ada")).await.unwrap_err().to_string();
    insta::assert_snapshot!(error.replace(&*folder.path().to_string_lossy(), ""), @"the ledger /ledger.db is damaged (Conversion error from type Text at index: 2, not a state): put it back from a backup with `hireline ledger restore`; a new ledger would not know what has been sent");
}

/// Open steps must be found without walking all steps, and what a pipeline owes without walking all profiles.
#[tokio::test]
async fn what_every_run_asks_first_goes_by_an_index() {
    let folder = folder();
    let ledger = Ledger::open(path(&folder)).unwrap();
    let plans = |store: &Sqlite| {
        let asked = [
            people::pending_sql(people::OPEN),
            people::pending_sql(people::UNSEEN),
            people::pending_sql(people::ABSENT),
            seen::seen_sql(seen::OWED),
        ];
        let mut plans = Vec::new();
        for sql in asked {
            let mut statement = store.connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}"))?;
            let values: Vec<_> = (0..statement.parameter_count()).map(|_| "1").collect();
            let first: String = statement.query_row(rusqlite::params_from_iter(values), |row| row.get(3))?;
            plans.push(first);
        }
        Ok(plans.join("\n"))
    };
    insta::assert_snapshot!(ledger.sqlite(plans).await.unwrap(), @"
    SCAN step USING INDEX step_open
    SCAN step USING INDEX step_uncertain
    SEARCH step USING INDEX step_absent (settled_at>?)
    SEARCH seen USING INDEX seen_owed (pipeline=?)
    ");
}

/// SQLite parses a statement again where its plan hangs on the values that are bound to it; then caching it saves nothing.
#[tokio::test]
async fn a_statement_is_parsed_once() {
    let folder = folder();
    let ledger = Ledger::open(path(&folder)).unwrap();
    for name in ["ada", "grace", "mary"] {
        ledger.intend(create(&ledger, name, &[])).await.unwrap();
        ledger.person(&who(name)).await.unwrap();
    }
    let parsed_again = |store: &Sqlite| Ok(store.connection.prepare_cached(people::FIND)?.get_status(rusqlite::StatementStatus::RePrepare));
    assert_eq!(ledger.sqlite(parsed_again).await.unwrap(), 0);
}
