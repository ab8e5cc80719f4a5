//! What a scalar without quotes is, by the rules of `serde_yaml` (YAML 1.2's core schema, near enough). [`super::agree`] holds the
//! two to each other, file by file, and a property test over generated scalars does so in general.

use crate::tree::{Kind, Style, Text};
use serde_json::Number;

/// # Errors
/// A number that JSON cannot hold, in words.
pub(super) fn resolve(text: &str) -> Result<Kind, String> {
    let kind = match text {
        "" | "~" | "null" | "Null" | "NULL" => Kind::Null,
        "true" | "True" | "TRUE" => Kind::Bool(true),
        "false" | "False" | "FALSE" => Kind::Bool(false),
        _ if !may_be_number(text) => self::text(text),
        // What most numbers look like; nobody reads them otherwise.
        _ if text.len() < 19 && text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0')) => {
            text.parse::<u64>().map_or_else(|_| self::text(text), |number| Kind::Number(number.into()))
        }
        _ => number(text)?,
    };
    Ok(kind)
}

fn text(value: &str) -> Kind {
    Kind::Text(Text { value: value.to_owned(), style: Style::Plain })
}

fn may_be_number(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.'))
}

fn number(text: &str) -> Result<Kind, String> {
    match serde_yaml::from_str::<serde_yaml::Value>(text) {
        Ok(serde_yaml::Value::Number(number)) => {
            let json = (number.as_u64().map(Number::from))
                .or_else(|| number.as_i64().map(Number::from))
                .or_else(|| number.as_f64().and_then(Number::from_f64));
            json.map(Kind::Number).ok_or_else(|| format!("`{text}` is not a number that JSON can hold"))
        }
        // Texts that start like a number (`1 year`, `+33 6…`, `2026-06-20`), and integers beyond 64 bits.
        _ if text.bytes().all(|b| b.is_ascii_digit()) && !text.starts_with('0') => Err(format!("`{text}` is too large for a number")),
        _ => Ok(self::text(text)),
    }
}

/// Whether a number was written in a way that is not how it will be shown: `1.10`, `0x1F`, `+5`.
pub(crate) fn changes_when_read(written: &str, number: &Number) -> bool {
    let shown = number.to_string();
    shown != written && !(number.is_f64() && written.contains(['e', 'E']))
}
