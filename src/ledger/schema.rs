//! The ledger's tables, and how an older file becomes a newer one.
//!
//! Times are whole milliseconds since 1970, read with `datetime(settled_at / 1000, 'unixepoch')`. Hashes are 32 hex digits;
//! several in one column are joined by commas, as are ids. A person's rows stand together (`WITHOUT ROWID`, person first),
//! so that reading one person is one short walk.

use rusqlite::Connection;

/// Marks the file as ours: "HRLN". A database of another program is refused, not written.
pub(super) const APPLICATION_ID: i32 = 0x4852_4c4e;

/// One step each, in order; the file's `user_version` counts those that it has. Never edit one that was released.
const MIGRATIONS: &[&str] = &[FIRST, SENT, RESTORED];

/// The newest version, the one that this program writes.
pub(super) const VERSION: u32 = MIGRATIONS.len() as u32;

const FIRST: &str = "
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

-- The keys come in no order: they stand in one index only, and all else goes by this id, so that new rows lie side by side.
-- profile_key first: people are also looked up by it alone.
CREATE TABLE profile (
    id INTEGER PRIMARY KEY,
    source_key TEXT NOT NULL,
    profile_key TEXT NOT NULL,
    UNIQUE (profile_key, source_key)
) STRICT;

CREATE TABLE person (
    id INTEGER PRIMARY KEY,
    profile INTEGER NOT NULL REFERENCES profile,
    account TEXT NOT NULL,
    candidate_id INTEGER,
    ours INTEGER NOT NULL DEFAULT 0,
    gone INTEGER NOT NULL DEFAULT 0,
    delivered INTEGER NOT NULL DEFAULT 0,
    UNIQUE (profile, account)
) STRICT;

-- One request. What its steps have in common is written once.
CREATE TABLE action (
    person INTEGER NOT NULL REFERENCES person,
    number INTEGER NOT NULL,
    action TEXT NOT NULL,
    pipeline TEXT NOT NULL,
    run TEXT NOT NULL,
    hash TEXT NOT NULL,
    greenhouse_time INTEGER,
    intended_at INTEGER NOT NULL,
    sent_by INTEGER NOT NULL,
    PRIMARY KEY (person, number)
) STRICT, WITHOUT ROWID;

-- Attempt 0 was found there and never tried: it has no action, and tells by itself which pipeline found it.
CREATE TABLE step (
    person INTEGER NOT NULL REFERENCES person,
    step TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    state TEXT NOT NULL,
    greenhouse_id INTEGER,
    ours INTEGER NOT NULL DEFAULT 0,
    action INTEGER,
    found_by TEXT,
    emails TEXT,
    name_phones TEXT,
    seen_before TEXT,
    settled_at INTEGER,
    looked_again_at INTEGER,
    PRIMARY KEY (person, step, attempt),
    FOREIGN KEY (person, action) REFERENCES action
) STRICT, WITHOUT ROWID;
-- Two profiles can be one candidate's.
CREATE INDEX person_candidate ON person (candidate_id) WHERE candidate_id IS NOT NULL;
CREATE INDEX step_open ON step (person) WHERE state IN ('intended', 'open');
CREATE INDEX step_absent ON step (settled_at) WHERE state = 'absent' AND looked_again_at IS NULL;

-- Names the person's candidate; while there is none, it is claimed for the one that is being created.
CREATE TABLE identity (
    account TEXT NOT NULL,
    email TEXT NOT NULL,
    person INTEGER NOT NULL REFERENCES person,
    PRIMARY KEY (account, email)
) STRICT, WITHOUT ROWID;
CREATE INDEX identity_person ON identity (person);

-- Who was forgotten: a keyed hash, and nothing else.
CREATE TABLE tombstone (hash TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;

CREATE TABLE seen (
    profile INTEGER NOT NULL REFERENCES profile,
    pipeline TEXT NOT NULL,
    run TEXT NOT NULL,
    updated_at TEXT,
    outcome TEXT NOT NULL,
    reason TEXT,
    at INTEGER NOT NULL,
    PRIMARY KEY (profile, pipeline)
) STRICT, WITHOUT ROWID;
CREATE INDEX seen_owed ON seen (pipeline, at) WHERE outcome IN ('invalid', 'failed', 'pending', 'uncertain');

CREATE TABLE cursor (pipeline TEXT PRIMARY KEY, reading TEXT NOT NULL, updated_at TEXT NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE run (
    run TEXT PRIMARY KEY,
    pipeline TEXT NOT NULL,
    account TEXT NOT NULL,
    started INTEGER NOT NULL,
    ended INTEGER
) STRICT, WITHOUT ROWID;
CREATE TABLE run_count (
    run TEXT NOT NULL REFERENCES run,
    outcome TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (run, outcome)
) STRICT, WITHOUT ROWID;
";

/// What was last sent, so that only what has changed is sent again. Both are JSON: a hash a member.
const SENT: &str = "
ALTER TABLE action ADD COLUMN members TEXT;
CREATE TABLE sent (
    person INTEGER PRIMARY KEY REFERENCES person,
    version INTEGER NOT NULL,
    members TEXT NOT NULL
) STRICT;
";

/// What a ledger that was put back from a backup does not know. Accounts are listed once a restore; a candidate stands under each of its
/// marks (its e-mails, its name with all phones) until somebody is found to be theirs.
const RESTORED: &str = "
CREATE TABLE restored (number INTEGER PRIMARY KEY, taken_at INTEGER NOT NULL, restored_at INTEGER NOT NULL) STRICT;
CREATE TABLE restored_listed (
    restored INTEGER NOT NULL REFERENCES restored,
    account TEXT NOT NULL,
    PRIMARY KEY (restored, account)
) STRICT, WITHOUT ROWID;
CREATE TABLE unclaimed (
    account TEXT NOT NULL,
    mark TEXT NOT NULL,
    candidate_id INTEGER NOT NULL,
    is_email INTEGER NOT NULL,
    PRIMARY KEY (account, mark, candidate_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX unclaimed_candidate ON unclaimed (candidate_id);
";

/// Brings the tables up to date, inside the caller's transaction.
pub(super) fn migrate(connection: &Connection, version: u32) -> rusqlite::Result<()> {
    for step in MIGRATIONS.iter().skip(version as usize) {
        connection.execute_batch(step)?;
    }
    connection.pragma_update(None, "application_id", APPLICATION_ID)?;
    connection.pragma_update(None, "user_version", VERSION)
}
