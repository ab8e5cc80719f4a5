//! What has to be sent so that Greenhouse has what the profile says, and loses nothing of what it has. Pure.
//! Source: `docs/delivery.md`, R5 and R10. An array that is sent replaces the one that is there.

use super::members::{Member, entry_text};
use crate::model::candidate::shape::{Alike, Merge};
use crate::model::capabilities::Capabilities;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// A candidate as Greenhouse has it now, as far as it can be compared.
#[derive(Debug, Clone, PartialEq, Default, Hash)]
pub struct Current {
    /// Texts, flags and users, by the members' names. What is blank is absent.
    pub values: BTreeMap<&'static str, Value>,
    pub lists: BTreeMap<&'static str, Vec<Entry>>,
    pub fields: Vec<Field>,
}

#[derive(Debug, Clone, PartialEq, Hash)]
pub struct Entry {
    /// What it is compared by; blank where it cannot be read.
    pub value: String,
    /// As it is written back; none where it cannot be.
    pub written: Option<Value>,
}

#[derive(Debug, Clone, PartialEq, Hash)]
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
        let list = || self.lists.get(member).map(|list| list.iter().map(|entry| Value::from(&*entry.value)).collect());
        self.values.get(member).cloned().or_else(list)
    }
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct Changes {
    /// Scalars and whole lists by the members' names, as both APIs write them.
    pub members: Map<String, Value>,
    /// Custom fields: name_key or id, and value.
    pub fields: Vec<(String, Value)>,
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

pub fn changes(due: &[Member<'_>], current: &Current, capabilities: &Capabilities) -> Changes {
    let mut changes = Changes::default();
    for Member { name, value, merge } in due {
        match (merge, value) {
            (Merge::Union(alike), Value::Array(entries)) => changes.unite(name, *alike, entries, current),
            (Merge::CustomFields | Merge::Step, _) => {}
            _ => {
                let value = trimmed(value);
                if current.values.get(&**name).map(trimmed).as_ref() != Some(&value) {
                    changes.set(name, value);
                }
            }
        }
    }
    let fields: Vec<_> = due.iter().filter_map(|member| Some((member.name.strip_prefix("custom_fields.")?, member.value))).collect();
    changes.merge_fields(&fields, current, capabilities);
    changes
}

fn trimmed(value: &Value) -> Value {
    value.as_str().map_or_else(|| value.clone(), |text| text.trim().into())
}

impl Changes {
    fn set(&mut self, name: &str, value: Value) {
        self.members.insert(name.to_owned(), value);
        self.names.push(name.to_owned());
    }

    /// Everything that is there, and what is missing.
    fn unite(&mut self, list: &str, alike: Alike, entries: &[Value], current: &Current) {
        let there = current.lists.get(list).map(Vec::as_slice).unwrap_or_default();
        let mut known: Vec<String> = there.iter().map(|entry| alike.of(&entry.value)).collect();
        let mut missing = Vec::new();
        for entry in entries {
            let key = alike.of(entry_text(entry));
            if !known.contains(&key) {
                known.push(key);
                missing.push(entry.clone());
            }
        }
        if missing.is_empty() {
            return;
        }
        match there.iter().map(|entry| entry.written.clone()).collect::<Option<Vec<_>>>() {
            None => self.blocked.push(list.to_owned()),
            Some(mut all) => {
                all.extend(missing);
                self.set(list, Value::Array(all));
            }
        }
    }

    /// Where an update replaces all custom fields, the existing ones are sent again with the new ones. If one of them cannot be
    /// sent, none is.
    fn merge_fields(&mut self, ours: &[(&str, &Value)], current: &Current, capabilities: &Capabilities) {
        let there = |name: &str| current.fields.iter().find(|field| field.is(name));
        let differing: Vec<_> = ours.iter().filter(|(name, value)| !there(name).is_some_and(|field| field.has(value))).collect();
        if differing.is_empty() {
            return;
        }
        let names = differing.iter().map(|(name, _)| format!("custom_fields.{name}"));
        if capabilities.update_replaces_fields {
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
    use serde_json::json;

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
        current.lists.insert("tags", vec![there]);
        let tags = Member { name: "tags".into(), value: &json!(["b"]), merge: Merge::Union(Alike::AnyCase) };
        let changes = changes(&[tags], &current, &crate::greenhouse::v3::CAPABILITIES);
        assert_eq!((changes.is_empty(), changes.blocked), (true, vec!["tags".to_owned()]));
    }

    #[test]
    fn entries_are_compared_as_people_do() {
        use crate::model::candidate::shape::CANDIDATE;
        let alike = |list: &str, value: &str| match CANDIDATE.member(list).unwrap().merge {
            Merge::Union(alike) => alike.of(value),
            other => panic!("{list}: {other:?}"),
        };
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
