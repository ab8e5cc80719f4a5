//! What must not be left of the originals, and whether a text is free of it.

use super::fold::{digits, fold, is_date, spelled_out, tokens};
use super::words::{SHARED_HOSTS, is_common};
use aho_corasick::AhoCorasick;
use std::collections::BTreeSet;

/// Shorter numbers are too common to tell anybody: they are looked for as whole words, or not at all.
const LONG_NUMBER: usize = 6;
const SHORT_NUMBER: usize = 4;

/// What stands behind a company's name.
const LEGAL_FORMS: [&str; 16] =
    ["ab", "ag", "as", "bv", "co", "corp", "gmbh", "inc", "kg", "limited", "llc", "ltd", "oy", "plc", "sa", "sas"];

/// Values of the originals, as they are looked for.
#[derive(Debug, Default)]
pub struct Originals {
    /// Anywhere in a text, also within a word.
    parts: BTreeSet<String>,
    /// Anywhere among a text's digits.
    numbers: BTreeSet<String>,
    /// As a whole word.
    words: BTreeSet<String>,
}

impl Originals {
    /// A name: whole, and each of its parts. A part of one or two letters is looked for as a word, for it stands in too many others.
    pub fn name(&mut self, text: &str) {
        self.spellings(text, 3);
        for part in text.split(|sign: char| !sign.is_alphanumeric() && !unicode_normalization::char::is_combining_mark(sign)) {
            self.spellings(part, 3);
            let part = fold(part);
            if !part.is_empty() && is_short(&part, 3) && !part.bytes().all(|sign| sign.is_ascii_digit()) {
                self.words.insert(part);
            }
        }
    }

    /// The whole of a text, where it has that many letters or digits.
    pub fn whole(&mut self, text: &str, least: usize) {
        self.spellings(text, least);
    }

    pub fn email(&mut self, text: &str) {
        self.spellings(text, 3);
        let Some((local, domain)) = text.split_once('@') else { return };
        self.spellings(local, 3);
        for part in local.split(|sign: char| !sign.is_alphanumeric()) {
            self.spellings(part, 3);
        }
        self.host(domain);
    }

    /// Its digits without country code, as far as that is known: the last eight of a long number.
    pub fn phone(&mut self, text: &str) {
        let digits = digits(text);
        let own = digits.trim_start_matches('0');
        if own.len() >= LONG_NUMBER {
            self.numbers.insert(own.get(own.len().saturating_sub(8)..).unwrap_or(own).to_owned());
        } else {
            self.spellings(text, 3);
        }
    }

    /// In each order of year, month and day.
    pub fn birth_date(&mut self, text: &str) {
        let date = if is_date(text) { text.get(..10).unwrap_or(text) } else { text };
        let parts = tokens(date);
        let (year, one, other) = match parts.as_slice() {
            [year, one, other] if year.len() == 4 => (year.as_str(), one.as_str(), other.as_str()),
            [one, other, year] if year.len() == 4 => (year.as_str(), one.as_str(), other.as_str()),
            [all] if all.len() == 8 && all.is_ascii() => {
                let part = |from: usize, to: usize| all.get(from..to).unwrap_or_default();
                (part(0, 4), part(4, 6), part(6, 8))
            }
            _ => return self.spellings(date, SHORT_NUMBER),
        };
        let orders = [[year, one, other], [year, other, one], [one, other, year], [other, one, year]];
        orders.into_iter().for_each(|order| self.spellings(&order.concat(), SHORT_NUMBER));
    }

    /// Whole, each part between commas, and postcodes.
    pub fn address(&mut self, text: &str) {
        self.spellings(text, 3);
        text.split([',', ';', '\n']).for_each(|part| self.spellings(part, SHORT_NUMBER));
    }

    pub fn company(&mut self, text: &str) {
        self.spellings(text, 3);
        let words = tokens(text);
        let name: Vec<&str> = words.iter().map(String::as_str).filter(|word| !LEGAL_FORMS.contains(word)).collect();
        self.spellings(&name.join(" "), 3);
    }

    /// Whole, and each of its lines.
    pub fn free_text(&mut self, text: &str) {
        self.spellings(text, 12);
        text.lines().for_each(|line| self.spellings(line, 12));
    }

    pub fn url(&mut self, text: &str) {
        let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
        let rest = rest.split(['?', '#']).next().unwrap_or(rest);
        self.spellings(rest, 5);
        let mut parts = rest.split('/');
        if text.contains("://") || rest.contains('.') {
            self.host(parts.next().unwrap_or_default());
        }
        parts.for_each(|part| self.file_name(part));
    }

    /// Without its extension, unless it is one that anybody's file may have.
    pub fn file_name(&mut self, text: &str) {
        let stem = text.rsplit_once('.').map_or(text, |(stem, _)| stem);
        if !is_common(stem) {
            self.spellings(stem, 4);
        }
    }

    /// The name that somebody has registered, and the person's own part before it.
    fn host(&mut self, host: &str) {
        let host = host.split(':').next().unwrap_or(host);
        let parts: Vec<&str> = host.split('.').collect();
        let before_the_last = parts.split_last().map_or([].as_slice(), |(_, rest)| rest);
        before_the_last
            .iter()
            .filter(|part| !SHARED_HOSTS.contains(&fold(part).as_str()) && !is_common(part))
            .for_each(|part| self.spellings(part, 4));
    }

    fn spellings(&mut self, text: &str, least: usize) {
        for folded in [fold(text), spelled_out(text)] {
            if folded.bytes().all(|sign| sign.is_ascii_digit()) {
                match folded.len() {
                    LONG_NUMBER.. => self.numbers.insert(folded),
                    SHORT_NUMBER.. => self.words.insert(folded),
                    _ => false,
                };
            } else if !is_short(&folded, least) {
                self.parts.insert(folded);
            }
        }
    }

    pub fn into_detector(self) -> Detector {
        let longest = self.parts.iter().map(String::len).max().unwrap_or(0);
        let built = |set: &BTreeSet<String>| AhoCorasick::new(set).ok();
        let (parts, numbers) = (built(&self.parts), built(&self.numbers));
        // A table that is too large for the crate is taken for one that matches everything: nothing is then found to be free.
        Detector { longest, parts, numbers, words: self.words }
    }
}

/// Two letters of Chinese are a name; two of ours are in every text.
fn is_short(folded: &str, least: usize) -> bool {
    let letters = folded.chars().count();
    letters < if folded.is_ascii() { least } else { least.min(2) }
}

/// Finds what is left of the originals. Holds personal data, so it shows nothing of itself.
pub struct Detector {
    longest: usize,
    parts: Option<AhoCorasick>,
    numbers: Option<AhoCorasick>,
    words: BTreeSet<String>,
}

impl std::fmt::Debug for Detector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Detector(***)")
    }
}

impl Detector {
    /// Whether nothing of the originals stands in it.
    pub fn none_in(&self, text: &str) -> bool {
        self.none_in_letters(&fold(text))
            && self.none_in_digits(&digits(text))
            && tokens(text).iter().all(|token| !self.words.contains(token))
    }

    /// As [`Self::none_in`], for a date or a number: years are no postcodes.
    pub fn no_number_in(&self, text: &str) -> bool {
        self.none_in_digits(&digits(text))
    }

    pub fn none_in_letters(&self, folded: &str) -> bool {
        self.parts.as_ref().is_some_and(|parts| !parts.is_match(folded))
    }

    pub fn none_in_digits(&self, digits: &str) -> bool {
        self.numbers.as_ref().is_some_and(|numbers| !numbers.is_match(digits))
    }

    pub fn is_word(&self, text: &str) -> bool {
        tokens(text).iter().any(|token| self.words.contains(token))
    }

    /// How much of what stands before a new word can be part of something found with it. What is longer than a line cannot come
    /// together by chance; it is found when all is looked through at the end.
    pub fn reach(&self) -> usize {
        self.longest.min(60)
    }
}
