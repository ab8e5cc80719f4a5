use super::shape::{CANDIDATE, Object, Shape, WITH_UNIT};
use super::*;
use proptest::prelude::*;
use serde_json::json;

/// Every violation of a document, one a line.
fn told(document: Value) -> String {
    let line = |v: &Violation| format!("{}: {}", if v.member.is_empty() { "(the whole)" } else { &v.member }, v.sentence());
    validate(&document).iter().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_full_candidate_is_valid_and_survives_a_round_trip() {
    let mut document = Map::new();
    for member in CANDIDATE.members {
        document.insert(member.name.into(), serde_json::from_str(member.example).unwrap());
    }
    for instead in ["prospect", "applications"] {
        let mut document = document.clone();
        document.shift_remove(instead);
        let candidate = Candidate::from_document(Value::Object(document)).unwrap();
        let written = serde_json::to_value(&candidate).unwrap();
        assert_eq!(Candidate::from_document(written).unwrap(), candidate);
        assert_eq!(candidate.attachments[0].kind, "resume", "the default is filled in");
    }
    assert_eq!(told(Value::Object(document)), "(the whole): must have at most one of applications, prospect, and has 2");
}

#[test]
fn an_attachments_content_is_base64() {
    let content = |content: &str| {
        told(
            json!({"first_name": "A", "last_name": "B", "attachments": [{"filename": "a.pdf", "content": content, "content_type": "application/pdf"}]}),
        )
    };
    assert_eq!(["JVBERi0xLjQ=", "YQ==", "aaaa"].map(content).concat(), "");
    insta::assert_snapshot!(["not base64!!", "YQ=", "YQ=a", "===="].map(content).join("\n"), @"
    attachments[0].content: must be the file in base64 (RFC 4648, on one line), and is text of 12 characters
    attachments[0].content: must be the file in base64 (RFC 4648, on one line), and is text of 3 characters
    attachments[0].content: must be the file in base64 (RFC 4648, on one line), and is text of 4 characters
    attachments[0].content: must be the file in base64 (RFC 4648, on one line), and is text of 4 characters
    ");
}

#[test]
fn every_example_of_the_table_fits_its_own_shape() {
    fn walk(object: &Object) {
        for member in object.members {
            let example: Value = serde_json::from_str(member.example).unwrap_or_else(|_| panic!("{}", member.name));
            match member.shape {
                Shape::Object(inner) | Shape::List(&Shape::Object(inner)) => walk(inner),
                Shape::List(_) | Shape::CustomFields => {}
                shape => assert!(check::leaf_fits(&shape, &example), "{} of {}", member.name, object.name),
            }
        }
    }
    walk(&CANDIDATE);
    walk(&WITH_UNIT);
}

#[test]
fn every_violation_is_told_with_its_member_and_never_its_value() {
    insta::assert_snapshot!(told(json!({
        "first_name": "", "titel": "SECRET", "is_private": "yes", "company": 3,
        "phone_numbers": [{"value": "1", "type": "fax"}, {"type": "home"}],
        "email_addresses": [{"value": "ada at example.org", "type": "personal"}],
        "employments": [{"company_name": "A", "title": "B", "start_date": "2023-02-30"}],
        "educations": [{"school": "A", "school_id": 1}, {"start_date": "2020-01-01"}],
        "tags": ["a", 5, []],
        "custom_fields": {"salary": {"unit": "EUR"}, " ": 1, "list": ["a", {}]},
        "recruiter": {"id": 1, "email": "r@example.org"},
        "attachments": [{"filename": "a.pdf"}, {"filename": "b.pdf", "content": "aaaa"}, {"filename": "c.pdf", "url": "ftp://x"}],
        "applications": [{"job_id": "4012"}, {"job_id": 0}, {"job_id": 1.5, "referrer": {"type": "id"}}],
    })), @r"
    first_name: must be text, and is blank text
    titel: is not a member of a candidate
    is_private: must be true or false, and is text of 3 characters
    company: must be text, and is a whole number
    phone_numbers[0].type: must be one of home, work, mobile, skype, other, and is text of 3 characters
    phone_numbers[1].value: is missing
    email_addresses[0].value: must be an e-mail address, and is text of 18 characters
    employments[0].start_date: must be a date, YYYY-MM-DD or RFC 3339, and is text of 10 characters
    educations[0]: must have at most one of school, school_id, and has 2
    educations[1]: must have one of school, school_id, degree, degree_id, discipline, discipline_id, and has none
    tags[1]: must be text, and is a whole number
    tags[2]: must be text, and is a list of 0 items
    custom_fields.salary.value: is missing
    custom_fields: must have a name, a name_key or an id for each field, and has a blank one
    custom_fields.list[1]: must be text, a number, or true or false, and is a block of keys
    recruiter: must have exactly one of id, email, and has 2
    attachments[0]: must have exactly one of url, content, and has 0
    attachments[1].content_type: is missing: `content` needs it
    attachments[2].url: must be an address that begins with https:// or http://, and is text of 7 characters
    applications[0].job_id: must be a whole number from 1, and is text of digits
    applications[1].job_id: must be a whole number from 1, and is a whole number below 1
    applications[2].job_id: must be a whole number from 1, and is a number with a fraction
    applications[2].referrer: must have exactly one of id, value, and has 0
    applications[2].referrer.value: is missing: `type` needs it
    last_name: is missing
    ");
}

#[test]
fn whole_numbers_with_a_fraction_of_nothing_become_whole() {
    let candidate = Candidate::from_document(json!({"first_name": "A", "last_name": "B", "applications": [{"job_id": 4012.0}]})).unwrap();
    assert_eq!(candidate.applications[0].job_id, Some(4012));
}

#[test]
fn dates_are_days_of_the_calendar() {
    let good = ["2024-02-29", "2026-06-20T15:25:07Z", "2026-06-20T15:25:07.123+02:00"];
    let bad = [
        "2023-02-29",
        "2026-13-01",
        "20-06-2026",
        "2026-06-20T15:25:07",
        "2026-06-20T24:00:00Z",
        "2026-06-20T15:25:60Z",
        "2026-06-20 15:25:07Z",
    ];
    assert!(good.iter().all(|date| text::is_date(date)));
    let passed: Vec<_> = bad.iter().filter(|date| text::is_date(date)).collect();
    assert!(passed.is_empty(), "{passed:?}");
}

fn schema_validator() -> jsonschema::Validator {
    jsonschema::options().should_validate_formats(true).build(&schema()).unwrap()
}

#[test]
fn the_schema_is_a_schema() {
    assert!(jsonschema::meta::is_valid(&schema()));
}

/// Values around what a shape takes: right ones, near misses and strangers.
fn around(shape: &'static Shape, depth: u32) -> BoxedStrategy<Value> {
    let right = match shape {
        Shape::Text => any_text(&["Ada", "Zoë Mbeki", "5"]),
        Shape::Boolean => any::<bool>().prop_map(Value::from).boxed(),
        Shape::Id => prop_oneof![
            any::<u64>().prop_map(Value::from),
            (1u32..9).prop_map(|id| json!(f64::from(id))),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from)
        ]
        .boxed(),
        Shape::OneOf(values) => proptest::sample::select(*values).prop_map(Value::from).boxed(),
        Shape::Date => prop_oneof![
            "20[0-9]{2}-[01][0-9]-[0-3][0-9]",
            "20[0-9]{2}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-6][0-9]:[0-6][0-9](\\.[0-9]{1,10})?(Z|z|[+-][0-2][0-9]:?[0-6][0-9])?",
        ]
        .prop_map(Value::from)
        .boxed(),
        Shape::Email => "[a-z.\u{e9}]{0,3}@{0,2}[a-z]{0,3}\\.?[a-z ]{0,3}".prop_map(Value::from).boxed(),
        Shape::Base64 => any_text(&["JVBERi0xLjQ=", "YQ==", "aaaa", "a", "====", "not base64!!", "YQ==\n", "YQ=a", "JVBE=", "aaa=aaaa"]),
        Shape::Url => any_text(&["https://files.example.org/a.pdf", "http://x", "https://", "https://a b", "ftp://x"]),
        Shape::TextOrId => prop_oneof![any_text(&["A friend"]), any::<u64>().prop_map(Value::from)].boxed(),
        Shape::Scalar => prop_oneof![any_text(&["a"]), any::<f64>().prop_map(Value::from), any::<bool>().prop_map(Value::from)].boxed(),
        Shape::List(item) => proptest::collection::vec(around(item, depth + 1), 0..3).prop_map(Value::from).boxed(),
        Shape::Object(object) => block(object, depth),
        Shape::CustomFields => proptest::collection::vec(
            (
                "[a-z]{0,2}",
                prop_oneof![
                    around(&Shape::Scalar, depth + 1),
                    around(&Shape::List(&Shape::Scalar), depth + 1),
                    block(&WITH_UNIT, depth + 1)
                ],
            ),
            0..3,
        )
        .prop_map(|fields| Value::Object(fields.into_iter().collect()))
        .boxed(),
    };
    prop_oneof![24 => right, 1 => stranger()].boxed()
}

fn any_text(known: &'static [&'static str]) -> BoxedStrategy<Value> {
    prop_oneof![6 => proptest::sample::select(known).prop_map(Value::from), 1 => "[ \\PC\t\n\u{a0}]{0,3}".prop_map(Value::from)].boxed()
}

fn stranger() -> BoxedStrategy<Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[a ]{0,2}".prop_map(Value::from),
        Just(json!([])),
        Just(json!({})),
        Just(json!({"x": 1}))
    ]
    .boxed()
}

fn block(object: &'static Object, depth: u32) -> BoxedStrategy<Value> {
    let members: Vec<_> = object
        .members
        .iter()
        .map(|member| {
            let there = if member.required {
                0.97
            } else if depth == 0 {
                0.2
            } else {
                0.4
            };
            proptest::option::weighted(there, around(&member.shape, depth + 1)).prop_map(|value| (member.name, value))
        })
        .collect();
    let extra = proptest::option::weighted(0.02, Just(json!(1)));
    (members, extra)
        .prop_map(|(members, extra)| {
            let extra = extra.map(|value| ("unheard_of", value));
            let told = members.into_iter().filter_map(|(name, value)| value.map(|value| (name, value))).chain(extra);
            Value::Object(told.map(|(name, value)| (name.to_owned(), value)).collect())
        })
        .boxed()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, rng_seed: proptest::test_runner::RngSeed::Fixed(7), ..ProptestConfig::default() })]

    /// Somebody else's validator over the schema, our own validation and the struct say the same of every document.
    #[test]
    fn schema_validation_and_struct_agree(document in block(&CANDIDATE, 0)) {
        thread_local!(static VALIDATOR: jsonschema::Validator = schema_validator());
        let by_schema = VALIDATOR.with(|validator| validator.is_valid(&document));
        let violations = validate(&document);
        prop_assert_eq!(by_schema, violations.is_empty(), "{:?} of {}", violations, document);
        let candidate = Candidate::from_document(document.clone());
        prop_assert_eq!(candidate.is_ok(), by_schema);
        if let Ok(candidate) = candidate {
            let again = serde_json::to_value(&candidate).unwrap();
            prop_assert_eq!(Candidate::from_document(again).unwrap(), candidate);
        }
    }
}
