//! Free text: other words of about the same lengths. Lines, punctuation and HTML's tags stay.

use super::dice::Dice;
use super::fold::{digits, fold};
use super::originals::Detector;
use super::words::{HTML_TAGS, WORDS, domain};

const ENTITIES: [&str; 6] = ["&amp;", "&lt;", "&gt;", "&nbsp;", "&quot;", "&apos;"];
/// Throws for one word before a shorter way out is taken.
const TRIES: usize = 60;
/// Longer words are made shorter.
const MOST_LETTERS: usize = 24;

/// A text in its place.
pub fn fictional(original: &str, dice: &mut Dice, detector: &Detector) -> String {
    let mut page = Page { text: String::new(), folded: String::new(), digits: String::new(), detector };
    let mut rest = original;
    while let Some(first) = rest.chars().next() {
        let (taken, piece) = next(rest, first);
        match piece {
            Piece::Kept => page.push_as_it_is(taken),
            Piece::Tag(tag) => page.push_one_of(|_| tag.clone()),
            Piece::Address => page.push_one_of(|attempt| format!("{}@{}", dice.word(4), domain(attempt))),
            Piece::Link => page.push_one_of(|attempt| format!("https://{}/{}", domain(attempt), dice.word(5))),
            Piece::Letters => page.push_one_of(|attempt| like(taken, &word(taken, dice, attempt))),
            Piece::Digits => page.push_one_of(|attempt| taken.chars().skip(attempt / 20).map(|_| dice.digit()).collect()),
        }
        rest = rest.get(taken.len()..).unwrap_or_default();
    }
    page.text
}

enum Piece {
    /// White space and punctuation.
    Kept,
    Tag(String),
    Address,
    Link,
    Letters,
    Digits,
}

/// What the rest begins with, and how it is treated.
fn next(rest: &str, first: char) -> (&str, Piece) {
    if let Some((taken, tag)) = tag(rest) {
        return (taken, Piece::Tag(tag));
    }
    if let Some(entity) = ENTITIES.iter().find_map(|entity| rest.get(..entity.len()).filter(|start| start == entity)) {
        return (entity, Piece::Kept);
    }
    let run = |keep: &dyn Fn(char) -> bool| rest.find(|sign| !keep(sign)).and_then(|end| rest.get(..end)).unwrap_or(rest);
    if !is_letter(first) && !first.is_numeric() {
        return (run(&|sign| sign == first), Piece::Kept);
    }
    let solid = run(&|sign| !sign.is_whitespace() && !matches!(sign, '<' | '>' | '"' | '(' | ')' | ',' | ';'));
    if solid.contains("://") || solid.starts_with("www.") {
        return (solid, Piece::Link);
    }
    if solid.split_once('@').is_some_and(|(local, domain)| !local.is_empty() && domain.contains('.')) {
        return (solid, Piece::Address);
    }
    if first.is_numeric() { (run(&char::is_numeric), Piece::Digits) } else { (run(&is_letter), Piece::Letters) }
}

/// With the marks that belong to it: an accent of its own, a Devanagari vowel.
fn is_letter(sign: char) -> bool {
    (sign.is_alphanumeric() && !sign.is_numeric()) || unicode_normalization::char::is_combining_mark(sign)
}

/// A tag of HTML, and the same without what stands in it.
fn tag(rest: &str) -> Option<(&str, String)> {
    let end = rest.find('>').filter(|end| rest.starts_with('<') && *end < 500)?;
    let inner = rest.get(1..end)?;
    let closing = if inner.starts_with('/') { "/" } else { "" };
    let alone = if inner.ends_with('/') && closing.is_empty() { "/" } else { "" };
    let name = inner.trim_matches('/').split(|sign: char| sign.is_whitespace() || sign == '/').next()?;
    let known = HTML_TAGS.contains(&name.to_lowercase().as_str());
    known.then(|| Some((rest.get(..=end)?, format!("<{closing}{name}{alone}>"))))?
}

/// One of about the same length; later attempts make one up, and then a shorter one.
fn word(original: &str, dice: &mut Dice, attempt: usize) -> String {
    let letters = original.chars().filter(|sign| !unicode_normalization::char::is_combining_mark(*sign)).count();
    if attempt < 20 && letters <= 14 {
        let near: Vec<&'static str> =
            WORDS.iter().copied().filter(|word| word.len().abs_diff(letters) <= usize::from(letters > 3)).collect();
        if !near.is_empty() {
            return dice.one_of(&near).to_owned();
        }
    }
    dice.word(if attempt < 40 { letters.min(MOST_LETTERS) } else { letters.min(3) })
}

/// In the case of the original: small, Large, CAPITAL.
pub fn like(original: &str, word: &str) -> String {
    let mut letters = original.chars().filter(|sign| sign.is_alphabetic());
    let (first, second) = (letters.next(), letters.next());
    match (first.is_some_and(char::is_uppercase), second.is_some_and(char::is_uppercase)) {
        (true, true) => word.to_uppercase(),
        (true, false) => {
            let mut signs = word.chars();
            signs.next().map(|first| first.to_uppercase().chain(signs).collect()).unwrap_or_default()
        }
        (false, _) => word.to_lowercase(),
    }
}

/// What is written so far, and how it is looked through.
struct Page<'t> {
    text: String,
    folded: String,
    digits: String,
    detector: &'t Detector,
}

impl Page<'_> {
    /// Writes it, if nothing of the originals comes together by it.
    fn push(&mut self, piece: &str) -> bool {
        let (folded, digits) = (fold(piece), digits(piece));
        let with = |before: &str, new: &str| format!("{}{new}", tail(before, self.detector.reach()));
        let is_free = !self.detector.is_word(piece)
            && self.detector.none_in_letters(&with(&self.folded, &folded))
            && self.detector.none_in_digits(&with(&self.digits, &digits));
        if is_free {
            self.text.push_str(piece);
            self.folded.push_str(&folded);
            self.digits.push_str(&digits);
        }
        is_free
    }

    /// The first that can stand here. Where none can, a dash does: nobody's name has one alone.
    fn push_one_of(&mut self, mut make: impl FnMut(usize) -> String) {
        let found = (0..TRIES).any(|attempt| {
            let piece = make(attempt);
            !piece.is_empty() && self.push(&piece)
        });
        if !found {
            self.text.push('–');
        }
    }

    fn push_as_it_is(&mut self, piece: &str) {
        self.text.push_str(piece);
        self.folded.push_str(&fold(piece));
    }
}

/// The last bytes of a text, from a letter's start on.
fn tail(text: &str, bytes: usize) -> &str {
    let mut from = text.len().saturating_sub(bytes.max(40));
    while !text.is_char_boundary(from) {
        from += 1;
    }
    text.get(from..).unwrap_or_default()
}
