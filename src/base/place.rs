//! Where something was written: a file, and a range of bytes in it.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A file that was read, with its text, so that a line of it can be shown.
#[derive(Debug)]
pub struct SourceFile {
    path: PathBuf,
    text: String,
    line_starts: Vec<usize>,
}

impl SourceFile {
    /// `path` is shown to people as it is given here (relative to the current folder, if that is shorter).
    pub fn new(path: impl Into<PathBuf>, text: impl Into<String>) -> Arc<Self> {
        let text = text.into();
        let line_starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Arc::new(Self { path: path.into(), text, line_starts })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    /// Line and column of a byte offset, both from 1; a column is a character, not a byte.
    pub(crate) fn line_column(&self, offset: usize) -> (usize, usize) {
        let offset = self.floor_boundary(offset);
        let line = self.line_starts.partition_point(|&start| start <= offset);
        let start = self.line_starts[line - 1];
        (line, self.text[start..offset].chars().count() + 1)
    }

    /// The byte offset of a line (from 1) and a character in it (from 0): the reverse of [`Self::line_column`].
    pub fn offset(&self, line: usize, characters: usize) -> usize {
        let Some(&start) = self.line_starts.get(line.saturating_sub(1)) else { return self.text.len() };
        self.text[start..].char_indices().nth(characters).map_or(self.text.len(), |(at, _)| start + at)
    }

    fn floor_boundary(&self, offset: usize) -> usize {
        let mut offset = offset.min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        offset
    }
}

/// Where the built-in library is, which is no file.
pub(crate) const BUILT_IN: &str = "(built in)/hireline.yaml";

/// A range of bytes in a file. Cheap to clone.
#[derive(Clone)]
pub struct Place {
    pub file: Arc<SourceFile>,
    pub start: usize,
    pub end: usize,
}

impl Place {
    /// A range that begins or ends within a character takes the whole of it.
    pub fn new(file: &Arc<SourceFile>, start: usize, end: usize) -> Self {
        let start = file.floor_boundary(start);
        let mut end = end.clamp(start, file.text.len());
        while !file.text.is_char_boundary(end) {
            end += 1;
        }
        Self { file: Arc::clone(file), start, end }
    }

    pub fn path(&self) -> &Path {
        self.file.path()
    }

    pub(crate) fn is_built_in(&self) -> bool {
        self.path() == Path::new(BUILT_IN)
    }

    pub fn line(&self) -> usize {
        self.file.line_column(self.start).0
    }

    /// Line and column of the first character.
    pub fn begin(&self) -> (usize, usize) {
        self.file.line_column(self.start)
    }

    /// Line and column just after the last character.
    pub fn finish(&self) -> (usize, usize) {
        self.file.line_column(self.end)
    }

    /// The text at this place.
    pub fn text(&self) -> &str {
        self.file.text().get(self.start..self.end).unwrap_or_default()
    }
}

/// The part of a text before byte `at`; nothing where `at` is not the start of a character, which positions
/// found in the text always are.
pub(crate) fn text_before(text: &str, at: usize) -> &str {
    text.get(..at).unwrap_or_default()
}

/// The part of a text from byte `at` on; nothing under the same condition.
pub(crate) fn text_from(text: &str, at: usize) -> &str {
    text.get(at..).unwrap_or_default()
}

/// The line that starts at byte `at`; blank at the end of the text.
pub(crate) fn line_at(text: &str, at: usize) -> &str {
    text_from(text, at).lines().next().unwrap_or_default()
}

impl PartialEq for Place {
    fn eq(&self, other: &Self) -> bool {
        self.file.path() == other.file.path() && self.start == other.start && self.end == other.end
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (line, column) = self.begin();
        write!(f, "{}:{line}:{column}", self.path().display())
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters() {
        let file = SourceFile::new("a.yaml", "é: 1\nb: ü!\n");
        assert_eq!(file.line_column(0), (1, 1));
        assert_eq!(file.line_column(file.text().find('!').unwrap()), (2, 5));
        assert_eq!(file.offset(2, 4), file.text().find('!').unwrap());
        assert_eq!(file.line_column(10_000), (3, 1));
    }
}
