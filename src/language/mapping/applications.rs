//! The jobs that a candidate applies to: `job_ids`, `jobs`, the mapping's own `applications`, and the block that is put on each.

use crate::model::candidate::shape::{APPLICATION, Rule};
use serde_json::{Map, Value as Json, json};

/// Puts the applications into a document: one a job, each with the block's members under its own. `jobs` are names.
pub fn add(document: &mut Map<String, Json>, job_ids: Option<Vec<Json>>, jobs: Option<Vec<Json>>, block: Option<Json>) {
    let block = match block {
        Some(Json::Object(members)) => members,
        _ => Map::new(),
    };
    let by_id = flatten(job_ids).map(|job_id| json!({ "job_id": job_id }));
    let by_name = flatten(jobs).map(|job| json!({ "job": job }));
    let made: Vec<Json> = by_id.chain(by_name).collect();
    if !made.is_empty() {
        document.insert("applications".into(), Json::Array(made));
    }
    let Some(Json::Array(applications)) = document.get_mut("applications") else { return };
    for application in applications.iter_mut() {
        if let Json::Object(own) = application {
            merge_under(own, &block);
        }
    }
    let mut kept: Vec<Json> = Vec::with_capacity(applications.len());
    for application in applications.drain(..) {
        if !kept.iter().any(|other| same_job(other, &application)) {
            kept.push(application);
        }
    }
    *applications = kept;
}

/// Lists in the list are opened: a template may give several.
fn flatten(jobs: Option<Vec<Json>>) -> impl Iterator<Item = Json> {
    let open = |value| match value {
        Json::Array(items) => items,
        one => vec![one],
    };
    jobs.into_iter().flatten().flat_map(open).flat_map(open)
}

fn same_job(one: &Json, other: &Json) -> bool {
    ["job_id", "job"].iter().any(|key| one.get(key).is_some() && one.get(key) == other.get(key))
}

/// An own member wins, and so does the one that excludes the block's: an own `source_id` keeps the block's `source` out.
fn merge_under(own: &mut Map<String, Json>, block: &Map<String, Json>) {
    let excluded = |own: &Map<String, Json>, name: &str| {
        APPLICATION.rules.iter().any(|rule| match rule {
            Rule::ExactlyOne(names) | Rule::AtMostOne(names) => names.contains(&name) && names.iter().any(|other| own.contains_key(*other)),
            _ => false,
        })
    };
    let added: Vec<_> = block.iter().filter(|(name, _)| !own.contains_key(*name) && !excluded(own, name)).collect();
    own.extend(added.into_iter().map(|(name, value)| (name.clone(), value.clone())));
}
