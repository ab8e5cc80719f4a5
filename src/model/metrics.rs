//! What is counted and measured of runs, for Prometheus, as text in its exposition format. Who writes the file is `cli::metrics`.
//!
//! Labels are bounded: the pipeline and its account, and words that this program knows. No key, no id, nothing of a profile.
//! Source: "Exposition formats" and "Metric and label naming" of the Prometheus documentation.

mod earlier; // what the file held
mod store; // series and values
mod table; // names and meanings
#[cfg(test)]
mod tests;

pub use table::{Described, Kind, TABLE};

use crate::model::outcome::Outcome;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};
use store::Store;

/// What one process measures. Clones are the same one.
#[derive(Debug, Clone, Default)]
pub struct Metrics(Arc<Mutex<Store>>);

/// Measures for one pipeline; one that belongs to nobody measures nothing.
#[derive(Debug, Clone, Default)]
pub struct Meter(Option<Arc<Measured>>);

#[derive(Debug)]
struct Measured {
    metrics: Metrics,
    pipeline: String,
    account: String,
}

impl Metrics {
    fn change<T>(&self, change: impl FnOnce(&mut Store) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// A meter for a pipeline. What it can count is there from now on, as 0 where nothing was counted.
    pub fn meter(&self, pipeline: &str, account: &str) -> Meter {
        let measured = Measured { metrics: self.clone(), pipeline: pipeline.to_owned(), account: account.to_owned() };
        let meter = Meter(Some(Arc::new(measured)));
        self.change(|store| store.set(&table::BUILD, vec![env!("CARGO_PKG_VERSION").to_owned()], 1.0));
        for outcome in Outcome::ALL {
            meter.add(&table::PROFILES, &[outcome.as_str()], 0.0);
        }
        meter.set(&table::ACTIVE, &[], 0.0);
        meter
    }

    /// Takes over what these pipelines left in a file.
    ///
    /// # Errors
    /// The file was not written by Hireline.
    pub(crate) fn take_over(&self, text: &str, pipelines: &[(&str, &str)]) -> Result<(), String> {
        let earlier = earlier::read(text)?;
        let theirs = |labels: &[String]| matches!(labels, [pipeline, account, ..] if pipelines.contains(&(pipeline, account)));
        self.change(|store| store.restore(earlier.into_iter().filter(|((_, labels), _)| theirs(labels))));
        Ok(())
    }

    /// In Prometheus' text exposition format 0.0.4.
    pub(crate) fn text(&self) -> String {
        self.change(|store| store.text())
    }
}

impl Meter {
    fn change(&self, labels: &[&str], change: impl FnOnce(&mut Store, Vec<String>)) {
        let Some(measured) = &self.0 else { return };
        let own = [measured.pipeline.as_str(), measured.account.as_str()];
        let labels = own.iter().chain(labels).map(|label| (*label).to_owned()).collect();
        measured.metrics.change(|store| change(store, labels));
    }

    fn add(&self, what: &Described, labels: &[&str], by: f64) {
        self.change(labels, |store, labels| store.add(what, labels, by));
    }

    fn set(&self, what: &Described, labels: &[&str], value: f64) {
        self.change(labels, |store, labels| store.set(what, labels, value));
    }

    fn observe(&self, what: &Described, labels: &[&str], time: Duration) {
        self.change(labels, |store, labels| store.observe(what, labels, time.as_secs_f64()));
    }

    /// Whether anything comes of it.
    pub fn measures(&self) -> bool {
        self.0.is_some()
    }

    /// A run begins.
    pub fn begun(&self) {
        self.set(&table::ACTIVE, &[], 1.0);
        self.set(&table::PARKED, &[], 0.0);
    }

    /// A run ended with this exit code, which is a good one or not.
    pub fn ended(&self, code: u8, good: bool, took: Duration, at: SystemTime) {
        let since = at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs_f64();
        self.add(&table::RUNS, &[&code.to_string()], 1.0);
        self.set(&table::EXIT_CODE, &[], code.into());
        self.set(&table::DURATION, &[], took.as_secs_f64());
        self.set(&table::ENDED, &[], since);
        if good {
            self.set(&table::SUCCESS, &[], since);
        }
        self.set(&table::ACTIVE, &[], 0.0);
        self.set(&table::PARKED, &[], 0.0);
    }

    /// A profile ended.
    pub fn profile(&self, outcome: Outcome) {
        self.add(&table::PROFILES, &[outcome.as_str()], 1.0);
    }

    /// So many profiles wait in this run.
    pub fn parked(&self, many: usize) {
        self.set(&table::PARKED, &[], number(many as u64));
    }

    /// What the ledger holds: who is owed, by outcome, and how many steps are open.
    pub fn holds(&self, owed: &[(Outcome, u64)], open: u64) {
        for outcome in Outcome::ALL.into_iter().filter(|outcome| outcome.is_owed()) {
            let many = owed.iter().find(|(there, _)| *there == outcome).map_or(0, |(_, many)| *many);
            self.set(&table::OWED, &[outcome.as_str()], number(many));
        }
        self.set(&table::OPEN, &[], number(open));
    }

    /// A request was made, and this class of answer came.
    pub fn request(&self, service: &'static str, operation: &str, class: &'static str, took: Duration) {
        self.add(&table::REQUESTS, &[service, operation, class], 1.0);
        self.observe(&table::REQUEST_SECONDS, &[service, operation], took);
    }

    /// A request will be made again.
    pub fn again(&self, service: &'static str, reason: &'static str) {
        self.add(&table::RETRIES, &[service, reason], 1.0);
    }

    /// A request has waited for its rate limit.
    pub fn waited(&self, service: &'static str, time: Duration) {
        self.add(&table::WAITS, &[service], time.as_secs_f64());
    }

    /// The ledger has made a batch durable.
    pub fn committed(&self, took: Duration) {
        self.observe(&table::COMMITS, &[], took);
    }
}

#[expect(clippy::cast_precision_loss, reason = "a count beyond 2^53 is none that occurs")]
fn number(many: u64) -> f64 {
    many as f64
}
