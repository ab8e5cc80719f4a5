//! The command line: one file a verb. Printing happens here and in `report`, nowhere else.

mod check;
mod forget;
mod lsp;
mod plan;
mod print;
mod resolve;
mod run;
mod sandbox;
mod sandboxed;
mod schema;
mod test;
mod trace;

use crate::compile::{Loaded, Pipeline};
use crate::exit;
use clap::{Args, Parser, Subcommand};
use std::io::IsTerminal;
use std::path::PathBuf;

/// Moves candidate profiles from HrFlow.ai into Greenhouse, by configuration.
#[derive(Debug, Parser)]
#[command(
    name = "hireline",
    version,
    about,
    max_term_width = 100,
    after_help = "Exit codes: 0 all well; 1 some profile needs a person; \
2 the command line or a pipeline is wrong; 3 it could not run; 4 there is something to do (plan --detailed-exitcode); 130, 143 stopped."
)]
struct Cli {
    /// Say more on standard error: -v what is done, -vv every request
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    verbose: u8,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Tell everything about pipelines that can be known without the network
    Check(check::Options),
    /// Show what a run would do, and send nothing
    Plan(plan::Options),
    /// Push candidates to Greenhouse, each once
    Run(run::Options),
    /// Send again what Greenhouse refused, and only that
    Retry(run::Retry),
    /// Say what is in Greenhouse where Hireline could not find out
    Resolve(resolve::Options),
    /// Erase a profile from the ledger, and never send it again
    Forget(forget::Options),
    /// Show one profile's whole way: filters, members, requests
    Trace(trace::Options),
    /// Render each fixture and compare with its snapshot
    Test(test::Options),
    /// Serve a local HrFlow and Greenhouse that behave as the real ones are documented to
    Sandbox(sandbox::Options),
    /// Serve an editor: faults, completion, meanings, values (see docs/editors.md)
    Lsp(lsp::Options),
    /// Print a JSON Schema
    Schema(schema::Options),
}

/// Where the ledger is.
#[derive(Debug, Clone, Default, Args)]
struct LedgerOption {
    /// The ledger's file, instead of the workspace's
    #[arg(long, env = "HIRELINE_LEDGER", value_name = "PATH")]
    ledger: Option<PathBuf>,
}

impl LedgerOption {
    fn path(&self, pipeline: &Pipeline) -> PathBuf {
        let workspace = &pipeline.workspace;
        self.ledger.clone().or_else(|| workspace.ledger.clone()).unwrap_or_else(|| workspace.root.join(".hireline").join("ledger.db"))
    }
}

/// Why a verb ends with another code than 0.
#[derive(Debug)]
struct Failure {
    code: u8,
    words: String,
}

impl Failure {
    fn could_not(error: impl std::fmt::Display) -> Self {
        Self { code: exit::COULD_NOT, words: error.to_string() }
    }

    fn wrong(words: impl Into<String>) -> Self {
        Self { code: exit::WRONG, words: words.into() }
    }
}

type Result<T> = std::result::Result<T, Failure>;

/// Runs the command line; gives the exit code.
pub fn main() -> u8 {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let _nobody_reads = error.print();
            return if error.use_stderr() { exit::WRONG } else { exit::WELL };
        }
    };
    log_to_stderr(cli.verbose);
    let done = match cli.verb {
        Verb::Check(options) => check::check(&options),
        Verb::Plan(options) => block_on(plan::plan(&options)),
        Verb::Run(options) => block_on(run::run(&options)),
        Verb::Retry(options) => block_on(run::run(&options.into())),
        Verb::Resolve(options) => block_on(resolve::resolve(&options)),
        Verb::Forget(options) => block_on(forget::forget(&options)),
        Verb::Trace(options) => block_on(trace::trace(&options)),
        Verb::Test(options) => block_on(test::test(&options)),
        Verb::Sandbox(options) => block_on(sandbox::sandbox(&options)),
        Verb::Lsp(options) => lsp::lsp(&options),
        Verb::Schema(options) => schema::schema(&options),
    };
    match done {
        Ok(code) => code,
        Err(failure) => {
            print::error(&failure.words);
            failure.code
        }
    }
}

fn block_on(work: impl Future<Output = Result<u8>>) -> Result<u8> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.map_err(Failure::could_not)?.block_on(work)
}

/// Engineers' log: off unless asked for, by `-v` or HIRELINE_LOG.
fn log_to_stderr(verbose: u8) {
    use tracing_subscriber::EnvFilter;
    let level = match verbose {
        0 => "off",
        1 => "hireline=info",
        _ => "hireline=debug",
    };
    let filter = EnvFilter::try_from_env("HIRELINE_LOG").unwrap_or_else(|_| EnvFilter::new(level));
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false);
    let _set_once = log.try_init();
}

/// Compiles; shows what is wrong; gives the pipelines where nothing is.
fn compiled(paths: &[PathBuf]) -> Result<Vec<Pipeline>> {
    let Loaded { pipelines, diagnostics } = crate::compile::load(paths);
    let faults = print::diagnostics_to_stderr(&diagnostics);
    if faults > 0 {
        return Err(Failure::wrong(format!("{} in the pipelines: nothing was started", plural(faults, "fault"))));
    }
    if pipelines.is_empty() {
        let paths: Vec<_> = paths.iter().map(|path| path.display().to_string()).collect();
        return Err(Failure::wrong(format!(
            "no pipeline in {}: a pipeline file has `pipeline: NAME` at its first level",
            paths.join(", ")
        )));
    }
    Ok(pipelines)
}

fn plural(n: usize, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}
