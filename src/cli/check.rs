//! `hireline check`: everything that can be known without the network.

use super::{Result, plural, print};
use crate::compile::{Checked, Loader};
use crate::diagnostic::Severity;
use crate::{exit, report};
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub(super) struct Options {
    /// Pipeline files, library files or folders
    #[arg(value_name = "PATH", default_value = ".")]
    paths: Vec<PathBuf>,
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Human,
    /// One object a line
    Json,
}

pub(super) fn check(options: &Options) -> Result<u8> {
    let Checked { pipelines, diagnostics } = Loader::default().warn_of_unset_variables(true).check(&options.paths);
    let wrong = diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error);
    match options.format {
        Format::Json => print::text(&report::diagnostics::json_lines(&diagnostics)),
        Format::Human => {
            print::text(&report::diagnostics::human(&diagnostics, print::style()));
            let counts = report::diagnostics::counts(&diagnostics);
            let checked = plural(pipelines, "pipeline");
            print::line(&match (wrong, counts.as_str()) {
                (_, "") => format!("{checked}: no faults"),
                (false, counts) => format!("\n{checked}: no errors, {counts}"),
                (true, counts) => format!("\n{counts}"),
            });
        }
    }
    Ok(if wrong { exit::WRONG } else { exit::WELL })
}
