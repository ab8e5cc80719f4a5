//! Explains the parser's errors to the author of a file, with the fix.

use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::place::{Place, SourceFile, line_at, text_before, text_from};
use std::sync::Arc;

/// A line has a part of the parser's message, what it means, and what to do.
const KNOWN: &str = include_str!("syntax.tsv");

pub(super) fn explain(file: &Arc<SourceFile>, at: usize, info: &str) -> Diagnostic {
    let text = file.text();
    // An error at the end of the file belongs to its last line.
    let at = if at >= text.len() { text.trim_end().len() } else { at };
    // The parser reports this error at the comment; it is about the line below.
    let at = if info.contains("comment intercepting") { next_line(text, at) } else { at };
    let place = shown(file, at);
    if let Some(template) = unquoted_template(file, at) {
        return bare_template(&template);
    }
    if let Some(sign) = info.strip_prefix("unexpected character: `").and_then(|rest| rest.chars().next()) {
        let rest = rest_of_line(file, at);
        return Diagnostic::error(Code::YamlTrap, &rest, format!("a text that starts with `{sign}` needs quotes")).help(in_quotes(&rest));
    }
    if let Some(colon) = colon_without_space(file, at) {
        return Diagnostic::error(Code::YamlSyntax, &colon, "a space is missing after this key's colon")
            .help("write `key: value`, with a space after the colon");
    }
    if info == "invalid indentation"
        && let Some(bracket) = open_bracket(file, at)
    {
        let help = "close it; a text with a bracket or a brace in it needs quotes";
        return Diagnostic::error(Code::YamlSyntax, &bracket, format!("this `{}` is never closed", bracket.text())).help(help);
    }
    if info.contains("mapping values are not allowed") && is_deeper_than_a_value(text, at) {
        return Diagnostic::error(Code::YamlSyntax, &place, "this line is indented more than the line above it, which already has a value")
            .help("indent all keys of a block with the same number of spaces");
    }
    if info.contains("unknown escape") {
        return unknown_escape(file, at);
    }
    let mut known = KNOWN.lines().filter_map(|line| <[&str; 3]>::try_from(line.split('\t').collect::<Vec<_>>()).ok());
    match known.find(|[part, ..]| info.contains(part)) {
        Some([_, message, help]) => Diagnostic::error(Code::YamlSyntax, &place, message).help(help),
        None => unreadable(&place),
    }
}

/// In the text in double quotes that begins at `at`. A pattern's backslash is written twice for YAML, and each of these twice for the quotes
/// around the pattern.
fn unknown_escape(file: &Arc<SourceFile>, at: usize) -> Diagnostic {
    let text = text_from(file.text(), at);
    let escapes = text.match_indices('\\').scan(0, |behind, (found, _)| {
        let is_first = found >= *behind;
        *behind = if is_first { found + 2 } else { *behind };
        Some((is_first, found, text_from(text, found + 1).chars().next()?))
    });
    let unknown = escapes.filter(|(is_first, ..)| *is_first).find(|(_, _, c)| !"0abtnvfre \"/\\N_LPxuU\t\r\n".contains(*c));
    let Some((_, found, c)) = unknown else { return unreadable(&shown(file, at)) };
    let before = text_before(text, found);
    let is_pattern = ["match(", "search(", "regex_replace("].iter().any(|function| before.contains(function));
    let help = match is_pattern {
        true => format!(r"write `\\\\{c}` in a pattern between double quotes; without quotes, or as a block after `|`, write `\\{c}`"),
        false => r"write `\\` for a backslash, or use single quotes".to_owned(),
    };
    let place = Place::new(file, at + found, at + found + 1 + c.len_utf8());
    let message = format!(r"`\{c}` is not an escape of YAML, where a `\` in a text in double quotes starts an escape");
    Diagnostic::error(Code::YamlSyntax, &place, message).help(help)
}

/// Whether the line at `at` is a plain `key: value` below a `key: value` with fewer spaces before it.
fn is_deeper_than_a_value(text: &str, at: usize) -> bool {
    let start = text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |end| end + 1);
    let line = line_at(text, start);
    let above = text_before(text, start).lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("");
    let indent = |line: &str| line.len() - line.trim_start().len();
    let one_colon = |line: &str| line.matches(": ").count() + usize::from(line.trim_end().ends_with(':')) == 1;
    let value = above.split_once(": ").map_or("", |(_, value)| value.trim());
    let is_value = !value.is_empty() && !value.starts_with(['|', '>', '#', '&']);
    indent(line) > indent(above) && is_value && one_colon(line)
}

/// For errors of which only the place is known: the parser's own words would not help.
pub(super) fn unreadable(place: &Place) -> Diagnostic {
    Diagnostic::error(Code::YamlSyntax, place, "from here on the file cannot be read as YAML")
        .help("look at this line and the one above it: is a quote or a bracket not closed, a colon missing, or the indentation wrong?")
}

pub(super) fn bare_template(place: &Place) -> Diagnostic {
    // Quotes would be the wrong advice where no braces belong. The same words as the mapping uses for the
    // quoted form.
    let before = text_before(place.file.text(), place.start).trim_end();
    if let Some(key) = ["$each", "$when"].into_iter().find(|key| before.strip_suffix(':').is_some_and(|rest| rest.ends_with(key))) {
        let inside = place.text().trim().trim_start_matches('{').trim_end_matches('}').trim();
        return Diagnostic::error(Code::BadTemplate, place, format!("`{key}` takes an expression without braces"))
            .help(format!("write `{key}: {inside}`"));
    }
    Diagnostic::error(Code::YamlTrap, place, "a template at the start of a value needs quotes: in YAML, `{` opens a block")
        .help(in_quotes(place))
}

/// What to write instead; a secret is not repeated.
pub(super) fn in_quotes(place: &Place) -> String {
    if super::follows_a_secret_key(place.file.text(), place.start) {
        return "secrets are not written into files: write `{ env: NAME }` here, and set that variable where hireline runs".to_owned();
    }
    format!("write {}", quoted(place.text()))
}

/// In double quotes; in single ones where the text itself has double quotes.
fn quoted(text: &str) -> String {
    match text.contains(['"', '\\']) {
        true => format!("'{}'", text.replace('\'', "''")),
        false => format!("\"{text}\""),
    }
}

/// The first character of the next line that has one; the same place where there is none.
fn next_line(text: &str, at: usize) -> usize {
    let rest = text_from(text, at);
    let line = rest.find('\n').unwrap_or(rest.len());
    rest.get(line..).and_then(|below| below.find(|c: char| !c.is_whitespace())).map_or(at, |first| at + line + first)
}

/// One character, or the word that starts there.
fn shown(file: &Arc<SourceFile>, at: usize) -> Place {
    let rest = text_from(file.text(), at);
    let word = rest.find(|c: char| c.is_whitespace()).unwrap_or(rest.len());
    Place::new(file, at, at + word)
}

pub(super) fn rest_of_line(file: &Arc<SourceFile>, at: usize) -> Place {
    let line = line_at(file.text(), at);
    let line = line.split(" #").next().unwrap_or(line).trim_end();
    Place::new(file, at, at + line.len())
}

/// A `{{` that opens a value without quotes, on the line of the error or the one before it.
fn unquoted_template(file: &Arc<SourceFile>, at: usize) -> Option<Place> {
    let text = file.text();
    let here = text.get(..at)?.rfind('\n').map_or(0, |found| found + 1);
    let above = text.get(..here.saturating_sub(1))?.rfind('\n').map_or(0, |found| found + 1);
    [here, above].into_iter().find_map(|start| {
        let line = text.get(start..)?.lines().next()?;
        let opens = [": {{", "- {{"].iter().filter_map(|opening| line.find(opening)).min()? + 2;
        let place = rest_of_line(file, start + opens);
        Some(place)
    })
}

/// A line that is only `key:value`: the error's own, or the one above it.
fn colon_without_space(file: &Arc<SourceFile>, at: usize) -> Option<Place> {
    lines_back(file, at).take(2).find_map(|(start, line)| {
        let key = line.trim_start();
        let name = key.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-' | '$')))?;
        let rest = key.get(name..)?.strip_prefix(':')?;
        let glued = name > 0 && !rest.is_empty() && !rest.starts_with([' ', '/', ':']) && !line.contains(": ");
        let from = start + (line.len() - key.len());
        glued.then(|| Place::new(file, from, from + key.trim_end().len()))
    })
}

/// The last bracket above `at` that its own line leaves open.
fn open_bracket(file: &Arc<SourceFile>, at: usize) -> Option<Place> {
    lines_back(file, at).take(30).find_map(|(start, line)| {
        let mut open = Vec::new();
        let mut quote = None;
        for (offset, c) in line.char_indices() {
            match (quote, c) {
                (Some(sign), _) if c == sign => quote = None,
                (None, '"' | '\'') => quote = Some(c),
                (None, '[' | '{') => open.push(offset),
                (None, ']' | '}') => drop(open.pop()),
                _ => {}
            }
        }
        open.last().map(|offset| Place::new(file, start + offset, start + offset + 1))
    })
}

/// The line of `at`, then those above it, each with its first byte.
fn lines_back(file: &Arc<SourceFile>, at: usize) -> impl Iterator<Item = (usize, &str)> {
    let text = file.text();
    let start_of = |end: usize| text.get(..end).and_then(|before| before.rfind('\n')).map_or(0, |found| found + 1);
    let first = start_of(at.min(text.len()));
    std::iter::successors(Some(first), move |start| start.checked_sub(1).map(start_of)).map(|start| (start, line_at(text, start)))
}
