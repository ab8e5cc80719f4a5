//! The JSON Schemas of the files, made from their types: what editors use, what `schema/` holds, and what the walk holds files to.

mod mapping;

use crate::pipeline::PipelineFile;
use crate::pipeline::library::LibraryFile;
use crate::pipeline::workspace::WorkspaceFile;
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::{Value, json};
use std::sync::LazyLock;

/// A pipeline file's schema.
pub static PIPELINE: LazyLock<Value> = LazyLock::new(generate::<PipelineFile>);
/// A library file's schema: its sources and destinations may be parts of one.
pub static LIBRARY: LazyLock<Value> = LazyLock::new(|| {
    let mut schema = generate::<LibraryFile>();
    visit(&mut schema, &mut |object| {
        if object.contains_key("x-use") {
            object.remove("anyOf");
        }
    });
    schema
});
/// `hireline.yaml`'s schema.
pub static WORKSPACE: LazyLock<Value> = LazyLock::new(generate::<WorkspaceFile>);

/// A schema as it is handed out: beside `$use`, null removes a key, and editors must know.
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
            for (key, value) in mapping::published(&shape).iter().filter_map(Value::as_object).flatten() {
                object.insert(key.clone(), value.clone());
            }
        }
    });
    schema
}

fn generate<T: JsonSchema>() -> Value {
    let settings = SchemaSettings::draft07().with(|settings| settings.inline_subschemas = true);
    let mut schema = settings.into_generator().into_root_schema_for::<T>().to_value();
    visit(&mut schema, &mut |object| {
        without_null(object);
        takes_use(object);
    });
    schema
}

/// An optional key is left out, not set to nothing: `filters:` with its lines commented out must not mean "no filters".
fn without_null(object: &mut serde_json::Map<String, Value>) {
    if let Some(Value::Array(types)) = object.get_mut("type") {
        types.retain(|name| name != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            object.insert("type".into(), only);
        }
    }
    if let Some(Value::Array(alternatives)) = object.get_mut("anyOf") {
        alternatives.retain(|schema| schema.get("type") != Some(&json!("null")));
        if let [Value::Object(only)] = alternatives.as_slice() {
            let only = only.clone();
            object.remove("anyOf");
            for (key, value) in only {
                object.entry(key).or_insert(value);
            }
        }
    }
    if object.get("default") == Some(&Value::Null) {
        object.remove("default");
    }
}

/// A block with `$use` may leave out what the named block says.
fn takes_use(object: &mut serde_json::Map<String, Value>) {
    if !object.contains_key("x-use") || object.get("properties").is_some_and(|properties| properties.get("$use").is_some()) {
        return;
    }
    if let Some(Value::Object(properties)) = object.get_mut("properties") {
        let words = "Start from a named block of a library, then replace keys; null removes one.";
        properties.insert("$use".into(), json!({"type": "string", "description": words, "examples": ["acme"]}));
    }
    if let Some(required) = object.remove("required") {
        object.insert("anyOf".into(), json!([{"required": ["$use"]}, {"required": required}]));
    }
}

fn visit(schema: &mut Value, change: &mut impl FnMut(&mut serde_json::Map<String, Value>)) {
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
