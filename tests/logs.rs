//! The engineers' log: what it says of a run, line by line.

use crate::harness::Office;
use crate::people::{email, key, profiles};
use hireline::sandbox::{Answer, Misbehaviour, Work};
use regex::Regex;
use serde_json::{Value, json};

/// Two profiles, one after the other; the first create's answer is lost, and found again.
fn logged() -> (Office, String) {
    let office = Office::open(profiles(2));
    office.sandbox.misbehave(Misbehaviour { answer: Answer::Lost, ..Misbehaviour::at("POST", "/v3/candidates") }).unwrap();
    let refused = Answer::Status { status: 422, body: Some(json!({"message": format!("{} is taken", email(1))})), retry_after: None };
    office
        .sandbox
        .misbehave(Misbehaviour {
            contains: Some(email(1)),
            work: Work::Never,
            answer: refused,
            ..Misbehaviour::at("POST", "/v3/candidates")
        })
        .unwrap();
    let mut pipeline = office.v3("logged");
    pipeline["limits"] = json!({"concurrency": 1});
    (office, serde_yaml::to_string(&pipeline).unwrap())
}

/// Times, ids and durations in words.
fn steady(office: &Office, text: &str) -> String {
    let replace =
        |text: String, pattern: &str, word: &str| Regex::new(pattern).unwrap().replace_all(&text, regex::NoExpand(word)).into_owned();
    let text = replace(office.steady(text), r#"seconds=[0-9.e-]+"#, "seconds=[seconds]");
    let text = replace(text, r"127\.0\.0\.1:\[port\]", "[address]");
    (0..2).fold(text, |text, n| text.replace(&key(n), &format!("[key {n}]")))
}

#[test]
fn the_log_tells_a_run_step_by_step() {
    for format in ["json", "text"] {
        let (office, text) = logged();
        office.write("logged.yaml", &text);
        let ended = office.call(&["run", "--json", "-v", "--log-format", format, "logged.yaml"]).expect(1);
        let log: Vec<_> =
            ended.stderr.lines().filter(|line| line.contains("INFO") || line.contains("WARN") || line.contains("ERROR")).collect();
        insta::assert_snapshot!(format!("{format}"), steady(&office, &log.join("\n")));
    }
}

/// Every request: which, to whom, what came, how long it took, and around it the step, the profile and the run.
#[test]
fn each_request_is_told_at_debug() {
    let (office, text) = logged();
    office.write("logged.yaml", &text);
    let ended = office.call(&["run", "--json", "-vv", "--log-format", "json", "logged.yaml"]).expect(1);
    let log: Vec<Value> = ended.stderr.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let requests: Vec<_> = log.iter().filter(|line| line["message"] == "request").collect();
    let calls: u64 = office.sandbox.counts()["answered"].as_u64().unwrap();
    assert_eq!(requests.len() as u64, calls, "a request that was made is not in the log");
    for line in &requests {
        let name = |span: &Value| span["name"].as_str().unwrap().to_owned();
        let spans: Vec<_> = line["spans"].as_array().unwrap().iter().map(name).collect();
        assert_eq!((spans[0].as_str(), spans.last().unwrap().as_str()), ("run", "request"), "{line}");
        assert!(line["seconds"].is_number() && line["path"].is_string() && line["host"].is_string(), "{line}");
        assert!(line["status"].is_number() != line["fault"].is_string(), "{line}");
        assert!(!line["path"].as_str().unwrap().contains('?'), "{line}");
    }
    let creates = |line: &&&Value| line["method"] == "POST" && line["path"] == "/v3/candidates";
    let first = requests.iter().find(creates).unwrap();
    let names: Vec<_> = first["spans"].as_array().unwrap().iter().map(|span| span["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["run", "profile", "step", "request"]);
    assert!([key(0), key(1)].contains(&first["spans"][1]["key"].as_str().unwrap().to_owned()));
    assert_eq!((&first["spans"][2]["step"], &first["spans"][3]["operation"]), (&json!("candidate"), &json!("POST /v3/candidates")));
}

/// A reference is the customer's own name for a profile, and may be anything.
#[test]
fn who_is_asked_for_by_a_reference_is_not_named() {
    let office = Office::open(profiles(1));
    let mut pipeline = office.v3("referred");
    pipeline["source"]["hrflow"]["profiles"] = json!({"references": ["zoe.referred@example.org"]});
    let file = office.save(&pipeline);
    let mut command = office.command(&["run", "--json", "--metrics-file", "hireline.prom", &file]);
    command.env("HIRELINE_LOG", "trace");
    let ended = crate::harness::finish(command).expect(1);
    assert!(ended.stdout.contains("zoe.referred") && ended.stderr.contains("profile ended"), "{ended:?}");
    assert!(!ended.stderr.contains("zoe.referred"), "{}", ended.stderr);
}
