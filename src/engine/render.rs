//! A profile's way up to the candidate: filtered, mapped, or told why not. Pure; the same for `run`, `plan`, `trace` and `test`.

use crate::delivery::revision;
use crate::language::compile::Pipeline;
use crate::language::filter::Verdict;
use crate::language::mapping::Problem;
use crate::model::candidate::{Attachment, Candidate, filename};
use crate::model::outcome::{Ending, Outcome};
use crate::model::profile::Profile;
use crate::model::settings::WhenArchived;
use crate::net::fetch::Kind;
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
                let name = with_ending(attachment, &profile.document);
                attachment.filename = filename::clean(name.as_deref().unwrap_or(&attachment.filename));
            }
            Rendered::Candidate(Box::new(candidate))
        }
        Err(faults) => ended(invalid(&profile.key, &faults)),
    }
}

/// The name with the ending that the profile or the address says, where it has none by which a kind of file is known.
fn with_ending(attachment: &Attachment, profile: &Value) -> Option<String> {
    let name = attachment.filename.trim_end_matches(['.', ' ']);
    if Kind::of_name(name) != Ok(None) {
        return None;
    }
    let told = revision::file_of(attachment, profile).and_then(|file| file.get("extension")?.as_str());
    let told = told.map(|told| told.rsplit(['.', '/']).next().unwrap_or(told).trim().to_ascii_lowercase());
    let is_ending = |ending: &String| (1..=5).contains(&ending.len()) && ending.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let of_address = || {
        let path = attachment.url.as_deref()?.split(['?', '#']).next()?;
        let kind = Kind::of_name(path.rsplit('/').next()?).ok().flatten()?;
        Some(kind.extension().to_owned())
    };
    told.filter(is_ending).or_else(of_address).map(|ending| format!("{name}.{ending}"))
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
