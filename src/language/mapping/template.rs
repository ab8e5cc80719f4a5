//! One template: parsed when the pipeline is compiled, evaluated for each profile.

use super::{Said, functions, operators, values};
use crate::base::display::shortened;
use crate::base::place::Place;
use crate::language::yaml::Tree;
use minijinja::machinery::{CodeGenerator, Instructions, Token, eval, make_string_output, parse, parse_expr, tokenize};
use minijinja::{AutoEscape, Environment, Error, ErrorKind, Output, State, UndefinedBehavior, Value};
use serde_json::Value as Json;
use std::collections::{BTreeMap, HashSet};
use std::error::Error as _;
use std::ops::Range;
use std::sync::{LazyLock, Mutex, OnceLock, PoisonError};

/// A leaf of the mapping.
#[derive(Debug)]
pub struct Template {
    formula: Formula,
    /// Exactly one `{{ … }}` keeps its type; anything else gives text.
    is_text: bool,
    /// It gives the same for every profile.
    is_fixed: bool,
}

/// A template or an expression that was parsed. Its instructions are made when it is first evaluated: whoever only checks a file needs none,
/// and they are what costs most, in time and in memory.
pub struct Formula {
    /// For its place and for people.
    pub written: Tree,
    /// The expression within what was written; nothing where all of it is a text with templates in it.
    inner: Option<Range<usize>>,
    instructions: OnceLock<Result<Instructions<'static>, Error>>,
}

/// Why a template gave nothing.
#[derive(Debug)]
pub struct Failure {
    pub place: Place,
    pub message: String,
    /// Steps that it took.
    pub fuel: u64,
}

impl Template {
    /// What was written parsed as a template. `inner`: the range of its only expression, if it is one.
    pub fn parsed(written: &Tree, inner: Option<Range<usize>>) -> Self {
        let is_text = inner.is_none();
        Self { formula: Formula { written: written.clone(), inner, instructions: OnceLock::new() }, is_text, is_fixed: false }
    }

    /// Takes note of whether none of these names, which change from profile to profile, is in it.
    #[must_use]
    pub(crate) fn fixed_unless<'n>(self, mut changing: impl Iterator<Item = &'n str>) -> Self {
        let source = self.formula.source();
        let idents: Vec<&str> = tokenize(source, false, Default::default())
            .filter_map(|token| match token {
                Ok((Token::Ident(name), _)) => Some(name),
                _ => None,
            })
            .collect();
        let is_fixed = !changing.any(|name| idents.contains(&name));
        Self { is_fixed, ..self }
    }

    pub(crate) fn is_fixed(&self) -> bool {
        self.is_fixed
    }

    pub(crate) fn formula(&self) -> &Formula {
        &self.formula
    }

    /// The leaf's JSON, or nothing where it is blank; and the steps that it took.
    pub(crate) fn evaluate(&self, scope: &Value) -> Result<(Option<Json>, u64), Failure> {
        let mut text = String::new();
        let (value, fuel) = self.formula.run(scope, &mut text)?;
        if !self.is_text {
            let json = values::to_json(&value).map_err(|error| self.formula.failure(&error, fuel))?;
            return Ok((json, fuel));
        }
        if text.len() > TEXT_LIMIT {
            return Err(self.formula.failure(&ErrorKind::WriteFailure.into(), fuel));
        }
        let text = text.trim();
        Ok(((!text.is_empty()).then(|| Json::from(text)), fuel))
    }
}

impl Formula {
    /// What was written parsed as an expression.
    pub fn parsed(written: &Tree) -> Self {
        let length = written.as_text().map_or(0, str::len);
        Self { written: written.clone(), inner: Some(0..length), instructions: OnceLock::new() }
    }

    fn generate(&self) -> Result<Instructions<'static>, Error> {
        let text = self.source();
        let Some(inner) = &self.inner else {
            let source = forever(text);
            let mut generator = CodeGenerator::new("template", source);
            generator.compile_stmt(&parse(source, "template", Default::default())?);
            let mut instructions = generator.finish().0;
            operators::ours(&mut instructions);
            operators::blank_where_no_else(&mut instructions);
            return Ok(instructions);
        };
        let source = forever(text.get(inner.clone()).unwrap_or_default());
        let mut generator = CodeGenerator::new("template", source);
        generator.compile_expr(&parse_expr(source)?);
        let mut instructions = generator.finish().0;
        operators::ours(&mut instructions);
        Ok(instructions)
    }

    /// What was written. Only text becomes a formula.
    pub fn source(&self) -> &str {
        self.written.as_text().unwrap_or_default()
    }

    /// An expression's value, and the steps that it took.
    pub(crate) fn evaluate(&self, scope: &Value) -> Result<(Value, u64), Failure> {
        self.run(scope, &mut String::new())
    }

    fn run(&self, scope: &Value, text: &mut String) -> Result<(Value, u64), Failure> {
        static NO_BLOCKS: LazyLock<BTreeMap<&'static str, Instructions<'static>>> = LazyLock::new(BTreeMap::new);
        let mut output = make_string_output(text);
        let instructions = self.instructions.get_or_init(|| self.generate()).as_ref().map_err(|error| self.failure(error, 0))?;
        let result = eval(&BASE, instructions, scope.clone(), &NO_BLOCKS, &mut output, AutoEscape::None);
        match result {
            Ok((value, state)) => Ok((value.unwrap_or_default(), state.fuel_levels().map_or(0, |(used, _)| used))),
            Err(error) => Err(self.failure(&error, FUEL)),
        }
    }

    fn failure(&self, error: &Error, fuel: u64) -> Failure {
        let source = self.source();
        let offset = self.inner.as_ref().map_or(0, |inner| inner.start);
        let range = error.range().map(|range| range.start + offset..range.end + offset);
        let range = range.map(|range| exact(source, range));
        let snippet = range.clone().and_then(|range| source.get(range)).map(str::trim).filter(|snippet| !snippet.is_empty());
        let place = match &range {
            Some(range) => self.written.place_within(range.start, range.end),
            None => self.written.place.clone(),
        };
        Failure { place, message: message(error, snippet), fuel }
    }
}

impl std::fmt::Debug for Formula {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Formula").field("written", &self.written).finish_non_exhaustive()
    }
}

/// The source of a template for as long as the process lives: what is compiled borrows it. The same text is kept once, so that
/// an editor's or a watcher's process grows by what is typed and by nothing else.
fn forever(source: &str) -> &'static str {
    static SOURCES: LazyLock<Mutex<HashSet<&'static str>>> = LazyLock::new(Default::default);
    let mut sources = SOURCES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = sources.get(source) {
        return known;
    }
    let kept: &'static str = Box::leak(source.to_owned().into_boxed_str());
    sources.insert(kept);
    kept
}

/// The inside of a text that is exactly one `{{ … }}` (white space and comments aside).
pub(crate) fn single_expression(source: &str) -> Option<Range<usize>> {
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

/// A range without what opens it: the engine's own range of `(a < b)` or `{{ a < b }}` may begin one word early.
pub fn exact(source: &str, range: Range<usize>) -> Range<usize> {
    let inside = source.get(range.clone()).unwrap_or_default();
    let trimmed = inside.trim_start_matches(|c: char| c.is_whitespace() || "{(%-+".contains(c));
    if trimmed.is_empty() { range } else { range.end - trimmed.len()..range.end }
}

/// What went wrong, in a sentence without any value of the profile.
fn message(error: &Error, snippet: Option<&str>) -> String {
    let what = snippet.map_or_else(|| "the template".to_owned(), |snippet| format!("`{}`", shortened(snippet, 80)));
    let detail = error.detail().unwrap_or_default();
    match error.kind() {
        ErrorKind::OutOfFuel => format!("{what} does more than one template may ({FUEL} steps)"),
        ErrorKind::WriteFailure => format!("{what} gives a text of more than {TEXT_LIMIT} bytes"),
        ErrorKind::UndefinedError => format!("{what} is missing; write `| default('')` after it if it may be missing"),
        _ if error.source().is_some_and(|source| source.is::<Said>()) => match detail.starts_with('`') {
            true => detail.to_owned(),
            false => format!("{what} {detail}"),
        },
        // The one message of the engine that shows operands.
        _ if detail.is_empty() || detail.starts_with("unable to calculate") => format!("{what} cannot be worked out ({})", error.kind()),
        _ => format!("{what} cannot be worked out: {detail}"),
    }
}

/// What one template may do. One step is an instruction, or 64 bytes that are read or written: 3.2 MB in all.
pub const FUEL: u64 = 50_000;
/// Bytes of one text.
pub const TEXT_LIMIT: usize = 1 << 20;
/// Nesting of calls and loops. Deeper, and a thread's stack could end before the fuel does.
const RECURSION: usize = 60;

/// Functions of minijinja that a mapping has no use for: state between iterations (which can nest values without end), the
/// engine's own insides, and marks for HTML.
const WITHOUT_FUNCTIONS: [&str; 2] = ["debug", "namespace"];
const WITHOUT_FILTERS: [&str; 4] = ["safe", "escape", "e", "pprint"];
const WITHOUT_TESTS: [&str; 4] = ["safe", "escaped", "filter", "test"];

/// What is compiled borrows it, so it lives as long as the process.
pub static BASE: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut engine = Environment::new();
    engine.set_undefined_behavior(UndefinedBehavior::Chainable);
    engine.set_debug(false);
    engine.set_fuel(Some(FUEL));
    engine.set_recursion_limit(RECURSION);
    engine.set_auto_escape_callback(|_| AutoEscape::None);
    engine.set_formatter(write_into_text);
    WITHOUT_FUNCTIONS.iter().for_each(|name| engine.remove_global(name));
    WITHOUT_FILTERS.iter().for_each(|name| engine.remove_filter(name));
    WITHOUT_TESTS.iter().for_each(|name| engine.remove_test(name));
    functions::add_to(&mut engine);
    operators::add_to(&mut engine);
    engine
});

fn write_into_text(output: &mut Output<'_>, _: &mut State<'_, '_>, value: &minijinja::Value) -> Result<(), Error> {
    match value.as_str() {
        Some(text) => output.write_str(text)?,
        None => output.write_str(&values::in_text(value)?)?,
    }
    Ok(())
}
