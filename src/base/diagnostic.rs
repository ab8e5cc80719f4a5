//! What is wrong with a file: a code, a place, a sentence, a fix.
//!
//! Faults are collected in a [`Sink`], never thrown at the first, so that one pass reports all.

mod page;

pub use page::{Example, Page};

use crate::base::place::Place;
use crate::base::words;
use std::fmt;
use std::ops::Range;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident => $text:literal,)*) => {
        /// A stable, kebab-case name for a kind of error. Codes are never renamed; tools match on them.
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

// What each means is the first sentence of its page.
codes! {
    UnreadableFile => "unreadable-file",
    YamlSyntax => "yaml-syntax",
    YamlTrap => "yaml-trap",
    DuplicateKey => "duplicate-key",
    UnknownKey => "unknown-key",
    MissingKey => "missing-key",
    ConflictingKeys => "conflicting-keys",
    WrongType => "wrong-type",
    UnknownValue => "unknown-value",
    SecretInFile => "secret-in-file",
    SecretUnavailable => "secret-unavailable",
    PlainHttp => "plain-http",
    BadImport => "bad-import",
    Circle => "circle",
    UnknownName => "unknown-name",
    AmbiguousName => "ambiguous-name",
    UnusedName => "unused-name",
    DuplicatePipeline => "duplicate-pipeline",
    BadPredicate => "bad-predicate",
    PointlessTest => "pointless-test",
    BadTemplate => "bad-template",
    UnknownFunction => "unknown-function",
    OutOfScope => "out-of-scope",
    UnknownField => "unknown-field",
    MayBeMissing => "may-be-missing",
    UnknownMember => "unknown-member",
    MissingMember => "missing-member",
    WrongAuth => "wrong-auth",
    DuplicateRisk => "duplicate-risk",
    EndOfLife => "end-of-life",
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

words! { Severity { Error = "error", Warning = "warning" } }

/// One error.
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

    /// A error of a file that could not even be read.
    pub(crate) fn unplaced(code: Code, message: impl Into<String>) -> Self {
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

/// An error or a warning about a part of a text (a predicate, a template) whose place in the file is not
/// known yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextDiagnostic {
    pub code: Code,
    pub severity: Severity,
    pub message: String,
    pub help: Option<String>,
    /// Bytes of the text.
    pub range: Range<usize>,
}

impl TextDiagnostic {
    pub fn error(code: Code, range: Range<usize>, message: impl Into<String>) -> Self {
        Self { code, severity: Severity::Error, message: message.into(), help: None, range }
    }

    pub fn warning(code: Code, range: Range<usize>, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, range, message) }
    }

    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The diagnostic of the file, where `place` is where the range is.
    pub fn at(self, place: Place) -> Diagnostic {
        let Self { code, severity, message, help, .. } = self;
        Diagnostic { code, severity, message, help, place: Some(place), related: Vec::new() }
    }
}

/// Collects every error of a pass.
#[derive(Debug, Default)]
pub struct Sink {
    diagnostics: Vec<Diagnostic>,
}

impl Sink {
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    pub(crate) fn error(&mut self, code: Code, place: &Place, message: impl Into<String>, help: impl Into<String>) {
        self.push(Diagnostic::error(code, place, message).help(help));
    }

    pub(crate) fn warning(&mut self, code: Code, place: &Place, message: impl Into<String>, help: impl Into<String>) {
        self.push(Diagnostic::warning(code, place, message).help(help));
    }

    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(|d| d.severity == Severity::Error)
    }

    /// Whether that code was reported at that place, or at a part of it.
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

    /// All errors, sorted by place, the same one reported once.
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
pub(crate) fn nearest<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let normal = normalized(written);
    known
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(&normal, &normalized(name)), name))
        .filter(|(distance, name)| *distance <= (name.chars().count().max(written.chars().count()) / 3).max(1))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

fn normalized(name: &str) -> String {
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
