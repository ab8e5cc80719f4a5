//! What a HrFlow profile is known to hold, to find slips of the pen. Source: `docs/hrflow-api.md`, "Profiles".

use crate::base::diagnostic::nearest;
use serde_json::{Map, Value};
use std::sync::LazyLock;

/// What stands at a place of the profile.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Type {
    Scalar,
    /// Anything: HrFlow says no more of it.
    Open,
    List(&'static Type),
    /// Fields: name, what stands there, and its meaning in a line, for editors.
    Block(&'static [(&'static str, Type, &'static str)]),
}

pub static PROFILE: LazyLock<Type> = LazyLock::new(|| {
    #[expect(clippy::expect_used, reason = "the file is a part of the program, and tests read it")]
    block(&serde_yaml::from_str(include_str!("fields.yaml")).expect("fields.yaml holds fields"))
});

/// A block of the file. It is kept for as long as the process lives, so that types can be copied.
fn block(fields: &Map<String, Value>) -> Type {
    let field = |(name, field): (&String, &Value)| {
        let inner = |key: &str| field.get(key).and_then(Value::as_object).map(block);
        let kind = match (inner("fields"), inner("items")) {
            (Some(fields), _) => fields,
            (_, Some(item)) => Type::List(Box::leak(Box::new(item))),
            _ if field.is_string() => Type::Scalar,
            _ => Type::Open,
        };
        let about = field.as_str().or_else(|| field.get("about")?.as_str()).unwrap_or_default();
        (&*name.clone().leak(), kind, &*about.to_owned().leak())
    };
    Type::Block(fields.iter().map(field).collect::<Vec<_>>().leak())
}

impl Type {
    /// What stands under a name; nothing where the name is not known.
    pub fn member(self, name: &str) -> Option<Type> {
        match self {
            Type::Block(members) => members.iter().find(|(known, ..)| *known == name).map(|(_, inner, _)| *inner),
            Type::Open => Some(Type::Open),
            Type::Scalar | Type::List(_) => None,
        }
    }

    /// What a field of that name means.
    pub fn about(self, name: &str) -> Option<&'static str> {
        match self {
            Type::Block(members) => members.iter().find(|(known, ..)| *known == name).map(|(_, _, about)| *about),
            _ => None,
        }
    }

    /// Text or number, a list, fields: in a word.
    pub fn in_words(self) -> &'static str {
        match self {
            Type::Scalar => "a value",
            Type::Open => "anything",
            Type::List(_) => "a list",
            Type::Block(_) => "a block of fields",
        }
    }

    /// What an item of a list is.
    pub fn item(self) -> Type {
        match self {
            Type::List(item) => *item,
            _ => Type::Open,
        }
    }

    pub fn names(self) -> impl Iterator<Item = &'static str> {
        let members = match self {
            Type::Block(members) => members,
            _ => &[],
        };
        members.iter().map(|(name, ..)| *name)
    }
}

/// Fields that are numbers, wherever they stand. Source: `docs/hrflow-api.md`, "Profiles".
pub fn is_number(name: &str) -> bool {
    matches!(name, "experiences_duration" | "educations_duration" | "lat" | "lng" | "file_size" | "rating")
}

/// Fields that are dates as text: `date_start`, `date_birth`, `date_stage`, …, and `created_at`, `updated_at`, `archived_at`.
pub fn is_date(name: &str) -> bool {
    name.starts_with("date_") || name.ends_with("_at")
}

/// Fields that are never anything but text. Of others, `value` first of all, HrFlow does not say so.
pub fn is_text(name: &str) -> bool {
    const TEXTS: &str = "key source_key text text_language full_name first_name last_name email phone summary url title description \
                         company school name city country file_name original_file_name public_url";
    is_date(name) || TEXTS.split_whitespace().any(|text| text == name)
}

/// The shortest path to a field of that name: `email` is `profile.info.email`.
pub fn path_to(name: &str) -> Option<String> {
    let Type::Block(top) = *PROFILE else { return None };
    if top.iter().any(|(known, ..)| *known == name) {
        return Some(format!("profile.{name}"));
    }
    top.iter()
        .find(|(_, inner, _)| matches!(inner, Type::Block(_)) && inner.member(name).is_some())
        .map(|(outer, ..)| format!("profile.{outer}.{name}"))
}

/// The way to a field of that name in the blocks below, the shortest one: `first_name` is `info.first_name` in a profile.
pub(crate) fn below(kind: Type, name: &str) -> Option<String> {
    let mut level: Vec<(String, Type)> = vec![(String::new(), kind)];
    while !level.is_empty() {
        let mut next = Vec::new();
        for (way, kind) in level {
            let Type::Block(members) = kind else { continue };
            for (outer, inner, _) in members {
                if matches!(inner, Type::Block(_)) {
                    let way = format!("{way}{outer}.");
                    if inner.member(name).is_some() {
                        return Some(format!("{way}{name}"));
                    }
                    next.push((way, *inner));
                }
            }
        }
        level = next;
    }
    None
}

/// What is said of a field that is not known below a path, and what to do about it.
pub fn unknown(path: &str, name: &str, kind: Type) -> (String, String) {
    let known: Vec<&str> = kind.names().collect();
    if let Some(below) = below(kind, name) {
        return (format!("HrFlow's profiles have no `{path}.{name}` that is known"), format!("did you mean `{path}.{below}`?"));
    }
    let help = match nearest(name, known.iter().copied()) {
        Some(near) => format!("did you mean `{path}.{near}`?"),
        None if known.is_empty() => format!("`{path}` has no keys"),
        None => format!("known there: {}", known.join(", ")),
    };
    (format!("HrFlow's profiles have no `{path}.{name}` that is known"), help)
}
