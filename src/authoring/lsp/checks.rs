//! What is wrong with the open files, as `hireline check` tells it.

use super::documents::Documents;
use crate::base::diagnostic::{self, Severity};
use crate::language::compile::{self, Loader};
use crate::language::pipeline::scope::real;
use gen_lsp_types::{Code, Diagnostic, DiagnosticRelatedInformation, DiagnosticSeverity, Location, PublishDiagnosticsParams, Range, Uri};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What was published last, by file: a file is told of again only where something changed, also that nothing is wrong any more.
#[derive(Debug, Default)]
pub struct Published {
    faults: BTreeMap<PathBuf, (Uri, Vec<Diagnostic>)>,
}

impl Published {
    /// Checks every open file of ours, with all that it imports, and gives what is to be published.
    ///
    /// The files are checked in one go: a library that is edited in one buffer is seen by the pipelines in the others. That a secret's
    /// variable is not set is not told here: an editor does not run where pipelines run.
    pub fn renew(&mut self, documents: &Documents) -> Vec<PublishDiagnosticsParams> {
        let ours: Vec<PathBuf> = documents
            .iter()
            .filter(|document| is_ours(&document.path, document.compiled()))
            .map(|document| document.path.clone())
            .collect();
        let faults = Loader::default().load_over(&ours, documents.overlay()).diagnostics;
        let mut found: BTreeMap<PathBuf, (Uri, Vec<Diagnostic>)> = BTreeMap::new();
        for fault in &faults {
            for (path, (uri, told)) in places(fault, &ours, documents).into_iter().map(|path| (path.0, (path.1, path.2))) {
                found.entry(path).or_insert_with(|| (uri, Vec::new())).1.push(told);
            }
        }
        self.changed(found, documents)
    }

    fn changed(&mut self, found: BTreeMap<PathBuf, (Uri, Vec<Diagnostic>)>, documents: &Documents) -> Vec<PublishDiagnosticsParams> {
        let version = |path: &Path| documents.by_path(path).map(|document| document.version);
        let gone = self.faults.iter().filter(|(path, _)| !found.contains_key(*path));
        let mut publish: Vec<_> =
            gone.map(|(path, (uri, _))| PublishDiagnosticsParams::new(uri.clone(), version(path), Vec::new())).collect();
        let news = found.iter().filter(|(path, told)| self.faults.get(*path) != Some(told));
        publish.extend(news.map(|(path, (uri, told))| PublishDiagnosticsParams::new(uri.clone(), version(path), told.clone())));
        self.faults = found;
        publish
    }
}

/// Whether a file is Hireline's: editors send every YAML file that they open.
pub fn is_ours(path: &Path, text: &str) -> bool {
    path.file_name().is_some_and(|name| name == "hireline.yaml") || compile::is_hireline_file(text)
}

/// The file of a fault, and the fault as the protocol tells it. One without a place belongs to the files that have it alone.
fn places(fault: &diagnostic::Diagnostic, ours: &[PathBuf], documents: &Documents) -> Vec<(PathBuf, Uri, Diagnostic)> {
    if let Some(place) = &fault.place {
        let located = documents.locate(place);
        return located.into_iter().map(|(uri, range)| (real(place.path()), uri, told(fault, range, documents))).collect();
    }
    let has_it = |path: &&PathBuf| {
        let alone = Loader::default().load_over(std::slice::from_ref(*path), documents.overlay()).diagnostics;
        alone.iter().any(|other| other.place.is_none() && other.message == fault.message)
    };
    let at_the_start = |path: &PathBuf| {
        let document = documents.by_path(path)?;
        Some((real(path), document.uri.clone(), told(fault, document.ranges()(0, 0), documents)))
    };
    ours.iter().filter(has_it).filter_map(at_the_start).collect()
}

fn told(fault: &diagnostic::Diagnostic, range: Range, documents: &Documents) -> Diagnostic {
    let severity = match fault.severity {
        Severity::Error => DiagnosticSeverity::Error,
        Severity::Warning => DiagnosticSeverity::Warning,
    };
    let message = match &fault.help {
        Some(help) => format!("{}\n{help}", fault.message),
        None => fault.message.clone(),
    };
    let related = fault.related.iter().filter_map(|(place, words)| {
        let (uri, range) = documents.locate(place)?;
        Some(DiagnosticRelatedInformation::new(Location::new(uri, range), words.clone()))
    });
    let related: Vec<_> = related.collect();
    Diagnostic {
        range,
        severity: Some(severity),
        code: Some(Code::String(fault.code.to_string())),
        source: Some("hireline".to_owned()),
        message: message.into(),
        related_information: (!related.is_empty()).then_some(related),
        ..Diagnostic::default()
    }
}
