//! What became of each profile in each pipeline, and how far a pipeline has read.
//! Source: delivery design, rule 12.

use super::columns::{floor, moment, outcome};
use super::store::Store;
use super::{Cursor, Seen};
use crate::step::PersonKey;
use rusqlite::{OptionalExtension, Row, params};

const COLUMNS: &str = "pipeline, source_key, profile_key, run, updated_at, outcome, reason, at";

/// The words of the partial index, which is used only where a query says the same. So does `Outcome::is_owed`.
pub(super) const OWED: &str = "pipeline = ?1 AND outcome IN ('invalid', 'failed', 'pending', 'uncertain') ORDER BY at, profile_key";

impl Store {
    /// Of who was forgotten nothing is written, also where a filter drops them before anybody asks who they are (rule 13).
    pub fn seen(&self, seen: &Seen) -> rusqlite::Result<()> {
        if self.is_forgotten_by(seen)? {
            return Ok(());
        }
        let sql =
            "INSERT OR REPLACE INTO seen (profile, pipeline, run, updated_at, outcome, reason, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        let values = params![
            self.profile(&seen.source_key, &seen.profile_key)?,
            seen.pipeline,
            seen.run,
            seen.updated_at,
            seen.outcome.as_str(),
            seen.reason,
            floor(seen.at),
        ];
        self.connection.prepare_cached(sql)?.execute(values).map(drop)
    }

    /// A profile's row is a pipeline's, and its run tells the account.
    fn is_forgotten_by(&self, seen: &Seen) -> rusqlite::Result<bool> {
        let sql = "SELECT account FROM run WHERE run = ?1 AND EXISTS (SELECT 1 FROM tombstone)";
        let account = self.connection.prepare_cached(sql)?.query_row([&seen.run], |row| row.get(0)).optional()?;
        let Some(account) = account else { return Ok(false) };
        let (source_key, profile_key) = (seen.source_key.clone(), seen.profile_key.clone());
        self.is_forgotten(&PersonKey { account, source_key, profile_key })
    }

    pub fn owed(&self, pipeline: &str) -> rusqlite::Result<Vec<Seen>> {
        self.seen_where(OWED, pipeline)
    }

    pub fn seen_of_profile(&self, profile_key: &str) -> rusqlite::Result<Vec<Seen>> {
        self.seen_where("profile_key = ?1 ORDER BY source_key, pipeline", profile_key)
    }

    pub fn seen_in_run(&self, run: &str) -> rusqlite::Result<Vec<Seen>> {
        self.seen_where("run = ?1 ORDER BY at, profile_key", run)
    }

    fn seen_where(&self, condition: &str, value: &str) -> rusqlite::Result<Vec<Seen>> {
        let mut statement = self.connection.prepare_cached(&seen_sql(condition))?;
        statement.query_map([value], row_of_seen)?.collect()
    }

    pub fn cursor(&self, pipeline: &str) -> rusqlite::Result<Option<Cursor>> {
        let mut statement = self.connection.prepare_cached("SELECT reading, updated_at FROM cursor WHERE pipeline = ?1")?;
        statement.query_row([pipeline], |row| Ok(Cursor { reading: row.get(0)?, updated_at: row.get(1)? })).optional()
    }

    pub fn advance(&self, pipeline: &str, cursor: &Cursor) -> rusqlite::Result<()> {
        let sql = "INSERT OR REPLACE INTO cursor (pipeline, reading, updated_at) VALUES (?1, ?2, ?3)";
        self.connection.prepare_cached(sql)?.execute(params![pipeline, cursor.reading, cursor.updated_at]).map(drop)
    }
}

pub(super) fn seen_sql(condition: &str) -> String {
    format!("SELECT {COLUMNS} FROM seen JOIN profile ON profile.id = seen.profile WHERE {condition}")
}

fn row_of_seen(row: &Row<'_>) -> rusqlite::Result<Seen> {
    Ok(Seen {
        pipeline: row.get(0)?,
        source_key: row.get(1)?,
        profile_key: row.get(2)?,
        run: row.get(3)?,
        updated_at: row.get(4)?,
        outcome: outcome(row, 5)?,
        reason: row.get(6)?,
        at: moment(row, 7)?,
    })
}
