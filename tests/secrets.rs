//! What must not be shown: secrets anywhere; personal data in the ledger, in logs, or in output that is not a
//! terminal.

use crate::harness::{Ended, Office, command, finish};
use crate::people::{FIRST, email, key, profile, profiles};
use hireline::sandbox::{self, Answer, Misbehaviour, Service, Settings, Work};
use regex::Regex;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Everything that opens something, as it is and as it goes over the wire.
pub fn secrets() -> Vec<String> {
    let mut all: Vec<String> = [
        sandbox::HRFLOW_API_KEY,
        sandbox::HRFLOW_USER_EMAIL,
        sandbox::CLIENT_SECRET,
        sandbox::OAUTH_USERNAME,
        sandbox::OAUTH_PASSWORD,
        sandbox::V1_API_KEY,
        sandbox::V1_HEADER_KEY,
        sandbox::ACCESS_TOKEN,
        "sandbox-token-",
        "hush-gateway",
        "hush-wrong",
    ]
    .map(str::to_owned)
    .to_vec();
    all.push(encode(&format!("{}:{}", sandbox::CLIENT_ID, sandbox::CLIENT_SECRET)));
    all.push(encode(&format!("{}:", sandbox::V1_API_KEY)));
    all
}

fn encode(text: &str) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(text)
}

#[track_caller]
pub fn none_of(what: &[String], text: &str, name: &str) {
    for one in what {
        if let Some(at) = text.find(one.as_str()) {
            let near: String = text[..at].chars().rev().take(120).collect::<Vec<_>>().into_iter().rev().collect();
            panic!("{name} shows {one:?}, after: {near}");
        }
    }
}

/// Bytes of a file, as text in which what is text can be found.
fn as_text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Each way of signing in, with secret headers too.
fn signed(office: &Office) -> Vec<Value> {
    let grant = json!({"oauth_password": {
        "token_url": office.sandbox.token_url(), "client_id": {"env": "CLIENT_ID"}, "client_secret": {"env": "CLIENT_SECRET"},
        "username": {"env": "USERNAME"}, "password": {"env": "PASSWORD"},
    }});
    let mut all = vec![office.v3("client"), office.v1("key")];
    for (name, auth) in [
        ("header", json!({"header": {"name": "X-API-KEY", "value": {"env": "HEADER_KEY"}}})),
        ("grant", grant),
        ("token", json!({"access_token": {"command": ["printenv", "ACCESS_TOKEN"]}})),
    ] {
        let mut pipeline = office.v1(name);
        pipeline["destination"]["greenhouse"]["auth"] = auth;
        all.push(pipeline);
    }
    for pipeline in &mut all {
        let secret = json!({"X-Gateway": {"env": "GATEWAY"}});
        pipeline["source"]["hrflow"]["headers"] = secret.clone();
        pipeline["destination"]["greenhouse"]["headers"] = secret;
    }
    all
}

/// Every verb, at every level of the log, with either way of asking for it.
fn every_verb(office: &Office, file: &str) -> Vec<(String, Ended)> {
    office.write("person.json", &profile(0).to_string());
    let key = key(0);
    let verbs: [&[&str]; 13] = [
        &["check", file],
        &["check", "--format", "json", file],
        &["plan", file],
        &["plan", "--json", file],
        &["trace", "--json", file, "person.json"],
        &["trace", file, "person.json"],
        &["test", file],
        &["run", file],
        &["run", "--json", "--metrics-file", "hireline.prom", file],
        &["run", "--sandbox", "--json", file],
        &["plan", "--out", "plan.jsonl", file],
        &["history", file],
        &["show", "--profile", &key, file],
    ];
    let mut all = Vec::new();
    for (verb, level) in verbs.iter().flat_map(|verb| [None, Some("-vv"), Some("trace"), Some("json")].map(|level| (verb, level))) {
        let mut arguments = verb.to_vec();
        if level == Some("-vv") {
            arguments.push("-vv");
        }
        let mut command = office.command(&arguments);
        if matches!(level, Some("trace" | "json")) {
            command.env("HIRELINE_LOG", "trace");
        }
        if level == Some("json") {
            command.env("HIRELINE_LOG_FORMAT", "json");
        }
        all.push((format!("{} ({level:?})", verb.join(" ")), finish(command)));
    }
    all
}

#[test]
fn no_secret_is_shown_or_kept() {
    for index in 0..5 {
        let mut office = Office::open(profiles(2));
        office.env("GATEWAY", "hush-gateway");
        let file = office.save(&signed(&office)[index]);
        let mut logged = 0;
        for (name, ended) in every_verb(&office, &file) {
            assert!(matches!(ended.code, Some(0..=2)), "{name}: {ended:?}");
            none_of(&secrets(), &ended.stdout, &format!("standard output of {file} {name}"));
            none_of(&secrets(), &ended.stderr, &format!("standard error of {file} {name}"));
            logged += ended.stderr.matches("DEBUG").count() + ended.stderr.matches("TRACE").count();
        }
        assert!(logged > 10, "the logs were not on: {logged} lines");
        let metrics = std::fs::read_to_string(office.folder().join("hireline.prom")).unwrap();
        none_of(&secrets(), &metrics, "the metrics file");
        for (path, bytes) in office.ledger_files() {
            none_of(&secrets(), &as_text(&bytes), &path.display().to_string());
        }
    }
}

/// Where something is wrong, the words about it hold no secret: also where the other side repeats it.
#[test]
fn no_error_shows_a_secret() {
    // Each repeats what it was sent itself.
    let echo = |service, status| {
        let own = match service {
            Service::Hrflow => sandbox::HRFLOW_API_KEY,
            Service::Token => sandbox::CLIENT_SECRET,
            _ => "sandbox-token-000001",
        };
        // As it is, in base64, percent-encoded, in other letters, and as the header of Basic has it.
        let basic = encode(&format!("{}:{own}", sandbox::CLIENT_ID));
        let all = format!("{own} {} {} {} {basic}", encode(own), own.replace('-', "%2D"), own.to_uppercase());
        let body = json!({
            "code": status, "error": format!("bad {all}"), "message": format!("Invalid secret key: {all}"), "errors": [{"message": all, "field": own}],
        });
        Answer::Status { status, body: Some(body), retry_after: None }
    };
    let spelled = |own: &str| vec![own.to_owned(), encode(own), own.to_uppercase(), encode(&format!("{}:{own}", sandbox::CLIENT_ID))];
    let spelled: Vec<String> =
        [sandbox::HRFLOW_API_KEY, sandbox::CLIENT_SECRET, "sandbox-token-000001"].into_iter().flat_map(spelled).collect();
    for (service, status) in
        [Service::Hrflow, Service::Token, Service::Greenhouse].iter().flat_map(|s| [400, 401, 403, 422].map(|n| (*s, n)))
    {
        let office = Office::open(profiles(2));
        let method = if service == Service::Greenhouse { Some("POST".to_owned()) } else { None };
        office
            .sandbox
            .misbehave(Misbehaviour {
                service: Some(service),
                method,
                times: 50,
                work: Work::Never,
                answer: echo(service, status),
                ..Misbehaviour::default()
            })
            .unwrap();
        let file = office.save(&office.v3("echo"));
        let ended = office.call(&["run", "--json", "--no-wait", "-vv", &file]);
        assert!(matches!(ended.code, Some(1 | 3)), "{service:?} {status}: {ended:?}");
        none_of(&secrets(), &format!("{}{}", ended.stdout, ended.stderr), &format!("{service:?} {status}"));
        none_of(&spelled, &format!("{}{}", ended.stdout, ended.stderr), &format!("{service:?} {status}, in another spelling"));
        for (path, bytes) in office.ledger_files() {
            none_of(&secrets(), &as_text(&bytes), &path.display().to_string());
        }
    }
    // A wrong one, in each place.
    for name in ["HRFLOW_API_KEY", "HRFLOW_USER_EMAIL", "CLIENT_ID", "CLIENT_SECRET"] {
        let mut office = Office::open(profiles(1));
        office.env(name, "hush-wrong");
        let file = office.save(&office.v3("wrong"));
        let ended = office.call(&["run", "-vv", &file]).expect(3);
        none_of(&secrets(), &format!("{}{}", ended.stdout, ended.stderr), name);
    }
    // With line ends and other signs in it, which no header can hold.
    let mut office = Office::open(profiles(1));
    office.env("HRFLOW_API_KEY", "hush-wrong\nX-Other: \u{7f}é");
    let file = office.save(&office.v3("odd"));
    let ended = office.call(&["run", "-vv", &file]).expect(3);
    none_of(&secrets(), &format!("{}{}", ended.stdout, ended.stderr), "a secret that no header can hold");
}

/// No snapshot of this repository holds one.
#[test]
fn no_snapshot_holds_a_secret() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut many = 0;
    for pattern in ["tests/**/*.snap", "src/**/*.snap", "pipelines/**/*.json"] {
        for path in glob::glob(&format!("{}/{pattern}", root.display())).unwrap().map(Result::unwrap) {
            many += 1;
            none_of(&secrets(), &std::fs::read_to_string(&path).unwrap(), &path.display().to_string());
        }
    }
    assert!(many > 100, "{many} snapshots");
}

/// Names, e-mail addresses, phones, addresses, employers: all personal values of a profile, in every spelling
/// that Hireline uses.
pub fn personal(people: &[Value]) -> Vec<String> {
    let mut all = BTreeSet::new();
    for person in people {
        let info = &person["info"];
        for member in ["first_name", "last_name", "full_name", "email", "phone", "summary"] {
            if let Some(text) = info[member].as_str() {
                all.insert(text.trim().to_owned());
                all.insert(text.trim().to_lowercase());
                all.insert(text.replace(' ', ""));
                all.insert(text.replace('@', "%40").replace('+', "%2B"));
            }
        }
        all.extend(info["location"]["text"].as_str().map(str::to_owned));
        for job in person["experiences"].as_array().into_iter().flatten() {
            all.extend(["company", "title"].iter().filter_map(|member| job[*member].as_str()).map(str::to_owned));
        }
        for file in person["attachments"].as_array().into_iter().flatten() {
            all.extend(["original_file_name", "public_url"].iter().filter_map(|member| file[*member].as_str()).map(str::to_owned));
        }
    }
    // Shorter ones are in everything.
    all.into_iter().filter(|text| text.chars().count() >= 5 && !text.trim().is_empty()).collect()
}

#[test]
fn no_personal_data_in_logs_ledger_or_pipes() {
    let people = profiles(14);
    let personal = personal(&people);
    assert!(personal.len() > 50 && personal.contains(&email(0)) && FIRST.iter().any(|name| personal.contains(&(*name).to_owned())));
    let office = Office::open(people.clone());
    // Refusals that quote who was refused, answers that are lost, and a stop in the middle.
    let quoted = json!({"message": format!("{} is taken by {}", email(1), people[1]["info"]["last_name"].as_str().unwrap())});
    let answer = Answer::Status { status: 422, body: Some(quoted), retry_after: None };
    office
        .sandbox
        .misbehave(Misbehaviour { contains: Some(email(1)), work: Work::Never, answer, ..Misbehaviour::at("POST", "/v3/candidates") })
        .unwrap();
    office.sandbox.misbehave(Misbehaviour { skip: 1, answer: Answer::Lost, ..Misbehaviour::at("POST", "/v3/candidates") }).unwrap();
    let file = office.save(&office.v3("private"));
    let one = key(0);
    let verbs: [&[&str]; 9] = [
        &["plan", &file],
        &["plan", "--json", &file],
        &["trace", "--json", "--profile", &one, &file],
        &["trace", "--profile", &one, &file],
        &["run", "--json", "--limit", "4", "--no-wait", &file],
        &["run", &file],
        &["run", "--json", &file],
        &["plan", &file],
        &["check", &file],
    ];
    let ids = Regex::new(r"[0-9a-f]{40}|\b(57|69)\d{6}\b").unwrap();
    let mut metered = 0;
    for (verb, format) in verbs.iter().zip(["text", "json"].into_iter().cycle()) {
        let mut command = office.command(verb);
        command.env("HIRELINE_LOG", "trace").env("HIRELINE_LOG_FORMAT", format);
        if verb[0] == "run" {
            command.args(["--metrics-file", "hireline.prom"]);
        }
        let ended = finish(command);
        none_of(&personal, &ended.stdout, &format!("standard output of {verb:?}"));
        none_of(&personal, &ended.stderr, &format!("standard error of {verb:?}"));
        assert!(!ended.stdout.is_empty(), "{verb:?}");
        if verb[0] == "run" {
            let metrics = std::fs::read_to_string(office.folder().join("hireline.prom")).unwrap();
            none_of(&personal, &metrics, "the metrics file");
            // Nor who it is, nor what it became in Greenhouse.
            let found: Vec<_> =
                metrics.lines().filter(|line| line.rsplit_once(' ').is_some_and(|(series, _)| ids.is_match(series))).collect();
            assert!(found.is_empty(), "{found:?}");
            metered += 1;
        }
    }
    assert_eq!(metered, 3);
    for (path, bytes) in office.ledger_files() {
        none_of(&personal, &as_text(&bytes), &path.display().to_string());
    }
}

/// The same for the fixtures that come with Hireline, each pipeline in the sandbox.
#[test]
fn no_personal_data_of_the_fixtures_in_logs() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for name in ["demo/engineers", "acme/platform", "legacy/connector"] {
        let fixtures = glob::glob(&format!("{}/pipelines/{name}/fixtures/*.json", root.display())).unwrap();
        let people: Vec<Value> = fixtures.map(|path| serde_json::from_slice(&std::fs::read(path.unwrap()).unwrap()).unwrap()).collect();
        let folder = tempfile::tempdir().unwrap();
        let ledger = folder.path().join("ledger.db");
        let file = format!("pipelines/{name}.yaml");
        for arguments in [["run", "--json", "--sandbox", "-vv"], ["plan", "--json", "--sandbox", "-vv"]] {
            let mut command = command(root, &BTreeMap::new(), &arguments);
            command.args(["--ledger", ledger.to_str().unwrap(), &file]).env("HIRELINE_LOG", "trace");
            let ended = finish(command).expect(0);
            none_of(&personal(&people), &ended.stdout, &format!("{arguments:?} {file}"));
            none_of(&personal(&people), &ended.stderr, &format!("the log of {arguments:?} {file}"));
        }
        for entry in std::fs::read_dir(folder.path()).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                none_of(&personal(&people), &as_text(&std::fs::read(&path).unwrap()), &path.display().to_string());
            }
        }
    }
}

/// The ledger, its key and its folder are their owner's alone.
#[cfg(unix)]
#[test]
fn the_ledger_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let office = Office::with(Settings { profiles: profiles(2), ..Settings::default() });
    office.run(&office.save(&office.v3("mine"))).expect(0);
    // With a mask that would leave everything to everybody, too.
    let office = Office::with(Settings { profiles: profiles(2), ..Settings::default() });
    let file = office.save(&office.v3("mine"));
    let mut command = std::process::Command::new("sh");
    command.args(["-c", "umask 0; exec \"$0\" run --json \"$1\"", crate::harness::BINARY, &file]).current_dir(office.folder());
    command.env_clear().envs(office.variables()).env("HIRELINE_STATE", office.folder().join(".state")).stdin(std::process::Stdio::null());
    finish(command).expect(0);
    let state = glob::glob(&format!("{}/.state/**/*", office.folder().display())).unwrap().map(Result::unwrap);
    let state: Vec<_> = state.filter(|path| path.is_file()).collect();
    assert!(!state.is_empty());
    for path in office.ledger_files().into_iter().map(|(path, _)| path).chain(state) {
        let mode = std::fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode & 0o077, 0, "{} has mode {mode:o}", path.display());
    }
}
