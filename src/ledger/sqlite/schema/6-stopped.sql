-- Why a run ended before its end; null where it did not, and where it crashed.
ALTER TABLE run ADD COLUMN stopped TEXT;
-- What could not be looked up is looked up again.
CREATE INDEX step_uncertain ON step (person) WHERE state = 'uncertain';
