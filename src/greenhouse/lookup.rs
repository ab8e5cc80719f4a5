//! The questions that change nothing: who is there, what hangs on them, and whether we would see it.
//! Source: "Reads" and "Paging" of the Greenhouse reference; rules 3 and 7 of the delivery design.

use super::{Stop, Wire, bare, rows};
use crate::delivery::action::Id;
use crate::delivery::recovery::{Listed, Marks};
use crate::delivery::{LookUp, SeenApplication};
use crate::digest::Key;
use crate::http::{self, Answer, Body, Fault, Method, Request};
use crate::settings::{Api, Greenhouse};
use crate::step::Step;
use jiff::Timestamp;
use serde_json::Value;

/// No list is read further than this: 500 rows a page.
const MOST_PAGES: usize = 400;

/// What stands in the way of an answer.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Blind {
    /// 403: this operation is not allowed to who asks.
    #[error("Greenhouse does not allow to {0}")]
    Forbidden(String),
    /// Something that matches is still being made.
    #[error("Greenhouse is still making a candidate with this e-mail")]
    NotReady,
    #[error(transparent)]
    Stop(#[from] Stop),
}

/// The answer to a [`LookUp`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// Ids, the oldest first.
    Candidates(Vec<u64>),
    Applications(Vec<SeenApplication>),
    Attachments(Vec<Step>),
}

/// The requests that a question makes, unsigned but for `***`: its first page each.
pub fn questions(settings: &Greenhouse, question: &LookUp, emails: &[&str]) -> Vec<Request> {
    let get = |path: String| {
        let mut request = bare(settings, Method::Get, &path, Body::Empty);
        request.headers.push(super::auth::masked(&settings.auth));
        request
    };
    match question {
        LookUp::ByEmail => spellings(settings.api, emails).iter().map(|email| get(email_path(email))).collect(),
        LookUp::Applications { candidate } => match settings.api {
            Api::HarvestV1 => vec![get(format!("/candidates/{}", Id::candidate(*candidate)))],
            Api::HarvestV3 => vec![get(format!("/applications?candidate_ids={}&per_page=500", Id::candidate(*candidate)))],
        },
        LookUp::Attachments { candidate, application, .. } => match (settings.api, application) {
            (Api::HarvestV3, Some(application)) => {
                vec![get(format!("/attachments?application_ids={}&per_page=500", Id::application(*application)))]
            }
            _ => vec![get(format!("/candidates/{}", Id::candidate(*candidate)))],
        },
    }
}

/// v1's look-up is not stated to be without regard to case, so it is asked for both spellings.
fn spellings(api: Api, emails: &[&str]) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for email in emails {
        let lower = Some(email.to_lowercase()).filter(|_| api == Api::HarvestV1);
        for spelling in [(*email).to_owned()].into_iter().chain(lower) {
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
    /// Asks. `emails` are the candidate's, as they are sent.
    ///
    /// # Errors
    /// See [`Blind`].
    pub async fn look_up(&self, key: &Key, question: &LookUp, emails: &[&str]) -> Result<Seen, Blind> {
        match question {
            LookUp::ByEmail => Ok(Seen::Candidates(self.by_email(key, emails).await?)),
            LookUp::Applications { candidate } => {
                let rows = self.applications(*candidate).await?;
                Ok(Seen::Applications(rows.iter().filter_map(rows::application).collect()))
            }
            LookUp::Attachments { candidate, application, job } => {
                let listed = self.attachments(key, *candidate, *application, *job).await?;
                let step = |listed: Listed| match listed.marks {
                    Marks::Step(step) => Some(step),
                    _ => None,
                };
                Ok(Seen::Attachments(listed.into_iter().filter_map(step).collect()))
            }
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

    /// Candidates that were made since then, newest first.
    ///
    /// # Errors
    /// See [`Blind`].
    pub async fn candidates_since(&self, key: &Key, since: Timestamp) -> Result<Vec<Listed>, Blind> {
        let path = match self.api() {
            Api::HarvestV3 => "/candidates?per_page=500".to_owned(),
            Api::HarvestV1 => format!("/candidates?created_after={}&per_page=500", http::encoded(&since.to_string())),
        };
        // v3 lists newest first, so the first older row ends it; v1's order is not stated, so all pages are read.
        let newest_first = self.api() == Api::HarvestV3;
        let more = |row: &Value| !newest_first || rows::created_at(row).is_none_or(|created| created >= since);
        let rows = self.list(&path, "list candidates", more).await?;
        Ok(rows.iter().filter_map(|row| rows::candidate(key, row)).collect())
    }

    async fn applications(&self, candidate: u64) -> Result<Vec<Value>, Blind> {
        if self.api() == Api::HarvestV1 {
            let row = self.v1_candidate(candidate).await?;
            return Ok(rows::list(&row, "applications").cloned().collect());
        }
        let path = format!("/applications?candidate_ids={candidate}&per_page=500");
        let mut rows = self.list(&path, "list applications", |_| true).await?;
        rows.retain(|row| belongs(row, "candidate_id", candidate));
        Ok(rows)
    }

    async fn attachments(&self, key: &Key, candidate: u64, application: Option<u64>, job: Option<u64>) -> Result<Vec<Listed>, Blind> {
        let rows = match (self.api(), application) {
            (Api::HarvestV3, Some(application)) => {
                let path = format!("/attachments?application_ids={application}&per_page=500");
                let mut rows = self.list(&path, "list attachments", |_| true).await?;
                rows.retain(|row| belongs(row, "application_id", application));
                rows
            }
            (Api::HarvestV3, None) => Vec::new(),
            (Api::HarvestV1, _) => {
                let row = self.v1_candidate(candidate).await?;
                rows::list(&row, "attachments").cloned().collect()
            }
        };
        Ok(rows.iter().filter_map(|row| rows::attachment(key, row, job)).collect())
    }

    /// What hangs on a candidate and might be an open step.
    ///
    /// # Errors
    /// See [`Blind`].
    pub async fn listed(&self, key: &Key, step: Step, candidate: u64, application: Option<u64>) -> Result<Vec<Listed>, Blind> {
        match step {
            Step::Candidate => Ok(Vec::new()),
            Step::Application { .. } => Ok(self.applications(candidate).await?.iter().flat_map(rows::listed_application).collect()),
            Step::Attachment { job, .. } => self.attachments(key, candidate, application, job).await,
            Step::Employment(_) => {
                let rows = self.children(candidate, "candidate_employments", "employments", "list employments").await?;
                Ok(rows.iter().filter_map(|row| rows::employment(key, row)).collect())
            }
            Step::Education(_) => {
                let rows = self.children(candidate, "candidate_educations", "educations", "list educations").await?;
                Ok(rows.iter().filter_map(|row| rows::education(key, row)).collect())
            }
            Step::Note(_) => match self.api() {
                // v1 brings notes along with the candidate, so none is ever open alone.
                Api::HarvestV1 => Err(Blind::Forbidden("list notes".into())),
                Api::HarvestV3 => {
                    let rows = self.children(candidate, "notes", "notes", "list notes").await?;
                    Ok(rows.iter().filter_map(|row| rows::note(key, row)).collect())
                }
            },
        }
    }

    async fn children(&self, candidate: u64, v3: &str, v1: &str, operation: &'static str) -> Result<Vec<Value>, Blind> {
        if self.api() == Api::HarvestV1 {
            let row = self.v1_candidate(candidate).await?;
            return Ok(rows::list(&row, v1).cloned().collect());
        }
        let mut rows = self.list(&format!("/{v3}?candidate_ids={candidate}&per_page=500"), operation, |_| true).await?;
        rows.retain(|row| belongs(row, "candidate_id", candidate));
        Ok(rows)
    }

    async fn v1_candidate(&self, candidate: u64) -> Result<Value, Blind> {
        let answer = self.get(&bare(&self.settings, Method::Get, "", Body::Empty).url, &format!("/candidates/{candidate}")).await?;
        match (answer.status, answer.json()) {
            (200..=299, Some(row)) => Ok(row),
            (403, _) => Err(Blind::Forbidden("read candidates".into())),
            // Source: the reference, "a 404 means not ready yet".
            (404, _) => Err(Blind::NotReady),
            (status, _) => Err(unexpected("read candidates", status)),
        }
    }

    /// Whether this credential would see what is there (rule 7). v1's key sees all that its permissions name, and says 403 else.
    ///
    /// # Errors
    /// The permission that is missing.
    pub async fn can_see(&self) -> Result<(), Blind> {
        if self.api() == Api::HarvestV1 {
            return Ok(());
        }
        let blind = |who: &str| {
            Stop::Permission(format!(
                "{who} is not a Site Admin in Greenhouse, so a look-up would find nobody and every push could be a duplicate: \
                 set on_behalf_of to a Site Admin's id, make that user one, or set `existing: create`"
            ))
        };
        let (path, who) = match self.settings.acting_user_id() {
            Some(user) => (format!("/users?ids={user}"), format!("user {user}, on whose behalf candidates are pushed,")),
            None => ("/users?per_page=1".to_owned(), "the credential's own user".to_owned()),
        };
        let rows = match self.list(&path, "list users", |_| false).await {
            Err(Blind::Forbidden(_)) => return Err(blind(&who).into()),
            rows => rows?,
        };
        let admin = |row: &Value| row.get("site_admin").and_then(Value::as_bool).unwrap_or(false);
        let sees = match self.settings.acting_user_id() {
            Some(user) => rows.iter().any(|row| belongs(row, "id", user) && admin(row)),
            None => !rows.is_empty(),
        };
        if sees { Ok(()) } else { Err(blind(&who).into()) }
    }

    /// All rows of a list, page after page by `Link`, until `more` says no to a page's last row.
    pub(super) async fn list(&self, path: &str, operation: &'static str, more: impl Fn(&Value) -> bool) -> Result<Vec<Value>, Blind> {
        let base = bare(&self.settings, Method::Get, "", Body::Empty).url;
        let mut path = path.to_owned();
        let mut rows = Vec::new();
        for _ in 0..MOST_PAGES {
            let answer = self.get(&base, &path).await?;
            match (answer.status, answer.json()) {
                (200..=299, Some(Value::Array(page))) => rows.extend(page),
                (403, _) => return Err(Blind::Forbidden(operation.into())),
                (status, _) => return Err(unexpected(operation, status)),
            }
            match next_page(&answer, &base) {
                Some(next) if rows.last().is_none_or(&more) => path = next,
                _ => return Ok(rows),
            }
        }
        Err(Stop::Unreachable(format!("Greenhouse's pages to {operation} do not end after {MOST_PAGES}")).into())
    }

    pub(super) async fn get(&self, base: &str, path: &str) -> Result<Answer, Blind> {
        for last in [false, true] {
            let mut request = bare(&self.settings, Method::Get, path, Body::Empty);
            request.url = format!("{base}{path}");
            let header = self.sign(&mut request).await?;
            let answer = match self.http.read(&request).await {
                Ok(answer) => answer,
                Err(Fault::TooLong(wait)) => return Err(super::too_long(wait).into()),
                Err(fault) => return Err(Stop::Unreachable(format!("Greenhouse cannot be reached: {fault}")).into()),
            };
            if answer.status != 401 {
                return Ok(answer);
            }
            if last || !self.signer.refused(&header).await {
                break;
            }
        }
        Err(self.unauthorized().into())
    }
}

fn unexpected(operation: &str, status: u16) -> Blind {
    Stop::Unreachable(format!("Greenhouse answers {status} to the request to {operation}, without its JSON or for no reason of ours"))
        .into()
}

/// Whether a row is one that was asked for; a row that does not say is.
fn belongs(row: &Value, name: &str, id: u64) -> bool {
    row.get(name).and_then(Value::as_u64).is_none_or(|there| there == id)
}

/// The next page's path below `base`. A link's host is not followed: it may be another than the gateway's that was asked, and the
/// credentials stay where they belong.
fn next_page(answer: &Answer, base: &str) -> Option<String> {
    let link = http::next_link(answer.header("link")?)?;
    let version = base.rsplit('/').next()?;
    let marker = format!("/{version}/");
    let at = link.find(&marker)?;
    Some(link[at + marker.len() - 1..].to_owned())
}
