//! What people in Greenhouse do meanwhile, and what the sandbox tells of all that happened.

use super::*;

/// `id: name, applications` of everybody, one a line.
fn everybody(desk: &Desk) -> String {
    let state = desk.sandbox.state();
    let line = |candidate: &Value| {
        let (by, applications) = (&candidate["made_by"]["line"], candidate["applications"].as_array().unwrap().len());
        format!("{} {} {applications} by {}", candidate["id"], candidate["first_name"].as_str().unwrap(), by.as_str().unwrap())
    };
    state["candidates"].as_array().unwrap().iter().map(line).collect::<Vec<_>>().join("\n")
}

async fn applied(desk: &Desk) -> Told {
    desk.post("/candidates", with(ada(), json!({"application": {"job_id": 4001}}))).await
}

#[tokio::test]
async fn somebody_is_added_merged_or_deleted_by_hand() {
    let desk = Desk::open().await;
    applied(&desk).await;
    let ask = async |body: Value| desk.control("POST", "/recruiter", Some(body)).await.to_string();
    assert_eq!(ask(json!({"does": "adds"})).await, r#"200 {"id":57000002}"#);
    insta::assert_snapshot!(everybody(&desk), @"
    57000001 Ada 1 by POST /v3/candidates
    57000002 Ada 0 by recruiter
    ");
    assert_eq!(ask(json!({"does": "merges", "candidate": 57_000_001, "into": 57_000_002})).await, r#"200 {"id":57000002}"#);
    insta::assert_snapshot!(everybody(&desk), @"57000002 Ada 1 by recruiter");
    assert_eq!(
        ask(json!({"does": "merges", "candidate": 57_000_002, "into": 57_000_002})).await,
        r#"404 {"message":"Resource not found"}"#
    );
    assert_eq!(ask(json!({"does": "merges"})).await, r#"200 {"id":57000003}"#);
    insta::assert_snapshot!(everybody(&desk), @"57000003 Ada 1 by recruiter");
    assert_eq!(ask(json!({"does": "deletes"})).await, r#"200 {"id":57000003}"#);
    assert_eq!(
        (everybody(&desk), ask(json!({"does": "deletes"})).await),
        (String::new(), r#"404 {"message":"Resource not found"}"#.into())
    );
    assert_eq!(ask(json!({"does": "adds"})).await, r#"200 {"id":57000004}"#);
    assert_eq!(desk.control("POST", "/recruiter", Some(json!({"does": "hires"}))).await.status, 400);
}

#[tokio::test]
async fn or_after_so_many_writes() {
    for (fault, told) in [
        (
            "recruiter-adds,skip=1",
            "57000001 Ada 1 by POST /v3/candidates\n57000002 Ada 1 by POST /v3/candidates\n57000003 Ada 0 by recruiter",
        ),
        ("recruiter-merges,skip=1", "57000001 Ada 1 by POST /v3/candidates\n57000003 Ada 1 by recruiter"),
        ("recruiter-deletes,skip=1", "57000001 Ada 1 by POST /v3/candidates"),
    ] {
        let desk = Desk::wrong(fault).await;
        applied(&desk).await;
        desk.get("/candidates").await;
        assert_eq!((desk.made(), applied(&desk).await.status), (1, 201));
        assert_eq!(everybody(&desk), told);
    }
}

#[tokio::test]
async fn the_state_tells_which_request_made_what() {
    let desk = Desk::open().await;
    let made = applied(&desk).await;
    desk.get("/sources").await;
    desk.post("/notes", json!({"candidate_id": made.id("/candidate/id"), "note_type": "NOTE", "body": "Hello.", "visibility": "private"}))
        .await;
    let state = desk.control("GET", "/state", None).await;
    let of = |pointer: &str| state.body.pointer(&format!("/candidates/0{pointer}/made_by")).unwrap().to_string();
    insta::assert_snapshot!([of(""), of("/applications/0"), of("/notes/0")].join("\n"), @r#"
    {"request":1,"line":"POST /v3/candidates"}
    {"request":1,"line":"POST /v3/candidates"}
    {"request":3,"line":"POST /v3/notes"}
    "#);
    let requests = desk.sandbox.requests();
    let numbers: Vec<u64> = requests.as_array().unwrap().iter().map(|request| request["number"].as_u64().unwrap()).collect();
    assert_eq!(numbers, [1, 2, 3]);
}

#[tokio::test]
async fn calls_are_counted() {
    let desk = Desk::new(Settings { rate_limit_v3: 3, rate_window_v3: Duration::from_secs(60), ..Settings::default() }).await;
    desk.sandbox.misbehave("lost-answer,on=POST /v3/candidates".parse().unwrap()).unwrap();
    drop(desk.create().await);
    desk.get("/candidates?ids=57000001").await;
    desk.v3("PATCH", "/candidates/57000001", Some(json!({"title": "Engineer"}))).await;
    desk.v3("PATCH", "/candidates/57000001", Some(json!({"title": "Engineer"}))).await;
    let told = desk.control("GET", "/counts", None).await;
    insta::assert_snapshot!(told.text, @r#"{"answered":4,"too_many":1,"calls":{"greenhouse GET /v3/candidates":{"200":1},"greenhouse PATCH /v3/candidates/*":{"200":1,"429":1},"greenhouse POST /v3/candidates":{"lost":1}},"received":4,"drawn":{},"windows":{"v3":{"limit":3,"window_ms":60000,"windows":[{"credential":"access token","closed_at":"[moment]","used":3,"refused":1}]},"v1":{"limit":1000000,"window_ms":10000,"windows":[]},"token":{"limit":1000000,"window_ms":60000,"windows":[]}}}"#);
}
