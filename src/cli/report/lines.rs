//! What machines read: one object a line. Source: `docs/running.md`, "For machines".

use crate::model::outcome::{Ending, Outcome};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// An object with these members too, where there is a value.
pub fn with<'n>(mut object: Value, members: impl IntoIterator<Item = (&'n str, Option<Value>)>) -> Value {
    if let Value::Object(object) = &mut object {
        object.extend(members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
    }
    object
}

pub fn profile(pipeline: &str, ending: &Ending) -> Value {
    merged(json!({ "type": "profile", "pipeline": pipeline }), ending)
}

/// An object with the members of another one too.
pub fn merged(mut line: Value, other: &impl Serialize) -> Value {
    if let (Value::Object(line), Ok(Value::Object(members))) = (&mut line, serde_json::to_value(other)) {
        line.extend(members);
    }
    line
}

pub fn summary(run: &str, pipeline: &str, counts: &BTreeMap<Outcome, u64>, seconds: f64, stopped: Option<&str>) -> Value {
    let line = json!({
        "type": "summary", "run": run, "pipeline": pipeline,
        "counts": counts.iter().map(|(outcome, n)| (outcome.as_str().to_owned(), json!(n))).collect::<serde_json::Map<_, _>>(),
        "seconds": (seconds * 1000.0).round() / 1000.0,
    });
    with(line, [("stopped", stopped.map(Value::from))])
}

pub fn filters(by: &BTreeMap<(String, Option<String>), u64>) -> Value {
    let line = |((filter, because), n): (&(String, Option<String>), &u64)| {
        with(json!({ "filter": filter, "count": n }), [("because", because.clone().map(Value::from))])
    };
    by.iter().map(line).collect()
}
