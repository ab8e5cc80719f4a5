//! The lines of a file that a diagnostic shows, made safe to print.

use super::mask::Secrets;
use crate::place::Place;
use crate::visible;
use std::ops::Range;

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

    /// Columns that the line numbers take.
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
            _ => text.push(visible::shown(c)),
        }
    }
    offsets.push((range.end, text.len()));
    (text, offsets)
}

/// A sentence without anything that steers a terminal.
pub(in crate::report) fn neutralise(text: &str) -> String {
    visible::line(text).into_owned()
}
