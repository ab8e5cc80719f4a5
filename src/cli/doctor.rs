//! `hireline doctor`: whether a pipeline could run, before its first run. Writes nothing.

use super::patience::Patience;
use super::{LedgerOption, Result, compiled, plural, print, sandboxed};
use crate::checkup::{Finding, LedgerFacts, Level, examine};
use crate::compile::Pipeline;
use crate::exit;
use crate::report::terminal::printable;
use crate::visible;
use anstyle::AnsiColor;
use serde_json::{Value, json};
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub(super) struct Options {
    /// Pipeline files, or folders of them
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,
    /// Against the embedded sandbox, with the fixtures as profiles
    #[arg(long)]
    sandbox: bool,
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
        let session = sandboxed::Session::begin(&mut pipeline, options.sandbox, options.ledger.ledger.as_deref()).await?;
        let path = session.ledger_path().map_or_else(|| options.ledger.path(&pipeline), PathBuf::from);
        let http = options.patience.http();
        let findings = examine(&pipeline, &http, LedgerFacts { path: &path, is_there: path.exists() }).await;
        for finding in &findings {
            let line = if options.json { visible::object(&line(&pipeline, finding)) } else { words(finding) };
            print::line(&line);
        }
        let failed = findings.iter().filter(|finding| finding.level == Level::Fail).count();
        if failed > 0 {
            code = exit::COULD_NOT;
        }
        if !options.json {
            let end =
                if failed == 0 { "nothing stands in the way of a run".to_owned() } else { format!("{} to mend", plural(failed, "thing")) };
            print::plain(&format!("{}: {end}", pipeline.id));
        }
    }
    Ok(code)
}

fn line(pipeline: &Pipeline, finding: &Finding) -> Value {
    let mut line = json!({"type": "finding", "pipeline": pipeline.id});
    if let (Value::Object(members), Value::Object(own)) = (&mut line, json!(finding)) {
        members.extend(own);
    }
    line
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
