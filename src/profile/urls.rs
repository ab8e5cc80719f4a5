//! `info.urls`, which HrFlow writes in three shapes. Source: the HrFlow reference, "Profile document".

use serde_json::{Map, Value};

/// Makes a list of {type, url}, one text each, of: a list of {type, url} whose url is a text, a list of texts, or nothing; an object
/// {type: url or list of urls}; or null.
pub(super) fn normalise(urls: &mut Value) {
    let found: Vec<Value> = match std::mem::take(urls) {
        Value::Array(entries) => entries.into_iter().flat_map(entry).collect(),
        Value::Object(by_type) => by_type.into_iter().flat_map(|(kind, url)| named(Some(Value::String(kind)), url)).collect(),
        _ => Vec::new(),
    };
    *urls = Value::Array(found);
}

fn entry(entry: Value) -> Vec<Value> {
    match entry {
        Value::Object(mut members) => named(members.shift_remove("type"), members.shift_remove("url").unwrap_or_default()),
        bare => named(None, bare),
    }
}

/// One {type, url} for each text in `url`. What is neither text nor a list of texts is no address.
fn named(kind: Option<Value>, url: Value) -> Vec<Value> {
    let texts = match url {
        Value::Array(items) => items,
        one => vec![one],
    };
    let is_address = |url: &Value| url.is_string() && !super::is_blank(url);
    texts.into_iter().filter(is_address).map(|url| Value::Object(pair(kind.clone(), url))).collect()
}

fn pair(kind: Option<Value>, url: Value) -> Map<String, Value> {
    kind.map(|kind| ("type".to_owned(), kind)).into_iter().chain([("url".to_owned(), url)]).collect()
}
