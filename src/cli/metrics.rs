//! `--metrics-file`: kept up to date while pipelines run, and at their end, however they end.

use super::{Failure, Result, print};
use crate::compile::Pipeline;
use crate::exit;
use crate::ledger::Ledger;
use crate::metrics::{File, Meter, Metrics};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};
use tokio::task::JoinHandle;

/// Prometheus asks every 15 to 60 seconds.
const EVERY: Duration = Duration::from_secs(5);

#[derive(Debug, Clone, Default, clap::Args)]
pub(super) struct MetricsOption {
    /// Keep metrics for Prometheus in this file, for the textfile collector of its node exporter
    #[arg(long, value_name = "PATH")]
    metrics_file: Option<PathBuf>,
}

/// What one command measures.
pub(super) struct Measuring {
    metrics: Metrics,
    file: Option<File>,
    under_way: UnderWay,
    keeper: Option<JoinHandle<()>>,
}

/// The run that is going on, once its ledger is open.
type UnderWay = Arc<Mutex<Option<Open>>>;

#[derive(Clone)]
struct Open {
    meter: Meter,
    pipeline: String,
    account: String,
    ledger: Ledger,
}

/// What one pipeline's run is measured by.
pub(super) struct Measured {
    pub meter: Meter,
    begun: Instant,
    under_way: UnderWay,
}

impl MetricsOption {
    /// Begins to measure; nothing has been sent yet.
    ///
    /// # Errors
    /// The file is none of ours, or cannot be written: the command line is wrong.
    pub fn begin(&self, pipelines: &[Pipeline]) -> Result<Measuring> {
        let metrics = Metrics::default();
        let under_way = UnderWay::default();
        let Some(path) = self.metrics_file.as_deref() else {
            return Ok(Measuring { metrics, file: None, under_way, keeper: None });
        };
        let file = open(path, &metrics, pipelines)?;
        let keeper = tokio::spawn(keep(file.clone(), Arc::clone(&under_way)));
        Ok(Measuring { metrics, file: Some(file), under_way, keeper: Some(keeper) })
    }
}

fn open(path: &Path, metrics: &Metrics, pipelines: &[Pipeline]) -> Result<File> {
    let all: Vec<_> = pipelines.iter().map(|pipeline| (pipeline.id.as_str(), pipeline.destination.account.as_str())).collect();
    for (pipeline, account) in &all {
        metrics.meter(pipeline, account);
    }
    File::open(path, metrics, all).map_err(|error| Failure::wrong(error.to_string()))
}

/// Writes the file again and again.
async fn keep(file: File, under_way: UnderWay) {
    loop {
        tokio::time::sleep(EVERY).await;
        let open = lock(&under_way).clone();
        if let Some(open) = open {
            tally(&open).await;
        }
        let file = file.clone();
        if let Ok(Err(error)) = tokio::task::spawn_blocking(move || file.write()).await {
            tracing::warn!(why = %error.kind(), "the metrics file cannot be written just now");
        }
    }
}

/// What the ledger holds; where it cannot say, what it said last stays.
async fn tally(open: &Open) {
    match open.ledger.tally(&open.pipeline, &open.account).await {
        Ok(tally) => open.meter.holds(&tally.owed, tally.open),
        Err(error) => tracing::debug!(%error, "the ledger does not tell what is open"),
    }
}

impl Measuring {
    pub fn run(&self, pipeline: &Pipeline) -> Measured {
        let meter = match self.file {
            Some(_) => self.metrics.meter(&pipeline.id, &pipeline.destination.account),
            None => Meter::default(),
        };
        meter.begun();
        if let Some(Err(error)) = self.file.as_ref().map(File::write) {
            tracing::warn!(why = %error.kind(), "the metrics file cannot be written just now");
        }
        Measured { meter, begun: Instant::now(), under_way: Arc::clone(&self.under_way) }
    }

    /// Writes the file once more. What goes wrong now is no reason for another exit code.
    pub async fn end(self) {
        if let Some(keeper) = self.keeper {
            keeper.abort();
        }
        let Some(file) = self.file else { return };
        let path = file.path().display().to_string();
        if let Ok(Err(error)) = tokio::task::spawn_blocking(move || file.write()).await {
            print::warning(&format!("the metrics file {path} could not be written: {}", error.kind()));
        }
    }
}

impl Measured {
    /// From now on the ledger is measured.
    pub fn opened(&self, pipeline: &Pipeline, ledger: &Ledger) {
        if self.meter.measures() {
            ledger.measured_by(self.meter.clone());
            let (pipeline, account) = (pipeline.id.clone(), pipeline.destination.account.clone());
            *lock(&self.under_way) = Some(Open { meter: self.meter.clone(), pipeline, account, ledger: ledger.clone() });
        }
    }

    /// Asks the ledger once more, and lets it go.
    pub async fn closes(&self) {
        let open = lock(&self.under_way).take();
        if let Some(open) = open {
            tally(&open).await;
        }
    }

    /// The run ended with this exit code.
    pub async fn ended(self, code: u8) {
        self.closes().await;
        self.meter.ended(code, matches!(code, exit::WELL | exit::ATTENTION), self.begun.elapsed(), SystemTime::now());
    }
}

fn lock(under_way: &UnderWay) -> std::sync::MutexGuard<'_, Option<Open>> {
    under_way.lock().unwrap_or_else(PoisonError::into_inner)
}
