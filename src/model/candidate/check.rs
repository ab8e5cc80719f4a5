//! Whether a document is a candidate: every violation with its member, the rule and the shape of what was found, never its value.

use super::shape::{CANDIDATE, Object, Rule, Shape, WITH_UNIT};
use super::text;
use crate::model::profile::is_blank_text;
use serde_json::{Map, Value};

/// A rule of the candidate that a document breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// `email_addresses[0].value`; empty for the document itself.
    pub member: String,
    /// "must be text", "is missing": goes behind the member's name.
    pub rule: String,
    /// The value's shape in words; empty where nothing was found.
    pub found: String,
}

impl Violation {
    /// A sentence without the member's name and without the value: "must be text, and is a whole number".
    pub fn sentence(&self) -> String {
        if self.found.is_empty() { self.rule.clone() } else { format!("{}, and is {}", self.rule, self.found) }
    }
}

/// Every violation of a document that should be a candidate.
pub fn validate(document: &Value) -> Vec<Violation> {
    let mut check = Check { path: String::new(), found: Vec::new() };
    check.value(&Shape::Object(&CANDIDATE), document);
    let text = text_in(document);
    if text > MOST_TEXT {
        check.tell(format!("must be {} MiB at the most", MOST_TEXT >> 20), format!("a document of {} MiB", text.div_ceil(1 << 20)));
    }
    check.found
}

/// Bytes of all texts of a candidate together, with the content of its attachments.
pub const MOST_TEXT: usize = 32 << 20;

fn text_in(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(text_in).sum(),
        Value::Object(members) => members.values().map(text_in).sum(),
        _ => 0,
    }
}

/// A value's shape in words, without anything of the value itself.
pub fn shape_in_words(value: &Value) -> String {
    match value {
        Value::Null => "nothing".into(),
        Value::Bool(_) => "true or false".into(),
        Value::Number(number) if number.is_f64() => "a number with a fraction".into(),
        Value::Number(number) if number.as_u64().is_none_or(|number| number == 0) => "a whole number below 1".into(),
        Value::Number(_) => "a whole number".into(),
        Value::String(text) if is_blank_text(text) => "blank text".into(),
        Value::String(text) if text.bytes().all(|b| b.is_ascii_digit()) => "text of digits".into(),
        Value::String(text) => match text.chars().count() {
            1 => "text of 1 character".into(),
            count => format!("text of {count} characters"),
        },
        Value::Array(items) if items.len() == 1 => "a list of 1 item".into(),
        Value::Array(items) => format!("a list of {} items", items.len()),
        Value::Object(_) => "a block of keys".into(),
    }
}

struct Check {
    path: String,
    found: Vec<Violation>,
}

impl Check {
    fn tell(&mut self, rule: impl Into<String>, found: impl Into<String>) {
        self.found.push(Violation { member: self.path.clone(), rule: rule.into(), found: found.into() });
    }

    fn within<R>(&mut self, step: impl FnOnce(&mut String), work: impl FnOnce(&mut Self) -> R) -> R {
        let length = self.path.len();
        step(&mut self.path);
        let result = work(self);
        self.path.truncate(length);
        result
    }

    fn value(&mut self, shape: &Shape, value: &Value) {
        let fits = match (shape, value) {
            (Shape::List(item), Value::Array(items)) => {
                for (index, value) in items.iter().enumerate() {
                    self.within(|path| push_index(path, index), |check| check.value(item, value));
                }
                true
            }
            (Shape::Object(object), Value::Object(members)) => {
                self.object(object, members);
                true
            }
            (Shape::CustomFields, Value::Object(fields)) => {
                self.custom_fields(fields);
                true
            }
            _ => leaf_fits(shape, value),
        };
        if !fits {
            self.tell(format!("must be {}", shape.in_words()), shape_in_words(value));
        }
    }

    fn object(&mut self, object: &Object, members: &Map<String, Value>) {
        for (name, value) in members {
            self.within(
                |path| push_name(path, name),
                |check| match object.member(name) {
                    Some(member) => check.value(&member.shape, value),
                    None => check.tell(format!("is not a member of {}", object.name), ""),
                },
            );
        }
        for member in object.members {
            if member.required && !members.contains_key(member.name) {
                self.within(|path| push_name(path, member.name), |check| check.tell("is missing", ""));
            }
        }
        for rule in object.rules {
            self.rule(rule, members);
        }
    }

    fn rule(&mut self, rule: &Rule, members: &Map<String, Value>) {
        let there = |names: &[&str]| names.iter().filter(|name| members.contains_key(**name)).count();
        match rule {
            Rule::ExactlyOne(names) if there(names) != 1 => {
                self.tell(format!("must have exactly one of {}, and has {}", names.join(", "), there(names)), "");
            }
            Rule::AtMostOne(names) if there(names) > 1 => {
                self.tell(format!("must have at most one of {}, and has {}", names.join(", "), there(names)), "");
            }
            Rule::AtLeastOne(names) if there(names) == 0 => {
                self.tell(format!("must have one of {}, and has none", names.join(", ")), "");
            }
            Rule::Needs(first, second) if members.contains_key(*first) && !members.contains_key(*second) => {
                self.within(|path| push_name(path, second), |check| check.tell(format!("is missing: `{first}` needs it"), ""));
            }
            _ => {}
        }
    }

    fn custom_fields(&mut self, fields: &Map<String, Value>) {
        for (name, value) in fields {
            self.within(
                |path| push_name(path, name),
                |check| match value {
                    Value::Object(members) => check.object(&WITH_UNIT, members),
                    Value::Array(_) => check.value(&Shape::List(&Shape::Scalar), value),
                    _ => check.value(&Shape::Scalar, value),
                },
            );
            if is_blank_text(name) {
                self.tell("must have a name, a name_key or an id for each field, and has a blank one", "");
            }
        }
    }
}

/// Whether a value that is neither list nor block fits.
pub fn leaf_fits(shape: &Shape, value: &Value) -> bool {
    match (shape, value) {
        (Shape::Text, Value::String(text)) => !is_blank_text(text),
        (Shape::Boolean, Value::Bool(_)) => true,
        (Shape::Id, Value::Number(_)) => as_id(value).is_some(),
        (Shape::OneOf(values), Value::String(text)) => values.contains(&text.as_str()),
        (Shape::Date, Value::String(text)) => text::is_date(text),
        (Shape::Email, Value::String(text)) => text::is_email(text),
        (Shape::Url, Value::String(text)) => text::is_url(text),
        (Shape::Base64, Value::String(text)) => text::is_base64(text),
        (Shape::TextOrId, Value::String(_)) => leaf_fits(&Shape::Text, value),
        (Shape::TextOrId, Value::Number(_)) => as_id(value).is_some(),
        (Shape::Scalar, Value::String(_)) => leaf_fits(&Shape::Text, value),
        (Shape::Scalar, Value::Number(_) | Value::Bool(_)) => true,
        _ => false,
    }
}

/// A whole number from 1; 4012.0 is one too, as JSON Schema has it.
pub fn as_id(value: &Value) -> Option<u64> {
    /// Above this, a fraction's digits are gone and neighbours look alike.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let number = match value {
        Value::Number(number) => number,
        _ => return None,
    };
    match (number.as_u64(), number.as_f64()) {
        (Some(id), _) => (id >= 1).then_some(id),
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole, from 1 and below 2^53: exact")]
        (None, Some(float)) if float.fract() == 0.0 && (1.0..=EXACT).contains(&float) => Some(float as u64),
        _ => None,
    }
}

pub fn push_name(path: &mut String, name: &str) {
    if !path.is_empty() {
        path.push('.');
    }
    path.push_str(name);
}

pub fn push_index(path: &mut String, index: usize) {
    path.push('[');
    path.push_str(&index.to_string());
    path.push(']');
}
