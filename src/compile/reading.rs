//! What a pipeline reads and makes, as one hash. Source: rule 12 of the delivery's design.

use crate::filter::Filter;
use crate::tree::{Entry, Kind, Tree};
use crate::yaml::to_json;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// Changed whenever the meaning of what is hashed here changes, so that no pipeline keeps an old cursor by accident.
const VERSION: u64 = 1;

/// The definitions that decide which profiles are read and what becomes of them.
pub(super) struct Definitions<'a> {
    pub source: &'a Tree,
    pub filters: &'a [Filter],
    pub mapping: &'a [Entry],
    /// `greenhouse:`, for the parts of it that are templates.
    pub greenhouse: Option<&'a Tree>,
    pub vars: &'a Value,
}

/// SHA-256 in hex. Comments, layout, the order of keys and a filter's name and `because` do not count.
pub(super) fn hash(definitions: &Definitions<'_>) -> String {
    let part = |key| definitions.greenhouse.and_then(|block| block.get(key)).map(to_json);
    let filters: Vec<Value> = definitions.filters.iter().map(|filter| json!([filter.keeps, filter.text])).collect();
    let mapping = Tree { place: definitions.source.place.clone(), kind: Kind::Map(definitions.mapping.to_vec()) };
    let whole = json!({
        "version": VERSION,
        "source": to_json(definitions.source),
        "filters": filters,
        "mapping": to_json(&mapping),
        "job_ids": part("job_ids"),
        "application": part("application"),
        "vars": definitions.vars,
    });
    let digest = Sha256::digest(canonical(whole).to_string().as_bytes());
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Members sorted by name, all the way down.
fn canonical(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let mut members: Vec<(String, Value)> = members.into_iter().map(|(key, value)| (key, canonical(value))).collect();
            members.sort_by(|a, b| a.0.cmp(&b.0));
            Value::Object(members.into_iter().collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(canonical).collect()),
        other => other,
    }
}
