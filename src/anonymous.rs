//! A profile with nobody in it: every value that tells a person is replaced by a fictional one, and shapes stay.
//!
//! Three steps. What must not be left is gathered from all profiles ([`traces`]); every leaf is treated as [`table`] says, and what would stay is
//! replaced too where something of the gathered stands in it; at the end everything is looked through once more, and a profile in which
//! something is left is not given out.
//!
//! What is drawn for a value depends on the value and a key: the same original gives the same fictional value, and who lacks the key cannot try
//! out which original it was.

mod draw;
mod fold;
mod leaves;
mod lot;
mod phone;
pub mod table;
#[cfg(test)]
mod tests;
mod text;
mod traces;
mod values;
mod words;

use crate::digest::Key;
use draw::Anonymiser;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use traces::Gathered;

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
    let mut gathered = Gathered::default();
    for document in documents {
        leaves::gather(document, known, &mut gathered);
    }
    let mut anonymiser = Anonymiser::new(key, known, gathered.sealed());
    let made: Vec<Anonymous> = documents.iter().map(|document| anonymiser.profile(document)).collect();
    let mut left = BTreeSet::new();
    made.iter().for_each(|made| anonymiser.look_through(&made.document, &mut left));
    if left.is_empty() { Ok(made) } else { Err(Left { fields: left.into_iter().collect() }) }
}
