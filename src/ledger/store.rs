//! What a store does: it loads rows and writes rows. What is asked of the ledger is written once, over any store.

use super::rows::{Changes, Context, Holder, Pending, PersonRows, Restoring, SeenOf};
use super::{Claim, Cursor, Identity, Intent, LedgerError, Made, OpenStep, Restored, Run, Seen, Settlement, Tally, rules};
use crate::base::digest::Digest;
use crate::delivery::Doubt;
use crate::delivery::doubt::Unclaimed;
use crate::model::outcome::Outcome;
use crate::model::step::{Fingerprint, Members, Person, PersonKey};
use jiff::{SignedDuration, Timestamp};
use std::any::Any;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StoreError {
    pub kind: ErrorKind,
    pub detail: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ErrorKind {
    /// Another process has been writing for too long.
    Busy,
    Full,
    Disk,
    Denied,
    Damaged,
    /// It is no ledger, or was damaged so that it does not look like one.
    Foreign,
    /// Another store has taken this one's place since it was opened.
    Replaced,
    Other,
}

impl StoreError {
    pub fn is_damage(&self) -> bool {
        matches!(self.kind, ErrorKind::Damaged | ErrorKind::Foreign)
    }
}

pub(crate) const BUSY: Duration = Duration::from_secs(10);

pub(crate) const BACK: &str = "put it back from a backup with `hireline ledger restore`; a new ledger would not know what has been sent";

pub(crate) type Result<T> = std::result::Result<T, StoreError>;

pub(crate) struct Held {
    pub _guard: Box<dyn Send + Sync>,
    /// True once the lease is lost; where the sender is gone, it never will be.
    pub lost: watch::Receiver<bool>,
}

/// One thread uses a store. What it writes between `begin` and `commit` is durable with the commit, or not written at all.
pub(crate) trait Store: Any + Send + People + Profiles + Restores {
    fn begin(&mut self) -> Result<()>;
    fn commit(&mut self) -> Result<()>;
    fn rollback(&mut self);
    /// How the ledger is named to people.
    fn name(&self) -> String;
    /// The store is damaged: from here on nothing in it is changed.
    fn freeze(&mut self) {}
    /// Takes a pipeline's lease; none where another process has it.
    fn lease(&mut self, pipeline: &str) -> std::result::Result<Option<Held>, LedgerError>;
}

pub(crate) trait People {
    fn person(&self, who: &PersonKey) -> Result<Option<Arc<PersonRows>>>;
    /// What was last sent for a person; none where that is not known.
    fn sent(&self, person: i64) -> Result<Option<Members>>;
    /// The other persons of the account who are this candidate, oldest first.
    fn siblings(&self, account: &str, candidate: u64, person: i64) -> Result<Vec<Arc<PersonRows>>>;
    fn holder(&self, account: &str, email: Digest) -> Result<Option<Holder>>;
    fn is_forgotten(&self, who: &PersonKey) -> Result<bool>;
    /// Persons of the account who have such attempts.
    fn pending(&self, account: &str, pending: Pending) -> Result<Vec<(PersonKey, Arc<PersonRows>)>>;
    fn people(&self, profile_key: &str) -> Result<Vec<PersonKey>>;
    fn write(&mut self, who: &PersonKey, person: Option<i64>, changes: Changes) -> Result<()>;
    /// Removes a person's rows, and the profile's rows in pipelines of that account; leaves a tombstone. Whether there was anything to remove.
    fn remove(&mut self, who: &PersonKey) -> Result<bool>;
    /// Erases what is left of removed rows. Outside of any transaction.
    fn purge(&mut self) -> Result<()>;
}

pub(crate) trait Profiles {
    fn seen(&self, of: SeenOf<'_>) -> Result<Vec<Seen>>;
    fn write_seen(&mut self, seen: &Seen) -> Result<()>;
    fn cursor(&self, pipeline: &str) -> Result<Option<Cursor>>;
    fn advance(&mut self, pipeline: &str, cursor: &Cursor) -> Result<()>;
    fn run_started(&mut self, run: &Run) -> Result<()>;
    fn run_ended(&mut self, run: &str, at: Timestamp, stopped: Option<&str>, counts: &[(Outcome, u64)]) -> Result<()>;
    /// The newest first.
    fn runs(&self, pipeline: Option<&str>, limit: u32) -> Result<Vec<Run>>;
    fn account_of_run(&self, run: &str) -> Result<Option<String>>;
    fn tally(&self, pipeline: &str, account: &str) -> Result<Tally>;
}

/// What a ledger that was put back from a backup has to find out.
pub(crate) trait Restores {
    fn restores(&self, account: &str) -> Result<Vec<Restoring>>;
    /// How far Greenhouse's clock was off when the account's newest request left, in milliseconds.
    fn clock_offset(&self, account: &str) -> Result<Option<i64>>;
    fn has_candidate(&self, account: &str, candidate: u64) -> Result<bool>;
    /// Keeps a candidate that is no person's by its marks, until a person is found to be it.
    fn write_unclaimed(&mut self, account: &str, made: &Made) -> Result<()>;
    /// The account's candidates have been listed for every restore so far.
    fn write_listed(&mut self, account: &str) -> Result<()>;
    /// The candidates that are no person's and have this mark, in order.
    fn unclaimed(&self, account: &str, mark: Digest) -> Result<Vec<u64>>;
    fn unclaimed_has_email(&self, candidate: u64) -> Result<bool>;
}

type Loaded = (Option<Arc<PersonRows>>, Context);

fn load<S: Store + ?Sized>(store: &S, who: &PersonKey, emails: &[Digest], with_siblings: bool) -> Result<Loaded> {
    let known = store.person(who)?;
    let mut context = Context::default();
    match &known {
        None => context.forgotten = store.is_forgotten(who)?,
        Some(known) => {
            if let Some(candidate) = known.status.candidate.filter(|_| with_siblings) {
                context.siblings = store.siblings(&who.account, candidate.id, known.id)?;
            }
        }
    }
    let mut emails = emails.to_vec();
    emails.sort_unstable();
    emails.dedup();
    for email in emails {
        context.holders.push((email, store.holder(&who.account, email)?));
    }
    Ok((known, context))
}

pub(crate) fn person<S: Store + ?Sized>(store: &S, who: &PersonKey) -> Result<Person> {
    let (known, context) = load(store, who, &[], true)?;
    match known {
        Some(known) => Ok(rules::person(&known, &context, store.sent(known.id)?)),
        None => Ok(Person { forgotten: context.forgotten, ..Person::default() }),
    }
}

pub(crate) fn people<S: Store + ?Sized>(store: &S, profile_key: &str) -> Result<Vec<(PersonKey, Person)>> {
    store.people(profile_key)?.into_iter().map(|who| person(store, &who).map(|person| (who, person))).collect()
}

pub(crate) fn intend<S: Store + ?Sized>(store: &mut S, intent: &Intent) -> Result<Claim> {
    let applies = intent.steps.iter().any(|step| rules::is_application(*step));
    let (known, context) = load(store, &intent.person, &intent.identities, applies)?;
    let (claim, changes) = rules::intend(known.as_deref(), &context, intent);
    if claim == Claim::Intended {
        store.write(&intent.person, known.map(|known| known.id), changes)?;
    }
    Ok(claim)
}

pub(crate) fn settle<S: Store + ?Sized>(store: &mut S, settlement: &Settlement) -> Result<bool> {
    let (known, context) = load(store, &settlement.person, &settlement.identities, false)?;
    let Some(changes) = rules::settle(known.as_deref(), &context, settlement) else { return Ok(false) };
    store.write(&settlement.person, known.map(|known| known.id), changes)?;
    match &settlement.seen {
        Some(seen) if !context.forgotten => store.write_seen(seen)?,
        _ => {}
    }
    Ok(true)
}

/// Nothing is written of a person who was forgotten, also where a filter drops them before their rows are asked for.
pub(crate) fn seen<S: Store + ?Sized>(store: &mut S, seen: &Seen) -> Result<()> {
    if let Some(account) = store.account_of_run(&seen.run)? {
        let who = PersonKey { account, source_key: seen.source_key.clone(), profile_key: seen.profile_key.clone() };
        if store.is_forgotten(&who)? {
            return Ok(());
        }
    }
    store.write_seen(seen)
}

pub(crate) fn identity<S: Store + ?Sized>(store: &S, account: &str, email: Digest) -> Result<Option<Identity>> {
    Ok(store.holder(account, email)?.map(rules::identity))
}

pub(crate) fn pending<S: Store + ?Sized>(store: &S, account: &str, pending: Pending) -> Result<Vec<OpenStep>> {
    let people = store.pending(account, pending)?;
    Ok(rules::attempts(people.iter().map(|(who, known)| (who, known.as_ref())), pending))
}

pub(crate) fn looked_again<S: Store + ?Sized>(store: &mut S, step: &OpenStep, at: Timestamp) -> Result<bool> {
    change(store, &step.person, |known| rules::looked_again(known, step, at))
}

pub(crate) fn recreate<S: Store + ?Sized>(store: &mut S, who: &PersonKey) -> Result<bool> {
    change(store, who, rules::recreate)
}

fn change<S: Store + ?Sized>(store: &mut S, who: &PersonKey, rule: impl FnOnce(&PersonRows) -> Option<Changes>) -> Result<bool> {
    let Some(known) = store.person(who)? else { return Ok(false) };
    let Some(changes) = rule(&known) else { return Ok(false) };
    store.write(who, Some(known.id), changes)?;
    Ok(true)
}

/// The clock of the machine that took the backup was not Greenhouse's.
const CLOCK_SLACK: SignedDuration = SignedDuration::from_mins(5);

/// Since when the ledger does not know what happened in an account. Greenhouse's clock may be off ours: as far as it was when the newest
/// request left, and a little more.
pub(crate) fn restored<S: Store + ?Sized>(store: &S, account: &str) -> Result<Option<Restored>> {
    let restores = store.restores(account)?;
    let (taken, at) = (restores.iter().map(|restore| restore.taken).min(), restores.iter().map(|restore| restore.at).max());
    let (Some(taken), Some(at)) = (taken, at) else { return Ok(None) };
    let slack = CLOCK_SLACK + SignedDuration::from_millis(store.clock_offset(account)?.unwrap_or_default());
    let before = |moment: Timestamp| moment.checked_sub(slack).unwrap_or(Timestamp::MIN);
    let not_listed = restores.iter().filter(|restore| !restore.listed).map(|restore| restore.taken).min();
    Ok(Some(Restored { since: before(taken), at, list_from: not_listed.map(before) }))
}

pub(crate) fn listed<S: Store + ?Sized>(store: &mut S, account: &str, made: &[Made]) -> Result<()> {
    for made in made {
        if !store.has_candidate(account, made.candidate)? {
            store.write_unclaimed(account, made)?;
        }
    }
    store.write_listed(account)
}

/// `has_phone`: the name goes together with a phone number, so that a namesake is not taken for the person.
pub(crate) fn doubt<S: Store + ?Sized>(store: &S, account: &str, fingerprint: &Fingerprint, has_phone: bool) -> Result<Option<Doubt>> {
    let Some(restored) = restored(store, account)? else { return Ok(None) };
    let mut by_email = Vec::new();
    for email in &fingerprint.emails {
        by_email.extend(store.unclaimed(account, *email)?);
    }
    let mut whole = Vec::new();
    for named in fingerprint.name_phones.map(|mark| store.unclaimed(account, mark)).transpose()?.unwrap_or_default() {
        // A name alone is not enough: it counts together with an e-mail or a phone number, or where neither side has any.
        if by_email.contains(&named) || has_phone || fingerprint.emails.is_empty() && !store.unclaimed_has_email(named)? {
            whole.push(named);
        }
    }
    let partly = by_email.into_iter().filter(|candidate| !whole.contains(candidate)).map(|candidate| Unclaimed { candidate, whole: false });
    let whole = whole.iter().map(|candidate| Unclaimed { candidate: *candidate, whole: true });
    let mut candidates: Vec<Unclaimed> = partly.chain(whole).collect();
    candidates.sort_unstable();
    candidates.dedup();
    Ok(Some(Doubt { since: restored.since, until: restored.at, candidates }))
}
