//! Texts as they are compared: without case, accents, punctuation and white space.

use crate::base::letters;
use unicode_normalization::UnicodeNormalization;

/// Letters and digits alone, small, without accents: `Émile O’Neil` is `emileoneil`.
pub fn fold(text: &str) -> String {
    folded(text).filter(|sign| sign.is_alphanumeric()).collect()
}

/// As Germans and Scandinavians write their letters where there are none: `Müller` is `mueller`.
pub fn spelled_out(text: &str) -> String {
    // Composed first, for the letter and its accent must be seen together.
    let composed: String = text.nfc().collect();
    let spelled: String =
        composed.chars().flat_map(char::to_lowercase).flat_map(|sign| two_letters(sign).chars().collect::<Vec<_>>()).collect();
    fold(&spelled)
}

/// The runs of letters and digits, folded.
pub fn tokens(text: &str) -> Vec<String> {
    let spaced: String = folded(text).map(|sign| if sign.is_alphanumeric() { sign } else { ' ' }).collect();
    spaced.split_whitespace().map(str::to_owned).collect()
}

/// Its digits, whatever stands between them.
pub fn digits(text: &str) -> String {
    text.nfkd().filter(char::is_ascii_digit).collect()
}

fn folded(text: &str) -> impl Iterator<Item = char> {
    letters::plain(text).map(|sign| match sign {
        // Greek writes it so only at the end of a word.
        'ς' => 'σ',
        'ħ' => 'h',
        sign => sign,
    })
}

fn two_letters(sign: char) -> String {
    match sign {
        'ä' => "ae".to_owned(),
        'ö' | 'ø' => "oe".to_owned(),
        'ü' => "ue".to_owned(),
        'å' => "aa".to_owned(),
        other => other.to_string(),
    }
}

/// HrFlow's keys are hex, 40 signs long.
pub fn is_key(text: &str) -> bool {
    text.len() >= 16 && text.bytes().all(|sign| sign.is_ascii_hexdigit())
}

/// A whole text of that shape: `2026-06-20T15:25:07+0000`, or the day alone.
pub fn is_date(text: &str) -> bool {
    let mut groups = [4, 2, 2].into_iter();
    let day = text.get(..10).unwrap_or_default();
    let is_day = day.split('-').all(|part| groups.next() == Some(part.len()) && part.bytes().all(|sign| sign.is_ascii_digit()))
        && groups.next().is_none();
    let rest = text.get(10..).unwrap_or_default();
    let is_time = rest.starts_with(['T', ' '])
        && rest.bytes().skip(1).all(|sign| sign.is_ascii_digit() || matches!(sign, b':' | b'.' | b'+' | b'-' | b'Z' | b' '));
    is_day && (rest.is_empty() || is_time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_compared_by_their_letters_and_digits() {
        assert_eq!(fold("  Émile O’NEIL-Łukasz, ß 2ª "), "emileoneillukaszss2a");
        assert_eq!(fold("E\u{301}mile"), "emile");
        assert_eq!(spelled_out("Jörg MÜLLER"), "joergmueller");
        assert_eq!(spelled_out("Jo\u{308}rg Søren"), "joergsoeren");
        assert_eq!(tokens("a_b-C.d (É)"), ["a", "b", "c", "d", "e"]);
        assert_eq!(digits("+33 (0)6-12"), "330612");
        assert_eq!(fold("李 明!"), "李明");
        assert_eq!(fold("Γεώργιος"), fold("ΓΕΏΡΓΙΟΣ"));
    }
}
