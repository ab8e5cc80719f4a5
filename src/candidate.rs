//! The canonical candidate: one document for both of Greenhouse's APIs. Source: the table "The result is a candidate" of the
//! pipeline's design, with the enumerations of the Greenhouse reference.

pub mod check; // whether a document is a candidate
pub mod filename;
mod schema; // the same, for other people's tools
pub mod shape; // what a candidate is made of
mod text; // dates, e-mail addresses and the like

pub use check::{MOST_TEXT, Violation, shape_in_words, validate};
pub use schema::schema;
pub use text::is_email;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A candidate that keeps its schema. Members that are absent are left out of every request.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Candidate {
    pub first_name: String,
    pub last_name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preferred_name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub company: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_private: Option<bool>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub phone_numbers: Vec<Contact>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<Contact>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub email_addresses: Vec<Contact>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub website_addresses: Vec<Contact>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub social_media_addresses: Vec<SocialMedia>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub employments: Vec<Employment>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub educations: Vec<Education>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// By name, name_key or id.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub custom_fields: Map<String, Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recruiter: Option<User>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coordinator: Option<User>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub applications: Vec<Application>,
    /// Instead of applications.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prospect: Option<Prospect>,
}

impl Candidate {
    /// A document that was rendered, as a candidate; or every rule that it breaks.
    pub fn from_document(mut document: Value) -> Result<Self, Vec<Violation>> {
        let violations = validate(&document);
        if !violations.is_empty() {
            return Err(violations);
        }
        whole_numbers(&shape::Shape::Object(&shape::CANDIDATE), &mut document);
        // The table and the struct say the same (a test holds it); should they ever differ, the document is invalid, not sent.
        serde_json::from_value(document).map_err(|_| {
            let rule = "does not fit the candidate, though its schema lets it pass: please report this".to_owned();
            vec![Violation { member: String::new(), rule, found: String::new() }]
        })
    }
}

/// Writes 4012.0 as 4012 where an id belongs.
fn whole_numbers(shape: &shape::Shape, value: &mut Value) {
    match (shape, value) {
        (shape::Shape::Object(object), Value::Object(members)) => {
            for (name, value) in members {
                if let Some(member) = object.member(name) {
                    whole_numbers(&member.shape, value);
                }
            }
        }
        (shape::Shape::List(item), Value::Array(items)) => items.iter_mut().for_each(|value| whole_numbers(item, value)),
        (shape::Shape::Id | shape::Shape::TextOrId, value) => {
            if let Some(id) = check::as_id(value) {
                *value = id.into();
            }
        }
        _ => {}
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contact {
    pub value: String,
    #[serde(rename = "type")]
    pub kind: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SocialMedia {
    pub value: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Employment {
    pub company_name: String,
    pub title: String,
    /// YYYY-MM-DD, or RFC 3339.
    pub start_date: String,
    /// Absent: the current one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_date: Option<String>,
}

/// By name, or by the ids of Greenhouse's own lists.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Education {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub school: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub degree: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discipline: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub school_id: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub degree_id: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discipline_id: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_date: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_date: Option<String>,
}

/// A Greenhouse user: exactly one of the two.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct User {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Note {
    pub body: String,
    /// admin_only, private or public.
    #[serde(default = "private")]
    pub visibility: String,
}

fn private() -> String {
    "private".into()
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attachment {
    /// resume, cover_letter or other.
    #[serde(rename = "type", default = "resume")]
    pub kind: String,
    pub filename: String,
    /// Exactly one of `url` and `content` (base64).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// admin_only, private or public.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visibility: Option<String>,
}

fn resume() -> String {
    "resume".into()
}

/// An application for one job. Names (`job`, `source`, `stage`, e-mails) are resolved to ids before the first write.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Application {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job_id: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_id: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub initial_stage_id: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recruiter: Option<User>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coordinator: Option<User>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub referrer: Option<Referrer>,
}

/// v3 knows a referrer record's `id`; v1 a `type` (id, email, outside) and a `value`: two id spaces, so two forms.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Referrer {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<u64>,
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
}

/// A person without an application yet: for some jobs, or for none. Names are resolved to ids before the first write.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prospect {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub job_ids: Vec<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pool: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pool_id: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage_id: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<User>,
}

#[cfg(test)]
mod tests;
