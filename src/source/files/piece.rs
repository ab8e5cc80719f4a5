//! A document's text, cut out of a file and not parsed yet.

use super::super::{Gone, Item, Unread, envelope_code};
use super::split::key_in;
use crate::base::confined::Refused;
use serde_json::Value;
use std::fmt;
use std::sync::Arc;

/// A text that is cut out, by what it was.
#[derive(Clone)]
pub enum Text {
    /// A line, or a document that is no long list: a profile, a list of them, or an envelope.
    Whole(Vec<u8>),
    /// A list's item: a profile.
    Item(Vec<u8>),
    /// What stands beside a list of profiles, without it.
    Beside(Vec<u8>),
}

impl Text {
    pub fn bytes(&self) -> &[u8] {
        let (Self::Whole(bytes) | Self::Item(bytes) | Self::Beside(bytes)) = self;
        bytes
    }
}

/// Without the text: it holds personal data.
impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.bytes().len())
    }
}

/// A document's text, or why there is none.
#[derive(Debug, Clone)]
pub struct Cut {
    /// From 1: where it begins. 0: the file as such.
    pub line: usize,
    pub(in crate::source) text: Result<Text, Unread>,
}

pub(super) type Emit<'a> = dyn FnMut(Cut) -> Result<(), Gone> + 'a;

/// A piece of a file, on its way from the reading thread to the pushing one. It is parsed there and not here: a profile is
/// hundreds of small allocations, and to free what another thread has allocated costs more than to parse.
#[derive(Debug, Clone)]
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
        let why = match error.get_ref().is_some_and(|inner| inner.is::<Refused>()) {
            true => format!("the file {error}"),
            false => format!("the file cannot be read: {}", error.kind()),
        };
        Self { file: Arc::clone(file), cut: Cut { line: 0, text: Err(why.into()) } }
    }

    pub(super) fn text(&self) -> Option<&Text> {
        self.cut.text.as_ref().ok()
    }

    pub fn bytes(&self) -> usize {
        self.cut.text.as_ref().map_or(0, |text| text.bytes().len())
    }

    /// The profiles in it; what is none is [`Item::Unreadable`].
    pub fn items(self) -> Vec<Item> {
        let (at, documents) = self.documents();
        match documents {
            Ok(documents) => documents.into_iter().map(|document| Item::of(Ok(document), || at.clone())).collect(),
            Err(unread) => vec![Item::of(Err(unread), || at)],
        }
    }

    /// The documents in it as they are written, and where they are; or where and why there are none.
    pub fn documents(self) -> (String, Result<Vec<Value>, Unread>) {
        let Cut { line, text } = self.cut;
        let documents = text.map_err(|unread| (line, unread)).and_then(|text| match (serde_json::from_slice(text.bytes()), &text) {
            (Ok(value), Text::Whole(_) | Text::Beside(_)) => match (refusal(&value), &text) {
                (Some(why), _) => Err((line, why.into())),
                (None, Text::Beside(_)) => Ok(Vec::new()),
                (None, _) => Ok(profiles_in(value)),
            },
            (Ok(value), Text::Item(_)) => Ok(vec![value]),
            (Err(error), _) => Err((line + error.line().saturating_sub(1), unread(text.bytes(), &error))),
        });
        let at = |line: usize| if line == 0 { self.file.to_string() } else { format!("{}:{line}", self.file) };
        match documents {
            Ok(documents) => (at(line), Ok(documents)),
            Err((line, why)) => (at(line), Err(why)),
        }
    }
}

/// Why a text is no JSON, with the profile's key where it can be read. Of the text itself only a word that was meant as a number.
pub(in crate::source) fn unread(text: &[u8], error: &serde_json::Error) -> Unread {
    let words = error.to_string();
    let words = words.split(" at line ").next().unwrap_or_default();
    let line = text.split(|byte| *byte == b'\n').nth(error.line().saturating_sub(1)).unwrap_or_default();
    let here = line.get(error.column().saturating_sub(1)..).unwrap_or_default();
    let is_meant = |word: &&str| here.starts_with(word.as_bytes());
    let why = match words {
        "invalid unicode code point" => "a character is not written in UTF-8".to_owned(),
        "lone leading surrogate in hex escape" | "unexpected end of hex escape" => "half of a pair of \\u… stands alone".to_owned(),
        "number out of range" => "a number is too large".to_owned(),
        "recursion limit exceeded" => {
            format!("lists and objects stand in each other {} levels deep or more", crate::model::profile::DEEPEST)
        }
        words if words.starts_with("control character") => "a control character stands in a text as it is".to_owned(),
        words => match ["NaN", "Infinity", "-Infinity", "None", "True", "False", "undefined"].iter().find(|word| is_meant(word)) {
            Some(word) => format!("`{word}` is no value in JSON"),
            None => words.to_owned(),
        },
    };
    Unread { key: key_in(text), why: format!("this is not JSON: {why} (column {})", error.column()), mark: Unread::mark(text) }
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
