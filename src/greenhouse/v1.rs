//! What only Harvest v1 has. Its writes are in `body`.

mod educations;
mod reading;

use super::lookup::{Blind, Children};
use super::pages::unexpected;
use super::version::Version;
use super::{Wire, rows};
use crate::delivery::action::Id;
use crate::model::capabilities::{Capabilities, RateLimit};
use crate::model::named::Kind;
use crate::model::settings::Api;
use crate::model::step::Step;
use crate::net::http;
use serde_json::Value;

pub(super) use educations::Lists;
pub use reading::Reading;

/// Source: `docs/greenhouse-api.md`, "Versions".
pub const CAPABILITIES: Capabilities = Capabilities {
    api: Api::HarvestV1,
    create_covers_children: true,
    create_returns_application_id: false,
    file_needs_application: false,
    file_replaces: false,
    file_type_for_admins: true,
    update_replaces_fields: false,
    email_lookup_is_exact: true,
    unknown_user_is_404: true,
    lists_need_site_admin: false,
    token_tells_permissions: false,
    rate_limit: RateLimit { requests: 50, seconds: 10 },
};

pub(super) const VERSION: Version = Version {
    capabilities: CAPABILITIES,
    prefix: "v1",
    list,
    fields: "/custom_fields/candidate?per_page=500",
    fields_have_options: true,
    lists_to_probe: &[],
    prospect_pools: None,
    users_by_email: "email",
    users_by_id: |_| "/users?per_page=500".to_owned(),
    candidates_since: |since| format!("/candidates?created_after={}&per_page=500", http::encoded(&since.to_string())),
    newest_first: false,
    candidate,
    children: |children, candidate_id| match children {
        Children::Notes => Some(format!("/candidates/{}/activity_feed", Id::candidate(candidate_id))),
        _ => Some(candidate(candidate_id)),
    },
    applications: |ids| ids.iter().map(|id| format!("/applications/{id}")).collect(),
    created_applications,
    who_may_list: "give the API key that permission",
};

/// Source: `docs/greenhouse-api.md`, "Lists".
fn list(kind: Kind) -> &'static str {
    match kind {
        Kind::Job => "/jobs?per_page=500",
        Kind::Source => "/sources?per_page=500",
        Kind::User => "/users?per_page=500",
        Kind::Stage => "/job_stages?per_page=500",
        Kind::Pool | Kind::PoolStage => "/prospect_pools?per_page=500",
        Kind::School => "/schools?per_page=500",
        Kind::Degree => "/degrees?per_page=500",
        Kind::Discipline => "/disciplines?per_page=500",
    }
}

fn candidate(id: u64) -> String {
    format!("/candidates/{}", Id::candidate(id))
}

/// The answer has the whole candidate. While its creation is delayed it has ids alone, and does not name the jobs.
fn created_applications(body: &Value, _: Option<Step>) -> Vec<(Step, u64)> {
    let step = |application: &Value| {
        let id = rows::number(application, "id")?;
        if application.get("prospect") == Some(&Value::Bool(true)) {
            return Some((Step::Prospect, id));
        }
        let job = rows::list(application, "jobs").next().and_then(|job| rows::number(job, "id"))?;
        Some((Step::Application { job }, id))
    };
    rows::list(body, "applications").filter_map(step).collect()
}

/// An attachment's answer has no id, but repeats its file name. Nothing is left of it where the answer is cut to ids.
pub(super) fn is_created_attachment(body: &Value, delayed: bool) -> bool {
    body.as_object().is_some_and(|members| members.contains_key("filename") || delayed && members.is_empty())
}

impl Wire {
    /// The whole candidate, read once.
    pub(super) async fn v1_candidate(&self, id: u64, reading: &mut Reading) -> Result<Value, Blind> {
        if let Some(row) = reading.of(id) {
            return Ok(row.clone());
        }
        // 404: not ready yet, or deleted. Source: `docs/greenhouse-api.md`, "Candidates".
        let row = self.row(&candidate(id), "read candidates").await?.ok_or(Blind::Missing)?;
        // A row without an id is no candidate: it would look like one that has nothing yet.
        match rows::number(&row, "id") {
            Some(_) => {}
            None if row.get("message").is_some() => return Err(Blind::NotReady),
            None => return Err(unexpected("read candidates", 200)),
        }
        reading.keep(id, &row);
        Ok(row)
    }

    pub(super) async fn v1_children(&self, children: Children, candidate: u64, reading: &mut Reading) -> Result<Vec<Value>, Blind> {
        let name = match children {
            Children::Applications => "applications",
            Children::Attachments(_) => "attachments",
            Children::Employments => "employments",
            Children::Educations => "educations",
            Children::Notes => return self.v1_notes(candidate).await,
        };
        let row = self.v1_candidate(candidate, reading).await?;
        let mut rows: Vec<Value> = rows::list(&row, name).cloned().collect();
        if children == Children::Educations && !rows.is_empty() {
            let lists = self.education_lists().await?;
            rows.iter_mut().for_each(|row| lists.name_ids(row));
        }
        Ok(rows)
    }

    async fn v1_notes(&self, candidate: u64) -> Result<Vec<Value>, Blind> {
        const OPERATION: &str = "read activity feeds";
        let feed = self.row(&format!("/candidates/{candidate}/activity_feed"), OPERATION).await?.ok_or(Blind::Missing)?;
        // Without the list it is no activity feed, and proves nothing about notes.
        feed.get("notes").and_then(Value::as_array).cloned().ok_or_else(|| unexpected(OPERATION, 200))
    }

    /// Those of these applications that are there.
    pub(super) async fn v1_applications(&self, ids: &[u64]) -> Result<Vec<Value>, Blind> {
        const OPERATION: &str = "read applications";
        let mut found = Vec::new();
        for id in ids {
            let row = self.row(&format!("/applications/{id}"), OPERATION).await?;
            if row.as_ref().is_some_and(|row| rows::candidate_of(row).is_none()) {
                return Err(unexpected(OPERATION, 200));
            }
            found.extend(row);
        }
        Ok(found)
    }
}
