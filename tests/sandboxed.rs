//! The product against the sandbox in its other moods: with mixed faults, as a process of its own.

use crate::harness::{BINARY, Office, command};
use crate::people::{grouped, nothing_is_twice, profiles};
use hireline::sandbox::Chaos;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

fn with_a_note(office: &Office, name: &str) -> String {
    let mut pipeline = office.v3(name);
    pipeline["mapping"] = json!({"$use": "candidate", "notes": [{"body": "From HrFlow.", "visibility": "private"}]});
    pipeline["destination"]["greenhouse"]["settle"] = json!("2s");
    pipeline["limits"] = json!({"concurrency": 1});
    office.save(&pipeline)
}

/// A note is written as `private` and read as `privately_visible`: one whose answer was lost is found.
#[test]
fn a_note_is_found_again_by_the_words_of_reads() {
    let office = Office::open(profiles(4));
    let file = with_a_note(&office, "words");
    office.sandbox.misbehave("lost-answer,on=POST /v3/notes,skip=1".parse().unwrap()).unwrap();
    office.run(&file).expect(0);
    nothing_is_twice(&office.state());
    let writes = office.writes();
    office.run(&file).expect(0);
    assert_eq!(office.writes(), writes, "the second run wrote");
}

/// Whatever fails, no person exists twice, and at the end every person exists.
#[test]
fn mixed_faults_make_nobody_twice() {
    let quiet = {
        let office = Office::open(profiles(9));
        let file = with_a_note(&office, "mixed");
        office.run(&file).expect(0);
        grouped(&office.state())
    };
    for seed in 1..=2 {
        let office = Office::open(profiles(9));
        let file = with_a_note(&office, "mixed");
        office.sandbox.set_chaos(Some(Chaos { seed, rate: 0.15, late_ms: 300 })).unwrap();
        for _ in 0..3 {
            let run = office.run(&file);
            assert!([0, 1, 3].iter().any(|code| run.code == Some(*code)), "seed {seed}: {run:?}");
            nothing_is_twice(&office.state());
        }
        office.sandbox.set_chaos(None).unwrap();
        for _ in 0..2 {
            office.call(&["retry", "--json", &file]);
            office.run(&file);
        }
        nothing_is_twice(&office.state());
        assert_eq!(grouped(&office.state()), quiet, "seed {seed}");
    }
}

/// It prints its addresses as one object, and outlives the runs that use it.
#[test]
fn it_is_a_process_of_its_own() {
    let office = Office::open(Vec::new());
    let mut child = Command::new(BINARY)
        .args(["sandbox", "--json", "--any-job", "--chaos", "7,0", "--late", "0.5", "--misbehave", "error-before=503,times=1"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let told: Value = serde_json::from_str(&line).unwrap();
    let mut pipeline = office.v3("apart");
    pipeline["source"]["hrflow"]["base_url"] = told["hrflow"]["base_url"].clone();
    pipeline["destination"]["greenhouse"]["base_url"] = told["greenhouse"]["base_url"].clone();
    pipeline["destination"]["greenhouse"]["auth"]["oauth_client"]["token_url"] = told["token"]["token_url"].clone();
    let file = office.save(&pipeline);
    let runs = [0, 1].map(|_| crate::harness::finish(command(office.folder(), office.variables(), &["run", "--json", &file])).code);
    let stopped = child.kill().and_then(|()| child.wait());
    assert_eq!(runs, [Some(0), Some(0)]);
    assert!(stopped.is_ok());
}

#[test]
fn faults_are_for_the_sandbox() {
    let office = Office::open(Vec::new());
    let file = office.save(&office.v3("real"));
    let told = office.call(&["run", &file, "--misbehave", "lost-answer"]).expect(2);
    insta::assert_snapshot!(told.stderr.trim(), @"error: pipeline real: --misbehave and --chaos are for the sandbox: give --sandbox too");
    let told = office.call(&["run", &file, "--sandbox", "--misbehave", "lost-anser"]).expect(2);
    insta::assert_snapshot!(told.stderr.lines().next().unwrap_or_default(), @"error: invalid value 'lost-anser' for '--misbehave <FAULT>': there is no fault `lost-anser`: see `hireline sandbox --help`");
    let told = office.call(&["sandbox", "--rate-window", "0"]).expect(2);
    insta::assert_snapshot!(told.stderr.trim(), @"error: --rate-window takes seconds, more than 0");
}
