//! Which profiles pass: predicates of RFC 9535 over a profile.
//!
//! A predicate is the part between `[?` and `]` of a JSONPath query: `@` is the profile, `$` is {vars,
//! pipeline}. It is parsed once. Source: `docs/filters.md`. `filter/guard.rs` says which errors of the
//! evaluation are refused, and which are corrected.

mod compared;
mod constant;
mod guard;
mod lexer;
mod looked;
mod names;
#[cfg(test)]
mod tests;
mod texts;

use crate::base::diagnostic::{Code, TextDiagnostic};
use crate::base::place::Place;
use jsonpath_rust::parser::errors::JsonPathError;
use jsonpath_rust::parser::model::{
    self, Comparable, Comparison, FilterAtom, JpQuery, Segment, Selector, SingularQuery, SingularQuerySegment, Test,
};
use jsonpath_rust::parser::parse_json_path;
use jsonpath_rust::query::js_path_process;
pub use looked::Looked;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

/// The member of the evaluation's root that holds the profile as its only item.
const PROFILES: &str = "profiles";

/// A condition on a profile that parsed, and whose answer can be trusted.
#[derive(Debug, Clone)]
pub struct Predicate {
    query: Arc<JpQuery>,
    warnings: Vec<TextDiagnostic>,
    variables: Vec<names::Variable>,
    with_variables: Vec<compared::WithVariable>,
    pattern_variables: Vec<texts::PatternVariable>,
    /// Paths of the profile that are there where it is true: `info.email`, `experiences[0].title`.
    asserts: Vec<String>,
}

/// Why a predicate cannot be used.
fn bad(message: impl Into<String>, range: Range<usize>) -> TextDiagnostic {
    TextDiagnostic::error(Code::BadPredicate, range, message)
}

/// A test whose answer is always the same.
fn pointless(message: impl Into<String>, range: Range<usize>) -> TextDiagnostic {
    TextDiagnostic::warning(Code::PointlessTest, range, message)
}

impl Predicate {
    /// Reads a predicate: `@.experiences_duration >= $.vars.min_years`.
    ///
    /// # Errors
    /// What does not parse, what is not well-typed, and what would be answered wrongly; with the place and, where it is known, the fix.
    pub fn parse(text: &str) -> Result<Self, TextDiagnostic> {
        remembered(text, Self::read)
    }

    fn read(text: &str) -> Result<Self, TextDiagnostic> {
        let tokens = lexer::tokens(text)?;
        let texts = texts::check(&tokens)?;
        let names = names::read(&tokens, text)?;
        let pattern_variables = texts::in_variables(&tokens, &names.operands);
        let compared = compared::warnings(&tokens, &names.operands, text);
        let with_variables = compared::with_variables(&tokens, &names.operands, text);
        let mut warnings: Vec<TextDiagnostic> =
            compared::with_blanks(&tokens, text).into_iter().chain(compared).chain(names.unknown_fields).chain(texts).collect();
        let mut asserts = Vec::new();
        let before = format!("$.{PROFILES}[?");
        let mut query = parse_json_path(&format!("{before}{text}]")).map_err(|error| unparsed(&error, text, before.len()))?;
        match query.segments.as_mut_slice() {
            [Segment::Selector(Selector::Name(_)), Segment::Selector(Selector::Filter(filter))] => {
                // A part of it that was already reported makes the whole what it is.
                if !warnings.iter().any(|warning| warning.code == Code::PointlessTest) {
                    warnings.extend(constant::warning(filter, text));
                }
                asserted(filter, &mut asserts);
                guard::rewrite(filter, 0).map_err(|message| TextDiagnostic { range: 0..text.len(), ..message })?;
            }
            _ => return Err(bad("this is more than one condition", 0..text.len()).help("join conditions with `&&` or `||`")),
        }
        Ok(Self { query: Arc::new(query), warnings, variables: names.variables, with_variables, pattern_variables, asserts })
    }

    /// What it says that can hardly be meant, fit for warnings: `@.archived_at == null`, or a field that no profile of HrFlow's is known to
    /// have.
    pub fn warnings(&self) -> &[TextDiagnostic] {
        &self.warnings
    }

    /// Variables that it names, and that `vars` does not have, or that are patterns which cannot be used. Either would make it false for
    /// everyone.
    pub fn unusable_variables(&self, vars: &Value) -> Vec<TextDiagnostic> {
        let unknown = self.variables.iter().filter_map(|variable| variable.unknown_in(vars));
        unknown.chain(self.pattern_variables.iter().filter_map(|pattern| pattern.error(vars))).collect()
    }

    /// What its comparisons with variables say that can hardly be meant.
    pub fn variable_warnings(&self, vars: &Value) -> Vec<TextDiagnostic> {
        self.with_variables.iter().filter_map(|compared| compared.warning(vars)).collect()
    }

    /// Paths of the profile that are there where it is true: `info.email`, `experiences[0].title`.
    pub(crate) fn asserts(&self) -> &[String] {
        &self.asserts
    }

    /// Whether it is true. `root` is {vars, pipeline, profiles: [the profile]}.
    fn holds(&self, root: &Value) -> bool {
        // An error would be a query that ends in a value; this one ends in a selection.
        js_path_process(&self.query, root).is_ok_and(|found| !found.is_empty())
    }
}

/// Collects the paths without which a condition would not be true.
fn asserted(filter: &model::Filter, paths: &mut Vec<String>) {
    let path = |steps: &[SingularQuerySegment]| constant::written(steps).strip_prefix('.').map(str::to_owned);
    match filter {
        model::Filter::And(parts) => parts.iter().for_each(|part| asserted(part, paths)),
        model::Filter::Atom(FilterAtom::Filter { expr, not: false }) => asserted(expr, paths),
        model::Filter::Atom(FilterAtom::Test { expr, not: false }) => {
            if let Test::RelQuery(segments) = &**expr {
                paths.extend(guard::singular(segments).and_then(|steps| path(&steps)));
            }
        }
        // With what is not there nothing but `!=` is true.
        model::Filter::Atom(FilterAtom::Comparison(comparison)) if !matches!(**comparison, Comparison::Ne(..)) => {
            if let (Comparable::SingularQuery(SingularQuery::Current(steps)), Comparable::Literal(_)) = comparison.vals() {
                paths.extend(path(steps));
            }
        }
        _ => {}
    }
}

/// Predicates that are kept for the next file that says the same: a library's filters are read once, not once a pipeline. More, and it begins
/// anew: an editor's process must not grow with what is typed.
const REMEMBERED: usize = 1024;

/// Reads a text, or takes what came of it before. The grammar's own parser takes 20 µs, more than all else that is done with a line.
fn remembered(text: &str, read: fn(&str) -> Result<Predicate, TextDiagnostic>) -> Result<Predicate, TextDiagnostic> {
    static KNOWN: LazyLock<Mutex<HashMap<String, Result<Predicate, TextDiagnostic>>>> = LazyLock::new(Mutex::default);
    let lock = || KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = lock().get(text) {
        return known.clone();
    }
    let found = read(text);
    let mut known = lock();
    if known.len() >= REMEMBERED {
        known.clear();
    }
    known.insert(text.to_owned(), found.clone());
    found
}

/// What the parser could not read, in words: it says how far it came, and its own words are the grammar's.
fn unparsed(error: &JsonPathError, text: &str, before: usize) -> TextDiagnostic {
    let JsonPathError::PestError(error) = error else {
        if let JsonPathError::InvalidJsonPath(reason) = error {
            if reason.contains("not comparable") {
                return bad("match() and search() are true or false already, and cannot be compared", 0..text.len())
                    .help("leave the comparison out, and write `!` in front for “does not match”");
            }
            if reason.contains("expected a node") {
                return bad("count() takes a path", 0..text.len()).help("write `count(@.skills[*])`");
            }
        }
        let help = "text goes between quotes; whole numbers are at most 9007199254740991 and have no leading zeros";
        return bad("a text or a number in this predicate cannot be read", 0..text.len()).help(help);
    };
    let at = match error.location {
        pest::error::InputLocation::Pos(at) | pest::error::InputLocation::Span((at, _)) => at.saturating_sub(before),
    };
    let at = text.floor_char_boundary(at);
    let rest = text[at..].trim_start();
    if rest.is_empty() {
        if matches!(lexer::tokens(text).as_deref(), Ok([one]) if one.kind != lexer::Kind::Sign) {
            return bad("a value alone is neither true nor false", 0..text.len()).help("compare it: `@.experiences_duration >= 2`");
        }
        return bad("the predicate ends too early: something is missing at its end", at..text.len());
    }
    let start = text.len() - rest.len();
    let end = lexer::tokens(text).ok().and_then(|tokens| tokens.iter().find(|token| token.end() > start).map(lexer::Token::end));
    let end = end.unwrap_or(text.len());
    let found = &text[start..end];
    let misreading = bad(format!("the predicate cannot continue with `{found}` here"), start..end);
    match found {
        "==" | "!=" | "<" | "<=" | ">" | ">=" => misreading.help(
            "both sides of a comparison are one value: a constant, a path without `*`, `..` and `?`, or a function. \
             “Not” and a comparison: `!(@.a == 1)`. For “one of the items is”: `@.skills[?@.name == 'rust']`",
        ),
        number if number.starts_with(|c: char| c.is_ascii_digit()) => {
            misreading.help("a whole number is at most 9007199254740991 and has no leading zeros; text goes between quotes")
        }
        "[" => misreading.help("a list of constants cannot be compared: write `(@.key == 'a' || @.key == 'b')`"),
        _ => misreading,
    }
}

/// A filter of a pipeline.
#[derive(Debug, Clone)]
pub struct Filter {
    /// Its name, or its place in the list: `filter 3`.
    pub name: String,
    /// Whether it lets a profile pass where the predicate is true (`keep`), or where it is false (`drop`).
    pub keeps: bool,
    pub because: Option<String>,
    /// The predicate as it was written.
    pub text: String,
    pub place: Place,
    pub predicate: Predicate,
}

/// A pipeline's filters, in order.
#[derive(Debug)]
pub struct Filters {
    filters: Vec<Filter>,
    /// {vars, pipeline, profiles: [null]}.
    root: Value,
    /// Copies of the root that are not in use: one a thread that judges. Copying vars for every profile would cost more than judging it.
    idle: Mutex<Vec<Value>>,
}

/// What the filters say of a profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Passes,
    /// The first that said no, by its index in [`Filters::list`].
    Filtered {
        index: usize,
    },
}

impl Filters {
    /// `vars` is an object; `pipeline` is the pipeline's id.
    pub fn new(filters: Vec<Filter>, vars: Value, pipeline: &str) -> Self {
        Self { filters, root: json!({ "vars": vars, "pipeline": pipeline, PROFILES: [null] }), idle: Mutex::default() }
    }

    /// Asks one filter after the other, up to the first that says no. The profile is borrowed while that lasts, and comes back as it was.
    pub fn judge(&self, profile: &mut Value) -> Verdict {
        self.with_root(profile, |root| match self.filters.iter().position(|filter| !filter.passes(root)) {
            Some(index) => Verdict::Filtered { index },
            None => Verdict::Passes,
        })
    }

    /// Asks all, in order: true where the profile passes.
    pub fn trace(&self, profile: &mut Value) -> Vec<bool> {
        self.with_root(profile, |root| self.filters.iter().map(|filter| filter.passes(root)).collect())
    }

    /// What each looks at in a profile, in order.
    pub fn looked(&self, profile: &mut Value) -> Vec<Vec<Looked>> {
        self.with_root(profile, |root| self.filters.iter().map(|filter| looked::looked(&filter.text, root)).collect())
    }

    pub fn list(&self) -> &[Filter] {
        &self.filters
    }

    /// The profile is moved in and out, since copying one costs more than judging it.
    fn with_root<T>(&self, profile: &mut Value, ask: impl FnOnce(&Value) -> T) -> T {
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let mut root = idle().pop().unwrap_or_else(|| self.root.clone());
        exchange(&mut root, profile);
        let answer = ask(&root);
        exchange(&mut root, profile);
        idle().push(root);
        answer
    }
}

fn exchange(root: &mut Value, profile: &mut Value) {
    if let Some(slot) = root.pointer_mut("/profiles/0") {
        std::mem::swap(slot, profile);
    }
}

impl Filter {
    fn passes(&self, root: &Value) -> bool {
        self.predicate.holds(root) == self.keeps
    }
}
