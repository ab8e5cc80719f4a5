//! How many calls came, of which kind, and how they were answered.

use super::misbehave::Delivery;
use serde_json::{Value, json};
use std::collections::BTreeMap;

#[derive(Debug, Default)]
pub(super) struct Counts(BTreeMap<String, BTreeMap<String, u64>>);

impl Counts {
    /// Counts an answer by its status; one that did not arrive whole is `lost` or `cut`.
    pub fn answered(&mut self, kind: String, status: u16, delivery: Delivery) {
        let how = match delivery {
            Delivery::Whole => status.to_string(),
            Delivery::Half | Delivery::Long => "cut".to_owned(),
            Delivery::Nothing => "lost".to_owned(),
        };
        *self.0.entry(kind).or_default().entry(how).or_default() += 1;
    }

    /// `{"answered": 3, "too_many": 1, "calls": {"greenhouse POST /v3/candidates": {"201": 2, "429": 1}}}`. A caller who goes away before an
    /// answer that is held back is not in it.
    pub fn told(&self) -> Value {
        let of = |wanted: Option<&str>| -> u64 {
            let all = self.0.values().flatten();
            all.filter(|(how, _)| wanted.is_none_or(|wanted| wanted == how.as_str())).map(|(_, count)| count).sum()
        };
        json!({"answered": of(None), "too_many": of(Some("429")), "calls": self.0})
    }
}
