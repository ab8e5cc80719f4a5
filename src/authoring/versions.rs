//! A pipeline before an edit and after it: which belong together, on which profiles they are compared, and which settings differ.

use crate::authoring::fixtures::Fixture;
use crate::base::diagnostic::{Diagnostic, Severity};
use crate::base::words;
use crate::language::compile::{Loaded, Pipeline};
use crate::model::settings::{Greenhouse, Hrflow, Source};
use std::path::{Path, PathBuf};

/// All pipelines of one side: the work tree, or a revision.
#[derive(Debug)]
pub struct Side {
    pub pipelines: Vec<Pipeline>,
    pub diagnostics: Vec<Diagnostic>,
    /// Also those that do not compile.
    named: Vec<(String, PathBuf)>,
}

/// What a side has of a pipeline.
#[derive(Debug, Clone, Copy)]
pub enum Version<'a> {
    Compiled(&'a Pipeline),
    /// It does not compile.
    Broken(&'a Path),
    Absent,
}

/// A pipeline by its name, on both sides.
#[derive(Debug, Clone, Copy)]
pub struct Pair<'a> {
    pub id: &'a str,
    pub before: Version<'a>,
    pub now: Version<'a>,
}

impl Side {
    pub fn new(loaded: Loaded, named: Vec<(String, PathBuf)>) -> Self {
        Self { pipelines: loaded.pipelines, diagnostics: loaded.diagnostics, named }
    }

    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }

    fn version(&self, id: &str) -> Version<'_> {
        match self.pipelines.iter().find(|pipeline| pipeline.id == id) {
            Some(pipeline) => Version::Compiled(pipeline),
            None => self.named.iter().find(|(name, _)| name == id).map_or(Version::Absent, |(_, file)| Version::Broken(file)),
        }
    }

    fn ids(&self) -> impl Iterator<Item = &str> {
        self.pipelines.iter().map(|pipeline| pipeline.id.as_str()).chain(self.named.iter().map(|(id, _)| id.as_str()))
    }
}

impl Version<'_> {
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::Compiled(pipeline) => Some(&pipeline.file),
            Self::Broken(file) => Some(file),
            Self::Absent => None,
        }
    }
}

/// Pipelines belong together by their names: the ledger knows them by it, and a file may move. Sorted by name.
pub fn pairs<'a>(before: &'a Side, now: &'a Side) -> Vec<Pair<'a>> {
    let mut ids: Vec<&str> = before.ids().chain(now.ids()).collect();
    ids.sort_unstable();
    ids.dedup();
    ids.into_iter().map(|id| Pair { id, before: before.version(id), now: now.version(id) }).collect()
}

words! {
    /// On which side a fixture stands.
    Standing {
        /// On both, the same.
        Kept = "kept",
        /// On both, with another text.
        Edited = "edited",
        /// Only in the work tree.
        New = "new",
        /// Only in the revision.
        Removed = "removed",
    }
}

/// The fixtures of both sides, each once: both versions of a pipeline are asked about the same profile, so that what differs comes of the
/// edit. That is the work tree's fixture; where it has none any more, the revision's.
pub fn inputs(before: Vec<Fixture>, now: Vec<Fixture>) -> Vec<(Fixture, Standing)> {
    let text = |fixture: &Fixture| fixture.text().ok();
    let mut inputs: Vec<(Fixture, Standing)> = Vec::new();
    for fixture in now {
        let standing = match before.iter().find(|other| other.name == fixture.name) {
            None => Standing::New,
            Some(other) if text(other) == text(&fixture) => Standing::Kept,
            Some(_) => Standing::Edited,
        };
        inputs.push((fixture, standing));
    }
    for fixture in before {
        if !inputs.iter().any(|(known, _)| known.name == fixture.name) {
            inputs.push((fixture, Standing::Removed));
        }
    }
    inputs.sort_by(|(one, _), (other, _)| one.name.cmp(&other.name));
    inputs
}

/// Settings that differ and that no fixture may show: by their names, without values.
pub fn settings(before: &Pipeline, now: &Pipeline) -> Vec<String> {
    let mut names = source(&before.source, &now.source);
    names.extend(destination(&before.destination, &now.destination));
    if before.limits != now.limits {
        names.push("limits".into());
    }
    names
}

/// The names of the fields that differ, as `source.base_url`. All fields are listed: a new setting does not compile until it is here.
macro_rules! differing {
    ($whole:literal, $before:expr, $now:expr, $kind:ident { $($field:ident),* $(,)? }) => {{
        let $kind { $($field),* } = $before;
        let fields = [$((concat!($whole, ".", stringify!($field)), *$field == $now.$field)),*];
        fields.into_iter().filter(|(_, same)| !same).map(|(name, _)| name.to_owned()).collect()
    }};
}

fn source(before: &Source, now: &Source) -> Vec<String> {
    match (before, now) {
        // The two sides' files are in different folders.
        (Source::Files(_), Source::Files(_)) => Vec::new(),
        (Source::Hrflow(before), Source::Hrflow(now)) => {
            differing!(
                "source",
                &**before,
                now,
                Hrflow { api_key, user_email, base_url, headers, source_keys, profiles, page_size, search }
            )
        }
        _ => vec!["source".into()],
    }
}

fn destination(before: &Greenhouse, now: &Greenhouse) -> Vec<String> {
    #[rustfmt::skip]
    let names = differing!("destination", before, now, Greenhouse {
        api, base_url, headers, account, auth, on_behalf_of, existing, when_changed, when_archived, without_email, ambiguous,
        unmatched_education, attachments, settle,
    });
    names
}
