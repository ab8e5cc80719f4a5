//! Text: without its HTML, shorter, as a slug, by a pattern.

use super::{add, kind_in_words, text_argument, text_of};
use crate::base::letters;
use crate::language::mapping::said;
use minijinja::value::Value;
use minijinja::{Environment, Error};
use regex::Regex;
use std::collections::HashMap;
use std::sync::{LazyLock, PoisonError, RwLock};

pub(crate) fn add_to(engine: &mut Environment<'static>) {
    add(engine, "strip_html", 0..=0, |_, value, _| Ok(Value::from(strip_html(&text_of("strip_html", value)?))));
    add(engine, "slug", 0..=0, |_, value, _| Ok(Value::from(slug(&text_of("slug", value)?))));
    add(engine, "truncate", 1..=2, |_, value, rest| {
        let wrong = || said(format!("`truncate` takes a length from 1, and is given {}", kind_in_words(&rest[0])));
        let length = rest[0].as_usize().filter(|length| *length >= 1).ok_or_else(wrong)?;
        let end = rest.get(1).map_or(Ok("…"), |end| text_argument("truncate", end))?;
        Ok(Value::from(truncate(&text_of("truncate", value)?, length, end)))
    });
    add(engine, "split", 0..=2, |state, value, rest| {
        let text = text_of("split", value)?;
        let limit = rest.get(1).and_then(Value::as_usize).unwrap_or(usize::MAX);
        let parts: Vec<Value> = match rest.first().map(|separator| text_argument("split", separator)).transpose()? {
            None => text.split_whitespace().map(Value::from).collect(),
            Some("") => return Err(said("`split` takes a separator that is not empty")),
            Some(separator) => text.splitn(limit.saturating_add(1), separator).map(Value::from).collect(),
        };
        state.consume_fuel(parts.len() as u64)?;
        Ok(parts.into())
    });
    add(engine, "regex_replace", 2..=2, |state, value, rest| {
        let text = text_of("regex_replace", value)?;
        let replacement = text_argument("regex_replace", &rest[1])?;
        let pattern = compiled(text_argument("regex_replace", &rest[0])?)?;
        replace_all(state, &pattern, &text, replacement).map(Value::from)
    });
}

/// What is wrong with a pattern of a file, if anything.
pub(crate) fn check_pattern(pattern: &str) -> Option<String> {
    compiled(pattern).err().map(|error| error.detail().unwrap_or_default().to_owned())
}

/// What is wrong with what is put in a pattern's place, and what to do: `\1` is text, and `$1a` a group of that name.
pub(crate) fn check_replacement(pattern: &str, replacement: &str) -> Option<(String, String)> {
    let pattern = compiled(pattern).ok()?;
    let text = replacement.replace("$$", "  ");
    if let Some(group) = text.split('\\').skip(1).find_map(|after| after.chars().next().filter(char::is_ascii_digit)) {
        return Some((format!("`\\{group}` is plain text in a replacement"), format!("write `${group}` for the pattern's group {group}")));
    }
    text.split('$').skip(1).find_map(|after| {
        let name = match after.strip_prefix('{') {
            Some(braced) => braced.split_once('}')?.0,
            None => after.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next()?,
        };
        let known = |group: &str| match group.parse::<usize>() {
            Ok(number) => number < pattern.captures_len(),
            Err(_) => pattern.capture_names().flatten().any(|name| name == group),
        };
        if name.is_empty() || known(name) {
            return None;
        }
        let shorter = (1..name.len()).rev().filter_map(|end| name.split_at_checked(end)).find(|(start, _)| known(start));
        let help = match shorter {
            Some((start, rest)) => format!("write `${{{start}}}{rest}`"),
            None => "put the part to keep into brackets in the pattern; a dollar sign itself is written `$$`".to_owned(),
        };
        Some((format!("the pattern has no group `{name}`, so nothing is put there"), help))
    })
}

/// Compiled once per process; patterns are written in files, so there are few.
fn compiled(pattern: &str) -> Result<Regex, Error> {
    static PATTERNS: LazyLock<RwLock<HashMap<String, Regex>>> = LazyLock::new(Default::default);
    /// A pattern's own memory; `\w{1000}` would want more.
    const SIZE: usize = 1 << 20;
    /// More than that, and something makes patterns as it goes: those are compiled each time.
    const KEPT: usize = 256;
    if let Some(known) = PATTERNS.read().unwrap_or_else(PoisonError::into_inner).get(pattern) {
        return Ok(known.clone());
    }
    let built = regex::RegexBuilder::new(pattern).size_limit(SIZE).build();
    let regex = built.map_err(|error| {
        let reason = error.to_string();
        let last = reason.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
        said(format!("the pattern of `regex_replace` is not a regular expression: {last}"))
    })?;
    let mut patterns = PATTERNS.write().unwrap_or_else(PoisonError::into_inner);
    if patterns.len() < KEPT {
        patterns.insert(pattern.to_owned(), regex.clone());
    }
    Ok(regex)
}

/// Like `Regex::replace_all`, paying for what is written as it is written: an empty match and a long replacement multiply.
fn replace_all(state: &minijinja::State<'_, '_>, pattern: &Regex, text: &str, replacement: &str) -> Result<String, Error> {
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for groups in pattern.captures_iter(text) {
        let Some(whole) = groups.get(0) else { continue };
        let before = out.len();
        out.push_str(&text[done..whole.start()]);
        groups.expand(replacement, &mut out);
        done = whole.end();
        state.consume_fuel(1 + (out.len() - before) as u64 / 64)?;
    }
    out.push_str(&text[done..]);
    Ok(out)
}

fn truncate(text: &str, length: usize, end: &str) -> String {
    if text.chars().count() <= length {
        return text.to_owned();
    }
    let room = length.saturating_sub(end.chars().count());
    let cut = text.char_indices().nth(room).map_or(text.len(), |(at, _)| at);
    let (kept, rest) = text.split_at(cut);
    let between_words = rest.starts_with(char::is_whitespace);
    let word = if between_words { kept.len() } else { kept.rfind(char::is_whitespace).unwrap_or(kept.len()) };
    let end: String = end.chars().take(length).collect();
    format!("{}{end}", kept[..word].trim_end())
}

fn slug(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in letters::plain(text) {
        match c {
            c if c.is_alphanumeric() => out.push(c),
            '\'' | '’' => {}
            _ if out.is_empty() || out.ends_with('-') => {}
            _ => out.push('-'),
        }
    }
    out.truncate(out.trim_end_matches('-').len());
    out
}

/// Elements that begin a new line.
const LINES: [&str; 15] = ["p", "br", "div", "li", "ul", "ol", "tr", "table", "h1", "h2", "h3", "h4", "h5", "h6", "section"];
/// Elements whose content is not text.
const SILENT: [&str; 3] = ["script", "style", "head"];

fn strip_html(html: &str) -> String {
    let mut raw = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(open) = rest.find('<') {
        raw.push_str(&rest[..open]);
        rest = &rest[open..];
        if let Some(comment) = rest.strip_prefix("<!--") {
            rest = comment.split_once("-->").map_or("", |(_, after)| after);
            continue;
        }
        let tag = rest[1..].strip_prefix('/').unwrap_or(&rest[1..]);
        let name: String = tag.chars().take_while(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
        let Some(close) = rest.find('>').filter(|_| !name.is_empty() || rest.starts_with("<!")) else {
            raw.push('<');
            rest = &rest[1..];
            continue;
        };
        if LINES.contains(&name.as_str()) {
            raw.push('\n');
        }
        let opens = !rest.starts_with("</");
        rest = &rest[close + 1..];
        if opens && SILENT.contains(&name.as_str()) {
            rest = after_end_of(rest, &name);
        }
    }
    raw.push_str(rest);
    tidy(&entities(&raw))
}

/// Behind `</name`, whatever its letters' case; nothing where it is never closed.
fn after_end_of<'a>(rest: &'a str, name: &str) -> &'a str {
    let mut from = 0;
    while let Some(at) = rest[from..].find("</") {
        let inside = &rest[from + at + 2..];
        if inside.get(..name.len()).is_some_and(|found| found.eq_ignore_ascii_case(name)) {
            return inside.split_once('>').map_or("", |(_, after)| after);
        }
        from += at + 2;
    }
    ""
}

fn entities(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = rest.bytes().take(12).position(|b| b == b';');
        match end.and_then(|end| Some((entity(&rest[1..end])?, end))) {
            Some((c, end)) => {
                out.push(c);
                rest = &rest[end + 1..];
            }
            None => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

/// Names of characters, each before its own.
const ENTITIES: &str = "amp& lt< gt> quot\" apos' ndash– mdash— hellip… bull• rsquo’ lsquo‘ euro€ eacuteé egraveè agraveà ccedilç uumlü oumlö \
                        aumlä szligß";

fn entity(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let code = |digits: &str, radix| u32::from_str_radix(digits, radix).ok().and_then(char::from_u32);
        return number.strip_prefix(['x', 'X']).map_or_else(|| code(number, 10), |hex| code(hex, 16));
    }
    let named = |known: &str| known.strip_prefix(name)?.parse().ok();
    if name == "nbsp" { Some(' ') } else { ENTITIES.split(' ').find_map(named) }
}

/// One space between words, no blank lines.
fn tidy(text: &str) -> String {
    let lines = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}
