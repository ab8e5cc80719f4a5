//! The ledger's tables, and how an older file becomes a newer one.
//!
//! Times are whole milliseconds since 1970, read with `datetime(settled_at / 1000, 'unixepoch')`. Hashes are 32 hex digits;
//! several in one column are joined by commas, as are ids. A person's rows stand together (`WITHOUT ROWID`, person first),
//! so that reading one person is one short walk.

use rusqlite::Connection;

/// Marks the file as ours: "HRLN". A database of another program is refused, not written.
pub(super) const APPLICATION_ID: i32 = 0x4852_4c4e;

/// One step each, in order; the file's `user_version` counts those that it has. Never edit one that was released.
const MIGRATIONS: &[&str] = &[
    include_str!("schema/1-first.sql"),
    include_str!("schema/2-sent.sql"),
    include_str!("schema/3-restored.sql"),
    include_str!("schema/4-excused.sql"),
    include_str!("schema/5-refusal.sql"),
    include_str!("schema/6-stopped.sql"),
];

/// The newest version, the one that this program writes.
pub(in crate::ledger) const VERSION: u32 = MIGRATIONS.len() as u32;

/// Brings the tables up to date, inside the caller's transaction.
pub(super) fn migrate(connection: &Connection, version: u32) -> rusqlite::Result<()> {
    for step in MIGRATIONS.iter().skip(version as usize) {
        connection.execute_batch(step)?;
    }
    connection.pragma_update(None, "application_id", APPLICATION_ID)?;
    connection.pragma_update(None, "user_version", VERSION)
}
