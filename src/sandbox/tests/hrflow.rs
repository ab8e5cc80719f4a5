use super::*;

const SOURCE: &str = "abababababababababababababababababababab";

fn profile(n: u32, updated: &str) -> Value {
    json!({
        "id": n, "key": format!("{n:040x}"), "reference": format!("REF-{n}"), "source_key": SOURCE, "created_at": format!("2026-01-0{n}T10:00:00+0000"),
        "updated_at": updated, "info": {"email": format!("person{n}@example.org")}, "text": "Writes Rust.", "attachments": null,
        "tags": [{"name": "stage", "value": if n == 2 { "rejected" } else { "new" }}],
    })
}

async fn desk() -> Desk {
    let profiles =
        vec![profile(1, "2026-03-01T10:00:00+0000"), profile(2, "2026-05-01T10:00:00+0000"), profile(3, "2026-04-01T10:00:00+0000")];
    Desk::new(Settings { profiles, ..Settings::default() }).await
}

async fn ask(desk: &Desk, path: &str, query: &[(&str, &str)]) -> Told {
    let request = desk.http.get(format!("{}/{path}", desk.sandbox.hrflow_url())).query(query);
    desk.send(request.header("X-API-KEY", HRFLOW_API_KEY).header("X-USER-EMAIL", HRFLOW_USER_EMAIL)).await.unwrap()
}

fn keys(told: &Told, pointer: &str) -> String {
    let rows = told.body.pointer(pointer).and_then(Value::as_array).unwrap();
    rows.iter().map(|row| row["key"].as_str().unwrap().trim_start_matches('0')).collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn one_profile_by_key_reference_or_email() {
    let desk = desk().await;
    let key = format!("{:040x}", 1);
    for (name, value) in [("key", key.as_str()), ("reference", "REF-1"), ("email", "person1@example.org")] {
        let told = ask(&desk, "profile/indexing", &[("source_key", SOURCE), (name, value)]).await;
        assert_eq!((told.status, &told.body["code"], &told.body["data"]["id"]), (200, &json!(200), &json!(1)));
    }
    insta::assert_snapshot!(ask(&desk, "profile/indexing", &[("source_key", SOURCE), ("key", "x")]).await, @r#"400 {"code":400,"message":"Invalid parameters. Unable to find object: profile"}"#);
    insta::assert_snapshot!(ask(&desk, "profile/indexing", &[("source_key", "x"), ("key", &key)]).await, @r#"400 {"code":400,"message":"Invalid parameters. Unable to find object: profile"}"#);
    insta::assert_snapshot!(ask(&desk, "profile/indexing", &[("key", &key)]).await, @r#"400 {"code":400,"message":"Invalid parameters. Missing field: source_key"}"#);
    insta::assert_snapshot!(ask(&desk, "profile/indexing", &[("source_key", SOURCE)]).await, @r#"400 {"code":400,"message":"Invalid parameters. Missing field: key, reference or email"}"#);
    insta::assert_snapshot!(ask(&desk, "profile/indexing/attachments", &[("source_key", SOURCE), ("key", &key)]).await, @r#"200 {"code":200,"message":"Profile attachments","data":[]}"#);
    let post = desk.http.post(format!("{}/profile/indexing", desk.sandbox.hrflow_url()));
    let post = post.header("X-API-KEY", HRFLOW_API_KEY).header("X-USER-EMAIL", HRFLOW_USER_EMAIL);
    assert_eq!(desk.send(post).await.unwrap().status, 405);
    insta::assert_snapshot!(ask(&desk, "profile/nothing", &[]).await, @r#"404 {"code":404,"message":"Not found."}"#);
}

#[tokio::test]
async fn a_wrong_credential_is_refused_and_the_message_says_the_key() {
    let desk = desk().await;
    let url = format!("{}/profile/indexing", desk.sandbox.hrflow_url());
    insta::assert_snapshot!(desk.send(desk.http.get(&url).header("X-API-KEY", "ask_wrong").header("X-USER-EMAIL", HRFLOW_USER_EMAIL)).await.unwrap(), @r#"401 {"code":401,"message":"Unauthorized. Invalid secret key: ask_wrong"}"#);
    insta::assert_snapshot!(desk.send(desk.http.get(&url).header("X-API-KEY", HRFLOW_API_KEY).header("X-USER-EMAIL", "who@example.org")).await.unwrap(), @r#"401 {"code":401,"message":"Unauthorized. Invalid user email"}"#);
    insta::assert_snapshot!(desk.send(desk.http.get(&url)).await.unwrap(), @r#"401 {"code":401,"message":"Unauthorized. Invalid secret key: "}"#);
}

#[tokio::test]
async fn pages_are_sorted_and_counted() {
    let desk = desk().await;
    let sources = format!("[\"{SOURCE}\"]");
    let base = [("source_keys", sources.as_str()), ("sort_by", "updated_at")];
    let list = async |more: &[(&str, &str)]| {
        let told = ask(&desk, "storing/profiles", &[&base[..], more].concat()).await;
        format!("{} of {}", keys(&told, "/data"), told.body["meta"])
    };
    insta::assert_snapshot!(list(&[("order_by", "desc"), ("limit", "2")]).await, @r#"2 3 of {"page":1,"maxPage":2,"count":2,"total":3}"#);
    insta::assert_snapshot!(list(&[("order_by", "desc"), ("limit", "2"), ("page", "2")]).await, @r#"1 of {"page":2,"maxPage":2,"count":1,"total":3}"#);
    insta::assert_snapshot!(list(&[("order_by", "asc")]).await, @r#"1 3 2 of {"page":1,"maxPage":1,"count":3,"total":3}"#);
    insta::assert_snapshot!(list(&[("page", "7")]).await, @r#" of {"page":7,"maxPage":1,"count":0,"total":3}"#);
    insta::assert_snapshot!(list(&[("created_at_min", "2026-01-02"), ("created_at_max", "2026-01-02")]).await, @r#"2 of {"page":1,"maxPage":1,"count":1,"total":1}"#);
    insta::assert_snapshot!(ask(&desk, "storing/profiles", &[&base[..], &[("limit", "1")]].concat()).await, @r#"200 {"code":200,"message":"Profile list","meta":{"page":1,"maxPage":3,"count":1,"total":3},"data":[{"id":2,"key":"0000000000000000000000000000000000000002","reference":"REF-2","source_key":"abababababababababababababababababababab","created_at":"2026-01-02T10:00:00+0000","updated_at":"2026-05-01T10:00:00+0000"}]}"#);
    let whole = ask(&desk, "storing/profiles", &[&base[..], &[("return_profile", "True")]].concat()).await;
    assert_eq!(whole.body["data"][0]["text"], "Writes Rust.");
}

#[tokio::test]
async fn what_a_list_refuses() {
    let desk = desk().await;
    let sources = format!("[\"{SOURCE}\"]");
    insta::assert_snapshot!(ask(&desk, "storing/profiles", &[]).await, @r#"400 {"code":400,"message":"Invalid parameters. Missing field: source_keys"}"#);
    insta::assert_snapshot!(ask(&desk, "storing/profiles", &[("source_keys", SOURCE)]).await, @r#"400 {"code":400,"message":"Invalid parameters. source_keys must be a JSON array"}"#);
    insta::assert_snapshot!(ask(&desk, "storing/profiles", &[("source_keys", "[]")]).await, @r#"400 {"code":400,"message":"Invalid parameters. source_keys must not be empty"}"#);
    for (name, value) in [("page", "0"), ("limit", "many"), ("sort_by", "name"), ("order_by", "up"), ("created_at_min", "yesterday")] {
        let told = ask(&desk, "storing/profiles", &[("source_keys", &sources), (name, value)]).await;
        assert_eq!((told.status, &told.body["code"]), (400, &json!(400)), "{name}");
    }
}

#[tokio::test]
async fn searching_puts_its_profiles_one_level_deeper() {
    let desk = desk().await;
    let sources = format!("[\"{SOURCE}\"]");
    let search = async |name: &str, value: &str| {
        keys(&ask(&desk, "profiles/searching", &[("source_keys", &sources), (name, value)]).await, "/data/profiles")
    };
    assert_eq!(search("tags_included", r#"[{"name": "stage", "value": "new"}]"#).await, "3 1");
    assert_eq!(search("keywords", r#"["rust"]"#).await, "3 2 1");
    assert_eq!(search("keywords", r#"["cobol"]"#).await, "");
}

#[tokio::test]
async fn profiles_can_be_replaced() {
    let desk = desk().await;
    desk.sandbox.set_profiles(vec![profile(9, "2026-06-01T10:00:00+0000")]);
    let told = ask(&desk, "storing/profiles", &[("source_keys", &format!("[\"{SOURCE}\"]"))]).await;
    assert_eq!(keys(&told, "/data"), "9");
}
