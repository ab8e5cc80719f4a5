//! The people who wait, and until when. Keys alone: the profile is read again when its time has come.

use crate::delivery::ATTEMPTS;
use crate::model::step::PersonKey;
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Parked {
    people: BTreeMap<PersonKey, Timestamp>,
    /// Those of them who wait for somebody else to end: another profile with the same e-mail, another run.
    for_others: BTreeSet<PersonKey>,
    /// When each person was parked first. Who waits too long is left for the next run.
    since: BTreeMap<PersonKey, Timestamp>,
    longest: SignedDuration,
    /// The least time before a person is pushed again.
    pause: SignedDuration,
    left: Vec<PersonKey>,
    /// Since when everybody left waits for others only.
    only_others_since: Option<Timestamp>,
}

/// On top of what the attempts may take.
const GRACE: SignedDuration = SignedDuration::from_secs(60);
/// The longest wait for others only: whoever has neither ended nor given up by then will not do so soon.
const FOR_OTHERS: SignedDuration = SignedDuration::from_secs(30);

impl Parked {
    pub fn new(settle: SignedDuration, pause: SignedDuration) -> Self {
        let attempts = i32::try_from(ATTEMPTS).unwrap_or(i32::MAX);
        let longest = settle.checked_mul(attempts).and_then(|all| all.checked_add(GRACE)).unwrap_or(SignedDuration::MAX);
        let (people, for_others, since) = Default::default();
        Self { people, for_others, since, longest, pause, left: Vec::new(), only_others_since: None }
    }

    /// `until` is none for a person who waits for others. Whoever waits longer than a run does is left for the next one.
    pub fn add(&mut self, who: PersonKey, until: Option<Timestamp>, now: Timestamp) {
        let first = !self.since.contains_key(&who);
        let since = *self.since.entry(who.clone()).or_insert(now);
        let waits = until.is_some_and(|until| until.duration_since(now) > self.longest);
        if waits || now.duration_since(since) > self.longest {
            self.left.push(who);
            return;
        }
        if until.is_none() {
            self.for_others.insert(who.clone());
        } else {
            self.for_others.remove(&who);
        }
        // The others may have ended by the time the source has: the first time, nothing is waited for.
        let soonest = if first && until.is_none() { now } else { now.checked_add(self.pause).unwrap_or(now) };
        self.people.insert(who, until.unwrap_or(soonest).max(soonest));
    }

    pub fn give_up(&mut self, who: PersonKey) {
        self.left.push(who);
    }

    pub fn len(&self) -> usize {
        self.people.len()
    }

    /// When the first of them is due; none where nobody waits, or everybody has waited long enough for others only.
    pub fn next(&mut self, now: Timestamp) -> Option<Timestamp> {
        let next = self.people.values().min().copied()?;
        if self.people.keys().any(|who| !self.for_others.contains(who)) {
            self.only_others_since = None;
        } else if now.duration_since(*self.only_others_since.get_or_insert(now)) > FOR_OTHERS {
            return None;
        }
        Some(next)
    }

    pub fn take_due(&mut self, now: Timestamp) -> Vec<PersonKey> {
        let due: Vec<_> = self.people.iter().filter(|(_, until)| **until <= now).map(|(who, _)| who.clone()).collect();
        for who in &due {
            self.people.remove(who);
        }
        due
    }

    /// Everybody, also those who were given up.
    pub fn take_all(&mut self) -> Vec<PersonKey> {
        let mut all = std::mem::take(&mut self.left);
        all.extend(std::mem::take(&mut self.people).into_keys());
        all
    }
}
