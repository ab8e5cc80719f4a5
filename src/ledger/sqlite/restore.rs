//! Putting a backup in the ledger's place. Two files cannot be put there at once, so what is to be done is written down first: a crash
//! before that leaves the old ledger, and after it whoever opens the ledger next ends what was begun.
//!
//! `LEDGER.restoring` and `LEDGER.restoring.key` are the new files, whole and flushed; `LEDGER.restore` says that they are to take the
//! old ones' place, and under which name the old ones are kept.

use super::backup::{copy, examined};
use super::columns::{ceiling, floor, integer, moment, optional_moment};
use super::schema::{VERSION, migrate};
use super::sound::{Fault, in_use, readable, sound, version, writable};
use super::swap::{announce, finish, opening_lock};
use super::{Sqlite, file, key, lease, record};
use crate::base::digest::{Digest, Key};
use crate::ledger::LedgerError;
use crate::ledger::Made;
use crate::ledger::rows::Restoring;
use crate::ledger::store::{self, People, Restores, StoreError};
use crate::model::step::PersonKey;
use jiff::Timestamp;
use rusqlite::{Connection, params};
use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

#[derive(Debug, Clone, Copy, Default)]
pub struct Restore {
    /// The ledger in place is sound, and is to be replaced all the same.
    pub over_sound: bool,
    /// Nothing was sent since the backup was taken: nothing has to be looked for.
    pub nothing_since: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restoration {
    pub taken: Timestamp,
    /// Where the ledger that was in place is kept; none where there was none.
    pub replaced: Option<PathBuf>,
    /// People whom the replaced ledger had forgotten, and who are forgotten in this one too. None where it could not be read.
    pub forgotten: Option<usize>,
}

/// Errors: a pipeline is being run; the backup is damaged, of another program, of a newer version, or has another key; the ledger in place is sound and
/// newer; a file cannot be written. The ledger in place is then as it was.
pub fn restore(ledger: &Path, from: &Path, how: Restore, records: Option<&Path>) -> Result<Restoration, LedgerError> {
    let (backup, key, taken) = examined(from).map_err(|fault| fault.of_backup(from))?;
    let ledger = &file::behind_links(ledger);
    put(ledger, from, backup, key, taken, how, records).map_err(|fault| fault.of(ledger))
}

fn put(
    ledger: &Path,
    from: &Path,
    backup: Connection,
    key: Key,
    taken: Timestamp,
    how: Restore,
    records: Option<&Path>,
) -> Result<Restoration, Fault> {
    let unwritable = |error: io::Error| Fault::Why(format!("cannot be put back from {}: {error}", from.display()));
    if file::Identity::of(from).is_some_and(|there| Some(there) == file::Identity::of(ledger)) {
        return Err(Fault::Why("cannot be put back from itself: name the backup".to_owned()));
    }
    file::create_folder(ledger).map_err(unwritable)?;
    // No other process opens it now; one that has it open must not be running a pipeline.
    let _nobody_opens = opening_lock(ledger)?;
    finish(ledger)?;
    let (held, _nobody_runs) = lease::all(ledger).map_err(unwritable)?;
    if let Some(pipeline) = held.first() {
        return Err(Fault::Why(format!("is in use: pipeline {pipeline} is being run by another process: wait for it to end, or stop it")));
    }
    let is_there = ledger.exists() || key::path(ledger).exists();
    let old = Old::read(ledger, &key, records);
    let trusted = old.as_ref().filter(|old| !old.is_behind);
    if let Some(newest) = trusted.and_then(|old| old.last_run).filter(|last| *last > taken && !how.over_sound) {
        return Err(Fault::Why(format!(
            "is sound, and knows of runs (the last one began at {newest:.0}) of which the backup, taken at {taken:.0}, knows nothing: keep it; or \
             say --over-a-sound-ledger where it is not to be trusted"
        )));
    }
    let at = Timestamp::now();
    let stage = file::beside(ledger, ".restoring");
    let line = old.as_ref().and_then(|old| old.line.clone());
    let forgotten = old.map(|old| old.forgotten);
    let staged = (|| {
        // By SQLite, so that the copied backup's log is in it.
        file::remove(&stage).map_err(unwritable)?;
        file::create_new(&stage).map_err(unwritable)?;
        copy(&backup, &stage, None)?;
        drop(backup);
        let count = complete(&stage, key, if how.nothing_since { None } else { Some((taken, at)) }, forgotten.as_deref())?;
        fs::File::open(&stage).and_then(|file| file.sync_all()).map_err(unwritable)?;
        file::copy_private(&key::path(from), &file::beside(&stage, ".key")).map_err(unwritable)?;
        sound(&readable(&stage)?, &stage)?;
        Ok(count)
    })();
    file::remove_scratch(&stage);
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
    if let (Some(folder), Some(line)) = (records, line) {
        record::end(folder, &line).map_err(unwritable)?;
    }
    Ok(Restoration { taken, replaced: is_there.then(|| file::beside(ledger, &kept)), forgotten: forgotten.map(|_| count) })
}

/// What can be known of the ledger in place. None where it is damaged, not there, or another one's.
struct Old {
    last_run: Option<Timestamp>,
    forgotten: Vec<String>,
    line: Option<String>,
    /// This machine has seen more of it.
    is_behind: bool,
}

impl Old {
    fn read(ledger: &Path, key: &Key, records: Option<&Path>) -> Option<Self> {
        let connection = readable(ledger).ok()?;
        let own = sound(&connection, ledger).ok()?;
        let last_run = connection.query_row("SELECT max(started) FROM run", [], |row| optional_moment(row, 0)).ok()?;
        // Hashes under another key say nothing here.
        let same = key::check(&own) == key::check(key);
        let line = record::line(&connection).ok()?;
        let is_behind = record::refuse_behind(&connection, ledger, records).is_err();
        Some(Self { last_run, forgotten: if same { forgotten_in(&connection).ok()? } else { Vec::new() }, line, is_behind })
    }
}

/// Brings the copy up to date, marks it as put back, and erases from it the people who were erased since. Returns how many.
fn complete(stage: &Path, key: Key, unknown: Option<(Timestamp, Timestamp)>, forgotten: Option<&[String]>) -> Result<usize, Fault> {
    let connection = writable(stage)?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "fullfsync", true)?;
    connection.pragma_update(None, "secure_delete", true)?;
    connection.execute_batch("BEGIN IMMEDIATE")?;
    let version = version(&connection)?;
    if version < VERSION {
        migrate(&connection, version)?;
    }
    in_use(&connection)?;
    record::draw_anew(&connection)?;
    if let Some((taken, at)) = unknown {
        mark(&connection, taken, at)?;
    }
    let mut store = Sqlite { connection, key, path: stage.to_owned(), identity: None, record: None };
    let erased = store.erase(forgotten.unwrap_or_default())?;
    store.connection.execute_batch("COMMIT")?;
    store.connection.close().map_err(|(_, error)| error)?;
    Ok(erased)
}

impl Sqlite {
    /// Forgets the people whose hashes these are, and keeps the hashes.
    fn erase(&mut self, forgotten: &[String]) -> Result<usize, StoreError> {
        let forgotten: HashSet<&str> = forgotten.iter().map(String::as_str).collect();
        let sql = "SELECT account, source_key, profile_key FROM person JOIN profile ON profile.id = person.profile UNION \
                   SELECT account, source_key, profile_key FROM seen JOIN run ON run.run = seen.run JOIN profile ON profile.id = seen.profile";
        let key = |row: &rusqlite::Row<'_>| Ok(PersonKey { account: row.get(0)?, source_key: row.get(1)?, profile_key: row.get(2)? });
        let people: Vec<PersonKey> = self.connection.prepare(sql)?.query_map([], key)?.collect::<Result<_, _>>()?;
        let mut erased = 0;
        for who in people {
            if forgotten.contains(self.tombstone(&who).to_string().as_str()) {
                self.remove(&who)?;
                erased += 1;
            }
        }
        let mut insert = self.connection.prepare("INSERT OR IGNORE INTO tombstone (hash) VALUES (?1)")?;
        forgotten.iter().try_for_each(|hash| insert.execute([hash]).map(drop))?;
        Ok(erased)
    }
}

impl Restores for Sqlite {
    fn restores(&self, account: &str) -> store::Result<Vec<Restoring>> {
        let sql = "SELECT taken_at, restored_at, number IN (SELECT restored FROM restored_listed WHERE account = ?1) FROM restored";
        let mut statement = self.connection.prepare_cached(sql)?;
        let restores = statement
            .query_map([account], |row| Ok(Restoring { taken: moment(row, 0)?, at: moment(row, 1)?, listed: row.get(2)? }))?
            .collect::<rusqlite::Result<_>>()?;
        Ok(restores)
    }

    fn clock_offset(&self, account: &str) -> store::Result<Option<i64>> {
        let sql = "SELECT abs(action.intended_at - action.greenhouse_time) FROM action JOIN person ON person.id = action.person \
                   WHERE person.account = ?1 AND action.greenhouse_time IS NOT NULL ORDER BY action.intended_at DESC LIMIT 1";
        Ok(self.one(sql, [account], |row| row.get(0))?)
    }

    fn has_candidate(&self, account: &str, candidate: u64) -> store::Result<bool> {
        let sql = "SELECT 1 FROM person WHERE candidate_id = ?1 AND account = ?2";
        Ok(self.connection.prepare_cached(sql)?.exists(params![integer(candidate), account])?)
    }

    fn write_unclaimed(&mut self, account: &str, made: &Made) -> store::Result<()> {
        let sql = "INSERT OR IGNORE INTO unclaimed (account, mark, candidate_id, is_email) VALUES (?1, ?2, ?3, ?4)";
        let mut insert = self.connection.prepare_cached(sql)?;
        let emails = made.fingerprint.emails.iter().map(|email| (*email, true));
        for (mark, is_email) in emails.chain(made.fingerprint.name_phones.map(|mark| (mark, false))) {
            insert.execute(params![account, mark.to_string(), integer(made.candidate), is_email])?;
        }
        Ok(())
    }

    fn write_listed(&mut self, account: &str) -> store::Result<()> {
        let sql = "INSERT OR IGNORE INTO restored_listed (restored, account) SELECT number, ?1 FROM restored";
        Ok(self.execute(sql, [account]).map(drop)?)
    }

    fn unclaimed(&self, account: &str, mark: Digest) -> store::Result<Vec<u64>> {
        let sql = "SELECT candidate_id FROM unclaimed WHERE account = ?1 AND mark = ?2 ORDER BY candidate_id";
        let mut statement = self.connection.prepare_cached(sql)?;
        let ids = statement.query_map(params![account, mark.to_string()], |row| row.get::<_, i64>(0))?;
        Ok(ids.map(|id| id.map(i64::cast_unsigned)).collect::<rusqlite::Result<_>>()?)
    }

    fn unclaimed_has_email(&self, candidate: u64) -> store::Result<bool> {
        let sql = "SELECT 1 FROM unclaimed WHERE candidate_id = ?1 AND is_email";
        Ok(self.connection.prepare_cached(sql)?.exists([integer(candidate)])?)
    }
}

/// Marks a ledger as put back, from a backup that was taken then.
fn mark(connection: &Connection, taken: Timestamp, at: Timestamp) -> rusqlite::Result<()> {
    connection.execute("INSERT INTO restored (taken_at, restored_at) VALUES (?1, ?2)", params![floor(taken), ceiling(at)]).map(drop)
}

fn forgotten_in(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    connection.prepare("SELECT hash FROM tombstone")?.query_map([], |row| row.get(0))?.collect()
}
