//! One row a profile: where a key stands in several rows, the newest is given. Source: `docs/pipeline-file.md`, "Files as a source".

use super::piece::Piece;
use super::{Gone, Item};
use crate::model::profile::may_be_kept;
use crate::source::instant;
use jiff::Timestamp;
use serde::Deserialize;
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher as _, RandomState};

/// Which rows are given. Made by reading all files beforehand: eight bytes a profile are kept meanwhile; afterwards, only of those that stand
/// in several rows.
#[derive(Debug, Default)]
pub(super) struct Chosen {
    hasher: RandomState,
    /// By the hash of the keys: the newest date, and the number of the row that has it.
    rows: HashMap<u64, (Option<Timestamp>, u64)>,
}

/// Reads all pieces of all files.
type Pieces<'a> = dyn Fn(&mut dyn FnMut(&Piece)) -> Result<(), Gone> + 'a;

impl Chosen {
    pub fn of(pieces: &Pieces<'_>) -> Result<Self, Gone> {
        let hasher = RandomState::new();
        let (mut seen, mut several) = (HashSet::new(), HashSet::new());
        pieces(&mut |piece| {
            for mark in marks(piece).into_iter().flatten() {
                let hash = mark.hash(&hasher);
                if !seen.insert(hash) {
                    several.insert(hash);
                }
            }
        })?;
        drop(seen);
        let mut rows: HashMap<u64, (Option<Timestamp>, u64)> = HashMap::new();
        let mut number = 0;
        if !several.is_empty() {
            pieces(&mut |piece| {
                for mark in marks(piece) {
                    if let Some((hash, mark)) = mark.map(|mark| (mark.hash(&hasher), mark)).filter(|(hash, _)| several.contains(hash)) {
                        let known = rows.entry(hash).or_insert((mark.updated, number));
                        if mark.updated >= known.0 {
                            *known = (mark.updated, number);
                        }
                    }
                    number += 1;
                }
            })?;
        }
        Ok(Self { hasher, rows })
    }

    /// Whether every row is given.
    pub fn is_all(&self) -> bool {
        self.rows.is_empty()
    }

    /// Whether the row with this number, counted from 0 over all files, is given.
    pub fn gives(&self, number: u64, item: &Item) -> bool {
        let Item::Profile(profile) = item else { return true };
        let mark = Mark { source_key: (&*profile.source_key).into(), key: (&*profile.key).into(), updated: None };
        self.rows.get(&mark.hash(&self.hasher)).is_none_or(|(_, chosen)| *chosen == number)
    }
}

/// By what a row is known, and how new it is.
struct Mark<'a> {
    source_key: Cow<'a, str>,
    key: Cow<'a, str>,
    updated: Option<Timestamp>,
}

impl Mark<'_> {
    fn hash(&self, hasher: &RandomState) -> u64 {
        hasher.hash_one((&*self.source_key, &*self.key))
    }
}

/// What of a profile is looked at here: a tenth of the time that it takes to read it whole.
#[derive(Deserialize)]
struct Row<'a> {
    #[serde(borrow)]
    key: Cow<'a, str>,
    #[serde(borrow, default)]
    source_key: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    source: Option<Holder<'a>>,
    #[serde(borrow, default)]
    updated_at: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct Holder<'a> {
    #[serde(borrow, default)]
    key: Option<Cow<'a, str>>,
}

/// One for each item of the piece; none for what is no profile.
fn marks(piece: &Piece) -> Vec<Option<Mark<'_>>> {
    let row = piece.text().and_then(|text| serde_json::from_slice::<Row<'_>>(text.bytes()).ok());
    match row {
        // White space at the ends, and the like, is for the profile to see to.
        Some(row) if row.key.bytes().all(|byte| byte.is_ascii_graphic()) && may_be_kept(&row.key) => {
            let holder = row.source.and_then(|source| source.key);
            let source_key = row.source_key.filter(|key| !key.is_empty()).or(holder).unwrap_or_default();
            vec![Some(Mark { source_key, key: row.key, updated: row.updated_at.as_deref().and_then(instant) })]
        }
        _ => piece.clone().items().into_iter().map(of_item).collect(),
    }
}

fn of_item(item: Item) -> Option<Mark<'static>> {
    let Item::Profile(profile) = item else { return None };
    let updated = profile.updated_at.as_deref().and_then(instant);
    Some(Mark { source_key: profile.source_key.into(), key: profile.key.into(), updated })
}
