//! `--metrics-file`: kept up to date while pipelines run, and at their end, however they end.

use super::{Failure, Result, print};
use crate::cli::exit;
use crate::language::compile::Pipeline;
use crate::ledger::Ledger;
use crate::model::metrics::{Meter, Metrics};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};
use std::{fs, io};
use tokio::task::JoinHandle;

/// Prometheus asks every 15 to 60 seconds.
const EVERY: Duration = Duration::from_secs(5);

#[derive(Debug, Clone, Default, clap::Args)]
pub(super) struct MetricsOption {
    /// Keep metrics for Prometheus in this file, for the textfile collector of its node exporter
    #[arg(long, value_name = "PATH")]
    metrics_file: Option<PathBuf>,
}

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

pub(super) struct Measured {
    pub meter: Meter,
    begun: Instant,
    under_way: UnderWay,
}

impl MetricsOption {
    /// Errors: the file is none of ours, or cannot be written: the command line is wrong.
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
    File::open(path, metrics, all)
}

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
        let path = file.path.display().to_string();
        if let Ok(Err(error)) = tokio::task::spawn_blocking(move || file.write()).await {
            print::warning(&format!("the metrics file {path} could not be written: {}", error.kind()));
        }
    }
}

impl Measured {
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

    /// `whole`: it was not cut short.
    pub async fn ended(self, code: u8, whole: bool) {
        self.closes().await;
        let good = whole && matches!(code, exit::WELL | exit::ATTENTION);
        self.meter.ended(code, good, self.begun.elapsed(), SystemTime::now());
    }
}

fn lock(under_way: &UnderWay) -> std::sync::MutexGuard<'_, Option<Open>> {
    under_way.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A metrics file has some hundred lines.
const LONGEST: u64 = 4 << 20;

/// A metrics file. Clones are the same one.
#[derive(Debug, Clone)]
struct File {
    path: Arc<PathBuf>,
    metrics: Metrics,
    /// One at a time, so that the newest is what stays.
    writing: Arc<Mutex<()>>,
}

impl File {
    /// Takes over what the file holds of these pipelines and accounts, and shows at once that it can be written.
    /// Errors: it is another program's, or cannot be written.
    fn open<'p>(path: &Path, metrics: &Metrics, pipelines: impl IntoIterator<Item = (&'p str, &'p str)>) -> Result<Self> {
        let error = |why: String| Failure::wrong(format!("the metrics file {}: {why}", path.display()));
        match fs::metadata(path) {
            Ok(there) if !there.is_file() => return Err(error("is no file: name one, in a folder that can be written to".into())),
            Ok(there) if there.len() > LONGEST => return Err(error("is too long for one that Hireline wrote: name another".into())),
            Ok(_) => {
                let text = fs::read_to_string(path).map_err(|why| error(format!("cannot be read: {why}")))?;
                let pipelines: Vec<_> = pipelines.into_iter().collect();
                metrics
                    .take_over(&text, &pipelines)
                    .map_err(|why| error(format!("{why}: it stays as it is; name another, or remove it")))?;
            }
            Err(missing) if missing.kind() == io::ErrorKind::NotFound => {}
            Err(why) => return Err(error(format!("cannot be read: {why}"))),
        }
        let file = Self { path: Arc::new(path.to_owned()), metrics: metrics.clone(), writing: Arc::default() };
        file.write().map_err(|why| error(format!("cannot be written ({}): its folder has to be there, and to be writable", why.kind())))?;
        Ok(file)
    }

    /// Writes it anew. It is not flushed: after a power cut the next run writes it again.
    /// Errors: those of the file system; the file is then as it was.
    fn write(&self) -> io::Result<()> {
        let _one_at_a_time = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut builder = tempfile::Builder::new();
        // The collector reads what ends in .prom, and passes this by.
        builder.prefix(".hireline-metrics-").suffix(".tmp");
        // It reads as another user: there is nothing in it that others may not see. The umask still holds.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644));
        let mut file = builder.tempfile_in(folder)?;
        file.write_all(self.metrics.text().as_bytes())?;
        file.persist(&*self.path)?;
        Ok(())
    }
}
