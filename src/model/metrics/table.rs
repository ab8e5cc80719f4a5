//! The metrics: their names, what they are, their labels, what they mean. The handbook's table is made from this one.

/// What a metric is to Prometheus.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// Only grows; goes on over runs, from what the file held.
    Counter,
    /// What is so now, or was so when the run ended.
    Gauge,
    /// Seconds, sorted into these buckets by their upper bounds. Goes on as a counter does.
    Histogram(&'static [f64]),
}

/// One metric.
#[derive(Debug, PartialEq)]
pub struct Described {
    pub name: &'static str,
    pub kind: Kind,
    /// After `pipeline` and `account`, which all but the build's have.
    pub labels: &'static [&'static str],
    pub help: &'static str,
}

/// An answer takes milliseconds from nearby, and a minute at the most.
const REQUEST: Kind = Kind::Histogram(&[0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0]);
/// A flush takes fractions of a millisecond to a fast disk, and seconds to one that is overloaded.
const COMMIT: Kind = Kind::Histogram(&[0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0]);

macro_rules! table {
    ($($const:ident: $name:literal, $kind:expr, [$($label:literal),*], $help:literal;)*) => {
        $(pub const $const: Described = Described { name: $name, kind: $kind, labels: &[$($label),*], help: $help };)*

        /// All of them, in the order of the file.
        pub const TABLE: [&Described; [$($name),*].len()] = [$(&$const),*];
    };
}

table! {
    BUILD: "hireline_build_info", Kind::Gauge, ["version"],
        "1, with the version that wrote this file.";
    ACTIVE: "hireline_run_active", Kind::Gauge, [],
        "1 while a run is under way, else 0.";
    RUNS: "hireline_runs_total", Kind::Counter, ["code"],
        "Runs that ended, by exit code.";
    EXIT_CODE: "hireline_last_run_exit_code", Kind::Gauge, [],
        "Exit code of the last run that ended.";
    DURATION: "hireline_last_run_duration_seconds", Kind::Gauge, [],
        "How long the last run that ended took.";
    ENDED: "hireline_last_run_timestamp_seconds", Kind::Gauge, [],
        "When the last run ended, in seconds since 1970.";
    SUCCESS: "hireline_last_success_timestamp_seconds", Kind::Gauge, [],
        "When a run last ended with exit code 0 or 1 and was not cut short, in seconds since 1970.";
    PROFILES: "hireline_profiles_total", Kind::Counter, ["outcome"],
        "Profiles that ended, by outcome.";
    OWED: "hireline_owed_profiles", Kind::Gauge, ["outcome"],
        "Profiles that the ledger holds as invalid, failed, pending or uncertain: the next run reads them again.";
    OPEN: "hireline_open_steps", Kind::Gauge, [],
        "Steps of the account of which it is not known yet what came of them; the next run looks them up.";
    PARKED: "hireline_parked_profiles", Kind::Gauge, [],
        "Profiles that wait, in the run that is under way, for Greenhouse to settle.";
    REQUESTS: "hireline_requests_total", Kind::Counter, ["service", "operation", "class"],
        "Requests, by what came: 2xx to 5xx, lost (no whole answer), not_sent (no connection).";
    REQUEST_SECONDS: "hireline_request_duration_seconds", REQUEST, ["service", "operation"],
        "From a request's first byte to its answer's last.";
    RETRIES: "hireline_retries_total", Kind::Counter, ["service", "reason"],
        "Requests that are made again: rate_limit, server_fault, not_sent, lost, unauthorized.";
    WAITS: "hireline_rate_limit_wait_seconds_total", Kind::Counter, ["service"],
        "Seconds that requests waited for a rate limit, all requests together.";
    COMMITS: "hireline_ledger_commit_seconds", COMMIT, [],
        "How long the ledger took to make a batch durable.";
}

impl Described {
    /// Every label's name, in the order of a series' values.
    pub fn label_names(&self) -> impl Iterator<Item = &'static str> {
        let own: &[&str] = if self.name == BUILD.name { &[] } else { &["pipeline", "account"] };
        own.iter().chain(self.labels).copied()
    }
}
