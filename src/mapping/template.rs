//! One template: compiled when the pipeline is, evaluated for each profile.

use super::engine::{BASE, FUEL, TEXT_LIMIT};
use super::{Said, values};
use crate::place::Place;
use crate::tree::Tree;
use minijinja::machinery::{Token, tokenize};
use minijinja::{Environment, Error, ErrorKind, Expression, Value};
use serde_json::Value as Json;
use std::error::Error as _;
use std::io;
use std::ops::Range;

/// A leaf of the mapping.
#[derive(Debug)]
pub struct Template {
    /// What was written, for its place and for people.
    pub written: Tree,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    /// Exactly one `{{ … }}`: keeps its type.
    Expression(Bare),
    /// Anything else: text, under this name among the mapping's texts.
    Text { name: String, inserted: Vec<usize> },
}

/// An expression, with or without braces around it.
pub struct Bare {
    pub written: Tree,
    /// Where the expression begins in what was written.
    offset: usize,
    expression: Expression<'static, 'static>,
}

/// Why a template gave nothing.
#[derive(Debug)]
pub struct Failure {
    pub place: Place,
    pub message: String,
}

/// Stands in for the `else` that a condition in a text lacks, so that it gives blank and not "missing".
const ELSE: &str = " else ''";

impl Template {
    /// A single expression.
    pub fn expression(written: &Tree, inner: Range<usize>) -> Result<Self, Error> {
        Ok(Self { written: written.clone(), kind: Kind::Expression(Bare::new(written, inner)?) })
    }

    /// A longer text. `open_conditions`: where an `x if y` without `else` ends in it.
    pub fn text(written: &Tree, source: &str, open_conditions: Vec<usize>, texts: &mut Environment<'static>) -> Result<Self, Error> {
        let mut inserted = open_conditions;
        inserted.sort_unstable();
        let mut closed = source.to_owned();
        for at in inserted.iter().rev() {
            closed.insert_str(*at, ELSE);
        }
        let name = texts.templates().count().to_string();
        texts.add_template_owned(name.clone(), closed)?;
        Ok(Self { written: written.clone(), kind: Kind::Text { name, inserted } })
    }

    /// The leaf's JSON, or nothing where it is blank.
    pub fn evaluate(&self, texts: &Environment<'static>, scope: &Value) -> Result<Option<Json>, Failure> {
        match &self.kind {
            Kind::Expression(expression) => {
                let value = expression.evaluate(scope)?;
                values::to_json(&value).map_err(|error| expression.failure(&error))
            }
            Kind::Text { name, inserted } => {
                let mut out = Bounded(Vec::new());
                let rendered = texts.get_template(name).and_then(|template| template.render_captured_to(scope.clone(), &mut out).map(drop));
                rendered.map_err(|error| failure(&self.written, &error, |at| before_insertions(at, inserted)))?;
                let text = String::from_utf8_lossy(&out.0);
                let text = text.trim();
                Ok((!text.is_empty()).then(|| Json::from(text)))
            }
        }
    }
}

impl Bare {
    pub fn new(written: &Tree, inner: Range<usize>) -> Result<Self, Error> {
        let source = written.as_text().and_then(|text| text.get(inner.clone())).unwrap_or_default().to_owned();
        Ok(Self { written: written.clone(), offset: inner.start, expression: BASE.compile_expression_owned(source)? })
    }

    pub fn evaluate(&self, scope: &Value) -> Result<Value, Failure> {
        self.expression.eval(scope.clone()).map_err(|error| self.failure(&error))
    }

    fn failure(&self, error: &Error) -> Failure {
        failure(&self.written, error, |at| at + self.offset)
    }
}

impl std::fmt::Debug for Bare {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Bare").field("written", &self.written).finish_non_exhaustive()
    }
}

/// The inside of a text that is exactly one `{{ … }}` (white space and comments aside).
pub fn single_expression(source: &str) -> Option<Range<usize>> {
    let mut inner: Option<(usize, Option<usize>)> = None;
    for token in tokenize(source, false, Default::default()) {
        let (token, span) = token.ok()?;
        match (token, &mut inner) {
            (Token::TemplateData(text), _) if text.trim().is_empty() => {}
            (Token::VariableStart, None) => inner = Some((span.end_offset as usize, None)),
            (Token::VariableEnd, Some((_, end @ None))) => *end = Some(span.start_offset as usize),
            (Token::TemplateData(_) | Token::BlockStart | Token::VariableStart, _) => return None,
            _ => {}
        }
    }
    let (start, end) = inner?;
    Some(start..end?)
}

fn before_insertions(at: usize, inserted: &[usize]) -> usize {
    let ahead = inserted.iter().enumerate().take_while(|(count, place)| *place + count * ELSE.len() < at).count();
    at.saturating_sub(ahead * ELSE.len())
}

fn failure(written: &Tree, error: &Error, back: impl Fn(usize) -> usize) -> Failure {
    let source = written.as_text().unwrap_or_default();
    let range = error.range().map(|range| back(range.start)..back(range.end).min(source.len()));
    let snippet = range.clone().and_then(|range| source.get(range)).map(str::trim).filter(|snippet| !snippet.is_empty());
    let place = match &range {
        Some(range) => written.place_within(range.start, range.end),
        None => written.place.clone(),
    };
    Failure { place, message: message(error, snippet) }
}

/// What went wrong, in a sentence without any value of the profile.
fn message(error: &Error, snippet: Option<&str>) -> String {
    let what = snippet.map_or_else(|| "the template".to_owned(), |snippet| format!("`{}`", shortened(snippet)));
    let detail = error.detail().unwrap_or_default();
    match error.kind() {
        ErrorKind::OutOfFuel => format!("{what} does more than one template may ({FUEL} steps)"),
        ErrorKind::WriteFailure => format!("{what} gives a text of more than {TEXT_LIMIT} bytes"),
        ErrorKind::UndefinedError => format!("{what} is missing; write `| default('')` behind it if it may be"),
        _ if error.source().is_some_and(|source| source.is::<Said>()) => match detail.starts_with('`') {
            true => detail.to_owned(),
            false => format!("{what} {detail}"),
        },
        // The one message of the engine that shows operands.
        _ if detail.is_empty() || detail.starts_with("unable to calculate") => format!("{what} cannot be worked out ({})", error.kind()),
        _ => format!("{what} cannot be worked out: {detail}"),
    }
}

fn shortened(snippet: &str) -> String {
    const LONGEST: usize = 80;
    match snippet.char_indices().nth(LONGEST) {
        Some((cut, _)) => format!("{}…", &snippet[..cut]),
        None => snippet.to_owned(),
    }
}

/// A text that may not grow beyond its bound, whatever a single step writes.
struct Bounded(Vec<u8>);

impl io::Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > TEXT_LIMIT {
            return Err(io::Error::other("the text is too long"));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
