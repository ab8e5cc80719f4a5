//! `--metrics-file`: it reports what happened, is always complete, and never stops a run.

use crate::exposition::Exposition;
use crate::harness::{Ended, Office};
use crate::people::{email, profiles};
use hireline::sandbox::{Answer, Misbehaviour, Service, Work};
use serde_json::{Value, json};
use std::collections::BTreeMap;

fn read(office: &Office) -> Exposition {
    Exposition::read(&std::fs::read_to_string(office.folder().join("hireline.prom")).unwrap())
}

fn run(office: &Office, file: &str) -> Ended {
    office.call(&["run", "--json", "--metrics-file", "hireline.prom", file])
}

/// What the sandbox counted, in the words of the metrics: service and operation, then class.
fn counted(office: &Office) -> BTreeMap<(String, String, String), u64> {
    let mut all = BTreeMap::new();
    for (kind, answers) in office.sandbox.counts()["calls"].as_object().unwrap() {
        let (service, operation) = kind.split_once(' ').unwrap();
        let operation = match service {
            "hrflow" => operation.replacen(" /v1", " ", 1).replace("  ", " "),
            "token" => operation.replace(" /token", ""),
            _ => operation.to_owned(),
        };
        for (how, many) in answers.as_object().unwrap() {
            let class = match how.as_bytes() {
                [class @ b'2'..=b'5', ..] => format!("{}xx", char::from(*class)),
                _ => "lost".to_owned(),
            };
            *all.entry((service.to_owned(), operation.clone(), class)).or_default() += many.as_u64().unwrap();
        }
    }
    all
}

#[test]
fn the_numbers_are_those_of_the_sandbox_and_of_the_lines() {
    for api in ["v3", "v1"] {
        let office = Office::open(profiles(14));
        let at = |status, retry_after: &str| Answer::Status { status, body: None, retry_after: Some(retry_after.into()) };
        let path = format!("/{api}/candidates");
        let refused = Answer::Status { status: 422, body: Some(json!({"message": "is on a list"})), retry_after: None };
        for misbehaviour in [
            Misbehaviour { contains: Some(email(1)), work: Work::Never, answer: refused, ..Misbehaviour::at("POST", &path) },
            Misbehaviour { skip: 1, answer: Answer::Lost, ..Misbehaviour::at("POST", &path) },
            Misbehaviour { skip: 2, work: Work::Never, answer: at(429, "1"), ..Misbehaviour::at("POST", &path) },
            Misbehaviour { service: Some(Service::Hrflow), work: Work::Never, answer: at(503, "0"), ..Misbehaviour::default() },
        ] {
            office.sandbox.misbehave(misbehaviour).unwrap();
        }
        let file = office.save(&if api == "v3" { office.v3("measured") } else { office.v1("measured") });
        let ended = run(&office, &file).expect(1);
        let metrics = read(&office);
        for (outcome, many) in ended.counts() {
            assert_eq!(metrics.sum("hireline_profiles_total", &[("outcome", &outcome)]), many as f64, "{outcome} ({api})");
        }
        assert_eq!(metrics.sum("hireline_profiles_total", &[]), ended.profiles().len() as f64);
        let mut told = BTreeMap::new();
        for (_, labels, many) in metrics.samples("hireline_requests_total") {
            told.insert((labels["service"].clone(), labels["operation"].clone(), labels["class"].clone()), *many as u64);
        }
        assert_eq!(told, counted(&office), "{api}");
        assert_eq!(metrics.sum("hireline_request_duration_seconds_count", &[]), told.values().sum::<u64>() as f64);
        assert_eq!(metrics.sum("hireline_retries_total", &[("service", "greenhouse"), ("reason", "rate_limit")]), 1.0, "{api}");
        assert_eq!(metrics.sum("hireline_retries_total", &[("service", "hrflow"), ("reason", "server_fault")]), 1.0, "{api}");
        assert!(metrics.sum("hireline_rate_limit_wait_seconds_total", &[("service", "greenhouse")]) > 0.0, "nothing waited after the 429");
        assert_eq!(metrics.sum("hireline_owed_profiles", &[]), 1.0, "one is refused ({api})");
        assert_eq!(metrics.sum("hireline_owed_profiles", &[("outcome", "failed")]), 1.0, "{api}");
        assert_eq!(metrics.sum("hireline_open_steps", &[]), 0.0);
        assert!(metrics.sum("hireline_ledger_commit_seconds_count", &[]) > 1.0);
        assert_eq!(metrics.sum("hireline_runs_total", &[("code", "1")]), 1.0);
        let account = metrics.samples("hireline_run_active")[0].1["account"].clone();
        assert!(!account.is_empty(), "no account");
    }
}

/// The names of labels, which are all there are: no key, no e-mail address, no id can become one.
#[test]
fn every_metric_is_there_with_its_labels_alone() {
    let office = Office::open(profiles(3));
    run(&office, &office.save(&office.v3("shape"))).expect(0);
    let told: String = read(&office).shape().iter().map(|(name, labels)| format!("{name}: {labels:?}\n")).collect();
    insta::assert_snapshot!(told);
}

#[test]
fn counters_go_on_and_a_failed_run_leaves_the_last_good_one() {
    let mut office = Office::open(profiles(2));
    let file = office.save(&office.v3("again"));
    run(&office, &file).expect(0);
    let first = read(&office);
    run(&office, &file).expect(0);
    let second = read(&office);
    assert_eq!(second.sum("hireline_runs_total", &[("code", "0")]), 2.0);
    assert_eq!(second.sum("hireline_profiles_total", &[("outcome", "created")]), 2.0);
    assert_eq!(second.sum("hireline_profiles_total", &[("outcome", "unchanged")]), 2.0);
    let requests = |metrics: &Exposition| metrics.sum("hireline_requests_total", &[]);
    assert!(requests(&second) > requests(&first));
    office.env("CLIENT_SECRET", "wrong");
    run(&office, &file).expect(3);
    let third = read(&office);
    let success = |metrics: &Exposition| metrics.sum("hireline_last_success_timestamp_seconds", &[]);
    assert_eq!(success(&third), success(&second), "a failed run took the last good one's time away");
    assert!(success(&second) >= success(&first) && third.sum("hireline_last_run_timestamp_seconds", &[]) >= success(&second));
    assert_eq!(third.sum("hireline_last_run_exit_code", &[]), 3.0);
    assert_eq!(third.sum("hireline_runs_total", &[("code", "3")]), 1.0);
    assert_eq!(third.sum("hireline_run_active", &[]), 0.0);
    assert_eq!(third.sum("hireline_profiles_total", &[("outcome", "created")]), 2.0);
}

/// Limits end a run before its source does: nobody may believe that the source was read.
#[test]
fn a_pass_that_was_cut_short_is_no_success() {
    let office = Office::open(profiles(3));
    let mut pipeline = office.v3("short");
    pipeline["limits"] = json!({"max_profiles": 2});
    let file = office.save(&pipeline);
    let success = || read(&office).samples("hireline_last_success_timestamp_seconds").len();
    run(&office, &file).expect(1);
    assert_eq!(success(), 0);
    let history = || office.call(&["history", "--limit", "1", "--json", &file]).expect(0).stdout;
    assert!(history().contains(r#""stopped":"2 profiles were pushed, which is limits.max_profiles"#), "{}", history());
    run(&office, &file).expect(0);
    assert_eq!(success(), 1);
    assert!(!history().contains("stopped"), "{}", history());
}

#[test]
fn several_pipelines_share_the_file_and_retry_writes_it_too() {
    let office = Office::open(profiles(3));
    let refused = Answer::Status { status: 422, body: Some(json!({"message": "no"})), retry_after: None };
    office
        .sandbox
        .misbehave(Misbehaviour {
            contains: Some(email(1)),
            work: Work::Never,
            answer: refused,
            ..Misbehaviour::at("POST", "/v3/candidates")
        })
        .unwrap();
    for (name, limit) in [("one", 3), ("two", 3)] {
        let mut pipeline = office.v3(name);
        pipeline["limits"] = json!({"concurrency": limit});
        office.write(&format!("all/{name}.yaml"), &serde_yaml::to_string(&pipeline).unwrap());
    }
    run(&office, "all").expect(1);
    let metrics = read(&office);
    assert_eq!(metrics.sum("hireline_profiles_total", &[("pipeline", "one")]), 3.0);
    assert_eq!(metrics.sum("hireline_profiles_total", &[("pipeline", "two")]), 3.0);
    assert_eq!(metrics.sum("hireline_owed_profiles", &[("pipeline", "one"), ("outcome", "failed")]), 1.0);
    office.call(&["retry", "--metrics-file", "hireline.prom", "all/one.yaml"]).expect(0);
    let metrics = read(&office);
    assert_eq!(metrics.sum("hireline_profiles_total", &[("pipeline", "one")]), 4.0);
    assert_eq!(metrics.sum("hireline_owed_profiles", &[]), 0.0);
    assert_eq!(metrics.sum("hireline_profiles_total", &[("pipeline", "two")]), 0.0, "what a command does not run is not in its file");
}

#[test]
fn a_path_that_cannot_be_is_told_before_anything_is_sent() {
    let office = Office::open(profiles(1));
    let file = office.save(&office.v3("nowhere"));
    office.write("other.prom", "node_load1 0.2\n");
    office.write("folder.prom/inside", "");
    let mut told = String::new();
    for path in ["missing/hireline.prom", "folder.prom", "other.prom", &file] {
        let before = std::fs::read(office.folder().join(path)).ok();
        let ended = office.call(&["run", "--metrics-file", path, &file]).expect(2);
        assert_eq!(std::fs::read(office.folder().join(path)).ok(), before, "{path} was touched");
        told.push_str(&office.steady(&ended.stderr));
    }
    assert_eq!(office.sandbox.requests(), json!([]), "something was sent");
    assert!(!office.folder().join(".hireline").exists(), "a ledger was made");
    insta::assert_snapshot!(told);
}

/// The answer to the second create is held back: until then nothing ends.
fn held_back(office: &Office) -> String {
    let slow = Misbehaviour { skip: 1, delay_ms: 1500, ..Misbehaviour::at("POST", "/v3/candidates") };
    office.sandbox.misbehave(slow).unwrap();
    let mut pipeline = office.v3("slow");
    pipeline["limits"] = json!({"concurrency": 1});
    office.save(&pipeline)
}

#[test]
fn a_signal_leaves_a_whole_file() {
    let office = Office::open(profiles(3));
    let file = held_back(&office);
    let running = office.spawn(&["run", "--json", "--metrics-file", "hireline.prom", &file]);
    office.wait_for_writes(1);
    assert_eq!(read(&office).sum("hireline_run_active", &[]), 1.0, "the file is there from the beginning");
    running.signal("TERM");
    running.end().expect(143);
    let metrics = read(&office);
    assert_eq!(metrics.sum("hireline_last_run_exit_code", &[]), 143.0);
    assert_eq!(metrics.sum("hireline_runs_total", &[("code", "143")]), 1.0);
    assert!(metrics.samples("hireline_last_success_timestamp_seconds").is_empty(), "stopped by a signal is no success");
    let left: Vec<_> = std::fs::read_dir(office.folder()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().ends_with(".tmp")), "{left:?}");
}

#[test]
fn a_file_that_cannot_be_written_any_more_stops_nothing() {
    let office = Office::open(profiles(3));
    let file = held_back(&office);
    office.write("metrics/empty", "");
    let running = office.spawn(&["run", "--json", "--metrics-file", "metrics/hireline.prom", &file]);
    office.wait_for_writes(1);
    std::fs::remove_dir_all(office.folder().join("metrics")).unwrap();
    let ended = running.end().expect(0);
    assert_eq!(ended.profiles().len(), 3);
    assert!(ended.stderr.contains("warning: the metrics file metrics/hireline.prom could not be written"), "{}", ended.stderr);
}

/// The collector runs as another user.
#[cfg(unix)]
#[test]
fn others_may_read_it() {
    use std::os::unix::fs::PermissionsExt as _;
    let office = Office::open(Vec::<Value>::new());
    run(&office, &office.save(&office.v3("read"))).expect(0);
    let mode = std::fs::metadata(office.folder().join("hireline.prom")).unwrap().permissions().mode();
    assert_eq!(mode & 0o444, 0o444, "mode {mode:o}");
}
