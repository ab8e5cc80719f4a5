//! Harvest v3: how each row reads, with the members that Greenhouse's own document of v3 has, and no other.

use crate::model::settings::Api;
use crate::sandbox::call::moment;
use crate::sandbox::custom_fields::keyed;
use crate::sandbox::greenhouse::{midnight, show_person};
use crate::sandbox::prospects;
use crate::sandbox::store::{Row, Table};
use crate::sandbox::world::World;
use jiff::civil::Date;
use serde_json::{Map, Value, json};

/// Source: `docs/greenhouse-api.md`, "Candidates".
pub(super) fn stub() -> Value {
    json!({"message": "This record is still being processed. Please try again later."})
}

pub(super) fn render(world: &World, row: &Row, table: Table) -> Value {
    match table {
        Table::Candidates => candidate(row),
        Table::Applications => application(row),
        Table::Attachments => attachment(world, row),
        Table::Employments => employment(row),
        Table::Educations => education(row),
        Table::Notes => note(row),
    }
}

/// The members of a row that read as they were written.
fn shown(row: &Row, names: &[&str], others: Value) -> Value {
    let mut shown = Map::from_iter([("id".to_owned(), json!(row.id))]);
    shown.extend(names.iter().map(|name| ((*name).to_owned(), row.get(name).clone())));
    if let Value::Object(others) = others {
        shown.extend(others);
    }
    shown.insert("created_at".into(), json!(moment(row.created_at)));
    shown.insert("updated_at".into(), json!(moment(row.updated_at)));
    Value::Object(shown)
}

pub(super) fn candidate(row: &Row) -> Value {
    let own = json!({
        "can_email": true, "time_zone": null, "last_activity_at": moment(row.updated_at), "linked_user_ids": [],
        "custom_fields": keyed(Api::HarvestV3, row.get("custom_fields")),
    });
    let mut shown = shown(row, &[], own);
    show_person(Api::HarvestV3, row, &mut shown);
    shown
}

/// The words of reads for the status. Source: `docs/greenhouse-api.md`, "Applications".
fn status(row: &Row) -> Value {
    let status = row.get("status");
    if status == "active" { json!("in_process") } else { status.clone() }
}

/// A prospect has `prospective_job_ids` and no job_id. `stage_id` is the application's own stage, and no id of `/job_interview_stages`.
pub(super) fn application(row: &Row) -> Value {
    let prospect = row.get("prospect") == true;
    let jobs = row.fields.get("job_ids").filter(|_| prospect).cloned().unwrap_or_else(|| json!([]));
    let stage = row.id_of("job_id").map(|job| {
        let chosen = row.id_of("initial_stage_id").and_then(|stage| prospects::stage(job, stage));
        chosen.or_else(|| prospects::stages(job).next()).map_or("", |stage| stage.name)
    });
    let own = json!({
        "status": status(row), "prospective_job_ids": jobs, "stage_id": stage.map(|_| stage_id(row)), "stage_name": stage,
        "agency_note_id": null, "job_post_id": null, "needs_decision": false, "rejected_at": null,
        "last_activity_at": moment(row.updated_at), "location_address": null, "answers": [], "custom_fields": {},
    });
    shown(row, &["candidate_id", "job_id", "prospect", "source_id", "recruiter_id", "coordinator_id", "referrer_id"], own)
}

pub(super) fn stage_id(row: &Row) -> u64 {
    row.id.saturating_add(5_000_000)
}

/// Where a prospect is. Source: `docs/greenhouse-api.md`, "Applications".
pub(super) fn prospect(row: &Row) -> Value {
    let own = json!({
        "application_id": row.id, "pool_id": row.get("prospect_pool_id"), "pool_stage_id": row.get("prospect_pool_stage_id"),
        "prospect_owner_id": row.get("prospect_owner_id"),
    });
    let mut detail = shown(row, &[], own);
    detail["id"] = json!(row.id.saturating_add(6_000_000));
    detail
}

/// Greenhouse serves its own copy, by a link of its own.
pub(super) fn attachment(world: &World, row: &Row) -> Value {
    let url = format!("{}/attachments/{}", world.greenhouse_url, row.id);
    shown(row, &["candidate_id", "application_id", "filename", "type"], json!({"url": url}))
}

pub(super) fn employment(row: &Row) -> Value {
    shown(row, &["candidate_id", "company_name", "title", "start_date", "end_date"], json!({"latest": false}))
}

/// Source: `docs/greenhouse-api.md`, "Educations".
pub(super) fn education(row: &Row) -> Value {
    let parts = |name: &str| row.get(name).as_str().and_then(|day| day.parse::<Date>().ok());
    let (start, end) = (parts("start_date"), parts("end_date"));
    let own = json!({
        "school_name_custom_field_option_id": row.get("school_id"),
        "degree_custom_field_option_id": row.get("degree_id"),
        "discipline_custom_field_option_id": row.get("discipline_id"),
        "start_at": midnight(row.get("start_date")), "end_at": midnight(row.get("end_date")), "latest": false,
        "start_date_month": start.map(Date::month), "start_date_year": start.map(Date::year),
        "end_date_month": end.map(Date::month), "end_date_year": end.map(Date::year),
    });
    shown(row, &["candidate_id"], own)
}

/// Source: `docs/greenhouse-api.md`, "Notes".
pub(super) fn note(row: &Row) -> Value {
    let own = json!({
        "type": row.get("note_type"), "visibility": visibility(row), "subject": null, "email_from": null, "email_to": null,
        "email_cc": null, "import_hash": null, "body_with_tags": row.get("body"), "email_attachment_file_names": null,
    });
    shown(row, &["candidate_id", "application_id", "user_id", "body"], own)
}

/// The words of reads for a note's visibility.
pub(super) fn visibility(row: &Row) -> Value {
    json!(match row.get("visibility").as_str() {
        Some("public") => "publicly_visible",
        Some("admin_only") => "admin_only_visible",
        _ => "privately_visible",
    })
}
