//! Events → tree, within bounds.

use super::tree::{Entry, Kind, Style, Text, Tree};
use super::{MAX_DEPTH, MAX_NODES, syntax};
use crate::base::diagnostic::{Code, Diagnostic, Sink};
use crate::base::place::{Place, SourceFile, text_from};
use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span, StrInput};
use std::collections::HashMap;
use std::sync::Arc;

/// Nothing more can be read. The error is in the sink already.
struct Stop;

/// A key while its value is read: `None` for one that was refused.
type Key = Option<(String, Place)>;

struct Builder<'i, 's> {
    file: &'i Arc<SourceFile>,
    parser: Parser<'i, StrInput<'i>>,
    /// Byte offset of each character; `None` where they are the same (ASCII).
    bytes: Option<Vec<usize>>,
    /// Finished anchors, with the number of nodes below them.
    anchors: HashMap<usize, (Tree, usize)>,
    nodes: usize,
    /// A template without quotes that more text follows: reported instead of the next syntax error, or at the
    /// end.
    template: Option<Place>,
    sink: &'s mut Sink,
}

pub(super) fn build(file: &Arc<SourceFile>, sink: &mut Sink) -> Option<Tree> {
    let text = file.text();
    let bytes = (!text.is_ascii()).then(|| text.char_indices().map(|(at, _)| at).collect());
    let parser = Parser::new_from_str(text);
    Builder { file, parser, bytes, anchors: HashMap::new(), nodes: 0, template: None, sink }.document().ok().flatten()
}

impl<'i> Builder<'i, '_> {
    fn document(&mut self) -> Result<Option<Tree>, Stop> {
        let mut root = None;
        loop {
            let (event, span) = self.next()?;
            match event {
                Event::StreamEnd => break,
                Event::StreamStart | Event::DocumentStart(_) | Event::DocumentEnd | Event::Nothing => {
                    if root.is_some() && matches!(event, Event::DocumentStart(_)) {
                        let place = self.place(span);
                        let message = "a second document starts here; a Hireline file holds one";
                        self.sink.error(Code::YamlSyntax, &place, message, "move everything after `---` into its own file");
                        return Err(Stop);
                    }
                }
                event => root = Some(self.node(event, span, 0)?),
            }
        }
        if let Some(template) = self.template.take() {
            self.sink.push(syntax::bare_template(&template));
        }
        if root.is_none() {
            let diagnostic = Diagnostic::error(Code::YamlSyntax, &Place::new(self.file, 0, 0), "this file is empty");
            self.sink.push(diagnostic.help("start it with `version: 1` and `pipeline: NAME`"));
        }
        Ok(root)
    }

    fn next(&mut self) -> Result<(Event<'i>, Span), Stop> {
        match self.parser.next_event() {
            Some(Ok(next)) => Ok(next),
            Some(Err(error)) => Err(self.syntax(&error)),
            None => Ok((Event::StreamEnd, Span::default())),
        }
    }

    fn syntax(&mut self, error: &ScanError) -> Stop {
        let at = self.byte(error.marker().index());
        let diagnostic = match self.template.take() {
            Some(template) => syntax::bare_template(&template),
            None => syntax::explain(self.file, at, error.info()),
        };
        self.sink.push(diagnostic);
        Stop
    }

    fn node(&mut self, event: Event<'i>, span: Span, depth: usize) -> Result<Tree, Stop> {
        self.nodes += 1;
        if depth > MAX_DEPTH || self.nodes > MAX_NODES {
            return Err(self.too_much(span, depth));
        }
        let before = self.nodes;
        let (tree, anchor) = match event {
            Event::Alias(id) => return self.alias(id, span),
            Event::Scalar(value, style, anchor, tag) => match tag {
                Some(_) => (self.refuse_tag(span), anchor),
                None => (self.scalar(&value, style, span), anchor),
            },
            Event::SequenceStart(anchor, tag) => {
                if tag.is_some() {
                    self.refuse_tag(span);
                }
                (self.list(span, depth)?, anchor)
            }
            Event::MappingStart(anchor, tag) => {
                if tag.is_some() {
                    self.refuse_tag(span);
                }
                (self.map(span, depth)?, anchor)
            }
            _ => (self.scalar("", ScalarStyle::Plain, span), 0),
        };
        if anchor != 0 {
            self.anchors.insert(anchor, (tree.clone(), self.nodes - before + 1));
        }
        Ok(tree)
    }

    fn too_much(&mut self, span: Span, depth: usize) -> Stop {
        let place = self.place(span);
        let diagnostic = if depth > MAX_DEPTH {
            Diagnostic::error(Code::YamlSyntax, &place, format!("this block is more than {MAX_DEPTH} levels deep"))
                .help("check the indentation and the brackets: no pipeline needs that many levels")
        } else {
            Diagnostic::error(
                Code::YamlSyntax,
                &place,
                format!("with its aliases expanded, this file has more than {MAX_NODES} keys and values"),
            )
            .help("an alias (`*name`) counts every time it is used: use fewer aliases, or `$use`")
        };
        self.sink.push(diagnostic);
        Stop
    }

    fn alias(&mut self, id: usize, span: Span) -> Result<Tree, Stop> {
        let Some((tree, count)) = self.anchors.get(&id) else {
            let place = self.place(span);
            let message = format!("`{}` is an alias inside the block that it names", place.text());
            self.sink.error(Code::YamlSyntax, &place, message, "write the block out here");
            return Err(Stop);
        };
        self.nodes += count;
        if self.nodes > MAX_NODES {
            return Err(self.too_much(span, 0));
        }
        Ok(tree.clone())
    }

    /// Reports a tag, and takes what is written for the text that was meant.
    fn refuse_tag(&mut self, span: Span) -> Tree {
        let place = syntax::rest_of_line(self.file, self.byte(span.start.index()));
        let written = place.text().to_owned();
        self.sink.error(Code::YamlTrap, &place, "a value that starts with `!` is a YAML tag, not a text", syntax::in_quotes(&place));
        Tree { place, kind: Kind::Text(Text { value: written, style: Style::Plain }) }
    }

    fn scalar(&mut self, value: &str, style: ScalarStyle, span: Span) -> Tree {
        let mut place = self.trimmed(span);
        let style = match style {
            ScalarStyle::Plain => Style::Plain,
            ScalarStyle::SingleQuoted => Style::SingleQuoted,
            ScalarStyle::DoubleQuoted => Style::DoubleQuoted,
            ScalarStyle::Literal => Style::Literal,
            ScalarStyle::Folded => Style::Folded,
        };
        if matches!(style, Style::SingleQuoted | Style::DoubleQuoted) {
            place.end = place.start + closing_quote(place.text());
        }
        let kind = match style {
            Style::Plain => super::scalar_kind(value),
            _ => Ok(Kind::Text(Text { value: value.to_owned(), style })),
        };
        let kind = kind.unwrap_or_else(|why| {
            self.sink.push(Diagnostic::error(Code::YamlTrap, &place, why).help("put it in quotes if it is a text"));
            Kind::Null
        });
        Tree { place, kind }
    }

    fn list(&mut self, start: Span, depth: usize) -> Result<Tree, Stop> {
        let mut items = Vec::new();
        let end = loop {
            let (event, span) = self.next()?;
            if event == Event::SequenceEnd {
                break span;
            }
            items.push(self.node(event, span, depth + 1)?);
        };
        let last = items.last().map(|item| item.place.end);
        let place = self.block(start, end, last);
        Ok(Tree { place, kind: Kind::List(items) })
    }

    fn map(&mut self, start: Span, depth: usize) -> Result<Tree, Stop> {
        if self.bare_template(start) {
            return self.skip_template(start);
        }
        let mut entries: Vec<Entry> = Vec::new();
        // Where every key was first seen; also the refused ones, so that a key is reported once.
        let mut seen: HashMap<String, Place> = HashMap::new();
        let mut last = None;
        let end = loop {
            let (event, span) = self.next()?;
            if event == Event::MappingEnd {
                break span;
            }
            let key = self.key(event, span, depth, &seen)?;
            let (event, span) = self.next()?;
            let mut value = self.node(event, span, depth + 1)?;
            last = Some(value.place.end);
            let Some((key, key_place)) = key else { continue };
            if matches!(value.kind, Kind::Null) && value.place.text().trim().trim_matches(':').is_empty() {
                value.place = key_place.clone();
            }
            seen.insert(key.clone(), key_place.clone());
            entries.push(Entry { key, key_place, value });
        };
        let place = self.block(start, end, last);
        Ok(Tree { place, kind: Kind::Map(entries) })
    }

    fn key(&mut self, event: Event<'i>, span: Span, depth: usize, seen: &HashMap<String, Place>) -> Result<Key, Stop> {
        let place = self.trimmed(span);
        let Event::Scalar(key, style, ..) = &event else {
            let tree = self.node(event, span, depth + 1)?;
            // A template without quotes was already reported.
            if tree.as_text().is_none() || tree.place.text().starts_with('*') {
                let diagnostic = Diagnostic::error(Code::YamlTrap, &tree.place, "a key must be text");
                self.sink.push(diagnostic.help("write `key: value`; a template or a list needs quotes to be a key"));
            }
            return Ok(None);
        };
        self.nodes += 1;
        if key == "<<" && *style == ScalarStyle::Plain {
            let diagnostic = Diagnostic::error(Code::YamlTrap, &place, "`<<` would be ignored: merge keys are not part of YAML 1.2");
            self.sink.push(diagnostic.help("write the keys out, or put them into a library and use `$use: NAME`"));
            return Ok(None);
        }
        if let Some(first) = seen.get(key.as_ref()) {
            let diagnostic = Diagnostic::error(Code::DuplicateKey, &place, format!("`{key}` is in this block twice"));
            self.sink.push(diagnostic.related(first, "here first").help("keep one of the two"));
            return Ok(None);
        }
        Ok(Some((key.clone().into_owned(), place)))
    }

    /// `{{ … }}` without quotes: to YAML a block within a block.
    fn bare_template(&self, start: Span) -> bool {
        self.file.text().get(self.byte(start.start.index())..).is_some_and(|rest| rest.starts_with("{{"))
    }

    /// Reports a template without quotes and continues after it, with its text as the value.
    fn skip_template(&mut self, start: Span) -> Result<Tree, Stop> {
        let mut open = 1usize;
        let end = loop {
            let (event, span) = self.next()?;
            match event {
                Event::MappingStart(..) | Event::SequenceStart(..) => open += 1,
                Event::MappingEnd | Event::SequenceEnd => open -= 1,
                Event::StreamEnd => break span,
                _ => {}
            }
            if open == 0 {
                break span;
            }
        };
        let from = self.byte(start.start.index());
        let reach = self.byte(end.end.index()).max(from);
        let written = self.file.text().get(from..reach).unwrap_or_default();
        let length = written.rfind("}}").map_or(written.trim_end().len(), |at| at + 2);
        let place = Place::new(self.file, from, from + length);
        let line = syntax::rest_of_line(self.file, from);
        // In brackets a comma or the bracket ends it.
        let behind = text_from(line.text(), length).trim_start();
        match !behind.is_empty() && !behind.starts_with([',', ']', '}']) {
            true => self.template = Some(line),
            false => self.sink.push(syntax::bare_template(&place)),
        }
        let value = place.text().to_owned();
        Ok(Tree { place, kind: Kind::Text(Text { value, style: Style::Plain }) })
    }

    fn byte(&self, character: usize) -> usize {
        let length = self.file.text().len();
        match &self.bytes {
            None => character.min(length),
            Some(bytes) => bytes.get(character).copied().unwrap_or(length),
        }
    }

    fn place(&self, span: Span) -> Place {
        Place::new(self.file, self.byte(span.start.index()), self.byte(span.end.index()))
    }

    /// A scalar's place, without what follows it.
    fn trimmed(&self, span: Span) -> Place {
        let mut place = self.place(span);
        place.end = place.start + place.text().trim_end().len();
        place
    }

    /// A block ends with its last child; one in brackets with its bracket.
    fn block(&self, start: Span, end: Span, last_child: Option<usize>) -> Place {
        let from = self.byte(start.start.index());
        let end = self.place(end);
        let closed = matches!(end.text().trim_end(), "]" | "}");
        let to = if closed { end.start + 1 } else { last_child.unwrap_or(end.end) };
        Place::new(self.file, from, to)
    }
}

/// Where a quoted scalar ends, in bytes: the parser counts what follows it, too, where that is a comment.
fn closing_quote(written: &str) -> usize {
    let mut characters = written.char_indices().peekable();
    let Some((_, quote)) = characters.next() else { return 0 };
    while let Some((at, c)) = characters.next() {
        if c == '\\' && quote == '"' {
            characters.next();
        } else if c == quote {
            // In single quotes, two of them are one of the text.
            if quote == '\'' && characters.next_if(|(_, next)| *next == quote).is_some() {
                continue;
            }
            return at + 1;
        }
    }
    written.len()
}
