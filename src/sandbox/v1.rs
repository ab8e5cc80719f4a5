//! Harvest v1: signing in and writing. Source: `docs/greenhouse-api.md`.

mod organisation; // its lists
mod read;

use super::call::{Answered, Call, Reply};
use super::greenhouse::{VISIBILITIES, application, apply, body, checked, content, copy, day, not_found, ok, person, refusal, refuse};
use super::organisation::List;
use super::store::{Row, Table};
use super::token::{Grant, is_outside};
use super::validate::{Fault, Field, Rule, check, exactly_one, fault, may, must};
use super::world::World;
use super::{V1_API_KEY, V1_HEADER_KEY, seed};
use crate::model::settings::Api;
use axum::http::Method;
use serde_json::{Map, Value, json};

pub(super) fn answer(world: &mut World, call: &Call, path: &[&str]) -> Answered {
    signed(world, call)?;
    if call.method == Method::GET {
        return read::answer(world, call, path);
    }
    on_behalf_of(call)?;
    match (&call.method, path) {
        (&Method::POST, ["candidates"]) => create(world, call, false),
        (&Method::POST, ["prospects"]) => create(world, call, true),
        (&Method::PUT, ["candidates", "merge"]) => merge(world, call),
        (&Method::DELETE, ["candidates", id]) => {
            let id = candidate_at(world, id)?;
            world.store.erase(id);
            ok(200, json!({"message": format!("Candidate {id} has been successfully deleted")}))
        }
        (&Method::PATCH, ["candidates", id]) => patch(world, call, candidate_at(world, id)?),
        (&Method::POST, ["candidates", id, rest @ ..]) => {
            let id = candidate_at(world, id)?;
            match rest {
                ["applications"] => apply_to(world, call, id),
                ["attachments"] => attach(world, call, id),
                ["educations"] => educate(world, call, id),
                ["employments"] => employ(world, call, id),
                ["activity_feed", "notes"] => note(world, call, id),
                _ => Err(not_found()),
            }
        }
        _ => Err(not_found()),
    }
}

/// Basic `key:`, or what proxies that still speak v1 take: a Bearer or OAuth token, an X-API-KEY header.
fn signed(world: &World, call: &Call) -> Result<(), Reply> {
    let basic = call.basic().is_some_and(|(key, password)| key == V1_API_KEY && password.is_empty());
    let token = call
        .token(&["bearer", "oauth"])
        .is_some_and(|token| is_outside(token) || world.tokens.grant(token, call.at) == Some(Grant::Password));
    if basic || token || call.header("x-api-key") == Some(V1_HEADER_KEY) {
        return Ok(());
    }
    Err(Reply::message(401, "Invalid Basic Auth credentials"))
}

/// Every write names its user. Source: `docs/greenhouse-api.md`, "Errors".
fn on_behalf_of(call: &Call) -> Result<u64, Reply> {
    let text =
        call.header("on-behalf-of").ok_or_else(|| refusal(Api::HarvestV1, "On-Behalf-Of", "is missing: send a user id as this header"))?;
    text.parse().ok().filter(|id| seed::user(*id).is_some_and(|user| !user.deactivated)).ok_or_else(not_found)
}

fn candidate_at(world: &World, id: &str) -> Result<u64, Reply> {
    id.parse().ok().filter(|id| world.store.candidate(*id).is_some()).ok_or_else(not_found)
}

/// Source: `docs/greenhouse-api.md`, "Attachments".
const CONTENT_TYPES: &[&str] = &[
    "application/pdf",
    "application/msword",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "text/plain",
    "text/html",
    "text/csv",
    "image/png",
    "image/jpeg",
    "image/gif",
    "image/tiff",
];

const ATTACHMENT: &[Field] = &[
    must("filename", Rule::Text),
    must("type", Rule::OneOf(&["resume", "cover_letter", "admin_only"])),
    may("content", Rule::Base64),
    may("url", Rule::Text),
    may("content_type", Rule::OneOf(CONTENT_TYPES)),
];

/// An attachment's row. v1's type `admin_only` is v3's visibility.
fn attachment(body: &Map<String, Value>, faults: &mut Vec<Fault>) -> Map<String, Value> {
    faults.extend(check(ATTACHMENT, body, false));
    faults.extend(exactly_one(body, "content", "url"));
    if body.contains_key("content") && !body.contains_key("content_type") {
        faults.push(fault("content_type", "is missing: content needs it"));
    }
    let mut kept = copy(ATTACHMENT, body);
    kept.shift_remove("content");
    kept.extend(content(body));
    let admin_only = body.get("type").and_then(Value::as_str) == Some("admin_only");
    if admin_only {
        kept.insert("type".into(), json!("other"));
    }
    kept.insert("visibility".into(), json!(if admin_only { "admin_only" } else { "private" }));
    kept
}

const EDUCATION: &[Field] = &[
    may("school_id", Rule::Id),
    may("degree_id", Rule::Id),
    may("discipline_id", Rule::Id),
    may("start_date", Rule::Moment),
    may("start_month", Rule::Month),
    may("start_year", Rule::Year),
    may("end_date", Rule::Moment),
    may("end_month", Rule::Month),
    may("end_year", Rule::Year),
];

/// Source: `docs/greenhouse-api.md`, "Educations".
fn education(world: &World, body: &Map<String, Value>, faults: &mut Vec<Fault>) -> Map<String, Value> {
    faults.extend(check(EDUCATION, body, false));
    let mut kept = Map::new();
    for (name, list) in [("school_id", List::Schools), ("degree_id", List::Degrees), ("discipline_id", List::Disciplines)] {
        let Some(id) = body.get(name).and_then(Value::as_u64) else { continue };
        if !world.settings.organisation.knows(list, id) {
            faults.push(fault(name, "is not in its list"));
        }
        kept.insert(name.into(), json!(id));
    }
    kept.insert("start_date".into(), day(body, "start"));
    kept.insert("end_date".into(), day(body, "end"));
    kept
}

const EMPLOYMENT: &[Field] =
    &[must("company_name", Rule::Text), must("title", Rule::Text), must("start_date", Rule::Moment), may("end_date", Rule::OpenMoment)];

fn employment(body: &Map<String, Value>, faults: &mut Vec<Fault>) -> Map<String, Value> {
    faults.extend(check(EMPLOYMENT, body, false));
    let mut kept = copy(EMPLOYMENT, body);
    kept.insert("start_date".into(), day(body, "start"));
    kept.insert("end_date".into(), day(body, "end"));
    kept
}

const NOTE: &[Field] = &[must("user_id", Rule::Id), must("body", Rule::Text), must("visibility", Rule::OneOf(VISIBILITIES))];

fn note_row(body: &Map<String, Value>, faults: &mut Vec<Fault>) -> Map<String, Value> {
    faults.extend(check(NOTE, body, false));
    if body.get("user_id").and_then(Value::as_u64).is_some_and(|id| seed::user(id).is_none()) {
        faults.push(fault("user_id", "is not a user"));
    }
    let mut kept = copy(NOTE, body);
    kept.insert("note_type".into(), json!("NOTE"));
    kept
}

/// An application and its attachments.
type Applied = (Map<String, Value>, Vec<Map<String, Value>>);

const REFERRER: &[Field] = &[must("type", Rule::OneOf(&["id", "email", "outside"])), must("value", Rule::Any)];
const APPLICATION: &[Field] = &[may("referrer", Rule::Object(REFERRER)), may("attachments", Rule::Objects)];

fn applied(world: &World, body: &Map<String, Value>, faults: &mut Vec<Fault>) -> Applied {
    faults.extend(check(APPLICATION, body, false));
    let mut kept = application(Api::HarvestV1, world, body, faults);
    kept.extend(copy(&[may("referrer", Rule::Any)], body));
    (kept, rows(body, "attachments", faults, attachment))
}

/// The rows of a list of objects in a body; each fault is told with its index.
fn rows<T>(
    body: &Map<String, Value>,
    name: &str,
    faults: &mut Vec<Fault>,
    read: impl Fn(&Map<String, Value>, &mut Vec<Fault>) -> T,
) -> Vec<T> {
    let mut found = Vec::new();
    match body.get(name) {
        None => {}
        Some(Value::Array(items)) => {
            for (index, item) in items.iter().enumerate() {
                let mut own = Vec::new();
                match item.as_object() {
                    Some(item) => found.push(read(item, &mut own)),
                    None => own.push(fault("", "must be an object")),
                }
                faults.extend(own.into_iter().map(|f| fault(format!("{name}[{index}].{}", f.field).trim_end_matches('.'), f.message)));
            }
        }
        Some(_) => faults.push(fault(name, "must be an array")),
    }
    found
}

/// `recruiter` and `coordinator`: {id} or {email}.
fn users(body: &Map<String, Value>, faults: &mut Vec<Fault>) -> Map<String, Value> {
    let mut kept = Map::new();
    for name in ["recruiter", "coordinator"] {
        let Some(asked) = body.get(name) else { continue };
        // Greenhouse's own sample of a PATCH has user_id.
        let by_id = asked.get("id").or_else(|| asked.get("user_id")).and_then(Value::as_u64).and_then(seed::user);
        let by_email = asked.get("email").and_then(Value::as_str).and_then(seed::user_by_email);
        match by_id.or(by_email) {
            Some(user) => drop(kept.insert(format!("{name}_id"), json!(user.id))),
            None => faults.push(fault(name, "must name a user by id or by email")),
        }
    }
    kept
}

fn create(world: &mut World, call: &Call, prospect: bool) -> Answered {
    let (fields, applications, children) = checked(Api::HarvestV1, call, |body, faults| {
        let (mut fields, changes) = person(Api::HarvestV1, body, false, faults);
        fields.extend(users(body, faults));
        apply(changes, &mut fields);
        let applications = if prospect { vec![prospected(world, body, faults)] } else { asked_applications(world, body, faults) };
        let educations = rows(body, "educations", faults, |item, faults| education(world, item, faults));
        let employments = rows(body, "employments", faults, employment);
        let notes = rows(body, "activity_feed_notes", faults, note_row);
        (fields, applications, [(Table::Educations, educations), (Table::Employments, employments), (Table::Notes, notes)])
    })?;
    let id = world.store.table_mut(Table::Candidates).insert(fields, call).id;
    for one in applications {
        insert_applied(world, call, id, one);
    }
    for (table, made) in children {
        for row in made {
            insert(world, call, table, id, row);
        }
    }
    whole(world, id, 201)
}

/// At least one, each for a job.
fn asked_applications(world: &World, body: &Map<String, Value>, faults: &mut Vec<Fault>) -> Vec<Applied> {
    if body.get("applications").is_none_or(|list| list.as_array().is_some_and(Vec::is_empty)) {
        faults.push(fault("applications", "is missing: at least one application"));
    }
    rows(body, "applications", faults, |item, faults| {
        if item.get("prospect").is_some_and(|value| value != &json!(false)) {
            faults.push(fault("prospect", "is not for a candidate: post to /prospects"));
        }
        applied(world, item, faults)
    })
}

fn prospected(world: &World, body: &Map<String, Value>, faults: &mut Vec<Fault>) -> Applied {
    let mut asked = body.get("application").and_then(Value::as_object).cloned().unwrap_or_default();
    asked.insert("prospect".into(), json!(true));
    let mut own = Vec::new();
    let applied = applied(world, &asked, &mut own);
    faults.extend(own.into_iter().map(|found| fault(format!("application.{}", found.field), found.message)));
    applied
}

fn insert(world: &mut World, call: &Call, table: Table, candidate: u64, mut fields: Map<String, Value>) -> Row {
    fields.insert("candidate_id".into(), json!(candidate));
    world.store.table_mut(table).insert(fields, call)
}

fn insert_applied(world: &mut World, call: &Call, candidate: u64, (fields, attachments): Applied) -> Row {
    let row = insert(world, call, Table::Applications, candidate, fields);
    for mut attachment in attachments {
        attachment.insert("application_id".into(), json!(row.id));
        attachment.insert("candidate_id".into(), json!(candidate));
        world.store.attach(attachment, call);
    }
    row
}

fn whole(world: &World, id: u64, status: u16) -> Answered {
    let row = world.store.candidate(id).ok_or_else(not_found)?;
    ok(status, read::candidate(world, row))
}

/// The answer is a list of the one candidate, as in Greenhouse's own sample.
fn patch(world: &mut World, call: &Call, id: u64) -> Answered {
    let (fields, changes) = checked(Api::HarvestV1, call, |body, faults| {
        let (mut fields, changes) = person(Api::HarvestV1, body, true, faults);
        fields.extend(users(body, faults));
        (fields, changes)
    })?;
    world.store.table_mut(Table::Candidates).update(id, call, |row| {
        row.extend(fields);
        apply(changes, row);
    });
    let row = world.store.candidate(id).ok_or_else(not_found)?;
    ok(200, json!([read::candidate(world, row)]))
}

fn merge(world: &mut World, call: &Call) -> Answered {
    const IDS: &[Field] = &[must("primary_candidate_id", Rule::Id), must("duplicate_candidate_id", Rule::Id)];
    let body = body(call)?;
    refuse(Api::HarvestV1, check(IDS, &body, false))?;
    let id = |name: &str| body.get(name).and_then(Value::as_u64).filter(|id| world.store.candidate(*id).is_some()).ok_or_else(not_found);
    let (primary, duplicate) = (id("primary_candidate_id")?, id("duplicate_candidate_id")?);
    if primary == duplicate {
        return Err(refusal(Api::HarvestV1, "duplicate_candidate_id", "must be another candidate"));
    }
    world.store.merge(primary, duplicate);
    whole(world, primary, 200)
}

fn apply_to(world: &mut World, call: &Call, id: u64) -> Answered {
    let asked = checked(Api::HarvestV1, call, |body, faults| applied(world, body, faults))?;
    let row = insert_applied(world, call, id, asked);
    ok(201, read::application(world, &row))
}

fn attach(world: &mut World, call: &Call, id: u64) -> Answered {
    let mut fields = checked(Api::HarvestV1, call, attachment)?;
    fields.insert("candidate_id".into(), json!(id));
    let row = world.store.attach(fields, call);
    let mut shown = read::attachment(world, &row);
    shown["content_type"] = row.get("content_type").clone();
    ok(201, shown)
}

fn educate(world: &mut World, call: &Call, id: u64) -> Answered {
    let fields = checked(Api::HarvestV1, call, |body, faults| education(world, body, faults))?;
    let row = insert(world, call, Table::Educations, id, fields);
    ok(201, read::education(world, &row))
}

fn employ(world: &mut World, call: &Call, id: u64) -> Answered {
    let fields = checked(Api::HarvestV1, call, employment)?;
    ok(201, read::employment(&insert(world, call, Table::Employments, id, fields)))
}

fn note(world: &mut World, call: &Call, id: u64) -> Answered {
    let fields = checked(Api::HarvestV1, call, note_row)?;
    ok(201, read::note(&insert(world, call, Table::Notes, id, fields)))
}
