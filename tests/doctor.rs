//! `doctor`: what stands in the way of a pipeline, with nothing written.

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

/// Where the token's answer names what it is good for, a missing permission is told before the first write; a note that only a school
/// without an id would need is no hindrance.
#[test]
fn what_may_be_written_where_the_token_says() {
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
    let most = named(&[&all[..], &["candidate_educations:create"]].concat());
    insta::assert_snapshot!(told(most, true, 0));
    insta::assert_snapshot!(told(named(&["candidates:list", "candidates:create", "notes:create"]), false, 3));
    let unnamed = told("openid profile".into(), false, 0);
    assert!(unnamed.contains("not known before the first write"), "{unnamed}");
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
