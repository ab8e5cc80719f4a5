-- Why a run ended before its end; null where it did not, and where it crashed.
ALTER TABLE run ADD COLUMN stopped TEXT;
