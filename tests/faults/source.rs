//! HrFlow: its list, one of its profiles, and a list that breaks on page 7. No profile is lost: the next run
//! reads what was not read.

use super::list::{Fault, all_waits, away, fault, final_reads, json, passing_reads};
use super::reads::ends_or_not;
use super::table::{About, Elsewhere, Row, aligned, everything_is_there_once, key, person, pipeline, words};
use crate::harness::{Office, shown};
use hireline::sandbox::{Answer, Misbehaviour, Service, Work};
use serde_json::{Value, json as value};

fn hrflow(path: &str) -> Misbehaviour {
    Misbehaviour { service: Some(Service::Hrflow), ..Misbehaviour::at("GET", path) }
}

fn faults(elsewhere: &Elsewhere, same: &str) -> Vec<Fault> {
    let mut all = passing_reads(same);
    all.extend(final_reads(&elsewhere.url()).into_iter().filter(|fault| !fault.name.contains("the same host")));
    for (name, body) in [
        ("402 in a 200", value!({"code": 402, "message": "over quota"})),
        ("401 in a 200", value!({"code": 401, "message": "Unauthorized. Invalid secret key"})),
        ("a list in place of an object", value!([1, 2])),
        ("data without profiles", value!({"code": 200, "data": {"jobs": []}})),
    ] {
        all.push(fault(name, Work::Never, json(200, body)));
    }
    all
}

#[test]
fn the_list_and_one_profile() {
    let elsewhere = Elsewhere::open();
    let list = About { wait: true, ..About::new("v3", |_, _| hrflow("/v1/storing/profiles")) };
    let keys = |pipeline: &mut Value| pipeline["source"]["hrflow"]["profiles"] = value!({"keys": [key(0), key(1)]});
    let one = About {
        wait: true,
        change: keys,
        ..About::new("v3", |n, _| Misbehaviour { contains: Some(key(n)), ..hrflow("/v1/profile/indexing") })
    };
    let few: Vec<_> = faults(&elsewhere, "/").into_iter().filter(|fault| !fault.name.contains("the same host")).collect();
    let same = "/v1/storing/profiles?page=1&limit=30&return_profile=true&order_by=asc&sort_by=created_at";
    let (mut of_list, mut of_one) = (String::new(), String::new());
    std::thread::scope(|scope| {
        scope.spawn(|| of_list = ends_or_not("HrFlow's list: GET /v1/storing/profiles", &list, &faults(&elsewhere, same)));
        scope.spawn(|| of_one = ends_or_not("HrFlow, one profile: GET /v1/profile/indexing", &one, &few));
    });
    insta::assert_snapshot!("hrflow list", of_list);
    insta::assert_snapshot!("hrflow one", of_one);
    elsewhere.nobody_came();
}

/// Two profiles a page, nine pages; `profiles: changed`, so that there is a cursor.
fn on_page_7(fault: &Fault) -> Row {
    const PEOPLE: usize = 18;
    let office = Office::open((0..PEOPLE).map(person).collect());
    let mut pipeline = pipeline(&office, "v3");
    pipeline["source"]["hrflow"]["page_size"] = value!(2);
    pipeline["source"]["hrflow"]["profiles"] = value!({ "changed": { "overlap": "0s" } });
    let file = office.save(&pipeline);
    let Misbehaviour { work, answer, times, .. } = fault.wrong.clone();
    let wrong = Misbehaviour { work, answer, times, contains: Some("page=7".into()), ..hrflow("/v1/storing/profiles") };
    office.sandbox.misbehave(wrong).unwrap();
    let first = office.run(&file);
    office.sandbox.behave();
    let next = office.run(&file).expect(0);
    everything_is_there_once(&office, PEOPLE);
    // Now there is a cursor, and it is the newest's.
    let third = office.run(&file).expect(0);
    vec![
        fault.name.clone(),
        format!("exit {} {}", first.code.unwrap_or(-1), shown(&first.counts())),
        shown(&next.counts()),
        shown(&third.counts()),
        words(&office, &first, ""),
    ]
}

#[test]
fn page_7_of_9() {
    let elsewhere = Elsewhere::open();
    let mut faults: Vec<_> =
        final_reads(&elsewhere.url()).into_iter().filter(|f| !f.name.contains("same host") && !f.name.starts_with("timeout")).collect();
    faults.insert(0, fault("connection closed", Work::Never, Answer::Lost));
    faults.insert(1, super::list::said("503", 503));
    faults.extend(all_waits(429).into_iter().take(1));
    let empty = value!({"code": 200, "message": "ok", "data": [], "meta": {"page": 7, "maxPage": 9, "count": 0, "total": 18}});
    faults.push(fault("an empty page", Work::Never, json(200, empty.clone())));
    faults.push(fault("an empty page", Work::Never, json(200, empty)).for_ever());
    faults.push(away(307, &elsewhere.url()));
    let mut all: Vec<Row> = std::thread::scope(|scope| {
        let running: Vec<_> = faults.iter().map(|fault| scope.spawn(move || on_page_7(fault))).collect();
        running.into_iter().map(|row| row.join().unwrap()).collect()
    });
    all.insert(0, ["fault on page 7 of 9", "first run", "next run", "and then", "words"].map(str::to_owned).to_vec());
    insta::assert_snapshot!("page 7", aligned(&all));
    elsewhere.nobody_came();
}
