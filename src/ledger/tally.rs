//! How many are owed, and how much is open: counted by the ledger, for metrics.

use super::columns::{id, outcome};
use super::store::Store;
use super::{Ledger, LedgerError};
use crate::outcome::Outcome;

/// What is not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tally {
    /// The pipeline's profiles that are owed, by outcome; only what there is.
    pub owed: Vec<(Outcome, u64)>,
    /// The account's steps that are intended or open.
    pub open: u64,
}

impl Ledger {
    /// Counts what is not done, of a pipeline and of its account.
    pub async fn tally(&self, pipeline: &str, account: &str) -> Result<Tally, LedgerError> {
        let (pipeline, account) = (pipeline.to_owned(), account.to_owned());
        self.read(move |store| store.tally(&pipeline, &account)).await
    }
}

impl Store {
    fn tally(&self, pipeline: &str, account: &str) -> rusqlite::Result<Tally> {
        // The words of the partial indexes.
        let owed = "SELECT outcome, count(*) FROM seen
            WHERE pipeline = ?1 AND outcome IN ('invalid', 'failed', 'pending', 'uncertain') GROUP BY outcome";
        let mut owed = self.connection.prepare_cached(owed)?;
        let rows = owed.query_map([pipeline], |row| Ok((outcome(row, 0)?, id(row, 1)?.unwrap_or_default())))?;
        let mut owed = rows.collect::<rusqlite::Result<Vec<_>>>()?;
        owed.sort_unstable();
        let open = "SELECT count(*) FROM step JOIN person ON person.id = step.person
            WHERE step.state IN ('intended', 'open') AND person.account = ?1";
        let open = self.connection.prepare_cached(open)?.query_row([account], |row| id(row, 0))?;
        Ok(Tally { owed, open: open.unwrap_or_default() })
    }
}
