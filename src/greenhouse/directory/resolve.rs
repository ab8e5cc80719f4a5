//! A candidate's names to ids. What it gives has no name left that Greenhouse would not take.

use super::fields::{FieldError, Sent};
use super::{NameError, educations};
use crate::model::candidate::check::push_name;
use crate::model::candidate::shape::{CANDIDATE, Wire};
use crate::model::candidate::{Application, Candidate, Prospect, User, document};
use crate::model::named::Kind;
use crate::model::settings::{Api, UnmatchedEducation};
use serde_json::{Map, Value};

/// Who knows ids: Greenhouse's lists, or stand-ins where nobody can be asked.
pub trait Names {
    /// `within`: the job of a stage, the pool of a pool's stage.
    ///
    /// # Errors
    /// No match, or several.
    fn id(&mut self, kind: Kind, within: Option<u64>, name: &str) -> Result<u64, NameError>;

    /// A custom field as it is sent: its name_key or id, and its value.
    ///
    /// # Errors
    /// The field, or its value, cannot be sent.
    fn custom_field(&mut self, key: &str, value: Value) -> Result<Sent, FieldError>;
}

/// What the destination says of names.
#[derive(Debug, Clone, Copy)]
pub struct Rules {
    pub api: Api,
    pub unmatched_education: UnmatchedEducation,
}

/// A name that gives no id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unresolved {
    /// `applications[0].job`.
    pub member: String,
    /// Goes behind the member's name; holds no value of the profile.
    pub message: String,
}

/// The candidate with ids where it had names.
///
/// # Errors
/// Every name that gives no id.
pub fn resolve(mut candidate: Candidate, names: &mut impl Names, rules: Rules) -> Result<Candidate, Vec<Unresolved>> {
    let mut resolve = Resolve { names, errors: Vec::new() };
    for (at, application) in candidate.applications.iter_mut().enumerate() {
        resolve.application(application, &format!("applications[{at}]"));
    }
    // Two names, or a name and an id, can mean one job: it is applied to once.
    let mut jobs = Vec::new();
    candidate.applications.retain(|application| match application.job_id {
        Some(job) if jobs.contains(&job) => false,
        job => {
            jobs.extend(job);
            true
        }
    });
    if let Some(prospect) = &mut candidate.prospect {
        resolve.prospect(prospect);
    }
    // An application takes ids only; v1's candidate also takes e-mail addresses. Source: `docs/greenhouse-api.md`, "Candidates".
    for member in CANDIDATE.members.iter().filter(|member| matches!(member.wire(rules.api), Wire::OnApplication(_))) {
        let email = candidate.get(member.name).and_then(|user| user.get("email")?.as_str()).map(str::to_owned);
        if let Some(email) = email {
            let mut user = Some(User { id: None, email: Some(email) });
            resolve.user(&mut user, member.name);
            candidate.set(member.name, document(&user));
        }
    }
    candidate.custom_fields = resolve.custom_fields(std::mem::take(&mut candidate.custom_fields));
    let Resolve { names, mut errors } = resolve;
    let (kept, lines) = educations::resolve(std::mem::take(&mut candidate.educations), names, rules, &mut errors);
    candidate.educations = kept;
    candidate.notes.extend(educations::note(&lines));
    if errors.is_empty() { Ok(candidate) } else { Err(errors) }
}

struct Resolve<'n, N> {
    names: &'n mut N,
    errors: Vec<Unresolved>,
}

impl<N: Names> Resolve<'_, N> {
    fn application(&mut self, application: &mut Application, member: &str) {
        self.id(Kind::Job, None, &mut application.job, &mut application.job_id, &format!("{member}.job"));
        self.id(Kind::Source, None, &mut application.source, &mut application.source_id, &format!("{member}.source"));
        // A stage is a job's: where the job is not known, that was told.
        if let Some(job) = application.job_id {
            self.id(Kind::Stage, Some(job), &mut application.stage, &mut application.initial_stage_id, &format!("{member}.stage"));
        }
        self.user(&mut application.recruiter, &format!("{member}.recruiter"));
        self.user(&mut application.coordinator, &format!("{member}.coordinator"));
    }

    fn prospect(&mut self, prospect: &mut Prospect) {
        self.id(Kind::Pool, None, &mut prospect.pool, &mut prospect.pool_id, "prospect.pool");
        self.id(Kind::PoolStage, prospect.pool_id, &mut prospect.stage, &mut prospect.stage_id, "prospect.stage");
        self.user(&mut prospect.owner, "prospect.owner");
    }

    fn user(&mut self, user: &mut Option<User>, member: &str) {
        if let Some(user) = user {
            self.id(Kind::User, None, &mut user.email, &mut user.id, &format!("{member}.email"));
        }
    }

    fn id(&mut self, kind: Kind, within: Option<u64>, name: &mut Option<String>, id: &mut Option<u64>, member: &str) {
        let Some(name) = name.take() else { return };
        match self.names.id(kind, within, &name) {
            Ok(found) => *id = Some(found),
            Err(error) => self.errors.push(Unresolved { member: member.to_owned(), message: error.of_value() }),
        }
    }

    fn custom_fields(&mut self, fields: Map<String, Value>) -> Map<String, Value> {
        let (mut sent, mut met) = (Map::new(), Vec::new());
        for (key, value) in fields {
            let mut member = "custom_fields".to_owned();
            push_name(&mut member, &key);
            match self.names.custom_field(&key, value) {
                Ok(Sent { field, key, .. }) if sent.contains_key(&key) || field.is_some_and(|field| met.contains(&field)) => {
                    self.errors.push(Unresolved { member, message: "is set twice: by two names of the same field".into() });
                }
                Ok(Sent { field, key, value }) => {
                    met.extend(field);
                    sent.insert(key, value);
                }
                Err(error) => self.errors.push(Unresolved { member, message: error.message }),
            }
        }
        sent
    }
}
