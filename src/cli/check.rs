//! `hireline check`: everything that can be known without the network.

mod watch;

use super::{Failure, Result, plural, print};
use crate::base::diagnostic::{Diagnostic, Severity};
use crate::base::display;
use crate::cli::exit;
use crate::cli::report;
use crate::language::compile::{Checked, Loader};
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub(super) struct Options {
    /// Pipeline files, library files or folders
    #[arg(value_name = "PATH", default_value = ".")]
    paths: Vec<PathBuf>,
    #[arg(long, value_enum, default_value_t = Format::Human, conflicts_with = "watch")]
    format: Format,
    /// Check again whenever a file is saved, until Ctrl-C
    #[arg(long)]
    watch: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Human,
    /// One object a line
    Json,
    /// GitHub's workflow commands: notes beside the lines of a pull request
    Github,
    /// SARIF 2.1.0, for tools that collect findings
    Sarif,
}

pub(super) async fn check(options: &Options) -> Result<u8> {
    if options.watch {
        return watch::watch(&options.paths).await;
    }
    let checked = load(&options.paths);
    match options.format {
        Format::Human => human(&checked),
        Format::Json => print::text(&report::diagnostics::json_lines(&checked.diagnostics)),
        Format::Github => {
            let here = std::env::current_dir().unwrap_or_default();
            print::report(&report::diagnostics::github(&checked.diagnostics, &here));
        }
        Format::Sarif => {
            let log = format!("{:#}", report::diagnostics::sarif(&checked.diagnostics));
            print::line(&display::json(&log));
        }
    }
    Ok(if is_wrong(&checked.diagnostics) { exit::WRONG } else { exit::WELL })
}

fn load(paths: &[PathBuf]) -> Checked {
    Loader::default().warn_of_unset_variables(true).check(paths)
}

fn is_wrong(diagnostics: &[Diagnostic]) -> bool {
    diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
}

fn human(checked: &Checked) {
    print::diagnostics(&checked.diagnostics);
    let counts = report::diagnostics::counts(&checked.diagnostics);
    let pipelines = plural(checked.pipelines, "pipeline");
    print::line(&match (is_wrong(&checked.diagnostics), counts.as_str()) {
        (_, "") => format!("{pipelines}: no faults"),
        (false, counts) => format!("\n{pipelines}: no errors, {counts}"),
        (true, counts) => format!("\n{counts}"),
    });
    if let Some(worst) = checked.diagnostics.iter().find(|diagnostic| diagnostic.severity == Severity::Error) {
        print::plain(&format!("What a code means: `hireline explain {}`", worst.code));
    }
}
