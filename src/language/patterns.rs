//! Regular expressions between quotes: a backslash there is an escape of the text before it is one of the pattern.

use crate::base::diagnostic::{Code, TextDiagnostic};
use std::ops::Range;

/// The characters of a text as it is written, each with its place; an escape of JSON's, or of a template's, is the character that it means.
pub(crate) fn characters(written: &str) -> impl Iterator<Item = (char, Range<usize>)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let (c, length) = character(written.get(at..)?)?;
        at += length;
        Some((c, at - length..at))
    })
}

fn character(rest: &str) -> Option<(char, usize)> {
    let mut chars = rest.chars();
    let (first, second) = (chars.next()?, chars.next());
    let (Some(escape), '\\') = (second, first) else { return Some((first, first.len_utf8())) };
    let code = |from: usize, length: usize, radix: u32| {
        let digits = rest.get(from..from + length).and_then(|digits| u32::from_str_radix(digits, radix).ok());
        Some((digits.and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER), from + length))
    };
    match escape {
        'b' => Some(('\u{8}', 2)),
        'f' => Some(('\u{c}', 2)),
        'n' => Some(('\n', 2)),
        'r' => Some(('\r', 2)),
        't' => Some(('\t', 2)),
        'u' => code(2, 4, 16),
        'x' => code(2, 2, 16),
        '0'..='7' => code(1, rest.bytes().skip(1).take(3).take_while(|digit| (b'0'..=b'7').contains(digit)).count(), 8),
        _ => Some((escape, 1 + escape.len_utf8())),
    }
}

/// A control character's name, and its escape. `\P{…}` and `\_` in YAML's double quotes are characters as well.
pub(crate) fn control(c: char) -> Option<(String, String)> {
    let (name, escape) = match c {
        '\u{7}' => ("a bell", r"\a"),
        '\u{8}' => ("a backspace", r"\b"),
        '\t' => ("a tab", r"\t"),
        '\n' => ("a line break", r"\n"),
        '\u{b}' => ("a vertical tab", r"\v"),
        '\u{c}' => ("a form feed", r"\f"),
        '\r' => ("a carriage return", r"\r"),
        '\u{2029}' => ("a paragraph separator", r"\P"),
        c if c.is_control() || c == '\u{2028}' => {
            return Some((format!("the control character U+{:04X}", u32::from(c)), format!(r"\x{{{:X}}}", u32::from(c))));
        }
        _ => return None,
    };
    Some((format!("{name} (U+{:04X})", u32::from(c)), escape.to_owned()))
}

/// The control characters of a pattern that is written at `start`, quotes included. A tab or a line break means the same to the pattern as its
/// escape does, so it is only warned about.
pub(crate) fn control_characters(written: &str, start: usize, code: Code) -> Vec<TextDiagnostic> {
    let found = characters(written).filter_map(|(c, range)| Some((c, range, control(c)?)));
    let told = found.map(|(c, range, (name, escape))| {
        let range = start + range.start..start + range.end;
        let help = format!(r"write `\{escape}`");
        match c {
            '\t' | '\n' | '\r' => TextDiagnostic::warning(code, range, format!("this pattern has {name} in it, not its escape")).help(help),
            '\u{8}' => {
                let message = r"`\b` between quotes is a backspace (U+0008), so this pattern does not look for the edge of a word";
                TextDiagnostic::error(code, range, message).help(help)
            }
            '\u{1}'..='\u{6}' => TextDiagnostic::error(code, range, format!("this pattern has {name} in it"))
                .help("a pattern cannot refer to its own groups: write the group out again"),
            _ => TextDiagnostic::error(code, range, format!("this pattern has {name} in it")).help(help),
        }
    });
    told.collect()
}
