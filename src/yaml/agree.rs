//! Holds the tree to what `serde_yaml` reads from the same text.

use super::convert::to_yaml;
use super::syntax;
use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::place::{Place, SourceFile};
use crate::tree::{Kind, Tree};
use serde_yaml::Value;
use std::sync::Arc;

/// False, and a fault in the sink, where the two readings differ.
pub(super) fn check(file: &Arc<SourceFile>, tree: &Tree, sink: &mut Sink) -> bool {
    match serde_yaml::from_str::<Value>(file.text()) {
        Ok(value) => match difference(tree, &value) {
            None => true,
            Some(place) => {
                let fault = Diagnostic::error(Code::YamlTrap, place, "this can be read in two ways");
                sink.push(fault.help("put it in quotes, or write it on one line"));
                false
            }
        },
        Err(error) => {
            let at = error.location().map_or(0, |location| location.index());
            sink.push(syntax::unreadable(&Place::new(file, at, at)));
            false
        }
    }
}

fn difference<'t>(tree: &'t Tree, value: &Value) -> Option<&'t Place> {
    match (&tree.kind, value) {
        (Kind::List(items), Value::Sequence(values)) if items.len() == values.len() => {
            items.iter().zip(values).find_map(|(item, value)| difference(item, value))
        }
        (Kind::Map(entries), Value::Mapping(values)) if entries.len() == values.len() => {
            entries.iter().zip(values).find_map(|(entry, (key, value))| {
                if key_is(&entry.key, key) { difference(&entry.value, value) } else { Some(&entry.key_place) }
            })
        }
        (Kind::List(_) | Kind::Map(_), _) => Some(&tree.place),
        _ => (to_yaml(tree) != *value).then_some(&tree.place),
    }
}

/// A key is its text for us, whatever type YAML gives it: `123:` and `true:` are names too.
fn key_is(written: &str, key: &Value) -> bool {
    match key {
        Value::String(text) => text == written,
        Value::Bool(_) | Value::Number(_) | Value::Null => true,
        _ => false,
    }
}
