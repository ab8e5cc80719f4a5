//! Files and their imports: each read once, never outside the workspace, never in a circle.

use super::Namespace;
use super::overlay::Overlay;
use super::paths::{Marker, normalised, root_of, shown_folder, within};
use crate::base::confined::{Bounds, Refused};
use crate::base::diagnostic::{Code, Diagnostic, Sink};
use crate::base::place::{BUILT_IN, Place, SourceFile};
use crate::language::pipeline::schema;
use crate::language::pipeline::walk::Walk;
use crate::language::yaml;
use crate::language::yaml::{Entry, Kind, Tree};
use std::cell::{Cell, OnceCell, RefCell};
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

/// The library that needs no import.
const BUILTIN: &str = include_str!("../../library/hireline.yaml");

/// Libraries that import each other, one by way of the other. Without a bound the stack would end first.
const DEEPEST: usize = 32;

/// What a file imports.
#[derive(Debug, Clone, Default)]
pub struct Imports {
    pub libraries: Vec<Rc<Library>>,
    /// One of them could not be read, which was reported: names that it may define are not reported as well.
    pub lacking: bool,
}

/// A library that was read and walked.
#[derive(Debug)]
pub struct Library {
    pub name: String,
    pub file: Arc<SourceFile>,
    pub tree: Tree,
    pub imports: Imports,
    /// What was found in it by name, and whether anybody imports it.
    pub used: RefCell<HashSet<(Namespace, String)>>,
    pub imported: Cell<bool>,
    /// The position of each name in its section: looked up for each use, and a library may have thousands.
    pub index: OnceCell<HashMap<(Namespace, String), usize>>,
}

/// The folder that a pipeline belongs to, and what its `hireline.yaml` says.
#[derive(Debug, Default)]
pub struct Workspace {
    /// As shown to people.
    pub root: PathBuf,
    /// Links resolved.
    pub real: PathBuf,
    /// What lies outside of these is not read.
    pub bounds: Bounds,
    pub account: Option<String>,
    /// Relative to the current folder.
    pub ledger: Option<PathBuf>,
    pub imports: Imports,
    /// Whether `hireline.yaml` or `.git` marks it: an unmarked folder is not searched.
    pub marked: bool,
}

/// Every file that was read in one go.
#[derive(Debug, Default)]
pub struct Files {
    libraries: HashMap<PathBuf, Option<Rc<Library>>>,
    /// By their real roots, and by the folders of the files that asked.
    workspaces: HashMap<PathBuf, Rc<Workspace>>,
    workspaces_of: HashMap<PathBuf, Rc<Workspace>>,
    /// The way to the library that is being read.
    way: Vec<(PathBuf, PathBuf)>,
    builtin: Option<Rc<Library>>,
    overlay: Rc<Overlay>,
}

impl Library {
    pub fn new(file: &Arc<SourceFile>, tree: Tree, imports: Imports) -> Rc<Self> {
        Rc::new(Self {
            name: tree.get("library").and_then(Tree::as_text).unwrap_or_default().to_owned(), // an unnamed library has no name to match
            file: Arc::clone(file),
            tree,
            imports,
            used: RefCell::default(),
            imported: Cell::new(false),
            index: OnceCell::new(),
        })
    }
}

impl Files {
    /// Files as an editor has them.
    pub fn over(overlay: &Rc<Overlay>) -> Self {
        Self { overlay: Rc::clone(overlay), ..Self::default() }
    }

    pub fn overlay(&self) -> &Rc<Overlay> {
        &self.overlay
    }

    /// Reads a file as text: as it is edited, else as the disk has it.
    pub fn read(&self, path: &Path, bounds: &Bounds, sink: &mut Sink) -> Option<Arc<SourceFile>> {
        match self.overlay.text(path) {
            Some(text) => Some(SourceFile::new(path, &*text)),
            None => read(path, bounds, sink),
        }
    }

    /// The built-in library. A test checks that it has no errors.
    pub(crate) fn builtin(&mut self, sink: &mut Sink) -> Rc<Library> {
        if let Some(library) = &self.builtin {
            return Rc::clone(library);
        }
        let file = SourceFile::new(BUILT_IN, BUILTIN);
        let place = Place::new(&file, 0, 0);
        let empty = || Tree { place: place.clone(), kind: Kind::Map(Vec::new()) };
        let tree = yaml::parse(&file, sink).unwrap_or_else(empty);
        Walk::new(&schema::LIBRARY, sink).file(&tree);
        let library = Library::new(&file, tree, Imports::default());
        library.imported.set(true);
        self.builtin = Some(Rc::clone(&library));
        library
    }

    /// All libraries that were read, in a stable order.
    pub fn libraries(&self) -> Vec<Rc<Library>> {
        let mut libraries: Vec<_> = self.libraries.values().flatten().cloned().collect();
        libraries.sort_by(|a, b| a.file.path().cmp(b.file.path()));
        libraries
    }

    /// The libraries, also those that could not be read, and the workspaces' own files.
    pub(crate) fn read_files(&self) -> Vec<PathBuf> {
        let workspaces =
            self.workspaces.values().filter(|workspace| workspace.marked).map(|workspace| workspace.root.join("hireline.yaml"));
        self.libraries.keys().cloned().chain(workspaces).collect()
    }

    /// The workspace of a file: the nearest folder above with `hireline.yaml`, else with `.git`, else the current folder.
    pub fn workspace(&mut self, file: &Path, sink: &mut Sink) -> Rc<Workspace> {
        let folder = file.parent().unwrap_or(Path::new(""));
        if let Some(known) = self.workspaces_of.get(folder) {
            return Rc::clone(known);
        }
        let workspace = self.find_workspace(file, sink);
        self.workspaces_of.insert(folder.to_owned(), Rc::clone(&workspace));
        workspace
    }

    fn find_workspace(&mut self, file: &Path, sink: &mut Sink) -> Rc<Workspace> {
        let (root, marker) = root_of(file);
        let real = std::fs::canonicalize(if root.as_os_str().is_empty() { Path::new(".") } else { &root }).unwrap_or_else(|_| root.clone());
        if let Some(known) = self.workspaces.get(&real) {
            return Rc::clone(known);
        }
        let bounds = Bounds::of(&root);
        let mut workspace = Workspace { root, real: real.clone(), bounds, marked: marker != Marker::None, ..Workspace::default() };
        if marker == Marker::File {
            self.read_workspace(&mut workspace, sink);
        }
        let workspace = Rc::new(workspace);
        self.workspaces.insert(real, Rc::clone(&workspace));
        workspace
    }

    fn read_workspace(&mut self, workspace: &mut Workspace, sink: &mut Sink) {
        let Some(file) = self.read(&workspace.root.join("hireline.yaml"), &workspace.bounds, sink) else { return };
        let Some(tree) = yaml::parse(&file, sink) else { return };
        Walk::new(&schema::WORKSPACE, sink).file(&tree);
        workspace.account = tree.get("account").and_then(Tree::as_text).map(str::to_owned);
        if let Some(ledger) = tree.get("ledger")
            && let Some(written) = ledger.as_text()
        {
            match within(&workspace.root, &workspace.root, written) {
                Some(path) => workspace.ledger = Some(path),
                None => {
                    let diagnostic = Diagnostic::error(Code::UnknownValue, &ledger.place, "the ledger's path leaves the workspace");
                    sink.push(diagnostic.help("for a ledger elsewhere, give `--ledger PATH` or set HIRELINE_LEDGER"));
                }
            }
        }
        workspace.imports = self.imports(&file, &tree, workspace, sink);
    }

    /// The libraries that a file imports.
    pub fn imports(&mut self, file: &Arc<SourceFile>, tree: &Tree, workspace: &Workspace, sink: &mut Sink) -> Imports {
        let mut found = Imports::default();
        let written = tree.get("imports");
        let items = written.and_then(Tree::as_list);
        found.lacking = written.is_some() && items.is_none();
        for item in items.into_iter().flatten() {
            let library = item.as_text().and_then(|path| self.import(file, path, &item.place, workspace, sink));
            match library {
                Some(library) if found.libraries.iter().any(|known| Rc::ptr_eq(known, &library)) => {}
                Some(library) => found.libraries.push(library),
                None => found.lacking = true,
            }
        }
        found
    }

    fn import(&mut self, from: &SourceFile, written: &str, place: &Place, workspace: &Workspace, sink: &mut Sink) -> Option<Rc<Library>> {
        let folder = from.path().parent().unwrap_or(Path::new(""));
        let refuse = |sink: &mut Sink, message: String, help: &str| {
            sink.error(Code::BadImport, place, message, help);
            None
        };
        let shown = normalised(&folder.join(written));
        // First of all: a message must not reveal what exists outside.
        if Path::new(written).is_absolute() || within(folder, &workspace.root, written).is_none() {
            let message = format!("`{written}` leaves the workspace {}", shown_folder(&workspace.root));
            return refuse(sink, message, "copy the library into the workspace, or put `hireline.yaml` into the folder above both");
        }
        let Ok(real) = std::fs::canonicalize(&shown) else {
            let message = format!("the file {} does not exist", shown.display());
            return refuse(sink, message, "paths in `imports` are relative to the importing file");
        };
        if let Some(start) = self.way.iter().position(|(known, _)| *known == real) {
            let names: Vec<String> =
                self.way.iter().skip(start).map(|(_, shown)| shown).chain([&shown]).map(|path| path.display().to_string()).collect();
            let message = format!("imports lead back to where they started: {}", names.join(" → "));
            sink.error(Code::Circle, place, message, "remove this line, or move what both need into a separate library");
            return None;
        }
        if let Some(known) = self.libraries.get(&real) {
            known.iter().for_each(|library| library.imported.set(true));
            return known.clone();
        }
        if self.way.len() >= DEEPEST {
            let message = format!("imports lead more than {DEEPEST} libraries deep");
            return refuse(sink, message, "import here what is needed, and not by way of the others");
        }
        let library = self.library(&shown, &real, workspace, sink);
        library.iter().for_each(|library| library.imported.set(true));
        if library.as_ref().is_some_and(|library| library.tree.get("library").is_none()) {
            self.libraries.insert(real, None);
            let message = format!("{} is not a library: it has no `library:`", shown.display());
            return refuse(sink, message, "only libraries are imported; move what is shared into one");
        }
        library
    }

    /// Reads a library file, with what it imports. A second time it is only looked up.
    pub fn library(&mut self, shown: &Path, real: &Path, workspace: &Workspace, sink: &mut Sink) -> Option<Rc<Library>> {
        if let Some(known) = self.libraries.get(real) {
            return known.clone();
        }
        self.way.push((real.to_owned(), shown.to_owned()));
        let library = self.read_library(shown, workspace, sink);
        self.way.pop();
        self.libraries.insert(real.to_owned(), library.clone());
        library
    }

    fn read_library(&mut self, shown: &Path, workspace: &Workspace, sink: &mut Sink) -> Option<Rc<Library>> {
        let file = self.read(shown, &workspace.bounds, sink)?;
        let tree = yaml::parse(&file, sink)?;
        // What is no library is reported where it is imported, once, not key by key.
        if tree.get("library").is_some() {
            Walk::new(&schema::LIBRARY, sink).file(&tree);
            check_names(&tree, sink);
        }
        let imports = self.imports(&file, &tree, workspace, sink);
        Some(Library::new(&file, tree, imports))
    }
}

/// A name with a dot could not be used: `a.b` is `b` of the library `a`.
fn check_names(tree: &Tree, sink: &mut Sink) {
    let plain = |name: &str| name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-')) && !name.is_empty();
    let sections = ["filters", "mappings", "sources", "destinations"];
    let names = sections.iter().filter_map(|section| tree.get(section)?.as_map()).flatten();
    let bad = |place: &Place| {
        Diagnostic::error(Code::UnknownValue, place, "a name in a library has letters, digits, `_` and `-` only")
            .help("write for example `two-years`")
    };
    for Entry { key, key_place, .. } in names {
        if !plain(key) {
            sink.push(bad(key_place));
        }
    }
    if let Some(name) = tree.get("library")
        && !name.as_text().is_none_or(plain)
    {
        sink.push(bad(&name.place));
    }
}

/// Reads a file as text; what cannot be read is reported.
pub fn read(path: &Path, bounds: &Bounds, sink: &mut Sink) -> Option<Arc<SourceFile>> {
    let bytes = match bounds.read(path, (4 * yaml::MAX_BYTES) as u64) {
        Ok(bytes) => bytes,
        Err(refused) => {
            sink.push(unread(path, &refused));
            return None;
        }
    };
    match String::from_utf8(bytes) {
        // A byte order mark is how some editors start a file; it is no part of the text.
        Ok(text) => Some(SourceFile::new(path, text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))),
        Err(error) => {
            let line = error.as_bytes().iter().take(error.utf8_error().valid_up_to()).filter(|byte| **byte == b'\n').count() + 1;
            let diagnostic = Diagnostic::unplaced(Code::UnreadableFile, format!("{} is not UTF-8 text: line {line}", path.display()));
            sink.push(diagnostic.help("save it as UTF-8"));
            None
        }
    }
}

fn unread(path: &Path, refused: &Refused) -> Diagnostic {
    let path = path.display();
    let (message, help) = match refused {
        Refused::Io(_, error) if error.kind() == std::io::ErrorKind::NotFound => {
            (format!("{path} is not there"), "check how the path is written, and from which folder")
        }
        Refused::Io(_, error) => (format!("{path} cannot be read: {}", error.kind()), "check who may read it"),
        Refused::Outside => (format!("{path} {refused}"), "put the file itself there, or name the file that is meant"),
        Refused::TooLarge(_) => {
            (format!("{path} is larger than {} bytes", yaml::MAX_BYTES), "move data into separate files, and split libraries")
        }
        Refused::NotAFile | Refused::TooMany(_) => (format!("{path} {refused}"), "name a file"),
    };
    Diagnostic::unplaced(Code::UnreadableFile, message).help(help)
}
