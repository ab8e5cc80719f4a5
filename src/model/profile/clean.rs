//! Characters that nobody sees, taken out of every text once. Two spellings of one address are one person then,
//! and a name of which nothing is seen is none.

use std::borrow::Cow;
use unicode_normalization::{IsNormalized, UnicodeNormalization as _, is_nfc_quick};

/// A text without control characters, invisible marks and white space at its ends, in NFC; none where it is so already. Page breaks and
/// the like become line ends. A text that looks like an address loses joiners too.
pub(super) fn cleaned(text: &str) -> Option<String> {
    if is_clean_ascii(text.as_bytes()) {
        return None;
    }
    let is_address = text.contains('@') && !text.trim().contains(char::is_whitespace);
    let seen: String = text.chars().filter_map(|c| kept(c, is_address)).collect();
    let trimmed = seen.trim();
    let composed = match is_nfc_quick(trimmed.chars()) {
        IsNormalized::Yes => Cow::Borrowed(trimmed),
        _ => Cow::Owned(trimmed.nfc().collect()),
    };
    (composed != text).then(|| composed.into_owned())
}

fn is_clean_ascii(bytes: &[u8]) -> bool {
    let is_plain = |byte: &u8| matches!(byte, b' '..=b'~' | b'\n' | b'\r' | b'\t');
    let ends = [bytes.first(), bytes.last()];
    bytes.iter().all(is_plain) && !ends.into_iter().flatten().any(u8::is_ascii_whitespace)
}

fn kept(c: char, is_address: bool) -> Option<char> {
    match c {
        '\n' | '\r' | '\t' => Some(c),
        '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => Some('\n'),
        _ if c.is_control() || is_mark(c) || is_address && is_unseen(c) => None,
        _ => Some(c),
    }
}

/// Without a shape and without a meaning for the text: soft hyphen, zero-width space, directions, byte order mark, tags of annotations.
fn is_mark(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0001}')
}

/// Without a shape of its own. Joiners and the like change the letters beside them, and stay where there are such.
pub(super) fn is_unseen(c: char) -> bool {
    c.is_control()
        || is_mark(c)
        || matches!(c,
            '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{200c}' | '\u{200d}' | '\u{2800}'
            | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{ffa0}' | '\u{e0020}'..='\u{e007f}' | '\u{e0100}'..='\u{e01ef}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_sees_is_taken_out() {
        let rows = [
            "Ada",
            "Zoé",
            "a\tb\nc",
            " Ada\u{a0}",
            "ada@exa\u{200b}mple.org",
            "\u{feff}ada@example.org",
            "ada@exam\u{200d}ple.org",
            "Lo\u{ad}ve\u{202e}lace",
            "Zo\u{65}\u{301}\u{0}",
            "\u{200b}\u{a0}",
            "page\u{c}page",
            "it\u{92}s",
            "نامه\u{200c}ای",
            "👩\u{200d}🔬",
        ];
        let told: Vec<_> = rows.iter().map(|text| format!("{text:?}: {:?}", cleaned(text).as_deref().unwrap_or("-"))).collect();
        insta::assert_snapshot!(told.join("\n"), @r#"
        "Ada": "-"
        "Zoé": "-"
        "a\tb\nc": "-"
        " Ada\u{a0}": "Ada"
        "ada@exa\u{200b}mple.org": "ada@example.org"
        "\u{feff}ada@example.org": "ada@example.org"
        "ada@exam\u{200d}ple.org": "ada@example.org"
        "Lo\u{ad}ve\u{202e}lace": "Lovelace"
        "Zoe\u{301}\0": "Zoé"
        "\u{200b}\u{a0}": ""
        "page\u{c}page": "page\npage"
        "it\u{92}s": "its"
        "نامه\u{200c}ای": "-"
        "👩\u{200d}🔬": "-"
        "#);
    }
}
