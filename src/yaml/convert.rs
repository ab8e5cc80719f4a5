//! Trees as values, for serde and for templates.

use crate::tree::{Kind, Tree};

/// As `serde_yaml` would have read it; keys are texts.
pub fn to_yaml(tree: &Tree) -> serde_yaml::Value {
    use serde_yaml::Value;
    match &tree.kind {
        Kind::Null => Value::Null,
        Kind::Bool(value) => Value::Bool(*value),
        Kind::Number(number) => Value::Number(match (number.as_u64(), number.as_i64(), number.as_f64()) {
            (Some(value), ..) => value.into(),
            (_, Some(value), _) => value.into(),
            (.., value) => value.unwrap_or_default().into(),
        }),
        Kind::Text(text) => Value::String(text.value.clone()),
        Kind::List(items) => Value::Sequence(items.iter().map(to_yaml).collect()),
        Kind::Map(entries) => Value::Mapping(entries.iter().map(|e| (Value::String(e.key.clone()), to_yaml(&e.value))).collect()),
    }
}

pub fn to_json(tree: &Tree) -> serde_json::Value {
    use serde_json::Value;
    match &tree.kind {
        Kind::Null => Value::Null,
        Kind::Bool(value) => Value::Bool(*value),
        Kind::Number(number) => Value::Number(number.clone()),
        Kind::Text(text) => Value::String(text.value.clone()),
        Kind::List(items) => Value::Array(items.iter().map(to_json).collect()),
        Kind::Map(entries) => Value::Object(entries.iter().map(|e| (e.key.clone(), to_json(&e.value))).collect()),
    }
}
