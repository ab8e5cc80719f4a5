//! A mapping's part of the published schemas, from the candidate's table. It is loose: where a template may stand anything may, and what a
//! mapping's own compiler tells in words is not told twice.

use crate::candidate::shape::{APPLICATION, CANDIDATE, Member, Object, Shape};
use serde_json::{Map, Value, json};

const EACH: &str = "Repeats the block for every item of a list: an expression without braces. `$as` names the item.";
const AS: &str = "The name of the item that `$each` is at, for the templates beside it.";
const WHEN: &str = "Keeps the block where this is true: an expression without braces.";
const VALUE: &str = "The value itself, where `$each` or `$when` stands beside no members.";
const USE: &str = "Start from a named mapping, then replace keys; null removes one.";

/// What stands for a part that the types leave open, by its `x-shape`.
pub fn published(shape: &str) -> Option<Value> {
    match shape {
        "candidate" => {
            let mut members = members(&CANDIDATE);
            members.insert("$use".into(), json!({"type": "string", "description": USE, "examples": ["candidate"]}));
            Some(json!({"anyOf": [{"type": "string"}, {"type": "object", "properties": members}]}))
        }
        "application" => {
            let mut members = members(&APPLICATION);
            members.retain(|name, _| !matches!(name.as_str(), "job_id" | "job"));
            Some(json!({"type": "object", "properties": members}))
        }
        _ => None,
    }
}

fn members(object: &Object) -> Map<String, Value> {
    let described = |member: &Member| {
        let mut schema = self::shape(&member.shape);
        if let Value::Object(parts) = &mut schema {
            parts.insert("description".into(), json!(member.about));
            parts.insert("examples".into(), json!([serde_json::from_str::<Value>(member.example).unwrap_or_default()]));
        }
        (member.name.to_owned(), schema)
    };
    object.members.iter().map(described).collect()
}

fn shape(shape: &Shape) -> Value {
    match shape {
        Shape::List(item) => match block(item) {
            Some(block) => json!({"anyOf": [{"type": "array", "items": block}, block, {"type": ["string", "null"]}]}),
            None => json!({}),
        },
        Shape::Object(_) => block(shape).map_or(json!({}), |block| json!({"anyOf": [block, {"type": ["string", "null"]}]})),
        // An editor offers the words; a template and `$value` may stand there, too.
        Shape::OneOf(words) => json!({"anyOf": [{"enum": words}, {"type": ["string", "object", "null"]}]}),
        _ => json!({}),
    }
}

fn block(shape: &Shape) -> Option<Value> {
    let Shape::Object(object) = shape else { return None };
    let mut members = members(object);
    for (name, about, example) in
        [("$each", EACH, "profile.experiences"), ("$as", AS, "job"), ("$when", WHEN, "job.title"), ("$value", VALUE, "{{ job.title }}")]
    {
        members.insert(name.into(), json!({"description": about, "examples": [example]}));
    }
    Some(json!({"type": "object", "properties": members}))
}
