//! Candidates that a recruiter merged or deleted, and how they differ from those that are only hidden.

use crate::harness::{Ended, Office, shown};
use crate::people::{email, key, profile};
use hireline::sandbox::{Answer, Misbehaviour, Recruiter, Work};
use serde_json::{Value, json};

fn pipeline(office: &Office, api: &str, jobs: &[u64]) -> String {
    let mut pipeline = if api == "v3" { office.v3("moved") } else { office.v1("moved") };
    pipeline["destination"]["greenhouse"]["job_ids"] = json!(jobs);
    office.save(&pipeline)
}

fn line(ended: &Ended) -> Value {
    ended.profiles().into_values().next().unwrap()
}

/// Another person, so that at least one candidate is always visible.
fn another(office: &Office) -> u64 {
    let emails = json!([{"value": "somebody@example.org", "type": "work"}]);
    office.sandbox.plant(&json!({"first_name": "Some", "last_name": "Body", "email_addresses": emails})).unwrap()
}

#[test]
fn a_merged_candidate_is_followed_and_the_push_goes_on() {
    for api in ["v3", "v1"] {
        let office = Office::open(vec![profile(0)]);
        let other = another(&office);
        let made = line(&office.run(&pipeline(&office, api, &[4001])).expect(0))["candidate_id"].as_u64().unwrap();
        assert_eq!(office.sandbox.recruiter(Recruiter::Merges, Some(made), Some(other)), Some(other));
        // Nothing is asked where nothing is wanted; then one more job.
        assert_eq!(shown(&office.run(&pipeline(&office, api, &[4001])).expect(0).counts()), "unchanged 1");
        let file = pipeline(&office, api, &[4001, 4002]);
        let told = line(&office.run(&file).expect(0));
        assert_eq!((told["outcome"].as_str(), told["candidate_id"].as_u64()), (Some("applied"), Some(other)), "{api}: {told}");
        assert_eq!(told["reason"], "its candidate was merged into this one in Greenhouse");
        let state = office.state();
        assert_eq!(state["candidates"].as_array().unwrap().len(), 1);
        let mut jobs: Vec<_> = state["candidates"][0]["applications"].as_array().unwrap().iter().map(|a| a["job_id"].as_u64()).collect();
        jobs.sort();
        assert_eq!(jobs, [Some(4001), Some(4002)], "{api}");
        let writes = office.writes();
        assert_eq!(shown(&office.run(&file).expect(0).counts()), "unchanged 1");
        assert_eq!(office.writes(), writes);
    }
}

const GONE: &str = "gone: the candidate was removed from Greenhouse, and is not made again; if it should be, say so with `hireline \
    resolve … --recreate`";

#[test]
fn a_deleted_candidate_is_not_made_again_unless_a_person_says_so() {
    for api in ["v3", "v1"] {
        let office = Office::open(vec![profile(0)]);
        another(&office);
        let made = line(&office.run(&pipeline(&office, api, &[4001])).expect(0))["candidate_id"].as_u64().unwrap();
        assert!(office.sandbox.erase(made));
        let file = pipeline(&office, api, &[4001, 4002]);
        let writes = office.writes();
        let told = line(&office.run(&file).expect(0));
        assert_eq!(told["outcome"], "skipped", "{api}: {told}");
        assert_eq!(told["reason"], GONE, "{api}");
        assert_eq!(shown(&office.run(&file).expect(0).counts()), "skipped 1");
        // Nor under another key with the same e-mail.
        let mut twin = profile(2);
        twin["info"]["email"] = json!(email(0));
        office.sandbox.set_profiles(vec![profile(0), twin]);
        assert_eq!(shown(&office.run(&file).expect(0).counts()), "skipped 2", "{api}");
        assert_eq!(office.writes(), writes, "{api}: something was sent");
        let said = office.call(&["resolve", &file, "--profile", &key(0), "--recreate"]).expect(0);
        assert_eq!(said.stdout, format!("{}: to be made again. Run the pipeline to do it\n", key(0)), "{api}");
        assert_eq!(office.call(&["resolve", &file, "--profile", &key(0), "--recreate"]).code, Some(2));
        office.sandbox.set_profiles(vec![profile(0)]);
        assert_eq!(shown(&office.run(&file).expect(0).counts()), "created 1", "{api}");
    }
}

/// Killed before the résumé was sent, and deleted before the next run: v3 refuses the attachment for want of its application.
#[test]
fn a_candidate_that_was_deleted_before_its_resume_came() {
    for api in ["v3", "v1"] {
        let office = Office::open(vec![profile(0)]);
        another(&office);
        let file = pipeline(&office, api, &[4001]);
        let path = if api == "v3" { "/v3/attachments" } else { "/v1/candidates/*/attachments" };
        let lost = Misbehaviour { work: Work::Never, answer: Answer::Lost, ..Misbehaviour::at("POST", path) };
        office.sandbox.misbehave(lost).unwrap();
        office.call(&["run", "--json", "--no-wait", &file]).expect(1);
        let made = office.state()["candidates"][1]["id"].as_u64().unwrap();
        assert!(office.sandbox.erase(made));
        let told = line(&office.run(&file).expect(0));
        assert_eq!(told["outcome"], "skipped", "{api}: {told}");
        assert_eq!(office.state()["candidates"].as_array().unwrap().len(), 1, "{api}");
    }
}

/// R7: silence is believed only where others would be heard.
#[test]
fn who_is_not_shown_is_not_gone() {
    let office = Office::open(vec![profile(0)]);
    another(&office);
    office.run(&pipeline(&office, "v3", &[4001])).expect(0);
    let file = pipeline(&office, "v3", &[4001, 4002]);
    let empty = |path: &str| Misbehaviour {
        times: 100,
        work: Work::Never,
        answer: Answer::Status { status: 200, body: Some(json!([])), retry_after: None },
        ..Misbehaviour::at("GET", path)
    };
    // No list of candidates shows anybody, and applications are hidden too.
    office.sandbox.misbehave(empty("/v3/candidates")).unwrap();
    office.sandbox.misbehave(empty("/v3/applications")).unwrap();
    let writes = office.writes();
    let told = line(&office.run(&file).expect(1));
    assert_eq!(told["outcome"], "uncertain", "{told}");
    insta::assert_snapshot!(office.steady(told["reason"].as_str().unwrap()));
    assert_eq!(office.writes(), writes);
}

/// Only the candidate is not shown, its applications are: it is private, or still being indexed.
#[test]
fn whose_applications_are_shown_is_not_gone() {
    let office = Office::open(vec![profile(0)]);
    another(&office);
    office.run(&pipeline(&office, "v1", &[4001])).expect(0);
    let file = pipeline(&office, "v1", &[4001, 4002]);
    let hidden = Misbehaviour {
        times: 100,
        work: Work::Never,
        answer: Answer::Status { status: 404, body: Some(json!({"message": "Resource not found"})), retry_after: None },
        ..Misbehaviour::at("GET", "/v1/candidates/*")
    };
    office.sandbox.misbehave(hidden).unwrap();
    let told = line(&office.run(&file).expect(1));
    assert_eq!(told["outcome"], "uncertain", "{told}");
    insta::assert_snapshot!(office.steady(told["reason"].as_str().unwrap()));
}

/// The candidate goes while the push is under way: what is refused for want of it asks where it is.
#[test]
fn a_candidate_that_goes_in_the_middle() {
    for api in ["v3", "v1"] {
        let office = Office::open(vec![profile(0)]);
        let other = another(&office);
        let file = pipeline(&office, api, &[4001, 4002]);
        // The second write is held back, and the candidate merged before it is worked on.
        let held = Misbehaviour {
            service: Some(hireline::sandbox::Service::Greenhouse),
            method: Some("POST".into()),
            skip: 1,
            work: Work::Never,
            answer: Answer::Status { status: 404, body: Some(json!({"message": "Resource not found"})), retry_after: None },
            delay_ms: 1500,
            ..Misbehaviour::default()
        };
        office.sandbox.misbehave(held).unwrap();
        let child = office.spawn(&["run", "--json", &file]);
        office.wait_for_writes(2);
        let made = office.state()["candidates"][1]["id"].as_u64().unwrap();
        assert_eq!(office.sandbox.recruiter(Recruiter::Merges, Some(made), Some(other)), Some(other));
        let told = line(&child.end().expect(0));
        assert_eq!(told["candidate_id"].as_u64(), Some(other), "{api}: {told}");
        let candidates = office.state()["candidates"].clone();
        assert_eq!(candidates.as_array().unwrap().len(), 1, "{api}");
        assert_eq!(candidates[0]["applications"].as_array().unwrap().len(), 2, "{api}");
    }
}
