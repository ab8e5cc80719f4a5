//! Whether a ledger is sound, and what is in it: read, and nothing changed.

use super::columns::optional_moment;
use super::open::{Fault, same_key, version};
use super::schema::VERSION;
use super::store::BUSY;
use super::{LedgerError, backup, file, key, lease, restore};
use crate::digest::Key;
use jiff::Timestamp;
use rusqlite::{Connection, OpenFlags};
use std::fs;
use std::path::{Path, PathBuf};

/// A ledger that is sound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inspection {
    pub bytes: u64,
    /// The file's version, and the one that this program writes: an older file is brought up to date when it is next opened to be written.
    pub version: u32,
    pub newest_version: u32,
    /// Pipelines that somebody runs just now.
    pub leases: Vec<String>,
    /// Files that others on this machine may read.
    pub exposed: Vec<PathBuf>,
    pub counts: Counts,
    pub last_run: Option<Timestamp>,
    /// Where it is a backup: when it was taken.
    pub taken: Option<Timestamp>,
    /// When it was put back from a backup, and when that backup was taken; the newest first.
    pub restored: Vec<(Timestamp, Timestamp)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    pub people: u64,
    /// Of them, who has a candidate.
    pub candidates: u64,
    pub profiles: u64,
    pub open: u64,
    pub uncertain: u64,
    pub owed: u64,
    pub forgotten: u64,
    /// Candidates of the time that a restored ledger knows nothing of, whose person was not found yet.
    pub unclaimed: u64,
    pub runs: u64,
}

/// Reads the whole file. A run may be going.
///
/// # Errors
/// The ledger is not there, cannot be read, is damaged, is of another program or of a newer version, or its key is not its own.
pub fn inspect(ledger: &Path) -> Result<Inspection, LedgerError> {
    look(ledger).map_err(|fault| fault.of(ledger))
}

fn look(ledger: &Path) -> Result<Inspection, Fault> {
    if restore::is_cut_off(ledger) {
        return Err(Fault::Why(
            "is being put back from a backup, or that was cut off: whatever opens it next ends that, as `hireline run`".to_owned(),
        ));
    }
    let connection = readable(ledger)?;
    sound(&connection, ledger)?;
    let unreadable = |error: std::io::Error| Fault::Why(format!("cannot be read: {error}"));
    let version = version(&connection)?;
    let (leases, free) = lease::all(ledger).map_err(unreadable)?;
    drop(free);
    let exposed = [ledger.to_owned(), key::path(ledger)].into_iter().filter(|path| file::is_exposed(path)).collect();
    let restored = if version >= 3 { restores(&connection)? } else { Vec::new() };
    Ok(Inspection {
        bytes: fs::metadata(ledger).map_err(unreadable)?.len(),
        version,
        newest_version: VERSION,
        leases,
        exposed,
        counts: counts(&connection, version)?,
        last_run: connection.query_row("SELECT max(started) FROM run", [], |row| optional_moment(row, 0))?,
        taken: backup::taken(&connection)?,
        restored,
    })
}

/// Opens a ledger to read it alone: it is neither made nor brought up to date, and a log that a crash left is read, not moved.
pub(super) fn readable(path: &Path) -> Result<Connection, Fault> {
    match fs::metadata(path) {
        Err(error) => return Err(Fault::Why(format!("cannot be read: {error}"))),
        Ok(data) if data.is_dir() => return Err(Fault::Why("is a folder: name a file with --ledger".to_owned())),
        Ok(data) if data.len() == 0 => return Err(Fault::Why(format!("is empty: {}", super::store::BACK))),
        Ok(_) => {}
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_EXRESCODE;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY)?;
    Ok(connection)
}

/// Whether every page can be read, the file is a ledger that this program knows, and the key beside it is its own. Gives the key.
pub(super) fn sound(connection: &Connection, path: &Path) -> Result<Key, Fault> {
    let version = version(connection)?;
    whole(connection)?;
    if version == 0 {
        return Err(Fault::Why("is not a ledger: name another file with --ledger".to_owned()));
    }
    let key = key::read(path)?.ok_or_else(|| key::lost(path))?;
    same_key(connection, &key)?;
    Ok(key)
}

/// Every page, every index against its table, and every row against those that it names.
fn whole(connection: &Connection) -> rusqlite::Result<()> {
    let mut statement = connection.prepare("PRAGMA integrity_check(1)")?;
    let found: String = statement.query_row([], |row| row.get(0))?;
    if found != "ok" {
        return Err(super::open::corrupt(&found));
    }
    let mut statement = connection.prepare("PRAGMA foreign_key_check")?;
    let table: Option<String> = statement.query([])?.next()?.map(|row| row.get(0)).transpose()?;
    match table {
        Some(table) => Err(super::open::corrupt(&format!("a row of {table} names one that is not there"))),
        None => Ok(()),
    }
}

fn counts(connection: &Connection, version: u32) -> rusqlite::Result<Counts> {
    let count = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0)).map(i64::cast_unsigned);
    let newest = "step.attempt = (SELECT max(attempt) FROM step AS other WHERE other.person = step.person AND other.step = step.step)";
    Ok(Counts {
        people: count("SELECT count(*) FROM person")?,
        candidates: count("SELECT count(*) FROM person WHERE candidate_id IS NOT NULL")?,
        profiles: count("SELECT count(*) FROM profile")?,
        open: count("SELECT count(*) FROM step WHERE state IN ('intended', 'open')")?,
        uncertain: count(&format!("SELECT count(*) FROM step WHERE state = 'uncertain' AND {newest}"))?,
        owed: count("SELECT count(*) FROM seen WHERE outcome IN ('invalid', 'failed', 'pending', 'uncertain')")?,
        forgotten: count("SELECT count(*) FROM tombstone")?,
        unclaimed: if version >= 3 { count("SELECT count(DISTINCT candidate_id) FROM unclaimed")? } else { 0 },
        runs: count("SELECT count(*) FROM run")?,
    })
}

fn restores(connection: &Connection) -> rusqlite::Result<Vec<(Timestamp, Timestamp)>> {
    let mut statement = connection.prepare("SELECT restored_at, taken_at FROM restored ORDER BY number DESC")?;
    statement.query_map([], |row| Ok((super::columns::moment(row, 0)?, super::columns::moment(row, 1)?)))?.collect()
}
