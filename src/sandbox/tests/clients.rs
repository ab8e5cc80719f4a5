//! What public v3 clients say beyond the reference.

use super::*;

async fn desk() -> Desk {
    Desk::new(Settings { as_clients_say: true, ..Settings::default() }).await
}

#[tokio::test]
async fn words_differ_between_writing_and_reading() {
    let desk = desk().await;
    let made = desk.post("/candidates", with(ada(), json!({"application": {"job_id": 4001}}))).await;
    assert_eq!(made.body["application"]["status"], "in_process");
    assert_eq!(desk.get("/applications?status=active").await.body[0]["status"], "in_process");
    for (written, read) in [("public", "publicly_visible"), ("private", "privately_visible"), ("admin_only", "admin_only_visible")] {
        let note = json!({"candidate_id": made.id("/candidate/id"), "note_type": "NOTE", "body": "Hello.", "visibility": written, "user_id": 92121});
        let told = desk.post("/notes", note).await;
        assert_eq!((&told.body["visibility"], &told.body["type"], &told.body["user_id"]), (&json!(read), &json!("NOTE"), &json!(92121)));
    }
}

#[tokio::test]
async fn keys_that_a_body_does_not_have_are_refused() {
    let desk = desk().await;
    insta::assert_snapshot!(desk.post("/candidates", with(ada(), json!({"resume": "x"}))).await, @r#"422 {"message":"Validation error","errors":[{"message":"is a disallowed additional property","field":"resume"}]}"#);
    insta::assert_snapshot!(desk.post("/notes", json!({"candidate_id": 1, "body": "Hello."})).await, @r#"422 {"message":"Validation error","errors":["note_type is missing","visibility is missing"]}"#);
    insta::assert_snapshot!(desk.post("/applications", json!({"candidate_id": 1, "job_id": 4001, "attachments": []})).await, @r#"422 {"message":"Validation error","errors":[{"message":"is a disallowed additional property","field":"attachments"}]}"#);
    assert_eq!(desk.v3("PATCH", "/candidates/1", Some(json!({"application": {}}))).await.status, 422);
    // The reference says that Harvest ignores them.
    assert_eq!(Desk::open().await.post("/candidates", with(ada(), json!({"resume": "x"}))).await.status, 201);
}

#[tokio::test]
async fn the_service_user_is_in_no_list() {
    assert_eq!(desk().await.get("/users?ids=92100,92120").await.ids(), [92120]);
    assert_eq!(Desk::open().await.get("/users?ids=92100,92120").await.ids(), [92120, 92100]);
}
