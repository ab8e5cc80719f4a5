//! A document's text, cut out of a file and not parsed yet.

use super::super::{Item, envelope_code};
use super::scan::Cut;
use crate::inside::Refused;
use crate::profile::{self, Profile};
use serde_json::Value;
use std::fmt;
use std::sync::Arc;

/// A text that is cut out, by what it was.
pub(super) enum Text {
    /// A line, or a document that is no long list: a profile, a list of them, or an envelope.
    Whole(Vec<u8>),
    /// A list's item: a profile.
    Item(Vec<u8>),
}

/// Without the text: it holds personal data.
impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Whole(bytes) | Self::Item(bytes)) = self;
        write!(f, "{} bytes", bytes.len())
    }
}

/// A piece of a file, on its way from the thread that reads to whoever pushes. It is parsed there and not here: a profile is
/// hundreds of small allocations, and to free what another thread has allocated costs more than to parse.
#[derive(Debug)]
pub struct Piece {
    file: Arc<str>,
    cut: Cut,
}

impl Piece {
    pub(super) fn new(file: &Arc<str>, cut: Cut) -> Self {
        Self { file: Arc::clone(file), cut }
    }

    /// In place of what cannot be read.
    pub(super) fn unread(file: &Arc<str>, error: &std::io::Error) -> Self {
        let text = Err(match error.get_ref().is_some_and(|inner| inner.is::<Refused>()) {
            true => format!("the file {error}"),
            false => format!("the file cannot be read: {}", error.kind()),
        });
        Self { file: Arc::clone(file), cut: Cut { line: 0, text } }
    }

    /// Of its text.
    pub fn bytes(&self) -> usize {
        match &self.cut.text {
            Ok(Text::Whole(bytes) | Text::Item(bytes)) => bytes.len(),
            Err(_) => 0,
        }
    }

    /// The profiles in it; what is none is [`Item::Unreadable`].
    pub fn items(self) -> Vec<Item> {
        let (at, documents) = self.documents();
        match documents {
            Ok(documents) => documents.into_iter().map(|document| item(document, || at.clone())).collect(),
            Err(why) => vec![Item::Unreadable { at, key: None, why }],
        }
    }

    /// The documents in it as they are written, and where they stand; or where and why there are none.
    pub fn documents(self) -> (String, Result<Vec<Value>, String>) {
        let Cut { line, text } = self.cut;
        let documents = text.map_err(|why| (line, why)).and_then(|text| {
            let (Text::Whole(bytes) | Text::Item(bytes)) = &text;
            match (serde_json::from_slice(bytes), &text) {
                (Ok(value), Text::Whole(_)) => match refusal(&value) {
                    Some(why) => Err((line, why)),
                    None => Ok(profiles_in(value)),
                },
                (Ok(value), Text::Item(_)) => Ok(vec![value]),
                (Err(error), _) => Err((line + error.line().saturating_sub(1), no_json(&error))),
            }
        });
        let at = |line: usize| if line == 0 { self.file.to_string() } else { format!("{}:{line}", self.file) };
        match documents {
            Ok(documents) => (at(line), Ok(documents)),
            Err((line, why)) => (at(line), Err(why)),
        }
    }
}

fn item(document: Value, at: impl FnOnce() -> String) -> Item {
    let key = profile::key_of(&document).map(str::to_owned);
    match Profile::from_document(document) {
        Ok(profile) => Item::Profile(profile),
        Err(why) => Item::Unreadable { at: at(), key, why: why.to_string() },
    }
}

/// Without anything of the text.
fn no_json(error: &serde_json::Error) -> String {
    let text = error.to_string();
    format!("this is not JSON: {} (column {})", text.split(" at line ").next().unwrap_or_default(), error.column())
}

pub(super) fn parses_to_object(text: &[u8]) -> bool {
    serde_json::from_slice::<Value>(text).is_ok_and(|value| value.is_object())
}

/// What HrFlow answers instead of profiles: the body's code counts, as for its API.
pub(super) fn refusal(value: &Value) -> Option<String> {
    let members = value.as_object().filter(|members| !members.contains_key("key"))?;
    let code = envelope_code(members).filter(|code| !(200..300).contains(code))?;
    Some(format!("HrFlow's answer in this file is an error (code {code}), not a profile"))
}

/// HrFlow's envelope is {code, message, data}, where data is a profile, a list of them, or {profiles: […]}.
fn profiles_in(value: Value) -> Vec<Value> {
    match value {
        Value::Array(items) => items,
        Value::Object(mut members) if !members.contains_key("key") => match members.shift_remove("data") {
            Some(data @ (Value::Array(_) | Value::Object(_))) => match data {
                Value::Object(mut data) => match data.shift_remove("profiles") {
                    Some(Value::Array(items)) => items,
                    Some(other) => vec![other],
                    None => vec![Value::Object(data)],
                },
                list => profiles_in(list),
            },
            _ => vec![Value::Object(members)],
        },
        other => vec![other],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_shows_nothing_of_its_text() {
        let text = Text::Whole(b"{\"key\":\"a\"}".to_vec());
        let piece = Piece::new(&"people.jsonl".into(), Cut { line: 1, text: Ok(text) });
        insta::assert_snapshot!(format!("{piece:?}"), @r#"Piece { file: "people.jsonl", cut: Cut { line: 1, text: Ok(11 bytes) } }"#);
    }
}
