//! The questions that change nothing: who is there, what hangs on them, and whether we would see it.
//! Source: "Reads" and "Paging" of the Greenhouse reference; rules 3 and 7 of the delivery design.

use super::pages::{belongs, unexpected};
use super::{Reading, Stop, Wire, bare, current, rows};
use crate::delivery::action::Id;
use crate::delivery::observed::Seen;
use crate::delivery::recovery::{Listed, Marks};
use crate::delivery::{LookUp, Whereabouts};
use crate::digest::Key;
use crate::http::{self, Body, Method, Request};
use crate::settings::{Api, Greenhouse};
use crate::step::Step;
use jiff::Timestamp;
use serde_json::Value;

/// What stands in the way of an answer.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Blind {
    /// 403: this operation is not allowed to who asks.
    #[error("Greenhouse does not allow to {0}")]
    Forbidden(String),
    /// 404: the address that was asked has no such list, as a gateway with only part of the API. Only of the account's own lists.
    #[error("Greenhouse's address has nothing at the request to {0}")]
    Unserved(String),
    /// Something that matches is still being made.
    #[error("Greenhouse is still making a candidate with this e-mail")]
    NotReady,
    /// The candidate that was asked about is not shown: gone, or not ready.
    #[error("Greenhouse has no candidate with this id")]
    Missing,
    #[error(transparent)]
    Stop(#[from] Stop),
}

impl Blind {
    /// Behind the sentence, where Greenhouse's answer says why: " (403)".
    pub fn status(&self) -> &'static str {
        match self {
            Self::Forbidden(_) => " (403)",
            Self::Unserved(_) => " (404)",
            Self::NotReady | Self::Missing | Self::Stop(_) => "",
        }
    }
}

/// The requests that a question makes, unsigned but for `***`: its first page each.
pub fn questions(settings: &Greenhouse, question: &LookUp, emails: &[&str]) -> Vec<Request> {
    let get = |path: String| {
        let mut request = bare(settings, Method::Get, &path, Body::Empty);
        request.headers.push(super::auth::masked(&settings.auth));
        request
    };
    let listed = |name: &str, filter: &str, id: Id| vec![get(format!("/{name}?{filter}={id}&per_page=500"))];
    let whole = |candidate: &u64| vec![get(format!("/candidates/{}", Id::candidate(*candidate)))];
    let below = |candidate: &u64, name: &str| match settings.api {
        Api::HarvestV1 => whole(candidate),
        Api::HarvestV3 => listed(name, "candidate_ids", Id::candidate(*candidate)),
    };
    match question {
        LookUp::ByEmail => spellings(settings.api, emails).iter().map(|email| get(email_path(email))).collect(),
        LookUp::Candidate { candidate, .. } => match settings.api {
            Api::HarvestV1 => whole(candidate),
            Api::HarvestV3 => listed("candidates", "ids", Id::candidate(*candidate)),
        },
        LookUp::Applications { candidate } => below(candidate, "applications"),
        LookUp::Attachments { candidate, application, .. } => match (settings.api, application) {
            (Api::HarvestV3, Some(application)) => listed("attachments", "application_ids", Id::application(*application)),
            _ => whole(candidate),
        },
        LookUp::Employments { candidate } => below(candidate, "candidate_employments"),
        LookUp::Educations { candidate } => below(candidate, "candidate_educations"),
        LookUp::Notes { candidate } => match settings.api {
            Api::HarvestV1 => vec![get(format!("/candidates/{}/activity_feed", Id::candidate(*candidate)))],
            Api::HarvestV3 => below(candidate, "notes"),
        },
        LookUp::Whereabouts { applications, .. } => match settings.api {
            Api::HarvestV1 => applications.iter().map(|id| get(format!("/applications/{id}"))).collect(),
            Api::HarvestV3 => vec![get(applications_path(applications))],
        },
    }
}

/// At most 50. Source: "`?ids=` (50 at most)".
fn applications_path(ids: &[u64]) -> String {
    let ids: Vec<_> = ids.iter().take(50).map(u64::to_string).collect();
    format!("/applications?ids={}&per_page=500", ids.join(","))
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
    /// Asks. `emails` are the candidate's, as they are sent; `reading` is what was read before, of this push and since its last write.
    ///
    /// # Errors
    /// See [`Blind`].
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
            LookUp::Applications { candidate } => {
                let rows = self.applications(*candidate, reading).await?;
                // Nothing is also what is shown of a candidate that is gone.
                if rows.is_empty() && self.api() == Api::HarvestV3 {
                    self.candidate(*candidate, reading).await?;
                }
                Ok(Seen::Applications(rows.iter().filter_map(rows::application).collect()))
            }
            LookUp::Employments { candidate } | LookUp::Educations { candidate } | LookUp::Notes { candidate } => {
                let rows = match question {
                    LookUp::Employments { .. } => self.employments(*candidate, reading).await?,
                    LookUp::Educations { .. } => self.educations(*candidate, reading).await?,
                    _ => self.notes(*candidate).await?,
                };
                let listed = |row: &Value| match question {
                    LookUp::Employments { .. } => rows::employment(key, row),
                    LookUp::Educations { .. } => rows::education(key, row),
                    _ => rows::note(key, row),
                };
                Ok(Seen::Children(rows.iter().filter_map(|row| rows::known(key, row, &listed(row)?)).collect()))
            }
            LookUp::Whereabouts { candidate, applications } => Ok(Seen::Whereabouts(self.whereabouts(*candidate, applications).await?)),
            LookUp::Attachments { candidate, application, job } => {
                let listed = self.attachments(key, *candidate, *application, *job, reading).await?;
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

    /// The candidate's own row.
    async fn candidate(&self, candidate: u64, reading: &mut Reading) -> Result<Value, Blind> {
        if self.api() == Api::HarvestV1 {
            return self.v1_candidate(candidate, reading).await;
        }
        let rows = self.list(&format!("/candidates?ids={candidate}&per_page=500"), "list candidates", |_| true).await?;
        match rows.into_iter().find(|row| belongs(row, "id", candidate)) {
            // A row that does not say who it is is a stub. Source: "a row may be a `{message}` stub".
            Some(row) if rows::number(&row, "id").is_none() => Err(Blind::NotReady),
            Some(row) => Ok(row),
            None => Err(Blind::Missing),
        }
    }

    /// Where a candidate's applications are that is not shown itself. Only where others are shown does silence say that they are gone.
    async fn whereabouts(&self, candidate: u64, applications: &[u64]) -> Result<Whereabouts, Blind> {
        let mut rows = Vec::new();
        match self.api() {
            Api::HarvestV3 if applications.is_empty() => {}
            Api::HarvestV3 => {
                rows = self.list(&applications_path(applications), "list applications", |_| true).await?;
                rows.retain(|row| rows::number(row, "id").is_some_and(|id| applications.contains(&id)));
            }
            Api::HarvestV1 => {
                for application in applications {
                    let row = self.row(&format!("/applications/{application}"), "read applications").await?;
                    if row.as_ref().is_some_and(|row| rows::candidate_of(row).is_none()) {
                        return Err(unexpected("read applications", 200));
                    }
                    rows.extend(row);
                }
            }
        }
        let owners: Vec<u64> = rows.iter().filter_map(rows::candidate_of).collect();
        if let Some(other) = owners.iter().find(|owner| **owner != candidate) {
            return Ok(Whereabouts::Merged(*other));
        }
        if !owners.is_empty() {
            return Ok(Whereabouts::Hidden);
        }
        // The positive control (rule 7): a list that shows nobody at all shows nothing about this one.
        let shown = self.list("/candidates?per_page=1", "list candidates", |_| false).await?;
        Ok(if shown.is_empty() { Whereabouts::Untold } else { Whereabouts::Nowhere })
    }

    async fn applications(&self, candidate: u64, reading: &mut Reading) -> Result<Vec<Value>, Blind> {
        if self.api() == Api::HarvestV1 {
            let row = self.v1_candidate(candidate, reading).await?;
            return Ok(rows::list(&row, "applications").cloned().collect());
        }
        let path = format!("/applications?candidate_ids={candidate}&per_page=500");
        let mut rows = self.list(&path, "list applications", |_| true).await?;
        rows.retain(|row| belongs(row, "candidate_id", candidate));
        Ok(rows)
    }

    async fn attachments(
        &self,
        key: &Key,
        candidate: u64,
        application: Option<u64>,
        job: Option<u64>,
        reading: &mut Reading,
    ) -> Result<Vec<Listed>, Blind> {
        let rows = match (self.api(), application) {
            (Api::HarvestV3, Some(application)) => {
                let path = format!("/attachments?application_ids={application}&per_page=500");
                let mut rows = self.list(&path, "list attachments", |_| true).await?;
                rows.retain(|row| belongs(row, "application_id", application));
                rows
            }
            (Api::HarvestV3, None) => Vec::new(),
            (Api::HarvestV1, _) => {
                let row = self.v1_candidate(candidate, reading).await?;
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
        let reading = &mut Reading::default();
        match step {
            Step::Candidate => Ok(Vec::new()),
            // Read and compared again: nothing to look up.
            Step::Update => Ok(Vec::new()),
            Step::Application { .. } | Step::Prospect => {
                Ok(self.applications(candidate, reading).await?.iter().flat_map(rows::listed_application).collect())
            }
            Step::Attachment { job, .. } => self.attachments(key, candidate, application, job, reading).await,
            Step::Employment(_) => {
                Ok(self.employments(candidate, reading).await?.iter().filter_map(|row| rows::employment(key, row)).collect())
            }
            Step::Education(_) => {
                Ok(self.educations(candidate, reading).await?.iter().filter_map(|row| rows::education(key, row)).collect())
            }
            Step::Note(_) => Ok(self.notes(candidate).await?.iter().filter_map(|row| rows::note(key, row)).collect()),
        }
    }

    async fn employments(&self, candidate: u64, reading: &mut Reading) -> Result<Vec<Value>, Blind> {
        self.children(candidate, "candidate_employments", "employments", "list employments", reading).await
    }

    /// v1 shows names where ids are written: they are told by its lists.
    async fn educations(&self, candidate: u64, reading: &mut Reading) -> Result<Vec<Value>, Blind> {
        let mut rows = self.children(candidate, "candidate_educations", "educations", "list educations", reading).await?;
        if self.api() == Api::HarvestV1 && !rows.is_empty() {
            let lists = self.education_lists().await?;
            rows.iter_mut().for_each(|row| lists.name_ids(row));
        }
        Ok(rows)
    }

    async fn notes(&self, candidate: u64) -> Result<Vec<Value>, Blind> {
        match self.api() {
            Api::HarvestV3 => self.children(candidate, "notes", "notes", "list notes", &mut Reading::default()).await,
            Api::HarvestV1 => {
                let feed =
                    self.row(&format!("/candidates/{candidate}/activity_feed"), "read activity feeds").await?.ok_or(Blind::Missing)?;
                // Without the list it is no activity feed, and says nothing of notes.
                let notes = feed.get("notes").and_then(Value::as_array).cloned();
                notes.ok_or_else(|| unexpected("read activity feeds", 200))
            }
        }
    }

    async fn children(
        &self,
        candidate: u64,
        v3: &str,
        v1: &str,
        operation: &'static str,
        reading: &mut Reading,
    ) -> Result<Vec<Value>, Blind> {
        if self.api() == Api::HarvestV1 {
            let row = self.v1_candidate(candidate, reading).await?;
            return Ok(rows::list(&row, v1).cloned().collect());
        }
        let mut rows = self.list(&format!("/{v3}?candidate_ids={candidate}&per_page=500"), operation, |_| true).await?;
        rows.retain(|row| belongs(row, "candidate_id", candidate));
        Ok(rows)
    }

    async fn v1_candidate(&self, candidate: u64, reading: &mut Reading) -> Result<Value, Blind> {
        if let Some(row) = reading.of(candidate) {
            return Ok(row.clone());
        }
        // Source: the reference, "a 404 means not ready yet"; or never again.
        let row = self.row(&format!("/candidates/{candidate}"), "read candidates").await?.ok_or(Blind::Missing)?;
        // What does not say who it is is no candidate: believed, it would be one who has nothing yet.
        match rows::number(&row, "id") {
            Some(_) => {}
            None if row.get("message").is_some() => return Err(Blind::NotReady),
            None => return Err(unexpected("read candidates", 200)),
        }
        reading.keep(candidate, &row);
        Ok(row)
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
}
