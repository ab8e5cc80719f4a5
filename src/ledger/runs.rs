//! Runs, for people who ask what happened.

use super::Run;
use super::columns::{floor, id, integer, moment, optional_moment, outcome};
use super::store::Store;
use crate::outcome::Outcome;
use jiff::Timestamp;
use rusqlite::{Row, params};

impl Store {
    pub fn run_started(&self, run: &str, pipeline: &str, account: &str, at: Timestamp) -> rusqlite::Result<()> {
        let sql = "INSERT INTO run (run, pipeline, account, started) VALUES (?1, ?2, ?3, ?4)";
        self.connection.prepare_cached(sql)?.execute(params![run, pipeline, account, floor(at)]).map(drop)
    }

    pub fn run_ended(&self, run: &str, at: Timestamp, counts: &[(Outcome, u64)]) -> rusqlite::Result<()> {
        self.connection.prepare_cached("UPDATE run SET ended = ?2 WHERE run = ?1")?.execute(params![run, floor(at)])?;
        let sql = "INSERT OR REPLACE INTO run_count (run, outcome, count) VALUES (?1, ?2, ?3)";
        let mut statement = self.connection.prepare_cached(sql)?;
        counts.iter().try_for_each(|(outcome, count)| statement.execute(params![run, outcome.as_str(), integer(*count)]).map(drop))
    }

    /// The newest first: their ids sort by time.
    pub fn runs(&self, pipeline: Option<&str>, limit: u32) -> rusqlite::Result<Vec<Run>> {
        let sql = "SELECT run, pipeline, account, started, ended FROM run WHERE ?1 IS NULL OR pipeline = ?1 ORDER BY run DESC LIMIT ?2";
        let mut statement = self.connection.prepare_cached(sql)?;
        statement.query_map(params![pipeline, limit], |row| self.run(row))?.collect()
    }

    fn run(&self, row: &Row<'_>) -> rusqlite::Result<Run> {
        let run: String = row.get(0)?;
        let mut statement = self.connection.prepare_cached("SELECT outcome, count FROM run_count WHERE run = ?1")?;
        let mut counts: Vec<(Outcome, u64)> =
            statement.query_map([&run], |row| Ok((outcome(row, 0)?, id(row, 1)?.unwrap_or_default())))?.collect::<Result<_, _>>()?;
        counts.sort_unstable();
        Ok(Run { id: run, pipeline: row.get(1)?, account: row.get(2)?, started: moment(row, 3)?, ended: optional_moment(row, 4)?, counts })
    }
}
