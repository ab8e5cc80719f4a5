//! Anonymous profiles: every value that identifies a person is replaced by a fictional one; shapes stay the same.
//!
//! Three steps. First, everything that must not remain is collected from all profiles ([`originals`]). Then every leaf is treated as
//! [`table`] says; a value that would stay is replaced too if it contains something collected. Last, the result is searched once more: a
//! profile in which something is left is not returned.
//!
//! A fictional value depends on the original and on a key: the same original gives the same fictional value, and without the key nobody
//! can find the original by trying.

mod anonymiser;
mod dice;
mod fold;
mod leaves;
mod originals;
mod phone;
pub mod table;
#[cfg(test)]
mod tests;
mod text;
mod values;
mod words;

use crate::base::digest::Key;
use anonymiser::Anonymiser;
use originals::Originals;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// A profile after it.
#[derive(Debug, Clone)]
pub struct Anonymous {
    pub document: Value,
    /// How many values of a kind were replaced, in words: `names`, `texts`.
    pub replaced: BTreeMap<&'static str, usize>,
}

/// Something of the originals could not be taken out. Names fields, and no value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("something personal could not be taken out of {}: nothing was written", fields.join(", "))]
pub struct Left {
    pub fields: Vec<String>,
}

/// Replaces what is personal in profiles as HrFlow writes them, not normalised.
///
/// `known` are texts that the pipeline's author wrote down, such as those that filters compare with: a tag's value that is one of them stays.
///
/// # Errors
/// Where something of the originals is left; then nothing is given out.
pub fn anonymous(documents: &[Value], key: Key, known: &BTreeSet<String>) -> Result<Vec<Anonymous>, Left> {
    let mut originals = Originals::default();
    for document in documents {
        leaves::gather(document, known, &mut originals);
    }
    let mut anonymiser = Anonymiser::new(key, known, originals.into_detector());
    let made: Vec<Anonymous> = documents.iter().map(|document| anonymiser.profile(document)).collect();
    let mut left = BTreeSet::new();
    made.iter().for_each(|made| anonymiser.look_through(&made.document, &mut left));
    if left.is_empty() { Ok(made) } else { Err(Left { fields: left.into_iter().collect() }) }
}
