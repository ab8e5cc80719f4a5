-- What was last sent, so that only what has changed is sent again. Both are JSON: a hash a member.
ALTER TABLE action ADD COLUMN members TEXT;
CREATE TABLE sent (
    person INTEGER PRIMARY KEY REFERENCES person,
    version INTEGER NOT NULL,
    members TEXT NOT NULL
) STRICT;
