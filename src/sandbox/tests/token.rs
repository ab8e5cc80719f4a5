use super::*;

async fn ask(desk: &Desk, client: Option<(&str, &str)>, form: &[(&str, &str)]) -> String {
    let request = desk.http.post(desk.sandbox.token_url()).form(form);
    let request = client.iter().fold(request, |request, (id, secret)| request.basic_auth(id, Some(secret)));
    desk.send(request).await.unwrap().to_string()
}

#[tokio::test]
async fn a_client_gets_a_token_for_a_known_user() {
    let desk = Desk::open().await;
    let right = Some((CLIENT_ID, CLIENT_SECRET));
    insta::assert_snapshot!(ask(&desk, right, &[("grant_type", "client_credentials")]).await, @r#"200 {"token_type":"Bearer","access_token":"sandbox-token-000001","expires_in":3600}"#);
    insta::assert_snapshot!(ask(&desk, right, &[("grant_type", "client_credentials"), ("sub", "92121")]).await, @r#"200 {"token_type":"Bearer","access_token":"sandbox-token-000002","expires_in":3600}"#);
    insta::assert_snapshot!(ask(&desk, right, &[("grant_type", "client_credentials"), ("sub", "5")]).await, @r#"400 {"error":"invalid_grant"}"#);
    insta::assert_snapshot!(ask(&desk, right, &[("grant_type", "magic")]).await, @r#"400 {"error":"unsupported_grant_type"}"#);
    insta::assert_snapshot!(ask(&desk, right, &[]).await, @r#"400 {"error":"invalid_request"}"#);
    insta::assert_snapshot!(ask(&desk, Some(("who", CLIENT_SECRET)), &[("grant_type", "client_credentials")]).await, @r#"401 {"error":"invalid_client"}"#);
    insta::assert_snapshot!(ask(&desk, Some(("no id", CLIENT_SECRET)), &[("grant_type", "client_credentials")]).await, @r#"400 {"error":"invalid_request"}"#);
    insta::assert_snapshot!(ask(&desk, Some((CLIENT_ID, "wrong")), &[("grant_type", "client_credentials")]).await, @r#"401 {"error":"invalid_client"}"#);
    insta::assert_snapshot!(ask(&desk, None, &[("grant_type", "client_credentials")]).await, @r#"401 {"error":"invalid_client"}"#);
}

#[tokio::test]
async fn a_json_body_is_no_form() {
    let desk = Desk::open().await;
    let request = desk
        .http
        .post(desk.sandbox.token_url())
        .basic_auth(CLIENT_ID, Some(CLIENT_SECRET))
        .json(&json!({"grant_type": "client_credentials"}));
    insta::assert_snapshot!(desk.send(request).await.unwrap(), @r#"400 {"error":"invalid_request"}"#);
}

#[tokio::test]
async fn the_password_grant_opens_v1_and_not_v3() {
    let desk = Desk::open().await;
    let form = [
        ("grant_type", "password"),
        ("client_id", CLIENT_ID),
        ("client_secret", CLIENT_SECRET),
        ("username", OAUTH_USERNAME),
        ("password", OAUTH_PASSWORD),
    ];
    insta::assert_snapshot!(ask(&desk, None, &form).await, @r#"200 {"token_type":"Bearer","access_token":"sandbox-token-000001","expires_in":3600}"#);
    let v1 = format!("{}/v1/sources", desk.sandbox.greenhouse_url());
    for scheme in ["OAuth", "Bearer"] {
        let request = desk.http.get(&v1).header("Authorization", format!("{scheme} sandbox-token-000001"));
        assert_eq!(desk.send(request).await.unwrap().status, 200);
    }
    let request = desk.http.get(format!("{}/v3/sources", desk.sandbox.greenhouse_url())).bearer_auth("sandbox-token-000001");
    assert_eq!(desk.send(request).await.unwrap().status, 401);
    let wrong = [
        ("grant_type", "password"),
        ("client_id", CLIENT_ID),
        ("client_secret", CLIENT_SECRET),
        ("username", OAUTH_USERNAME),
        ("password", "x"),
    ];
    insta::assert_snapshot!(ask(&desk, None, &wrong).await, @r#"400 {"error":"invalid_grant"}"#);
}

#[tokio::test]
async fn a_token_ends() {
    let settings = Settings { token_lifetime: Duration::from_secs(1), token_expiry: TokenExpiry::At, ..Settings::default() };
    let desk = Desk::new(settings).await;
    insta::assert_snapshot!(ask(&desk, Some((CLIENT_ID, CLIENT_SECRET)), &[("grant_type", "client_credentials")]).await, @r#"200 {"token_type":"Bearer","access_token":"sandbox-token-000001","expires_at":"[moment]"}"#);
    let sources = || desk.http.get(format!("{}/v3/sources", desk.sandbox.greenhouse_url())).bearer_auth("sandbox-token-000001");
    assert_eq!(desk.send(sources()).await.unwrap().status, 200);
    tokio::time::sleep(Duration::from_millis(1050)).await;
    insta::assert_snapshot!(desk.send(sources()).await.unwrap(), @r#"401 {"message":"Unauthorized","errors":["The access token is not valid."]}"#);
}

#[tokio::test]
async fn revoked_tokens_are_refused() {
    let desk = Desk::open().await;
    let token = desk.token(SITE_ADMIN).await;
    let sources = || desk.http.get(format!("{}/v3/sources", desk.sandbox.greenhouse_url())).bearer_auth(&token);
    assert_eq!(desk.send(sources()).await.unwrap().status, 200);
    desk.sandbox.revoke_tokens();
    assert_eq!(desk.send(sources()).await.unwrap().status, 401);
}

#[tokio::test]
async fn it_is_one_path_one_method_and_a_window_of_its_own() {
    let desk = Desk::new(Settings { rate_limit_token: 2, ..Settings::default() }).await;
    assert_eq!(desk.send(desk.http.get(desk.sandbox.token_url())).await.unwrap().status, 405);
    assert_eq!(desk.send(desk.http.post(format!("{}/more", desk.sandbox.token_url()))).await.unwrap().status, 404);
    let refused = desk.send(desk.http.post(desk.sandbox.token_url())).await.unwrap();
    assert_eq!((refused.status, refused.header("x-ratelimit-limit")), (429, "2"));
    assert!((50..=60).contains(&refused.header("retry-after").parse::<i64>().unwrap()));
}
