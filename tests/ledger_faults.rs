//! What is wrong with the ledger: what the run says, what was sent, what is left of the file, and what the next run does.

use crate::harness::{Ended, Office, Running, shown, wait_until};
use crate::people::{nothing_is_twice, profiles, summary};
use hireline::sandbox::{Answer, Misbehaviour, Settings, Work};
use rusqlite::Connection;
use serde_json::json;
use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

pub fn ledger(office: &Office) -> PathBuf {
    office.folder().join(".hireline/ledger.db")
}

pub fn key(office: &Office) -> PathBuf {
    office.folder().join(".hireline/ledger.db.key")
}

/// The bytes of all its files, but SQLite's shared memory and the locks, which hold nothing of it.
pub fn bytes(office: &Office) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files: BTreeMap<_, _> = fs::read_dir(office.folder().join(".hireline"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
        .map(|path| (path.clone(), fs::read(path).unwrap()))
        .collect();
    files.retain(|path, bytes| {
        let name = path.to_string_lossy();
        // An empty log says nothing.
        let scratch = name.ends_with("-shm") || name.ends_with(".lock") || name.contains(".lease-");
        let is_empty_log = name.ends_with("-wal") && bytes.is_empty();
        !(scratch || is_empty_log)
    });
    files
}

/// A profile that was pushed with a ledger that is now closed, and one that was not.
pub fn office() -> (Office, String) {
    let office = Office::open(profiles(3));
    let file = office.save(&office.v3("faults"));
    office.call(&["run", "--json", "--limit", "2", &file]).expect(0);
    // The log's content repairs a damaged page: the damage must be in what only the file holds.
    Connection::open(ledger(&office)).unwrap().query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
    (office, file)
}

/// The last line that says what is wrong, without what differs from machine to machine.
pub fn words(office: &Office, run: &Ended) -> String {
    let text = office.steady(&run.stderr);
    let line = text.lines().rev().find(|line| line.starts_with("error: ")).unwrap_or("no error").to_owned();
    let line = regex::Regex::new(r"\(\*\*\* in database.*\): put").unwrap().replace(&line, "([what SQLite found]): put").into_owned();
    format!("exit {}: {line}", run.code.map_or("by a signal".to_owned(), |code| code.to_string()))
}

/// A page in the middle, far behind what opening reads.
fn grow(ledger: &Path) {
    let mut connection = Connection::open(ledger).unwrap();
    let filling = connection.transaction().unwrap();
    for n in 0..60_000 {
        let key = format!("{n:040x}");
        filling.execute("INSERT INTO profile (source_key, profile_key) VALUES ('filling', ?1)", [key]).unwrap();
    }
    filling.commit().unwrap();
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
    drop(connection);
    assert!(fs::metadata(ledger).unwrap().len() > 4 << 20, "it is small enough to be checked whole when it is opened");
}

pub fn overwrite(path: &Path, from: usize, length: usize) {
    let mut bytes = fs::read(path).unwrap();
    bytes[from..from + length].fill(0xA5);
    fs::write(path, bytes).unwrap();
}

/// Every page of one table's index, so that every look-up of a profile reads it.
fn overwrite_index(path: &Path, index: &str) {
    let connection = Connection::open(path).unwrap();
    let root: u32 = connection.query_row("SELECT rootpage FROM sqlite_schema WHERE name = ?1", [index], |row| row.get(0)).unwrap();
    drop(connection);
    overwrite(path, (root as usize - 1) * 4096, 4096);
}

pub fn cut(path: &Path, to: usize) {
    let bytes = fs::read(path).unwrap();
    fs::write(path, &bytes[..to]).unwrap();
}

type Fault = fn(&Office);

/// A damaged ledger is refused: nothing is sent, and not a byte of it is changed.
const REFUSED: [(&str, Fault); 14] = [
    ("the header is overwritten", |office| overwrite(&ledger(office), 0, 100)),
    ("a page is overwritten", |office| overwrite(&ledger(office), 8192, 4096)),
    ("cut short", |office| cut(&ledger(office), 12288)),
    ("cut within a page", |office| cut(&ledger(office), 9000)),
    ("no byte is left", |office| cut(&ledger(office), 0)),
    ("a large one's page is overwritten", |office| {
        grow(&ledger(office));
        overwrite_index(&ledger(office), "sqlite_autoindex_profile_1");
    }),
    ("a large one is cut short", |office| {
        grow(&ledger(office));
        cut(&ledger(office), 4 << 20);
    }),
    ("a text", |office| fs::write(ledger(office), "This is no ledger.\n".repeat(500)).unwrap()),
    ("another program's", |office| Connection::open(ledger(office)).unwrap().execute_batch("PRAGMA application_id = 7").unwrap()),
    ("of a newer version", |office| Connection::open(ledger(office)).unwrap().execute_batch("PRAGMA user_version = 99").unwrap()),
    ("a folder", |office| {
        fs::remove_file(ledger(office)).unwrap();
        fs::create_dir(ledger(office)).unwrap();
    }),
    ("the key is not there", |office| fs::remove_file(key(office)).unwrap()),
    ("the key is another one", |office| fs::write(key(office), [7; 32]).unwrap()),
    ("the key is too short", |office| cut(&key(office), 31)),
];

#[test]
fn a_ledger_that_is_no_good_is_refused_and_left_as_it_is() {
    let mut told = Vec::new();
    for (name, fault) in REFUSED {
        let (office, file) = office();
        office.call(&["ledger", "backup", "backup.db"]).expect(0);
        let _ = fs::remove_file(ledger(&office).with_file_name("ledger.db-wal"));
        fault(&office);
        let (before, writes) = (bytes(&office), office.writes());
        let run = office.run(&file);
        told.push(format!("{name}\n  run    {}", words(&office, &run)));
        assert_eq!(run.code, Some(3), "{name}");
        let check = office.call(&["ledger", "check"]);
        told.push(format!("  check  {}", words(&office, &check)));
        assert_eq!(check.code, Some(3), "{name}: {check:?}");
        let mut after = bytes(&office);
        if name.starts_with("a large") {
            // The read detects it: the log already records that the run began, and keeps that.
            after.retain(|path, _| !path.ends_with("ledger.db-wal"));
        }
        assert!(after == before, "{name}: the files were changed");
        assert_eq!(office.writes(), writes, "{name}: something was sent");
        // What it says helps.
        office.call(&["ledger", "restore", "--over-a-sound-ledger", "backup.db"]).expect(0);
        let run = office.run(&file).expect(0);
        assert!(shown(&run.counts()).contains("created 1"), "{name}: {run:?}");
        nothing_is_twice(&office.state());
    }
    insta::assert_snapshot!(told.join("\n"));
}

/// Another process holds what a run needs: the run waits, and names the reason.
#[test]
fn a_ledger_that_is_kept_by_another_process() {
    let told = std::thread::scope(|scope| {
        let written = scope.spawn(|| {
            let (office, file) = office();
            let other = Connection::open(ledger(&office)).unwrap();
            other.execute_batch("BEGIN IMMEDIATE").unwrap();
            let run = office.run(&file);
            let told = words(&office, &run);
            other.execute_batch("ROLLBACK").unwrap();
            drop(other);
            assert_eq!(office.run(&file).expect(0).counts()["created"], 1);
            told
        });
        let opened = scope.spawn(|| {
            let (office, file) = office();
            let lock = fs::File::open(ledger(&office).with_file_name("ledger.db.lock")).unwrap();
            lock.lock().unwrap();
            let run = office.run(&file);
            let told = words(&office, &run);
            drop(lock);
            assert_eq!(office.run(&file).expect(0).counts()["created"], 1);
            told
        });
        [("written to", written.join().unwrap()), ("being opened", opened.join().unwrap())]
    });
    insta::assert_snapshot!(told.map(|(name, told)| format!("{name}: {told}")).join("\n"));
}

/// A limit on the size of files is a full disk: no file of the process becomes larger than so many blocks of 512 bytes.
fn limited(office: &Office, blocks: u64, file: &str) -> Ended {
    let mut command = Command::new("sh");
    let plain = office.command(&["run", "--json", file]);
    command.args(["-c", &format!("ulimit -f {blocks}; exec \"$0\" run --json \"$1\""), crate::harness::BINARY, file]);
    command.current_dir(office.folder()).env_clear();
    command.envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))));
    crate::harness::finish(command)
}

/// Whatever could not be written, at an intent or at an outcome: the run stops with words, and the next one settles it.
#[test]
fn a_full_disk() {
    let mut told = BTreeMap::new();
    let mut at_intent = 0;
    for blocks in [0, 8, 16, 40, 80, 104, 120, 136, 152, 168, 200, 240, 300] {
        let office = Office::open(profiles(3));
        let file = office.save(&office.v3("full"));
        let run = limited(&office, blocks, &file);
        if run.code != Some(0) {
            *told.entry(words(&office, &run)).or_insert(0) += 1;
            assert_eq!(run.code, Some(3), "{blocks}: {run:?}");
            at_intent += u32::from(office.writes() == 0);
        }
        // Room again.
        let next = office.run(&file).expect(0);
        assert_eq!(summary(&office.state()).len(), 3, "{blocks}: {next:?}");
        nothing_is_twice(&office.state());
        assert!(office.writes() <= 9, "{blocks}: a request was sent twice");
    }
    assert!(at_intent > 0, "no limit met the first intent");
    insta::assert_snapshot!(told.into_keys().collect::<Vec<_>>().join("\n"));
}

/// Removed, or another file put in its place, while a run is on: it stops before it sends anything more.
#[test]
fn a_ledger_that_goes_while_it_is_in_use() {
    let mut told = Vec::new();
    for (name, fault) in [
        ("removed", (|path: &Path| fs::remove_file(path).unwrap()) as fn(&Path)),
        ("replaced", |path| {
            let other = path.with_file_name("other");
            fs::copy(path, &other).unwrap();
            fs::rename(other, path).unwrap();
        }),
    ] {
        let office = Office::open(profiles(3));
        let held = Misbehaviour { delay_ms: 1500, skip: 1, ..Misbehaviour::at("POST", "/v3/attachments") };
        office.sandbox.misbehave(held).unwrap();
        let mut pipeline = office.v3("gone");
        pipeline["limits"] = json!({"concurrency": 1});
        let file = office.save(&pipeline);
        office.call(&["run", "--json", "--limit", "1", &file]).expect(0);
        office.call(&["ledger", "backup", "backup.db"]).expect(0);
        let begun = office.writes();
        let child = office.spawn(&["run", "--json", &file]);
        office.wait_for_writes(begun + 2);
        fault(&ledger(&office));
        let writes = office.writes();
        let run = child.end();
        told.push(format!("{name}: {}", words(&office, &run)));
        assert_eq!(office.writes(), writes, "{name}: it went on sending");
        office.call(&["ledger", "restore", "--over-a-sound-ledger", "backup.db"]).expect(0);
        office.run(&file).expect(0);
        nothing_is_twice(&office.state());
        assert_eq!(summary(&office.state()).len(), 3);
    }
    insta::assert_snapshot!(told.join("\n"));
}

/// A folder that is not writable, for a user who may not write everywhere.
#[test]
fn a_folder_that_cannot_be_written() {
    let office = Office::open(profiles(1));
    let file = office.save(&office.v3("read-only"));
    // Below a file nothing can be made, not even by root.
    office.write("a-file", "");
    let run = office.call(&["run", "--json", "--ledger", "a-file/ledger.db", &file]).expect(3);
    // Where kernels' values are shown nothing can be made either.
    let proc = office.call(&["run", "--json", "--ledger", "/proc/self/ledger.db", &file]).expect(3);
    insta::assert_snapshot!(format!("{}\n{}", words(&office, &run), words(&office, &proc)));
    assert_eq!(office.writes(), 0);
}

/// The machine's clock was wrong for some hours or days, and is right now: the rows of the ledger have times that are before or after theirs.
#[test]
fn a_clock_that_was_moved_between_two_runs() {
    let mut told = Vec::new();
    for (name, hours) in [("an hour ahead", 1), ("ten days ahead", 240), ("an hour behind", -1), ("ten days behind", -240)] {
        let office = Office::open(profiles(3));
        let held = Misbehaviour { delay_ms: 60_000, skip: 1, ..Misbehaviour::at("POST", "/v3/candidates") };
        office.sandbox.misbehave(held).unwrap();
        let mut pipeline = office.v3("clock");
        pipeline["limits"] = json!({"concurrency": 1});
        let file = office.save(&pipeline);
        let child = office.spawn(&["run", "--json", &file]);
        // The second create is done, and its answer is held back.
        wait_until("there are two candidates", || office.state()["candidates"].as_array().map_or(0, Vec::len) == 2);
        child.signal("KILL");
        child.end();
        office.hours_pass(-hours);
        let run = office.run(&file).expect(0);
        let state = office.state();
        nothing_is_twice(&state);
        assert_eq!(summary(&state).len(), 3, "{name}: {run:?}");
        told.push(format!("{name}: {}", shown(&run.counts())));
        let again = office.run(&file).expect(0);
        assert_eq!(shown(&again.counts()), "unchanged 3", "{name}");
        assert_eq!(office.state(), state, "{name}");
        office.call(&["history", &file]).expect(0);
        office.call(&["ledger", "check"]).expect(0);
    }
    insta::assert_snapshot!(told.join("\n"), @"
    an hour ahead: created 2, unchanged 1
    ten days ahead: created 2, unchanged 1
    an hour behind: created 2, unchanged 1
    ten days behind: created 2, unchanged 1
    ");
}

/// The machine's clock is set while a run is under way, after an answer was lost and while the rate limit makes it wait: no wait becomes longer,
/// and nobody is sent twice.
#[test]
#[cfg(target_os = "linux")]
fn a_clock_that_is_set_during_a_run() {
    let cases: [(&str, &[i64]); 4] =
        [("an hour back", &[-3600]), ("a day back", &[-86_400]), ("an hour ahead", &[3600]), ("an hour ahead, and back", &[3600, 0])];
    std::thread::scope(|scope| {
        for (name, jumps) in cases {
            scope.spawn(move || {
                let settings = Settings { rate_limit_v3: 20, rate_window_v3: Duration::from_secs(1), ..Default::default() };
                let office = Office::with(Settings { profiles: profiles(20), ..settings });
                let late =
                    Misbehaviour { skip: 3, work: Work::Late(600), answer: Answer::Lost, ..Misbehaviour::at("POST", "/v3/candidates") };
                office.sandbox.misbehave(late).unwrap();
                let clock = office.folder().join("clock");
                fs::write(&clock, [0; 8]).unwrap();
                // In place: the file is mapped.
                let set = |ahead: i64| fs::OpenOptions::new().write(true).open(&clock).unwrap().write_all(&ahead.to_ne_bytes()).unwrap();
                let mut pipeline = office.v3("clock");
                pipeline["destination"]["greenhouse"]["settle"] = json!("3s");
                let file = office.save(&pipeline);
                let mut command = office.command(&["run", "--json", &file]);
                command.env("LD_PRELOAD", crate::shim::compiled(office.folder())).env("HIRELINE_SHIM_CLOCK", &clock);
                let running = Running::start(command);
                for (nth, ahead) in jumps.iter().enumerate() {
                    office.wait_for_writes(5 + 10 * nth as u64);
                    set(*ahead);
                }
                let ended = running.end();
                assert_eq!(ended.code, Some(0), "{name}: {} {}", shown(&ended.counts()), ended.stderr);
                nothing_is_twice(&office.state());
                let next = office.run(&file).expect(0);
                nothing_is_twice(&office.state());
                let there = office.state()["candidates"].as_array().unwrap().len();
                assert_eq!(there, crate::people::expected_emails(20).len(), "{name}: {}", next.stdout);
            });
        }
    });
}
