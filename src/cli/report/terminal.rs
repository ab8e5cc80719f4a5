//! What people read: a line a profile, and what it came to in the end.

use crate::base::display;
use crate::model::outcome::{Ending, Outcome};
use anstyle::{AnsiColor, Style};
use std::collections::BTreeMap;
use std::fmt::Write as _;

pub fn style(outcome: Outcome) -> Style {
    let colour = match outcome {
        Outcome::Created | Outcome::Applied | Outcome::Updated => AnsiColor::Green,
        Outcome::Unchanged | Outcome::Skipped | Outcome::Filtered => AnsiColor::BrightBlack,
        Outcome::Invalid | Outcome::Failed | Outcome::Missing => AnsiColor::Red,
        Outcome::Pending | Outcome::Uncertain => AnsiColor::Yellow,
    };
    colour.on_default()
}

/// One profile's end: `created    3f2a…  candidate 17, application 18`.
pub fn line(ending: &Ending) -> String {
    let style = style(ending.outcome);
    let mut line = format!("{style}{:<10}{style:#} {}", ending.outcome.as_str(), printable(&ending.profile));
    let mut facts = Vec::new();
    if let Some(id) = ending.candidate_id {
        facts.push(format!("candidate {id}"));
    }
    match ending.application_ids.as_slice() {
        [] => {}
        [one] => facts.push(format!("application {one}")),
        many => facts.push(format!("applications {}", many.iter().map(u64::to_string).collect::<Vec<_>>().join(", "))),
    }
    if let Some(filter) = &ending.filter {
        facts.push(format!("by {}", printable(filter)));
    }
    if let Some(step) = &ending.step {
        let job = ending.job_id.map(|job| format!(" for job {job}")).unwrap_or_default();
        let field = ending.field.as_ref().map(|field| format!(", {}", printable(field))).unwrap_or_default();
        facts.push(format!("at the {step}{job}{field}"));
    }
    if !facts.is_empty() {
        let _infallible = write!(line, "  {}", facts.join(", "));
    }
    if let Some(words) = ending.because.as_ref().or(ending.reason.as_ref()) {
        let _infallible = write!(line, "\n           {}", printable(words));
    }
    if let (Some(file), Some(at)) = (&ending.file, ending.line) {
        let _infallible = write!(line, "\n           made at {}:{at}", printable(&file.display().to_string()));
    }
    line
}

/// A run's counts in words: `8 created, 2 filtered, 1 invalid`.
pub fn counts(counts: &BTreeMap<Outcome, u64>) -> String {
    let told: Vec<_> = counts
        .iter()
        .filter(|(_, n)| **n > 0)
        .map(|(outcome, n)| {
            let style = style(*outcome);
            format!("{style}{n} {outcome}{style:#}")
        })
        .collect();
    if told.is_empty() { "no profiles".into() } else { told.join(", ") }
}

/// How many each filter dropped, with its because.
pub fn filtered(by: &BTreeMap<(String, Option<String>), u64>) -> Vec<String> {
    by.iter()
        .map(|((filter, because), n)| match because {
            Some(because) => format!("{n} filtered by {}: {}", printable(filter), printable(because)),
            None => format!("{n} filtered by {}", printable(filter)),
        })
        .collect()
}

/// Failures of one run, by what is the same in them.
#[derive(Debug, Default)]
pub struct Failures(BTreeMap<(Option<u64>, String), u64>);

impl Failures {
    /// So many different ones are grouped; a run of others has no common cause.
    const MOST: usize = 1000;

    pub fn add(&mut self, ending: &Ending) {
        let reason = ending.kept.as_ref().or(ending.reason.as_ref());
        if let (Outcome::Failed, Some(reason)) = (ending.outcome, reason) {
            let key = (ending.job_id, reason.clone());
            if self.0.len() < Self::MOST || self.0.contains_key(&key) {
                *self.0.entry(key).or_default() += 1;
            }
        }
    }

    /// `3 failed: job 4099: …`, the most first.
    pub fn lines(&self) -> Vec<String> {
        let mut several: Vec<_> = self.0.iter().filter(|(_, n)| **n > 1).collect();
        several.sort_by_key(|(_, n)| std::cmp::Reverse(**n));
        let line = |((job, reason), n): (&(Option<u64>, String), &u64)| {
            let job = job.filter(|job| !reason.starts_with(&format!("job {job}:"))).map(|job| format!("job {job}: ")).unwrap_or_default();
            format!("{n} failed: {job}{}", printable(reason))
        };
        several.into_iter().map(line).collect()
    }
}

/// Text from outside without what would steer a terminal.
pub fn printable(text: &str) -> String {
    display::text(text).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_who_what_and_why() {
        let mut created = Ending::new("3f2a", Outcome::Created);
        (created.candidate_id, created.application_ids) = (Some(17), vec![18, 19]);
        let mut filtered = Ending::new("77b0", Outcome::Filtered);
        (filtered.filter, filtered.because) = (Some("contactable".into()), Some("No way to reach them.".into()));
        let mut failed = Ending::new("a\u{1b}[2J", Outcome::Failed).because_of("Greenhouse refuses it (422)");
        (failed.step, failed.file, failed.line) = (Some("candidate".into()), Some("p.yaml".into()), Some(7));
        let told: Vec<_> =
            [created, filtered, failed].iter().map(line).map(|line| anstream::adapter::strip_str(&line).to_string()).collect();
        insta::assert_snapshot!(told.join("\n"), @"
        created    3f2a  candidate 17, applications 18, 19
        filtered   77b0  by contactable
                   No way to reach them.
        failed     a␛[2J  at the candidate
                   Greenhouse refuses it (422)
                   made at p.yaml:7
        ");
    }
}
