//! Whether a ledger's file can be used, and why it cannot.

use super::key;
use super::schema::{APPLICATION_ID, VERSION};
use crate::base::digest::Key;
use crate::ledger::LedgerError;
use crate::ledger::store::{BACK, BUSY, ErrorKind, StoreError};
use jiff::Timestamp;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags, OptionalExtension};
use std::fs;
use std::path::Path;

/// When the backup was begun, in the ledger's `meta`. What was written after it is not in it.
pub(super) const TAKEN: &str = "taken_at";

/// Why a ledger's files cannot be used: the store says so, or a sentence's second half.
pub(super) enum Fault {
    Store(StoreError),
    Empty,
    Why(String),
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.into())
    }
}

impl From<String> for Fault {
    fn from(why: String) -> Self {
        Self::Why(why)
    }
}

impl Fault {
    pub fn of(self, path: &Path) -> LedgerError {
        LedgerError::Unusable { ledger: path.display().to_string(), why: self.why(path, BACK) }
    }

    /// The same of what was to be put in a ledger's place.
    pub fn of_backup(self, path: &Path) -> LedgerError {
        LedgerError::Backup { path: path.display().to_string(), why: self.why(path, "take another one") }
    }

    /// `remedy` says what to do about a file that has lost what it held.
    fn why(self, path: &Path, remedy: &str) -> String {
        let StoreError { kind, detail } = match self {
            Self::Why(why) => return why,
            Self::Empty => return format!("is empty: {remedy}"),
            Self::Store(error) => error,
        };
        match kind {
            ErrorKind::Foreign if !key::path(path).exists() => "is not a ledger: name another file with --ledger".to_owned(),
            ErrorKind::Foreign | ErrorKind::Damaged => format!("is damaged ({detail}): {remedy}"),
            ErrorKind::Busy => format!("has been kept by another process for {} s: let that one end, then run again", BUSY.as_secs()),
            ErrorKind::Full => "cannot be opened: the disk is full: make room, then run again".to_owned(),
            ErrorKind::Disk => format!(
                "cannot be opened: the disk does not take or give it ({detail}): make room, raise the limit of file sizes or mend the disk, \
                 then run again"
            ),
            ErrorKind::Denied => format!("cannot be opened: it and its folder must be readable and writable for this user ({detail})"),
            ErrorKind::Replaced | ErrorKind::Other => format!("cannot be opened: {detail}"),
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

/// Opens a ledger to read it alone: it is neither made nor brought up to date, and a log that a crash left is read, not moved.
pub(super) fn readable(path: &Path) -> Result<Connection, Fault> {
    match fs::metadata(path) {
        Err(error) => return Err(Fault::Why(format!("cannot be read: {error}"))),
        Ok(data) if data.is_dir() => return Err(Fault::Why("is a folder: name a file with --ledger".to_owned())),
        Ok(data) if data.len() == 0 => return Err(Fault::Empty),
        Ok(_) => {}
    }
    Ok(connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?)
}

/// To be written; the file is there.
pub(super) fn writable(path: &Path) -> rusqlite::Result<Connection> {
    connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)
}

fn connect(path: &Path, access: OpenFlags) -> rusqlite::Result<Connection> {
    let flags = access | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_EXRESCODE;
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
        return Err(corrupt(&found));
    }
    readable_texts(connection)?;
    let mut statement = connection.prepare("PRAGMA foreign_key_check")?;
    let table: Option<String> = statement.query([])?.next()?.map(|row| row.get(0)).transpose()?;
    match table {
        Some(table) => Err(corrupt(&format!("a row of {table} names one that is not there"))),
        None => Ok(()),
    }
}

/// SQLite does not look whether a text is one.
fn readable_texts(connection: &Connection) -> rusqlite::Result<()> {
    let mut names = connection.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")?;
    let names: Vec<String> = names.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    for name in names {
        let mut statement = connection.prepare(&format!("SELECT * FROM \"{name}\""))?;
        let columns = statement.column_count();
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            for column in 0..columns {
                if let ValueRef::Text(bytes) = row.get_ref(column)?
                    && std::str::from_utf8(bytes).is_err()
                {
                    return Err(corrupt(&format!("a text of {name} is not readable")));
                }
            }
        }
    }
    Ok(())
}

/// When a backup was taken; none for what is no backup.
pub(super) fn taken(connection: &Connection) -> rusqlite::Result<Option<Timestamp>> {
    let sql = "SELECT value FROM meta WHERE name = ?1";
    let text: Option<String> = connection.query_row(sql, [TAKEN], |row| row.get(0)).optional()?;
    Ok(text.and_then(|text| text.parse().ok()).and_then(|millis| Timestamp::from_millisecond(millis).ok()))
}

/// A ledger that is in use is no backup any more.
pub(super) fn in_use(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute("DELETE FROM meta WHERE name = ?1", [TAKEN]).map(drop)
}
