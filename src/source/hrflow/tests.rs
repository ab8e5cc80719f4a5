use super::super::Source;
use super::*;
use crate::base::secret::SecretRef;
use crate::model::settings;
use crate::net::http::HttpSettings;
use crate::net::http::testing::{Loopback, Reply, json, reply};
use serde_json::json;
use std::fmt::Write as _;
use std::sync::Mutex;
use std::time::Duration;

fn hrflow(host: &Loopback, profiles: Profiles) -> Hrflow {
    // Secrets come from a command here, since tests share one environment.
    let secret = |value: &str| SecretRef::Command(vec!["echo".into(), value.into()]);
    Hrflow {
        api_key: secret("ask_hush"),
        user_email: secret("me@example.org"),
        base_url: host.url("/v1"),
        headers: vec![("x-gateway".into(), HeaderValue::Text("acme".into()))],
        source_keys: vec!["s1".into(), "s2".into()],
        profiles,
        page_size: 2,
        search: None,
    }
}

fn source(settings: Hrflow) -> Source {
    let http = Http::new(HttpSettings { first_wait: Duration::from_millis(2), ..HttpSettings::default() });
    Source::open(&settings::Source::Hrflow(Box::new(settings)), &http).unwrap()
}

fn open(settings: Hrflow, since: Option<&str>) -> Items {
    source(settings).read(since)
}

async fn told(items: &mut Items) -> String {
    let mut out = String::new();
    while let Some(item) = items.next().await {
        match item {
            Ok(Item::Profile(profile)) => writeln!(out, "profile {} of source {}", profile.key, profile.source_key),
            Ok(other) => writeln!(out, "{other:?}"),
            Err(error) => writeln!(out, "error: {error}"),
        }
        .unwrap();
    }
    out
}

fn row(key: &str, second: u32) -> Value {
    json!({ "key": key, "source": { "key": "s1" }, "updated_at": format!("2026-06-20T15:25:{second:02}+0000") })
}

fn page(rows: Vec<Value>, last: u64) -> Reply {
    json(json!({ "code": 200, "data": rows, "meta": { "maxPage": last } }))
}

/// Five rows on three pages, but for one page that is answered like this, so many times.
async fn ill(page: &'static str, body: Value, times: usize) -> Loopback {
    let left = Mutex::new(times);
    Loopback::answering(move |request| {
        let number = parameter(request, "page").unwrap();
        let mut left = left.lock().unwrap();
        if number == page && *left > 0 {
            *left -= 1;
            return json(body.clone());
        }
        let rows = match number.as_str() {
            "1" => vec![row("e", 9), row("d", 8)],
            "2" => vec![row("c", 7), row("b", 6)],
            _ => vec![row("a", 5)],
        };
        json(json!({ "code": 200, "data": rows, "meta": { "page": number, "maxPage": 3, "count": rows.len(), "total": 5 } }))
    })
    .await
}

fn parameter(request: &str, name: &str) -> Option<String> {
    let query = request.lines().next()?.split(' ').nth(1)?.split_once('?')?.1;
    query.split('&').find_map(|pair| pair.strip_prefix(&format!("{name}="))).map(str::to_owned)
}

#[tokio::test]
async fn all_pages_are_read() {
    let host =
        Loopback::script(vec![page(vec![row("a", 1), json!({ "key": "" })], 3), page(vec![row("c", 1)], 3), page(vec![row("b", 2)], 3)])
            .await;
    insta::assert_snapshot!(told(&mut open(hrflow(&host, Profiles::All), None)).await, @r#"
    profile a of source s1
    Unreadable { at: "page 1, profile 2", key: None, why: "the profile has no key: a text under `key` is needed, by which it is known from run to run" }
    profile c of source s1
    profile b of source s1
    "#);
    insta::assert_snapshot!(host.lines().join("\n"), @r"
    GET /v1/storing/profiles?page=1&limit=2&source_keys=%5B%22s1%22%2C%22s2%22%5D&order_by=asc&sort_by=created_at&return_profile=true
    GET /v1/storing/profiles?page=2&limit=2&source_keys=%5B%22s1%22%2C%22s2%22%5D&order_by=asc&sort_by=created_at&return_profile=true
    GET /v1/storing/profiles?page=3&limit=2&source_keys=%5B%22s1%22%2C%22s2%22%5D&order_by=asc&sort_by=created_at&return_profile=true
    ");
    for header in ["x-api-key: ask_hush\r\n", "x-user-email: me@example.org\r\n", "x-gateway: acme\r\n"] {
        assert!(host.requests().iter().all(|request| request.contains(header)), "{header}");
    }
}

#[tokio::test]
async fn a_page_is_read_while_the_one_before_is_pushed() {
    let nine = |request: &str| {
        let number = parameter(request, "page").unwrap();
        page(vec![row(&format!("a{number}"), 1), row(&format!("b{number}"), 1)], 9)
    };
    let host = Loopback::answering(nine).await;
    let mut source = open(hrflow(&host, Profiles::All), None);
    source.next().await.unwrap().unwrap();
    let wait = async || tokio::time::sleep(Duration::from_millis(20)).await;
    for _ in 0..250 {
        if host.requests().len() == 2 {
            break;
        }
        wait().await;
    }
    // One in hand, two in the channel, one that waits to be let in: the third page is not asked for.
    wait().await;
    assert_eq!(host.requests().len(), 2);
}

#[tokio::test]
async fn without_a_last_page_the_first_empty_one_ends_the_list() {
    let bare = |rows: Vec<Value>| json(json!({ "code": 200, "data": { "profiles": rows } }));
    let host = Loopback::script(vec![bare(vec![row("a", 1)]), bare(vec![row("b", 1)]), bare(Vec::new())]).await;
    assert_eq!(told(&mut open(hrflow(&host, Profiles::All), None)).await, "profile a of source s1\nprofile b of source s1\n");
    let host = Loopback::script(vec![bare(vec![row("a", 1)])]).await;
    insta::assert_snapshot!(told(&mut open(hrflow(&host, Profiles::All), None)).await, @r"
    profile a of source s1
    error: HrFlow's answer to GET storing/profiles cannot be understood: it gives the same page again and again
    ");
}

#[tokio::test]
async fn searching_takes_the_pipelines_parameters() {
    let host = Loopback::script(vec![json(json!({ "code": 200, "data": { "profiles": [row("a", 1)] }, "max_page": 1 }))]).await;
    let search = json!({ "keywords": "rust c++", "tags_included": [["a"]], "sort_by": "searching", "page": 7 });
    let settings = Hrflow { search: search.as_object().cloned(), ..hrflow(&host, Profiles::All) };
    assert_eq!(told(&mut open(settings, None)).await, "profile a of source s1\n");
    insta::assert_snapshot!(host.lines().join("\n"), @"GET /v1/profiles/searching?page=1&limit=2&source_keys=%5B%22s1%22%2C%22s2%22%5D&order_by=asc&keywords=rust%20c%2B%2B&tags_included=%5B%5B%22a%22%5D%5D&sort_by=searching");
}

#[tokio::test]
async fn an_empty_page_is_no_end() {
    const ALWAYS: usize = usize::MAX;
    let empty = || json!({ "code": 200, "message": "", "data": [], "meta": { "page": 2, "maxPage": 3, "count": 0, "total": 5 } });
    let cases = [
        ("once", "2", empty(), 1),
        ("on the first page, once", "1", empty(), 1),
        ("null once", "2", json!({ "code": 200, "message": "ok", "data": null }), 1),
        ("a whole pass long", "2", empty(), 4),
        ("always", "2", empty(), ALWAYS),
        ("on the first page, always", "1", empty(), ALWAYS),
        ("null always", "2", json!({ "code": 200, "message": "ok", "data": null }), ALWAYS),
        ("without data always", "2", json!({ "code": 200, "message": "ok" }), ALWAYS),
        ("the last page, always", "3", json!({ "code": 200, "message": "ok", "data": [] }), ALWAYS),
        ("nothing", "2", json!({}), 1),
    ];
    let ways = [
        ("all", Profiles::All, None),
        ("changed", Profiles::Changed { overlap: Duration::ZERO }, None),
        ("search", Profiles::All, Some(serde_json::Map::new())),
    ];
    let mut said = String::new();
    for (name, page, body, times) in cases {
        for (way, profiles, search) in &ways {
            let host = ill(page, body.clone(), times).await;
            let settings = Hrflow { search: search.clone(), ..hrflow(&host, profiles.clone()) };
            let told = told(&mut open(settings, None)).await.replace(" of source s1", "").replace("profile ", "");
            let asked: String = host.requests().iter().map(|request| parameter(request, "page").unwrap()).collect();
            let _ = writeln!(said, "{name}, {way}: {}\n    {asked}", told.trim_end().replace('\n', " "));
        }
    }
    insta::assert_snapshot!("empty pages", said);
}

/// After the first page, nothing but null: what the first pass was told is not forgotten by the next.
#[tokio::test]
async fn null_from_the_second_page_on_is_no_end() {
    let first = json(json!({ "code": 200, "data": [row("a", 1), row("b", 1)], "meta": { "maxPage": 3, "total": 5 } }));
    let host = Loopback::script(vec![first, json(json!({ "code": 200, "message": "ok", "data": null }))]).await;
    insta::assert_snapshot!(told(&mut open(hrflow(&host, Profiles::All), None)).await, @"
    profile a of source s1
    profile b of source s1
    error: HrFlow did not give the whole list (GET storing/profiles): page 1 of 3 came back empty, however often it was asked for: 3 of 5 profiles were not given. Run again for the rest; where it stays so, ask HrFlow's support
    ");
}

#[tokio::test]
async fn an_empty_source_is_no_fault() {
    let cases = [
        json(json!({ "code": 200, "data": [], "meta": { "page": 1, "maxPage": 0, "count": 0, "total": 0 } })),
        json(json!({ "code": 200, "data": [], "meta": { "page": 1, "maxPage": 1, "count": 0, "total": 0 } })),
        json(json!({ "code": 200, "data": { "profiles": [] }, "page": 1, "max_page": 1, "total": 0 })),
        json(json!({ "code": 200, "data": [] })),
        json(json!({ "code": 200, "data": null })),
        reply(400, &[], r#"{"code":400,"message":"Invalid parameters. Unable to find object: profile"}"#),
    ];
    for case in cases {
        let host = Loopback::script(vec![case]).await;
        assert_eq!(told(&mut open(hrflow(&host, Profiles::All), None)).await, "");
        let cursor = Some("2026-06-20T15:25:05+0000");
        assert_eq!(
            told(&mut open(hrflow(&host, Profiles::Changed { overlap: Duration::ZERO }), cursor)).await,
            "Cursor(\"2026-06-20T15:25:05+0000\")\n"
        );
        assert_eq!(host.requests().len(), 2);
    }
}

/// One of the first page goes when the second is asked for, and the next slips past it.
#[tokio::test]
async fn a_list_that_shrinks_is_read_again() {
    let requests = Mutex::new(0);
    let host = Loopback::answering(move |request| {
        let mut count = requests.lock().unwrap();
        *count += 1;
        let mut rows = if *count < 2 { vec!["a", "b", "c", "d", "e"] } else { vec!["b", "c", "d", "e"] };
        let total = rows.len();
        let number: usize = parameter(request, "page").unwrap().parse().unwrap();
        let rows: Vec<_> = rows.split_off((number - 1) * 2).into_iter().take(2).map(|key| row(key, 1)).collect();
        json(json!({ "code": 200, "data": rows, "meta": { "maxPage": total.div_ceil(2), "total": total } }))
    })
    .await;
    let said = told(&mut open(hrflow(&host, Profiles::All), None)).await.replace(" of source s1\n", "; ");
    assert_eq!(said, "profile a; profile b; profile d; profile e; profile c; ");
}

/// A source whose rows are ordered by when they were updated, and one of which is updated when the second page is asked for.
fn moving(requests: &Mutex<usize>, request: &str) -> Reply {
    let mut count = requests.lock().unwrap();
    *count += 1;
    let mut rows = if *count < 2 {
        vec![("d", 8), ("c", 7), ("b", 6), ("a", 5), ("old", 1)]
    } else {
        vec![("a", 9), ("d", 8), ("c", 7), ("b", 6), ("old", 1)]
    };
    let number: usize = parameter(request, "page").unwrap().parse().unwrap();
    let rows = rows.split_off((number - 1) * 2).into_iter().take(2).map(|(key, second)| row(key, second)).collect();
    page(rows, 3)
}

#[tokio::test]
async fn what_changed_is_read_until_nothing_new_shows() {
    let requests = Mutex::new(0);
    let host = Loopback::answering(move |request| moving(&requests, request)).await;
    let mut source = open(hrflow(&host, Profiles::Changed { overlap: Duration::ZERO }), Some("2026-06-20T15:25:05+0000"));
    insta::assert_snapshot!(told(&mut source).await, @r#"
    profile d of source s1
    profile c of source s1
    profile b of source s1
    profile a of source s1
    Cursor("2026-06-20T15:25:08+0000")
    "#);
    assert!(host.lines().iter().all(|line| line.contains("order_by=desc&sort_by=updated_at")), "{:?}", host.lines());
    let pages: Vec<_> = host.requests().iter().map(|request| parameter(request, "page").unwrap()).collect();
    assert_eq!(pages.concat(), "123123123", "three passes, and the last shows nothing new");
}

#[tokio::test]
async fn a_list_that_never_comes_to_rest_is_left_to_the_next_run() {
    let second = Mutex::new(0);
    let host = Loopback::answering(move |_| {
        let mut second = second.lock().unwrap();
        *second += 1;
        page(vec![row("restless", *second)], 1)
    })
    .await;
    let said = told(&mut open(hrflow(&host, Profiles::Changed { overlap: Duration::ZERO }), None)).await;
    assert_eq!((host.requests().len(), said.lines().last()), (list::MOST_PASSES, Some(r#"Cursor("2026-06-20T15:25:01+0000")"#)), "{said}");
}

#[tokio::test]
async fn what_changed_stops_at_the_cursor() {
    let host = Loopback::script(vec![page(vec![row("c", 7), row("b", 5)], 900), page(vec![row("a", 5), row("old", 4)], 900)]).await;
    let mut source = open(hrflow(&host, Profiles::Changed { overlap: Duration::ZERO }), Some("2026-06-20T15:25:05+0000"));
    // The script's last page is all that is seen after the first pass.
    let said = told(&mut source).await;
    assert!(said.starts_with("profile c of source s1\nprofile b of source s1\nprofile a of source s1\nCursor("), "{said}");
    assert_eq!(host.requests().len(), 3);
}

#[tokio::test]
async fn a_pass_that_fails_moves_no_cursor() {
    let host = Loopback::script(vec![page(vec![row("c", 7)], 3), reply(402, &[], r#"{"code":402}"#)]).await;
    insta::assert_snapshot!(told(&mut open(hrflow(&host, Profiles::Changed { overlap: Duration::ZERO }), None)).await, @r"
    profile c of source s1
    error: HrFlow says that the quota of this account is used up (GET storing/profiles, code 402): nothing can be read until it is raised
    ");
}

#[tokio::test]
async fn keys_and_references_are_looked_for_in_every_source() {
    let absent = || reply(400, &[], r#"{"code":400,"message":"Invalid parameters. Unable to find object: profile"}"#);
    let answer = move |request: &str| match (parameter(request, "source_key").as_deref(), request) {
        (Some("s2"), request) if request.contains("=here") => json(json!({ "code": 200, "data": { "key": "here" } })),
        _ => absent(),
    };
    let host = Loopback::answering(answer).await;
    let keys = Profiles::Keys(vec!["here".into(), "away&co".into()]);
    let source = source(hrflow(&host, keys));
    insta::assert_snapshot!(told(&mut source.read(None)).await, @r#"
    profile here of source s2
    Missing { by: "key", value: "away&co", source_key: None }
    "#);
    let references = Profiles::References(vec!["here".into()]);
    assert_eq!(told(&mut open(hrflow(&host, references), None)).await, "profile here of source s2\n");
    assert!(host.lines().contains(&"GET /v1/profile/indexing?source_key=s2&reference=here".to_owned()), "{:?}", host.lines());
    let owed = [("s1", "here"), ("", "here")].map(|(source, key)| (source.to_owned(), key.to_owned()));
    insta::assert_snapshot!(told(&mut source.fetch(&owed).unwrap()).await, @r#"
    Missing { by: "key", value: "here", source_key: Some("s1") }
    profile here of source s2
    "#);
}

#[tokio::test]
async fn errors_end_the_source_and_hold_no_secret() {
    let cases = [
        ("not authorised", reply(200, &[], r#"{"code":401,"message":"Unauthorized. Invalid secret key: ask_hush"}"#)),
        ("refused", reply(400, &[], r#"{"code":400,"message":"bad source for ask_hush of me@example.org"}"#)),
        ("gateway", reply(403, &[("content-type", "text/html")], "<html>")),
        ("log-in page", reply(200, &[("content-type", "text/html")], "<html>")),
        ("down", reply(503, &[("content-type", "text/plain")], "no")),
        ("too long", reply(429, &[("retry-after", "3600")], "")),
    ];
    let mut said = String::new();
    for (name, case) in cases {
        let host = Loopback::script(vec![case]).await;
        let mut source = open(hrflow(&host, Profiles::All), None);
        let _ = write!(said, "{name}: {}", told(&mut source).await);
        assert!(source.next().await.is_none());
    }
    insta::assert_snapshot!(said, @r"
    not authorised: error: HrFlow refused the credentials (GET storing/profiles, code 401): check api_key and user_email under source.hrflow, and that the key may read these sources
    refused: error: HrFlow refused GET storing/profiles (code 400): bad source for *** of ***
    gateway: error: HrFlow refused the credentials (GET storing/profiles, code 403): check api_key and user_email under source.hrflow, and that the key may read these sources
    log-in page: error: GET storing/profiles was answered with text/html (HTTP 200) and not with JSON: something between here and HrFlow answered; check source.hrflow.base_url and the way through proxies and gateways
    down: error: GET storing/profiles was answered with text/plain (HTTP 503) and not with JSON: something between here and HrFlow answered; check source.hrflow.base_url and the way through proxies and gateways
    too long: error: HrFlow asks to wait 3600 s before the next GET storing/profiles: run again then
    ");
}

#[tokio::test]
async fn a_secret_that_is_not_there_is_named() {
    let host = Loopback::script(vec![Reply::Close]).await;
    let settings = Hrflow { api_key: SecretRef::Env("HIRELINE_NOT_SET".into()), ..hrflow(&host, Profiles::All) };
    let opened = Source::open(&settings::Source::Hrflow(Box::new(settings)), &Http::new(HttpSettings::default()));
    insta::assert_snapshot!(opened.unwrap_err(), @"the source cannot be opened: the environment variable HIRELINE_NOT_SET is not set: set it where hireline runs");
}
