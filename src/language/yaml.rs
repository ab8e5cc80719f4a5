//! YAML text → [`Tree`]: every key and value with its place, and every way in which YAML says something else than it seems to.
//!
//! One parser reads the text: saphyr. Its *events* give the tree and its places (events, because a built
//! document would expand aliases before they can be counted). Values are made
//! from the tree by [`to_json`]; the text itself is not read a second time. Tests compare the tree with what `serde_yaml` reads.

mod builder;
mod syntax;
mod tree;

pub(crate) use tree::to_json;
pub use tree::{Entry, Kind, Style, Text, Tree};

use crate::base::diagnostic::{Code, Sink};
use crate::base::place::{Place, SourceFile, text_before};
use serde_json::Number;
use std::sync::Arc;

/// The largest file that is read, in bytes.
pub const MAX_BYTES: usize = 1 << 20;
/// How many blocks deep a file may be.
pub const MAX_DEPTH: usize = 64;
/// How many keys and values a file may have, aliases counted as often as they are used.
pub const MAX_NODES: usize = 100_000;

/// Reads one document. `None` where there is nothing to go on with; a tree may come with errors that do not
/// hide the rest of the file (a key twice, a template without quotes).
pub fn parse(file: &Arc<SourceFile>, sink: &mut Sink) -> Option<Tree> {
    let text = file.text();
    if text.len() > MAX_BYTES {
        let message = format!("this file has {} bytes; a Hireline file has at most {MAX_BYTES}", text.len());
        sink.error(Code::YamlSyntax, &Place::new(file, 0, 0), message, "move data into separate files, and split libraries");
        return None;
    }
    if let Some((at, control)) = text.char_indices().find(|(_, c)| is_refused(*c)) {
        let message = format!("there is an invisible control character (U+{:04X}) here", u32::from(control));
        sink.error(Code::YamlSyntax, &Place::new(file, at, at + control.len_utf8()), message, "delete it, or type the text again");
        return None;
    }
    builder::build(file, sink)
}

/// Characters that YAML does not allow or that its parsers read differently (U+0085 ends a line for some),
/// and that could control the terminal of a reader.
fn is_refused(c: char) -> bool {
    c.is_control() && !matches!(c, '\n' | '\r' | '\t')
}

/// What a scalar without quotes is, by the rules of `serde_yaml` (YAML 1.2's core schema, near enough). A property test compares the two.
///
/// # Errors
/// A number that JSON cannot hold, in words.
fn scalar_kind(text: &str) -> Result<Kind, String> {
    let kind = match text {
        "" | "~" | "null" | "Null" | "NULL" => Kind::Null,
        "true" | "True" | "TRUE" => Kind::Bool(true),
        "false" | "False" | "FALSE" => Kind::Bool(false),
        _ if !may_be_number(text) => plain_text(text),
        // What most numbers look like; every parser reads them in the same way.
        _ if text.len() < 19 && text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0')) => {
            text.parse::<u64>().map_or_else(|_| plain_text(text), |number| Kind::Number(number.into()))
        }
        _ => plain_number(text)?,
    };
    Ok(kind)
}

fn plain_text(value: &str) -> Kind {
    Kind::Text(Text { value: value.to_owned(), style: Style::Plain })
}

fn may_be_number(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.'))
}

fn plain_number(text: &str) -> Result<Kind, String> {
    match serde_yaml::from_str::<serde_yaml::Value>(text) {
        Ok(serde_yaml::Value::Number(number)) => {
            let json = (number.as_u64().map(Number::from))
                .or_else(|| number.as_i64().map(Number::from))
                .or_else(|| number.as_f64().and_then(Number::from_f64));
            json.map(Kind::Number).ok_or_else(|| format!("`{text}` is not a number that JSON can hold"))
        }
        // Texts that start like a number (`1 year`, `+33 6…`, `2026-06-20`), and integers beyond 64 bits.
        _ if text.bytes().all(|b| b.is_ascii_digit()) && !text.starts_with('0') => Err(format!("`{text}` is too large for a number")),
        _ => Ok(plain_text(text)),
    }
}

/// Whether a number was written in a way that is not how it will be shown: `1.10`, `0x1F`, `+5`.
pub(crate) fn changes_when_read(written: &str, number: &Number) -> bool {
    let shown = number.to_string();
    shown != written && !(number.is_f64() && written.contains(['e', 'E']))
}

/// Parts of such keys.
const WORDS: &[&str] = &["api_key", "apikey", "api-key", "secret", "password", "passwd", "access_token", "bearer", "authorization"];

/// Whether a key names a secret, also with a typing error in it: `api_kye`, `pasword`.
pub(crate) fn names_a_secret(key: &str) -> bool {
    let folded = key.to_ascii_lowercase();
    let named = WORDS.iter().any(|word| folded.contains(word));
    let near = || {
        let close = |word: &str| strsim::damerau_levenshtein(&folded, word) <= 2 && folded.get(..2) == word.get(..2);
        (5..=16).contains(&folded.len()) && WORDS.iter().any(|word| close(word))
    };
    named || near()
}

/// Whether the line before byte `at` has such a key on it.
fn follows_a_secret_key(text: &str, at: usize) -> bool {
    let before = text_before(text, at);
    let line = before.rsplit('\n').next().unwrap_or(before);
    line.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))).any(names_a_secret)
}

#[cfg(test)]
mod tests;
