//! The connection with its key: what every part of the ledger works on, inside the writer's transaction.

use super::LedgerError;
use super::file::Identity;
use crate::digest::Key;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long another process's batch is waited for.
pub(super) const BUSY: Duration = Duration::from_secs(10);

pub(super) struct Store {
    pub connection: Connection,
    pub key: Key,
    pub path: PathBuf,
    /// Which file it is that was opened.
    pub identity: Option<Identity>,
}

impl Store {
    /// Takes the write lock at once: a transaction that reads first and writes later could find that it may not.
    pub fn begin(&self) -> rusqlite::Result<()> {
        self.connection.prepare_cached("BEGIN IMMEDIATE")?.execute([]).map(drop)
    }

    pub fn commit(&self) -> rusqlite::Result<()> {
        self.connection.prepare_cached("COMMIT")?.execute([]).map(drop)
    }

    pub fn rollback(&self) -> rusqlite::Result<()> {
        self.connection.execute_batch("ROLLBACK")
    }

    /// Moves the log into the file and empties it, as far as no other process reads it.
    pub fn empty_log(&self) -> rusqlite::Result<()> {
        self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
    }

    /// Closing does not move the log into the file.
    pub fn keep_log(&self) {
        if let Err(error) = self.connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true) {
            tracing::warn!(%error, "the ledger's log may be moved into its damaged file");
        }
    }

    pub fn unwritten(&self, error: &rusqlite::Error) -> LedgerError {
        LedgerError::Unwritten(match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                format!("another process has been writing to it for {} s: let that one end, then run again", BUSY.as_secs())
            }
            Some(ErrorCode::DiskFull) => "the disk is full: make room, then run again".to_owned(),
            Some(ErrorCode::SystemIoFailure) => {
                format!("the disk does not take it ({error}): make room, raise the limit of file sizes or mend the disk, then run again")
            }
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen) => {
                format!("{} and its folder must be writable for this user ({error})", self.path.display())
            }
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => damaged(error),
            _ => error.to_string(),
        })
    }

    pub fn unreadable(&self, error: &rusqlite::Error) -> LedgerError {
        let why = match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                format!("has been kept by another process for {} s: let that one end, then run again", BUSY.as_secs())
            }
            _ if is_damage(error) => damaged(error),
            _ => format!("cannot be read: {error}"),
        };
        LedgerError::Unusable { path: self.path.clone(), why }
    }
}

/// What is written to a file that is no longer at its place is found by no later run.
pub(super) fn in_place(path: &Path, identity: Option<Identity>) -> Result<(), LedgerError> {
    if identity.is_none() || Identity::of(path) == identity {
        return Ok(());
    }
    Err(LedgerError::Unwritten(format!(
        "{} was removed or replaced while it was in use, and what was written since then is not in it: {BACK}",
        path.display()
    )))
}

/// Whether the file is damaged: SQLite says so, or a column holds what was never written there.
pub(super) fn is_damage(error: &rusqlite::Error) -> bool {
    match error.sqlite_error_code() {
        Some(code) => matches!(code, ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase),
        None => matches!(error, rusqlite::Error::FromSqlConversionFailure(..) | rusqlite::Error::InvalidColumnType(..)),
    }
}

/// What to do about a ledger that is lost.
pub(super) const BACK: &str = "put it back from a backup with `hireline ledger restore`; a new ledger would not know what has been sent";

/// A sentence's second half. Nothing is mended by itself: what was sent must be known, not guessed.
pub(super) fn damaged(error: impl std::fmt::Display) -> String {
    format!("is damaged ({error}): {BACK}")
}
