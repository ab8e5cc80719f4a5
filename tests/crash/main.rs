//! Kills the real binary again and again while everything else goes wrong too, and compares what Greenhouse holds at the end with what
//! it should hold. See docs/testing-delivery.md.
//!
//! Without arguments a short run with a fixed seed. The schedule comes from the seed: who is started, what goes wrong, and when whom is
//! killed. How the processes' own threads interleave does not, so a second run of a seed is the same schedule and not the same run.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so best by stopping")]
#![expect(clippy::panic, reason = "as above")]
#![expect(clippy::print_stdout, reason = "this is the test's own report")]

mod cast;
#[path = "../contract.rs"]
#[expect(dead_code, reason = "the other tests use the rest")]
mod contract;
mod dice;
mod expected;
#[path = "../harness.rs"]
#[expect(dead_code, reason = "the other tests use the rest")]
mod harness;
mod judge;
mod kill;
mod lines;
mod options;
#[path = "../people.rs"]
#[expect(dead_code, reason = "the other tests use the rest")]
mod people;
mod resolve;
mod round;
#[cfg(target_os = "linux")]
#[path = "../shim.rs"]
mod shim;
mod tally;

use options::{Asked, Mode, Options};
use round::{Plan, Round};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use tally::Tally;

fn main() -> ExitCode {
    let options = match options::read(std::env::args().skip(1)) {
        Asked::Run(options) => options,
        Asked::List => {
            println!("crash: test");
            return ExitCode::SUCCESS;
        }
        Asked::Nothing => return ExitCode::SUCCESS,
        Asked::Help(words) => {
            println!("{words}");
            return ExitCode::from(2);
        }
    };
    let tally = killed(&options);
    println!("\nseed {}\n{}", options.seed, tally.table());
    for finding in &tally.findings {
        println!("finding: {finding}");
    }
    if tally.findings.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Kills of one round.
const A_ROUND: u64 = 25;
const A_SHORT_ROUND: u64 = 6;

/// All rounds, some at once: each has a Greenhouse and a ledger of its own, and waits more than it works.
fn killed(options: &Options) -> Tally {
    let folder = tempfile::tempdir().unwrap();
    let shim = shim(folder.path());
    let each = if options.kills <= options::SHORT { A_SHORT_ROUND } else { A_ROUND };
    let (next, all) = (AtomicU64::new(0), Mutex::new(Tally::new()));
    std::thread::scope(|scope| {
        for _ in 0..options.jobs {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::SeqCst);
                    let left = options.kills.saturating_sub(number * each);
                    if left == 0 {
                        break;
                    }
                    if options.round.is_some_and(|only| only != number) {
                        continue;
                    }
                    let mut tally = Tally::new();
                    Round::new(plan(options, number, left.min(each)), shim.as_deref(), &mut tally).whole();
                    let mut all = all.lock().unwrap();
                    all.merge(tally);
                    println!("{}", all.line());
                }
            });
        }
    });
    all.into_inner().unwrap()
}

fn plan(options: &Options, number: u64, kills: u64) -> Plan {
    Plan {
        number,
        seed: options.seed,
        v1: number % 2 == 1,
        mode: options.only.unwrap_or(if number % 3 == 2 { Mode::Late } else { Mode::InTime }),
        update: number % 4 >= 2,
        changed: number % 5 >= 2,
        people: if options.kills <= options::SHORT { 9 } else { 15 },
        kills,
        heavy: options.heavy,
        verbose: options.verbose,
    }
}

#[cfg(target_os = "linux")]
fn shim(folder: &std::path::Path) -> Option<PathBuf> {
    Some(shim::compiled(folder))
}

/// Without the shim no process is killed at its own hand: see `tests/shim.rs`.
#[cfg(not(target_os = "linux"))]
fn shim(_: &std::path::Path) -> Option<PathBuf> {
    None
}
