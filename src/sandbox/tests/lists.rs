//! What an organisation has set up, as both APIs list it.

use super::*;

/// Members of each row, one row a line.
fn rows(told: &Told, members: &[&str]) -> String {
    let line = |row: &Value| members.iter().map(|name| row[*name].to_string()).collect::<Vec<_>>().join(" ");
    told.body.as_array().unwrap().iter().map(line).collect::<Vec<_>>().join("\n")
}

/// All pages, by their links alone.
async fn pages(desk: &Desk, first: &str, sign: impl Fn(reqwest::RequestBuilder) -> reqwest::RequestBuilder) -> (usize, usize) {
    let (mut url, mut count, mut all) = (format!("{}{first}", desk.sandbox.greenhouse_url()), 0, 0);
    loop {
        let told = desk.send(sign(desk.http.get(&url))).await.unwrap();
        assert_eq!(told.status, 200, "{told}");
        (count, all) = (count + 1, all + told.ids().len());
        let Some(link) = told.link else { return (count, all) };
        url = link.strip_prefix('<').unwrap().split_once('>').unwrap().0.to_owned();
    }
}

#[tokio::test]
async fn jobs_open_and_closed_and_two_with_one_name() {
    let desk = Desk::open().await;
    let all = rows(&desk.get("/jobs?per_page=500").await, &["id", "status", "name"]);
    assert_eq!(all.matches("Account Executive").count(), 2);
    let recruiter: Vec<&str> = all.lines().filter(|line| line.contains("Recruiter")).collect();
    assert_eq!(recruiter, [r#"4097 "closed" "Recruiter""#, r#"4017 "open" "Recruiter""#]);
    insta::assert_snapshot!(desk.get("/jobs?ids=4097").await, @r#"200 [{"id":4097,"name":"Recruiter","requisition_id":"4097","confidential":false,"status":"closed","opened_at":"[moment]","closed_at":"[moment]","department_id":null,"office_ids":[],"is_template":false,"copied_from_id":null,"notes":null,"custom_fields":{},"created_at":"[moment]","updated_at":"[moment]"}]"#);
    insta::assert_snapshot!(desk.v1("GET", "/jobs/4097", None).await, @r#"200 {"id":4097,"name":"Recruiter","requisition_id":"4097","notes":null,"confidential":false,"status":"closed","created_at":"[moment]","opened_at":"[moment]","closed_at":"[moment]","updated_at":"[moment]","is_template":false,"departments":[],"offices":[]}"#);
    assert_eq!(desk.v1("GET", "/jobs/5", None).await.status, 404);
    insta::assert_snapshot!(desk.v1("GET", "/jobs?status=shut", None).await, @r#"422 {"message":"Validation error","errors":[{"message":"Must be one of: open, closed, draft","field":"status"}]}"#);
}

#[tokio::test]
async fn users_by_ids_and_by_email() {
    let desk = Desk::open().await;
    insta::assert_snapshot!(desk.get("/users?primary_email=RECRUITER@example.org").await, @r#"200 [{"id":92121,"first_name":"Rita","last_name":"Recruiter","name":"Rita Recruiter","primary_email":"recruiter@example.org","emails":["recruiter@example.org"],"employee_id":null,"site_admin":false,"deactivated":false,"job_title":null,"agency_id":null,"linked_candidate_ids":[],"office_ids":[],"department_ids":[],"interviewer_tags":[],"custom_fields":{},"created_at":"[moment]","updated_at":"[moment]"}]"#);
    insta::assert_snapshot!(rows(&desk.get("/users?ids=92120,92121,92123,5").await, &["id", "primary_email", "site_admin", "deactivated"]), @r#"
    92123 "leaver@example.org" true true
    92121 "recruiter@example.org" false false
    92120 "admin@example.org" true false
    "#);
    assert_eq!(desk.get("/users?deactivated=true").await.ids(), [92123]);
    assert_eq!(desk.get("/users?ids=92100").await.ids(), [0; 0], "service accounts are hidden");
    insta::assert_snapshot!(rows(&desk.get("/users?ids=92100&show_service_accounts=true").await, &["id", "primary_email", "site_admin"]), @r#"92100 "" true"#);
    insta::assert_snapshot!(desk.v1("GET", "/users/92123", None).await, @r#"200 {"id":92123,"name":"Lea Leaver","first_name":"Lea","last_name":"Leaver","primary_email_address":"leaver@example.org","updated_at":"[moment]","created_at":"[moment]","disabled":true,"site_admin":true,"emails":["leaver@example.org"],"employee_id":null,"linked_candidate_ids":[],"offices":[],"departments":[]}"#);
    assert_eq!(desk.v1("GET", "/users/5", None).await.status, 404);
    let gone = [("grant_type", "client_credentials"), ("sub", "92123")];
    let told = desk.send(desk.http.post(desk.sandbox.token_url()).basic_auth(CLIENT_ID, Some(CLIENT_SECRET)).form(&gone)).await.unwrap();
    assert_eq!(told.status, 400, "who is deactivated does not act");
}

#[tokio::test]
async fn custom_fields_of_each_type() {
    let desk = Desk::open().await;
    insta::assert_snapshot!(rows(&desk.get("/custom_fields").await, &["id", "field_type", "value_type", "name_key", "name", "active"]), @r#"
    41 "job" "single_select" "employment_type" "Employment Type" true
    36 "application" "multi_select" "skills" "Skills" true
    35 "application" "date" "start_date" "Start Date" true
    34 "application" "long_text" "why_us" "Why Us" true
    33 "application" "currency" "expected_salary" "Expected Salary" true
    32 "application" "yes_no" "visa_needed" "Visa Needed" true
    31 "application" "single_select" "application_level" "Level" true
    24 "candidate" "rich_text" "cover_note" "Cover Note" true
    23 "standard" "single_select" "discipline" "Discipline" true
    22 "standard" "single_select" "degree" "Degree" true
    21 "standard" "single_select" "school_name" "School Name" true
    20 "candidate" "short_text" "region_1" "Region" true
    19 "candidate" "single_select" "region" "Region" true
    18 "candidate" "short_text" "fax" "Fax" false
    17 "candidate" "user" "sourced_by" "Sourced By" true
    16 "candidate" "url" "portfolio" "Portfolio" true
    15 "candidate" "date" "available_from" "Available From" true
    14 "candidate" "number_range" "weekly_hours" "Weekly Hours" true
    13 "candidate" "currency_range" "salary_range" "Salary Range" true
    12 "candidate" "yes_no" "relocation" "Open to Relocation" true
    11 "candidate" "long_text" "summary" "Summary" true
    10 "candidate" "number" "years_of_experience" "Years of Experience" true
    9 "candidate" "multi_select" "spoken_languages" "Spoken Languages" true
    8 "candidate" "yes_no" "work_remotely" "Work Remotely" true
    7 "candidate" "currency" "desired_salary" "Desired Salary" true
    6 "candidate" "single_select" "level" "Level" true
    5 "candidate" "short_text" "hrflow_key" "HrFlow Key" true
    "#);
    insta::assert_snapshot!(desk.get("/custom_fields?field_type=application&name_key=visa_needed").await, @r#"200 [{"id":32,"name":"Visa Needed","name_key":"visa_needed","field_type":"application","value_type":"yes_no","active":true,"private":false,"required":false,"sort_order":18,"require_approval":false,"trigger_new_version":false,"expose_in_job_board_api":false,"description":null,"internal_type":null,"created_at":"[moment]","updated_at":"[moment]"}]"#);
    let names = rows(&desk.get("/custom_fields?name=region").await, &["name_key"]);
    assert_eq!(names, "\"region_1\"\n\"region\"", "a name alone does not tell which");
    insta::assert_snapshot!(desk.get("/custom_field_options?custom_field_ids=6&per_page=2").await, @r#"200 [{"id":604,"custom_field_id":6,"name":"intern","sort_order":3,"active":false,"external_id":null,"created_at":"[moment]","updated_at":"[moment]"},{"id":603,"custom_field_id":6,"name":"staff","sort_order":2,"active":true,"external_id":null,"created_at":"[moment]","updated_at":"[moment]"}]"#);
    // v1 nests the options, and leaves out what is inactive.
    let v1 = desk.v1("GET", "/custom_fields/candidate", None).await;
    assert!(
        !v1.text.contains("\"fax\"")
            && desk.v1("GET", "/custom_fields/candidate?include_inactive=true", None).await.text.contains("\"fax\"")
    );
    insta::assert_snapshot!(desk.v1("GET", "/custom_field/6", None).await, @r#"200 {"id":6,"name":"Level","active":true,"field_type":"candidate","priority":6,"value_type":"single_select","private":false,"required":false,"require_approval":false,"trigger_new_version":false,"name_key":"level","custom_field_options":[{"id":601,"name":"junior","priority":0,"external_id":null},{"id":602,"name":"senior","priority":1,"external_id":null},{"id":603,"name":"staff","priority":2,"external_id":null},{"id":604,"name":"intern","priority":3,"external_id":null}]}"#);
    insta::assert_snapshot!(rows(&desk.v1("GET", "/custom_field/22/custom_field_options", None).await, &["id", "name"]), @r#"
    1230 "Bachelor's Degree"
    1231 "Master's Degree"
    1232 "Doctor of Philosophy (Ph.D.)"
    1233 "High School"
    "#);
    assert_eq!(desk.v1("GET", "/custom_fields/person", None).await.status, 404);
}

#[tokio::test]
async fn schools_degrees_and_disciplines() {
    let desk = Desk::open().await;
    for (key, path, ids) in [
        ("school_name", "schools", [459, 460, 461, 462]),
        ("degree", "degrees", [1230, 1231, 1232, 1233]),
        ("discipline", "disciplines", [940, 941, 942, 943]),
    ] {
        let mut v3 = desk.get(&format!("/custom_field_options?custom_field_key={key}")).await.ids();
        v3.reverse();
        assert_eq!((v3, desk.v1("GET", &format!("/{path}"), None).await.ids()), (ids.to_vec(), ids.to_vec()), "{key}");
    }
    assert_eq!(desk.get("/custom_field_options?custom_field_key=nothing").await.ids(), [0; 0]);
    insta::assert_snapshot!(desk.v1("GET", "/degrees?per_page=1", None).await, @r#"200 [{"id":1230,"name":"Bachelor's Degree","priority":0,"external_id":null}]"#);
}

#[tokio::test]
async fn lists_of_several_pages() {
    let desk = Desk::open().await;
    let lists = format!("{}/lists", desk.sandbox.control_url());
    let told = desk.send(desk.http.post(&lists).json(&json!({"schools": 1196, "jobs": ["Gardener"], "sources": ["Fair"]}))).await.unwrap();
    assert_eq!((told.status, &told.body["jobs"], told.body["schools"].as_array().unwrap().len()), (201, &json!([1_500_001]), 1196));
    assert_eq!(desk.send(desk.http.post(&lists).json(&json!({"pupils": 3}))).await.unwrap().status, 400);
    let v3 = |request: reqwest::RequestBuilder| request.bearer_auth(ACCESS_TOKEN);
    let v1 = |request: reqwest::RequestBuilder| request.basic_auth(V1_API_KEY, Some(""));
    assert_eq!(pages(&desk, "/v3/custom_field_options?custom_field_key=school_name&per_page=500", v3).await, (3, 1200));
    assert_eq!(pages(&desk, "/v1/schools?per_page=500", v1).await, (3, 1200));
    assert_eq!(pages(&desk, "/v1/schools", v1).await, (12, 1200));
    // What was added is taken, by both APIs.
    let school = told.body["schools"][1195].as_u64().unwrap();
    let made = desk.post("/candidates", with(ada(), json!({"application": {"job_id": 1_500_001, "source_id": 1_400_001}}))).await;
    let education = json!({"candidate_id": made.id("/candidate/id"), "school_name_custom_field_option_id": school});
    assert_eq!((made.status, desk.post("/candidate_educations", education).await.status), (201, 201));
    insta::assert_snapshot!(desk.v1("GET", "/candidates/57000001", None).await.body["educations"][0]["school_name"], @r#""School of Example 1196""#);
}

#[tokio::test]
async fn stages_pools_and_referrers() {
    let desk = Desk::open().await;
    insta::assert_snapshot!(rows(&desk.get("/job_interview_stages?job_ids=4001").await, &["id", "job_id", "sort_order", "name"]), @r#"
    400103 4001 2 "Offer"
    400102 4001 1 "Phone Interview"
    400101 4001 0 "Application Review"
    "#);
    insta::assert_snapshot!(rows(&desk.v1("GET", "/jobs/4001/stages", None).await, &["id", "job_id", "priority", "name"]), @r#"
    400101 4001 0 "Application Review"
    400102 4001 1 "Phone Interview"
    400103 4001 2 "Offer"
    "#);
    assert_eq!(desk.v1("GET", "/job_stages?per_page=500", None).await.ids().len(), 26 * 3);
    insta::assert_snapshot!(rows(&desk.get("/prospect_pools").await, &["id", "active", "name"]), @r#"
    227 true "Opted In: In-Person Event"
    26 false "Opted In: Referral"
    25 true "Cold Outreach: Sourced"
    "#);
    insta::assert_snapshot!(rows(&desk.get("/prospect_pool_stages?prospect_pool_ids=227").await, &["id", "prospect_pool_id", "name"]), @r#"
    826 227 "In Discussion"
    825 227 "Not Contacted"
    "#);
    insta::assert_snapshot!(desk.v1("GET", "/prospect_pools/227", None).await, @r#"200 {"id":227,"name":"Opted In: In-Person Event","active":true,"prospect_stages":[{"id":825,"name":"Not Contacted"},{"id":826,"name":"In Discussion"}]}"#);
    insta::assert_snapshot!(rows(&desk.get("/referrers").await, &["id", "user_id", "name"]), @r#"
    7003 null "Example Agency"
    7002 null "A Friend of the House"
    7001 92121 "Rita Recruiter"
    "#);
    insta::assert_snapshot!(rows(&desk.get("/sources").await, &["id", "name"]), @r#"
    2001 "HrFlow"
    16 "LinkedIn (Prospecting)"
    12 "Meetups"
    7 "Indeed"
    "#);
}

#[tokio::test]
async fn an_application_points_at_what_is_there() {
    let desk = Desk::open().await;
    let post = async |application: Value| desk.post("/candidates", with(ada(), json!({"application": application}))).await;
    let made = post(json!({"job_id": 4001, "initial_stage_id": 400_102, "referrer_id": 7001})).await;
    assert_eq!(
        (made.status, &made.body["application"]["stage_name"], made.id("/application/referrer_id")),
        (201, &json!("Phone Interview"), 7001)
    );
    let prospect = post(json!({"prospect": true, "prospect_pool_id": 227, "prospect_pool_stage_id": 826})).await;
    let detail = desk.get(&format!("/prospect_details?application_ids={}", prospect.id("/application/id"))).await;
    assert_eq!((prospect.status, detail.id("/0/pool_id"), detail.id("/0/pool_stage_id")), (201, 227, 826));
    assert_eq!(desk.get("/prospect_details?pool_ids=25").await.ids(), [0; 0]);
    insta::assert_snapshot!(post(json!({"job_id": 4001, "initial_stage_id": 400_202, "referrer_id": 92121})).await, @r#"422 {"message":"Unprocessable Content","errors":[{"application.referrer_id":"is not a referrer"},{"application.initial_stage_id":"is not a stage of the job"}]}"#);
    insta::assert_snapshot!(post(json!({"prospect": true, "prospect_pool_id": 26, "prospect_pool_stage_id": 826})).await, @r#"422 {"message":"Unprocessable Content","errors":[{"application.prospect_pool_id":"is not an active prospect pool"},{"application.prospect_pool_stage_id":"is not a stage of the prospect pool"}]}"#);
    let v1 = desk
        .v1("POST", "/prospects", Some(with(ada(), json!({"application": {"prospect_pool_id": 227, "prospect_pool_stage_id": 826}}))))
        .await;
    insta::assert_snapshot!(v1.body["applications"][0]["prospect_detail"], @r#"{"prospect_pool":{"id":227,"name":"Opted In: In-Person Event"},"prospect_stage":{"id":826,"name":"In Discussion"},"prospect_owner":null}"#);
}

#[tokio::test]
async fn what_a_list_does_not_know_it_refuses() {
    let desk = Desk::open().await;
    insta::assert_snapshot!(desk.get("/candidates?candidate_email=a@example.org").await, @r#"422 {"message":"Unprocessable Content","errors":["Invalid query params: candidate_email"]}"#);
    insta::assert_snapshot!(desk.get("/applications?candidate_id=5").await, @r#"422 {"message":"Unprocessable Content","errors":["Invalid query params: candidate_id"]}"#);
    insta::assert_snapshot!(desk.get("/candidates?created_at=gte%7C2026-01-01T00:00:00Z&updated_at=gte%7C2026-01-01T00:00:00Z").await, @r#"422 {"message":"Unprocessable Content","errors":[{"updated_at":"cannot be combined with created_at"}]}"#);
    insta::assert_snapshot!(desk.get("/users?deactivated=yes").await, @r#"422 {"message":"Unprocessable Content","errors":[{"deactivated":"must be true or false"}]}"#);
    desk.sandbox.plant(&ada()).unwrap();
    insta::assert_snapshot!(desk.get("/applications?status=in_process").await, @r#"422 {"message":"Unprocessable Content","errors":[{"status":"is not one of its values"}]}"#);
    insta::assert_snapshot!(desk.get("/candidates?cursor=abc&per_page=5").await, @r#"422 {"message":"Unprocessable Content","errors":["When passing a cursor, do not include other query params."]}"#);
    for query in
        ["created_at[gte]=2026-01-01T00:00:00Z", "created_at=gte%7C2026-01-01T00:00:00Z%7Clt%7C2099-01-01T00:00:00Z", "ids=57000001&ids=5"]
    {
        assert_eq!(desk.get(&format!("/candidates?{query}")).await.ids().len(), 1, "{query}");
    }
    insta::assert_snapshot!(desk.get("/candidates?fields=id,tags").await, @r#"200 [{"id":57000001,"tags":[]}]"#);
}
