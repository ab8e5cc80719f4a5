//! The command line: one file a verb, or a few that belong together. Printing happens here and in `report`, nowhere else.

mod check;
mod diff;
mod doctor;
mod exit;
mod explain;
mod fixtures;
mod history;
mod init;
mod ledger;
mod log;
mod login;
mod metrics;
mod options;
mod plan;
mod print;
pub mod report;
mod resolve;
mod run;
mod sandbox;
mod sandboxed;
mod shell;
mod show;
mod signals;
mod test;
mod trace;

use crate::engine::names::NamesError;
use crate::greenhouse::Stop;
use crate::language::compile::{Loaded, Pipeline};
use clap::{Parser, Subcommand};
use log::{Log, LogFormat};
use options::{LedgerOption, Patience, Selection, Target};
use std::path::{Path, PathBuf};

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
    #[arg(short, long, global = true, display_order = 990, action = clap::ArgAction::Count)]
    verbose: u8,
    /// How the log is written: json is one object a line, with the spans around each event
    #[arg(long, global = true, display_order = 991, value_enum, default_value_t = LogFormat::Text, env = "HIRELINE_LOG_FORMAT", value_name = "FORMAT")]
    log_format: LogFormat,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Make a working folder for a customer: pipeline, fixtures, snapshots, README
    Init(init::Options),
    /// Tell everything about pipelines that can be known without the network
    Check(check::Options),
    /// Show what a run would do, and send nothing
    Plan(plan::Options),
    /// Tell whether a pipeline could run: credentials, permissions, names; nothing is written
    Doctor(doctor::Options),
    /// Push candidates to Greenhouse, each once
    Run(run::Options),
    /// Tell the runs and what they came to
    History(history::Options),
    /// Tell all that the ledger knows of one profile
    Show(show::Options),
    /// Send again what Greenhouse refused, and only that
    Retry(run::Push),
    /// Say what is in Greenhouse where Hireline could not find out
    Resolve(resolve::Options),
    /// Erase a profile from the ledger, and never send it again
    Forget(Target),
    /// Check the ledger, back it up, put a backup in its place
    Ledger(ledger::Options),
    /// Show one profile's whole way: filters, members, requests
    Trace(trace::Options),
    /// Render each fixture and compare with its snapshot
    Test(test::Options),
    /// Sign in to Greenhouse as a person, for pipelines with `auth: oauth_user`
    Login(login::Login),
    /// Remove a sign-in from this machine
    Logout(login::Logout),
    /// Show what an edit changes, between a git revision and the work tree
    Diff(diff::Options),
    /// Make fixtures of profiles, with nobody in them
    Fixtures(fixtures::Options),
    /// Serve a local HrFlow and Greenhouse that behave as the real ones are documented to
    Sandbox(sandbox::Options),
    /// Tell what a code of `check` means, with a wrong and a right example
    Explain(explain::Options),
    /// Serve an editor: faults, completion, meanings, values (see docs/editors.md)
    Lsp(shell::Lsp),
    /// Print a JSON Schema
    Schema(shell::Schema),
    /// Print the completions for a shell
    Completions(shell::Completions),
    /// Print a manual page
    Man(shell::Man),
}

#[derive(Debug)]
struct Failure {
    code: u8,
    words: String,
}

/// An error that is not about the command line or a pipeline: it could not run.
impl<E: std::error::Error> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::could_not(error)
    }
}

impl Failure {
    fn of(self, pipeline: &Pipeline) -> Self {
        Self { words: format!("pipeline {}: {}", pipeline.id, self.words), ..self }
    }

    fn could_not(error: impl std::fmt::Display) -> Self {
        Self { code: exit::COULD_NOT, words: error.to_string() }
    }

    fn wrong(words: impl Into<String>) -> Self {
        Self { code: exit::WRONG, words: words.into() }
    }
}

type Result<T> = std::result::Result<T, Failure>;

/// What parsers and templates may need at their own bounds, several times over. The system's own stack may be a megabyte, and one that ends
/// kills the process without a word.
const STACK: usize = 32 << 20;

/// Runs the command line on a stack of its own; gives the exit code.
pub fn main() -> u8 {
    let thread = std::thread::Builder::new().name("main".to_owned()).stack_size(STACK).spawn(on_this_stack);
    // A panic has told of itself.
    thread.map_or(exit::COULD_NOT, |thread| thread.join().unwrap_or(exit::COULD_NOT))
}

fn on_this_stack() -> u8 {
    std::panic::set_hook(Box::new(|panic| print::error(&of_our_own(panic))));
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            print::usage(&error);
            return ended(if error.use_stderr() { exit::WRONG } else { exit::WELL });
        }
    };
    let log = Log::start(cli.verbose, cli.log_format, matches!(cli.verb, Verb::Run(_) | Verb::Retry(_)));
    let done = match cli.verb {
        Verb::Check(options) => block_on(check::check(&options)),
        Verb::Init(options) => block_on(async { init::init(&options) }),
        Verb::Plan(options) => block_on(plan::plan(&options)),
        Verb::Doctor(options) => block_on(doctor::doctor(&options)),
        Verb::Run(options) => block_on(run::run(&options)),
        Verb::History(options) => block_on(history::history(&options)),
        Verb::Show(options) => block_on(show::show(&options)),
        Verb::Retry(push) => block_on(run::run(&run::Options::retry(push))),
        Verb::Resolve(options) => block_on(resolve::resolve(&options)),
        Verb::Forget(options) => block_on(resolve::forget(&options)),
        Verb::Ledger(options) => block_on(async { ledger::ledger(&options) }),
        Verb::Trace(options) => block_on(trace::trace(&options)),
        Verb::Test(options) => block_on(async { test::test(&options) }),
        Verb::Login(options) => block_on(login::login(&options)),
        Verb::Logout(options) => login::logout(&options),
        Verb::Diff(options) => block_on(diff::diff(&options)),
        Verb::Fixtures(options) => block_on(fixtures::fixtures(&options)),
        Verb::Sandbox(options) => block_on(sandbox::sandbox(&options)),
        Verb::Explain(options) => explain::explain(&options),
        Verb::Lsp(options) => shell::lsp(&options),
        Verb::Schema(options) => shell::schema(&options),
        Verb::Completions(options) => shell::completions(&options),
        Verb::Man(options) => shell::man(&options),
    };
    log.end();
    ended(done.unwrap_or_else(|failure| {
        print::error(&failure.words);
        failure.code
    }))
}

/// The exit code, once it is known whether the report was written.
fn ended(code: u8) -> u8 {
    let code = print::code(code);
    print::unwritten();
    code
}

/// A fault of the program, by its place alone: what it was working on may be somebody's data, or a secret.
fn of_our_own(panic: &std::panic::PanicHookInfo<'_>) -> String {
    let place = panic.location().map_or_else(|| "an unknown place".to_owned(), ToString::to_string);
    let version = env!("CARGO_PKG_VERSION");
    format!("hireline {version} has a fault of its own, at {place}: tell its makers this line. What it was working on is not shown")
}

fn block_on(work: impl Future<Output = Result<u8>>) -> Result<u8> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).thread_stack_size(STACK / 4).enable_all().build();
    runtime?.block_on(async {
        signals::keep_when_a_file_is_full();
        work.await
    })
}

/// Compiles; shows what is wrong; gives the pipelines where nothing is.
fn compiled(paths: &[PathBuf]) -> Result<Vec<Pipeline>> {
    let Loaded { pipelines, diagnostics } = crate::language::compile::load(paths);
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

fn only(path: &Path) -> Result<Pipeline> {
    let mut pipelines = compiled(&[path.to_owned()])?;
    match (pipelines.pop(), pipelines.is_empty()) {
        (Some(pipeline), true) => Ok(pipeline),
        _ => Err(Failure::wrong("this takes one pipeline: name its file")),
    }
}

/// Names that Greenhouse does not know are shown where they stand: the pipeline is wrong then, and not the surroundings.
fn no_names(error: NamesError) -> Failure {
    match error {
        NamesError::Unknown(faults) => {
            print::diagnostics_to_stderr(&faults);
            Failure::wrong(format!("{} in it that Greenhouse does not have: nothing was sent", plural(faults.len(), "name")))
        }
        NamesError::Stop(Stop::Named(error)) => Failure::wrong(error.to_string()),
        NamesError::Stop(stop) => Failure::could_not(stop),
    }
}

fn plural(n: usize, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    #[test]
    fn a_fault_of_our_own_is_told_without_what_it_held() {
        let told = Arc::new(Mutex::new(Vec::new()));
        let (before, to) = (std::panic::take_hook(), Arc::clone(&told));
        std::panic::set_hook(Box::new(move |panic| to.lock().unwrap().push(super::of_our_own(panic))));
        let ended = std::panic::catch_unwind(|| panic!("the secret hush"));
        std::panic::set_hook(before);
        let told = told.lock().unwrap().join("\n");
        assert!(ended.is_err() && told.contains("src/cli.rs") && !told.contains("hush"), "{told}");
    }
}
