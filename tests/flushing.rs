//! A power cut takes what was not flushed. A killed process proves nothing about that: its writes stay in the system's memory. So every
//! write and every flush of the ledger is noted by a shim (`tests/shim`), and the disk as a power cut would leave it is rebuilt for each
//! request that leaves and for each line that is printed. Linux alone: what is proved is the order of a flush and a request, which does
//! not hang on the system.
#![cfg(target_os = "linux")]

mod disk;

use crate::harness::{Office, finish};
use crate::people::profiles;
use crate::shim;
use disk::{Disk, Left, Record};
use hireline::ledger::{Ledger, OpenStep};
use hireline::model::step::{Person, State, Step};
use hireline::sandbox::{Answer, Misbehaviour, Service, Work};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::Path;
use tokio::runtime::Runtime;

/// A writing request as it left.
struct Sent {
    method: String,
    path: Vec<String>,
    body: Value,
}

impl Sent {
    /// None for a request that does not write to Greenhouse, and for one that continues an earlier one.
    fn read(bytes: &[u8]) -> Option<Self> {
        let text = String::from_utf8_lossy(bytes);
        let (head, body) = text.split_once("\r\n\r\n")?;
        let mut line = head.lines().next()?.split(' ');
        let (method, target) = (line.next()?.to_owned(), line.next()?);
        let path: Vec<String> = target.split('?').next()?.split('/').skip(1).map(str::to_owned).collect();
        let is_greenhouse = ["v1", "v3"].contains(&path.first()?.as_str());
        (["POST", "PATCH", "PUT", "DELETE"].contains(&method.as_str()) && is_greenhouse).then(|| Self {
            method,
            path,
            body: serde_json::from_str(body).unwrap_or_else(|_| panic!("a whole body: {head}")),
        })
    }

    /// Whether the intent of this step is the one to send this.
    fn is_meant_by(&self, ledger: &Ledger, open: &OpenStep, person: &Person) -> bool {
        let path: Vec<&str> = self.path.iter().skip(1).map(String::as_str).collect();
        let number = |name: &str| self.body[name].as_u64();
        let of = |id: Option<u64>| id.is_some() && id == open.candidate_id;
        let parsed = |id: &str| id.parse::<u64>().ok();
        let application = number("application_id");
        let on_application = |job: Option<u64>| {
            let step = job.map_or(Step::Prospect, |job| Step::Application { job });
            application.is_some() && person.step(step).and_then(|row| row.id) == application
        };
        match (self.method.as_str(), path.as_slice(), open.row.step) {
            ("POST", ["candidates"], Step::Candidate) => {
                let emails = self.body["email_addresses"].as_array().unwrap();
                let digests: Vec<_> = emails.iter().map(|email| ledger.key().email(email["value"].as_str().unwrap())).collect();
                open.row.attempt.as_ref().is_some_and(|attempt| digests.iter().all(|digest| attempt.fingerprint.emails.contains(digest)))
            }
            ("PATCH", ["candidates", id], Step::Update) => of(parsed(id)),
            ("POST", ["applications"], Step::Application { job }) => of(number("candidate_id")) && number("job_id") == Some(job),
            ("POST", ["candidates", id, "applications"], Step::Application { job }) => of(parsed(id)) && number("job_id") == Some(job),
            ("POST", ["attachments"], Step::Attachment { job, .. }) => on_application(job),
            ("POST", ["candidates", id, "attachments"], Step::Attachment { .. }) => of(parsed(id)),
            ("POST", ["candidate_employments"], Step::Employment(_)) => of(number("candidate_id")),
            ("POST", ["candidates", id, "employments"], Step::Employment(_)) => of(parsed(id)),
            ("POST", ["candidate_educations"], Step::Education(_)) => of(number("candidate_id")),
            ("POST", ["candidates", id, "educations"], Step::Education(_)) => of(parsed(id)),
            ("POST", ["notes"], Step::Note(_)) => of(number("candidate_id")),
            ("POST", ["candidates", id, "activity_feed", "notes"], Step::Note(_)) => of(parsed(id)),
            _ => false,
        }
    }
}

/// Plays a run's log, and cuts the power at each request and each line.
#[derive(Default)]
struct Cuts {
    disk: Disk,
    /// Each intent sends once.
    spent: BTreeSet<String>,
    line: String,
    requests: usize,
    lines: usize,
}

impl Cuts {
    fn play(&mut self, runtime: &Runtime, records: &[Record]) {
        for (at, record) in records.iter().enumerate() {
            match record.kind {
                'N' => {
                    if let Some(sent) = Sent::read(&record.bytes) {
                        self.requests += 1;
                        // Also with some of what was not flushed: it must not make what was flushed unreadable.
                        self.at_a_request(runtime, &sent, Left::Some(at as u64));
                        let action = self.at_a_request(runtime, &sent, Left::Nothing);
                        self.spent.insert(action);
                    }
                }
                'P' => {
                    self.line.push_str(std::str::from_utf8(&record.bytes).unwrap());
                    while let Some((line, rest)) = self.line.split_once('\n') {
                        let (line, rest) = (serde_json::from_str::<Value>(line).unwrap(), rest.to_owned());
                        self.line = rest;
                        self.lines += usize::from(self.at_a_line(runtime, &line));
                    }
                }
                _ => self.disk.take(record),
            }
        }
    }

    fn after_the_cut(&self, left: Left) -> (tempfile::TempDir, Ledger) {
        let folder = tempfile::tempdir().unwrap();
        self.disk.after_the_cut(left, folder.path());
        let ledger = Ledger::open(folder.path().join("ledger.db"));
        (folder, ledger.unwrap_or_else(|error| panic!("after a power cut {error}")))
    }

    /// The intent that is durable when this leaves.
    fn at_a_request(&self, runtime: &Runtime, sent: &Sent, left: Left) -> String {
        let (_folder, ledger) = self.after_the_cut(left);
        runtime.block_on(async {
            let open = ledger.open_steps("greenhouse").await.unwrap();
            for step in open.iter().filter(|step| step.row.state == State::Intended) {
                let action = &step.row.attempt.as_ref().unwrap().action;
                let person = ledger.person(&step.person).await.unwrap();
                if !self.spent.contains(action) && sent.is_meant_by(&ledger, step, &person) {
                    return action.clone();
                }
            }
            let steps: Vec<_> = open.iter().map(|step| format!("{:?}", step.row.step)).collect();
            panic!(
                "{} /{} leaves, and after a power cut ({left:?}) no intent would tell of it: {steps:?}",
                sent.method,
                sent.path.join("/")
            );
        })
    }

    /// What a line reports as done is durable when the line is printed.
    fn at_a_line(&self, runtime: &Runtime, line: &Value) -> bool {
        if line["type"] != "profile" {
            return false;
        }
        let key = line["profile"].as_str().unwrap();
        let (_folder, ledger) = self.after_the_cut(Left::Nothing);
        runtime.block_on(async {
            let seen = ledger.seen_of_profile(key).await.unwrap();
            assert!(seen.iter().any(|seen| seen.outcome.as_str() == line["outcome"]), "{line} is told, and a power cut would take it back");
            let people = ledger.people(key).await.unwrap();
            let candidate = people.first().and_then(|(_, person)| person.candidate).map(|row| row.id);
            assert_eq!(candidate, line["candidate_id"].as_u64(), "{line}");
        });
        true
    }
}

/// A person has several of everything; two have the same e-mail; one answer is lost.
fn office(v1: bool) -> (Office, String) {
    let mut people = profiles(6);
    for person in &mut people {
        person["info"]["summary"] = json!("Knows much.");
        person["experiences"] = json!([
            {"company": "Exempel AB", "title": "Engineer", "date_start": "2019-03-01T00:00:00"},
            {"company": "Nästa AB", "title": "Head of Engines", "date_start": "2021-02-01T00:00:00"},
        ]);
    }
    people[2]["info"]["email"] = people[1]["info"]["email"].clone();
    let office = Office::open(people);
    let mut pipeline = if v1 { office.v1("flushed") } else { office.v3("flushed") };
    pipeline["destination"]["greenhouse"]["job_ids"] = json!([4001, 4002]);
    pipeline["destination"]["greenhouse"]["when_changed"] = json!("update");
    pipeline["destination"]["greenhouse"]["settle"] = json!(0.3);
    let greenhouse = Some(Service::Greenhouse);
    let lost = Misbehaviour { service: greenhouse, work: Work::Never, answer: Answer::Lost, skip: 4, ..Misbehaviour::at("write", "/*") };
    office.sandbox.misbehave(lost).unwrap();
    let file = office.save(&pipeline);
    (office, file)
}

fn behind_the_shim(office: &Office, library: &Path, arguments: &[&str], runtime: &Runtime, cuts: &mut Cuts) {
    let log = office.folder().join("shim.log");
    drop(std::fs::remove_file(&log));
    let mut command = office.command(arguments);
    shim::behind(&mut command, library, &office.folder().canonicalize().unwrap().join(".hireline/ledger.db"));
    command.env("HIRELINE_SHIM_LOG", &log);
    finish(command).expect(0);
    cuts.play(runtime, &disk::records(&std::fs::read(&log).unwrap()));
}

fn power_cuts(v1: bool) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let (office, file) = office(v1);
    let library = shim::compiled(office.folder());
    let mut cuts = Cuts::default();
    behind_the_shim(&office, &library, &["run", "--json", &file], &runtime, &mut cuts);
    let mut changed = profiles(6);
    changed[0]["info"]["phone"] = json!("+46 70 555 00 00");
    office.sandbox.set_profiles(changed);
    behind_the_shim(&office, &library, &["run", "--json", &file], &runtime, &mut cuts);
    assert_eq!(cuts.requests as u64, office.writes(), "the shim sees every writing request");
    assert!(cuts.requests >= if v1 { 8 } else { 20 } && cuts.lines == 12, "{} requests and {} lines", cuts.requests, cuts.lines);
    assert!(cuts.disk.syncs > 10);
}

/// Who is killed while the very first ledger is made leaves none that is refused.
#[test]
fn a_ledger_can_be_made_in_several_goes() {
    for moment in ["before-sync", "after-sync", "mid-write"] {
        for number in 1..=6 {
            let office = Office::open(profiles(1));
            let file = office.save(&office.v3("cut"));
            let library = shim::compiled(office.folder());
            let mut command = office.command(&["run", "--json", &file]);
            shim::behind(&mut command, &library, &office.folder().canonicalize().unwrap().join(".hireline/ledger.db"));
            command.env("HIRELINE_SHIM_KILL", format!("{moment}:{number}"));
            assert_eq!(finish(command).code, None, "{moment} {number}");
            let run = office.run(&file).expect(0);
            assert_eq!(run.profiles().len(), 1, "{moment} {number}");
            crate::people::nothing_is_twice(&office.state());
        }
    }
}

/// `docs/delivery.md`, R1: the intent is on the disk before the request leaves, the outcome before its line is printed.
#[test]
fn a_power_cut_takes_no_intent_and_no_outcome_of_v3() {
    power_cuts(false);
}

#[test]
fn a_power_cut_takes_no_intent_and_no_outcome_of_v1() {
    power_cuts(true);
}
