//! Harvest v1: the reads, with pages by number, and how each row reads. Source: Greenhouse's own samples.

use super::organisation;
use crate::model::settings::Api;
use crate::sandbox::call::{Answered, Call, Reply, moment};
use crate::sandbox::custom_fields::keyed;
use crate::sandbox::greenhouse::{midnight, not_found, ok, per_page, refusal, show_person};
use crate::sandbox::organisation::List;
use crate::sandbox::prospects::{self, pool};
use crate::sandbox::seed;
use crate::sandbox::store::{Row, Table};
use crate::sandbox::world::World;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

pub(super) fn answer(world: &World, call: &Call, path: &[&str]) -> Answered {
    match path {
        ["candidates"] => candidates(world, call),
        ["candidates", id] => ok(200, candidate(world, visible(world, call, Table::Candidates, id)?)),
        ["candidates", id, "activity_feed"] => {
            let row = visible(world, call, Table::Candidates, id)?;
            let notes: Vec<Value> =
                world.store.table(Table::Notes).of("candidate_id", row.id).filter(|n| n.is_visible(call.at)).map(note).collect();
            ok(200, json!({"notes": notes, "emails": [], "activities": []}))
        }
        ["applications", id] => ok(200, application(world, visible(world, call, Table::Applications, id)?)),
        _ => organisation::answer(world, call, path).unwrap_or_else(|| Err(not_found())),
    }
}

/// A row by its id. Source: `docs/greenhouse-api.md`, "Candidates".
fn visible<'a>(world: &'a World, call: &Call, table: Table, id: &str) -> Result<&'a Row, Reply> {
    let row = id.parse().ok().and_then(|id| world.store.table(table).get(id));
    row.filter(|row| row.is_visible(call.at)).ok_or_else(not_found)
}

fn candidates(world: &World, call: &Call) -> Answered {
    let bound = |name: &str| -> Result<Option<Timestamp>, Reply> {
        let Some(text) = call.param(name) else { return Ok(None) };
        text.parse().map(Some).map_err(|_| refusal(Api::HarvestV1, name, "must be an ISO 8601 moment"))
    };
    let (created_after, created_before) = (bound("created_after")?, bound("created_before")?);
    let (updated_after, updated_before) = (bound("updated_after")?, bound("updated_before")?);
    let has_email = |row: &Row, email: &str| {
        let mut list = row.get("email_addresses").as_array().into_iter().flatten();
        // Not stated to be case-insensitive, so it is not.
        list.any(|contact| contact.get("value").and_then(Value::as_str) == Some(email))
    };
    let table = world.store.table(Table::Candidates);
    let rows: Box<dyn Iterator<Item = &Row>> = match call.param("email") {
        Some(email) => Box::new(table.narrowed("email", &[email.to_lowercase()], u64::MAX)),
        None => Box::new(table.newest_first()),
    };
    let found = rows.filter(|row| {
        row.is_visible(call.at)
            && !(world.settings.hide_private && row.get("is_private") == true)
            && call.param("email").is_none_or(|email| has_email(row, email))
            && created_after.is_none_or(|at| row.created_at > at)
            && created_before.is_none_or(|at| row.created_at < at)
            && updated_after.is_none_or(|at| row.updated_at > at)
            && updated_before.is_none_or(|at| row.updated_at < at)
    });
    page(world, call, found.collect(), |row| candidate(world, row))
}

/// One page by `page` and `per_page`; the `Link` header keeps the filters.
pub(super) fn page<T>(world: &World, call: &Call, rows: Vec<T>, render: impl Fn(T) -> Value) -> Answered {
    let per_page = per_page(Api::HarvestV1, call)?;
    let number: usize = match call.param("page") {
        None => 1,
        Some(text) => text.parse().ok().filter(|n| *n > 0).ok_or_else(|| refusal(Api::HarvestV1, "page", "must be a positive integer"))?,
    };
    let start = (number - 1).saturating_mul(per_page);
    let more = rows.len() > start.saturating_add(per_page);
    let reply = Reply::json(200, rows.into_iter().skip(start).take(per_page).map(render).collect());
    if !more {
        return Ok(reply);
    }
    let kept = call.query.iter().filter(|(name, _)| name != "page");
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(kept).append_pair("page", &(number + 1).to_string()).finish();
    Ok(reply.with("link", format!("<{}{}?{query}>; rel=\"next\"", world.base(call), call.path)))
}

/// The whole candidate, children in it.
pub(super) fn candidate(world: &World, row: &Row) -> Value {
    let children = |table: Table| world.store.table(table).of("candidate_id", row.id).collect::<Vec<_>>();
    let applications = children(Table::Applications);
    let custom = keyed(Api::HarvestV1, row.get("custom_fields"));
    let values = custom.as_object().into_iter().flatten();
    let plain: Map<String, Value> = values.map(|(key, field)| (key.clone(), field["value"].clone())).collect();
    let mut shown = json!({
        "id": row.id,
        "created_at": moment(row.created_at),
        "updated_at": moment(row.updated_at),
        "last_activity": moment(row.updated_at),
        "photo_url": null,
        "attachments": children(Table::Attachments).into_iter().map(|a| attachment(world, a)).collect::<Vec<_>>(),
        "application_ids": applications.iter().map(|a| a.id).collect::<Vec<_>>(),
        "recruiter": brief_user(row.id_of("recruiter_id")),
        "coordinator": brief_user(row.id_of("coordinator_id")),
        "can_email": true,
        "applications": applications.iter().map(|a| application(world, a)).collect::<Vec<_>>(),
        "educations": children(Table::Educations).into_iter().map(|e| education(world, e)).collect::<Vec<_>>(),
        "employments": children(Table::Employments).into_iter().map(employment).collect::<Vec<_>>(),
        "custom_fields": plain,
        "keyed_custom_fields": custom,
    });
    show_person(Api::HarvestV1, row, &mut shown);
    shown
}

fn brief_user(id: Option<u64>) -> Value {
    id.and_then(seed::user).map_or(
        Value::Null,
        |user| json!({"id": user.id, "first_name": user.first_name, "last_name": user.last_name, "name": user.name(), "employee_id": null}),
    )
}

pub(super) fn application(world: &World, row: &Row) -> Value {
    let prospect = row.get("prospect") == true;
    let listed = row.get("job_ids").as_array().into_iter().flatten().filter_map(Value::as_u64);
    let jobs: Vec<u64> = if prospect { listed.collect() } else { row.id_of("job_id").into_iter().collect() };
    let source = row.id_of("source_id");
    let attachments = world.store.table(Table::Attachments).of("application_id", row.id).map(|a| attachment(world, a));
    json!({
        "id": row.id,
        "candidate_id": row.get("candidate_id"),
        "prospect": prospect,
        "applied_at": moment(row.created_at),
        "rejected_at": null,
        "last_activity_at": moment(row.updated_at),
        "source": source.map_or(Value::Null, |id| json!({"id": id, "public_name": world.settings.organisation.named(List::Sources, Some(id))})),
        "credited_to": null,
        "recruiter": brief_user(row.id_of("recruiter_id")),
        "coordinator": brief_user(row.id_of("coordinator_id")),
        "jobs": jobs.into_iter().map(|id| json!({"id": id, "name": world.settings.job_name(id)})).collect::<Vec<_>>(),
        "status": row.get("status"),
        "current_stage": stage(row),
        "answers": [],
        "prospect_detail": prospect_detail(row),
        "attachments": attachments.collect::<Vec<_>>(),
    })
}

/// Null for a prospect, and where none was asked for (an assumption: Greenhouse would put the application on the job's first).
fn stage(row: &Row) -> Value {
    let found = row.id_of("initial_stage_id").zip(row.id_of("job_id")).and_then(|(id, job)| prospects::stage(job, id));
    found.map_or(Value::Null, |stage| json!({"id": stage.id, "name": stage.name}))
}

fn prospect_detail(row: &Row) -> Value {
    let pool = row.id_of("prospect_pool_id").and_then(pool);
    let stage = pool.and_then(|pool| pool.stages.iter().find(|(id, _)| Some(*id) == row.id_of("prospect_pool_stage_id")));
    let owner = row.id_of("prospect_owner_id").and_then(seed::user);
    json!({
        "prospect_pool": pool.map(|pool| json!({"id": pool.id, "name": pool.name})),
        "prospect_stage": stage.map(|(id, name)| json!({"id": id, "name": name})),
        "prospect_owner": owner.map(|user| json!({"id": user.id, "name": user.name()})),
    })
}

/// Without an id: v1's attachments have none.
pub(super) fn attachment(world: &World, row: &Row) -> Value {
    let kind = if row.get("visibility") == "admin_only" && row.get("type") == "other" { &json!("admin_only") } else { row.get("type") };
    let url = format!("{}/attachments/{}", world.greenhouse_url, row.id);
    json!({"filename": row.get("filename"), "url": url, "type": kind, "created_at": moment(row.created_at)})
}

pub(super) fn education(world: &World, row: &Row) -> Value {
    let named = |list, key| world.settings.organisation.named(list, row.id_of(key));
    json!({
        "id": row.id,
        "school_name": named(List::Schools, "school_id"),
        "discipline": named(List::Disciplines, "discipline_id"),
        "degree": named(List::Degrees, "degree_id"),
        "start_date": midnight(row.get("start_date")),
        "end_date": midnight(row.get("end_date")),
    })
}

pub(super) fn employment(row: &Row) -> Value {
    json!({
        "id": row.id,
        "company_name": row.get("company_name"),
        "title": row.get("title"),
        "start_date": midnight(row.get("start_date")),
        "end_date": midnight(row.get("end_date")),
    })
}

pub(super) fn note(row: &Row) -> Value {
    json!({
        "id": row.id,
        "created_at": moment(row.created_at),
        "body": row.get("body"),
        "user": brief_user(row.id_of("user_id")),
        "private": row.get("visibility") != "public",
        "visibility": row.get("visibility"),
    })
}
