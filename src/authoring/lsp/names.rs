//! The names that an open file can use, as it stands at this moment.

use super::cursor;
use super::documents::Document;
use super::expected::FileKind;
use crate::base::diagnostic::Sink;
use crate::base::place::Place;
use crate::language::pipeline::scope::{Definition, Files, Imports, Library, Namespace, Overlay, Scope, Workspace};
use crate::language::yaml::to_json;
use crate::language::yaml::{Entry, Tree};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// What one file sees.
#[derive(Debug)]
pub struct Names {
    scope: Scope,
    workspace: Rc<Workspace>,
    own_vars: Option<Tree>,
    /// A JSON object.
    pub vars: Value,
}

impl Names {
    /// What cannot be read is not there; `check` tells why.
    pub fn of(document: &Document, file_kind: FileKind, overlay: &Rc<Overlay>) -> Self {
        let file = document.file();
        let tree = cursor::tree(&file);
        let mut sink = Sink::default();
        let mut files = Files::over(overlay);
        let workspace = files.workspace(&document.path, &mut sink);
        let imports = files.imports(&file, &tree, &workspace, &mut sink);
        let builtin = files.builtin(&mut sink);
        let own_vars = tree.get("vars").cloned();
        let scope = match file_kind {
            FileKind::Library => {
                Scope::of_pipeline(Imports::default(), &workspace, &builtin).of_library(&Library::new(&file, tree, imports))
            }
            FileKind::Pipeline | FileKind::Workspace => Scope::of_pipeline(imports, &workspace, &builtin),
        };
        let vars = scope.vars(own_vars.as_ref().filter(|_| file_kind == FileKind::Pipeline), &mut sink);
        Self { scope, workspace, own_vars, vars }
    }

    pub fn all(&self, namespace: Namespace) -> Vec<Definition> {
        self.scope.definitions(namespace)
    }

    pub fn find(&self, namespace: Namespace, name: &str, place: &Place) -> Option<Definition> {
        self.scope.find(namespace, name, place, &mut Sink::default())
    }

    pub fn variable(&self, name: &str) -> Option<Entry> {
        self.scope.variable(self.own_vars.as_ref(), name)
    }

    /// Where libraries are looked for; a folder that nothing marks as a workspace is not searched.
    pub fn root(&self) -> Option<&Path> {
        self.workspace.marked.then_some(self.workspace.root.as_path())
    }

    /// The file that an import means, where it is a file of the workspace.
    pub fn import(&self, document: &Document, written: &str) -> Option<PathBuf> {
        let path = document.path.parent()?.join(written);
        let real = std::fs::canonicalize(path).ok()?;
        (real.starts_with(&self.workspace.real) && real.is_file()).then_some(real)
    }
}

/// What a definition is, in Markdown.
pub fn described(definition: &Definition, namespace: Namespace) -> String {
    let value = &definition.entry.value;
    let text = |key: &str| value.get(key).and_then(Tree::as_text);
    let head = match namespace {
        Namespace::Filter => {
            let rule = ["keep", "drop"].into_iter().find_map(|word| Some(format!("{word}: `{}`", text(word)?)));
            [text("because").map(str::to_owned), rule].into_iter().flatten().collect::<Vec<_>>().join("\n\n")
        }
        _ => {
            let block = ["hrflow", "greenhouse", "files"].into_iter().find_map(|key| value.get(key)).unwrap_or(value);
            let keys: Vec<_> = block.as_map().unwrap_or_default().iter().map(|entry| format!("`{}`", entry.key)).collect();
            keys.join(", ")
        }
    };
    let path = definition.library.file.path();
    let home = if path.is_file() { path.display().to_string() } else { "built in".to_owned() };
    format!("{head}\n\nFrom the library `{}` ({home})", definition.library.name)
}

/// Which names a key's value takes, by the keys on the way to it.
pub fn namespace(keys: &[&str]) -> Option<Namespace> {
    match keys {
        ["mapping"] | ["mapping", "$use"] | ["mappings", _, "$use"] => Some(Namespace::Mapping),
        ["source", "hrflow", "$use"] | ["sources", _, "hrflow", "$use"] => Some(Namespace::Source),
        ["destination", "greenhouse", "$use"] | ["destinations", _, "greenhouse", "$use"] => Some(Namespace::Destination),
        ["filters"] => Some(Namespace::Filter),
        _ => None,
    }
}

/// A variable's value on one line.
pub fn value_of(entry: &Entry) -> String {
    to_json(&entry.value).to_string()
}
