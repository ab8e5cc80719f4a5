//! Libraries on their own: each name in them is checked where it stands, once, whoever uses it.

use super::context::Unit;
use super::filters;
use crate::diagnostic::{Code, Sink};
use crate::mapping;
use crate::pipeline::scope::{Files, Imports, Library, Namespace, Scope};
use crate::settings::{Api, WithoutEmail};
use crate::tree::Tree;
use serde_json::{Map, Value};

pub(super) fn check(files: &mut Files, units: &[Unit], sink: &mut Sink) {
    let builtin = files.builtin(sink);
    for library in files.libraries() {
        let workspace = files.workspace(library.file.path(), sink);
        let scope = Scope::of_pipeline(Imports::default(), &workspace, &builtin).of_library(&library);
        for entry in library.tree.get("filters").and_then(Tree::as_map).unwrap_or_default() {
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
        for entry in library.tree.get(namespace.section()).and_then(Tree::as_map).unwrap_or_default() {
            if let Some(block) = entry.value.get(key) {
                scope.resolve(namespace, block, sink);
            }
        }
    }
}

/// A mapping of a library may be a part of one: what it lacks is asked of the pipelines that use it.
fn check_mappings(scope: &Scope, library: &Library, units: &[Unit], sink: &mut Sink) {
    let mut faults = Sink::default();
    let vars = vars(scope, units, &mut faults);
    for entry in library.tree.get("mappings").and_then(Tree::as_map).unwrap_or_default() {
        let block = scope.resolve(Namespace::Mapping, &entry.value, &mut faults);
        let Some(members) = block.tree.as_map() else { continue };
        super::numbers::warn(&block.tree, &mut faults);
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
        mapping::compile(&authored, &mut faults);
    }
    // What a pipeline's filters see to is known where the pipeline is compiled: there a mapping of a library is told of, too.
    let left = |code| code == Code::MissingMember || code == Code::MayBeMissing && !units.is_empty();
    faults.into_sorted().into_iter().filter(|fault| !left(fault.code)).for_each(|fault| sink.push(fault));
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
