//! Harvest v1: how what an organisation has set up reads. Source: Greenhouse's v1 documents.

use super::read::page;
use crate::model::settings::Api;
use crate::sandbox::call::{Answered, Call};
use crate::sandbox::greenhouse::{not_found, ok, refusal};
use crate::sandbox::organisation::List;
use crate::sandbox::prospects::{POOLS, Pool, Stage, pool, stages};
use crate::sandbox::seed::fields::{CUSTOM_FIELDS, CustomField};
use crate::sandbox::seed::{JobState, SINCE, USERS, User, user};
use crate::sandbox::world::World;
use serde_json::{Value, json};

/// What is none of it: `None`.
pub(super) fn answer(world: &World, call: &Call, path: &[&str]) -> Option<Answered> {
    let number = |text: &str| text.parse::<u64>().ok();
    Some(match path {
        ["users"] => {
            let wanted = call.param("email");
            let found = USERS.iter().filter(|user| wanted.is_none_or(|email| user.email.eq_ignore_ascii_case(email)));
            page(world, call, found.collect(), |user| one_user(world, user))
        }
        ["users", id] => number(id).and_then(user).ok_or_else(not_found).and_then(|user| ok(200, one_user(world, user))),
        ["jobs"] => jobs(world, call),
        ["jobs", id] => known_job(world, id).ok_or_else(not_found).and_then(|(id, status)| ok(200, job(world, id, status))),
        ["jobs", id, "stages"] => {
            let found = known_job(world, id).ok_or_else(not_found);
            found.and_then(|(id, _)| page(world, call, stages(id).collect(), |stage| one_stage(&stage)))
        }
        ["job_stages"] => {
            let all = world.settings.jobs_listed().into_iter().flat_map(|(job, _)| stages(job));
            page(world, call, all.collect(), |stage| one_stage(&stage))
        }
        ["sources"] => {
            let row = |(id, name): &(u64, String)| json!({"id": id, "name": name, "type": {"id": 3, "name": "Third-party boards"}});
            page(world, call, world.settings.organisation.items(List::Sources).iter().collect(), row)
        }
        ["custom_fields", kind] => custom_fields(world, call, kind),
        ["custom_field", id] => field(id).ok_or_else(not_found).and_then(|field| ok(200, one_field(world, field))),
        ["custom_field", id, "custom_field_options"] => {
            field(id).ok_or_else(not_found).and_then(|field| page(world, call, options_of(world, field), |row| row))
        }
        ["schools"] => list(world, call, List::Schools),
        ["degrees"] => list(world, call, List::Degrees),
        ["disciplines"] => list(world, call, List::Disciplines),
        ["prospect_pools"] => page(world, call, POOLS.iter().collect(), one_pool),
        ["prospect_pools", id] => number(id).and_then(pool).ok_or_else(not_found).and_then(|pool| ok(200, one_pool(pool))),
        _ => return None,
    })
}

fn one_user(world: &World, user: &User) -> Value {
    json!({
        "id": user.id, "name": user.name(), "first_name": user.first_name, "last_name": user.last_name,
        "primary_email_address": user.email, "updated_at": SINCE, "created_at": SINCE, "disabled": user.deactivated,
        "site_admin": world.settings.site_admin && user.site_admin, "emails": [user.email], "employee_id": null,
        "linked_candidate_ids": [], "offices": [], "departments": [],
    })
}

fn jobs(world: &World, call: &Call) -> Answered {
    let wanted = call.param("status");
    if wanted.is_some_and(|status| !["open", "closed", "draft"].contains(&status)) {
        return Err(refusal(Api::HarvestV1, "status", "Must be one of: open, closed, draft"));
    }
    let found = world.settings.jobs_listed().into_iter().filter(|(_, status)| wanted.is_none_or(|wanted| wanted == *status));
    page(world, call, found.collect(), |(id, status)| job(world, id, status))
}

fn job(world: &World, id: u64, status: &str) -> Value {
    json!({
        "id": id, "name": world.settings.job_name(id), "requisition_id": id.to_string(), "notes": null, "confidential": false,
        "status": status, "created_at": SINCE, "opened_at": SINCE, "closed_at": (status == "closed").then_some(SINCE), "updated_at": SINCE,
        "is_template": false, "departments": [], "offices": [],
    })
}

/// A job's id and status, also where it is open and in no list.
fn known_job(world: &World, id: &str) -> Option<(u64, &'static str)> {
    let id = id.parse().ok()?;
    match world.settings.job_state(id) {
        JobState::Open => Some((id, "open")),
        JobState::Closed => Some((id, "closed")),
        JobState::Unknown => None,
    }
}

fn one_stage(stage: &Stage) -> Value {
    json!({
        "id": stage.id, "name": stage.name, "created_at": SINCE, "updated_at": SINCE, "active": true, "job_id": stage.job,
        "priority": stage.priority, "interviews": [],
    })
}

fn one_pool(pool: &Pool) -> Value {
    let stages: Vec<Value> = pool.stages.iter().map(|(id, name)| json!({"id": id, "name": name})).collect();
    json!({"id": pool.id, "name": pool.name, "active": pool.active, "prospect_stages": stages})
}

/// Of one of the kinds that Greenhouse's v1 documents name; inactive ones only where asked for.
fn custom_fields(world: &World, call: &Call, kind: &str) -> Answered {
    if !["offer", "candidate", "application", "job", "rejection_question", "referral_question"].contains(&kind) {
        return Err(not_found());
    }
    let inactive = call.param("include_inactive") == Some("true");
    let found = CUSTOM_FIELDS.iter().filter(|field| field.belongs == kind && (field.active || inactive));
    page(world, call, found.collect(), |field| one_field(world, field))
}

fn field(id: &str) -> Option<&'static CustomField> {
    let id: u64 = id.parse().ok()?;
    CUSTOM_FIELDS.iter().find(|field| field.id == id)
}

fn one_field(world: &World, field: &CustomField) -> Value {
    json!({
        "id": field.id, "name": field.name, "active": field.active, "field_type": field.belongs, "priority": field.id,
        "value_type": field.kind, "private": false, "required": false, "require_approval": false, "trigger_new_version": false,
        "name_key": field.name_key, "custom_field_options": options_of(world, field),
    })
}

fn options_of(world: &World, field: &CustomField) -> Vec<Value> {
    match List::of_key(field.name_key) {
        Some(list) => items(world, list),
        None => options(field.options.iter().copied()),
    }
}

fn options<'a>(items: impl Iterator<Item = (u64, &'a str)>) -> Vec<Value> {
    items.enumerate().map(|(priority, (id, name))| json!({"id": id, "name": name, "priority": priority, "external_id": null})).collect()
}

fn items(world: &World, list: List) -> Vec<Value> {
    options(world.settings.organisation.items(list).iter().map(|(id, name)| (*id, name.as_str())))
}

fn list(world: &World, call: &Call, list: List) -> Answered {
    page(world, call, items(world, list), |row| row)
}
