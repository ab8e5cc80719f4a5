//! Existing candidates: for every `existing`, every state of Greenhouse and both APIs, one run does all the
//! work, and the next changes nothing.

use crate::harness::{Office, shown};
use crate::people::{email, nothing_is_twice, profile};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Two people with an employment, a note, two files and some skills.
fn two() -> Vec<Value> {
    let person = |n: usize| {
        let mut person = profile(n);
        person["info"]["summary"] = json!("Knows much.");
        person["info"]["first_name"] = json!("Zoë");
        person
    };
    vec![person(0), person(2)]
}

/// The first of them as a recruiter has entered them, with (`full`) all that the profile says, or with some of it said otherwise.
fn plant(office: &Office, api: &str, full: bool) {
    // v1's look-up is not stated to be without regard to case, and the sandbox's is not.
    let email = if api == "v3" { email(0).to_uppercase() } else { email(0) };
    let mut candidate = json!({
        "first_name": "Zoe",
        "last_name": "There",
        "title": "Recruiter's own title",
        "email_addresses": [{"value": email, "type": "work"}],
        "phone_numbers": [{"value": "0046 70 999", "type": "home"}],
        "tags": ["Recruiter's own tag"],
        "custom_fields": [
            {"name_key": "level", "value": 602}, {"name_key": "hrflow_key", "value": "an older key"},
            {"name_key": "spoken_languages", "value": [901, 903]},
        ],
        "applications": [{"job_id": 4001}],
    });
    if full {
        let person = profile(0);
        candidate["first_name"] = json!("Zoë");
        candidate["last_name"] = person["info"]["last_name"].clone();
        candidate["title"] = json!("Engineer");
        candidate["company"] = json!("Exempel AB");
        candidate["phone_numbers"] = json!([{"value": person["info"]["phone"], "type": "mobile"}]);
        candidate["applications"] = json!([{"job_id": 4001}, {"job_id": 4002}]);
    }
    office.sandbox.plant(&candidate).unwrap();
}

fn pipeline(office: &Office, api: &str, existing: &str) -> Value {
    let mut pipeline = if api == "v3" { office.v3("twice") } else { office.v1("twice") };
    pipeline["mapping"] = json!({
        "$use": "candidate",
        "tags": ["hrflow"],
        "custom_fields": {"hrflow_key": "{{ profile.key }}"},
    });
    pipeline["destination"]["greenhouse"]["existing"] = json!(existing);
    pipeline["destination"]["greenhouse"]["job_ids"] = json!([4001, 4002]);
    pipeline["limits"] = json!({"concurrency": 1});
    pipeline
}

/// Requests to Greenhouse since the `from`th, by what they do: `POST candidates 1`.
pub fn calls(office: &Office, from: usize, only_writes: bool) -> String {
    let mut calls: BTreeMap<String, usize> = BTreeMap::new();
    for request in office.sandbox.requests().as_array().unwrap().iter().skip(from).filter(|request| request["service"] == "greenhouse") {
        let (method, target) = (request["method"].as_str().unwrap(), request["target"].as_str().unwrap());
        if only_writes && method == "GET" {
            continue;
        }
        let path = target.split('?').next().unwrap().splitn(3, '/').nth(2).unwrap();
        let plain: Vec<_> = path.split('/').map(|part| if part.parse::<u64>().is_ok() { "ID" } else { part }).collect();
        *calls.entry(format!("{method} {}", plain.join("/"))).or_default() += 1;
    }
    let told: Vec<_> = calls.iter().map(|(call, times)| if *times == 1 { call.clone() } else { format!("{call} {times}") }).collect();
    if told.is_empty() { "none".into() } else { told.join(", ") }
}

/// A candidate as a few lines.
pub fn whole(candidate: &Value) -> String {
    let list = |name: &str, member: &str| {
        let rows = candidate[name].as_array().map(Vec::as_slice).unwrap_or_default();
        rows.iter()
            .map(|row| if member.is_empty() { row } else { &row[member] })
            .map(|value| value.as_str().unwrap_or("?").to_owned())
            .collect::<Vec<_>>()
    };
    let text = |name: &str| candidate[name].as_str().unwrap_or("–").to_owned();
    let applications = candidate["applications"].as_array().unwrap();
    let job = |id: &Value| {
        let application = applications.iter().find(|application| application["id"] == *id);
        application.map_or("the candidate".to_owned(), |application| match application["prospect"] == true {
            true => format!("a prospect for {}", application["job_ids"]),
            false => application["job_id"].to_string(),
        })
    };
    let mut jobs: Vec<_> = applications.iter().map(|application| job(&application["id"])).collect();
    jobs.sort();
    let files = candidate["attachments"].as_array().unwrap().iter();
    let mut files: Vec<_> = files.map(|file| format!("{} on {}", file["type"].as_str().unwrap(), job(&file["application_id"]))).collect();
    files.sort();
    let mut lines = [
        format!("{} {}, {}, {}", text("first_name"), text("last_name"), text("title"), text("company")),
        format!(
            "e-mails {}; phones {}; tags {}",
            list("email_addresses", "value").join(" "),
            list("phone_numbers", "value").join(" | "),
            list("tags", "").join(" | ")
        ),
        format!("fields {}", candidate["custom_fields"]),
        format!("applications {}; files {}", jobs.join(" "), files.join(", ")),
        format!("employments {}; notes {}", list("employments", "title").join(" | "), list("notes", "body").len()),
    ];
    lines.iter_mut().for_each(|line| line.insert_str(0, "    "));
    lines.join("\n")
}

/// `existing` × API × what is there.
#[test]
fn a_second_run_changes_nothing() {
    let mut told_of_all = Vec::new();
    for (api, existing, there) in ["v3", "v1"].iter().flat_map(|api| {
        ["apply", "update", "skip", "create"]
            .iter()
            .flat_map(move |existing| ["empty", "half-filled", "full"].map(|there| (*api, *existing, there)))
    }) {
        let office = Office::open(two());
        match there {
            "empty" => {}
            there => plant(&office, api, there == "full"),
        }
        let file = office.save(&pipeline(&office, api, existing));
        let name = format!("{api}, existing: {existing}, Greenhouse {there}");
        let first = office.call(&["run", "--json", "--new-ledger", &file]).expect(0);
        let (writes, state, requests) = (office.writes(), office.state(), office.sandbox.requests().as_array().unwrap().len());
        let first_calls = calls(&office, 0, true);
        let second = office.call(&["run", "--json", "--new-ledger", &file]).expect(0);
        assert_eq!(office.writes(), writes, "{name}: the second run wrote");
        assert_eq!(office.state(), state, "{name}: the second run changed something");
        if existing != "create" {
            nothing_is_twice(&state);
        }
        let candidates: Vec<_> = state["candidates"].as_array().unwrap().iter().map(whole).collect();
        told_of_all.push(format!(
            "## {name}\nfirst:  {}; {first_calls}\nsecond: {}; {}\n{}",
            shown(&first.counts()),
            shown(&second.counts()),
            calls(&office, requests, false),
            candidates.join("\n    ·\n")
        ));
    }
    insta::assert_snapshot!(told_of_all.join("\n\n"));
}

/// v1 shows the whole candidate whatever is asked for: one reading answers all of a push's questions until it writes, and a write is
/// followed by a new one.
#[test]
fn v1_reads_a_candidate_once_between_two_writes() {
    let office = Office::open(two());
    plant(&office, "v1", false);
    let mut pipeline = pipeline(&office, "v1", "update");
    pipeline["source"]["hrflow"]["profiles"] = json!({"keys": [profile(0)["key"]]});
    let file = office.save(&pipeline);
    office.run(&file).expect(0);
    let requests = office.sandbox.requests();
    let of_the_candidate = |request: &&Value| {
        request["service"] == "greenhouse" && request["target"].as_str().is_some_and(|target| target.starts_with("/v1/candidates/"))
    };
    let methods: Vec<&str> = requests.as_array().unwrap().iter().filter(of_the_candidate).map(|r| r["method"].as_str().unwrap()).collect();
    let feeds =
        requests.as_array().unwrap().iter().filter(|r| r["target"].as_str().is_some_and(|target| target.contains("activity_feed"))).count();
    insta::assert_snapshot!(format!("{} ({feeds} of the activity feed)", methods.join(" ")));
}
