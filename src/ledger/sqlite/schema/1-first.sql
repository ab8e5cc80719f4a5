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
