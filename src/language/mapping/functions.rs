//! The functions of a mapping, each documented with an example that a test runs.

mod fields;
mod text;
mod wrapped;

pub(crate) use fields::check_format;
pub(crate) use fields::check_region;
pub(crate) use fields::{alpha2, check_form as check_country_form};
pub(crate) use text::{check_pattern, check_replacement};

use minijinja::value::{Kwargs, Rest, Value, ValueOrKwargs};
use minijinja::{Environment, Error, State};
use std::sync::LazyLock;

/// What the handbook and an editor say of a function.
#[derive(Debug, Clone, Copy)]
pub struct Doc {
    pub name: &'static str,
    /// As one writes it: `text | date(format)`.
    pub signature: &'static str,
    pub about: &'static str,
    /// An expression over `input`.
    pub example: &'static str,
    /// As JSON.
    pub input: &'static str,
    /// As JSON.
    pub result: &'static str,
}

/// Hireline's own functions: the ones that are documented here. The others are minijinja's own.
pub fn docs() -> impl Iterator<Item = &'static Doc> {
    static DOCS: LazyLock<Vec<Doc>> = LazyLock::new(|| {
        let rows =
            include_str!("functions/docs.tsv").lines().filter_map(|line| <[&str; 6]>::try_from(line.split('\t').collect::<Vec<_>>()).ok());
        rows.map(|[name, signature, about, example, input, result]| Doc { name, signature, about, example, input, result }).collect()
    });
    DOCS.iter()
}

/// Every name that may follow a `|`.
pub fn names() -> impl Iterator<Item = &'static str> {
    docs().map(|doc| doc.name).chain(wrapped::NAMES.split_whitespace())
}

/// Functions that are called by name: `range(3)`.
pub const CALLED: [&str; 2] = ["range", "dict"];

/// Names that may follow `is`.
pub static TESTS: LazyLock<Vec<&str>> = LazyLock::new(|| {
    "undefined defined none boolean odd even divisibleby number integer int float string sequence iterable mapping startingwith endingwith \
     lower upper sameas eq equalto == ne != lt lessthan < le <= gt greaterthan > ge >= in true false"
        .split_whitespace()
        .collect()
});

pub(crate) fn add_to(engine: &mut Environment<'static>) {
    wrapped::add_to(engine);
    fields::add_to(engine);
    text::add_to(engine);
}

type Work = fn(&State<'_, '_>, &Value, &[Value]) -> Result<Value, Error>;

/// Adds a function of a value and further arguments. Missing in, missing out: the work never sees a missing value.
fn add(engine: &mut Environment<'static>, name: &'static str, arguments: std::ops::RangeInclusive<usize>, work: Work) {
    engine.add_filter(name, move |state: &State<'_, '_>, value: Value, rest: Rest<ValueOrKwargs>| {
        let mut rest = rest.into_values();
        let otherwise = rest.pop_if(|last| takes_otherwise(name) && last.is_kwargs());
        if value.is_undefined() || value.is_none() {
            return Ok(Value::UNDEFINED);
        }
        if !arguments.contains(&rest.len()) || rest.iter().any(Value::is_kwargs) {
            return Err(super::said(format!("`{name}` does not take these arguments: write `{}`", signature(name))));
        }
        let given = work(state, &value, &rest);
        let Some(otherwise) = otherwise.map(Kwargs::try_from).transpose()? else { return given };
        let value = otherwise.get("otherwise");
        otherwise.assert_all_used()?;
        given.or(value)
    });
}

/// Functions that fail where they cannot read a value, or give what `otherwise=` says.
pub(crate) fn takes_otherwise(name: &str) -> bool {
    matches!(name, "country" | "date" | "datetime" | "float" | "int")
}

/// How a function is written that does nothing without something in its brackets.
pub(crate) fn needs_arguments(name: &str) -> Option<&'static str> {
    let needs = matches!(name, "tag" | "tags" | "url" | "attachment" | "country" | "truncate" | "regex_replace");
    needs.then(|| signature(name))
}

/// Functions that give text, whatever they are given.
pub(crate) fn gives_text(name: &str) -> bool {
    const NAMES: &str = "capitalize country date datetime format join lower phone regex_replace replace slug string strip_html title \
                         tojson trim truncate upper url";
    NAMES.split_whitespace().any(|known| known == name)
}

/// How many values a function takes in its brackets; nothing where it is not known.
pub fn arguments(name: &str) -> Option<(usize, usize)> {
    Some(match name {
        "abs" | "capitalize" | "datetime" | "first" | "fromjson" | "items" | "last" | "length" | "count" | "lines" | "list" | "lower"
        | "reverse" | "slug" | "string" | "strip_html" | "title" | "tojson" | "upper" | "bool" => (0, 0),
        "date" | "float" | "int" | "phone" | "trim" => (0, 1),
        "country" | "tag" | "tags" | "url" => (1, 1),
        "truncate" => (1, 2),
        "round" | "split" | "default" | "d" => (0, 2),
        "regex_replace" | "replace" => (2, 2),
        "attachment" => (1, 16),
        _ => return None,
    })
}

pub fn signature(name: &str) -> &'static str {
    docs().find(|doc| doc.name == name).map_or("", |doc| doc.signature)
}

/// An argument that must be text.
fn text_argument<'a>(name: &str, argument: &'a Value) -> Result<&'a str, Error> {
    argument.as_str().ok_or_else(|| super::said(format!("`{name}` takes text in its brackets: write `{}`", signature(name))))
}

/// A value that is text, or the digits of a number.
fn text_of(name: &str, value: &Value) -> Result<String, Error> {
    match value.as_str() {
        Some(text) => Ok(text.to_owned()),
        None if value.is_number() => super::values::in_text(value),
        None => Err(super::said(format!("`{name}` works on text, and is given {}", kind_in_words(value)))),
    }
}

/// The kind of a value, without anything of the value itself.
fn kind_in_words(value: &Value) -> &'static str {
    use minijinja::value::ValueKind;
    match value.kind() {
        ValueKind::Undefined | ValueKind::None => "nothing",
        ValueKind::Bool => "true or false",
        ValueKind::Number => "a number",
        ValueKind::String => "text",
        ValueKind::Seq | ValueKind::Iterable => "a list",
        ValueKind::Map => "a block of keys",
        _ => "something else",
    }
}

#[cfg(test)]
mod tests;
