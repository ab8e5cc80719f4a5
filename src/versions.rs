//! A pipeline before an edit and after it: which belong together, on which profiles they are compared, and which settings differ.

use crate::compile::{Loaded, Pipeline};
use crate::diagnostic::{Diagnostic, Severity};
use crate::fixtures::Fixture;
use crate::settings::{Greenhouse, Hrflow, Source};
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

/// On which side a fixture stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// On both, the same.
    Kept,
    /// On both, with another text.
    Edited,
    /// Only in the work tree.
    New,
    /// Only in the revision.
    Removed,
}

impl Standing {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Edited => "edited",
            Self::New => "new",
            Self::Removed => "removed",
        }
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

fn source(before: &Source, now: &Source) -> Vec<String> {
    // Where files are is another folder on each side.
    if matches!((before, now), (Source::Files(_), Source::Files(_))) || before == now {
        return Vec::new();
    }
    let (Source::Hrflow(a), Source::Hrflow(b)) = (before, now) else { return vec!["source".into()] };
    // Taken apart, so that a new setting cannot be forgotten here.
    let Hrflow { api_key, user_email, base_url, headers, source_keys, profiles, page_size, search } = &**a;
    let parts = [
        ("api_key", *api_key == b.api_key),
        ("user_email", *user_email == b.user_email),
        ("base_url", *base_url == b.base_url),
        ("headers", *headers == b.headers),
        ("source_keys", *source_keys == b.source_keys),
        ("profiles", *profiles == b.profiles),
        ("page_size", *page_size == b.page_size),
        ("search", *search == b.search),
    ];
    different("source", &parts)
}

fn destination(before: &Greenhouse, b: &Greenhouse) -> Vec<String> {
    #[rustfmt::skip]
    let Greenhouse {
        api, base_url, headers, account, auth, on_behalf_of, existing, when_changed, when_archived, without_email, ambiguous,
        unmatched_education, attachments, settle,
    } = before;
    let parts = [
        ("api", *api == b.api),
        ("base_url", *base_url == b.base_url),
        ("headers", *headers == b.headers),
        ("account", *account == b.account),
        ("auth", *auth == b.auth),
        ("on_behalf_of", *on_behalf_of == b.on_behalf_of),
        ("existing", *existing == b.existing),
        ("when_changed", *when_changed == b.when_changed),
        ("when_archived", *when_archived == b.when_archived),
        ("without_email", *without_email == b.without_email),
        ("ambiguous", *ambiguous == b.ambiguous),
        ("unmatched_education", *unmatched_education == b.unmatched_education),
        ("attachments", *attachments == b.attachments),
        ("settle", *settle == b.settle),
    ];
    different("destination", &parts)
}

/// The names of the parts that differ.
fn different(whole: &str, parts: &[(&str, bool)]) -> Vec<String> {
    parts.iter().filter(|(_, same)| !same).map(|(name, _)| format!("{whole}.{name}")).collect()
}
