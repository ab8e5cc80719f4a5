//! All that the sandbox knows: what was sent to it, what came of it, and what it was told to do wrong.

use super::authorize::SignIns;
use super::call::{Call, Reply, Service, moment};
use super::chaos::Draws;
use super::counts::Counts;
use super::misbehave::Misbehaviour;
use super::pace::{Paces, Told};
use super::store::Store;
use super::token::Tokens;
use super::{Settings, greenhouse, hrflow, recruiter, token};
use axum::http::Method;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, VecDeque};

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
    /// Requests to all services, counted as they come.
    calls: u64,
    paces: Windows,
    pub misbehaviours: Vec<Misbehaviour>,
    pub chaos: Option<Draws>,
    /// How many calls met each of the mixed faults.
    drawn: BTreeMap<&'static str, u64>,
    pub counts: Counts,
    requests: VecDeque<Value>,
}

#[derive(Debug)]
struct Windows {
    v3: Paces,
    v1: Paces,
    /// The token endpoint has a window of its own.
    token: Paces,
}

/// Longer texts (attachments) are not kept in the log of requests, only their length.
const LOGGED_TEXT: usize = 2_000;

impl World {
    pub fn new(settings: Settings, greenhouse_url: String) -> Self {
        let of = |limit, window| Paces::new(limit, window, settings.rate_aligned);
        let paces = Windows {
            v3: of(settings.rate_limit_v3, settings.rate_window_v3),
            v1: of(settings.rate_limit_v1, settings.rate_window_v1),
            token: of(settings.rate_limit_token, settings.rate_window_token),
        };
        Self {
            store: Store::new(),
            tokens: Tokens::default(),
            sign_ins: SignIns::default(),
            greenhouse_url,
            writes: 0,
            calls: 0,
            paces,
            misbehaviours: Vec::new(),
            chaos: settings.chaos.map(Draws::new),
            drawn: BTreeMap::new(),
            counts: Counts::default(),
            requests: VecDeque::new(),
            settings,
        }
    }

    /// What `Link` headers begin with. Behind a proxy that ends TLS, clients call the sandbox by another name, and go on by that name.
    pub fn base(&self, call: &Call) -> String {
        let own = self.greenhouse_url.trim_start_matches("http://");
        let other = call.header("host").filter(|host| *host != own && !host.starts_with("localhost"));
        other.map_or_else(|| self.greenhouse_url.clone(), |host| format!("https://{host}"))
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

    /// Counts a request against its credential's window; none where the service has no window (HrFlow publishes none).
    pub fn pace(&mut self, call: &Call) -> Option<Told> {
        let credential = self.credential(call);
        // Reset counts by the clock of the Date header.
        let at = call.at.checked_add(self.settings.date_ahead).unwrap_or(call.at);
        let paces = match call.service {
            Service::Greenhouse if call.below("/v1").is_some() => &mut self.paces.v1,
            Service::Greenhouse => &mut self.paces.v3,
            Service::Token => &mut self.paces.token,
            Service::Hrflow | Service::Control => return None,
        };
        Some(paces.take(credential, at))
    }

    /// A word for the credential that a request is signed with. All tokens of one client are one credential.
    fn credential(&self, call: &Call) -> &'static str {
        let token = call.token(&["bearer", "oauth"]);
        if call.service == Service::Token || token.is_some_and(|token| self.tokens.grant(token, call.at).is_some()) {
            "client"
        } else if token.is_some_and(token::is_outside) {
            "access token"
        } else if call.basic().is_some() {
            "key"
        } else if call.header("x-api-key").is_some() {
            "header"
        } else {
            "unsigned"
        }
    }

    /// What a request does, between what is to happen before it and after it; no answer where its work is never done.
    pub fn work_with(&mut self, call: Option<&Call>, misbehaviour: &Misbehaviour) -> Option<Reply> {
        if misbehaviour.revoke {
            self.tokens.revoke();
        }
        let reply = call.map(|call| self.work(call));
        if let (Some(call), Some(reply), Some(observer)) = (call, &reply, &self.settings.observer) {
            observer.sees(call, reply);
        }
        if let Some(does) = misbehaviour.recruiter {
            recruiter::acts(self, does, None, None);
        }
        reply
    }

    /// The first misbehaviour that meets this request, counted; where there is none, what is drawn.
    pub fn misbehaviour(&mut self, call: &Call) -> Option<Misbehaviour> {
        let found = self.misbehaviours.iter_mut().find_map(|m| m.meets(call).then(|| m.clone()));
        self.misbehaviours.retain(|m| m.times > 0);
        found.or_else(|| {
            let (name, drawn) = self.chaos.as_mut()?.draw(call)?;
            *self.drawn.entry(name).or_default() += 1;
            Some(drawn)
        })
    }

    /// What `GET /counts` tells.
    pub fn counted(&self) -> Value {
        let mut told = self.counts.told();
        told["received"] = json!(self.calls);
        told["drawn"] = json!(self.drawn);
        told["windows"] = json!({"v3": self.paces.v3.told(), "v1": self.paces.v1.told(), "token": self.paces.token.told()});
        told
    }

    pub fn requests(&self) -> Value {
        self.requests.iter().cloned().collect()
    }

    /// Keeps a request for whoever asks, without its secrets.
    pub fn log(&mut self, call: &mut Call, raw_query: Option<&str>) {
        self.calls += 1;
        call.number = self.calls;
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
            "number": call.number, "at": moment(call.at), "service": call.service, "method": call.method.as_str(), "target": target,
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
