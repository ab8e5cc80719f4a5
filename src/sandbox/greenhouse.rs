//! What v1 and v3 have in common: who may call, how a body is refused, and the person that both write.

use super::call::{Answered, Call, Reply};
use super::custom_fields::{self, Changes};
use super::organisation::List;
use super::seed::{self, JobState};
use super::store::Row;
use super::validate::{Fault, Field, Rule, check, closed, fault, may};
use super::world::World;
use super::{prospects, v1, v3};
use crate::model::candidate::shape::{CANDIDATE, Member, Merge, Shape, Wire};
use crate::model::settings::Api;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

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

/// The members that a candidate's own request and answer have, each with its row of the table.
fn members(api: Api) -> impl Iterator<Item = (&'static str, &'static Member)> {
    CANDIDATE.members.iter().filter_map(move |member| match member.wire(api) {
        Wire::Name(name) => Some((name, member)),
        _ => None,
    })
}

/// Checks what a body says of the person.
pub(super) fn person(api: Api, body: &Map<String, Value>, partial: bool, faults: &mut Vec<Fault>) -> (Map<String, Value>, Changes) {
    let mut kept = Map::new();
    for (word, member) in members(api).filter(|(_, member)| !matches!(member.shape, Shape::Object(_))) {
        faults.extend(check(&[Field { name: word, required: member.required, rule: Rule::Of(&member.shape) }], body, partial));
        if let (Some(value), false) = (body.get(word), member.merge == Merge::CustomFields) {
            kept.insert(member.name.to_owned(), value.clone());
        }
    }
    (kept, custom_fields::read(api, body, faults))
}

/// What v3 does not know of a candidate's body. `others` are members that are not of the person.
pub(super) fn closed_person(body: &Map<String, Value>, others: &[&'static str]) -> Vec<Fault> {
    let mut faults = closed(members(Api::HarvestV3).map(|(word, _)| word).chain(others.iter().copied()), body, "");
    for (word, member) in members(Api::HarvestV3) {
        let Shape::List(Shape::Object(object)) = member.shape else { continue };
        for (at, item) in body.get(word).and_then(Value::as_array).into_iter().flatten().enumerate() {
            let item = item.as_object().into_iter();
            faults.extend(item.flat_map(|item| closed(object.members.iter().map(|part| part.name), item, &format!("{word}[{at}]."))));
        }
    }
    faults
}

/// Puts what is said of a person into an answer. What nobody has written is blank.
pub(super) fn show_person(api: Api, row: &Row, shown: &mut Value) {
    for (name, member) in CANDIDATE.members.iter().filter_map(|member| Some((member.read(api)?, member))) {
        let value = match (row.get(member.name), &member.shape) {
            (_, Shape::Object(_) | Shape::CustomFields) => continue,
            (Value::Null, Shape::Boolean) => shown.get(name).unwrap_or(&Value::Bool(false)).clone(),
            (Value::Null, Shape::List(_)) => json!([]),
            // In Greenhouse's own v1 sample, too, lists are not in the order in which they were sent.
            (Value::Array(entries), _) if api == Api::HarvestV1 => entries.iter().rev().cloned().collect(),
            (value, _) => value.clone(),
        };
        shown[name] = value;
    }
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

/// What `read` takes from the body, or the refusal with the errors that it found.
pub(super) fn checked<T>(api: Api, call: &Call, read: impl FnOnce(&Map<String, Value>, &mut Vec<Fault>) -> T) -> Result<T, Reply> {
    let body = body(call)?;
    let mut faults = Vec::new();
    let taken = read(&body, &mut faults);
    refuse(api, faults)?;
    Ok(taken)
}

/// The members that an application has in both APIs.
const APPLICATION: &[Field] = &[
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

/// v3 has the flag of a prospect alone as a boolean. Source: `docs/greenhouse-api.md`, "Applications".
const V3_APPLICATION: &[Field] = &[
    may("prospect", Rule::Flag),
    may("referrer_id", Rule::Id),
    may("created_at", Rule::Moment),
    may("custom_fields", Rule::Objects),
    may("prospective_department_id", Rule::Id),
    may("prospective_office_id", Rule::Id),
];
const OF_A_JOB: [&str; 2] = ["job_id", "initial_stage_id"];
const OF_A_PROSPECT: [&str; 7] = [
    "prospect",
    "job_ids",
    "prospect_pool_id",
    "prospect_pool_stage_id",
    "prospect_owner_id",
    "prospective_department_id",
    "prospective_office_id",
];

/// Checks an application: its shape, either a job or a prospect, and that what it points at is there.
pub(super) fn application(api: Api, world: &World, body: &Map<String, Value>, faults: &mut Vec<Fault>) -> Map<String, Value> {
    let before = faults.len();
    let (table, prospect) = match api {
        Api::HarvestV1 => (APPLICATION.to_vec(), is_prospect(body)),
        Api::HarvestV3 => ([APPLICATION, V3_APPLICATION].concat(), body.get("prospect").is_some_and(|flag| flag != false)),
    };
    faults.extend(check(&table, body, false));
    if api == Api::HarvestV3 {
        let others: &[&str] = if prospect { &OF_A_JOB } else { &OF_A_PROSPECT };
        faults.extend(closed(table.iter().map(|field| field.name).filter(|name| !others.contains(name)), body, ""));
    }
    match (prospect, body.contains_key("job_id")) {
        (true, true) if api == Api::HarvestV1 => faults.push(fault("job_id", "must not be given for a prospect: send job_ids")),
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
    if body.get("referrer_id").and_then(Value::as_u64).is_some_and(|id| !prospects::REFERRERS.iter().any(|known| known.id == id)) {
        faults.push(fault("referrer_id", "is not a referrer"));
    }
    faults.extend(placed(body));
    let mut kept = copy(&table, body);
    kept.shift_remove("custom_fields");
    kept.insert("prospect".into(), json!(prospect));
    kept.insert("status".into(), json!("active"));
    kept
}

/// What is wrong with the stage of the job, the pool, and the pool's stage. Assumed: see `prospects.rs`.
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

fn is_prospect(body: &Map<String, Value>) -> bool {
    matches!(body.get("prospect"), Some(Value::Bool(true))) || body.get("prospect").and_then(Value::as_str) == Some("true")
}

/// What is kept of an attachment's content: its size and its SHA-256, so that a test can tell that it arrived whole.
pub(super) fn content(body: &Map<String, Value>) -> Map<String, Value> {
    let Some(bytes) = body.get("content").and_then(Value::as_str).and_then(|text| STANDARD.decode(text).ok()) else { return Map::new() };
    let hash = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    Map::from_iter([("size".to_owned(), json!(bytes.len())), ("sha256".to_owned(), json!(hash))])
}

/// The first day of an interval: from `start_date`, or from a month and a year, as v1 and v3 call them (`start` stands for either end).
pub(super) fn day(body: &Map<String, Value>, end: &str) -> Value {
    if let Some(date) = body.get(&format!("{end}_date")).and_then(Value::as_str) {
        return date.get(..10).map_or(Value::Null, |day| json!(day));
    }
    let number =
        |part: &str| body.get(&format!("{end}_{part}")).or_else(|| body.get(&format!("{end}_date_{part}"))).and_then(Value::as_u64);
    match (number("year"), number("month")) {
        (Some(year), month) => json!(format!("{year:04}-{:02}-01", month.unwrap_or(1))),
        _ => Value::Null,
    }
}

/// A day as Greenhouse reads it back.
pub(super) fn midnight(day: &Value) -> Value {
    day.as_str().map_or(Value::Null, |day| json!(format!("{day}T00:00:00.000Z")))
}

/// The refusal of a body with faults, as each API writes it. v3's `errors` are texts or objects of one member: here what is missing or
/// blank is told as text and the rest as objects, so that a client meets both. Source: `docs/greenhouse-api.md`, "Errors".
pub(super) fn refuse(api: Api, faults: Vec<Fault>) -> Result<(), Reply> {
    if faults.is_empty() {
        return Ok(());
    }
    let as_text = |found: &Fault| found.message.starts_with("is missing") || found.message.ends_with("blank");
    let errors = faults.into_iter().map(|found| match api {
        Api::HarvestV1 => json!({"message": found.message, "field": found.field}),
        Api::HarvestV3 if found.field.is_empty() => json!(found.message),
        Api::HarvestV3 if as_text(&found) => json!(format!("{} {}", found.field, found.message)),
        Api::HarvestV3 => json!({found.field: found.message}),
    });
    let message = if api == Api::HarvestV1 { "Validation error" } else { "Unprocessable Content" };
    Err(Reply::json(422, json!({"message": message, "errors": errors.collect::<Vec<_>>()})))
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
