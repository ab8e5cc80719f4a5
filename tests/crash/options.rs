//! The command line. What `cargo test` hands to every test target is taken, and changes nothing.

use std::time::Duration;

#[derive(Debug, Clone)]
pub struct Options {
    pub seed: u64,
    pub kills: u64,
    /// Only rounds in which Greenhouse is late, or only others.
    pub only: Option<Mode>,
    /// One call in three fails, and no repair is by hand.
    pub heavy: bool,
    /// Shows every life.
    pub verbose: bool,
    /// One round alone, by its number.
    pub round: Option<u64>,
    /// Rounds at once.
    pub jobs: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Greenhouse finishes every request within `settle`.
    InTime,
    /// It does not.
    Late,
}

impl Mode {
    pub fn settle(self) -> Duration {
        Duration::from_millis(300)
    }

    /// No work is done later than this after its request.
    pub fn late(self) -> Duration {
        Duration::from_millis(match self {
            Self::InTime => 150,
            Self::Late => 1500,
        })
    }
}

/// What is to be done.
pub enum Asked {
    Run(Options),
    /// `--list`, as test runners ask.
    List,
    /// A filter that names another test.
    Nothing,
    Help(String),
}

pub const SHORT: u64 = 18;

const HELP: &str = "\
Kills `hireline run` again and again, against the sandbox, and compares what Greenhouse holds with what it should hold.

  cargo test --test crash -- --kills 500 --seed 7

  --kills N     so many kills (18)
  --seed N      the schedule: who is killed when, and what goes wrong (1)
  --in-time     only rounds in which Greenhouse finishes every request within `settle`
  --late        only rounds in which it does not
  --heavy       one call in three meets a fault, none is refused: `run` alone brings everybody there
  --round N     this round of the seed alone
  --jobs N      so many rounds at once (3)
  --verbose     a line for every process";

/// Flags of test runners that take a value, and those that take none.
const WITH_VALUE: [&str; 6] = ["--test-threads", "--format", "--color", "--logfile", "--skip", "-Z"];
const WITHOUT: [&str; 11] = [
    "--nocapture",
    "--no-capture",
    "--exact",
    "--quiet",
    "-q",
    "--ignored",
    "--include-ignored",
    "--show-output",
    "--report-time",
    "--test",
    "--bench",
];

pub fn read(arguments: impl IntoIterator<Item = String>) -> Asked {
    let mut options = Options { seed: 1, kills: SHORT, only: None, heavy: false, verbose: false, round: None, jobs: 3 };
    let mut filters = Vec::new();
    let mut arguments = arguments.into_iter();
    while let Some(argument) = arguments.next() {
        let (name, given) = match argument.split_once('=') {
            Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
            None => (argument.clone(), None),
        };
        let mut number = || given.clone().or_else(|| arguments.next()).and_then(|value| value.parse().ok());
        match name.as_str() {
            "--kills" | "--seed" | "--round" | "--jobs" => match (name.as_str(), number()) {
                (_, None) => return Asked::Help(format!("{name} takes a whole number\n\n{HELP}")),
                ("--kills", Some(kills)) => options.kills = kills,
                ("--seed", Some(seed)) => options.seed = seed,
                ("--jobs", Some(jobs)) => options.jobs = jobs.max(1),
                (_, round) => options.round = round,
            },
            "--in-time" => options.only = Some(Mode::InTime),
            "--late" => options.only = Some(Mode::Late),
            "--heavy" => (options.heavy, options.only) = (true, Some(Mode::InTime)),
            "--verbose" => options.verbose = true,
            "--list" => return Asked::List,
            "--help" | "-h" => return Asked::Help(HELP.to_owned()),
            known if WITHOUT.contains(&known) => {}
            known if WITH_VALUE.contains(&known) => drop(given.or_else(|| arguments.next())),
            _ if argument.starts_with('-') => return Asked::Help(format!("`{argument}` is not known\n\n{HELP}")),
            _ => filters.push(argument),
        }
    }
    if filters.is_empty() || filters.iter().any(|filter| "crash".contains(filter.as_str())) { Asked::Run(options) } else { Asked::Nothing }
}
