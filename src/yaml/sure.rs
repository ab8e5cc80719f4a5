//! Whether a text can be read in one way only: then `serde_yaml` need not be asked, which takes longer than all else that is done with a file.
//!
//! Readers of YAML differ in its corners: folded lines, escapes, anchors, tags, tabs, `?` keys, colons in brackets. A text without any of
//! them, every scalar on one line and word for word its own value, has no corners. What is not known to be harmless is a doubt, and a doubt
//! costs half a millisecond. A property test holds what is said here to `serde_yaml`.

use saphyr_parser::ScalarStyle;
use std::ops::Range;

/// Longer lines meet bounds of the readers (a key has at most 1,024 characters).
const LONGEST_LINE: usize = 1000;

#[derive(Debug)]
pub(super) struct Sure<'t> {
    text: &'t str,
    /// Blocks that are open, and which of them stand in brackets.
    open: Vec<bool>,
    holds: bool,
}

impl<'t> Sure<'t> {
    pub(super) fn of(text: &'t str) -> Self {
        let harmless = |line: &str| line.len() <= LONGEST_LINE && !line.starts_with(['%', '.']) && !line.starts_with("---");
        let strange = |c: char| matches!(c, '\t' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{feff}');
        let holds = !text.contains(strange) && text.lines().all(harmless);
        Self { text, open: Vec::new(), holds }
    }

    pub(super) fn holds(&self) -> bool {
        self.holds
    }

    pub(super) fn doubt(&mut self) {
        self.holds = false;
    }

    fn claim(&mut self, claim: bool) {
        self.holds &= claim;
    }

    /// Whether brackets are open here.
    fn in_brackets(&self) -> bool {
        self.open.last().copied().unwrap_or_default()
    }

    pub(super) fn open(&mut self, at: usize, bracket: char) {
        let bracketed = self.text.get(at..).is_some_and(|rest| rest.starts_with(bracket));
        // A pair without braces in a list in brackets: `[a: b]`.
        self.claim(bracketed || !self.in_brackets());
        self.claim(!bracketed || self.stands_well(at));
        self.open.push(bracketed);
    }

    /// A block in brackets is closed on its line.
    pub(super) fn close(&mut self, range: Range<usize>) {
        if self.open.pop().unwrap_or_default() {
            let ends = self.text.get(range.clone()).is_some_and(|written| written.ends_with([']', '}']) && !written.contains('\n'));
            self.claim(ends && self.ends_well(range.end));
        }
    }

    pub(super) fn key(&mut self, range: Range<usize>, value: &str, style: ScalarStyle) {
        let line = self.text.get(..range.start).and_then(|before| before.rfind('\n')).map_or(0, |end| end + 1);
        let before = self.text.get(line..range.start).unwrap_or_default();
        // Behind nothing but the signs of a list's items, or behind what opens or parts a block in brackets.
        let well = if self.in_brackets() {
            before.trim_end_matches(' ').ends_with(['{', ','])
        } else {
            before.split(' ').all(|sign| matches!(sign, "" | "-"))
        };
        self.claim(well && !value.is_empty() && value != "-" && self.word_for_word(range.clone(), value, style));
        self.claim(self.text.get(range.end..).is_some_and(|rest| rest.starts_with(": ") || rest.starts_with(":\n")));
    }

    pub(super) fn scalar(&mut self, range: Range<usize>, value: &str, style: ScalarStyle) {
        let nothing = range.is_empty() || value.is_empty() && style == ScalarStyle::Plain;
        match nothing {
            true => self.claim(!self.in_brackets()),
            false => self.claim(self.word_for_word(range.clone(), value, style) && self.stands_well(range.start)),
        }
    }

    /// Behind `: `, `- `, or what opens or parts a block in brackets, on the same line.
    fn stands_well(&self, start: usize) -> bool {
        let Some(before) = self.text.get(..start) else { return false };
        let signs = before.trim_end_matches(' ');
        let spaced = signs.len() < before.len();
        match signs.chars().next_back() {
            Some('{' | '[' | ',') => self.in_brackets(),
            Some(':') => spaced,
            Some('-') => spaced && !self.in_brackets(),
            _ => false,
        }
    }

    /// Nothing is glued to a closing sign.
    fn ends_well(&self, end: usize) -> bool {
        let rest = self.text.get(end..).unwrap_or_default();
        match rest.chars().next() {
            None | Some('\n') => true,
            Some(',' | ']' | '}') => self.in_brackets(),
            Some(' ') => {
                let behind = rest.trim_start_matches(' ');
                behind.is_empty() || behind.starts_with(['\n', '#']) || self.in_brackets() && behind.starts_with([',', ']', '}'])
            }
            // A key in quotes: its own rule asks for the space behind the colon.
            Some(':') => true,
            Some(_) => false,
        }
    }

    fn word_for_word(&self, range: Range<usize>, value: &str, style: ScalarStyle) -> bool {
        let Some(written) = self.text.get(range.clone()) else { return false };
        match style {
            ScalarStyle::Plain => written == value && self.is_plain(value),
            ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => {
                let inner = written.get(1..written.len().saturating_sub(1));
                inner == Some(value) && !value.contains(['\\', '\n']) && self.ends_well(range.end)
            }
            ScalarStyle::Literal | ScalarStyle::Folded => false,
        }
    }

    fn is_plain(&self, value: &str) -> bool {
        let starts = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$' | '/' | '(' | '.');
        let number = |value: &str| value.strip_prefix(['-', '+']).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
        let well = value.starts_with(starts) || number(value) || value == "~";
        // In brackets, colons and question marks are what readers differ about.
        well && (!self.in_brackets() || !value.contains([':', '?', '#', '[', ']', '{', '}', ',', '\\']))
    }
}
