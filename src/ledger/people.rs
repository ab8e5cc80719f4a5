//! Reading persons and their steps.

use super::columns::{digest, id, integer, moment, optional_moment, split, state, step};
use super::store::Store;
use super::{Identity, OpenStep};
use crate::digest::Digest;
use crate::step::{Attempt, CandidateRow, Fingerprint, Person, PersonKey, State, Step, StepRow};
use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, params};

/// A person's row. Ids of rows are the ledger's own and never leave it.
pub(super) struct PersonRow {
    pub id: i64,
    pub candidate: Option<CandidateRow>,
    pub delivered: bool,
}

/// What a [`StepRow`] is read from, in the order in which [`step_row`] reads it.
const STEP_COLUMNS: &str = "step.step, step.state, step.greenhouse_id, step.ours, coalesce(action.pipeline, step.found_by), step.attempt, \
    action.action, action.hash, step.emails, step.name_phones, step.seen_before, action.greenhouse_time, action.intended_at, action.sent_by, \
    action.members, step.settled_at";
const STEP_COUNT: usize = 16;

pub(super) const FIND: &str = "SELECT person.id, candidate_id, ours, gone, delivered FROM profile JOIN person ON person.profile = profile.id \
                   WHERE profile_key = ?1 AND source_key = ?2 AND account = ?3";

/// The newest attempts at applications of the other persons who are the same candidate.
const SIBLINGS: &str = "FROM person JOIN step ON step.person = person.id \
    WHERE person.account = ?1 AND person.candidate_id = ?2 AND person.id <> ?3 AND (step.step LIKE 'application/%' OR step.step = 'prospect') \
    AND step.attempt = (SELECT max(attempt) FROM step AS newest WHERE newest.person = step.person AND newest.step = step.step) \
    ORDER BY person.id";

/// The words of the partial indexes, which are used only where a query says the same.
pub(super) const OPEN: &str = "step.state IN ('intended', 'open') AND person.account = ?1";
pub(super) const ABSENT: &str = "step.state = 'absent' AND step.looked_again_at IS NULL AND person.account = ?1 AND step.settled_at >= ?2";

impl Store {
    pub fn find(&self, who: &PersonKey) -> rusqlite::Result<Option<PersonRow>> {
        let mut statement = self.connection.prepare_cached(FIND)?;
        statement
            .query_row(params![who.profile_key, who.source_key, who.account], |row| {
                let ours = row.get(2)?;
                let gone = row.get(3)?;
                let candidate = id(row, 1)?.map(|id| CandidateRow { id, ours, gone });
                Ok(PersonRow { id: row.get(0)?, candidate, delivered: row.get(4)? })
            })
            .optional()
    }

    pub fn add(&self, who: &PersonKey) -> rusqlite::Result<i64> {
        let profile = self.profile(&who.source_key, &who.profile_key)?;
        self.connection.prepare_cached("INSERT INTO person (profile, account) VALUES (?1, ?2)")?.insert(params![profile, who.account])
    }

    /// The row of a profile's keys, added where there is none.
    pub fn profile(&self, source_key: &str, profile_key: &str) -> rusqlite::Result<i64> {
        let sql = "SELECT id FROM profile WHERE profile_key = ?1 AND source_key = ?2";
        let known = self.connection.prepare_cached(sql)?.query_row(params![profile_key, source_key], |row| row.get(0)).optional()?;
        if let Some(profile) = known {
            return Ok(profile);
        }
        let sql = "INSERT INTO profile (profile_key, source_key) VALUES (?1, ?2)";
        self.connection.prepare_cached(sql)?.insert(params![profile_key, source_key])
    }

    /// A person who was forgotten has no row, so this is asked only of who has none.
    pub fn is_forgotten(&self, who: &PersonKey) -> rusqlite::Result<bool> {
        let mut statement = self.connection.prepare_cached("SELECT 1 FROM tombstone WHERE hash = ?1")?;
        statement.exists([self.tombstone(who).to_string()])
    }

    pub fn tombstone(&self, who: &PersonKey) -> Digest {
        self.key.digest(&["forgotten", &who.account, &who.source_key, &who.profile_key])
    }

    pub fn person(&self, who: &PersonKey) -> rusqlite::Result<Person> {
        let Some(found) = self.find(who)? else {
            return Ok(Person { forgotten: self.is_forgotten(who)?, ..Person::default() });
        };
        let mut steps = self.steps(found.id)?;
        if let Some(candidate) = found.candidate {
            self.add_applications_of_others(&mut steps, who, found.id, candidate.id)?;
        }
        let shares = match found.candidate {
            Some(candidate) => self.is_shared(who, found.id, candidate.id)?,
            None => false,
        };
        let sent = self.sent(found.id)?;
        Ok(Person { candidate: found.candidate, delivered: found.delivered, forgotten: false, steps, sent, shares })
    }

    fn is_shared(&self, who: &PersonKey, person: i64, candidate: u64) -> rusqlite::Result<bool> {
        let sql = "SELECT 1 FROM person WHERE candidate_id = ?1 AND account = ?2 AND id <> ?3";
        self.connection.prepare_cached(sql)?.exists(params![integer(candidate), who.account, person])
    }

    /// Another profile of the same candidate may have been applied for already: an application of any status counts as there (rule 11).
    /// It is not ours for this person, so nothing is hung on it.
    fn add_applications_of_others(&self, steps: &mut Vec<StepRow>, who: &PersonKey, person: i64, candidate: u64) -> rusqlite::Result<()> {
        let sql = format!("SELECT step.step, step.state, step.greenhouse_id, step.found_by {SIBLINGS}");
        let mut statement = self.connection.prepare_cached(&sql)?;
        let mut rows = statement.query(params![who.account, integer(candidate), person])?;
        while let Some(row) = rows.next()? {
            let (step, done) = (step(row, 0)?, state(row, 1)? == State::Done);
            let own = steps.iter().position(|own| own.step == step);
            let is_open = own.is_none_or(|at| steps.get(at).is_some_and(|own| matches!(own.state, State::Closed | State::Absent)));
            if !done || !is_open {
                continue;
            }
            if let Some(at) = own {
                steps.swap_remove(at);
            }
            let (id, pipeline) = (id(row, 2)?, row.get::<_, Option<String>>(3)?.unwrap_or_default());
            steps.push(StepRow { step, state: State::Done, id, ours: false, pipeline, attempt: None, absences: 0, settled_at: None });
        }
        steps.sort_unstable_by_key(|row| row.step);
        Ok(())
    }

    /// Whether another profile of the same candidate has this application, or has it in hand.
    pub fn is_anothers(&self, who: &PersonKey, person: i64, candidate: u64, wanted: Step) -> rusqlite::Result<bool> {
        let sql = format!("SELECT step.step, step.state {SIBLINGS}");
        let mut statement = self.connection.prepare_cached(&sql)?;
        let mut rows = statement.query(params![who.account, integer(candidate), person])?;
        while let Some(row) = rows.next()? {
            let holds = matches!(state(row, 1)?, State::Intended | State::Open | State::Uncertain | State::Done);
            if holds && step(row, 0)? == wanted {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The newest attempt of each step.
    fn steps(&self, person: i64) -> rusqlite::Result<Vec<StepRow>> {
        let sql = format!(
            "SELECT {STEP_COLUMNS} FROM step LEFT JOIN action ON action.person = step.person AND action.number = step.action \
             WHERE step.person = ?1 ORDER BY step.step, step.attempt"
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        let mut rows = statement.query([person])?;
        let mut steps: Vec<StepRow> = Vec::new();
        while let Some(row) = rows.next()? {
            let mut newer = step_row(row)?;
            match steps.last_mut().filter(|older| older.step == newer.step) {
                None => steps.push(newer),
                Some(older) => {
                    if older.state != State::Done {
                        newer.absences += older.absences;
                    }
                    *older = newer;
                }
            }
        }
        steps.sort_unstable_by_key(|row| row.step);
        Ok(steps)
    }

    pub fn people(&self, profile_key: &str) -> rusqlite::Result<Vec<(PersonKey, Person)>> {
        let sql = "SELECT account, source_key, profile_key FROM profile JOIN person ON person.profile = profile.id \
                   WHERE profile_key = ?1 ORDER BY account, source_key";
        let mut statement = self.connection.prepare_cached(sql)?;
        let keys: Vec<PersonKey> = statement.query_map([profile_key], |row| person_key(row, 0))?.collect::<Result<_, _>>()?;
        keys.into_iter().map(|who| self.person(&who).map(|person| (who, person))).collect()
    }

    pub fn open_steps(&self, account: &str) -> rusqlite::Result<Vec<OpenStep>> {
        self.attempts(OPEN, params![account])
    }

    pub fn absent_since(&self, account: &str, since: Timestamp) -> rusqlite::Result<Vec<OpenStep>> {
        let at_or_after = super::columns::floor(since);
        self.attempts(ABSENT, params![account, at_or_after])
    }

    /// Single attempts, with whose they are; the oldest first.
    fn attempts(&self, condition: &str, values: &[&dyn rusqlite::ToSql]) -> rusqlite::Result<Vec<OpenStep>> {
        let sql = attempts_sql(condition);
        let mut statement = self.connection.prepare_cached(&sql)?;
        let rows = statement.query_map(values, |row| {
            let mut found = step_row(row)?;
            found.absences = row.get(STEP_COUNT + 4)?;
            Ok(OpenStep { person: person_key(row, STEP_COUNT)?, candidate_id: id(row, STEP_COUNT + 3)?, row: found })
        })?;
        rows.collect()
    }

    pub fn identity(&self, account: &str, email: Digest) -> rusqlite::Result<Option<Identity>> {
        let sql = "SELECT person.candidate_id, person.account, profile.source_key, profile.profile_key, person.ours FROM identity \
                   JOIN person ON person.id = identity.person JOIN profile ON profile.id = person.profile WHERE identity.account = ?1 AND identity.email = ?2";
        let mut statement = self.connection.prepare_cached(sql)?;
        statement
            .query_row(params![account, email.to_string()], |row| {
                Ok(match id(row, 0)? {
                    Some(candidate_id) => Identity::Candidate { id: candidate_id, ours: row.get(4)? },
                    None => Identity::Claimed { by: person_key(row, 1)? },
                })
            })
            .optional()
    }
}

/// Attempts with whose they are, the oldest first.
pub(super) fn attempts_sql(condition: &str) -> String {
    format!(
        "SELECT {STEP_COLUMNS}, person.account, profile.source_key, profile.profile_key, person.candidate_id, \
           (SELECT count(*) FROM step AS other WHERE other.person = step.person AND other.step = step.step AND other.state = 'absent') \
         FROM step JOIN person ON person.id = step.person JOIN profile ON profile.id = person.profile \
         LEFT JOIN action ON action.person = step.person AND action.number = step.action \
         WHERE {condition} ORDER BY action.intended_at, action.action, step.step"
    )
}

fn person_key(row: &Row<'_>, first: usize) -> rusqlite::Result<PersonKey> {
    Ok(PersonKey { account: row.get(first)?, source_key: row.get(first + 1)?, profile_key: row.get(first + 2)? })
}

fn step_row(row: &Row<'_>) -> rusqlite::Result<StepRow> {
    let state = state(row, 1)?;
    let number: u32 = row.get(5)?;
    Ok(StepRow {
        step: step(row, 0)?,
        state,
        id: id(row, 2)?,
        ours: row.get(3)?,
        pipeline: row.get(4)?,
        attempt: if number == 0 { None } else { Some(attempt(row, number)?) },
        absences: u32::from(state == State::Absent),
        settled_at: optional_moment(row, 15)?,
    })
}

fn attempt(row: &Row<'_>, number: u32) -> rusqlite::Result<Attempt> {
    Ok(Attempt {
        number,
        action: row.get(6)?,
        hash: digest(row, 7)?,
        fingerprint: Fingerprint { emails: split(row, 8, Digest::parse)?, name_phones: split(row, 9, Digest::parse)?.into_iter().next() },
        seen_before: split(row, 10, |id| id.parse().ok())?,
        greenhouse_time: optional_moment(row, 11)?,
        intended_at: moment(row, 12)?,
        sent_by: moment(row, 13)?,
        members: super::sent::optional(row, 14)?,
    })
}
