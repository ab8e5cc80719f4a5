//! Names in a pipeline, which Greenhouse's lists turn into ids before the first write.

use crate::harness::{Office, SOURCE_KEY};
use hireline::sandbox::{Answer, List, Misbehaviour, Settings, Work};
use serde_json::{Value, json};

fn ada() -> Value {
    json!({
        "key": "1111111111111111111111111111111111111111", "id": 1, "reference": "ada", "source_key": SOURCE_KEY,
        "source": {"key": SOURCE_KEY, "name": "Careers"}, "created_at": "2026-06-20T15:25:07+0000", "updated_at": "2026-06-20T15:25:07+0000",
        "info": {"first_name": "Ada", "last_name": "Example", "email": "ada@example.org"},
        "educations": [
            {"school": "Universite de Paris", "title": "PhD", "date_start": "2010-09-01T00:00:00", "date_end": "2014-06-30T00:00:00"},
            {"school": "School of Hard Knocks", "title": "Life", "date_start": "2005-09-01T00:00:00"},
        ],
        "tags": [{"name": "level", "value": "Senior"}, {"name": "languages", "value": "French"}, {"name": "job", "value": "Data Engineer"}],
    })
}

fn mapping() -> Value {
    json!({
        "first_name": "{{ profile.info.first_name }}",
        "last_name": "{{ profile.info.last_name }}",
        "email_addresses": [{"value": "{{ profile.info.email }}", "type": "personal"}],
        "educations": {
            "$each": "profile.educations", "$as": "study",
            "school": "{{ study.school }}", "degree": "{{ study.title }}", "start_date": "{{ study.date_start | date }}",
        },
        "custom_fields": {
            "Level": "{{ profile.tags | tag('level') }}",
            "Spoken Languages": ["{{ profile.tags | tag('languages') }}", "German"],
            "Desired Salary": {"value": 52000, "unit": "EUR"},
            "Sourced By": "recruiter@example.org",
            "hrflow_key": "{{ profile.key }}",
        },
    })
}

fn named(mut pipeline: Value) -> Value {
    pipeline["mapping"] = mapping();
    let greenhouse = &mut pipeline["destination"]["greenhouse"];
    greenhouse.as_object_mut().unwrap().remove("job_ids");
    greenhouse["jobs"] = json!(["platform engineer", "{{ profile.tags | tag('job') }}"]);
    greenhouse["application"] = json!({"source": "HrFlow", "stage": "Phone Interview", "recruiter": {"email": "recruiter@example.org"}});
    greenhouse["on_behalf_of"] = json!("admin@example.org");
    pipeline
}

/// Greenhouse's requests: the path of a read, the path and the body of a write.
fn requests(office: &Office) -> Vec<Value> {
    let all = office.sandbox.requests();
    let greenhouse = all.as_array().unwrap().iter().filter(|request| request["service"] == "greenhouse");
    greenhouse.map(|request| json!([request["method"], request["target"], request["headers"]["on-behalf-of"], request["body"]])).collect()
}

fn lines(requests: &[Value]) -> String {
    requests.iter().map(|request| request.to_string().replace(",null,null]", "]").replace(",null]", "]")).collect::<Vec<_>>().join("\n")
}

fn is_list(request: &Value) -> bool {
    let target = request[1].as_str().unwrap();
    request[0] == "GET"
        && !["email=", "candidate_ids=", "application_ids=", "users?ids=", "/candidates/"].iter().any(|part| target.contains(part))
}

#[test]
fn v3_takes_ids_for_names() {
    let office = Office::open(vec![ada()]);
    let file = office.save(&named(office.v3("named")));
    let ended = office.run(&file).expect(0);
    assert_eq!(ended.counts()["created"], 1);
    let requests = requests(&office);
    let writes: Vec<Value> = requests.iter().filter(|request| request[0] == "POST").cloned().collect();
    insta::assert_snapshot!(office.steady(&lines(&writes)));
    // The acting user is asked for first, then each list once, and all of it before anything else.
    let first_other = requests.iter().skip(1).position(|request| !is_list(request)).unwrap() + 1;
    insta::assert_snapshot!(office.steady(&lines(&requests[..first_other])));
    assert!(!requests[first_other..].iter().any(is_list), "a list is read again");
    let tokens = office
        .sandbox
        .requests()
        .as_array()
        .unwrap()
        .iter()
        .filter(|r| r["service"] == "token")
        .map(|r| r["body"].clone())
        .collect::<Vec<_>>();
    assert_eq!(tokens.iter().map(|body| body["sub"].clone()).collect::<Vec<_>>(), [Value::Null, json!("92120")]);
    // Nothing more is done by a second run.
    let before = office.writes();
    assert_eq!(office.run(&file).expect(0).counts()["unchanged"], 1);
    assert_eq!(office.writes(), before);
}

#[test]
fn v1_takes_ids_for_names() {
    let office = Office::open(vec![ada()]);
    let file = office.save(&named(office.v1("named")));
    assert_eq!(office.run(&file).expect(0).counts()["created"], 1);
    let requests = requests(&office);
    let shown: Vec<Value> = requests.iter().filter(|request| request[0] == "POST" || is_list(request)).cloned().collect();
    insta::assert_snapshot!(office.steady(&lines(&shown)));
}

#[test]
fn a_name_in_the_pipeline_that_greenhouse_has_not_stops_before_the_first_write() {
    let office = Office::open(vec![ada()]);
    let yaml = include_str!("names/wrong.yaml");
    let urls =
        [("HRFLOW", office.sandbox.hrflow_url()), ("GREENHOUSE", office.sandbox.greenhouse_url()), ("TOKEN", office.sandbox.token_url())];
    let yaml = urls.iter().fold(yaml.to_owned(), |yaml, (name, url)| yaml.replace(&format!("{{{name}}}"), url));
    office.write("wrong.yaml", &yaml);
    for verb in ["run", "plan"] {
        let ended = office.call(&[verb, "wrong.yaml"]).expect(2);
        if verb == "run" {
            insta::assert_snapshot!(office.steady(&ended.stderr));
        }
        assert!(ended.stderr.contains("wrong.yaml:"), "{}", ended.stderr);
    }
    assert_eq!(office.writes(), 0);
}

#[test]
fn a_name_that_a_template_makes_is_that_profiles_fault() {
    let mut other = ada();
    other["key"] = json!("2222222222222222222222222222222222222222");
    other["info"]["email"] = json!("bob@example.org");
    other["tags"] =
        json!([{"name": "level", "value": "Boss"}, {"name": "languages", "value": "Klingon"}, {"name": "job", "value": "Data Enginer"}]);
    let office = Office::open(vec![ada(), other]);
    let file = office.save(&named(office.v3("named")));
    let ended = office.run(&file).expect(1);
    let line = &ended.profiles()["2222222222222222222222222222222222222222"];
    insta::assert_snapshot!(office.steady(&serde_json::to_string_pretty(line).unwrap()));
    assert_eq!(ended.counts()["created"], 1);
    for value in ["Klingon", "Boss", "Data Enginer\""] {
        assert!(!ended.stdout.contains(value), "a profile's value is told: {value}");
    }
}

fn forbidden(path: &str) -> Misbehaviour {
    answering(403, path)
}

fn answering(status: u16, path: &str) -> Misbehaviour {
    let answer = Answer::Status { status, body: Some(json!({"message": "No"})), retry_after: None };
    Misbehaviour { times: 100, work: Work::Never, answer, ..Misbehaviour::at("GET", path) }
}

#[test]
fn a_list_that_may_not_be_read_is_named() {
    for (path, words) in [
        ("/v3/jobs", "list jobs"),
        ("/v3/custom_field_options", "list"),
        ("/v3/users", "list users"),
        ("/v3/custom_fields", "list custom fields"),
    ] {
        let office = Office::open(vec![ada()]);
        let file = office.save(&named(office.v3("named")));
        office.sandbox.misbehave(forbidden(path)).unwrap();
        let ended = office.run(&file).expect(3);
        assert!(ended.stderr.contains(words) && ended.stderr.contains("403"), "{}", ended.stderr);
        assert_eq!(office.writes(), 0);
    }
}

#[test]
fn ids_and_name_keys_need_no_list() {
    for status in [403, 404] {
        let office = Office::open(vec![ada()]);
        office.sandbox.misbehave(answering(status, "/v3/custom_fields")).unwrap();
        let mut pipeline = office.v3("keys");
        pipeline["mapping"] = json!({"$use": "candidate", "custom_fields": {"level": "senior", "10": 7}});
        let file = office.save(&pipeline);
        assert_eq!(office.run(&file).expect(0).counts()["created"], 1);
        assert_eq!(office.state()["candidates"][0]["custom_fields"]["years_of_experience"], 7);
    }
}

/// A gateway that offers only a part of the API: what needs no list is done, and the missing list reported;
/// what needs one stops before the first write. A list that fails for a temporary reason stops everything.
#[test]
fn a_list_that_is_not_there_is_missed_only_where_it_can_be() {
    for (api, lists) in [("v3", &["/v3/custom_field_options"][..]), ("v1", &["/v1/schools", "/v1/degrees"])] {
        let mut profile = ada();
        profile["educations"] = json!([{"school": "Arden College", "title": "BSc", "date_start": "2005-09-01T00:00:00"}]);
        let built_in = |office: &Office| {
            let mut pipeline = if api == "v3" { office.v3("educated") } else { office.v1("educated") };
            pipeline["mapping"] = json!({"$use": "candidate"});
            office.save(&pipeline)
        };
        let failing = |status: u16| {
            let office = Office::open(vec![profile.clone()]);
            for list in lists {
                office.sandbox.misbehave(answering(status, list)).unwrap();
            }
            let file = built_in(&office);
            (office, file)
        };
        let (office, file) = failing(404);
        let ended = office.run(&file).expect(0);
        assert!(ended.stderr.contains("list schools (404)") && ended.stderr.contains("gateway"), "{}", ended.stderr);
        assert_eq!(office.state()["candidates"][0]["notes"].as_array().unwrap().len(), 1, "{api}: the education is in a note");
        let told = office.call(&["doctor", &file]).stdout;
        assert!(told.contains("list schools (404)") || told.contains("list custom field options (404)"), "{told}");

        let (office, file) = failing(500);
        office.run(&file).expect(3);
        assert_eq!(office.writes(), 0, "{api}");
    }
    let office = Office::open(vec![ada()]);
    let file = office.save(&named(office.v3("named")));
    office.sandbox.misbehave(answering(404, "/v3/jobs")).unwrap();
    let ended = office.run(&file).expect(3);
    assert!(ended.stderr.contains("list jobs (404)") && ended.stderr.contains("by name"), "{}", ended.stderr);
    assert_eq!(office.writes(), 0);
}

#[test]
fn long_lists_are_read_to_their_end_and_an_ignored_filter_is_seen() {
    let mut settings = Settings { profiles: vec![ada()], ..Settings::default() };
    settings.organisation.add(List::Schools, (1..=1100).map(|n| format!("School of Example {n}")));
    let mut profile = ada();
    profile["educations"] = json!([{"school": "school of example 3", "date_start": "2005-09-01T00:00:00"}]);
    settings.profiles = vec![profile];
    let office = Office::with(settings);
    let file = office.save(&named(office.v3("named")));
    assert_eq!(office.run(&file).expect(0).counts()["created"], 1);
    let pages = requests(&office).iter().filter(|request| request[1].as_str().unwrap().contains("/custom_field_options")).count();
    assert!(pages > 5, "{pages} pages");
    let person = &office.state()["candidates"][0];
    assert_eq!(person["educations"][0]["school_id"], 1_100_003);
    assert_eq!(person["notes"], json!([]));

    let office = Office::open(vec![ada()]);
    let file = office.save(&named(office.v3("named")));
    let ignored =
        Misbehaviour { times: 100, ignore: vec!["custom_field_key".into()], ..Misbehaviour::at("GET", "/v3/custom_field_options") };
    office.sandbox.misbehave(ignored).unwrap();
    let ended = office.run(&file).expect(3);
    assert!(ended.stderr.contains("options of other fields"), "{}", ended.stderr);
    assert_eq!(office.writes(), 0);
}

#[test]
fn an_acting_user_who_is_not_there_is_told() {
    let office = Office::open(vec![ada()]);
    let mut pipeline = named(office.v3("named"));
    for (email, words) in [("nobody@example.org", "no user"), ("leaver@example.org", "deactivated")] {
        pipeline["destination"]["greenhouse"]["on_behalf_of"] = json!(email);
        let file = office.save(&pipeline);
        let ended = office.run(&file).expect(2);
        assert!(ended.stderr.contains(words) && ended.stderr.contains(email), "{}", ended.stderr);
    }
    assert_eq!(office.writes(), 0);
}

/// Whether v1 answers 404 or an empty list for an unknown address is not documented: both mean the same.
#[test]
fn an_acting_user_whom_v1_answers_with_404_is_told() {
    let office = Office::open(vec![ada()]);
    let mut pipeline = office.v1("nobody");
    pipeline["destination"]["greenhouse"]["on_behalf_of"] = json!("nobody@example.org");
    let file = office.save(&pipeline);
    office.sandbox.misbehave(answering(404, "/v1/users")).unwrap();
    let ended = office.run(&file).expect(2);
    assert!(ended.stderr.contains("no user with the e-mail address `nobody@example.org`"), "{}", ended.stderr);
    assert_eq!(office.writes(), 0);
}
