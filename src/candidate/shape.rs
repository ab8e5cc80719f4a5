//! What a candidate is made of: one table, from which validation, the JSON Schema and the checks of a mapping come.
//!
//! Source: the table "The result is a candidate" of the pipeline's design; enumerations and required members: the Greenhouse reference.

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
    /// One line, for the schema, the handbook and editors.
    pub about: &'static str,
    /// As JSON.
    pub example: &'static str,
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

const fn member(name: &'static str, shape: Shape, about: &'static str, example: &'static str) -> Member {
    Member { name, shape, required: false, about, example }
}

const fn required(name: &'static str, shape: Shape, about: &'static str, example: &'static str) -> Member {
    Member { name, shape, required: true, about, example }
}

pub const VISIBILITY: Shape = Shape::OneOf(&["admin_only", "private", "public"]);

macro_rules! contact {
    ($name:ident, $words:literal, $value:expr, $value_example:literal, [$($kind:literal),+], $kind_example:literal) => {
        static $name: Object = Object {
            name: $words,
            members: &[
                required("value", $value, "What is dialled, written to or opened.", $value_example),
                required("type", Shape::OneOf(&[$($kind),+]), "Which kind.", $kind_example),
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
    members: &[required("value", Shape::Text, "The address of the person's page.", r#""https://linkedin.example/in/ada""#)],
    rules: &[],
    lives_by: &["value"],
};

static EMPLOYMENT: Object = Object {
    name: "an employment",
    members: &[
        required("company_name", Shape::Text, "The employer.", r#""Acme Robotics""#),
        required("title", Shape::Text, "The position.", r#""Engineer""#),
        required("start_date", Shape::Date, "The first day.", r#""2020-11-27""#),
        member("end_date", Shape::Date, "The last day; absent: the current one.", r#""2023-01-31""#),
    ],
    rules: &[],
    lives_by: &[],
};

static EDUCATION: Object = Object {
    name: "an education",
    members: &[
        member("school", Shape::Text, "The school, by name.", r#""Example University""#),
        member("degree", Shape::Text, "The degree, by name.", r#""Master's Degree""#),
        member("discipline", Shape::Text, "The discipline, by name.", r#""Computer Science""#),
        member("school_id", Shape::Id, "The school, by Greenhouse's id.", "459"),
        member("degree_id", Shape::Id, "The degree, by Greenhouse's id.", "4"),
        member("discipline_id", Shape::Id, "The discipline, by Greenhouse's id.", "18"),
        member("start_date", Shape::Date, "The first day.", r#""2014-09-01""#),
        member("end_date", Shape::Date, "The last day.", r#""2019-06-30""#),
    ],
    rules: &[
        Rule::AtMostOne(&["school", "school_id"]),
        Rule::AtMostOne(&["degree", "degree_id"]),
        Rule::AtMostOne(&["discipline", "discipline_id"]),
        Rule::AtLeastOne(&["school", "school_id", "degree", "degree_id", "discipline", "discipline_id"]),
    ],
    lives_by: &[],
};

const USER_MEMBERS: &[Member] = &[
    member("id", Shape::Id, "The user's id.", "92120"),
    member("email", Shape::Email, "The user's e-mail address.", r#""recruiter@example.org""#),
];

static USER: Object =
    Object { name: "a Greenhouse user", members: USER_MEMBERS, rules: &[Rule::ExactlyOne(&["id", "email"])], lives_by: &[] };

/// The same in the document; both APIs take an id only.
static APPLICATION_USER: Object =
    Object { name: "an application's user", members: USER_MEMBERS, rules: &[Rule::ExactlyOne(&["id", "email"])], lives_by: &[] };

static NOTE: Object = Object {
    name: "a note",
    members: &[
        required("body", Shape::Text, "The note's text.", r#""Met at a fair.""#),
        member("visibility", VISIBILITY, "Who may read it; private where it is not said.", r#""private""#),
    ],
    rules: &[],
    lives_by: &[],
};

static ATTACHMENT: Object = Object {
    name: "an attachment",
    members: &[
        member("type", Shape::OneOf(&["resume", "cover_letter", "other"]), "Which kind; resume where it is not said.", r#""resume""#),
        required("filename", Shape::Text, "The name under which it is shown.", r#""cv.pdf""#),
        member("url", Shape::Url, "Where the file is fetched.", r#""https://files.example.org/cv.pdf""#),
        member("content", Shape::Base64, "The file itself, in base64.", r#""JVBERi0xLjQ=""#),
        member("content_type", Shape::Text, "The file's media type.", r#""application/pdf""#),
        member("visibility", VISIBILITY, "Who may read it.", r#""private""#),
    ],
    rules: &[Rule::ExactlyOne(&["url", "content"]), Rule::Needs("content", "content_type")],
    lives_by: &[],
};

static REFERRER: Object = Object {
    name: "a referrer",
    members: &[
        member("id", Shape::Id, "harvest-v3: the referrer record's id.", "770"),
        member("type", Shape::OneOf(&["id", "email", "outside"]), "harvest-v1: what `value` is.", r#""outside""#),
        member("value", Shape::TextOrId, "harvest-v1: the id, the e-mail address or the name.", r#""A friend""#),
    ],
    rules: &[Rule::ExactlyOne(&["id", "value"]), Rule::Needs("value", "type"), Rule::Needs("type", "value")],
    lives_by: &[],
};

pub static APPLICATION: Object = Object {
    name: "an application",
    members: &[
        member("job_id", Shape::Id, "The job, by id.", "4012"),
        member("job", Shape::Text, "The job, by name.", r#""Platform Engineer""#),
        member("source_id", Shape::Id, "The source, by id.", "2"),
        member("source", Shape::Text, "The source, by name.", r#""HrFlow""#),
        member("initial_stage_id", Shape::Id, "The first stage, by id.", "5071"),
        member("stage", Shape::Text, "The first stage, by name.", r#""Preliminary Screening Call""#),
        member("recruiter", Shape::Object(&APPLICATION_USER), "The recruiter of this application.", r#"{"id": 92120}"#),
        member("coordinator", Shape::Object(&APPLICATION_USER), "The coordinator of this application.", r#"{"id": 92121}"#),
        member("referrer", Shape::Object(&REFERRER), "Who referred the candidate.", r#"{"id": 770}"#),
    ],
    rules: &[
        Rule::ExactlyOne(&["job_id", "job"]),
        Rule::AtMostOne(&["source_id", "source"]),
        Rule::AtMostOne(&["initial_stage_id", "stage"]),
    ],
    lives_by: &["job_id", "job"],
};

pub static PROSPECT: Object = Object {
    name: "a prospect",
    members: &[
        member("job_ids", Shape::List(&Shape::Id), "The jobs that the person may be right for; none is fine.", "[4012]"),
        member("pool", Shape::Text, "The prospect pool, by name.", r#""Engineers""#),
        member("pool_id", Shape::Id, "The prospect pool, by id.", "77"),
        member("stage", Shape::Text, "The stage of the pool, by name.", r#""Contacted""#),
        member("stage_id", Shape::Id, "The stage of the pool, by id.", "781"),
        member("owner", Shape::Object(&APPLICATION_USER), "Who looks after the prospect.", r#"{"id": 92120}"#),
    ],
    rules: &[Rule::AtMostOne(&["pool", "pool_id"]), Rule::AtMostOne(&["stage", "stage_id"])],
    lives_by: &[],
};

pub static CANDIDATE: Object = Object {
    name: "a candidate",
    members: &[
        required("first_name", Shape::Text, "The first name.", r#""Ada""#),
        required("last_name", Shape::Text, "The last name.", r#""Example""#),
        member("preferred_name", Shape::Text, "How the person likes to be called (harvest-v3).", r#""Addie""#),
        member("company", Shape::Text, "The current employer.", r#""Acme Robotics""#),
        member("title", Shape::Text, "The current position.", r#""Engineer""#),
        member("is_private", Shape::Boolean, "Whether the candidate is hidden from most users.", "false"),
        member("phone_numbers", Shape::List(&Shape::Object(&PHONE)), "Phone numbers.", r#"[{"value": "+33612345678", "type": "mobile"}]"#),
        member("addresses", Shape::List(&Shape::Object(&ADDRESS)), "Postal addresses.", r#"[{"value": "75001 Paris", "type": "home"}]"#),
        member(
            "email_addresses",
            Shape::List(&Shape::Object(&EMAIL)),
            "E-mail addresses.",
            r#"[{"value": "ada@example.org", "type": "personal"}]"#,
        ),
        member(
            "website_addresses",
            Shape::List(&Shape::Object(&WEBSITE)),
            "Websites.",
            r#"[{"value": "https://ada.example", "type": "portfolio"}]"#,
        ),
        member(
            "social_media_addresses",
            Shape::List(&Shape::Object(&SOCIAL_MEDIA)),
            "Social media.",
            r#"[{"value": "https://linkedin.example/in/ada"}]"#,
        ),
        member(
            "employments",
            Shape::List(&Shape::Object(&EMPLOYMENT)),
            "Where the person has worked.",
            r#"[{"company_name": "Acme Robotics", "title": "Engineer", "start_date": "2020-11-27"}]"#,
        ),
        member(
            "educations",
            Shape::List(&Shape::Object(&EDUCATION)),
            "Where the person has studied.",
            r#"[{"school_id": 459, "start_date": "2014-09-01"}]"#,
        ),
        member("tags", Shape::List(&Shape::Text), "Tags.", r#"["hrflow", "rust"]"#),
        member(
            "custom_fields",
            Shape::CustomFields,
            "Custom fields: name, name_key or id, then the value.",
            r#"{"desired_salary": {"value": 52000, "unit": "EUR"}}"#,
        ),
        member("recruiter", Shape::Object(&USER), "The candidate's recruiter.", r#"{"id": 92120}"#),
        member("coordinator", Shape::Object(&USER), "The candidate's coordinator.", r#"{"id": 92121}"#),
        member("notes", Shape::List(&Shape::Object(&NOTE)), "Notes.", r#"[{"body": "Met at a fair.", "visibility": "private"}]"#),
        member(
            "attachments",
            Shape::List(&Shape::Object(&ATTACHMENT)),
            "Résumé, cover letter and other files.",
            r#"[{"filename": "cv.pdf", "url": "https://files.example.org/cv.pdf"}]"#,
        ),
        member("applications", Shape::List(&Shape::Object(&APPLICATION)), "The jobs that the person applies to.", r#"[{"job_id": 4012}]"#),
        member(
            "prospect",
            Shape::Object(&PROSPECT),
            "A person without an application yet; instead of applications.",
            r#"{"job_ids": [4012]}"#,
        ),
    ],
    rules: &[Rule::AtMostOne(&["applications", "prospect"])],
    lives_by: &[],
};

/// A custom field's value where it has a unit.
pub static WITH_UNIT: Object = Object {
    name: "a value with its unit",
    members: &[required("value", Shape::Scalar, "The value.", "52000"), member("unit", Shape::Text, "The currency.", r#""EUR""#)],
    rules: &[],
    lives_by: &["value"],
};
