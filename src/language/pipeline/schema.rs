//! The JSON Schemas of the files: what editors use, what `schema/` holds, and what the walk holds files to.

use crate::model::candidate::shape::{APPLICATION, CANDIDATE, Member, Object, Shape};
use serde_json::{Map, Value, json};
use std::sync::LazyLock;

/// A pipeline file's schema.
pub static PIPELINE: LazyLock<Value> = LazyLock::new(|| schema("pipeline"));
/// A library file's schema: its sources and destinations may be parts of one.
pub static LIBRARY: LazyLock<Value> = LazyLock::new(|| {
    let mut schema = schema("library");
    visit(&mut schema, &mut |object| {
        if object.contains_key("x-use") {
            object.remove("anyOf");
        }
    });
    schema
});
/// `hireline.yaml`'s schema.
pub static WORKSPACE: LazyLock<Value> = LazyLock::new(|| schema("workspace"));

/// Of one kind of file. A mapping is described loosely: its own compiler knows the members.
fn schema(kind: &str) -> Value {
    static ALL: LazyLock<Map<String, Value>> = LazyLock::new(|| {
        #[expect(clippy::expect_used, reason = "the file is a part of the program, and every test of a pipeline reads it")]
        serde_yaml::from_str(include_str!("schema.yaml")).expect("schema.yaml holds schemas")
    });
    let mut schema = ALL.get(kind).cloned().unwrap_or_default();
    visit(&mut schema, &mut |object| {
        if object.get("x-shape").is_some_and(|shape| shape == "candidate") {
            let members: Map<_, _> = mapping_names().map(|(name, about)| (name.into(), json!({"description": about}))).collect();
            object.insert("anyOf".into(), json!([{"type": "string"}, {"type": "object", "properties": members}]));
        }
    });
    schema
}

/// A schema for editors: in a block with `$use`, null removes a key.
pub fn published(schema: &Value) -> Value {
    let mut schema = schema.clone();
    visit(&mut schema, &mut |object| {
        if object.remove("x-use").is_some()
            && let Some(Value::Object(properties)) = object.get_mut("properties")
        {
            for (_, property) in properties.iter_mut().filter(|(name, _)| *name != "$use") {
                let words = ["description", "examples"].map(|key| (key, property.get(key).cloned()));
                *property = json!({"anyOf": [property.take(), {"type": "null"}]});
                for (key, words) in words {
                    if let (Some(words), Value::Object(property)) = (words, &mut *property) {
                        property.insert(key.into(), words);
                    }
                }
            }
        }
        if let Some(Value::Array(keys)) = object.remove("x-one-of") {
            object.insert("oneOf".into(), keys.into_iter().map(|key| json!({"required": [key]})).collect());
        }
        object.remove("x-secret");
        if let Some(Value::String(shape)) = object.remove("x-shape") {
            for (key, value) in published_shape(&shape).iter().filter_map(Value::as_object).flatten() {
                object.insert(key.clone(), value.clone());
            }
        }
    });
    schema
}

fn visit(schema: &mut Value, change: &mut impl FnMut(&mut Map<String, Value>)) {
    match schema {
        Value::Object(object) => {
            if object
                .keys()
                .any(|key| matches!(key.as_str(), "type" | "anyOf" | "properties" | "x-use" | "default" | "x-one-of" | "x-shape"))
            {
                change(object);
            }
            for (key, value) in object.iter_mut() {
                if !matches!(key.as_str(), "examples" | "default" | "required" | "enum") {
                    visit(value, change);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| visit(item, change)),
        _ => {}
    }
}

const EACH: &str = "Repeats the block for every item of a list: an expression without braces. `$as` names the item.";
const AS: &str = "The name of the current item of `$each`, for the templates of the same block.";
const WHEN: &str = "Keeps the block where this is true: an expression without braces.";
const VALUE: &str = "The value itself, when a block with `$each` or `$when` has no members.";
const USE: &str = "Start from a named mapping, then replace keys; null removes a key.";

/// The members of a mapping and `$use`, each with what is said of it.
pub fn mapping_names() -> impl Iterator<Item = (&'static str, &'static str)> {
    CANDIDATE.members.iter().map(|member| (member.name, member.about)).chain([("$use", USE)])
}

/// The schema of a part that the types leave open, by its `x-shape`.
pub fn published_shape(shape: &str) -> Option<Value> {
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
        // An editor offers the words; a template and `$value` are allowed, too.
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Every key that a person can write has a description and an example, a mapping's members too: editors and the handbook show them.
    #[test]
    fn every_key_is_described_with_an_example() {
        fn bare(schema: &Value, path: &str, found: &mut Vec<String>) {
            if let Some(Value::Object(properties)) = schema.get("properties") {
                for (name, property) in properties {
                    if property.get("description").is_none() || property.get("examples").is_none() {
                        found.push(format!("{path}.{name}"));
                    }
                    bare(property, &format!("{path}.{name}"), found);
                }
            }
            for key in ["additionalProperties", "items"] {
                schema.get(key).into_iter().for_each(|inner| bare(inner, path, found));
            }
            schema.get("anyOf").and_then(Value::as_array).into_iter().flatten().for_each(|inner| bare(inner, path, found));
        }
        let mut found = Vec::new();
        for (name, schema) in [("pipeline", &*PIPELINE), ("library", &LIBRARY), ("workspace", &WORKSPACE)] {
            bare(&published(schema), name, &mut found);
        }
        assert_eq!(found, Vec::<String>::new());
    }

    /// `schema/` is what editors fetch. To renew it: `HIRELINE_WRITE_SCHEMAS=1 cargo test --lib schema`.
    #[test]
    fn the_checked_in_schemas_are_current() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("schema");
        for (name, schema) in [("pipeline", &*PIPELINE), ("library", &LIBRARY), ("workspace", &WORKSPACE)] {
            let path = folder.join(format!("{name}.schema.json"));
            let current = serde_json::to_string_pretty(&published(schema)).unwrap() + "\n";
            if std::env::var_os("HIRELINE_WRITE_SCHEMAS").is_some() {
                std::fs::create_dir_all(&folder).unwrap();
                std::fs::write(&path, &current).unwrap();
            }
            let held = std::fs::read_to_string(&path).unwrap();
            assert!(held == current, "{} is stale: run HIRELINE_WRITE_SCHEMAS=1 cargo test --lib schema", path.display());
        }
    }

    /// Editors and the walk hold a file to the same rules.
    #[test]
    fn editors_are_told_what_the_walk_would_tell() {
        let valid = |yaml: &str| {
            let instance: Value = serde_yaml::from_str(yaml).unwrap();
            jsonschema::draft7::new(&published(&PIPELINE)).unwrap().is_valid(&instance)
        };
        let with = |source: &str, filter: &str, greenhouse: &str| {
            format!(
                "version: 1\npipeline: a\nsource: {source}\nfilters: [{filter}]\nmapping: candidate\ndestination: {{ greenhouse: {greenhouse} }}\n"
            )
        };
        let files = "{ files: { path: \"p/*.json\" } }";
        let auth = "{ auth: { access_token: { env: TOKEN } }, job_ids: [1] }";
        assert!(valid(&with(files, "contactable", auth)));
        assert!(valid(&with("{ hrflow: { $use: acme, page_size: null } }", "{ keep: x, because: y }", "{ $use: acme, existing: skip }")));
        for (source, filter, greenhouse) in [
            ("{ hrflow: {} }", "f", auth),
            ("{ hrflow: { page_size: 3 }, files: { path: x } }", "f", auth),
            ("{ files: { path: null } }", "f", auth),
            (files, "{ keep: x, drop: y }", auth),
            (files, "{ because: y }", auth),
            (files, "f", "{ auth: { access_token: hush } }"),
            (files, "f", "{ auth: { access_token: { env: A, file: b } } }"),
            (files, "f", "{ auth: { access_token: { env: A } }, existing: aply }"),
            (files, "f", "{ auth: { access_token: { env: A } }, colour: blue }"),
        ] {
            assert!(!valid(&with(source, filter, greenhouse)), "{source} {filter} {greenhouse}");
        }
    }
}
