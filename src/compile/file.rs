//! One pipeline file.

use super::context::{Context, Unit};
use super::unused::Variables;
use super::{Loader, Pipeline, Workspace, destination, filters, indented, numbers, reading, source, texts};
use crate::diagnostic::{Code, Diagnostic, Severity, Sink, nearest};
use crate::filter::{Filter, Filters};
use crate::pipeline::limits::Limits;
use crate::pipeline::scope::{self, Files, Namespace, Scope};
use crate::pipeline::{schema, walk};
use crate::place::{Place, SourceFile};
use crate::tree::Tree;
use crate::{mapping, settings, yaml};
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

const CONCURRENCY: usize = 16;

/// Loads one file: a pipeline, a library or a workspace file. `None` for what is no pipeline.
pub(super) fn load(path: &Path, files: &mut Files, loader: Loader, variables: &mut Variables, sink: &mut Sink) -> Option<Unit> {
    let workspace = files.workspace(path, sink);
    if path.file_name().is_some_and(|name| name == "hireline.yaml") {
        if !path.is_file() {
            scope::read(path, &workspace.bounds, sink);
        }
        return None;
    }
    // Its own faults, apart: whether it may run is asked of these.
    let mut faults = Sink::default();
    let unit = load_pipeline(path, &workspace, files, loader, variables, &mut faults);
    let faults = faults.into_sorted();
    let sound = faults.iter().all(|fault| fault.severity != Severity::Error);
    faults.into_iter().for_each(|fault| sink.push(fault));
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
    let tree = indented::mended(yaml::parse(&file, sink)?, sink);
    if tree.get("library").is_some() && tree.get("pipeline").is_none() {
        let real = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        files.library(path, &real, workspace, sink);
        return None;
    }
    if ["pipeline", "source", "filters", "mapping", "destination"].iter().all(|key| tree.get(key).is_none()) {
        let start = Place::new(&file, tree.place.start, tree.place.start);
        let fault = Diagnostic::error(Code::MissingKey, &start, "this file is no pipeline: it has no `pipeline:`");
        sink.push(fault.help("start it with `version: 1` and `pipeline: NAME`, or name the right file"));
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
        numbers::warn(vars, context.sink);
        numbers::names(vars, context.sink);
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
    let definitions = reading::Definitions {
        source: &source_definition,
        filters: &filters,
        mapping: &members,
        greenhouse: destination.block.as_ref(),
        vars: &context.vars,
    };
    // Nobody asks it of a pipeline that is only checked.
    let reading = if context.loader.only_checks { String::new() } else { reading::hash(&definitions) };
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
        context.error(
            Code::UnknownValue,
            id,
            "a pipeline's name has small letters, digits and hyphens",
            format!("write `pipeline: {example}`"),
        );
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
) -> Option<(mapping::Mapping, Vec<crate::tree::Entry>)> {
    let block = context.scope.resolve(Namespace::Mapping, tree, context.sink);
    let members = block.tree.as_map()?.to_vec();
    numbers::warn(&block.tree, context.sink);
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
        without_email: destination.map_or(settings::WithoutEmail::Invalid, |destination| destination.without_email),
        api: destination.map_or(settings::Api::HarvestV3, |destination| destination.api),
    };
    // A slip of the pen in `job_ids` is told where it stands: that the candidates apply to nothing else need not be told too.
    let jobs = ["job_ids", "jobs"];
    let is_slip = |key: &str| !jobs.contains(&key) && nearest(key, jobs).is_some();
    let slip = greenhouse
        .and_then(Tree::as_map)
        .unwrap_or_default()
        .iter()
        .any(|entry| is_slip(&entry.key) || is_misplaced(&entry.key, &MAPPING_ONLY))
        || members.iter().any(|entry| is_misplaced(&entry.key, &NOT_A_MEMBER));
    if !block.whole || slip || !destination.is_some_and(|destination| destination.whole) {
        // What a named block would have brought is not there: only what is written here can be judged.
        let mut faults = Sink::default();
        mapping::compile(&authored, &mut faults);
        let told = faults.into_sorted().into_iter().filter(|fault| fault.code != Code::MissingMember);
        told.for_each(|fault| context.sink.push(fault));
        return None;
    }
    let compiled = mapping::compile(&authored, context.sink)?;
    Some((compiled, members))
}

fn limits(tree: Option<&Tree>, context: &mut Context<'_>) -> Option<settings::Limits> {
    let raw = match tree {
        None => Limits::default(),
        Some(tree) if walk::Walk::new(&schema::PIPELINE, &mut Sink::default()).section(tree, "limits") => walk::read(tree, context.sink)?,
        Some(_) => return None,
    };
    Some(settings::Limits {
        concurrency: raw.concurrency.unwrap_or(CONCURRENCY),
        max_profiles: raw.max_profiles,
        max_failures: raw.max_failures,
    })
}

/// What a path that holds no pipeline is told.
pub(super) fn nothing_there(path: &Path) -> Diagnostic {
    Diagnostic::unplaced(Code::UnreadableFile, format!("there is no pipeline below {}", path.display()))
        .help("a pipeline is a .yaml or .yml file with `pipeline:` at its first level")
}
