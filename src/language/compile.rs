//! Files → pipelines: reads, walks, looks names up, and turns what was written into plain values with every default filled in.
//!
//! Passes, a file each: find the files ([`discover`]), one pipeline ([`file`]), its [`source`], [`filters`], mapping and
//! [`destination`] (with [`auth`], [`secrets`] and [`address`]), libraries on their own ([`libraries`]), and the pipeline's [`reading`].
//! A error in one section does not hide those in another; nothing is thrown, all is collected.

mod address;
pub mod auth;
mod context;
mod destination;
mod discover;
mod file;
mod filters;
mod libraries;
mod source;
mod texts;

pub use discover::named;
pub(crate) use discover::{is_hireline_file, libraries_below};

use crate::base::diagnostic::{Diagnostic, Severity, Sink};
use crate::base::secret::{SecretErrors, all_there};
use crate::language::filter;
use crate::language::mapping;
use crate::language::pipeline::scope::{Files, Overlay};
use crate::model::settings;
use context::Unit;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// What the runner takes: one plain value, with nothing left to look up.
#[derive(Debug)]
pub struct Pipeline {
    pub id: String,
    pub description: Option<String>,
    /// As shown to people.
    pub file: PathBuf,
    pub workspace: Workspace,
    pub source: settings::Source,
    pub filters: filter::Filters,
    pub mapping: mapping::Mapping,
    pub destination: settings::Greenhouse,
    pub limits: settings::Limits,
    /// A JSON object.
    pub vars: serde_json::Value,
    /// SHA-256, in hex, over the definitions of source, filters and mapping, with imports and vars: when it changes, everything is
    /// read once. Source: `docs/delivery.md`, R12.
    pub reading: String,
}

impl Pipeline {
    /// Whether every secret that it names is there, as far as that is known without running a command.
    ///
    /// # Errors
    /// All that are not.
    pub(crate) fn secrets_are_there(&self) -> Result<(), SecretErrors> {
        all_there(self.source.secrets().into_iter().chain(self.destination.secrets()))
    }
}

/// The folder that a pipeline belongs to.
#[derive(Debug, Clone)]
pub struct Workspace {
    pub root: PathBuf,
    /// What `hireline.yaml` says, relative to the current folder.
    pub ledger: Option<PathBuf>,
}

impl Workspace {
    /// The workspace that a folder lies in, and what is wrong with its `hireline.yaml`: for verbs that take no pipeline.
    pub fn around(folder: &Path) -> (Self, Vec<Diagnostic>) {
        let mut sink = Sink::default();
        let found = Files::default().workspace(&folder.join("hireline.yaml"), &mut sink);
        (Self { root: found.root.clone(), ledger: found.ledger.clone() }, sink.into_sorted())
    }
}

/// What a set of paths came to.
#[derive(Debug)]
pub struct Loaded {
    /// Those that compiled, in the order of their files. None is to be run while [`Self::has_errors`]: a
    /// library may have an error too.
    pub pipelines: Vec<Pipeline>,
    /// Sorted by place, each reported once.
    pub diagnostics: Vec<Diagnostic>,
}

impl Loaded {
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }
}

/// What a check came to.
#[derive(Debug)]
pub struct Checked {
    /// How many pipelines compiled.
    pub pipelines: usize,
    /// As [`Loaded::diagnostics`].
    pub diagnostics: Vec<Diagnostic>,
    /// Every file that was read or asked for, libraries and `hireline.yaml` too.
    pub files: Vec<PathBuf>,
}

/// How files are loaded.
#[derive(Debug, Clone, Copy, Default)]
pub struct Loader {
    unset_variables: bool,
    only_checks: bool,
}

impl Loader {
    /// Warns of secrets in environment variables that are not set here. Nothing is opened.
    #[must_use]
    pub fn warn_of_unset_variables(mut self, warn: bool) -> Self {
        self.unset_variables = warn;
        self
    }

    /// Loads pipelines, and the libraries among the paths. A folder means every pipeline and library below it.
    pub fn load(self, paths: &[PathBuf]) -> Loaded {
        self.load_over(paths, &Rc::default())
    }

    /// The same, where some files are open in an editor and have other texts there.
    pub fn load_over(self, paths: &[PathBuf], overlay: &Rc<Overlay>) -> Loaded {
        let (units, diagnostics, _) = self.units(paths, overlay);
        Loaded { pipelines: units.into_iter().filter_map(|unit| unit.pipeline).collect(), diagnostics }
    }

    /// As [`Self::load`], but only reports what is wrong. No pipeline is kept, so thousands need the memory
    /// of one.
    pub fn check(mut self, paths: &[PathBuf]) -> Checked {
        self.only_checks = true;
        let (units, diagnostics, files) = self.units(paths, &Rc::default());
        Checked { pipelines: units.iter().filter(|unit| unit.compiled).count(), diagnostics, files }
    }

    fn units(self, paths: &[PathBuf], overlay: &Rc<Overlay>) -> (Vec<Unit>, Vec<Diagnostic>, Vec<PathBuf>) {
        let mut sink = Sink::default();
        let mut files = Files::over(overlay);
        let found = discover::find(paths, &mut sink);
        let mut compiled = Vec::new();
        let mut variables = libraries::Variables::default();
        for path in &found {
            compiled.extend(file::load(path, &mut files, self, &mut variables, &mut sink));
        }
        discover::refuse_duplicates(&mut compiled, &files, &mut sink);
        libraries::check(&mut files, &compiled, &mut sink);
        if self.only_checks && !sink.has_errors() {
            libraries::warn_of_unused(&mut files, &discover::folders(paths), &mut variables, &mut sink);
        }
        let mut read = found;
        read.extend(files.read_files());
        (compiled, bounded(sink.into_sorted()), read)
    }
}

/// Errors of one file that are reported one by one. A file with more is another kind of file, or repeats one
/// mistake.
const MOST_TOLD: usize = 100;

/// The first errors of each file, and how many more there are: an error among those left out stays one.
fn bounded(sorted: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let path = |diagnostic: &Diagnostic| diagnostic.place.as_ref().map(|place| place.path().to_owned());
    let mut told = Vec::new();
    for file in sorted.chunk_by(|one, other| path(one) == path(other)) {
        // One more is shown rather than counted.
        let shown = if file.len() <= MOST_TOLD + 1 { file.len() } else { MOST_TOLD };
        told.extend(file.iter().take(shown).cloned());
        let Some((next, left)) = file.get(shown..).and_then(|left| Some((left.first()?, left))) else { continue };
        let worst = left.iter().min_by_key(|diagnostic| diagnostic.severity).unwrap_or(next);
        let message = format!("{} more errors in this file are not shown", left.len());
        told.push(Diagnostic { message, help: Some("fix the ones above first".to_owned()), related: Vec::new(), ..worst.clone() });
    }
    told
}

/// Loads pipelines; see [`Loader::load`].
pub fn load(paths: &[PathBuf]) -> Loaded {
    Loader::default().load(paths)
}

#[cfg(test)]
mod tests;
