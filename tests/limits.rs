//! What keeps a run from doing harm: a dead destination, `max_failures`, `max_profiles`.

use crate::harness::{Ended, Office, shown};
use crate::people::{Trap, grouped, nothing_is_twice, profile, profiles, trap};
use hireline::delivery::run::breaker::{LOST_IN_A_ROW, PAUSES};
use hireline::sandbox::{Answer, Misbehaviour, Service, Work};
use serde_json::{Value, json};

fn pipeline(office: &Office, api: &str, limits: Value) -> Value {
    let mut pipeline = if api == "v3" { office.v3("limited") } else { office.v1("limited") };
    pipeline["mapping"] = json!({"$use": "candidate", "employments": null, "addresses": null});
    pipeline["limits"] = limits;
    pipeline
}

/// Everyone but those with traps.
const WELL: usize = 36;
const MANY: usize = 40;

fn writes_are(wrong: Answer, times: u32) -> Misbehaviour {
    Misbehaviour {
        service: Some(Service::Greenhouse),
        method: Some("write".into()),
        times,
        work: Work::Never,
        answer: wrong,
        ..Misbehaviour::default()
    }
}

fn dead() -> [(&'static str, Answer); 3] {
    let status = |status| Answer::Status { status, body: None, retry_after: None };
    [("503", status(503)), ("lost", Answer::Lost), ("html", Answer::Html { status: 403 })]
}

fn words(office: &Office, run: &Ended) -> String {
    let noise = |line: &&str| !line.contains("this ledger is new") && !line.contains("end-of-life") && line.starts_with(['l', 'e']);
    office.steady(&run.stderr.lines().filter(noise).collect::<Vec<_>>().join("\n"))
}

/// Five are lost and three tries follow; then the run ends. No other profile was started, failed or
/// uncertain, and the next run continues.
#[test]
fn a_dead_destination_ends_the_run_and_not_ten_thousand_pushes() {
    let mut told = Vec::new();
    for (api, concurrency, (name, answer)) in
        ["v3", "v1"].iter().flat_map(|api| [1_u32, 16].into_iter().flat_map(move |at_once| dead().map(|dead| (*api, at_once, dead))))
    {
        let office = Office::open(profiles(MANY));
        let mut pipeline = pipeline(&office, api, json!({"concurrency": concurrency}));
        // A cursor that must not move.
        pipeline["source"]["hrflow"]["profiles"] = json!("changed");
        let file = office.save(&pipeline);
        office.sandbox.misbehave(writes_are(answer, u32::MAX)).unwrap();
        let run = office.run(&file).expect(3);
        let most = u64::from(LOST_IN_A_ROW) + PAUSES.len() as u64 + u64::from(concurrency) - 1;
        assert!(office.writes() <= most, "{} requests left", office.writes());
        if concurrency == 1 {
            assert_eq!(office.writes(), most);
            told.push(format!("## {api}, {name}\n{}\n{}", shown(&run.counts()), words(&office, &run)));
        }
        let counts = run.counts();
        assert!(!counts.contains_key("failed") && !counts.contains_key("uncertain"), "{}", shown(&counts));
        // It is well again, and everybody is pushed, once.
        office.sandbox.behave();
        let next = office.run(&file);
        assert!(next.counts()["created"] >= WELL as u64 - 4, "{}", shown(&next.counts()));
        nothing_is_twice(&office.state());
        let there = office.state()["candidates"].as_array().unwrap().len();
        assert_eq!(there, crate::people::expected_emails(MANY).len(), "{api}, {concurrency}, {name}: {}", next.stdout);
    }
    insta::assert_snapshot!(told.join("\n\n"));
}

/// Greenhouse returns while the run pauses: the run continues by itself.
#[test]
fn a_destination_that_comes_back_is_gone_on_with() {
    for (api, concurrency) in [("v3", 1), ("v1", 1), ("v3", 16), ("v1", 16)] {
        for tries in 0..u32::try_from(PAUSES.len()).unwrap() {
            let office = Office::open(profiles(MANY));
            let file = office.save(&pipeline(&office, api, json!({"concurrency": concurrency})));
            let (_, answer) = dead().into_iter().nth(tries as usize).unwrap();
            // The first is through, so that all of them go at once.
            office.sandbox.misbehave(Misbehaviour { skip: 2, ..writes_are(answer, LOST_IN_A_ROW + tries) }).unwrap();
            let run = office.run(&file);
            assert!(run.stderr.contains("Greenhouse answers again: the run goes on") || concurrency > 1, "{}", run.stderr);
            assert!(matches!(run.code, Some(0 | 1)), "{}", run.stderr);
            nothing_is_twice(&office.state());
            assert_eq!(office.state()["candidates"].as_array().unwrap().len(), crate::people::expected_emails(MANY).len());
        }
    }
}

/// Ctrl-C while it pauses ends it at once.
#[test]
fn a_signal_ends_the_pause() {
    let office = Office::open(profiles(MANY));
    let mut pipeline = pipeline(&office, "v3", json!({"concurrency": 1}));
    pipeline["destination"]["greenhouse"]["settle"] = json!("10m");
    let file = office.save(&pipeline);
    office.sandbox.misbehave(writes_are(Answer::Lost, u32::MAX)).unwrap();
    let running = office.spawn(&["run", "--json", &file]);
    office.wait_for_writes(u64::from(LOST_IN_A_ROW));
    std::thread::sleep(std::time::Duration::from_millis(300));
    running.signal("TERM");
    let ended = running.end().expect(143);
    assert_eq!(office.writes(), u64::from(LOST_IN_A_ROW));
    assert!(!ended.counts().contains_key("failed"));
}

/// One profile that Greenhouse cannot process does not mean that Greenhouse is down.
#[test]
fn one_profile_that_is_always_lost_stops_nobody_else() {
    let office = Office::open(profiles(MANY));
    let file = office.save(&pipeline(&office, "v3", json!({"concurrency": 4})));
    let one = Misbehaviour { contains: Some(crate::people::email(5)), ..writes_are(Answer::Html { status: 500 }, u32::MAX) };
    office.sandbox.misbehave(one).unwrap();
    let run = office.run(&file).expect(1);
    assert!(!run.stderr.contains("nothing is sent for"), "{}", run.stderr);
    assert_eq!(office.state()["candidates"].as_array().unwrap().len(), crate::people::expected_emails(MANY).len() - 1);
}

/// Greenhouse does no writing call during three scheduled runs. Then it is well, and the next run finishes all profiles: whether the circuit
/// breaker ended the runs, or too few profiles were lost for that.
#[test]
fn after_three_runs_without_greenhouse_the_fourth_one_finishes_everybody() {
    for (api, many, no_wait) in [("v3", MANY, false), ("v1", MANY, false), ("v3", 1, false), ("v3", 1, true)] {
        let office = Office::open(profiles(many));
        let file = office.save(&pipeline(&office, api, json!({})));
        office.sandbox.misbehave(writes_are(Answer::Status { status: 503, body: None, retry_after: None }, u32::MAX)).unwrap();
        let mut arguments = vec!["run", "--json", &file];
        arguments.extend(no_wait.then_some("--no-wait"));
        for run in 1..=3 {
            let ended = office.call(&arguments);
            assert!(!ended.counts().contains_key("failed"), "{api}, {many}, run {run}: {}", ended.stdout);
            office.minutes_pass(15);
        }
        office.sandbox.behave();
        let ended = office.call(&arguments);
        let left = ["failed", "pending", "uncertain"].map(|outcome| ended.counts().get(outcome).copied().unwrap_or_default());
        assert_eq!(left, [0; 3], "{api}, {many}: {}", ended.stdout);
        nothing_is_twice(&office.state());
        assert_eq!(office.state()["candidates"].as_array().unwrap().len(), crate::people::expected_emails(many).len());
    }
}

/// What Greenhouse cannot process is sent again after longer and longer, for three days. `show` says when; `retry` does not wait.
#[test]
fn what_is_always_lost_waits_for_its_next_attempt() {
    let office = Office::open(profiles(1));
    let file = office.save(&pipeline(&office, "v3", json!({})));
    office.sandbox.misbehave(writes_are(Answer::Html { status: 500 }, u32::MAX)).unwrap();
    let key = office.run(&file).expect(1).outcomes().into_iter().next().unwrap();
    assert_eq!(key.1, "pending");
    assert_eq!(office.writes(), 3, "so often in one run");
    office.minutes_pass(60);
    office.run(&file).expect(1);
    let writes = office.writes();
    // It has failed for an hour: it is not sent for a third of one.
    office.minutes_pass(10);
    assert_eq!(office.run(&file).expect(1).outcomes()[&key.0], "pending");
    assert_eq!(office.writes(), writes, "too early");
    let show = office.call(&["show", &file, "--profile", &key.0]).expect(0);
    assert!(show.stdout.contains("next attempt after"), "{}", show.stdout);
    let show = office.call(&["show", &file, "--profile", &key.0, "--json"]).expect(0);
    let due = serde_json::from_str::<Value>(&show.stdout).unwrap()["people"][0]["steps"][0]["next_attempt_at"].clone();
    let due: jiff::Timestamp = serde_json::from_value(due).unwrap();
    assert!((1..=20).contains(&due.duration_since(jiff::Timestamp::now()).as_mins()), "{due}");
    office.call(&["retry", "--json", &file, "--profile", &key.0]).expect(1);
    assert!(office.writes() > writes, "retry does not wait");
    // Three days after the first attempt, when the newest one is known not to have happened, a person has to look.
    for _ in 0..4 {
        office.hours_pass(24);
        office.call(&["run", "--json", "--no-wait", &file]).expect(1);
    }
    let told = office.run(&file).expect(1);
    assert_eq!(told.outcomes()[&key.0], "failed", "{}", told.stdout);
    // It is well again, and somebody has looked.
    office.sandbox.behave();
    let retried = office.call(&["retry", "--json", &file]).expect(0);
    assert_eq!(retried.outcomes()[&key.0], "created");
    nothing_is_twice(&office.state());
}

/// A permission is taken away in the middle of a run, or before it: the run stops, and when the permission is back, the next run finishes all.
#[test]
fn a_permission_that_is_taken_away_fails_nobody_for_good() {
    for (api, status, skip) in
        ["v3", "v1"].into_iter().flat_map(|api| [403, 400, 404].into_iter().flat_map(move |status| [0, 12].map(|skip| (api, status, skip))))
    {
        let office = Office::open(profiles(MANY));
        let file = office.save(&pipeline(&office, api, json!({"concurrency": 4})));
        let body = Some(json!({"message": "This credential cannot do that"}));
        let taken = Misbehaviour { skip, ..writes_are(Answer::Status { status, body, retry_after: None }, u32::MAX) };
        office.sandbox.misbehave(taken).unwrap();
        // The next scheduled run finds it so from its beginning.
        for _ in 0..2 {
            let run = office.run(&file).expect(3);
            let failed = run.counts().get("failed").copied().unwrap_or_default();
            assert!(failed <= 12, "{api}, {status}, {skip}: {}", shown(&run.counts()));
            assert!(run.stderr.contains(&format!("({status})")), "{}", run.stderr);
        }
        office.sandbox.behave();
        let next = office.run(&file);
        assert!(
            !next.counts().contains_key("failed") && !next.counts().contains_key("pending"),
            "{api}, {status}, {skip}: {}",
            next.stdout
        );
        nothing_is_twice(&office.state());
        assert_eq!(office.state()["candidates"].as_array().unwrap().len(), crate::people::expected_emails(MANY).len());
    }
}

/// Exactly so many people are pushed, whatever is in flight; the next run, `retry` and a plan begin to count anew.
#[test]
fn max_profiles_is_exact() {
    for (api, concurrency) in [("v3", 1), ("v3", 16), ("v1", 16)] {
        // Without twins: who waits for another counts too, so with them it may be one fewer, and never one more.
        let people: Vec<_> = (0..MANY).filter(|n| trap(*n) == Trap::None).map(profile).collect();
        let all = people.len();
        let office = Office::open(people);
        let file = office.save(&pipeline(&office, api, json!({"concurrency": concurrency, "max_profiles": 10})));
        let run = office.run(&file).expect(1);
        assert_eq!(office.state()["candidates"].as_array().unwrap().len(), 10);
        assert_eq!(run.counts()["created"], 10, "{}", shown(&run.counts()));
        assert!(
            run.stderr.contains("10 profiles were pushed, which is limits.max_profiles: run again for the next ones"),
            "{}",
            run.stderr
        );
        let done = [20, 30, all].map(|_| {
            office.run(&file);
            office.state()["candidates"].as_array().unwrap().len()
        });
        assert_eq!(done, [20, 30, all]);
        nothing_is_twice(&office.state());
    }
}

#[test]
fn max_profiles_counts_with_a_plan_and_with_retry() {
    let office = Office::open(profiles(8).into_iter().filter(|profile| profile["info"]["email"] != "").collect());
    let file = office.save(&pipeline(&office, "v3", json!({"concurrency": 4, "max_profiles": 2})));
    office.call(&["plan", "--json", "--out", "plan.jsonl", &file]).expect(0);
    let run = office.call(&["run", "--json", "--plan", "plan.jsonl", &file]).expect(1);
    assert_eq!(run.counts()["created"], 2);
    assert!(run.stderr.contains("limits.max_profiles"), "{}", run.stderr);
    // Four are refused; `retry` sends two of them.
    let refused = json!({"message": "no"});
    let refuse = Answer::Status { status: 422, body: Some(refused), retry_after: None };
    office.sandbox.misbehave(Misbehaviour { path: Some("/v3/candidates".into()), ..writes_are(refuse, 2) }).unwrap();
    assert_eq!(office.run(&file).expect(1).counts()["failed"], 2);
    office
        .sandbox
        .misbehave(writes_are(Answer::Status { status: 422, body: Some(json!({"message": "no"})), retry_after: None }, 2))
        .unwrap();
    assert_eq!(office.run(&file).expect(1).counts()["failed"], 4);
    let before = office.state()["candidates"].as_array().unwrap().len();
    let retry = office.call(&["retry", "--json", &file]).expect(1);
    assert_eq!(office.state()["candidates"].as_array().unwrap().len(), before + 2, "{}", shown(&retry.counts()));
    nothing_is_twice(&office.state());
}

/// The run ends with so many failures; what is in flight is finished, and nothing of it is left half.
#[test]
fn max_failures_ends_the_run_and_what_is_in_flight_is_finished() {
    for concurrency in [1, 8] {
        // Without twins: who waits for another when the run ends is pending, and that is right.
        let people: Vec<_> = (0..MANY).filter(|n| trap(*n) == Trap::None).map(profile).collect();
        let all = people.len();
        let office = Office::open(people);
        let file = office.save(&pipeline(&office, "v3", json!({"concurrency": concurrency, "max_failures": 3})));
        let answer = Answer::Status { status: 422, body: Some(json!({"message": "no"})), retry_after: None };
        let refuse = Misbehaviour { skip: 5, ..Misbehaviour::at("POST", "/v3/candidates") };
        office.sandbox.misbehave(Misbehaviour { times: 99, work: Work::Never, answer, ..refuse }).unwrap();
        let run = office.run(&file).expect(1);
        let failed = run.counts()["failed"];
        assert!((3..3 + concurrency).contains(&failed), "{}", shown(&run.counts()));
        assert!(!run.counts().contains_key("pending"), "{}", shown(&run.counts()));
        assert!(run.stderr.contains("profiles failed, which is max_failures: correct what they say, and run again"), "{}", run.stderr);
        assert_eq!(grouped(&office.state()), "5 × jobs 4001; resume on 4001", "who was in flight is whole");
        // `run` does not send a failed profile again, but it counts: it must be fixed first.
        office.sandbox.behave();
        office.run(&file).expect(1);
        office.call(&["retry", "--json", &file]);
        let run = office.run(&file);
        assert!(!run.counts().contains_key("failed"), "{}", shown(&run.counts()));
        assert_eq!(office.state()["candidates"].as_array().unwrap().len(), all);
        nothing_is_twice(&office.state());
    }
}
