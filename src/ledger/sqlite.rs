//! The store of one machine: an SQLite file, durable, with locks that a crash does not leave behind.

mod backup; // file and key, copied
mod columns; // words to columns and back
pub(super) mod file; // names, modes, locks
mod inspect; // read alone
mod key; // the key file
mod lease; // one run a pipeline
pub(super) mod open; // what may be wrong with the file
pub(super) mod people; // persons with their steps

pub(super) mod profiles; // profiles' rows, cursors, runs
mod record; // how far this machine has seen it
mod restore; // a backup in the ledger's place, and what such a ledger does not know
pub(super) mod schema; // tables
mod sound; // whether a file can be used
mod swap; // files exchanged

pub use backup::{Copied, backup};
pub use inspect::{Counts, Inspection, inspect};
pub use restore::{Restoration, Restore, restore};

use super::LedgerError;
use super::store::{BACK, ErrorKind, Held, Result, Store, StoreError};
use crate::base::digest::Key;
use file::Identity;
use record::Record;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OptionalExtension, Params, Row};
use std::path::{Path, PathBuf};

#[derive(Debug)]
pub(crate) struct Sqlite {
    pub connection: Connection,
    pub key: Key,
    pub path: PathBuf,
    identity: Option<Identity>,
    record: Option<Record>,
}

impl Sqlite {
    /// A later run would not find what is written to a file that was moved away.
    fn in_place(&self) -> Result<()> {
        if self.identity.is_none() || Identity::of(&self.path) == self.identity {
            return Ok(());
        }
        let detail = format!(
            "{} was removed or replaced while it was in use, and what was written since then is not in it: {BACK}",
            self.path.display()
        );
        Err(StoreError { kind: ErrorKind::Replaced, detail })
    }

    /// Those of its files that others on this machine may read or write, and its folder, where others may put another file in its place.
    pub fn exposed(&self) -> Vec<PathBuf> {
        exposed(&self.path)
    }

    fn execute(&self, sql: &str, values: impl Params) -> rusqlite::Result<usize> {
        self.connection.prepare_cached(sql)?.execute(values)
    }

    fn one<T>(&self, sql: &str, values: impl Params, read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>) -> rusqlite::Result<Option<T>> {
        self.connection.prepare_cached(sql)?.query_row(values, read).optional()
    }

    fn all<T>(&self, sql: &str, values: impl Params, read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>) -> rusqlite::Result<Vec<T>> {
        self.connection.prepare_cached(sql)?.query_map(values, read)?.collect()
    }

    /// Moves the log into the file and empties it, as far as no other process reads it.
    pub fn empty_log(&self) -> rusqlite::Result<()> {
        self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
    }
}

fn exposed(ledger: &Path) -> Vec<PathBuf> {
    let files = [ledger.to_owned(), key::path(ledger)].into_iter().filter(|path| file::is_exposed(path));
    files.chain(Some(file::folder_of(ledger).to_owned()).filter(|folder| file::is_open_to_others(folder))).collect()
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        let kind = match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => ErrorKind::Busy,
            Some(ErrorCode::DiskFull) => ErrorKind::Full,
            Some(ErrorCode::SystemIoFailure) => ErrorKind::Disk,
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen) => ErrorKind::Denied,
            Some(ErrorCode::DatabaseCorrupt) => ErrorKind::Damaged,
            Some(ErrorCode::NotADatabase) => ErrorKind::Foreign,
            Some(_) => ErrorKind::Other,
            // A column holds what was never written there.
            None if matches!(
                error,
                rusqlite::Error::FromSqlConversionFailure(..) | rusqlite::Error::InvalidColumnType(..) | rusqlite::Error::Utf8Error(..)
            ) =>
            {
                ErrorKind::Damaged
            }
            None => ErrorKind::Other,
        };
        Self { kind, detail: error.to_string() }
    }
}

impl Store for Sqlite {
    /// Takes the write lock at once: a transaction that reads first and writes later could find that it may not.
    fn begin(&mut self) -> Result<()> {
        self.in_place()?;
        self.connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
        Ok(())
    }

    fn commit(&mut self) -> Result<()> {
        let count = "UPDATE meta SET value = value + 1 WHERE name = 'commits' RETURNING CAST(value AS INTEGER)";
        let commits = self.one(count, [], |row| row.get::<_, i64>(0))?.map(i64::cast_unsigned);
        self.connection.prepare_cached("COMMIT")?.execute([])?;
        if let (Some(commits), Some(record)) = (commits, &self.record)
            && let Err(error) = record.saw(commits)
        {
            tracing::warn!(%error, "an older copy of the ledger in its place would not be noticed");
        }
        Ok(())
    }

    fn rollback(&mut self) {
        // SQLite has already rolled back after some errors; then this says so, and there is nothing to undo.
        let _ = self.connection.execute_batch("ROLLBACK");
    }

    fn name(&self) -> String {
        self.path.display().to_string()
    }

    /// What the log holds stays in the log.
    fn freeze(&mut self) {
        if let Err(error) = self.connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true) {
            tracing::warn!(%error, "the ledger's log may be moved into its damaged file");
        }
    }

    fn lease(&mut self, pipeline: &str) -> std::result::Result<Option<Held>, LedgerError> {
        let held = lease::take(&self.path, pipeline)?;
        self.in_place().map_err(|error| LedgerError::Unwritten(error.detail))?;
        Ok(held)
    }
}
