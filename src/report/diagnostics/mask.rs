//! Secrets that somebody wrote into a file, and that no report may repeat.

use crate::diagnostic::{Code, Diagnostic};
use crate::yaml::names_a_secret;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// Where secrets are known to stand.
#[derive(Debug)]
pub(super) struct Secrets(Vec<(PathBuf, Range<usize>)>);

impl Secrets {
    /// Those that a diagnostic is about: they are masked wherever their line is shown.
    pub(super) fn told_by(diagnostics: &[Diagnostic]) -> Self {
        let told = diagnostics.iter().filter(|diagnostic| diagnostic.code == Code::SecretInFile);
        Self(
            told.filter_map(|diagnostic| diagnostic.place.as_ref())
                .map(|place| (place.path().to_owned(), place.start..place.end))
                .collect(),
        )
    }

    /// The ranges of `text` to mask, of those between `range`.
    pub(super) fn in_text(&self, path: &Path, text: &str, range: Range<usize>) -> Vec<Range<usize>> {
        let mut found: Vec<Range<usize>> = self.0.iter().filter(|(known, _)| known == path).map(|(_, secret)| secret.clone()).collect();
        let mut start = range.start;
        for line in text.get(range).unwrap_or_default().split_inclusive('\n') {
            found.extend(guessed(line).into_iter().map(|secret| start + secret.start..start + secret.end));
            start += line.len();
        }
        found
    }
}

/// Values on one line that look like secrets: HrFlow's keys by their shape, others by the key before them.
fn guessed(line: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    let mut at = 0;
    for part in line.split(|c: char| !word(c)) {
        if part.starts_with("ask") && part.contains('_') && part.len() >= 20 {
            found.push(at..at + part.len());
        }
        if names_a_secret(part)
            && let Some(value) = value_behind(line, at + part.len())
        {
            found.push(value);
        }
        at += part.len() + line.get(at + part.len()..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
    }
    found
}

/// The scalar behind `key:`; `None` where a block follows (`{ env: … }`), or nothing.
fn value_behind(line: &str, at: usize) -> Option<Range<usize>> {
    let rest = line.get(at..)?;
    let colon =
        rest.find(':').filter(|colon| rest.get(..*colon).is_some_and(|between| between.trim_matches(['"', '\'', ' ']).is_empty()))?;
    let value = rest.get(colon + 1..)?;
    let text = value.trim_start();
    if text.is_empty() || text.starts_with(['{', '|', '>', '&', '*', '#']) {
        return None;
    }
    let start = at + colon + 1 + (value.len() - text.len());
    let quote = text.chars().next().filter(|c| matches!(c, '"' | '\''));
    let length = match quote {
        Some(quote) => text.get(1..).and_then(|inner| inner.find(quote)).map_or(text.trim_end().len(), |end| end + 2),
        None => text.find([',', '}']).unwrap_or(text.trim_end().len()),
    };
    Some(start..start + length)
}
