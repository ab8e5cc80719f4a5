//! Letters without their accents.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// A text in small letters without accents: `Łódź Straße` is `lodz strasse`. Every other sign stays.
pub(crate) fn plain(text: &str) -> impl Iterator<Item = char> {
    text.nfkd().flat_map(char::to_lowercase).filter(|sign| !is_combining_mark(*sign)).flat_map(|sign| {
        let spelled = spelled(sign);
        spelled.chars().chain(spelled.is_empty().then_some(sign))
    })
}

/// Letters that Unicode does not take for a letter with an accent.
fn spelled(sign: char) -> &'static str {
    match sign {
        'ø' => "o",
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'ł' => "l",
        'đ' | 'ð' => "d",
        'þ' => "th",
        'ı' => "i",
        _ => "",
    }
}
