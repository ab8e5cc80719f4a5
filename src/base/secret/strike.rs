//! Removes secrets, in all their spellings, from texts of other programs.

use aho_corasick::{AhoCorasick, MatchKind};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use secrecy::zeroize::Zeroizing;
use std::fmt::Write as _;

/// What replaces a secret.
const STRUCK: &str = "***";

/// A text without these secrets: as they are, percent-encoded, within JSON, in base64, and in base64 as a header of Basic has them,
/// in any case of their letters. Where they cannot be looked for, nothing of the text is left.
pub(crate) fn struck<'s>(text: &str, secrets: impl IntoIterator<Item = &'s str>) -> String {
    let mut secrets: Vec<&str> = secrets.into_iter().filter(|secret| !secret.is_empty()).collect();
    secrets.sort_unstable();
    secrets.dedup();
    let mut spellings: Vec<Zeroizing<String>> = secrets.iter().flat_map(|secret| spellings(secret)).collect();
    let pairs = secrets.iter().flat_map(|user| secrets.iter().map(move |password| (*user, *password)));
    let alone = secrets.iter().map(|user| (*user, ""));
    for (user, password) in pairs.chain(alone) {
        spellings.extend(in_base64(&Zeroizing::new(format!("{user}:{password}"))));
    }
    if spellings.is_empty() {
        return text.to_owned();
    }
    let found = AhoCorasick::builder()
        .match_kind(MatchKind::LeftmostLongest)
        .ascii_case_insensitive(true)
        .build(spellings.iter().map(|spelling| spelling.as_bytes()));
    let Ok(found) = found else { return STRUCK.to_owned() };
    let mut out = String::with_capacity(text.len());
    found.replace_all_with(text, &mut out, |_, _, out| {
        out.push_str(STRUCK);
        true
    });
    out
}

fn spellings(secret: &str) -> Vec<Zeroizing<String>> {
    let encoded = |stays: &dyn Fn(u8) -> bool| {
        let mut out = Zeroizing::new(String::with_capacity(secret.len() * 3));
        for byte in secret.bytes() {
            if stays(byte) {
                out.push(char::from(byte));
            } else {
                let _a_string_takes_all = write!(out, "%{byte:02X}");
            }
        }
        out
    };
    let mut all = vec![
        Zeroizing::new(secret.to_owned()),
        encoded(&|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)),
        // As addresses are written, and as forms are.
        encoded(&|byte| byte.is_ascii_graphic() && !b"%\"<>`{}|\\^#?".contains(&byte)),
        Zeroizing::new(form_urlencoded::byte_serialize(secret.as_bytes()).collect()),
        Zeroizing::new(serde_json::Value::from(secret).to_string().trim_matches('"').to_owned()),
    ];
    all.extend(in_base64(secret));
    all
}

fn in_base64(text: &str) -> [Zeroizing<String>; 4] {
    [STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD].map(|engine| Zeroizing::new(engine.encode(text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_struck_in_every_spelling() {
        let secret = "hu/sh+\"1 ?é";
        let spelled = [
            secret.to_owned(),
            secret.to_uppercase().replace('É', "é"),
            "hu%2Fsh%2B%221%20%3F%C3%A9".into(),
            "hu%2fsh%2b%221%20%3f%c3%a9".into(),
            "hu%2Fsh%2B%221+%3F%C3%A9".into(),
            "hu/sh+%221%20%3F%C3%A9".into(),
            "hu/sh+\\\"1 ?é".into(),
            STANDARD.encode(secret),
            URL_SAFE_NO_PAD.encode(secret),
            STANDARD.encode(format!("{secret}:")),
            STANDARD.encode(format!("client:{secret}")),
        ];
        for spelling in spelled {
            assert_eq!(struck(&format!("Bad <{spelling}>!"), ["client", secret, ""]), "Bad <***>!", "{spelling}");
        }
        assert_eq!(struck("nothing of it", ["hush"]), "nothing of it");
        assert_eq!(struck("nothing of it", []), "nothing of it");
        assert_eq!(struck("hushhush hush", ["hush", "hushhush"]), "*** ***", "the longer one first");
    }
}
