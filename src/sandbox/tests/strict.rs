//! Harvest v3 as Greenhouse's own document has it: closed bodies, and words that differ between writing and reading.

use super::*;

#[tokio::test]
async fn keys_that_a_body_does_not_have_are_refused() {
    let desk = Desk::open().await;
    let made = desk.post("/candidates", with(ada(), json!({"application": {"job_id": 4001}}))).await;
    let (candidate, application) = (made.id("/candidate/id"), made.id("/application/id"));
    let mut told = Vec::new();
    for (path, body) in [
        ("/candidates", with(ada(), json!({"resume": "x", "private": true}))),
        ("/candidates", with(ada(), json!({"application": {"job_id": 4001, "attachments": [], "job_ids": []}}))),
        ("/candidates", with(ada(), json!({"phone_numbers": [{"value": "1", "type": "home", "label": "x"}]}))),
        ("/candidates", with(ada(), json!({"custom_fields": [{"name_key": "desired_salary", "value": 5, "unit": "EUR"}]}))),
        ("/candidates", with(ada(), json!({"custom_fields": [{"name_key": "desired_salary", "value": {"value": 5, "unit": "EUR"}}]}))),
        ("/candidates", with(ada(), json!({"custom_fields": [{"name_key": "level", "value": "intern"}]}))),
        ("/applications", json!({"candidate_id": candidate, "job_id": 4001, "prospect": false})),
        ("/applications", json!({"candidate_id": candidate, "job_id": 4090})),
        (
            "/attachments",
            json!({"application_id": application, "filename": "a.pdf", "type": "resume", "content": "YQ==", "content_type": "application/pdf"}),
        ),
        ("/candidate_educations", json!({"candidate_id": candidate, "school_id": 459})),
        (
            "/candidate_employments",
            json!({"candidate_id": candidate, "company_name": "A", "title": "B", "start_date": "2020-01-01", "current": true}),
        ),
        ("/notes", json!({"candidate_id": candidate, "body": "Hello.", "type": "NOTE"})),
    ] {
        told.push(format!("{path} {}", desk.post(path, body).await));
    }
    told.push(format!(
        "PATCH {}",
        desk.v3("PATCH", &format!("/candidates/{candidate}"), Some(json!({"application": {}, "private": true}))).await
    ));
    insta::assert_snapshot!(told.join("\n"));
}

#[tokio::test]
async fn words_differ_between_writing_and_reading() {
    let desk = Desk::open().await;
    let made = desk.post("/candidates", with(ada(), json!({"is_private": true, "application": {"job_id": 4001}}))).await;
    assert_eq!((&made.body["candidate"]["private"], &made.body["candidate"]["is_private"]), (&json!(true), &Value::Null));
    assert_eq!(made.body["application"]["status"], "in_process");
    assert_eq!(desk.get("/applications?status=active").await.body[0]["status"], "in_process");
    for (written, read) in [("public", "publicly_visible"), ("private", "privately_visible"), ("admin_only", "admin_only_visible")] {
        let note = json!({"candidate_id": made.id("/candidate/id"), "note_type": "NOTE", "body": "Hello.", "visibility": written, "user_id": 92121});
        let told = desk.post("/notes", note).await;
        assert_eq!((&told.body["visibility"], &told.body["type"], &told.body["user_id"]), (&json!(read), &json!("NOTE"), &json!(92121)));
    }
    let salary = json!({"custom_fields": [{"name_key": "desired_salary", "value": {"amount": 5000, "currency_code": "EUR"}}]});
    let told = desk.post("/candidates", with(ada(), salary)).await;
    insta::assert_snapshot!(told.body["candidate"]["custom_fields"]["desired_salary"], @r#"{"name":"Desired Salary","type":"currency","value":{"amount":5000,"currency_code":"EUR"}}"#);
}

#[tokio::test]
async fn a_note_on_nobody_is_created() {
    let desk = Desk::open().await;
    assert_eq!(desk.sandbox.state().get("notes_on_nobody"), None);
    assert_eq!(
        desk.post("/notes", json!({"candidate_id": 5, "note_type": "NOTE", "body": "Hello.", "visibility": "public"})).await.status,
        201
    );
    assert_eq!(desk.sandbox.state()["notes_on_nobody"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn a_token_is_introspected() {
    let ask = async |settings: Settings, token: &str| {
        let desk = Desk::new(settings).await;
        let own = desk.token(SITE_ADMIN).await;
        let form = [("token", if token.is_empty() { &own } else { token })];
        let url = desk.sandbox.token_url().replace("/token", "/introspect");
        desk.send(desk.http.post(url).basic_auth(CLIENT_ID, Some(CLIENT_SECRET)).form(&form)).await.unwrap().to_string()
    };
    let scope = Settings { token_scope: Some("harvest:notes:create".into()), ..Settings::default() };
    insta::assert_snapshot!(ask(scope, "").await, @r#"200 {"active":true,"client_id":"sandbox-client","sub":"92120","scope":"harvest:notes:create","https://auth.greenhouse.io/claims":{"organization":{"id":1001,"name":"Example Organisation"},"user_role":"site_admin"}}"#);
    insta::assert_snapshot!(ask(Settings::default(), "another").await, @r#"200 {"active":false}"#);
    insta::assert_snapshot!(ask(Settings { introspects: false, ..Settings::default() }, "").await, @r#"404 {"error":"not_found"}"#);
}
