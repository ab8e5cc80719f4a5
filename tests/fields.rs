//! Every member that Greenhouse takes at a create can be set from a pipeline, in both APIs.
//! Source: `docs/greenhouse-api.md`.

use crate::harness::{Office, SOURCE_KEY};
use hireline::model::candidate::shape::{CANDIDATE, Object, Shape};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// v3's bodies, by the last part of the path. A prospect's members and its application's exclude each other.
const V3: &str = "
applications.candidate_id applications.coordinator_id applications.initial_stage_id applications.job_id applications.recruiter_id
applications.referrer_id applications.source_id
attachments.application_id attachments.content attachments.filename attachments.type attachments.url
attachments.visibility
candidate_educations.candidate_id candidate_educations.degree_custom_field_option_id candidate_educations.discipline_custom_field_option_id
candidate_educations.end_date candidate_educations.school_name_custom_field_option_id candidate_educations.start_date
candidate_employments.candidate_id candidate_employments.company_name candidate_employments.end_date candidate_employments.start_date
candidate_employments.title
candidates.addresses.type candidates.addresses.value
candidates.application.coordinator_id candidates.application.initial_stage_id candidates.application.job_id
candidates.application.recruiter_id candidates.application.referrer_id candidates.application.source_id
candidates.company
candidates.custom_fields.custom_field_id candidates.custom_fields.name_key candidates.custom_fields.value
candidates.custom_fields.value.amount candidates.custom_fields.value.currency_code
candidates.email_addresses.type candidates.email_addresses.value candidates.first_name candidates.last_name
candidates.phone_numbers.type candidates.phone_numbers.value candidates.preferred_name candidates.is_private
candidates.social_media_addresses.value candidates.tags candidates.title
candidates.website_addresses.type candidates.website_addresses.value
notes.body notes.candidate_id notes.note_type notes.visibility
";

/// v1's. `delete_value` is not offered: nothing that Greenhouse holds is cleared. The start and end of an education by month and year say
/// the same as its dates; an application's attachments are sent to the candidate's own.
const V1: &str = "
attachments.content attachments.content_type attachments.filename attachments.type attachments.url
candidates.activity_feed_notes.body candidates.activity_feed_notes.user_id candidates.activity_feed_notes.visibility
candidates.addresses.type candidates.addresses.value
candidates.applications.coordinator_id candidates.applications.initial_stage_id candidates.applications.job_id
candidates.applications.recruiter_id candidates.applications.referrer.type candidates.applications.referrer.value
candidates.applications.source_id
candidates.company candidates.coordinator.email
candidates.custom_fields.id candidates.custom_fields.name_key candidates.custom_fields.unit candidates.custom_fields.value
candidates.educations.degree_id candidates.educations.discipline_id candidates.educations.end_date candidates.educations.school_id
candidates.educations.start_date
candidates.email_addresses.type candidates.email_addresses.value
candidates.employments.company_name candidates.employments.end_date candidates.employments.start_date candidates.employments.title
candidates.first_name candidates.is_private candidates.last_name
candidates.phone_numbers.type candidates.phone_numbers.value
candidates.recruiter.id candidates.social_media_addresses.value candidates.tags candidates.title
candidates.website_addresses.type candidates.website_addresses.value
";

/// Sets every member that the API takes.
fn mapping(v1: bool) -> Value {
    let referrer = if v1 { json!({"type": "outside", "value": "A Friend"}) } else { json!({"id": 7002}) };
    let application = |job: u64| {
        json!({
            "job_id": job, "source_id": 2001, "initial_stage_id": job * 100 + 1, "recruiter": {"id": 92121}, "coordinator": {"id": 92122},
            "referrer": referrer,
        })
    };
    let mut mapping = json!({
        "first_name": "{{ profile.info.first_name }}", "last_name": "{{ profile.info.last_name }}", "company": "Acme Robotics", "title": "Engineer",
        "is_private": true, "preferred_name": "Addie",
        "phone_numbers": [{"value": "+33612345678", "type": "mobile"}],
        "addresses": [{"value": "75001 Paris", "type": "home"}],
        "email_addresses": [{"value": "{{ profile.info.email }}", "type": "personal"}],
        "website_addresses": [{"value": "https://ada.example", "type": "portfolio"}],
        "social_media_addresses": [{"value": "https://linkedin.example/in/ada"}],
        "employments": [{"company_name": "Acme Robotics", "title": "Engineer", "start_date": "2020-11-27", "end_date": "2023-01-31"}],
        "educations": [{"school_id": 459, "degree_id": 1230, "discipline_id": 940, "start_date": "2014-09-01", "end_date": "2019-06-30"}],
        "tags": ["hrflow"],
        "custom_fields": {"level": "senior", "7": {"value": 52000, "unit": "EUR"}},
        "recruiter": {"id": 92121},
        "coordinator": if v1 { json!({"email": "coordinator@example.org"}) } else { json!({"id": 92122}) },
        "notes": [{"body": "Met at a fair.", "visibility": "public"}],
        "attachments": [
            {"type": "resume", "filename": "cv.pdf", "url": "https://files.example.org/cv.pdf", "visibility": "private"},
            {"type": "cover_letter", "filename": "letter.pdf", "content": "JVBERi0xLjQ=", "content_type": "application/pdf"},
        ],
        "applications": [application(4001), application(4002)],
    });
    if v1 {
        mapping.as_object_mut().unwrap().remove("preferred_name");
    }
    mapping
}

fn pipeline(office: &Office, v1: bool) -> Value {
    let mut pipeline = if v1 { office.v1("every-v1") } else { office.v3("every-v3") };
    pipeline["destination"]["greenhouse"].as_object_mut().unwrap().remove("job_ids");
    pipeline["mapping"] = mapping(v1);
    pipeline
}

fn ada() -> Value {
    json!({
        "key": "1111111111111111111111111111111111111111", "id": 1, "source_key": SOURCE_KEY, "source": {"key": SOURCE_KEY},
        "created_at": "2026-06-20T15:25:07+0000", "updated_at": "2026-06-20T15:25:07+0000",
        "info": {"first_name": "Ada", "last_name": "Example", "email": "ada@example.org"},
    })
}

/// `candidates.phone_numbers.value`: every member of a body that holds a value.
fn members(path: &str, value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(inner) => inner.iter().for_each(|(name, value)| members(&format!("{path}.{name}"), value, found)),
        Value::Array(items) if items.iter().any(Value::is_object) => items.iter().for_each(|item| members(path, item, found)),
        _ => drop(found.insert(path.to_owned())),
    }
}

#[test]
fn every_member_of_the_reference_is_sent() {
    for (v1, table) in [(false, V3), (true, V1)] {
        let office = Office::open(vec![ada()]);
        let file = office.save(&pipeline(&office, v1));
        let profile = office.write("ada.json", &ada().to_string());
        let told = office.call(&["trace", "--json", "--show-personal-data", &file, profile.to_str().unwrap()]).expect(0);
        let told: Value = serde_json::from_str(&told.stdout).unwrap();
        let mut sent = BTreeSet::new();
        let mut bodies = Vec::new();
        for request in told["requests"].as_array().unwrap().iter().filter(|request| request["method"] == "POST") {
            let path = request["url"].as_str().unwrap().rsplit('/').next().unwrap();
            members(path, &request["body"], &mut sent);
            bodies.push(json!([office.steady(request["url"].as_str().unwrap()), request["body"]]));
        }
        let wanted: BTreeSet<String> = table.split_whitespace().map(str::to_owned).collect();
        assert_eq!(sent.difference(&wanted).collect::<Vec<_>>(), Vec::<&String>::new(), "sent, and not documented");
        assert_eq!(wanted.difference(&sent).collect::<Vec<_>>(), Vec::<&String>::new(), "documented, and not sent");
        insta::assert_json_snapshot!(if v1 { "every member of v1" } else { "every member of v3" }, bodies);
        // The sandbox, which refuses what is not documented, accepts all of it.
        assert_eq!(office.run(&file).expect(0).counts()["created"], 1);
    }
}

/// Members that a document of the candidate has, `educations.school_id` and the like.
fn known(object: &'static Object, path: &str, found: &mut BTreeSet<String>) {
    for member in object.members {
        let path = if path.is_empty() { member.name.to_owned() } else { format!("{path}.{}", member.name) };
        match member.shape {
            Shape::Object(inner) | Shape::List(&Shape::Object(inner)) => known(inner, &path, found),
            _ => drop(found.insert(path)),
        }
    }
}

/// What the candidate knows and the two pipelines above do not set: names where they set ids, and the prospect.
#[test]
fn every_member_of_the_candidate_is_set_or_stands_for_an_id() {
    let mut set = BTreeSet::new();
    for v1 in [false, true] {
        let mut paths = BTreeSet::new();
        members("", &mapping(v1), &mut paths);
        set.extend(paths.into_iter().map(|path| path.trim_start_matches('.').to_owned()));
    }
    let mut all = BTreeSet::new();
    known(&CANDIDATE, "", &mut all);
    let missing: Vec<&String> = all.iter().filter(|path| !set.contains(*path) && !path.starts_with("prospect.")).collect();
    insta::assert_debug_snapshot!(missing);
}
