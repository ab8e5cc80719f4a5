//! One of Greenhouse's lists, and finding a name in it.

use super::fold::fold;
use super::forms::common;
use crate::model::named::Kind;
use std::collections::HashMap;

/// Names that are told of a list that has nothing near.
const FEW: usize = 8;
/// Names that are told as near at most.
const MOST_NEAR: usize = 3;

/// One of a list's things.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub id: u64,
    pub name: String,
    /// The job of a stage, the pool of a pool's stage.
    pub within: Option<u64>,
    /// False: closed, or not active any more.
    pub open: bool,
}

/// What a list has of a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    One(u64),
    /// Only what is closed or not active.
    Closed,
    /// Ids, sorted.
    Several(Vec<u64>),
    Nothing,
}

/// A list that was read to its end.
#[derive(Debug, Clone)]
pub struct List {
    kind: Kind,
    entries: Vec<Entry>,
    /// By the name as it is, folded, and in its common form: indexes into the entries.
    by_name: HashMap<String, Vec<usize>>,
    by_folded: HashMap<String, Vec<usize>>,
    by_common: HashMap<String, Vec<usize>>,
}

impl List {
    pub fn new(kind: Kind, mut entries: Vec<Entry>) -> Self {
        // v3 lists the newest first: people expect the order in which things were made.
        entries.sort_by_key(|entry| entry.id);
        let (mut by_name, mut by_folded, mut by_common) = (HashMap::new(), HashMap::new(), HashMap::new());
        let put = |index: &mut HashMap<String, Vec<usize>>, key: String, at: usize| {
            if !key.is_empty() {
                index.entry(key).or_default().push(at);
            }
        };
        for (at, entry) in entries.iter().enumerate() {
            put(&mut by_name, entry.name.trim().to_owned(), at);
            put(&mut by_folded, folded(kind, &entry.name), at);
            if kind.has_common_forms() {
                put(&mut by_common, common(&entry.name), at);
            }
        }
        Self { kind, entries, by_name, by_folded, by_common }
    }

    pub fn len(&self) -> usize {
        self.entries.len()
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub fn get(&self, id: u64) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.id == id)
    }

    /// The first names of what is open, for a list that is short enough to be told.
    pub fn names(&self, most: usize) -> Vec<String> {
        if self.len() > most {
            return Vec::new();
        }
        self.entries.iter().filter(|entry| entry.open).map(|entry| entry.name.clone()).collect()
    }

    /// The names of what is open, where they are few enough for a line.
    pub fn few(&self, within: Option<u64>) -> Vec<String> {
        let open = self.entries.iter().filter(|entry| entry.open && (within.is_none() || entry.within == within));
        let names: Vec<String> = open.map(|entry| entry.name.clone()).collect();
        if names.len() > FEW { Vec::new() } else { names }
    }

    /// First the name as it is written, then without what does not tell names apart, then in its common form: where one of these
    /// has a match, the next is not asked.
    pub fn find(&self, within: Option<u64>, name: &str) -> Found {
        let name = name.trim();
        let mut closed = false;
        let common = if self.kind.has_common_forms() { common(name) } else { String::new() };
        for (index, key) in [(&self.by_name, name), (&self.by_folded, &folded(self.kind, name)), (&self.by_common, &common)] {
            match self.under(index, key, within) {
                Found::Nothing => {}
                Found::Closed => closed = true,
                found => return found,
            }
        }
        if closed { Found::Closed } else { Found::Nothing }
    }

    /// What has exactly this name.
    pub fn exact(&self, name: &str) -> Found {
        self.under(&self.by_name, name.trim(), None)
    }

    fn under(&self, index: &HashMap<String, Vec<usize>>, key: &str, within: Option<u64>) -> Found {
        let there = index.get(key).into_iter().flatten().filter_map(|at| self.entries.get(*at));
        let there: Vec<&Entry> = there.filter(|entry| within.is_none() || entry.within.is_none() || entry.within == within).collect();
        let mut open: Vec<u64> = there.iter().filter(|entry| entry.open).map(|entry| entry.id).collect();
        open.sort_unstable();
        open.dedup();
        match open.as_slice() {
            [] if there.is_empty() => Found::Nothing,
            [] => Found::Closed,
            [one] => Found::One(*one),
            _ => Found::Several(open),
        }
    }

    /// The names that are most like it, the nearest first.
    pub fn near(&self, within: Option<u64>, name: &str) -> Vec<String> {
        let wanted = folded(self.kind, name);
        let open = self.entries.iter().filter(|entry| entry.open && (within.is_none() || entry.within == within));
        nearest(&wanted, open.map(|entry| (entry.name.as_str(), folded(self.kind, &entry.name))))
    }
}

/// An e-mail address is told apart by its signs.
fn folded(kind: Kind, name: &str) -> String {
    if kind == Kind::User { name.trim().to_lowercase() } else { fold(name) }
}

/// Names with their folded forms: those within a third of their length, or that hold the other.
pub(super) fn nearest<'n>(wanted: &str, names: impl Iterator<Item = (&'n str, String)>) -> Vec<String> {
    let mut near: Vec<(usize, &str)> = Vec::new();
    for (name, folded) in names {
        let longest = wanted.chars().count().max(folded.chars().count());
        let distance = strsim::damerau_levenshtein(wanted, &folded);
        let holds = wanted.chars().count() >= 3 && (folded.contains(wanted) || (folded.chars().count() >= 3 && wanted.contains(&folded)));
        if distance <= (longest / 3).max(1) || holds {
            near.push((distance, name));
        }
    }
    near.sort();
    near.dedup_by(|one, other| one.1 == other.1);
    near.into_iter().take(MOST_NEAR).map(|(_, name)| name.to_owned()).collect()
}
