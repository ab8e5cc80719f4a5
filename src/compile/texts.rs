//! What can be wrong with any text, wherever in a file it stands: a secret that is written out, quotes that are none.

use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::place::Place;
use crate::tree::{Kind, Style, Text, Tree};
use crate::yaml::names_a_secret;

/// The last pass over a file: what was told already is not told again.
pub(super) fn check(tree: &Tree, sink: &mut Sink) {
    below(tree, None, sink);
}

fn below(tree: &Tree, key: Option<&str>, sink: &mut Sink) {
    match &tree.kind {
        Kind::Text(text) => one(text, &tree.place, key, sink),
        Kind::List(items) => items.iter().for_each(|item| below(item, key, sink)),
        Kind::Map(entries) => {
            for entry in entries {
                // With its key put right, the value is told as what it is.
                if !sink.tells(Code::UnknownKey, &entry.key_place) {
                    below(&entry.value, Some(&entry.key), sink);
                }
            }
        }
        Kind::Null | Kind::Bool(_) | Kind::Number(_) => {}
    }
}

fn one(text: &Text, place: &Place, key: Option<&str>, sink: &mut Sink) {
    let value = text.value.trim();
    let token = |key: &str| key == "token" || key.ends_with("_token");
    let named = |key: &str| names_a_secret(key) && may_be_a_secret(value) || token(key) && value.len() >= 20 && may_be_a_secret(value);
    if has_the_shape_of_a_secret(value) || key.is_some_and(named) {
        if !sink.tells(Code::SecretInFile, place) {
            let fault = Diagnostic::error(Code::SecretInFile, place, "this looks like a secret, and secrets are not written into files");
            sink.push(fault.help(
                "take it out; where a secret belongs (`auth:`, `api_key:`, `headers:`) write `{ env: NAME }`. If this file was shared, change the secret",
            ));
        }
    } else if text.style == Style::Plain && in_typographic_quotes(value) && !sink.tells(Code::YamlTrap, place) {
        let fault = Diagnostic::warning(Code::YamlTrap, place, "typographic quotation marks are a part of the text");
        sink.push(fault.help("write straight quotes, or none"));
    }
}

/// Shapes that hardly anything else has: HrFlow's keys, tokens of the web, and what is said to be one. Source: the HrFlow reference, "API".
fn has_the_shape_of_a_secret(value: &str) -> bool {
    let word = |text: &str, least: usize| {
        text.len() >= least && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'))
    };
    value.split_whitespace().any(|part| {
        let key = ["ask_", "askr_", "askw_"].iter().find_map(|prefix| part.strip_prefix(prefix));
        let token = part.starts_with("eyJ") && part.matches('.').count() == 2 && word(part, 30);
        let known =
            ["sk_live_", "ghp_", "github_pat_", "glpat-", "xoxb-", "xoxp-"].iter().any(|prefix| part.starts_with(prefix)) && word(part, 20);
        key.is_some_and(|key| word(key, 16)) || token || known
    }) || value.strip_prefix("Bearer ").is_some_and(|token| word(token.trim(), 16))
}

/// A value behind a key that says `password` and the like; not a template, not the name of something.
fn may_be_a_secret(value: &str) -> bool {
    value.len() >= 8 && !value.contains([' ', '{', '/']) && value.bytes().any(|b| b.is_ascii_digit())
}

fn in_typographic_quotes(value: &str) -> bool {
    value.starts_with(['“', '”', '„', '‘', '’', '«']) && value.ends_with(['“', '”', '‘', '’', '»'])
}
