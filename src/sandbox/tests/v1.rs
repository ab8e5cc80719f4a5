use super::*;

fn bo() -> Value {
    with(ada(), json!({"applications": [{"job_id": 215_725}, {"job_id": 185_289}]}))
}

#[tokio::test]
async fn a_whole_candidate_in_one_request() {
    let desk = Desk::open().await;
    let body = with(
        ada(),
        json!({
            "phone_numbers": [{"value": "555-1212", "type": "mobile"}, {"value": "555-1213", "type": "home"}],
            "tags": ["Walkabout", "Orientation"], "recruiter": {"email": "recruiter@example.org"}, "coordinator": {"id": 92122},
            "custom_fields": [{"id": 6, "value": 602}, {"name_key": "desired_salary", "value": "100", "unit": "USD"}],
            "educations": [{"school_id": 459, "discipline_id": 940, "degree_id": 1230, "start_date": "2001-09-15T00:00:00.000Z"}],
            "employments": [{"company_name": "Acme", "title": "Engineer", "start_date": "2012-08-15T00:00:00.000Z", "end_date": ""}],
            "activity_feed_notes": [{"user_id": 92120, "body": "Hello.", "visibility": "private"}],
            "resume": "ignored", "external_id": "ignored",
            "applications": [{"job_id": 215_725, "source_id": 7, "attachments": [{"filename": "cv.pdf", "type": "resume", "content": "YQ==", "content_type": "application/pdf"}]}, {"job_id": 185_289}],
        }),
    );
    let made = desk.v1("POST", "/candidates", Some(body)).await;
    insta::assert_snapshot!("v1_candidate", made.pretty());
    let id = made.id("/id");
    assert_eq!(desk.v1("GET", &format!("/candidates/{id}"), None).await.body, made.body);
    insta::assert_snapshot!(desk.v1("GET", &format!("/candidates/{id}/activity_feed"), None).await, @r#"200 {"notes":[{"id":95000001,"created_at":"[moment]","body":"Hello.","user":{"id":92120,"first_name":"Greenhouse","last_name":"Admin","name":"Greenhouse Admin","employee_id":null},"private":true,"visibility":"private"}],"emails":[],"activities":[]}"#);
}

#[tokio::test]
async fn what_a_create_refuses() {
    let desk = Desk::open().await;
    let post = async |members: Value| desk.v1("POST", "/candidates", Some(with(bo(), members))).await.to_string();
    insta::assert_snapshot!(desk.v1("POST", "/candidates", Some(ada())).await, @r#"422 {"message":"Validation error","errors":[{"message":"is missing: at least one application","field":"applications"}]}"#);
    insta::assert_snapshot!(post(json!({"applications": []})).await, @r#"422 {"message":"Validation error","errors":[{"message":"is missing: at least one application","field":"applications"}]}"#);
    insta::assert_snapshot!(post(json!({"applications": [{}, {"job_id": 7}]})).await, @r#"422 {"message":"Validation error","errors":[{"message":"is missing","field":"applications[0].job_id"},{"message":"is not a job","field":"applications[1].job_id"}]}"#);
    insta::assert_snapshot!(post(json!({"first_name": null, "email_addresses": [{"value": "a@example.org", "type": "home"}]})).await, @r#"422 {"message":"Validation error","errors":[{"message":"must be a string","field":"first_name"},{"message":"Must be one of: personal, work, other","field":"email_addresses[0].type"}]}"#);
    insta::assert_snapshot!(post(json!({"educations": [{"school": "Siena College", "school_id": 5, "start_year": 2101}]})).await, @r#"422 {"message":"Validation error","errors":[{"message":"must be a year from 1900 to 2100","field":"educations[0].start_year"},{"message":"is not in its list","field":"educations[0].school_id"}]}"#);
    insta::assert_snapshot!(post(json!({"employments": [{"company_name": "Acme", "title": "Engineer"}]})).await, @r#"422 {"message":"Validation error","errors":[{"message":"is missing","field":"employments[0].start_date"}]}"#);
    insta::assert_snapshot!(post(json!({"activity_feed_notes": [{"body": "Hello.", "visibility": "private", "user_id": 5}, "x"]})).await, @r#"422 {"message":"Validation error","errors":[{"message":"is not a user","field":"activity_feed_notes[0].user_id"},{"message":"must be an object","field":"activity_feed_notes[1]"}]}"#);
    insta::assert_snapshot!(post(json!({"recruiter": {"id": 5}})).await, @r#"422 {"message":"Validation error","errors":[{"message":"must name a user by id or by email","field":"recruiter"}]}"#);
    assert_eq!(desk.sandbox.state(), json!({"candidates": []}));
}

#[tokio::test]
async fn what_an_attachment_refuses() {
    let desk = Desk::open().await;
    let id = desk.v1("POST", "/candidates", Some(bo())).await.id("/id");
    let post = async |body: Value| desk.v1("POST", &format!("/candidates/{id}/attachments"), Some(body)).await.to_string();
    let right = json!({"filename": "cv.pdf", "type": "resume"});
    insta::assert_snapshot!(post(with(right.clone(), json!({"content": "YQ==", "content_type": "application/pdf"}))).await, @r#"201 {"filename":"cv.pdf","url":"[greenhouse]/attachments/81000001","type":"resume","created_at":"[moment]","content_type":"application/pdf"}"#);
    insta::assert_snapshot!(post(with(right.clone(), json!({"url": "https://example.org/cv.pdf", "type": "admin_only"}))).await, @r#"201 {"filename":"cv.pdf","url":"[greenhouse]/attachments/81000002","type":"admin_only","created_at":"[moment]","content_type":null}"#);
    insta::assert_snapshot!(post(with(right.clone(), json!({"content": "YQ=="}))).await, @r#"422 {"message":"Validation error","errors":[{"message":"is missing: content needs it","field":"content_type"}]}"#);
    insta::assert_snapshot!(post(with(right.clone(), json!({"content": "YQ==", "content_type": "application/rtf"}))).await, @r#"422 {"message":"Validation error","errors":[{"message":"Must be one of: application/pdf, application/msword, application/vnd.openxmlformats-officedocument.wordprocessingml.document, text/plain, text/html, text/csv, image/png, image/jpeg, image/gif, image/tiff","field":"content_type"}]}"#);
    insta::assert_snapshot!(post(with(right.clone(), json!({"url": "https://example.org/cv.pdf", "type": "other"}))).await, @r#"422 {"message":"Validation error","errors":[{"message":"Must be one of: resume, cover_letter, admin_only","field":"type"}]}"#);
    insta::assert_snapshot!(post(right).await, @r#"422 {"message":"Validation error","errors":[{"message":"is missing, and so is url: send one of them","field":"content"}]}"#);
}

#[tokio::test]
async fn children_one_by_one() {
    let desk = Desk::open().await;
    let id = desk.v1("POST", "/candidates", Some(bo())).await.id("/id");
    let post = async |path: &str, body: Value| desk.v1("POST", &format!("/candidates/{id}/{path}"), Some(body)).await;
    assert_eq!(
        post("applications", json!({"job_id": 4001, "referrer": {"type": "outside", "value": "A friend"}})).await.id("/jobs/0/id"),
        4001
    );
    assert_eq!(post("applications", json!({"prospect": "true", "job_ids": [4002]})).await.body["prospect"], true);
    insta::assert_snapshot!(post("applications", json!({"job_id": 4001, "referrer": {"type": "friend"}})).await, @r#"422 {"message":"Validation error","errors":[{"message":"Must be one of: id, email, outside","field":"referrer.type"},{"message":"is missing","field":"referrer.value"}]}"#);
    insta::assert_snapshot!(post("educations", json!({"school_id": 459, "start_month": 9, "start_year": 2001})).await, @r#"201 {"id":91000001,"school_name":"Siena College","discipline":null,"degree":null,"start_date":"2001-09-01T00:00:00.000Z","end_date":null}"#);
    insta::assert_snapshot!(post("employments", json!({"company_name": "Acme", "title": "Engineer", "start_date": "2012-08-15"})).await, @r#"201 {"id":85000001,"company_name":"Acme","title":"Engineer","start_date":"2012-08-15T00:00:00.000Z","end_date":null}"#);
    insta::assert_snapshot!(post("activity_feed/notes", json!({"user_id": 92121, "body": "Hello.", "visibility": "public"})).await, @r#"201 {"id":95000001,"created_at":"[moment]","body":"Hello.","user":{"id":92121,"first_name":"Rita","last_name":"Recruiter","name":"Rita Recruiter","employee_id":null},"private":false,"visibility":"public"}"#);
    insta::assert_snapshot!(post("activity_feed/notes", json!({"body": "Hello."})).await, @r#"422 {"message":"Validation error","errors":[{"message":"is missing","field":"user_id"},{"message":"is missing","field":"visibility"}]}"#);
    assert_eq!(desk.v1("POST", "/candidates/5/applications", Some(json!({"job_id": 4001}))).await.status, 404);
    let prospect = desk.v1("POST", "/prospects", Some(with(ada(), json!({"application": {"job_ids": [4001]}})))).await;
    assert_eq!((prospect.status, &prospect.body["applications"][0]["prospect"]), (201, &json!(true)));
}

#[tokio::test]
async fn a_patch_answers_a_list_and_an_empty_array_clears() {
    let desk = Desk::open().await;
    let id = desk
        .v1("POST", "/candidates", Some(with(bo(), json!({"custom_fields": [{"id": 6, "value": "senior"}, {"id": 10, "value": 3}]}))))
        .await
        .id("/id");
    let body = json!({"title": "Engineer", "email_addresses": [], "custom_fields": [{"id": 6, "delete_value": "true"}]});
    let told = desk.v1("PATCH", &format!("/candidates/{id}"), Some(body)).await;
    let row = &told.body[0];
    let shown = json!([
        row["first_name"],
        row["title"],
        row["email_addresses"],
        row["custom_fields"]["level"],
        row["custom_fields"]["years_of_experience"]
    ]);
    insta::assert_snapshot!(shown, @r#"["Ada","Engineer",[],null,3]"#);
    assert_eq!(desk.v1("PATCH", "/candidates/5", Some(json!({}))).await.status, 404);
}

#[tokio::test]
async fn look_ups_and_pages() {
    let desk = Desk::open().await;
    for _ in 0..3 {
        desk.v1("POST", "/candidates", Some(bo())).await;
    }
    let get = async |path: &str| desk.v1("GET", path, None).await;
    let first = get("/candidates?email=Ada%2B1@example.org&per_page=2").await;
    assert_eq!(first.ids().len(), 2);
    insta::assert_snapshot!(first.link.unwrap().replace(&desk.sandbox.greenhouse_url(), "[greenhouse]"), @r#"<[greenhouse]/v1/candidates?email=Ada%2B1%40example.org&per_page=2&page=2>; rel="next""#);
    let second = get("/candidates?email=Ada%2B1@example.org&per_page=2&page=2").await;
    assert_eq!((second.ids().len(), second.link), (1, None));
    // Not stated to be case-insensitive.
    assert_eq!(get("/candidates?email=ada%2B1@example.org").await.ids(), [0; 0]);
    assert_eq!(get("/candidates?created_after=2020-01-01T00:00:00Z&created_before=2020-01-02T00:00:00Z").await.ids(), [0; 0]);
    assert_eq!(get("/candidates?updated_after=2020-01-01T00:00:00Z").await.ids().len(), 3);
    assert_eq!(get("/users?email=recruiter@example.org").await.ids(), [92121]);
    assert_eq!(get("/jobs?status=closed").await.ids(), [4097, 4098, 4099]);
    assert_eq!(get("/schools").await.ids(), [459, 460, 461, 462]);
    insta::assert_snapshot!(get("/candidates?per_page=501").await, @r#"422 {"message":"Validation error","errors":[{"message":"must be from 1 to 500","field":"per_page"}]}"#);
    assert_eq!(get("/candidates?page=0").await.status, 422);
    assert_eq!(get("/candidates?created_after=soon").await.status, 422);
    assert_eq!(get("/candidates/5").await.status, 404);
}

#[tokio::test]
async fn a_merge() {
    let desk = Desk::open().await;
    let [first, second] =
        [desk.v1("POST", "/candidates", Some(bo())).await.id("/id"), desk.v1("POST", "/candidates", Some(bo())).await.id("/id")];
    let itself = desk.v1("PUT", "/candidates/merge", Some(json!({"primary_candidate_id": first, "duplicate_candidate_id": first}))).await;
    assert_eq!(itself.status, 422);
    let merged = desk.v1("PUT", "/candidates/merge", Some(json!({"primary_candidate_id": first, "duplicate_candidate_id": second}))).await;
    assert_eq!((merged.status, merged.body["application_ids"].as_array().unwrap().len()), (200, 4));
    assert_eq!(desk.v1("GET", &format!("/candidates/{second}"), None).await.status, 404);
    let again = desk.v1("PUT", "/candidates/merge", Some(json!({"primary_candidate_id": first, "duplicate_candidate_id": second}))).await;
    assert_eq!(again.status, 404);
}

#[tokio::test]
async fn what_a_list_hides_is_still_there_by_id() {
    let desk = Desk::new(Settings { hide_private: true, ..Settings::default() }).await;
    let id = desk.v1("POST", "/candidates", Some(with(bo(), json!({"is_private": true})))).await.id("/id");
    assert_eq!(desk.v1("GET", "/candidates", None).await.ids(), [0; 0]);
    assert_eq!(desk.v1("GET", &format!("/candidates/{id}"), None).await.status, 200);
}

#[tokio::test]
async fn who_may_call() {
    let desk = Desk::open().await;
    let url = format!("{}/v1/candidates", desk.sandbox.greenhouse_url());
    let post = |user: &str| desk.http.post(&url).header("On-Behalf-Of", user).json(&bo());
    insta::assert_snapshot!(desk.send(post("92120").basic_auth("wrong", Some(""))).await.unwrap(), @r#"401 {"message":"Invalid Basic Auth credentials"}"#);
    assert_eq!(desk.send(post("92120").basic_auth(V1_API_KEY, Some("x"))).await.unwrap().status, 401);
    insta::assert_snapshot!(desk.send(post("5").basic_auth(V1_API_KEY, Some(""))).await.unwrap(), @r#"404 {"message":"Resource not found"}"#);
    insta::assert_snapshot!(desk.send(desk.http.post(&url).basic_auth(V1_API_KEY, Some("")).json(&bo())).await.unwrap(), @r#"422 {"message":"Validation error","errors":[{"message":"is missing: send a user id as this header","field":"On-Behalf-Of"}]}"#);
    assert_eq!(desk.send(post("92120").header("X-API-KEY", V1_HEADER_KEY)).await.unwrap().status, 201);
    assert_eq!(desk.send(post("92120").header("X-API-KEY", "wrong")).await.unwrap().status, 401);
    assert_eq!(desk.send(post("92120").header("Authorization", format!("OAuth {ACCESS_TOKEN}"))).await.unwrap().status, 201);
}
