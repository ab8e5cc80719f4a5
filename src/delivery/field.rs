//! Greenhouse names a member of the request that it refuses; here it becomes the candidate's member, and the template that made it. Pure.
//! Source: `docs/delivery.md`, R8: the step, the field, and the file and line of the template.

use super::action::Action;
use crate::language::mapping::Field;
use crate::model::candidate::Candidate;
use crate::model::candidate::shape::{APPLICATION, CANDIDATE, EDUCATION, Member, PROSPECT, Wire};

/// The candidate's path of what an action's refusal names: `title` of an employment is `employments[1].title`.
pub fn member(candidate: &Candidate, action: &Action<'_>, field: &str) -> String {
    let at = |list: &str, index: Option<usize>| match index {
        Some(index) => format!("{list}[{index}].{}", leaf(field)),
        None => leaf(field),
    };
    match action {
        Action::CreateApplication { application, .. } => at("applications", position(&candidate.applications, application)),
        Action::CreateAttachment { attachment, .. } => at("attachments", position(&candidate.attachments, attachment)),
        Action::CreateEmployment { employment, .. } => at("employments", position(&candidate.employments, employment)),
        Action::CreateEducation { education, .. } => at("educations", position(&candidate.educations, education)),
        Action::CreateNote { note, .. } => at("notes", position(&candidate.notes, note)),
        Action::CreateProspect { .. } => format!("prospect.{}", leaf(field)),
        Action::UpdateCandidate { changes, .. } => {
            let name = |index: usize| changes.fields.get(index).map(|(name, _)| name.clone());
            custom_field(field, name).unwrap_or_else(|| leaf(field))
        }
        Action::CreateCandidate { .. } => {
            let name = |index: usize| candidate.custom_fields.keys().nth(index).cloned();
            custom_field(field, name).unwrap_or_else(|| nested(candidate, field))
        }
    }
}

fn position<T>(list: &[T], one: &T) -> Option<usize> {
    list.iter().position(|other| std::ptr::eq(other, one))
}

/// `custom_fields[2]` and what is below it, by the field's own name.
fn custom_field(field: &str, name: impl Fn(usize) -> Option<String>) -> Option<String> {
    let index = field.strip_prefix("custom_fields[")?.split(']').next()?.parse().ok()?;
    name(index).map(|name| format!("custom_fields.{name}"))
}

/// What a create takes along has its own words for where it stands.
fn nested(candidate: &Candidate, field: &str) -> String {
    if let Some(rest) = field.strip_prefix("application.") {
        let place = if candidate.prospect.is_some() { "prospect" } else { "applications[0]" };
        return format!("{place}.{}", leaf(rest));
    }
    let field = match field.strip_prefix("activity_feed_notes") {
        Some(rest) => format!("notes{rest}"),
        None => field.to_owned(),
    };
    match field.rsplit_once('.') {
        Some((place, last)) => format!("{place}.{}", leaf(last)),
        None => leaf(&field),
    }
}

fn leaf(word: &str) -> String {
    let named = |member: &Member| {
        [member.v1, member.v3].into_iter().find_map(|wire| match wire {
            Wire::Name(name) if name == word && name != member.name => Some(member.name.to_owned()),
            Wire::Id(name) if name == word => Some(format!("{}.id", member.name)),
            _ => None,
        })
    };
    let objects = [&CANDIDATE, &APPLICATION, &PROSPECT, &EDUCATION];
    objects.into_iter().flat_map(|object| object.members).find_map(named).unwrap_or_else(|| word.to_owned())
}

/// The template that made a member: its own; the one that names what has become an id (`school` for `school_id`); the one of what it
/// stands in (`job_ids` makes all applications); of a whole list that is refused (`phone_numbers`), what makes its items, where that is
/// one line alone; or the only one whose last word fits.
pub fn template<'f>(fields: &'f [Field], member: &str) -> Option<&'f Field> {
    let made = |path: &str| fields.iter().find(|field| field.path == path && field.value.is_some());
    let by_name = |path: &str| made(path.strip_suffix("_id")?);
    let stage = |path: &str| made(&format!("{}stage", path.strip_suffix("initial_stage_id")?));
    let user = |path: &str| made(&format!("{}email", path.strip_suffix("id")?));
    if let Some(found) = made(member).or_else(|| by_name(member)).or_else(|| stage(member)).or_else(|| user(member)) {
        return Some(found);
    }
    let mut place = member;
    while let Some(end) = place.rfind(['.', '[']) {
        place = place.get(..end)?;
        if let Some(found) = made(place) {
            return Some(found);
        }
    }
    if let Some(found) = below(fields, member) {
        return Some(found);
    }
    let last = |path: &str| path.rsplit('.').next().unwrap_or_default().to_owned();
    let mut fitting = fields.iter().filter(|field| field.value.is_some() && last(&field.path) == last(member));
    fitting.next().filter(|_| fitting.next().is_none())
}

/// Several lines made the list: nobody can tell which of them is meant.
fn below<'f>(fields: &'f [Field], member: &str) -> Option<&'f Field> {
    let inside = |path: &str| path.strip_prefix(member).is_some_and(|rest| rest.starts_with('['));
    let mut made = fields.iter().filter(|field| field.value.is_some() && inside(&field.path));
    let first = made.next()?;
    made.all(|other| other.place.line() == first.place.line() && other.place.path() == first.place.path()).then_some(first)
}
