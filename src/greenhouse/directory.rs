//! Greenhouse's own lists (jobs, sources, users, schools, custom fields …) as they were read once, and names matched against them. Pure.
//!
//! Matching never guesses: a name is the one that Greenhouse has, but for case, accents, punctuation and white space, and for
//! the common forms of educations that [`forms`] lists. Two matches are told, not chosen from.

mod educations; // what does not match, in a note
pub(crate) mod fields; // custom fields: their types and options
mod fold; // names without what does not tell them apart
pub mod forms; // common forms of schools, degrees and disciplines
mod list; // one list, and finding in it
mod resolve; // a candidate's names to ids
mod stand_in; // ids that stand for names where nobody can be asked

pub use fields::Fields;
pub use list::{Entry, Found, List};
pub use resolve::{Names, Rules, Unresolved, resolve};
pub use stand_in::StandIns;

use crate::model::named::Kind;
use std::collections::BTreeMap;

/// The lists that were read.
#[derive(Debug, Default)]
pub struct Directory {
    pub lists: BTreeMap<Kind, List>,
    /// None: they were not read, since nothing needs them or since they may not be read.
    pub fields: Option<Fields>,
    /// What a person should know of lists that could not be read; sentences.
    pub notices: Vec<String>,
}

/// Why a name gives no id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameError {
    pub kind: Kind,
    pub found: Found,
    /// Names that are much like it, the nearest first.
    pub near: Vec<String>,
    /// Where nothing is near, all that there are, if they are few; no users, who are people.
    pub known: Vec<String>,
}

impl NameError {
    /// A sentence with the name, for a name that stands in the pipeline itself.
    pub fn of_name(&self, name: &str) -> String {
        match &self.found {
            Found::Several(ids) => format!("`{name}` is the name of {} {} in Greenhouse: {}", ids.len(), self.kind.plural(), joined(ids)),
            Found::Closed => format!("`{name}` is {} in Greenhouse", self.closed()),
            Found::One(_) | Found::Nothing => format!("{} `{name}`", self.kind.nobody()),
        }
    }

    /// A sentence that goes behind the member's name, without the name: a profile's value is never told.
    pub fn of_value(&self) -> String {
        let what = match &self.found {
            Found::Several(ids) => format!("is the name of {} {} in Greenhouse ({})", ids.len(), self.kind.plural(), joined(ids)),
            Found::Closed => format!("is {} in Greenhouse", self.closed()),
            Found::One(_) | Found::Nothing => format!("is not among the {} in Greenhouse", self.kind.plural().trim_start_matches("this ")),
        };
        match self.near.as_slice() {
            [] => what,
            near => format!("{what}; near: {}", quoted(near)),
        }
    }

    /// What to do about it.
    pub fn help(&self) -> String {
        match (&self.found, self.near.as_slice()) {
            (Found::Several(_), _) if self.kind == Kind::Job => {
                "write the id that is meant: in `job_ids`, or as an application's `job_id`".into()
            }
            (Found::Several(_), _) => format!("write the id that is meant, as `{}`", self.kind.id_member()),
            (Found::Closed, _) if self.kind == Kind::Job => "open it again in Greenhouse, or name another job".into(),
            (Found::Closed, _) => "name another one".into(),
            (_, []) if !self.known.is_empty() => format!("Greenhouse has {}", quoted(&self.known)),
            (_, []) => format!("write the name as Greenhouse shows it, or the id as `{}`", self.kind.id_member()),
            (_, [near]) => format!("did you mean `{near}`?"),
            (_, near) => format!("did you mean one of {}?", quoted(near)),
        }
    }

    fn closed(&self) -> &'static str {
        match self.kind {
            Kind::Job => "a closed job",
            Kind::User => "a user who was deactivated",
            _ => "not active",
        }
    }
}

impl Directory {
    /// The id of what has that name; `within` is the job of a stage and the pool of a pool's stage.
    ///
    /// # Errors
    /// No match, or several.
    pub fn find(&self, kind: Kind, within: Option<u64>, name: &str) -> Result<u64, NameError> {
        let list = self.lists.get(&kind);
        match list.map_or(Found::Nothing, |list| list.find(within, name)) {
            Found::One(id) => Ok(id),
            Found::Nothing => {
                let near = list.map_or_else(Vec::new, |list| list.near(within, name));
                let few = list.filter(|_| near.is_empty() && kind != Kind::User).map_or_else(Vec::new, |list| list.few(within));
                Err(NameError { kind, found: Found::Nothing, near, known: few })
            }
            found => Err(NameError { kind, found, near: Vec::new(), known: Vec::new() }),
        }
    }
}

impl Names for &Directory {
    fn id(&mut self, kind: Kind, within: Option<u64>, name: &str) -> Result<u64, NameError> {
        self.find(kind, within, name)
    }

    fn custom_field(&mut self, key: &str, value: serde_json::Value) -> Result<fields::Sent, fields::FieldError> {
        match &self.fields {
            Some(fields) => fields.write(key, value, self.lists.get(&Kind::User)),
            None => Ok(fields::Sent { field: None, key: key.to_owned(), value }),
        }
    }
}

fn joined(ids: &[u64]) -> String {
    ids.iter().map(u64::to_string).collect::<Vec<_>>().join(", ")
}

/// "`A`, `B`".
pub fn quoted(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests;
