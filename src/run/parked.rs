//! Who waits, and until when. Keys alone: the profile is read again when its time has come.

use crate::delivery::ATTEMPTS;
use crate::settings::Greenhouse;
use crate::step::PersonKey;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

#[derive(Debug)]
pub(crate) struct Parked {
    people: BTreeMap<PersonKey, Option<Timestamp>>,
    /// Who was parked for the first time when; who waits too long is left for the next run.
    since: BTreeMap<PersonKey, Timestamp>,
    longest: SignedDuration,
    left: Vec<PersonKey>,
    /// How often those who wait only for others were let through in vain.
    rounds_for_others: u32,
}

/// The least time before somebody is asked for again.
const PAUSE: SignedDuration = SignedDuration::from_millis(500);
/// On top of what the attempts may take.
const GRACE: SignedDuration = SignedDuration::from_secs(60);

impl Parked {
    pub fn new(destination: &Greenhouse) -> Self {
        let settle = SignedDuration::try_from(destination.settle).unwrap_or(SignedDuration::MAX);
        let attempts = i32::try_from(ATTEMPTS).unwrap_or(i32::MAX);
        let longest = settle.checked_mul(attempts).and_then(|all| all.checked_add(GRACE)).unwrap_or(SignedDuration::MAX);
        Self { people: BTreeMap::new(), since: BTreeMap::new(), longest, left: Vec::new(), rounds_for_others: 0 }
    }

    pub fn add(&mut self, who: PersonKey, until: Option<Timestamp>) {
        let now = Timestamp::now();
        let since = *self.since.entry(who.clone()).or_insert(now);
        // A time that has passed is somebody else's open step: asking again at once would not hurry them.
        let soonest = now.checked_add(PAUSE).unwrap_or(now);
        let until = until.map(|until| until.max(soonest));
        if now.duration_since(since) > self.longest {
            self.left.push(who);
        } else {
            self.people.insert(who, until);
        }
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

    /// Those left wait for others, who are not among them: waiting longer would not help.
    pub fn only_wait_for_others(&mut self) -> bool {
        if self.people.values().any(Option::is_some) {
            self.rounds_for_others = 0;
            return false;
        }
        self.rounds_for_others += 1;
        // Each round lets those through whose forerunner has ended meanwhile.
        self.rounds_for_others > 2
    }

    /// When the first of them is due; at once, where they wait for others.
    pub fn next(&self) -> Option<Timestamp> {
        let soonest = self.people.values().flatten().min().copied();
        if self.people.is_empty() { None } else { Some(soonest.unwrap_or(Timestamp::MIN)) }
    }

    /// Those whose time has come, and those who wait for others.
    pub fn take_due(&mut self, now: Timestamp) -> Vec<PersonKey> {
        let due: Vec<_> =
            self.people.iter().filter(|(_, until)| until.is_none_or(|until| until <= now)).map(|(who, _)| who.clone()).collect();
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
