//! Harvest v3: the lists, newest id first, with their cursors, and how each row reads.

use super::call::{Answered, Call, Reply, moment};
use super::custom_fields::keyed;
use super::greenhouse::{Api, midnight, per_page, refusal};
use super::seed::{self, Jobs};
use super::store::{Row, Table};
use super::world::World;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Resource {
    Rows(Table),
    Users,
    Jobs,
    Sources,
    CustomFields,
    CustomFieldOptions,
}

impl Resource {
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "candidates" => Self::Rows(Table::Candidates),
            "applications" => Self::Rows(Table::Applications),
            "attachments" => Self::Rows(Table::Attachments),
            "candidate_employments" => Self::Rows(Table::Employments),
            "candidate_educations" => Self::Rows(Table::Educations),
            "notes" => Self::Rows(Table::Notes),
            "users" => Self::Users,
            "jobs" => Self::Jobs,
            "sources" => Self::Sources,
            "custom_fields" => Self::CustomFields,
            "custom_field_options" => Self::CustomFieldOptions,
            _ => return None,
        })
    }
}

/// Where a following page goes on; the `cursor` of its URL, encoded.
#[derive(Debug, Serialize, Deserialize)]
struct Cursor {
    path: String,
    query: Vec<(String, String)>,
    per_page: usize,
    below: u64,
}

impl Cursor {
    /// A first call's parameters, or a following call's cursor alone: with any other parameter beside it, 422.
    fn read(call: &Call) -> Result<Self, Reply> {
        let Some(text) = call.param("cursor") else {
            return Ok(Self { path: call.path.clone(), query: call.query.clone(), per_page: per_page(Api::V3, call)?, below: u64::MAX });
        };
        if call.query.len() > 1 {
            return Err(refusal(Api::V3, "cursor", "must be the only parameter"));
        }
        let decoded: Option<Self> = URL_SAFE_NO_PAD.decode(text).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
        decoded.filter(|cursor| cursor.path == call.path).ok_or_else(|| refusal(Api::V3, "cursor", "is not a cursor of this list"))
    }

    fn encode(&self) -> String {
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(self).unwrap_or_default())
    }
}

/// Filters that a row must pass; unknown parameters are ignored.
struct Filters {
    ids: Vec<(&'static str, Vec<u64>)>,
    texts: Vec<(&'static str, String)>,
    /// Of `created_at` or `updated_at`.
    moments: Vec<(&'static str, String, Timestamp)>,
}

/// Source: "`?ids=` (50 at most)".
const MOST_IDS: usize = 50;
const ID_FILTERS: [(&str, &str); 5] = [
    ("ids", "id"),
    ("candidate_ids", "candidate_id"),
    ("application_ids", "application_id"),
    ("job_ids", "job_id"),
    ("custom_field_ids", "custom_field_id"),
];
const TEXT_FILTERS: [&str; 6] = ["email", "primary_email", "status", "custom_field_key", "name_key", "field_type"];

impl Filters {
    fn read(query: &[(String, String)]) -> Result<Self, Reply> {
        let mut filters = Self { ids: Vec::new(), texts: Vec::new(), moments: Vec::new() };
        for (name, value) in query {
            if let Some((_, field)) = ID_FILTERS.iter().find(|(filter, _)| filter == name) {
                let ids: Option<Vec<u64>> = value.split(',').map(|id| id.trim().parse().ok()).collect();
                let ids = ids.filter(|ids| ids.len() <= MOST_IDS);
                filters.ids.push((field, ids.ok_or_else(|| refusal(Api::V3, name, "must be at most 50 ids, with commas between"))?));
            } else if let Some(field) = TEXT_FILTERS.iter().find(|filter| *filter == name) {
                filters.texts.push((field, value.to_lowercase()));
            } else if let Some(field) = ["created_at", "updated_at"].iter().find(|filter| *filter == name) {
                // `gte|2026-01-01T00:00:00Z`: several clients write it so.
                let read = value.split_once('|').and_then(|(word, at)| Some((word.to_owned(), at.parse().ok()?)));
                let (word, at) = read
                    .filter(|(word, _)| ["gte", "gt", "lte", "lt"].contains(&word.as_str()))
                    .ok_or_else(|| refusal(Api::V3, name, "must be gte, gt, lte or lt, `|` and a moment"))?;
                filters.moments.push((field, word, at));
            }
        }
        Ok(filters)
    }

    /// A filter that the store has an index for, with its values, so that a look-up does not read every row.
    fn narrowest(&self, table: Table) -> Option<(&'static str, Vec<String>)> {
        let by_id = |field: &&(&'static str, Vec<u64>)| match field.0 {
            "id" => true,
            "candidate_id" => table != Table::Candidates,
            "application_id" => table == Table::Attachments,
            _ => false,
        };
        let ids = self.ids.iter().find(by_id).map(|(field, ids)| (*field, ids.iter().map(u64::to_string).collect()));
        let email = self.texts.iter().find(|(field, _)| *field == "email" && table == Table::Candidates);
        ids.or_else(|| email.map(|(field, email)| (*field, vec![email.clone()])))
    }

    /// `get` gives the row's members; a filter on a member that the resource has not is ignored, as it is by v3 (an assumption).
    fn keep(&self, get: impl Fn(&str) -> Option<Value>) -> bool {
        let ids = self.ids.iter().all(|(field, ids)| get(field).is_none_or(|value| value.as_u64().is_some_and(|id| ids.contains(&id))));
        let texts = self.texts.iter().all(|(field, text)| {
            let is = |value: &Value| value.as_str().is_some_and(|found| found.to_lowercase() == *text);
            get(field).is_none_or(|value| value.as_array().map_or_else(|| is(&value), |list| list.iter().any(is)))
        });
        let moments = self.moments.iter().all(|(field, word, wanted)| {
            let found = get(field).and_then(|value| value.as_str()?.parse::<Timestamp>().ok());
            found.is_none_or(|found| match word.as_str() {
                "gte" => found >= *wanted,
                "gt" => found > *wanted,
                "lte" => found <= *wanted,
                _ => found < *wanted,
            })
        });
        ids && texts && moments
    }
}

pub(super) fn list(world: &World, call: &Call, resource: Resource) -> Answered {
    let cursor = Cursor::read(call)?;
    let filters = Filters::read(&cursor.query)?;
    let mut rows = match resource {
        Resource::Rows(table) => stored(world, call.at, table, &filters, &cursor),
        other => {
            let mut rows = reference(world, other);
            rows.sort_by_key(|row| std::cmp::Reverse(row["id"].as_u64()));
            rows.retain(|row| filters.keep(|name| row.get(name).cloned()));
            rows.into_iter()
                .map(|row| (row["id"].as_u64().unwrap_or_default(), row))
                .filter(|(id, _)| *id < cursor.below)
                .take(cursor.per_page + 1)
                .collect()
        }
    };
    let more = rows.len() > cursor.per_page;
    rows.truncate(cursor.per_page);
    let last = rows.last().map(|(id, _)| *id);
    let reply = Reply::json(200, rows.into_iter().map(|(_, row)| row).collect());
    Ok(match last.filter(|_| more) {
        Some(below) => {
            let next = Cursor { below, ..cursor };
            reply.with("link", format!("<{}{}?cursor={}>; rel=\"next\"", world.greenhouse_url, call.path, next.encode()))
        }
        None => reply,
    })
}

fn stored(world: &World, at: Timestamp, table: Table, filters: &Filters, cursor: &Cursor) -> Vec<(u64, Value)> {
    let hidden = |row: &Row| world.settings.hide_private && table == Table::Candidates && row.get("is_private") == true;
    let rows: Box<dyn Iterator<Item = &Row>> = match filters.narrowest(table) {
        Some((key, values)) => Box::new(world.store.table(table).narrowed(key, &values, cursor.below)),
        None => Box::new(world.store.table(table).below(cursor.below)),
    };
    let rows = rows
        .filter(|row| (row.is_visible(at) || row.as_stub) && !hidden(row))
        .filter(|row| filters.keep(|field| member(row, table, field)));
    let shown = rows.map(|row| (row.id, if row.is_visible(at) { render(world, row, table) } else { stub() }));
    shown.take(cursor.per_page + 1).collect()
}

/// What a filter compares with; none where the table has no such member.
fn member(row: &Row, table: Table, field: &str) -> Option<Value> {
    match field {
        "id" => Some(json!(row.id)),
        "created_at" => Some(json!(moment(row.created_at))),
        "updated_at" => Some(json!(moment(row.updated_at))),
        "email" if table == Table::Candidates => {
            let list = row.get("email_addresses").as_array().into_iter().flatten();
            Some(list.filter_map(|contact| contact.get("value").cloned()).collect())
        }
        "candidate_id" if table != Table::Candidates => Some(row.get(field).clone()),
        "application_id" if table == Table::Attachments => Some(row.get(field).clone()),
        "job_id" | "status" if table == Table::Applications => Some(row.get(field).clone()),
        _ => None,
    }
}

/// Source: "a row may be a `{message}` stub while the candidate is still being made (D)".
fn stub() -> Value {
    json!({"message": "This record is still being processed. Please try again later."})
}

fn render(world: &World, row: &Row, table: Table) -> Value {
    match table {
        Table::Candidates => candidate(row),
        Table::Applications => application(row),
        Table::Attachments => attachment(world, row),
        Table::Employments => employment(row),
        Table::Educations => education(row),
        Table::Notes => note(row),
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
pub(super) fn application(row: &Row) -> Value {
    let mut shown =
        json!({"id": row.id, "candidate_id": row.get("candidate_id"), "prospect": row.get("prospect"), "status": row.get("status")});
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

pub(super) fn note(row: &Row) -> Value {
    let mut shown = json!({"id": row.id});
    for name in ["candidate_id", "note_type", "user_id", "body", "visibility"] {
        shown[name] = row.get(name).clone();
    }
    dated(shown, row)
}

fn dated(mut shown: Value, row: &Row) -> Value {
    shown["created_at"] = json!(moment(row.created_at));
    shown["updated_at"] = json!(moment(row.updated_at));
    shown
}

/// What the organisation has before anybody applies.
fn reference(world: &World, resource: Resource) -> Vec<Value> {
    match resource {
        Resource::Rows(_) => Vec::new(),
        Resource::Users => seed::USERS
            .iter()
            .map(|user| {
                json!({
                    "id": user.id, "first_name": user.first_name, "last_name": user.last_name, "name": user.name(), "primary_email": user.email,
                    "site_admin": world.settings.site_admin && user.site_admin, "deactivated": false,
                })
            })
            .collect(),
        Resource::Jobs => {
            world.settings.jobs.listed().into_iter().map(|(id, status)| json!({"id": id, "name": Jobs::name(id), "status": status})).collect()
        }
        Resource::Sources => seed::SOURCES.iter().map(|(id, name)| json!({"id": id, "name": name})).collect(),
        Resource::CustomFields => seed::CUSTOM_FIELDS
            .iter()
            .map(|field| {
                json!({
                    "id": field.id, "name": field.name, "name_key": field.name_key, "field_type": field.belongs, "value_type": field.kind,
                    "active": true, "private": false, "required": false,
                })
            })
            .collect(),
        Resource::CustomFieldOptions => seed::CUSTOM_FIELDS
            .iter()
            .flat_map(|field| field.options.iter().map(move |(id, name)| (field, id, name)))
            .map(|(field, id, name)| json!({"id": id, "custom_field_id": field.id, "custom_field_key": field.name_key, "name": name, "active": true}))
            .collect(),
    }
}
