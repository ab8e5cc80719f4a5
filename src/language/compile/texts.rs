//! What can be wrong with any text of a file: a literal secret, typographic quotes.

use crate::base::diagnostic::{Code, Diagnostic, Sink};
use crate::base::place::Place;
use crate::language::yaml::{Kind, Style, Text, Tree, changes_when_read, names_a_secret};

/// The last pass over a file: what was already reported is not repeated.
pub(super) fn check(tree: &Tree, sink: &mut Sink) {
    below(tree, None, sink);
}

fn below(tree: &Tree, key: Option<&str>, sink: &mut Sink) {
    match &tree.kind {
        Kind::Text(text) => one(text, &tree.place, key, sink),
        Kind::List(items) => items.iter().for_each(|item| below(item, key, sink)),
        Kind::Map(entries) => {
            for entry in entries {
                // The value is checked when its key is corrected.
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
            sink.error(Code::SecretInFile, place, "this looks like a secret, and secrets are not written into files", "remove it; where a secret belongs (`auth:`, `api_key:`, `headers:`) write `{ env: NAME }`. If this file was shared, change the secret");
        }
    } else if text.style == Style::Plain && in_typographic_quotes(value) && !sink.tells(Code::YamlTrap, place) {
        sink.warning(Code::YamlTrap, place, "typographic quotation marks are part of the text", "write straight quotes, or none");
    }
}

/// Shapes that hardly anything else has: HrFlow's keys, tokens of the web, and what is said to be one.
/// Source: `docs/hrflow-api.md`, "API".
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

/// A value of a key such as `password` that is neither a template nor a name.
fn may_be_a_secret(value: &str) -> bool {
    value.len() >= 8 && !value.contains([' ', '{', '/']) && value.bytes().any(|b| b.is_ascii_digit())
}

fn in_typographic_quotes(value: &str) -> bool {
    value.starts_with(['“', '”', '„', '‘', '’', '«']) && value.ends_with(['“', '”', '‘', '’', '»'])
}

/// Names of variables that no template could name: `vars.min-years` is a subtraction.
pub(super) fn warn_of_names(vars: &Tree, sink: &mut Sink) {
    for entry in vars.entries() {
        let key = &entry.key;
        let good = key.starts_with(|c: char| c.is_alphabetic() || c == '_') && key.chars().all(|c| c.is_alphanumeric() || c == '_');
        if !good {
            let better: String = key.chars().map(|c| if c.is_alphanumeric() { c } else { '_' }).collect();
            let better = if better.starts_with(|c: char| c.is_ascii_digit()) { format!("v_{better}") } else { better };
            let message = format!("a template cannot name `vars.{key}`: a name has letters, digits and `_`, and begins with no digit");
            sink.warning(Code::UnknownValue, &entry.key_place, message, format!("write `{better}`, or `vars['{key}']`"));
        }
    }
}

pub(super) fn warn_of_numbers(tree: &Tree, sink: &mut Sink) {
    match &tree.kind {
        Kind::Number(number) if changes_when_read(tree.place.text(), number) => {
            let written = tree.place.text();
            let diagnostic = Diagnostic::warning(Code::YamlTrap, &tree.place, format!("`{written}` is read as the number {number}"));
            sink.push(diagnostic.help(format!("put it in quotes if it is a text: \"{written}\"; else write {number}")));
        }
        Kind::List(items) => items.iter().for_each(|item| warn_of_numbers(item, sink)),
        Kind::Map(entries) => entries.iter().for_each(|entry| warn_of_numbers(&entry.value, sink)),
        _ => {}
    }
}
