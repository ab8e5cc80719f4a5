//! What a pipeline's `mapping` does: a tree of templates and a profile make a candidate. Pure: no clock, no files, no network.
//!
//! Source: "Mapping" of the pipeline's design, with its seven rules.

mod applications; // job_ids and jobs, and what is put on each application
mod build; // what was written → nodes
mod constants; // constants and members against the candidate's table
mod editing; // what an editor asks
mod engine; // the templates' engine and its bounds
pub mod functions;
mod inventory; // all that a mapping can do
mod listed; // which of Greenhouse's lists it needs, and the names that stand in it
pub mod missing; // why a template gives nothing
mod names; // what stands in the file, in names: filters, tests, scopes
mod node; // the compiled tree
mod operators; // `~`, `*` and the comparisons, with the rule for what is missing
mod origin; // which template made a member
mod render; // nodes × profile → document
mod scope; // what a template sees
mod template; // one template, compiled
mod values; // JSON to templates' values and back
mod walk; // through a template's syntax

pub use editing::type_of;
pub use engine::{FUEL, TEXT_LIMIT};
pub use inventory::{Role, Spot};
pub use origin::Origin;
pub use values::MOST_VALUES;

use crate::candidate::Candidate;
use crate::diagnostic::Sink;
use crate::directory::Needs;
use crate::place::Place;
use crate::settings::{Api, WithoutEmail};
use crate::tree;
use minijinja::Value;
use serde_json::Value as Json;
use std::fmt;

pub use listed::{Name, Named, Within};

/// A mapping as it was written, with what stands elsewhere in the pipeline and belongs to it.
#[derive(Debug, Clone, Copy)]
pub struct Authored<'a> {
    /// The mapping's members after `$use` was resolved (keys may come from several files).
    pub members: &'a [tree::Entry],
    /// `destination.greenhouse.job_ids`, where given: a whole number, a list of them, or template(s) that give them.
    pub job_ids: Option<&'a tree::Tree>,
    /// `destination.greenhouse.jobs`, where given: a name, a list of them, or template(s) that give them.
    pub jobs: Option<&'a tree::Tree>,
    /// `destination.greenhouse.application`: put on each application made from job_ids and jobs, and merged under each of the mapping's own
    /// applications, whose members win.
    pub application: Option<&'a tree::Tree>,
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
pub struct Fault {
    /// `email_addresses[0].value`; empty for the whole candidate.
    pub member: String,
    /// Where the template that made it stands.
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
    pub result: Result<Candidate, Vec<Fault>>,
}

/// One leaf of the mapping, as rendered for one profile.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// Where it stands in the candidate.
    pub path: String,
    /// As it was written.
    pub template: String,
    pub place: Place,
    /// Nothing: it was left out.
    pub value: Option<Json>,
}

/// What one `$each` or `$when` answered for one profile (or for one item, where it stands below an `$each`).
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

/// Compiles a mapping; every fault goes to the sink, at its place. Nothing is returned where there is an error.
pub fn compile(authored: &Authored<'_>, sink: &mut Sink) -> Option<Mapping> {
    build::compile(authored, sink)
}

impl Mapping {
    /// The candidate that a profile makes, or every fault that keeps it from being one.
    ///
    /// `profile` is a normalised HrFlow document. Where there is a fault, the profile is rendered once more, slowly, to find
    /// the place of each.
    pub fn render(&self, profile: &Json) -> Result<Candidate, Vec<Fault>> {
        render::fast(self, profile).or_else(|_| self.trace(profile).result)
    }

    /// Every leaf on the way, with its template, place and value, and the result of [`Self::render`].
    pub fn trace(&self, profile: &Json) -> Trace {
        render::traced(self, profile)
    }

    /// Where a member comes from, as [`Trace::fields`] of a profile and the mapping itself can tell. `member` is written as
    /// `email_addresses[0].value`.
    pub fn origin(&self, fields: &[Field], member: &str) -> Option<Origin> {
        origin::origin(&self.root, fields, member)
    }

    /// Every template, `$each` and `$when`, in the order in which they are asked.
    pub fn spots(&self) -> Vec<Spot> {
        inventory::spots(self)
    }
}

impl Mapping {
    /// Which of Greenhouse's lists it can need, whatever the profile.
    pub fn needs(&self) -> &Needs {
        &self.needs
    }

    /// Whether it can set this member of the candidate, for any profile.
    pub fn can_set(&self, member: &str) -> bool {
        let beside = member == "applications" && (self.job_ids.is_some() || self.jobs.is_some());
        beside || self.root.member_names().contains(&member)
    }

    /// The names that stand in it, and those that a template makes of nothing but `vars`: the same for every profile.
    pub fn names(&self) -> Vec<Name> {
        listed::names(self, self.api)
    }

    /// Where the template stands that made a member of the candidate that this profile makes.
    pub fn place_of(&self, profile: &Json, member: &str) -> Option<Place> {
        render::place_of(self, profile, member)
    }
}

impl fmt::Debug for Mapping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mapping").field("members", &self.root.member_names()).finish_non_exhaustive()
    }
}

/// An error of ours, in our words: nothing of a profile is in it.
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
