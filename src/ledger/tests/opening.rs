//! What opening refuses, and what it leaves behind.

use super::*;
use rusqlite::Connection;
use std::fs;

/// Why the file is refused, without the test's folder; and that it was not touched.
fn refused(folder: &TempDir) -> String {
    let file = path(folder);
    let before = fs::read(&file).unwrap();
    let error = Ledger::open(&file).unwrap_err().to_string();
    assert!(fs::read(&file).unwrap() == before, "a refused file stays as it is, to the byte");
    error.replace(&*folder.path().to_string_lossy(), "")
}

/// A ledger that knows one person, closed.
async fn used() -> TempDir {
    let folder = folder();
    let ledger = Ledger::open(path(&folder)).unwrap();
    ledger.intend(create(&ledger, "ada", &["ada@example.org"])).await.unwrap();
    ledger.close().await;
    folder
}

fn key_file(folder: &TempDir) -> PathBuf {
    folder.path().join("ledger.db.key")
}

#[tokio::test]
async fn a_new_ledger_says_so_until_it_holds_something() {
    let folder = folder();
    for _ in 0..2 {
        let ledger = Ledger::open(path(&folder)).unwrap();
        assert!(ledger.is_new());
        ledger.close().await;
    }
    let ledger = Ledger::open(path(&folder)).unwrap();
    ledger.intend(create(&ledger, "ada", &["ada@example.org"])).await.unwrap();
    ledger.close().await;
    let ledger = Ledger::open(path(&folder)).unwrap();
    assert!(!ledger.is_new());
    insta::assert_snapshot!(shown(&ledger, "ada").await, @"
    no candidate
      candidate: intended, attempt 1
    ");
}

#[cfg(unix)]
#[tokio::test]
async fn all_files_are_their_owner_s_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder();
    let below = folder.path().join("workspace/.hireline");
    let ledger = Ledger::open(below.join("ledger.db")).unwrap();
    let _lease = ledger.lease(PIPELINE).await.unwrap();
    ledger.seen_in_run("none").await.unwrap();
    let mode = |path: &Path| format!("{:o}", fs::metadata(path).unwrap().permissions().mode() & 0o777);
    let mut modes: Vec<_> = fs::read_dir(&below)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| format!("{} {}", mode(&path), path.file_name().unwrap().to_string_lossy()))
        .collect();
    modes.sort();
    modes.insert(0, format!("{} .hireline", mode(&below)));
    insta::assert_snapshot!(modes.join("\n"), @"
    700 .hireline
    600 ledger.db
    600 ledger.db-shm
    600 ledger.db-wal
    600 ledger.db.key
    600 ledger.db.lease-acme-engineering
    600 ledger.db.lock
    ");
}

#[tokio::test]
async fn what_makes_it_durable_is_on() {
    let folder = folder();
    let ledger = Ledger::open(path(&folder)).unwrap();
    let pragmas = |store: &Sqlite| {
        let names =
            ["journal_mode", "synchronous", "fullfsync", "foreign_keys", "secure_delete", "busy_timeout", "cache_size", "user_version"];
        let values = names.map(|name| {
            let value: rusqlite::types::Value = store.connection.pragma_query_value(None, name, |row| row.get(0)).unwrap();
            match value {
                rusqlite::types::Value::Integer(value) => format!("{name} = {value}"),
                rusqlite::types::Value::Text(value) => format!("{name} = {value}"),
                other => format!("{name} = {other:?}"),
            }
        });
        Ok(values.join("\n"))
    };
    let fresh = ledger.sqlite(pragmas).await.unwrap();
    ledger.close().await;
    // None of it is kept in the file: a ledger that is opened again, or brought up to date, has to say it again.
    let ledger = Ledger::open(path(&folder)).unwrap();
    assert_eq!(ledger.sqlite(pragmas).await.unwrap(), fresh, "reopened");
    ledger.close().await;
    let first_version = "DROP TABLE unclaimed; DROP TABLE restored_listed; DROP TABLE restored; DROP TABLE sent; ALTER TABLE action DROP COLUMN members; ALTER TABLE action DROP COLUMN excused; ALTER TABLE action DROP COLUMN refusal; ALTER TABLE run DROP COLUMN stopped; DROP INDEX step_uncertain; PRAGMA user_version = 1; PRAGMA journal_mode = DELETE";
    rusqlite::Connection::open(path(&folder)).unwrap().execute_batch(first_version).unwrap();
    let ledger = Ledger::open(path(&folder)).unwrap();
    assert_eq!(ledger.sqlite(pragmas).await.unwrap(), fresh, "migrated");
    // synchronous 2 is FULL.
    insta::assert_snapshot!(fresh, @"
    journal_mode = wal
    synchronous = 2
    fullfsync = 1
    foreign_keys = 1
    secure_delete = 1
    busy_timeout = 10000
    cache_size = -2048
    user_version = 6
    ");
}

#[tokio::test]
async fn a_key_that_is_lost_is_not_made_anew() {
    let folder = used().await;
    fs::remove_file(key_file(&folder)).unwrap();
    insta::assert_snapshot!(refused(&folder), @"the ledger /ledger.db has lost its key /ledger.db.key: put the key file back from a backup; without it the ledger does not know whom it has sent");
    assert!(!key_file(&folder).exists());
}

#[tokio::test]
async fn a_key_that_is_cut_short_is_refused() {
    let folder = used().await;
    fs::write(key_file(&folder), [1; 31]).unwrap();
    insta::assert_snapshot!(refused(&folder), @"the ledger /ledger.db has a key of 31 bytes in /ledger.db.key where 32 belong: put the right key file back from a backup");
}

#[tokio::test]
async fn another_ledger_s_key_is_refused() {
    let (folder, other) = (used().await, used().await);
    fs::copy(key_file(&other), key_file(&folder)).unwrap();
    insta::assert_snapshot!(refused(&folder), @"the ledger /ledger.db does not belong to the key beside it: put back the key file that was made with this ledger; under another key everybody would seem to be new");
}

#[tokio::test]
async fn a_key_that_was_there_first_is_kept() {
    let folder = used().await;
    let key = fs::read(key_file(&folder)).unwrap();
    fs::remove_file(path(&folder)).unwrap();
    assert!(Ledger::open(path(&folder)).unwrap().is_new());
    assert_eq!(fs::read(key_file(&folder)).unwrap(), key);
}

#[test]
fn a_file_that_is_no_database_is_refused() {
    let folder = folder();
    fs::write(path(&folder), "version: 1\npipeline: acme\n".repeat(300)).unwrap();
    insta::assert_snapshot!(refused(&folder), @"the ledger /ledger.db is not a ledger: name another file with --ledger");
}

#[tokio::test]
async fn a_log_without_its_ledger_is_refused_and_stays() {
    let (folder, other) = (folder(), folder());
    let ledger = Ledger::open(path(&folder)).unwrap();
    ledger.intend(create(&ledger, "ada", &["ada@example.org"])).await.unwrap();
    let log = other.path().join("ledger.db-wal");
    fs::copy(folder.path().join("ledger.db-wal"), &log).unwrap();
    fs::copy(key_file(&folder), key_file(&other)).unwrap();
    fs::write(path(&other), "").unwrap();
    let before = fs::read(&log).unwrap();
    insta::assert_snapshot!(refused(&other), @"the ledger /ledger.db is gone or cut off, and its log /ledger.db-wal is not: put both back from a backup; a new ledger would not know what has been sent");
    for size in [1, 511, 4095] {
        fs::write(path(&other), &fs::read(path(&folder)).unwrap()[..size]).unwrap();
        refused(&other);
    }
    fs::remove_file(path(&other)).unwrap();
    assert!(Ledger::open(path(&other)).is_err() && !path(&other).exists(), "none is made beside it");
    assert!(!before.is_empty() && fs::read(&log).unwrap() == before);
}

#[test]
fn another_program_s_database_is_refused() {
    let folder = folder();
    Connection::open(path(&folder)).unwrap().execute_batch("CREATE TABLE bookmarks (url TEXT)").unwrap();
    insta::assert_snapshot!(refused(&folder), @"the ledger /ledger.db is another program's database: name another file with --ledger");
}

#[tokio::test]
async fn a_newer_ledger_is_refused() {
    let folder = used().await;
    Connection::open(path(&folder)).unwrap().pragma_update(None, "user_version", 7).unwrap();
    insta::assert_snapshot!(refused(&folder), @"the ledger /ledger.db was written by a newer hireline (its version is 7, this program knows 6): use the newer program");
}

/// The second version knew nothing of backups. (The first one has a test of its own.)
#[tokio::test]
async fn a_ledger_of_the_second_version_becomes_this_one() {
    let folder = used().await;
    let second = "DROP TABLE restored_listed; DROP TABLE restored; DROP TABLE unclaimed; ALTER TABLE action DROP COLUMN excused; ALTER TABLE action DROP COLUMN refusal; ALTER TABLE run DROP COLUMN stopped; DROP INDEX step_uncertain; PRAGMA user_version = 2";
    Connection::open(path(&folder)).unwrap().execute_batch(second).unwrap();
    let found = inspect(&path(&folder), None).unwrap();
    assert_eq!((found.version, found.newest_version, found.counts.people), (2, schema::VERSION, 1), "it is read as it is");
    // A backup of it is one of the second version, and what is restored from it is one of this.
    let backup_file = folder.path().join("backup");
    backup(&path(&folder), &backup_file, false, None).unwrap();
    assert_eq!(inspect(&backup_file, None).unwrap().version, 2);
    restore(&path(&folder), &backup_file, Restore::default(), None).unwrap();
    assert_eq!(inspect(&path(&folder), None).unwrap().version, schema::VERSION);
    Connection::open(path(&folder)).unwrap().execute_batch(second).unwrap();
    let ledger = Ledger::open(path(&folder)).unwrap();
    insta::assert_snapshot!(shown(&ledger, "ada").await, @"
    no candidate
      candidate: intended, attempt 1
    ");
    assert_eq!(ledger.restored(ACCOUNT).await.unwrap(), None);
    ledger.close().await;
    assert_eq!(inspect(&path(&folder), None).unwrap().version, schema::VERSION);
}

/// A crash on the first opening leaves a file of no bytes and no key, or a log beside it: neither is damage.
#[test]
fn an_empty_file_without_a_key_is_a_new_ledger() {
    let folder = folder();
    fs::write(path(&folder), "").unwrap();
    assert!(Ledger::open(path(&folder)).unwrap().is_new());
}

/// Page by page: whichever is overwritten, the ledger is refused when it is opened, and not mended.
#[tokio::test]
async fn a_damaged_page_is_found_on_opening() {
    const PAGE: usize = 4096;
    let folder = used().await;
    let whole = fs::read(path(&folder)).unwrap();
    let mut refusals = std::collections::BTreeSet::new();
    for page in 1..whole.len() / PAGE {
        let mut damaged = whole.clone();
        damaged[page * PAGE..(page + 1) * PAGE].fill(0xA5);
        fs::write(path(&folder), &damaged).unwrap();
        let (sentence, _) = refused(&folder).split_once('(').map(|(before, after)| (before.to_owned(), after.to_owned())).unwrap();
        refusals.insert(sentence);
    }
    insta::assert_snapshot!(refusals.into_iter().collect::<Vec<_>>().join("\n"), @"the ledger /ledger.db is damaged");
    // Cut short.
    fs::write(path(&folder), &whole[..whole.len() - PAGE]).unwrap();
    insta::assert_snapshot!(refused(&folder), @"the ledger /ledger.db is damaged (database disk image is malformed): put it back from a backup with `hireline ledger restore`; a new ledger would not know what has been sent");
}

/// A crash leaves a log. Refusing a damaged file does not move that log into it.
#[tokio::test]
async fn a_damaged_file_with_a_log_is_left_alone() {
    let folder = folder();
    let ledger = Ledger::open(path(&folder)).unwrap();
    ledger.intend(create(&ledger, "ada", &["ada@example.org"])).await.unwrap();
    ledger.sqlite(Sqlite::empty_log).await.unwrap();
    ledger.intend(create(&ledger, "grace", &["grace@example.org"])).await.unwrap();
    // A copy of the files of a process that lives is what a crash leaves.
    let crashed = tempfile::tempdir().unwrap();
    for name in ["ledger.db", "ledger.db-wal", "ledger.db.key"] {
        fs::copy(folder.path().join(name), crashed.path().join(name)).unwrap();
    }
    let log = fs::read(crashed.path().join("ledger.db-wal")).unwrap();
    assert!(!log.is_empty());
    fs::write(key_file(&crashed), [9; 32]).unwrap();
    refused(&crashed);
    assert!(fs::read(crashed.path().join("ledger.db-wal")).unwrap() == log, "the log is as it was");
    // With its own key it opens, and knows both.
    fs::copy(key_file(&folder), key_file(&crashed)).unwrap();
    let ledger = Ledger::open(path(&crashed)).unwrap();
    assert_eq!(ledger.open_steps(ACCOUNT).await.unwrap().len(), 2);
}

#[test]
fn two_that_open_a_new_ledger_at_once_have_one_key() {
    let folder = folder();
    let file = path(&folder);
    let digests: std::collections::BTreeSet<Digest> = thread::scope(|scope| {
        let opening: Vec<_> = (0..8).map(|_| scope.spawn(|| Ledger::open(&file).unwrap().key().digest(&["same"]))).collect();
        opening.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(digests.len(), 1);
}

/// Ids, hashes, states and times: a new column must be one of these, and be added here.
#[tokio::test]
async fn no_column_holds_personal_data() {
    let folder = folder();
    let ledger = Ledger::open(path(&folder)).unwrap();
    let columns = |store: &Sqlite| {
        let sql = "SELECT tables.name, group_concat(columns.name, ' ') FROM sqlite_schema AS tables \
                   JOIN pragma_table_info(tables.name) AS columns WHERE tables.type = 'table' GROUP BY tables.name ORDER BY tables.name";
        let mut statement = store.connection.prepare(sql)?;
        let rows = statement.query_map([], |row| Ok(format!("{}: {}", row.get::<_, String>(0)?, row.get::<_, String>(1)?)))?;
        Ok(rows.collect::<Result<Vec<_>, _>>()?.join("\n"))
    };
    insta::assert_snapshot!(ledger.sqlite(columns).await.unwrap(), @"
    action: person number action pipeline run hash greenhouse_time intended_at sent_by members excused refusal
    cursor: pipeline reading updated_at
    identity: account email person
    meta: name value
    person: id profile account candidate_id ours gone delivered
    profile: id source_key profile_key
    restored: number taken_at restored_at
    restored_listed: restored account
    run: run pipeline account started ended stopped
    run_count: run outcome count
    seen: profile pipeline run updated_at outcome reason at
    sent: person version members
    step: person step attempt state greenhouse_id ours action found_by emails name_phones seen_before settled_at looked_again_at
    tombstone: hash
    unclaimed: account mark candidate_id is_email
    ");
}

#[tokio::test]
async fn no_file_holds_an_address() {
    let folder = used().await;
    for entry in fs::read_dir(folder.path()).unwrap() {
        let path = entry.unwrap().path();
        let bytes = fs::read(&path).unwrap();
        assert!(!bytes.windows(11).any(|window| window.eq_ignore_ascii_case(b"example.org")), "{}", path.display());
    }
}
