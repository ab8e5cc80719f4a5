//! What a schema takes, in words.

use super::Path;
use crate::base::diagnostic::{Code, Diagnostic};
use crate::language::yaml::{Kind, Style, Text, Tree};
use serde_json::Value;

pub(super) const SECRET: &str = "a block with one of `env`, `file` and `command`";

pub(super) fn is_secret(schema: &Value) -> bool {
    schema.get("x-secret").is_some()
}

fn alternatives(schema: &Value) -> &[Value] {
    match schema.get("anyOf") {
        Some(Value::Array(alternatives)) if schema.get("properties").is_none() => alternatives,
        _ => std::slice::from_ref(schema),
    }
}

/// The allowed words; empty if any text is allowed.
pub(super) fn choices(schema: &Value) -> Vec<&str> {
    let listed = schema.get("enum").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    let described = schema.get("oneOf").and_then(Value::as_array).into_iter().flatten().filter_map(|one| one.get("const")?.as_str());
    listed.chain(described).collect()
}

fn kind_name(schema: &Value) -> Option<&str> {
    schema.get("type").and_then(Value::as_str).or_else(|| (!choices(schema).is_empty()).then_some("string"))
}

/// Whether the value is of the kind that the schema takes (not whether it is a good one).
pub(super) fn fits(tree: &Tree, schema: &Value) -> bool {
    if alternatives(schema).len() > 1 {
        return alternatives(schema).iter().any(|alternative| fits(tree, alternative));
    }
    match (kind_name(schema), &tree.kind) {
        (None, _)
        | (Some("object"), Kind::Map(_))
        | (Some("array"), Kind::List(_))
        | (Some("string"), Kind::Text(_))
        | (Some("boolean"), Kind::Bool(_))
        | (Some("number"), Kind::Number(_)) => true,
        (Some("integer"), Kind::Number(number)) => number.is_u64() || number.is_i64(),
        _ => false,
    }
}

pub(super) fn takes_text(schema: &Value) -> bool {
    alternatives(schema).iter().any(|one| kind_name(one) == Some("string") && choices(one).is_empty())
}

/// A header's value may be one; then it is not repeated.
pub(super) fn takes_secret(schema: &Value) -> bool {
    alternatives(schema).iter().any(is_secret)
}

/// `1,000`, `1_000`, `500# why`: the number that was meant.
pub(super) fn nearly_a_number(text: &str) -> Option<String> {
    let number = text.split('#').next().unwrap_or_default().trim();
    let digits: String = number.chars().filter(|c| !matches!(c, ',' | '_' | ' ' | '\'' | '\u{a0}' | '\u{202f}')).collect();
    let differs = digits != text.trim() && !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    (differs && !digits.starts_with('0')).then(|| match text.split_once('#') {
        Some((_, comment)) => format!("{digits} #{comment}"),
        None => digits,
    })
}

pub(super) fn takes_block(schema: &Value) -> bool {
    alternatives(schema).iter().any(|one| kind_name(one) == Some("object"))
}

/// `max_profiles:500` where a block of keys belongs: without the space it is a text to YAML.
pub(super) fn key_without_space(tree: &Tree) -> Option<Diagnostic> {
    let Kind::Text(Text { value, style: Style::Plain }) = &tree.kind else { return None };
    if let Some((key, rest)) = value.split_once(" = ")
        && key.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '$'))
    {
        let place = tree.place_within(0, value.lines().next().map_or(0, str::len));
        let diagnostic = Diagnostic::error(Code::YamlSyntax, &place, "a key is followed by a colon, not by `=`");
        return Some(diagnostic.help(format!("write `{key}: {rest}`")));
    }
    let (key, rest) = value.split_once(':')?;
    let glued =
        !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '$')) && !rest.starts_with(['/', ':']);
    let place = tree.place_within(0, value.lines().next().map_or(0, str::len));
    glued.then(|| {
        Diagnostic::error(Code::YamlSyntax, &place, "a space is missing after this key's colon")
            .help("write `key: value`, with a space after the colon")
    })
}

pub(super) fn takes_number(schema: &Value) -> bool {
    alternatives(schema).iter().any(|one| matches!(kind_name(one), Some("integer" | "number")))
}

pub(super) fn takes_list_of_text(schema: &Value) -> bool {
    kind_name(schema) == Some("array") && schema.get("items").is_some_and(takes_text)
}

pub(super) fn least(schema: &Value, name: &str) -> u64 {
    schema.get(name).and_then(Value::as_u64).unwrap_or(0)
}

/// `a, b and c`, each as code.
pub(super) fn list(names: &[&str], conjunction: &str) -> String {
    let code: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match code.as_slice() {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} {conjunction} {last}", first.join(", ")),
    }
}

/// "a whole number from 1 to 100", "`all` or `changed`, or a block with one of `keys` and `references`".
pub(super) fn kind(schema: &Value) -> String {
    let kinds: Vec<String> = alternatives(schema).iter().map(one_kind).collect();
    kinds.join(", or ")
}

fn one_kind(schema: &Value) -> String {
    let choices = choices(schema);
    if !choices.is_empty() {
        return list(&choices, "or");
    }
    match kind_name(schema) {
        Some("integer") => format!("a whole number{}", range(schema)),
        Some("number") => "a number".to_owned(),
        Some("string") => "a text".to_owned(),
        Some("boolean") => "true or false".to_owned(),
        Some("array") => match schema.get("items").map(kind_name_of_items) {
            Some(items) => format!("a list of {items}"),
            None => "a list".to_owned(),
        },
        Some("object") => match one_of(schema) {
            Some(keys) => format!("a block with one of {}", list(&keys, "and")),
            None => "a block of keys".to_owned(),
        },
        _ => "a value".to_owned(),
    }
}

fn kind_name_of_items(schema: &Value) -> String {
    match alternatives(schema) {
        [text, rule] if kind_name(text) == Some("string") && kind_name(rule) == Some("object") => "names and rules".to_owned(),
        _ if takes_text(schema) => "texts".to_owned(),
        _ => "values".to_owned(),
    }
}

fn range(schema: &Value) -> String {
    let whole = |name| schema.get(name).and_then(Value::as_f64).filter(|bound| *bound < 1e9);
    match (whole("minimum"), whole("maximum")) {
        (Some(least), Some(most)) => format!(" from {least} to {most}"),
        (Some(least), None) if least > 0.0 => format!(" from {least} up"),
        _ => String::new(),
    }
}

/// The keys of a block that takes exactly one of them.
pub(super) fn one_of(schema: &Value) -> Option<Vec<&str>> {
    if let Some(Value::Array(keys)) = schema.get("x-one-of") {
        return Some(keys.iter().filter_map(Value::as_str).collect());
    }
    (schema.get("maxProperties").and_then(Value::as_u64) == Some(1))
        .then(|| schema.get("properties").and_then(Value::as_object).map(|properties| properties.keys().map(String::as_str).collect()))?
}

/// What was written instead: a number that is not whole, or not of the sign.
pub(super) fn written(tree: &Tree, schema: &Value) -> String {
    match &tree.kind {
        Kind::Number(number) if takes_number(schema) => number.to_string(),
        Kind::Number(_) if takes_text(schema) => "a number to YAML".to_owned(),
        _ => tree.kind_in_words().to_owned(),
    }
}

/// "for example `page_size: 30`", from the schema.
pub(super) fn example(schema: &Value, path: &Path) -> String {
    let key = path.0.iter().rfind(|part| *part != "[]").map_or("", String::as_str);
    match schema.get("examples").and_then(|examples| examples.get(0)) {
        Some(example) => format!("for example `{key}: {}`", flow(example)),
        None if one_of(schema).is_some_and(|keys| keys.contains(&"keep")) => {
            "for example `- keep: \"@.info.email\"`, or the name of a filter in a library".to_owned()
        }
        None => format!("write {}", kind(schema)),
    }
}

/// A value on one line, as YAML.
pub(super) fn flow(value: &Value) -> String {
    match value {
        Value::String(text) if plain(text) => text.clone(),
        Value::Array(items) => format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", ")),
        Value::Object(members) => {
            format!("{{ {} }}", members.iter().map(|(key, value)| format!("{key}: {}", flow(value))).collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}

pub(super) fn plain(text: &str) -> bool {
    let inner = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | ' ' | '$' | ':');
    text.starts_with(|c: char| c.is_alphabetic() || matches!(c, '.' | '/' | '_')) && text.chars().all(inner) && !text.contains(": ")
}

/// A number that was written as a text: in quotes, or with zeros in front, which YAML takes for text too.
pub(crate) fn without_quotes(key: &str, text: &Text) -> String {
    let digits = text.value.trim();
    match digits.strip_prefix('0').filter(|_| digits.bytes().all(|b| b.is_ascii_digit())) {
        Some(rest) if !rest.is_empty() => {
            let number = Some(digits.trim_start_matches('0')).filter(|number| !number.is_empty()).unwrap_or("0");
            format!("it starts with 0, and a number does not: write `{key}: {number}`")
        }
        _ => format!("write it without quotes: `{key}: {digits}`"),
    }
}

/// A name for the environment variable that could hold a secret.
pub(super) fn variable(path: &Path) -> String {
    let system = match path.0.iter().any(|part| part == "hrflow") {
        true => "HRFLOW",
        false => "GREENHOUSE",
    };
    let key = path.0.last().map(|key| key.to_uppercase().replace(|c: char| !c.is_ascii_alphanumeric(), "_")).unwrap_or_default();
    format!("{system}_{key}")
}
