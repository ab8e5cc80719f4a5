//! What a pipeline's `mapping` does: a tree of templates and a profile make a candidate. Pure: no clock, no files, no network.
//!
//! Source: `docs/mapping.md`, with its seven rules.

mod applications; // job_ids and jobs, and what is put on each application
mod build; // what was written → nodes
pub mod functions;
mod listed; // which of Greenhouse's lists it needs, and the names that are written in it
pub mod missing; // why a template gives nothing
mod names; // unknown filters, tests and names
mod node; // the compiled tree
mod operators; // `~`, `*` and the comparisons, with the rule for what is missing
mod render; // nodes × profile → document
mod scope; // what a template sees
mod template; // one template, compiled
mod values; // JSON to templates' values and back
mod walk; // through a template's syntax

pub use build::compile;
pub use node::Origin;
pub use node::{Role, Spot};
pub use template::{FUEL, TEXT_LIMIT};
pub use values::MOST_VALUES;

use crate::base::place::Place;
use crate::language::yaml;
use crate::model::candidate::Candidate;
use crate::model::named::Needs;
use crate::model::profile::fields::Type;
use crate::model::settings::{Api, WithoutEmail};
use minijinja::Value;
use minijinja::machinery::parse_expr;
use serde_json::Value as Json;
use std::fmt;

pub use listed::{Name, Named, Within};
use walk::{Local, Surroundings, Walk};

/// A mapping as it was written, with the parts of it that are elsewhere in the pipeline.
#[derive(Debug, Clone, Copy)]
pub struct Authored<'a> {
    /// The mapping's members after `$use` was resolved (keys may come from several files).
    pub members: &'a [yaml::Entry],
    /// `destination.greenhouse.job_ids`, where given: a whole number, a list of them, or template(s) that give them.
    pub job_ids: Option<&'a yaml::Tree>,
    /// `destination.greenhouse.jobs`, where given: a name, a list of them, or template(s) that give them.
    pub jobs: Option<&'a yaml::Tree>,
    /// `destination.greenhouse.application`: put on each application made from job_ids and jobs, and merged under each of the mapping's own
    /// applications, whose members win.
    pub application: Option<&'a yaml::Tree>,
    pub vars: &'a Json,
    /// Paths that the filters see to, as templates write them: `profile.info.email`.
    pub present: &'a [String],
    pub pipeline: &'a str,
    pub without_email: WithoutEmail,
    pub api: Api,
}

/// A mapping that can be rendered any number of times, from any thread.
pub struct Mapping {
    root: node::Node,
    job_ids: Option<node::Node>,
    jobs: Option<node::Node>,
    application: Option<node::Node>,
    vars: Value,
    pipeline: Value,
    without_email: WithoutEmail,
    needs: Needs,
    api: Api,
}

/// Why a profile makes no candidate.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    /// `email_addresses[0].value`; empty for the whole candidate.
    pub member: String,
    /// The place of the template that made it.
    pub place: Option<Place>,
    /// A sentence: the rule and the value's shape, never the value.
    pub message: String,
}

/// Everything that a mapping does with one profile.
#[derive(Debug, Clone)]
pub struct Trace {
    /// In the order in which they were rendered.
    pub fields: Vec<Field>,
    /// What each `$each` and `$when` that was asked answered.
    pub decisions: Vec<Decision>,
    pub result: Result<Candidate, Vec<Problem>>,
}

/// One leaf of the mapping, as rendered for one profile.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// Its path in the candidate.
    pub path: String,
    /// As it was written.
    pub template: String,
    pub place: Place,
    /// Nothing: it was left out.
    pub value: Option<Json>,
}

/// What one `$each` or `$when` answered for one profile (or for one item of an outer `$each`).
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// Of the expression.
    pub place: Place,
    pub answer: Answer,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// `$when`
    Held(bool),
    /// `$each`: how many.
    Items(usize),
}

/// What is known of an expression's value. `locals` are the names that `$as` and `{% for %}` give, the
/// nearest last; what cannot be read is open.
pub(crate) fn type_of(expression: &str, locals: &[(String, Type)]) -> Type {
    let items = locals.iter().map(|(name, kind)| Local { name: name.clone(), kind: *kind }).collect();
    let around = Surroundings { items, ..Surroundings::default() };
    parse_expr(expression).map_or(Type::Open, |parsed| Walk::new(&around, expression).kind_of(&parsed))
}

impl Mapping {
    /// The candidate that a profile makes, or every problem that keeps it from being one.
    ///
    /// `profile` is a normalised HrFlow document. Where there is a problem, the profile is rendered once more, slowly, to find
    /// the place of each.
    pub fn render(&self, profile: &Json) -> Result<Candidate, Vec<Problem>> {
        render::fast(self, profile).or_else(|_| self.trace(profile).result)
    }

    /// Where a member comes from, by [`Trace::fields`] of a profile and the mapping itself. `member` is
    /// written as `email_addresses[0].value`.
    pub fn origin(&self, fields: &[Field], member: &str) -> Option<Origin> {
        node::origin(&self.root, fields, member)
    }

    /// Which of Greenhouse's lists it can need, whatever the profile.
    pub fn needs(&self) -> &Needs {
        &self.needs
    }

    /// Whether it can set this member of the candidate, for any profile.
    pub(crate) fn can_set(&self, member: &str) -> bool {
        let beside = member == "applications" && (self.job_ids.is_some() || self.jobs.is_some());
        beside || self.root.member_names().contains(&member)
    }
}

impl fmt::Debug for Mapping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mapping").field("members", &self.root.member_names()).finish_non_exhaustive()
    }
}

/// An error of Hireline's own functions: it contains nothing of a profile.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("said by a function of the mapping")]
struct Said;

fn said(message: impl Into<std::borrow::Cow<'static, str>>) -> minijinja::Error {
    minijinja::Error::new(minijinja::ErrorKind::InvalidOperation, message).with_source(Said)
}

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
