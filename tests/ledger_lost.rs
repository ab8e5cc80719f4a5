//! What a ledger has lost, copies of it, and its other names. See `docs/delivery.md`, "The ledger's files".

use crate::harness::{Ended, Office};
use crate::ledger_faults::{bytes, cut, key, ledger, office, overwrite, words};
use crate::people::{nothing_is_twice, profiles, summary};
use hireline::sandbox::{Misbehaviour, Service};
use rusqlite::Connection;
use serde_json::json;
use std::fs;
use std::path::{Path, PathBuf};

/// How many commits there are depends on which are written together.
fn steady_words(office: &Office, run: &Ended) -> String {
    regex::Regex::new(r"\d+ of the \d+ commits").unwrap().replace(&words(office, run), "[some] of the [all] commits").into_owned()
}

/// A run of three people, killed at its fourth writing request: what it wrote last is in the ledger's log alone.
fn killed() -> (Office, String) {
    let office = Office::open(profiles(3));
    let held =
        Misbehaviour { skip: 3, delay_ms: 60_000, service: Some(Service::Greenhouse), method: Some("POST".into()), ..Default::default() };
    office.sandbox.misbehave(held).unwrap();
    let mut pipeline = office.v3("log");
    pipeline["limits"] = json!({"concurrency": 1});
    let file = office.save(&pipeline);
    let child = office.spawn(&["run", "--json", &file]);
    office.wait_for_writes(4);
    child.signal("KILL");
    child.end();
    office.sandbox.behave();
    (office, file)
}

fn log(office: &Office) -> PathBuf {
    ledger(office).with_file_name("ledger.db-wal")
}

type Damage = fn(&Path);

/// The machine that wrote a ledger notices what it has lost. On another one it goes back to the last commit that is whole, and what was sent
/// after that is looked up by what was intended.
#[test]
fn what_a_ledger_has_lost_is_noticed_where_it_was_written() {
    let damages: [(&str, Damage); 4] = [
        ("the log is gone", |log| fs::remove_file(log).unwrap()),
        ("the log is cut off", |log| cut(log, fs::metadata(log).unwrap().len() as usize - 2000)),
        ("the log's end is overwritten", |log| overwrite(log, fs::metadata(log).unwrap().len() as usize - 3000, 3000)),
        ("the log's middle is overwritten", |log| overwrite(log, fs::metadata(log).unwrap().len() as usize / 2, 64)),
    ];
    let told = damages.map(|(name, damage)| {
        let (mut office, file) = killed();
        let saved = bytes(&office);
        damage(&log(&office));
        let writes = office.writes();
        let run = office.run(&file).expect(3);
        office.call(&["ledger", "check", "--ledger", ledger(&office).to_str().unwrap()]).expect(3);
        assert_eq!(office.writes(), writes, "{name}: something was sent");
        let words = format!("{name}: {}", steady_words(&office, &run));
        if name == "the log's end is overwritten" {
            office.env("HIRELINE_STATE", &office.folder().join("another-machine").display().to_string());
        } else {
            saved.iter().for_each(|(path, bytes)| fs::write(path, bytes).unwrap());
        }
        office.run(&file).expect(0);
        nothing_is_twice(&office.state());
        assert_eq!(summary(&office.state()).len(), 3, "{name}");
        assert!(!log(&office).exists(), "{name}: the ledger was not closed");
        words
    });
    insta::assert_snapshot!(told.join("\n"));
}

/// An older ledger put back by hand, and two ledgers in turn: with `existing: create`, all would be made twice.
#[test]
fn an_older_copy_in_the_ledgers_place_is_refused() {
    let office = Office::open(profiles(4));
    let mut pipeline = office.v3("older");
    pipeline["destination"]["greenhouse"]["existing"] = json!("create");
    let file = office.save(&pipeline);
    office.call(&["run", "--json", "--new-ledger", "--limit", "1", &file]).expect(0);
    let path = ledger(&office);
    let backup = office.folder().join("backup.db");
    office.call(&["ledger", "backup", "--ledger", path.to_str().unwrap(), backup.to_str().unwrap()]).expect(0);
    let older = fs::read(&path).unwrap();
    let copy = path.with_file_name("copy.db");
    fs::write(&copy, &older).unwrap();
    fs::copy(key(&office), copy.with_file_name("copy.db.key")).unwrap();
    office.run(&file).expect(0);
    let writes = office.writes();
    let newer = fs::read(&path).unwrap();
    fs::write(&path, &older).unwrap();
    let refused = steady_words(&office, &office.run(&file));
    let in_turn = steady_words(&office, &office.call(&["run", "--json", "--ledger", copy.to_str().unwrap(), &file]));
    insta::assert_snapshot!(format!("{refused}\n{in_turn}"));
    // The newest one goes on, and so does a backup that is restored: the older one is not taken for sound.
    fs::write(&path, &newer).unwrap();
    office.run(&file).expect(0);
    fs::write(&path, &older).unwrap();
    office.call(&["ledger", "restore", "--ledger", path.to_str().unwrap(), backup.to_str().unwrap()]).expect(0);
    office.run(&file).expect(0);
    assert_eq!(office.writes(), writes);
    nothing_is_twice(&office.state());
    // What was replaced is at its end.
    fs::write(&path, &newer).unwrap();
    let run = office.run(&file).expect(3);
    assert!(run.stderr.contains("was replaced here by one that was restored"), "{}", run.stderr);
}

#[test]
#[cfg(unix)]
fn a_ledger_with_two_names_is_one_ledger() {
    let (office, file) = office();
    let path = ledger(&office);
    let [link, hard] = ["link.db", "hard.db"].map(|name| path.with_file_name(name));
    std::os::unix::fs::symlink("ledger.db", &link).unwrap();
    let held = Misbehaviour { delay_ms: 60_000, ..Misbehaviour::at("POST", "/v3/candidates") };
    office.sandbox.misbehave(held).unwrap();
    let child = office.spawn(&["run", "--json", &file]);
    office.wait_for_writes(office.writes() + 1);
    let by_link = words(&office, &office.call(&["run", "--json", "--ledger", link.to_str().unwrap(), &file]));
    child.signal("KILL");
    child.end();
    office.call(&["ledger", "check", "--ledger", link.to_str().unwrap()]).expect(0);
    fs::hard_link(&path, &hard).unwrap();
    let by_hard_link = words(&office, &office.call(&["run", "--json", "--ledger", hard.to_str().unwrap(), &file]));
    insta::assert_snapshot!(format!("{by_link}\n{by_hard_link}"), @"
    exit 3: error: pipeline faults: pipeline faults is being run by another process: wait for it to end, or stop it
    exit 3: error: pipeline faults: the ledger .hireline/hard.db has another name too (a hard link): remove the name that is not used
    ");
}

#[test]
#[cfg(unix)]
fn a_folder_in_which_others_may_write_is_told() {
    use std::os::unix::fs::PermissionsExt as _;
    let (office, file) = office();
    let folder = ledger(&office).parent().unwrap().to_owned();
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o777)).unwrap();
    let checked = office.call(&["ledger", "check", "--ledger", ledger(&office).to_str().unwrap()]).expect(1);
    assert!(checked.stdout.contains(".hireline: others on this machine may read or replace it"), "{}", checked.stdout);
    assert!(office.run(&file).stderr.contains("others on this machine may read or replace ./.hireline: make it yours alone"));
}

#[test]
fn a_text_that_is_not_readable_is_damage() {
    let (office, file) = office();
    let path = ledger(&office);
    let backup = office.folder().join("backup.db");
    let [path_text, backup_text] = [&path, &backup].map(|path| path.to_str().unwrap().to_owned());
    office.call(&["ledger", "backup", "--ledger", &path_text, &backup_text]).expect(0);
    let spoil = |path: &Path| {
        let sql = "UPDATE step SET state = CAST(x'ff' AS TEXT)";
        Connection::open(path).unwrap().execute(sql, []).unwrap();
    };
    spoil(&path);
    let told = [
        office.run(&file),
        office.call(&["ledger", "check", "--ledger", &path_text]),
        // It is not sound, so nothing has to be said for it to be replaced.
        office.call(&["ledger", "restore", "--ledger", &path_text, &backup_text]),
        office.run(&file),
    ]
    .map(|ended| words(&office, &ended));
    insta::assert_snapshot!(told.join("\n"), @"
    exit 3: error: pipeline faults: the ledger ./.hireline/ledger.db is damaged (Conversion error from type Text at index: 2, not a state): put it back from a backup with `hireline ledger restore`; a new ledger would not know what has been sent
    exit 3: error: the ledger .hireline/ledger.db is damaged (a text of step is not readable): put it back from a backup with `hireline ledger restore`; a new ledger would not know what has been sent
    exit 0: no error
    exit 0: no error
    ");
}
