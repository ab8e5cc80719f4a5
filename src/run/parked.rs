//! Who waits, and until when. Keys alone: the profile is read again when its time has come.

use crate::delivery::ATTEMPTS;
use crate::settings::Greenhouse;
use crate::step::PersonKey;
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Debug)]
pub(crate) struct Parked {
    people: BTreeMap<PersonKey, Timestamp>,
    /// Those of them who wait for somebody else to end: another profile with the same e-mail, another run.
    for_others: BTreeSet<PersonKey>,
    /// Who was parked for the first time when; who waits too long is left for the next run.
    since: BTreeMap<PersonKey, Timestamp>,
    longest: SignedDuration,
    left: Vec<PersonKey>,
    /// Since when nobody waits for anything but others.
    only_others_since: Option<Timestamp>,
}

/// On top of what the attempts may take.
const GRACE: SignedDuration = SignedDuration::from_secs(60);
/// The least time before somebody is asked for a second time.
const PAUSE: SignedDuration = SignedDuration::from_millis(500);
/// No longer is waited for others alone: who is neither ended nor given up by then will not be soon.
const FOR_OTHERS: SignedDuration = SignedDuration::from_secs(30);

impl Parked {
    pub fn new(destination: &Greenhouse) -> Self {
        let settle = SignedDuration::try_from(destination.settle).unwrap_or(SignedDuration::MAX);
        let attempts = i32::try_from(ATTEMPTS).unwrap_or(i32::MAX);
        let longest = settle.checked_mul(attempts).and_then(|all| all.checked_add(GRACE)).unwrap_or(SignedDuration::MAX);
        let (people, for_others, since) = Default::default();
        Self { people, for_others, since, longest, left: Vec::new(), only_others_since: None }
    }

    /// `until` is none for who waits for others.
    pub fn add(&mut self, who: PersonKey, until: Option<Timestamp>) {
        let now = Timestamp::now();
        let first = !self.since.contains_key(&who);
        let since = *self.since.entry(who.clone()).or_insert(now);
        if now.duration_since(since) > self.longest {
            self.left.push(who);
            return;
        }
        if until.is_none() {
            self.for_others.insert(who.clone());
        } else {
            self.for_others.remove(&who);
        }
        // The others may have ended by the time that the source has: the first time, nothing is waited for.
        let soonest = if first && until.is_none() { now } else { now.checked_add(PAUSE).unwrap_or(now) };
        self.people.insert(who, until.unwrap_or(soonest).max(soonest));
    }

    /// Left for the next run.
    pub fn give_up(&mut self, who: PersonKey) {
        self.left.push(who);
    }

    pub fn is_empty(&self) -> bool {
        self.people.is_empty()
    }

    pub fn len(&self) -> usize {
        self.people.len()
    }

    /// Those left have waited long enough for others alone.
    pub fn is_in_vain(&mut self, now: Timestamp) -> bool {
        if self.people.keys().any(|who| !self.for_others.contains(who)) {
            self.only_others_since = None;
            return false;
        }
        now.duration_since(*self.only_others_since.get_or_insert(now)) > FOR_OTHERS
    }

    /// When the first of them is due.
    pub fn next(&self) -> Option<Timestamp> {
        self.people.values().min().copied()
    }

    /// Those whose time has come.
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
