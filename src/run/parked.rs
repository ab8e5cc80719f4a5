//! Who waits, and until when. Keys alone: the profile is read again when its time has come.

use crate::step::PersonKey;
use jiff::Timestamp;
use std::collections::BTreeMap;

#[derive(Debug, Default)]
pub(crate) struct Parked {
    people: BTreeMap<PersonKey, Option<Timestamp>>,
    /// How often somebody who waits only for another was let through in vain.
    rounds_for_others: u32,
}

impl Parked {
    pub fn add(&mut self, who: PersonKey, until: Option<Timestamp>) {
        self.people.insert(who, until);
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
        // The first such round lets those through whose forerunner has ended meanwhile.
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

    pub fn take_all(&mut self) -> Vec<PersonKey> {
        std::mem::take(&mut self.people).into_keys().collect()
    }
}
