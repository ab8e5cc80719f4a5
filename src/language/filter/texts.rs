//! Backslashes of a predicate's texts: those that its grammar does not have, and those that mean something else in a pattern.

use super::bad;
use super::lexer::{Kind, Token};
use super::names::{Operand, Variable};
use crate::base::diagnostic::{Code, Severity, TextDiagnostic};
use crate::language::patterns;
use serde_json::Value;
use std::ops::Range;

/// A pattern that is a variable.
#[derive(Debug, Clone)]
pub(super) struct PatternVariable {
    variable: Variable,
    range: Range<usize>,
}

/// Looks at every text; gives what is fit for warnings.
///
/// # Errors
/// The first escape that the grammar does not have, or control character.
pub(super) fn check(tokens: &[Token<'_>]) -> Result<Vec<TextDiagnostic>, TextDiagnostic> {
    let mut warnings = Vec::new();
    for (index, token) in tokens.iter().enumerate().filter(|(_, token)| token.kind == Kind::Text) {
        let is_pattern = is_pattern(tokens, index, index);
        for (c, range) in patterns::characters(token.text) {
            let written = token.text.get(range.clone()).unwrap_or_default();
            let range = token.start + range.start..token.start + range.end;
            let escaped = written.strip_prefix('\\');
            if let Some(escape) = escaped.filter(|escape| !is_escape(escape, token.text)) {
                let told = bad(format!("`\\{escape}` is not an escape of texts in predicates"), range);
                return Err(match escape {
                    "'" | "\"" => told.help(format!("write `{escape}` without the backslash")),
                    _ if escape.starts_with('u') => told.help("write `\\u` and four hexadecimal digits"),
                    _ => told.help(format!("write `\\\\{escape}`")),
                });
            }
            if let (None, true, Some((name, escape))) = (escaped, c < ' ', patterns::control(c)) {
                return Err(bad(format!("this text has {name} in it, not its escape"), range).help(format!("write `{escape}`")));
            }
        }
        if is_pattern {
            for told in patterns::control_characters(token.text, token.start, Code::BadPredicate) {
                match told.severity {
                    Severity::Error => return Err(told),
                    Severity::Warning => warnings.push(told),
                }
            }
        }
    }
    Ok(warnings)
}

/// The second argument of `match` or `search`: no other function has two.
fn is_pattern(tokens: &[Token<'_>], first: usize, last: usize) -> bool {
    let before = first.checked_sub(1).and_then(|before| tokens.get(before));
    before.is_some_and(|token| token.is(",")) && tokens.get(last + 1).is_some_and(|token| token.is(")"))
}

/// RFC 9535, 2.3.1.1: the escapes of JSON, and the text's own quote.
fn is_escape(escape: &str, text: &str) -> bool {
    let hexadecimal = |digits: &str| digits.len() == 4 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    matches!(escape, "b" | "f" | "n" | "r" | "t" | "/" | "\\")
        || text.starts_with(escape)
        || escape.strip_prefix('u').is_some_and(hexadecimal)
}

/// Patterns that are variables: what they hold is known when the variables are.
pub(super) fn in_variables(tokens: &[Token<'_>], operands: &[Operand]) -> Vec<PatternVariable> {
    let pattern = |operand: &Operand| {
        let first = tokens.iter().position(|token| token.start == operand.start)?;
        let last = tokens.iter().position(|token| token.end() == operand.end)?;
        let variable = operand.variable.clone().filter(|_| is_pattern(tokens, first, last))?;
        Some(PatternVariable { variable, range: operand.start..operand.end })
    };
    operands.iter().filter_map(pattern).collect()
}

impl PatternVariable {
    /// A pattern that cannot be used would match nothing, without a word.
    pub(super) fn error(&self, vars: &Value) -> Option<TextDiagnostic> {
        let value = self.variable.value_in(vars)?;
        let variable = self.variable.shown();
        let Some(pattern) = value.as_str() else {
            return Some(bad(format!("`{variable}` is used as a pattern, and is not a text"), self.range.clone()));
        };
        if let Some((name, escape)) = pattern.chars().filter(|c| !matches!(c, '\t' | '\n' | '\r')).find_map(patterns::control) {
            let message = format!("`{variable}` is used as a pattern, and has {name} in it");
            let help = format!("write `{escape}` under `vars:`, without quotes or in single quotes");
            return Some(bad(message, self.range.clone()).help(help));
        }
        let told = super::guard::check_pattern(&variable, pattern).err()?;
        Some(TextDiagnostic { range: self.range.clone(), ..told })
    }
}
