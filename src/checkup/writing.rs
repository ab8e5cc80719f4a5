//! What a run of a pipeline writes, held against what the token is good for, where its answer tells.
//! Source: the Greenhouse reference, "Scopes are `harvest:<resource>:<action>`, one per endpoint".

use super::greenhouse::refused;
use super::{Finding, Level};
use crate::compile::Pipeline;
use crate::greenhouse::Wire;
use crate::settings::{Api, Existing, UnmatchedEducation, WhenChanged};

const ABOUT: &str = "writing";

/// One kind of writing call.
struct Write {
    /// After "may".
    operation: &'static str,
    /// `<resource>:<action>`. Assumed for PATCH: `update`, as public lists of scopes have it.
    scope: &'static str,
    /// Some profile may need it; others do not.
    seldom: bool,
}

pub(super) async fn examine(pipeline: &Pipeline, wire: &Wire) -> Vec<Finding> {
    let granted = match wire.granted().await {
        Ok(Some(granted)) if wire.api() == Api::HarvestV3 => granted,
        Ok(_) => return vec![unknown()],
        Err(stop) => return vec![refused(&stop)],
    };
    let told = |write: Write| {
        let scope = format!("harvest:{}", write.scope);
        if granted.contains(&scope) {
            return Finding::ok(ABOUT, format!("may {}, as the token says", write.operation));
        }
        let level = if write.seldom { Level::Warn } else { Level::Fail };
        let help = "give the credential this permission in Greenhouse; a token that was fetched before is good for an hour at most";
        let message = format!("may not {}: {scope} is not among what the token is good for", write.operation);
        Finding { help: Some(help.into()), ..Finding::new(level, ABOUT, message) }
    };
    writes(pipeline).into_iter().map(told).collect()
}

/// What a run can come to write, in the order in which it would.
fn writes(pipeline: &Pipeline) -> Vec<Write> {
    let destination = &pipeline.destination;
    let sets = |member: &str| pipeline.mapping.can_set(member);
    let updates = destination.existing == Existing::Update || destination.when_changed == WhenChanged::Update;
    let into_a_note = sets("educations") && destination.unmatched_education == UnmatchedEducation::Note;
    let all = [
        (true, "create candidates", "candidates:create"),
        (updates, "change candidates", "candidates:update"),
        (sets("applications") || sets("prospect"), "create applications", "applications:create"),
        (sets("attachments"), "create attachments", "attachments:create"),
        (sets("employments"), "create employments", "candidate_employments:create"),
        (sets("educations"), "create educations", "candidate_educations:create"),
        (sets("notes") || into_a_note, "create notes", "notes:create"),
    ];
    let needed = all.into_iter().filter(|(needed, ..)| *needed);
    needed.map(|(_, operation, scope)| Write { operation, scope, seldom: scope == "notes:create" && !sets("notes") }).collect()
}

fn unknown() -> Finding {
    Finding::warn(
        ABOUT,
        "whether candidates, applications, attachments and notes may be made is not known before the first write",
        "try one: hireline run --limit 1. The first answers are watched, and a missing permission stops the run",
    )
}
