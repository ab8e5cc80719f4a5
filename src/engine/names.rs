//! A pipeline's names against Greenhouse's lists: read once before the first write, and kept for the run. A name that stands in the
//! pipeline and that Greenhouse has not stops everything; one that a template made of a profile makes that profile invalid.

use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::place::Place;
use crate::engine::render::{self, Rendered, invalid};
use crate::greenhouse::directory::{self, Directory, Found, NameError, Rules};
use crate::greenhouse::{Stop, Wire};
use crate::language::compile::Pipeline;
use crate::language::mapping::{Name, Named, Problem, Within};
use crate::model::named::Kind;
use crate::model::profile::Profile;
use crate::model::settings::UnmatchedEducation;
use crate::net::http::Http;
use serde_json::Value;

/// Greenhouse's lists, as far as a pipeline can need them.
#[derive(Debug)]
pub struct Names {
    pub directory: Directory,
    rules: Rules,
}

#[derive(Debug, thiserror::Error)]
pub enum NamesError {
    #[error(transparent)]
    Stop(#[from] Stop),
    /// The pipeline is wrong, though only Greenhouse knows: each name, at its place.
    #[error("{} in the pipeline that Greenhouse does not know: nothing was sent", if .0.len() == 1 { "a name".to_owned() } else { format!("{} names", .0.len()) })]
    Unknown(Vec<Diagnostic>),
}

/// Opens a way to Greenhouse, reads the lists that the pipeline can need, and holds the pipeline's own names against them.
pub async fn prepare(pipeline: &Pipeline, http: Http) -> Result<(Wire, Names), NamesError> {
    let wire = Wire::open_as(&pipeline.destination, http).await?;
    let strict = pipeline.destination.unmatched_education == UnmatchedEducation::Invalid;
    let directory = wire.directory(pipeline.mapping.needs(), strict).await?;
    let faults = faults(pipeline, &directory);
    if faults.is_empty() { Ok((wire, Names { directory, rules: rules(pipeline) })) } else { Err(NamesError::Unknown(faults)) }
}

pub fn rules(pipeline: &Pipeline) -> Rules {
    Rules { api: pipeline.destination.api, unmatched_education: pipeline.destination.unmatched_education }
}

impl Names {
    /// A profile's way up to the candidate as it is sent: rendered, and with ids where it had names.
    pub fn render(&self, pipeline: &Pipeline, profile: &mut Profile) -> Rendered {
        let candidate = match render::render(pipeline, profile) {
            Rendered::Candidate(candidate) => candidate,
            ended => return ended,
        };
        match directory::resolve(*candidate, &mut &self.directory, self.rules) {
            Ok(candidate) => Rendered::Candidate(Box::new(candidate)),
            Err(faults) => {
                let placed = |fault: directory::Unresolved| Problem {
                    place: pipeline.mapping.place_of(&profile.document, &fault.member),
                    member: fault.member,
                    message: fault.message,
                };
                Rendered::Ended(Box::new(invalid(&profile.key, &faults.into_iter().map(placed).collect::<Vec<_>>())))
            }
        }
    }
}

/// Every name that stands in the pipeline and that Greenhouse has not, at its place.
pub fn faults(pipeline: &Pipeline, directory: &Directory) -> Vec<Diagnostic> {
    faults_of(pipeline, &pipeline.mapping.names(), directory, false)
}

/// The same of these names; `readable`: only by the lists that could be read.
pub fn faults_of(pipeline: &Pipeline, names: &[Name], directory: &Directory, readable: bool) -> Vec<Diagnostic> {
    let mut faults: Vec<Diagnostic> = Vec::new();
    for name in names {
        let fault = match &name.named {
            Named::JobId(_) => None,
            Named::Listed { kind, .. } if is_told_elsewhere(pipeline, *kind) => None,
            Named::Listed { kind, .. } if readable && !directory.lists.contains_key(kind) => None,
            Named::Listed { kind, name: written, within } => listed(directory, *kind, written, within, &name.place),
            Named::Field { key, value } => field(directory, key, value.as_ref(), &name.place),
        };
        faults.extend(fault.filter(|fault| !faults.iter().any(|told| told.place == fault.place && told.message == fault.message)));
    }
    faults
}

/// An education that matches nothing goes into a note or is left out: no fault of the pipeline's.
fn is_told_elsewhere(pipeline: &Pipeline, kind: Kind) -> bool {
    kind.has_common_forms() && pipeline.destination.unmatched_education != UnmatchedEducation::Invalid
}

fn listed(directory: &Directory, kind: Kind, name: &str, within: &[Within], place: &Place) -> Option<Diagnostic> {
    let outer = if kind == Kind::PoolStage { Kind::Pool } else { Kind::Job };
    let ids: Vec<u64> = within
        .iter()
        .filter_map(|within| match within {
            Within::Id(id) => Some(*id),
            Within::Name(name) => directory.find(outer, None, name).ok(),
        })
        .collect();
    let found: Vec<NameError> = match ids.as_slice() {
        // Every job has its own stages: where the job is not known before a profile is, one of that name is enough.
        [] => directory.find(kind, None, name).err().filter(|error| within.is_empty() && !is_every_jobs(kind, error)).into_iter().collect(),
        ids => ids.iter().filter_map(|id| directory.find(kind, Some(*id), name).err()).collect(),
    };
    let error = found.first()?;
    let code = if matches!(error.found, Found::Several(_)) { Code::AmbiguousName } else { Code::UnknownName };
    Some(Diagnostic::error(code, place, error.of_name(name)).help(error.help()))
}

fn is_every_jobs(kind: Kind, error: &NameError) -> bool {
    matches!(kind, Kind::Stage | Kind::PoolStage) && matches!(error.found, Found::Several(_))
}

fn field(directory: &Directory, key: &str, value: Option<&Value>, place: &Place) -> Option<Diagnostic> {
    let fields = directory.fields.as_ref()?;
    let error = match value {
        Some(value) => fields.write(key, value.clone(), directory.lists.get(&Kind::User)).err()?,
        None => fields.find(key).err()?,
    };
    let code = if error.of_key { Code::UnknownName } else { Code::UnknownValue };
    Some(Diagnostic::error(code, place, format!("`{key}` {}", error.message)).help(error.help))
}
