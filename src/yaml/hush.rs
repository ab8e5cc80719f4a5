//! Keys whose values are secrets by their name alone: what stands behind one is repeated nowhere, whatever else is wrong with it.

/// Parts of such keys.
const WORDS: &[&str] = &["api_key", "apikey", "api-key", "secret", "password", "passwd", "access_token", "bearer", "authorization"];

/// Whether a key names a secret, also with a slip of the pen in it: `api_kye`, `pasword`.
pub(crate) fn names_a_secret(key: &str) -> bool {
    let folded = key.to_ascii_lowercase();
    let named = WORDS.iter().any(|word| folded.contains(word));
    let near = || {
        let close = |word: &str| strsim::damerau_levenshtein(&folded, word) <= 2 && folded.get(..2) == word.get(..2);
        (5..=16).contains(&folded.len()) && WORDS.iter().any(|word| close(word))
    };
    named || near()
}

/// Whether the line before byte `at` has such a key on it.
pub(super) fn follows_a_secret_key(text: &str, at: usize) -> bool {
    let before = text.get(..at).unwrap_or_default();
    let line = before.rfind('\n').map_or(before, |end| before.get(end..).unwrap_or_default());
    line.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))).any(names_a_secret)
}
