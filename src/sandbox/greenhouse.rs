//! What v1 and v3 have in common: who may call, how a body is refused, and the person that both write.

use super::call::{Answered, Call, Reply};
use super::custom_fields::{self, Changes};
use super::organisation::List;
use super::seed::{self, JobState};
use super::validate::{Fault, Field, Rule, check, fault, may, must};
use super::world::World;
use super::{prospects, v1, v3};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Api {
    V1,
    V3,
}

pub(super) fn answer(world: &mut World, call: &Call) -> Reply {
    let answered = if let Some(path) = call.below("/v3") {
        v3::answer(world, call, &path)
    } else if let Some(path) = call.below("/v1") {
        v1::answer(world, call, &path)
    } else {
        Err(not_found())
    };
    answered.unwrap_or_else(|refusal| refusal)
}

pub(super) fn not_found() -> Reply {
    Reply::message(404, "Resource not found")
}

pub(super) const VISIBILITIES: &[&str] = &["admin_only", "private", "public"];

const fn contact(types: &'static [&'static str]) -> [Field; 2] {
    [must("value", Rule::Text), must("type", Rule::OneOf(types))]
}

const PHONES: &[Field] = &contact(&["home", "work", "mobile", "skype", "other"]);
const ADDRESSES: &[Field] = &contact(&["home", "work", "other"]);
const EMAILS: &[Field] = &contact(&["personal", "work", "other"]);
const WEBSITES: &[Field] = &contact(&["personal", "company", "portfolio", "blog", "other"]);

/// The person fields of both APIs. v3 reads `is_private` as `private`, and so takes either word.
pub(super) const PERSON: &[Field] = &[
    must("first_name", Rule::Text),
    must("last_name", Rule::Text),
    may("company", Rule::Text),
    may("title", Rule::Text),
    may("is_private", Rule::Flag),
    may("phone_numbers", Rule::List(PHONES)),
    may("addresses", Rule::List(ADDRESSES)),
    may("email_addresses", Rule::List(EMAILS)),
    may("website_addresses", Rule::List(WEBSITES)),
    may("social_media_addresses", Rule::List(&[must("value", Rule::Text)])),
    may("tags", Rule::Texts),
    may("custom_fields", Rule::Objects),
];

/// The members of v3 that v1 has not.
pub(super) const PERSON_V3: &[Field] = &[may("preferred_name", Rule::Text), may("private", Rule::Flag)];

/// Checks a body's person members.
pub(super) fn person(api: Api, body: &Map<String, Value>, partial: bool, faults: &mut Vec<Fault>) -> (Map<String, Value>, Changes) {
    faults.extend(check(PERSON, body, partial));
    let mut kept = copy(PERSON, body);
    kept.shift_remove("custom_fields");
    if api == Api::V3 {
        faults.extend(check(PERSON_V3, body, partial));
        kept.extend(copy(PERSON_V3, body));
        if let Some(private) = kept.shift_remove("private") {
            kept.insert("is_private".into(), private);
        }
    }
    let changes = custom_fields::read(body, if api == Api::V1 { "id" } else { "custom_field_id" }, faults);
    (kept, changes)
}

/// The members of `body` that the table names.
pub(super) fn copy(fields: &[Field], body: &Map<String, Value>) -> Map<String, Value> {
    fields.iter().filter_map(|field| body.get(field.name).map(|value| (field.name.to_owned(), value.clone()))).collect()
}

/// Puts changes into a candidate's custom fields.
pub(super) fn apply(changes: Changes, fields: &mut Map<String, Value>) {
    let kept = fields.entry("custom_fields").or_insert_with(|| json!({}));
    for (key, value) in changes {
        kept[key] = value.unwrap_or(Value::Null);
    }
}

/// The body as an object, or the refusal of what is none.
pub(super) fn body(call: &Call) -> Result<Map<String, Value>, Reply> {
    call.object().ok_or_else(|| Reply::message(400, "The request body must be a JSON object, sent as application/json"))
}

/// The members that an application has in both APIs, beside `job_id`.
pub(super) const APPLICATION: &[Field] = &[
    may("job_id", Rule::Id),
    may("prospect", Rule::LooseFlag),
    may("job_ids", Rule::Ids),
    may("source_id", Rule::Id),
    may("initial_stage_id", Rule::Id),
    may("recruiter_id", Rule::Id),
    may("coordinator_id", Rule::Id),
    may("prospect_pool_id", Rule::Id),
    may("prospect_pool_stage_id", Rule::Id),
    may("prospect_owner_id", Rule::Id),
];

/// Checks an application: its shape, either a job or a prospect, and that what it points at is there.
pub(super) fn application(api: Api, world: &World, body: &Map<String, Value>, faults: &mut Vec<Fault>) -> Map<String, Value> {
    let before = faults.len();
    faults.extend(check(APPLICATION, body, false));
    let prospect = is_prospect(body);
    if api == Api::V3 {
        faults.extend(wrong_arm(body, prospect));
    }
    match (prospect, body.contains_key("job_id")) {
        (true, true) => faults.push(fault("job_id", "must not be given for a prospect: send job_ids")),
        (false, false) => faults.push(fault("job_id", "is missing")),
        _ => {}
    }
    if faults.len() > before {
        return Map::new();
    }
    let ids = |name: &str| body.get(name).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_u64);
    for id in body.get("job_id").and_then(Value::as_u64).into_iter().chain(ids("job_ids")) {
        match world.settings.job_state(id) {
            JobState::Open => {}
            JobState::Closed => faults.push(fault("job_id", "is a closed job")),
            JobState::Unknown => faults.push(fault("job_id", "is not a job")),
        }
    }
    if body.get("source_id").and_then(Value::as_u64).is_some_and(|id| !world.settings.organisation.knows(List::Sources, id)) {
        faults.push(fault("source_id", "is not a source"));
    }
    for name in ["recruiter_id", "coordinator_id", "prospect_owner_id"] {
        if body.get(name).and_then(Value::as_u64).is_some_and(|id| seed::user(id).is_none()) {
            faults.push(fault(name, "is not a user"));
        }
    }
    faults.extend(placed(body));
    let mut kept = copy(APPLICATION, body);
    kept.insert("prospect".into(), json!(prospect));
    kept.insert("status".into(), json!("active"));
    kept
}

/// What is wrong with the stage of the job, the pool, and the pool's stage. Source: none; see `prospects.rs`.
fn placed(body: &Map<String, Value>) -> Vec<Fault> {
    let id = |name: &str| body.get(name).and_then(Value::as_u64);
    let mut faults = Vec::new();
    if id("initial_stage_id").is_some_and(|stage| id("job_id").is_none_or(|job| prospects::stage(job, stage).is_none())) {
        faults.push(fault("initial_stage_id", "is not a stage of the job"));
    }
    let pool = id("prospect_pool_id").map(prospects::pool);
    if pool.is_some_and(|found| found.is_none_or(|pool| !pool.active)) {
        faults.push(fault("prospect_pool_id", "is not an active prospect pool"));
    }
    let known = |stage| pool.flatten().is_some_and(|pool| pool.stages.iter().any(|(id, _)| *id == stage));
    if id("prospect_pool_stage_id").is_some_and(|stage| !known(stage)) {
        faults.push(fault("prospect_pool_stage_id", "is not a stage of the prospect pool"));
    }
    faults
}

/// Source: "candidate_id + job_id, or candidate_id + prospect: true (+ job_ids); the wrong pair is a 422".
fn wrong_arm(body: &Map<String, Value>, prospect: bool) -> Vec<Fault> {
    let mut faults = Vec::new();
    if body.get("prospect").is_some_and(|value| !value.is_boolean()) {
        faults.push(fault("prospect", "must be a boolean"));
    }
    if !prospect {
        let names = ["job_ids", "prospect_pool_id", "prospect_pool_stage_id", "prospect_owner_id"].into_iter();
        faults.extend(names.filter(|name| body.contains_key(*name)).map(|name| fault(name, "is for a prospect: send prospect: true")));
    }
    faults
}

fn is_prospect(body: &Map<String, Value>) -> bool {
    matches!(body.get("prospect"), Some(Value::Bool(true))) || body.get("prospect").and_then(Value::as_str) == Some("true")
}

/// What is kept of an attachment's content: its size and its SHA-256, so that a test can tell that it arrived whole.
pub(super) fn content(body: &Map<String, Value>) -> Map<String, Value> {
    let Some(bytes) = body.get("content").and_then(Value::as_str).and_then(|text| STANDARD.decode(text).ok()) else { return Map::new() };
    let hash = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    Map::from_iter([("size".to_owned(), json!(bytes.len())), ("sha256".to_owned(), json!(hash))])
}

/// The first day of an interval: from `start_date`, or from `start_month` and `start_year` (`start` stands for either end).
pub(super) fn day(body: &Map<String, Value>, end: &str) -> Value {
    if let Some(date) = body.get(&format!("{end}_date")).and_then(Value::as_str) {
        return date.get(..10).map_or(Value::Null, |day| json!(day));
    }
    let number = |part: &str| body.get(&format!("{end}_{part}")).and_then(Value::as_u64);
    match (number("year"), number("month")) {
        (Some(year), month) => json!(format!("{year:04}-{:02}-01", month.unwrap_or(1))),
        _ => Value::Null,
    }
}

/// A day as Greenhouse reads it back.
pub(super) fn midnight(day: &Value) -> Value {
    day.as_str().map_or(Value::Null, |day| json!(format!("{day}T00:00:00.000Z")))
}

/// The refusal of a body with faults, as each API writes it. v3's `errors` are "string or object": here what is missing or blank
/// is told as text and the rest as objects, so that a client meets both.
pub(super) fn refuse(api: Api, faults: Vec<Fault>) -> Result<(), Reply> {
    if faults.is_empty() {
        return Ok(());
    }
    let errors = faults.into_iter().map(|found| match api {
        Api::V3 if found.message.starts_with("is missing") || found.message.ends_with("blank") => {
            json!(format!("{} {}", found.field, found.message))
        }
        Api::V1 | Api::V3 => json!({"message": found.message, "field": found.field}),
    });
    Err(Reply::json(422, json!({"message": "Validation error", "errors": errors.collect::<Vec<_>>()})))
}

/// One fault alone.
pub(super) fn refusal(api: Api, field: &str, message: &str) -> Reply {
    refuse(api, vec![fault(field, message)]).err().unwrap_or_else(not_found)
}

/// `per_page`, 1 to 500, default 100.
pub(super) fn per_page(api: Api, call: &Call) -> Result<usize, Reply> {
    let Some(text) = call.param("per_page") else { return Ok(100) };
    text.parse().ok().filter(|n| (1..=500).contains(n)).ok_or_else(|| refusal(api, "per_page", "must be from 1 to 500"))
}

/// An answer with a body.
pub(super) fn ok(status: u16, row: Value) -> Answered {
    Ok(Reply::json(status, row))
}
