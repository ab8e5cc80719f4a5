//! All that the sandbox knows: what was sent to it, what came of it, and what it was told to do wrong.

use super::authorize::SignIns;
use super::call::{Call, Reply, Service, moment};
use super::misbehave::Misbehaviour;
use super::pace::{Pace, Told};
use super::store::Store;
use super::token::Tokens;
use super::{Settings, greenhouse, hrflow, token};
use axum::http::Method;
use serde_json::{Map, Value, json};
use std::collections::VecDeque;
use std::time::Duration;

#[derive(Debug)]
pub(super) struct World {
    pub settings: Settings,
    pub store: Store,
    pub tokens: Tokens,
    pub sign_ins: SignIns,
    /// Where Greenhouse is: `Link` headers and attachments' URLs begin with it.
    pub greenhouse_url: String,
    /// Writing requests to Greenhouse, counted as they come.
    pub writes: u64,
    paces: Paces,
    misbehaviours: Vec<Misbehaviour>,
    requests: VecDeque<Value>,
}

#[derive(Debug)]
struct Paces {
    v3: Pace,
    v1: Pace,
    token: Pace,
}

/// The token endpoint has a window of its own. Source: "the token endpoint has its own 60 s window".
const TOKEN_WINDOW: Duration = Duration::from_secs(60);
/// Longer texts (attachments) are not kept in the log of requests, only their length.
const LOGGED_TEXT: usize = 2_000;

impl World {
    pub fn new(settings: Settings, greenhouse_url: String) -> Self {
        let paces = Paces {
            v3: Pace::new(settings.rate_limit_v3, settings.rate_window_v3),
            v1: Pace::new(settings.rate_limit_v1, settings.rate_window_v1),
            token: Pace::new(settings.rate_limit_token, TOKEN_WINDOW),
        };
        let tokens = Tokens::default();
        let store = Store::new();
        let sign_ins = SignIns::default();
        Self { settings, store, tokens, sign_ins, greenhouse_url, writes: 0, paces, misbehaviours: Vec::new(), requests: VecDeque::new() }
    }

    /// Forgets all that happened; the settings stay.
    pub fn reset(&mut self) {
        *self = Self::new(self.settings.clone(), self.greenhouse_url.clone());
    }

    /// What a request does, and its own answer to it.
    pub fn work(&mut self, call: &Call) -> Reply {
        match call.service {
            Service::Hrflow => hrflow::answer(self, call),
            Service::Greenhouse => greenhouse::answer(self, call),
            Service::Token => token::answer(self, call),
            Service::Control => Reply::message(404, "Not found"),
        }
    }

    /// Counts a request against its window; none where the service has no window (HrFlow publishes none).
    pub fn pace(&mut self, call: &Call) -> Option<Told> {
        let pace = match call.service {
            Service::Greenhouse if call.below("/v1").is_some() => &mut self.paces.v1,
            Service::Greenhouse => &mut self.paces.v3,
            Service::Token => &mut self.paces.token,
            Service::Hrflow | Service::Control => return None,
        };
        Some(pace.take(call.at))
    }

    pub fn misbehave(&mut self, misbehaviour: Misbehaviour) {
        self.misbehaviours.push(misbehaviour);
    }

    pub fn behave(&mut self) {
        self.misbehaviours.clear();
    }

    /// The first misbehaviour that meets this request, counted.
    pub fn misbehaviour(&mut self, call: &Call) -> Option<Misbehaviour> {
        let found = self.misbehaviours.iter_mut().find_map(|m| m.meets(call).then(|| m.clone()));
        self.misbehaviours.retain(|m| m.times > 0);
        found
    }

    pub fn requests(&self) -> Value {
        self.requests.iter().cloned().collect()
    }

    /// Keeps a request for whoever asks, without its secrets.
    pub fn log(&mut self, call: &Call, raw_query: Option<&str>) {
        if call.service == Service::Greenhouse && call.method != Method::GET {
            self.writes += 1;
        }
        let target = raw_query.map_or_else(|| call.path.clone(), |query| format!("{}?{query}", call.path));
        let headers: Map<String, Value> = call
            .headers
            .iter()
            .map(|(name, value)| (name.to_string(), json!(masked(name.as_str(), value.to_str().unwrap_or("(not text)")))))
            .collect();
        let entry = json!({
            "at": moment(call.at), "service": call.service, "method": call.method.as_str(), "target": target,
            "headers": headers, "body": logged_body(call),
        });
        if self.requests.len() >= self.settings.requests_kept {
            self.requests.pop_front();
        }
        self.requests.push_back(entry);
    }
}

fn masked(name: &str, value: &str) -> String {
    match name {
        "authorization" | "proxy-authorization" => format!("{} ***", value.split(' ').next().unwrap_or_default()),
        "x-api-key" | "x-user-email" | "cookie" => "***".into(),
        _ => value.to_owned(),
    }
}

fn logged_body(call: &Call) -> Value {
    if call.body.is_empty() {
        return Value::Null;
    }
    if call.service == Service::Token {
        let pairs = call.form().into_iter().map(|(name, value)| {
            let open = matches!(name.as_str(), "grant_type" | "sub");
            (name, json!(if open { value } else { "***".into() }))
        });
        return Value::Object(pairs.collect());
    }
    let body = serde_json::from_slice(&call.body).unwrap_or_else(|_| json!(String::from_utf8_lossy(&call.body)));
    shortened(body)
}

fn shortened(value: Value) -> Value {
    match value {
        Value::String(text) if text.len() > LOGGED_TEXT => json!(format!("({} bytes)", text.len())),
        Value::Array(items) => items.into_iter().map(shortened).collect(),
        Value::Object(members) => members.into_iter().map(|(name, value)| (name, shortened(value))).collect(),
        other => other,
    }
}
