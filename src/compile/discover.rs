//! Which files a set of paths means.

use super::context::Unit;
use super::file;
use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::pipeline::scope::{Files, Overlay, normalised};
use crate::place::{Place, SourceFile};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// More entries than this are not searched for a second pipeline of the same name.
const MOST_ENTRIES: usize = 20_000;
const MOST_LEVELS: usize = 32;

/// Files in order, each once.
pub(super) fn find(paths: &[PathBuf], sink: &mut Sink) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = Vec::new();
    for path in paths {
        let path = normalised(path);
        let path = if path.as_os_str().is_empty() { PathBuf::from(".") } else { path };
        if !path.is_dir() {
            found.push(path);
            continue;
        }
        let files: Vec<PathBuf> = below(&path).into_iter().filter(|file| first_level(file).is_some() || is_workspace(file)).collect();
        if !files.iter().any(|file| !is_workspace(file)) {
            sink.push(file::nothing_there(&path));
        }
        found.extend(files);
    }
    let mut seen = std::collections::HashSet::new();
    found.retain(|path| seen.insert(std::fs::canonicalize(path).unwrap_or_else(|_| path.clone())));
    found
}

fn is_workspace(file: &Path) -> bool {
    file.file_name().is_some_and(|name| name == "hireline.yaml")
}

fn is_yaml(file: &Path) -> bool {
    file.extension().is_some_and(|extension| extension == "yaml" || extension == "yml")
}

/// Every YAML file below a folder, sorted. Hidden folders, links to folders and a pipeline's fixtures and snapshots are not entered.
fn below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut left = vec![(folder.to_owned(), 0)];
    let mut entries = 0;
    while let Some((folder, level)) = left.pop() {
        let Ok(listing) = std::fs::read_dir(&folder) else { continue };
        for entry in listing.flatten() {
            entries += 1;
            let (path, Ok(kind)) = (entry.path(), entry.file_type()) else { continue };
            let hidden = entry.file_name().to_string_lossy().starts_with('.');
            if kind.is_dir() && !hidden && level < MOST_LEVELS && entries < MOST_ENTRIES && !belongs_to_a_pipeline(&folder, &path) {
                left.push((path, level + 1));
            } else if !kind.is_dir() && is_yaml(&path) {
                files.push(normalised(&path));
            }
        }
    }
    files.sort();
    files
}

/// `NAME/fixtures` and `NAME/snapshots` beside `NAME.yaml`.
fn belongs_to_a_pipeline(folder: &Path, path: &Path) -> bool {
    path.file_name().is_some_and(|name| name == "fixtures" || name == "snapshots")
        && ["yaml", "yml"].iter().any(|extension| folder.with_extension(extension).is_file())
}

/// The line of a first-level `pipeline:` or `library:`, told by the text alone: a file with a fault in its YAML is one of ours too.
fn first_level(file: &Path) -> Option<String> {
    first_level_of(&String::from_utf8_lossy(&std::fs::read(file).ok()?)).map(str::to_owned)
}

fn first_level_of(text: &str) -> Option<&str> {
    text.lines()
        .map(|line| line.trim_start_matches('\u{feff}'))
        .find(|line| value_of(line, "pipeline").is_some() || value_of(line, "library").is_some())
}

/// Whether a text is a pipeline or a library, as a folder's files are told.
pub fn is_one_of_ours(text: &str) -> bool {
    first_level_of(text).is_some()
}

/// Every library below a folder, sorted.
pub fn libraries_below(root: &Path) -> Vec<PathBuf> {
    let is_library = |path: &PathBuf| first_level(path).is_some_and(|line| value_of(&line, "library").is_some());
    below(root).into_iter().filter(is_library).collect()
}

/// What stands behind `key:` on a line without indentation.
fn value_of<'l>(line: &'l str, key: &str) -> Option<&'l str> {
    let rest = line.strip_prefix('"').unwrap_or(line).strip_prefix(key)?;
    let rest = rest.strip_prefix('"').unwrap_or(rest).trim_start().strip_prefix(':')?;
    (rest.is_empty() || rest.starts_with(char::is_whitespace))
        .then(|| rest.split(" #").next().unwrap_or(rest).trim().trim_matches(['"', '\'']))
}

/// A pipeline's name is what its ledger rows and its lease are kept under: no two files of a workspace share one.
pub(super) fn refuse_duplicates(units: &mut [Unit], files: &Files, sink: &mut Sink) {
    let mut others: HashMap<PathBuf, Vec<(String, PathBuf)>> = HashMap::new();
    let mut refused = Vec::new();
    for (at, unit) in units.iter().enumerate() {
        let Some((id, place)) = &unit.id else { continue };
        let is_twin =
            |other: &&Unit| other.workspace.real == unit.workspace.real && other.id.as_ref().is_some_and(|(known, _)| known == id);
        let first = match units.iter().take(at).find(is_twin) {
            Some(other) => other.id.as_ref().map(|(_, place)| place.clone()),
            None if unit.workspace.marked => {
                let known = others.entry(unit.workspace.real.clone()).or_insert_with(|| names_below(&unit.workspace.root, files.overlay()));
                let mut twins = known.iter().filter(|(name, _)| name == id).map(|(_, path)| path);
                twins.find(|path| !units.iter().any(|unit| same(&unit.path, path))).and_then(|path| place_of(path, files))
            }
            None => None,
        };
        if let Some(first) = first {
            let fault =
                Diagnostic::error(Code::DuplicatePipeline, place, format!("another file of this workspace is the pipeline `{id}` too"));
            sink.push(fault.related(&first, "the other one").help("give one of them another name: the ledger knows a pipeline by it"));
            refused.push(at);
        }
    }
    for at in refused {
        if let Some(unit) = units.get_mut(at) {
            unit.pipeline = None;
        }
    }
}

fn same(one: &Path, other: &Path) -> bool {
    matches!((std::fs::canonicalize(one), std::fs::canonicalize(other)), (Ok(one), Ok(other)) if one == other)
}

/// The pipelines of a workspace. One that is open in an editor has the name that it has there.
fn names_below(root: &Path, overlay: &Overlay) -> Vec<(String, PathBuf)> {
    let named = |path: PathBuf| Some((value_of(&first_level(&path)?, "pipeline")?.to_owned(), path));
    let on_the_disk = overlay.pipelines(root, || below(root).into_iter().filter_map(named).collect());
    let current = |(name, path): &(String, PathBuf)| match overlay.text(path) {
        Some(text) => Some((value_of(first_level_of(&text)?, "pipeline")?.to_owned(), path.clone())),
        None => Some((name.clone(), path.clone())),
    };
    on_the_disk.iter().filter_map(current).collect()
}

fn place_of(path: &Path, files: &Files) -> Option<Place> {
    let file = match files.overlay().text(path) {
        Some(text) => SourceFile::new(path, &*text),
        None => SourceFile::new(path, String::from_utf8_lossy(&std::fs::read(path).ok()?).into_owned()),
    };
    let mut at = 0;
    for line in file.text().split_inclusive('\n') {
        if value_of(line.trim_end(), "pipeline").is_some() {
            return Some(Place::new(&file, at, at + line.trim_end().len()));
        }
        at += line.len();
    }
    None
}
