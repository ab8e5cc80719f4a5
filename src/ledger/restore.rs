//! Putting a backup in the ledger's place. Two files cannot be put there at once, so what is to be done is written down first: a crash
//! before that leaves the old ledger, and after it whoever opens the ledger next ends what was begun.
//!
//! `LEDGER.restoring` and `LEDGER.restoring.key` are the new files, whole and flushed; `LEDGER.restore` says that they are to take the
//! old ones' place, and under which name the old ones are kept.

use super::backup::{examined, in_use};
use super::inspect::{readable, sound};
use super::open::{Fault, opening_lock};
use super::schema::{VERSION, migrate};
use super::store::Store;
use super::{LedgerError, file, key, lease, restored};
use crate::step::PersonKey;
use jiff::Timestamp;
use rusqlite::{Connection, OpenFlags};
use std::collections::HashSet;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// What a person at the command line says of it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Restore {
    /// The ledger in place is sound, and is to be replaced all the same.
    pub over_sound: bool,
    /// Nothing was sent since the backup was taken: nobody need be looked for.
    pub nothing_since: bool,
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restoration {
    pub taken: Timestamp,
    /// Where the ledger that was in place is kept; none where there was none.
    pub replaced: Option<PathBuf>,
    /// People whom the replaced ledger had forgotten, and who are forgotten in this one too. None where it could not be read.
    pub forgotten: Option<usize>,
}

/// Puts a backup in the ledger's place.
///
/// # Errors
/// A pipeline is being run; the backup is damaged, of another program, of a newer version, or has another key; the ledger in place is sound and
/// newer; a file cannot be written. The ledger in place is then as it was.
pub fn restore(ledger: &Path, from: &Path, how: Restore) -> Result<Restoration, LedgerError> {
    let (backup, key, taken) = examined(from).map_err(|fault| fault.of_backup(from))?;
    put(ledger, from, backup, key, taken, how).map_err(|fault| fault.of(ledger))
}

fn put(
    ledger: &Path,
    from: &Path,
    backup: Connection,
    key: crate::digest::Key,
    taken: Timestamp,
    how: Restore,
) -> Result<Restoration, Fault> {
    let unwritable = |error: io::Error| Fault::Why(format!("cannot be put back from {}: {error}", from.display()));
    if file::Identity::of(from).is_some_and(|there| Some(there) == file::Identity::of(ledger)) {
        return Err(Fault::Why("cannot be put back from itself: name the backup".to_owned()));
    }
    file::create_folder(ledger).map_err(unwritable)?;
    // Nobody opens it meanwhile; whoever has it open must not be running a pipeline.
    let _nobody_opens = opening_lock(ledger)?;
    finish(ledger)?;
    let (held, _nobody_runs) = lease::all(ledger).map_err(unwritable)?;
    if let Some(pipeline) = held.first() {
        return Err(Fault::Why(format!("is in use: pipeline {pipeline} is being run by another process: wait for it to end, or stop it")));
    }
    let is_there = ledger.exists() || key::path(ledger).exists();
    let old = Old::read(ledger, &key);
    if let Some(newest) = old.as_ref().and_then(|old| old.last_run).filter(|last| *last > taken && !how.over_sound) {
        return Err(Fault::Why(format!(
            "is sound, and knows of runs (the last one began at {newest:.0}) of which the backup, taken at {taken:.0}, knows nothing: keep it; or \
             say --over-a-sound-ledger where it is not to be trusted"
        )));
    }
    let at = Timestamp::now();
    let stage = file::beside(ledger, ".restoring");
    let forgotten = old.map(|old| old.forgotten);
    let staged = (|| {
        // By SQLite, so that a log that stands beside a copied backup is in it.
        file::remove(&stage).map_err(unwritable)?;
        file::private().write(true).create_new(true).open(&stage).map_err(unwritable)?;
        copy(&backup, &stage)?;
        drop(backup);
        let count = complete(&stage, key, if how.nothing_since { None } else { Some((taken, at)) }, forgotten.as_deref())?;
        fs::File::open(&stage).and_then(|file| file.sync_all()).map_err(unwritable)?;
        file::copy_private(&key::path(from), &file::beside(&stage, ".key")).map_err(unwritable)?;
        sound(&readable(&stage)?, &stage)?;
        Ok(count)
    })();
    for scratch in ["-shm", "-wal", "-journal"] {
        let _ = file::remove(&file::beside(&stage, scratch)); // SQLite's, of the stage's name: emptied when it was closed
    }
    let count = match staged {
        Ok(count) => count,
        Err(fault) => {
            let _ = file::remove(&stage).and(file::remove(&file::beside(&stage, ".key"))); // the first error is the one to tell
            return Err(fault);
        }
    };
    file::flush_folder(ledger).map_err(unwritable)?;
    let kept = format!(".replaced-{}", at.strftime("%Y%m%dT%H%M%S%3fZ"));
    announce(ledger, &kept).map_err(unwritable)?;
    // From here on it is put back, by this process or by whichever opens it next.
    finish(ledger)?;
    Ok(Restoration { taken, replaced: is_there.then(|| file::beside(ledger, &kept)), forgotten: forgotten.map(|_| count) })
}

/// What can be known of the ledger in place. None where it is damaged, not there, or another one's.
struct Old {
    last_run: Option<Timestamp>,
    forgotten: Vec<String>,
}

impl Old {
    fn read(ledger: &Path, key: &crate::digest::Key) -> Option<Self> {
        let connection = readable(ledger).ok()?;
        let own = sound(&connection, ledger).ok()?;
        let last_run = connection.query_row("SELECT max(started) FROM run", [], |row| super::columns::optional_moment(row, 0)).ok()?;
        // Hashes under another key say nothing here.
        let same = key::check(&own) == key::check(key);
        Some(Self { last_run, forgotten: if same { restored::forgotten(&connection).ok()? } else { Vec::new() } })
    }
}

fn copy(backup: &Connection, stage: &Path) -> Result<(), Fault> {
    let mut copy = Connection::open_with_flags(stage, writable())?;
    rusqlite::backup::Backup::new(backup, &mut copy)?.step(-1)?;
    copy.pragma_update_and_check(None, "journal_mode", "DELETE", |_| Ok(()))?;
    copy.close().map_err(|(_, error)| error.into())
}

fn writable() -> OpenFlags {
    OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_EXRESCODE
}

/// Brings the copy up to date, marks it as put back, and erases from it whoever was erased since. Gives how many were.
fn complete(
    stage: &Path,
    key: crate::digest::Key,
    unknown: Option<(Timestamp, Timestamp)>,
    forgotten: Option<&[String]>,
) -> Result<usize, Fault> {
    let connection = Connection::open_with_flags(stage, writable())?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "fullfsync", true)?;
    connection.pragma_update(None, "secure_delete", true)?;
    connection.execute_batch("BEGIN IMMEDIATE")?;
    let version = super::open::version(&connection)?;
    if version < VERSION {
        migrate(&connection, version)?;
    }
    in_use(&connection)?;
    if let Some((taken, at)) = unknown {
        restored::mark(&connection, taken, at)?;
    }
    let store = Store { connection, key, path: stage.to_owned(), identity: None };
    let erased = store.erase(forgotten.unwrap_or_default())?;
    store.connection.execute_batch("COMMIT")?;
    store.connection.close().map_err(|(_, error)| error)?;
    Ok(erased)
}

impl Store {
    /// Forgets whoever one of the hashes is of, and keeps the hashes.
    fn erase(&self, forgotten: &[String]) -> rusqlite::Result<usize> {
        let forgotten: HashSet<&str> = forgotten.iter().map(String::as_str).collect();
        let sql = "SELECT account, source_key, profile_key FROM person JOIN profile ON profile.id = person.profile UNION \
                   SELECT account, source_key, profile_key FROM seen JOIN run ON run.run = seen.run JOIN profile ON profile.id = seen.profile";
        let mut statement = self.connection.prepare(sql)?;
        let people =
            statement.query_map([], |row| Ok(PersonKey { account: row.get(0)?, source_key: row.get(1)?, profile_key: row.get(2)? }))?;
        let mut erased = 0;
        let people: Vec<PersonKey> = people.collect::<Result<_, _>>()?;
        for who in people.iter().filter(|who| forgotten.contains(self.tombstone(who).to_string().as_str())) {
            self.forget(who)?;
            erased += 1;
        }
        let mut insert = self.connection.prepare("INSERT OR IGNORE INTO tombstone (hash) VALUES (?1)")?;
        forgotten.iter().try_for_each(|hash| insert.execute([hash]).map(drop))?;
        Ok(erased)
    }
}

fn journal(ledger: &Path) -> PathBuf {
    file::beside(ledger, ".restore")
}

pub(super) fn is_cut_off(ledger: &Path) -> bool {
    journal(ledger).exists()
}

/// Writes down, durably and at once, that the staged files are to take the old ones' place.
fn announce(ledger: &Path, kept: &str) -> io::Result<()> {
    let draft = file::beside(ledger, ".restore.new");
    file::remove(&draft)?;
    let mut text = file::private().write(true).create_new(true).open(&draft)?;
    text.write_all(kept.as_bytes())?;
    text.sync_all()?;
    fs::rename(&draft, journal(ledger))?;
    file::flush_folder(ledger)
}

/// Ends a restore that was announced, from wherever it was cut off. Does nothing where none was. Under the opening lock.
pub(super) fn finish(ledger: &Path) -> Result<(), Fault> {
    let kept = match fs::read_to_string(journal(ledger)) {
        Ok(kept) => kept,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(Fault::Why(format!("was being put back from a backup, and cannot be: {error}"))),
    };
    // A name of ours, so that no other file is ever moved.
    if !kept.starts_with(".replaced-") || kept.contains(['/', '\\']) {
        return Err(Fault::Why(format!("was being put back from a backup, and {} is damaged: restore again", journal(ledger).display())));
    }
    swap(ledger, &file::beside(ledger, &kept)).map_err(|error| Fault::Why(format!("cannot be put back from a backup: {error}")))
}

/// Each move is made once: what has been moved is not there any more. The ledger's own file is the last, so that as long as it is staged all
/// that stands at the old names is old.
fn swap(ledger: &Path, kept: &Path) -> io::Result<()> {
    let stage = file::beside(ledger, ".restoring");
    let staged_key = file::beside(&stage, ".key");
    if stage.exists() {
        file::move_if_there(&file::beside(ledger, "-wal"), &file::beside(kept, "-wal"))?;
        file::remove(&file::beside(ledger, "-shm"))?;
        if staged_key.exists() {
            file::move_if_there(&key::path(ledger), &key::path(kept))?;
            file::flush_folder(ledger)?;
            fs::rename(&staged_key, key::path(ledger))?;
        }
        file::move_if_there(ledger, kept)?;
        // A log without its file, or a file with another's log, must not be what a power cut leaves.
        file::flush_folder(ledger)?;
        fs::rename(&stage, ledger)?;
        file::flush_folder(ledger)?;
    }
    fs::remove_file(journal(ledger))?;
    file::flush_folder(ledger)
}
