//! `hireline run`: pushes.

use super::metrics::{Measured, MetricsOption};
use super::patience::Patience;
use super::sandbox::Trouble;
use super::{Failure, LedgerOption, Result, compiled, no_names, plural, print, sandboxed};
use crate::compile::Pipeline;
use crate::ledger::Ledger;
use crate::outcome::{Ending, Outcome};
use crate::plan::file::Agreed;
use crate::report::progress::Progress;
use crate::report::{lines, terminal};
use crate::run::{self, Brake, News, RunError, Summary};
use crate::{exit, signals, visible};
use std::collections::BTreeMap;
use std::io::{BufRead, IsTerminal};
use std::path::PathBuf;
use tokio::sync::mpsc;

#[derive(Debug, clap::Args)]
pub(super) struct Options {
    /// Pipeline files, or folders of them
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,
    /// Only the profile with this key; can be given again
    #[arg(long, value_name = "KEY")]
    profile: Vec<String>,
    /// No more than N profiles
    #[arg(long, value_name = "N")]
    limit: Option<u64>,
    /// Against a local stand-in for HrFlow and Greenhouse, with the fixtures as profiles; no secret is needed
    #[arg(long)]
    sandbox: bool,
    /// Ask nothing
    #[arg(short, long)]
    yes: bool,
    /// One object a line on standard output, nothing else there
    #[arg(long)]
    json: bool,
    /// Leave what Greenhouse has not settled yet to the next run
    #[arg(long)]
    no_wait: bool,
    /// Go on although the ledger is new and the pipeline does not look for people who are there
    #[arg(long)]
    new_ledger: bool,
    /// Do only what this plan says (`hireline plan --out FILE`); who differs from it is left
    #[arg(long, value_name = "FILE", conflicts_with_all = ["profile", "limit"])]
    plan: Option<PathBuf>,
    #[arg(skip)]
    retry: bool,
    #[command(flatten)]
    patience: Patience,
    #[command(flatten)]
    trouble: Trouble,
    #[command(flatten)]
    metrics: MetricsOption,
    #[command(flatten)]
    ledger: LedgerOption,
}

/// `hireline retry`: a run of who failed alone.
#[derive(Debug, clap::Args)]
pub(super) struct Retry {
    /// Pipeline files, or folders of them
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,
    /// Only the profile with this key; can be given again
    #[arg(long, value_name = "KEY")]
    profile: Vec<String>,
    /// One object a line on standard output, nothing else there
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    metrics: MetricsOption,
    #[command(flatten)]
    patience: Patience,
    #[command(flatten)]
    ledger: LedgerOption,
}

impl From<Retry> for Options {
    fn from(retry: Retry) -> Self {
        let Retry { paths, profile, json, metrics, patience, ledger } = retry;
        Self {
            paths,
            profile,
            limit: None,
            sandbox: false,
            yes: true,
            json,
            no_wait: false,
            new_ledger: false,
            plan: None,
            retry: true,
            patience,
            trouble: Trouble::default(),
            metrics,
            ledger,
        }
    }
}

pub(super) async fn run(options: &Options) -> Result<u8> {
    let pipelines = compiled(&options.paths)?;
    if options.plan.is_some() && pipelines.len() > 1 {
        return Err(Failure::wrong("a plan is of one pipeline: name its file"));
    }
    let measuring = options.metrics.begin(&pipelines)?;
    let signals = signals::catch();
    let mut code = exit::WELL;
    for mut pipeline in pipelines {
        let measured = measuring.run(&pipeline);
        let ended = match sandboxed::Session::begin(&mut pipeline, options.sandbox, options.ledger.ledger.as_deref()).await {
            Ok(session) => match options.trouble.begin(session.sandbox()) {
                Ok(()) => one(&pipeline, options, &session, &measured, signals.brake.clone()).await,
                Err(failure) => Err(failure),
            },
            Err(failure) => Err(failure),
        };
        measured.ended(signals.caught().unwrap_or_else(|| ended.as_ref().map_or_else(|failure| failure.code, |code| *code))).await;
        match ended {
            Ok(ended) => code = code.max(ended),
            Err(failure) => {
                let named = format!("pipeline {}: ", pipeline.id);
                let words = failure.words.strip_prefix(&named).unwrap_or(&failure.words);
                print::error(&format!("{named}{words}"));
                code = code.max(failure.code);
            }
        }
        if let Some(signal) = signals.caught() {
            measuring.end().await;
            print::note("stopped: what was in flight has ended and is recorded. Run the same command again to go on");
            return Ok(signal);
        }
    }
    measuring.end().await;
    Ok(code)
}

async fn one(pipeline: &Pipeline, options: &Options, session: &sandboxed::Session, measured: &Measured, brake: Brake) -> Result<u8> {
    let path = session.ledger_path().map_or_else(|| options.ledger.path(pipeline), PathBuf::from);
    let ledger = Ledger::open(&path).map_err(Failure::could_not)?;
    measured.opened(pipeline, &ledger);
    let plan = options.plan.as_deref().map(|file| Agreed::read(file, pipeline, ledger.key())).transpose();
    let plan = plan.map_err(|error| Failure::wrong(error.to_string()))?;
    if plan.is_none() && !confirmed(pipeline, options, &ledger)? {
        return Err(Failure { code: exit::COULD_NOT, words: "not confirmed: nothing was sent".into() });
    }
    let wanted = run::Options {
        profiles: options.profile.clone(),
        limit: options.limit,
        no_wait: options.no_wait,
        retry: options.retry,
        new_ledger: options.new_ledger || session.is_sandbox(),
        plan,
    };
    let (news, told) = mpsc::channel(256);
    // Weak: the news end with the run.
    let waiting = news.downgrade();
    let http = options.patience.http().measured_by(measured.meter.clone()).telling(move |words| {
        let _nobody_listens = waiting.upgrade().map(|news| news.try_send(News::Note(words)));
    });
    let mut teller = Teller::new(pipeline, options.json, session.is_sandbox(), brake.clone());
    let pushing = run::run(pipeline, http, ledger, &wanted, brake, news);
    let (result, ()) = tokio::join!(pushing, teller.listen(told));
    measured.closes().await;
    teller.end(result, pipeline)
}

/// Before the first push from a new ledger a person is asked; in a pipe `max_profiles` is the guard.
fn confirmed(pipeline: &Pipeline, options: &Options, ledger: &Ledger) -> Result<bool> {
    let few = !options.profile.is_empty() || options.limit.is_some_and(|limit| limit <= 10);
    let at_terminal = std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
    if options.yes || options.sandbox || few || !at_terminal || !ledger.is_new() {
        return Ok(true);
    }
    let account = &pipeline.destination.account;
    let question =
        format!("This is the first push with this ledger: all profiles of {} go to Greenhouse ({account}). Go on? [y/N] ", pipeline.id);
    print::ask(&question).map_err(Failure::could_not)?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer).map_err(Failure::could_not)?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}

/// Tells what happens, as it happens.
struct Teller {
    pipeline: String,
    json: bool,
    sandbox: bool,
    progress: Progress,
    brake: Brake,
    filtered: BTreeMap<(String, Option<String>), u64>,
    unread: bool,
}

impl Teller {
    fn new(pipeline: &Pipeline, json: bool, sandbox: bool, brake: Brake) -> Self {
        let progress = Progress::new(&pipeline.id);
        Self { pipeline: pipeline.id.clone(), json, sandbox, progress, brake, filtered: BTreeMap::new(), unread: false }
    }

    async fn listen(&mut self, mut told: mpsc::Receiver<News>) {
        while let Some(news) = told.recv().await {
            self.tell(news);
        }
        self.progress.finish();
    }

    fn tell(&mut self, news: News) {
        match news {
            News::Ended(ending) => self.ended(&ending),
            News::NewLedger if self.sandbox => {}
            News::NewLedger => self.aside("this ledger is new: nobody was pushed with it before"),
            News::Note(words) => self.aside(&words),
            News::Waiting { people, until } => {
                let words = format!("waiting until {until:.0} for Greenhouse to settle {}", plural(people, "push"));
                self.progress.say(&words);
                self.aside(&words.replace("pushs", "pushes"));
            }
        }
    }

    fn ended(&mut self, ending: &Ending) {
        self.progress.ended();
        if let (Outcome::Filtered, Some(filter)) = (ending.outcome, &ending.filter) {
            *self.filtered.entry((filter.clone(), ending.because.clone())).or_default() += 1;
        }
        let line = match (self.json, ending.outcome) {
            (true, _) => visible::object(&lines::profile(&self.pipeline, ending)),
            (false, Outcome::Unchanged | Outcome::Filtered) => return,
            (false, _) => terminal::line(ending),
        };
        self.print(&line);
    }

    /// A reader that has gone does not undo what was pushed: the run stops, and everything is in the ledger.
    fn print(&mut self, line: &str) {
        if !self.unread && self.progress.print(line).is_err() {
            self.unread = true;
            self.brake.pull();
        }
    }

    fn aside(&self, words: &str) {
        self.progress.aside(&format!("{}: {words}", self.pipeline));
    }

    fn end(mut self, result: std::result::Result<Summary, (RunError, Summary)>, pipeline: &Pipeline) -> Result<u8> {
        let (summary, failure) = match result {
            Ok(summary) => (summary, None),
            Err((error, summary)) => (summary, Some(error)),
        };
        if self.json {
            let line = lines::summary(&summary.run, &pipeline.id, &summary.counts, summary.seconds, summary.stopped.as_deref());
            self.print(&visible::object(&line));
        } else {
            let lines = terminal::filtered(&self.filtered);
            lines.iter().for_each(|line| self.print(line));
            let line = format!("{}: {} in {:.1} s", pipeline.id, terminal::counts(&summary.counts), summary.seconds);
            self.print(&line);
        }
        if let Some(stopped) = &summary.stopped {
            print::warning(&format!("pipeline {}: {stopped}", pipeline.id));
        }
        match failure {
            Some(RunError::Names(error)) => Err(no_names(pipeline, error)),
            Some(error) => Err(Failure::could_not(error)),
            None if summary.stopped.is_some() || summary.counts.keys().any(|outcome| outcome.wants_attention()) => Ok(exit::ATTENTION),
            None => Ok(exit::WELL),
        }
    }
}
