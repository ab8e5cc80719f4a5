//! How much of what Greenhouse allows is used, and whether anything is refused: `cargo bench --bench pace`.
//!
//! The real binary, in one process and in three at once, against a sandbox in this process that allows 75 requests a window, the window scaled
//! down to `HIRELINE_BENCH_WINDOW` seconds (3 where it is not set). Counted are the sandbox's own records. What is used is compared with what would
//! have been allowed from the first request to the last, the time that is lost at the beginning counted too.
#![expect(clippy::unwrap_used, clippy::print_stdout, clippy::panic, reason = "a measurement that cannot go on says so best by stopping")]

use hireline::sandbox::{self, Jobs, Sandbox, Settings};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

const LIMIT: u32 = 75;
const WINDOWS: usize = 20;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let seconds: u64 = std::env::var("HIRELINE_BENCH_WINDOW").ok().and_then(|text| text.parse().ok()).unwrap_or(3);
    println!("{LIMIT} requests in {seconds} s, {WINDOWS} windows");
    for api in ["harvest-v3", "harvest-v1"] {
        for processes in [1, 3] {
            measure(&runtime, api, processes, Duration::from_secs(seconds));
        }
    }
}

fn measure(runtime: &tokio::runtime::Runtime, api: &str, processes: usize, window: Duration) {
    let settings = Settings {
        rate_limit_v1: LIMIT,
        rate_limit_v3: LIMIT,
        rate_window_v1: window,
        rate_window_v3: window,
        jobs: Jobs::Any,
        requests_kept: 100_000,
        ..Settings::default()
    };
    let sandbox = runtime.block_on(Sandbox::start(settings)).unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("hireline.yaml"), "version: 1\n").unwrap();
    let people = LIMIT as usize * WINDOWS / processes;
    let running: Vec<_> = (0..processes).map(|process| start(folder.path(), &sandbox, api, process, people)).collect();
    let mut refused = 0;
    for child in running {
        let (mut child, log) = child;
        let status = child.wait().unwrap();
        let told = std::fs::read_to_string(log).unwrap();
        assert!(status.success(), "{told}");
        refused += told.matches("status=429").count();
    }
    let requests = sandbox.requests();
    let at = |request: &Value| request["at"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap().as_millisecond();
    let mut received: Vec<i64> = requests.as_array().unwrap().iter().filter(|request| request["service"] == "greenhouse").map(at).collect();
    received.sort_unstable();
    let counts = windows(&received, i64::try_from(window.as_millis()).unwrap());
    // The last window was not filled: there was nothing more to send.
    let (Some((_, full)), Some(first)) = (counts.split_last(), received.first()) else { panic!("nothing was sent") };
    let window = i64::try_from(window.as_millis()).unwrap();
    let opened = opened(&received, window);
    let lost: Vec<i64> = opened.windows(2).map(|two| two[1] - two[0] - window).collect();
    let sent: u32 = full.iter().sum();
    #[expect(clippy::cast_precision_loss, reason = "milliseconds of a minute")]
    let allowed = (opened.last().unwrap() - first) as f64 / window as f64 * f64::from(LIMIT);
    let used = f64::from(sent) / allowed * 100.0;
    println!(
        "{api}, {processes} at once: {used:.1} % used, {refused} refused; requests in each window: {full:?}; ms lost after each: {lost:?}"
    );
    runtime.block_on(sandbox.stop());
}

/// A window opens with the first request after the last one closed.
fn windows(received: &[i64], window: i64) -> Vec<u32> {
    let (mut closes, mut counts) = (i64::MIN, Vec::new());
    for &at in received {
        if at >= closes {
            closes = at + window;
            counts.push(0);
        }
        *counts.last_mut().unwrap() += 1;
    }
    counts
}

/// When each window opened.
fn opened(received: &[i64], window: i64) -> Vec<i64> {
    let mut all: Vec<i64> = Vec::new();
    for &at in received {
        if all.last().is_none_or(|last| at >= last + window) {
            all.push(at);
        }
    }
    all
}

fn start(folder: &Path, sandbox: &Sandbox, api: &str, process: usize, people: usize) -> (Child, PathBuf) {
    let profile = |n: usize| {
        json!({
            "key": format!("{:040x}", process * 1_000_000 + n), "source": {"key": "ab".repeat(20)}, "updated_at": "2026-11-01T10:00:00+0000",
            "info": {"first_name": "Ada", "last_name": format!("Number{n}"), "email": format!("p{process}.{n}@example.org")},
        })
    };
    let lines: Vec<String> = (0..people).map(|n| profile(n).to_string()).collect();
    std::fs::write(folder.join(format!("people-{process}.jsonl")), lines.join("\n")).unwrap();
    let auth = match api {
        "harvest-v3" => {
            json!({"oauth_client": {"client_id": {"env": "ID"}, "client_secret": {"env": "SECRET"}, "token_url": sandbox.token_url()}})
        }
        _ => json!({"api_key": {"env": "KEY"}}),
    };
    let pipeline = json!({
        "version": 1, "pipeline": format!("p{process}"),
        "source": {"files": {"path": format!("people-{process}.jsonl")}},
        "mapping": "candidate",
        "destination": {"greenhouse": {
            "api": api, "base_url": sandbox.greenhouse_url(), "auth": auth, "on_behalf_of": sandbox::SITE_ADMIN, "job_ids": [4001],
            "existing": "create",
        }},
    });
    let file = format!("p{process}.yaml");
    std::fs::write(folder.join(&file), serde_yaml::to_string(&pipeline).unwrap()).unwrap();
    // Into a file: a pipe that is not read would stop the process.
    let log = folder.join(format!("{process}.log"));
    let child = Command::new(env!("CARGO_BIN_EXE_hireline"))
        .args(["run", "-vv", "--json", "--new-ledger", "--ledger", &format!("{process}.db"), &file])
        .current_dir(folder)
        .env("HIRELINE_STATE", folder.join("state"))
        .env("ID", sandbox::CLIENT_ID)
        .env("SECRET", sandbox::CLIENT_SECRET)
        .env("KEY", sandbox::V1_API_KEY)
        .stdout(Stdio::null())
        .stderr(std::fs::File::create(&log).unwrap())
        .spawn()
        .unwrap();
    (child, log)
}
