//! Opening: what may be wrong with the file is found before anything is written to it.

use super::schema::{APPLICATION_ID, VERSION, migrate};
use super::store::{BACK, BUSY, Store, damaged};
use super::{LedgerError, file, key, restore};
use crate::digest::Key;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};
use std::fs::{self, File, TryLockError};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

/// Up to this size the whole file is checked on opening: 4 MiB take some 6 ms. A larger one is checked as far as it is read,
/// and whole by `check`.
const CHECKED_WHOLE: u64 = 4 << 20;

/// Why opening went wrong: SQLite said so, or a sentence's second half.
pub(super) enum Fault {
    Sqlite(rusqlite::Error),
    Why(String),
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl From<String> for Fault {
    fn from(why: String) -> Self {
        Self::Why(why)
    }
}

impl Fault {
    pub fn of(self, path: &Path) -> LedgerError {
        let why = match self {
            Self::Why(why) => why,
            Self::Sqlite(error) => match error.sqlite_error_code() {
                Some(ErrorCode::NotADatabase) if key::path(path).exists() => damaged(&error),
                Some(ErrorCode::NotADatabase) => "is not a ledger: name another file with --ledger".to_owned(),
                Some(ErrorCode::DatabaseCorrupt) => damaged(&error),
                Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                    format!("has been kept by another process for {} s: let that one end, then run again", BUSY.as_secs())
                }
                Some(ErrorCode::DiskFull) => "cannot be opened: the disk is full: make room, then run again".to_owned(),
                Some(ErrorCode::SystemIoFailure) => format!(
                    "cannot be opened: the disk does not take or give it ({error}): make room, raise the limit of file sizes or mend the disk, then run again"
                ),
                Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen) => {
                    format!("cannot be opened: it and its folder must be readable and writable for this user ({error})")
                }
                _ => format!("cannot be opened: {error}"),
            },
        };
        LedgerError::Unusable { path: path.to_owned(), why }
    }

    /// The same of what was to be put in a ledger's place.
    pub fn of_backup(self, path: &Path) -> LedgerError {
        match self.of(path) {
            LedgerError::Unusable { path, why } => LedgerError::Backup { path, why: why.replace(BACK, "take another one") },
            other => other,
        }
    }
}

/// The store, and whether it holds no rows yet.
pub(super) fn open(path: &Path) -> Result<(Store, bool), LedgerError> {
    prepare(path).map_err(|fault| fault.of(path))
}

fn prepare(path: &Path) -> Result<(Store, bool), Fault> {
    file::create_folder(path).map_err(|error| format!("cannot have its folder created: {error}"))?;
    // Two processes that open a new ledger at once must not make two keys.
    let _one_at_a_time = opening_lock(path)?;
    restore::finish(path)?;
    if path.is_dir() {
        return Err(Fault::Why("is a folder: name a file with --ledger".to_owned()));
    }
    refuse_emptied(path)?;
    refuse_a_log_alone(path)?;
    file::create_empty(path).map_err(|error| format!("cannot be created: {error}"))?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_EXRESCODE;
    let connection = Connection::open_with_flags(path, flags)?;
    // A refused file stays as it is, to the byte: closing must not write what a crash left in its log.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    connection.busy_timeout(BUSY)?;
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
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
    let is_new = is_empty(&connection)?;
    let identity = file::Identity::of(path);
    Ok((Store { connection, key, path: path.to_owned(), identity }, is_new))
}

/// A ledger of no bytes beside its key has lost what it held. (One that was removed is a new one, which is announced.)
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

/// Held while opening, so for a moment only.
pub(super) fn opening_lock(path: &Path) -> Result<File, String> {
    let path = file::beside(path, ".lock");
    let fault = |error| format!("cannot be locked by {}: {error}", path.display());
    let file = file::lock_file(&path).map_err(fault)?;
    let until = Instant::now() + BUSY;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::Error(error)) => return Err(fault(error)),
            Err(TryLockError::WouldBlock) if Instant::now() < until => thread::sleep(Duration::from_millis(2)),
            Err(TryLockError::WouldBlock) => {
                return Err(format!("has been kept by a process that is opening it for {} s: end that one", BUSY.as_secs()));
            }
        }
    }
}

/// How many migrations the file has; 0 for a new one. Errors for what is not a ledger, or of a newer program.
pub(super) fn version(connection: &Connection) -> Result<u32, Fault> {
    let version: u32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let application: i32 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let tables: u32 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if application != APPLICATION_ID && tables > 0 {
        return Err(Fault::Why("is another program's database: name another file with --ledger".to_owned()));
    }
    if version > VERSION {
        return Err(Fault::Why(format!(
            "was written by a newer hireline (its version is {version}, this program knows {}): use the newer program",
            VERSION
        )));
    }
    Ok(version)
}

/// Reads every page of the file.
pub(super) fn check(connection: &Connection) -> rusqlite::Result<()> {
    let found: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if found == "ok" {
        return Ok(());
    }
    Err(corrupt(&found))
}

/// What SQLite itself would say of a damaged file, with what was found.
pub(super) fn corrupt(found: &str) -> rusqlite::Error {
    let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT);
    rusqlite::Error::SqliteFailure(code, Some(found.lines().collect::<Vec<_>>().join(" ")))
}

pub(super) fn same_key(connection: &Connection, key: &Key) -> Result<(), Fault> {
    let known: String = connection.query_row("SELECT value FROM meta WHERE name = 'key_check'", [], |row| row.get(0))?;
    if known == key::check(key).to_string() {
        return Ok(());
    }
    Err(Fault::Why(
        "does not belong to the key beside it: put back the key file that was made with this ledger; under another key \
         everybody would seem to be new"
            .to_owned(),
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
    // A statement's plan must not hang on the values that are bound to it: SQLite would parse it again for each (measured: every
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
