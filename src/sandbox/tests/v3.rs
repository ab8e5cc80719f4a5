use super::*;

#[tokio::test]
async fn a_candidate_with_its_application() {
    let desk = Desk::open().await;
    let body = with(
        ada(),
        json!({
            "is_private": true, "tags": ["hrflow"], "custom_fields": [{"name_key": "level", "value": "senior"}, {"custom_field_id": 10, "value": 7}],
            "application": {"job_id": 4012, "source_id": 2001, "recruiter_id": 92121},
        }),
    );
    insta::assert_snapshot!("v3_candidate", desk.post("/candidates", body).await.pretty());
    let alone = desk.post("/candidates", ada()).await;
    assert_eq!((alone.status, &alone.body["application"]), (201, &Value::Null));
}

#[tokio::test]
async fn a_prospect_has_no_job_id() {
    let desk = Desk::open().await;
    let body = with(ada(), json!({"application": {"prospect": true, "job_ids": [4001, 4002], "prospect_owner_id": 92121}}));
    insta::assert_snapshot!(desk.post("/candidates", body).await.body["application"], @r#"{"id":69000001,"candidate_id":57000001,"job_id":null,"prospect":true,"source_id":null,"recruiter_id":null,"coordinator_id":null,"referrer_id":null,"status":"in_process","prospective_job_ids":[4001,4002],"stage_id":null,"stage_name":null,"agency_note_id":null,"job_post_id":null,"needs_decision":false,"rejected_at":null,"last_activity_at":"[moment]","location_address":null,"answers":[],"custom_fields":{},"created_at":"[moment]","updated_at":"[moment]"}"#);
}

#[tokio::test]
async fn the_same_person_twice_is_two_candidates() {
    let desk = Desk::open().await;
    desk.post("/candidates", ada()).await;
    desk.post("/candidates", ada()).await;
    assert_eq!(desk.get("/candidates").await.ids(), [57_000_002, 57_000_001]);
}

#[tokio::test]
async fn what_a_create_refuses() {
    let desk = Desk::open().await;
    let post = async |members: Value| desk.post("/candidates", with(ada(), members)).await.to_string();
    insta::assert_snapshot!(desk.post("/candidates", json!({})).await, @r#"422 {"message":"Unprocessable Content","errors":["first_name is missing","last_name is missing"]}"#);
    insta::assert_snapshot!(post(json!({"first_name": "", "title": 7, "tags": [""]})).await, @r#"422 {"message":"Unprocessable Content","errors":["first_name can't be blank",{"title":"must be a string"},"tags[0] can't be blank"]}"#);
    insta::assert_snapshot!(post(json!({"phone_numbers": [{"value": "1", "type": "fax"}, {"value": null, "type": "home"}]})).await, @r#"422 {"message":"Unprocessable Content","errors":[{"phone_numbers[0].type":"Must be one of: home, work, mobile, skype, other"},{"phone_numbers[1].value":"must be a string"}]}"#);
    insta::assert_snapshot!(post(json!({"application": {"job_id": 7}})).await, @r#"422 {"message":"Unprocessable Content","errors":[{"application.job_id":"is not a job"}]}"#);
    insta::assert_snapshot!(post(json!({"application": {"job_id": 4099}})).await, @r#"422 {"message":"Unprocessable Content","errors":[{"application.job_id":"is a closed job"}]}"#);
    insta::assert_snapshot!(post(json!({"application": {"job_id": 4001, "prospect": true}})).await, @r#"422 {"message":"Unprocessable Content","errors":[{"application.job_id":"is a disallowed additional property"}]}"#);
    insta::assert_snapshot!(post(json!({"application": {}})).await, @r#"422 {"message":"Unprocessable Content","errors":["application.job_id is missing"]}"#);
    insta::assert_snapshot!(post(json!({"application": [{"job_id": 4001}, {"job_id": 4002}]})).await, @r#"422 {"message":"Unprocessable Content","errors":[{"application":"must be one object"}]}"#);
    insta::assert_snapshot!(post(json!({"applications": [{"job_id": 4001}, {"job_id": 4002}]})).await, @r#"422 {"message":"Unprocessable Content","errors":[{"applications":"is a disallowed additional property"}]}"#);
    insta::assert_snapshot!(post(json!({"application": {"job_id": 4001, "source_id": 5, "coordinator_id": 5}})).await, @r#"422 {"message":"Unprocessable Content","errors":[{"application.source_id":"is not a source"},{"application.coordinator_id":"is not a user"}]}"#);
    insta::assert_snapshot!(post(json!({"custom_fields": [{"name_key": "level", "value": "Senior"}]})).await, @r#"422 {"message":"Unprocessable Content","errors":[{"custom_fields[0]":"level: value does not fit a single_select field"}]}"#);
    assert_eq!(desk.sandbox.state(), json!({"candidates": []}));
    let text = desk.v3_request("POST", "/candidates", None).header("Content-Type", "text/plain").body(ada().to_string());
    insta::assert_snapshot!(desk.send(text).await.unwrap(), @r#"400 {"message":"The request body must be a JSON object, sent as application/json"}"#);
}

#[tokio::test]
async fn a_patch_replaces_arrays_and_leaves_the_rest() {
    let desk = Desk::open().await;
    let made = desk
        .post(
            "/candidates",
            with(ada(), json!({"company": "Acme", "tags": ["a", "b"], "custom_fields": [{"name_key": "level", "value": "senior"}]})),
        )
        .await;
    let path = format!("/candidates/{}", made.id("/candidate/id"));
    let told = desk
        .v3(
            "PATCH",
            &path,
            Some(json!({"tags": ["c"], "email_addresses": [], "custom_fields": [{"name_key": "years_of_experience", "value": 3}]})),
        )
        .await;
    let shown = json!([
        told.body["company"],
        told.body["tags"],
        told.body["email_addresses"],
        told.body["custom_fields"]["level"]["value"],
        told.body["custom_fields"]["years_of_experience"]["value"]
    ]);
    insta::assert_snapshot!(shown, @r#"["Acme",["c"],[],null,3]"#);
    insta::assert_snapshot!(desk.v3("PATCH", &path, Some(json!({"first_name": " "}))).await, @r#"422 {"message":"Unprocessable Content","errors":["first_name can't be blank"]}"#);
    insta::assert_snapshot!(desk.v3("PATCH", "/candidates/5", Some(json!({}))).await, @r#"404 {"message":"Resource not found"}"#);
}

#[tokio::test]
async fn a_look_up_knows_todays_email() {
    let desk = Desk::open().await;
    let id = desk.sandbox.plant(&ada()).unwrap();
    desk.v3("PATCH", &format!("/candidates/{id}"), Some(json!({"email_addresses": [{"value": "new@example.org", "type": "work"}]}))).await;
    assert_eq!(desk.get("/candidates?email=New@example.org").await.ids(), [id]);
    assert_eq!(desk.get("/candidates?email=ada%2B1@example.org").await.ids(), [0; 0]);
    insta::assert_snapshot!(desk.sandbox.plant(&json!({"first_name": "Bo"})).unwrap_err(), @"last_name is missing");
}

#[tokio::test]
async fn a_second_application() {
    let desk = Desk::open().await;
    let id = desk.post("/candidates", ada()).await.id("/candidate/id");
    insta::assert_snapshot!(desk.post("/applications", json!({"candidate_id": id, "job_id": 4001, "referrer_id": 7002})).await, @r#"201 {"id":69000001,"candidate_id":57000001,"job_id":4001,"prospect":false,"source_id":null,"recruiter_id":null,"coordinator_id":null,"referrer_id":7002,"status":"in_process","prospective_job_ids":[],"stage_id":74000001,"stage_name":"Application Review","agency_note_id":null,"job_post_id":null,"needs_decision":false,"rejected_at":null,"last_activity_at":"[moment]","location_address":null,"answers":[],"custom_fields":{},"created_at":"[moment]","updated_at":"[moment]"}"#);
    insta::assert_snapshot!(desk.post("/applications", json!({"candidate_id": id})).await, @r#"422 {"message":"Unprocessable Content","errors":["job_id is missing"]}"#);
    insta::assert_snapshot!(desk.post("/applications", json!({"candidate_id": 5, "job_id": 4001})).await, @r#"422 {"message":"Unprocessable Content","errors":[{"candidate_id":"is not a candidate"}]}"#);
    insta::assert_snapshot!(desk.post("/applications", json!({"candidate_id": id, "job_id": 4001, "prospect": true})).await, @r#"422 {"message":"Unprocessable Content","errors":[{"job_id":"is a disallowed additional property"}]}"#);
}

#[tokio::test]
async fn a_new_resume_takes_the_place_of_the_applications_earlier_one() {
    let desk = Desk::open().await;
    let made = desk.post("/candidates", with(ada(), json!({"application": {"job_id": 4001}}))).await;
    let other = desk.post("/applications", json!({"candidate_id": made.id("/candidate/id"), "job_id": 4002})).await;
    let resume = |application: u64, name: &str| json!({"application_id": application, "filename": name, "type": "resume", "content": STANDARD.encode("CV")});
    insta::assert_snapshot!(desk.post("/attachments", resume(made.id("/application/id"), "old.pdf")).await, @r#"201 {"id":81000001,"candidate_id":57000001,"application_id":69000001,"filename":"old.pdf","type":"resume","url":"[greenhouse]/attachments/81000001","created_at":"[moment]","updated_at":"[moment]"}"#);
    desk.post("/attachments", resume(other.id("/id"), "other.pdf")).await;
    desk.post("/attachments", resume(made.id("/application/id"), "new.pdf")).await;
    let state = desk.sandbox.state();
    let kept: Vec<_> = state["candidates"][0]["attachments"].as_array().unwrap().iter().map(|a| a["filename"].as_str().unwrap()).collect();
    assert_eq!(kept, ["other.pdf", "new.pdf"]);
    assert_eq!(state["candidates"][0]["attachments"][0]["size"], 2);
    assert_eq!(desk.get(&format!("/attachments?application_ids={}", other.id("/id"))).await.body[0]["filename"], "other.pdf");
}

#[tokio::test]
async fn what_an_attachment_refuses() {
    let desk = Desk::open().await;
    let application = desk.post("/candidates", with(ada(), json!({"application": {"job_id": 4001}}))).await.id("/application/id");
    let right = json!({"application_id": application, "filename": "cv.pdf", "type": "resume", "url": "https://example.org/cv.pdf"});
    let post = async |members: Value| desk.post("/attachments", with(right.clone(), members)).await.to_string();
    insta::assert_snapshot!(post(json!({"application_id": 5})).await, @r#"422 {"message":"Unprocessable Content","errors":[{"application_id":"is not an application"}]}"#);
    insta::assert_snapshot!(post(json!({"content": "YQ=="})).await, @r#"422 {"message":"Unprocessable Content","errors":[{"content":"send only one of content and url"}]}"#);
    insta::assert_snapshot!(post(json!({"type": "original", "visibility": "secret"})).await, @r#"422 {"message":"Unprocessable Content","errors":[{"type":"Must be one of: resume, cover_letter, other, take_home_test, offer_packet, offer_letter, signed_offer_letter, form_attachment, midfunnel_agreement, automated_agreement"},{"visibility":"Must be one of: admin_only, private, public"}]}"#);
    insta::assert_snapshot!(desk.post("/attachments", json!({"candidate_id": 57_000_001})).await, @r#"422 {"message":"Unprocessable Content","errors":["application_id is missing","filename is missing","type is missing",{"candidate_id":"is a disallowed additional property"},"content is missing, and so is url: send one of them"]}"#);
    insta::assert_snapshot!(desk.post("/attachments", json!({"application_id": application, "filename": "cv.pdf", "type": "resume", "content": "%"})).await, @r#"422 {"message":"Unprocessable Content","errors":[{"content":"must be base64"}]}"#);
}

#[tokio::test]
async fn educations_employments_and_notes() {
    let desk = Desk::open().await;
    let id = desk.post("/candidates", ada()).await.id("/candidate/id");
    let education = json!({"candidate_id": id, "school_name_custom_field_option_id": 459, "start_date_year": 2010, "start_date_month": 9, "end_date": "2014-06-01"});
    insta::assert_snapshot!(desk.post("/candidate_educations", education).await, @r#"201 {"id":91000001,"candidate_id":57000001,"school_name_custom_field_option_id":459,"degree_custom_field_option_id":null,"discipline_custom_field_option_id":null,"start_at":"2010-09-01T00:00:00.000Z","end_at":"2014-06-01T00:00:00.000Z","latest":false,"start_date_month":9,"start_date_year":2010,"end_date_month":6,"end_date_year":2014,"created_at":"[moment]","updated_at":"[moment]"}"#);
    insta::assert_snapshot!(desk.post("/candidate_educations", json!({"candidate_id": id, "degree_custom_field_option_id": 459, "start_date_year": 1899})).await, @r#"422 {"message":"Unprocessable Content","errors":[{"start_date_year":"must be a year from 1900 to 2100"},{"degree_custom_field_option_id":"is not an option of its list"}]}"#);
    insta::assert_snapshot!(desk.post("/candidate_educations", json!({"candidate_id": id, "degree_custom_field_option_id": 459})).await, @r#"422 {"message":"Unprocessable Content","errors":[{"degree_custom_field_option_id":"is not an option of its list"}]}"#);
    insta::assert_snapshot!(desk.post("/candidate_employments", json!({"candidate_id": id, "company_name": "Acme", "title": "Engineer", "start_date": "2014-08-03"})).await, @r#"201 {"id":85000001,"candidate_id":57000001,"company_name":"Acme","title":"Engineer","start_date":"2014-08-03","end_date":null,"latest":false,"created_at":"[moment]","updated_at":"[moment]"}"#);
    insta::assert_snapshot!(desk.post("/candidate_employments", json!({"candidate_id": 5, "start_date": "2014-08"})).await, @r#"422 {"message":"Unprocessable Content","errors":["company_name is missing","title is missing",{"start_date":"must be a date (YYYY-MM-DD)"},{"candidate_id":"is not a candidate"}]}"#);
    insta::assert_snapshot!(desk.post("/notes", json!({"candidate_id": id, "note_type": "NOTE", "body": "Hello.", "visibility": "public"})).await, @r#"201 {"id":95000001,"candidate_id":57000001,"application_id":null,"user_id":92100,"body":"Hello.","type":"NOTE","visibility":"publicly_visible","subject":null,"email_from":null,"email_to":null,"email_cc":null,"import_hash":null,"body_with_tags":"Hello.","email_attachment_file_names":null,"created_at":"[moment]","updated_at":"[moment]"}"#);
    insta::assert_snapshot!(desk.post("/notes", json!({"candidate_id": id, "note_type": "EMAIL", "body": ""})).await, @r#"422 {"message":"Unprocessable Content","errors":["body can't be blank",{"note_type":"Must be one of: NOTE"},"visibility is missing"]}"#);
    for list in ["candidate_educations", "candidate_employments", "notes"] {
        assert_eq!(desk.get(&format!("/{list}?candidate_ids={id}")).await.ids().len(), 1, "{list}");
        assert_eq!(desk.get(&format!("/{list}?candidate_ids=5")).await.ids().len(), 0, "{list}");
    }
}

#[tokio::test]
async fn a_merge_moves_the_children_and_deletes_the_secondary() {
    let desk = Desk::open().await;
    let [first, second] =
        [desk.post("/candidates", ada()).await, desk.post("/candidates", with(ada(), json!({"application": {"job_id": 4001}}))).await];
    let path = format!("/candidates/{}/merge", first.id("/candidate/id"));
    insta::assert_snapshot!(desk.v3("POST", &path, Some(json!({"secondary_candidate_id": first.id("/candidate/id")}))).await, @r#"422 {"message":"Unprocessable Content","errors":[{"secondary_candidate_id":"must be another candidate"}]}"#);
    insta::assert_snapshot!(desk.v3("POST", &path, Some(json!({"secondary_candidate_id": 5}))).await, @r#"422 {"message":"Unprocessable Content","errors":[{"secondary_candidate_id":"is not a candidate"}]}"#);
    assert_eq!(desk.v3("POST", &path, Some(json!({"secondary_candidate_id": second.id("/candidate/id")}))).await.status, 200);
    assert_eq!(desk.get("/candidates").await.ids(), [first.id("/candidate/id")]);
    let moved = desk.get(&format!("/applications?ids={}", second.id("/application/id"))).await;
    assert_eq!(moved.id("/0/candidate_id"), first.id("/candidate/id"));
}

#[tokio::test]
async fn look_ups() {
    let desk = Desk::open().await;
    let before = call::moment(call::now());
    desk.post("/candidates", with(ada(), json!({"application": {"job_id": 4001}}))).await;
    desk.post("/candidates", json!({"first_name": "Bo", "last_name": "Example"})).await;
    assert_eq!(desk.get("/candidates?email=ADA%2B1@EXAMPLE.ORG").await.ids(), [57_000_001]);
    assert_eq!(desk.get("/candidates?email=ada").await.ids(), [0; 0]);
    // A bare `+` is a blank.
    assert_eq!(desk.get("/candidates?email=Ada+1@example.org").await.ids(), [0; 0]);
    assert_eq!(desk.get("/candidates?ids=57000002,5").await.ids(), [57_000_002]);
    assert_eq!(desk.get("/applications?candidate_ids=57000002").await.ids(), [0; 0]);
    assert_eq!(desk.get(&format!("/candidates?created_at=gte%7C{before}")).await.ids().len(), 2);
    assert_eq!(desk.get(&format!("/candidates?created_at=lt%7C{before}")).await.ids().len(), 0);
    let many = (1..=51).map(|n| n.to_string()).collect::<Vec<_>>().join(",");
    insta::assert_snapshot!(desk.get(&format!("/candidates?ids={many}")).await, @r#"422 {"message":"Unprocessable Content","errors":[{"ids":"must be at most 50 ids, with commas between"}]}"#);
    insta::assert_snapshot!(desk.get("/candidates?created_at=2026-01-01").await, @r#"422 {"message":"Unprocessable Content","errors":[{"created_at":"must be gte, gt, lte or lt, `|` and a moment"}]}"#);
    insta::assert_snapshot!(desk.get("/candidates/57000001").await, @r#"404 {"message":"Resource not found"}"#);
    insta::assert_snapshot!(desk.get("/users?primary_email=admin@example.org").await, @r#"200 [{"id":92120,"first_name":"Greenhouse","last_name":"Admin","name":"Greenhouse Admin","primary_email":"admin@example.org","emails":["admin@example.org"],"employee_id":null,"site_admin":true,"deactivated":false,"job_title":null,"agency_id":null,"linked_candidate_ids":[],"office_ids":[],"department_ids":[],"interviewer_tags":[],"custom_fields":{},"created_at":"[moment]","updated_at":"[moment]"}]"#);
    insta::assert_snapshot!(desk.get("/jobs?status=closed").await, @r#"200 [{"id":4099,"name":"Switchboard Operator","requisition_id":"4099","confidential":false,"status":"closed","opened_at":"[moment]","closed_at":"[moment]","department_id":null,"office_ids":[],"is_template":false,"copied_from_id":null,"notes":null,"custom_fields":{},"created_at":"[moment]","updated_at":"[moment]"},{"id":4098,"name":"Night Porter","requisition_id":"4098","confidential":false,"status":"closed","opened_at":"[moment]","closed_at":"[moment]","department_id":null,"office_ids":[],"is_template":false,"copied_from_id":null,"notes":null,"custom_fields":{},"created_at":"[moment]","updated_at":"[moment]"},{"id":4097,"name":"Recruiter","requisition_id":"4097","confidential":false,"status":"closed","opened_at":"[moment]","closed_at":"[moment]","department_id":null,"office_ids":[],"is_template":false,"copied_from_id":null,"notes":null,"custom_fields":{},"created_at":"[moment]","updated_at":"[moment]"}]"#);
    insta::assert_snapshot!(desk.get("/custom_field_options?custom_field_key=degree&per_page=2").await, @r#"200 [{"id":1233,"custom_field_id":22,"name":"High School","sort_order":3,"active":true,"external_id":null,"created_at":"[moment]","updated_at":"[moment]"},{"id":1232,"custom_field_id":22,"name":"Doctor of Philosophy (Ph.D.)","sort_order":2,"active":true,"external_id":null,"created_at":"[moment]","updated_at":"[moment]"}]"#);
}

#[tokio::test]
async fn a_following_page_takes_its_cursor_and_nothing_else() {
    let desk = Desk::open().await;
    for _ in 0..3 {
        desk.post("/candidates", ada()).await;
    }
    let first = desk.get("/candidates?per_page=2&email=ada%2B1@example.org").await;
    assert_eq!(first.ids(), [57_000_003, 57_000_002]);
    let link = first.link.unwrap();
    let next = link.strip_prefix('<').unwrap().strip_suffix(">; rel=\"next\"").unwrap();
    let query = next.split_once('?').unwrap().1;
    assert!(query.starts_with("cursor=") && !query.contains('&'));
    let second = desk.send(desk.http.get(next).bearer_auth(ACCESS_TOKEN)).await.unwrap();
    assert_eq!((second.ids(), second.link), (vec![57_000_001], None));
    insta::assert_snapshot!(desk.get(&format!("/candidates?{query}&per_page=2")).await, @r#"422 {"message":"Unprocessable Content","errors":["When passing a cursor, do not include other query params."]}"#);
    insta::assert_snapshot!(desk.get(&format!("/applications?{query}")).await, @r#"422 {"message":"Unprocessable Content","errors":[{"cursor":"is not a cursor of this list"}]}"#);
    insta::assert_snapshot!(desk.get("/candidates?per_page=501").await, @r#"422 {"message":"Unprocessable Content","errors":[{"per_page":"must be from 1 to 500"}]}"#);
    insta::assert_snapshot!(desk.get("/candidates?per_page=0").await, @r#"422 {"message":"Unprocessable Content","errors":[{"per_page":"must be from 1 to 500"}]}"#);
}

#[tokio::test]
async fn who_is_no_site_admin_creates_but_sees_no_list() {
    for (lists, told) in [(Lists::Forbidden, 403), (Lists::Empty, 200)] {
        let desk = Desk::new(Settings { lists_without_site_admin: lists, ..Settings::default() }).await;
        let token = desk.token(NOT_SITE_ADMIN).await;
        let url = format!("{}/v3/candidates", desk.sandbox.greenhouse_url());
        assert_eq!(desk.send(desk.http.post(&url).bearer_auth(&token).json(&ada())).await.unwrap().status, 201);
        let list = desk.send(desk.http.get(&url).bearer_auth(&token)).await.unwrap();
        assert_eq!(list.status, told);
        assert!(list.body == json!([]) || list.body.get("message").is_some());
        let admin = desk.token(SITE_ADMIN).await;
        assert_eq!(desk.send(desk.http.get(&url).bearer_auth(&admin)).await.unwrap().ids().len(), 1);
    }
    let desk = Desk::new(Settings { site_admin: false, ..Settings::default() }).await;
    insta::assert_snapshot!(desk.get("/users").await, @r#"403 {"message":"You do not have permission to access this resource"}"#);
}

#[tokio::test]
async fn private_candidates_can_be_hidden() {
    let desk = Desk::new(Settings { hide_private: true, ..Settings::default() }).await;
    desk.post("/candidates", with(ada(), json!({"is_private": true}))).await;
    desk.post("/candidates", ada()).await;
    assert_eq!(desk.get("/candidates").await.ids(), [57_000_002]);
}

#[tokio::test]
async fn a_wrong_token_is_refused() {
    let desk = Desk::open().await;
    let url = format!("{}/v3/candidates", desk.sandbox.greenhouse_url());
    insta::assert_snapshot!(desk.send(desk.http.post(&url).bearer_auth("x").json(&ada())).await.unwrap(), @r#"401 {"message":"Unauthorized","errors":["The access token is not valid."]}"#);
    insta::assert_snapshot!(desk.send(desk.http.post(&url).basic_auth(V1_API_KEY, Some("")).json(&ada())).await.unwrap(), @r#"401 {"message":"Unauthorized","errors":["The access token is not valid."]}"#);
    insta::assert_snapshot!(desk.send(desk.http.post(&url).json(&ada())).await.unwrap(), @r#"401 {"message":"Unauthorized","errors":["The access token is not valid."]}"#);
}
