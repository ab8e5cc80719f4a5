//! Backups: whole, of one moment, with their key; and put back so that a crash leaves the old ledger or the new one.

use super::*;
use crate::delivery::doubt::Unclaimed;
use rusqlite::Connection;
use std::collections::BTreeMap;
use std::fs;

/// A ledger that knows Ada, who is done, and Grace, whose create is open.
async fn used() -> (TempDir, Ledger) {
    let folder = folder();
    let ledger = Ledger::open(path(&folder)).unwrap();
    ledger.intend(create(&ledger, "ada", &["ada@example.org"])).await.unwrap();
    ledger.settle(ended("ada", Step::Candidate, State::Done)).await.unwrap();
    ledger.intend(create(&ledger, "grace", &["grace@example.org"])).await.unwrap();
    (folder, ledger)
}

fn backup_of(folder: &TempDir) -> PathBuf {
    folder.path().join("backups/monday.db")
}

/// All files of a folder but SQLite's shared memory, which holds nothing of the ledger.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file());
    entries
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), fs::read(&path).unwrap()))
        .filter(|(name, _)| !name.ends_with("-shm"))
        .collect()
}

fn without_folder(folder: &TempDir, text: &str) -> String {
    text.replace(&*folder.path().to_string_lossy(), "")
}

#[tokio::test]
async fn a_backup_is_a_ledger_of_one_moment() {
    let (folder, ledger) = used().await;
    let to = backup_of(&folder);
    let copied = backup(&path(&folder), &to, false, None).unwrap();
    // What comes after it is not in it, and what was in the log is.
    ledger.intend(create(&ledger, "mary", &["mary@example.org"])).await.unwrap();
    let found = inspect(&to, None).unwrap();
    assert_eq!(found.taken.map(|at| at.as_millisecond()), Some(copied.taken.as_millisecond()));
    assert_eq!((found.counts.people, found.counts.open, found.counts.candidates), (2, 1, 1));
    assert_eq!(inspect(&path(&folder), None).unwrap().counts.people, 3);
    assert_eq!(fs::read(to.with_file_name("monday.db.key")).unwrap(), fs::read(folder.path().join("ledger.db.key")).unwrap());
    let names: Vec<_> = files(to.parent().unwrap()).into_keys().filter(|name| !name.ends_with("-wal")).collect();
    assert_eq!(names, ["monday.db", "monday.db.key"]);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        for file in [&copied.file, &copied.key] {
            assert_eq!(fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
        }
        assert_eq!(fs::metadata(to.parent().unwrap()).unwrap().permissions().mode() & 0o777, 0o700);
    }
}

#[tokio::test]
async fn a_backup_is_never_written_over_something_else() {
    let (folder, ledger) = used().await;
    let (from, to) = (path(&folder), backup_of(&folder));
    backup(&from, &to, false, None).unwrap();
    let before = files(to.parent().unwrap());
    let refused = |result: Result<Copied, LedgerError>| without_folder(&folder, &result.unwrap_err().to_string());
    insta::assert_snapshot!(refused(backup(&from, &to, false, None)), @"the ledger /ledger.db was not backed up: /backups/monday.db is there already: name another file, or say --replace");
    insta::assert_snapshot!(refused(backup(&from, &from, true, None)), @"the ledger /ledger.db cannot be backed up to itself: name another file");
    insta::assert_snapshot!(refused(backup(&from, to.parent().unwrap(), true, None)), @"the ledger /ledger.db cannot be backed up to /backups: it is a folder; name a file in it");
    let (other, _) = used().await;
    let over = without_folder(&other, &backup(&path(&other), &to, true, None).unwrap_err().to_string());
    insta::assert_snapshot!(without_folder(&folder, &over), @"the ledger /ledger.db was not backed up: what is at /backups/monday.db is no backup of this ledger (its key is another one): name another file");
    assert_eq!(files(to.parent().unwrap()), before);
    ledger.intend(create(&ledger, "mary", &["mary@example.org"])).await.unwrap();
    backup(&from, &to, true, None).unwrap();
    assert_eq!(inspect(&to, None).unwrap().counts.people, 3);
}

/// While it is being written to, and of what a crash left in the log.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_is_whole_while_the_ledger_is_written() {
    let (folder, ledger) = used().await;
    let writing = tokio::spawn({
        let ledger = ledger.clone();
        async move {
            for number in 0..300 {
                let name = format!("{number}");
                ledger.intend(create(&ledger, &name, &[&format!("{name}@example.org")])).await.unwrap();
                ledger.settle(ended(&name, Step::Candidate, State::Done)).await.unwrap();
            }
        }
    });
    let mut before = 0;
    for number in 0..5 {
        let to = folder.path().join(format!("backups/{number}"));
        let from = path(&folder);
        tokio::task::block_in_place(|| backup(&from, &to, false, None)).unwrap();
        let counts = inspect(&to, None).unwrap().counts;
        assert!(counts.people >= before);
        before = counts.people;
    }
    writing.await.unwrap();
}

#[tokio::test]
async fn checking_changes_no_byte() {
    let (folder, ledger) = used().await;
    // What a crash leaves: a log that is in nobody's hands.
    let crashed = tempfile::tempdir().unwrap();
    for name in ["ledger.db", "ledger.db-wal", "ledger.db.key"] {
        fs::copy(folder.path().join(name), crashed.path().join(name)).unwrap();
    }
    let before = files(crashed.path());
    let found = inspect(&path(&crashed), None).unwrap();
    assert_eq!(files(crashed.path()), before);
    assert_eq!((found.counts.people, found.counts.open), (2, 1));
    // Of a ledger that is in use, with whoever uses it.
    let lease = ledger.lease(PIPELINE).await.unwrap();
    assert_eq!(inspect(&path(&folder), None).unwrap().leases, [PIPELINE]);
    drop(lease);
    assert_eq!(inspect(&path(&folder), None).unwrap().leases, [""; 0]);
}

/// Damage that quick looks do not find: an index that says otherwise than its table, a row that names one that is not there.
#[tokio::test]
async fn checking_looks_deeper_than_opening() {
    let (folder, ledger) = used().await;
    ledger.close().await;
    let write = |sql: &str| Connection::open(path(&folder)).unwrap().execute_batch(sql).unwrap();
    write("PRAGMA foreign_keys = OFF; DELETE FROM profile WHERE profile_key = 'ada'");
    let error = inspect(&path(&folder), None).unwrap_err().to_string();
    insta::assert_snapshot!(without_folder(&folder, &error), @"the ledger /ledger.db is damaged (a row of person names one that is not there): put it back from a backup with `hireline ledger restore`; a new ledger would not know what has been sent");
    write(
        "PRAGMA foreign_keys = OFF; INSERT INTO profile (id, source_key, profile_key) VALUES (1, 'source', 'ada'); PRAGMA writable_schema = ON; \
           UPDATE sqlite_schema SET sql = replace(sql, 'candidate_id IS NOT NULL', 'candidate_id IS NULL') WHERE name = 'person_candidate'",
    );
    let error = inspect(&path(&folder), None).unwrap_err().to_string();
    assert!(error.contains("is damaged (") && error.contains("person_candidate"), "{error}");
}

#[tokio::test]
async fn a_backup_takes_the_ledgers_place() {
    let (folder, ledger) = used().await;
    let (at, to) = (path(&folder), backup_of(&folder));
    let copied = backup(&at, &to, false, None).unwrap();
    ledger.intend(create(&ledger, "mary", &["mary@example.org"])).await.unwrap();
    let lease = ledger.lease(PIPELINE).await.unwrap();
    let refused = |how| without_folder(&folder, &restore(&at, &to, how, None).unwrap_err().to_string());
    insta::assert_snapshot!(refused(Restore::default()), @"the ledger /ledger.db is in use: pipeline acme-engineering is being run by another process: wait for it to end, or stop it");
    drop(lease);
    let done = restore(&at, &to, Restore::default(), None).unwrap();
    // Whoever has had it open does not write to what was put aside, and does not begin a run.
    let words = "the ledger cannot be written: /ledger.db was removed or replaced while it was in use, and what was written since then is not in it: \
                 put it back from a backup with `hireline ledger restore`; a new ledger would not know what has been sent";
    let late = ledger.intend(create(&ledger, "late", &["late@example.org"])).await.unwrap_err().to_string();
    assert_eq!(without_folder(&folder, &late), words);
    assert_eq!(without_folder(&folder, &ledger.lease(PIPELINE).await.unwrap_err().to_string()), words);
    ledger.close().await;
    let found = inspect(&at, None).unwrap();
    assert_eq!((found.counts.people, found.taken), (2, None));
    assert_eq!(found.restored.len(), 1);
    assert_eq!(found.restored[0].1.as_millisecond(), copied.taken.as_millisecond());
    // What was in place is whole, with its key and its log.
    assert_eq!(inspect(&done.replaced.unwrap(), None).unwrap().counts.people, 3);
    assert_eq!(done.forgotten, Some(0));
    let again = Ledger::open(&at).unwrap();
    insta::assert_snapshot!(shown(&again, "ada").await, @"
    candidate 71, ours
      candidate: done 71, ours, attempt 1
    ");
    // The backup is as it was, and good for another time.
    assert_eq!(inspect(&to, None).unwrap().counts.people, 2);
}

#[tokio::test]
async fn what_is_no_sound_backup_is_refused() {
    let (folder, ledger) = used().await;
    let (at, to) = (path(&folder), backup_of(&folder));
    backup(&at, &to, false, None).unwrap();
    ledger.close().await;
    let (whole, key) = (fs::read(&to).unwrap(), fs::read(to.with_file_name("monday.db.key")).unwrap());
    let before = files(folder.path());
    let edit = |sql: &str| Connection::open(&to).unwrap().execute_batch(sql).unwrap();
    let faults: [(&str, &dyn Fn()); 8] = [
        ("not there", &|| fs::remove_file(&to).unwrap()),
        ("cut short", &|| fs::write(&to, &whole[..whole.len() - 4096]).unwrap()),
        ("a page overwritten", &|| {
            let mut damaged = whole.clone();
            damaged[8192..12288].fill(0xA5);
            fs::write(&to, damaged).unwrap();
        }),
        ("newer", &|| edit("PRAGMA user_version = 99")),
        ("foreign", &|| edit("PRAGMA application_id = 7")),
        ("no backup", &|| edit("DELETE FROM meta WHERE name = 'taken_at'")),
        ("without its key", &|| fs::remove_file(to.with_file_name("monday.db.key")).unwrap()),
        ("with another key", &|| fs::write(to.with_file_name("monday.db.key"), [1; 32]).unwrap()),
    ];
    let mut told = Vec::new();
    for (name, fault) in faults {
        fault();
        let error = restore(&at, &to, Restore { over_sound: true, ..Restore::default() }, None).unwrap_err().to_string();
        told.push(format!("{name}: {}", without_folder(&folder, &error)));
        assert_eq!(files(folder.path()), before, "{name}: something was changed");
        fs::write(&to, &whole).unwrap();
        fs::write(to.with_file_name("monday.db.key"), &key).unwrap();
    }
    insta::assert_snapshot!(told.join("\n"));
}

/// The ledger in place knows of runs after the backup: that it is to be given up has to be said.
#[tokio::test]
async fn a_sound_and_newer_ledger_is_not_replaced_unasked() {
    let (folder, ledger) = used().await;
    let (at, to) = (path(&folder), backup_of(&folder));
    let copied = backup(&at, &to, false, None).unwrap();
    let later = copied.taken.checked_add(jiff::SignedDuration::from_secs(60)).unwrap();
    ledger.run_started("run", PIPELINE, ACCOUNT, later).await.unwrap();
    ledger.close().await;
    let error = restore(&at, &to, Restore::default(), None).unwrap_err().to_string();
    assert!(error.contains("is sound, and knows of runs") && error.contains("--over-a-sound-ledger"), "{error}");
    restore(&at, &to, Restore { over_sound: true, ..Restore::default() }, None).unwrap();
    // A damaged one is replaced at once.
    fs::write(&at, b"damaged beyond repair").unwrap();
    let done = restore(&at, &to, Restore::default(), None).unwrap();
    assert_eq!(done.forgotten, None, "who was forgotten since is not known");
    assert_eq!(fs::read(done.replaced.unwrap()).unwrap(), b"damaged beyond repair");
    inspect(&at, None).unwrap();
}

/// Wherever it is cut off, what opens the ledger next finds the old one whole, or the new one.
#[tokio::test]
async fn a_restore_that_is_cut_off_is_ended_by_whoever_opens_the_ledger_next() {
    let (folder, ledger) = used().await;
    let (at, to) = (path(&folder), backup_of(&folder));
    backup(&at, &to, false, None).unwrap();
    // As a crash leaves it: with a log.
    ledger.intend(create(&ledger, "mary", &["mary@example.org"])).await.unwrap();
    let crashed = tempfile::tempdir().unwrap();
    for name in ["ledger.db", "ledger.db-wal", "ledger.db.key"] {
        fs::copy(folder.path().join(name), crashed.path().join(name)).unwrap();
    }
    let staged = tempfile::tempdir().unwrap();
    restore(&path(&staged), &to, Restore::default(), None).unwrap();
    let name = |suffix: &str| file::beside(&path(&crashed), suffix);
    // Staged, and not announced: the old one.
    let stage = || {
        fs::copy(path(&staged), name(".restoring")).unwrap();
        fs::copy(file::beside(&path(&staged), ".key"), name(".restoring.key")).unwrap();
    };
    stage();
    assert_eq!(inspect(&path(&crashed), None).unwrap().counts.people, 3);
    let moves: [(&str, &str); 5] = [
        ("-wal", ".replaced-then-wal"),
        (".key", ".replaced-then.key"),
        (".restoring.key", ".key"),
        ("", ".replaced-then"),
        (".restoring", ""),
    ];
    let start = files(crashed.path());
    for made in 0..=moves.len() {
        start.iter().for_each(|(file, bytes)| fs::write(crashed.path().join(file), bytes).unwrap());
        fs::write(name(".restore"), ".replaced-then").unwrap();
        for (from, to) in &moves[..made] {
            fs::rename(name(from), name(to)).unwrap();
        }
        if made < 4 {
            let error = inspect(&path(&crashed), None).unwrap_err().to_string();
            assert!(error.contains("is being put back from a backup"), "{error}");
        }
        Ledger::open(path(&crashed)).unwrap().close().await;
        let found = inspect(&path(&crashed), None).unwrap();
        assert_eq!((found.counts.people, found.restored.len()), (2, 1), "after {made} moves");
        assert_eq!(inspect(&name(".replaced-then"), None).unwrap().counts.people, 3, "after {made} moves, the old one is whole");
        assert!(!name(".restore").exists() && !name(".restoring").exists() && !name(".restoring.key").exists());
        for file in files(crashed.path()).into_keys() {
            fs::remove_file(crashed.path().join(file)).unwrap();
        }
    }
    // A journal that is not ours moves nothing.
    start.iter().for_each(|(file, bytes)| fs::write(crashed.path().join(file), bytes).unwrap());
    fs::write(name(".restore"), "../../elsewhere").unwrap();
    let before = files(crashed.path());
    assert!(Ledger::open(path(&crashed)).unwrap_err().to_string().contains("is damaged: restore again"));
    let after: BTreeMap<_, _> = files(crashed.path()).into_iter().filter(|(name, _)| !name.ends_with(".lock")).collect();
    assert_eq!(after, before);
}

/// R13: who was erased stays erased, also where the backup is older than that.
#[tokio::test]
async fn who_was_forgotten_since_stays_forgotten() {
    let (folder, ledger) = used().await;
    let (at, to) = (path(&folder), backup_of(&folder));
    ledger.run_started("run-1", PIPELINE, ACCOUNT, Timestamp::UNIX_EPOCH).await.unwrap();
    let only_seen = Seen {
        pipeline: PIPELINE.to_owned(),
        source_key: "source".to_owned(),
        profile_key: "only-seen".to_owned(),
        run: "run-1".to_owned(),
        updated_at: None,
        outcome: Outcome::Filtered,
        reason: None,
        at: super::at(0),
    };
    ledger.seen(only_seen.clone()).await.unwrap();
    backup(&at, &to, false, None).unwrap();
    ledger.forget(&who("ada")).await.unwrap();
    ledger.forget(&who("only-seen")).await.unwrap();
    ledger.close().await;
    let done = restore(&at, &to, Restore::default(), None).unwrap();
    assert_eq!(done.forgotten, Some(2));
    let ledger = Ledger::open(&at).unwrap();
    insta::assert_snapshot!(shown(&ledger, "ada").await, @"no candidate, forgotten");
    assert!(ledger.seen_of_profile("only-seen").await.unwrap().is_empty());
    // And no run writes of them again, also where a filter drops them.
    ledger.seen(only_seen).await.unwrap();
    assert!(ledger.seen_of_profile("only-seen").await.unwrap().is_empty());
    ledger.close().await;
    // With the column before it: three letters alone come up by chance in a file of hashes.
    for name in ["only-seen", "sourceada"] {
        let names = |path: &Path| fs::read(path).unwrap().windows(name.len()).any(|window| window == name.as_bytes());
        assert!(names(&to), "{name} is looked for in vain");
        assert!(!names(&at), "{name} is named");
    }
}

fn made(ledger: &Ledger, candidate: u64, emails: &[&str], name_phones: &str) -> Made {
    let emails = emails.iter().map(|email| ledger.key().email(email)).collect();
    Made { candidate, fingerprint: Fingerprint { emails, name_phones: Some(ledger.key().digest(&["name", name_phones])) } }
}

#[tokio::test]
async fn who_was_made_meanwhile_is_known_by_what_was_sent() {
    let (folder, ledger) = used().await;
    let (at, to) = (path(&folder), backup_of(&folder));
    assert_eq!(ledger.restored(ACCOUNT).await.unwrap(), None);
    let anybody = made(&ledger, 0, &["x@example.org"], "x").fingerprint;
    assert_eq!(ledger.doubt(ACCOUNT, &anybody, true).await.unwrap(), None);
    let copied = backup(&at, &to, false, None).unwrap();
    ledger.close().await;
    restore(&at, &to, Restore::default(), None).unwrap();
    let ledger = Ledger::open(&at).unwrap();
    let restored = ledger.restored(ACCOUNT).await.unwrap().unwrap();
    assert_eq!(restored.list_from, Some(restored.since));
    assert!(copied.taken.duration_since(restored.since) >= jiff::SignedDuration::from_mins(5), "clocks differ");
    let listed = vec![
        made(&ledger, 71, &["ada@example.org"], "ada"), // is known: nobody's doubt
        made(&ledger, 80, &["mary@example.org"], "mary"),
        made(&ledger, 81, &["other@example.org"], "mary"),
        made(&ledger, 82, &["mary@example.org"], "maria"),
        made(&ledger, 83, &[], "nobody"),
    ];
    ledger.listed(ACCOUNT, listed).await.unwrap();
    assert_eq!(ledger.restored(ACCOUNT).await.unwrap().unwrap().list_from, None);
    assert!(ledger.restored("second").await.unwrap().unwrap().list_from.is_some(), "each account is listed for itself");
    let asked: [(&str, &[&str], &str, bool); 6] = [
        ("e-mail and name", &["mary@example.org"], "mary", false),
        ("name and phone", &["new@example.org"], "mary", true),
        ("a name alone", &["new@example.org"], "mary", false),
        ("neither has an e-mail", &[], "nobody", false),
        ("the e-mail alone", &["other@example.org"], "else", true),
        ("known already", &["ada@example.org"], "ada", true),
    ];
    let mut told = Vec::new();
    for (name, emails, name_phones, has_phone) in asked {
        let fingerprint = made(&ledger, 0, emails, name_phones).fingerprint;
        let doubt = ledger.doubt(ACCOUNT, &fingerprint, has_phone).await.unwrap().unwrap();
        let one = |one: &Unclaimed| format!("{}{}", one.candidate, if one.whole { "" } else { " in part" });
        told.push(format!("{name}: {}", doubt.candidates.iter().map(one).collect::<Vec<_>>().join(", ")));
    }
    insta::assert_snapshot!(told.join("\n"), @"
    e-mail and name: 80, 82 in part
    name and phone: 80, 81
    a name alone: 
    neither has an e-mail: 83
    the e-mail alone: 81 in part
    known already: 
    ");
    // Once somebody is found to be theirs, they are nobody else's.
    let found = CandidateRow { id: 80, ours: true, gone: false };
    ledger.settle(Settlement { candidate: Some(found), ..ended("mary", Step::Candidate, State::Done) }).await.unwrap();
    let fingerprint = made(&ledger, 0, &[], "mary").fingerprint;
    let left = ledger.doubt(ACCOUNT, &fingerprint, true).await.unwrap().unwrap().candidates;
    assert_eq!(left, [Unclaimed { candidate: 81, whole: true }]);
    // It outlives the process.
    ledger.close().await;
    let ledger = Ledger::open(&at).unwrap();
    assert_eq!(ledger.doubt(ACCOUNT, &fingerprint, true).await.unwrap().unwrap().candidates, left);
    assert_eq!(inspect(&at, None).unwrap().counts.unclaimed, 3);
}

#[tokio::test]
async fn where_nothing_was_sent_since_nobody_is_listed() {
    let (folder, ledger) = used().await;
    let (at, to) = (path(&folder), backup_of(&folder));
    backup(&at, &to, false, None).unwrap();
    ledger.close().await;
    restore(&at, &to, Restore { nothing_since: true, ..Restore::default() }, None).unwrap();
    assert_eq!(Ledger::open(&at).unwrap().restored(ACCOUNT).await.unwrap(), None);
}
