//! The names that a template may use, and what is said of those it may not.

use super::functions;
use crate::base::diagnostic::{Code, TextDiagnostic, nearest};
use crate::model::profile::fields;
use std::ops::Range;

pub(crate) fn unknown_filter(name: &str, range: Range<usize>) -> TextDiagnostic {
    let finding = TextDiagnostic::error(Code::UnknownFunction, range, format!("there is no function `{name}`"));
    match functions::names().find(|known| *known == name) {
        Some(_) => finding,
        None => finding.help(match (in_other_words(name), nearest(name, functions::names())) {
            (Some(hint), _) => format!("write {hint}"),
            (None, Some(near)) => format!("did you mean `{near}`?"),
            (None, None) => "the handbook lists the functions of a mapping".into(),
        }),
    }
}

pub(crate) fn unknown_test(name: &str, range: Range<usize>) -> TextDiagnostic {
    let finding = TextDiagnostic::error(Code::UnknownFunction, range, format!("there is no test `is {name}`"));
    match nearest(name, functions::TESTS.iter().copied()) {
        Some(near) => finding.help(format!("did you mean `is {near}`?")),
        None => finding.help("tests are, for example, `is defined`, `is number`, `is startingwith('A')`"),
    }
}

pub(crate) fn unknown_call(name: &str, range: Range<usize>) -> TextDiagnostic {
    let finding = TextDiagnostic::error(Code::UnknownFunction, range, format!("there is no function `{name}(…)`"));
    if functions::names().any(|known| known == name) {
        return finding.help(format!("a function goes after its value: `… | {name}`"));
    }
    match (name, nearest(name, functions::CALLED)) {
        ("now" | "today" | "utcnow" | "random" | "lipsum" | "uuid" | "uuid4" | "env" | "getenv" | "open" | "lookup", _) => finding
            .help("a mapping sees no clock, no chance, no files and no environment: the same profile always gives the same candidate"),
        ("namespace" | "debug" | "cycler" | "joiner", _) => finding.help("it is left out of mappings on purpose"),
        (_, Some(near)) => finding.help(format!("did you mean `{near}(…)`?")),
        _ => finding.help("a function goes after its value: `profile.info.email | lower`"),
    }
}

/// `x.strip()`: a method of Python's.
pub fn method(name: &str, range: Range<usize>) -> TextDiagnostic {
    let finding = TextDiagnostic::error(Code::UnknownFunction, range, format!("values have no method `.{name}()`"));
    match in_other_words(name) {
        Some(hint) => finding.help(format!("write {hint}")),
        None if functions::names().any(|known| known == name) => finding.help(format!("write `… | {name}`")),
        None => finding.help("a function goes after its value: `profile.info.email | lower`"),
    }
}

/// What Python's and other template languages' names are here.
fn in_other_words(name: &str) -> Option<&'static str> {
    Some(match name {
        "strip" | "lstrip" | "rstrip" => "`… | trim`",
        "lower" | "lowercase" | "downcase" | "casefold" => "`… | lower`",
        "upper" | "uppercase" | "upcase" => "`… | upper`",
        "get" => "`x.name | default('…')`",
        "startswith" => "`x is startingwith('…')`",
        "endswith" => "`x is endingwith('…')`",
        "splitlines" => "`… | lines`",
        "keys" | "values" => "`… | items`",
        "format" | "strftime" | "isoformat" => "`… | date('DD/MM/YYYY')`",
        "len" | "size" => "`… | length`",
        "append" | "extend" | "push" => "`list | chain([…]) | list`",
        "str" | "to_string" | "tostring" => "`… | string`",
        "from_json" | "parse_json" => "`… | fromjson`",
        "to_json" => "`… | tojson`",
        "striptags" | "strip_tags" | "html2text" => "`… | strip_html`",
        "slugify" => "`… | slug`",
        "safe" | "escape" | "e" => "the value alone: what a mapping gives is not HTML",
        _ => return None,
    })
}

/// A name that nothing in scope has.
pub(crate) fn out_of_scope(name: &str, scope: &[&str], range: Range<usize>) -> TextDiagnostic {
    let finding = TextDiagnostic::error(Code::OutOfScope, range, format!("there is no `{name}` here"));
    if let Some(path) = fields::path_to(name) {
        return finding.help(format!("did you mean `{path}`?"));
    }
    if let Some(near) = nearest(name, scope.iter().copied()) {
        return finding.help(format!("did you mean `{near}`?"));
    }
    let known = scope.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    match name {
        "true" | "True" | "false" | "False" | "none" | "None" | "null" => {
            finding.help("in expressions it is written `true`, `false` or `none`")
        }
        _ => finding.help(format!("names in scope: {known}; text goes in quotes: `'{name}'`")),
    }
}

/// A field that HrFlow's profiles are not known to have.
pub(crate) fn unknown_field(path: &str, name: &str, kind: fields::Type, range: Range<usize>) -> TextDiagnostic {
    let (message, help) = fields::unknown(path, name, kind);
    TextDiagnostic::warning(Code::UnknownField, range, message).help(help)
}
