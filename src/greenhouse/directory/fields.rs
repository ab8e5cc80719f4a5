//! Custom fields: which there are, of which type, with which options; and a value as Greenhouse takes it.
//! Source: `docs/greenhouse-api.md`, "Custom fields".

use super::fold::fold;
use super::list::{self, Entry, Found, List};
use super::{joined, quoted};
use crate::model::named::Kind;
use serde_json::{Value, json};

/// One field of Greenhouse's list.
#[derive(Debug, Clone)]
pub struct Field {
    pub id: u64,
    pub name: String,
    pub name_key: String,
    /// candidate, application, job …: what it belongs to.
    pub belongs: String,
    /// `short_text`, `single_select` …
    pub kind: String,
    pub active: bool,
    /// Of a select.
    pub options: List,
}

/// All custom fields, those of other things than candidates too.
#[derive(Debug, Default)]
pub struct Fields(Vec<Field>);

/// A custom field as it goes out.
#[derive(Debug, Clone, PartialEq)]
pub struct Sent {
    /// The field's id, where the list was read.
    pub field: Option<u64>,
    /// Its name_key, or its id.
    pub key: String,
    pub value: Value,
}

/// Why a custom field, or its value, cannot be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// A sentence that goes behind the member's name; nothing of the value is in it.
    pub message: String,
    pub help: String,
    /// Whether the field itself is at fault, whatever its value.
    pub of_key: bool,
}

fn of_key(message: impl Into<String>, help: impl Into<String>) -> FieldError {
    FieldError { message: message.into(), help: help.into(), of_key: true }
}

fn of_value(message: impl Into<String>, help: impl Into<String>) -> FieldError {
    FieldError { message: message.into(), help: help.into(), of_key: false }
}

/// Whether a custom field's key can be sent without its list: an id, or a name_key.
pub fn is_key(key: &str) -> bool {
    !key.is_empty() && key.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

/// Options by name: of no kind of their own, so without common forms.
pub fn options(entries: Vec<Entry>) -> List {
    List::new(Kind::Source, entries)
}

impl Fields {
    pub fn new(fields: Vec<Field>) -> Self {
        Self(fields)
    }

    pub fn len(&self) -> usize {
        self.0.iter().filter(|field| field.active && field.belongs == "candidate").count()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The candidate's field that a key means: its id, its name_key, or its name.
    ///
    /// # Errors
    /// No field, or several; one of something else than candidates; one that is not active.
    pub fn find(&self, key: &str) -> Result<&Field, FieldError> {
        let key = key.trim();
        let exact = self.0.iter().filter(|field| key.parse() == Ok(field.id) || field.name_key == key).collect::<Vec<_>>();
        let by_name = |same: &dyn Fn(&str) -> bool| self.0.iter().filter(|field| same(&field.name)).collect::<Vec<_>>();
        let wanted = fold(key);
        for found in [exact, by_name(&|name| name.trim() == key), by_name(&|name| fold(name) == wanted)] {
            let own: Vec<_> = found.iter().filter(|field| field.belongs == "candidate" && field.active).collect();
            match (own.as_slice(), found.first()) {
                ([], None) => {}
                ([one], _) => return Ok(one),
                ([], Some(other)) if other.belongs != "candidate" => {
                    let message = format!("is a custom field of the {} in Greenhouse, not of the candidate", other.belongs);
                    return Err(of_key(message, "name a field of candidates; Greenhouse's settings list them under Custom Options"));
                }
                ([], Some(_)) => {
                    return Err(of_key("is a custom field that is not active in Greenhouse", "activate it there, or leave it out"));
                }
                (several, _) => {
                    let mut keys: Vec<String> = several.iter().map(|field| field.name_key.clone()).collect();
                    keys.sort();
                    let message = format!("is the name of {} custom fields of candidates: {}", several.len(), quoted(&keys));
                    return Err(of_key(message, "write the name_key that is meant"));
                }
            }
        }
        let own = self.0.iter().filter(|field| field.belongs == "candidate" && field.active);
        let near = list::nearest(
            &wanted,
            own.flat_map(|field| [(field.name.as_str(), fold(&field.name)), (field.name.as_str(), fold(&field.name_key))]),
        );
        let help = match near.as_slice() {
            [] => "write its name, its name_key or its id as Greenhouse's list of custom fields has them".to_owned(),
            [near] => format!("did you mean `{near}`?"),
            near => format!("did you mean one of {}?", quoted(near)),
        };
        Err(of_key("is no custom field of candidates in Greenhouse", help))
    }

    /// A custom field as it is sent: its name_key or id, and the value in the form of its type.
    pub fn write(&self, key: &str, value: Value, users: Option<&List>) -> Result<Sent, FieldError> {
        let field = self.find(key)?;
        let value = field.value(value, users)?;
        // What was written as an id or a name_key goes out as it was written.
        let key = if key.trim() == field.name_key { field.name_key.clone() } else { field.id.to_string() };
        Ok(Sent { field: Some(field.id), key, value })
    }

    /// Whether one of these keys is a field that takes a user.
    pub fn take_users<'k>(&self, mut keys: impl Iterator<Item = &'k str>) -> bool {
        keys.any(|key| self.find(key).is_ok_and(|field| field.kind == "user"))
    }
}

impl Field {
    fn value(&self, value: Value, users: Option<&List>) -> Result<Value, FieldError> {
        if self.kind == "multi_select" {
            return self.several(value);
        }
        if self.kind == "currency" {
            return self.currency(value);
        }
        let what = match &value {
            Value::Array(_) => Some("a list"),
            Value::Object(_) => Some("a value with a unit"),
            _ => None,
        };
        if let Some(what) = what {
            return Err(of_value(format!("takes {}, and is given {what}", self.takes()), "give one plain value"));
        }
        let text = in_words(&value);
        let fits = match self.kind.as_str() {
            "short_text" | "long_text" | "rich_text" => Some(json!(text)),
            "boolean" | "yes_no" => yes_or_no(&value, &text),
            "number" => number(&value, &text),
            "date" => date(&text),
            "url" => (text.starts_with("https://") || text.starts_with("http://")).then_some(value),
            "single_select" => return self.option(&value, &text),
            "user" => return user(&value, &text, users),
            "attachment" | "currency_range" | "number_range" => {
                let message = format!("is a field of the type {}, which a pipeline cannot set", self.kind);
                return Err(FieldError { message, help: "leave it out".into(), of_key: true });
            }
            // A type that is not known here: Greenhouse judges.
            _ => Some(value),
        };
        fits.ok_or_else(|| of_value(format!("takes {}, and is given something else", self.takes()), "give it in that form"))
    }

    /// In the words of a sentence: "takes …".
    pub fn takes(&self) -> &'static str {
        match self.kind.as_str() {
            "short_text" | "long_text" | "rich_text" => "text",
            "boolean" | "yes_no" => "true or false",
            "number" => "a number",
            "date" => "a date, YYYY-MM-DD",
            "url" => "an address that begins with https:// or http://",
            "single_select" => "one of its options",
            "multi_select" => "a list of its options",
            "currency" => "an amount, or {value, unit}",
            "user" => "a user's e-mail address or id",
            _ => "another kind of value",
        }
    }

    fn several(&self, value: Value) -> Result<Value, FieldError> {
        let items = match value {
            Value::Array(items) => items,
            Value::Object(_) => return Err(of_value("takes a list of its options, and is given a value with a unit", "give a list")),
            one => vec![one],
        };
        let mut ids: Vec<Value> = Vec::with_capacity(items.len());
        for item in items {
            let id = self.option(&item, &in_words(&item))?;
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        Ok(Value::Array(ids))
    }

    /// The option's id: both APIs take it.
    fn option(&self, value: &Value, text: &str) -> Result<Value, FieldError> {
        match self.options.find(None, text) {
            Found::One(id) => Ok(json!(id)),
            Found::Several(ids) => {
                Err(of_value(format!("is given the name of {} of its options ({})", ids.len(), joined(&ids)), "write the option's id"))
            }
            Found::Closed => Err(of_value("is given an option that is not active", "name another one")),
            Found::Nothing if value.as_u64().is_some_and(|id| self.options.get(id).is_some()) => Ok(value.clone()),
            Found::Nothing => {
                let near = self.options.near(None, text);
                let names = if near.is_empty() { self.options.names(12) } else { near };
                let options = if names.is_empty() { "which Greenhouse lists".to_owned() } else { quoted(&names) };
                Err(of_value(
                    format!("takes one of its options ({options}), and is given something else"),
                    "write one of them, or an option's id",
                ))
            }
        }
    }

    fn currency(&self, value: Value) -> Result<Value, FieldError> {
        let wrong =
            || of_value("takes an amount, or {value, unit}, and is given something else", "for example { value: 52000, unit: EUR }");
        match value {
            Value::Object(mut members) => {
                let amount = members.get("value").and_then(|amount| number(amount, &in_words(amount))).ok_or_else(wrong)?;
                members.insert("value".into(), amount);
                let unit = members.get("unit").and_then(Value::as_str).map(|unit| unit.trim().to_uppercase());
                match unit {
                    Some(unit) if unit.len() == 3 && unit.bytes().all(|b| b.is_ascii_uppercase()) => {
                        members.insert("unit".into(), json!(unit));
                    }
                    Some(_) => {
                        return Err(of_value("has a unit that is no currency's code", "write three letters, for example `unit: EUR`"));
                    }
                    None => {}
                }
                Ok(Value::Object(members))
            }
            Value::Array(_) => Err(wrong()),
            amount => number(&amount, &in_words(&amount)).ok_or_else(wrong),
        }
    }
}

fn in_words(value: &Value) -> String {
    match value {
        Value::String(text) => text.trim().to_owned(),
        other => other.to_string(),
    }
}

fn yes_or_no(value: &Value, text: &str) -> Option<Value> {
    match (value, fold(text).as_str()) {
        (Value::Bool(_), _) => Some(value.clone()),
        (Value::String(_), "true" | "yes") => Some(json!(true)),
        (Value::String(_), "false" | "no") => Some(json!(false)),
        _ => None,
    }
}

fn number(value: &Value, text: &str) -> Option<Value> {
    match value {
        Value::Number(_) => Some(value.clone()),
        Value::String(_) => serde_json::from_str::<serde_json::Number>(text).ok().map(Value::Number),
        _ => None,
    }
}

/// The day of a date or of a moment.
fn date(text: &str) -> Option<Value> {
    let day = text.get(..10)?;
    let rest = text.get(10..)?;
    let whole = rest.is_empty() || rest.starts_with(['T', ' ']);
    (whole && day.as_bytes().get(4) == Some(&b'-') && day.parse::<jiff::civil::Date>().is_ok()).then(|| json!(day))
}

fn user(value: &Value, text: &str, users: Option<&List>) -> Result<Value, FieldError> {
    if value.as_u64().is_some() {
        return Ok(value.clone());
    }
    match users.map_or(Found::Nothing, |users| users.find(None, text)) {
        Found::One(id) => Ok(json!(id)),
        Found::Closed => Err(of_value("is given a user who was deactivated", "name another one")),
        _ => Err(of_value(
            "takes a user, and is given no user's e-mail address or id",
            "write the e-mail address with which the user signs in",
        )),
    }
}
