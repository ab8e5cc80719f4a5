//! Where in a file the cursor stands: under which keys, and on what.

use crate::base::diagnostic::Sink;
use crate::base::place::SourceFile;
use crate::language::yaml;
use crate::language::yaml::{Entry, Kind, Tree};
use std::sync::Arc;

/// Stands in the text where the cursor is, so that an empty line has a key and an empty value a text. No person types it.
pub const MARK: char = '\u{F8FF}';

/// A way down a tree.
#[derive(Debug, Clone)]
pub struct Spot<'t> {
    /// From the top; the last one is what the cursor is in.
    pub steps: Vec<Step<'t>>,
    pub on: On<'t>,
}

#[derive(Debug, Clone, Copy)]
pub enum Step<'t> {
    /// Below a key; with all keys of its block.
    Key(&'t Entry, &'t [Entry]),
    /// In a list.
    Item,
}

#[derive(Debug, Clone, Copy)]
pub enum On<'t> {
    /// A key, with all keys of its block. It is not among the steps.
    Key(&'t Entry, &'t [Entry]),
    /// A value that is no block.
    Value(&'t Tree),
}

impl<'t> Step<'t> {
    /// The keys of the block that is passed through.
    pub fn block(&self) -> Option<&'t [Entry]> {
        match self {
            Self::Key(_, block) => Some(block),
            Self::Item => None,
        }
    }
}

impl<'t> Spot<'t> {
    /// What stands at a byte of the tree's text.
    pub fn of(tree: &'t Tree, offset: usize) -> Option<Self> {
        let mut steps = Vec::new();
        let mut tree = tree;
        loop {
            tree = match &tree.kind {
                Kind::Map(entries) => {
                    let entry = entries.iter().rev().find(|entry| entry.key_place.start <= offset)?;
                    if offset <= entry.key_place.end {
                        return Some(Self { steps, on: On::Key(entry, entries) });
                    }
                    steps.push(Step::Key(entry, entries));
                    &entry.value
                }
                Kind::List(items) => {
                    steps.push(Step::Item);
                    items.iter().rev().find(|item| item.place.start <= offset)?
                }
                _ => {
                    let is_there = tree.place.start <= offset && offset <= tree.place.end;
                    return is_there.then_some(Self { steps, on: On::Value(tree) });
                }
            };
        }
    }

    /// The keys on the way, items left out.
    pub fn keys(&self) -> Vec<&'t str> {
        let key = |step: &Step<'t>| match step {
            Step::Key(entry, _) => Some(entry.key.as_str()),
            Step::Item => None,
        };
        self.steps.iter().filter_map(key).collect()
    }

    /// The key whose value this is; nothing for an item of a list.
    pub fn key(&self) -> Option<&'t Entry> {
        match self.steps.last() {
            Some(Step::Key(entry, _)) => Some(entry),
            _ => None,
        }
    }

    pub fn is_item(&self) -> bool {
        matches!(self.steps.last(), Some(Step::Item))
    }
}

/// The tree of a text: as YAML reads it, and where that cannot be, its outline.
pub fn tree(file: &Arc<SourceFile>) -> Tree {
    yaml::parse(file, &mut Sink::default()).unwrap_or_else(|| super::outline::outline(file))
}
