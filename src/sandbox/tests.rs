//! The sandbox as a client meets it: over HTTP, each answer written down.

mod candidates;
mod chaos;
mod faults;
mod hrflow;
mod lists;
mod people;
mod road;
mod strict;
mod token;
mod v1;
mod v3;

use super::*;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use std::sync::LazyLock;

static MOMENT: LazyLock<regex::Regex> = LazyLock::new(|| regex::Regex::new(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z").unwrap());

/// A sandbox and a client that follows no redirect and never waits long.
struct Desk {
    sandbox: Sandbox,
    http: reqwest::Client,
}

/// An answer, made comparable: moments, ports and cursors are replaced by their names.
struct Told {
    status: u16,
    link: Option<String>,
    headers: reqwest::header::HeaderMap,
    body: Value,
    text: String,
}

impl std::fmt::Display for Told {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.status, self.text)
    }
}

impl Told {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    fn id(&self, pointer: &str) -> u64 {
        self.body.pointer(pointer).and_then(Value::as_u64).unwrap()
    }

    fn ids(&self) -> Vec<u64> {
        self.body.as_array().unwrap().iter().map(|row| row["id"].as_u64().unwrap()).collect()
    }

    fn pretty(&self) -> String {
        let plain = serde_json::to_string_pretty(&self.body).unwrap();
        format!("{} {}", self.status, plain)
    }
}

impl Desk {
    async fn new(settings: Settings) -> Self {
        drop(rustls::crypto::ring::default_provider().install_default());
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .timeout(Duration::from_secs(10))
            .build()
            .unwrap();
        Self { sandbox: Sandbox::start(settings).await.unwrap(), http }
    }

    async fn open() -> Self {
        Self::new(Settings::default()).await
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> reqwest::Result<Told> {
        let answer = request.send().await?;
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let text = answer.text().await?;
        let link = headers.get("link").map(|link| link.to_str().unwrap().to_owned());
        let text = MOMENT.replace_all(
            &text,
            |found: &regex::Captures| if found[0].ends_with("T00:00:00.000Z") { found[0].to_owned() } else { "[moment]".into() },
        );
        let text = text.replace(&self.sandbox.greenhouse_url(), "[greenhouse]");
        Ok(Told { status, link, headers, body: serde_json::from_str(&text).unwrap_or(Value::Null), text })
    }

    /// v3, with the token given from outside.
    async fn v3(&self, method: &str, path: &str, body: Option<Value>) -> Told {
        self.send(self.v3_request(method, path, body)).await.unwrap()
    }

    fn v3_request(&self, method: &str, path: &str, body: Option<Value>) -> reqwest::RequestBuilder {
        let url = format!("{}/v3{path}", self.sandbox.greenhouse_url());
        let request = self.http.request(method.parse().unwrap(), url).bearer_auth(ACCESS_TOKEN);
        body.iter().fold(request, |request, body| request.json(body))
    }

    /// v1, with the key, on behalf of the site admin.
    async fn v1(&self, method: &str, path: &str, body: Option<Value>) -> Told {
        let url = format!("{}/v1{path}", self.sandbox.greenhouse_url());
        let request = self.http.request(method.parse().unwrap(), url).basic_auth(V1_API_KEY, Some("")).header("On-Behalf-Of", SITE_ADMIN);
        self.send(body.iter().fold(request, |request, body| request.json(body))).await.unwrap()
    }

    async fn post(&self, path: &str, body: Value) -> Told {
        self.v3("POST", path, Some(body)).await
    }

    async fn get(&self, path: &str) -> Told {
        self.v3("GET", path, None).await
    }

    /// A token for `sub`, by client credentials.
    async fn token(&self, sub: u64) -> String {
        let form = [("grant_type", "client_credentials"), ("sub", &sub.to_string())];
        let told =
            self.send(self.http.post(self.sandbox.token_url()).basic_auth(CLIENT_ID, Some(CLIENT_SECRET)).form(&form)).await.unwrap();
        told.body["access_token"].as_str().unwrap().to_owned()
    }
}

impl Desk {
    /// The control server.
    async fn control(&self, method: &str, path: &str, body: Option<Value>) -> Told {
        let request = self.http.request(method.parse().unwrap(), format!("{}{path}", self.sandbox.control_url()));
        self.send(body.iter().fold(request, |request, body| request.json(body))).await.unwrap()
    }

    /// Something goes wrong, in the words of `--misbehave`.
    async fn wrong(fault: &str) -> Self {
        let desk = Self::open().await;
        desk.sandbox.misbehave(fault.parse().unwrap()).unwrap();
        desk
    }

    fn made(&self) -> usize {
        self.sandbox.state()["candidates"].as_array().unwrap().len()
    }

    /// A create, whatever becomes of it.
    async fn create(&self) -> reqwest::Result<Told> {
        self.send(self.v3_request("POST", "/candidates", Some(ada()))).await
    }
}

fn ada() -> Value {
    json!({"first_name": "Ada", "last_name": "Example", "email_addresses": [{"value": "Ada+1@example.org", "type": "personal"}]})
}

fn with(mut body: Value, members: Value) -> Value {
    body.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    body
}
