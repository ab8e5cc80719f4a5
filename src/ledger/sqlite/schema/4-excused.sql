-- Greenhouse was down when the request was lost: it does not count against its steps.
ALTER TABLE action ADD COLUMN excused INTEGER NOT NULL DEFAULT 0;
