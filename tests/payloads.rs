//! What is sent: the whole sequence of requests of every pipeline and fixture in `pipelines/`, and that
//! `trace` shows the same requests. All fixtures are fictional.

use crate::harness::{BINARY, Office, command, finish};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Pipelines that come with Hireline, each with its fixtures.
fn pipelines() -> Vec<(PathBuf, Vec<PathBuf>)> {
    let mut found = Vec::new();
    for path in glob::glob(&format!("{}/pipelines/**/*.yaml", root().display())).unwrap().map(Result::unwrap) {
        let fixtures = glob::glob(&format!("{}/fixtures/*.json", path.with_extension("").display())).unwrap();
        let fixtures: Vec<_> = fixtures.map(Result::unwrap).collect();
        if !fixtures.is_empty() {
            found.push((path, fixtures));
        }
    }
    assert!(found.len() >= 3, "pipelines/ has fewer pipelines than it should");
    found
}

fn short(path: &Path) -> String {
    path.strip_prefix(root()).unwrap().display().to_string()
}

fn trace(folder: &Path, env: &BTreeMap<String, String>, arguments: &[&str]) -> Value {
    let ended = finish(command(folder, env, arguments));
    assert!(matches!(ended.code, Some(0 | 1)), "{arguments:?}: {}", ended.stderr);
    serde_json::from_str(&ended.stdout).unwrap()
}

/// No secret is set, and none is opened.
#[test]
fn every_fixture_has_its_requests() {
    for (pipeline, fixtures) in pipelines() {
        for fixture in fixtures {
            let path = [short(&pipeline), short(&fixture)];
            let told = trace(root(), &BTreeMap::new(), &["trace", "--json", "--show-personal-data", &path[0], &path[1]]);
            let name = format!("{}@{}", pipeline.file_stem().unwrap().to_str().unwrap(), fixture.file_stem().unwrap().to_str().unwrap());
            let shown = json!({"outcome": told["outcome"], "requests": told["requests"]});
            insta::with_settings!({ omit_expression => true, snapshot_path => "snapshots/payloads", prepend_module_to_snapshot => false }, {
                insta::assert_json_snapshot!(name, shown);
            });
        }
    }
}

/// What the sandbox received of Greenhouse's requests, in the words of `trace`.
fn received(office: &Office) -> Vec<Value> {
    let mut requests = Vec::new();
    for request in office.sandbox.requests().as_array().unwrap() {
        if request["service"] != "greenhouse" || is_a_control(request) {
            continue;
        }
        let mut headers = BTreeMap::new();
        for (name, value) in request["headers"].as_object().unwrap() {
            // Headers that the HTTP client adds by itself.
            if !["host", "content-length", "content-type", "user-agent", "accept-encoding", "connection"].contains(&name.as_str()) {
                headers.insert(name.clone(), value.clone());
            }
        }
        let url = format!("{}{}", office.sandbox.greenhouse_url(), request["target"].as_str().unwrap());
        requests.push(json!({"method": request["method"], "url": url, "headers": headers, "body": request["body"]}));
    }
    requests
}

/// R7's own questions: who acts, and whether the run's first create is found again; and Greenhouse's lists, which are read once. They
/// belong to the run, not to a profile.
fn is_a_control(request: &Value) -> bool {
    const LISTS: [&str; 10] = [
        "/users",
        "/jobs?",
        "/sources?",
        "/custom_field",
        "/job_stages?",
        "/job_interview_stages?",
        "/prospect_pool",
        "/schools?",
        "/degrees?",
        "/disciplines?",
    ];
    let target = request["target"].as_str().unwrap();
    request["method"] == "GET" && LISTS.iter().any(|list| target.contains(list))
}

/// Ids that Greenhouse gave are not known beforehand.
fn with_placeholders(value: Value) -> Value {
    match value {
        Value::Number(number) => match with_names(&number.to_string()) {
            text if text.starts_with('{') => json!(text),
            _ => Value::Number(number),
        },
        Value::String(text) => json!(with_names(&text)),
        Value::Array(items) => items.into_iter().map(with_placeholders).collect(),
        Value::Object(members) => members.into_iter().map(|(name, value)| (name, with_placeholders(value))).collect(),
        other => other,
    }
}

/// The sandbox's ids begin with 57 (candidates) and 69 (applications), and have eight digits.
fn with_names(text: &str) -> String {
    let id = regex::Regex::new(r"\b(57|69)\d{6}\b").unwrap();
    let name = |found: &regex::Captures<'_>| if &found[1] == "57" { "{candidate_id}" } else { "{application_id}" };
    id.replace_all(text, name).into_owned()
}

fn lower_case_headers(requests: &Value) -> Vec<Value> {
    let mut requests = requests.as_array().unwrap().clone();
    for request in &mut requests {
        let headers: BTreeMap<String, Value> =
            request["headers"].as_object().unwrap().iter().map(|(name, value)| (name.to_lowercase(), value.clone())).collect();
        request["headers"] = json!(headers);
    }
    requests
}

/// What `trace` shows by name (`{job_id of "Data Engineer"}`) is a number in the run.
fn take_names(wanted: &[Value], sent: &mut [Value]) {
    for (wanted, sent) in wanted.iter().zip(sent) {
        match (wanted, sent) {
            (Value::String(name), number @ Value::Number(_)) if name.starts_with('{') && name.contains(" of ") => *number = json!(name),
            (Value::Array(wanted), Value::Array(sent)) => take_names(wanted, sent),
            (Value::Object(wanted), Value::Object(sent)) => {
                for (name, sent) in sent {
                    wanted.get(name).into_iter().for_each(|wanted| take_names(std::slice::from_ref(wanted), std::slice::from_mut(sent)));
                }
            }
            _ => {}
        }
    }
}

/// Everything that `trace` says would go out goes out, in that order, and nothing else.
#[test]
fn trace_does_not_lie() {
    assert!(Path::new(BINARY).is_file());
    let mut compared = 0;
    for (path, fixtures) in pipelines() {
        let text = std::fs::read_to_string(&path).unwrap();
        let version = if text.contains("harvest-v1") { "v1" } else { "v3" };
        for fixture in fixtures {
            let profile: Value = serde_json::from_slice(&std::fs::read(&fixture).unwrap()).unwrap();
            let office = Office::open(vec![profile.clone()]);
            let env = copy_pipelines(&office);
            let file = path.strip_prefix(root()).unwrap().to_str().unwrap();
            point(&office, file);
            let fixture_path = fixture.to_str().unwrap();
            let told = trace(office.folder(), &env, &["trace", "--json", "--show-personal-data", file, fixture_path]);
            let key = profile["key"].as_str().unwrap();
            let mut run = command(office.folder(), &env, &["run", "--json", "--profile", key, file]);
            run.env("GREENHOUSE_AUTHORIZATION", format!("Bearer {}", hireline::sandbox::ACCESS_TOKEN));
            let ended = finish(run);
            assert_eq!(ended.outcomes()[key], told["outcome"].as_str().unwrap(), "{}", short(&fixture));
            let mut wanted = lower_case_headers(&told["requests"]);
            let mut sent = without_proof(received(&office)).into_iter().map(with_placeholders).collect::<Vec<_>>();
            for request in wanted.iter_mut().chain(&mut sent) {
                // The original's header is a secret as a whole in the pipeline; the sandbox knows its scheme.
                if version == "v1" && request["headers"]["authorization"].is_string() {
                    request["headers"]["authorization"] = json!("***");
                }
            }
            take_names(&wanted, &mut sent);
            assert_eq!(sent, wanted, "{}", short(&fixture));
            compared += wanted.len();
        }
    }
    assert!(compared > 60, "only {compared} requests were compared");
}

/// After the run's first create its own look-up is asked again until it shows it: the same question twice in a row but for the create.
fn without_proof(mut requests: Vec<Value>) -> Vec<Value> {
    let is_look_up = |request: &Value| request["method"] == "GET" && request["url"].as_str().unwrap().contains("email=");
    let created = requests.iter().position(|request| request["method"] == "POST");
    if let Some(created) = created {
        let mut index = 0;
        requests.retain(|request| {
            index += 1;
            index - 1 <= created || !is_look_up(request)
        });
    }
    requests
}

fn copy_pipelines(office: &Office) -> BTreeMap<String, String> {
    for path in glob::glob(&format!("{}/pipelines/**/*.yaml", root().display())).unwrap().map(Result::unwrap) {
        office.write(path.strip_prefix(root()).unwrap().to_str().unwrap(), &std::fs::read_to_string(&path).unwrap());
    }
    let sandbox = [
        ("HRFLOW_API_KEY", hireline::sandbox::HRFLOW_API_KEY),
        ("HRFLOW_USER_EMAIL", hireline::sandbox::HRFLOW_USER_EMAIL),
        ("GREENHOUSE_CLIENT_ID", hireline::sandbox::CLIENT_ID),
        ("GREENHOUSE_CLIENT_SECRET", hireline::sandbox::CLIENT_SECRET),
    ];
    sandbox.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
}

/// Points a copied pipeline, and its libraries, at the sandbox, line by line; everything else stays
/// unchanged.
fn point(office: &Office, file: &str) {
    for name in [file, "pipelines/shared/acme.yaml", "pipelines/shared/legacy.yaml"] {
        let path = office.folder().join(name);
        let text = std::fs::read_to_string(&path).unwrap();
        let mut pointed = String::new();
        for line in text.lines() {
            let indent = " ".repeat(line.len() - line.trim_start().len());
            pointed.push_str(line);
            pointed.push('\n');
            if line.trim_start().starts_with("source_keys:") {
                pointed.push_str(&format!("{indent}base_url: {}\n", office.sandbox.hrflow_url()));
            }
            if line.trim_start().starts_with("on_behalf_of:") {
                pointed.push_str(&format!("{indent}base_url: {}\n", office.sandbox.greenhouse_url()));
            }
            if line.trim_start().starts_with("client_secret:") {
                pointed.push_str(&format!("{indent}token_url: {}\n", office.sandbox.token_url()));
            }
        }
        std::fs::write(path, pointed).unwrap();
    }
}
