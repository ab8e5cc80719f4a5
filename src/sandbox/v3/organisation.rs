//! Harvest v3: how what an organisation has set up reads. Children are not embedded: a pool's stages and a field's options are lists of
//! their own. Members are those that public v3 clients read.

use super::list::Resource;
use super::read::prospect;
use crate::sandbox::organisation::List;
use crate::sandbox::prospects::{POOLS, Pool, REFERRERS, stages};
use crate::sandbox::seed::fields::{CUSTOM_FIELDS, is_archived};
use crate::sandbox::seed::{SERVICE_USER, SINCE, TEMPLATE, USERS, User};
use crate::sandbox::store::Table;
use crate::sandbox::world::World;
use serde_json::{Value, json};

pub(super) fn rows(world: &World, resource: Resource, query: &[(String, String)]) -> Vec<Value> {
    let mut rows = match resource {
        Resource::Rows(_) => Vec::new(),
        Resource::ProspectDetails => {
            let applications = world.store.table(Table::Applications).newest_first().filter(|row| row.get("prospect") == true);
            return applications.map(prospect).collect();
        }
        // Source: `docs/greenhouse-api.md`, "Users".
        Resource::Users => {
            let all = query.iter().any(|(name, value)| name == "show_service_accounts" && value == "true");
            USERS.iter().filter(|user| all || user.id != SERVICE_USER).map(|user| one_user(world, user)).collect()
        }
        Resource::Jobs => jobs(world),
        Resource::JobInterviewStages => job_stages(world),
        Resource::Sources => sources(world),
        Resource::CustomFields => custom_fields(),
        Resource::CustomFieldOptions => options(world),
        Resource::ProspectPools => {
            let none = json!([]);
            let row = |pool: &Pool| {
                json!({
                    "id": pool.id, "name": pool.name, "active": pool.active, "description": null, "department_ids": none,
                    "office_ids": none, "job_ids": none,
                })
            };
            POOLS.iter().map(row).collect()
        }
        Resource::ProspectPoolStages => {
            POOLS.iter().flat_map(|pool| named(pool.stages.iter().copied(), ("prospect_pool_id", pool.id))).collect()
        }
        Resource::Referrers => REFERRERS.iter().map(|one| json!({"id": one.id, "name": one.name, "user_id": one.user_id})).collect(),
    };
    for row in &mut rows {
        row["created_at"] = json!(SINCE);
        row["updated_at"] = json!(SINCE);
    }
    rows
}

fn one_user(world: &World, user: &User) -> Value {
    let emails: Vec<&str> = Some(user.email).filter(|_| user.id != SERVICE_USER).into_iter().collect();
    json!({
        "id": user.id, "first_name": user.first_name, "last_name": user.last_name, "name": user.name(),
        "primary_email": emails.first().unwrap_or(&""), "emails": emails, "employee_id": null,
        "site_admin": world.settings.site_admin && user.site_admin, "deactivated": user.deactivated, "job_title": null, "agency_id": null,
        "linked_candidate_ids": [], "office_ids": [], "department_ids": [], "interviewer_tags": [], "custom_fields": {},
    })
}

fn jobs(world: &World) -> Vec<Value> {
    let row = |(id, status): (u64, &str)| {
        json!({
            "id": id, "name": world.settings.job_name(id), "requisition_id": id.to_string(), "confidential": false, "status": status,
            "opened_at": SINCE, "closed_at": (status == "closed").then_some(SINCE), "department_id": null, "office_ids": [],
            "is_template": id == TEMPLATE.0, "copied_from_id": null, "notes": null, "custom_fields": {},
        })
    };
    world.settings.jobs_listed().into_iter().chain([(TEMPLATE.0, "open")]).map(row).collect()
}

fn job_stages(world: &World) -> Vec<Value> {
    let of_all = world.settings.jobs_listed().into_iter().flat_map(|(job, _)| stages(job));
    of_all
        .map(|stage| json!({"id": stage.id, "job_id": stage.job, "name": stage.name, "active": true, "sort_order": stage.priority}))
        .collect()
}

fn sources(world: &World) -> Vec<Value> {
    let items = world.settings.organisation.items(List::Sources).iter();
    items.map(|(id, name)| json!({"id": id, "name": name, "type": {"id": 3, "name": "Third-party boards"}})).collect()
}

fn custom_fields() -> Vec<Value> {
    let row = |(order, field): (usize, &crate::sandbox::seed::fields::CustomField)| {
        json!({
            "id": field.id, "name": field.name, "name_key": field.name_key, "field_type": field.belongs, "value_type": field.kind,
            "active": field.active, "private": false, "required": false, "sort_order": order, "require_approval": false,
            "trigger_new_version": false, "expose_in_job_board_api": false, "description": null,
            "internal_type": (field.belongs == "standard").then_some(field.name_key),
        })
    };
    CUSTOM_FIELDS.iter().enumerate().map(row).collect()
}

/// Rows with their parent's id and their place.
fn named<'a>(items: impl Iterator<Item = (u64, &'a str)>, parent: (&str, u64)) -> Vec<Value> {
    let row = |(order, (id, name))| json!({"id": id, parent.0: parent.1, "name": name, "sort_order": order});
    items.enumerate().map(row).collect()
}

/// The options of selects, and the lists for educations, which are options of fields of their own.
fn options(world: &World) -> Vec<Value> {
    let mut rows = Vec::new();
    for field in &CUSTOM_FIELDS {
        let parent = ("custom_field_id", field.id);
        match List::of_key(field.name_key) {
            Some(list) => {
                let items = world.settings.organisation.items(list).iter();
                rows.extend(named(items.map(|(id, name)| (*id, name.as_str())), parent));
            }
            None => rows.extend(named(field.options.iter().copied(), parent)),
        }
    }
    for row in &mut rows {
        row["active"] = json!(row["id"].as_u64().is_none_or(|id| !is_archived(id)));
        row["external_id"] = Value::Null;
    }
    rows
}

/// Whether an option's field has this key; always, where no key is asked for.
pub(super) fn is_option_of(row: &Value, key: Option<&str>) -> bool {
    let Some(key) = key else { return true };
    CUSTOM_FIELDS.iter().any(|field| field.name_key == key && row["custom_field_id"].as_u64() == Some(field.id))
}
