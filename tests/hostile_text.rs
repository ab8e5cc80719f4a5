//! Text that would control a terminal or a build server: no verb and no format prints it unchanged, in a pipe
//! or on a terminal.

use crate::harness::{Ended, Office, finish};
use crate::people::{key, profile};
use hireline::sandbox::{Answer, Misbehaviour, Service, Settings, Work};
use serde_json::{Value, json};

/// Each kind of order: escape sequences of seven and of eight bits, a clipboard, a link, a bell, going back, turned writing, lines that
/// are none, signs that hide, and orders to build servers.
const HOSTILE: &str = "Xx\u{1b}[31mred\u{1b}[8mhidden\u{1b}[2J\u{1b}]0;title\u{7}\u{1b}]52;c;cm0=\u{1b}\\\u{1b}]8;;https://example.org\u{7}link\u{9b}31m\u{9d}0;t\u{9c}\u{85}\u{8}\u{8}\r\u{b}\u{c}\u{7f}\u{202e}turned\u{2066}\u{2069}\u{200b}\u{feff}\u{2028}\u{2029}\u{e0041}";
/// The same, with lines of their own.
const ORDERS: &str = "\n::error file=a,line=1::pwned\n  ::stop-commands::x\n##[error]pwned ##vso[task.setvariable variable=PATH]pwned";

fn hostile() -> String {
    format!("{HOSTILE}{ORDERS}")
}

/// What must not be in standard output and standard error. On a terminal Hireline's own colours and links to
/// files are fine; colours from others are not.
fn harm(name: &str, text: &str, terminal: bool) -> Vec<String> {
    let mut harm = Vec::new();
    let mut found = |at: usize, what: &str| {
        let near: String = text.get(..at).unwrap_or_default().chars().rev().take(60).collect::<Vec<_>>().into_iter().rev().collect();
        harm.push(format!("{name} lets {what} through, after {near:?}"));
    };
    let bare = if terminal {
        let ours = r"\x1b\[(?:0|1|2|3|4|3[0-7]|9[0-7])(?:;(?:0|1|3[0-7]|9[0-7]))*m|\x1b\]8;;(?:file:///[!-~]*)?\x1b\\";
        // As many bytes as before, so that a place is found again.
        let ours = regex::Regex::new(ours).unwrap();
        ours.replace_all(text, |found: &regex::Captures<'_>| ".".repeat(found[0].len())).into_owned()
    } else {
        text.to_owned()
    };
    if let Some(at) = bare.find(|c: char| hireline::base::display::steers(c) && c != '\n') {
        found(at, "a sign that steers");
    }
    if let Some(at) = text.find("\u{1b}[31mred") {
        found(at, "a colour");
    }
    let orders = regex::Regex::new(r"(?m)^\.*\s*::(?:error file=a|stop)|##\[error\]|##vso\[").unwrap();
    if let Some(order) = orders.find(&bare) {
        found(order.start(), "an order to a build server");
    }
    harm
}

#[track_caller]
fn none(harm: &[String]) {
    assert!(harm.is_empty(), "{}", harm.join("\n"));
}

/// A pipeline with that text wherever an author can put one, and profiles that hold it.
fn office() -> (Office, String) {
    let mut person = profile(0);
    for pointer in ["/info/first_name", "/info/last_name", "/info/summary", "/experiences/0/title", "/experiences/0/company"] {
        *person.pointer_mut(pointer).unwrap() = json!(hostile());
    }
    person["key"] = json!(format!("{}{HOSTILE}", key(0)));
    let mut bad = profile(1);
    bad["key"] = json!(hostile());
    bad["info"]["email"] = json!(hostile());
    let mut dropped = profile(2);
    dropped["tags"] = json!([{"name": "stage", "value": "rejected"}]);
    let profiles = vec![person.clone(), bad.clone(), dropped.clone()];
    let mut office = Office::with(Settings { profiles: profiles.clone(), ..Settings::default() });
    office.env("HOSTILE", &hostile());
    let mut pipeline = office.v3("hostile");
    pipeline["description"] = json!(hostile());
    pipeline["vars"] = json!({"text": hostile()});
    pipeline["filters"] = json!([{"drop": "@.tags[?@.name == 'stage' && @.value == 'rejected']", "because": hostile()}]);
    pipeline["mapping"] = json!({
        "$use": "candidate", "title": "{{ vars.text }} {{ profile.experiences[0].title }}", "tags": ["{{ vars.text }}"],
        "notes": [{"body": "{{ profile.info.summary | default('') }}{{ vars.text }}"}],
    });
    let file = "hostile.yaml".to_owned();
    office.write(&file, &in_yaml(&pipeline));
    for (name, profile) in [("a", person), ("b", bad), ("c", dropped)] {
        office.write(&format!("hostile/fixtures/{name}{HOSTILE}.json").replace('\0', ""), &profile.to_string());
    }
    (office, file)
}

/// JSON is YAML, and its escapes bring in what may not stand in a file as it is.
fn in_yaml(value: &Value) -> String {
    let json = value.to_string();
    let escaped = |c: char| if c > '\u{ffff}' { format!("\\U{:08x}", u32::from(c)) } else { format!("\\u{:04x}", u32::from(c)) };
    json.chars().map(|c| if hireline::base::display::steers(c) { escaped(c) } else { c.to_string() }).collect()
}

fn every_way(office: &Office, arguments: &[&str]) -> Vec<(String, Ended, bool)> {
    let mut all = Vec::new();
    for (way, variables) in [
        ("plain", &[][..]),
        ("terminal", &[("CLICOLOR_FORCE", "1"), ("FORCE_HYPERLINK", "1")]),
        ("log", &[("HIRELINE_LOG", "trace")]),
        ("json log", &[("HIRELINE_LOG", "trace"), ("HIRELINE_LOG_FORMAT", "json")]),
    ] {
        let mut command = office.command(arguments);
        command.envs(variables.iter().copied());
        all.push((format!("{} ({way})", arguments.join(" ")), finish(command), way == "terminal"));
    }
    all
}

#[test]
fn nothing_that_steers_is_printed() {
    let (office, file) = office();
    // Greenhouse's own words.
    let body = json!({"message": hostile(), "errors": [{"message": hostile(), "field": hostile()}]});
    let answer = Answer::Status { status: 422, body: Some(body), retry_after: None };
    office.sandbox.misbehave(Misbehaviour { work: Work::Never, answer, ..Misbehaviour::at("POST", "/v3/candidates") }).unwrap();
    office.write("person.json", &profile(0).to_string());
    let key = format!("{}{HOSTILE}", key(0));
    let verbs: [&[&str]; 26] = [
        &["check", &file],
        &["check", "--format", "json", &file],
        &["check", "--format", "sarif", &file],
        &["check", "--format", "github", &file],
        &["test", "--show-nothing"],
        &["test", &file],
        &["test", "--coverage", &file],
        &["test", "--format", "json", &file],
        &["test", "--format", "junit", &file],
        &["trace", &file, "person.json"],
        &["trace", "--show-personal-data", &file, "person.json"],
        &["trace", "--json", "--show-personal-data", &file, "person.json"],
        &["plan", "--show-personal-data", &file],
        &["plan", "--json", "--show-personal-data", &file],
        &["doctor", &file],
        &["run", "--no-wait", &file],
        &["run", "--json", "--no-wait", &file],
        &["run", "--sandbox", "--no-wait", &file],
        &["history", &file],
        &["history", "--json", &file],
        &["show", "--profile", &key, &file],
        &["show", "--json", "--profile", &key, &file],
        &["resolve", "--profile", HOSTILE, "--there", &file],
        &["retry", &file],
        &["forget", "--profile", HOSTILE, &file],
        &["fixtures", "add", "--key", HOSTILE, &file],
    ];
    let mut all = Vec::new();
    for verb in verbs {
        for (name, ended, terminal) in every_way(&office, verb) {
            assert!(ended.code.is_some(), "{name}");
            all.extend(harm(&format!("standard output of {name}"), &ended.stdout, terminal));
            all.extend(harm(&format!("standard error of {name}"), &ended.stderr, terminal));
            if verb.contains(&"--json") || verb.contains(&"json") {
                let values: Result<Vec<Value>, _> = serde_json::Deserializer::from_str(&ended.stdout).into_iter().collect();
                values.unwrap_or_else(|error| panic!("{name}: {error}"));
            }
        }
    }
    none(&all);
    // It did come that far, and machines have it as it was.
    let traced = office.call(&["trace", "--json", "--show-personal-data", &file, "person.json"]);
    let traced: Value = serde_json::from_str(&traced.stdout).unwrap_or_else(|_| panic!("{}", traced.stderr));
    assert!(traced["candidate"]["tags"][0].as_str().unwrap().contains(HOSTILE.trim()), "{traced}");
}

/// Faults quote what was written; names of files, of variables and of keys are quoted too.
#[test]
fn nothing_that_steers_is_in_a_fault() {
    let (office, _) = office();
    let pipelines = [
        ("key", json!({"version": 1, "pipeline": "a", HOSTILE: 1})),
        ("name", json!({"version": 1, "pipeline": hostile(), "source": {"files": {"path": hostile()}}, "mapping": hostile()})),
        (
            "secret",
            json!({"version": 1, "pipeline": "b", "source": {"hrflow": {"api_key": {"env": hostile()}, "user_email": {"file": hostile()}}}}),
        ),
        ("import", json!({"version": 1, "pipeline": "c", "imports": [hostile(), format!("../{HOSTILE}")]})),
        (
            "filter",
            json!({"version": 1, "pipeline": "d", "filters": [hostile(), {"keep": hostile()}], "mapping": {HOSTILE: "{{ x }}", "title": format!("{{{{ {HOSTILE} }}}}")}}),
        ),
        (
            "address",
            json!({"version": 1, "pipeline": "e", "destination": {"greenhouse": {"base_url": hostile(), "auth": {"api_key": hostile()}, "job_ids": hostile()}}}),
        ),
    ];
    for (name, pipeline) in &pipelines {
        office.write(&format!("faulty/{name}{}.yaml", HOSTILE.replace(['\0', '/'], "")), &in_yaml(pipeline));
    }
    office.write("faulty/raw\u{1b}[31m.yaml", "version: 1\npipeline: raw\ndescription: \"a\u{1b}[2J\"\n");
    let verbs: [&[&str]; 9] = [
        &["check", "faulty"],
        &["check", "--format", "json", "faulty"],
        &["check", "--format", "sarif", "faulty"],
        &["check", "--format", "github", "faulty"],
        &["test", "faulty"],
        &["diff", "--base", HOSTILE, "faulty"],
        &["check", HOSTILE],
        &["run", HOSTILE, &format!("--{HOSTILE}")],
        &["explain", HOSTILE],
    ];
    let mut all = Vec::new();
    for verb in verbs {
        for (name, ended, terminal) in every_way(&office, verb) {
            assert!(ended.code.is_some_and(|code| code > 0), "{name}: {ended:?}");
            all.extend(harm(&format!("standard output of {name}"), &ended.stdout, terminal));
            all.extend(harm(&format!("standard error of {name}"), &ended.stderr, terminal));
        }
    }
    none(&all);
}

/// What HrFlow and the token endpoint say.
#[test]
fn nothing_that_steers_comes_from_a_service() {
    for service in [Service::Hrflow, Service::Token, Service::Greenhouse] {
        for status in [400, 401, 404, 500] {
            let office = Office::open(vec![profile(0)]);
            let file = office.save(&office.v3("words"));
            let body = json!({"code": status, "error": hostile(), "message": hostile(), "errors": [hostile()]});
            let answer = Answer::Status { status, body: Some(body), retry_after: None };
            office
                .sandbox
                .misbehave(Misbehaviour { service: Some(service), times: 60, work: Work::Never, answer, ..Misbehaviour::default() })
                .unwrap();
            let mut command = office.command(&["doctor", &file]);
            command.env("CLICOLOR_FORCE", "1").env("HIRELINE_LOG", "trace");
            let ended = finish(command);
            none(&harm(&format!("doctor, {service:?} {status}"), &format!("{}{}", ended.stdout, ended.stderr), true));
        }
    }
}
