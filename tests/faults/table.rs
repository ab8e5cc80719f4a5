//! How a table is made: an office, people who each meet one fault, a run that meets it, a run that does not.

use super::list::Fault;
use crate::harness::{Ended, Office, SOURCE_KEY};
use crate::people::{nothing_is_twice, profile, summary};
use hireline::ledger::Ledger;
use hireline::model::step::{PersonKey, State};
use hireline::sandbox::{Misbehaviour, Service, Settings};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

/// Seconds; see [`super::list`].
pub const TIMEOUT: u64 = 2;
/// In Greenhouse's two minutes' place.
const SETTLE: &str = "1s";

/// The nth person: everything of them has their number in it.
pub fn person(n: usize) -> Value {
    let mut person = profile(0);
    person["key"] = json!(key(n));
    person["created_at"] = json!(format!("2026-01-01T00:{:02}:{:02}+0000", n / 60, n % 60));
    person["updated_at"] = person["created_at"].clone();
    person["info"]["last_name"] = json!(format!("Number{n:03}"));
    person["info"]["email"] = json!(email(n));
    person["info"]["summary"] = json!(format!("Note{n:03}."));
    person["experiences"] = json!([{"company": "Exempel AB", "title": format!("Engineer{n:03}"), "date_start": "2019-03-01T00:00:00"}]);
    person["educations"] = json!([{"school": "Siena College", "date_start": format!("{}-09-01T00:00:00", 1900 + n)}]);
    person["attachments"] = json!([{"type": "resume", "file_name": "resume", "original_file_name": format!("CV{n:03}.pdf"), "extension": ".pdf",
        "public_url": format!("https://files.example.org/{n}/resume.pdf")}]);
    person
}

pub fn key(n: usize) -> String {
    format!("{n:040}")
}

pub fn email(n: usize) -> String {
    format!("number{n:03}@example.org")
}

/// A candidate as a recruiter entered it, and nothing else.
pub fn plant(office: &Office, n: usize) -> u64 {
    let emails = json!([{"value": email(n), "type": "personal"}]);
    let candidate = json!({"first_name": "Ada", "last_name": format!("Number{n:03}"), "title": "Older", "email_addresses": emails});
    office.sandbox.plant(&candidate).unwrap()
}

/// All that can be sent for a person, one thing of each.
pub fn pipeline(office: &Office, api: &str) -> Value {
    let mut pipeline = if api == "v3" { office.v3("table") } else { office.v1("table") };
    pipeline["mapping"] = json!({
        "$use": "candidate",
        "addresses": null,
        "educations": {"$each": "profile.educations", "$as": "study", "school": "{{ study.school }}", "start_date": "{{ study.date_start | date }}"},
        "notes": [{"body": "{{ profile.info.summary }}"}],
    });
    let greenhouse = &mut pipeline["destination"]["greenhouse"];
    greenhouse["settle"] = json!(SETTLE);
    greenhouse["existing"] = json!("update");
    pipeline["limits"] = json!({"concurrency": 1});
    pipeline
}

/// What a table is about.
#[derive(Clone)]
pub struct About {
    pub api: &'static str,
    /// Which requests the faults meet, of the person with this number and candidate.
    pub meets: fn(usize, u64) -> Misbehaviour,
    /// Whether the people are in Greenhouse already.
    pub planted: bool,
    pub change: fn(&mut Value),
    /// No people before those who meet the fault.
    pub alone: bool,
    /// People whose requests are lost in a row: fewer than the circuit breaker counts.
    pub calm_after: usize,
    pub wait: bool,
}

impl About {
    pub fn new(api: &'static str, meets: fn(usize, u64) -> Misbehaviour) -> Self {
        Self { api, meets, planted: false, change: |_| {}, alone: false, calm_after: usize::MAX, wait: false }
    }
}

/// A row, before it is aligned.
pub type Row = Vec<String>;

pub fn met(office: &Office, from: usize, wrong: &Misbehaviour) -> usize {
    let requests = office.sandbox.requests();
    let method = wrong.method.as_deref().unwrap_or_default();
    let is = |request: &&Value| {
        let target = request["target"].as_str().unwrap_or_default();
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let mark = wrong.contains.as_deref().unwrap_or_default();
        let decoded: Vec<String> = form_urlencoded::parse(query.as_bytes()).map(|(name, value)| format!("{name}={value}")).collect();
        request["method"] == method
            && wrong.service.is_none_or(|service| json!(service) == request["service"])
            && wrong.path.as_deref().is_none_or(|pattern| path == pattern)
            && (request["body"].to_string().contains(mark) || decoded.join("&").contains(mark))
    };
    requests.as_array().unwrap().iter().skip(from).filter(is).count()
}

fn ledger(office: &Office, key: &str) -> String {
    let path = office.folder().join(".hireline/ledger.db");
    if !path.exists() {
        return "no ledger".into();
    }
    let who = PersonKey { account: "greenhouse".into(), source_key: SOURCE_KEY.into(), profile_key: key.into() };
    let ledger = Ledger::open(&path).unwrap();
    let person = office.wait(ledger.person(&who)).unwrap();
    let mut states: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for row in person.steps.iter().filter(|row| row.state != State::Done) {
        states.entry(row.state.as_str()).or_default().push(row.step.word());
    }
    let said: Vec<_> = states
        .into_iter()
        .map(|(state, mut words)| {
            words.sort_unstable();
            words.dedup();
            format!("{}: {state}", words.join(", "))
        })
        .collect();
    match said.is_empty() {
        true if person.steps.is_empty() => "nobody".into(),
        true => "–".into(),
        false => said.join("; "),
    }
}

/// The outcome of one person; nothing for a run that met no profile.
pub fn outcome(run: &Ended, key: &str) -> String {
    let profiles = run.profiles();
    let Some(line) = profiles.get(key) else { return "–".into() };
    let step = line["step"].as_str().map(|step| format!(" ({step})")).unwrap_or_default();
    format!("{}{step}", line["outcome"].as_str().unwrap())
}

pub fn words(office: &Office, run: &Ended, key: &str) -> String {
    let reason = run.profiles().get(key).and_then(|line| line["reason"].as_str().map(str::to_owned));
    let error = run.stderr.lines().find_map(|line| line.strip_prefix("error: pipeline table: ")).map(str::to_owned);
    let pending = "recorded, and not finished: the next run goes on with it";
    let said = error.or(reason.filter(|reason| reason != pending)).unwrap_or_default();
    office.steady(&said)
}

/// Outcome, ledger and words of one person.
pub fn row_of(office: &Office, run: &Ended, key: &str) -> [String; 3] {
    [outcome(run, key), ledger(office, key), words(office, run, key)]
}

/// One office, its people meeting one fault each; the first, and every so many, none. One row a fault.
pub fn rows(about: &About, faults: &[Fault]) -> (Option<i32>, Vec<Row>) {
    let mut numbers = Vec::new();
    let mut people = usize::from(!about.alone);
    for index in 0..faults.len() {
        people += usize::from(index > 0 && index % about.calm_after == 0);
        numbers.push(people);
        people += 1;
    }
    // A 429 that does not say when is waited for until the window ends.
    let window = Duration::from_secs(1);
    let settings =
        Settings { profiles: (0..people).map(person).collect(), rate_window_v3: window, rate_window_v1: window, ..Settings::default() };
    let office = Office::with(settings);
    let candidate = |n: usize| if about.planted { plant(&office, n) } else { 0 };
    let candidates: Vec<u64> = (0..people).map(candidate).collect();
    let meets: Vec<_> = numbers.iter().map(|n| (about.meets)(*n, candidates[*n])).collect();
    for (fault, at) in faults.iter().zip(&meets) {
        let Misbehaviour { work, answer, delay_ms, times, .. } = fault.wrong.clone();
        office.sandbox.misbehave(Misbehaviour { work, answer, delay_ms, times, ..at.clone() }).unwrap();
    }
    let mut pipeline = pipeline(&office, about.api);
    (about.change)(&mut pipeline);
    let file = office.save(&pipeline);
    let timeout = TIMEOUT.to_string();
    let mut arguments = vec!["run", "--json", "--timeout", &timeout, &file];
    if !about.wait {
        arguments.push("--no-wait");
    }
    let first = office.call(&arguments);
    assert!(matches!(first.code, Some(0 | 1 | 3)), "{first:?}");
    let keys: Vec<_> = numbers.iter().map(|n| key(*n)).collect();
    let states: Vec<_> = keys.iter().map(|key| ledger(&office, key)).collect();
    let sent: Vec<_> = meets.iter().map(|at| met(&office, 0, at)).collect();
    office.sandbox.behave();
    // The rate window is stored outside the ledger: as if the requested time had passed.
    let _there_is_none = std::fs::remove_dir_all(office.folder().join(".state/shared"));
    let from = office.sandbox.requests().as_array().unwrap().len();
    let next = office.run(&file);
    let again: Vec<_> = meets.iter().map(|at| met(&office, from, at)).collect();
    let then = if next.code == Some(0) { next.clone() } else { office.call(&["retry", "--json", &file]).expect(0) };
    everything_is_there_once(&office, people);
    let row = |index: usize| {
        let key = &keys[index];
        let failed = outcome(&next, key).starts_with("failed");
        vec![
            faults[index].name.clone(),
            outcome(&first, key),
            states[index].clone(),
            format!("{}, {}", sent[index], again[index]),
            outcome(&next, key),
            if failed { format!("retry: {}", outcome(&then, key)) } else { "–".into() },
            words(&office, &first, key),
        ]
    };
    (first.code, (0..faults.len()).map(row).collect())
}

/// Every person has all of it once, whatever went wrong.
#[track_caller]
pub fn everything_is_there_once(office: &Office, people: usize) {
    let state = office.state();
    nothing_is_twice(&state);
    let there = summary(&state);
    assert_eq!(there.len(), people, "somebody is lost: {there:?}");
    let all = there.values().flatten().collect::<std::collections::BTreeSet<_>>();
    assert_eq!(all.len(), 1, "not everybody has the same: {there:?}");
    for candidate in state["candidates"].as_array().unwrap() {
        assert_ne!(candidate["title"], "Older", "an update is missing: {candidate}");
        for (name, rows) in [("applications", 1), ("attachments", 1), ("employments", 1), ("educations", 1), ("notes", 1)] {
            assert_eq!(candidate[name].as_array().unwrap().len(), rows, "{name}: {candidate}");
        }
    }
}

/// Faults that do not end a run, in one office; those that do, each in one of its own. All at once: they wait more than they work.
pub fn table(title: &str, about: &About, passing: &[Fault], ending: &[Fault]) -> String {
    const TOGETHER: usize = 15;
    let (codes, mut all) = std::thread::scope(|scope| {
        let together: Vec<_> = passing.chunks(TOGETHER).map(|faults| scope.spawn(move || rows(about, faults))).collect();
        let apart: Vec<_> = ending.iter().map(|fault| scope.spawn(move || alone(about, fault))).collect();
        let (mut codes, mut all) = (std::collections::BTreeSet::new(), Vec::new());
        for (code, rows) in together.into_iter().map(|rows| rows.join().unwrap()) {
            codes.extend(code);
            all.extend(rows);
        }
        all.extend(apart.into_iter().map(|row| row.join().unwrap()));
        (codes, all)
    });
    assert_eq!(codes.len(), 1, "{codes:?}");
    let head = ["fault", "first run", "ledger", "sent", "next run", "and then", "words"].map(str::to_owned).to_vec();
    all.insert(0, head);
    let code = codes.first().map(|code| format!("; those without an exit code met one run together, which ended with {code}"));
    format!("{title}{}\n\n{}", code.unwrap_or_default(), aligned(&all))
}

/// One that ends the run: four people, all of whom would meet it.
pub fn alone(about: &About, fault: &Fault) -> Row {
    let about = About { alone: true, ..about.clone() };
    let faults: Vec<_> = (0..4).map(|_| fault.clone()).collect();
    let (code, mut rows) = rows(&about, &faults);
    let mut row = rows.swap_remove(0);
    row[1] = format!("exit {} {}", code.unwrap_or(-1), row[1]);
    row
}

pub fn aligned(rows: &[Row]) -> String {
    let columns = rows[0].len();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default();
    let widths: Vec<_> = (0..columns - 1).map(width).collect();
    let line = |row: &Row| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}  "));
        format!("{}{}", cells.collect::<String>(), row[columns - 1]).trim_end().to_owned()
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// A host that must not receive a request.
pub struct Elsewhere(std::net::TcpListener);

impl Elsewhere {
    pub fn open() -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        Self(listener)
    }

    pub fn url(&self) -> String {
        format!("http://{}/v3/candidates", self.0.local_addr().unwrap())
    }

    #[track_caller]
    pub fn nobody_came(&self) {
        assert!(self.0.accept().is_err(), "a redirect was followed to another host, with credentials");
    }
}

pub fn greenhouse(method: &str, path: &str) -> Misbehaviour {
    Misbehaviour { service: Some(Service::Greenhouse), ..Misbehaviour::at(method, path) }
}

pub fn about(mark: String, at: Misbehaviour) -> Misbehaviour {
    Misbehaviour { contains: Some(mark), ..at }
}
