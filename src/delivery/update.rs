//! What of a candidate would have to be sent so that Greenhouse holds what the profile says, and nothing that it holds is lost. Pure.
//! Source: rules 5 and 10 of the delivery design; "arrays replace what is there, custom_fields too" of the Greenhouse reference.

use super::members::{Member, SOCIAL_MEDIA, TAGS, alike};
use crate::settings::Api;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// A candidate as Greenhouse has it now, as far as it can be compared.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Current {
    /// Names, company and title, by the members' names; what is blank is absent.
    pub texts: BTreeMap<String, String>,
    pub is_private: Option<bool>,
    /// Contacts, social media and tags.
    pub lists: BTreeMap<String, Vec<Entry>>,
    /// v1: the ids of recruiter and coordinator.
    pub users: BTreeMap<String, u64>,
    pub fields: Vec<Field>,
}

/// An entry of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// What it is compared by; blank where it cannot be read.
    pub value: String,
    /// As it is written back; none where it cannot be.
    pub written: Option<Value>,
}

/// A custom field that has a value.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// Its name_key.
    pub key: String,
    pub id: Option<u64>,
    pub name: Option<String>,
    /// As it is read: a select's option by its name.
    pub shown: Value,
    /// As it is written back; none where what is read is not what can be written (files, users, options whose ids are not known).
    pub written: Option<Value>,
}

impl Field {
    fn is(&self, name: &str) -> bool {
        self.key == name || self.name.as_deref() == Some(name) || name.parse().is_ok_and(|id: u64| self.id == Some(id))
    }

    fn has(&self, value: &Value) -> bool {
        same(&self.shown, value) || self.written.as_ref().is_some_and(|written| same(written, value))
    }
}

impl Current {
    /// What is there under a member's name, as people read it; none where nothing is.
    pub fn shown(&self, member: &str) -> Option<Value> {
        if let Some(name) = member.strip_prefix("custom_fields.") {
            return self.fields.iter().find(|field| field.is(name)).map(|field| field.shown.clone());
        }
        let text = || self.texts.get(member).map(|text| json!(text));
        let list = || self.lists.get(member).map(|list| list.iter().map(|entry| json!(entry.value)).collect());
        let user = || self.users.get(member).map(|id| json!({ "id": id }));
        let flag = || self.is_private.filter(|_| member == "is_private").map(|flag| json!(flag));
        text().or_else(list).or_else(user).or_else(flag)
    }
}

/// What a PATCH would carry.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Changes {
    /// Scalars and whole lists by the members' names, as both APIs write them.
    pub members: Map<String, Value>,
    /// Custom fields: name_key or id, and value.
    pub fields: Vec<(String, Value)>,
    /// The names of the members that change.
    pub names: Vec<String>,
    /// The names of those that differ and are not sent, because what stands beside them could not be written back.
    pub blocked: Vec<String>,
}

impl Changes {
    pub fn is_empty(&self) -> bool {
        self.members.is_empty() && self.fields.is_empty()
    }

    /// What a member would be, as it is sent.
    pub fn value(&self, member: &str) -> Option<&Value> {
        match member.strip_prefix("custom_fields.") {
            Some(name) => self.fields.iter().rfind(|(key, _)| key == name).map(|(_, value)| value),
            None => self.members.get(member),
        }
    }
}

/// Compares what is due with what is there.
pub fn changes(due: &[Member<'_>], current: &Current, api: Api) -> Changes {
    let mut changes = Changes::default();
    for member in due {
        let name = member.name();
        match member {
            Member::Text(_, text) => {
                let there = current.texts.get(&name).map(|there| there.trim());
                changes.set(name, json!(text.trim()), there != Some(text.trim()));
            }
            Member::Flag(_, flag) => changes.set(name, json!(flag), current.is_private != Some(*flag)),
            Member::User(_, user) => {
                let there = current.users.get(&name).copied();
                let differs = user.id.is_none() || user.id != there;
                changes.set(name, user.id.map_or_else(|| json!({ "email": user.email }), |id| json!({ "id": id })), differs);
            }
            Member::Contacts(list, contacts) => {
                let ours = contacts.iter().map(|contact| (&contact.value, json!({ "value": contact.value, "type": contact.kind })));
                changes.unite(list, ours, current);
            }
            Member::SocialMedia(social) => {
                changes.unite(SOCIAL_MEDIA, social.iter().map(|one| (&one.value, json!({ "value": one.value }))), current);
            }
            Member::Tags(tags) => changes.unite(TAGS, tags.iter().map(|tag| (tag, json!(tag))), current),
            Member::Field(..) => {}
        }
    }
    let fields: Vec<_> = due.iter().filter_map(field).collect();
    changes.merge_fields(&fields, current, api);
    changes
}

fn field<'a>(member: &Member<'a>) -> Option<(&'a str, &'a Value)> {
    match member {
        Member::Field(name, value) => Some((name, value)),
        _ => None,
    }
}

impl Changes {
    fn set(&mut self, name: String, value: Value, differs: bool) {
        if differs {
            self.members.insert(name.clone(), value);
            self.names.push(name);
        }
    }

    /// What is there, and what of ours is not: an array that is sent takes the place of the one that is there.
    fn unite<'v>(&mut self, list: &str, ours: impl Iterator<Item = (&'v String, Value)>, current: &Current) {
        let there = current.lists.get(list).map(Vec::as_slice).unwrap_or_default();
        let mut known: Vec<String> = there.iter().map(|entry| alike(list, &entry.value)).collect();
        let mut missing = Vec::new();
        for (value, written) in ours {
            let value_alike = alike(list, value);
            if !known.contains(&value_alike) {
                known.push(value_alike);
                missing.push(written);
            }
        }
        if missing.is_empty() {
            return;
        }
        match there.iter().map(|entry| entry.written.clone()).collect::<Option<Vec<_>>>() {
            None => self.blocked.push(list.to_owned()),
            Some(mut all) => {
                all.extend(missing);
                self.set(list.to_owned(), Value::Array(all), true);
            }
        }
    }

    /// v1 changes the fields that are named and leaves the others. v3 takes the list for all of them (C), so all that are there go
    /// along as they are; where one of them cannot, none is sent.
    fn merge_fields(&mut self, ours: &[(&str, &Value)], current: &Current, api: Api) {
        let there = |name: &str| current.fields.iter().find(|field| field.is(name));
        let differing: Vec<_> = ours.iter().filter(|(name, value)| !there(name).is_some_and(|field| field.has(value))).collect();
        if differing.is_empty() {
            return;
        }
        let names = differing.iter().map(|(name, _)| format!("custom_fields.{name}"));
        if api == Api::HarvestV3 {
            let beside = current.fields.iter().filter(|field| !differing.iter().any(|(name, _)| field.is(name)));
            match beside.map(|field| Some((field.key.clone(), field.written.clone()?))).collect::<Option<Vec<_>>>() {
                None => return self.blocked.extend(names),
                Some(kept) => self.fields = kept,
            }
        }
        self.names.extend(names);
        self.fields.extend(differing.iter().map(|(name, value)| ((*name).to_owned(), (*value).clone())));
    }
}

/// Whether two values of a custom field say the same: 5 and "5" do, lists in any order, an amount with its currency as
/// {amount, unit} or {value, unit}.
fn same(one: &Value, other: &Value) -> bool {
    let amount = |value: &Value| value.get("amount").or_else(|| value.get("value")).cloned();
    match (one, other) {
        (Value::Array(a), Value::Array(b)) => {
            let within = |few: &[Value], many: &[Value]| few.iter().all(|item| many.iter().any(|there| same(item, there)));
            within(a, b) && within(b, a)
        }
        (Value::Object(_), Value::Object(_)) => {
            let units_fit = match (one.get("unit"), other.get("unit")) {
                (Some(a), Some(b)) => a == b,
                _ => true,
            };
            units_fit && matches!((amount(one), amount(other)), (Some(a), Some(b)) if same(&a, &b))
        }
        _ => plain(one) == plain(other),
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => match number.as_f64() {
            Some(float) => float.to_string(),
            None => number.to_string(),
        },
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_values_of_a_custom_field_can_say_the_same() {
        let same_ones = [
            (json!(5), json!("5")),
            (json!(5), json!(5.0)),
            (json!(" x"), json!("x")),
            (json!(["a", "b"]), json!(["b", "a"])),
            (json!({"amount": 5, "unit": "EUR"}), json!({"value": "5", "unit": "EUR"})),
            (json!(true), json!(true)),
        ];
        for (one, other) in &same_ones {
            assert!(same(one, other) && same(other, one), "{one} {other}");
        }
        let others = [
            (json!("a"), json!("A")),
            (json!(["a"]), json!(["a", "b"])),
            (json!({"amount": 5, "unit": "EUR"}), json!({"value": 5, "unit": "USD"})),
            (json!({"amount": 5, "unit": "EUR"}), json!(5)),
            (json!(false), json!(null)),
        ];
        for (one, other) in &others {
            assert!(!same(one, other) && !same(other, one), "{one} {other}");
        }
    }

    /// An entry that could not be written back as it is would be lost, so the list is left.
    #[test]
    fn a_list_with_what_cannot_be_written_back_is_left() {
        let mut current = Current::default();
        let there = Entry { value: "a@example.org".into(), written: None };
        current.lists.insert(TAGS.into(), vec![there]);
        let tags = ["b".to_owned()];
        let changes = changes(&[Member::Tags(&tags)], &current, Api::HarvestV3);
        assert_eq!((changes.is_empty(), changes.blocked), (true, vec![TAGS.to_owned()]));
    }

    #[test]
    fn entries_are_compared_as_people_do() {
        use crate::delivery::members::alike;
        for (list, one, other) in [
            ("email_addresses", "Ada@Example.org ", "ada@example.org"),
            ("phone_numbers", "+46 (70) 123-00", "+467012300"),
            ("website_addresses", "https://ada.example/", "https://ada.example"),
            ("social_media_addresses", "https://x.example/ada/", "https://x.example/ada"),
            ("addresses", "1  Rue de l'Exemple", "1 Rue de l'Exemple "),
            ("tags", "Rust", "rust"),
        ] {
            assert_eq!(alike(list, one), alike(list, other), "{list}");
        }
        assert_ne!(alike("phone_numbers", "ada.1"), alike("phone_numbers", "grace.1"), "Skype names");
        assert_ne!(alike("website_addresses", "https://ada.example/A"), alike("website_addresses", "https://ada.example/a"));
    }
}
