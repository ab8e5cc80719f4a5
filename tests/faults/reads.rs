//! The questions that come before a request, and after one whose answer was lost. A reading call is tried again; what stays wrong ends the run
//! before anything is sent that could be there already.

use super::list::{Fault, fault, final_reads, passing_reads, said};
use super::table::{About, Elsewhere, Row, about, aligned, email, greenhouse, rows};
use hireline::sandbox::{Answer, Misbehaviour, Work};
use serde_json::json;

const HEAD: [&str; 7] = ["fault", "first run", "ledger", "asked", "next run", "and then", "words"];

/// One office a fault: what ends a run ends it for all.
pub fn ends_or_not(title: &str, of: &About, faults: &[Fault]) -> String {
    let one = |fault: &Fault| -> Row {
        let (code, mut rows) = rows(of, std::slice::from_ref(fault));
        let mut row = rows.swap_remove(0);
        row[1] = format!("exit {} {}", code.unwrap_or(-1), row[1]);
        row
    };
    let mut all: Vec<Row> = std::thread::scope(|scope| {
        let running: Vec<_> = faults.iter().map(|fault| scope.spawn(move || one(fault))).collect();
        running.into_iter().map(|row| row.join().unwrap()).collect()
    });
    all.insert(0, HEAD.map(str::to_owned).to_vec());
    format!("{title}\n\n{}", aligned(&all))
}

fn both(elsewhere: &Elsewhere, same_host: &str) -> Vec<Fault> {
    [passing_reads(same_host), final_reads(&elsewhere.url())].concat()
}

/// The look-up by e-mail shows every kind of answer; the other look-ups show one of each kind.
fn of_each_kind(elsewhere: &Elsewhere) -> Vec<Fault> {
    let names = ["connection closed", "503", "429, Retry-After 1", "200 HTML", "JSON of another shape", "too long an answer", "403", "404"];
    let mut some: Vec<_> = both(elsewhere, "/").into_iter().filter(|fault| names.contains(&fault.name.as_str())).collect();
    some.push(super::list::away(302, &elsewhere.url()));
    some
}

fn by_email(n: usize, path: &str) -> Misbehaviour {
    about(format!("email={}", email(n)), greenhouse("GET", path))
}

/// With the candidate's create lost, so that there is something to look up: the next run's listing meets the fault.
fn recovery(api: &'static str, fault: &Fault) -> Row {
    let office = crate::harness::Office::open((0..2).map(super::table::person).collect());
    let mut pipeline = super::table::pipeline(&office, api);
    // No profile is looked up by e-mail, so this list is recovery's alone.
    pipeline["destination"]["greenhouse"]["existing"] = json!("apply");
    let file = office.save(&pipeline);
    let path = format!("/{api}/candidates");
    let lost = Misbehaviour { answer: Answer::Lost, contains: Some(email(0)), ..greenhouse("POST", &path) };
    office.sandbox.misbehave(lost).unwrap();
    office.call(&["run", "--json", "--no-wait", &file]).expect(1);
    let from = office.sandbox.requests().as_array().unwrap().len();
    // v1 asks for what was made since; v3 lists the newest first. By e-mail is another question.
    let wrong = Misbehaviour { contains: (api == "v1").then(|| "created_after=".to_owned()), ..greenhouse("GET", &path) };
    office
        .sandbox
        .misbehave(Misbehaviour { work: fault.wrong.work, answer: fault.wrong.answer.clone(), times: fault.wrong.times, ..wrong.clone() })
        .unwrap();
    let ended = office.call(&["run", "--json", "--no-wait", &file]);
    let row = super::table::row_of(&office, &ended, &super::table::key(0));
    let asked = super::table::met(&office, from, &wrong);
    office.sandbox.behave();
    let mut next = office.run(&file);
    let first = super::table::outcome(&next, &super::table::key(0));
    let mut then = "–".to_owned();
    if first.starts_with("uncertain") {
        // A person looks in Greenhouse, and says what is there.
        let there = office.state()["candidates"][0]["id"].to_string();
        let resolve = |how: &[&str]| office.call(&[&["resolve", &file, "--profile", &super::table::key(0)], how].concat()).expect(0);
        resolve(&["--candidate", &there]);
        office.run(&file);
        resolve(&["--there"]);
        next = office.run(&file);
        then = format!("resolve --candidate, --there: {}", super::table::outcome(&next, &super::table::key(0)));
    }
    next.expect(0);
    if then == "–" {
        super::table::everything_is_there_once(&office, 2);
    } else {
        // What a person resolved as there counts as already in Greenhouse, and gets no file.
        crate::people::nothing_is_twice(&office.state());
    }
    vec![
        fault.name.clone(),
        format!("exit {} {}", ended.code.unwrap_or(-1), row[0]),
        row[1].clone(),
        asked.to_string(),
        first,
        then,
        row[2].clone(),
    ]
}

#[test]
fn who_has_the_email() {
    let elsewhere = Elsewhere::open();
    let v3 = About { wait: true, ..About::new("v3", |n, _| by_email(n, "/v3/candidates")) };
    let v1 = About { wait: true, ..About::new("v1", |n, _| by_email(n, "/v1/candidates")) };
    let same = "/v3/candidates?email=number001%40example.org&per_page=500";
    let (mut in_v3, mut in_v1) = (String::new(), String::new());
    std::thread::scope(|scope| {
        scope.spawn(|| in_v3 = ends_or_not("v3: GET /v3/candidates?email=…", &v3, &both(&elsewhere, same)));
        scope.spawn(|| in_v1 = ends_or_not("v1: GET /v1/candidates?email=…", &v1, &of_each_kind(&elsewhere)));
    });
    insta::assert_snapshot!("by email v3", in_v3);
    insta::assert_snapshot!("by email v1", in_v1);
    elsewhere.nobody_came();
}

/// v1's 404 with Greenhouse's JSON says that the candidate is gone, which has tests of its own (`gone`); one of a gateway says nothing.
fn told_by(of: &About, faults: &[Fault]) -> Vec<Fault> {
    let mut faults = faults.to_vec();
    if of.api == "v1" {
        faults.retain(|fault| fault.name != "404");
        faults.push(fault("404 HTML", Work::Never, Answer::Html { status: 404 }).for_ever());
    }
    faults
}

#[test]
fn what_a_candidate_has() {
    let elsewhere = Elsewhere::open();
    let planted = |api, meets| About { planted: true, wait: true, ..About::new(api, meets) };
    let tables = [
        (
            "users v3",
            "v3, may the acting user see: GET /v3/users?ids=…",
            About { wait: true, ..About::new("v3", |_, _| greenhouse("GET", "/v3/users")) },
        ),
        (
            "applications v3",
            "v3: GET /v3/applications?candidate_ids=…",
            planted("v3", |_, candidate| about(format!("candidate_ids={candidate}"), greenhouse("GET", "/v3/applications"))),
        ),
        (
            "candidate v3",
            "v3, the candidate as it is now: GET /v3/candidates?ids=…",
            planted("v3", |_, candidate| about(format!("ids={candidate}"), greenhouse("GET", "/v3/candidates"))),
        ),
        (
            "candidate v1",
            "v1, the candidate as it is now: GET /v1/candidates/ID",
            planted("v1", |_, candidate| greenhouse("GET", &format!("/v1/candidates/{candidate}"))),
        ),
    ];
    let faults = of_each_kind(&elsewhere);
    let told: Vec<String> = std::thread::scope(|scope| {
        let running: Vec<_> = tables.iter().map(|(_, title, of)| scope.spawn(|| ends_or_not(title, of, &told_by(of, &faults)))).collect();
        running.into_iter().map(|table| table.join().unwrap()).collect()
    });
    for ((name, ..), told) in tables.iter().zip(told) {
        insta::assert_snapshot!(*name, told);
    }
    elsewhere.nobody_came();
}

#[test]
fn what_became_of_a_lost_create() {
    let elsewhere = Elsewhere::open();
    let mut faults = of_each_kind(&elsewhere);
    faults.push(said("503", 503).for_ever());
    faults.push(fault("connection closed", Work::Never, Answer::Lost).for_ever());
    for api in ["v3", "v1"] {
        let mut all: Vec<Row> = std::thread::scope(|scope| {
            let running: Vec<_> = faults.iter().map(|fault| scope.spawn(move || recovery(api, fault))).collect();
            running.into_iter().map(|row| row.join().unwrap()).collect()
        });
        all.insert(0, HEAD.map(str::to_owned).to_vec());
        insta::assert_snapshot!(format!("listing {api}"), format!("{api}, recovery's listing of new candidates\n\n{}", aligned(&all)));
    }
    elsewhere.nobody_came();
}
