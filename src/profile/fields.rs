//! What a HrFlow profile is known to hold, to find slips of the pen. Source: "Profile document" of the HrFlow reference.

use crate::diagnostic::nearest;

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

const NAMED: Type = Type::List(&Type::Block(&[
    ("name", Type::Scalar, "Its name."),
    ("value", Type::Scalar, "Its value: for tags and metadata whatever was stored, for languages and the like often the level."),
]));
const SKILLS: Type = Type::List(&Type::Block(&[
    ("name", Type::Scalar, "The skill's name."),
    ("type", Type::Scalar, "`hard` or `soft`."),
    ("value", Type::Scalar, "The level, where the parser or a person gave one."),
]));

const PLACE_FIELDS: Type = Type::Block(&[
    ("category", Type::Scalar, "The kind of place."),
    ("city", Type::Scalar, "The city."),
    ("city_district", Type::Scalar, "The district of the city."),
    ("country", Type::Scalar, "The country, in three letters: `FRA`. `| country('name')` gives its name."),
    ("country_region", Type::Scalar, "The region of the country."),
    ("entrance", Type::Scalar, "The entrance."),
    ("house", Type::Scalar, "The building's name."),
    ("house_number", Type::Scalar, "The house's number."),
    ("island", Type::Scalar, "The island."),
    ("level", Type::Scalar, "The floor."),
    ("near", Type::Scalar, "What it is near."),
    ("po_box", Type::Scalar, "The post-office box."),
    ("postcode", Type::Scalar, "The postal code."),
    ("road", Type::Scalar, "The street."),
    ("staircase", Type::Scalar, "The staircase."),
    ("state", Type::Scalar, "The state or region."),
    ("state_district", Type::Scalar, "The district of the state."),
    ("suburb", Type::Scalar, "The suburb."),
    ("text", Type::Scalar, "The whole address as text."),
    ("unit", Type::Scalar, "The flat or unit."),
    ("world_region", Type::Scalar, "The part of the world."),
]);

const LOCATION: Type = Type::Block(&[
    ("text", Type::Scalar, "The whole address as text."),
    ("lat", Type::Scalar, "The latitude, a number."),
    ("lng", Type::Scalar, "The longitude, a number."),
    ("gmaps", Type::Open, "What Google Maps said of it."),
    ("fields", PLACE_FIELDS, "The address in its parts: city, postcode, country …"),
]);

macro_rules! stay {
    ($where:literal, $about:literal) => {
        Type::List(&Type::Block(&[
            ("key", Type::Scalar, "HrFlow's key of this item."),
            ($where, Type::Scalar, $about),
            ("title", Type::Scalar, "The position, or the degree."),
            ("description", Type::Scalar, "What was done there, as text."),
            ("logo", Type::Scalar, "The address of a logo."),
            ("location", LOCATION, "Where it was."),
            ("date_start", Type::Scalar, "The first day, as text: `2020-11-27T00:00:00+0000`. Write `| date` behind it."),
            ("date_end", Type::Scalar, "The last day, as text; missing, or the day of parsing, while it lasts."),
            ("skills", SKILLS, "The skills that belong to it."),
            ("certifications", NAMED, "Certificates that belong to it."),
            ("courses", NAMED, "Courses that belong to it."),
            ("tasks", NAMED, "Tasks that belong to it."),
        ]))
    };
}

pub const PROFILE: Type = Type::Block(&[
    ("key", Type::Scalar, "HrFlow's key of the profile."),
    ("reference", Type::Scalar, "Your own reference of the profile."),
    ("id", Type::Scalar, "HrFlow's number of the profile."),
    ("source_key", Type::Scalar, "The key of the HrFlow source that holds it."),
    (
        "source",
        Type::Block(&[
            ("key", Type::Scalar, "The source's key."),
            ("name", Type::Scalar, "The source's name."),
            ("type", Type::Scalar, "The source's type."),
            ("subtype", Type::Scalar, "The source's subtype."),
            ("environment", Type::Scalar, "The source's environment."),
        ]),
        "The HrFlow source that holds it.",
    ),
    ("archive", Type::Open, "Whether it is archived."),
    ("archived_at", Type::Scalar, "When it was archived; missing where it is not."),
    ("created_at", Type::Scalar, "When it came into HrFlow."),
    ("updated_at", Type::Scalar, "When it was last changed in HrFlow."),
    ("consent_algorithmic", Type::Open, "Whether algorithms may be used, by owner and by controller."),
    ("text", Type::Scalar, "The whole text of the CV."),
    ("text_language", Type::Scalar, "The CV's language."),
    ("experiences_duration", Type::Scalar, "Years of experience, a number."),
    ("educations_duration", Type::Scalar, "Years of education, a number."),
    (
        "info",
        Type::Block(&[
            ("full_name", Type::Scalar, "The whole name."),
            ("first_name", Type::Scalar, "The first name."),
            ("last_name", Type::Scalar, "The last name."),
            ("email", Type::Scalar, "The e-mail address."),
            ("phone", Type::Scalar, "The phone number as it was written: `| phone('FR')` gives it with its country's prefix."),
            ("date_birth", Type::Scalar, "The day of birth, as text."),
            ("driving_license", Type::Open, "Driving licences."),
            ("gender", Type::Scalar, "The gender, where the CV says so."),
            ("summary", Type::Scalar, "The person's own summary, as text; may hold HTML."),
            ("picture", Type::Scalar, "The address of a picture."),
            ("location", LOCATION, "Where the person lives."),
            (
                "urls",
                Type::List(&Type::Block(&[
                    ("type", Type::Scalar, "`from_resume`, `linkedin`, `twitter`, `facebook` or `github`."),
                    ("url", Type::Scalar, "The address."),
                ])),
                "Addresses on the web, each with `type` and `url`: `profile.info.urls | url('linkedin')` gives one.",
            ),
        ]),
        "The person: name, e-mail, phone, address.",
    ),
    ("experiences", stay!("company", "The employer."), "Positions."),
    ("educations", stay!("school", "The school."), "Schools and degrees."),
    ("skills", SKILLS, "Skills, hard and soft."),
    ("languages", NAMED, "Languages, each by `name`."),
    ("certifications", NAMED, "Certificates, each by `name`."),
    ("courses", NAMED, "Courses, each by `name`."),
    ("tasks", NAMED, "Tasks, each by `name`."),
    ("interests", NAMED, "Interests, each by `name`."),
    ("tags", NAMED, "Tags that somebody put on the profile: `profile.tags | tag('name')` gives one's value."),
    ("metadatas", NAMED, "Metadata that somebody put on the profile, by `name` and `value`."),
    (
        "labels",
        Type::List(&Type::Block(&[
            ("board_key", Type::Scalar, "The board's key."),
            ("job_key", Type::Scalar, "The job's key."),
            ("job_reference", Type::Scalar, "The job's reference."),
            ("stage", Type::Scalar, "The stage."),
            ("date_stage", Type::Scalar, "When it came to that stage."),
            ("rating", Type::Scalar, "The rating, a number."),
            ("date_rating", Type::Scalar, "When it was rated."),
            ("board", Type::Open, "The board."),
            ("job", Type::Open, "The job."),
        ])),
        "Where the profile stands for a job on a HrFlow board.",
    ),
    (
        "attachments",
        Type::List(&Type::Block(&[
            ("type", Type::Scalar, "`resume`, `original`, `cover` or `other`."),
            ("alt", Type::Scalar, "A text that stands for the file."),
            ("file_size", Type::Scalar, "The size in bytes."),
            ("file_name", Type::Scalar, "The name under which HrFlow holds it."),
            ("original_file_name", Type::Scalar, "The name under which it came."),
            ("extension", Type::Scalar, "The name's end: `.pdf`."),
            ("public_url", Type::Scalar, "Where the file can be fetched."),
            ("created_at", Type::Scalar, "When it came."),
            ("updated_at", Type::Scalar, "When it was last changed."),
            ("timestamp", Type::Scalar, "When it was last changed, in seconds."),
        ])),
        "Files: `profile.attachments | attachment('resume')` gives the CV.",
    ),
]);

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
    if top.iter().any(|(known, ..)| *known == name) {
        return Some(format!("profile.{name}"));
    }
    top.iter()
        .find(|(_, inner, _)| matches!(inner, Type::Block(_)) && inner.member(name).is_some())
        .map(|(outer, ..)| format!("profile.{outer}.{name}"))
}

/// The way to a field of that name in the blocks below, the shortest one: `first_name` is `info.first_name` in a profile.
fn below(kind: Type, name: &str) -> Option<String> {
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
        None if known.is_empty() => format!("nothing stands below `{path}`"),
        None => format!("known there: {}", known.join(", ")),
    };
    (format!("HrFlow's profiles have no `{path}.{name}` that is known"), help)
}
