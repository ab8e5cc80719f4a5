//! Harvest v3: how each row reads.

use super::call::moment;
use super::clients;
use super::custom_fields::keyed;
use super::greenhouse::midnight;
use super::store::{Row, Table};
use super::world::World;
use serde_json::{Value, json};

/// Source: "a row may be a `{message}` stub while the candidate is still being made (D)".
pub(super) fn stub() -> Value {
    json!({"message": "This record is still being processed. Please try again later."})
}

pub(super) fn render(world: &World, row: &Row, table: Table) -> Value {
    match table {
        Table::Candidates => candidate(row),
        Table::Applications => application(world, row),
        Table::Attachments => attachment(world, row),
        Table::Employments => employment(row),
        Table::Educations => education(row),
        Table::Notes => note(world, row),
    }
}

fn array(row: &Row, name: &str) -> Value {
    row.fields.get(name).cloned().unwrap_or_else(|| json!([]))
}

pub(super) fn candidate(row: &Row) -> Value {
    json!({
        "id": row.id,
        "first_name": row.get("first_name"),
        "last_name": row.get("last_name"),
        "preferred_name": row.get("preferred_name"),
        "company": row.get("company"),
        "title": row.get("title"),
        "private": row.get("is_private") == true,
        "can_email": true,
        "phone_numbers": array(row, "phone_numbers"),
        "addresses": array(row, "addresses"),
        "email_addresses": array(row, "email_addresses"),
        "website_addresses": array(row, "website_addresses"),
        "social_media_addresses": array(row, "social_media_addresses"),
        "tags": array(row, "tags"),
        "custom_fields": keyed(row.get("custom_fields")),
        "created_at": moment(row.created_at),
        "updated_at": moment(row.updated_at),
    })
}

/// A prospect has `prospective_job_ids` and no job_id.
pub(super) fn application(world: &World, row: &Row) -> Value {
    let status = clients::status(world.settings.as_clients_say, row.get("status"));
    let mut shown = json!({"id": row.id, "candidate_id": row.get("candidate_id"), "prospect": row.get("prospect"), "status": status});
    if row.get("prospect") == true {
        shown["prospective_job_ids"] = array(row, "job_ids");
        for name in ["prospect_pool_id", "prospect_pool_stage_id", "prospect_owner_id"] {
            shown[name] = row.get(name).clone();
        }
    } else {
        shown["job_id"] = row.get("job_id").clone();
        shown["stage_id"] = row.get("initial_stage_id").clone();
    }
    for name in ["source_id", "recruiter_id", "coordinator_id", "referrer_id"] {
        shown[name] = row.get(name).clone();
    }
    dated(shown, row)
}

pub(super) fn attachment(world: &World, row: &Row) -> Value {
    let mut shown = json!({"id": row.id});
    for name in ["candidate_id", "application_id", "filename", "type", "visibility"] {
        shown[name] = row.get(name).clone();
    }
    // Greenhouse serves its own copy, by a link of its own.
    shown["url"] = json!(format!("{}/attachments/{}", world.greenhouse_url, row.id));
    dated(shown, row)
}

pub(super) fn employment(row: &Row) -> Value {
    let mut shown = json!({"id": row.id});
    for name in ["candidate_id", "company_name", "title", "start_date", "end_date"] {
        shown[name] = row.get(name).clone();
    }
    dated(shown, row)
}

/// Source: "educations read back `start_at` for what was written as `start_date`".
pub(super) fn education(row: &Row) -> Value {
    let shown = json!({
        "id": row.id,
        "candidate_id": row.get("candidate_id"),
        "school_name_custom_field_option_id": row.get("school_id"),
        "degree_custom_field_option_id": row.get("degree_id"),
        "discipline_custom_field_option_id": row.get("discipline_id"),
        "start_at": midnight(row.get("start_date")),
        "end_at": midnight(row.get("end_date")),
    });
    dated(shown, row)
}

pub(super) fn note(world: &World, row: &Row) -> Value {
    let mut shown = json!({"id": row.id});
    for name in ["candidate_id", "note_type", "user_id", "body"] {
        shown[name] = row.get(name).clone();
    }
    // Two clients read `type` for what is written as `note_type` (D).
    shown["type"] = row.get("note_type").clone();
    shown["visibility"] = clients::visibility(world.settings.as_clients_say, row.get("visibility"));
    dated(shown, row)
}

fn dated(mut shown: Value, row: &Row) -> Value {
    shown["created_at"] = json!(moment(row.created_at));
    shown["updated_at"] = json!(moment(row.updated_at));
    shown
}
