//! The format of a property's input: bytes, with text in sections, so that a seed can be read and written by
//! hand.

use hireline::net::http::Answer;

/// Between two sections, on a line of its own.
pub const CUT: &str = "\n%%%\n";

/// The sections; at least `n`, the missing ones empty.
pub fn sections(text: &str, n: usize) -> Vec<&str> {
    let mut sections: Vec<&str> = text.split(CUT).collect();
    sections.resize(sections.len().max(n), "");
    sections
}

/// `429`, then lines of `name: value`, then an empty line and the body. Anything but a number counts as 200.
pub fn answer(text: &str) -> Answer {
    let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.trim().parse().ok()).unwrap_or(200);
    let header = |line: &str| line.split_once(':').map(|(name, value)| (name.trim().to_lowercase(), value.trim().to_owned()));
    Answer { status, headers: lines.filter_map(header).collect(), body: body.as_bytes().to_vec() }
}

/// Every text in a document.
pub fn texts(value: &serde_json::Value) -> Vec<&str> {
    use serde_json::Value;
    match value {
        Value::String(text) => vec![text],
        Value::Array(items) => items.iter().flat_map(texts).collect(),
        Value::Object(members) => members.values().flat_map(texts).collect(),
        _ => Vec::new(),
    }
}

/// Words of the libraries below: no message may speak of types, tokens or variants.
pub const MACHINE_WORDS: [&str; 27] = [
    "invalid type",
    "invalid value",
    "invalid length",
    "expected a",
    "expected one of",
    "missing field",
    "unknown field",
    "unknown variant",
    "untagged",
    "deserializ",
    "serde",
    "libyaml",
    "saphyr",
    "minijinja",
    "jsonpath",
    "struct ",
    "enum ",
    "u32",
    "u64",
    "i64",
    "f64",
    "usize",
    "variant",
    "did not find expected",
    "mapping values",
    "block mapping",
    "cannot be read: invalid",
];

/// Those of them that a message has and its input has not: what a message repeats is the author's.
pub fn machine_words(message: &str, input: &str) -> Vec<&'static str> {
    let (message, input) = (message.to_lowercase(), input.to_lowercase());
    MACHINE_WORDS.into_iter().filter(|word| message.contains(word) && !input.contains(word)).collect()
}

/// A pipeline with nothing but the built-in mapping and filters.
pub const BUILT_IN: &str = r#"version: 1
pipeline: built-in
source:
  hrflow:
    api_key: { env: HRFLOW_API_KEY }
    user_email: { env: HRFLOW_USER_EMAIL }
    source_keys: ["abababababababababababababababababababab"]
    profiles: all
filters: [contactable, not-archived]
mapping: { $use: candidate }
destination:
  greenhouse:
    auth:
      oauth_client:
        client_id: { env: GREENHOUSE_CLIENT_ID }
        client_secret: { env: GREENHOUSE_CLIENT_SECRET }
    on_behalf_of: 92120
    job_ids: [4001]
"#;
