//! Fictional telephone numbers that a parser takes for numbers of the same country.

use super::dice::Dice;
use super::fold::digits;
use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumber, Region};

/// Numbers that authorities keep for fiction, as they are dialled within the country; `x` is any digit. Sources: ARCEP (France), Ofcom
/// (United Kingdom), NANPA (United States and Canada), ACMA (Australia), PTS (Sweden), Bundesnetzagentur (Germany).
const FICTIONAL: &[(&str, &[&str])] = &[
    ("FR", &["0199 00xxxx", "0261 91xxxx", "0353 01xxxx", "0465 71xxxx", "0536 49xxxx"]),
    ("GB", &["020 7946 0xxx", "0121 496 0xxx"]),
    ("US", &["202 555 01xx", "212 555 01xx", "415 555 01xx"]),
    ("CA", &["416 555 01xx", "604 555 01xx"]),
    ("AU", &["0491 570 xxx"]),
    ("SE", &["070 174 06xx", "08 465 004 xx"]),
    ("DE", &["030 23125 xxx", "040 66969 xxx"]),
];
/// Whose numbers one without a country code may be, where the profile says nothing of it.
const GUESSED: [&str; 5] = ["FR", "GB", "DE", "US", "ES"];

/// A number of the same country, written the same way. `country`: alpha-2, of where the person lives.
pub fn fictional(original: &str, country: Option<&str>, dice: &mut Dice, attempt: usize) -> String {
    let parsed =
        international(original).map(|(region, _)| (region, true)).or_else(|| national(original, country).map(|region| (region, false)));
    let Some((region, with_code)) = parsed else { return zeroed(original, dice, 3) };
    let list = FICTIONAL.iter().find(|(known, _)| *known == region).map(|(_, list)| *list);
    let Some(list) = list.filter(|_| attempt < 200) else {
        let parsed = international(original).map(|(_, number)| number);
        let keep = parsed.map_or(3, |number| number.country_code.to_string().len() + 2);
        return zeroed(original, dice, keep);
    };
    let number: String =
        dice.one_of(list).chars().filter(|sign| *sign != ' ').map(|sign| if sign == 'x' { dice.digit() } else { sign }).collect();
    if with_code {
        let code = international(original).map_or(0, |(_, number)| number.country_code);
        let whole = format!("{code}{}", number.trim_start_matches('0'));
        let prefix = if original.trim_start().starts_with("00") { "00" } else { "" };
        laid_over(original, &format!("{prefix}{whole}"))
    } else {
        laid_over(original, &number)
    }
}

fn international(text: &str) -> Option<(String, PhoneNumber)> {
    let text = text.trim();
    let with_plus = text.strip_prefix("00").map_or_else(|| text.to_owned(), |rest| format!("+{rest}"));
    let number = PHONE_NUMBER_UTIL.parse(&with_plus, None).ok().filter(|number| PHONE_NUMBER_UTIL.is_possible_number(number))?;
    let region = PHONE_NUMBER_UTIL.get_region_for_number(&number)?.to_string();
    // The islands share the numbers for fiction with the larger one.
    let region = if number.country_code == 44 { "GB".to_owned() } else { region };
    Some((region, number))
}

fn national(text: &str, country: Option<&str>) -> Option<String> {
    let valid = |code: &&str| {
        code.parse::<Region>()
            .ok()
            .and_then(|region| PHONE_NUMBER_UTIL.parse(text.trim(), Some(region)).ok())
            .is_some_and(|number| PHONE_NUMBER_UTIL.is_valid_number(&number))
    };
    country.into_iter().chain(GUESSED).find(valid).map(str::to_owned)
}

/// Digits put in the place of the original's, from the right; what is over goes to the front.
fn laid_over(original: &str, digits: &str) -> String {
    // `+33 (0)6 …`: the zero in brackets is not dialled, and has no place here.
    let shape = original.replace("(0)", "");
    let places = shape.chars().filter(char::is_ascii_digit).count();
    if places != digits.len() {
        let plus = if original.trim_start().starts_with('+') { "+" } else { "" };
        return format!("{plus}{digits}");
    }
    let mut next = digits.chars();
    shape.chars().map(|sign| if sign.is_ascii_digit() { next.next().unwrap_or('0') } else { sign }).collect()
}

/// The first digits tell the country and the kind of number; behind them stand zeros, which are hardly ever given out, and three digits that tell
/// people apart.
fn zeroed(original: &str, dice: &mut Dice, keep: usize) -> String {
    let all = digits(original).len();
    let mut at = 0;
    let sign_of = |sign: char| {
        if !sign.is_numeric() {
            return if sign.is_alphabetic() { dice.sign_of("bcdfghjk") } else { sign };
        }
        at += 1;
        match at {
            at if at + 3 > all => dice.digit(),
            at if at <= keep.min(all / 2) => sign,
            _ => '0',
        }
    };
    original.chars().map(sign_of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::digest::Key;

    /// What is kept for fiction and is no number for the parser (07700 900xxx in the United Kingdom) would make a mapping do something else.
    #[test]
    fn numbers_for_fiction_are_valid_in_their_country() {
        let mut refused = Vec::new();
        for (country, list) in FICTIONAL {
            let region: Region = country.parse().unwrap();
            for pattern in *list {
                let number = PHONE_NUMBER_UTIL.parse(pattern.replace('x', "4"), Some(region)).unwrap();
                if !PHONE_NUMBER_UTIL.is_valid_number(&number) {
                    refused.push(format!("{country} {pattern}"));
                }
            }
        }
        assert!(refused.is_empty(), "{refused:?}");
    }

    #[test]
    fn a_number_stays_one_of_its_country_and_its_writing() {
        let told =
            |text: &str, country: Option<&str>| fictional(text, country, &mut Dice::for_value(&Key::new([3; 32]), "phone", text, 0), 0);
        let cases = [
            ("+33 6 12 34 56 78", None),
            ("06 12 34 56 78", None),
            ("06.12.34.56.78", Some("FR")),
            ("0033 6 12 34 56 78", None),
            ("+33 (0)6 12 34 56 78", None),
            ("+44 7911 123456", None),
            ("07911 123456", Some("GB")),
            ("(212) 736-5000", Some("US")),
            ("+49 30 901820", None),
            ("+34 612 34 56 78", None),
            ("+47 412 34 567", None),
            ("n/a", None),
            ("12", None),
            ("call me", None),
        ];
        let lines: Vec<String> = cases.iter().map(|(text, country)| format!("{text} -> {}", told(text, *country))).collect();
        insta::assert_snapshot!(lines.join("\n"), @"
        +33 6 12 34 56 78 -> +33 4 65 71 29 94
        06 12 34 56 78 -> 05 36 49 08 62
        06.12.34.56.78 -> 04.65.71.26.72
        0033 6 12 34 56 78 -> 0033 5 36 49 36 87
        +33 (0)6 12 34 56 78 -> +33 1 99 00 64 30
        +44 7911 123456 -> +44 1214 960439
        07911 123456 -> 01214 960544
        (212) 736-5000 -> (415) 555-0168
        +49 30 901820 -> +494066969161
        +34 612 34 56 78 -> +34 610 00 08 83
        +47 412 34 567 -> +47 410 00 046
        n/a -> k/f
        12 -> 14
        call me -> bbff dh
        ");
        for (text, _) in cases.iter().filter(|(text, _)| text.starts_with('+')) {
            let region = |text: &str| international(text).map(|(region, _)| region);
            assert_eq!(region(text), region(&told(text, None)), "{text}");
        }
    }
}
