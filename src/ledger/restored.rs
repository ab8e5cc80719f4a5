//! What a ledger that was put back from a backup does not know: who was made since the backup was taken. They are listed once, and
//! kept by what they are recognised, until somebody is found to be theirs.

use super::columns::{ceiling, floor, integer, moment};
use super::store::Store;
use super::{LedgerError, Made, Restored};
use crate::delivery::Doubt;
use crate::delivery::doubt::Unclaimed;
use crate::digest::Digest;
use crate::step::Fingerprint;
use jiff::{SignedDuration, Timestamp};
use rusqlite::{OptionalExtension, Row, params};

/// The clock of the machine that took the backup was not Greenhouse's.
const CLOCK_SLACK: SignedDuration = SignedDuration::from_mins(5);

impl super::Ledger {
    /// Where this ledger was ever put back from a backup: since when it does not know what became of an account.
    pub async fn restored(&self, account: &str) -> Result<Option<Restored>, LedgerError> {
        let account = account.to_owned();
        self.read(move |store| store.restored(&account)).await
    }

    /// Writes down the account's candidates that were made since the backup was taken and are nobody's yet. From now on they are known, and
    /// need not be listed again.
    pub async fn listed(&self, account: &str, made: Vec<Made>) -> Result<(), LedgerError> {
        let account = account.to_owned();
        self.write(move |store| store.listed(&account, &made)).await
    }

    /// What a restored ledger leaves in doubt about somebody with this fingerprint; none where it was never restored. `has_phone`: the
    /// fingerprint's name stands together with a phone number, so that a namesake is not taken for them.
    pub async fn doubt(&self, account: &str, fingerprint: &Fingerprint, has_phone: bool) -> Result<Option<Doubt>, LedgerError> {
        let (account, fingerprint) = (account.to_owned(), fingerprint.clone());
        self.read(move |store| store.doubt(&account, &fingerprint, has_phone)).await
    }
}

impl Store {
    fn restored(&self, account: &str) -> rusqlite::Result<Option<Restored>> {
        let sql = "SELECT min(taken_at), max(restored_at), \
                     min(CASE WHEN number NOT IN (SELECT restored FROM restored_listed WHERE account = ?1) THEN taken_at END) \
                   FROM restored HAVING count(*) > 0";
        let mut statement = self.connection.prepare_cached(sql)?;
        let read = |row: &Row<'_>| Ok((moment(row, 0)?, moment(row, 1)?, super::columns::optional_moment(row, 2)?));
        let Some((taken, at, not_listed)) = statement.query_row([account], read).optional()? else { return Ok(None) };
        let slack = self.clock_slack(account)?;
        let before = |moment: Timestamp| moment.checked_sub(slack).unwrap_or(Timestamp::MIN);
        Ok(Some(Restored { since: before(taken), at, list_from: not_listed.map(before) }))
    }

    /// How far Greenhouse's clock may be off ours: as far as it was when the newest request left, and a little.
    fn clock_slack(&self, account: &str) -> rusqlite::Result<SignedDuration> {
        let sql = "SELECT abs(action.intended_at - action.greenhouse_time) FROM action JOIN person ON person.id = action.person \
                   WHERE person.account = ?1 AND action.greenhouse_time IS NOT NULL ORDER BY action.intended_at DESC LIMIT 1";
        let off: Option<i64> = self.connection.prepare_cached(sql)?.query_row([account], |row| row.get(0)).optional()?;
        Ok(CLOCK_SLACK + SignedDuration::from_millis(off.unwrap_or_default()))
    }

    fn listed(&self, account: &str, made: &[Made]) -> rusqlite::Result<()> {
        let known = "SELECT 1 FROM person WHERE candidate_id = ?1 AND account = ?2";
        let sql = "INSERT OR IGNORE INTO unclaimed (account, mark, candidate_id, is_email) VALUES (?1, ?2, ?3, ?4)";
        let (mut known, mut insert) = (self.connection.prepare_cached(known)?, self.connection.prepare_cached(sql)?);
        for Made { candidate, fingerprint } in made {
            let id = integer(*candidate);
            if known.exists(params![id, account])? {
                continue;
            }
            for email in &fingerprint.emails {
                insert.execute(params![account, email.to_string(), id, true])?;
            }
            if let Some(name_phones) = fingerprint.name_phones {
                insert.execute(params![account, name_phones.to_string(), id, false])?;
            }
        }
        let sql = "INSERT OR IGNORE INTO restored_listed (restored, account) SELECT number, ?1 FROM restored";
        self.connection.prepare_cached(sql)?.execute([account]).map(drop)
    }

    /// A candidate is somebody's now.
    pub fn claimed(&self, candidate: u64) -> rusqlite::Result<()> {
        self.connection.prepare_cached("DELETE FROM unclaimed WHERE candidate_id = ?1")?.execute([integer(candidate)]).map(drop)
    }

    fn doubt(&self, account: &str, fingerprint: &Fingerprint, has_phone: bool) -> rusqlite::Result<Option<Doubt>> {
        let Some(Restored { since, at, .. }) = self.restored(account)? else { return Ok(None) };
        let mut by_email: Vec<u64> = Vec::new();
        for email in &fingerprint.emails {
            by_email.extend(self.marked(account, *email)?);
        }
        let mut candidates: Vec<Unclaimed> = Vec::new();
        for candidate in fingerprint.name_phones.map(|mark| self.marked(account, mark)).transpose()?.unwrap_or_default() {
            // A name alone is no one: it counts beside an e-mail or a phone number, or where neither has any.
            let nameless = || Ok::<_, rusqlite::Error>(fingerprint.emails.is_empty() && !self.has_email(candidate)?);
            if by_email.contains(&candidate) || has_phone || nameless()? {
                candidates.push(Unclaimed { candidate, whole: true });
            }
        }
        let partly = |id: &u64| candidates.iter().all(|known| known.candidate != *id);
        let partly: Vec<u64> = by_email.iter().copied().filter(partly).collect();
        candidates.extend(partly.into_iter().map(|candidate| Unclaimed { candidate, whole: false }));
        candidates.sort_unstable();
        candidates.dedup();
        Ok(Some(Doubt { since, until: at, candidates }))
    }

    fn marked(&self, account: &str, mark: Digest) -> rusqlite::Result<Vec<u64>> {
        let sql = "SELECT candidate_id FROM unclaimed WHERE account = ?1 AND mark = ?2 ORDER BY candidate_id";
        let mut statement = self.connection.prepare_cached(sql)?;
        let ids = statement.query_map(params![account, mark.to_string()], |row| row.get::<_, i64>(0))?;
        ids.map(|id| id.map(i64::cast_unsigned)).collect()
    }

    fn has_email(&self, candidate: u64) -> rusqlite::Result<bool> {
        let sql = "SELECT 1 FROM unclaimed WHERE candidate_id = ?1 AND is_email";
        self.connection.prepare_cached(sql)?.exists([integer(candidate)])
    }
}

/// Marks a ledger as put back, from a backup that was taken then.
pub(super) fn mark(connection: &rusqlite::Connection, taken: Timestamp, at: Timestamp) -> rusqlite::Result<()> {
    connection.execute("INSERT INTO restored (taken_at, restored_at) VALUES (?1, ?2)", params![floor(taken), ceiling(at)]).map(drop)
}

/// The tombstones of a ledger.
pub(super) fn forgotten(connection: &rusqlite::Connection) -> rusqlite::Result<Vec<String>> {
    connection.prepare("SELECT hash FROM tombstone")?.query_map([], |row| row.get(0))?.collect()
}
