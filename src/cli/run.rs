//! `hireline run`: pushes.

use super::metrics::{Measured, MetricsOption};
use super::sandbox::Trouble;
use super::{Failure, LedgerOption, Patience, Result, Selection, compiled, no_names, plural, print, sandboxed};
use crate::base::display;
use crate::cli::exit;
use crate::cli::report::{lines, terminal};
use crate::cli::signals;
use crate::engine::plan::file::Agreed;
use crate::engine::run::{self, News, RunError, Summary};
use crate::language::compile::Pipeline;
use crate::ledger::Ledger;
use crate::model::outcome::{Ending, Outcome};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::collections::BTreeMap;
use std::io::{BufRead, IsTerminal, Write};
use std::path::PathBuf;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

#[derive(Debug, clap::Args)]
pub(super) struct Options {
    #[command(flatten)]
    push: Push,
    #[command(flatten)]
    own: Own,
}

/// The options of `run` and `retry`.
#[derive(Debug, clap::Args)]
pub(super) struct Push {
    #[command(flatten)]
    selection: Selection,
    /// One object a line on standard output, nothing else there
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    patience: Patience,
    #[command(flatten)]
    metrics: MetricsOption,
    #[command(flatten)]
    ledger: LedgerOption,
}

/// The options of `run` alone.
#[derive(Debug, Default, clap::Args)]
struct Own {
    /// No more than N profiles
    #[arg(long, value_name = "N")]
    limit: Option<u64>,
    /// Against a local stand-in for HrFlow and Greenhouse, with the fixtures as profiles; no secret is needed
    #[arg(long)]
    sandbox: bool,
    /// Ask nothing
    #[arg(short, long)]
    yes: bool,
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
    trouble: Trouble,
}

impl Options {
    /// A run of failed profiles alone, which asks nothing.
    pub fn retry(push: Push) -> Self {
        Self { push, own: Own { yes: true, retry: true, ..Own::default() } }
    }
}

struct Ended {
    code: u8,
    /// It was not cut short.
    whole: bool,
}

pub(super) async fn run(options: &Options) -> Result<u8> {
    let Options { push, own } = options;
    let pipelines = compiled(&push.selection.paths)?;
    if own.plan.is_some() && pipelines.len() > 1 {
        return Err(Failure::wrong("a plan is of one pipeline: name its file"));
    }
    let measuring = push.metrics.begin(&pipelines)?;
    let signals = signals::catch();
    let mut code = exit::WELL;
    for mut pipeline in pipelines {
        let measured = measuring.run(&pipeline);
        let ended = match sandboxed::Session::begin(&mut pipeline, own.sandbox, &push.ledger).await {
            Ok(session) => match own.trouble.begin(session.sandbox()) {
                Ok(()) => one(&pipeline, options, &session, &measured, signals.cancel.clone()).await,
                Err(failure) => Err(failure),
            },
            Err(failure) => Err(failure),
        };
        let came = ended.as_ref().map_or_else(|failure| failure.code, |ended| ended.code);
        let whole = ended.as_ref().is_ok_and(|ended| ended.whole);
        measured.ended(signals.caught().unwrap_or_else(|| print::code(came)), whole).await;
        code = code.max(came);
        if let Err(failure) = ended {
            print::error(&failure.of(&pipeline).words);
        }
        if let Some(signal) = signals.caught() {
            measuring.end().await;
            print::note("stopped: what was in flight has ended and is recorded. Run the same command again to go on");
            return Ok(signal);
        }
        if print::is_closed() {
            print::note(
                "stopped: nobody reads the report any more. What was in flight has ended and is recorded. Run the same command again to go on",
            );
            break;
        }
    }
    measuring.end().await;
    Ok(code)
}

async fn one(
    pipeline: &Pipeline,
    options: &Options,
    session: &sandboxed::Session,
    measured: &Measured,
    cancel: CancellationToken,
) -> Result<Ended> {
    let Options { push, own } = options;
    let ledger = session.open()?;
    measured.opened(pipeline, &ledger);
    let plan = own.plan.as_deref().map(|file| Agreed::read(file, pipeline, ledger.key())).transpose();
    let plan = plan.map_err(|error| Failure::wrong(error.to_string()))?;
    if plan.is_none() && !confirmed(pipeline, options, &ledger)? {
        return Err(Failure { code: exit::COULD_NOT, words: "not confirmed: nothing was sent".into() });
    }
    let wanted = run::Options {
        profiles: push.selection.profile.clone(),
        limit: own.limit,
        no_wait: own.no_wait,
        retry: own.retry,
        new_ledger: own.new_ledger || session.is_sandbox(),
        plan,
    };
    let (news, told) = mpsc::channel(256);
    // Weak: the news end with the run.
    let waiting = news.downgrade();
    let http = push.patience.http().measured_by(measured.meter.clone()).telling(move |words| {
        let _nobody_listens = waiting.upgrade().map(|news| news.try_send(News::Note(words)));
    });
    let mut teller = Teller::new(pipeline, push.json, session.is_sandbox(), cancel.clone());
    let pushing = run::run(pipeline, http, ledger, &wanted, cancel, news);
    let (result, ()) = tokio::join!(pushing, teller.listen(told));
    measured.closes().await;
    teller.end(result)
}

/// Before the first push from a new ledger a person is asked; in a pipe `max_profiles` is the guard.
fn confirmed(pipeline: &Pipeline, options: &Options, ledger: &Ledger) -> Result<bool> {
    let few = !options.push.selection.profile.is_empty() || options.own.limit.is_some_and(|limit| limit <= 10);
    let at_terminal = std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
    if options.own.yes || options.own.sandbox || few || !at_terminal || !ledger.is_new() {
        return Ok(true);
    }
    let account = &pipeline.destination.account;
    let question =
        format!("This is the first push with this ledger: all profiles of {} go to Greenhouse ({account}). Go on? [y/N] ", pipeline.id);
    print::ask(&question)?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}

struct Teller {
    pipeline: String,
    json: bool,
    sandbox: bool,
    progress: Progress,
    cancel: CancellationToken,
    filtered: BTreeMap<(String, Option<String>), u64>,
    failures: terminal::Failures,
}

impl Teller {
    fn new(pipeline: &Pipeline, json: bool, sandbox: bool, cancel: CancellationToken) -> Self {
        let progress = Progress::new(&pipeline.id);
        Self {
            pipeline: pipeline.id.clone(),
            json,
            sandbox,
            progress,
            cancel,
            filtered: BTreeMap::new(),
            failures: terminal::Failures::default(),
        }
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
                let words = format!("waiting until {until:.0} for Greenhouse to settle {}", plural(people, "profile"));
                self.progress.say(&words);
                self.aside(&words);
            }
        }
    }

    fn ended(&mut self, ending: &Ending) {
        self.progress.ended();
        self.failures.add(ending);
        if let (Outcome::Filtered, Some(filter)) = (ending.outcome, &ending.filter) {
            *self.filtered.entry((filter.clone(), ending.because.clone())).or_default() += 1;
        }
        let line = match (self.json, ending.outcome) {
            (true, _) => display::object(&lines::profile(&self.pipeline, ending)),
            (false, Outcome::Unchanged | Outcome::Filtered) => return,
            (false, _) => terminal::line(ending),
        };
        self.print(&line);
    }

    /// A reader that has gone does not undo what was pushed: the run stops, and everything is in the ledger. A disk that is full stops nothing.
    fn print(&self, line: &str) {
        if !self.progress.print(line) && print::is_closed() {
            self.cancel.cancel();
        }
    }

    fn aside(&self, words: &str) {
        self.progress.aside(&format!("{}: {words}", self.pipeline));
    }

    fn end(self, result: std::result::Result<Summary, (RunError, Summary)>) -> Result<Ended> {
        let (summary, failure) = match result {
            Ok(summary) => (summary, None),
            Err((error, summary)) => (summary, Some(error)),
        };
        if self.json {
            let line = lines::summary(&summary.run, &self.pipeline, &summary.counts, summary.seconds, summary.stopped.as_deref());
            self.print(&display::object(&line));
        } else {
            let mut lines = terminal::filtered(&self.filtered);
            lines.extend(self.failures.lines());
            lines.iter().for_each(|line| self.print(line));
            let line = format!("{}: {} in {:.1} s", self.pipeline, terminal::counts(&summary.counts), summary.seconds);
            self.print(&line);
        }
        // Whoever asked it to stop knows.
        if let Some(stopped) = summary.stopped.as_ref().filter(|_| !self.cancel.is_cancelled()) {
            print::warning(&format!("pipeline {}: {stopped}", self.pipeline));
        }
        let whole = summary.stopped.is_none();
        let ended = |code| Ok(Ended { code, whole });
        match failure {
            Some(RunError::Names(error)) => Err(no_names(error)),
            Some(error) => Err(error.into()),
            None if !whole || summary.counts.keys().any(|outcome| outcome.wants_attention()) => ended(exit::ATTENTION),
            None => ended(exit::WELL),
        }
    }
}

/// A bar on a terminal, nothing elsewhere. Says what is done so far, on standard error; lines for standard output go through it, so that they do not cross.
#[derive(Debug)]
struct Progress {
    bar: ProgressBar,
}

impl Progress {
    fn new(pipeline: &str) -> Self {
        let target = if std::io::stderr().is_terminal() { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(None, target);
        let style = ProgressStyle::with_template("{spinner} {prefix}: {pos} profiles, {per_sec}, {elapsed}{msg}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
        bar.set_prefix(pipeline.to_owned());
        if !bar.is_hidden() {
            bar.enable_steady_tick(Duration::from_millis(200));
        }
        Self { bar }
    }

    fn ended(&self) {
        self.bar.inc(1);
    }

    fn say(&self, words: &str) {
        self.bar.set_message(if words.is_empty() { String::new() } else { format!(" – {}", display::line(words)) });
    }

    /// Writes a line of standard output while the bar steps aside.
    /// Tells whether it was written.
    fn print(&self, line: &str) -> bool {
        self.bar.suspend(|| print::line(line))
    }

    /// Writes a line of standard error, without colours.
    fn aside(&self, line: &str) {
        let _nobody_reads = self.bar.suspend(|| writeln!(anstream::stderr().lock(), "{}", display::plain(line)));
    }

    fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
