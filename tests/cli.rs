//! The command line as people and scripts meet it: help, output, pipes that close, signals.

use crate::exposition::Exposition;
use crate::harness::{Ended, Office, command, finish, shown, steady, wait_until};
use crate::people::{expected_emails, key, nothing_is_twice, profile, profiles};
use hireline::sandbox::{Misbehaviour, Settings};
use serde_json::json;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

/// In the package's folder, with nothing set.
fn hireline(arguments: &[&str]) -> Ended {
    finish(command(Path::new(env!("CARGO_MANIFEST_DIR")), &BTreeMap::new(), arguments))
}

fn both(ended: &Ended) -> String {
    let code = ended.code.unwrap_or(-1);
    format!("exit {code}\n--- standard output\n{}--- standard error\n{}", steady(&ended.stdout), steady(&ended.stderr))
}

#[test]
fn help() {
    for verb in ["", "check", "plan", "run", "trace", "test", "diff", "sandbox", "schema"] {
        let arguments: Vec<&str> = [verb, "--help"].into_iter().filter(|word| !word.is_empty()).collect();
        let ended = hireline(&arguments).expect(0);
        assert_eq!(ended.stderr, "");
        insta::assert_snapshot!(format!("help {verb}"), ended.stdout);
    }
    assert_eq!(hireline(&["--version"]).expect(0).stdout, format!("hireline {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn a_wrong_command_line() {
    let lines: [&[&str]; 6] = [&[], &["psuh"], &["run"], &["run", "--limit", "many", "x"], &["trace", "x.yaml"], &["schema", "profile"]];
    let told: Vec<_> = lines.iter().map(|line| format!("## {line:?}\n{}", both(&hireline(line).expect(2)))).collect();
    insta::assert_snapshot!(told.join("\n"));
}

/// Piped, so masked and without colours.
#[test]
fn outputs() {
    let demo = "pipelines/demo/engineers.yaml";
    let fixture = "pipelines/demo/engineers/fixtures/01-whole.json";
    let rejected = "pipelines/demo/engineers/fixtures/08-rejected.json";
    let cases: [(&str, &[&str]); 12] = [
        ("check", &["check", "pipelines/demo"]),
        ("check json", &["check", "--format", "json", "pipelines/demo"]),
        ("check with errors", &["check", "tests/invalid/several-at-once.yaml"]),
        ("plan", &["plan", "--sandbox", demo]),
        ("plan json", &["plan", "--sandbox", "--json", "--limit", "2", demo]),
        ("trace", &["trace", demo, fixture]),
        ("trace with values", &["trace", "--show-personal-data", demo, fixture]),
        ("trace json", &["trace", "--json", demo, fixture]),
        ("trace of a rejected one", &["trace", demo, rejected]),
        ("test", &["test", "pipelines/acme"]),
        ("run of one", &["run", "--sandbox", "--profile", "7596ce2aecba4f8ab01a3202aa4eb3a22376a1a9", demo]),
        ("run json of one", &["run", "--sandbox", "--json", "--profile", "7596ce2aecba4f8ab01a3202aa4eb3a22376a1a9", demo]),
    ];
    for (name, arguments) in cases {
        let ended = hireline(arguments);
        assert!(!ended.stdout.contains('\u{1b}') && !ended.stderr.contains('\u{1b}'), "{name} is coloured in a pipe");
        insta::assert_snapshot!(format!("output {name}"), both(&ended));
    }
}

#[test]
fn schemas_are_the_ones_that_are_checked_in() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for which in ["pipeline", "library", "workspace", "candidate"] {
        let printed = hireline(&["schema", which]).expect(0).stdout;
        let schema: serde_json::Value = serde_json::from_str(&printed).unwrap();
        assert!(schema["$schema"].is_string(), "{which}");
        let path = root.join(format!("schema/{which}.schema.json"));
        if which != "candidate" || path.exists() {
            assert_eq!(std::fs::read_to_string(&path).unwrap().trim_end(), printed.trim_end(), "{which}: write it anew");
        }
    }
}

/// `test` reports a difference, and `--accept` accepts it.
#[test]
fn a_snapshot_that_differs() {
    let office = Office::open(Vec::new());
    let file = office.save(&office.v3("snap"));
    office.write("snap/fixtures/one.json", &profile(0).to_string());
    assert_eq!(both(&office.call(&["test", &file])), both(&office.call(&["test", &file])), "a test without --accept changes something");
    insta::assert_snapshot!("test without snapshot", both(&office.call(&["test", &file]).expect(1)));
    office.call(&["test", "--accept", &file]).expect(0);
    office.call(&["test", &file]).expect(0);
    let mut changed = profile(0);
    changed["info"]["first_name"] = json!("Grace");
    office.write("snap/fixtures/one.json", &changed.to_string());
    insta::assert_snapshot!("test that differs", both(&office.call(&["test", &file]).expect(1)));
}

/// `| head -1`: who reads no further stops the run; what was pushed until then is in the ledger.
#[test]
fn a_reader_that_goes_away() {
    let office = Office::open(profiles(200));
    let file = office.save(&office.v3("piped"));
    let mut child = office.command(&["run", "--json", "--metrics-file", "hireline.prom", &file]);
    let mut child = child.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut first = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
    let mut stderr = String::new();
    child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    let status = child.wait().unwrap();
    assert!(first.starts_with(r#"{"type":"profile""#), "{first}");
    assert!(!stderr.contains("panicked"), "{stderr}");
    // A pass that was cut short is no good one, wherever somebody looks.
    assert_eq!(status.code(), Some(3), "{stderr}");
    let metrics = Exposition::read(&std::fs::read_to_string(office.folder().join("hireline.prom")).unwrap());
    assert_eq!(metrics.sum("hireline_last_run_exit_code", &[]), 3.0);
    assert!(metrics.samples("hireline_last_success_timestamp_seconds").is_empty(), "a run that was cut short counts as a success");
    let history = office.call(&["history", &file]).expect(0).stdout;
    assert!(history.contains("; stopped early: it was asked to stop"), "{history}");
    let before = office.state()["candidates"].as_array().unwrap().len();
    assert!(before < 150, "the run went on with nobody reading");
    let run = office.run(&file).expect(1);
    nothing_is_twice(&office.state());
    let unchanged = run.counts()["unchanged"];
    assert!(unchanged >= 1 && run.counts()["created"] + unchanged > 170, "{}", shown(&run.counts()));
    // The other verbs end quietly too.
    for verb in [["check", "pipelines"], ["schema", "pipeline"], ["test", "pipelines"]] {
        let mut child = command(Path::new(env!("CARGO_MANIFEST_DIR")), &BTreeMap::new(), &verb);
        let mut child = child.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let mut stderr = String::new();
        child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        assert!(child.wait().unwrap().code() == Some(3) && !stderr.contains("output"), "{verb:?}: {stderr}");
    }
}

/// A log on a full disk: everybody is pushed all the same, and nobody takes it for a run that went well.
#[test]
#[cfg(target_os = "linux")]
fn a_report_that_cannot_be_written() {
    let office = Office::open(profiles(40));
    let file = office.save(&office.v3("full"));
    let to_a_full_disk = |folder: &Path, env: &BTreeMap<String, String>, arguments: &[&str]| {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let ended = command(folder, env, arguments).stdout(full).output().unwrap();
        let stderr = String::from_utf8(ended.stderr).unwrap();
        assert_eq!(ended.status.code(), Some(3), "{arguments:?}: {stderr}");
        assert!(stderr.contains("error: standard output could not be written (No space left on device"), "{arguments:?}: {stderr}");
    };
    let here = |arguments: &[&str]| to_a_full_disk(office.folder(), office.variables(), arguments);
    for json in [&["--json"][..], &[]] {
        here(&[&["run", "--metrics-file", "hireline.prom", &file], json].concat());
        let metrics = Exposition::read(&std::fs::read_to_string(office.folder().join("hireline.prom")).unwrap());
        assert_eq!(metrics.sum("hireline_last_run_exit_code", &[]), 3.0);
    }
    let runs = office.call(&["history", "--json", &file]).expect(0).stdout;
    assert_eq!(runs.lines().count(), 2);
    for run in runs.lines() {
        let run: serde_json::Value = serde_json::from_str(run).unwrap();
        let all: u64 = run["counts"].as_object().unwrap().values().filter_map(serde_json::Value::as_u64).sum();
        assert!(all == 40 && run.get("stopped").is_none(), "{run}");
    }
    // Everybody was pushed: nobody is left.
    assert_eq!(office.run(&file).expect(1).counts().get("created"), None);
    for verb in [&["plan", &file][..], &["plan", "--json", &file], &["history", &file], &["doctor", &file], &["ledger", "check"]] {
        here(verb);
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for verb in [
        &["check", "pipelines"][..],
        &["check", "--format", "json", "pipelines"],
        &["test", "pipelines/demo"],
        &["trace", "pipelines/demo", "pipelines/demo/engineers/fixtures/01-whole.json"],
        &["explain"],
        &["schema", "pipeline"],
        &["completions", "bash"],
        &["--help"],
        &["--version"],
    ] {
        to_a_full_disk(root, &BTreeMap::new(), verb);
    }
}

/// The first signal lets what is in flight end and be recorded.
#[test]
fn signals_end_a_run_in_order() {
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let office = Office::open(profiles(400));
        let mut pipeline = office.v3("stopped");
        pipeline["limits"] = json!({"concurrency": 4});
        let file = office.save(&pipeline);
        let running = office.spawn(&["run", "--json", &file]);
        office.wait_for_writes(40);
        running.signal(signal);
        let ended = running.end().expect(code);
        insta::assert_snapshot!(format!("stopped by {signal}"), steady(&ended.stderr));
        let told = ended.counts();
        let there = office.state()["candidates"].as_array().unwrap().len() as u64;
        // Who has parts left is told as pending.
        assert!((told["created"]..=told["created"] + told.get("pending").unwrap_or(&0)).contains(&there), "{there}: {}", shown(&told));
        assert!(there < 300, "the signal did not stop the run");
        nothing_is_twice(&office.state());
        let writes = office.writes();
        // Nothing was left open: the next run begins at once, and pushes only the rest.
        let again = office.call(&["run", "--json", "--limit", "30", &file]);
        assert!(again.stderr.find("waiting").is_none(), "{}", again.stderr);
        assert!(office.writes() >= writes);
        nothing_is_twice(&office.state());
    }
}

/// Greenhouse is slow: what is on the wire when the signal comes is finished and settled, and not one request follows.
#[test]
fn after_a_signal_nothing_is_begun() {
    for v1 in [false, true] {
        let office = Office::open(profiles(60));
        let slow = Misbehaviour { method: Some("write".into()), times: 1000, delay_ms: 2000, ..Misbehaviour::default() };
        office.sandbox.misbehave(slow).unwrap();
        let mut pipeline = if v1 { office.v1("slow") } else { office.v3("slow") };
        pipeline["limits"] = json!({"concurrency": 8});
        let file = office.save(&pipeline);
        let running = office.spawn(&["run", "--json", &file]);
        // The first create is alone.
        office.wait_for_writes(1 + 8);
        running.signal("TERM");
        let ended = running.end().expect(143);
        assert_eq!(office.writes(), 1 + 8, "{}", ended.stderr);
        assert!(!ended.stderr.contains("error"), "{}", ended.stderr);
        let told = ended.counts();
        assert_eq!(told.values().sum::<u64>(), ended.profiles().len() as u64);
        assert!(told.keys().all(|outcome| ["created", "pending", "filtered", "invalid"].contains(&outcome.as_str())), "{}", shown(&told));
        office.sandbox.behave();
        let again = office.run(&file).expect(1);
        assert!(!again.stderr.contains("waiting"), "something was left open: {}", again.stderr);
        nothing_is_twice(&office.state());
        let there = office.state()["candidates"].as_array().unwrap().len();
        assert_eq!(there, expected_emails(60).len());
    }
}

/// The rate limit is used up for half a minute: a signal ends the waiting, and what waited for its turn does not leave.
#[test]
fn a_signal_ends_the_waiting_for_the_rate_limit() {
    const LIMIT: usize = 30;
    let settings = Settings { rate_limit_v3: 30, rate_window_v3: Duration::from_secs(30), ..Settings::default() };
    let office = Office::with(Settings { profiles: profiles(60), ..settings });
    let requests = || {
        let requests = office.sandbox.requests();
        requests.as_array().unwrap().iter().filter(|request| request["service"] == "greenhouse").count()
    };
    let file = office.save(&office.v3("paced"));
    let running = office.spawn(&["run", "--json", &file]);
    wait_until("the window is used up", || requests() == LIMIT);
    let begun = Instant::now();
    running.signal("TERM");
    let ended = running.end().expect(143);
    assert!(requests() == LIMIT && begun.elapsed() < Duration::from_secs(15), "{}", ended.stderr);
    assert!(!ended.stderr.contains("error"), "{}", ended.stderr);
    nothing_is_twice(&office.state());
    let history = office.call(&["history", "--json", &file]).expect(0).stdout;
    assert!(history.contains(r#""stopped":"it was asked to stop""#), "{history}");
}

/// While the run waits for Greenhouse to settle, a signal ends the waiting.
#[test]
fn a_signal_ends_the_waiting() {
    let office = Office::open(profiles(2));
    let lost = Misbehaviour {
        skip: 1,
        work: hireline::sandbox::Work::Never,
        answer: hireline::sandbox::Answer::Lost,
        ..Misbehaviour::at("POST", "/v3/candidates")
    };
    office.sandbox.misbehave(lost).unwrap();
    let mut pipeline = office.v3("waits");
    pipeline["destination"]["greenhouse"]["settle"] = json!("10m");
    pipeline["limits"] = json!({"concurrency": 1});
    let file = office.save(&pipeline);
    let running = office.spawn(&["run", "--json", &file]);
    office.wait_for_writes(4);
    std::thread::sleep(std::time::Duration::from_millis(500));
    running.signal("INT");
    let ended = running.end().expect(130);
    assert_eq!(shown(&ended.counts()), "created 1, pending 1");
    // A run that does not wait reports it, and it is not sent again before its time.
    let writes = office.writes();
    let next = office.call(&["run", "--json", "--no-wait", &file]).expect(1);
    assert_eq!(shown(&next.counts()), "pending 1, unchanged 1");
    assert_eq!(office.writes(), writes);
    insta::assert_snapshot!(
        office.steady(
            &next.stdout.lines().find(|line| line.contains("pending")).unwrap().replace(&key(0), "[key]").replace(&key(1), "[key]")
        )
    );
}

/// `plan` shows before the run what the run does, and leaves nothing behind.
#[test]
fn plan_tells_what_run_does() {
    let office = Office::open(profiles(12));
    let file = office.save(&office.v3("planned"));
    let plan = office.call(&["plan", "--json", &file]).expect(0);
    assert_eq!(office.writes(), 0);
    assert!(!office.folder().join(".hireline").exists(), "a plan leaves a ledger behind");
    let changes = office.call(&["plan", "--json", "--detailed-exitcode", &file]).expect(4);
    assert_eq!(plan.outcomes(), changes.outcomes());
    let planned: usize =
        plan.profiles().values().flat_map(|line| line["steps"].as_array()).flatten().filter(|step| step["method"] == "POST").count();
    let run = office.run(&file).expect(0);
    assert_eq!(plan.outcomes(), run.outcomes());
    assert_eq!(planned as u64, office.writes(), "the run made other writing calls than the plan told");
    let after = office.call(&["plan", "--json", "--detailed-exitcode", &file]).expect(0);
    assert!(after.outcomes().values().all(|outcome| outcome != "created"), "{after:?}");
}

/// One object a line, and who it is about around each.
#[test]
fn the_log_can_be_read_by_machines() {
    let office = Office::open(profiles(2));
    let file = office.save(&office.v3("logged"));
    let ended = office.call(&["run", "--json", "-vv", "--log-format", "json", &file]).expect(0);
    let log: Vec<serde_json::Value> = ended.stderr.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let writes: Vec<_> =
        log.iter().filter(|line| line["message"] == "request" && line["method"] == "POST" && line["path"] == "/v3/candidates").collect();
    assert_eq!(writes.len(), 2, "{}", ended.stderr);
    for n in 0..2 {
        assert!(writes.iter().any(|line| line["spans"][1]["key"] == key(n) && line["spans"][0]["pipeline"] == "logged"), "{writes:?}");
    }
}
