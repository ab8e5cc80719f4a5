//! What may stand at a place: by the files' schemas, and in a mapping by the candidate's table.

use super::cursor::{MARK, Spot, Step};
use crate::language::compile;
use crate::language::pipeline::schema;
use crate::language::pipeline::walk::keys::property;
use crate::language::yaml::{Entry, Tree};
use crate::model::candidate::shape::{APPLICATION, CANDIDATE, Member, Object, Shape, WITH_UNIT};
use serde_json::Value;
use std::path::Path;

/// Which of our files a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    Pipeline,
    Library,
    Workspace,
}

impl FileKind {
    /// Nothing for a file that is not ours; a file that has nothing in it but what ours begin with may become one.
    pub fn of(path: &Path, text: &str, tree: &Tree) -> Option<Self> {
        if path.file_name().is_some_and(|name| name == "hireline.yaml") {
            return Some(Self::Workspace);
        }
        if tree.get("library").is_some() && tree.get("pipeline").is_none() {
            return Some(Self::Library);
        }
        let known: Vec<Key> = [&*schema::PIPELINE, &*schema::LIBRARY].into_iter().flat_map(schema_keys).collect();
        let begins = |entry: &Entry| known.iter().any(|key| key.name.starts_with(entry.key.trim_matches(MARK)));
        let may_become = || {
            let entries = tree.as_map().unwrap_or_default();
            entries.iter().all(begins) && (entries.len() < 2 || entries.iter().any(|entry| entry.key == "version"))
        };
        (compile::is_hireline_file(text) || may_become()).then_some(Self::Pipeline)
    }

    fn schema(self) -> &'static Value {
        match self {
            Self::Pipeline => &schema::PIPELINE,
            Self::Library => &schema::LIBRARY,
            Self::Workspace => &schema::WORKSPACE,
        }
    }
}

/// What may stand somewhere.
#[derive(Debug, Clone)]
pub enum Expected {
    /// One of these.
    Schema(Vec<&'static Value>),
    /// The members of a block of the candidate; at its top, a mapping may start from another one.
    Members {
        object: &'static Object,
        top: bool,
    },
    Shape(&'static Shape),
    /// Nothing is known.
    Open,
}

static SCALAR: Shape = Shape::Scalar;
static WHOLE_NUMBERS: Shape = Shape::List(&Shape::Id);

/// A key that may stand somewhere.
#[derive(Debug, Clone)]
pub struct Key {
    pub name: String,
    pub about: String,
    /// As it would be written in YAML, on one line.
    pub example: Option<String>,
    pub required: bool,
}

/// What templates' blocks may say beside their members.
pub const DIRECTIVES: [(&str, &str, &str); 4] = [
    ("$each", "Repeats the block for every item of a list: an expression without braces. `$as` names the item.", "profile.experiences"),
    ("$as", "The name of the current item of `$each`, for the templates of the same block.", "job"),
    ("$when", "Keeps the block where this is true: an expression without braces.", "job.title and job.company"),
    ("$value", "The value itself, when a block with `$each` or `$when` has no members.", "\"{{ skill.name }}\""),
];
const USE: &str = "Start from a named mapping, then replace keys; null removes one.";

impl Expected {
    /// Along a way down from the top of a file.
    pub fn at(file_kind: FileKind, spot: &Spot<'_>) -> Self {
        spot.steps.iter().fold(Self::Schema(vec![file_kind.schema()]), |expected, step| match step {
            Step::Key(entry, _) => expected.under(&entry.key),
            Step::Item => expected.item(),
        })
    }

    /// Whether it is a part of a mapping, where texts are templates.
    pub fn is_mapping(&self) -> bool {
        matches!(self, Self::Members { .. } | Self::Shape(_))
    }

    fn under(&self, key: &str) -> Self {
        let member = |object: &'static Object| object.member(key).map_or(Self::Open, |member| Self::Shape(&member.shape));
        match self {
            // A directive's value: the block's own, repeated or kept.
            Self::Members { .. } | Self::Shape(_) if key.starts_with('$') => match self {
                Self::Shape(Shape::List(item)) => Self::Shape(item),
                other => other.clone(),
            },
            Self::Members { object, .. } => member(object),
            Self::Shape(shape) => match peeled(shape) {
                Shape::Object(object) => member(object),
                Shape::CustomFields => Self::Shape(&SCALAR),
                Shape::Scalar => member(&WITH_UNIT),
                _ => Self::Open,
            },
            Self::Schema(schemas) => {
                Self::of(schemas.iter().flat_map(|schema| alternatives(schema)).filter_map(|schema| property(schema, key)))
            }
            Self::Open => Self::Open,
        }
    }

    fn item(&self) -> Self {
        match self {
            Self::Schema(schemas) => {
                Self::of(schemas.iter().flat_map(|schema| alternatives(schema)).filter_map(|schema| schema.get("items")))
            }
            Self::Shape(Shape::List(item)) => Self::Shape(item),
            other => other.clone(),
        }
    }

    fn of(schemas: impl Iterator<Item = &'static Value>) -> Self {
        let schemas: Vec<&Value> = schemas.collect();
        match schemas.iter().find_map(|schema| schema.get("x-shape")?.as_str()) {
            Some("candidate") => Self::Members { object: &CANDIDATE, top: true },
            Some("application") => Self::Members { object: &APPLICATION, top: false },
            Some("job_ids") => Self::Shape(&WHOLE_NUMBERS),
            _ if schemas.is_empty() => Self::Open,
            _ => Self::Schema(schemas),
        }
    }

    /// The words that may stand here as a value.
    pub fn words(&self) -> Vec<String> {
        match self {
            Self::Schema(schemas) => schemas.iter().flat_map(|schema| alternatives(schema)).flat_map(words_of).collect(),
            Self::Shape(shape) => match peeled(shape) {
                Shape::OneOf(values) => values.iter().map(|value| (*value).to_owned()).collect(),
                Shape::Boolean => vec!["true".to_owned(), "false".to_owned()],
                _ => Vec::new(),
            },
            _ => Vec::new(),
        }
    }
}

fn peeled(shape: &'static Shape) -> &'static Shape {
    match shape {
        Shape::List(item) => item,
        other => other,
    }
}

fn alternatives(schema: &'static Value) -> Vec<&'static Value> {
    let inner = schema.get("anyOf").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    std::iter::once(schema).chain(inner).collect()
}

fn words_of(schema: &Value) -> Vec<String> {
    let listed = schema.get("enum").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    // Words with a description each come as `oneOf` of constants.
    let described = schema.get("oneOf").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let constants = described.iter().chain([schema]).filter_map(|schema| schema.get("const"));
    let booleans = if schema.get("type").is_some_and(|kind| kind == "boolean") { vec!["true", "false"] } else { Vec::new() };
    let plain = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    listed.iter().chain(constants).map(plain).chain(booleans.into_iter().map(str::to_owned)).collect()
}

/// The keys that may stand in a block.
pub fn keys(expected: &Expected) -> Vec<Key> {
    match expected {
        Expected::Schema(schemas) => schemas.iter().flat_map(|schema| alternatives(schema)).flat_map(schema_keys).collect(),
        Expected::Members { object, top: true } => {
            let head = Key { name: "$use".into(), about: USE.into(), example: Some("candidate".into()), required: false };
            std::iter::once(head).chain(object.members.iter().map(member_key)).collect()
        }
        Expected::Members { object, .. } => {
            object.members.iter().filter(|member| !matches!(member.name, "job_id" | "job")).map(member_key).collect()
        }
        Expected::Shape(shape) => {
            let members = match peeled(shape) {
                Shape::Object(object) => object.members,
                _ => &[],
            };
            members.iter().map(member_key).chain(DIRECTIVES.iter().map(directive_key)).collect()
        }
        Expected::Open => Vec::new(),
    }
}

fn schema_keys(schema: &Value) -> Vec<Key> {
    let required = schema.get("required").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let properties = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
    let key = |(name, property): (&String, &Value)| Key {
        name: name.clone(),
        about: property.get("description").and_then(Value::as_str).unwrap_or_default().to_owned(),
        example: property.pointer("/examples/0").map(in_yaml),
        required: required.iter().any(|required| required == name),
    };
    properties.map(key).collect()
}

fn member_key(member: &Member) -> Key {
    Key {
        name: member.name.to_owned(),
        about: format!("{} ({})", member.about, member.shape.in_words()),
        example: serde_json::from_str(member.example).ok().map(|example| in_yaml(&example)),
        required: member.required,
    }
}

fn directive_key((name, about, example): &(&str, &str, &str)) -> Key {
    Key { name: (*name).into(), about: (*about).into(), example: Some((*example).into()), required: false }
}

/// JSON is YAML; but people write words without quotes where they can.
fn in_yaml(value: &Value) -> String {
    match value {
        Value::String(text) if text.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-')) => text.clone(),
        Value::Array(items) => format!("[{}]", items.iter().map(in_yaml).collect::<Vec<_>>().join(", ")),
        Value::Object(members) => {
            let members = members.iter().map(|(name, value)| format!("{name}: {}", in_yaml(value)));
            format!("{{ {} }}", members.collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}

/// What is said of a key, for people.
pub fn described(key: &Key) -> String {
    let mut text = key.about.clone();
    if key.required {
        text.push_str("\n\nRequired.");
    }
    if let Some(example) = &key.example {
        text.push_str(&format!("\n\nExample: `{}: {example}`", key.name));
    }
    text
}
