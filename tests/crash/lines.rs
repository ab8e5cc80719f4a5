//! The printed lines of a process: are they true, and is every `uncertain` justified?

use crate::cast::Part;
use crate::harness::Ended;
use crate::options::Mode;
use crate::round::Round;
use serde_json::{Value, json};

/// A profile's line.
#[derive(Debug, Clone)]
pub struct Told {
    pub pipeline: &'static str,
    pub key: String,
    pub outcome: String,
    pub candidate: Option<u64>,
    pub applications: Vec<u64>,
    pub reason: String,
}

impl Told {
    fn new(pipeline: &'static str, line: &Value) -> Self {
        let text = |name: &str| line[name].as_str().unwrap_or_default().to_owned();
        Self {
            pipeline,
            key: text("profile"),
            outcome: text("outcome"),
            candidate: line["candidate_id"].as_u64(),
            applications: line["application_ids"].as_array().into_iter().flatten().filter_map(Value::as_u64).collect(),
            reason: text("reason"),
        }
    }

    pub fn shown(&self) -> Value {
        json!({"pipeline": self.pipeline, "profile": self.key, "outcome": self.outcome, "candidate": self.candidate, "reason": self.reason})
    }

    /// Numbers in the reason: the ids that it names.
    pub fn named(&self) -> Vec<u64> {
        self.reason.split(|c: char| !c.is_ascii_digit()).filter_map(|word| word.parse().ok()).filter(|id| *id > 1_000_000).collect()
    }
}

const WANTS_ATTENTION: [&str; 5] = ["invalid", "failed", "missing", "pending", "uncertain"];

/// The profiles' lines, and what is wrong with how the process ended.
pub fn read(pipeline: &'static str, ended: &Ended) -> (Vec<Told>, Vec<String>) {
    let mut findings = Vec::new();
    let mut lines = Vec::new();
    for line in ended.stdout.lines() {
        match serde_json::from_str::<Value>(line) {
            Ok(line) => lines.push(line),
            Err(_) if ended.code.is_none() => {}
            Err(_) => findings.push(format!("{pipeline} prints what is not JSON: {line}")),
        }
    }
    let told: Vec<Told> = lines.iter().filter(|line| line["type"] == "profile").map(|line| Told::new(pipeline, line)).collect();
    let summary = lines.iter().find(|line| line["type"] == "summary");
    let attention = told.iter().any(|told| WANTS_ATTENTION.contains(&told.outcome.as_str()));
    let stopped = summary.is_some_and(|summary| summary["stopped"].is_string());
    let wrong = match ended.code {
        None => None,
        Some(0) if attention => Some("it ends with 0, and some profile wants attention"),
        Some(0 | 1) if summary.is_none() => Some("it ends without a summary"),
        Some(1) if !attention && !stopped => Some("it ends with 1, and no profile wants attention"),
        Some(3) if !ended.stderr.contains("error") => Some("it ends with 3, and says nothing"),
        Some(0 | 1 | 3) => None,
        Some(_) => Some("no run ends so"),
    };
    let panicked = ended.stderr.contains("panicked").then_some("it panics");
    for what in wrong.into_iter().chain(panicked) {
        findings.push(format!("{pipeline}: {what} ({:?})\n{}\n{}", ended.code, ended.stdout, ended.stderr));
    }
    // Nothing goes wrong with the ledger's file here: whatever is said of it is a fault.
    let refused = ["is damaged", "is not a ledger", "although its key is there", "has lost its key", "is gone or cut off"];
    if refused.iter().any(|words| ended.stderr.contains(words)) {
        findings.push(format!("{pipeline}: the ledger is refused after a kill\n{}", ended.stderr));
    }
    (told, findings)
}

/// What justifies that a person has to look; an error where nothing does.
pub fn why(told: &Told, round: &Round<'_>) -> Result<&'static str, String> {
    let part = round.cast.by_key(&told.key).map(|member| member.part);
    let late = round.plan.mode == Mode::Late || round.was_late();
    let there = told.named().len();
    let reason = told.reason.as_str();
    if reason.contains("all have this e-mail") && part == Some(Part::Ambiguous) {
        return Ok("several candidates have the e-mail: others made them");
    }
    if reason.contains("all have this e-mail") && late && there > 1 {
        return Ok("several candidates have the e-mail: Greenhouse was later than settle");
    }
    if reason.contains("later than `settle`") && late {
        return Ok("Greenhouse was later than settle, and it is there twice");
    }
    if (reason.contains("looked up") || reason.contains("does not allow the look-up")) && round.forbidden {
        return Ok("looking up was forbidden");
    }
    Err(format!("{} is uncertain in {}, and nothing justifies it: {reason}", told.key, told.pipeline))
}
