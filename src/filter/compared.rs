//! Comparisons of a field with something of another kind: never true, whoever the profile is.

use super::Misreading;
use super::lexer::{Kind, Token};
use super::names::{Operand, Variable};
use crate::diagnostic::Code;
use crate::profile::fields::{self, Type};
use crate::profile::is_blank_text;
use serde_json::Value;

/// A field beside a variable: whether they go together is known when the variables are.
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
pub(super) fn cautions(tokens: &[Token<'_>], operands: &[Operand], text: &str) -> Vec<Misreading> {
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
    pub(super) fn caution(&self, vars: &Value) -> Option<Misreading> {
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
        Some(Misreading::new(message, self.start, self.end).code(Code::PointlessTest).help(help))
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

fn mismatch(operand: &Operand, operator: &Token<'_>, constant: &Token<'_>, range: (usize, usize), text: &str) -> Option<Misreading> {
    let path = text.get(operand.start..operand.end)?;
    let answer = if operator.is("!=") { "always" } else { "never" };
    let told = |why: String, help: String| {
        let message = format!("{why}, so this is {answer} true");
        Some(Misreading::new(message, range.0, range.1).code(Code::PointlessTest).help(help))
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
            told(format!("`{path}` is a list"), help)
        }
        Type::Block(_) => {
            let first = operand.kind.names().next().unwrap_or("…");
            told(format!("`{path}` is a block of fields"), format!("name one of its fields: `{path}.{first}`"))
        }
        Type::Scalar if fields::is_number(&operand.name) && constant.kind == Kind::Text => {
            let help = match inner.trim().parse::<f64>() {
                Ok(_) => format!("write it without quotes: {}", inner.trim()),
                Err(_) => "compare it with a number".to_owned(),
            };
            told(format!("`{path}` is a number, and {} is a text", constant.text), help)
        }
        Type::Scalar if fields::is_text(&operand.name) && constant.kind == Kind::Number => {
            let help = match fields::is_date(&operand.name) {
                true => format!("write a date as text: '{}-01-01'", if constant.text.len() == 4 { constant.text } else { "2026" }),
                false => format!("put it in quotes: '{}'", constant.text),
            };
            told(format!("`{path}` is a text, and {} is a number", constant.text), help)
        }
        _ => None,
    }
}

/// `length(…) == 0`: what is empty was taken out of the profile, and what is not there has no length. A count is never below zero.
fn size(before: &[Token<'_>], operator: &Token<'_>, number: &Token<'_>, text: &str) -> Option<Misreading> {
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
        ("length", false) => {
            ("nothing empty is left in a profile", format!("whether it is missing is asked by its path alone: `!{argument}`"))
        }
        ("length", true) => ("nothing empty is left in a profile", format!("whether it is there is asked by its path alone: `{argument}`")),
        _ => ("nothing is counted below zero", format!("“at least one” is `count({argument}) >= 1`, or the path alone")),
    };
    let end = number_end(operator, text);
    Some(Misreading::new(format!("{why}, so this is {answer} true"), name.start, end).code(Code::PointlessTest).help(help))
}

/// The end of the number behind an operator.
fn number_end(operator: &Token<'_>, text: &str) -> usize {
    let rest = text.get(operator.end()..).unwrap_or_default();
    let number = rest.trim_start();
    let length = number.find(|c: char| !(c.is_ascii_digit() || matches!(c, '-' | '.'))).unwrap_or(number.len());
    operator.end() + (rest.len() - number.len()) + length
}
