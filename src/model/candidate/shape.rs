//! The table of a candidate's members. Everything that handles a member walks this table: validation, the JSON Schema, the checks of a
//! mapping, requests, updates, what is read back, the sandbox's checks, the handbook and the editor's hints. A new member is one row.

pub use super::wire::Wire;
use crate::model::settings::Api;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What may stand in a member.
#[derive(Debug, Clone, Copy)]
pub enum Shape {
    /// Text with something in it besides white space.
    Text,
    Boolean,
    /// A whole number from 1: an id of Greenhouse's.
    Id,
    OneOf(&'static [&'static str]),
    /// A day of the calendar, or RFC 3339.
    Date,
    Email,
    /// http or https.
    Url,
    /// A file.
    Base64,
    /// Text or a whole number from 1.
    TextOrId,
    /// Text, a number, or true or false.
    Scalar,
    List(&'static Shape),
    Object(&'static Object),
    /// By name, name_key or id: a scalar, a list of scalars, or {value, unit}.
    CustomFields,
}

/// A block of members.
#[derive(Debug)]
pub struct Object {
    /// In the singular, as a sentence names it: "an employment".
    pub name: &'static str,
    pub members: &'static [Member],
    pub rules: &'static [Rule],
    /// Without one of these the rest says nothing: a phone number's type, an application's source. Empty: any member counts.
    pub lives_by: &'static [&'static str],
}

/// One member of a block.
#[derive(Debug)]
pub struct Member {
    pub name: &'static str,
    pub shape: Shape,
    pub required: bool,
    /// The value where the document has none.
    pub default: Option<&'static str>,
    /// One line, for the schema, the handbook and editors.
    pub about: &'static str,
    /// As JSON.
    pub example: &'static str,
    pub v1: Wire,
    pub v3: Wire,
    /// The name in v3's answers, where it is another than in requests.
    pub v3_read: Option<&'static str>,
    pub merge: Merge,
}

/// How a candidate that exists is brought up to date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Merge {
    /// The new value replaces the old one.
    Replace,
    /// A list: what is missing is added, and nothing is removed.
    Union(Alike),
    /// Field by field.
    CustomFields,
    /// Each is a step with a request of its own, and no update carries it.
    Step,
}

/// When two entries of a list are the same to a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alike {
    /// Without regard to upper and lower case.
    AnyCase,
    /// The digits; a Skype name has none.
    Phone,
    /// Without regard to a slash at the end.
    Url,
    /// Without regard to white space.
    Words,
}

impl Alike {
    /// Equal for two entries that are alike.
    pub fn of(self, value: &str) -> String {
        let value = value.trim();
        match self {
            Self::AnyCase => value.to_lowercase(),
            Self::Url => value.trim_end_matches('/').to_owned(),
            Self::Words => value.split_whitespace().collect::<Vec<_>>().join(" "),
            Self::Phone => {
                let digits: String = value.chars().filter(char::is_ascii_digit).collect();
                if value.chars().any(char::is_alphabetic) || digits.is_empty() { value.to_lowercase() } else { digits }
            }
        }
    }
}

impl Member {
    pub fn wire(&self, api: Api) -> Wire {
        match api {
            Api::HarvestV1 => self.v1,
            Api::HarvestV3 => self.v3,
        }
    }

    /// The name in an API's answers.
    pub fn read(&self, api: Api) -> Option<&'static str> {
        match self.wire(api) {
            Wire::Name(name) => Some(self.v3_read.filter(|_| api == Api::HarvestV3).unwrap_or(name)),
            _ => None,
        }
    }

    /// Both APIs have it under this name, where nothing else is said.
    const fn named(mut self, name: &'static str) -> Self {
        self.name = name;
        self.v1 = self.v1.named(name);
        self.v3 = self.v3.named(name);
        self
    }

    const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    const fn default(mut self, value: &'static str) -> Self {
        self.default = Some(value);
        self
    }

    const fn v1(mut self, wire: Wire) -> Self {
        self.v1 = wire;
        self
    }

    const fn v3(mut self, wire: Wire) -> Self {
        self.v3 = wire;
        self
    }

    const fn v3_read(mut self, name: &'static str) -> Self {
        self.v3_read = Some(name);
        self
    }

    const fn both(self, wire: Wire) -> Self {
        self.v1(wire).v3(wire)
    }

    const fn union(mut self, alike: Alike) -> Self {
        self.merge = Merge::Union(alike);
        self
    }

    const fn custom_fields(mut self) -> Self {
        self.merge = Merge::CustomFields;
        self
    }

    const fn steps(mut self) -> Self {
        self.merge = Merge::Step;
        self.both(Wire::Elsewhere)
    }
}

/// What holds between members.
#[derive(Debug, Clone, Copy)]
pub enum Rule {
    ExactlyOne(&'static [&'static str]),
    AtMostOne(&'static [&'static str]),
    AtLeastOne(&'static [&'static str]),
    /// Where the first is, the second must be.
    Needs(&'static str, &'static str),
}

impl Object {
    pub fn member(&self, name: &str) -> Option<&'static Member> {
        self.members.iter().find(|member| member.name == name)
    }
}

impl Shape {
    /// In the words of a sentence: "must be …".
    pub fn in_words(&self) -> String {
        match self {
            Shape::Text => "text".into(),
            Shape::Boolean => "true or false".into(),
            Shape::Id => "a whole number from 1".into(),
            Shape::OneOf(values) => format!("one of {}", values.join(", ")),
            Shape::Date => "a date, YYYY-MM-DD or RFC 3339".into(),
            Shape::Email => "an e-mail address".into(),
            Shape::Base64 => "the file in base64 (RFC 4648, on one line)".into(),
            Shape::Url => "an address that begins with https:// or http://".into(),
            Shape::TextOrId => "text, or a whole number from 1".into(),
            Shape::Scalar => "text, a number, or true or false".into(),
            Shape::List(_) => "a list".into(),
            Shape::Object(object) => format!("a block of keys ({})", object.name),
            Shape::CustomFields => "a block of custom fields".into(),
        }
    }
}

const fn row(shape: Shape, about: &'static str, example: &'static str) -> Member {
    let (v1, v3) = (Wire::Name(""), Wire::Name(""));
    Member { name: "", shape, required: false, default: None, about, example, v1, v3, v3_read: None, merge: Merge::Replace }
}

const fn member(name: &'static str, shape: Shape, about: &'static str, example: &'static str) -> Member {
    row(shape, about, example).named(name)
}

pub const VISIBILITY: Shape = Shape::OneOf(&["admin_only", "private", "public"]);

/// A part of the candidate with a step of its own, or a part of one: the struct that code works with, and the table's rows.
macro_rules! part {
    (@name $field:ident) => { stringify!($field) };
    (@name $field:ident $wire:literal) => { $wire };
    (
        $(#[$doc:meta])* struct $name:ident, static $table:ident = $words:literal;
        members { $($field:ident $(as $wire:literal)?: $type:ty = $row:expr,)+ }
        rules: $rules:expr,
        lives_by: $lives_by:expr,
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct $name {
            $(
                $(#[serde(rename = $wire)])?
                #[serde(skip_serializing_if = "Absent::is_absent")]
                pub $field: $type,
            )+
        }

        pub static $table: Object = Object {
            name: $words,
            members: &[$($row.named(part!(@name $field $($wire)?))),+],
            rules: $rules,
            lives_by: $lives_by,
        };
    };
}

/// Whether a value is left out of the document.
trait Absent {
    fn is_absent(&self) -> bool;
}

impl<T> Absent for Option<T> {
    fn is_absent(&self) -> bool {
        self.is_none()
    }
}

impl<T> Absent for Vec<T> {
    fn is_absent(&self) -> bool {
        self.is_empty()
    }
}

impl Absent for String {
    fn is_absent(&self) -> bool {
        false
    }
}

macro_rules! contact {
    ($name:ident, $words:literal, $value:expr, $value_example:literal, [$($kind:literal),+], $kind_example:literal) => {
        pub(crate) static $name: Object = Object {
            name: $words,
            members: &[
                member("value", $value, "What is dialled, written to or opened.", $value_example).required(),
                member("type", Shape::OneOf(&[$($kind),+]), "Which kind.", $kind_example).required(),
            ],
            rules: &[],
            lives_by: &["value"],
        };
    };
}
contact!(PHONE, "a phone number", Shape::Text, r#""+33612345678""#, ["home", "work", "mobile", "skype", "other"], r#""mobile""#);
contact!(ADDRESS, "an address", Shape::Text, r#""1 Rue de l'Exemple, 75001 Paris""#, ["home", "work", "other"], r#""home""#);
contact!(EMAIL, "an e-mail address", Shape::Email, r#""ada@example.org""#, ["personal", "work", "other"], r#""personal""#);
contact!(
    WEBSITE,
    "a website",
    Shape::Text,
    r#""https://ada.example""#,
    ["personal", "company", "portfolio", "blog", "other"],
    r#""portfolio""#
);

static SOCIAL_MEDIA: Object = Object {
    name: "a social media address",
    members: &[member("value", Shape::Text, "The address of the person's page.", r#""https://linkedin.example/in/ada""#).required()],
    rules: &[],
    lives_by: &["value"],
};

part! {
    struct Employment, static EMPLOYMENT = "an employment";
    members {
        company_name: String = row(Shape::Text, "The employer.", r#""Acme Robotics""#).required(),
        title: String = row(Shape::Text, "The position.", r#""Engineer""#).required(),
        start_date: String = row(Shape::Date, "The first day.", r#""2020-11-27""#).required(),
        end_date: Option<String> = row(Shape::Date, "The last day; absent: the current one.", r#""2023-01-31""#),
    }
    rules: &[],
    lives_by: &[],
}

part! {
    /// By name, or by the ids of the lists in Greenhouse.
    struct Education, static EDUCATION = "an education";
    members {
        school: Option<String> = row(Shape::Text, "The school, by name.", r#""Example University""#).both(Wire::Elsewhere),
        degree: Option<String> = row(Shape::Text, "The degree, by name.", r#""Master's Degree""#).both(Wire::Elsewhere),
        discipline: Option<String> = row(Shape::Text, "The discipline, by name.", r#""Computer Science""#).both(Wire::Elsewhere),
        school_id: Option<u64> =
            row(Shape::Id, "The school, by Greenhouse's id.", "459").v3(Wire::Name("school_name_custom_field_option_id")),
        degree_id: Option<u64> = row(Shape::Id, "The degree, by Greenhouse's id.", "4").v3(Wire::Name("degree_custom_field_option_id")),
        discipline_id: Option<u64> =
            row(Shape::Id, "The discipline, by Greenhouse's id.", "18").v3(Wire::Name("discipline_custom_field_option_id")),
        start_date: Option<String> = row(Shape::Date, "The first day.", r#""2014-09-01""#),
        end_date: Option<String> = row(Shape::Date, "The last day.", r#""2019-06-30""#),
    }
    rules: &[
        Rule::AtMostOne(&["school", "school_id"]),
        Rule::AtMostOne(&["degree", "degree_id"]),
        Rule::AtMostOne(&["discipline", "discipline_id"]),
        Rule::AtLeastOne(&["school", "school_id", "degree", "degree_id", "discipline", "discipline_id"]),
    ],
    lives_by: &[],
}

part! {
    /// A Greenhouse user: exactly one of the two.
    struct User, static USER = "a Greenhouse user";
    members {
        id: Option<u64> = row(Shape::Id, "The user's id.", "92120"),
        email: Option<String> = row(Shape::Email, "The user's e-mail address.", r#""recruiter@example.org""#),
    }
    rules: &[Rule::ExactlyOne(&["id", "email"])],
    lives_by: &[],
}

part! {
    struct Note, static NOTE = "a note";
    members {
        body: String = row(Shape::Text, "The note's text.", r#""Met at a fair.""#).required(),
        visibility: String = row(VISIBILITY, "Who may read it; private where it is not said.", r#""private""#).default("private"),
    }
    rules: &[],
    lives_by: &[],
}

part! {
    struct Attachment, static ATTACHMENT = "an attachment";
    members {
        kind as "type": String =
            row(Shape::OneOf(&["resume", "cover_letter", "other"]), "Which kind; resume where it is not said.", r#""resume""#)
                .default("resume"),
        filename: String = row(Shape::Text, "The name under which it is shown.", r#""cv.pdf""#).required(),
        url: Option<String> = row(Shape::Url, "Where the file is fetched.", r#""https://files.example.org/cv.pdf""#),
        content: Option<String> = row(Shape::Base64, "The file itself, in base64.", r#""JVBERi0xLjQ=""#),
        content_type: Option<String> = row(Shape::Text, "The file's media type.", r#""application/pdf""#).v3(Wire::Elsewhere),
        visibility: Option<String> = row(VISIBILITY, "Who may read it.", r#""private""#).v1(Wire::Elsewhere),
    }
    rules: &[Rule::ExactlyOne(&["url", "content"]), Rule::Needs("content", "content_type")],
    lives_by: &[],
}

part! {
    /// v3 has the `id` of a referrer record, v1 a `type` and a `value`: two kinds of ids, so two forms.
    struct Referrer, static REFERRER = "a referrer";
    members {
        id: Option<u64> = row(Shape::Id, "harvest-v3: the referrer record's id.", "770").v1(Wire::Absent),
        kind as "type": Option<String> =
            row(Shape::OneOf(&["id", "email", "outside"]), "harvest-v1: what `value` is.", r#""outside""#).v3(Wire::Absent),
        value: Option<Value> =
            row(Shape::TextOrId, "harvest-v1: the id, the e-mail address or the name.", r#""A friend""#).v3(Wire::Absent),
    }
    rules: &[Rule::ExactlyOne(&["id", "value"]), Rule::Needs("value", "type"), Rule::Needs("type", "value")],
    lives_by: &[],
}

part! {
    /// An application for one job. Names (`job`, `source`, `stage`, e-mails) become ids before the first request.
    struct Application, static APPLICATION = "an application";
    members {
        job_id: Option<u64> = row(Shape::Id, "The job, by id.", "4012"),
        job: Option<String> = row(Shape::Text, "The job, by name.", r#""Platform Engineer""#).both(Wire::Elsewhere),
        source_id: Option<u64> = row(Shape::Id, "The source, by id.", "2"),
        source: Option<String> = row(Shape::Text, "The source, by name.", r#""HrFlow""#).both(Wire::Elsewhere),
        initial_stage_id: Option<u64> = row(Shape::Id, "The first stage, by id.", "5071"),
        stage: Option<String> = row(Shape::Text, "The first stage, by name.", r#""Preliminary Screening Call""#).both(Wire::Elsewhere),
        recruiter: Option<User> =
            row(Shape::Object(&USER), "The recruiter of this application.", r#"{"id": 92120}"#).both(Wire::Id("recruiter_id")),
        coordinator: Option<User> = row(Shape::Object(&USER), "The coordinator of this application.", r#"{"id": 92121}"#)
            .both(Wire::Id("coordinator_id")),
        referrer: Option<Referrer> =
            row(Shape::Object(&REFERRER), "Who referred the candidate.", r#"{"id": 770}"#).v3(Wire::Id("referrer_id")),
    }
    rules: &[
        Rule::ExactlyOne(&["job_id", "job"]),
        Rule::AtMostOne(&["source_id", "source"]),
        Rule::AtMostOne(&["initial_stage_id", "stage"]),
    ],
    lives_by: &["job_id", "job"],
}

part! {
    /// A person without an application yet: for some jobs, or for none. Names become ids before the first request.
    struct Prospect, static PROSPECT = "a prospect";
    members {
        job_ids: Vec<u64> = row(Shape::List(&Shape::Id), "The jobs that the person may be right for; none is fine.", "[4012]"),
        pool: Option<String> = row(Shape::Text, "The prospect pool, by name.", r#""Engineers""#).both(Wire::Elsewhere),
        pool_id: Option<u64> = row(Shape::Id, "The prospect pool, by id.", "77").both(Wire::Name("prospect_pool_id")),
        stage: Option<String> = row(Shape::Text, "The stage of the pool, by name.", r#""Contacted""#).both(Wire::Elsewhere),
        stage_id: Option<u64> = row(Shape::Id, "The stage of the pool, by id.", "781").both(Wire::Name("prospect_pool_stage_id")),
        owner: Option<User> =
            row(Shape::Object(&USER), "Who looks after the prospect.", r#"{"id": 92120}"#).both(Wire::Id("prospect_owner_id")),
    }
    rules: &[Rule::AtMostOne(&["pool", "pool_id"]), Rule::AtMostOne(&["stage", "stage_id"])],
    lives_by: &[],
}

pub static CANDIDATE: Object = Object {
    name: "a candidate",
    members: &[
        member("first_name", Shape::Text, "The first name.", r#""Ada""#).required(),
        member("last_name", Shape::Text, "The last name.", r#""Example""#).required(),
        member("preferred_name", Shape::Text, "How the person likes to be called (harvest-v3).", r#""Addie""#).v1(Wire::Absent),
        member("company", Shape::Text, "The current employer.", r#""Acme Robotics""#),
        member("title", Shape::Text, "The current position.", r#""Engineer""#),
        member("is_private", Shape::Boolean, "Whether the candidate is hidden from most users.", "false").v3_read("private"),
        member("can_email", Shape::Boolean, "Whether Greenhouse may send the candidate e-mails (harvest-v3).", "true").v1(Wire::Absent),
        member("phone_numbers", Shape::List(&Shape::Object(&PHONE)), "Phone numbers.", r#"[{"value": "+33612345678", "type": "mobile"}]"#)
            .union(Alike::Phone),
        member("addresses", Shape::List(&Shape::Object(&ADDRESS)), "Postal addresses.", r#"[{"value": "75001 Paris", "type": "home"}]"#)
            .union(Alike::Words),
        member(
            "email_addresses",
            Shape::List(&Shape::Object(&EMAIL)),
            "E-mail addresses.",
            r#"[{"value": "ada@example.org", "type": "personal"}]"#,
        )
        .union(Alike::AnyCase),
        member(
            "website_addresses",
            Shape::List(&Shape::Object(&WEBSITE)),
            "Websites.",
            r#"[{"value": "https://ada.example", "type": "portfolio"}]"#,
        )
        .union(Alike::Url),
        member(
            "social_media_addresses",
            Shape::List(&Shape::Object(&SOCIAL_MEDIA)),
            "Social media.",
            r#"[{"value": "https://linkedin.example/in/ada"}]"#,
        )
        .union(Alike::Url),
        member(
            "employments",
            Shape::List(&Shape::Object(&EMPLOYMENT)),
            "Where the person has worked.",
            r#"[{"company_name": "Acme Robotics", "title": "Engineer", "start_date": "2020-11-27"}]"#,
        )
        .steps(),
        member(
            "educations",
            Shape::List(&Shape::Object(&EDUCATION)),
            "Where the person has studied.",
            r#"[{"school_id": 459, "start_date": "2014-09-01"}]"#,
        )
        .steps(),
        member("tags", Shape::List(&Shape::Text), "Tags.", r#"["hrflow", "rust"]"#).union(Alike::AnyCase),
        member(
            "custom_fields",
            Shape::CustomFields,
            "Custom fields: name, name_key or id, then the value.",
            r#"{"desired_salary": {"value": 52000, "unit": "EUR"}}"#,
        )
        .custom_fields(),
        member("recruiter", Shape::Object(&USER), "The candidate's recruiter.", r#"{"id": 92120}"#).v3(Wire::OnApplication("recruiter_id")),
        member("coordinator", Shape::Object(&USER), "The candidate's coordinator.", r#"{"id": 92121}"#)
            .v3(Wire::OnApplication("coordinator_id")),
        member("notes", Shape::List(&Shape::Object(&NOTE)), "Notes.", r#"[{"body": "Met at a fair.", "visibility": "private"}]"#).steps(),
        member(
            "attachments",
            Shape::List(&Shape::Object(&ATTACHMENT)),
            "Résumé, cover letter and other files.",
            r#"[{"filename": "cv.pdf", "url": "https://files.example.org/cv.pdf"}]"#,
        )
        .steps(),
        member("applications", Shape::List(&Shape::Object(&APPLICATION)), "The jobs that the person applies to.", r#"[{"job_id": 4012}]"#)
            .steps(),
        member(
            "prospect",
            Shape::Object(&PROSPECT),
            "A person without an application yet; instead of applications.",
            r#"{"job_ids": [4012]}"#,
        )
        .steps(),
    ],
    rules: &[Rule::AtMostOne(&["applications", "prospect"])],
    lives_by: &[],
};

/// A custom field's value where it has a unit.
pub static WITH_UNIT: Object = Object {
    name: "a value with its unit",
    members: &[member("value", Shape::Scalar, "The value.", "52000").required(), member("unit", Shape::Text, "The currency.", r#""EUR""#)],
    rules: &[],
    lives_by: &["value"],
};
