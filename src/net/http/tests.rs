use super::testing::{Loopback, Reply, json, reply, text};
use super::*;
use serde_json::json as value;
use std::time::Instant;

fn http() -> Http {
    Http::new(HttpSettings {
        connect_timeout: Duration::from_millis(300),
        request_timeout: Duration::from_secs(2),
        first_wait: Duration::from_millis(5),
        max_answer_bytes: 1000,
        ..HttpSettings::default()
    })
}

fn post(url: String) -> Request {
    let secret = HeaderText::Secret(Secret::new("hush"));
    Request {
        method: Method::Post,
        url,
        headers: vec![("authorization".into(), secret)],
        body: Body::Json(value!({ "first_name": "Ada" })),
    }
}

fn get(url: String) -> Request {
    Request::get(url, vec![("x-api-key".into(), HeaderText::Secret(Secret::new("hush")))])
}

#[tokio::test]
async fn a_write_goes_out_whole_and_once() {
    let host = Loopback::script(vec![reply(201, &[("X-Thing", "1")], "{}")]).await;
    let answer = http().write(&post(host.url("/v3/candidates?x=1"))).await.unwrap();
    assert_eq!((answer.status, answer.header("x-thing"), answer.json()), (201, Some("1"), Some(value!({}))));
    let sent = host.requests().concat().replace(&host.port.to_string(), "PORT").replace(env!("CARGO_PKG_VERSION"), "VERSION");
    insta::assert_snapshot!("a_write", sent.replace("\r\n", "\n"));
}

#[tokio::test]
async fn a_form_is_encoded() {
    let host = Loopback::script(vec![json(value!({}))]).await;
    let fields = vec![("grant_type".into(), HeaderText::Text("a b+c&d".into())), ("secret".into(), HeaderText::Secret(Secret::new("é=")))];
    let form = Request { method: Method::Post, url: host.url("/token"), headers: Vec::new(), body: Body::Form(fields) };
    http().read(&form).await.unwrap();
    let sent = host.requests().concat();
    assert!(sent.contains("content-type: application/x-www-form-urlencoded\r\n"), "{sent}");
    assert!(sent.ends_with("\r\n\r\ngrant_type=a%20b%2Bc%26d&secret=%C3%A9%3D"), "{sent}");
}

#[tokio::test]
async fn a_write_is_never_repeated_and_never_redirected() {
    for status in [301, 302, 303, 307, 308, 408, 429, 500, 502, 503] {
        let host = Loopback::script(vec![reply(status, &[("location", "/other"), ("retry-after", "0")], "")]).await;
        assert_eq!(http().write(&post(host.url("/x"))).await.unwrap().status, status);
        assert_eq!(host.lines(), ["POST /x"], "{status}");
    }
}

#[tokio::test]
async fn a_write_whose_answer_is_lost_may_have_arrived() {
    let too_long = text(200, &[], &"x".repeat(2000));
    let cases = [
        ("closed", Reply::Close),
        ("no answer", Reply::Hang),
        ("broken off", Reply::Last("HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\n{".into())),
        ("not HTTP", Reply::Last("hello\r\n\r\n".into())),
        ("too long", Reply::Send(too_long)),
    ];
    let mut said = String::new();
    for (name, case) in cases {
        let host = Loopback::script(vec![case]).await;
        let fault = http().write(&post(host.url("/x?email=ada@example.org"))).await.unwrap_err();
        assert_eq!(matches!(fault, Fault::Oversized(_)), name == "too long", "{name}: {fault:?}");
        assert!(matches!(fault, Fault::Lost(_) | Fault::Oversized(_)), "{name}: {fault:?}");
        assert_eq!(host.requests().len(), 1, "{name}");
        said.push_str(&format!("{name}: {fault}\n").replace(&host.port.to_string(), "PORT"));
    }
    insta::assert_snapshot!(said, @r"
    closed: the connection to 127.0.0.1:PORT broke off: connection closed before message completed
    no answer: 127.0.0.1:PORT did not answer in time
    broken off: the connection to 127.0.0.1:PORT broke off: end of file before message length reached
    not HTTP: the connection to 127.0.0.1:PORT broke off: invalid HTTP version parsed
    too long: 127.0.0.1:PORT sent an answer of more than 1000 bytes
    ");
}

#[tokio::test]
async fn a_pooled_connection_that_the_host_closes_does_not_send_twice() {
    // The connection is kept after the first answer, and closed without an answer when the second request has been read.
    let host = Loopback::script(vec![json(value!({})), Reply::Close]).await;
    let http = http();
    http.write(&post(host.url("/1"))).await.unwrap();
    let fault = http.write(&post(host.url("/2"))).await.unwrap_err();
    assert!(matches!(fault, Fault::Lost(_)), "{fault:?}");
    assert_eq!((host.lines(), host.connections()), (vec!["POST /1".into(), "POST /2".into()], 1));
}

#[tokio::test]
async fn a_pooled_connection_that_closed_before_is_replaced() {
    // Nothing of the second request had left, so it may go on a connection of its own.
    let host = Loopback::script(vec![Reply::Last(text(200, &[], "")), json(value!({}))]).await;
    let http = http();
    http.write(&post(host.url("/1"))).await.unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;
    http.write(&post(host.url("/2"))).await.unwrap();
    assert_eq!((host.lines(), host.connections()), (vec!["POST /1".into(), "POST /2".into()], 2));
}

#[tokio::test]
async fn nothing_left_where_no_connection_was_made() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let closed = listener.local_addr().unwrap().port();
    drop(listener);
    let garbled = Loopback::script(vec![Reply::Close]).await;
    let long = "x".repeat(70);
    let cases = [
        ("refused", format!("http://127.0.0.1:{closed}/")),
        ("no TLS there", format!("https://127.0.0.1:{}/", garbled.port)),
        ("no such name", format!("https://{long}.invalid/")),
        ("plain", "http://harvest.greenhouse.io/v1/candidates?email=ada@example.org".into()),
        ("plain, alike", "http://127.0.0.1.example.org/".into()),
        ("no scheme", "harvest.greenhouse.io".into()),
        ("another scheme", "file:///etc/passwd".into()),
    ];
    let mut said = String::new();
    for (name, url) in cases {
        let fault = http().write(&post(url)).await.unwrap_err();
        assert!(matches!(fault, Fault::NotSent(_)), "{name}: {fault:?}");
        said.push_str(
            &format!("{name}: {fault}\n")
                .replace(&closed.to_string(), "PORT")
                .replace(&garbled.port.to_string(), "PORT")
                .replace(&long, "LONG"),
        );
    }
    insta::assert_snapshot!(said, @r"
    refused: 127.0.0.1:PORT cannot be reached: Connection refused (os error 111)
    no TLS there: 127.0.0.1:PORT cannot be reached: operation timed out
    no such name: LONG.invalid:443 cannot be reached: invalid dns name
    plain: http://harvest.greenhouse.io/v1/candidates is plain http, which would show everything on the way: write https
    plain, alike: http://127.0.0.1.example.org/ is plain http, which would show everything on the way: write https
    no scheme: harvest.greenhouse.io is not an address: it needs a scheme and a host, as in https://example.org
    another scheme: file:///etc/passwd names no host
    ");
    let mut bad = post(garbled.url("/"));
    bad.headers.push(("x-key".into(), HeaderText::Secret(Secret::new("hu\nsh"))));
    insta::assert_snapshot!(http().write(&bad).await.unwrap_err(), @r#"the header "x-key" has characters in its value that a header may not have"#);
    assert_eq!(garbled.requests().len(), 0);
}

#[tokio::test]
async fn a_read_is_tried_again() {
    let host =
        Loopback::script(vec![reply(503, &[], ""), Reply::Close, reply(429, &[("retry-after", "0")], ""), json(value!({ "a": 1 }))]).await;
    assert_eq!(http().read(&get(host.url("/x"))).await.unwrap().json(), Some(value!({ "a": 1 })));
    assert_eq!(host.lines(), ["GET /x"; 4]);
}

#[tokio::test]
async fn a_read_gives_up() {
    let host = Loopback::script(vec![reply(500, &[], "last words")]).await;
    assert_eq!(http().read(&get(host.url("/x"))).await.unwrap().body, b"last words");
    assert_eq!(host.requests().len(), 5);
    let host = Loopback::script(vec![reply(429, &[("retry-after", "301")], "")]).await;
    let http = http();
    insta::assert_snapshot!(http.read(&get(host.url("/x"))).await.unwrap_err(), @"the server asks to wait 301 s");
    assert_eq!(host.requests().len(), 1);
    // The pause holds for writing calls too: nothing is sent, and they say how long.
    let fault = http.write(&post(host.url("/x"))).await.unwrap_err();
    assert!(matches!(&fault, Fault::TooLong(wait) if wait.as_secs() >= 299), "{fault:?}");
    assert_eq!(host.requests().len(), 1);
    let host = Loopback::script(vec![reply(200, &[], &"x".repeat(2000))]).await;
    assert!(matches!(self::http().read(&get(host.url("/x"))).await, Err(Fault::Oversized(_))));
    assert_eq!(host.requests().len(), 1, "an answer that is too long would be too long again");
}

#[tokio::test]
async fn a_read_follows_redirects_within_its_host() {
    let stranger = Loopback::script(vec![json(value!({}))]).await;
    let host = Loopback::script(vec![reply(302, &[("location", "/b")], ""), json(value!({ "found": true }))]).await;
    assert_eq!(http().read(&get(host.url("/a"))).await.unwrap().json(), Some(value!({ "found": true })));
    assert_eq!(host.lines(), ["GET /a", "GET /b"]);
    assert!(host.requests()[1].contains("x-api-key: hush"));
    let host = Loopback::script(vec![reply(302, &[("location", &stranger.url("/b"))], "")]).await;
    assert_eq!(http().read(&get(host.url("/a"))).await.unwrap().status, 302);
    assert_eq!(stranger.requests().len(), 0, "no credentials to another host");
    let circle = Loopback::script(vec![reply(302, &[("location", "/a")], "")]).await;
    assert_eq!(http().read(&get(circle.url("/a"))).await.unwrap().status, 302);
    assert_eq!(circle.requests().len(), 6);
}

#[tokio::test]
async fn a_429_pauses_the_host_for_all() {
    let host = Loopback::script(vec![reply(429, &[("retry-after", "1")], ""), json(value!({}))]).await;
    let http = http();
    assert_eq!(http.write(&post(host.url("/x"))).await.unwrap().status, 429, "the caller decides");
    let begin = Instant::now();
    http.write(&post(host.url("/y"))).await.unwrap();
    assert!(begin.elapsed() >= Duration::from_millis(900), "{:?}", begin.elapsed());
}

#[tokio::test]
async fn the_window_is_kept() {
    let rate =
        |remaining: &str| reply(200, &[("x-ratelimit-limit", "2"), ("x-ratelimit-remaining", remaining), ("x-ratelimit-reset", "1")], "");
    let host = Loopback::script(vec![rate("1"), rate("0"), rate("1")]).await;
    let http = http();
    let begin = Instant::now();
    for _ in 0..2 {
        http.write(&post(host.url("/x"))).await.unwrap();
    }
    http.write(&post(host.url("/x"))).await.unwrap();
    assert!(begin.elapsed() >= Duration::from_millis(900), "{:?}", begin.elapsed());
}

#[tokio::test]
async fn the_hosts_time_is_its_latest_date() {
    let date = |date: &str| reply(200, &[("date", date)], "");
    let host = Loopback::script(vec![date("Mon, 23 Nov 2026 10:00:05 GMT"), date("Mon, 23 Nov 2026 10:00:00 GMT")]).await;
    let http = http();
    assert_eq!(http.server_time(&host.url("/")), None);
    for _ in 0..2 {
        http.read(&get(host.url("/"))).await.unwrap();
    }
    assert_eq!(http.server_time(&host.url("/other")).unwrap().to_string(), "2026-11-23T10:00:05Z");
}

fn shown(request: &MaskedRequest) -> String {
    let headers: String = request.headers.iter().map(|(name, value)| format!("{name}: {}\n", value.as_str().unwrap_or_default())).collect();
    format!("{} {}\n{headers}\n{:#}", request.method, request.url, request.body)
}

#[test]
fn a_request_is_shown_without_its_secrets() {
    let mut request = post("https://user:word@harvest.greenhouse.io/v3/candidates?email=ada%40example.org".into());
    insta::assert_snapshot!(shown(&request.masked()), @r#"
    POST https://***@harvest.greenhouse.io/v3/candidates?email=ada%40example.org
    authorization: ***

    {
      "first_name": "Ada"
    }
    "#);
    request.body = Body::Form(vec![
        ("grant_type".into(), HeaderText::Text("password".into())),
        ("password".into(), HeaderText::Secret(Secret::new("hush"))),
    ]);
    request.url = "https://user:word@auth.greenhouse.io/token?email=ada".into();
    insta::assert_snapshot!(shown(&request.masked()), @r#"
    POST https://***@auth.greenhouse.io/token?email=ada
    authorization: ***

    {
      "grant_type": "password",
      "password": "***"
    }
    "#);
    insta::assert_snapshot!(format!("{request:?}"), @r#"Request { method: Post, url: "https://auth.greenhouse.io/token", headers: ["authorization"], body: Form(…) }"#);
}

#[test]
fn queries_are_encoded() {
    insta::assert_snapshot!(with_query("https://a.example/x", [("email", "ada+1@example.org"), ("q", "é &=")]), @"https://a.example/x?email=ada%2B1%40example.org&q=%C3%A9%20%26%3D");
    insta::assert_snapshot!(with_query("https://a.example/x?y=1", [("source_keys", r#"["ab"]"#)]), @"https://a.example/x?y=1&source_keys=%5B%22ab%22%5D");
}
