//! Candidates changed, merged, deleted; prospects: v3 and v1 side by side.

use super::*;

async fn senior(desk: &Desk) -> u64 {
    let fields = json!([{"name_key": "level", "value": "senior"}, {"name_key": "years_of_experience", "value": 7}]);
    desk.sandbox.plant(&with(ada(), json!({"company": "Acme", "tags": ["a"], "custom_fields": fields}))).unwrap()
}

/// Source: "PATCH /candidates/{id}: the person fields; arrays replace what is there, custom_fields too" (v3); "An empty contact or tag array
/// clears what is there" (v1, whose custom fields stay where they are not named).
#[tokio::test]
async fn a_patch_in_both_apis() {
    for (api, level) in [("v3", Value::Null), ("v1", json!("senior"))] {
        let desk = Desk::open().await;
        let id = senior(&desk).await;
        let before = desk.sandbox.state()["candidates"][0].clone();
        tokio::time::sleep(Duration::from_millis(2)).await;
        let body = json!({"email_addresses": [], "tags": ["b", "c"], "custom_fields": [{"name_key": "years_of_experience", "value": 8}]});
        let path = format!("/candidates/{id}");
        let told = if api == "v3" { desk.v3("PATCH", &path, Some(body)).await } else { desk.v1("PATCH", &path, Some(body)).await };
        assert_eq!(told.status, 200);
        let after = desk.sandbox.state()["candidates"][0].clone();
        let of = |row: &Value, name: &str| row["custom_fields"][name].clone();
        assert_eq!((&after["email_addresses"], &after["tags"], &after["company"]), (&json!([]), &json!(["b", "c"]), &json!("Acme")));
        assert_eq!((of(&after, "level"), of(&after, "years_of_experience")), (level, json!(8)), "{api}");
        assert!(after["updated_at"].as_str() > before["updated_at"].as_str() && after["created_at"] == before["created_at"]);
    }
}

#[tokio::test]
async fn a_patch_is_judged_as_a_create_is() {
    let desk = Desk::open().await;
    let id = senior(&desk).await;
    let wrong = json!({"last_name": "", "phone_numbers": [{"value": "1", "type": "fax"}], "custom_fields": [{"name_key": "years_of_experience", "value": "7"}, {"name_key": "shoe", "value": 1}]});
    insta::assert_snapshot!(desk.v3("PATCH", &format!("/candidates/{id}"), Some(wrong.clone())).await, @r#"422 {"message":"Unprocessable Content","errors":["last_name can't be blank",{"phone_numbers[0].type":"Must be one of: home, work, mobile, skype, other"},{"custom_fields[0]":"years_of_experience: value does not fit a number field"},{"custom_fields[1]":"must name a custom field by custom_field_id or by name_key"}]}"#);
    insta::assert_snapshot!(desk.v1("PATCH", &format!("/candidates/{id}"), Some(wrong)).await, @r#"422 {"message":"Validation error","errors":[{"message":"can't be blank","field":"last_name"},{"message":"Must be one of: home, work, mobile, skype, other","field":"phone_numbers[0].type"},{"message":"years_of_experience: value does not fit a number field","field":"custom_fields[0]"},{"message":"must name a custom field by id or by name_key","field":"custom_fields[1]"}]}"#);
    assert_eq!(desk.sandbox.state()["candidates"][0]["last_name"], "Example");
    // delete_value is v1's word alone.
    let gone = json!({"custom_fields": [{"name_key": "level", "delete_value": "true"}]});
    assert_eq!(desk.v3("PATCH", &format!("/candidates/{id}"), Some(gone.clone())).await.status, 422);
    assert_eq!(desk.v1("PATCH", &format!("/candidates/{id}"), Some(gone)).await.body[0]["custom_fields"]["level"], Value::Null);
    let recruiter = desk.v1("PATCH", &format!("/candidates/{id}"), Some(json!({"recruiter": {"user_id": 92121}}))).await;
    assert_eq!(recruiter.id("/0/recruiter/id"), 92121);
}

/// Source: "custom fields read as {name, type, value} but are written as {custom_field_id or name_key, value}".
#[tokio::test]
async fn custom_fields_read_otherwise_than_they_are_written() {
    let desk = Desk::open().await;
    let written = json!([{"custom_field_id": 6, "value": 602}, {"custom_field_id": 9, "value": [901, 903]}, {"name_key": "work_remotely", "value": true}]);
    let told = desk.post("/candidates", with(ada(), json!({"custom_fields": written}))).await;
    let fields = &told.body["candidate"]["custom_fields"];
    insta::assert_snapshot!(json!([fields["level"], fields["spoken_languages"], fields["work_remotely"]]), @r#"[{"name":"Level","type":"single_select","value":"senior"},{"name":"Spoken Languages","type":"multi_select","value":["English","German"]},{"name":"Work Remotely","type":"yes_no","value":true}]"#);
    // What was read cannot be written back as it is.
    assert_eq!(desk.v3("PATCH", "/candidates/57000001", Some(json!({"custom_fields": fields}))).await.status, 422);
}

/// Source: "the wrong pair is a 422".
#[tokio::test]
async fn an_application_is_for_a_job_or_a_prospect() {
    let desk = Desk::open().await;
    let id = desk.sandbox.plant(&ada()).unwrap();
    let v3 = async |body: Value| desk.post("/applications", with(json!({"candidate_id": id}), body)).await;
    insta::assert_snapshot!(v3(json!({"job_id": 4001, "job_ids": [4002]})).await, @r#"422 {"message":"Unprocessable Content","errors":[{"job_ids":"is a disallowed additional property"}]}"#);
    insta::assert_snapshot!(v3(json!({"prospect": true, "job_id": 4001})).await, @r#"422 {"message":"Unprocessable Content","errors":[{"job_id":"is a disallowed additional property"}]}"#);
    insta::assert_snapshot!(v3(json!({"prospect": "true"})).await, @r#"422 {"message":"Unprocessable Content","errors":[{"prospect":"must be a boolean"}]}"#);
    insta::assert_snapshot!(v3(json!({"prospect": false, "prospect_pool_id": 25})).await, @r#"422 {"message":"Unprocessable Content","errors":[{"prospect":"is a disallowed additional property"},{"prospect_pool_id":"is a disallowed additional property"},"job_id is missing"]}"#);
    assert_eq!(v3(json!({"prospect": true})).await.status, 201);
    let v1 = async |path: &str, application: Value| desk.v1("POST", path, Some(with(ada(), application))).await;
    insta::assert_snapshot!(v1("/candidates", json!({"applications": [{"prospect": "true", "job_ids": [4001]}]})).await, @r#"422 {"message":"Validation error","errors":[{"message":"is not for a candidate: post to /prospects","field":"applications[0].prospect"}]}"#);
    insta::assert_snapshot!(v1("/prospects", json!({"application": {"job_id": 4001}})).await, @r#"422 {"message":"Validation error","errors":[{"message":"must not be given for a prospect: send job_ids","field":"application.job_id"}]}"#);
    assert_eq!(v1("/prospects", json!({})).await.status, 201);
}

#[tokio::test]
async fn who_is_gone_is_left_out_or_404() {
    for api in ["v3", "v1"] {
        let desk = Desk::open().await;
        let [gone, here] = [desk.sandbox.plant(&ada()).unwrap(), desk.sandbox.plant(&ada()).unwrap()];
        let path = format!("/candidates/{gone}");
        let told = if api == "v3" { desk.v3("DELETE", &path, None).await } else { desk.v1("DELETE", &path, None).await };
        assert_eq!(told.status, if api == "v3" { 204 } else { 200 });
        assert_eq!(desk.get(&format!("/candidates?ids={gone},{here}")).await.ids(), [here]);
        assert_eq!(desk.v1("GET", &path, None).await.status, 404);
        assert_eq!(if api == "v3" { desk.v3("DELETE", &path, None).await } else { desk.v1("DELETE", &path, None).await }.status, 404);
    }
}
