//! Ids that stand for names where Greenhouse is not asked: for `trace` and `test`, which show requests without the network. They
//! go through a push as ids do, and are shown as `{job_id of "Platform Engineer"}`.

use super::fields::{FieldError, Sent, is_key};
use super::{NameError, Names};
use crate::model::named::Kind;
use serde_json::Value;
use std::collections::BTreeMap;

/// Counted down from the largest number: no id of Greenhouse's comes near.
const FIRST: u64 = u64::MAX;

/// The names that were met, each with the number that stands for its id.
#[derive(Debug, Default)]
pub struct StandIns {
    words: BTreeMap<u64, String>,
}

impl StandIns {
    /// A number that stands for the id of a name; the same for the same words.
    pub fn stand_for(&mut self, member: &str, name: &str) -> u64 {
        let words = format!("{{{member} of {}}}", Value::from(name));
        if let Some((id, _)) = self.words.iter().find(|(_, known)| **known == words) {
            return *id;
        }
        let id = FIRST - self.words.len() as u64;
        self.words.insert(id, words);
        id
    }

    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Puts the words where the numbers are.
    pub fn show(&self, value: &mut Value) {
        match value {
            Value::Number(number) => {
                if let Some(words) = number.as_u64().and_then(|id| self.words.get(&id)) {
                    *value = Value::from(words.as_str());
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.show(item)),
            Value::Object(members) => members.values_mut().for_each(|member| self.show(member)),
            _ => {}
        }
    }

    /// The same in a text that is nothing but a number.
    pub fn show_text(&self, text: &str) -> Option<&str> {
        self.words.get(&text.parse().ok()?).map(String::as_str)
    }
}

impl Names for StandIns {
    fn id(&mut self, kind: Kind, _: Option<u64>, name: &str) -> Result<u64, NameError> {
        Ok(self.stand_for(kind.id_member(), name))
    }

    /// What looks like a name_key or an id is taken for one, and the value is left as it is.
    fn custom_field(&mut self, key: &str, value: Value) -> Result<Sent, FieldError> {
        let key = if is_key(key) { key.to_owned() } else { self.stand_for("custom_field_id", key).to_string() };
        Ok(Sent { field: None, key, value })
    }
}
