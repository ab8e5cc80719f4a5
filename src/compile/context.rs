//! What the passes over one pipeline share.

use super::Loader;
use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::pipeline::scope::{Scope, Workspace};
use crate::tree::Tree;
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
    /// Environment variables that were told to be unset.
    pub unset: BTreeSet<String>,
    pub sink: &'a mut Sink,
}

/// A pipeline file that was read, compiled or not.
#[derive(Debug)]
pub(super) struct Unit {
    /// With the place where it is written.
    pub id: Option<(String, crate::place::Place)>,
    pub path: PathBuf,
    pub workspace: Rc<Workspace>,
    pub vars: serde_json::Value,
    /// Whether it compiled. The pipeline itself is kept only where somebody wants to run it.
    pub compiled: bool,
    pub pipeline: Option<super::Pipeline>,
}

impl Unit {
    pub(super) fn refuse(&mut self) {
        self.compiled = false;
        self.pipeline = None;
    }
}

impl Context<'_> {
    pub(super) fn error(&mut self, code: Code, tree: &Tree, message: impl Into<String>, help: impl Into<String>) {
        self.sink.push(Diagnostic::error(code, &tree.place, message).help(help));
    }

    pub(super) fn warning(&mut self, code: Code, tree: &Tree, message: impl Into<String>, help: impl Into<String>) {
        self.sink.push(Diagnostic::warning(code, &tree.place, message).help(help));
    }
}

/// The tree below a block, by dotted keys.
pub(super) fn at<'t>(tree: &'t Tree, path: &str) -> Option<&'t Tree> {
    path.split('.').try_fold(tree, |tree, key| tree.get(key))
}
