//! What a person does about `uncertain`: looks in Greenhouse, and says what is there.

use crate::cast::Part;
use crate::round::Round;
use std::collections::BTreeMap;

/// True if a person was resolved.
pub fn resolve(round: &mut Round<'_>, file: &str, outcomes: &BTreeMap<String, String>) -> bool {
    let mut some = false;
    for key in outcomes.iter().filter(|(_, outcome)| *outcome == "uncertain").map(|(key, _)| key) {
        let Some(member) = round.cast.by_key(key).filter(|member| member.part != Part::Ambiguous) else { continue };
        let Some(told) = round.told.iter().rev().find(|told| told.key == *key) else { continue };
        if !told.reason.contains("looked up") {
            continue;
        }
        let group = round.cast.group(member);
        let state = round.office.state();
        let theirs = state["candidates"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|candidate| round.cast.of_candidate(candidate).is_some_and(|other| round.cast.group(other) == group));
        let ids: Vec<u64> = theirs.filter_map(|candidate| candidate["id"].as_u64()).collect();
        let about_the_candidate = told.reason.contains("the candidate was made");
        let id = ids.first().map(u64::to_string);
        let answer: Vec<&str> = match (&id, about_the_candidate) {
            (Some(id), true) => vec!["--candidate", id],
            // The candidate's other steps are looked up again before they are sent.
            _ => vec!["--not-there"],
        };
        let mut arguments = vec!["resolve", file, "--profile", key];
        arguments.extend(answer);
        let ended = round.office.call(&arguments);
        if ended.code == Some(0) {
            round.tally.count("resolved by hand", "after looking up was forbidden");
            some = true;
        } else {
            round.tally.findings.push(format!("`resolve` of {key} ends with {:?}: {}", ended.code, ended.stderr));
        }
    }
    some
}
