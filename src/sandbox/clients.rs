//! What public v3 clients say of the live service beyond the reference, or otherwise: kept apart, and behind a setting, until it is known.
//! Each is one client's word at least; two read Greenhouse's own OpenAPI document, one tried a live instance (D).

use super::call::{Call, Reply};
use super::greenhouse::{self, Api, PERSON, PERSON_V3};
use super::validate::{Fault, fault};
use axum::http::Method;
use serde_json::{Map, Value, json};

/// An application that is filtered by `status=active` reads back as `in_process`.
pub(super) fn status(as_they_say: bool, status: &Value) -> Value {
    if as_they_say && status == "active" { json!("in_process") } else { status.clone() }
}

/// A note that is written as `private` reads back as `privately_visible`.
pub(super) fn visibility(as_they_say: bool, visibility: &Value) -> Value {
    match visibility.as_str() {
        Some("public") if as_they_say => json!("publicly_visible"),
        Some("private") if as_they_say => json!("privately_visible"),
        Some("admin_only") if as_they_say => json!("admin_only_visible"),
        _ => visibility.clone(),
    }
}

const APPLICATION: [&str; 11] = [
    "job_id",
    "source_id",
    "initial_stage_id",
    "recruiter_id",
    "coordinator_id",
    "referrer_id",
    "prospect",
    "job_ids",
    "prospect_pool_id",
    "prospect_pool_stage_id",
    "prospect_owner_id",
];

/// Keys that a body does not have are refused; a note needs its `note_type` and its `visibility`.
fn unknown(path: &[&str], body: &Map<String, Value>) -> Vec<Fault> {
    let mut faults = Vec::new();
    let person = || PERSON.iter().chain(PERSON_V3).map(|field| field.name);
    let known: Vec<&str> = match path {
        ["candidates"] => person().chain(["application"]).collect(),
        ["candidates", _] => person().collect(),
        ["applications"] => APPLICATION.into_iter().chain(["candidate_id"]).collect(),
        ["notes"] => vec!["candidate_id", "application_id", "user_id", "note_type", "body", "visibility"],
        _ => return faults,
    };
    faults.extend(body.keys().filter(|key| !known.contains(&key.as_str())).map(|key| fault(key, "is a disallowed additional property")));
    if path == ["notes"] {
        let missing = ["note_type", "visibility"].into_iter().filter(|name| !body.contains_key(*name));
        faults.extend(missing.map(|name| fault(name, "is missing")));
    }
    faults
}

pub(super) fn refuse(call: &Call, path: &[&str]) -> Result<(), Reply> {
    if call.method != Method::POST && call.method != Method::PATCH {
        return Ok(());
    }
    // What is no object is refused by the work itself.
    call.object().map_or(Ok(()), |body| greenhouse::refuse(Api::V3, unknown(path, &body)))
}
