//! Makes text from outside safe for a terminal, a log and a report: nothing in it can control the program
//! that shows it.
//!
//! Profiles, pipelines, file names, git's output and the services' answers are all shown to people. An escape
//! sequence among them could hide a line, rename a window, fill the clipboard or type a command; a sign that
//! turns the direction of writing makes a text read as another; and on a build server a line that begins with
//! `::` or holds `##[` is an order. Everything printed goes through here twice: each value where it is put
//! into a coloured line ([`text`], [`line`]), and the whole where it leaves ([`plain`], [`output`],
//! [`json`]), so that a value that was forgotten does no harm either.

use std::borrow::Cow;

/// A text of several lines: every sign that steers becomes one that is seen.
pub fn text(text: &str) -> Cow<'_, str> {
    replaced(text, |c| c == '\n' || !steers(c), |c, out| out.push(shown(c)))
}

/// A text on one line.
pub fn line(text: &str) -> Cow<'_, str> {
    replaced(text, |c| !steers(c), |c, out| out.push(if c == '\n' { ' ' } else { shown(c) }))
}

/// At most so many characters of a text, then an ellipsis.
pub fn shortened(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

/// One sign, as it is seen. As wide as any other, so that columns stay what they are.
pub fn shown(c: char) -> char {
    match c {
        // Unicode's own pictures of them: ␛, ␇, ␍.
        '\0'..='\u{1f}' => char::from_u32(0x2400 + u32::from(c)).unwrap_or('\u{fffd}'),
        '\u{7f}' => '\u{2421}',
        c if steers(c) => '\u{fffd}',
        c => c,
    }
}

/// Whether a sign is an order to whatever shows it, or hides: controls of either kind, turns of direction, signs without width.
pub fn steers(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
                | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'
        )
}

/// What is printed for people, as a whole: our own colours and links stay, every other order goes, to a terminal and to a build server.
pub fn output(whole: &str) -> Cow<'_, str> {
    printed(whole, ours)
}

/// As [`output`], for text without colours of our own: any colour comes from outside.
pub fn plain(whole: &str) -> Cow<'_, str> {
    printed(whole, |_| None)
}

fn printed(whole: &str, ours: fn(&str) -> Option<usize>) -> Cow<'_, str> {
    if !whole.chars().any(|c| steers(c) && c != '\n') && !whole.contains("::") && !whole.contains("##") {
        return Cow::Borrowed(whole);
    }
    let mut out = String::with_capacity(whole.len() + 16);
    for (index, line) in whole.split('\n').enumerate() {
        if index > 0 {
            out.push('\n');
        }
        one_line(line, ours, &mut out);
    }
    Cow::Owned(out)
}

/// A value on one line of JSON, as it is printed.
pub fn object(value: &serde_json::Value) -> String {
    json(&value.to_string()).into_owned()
}

/// JSON that is printed: the same value, with every sign that steers written as an escape. In JSON such a
/// character can only be inside a string.
pub fn json(text: &str) -> Cow<'_, str> {
    let escaped = replaced(
        text,
        |c| c == '\n' || !steers(c),
        |c, out| c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| out.push_str(&format!("\\u{unit:04x}"))),
    );
    if escaped.contains("##") { Cow::Owned(escaped.replace("##", "#\\u0023")) } else { escaped }
}

fn replaced(text: &str, stays: impl Fn(char) -> bool, mut with: impl FnMut(char, &mut String)) -> Cow<'_, str> {
    let Some(first) = text.find(|c| !stays(c)) else { return Cow::Borrowed(text) };
    let (before, rest) = text.split_at(first);
    let mut out = String::with_capacity(text.len() + 8);
    out.push_str(before);
    for c in rest.chars() {
        if stays(c) { out.push(c) } else { with(c, &mut out) }
    }
    Cow::Owned(out)
}

fn one_line(line: &str, ours: fn(&str) -> Option<usize>, out: &mut String) {
    let mut rest = line;
    let mut before = Before::Nothing;
    while let Some(c) = rest.chars().next() {
        if let Some(ours) = ours(rest) {
            let (kept, behind) = rest.split_at(ours);
            out.push_str(kept);
            rest = behind;
            continue;
        }
        let behind = &rest[c.len_utf8()..];
        if before == Before::Colon && c == ':' || before == Before::Hash && c == '#' && is_order(behind) {
            out.push(' ');
        }
        out.push(shown(c));
        before = match (c, before) {
            ('#', _) => Before::Hash,
            (':', Before::Nothing) => Before::Colon,
            (c, Before::Nothing) if c.is_whitespace() => Before::Nothing,
            _ => Before::Text,
        };
        rest = behind;
    }
}

/// What precedes a character on its line, for a build server.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Before {
    Nothing,
    /// A colon and nothing else. GitHub takes a line that begins with two for an order, white space aside.
    Colon,
    Hash,
    Text,
}

/// What follows `##`. GitHub's older kind and Azure's: `##[error]`, `##vso[task.setvariable …]`, anywhere in a line.
fn is_order(behind: &str) -> bool {
    behind.trim_start_matches(|c: char| c.is_ascii_alphanumeric()).starts_with('[')
}

/// The length of the sequence of ours that a text begins with: a colour, or a link.
fn ours(text: &str) -> Option<usize> {
    let rest = text.strip_prefix('\u{1b}')?;
    if let Some(codes) = rest.strip_prefix('[') {
        let end = codes.find(|c: char| !(c.is_ascii_digit() || c == ';'))?;
        let (numbers, ends_well) = (codes.get(..end)?, codes.get(end..)?.starts_with('m'));
        return (ends_well && !numbers.is_empty() && numbers.split(';').all(is_ours)).then_some("\u{1b}[".len() + end + 1);
    }
    let address = rest.strip_prefix("]8;;")?;
    let end = address.find('\u{1b}')?;
    let is_file = end == 0 || address.starts_with("file:///") && address.get(..end)?.bytes().all(|byte| byte.is_ascii_graphic());
    (is_file && address.get(end..)?.starts_with("\u{1b}\\")).then_some("\u{1b}]8;;".len() + end + 2)
}

/// Bold, dim, italic, underlined, the sixteen colours before a background that stays, and the end of all of it: nothing that hides a text.
fn is_ours(code: &str) -> bool {
    matches!(code.parse::<u8>(), Ok(0..=4 | 22..=24 | 30..=37 | 39 | 90..=97)) && code.len() <= 2
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOSTILE: &str = "a\u{1b}[31mb\u{1b}]8;;https://x\u{7}c\u{7}\u{8}\r\t\u{9b}2J\u{85}\u{202e}d\u{2066}\u{200b}\u{feff}\u{ad}\u{2028}\u{e0041}\u{7f}e\nf";

    #[test]
    fn every_sign_that_steers_is_seen() {
        insta::assert_snapshot!(text(HOSTILE), @"
        a␛[31mb␛]8;;https://x␇c␇␈␍␉�2J��d������␡e
        f
        ");
        insta::assert_snapshot!(line(HOSTILE), @"a␛[31mb␛]8;;https://x␇c␇␈␍␉�2J��d������␡e f");
        assert!(matches!(text("Zoë\n→ 日本 👩"), Cow::Borrowed(_)));
        assert_eq!(text(HOSTILE).chars().count(), HOSTILE.chars().count());
    }

    #[test]
    fn our_own_colours_and_links_stay() {
        let red = anstyle::AnsiColor::Red.on_default().bold();
        let link = "\u{1b}]8;;file:///a/b.yaml\u{1b}\\b.yaml:1:2\u{1b}]8;;\u{1b}\\";
        let told = format!("{red}error{red:#}: {link}\n");
        assert_eq!(output(&told), told);
        for other in [
            "\u{1b}[8mhidden",
            "\u{1b}[7m",
            "\u{1b}[38;5;196m",
            "\u{1b}[2J",
            "\u{1b}[m",
            "\u{1b}[1000m",
            "\u{1b}[1",
            "\u{1b}c",
            "\u{1b}",
            "\u{1b}]8;;https://example.org\u{1b}\\",
            "\u{1b}]52;c;eA==\u{7}",
            "\u{1b}]8;;file:///\u{9c}\u{1b}\\",
            "\u{9b}31m",
            "\r",
            "\u{8}",
        ] {
            let shown = output(other);
            assert!(!shown.chars().any(steers), "{other:?} gives {shown:?}");
        }
    }

    #[test]
    fn where_there_are_no_colours_none_pass() {
        assert_eq!(plain("a\u{1b}[31mb ::x\n ::c"), "a␛[31mb ::x\n : :c");
    }

    #[test]
    fn a_build_server_takes_no_orders() {
        for (order, shown) in [
            ("::error file=a::b", ": :error file=a::b"),
            ("a\n   ::stop-commands::x", "a\n   : :stop-commands::x"),
            ("\u{1b}[1m::add-mask::a", "\u{1b}[1m: :add-mask::a"),
            ("x ##[error]y", "x # #[error]y"),
            ("x ##vso[task.setvariable variable=PATH]/tmp", "x # #vso[task.setvariable variable=PATH]/tmp"),
            ("a::b and c::d", "a::b and c::d"),
            ("### a", "### a"),
            ("###[group]", "## #[group]"),
        ] {
            assert_eq!(output(order), shown);
        }
    }

    #[test]
    fn json_stays_what_it_says() {
        let value = serde_json::json!({ HOSTILE: [HOSTILE, "##[error]", "é"] });
        let text = value.to_string();
        let printed = json(&text);
        assert!(!printed.chars().any(steers) && !printed.contains("##"), "{printed}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&printed).unwrap(), value);
    }
}
