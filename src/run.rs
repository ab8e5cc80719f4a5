//! The one asynchronous loop: a source's profiles, some at a time, each pushed to its end.
//!
//! The order of a run: lease, ledger, secrets; what an earlier run left open is settled; profiles that are owed; the source;
//! what was parked meanwhile; what was closed as not there, once more. Source: the delivery design, rules 3, 4, 12 and 13.

mod agreed;
pub mod breaker;
mod enclosed;
mod ending;
mod field;
mod gate;
mod in_hand;
mod judged;
mod late;
mod look;
mod parked;
mod progress;
mod push;
mod recover;
mod restored;
mod round;
mod settling;
mod traced;
mod window;
mod words;

use crate::compile::Pipeline;
use crate::greenhouse::{Stop, Wire};
use crate::http::Http;
use crate::ledger::{Ledger, LedgerError};
use crate::names::{self, Names, NamesError};
use crate::outcome::{Ending, Outcome};
use crate::plan;
use crate::settings::{Existing, WithoutEmail};
use crate::source::SourceError;
use crate::step::PersonKey;
use agreed::Agreed;
use breaker::Breaker;
use enclosed::Enclosures;
use gate::Gate;
use in_hand::InHand;
use jiff::Timestamp;
use parked::Parked;
use round::{Round, seen, tell};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;
use tokio::sync::mpsc;
use tracing::Instrument as _;

pub use window::IN_FLIGHT;

/// What a person at the command line asked for.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Only these profiles' keys.
    pub profiles: Vec<String>,
    /// No more than so many profiles are read.
    pub limit: Option<u64>,
    /// What is parked is left for the next run.
    pub no_wait: bool,
    /// Only who failed is read, and what was refused is sent again; with `profiles`, only those.
    pub retry: bool,
    /// A new, empty ledger is meant, although duplicates may come of it.
    pub new_ledger: bool,
    /// Only what this plan says is done.
    pub plan: Option<plan::file::Agreed>,
}

/// Why a run could not go on. What was recorded stays recorded.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    #[error(transparent)]
    Source(#[from] SourceError),
    #[error(transparent)]
    Greenhouse(#[from] Stop),
    #[error(transparent)]
    Names(#[from] NamesError),
    #[error(
        "the ledger is new, and `{setting}` does not look for people who are there: everyone may be made a second time. \
         If nothing was ever pushed to this account, run with --new-ledger; else name the ledger of the earlier runs with --ledger"
    )]
    NewLedger { setting: &'static str },
    #[error(
        "the ledger was put back from a backup a moment ago, and what was under way then may still be done by Greenhouse: run again after \
         {until:.0}, or without --no-wait"
    )]
    Restored { until: Timestamp },
    #[error(
        "the ledger was put back from a backup, so the candidates that were made since have to be listed before anybody is made, and that cannot \
         be done: {words}. Nothing was sent. Give the credential that permission; or, where nothing was pushed since the backup was taken, restore it \
         again with --nothing-since"
    )]
    Unlisted { words: String },
}

/// What happens in a run, as it happens.
#[derive(Debug)]
pub enum News {
    Ended(Box<Ending>),
    /// The ledger was empty.
    NewLedger,
    /// Something that a person should know; a sentence.
    Note(String),
    /// So many people wait, until then.
    Waiting {
        people: usize,
        until: Timestamp,
    },
}

/// How a run ended.
#[derive(Debug, Clone)]
pub struct Summary {
    pub run: String,
    pub counts: BTreeMap<Outcome, u64>,
    pub seconds: f64,
    /// Why it ended before the source did; none where it did not.
    pub stopped: Option<String>,
}

/// Asked to stop: what is in flight ends, nothing new begins.
#[derive(Debug, Clone, Default)]
pub struct Brake(Arc<AtomicBool>, Arc<tokio::sync::Notify>);

impl Brake {
    pub fn pull(&self) {
        self.0.store(true, Ordering::SeqCst);
        self.1.notify_waiters();
    }

    pub fn is_pulled(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }

    /// Ends when the brake is pulled.
    pub async fn pulled(&self) {
        let pulled = self.1.notified();
        if !self.is_pulled() {
            pulled.await;
        }
    }

    /// Ends when the brake is pulled, or after so long.
    pub async fn within(&self, time: std::time::Duration) {
        let _ended_either_way = tokio::time::timeout(time, self.pulled()).await;
    }
}

/// All that a push needs: shared by the pushes of one run, and changed by none.
pub(crate) struct World<'a> {
    pub pipeline: &'a Pipeline,
    pub ledger: Ledger,
    pub wire: Wire,
    /// Greenhouse's lists, by which a candidate's names are resolved.
    pub names: Names,
    pub http: Http,
    pub gate: Gate,
    pub breaker: Breaker,
    pub enclosures: Enclosures,
    pub run: String,
    pub brake: Brake,
    /// Something happened after which nothing more may be sent; people in flight are left for the next run.
    pub halted: AtomicBool,
    /// What was refused is sent again.
    pub retry: bool,
    /// People to whom something was sent.
    pub pushed: AtomicU64,
    pub in_hand: InHand,
    /// The ledger was put back from a backup once: some of what was sent is not in it.
    pub restored: bool,
    /// Only what a plan says is done.
    pub agreed: Option<Agreed>,
}

/// What one profile came to.
pub(crate) enum End {
    Ended {
        ending: Box<Ending>,
        /// A second candidate may turn up when this run looks again: it is told after that.
        may_be_twice: bool,
    },
    /// It waits: for its step to settle, or (none) for somebody with the same e-mail.
    Parked { who: PersonKey, until: Option<Timestamp> },
    /// The run has to end. What was sent for this person is recorded.
    Stopped { who: Option<PersonKey>, error: RunError },
    /// `max_profiles` others were pushed before.
    Over { who: PersonKey },
}

/// Runs one pipeline.
///
/// # Errors
/// See [`RunError`]; the profiles that ended before were told as news.
pub async fn run(
    pipeline: &Pipeline,
    http: Http,
    ledger: Ledger,
    options: &Options,
    brake: Brake,
    news: mpsc::Sender<News>,
) -> Result<Summary, (RunError, Summary)> {
    let mut summary = Summary { run: uuid::Uuid::now_v7().to_string(), counts: BTreeMap::new(), seconds: 0.0, stopped: None };
    let started = Instant::now();
    let span = traced::run(pipeline, &summary.run);
    let result = counted(pipeline, http, ledger, options, brake, news, &mut summary).instrument(span.clone()).await;
    summary.seconds = started.elapsed().as_secs_f64();
    traced::run_ended(&span, &summary, result.as_ref().err());
    match result {
        Ok(()) => Ok(summary),
        Err(error) => Err((error, summary)),
    }
}

async fn counted(
    pipeline: &Pipeline,
    http: Http,
    ledger: Ledger,
    options: &Options,
    brake: Brake,
    news: mpsc::Sender<News>,
    summary: &mut Summary,
) -> Result<(), RunError> {
    let _lease = ledger.lease(&pipeline.id)?;
    for file in ledger.exposed() {
        tell(&news, News::Note(format!("others on this machine may read {}: make it yours alone (chmod 600)", file.display()))).await;
    }
    announce_new_ledger(pipeline, &ledger, options, &news).await?;
    pipeline.secrets_are_there().map_err(|missing| Stop::Secret(Arc::new(missing)))?;
    let (wire, names) = names::prepare(pipeline, http.clone()).await?;
    for notice in &names.directory.notices {
        tell(&news, News::Note(notice.clone())).await;
    }
    let run = summary.run.clone();
    let gate = Gate::new(pipeline.destination.existing);
    let (halted, pushed) = (AtomicBool::new(false), AtomicU64::new(0));
    let agreed = options.plan.clone().map(Agreed::new);
    let enclosures = Enclosures::new(&pipeline.destination.attachments);
    let mut world = World {
        pipeline,
        ledger,
        wire,
        names,
        http,
        gate,
        breaker: Breaker::default(),
        enclosures,
        run,
        brake,
        halted,
        pushed,
        retry: options.retry,
        in_hand: InHand::default(),
        restored: false,
        agreed,
    };
    world.ledger.run_started(&world.run, &pipeline.id, &pipeline.destination.account, Timestamp::now()).await?;
    match restored::prepare(&world, options, &news).await {
        Ok(restored) => world.restored = restored,
        Err(error) => {
            world.ledger.run_ended(&world.run, Timestamp::now(), Vec::new()).await?;
            return Err(error);
        }
    }
    let parked = Parked::new(&pipeline.destination);
    let mut round = Round::new(&world, news, parked);
    let result = round.whole(options).await;
    // Also where the run could not go on: who was under way is told.
    let parked = round.take_parked();
    let result = result.and(round.leave(parked).await);
    round.tell_held().await;
    (summary.counts, summary.stopped) = round.into_counts();
    let counts = summary.counts.iter().map(|(outcome, n)| (*outcome, *n)).collect();
    let written = world.ledger.run_ended(&world.run, Timestamp::now(), counts).await;
    result.and(written.map_err(RunError::from))
}

async fn announce_new_ledger(pipeline: &Pipeline, ledger: &Ledger, options: &Options, news: &mpsc::Sender<News>) -> Result<(), RunError> {
    if !ledger.is_new() {
        return Ok(());
    }
    let setting = match (&pipeline.destination.existing, &pipeline.destination.without_email) {
        (Existing::Create, _) => Some("existing: create"),
        (_, WithoutEmail::Create) => Some("without_email: create"),
        _ => None,
    };
    match setting {
        Some(setting) if !options.new_ledger => Err(RunError::NewLedger { setting }),
        _ => {
            tell(news, News::NewLedger).await;
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests;
