//! How far this machine has seen each ledger, in a folder apart from the ledgers: so that a log that is lost, cut off or damaged, and an
//! older copy in the ledger's place, are noticed. Source: `docs/delivery.md`, "The ledger's files".
//!
//! A ledger has a line, drawn when it is made and again when it is restored, and counts its commits. The count is written to the line's file
//! after each commit, never before, and is not flushed: it may be behind what is durable, and is never ahead of it.

use super::file::{beside, lock_file};
use super::sound::Fault;
use crate::ledger::store::BACK;
use rusqlite::{Connection, OptionalExtension};
use std::fs::{self, File};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};

#[derive(Debug)]
pub(super) struct Record(File);

const WIDTH: usize = 20;
/// Of a line that was left by a restore.
const ENDED: u64 = u64::MAX;

impl Record {
    fn open(folder: &Path, line: &str) -> io::Result<Self> {
        lock_file(&path(folder, line)).map(Self)
    }

    /// The count is never lowered: another process may have written a later one.
    pub fn saw(&self, commits: u64) -> io::Result<()> {
        if self.seen() >= commits {
            return Ok(());
        }
        (&self.0).rewind()?;
        (&self.0).write_all(format!("{commits:0WIDTH$}").as_bytes())
    }

    /// What a power cut left unreadable counts as nothing.
    fn seen(&self) -> u64 {
        let mut text = String::new();
        let read = (&self.0).rewind().and_then(|()| (&self.0).take(WIDTH as u64).read_to_string(&mut text));
        read.ok().and_then(|_| text.parse().ok()).unwrap_or(0)
    }
}

fn path(folder: &Path, line: &str) -> PathBuf {
    folder.join(format!("{line}.commits"))
}

/// The record of a ledger that is at its line's end. `folder` is there.
/// Errors: this machine has seen more commits of it.
pub(super) fn of(connection: &Connection, ledger: &Path, folder: &Path) -> Result<Record, Fault> {
    let line = line(connection)?.unwrap_or_default();
    let record = Record::open(folder, &line).map_err(|error| {
        format!("cannot be compared with what this machine has seen of it ({}): {error}", path(folder, &line).display())
    })?;
    // Before the count: another process may be committing.
    let seen = record.seen();
    match commits(connection)? {
        commits if commits < seen => Err(Fault::Why(behind(commits, seen, ledger))),
        _ => Ok(record),
    }
}

/// As [`of`], where nothing may be written.
pub(super) fn refuse_behind(connection: &Connection, ledger: &Path, records: Option<&Path>) -> Result<(), Fault> {
    let (Some(folder), Some(line)) = (records, line(connection)?) else { return Ok(()) };
    let Ok(file) = File::open(path(folder, &line)) else { return Ok(()) };
    let seen = Record(file).seen();
    match commits(connection)? {
        commits if commits < seen => Err(Fault::Why(behind(commits, seen, ledger))),
        _ => Ok(()),
    }
}

fn behind(commits: u64, seen: u64, ledger: &Path) -> String {
    if seen == ENDED {
        return "was replaced here by one that was restored: put that one back".to_owned();
    }
    format!(
        "holds {commits} of the {seen} commits that this machine has seen: its log ({}) was lost, cut off or damaged, or an older copy was put \
         in its place. Put the newest one back, with its log; else {BACK}",
        beside(ledger, "-wal").display()
    )
}

/// A line that was left by a restore: no ledger of it may be used here again.
pub(super) fn end(folder: &Path, line: &str) -> io::Result<()> {
    if fs::exists(path(folder, line))? { Record::open(folder, line)?.saw(ENDED) } else { Ok(()) }
}

pub(super) fn line(connection: &Connection) -> rusqlite::Result<Option<String>> {
    let line: Option<String> = connection.query_row("SELECT value FROM meta WHERE name = 'line'", [], |row| row.get(0)).optional()?;
    // It names a file.
    Ok(line.filter(|line| line.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')))
}

fn commits(connection: &Connection) -> rusqlite::Result<u64> {
    let count = connection.query_row("SELECT CAST(value AS INTEGER) FROM meta WHERE name = 'commits'", [], |row| row.get::<_, i64>(0));
    count.optional().map(|count| count.unwrap_or_default().cast_unsigned())
}

/// Draws a line where there is none. Gives whether one was drawn.
pub(super) fn draw(connection: &Connection) -> rusqlite::Result<bool> {
    if line(connection)?.is_some() {
        return Ok(false);
    }
    let sql = "INSERT OR REPLACE INTO meta (name, value) VALUES ('line', ?1), ('commits', '0')";
    connection.execute(sql, [crate::ledger::new_id()]).map(|_| true)
}

/// What has been restored has another past.
pub(super) fn draw_anew(connection: &Connection) -> rusqlite::Result<bool> {
    connection.execute("DELETE FROM meta WHERE name = 'line'", [])?;
    draw(connection)
}
