//! Libraries on their own: each name in them is checked where it is defined, once, whoever uses it.

use super::context::Unit;
use super::filters;
use crate::base::diagnostic::{Code, Diagnostic, Sink};
use crate::base::place::text_from;
use crate::language::mapping;
use crate::language::pipeline::scope::{Files, Imports, Library, Namespace, Scope};
use crate::language::yaml::Entry;
use crate::model::settings::{Api, WithoutEmail};
use serde_json::{Map, Value};
use std::collections::HashSet;
use std::path::PathBuf;

pub(super) fn check(files: &mut Files, units: &[Unit], sink: &mut Sink) {
    let builtin = files.builtin(sink);
    for library in files.libraries() {
        let workspace = files.workspace(library.file.path(), sink);
        let scope = Scope::of_pipeline(Imports::default(), &workspace, &builtin).of_library(&library);
        for entry in library.tree.entries_of("filters") {
            filters::rule(&entry.key, &entry.value, sink);
        }
        super::texts::check(&library.tree, sink);
        check_uses(&scope, &library, sink);
        check_mappings(&scope, &library, units, sink);
    }
}

/// `$use` in the sources and destinations that a library names.
fn check_uses(scope: &Scope, library: &Library, sink: &mut Sink) {
    for (namespace, key) in [(Namespace::Source, "hrflow"), (Namespace::Destination, "greenhouse")] {
        for entry in library.tree.entries_of(namespace.section()) {
            if let Some(block) = entry.value.get(key) {
                scope.resolve(namespace, block, sink);
            }
        }
    }
}

/// A mapping of a library may be a part of one: what it lacks is asked of the pipelines that use it.
fn check_mappings(scope: &Scope, library: &Library, units: &[Unit], sink: &mut Sink) {
    let mut diagnostics = Sink::default();
    let vars = vars(scope, units, &mut diagnostics);
    for entry in library.tree.entries_of("mappings") {
        let block = scope.resolve(Namespace::Mapping, &entry.value, &mut diagnostics);
        let Some(members) = block.tree.as_map() else { continue };
        super::texts::warn_of_numbers(&block.tree, &mut diagnostics);
        let authored = mapping::Authored {
            members,
            job_ids: None,
            jobs: None,
            application: None,
            vars: &vars,
            present: &[],
            pipeline: "",
            without_email: WithoutEmail::Create,
            api: Api::HarvestV3,
        };
        mapping::compile(&authored, &mut diagnostics);
    }
    // What a pipeline's filters ensure is known when the pipeline is compiled: its library's mappings are
    // checked again then.
    let left = |code| code == Code::MissingMember || code == Code::MayBeMissing && !units.is_empty();
    diagnostics.into_sorted().into_iter().filter(|diagnostic| !left(diagnostic.code)).for_each(|diagnostic| sink.push(diagnostic));
}

/// The library's own table, and whatever the pipelines at hand would add to it.
fn vars(scope: &Scope, units: &[Unit], sink: &mut Sink) -> Value {
    let mut table = match scope.vars(None, sink) {
        Value::Object(table) => table,
        _ => Map::new(),
    };
    for (key, value) in units.iter().filter_map(|unit| unit.vars.as_object()).flatten() {
        table.entry(key.clone()).or_insert_with(|| value.clone());
    }
    Value::Object(table)
}

/// The names of variables that texts use; by texts, since templates are allowed anywhere.
#[derive(Debug, Default)]
pub(super) struct Variables {
    names: HashSet<String>,
    /// `vars` as a whole, or by a name that is worked out: then any may be used.
    any: bool,
}

impl Variables {
    pub(super) fn read(&mut self, text: &str) {
        for (at, found) in text.match_indices("vars") {
            let rest = text_from(text, at + found.len());
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
pub(super) fn warn_of_unused(files: &mut Files, folders: &[PathBuf], variables: &mut Variables, sink: &mut Sink) {
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
            let diagnostic = Diagnostic::warning(Code::UnusedName, &name.place, format!("no file imports the library `{}`", library.name));
            sink.push(diagnostic.help("add it to the `imports:` of the files that use it, or remove it"));
        }
    }
}

fn definitions(library: &Library, variables: &Variables, sink: &mut Sink) {
    let used = library.used.borrow();
    for namespace in Namespace::ALL {
        for entry in library.tree.entries_of(namespace.section()) {
            if !used.contains(&(namespace, entry.key.clone())) {
                report_unused(entry, &format!("{} `{}`", namespace.as_str(), entry.key), sink);
            }
        }
    }
    for entry in library.tree.entries_of("vars").iter().filter(|entry| !variables.uses(&entry.key)) {
        report_unused(entry, &format!("variable `vars.{}`", entry.key), sink);
    }
}

fn report_unused(entry: &Entry, what: &str, sink: &mut Sink) {
    sink.warning(Code::UnusedName, &entry.key_place, format!("nothing in this workspace uses the {what}"), "remove it, or use it");
}
