//! Names: which libraries a file can see, and what a name means there.
//!
//! Looked up from the file that a name is written in, nearest first: that file, its imports, their imports, the workspace's imports,
//! the built-in library. Source: `docs/pipeline-file.md`, "Names".

mod files;
mod overlay;
mod paths;
mod uses;

pub(crate) use files::{Files, Imports, Library, Workspace, read};
pub use overlay::Overlay;
pub(crate) use overlay::real;
pub(crate) use paths::{bounds, normalised, within};

use crate::base::diagnostic::{Code, Diagnostic, Sink, nearest};
use crate::base::display::shortened;
use crate::base::place::{Place, SourceFile};
use crate::base::words;
use crate::language::yaml::{Entry, Tree, to_json};
use serde_json::{Map, Value};
use std::rc::Rc;
use std::sync::Arc;

words! {
    /// What a name can mean.
    Namespace { Filter = "filter", Mapping = "mapping", Source = "source", Destination = "destination" }
}

impl Namespace {
    /// The library's key that holds names of this kind.
    pub fn section(self) -> &'static str {
        match self {
            Self::Filter => "filters",
            Self::Mapping => "mappings",
            Self::Source => "sources",
            Self::Destination => "destinations",
        }
    }
}

/// The names that one file sees.
#[derive(Debug, Clone)]
pub struct Scope {
    /// The file itself, where it is a library.
    own: Option<Rc<Library>>,
    imports: Imports,
    workspace: Rc<Workspace>,
    builtin: Rc<Library>,
}

/// What a name means, and the library that defines it.
#[derive(Debug, Clone)]
pub struct Definition {
    pub entry: Entry,
    pub library: Rc<Library>,
}

impl Scope {
    pub(crate) fn of_pipeline(imports: Imports, workspace: &Rc<Workspace>, builtin: &Rc<Library>) -> Self {
        Self { own: None, imports, workspace: Rc::clone(workspace), builtin: Rc::clone(builtin) }
    }

    /// The scope of a library, as seen from the same workspace.
    pub(crate) fn of_library(&self, library: &Rc<Library>) -> Self {
        Self { own: Some(Rc::clone(library)), imports: library.imports.clone(), ..self.clone() }
    }

    /// Libraries nearest first; those of one level are equally near.
    fn levels(&self) -> Vec<Vec<Rc<Library>>> {
        let mut seen: Vec<Rc<Library>> = Vec::new();
        let mut levels = Vec::new();
        for start in [
            self.own.iter().cloned().collect(),
            self.imports.libraries.clone(),
            self.workspace.imports.libraries.clone(),
            vec![Rc::clone(&self.builtin)],
        ] {
            let mut level: Vec<Rc<Library>> = start;
            // The file's own level has its imports as the next one already.
            let deeper = self.own.as_ref().is_none_or(|own| level.first().is_none_or(|first| !Rc::ptr_eq(first, own)));
            loop {
                level.retain(|library| !seen.iter().any(|other| Rc::ptr_eq(other, library)));
                level.dedup_by(|a, b| Rc::ptr_eq(a, b));
                if level.is_empty() {
                    break;
                }
                seen.extend(level.iter().cloned());
                let next = if deeper { level.iter().flat_map(|library| library.imports.libraries.clone()).collect() } else { Vec::new() };
                levels.push(std::mem::replace(&mut level, next));
            }
        }
        levels
    }

    /// What `name` (or `LIBRARY.NAME`) means; an error at `place` if nothing defines it, or two libraries do.
    pub fn find(&self, namespace: Namespace, name: &str, place: &Place, sink: &mut Sink) -> Option<Definition> {
        let (library, bare) = name.split_once('.').map_or((None, name), |(library, bare)| (Some(library), bare));
        let levels = self.levels();
        for level in &levels {
            let found: Vec<Definition> = level
                .iter()
                .filter(|candidate| library.is_none_or(|wanted| candidate.name == wanted))
                .filter_map(|candidate| candidate.definition(namespace, bare))
                .collect();
            match found.as_slice() {
                [] => {}
                [only] => {
                    only.library.used.borrow_mut().insert((namespace, bare.to_owned()));
                    return Some(only.clone());
                }
                [first, second, ..] => {
                    sink.push(ambiguous(namespace, name, place, first, second));
                    return None;
                }
            }
        }
        let names: Vec<String> = levels.iter().flatten().flat_map(|library| library.names(namespace)).collect();
        let bare = name.rsplit('.').next().unwrap_or(name);
        let near = nearest(bare, names.iter().map(String::as_str));
        // The missing import was reported, and may define it. A typing error is reported nevertheless:
        // otherwise it would be missed.
        if near.is_none_or(|near| near.len().abs_diff(bare.len()) > 2) && sink.has_errors() && self.is_lacking(&levels) {
            return None;
        }
        sink.push(unknown(namespace, name, place, near, &names));
        None
    }

    /// Whether an import could not be had, of this file or of one that it imports.
    fn is_lacking(&self, levels: &[Vec<Rc<Library>>]) -> bool {
        self.imports.lacking || self.workspace.imports.lacking || levels.iter().flatten().any(|library| library.imports.lacking)
    }

    /// Every name that can be written here without its library's: of those that are equally near, one that is ambiguous is left out.
    pub(crate) fn definitions(&self, namespace: Namespace) -> Vec<Definition> {
        let mut seen: Vec<String> = Vec::new();
        let mut found = Vec::new();
        for level in self.levels() {
            let here: Vec<String> = level.iter().flat_map(|library| library.names(namespace)).collect();
            let is_one = |name: &String| here.iter().filter(|other| *other == name).count() == 1;
            let new = here.iter().filter(|name| is_one(name) && !seen.contains(*name));
            found.extend(new.filter_map(|name| level.iter().find_map(|library| library.definition(namespace, name))));
            seen.extend(here);
        }
        found
    }

    /// The nearest file that the pipeline's author could have looked at; for errors without a better place.
    pub fn source(&self) -> Option<&Arc<SourceFile>> {
        self.own.as_ref().map(|library| &library.file)
    }
}

fn ambiguous(namespace: Namespace, name: &str, place: &Place, first: &Definition, second: &Definition) -> Diagnostic {
    Diagnostic::error(Code::AmbiguousName, place, format!("two imports define a {} `{name}`", namespace.as_str()))
        .related(&first.entry.key_place, format!("`{}.{name}`", first.library.name))
        .related(&second.entry.key_place, format!("`{}.{name}`", second.library.name))
        .help(format!("name one exactly: `{}.{name}` or `{}.{name}`", first.library.name, second.library.name))
}

fn unknown(namespace: Namespace, name: &str, place: &Place, near: Option<&str>, names: &[String]) -> Diagnostic {
    let word = namespace.as_str();
    let diagnostic = Diagnostic::error(Code::UnknownName, place, format!("there is no {word} `{}` here", shortened(name, 40)));
    if let Some(near) = near {
        return diagnostic.help(format!("did you mean `{near}`?"));
    }
    let words: Vec<&str> = name.split_whitespace().collect();
    if words.len() > 1 && words.iter().all(|word| names.iter().any(|known| known == word)) {
        return diagnostic.help(format!("these are {} names: put a comma between them, `{}`", words.len(), words.join(", ")));
    }
    // A predicate where a name belongs.
    if namespace == Namespace::Filter && name.contains(['@', ' ', '=', '<', '>']) {
        return diagnostic.help("a predicate goes after `keep:` or `drop:`: write `- keep: \"…\"`");
    }
    if names.is_empty() {
        return diagnostic.help(format!("no library defines a {word}: add `imports:` to this file, or write the {word} out"));
    }
    let listed: Vec<String> = names.iter().take(8).map(|name| format!("`{name}`")).collect();
    diagnostic.help(format!("names known here: {}; `imports:` adds more", listed.join(", ")))
}

impl Library {
    fn definition(self: &Rc<Self>, namespace: Namespace, name: &str) -> Option<Definition> {
        let index = self.index.get_or_init(|| {
            let names = Namespace::ALL
                .into_iter()
                .flat_map(|namespace| self.names(namespace).into_iter().enumerate().map(move |(at, name)| ((namespace, name), at)));
            names.collect()
        });
        let at = *index.get(&(namespace, name.to_owned()))?;
        Some(Definition { entry: self.section(namespace)?.get(at)?.clone(), library: Rc::clone(self) })
    }

    fn section(&self, namespace: Namespace) -> Option<&[Entry]> {
        self.tree.get(namespace.section()).and_then(Tree::as_map)
    }

    fn names(&self, namespace: Namespace) -> Vec<String> {
        self.section(namespace).into_iter().flatten().map(|entry| entry.key.clone()).collect()
    }
}

impl Scope {
    /// The table of `vars` for a pipeline (with its own block) or a library (`None`).
    pub fn vars(&self, own: Option<&Tree>, sink: &mut Sink) -> Value {
        let mut table: Vec<Entry> = own.map_or(&[][..], Tree::entries).to_vec();
        for level in self.levels() {
            let mut here: Vec<(Rc<Library>, Entry)> = Vec::new();
            for library in level {
                for entry in library.tree.entries_of("vars") {
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
