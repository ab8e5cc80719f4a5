//! `{ … }` and `[ … ]`, also without their ends.

use super::DEEPEST;
use crate::base::place::{Place, SourceFile};
use crate::language::yaml::{Entry, Kind, Style, Text, Tree};
use std::sync::Arc;

/// Bytes of a text between quotes, the quotes included; nothing where it has no end.
pub fn quoted(text: &str, quote: char) -> Option<usize> {
    let mut rest = text.char_indices().skip(1).peekable();
    while let Some((at, c)) = rest.next() {
        let is_pair = quote == '\'' && rest.peek().is_some_and(|(_, next)| *next == '\'');
        match c {
            '\\' if quote == '"' => drop(rest.next()),
            _ if c == quote && is_pair => drop(rest.next()),
            _ if c == quote => return Some(at + 1),
            _ => {}
        }
    }
    None
}

/// What stands between quotes, the last of which may be missing. Escapes stay as they are written.
pub fn unquoted(written: &str, quote: char) -> String {
    let inner = written.get(1..).unwrap_or_default();
    let inner = if written.len() > 1 { inner.strip_suffix(quote).unwrap_or(inner) } else { inner };
    if quote == '\'' { inner.replace("''", "'") } else { inner.to_owned() }
}

/// A reader of one such block.
pub struct Flow<'f> {
    file: &'f Arc<SourceFile>,
    at: usize,
    limit: usize,
    depth: usize,
}

impl<'f> Flow<'f> {
    pub fn new(file: &'f Arc<SourceFile>, start: usize, limit: usize) -> Self {
        Self { file, at: start, limit, depth: 0 }
    }

    /// The block, and where it ends.
    pub fn read(mut self) -> (Tree, usize) {
        let tree = self.node();
        (tree, self.at)
    }

    fn rest(&self) -> &'f str {
        self.file.text().get(self.at..self.limit).unwrap_or_default()
    }

    fn skip_white(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    /// Takes the next sign, where it is this one.
    fn takes(&mut self, sign: char) -> bool {
        self.skip_white();
        let is_it = self.rest().starts_with(sign);
        self.at += if is_it { sign.len_utf8() } else { 0 };
        is_it
    }

    fn node(&mut self) -> Tree {
        self.skip_white();
        let start = self.at;
        self.depth += 1;
        let kind = match self.rest().chars().next() {
            _ if self.depth > DEEPEST => {
                self.at = self.limit;
                Kind::Null
            }
            Some('{') => self.map(),
            Some('[') => self.list(),
            Some(quote @ ('"' | '\'')) => {
                let line = self.rest().lines().next().unwrap_or_default().len();
                let length = quoted(self.rest(), quote).unwrap_or(line);
                let value = unquoted(self.rest().get(..length).unwrap_or_default(), quote);
                self.at += length;
                let style = if quote == '"' { Style::DoubleQuoted } else { Style::SingleQuoted };
                Kind::Text(Text { value, style })
            }
            _ => match self.plain() {
                "" => Kind::Null,
                text => Kind::Text(Text { value: text.to_owned(), style: Style::Plain }),
            },
        };
        self.depth -= 1;
        Tree { place: Place::new(self.file, start, self.at), kind }
    }

    /// Up to a comma, a closing bracket, or a colon with white space behind it. A pair of braces belongs to a template without quotes.
    fn plain(&mut self) -> &'f str {
        let rest = self.rest();
        let ends = |(at, c): &(usize, char)| match c {
            ',' | '}' | ']' | '\n' => true,
            ':' => rest.get(at + 1..).is_none_or(|behind| behind.is_empty() || behind.starts_with([' ', '\n', '\r', ',', '}', ']'])),
            _ => false,
        };
        let length = rest.char_indices().find(ends).map_or(rest.len(), |(at, _)| at);
        self.at += length;
        rest.get(..length).unwrap_or_default().trim_end()
    }

    fn list(&mut self) -> Kind {
        self.at += 1;
        let mut items = Vec::new();
        loop {
            self.skip_white();
            if self.takes(']') || self.rest().is_empty() || self.rest().starts_with('}') {
                return Kind::List(items);
            }
            if !self.takes(',') {
                let before = self.at;
                items.push(self.node());
                self.go_on(before);
            }
        }
    }

    fn map(&mut self) -> Kind {
        self.at += 1;
        let mut entries = Vec::new();
        loop {
            self.skip_white();
            if self.takes('}') || self.rest().is_empty() || self.rest().starts_with(']') {
                return Kind::Map(entries);
            }
            if !self.takes(',') {
                let before = self.at;
                entries.push(self.entry());
                self.go_on(before);
            }
        }
    }

    /// Whatever stands there, something is consumed.
    fn go_on(&mut self, before: usize) {
        if self.at == before {
            self.at += self.rest().chars().next().map_or(1, char::len_utf8);
        }
    }

    fn entry(&mut self) -> Entry {
        let start = self.at;
        let key = match self.rest().chars().next().filter(|c| matches!(c, '"' | '\'')) {
            Some(quote) => {
                let length = quoted(self.rest(), quote).unwrap_or(1);
                self.at += length;
                self.file.text().get(start + 1..(start + length).saturating_sub(1).max(start + 1)).unwrap_or_default()
            }
            None => self.plain(),
        };
        let key_place = Place::new(self.file, start, self.at);
        let value = if self.takes(':') {
            self.node()
        } else {
            Tree { place: Place::new(self.file, key_place.end, key_place.end), kind: Kind::Null }
        };
        Entry { key: key.to_owned(), key_place, value }
    }
}
