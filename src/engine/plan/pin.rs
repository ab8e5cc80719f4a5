//! What a plan file holds of one person: keys, the decision, and hashes; no values.

use crate::base::digest::{Digest, Key};
use crate::engine::preview::Preview;
use crate::model::outcome::Outcome;
use crate::model::profile::Profile;
use crate::model::step::Person;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pin {
    pub source_key: String,
    pub profile_key: String,
    pub outcome: Outcome,
    /// Of the profile, normalised.
    pub profile: String,
    /// Of the ledger's row.
    pub person: String,
    /// Of the requests that would be made, in their order.
    pub requests: String,
    /// It shares an e-mail with somebody whom the plan would make before: it has to wait for them.
    #[serde(default, skip_serializing_if = "is_false")]
    pub after_another: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_false(value: &bool) -> bool {
    !*value
}

impl Pin {
    pub(super) fn new(key: &Key, profile: &Profile, person: &Person, preview: &Preview, after_another: bool) -> Self {
        Self {
            source_key: profile.source_key.clone(),
            profile_key: profile.key.clone(),
            outcome: preview.outcome,
            profile: key.digest(&["plan/profile", &profile.document.to_string()]).to_string(),
            person: of_person(key, person).to_string(),
            requests: of_requests(key, preview).to_string(),
            after_another,
        }
    }
}

fn of_person(key: &Key, person: &Person) -> Digest {
    let mut steps: Vec<String> =
        person.steps.iter().map(|row| format!("{} {} {:?} {}", row.step, row.state.as_str(), row.id, row.ours)).collect();
    steps.sort_unstable();
    let mut parts = vec![format!("{:?} {} {}", person.candidate, person.delivered, person.forgotten)];
    parts.append(&mut steps);
    let parts: Vec<&str> = std::iter::once("plan/person").chain(parts.iter().map(String::as_str)).collect();
    key.digest(&parts)
}

/// Method, path and body. Ids that are not known yet are placeholders at both times.
fn of_requests(key: &Key, preview: &Preview) -> Digest {
    let texts: Vec<String> =
        preview.writes().map(|(_, request)| format!("{} {} {}", request.method.as_str(), request.url, request.masked().body)).collect();
    let parts: Vec<&str> = std::iter::once("plan/requests").chain(texts.iter().map(String::as_str)).collect();
    key.digest(&parts)
}

/// Whether what would be done now is what the plan says; else why not, in words.
pub fn agreement(planned: Option<&Pin>, now: &Pin) -> Result<(), &'static str> {
    let Some(planned) = planned else {
        return Err("it was not in the plan: nothing would have been sent for it then");
    };
    if planned.profile != now.profile {
        Err("the profile has changed in HrFlow since the plan was made")
    } else if planned.person != now.person {
        Err("something was sent for this person since the plan was made")
    } else if planned.outcome != now.outcome || planned.requests != now.requests {
        Err("Greenhouse has changed since the plan was made, so other requests would be needed")
    } else {
        Ok(())
    }
}
