//! `plan --out` and `run --plan`: what was agreed to is done, and no more.

use crate::harness::{Ended, Office, shown};
use crate::people::{email, key, profile, profiles};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// An office with a plan of its people in `plan.jsonl`, and the pipeline's file.
fn planned(many: usize, api: &str) -> (Office, String) {
    let office = Office::open(profiles(many));
    let file = office.save(&if api == "harvest-v1" { office.v1("agreed") } else { office.v3("agreed") });
    office.call(&["plan", "--json", "--out", "plan.jsonl", &file]).expect(0);
    assert_eq!(office.writes(), 0, "a plan sent something");
    (office, file)
}

fn run(office: &Office, file: &str) -> Ended {
    office.call(&["run", "--json", "--plan", "plan.jsonl", file])
}

/// The plan's block of the nth person.
fn told(ended: &Ended, n: usize) -> String {
    let line = ended.profiles().remove(&key(n)).unwrap_or(Value::Null);
    let word = |name: &str| line[name].as_str().unwrap_or_default().to_owned();
    format!("{} {}", word("outcome"), word("reason")).trim().to_owned()
}

#[test]
fn what_the_plan_says_is_done() {
    for api in ["harvest-v3", "harvest-v1"] {
        // Among them two with one e-mail: the second waits for the first.
        let (office, file) = planned(16, api);
        let plan = office.call(&["plan", "--json", &file]).expect(0);
        let run = run(&office, &file).expect(0);
        assert_eq!(plan.outcomes(), run.outcomes(), "{api}");
        assert!(office.writes() > 0);
        let text = std::fs::read_to_string(office.folder().join("plan.jsonl")).unwrap();
        assert!(!text.contains("example.org") && !text.contains("Ada"), "a plan file holds personal data");
    }
}

#[test]
fn who_differs_from_the_plan_is_left() {
    let (office, file) = planned(6, "harvest-v3");
    let mut people = profiles(6);
    people[1]["info"]["first_name"] = json!("Changed");
    people.remove(5);
    people.push(profile(8));
    office.sandbox.set_profiles(people);
    office
        .sandbox
        .plant(&json!({"first_name": "By", "last_name": "Recruiter", "email_addresses": [{"value": email(2), "type": "work"}]}))
        .unwrap();
    let run = run(&office, &file).expect(1);
    let about = [0, 1, 2, 4, 8].map(|n| format!("{n}: {}", told(&run, n)));
    insta::assert_snapshot!(format!("{}\n{}\n{}", about.join("\n"), shown(&run.counts()), run.stderr.trim()), @"
    0: created
    1: skipped stale: the profile has changed in HrFlow since the plan was made
    2: skipped stale: Greenhouse has changed since the plan was made, so other requests would be needed
    4: created
    8: skipped stale: it was not in the plan: nothing would have been sent for it then
    created 2, filtered 1, skipped 3
    agreed: this ledger is new: nobody was pushed with it before
    warning: pipeline agreed: 3 profiles differ from the plan and were left; 1 profile of the plan is not pushed any more: it is gone from the source, filtered or invalid: plan again for the rest
    ");
    // The next run without a plan takes them all.
    let next = office.run(&file).expect(0);
    insta::assert_snapshot!(shown(&next.counts()), @"applied 1, created 2, filtered 1, unchanged 2");
}

#[test]
fn a_plan_that_is_not_of_this_pipeline_is_refused() {
    let (office, file) = planned(4, "harvest-v3");
    let path = office.folder().join("plan.jsonl");
    let whole = std::fs::read_to_string(&path).unwrap();
    let mut refused = BTreeMap::new();
    let mut refuse = |what: &'static str, office: &Office, arguments: &[&str]| {
        let ended = office.call(arguments).expect(2);
        refused.insert(what, office.steady(ended.stderr.trim()));
    };
    let arguments = ["run", "--plan", "plan.jsonl", &file];
    let lines: Vec<&str> = whole.lines().collect();
    let broken = [
        ("a line is gone", [&lines[..1], &lines[2..]].concat().join("\n")),
        ("the end is gone", lines[..lines.len() - 1].join("\n")),
        ("a word was changed", whole.replacen("created", "applied", 1)),
        ("another version", whole.replacen(env!("CARGO_PKG_VERSION"), "0.0.0", 1)),
        ("no plan", "version: 1\n".to_owned()),
        ("empty", String::new()),
        ("one line", "{}".to_owned()),
    ];
    for (what, text) in &broken {
        std::fs::write(&path, text).unwrap();
        refuse(what, &office, &arguments);
    }
    std::fs::write(&path, &whole).unwrap();
    refuse("not there", &office, &["run", "--plan", "nowhere.jsonl", &file]);
    refuse("another ledger", &office, &["run", "--plan", "plan.jsonl", "--ledger", "other.db", &file]);
    let other = office.save(&office.v3("another"));
    refuse("another pipeline", &office, &["run", "--plan", "plan.jsonl", &other]);
    let mut changed = office.v3("agreed");
    changed["destination"]["greenhouse"]["existing"] = json!("skip");
    office.save(&changed);
    refuse("the pipeline changed", &office, &arguments);
    assert_eq!(office.writes(), 0);
    let told: Vec<_> = refused.iter().map(|(what, words)| format!("{what}: {words}")).collect();
    insta::assert_snapshot!(told.join("\n"), @"
    a line is gone: error: pipeline agreed: the plan plan.jsonl is not whole, was changed, or was made with another ledger: make it again, with the ledger that the run uses
    a word was changed: error: pipeline agreed: the plan plan.jsonl is not whole, was changed, or was made with another ledger: make it again, with the ledger that the run uses
    another ledger: error: pipeline agreed: the plan plan.jsonl is not whole, was changed, or was made with another ledger: make it again, with the ledger that the run uses
    another pipeline: error: pipeline another: the plan plan.jsonl is of the pipeline agreed, not of another
    another version: error: pipeline agreed: the plan plan.jsonl was made by hireline 0.0.0, and this is 0.1.0: make it again
    empty: error: pipeline agreed: plan.jsonl is no plan: `hireline plan --out plan.jsonl …` writes one
    no plan: error: pipeline agreed: plan.jsonl is no plan: `hireline plan --out plan.jsonl …` writes one
    not there: error: pipeline agreed: the plan nowhere.jsonl cannot be read: No such file or directory (os error [number])
    one line: error: pipeline agreed: plan.jsonl is no plan: `hireline plan --out plan.jsonl …` writes one
    the end is gone: error: pipeline agreed: the plan plan.jsonl is not whole, was changed, or was made with another ledger: make it again, with the ledger that the run uses
    the pipeline changed: error: pipeline agreed: the pipeline or one of its imports has changed since the plan plan.jsonl was made: make it again
    ");
}

#[test]
fn a_plan_file_is_not_there_before_it_is_whole() {
    let office = Office::open(profiles(3));
    let mut pipeline = office.v3("broken-off");
    pipeline["source"]["hrflow"]["api_key"] = json!({"env": "CLIENT_ID"});
    let file = office.save(&pipeline);
    office.call(&["plan", "--out", "plan.jsonl", &file]).expect(3);
    let left: Vec<_> = std::fs::read_dir(office.folder()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().contains("plan")), "{left:?}");
}

#[test]
fn a_sample_is_a_quick_look() {
    let office = Office::open(profiles(12));
    let file = office.save(&office.v3("sampled"));
    let sample = office.call(&["plan", "--sample", "2", &file]).expect(0);
    insta::assert_snapshot!(office.steady(&sample.stdout.replace(&key(0), "[key 0]").replace(&key(1), "[key 1]")), @"
    + [key 0]  create a candidate
        application   job 4001
        attachments   1
        employments   1
        requests      3, and 1 look-up
    + [key 1]  create a candidate
        application   job 4001
        attachments   1
        employments   1
        requests      3, and 1 look-up
    Plan for sampled: 2 to create, 0 to apply, 0 to update, 0 to leave.
    8 calls to Greenhouse (2 look-ups, 6 writes): a moment at 1000000 calls in 30 s, as Greenhouse tells.
    A part only: 2 profiles were read, and the source may hold more.
    Nothing was sent.
    ");
}

/// The changes of an update are shown member by member: the present value and the new one; for a list, what
/// is added.
#[test]
fn an_update_is_told_member_by_member() {
    for api in ["harvest-v3", "harvest-v1"] {
        let office = Office::open(profiles(1));
        let there = json!({
            "first_name": "Ada", "last_name": "There", "title": "Apprentice", "tags": ["by-hand"],
            "email_addresses": [{"value": email(0), "type": "work"}],
            "phone_numbers": [{"value": "+33 1 23 45 67 89", "type": "home"}],
        });
        office.sandbox.plant(&there).unwrap();
        let mut pipeline = if api == "harvest-v1" { office.v1("updated") } else { office.v3("updated") };
        pipeline["destination"]["greenhouse"]["existing"] = json!("update");
        pipeline["mapping"] =
            json!({"$use": "candidate", "tags": ["hrflow"], "employments": null, "educations": null, "notes": null, "attachments": null});
        let file = office.save(&pipeline);
        let told = |arguments: &[&str]| {
            let ended = office.call(&[&["plan"], arguments, &[&file]].concat()).expect(0);
            office.steady(&ended.stdout.replace(&key(0), "[key]"))
        };
        insta::assert_snapshot!(format!("{api} update shown"), told(&["--show-personal-data"]));
        insta::assert_snapshot!(format!("{api} update masked"), told(&["--json"]));
        assert_eq!(office.writes(), 0);
        let run = office.run(&file).expect(0);
        assert_eq!(shown(&run.counts()), "applied 1");
        let after = office.call(&["plan", &file]).expect(0);
        assert!(after.stdout.contains("0 to apply, 0 to update, 1 to leave"), "{}", after.stdout);
    }
}
