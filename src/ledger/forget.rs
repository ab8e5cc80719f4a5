//! Taking rows away: because a person asked, or because a candidate that is gone is to be made again.
//! Source: delivery design, rules 9 and 13.

use super::columns::integer;
use super::store::Store;
use crate::step::PersonKey;
use rusqlite::params;

impl Store {
    /// Whether there was anything to remove.
    pub fn forget(&self, who: &PersonKey) -> rusqlite::Result<bool> {
        let mut removed = false;
        if let Some(person) = self.find(who)? {
            self.remove_steps(person.id)?;
            self.connection.prepare_cached("DELETE FROM identity WHERE person = ?1")?.execute([person.id])?;
            self.connection.prepare_cached("DELETE FROM person WHERE id = ?1")?.execute([person.id])?;
            removed = true;
        }
        // A pipeline into another account reads the same profile for its own ends: its row stays, and then so do the keys.
        let sql = "DELETE FROM seen WHERE profile = (SELECT id FROM profile WHERE profile_key = ?1 AND source_key = ?2) \
                   AND NOT EXISTS (SELECT 1 FROM run WHERE run.run = seen.run AND run.account <> ?3)";
        let mut statement = self.connection.prepare_cached(sql)?;
        removed |= statement.execute(params![who.profile_key, who.source_key, who.account])? > 0;
        let sql = "DELETE FROM profile WHERE profile_key = ?1 AND source_key = ?2 \
                   AND NOT EXISTS (SELECT 1 FROM person WHERE person.profile = profile.id) \
                   AND NOT EXISTS (SELECT 1 FROM seen WHERE seen.profile = profile.id)";
        self.connection.prepare_cached(sql)?.execute(params![who.profile_key, who.source_key])?;
        let sql = "INSERT OR IGNORE INTO tombstone (hash) VALUES (?1)";
        self.connection.prepare_cached(sql)?.execute([self.tombstone(who).to_string()])?;
        Ok(removed)
    }

    pub fn recreate(&self, who: &PersonKey) -> rusqlite::Result<bool> {
        let Some(person) = self.find(who)? else { return Ok(false) };
        let Some(candidate) = person.candidate.filter(|candidate| candidate.gone) else { return Ok(false) };
        self.remove_steps(person.id)?;
        let sql = "DELETE FROM identity WHERE person IN (SELECT id FROM person WHERE account = ?1 AND candidate_id = ?2)";
        self.connection.prepare_cached(sql)?.execute(params![who.account, integer(candidate.id)])?;
        let sql = "UPDATE person SET candidate_id = NULL, ours = 0, gone = 0, delivered = 0 WHERE id = ?1";
        self.connection.prepare_cached(sql)?.execute([person.id])?;
        Ok(true)
    }

    fn remove_steps(&self, person: i64) -> rusqlite::Result<()> {
        self.connection.prepare_cached("DELETE FROM sent WHERE person = ?1")?.execute([person])?;
        self.connection.prepare_cached("DELETE FROM step WHERE person = ?1")?.execute([person])?;
        self.connection.prepare_cached("DELETE FROM action WHERE person = ?1")?.execute([person]).map(drop)
    }
}
