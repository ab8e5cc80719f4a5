//! Numbers and values out of text.

use super::{Doc, add, kind_in_words};
use crate::mapping::{said, values};
use minijinja::value::{Value, ValueKind};
use minijinja::{Environment, Error};

pub const DOCS: &[Doc] = &[
    Doc {
        name: "int",
        signature: "value | int(otherwise)",
        about: "A whole number out of text or a number, cut at the point. What is no number makes the profile invalid, or gives `otherwise`.",
        example: "input | int",
        input: r#"" 4012 ""#,
        result: "4012",
    },
    Doc {
        name: "float",
        signature: "value | float(otherwise)",
        about: "A number out of text. What is no number makes the profile invalid, or gives `otherwise`.",
        example: "input | float",
        input: r#""2.5""#,
        result: "2.5",
    },
    Doc {
        name: "fromjson",
        signature: "text | fromjson",
        about: "The value that a text of JSON holds.",
        example: "(input | fromjson).level",
        input: r#""{\"level\": 3}""#,
        result: "3",
    },
    Doc {
        name: "string",
        signature: "value | string",
        about: "Text out of a number, or of true and false.",
        example: "input | string",
        input: "true",
        result: r#""true""#,
    },
];

pub fn add_to(engine: &mut Environment<'static>) {
    add(engine, "int", 0..=1, |_, value, rest| or_otherwise(value, rest, "int", "a whole number", whole));
    add(engine, "float", 0..=1, |_, value, rest| or_otherwise(value, rest, "float", "a number", fraction));
    add(engine, "string", 0..=0, |_, value, _| values::in_text(value).map(Value::from));
    add(engine, "fromjson", 0..=0, |_, value, _| {
        let text = value.as_str().ok_or_else(|| said(format!("`fromjson` works on text, and is given {}", kind_in_words(value))))?;
        let json: serde_json::Value = serde_json::from_str(text).map_err(|_| said("`fromjson` is given text that is not JSON"))?;
        Ok(values::from_json(&json))
    });
}

fn or_otherwise(value: &Value, rest: &[Value], function: &str, wanted: &str, work: fn(&Value) -> Option<Value>) -> Result<Value, Error> {
    work(value).or_else(|| rest.first().cloned()).ok_or_else(|| {
        let given = match value.kind() {
            ValueKind::String => "text that is none",
            _ => kind_in_words(value),
        };
        said(format!("`{function}` makes {wanted}, and is given {given}"))
    })
}

fn whole(value: &Value) -> Option<Value> {
    if value.is_integer() {
        return Some(value.clone());
    }
    if let Some(text) = value.as_str()
        && let Ok(whole) = text.trim().parse::<i64>()
    {
        return Some(Value::from(whole));
    }
    let float = f64::try_from(fraction(value)?).ok()?.trunc();
    /// Above this, neighbouring whole numbers look alike.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    #[expect(clippy::cast_possible_truncation, reason = "whole, and within 2^53: exact")]
    (float.abs() <= EXACT).then(|| Value::from(float as i64))
}

fn fraction(value: &Value) -> Option<Value> {
    let float = match value.as_str() {
        // The parser also takes "inf" and "nan", which are words.
        Some(text) if text.contains(|c: char| c.is_alphabetic() && c != 'e' && c != 'E') => return None,
        Some(text) => text.trim().parse::<f64>().ok()?,
        None if value.is_number() => f64::try_from(value.clone()).ok()?,
        None => return None,
    };
    float.is_finite().then(|| Value::from(float))
}
