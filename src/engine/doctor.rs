//! Whether a pipeline could run: every question that can be asked without changing anything, each with its answer and how to mend it.
//!
//! What is told holds no profile and no secret. That a thing may be written is not known before the first write, except where introspection tells.

mod greenhouse; // the credential, the acting user, what may be read and written, the names

use crate::base::diagnostic::Diagnostic;
use crate::greenhouse::facts::{Fact, Verdict};
use crate::greenhouse::{Stop, Wire};
use crate::language::compile::Pipeline;
use crate::model::settings::{self, Api};
use crate::net::http::Http;
use crate::source::{Peek, Source};
use serde::Serialize;
use std::path::Path;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    Ok,
    /// It can run, and a person should know.
    Warn,
    /// It cannot run, or not as it is meant.
    Fail,
}

impl Level {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "fail",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    pub level: Level,
    /// What it is about: `source`, `credential`, `acting user`, `permission`, `token`, `writing`, `job`, `name`, `pace`, `ledger`, `fact`.
    pub about: &'static str,
    pub message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<usize>,
}

impl Finding {
    fn new(level: Level, about: &'static str, message: impl Into<String>) -> Self {
        Self { level, about, message: message.into(), help: None, file: None, line: None, column: None }
    }

    fn ok(about: &'static str, message: impl Into<String>) -> Self {
        Self::new(Level::Ok, about, message)
    }

    /// Greenhouse refuses the credential, or is not reached.
    fn refused(stop: &Stop) -> Self {
        Self::fail("credential", stop.to_string(), "check `auth` and `base_url` of the destination, and the secrets that they name")
    }

    fn warn(about: &'static str, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self::of_level(Level::Warn, about, message, help)
    }

    fn fail(about: &'static str, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self::of_level(Level::Fail, about, message, help)
    }

    fn of_level(level: Level, about: &'static str, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..Self::new(level, about, message) }
    }

    fn of(about: &'static str, fault: Diagnostic) -> Self {
        let at = fault.place.as_ref().map(|place| (place.path().display().to_string(), place.begin()));
        let (file, begin) = at.unzip();
        Self {
            help: fault.help,
            file,
            line: begin.map(|(line, _)| line),
            column: begin.map(|(_, column)| column),
            ..Self::new(Level::Fail, about, fault.message)
        }
    }
}

/// Asks everything that can be asked; sends nothing that changes anything. In the order in which a run would meet it.
pub async fn examine(pipeline: &Pipeline, http: &Http, ledger: &Path) -> Vec<Finding> {
    let mut findings = source(&pipeline.source, http).await;
    findings.extend(greenhouse::examine(pipeline, http).await);
    findings.push(of_ledger(ledger));
    findings
}

/// Asks a live account what reading can confirm of the facts about Harvest v3 that are not certain; changes nothing.
pub async fn probe(pipeline: &Pipeline, http: &Http) -> Vec<Finding> {
    if pipeline.destination.api == Api::HarvestV1 {
        return vec![Finding::ok(FACT, "harvest-v1 is not probed: its documents are complete")];
    }
    let verdicts = match Wire::open_as(&pipeline.destination, http.clone()).await {
        Ok(wire) => wire.confirm().await,
        Err(stop) => return vec![Finding::refused(&stop)],
    };
    match verdicts {
        Ok(verdicts) => verdicts.into_iter().map(|(fact, verdict)| of_fact(fact, verdict)).collect(),
        Err(blind) => vec![Finding::fail(FACT, blind.to_string(), "run it again when `hireline doctor` has no problem")],
    }
}

const FACT: &str = "fact";

fn of_fact(fact: &Fact, verdict: Verdict) -> Finding {
    match verdict {
        Verdict::Confirmed => Finding::ok(FACT, format!("confirmed: {}", fact.fact)),
        Verdict::NotAnswered(why) => {
            Finding::warn(FACT, format!("not answered: {} ({why})", fact.fact), format!("it is wrong if {}", fact.wrong_if))
        }
        Verdict::Contradicted(what) => {
            Finding::fail(FACT, format!("contradicted: {} ({what})", fact.fact), format!("report it; it is changed at {}", fact.place))
        }
    }
}

fn of_ledger(ledger: &Path) -> Finding {
    let path = ledger.display();
    if ledger.exists() {
        return Finding::ok("ledger", format!("{path} knows who was pushed before"));
    }
    Finding::warn(
        "ledger",
        format!("{path} is not there yet: the first run makes it"),
        "where candidates were pushed to this account before, name that ledger with --ledger or in hireline.yaml",
    )
}

const SOURCE: &str = "source";

/// Whether the source can be read, and what is in it.
async fn source(settings: &settings::Source, http: &Http) -> Vec<Finding> {
    match Source::open(settings, http) {
        Err(error) => vec![Finding::fail(SOURCE, error.to_string(), "mend what `source` names in the pipeline")],
        Ok(Source::Files(_)) => vec![Finding::ok(SOURCE, "profiles are read from files, which are there")],
        Ok(Source::Hrflow(reader)) => {
            let mut findings = Vec::new();
            for source_key in reader.source_keys() {
                match reader.peek(source_key).await {
                    Ok(peek) => findings.push(peeked(peek)),
                    Err(error) => {
                        findings.push(Finding::new(Level::Fail, SOURCE, error.to_string()));
                        // The next source would say the same.
                        break;
                    }
                }
            }
            findings
        }
    }
}

fn peeked(peek: Peek) -> Finding {
    let Peek { source_key, name, profiles } = peek;
    let named = name.map_or_else(|| format!("source {source_key}"), |name| format!("source {source_key}, called \"{name}\","));
    match profiles {
        Some(0) => Finding::warn(
            SOURCE,
            format!("HrFlow takes the credentials, and {named} holds no profile"),
            "is `source_keys` right? HrFlow does not tell a source that is not there from one that is empty",
        ),
        Some(1) => Finding::ok(SOURCE, format!("HrFlow takes the credentials, and {named} holds 1 profile")),
        Some(many) => Finding::ok(SOURCE, format!("HrFlow takes the credentials, and {named} holds {many} profiles")),
        None => Finding::ok(SOURCE, format!("HrFlow takes the credentials, and {named} can be read")),
    }
}
