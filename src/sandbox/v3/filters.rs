//! Harvest v3: which parameters each list takes, and which rows pass them.
//!
//! An unknown parameter is a 422. Source: `docs/greenhouse-api.md`, "Paging", and public v3 clients.

use super::list::Resource;
use super::{ATTACHMENT_TYPES, read};
use crate::model::settings::Api;
use crate::sandbox::call::{Reply, moment};
use crate::sandbox::greenhouse::refusal;
use crate::sandbox::store::{Row, Table};
use jiff::Timestamp;
use serde_json::{Value, json};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Ids with commas between, or the parameter several times; 50 at most.
    Ids,
    /// Exact, whatever its case.
    Text,
    /// One of these.
    Word(&'static [&'static str]),
    Flag,
    /// `gte|2026-01-01T00:00:00Z` (two bounds: four parts), or `created_at[gte]=…`: clients differ.
    Moment,
}

use Kind::{Flag, Ids, Moment, Text, Word};

/// A parameter's name, its kind, and the row's member that it is compared with.
type Parameter = (&'static str, Kind, &'static str);

/// What all lists take, beside `per_page`, `cursor` and `fields`.
const COMMON: [Parameter; 3] = [("ids", Ids, "id"), ("created_at", Moment, "created_at"), ("updated_at", Moment, "updated_at")];

fn own(resource: Resource) -> &'static [Parameter] {
    match resource {
        Resource::Rows(Table::Candidates) => {
            &[("email", Text, "email"), ("private", Flag, "private"), ("tag", Text, "tags"), ("last_activity_at", Moment, "updated_at")]
        }
        Resource::Rows(Table::Applications) => &[
            ("candidate_ids", Ids, "candidate_id"),
            ("job_ids", Ids, "job_id"),
            ("job_post_ids", Ids, "job_post_id"),
            ("prospective_job_ids", Ids, "prospective_job_ids"),
            ("source_ids", Ids, "source_id"),
            ("referrer_ids", Ids, "referrer_id"),
            ("stage_ids", Ids, "stage_id"),
            ("status", Word(&["rejected", "hired", "converted", "active"]), "status"),
            ("stage_name", Text, "stage_name"),
            ("last_activity_at", Moment, "updated_at"),
            ("prospect", Flag, "prospect"),
        ],
        Resource::Rows(Table::Attachments) => {
            &[("candidate_ids", Ids, "candidate_id"), ("application_ids", Ids, "application_id"), ("type", Word(ATTACHMENT_TYPES), "type")]
        }
        Resource::Rows(Table::Employments | Table::Educations) => &[("candidate_ids", Ids, "candidate_id")],
        Resource::Rows(Table::Notes) => &[
            ("candidate_ids", Ids, "candidate_id"),
            ("application_ids", Ids, "application_id"),
            ("user_ids", Ids, "user_id"),
            ("type", Text, "note_type"),
            ("visibility", Word(&["admin_only_visible", "privately_visible", "publicly_visible"]), "visibility"),
        ],
        Resource::ProspectDetails => &[
            ("application_ids", Ids, "application_id"),
            ("pool_ids", Ids, "pool_id"),
            ("pool_stage_ids", Ids, "pool_stage_id"),
            ("prospect_owner_ids", Ids, "prospect_owner_id"),
        ],
        // `show_service_accounts` is no member of a user: it is looked at where the rows are made.
        Resource::Users => &[
            ("primary_email", Text, "primary_email"),
            ("deactivated", Flag, "deactivated"),
            ("employee_ids", Text, "employee_id"),
            ("show_service_accounts", Flag, SWITCH),
        ],
        Resource::Jobs => &[
            ("status", Word(&["open", "draft", "closed"]), "status"),
            ("opened_at", Moment, "opened_at"),
            ("closed_at", Moment, "closed_at"),
            ("requisition_id", Text, "requisition_id"),
            ("confidential", Flag, "confidential"),
            ("department_id", Ids, "department_id"),
            ("office_id", Ids, "office_ids"),
        ],
        Resource::JobInterviewStages => &[("job_ids", Ids, "job_id"), ("active", Flag, "active")],
        Resource::Sources | Resource::ProspectPools => &[],
        Resource::CustomFields => {
            &[("field_type", Text, "field_type"), ("active", Flag, "active"), ("name", Text, "name"), ("name_key", Text, "name_key")]
        }
        // `custom_field_key` is no member of an option: see `Filters::custom_field_key`.
        Resource::CustomFieldOptions => {
            &[("custom_field_ids", Ids, "custom_field_id"), ("custom_field_key", Text, "custom_field_key"), ("active", Flag, "active")]
        }
        Resource::ProspectPoolStages => &[("prospect_pool_ids", Ids, "prospect_pool_id")],
        Resource::Referrers => &[("user_ids", Ids, "user_id")],
    }
}

/// Filters that a row must pass.
#[derive(Debug, Default)]
pub(super) struct Filters {
    ids: Vec<(&'static str, Vec<u64>)>,
    texts: Vec<(&'static str, String)>,
    flags: Vec<(&'static str, bool)>,
    /// Of `created_at` or `updated_at`.
    moments: Vec<(&'static str, String, Timestamp)>,
}

/// Source: `docs/greenhouse-api.md`, "Lists".
const MOST_IDS: usize = 50;
/// A parameter that no member is compared with.
const SWITCH: &str = "";
const WORDS: [&str; 4] = ["gte", "gt", "lte", "lt"];

impl Filters {
    pub fn read(resource: Resource, query: &[(String, String)]) -> Result<Self, Reply> {
        let mut filters = Self::default();
        for (name, value) in query.iter().filter(|(name, _)| !["per_page", "cursor", "fields"].contains(&name.as_str())) {
            // `created_at[gte]` is two clients' spelling.
            let (plain, bracket) = name.strip_suffix(']').and_then(|name| name.split_once('[')).unwrap_or((name, ""));
            let known = COMMON.iter().chain(own(resource)).find(|(known, ..)| *known == plain);
            let Some((_, kind, member)) = known.filter(|(_, kind, _)| bracket.is_empty() || *kind == Moment) else {
                return Err(refusal(Api::HarvestV3, "", &format!("Invalid query params: {name}")));
            };
            filters.take(*kind, member, value, bracket).map_err(|wrong| refusal(Api::HarvestV3, name, wrong))?;
        }
        if filters.ids.iter().any(|(_, ids)| ids.len() > MOST_IDS) {
            let name = query.iter().find(|(name, _)| name.contains("ids")).map_or("ids", |(name, _)| name);
            return Err(refusal(Api::HarvestV3, name, "must be at most 50 ids, with commas between"));
        }
        let dated = |member: &str| filters.moments.iter().any(|(found, ..)| *found == member);
        if dated("created_at") && dated("updated_at") {
            // Two clients say so.
            return Err(refusal(Api::HarvestV3, "updated_at", "cannot be combined with created_at"));
        }
        Ok(filters)
    }

    fn take(&mut self, kind: Kind, member: &'static str, value: &str, bracket: &str) -> Result<(), &'static str> {
        match kind {
            Ids => {
                let ids: Option<Vec<u64>> = value.split(',').map(|id| id.trim().parse().ok()).collect();
                let ids = ids.ok_or("must be at most 50 ids, with commas between")?;
                match self.ids.iter_mut().find(|(known, _)| *known == member) {
                    Some((_, known)) => known.extend(ids),
                    None => self.ids.push((member, ids)),
                }
            }
            Text => self.texts.push((member, value.to_lowercase())),
            Word(known) if !known.contains(&value) => return Err("is not one of its values"),
            Word(_) => self.texts.push((member, value.to_owned())),
            Flag if member == SWITCH => drop(value.parse::<bool>().map_err(|_| "must be true or false")?),
            Flag => self.flags.push((member, value.parse().map_err(|_| "must be true or false")?)),
            Moment => {
                let wrong = "must be gte, gt, lte or lt, `|` and a moment";
                let parts: Vec<&str> = if bracket.is_empty() { value.split('|').collect() } else { vec![bracket, value] };
                let (pairs, rest) = parts.as_chunks::<2>();
                if pairs.is_empty() || !rest.is_empty() {
                    return Err(wrong);
                }
                for [word, at] in pairs {
                    let at = at.parse().map_err(|_| wrong)?;
                    self.moments.push((member, WORDS.contains(word).then(|| (*word).to_owned()).ok_or(wrong)?, at));
                }
            }
        }
        Ok(())
    }

    /// What options are asked for by their field's key. The row itself does not have it.
    pub fn custom_field_key(&self) -> Option<&str> {
        self.texts.iter().find(|(member, _)| *member == "custom_field_key").map(|(_, key)| key.as_str())
    }

    /// A filter that the store has an index for, with its values, so that a look-up does not read every row.
    pub fn narrowest(&self, table: Table) -> Option<(&'static str, Vec<String>)> {
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

    /// `get` gives the row's members; a member that is not there passes only where the key of options is asked for.
    pub fn keep(&self, get: impl Fn(&str) -> Option<Value>) -> bool {
        let any = |value: Value, is: &dyn Fn(&Value) -> bool| match &value {
            Value::Array(list) => list.iter().any(is),
            value => is(value),
        };
        let passes = |member: &str, is: &dyn Fn(&Value) -> bool| get(member).is_some_and(|value| any(value, is));
        let ids = self.ids.iter().all(|(member, ids)| passes(member, &|value| value.as_u64().is_some_and(|id| ids.contains(&id))));
        let texts = self
            .texts
            .iter()
            .filter(|(member, _)| *member != "custom_field_key")
            .all(|(member, text)| passes(member, &|value| value.as_str().is_some_and(|found| found.to_lowercase() == *text)));
        let flags = self.flags.iter().all(|(member, flag)| passes(member, &|value| value.as_bool() == Some(*flag)));
        let moments = self.moments.iter().all(|(member, word, wanted)| {
            let found = get(member).and_then(|value| value.as_str()?.parse::<Timestamp>().ok());
            found.is_some_and(|found| match word.as_str() {
                "gte" => found >= *wanted,
                "gt" => found > *wanted,
                "lte" => found <= *wanted,
                _ => found < *wanted,
            })
        });
        ids && texts && flags && moments
    }
}

/// What a filter compares with.
pub(super) fn member(row: &Row, table: Table, field: &str) -> Option<Value> {
    match field {
        "id" => Some(json!(row.id)),
        "created_at" => Some(json!(moment(row.created_at))),
        "updated_at" => Some(json!(moment(row.updated_at))),
        "email" if table == Table::Candidates => {
            let list = row.get("email_addresses").as_array().into_iter().flatten();
            Some(list.filter_map(|contact| contact.get("value").cloned()).collect())
        }
        "private" => Some(json!(row.get("is_private") == true)),
        "prospective_job_ids" => Some(row.get("job_ids").clone()),
        "stage_id" => Some(json!(read::stage_id(row))),
        "stage_name" => Some(read::application(row)["stage_name"].clone()),
        "visibility" if table == Table::Notes => Some(read::visibility(row)),
        other => Some(row.get(other).clone()),
    }
}

/// The members that `fields` asks for. Several clients send it.
pub(super) fn fields(query: &[(String, String)]) -> Option<Vec<&str>> {
    query.iter().find(|(name, _)| name == "fields").map(|(_, value)| value.split(',').map(str::trim).collect())
}
