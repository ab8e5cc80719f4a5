//! One profile's whole way, told step by step: for `trace`, for `test` and for the snapshots of payloads.

use crate::candidate::Candidate;
use crate::compile::Pipeline;
use crate::delivery::Observed;
use crate::delivery::wanted::Wanted;
use crate::digest::Key;
use crate::greenhouse::Stop;
use crate::mapping::{Decision, Field, Trace};
use crate::outcome::Ending;
use crate::preview::{Asked, Planned, foresee};
use crate::profile::Profile;
use crate::render::{Rendered, render};
use crate::step::Person;
use serde_json::{Value, json};

/// What every filter says, whether or not an earlier one said no.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    pub name: String,
    pub passes: bool,
    pub keeps: bool,
    pub predicate: String,
    pub because: Option<String>,
    pub file: std::path::PathBuf,
    pub line: usize,
}

/// The way, to its end.
#[derive(Debug)]
pub struct Story {
    pub filters: Vec<Judged>,
    /// Each member's template and value, also of what a filter drops.
    pub fields: Vec<Field>,
    /// What each `$each` and `$when` answered, also for what a filter drops.
    pub decisions: Vec<Decision>,
    pub candidate: Option<Candidate>,
    /// As they would go out, were nobody there.
    pub requests: Vec<Planned>,
    pub ending: Ending,
}

impl Story {
    /// What a snapshot holds: the outcome, why, and the candidate. Without file and line, which change with every edit above them; the
    /// member says enough.
    pub fn record(&self) -> Value {
        let mut record = json!(self.ending);
        if let Value::Object(members) = &mut record {
            members.shift_remove("line");
            members.shift_remove("file");
            if let Some(candidate) = &self.candidate {
                members.insert("candidate".into(), json!(candidate));
            }
        }
        record
    }
}

/// Tells it. Nothing is asked and nothing is sent.
///
/// # Errors
/// None in truth: nobody is asked. The type is `foresee`'s.
pub async fn tell(pipeline: &Pipeline, profile: &mut Profile) -> Result<Story, Stop> {
    let filters = judged(pipeline, profile);
    let Trace { fields, decisions, .. } = pipeline.mapping.trace(&profile.document);
    match render(pipeline, profile) {
        Rendered::Ended(ending) => Ok(Story { filters, fields, decisions, candidate: None, requests: Vec::new(), ending: *ending }),
        Rendered::Candidate(candidate) => {
            let key = Key::new([0; 32]);
            let wanted = Wanted::new(&candidate, pipeline.destination.api, &key);
            let preview = foresee(&pipeline.destination, &wanted, Person::default(), Observed::default(), Asked::Nobody).await?;
            let mut ending = Ending::new(&profile.key, preview.outcome);
            ending.reason = preview.reason;
            Ok(Story { filters, fields, decisions, candidate: Some(*candidate), requests: preview.requests, ending })
        }
    }
}

fn judged(pipeline: &Pipeline, profile: &mut Profile) -> Vec<Judged> {
    let verdicts = pipeline.filters.trace(&mut profile.document);
    let judged = pipeline.filters.list().iter().zip(verdicts).map(|(filter, passes)| Judged {
        name: filter.name.clone(),
        passes,
        keeps: filter.keeps,
        predicate: filter.text.clone(),
        because: filter.because.clone(),
        file: filter.place.path().to_owned(),
        line: filter.place.line(),
    });
    judged.collect()
}
