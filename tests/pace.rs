//! The pace that Greenhouse asks for, kept by all processes of one machine together. What is asserted is the sandbox's own record; how much of what is
//! allowed is used is measured by `cargo bench --bench pace`.

use crate::harness::{Office, Running};
use crate::people::profiles;
use hireline::sandbox::Settings;
use serde_json::{Value, json};
use std::time::Duration;

const LIMIT: u32 = 75;
const WINDOW: Duration = Duration::from_secs(1);

fn office(people: usize) -> Office {
    Office::with(Settings {
        profiles: profiles(people),
        rate_limit_v1: LIMIT,
        rate_limit_v3: LIMIT,
        rate_window_v1: WINDOW,
        rate_window_v3: WINDOW,
        ..Settings::default()
    })
}

/// The moments at which Greenhouse received a request, milliseconds.
fn received(office: &Office) -> Vec<i64> {
    let requests = office.sandbox.requests();
    let at = |request: &Value| request["at"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap().as_millisecond();
    let mut all: Vec<_> = requests.as_array().unwrap().iter().filter(|request| request["service"] == "greenhouse").map(at).collect();
    all.sort_unstable();
    all
}

/// Requests in each window: one opens with the first request after the last one closed.
fn windows(received: &[i64]) -> Vec<u32> {
    let (mut closes, mut counts) = (i64::MIN, Vec::new());
    for &at in received {
        if at >= closes {
            closes = at + i64::try_from(WINDOW.as_millis()).unwrap();
            counts.push(0);
        }
        *counts.last_mut().unwrap() += 1;
    }
    counts
}

/// Lets these pipelines run at once, each with a ledger of its own; nothing is refused, and more than one window was used.
fn keeps_the_pace(office: &Office, pipelines: &[Value]) {
    let start = |pipeline: &Value| {
        let file = office.save(pipeline);
        let ledger = format!("{file}.db");
        Running::start(office.command(&["run", "--json", "-vv", "--new-ledger", "--ledger", &ledger, &file]))
    };
    let running: Vec<_> = pipelines.iter().map(start).collect();
    for ended in running.into_iter().map(Running::end) {
        // 1: one of the profiles is invalid.
        assert!(matches!(ended.code, Some(0 | 1)), "{}", ended.stderr);
        assert!(!ended.stderr.contains("status=429"), "a request was refused:\n{}", ended.stderr);
    }
    let windows = windows(&received(office));
    assert!(windows.iter().all(|count| *count <= LIMIT), "{windows:?}");
    assert!(windows.len() > 1, "the limit was never reached: {windows:?}");
}

fn named(mut pipeline: Value, name: &str) -> Value {
    pipeline["pipeline"] = json!(name);
    pipeline["destination"]["greenhouse"]["existing"] = json!("create");
    pipeline
}

#[test]
fn one_process_v3() {
    let office = office(40);
    keeps_the_pace(&office, &[named(office.v3("a"), "a")]);
}

#[test]
fn three_processes_v3() {
    let office = office(25);
    keeps_the_pace(&office, &["a", "b", "c"].map(|name| named(office.v3(name), name)));
}

#[test]
fn one_process_and_three_v1() {
    for names in [&["a"][..], &["a", "b", "c"]] {
        let office = office(100);
        let pipelines: Vec<_> = names.iter().map(|name| named(office.v1(name), name)).collect();
        keeps_the_pace(&office, &pipelines);
    }
}

#[test]
fn what_is_shared_tells_no_secret() {
    let office = office(2);
    for pipeline in [office.v3("a"), office.v1("b")] {
        let file = office.save(&pipeline);
        assert_eq!(office.run(&file).code, Some(0));
    }
    let shared: Vec<_> = std::fs::read_dir(office.folder().join(".state/shared")).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(shared.len() >= 4, "two paces of Greenhouse's, one of the token endpoint, a token: {shared:?}");
    for path in &shared {
        let text = format!("{} {}", path.display(), std::fs::read_to_string(path).unwrap());
        for (name, secret) in office.variables() {
            assert!(!text.contains(secret), "{} holds {name}", path.display());
        }
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(std::fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600, "{}", path.display());
        }
    }
}

#[test]
fn nowhere_to_share_is_no_reason_not_to_run() {
    let mut office = office(2);
    office.write("a-file", "");
    let state = office.folder().join("a-file/state").display().to_string();
    office.env("HIRELINE_STATE", &state);
    let file = office.save(&office.v3("a"));
    let ended = office.run(&file);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert_eq!(ended.stderr.matches("nothing can be shared").count(), 1, "{}", ended.stderr);
}
