-- Why Greenhouse refused the request, without any value of the profile.
ALTER TABLE action ADD COLUMN refusal TEXT;
