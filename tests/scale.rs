//! A thousand people with traps: none is lost and none exists twice, also if the process is killed in the
//! middle.

use crate::harness::{Ended, Office, shown};
use crate::people::{expected, expected_emails, nothing_is_twice, profiles, summary};
use hireline::sandbox::Misbehaviour;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const MANY: usize = 1000;

/// Few calls a person, so that many people take little time.
fn lean(mut pipeline: Value) -> Value {
    pipeline["mapping"] = json!({"$use": "candidate", "employments": null, "addresses": null});
    pipeline["limits"] = json!({"concurrency": 16});
    pipeline
}

fn as_lines(office: &Office, many: usize) {
    let lines: String = profiles(many).iter().map(|profile| format!("{profile}\n")).collect();
    office.write("people.jsonl", &lines);
}

/// Every key has a line with an outcome that fits, and Greenhouse holds each person whole, once.
#[track_caller]
fn nobody_is_lost_or_twice(office: &Office, run: &Ended, many: usize) {
    let outcomes = run.outcomes();
    for (key, allowed) in expected(many) {
        let outcome = outcomes.get(&key).unwrap_or_else(|| panic!("{key} has no line"));
        assert!(allowed.contains(&outcome.as_str()), "{key} is {outcome}, and should be one of {allowed:?}");
    }
    assert_eq!(outcomes.len(), many, "there are lines of people who were not asked for");
    greenhouse_is_whole(office, many);
}

#[track_caller]
fn greenhouse_is_whole(office: &Office, many: usize) {
    let state = office.state();
    nothing_is_twice(&state);
    let people = summary(&state);
    assert_eq!(people.keys().cloned().collect::<BTreeSet<_>>(), expected_emails(many));
    for (email, candidates) in people {
        let whole = ["jobs 4001; resume on 4001", "jobs 4001; resume on the candidate"];
        assert!(whole.contains(&candidates[0].as_str()), "{email}: {candidates:?}");
    }
}

#[track_caller]
fn a_second_run_writes_nothing(office: &Office, file: &str, first: &Ended) {
    let (writes, state) = (office.writes(), office.state());
    let second = office.run(file).expect(1);
    assert_eq!(office.writes(), writes, "the second run wrote");
    assert_eq!(office.state(), state);
    let mut counts = first.counts();
    let created = counts.remove("created").unwrap();
    *counts.entry("unchanged".into()).or_default() += created;
    assert_eq!(shown(&second.counts()), shown(&counts));
}

#[test]
fn a_thousand_from_hrflow() {
    let office = Office::open(profiles(MANY));
    let file = office.save(&lean(office.v3("many")));
    let first = office.run(&file).expect(1);
    nobody_is_lost_or_twice(&office, &first, MANY);
    a_second_run_writes_nothing(&office, &file, &first);
}

#[test]
fn a_thousand_from_a_file() {
    let office = Office::open(Vec::new());
    as_lines(&office, MANY);
    let mut pipeline = lean(office.v1("many"));
    pipeline["source"] = json!({"files": {"path": "people.jsonl"}});
    let file = office.save(&pipeline);
    let first = office.run(&file).expect(1);
    nobody_is_lost_or_twice(&office, &first, MANY);
    a_second_run_writes_nothing(&office, &file, &first);
}

/// Kills the run when Greenhouse has received so many writing requests, then runs again; once more for each number.
fn killed_at(office: &Office, file: &str, many: usize, points: &[u64]) {
    for point in points {
        let child = office.spawn(&["run", "--json", file]);
        office.wait_for_writes(*point);
        child.signal("KILL");
        let run = child.end();
        assert_eq!(run.code, None, "the run was over before it was killed at {point}: take more people");
        // What was reported as done is done.
        let told = run.stdout.matches(r#""outcome":"created""#).count();
        assert!(summary(&office.state()).len() >= told, "more people were told as created than there are");
    }
    let last = office.run(file).expect(1);
    greenhouse_is_whole(office, many);
    let outcomes = last.outcomes();
    assert_eq!(outcomes.len(), many);
    for (key, allowed) in expected(many) {
        // Who was pushed before the kill is unchanged now.
        let outcome = outcomes[&key].as_str();
        let fits = allowed.contains(&outcome) || allowed.contains(&"created") && outcome == "unchanged";
        assert!(fits, "{key} is {outcome}, and should be one of {allowed:?}");
    }
    let (writes, state) = (office.writes(), office.state());
    let again = office.run(file).expect(1);
    assert_eq!((office.writes(), office.state()), (writes, state), "the run after the recovery wrote: {again:?}");
    assert_eq!(again.counts().keys().map(String::as_str).collect::<Vec<_>>(), ["filtered", "invalid", "skipped", "unchanged"]);
}

#[test]
fn a_thousand_and_a_kill_in_the_middle() {
    let office = Office::open(profiles(MANY));
    let file = office.save(&lean(office.v3("killed")));
    killed_at(&office, &file, MANY, &[777]);
}

#[test]
fn killed_again_and_again() {
    for (api, points) in [("v3", [1, 2, 3, 17, 90, 91, 201]), ("v1", [1, 2, 3, 17, 60, 61, 150])] {
        let office = Office::open(profiles(150));
        let file = office.save(&lean(if api == "v3" { office.v3("killed") } else { office.v1("killed") }));
        killed_at(&office, &file, 150, &points);
    }
}

/// With `existing: create` nothing is looked up first, but what a kill left open is still found.
#[test]
fn killed_where_nobody_is_looked_for() {
    let office = Office::open(profiles(150));
    let mut pipeline = lean(office.v3("blind"));
    pipeline["destination"]["greenhouse"]["existing"] = json!("create");
    let file = office.save(&pipeline);
    let child = office.spawn(&["run", "--json", "--new-ledger", &file]);
    office.wait_for_writes(55);
    child.signal("KILL");
    assert_eq!(child.end().code, None);
    office.run(&file).expect(1);
    greenhouse_is_whole(&office, 150);
}

/// With many jobs, employments and notes: every step is there once.
#[test]
fn killed_between_the_steps_of_one_person() {
    let mut people = profiles(1);
    people[0]["experiences"] = (0..4)
        .map(|n| json!({"company": format!("Company {n}"), "title": "Engineer", "date_start": format!("201{n}-03-01T00:00:00")}))
        .collect();
    people[0]["info"]["summary"] = json!("Knows much.");
    for point in 1..=9 {
        let office = Office::open(people.clone());
        let mut pipeline = office.v3("steps");
        pipeline["destination"]["greenhouse"]["job_ids"] = json!([4001, 4002]);
        let file = office.save(&pipeline);
        // The answer to that request is held back, so that the kill meets it in flight.
        let held = hireline::sandbox::Misbehaviour {
            service: Some(hireline::sandbox::Service::Greenhouse),
            method: Some("POST".into()),
            skip: point - 1,
            delay_ms: 60_000,
            ..Default::default()
        };
        office.sandbox.misbehave(held).unwrap();
        let child = office.spawn(&["run", "--json", &file]);
        office.wait_for_writes(point.into());
        std::thread::sleep(std::time::Duration::from_millis(20));
        child.signal("KILL");
        assert_eq!(child.end().code, None, "at {point}");
        let run = office.run(&file).expect(0);
        assert_eq!(shown(&run.counts()), "created 1", "at {point}");
        nothing_is_twice(&office.state());
        let whole = ["jobs 4001, 4002; resume on 4001; resume on 4002; 4 employments; 1 note"];
        assert_eq!(summary(&office.state()).into_values().flatten().collect::<Vec<_>>(), whole, "at {point}");
        assert_eq!(office.writes(), 9, "at {point}: a request was sent twice");
    }
}

/// After a kill, the whole list of candidates is read, and of each only what recovery compares is kept.
#[test]
#[cfg(target_os = "linux")]
fn what_is_listed_after_a_kill_is_not_kept_whole() {
    let office = Office::open(profiles(40));
    let file = office.save(&lean(office.v3("listed")));
    let plain = most_memory(office.spawn(&["run", "--json", "--limit", "8", &file]));
    for n in 0..12_000 {
        let title = format!("{n} {}", "x".repeat(5_000));
        let emails = json!([{"value": format!("else{n}@example.org"), "type": "work"}]);
        office.sandbox.plant(&json!({"first_name": "Someone", "last_name": "Else", "title": title, "email_addresses": emails})).unwrap();
    }
    let held = Misbehaviour { delay_ms: 60_000, ..Misbehaviour::at("POST", "/v3/candidates") };
    office.sandbox.misbehave(held).unwrap();
    let writes = office.writes();
    let child = office.spawn(&["run", "--json", &file]);
    office.wait_for_writes(writes + 1);
    child.signal("KILL");
    child.end();
    let recovering = most_memory(office.spawn(&["run", "--json", &file]));
    assert!(recovering < plain + (50 << 10), "{plain} KiB, and {recovering} KiB to recover");
    nothing_is_twice(&office.state());
}

/// The largest part of memory that a run ever held, KiB.
#[cfg(target_os = "linux")]
fn most_memory(run: crate::harness::Running) -> u64 {
    let mut most = 0;
    while let Some(now) = run.most_memory() {
        most = now;
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    let ended = run.end();
    assert!(matches!(ended.code, Some(0 | 1)), "{}", ended.stderr);
    most
}
