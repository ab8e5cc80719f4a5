//! What Greenhouse finishes late or hides: nothing is lost, and duplicates are reported.

use crate::harness::{Office, shown};
use crate::people::{key, nothing_is_twice, profiles, summary};
use serde_json::{Value, json};

fn office(api: &str, name: &str) -> (Office, String) {
    let mut person = profiles(1);
    person[0]["info"]["summary"] = json!("Knows much.");
    let office = Office::open(person);
    let mut pipeline = if api == "v3" { office.v3(name) } else { office.v1(name) };
    pipeline["destination"]["greenhouse"]["settle"] = json!(0.4);
    pipeline["destination"]["greenhouse"]["job_ids"] = json!([4001, 4002]);
    let file = office.save(&pipeline);
    (office, file)
}

fn misbehave(office: &Office, fault: &str) {
    office.sandbox.misbehave(fault.parse().unwrap()).unwrap();
}

fn whole(office: &Office) -> String {
    nothing_is_twice(&office.state());
    summary(&office.state()).into_values().flatten().collect()
}

const WHOLE: [(&str, &str); 2] = [
    ("v3", "jobs 4001, 4002; resume on 4001; resume on 4002; 1 employment; 1 note"),
    ("v1", "jobs 4001, 4002; resume on the candidate; 1 employment; 1 note"),
];

/// R7 holds for who was lost too: lists that show nothing do not say that nothing is there.
#[test]
fn who_is_open_stays_open_where_nothing_is_shown() {
    for fault in ["lost-answer,on=POST /v3/candidates", "lost-answer,on=POST /v3/applications"] {
        let (office, file) = office("v3", "hidden");
        misbehave(&office, fault);
        office.call(&["run", "--json", "--no-wait", &file]).expect(1);
        office.hours_pass(1);
        misbehave(&office, "lists-empty,times=always");
        let told = office.run(&file).expect(3).stderr;
        assert!(told.contains("is not a Site Admin"), "{told}");
        office.sandbox.behave();
        let run = office.run(&file).expect(0);
        assert_eq!(shown(&run.counts()), "created 1", "{fault}: what was lost is ours");
        assert_eq!(whole(&office), WHOLE[0].1, "{fault}");
    }
}

/// A create that was believed not to be there, and was not sent again before it came, is as good as one whose answer had come.
#[test]
fn what_comes_late_and_was_not_sent_again_is_ours() {
    for (api, whole_person) in WHOLE {
        let (office, file) = office(api, "late-create");
        misbehave(&office, &format!("late-work=3600s,on=POST /{api}/candidates"));
        office.call(&["run", "--json", "--no-wait", &file]).expect(1);
        office.hours_pass(1);
        // Settles what is open, and sends nothing.
        office.call(&["run", "--json", "--limit", "0", &file]).expect(0);
        office.late_work_is_done(|state| state["candidates"].as_array().unwrap().len() == 1);
        let run = office.run(&file).expect(0);
        assert_eq!(shown(&run.counts()), "created 1");
        assert_eq!(whole(&office), whole_person, "{api}");
    }
}

/// What a whole person has of something: see [`WHOLE`].
fn many(what: &str) -> usize {
    if what == "applications" { 2 } else { 1 }
}

/// Not only candidates can exist twice. Every run reports it, with both ids, until one of the two is gone.
#[test]
fn what_a_candidate_has_twice_is_told() {
    let mut told = Vec::new();
    let ids_in_reasons = regex::Regex::new(r"\b[5-9]\d{7}\b").unwrap();
    for (step, fault) in [
        ("notes", "error-late=3600s,on=POST /v3/notes"),
        ("employments", "late-work=3600s,on=POST /v3/candidate_employments"),
        ("applications", "late-work=3600s,on=POST /v3/applications"),
    ] {
        let (office, file) = office("v3", "late-step");
        misbehave(&office, fault);
        let first = office.run(&file).expect(0);
        assert_eq!(shown(&first.counts()), "created 1");
        let is_there_twice = |state: &Value| state["candidates"][0][step].as_array().is_some_and(|rows| rows.len() == many(step) + 1);
        office.late_work_is_done(is_there_twice);
        for _ in 0..2 {
            let line = office.run(&file).expect(1).profiles().into_values().next().unwrap();
            let candidate = &office.state()["candidates"][0];
            let ids: Vec<&Value> = candidate[step].as_array().unwrap().iter().map(|row| &row["id"]).rev().take(2).collect();
            assert_eq!(line["outcome"], "uncertain");
            let reason = line["reason"].as_str().unwrap();
            assert!(ids.iter().all(|id| reason.contains(&id.to_string())), "{reason} names both of {ids:?}");
            told.push(ids_in_reasons.replace_all(reason, "[id]").into_owned());
        }
    }
    told.dedup();
    insta::assert_snapshot!(told.join("\n"), @"
    Greenhouse made this note later than `settle` allows, so candidate [id] has it twice: [id] and [id]. Remove one in Greenhouse, and set a longer `settle`
    Greenhouse made this employment later than `settle` allows, so candidate [id] has it twice: [id] and [id]. Remove one in Greenhouse, and set a longer `settle`
    Greenhouse made this application later than `settle` allows, so candidate [id] has it twice: [id] and [id]. Remove one in Greenhouse, and set a longer `settle`
    ");
}

/// A create is believed not to be there, and another profile with the same e-mail is made instead: that one is not taken for the lost one.
#[test]
fn what_a_twin_has_made_since_is_the_twins() {
    for api in ["v3", "v1"] {
        let mut people = profiles(2);
        people[1]["info"]["email"] = people[0]["info"]["email"].clone();
        let office = Office::open(people);
        let [one, two] = [("one", 4001), ("two", 4002)].map(|(name, job)| {
            let mut pipeline = if api == "v3" { office.v3(name) } else { office.v1(name) };
            pipeline["destination"]["greenhouse"]["settle"] = json!(0.4);
            pipeline["destination"]["greenhouse"]["job_ids"] = json!([job]);
            office.save(&pipeline)
        });
        misbehave(&office, &format!("lost-request,on=POST /{api}/candidates"));
        office.call(&["run", "--json", "--no-wait", "--profile", &key(0), &one]).expect(1);
        office.hours_pass(1);
        office.call(&["run", "--json", "--limit", "0", &one]).expect(0);
        office.call(&["run", "--json", "--profile", &key(1), &two]).expect(0);
        let run = office.call(&["run", "--json", "--profile", &key(0), &one]).expect(0);
        assert_eq!(shown(&run.counts()), "applied 1", "{api}");
        let told = whole(&office);
        assert!(told.starts_with("jobs 4001, 4002; "), "{api}: {told}");
    }
}
