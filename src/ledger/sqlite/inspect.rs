//! Whether a ledger is sound, and what is in it: read, and nothing changed.

use super::columns::optional_moment;
use super::schema::VERSION;
use super::sound::{Fault, readable, sound, taken, version};
use super::{lease, record, swap};
use crate::ledger::LedgerError;
use jiff::Timestamp;
use rusqlite::Connection;
use std::fs;
use std::path::{Path, PathBuf};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inspection {
    pub bytes: u64,
    /// The file's version, and the one that this program writes: an older file is brought up to date when it is next opened to be written.
    pub version: u32,
    pub newest_version: u32,
    pub leases: Vec<String>,
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

/// Reads the whole file. A run may be going. `records` as in [`super::open::open`].
/// Errors: the ledger is not there, cannot be read, is damaged, is of another program or of a newer version, or its key is not its own.
pub fn inspect(ledger: &Path, records: Option<&Path>) -> Result<Inspection, LedgerError> {
    look(&super::file::behind_links(ledger), records).map_err(|fault| fault.of(ledger))
}

fn look(ledger: &Path, records: Option<&Path>) -> Result<Inspection, Fault> {
    if swap::is_cut_off(ledger) {
        return Err(Fault::Why(
            "is being put back from a backup, or that was cut off: whatever opens it next ends that, as `hireline run`".to_owned(),
        ));
    }
    let connection = readable(ledger)?;
    sound(&connection, ledger)?;
    let taken = taken(&connection)?;
    // A backup is older by its nature.
    record::refuse_behind(&connection, ledger, records.filter(|_| taken.is_none()))?;
    let unreadable = |error: std::io::Error| Fault::Why(format!("cannot be read: {error}"));
    let version = version(&connection)?;
    let (leases, free) = lease::all(ledger).map_err(unreadable)?;
    drop(free);
    let exposed = super::exposed(ledger);
    let restored = if version >= 3 { restores(&connection)? } else { Vec::new() };
    Ok(Inspection {
        bytes: fs::metadata(ledger).map_err(unreadable)?.len(),
        version,
        newest_version: VERSION,
        leases,
        exposed,
        counts: counts(&connection, version)?,
        last_run: connection.query_row("SELECT max(started) FROM run", [], |row| optional_moment(row, 0))?,
        taken,
        restored,
    })
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
