//! A profile's leaves, one by one: which stay because of their shape, and what is collected from the others.

use super::fold::{is_date, is_key};
use super::originals::Originals;
use super::table::{Treatment, treatment};
use crate::model::profile::fields::{PROFILE, Type};
use crate::model::profile::{is_blank_text, is_sentinel};
use serde_json::Value;
use std::collections::BTreeSet;

/// HrFlow's own words under `type`. Source: `docs/hrflow-api.md`, "Profiles".
pub const TYPES: [&str; 13] =
    ["hard", "soft", "resume", "original", "cover", "other", "from_resume", "linkedin", "twitter", "facebook", "github", "api", "python"];

const CONSENTS: [&str; 8] = ["owner", "controller", "parsing", "revealing", "embedding", "searching", "scoring", "reasoning"];

/// Calls for every leaf, with its path and treatment.
pub fn each_leaf(value: &Value, path: &mut Vec<String>, see: &mut dyn FnMut(&[String], Treatment, &Value)) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| each_leaf(item, path, see)),
        Value::Object(members) => {
            for (name, inner) in members {
                path.push(name.clone());
                each_leaf(inner, path, see);
                path.pop();
            }
        }
        leaf => see(path, treatment(path), leaf),
    }
}

/// What must not be left of a profile.
pub fn gather(document: &Value, known: &BTreeSet<String>, originals: &mut Originals) {
    each_leaf(document, &mut Vec::new(), &mut |_, treatment, leaf| match leaf {
        Value::String(text) if !is_blank_text(text) => gather_text(treatment, text.trim(), known, originals),
        Value::Number(number) if stays(treatment, &number.to_string(), known) => {}
        Value::Number(number) if treatment != Treatment::Coordinate => originals.whole(&number.to_string(), 4),
        _ => {}
    });
}

fn gather_text(treatment: Treatment, text: &str, known: &BTreeSet<String>, originals: &mut Originals) {
    match treatment {
        Treatment::FirstName | Treatment::LastName | Treatment::FullName => originals.name(text),
        Treatment::Email => originals.email(text),
        Treatment::Phone => originals.phone(text),
        Treatment::BirthDate if is_sentinel(text) => {}
        Treatment::BirthDate => originals.birth_date(text),
        Treatment::Address => originals.address(text),
        Treatment::City => originals.whole(text, 3),
        Treatment::Signs | Treatment::Key => originals.whole(text, 4),
        Treatment::Coordinate => {}
        Treatment::Company | Treatment::School => originals.company(text),
        Treatment::Text => originals.free_text(text),
        Treatment::Url => originals.url(text),
        Treatment::FileName => originals.file_name(text),
        _ if known.contains(text) => {}
        _ if stays(treatment, text, known) => keys_in(text).for_each(|key| originals.whole(key, 16)),
        // By its looks, for what a field holds that nobody knows.
        _ => match looks_like(text) {
            Treatment::Text => originals.whole(text, 4),
            looks => gather_text(looks, text, known, originals),
        },
    }
}

/// Hex of 16 signs or more within a text.
pub fn keys_in(text: &str) -> impl Iterator<Item = &str> {
    text.split(|sign: char| !sign.is_ascii_hexdigit()).filter(|run| is_key(run))
}

/// Whether a value stays, as far as its own shape tells.
pub fn stays(treatment: Treatment, text: &str, known: &BTreeSet<String>) -> bool {
    let is_number = || text.parse::<f64>().is_ok() && text.len() < 20;
    let long_numbers = || text.bytes().filter(u8::is_ascii_digit).count() >= 7;
    match treatment {
        Treatment::Kept => is_date(text) || is_number(),
        Treatment::Type if TYPES.contains(&text) => true,
        Treatment::Type | Treatment::Word => known.contains(text) || is_date(text) || is_enumeration(text),
        Treatment::Term | Treatment::Title => {
            let is_short = text.chars().count() <= 80 && !text.contains(['\n', '\r', '<']);
            known.contains(text) || (is_short && !text.contains('@') && !text.contains("://") && !long_numbers())
        }
        Treatment::Country => matches!(text.len(), 2 | 3) && text.bytes().all(|sign| sign.is_ascii_uppercase()),
        Treatment::SourceKey => known.contains(text),
        _ => false,
    }
}

/// `rejected`, `FR`, `board_4012`, `true`, `.pdf`: one word, all small or all capital. A word that begins with a capital may be a name.
fn is_enumeration(text: &str) -> bool {
    let mut without_keys = text.to_owned();
    keys_in(text).for_each(|key| without_keys = without_keys.replacen(key, "", 1));
    let signs = || without_keys.bytes();
    text.len() <= 100
        && signs().all(|sign| sign.is_ascii_alphanumeric() || matches!(sign, b'_' | b'-' | b'.' | b'+'))
        && !(signs().any(|sign| sign.is_ascii_lowercase()) && signs().next().is_some_and(|sign| sign.is_ascii_uppercase()))
        && without_keys.split(|sign: char| !sign.is_ascii_digit()).all(|run| run.len() < 8)
}

/// How a text of an unknown field is treated.
pub fn looks_like(text: &str) -> Treatment {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let solid = !text.contains(char::is_whitespace);
    if solid && text.split_once('@').is_some_and(|(local, domain)| !local.is_empty() && domain.contains('.')) {
        Treatment::Email
    } else if solid && (text.contains("://") || text.starts_with("www.")) {
        Treatment::Url
    } else if is_date(text) {
        Treatment::BirthDate
    } else if is_key(text) {
        Treatment::Key
    } else if digits >= 7 && text.chars().all(|sign| sign.is_ascii_digit() || matches!(sign, '+' | '-' | ' ' | '.' | '(' | ')' | '/')) {
        Treatment::Phone
    } else if solid && digits > 0 && text.len() <= 40 && text.is_ascii() {
        Treatment::Signs
    } else {
        Treatment::Text
    }
}

/// Of HrFlow's own, at this place.
pub fn is_known_name(name: &str, path: &[String]) -> bool {
    let mut kind = *PROFILE;
    for part in path {
        while let Type::List(item) = kind {
            kind = *item;
        }
        let Some(inner) = kind.member(part) else { return false };
        kind = inner;
    }
    while let Type::List(item) = kind {
        kind = *item;
    }
    matches!(kind, Type::Block(members) if members.iter().any(|(known, _, _)| *known == name))
        || (path.first().is_some_and(|first| first == "consent_algorithmic") && CONSENTS.contains(&name))
        || (path == ["info", "urls"] && TYPES.contains(&name))
}

pub fn is_plain_name(name: &str) -> bool {
    name.len() <= 40
        && name.bytes().all(|sign| sign.is_ascii_lowercase() || sign.is_ascii_digit() || sign == b'_')
        && name.bytes().filter(u8::is_ascii_digit).count() < 4
}
