//! Definitions that nothing uses: told where everything that could use them was read, and nothing else is wrong (a slip of the pen in a name
//! makes its definition unused, and is told as that).

use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::pipeline::scope::{Files, Library, Namespace};
use crate::tree::{Entry, Tree};
use std::collections::HashSet;
use std::path::PathBuf;

/// The names of variables that texts use; by texts, since a template may stand anywhere.
#[derive(Debug, Default)]
pub(super) struct Variables {
    names: HashSet<String>,
    /// `vars` as a whole, or by a name that is worked out: then any may be used.
    any: bool,
}

impl Variables {
    pub(super) fn read(&mut self, text: &str) {
        for (at, found) in text.match_indices("vars") {
            let rest = text.get(at + found.len()..).unwrap_or_default();
            let inside_a_word =
                text.get(..at).and_then(|before| before.chars().next_back()).is_some_and(|c| c.is_alphanumeric() || c == '_');
            let (rest, quoted) = match rest.strip_prefix('.') {
                Some(rest) => (rest, false),
                None => match ["['", "[\"", "[\\\""].iter().find_map(|opening| rest.strip_prefix(opening)) {
                    Some(rest) => (rest, true),
                    // The section itself, or a word of a text.
                    None if inside_a_word || rest.starts_with(':') => continue,
                    None => {
                        self.any = true;
                        continue;
                    }
                },
            };
            let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || quoted && c == '-')).unwrap_or(rest.len());
            self.names.extend(rest.get(..end).map(str::to_owned));
        }
    }

    fn uses(&self, name: &str) -> bool {
        self.any || self.names.contains(name)
    }
}

/// `folders` are those that were checked whole.
pub(super) fn warn(files: &mut Files, folders: &[PathBuf], variables: &mut Variables, sink: &mut Sink) {
    let libraries = files.libraries();
    libraries.iter().for_each(|library| variables.read(library.file.text()));
    for library in libraries {
        let workspace = files.workspace(library.file.path(), sink);
        if !workspace.marked || !folders.iter().any(|folder| workspace.real.starts_with(folder)) {
            continue;
        }
        if library.imported.get() {
            definitions(&library, variables, sink);
        } else if let Some(name) = library.tree.get("library") {
            let fault = Diagnostic::warning(Code::UnusedName, &name.place, format!("no file imports the library `{}`", library.name));
            sink.push(fault.help("add it to the `imports:` of the files that are to use it, or take it out"));
        }
    }
}

fn definitions(library: &Library, variables: &Variables, sink: &mut Sink) {
    let used = library.used.borrow();
    for namespace in [Namespace::Filter, Namespace::Mapping, Namespace::Source, Namespace::Destination] {
        for entry in entries(library, namespace.section()) {
            if !used.contains(&(namespace, entry.key.clone())) {
                tell(entry, &format!("{} `{}`", namespace.word(), entry.key), sink);
            }
        }
    }
    for entry in entries(library, "vars").iter().filter(|entry| !variables.uses(&entry.key)) {
        tell(entry, &format!("variable `vars.{}`", entry.key), sink);
    }
}

fn entries<'l>(library: &'l Library, section: &str) -> &'l [Entry] {
    library.tree.get(section).and_then(Tree::as_map).unwrap_or_default()
}

fn tell(entry: &Entry, what: &str, sink: &mut Sink) {
    let fault = Diagnostic::warning(Code::UnusedName, &entry.key_place, format!("nothing in this workspace uses the {what}"));
    sink.push(fault.help("take it out, or use it"));
}
