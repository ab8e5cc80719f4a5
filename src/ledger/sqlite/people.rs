//! Persons with their requests and attempts: rows read and written.

use super::Sqlite;
use super::columns::{
    MEMBERS_VERSION, ceiling, digest, floor, id, integer, joined, members, moment, optional_moment, split, state, step, text_of,
};
use crate::base::digest::Digest;
use crate::ledger::rows::{ActionRow, AttemptRow, Changes, Holder, Pending, PersonRows, Released, Status};
use crate::ledger::store::{People, Result};
use crate::model::step::{CandidateRow, Fingerprint, Members, PersonKey};
use rusqlite::{Row, params};
use std::collections::BTreeMap;
use std::sync::Arc;

pub(in crate::ledger) const FIND: &str = "SELECT person.id, candidate_id, ours, gone, delivered FROM profile \
    JOIN person ON person.profile = profile.id WHERE profile_key = ?1 AND source_key = ?2 AND account = ?3";

/// As the partial indexes say it: SQLite uses an index only where the query has the same condition.
pub(in crate::ledger) const OPEN: &str = "step.state IN ('intended', 'open') AND person.account = ?1";
/// What could not be looked up: the request's row says why.
pub(in crate::ledger) const UNSEEN: &str = "step.state = 'uncertain' AND person.account = ?1 AND EXISTS (SELECT 1 FROM action WHERE \
     action.person = step.person AND action.number = step.action AND action.refusal IS NOT NULL)";
pub(in crate::ledger) const ABSENT: &str =
    "step.state = 'absent' AND step.looked_again_at IS NULL AND person.account = ?1 AND step.settled_at >= ?2";

/// Persons with such attempts, once for each attempt.
pub(in crate::ledger) fn pending_sql(condition: &str) -> String {
    format!(
        "SELECT person.id, candidate_id, person.ours, gone, delivered, person.account, profile.source_key, profile.profile_key \
         FROM step CROSS JOIN person ON person.id = step.person JOIN profile ON profile.id = person.profile WHERE {condition}"
    )
}

impl People for Sqlite {
    fn person(&self, who: &PersonKey) -> Result<Option<Arc<PersonRows>>> {
        let found = self.one(FIND, params![who.profile_key, who.source_key, who.account], numbered)?;
        Ok(found.map(|(id, status)| self.rows(id, status)).transpose()?)
    }

    fn siblings(&self, account: &str, candidate: u64, person: i64) -> Result<Vec<Arc<PersonRows>>> {
        let sql =
            "SELECT id, candidate_id, ours, gone, delivered FROM person WHERE candidate_id = ?1 AND account = ?2 AND id <> ?3 ORDER BY id";
        let found = self.all(sql, params![integer(candidate), account, person], numbered)?;
        Ok(found.into_iter().map(|(id, status)| self.rows(id, status)).collect::<rusqlite::Result<_>>()?)
    }

    fn holder(&self, account: &str, email: Digest) -> Result<Option<Holder>> {
        let sql = "SELECT person.id, candidate_id, ours, gone, delivered, person.account, profile.source_key, profile.profile_key FROM identity \
                   JOIN person ON person.id = identity.person JOIN profile ON profile.id = person.profile \
                   WHERE identity.account = ?1 AND identity.email = ?2";
        let holder = |row: &Row<'_>| {
            let (person, status) = numbered(row)?;
            Ok(Holder { person, who: person_key(row, 5)?, candidate: status.candidate })
        };
        Ok(self.one(sql, params![account, email.to_string()], holder)?)
    }

    fn pending(&self, account: &str, pending: Pending) -> Result<Vec<(PersonKey, Arc<PersonRows>)>> {
        let read = |row: &Row<'_>| Ok((numbered(row)?, person_key(row, 5)?));
        let found: Vec<_> = match pending {
            Pending::Open => {
                let mut found = self.all(&pending_sql(OPEN), [account], read)?;
                found.extend(self.all(&pending_sql(UNSEEN), [account], read)?);
                found
            }
            Pending::AbsentSince(since) => self.all(&pending_sql(ABSENT), params![account, floor(since)], read)?,
        };
        let once: BTreeMap<i64, _> = found.into_iter().map(|((id, status), who)| (id, (status, who))).collect();
        once.into_iter().map(|(id, (status, who))| Ok((who, self.rows(id, status)?))).collect()
    }

    fn people(&self, profile_key: &str) -> Result<Vec<PersonKey>> {
        let sql = "SELECT account, source_key, profile_key FROM profile JOIN person ON person.profile = profile.id \
                   WHERE profile_key = ?1 ORDER BY account, source_key";
        Ok(self.all(sql, [profile_key], |row| person_key(row, 0))?)
    }

    fn is_forgotten(&self, who: &PersonKey) -> Result<bool> {
        let mut statement = self.connection.prepare_cached("SELECT 1 FROM tombstone WHERE hash = ?1")?;
        Ok(statement.exists([self.tombstone(who).to_string()])?)
    }

    fn write(&mut self, who: &PersonKey, person: Option<i64>, changes: Changes) -> Result<()> {
        let person = match (person, changes.status) {
            (Some(person), _) => person,
            (None, Some(_)) => self.add(who)?,
            (None, None) => return Ok(()),
        };
        if changes.clears {
            self.remove_steps(person)?;
        }
        match changes.released {
            Some(Released::Own) => self.release(person)?,
            Some(Released::Candidate(candidate)) => {
                let sql = "DELETE FROM identity WHERE person IN (SELECT id FROM person WHERE account = ?1 AND candidate_id = ?2)";
                self.execute(sql, params![who.account, integer(candidate)])?;
            }
            None => {}
        }
        if let Some(Status { candidate, delivered }) = changes.status {
            let sql = "UPDATE person SET candidate_id = ?2, ours = ?3, gone = ?4, delivered = ?5 WHERE id = ?1";
            let (ours, gone) = candidate.map_or((false, false), |candidate| (candidate.ours, candidate.gone));
            let candidate = candidate.map(|candidate| integer(candidate.id));
            self.execute(sql, params![person, candidate, ours, gone, delivered])?;
        }
        changes.actions.iter().try_for_each(|row| self.write_action(person, row))?;
        changes.attempts.iter().try_for_each(|row| self.write_attempt(person, row))?;
        self.write_sent(person, changes.sent)?;
        let sql = "INSERT INTO identity (account, email, person) VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET person = excluded.person";
        for email in changes.identities {
            self.execute(sql, params![who.account, email.to_string(), person])?;
        }
        if let Some(candidate) = changes.claimed {
            self.execute("DELETE FROM unclaimed WHERE candidate_id = ?1", [integer(candidate)])?;
        }
        Ok(())
    }

    fn sent(&self, person: i64) -> Result<Option<Members>> {
        let text: Option<String> =
            self.one("SELECT members FROM sent WHERE person = ?1 AND version = ?2", params![person, MEMBERS_VERSION], |row| row.get(0))?;
        Ok(text.map(|text| members(&text)).transpose()?)
    }

    fn remove(&mut self, who: &PersonKey) -> Result<bool> {
        let person = self.one(FIND, params![who.profile_key, who.source_key, who.account], |row| row.get(0))?;
        if let Some(person) = person {
            self.remove_steps(person)?;
            self.release(person)?;
            self.execute("DELETE FROM person WHERE id = ?1", [person])?;
        }
        // A pipeline into another account reads the same profile for its own ends: its row stays, and then so do the keys.
        let sql = "DELETE FROM seen WHERE profile = (SELECT id FROM profile WHERE profile_key = ?1 AND source_key = ?2) \
                   AND NOT EXISTS (SELECT 1 FROM run WHERE run.run = seen.run AND run.account <> ?3)";
        let seen = self.execute(sql, params![who.profile_key, who.source_key, who.account])?;
        let sql = "DELETE FROM profile WHERE profile_key = ?1 AND source_key = ?2 \
                   AND NOT EXISTS (SELECT 1 FROM person WHERE person.profile = profile.id) \
                   AND NOT EXISTS (SELECT 1 FROM seen WHERE seen.profile = profile.id)";
        self.execute(sql, params![who.profile_key, who.source_key])?;
        let sql = "INSERT OR IGNORE INTO tombstone (hash) VALUES (?1)";
        self.execute(sql, [self.tombstone(who).to_string()])?;
        Ok(person.is_some() || seen > 0)
    }

    fn purge(&mut self) -> Result<()> {
        // The log still holds the rows as they were.
        Ok(self.empty_log()?)
    }
}

impl Sqlite {
    fn rows(&self, id: i64, status: Status) -> rusqlite::Result<Arc<PersonRows>> {
        let sql = "SELECT number, action, pipeline, run, hash, greenhouse_time, intended_at, sent_by, members, excused, refusal FROM action \
                   WHERE person = ?1 ORDER BY number";
        let actions = self.all(sql, [id], action_row)?;
        let sql = "SELECT step, attempt, state, greenhouse_id, ours, action, found_by, emails, name_phones, seen_before, settled_at, \
                   looked_again_at FROM step WHERE person = ?1 ORDER BY step, attempt";
        let attempts = self.all(sql, [id], attempt_row)?;
        Ok(Arc::new(PersonRows { id, status, actions, attempts }))
    }

    pub fn tombstone(&self, who: &PersonKey) -> Digest {
        self.key.digest(&["forgotten", &who.account, &who.source_key, &who.profile_key])
    }

    /// The row of a profile's keys, added where there is none.
    pub fn profile(&self, source_key: &str, profile_key: &str) -> rusqlite::Result<i64> {
        let sql = "SELECT id FROM profile WHERE profile_key = ?1 AND source_key = ?2";
        let known = self.one(sql, params![profile_key, source_key], |row| row.get(0))?;
        if let Some(profile) = known {
            return Ok(profile);
        }
        let sql = "INSERT INTO profile (profile_key, source_key) VALUES (?1, ?2)";
        self.connection.prepare_cached(sql)?.insert(params![profile_key, source_key])
    }

    fn add(&self, who: &PersonKey) -> rusqlite::Result<i64> {
        let profile = self.profile(&who.source_key, &who.profile_key)?;
        self.connection.prepare_cached("INSERT INTO person (profile, account) VALUES (?1, ?2)")?.insert(params![profile, who.account])
    }

    fn write_action(&self, person: i64, row: &ActionRow) -> rusqlite::Result<()> {
        let sql = "INSERT INTO action (person, number, action, pipeline, run, hash, greenhouse_time, intended_at, sent_by, members, \
                   excused, refusal) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12) \
                   ON CONFLICT DO UPDATE SET sent_by = excluded.sent_by, members = excluded.members, excused = excluded.excused, \
                   refusal = excluded.refusal";
        let values = params![
            person,
            row.number,
            row.action,
            row.pipeline,
            row.run,
            row.hash.to_string(),
            row.greenhouse_time.map(floor),
            floor(row.intended_at),
            ceiling(row.sent_by),
            (!row.members.is_empty()).then(|| text_of(&row.members)).transpose()?,
            row.excused,
            row.refusal,
        ];
        self.execute(sql, values).map(drop)
    }

    fn write_attempt(&self, person: i64, row: &AttemptRow) -> rusqlite::Result<()> {
        let sql = "INSERT INTO step (person, step, attempt, state, greenhouse_id, ours, action, found_by, emails, name_phones, seen_before, \
                   settled_at, looked_again_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13) \
                   ON CONFLICT DO UPDATE SET state = excluded.state, greenhouse_id = excluded.greenhouse_id, ours = excluded.ours, \
                   settled_at = excluded.settled_at, looked_again_at = excluded.looked_again_at";
        let values = params![
            person,
            row.step.to_string(),
            row.number,
            row.state.as_str(),
            row.id.map(integer),
            row.ours,
            row.action,
            row.found_by,
            joined(&row.fingerprint.emails),
            row.fingerprint.name_phones.map(|digest| digest.to_string()),
            joined(&row.seen_before),
            row.settled_at.map(floor),
            row.looked_again_at.map(floor),
        ];
        self.execute(sql, values).map(drop)
    }

    fn write_sent(&self, person: i64, sent: Members) -> Result<()> {
        if sent.is_empty() {
            return Ok(());
        }
        let mut all = self.sent(person)?.unwrap_or_default();
        all.extend(sent);
        let sql = "INSERT OR REPLACE INTO sent (person, version, members) VALUES (?1, ?2, ?3)";
        Ok(self.execute(sql, params![person, MEMBERS_VERSION, text_of(&all)?]).map(drop)?)
    }

    fn release(&self, person: i64) -> rusqlite::Result<()> {
        self.execute("DELETE FROM identity WHERE person = ?1", [person]).map(drop)
    }

    fn remove_steps(&self, person: i64) -> rusqlite::Result<()> {
        self.execute("DELETE FROM sent WHERE person = ?1", [person])?;
        self.execute("DELETE FROM step WHERE person = ?1", [person])?;
        self.execute("DELETE FROM action WHERE person = ?1", [person]).map(drop)
    }
}

fn person_key(row: &Row<'_>, first: usize) -> rusqlite::Result<PersonKey> {
    Ok(PersonKey { account: row.get(first)?, source_key: row.get(first + 1)?, profile_key: row.get(first + 2)? })
}

/// A person's number and status, of the row's first five columns.
fn numbered(row: &Row<'_>) -> rusqlite::Result<(i64, Status)> {
    let (ours, gone) = (row.get(2)?, row.get(3)?);
    let candidate = id(row, 1)?.map(|id| CandidateRow { id, ours, gone });
    Ok((row.get(0)?, Status { candidate, delivered: row.get(4)? }))
}

fn action_row(row: &Row<'_>) -> rusqlite::Result<ActionRow> {
    Ok(ActionRow {
        number: row.get(0)?,
        action: row.get(1)?,
        pipeline: row.get(2)?,
        run: row.get(3)?,
        hash: digest(row, 4)?,
        greenhouse_time: optional_moment(row, 5)?,
        intended_at: moment(row, 6)?,
        sent_by: moment(row, 7)?,
        members: row.get::<_, Option<String>>(8)?.map(|text| members(&text)).transpose()?.unwrap_or_default(),
        excused: row.get(9)?,
        refusal: row.get(10)?,
    })
}

fn attempt_row(row: &Row<'_>) -> rusqlite::Result<AttemptRow> {
    Ok(AttemptRow {
        step: step(row, 0)?,
        number: row.get(1)?,
        state: state(row, 2)?,
        id: id(row, 3)?,
        ours: row.get(4)?,
        action: row.get(5)?,
        found_by: row.get(6)?,
        fingerprint: Fingerprint { emails: split(row, 7, Digest::parse)?, name_phones: split(row, 8, Digest::parse)?.into_iter().next() },
        seen_before: split(row, 9, |id| id.parse().ok())?,
        settled_at: optional_moment(row, 10)?,
        looked_again_at: optional_moment(row, 11)?,
    })
}
