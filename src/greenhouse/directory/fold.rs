//! A name without what does not tell it apart: case, accents, punctuation, white space.

use crate::base::letters;

/// Words with one space between: small letters without accents, digits, and the `+` and `#` of C++ and C#. `&` is "and"; an apostrophe
/// is nothing; any other sign ends a word, but a full stop between single letters ("M.Sc.", "U.S.A.") does not.
pub fn fold(name: &str) -> String {
    let letters: Vec<char> = letters::plain(name).collect();
    let mut folded = String::with_capacity(name.len());
    for (at, letter) in letters.iter().copied().enumerate() {
        match letter {
            '\'' | '’' | '‘' | 'ʼ' | '`' => {}
            '&' => folded.push_str(" and "),
            '.' if in_abbreviation(&letters, at) => {}
            c if c.is_alphanumeric() || c == '+' || c == '#' => folded.push(c),
            _ => folded.push(' '),
        }
    }
    folded.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// "M.Sc." and "Ph.D." read as "msc" and "phd": a full stop with at most three letters since the last break before it, and a letter behind.
fn in_abbreviation(letters: &[char], at: usize) -> bool {
    let before = letters[..at].iter().rev().take_while(|c| c.is_alphanumeric()).count();
    let behind = letters.get(at + 1).is_some_and(|c| c.is_alphanumeric());
    (1..=3).contains(&before) && behind
}

#[cfg(test)]
mod tests {
    use super::fold;

    #[test]
    fn what_does_not_tell_names_apart_goes() {
        assert_eq!(fold("  Université   de PARIS "), "universite de paris");
        assert_eq!(fold("Technische Universitaet – Berlin"), "technische universitaet berlin");
        assert_eq!(fold("Master's Degree"), fold("masters degree"));
        assert_eq!(fold("Ph.D."), "phd");
        assert_eq!(fold("M.Sc."), fold("MSc"));
        assert_eq!(fold("Arts & Sciences"), fold("arts and sciences"));
        assert_eq!(fold("Straße"), "strasse");
        assert_ne!(fold("C++ Engineer"), fold("C# Engineer"));
        assert_ne!(fold("C Engineer"), fold("C# Engineer"));
        assert_eq!(fold("Engineer. Berlin"), "engineer berlin");
        assert_eq!(fold("…"), "");
    }
}
