//! The candidate's JSON Schema (2020-12), from the same table as the validation.

use super::shape::{CANDIDATE, Member, Object, Rule, Shape, WITH_UNIT};
use super::text;
use serde_json::{Map, Value, json};

/// The candidate's own JSON Schema.
pub fn schema() -> Value {
    let mut schema = object(&CANDIDATE);
    if let Value::Object(members) = &mut schema {
        let mut head = Map::new();
        head.insert("$schema".into(), json!("https://json-schema.org/draft/2020-12/schema"));
        head.insert("title".into(), json!("A candidate as Hireline sends it"));
        head.append(members);
        *members = head;
    }
    schema
}

fn shape(shape: &Shape) -> Value {
    match shape {
        Shape::Text => json!({"type": "string", "pattern": text::NOT_BLANK}),
        Shape::Boolean => json!({"type": "boolean"}),
        Shape::Id => json!({"type": "integer", "minimum": 1, "maximum": u64::MAX}),
        Shape::OneOf(values) => json!({"enum": values}),
        Shape::Date => json!({"type": "string", "anyOf": [
            {"format": "date", "pattern": text::DATE},
            {"format": "date-time", "pattern": text::DATE_TIME},
        ]}),
        Shape::Email => json!({"type": "string", "pattern": text::EMAIL, "maxLength": text::EMAIL_LENGTH}),
        Shape::Url => json!({"type": "string", "pattern": text::URL}),
        Shape::Base64 => json!({"type": "string", "contentEncoding": "base64", "pattern": text::BASE64}),
        Shape::TextOrId => json!({"anyOf": [self::shape(&Shape::Text), self::shape(&Shape::Id)]}),
        Shape::Scalar => json!({"anyOf": [self::shape(&Shape::Text), {"type": ["number", "boolean"]}]}),
        Shape::List(item) => json!({"type": "array", "items": self::shape(item)}),
        Shape::Object(inner) => object(inner),
        Shape::CustomFields => json!({
            "type": "object",
            "propertyNames": {"pattern": text::NOT_BLANK},
            "additionalProperties": {"anyOf": [
                self::shape(&Shape::Scalar),
                self::shape(&Shape::List(&Shape::Scalar)),
                object(&WITH_UNIT),
            ]},
        }),
    }
}

fn object(object: &Object) -> Value {
    let properties: Map<String, Value> = object.members.iter().map(|m| (m.name.to_owned(), described(m))).collect();
    let required: Vec<&str> = object.members.iter().filter(|m| m.required).map(|m| m.name).collect();
    let mut schema = json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false});
    let rules: Vec<Value> = object.rules.iter().map(rule).collect();
    if let (Value::Object(members), false) = (&mut schema, rules.is_empty()) {
        members.insert("allOf".into(), Value::Array(rules));
    }
    schema
}

fn described(member: &Member) -> Value {
    let mut schema = shape(&member.shape);
    if let Value::Object(members) = &mut schema {
        members.insert("description".into(), json!(member.about));
        if let Ok(example) = serde_json::from_str::<Value>(member.example) {
            members.insert("examples".into(), json!([example]));
        }
    }
    schema
}

fn rule(rule: &Rule) -> Value {
    let there = |name: &&str| json!({"required": [name]});
    let each = |names: &[&str]| names.iter().map(there).collect::<Vec<_>>();
    match rule {
        Rule::ExactlyOne(names) => json!({"oneOf": each(names)}),
        Rule::AtLeastOne(names) => json!({"anyOf": each(names)}),
        Rule::AtMostOne(names) => {
            let none = json!({"not": {"anyOf": each(names)}});
            json!({"oneOf": each(names).into_iter().chain([none]).collect::<Vec<_>>()})
        }
        Rule::Needs(first, second) => json!({"dependentRequired": {*first: [second]}}),
    }
}

#[cfg(test)]
mod tests {
    /// `schema/` is what editors fetch. To renew it: `HIRELINE_WRITE_SCHEMAS=1 cargo test --lib schema`.
    #[test]
    fn the_checked_in_schema_is_current() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("schema/candidate.schema.json");
        let current = format!("{:#}\n", super::schema());
        if std::env::var_os("HIRELINE_WRITE_SCHEMAS").is_some() {
            std::fs::write(&path, &current).unwrap();
        }
        let held = std::fs::read_to_string(&path).unwrap();
        assert!(held == current, "{} is stale: run HIRELINE_WRITE_SCHEMAS=1 cargo test --lib schema", path.display());
    }
}
