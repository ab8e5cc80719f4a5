//! `hireline history`: the runs, and what each came to. From the ledger alone: nothing is asked and no secret is opened.

use super::options::records;
use super::{Failure, LedgerOption, Result, compiled, print};
use crate::base::display;
use crate::cli::exit;
use crate::cli::report::lines::with;
use crate::cli::report::terminal::{self, printable};
use crate::language::compile::Pipeline;
use crate::ledger::{Ledger, Run, Seen};
use crate::model::outcome::Outcome;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub(super) struct Options {
    /// Pipeline files, or folders of them
    #[arg(value_name = "PATH", default_value = ".")]
    paths: Vec<PathBuf>,
    /// The profiles that this run was the last to meet, instead of the runs; the first letters of its id are enough
    #[arg(long, value_name = "RUN")]
    run: Option<String>,
    /// With --run: only those with this outcome
    #[arg(long, value_name = "OUTCOME", requires = "run", value_parser = outcome)]
    outcome: Option<Outcome>,
    /// The newest N runs of each pipeline
    #[arg(long, value_name = "N", default_value_t = 20)]
    limit: u32,
    /// One object a line
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    ledger: LedgerOption,
}

fn outcome(word: &str) -> std::result::Result<Outcome, String> {
    let words = || Outcome::ALL.map(Outcome::as_str).join(", ");
    Outcome::parse(word).ok_or_else(|| format!("an outcome is one of {}", words()))
}

pub(super) async fn history(options: &Options) -> Result<u8> {
    let mut told = 0;
    for pipeline in compiled(&options.paths)? {
        let path = options.ledger.path(&pipeline);
        if !path.exists() {
            print::note(&format!("{}: there is no ledger at {}: it was never run here", pipeline.id, path.display()));
            continue;
        }
        let ledger = Ledger::open_recorded(&path, records().as_deref())?;
        told += match &options.run {
            None => runs(&pipeline, &ledger, options).await?,
            Some(run) => profiles(&pipeline, &ledger, run, options).await?,
        };
    }
    match &options.run {
        Some(run) if told == 0 => {
            Err(Failure::wrong(format!("no run {run} of these pipelines is in the ledger, or it was the last to meet nobody")))
        }
        _ => Ok(exit::WELL),
    }
}

async fn runs(pipeline: &Pipeline, ledger: &Ledger, options: &Options) -> Result<usize> {
    let runs = ledger.runs(Some(&pipeline.id), options.limit).await?;
    for run in &runs {
        let line = if options.json { display::object(&json_of(run)) } else { line_of(run) };
        if !print::line(&line) {
            break;
        }
    }
    Ok(runs.len())
}

fn line_of(run: &Run) -> String {
    let counts: BTreeMap<Outcome, u64> = run.counts.iter().copied().collect();
    let end = match run.ended {
        Some(ended) => format!("{:>7.1} s", ended.duration_since(run.started).as_secs_f64()),
        None => "   no end".to_owned(),
    };
    let stopped = run.stopped.as_deref().map(|why| format!("; stopped early: {}", printable(why))).unwrap_or_default();
    format!("{}  {:.0}  {end}  {}: {}{stopped}", run.id, run.started, run.pipeline, terminal::counts(&counts))
}

fn json_of(run: &Run) -> Value {
    let counts: serde_json::Map<String, Value> = run.counts.iter().map(|(outcome, n)| (outcome.as_str().to_owned(), json!(n))).collect();
    let line = json!({
        "type": "run", "run": run.id, "pipeline": run.pipeline, "account": run.account, "started": run.started, "ended": run.ended,
        "counts": counts,
    });
    with(line, [("stopped", run.stopped.clone().map(Value::from))])
}

async fn profiles(pipeline: &Pipeline, ledger: &Ledger, run: &str, options: &Options) -> Result<usize> {
    let known = ledger.runs(Some(&pipeline.id), u32::MAX).await?;
    let mut matching = known.iter().filter(|known| known.id.starts_with(run));
    let Some(only) = matching.next() else { return Ok(0) };
    if matching.next().is_some() {
        return Err(Failure::wrong(format!("several runs begin with {run}: give more of its id")));
    }
    let mut seen = ledger.seen_in_run(&only.id).await?;
    seen.retain(|seen| seen.pipeline == pipeline.id && options.outcome.is_none_or(|outcome| seen.outcome == outcome));
    for row in &seen {
        let line = if options.json { display::object(&seen_json(row)) } else { seen_line(row) };
        if !print::line(&line) {
            break;
        }
    }
    Ok(seen.len())
}

fn seen_line(seen: &Seen) -> String {
    let style = terminal::style(seen.outcome);
    let reason = seen.reason.as_deref().map(|reason| format!("\n           {}", printable(reason))).unwrap_or_default();
    format!("{style}{:<10}{style:#} {}  {:.0}{reason}", seen.outcome.as_str(), printable(&seen.profile_key), seen.at)
}

/// Also `show`'s.
pub(super) fn seen_json(seen: &Seen) -> Value {
    let line = json!({
        "type": "seen", "pipeline": seen.pipeline, "profile": seen.profile_key, "source_key": seen.source_key, "run": seen.run,
        "outcome": seen.outcome, "at": seen.at,
    });
    with(line, [("reason", seen.reason.clone().map(Value::from))])
}
