//! A text as it stands while somebody types: a tree with places, also of a file that is no YAML at this moment.
//!
//! It goes by indentation, line by line, and never gives up: a key without its colon is a key, a quote without its end ends with its
//! line, a bracket without its end ends where the next key of its block begins. What it makes of a file that *is* YAML is what
//! [`crate::language::yaml`] makes of it, but for anchors and texts on several lines; it is asked only where the cursor is, never what a file means.

mod flow;

use crate::base::place::{Place, SourceFile};
use crate::language::yaml::{Entry, Kind, Style, Text, Tree};
use std::sync::Arc;

/// Blocks within blocks; deeper is no file of ours.
const DEEPEST: usize = 64;

/// The tree of a text. Blank texts are an empty map.
pub fn outline(file: &Arc<SourceFile>) -> Tree {
    let mut reader = Reader { file, lines: lines(file.text()), at: 0, depth: 0 };
    let mut entries = Vec::new();
    let start = reader.peek().map_or(0, |line| line.start);
    // What stands at a level of its own after the first block goes on as that block.
    while reader.peek().is_some() {
        let before = reader.at;
        match reader.block(0).map(|tree| tree.kind) {
            Some(Kind::Map(more)) => entries.extend(more),
            // The first word of a file, before it is a key.
            Some(Kind::Text(text)) if entries.is_empty() => {
                let line = reader.lines.get(before).copied().unwrap_or(Line { indent: 0, start: 0, end: 0 });
                let key_place = Place::new(file, line.start, line.end);
                entries.push(Entry { key: text.value, key_place, value: reader.tree(line.end, line.end, Kind::Null) });
            }
            _ => {}
        }
        reader.at = reader.at.max(before + 1);
    }
    Tree { place: Place::new(file, start, file.text().len()), kind: Kind::Map(entries) }
}

/// A line with something on it.
#[derive(Debug, Clone, Copy)]
struct Line {
    /// Columns before its first word.
    indent: usize,
    /// Bytes of what stands on it, without white space around it.
    start: usize,
    end: usize,
}

fn lines(text: &str) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut at = 0;
    for whole in text.split_inclusive('\n') {
        let content = whole.trim();
        let indent = whole.len() - whole.trim_start().len();
        let is_marker = indent == 0 && (content == "---" || content == "...");
        if !content.is_empty() && !is_marker {
            lines.push(Line { indent, start: at + indent, end: at + indent + content.len() });
        }
        at += whole.len();
    }
    lines
}

struct Reader<'f> {
    file: &'f Arc<SourceFile>,
    lines: Vec<Line>,
    at: usize,
    depth: usize,
}

impl<'f> Reader<'f> {
    fn text(&self, start: usize, end: usize) -> &'f str {
        self.file.text().get(start..end).unwrap_or_default()
    }

    /// The next line that is no comment.
    fn peek(&mut self) -> Option<Line> {
        loop {
            let line = *self.lines.get(self.at)?;
            if !self.text(line.start, line.end).starts_with('#') {
                return Some(line);
            }
            self.at += 1;
        }
    }

    fn tree(&self, start: usize, end: usize, kind: Kind) -> Tree {
        Tree { place: Place::new(self.file, start, end), kind }
    }

    /// A block that is indented at least so far.
    fn block(&mut self, least: usize) -> Option<Tree> {
        let line = self.peek().filter(|line| line.indent >= least)?;
        self.depth += 1;
        let tree = if self.depth > DEEPEST {
            self.at += 1;
            self.tree(line.start, line.end, Kind::Null)
        } else if is_item(self.text(line.start, line.end)) {
            self.list(line.indent)
        } else if self.is_map(line) {
            self.map(line.indent)
        } else {
            self.value(line.start, line.end, line.indent)
        };
        self.depth -= 1;
        Some(tree)
    }

    /// Whether keys stand here: on this line, or, where a first key is being typed, on the next one.
    fn is_map(&self, line: Line) -> bool {
        let has_key = |line: &Line| key(self.text(line.start, line.end)).is_some();
        let next = self.lines.get(self.at + 1);
        let is_word = || !self.text(line.start, line.end).starts_with(['"', '\'', '{', '[', '|', '>']);
        has_key(&line) || is_word() && next.is_some_and(|next| next.indent == line.indent && has_key(next))
    }

    fn list(&mut self, column: usize) -> Tree {
        let start = self.peek().map_or(0, |line| line.start);
        let mut items = Vec::new();
        while let Some(line) = self.peek().filter(|line| line.indent == column && is_item(self.text(line.start, line.end))) {
            let rest = self.text(line.start + 1, line.end);
            let inner = rest.trim_start();
            if inner.is_empty() || inner.starts_with('#') {
                self.at += 1;
                let empty = self.tree(line.end, line.end, Kind::Null);
                items.push(self.block(column + 1).unwrap_or(empty));
                continue;
            }
            // What stands behind the dash is a block of its own, with the column in which it begins.
            let dash = 1 + rest.len() - inner.len();
            if let Some(slot) = self.lines.get_mut(self.at) {
                *slot = Line { indent: line.indent + dash, start: line.start + dash, end: line.end };
            }
            items.extend(self.block(column + 1));
        }
        let end = items.last().map_or(start, |item| item.place.end);
        self.tree(start, end, Kind::List(items))
    }

    fn map(&mut self, column: usize) -> Tree {
        let start = self.peek().map_or(0, |line| line.start);
        let mut entries: Vec<Entry> = Vec::new();
        while let Some(line) = self.peek().filter(|line| line.indent >= column) {
            let content = self.text(line.start, line.end);
            if line.indent > column {
                // At another indentation than its block: it is taken for a part of the block before it.
                let slipped = self.block(column + 1).map(|tree| tree.kind);
                if let (Some(Kind::Map(more)), Some(Kind::Map(block))) = (slipped, entries.last_mut().map(|last| &mut last.value.kind)) {
                    block.extend(more);
                }
                continue;
            }
            if is_item(content) {
                break;
            }
            entries.push(self.entry(line, content));
        }
        let end = entries.last().map_or(start, |entry| entry.value.place.end);
        self.tree(start, end, Kind::Map(entries))
    }

    fn entry(&mut self, line: Line, content: &str) -> Entry {
        let Some(key) = key(content) else {
            self.at += 1;
            let key_place = Place::new(self.file, line.start, line.end);
            return Entry { key: content.to_owned(), key_place, value: self.tree(line.end, line.end, Kind::Null) };
        };
        let key_place = Place::new(self.file, line.start, line.start + key.length);
        let rest = self.text(line.start + key.behind, line.end);
        let value_start = line.end - rest.trim_start().len();
        let value = if without_comment(rest).trim().is_empty() {
            self.at += 1;
            let below = self.peek();
            let dashed = below.is_some_and(|below| below.indent == line.indent && is_item(self.text(below.start, below.end)));
            let found = if dashed { Some(self.list(line.indent)) } else { self.block(line.indent + 1) };
            let empty = self.tree(line.start + key.behind, line.start + key.behind, Kind::Null);
            found.unwrap_or(empty)
        } else {
            self.value(value_start, line.end, line.indent)
        };
        Entry { key: key.name, key_place, value }
    }

    /// What begins on this line behind a key or a dash, or alone. The line is consumed, and those that belong to it.
    fn value(&mut self, start: usize, end: usize, owner: usize) -> Tree {
        let written = self.text(start, end);
        let word = written.split_whitespace().next().unwrap_or_default();
        // Anchors and tags stand before what they name.
        if word.len() > 1 && word.len() < written.len() && word.starts_with(['&', '!']) && !word.starts_with("!@") {
            let rest = self.text(start + word.len(), end);
            return self.value(end - rest.trim_start().len(), end, owner);
        }
        match written.chars().next() {
            Some('{' | '[') => self.flow(start, owner),
            Some('|' | '>') => self.literal(start, owner),
            Some(quote @ ('"' | '\'')) => {
                let limit = self.limit(owner);
                let within = flow::quoted(self.text(start, limit), quote).unwrap_or(end - start);
                self.skip_to(start + within);
                let style = if quote == '"' { Style::DoubleQuoted } else { Style::SingleQuoted };
                let value = flow::unquoted(self.text(start, start + within), quote);
                self.tree(start, start + within, Kind::Text(Text { value, style }))
            }
            _ => {
                self.at += 1;
                let written = without_comment(written).trim_end();
                let text = Kind::Text(Text { value: written.to_owned(), style: Style::Plain });
                // A text that goes on below: deeper, and without keys.
                while self.peek().is_some_and(|line| line.indent > owner && key(self.text(line.start, line.end)).is_none()) {
                    self.at += 1;
                }
                self.tree(start, start + written.len(), text)
            }
        }
    }

    /// Where what belongs to this line ends: before the next line that is not indented deeper than its owner.
    fn limit(&self, owner: usize) -> usize {
        let below = self.lines.iter().skip(self.at + 1).take_while(|line| line.indent > owner);
        below.last().or(self.lines.get(self.at)).map_or(self.file.text().len(), |line| line.end)
    }

    fn skip_to(&mut self, offset: usize) {
        self.at += 1;
        while self.lines.get(self.at).is_some_and(|line| line.start < offset) {
            self.at += 1;
        }
    }

    fn flow(&mut self, start: usize, owner: usize) -> Tree {
        let (tree, end) = flow::Flow::new(self.file, start, self.limit(owner)).read();
        self.skip_to(end);
        tree
    }

    /// `|` and `>`: everything below that is indented deeper, comments too.
    fn literal(&mut self, start: usize, owner: usize) -> Tree {
        let end = self.limit(owner);
        let style = if self.text(start, start + 1) == "|" { Style::Literal } else { Style::Folded };
        self.skip_to(end);
        let value = self.text(start, end).split_once('\n').map_or("", |(_, below)| below).to_owned();
        self.tree(start, end, Kind::Text(Text { value, style }))
    }
}

fn is_item(content: &str) -> bool {
    content == "-" || content.starts_with("- ")
}

struct Key {
    name: String,
    /// Bytes of the key as it is written, and with its colon.
    length: usize,
    behind: usize,
}

/// The key that a line begins with.
fn key(content: &str) -> Option<Key> {
    if let Some(quote) = content.chars().next().filter(|c| matches!(c, '"' | '\'')) {
        let length = flow::quoted(content, quote)?;
        let rest = content.get(length..)?;
        let colon = rest.len() - rest.trim_start().len();
        let is_key = rest.trim_start().strip_prefix(':').is_some_and(|rest| rest.is_empty() || rest.starts_with(char::is_whitespace));
        let name = content.get(1..length - 1)?.to_owned();
        return is_key.then_some(Key { name, length, behind: length + colon + 1 });
    }
    if content.starts_with(['{', '[', '#', '|', '>', '@']) {
        return None;
    }
    let colon = content.match_indices(':').map(|(at, _)| at).find(|at| {
        let rest = content.get(at + 1..).unwrap_or_default();
        rest.is_empty() || rest.starts_with(char::is_whitespace)
    })?;
    let name = content.get(..colon)?.trim_end();
    // A colon in a sentence or in a template is no key's.
    let is_key = !name.is_empty() && !name.contains(['"', '{', '}', '#', '\'']);
    is_key.then(|| Key { name: name.to_owned(), length: name.len(), behind: colon + 1 })
}

fn without_comment(written: &str) -> &str {
    if written.trim_start().starts_with('#') {
        return "";
    }
    written.find(" #").map_or(written, |at| written.get(..at).unwrap_or(written))
}

#[cfg(test)]
mod tests;
