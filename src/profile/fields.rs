//! What a HrFlow profile is known to hold, to find slips of the pen. Source: "Profile document" of the HrFlow reference.

use crate::diagnostic::nearest;

/// What stands at a place of the profile.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Type {
    Scalar,
    /// Anything: HrFlow says no more of it.
    Open,
    List(&'static Type),
    Block(&'static [(&'static str, Type)]),
}

const NAMED: Type = Type::List(&Type::Block(&[("name", Type::Scalar), ("value", Type::Scalar)]));
const SKILLS: Type = Type::List(&Type::Block(&[("name", Type::Scalar), ("type", Type::Scalar), ("value", Type::Scalar)]));

const PLACE_FIELDS: Type = Type::Block(&[
    ("category", Type::Scalar),
    ("city", Type::Scalar),
    ("city_district", Type::Scalar),
    ("country", Type::Scalar),
    ("country_region", Type::Scalar),
    ("entrance", Type::Scalar),
    ("house", Type::Scalar),
    ("house_number", Type::Scalar),
    ("island", Type::Scalar),
    ("level", Type::Scalar),
    ("near", Type::Scalar),
    ("po_box", Type::Scalar),
    ("postcode", Type::Scalar),
    ("road", Type::Scalar),
    ("staircase", Type::Scalar),
    ("state", Type::Scalar),
    ("state_district", Type::Scalar),
    ("suburb", Type::Scalar),
    ("text", Type::Scalar),
    ("unit", Type::Scalar),
    ("world_region", Type::Scalar),
]);

const LOCATION: Type =
    Type::Block(&[("text", Type::Scalar), ("lat", Type::Scalar), ("lng", Type::Scalar), ("gmaps", Type::Open), ("fields", PLACE_FIELDS)]);

macro_rules! stay {
    ($where:literal) => {
        Type::List(&Type::Block(&[
            ("key", Type::Scalar),
            ($where, Type::Scalar),
            ("title", Type::Scalar),
            ("description", Type::Scalar),
            ("logo", Type::Scalar),
            ("location", LOCATION),
            ("date_start", Type::Scalar),
            ("date_end", Type::Scalar),
            ("skills", SKILLS),
            ("certifications", NAMED),
            ("courses", NAMED),
            ("tasks", NAMED),
        ]))
    };
}

pub const PROFILE: Type = Type::Block(&[
    ("key", Type::Scalar),
    ("reference", Type::Scalar),
    ("id", Type::Scalar),
    ("source_key", Type::Scalar),
    (
        "source",
        Type::Block(&[
            ("key", Type::Scalar),
            ("name", Type::Scalar),
            ("type", Type::Scalar),
            ("subtype", Type::Scalar),
            ("environment", Type::Scalar),
        ]),
    ),
    ("archive", Type::Open),
    ("archived_at", Type::Scalar),
    ("created_at", Type::Scalar),
    ("updated_at", Type::Scalar),
    ("consent_algorithmic", Type::Open),
    ("text", Type::Scalar),
    ("text_language", Type::Scalar),
    ("experiences_duration", Type::Scalar),
    ("educations_duration", Type::Scalar),
    (
        "info",
        Type::Block(&[
            ("full_name", Type::Scalar),
            ("first_name", Type::Scalar),
            ("last_name", Type::Scalar),
            ("email", Type::Scalar),
            ("phone", Type::Scalar),
            ("date_birth", Type::Scalar),
            ("driving_license", Type::Open),
            ("gender", Type::Scalar),
            ("summary", Type::Scalar),
            ("picture", Type::Scalar),
            ("location", LOCATION),
            ("urls", Type::List(&Type::Block(&[("type", Type::Scalar), ("url", Type::Scalar)]))),
        ]),
    ),
    ("experiences", stay!("company")),
    ("educations", stay!("school")),
    ("skills", SKILLS),
    ("languages", NAMED),
    ("certifications", NAMED),
    ("courses", NAMED),
    ("tasks", NAMED),
    ("interests", NAMED),
    ("tags", NAMED),
    ("metadatas", NAMED),
    (
        "labels",
        Type::List(&Type::Block(&[
            ("board_key", Type::Scalar),
            ("job_key", Type::Scalar),
            ("job_reference", Type::Scalar),
            ("stage", Type::Scalar),
            ("date_stage", Type::Scalar),
            ("rating", Type::Scalar),
            ("date_rating", Type::Scalar),
            ("board", Type::Open),
            ("job", Type::Open),
        ])),
    ),
    (
        "attachments",
        Type::List(&Type::Block(&[
            ("type", Type::Scalar),
            ("alt", Type::Scalar),
            ("file_size", Type::Scalar),
            ("file_name", Type::Scalar),
            ("original_file_name", Type::Scalar),
            ("extension", Type::Scalar),
            ("public_url", Type::Scalar),
            ("created_at", Type::Scalar),
            ("updated_at", Type::Scalar),
            ("timestamp", Type::Scalar),
        ])),
    ),
]);

impl Type {
    /// What stands under a name; nothing where the name is not known.
    pub fn member(self, name: &str) -> Option<Type> {
        match self {
            Type::Block(members) => members.iter().find(|(known, _)| *known == name).map(|(_, inner)| *inner),
            Type::Open => Some(Type::Open),
            Type::Scalar | Type::List(_) => None,
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
        members.iter().map(|(name, _)| *name)
    }
}

/// Fields that are numbers, wherever they stand. Source: "Profile document" of the HrFlow reference.
pub fn is_number(name: &str) -> bool {
    matches!(name, "experiences_duration" | "educations_duration" | "lat" | "lng" | "file_size" | "rating")
}

/// Fields that are dates as text.
pub fn is_date(name: &str) -> bool {
    name.starts_with("date_") || name.ends_with("_at")
}

/// Fields that are never anything but text. Of others, `value` first of all, HrFlow does not say so.
pub fn is_text(name: &str) -> bool {
    is_date(name)
        || matches!(
            name,
            "key"
                | "source_key"
                | "text"
                | "text_language"
                | "full_name"
                | "first_name"
                | "last_name"
                | "email"
                | "phone"
                | "summary"
                | "url"
                | "title"
                | "description"
                | "company"
                | "school"
                | "name"
                | "city"
                | "country"
                | "file_name"
                | "original_file_name"
                | "public_url"
        )
}

/// The shortest path to a field of that name: `email` is `profile.info.email`.
pub fn path_to(name: &str) -> Option<String> {
    let Type::Block(top) = PROFILE else { return None };
    if top.iter().any(|(known, _)| *known == name) {
        return Some(format!("profile.{name}"));
    }
    top.iter()
        .find(|(_, inner)| matches!(inner, Type::Block(_)) && inner.member(name).is_some())
        .map(|(outer, _)| format!("profile.{outer}.{name}"))
}

/// What is said of a field that is not known below a path, and what to do about it.
pub fn unknown(path: &str, name: &str, kind: Type) -> (String, String) {
    let known: Vec<&str> = kind.names().collect();
    let help = match nearest(name, known.iter().copied()) {
        Some(near) => format!("did you mean `{path}.{near}`?"),
        None if known.is_empty() => format!("nothing stands below `{path}`"),
        None => format!("known there: {}", known.join(", ")),
    };
    (format!("HrFlow's profiles have no `{path}.{name}` that is known"), help)
}
