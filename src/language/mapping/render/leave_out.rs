//! What of a profile cannot be read: left out and reported where a built-in mapping reads it, instead of making the profile invalid.

use super::{Failure, Problem, Run, Stop};
use crate::language::mapping::node::related;
use crate::model::candidate::{Candidate, Violation, web_address};
use serde_json::Value as Json;

/// Members without which the candidate would be another one, or nobody's.
const KEPT: [&str; 5] = ["first_name", "last_name", "email_addresses", "applications", "prospect"];

/// A part that is left out, and why.
pub(super) struct LeftOut {
    /// `employments[2]`, `employments[2].end_date`, `title`.
    part: String,
    why: String,
}

impl Run<'_> {
    /// A template of a built-in mapping that fails gives nothing; any other is a problem.
    pub(super) fn fail(&mut self, failure: Failure) -> Result<(), Stop> {
        let (member, message) = (self.path.clone(), failure.message);
        if failure.place.is_built_in() && !KEPT.contains(&top(&member)) {
            self.left_out.push(LeftOut { part: member, why: message });
        } else {
            self.problems.push(Problem { member, place: Some(failure.place), message });
        }
        // Only on the slow way is it known which member this is.
        if self.traced { self.burn(failure.fuel) } else { Err(Stop) }
    }

    /// The candidate, without the files that have no address, and without the parts that a built-in mapping made of what does not fit.
    pub(super) fn candidate(&mut self, document: &mut Json) -> Result<Candidate, Vec<Violation>> {
        self.leave_out_files(document);
        loop {
            let violations = match Candidate::from_document(document.clone()) {
                Ok(candidate) => return Ok(candidate),
                Err(violations) => violations,
            };
            let found =
                violations.iter().filter(|violation| self.may_be_left_out(violation)).map(|violation| (part(&violation.member), violation));
            let mut parts: Vec<(&str, &Violation)> = found.collect();
            parts.dedup_by_key(|(part, _)| *part);
            if parts.is_empty() {
                return Err(violations);
            }
            for (part, violation) in &parts {
                let told = self.left_out.iter().find(|told| related(part, &told.part)).map(|told| told.why.clone());
                self.left_out.retain(|told| !related(part, &told.part));
                let member = violation.member.get(part.len()..).unwrap_or_default().trim_start_matches('.');
                let why = told.unwrap_or_else(|| format!("{member} {}", violation.sentence()).trim_start().to_owned());
                self.left_out.push(LeftOut { part: (*part).to_owned(), why });
            }
            // From the end, so that the indices before it stay.
            parts.iter().rev().for_each(|(part, _)| remove(document, part));
        }
    }

    fn may_be_left_out(&self, violation: &Violation) -> bool {
        !violation.member.is_empty()
            && !KEPT.contains(&top(&violation.member))
            && self.place_of(&violation.member).is_some_and(|place| place.is_built_in())
    }

    fn leave_out_files(&mut self, document: &mut Json) {
        let Some(files) = document.get_mut("attachments").and_then(Json::as_array_mut) else { return };
        let mut index = 0;
        files.retain(|file| {
            let is_usable = |url: &Json| url.as_str().and_then(web_address).is_some();
            let stays = file.get("content").is_some() || file.get("url").is_some_and(is_usable);
            if !stays {
                let why = "the file has no address from which it can be fetched".to_owned();
                self.left_out.push(LeftOut { part: format!("attachments[{index}]"), why });
            }
            index += 1;
            stays
        });
    }

    /// In sentences, without values.
    pub(super) fn told(&self) -> Vec<String> {
        let mut told: Vec<String> = self.left_out.iter().map(|left| format!("{} is left out: {}", left.part, left.why)).collect();
        told.dedup();
        told
    }
}

fn top(member: &str) -> &str {
    member.split(['.', '[']).next().unwrap_or_default()
}

/// The item of a list that a member is in, or the member of the candidate.
fn part(member: &str) -> &str {
    let end = member.find(['.', '[']).map_or(member.len(), |at| match member.get(at..).and_then(|rest| rest.find(']')) {
        Some(close) if member.get(at..=at) == Some("[") => at + close + 1,
        _ => at,
    });
    member.get(..end).unwrap_or(member)
}

fn remove(document: &mut Json, part: &str) {
    let Some(members) = document.as_object_mut() else { return };
    let index = part.split_once('[').and_then(|(_, index)| index.trim_end_matches(']').parse::<usize>().ok());
    match (index, members.get_mut(top(part)).and_then(Json::as_array_mut)) {
        (Some(index), Some(items)) if index < items.len() => drop(items.remove(index)),
        _ => drop(members.shift_remove(part)),
    }
}
