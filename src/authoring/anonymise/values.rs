//! One value of a kind, drawn: a name, an address of the net, a key.

use super::dice::Dice;
use super::fold::{is_date, is_key};
use super::text::like;
use super::words::{self, is_common};

/// From this attempt on the lists have nothing that is free of the originals, and something is made up.
const WILD: usize = 60;
/// From this one on everything that would be nice to have goes too.
const WILDER: usize = 120;

/// A person's name, word by word: `given` says whether a word is a first name.
pub fn name_word(original: &str, first: bool, dice: &mut Dice, attempt: usize) -> String {
    let letters = original.chars().count();
    let word = match (first, original.is_ascii()) {
        _ if attempt >= WILD => dice.word(5 + attempt % 4),
        _ if letters == 1 => dice.sign_of("ABCDEFGHIJKLMNOPRSTVW").to_string(),
        (true, true) => dice.one_of(&words::FIRST_NAMES).to_owned(),
        (true, false) => dice.one_of(&words::ACCENTED_FIRST_NAMES).to_owned(),
        (false, true) => dice.one_of(&words::LAST_NAMES).to_owned(),
        (false, false) => dice.one_of(&words::ACCENTED_LAST_NAMES).to_owned(),
    };
    let is_cased = original.chars().any(|sign| sign.is_lowercase() || sign.is_uppercase());
    if is_cased && letters > 1 { like(original, &word) } else { like("Xx", &word) }
}

fn domain(dice: &mut Dice, attempt: usize) -> String {
    match attempt {
        ..WILD => words::domain(attempt % 3).to_owned(),
        WILD..WILDER => words::domain(attempt).to_owned(),
        _ => format!("{}.invalid", dice.word(2)),
    }
}

pub fn email(original: &str, dice: &mut Dice, attempt: usize) -> String {
    let is_address = original.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty() && !domain.is_empty() && !domain.contains('@') && !original.contains(char::is_whitespace)
    });
    if !is_address {
        return signs(original, dice);
    }
    let local = if attempt < WILD {
        let (first, last) = (dice.one_of(&words::FIRST_NAMES), dice.one_of(&words::LAST_NAMES));
        format!("{first}.{last}{}{}", dice.digit(), dice.digit()).to_lowercase()
    } else {
        dice.word(6)
    };
    format!("{local}@{}", domain(dice, attempt))
}

/// Year, month and day change; what stands behind them stays.
pub fn birth_date(original: &str, dice: &mut Dice) -> String {
    let end = if is_date(original) { 10 } else { original.len() };
    let (date, time) = original.split_at_checked(end).unwrap_or((original, ""));
    let mut new = String::new();
    let mut rest = date;
    while let Some(first) = rest.chars().next() {
        let run = rest.find(|sign: char| !sign.is_ascii_digit()).unwrap_or(rest.len());
        match run {
            0 => new.push(if first.is_alphanumeric() { dice.sign_of("bcdfghjklmnp") } else { first }),
            2 => new.push_str(&format!("{:02}", 1 + dice.below(12))),
            4 => new.push_str(&(1950 + dice.below(55)).to_string()),
            8 => new.push_str(&format!("{}{:02}{:02}", 1950 + dice.below(55), 1 + dice.below(12), 1 + dice.below(12))),
            other => new.extend((0..other).map(|_| dice.digit())),
        }
        rest = rest.get(run.max(if run == 0 { first.len_utf8() } else { 0 })..).unwrap_or_default();
    }
    new + time
}

pub fn address(original: &str, dice: &mut Dice, attempt: usize) -> String {
    if attempt >= WILD {
        return format!("{} {}", dice.word(6), dice.word(5));
    }
    let (road, city) = (dice.one_of(&words::ROADS), dice.one_of(&words::CITIES));
    if original.contains(|sign: char| sign.is_ascii_digit()) { format!("{} {road}, {city}", 1 + dice.below(98)) } else { city.to_owned() }
}

pub fn city(dice: &mut Dice, attempt: usize) -> String {
    if attempt < WILD { dice.one_of(&words::CITIES).to_owned() } else { like("Xx", &dice.word(7)) }
}

pub fn country(original: &str, dice: &mut Dice, attempt: usize) -> String {
    let codes: &[&str] = match original.len() {
        2 => &["FR", "DE", "GB", "ES", "IT", "NL", "US", "PL", "PT", "SE", "CH", "JP"],
        3 => &["FRA", "DEU", "GBR", "ESP", "ITA", "NLD", "USA", "POL", "PRT", "SWE", "CHE", "JPN"],
        _ => return city(dice, attempt),
    };
    if attempt < WILD { dice.one_of(codes).to_owned() } else { dice.word(original.len()).to_uppercase() }
}

pub fn company(dice: &mut Dice, attempt: usize) -> String {
    two_words(&words::COMPANIES, words::COMPANY_ENDS, dice, attempt)
}

pub fn school(dice: &mut Dice, attempt: usize) -> String {
    two_words(&words::COMPANIES, words::SCHOOL_ENDS, dice, attempt)
}

fn two_words(first: &[&'static str], second: &[&'static str], dice: &mut Dice, attempt: usize) -> String {
    match attempt {
        ..WILD => format!("{} {}", dice.one_of(first), dice.one_of(second)),
        WILD..WILDER => format!("{} {}", like("Xx", &dice.word(6)), dice.one_of(second)),
        _ => like("Xx", &dice.word(7)),
    }
}

pub fn title(dice: &mut Dice, attempt: usize) -> String {
    if attempt < WILD { dice.one_of(&words::TITLES).to_owned() } else { like("Xx", &dice.word(7)) }
}

/// Endings that a name of a file keeps.
const ENDINGS: [&str; 16] =
    ["pdf", "doc", "docx", "odt", "rtf", "txt", "html", "htm", "md", "png", "jpg", "jpeg", "gif", "webp", "tiff", "json"];

fn ending(original: &str) -> String {
    let ending = original.rsplit_once('.').map(|(_, ending)| ending).unwrap_or_default();
    if ENDINGS.contains(&ending.to_lowercase().as_str()) { format!(".{ending}") } else { String::new() }
}

pub fn file_name(original: &str, dice: &mut Dice, attempt: usize) -> String {
    let ending = if attempt < WILDER { ending(original) } else { String::new() };
    let stem = original.strip_suffix(&ending).unwrap_or(original);
    if is_common(stem) && attempt == 0 {
        return original.to_owned();
    }
    let first = if attempt < WILD { "document-" } else { "" };
    format!("{first}{}{ending}", dice.word(6))
}

/// With as many parts as it had, and the same ending.
pub fn url(original: &str, dice: &mut Dice, attempt: usize) -> String {
    let (scheme, rest) = original.split_once("://").map_or(("", original), |(scheme, rest)| (scheme, rest));
    let known = matches!(scheme, "http" | "https") && attempt < WILDER;
    let scheme = if known { format!("{scheme}://") } else { String::new() };
    if scheme.is_empty() && !rest.contains(['.', '/', ':']) {
        return dice.word(rest.chars().count().clamp(4, 12));
    }
    let path = rest.split(['?', '#']).next().unwrap_or(rest);
    let parts = path.matches('/').count().min(8);
    let mut made = format!("{scheme}{}", domain(dice, attempt));
    for part in 1..=parts {
        made.push('/');
        let is_last = part == parts;
        if !(is_last && path.ends_with('/')) {
            made.push_str(&dice.word(if is_last { 8 } else { 5 }));
        }
    }
    if parts > 0 && !path.ends_with('/') && attempt < WILDER {
        made.push_str(&ending(path));
    }
    made
}

/// Digits for digits, letters for letters; hex stays hex.
pub fn signs(original: &str, dice: &mut Dice) -> String {
    let is_hex = is_key(original);
    let small = !original.contains(|sign: char| sign.is_ascii_uppercase());
    let mut first_digit = !original.starts_with('0');
    let other = |sign: char| match sign {
        _ if is_hex => dice.sign_of(if small { "0123456789abcdef" } else { "0123456789ABCDEF" }),
        // A number does not come to begin with a zero.
        sign if sign.is_numeric() => {
            let digits = if std::mem::take(&mut first_digit) { "123456789" } else { "0123456789" };
            dice.sign_of(digits)
        }
        sign if sign.is_uppercase() => dice.sign_of("ABCDEFGHJKLMNPQRSTUVWXYZ"),
        sign if sign.is_alphanumeric() => dice.sign_of("abcdefghjkmnpqrstuvwxyz"),
        sign => sign,
    };
    original.chars().map(other).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::digest::Key;

    #[test]
    fn each_value_keeps_its_shape() {
        let dice = |text: &str| Dice::for_value(&Key::new([3; 32]), "test", text, 0);
        let mut told = Vec::new();
        for text in ["ada@lovelace.dev", "ada at home", "@ada"] {
            told.push(format!("{text} -> {}", email(text, &mut dice(text), 0)));
        }
        for text in ["1990-05-17T00:00:00", "17/05/1990", "19900517", "1990", "17 May 1990"] {
            told.push(format!("{text} -> {}", birth_date(text, &mut dice(text))));
        }
        for text in
            ["https://linkedin.example/in/ada", "www.ada.dev", "http://a.b/c/d.pdf?token=1", "ada-l", "https://ada.dev/", "ftp://x/y"]
        {
            told.push(format!("{text} -> {}", url(text, &mut dice(text), 0)));
        }
        for text in ["CV Ada.pdf", "resume.pdf", "original", "ada", "ada.lovelace"] {
            told.push(format!("{text} -> {}", file_name(text, &mut dice(text), 0)));
        }
        for text in ["REF-0042", "75011", "SW1A 1AA", "7596ce2aecba4f8ab01a3202aa4eb3a22376a1a9"] {
            told.push(format!("{text} -> {}", signs(text, &mut dice(text))));
        }
        for text in ["Ada", "ADA", "ada", "Zoë", "J", "李"] {
            told.push(format!("{text} -> {}", name_word(text, true, &mut dice(text), 0)));
        }
        insta::assert_snapshot!(told.join("\n"), @"
        ada@lovelace.dev -> greta.whitlock58@example.org
        ada at home -> ejr he amjx
        @ada -> @anq
        1990-05-17T00:00:00 -> 1968-11-12T00:00:00
        17/05/1990 -> 01/12/1956
        19900517 -> 19630101
        1990 -> 1956
        17 May 1990 -> 10 fgh 1984
        https://linkedin.example/in/ada -> https://example.org/kojim/ytenasaw
        www.ada.dev -> example.org
        http://a.b/c/d.pdf?token=1 -> http://example.org/elube/bohahawu.pdf
        ada-l -> anifo
        https://ada.dev/ -> https://example.org/
        ftp://x/y -> example.org/ozenytah
        CV Ada.pdf -> document-ahasog.pdf
        resume.pdf -> resume.pdf
        original -> original
        ada -> document-onupuw
        ada.lovelace -> document-hufino
        REF-0042 -> ZRK-1881
        75011 -> 85867
        SW1A 1AA -> GZ9Y 3TA
        7596ce2aecba4f8ab01a3202aa4eb3a22376a1a9 -> f878a14e954e5276eadddecd40482a278622eeb6
        Ada -> Quentin
        ADA -> ALMA
        ada -> linus
        Zoë -> Øystein
        J -> G
        李 -> C
        ");
        for (text, date) in
            [("2026-06-20T15:25:07+0000", true), ("2026-06-20", true), ("2026-06", false), ("20/06/2026", false), ("2026-06-20Tx", false)]
        {
            assert_eq!(is_date(text), date, "{text}");
        }
    }
}
