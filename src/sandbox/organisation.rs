//! What an organisation has set up and can have much of: schools, degrees, disciplines, sources, and further jobs. A test makes a
//! list longer than a page with [`Organisation::add`], a person with the control server's `POST /lists`.

use super::Settings;
use super::seed::{JobState, Jobs};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A list that can be made longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum List {
    Schools,
    Degrees,
    Disciplines,
    Sources,
    /// Open ones, beside those of the settings.
    Jobs,
}

impl List {
    const ALL: [Self; 5] = [Self::Schools, Self::Degrees, Self::Disciplines, Self::Sources, Self::Jobs];

    /// The list behind one of v3's `custom_field_key`s for educations.
    pub(super) fn of_key(name_key: &str) -> Option<Self> {
        match name_key {
            "school_name" => Some(Self::Schools),
            "degree" => Some(Self::Degrees),
            "discipline" => Some(Self::Disciplines),
            _ => None,
        }
    }

    /// Where the ids of what is added begin (no id is in two lists), the word that made-up names begin with, and what is there at first.
    fn facts(self) -> (u64, &'static str, &'static [(u64, &'static str)]) {
        match self {
            Self::Schools => (
                1_100_001,
                "School of Example",
                &[
                    (459, "Siena College"),
                    (460, "University of Michigan - Ann Arbor"),
                    (461, "Université de Paris"),
                    (462, "Technische Universität Berlin"),
                ],
            ),
            Self::Degrees => (
                1_200_001,
                "Example Degree",
                &[(1230, "Bachelor's Degree"), (1231, "Master's Degree"), (1232, "Doctor of Philosophy (Ph.D.)"), (1233, "High School")],
            ),
            Self::Disciplines => (
                1_300_001,
                "Example Studies",
                &[(940, "Computer Science"), (941, "Mathematics"), (942, "Business Administration"), (943, "Law")],
            ),
            Self::Sources => {
                (1_400_001, "Example Source", &[(7, "Indeed"), (12, "Meetups"), (16, "LinkedIn (Prospecting)"), (2001, "HrFlow")])
            }
            Self::Jobs => (1_500_001, "Example Job", &[]),
        }
    }
}

/// Every list's items, in their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organisation(BTreeMap<List, Vec<(u64, String)>>);

impl Default for Organisation {
    fn default() -> Self {
        let own = |list: List| list.facts().2.iter().map(|(id, name)| (*id, (*name).to_owned())).collect();
        Self(List::ALL.into_iter().map(|list| (list, own(list))).collect())
    }
}

impl Organisation {
    /// Adds items at a list's end; gives their ids. A name that is there already is there twice.
    pub fn add(&mut self, list: List, names: impl IntoIterator<Item = String>) -> Vec<u64> {
        let items = self.0.entry(list).or_default();
        let first = items.iter().map(|(id, _)| id + 1).max().unwrap_or_default().max(list.facts().0);
        let added: Vec<(u64, String)> = (first..).zip(names).collect();
        let ids = added.iter().map(|(id, _)| *id).collect();
        items.extend(added);
        ids
    }

    pub(super) fn items(&self, list: List) -> &[(u64, String)] {
        self.0.get(&list).map_or(&[], Vec::as_slice)
    }

    pub(super) fn knows(&self, list: List, id: u64) -> bool {
        self.items(list).iter().any(|(known, _)| *known == id)
    }

    /// The name of a list's item; null where it is not there.
    pub(super) fn named(&self, list: List, id: Option<u64>) -> Value {
        self.items(list).iter().find(|(known, _)| Some(*known) == id).map_or(Value::Null, |(_, name)| json!(name))
    }
}

/// The jobs of the settings and those that were added.
impl Settings {
    pub(super) fn job_state(&self, id: u64) -> JobState {
        if self.organisation.knows(List::Jobs, id) { JobState::Open } else { self.jobs.state(id) }
    }

    pub(super) fn job_name(&self, id: u64) -> String {
        let added = self.organisation.items(List::Jobs).iter().find(|(known, _)| *known == id);
        added.map_or_else(|| Jobs::name(id), |(_, name)| name.clone())
    }

    /// Id and status of every job that is listed, by id.
    pub(super) fn jobs_listed(&self) -> Vec<(u64, &'static str)> {
        let mut all = self.jobs.listed();
        all.extend(self.organisation.items(List::Jobs).iter().map(|(id, _)| (*id, "open")));
        all.sort_unstable();
        all
    }
}

/// What `POST /lists` takes for one list: so many made-up names, or these.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Added {
    Many(u32),
    These(Vec<String>),
}

impl Added {
    pub fn names(self, list: List) -> Vec<String> {
        let (_, word, _) = list.facts();
        match self {
            Self::Many(many) => (1..=many).map(|n| format!("{word} {n}")).collect(),
            Self::These(names) => names,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_added_has_ids_of_its_own() {
        let mut organisation = Organisation::default();
        assert_eq!(organisation.add(List::Schools, Added::Many(2).names(List::Schools)), [1_100_001, 1_100_002]);
        assert_eq!(organisation.add(List::Schools, ["Siena College".to_owned()]), [1_100_003]);
        assert_eq!(organisation.add(List::Jobs, ["Gardener".to_owned()]), [1_500_001]);
        assert_eq!(organisation.named(List::Schools, Some(1_100_002)), "School of Example 2");
        assert!(organisation.knows(List::Schools, 459) && !organisation.knows(List::Degrees, 459));
    }
}
