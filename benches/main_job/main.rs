//! The main job by the clock: the release binary itself, run as anybody runs it, against a lean server in this process.
//!
//! ```text
//! cargo bench --bench main_job                         # everything, some minutes
//! cargo bench --bench main_job -- start throughput     # a part: start, throughput, memory, check
//! ```
//! Linux only: time and memory of a process are read from /proc. Every figure is the median of several runs, with the least and the most.

mod child;
mod customer;
mod server;

use child::{Spent, median, run};
use customer::{Customer, KEPT, Pipeline};
use server::Server;
use std::error::Error;
use std::io::Write;
use std::path::Path;
use std::time::Duration;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

const PARTS: [&str; 4] = ["start", "throughput", "memory", "check"];

fn main() -> Outcome<()> {
    let asked: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    if let Some(unknown) = asked.iter().find(|part| !PARTS.contains(&part.as_str())) {
        return Err(format!("there is no part {unknown:?}: {}", PARTS.join(", ")).into());
    }
    let wanted = |part: &str| asked.is_empty() || asked.iter().any(|name| name == part);
    // Next to the build: /tmp may be in memory, where a flush costs nothing.
    let folder = tempfile::Builder::new().prefix("main-job-").tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    say(&format!("{}\nload {}", env!("CARGO_BIN_EXE_hireline"), std::fs::read_to_string("/proc/loadavg")?.trim()))?;
    if wanted("start") {
        start(folder.path())?;
    }
    if wanted("throughput") {
        throughput(folder.path())?;
    }
    if wanted("memory") {
        memory(folder.path())?;
    }
    if wanted("check") {
        check(folder.path())?;
    }
    say(&format!("load {}", std::fs::read_to_string("/proc/loadavg")?.trim()))
}

/// From the start of the process to the first byte of its first request: must stay under 30 ms.
fn start(folder: &Path) -> Outcome<()> {
    const RUNS: usize = 15;
    for api in ["harvest-v1", "harvest-v3"] {
        for (state, earlier) in [("new ledger", 0), ("ledger of 1,000 people", 1000), ("ledger of 8,000 people", 8000)] {
            let customer = Customer::new(folder, &Pipeline { api, concurrency: None, drops_all: false })?;
            if earlier > 0 {
                push(&customer, 0..earlier * 10 / KEPT, "create")?;
            }
            let mut times = Vec::new();
            for round in 0..RUNS {
                if earlier == 0 {
                    customer.forget()?;
                }
                // A profile that was not pushed yet, so that there is a request.
                let number = 1_000_000 + 10 * round;
                let server = Server::start()?;
                customer.point_at(&server)?;
                customer.write_profiles(number..number + 1)?;
                let spent = run(&customer.command("run"))?;
                let first = server.first_request().ok_or("no request came")?;
                times.push(first.duration_since(spent.began));
            }
            let line = format!("start-up to the first request  {api}  {state:<24} {}", shown(&times));
            say(&line)?;
        }
    }
    say("  limit 30 ms; command: hireline run work.yaml --json --new-ledger --ledger ledger.db")
}

/// 10,000 profiles of 5 KB, 80 % kept, one call each: must stay under 35 MiB and 3 s of CPU.
fn throughput(folder: &Path) -> Outcome<()> {
    const RUNS: usize = 5;
    for concurrency in [None, Some(16)] {
        let customer = Customer::new(folder, &Pipeline { api: "harvest-v1", concurrency, drops_all: false })?;
        customer.write_profiles(0..10_000)?;
        let mut all = Vec::new();
        for _ in 0..RUNS {
            customer.forget()?;
            let server = Server::start()?;
            customer.point_at(&server)?;
            let spent = run(&customer.command("run"))?;
            expect(server.created(), 1000 * KEPT as u64)?;
            expect(spent.lines_with("\"outcome\":\"created\""), 1000 * KEPT as u64)?;
            all.push(spent);
        }
        let label = concurrency.map_or("concurrency as by default".to_owned(), |n| format!("concurrency {n}"));
        say(&format!("10,000 profiles, 8,000 pushed   {label:<26} {}", summary(&all)))?;
        // The second run makes no writing call: that is what the ledger is for.
        let server = Server::start()?;
        customer.point_at(&server)?;
        let again = run(&customer.command("run"))?;
        expect(server.created(), 0)?;
        say(&format!("  the same again, nothing to do {:<28} {}", "", summary(std::slice::from_ref(&again))))?;
    }
    say("  limits 35 MiB, 3 s of CPU; command: hireline run work.yaml --json --new-ledger --ledger ledger.db")
}

/// The peak must not grow with the number of profiles.
fn memory(folder: &Path) -> Outcome<()> {
    for (label, drops_all) in [("all filtered", true), ("80 % pushed", false)] {
        for profiles in [1_000, 10_000, 100_000] {
            let customer = Customer::new(folder, &Pipeline { api: "harvest-v1", concurrency: Some(16), drops_all })?;
            customer.write_profiles(0..profiles)?;
            let server = Server::start()?;
            customer.point_at(&server)?;
            let spent = run(&customer.command("run"))?;
            expect(server.created(), if drops_all { 0 } else { (profiles / 10 * KEPT) as u64 })?;
            say(&format!("memory  {label:<13} {profiles:>7} profiles  {}", summary(&[spent])))?;
            customer.remove()?;
        }
    }
    say("  limit: flat; command: hireline run work.yaml --json --new-ledger --ledger ledger.db")
}

/// How long the people who write pipelines wait for an answer.
fn check(folder: &Path) -> Outcome<()> {
    const RUNS: usize = 7;
    let customer = Customer::new(folder, &Pipeline { api: "harvest-v1", concurrency: None, drops_all: false })?;
    let times = |command: &child::Command| (0..RUNS).map(|_| run(command)).collect::<Outcome<Vec<_>>>();
    let one = times(&customer.command("check"))?;
    say(&format!("check of one pipeline                {}", summary(&one)))?;
    customer.write_many(1000)?;
    let many = times(&customer.check_many())?;
    say(&format!("check of 1,000 files of 100 lines    {}", summary(&many)))?;
    say("  command: hireline check work.yaml; hireline check many")
}

fn push(customer: &Customer, numbers: std::ops::Range<usize>, what: &str) -> Outcome<()> {
    let server = Server::start()?;
    customer.point_at(&server)?;
    customer.write_profiles(numbers)?;
    run(&customer.command("run"))?;
    if server.created() == 0 { Err(format!("nothing to {what}").into()) } else { Ok(()) }
}

fn expect(found: u64, wanted: u64) -> Outcome<()> {
    if found == wanted { Ok(()) } else { Err(format!("{found} instead of {wanted}: this measures something else").into()) }
}

fn summary(all: &[Spent]) -> String {
    let seconds = |pick: fn(&Spent) -> Duration| {
        let (least, middle, most) = median(all.iter().map(pick).collect());
        format!("{:.2} s ({:.2}–{:.2})", middle.as_secs_f64(), least.as_secs_f64(), most.as_secs_f64())
    };
    let (least, middle, most) = median(all.iter().map(|spent| spent.peak_kib).collect());
    let mib = |kib: u64| kib as f64 / 1024.0;
    format!(
        "CPU {}  peak {:.1} MiB ({:.1}–{:.1})  wall {}",
        seconds(|spent| spent.cpu),
        mib(middle),
        mib(least),
        mib(most),
        seconds(|spent| spent.wall)
    )
}

fn shown(times: &[Duration]) -> String {
    let (least, middle, most) = median(times.to_vec());
    let ms = |time: Duration| time.as_secs_f64() * 1000.0;
    format!("{:>5.1} ms ({:.1}–{:.1})", ms(middle), ms(least), ms(most))
}

fn say(words: &str) -> Outcome<()> {
    Ok(writeln!(std::io::stdout().lock(), "{words}")?)
}
