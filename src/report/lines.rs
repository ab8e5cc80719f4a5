//! What machines read: one object a line. Source: "What machines read" of the pipeline's design.

use crate::outcome::{Ending, Outcome};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A profile's line.
pub fn profile(pipeline: &str, ending: &Ending) -> Value {
    let mut line = json!({ "type": "profile", "pipeline": pipeline });
    if let (Value::Object(line), Ok(Value::Object(members))) = (&mut line, serde_json::to_value(ending)) {
        line.extend(members);
    }
    line
}

/// A pipeline's line.
pub fn summary(run: &str, pipeline: &str, counts: &BTreeMap<Outcome, u64>, seconds: f64, stopped: Option<&str>) -> Value {
    let mut line = json!({
        "type": "summary", "run": run, "pipeline": pipeline,
        "counts": counts.iter().map(|(outcome, n)| (outcome.as_str().to_owned(), json!(n))).collect::<serde_json::Map<_, _>>(),
        "seconds": (seconds * 1000.0).round() / 1000.0,
    });
    if let (Some(stopped), Value::Object(line)) = (stopped, &mut line) {
        line.insert("stopped".into(), json!(stopped));
    }
    line
}

/// How many each filter dropped.
pub fn filters(by: &BTreeMap<(String, Option<String>), u64>) -> Value {
    let line = |((filter, because), n): (&(String, Option<String>), &u64)| {
        let mut line = json!({ "filter": filter, "count": n });
        if let (Some(because), Value::Object(line)) = (because, &mut line) {
            line.insert("because".into(), json!(because));
        }
        line
    };
    by.iter().map(line).collect()
}
