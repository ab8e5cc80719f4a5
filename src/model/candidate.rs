//! The canonical candidate: one document for both of Greenhouse's APIs.

pub mod check; // whether a document is a candidate
pub mod filename;
mod schema; // the same, for other people's tools
pub mod shape; // what a candidate is made of
mod text; // dates, e-mail addresses and the like
mod wire; // what Greenhouse's API calls its members

pub use check::{MOST_TEXT, Violation, shape_in_words, validate};
pub use schema::schema;
pub use shape::{Application, Attachment, Education, Employment, Note, Prospect, Referrer, User};
pub use text::{is_email, web_address};

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde::ser::{SerializeMap, Serializer};
use serde_json::{Map, Value};
use shape::{CANDIDATE, Member, Shape};

/// A candidate that keeps its schema. Members that are absent are left out of every request.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Candidate {
    /// What is said of the person: the members that updates carry, by the table, without the custom fields.
    pub own: Map<String, Value>,
    /// By name, name_key or id.
    pub custom_fields: Map<String, Value>,
    pub employments: Vec<Employment>,
    pub educations: Vec<Education>,
    pub notes: Vec<Note>,
    pub attachments: Vec<Attachment>,
    pub applications: Vec<Application>,
    /// Instead of applications.
    pub prospect: Option<Prospect>,
    /// What of the profile could not be read and is not in it, in sentences without values. Not a part of the document.
    pub left_out: Vec<String>,
}

impl Candidate {
    /// A document that was rendered, as a candidate; or every rule that it breaks.
    pub fn from_document(mut document: Value) -> Result<Self, Vec<Violation>> {
        for attachment in document.get_mut("attachments").and_then(Value::as_array_mut).into_iter().flatten() {
            if let Some(Value::String(url)) = attachment.get_mut("url")
                && let Some(address) = web_address(url)
            {
                *url = address;
            }
        }
        let violations = validate(&document);
        if !violations.is_empty() {
            return Err(violations);
        }
        normalise(&Shape::Object(&CANDIDATE), &mut document);
        // The table and the structs say the same (a test holds it); should they ever differ, the document is invalid, not sent.
        Self::of_parts(document).map_err(|_| {
            let rule = "does not fit the candidate, though its schema lets it pass: please report this".to_owned();
            vec![Violation { member: String::new(), rule, found: String::new() }]
        })
    }

    fn of_parts(document: Value) -> serde_json::Result<Self> {
        let mut candidate = Self::default();
        for (name, value) in serde_json::from_value::<Map<String, Value>>(document)? {
            match name.as_str() {
                "custom_fields" => candidate.custom_fields = part(value)?,
                "employments" => candidate.employments = part(value)?,
                "educations" => candidate.educations = part(value)?,
                "notes" => candidate.notes = part(value)?,
                "attachments" => candidate.attachments = part(value)?,
                "applications" => candidate.applications = part(value)?,
                "prospect" => candidate.prospect = part(value)?,
                _ if value.as_array().is_some_and(Vec::is_empty) => {}
                _ => drop(candidate.own.insert(name, value)),
            }
        }
        Ok(candidate)
    }

    /// What is said of the person: a member that updates carry. Custom fields have a field of their own.
    pub fn get(&self, member: &str) -> Option<&Value> {
        self.own.get(member)
    }

    pub fn set(&mut self, member: &str, value: Value) {
        self.own.insert(member.to_owned(), value);
    }

    /// Empty where it is not there.
    pub fn text(&self, member: &str) -> &str {
        self.get(member).and_then(Value::as_str).unwrap_or_default()
    }

    /// The `value` of each entry of a list.
    fn values(&self, list: &str) -> impl Iterator<Item = &str> {
        self.get(list).and_then(Value::as_array).into_iter().flatten().filter_map(|entry| entry.get("value")?.as_str())
    }

    pub fn emails(&self) -> impl Iterator<Item = &str> {
        self.values("email_addresses")
    }

    pub fn phones(&self) -> impl Iterator<Item = &str> {
        self.values("phone_numbers")
    }
}

impl Serialize for Candidate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        fn list<M: SerializeMap, T: Serialize>(map: &mut M, name: &str, list: &[T]) -> Result<(), M::Error> {
            if list.is_empty() { Ok(()) } else { map.serialize_entry(name, list) }
        }
        let mut map = serializer.serialize_map(None)?;
        for Member { name, .. } in CANDIDATE.members {
            match (*name, self.get(name), &self.prospect) {
                ("employments", ..) => list(&mut map, name, &self.employments)?,
                ("educations", ..) => list(&mut map, name, &self.educations)?,
                ("notes", ..) => list(&mut map, name, &self.notes)?,
                ("attachments", ..) => list(&mut map, name, &self.attachments)?,
                ("applications", ..) => list(&mut map, name, &self.applications)?,
                ("custom_fields", ..) if !self.custom_fields.is_empty() => map.serialize_entry(name, &self.custom_fields)?,
                ("prospect", _, Some(prospect)) => map.serialize_entry(name, prospect)?,
                (_, Some(value), _) => map.serialize_entry(name, value)?,
                _ => {}
            }
        }
        map.end()
    }
}

fn part<T: DeserializeOwned>(value: Value) -> serde_json::Result<T> {
    serde_json::from_value(value)
}

/// Brings a document's members into the order of the table with their defaults, and writes 4012.0 as 4012 where an id belongs.
fn normalise(shape: &Shape, value: &mut Value) {
    match (shape, value) {
        (Shape::Object(object), Value::Object(members)) => {
            let mut unordered = std::mem::take(members);
            for member in object.members {
                if let Some(value) = unordered.get_mut(member.name) {
                    normalise(&member.shape, value);
                    members.insert(member.name.to_owned(), value.take());
                } else if let Some(value) = member.default {
                    members.insert(member.name.to_owned(), value.into());
                }
            }
        }
        (Shape::List(item), Value::Array(items)) => items.iter_mut().for_each(|value| normalise(item, value)),
        (Shape::Id | Shape::TextOrId, value) => {
            if let Some(id) = check::as_id(value) {
                *value = id.into();
            }
        }
        _ => {}
    }
}

/// A part of a candidate as the document that it came from.
pub fn document(part: &impl Serialize) -> Value {
    #[expect(clippy::expect_used, reason = "texts, numbers, lists, and maps whose keys are texts: nothing that JSON cannot hold")]
    serde_json::to_value(part).expect("a candidate is JSON")
}

#[cfg(test)]
mod tests;
