//! The questions that change nothing: who is there, what hangs on them, and whether we would see it.
//! Source: `docs/greenhouse-api.md`, "Lists"; `docs/delivery.md`, R3 and R7.

use super::pages::{belongs, unexpected};
use super::version::{capabilities, version};
use super::{Reading, Stop, Wire, bare, current, rows};
use crate::base::digest::Key;
use crate::delivery::observed::Seen;
use crate::delivery::recovery::{Listed, Marks};
use crate::delivery::{LookUp, Whereabouts};
use crate::model::settings::{Api, Greenhouse};
use crate::model::step::Step;
use crate::net::http::{self, Body, Method, Request};
use jiff::Timestamp;
use serde_json::Value;

/// Why a question has no answer.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Blind {
    /// The operation that the credential has no permission for.
    #[error("Greenhouse does not allow to {0} (403)")]
    Forbidden(&'static str),
    /// The address has no such list, like a gateway that serves only part of the API. Only of the account's own lists.
    #[error("Greenhouse's address has nothing at the request to {0} (404)")]
    Unserved(&'static str),
    /// Something that matches is still being created.
    #[error("Greenhouse is still making a candidate with this e-mail")]
    NotReady,
    /// The candidate that was asked about is not shown: gone, or not ready.
    #[error("Greenhouse has no candidate with this id")]
    Missing,
    #[error(transparent)]
    Stop(#[from] Stop),
}

/// What belongs to a candidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Children {
    Applications,
    /// Of this application; v1 does not ask which.
    Attachments(Option<u64>),
    Employments,
    Educations,
    Notes,
}

/// The requests that a question makes, unsigned but for `***`: its first page each.
pub fn questions(settings: &Greenhouse, question: &LookUp, emails: &[&str]) -> Vec<Request> {
    let version = version(settings.api);
    let children = |children, candidate: &u64| (version.children)(children, *candidate).into_iter().collect();
    let paths: Vec<String> = match question {
        LookUp::ByEmail => spellings(settings.api, emails).iter().map(|email| email_path(email)).collect(),
        LookUp::Candidate { candidate, .. } => vec![(version.candidate)(*candidate)],
        LookUp::Applications { candidate, .. } => children(Children::Applications, candidate),
        LookUp::Attachments { candidate, application, .. } => children(Children::Attachments(*application), candidate),
        LookUp::Employments { candidate } => children(Children::Employments, candidate),
        LookUp::Educations { candidate } => children(Children::Educations, candidate),
        LookUp::Notes { candidate } => children(Children::Notes, candidate),
        LookUp::Whereabouts { applications, .. } => (version.applications)(applications),
    };
    let request = |path: String| {
        let mut request = bare(settings, Method::Get, &path, Body::Empty);
        request.headers.push(super::auth::masked(&settings.auth));
        request
    };
    paths.into_iter().map(request).collect()
}

/// Where the look-up is not stated to ignore case, the address is asked for as it is written and in lower case.
fn spellings(api: Api, emails: &[&str]) -> Vec<String> {
    let exact = capabilities(api).email_lookup_is_exact;
    let mut all: Vec<String> = Vec::new();
    for email in emails {
        for spelling in [Some((*email).to_owned()), exact.then(|| email.to_lowercase())].into_iter().flatten() {
            if !all.contains(&spelling) {
                all.push(spelling);
            }
        }
    }
    all
}

fn email_path(email: &str) -> String {
    format!("/candidates?email={}&per_page=500", http::encoded(email))
}

impl Wire {
    /// Asks. `emails` are the candidate's, as they are sent; `reading` is what was read before, of this push and since its last write.
    pub async fn look_up(&self, key: &Key, question: &LookUp, emails: &[&str], reading: &mut Reading) -> Result<Seen, Blind> {
        match question {
            LookUp::ByEmail => Ok(Seen::Candidates(self.by_email(key, emails).await?)),
            LookUp::Candidate { candidate, fields } => {
                // What is compared, and written back, is read right before.
                reading.forget();
                let row = self.candidate(*candidate, reading).await?;
                let definitions = if *fields { self.definitions_for(&row).await? } else { Vec::new() };
                Ok(Seen::Candidate(Box::new(current::current(&row, &definitions))))
            }
            LookUp::Applications { candidate, pools } => {
                let mut rows = self.children(Children::Applications, *candidate, reading).await?;
                // A candidate that is gone has no rows either. v1 has read it.
                if rows.is_empty() && self.api() == Api::HarvestV3 {
                    self.candidate(*candidate, reading).await?;
                }
                if *pools && self.api() == Api::HarvestV3 {
                    self.v3_add_pools(&mut rows).await?;
                }
                Ok(Seen::Applications(rows.iter().filter_map(rows::application).collect()))
            }
            LookUp::Employments { candidate } => self.known(Children::Employments, rows::employment, key, *candidate, reading).await,
            LookUp::Educations { candidate } => self.known(Children::Educations, rows::education, key, *candidate, reading).await,
            LookUp::Notes { candidate } => {
                let seen = self.known(Children::Notes, rows::note, key, *candidate, reading).await?;
                // v3 creates a note for a candidate that is gone. Source: `docs/greenhouse-api.md`, "Notes".
                if self.api() == Api::HarvestV3 && seen == Seen::Children(Vec::new()) {
                    self.candidate(*candidate, reading).await?;
                }
                Ok(seen)
            }
            LookUp::Whereabouts { candidate, applications } => Ok(Seen::Whereabouts(self.whereabouts(*candidate, applications).await?)),
            LookUp::Attachments { candidate, application, job } => {
                let rows = self.children(Children::Attachments(*application), *candidate, reading).await?;
                let step = |row: &Value| match rows::attachment(key, row, *job)?.marks {
                    Marks::Step(step) => Some(step),
                    _ => None,
                };
                Ok(Seen::Attachments(rows.iter().filter_map(step).collect()))
            }
        }
    }

    async fn known(
        &self,
        children: Children,
        listed: fn(&Key, &Value) -> Option<Listed>,
        key: &Key,
        candidate: u64,
        reading: &mut Reading,
    ) -> Result<Seen, Blind> {
        let rows = self.children(children, candidate, reading).await?;
        Ok(Seen::Children(rows.iter().filter_map(|row| rows::known(key, row, &listed(key, row)?)).collect()))
    }

    async fn children(&self, children: Children, candidate: u64, reading: &mut Reading) -> Result<Vec<Value>, Blind> {
        match self.api() {
            Api::HarvestV1 => self.v1_children(children, candidate, reading).await,
            Api::HarvestV3 => self.v3_children(children, candidate).await,
        }
    }

    /// Only rows that have the e-mail themselves count, since a filter can be ignored.
    async fn by_email(&self, key: &Key, emails: &[&str]) -> Result<Vec<u64>, Blind> {
        let mut found = Vec::new();
        for email in spellings(self.api(), emails) {
            let digest = key.email(&email);
            for row in self.list(&email_path(&email), "list candidates", |_| true).await? {
                match rows::candidate(key, &row) {
                    Some(Listed { marks: Marks::NotReady, .. }) => return Err(Blind::NotReady),
                    Some(listed) if rows::emails(key, &row).contains(&digest) => found.push(listed.id),
                    _ => {}
                }
            }
        }
        found.sort_unstable();
        found.dedup();
        Ok(found)
    }

    /// Candidates that were made since then, or do not say when; of each only what tells whose it is.
    pub async fn candidates_since(&self, key: &Key, since: Timestamp) -> Result<Vec<Listed>, Blind> {
        let version = version(self.api());
        let is_since = |row: &Value| rows::created_at(row).is_none_or(|created| created >= since);
        let mut listed = Vec::new();
        let take = |page: Vec<Value>| {
            listed.extend(page.iter().filter(|row| is_since(row)).filter_map(|row| rows::candidate(key, row)));
            // The first older row ends a list that has the newest first.
            !version.newest_first || page.last().is_none_or(is_since)
        };
        match self.pages(&(version.candidates_since)(since), "list candidates", take).await {
            Err(Blind::Unserved(operation)) => Err(unexpected(operation, 404)),
            read => read.map(|()| listed),
        }
    }

    /// The candidate's own row.
    async fn candidate(&self, candidate: u64, reading: &mut Reading) -> Result<Value, Blind> {
        match self.api() {
            Api::HarvestV1 => self.v1_candidate(candidate, reading).await,
            Api::HarvestV3 => self.v3_candidate(candidate).await,
        }
    }

    /// Where the applications are of a candidate that is not shown. An empty list means that they are gone only where it shows others.
    async fn whereabouts(&self, candidate: u64, applications: &[u64]) -> Result<Whereabouts, Blind> {
        let rows = match self.api() {
            Api::HarvestV1 => self.v1_applications(applications).await?,
            Api::HarvestV3 => self.v3_applications(applications).await?,
        };
        let owners: Vec<u64> = rows.iter().filter_map(rows::candidate_of).collect();
        if let Some(other) = owners.iter().find(|owner| **owner != candidate) {
            return Ok(Whereabouts::Merged(*other));
        }
        if !owners.is_empty() {
            return Ok(Whereabouts::Hidden);
        }
        // The positive control (R7): a list that shows nobody at all shows nothing about this one.
        let shown = self.list("/candidates?per_page=1", "list candidates", |_| false).await?;
        Ok(if shown.is_empty() { Whereabouts::Untold } else { Whereabouts::Nowhere })
    }

    /// What hangs on a candidate and might be an open step.
    pub async fn listed(&self, key: &Key, step: Step, candidate: u64, application: Option<u64>) -> Result<Vec<Listed>, Blind> {
        let children = match step {
            // An update is compared again: there is nothing to look up.
            Step::Candidate | Step::Update => return Ok(Vec::new()),
            Step::Application { .. } | Step::Prospect => Children::Applications,
            Step::Attachment { .. } => Children::Attachments(application),
            Step::Employment(_) => Children::Employments,
            Step::Education(_) => Children::Educations,
            Step::Note(_) => Children::Notes,
        };
        let rows = self.children(children, candidate, &mut Reading::default()).await?;
        let listed = |row: &Value| match step {
            Step::Attachment { job, .. } => rows::attachment(key, row, job).into_iter().collect(),
            Step::Employment(_) => rows::employment(key, row).into_iter().collect(),
            Step::Education(_) => rows::education(key, row).into_iter().collect(),
            Step::Note(_) => rows::note(key, row).into_iter().collect(),
            Step::Application { .. } | Step::Prospect | Step::Candidate | Step::Update => rows::listed_application(row),
        };
        Ok(rows.iter().flat_map(listed).collect())
    }

    /// Whether this credential would see what is there (R7). v1's key sees all that its permissions name, and says 403 else.
    ///
    /// # Errors
    /// The permission that is missing.
    pub async fn can_see(&self) -> Result<(), Blind> {
        if !self.capabilities().lists_need_site_admin {
            return Ok(());
        }
        let (path, who) = match self.settings.acting_user_id() {
            Some(user) => ((version(self.api()).users_by_id)(user), format!("user {user}, on whose behalf candidates are pushed,")),
            None => ("/users?per_page=1".to_owned(), "the credential's own user".to_owned()),
        };
        let rows = match self.list(&path, "list users", |_| false).await {
            Err(Blind::Forbidden(_)) => return Err(Stop::NotSiteAdmin(who).into()),
            rows => rows?,
        };
        let admin = |row: &Value| row.get("site_admin").and_then(Value::as_bool).unwrap_or(false);
        let sees = match self.settings.acting_user_id() {
            Some(user) => rows.iter().any(|row| belongs(row, "id", user) && admin(row)),
            None => !rows.is_empty(),
        };
        if sees { Ok(()) } else { Err(Stop::NotSiteAdmin(who).into()) }
    }
}
