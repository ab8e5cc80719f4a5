//! Opening: what may be wrong with the file is found before anything is written to it.

use super::schema::{VERSION, migrate};
use super::sound::{Fault, check, same_key, version, writable};
use super::swap::{finish, opening_lock};
use super::{Sqlite, file, key, record};
use crate::base::digest::Key;
use crate::ledger::LedgerError;
use crate::ledger::store::BACK;
use rusqlite::Connection;
use rusqlite::config::DbConfig;
use std::fs;
use std::path::Path;

/// Up to this size the whole file is checked on opening: 4 MiB take some 6 ms. A larger one is checked as far as it is read,
/// and whole by `check`.
const CHECKED_WHOLE: u64 = 4 << 20;

/// The store, and whether it holds no rows yet. `records`: the folder with what this machine has seen of each ledger.
pub(in crate::ledger) fn open(path: &Path, records: Option<&Path>) -> Result<(Sqlite, bool), LedgerError> {
    prepare(&file::behind_links(path), records).map_err(|fault| fault.of(path))
}

fn prepare(path: &Path, records: Option<&Path>) -> Result<(Sqlite, bool), Fault> {
    file::create_folder(path).map_err(|error| format!("cannot have its folder created: {error}"))?;
    // Two processes that open a new ledger at once must not make two keys.
    let _one_at_a_time = opening_lock(path)?;
    finish(path)?;
    if path.is_dir() {
        return Err(Fault::Why("is a folder: name a file with --ledger".to_owned()));
    }
    if file::names(path) > 1 {
        // Under each name it would have another log and other leases.
        return Err(Fault::Why("has another name too (a hard link): remove the name that is not used".to_owned()));
    }
    refuse_emptied(path)?;
    refuse_a_log_alone(path)?;
    file::create_empty(path).map_err(|error| format!("cannot be created: {error}"))?;
    let connection = writable(path)?;
    // A refused file stays as it is, to the byte: closing must not write what a crash left in its log.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    let version = version(&connection)?;
    if fs::metadata(path).is_ok_and(|data| data.len() <= CHECKED_WHOLE) {
        check(&connection)?;
    }
    let (key, is_draft) = match (key::read(path)?, version) {
        (Some(key), _) => (key, false),
        (None, 0) => (key::draft(path)?, true),
        // Who made the ledger was killed before the key had its name.
        (None, _) => match key::drafted(path) {
            Some(key) if same_key(&connection, &key).is_ok() => (key, true),
            _ => return Err(Fault::Why(key::lost(path))),
        },
    };
    if version > 0 {
        same_key(&connection, &key)?;
    }
    configure(&connection)?;
    if version < VERSION {
        bring_up_to_date(&connection, &key, version)?;
    }
    if is_draft {
        key::publish(path)?;
    }
    if record::draw(&connection)? {
        // With it in the file itself, a log that is lost is noticed from now on.
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    }
    let record = records.map(|folder| record::of(&connection, path, folder)).transpose()?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
    let is_new = is_empty(&connection)?;
    let identity = file::Identity::of(path);
    Ok((Sqlite { connection, key, path: path.to_owned(), identity, record }, is_new))
}

/// An empty ledger with a key has lost its content. (One that was removed is a new one, which is announced.)
fn refuse_emptied(path: &Path) -> Result<(), Fault> {
    let empty = |path: &Path| fs::metadata(path).is_ok_and(|data| data.len() == 0);
    let none = |path: &Path| !fs::metadata(path).is_ok_and(|data| data.len() > 0);
    if empty(path) && none(&file::beside(path, "-wal")) && key::path(path).exists() {
        return Err(Fault::Why(format!(
            "is empty, although its key is there: {BACK}. If nothing was ever pushed with it, remove the empty file"
        )));
    }
    Ok(())
}

/// Bytes of a page: less than one was never written by us.
const SMALLEST: u64 = 4096;

/// Beside a file that holds nothing SQLite deletes the log, without a word, and with it what was written last: the ledger would begin anew.
/// Only the sizes are asked: opening the file, and closing it again, would drop the locks that SQLite holds on it elsewhere in this process.
fn refuse_a_log_alone(path: &Path) -> Result<(), String> {
    let size = |path: &Path| fs::metadata(path).map_or(0, |data| data.len());
    let log = file::beside(path, "-wal");
    if size(path) >= SMALLEST || size(&log) == 0 {
        return Ok(());
    }
    Err(format!(
        "is gone or cut off, and its log {} is not: put both back from a backup; a new ledger would not know what has been sent",
        log.display()
    ))
}

fn configure(connection: &Connection) -> Result<(), Fault> {
    let mode: String = connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))?;
    if mode != "wal" {
        return Err(Fault::Why(format!(
            "stands where SQLite cannot keep a write-ahead log (its journal is `{mode}`): put it on a local disk"
        )));
    }
    // Every commit is flushed; on macOS too, where a flush alone does not reach the disk.
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "fullfsync", true)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    // What is forgotten is overwritten.
    connection.pragma_update(None, "secure_delete", true)?;
    connection.pragma_update(None, "cache_size", -2048)?; // KiB
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.set_prepared_statement_cache_capacity(64);
    // A statement's plan must not depend on the values that are bound to it: SQLite would parse it again for each (measured: every
    // time, and half of all CPU).
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(())
}

fn bring_up_to_date(connection: &Connection, key: &Key, version: u32) -> rusqlite::Result<()> {
    connection.execute_batch("BEGIN IMMEDIATE")?;
    let written = migrate(connection, version).and_then(|()| {
        connection.execute("INSERT OR IGNORE INTO meta (name, value) VALUES ('key_check', ?1)", [key::check(key).to_string()])?;
        connection.execute_batch("COMMIT")
    });
    if written.is_err() {
        // The first error is the one to tell; without a commit nothing was written anyway.
        let _ = connection.execute_batch("ROLLBACK");
    }
    written
}

fn is_empty(connection: &Connection) -> rusqlite::Result<bool> {
    let sql = "SELECT NOT (EXISTS (SELECT 1 FROM profile) OR EXISTS (SELECT 1 FROM tombstone))";
    connection.query_row(sql, [], |row| row.get(0))
}
