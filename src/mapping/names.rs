//! The names that a template may use, and what is said of those it may not.

use super::functions;
use crate::diagnostic::{Code, Severity, nearest};
use crate::profile::fields;
use std::ops::Range;

/// Something found in a template; `range` counts bytes in what was written.
#[derive(Debug)]
pub struct Finding {
    pub code: Code,
    pub severity: Severity,
    pub range: Range<usize>,
    pub message: String,
    pub help: Option<String>,
}

impl Finding {
    pub fn error(code: Code, range: Range<usize>, message: impl Into<String>) -> Self {
        Self { code, severity: Severity::Error, range, message: message.into(), help: None }
    }

    pub fn warning(code: Code, range: Range<usize>, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, range, message) }
    }

    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

pub fn unknown_filter(name: &str, range: Range<usize>) -> Finding {
    let finding = Finding::error(Code::UnknownFunction, range, format!("there is no function `{name}`"));
    match functions::names().find(|known| *known == name) {
        Some(_) => finding,
        None => finding.help(match (in_other_words(name), nearest(name, functions::names())) {
            (Some(hint), _) => format!("write {hint}"),
            (None, Some(near)) => format!("did you mean `{near}`?"),
            (None, None) => "the handbook lists the functions of a mapping".into(),
        }),
    }
}

pub fn unknown_test(name: &str, range: Range<usize>) -> Finding {
    let finding = Finding::error(Code::UnknownFunction, range, format!("there is no test `is {name}`"));
    match nearest(name, functions::TESTS.iter().copied()) {
        Some(near) => finding.help(format!("did you mean `is {near}`?")),
        None => finding.help("tests are, for example, `is defined`, `is number`, `is startingwith('A')`"),
    }
}

pub fn unknown_call(name: &str, range: Range<usize>) -> Finding {
    let finding = Finding::error(Code::UnknownFunction, range, format!("there is no function `{name}(…)`"));
    if functions::names().any(|known| known == name) {
        return finding.help(format!("functions stand behind their value: `… | {name}`"));
    }
    match (name, nearest(name, functions::CALLED)) {
        ("now" | "today" | "utcnow" | "random" | "lipsum" | "uuid" | "uuid4" | "env" | "getenv" | "open" | "lookup", _) => finding
            .help("a mapping sees no clock, no chance, no files and no environment: the same profile always gives the same candidate"),
        ("namespace" | "debug" | "cycler" | "joiner", _) => finding.help("it is left out of mappings on purpose"),
        (_, Some(near)) => finding.help(format!("did you mean `{near}(…)`?")),
        _ => finding.help("functions stand behind their value: `profile.info.email | lower`"),
    }
}

/// `x.strip()`: a method of Python's.
pub fn method(name: &str, range: Range<usize>) -> Finding {
    let finding = Finding::error(Code::UnknownFunction, range, format!("values have no method `.{name}()`"));
    match in_other_words(name) {
        Some(hint) => finding.help(format!("write {hint}")),
        None if functions::names().any(|known| known == name) => finding.help(format!("write `… | {name}`")),
        None => finding.help("functions stand behind their value: `profile.info.email | lower`"),
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
pub fn out_of_scope(name: &str, scope: &[&str], range: Range<usize>) -> Finding {
    let finding = Finding::error(Code::OutOfScope, range, format!("there is no `{name}` here"));
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
        _ => finding.help(format!("in scope are {known}; text stands in quotes: `'{name}'`")),
    }
}

/// A field that HrFlow's profiles are not known to have.
pub fn unknown_field(path: &str, name: &str, kind: fields::Type, range: Range<usize>) -> Finding {
    let (message, help) = fields::unknown(path, name, kind);
    Finding::warning(Code::UnknownField, range, message).help(help)
}
