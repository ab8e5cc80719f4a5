//! What is logged and measured of each request: which service, which operation, what came, how long it took.
//!
//! A query, a header's value and a body are in neither a log nor a metric.

use super::limiter::{Permit, lock};
use super::url::Target;
use super::{Answer, Fault};
use crate::model::metrics::Meter;
use std::sync::{Mutex, OnceLock};
use std::time::{Duration, Instant};
use tracing::Instrument as _;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    Hrflow,
    Greenhouse,
    Token,
    Other,
}

impl Service {
    pub fn word(self) -> &'static str {
        match self {
            Self::Hrflow => "hrflow",
            Self::Greenhouse => "greenhouse",
            Self::Token => "token",
            Self::Other => "other",
        }
    }
}

/// A wait shorter than this is the pace at work, and no news.
const LONG: Duration = Duration::from_secs(1);

#[derive(Debug, Default)]
pub(super) struct Telemetry {
    pub meter: OnceLock<Meter>,
    services: Mutex<Vec<(String, Service)>>,
}

#[derive(Debug)]
pub(super) struct Asked<'w> {
    telemetry: &'w Telemetry,
    service: Service,
    operation: String,
}

impl Telemetry {
    pub fn serves(&self, service: Service, address: &str) {
        let mut services = lock(&self.services);
        let address = address.trim_end_matches('/');
        if !services.iter().any(|(there, _)| there == address) {
            services.push((address.to_owned(), service));
        }
    }

    pub fn asked(&self, method: &reqwest::Method, target: &Target) -> Asked<'_> {
        let (service, rest) = self.service(target);
        Asked { telemetry: self, service, operation: operation(method, rest) }
    }

    /// Who is asked, and the path below its address; the nearest one counts.
    fn service<'t>(&self, target: &'t Target) -> (Service, &'t str) {
        let url = target.url.as_str();
        let services = lock(&self.services);
        let below = |address: &str| url.strip_prefix(address).filter(|rest| rest.is_empty() || rest.starts_with(['/', '?', '#']));
        let nearest = services.iter().filter_map(|(address, service)| Some((address.len(), *service, below(address)?)));
        nearest.max_by_key(|(length, ..)| *length).map_or((Service::Other, ""), |(_, service, rest)| (service, rest))
    }
}

/// `GET /v3/candidates/*`: the method, and the path with a star for whatever is no word of the API.
fn operation(method: &reqwest::Method, rest: &str) -> String {
    let path = rest.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/');
    let is_word = |part: &str| matches!(part, "v1" | "v3") || part.bytes().all(|sign| sign.is_ascii_lowercase() || sign == b'_');
    let path: Vec<&str> = path.split('/').map(|part| if is_word(part) { part } else { "*" }).collect();
    format!("{method} {}", path.join("/")).trim_end().to_owned()
}

impl Asked<'_> {
    fn meter(&self) -> Option<&Meter> {
        self.telemetry.meter.get()
    }

    pub async fn waits<'l>(&self, turn: impl Future<Output = Result<Permit<'l>, Fault>>) -> Result<Permit<'l>, Fault> {
        let turn = turn.await?;
        if !turn.waited.is_zero() {
            self.meter().inspect(|meter| meter.waited(self.service.word(), turn.waited));
        }
        if turn.waited >= LONG {
            let (service, operation, seconds) = (self.service.word(), &self.operation, seconds(turn.waited));
            tracing::info!(service, operation, seconds, "waited for the rate limit");
        }
        Ok(turn)
    }

    /// The request itself, in a span of its own.
    pub async fn sends(&self, target: &Target, sending: impl Future<Output = Result<Answer, Fault>>) -> Result<Answer, Fault> {
        let (service, operation) = (self.service.word(), self.operation.as_str());
        let status = tracing::field::Empty;
        let span = tracing::debug_span!("request", service, operation, status);
        let begin = Instant::now();
        let came = sending.instrument(span.clone()).await;
        let took = begin.elapsed();
        self.meter().inspect(|meter| meter.request(service, operation, class(&came), took));
        span.in_scope(|| self.tells(&came, target, took));
        came
    }

    fn tells(&self, came: &Result<Answer, Fault>, target: &Target, took: Duration) {
        let status = came.as_ref().ok().map(|answer| answer.status);
        if let Some(status) = status {
            tracing::Span::current().record("status", status);
        }
        let (method, path) = (self.operation.split(' ').next(), target.url.path());
        let request_id = came.as_ref().ok().and_then(request_id);
        let fault = came.as_ref().err().map(tracing::field::debug);
        tracing::debug!(method, host = target.host, path, status, request_id, fault, seconds = seconds(took), "request");
    }

    pub fn again(&self, came: &Result<Answer, Fault>) {
        let reason = match came {
            Ok(answer) if answer.status == 429 => "rate_limit",
            Ok(_) => "server_fault",
            Err(Fault::NotSent(_)) => "not_sent",
            Err(_) => "lost",
        };
        self.meter().inspect(|meter| meter.again(self.service.word(), reason));
    }
}

fn class(came: &Result<Answer, Fault>) -> &'static str {
    match came {
        Ok(answer) => match answer.status {
            200..300 => "2xx",
            300..400 => "3xx",
            400..500 => "4xx",
            _ => "5xx",
        },
        Err(Fault::NotSent(_) | Fault::TooLong(_) | Fault::Stopped) => "not_sent",
        Err(Fault::Lost(_) | Fault::Oversized(_)) => "lost",
    }
}

/// What to name when asking the other side about a request. Only a UUID is taken: anything else could repeat what was sent.
fn request_id(answer: &Answer) -> Option<&str> {
    let told = answer.header("x-request-id")?;
    uuid::Uuid::try_parse(told).is_ok().then_some(told)
}

/// To the millisecond: what a person reads.
pub(crate) fn seconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 1000.0).round() / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::http::{Http, HttpSettings};

    #[test]
    fn an_operation_is_the_path_below_its_service_without_anybodys_id() {
        let http = Http::new(HttpSettings::default());
        http.serves(Service::Hrflow, "https://api.hrflow.ai/v1/");
        http.serves(Service::Greenhouse, "https://gateway.example.org/customer");
        http.serves(Service::Token, "https://gateway.example.org/customer/token");
        let told = |method: &str, url: &str| {
            let asked = http.telemetry().asked(&method.parse().unwrap(), &Target::of(url).unwrap()).operation;
            let service = http.telemetry().service(&Target::of(url).unwrap()).0.word();
            format!("{service} {asked}")
        };
        let cases = [
            ("GET", "https://api.hrflow.ai/v1/profiles/searching?key=1&email=ada%40example.org"),
            ("POST", "https://gateway.example.org/customer/v3/candidates"),
            ("PATCH", "https://gateway.example.org/customer/v3/candidates/57000001"),
            ("GET", "https://gateway.example.org/customer/v1/candidates/57000001/activity_feed/"),
            ("GET", "https://gateway.example.org/customer/v1/Ada%20Lovelace/cv.pdf"),
            ("POST", "https://gateway.example.org/customer/token"),
            ("POST", "https://gateway.example.org/customers/v3/candidates"),
            ("GET", "https://elsewhere.example.org/ada/lovelace?q=1"),
        ];
        let table: String = cases.iter().map(|(method, url)| format!("{}\n", told(method, url))).collect();
        insta::assert_snapshot!(table, @r"
        hrflow GET /profiles/searching
        greenhouse POST /v3/candidates
        greenhouse PATCH /v3/candidates/*
        greenhouse GET /v1/candidates/*/activity_feed
        greenhouse GET /v1/*/*
        token POST
        other POST
        other GET
        ");
    }

    #[test]
    fn only_a_uuid_is_a_request_id() {
        let with = |id: &str| Answer { status: 200, headers: vec![("x-request-id".into(), id.into())], body: Vec::new() };
        assert!(request_id(&with("8b0fc0a6-3a3f-4a5b-9d52-1a2b3c4d5e6f")).is_some());
        assert_eq!(request_id(&with("hush ada@example.org")), None);
    }
}
