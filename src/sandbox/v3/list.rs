//! Harvest v3: the lists, newest id first, with their cursors.

use super::filters::{Filters, member};
use super::read::{render, stub};
use super::{filters, organisation};
use crate::model::settings::Api;
use crate::sandbox::call::{Answered, Call, Reply};
use crate::sandbox::greenhouse::{per_page, refusal};
use crate::sandbox::store::{Row, Table};
use crate::sandbox::world::World;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Resource {
    Rows(Table),
    ProspectDetails,
    Users,
    Jobs,
    JobInterviewStages,
    Sources,
    CustomFields,
    CustomFieldOptions,
    ProspectPools,
    ProspectPoolStages,
    Referrers,
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
            "prospect_details" => Self::ProspectDetails,
            "users" => Self::Users,
            "jobs" => Self::Jobs,
            "job_interview_stages" => Self::JobInterviewStages,
            "sources" => Self::Sources,
            "custom_fields" => Self::CustomFields,
            "custom_field_options" => Self::CustomFieldOptions,
            "prospect_pools" => Self::ProspectPools,
            "prospect_pool_stages" => Self::ProspectPoolStages,
            "referrers" => Self::Referrers,
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
            return Ok(Self {
                path: call.path.clone(),
                query: call.query.clone(),
                per_page: per_page(Api::HarvestV3, call)?,
                below: u64::MAX,
            });
        };
        if call.query.len() > 1 {
            return Err(refusal(Api::HarvestV3, "", "When passing a cursor, do not include other query params."));
        }
        let decoded: Option<Self> = URL_SAFE_NO_PAD.decode(text).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
        decoded.filter(|cursor| cursor.path == call.path).ok_or_else(|| refusal(Api::HarvestV3, "cursor", "is not a cursor of this list"))
    }

    fn encode(&self) -> String {
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(self).unwrap_or_default())
    }
}

pub(super) fn list(world: &World, call: &Call, resource: Resource) -> Answered {
    let cursor = Cursor::read(call)?;
    let filters = Filters::read(resource, &cursor.query)?;
    let mut rows = match resource {
        Resource::Rows(table) => stored(world, call.at, table, &filters, &cursor),
        other => {
            let mut rows = organisation::rows(world, other, &cursor.query);
            rows.sort_by_key(|row| std::cmp::Reverse(row["id"].as_u64()));
            let of_key = |row: &Value| organisation::is_option_of(row, filters.custom_field_key());
            rows.retain(|row| filters.keep(|name| row.get(name).cloned()) && of_key(row));
            let with_id = rows.into_iter().map(|row| (row["id"].as_u64().unwrap_or_default(), row));
            with_id.filter(|(id, _)| *id < cursor.below).take(cursor.per_page + 1).collect()
        }
    };
    let more = rows.len() > cursor.per_page;
    rows.truncate(cursor.per_page);
    let last = rows.last().map(|(id, _)| *id);
    let only = filters::fields(&cursor.query);
    let reply = Reply::json(200, rows.into_iter().map(|(_, row)| picked(row, only.as_deref())).collect());
    Ok(match last.filter(|_| more) {
        Some(below) => {
            let next = Cursor { below, ..cursor };
            reply.with("link", format!("<{}{}?cursor={}>; rel=\"next\"", world.base(call), call.path, next.encode()))
        }
        None => reply,
    })
}

/// The members that `fields` names; all where it is not there.
fn picked(row: Value, only: Option<&[&str]>) -> Value {
    match (row, only) {
        (Value::Object(row), Some(only)) => {
            Value::Object(row.into_iter().filter(|(name, _)| only.contains(&name.as_str())).collect::<Map<_, _>>())
        }
        (row, _) => row,
    }
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
