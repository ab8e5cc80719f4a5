//! Texts as they are compared: without case, accents, punctuation and white space.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Letters and digits alone, small, without accents: `Émile O’Neil` is `emileoneil`.
pub fn fold(text: &str) -> String {
    folded(text, plain).filter(|sign| sign.is_alphanumeric()).collect()
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
    let spaced: String = folded(text, plain).map(|sign| if sign.is_alphanumeric() { sign } else { ' ' }).collect();
    spaced.split_whitespace().map(str::to_owned).collect()
}

/// Its digits, whatever stands between them.
pub fn digits(text: &str) -> String {
    text.nfkd().filter(char::is_ascii_digit).collect()
}

fn folded<'t>(text: &'t str, plain: fn(char) -> &'static str) -> impl Iterator<Item = char> + 't {
    let small = text.nfkd().flat_map(char::to_lowercase).filter(|sign| !is_combining_mark(*sign));
    small.flat_map(move |sign| {
        let known = plain(sign);
        known.chars().chain(known.is_empty().then_some(sign))
    })
}

/// Letters that Unicode does not take for a letter with an accent.
fn plain(sign: char) -> &'static str {
    match sign {
        'ø' => "o",
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'ł' => "l",
        'đ' | 'ð' => "d",
        'þ' => "th",
        'ı' => "i",
        // Greek writes it so at a word's end alone.
        'ς' => "σ",
        'ħ' => "h",
        _ => "",
    }
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
