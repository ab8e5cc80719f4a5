//! What only Harvest v3 has. Its writes are in `body`.

use super::lookup::{Blind, Children};
use super::pages::belongs;
use super::version::Version;
use super::{Wire, rows};
use crate::delivery::action::Id;
use crate::model::capabilities::{Capabilities, RateLimit};
use crate::model::named::Kind;
use crate::model::settings::Api;
use serde_json::{Value, json};

/// Source: `docs/greenhouse-api.md`, "Versions".
pub const CAPABILITIES: Capabilities = Capabilities {
    api: Api::HarvestV3,
    create_covers_children: false,
    create_returns_application_id: true,
    file_needs_application: true,
    file_replaces: true,
    file_type_for_admins: false,
    update_replaces_fields: true,
    email_lookup_is_exact: false,
    unknown_user_is_404: false,
    lists_need_site_admin: true,
    token_tells_permissions: true,
    rate_limit: RateLimit { requests: 75, seconds: 30 },
};

pub(super) const VERSION: Version = Version {
    capabilities: CAPABILITIES,
    prefix: "v3",
    list,
    fields: "/custom_fields?per_page=500",
    fields_have_options: false,
    lists_to_probe: &[
        ("list users", "/users"),
        ("list applications", "/applications"),
        ("list attachments", "/attachments"),
        ("list employments", "/candidate_employments"),
        ("list educations", "/candidate_educations"),
        ("list notes", "/notes"),
    ],
    prospect_pools: Some(("list prospect details", "/prospect_details")),
    users_by_email: "primary_email",
    users_by_id: |id| format!("/users?ids={id}&{SERVICE_ACCOUNTS}"),
    candidates_since: |_| "/candidates?per_page=500".to_owned(),
    newest_first: true,
    candidate,
    children: |children, candidate| child_list(children, candidate).map(|list| list.path),
    applications: |ids| vec![applications(ids)],
    created_applications: |body, first| first.zip(body.get("application").and_then(|row| rows::number(row, "id"))).into_iter().collect(),
    who_may_list: "give the credential that permission, and let a Site Admin act (`on_behalf_of`)",
};

/// A user who acts may be a service account. Source: `docs/greenhouse-api.md`, "Users".
pub(super) const SERVICE_ACCOUNTS: &str = "show_service_accounts=true";

/// Source: `docs/greenhouse-api.md`, "Lists" and "Educations".
fn list(kind: Kind) -> &'static str {
    match kind {
        Kind::Job => "/jobs?per_page=500",
        Kind::Source => "/sources?per_page=500",
        Kind::User => "/users?per_page=500",
        Kind::Stage => "/job_interview_stages?per_page=500",
        Kind::Pool => "/prospect_pools?per_page=500",
        Kind::PoolStage => "/prospect_pool_stages?per_page=500",
        Kind::School => "/custom_field_options?custom_field_key=school_name&per_page=500",
        Kind::Degree => "/custom_field_options?custom_field_key=degree&per_page=500",
        Kind::Discipline => "/custom_field_options?custom_field_key=discipline&per_page=500",
    }
}

fn candidate(id: u64) -> String {
    format!("/candidates?ids={}&per_page=500", Id::candidate(id))
}

/// Source: `docs/greenhouse-api.md`, "Lists".
const MOST_IDS: usize = 50;

fn applications(ids: &[u64]) -> String {
    format!("/applications?ids={}&per_page=500", joined(ids))
}

fn joined(ids: &[u64]) -> String {
    ids.iter().take(MOST_IDS).map(u64::to_string).collect::<Vec<_>>().join(",")
}

/// A list with a filter. The filter may be ignored, so only rows with `id` as `member` count.
struct ChildList {
    path: String,
    operation: &'static str,
    member: &'static str,
    id: u64,
}

/// None for attachments without an application: there can be none.
fn child_list(children: Children, candidate: u64) -> Option<ChildList> {
    let (name, operation) = match children {
        Children::Applications => ("applications", "list applications"),
        Children::Employments => ("candidate_employments", "list employments"),
        Children::Educations => ("candidate_educations", "list educations"),
        Children::Notes => ("notes", "list notes"),
        Children::Attachments(application) => {
            let id = application?;
            let path = format!("/attachments?application_ids={}&per_page=500", Id::application(id));
            return Some(ChildList { path, operation: "list attachments", member: "application_id", id });
        }
    };
    let path = format!("/{name}?candidate_ids={}&per_page=500", Id::candidate(candidate));
    Some(ChildList { path, operation, member: "candidate_id", id: candidate })
}

impl Wire {
    pub(super) async fn v3_candidate(&self, id: u64) -> Result<Value, Blind> {
        let rows = self.list(&candidate(id), "list candidates", |_| true).await?;
        match rows.into_iter().find(|row| belongs(row, "id", id)) {
            // Source: `docs/greenhouse-api.md`, "Candidates".
            Some(row) if rows::number(&row, "id").is_none() => Err(Blind::NotReady),
            Some(row) => Ok(row),
            None => Err(Blind::Missing),
        }
    }

    pub(super) async fn v3_children(&self, children: Children, candidate: u64) -> Result<Vec<Value>, Blind> {
        let Some(ChildList { path, operation, member, id }) = child_list(children, candidate) else { return Ok(Vec::new()) };
        let mut rows = self.list(&path, operation, |_| true).await?;
        rows.retain(|row| belongs(row, member, id));
        Ok(rows)
    }

    /// Adds to the rows of prospects the pool that each is in, as v1's rows have it. Source: `docs/greenhouse-api.md`, "Applications".
    pub(super) async fn v3_add_pools(&self, rows: &mut [Value]) -> Result<(), Blind> {
        let prospects: Vec<u64> =
            rows.iter().filter(|row| row.get("prospect") == Some(&Value::Bool(true))).filter_map(|row| rows::number(row, "id")).collect();
        for ids in prospects.chunks(MOST_IDS) {
            let path = format!("/prospect_details?application_ids={}&per_page=500", joined(ids));
            for detail in self.list(&path, "list prospect details", |_| true).await? {
                let Some(application) = rows::number(&detail, "application_id") else { continue };
                if let Some(row) = rows.iter_mut().find(|row| rows::number(row, "id") == Some(application)) {
                    row["prospect_detail"] = json!({ "prospect_pool": { "id": detail.get("pool_id") } });
                }
            }
        }
        Ok(())
    }

    /// Those of these applications that are there.
    pub(super) async fn v3_applications(&self, ids: &[u64]) -> Result<Vec<Value>, Blind> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let mut rows = self.list(&applications(ids), "list applications", |_| true).await?;
        rows.retain(|row| rows::number(row, "id").is_some_and(|id| ids.contains(&id)));
        Ok(rows)
    }
}
