use super::*;
use crate::model::profile::Profile;
use proptest::prelude::*;
use serde_json::json;
use unicode_normalization::UnicodeNormalization;

fn key(byte: u8) -> Key {
    Key::new([byte; 32])
}

fn one(document: &Value, known: &[&str]) -> Anonymous {
    let known = known.iter().map(|text| (*text).to_owned()).collect();
    anonymous(std::slice::from_ref(document), key(3), &known).unwrap().remove(0)
}

/// As somebody else would look: small letters without accents, nothing between them.
fn plain(text: &str) -> String {
    text.to_lowercase().nfkd().filter(|sign| sign.is_alphanumeric()).collect()
}

/// Every text of a document, the names of members that HrFlow does not have among them.
fn texts(value: &Value, path: &mut Vec<String>, found: &mut Vec<String>) {
    match value {
        Value::String(text) if leaves::TYPES.contains(&text.as_str()) => {}
        Value::String(text) => found.push(text.clone()),
        Value::Number(number) => found.push(number.to_string()),
        Value::Array(items) => items.iter().for_each(|item| texts(item, path, found)),
        Value::Object(members) => {
            for (name, inner) in members {
                if !leaves::is_known_name(name, path) {
                    found.push(name.clone());
                }
                path.push(name.clone());
                texts(inner, path, found);
                path.pop();
            }
        }
        _ => {}
    }
}

/// Types, lengths of lists, blanks, true and false; where `names`, the members' names too.
fn shape(value: &Value) -> Value {
    match value {
        Value::String(text) if crate::model::profile::is_blank_text(text) => json!(text),
        Value::String(text) => json!(["text", text.lines().count(), text.starts_with(' '), text.ends_with(' ')]),
        Value::Number(number) => json!(if number.is_f64() { "fraction" } else { "whole" }),
        Value::Array(items) => items.iter().map(shape).collect(),
        Value::Object(members) => members.values().map(shape).collect(),
        other => other.clone(),
    }
}

fn whole() -> Value {
    let text = include_str!("../../../pipelines/demo/engineers/fixtures/01-whole.json");
    serde_json::from_str(text).unwrap()
}

#[test]
fn a_whole_profile() {
    let original = whole();
    let made = one(&original, &["abababababababababababababababababababab"]);
    insta::assert_snapshot!(format!("{:?}\n{:#}", made.replaced, made.document));
    assert_eq!(shape(&original), shape(&made.document));
}

#[test]
fn shapes_that_matter_stay() {
    let original = json!({
        "key": "7596ce2aecba4f8ab01a3202aa4eb3a22376a1a9", "reference": "", "archived_at": null, "archive": false,
        "info": { "first_name": " ", "last_name": null, "email": "ada at home", "phone": "", "date_birth": "1969-12-31T23:59:59",
            "urls": { "from_resume": [], "linkedin": "https://linkedin.example/in/ada", "github": null }, "location": { "fields": [], "lat": null, "lng": 2.35 } },
        "experiences": [{ "title": "", "company": " Acme ", "date_start": "2020-01-01T00:00:00+0000", "date_end": "1969-12-31T23:59:59" }],
        "tags": [{ "name": "relocation", "value": true }, { "name": "score", "value": 0.5 }, { "name": "stage", "value": "rejected" }, { "name": "note", "value": null }],
        "skills": null, "languages": [], "experiences_duration": 2,
    });
    let made = one(&original, &[]).document;
    assert_eq!(shape(&original), shape(&made));
    for pointer in
        ["/info/date_birth", "/experiences/0/date_start", "/experiences/0/date_end", "/tags", "/experiences_duration", "/info/first_name"]
    {
        assert_eq!(original.pointer(pointer), made.pointer(pointer), "{pointer}");
    }
    assert!(!made["info"]["email"].as_str().unwrap().contains('@'), "what is no address stays none");
    assert_eq!(made["key"].as_str().unwrap().len(), 40);
}

#[test]
fn what_is_said_of_somebody_elsewhere_goes_too() {
    let original = json!({
        "key": "7596ce2aecba4f8ab01a3202aa4eb3a22376a1a9",
        "info": { "first_name": "Jörg", "last_name": "O'Neil-Møller", "full_name": "Jörg O'Neil-Møller", "email": "j.oneil@lovelace.dev", "phone": "06 12 34 56 78" },
        "experiences": [{ "title": "Assistant to Joerg", "company": "Quux GmbH" }, { "title": "Head of QUUX" }],
        "skills": [{ "name": "joergscript" }, { "name": "rust" }],
        "tags": [{ "name": "contact", "value": "JORG" }, { "name": "phone", "value": "33612345678" }, { "name": "n", "value": 33612345678u64 },
            { "name": "recruiter", "value": "Marie Dupont" }, { "name": "by Marie Dupont", "value": "Rejected" }],
        "metadatas": [{ "name": "site", "value": "lovelace" }],
        "moller": { "joerg@home": ["Mueller, Moeller"] },
    });
    let made = one(&original, &["Rejected"]).document;
    let mut found = Vec::new();
    texts(&made, &mut Vec::new(), &mut found);
    for text in &found {
        for value in ["jorg", "joerg", "oneil", "neil", "mller", "moller", "moeller", "lovelace", "12345678", "quux", "marie", "dupont"] {
            assert!(!plain(text).contains(value), "{value} in {text}");
        }
    }
    assert_eq!(made["skills"][1]["name"], "rust");
    assert_eq!(made["tags"][0]["name"], "contact");
    assert_eq!(made["tags"][4]["value"], "Rejected", "a text that the pipeline names stays");
}

#[test]
fn the_same_is_the_same_within_a_set_and_two_people_share_nothing() {
    let person = |number: usize, email: &str| json!({ "key": format!("{number:040x}"), "info": { "first_name": "Ada", "last_name": "Lovelace", "full_name": "Lovelace ADA", "email": email, "phone": format!("06 12 34 5{number:03} ") } });
    let mut people: Vec<Value> = (0..600).map(|number| person(number, &format!("ada{number}@lovelace.dev"))).collect();
    people.push(person(600, "ADA0@lovelace.dev"));
    let made = anonymous(&people, key(3), &BTreeSet::new()).unwrap();
    let of = |at: usize, pointer: &str| made[at].document.pointer(pointer).unwrap().as_str().unwrap().to_owned();
    assert_eq!(of(0, "/info/email"), of(600, "/info/email"), "who had one address has one");
    for pointer in ["/key", "/info/email", "/info/phone"] {
        let all: BTreeSet<String> = (0..600).map(|at| of(at, pointer)).collect();
        assert_eq!(all.len(), 600, "{pointer}");
    }
    assert_eq!(of(0, "/info/first_name"), of(599, "/info/first_name"));
    assert_eq!(of(0, "/info/full_name"), format!("{} {}", of(0, "/info/last_name"), of(0, "/info/first_name").to_uppercase()));
    let again = anonymous(&people, key(3), &BTreeSet::new()).unwrap();
    assert!(made.iter().zip(&again).all(|(one, other)| one.document == other.document));
    let other = anonymous(&people, key(4), &BTreeSet::new()).unwrap();
    assert_ne!(other[0].document, made[0].document, "the key counts");
}

#[test]
fn html_and_lines_stay_and_attributes_do_not() {
    let text = "<p class=\"ada\">Ada, 34 &amp; <b>Wizard</b></p>\n\n- C++ <ada@x.org>\n- see https://ada.dev/cv.pdf or www.ada.dev\n<script>alert(1)</script>";
    let made = one(&json!({ "key": "k", "info": { "first_name": "Ada", "summary": text } }), &[]).document;
    insta::assert_snapshot!(made["info"]["summary"].as_str().unwrap(), @"
    <p>The, 64 &amp; <b>Reports</b></p>

    - I++ <boke@example.org>
    - own https://example.org/ykivy in https://example.org/bugob
    <systems>year(6)</tests>
    ");
}

/// A value that takes every way out: the last look says so, and nothing is given out.
#[test]
fn what_cannot_be_taken_out_is_told_by_its_field() {
    let original = json!({ "key": "k", "info": { "first_name": "Ada" } });
    let mut originals = Originals::default();
    originals.name("Ada");
    let known = BTreeSet::new();
    let anonymiser = Anonymiser::new(key(1), &known, originals.into_detector());
    let mut left = BTreeSet::new();
    anonymiser.look_through(&original, &mut left);
    assert_eq!(left.into_iter().collect::<Vec<_>>(), ["info.first_name"]);
    let error = Left { fields: vec!["info.first_name".into()] };
    insta::assert_snapshot!(error.to_string(), @"something personal could not be taken out of info.first_name: nothing was written");
}

#[derive(Debug, Clone)]
struct Somebody {
    first: String,
    last: String,
    local: String,
    phone: String,
    city: String,
    company: String,
    born: String,
    handle: String,
}

fn somebody() -> impl Strategy<Value = Somebody> {
    let word = || "[A-Z][a-zà-öø-ÿ]{2,8}|[a-z]{3,6}|[A-Z]{3,7}|[Α-Ω][α-ω]{3,6}|[一-龥]{2,3}";
    let phone = prop_oneof![
        "\\+33 6 [1-9][0-9] [0-9]{2} [0-9]{2} [0-9]{2}",
        "07[1-9]00 [0-9]{6}",
        "\\(212\\) [2-9][0-9]{2}-[0-9]{4}",
        "\\+[1-9][0-9]{9,12}"
    ];
    (
        word(),
        word(),
        "[a-z]{3,8}(\\.[a-z]{3,8})?",
        phone,
        word(),
        "[A-Z][a-z]{3,9}( [A-Z][a-z]{3,6})?",
        "19[5-9][0-9]-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9])",
        "[a-z]{5,9}-[0-9]{2}",
    )
        .prop_map(|(first, last, local, phone, city, company, born, handle)| Somebody {
            first,
            last,
            local,
            phone,
            city,
            company,
            born,
            handle,
        })
}

impl Somebody {
    fn values(&self) -> Vec<String> {
        let digits: String = self.phone.chars().filter(char::is_ascii_digit).collect();
        let mut values: Vec<String> =
            [&self.first, &self.last, &self.local, &self.city, &self.company, &self.born, &self.handle].map(|text| plain(text)).into();
        values.extend(self.local.split('.').map(plain));
        values.push(digits[digits.len() - 8..].to_owned());
        values
    }

    /// One of the values, written in one of many ways.
    fn said(&self, how: usize) -> String {
        let Self { first, last, local, phone, city, company, born, handle } = self;
        match how % 16 {
            0 => first.to_uppercase(),
            1 => format!("CV_{last}_{first}.pdf"),
            2 => format!("mail {local}@mail.example or call {phone}"),
            3 => phone.replace([' ', '-', '(', ')'], ""),
            4 => format!("xx{}xx", last.to_lowercase()),
            5 => format!("https://{handle}.example/{local}?q={city}"),
            6 => format!("{city}/{company}"),
            7 => born.replace('-', ""),
            8 => format!("<p>{first} {last}</p>\nborn {born}\n{phone}"),
            9 => plain(last),
            10 => last.nfd().collect(),
            11 => format!("{}-{}", first.to_lowercase(), last.to_lowercase()),
            12 => local.clone(),
            13 => phone.split(' ').collect::<Vec<_>>().join("."),
            14 => "rust".to_owned(),
            _ => company.to_lowercase(),
        }
    }

    fn profile(&self, how: &[usize]) -> Value {
        let mut at = how.iter();
        let mut said = || self.said(*at.next().unwrap());
        let Self { first, last, local, phone, city, company, born, handle } = self;
        json!({
            "id": 123_456, "key": "7596ce2aecba4f8ab01a3202aa4eb3a22376a1a9", "reference": said(), "source": { "key": "k", "name": said(), "type": "api" },
            "text": format!("{first} {last}\n{} {}", said(), said()), "text_language": "en",
            "info": { "full_name": format!("{first} {last}"), "first_name": first, "last_name": last, "email": format!("{local}@mail.example"), "phone": phone,
                "date_birth": format!("{born}T00:00:00"), "summary": said(), "picture": said(), "gender": said(),
                "location": { "text": format!("{city}, 1"), "fields": { "city": city, "country": "FRA", "road": said(), "postcode": "75011" } },
                "urls": [{ "type": "linkedin", "url": format!("https://linkedin.example/in/{handle}") }, { "type": said(), "url": [said()] }, said()] },
            "experiences": [{ "company": company, "title": said(), "description": said(), "date_start": "2020-02-01T00:00:00", "tasks": [said(), { "name": said() }] }],
            "educations": [{ "school": said(), "title": said(), "date_end": said() }],
            "skills": [{ "name": said(), "type": "hard", "value": said() }, said()], "languages": [{ "name": said() }],
            "certifications": [{ "name": said() }], "labels": [{ "stage": said(), "board_key": said(), "job_reference": said() }],
            "tags": [{ "name": said(), "value": said() }, { "name": "seen", "value": true }, { said(): said() }],
            "metadatas": [{ "name": said(), "value": { said(): [said()] } }],
            "attachments": [{ "type": "resume", "original_file_name": said(), "public_url": said(), "extension": said() }],
            "consent_algorithmic": { "owner": { "parsing": true, said(): said() } }, "anything": [said(), [{ said(): said() }]],
        })
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_of_anybody_is_left(people in prop::collection::vec((somebody(), prop::collection::vec(0usize..64, 64)), 1..3)) {
        let documents: Vec<Value> = people.iter().map(|(person, how)| person.profile(how)).collect();
        let made = anonymous(&documents, key(9), &BTreeSet::new()).unwrap();
        for (original, made) in documents.iter().zip(&made) {
            let (before, after) = (format!("{:#}", shape(original)), format!("{:#}", shape(&made.document)));
            let differs = before.lines().zip(after.lines()).position(|(one, other)| one != other);
            prop_assert!(differs.is_none() && before.len() == after.len(), "line {:?}: {:?}", differs, differs.map(|at| (before.lines().nth(at - 1), before.lines().nth(at), after.lines().nth(at))));
            let mut found = Vec::new();
            texts(&made.document, &mut Vec::new(), &mut found);
            for (person, _) in &people {
                for value in person.values() {
                    for text in &found {
                        prop_assert!(!plain(text).contains(&value), "{} in {}", value, text);
                    }
                }
            }
            prop_assert!(Profile::from_document(made.document.clone()).is_ok());
        }
        // The same again gives the same; and what came out can go in.
        let again = anonymous(&documents, key(9), &BTreeSet::new()).unwrap();
        let out: Vec<Value> = made.iter().map(|made| made.document.clone()).collect();
        prop_assert!(again.iter().zip(&out).all(|(one, other)| one.document == *other));
        let twice = anonymous(&out, key(9), &BTreeSet::new()).unwrap();
        prop_assert!(twice.iter().zip(&out).all(|(one, other)| shape(&one.document) == shape(other)));
    }
}
