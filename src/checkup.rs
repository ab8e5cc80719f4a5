//! Whether a pipeline could run: every question that can be asked without changing anything, each with its answer and how to mend it.
//!
//! What is told holds no profile and no secret. That a thing may be written is not known before the first write, but where the token names it.

mod greenhouse; // the credential, the acting user, what may be read, the names
mod hrflow; // the source
mod writing; // what may be written, where the token tells

use crate::compile::Pipeline;
use crate::diagnostic::Diagnostic;
use crate::http::Http;
use serde::Serialize;
use std::path::Path;

/// How an answer is.
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

/// One answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    pub level: Level,
    /// What it is about: `source`, `credential`, `acting user`, `permission`, `writing`, `job`, `name`, `pace`, `ledger`.
    pub about: &'static str,
    /// A sentence.
    pub message: String,
    /// What to do about it.
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

    fn warn(about: &'static str, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..Self::new(Level::Warn, about, message) }
    }

    fn fail(about: &'static str, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..Self::new(Level::Fail, about, message) }
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

/// Where a pipeline's ledger is.
#[derive(Debug, Clone, Copy)]
pub struct LedgerFacts<'a> {
    pub path: &'a Path,
    /// Whether the file is there.
    pub is_there: bool,
}

/// Asks everything that can be asked; sends nothing that changes anything. In the order in which a run would meet it.
pub async fn examine(pipeline: &Pipeline, http: &Http, ledger: LedgerFacts<'_>) -> Vec<Finding> {
    let mut findings = hrflow::examine(&pipeline.source, http).await;
    findings.extend(greenhouse::examine(pipeline, http).await);
    findings.push(of_ledger(ledger));
    findings
}

fn of_ledger(ledger: LedgerFacts<'_>) -> Finding {
    let path = ledger.path.display();
    if ledger.is_there {
        return Finding::ok("ledger", format!("{path} knows who was pushed before"));
    }
    Finding::warn(
        "ledger",
        format!("{path} is not there yet: the first run makes it"),
        "where candidates were pushed to this account before, name that ledger with --ledger or in hireline.yaml",
    )
}
