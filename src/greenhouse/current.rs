//! A candidate's row as what it can be compared with, and as what would be written back. Pure.
//! Source: the Greenhouse reference: "custom fields read as {name, type, value} but are written as {custom_field_id or name_key, value}",
//! "v1's `is_private` reads as `private`".

use super::fields::{Definition, written_back};
use super::rows::{list, number, text};
use crate::delivery::members::{SOCIAL_MEDIA, TAGS};
use crate::delivery::update::{Current, Entry, Field};
use serde_json::{Value, json};

const TEXTS: [&str; 5] = ["first_name", "last_name", "preferred_name", "company", "title"];
const CONTACTS: [&str; 4] = ["phone_numbers", "addresses", "email_addresses", "website_addresses"];

/// `definitions` are the account's custom fields, as far as they are known.
pub fn current(row: &Value, definitions: &[Definition]) -> Current {
    let mut current = Current::default();
    for name in TEXTS {
        let there = text(row, name).filter(|text| !text.trim().is_empty());
        current.texts.extend(there.map(|there| (name.to_owned(), there.to_owned())));
    }
    current.is_private = ["private", "is_private"].iter().find_map(|name| row.get(*name)).and_then(Value::as_bool);
    for name in CONTACTS {
        current.lists.insert(name.to_owned(), list(row, name).map(contact).collect());
    }
    let social = list(row, SOCIAL_MEDIA).map(|entry| plain(entry, |value| json!({ "value": value })));
    current.lists.insert(SOCIAL_MEDIA.to_owned(), social.collect());
    let tags = list(row, TAGS).map(|entry| plain(entry, |value| json!(value)));
    current.lists.insert(TAGS.to_owned(), tags.collect());
    for name in ["recruiter", "coordinator"] {
        let user = row.get(name).and_then(|user| number(user, "id"));
        current.users.extend(user.map(|id| (name.to_owned(), id)));
    }
    current.fields = fields(row, definitions);
    current
}

/// `{value, type}`; without either it could not be written back as it is.
fn contact(entry: &Value) -> Entry {
    let value = text(entry, "value").unwrap_or_default().to_owned();
    let written = text(entry, "type").filter(|_| !value.is_empty()).map(|kind| json!({ "value": value, "type": kind }));
    Entry { value, written }
}

/// A text, or an object with one.
fn plain(entry: &Value, write: impl Fn(&str) -> Value) -> Entry {
    let value = entry.as_str().or_else(|| text(entry, "value")).or_else(|| text(entry, "name")).unwrap_or_default().to_owned();
    let written = (!value.is_empty()).then(|| write(&value));
    Entry { value, written }
}

/// v1 has `keyed_custom_fields`, v3 `custom_fields`: {name_key: {name, type, value}}, or (D) a list of them.
fn fields(row: &Value, definitions: &[Definition]) -> Vec<Field> {
    let there = row.get("keyed_custom_fields").or_else(|| row.get("custom_fields"));
    match there {
        Some(Value::Object(fields)) => fields.iter().filter_map(|(key, field)| one(Some(key), field, definitions)).collect(),
        Some(Value::Array(fields)) => fields.iter().filter_map(|field| one(text(field, "name_key"), field, definitions)).collect(),
        _ => Vec::new(),
    }
}

fn one(key: Option<&str>, field: &Value, definitions: &[Definition]) -> Option<Field> {
    let id = ["custom_field_id", "id"].iter().find_map(|name| number(field, name));
    let name = text(field, "name");
    let shown = match field {
        Value::Object(_) => field.get("value").cloned().unwrap_or(Value::Null),
        bare => bare.clone(),
    };
    if is_blank(&shown) {
        return None;
    }
    let is = |known: &&Definition| {
        key == Some(known.name_key.as_str()) || id == Some(known.id) || key.is_none() && name == Some(known.name.as_str())
    };
    let definition = definitions.iter().find(is);
    let kind = text(field, "type").or_else(|| definition.map(|known| known.kind.as_str())).unwrap_or_default();
    let key = key.map(str::to_owned).or_else(|| definition.map(|known| known.name_key.clone()));
    let written = key.as_ref().and_then(|_| written_back(kind, &shown, definition));
    let id = id.or_else(|| definition.map(|known| known.id));
    Some(Field { key: key.unwrap_or_default(), id, name: name.map(str::to_owned), shown, written })
}

fn is_blank(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Both APIs' rows of one candidate say the same, but for the ids that only the account's list of fields tells.
    #[test]
    fn a_row_reads_alike_in_both_apis() {
        let v3 = json!({
            "id": 57, "first_name": "Ada", "last_name": "Example", "preferred_name": null, "company": " ", "title": "Engineer",
            "private": true, "phone_numbers": [{"value": "1", "type": "home"}, {"value": "2", "type": null}],
            "email_addresses": [], "social_media_addresses": [{"value": "@ada"}], "tags": ["a"],
            "custom_fields": {
                "level": {"name": "Level", "type": "single_select", "value": "senior"},
                "empty": {"name": "Empty", "type": "short_text", "value": null},
                "owner": {"name": "Owner", "type": "user", "value": {"user_id": 7}},
            },
        });
        let mut v1 = v3.clone();
        v1["is_private"] = v1["private"].take();
        v1["keyed_custom_fields"] = v1["custom_fields"].take();
        v1["custom_fields"] = json!({"level": "senior"});
        v1["recruiter"] = json!({"id": 92120, "name": "Robin"});
        let level = Definition {
            id: 6,
            name: "Level".into(),
            name_key: "level".into(),
            kind: "single_select".into(),
            options: vec![(602, "senior".into())],
        };
        let read = current(&v3, std::slice::from_ref(&level));
        let told: Vec<_> =
            read.fields.iter().map(|field| format!("{} {:?} {} {:?}", field.key, field.id, field.shown, field.written)).collect();
        insta::assert_snapshot!(told.join("\n"), @r#"
        level Some(6) "senior" Some(Number(602))
        owner None {"user_id":7} None
        "#);
        assert_eq!(read.texts.keys().collect::<Vec<_>>(), ["first_name", "last_name", "title"]);
        assert_eq!(read.is_private, Some(true));
        let writable: Vec<_> = read.lists["phone_numbers"].iter().map(|entry| entry.written.is_some()).collect();
        assert_eq!(writable, [true, false], "a phone number without a type cannot be written back as it is");
        let other = current(&v1, &[level]);
        assert_eq!(other.users["recruiter"], 92120);
        assert_eq!((read.texts, read.lists, read.fields), (other.texts, other.lists, other.fields));
    }
}
