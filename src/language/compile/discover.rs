//! Which files a set of paths means.

use super::context::Unit;
use super::file;
use crate::base::confined::{Bounds, Refused};
use crate::base::diagnostic::{Code, Diagnostic, Sink};
use crate::base::place::Place;
use crate::language::pipeline::scope::{self, Files, Overlay, normalised, real};
use crate::language::yaml;
use std::collections::{HashMap, HashSet};
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

/// Entries of all folders together. More, and it is no folder of pipelines: the search ends, and says so where it was asked for.
const MOST_ENTRIES: usize = 200_000;
/// Not more are searched for a second pipeline of the same name.
const MOST_FOR_A_TWIN: usize = 20_000;
const MOST_LEVELS: usize = 32;
/// Bytes that are read of a file to see whether it is a Hireline file: its name is in one of its first lines.
const FIRST_READ: usize = 1024;

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
        let bounds = scope::bounds(&path.join("hireline.yaml"));
        let below = below(&path, MOST_ENTRIES);
        if let Some(why) = below.cut_short {
            sink.push(unsearched(&path, &why));
        }
        // A link that leads outside is not followed: it is reported when it is loaded.
        let is_ours = |file: &PathBuf| is_workspace(file) || leads_outside(file, &bounds) || first_level(file, &bounds).is_some();
        let files: Vec<PathBuf> = below.files.into_iter().filter(is_ours).collect();
        if !files.iter().any(|file| !is_workspace(file)) {
            sink.push(file::nothing_there(&path));
        }
        found.extend(files);
    }
    let mut seen = HashSet::new();
    found.retain(|path| seen.insert(real(path)));
    found
}

/// The folders among the paths, links resolved.
pub(super) fn folders(paths: &[PathBuf]) -> Vec<PathBuf> {
    paths.iter().filter(|path| path.is_dir()).map(|path| real(path)).collect()
}

fn is_workspace(file: &Path) -> bool {
    file.file_name().is_some_and(|name| name == "hireline.yaml")
}

fn is_yaml(file: &Path) -> bool {
    file.extension().is_some_and(|extension| extension == "yaml" || extension == "yml")
}

/// What a search came to.
#[derive(Debug, Default)]
struct Below {
    /// Sorted.
    files: Vec<PathBuf>,
    /// Why it ended before its end.
    cut_short: Option<String>,
}

/// Every YAML file below a folder. Hidden folders, links to folders and a pipeline's fixtures and snapshots are not entered.
fn below(folder: &Path, most: usize) -> Below {
    let mut files = Vec::new();
    let mut cut_short = None;
    let mut left = vec![(folder.to_owned(), 0)];
    let mut entries = 0;
    'search: while let Some((folder, level)) = left.pop() {
        let Ok(listing) = std::fs::read_dir(&folder) else { continue };
        for entry in listing.flatten() {
            entries += 1;
            if entries > most {
                cut_short = Some(format!("holds more than {most} files"));
                break 'search;
            }
            let (path, Ok(kind)) = (entry.path(), entry.file_type()) else { continue };
            let hidden = entry.file_name().to_string_lossy().starts_with('.');
            if kind.is_dir() && !hidden && !belongs_to_a_pipeline(&folder, &path) {
                match level < MOST_LEVELS {
                    true => left.push((path, level + 1)),
                    false => cut_short = Some(format!("is more than {MOST_LEVELS} folders deep")),
                }
            } else if !kind.is_dir() && is_yaml(&path) {
                files.push(normalised(&path));
            }
        }
    }
    files.sort();
    Below { files, cut_short }
}

fn unsearched(folder: &Path, why: &str) -> Diagnostic {
    let message = format!("{} {why}, and was not searched to its end", folder.display());
    Diagnostic::unplaced(Code::UnreadableFile, message).help("name the pipelines' own folder")
}

fn leads_outside(file: &Path, bounds: &Bounds) -> bool {
    file.is_symlink() && matches!(bounds.resolve(file), Err(Refused::Outside))
}

/// `NAME/fixtures` and `NAME/snapshots` next to `NAME.yaml`.
fn belongs_to_a_pipeline(folder: &Path, path: &Path) -> bool {
    path.file_name().is_some_and(|name| name == "fixtures" || name == "snapshots")
        && ["yaml", "yml"].iter().any(|extension| folder.with_extension(extension).is_file())
}

/// The line of a first-level `pipeline:` or `library:`, found in the text alone: a file with an error in its
/// YAML is a Hireline file too. It is one of the first lines in most files, so a file is read no further than
/// that.
fn first_level(file: &Path, bounds: &Bounds) -> Option<String> {
    let (file, _) = bounds.open(file).ok()?;
    let mut reader = BufReader::with_capacity(FIRST_READ, file.take(4 * yaml::MAX_BYTES as u64));
    let mut bytes = Vec::new();
    while reader.read_until(b'\n', &mut bytes).ok()? > 0 {
        let line = String::from_utf8_lossy(&bytes);
        if let Some(line) = first_level_of(&line) {
            return Some(line.to_owned());
        }
        bytes.clear();
    }
    None
}

fn first_level_of(text: &str) -> Option<&str> {
    text.lines()
        .map(|line| line.trim_start_matches('\u{feff}'))
        .find(|line| value_of(line, "pipeline").is_some() || value_of(line, "library").is_some())
}

/// Whether a text is a pipeline or a library, by the rule for the files of a folder.
pub(crate) fn is_hireline_file(text: &str) -> bool {
    first_level_of(text).is_some()
}

/// Every library below a folder, sorted.
pub(crate) fn libraries_below(root: &Path) -> Vec<PathBuf> {
    let bounds = Bounds::of(root);
    let is_library = |path: &PathBuf| first_level(path, &bounds).is_some_and(|line| value_of(&line, "library").is_some());
    below(root, MOST_FOR_A_TWIN).files.into_iter().filter(is_library).collect()
}

/// The value of `key:` on a line without indentation.
fn value_of<'l>(line: &'l str, key: &str) -> Option<&'l str> {
    let rest = line.strip_prefix('"').unwrap_or(line).strip_prefix(key)?;
    let rest = rest.strip_prefix('"').unwrap_or(rest).trim_start().strip_prefix(':')?;
    (rest.is_empty() || rest.starts_with(char::is_whitespace))
        .then(|| rest.split(" #").next().unwrap_or(rest).trim().trim_matches(['"', '\'']))
}

/// A pipeline's name is what its ledger rows and its lease are kept under: no two files of a workspace share one.
pub(super) fn refuse_duplicates(units: &mut [Unit], files: &Files, sink: &mut Sink) {
    let mut others: HashMap<PathBuf, HashMap<String, PathBuf>> = HashMap::new();
    let mut first_of: HashMap<(PathBuf, String), Place> = HashMap::new();
    let known: HashSet<PathBuf> = units.iter().map(|unit| real(&unit.path)).collect();
    for unit in units {
        let Some((id, place)) = &unit.id else { continue };
        let twin = match first_of.get(&(unit.workspace.real.clone(), id.clone())) {
            Some(first) => Some(first.clone()),
            None if unit.workspace.marked => {
                let below = || names_below(&unit.workspace.root, &known, files.overlay());
                let others = others.entry(unit.workspace.real.clone()).or_insert_with(below);
                others.get(id).and_then(|path| place_of(path, &unit.workspace.bounds, files))
            }
            None => None,
        };
        first_of.entry((unit.workspace.real.clone(), id.clone())).or_insert_with(|| place.clone());
        if let Some(first) = twin {
            let diagnostic =
                Diagnostic::error(Code::DuplicatePipeline, place, format!("another file of this workspace is also named `{id}`"));
            sink.push(diagnostic.related(&first, "the other one").help("rename one of them: the ledger identifies a pipeline by its name"));
            (unit.compiled, unit.pipeline) = (false, None);
        }
    }
}

/// The pipelines that paths mean, by name and file, whether or not they compile.
pub fn named(paths: &[PathBuf]) -> Vec<(String, PathBuf)> {
    let files = find(paths, &mut Sink::default());
    files
        .into_iter()
        .filter_map(|path| Some((value_of(&first_level(&path, &scope::bounds(&path))?, "pipeline")?.to_owned(), path)))
        .collect()
}

/// The names of the pipelines below a folder, but for those that are at hand, each with the first file that has it. One that is open in an
/// editor has the name that it has there.
fn names_below(root: &Path, known: &HashSet<PathBuf>, overlay: &Overlay) -> HashMap<String, PathBuf> {
    let name_of = |line: &str| value_of(line, "pipeline").map(str::to_owned);
    let on_the_disk = overlay.pipelines(root, || {
        let bounds = Bounds::of(root);
        let named = |path: PathBuf| Some((name_of(&first_level(&path, &bounds)?)?, path));
        below(root, MOST_FOR_A_TWIN).files.into_iter().filter_map(named).collect()
    });
    let mut names = HashMap::new();
    for (name, path) in on_the_disk.iter().filter(|(_, path)| !known.contains(&real(path))) {
        let name = match overlay.text(path) {
            Some(text) => first_level_of(&text).and_then(name_of),
            None => Some(name.clone()),
        };
        if let Some(name) = name {
            names.entry(name).or_insert_with(|| path.clone());
        }
    }
    names
}

fn place_of(path: &Path, bounds: &Bounds, files: &Files) -> Option<Place> {
    let file = files.read(path, bounds, &mut Sink::default())?;
    let mut at = 0;
    for line in file.text().split_inclusive('\n') {
        if value_of(line.trim_end(), "pipeline").is_some() {
            let value = line.find(':').map_or(0, |colon| colon + 1);
            let value = value + line.get(value..).map_or(0, |rest| rest.len() - rest.trim_start().len());
            let end = line.find(" #").map_or(line.len(), |comment| comment.max(value));
            let end = line.get(..end).map_or(0, |line| line.trim_end().len());
            return Some(Place::new(&file, at + value, at + end));
        }
        at += line.len();
    }
    None
}
