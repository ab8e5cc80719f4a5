//! One pipeline file.

use super::context::{Context, Unit};
use super::libraries::Variables;
use super::{Loader, Pipeline, Workspace, destination, filters, source, texts};
use crate::base::diagnostic::{Code, Diagnostic, Severity, Sink, nearest};
use crate::base::place::{Place, SourceFile};
use crate::language::filter::{Filter, Filters};
use crate::language::pipeline::scope::{self, Files, Namespace, Scope};
use crate::language::pipeline::{schema, walk};
use crate::language::yaml::{Entry, Kind, Tree, to_json};
use crate::language::{mapping, yaml};
use crate::model::settings::{Api, Limits, WithoutEmail};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

/// Loads one file: a pipeline, a library or a workspace file. `None` for what is no pipeline.
pub(super) fn load(path: &Path, files: &mut Files, loader: Loader, variables: &mut Variables, sink: &mut Sink) -> Option<Unit> {
    let workspace = files.workspace(path, sink);
    if path.file_name().is_some_and(|name| name == "hireline.yaml") {
        if !path.is_file() {
            scope::read(path, &workspace.bounds, sink);
        }
        return None;
    }
    // Its own errors, apart: whether it may run is asked of these.
    let mut diagnostics = Sink::default();
    let unit = load_pipeline(path, &workspace, files, loader, variables, &mut diagnostics);
    let diagnostics = diagnostics.into_sorted();
    let sound = diagnostics.iter().all(|diagnostic| diagnostic.severity != Severity::Error);
    diagnostics.into_iter().for_each(|diagnostic| sink.push(diagnostic));
    let unit = unit?;
    Some(Unit { compiled: sound && unit.compiled, pipeline: unit.pipeline.filter(|_| sound && !loader.only_checks), ..unit })
}

fn load_pipeline(
    path: &Path,
    workspace: &Rc<scope::Workspace>,
    files: &mut Files,
    loader: Loader,
    variables: &mut Variables,
    sink: &mut Sink,
) -> Option<Unit> {
    let file = files.read(path, &workspace.bounds, sink)?;
    let tree = reindented(yaml::parse(&file, sink)?, sink);
    if tree.get("library").is_some() && tree.get("pipeline").is_none() {
        let real = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        files.library(path, &real, workspace, sink);
        return None;
    }
    if ["pipeline", "source", "filters", "mapping", "destination"].iter().all(|key| tree.get(key).is_none()) {
        let start = Place::new(&file, tree.place.start, tree.place.start);
        let diagnostic = Diagnostic::error(Code::MissingKey, &start, "this file is not a pipeline: it has no `pipeline:`");
        sink.push(diagnostic.help("start it with `version: 1` and `pipeline: NAME`, or name the right file"));
        return None;
    }
    if loader.only_checks {
        variables.read(file.text());
    }
    let imports = files.imports(&file, &tree, workspace, sink);
    let scope = Scope::of_pipeline(imports, workspace, &files.builtin(sink));
    let vars = scope.vars(tree.get("vars"), sink);
    let id = tree.get("pipeline").and_then(|id| Some((id.as_text()?.to_owned(), id.place.clone())));
    let name = id.as_ref().map(|(id, _)| id.clone()).unwrap_or_default();
    let mut context = Context { id: name, scope, workspace: Rc::clone(workspace), vars, loader, unset: Default::default(), sink };
    let pipeline = compile(&file, &tree, &mut context);
    texts::check(&tree, context.sink);
    let vars = std::mem::take(&mut context.vars);
    Some(Unit { id, path: path.to_owned(), workspace: Rc::clone(workspace), vars, compiled: pipeline.is_some(), pipeline })
}

fn compile(file: &Arc<SourceFile>, tree: &Tree, context: &mut Context<'_>) -> Option<Pipeline> {
    let top = walk::Walk::new(&schema::PIPELINE, context.sink).top(tree);
    for section in ["version", "pipeline", "description", "imports", "vars", "limits", "mapping"] {
        if let Some(inner) = tree.get(section) {
            walk::Walk::new(&schema::PIPELINE, context.sink).section(inner, section);
        }
    }
    check_id(tree, context);
    if let Some(vars) = tree.get("vars") {
        texts::warn_of_numbers(vars, context.sink);
        texts::warn_of_names(vars, context.sink);
    }
    let source = tree.get("source").and_then(|tree| source::compile(tree, context));
    let filters = filters::compile(tree.get("filters"), context);
    let destination = tree.get("destination").map(|tree| destination::compile(tree, context));
    let mapping = tree.get("mapping").and_then(|tree| compile_mapping(tree, filters.as_deref(), destination.as_ref(), context));
    let limits = limits(tree.get("limits"), context);
    let (source, source_definition) = source?;
    let (mapping, members) = mapping?;
    let (filters, destination) = (filters?, destination?);
    top.then_some(())?;
    let greenhouse = destination.block.as_ref();
    // Nobody asks it of a pipeline that is only checked.
    let reading = match context.loader.only_checks {
        true => String::new(),
        false => reading_hash(&source_definition, &filters, &members, greenhouse, &context.vars),
    };
    Some(Pipeline {
        id: context.id.clone(),
        description: tree.get("description").and_then(Tree::as_text).map(str::to_owned),
        file: file.path().to_owned(),
        workspace: Workspace { root: context.workspace.root.clone(), ledger: context.workspace.ledger.clone() },
        source,
        filters: Filters::new(filters, context.vars.clone(), &context.id),
        mapping,
        destination: destination.settings?,
        limits: limits?,
        vars: context.vars.clone(),
        reading,
    })
}

fn check_id(tree: &Tree, context: &mut Context<'_>) {
    let Some(id) = tree.get("pipeline") else { return };
    let Some(text) = id.as_text() else { return };
    let good = text.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    if !good {
        let folded: String = text.to_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        let folded = folded.trim_matches('-');
        let example = if folded.is_empty() { "acme-engineering" } else { folded };
        let message = "a pipeline's name has lowercase letters, digits and hyphens";
        context.error(Code::UnknownValue, id, message, format!("write `pipeline: {example}`"));
    }
}

/// What says to what a candidate applies, written into `destination.greenhouse`, where it does not belong.
const MAPPING_ONLY: [&str; 3] = ["prospect", "applications", "pool"];
/// The same, written into the mapping's first level.
const NOT_A_MEMBER: [&str; 7] = ["job_ids", "jobs", "job_id", "job", "pool", "pool_id", "application"];

fn is_misplaced(key: &str, keys: &[&str]) -> bool {
    keys.contains(&key)
}

/// The mapping, with its members (every `$use` resolved) for the pipeline's reading.
fn compile_mapping(
    tree: &Tree,
    filters: Option<&[Filter]>,
    destination: Option<&destination::Compiled>,
    context: &mut Context<'_>,
) -> Option<(mapping::Mapping, Vec<crate::language::yaml::Entry>)> {
    let block = context.scope.resolve(Namespace::Mapping, tree, context.sink);
    let members = block.tree.as_map()?.to_vec();
    texts::warn_of_numbers(&block.tree, context.sink);
    let greenhouse = destination.and_then(|destination| destination.block.as_ref());
    let keeping = filters.into_iter().flatten().filter(|filter| filter.keeps);
    let present: Vec<String> = keeping.flat_map(|filter| filter.predicate.asserts()).map(|path| format!("profile.{path}")).collect();
    let authored = mapping::Authored {
        members: &members,
        job_ids: greenhouse.and_then(|block| block.get("job_ids")),
        jobs: greenhouse.and_then(|block| block.get("jobs")),
        application: greenhouse.and_then(|block| block.get("application")),
        vars: &context.vars,
        present: &present,
        pipeline: &context.id,
        without_email: destination.map_or(WithoutEmail::Invalid, |destination| destination.without_email),
        api: destination.map_or(Api::HarvestV3, |destination| destination.api),
    };
    // A typing error in `job_ids` is reported there. That the candidates apply to nothing is not reported as
    // well.
    let jobs = ["job_ids", "jobs"];
    let is_slip = |key: &str| !jobs.contains(&key) && nearest(key, jobs).is_some();
    let slip = greenhouse.map_or(&[][..], Tree::entries).iter().any(|entry| is_slip(&entry.key) || is_misplaced(&entry.key, &MAPPING_ONLY))
        || members.iter().any(|entry| is_misplaced(&entry.key, &NOT_A_MEMBER));
    if !block.whole || slip || !destination.is_some_and(|destination| destination.whole) {
        // What a named block would have brought is not there: only what is written here can be judged.
        let mut diagnostics = Sink::default();
        mapping::compile(&authored, &mut diagnostics);
        let told = diagnostics.into_sorted().into_iter().filter(|diagnostic| diagnostic.code != Code::MissingMember);
        told.for_each(|diagnostic| context.sink.push(diagnostic));
        return None;
    }
    let compiled = mapping::compile(&authored, context.sink)?;
    Some((compiled, members))
}

fn limits(tree: Option<&Tree>, context: &mut Context<'_>) -> Option<Limits> {
    let Some(tree) = tree else { return Some(Limits::default()) };
    walk::Walk::new(&schema::PIPELINE, &mut Sink::default()).section(tree, "limits").then(|| walk::read(tree, context.sink))?
}

/// The error for a path without a pipeline.
pub(super) fn nothing_there(path: &Path) -> Diagnostic {
    Diagnostic::unplaced(Code::UnreadableFile, format!("there is no pipeline below {}", path.display()))
        .help("a pipeline is a .yaml or .yml file with `pipeline:` at its first level")
}

pub(super) fn reindented(tree: Tree, sink: &mut Sink) -> Tree {
    let Kind::Map(entries) = tree.kind else { return tree };
    let mut kept: Vec<Entry> = Vec::with_capacity(entries.len());
    // Whether the last one kept is a block that gets the next keys.
    let mut takes = false;
    for entry in entries {
        let known = schema_of(&schema::PIPELINE, &entry.key).is_some();
        if let (false, Some(last)) = (known, kept.last_mut())
            && schema_of(&schema::PIPELINE, &last.key).is_some_and(|block| schema_of(block, &entry.key).is_some())
            && (takes || matches!(last.value.kind, Kind::Null))
        {
            if !takes {
                let message = format!("`{}` belongs in `{}`, but is not indented below it", entry.key, last.key);
                let diagnostic =
                    Diagnostic::error(Code::YamlSyntax, &entry.key_place, message).related(&last.key_place, "so this one has no value");
                sink.push(diagnostic.help("indent it and its lines with two spaces"));
                last.value = Tree { place: entry.value.place.clone(), kind: Kind::Map(Vec::new()) };
                takes = true;
            }
            if let Kind::Map(inner) = &mut last.value.kind {
                inner.push(entry);
            }
            continue;
        }
        takes = false;
        kept.push(entry);
    }
    Tree { place: tree.place, kind: Kind::Map(kept) }
}

fn schema_of<'s>(schema: &'s Value, key: &str) -> Option<&'s Value> {
    schema.get("properties").and_then(|properties| properties.get(key))
}

/// Changed whenever the meaning of what is hashed here changes, so that no pipeline keeps an old cursor by accident.
const VERSION: u64 = 1;

/// What the pipeline reads and makes, as SHA-256 in hex; of `greenhouse:` the parts that are templates. Comments, layout, the order of keys
/// and a filter's name and `because` do not count. Source: `docs/delivery.md`, R12.
fn reading_hash(source: &Tree, filters: &[Filter], mapping: &[Entry], greenhouse: Option<&Tree>, vars: &Value) -> String {
    let part = |key| greenhouse.and_then(|block| block.get(key)).map(to_json);
    let filters: Vec<Value> = filters.iter().map(|filter| json!([filter.keeps, filter.text])).collect();
    let mapping = Tree { place: source.place.clone(), kind: Kind::Map(mapping.to_vec()) };
    let mut whole = json!({
        "version": VERSION,
        "source": to_json(source),
        "filters": filters,
        "mapping": to_json(&mapping),
        "job_ids": part("job_ids"),
        "application": part("application"),
        "vars": vars,
    });
    whole.sort_all_objects();
    let digest = Sha256::digest(whole.to_string().as_bytes());
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}
