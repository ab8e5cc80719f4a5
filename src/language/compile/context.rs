//! What the passes over one pipeline share.

use super::Loader;
use crate::base::diagnostic::{Code, Sink};
use crate::language::pipeline::scope::{Scope, Workspace};
use crate::language::pipeline::walk;
use crate::language::yaml::Tree;
use serde::de::DeserializeOwned;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::rc::Rc;

/// One pipeline while it is compiled.
#[derive(Debug)]
pub(super) struct Context<'a> {
    pub id: String,
    pub scope: Scope,
    pub workspace: Rc<Workspace>,
    pub vars: serde_json::Value,
    pub loader: Loader,
    /// Environment variables that were reported as unset.
    pub unset: BTreeSet<String>,
    pub sink: &'a mut Sink,
}

/// A pipeline file that was read, compiled or not.
#[derive(Debug)]
pub(super) struct Unit {
    /// With the place where it is written.
    pub id: Option<(String, crate::base::place::Place)>,
    pub path: PathBuf,
    pub workspace: Rc<Workspace>,
    pub vars: serde_json::Value,
    /// Whether it compiled. The pipeline itself is kept only if it is to be run.
    pub compiled: bool,
    pub pipeline: Option<super::Pipeline>,
}

impl Context<'_> {
    pub(super) fn error(&mut self, code: Code, tree: &Tree, message: impl Into<String>, help: impl Into<String>) {
        self.sink.error(code, &tree.place, message, help);
    }

    pub(super) fn warning(&mut self, code: Code, tree: &Tree, message: impl Into<String>, help: impl Into<String>) {
        self.sink.warning(code, &tree.place, message, help);
    }

    /// The plain value under a key of a block that was found whole; the default where it is not written.
    pub(super) fn setting<T: DeserializeOwned + Default>(&mut self, tree: &Tree, key: &str) -> T {
        at(tree, key).and_then(|written| walk::read(written, self.sink)).unwrap_or_default()
    }
}

/// The tree below a block, by dotted keys.
pub(super) fn at<'t>(tree: &'t Tree, path: &str) -> Option<&'t Tree> {
    path.split('.').try_fold(tree, |tree, key| tree.get(key))
}
