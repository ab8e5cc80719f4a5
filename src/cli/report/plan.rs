//! What a plan tells people: a block a person, and what all of it comes to.

use super::mask::masked_member;
use super::terminal::{self, printable};
use crate::cli::plural;
use crate::engine::plan::Foreseen;
use crate::engine::preview::{Change, Preview};
use crate::model::candidate::Candidate;
use crate::model::outcome::{Ending, Outcome};
use crate::model::step::Step;
use serde_json::Value;
use std::collections::BTreeMap;

/// The sign before a person's line, as those who plan infrastructure know it.
fn sign(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Created | Outcome::Applied => "+",
        Outcome::Updated => "~",
        Outcome::Unchanged | Outcome::Skipped | Outcome::Filtered => "=",
        Outcome::Invalid | Outcome::Failed | Outcome::Missing => "!",
        Outcome::Pending | Outcome::Uncertain => "?",
    }
}

/// A person's block. `show`: names may be told.
pub fn block(foreseen: &Foreseen, show: bool) -> String {
    let (Some(candidate), Some(preview)) = (&foreseen.candidate, &foreseen.preview) else {
        return format!("{} {}", styled_sign(&foreseen.ending), terminal::line(&foreseen.ending));
    };
    let mut lines = vec![format!("{} {}", styled_sign(&foreseen.ending), head(&foreseen.ending, candidate, preview, show))];
    let reason = foreseen.ending.reason.as_deref().map(printable);
    lines.extend(reason.map(|reason| format!("    {reason}")));
    lines.extend(preview.changes.iter().map(|change| changed(change, show)));
    lines.extend(things(preview).into_iter().map(|(thing, what)| format!("    {thing:<13} {what}")));
    let (writes, all) = (preview.writes().count(), preview.requests.len());
    if writes > 0 {
        lines.push(format!("    {:<13} {writes}, and {}", "requests", plural(all - writes, "look-up")));
    }
    lines.join("\n")
}

fn styled_sign(ending: &Ending) -> String {
    let style = terminal::style(ending.outcome);
    format!("{style}{}{style:#}", sign(ending.outcome))
}

fn head(ending: &Ending, candidate: &Candidate, preview: &Preview, show: bool) -> String {
    let style = terminal::style(ending.outcome);
    let sure = if preview.certain { "" } else { ", if nobody is there" };
    let what = match (ending.outcome, ending.candidate_id) {
        (Outcome::Created, None) => format!("create a candidate{sure}"),
        (Outcome::Created, Some(id)) => format!("complete candidate {id}"),
        (Outcome::Applied, Some(id)) => format!("apply candidate {id}, who is there"),
        (Outcome::Applied, None) => "apply the candidate whom this plan creates for an earlier profile".to_owned(),
        (Outcome::Updated, Some(id)) => format!("update candidate {id}"),
        (outcome, Some(id)) => format!("{outcome}, candidate {id}"),
        (outcome, None) => outcome.to_string(),
    };
    let name = if show { format!("  {} {}", candidate.text("first_name"), candidate.text("last_name")) } else { String::new() };
    format!("{}{}  {style}{what}{style:#}", printable(&ending.profile), printable(&name))
}

/// One member that an update changes: what is there and what would be; of a list what is added.
fn changed(change: &Change, show: bool) -> String {
    let hide = |value: &Value| {
        let value = if show { value.clone() } else { masked_member(&change.member, value) };
        printable(&value.to_string())
    };
    let words = match (&change.before, &change.after) {
        (before, Value::Array(after)) => {
            let there: Vec<&Value> = before.iter().filter_map(Value::as_array).flatten().collect();
            let plain = |item: &Value| item.get("value").cloned().unwrap_or_else(|| item.clone());
            let added: Vec<String> =
                after.iter().map(plain).filter(|item| !there.contains(&item)).map(|item| format!("+ {}", hide(&item))).collect();
            if added.is_empty() { hide(&change.after) } else { added.join(", ") }
        }
        (Some(before), after) => format!("{} → {}", hide(before), hide(after)),
        (None, after) => format!("→ {}", hide(after)),
    };
    format!("    {:<22} {words}", printable(&change.member))
}

/// What would be brought about, kind by kind: applications with their jobs, the others counted.
fn things(preview: &Preview) -> Vec<(&'static str, String)> {
    let jobs: Vec<String> = preview
        .covered()
        .filter_map(|step| match step {
            Step::Application { job } => Some(job.to_string()),
            _ => None,
        })
        .collect();
    let mut told = Vec::new();
    if !jobs.is_empty() {
        told.push((if jobs.len() == 1 { "application" } else { "applications" }, format!("job {}", jobs.join(", "))));
    }
    for (step, things) in [("attachment", "attachments"), ("employment", "employments"), ("education", "educations"), ("note", "notes")] {
        match preview.covered().filter(|covered| covered.word() == step).count() {
            0 => {}
            n => told.push((things, n.to_string())),
        }
    }
    told
}

/// How many calls a window Greenhouse allows, and how long a window is.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    pub calls: u64,
    pub seconds: u64,
    /// Greenhouse told it; else it is the documents' example.
    pub told: bool,
}

#[derive(Debug, Default)]
pub struct Totals {
    pub counts: BTreeMap<Outcome, u64>,
    pub filtered: BTreeMap<(String, Option<String>), u64>,
    pub look_ups: u64,
    pub writes: u64,
    /// People of whom it could not be found out whether they are there.
    pub unsure: u64,
}

impl Totals {
    pub fn add(&mut self, foreseen: &Foreseen) {
        let ending = &foreseen.ending;
        *self.counts.entry(ending.outcome).or_default() += 1;
        if let (Outcome::Filtered, Some(filter)) = (ending.outcome, &ending.filter) {
            *self.filtered.entry((filter.clone(), ending.because.clone())).or_default() += 1;
        }
        if let Some(preview) = &foreseen.preview {
            let writes = preview.writes().count() as u64;
            self.writes += writes;
            self.look_ups += preview.requests.len() as u64 - writes;
            self.unsure += u64::from(!preview.certain);
        }
    }

    pub fn count(&self, outcome: Outcome) -> u64 {
        self.counts.get(&outcome).copied().unwrap_or_default()
    }

    /// People to whom something would be sent as far as the counts tell.
    pub fn to_do(&self) -> u64 {
        [Outcome::Created, Outcome::Applied, Outcome::Updated].into_iter().map(|outcome| self.count(outcome)).sum()
    }

    /// The seconds that a run would take at least: the calls of a window may leave at once.
    pub fn seconds(&self, pace: Pace) -> u64 {
        (self.look_ups + self.writes).div_ceil(pace.calls.max(1)).saturating_sub(1) * pace.seconds
    }

    pub fn lines(&self, pipeline: &str, pace: Pace) -> Vec<String> {
        let mut lines = terminal::filtered(&self.filtered);
        let left = self.count(Outcome::Unchanged) + self.count(Outcome::Skipped) + self.count(Outcome::Filtered);
        let attention: Vec<_> = self.counts.iter().filter(|(outcome, _)| outcome.wants_attention()).collect();
        let mut told = vec![
            format!("{} to create", self.count(Outcome::Created)),
            format!("{} to apply", self.count(Outcome::Applied)),
            format!("{} to update", self.count(Outcome::Updated)),
            format!("{left} to leave"),
        ];
        told.extend(attention.into_iter().map(|(outcome, n)| format!("{n} {outcome}")));
        lines.push(format!("Plan for {pipeline}: {}.", told.join(", ")));
        let calls = self.look_ups + self.writes;
        let source = if pace.told { "as Greenhouse tells" } else { "as Greenhouse documents" };
        let time = match self.seconds(pace) {
            0 => "a moment".to_owned(),
            seconds => format!("about {}", duration(seconds)),
        };
        lines.push(format!(
            "{calls} calls to Greenhouse ({} look-ups, {} writes): {time} at {} calls in {} s, {source}.",
            self.look_ups, self.writes, pace.calls, pace.seconds
        ));
        if self.unsure > 0 {
            lines.push(format!("Not known for {}: whether they are in Greenhouse already.", people(self.unsure)));
        }
        lines
    }
}

fn people(n: u64) -> String {
    if n == 1 { "1 person".into() } else { format!("{n} people") }
}

fn duration(seconds: u64) -> String {
    match seconds {
        0..=119 => format!("{seconds} s"),
        120..=7199 => format!("{} min", seconds.div_ceil(60)),
        _ => format!("{:.1} h", seconds as f64 / 3600.0),
    }
}
