//! The fictional values: drawn, remembered, and found to be clean.

use super::Anonymous;
use super::dice::Dice;
use super::fold::{fold, is_date, tokens};
use super::leaves::{TYPES, each_leaf, is_known_name, is_plain_name, keys_in, looks_like, stays};
use super::originals::Detector;
use super::table::{Treatment, treatment};
use super::{phone, text, values};
use crate::base::digest::Key;
use crate::model::profile::{is_blank_text, is_sentinel};
use serde_json::{Map, Number, Value};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Throws for one value, before it is left to the last look to find that nothing will do.
const TRIES: usize = 400;

/// Draws the fictional values, and remembers them.
#[derive(Debug)]
pub struct Anonymiser<'k> {
    key: Key,
    known: &'k BTreeSet<String>,
    detector: Detector,
    drawn: HashMap<(Treatment, String), String>,
    /// Who has a value that nobody else may have: two people do not come to share an address.
    owners: HashMap<(Treatment, String), String>,
}

/// What of the profile matters beyond the leaf itself.
#[derive(Default)]
struct Person {
    /// Folded: they tell first from last names in a full name.
    first_names: Vec<String>,
    /// Alpha-2.
    country: Option<String>,
}

impl<'k> Anonymiser<'k> {
    pub fn new(key: Key, known: &'k BTreeSet<String>, detector: Detector) -> Self {
        Self { key, known, detector, drawn: HashMap::new(), owners: HashMap::new() }
    }

    pub fn profile(&mut self, document: &Value) -> Anonymous {
        let text = |pointer: &str| document.pointer(pointer).and_then(Value::as_str);
        let person = Person {
            first_names: text("/info/first_name").map(tokens).unwrap_or_default(),
            country: text("/info/location/fields/country").and_then(crate::language::mapping::functions::alpha2).map(str::to_owned),
        };
        let mut made = Anonymous { document: Value::Null, replaced: BTreeMap::new() };
        made.document = self.value(document, &mut Vec::new(), &person, &mut made.replaced);
        made
    }

    fn value(&mut self, value: &Value, path: &mut Vec<String>, person: &Person, replaced: &mut BTreeMap<&'static str, usize>) -> Value {
        match value {
            Value::Array(items) => items.iter().map(|item| self.value(item, path, person, replaced)).collect(),
            Value::Object(members) => {
                let mut made = Map::new();
                for (name, inner) in members {
                    let new_name = self.member_name(name, path, &made);
                    path.push(name.clone());
                    let inner = self.value(inner, path, person, replaced);
                    path.pop();
                    made.insert(new_name, inner);
                }
                Value::Object(made)
            }
            leaf => {
                let treatment = treatment(path);
                let made = self.leaf(leaf, treatment, person);
                if made != *leaf {
                    *replaced.entry(treatment.in_words()).or_default() += 1;
                }
                made
            }
        }
    }

    /// A name that nobody knows may hold anything.
    fn member_name(&self, name: &str, path: &[String], beside: &Map<String, Value>) -> String {
        if is_known_name(name, path) || (is_plain_name(name) && self.detector.none_in(name) && !beside.contains_key(name)) {
            return name.to_owned();
        }
        let numbered = (1..).map(|number| format!("x{number}")).filter(|made| self.detector.none_in(made) && !beside.contains_key(made));
        numbered.take(1).next().unwrap_or_default()
    }

    fn leaf(&mut self, leaf: &Value, treatment: Treatment, person: &Person) -> Value {
        match leaf {
            Value::String(text) => Value::String(self.text(text, treatment, person)),
            Value::Number(number) => Value::Number(self.number(number, treatment)),
            other => other.clone(),
        }
    }

    fn number(&mut self, number: &Number, treatment: Treatment) -> Number {
        let written = number.to_string();
        if stays(treatment, &written, self.known) && self.detector.no_number_in(&written) {
            return number.clone();
        }
        let draw = |dice: &mut Dice, _| values::signs(written.trim_start_matches('-'), dice);
        let kind = if treatment == Treatment::Coordinate { Treatment::Coordinate } else { Treatment::Signs };
        let made = self.draw(kind, &written, false, &draw);
        let sign = if written.starts_with('-') { "-" } else { "" };
        // A latitude is at most 90.
        let made = if kind == Treatment::Coordinate { within_the_earth(&made) } else { made };
        serde_json::from_str(&format!("{sign}{made}")).unwrap_or_else(|_| Number::from(0))
    }

    fn text(&mut self, original: &str, treatment: Treatment, person: &Person) -> String {
        let text = original.trim();
        if is_blank_text(text) || is_sentinel(text) {
            return original.to_owned();
        }
        let made = self.trimmed(text, treatment, person);
        original.replacen(text, &made, 1)
    }

    fn trimmed(&mut self, text: &str, treatment: Treatment, person: &Person) -> String {
        if treatment == Treatment::Type && TYPES.contains(&text) {
            return text.to_owned();
        }
        if stays(treatment, text, self.known) {
            let kept = self.without_keys(text);
            if self.is_clean(&kept) {
                return kept;
            }
        }
        match treatment {
            Treatment::FirstName | Treatment::LastName | Treatment::FullName => self.name(text, treatment, person),
            // Its lines are a part of its shape, wherever it stands.
            _ if text.contains(['\n', '\r']) => self.free_text(text),
            Treatment::Email => self.draw(treatment, &text.to_lowercase(), true, &|dice, attempt| values::email(text, dice, attempt)),
            Treatment::Phone => {
                let country = person.country.as_deref();
                self.draw(treatment, text, true, &|dice, attempt| phone::fictional(text, country, dice, attempt))
            }
            Treatment::BirthDate => self.draw(treatment, text, false, &|dice, _| values::birth_date(text, dice)),
            Treatment::Address => self.draw(treatment, text, false, &|dice, attempt| values::address(text, dice, attempt)),
            Treatment::City => self.draw(treatment, &fold(text), false, &values::city),
            Treatment::Country => self.draw(treatment, text, false, &|dice, attempt| values::country(text, dice, attempt)),
            Treatment::Coordinate => self.draw(treatment, text, false, &|dice, _| within_the_earth(&values::signs(text, dice))),
            Treatment::Company => self.draw(treatment, &fold(text), true, &values::company),
            Treatment::School => self.draw(treatment, &fold(text), true, &values::school),
            Treatment::Title => self.draw(treatment, &fold(text), false, &values::title),
            Treatment::Url => self.draw(treatment, text, true, &|dice, attempt| values::url(text, dice, attempt)),
            Treatment::FileName => self.draw(treatment, text, false, &|dice, attempt| values::file_name(text, dice, attempt)),
            Treatment::Key | Treatment::SourceKey => self.draw(Treatment::Key, text, true, &|dice, _| values::signs(text, dice)),
            Treatment::Signs => self.draw(treatment, text, false, &|dice, _| values::signs(text, dice)),
            Treatment::Kept if is_date(text) => self.draw(Treatment::BirthDate, text, false, &|dice, _| values::birth_date(text, dice)),
            Treatment::Text | Treatment::Kept | Treatment::Type | Treatment::Word | Treatment::Term => self.free_text(text),
            Treatment::Unknown => match looks_like(text) {
                Treatment::Text => self.free_text(text),
                looks => self.trimmed(text, looks, person),
            },
        }
    }

    fn free_text(&mut self, text: &str) -> String {
        if let Some(known) = self.drawn.get(&(Treatment::Text, text.to_owned())) {
            return known.clone();
        }
        let mut dice = Dice::for_value(&self.key, "text", text, 0);
        let made = text::fictional(text, &mut dice, &self.detector);
        self.drawn.insert((Treatment::Text, text.to_owned()), made.clone());
        made
    }

    /// Word by word, so that a full name is made of the same words as its parts.
    fn name(&mut self, text: &str, treatment: Treatment, person: &Person) -> String {
        let whole = |anonymiser: &mut Self, salt: usize| {
            let mut made = String::new();
            let mut word = String::new();
            for sign in text.chars().chain([' ']) {
                if sign.is_alphanumeric() || unicode_normalization::char::is_combining_mark(sign) {
                    word.push(sign);
                    continue;
                }
                if !word.is_empty() {
                    let is_first = treatment == Treatment::FirstName
                        || (treatment == Treatment::FullName && person.first_names.contains(&fold(&word)));
                    made.push_str(&anonymiser.name_word(&std::mem::take(&mut word), is_first, salt));
                }
                made.push(sign);
            }
            made.pop();
            made
        };
        // Words that are clean one by one can come to something together.
        let mut made = whole(self, 0);
        for salt in 1..TRIES {
            if self.is_clean(&made) {
                break;
            }
            made = whole(self, salt);
        }
        made
    }

    fn name_word(&mut self, word: &str, first: bool, salt: usize) -> String {
        let kind = if first { Treatment::FirstName } else { Treatment::LastName };
        let seed = if salt == 0 { fold(word) } else { format!("{} {salt}", fold(word)) };
        let made = self.draw(kind, &seed, false, &|dice, attempt| values::name_word(word, first, dice, attempt + salt));
        // Drawn for the folded word: the case is this one's.
        if word.chars().count() > 1 && word.chars().any(char::is_lowercase) != made.chars().any(char::is_lowercase) {
            text::like(word, &made)
        } else {
            made
        }
    }

    /// Keys within a text that stays, as in an application's tag: `<board key>_<job reference>`.
    fn without_keys(&mut self, text: &str) -> String {
        if self.known.contains(text) {
            return text.to_owned();
        }
        let keys: Vec<String> = keys_in(text).map(str::to_owned).collect();
        keys.into_iter().fold(text.to_owned(), |made, key| {
            let new = self.draw(Treatment::Key, &key, true, &|dice, _| values::signs(&key, dice));
            made.replacen(&key, &new, 1)
        })
    }

    fn is_clean(&self, text: &str) -> bool {
        if is_date(text) { self.detector.no_number_in(text) } else { self.detector.none_in(text) }
    }

    /// The first throw that is clean, and that nobody else has where it must be somebody's own.
    fn draw(&mut self, kind: Treatment, seed: &str, own: bool, make: &dyn Fn(&mut Dice, usize) -> String) -> String {
        let place = (kind, seed.to_owned());
        if let Some(known) = self.drawn.get(&place) {
            return known.clone();
        }
        let mut made = String::new();
        for attempt in 0..TRIES {
            made = make(&mut Dice::for_value(&self.key, &format!("{kind:?}"), seed, attempt), attempt);
            let is_free = !own || self.owners.get(&(kind, made.clone())).is_none_or(|owner| owner == seed);
            if is_free && self.is_clean(&made) {
                break;
            }
        }
        self.owners.insert((kind, made.clone()), seed.to_owned());
        self.drawn.insert(place, made.clone());
        made
    }

    /// Everything once more: the fields in which something is left.
    pub fn look_through(&self, document: &Value, left: &mut BTreeSet<String>) {
        each_leaf(document, &mut Vec::new(), &mut |path, treatment, leaf| {
            let is_clean = match leaf {
                Value::String(text) if is_sentinel(text) || (treatment == Treatment::Type && TYPES.contains(&text.trim())) => true,
                Value::String(text) => self.is_clean(text.trim()),
                Value::Number(number) if treatment != Treatment::Coordinate => self.detector.no_number_in(&number.to_string()),
                _ => true,
            };
            if !is_clean {
                left.insert(path.join("."));
            }
        });
    }
}

/// A whole part of one digit, and the rest as it is.
fn within_the_earth(written: &str) -> String {
    match written.split_once('.') {
        Some((whole, part)) => format!("{}.{part}", whole.get(whole.len().saturating_sub(1)..).unwrap_or("1")),
        None => written.get(written.len().saturating_sub(1)..).unwrap_or("1").to_owned(),
    }
}
