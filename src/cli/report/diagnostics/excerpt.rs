//! The lines of a file that a diagnostic shows, made safe to print.

use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::display;
use crate::base::place::Place;
use crate::language::yaml::names_a_secret;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// Some lines of one file, and what is marked in them.
#[derive(Debug)]
pub(super) struct Excerpt {
    pub path: String,
    /// From 1.
    pub first_line: usize,
    pub text: String,
    pub marks: Vec<Mark>,
    last_line: usize,
}

#[derive(Debug)]
pub(super) struct Mark {
    /// In bytes of the excerpt's text; on one line.
    pub span: Range<usize>,
    /// `None` for the fault itself.
    pub words: Option<String>,
}

impl Excerpt {
    /// All marks are in one file. `room`: the longest that a mark may be, in columns: the line is cut around it.
    pub(super) fn new(marks: &[(&Place, Option<&str>)], secrets: &Secrets, room: usize) -> Option<Self> {
        let (first, _) = marks.first()?;
        let whole = first.file.text();
        let start = marks.iter().map(|(place, _)| line_start(whole, place.start)).min()?;
        let end = marks.iter().map(|(place, _)| line_end(whole, place.start)).max()?;
        let first_line = first.file.line_column(start).0;
        let last_line = first.file.line_column(end).0;
        let (text, offsets) = safe(whole, start..end, secrets.in_text(first.path(), whole, start..end));
        let moved = |at: usize| {
            offsets
                .binary_search_by_key(&at, |(old, _)| *old)
                .map_or(text.len(), |found| offsets.get(found).map_or(text.len(), |(_, new)| *new))
        };
        let marks = marks.iter().map(|(place, words)| {
            let from = moved(place.start);
            let to = moved(place.end.min(line_end(whole, place.start))).max(from);
            let cut = text.get(from..to).and_then(|marked| marked.char_indices().nth(room));
            let to = cut.map_or(to, |(length, _)| from + length);
            Mark { span: from..to, words: words.map(neutralise) }
        });
        Some(Self {
            path: neutralise(&first.path().display().to_string()),
            first_line,
            last_line,
            marks: marks.collect(),
            text: text.clone(),
        })
    }

    pub(super) fn gutter(&self) -> usize {
        self.last_line.to_string().len()
    }
}

fn line_start(text: &str, at: usize) -> usize {
    text.get(..at.min(text.len())).and_then(|before| before.rfind('\n')).map_or(0, |found| found + 1)
}

fn line_end(text: &str, at: usize) -> usize {
    let at = at.min(text.len());
    text.get(at..).and_then(|rest| rest.find('\n')).map_or(text.len(), |found| at + found)
}

/// Copies a range character by character, so that columns stay what they are: secrets become `*`, controls a sign. With the new
/// offset of each character.
fn safe(whole: &str, range: Range<usize>, secrets: Vec<Range<usize>>) -> (String, Vec<(usize, usize)>) {
    let mut text = String::new();
    let mut offsets = Vec::new();
    for (at, c) in whole.get(range.clone()).unwrap_or_default().char_indices() {
        let at = range.start + at;
        offsets.push((at, text.len()));
        match c {
            '\n' | '\t' => text.push(c),
            // The end of a line on Windows; nothing can be marked behind it.
            '\r' if whole.as_bytes().get(at + 1).is_none_or(|next| *next == b'\n') => {}
            _ if !c.is_whitespace() && secrets.iter().any(|secret| secret.contains(&at)) => text.push('*'),
            _ => text.push(display::shown(c)),
        }
    }
    offsets.push((range.end, text.len()));
    (text, offsets)
}

/// A sentence without anything that steers a terminal.
pub(in crate::cli::report) fn neutralise(text: &str) -> String {
    display::line(text).into_owned()
}

/// Where secrets are known to stand that somebody wrote into a file, and that no report may repeat.
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
