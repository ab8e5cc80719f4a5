//! `doctor`: what would stop a pipeline, found without a write.

use crate::harness::{Ended, Office, SOURCE_KEY};
use hireline::sandbox::{Answer, Misbehaviour, NOT_SITE_ADMIN, Settings, Work};
use serde_json::{Value, json};

fn profile() -> Value {
    json!({
        "key": "1111111111111111111111111111111111111111", "id": 1, "source_key": SOURCE_KEY,
        "source": {"key": SOURCE_KEY, "name": "Careers"}, "created_at": "2026-06-20T15:25:07+0000", "updated_at": "2026-06-20T15:25:07+0000",
        "info": {"first_name": "Ada", "last_name": "Example", "email": "ada@example.org"},
    })
}

fn pipeline(mut pipeline: Value) -> Value {
    let greenhouse = &mut pipeline["destination"]["greenhouse"];
    greenhouse["job_ids"] = json!([4012]);
    greenhouse["jobs"] = json!(["platform engineer"]);
    greenhouse["application"] = json!({"source": "hrflow", "stage": "Phone Interview"});
    pipeline["mapping"] = json!({"$use": "candidate", "custom_fields": {"Level": "senior", "hrflow_key": "{{ profile.key }}"}});
    pipeline
}

fn told(office: &Office, pipeline: &Value, code: i32) -> String {
    let ended = office.call(&["doctor", &office.save(pipeline)]).expect(code);
    assert_eq!(office.writes(), 0);
    assert!(!office.folder().join(".hireline").exists(), "doctor leaves no ledger behind");
    let Ended { stdout, stderr, .. } = ended;
    office.steady(&format!("{stdout}{stderr}"))
}

#[test]
fn all_is_well() {
    let office = Office::open(vec![profile()]);
    insta::assert_snapshot!(told(&office, &pipeline(office.v3("well")), 0));
    let mut by_email = pipeline(office.v1("old"));
    by_email["destination"]["greenhouse"]["on_behalf_of"] = json!("recruiter@example.org");
    insta::assert_snapshot!(told(&office, &by_email, 0));
}

/// Introspection tells the token's scopes: a missing permission is reported before the first write. A note
/// that only a school without an id would need does not count.
#[test]
fn what_may_be_written_where_the_token_says() {
    const LISTS: [&str; 12] = [
        "candidates:list",
        "users:list",
        "applications:list",
        "attachments:list",
        "candidate_employments:list",
        "candidate_educations:list",
        "notes:list",
        "jobs:list",
        "sources:list",
        "job_interview_stages:list",
        "custom_field_options:list",
        "custom_fields:list",
    ];
    let all = ["candidates:create", "candidates:update", "applications:create", "attachments:create", "candidate_employments:create"];
    let named = |scopes: &[&str]| scopes.iter().map(|scope| format!("harvest:{scope}")).collect::<Vec<_>>().join(" ");
    let told = |scopes: String, update: bool, code: i32| {
        let office = Office::with(Settings { profiles: vec![profile()], token_scope: Some(scopes), ..Settings::default() });
        let mut pipeline = pipeline(office.v3("scopes"));
        if update {
            pipeline["destination"]["greenhouse"]["when_changed"] = json!("update");
            pipeline["mapping"]["notes"] = json!(null);
        }
        let told = told(&office, &pipeline, code);
        told.lines().filter(|line| line.contains("writing") || line.contains("  give")).map(|line| format!("{line}\n")).collect::<String>()
    };
    let most = named(&[&LISTS[..], &all, &["candidate_educations:create"]].concat());
    insta::assert_snapshot!(told(most, true, 0));
    insta::assert_snapshot!(told(named(&[&LISTS[1..], &["candidates:create", "notes:create"]].concat()), false, 3));
}

#[test]
fn a_token_that_is_not_introspected_is_reported() {
    let office = Office::with(Settings { profiles: vec![profile()], introspects: false, ..Settings::default() });
    let told = told(&office, &pipeline(office.v3("quiet")), 0);
    assert!(
        told.contains("is not known before the first write: introspection is not answered: ") && told.contains("answers 404"),
        "{told}"
    );
}

/// v3 hides service accounts, unless it is asked for them.
#[test]
fn a_service_account_acts() {
    let office = Office::open(vec![profile()]);
    let mut plain = office.v3("service");
    plain["destination"]["greenhouse"]["on_behalf_of"] = json!(92100);
    assert!(told(&office, &plain, 0).contains("Hireline Integration (92100) acts, a Site Admin"));
    assert_eq!(office.run("service.yaml").expect(0).counts()["created"], 1);
}

#[test]
fn machines_read_one_object_a_line() {
    let office = Office::open(vec![profile()]);
    let mut pipeline = pipeline(office.v3("lines"));
    pipeline["destination"]["greenhouse"]["jobs"] = json!(["Night Porter"]);
    let ended = office.call(&["doctor", "--json", &office.save(&pipeline)]).expect(3);
    let lines = ended.lines();
    assert!(lines.iter().all(|line| line["type"] == "finding" && line["pipeline"] == "lines" && line["level"].is_string()));
    let failed: Vec<&Value> = lines.iter().filter(|line| line["level"] == "fail").collect();
    insta::assert_snapshot!(office.steady(&serde_json::to_string_pretty(&failed).unwrap()));
}

#[test]
fn wrong_credentials() {
    let mut office = Office::open(vec![profile()]);
    office.env("CLIENT_SECRET", "wrong");
    office.env("HRFLOW_API_KEY", "ask_00000000000000000000000000000000");
    let told = told(&office, &pipeline(office.v3("wrong")), 3);
    assert!(!told.contains("ask_0000"));
    insta::assert_snapshot!(told);
    office.env("API_KEY", "wrong");
    let told = self::told(&office, &pipeline(office.v1("old")), 3);
    assert!(told.contains("fail  credential"), "{told}");
}

#[test]
fn lists_that_may_not_be_read() {
    let office = Office::open(vec![profile()]);
    for path in ["/v3/attachments", "/v3/sources", "/v3/custom_field_options"] {
        let answer = Answer::Status { status: 403, body: Some(json!({"message": "Forbidden"})), retry_after: None };
        office.sandbox.misbehave(Misbehaviour { times: 100, work: Work::Never, answer, ..Misbehaviour::at("GET", path) }).unwrap();
    }
    insta::assert_snapshot!(told(&office, &pipeline(office.v3("lists")), 3));
}

#[test]
fn who_acts_is_no_site_admin() {
    let office = Office::open(vec![profile()]);
    let mut plain = office.v3("acting");
    plain["destination"]["greenhouse"]["on_behalf_of"] = json!(NOT_SITE_ADMIN);
    insta::assert_snapshot!(told(&office, &plain, 3));
    let office = Office::with(Settings {
        profiles: vec![profile()],
        lists_without_site_admin: hireline::sandbox::Lists::Empty,
        ..Settings::default()
    });
    let mut plain = office.v3("acting");
    plain["destination"]["greenhouse"]["on_behalf_of"] = json!(NOT_SITE_ADMIN);
    let told = told(&office, &plain, 3);
    assert!(told.contains("fail  acting user"), "{told}");
}

#[test]
fn what_the_pipeline_names_and_greenhouse_has_not() {
    let office = Office::open(vec![profile()]);
    let mut pipeline = pipeline(office.v3("names"));
    let greenhouse = &mut pipeline["destination"]["greenhouse"];
    greenhouse["job_ids"] = json!([4099, 5]);
    greenhouse["jobs"] = json!(["Platfrom Engineer"]);
    greenhouse["application"] = json!({"source": "HrFlo"});
    pipeline["mapping"]["custom_fields"] = json!({"Lavel": "senior", "Level": "boss"});
    pipeline["source"]["hrflow"]["source_keys"] = json!(["cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd"]);
    let told = told(&office, &pipeline, 3);
    insta::assert_snapshot!(told.lines().filter(|line| !line.starts_with("ok")).collect::<Vec<_>>().join("\n"));
}

/// The sandbox is as the facts are. What it contradicts is reported, with the place where the code says it.
#[test]
fn what_reading_confirms_of_harvest_v3() {
    let office = Office::open(vec![profile()]);
    let file = office.save(&pipeline(office.v3("probed")));
    office.run(&file).expect(0);
    let probe = |code: i32| {
        let writes = office.writes();
        let ended = office.call(&["doctor", "--probe", &file]).expect(code);
        assert_eq!(office.writes(), writes);
        ended.stdout
    };
    insta::assert_snapshot!(probe(0));
    let answer =
        Answer::Status { status: 422, body: Some(json!({"errors": ["Invalid query params: application_ids"]})), retry_after: None };
    office
        .sandbox
        .misbehave(Misbehaviour { times: 9, work: Work::Never, answer, ..Misbehaviour::at("GET", "/v3/prospect_details") })
        .unwrap();
    assert!(probe(3).contains("fail  fact         contradicted: a prospect's pool is found with"));
}
