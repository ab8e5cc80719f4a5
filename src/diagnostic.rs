//! What is wrong with a file that somebody wrote: a code, a place, a sentence, a fix.
//!
//! Faults are collected in a [`Sink`], never thrown at the first, so that one pass tells all.

mod page;

pub use page::{Example, Page};

use crate::place::Place;
use std::fmt;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident => $text:literal,)*) => {
        /// A stable, kebab-case name for a kind of fault. Codes are never renamed; tools match on them.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Code { $($(#[$doc])* $name,)* }

        impl Code {
            pub const ALL: &'static [Code] = &[$(Code::$name,)*];

            pub fn as_str(self) -> &'static str {
                match self { $(Code::$name => $text,)* }
            }

            /// What it means, with examples.
            pub fn page(self) -> Page {
                Page::read(self, match self { $(Code::$name => include_str!(concat!("diagnostic/pages/", $text, ".md")),)* })
            }
        }
    };
}

codes! {
    /// The file cannot be read.
    UnreadableFile => "unreadable-file",
    /// The file is not YAML.
    YamlSyntax => "yaml-syntax",
    /// YAML that would turn into something else than what it looks like.
    YamlTrap => "yaml-trap",
    /// The same key twice in one map.
    DuplicateKey => "duplicate-key",
    /// A key that nothing knows.
    UnknownKey => "unknown-key",
    /// A key without which the block means nothing.
    MissingKey => "missing-key",
    /// Two keys that exclude each other.
    ConflictingKeys => "conflicting-keys",
    /// A list where a text belongs, and the like.
    WrongType => "wrong-type",
    /// A value outside the ones that may stand there.
    UnknownValue => "unknown-value",
    /// A secret that is written out.
    SecretInFile => "secret-in-file",
    /// A secret that cannot be opened.
    SecretUnavailable => "secret-unavailable",
    /// An address that is not https, and not on this machine.
    PlainHttp => "plain-http",
    /// An import that is not there, or outside the workspace.
    BadImport => "bad-import",
    /// Imports or `$use` that lead back to themselves.
    Circle => "circle",
    /// A name that nothing defines.
    UnknownName => "unknown-name",
    /// A name that two imports define.
    AmbiguousName => "ambiguous-name",
    /// A definition that nothing uses.
    UnusedName => "unused-name",
    /// A pipeline id that another file of the workspace has too.
    DuplicatePipeline => "duplicate-pipeline",
    /// A predicate that does not parse, or whose answer could not be trusted.
    BadPredicate => "bad-predicate",
    /// A test whose answer is always the same.
    PointlessTest => "pointless-test",
    /// A template that does not parse.
    BadTemplate => "bad-template",
    /// A function that does not exist.
    UnknownFunction => "unknown-function",
    /// A name in a template that is not in scope.
    OutOfScope => "out-of-scope",
    /// A field that HrFlow's profiles are not known to have.
    UnknownField => "unknown-field",
    /// A comparison that treats what is missing as if it were there.
    MayBeMissing => "may-be-missing",
    /// A member that a candidate does not have.
    UnknownMember => "unknown-member",
    /// Something that a candidate must have and never would.
    MissingMember => "missing-member",
    /// An authorization that does not go with the API.
    WrongAuth => "wrong-auth",
    /// Settings that make duplicates likely.
    DuplicateRisk => "duplicate-risk",
    /// An API whose announced end has passed.
    EndOfLife => "end-of-life",
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    Error,
    Warning,
}

impl Severity {
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
        }
    }
}

/// One fault.
#[derive(Debug, Clone)]
pub struct Diagnostic {
    pub code: Code,
    pub severity: Severity,
    /// One sentence in the pipeline's own words, without a full stop.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// Absent only where there is no text to show (a file that cannot be read: `file` of the message then).
    pub place: Option<Place>,
    /// Other places that explain it, each with a few words.
    pub related: Vec<(Place, String)>,
}

impl Diagnostic {
    pub fn error(code: Code, place: &Place, message: impl Into<String>) -> Self {
        Self { code, severity: Severity::Error, message: message.into(), help: None, place: Some(place.clone()), related: Vec::new() }
    }

    pub fn warning(code: Code, place: &Place, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, place, message) }
    }

    /// A fault of a file that could not even be read.
    pub fn unplaced(code: Code, message: impl Into<String>) -> Self {
        Self { code, severity: Severity::Error, message: message.into(), help: None, place: None, related: Vec::new() }
    }

    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    #[must_use]
    pub fn related(mut self, place: &Place, words: impl Into<String>) -> Self {
        self.related.push((place.clone(), words.into()));
        self
    }
}

/// Collects every fault of a pass.
#[derive(Debug, Default)]
pub struct Sink {
    diagnostics: Vec<Diagnostic>,
}

impl Sink {
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(|d| d.severity == Severity::Error)
    }

    /// Whether something of that code was told of that place, or of a part of it.
    pub fn tells(&self, code: Code, place: &Place) -> bool {
        let within = |told: &Place| told.path() == place.path() && told.start < place.end && place.start < told.end;
        self.diagnostics.iter().any(|told| told.code == code && told.place.as_ref().is_some_and(within))
    }

    pub fn len(&self) -> usize {
        self.diagnostics.len()
    }

    pub fn is_empty(&self) -> bool {
        self.diagnostics.is_empty()
    }

    /// All faults, sorted by place, the same one told once.
    pub fn into_sorted(mut self) -> Vec<Diagnostic> {
        let key = |d: &Diagnostic| {
            let place = d.place.as_ref();
            (place.map(|p| p.path().to_owned()), place.map(|p| (p.start, p.end)), d.severity, d.code, d.message.clone())
        };
        self.diagnostics.sort_by_cached_key(key);
        self.diagnostics.dedup_by(|a, b| key(a) == key(b));
        self.diagnostics
    }
}

/// The known name nearest to `written`, where one is near enough to be what was meant.
pub fn nearest<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let folded = fold(written);
    known
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(&folded, &fold(name)), name))
        .filter(|(distance, name)| *distance <= (name.chars().count().max(written.chars().count()) / 3).max(1))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

fn fold(name: &str) -> String {
    name.chars().map(|c| if c == '-' { '_' } else { c.to_ascii_lowercase() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearest_takes_slips_and_leaves_strangers() {
        let known = ["source_keys", "api_key", "user_email"];
        assert_eq!(nearest("sauce_keys", known), Some("source_keys"));
        assert_eq!(nearest("apiKey", known), Some("api_key"));
        assert_eq!(nearest("color", known), None);
    }

    #[test]
    fn codes_are_kebab_case_and_told_apart() {
        let mut names: Vec<_> = Code::ALL.iter().map(|c| c.as_str()).collect();
        assert!(names.iter().all(|n| n.chars().all(|c| c.is_ascii_lowercase() || c == '-')));
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Code::ALL.len());
    }
}
