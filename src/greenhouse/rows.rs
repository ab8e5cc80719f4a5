//! Greenhouse's rows, as far as they tell whether something is there. Pure. A row that cannot be read is never "no match".

use crate::base::digest::{Digest, Key};
use crate::delivery::recovery::{Listed, Marks};
use crate::delivery::wanted::{attachment_digest, education_digest, employment_digest, employment_likeness, name_phones, note_digest};
use crate::delivery::{Known, SeenApplication};
use crate::model::step::{Fingerprint, Step};
use jiff::Timestamp;
use serde_json::Value;

/// A candidate's row, v1 or v3. A row without a name is a `{message}` stub: still being made.
pub fn candidate(key: &Key, row: &Value) -> Option<Listed> {
    let id = row.get("id").and_then(Value::as_u64);
    let (Some(first), Some(last)) = (text(row, "first_name"), text(row, "last_name")) else {
        return Some(Listed { id: id.unwrap_or(0), created_at: created_at(row), marks: Marks::NotReady });
    };
    let phones = list(row, "phone_numbers").filter_map(|phone| text(phone, "value"));
    let fingerprint = Fingerprint { emails: emails(key, row), name_phones: Some(name_phones(key, first, last, phones)) };
    Some(Listed { id: id?, created_at: created_at(row), marks: Marks::Candidate(fingerprint) })
}

pub fn emails(key: &Key, row: &Value) -> Vec<Digest> {
    list(row, "email_addresses").filter_map(|email| text(email, "value")).map(|email| key.email(email)).collect()
}

/// An application's row: v3 has `job_id` (a prospect `prospective_job_ids`), v1 has `jobs`.
pub fn application(row: &Value) -> Option<SeenApplication> {
    let id = number(row, "id")?;
    let mut jobs: Vec<u64> = number(row, "job_id").into_iter().collect();
    jobs.extend(list(row, "jobs").filter_map(|job| number(job, "id")));
    jobs.extend(list(row, "prospective_job_ids").filter_map(Value::as_u64));
    let prospect = match row.get("prospect").and_then(Value::as_bool) {
        Some(prospect) => prospect,
        // Source: `docs/greenhouse-api.md`, "Applications".
        None => row.get("prospective_job_ids").is_some() && number(row, "job_id").is_none(),
    };
    // v1's rows have it; v3's have it added, see `Wire::add_pools`.
    let pool = row.get("prospect_detail").and_then(|detail| number(detail.get("prospect_pool")?, "id"));
    let created_at = created_at(row).or_else(|| time(row, "applied_at"));
    Some(SeenApplication { id, jobs, prospect, pool, created_at })
}

/// Whose an application is.
pub fn candidate_of(row: &Value) -> Option<u64> {
    number(row, "candidate_id")
}

pub fn listed_application(row: &Value) -> Vec<Listed> {
    let Some(seen) = application(row) else { return Vec::new() };
    let created_at = seen.created_at;
    if seen.prospect {
        return vec![Listed { id: seen.id, created_at, marks: Marks::Step(Step::Prospect) }];
    }
    seen.jobs.iter().map(|job| Listed { id: seen.id, created_at, marks: Marks::Step(Step::Application { job: *job }) }).collect()
}

/// `job` is whose application the attachment hangs on; none for v1's, which hang on the candidate.
pub fn attachment(key: &Key, row: &Value, job: Option<u64>) -> Option<Listed> {
    let digest = attachment_digest(key, text(row, "type")?, text(row, "filename").unwrap_or_default());
    Some(child(row, Step::Attachment { job, digest }))
}

pub fn employment(key: &Key, row: &Value) -> Option<Listed> {
    let start = text(row, "start_date").or_else(|| text(row, "start_at"))?;
    Some(child(row, Step::Employment(employment_digest(key, text(row, "company_name")?, text(row, "title")?, start))))
}

/// What of a candidate's child tells whether ours is there.
pub fn known(key: &Key, row: &Value, listed: &Listed) -> Option<Known> {
    let Marks::Step(step) = listed.marks else { return None };
    let likeness = match step {
        Step::Employment(_) => {
            let start = text(row, "start_date").or_else(|| text(row, "start_at"))?;
            employment_likeness(key, text(row, "company_name")?, text(row, "title")?, start)
        }
        Step::Education(digest) | Step::Note(digest) => digest,
        _ => return None,
    };
    let end = text(row, "end_date").or_else(|| text(row, "end_at")).map(str::to_owned);
    Some(Known { step, likeness, end })
}

/// v3 reads back as `start_at` what was written as `start_date`.
pub fn education(key: &Key, row: &Value) -> Option<Listed> {
    let id = |names: [&str; 2]| names.iter().find_map(|name| row.get(*name)).and_then(Value::as_u64);
    let ids = [
        id(["school_name_custom_field_option_id", "school_id"]),
        id(["degree_custom_field_option_id", "degree_id"]),
        id(["discipline_custom_field_option_id", "discipline_id"]),
    ];
    let start = text(row, "start_at").or_else(|| text(row, "start_date"));
    Some(child(row, Step::Education(education_digest(key, ids, start))))
}

pub fn note(key: &Key, row: &Value) -> Option<Listed> {
    let visibility = text(row, "visibility").unwrap_or("private").to_lowercase();
    // Source: `docs/greenhouse-api.md`, "Notes".
    let visibility = match visibility.as_str() {
        "publicly_visible" => "public",
        "privately_visible" => "private",
        "admin_only_visible" => "admin_only",
        as_written => as_written,
    };
    Some(child(row, Step::Note(note_digest(key, text(row, "body")?, visibility))))
}

/// v1's attachments have no id: nothing but their creation tells two apart, and one is enough.
fn child(row: &Value, step: Step) -> Listed {
    Listed { id: row.get("id").and_then(Value::as_u64).unwrap_or(0), created_at: created_at(row), marks: Marks::Step(step) }
}

pub fn number(row: &Value, name: &str) -> Option<u64> {
    row.get(name)?.as_u64()
}

pub fn created_at(row: &Value) -> Option<Timestamp> {
    time(row, "created_at")
}

fn time(row: &Value, name: &str) -> Option<Timestamp> {
    text(row, name)?.parse().ok()
}

pub fn text<'r>(row: &'r Value, name: &str) -> Option<&'r str> {
    row.get(name)?.as_str()
}

pub fn list<'r>(row: &'r Value, name: &str) -> impl Iterator<Item = &'r Value> + use<'r> {
    row.get(name).and_then(Value::as_array).into_iter().flatten()
}
