//! Bad input: wrong pipelines, files and answers. Messages name the place; the run continues where it can.

use crate::harness::{Ended, Office, shown};
use crate::people::{key, profile, profiles};
use hireline::sandbox::{Answer, Misbehaviour, Service, Work};
use serde_json::{Value, json};
use std::io::{BufWriter, Write};
use std::time::Instant;

fn told(office: &Office, run: &Ended) -> String {
    let mut lines: Vec<_> = run.stdout.lines().map(|line| office.steady(line)).collect();
    lines.sort();
    format!("exit {}\n{}\n{}", run.code.unwrap_or(-1), lines.join("\n"), office.steady(&run.stderr)).trim_end().to_owned()
}

/// Files that are no pipelines: each verb says the same, and nothing is started.
#[test]
fn files_that_are_no_pipelines() {
    let office = Office::open(profiles(1));
    let mut good = office.v3("p");
    let mut with = |name: &str, member: &str, value: Value| {
        *good.pointer_mut(member).unwrap() = value;
        let text = serde_yaml::to_string(&good).unwrap();
        good = office.v3("p");
        (name.to_owned(), text)
    };
    let bomb: String = (1..30).map(|n| format!("a{n}: &a{n} [*a{m}, *a{m}, *a{m}, *a{m}]\n", m = n - 1)).collect();
    let files = [
        ("not-yaml".to_owned(), "version: 1\npipeline: p\nsource: [unclosed\n".to_owned()),
        ("html".to_owned(), "<!DOCTYPE html>\n<html><body>Sign in</body></html>\n".to_owned()),
        ("bomb".to_owned(), format!("version: 1\npipeline: p\na0: &a0 x\n{bomb}")),
        with("predicate", "/filters", json!([{"keep": "@.tags[?@.name == 'x'"}])),
        with("template", "/mapping", json!({"$use": "candidate", "title": "{{ profile.info.first_name | }}"})),
        with("unknown-function", "/mapping", json!({"$use": "candidate", "title": "{{ profile.info.first_name | shout }}"})),
    ];
    let mut all = Vec::new();
    for (name, text) in files {
        let file = format!("{name}.yaml");
        office.write(&file, &text);
        let begun = Instant::now();
        let check = office.call(&["check", &file]).expect(2);
        let run = office.call(&["run", "--json", &file]).expect(2);
        assert!(begun.elapsed().as_secs() < 10, "{name} takes too long");
        assert_eq!(run.stdout, "", "{name}");
        all.push(format!("## {name}\n{}", office.steady(&check.stdout)));
        std::fs::remove_file(office.folder().join(file)).unwrap();
    }
    insta::assert_snapshot!(all.join("\n"));
    assert_eq!(office.sandbox.requests(), json!([]));
}

#[test]
fn there_is_no_such_pipeline() {
    let office = Office::open(Vec::new());
    office.write("empty/library.yaml", "version: 1\nlibrary: nothing\n");
    insta::assert_snapshot!(office.steady(&office.call(&["run", "nowhere.yaml"]).expect(2).stderr), @"
    error[unreadable-file]: nowhere.yaml is not there
     |
     = help: check how the path is written, and from which folder
    error: 1 fault in the pipelines: nothing was started
    ");
    insta::assert_snapshot!(office.steady(&office.call(&["run", "empty"]).expect(2).stderr), @"error: no pipeline in empty: a pipeline file has `pipeline: NAME` at its first level");
}

/// A template that never ends: that profile is invalid, with its line, and the others continue.
#[test]
fn a_template_that_loops() {
    let mut long = profile(1);
    long["info"]["summary"] = json!("x".repeat(2000));
    let office = Office::open(vec![profile(0), long]);
    let mut pipeline = office.v3("loops");
    let template = "{% for a in range(profile.info.summary | default('') | length) %}{% for b in range(10000) %}{{ b }}{% endfor %}{% endfor %}{{ profile.info.first_name }}";
    pipeline["mapping"] = json!({"$use": "candidate", "title": template});
    let begun = Instant::now();
    let run = office.run(&office.save(&pipeline)).expect(1);
    assert!(begun.elapsed().as_secs() < 10, "it takes {:?}", begun.elapsed());
    assert_eq!(run.outcomes()[&key(0)], "created");
    insta::assert_snapshot!(told(&office, &run));
}

/// Files: whatever is between two profiles, both are pushed.
#[test]
fn files_with_bad_lines() {
    let office = Office::open(Vec::new());
    let lines = [
        profile(0).to_string(),
        "not json".to_owned(),
        "[]".to_owned(),
        "\"a text\"".to_owned(),
        json!({"info": {}}).to_string(),
        json!({"key": 7}).to_string(),
        String::new(),
        format!("{{\"key\": \"deep\", \"x\": {}{}}}", "[".repeat(300), "]".repeat(300)),
        profile(1).to_string(),
        r#"{"key": "cut off", "info""#.to_owned(),
    ];
    office.write("people.jsonl", &lines.join("\n"));
    let mut pipeline = office.v3("lines");
    pipeline["source"] = json!({"files": {"path": "people.jsonl"}});
    let file = office.save(&pipeline);
    let run = office.run(&file).expect(1);
    insta::assert_snapshot!(told(&office, &run));
    assert_eq!(shown(&office.run(&file).expect(1).counts()), "invalid 6, unchanged 2");
    std::fs::remove_file(office.folder().join("people.jsonl")).unwrap();
    insta::assert_snapshot!("no file", told(&office, &office.run(&file).expect(3)));
}

/// A line of 100 MB is reported with its line number, in little memory, and the lines around it are pushed.
#[test]
fn a_line_of_100_mb() {
    let office = Office::open(Vec::new());
    let mut file = BufWriter::new(std::fs::File::create(office.folder().join("people.jsonl")).unwrap());
    writeln!(file, "{}", profile(0)).unwrap();
    write!(file, r#"{{"key": "too long", "text": ""#).unwrap();
    let piece = vec![b'x'; 1 << 20];
    for _ in 0..100 {
        file.write_all(&piece).unwrap();
    }
    writeln!(file, "\"}}\n{}", profile(1)).unwrap();
    file.flush().unwrap();
    let mut pipeline = office.v3("long");
    pipeline["source"] = json!({"files": {"path": "people.jsonl"}});
    pipeline["limits"] = json!({"concurrency": 1});
    let path = office.save(&pipeline);
    // 400 MiB of addresses: the line itself is never held.
    let mut limited = std::process::Command::new("sh");
    limited.args(["-c", "ulimit -v 600000; exec \"$0\" run --json \"$1\"", crate::harness::BINARY, &path]);
    limited.current_dir(office.folder()).env_clear().envs(office.variables());
    let begun = Instant::now();
    let run = crate::harness::finish(limited).expect(1);
    assert!(begun.elapsed().as_secs() < 30, "it takes {:?}", begun.elapsed());
    insta::assert_snapshot!(told(&office, &run));
}

fn hrflow(path: &str, answer: Answer) -> Misbehaviour {
    Misbehaviour { service: Some(Service::Hrflow), work: Work::Never, answer, ..Misbehaviour::at("GET", path) }
}

/// An empty page is requested again, and a row that is not a profile does not stop the run.
#[test]
fn pages_of_hrflow() {
    let mut people = profiles(4);
    people.push(
        json!({"key": key(9), "source_key": crate::harness::SOURCE_KEY, "source": {"key": crate::harness::SOURCE_KEY}, "info": "nobody"}),
    );
    let office = Office::open(people.clone());
    let page = json!({"code": 200, "message": "ok", "data": [], "meta": {"page": 1, "maxPage": 3, "count": 0, "total": 5}});
    let empty = Answer::Status { status: 200, body: Some(page), retry_after: None };
    office.sandbox.misbehave(Misbehaviour { contains: Some("page=1".into()), ..hrflow("/v1/storing/profiles", empty) }).unwrap();
    let odd = json!({"code": 200, "message": "ok", "data": ["a text", null, 7, {"no": "key"}, people[2]], "meta": {"page": 2, "maxPage": 3, "count": 5, "total": 5}});
    let odd = Answer::Status { status: 200, body: Some(odd), retry_after: None };
    office.sandbox.misbehave(Misbehaviour { contains: Some("page=2".into()), ..hrflow("/v1/storing/profiles", odd) }).unwrap();
    let mut pipeline = office.v3("pages");
    pipeline["source"]["hrflow"]["page_size"] = json!(2);
    let file = office.save(&pipeline);
    insta::assert_snapshot!(told(&office, &office.run(&file).expect(1)));
    // No profile was lost for good: the next run reads all.
    let run = office.run(&file).expect(0);
    assert_eq!(shown(&run.counts()), "created 1, filtered 2, unchanged 2");
}

/// A key that cannot sign in is reported by its name, and so is a variable that is not set.
#[test]
fn secrets_that_are_not_there() {
    let office = Office::open(profiles(1));
    let mut pipeline = office.v3("unset");
    pipeline["source"]["hrflow"]["api_key"] = json!({"env": "NO_SUCH_VARIABLE"});
    let run = office.run(&office.save(&pipeline)).expect(3);
    assert!(run.stderr.contains("the environment variable NO_SUCH_VARIABLE is not set"), "{}", run.stderr);
    let mut pipeline = office.v3("no-file");
    pipeline["destination"]["greenhouse"]["auth"]["oauth_client"]["client_secret"] = json!({"file": "/no/such/file"});
    let run = office.run(&office.save(&pipeline)).expect(3);
    assert!(run.stderr.contains("the file /no/such/file cannot be read"), "{}", run.stderr);
    assert_eq!(office.writes(), 0);
}
