//! A profile's way up to the candidate: filtered, mapped, or told why not. Pure; the same for `run`, `plan`, `trace` and `test`.

use crate::language::compile::Pipeline;
use crate::language::filter::Verdict;
use crate::language::mapping::Problem;
use crate::model::candidate::{Candidate, filename};
use crate::model::outcome::{Ending, Outcome};
use crate::model::profile::Profile;
use crate::model::settings::WhenArchived;
use serde_json::Value;

#[derive(Debug)]
pub enum Rendered {
    Candidate(Box<Candidate>),
    /// It goes no further: filtered, skipped or invalid.
    Ended(Box<Ending>),
}

/// Filters and maps one profile. The document is lent to the filters and given back whole.
pub fn render(pipeline: &Pipeline, profile: &mut Profile) -> Rendered {
    if let Verdict::Filtered { index } = pipeline.filters.judge(&mut profile.document) {
        return ended(filtered(pipeline, profile, index));
    }
    if pipeline.destination.when_archived == WhenArchived::Skip && is_archived(&profile.document) {
        return ended(Ending::new(&profile.key, Outcome::Skipped).because_of("archived in HrFlow"));
    }
    match pipeline.mapping.render(&profile.document) {
        Ok(mut candidate) => {
            for attachment in &mut candidate.attachments {
                attachment.filename = filename::clean(&attachment.filename);
            }
            Rendered::Candidate(Box::new(candidate))
        }
        Err(faults) => ended(invalid(&profile.key, &faults)),
    }
}

fn ended(ending: Ending) -> Rendered {
    Rendered::Ended(Box::new(ending))
}

fn filtered(pipeline: &Pipeline, profile: &Profile, index: usize) -> Ending {
    let mut ending = Ending::new(&profile.key, Outcome::Filtered);
    if let Some(filter) = pipeline.filters.list().get(index) {
        ending.filter = Some(filter.name.clone());
        ending.because.clone_from(&filter.because);
    }
    ending
}

/// The first fault is told with its place; the others are told in the reason.
pub fn invalid(key: &str, faults: &[Problem]) -> Ending {
    let mut ending = Ending::new(key, Outcome::Invalid);
    let words =
        |fault: &Problem| if fault.member.is_empty() { fault.message.clone() } else { format!("{}: {}", fault.member, fault.message) };
    ending.reason = Some(faults.iter().map(words).collect::<Vec<_>>().join("; "));
    if let Some(first) = faults.first() {
        ending.field = Some(first.member.clone()).filter(|member| !member.is_empty());
        ending.file = first.place.as_ref().map(|place| place.path().to_owned());
        ending.line = first.place.as_ref().map(crate::base::place::Place::line);
    }
    ending
}

fn is_archived(document: &Value) -> bool {
    document.get("archived_at").is_some() || document.get("archive") == Some(&Value::Bool(true))
}
