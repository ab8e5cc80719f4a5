//! Profiles' results, how far a pipeline has read, and runs.

use super::Sqlite;
use super::columns::{floor, id, integer, moment, optional_moment, outcome};
use crate::ledger::rows::SeenOf;
use crate::ledger::store::{Profiles, Result};
use crate::ledger::{Cursor, Run, Seen, Tally};
use crate::model::outcome::Outcome;
use jiff::Timestamp;
use rusqlite::{Row, params};

/// As the partial index says it: SQLite uses it only where the query has the same condition. So does `Outcome::is_owed`.
pub(in crate::ledger) const OWED: &str = "pipeline = ?1 AND outcome IN ('invalid', 'failed', 'pending', 'uncertain')";

pub(in crate::ledger) fn seen_sql(condition: &str) -> String {
    format!(
        "SELECT pipeline, source_key, profile_key, run, updated_at, outcome, reason, at FROM seen JOIN profile ON profile.id = seen.profile \
         WHERE {condition}"
    )
}

impl Profiles for Sqlite {
    fn seen(&self, of: SeenOf<'_>) -> Result<Vec<Seen>> {
        let (sql, value) = match of {
            SeenOf::Owed(pipeline) => (seen_sql(&format!("{OWED} ORDER BY at, profile_key")), pipeline),
            SeenOf::Profile(profile_key) => (seen_sql("profile_key = ?1 ORDER BY source_key, pipeline"), profile_key),
            SeenOf::Run(run) => (seen_sql("run = ?1 ORDER BY at, profile_key"), run),
        };
        Ok(self.all(&sql, [value], row_of_seen)?)
    }

    fn write_seen(&mut self, seen: &Seen) -> Result<()> {
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
        Ok(self.execute(sql, values).map(drop)?)
    }

    fn cursor(&self, pipeline: &str) -> Result<Option<Cursor>> {
        Ok(self.one("SELECT reading, updated_at FROM cursor WHERE pipeline = ?1", [pipeline], |row| {
            Ok(Cursor { reading: row.get(0)?, updated_at: row.get(1)? })
        })?)
    }

    fn advance(&mut self, pipeline: &str, cursor: &Cursor) -> Result<()> {
        let sql = "INSERT OR REPLACE INTO cursor (pipeline, reading, updated_at) VALUES (?1, ?2, ?3)";
        Ok(self.execute(sql, params![pipeline, cursor.reading, cursor.updated_at]).map(drop)?)
    }

    fn run_started(&mut self, run: &Run) -> Result<()> {
        let sql = "INSERT INTO run (run, pipeline, account, started) VALUES (?1, ?2, ?3, ?4)";
        Ok(self.execute(sql, params![run.id, run.pipeline, run.account, floor(run.started)]).map(drop)?)
    }

    fn run_ended(&mut self, run: &str, at: Timestamp, stopped: Option<&str>, counts: &[(Outcome, u64)]) -> Result<()> {
        self.execute("UPDATE run SET ended = ?2, stopped = ?3 WHERE run = ?1", params![run, floor(at), stopped])?;
        let sql = "INSERT OR REPLACE INTO run_count (run, outcome, count) VALUES (?1, ?2, ?3)";
        let mut statement = self.connection.prepare_cached(sql)?;
        for (outcome, count) in counts {
            statement.execute(params![run, outcome.as_str(), integer(*count)])?;
        }
        Ok(())
    }

    /// Their ids sort by time.
    fn runs(&self, pipeline: Option<&str>, limit: u32) -> Result<Vec<Run>> {
        let sql =
            "SELECT run, pipeline, account, started, ended, stopped FROM run WHERE ?1 IS NULL OR pipeline = ?1 ORDER BY run DESC LIMIT ?2";
        Ok(self.all(sql, params![pipeline, limit], |row| self.run(row))?)
    }

    fn account_of_run(&self, run: &str) -> Result<Option<String>> {
        Ok(self.one("SELECT account FROM run WHERE run = ?1", [run], |row| row.get(0))?)
    }

    fn tally(&self, pipeline: &str, account: &str) -> Result<Tally> {
        let owed = format!("SELECT outcome, count(*) FROM seen WHERE {OWED} GROUP BY outcome");
        let ended = "SELECT outcome, sum(count) FROM run_count JOIN run ON run.run = run_count.run \
                     WHERE run.pipeline = ?1 AND run.account = ?2 GROUP BY outcome";
        let open = "SELECT count(*) FROM step JOIN person ON person.id = step.person \
                    WHERE step.state IN ('intended', 'open') AND person.account = ?1";
        Ok(Tally {
            owed: self.counts(&owed, params![pipeline])?,
            open: self.connection.prepare_cached(open)?.query_row([account], |row| id(row, 0))?.unwrap_or_default(),
            ended: self.counts(ended, params![pipeline, account])?,
        })
    }
}

impl Sqlite {
    fn run(&self, row: &Row<'_>) -> rusqlite::Result<Run> {
        let id: String = row.get(0)?;
        let counts = self.counts("SELECT outcome, count FROM run_count WHERE run = ?1", params![id])?;
        Ok(Run {
            id,
            pipeline: row.get(1)?,
            account: row.get(2)?,
            started: moment(row, 3)?,
            ended: optional_moment(row, 4)?,
            stopped: row.get(5)?,
            counts,
        })
    }

    fn counts(&self, sql: &str, values: &[&dyn rusqlite::ToSql]) -> rusqlite::Result<Vec<(Outcome, u64)>> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows = statement.query_map(values, |row| Ok((outcome(row, 0)?, id(row, 1)?.unwrap_or_default())))?;
        let mut counts = rows.collect::<rusqlite::Result<Vec<_>>>()?;
        counts.sort_unstable();
        Ok(counts)
    }
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
