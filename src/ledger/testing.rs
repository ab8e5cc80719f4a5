//! A store in memory, for tests: whole states can be copied and compared, and a lease can be lost.

use super::rows::{Changes, Holder, Pending, PersonRows, Released, Restoring, SeenOf};
use super::store::{Held, People, Profiles, Restores, Result, Store};
use super::{Cursor, LedgerError, Made, Run, Seen, Tally, rules};
use crate::base::digest::Digest;
use crate::model::outcome::Outcome;
use crate::model::step::{Members, PersonKey};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{Hash, Hasher};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::watch;

#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(crate) struct Memory {
    /// Copies of the store share the rows that are the same.
    pub(crate) people: BTreeMap<Arc<PersonKey>, Arc<PersonRows>>,
    /// By the person's number.
    pub(crate) sent: BTreeMap<i64, Members>,
    /// Each e-mail's holders, one for each account.
    pub(crate) identities: BTreeMap<Digest, Vec<Arc<PersonKey>>>,
    pub(crate) tombstones: BTreeSet<PersonKey>,
    seen: Vec<Seen>,
    cursors: BTreeMap<String, Cursor>,
    runs: BTreeMap<String, Run>,
    pub(crate) restores: Vec<Restoring>,
    /// For each account, how many restores it has been listed for.
    listed: BTreeMap<String, usize>,
    /// Account, mark, candidate, and whether the mark is an e-mail.
    unclaimed: BTreeSet<(String, Digest, u64, bool)>,
    leases: Leases,
}

/// Leases by pipeline. No part of what is compared.
#[derive(Debug, Clone, Default)]
struct Leases(Arc<Mutex<BTreeMap<String, watch::Sender<bool>>>>);

impl PartialEq for Leases {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Leases {}

impl Hash for Leases {
    fn hash<H: Hasher>(&self, _: &mut H) {}
}

struct LeaseGuard {
    leases: Leases,
    pipeline: String,
    lost: watch::Receiver<bool>,
}

impl Drop for LeaseGuard {
    fn drop(&mut self) {
        if !*self.lost.borrow() {
            self.leases.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.pipeline);
        }
    }
}

impl Memory {
    /// Ends a lease while its holder lives.
    pub(super) fn revoke(&mut self, pipeline: &str) {
        let lease = self.leases.0.lock().unwrap_or_else(PoisonError::into_inner).remove(pipeline);
        lease.unwrap().send(true).unwrap();
    }

    fn holder_of(&self, account: &str, email: Digest) -> Option<&Arc<PersonKey>> {
        self.identities.get(&email)?.iter().find(|who| who.account == account)
    }

    /// Ends the claims of some persons.
    fn release(&mut self, ends: impl Fn(&PersonKey) -> bool) {
        self.identities.retain(|_, holders| {
            holders.retain(|who| !ends(who));
            !holders.is_empty()
        });
    }
}

impl Store for Memory {
    /// What was written cannot fail half-way, so nothing has to be undone.
    fn begin(&mut self) -> Result<()> {
        Ok(())
    }

    fn commit(&mut self) -> Result<()> {
        Ok(())
    }

    fn rollback(&mut self) {}

    fn name(&self) -> String {
        "in memory".to_owned()
    }

    fn lease(&mut self, pipeline: &str) -> std::result::Result<Option<Held>, LedgerError> {
        let mut leases = self.leases.0.lock().unwrap_or_else(PoisonError::into_inner);
        if leases.contains_key(pipeline) {
            return Ok(None);
        }
        let (sender, lost) = watch::channel(false);
        leases.insert(pipeline.to_owned(), sender);
        let guard = LeaseGuard { leases: self.leases.clone(), pipeline: pipeline.to_owned(), lost: lost.clone() };
        Ok(Some(Held { _guard: Box::new(guard), lost }))
    }
}

impl People for Memory {
    fn person(&self, who: &PersonKey) -> Result<Option<Arc<PersonRows>>> {
        Ok(self.people.get(who).cloned())
    }

    fn sent(&self, person: i64) -> Result<Option<Members>> {
        Ok(self.sent.get(&person).cloned())
    }

    fn siblings(&self, account: &str, candidate: u64, person: i64) -> Result<Vec<Arc<PersonRows>>> {
        let same = |rows: &PersonRows| rows.id != person && rows.status.candidate.is_some_and(|row| row.id == candidate);
        let found = self.people.iter().filter(|(who, rows)| who.account == account && same(rows));
        let mut found: Vec<_> = found.map(|(_, rows)| Arc::clone(rows)).collect();
        found.sort_unstable_by_key(|rows| rows.id);
        Ok(found)
    }

    fn holder(&self, account: &str, email: Digest) -> Result<Option<Holder>> {
        let held = self.holder_of(account, email).and_then(|who| Some((who, self.people.get(who)?)));
        Ok(held.map(|(who, rows)| Holder { person: rows.id, who: PersonKey::clone(who), candidate: rows.status.candidate }))
    }

    fn is_forgotten(&self, who: &PersonKey) -> Result<bool> {
        Ok(self.tombstones.contains(who))
    }

    fn pending(&self, account: &str, pending: Pending) -> Result<Vec<(PersonKey, Arc<PersonRows>)>> {
        let is_pending = |rows: &PersonRows| rows.attempts.iter().any(|row| rules::is_pending(rows, row, pending));
        let found = self.people.iter().filter(|(who, rows)| who.account == account && is_pending(rows));
        Ok(found.map(|(who, rows)| (PersonKey::clone(who), Arc::clone(rows))).collect())
    }

    fn people(&self, profile_key: &str) -> Result<Vec<PersonKey>> {
        let found = self.people.keys().filter(|who| who.profile_key == profile_key);
        Ok(found.map(|who| PersonKey::clone(who)).collect())
    }

    fn write(&mut self, who: &PersonKey, person: Option<i64>, changes: Changes) -> Result<()> {
        if person.is_none() && changes.status.is_none() {
            return Ok(());
        }
        if let Some(Released::Candidate(id)) = changes.released {
            let people = &self.people;
            let is = |other: &PersonKey| people.get(other).and_then(|rows| rows.status.candidate).is_some_and(|row| row.id == id);
            let ended: BTreeSet<PersonKey> =
                people.keys().filter(|other| other.account == who.account && is(other)).map(|other| PersonKey::clone(other)).collect();
            self.release(|holder| ended.contains(holder));
        }
        if changes.released == Some(Released::Own) {
            self.release(|holder| holder == who);
        }
        let next = self.people.values().map(|rows| rows.id).max().unwrap_or_default() + 1;
        let rows = self.people.entry(Arc::new(who.clone())).or_insert_with(|| Arc::new(PersonRows { id: next, ..PersonRows::default() }));
        let rows = Arc::make_mut(rows);
        if changes.clears {
            (rows.actions, rows.attempts) = (Vec::new(), Vec::new());
            self.sent.remove(&rows.id);
        }
        rows.status = changes.status.unwrap_or(rows.status);
        for action in changes.actions {
            match rows.actions.iter_mut().find(|row| row.number == action.number) {
                Some(row) => *row = action,
                None => rows.actions.push(action),
            }
        }
        for attempt in changes.attempts {
            match rows.attempts.iter_mut().find(|row| (row.step, row.number) == (attempt.step, attempt.number)) {
                Some(row) => *row = attempt,
                None => rows.attempts.push(attempt),
            }
        }
        if !changes.sent.is_empty() {
            self.sent.entry(rows.id).or_default().extend(changes.sent);
        }
        for email in changes.identities {
            let holders = self.identities.entry(email).or_default();
            holders.retain(|holder| holder.account != who.account);
            holders.push(Arc::new(who.clone()));
        }
        if let Some(candidate) = changes.claimed {
            self.unclaimed.retain(|(_, _, id, _)| *id != candidate);
        }
        Ok(())
    }

    fn remove(&mut self, who: &PersonKey) -> Result<bool> {
        let removed = self.people.remove(who);
        removed.iter().for_each(|rows| drop(self.sent.remove(&rows.id)));
        self.release(|holder| holder == who);
        let seen = self.seen.len();
        let runs = &self.runs;
        let stays = |seen: &Seen| runs.get(&seen.run).is_some_and(|run| run.account != who.account);
        let same = |seen: &Seen| (&seen.source_key, &seen.profile_key) == (&who.source_key, &who.profile_key);
        self.seen.retain(|seen| !same(seen) || stays(seen));
        self.tombstones.insert(who.clone());
        Ok(removed.is_some() || self.seen.len() < seen)
    }

    fn purge(&mut self) -> Result<()> {
        Ok(())
    }
}

impl Profiles for Memory {
    fn seen(&self, of: SeenOf<'_>) -> Result<Vec<Seen>> {
        let wanted = |seen: &&Seen| match of {
            SeenOf::Owed(pipeline) => seen.pipeline == pipeline && seen.outcome.is_owed(),
            SeenOf::Profile(profile_key) => seen.profile_key == profile_key,
            SeenOf::Run(run) => seen.run == run,
        };
        let mut found: Vec<Seen> = self.seen.iter().filter(wanted).cloned().collect();
        match of {
            SeenOf::Profile(_) => found.sort_by_cached_key(|seen| (seen.source_key.clone(), seen.pipeline.clone())),
            SeenOf::Owed(_) | SeenOf::Run(_) => found.sort_by_cached_key(|seen| (seen.at, seen.profile_key.clone())),
        }
        Ok(found)
    }

    fn write_seen(&mut self, seen: &Seen) -> Result<()> {
        let key = |seen: &Seen| (seen.source_key.clone(), seen.profile_key.clone(), seen.pipeline.clone());
        self.seen.retain(|old| key(old) != key(seen));
        self.seen.push(seen.clone());
        Ok(())
    }

    fn cursor(&self, pipeline: &str) -> Result<Option<Cursor>> {
        Ok(self.cursors.get(pipeline).cloned())
    }

    fn advance(&mut self, pipeline: &str, cursor: &Cursor) -> Result<()> {
        self.cursors.insert(pipeline.to_owned(), cursor.clone());
        Ok(())
    }

    fn run_started(&mut self, run: &Run) -> Result<()> {
        self.runs.insert(run.id.clone(), run.clone());
        Ok(())
    }

    fn run_ended(&mut self, run: &str, at: Timestamp, stopped: Option<&str>, counts: &[(Outcome, u64)]) -> Result<()> {
        if let Some(run) = self.runs.get_mut(run) {
            (run.ended, run.stopped, run.counts) = (Some(at), stopped.map(str::to_owned), counts.to_vec());
            run.counts.sort_unstable();
        }
        Ok(())
    }

    fn runs(&self, pipeline: Option<&str>, limit: u32) -> Result<Vec<Run>> {
        let wanted = |run: &&Run| pipeline.is_none_or(|pipeline| run.pipeline == pipeline);
        Ok(self.runs.values().rev().filter(wanted).take(limit as usize).cloned().collect())
    }

    fn account_of_run(&self, run: &str) -> Result<Option<String>> {
        Ok(self.runs.get(run).map(|run| run.account.clone()))
    }

    fn tally(&self, pipeline: &str, account: &str) -> Result<Tally> {
        let owed = self.seen(SeenOf::Owed(pipeline))?.into_iter().map(|seen| (seen.outcome, 1));
        let runs = self.runs.values().filter(|run| run.pipeline == pipeline && run.account == account);
        let open = self.pending(account, Pending::Open)?;
        Ok(Tally {
            owed: summed(owed),
            open: open.iter().flat_map(|(_, rows)| &rows.attempts).filter(|row| row.state.is_open()).map(|_| 1).sum(),
            ended: summed(runs.flat_map(|run| run.counts.iter().copied())),
        })
    }
}

fn summed(counts: impl Iterator<Item = (Outcome, u64)>) -> Vec<(Outcome, u64)> {
    let mut sums = BTreeMap::new();
    counts.for_each(|(outcome, count)| *sums.entry(outcome).or_default() += count);
    sums.into_iter().collect()
}

impl Restores for Memory {
    fn restores(&self, account: &str) -> Result<Vec<Restoring>> {
        let listed = self.listed.get(account).copied().unwrap_or_default();
        Ok(self.restores.iter().enumerate().map(|(number, restore)| Restoring { listed: number < listed, ..*restore }).collect())
    }

    fn clock_offset(&self, account: &str) -> Result<Option<i64>> {
        let people = self.people.iter().filter(|(who, _)| who.account == account);
        let timed = people.flat_map(|(_, rows)| &rows.actions).filter_map(|action| Some((action.intended_at, action.greenhouse_time?)));
        let newest = timed.max_by_key(|(intended, _)| *intended);
        Ok(newest.map(|(intended, greenhouse)| (intended.as_millisecond() - greenhouse.as_millisecond()).abs()))
    }

    fn has_candidate(&self, account: &str, candidate: u64) -> Result<bool> {
        let is = |rows: &PersonRows| rows.status.candidate.is_some_and(|row| row.id == candidate);
        Ok(self.people.iter().any(|(who, rows)| who.account == account && is(rows)))
    }

    fn write_unclaimed(&mut self, account: &str, made: &Made) -> Result<()> {
        let emails = made.fingerprint.emails.iter().map(|email| (*email, true));
        for (mark, is_email) in emails.chain(made.fingerprint.name_phones.map(|mark| (mark, false))) {
            self.unclaimed.insert((account.to_owned(), mark, made.candidate, is_email));
        }
        Ok(())
    }

    fn write_listed(&mut self, account: &str) -> Result<()> {
        self.listed.insert(account.to_owned(), self.restores.len());
        Ok(())
    }

    fn unclaimed(&self, account: &str, mark: Digest) -> Result<Vec<u64>> {
        let same = |row: &&(String, Digest, u64, bool)| row.0 == account && row.1 == mark;
        Ok(self.unclaimed.iter().filter(same).map(|row| row.2).collect())
    }

    fn unclaimed_has_email(&self, candidate: u64) -> Result<bool> {
        Ok(self.unclaimed.iter().any(|(_, _, id, is_email)| *id == candidate && *is_email))
    }
}
