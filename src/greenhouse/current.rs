//! A candidate's row as what it can be compared with, and as what would be written back. Pure.

use super::directory::fields::Field as Definition;
use super::fields::written_back;
use super::rows::{number, text};
use crate::delivery::update::{Current, Entry, Field};
use crate::model::candidate::shape::{CANDIDATE, Member, Merge, Shape};
use crate::model::settings::Api;
use serde_json::{Value, json};

/// `definitions` are the account's custom fields, as far as they are known.
pub fn current(row: &Value, definitions: &[Definition]) -> Current {
    let mut current = Current { fields: fields(row, definitions), ..Current::default() };
    for member in CANDIDATE.members {
        let names = [Api::HarvestV3, Api::HarvestV1].into_iter().filter_map(|api| member.read(api));
        let there = names.filter_map(|name| row.get(name)).find(|there| !there.is_null());
        match member.merge {
            Merge::Union(_) => {
                let entries = there.and_then(Value::as_array).into_iter().flatten().map(|row| entry(row, &member.shape));
                current.lists.insert(member.name, entries.collect());
            }
            Merge::Replace => current.values.extend(there.and_then(|there| Some((member.name, value(there, &member.shape)?)))),
            Merge::CustomFields | Merge::Step => {}
        }
    }
    current
}

fn value(there: &Value, shape: &Shape) -> Option<Value> {
    match shape {
        Shape::Object(_) => number(there, "id").map(|id| json!({ "id": id })),
        Shape::Boolean => there.as_bool().map(Value::from),
        _ => there.as_str().filter(|text| !text.trim().is_empty()).map(Value::from),
    }
}

/// What lacks a member, `type` for example, cannot be written back as it is.
fn entry(row: &Value, shape: &Shape) -> Entry {
    let members = match shape {
        Shape::List(Shape::Object(object)) => object.members,
        _ => &[],
    };
    let plain = || if members.len() > 1 { None } else { row.as_str().or_else(|| text(row, "name")) };
    let value = text(row, "value").or_else(plain).unwrap_or_default().to_owned();
    let member = |member: &Member| {
        let there = if member.name == "value" { &value } else { text(row, member.name)? };
        Some((member.name.to_owned(), Value::from(there)))
    };
    let written =
        if members.is_empty() { Some(json!(value)) } else { members.iter().map(member).collect::<Option<_>>().map(Value::Object) };
    Entry { written: written.filter(|_| !value.is_empty()), value }
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
        let level = crate::greenhouse::fields::level();
        let read = current(&v3, std::slice::from_ref(&level));
        let told: Vec<_> =
            read.fields.iter().map(|field| format!("{} {:?} {} {:?}", field.key, field.id, field.shown, field.written)).collect();
        insta::assert_snapshot!(told.join("\n"), @r#"
        level Some(6) "senior" Some(Number(602))
        owner None {"user_id":7} Some(Number(7))
        "#);
        assert_eq!(read.values.keys().collect::<Vec<_>>(), [&"first_name", &"is_private", &"last_name", &"title"]);
        assert_eq!(read.values["is_private"], true);
        let writable: Vec<_> = read.lists["phone_numbers"].iter().map(|entry| entry.written.is_some()).collect();
        assert_eq!(writable, [true, false], "a phone number without a type cannot be written back as it is");
        let mut other = current(&v1, &[level]);
        assert_eq!(other.values.remove("recruiter"), Some(json!({"id": 92120})));
        assert_eq!(read, other);
    }
}
