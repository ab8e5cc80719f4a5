//! The members of a candidate that an update can carry, each with a hash that shows whether it has changed.
//! Source: `docs/delivery.md`, R10.

use crate::base::digest::{Digest, Key};
use crate::model::candidate::Candidate;
use crate::model::candidate::shape::{CANDIDATE, Merge, Wire};
use crate::model::settings::Api;
use serde_json::Value;
use std::borrow::Cow;

/// A member that is not blank. A blank member is left out, so it never clears what Greenhouse has.
#[derive(Debug, Clone, PartialEq)]
pub struct Member<'a> {
    /// `title`, `custom_fields.level`.
    pub name: Cow<'static, str>,
    pub value: &'a Value,
    pub merge: Merge,
}

/// Every such member that the API takes.
pub fn members(candidate: &Candidate, api: Api) -> Vec<Member<'_>> {
    let own = CANDIDATE
        .members
        .iter()
        .filter(|row| matches!(row.wire(api), Wire::Name(_)))
        .filter_map(|row| Some(Member { name: row.name.into(), value: candidate.get(row.name)?, merge: row.merge }));
    let fields = candidate.custom_fields.iter().map(|(name, value)| Member {
        name: format!("custom_fields.{name}").into(),
        value,
        merge: Merge::CustomFields,
    });
    let is_blank = |value: &Value| value.is_null() || value.as_str().is_some_and(|text| text.trim().is_empty());
    own.filter(|member| !is_blank(member.value)).chain(fields.filter(|field| !field.value.is_null())).collect()
}

impl Member<'_> {
    /// The hash of its value. The order of a list does not count, nor do entries that are alike.
    pub fn digest(&self, key: &Key) -> Digest {
        let values = match (self.merge, self.value) {
            (Merge::Union(alike), Value::Array(entries)) => {
                let mut values: Vec<_> = entries.iter().map(|entry| alike.of(entry_text(entry))).collect();
                values.sort_unstable();
                values.dedup();
                values
            }
            (Merge::Replace, Value::String(text)) => vec![text.trim().to_owned()],
            // A user.
            (Merge::Replace, Value::Object(user)) => {
                let id = user.get("id").map_or(String::new(), Value::to_string);
                vec![id, user.get("email").and_then(Value::as_str).unwrap_or_default().to_owned()]
            }
            (_, value) => vec![value.to_string()],
        };
        let mut parts = vec!["member", &*self.name];
        parts.extend(values.iter().map(String::as_str));
        key.digest(&parts)
    }
}

/// A tag, or what a phone number, an address or the like is compared by.
pub fn entry_text(entry: &Value) -> &str {
    entry.as_str().or_else(|| entry.get("value")?.as_str()).unwrap_or_default()
}
