//! What happens to the process itself: signals, and a reader of standard output that goes away. Held for every row: what was sent is known to the
//! ledger, and the next run brings the rest, nothing twice.

use super::table::{Row, TIMEOUT, aligned, everything_is_there_once, greenhouse, key, person, pipeline, row_of};
use crate::harness::{Ended, Office, Running, shown};
use hireline::sandbox::Misbehaviour;
use serde_json::{Value, json};
use std::io::Read;
use std::process::Stdio;
use std::thread;
use std::time::Duration;

const PEOPLE: usize = 12;

fn office() -> Office {
    Office::open((0..PEOPLE).map(person).collect())
}

/// Signals while the first person's create is under way, held back by Greenhouse for so many milliseconds.
fn signalled(name: &str, signals: &[&str], held: u64) -> Row {
    let office = office();
    let file = office.save(&pipeline(&office, "v3"));
    office.sandbox.misbehave(Misbehaviour { delay_ms: held, ..greenhouse("POST", "/v3/candidates") }).unwrap();
    let running = office.spawn(&["run", "--json", "--timeout", "20", &file]);
    office.wait_for_writes(1);
    for signal in signals {
        running.signal(signal);
        thread::sleep(Duration::from_millis(250));
    }
    let ended = running.end();
    let [outcome, ledger, _] = if ended.stdout.is_empty() {
        ["nothing was said".to_owned(), row_of(&office, &Ended { stdout: "{}".into(), ..ended.clone() }, &key(0))[1].clone(), String::new()]
    } else {
        row_of(&office, &ended, &key(0))
    };
    let told = ended.stderr.lines().last().unwrap_or_default().to_owned();
    let writes = office.writes();
    office.sandbox.behave();
    let next = office.run(&file).expect(0);
    everything_is_there_once(&office, PEOPLE);
    let code = ended.code.map_or("none".to_owned(), |code| code.to_string());
    vec![name.to_owned(), format!("exit {code}, {outcome}"), ledger, writes.to_string(), shown(&next.counts()), office.steady(&told)]
}

#[test]
fn signals() {
    let cases: [(&str, &[&str], u64); 5] = [
        ("SIGINT", &["INT"], 1000),
        ("SIGTERM", &["TERM"], 1000),
        ("SIGINT twice", &["INT", "INT"], 10_000),
        ("SIGTERM, then SIGINT", &["TERM", "INT"], 10_000),
        ("SIGKILL", &["KILL"], 10_000),
    ];
    let mut all: Vec<Row> = thread::scope(|scope| {
        let running: Vec<_> = cases.iter().map(|(name, signals, held)| scope.spawn(move || signalled(name, signals, *held))).collect();
        running.into_iter().map(|row| row.join().unwrap()).collect()
    });
    all.insert(
        0,
        ["signal, a create under way", "said of that person", "ledger", "writes sent", "next run", "last words"]
            .map(str::to_owned)
            .to_vec(),
    );
    insta::assert_snapshot!(aligned(&all));
}

/// A verb whose standard output is never read.
fn unread(office: &Office, arguments: &[&str]) -> (Option<i32>, String) {
    let mut child = office.command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let mut stderr = String::new();
    child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    (child.wait().unwrap().code(), stderr)
}

#[test]
fn nobody_reads_standard_output() {
    let mut all = vec![["verb", "exit", "people in Greenhouse", "next run"].map(str::to_owned).to_vec()];
    let verbs: [&[&str]; 9] = [
        &["run", "table.yaml"],
        &["run", "--json", "table.yaml"],
        &["retry", "--json", "table.yaml"],
        &["plan", "table.yaml"],
        &["plan", "--json", "table.yaml"],
        &["check", "table.yaml"],
        &["check", "--format", "json", "table.yaml"],
        &["history", "--json", "table.yaml"],
        &["show", "table.yaml", "--profile", "0000000000000000000000000000000000000000"],
    ];
    for verb in verbs {
        let office = office();
        let mut pipeline = pipeline(&office, "v3");
        pipeline["limits"] = json!({"concurrency": 2});
        let file = office.save(&pipeline);
        if ["history", "show"].contains(&verb[0]) {
            office.run(&file).expect(0);
        }
        let (code, stderr) = unread(&office, verb);
        assert!(!stderr.contains("panicked"), "{verb:?}: {stderr}");
        let there = office.state()["candidates"].as_array().map(Vec::len).unwrap_or_default();
        // A run goes no further than who was under way when the first line could not be written.
        assert!(verb[0] != "run" || (1..PEOPLE).contains(&there), "{verb:?}: {there}");
        let next = office.run(&file).expect(0);
        everything_is_there_once(&office, PEOPLE);
        let there = match (verb[0], there) {
            ("run", _) => "some".to_owned(),
            (_, there) => there.to_string(),
        };
        let counts = if verb[0] == "run" { "the rest".to_owned() } else { shown(&next.counts()) };
        all.push(vec![
            verb[..verb.len().min(3)].join(" ").replace(" table.yaml", ""),
            code.map_or("none".into(), |code| code.to_string()),
            there,
            counts,
        ]);
    }
    insta::assert_snapshot!(aligned(&all));
}

/// Where Greenhouse is slow and a signal comes, a request's time is the longest that anybody waits.
#[test]
fn what_is_in_flight_ends_within_its_time() {
    let office = office();
    let file = office.save(&pipeline(&office, "v3"));
    let held = Misbehaviour { delay_ms: 60_000, ..greenhouse("POST", "/v3/candidates") };
    office.sandbox.misbehave(held).unwrap();
    let running: Running = office.spawn(&["run", "--json", "--timeout", &TIMEOUT.to_string(), &file]);
    office.wait_for_writes(1);
    running.signal("TERM");
    let ended = running.end().expect(143);
    assert_eq!(ended.profiles().into_values().map(|line: Value| line["outcome"].clone()).collect::<Vec<_>>(), ["pending"]);
}
