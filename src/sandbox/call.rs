//! One request as it was received, and one answer before it becomes bytes.

use axum::http::{HeaderMap, Method};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// Which of the sandbox's servers a request came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Service {
    Hrflow,
    Greenhouse,
    Token,
    Control,
}

impl Service {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Hrflow => "hrflow",
            Self::Greenhouse => "greenhouse",
            Self::Token => "token",
            Self::Control => "control",
        }
    }
}

#[derive(Debug, Clone)]
pub(super) struct Call {
    pub service: Service,
    pub method: Method,
    pub path: String,
    pub query: Vec<(String, String)>,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
    /// Counted from 1, over all of the sandbox's services but its control; 0 for what nobody asked for by a request.
    pub number: u64,
    pub at: Timestamp,
    /// Rows that this call makes are in no list before this moment.
    pub visible_from: Timestamp,
    /// Until then they are listed as `{message}` stubs, rather than not at all.
    pub as_stub: bool,
}

impl Call {
    /// What somebody does in Greenhouse, by hand and not by a request.
    pub fn of_recruiter() -> Self {
        let at = now();
        Self {
            service: Service::Control,
            method: Method::POST,
            path: String::new(),
            query: Vec::new(),
            headers: HeaderMap::new(),
            body: Vec::new(),
            number: 0,
            at,
            visible_from: at,
            as_stub: false,
        }
    }

    /// What sort of request it is: its service, its method, and its path with a star for every id.
    pub fn kind(&self) -> String {
        let starred = |part: &str| if part.is_empty() || part.parse::<u64>().is_err() { part.to_owned() } else { "*".to_owned() };
        let path: Vec<String> = self.path.split('/').map(starred).collect();
        format!("{} {} {}", self.service.word(), self.method, path.join("/"))
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The first value of a query parameter.
    pub fn param(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// The path below `prefix`, cut at its slashes; none where the path is not below it.
    pub fn below<'a>(&'a self, prefix: &str) -> Option<Vec<&'a str>> {
        let rest = self.path.strip_prefix(prefix)?;
        if !rest.is_empty() && !rest.starts_with('/') {
            return None;
        }
        Some(rest.split('/').filter(|part| !part.is_empty()).collect())
    }

    /// Name and password of `Authorization: Basic …`.
    pub fn basic(&self) -> Option<(String, String)> {
        let (scheme, encoded) = self.header("authorization")?.split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("basic") {
            return None;
        }
        let text = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
        text.split_once(':').map(|(name, password)| (name.to_owned(), password.to_owned()))
    }

    /// The token of `Authorization: SCHEME …`, the scheme one of those given.
    pub fn token(&self, schemes: &[&str]) -> Option<&str> {
        let (scheme, token) = self.header("authorization")?.split_once(' ')?;
        schemes.iter().any(|s| s.eq_ignore_ascii_case(scheme)).then(|| token.trim())
    }

    pub fn has_content_type(&self, wanted: &str) -> bool {
        self.header("content-type").is_some_and(|t| t.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(wanted))
    }

    /// The body as a JSON object; `None` where it is anything else, or is not said to be JSON.
    pub fn object(&self) -> Option<Map<String, Value>> {
        if !self.has_content_type("application/json") {
            return None;
        }
        serde_json::from_slice(&self.body).ok()
    }

    /// The body's pairs, `application/x-www-form-urlencoded`.
    pub fn form(&self) -> Vec<(String, String)> {
        form_urlencoded::parse(&self.body).into_owned().collect()
    }
}

#[derive(Debug, Clone)]
pub(super) struct Reply {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub content: Content,
}

#[derive(Debug, Clone)]
pub(super) enum Content {
    Json(Value),
    Html(&'static str),
    /// Said to be JSON.
    Text(String),
    Empty,
}

/// An answer, or a refusal: `?` hands a refusal on.
pub(super) type Answered = Result<Reply, Reply>;

impl Reply {
    pub fn json(status: u16, value: Value) -> Self {
        Self { status, headers: Vec::new(), content: Content::Json(value) }
    }

    /// `{"message": …}`, as both Harvest APIs refuse.
    pub fn message(status: u16, message: &str) -> Self {
        Self::json(status, json!({"message": message}))
    }

    pub fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.headers.push((name, value.to_string()));
        self
    }

    pub fn bytes(&self) -> Vec<u8> {
        match &self.content {
            Content::Json(value) => value.to_string().into_bytes(),
            Content::Html(text) => text.as_bytes().to_vec(),
            Content::Text(text) => text.clone().into_bytes(),
            Content::Empty => Vec::new(),
        }
    }

    pub fn content_type(&self) -> Option<&'static str> {
        match self.content {
            Content::Json(_) | Content::Text(_) => Some("application/json"),
            Content::Html(_) => Some("text/html; charset=utf-8"),
            Content::Empty => None,
        }
    }
}

/// Now, in whole milliseconds: a row's moment is exactly what its reader is told.
pub(super) fn now() -> Timestamp {
    Timestamp::from_millisecond(Timestamp::now().as_millisecond()).unwrap_or(Timestamp::MIN)
}

/// RFC 3339 in UTC with milliseconds, as Greenhouse writes moments.
pub(super) fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}
