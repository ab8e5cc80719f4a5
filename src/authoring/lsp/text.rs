//! Positions as the protocol counts them, and bytes as we do.
//!
//! Source: "Position" and "Text Documents" of the Language Server Protocol, 3.18: a line ends with `\n`, `\r\n` or `\r`; a character is a
//! UTF-16 unit, or a byte where both sides agreed on UTF-8.

use gen_lsp_types::{Position, PositionEncodingKind, Range, TextDocumentContentChangeEvent};

/// What a position's `character` counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Encoding {
    /// Bytes.
    Utf8,
    /// What every client speaks.
    #[default]
    Utf16,
}

impl Encoding {
    /// UTF-8 where the client offers it: then a position is a position in the line.
    pub fn negotiated(offered: &[PositionEncodingKind]) -> Self {
        if offered.contains(&PositionEncodingKind::UTF8) { Self::Utf8 } else { Self::Utf16 }
    }

    pub fn kind(self) -> PositionEncodingKind {
        match self {
            Self::Utf8 => PositionEncodingKind::UTF8,
            Self::Utf16 => PositionEncodingKind::UTF16,
        }
    }

    fn width(self, text: &str) -> usize {
        match self {
            Self::Utf8 => text.len(),
            Self::Utf16 => text.chars().map(char::len_utf16).sum(),
        }
    }
}

/// A text with its lines.
#[derive(Debug, Clone)]
pub struct Lines<'t> {
    text: &'t str,
    /// Where each line begins.
    starts: Vec<usize>,
    encoding: Encoding,
}

impl<'t> Lines<'t> {
    pub fn new(text: &'t str, encoding: Encoding) -> Self {
        let bytes = text.as_bytes();
        let ends = |at: &usize| match bytes.get(*at) {
            Some(b'\n') => true,
            Some(b'\r') => bytes.get(at + 1) != Some(&b'\n'),
            _ => false,
        };
        let starts = std::iter::once(0).chain((0..bytes.len()).filter(ends).map(|at| at + 1)).collect();
        Self { text, starts, encoding }
    }

    /// The byte of a position; the nearest one where the text has no such position.
    pub fn offset(&self, position: Position) -> usize {
        let Some(start) = self.starts.get(position.line as usize).copied() else { return self.text.len() };
        let line = self.line(position.line as usize);
        let wanted = position.character as usize;
        let mut width = 0;
        for (at, c) in line.char_indices() {
            width += self.encoding.width(c.encode_utf8(&mut [0; 4]));
            if width > wanted {
                return start + at;
            }
        }
        start + line.len()
    }

    pub fn position(&self, offset: usize) -> Position {
        let offset = self.text.floor_char_boundary(offset.min(self.text.len()));
        let line = self.starts.partition_point(|start| *start <= offset).saturating_sub(1);
        let start = self.starts.get(line).copied().unwrap_or_default();
        // Behind the line's last character stands its end, which is no character.
        let end = (start + self.line(line).len()).min(offset);
        let width = self.encoding.width(self.text.get(start..end).unwrap_or_default());
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Position::new(number(line), number(width))
    }

    pub fn range(&self, start: usize, end: usize) -> Range {
        Range::new(self.position(start), self.position(end.max(start)))
    }

    /// A line without its end.
    fn line(&self, line: usize) -> &'t str {
        let start = self.starts.get(line).copied().unwrap_or(self.text.len());
        let end = self.starts.get(line + 1).copied().unwrap_or(self.text.len());
        self.text.get(start..end).unwrap_or_default().trim_end_matches(['\n', '\r'])
    }
}

/// Changes a text as the client did; a range outside the text means its nearest part.
pub fn change(text: &mut String, change: TextDocumentContentChangeEvent, encoding: Encoding) {
    match change {
        TextDocumentContentChangeEvent::TextDocumentContentChangeWholeDocument(whole) => *text = whole.text,
        TextDocumentContentChangeEvent::TextDocumentContentChangePartial(part) => {
            let lines = Lines::new(text, encoding);
            let (start, end) = (lines.offset(part.range.start), lines.offset(part.range.end));
            text.replace_range(start.min(end)..start.max(end), &part.text);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gen_lsp_types::TextDocumentContentChangePartial;
    use proptest::prelude::*;

    /// Tabs, line ends of all kinds, two, three and four bytes a character.
    const MIXED: &str = "a: é\r\n\tb: \"🦀x\"\rc: ü\n\nd";

    #[test]
    fn positions_count_utf_16_units_or_bytes() {
        let at = |encoding, what: &str| {
            let found = Lines::new(MIXED, encoding).position(MIXED.find(what).unwrap());
            (found.line, found.character)
        };
        assert_eq!(at(Encoding::Utf16, "é"), (0, 3));
        assert_eq!(at(Encoding::Utf16, "x"), (1, 7));
        assert_eq!(at(Encoding::Utf8, "x"), (1, 9));
        assert_eq!(at(Encoding::Utf16, "c:"), (2, 0));
        assert_eq!(at(Encoding::Utf16, "d"), (4, 0));
        // The end of a line is a position; what makes it end is none.
        assert_eq!(at(Encoding::Utf16, "\r\n"), (0, 4));
    }

    #[test]
    fn positions_that_are_not_there_are_the_nearest() {
        let lines = Lines::new(MIXED, Encoding::Utf16);
        assert_eq!(lines.offset(Position::new(99, 0)), MIXED.len());
        assert_eq!(&MIXED[..lines.offset(Position::new(0, 99))], "a: é");
        // In the middle of a character of two units.
        assert_eq!(lines.offset(Position::new(1, 6)), MIXED.find('🦀').unwrap());
    }

    proptest! {
        #[test]
        fn there_and_back(text in "[a\té🦀\r\n]{0,40}", at in 0..50_usize) {
            for encoding in [Encoding::Utf8, Encoding::Utf16] {
                let lines = Lines::new(&text, encoding);
                let at = text.floor_char_boundary(at.min(text.len()));
                let inside_an_end = text[..at].ends_with('\r') && text[at..].starts_with('\n');
                if !inside_an_end {
                    prop_assert_eq!(lines.offset(lines.position(at)), at);
                }
            }
        }

        /// An edit gives the same text whichever way positions are counted, and nothing that a client sends stops the server.
        #[test]
        fn any_edit_can_be_taken(text in "[a\té🦀\r\n]{0,40}", new in "[bü\n]{0,4}", numbers in proptest::array::uniform4(0..9_u32)) {
            let [line, character, end_line, end_character] = numbers;
            let range = Range::new(Position::new(line, character), Position::new(end_line, end_character));
            let part = TextDocumentContentChangePartial { range, text: new.clone(), ..Default::default() };
            for encoding in [Encoding::Utf8, Encoding::Utf16] {
                let mut edited = text.clone();
                change(&mut edited, part.clone().into(), encoding);
                prop_assert!(edited.contains(&new));
            }
        }
    }
}
