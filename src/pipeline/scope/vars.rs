//! `vars`: one table, the nearest file wins.

use super::{Library, Scope};
use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::tree::{Entry, Tree};
use crate::yaml::to_json;
use serde_json::{Map, Value};
use std::rc::Rc;

impl Scope {
    /// The table of `vars` for a pipeline (with its own block) or a library (`None`).
    pub fn vars(&self, own: Option<&Tree>, sink: &mut Sink) -> Value {
        let mut table: Vec<Entry> = own.and_then(Tree::as_map).unwrap_or_default().to_vec();
        for level in self.levels() {
            let mut here: Vec<(Rc<Library>, Entry)> = Vec::new();
            for library in level {
                for entry in library.tree.get("vars").and_then(Tree::as_map).unwrap_or_default() {
                    if table.iter().any(|known| known.key == entry.key) {
                        continue;
                    }
                    match here.iter().find(|(_, other)| other.key == entry.key) {
                        None => here.push((Rc::clone(&library), entry.clone())),
                        Some((other, first)) => sink.push(twice(entry, &library, first, other)),
                    }
                }
            }
            table.extend(here.into_iter().map(|(_, entry)| entry));
        }
        Value::Object(table.into_iter().map(|entry| (entry.key, to_json(&entry.value))).collect::<Map<_, _>>())
    }
}

impl Scope {
    /// Where the variable `name` gets its value: in the pipeline's own block, else in the nearest library.
    pub fn variable(&self, own: Option<&Tree>, name: &str) -> Option<Entry> {
        let in_block = |block: Option<&Tree>| block.and_then(Tree::as_map)?.iter().find(|entry| entry.key == name).cloned();
        in_block(own).or_else(|| self.levels().iter().flatten().find_map(|library| in_block(library.tree.get("vars"))))
    }
}

fn twice(entry: &Entry, library: &Library, first: &Entry, other: &Library) -> Diagnostic {
    let message = format!("`vars.{}` is defined by two imports, `{}` and `{}`", entry.key, other.name, library.name);
    Diagnostic::error(Code::AmbiguousName, &entry.key_place, message)
        .related(&first.key_place, "also here")
        .help(format!("set `{}` under `vars:` of the file that imports both, or give one of them another name", entry.key))
}
