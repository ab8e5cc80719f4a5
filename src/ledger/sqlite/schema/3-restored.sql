-- What a ledger that was put back from a backup does not know. Accounts are listed once a restore; a candidate stands under each of its
-- marks (its e-mails, its name with all phones) until somebody is found to be theirs.
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
