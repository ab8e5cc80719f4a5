//! Comparisons of a field with something of another kind: never true, whoever the profile is.

use super::lexer::{Kind, Token};
use super::names::{Operand, Variable};
use super::pointless;
use crate::base::diagnostic::TextDiagnostic;
use crate::base::place::text_from;
use crate::model::profile::fields::{self, Type};
use crate::model::profile::is_blank_text;
use serde_json::Value;

/// A field compared with a variable: whether their types match is known when the variables are.
#[derive(Debug, Clone)]
pub(super) struct WithVariable {
    field: String,
    is_number: bool,
    variable: Variable,
    start: usize,
    end: usize,
}

const OPERATORS: [&str; 6] = ["==", "!=", "<", "<=", ">", ">="];

/// What can be said of the comparisons without the variables.
pub(super) fn warnings(tokens: &[Token<'_>], operands: &[Operand], text: &str) -> Vec<TextDiagnostic> {
    let mut found = Vec::new();
    for (operator, before, behind) in comparisons(tokens) {
        let ending =
            operands.iter().find(|operand| operand.variable.is_none() && before.last().is_some_and(|token| token.end() == operand.end));
        let starting =
            operands.iter().find(|operand| operand.variable.is_none() && behind.first().is_some_and(|token| token.start == operand.start));
        if let (Some(operand), Some(constant)) = (ending, behind.first()) {
            found.extend(mismatch(operand, operator, constant, (operand.start, constant.end()), text));
        } else if let (Some(operand), Some(constant)) = (starting, before.last()) {
            found.extend(mismatch(operand, operator, constant, (constant.start, operand.end), text));
        } else if let Some(number) = behind.first().filter(|token| token.kind == Kind::Number) {
            found.extend(size(before, operator, number, text));
        }
    }
    found
}

/// Fields that are compared with variables.
pub(super) fn with_variables(tokens: &[Token<'_>], operands: &[Operand], text: &str) -> Vec<WithVariable> {
    let both = |(_, before, behind): (&Token<'_>, &[Token<'_>], &[Token<'_>])| {
        let left = operands.iter().find(|operand| before.last().is_some_and(|token| token.end() == operand.end))?;
        let right = operands.iter().find(|operand| behind.first().is_some_and(|token| token.start == operand.start))?;
        let (field, variable) = match (&left.variable, &right.variable) {
            (None, Some(variable)) => (left, variable),
            (Some(variable), None) => (right, variable),
            _ => return None,
        };
        let is_number = is_number(field).or_else(|| is_text(field).map(|_| false))?;
        let shown = text.get(field.start..field.end)?.to_owned();
        Some(WithVariable { field: shown, is_number, variable: variable.clone(), start: left.start, end: right.end })
    };
    comparisons(tokens).filter_map(both).collect()
}

impl WithVariable {
    pub(super) fn warning(&self, vars: &Value) -> Option<TextDiagnostic> {
        let value = self.variable.value_in(vars)?;
        let (kind, other) = match (self.is_number, value) {
            (true, Value::String(_)) => ("a number", "a text"),
            (false, Value::Number(_)) => ("a text", "a number"),
            (_, Value::Array(_)) => (if self.is_number { "a number" } else { "a text" }, "a list"),
            _ => return None,
        };
        let variable = self.variable.shown();
        let message = format!("`{}` is {kind}, and `{variable}` is {other}: they are never equal, and have no order", self.field);
        let help = match other {
            "a text" => format!("write `{variable}` under `vars:` without quotes"),
            "a number" => format!("put `{variable}` under `vars:` in quotes"),
            _ => "compare with one value; for “one of these” write `match(@.key, 'a|b')`".to_owned(),
        };
        Some(pointless(message, self.start..self.end).help(help))
    }
}

fn comparisons<'t, 'a>(tokens: &'t [Token<'a>]) -> impl Iterator<Item = (&'t Token<'a>, &'t [Token<'a>], &'t [Token<'a>])> {
    let operators = tokens.iter().enumerate().filter(|(_, token)| OPERATORS.iter().any(|sign| token.is(sign)));
    operators.filter_map(|(at, operator)| Some((operator, tokens.get(..at)?, tokens.get(at + 1..)?)))
}

/// Whether the field is known to be a number.
fn is_number(operand: &Operand) -> Option<bool> {
    (operand.kind == Type::Scalar && fields::is_number(&operand.name)).then_some(true)
}

fn is_text(operand: &Operand) -> Option<bool> {
    (operand.kind == Type::Scalar && fields::is_text(&operand.name)).then_some(true)
}

fn mismatch(operand: &Operand, operator: &Token<'_>, constant: &Token<'_>, range: (usize, usize), text: &str) -> Option<TextDiagnostic> {
    let path = text.get(operand.start..operand.end)?;
    let answer = if operator.is("!=") { "always" } else { "never" };
    let warn = |why: String, help: String| {
        let message = format!("{why}, so this is {answer} true");
        Some(pointless(message, range.0..range.1).help(help))
    };
    let inner = constant.text.trim_matches(['\'', '"']);
    let is_constant = matches!(constant.kind, Kind::Text | Kind::Number) || matches!(constant.text, "true" | "false");
    if !is_constant || constant.kind == Kind::Text && is_blank_text(inner) {
        return None;
    }
    match operand.kind {
        Type::List(item) => {
            let help = match item.member("name") {
                Some(_) => format!("ask its items: `{path}[?@.name == {}]`", constant.text),
                None => format!("ask its items: `{path}[?@.… == {}]`", constant.text),
            };
            warn(format!("`{path}` is a list"), help)
        }
        Type::Block(_) => {
            let first = operand.kind.names().next().unwrap_or("…");
            warn(format!("`{path}` is a block of fields"), format!("name one of its fields: `{path}.{first}`"))
        }
        Type::Scalar if fields::is_number(&operand.name) && constant.kind == Kind::Text => {
            let help = match inner.trim().parse::<f64>() {
                Ok(_) => format!("write it without quotes: {}", inner.trim()),
                Err(_) => "compare it with a number".to_owned(),
            };
            warn(format!("`{path}` is a number, and {} is a text", constant.text), help)
        }
        Type::Scalar if fields::is_text(&operand.name) && constant.kind == Kind::Number => {
            let help = match fields::is_date(&operand.name) {
                true => format!("write a date as text: '{}-01-01'", if constant.text.len() == 4 { constant.text } else { "2026" }),
                false => format!("put it in quotes: '{}'", constant.text),
            };
            warn(format!("`{path}` is a text, and {} is a number", constant.text), help)
        }
        _ => None,
    }
}

/// `length(…) == 0`: what is empty was taken out of the profile, and what is not there has no length. A count is never below zero.
fn size(before: &[Token<'_>], operator: &Token<'_>, number: &Token<'_>, text: &str) -> Option<TextDiagnostic> {
    let close = before.last().filter(|token| token.is(")"))?;
    let open = before.iter().rposition(|token| token.is("("))?;
    let name = before.get(open.checked_sub(1)?)?;
    let argument = text.get(before.get(open)?.end()..close.start)?.trim();
    let number: f64 = number.text.parse().ok()?;
    let truth = match (name.text, operator.text) {
        ("length", "==" | "<=") if number <= 0.0 => false,
        ("length", "<") if number <= 1.0 => false,
        ("length", "!=") if number <= 0.0 => true,
        ("count", "<") if number <= 0.0 => false,
        ("count", "==" | "<=") if number < 0.0 => false,
        ("count", ">=") if number <= 0.0 => true,
        ("count", ">") if number < 0.0 => true,
        _ => return None,
    };
    let answer = if truth { "always" } else { "never" };
    let (why, help) = match (name.text, truth) {
        ("length", false) => ("profiles have no empty values", format!("to ask whether it is missing, write `!{argument}`")),
        ("length", true) => ("profiles have no empty values", format!("to ask whether it exists, write its path alone: `{argument}`")),
        _ => ("nothing is counted below zero", format!("“at least one” is `count({argument}) >= 1`, or the path alone")),
    };
    let end = number_end(operator, text);
    Some(pointless(format!("{why}, so this is {answer} true"), name.start..end).help(help))
}

/// The end of the number after an operator.
fn number_end(operator: &Token<'_>, text: &str) -> usize {
    let rest = text_from(text, operator.end());
    let number = rest.trim_start();
    let length = number.find(|c: char| !(c.is_ascii_digit() || matches!(c, '-' | '.'))).unwrap_or(number.len());
    operator.end() + (rest.len() - number.len()) + length
}

/// Comparisons of a profile's member with something blank: after normalisation nothing blank is left in a profile, so the answer is always the same.
pub(super) fn with_blanks(tokens: &[Token<'_>], text: &str) -> Vec<TextDiagnostic> {
    let operators = tokens.iter().enumerate().filter(|(_, token)| token.is("==") || token.is("!="));
    operators.filter_map(|(index, operator)| with_blank(tokens, index, operator, text)).collect()
}

fn with_blank(tokens: &[Token<'_>], index: usize, operator: &Token<'_>, text: &str) -> Option<TextDiagnostic> {
    let (before, behind) = (tokens.get(..index)?, tokens.get(index + 1..)?);
    let path = if behind.first().is_some_and(is_blank) {
        before.iter().rposition(|token| !is_step(token)).and_then(|begin| before.get(begin..))?
    } else if before.last().is_some_and(is_blank) {
        let end = behind.iter().skip(1).position(|token| !is_step(token)).map_or(behind.len(), |steps| steps + 1);
        behind.get(..end)?
    } else {
        return None;
    };
    let (first, last) = (path.first().filter(|token| token.kind == Kind::Current)?, path.last()?);
    let path = text.get(first.start..last.end())?;
    let (answer, instead) = if operator.is("==") { ("never", format!("!{path}")) } else { ("always", path.to_owned()) };
    let start = first.start.min(before.last().filter(|token| is_blank(token)).map_or(usize::MAX, |token| token.start));
    let end = last.end().max(behind.first().filter(|token| is_blank(token)).map_or(0, Token::end));
    let message = format!("profiles have no blank values, so this is {answer} true");
    Some(pointless(message, start..end).help(format!("to ask whether a field exists, write its path alone: `{instead}`")))
}

fn is_blank(token: &Token<'_>) -> bool {
    match token.kind {
        Kind::Word => token.text == "null",
        Kind::Text => is_blank_text(token.text.trim_matches(['\'', '"'])),
        _ => false,
    }
}

/// What may follow `@` in a path that finds one value.
fn is_step(token: &Token<'_>) -> bool {
    matches!(token.kind, Kind::Name | Kind::Number | Kind::Text) || [".", "[", "]"].iter().any(|sign| token.is(sign))
}
