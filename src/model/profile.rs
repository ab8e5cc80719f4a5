//! A candidate's profile as HrFlow holds it, normalised once.
//!
//! Every text is cleaned of what nobody sees; then everything blank is gone, so that “is it there” has one answer for filters and
//! mappings. Source: `docs/filters.md`, "The traps"; `docs/hrflow-api.md`, "Profiles".

mod clean; // what nobody sees goes
pub mod fields; // what a HrFlow profile is known to hold

use serde_json::{Map, Value};
use std::fmt;

/// One profile, after normalisation: nothing blank is left in it.
#[derive(Clone, PartialEq)]
pub struct Profile {
    /// HrFlow's key of the profile.
    pub key: String,
    /// HrFlow's key of the source that holds it; empty where a file does not say.
    pub source_key: String,
    /// As HrFlow writes it, `2026-06-20T15:25:07+0000`.
    pub updated_at: Option<String>,
    /// A JSON object.
    pub document: Value,
    /// Where invisible characters, white space at the ends or split accents were taken out: `info.email`.
    pub cleaned: Vec<String>,
}

/// Without the document: it holds personal data.
impl fmt::Debug for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Profile").field("key", &self.key).field("source_key", &self.source_key).finish_non_exhaustive()
    }
}

/// Levels of lists and objects in each other. HrFlow's profiles have six; JSON parsers stop at this number too.
pub const DEEPEST: usize = 128;

/// Why a document is no profile. Says nothing of what stands in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAProfile {
    #[error("a profile is an object, and this is {0}")]
    NotAnObject(&'static str),
    #[error("the profile has no key: a text under `key` is needed, by which it is known from run to run")]
    NoKey,
    #[error("the profile's `key` is {0}, and must be a text")]
    KeyIsNoText(&'static str),
    #[error("the profile's `key` holds a control character: it is kept and shown, so it must be a plain text")]
    KeyHasControls,
    #[error("the profile's `key` is an e-mail address. Keys are kept in the ledger and shown in logs: take another key, such as a number")]
    KeyIsEmail,
    #[error("lists and objects stand in each other more than {DEEPEST} levels deep")]
    TooDeep,
}

impl Profile {
    /// Normalises a document: texts are cleaned of what nobody sees; what is blank goes, from the leaves up, list items too; `info.urls` becomes a list of {type, url}; the date
    /// 1969-12-31T23:59:59, HrFlow's word for “none”, goes. Everything else stays as it is, dates as texts too.
    ///
    /// # Errors
    /// Where it is not an object with a `key` that may be kept.
    pub fn from_document(mut document: Value) -> Result<Self, NotAProfile> {
        match &document {
            Value::Object(_) => {}
            other => return Err(NotAProfile::NotAnObject(in_words(other))),
        }
        if is_deeper(&document, DEEPEST) {
            return Err(NotAProfile::TooDeep);
        }
        if let Some(urls) = document.pointer_mut("/info/urls") {
            normalise_urls(urls);
        }
        if document.get("key").and_then(Value::as_str).is_some_and(|key| key.contains(char::is_control)) {
            return Err(NotAProfile::KeyHasControls);
        }
        let mut cleaned = Vec::new();
        tidy(&mut document, &mut cleaned, &Path::Document);
        let key = match document.get("key") {
            Some(Value::String(key)) if is_address(key) => return Err(NotAProfile::KeyIsEmail),
            Some(Value::String(key)) => key.clone(),
            Some(other) => return Err(NotAProfile::KeyIsNoText(in_words(other))),
            None => return Err(NotAProfile::NoKey),
        };
        let text = |pointer: &str| document.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
        let source_key = text("/source_key").or_else(|| text("/source/key")).unwrap_or_default();
        Ok(Self { key, source_key, updated_at: text("/updated_at"), document, cleaned })
    }
}

/// A document's key, where it has one that may be kept: also of a document that is no profile.
pub fn key_of(document: &Value) -> Option<&str> {
    document.get("key").and_then(Value::as_str).filter(|key| may_be_kept(key))
}

/// A key is kept in the ledger and shown in logs: no personal data, and nothing that changes a terminal.
pub fn may_be_kept(key: &str) -> bool {
    !is_blank_text(key) && !key.contains(char::is_control) && !is_address(key)
}

fn is_address(key: &str) -> bool {
    key.split_once('@').is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty())
}

/// The one definition of blank, for source, filters and mapping: null, a blank text, a list or an object with nothing else in it. A
/// number or a boolean never is.
pub fn is_blank(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(_) | Value::Number(_) => false,
        Value::String(text) => is_blank_text(text),
        Value::Array(items) => items.iter().all(is_blank),
        Value::Object(members) => members.values().all(is_blank),
    }
}

/// About how many bytes of memory a document takes: what is held at once is bound by it.
pub fn weight(document: &Value) -> usize {
    const NODE: usize = size_of::<Value>();
    match document {
        Value::Null | Value::Bool(_) | Value::Number(_) => NODE,
        Value::String(text) => NODE + text.len(),
        Value::Array(items) => NODE + items.iter().map(weight).sum::<usize>(),
        Value::Object(members) => NODE + members.iter().map(|(name, value)| 2 * NODE + name.len() + weight(value)).sum::<usize>(),
    }
}

/// A text of which nothing is seen: white space (Unicode's), or characters without a shape.
pub fn is_blank_text(text: &str) -> bool {
    text.chars().all(|c| c.is_whitespace() || clean::is_unseen(c))
}

/// Where in the document, written out only where there is something to tell.
enum Path<'a> {
    Document,
    Member(&'a Path<'a>, &'a str),
    Item(&'a Path<'a>, usize),
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Document => Ok(()),
            Self::Member(Path::Document, name) => f.write_str(name),
            Self::Member(above, name) => write!(f, "{above}.{name}"),
            Self::Item(above, index) => write!(f, "{above}[{index}]"),
        }
    }
}

/// Cleans texts and removes what is blank, from the leaves up.
fn tidy(value: &mut Value, cleaned: &mut Vec<String>, path: &Path<'_>) {
    match value {
        Value::String(text) => {
            if let Some(clean) = clean::cleaned(text) {
                if !text.trim().is_empty() {
                    cleaned.push(path.to_string());
                }
                *text = clean;
            }
        }
        Value::Array(items) => {
            let mut index = 0;
            items.retain_mut(|item| {
                tidy(item, cleaned, &Path::Item(path, index));
                index += 1;
                !is_blank(item)
            });
        }
        Value::Object(members) => tidy_members(members, cleaned, path),
        _ => {}
    }
}

fn tidy_members(members: &mut Map<String, Value>, cleaned: &mut Vec<String>, path: &Path<'_>) {
    members.retain(|name, value| {
        tidy(value, cleaned, &Path::Member(path, name));
        let is_none = fields::is_date(name) && value.as_str().is_some_and(is_sentinel);
        !is_none && !is_blank(value)
    });
}

/// 1969-12-31T23:59:59, one second before the epoch, in any spelling. The day alone is somebody's birthday.
pub(crate) fn is_sentinel(text: &str) -> bool {
    let Some(rest) = text.trim().strip_prefix("1969-12-31") else { return false };
    let Some(rest) = rest.strip_prefix(['T', 't', ' ']).and_then(|time| time.strip_prefix("23:59:59")) else { return false };
    let offset = rest.strip_prefix('.').map_or(rest, |fraction| fraction.trim_start_matches(|c: char| c.is_ascii_digit()));
    matches!(offset.trim_start(), "" | "Z" | "z") || offset.trim_start().starts_with(['+', '-'])
}

fn is_deeper(value: &Value, levels: usize) -> bool {
    let Some(below) = levels.checked_sub(1) else { return value.is_array() || value.is_object() };
    match value {
        Value::Array(items) => items.iter().any(|item| is_deeper(item, below)),
        Value::Object(members) => members.values().any(|member| is_deeper(member, below)),
        _ => false,
    }
}

fn in_words(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// Makes a list of {type, url}, one text each, of: a list of {type, url} whose url is a text, a list of texts, or nothing; an object
/// {type: url or list of urls}; or null.
fn normalise_urls(urls: &mut Value) {
    let found: Vec<Value> = match std::mem::take(urls) {
        Value::Array(entries) => entries.into_iter().flat_map(url_entry).collect(),
        Value::Object(by_type) => by_type.into_iter().flat_map(|(kind, url)| urls_of(Some(Value::String(kind)), url)).collect(),
        _ => Vec::new(),
    };
    *urls = Value::Array(found);
}

fn url_entry(entry: Value) -> Vec<Value> {
    match entry {
        Value::Object(mut members) => urls_of(members.shift_remove("type"), members.shift_remove("url").unwrap_or_default()),
        bare => urls_of(None, bare),
    }
}

/// One {type, url} for each text in `url`. What is neither text nor a list of texts is no address.
fn urls_of(kind: Option<Value>, url: Value) -> Vec<Value> {
    let texts = match url {
        Value::Array(items) => items,
        one => vec![one],
    };
    let is_address = |url: &Value| url.is_string() && !is_blank(url);
    texts.into_iter().filter(is_address).map(|url| Value::Object(url_pair(kind.clone(), url))).collect()
}

fn url_pair(kind: Option<Value>, url: Value) -> Map<String, Value> {
    kind.map(|kind| ("type".to_owned(), kind)).into_iter().chain([("url".to_owned(), url)]).collect()
}

#[cfg(test)]
mod tests;
