//! The one asynchronous loop: a source's profiles, some at a time, each pushed to its end.
//!
//! The order of a run: lease, ledger, secrets; what an earlier run left open is settled; profiles that are owed; the source;
//! what was parked meanwhile; what was closed as not there, once more. Source: `docs/delivery.md`, R3, R4, R12 and R13.

mod agreed;
mod enclosed;
mod push;
mod recover;
mod round;
mod rules;
mod traced;
mod window;
mod words;

use crate::delivery::run::{Bounds, Halt, Run, Unproven, breaker};
use crate::engine::clock;
use crate::engine::names::{self, Names, NamesError};
use crate::engine::plan;
use crate::greenhouse::{Stop, Wire};
use crate::language::compile::Pipeline;
use crate::ledger::{Ledger, LedgerError, Seen, Settlement};
use crate::model::outcome::{Ending, Outcome};
use crate::model::settings::{Existing, WithoutEmail};
use crate::model::step::PersonKey;
use crate::net::http::Http;
use crate::source::SourceError;
use agreed::Agreed;
use enclosed::Enclosures;
use jiff::{SignedDuration, Timestamp};
use round::Round;
use rules::{InHand, Rules};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

pub use window::IN_FLIGHT;

#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Only these profiles' keys.
    pub profiles: Vec<String>,
    pub limit: Option<u64>,
    /// What is parked is left for the next run.
    pub no_wait: bool,
    /// Only who failed is read, and what was refused is sent again; with `profiles`, only those.
    pub retry: bool,
    /// A new, empty ledger is meant, although duplicates may come of it.
    pub new_ledger: bool,
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
    #[error(transparent)]
    Halted(#[from] Halt),
    #[error(transparent)]
    Unproven(#[from] Unproven),
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
         be done: {why}. Nothing was sent. Give the credential that permission; or, where nothing was pushed since the backup was taken, restore it \
         again with --nothing-since"
    )]
    Unlisted { why: String },
}

impl RunError {
    /// It is no failure: the run was asked to stop while it waited for an answer.
    fn asked_to_stop(&self) -> bool {
        matches!(self, Self::Greenhouse(Stop::Asked) | Self::Names(NamesError::Stop(Stop::Asked)) | Self::Source(SourceError::Asked))
    }

    /// Why the run ended early, for the ledger.
    fn in_short(&self) -> &'static str {
        if self.asked_to_stop() { words::ASKED } else { words::ERROR }
    }
}

#[derive(Debug)]
pub enum News {
    Ended(Box<Ending>),
    NewLedger,
    /// Something that a person should know; a sentence.
    Note(String),
    Waiting {
        people: usize,
        until: Timestamp,
    },
}

#[derive(Debug, Clone)]
pub struct Summary {
    pub run: String,
    pub counts: BTreeMap<Outcome, u64>,
    pub seconds: f64,
    /// Why it ended before the source did; none where it did not.
    pub stopped: Option<String>,
}

/// All that a push needs: shared by the pushes of one run, and changed by none.
pub(crate) struct World<'a> {
    pub pipeline: &'a Pipeline,
    pub ledger: Ledger,
    pub wire: Wire,
    /// Greenhouse's lists, by which a candidate's names are resolved.
    pub names: Names,
    pub http: Http,
    pub rules: Rules,
    pub enclosures: Enclosures,
    pub run: String,
    /// Stops a run: requests in flight finish, no new ones start.
    pub cancel: CancellationToken,
    pub retry: bool,
    pub in_hand: InHand,
    /// The ledger was put back from a backup once: some of what was sent is not in it.
    pub restored: bool,
    pub agreed: Option<Agreed>,
}

impl World<'_> {
    /// Writes a durable settlement. False where another request has taken the place of the one that was settled.
    pub async fn settle(&self, mut settlement: Settlement) -> Result<bool, LedgerError> {
        settlement.at = crate::delivery::settled_by(settlement.at, clock::ahead());
        self.ledger.settle(settlement).await
    }

    pub fn seen(&self, source_key: &str, updated_at: Option<String>, ending: &Ending) -> Seen {
        Seen {
            pipeline: self.pipeline.id.clone(),
            source_key: source_key.to_owned(),
            profile_key: ending.profile.clone(),
            run: self.run.clone(),
            updated_at,
            outcome: ending.outcome,
            reason: words::for_ledger(ending),
            at: clock::now(),
        }
    }
}

pub(crate) enum End {
    Ended {
        ending: Box<Ending>,
        /// A second candidate may turn up when this run looks again: it is told after that.
        may_be_twice: bool,
    },
    /// It waits: for its step to settle, or (none) for somebody with the same e-mail.
    Parked {
        who: PersonKey,
        until: Option<Timestamp>,
    },
    /// The run has to end. What was sent for this person is recorded.
    Stopped {
        who: Option<PersonKey>,
        error: RunError,
    },
    Over {
        who: PersonKey,
    },
}

/// Nobody listening is no reason to stop pushing: what is recorded counts.
async fn tell(news: &mpsc::Sender<News>, item: News) {
    let _nobody_listens = news.send(item).await;
}

/// Errors: see [`RunError`]; the profiles that ended before were told as news.
pub async fn run(
    pipeline: &Pipeline,
    http: Http,
    ledger: Ledger,
    options: &Options,
    cancel: CancellationToken,
    news: mpsc::Sender<News>,
) -> Result<Summary, (RunError, Summary)> {
    let mut summary = Summary { run: uuid::Uuid::now_v7().to_string(), counts: BTreeMap::new(), seconds: 0.0, stopped: None };
    let started = Instant::now();
    let span = traced::run(pipeline, &summary.run);
    let http = http.until(cancel.clone());
    let way = async {
        let lease = ledger.lease(&pipeline.id).await?;
        tokio::select! {
            // Nothing more is sent, not even what was begun: as after a crash, the next run looks for what was under way.
            biased;
            () = lease.lost() => Err(LedgerError::LeaseLost { pipeline: pipeline.id.clone() }.into()),
            result = leased(pipeline, http, ledger, options, cancel, news, &mut summary) => result,
        }
    };
    let mut result: Result<(), RunError> = way.instrument(span.clone()).await;
    if result.as_ref().is_err_and(RunError::asked_to_stop) {
        (summary.stopped, result) = (Some(words::ASKED.to_owned()), Ok(()));
    }
    summary.seconds = started.elapsed().as_secs_f64();
    traced::run_ended(&span, &summary, result.as_ref().err());
    match result {
        Ok(()) => Ok(summary),
        Err(error) => Err((error, summary)),
    }
}

/// The run, while it has the pipeline's lease.
async fn leased(
    pipeline: &Pipeline,
    http: Http,
    ledger: Ledger,
    options: &Options,
    cancel: CancellationToken,
    news: mpsc::Sender<News>,
    summary: &mut Summary,
) -> Result<(), RunError> {
    for file in ledger.exposed() {
        tell(&news, News::Note(format!("others on this machine may read or replace {}: make it yours alone (chmod go=)", file.display())))
            .await;
    }
    announce_new_ledger(pipeline, &ledger, options, &news).await?;
    pipeline.secrets_are_there().map_err(|missing| Stop::Secret(Arc::new(missing)))?;
    let (wire, names) = names::prepare(pipeline, http.clone()).await?;
    for notice in &names.directory.notices {
        tell(&news, News::Note(notice.clone())).await;
    }
    let run = summary.run.clone();
    let rules = Rules::new(Run::new(bounds(pipeline, options, &wire)), cancel.clone());
    let agreed = options.plan.clone().map(Agreed::new);
    let enclosures = Enclosures::new(&pipeline.destination.attachments);
    let mut world = World {
        pipeline,
        ledger,
        wire,
        names,
        http,
        rules,
        enclosures,
        run,
        cancel,
        retry: options.retry,
        in_hand: InHand::default(),
        restored: false,
        agreed,
    };
    world.ledger.run_started(&world.run, &pipeline.id, &pipeline.destination.account, clock::now()).await?;
    match recover::prepare(&world, options, &news).await {
        Ok(restored) => world.restored = restored,
        Err(error) => {
            world.ledger.run_ended(&world.run, clock::now(), Some(error.in_short()), Vec::new()).await?;
            return Err(error);
        }
    }
    let mut round = Round::new(&world, news);
    let result = round.whole(options).await;
    // Also where the run could not go on: who was under way is told.
    let left = world.rules.run().take_left();
    let result = result.and(round.leave(left).await);
    round.tell_held().await;
    (summary.counts, summary.stopped) = round.into_counts();
    let counts = summary.counts.iter().map(|(outcome, n)| (*outcome, *n)).collect();
    let stopped = result.as_ref().map_or_else(|error| Some(error.in_short()), |()| summary.stopped.as_deref());
    let written = world.ledger.run_ended(&world.run, clock::now(), stopped, counts).await;
    result.and(written.map_err(RunError::from))
}

fn bounds(pipeline: &Pipeline, options: &Options, wire: &Wire) -> Bounds {
    let destination = &pipeline.destination;
    Bounds {
        pipeline: pipeline.id.clone(),
        capabilities: wire.capabilities(),
        existing: destination.existing,
        settle: SignedDuration::try_from(destination.settle).unwrap_or(SignedDuration::MAX),
        max_profiles: pipeline.limits.max_profiles,
        max_failures: pipeline.limits.max_failures,
        waits: !options.no_wait,
        lost_in_a_row: breaker::LOST_IN_A_ROW,
        pause: Bounds::PAUSE,
    }
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
