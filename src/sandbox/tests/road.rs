//! What happens around the work: windows, misbehaviours, the log, the control server.

use super::*;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

fn made(desk: &Desk) -> usize {
    desk.made()
}

async fn misbehaving(misbehaviour: Misbehaviour) -> Desk {
    let desk = Desk::open().await;
    desk.sandbox.misbehave(misbehaviour).unwrap();
    desk
}

fn on_create() -> Misbehaviour {
    Misbehaviour::at("POST", "/v3/candidates")
}

async fn create(desk: &Desk) -> reqwest::Result<Told> {
    desk.create().await
}

#[tokio::test]
async fn every_answer_tells_its_window_and_its_date() {
    let desk = Desk::new(Settings { rate_limit_v3: 2, rate_window_v3: Duration::from_secs(60), ..Settings::default() }).await;
    let headers = |told: &Told| format!("{} {}/{}", told.status, told.header("x-ratelimit-remaining"), told.header("x-ratelimit-limit"));
    let first = desk.get("/candidates").await;
    assert_eq!(headers(&first), "200 1/2");
    let at = jiff::Timestamp::try_from(httpdate::parse_http_date(first.header("date")).unwrap()).unwrap();
    let left = first.header("x-ratelimit-reset").parse::<i64>().unwrap() - at.as_second();
    assert!((59..=62).contains(&left), "{left}");
    assert_eq!(headers(&desk.get("/nothing").await), "404 0/2");
    let refused = desk.get("/candidates").await;
    assert_eq!(headers(&refused), "429 0/2");
    assert!((50..=60).contains(&refused.header("retry-after").parse::<i64>().unwrap()));
    insta::assert_snapshot!(refused, @r#"429 {"message":"Too many requests. Retry after the time in the Retry-After header."}"#);
    // v1 has a window of its own.
    assert_eq!(desk.v1("GET", "/sources", None).await.status, 200);
}

#[tokio::test]
async fn the_window_opens_again() {
    let desk = Desk::new(Settings { rate_limit_v1: 1, rate_window_v1: Duration::from_secs(1), ..Settings::default() }).await;
    assert_eq!(desk.v1("GET", "/sources", None).await.status, 200);
    assert_eq!(desk.v1("GET", "/sources", None).await.status, 429);
    tokio::time::sleep(Duration::from_millis(1050)).await;
    assert_eq!(desk.v1("GET", "/sources", None).await.status, 200);
}

#[tokio::test]
async fn a_lost_answer_leaves_not_a_byte_and_the_work_is_done() {
    let desk = misbehaving(Misbehaviour { answer: Answer::Lost, ..on_create() }).await;
    let host = desk.sandbox.greenhouse_url().trim_start_matches("http://").to_owned();
    let body = ada().to_string();
    let request = format!(
        "POST /v3/candidates HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {ACCESS_TOKEN}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut stream = tokio::net::TcpStream::connect(&host).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    drop(stream.read_to_end(&mut answer).await);
    assert_eq!(String::from_utf8(answer).unwrap(), "");
    assert_eq!(made(&desk), 1);
    // Only the next request was met.
    assert_eq!(create(&desk).await.unwrap().status, 201);
}

#[tokio::test]
async fn a_lost_request_does_no_work() {
    let desk = misbehaving(Misbehaviour { work: Work::Never, answer: Answer::Lost, ..on_create() }).await;
    assert!(create(&desk).await.is_err());
    assert_eq!(made(&desk), 0);
}

#[tokio::test]
async fn work_that_is_done_late() {
    let desk = misbehaving(Misbehaviour { work: Work::Late(800), answer: Answer::Lost, ..on_create() }).await;
    assert!(create(&desk).await.is_err());
    assert_eq!(made(&desk), 0);
    tokio::time::sleep(Duration::from_millis(1200)).await;
    assert_eq!(made(&desk), 1);
}

#[tokio::test]
async fn half_an_answer() {
    let desk = misbehaving(Misbehaviour { answer: Answer::Cut, ..on_create() }).await;
    let mut answer = desk.v3_request("POST", "/candidates", Some(ada())).send().await.unwrap();
    assert_eq!(answer.status(), 201);
    assert!(answer.chunk().await.unwrap().unwrap().starts_with(b"{\"candidate\""));
    assert!(answer.chunk().await.is_err());
    assert_eq!(made(&desk), 1);
}

#[tokio::test]
async fn other_answers_in_its_place() {
    let status = Answer::Status { status: 503, body: None, retry_after: Some("2".into()) };
    let desk = misbehaving(Misbehaviour { work: Work::Never, answer: status, times: 2, skip: 1, ..on_create() }).await;
    let told = [create(&desk).await.unwrap(), create(&desk).await.unwrap(), create(&desk).await.unwrap(), create(&desk).await.unwrap()];
    assert_eq!(told.each_ref().map(|t| t.status), [201, 503, 503, 201]);
    assert_eq!((told[1].header("retry-after"), told[1].header("x-ratelimit-limit")), ("2", "1000000"));
    assert_eq!(made(&desk), 2);

    let desk = misbehaving(Misbehaviour { answer: Answer::Html { status: 200 }, ..on_create() }).await;
    let told = create(&desk).await.unwrap();
    assert_eq!((told.status, told.header("content-type"), told.text.starts_with("<html>")), (200, "text/html; charset=utf-8", true));

    let desk = misbehaving(Misbehaviour {
        work: Work::Never,
        answer: Answer::Redirect { status: 303, to: "/v3/candidates".into() },
        ..on_create()
    })
    .await;
    let told = create(&desk).await.unwrap();
    assert_eq!((told.status, told.header("location")), (303, "/v3/candidates"));

    let desk = misbehaving(Misbehaviour { answer: Answer::IdsOnly, ..on_create() }).await;
    insta::assert_snapshot!(create(&desk).await.unwrap(), @r#"202 {"candidate":{"id":57000001,"linked_user_ids":[]},"application":null}"#);
}

#[tokio::test]
async fn a_delayed_answer_comes_after_its_work() {
    let desk = misbehaving(Misbehaviour { delay_ms: 60_000, ..on_create() }).await;
    let request = desk.v3_request("POST", "/candidates", Some(ada())).timeout(Duration::from_secs(1));
    assert!(desk.send(request).await.is_err_and(|error| error.is_timeout()));
    assert_eq!(made(&desk), 1);
}

#[tokio::test]
async fn new_rows_that_no_list_shows_yet() {
    let desk = misbehaving(Misbehaviour { hide_ms: 1000, ..on_create() }).await;
    create(&desk).await.unwrap();
    assert_eq!(desk.get("/candidates").await.ids(), [0; 0]);
    assert_eq!(desk.v1("GET", "/candidates/57000001", None).await.status, 404);
    tokio::time::sleep(Duration::from_millis(1100)).await;
    assert_eq!(desk.get("/candidates").await.ids(), [57_000_001]);

    let desk = misbehaving(Misbehaviour { hide_ms: 60_000, as_stub: true, ..on_create() }).await;
    create(&desk).await.unwrap();
    insta::assert_snapshot!(desk.get("/candidates?email=ada%2B1@example.org").await, @r#"200 [{"message":"This record is still being processed. Please try again later."}]"#);
}

#[tokio::test]
async fn a_filter_that_is_ignored() {
    let desk = misbehaving(Misbehaviour { ignore: vec!["email".into()], ..Misbehaviour::at("GET", "/v3/candidates") }).await;
    create(&desk).await.unwrap();
    assert_eq!(desk.get("/candidates?email=who@example.org").await.ids(), [57_000_001]);
    assert_eq!(desk.get("/candidates?email=who@example.org").await.ids(), [0; 0]);
}

#[tokio::test]
async fn only_the_requests_meant_are_met() {
    let meant = Misbehaviour {
        contains: Some("Bo".into()),
        work: Work::Never,
        answer: Answer::Status { status: 500, body: None, retry_after: None },
        ..on_create()
    };
    let desk = misbehaving(meant).await;
    assert_eq!(create(&desk).await.unwrap().status, 201);
    assert_eq!(desk.v1("GET", "/candidates", None).await.status, 200);
    assert_eq!(desk.post("/candidates", with(ada(), json!({"first_name": "Bo"}))).await.status, 500);
}

#[tokio::test]
async fn the_log_keeps_requests_and_no_secret() {
    let desk = Desk::new(Settings { requests_kept: 4, ..Settings::default() }).await;
    desk.get("/sources").await;
    desk.token(SITE_ADMIN).await;
    desk.v1("GET", "/sources?page=1", None).await;
    let hrflow = desk.http.get(format!("{}/profile/indexing", desk.sandbox.hrflow_url()));
    desk.send(hrflow.header("X-API-KEY", HRFLOW_API_KEY).header("X-USER-EMAIL", HRFLOW_USER_EMAIL)).await.unwrap();
    create(&desk).await.unwrap();
    let requests = desk.sandbox.requests();
    let told = requests.as_array().unwrap().iter().map(|r| {
        let sent = |name: &str| r["headers"][name].as_str().unwrap_or("-").to_owned();
        format!(
            "{} {} {} | {} {} | {}\n",
            r["service"].as_str().unwrap(),
            r["method"].as_str().unwrap(),
            r["target"].as_str().unwrap(),
            sent("authorization"),
            sent("x-api-key"),
            r["body"]
        )
    });
    insta::assert_snapshot!(told.collect::<String>(), @r#"
    token POST /token | Basic *** - | {"grant_type":"client_credentials","sub":"92120"}
    greenhouse GET /v1/sources?page=1 | Basic *** - | null
    hrflow GET /v1/profile/indexing | - *** | null
    greenhouse POST /v3/candidates | Bearer *** - | {"first_name":"Ada","last_name":"Example","email_addresses":[{"value":"Ada+1@example.org","type":"personal"}]}
    "#);
    let all = requests.to_string();
    for secret in [HRFLOW_API_KEY, HRFLOW_USER_EMAIL, V1_API_KEY, ACCESS_TOKEN, CLIENT_SECRET, &STANDARD.encode(format!("{V1_API_KEY}:"))] {
        assert!(!all.contains(secret), "{secret}");
    }
}

#[tokio::test]
async fn the_log_does_not_keep_attachments() {
    let desk = Desk::open().await;
    desk.post("/attachments", json!({"content": "YQ==".repeat(1000)})).await;
    insta::assert_snapshot!(desk.sandbox.requests()[0]["body"], @r#"{"content":"(4000 bytes)"}"#);
}

#[tokio::test]
async fn the_control_server() {
    let desk = Desk::open().await;
    let ask = async |method: &str, path: &str, body: Value| {
        let request = desk.http.request(method.parse().unwrap(), format!("{}{path}", desk.sandbox.control_url()));
        desk.send(if body.is_null() { request } else { request.json(&body) }).await.unwrap()
    };
    let theirs = with(ada(), json!({"applications": [{"job_id": 4001}, {"job_id": 4002}]}));
    insta::assert_snapshot!(ask("POST", "/candidates", theirs).await, @r#"201 {"id":57000001}"#);
    insta::assert_snapshot!(ask("POST", "/candidates", json!({"first_name": "Bo"})).await, @r#"422 {"message":"Unprocessable Content","errors":["last_name is missing"]}"#);
    assert_eq!(ask("GET", "/state", Value::Null).await.body["candidates"][0]["applications"].as_array().unwrap().len(), 2);
    insta::assert_snapshot!(ask("POST", "/misbehave", json!({"metod": "POST"})).await.status, @"400");
    insta::assert_snapshot!(ask("POST", "/misbehave", json!({"work": "never"})).await, @r#"400 {"message":"the answers usual, cut, long and ids_only come from the work: they need `work: done`"}"#);
    assert_eq!(
        ask("POST", "/misbehave", json!([{"path": "/v3/sources", "work": "never", "answer": {"status": {"status": 500}}}])).await.status,
        204
    );
    assert_eq!(ask("DELETE", "/misbehave", Value::Null).await.status, 204);
    assert_eq!(desk.get("/sources").await.status, 200);
    assert_eq!(ask("GET", "/requests", Value::Null).await.body[0]["target"], "/v3/sources");
    assert_eq!(ask("DELETE", "/candidates/57000001", Value::Null).await.status, 204);
    assert_eq!(ask("DELETE", "/candidates/57000001", Value::Null).await.status, 404);
    assert_eq!(desk.get("/applications").await.ids(), [0; 0]);
    assert_eq!(ask("PUT", "/profiles", json!([])).await.status, 204);
    create(&desk).await.unwrap();
    assert_eq!(ask("POST", "/reset", Value::Null).await.status, 204);
    assert_eq!((made(&desk), ask("GET", "/requests", Value::Null).await.body), (0, json!([])));
}

#[tokio::test]
async fn a_misbehaviour_can_be_one_services_alone() {
    let elsewhere =
        Misbehaviour { service: Some(Service::Hrflow), work: Work::Never, answer: Answer::Html { status: 502 }, ..Misbehaviour::default() };
    let desk = misbehaving(elsewhere).await;
    assert_eq!(desk.get("/sources").await.status, 200);
    assert_eq!(desk.send(desk.http.get(desk.sandbox.hrflow_url())).await.unwrap().status, 502);
}

#[tokio::test]
async fn a_port_that_is_taken() {
    let desk = Desk::open().await;
    let taken = desk.sandbox.control_url().rsplit(':').next().unwrap().parse().unwrap();
    let again = Sandbox::start(Settings { ports: Ports { hrflow: taken, ..Ports::default() }, ..Settings::default() }).await;
    assert_eq!(again.unwrap_err().kind(), io::ErrorKind::AddrInUse);
}

#[tokio::test]
async fn it_stops_when_it_is_dropped() {
    let desk = Desk::open().await;
    let url = desk.sandbox.greenhouse_url();
    drop(desk.sandbox);
    for _ in 0..50 {
        if desk.http.get(&url).send().await.is_err_and(|error| error.is_connect()) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("it still answers");
}

#[tokio::test]
async fn it_stops() {
    let desk = Desk::open().await;
    let url = desk.sandbox.greenhouse_url();
    desk.sandbox.stop().await;
    assert!(desk.http.get(url).send().await.is_err_and(|error| error.is_connect()));
}

/// A client that knows but one address (its real one) is led to the sandbox by a proxy that ends TLS.
#[tokio::test]
async fn who_calls_it_by_another_name_goes_on_by_that_name() {
    let desk = Desk::open().await;
    for api in ["v3", "v1"] {
        let request =
            desk.http.get(format!("{}/{api}/sources?per_page=1", desk.sandbox.greenhouse_url())).header("Host", "harvest.greenhouse.io");
        let signed = request.bearer_auth(ACCESS_TOKEN);
        let link = desk.send(signed).await.unwrap().link.unwrap();
        assert!(link.starts_with(&format!("<https://harvest.greenhouse.io/{api}/sources?")), "{link}");
    }
}

/// Source: `docs/greenhouse-api.md`, "Rate limits". Windows are a credential's, not a connection's.
#[tokio::test]
async fn each_credential_has_its_own_window() {
    let settings = Settings { rate_limit_v3: 2, rate_limit_v1: 1, rate_limit_token: 3, ..Settings::default() };
    let desk = Desk::new(settings).await;
    let tokens = [desk.token(SITE_ADMIN).await, desk.token(NOT_SITE_ADMIN).await];
    let told = async |token: &str| {
        let request = desk.http.get(format!("{}/v3/nothing", desk.sandbox.greenhouse_url())).bearer_auth(token);
        desk.send(request).await.unwrap().status
    };
    // One client's tokens share a window; the token from outside has another.
    assert_eq!([told(&tokens[0]).await, told(&tokens[1]).await, told(&tokens[0]).await, told(ACCESS_TOKEN).await], [404, 404, 429, 404]);
    assert_eq!([desk.v1("GET", "/sources", None).await.status, desk.v1("GET", "/sources", None).await.status], [200, 429]);
    let by_header = desk.http.get(format!("{}/v1/sources", desk.sandbox.greenhouse_url())).header("X-API-KEY", V1_HEADER_KEY);
    assert_eq!(desk.send(by_header).await.unwrap().status, 200);
    let form = [("grant_type", "client_credentials")];
    let token = || desk.http.post(desk.sandbox.token_url()).basic_auth(CLIENT_ID, Some(CLIENT_SECRET)).form(&form);
    assert_eq!([desk.send(token()).await.unwrap().status, desk.send(token()).await.unwrap().status], [200, 429]);
    let windows = &desk.sandbox.counts()["windows"];
    let credentials: Vec<_> = windows["v3"]["windows"].as_array().unwrap().iter().map(|window| window["credential"].to_string()).collect();
    assert_eq!(credentials, ["\"access token\"", "\"client\""]);
}

/// A window of three seconds, as one of thirty is.
#[tokio::test]
async fn a_window_scaled_down_tells_its_real_headers() {
    let window = Duration::from_secs(3);
    let desk = Desk::new(Settings { rate_limit_v3: 75, rate_window_v3: window, rate_aligned: true, ..Settings::default() }).await;
    let told = desk.get("/sources").await;
    let reset: i64 = told.header("x-ratelimit-reset").parse().unwrap();
    assert_eq!((told.header("x-ratelimit-limit"), reset % 3), ("75", 0));
    for _ in 0..400 {
        let told = desk.get("/nothing").await;
        if told.status == 429 {
            assert!((1..=3).contains(&told.header("retry-after").parse::<i64>().unwrap()));
            return;
        }
    }
    panic!("four hundred calls, and none too many");
}
