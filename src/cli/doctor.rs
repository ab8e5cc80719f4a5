//! `hireline doctor`: whether a pipeline could run, before its first run. Writes nothing.

use super::{LedgerOption, Patience, Result, compiled, plural, print, sandboxed};
use crate::base::display;
use crate::cli::exit;
use crate::cli::report::lines::merged;
use crate::cli::report::terminal::printable;
use crate::engine::doctor::{Finding, Level, examine, probe};
use anstyle::AnsiColor;
use serde_json::json;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub(super) struct Options {
    /// Pipeline files, or folders of them
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,
    /// Against the embedded sandbox, with the fixtures as profiles
    #[arg(long)]
    sandbox: bool,
    /// Asks Greenhouse what reading can confirm of the facts about Harvest v3 that are not certain, and nothing else
    #[arg(long)]
    probe: bool,
    /// One object a line
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    patience: Patience,
    #[command(flatten)]
    ledger: LedgerOption,
}

pub(super) async fn doctor(options: &Options) -> Result<u8> {
    let mut code = exit::WELL;
    for mut pipeline in compiled(&options.paths)? {
        let session = sandboxed::Session::begin(&mut pipeline, options.sandbox, &options.ledger).await?;
        let http = options.patience.http();
        let findings = if options.probe { probe(&pipeline, &http).await } else { examine(&pipeline, &http, &session.ledger).await };
        for finding in &findings {
            let line = if options.json {
                display::object(&merged(json!({"type": "finding", "pipeline": pipeline.id}), finding))
            } else {
                words(finding)
            };
            print::line(&line);
        }
        let failed = findings.iter().filter(|finding| finding.level == Level::Fail).count();
        if failed > 0 {
            code = exit::COULD_NOT;
        }
        if !options.json {
            let end = match (failed, options.probe) {
                (0, true) => "nothing is contradicted".to_owned(),
                (0, false) => "nothing stands in the way of a run".to_owned(),
                _ => format!("{} to mend", plural(failed, "thing")),
            };
            print::plain(&format!("{}: {end}", pipeline.id));
        }
    }
    Ok(code)
}

fn words(finding: &Finding) -> String {
    let colour = match finding.level {
        Level::Ok => AnsiColor::Green,
        Level::Warn => AnsiColor::Yellow,
        Level::Fail => AnsiColor::Red,
    };
    let style = colour.on_default().bold();
    let mut text = format!("{style}{:<4}{style:#}  {:<11}  {}", finding.level.as_str(), finding.about, printable(&finding.message));
    if let (Some(file), Some(line), Some(column)) = (&finding.file, finding.line, finding.column) {
        text.push_str(&format!("\n      {:<11}  at {file}:{line}:{column}", ""));
    }
    if let Some(help) = &finding.help {
        text.push_str(&format!("\n      {:<11}  {}", "", printable(help)));
    }
    text
}
