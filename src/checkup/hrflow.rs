//! The source: whether it can be read, and what is in it.

use super::{Finding, Level};
use crate::http::Http;
use crate::settings;
use crate::source::{Peek, Source};

const ABOUT: &str = "source";

pub(super) async fn examine(settings: &settings::Source, http: &Http) -> Vec<Finding> {
    match Source::open(settings, http) {
        Err(error) => vec![Finding::fail(ABOUT, error.to_string(), "mend what `source` names in the pipeline")],
        Ok(Source::Files(_)) => vec![Finding::ok(ABOUT, "profiles are read from files, which are there")],
        Ok(Source::Hrflow(reader)) => {
            let mut findings = Vec::new();
            for source_key in reader.source_keys() {
                match reader.peek(source_key).await {
                    Ok(peek) => findings.push(of(peek)),
                    Err(error) => {
                        findings.push(Finding::new(Level::Fail, ABOUT, error.to_string()));
                        // The next source would say the same.
                        break;
                    }
                }
            }
            findings
        }
    }
}

fn of(peek: Peek) -> Finding {
    let Peek { source_key, name, profiles } = peek;
    let named = name.map_or_else(|| format!("source {source_key}"), |name| format!("source {source_key}, called \"{name}\","));
    match profiles {
        Some(0) => Finding::warn(
            ABOUT,
            format!("HrFlow takes the credentials, and {named} holds no profile"),
            "is `source_keys` right? HrFlow does not tell a source that is not there from one that is empty",
        ),
        Some(1) => Finding::ok(ABOUT, format!("HrFlow takes the credentials, and {named} holds 1 profile")),
        Some(many) => Finding::ok(ABOUT, format!("HrFlow takes the credentials, and {named} holds {many} profiles")),
        None => Finding::ok(ABOUT, format!("HrFlow takes the credentials, and {named} can be read")),
    }
}
