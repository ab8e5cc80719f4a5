//! A YAML document with the place of every key and value: what a person wrote, before anybody asks what it means.

use crate::base::diagnostic::{Diagnostic, TextDiagnostic};
use crate::base::place::{Place, line_at};

/// A value and its place.
#[derive(Debug, Clone)]
pub struct Tree {
    pub place: Place,
    pub kind: Kind,
}

#[derive(Debug, Clone)]
pub enum Kind {
    Null,
    Bool(bool),
    Number(serde_json::Number),
    Text(Text),
    List(Vec<Tree>),
    Map(Vec<Entry>),
}

/// A text, and how it was written, which is needed to find the place of a part of it.
#[derive(Debug, Clone)]
pub struct Text {
    pub value: String,
    pub style: Style,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    Plain,
    SingleQuoted,
    DoubleQuoted,
    /// `|`
    Literal,
    /// `>`
    Folded,
}

#[derive(Debug, Clone)]
pub struct Entry {
    pub key: String,
    pub key_place: Place,
    pub value: Tree,
}

impl Entry {
    /// The key alone, for what is wrong with it.
    pub(crate) fn key_tree(&self) -> Tree {
        Tree { place: self.key_place.clone(), kind: Kind::Null }
    }
}

impl Tree {
    pub fn as_text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Text(text) => Some(&text.value),
            _ => None,
        }
    }

    pub fn as_map(&self) -> Option<&[Entry]> {
        match &self.kind {
            Kind::Map(entries) => Some(entries),
            _ => None,
        }
    }

    pub(crate) fn as_list(&self) -> Option<&[Tree]> {
        match &self.kind {
            Kind::List(items) => Some(items),
            _ => None,
        }
    }

    /// The entries of a map; none of anything else.
    pub fn entries(&self) -> &[Entry] {
        self.as_map().unwrap_or_default()
    }

    /// The entries of the map under a key; none where there is no such map.
    pub(crate) fn entries_of(&self, key: &str) -> &[Entry] {
        self.get(key).map_or(&[], Self::entries)
    }

    /// The items of a list; none of anything else.
    pub fn items(&self) -> &[Tree] {
        self.as_list().unwrap_or_default()
    }

    /// The value under a key of a map.
    pub fn get(&self, key: &str) -> Option<&Tree> {
        self.as_map()?.iter().find(|entry| entry.key == key).map(|entry| &entry.value)
    }

    /// In the words of an author of YAML.
    pub(crate) fn kind_in_words(&self) -> &'static str {
        match self.kind {
            Kind::Null => "nothing",
            Kind::Bool(_) => "true or false",
            Kind::Number(_) => "a number",
            Kind::Text(_) => "a text",
            Kind::List(_) => "a list",
            Kind::Map(_) => "a block of keys",
        }
    }

    /// The diagnostic of the file. What is to be written is said as this text's quotes want it.
    pub(crate) fn tell(&self, mut found: TextDiagnostic) -> Diagnostic {
        if let (Kind::Text(Text { style: Style::DoubleQuoted, .. }), Some(help)) = (&self.kind, found.help.as_mut())
            && help.contains('\\')
        {
            *help = format!("{}: between YAML's double quotes, each backslash is written twice", help.replace('\\', "\\\\"));
        }
        let place = self.place_within(found.range.start, found.range.end);
        found.at(place)
    }

    /// The place of bytes `start..end` of this text's *value*: exact for a text on one line, else the nearest line, else the whole text.
    pub(crate) fn place_within(&self, start: usize, end: usize) -> Place {
        let Kind::Text(text) = &self.kind else { return self.place.clone() };
        let written = self.place.text();
        let file = &self.place.file;
        let at = |offset: usize, length: usize| Place::new(file, self.place.start + offset, self.place.start + offset + length);
        let inner = match text.style {
            Style::SingleQuoted | Style::DoubleQuoted => 1,
            _ => 0,
        };
        if written.get(inner..inner + text.value.len()) == Some(text.value.as_str()) {
            return at(inner + start, end.saturating_sub(start));
        }
        if let (1, Some(start), Some(end)) = (inner, written_at(written, text.style, start), written_at(written, text.style, end)) {
            return at(start, end.saturating_sub(start));
        }
        // Several lines: find the line of the value that holds `start`, word for word, in what was written.
        let line_start = text.value.get(..start).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
        let line = line_at(&text.value, line_start);
        match (line.trim().is_empty(), written.find(line)) {
            (false, Some(found)) => at(found + start - line_start, end.saturating_sub(start).min(line.len() + line_start - start)),
            _ => self.place.clone(),
        }
    }
}

/// Where byte `at` of the value of a text in quotes is in what was written; nothing over several lines.
fn written_at(written: &str, style: Style, at: usize) -> Option<usize> {
    let (mut raw, mut value) = (1, 0);
    while value < at {
        let rest = written.get(raw..)?;
        let c = rest.chars().next().filter(|c| *c != '\n')?;
        let hexadecimal = |length: usize| {
            let code = rest.get(2..2 + length).and_then(|digits| u32::from_str_radix(digits, 16).ok());
            code.and_then(char::from_u32).map(|c| (2 + length, c.len_utf8()))
        };
        let (written, read) = match (style, c) {
            (Style::SingleQuoted, '\'') => (2, 1),
            (Style::DoubleQuoted, '\\') => match rest.chars().nth(1)? {
                'x' => hexadecimal(2)?,
                'u' => hexadecimal(4)?,
                'U' => hexadecimal(8)?,
                'N' | '_' => (2, 2),
                'L' | 'P' => (2, 3),
                '\n' => return None,
                _ => (2, 1),
            },
            _ => (c.len_utf8(), c.len_utf8()),
        };
        raw += written;
        value += read;
    }
    Some(raw)
}

/// As JSON, for templates, and for types to be made of.
pub(crate) fn to_json(tree: &Tree) -> serde_json::Value {
    use serde_json::Value;
    match &tree.kind {
        Kind::Null => Value::Null,
        Kind::Bool(value) => Value::Bool(*value),
        Kind::Number(number) => Value::Number(number.clone()),
        Kind::Text(text) => Value::String(text.value.clone()),
        Kind::List(items) => Value::Array(items.iter().map(to_json).collect()),
        Kind::Map(entries) => Value::Object(entries.iter().map(|e| (e.key.clone(), to_json(&e.value))).collect()),
    }
}
