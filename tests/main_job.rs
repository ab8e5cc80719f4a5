//! Reads profiles, filters, maps, pushes, each once: every outcome, and what the next run does.

use crate::harness::{Ended, Office, Running, shown};
use crate::people::{self, Trap, email, key, nothing_is_twice, profile, profiles, trap};
use hireline::sandbox::{self, Misbehaviour, Settings};
use serde_json::{Value, json};

/// The lines of a run, without what differs from run to run.
fn lines(office: &Office, ended: &Ended) -> String {
    let mut lines: Vec<_> = ended.stdout.lines().map(|line| office.steady(line)).collect();
    lines.sort();
    lines.join("\n")
}

/// One profile for each outcome that a profile can cause by itself.
fn one_of_each() -> Vec<Value> {
    let some = |wanted| (0..50).find(|n| trap(*n) == wanted).unwrap();
    let mut refused = profile(40);
    refused["tags"] = json!([{"name": "refused", "value": true}]);
    refused["info"]["last_name"] = json!("Refused");
    vec![profile(0), profile(1), profile(some(Trap::NoEmail)), profile(some(Trap::Archived)), profile(some(Trap::NotAText)), refused]
}

#[test]
fn every_outcome_has_its_line_and_its_exit_code() {
    for api in ["v3", "v1"] {
        let office = Office::open(one_of_each());
        office
            .sandbox
            .plant(&json!({"first_name": "Zoë", "last_name": "There", "email_addresses": [{"value": email(1), "type": "work"}]}))
            .unwrap();
        let refusal = json!({"message": "Validation error", "errors": [{"message": "is on a list", "field": "last_name"}]});
        let answer = sandbox::Answer::Status { status: 422, body: Some(refusal), retry_after: None };
        let refuse = Misbehaviour {
            contains: Some("Refused".into()),
            work: sandbox::Work::Never,
            answer,
            ..Misbehaviour::at("POST", &format!("/{api}/candidates"))
        };
        office.sandbox.misbehave(refuse).unwrap();
        let mut pipeline = if api == "v3" { office.v3("each") } else { office.v1("each") };
        pipeline["limits"] = json!({"concurrency": 1});
        pipeline["source"]["hrflow"]["profiles"] = {
            let mut keys: Vec<_> = one_of_each().iter().map(|profile| profile["key"].clone()).collect();
            keys.push(json!(key(49)));
            json!({"keys": keys})
        };
        let file = office.save(&pipeline);
        let first = office.run(&file).expect(1);
        insta::assert_snapshot!(format!("{api} first"), lines(&office, &first));
        let writes = office.writes();
        let state = office.state();
        let second = office.run(&file).expect(1);
        insta::assert_snapshot!(format!("{api} second"), lines(&office, &second));
        assert_eq!((office.writes(), office.state()), (writes, state), "the second run changed something ({api})");
        insta::assert_snapshot!(format!("{api} people"), office.steady(&office.call(&["run", &file]).expect(1).stdout));
    }
}

#[test]
fn two_profiles_with_one_email_make_one_candidate() {
    let (one, mut other) = (profile(0), profile(2));
    other["info"]["email"] = json!(email(0).to_uppercase());
    for api in ["v3", "v1"] {
        let office = Office::open(vec![one.clone(), other.clone()]);
        let file = office.save(&if api == "v3" { office.v3("twins") } else { office.v1("twins") });
        let ended = office.run(&file).expect(0);
        assert_eq!(shown(&ended.counts()), "created 1, unchanged 1", "{api}");
        let ids: Vec<_> = ended.profiles().values().map(|line| line["candidate_id"].as_u64().unwrap()).collect();
        assert_eq!(ids[0], ids[1], "{api}");
        for again in [ended, office.run(&file).expect(0)] {
            let shared: Vec<_> = again.profiles().values().filter_map(|line| line["reason"].as_str().map(str::to_owned)).collect();
            assert_eq!(shared, [format!("another profile has the same e-mail: both are candidate {}", ids[0])], "{api}");
        }
        nothing_is_twice(&office.state());
        assert_eq!(people::summary(&office.state()).len(), 1);
    }
}

/// While one of the twins is being created, the other finds the candidate in Greenhouse: it waits, and does
/// none of the first one's steps.
#[test]
fn a_twin_waits_for_the_first_one_to_be_whole() {
    let (one, mut other) = (profile(0), profile(2));
    other["info"]["email"] = json!(email(0).to_uppercase());
    let unanswered = |path: &str| Misbehaviour { delay_ms: 800, ..Misbehaviour::at("POST", path) };
    // The control of the run's first create: it is made, and its second application is not.
    let unproven = Misbehaviour { delay_ms: 800, skip: 1, contains: Some("person".into()), ..Misbehaviour::at("GET", "/v3/candidates") };
    for (api, slow) in [("v3", unproven), ("v3", unanswered("/v3/candidates")), ("v1", unanswered("/v1/candidates"))] {
        let office = Office::open(vec![one.clone(), other.clone()]);
        office.sandbox.misbehave(slow.clone()).unwrap();
        let mut pipeline = if api == "v3" { office.v3("twins") } else { office.v1("twins") };
        pipeline["destination"]["greenhouse"]["job_ids"] = json!([4001, 4002]);
        // The other one comes when the first one's candidate is there.
        pipeline["source"]["hrflow"]["page_size"] = json!(1);
        let later = Misbehaviour { contains: Some("page=2".into()), delay_ms: 400, ..Misbehaviour::at("GET", "/v1/storing/profiles") };
        office.sandbox.misbehave(later).unwrap();
        let ended = office.run(&office.save(&pipeline)).expect(0);
        assert_eq!(shown(&ended.counts()), "created 1, unchanged 1", "{api}, {slow:?}");
        let told = ended.profiles().into_values().find(|line| line["outcome"] == "unchanged").unwrap();
        assert!(told["reason"].as_str().is_some_and(|reason| reason.starts_with("another profile has the same e-mail")), "{told}");
        nothing_is_twice(&office.state());
    }
}

/// Two pipelines at the same moment, each with one of the twins, with jobs of their own, on one ledger.
#[test]
fn also_from_two_processes() {
    const PAIRS: usize = 12;
    let mut all = Vec::new();
    for n in 0..PAIRS {
        let (mut one, mut other) = (profile(4 * n), profile(4 * n + 2));
        (one["key"], other["key"]) = (json!(format!("{n:039x}a")), json!(format!("{n:039x}b")));
        (one["info"]["email"], other["info"]["email"]) = (json!(format!("pair{n}@example.org")), json!(format!("Pair{n}@Example.org")));
        (one["info"]["last_name"], other["info"]["last_name"]) = (json!("One"), json!("Other"));
        (one["info"]["phone"], other["info"]["phone"]) = (Value::Null, Value::Null);
        all.extend([one, other]);
    }
    let office = Office::open(all);
    let names = ["left", "right"];
    let files = names.map(|name| {
        let mut pipeline = office.v3(name);
        let last_name = if name == "left" { "One" } else { "Other" };
        pipeline["filters"] = json!([{"keep": format!("@.info.last_name == '{last_name}'")}]);
        pipeline["destination"]["greenhouse"]["job_ids"] = json!([if name == "left" { 4001 } else { 4002 }]);
        office.save(&pipeline)
    });
    // New records are shown late: only the ledger's claims know of them in time.
    let late = Misbehaviour { times: 1000, hide_ms: 500, ..Misbehaviour::at("POST", "/v3/candidates") };
    office.sandbox.misbehave(late).unwrap();
    let running = files.each_ref().map(|file| office.spawn(&["run", "--json", file]));
    let runs = running.map(Running::end);
    // The second one may have had to wait for the first, and its line says so: the next run continues with
    // it.
    for (run, file) in runs.iter().zip(&files) {
        assert!(matches!(run.code, Some(0 | 1)), "{run:?}");
        let again = office.run(file).expect(0);
        assert!(
            again.outcomes().values().all(|outcome| ["applied", "created", "unchanged", "filtered"].contains(&outcome.as_str())),
            "{again:?}"
        );
    }
    nothing_is_twice(&office.state());
    let people = people::summary(&office.state());
    assert_eq!(people.len(), PAIRS);
    for (email, candidates) in people {
        assert!(candidates[0].starts_with("jobs 4001, 4002;"), "{email}: {candidates:?}");
    }
}

/// By one command, one after the other.
#[test]
fn two_pipelines_know_each_others_people() {
    let office = Office::open(profiles(6));
    let mut second = office.v3("second");
    second["destination"]["greenhouse"]["job_ids"] = json!([4002]);
    let files = [office.save(&office.v3("first")), office.save(&second)];
    let run = office.call(&["run", "--json", &files[0], &files[1]]).expect(0);
    let told: Vec<_> = run.lines().iter().filter(|line| line["type"] == "summary").map(|line| line["counts"].to_string()).collect();
    assert_eq!(told, [r#"{"created":5,"filtered":1}"#, r#"{"applied":5,"filtered":1}"#]);
    nothing_is_twice(&office.state());
}

#[test]
fn filters_that_drop_everyone_are_told_by_name() {
    let office = Office::open(profiles(6));
    let mut pipeline = office.v3("strict");
    pipeline["filters"] = json!(["contactable", {"keep": "@.experiences_duration >= 40", "because": "Only the very experienced."}]);
    let file = office.save(&pipeline);
    let ended = office.call(&["run", &file]).expect(0);
    insta::assert_snapshot!(office.steady(&ended.stdout), @r"
    1 filtered by contactable: A candidate needs a first name, a last name and an e-mail address.
    5 filtered by filter 2: Only the very experienced.
    strict: 6 filtered in [seconds] s
    ");
    assert_eq!(office.writes(), 0);
}

#[test]
fn a_profile_that_is_not_there_is_missing() {
    let office = Office::open(profiles(3));
    let file = office.save(&office.v3("by-key"));
    let nobody = "0".repeat(40);
    let ended = office.call(&["run", "--json", "--profile", &nobody, "--profile", &key(1), &file]).expect(1);
    insta::assert_snapshot!(lines(&office, &ended));
    let mut by_reference = office.v3("by-reference");
    by_reference["source"]["hrflow"]["profiles"] = json!({"references": ["no-such-reference"]});
    let ended = office.run(&office.save(&by_reference)).expect(1);
    assert_eq!(shown(&ended.counts()), "missing 1");
    assert_eq!(ended.profiles()["no-such-reference"]["reason"], "the source has no profile with this reference");
}

#[test]
fn a_limit_is_kept_and_a_key_picks_one() {
    let office = Office::open(profiles(10));
    let file = office.save(&office.v3("some"));
    let ended = office.call(&["run", "--json", "--limit", "3", &file]).expect(0);
    assert_eq!(ended.profiles().len(), 3);
    let ended = office.call(&["run", "--json", "--profile", &key(8), &file]).expect(0);
    assert_eq!(ended.outcomes(), [(key(8), "created".to_owned())].into());
    let rest = office.run(&file).expect(0);
    assert_eq!(shown(&rest.counts()), "created 4, filtered 2, unchanged 4");
    nothing_is_twice(&office.state());
}

#[test]
fn nothing_starts_unless_all_compile() {
    let office = Office::open(profiles(2));
    let good = office.save(&office.v3("good"));
    let mut wrong = office.v3("wrong");
    wrong["filters"] = json!(["contactible"]);
    let wrong = office.save(&wrong);
    let ended = office.call(&["run", "--json", &good, &wrong]).expect(2);
    assert_eq!(ended.stdout, "");
    assert_eq!(office.sandbox.requests(), json!([]));
    insta::assert_snapshot!(office.steady(&ended.stderr));
}

#[test]
fn the_highest_exit_code_wins() {
    let office = Office::open(profiles(2));
    let mut missing = office.v3("a-missing");
    missing["source"]["hrflow"]["profiles"] = json!({"keys": ["0000000000000000000000000000000000000000"]});
    let mut locked_out = office.v3("b-locked-out");
    locked_out["source"]["hrflow"]["api_key"] = json!({"env": "USERNAME"});
    let files = [office.save(&missing), office.save(&locked_out), office.save(&office.v3("c-well"))];
    let ended = office.call(&["run", "--json", &files[0], &files[1], &files[2]]).expect(3);
    insta::assert_snapshot!(lines(&office, &ended));
    insta::assert_snapshot!(office.steady(&ended.stderr));
    let ended = office.call(&["run", "--json", &files[2], &files[0]]).expect(1);
    assert_eq!(ended.lines().len(), 5);
}

#[test]
fn every_way_of_signing_in_is_taken() {
    let grant = |scheme: &str, office: &Office| {
        json!({"oauth_password": {
            "token_url": office.sandbox.token_url(), "client_id": {"env": "CLIENT_ID"}, "client_secret": {"env": "CLIENT_SECRET"},
            "username": {"env": "USERNAME"}, "password": {"env": "PASSWORD"}, "scheme": scheme,
        }})
    };
    let office = Office::open(Vec::new());
    let ways: [(&str, &str, Value); 9] = [
        ("v3", "Bearer ***", office.v3("x")["destination"]["greenhouse"]["auth"].clone()),
        ("v3", "Bearer ***", json!({"access_token": {"env": "ACCESS_TOKEN"}})),
        ("v1", "Basic ***", json!({"api_key": {"env": "API_KEY"}})),
        ("v1", "Bearer ***", json!({"header": {"name": "Authorization", "value": {"env": "AUTHORIZATION"}}})),
        ("v1", "X-API-KEY", json!({"header": {"name": "X-API-KEY", "value": {"env": "HEADER_KEY"}}})),
        ("v1", "Bearer ***", json!({"oauth_password": "Bearer"})),
        ("v1", "OAuth ***", json!({"oauth_password": "OAuth"})),
        ("v1", "Bearer ***", json!({"access_token": {"env": "ACCESS_TOKEN"}})),
        ("v1", "Bearer ***", json!({"access_token": {"file": "token.txt"}})),
    ];
    for (api, sent, auth) in ways {
        let mut office = Office::open(profiles(2));
        office.env("AUTHORIZATION", &format!("Bearer {}", sandbox::ACCESS_TOKEN));
        office.write("token.txt", &format!("{}\n", sandbox::ACCESS_TOKEN));
        let mut pipeline = if api == "v3" { office.v3("signed") } else { office.v1("signed") };
        let auth = match auth["oauth_password"].as_str() {
            Some(scheme) => grant(scheme, &office),
            None if auth.get("oauth_client").is_some() => pipeline["destination"]["greenhouse"]["auth"].clone(),
            None => auth,
        };
        pipeline["destination"]["greenhouse"]["auth"] = auth.clone();
        let ended = office.run(&office.save(&pipeline)).expect(0);
        assert_eq!(shown(&ended.counts()), "created 2", "{api} {auth}");
        for request in office.sandbox.requests().as_array().unwrap().iter().filter(|request| request["service"] == "greenhouse") {
            match sent {
                "X-API-KEY" => {
                    assert_eq!((&request["headers"]["x-api-key"], request["headers"].get("authorization")), (&json!("***"), None))
                }
                sent => assert_eq!(request["headers"]["authorization"], sent, "{auth}"),
            }
            if api == "v1" && request["method"] != "GET" {
                assert_eq!(request["headers"]["on-behalf-of"], sandbox::SITE_ADMIN.to_string());
            }
        }
    }
}

#[test]
fn a_token_that_ends_in_the_middle_is_renewed() {
    let office = Office::open(profiles(8));
    let mut pipeline = office.v3("renewed");
    pipeline["limits"] = json!({"concurrency": 1});
    let file = office.save(&pipeline);
    // The fourth write is slow, and the token expires in that time: it is fetched again once.
    office
        .sandbox
        .misbehave(Misbehaviour {
            skip: 3,
            delay_ms: 400,
            service: Some(sandbox::Service::Greenhouse),
            method: Some("POST".into()),
            ..Default::default()
        })
        .unwrap();
    let child = office.spawn(&["run", "--json", &file]);
    office.wait_for_writes(4);
    office.sandbox.revoke_tokens();
    let ended = child.end().expect(0);
    assert_eq!(shown(&ended.counts()), "created 6, filtered 2");
    nothing_is_twice(&office.state());
    let tokens = office.sandbox.requests().as_array().unwrap().iter().filter(|request| request["service"] == "token").count();
    assert_eq!(tokens, 2, "one token at the start and one for the one that ended");
}

#[test]
fn a_token_that_lives_for_a_moment_only_still_does() {
    let lifetime = std::time::Duration::from_millis(1500);
    let office = Office::with(Settings { profiles: profiles(30), token_lifetime: lifetime, ..Settings::default() });
    let mut pipeline = office.v3("brief");
    pipeline["limits"] = json!({"concurrency": 1});
    let ended = office.run(&office.save(&pipeline)).expect(1);
    assert_eq!(shown(&ended.counts()), "created 24, filtered 3, invalid 1, skipped 1, unchanged 1");
    nothing_is_twice(&office.state());
}

/// What the original connector threw away: its answer.
#[test]
fn the_legacy_pipeline_tells_the_candidates_id() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let ended =
        crate::harness::finish(crate::harness::command(root, &Default::default(), &["run", "--sandbox", "--json", "pipelines/legacy"]));
    let ended = ended.expect(0);
    let created: Vec<_> = ended.profiles().into_values().filter(|line| line["outcome"] == "created").collect();
    assert_eq!(created.len(), 2);
    for line in created {
        assert!(line["candidate_id"].as_u64().is_some(), "{line}");
        assert_eq!(line["application_ids"].as_array().map(Vec::len), Some(2), "{line}");
    }
}
