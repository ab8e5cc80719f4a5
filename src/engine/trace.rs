//! One profile's whole way, told step by step: for `trace`, for `test` and for the snapshots of payloads.

use crate::base::digest::Key;
use crate::base::place::Place;
use crate::delivery::wanted::Wanted;
use crate::engine::names::rules;
use crate::engine::preview::{Planned, foresee_new};
use crate::engine::render::{Rendered, render};
use crate::greenhouse::directory::{StandIns, resolve};
use crate::language::compile::Pipeline;
use crate::language::filter::Looked;
use crate::language::mapping::{Answer, Decision, Field, Role, Spot, Trace};
use crate::model::candidate::Candidate;
use crate::model::outcome::Ending;
use crate::model::profile::Profile;
use crate::model::settings::{ActingUser, Greenhouse};
use crate::net::http::{Body, HeaderText};
use serde_json::{Value, json};

/// What every filter says, whether or not an earlier one said no.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    pub name: String,
    pub passes: bool,
    pub keeps: bool,
    pub predicate: String,
    pub because: Option<String>,
    pub file: std::path::PathBuf,
    pub line: usize,
    /// The paths of the predicate, with what each finds.
    pub looked: Vec<Looked>,
}

/// A block that was not made, or not for every item.
#[derive(Debug, Clone, PartialEq)]
pub struct Unmade {
    /// `employments`, without numbers.
    pub member: String,
    /// `$when: job.title`, as it was written, with its key.
    pub written: String,
    pub place: Place,
    /// So often it was asked and did not hold, or gave nothing.
    pub times: usize,
    pub asked: usize,
}

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

/// Which blocks were left out by their own word, in the order in which they are asked.
pub fn unmade(pipeline: &Pipeline, story: &Story) -> Vec<Unmade> {
    let of = |spot: Spot| {
        let key = match spot.role {
            Role::Template => return None,
            Role::Each => "$each",
            Role::When => "$when",
        };
        let answers: Vec<Answer> =
            story.decisions.iter().filter(|decision| decision.place == spot.place).map(|decision| decision.answer).collect();
        let times = answers.iter().filter(|answer| matches!(answer, Answer::Held(false) | Answer::Items(0))).count();
        let written = format!("{key}: {}", spot.written);
        (times > 0).then_some(Unmade { member: spot.member, written, place: spot.place, times, asked: answers.len() })
    };
    pipeline.mapping.spots().into_iter().filter_map(of).collect()
}

/// Tells it. Nothing is asked and nothing is sent.
pub fn tell(pipeline: &Pipeline, profile: &mut Profile) -> Story {
    let filters = judged(pipeline, profile);
    let Trace { fields, decisions, .. } = pipeline.mapping.trace(&profile.document);
    match render(pipeline, profile) {
        Rendered::Ended(ending) => Story { filters, fields, decisions, candidate: None, requests: Vec::new(), ending: *ending },
        Rendered::Candidate(candidate) => {
            let key = Key::new([0; 32]);
            let mut stand_ins = StandIns::default();
            let destination = acting(&pipeline.destination, &mut stand_ins);
            // Stand-ins know every name: nothing is left over.
            let resolved = resolve((*candidate).clone(), &mut stand_ins, rules(pipeline)).unwrap_or_default();
            let wanted = Wanted::new(&resolved, crate::greenhouse::capabilities(destination.api), &key).with_files_of(&profile.document);
            let preview = foresee_new(&destination, &wanted);
            let mut ending = Ending::new(&profile.key, preview.outcome);
            ending.reason = preview.reason;
            let requests = preview.requests.into_iter().map(|planned| with_names(planned, &stand_ins)).collect();
            Story { filters, fields, decisions, candidate: Some(*candidate), requests, ending }
        }
    }
}

fn acting(destination: &Greenhouse, stand_ins: &mut StandIns) -> Greenhouse {
    match &destination.on_behalf_of {
        Some(ActingUser::Email(email)) => {
            let user = ActingUser::Id(stand_ins.stand_for("user_id", email));
            Greenhouse { on_behalf_of: Some(user), ..destination.clone() }
        }
        _ => destination.clone(),
    }
}

/// `{job_id of "Platform Engineer"}` where the id would be.
fn with_names(mut planned: Planned, stand_ins: &StandIns) -> Planned {
    if let Body::Json(body) = &mut planned.request.body {
        stand_ins.show(body);
    }
    for (_, value) in &mut planned.request.headers {
        if let HeaderText::Text(text) = value
            && let Some(words) = stand_ins.show_text(text)
        {
            *text = words.to_owned();
        }
    }
    planned
}

fn judged(pipeline: &Pipeline, profile: &mut Profile) -> Vec<Judged> {
    let verdicts = pipeline.filters.trace(&mut profile.document);
    let looked = pipeline.filters.looked(&mut profile.document);
    let judged = pipeline.filters.list().iter().zip(verdicts).zip(looked).map(|((filter, passes), looked)| Judged {
        name: filter.name.clone(),
        passes,
        keeps: filter.keeps,
        predicate: filter.text.clone(),
        because: filter.because.clone(),
        file: filter.place.path().to_owned(),
        line: filter.place.line(),
        looked,
    });
    judged.collect()
}
