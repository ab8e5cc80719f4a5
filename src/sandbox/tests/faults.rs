//! Each fault by its name, as `--misbehave` and the control server take it.

use super::*;

/// What a client meets: the answer's status, or that none came; and how many candidates there are at once.
async fn met(fault: &str) -> String {
    let desk = Desk::wrong(fault).await;
    let told = desk.create().await.map_or("no answer".to_owned(), |told| told.status.to_string());
    format!("{told}, {} made", desk.made())
}

#[tokio::test]
async fn the_answer_and_the_work() {
    assert_eq!(met("error-before").await, "500, 0 made");
    assert_eq!(met("error-before=503").await, "503, 0 made");
    assert_eq!(met("error-after").await, "503, 1 made");
    assert_eq!(met("lost-answer").await, "no answer, 1 made");
    assert_eq!(met("lost-request").await, "no answer, 0 made");
    assert_eq!(met("cut-body").await, "no answer, 1 made");
    assert_eq!(met("html").await, "502, 0 made");
    assert_eq!(met("html-after").await, "200, 1 made");
    assert_eq!(met("truncated").await, "202, 1 made");
    assert_eq!(met("refused").await, "422, 0 made");
    assert_eq!(met("forbidden").await, "403, 0 made");
    assert_eq!(met("too-many").await, "429, 0 made");
    assert_eq!(met("slow=1ms").await, "201, 1 made");
    assert_eq!(met("late-work=60s").await, "no answer, 0 made");
    assert_eq!(met("error-late=60s").await, "504, 0 made");
    for status in [301, 302, 303, 307, 308] {
        assert_eq!(met(&format!("redirect={status}")).await, format!("{status}, 0 made"));
        assert_eq!(met(&format!("redirect-away={status}")).await, format!("{status}, 0 made"));
    }
}

#[tokio::test]
async fn work_after_the_answer() {
    for fault in ["late-work=300ms", "error-late=300ms"] {
        let desk = Desk::wrong(fault).await;
        drop(desk.create().await);
        assert_eq!(desk.made(), 0, "{fault}");
        tokio::time::sleep(Duration::from_millis(800)).await;
        assert_eq!(desk.made(), 1, "{fault}");
    }
}

#[tokio::test]
async fn the_wait_is_told_in_many_ways() {
    let wait = async |value: &str| {
        let desk = Desk::wrong(&format!("too-many={value}")).await;
        desk.create().await.unwrap().headers.get("retry-after").map(|wait| wait.to_str().unwrap().to_owned())
    };
    assert_eq!(wait("7").await.as_deref(), Some("7"));
    assert_eq!(wait("absent").await, None);
    assert_eq!(wait("negative").await.as_deref(), Some("-5"));
    assert_eq!(wait("absurd").await.as_deref(), Some("86400000"));
    let date = httpdate::parse_http_date(&wait("date").await.unwrap()).unwrap();
    assert!(date <= std::time::SystemTime::now() + Duration::from_secs(2));
}

#[tokio::test]
async fn another_host_is_another_host() {
    let desk = Desk::wrong("redirect-away").await;
    let told = desk.create().await.unwrap();
    assert_eq!((told.status, told.header("location")), (307, "https://elsewhere.example.org/"));
    assert_eq!(Desk::wrong("redirect").await.create().await.unwrap().header("location"), "/v3/elsewhere");
}

#[tokio::test]
async fn rows_that_no_list_shows_yet() {
    let desk = Desk::wrong("hidden=60s").await;
    desk.create().await.unwrap();
    assert_eq!(desk.get("/candidates").await.ids(), [0; 0]);
    let desk = Desk::wrong("stub=60s").await;
    desk.create().await.unwrap();
    insta::assert_snapshot!(desk.get("/candidates").await, @r#"200 [{"message":"This record is still being processed. Please try again later."}]"#);
}

/// Source: "The answer may be cut to ids while creation is delayed (202): then GET again every 30 s; a 404 means not ready yet"; "`message`
/// can be missing".
#[tokio::test]
async fn an_answer_of_ids_and_a_refusal_without_a_message() {
    let desk = Desk::wrong("truncated=500ms").await;
    let told = desk.v1("POST", "/candidates", Some(with(ada(), json!({"applications": [{"job_id": 4001}]})))).await;
    insta::assert_snapshot!(told, @r#"202 {"id":57000001,"application_ids":[69000001]}"#);
    assert_eq!(desk.v1("GET", "/candidates/57000001", None).await.status, 404);
    tokio::time::sleep(Duration::from_millis(700)).await;
    assert_eq!(desk.v1("GET", "/candidates/57000001", None).await.status, 200);
    insta::assert_snapshot!(Desk::wrong("refused=tags").await.create().await.unwrap(), @r#"422 {"errors":[{"message":"is not to the sandbox's liking","field":"tags"}]}"#);
}

#[tokio::test]
async fn a_token_that_ends_in_the_middle() {
    let desk = Desk::wrong("expired-token,skip=1").await;
    let url = format!("{}/v3/sources", desk.sandbox.greenhouse_url());
    let token = desk.token(SITE_ADMIN).await;
    let ask = async |token: &str| desk.send(desk.http.get(&url).bearer_auth(token)).await.unwrap().status;
    assert_eq!([ask(&token).await, ask(&token).await, ask(&token).await], [200, 401, 401]);
    assert_eq!(ask(&desk.token(SITE_ADMIN).await).await, 200);
}

#[tokio::test]
async fn the_token_endpoint() {
    for (fault, told) in [
        ("token-down", r#"503 {"message":"The sandbox was told to answer this."}"#),
        ("token-too-many", r#"429 {"message":"The sandbox was told to answer this."}"#),
        ("token-invalid", r#"401 {"error":"invalid_client"}"#),
    ] {
        let desk = Desk::wrong(fault).await;
        let form = [("grant_type", "client_credentials")];
        let ask = || desk.http.post(desk.sandbox.token_url()).basic_auth(CLIENT_ID, Some(CLIENT_SECRET)).form(&form);
        assert_eq!(desk.send(ask()).await.unwrap().to_string(), told);
        assert_eq!(desk.send(ask()).await.unwrap().status, 200);
    }
}

/// Source: "All list (GET) endpoints need a Site Admin subject: for others they answer 403, or 200 with nothing, where a create passes".
#[tokio::test]
async fn lists_that_show_nothing_and_filters_that_do_nothing() {
    for (fault, told) in [("lists-forbidden", 403), ("lists-empty", 200)] {
        let desk = Desk::wrong(fault).await;
        assert_eq!(desk.create().await.unwrap().status, 201);
        for _ in 0..2 {
            let list = desk.get("/candidates").await;
            assert!(list.status == told && list.body.as_array().is_none_or(Vec::is_empty), "{list}");
        }
        assert_eq!(desk.control("DELETE", "/misbehave", None).await.status, 204);
        assert_eq!(desk.get("/candidates").await.ids().len(), 1);
    }
    let desk = Desk::wrong("filter-ignored").await;
    desk.create().await.unwrap();
    for _ in 0..2 {
        assert_eq!(desk.get("/candidates?email=who@example.org").await.ids().len(), 1);
    }
}

#[tokio::test]
async fn how_often_and_where() {
    let desk = Desk::wrong("error-before,times=2,skip=1,on=POST /v3/candidates").await;
    let mut told = Vec::new();
    for _ in 0..4 {
        assert_eq!(desk.get("/sources").await.status, 200);
        told.push(desk.create().await.unwrap().status);
    }
    assert_eq!(told, [201, 500, 500, 201]);
    let desk = Desk::wrong("error-before=501,times=always,contains=Ada").await;
    for _ in 0..3 {
        assert_eq!(desk.create().await.unwrap().status, 501);
    }
}

#[test]
fn what_is_written_wrong_is_told() {
    let told = |text: &str| text.parse::<Misbehaviour>().unwrap_err();
    insta::assert_snapshot!(told("lost-anser"), @"there is no fault `lost-anser`: see `hireline sandbox --help`");
    insta::assert_snapshot!(told("lost-answer=3"), @"`lost-answer` takes no value");
    insta::assert_snapshot!(told("slow=soon"), @"`slow` takes a time (`2s`, `500ms`), and `soon` is none");
    insta::assert_snapshot!(told("error-before=200"), @"`error-before` takes a status from 500 to 599, and `200` is none");
    insta::assert_snapshot!(told("too-many=tomorrow"), @"`too-many` takes seconds, `date`, `absent`, `negative` or `absurd`, and `tomorrow` is none");
    insta::assert_snapshot!(told("slow,often"), @"`often` needs a value, as in `often=1`");
    insta::assert_snapshot!(told("slow,times=often"), @"`times` takes a whole number, and `often` is none");
    insta::assert_snapshot!(told("slow,where=here"), @"`where` is none of times, skip, on and contains");
    insta::assert_snapshot!(told("slow,on=here"), @"`on` takes a method and a path, as in `on=POST /v3/candidates`");
}

#[test]
fn every_fault_can_be_made_and_names_are_one_faults() {
    let names: std::collections::BTreeSet<_> = FAULTS.iter().map(|fault| fault.name).collect();
    assert_eq!(names.len(), FAULTS.len());
    for fault in FAULTS {
        fault.name.parse::<Misbehaviour>().unwrap();
    }
}

#[tokio::test]
async fn the_control_server_takes_the_same_words() {
    let desk = Desk::open().await;
    assert_eq!(desk.control("POST", "/misbehave", Some(json!("lost-answer"))).await.status, 204);
    assert_eq!(desk.control("POST", "/misbehave", Some(json!(["error-before=503", {"method": "GET", "times": 0}]))).await.status, 204);
    assert!(desk.create().await.is_err());
    assert_eq!(desk.create().await.unwrap().status, 503);
    insta::assert_snapshot!(desk.control("POST", "/misbehave", Some(json!("slow=soon"))).await, @r#"400 {"message":"`slow` takes a time (`2s`, `500ms`), and `soon` is none"}"#);
    insta::assert_snapshot!(desk.control("POST", "/misbehave", Some(json!({"metod": "GET"}))).await.text.split(", expected").next().unwrap(), @r#"{"message":"the body cannot be read: unknown field `metod`"#);
}
