//! The client: permit, pace, send, read the headers.

use super::pace::Pace;
use super::retry::{self, Decision, Failure, Patience};
use super::url::Target;
use super::{Answer, Body, Fault, HeaderText, Method, Request, encoded, headers};
use bytes::Bytes;
use jiff::Timestamp;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use std::collections::HashMap;
use std::error::Error as _;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::Instant;

/// What Hireline calls itself.
pub const USER_AGENT: &str = concat!("hireline/", env!("CARGO_PKG_VERSION"));

/// The client's bounds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpSettings {
    /// For the name, TCP and TLS. Shorter than the whole request's, or a connection that is not made could not be told from a lost answer.
    pub connect_timeout: Duration,
    /// From the first byte to the answer's last. A writing call's last possible moment is [`Self::longest_write`] after it was called.
    pub request_timeout: Duration,
    /// A longer answer is a fault.
    pub max_answer_bytes: usize,
    /// Requests to one host at once.
    pub requests_a_host: usize,
    /// Tries of a reading call, the first one too.
    pub tries: u32,
    /// Before a reading call's second try; each further wait is twice as long.
    pub first_wait: Duration,
    /// No call waits longer for its turn or for its next try.
    pub longest_wait: Duration,
}

impl Default for HttpSettings {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(10),
            request_timeout: Duration::from_secs(60),
            max_answer_bytes: 64 << 20,
            requests_a_host: 16,
            tries: 5,
            first_wait: Duration::from_secs(1),
            longest_wait: Duration::from_secs(300),
        }
    }
}

impl HttpSettings {
    /// The longest time between the call of [`Http::write`] and the last moment at which its request may still be on the wire.
    pub fn longest_write(&self) -> Duration {
        self.longest_wait + self.request_timeout
    }
}

/// Installs the one provider of TLS. First thing in `main`; a second call changes nothing.
pub fn install_tls_provider() {
    // An error says that there is one already.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// The way out. Cheap to make and to clone: what a connection needs is made when the first one is.
#[derive(Debug, Clone)]
pub struct Http(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    settings: HttpSettings,
    /// For https. Reading the machine's certificates takes milliseconds.
    secure: OnceLock<Result<reqwest::Client, String>>,
    /// For plain http on this machine: knows no certificates and no proxy.
    plain: OnceLock<Result<reqwest::Client, String>>,
    hosts: Mutex<HashMap<String, Arc<Host>>>,
}

/// What is known of one host and port.
#[derive(Debug)]
struct Host {
    permits: Semaphore,
    pace: Mutex<Pace>,
    /// The latest Date header.
    date: Mutex<Option<Timestamp>>,
}

impl Http {
    pub fn new(settings: HttpSettings) -> Self {
        Self(Arc::new(Inner { settings, secure: OnceLock::new(), plain: OnceLock::new(), hosts: Mutex::default() }))
    }

    pub fn settings(&self) -> &HttpSettings {
        &self.0.settings
    }

    /// Sends a writing call: once on the wire, or not at all. Follows no redirect; any status is an answer. A 429 is an answer too, and the host
    /// is left in peace for as long as it asks.
    ///
    /// # Errors
    /// [`Fault::NotSent`] only with proof that no byte left; [`Fault::TooLong`], nothing having been sent, where the host asks for a wait
    /// beyond [`HttpSettings::longest_wait`]; all else is [`Fault::Lost`].
    pub async fn write(&self, request: &Request) -> Result<Answer, Fault> {
        let call = self.prepare(request)?;
        self.once(&call, &call.target).await.map_err(Fault::from)
    }

    /// Sends a call that changes nothing: it is tried again on 429, 5xx and faults of the connection, and follows redirects within its host. After
    /// the last try, what came is the answer.
    ///
    /// # Errors
    /// [`Fault::TooLong`] where the host asks for a wait beyond [`HttpSettings::longest_wait`], else the last try's fault.
    pub async fn read(&self, request: &Request) -> Result<Answer, Fault> {
        let call = self.prepare(request)?;
        let target = &call.target;
        let settings = self.settings();
        let patience = Patience { tries: settings.tries, first_wait: settings.first_wait, longest_wait: settings.longest_wait };
        for tried in 1.. {
            let came = self.follow(&call).await;
            match retry::decide(&came, tried, patience, chance()) {
                Decision::Take => return came.map_err(Fault::from),
                Decision::TooLong(wait) => return Err(Fault::TooLong(wait)),
                Decision::Again { after, reason } => {
                    tracing::debug!(
                        host = target.host,
                        path = target.url.path(),
                        tried,
                        wait_ms = after.as_millis(),
                        reason,
                        "trying again"
                    );
                    tokio::time::sleep(after).await;
                }
            }
        }
        Err(Fault::Lost(format!("{} was asked too often", target.host)))
    }

    /// The latest Date header of the host that `url` names.
    pub fn server_time(&self, url: &str) -> Option<Timestamp> {
        let target = Target::of(url).ok()?;
        *lock(&self.host(&target).date)
    }

    /// Requests a window, as the host that `url` names has told.
    pub fn rate_limit(&self, url: &str) -> Option<u32> {
        let target = Target::of(url).ok()?;
        lock(&self.host(&target).pace).limit()
    }

    /// What can fail before anything is asked, and would fail each time.
    fn prepare(&self, request: &Request) -> Result<Call, Fault> {
        let target = Target::of(&request.url)?;
        let client = self.client(&target)?.clone();
        let (body, content_type) = body(&request.body)?;
        let mut headers = header_map(&request.headers)?;
        if let Some(content_type) = content_type {
            headers.entry(CONTENT_TYPE).or_insert(HeaderValue::from_static(content_type));
        }
        let method = match request.method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
            Method::Patch => reqwest::Method::PATCH,
            Method::Put => reqwest::Method::PUT,
        };
        Ok(Call { client, method, target, headers, body })
    }

    /// Up to five redirects, within the host. One that leaves it is the answer.
    async fn follow(&self, call: &Call) -> Result<Answer, Failure> {
        const MOST: usize = 5;
        let mut target = call.target.clone();
        for _ in 0..MOST {
            let answer = self.once(call, &target).await?;
            let location = answer.header("location").filter(|_| matches!(answer.status, 301 | 302 | 303 | 307 | 308));
            match location.filter(|_| call.method == reqwest::Method::GET).and_then(|location| target.redirected(location)) {
                Some(next) => target = next,
                None => return Ok(answer),
            }
        }
        self.once(call, &target).await
    }

    /// A host's order: permit, pace, send, read the headers.
    async fn once(&self, call: &Call, target: &Target) -> Result<Answer, Failure> {
        let host = self.host(target);
        let _permit = host.turn(self.settings().longest_wait).await?;
        let begin = Instant::now();
        let came = call.send(target, self.settings()).await;
        let (status, fault) = (came.as_ref().ok().map(|answer| answer.status), came.as_ref().err().map(tracing::field::debug));
        let (method, path, ms) = (call.method.as_str(), target.url.path(), begin.elapsed().as_millis());
        tracing::debug!(method, host = target.host, path, status, fault, ms, "request");
        if let Ok(answer) = &came {
            host.learn(answer, self.settings());
        }
        came
    }

    fn client(&self, target: &Target) -> Result<&reqwest::Client, Fault> {
        let settings = self.settings();
        let client = if target.is_plain() {
            // A proxy would carry what stays on this machine through the network, unencrypted.
            self.0.plain.get_or_init(|| build(settings, |builder| builder.no_proxy().tls_certs_only([])))
        } else {
            self.0.secure.get_or_init(|| build(settings, |builder| builder.https_only(true)))
        };
        client.as_ref().map_err(|why| Fault::NotSent(format!("no connection can be made: {why}")))
    }

    fn host(&self, target: &Target) -> Arc<Host> {
        let mut hosts = lock(&self.0.hosts);
        Arc::clone(hosts.entry(target.host.clone()).or_insert_with(|| {
            Arc::new(Host { permits: Semaphore::new(self.settings().requests_a_host), pace: Mutex::default(), date: Mutex::default() })
        }))
    }
}

/// A request that is ready to go, as often as it may.
#[derive(Debug)]
struct Call {
    client: reqwest::Client,
    method: reqwest::Method,
    target: Target,
    headers: HeaderMap,
    body: Option<Bytes>,
}

impl Call {
    async fn send(&self, target: &Target, settings: &HttpSettings) -> Result<Answer, Failure> {
        let mut builder = self.client.request(self.method.clone(), target.url.clone()).timeout(settings.request_timeout);
        if let Some(body) = &self.body {
            builder = builder.body(body.clone());
        }
        let response = builder.headers(self.headers.clone()).send().await.map_err(|error| failure(&error, target))?;
        read_whole(response, target, settings.max_answer_bytes).await
    }
}

impl Host {
    /// Waits for a permit and for the host's pace, both together no longer than `longest`.
    async fn turn(&self, longest: Duration) -> Result<tokio::sync::SemaphorePermit<'_>, Failure> {
        let deadline = Instant::now() + longest;
        let permit = match tokio::time::timeout_at(deadline, self.permits.acquire()).await {
            Ok(Ok(permit)) => permit,
            // The semaphore is never closed.
            Ok(Err(_)) | Err(_) => return Err(Failure::TooLong(longest)),
        };
        loop {
            let departure = lock(&self.pace).depart(Instant::now());
            match departure {
                Ok(()) => return Ok(permit),
                Err(until) if until > deadline => return Err(Failure::TooLong(until - Instant::now())),
                Err(until) => tokio::time::sleep_until(until).await,
            }
        }
    }

    fn learn(&self, answer: &Answer, settings: &HttpSettings) {
        let now = Instant::now();
        let mut pace = lock(&self.pace);
        if let Some(rate) = headers::rate(answer) {
            pace.learn(rate, now);
        }
        if answer.status == 429 {
            pace.pause(now + retry::told_wait(answer).unwrap_or(settings.first_wait));
        }
        if let Some(date) = headers::date(answer).and_then(|date| Timestamp::try_from(date).ok()) {
            let mut latest = lock(&self.date);
            *latest = (*latest).max(Some(date));
        }
    }
}

/// HTTP/1.1 only: one request a connection, so that a connection that breaks leaves one request in doubt, and not all of them. Nothing is
/// followed and nothing repeated by the library: its own rule would send a request again that a server had refused in words of HTTP/2. What
/// stays is hyper's second try on a fresh connection for a request that it still holds whole, since the pooled one closed before its
/// first byte was written; that is proof enough. Few connections idle, and not for long, so that this is rare.
fn build(settings: &HttpSettings, with: impl FnOnce(reqwest::ClientBuilder) -> reqwest::ClientBuilder) -> Result<reqwest::Client, String> {
    install_tls_provider();
    let builder = reqwest::Client::builder()
        .user_agent(USER_AGENT)
        .connect_timeout(settings.connect_timeout.min(settings.request_timeout / 2))
        .pool_idle_timeout(Duration::from_secs(3))
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .http1_only();
    with(builder).build().map_err(|error| innermost(&error))
}

fn body(body: &Body) -> Result<(Option<Bytes>, Option<&'static str>), Fault> {
    match body {
        Body::Empty => Ok((None, None)),
        Body::Json(json) => {
            let bytes = serde_json::to_vec(json).map_err(|error| Fault::NotSent(format!("the body cannot be written as JSON: {error}")))?;
            Ok((Some(bytes.into()), Some("application/json")))
        }
        Body::Form(fields) => {
            let fields: Vec<String> = fields.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value.expose()))).collect();
            Ok((Some(fields.join("&").into()), Some("application/x-www-form-urlencoded")))
        }
    }
}

fn header_map(headers: &[(String, HeaderText)]) -> Result<HeaderMap, Fault> {
    let mut map = HeaderMap::new();
    for (name, text) in headers {
        let bad = |what: &str| Fault::NotSent(format!("the header {name:?} has characters in its {what} that a header may not have"));
        let name = HeaderName::try_from(name).map_err(|_| bad("name"))?;
        let mut value = HeaderValue::from_str(text.expose()).map_err(|_| bad("value"))?;
        value.set_sensitive(matches!(text, HeaderText::Secret(_)));
        map.append(name, value);
    }
    Ok(map)
}

async fn read_whole(mut response: reqwest::Response, target: &Target, most: usize) -> Result<Answer, Failure> {
    let status = response.status().as_u16();
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers = response.headers().iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect();
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| failure(&error, target))? {
        if body.len() + chunk.len() > most {
            return Err(Failure::Oversized(format!("{} sent an answer of more than {most} bytes", target.host)));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Answer { status, headers, body })
}

/// A fault without the address, whose query may hold personal data. That the connection was never made is proof that nothing left: names, TCP and
/// TLS come before the first byte of a request.
fn failure(error: &reqwest::Error, target: &Target) -> Failure {
    let host = &target.host;
    if error.is_connect() {
        Failure::NotSent(format!("{host} cannot be reached: {}", innermost(error)))
    } else if error.is_builder() {
        Failure::NotSent(format!("the request to {host} cannot be written"))
    } else if error.is_timeout() {
        Failure::Lost(format!("{host} did not answer in time"))
    } else {
        Failure::Lost(format!("the connection to {host} broke off: {}", innermost(error)))
    }
}

/// What lies at the bottom of an error: that names neither address nor value.
fn innermost(error: &reqwest::Error) -> String {
    let mut source = error.source();
    let mut text = None;
    while let Some(inner) = source {
        text = Some(inner.to_string());
        source = inner.source();
    }
    text.unwrap_or_else(|| "an unknown fault".to_owned())
}

/// Between 0 and 1. Spreading waits needs no better randomness than a hasher's keys.
fn chance() -> f64 {
    f64::from(u32::try_from(RandomState::new().hash_one(()) >> 32).unwrap_or_default()) / f64::from(u32::MAX)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_costs_nothing_until_it_is_used() {
        let http = Http::new(HttpSettings::default());
        assert!(http.0.secure.get().is_none() && http.0.plain.get().is_none());
        let target = Target::of("http://127.0.0.1:1/").unwrap();
        http.client(&target).unwrap();
        assert!(http.0.secure.get().is_none(), "what stays on this machine needs no certificates");
    }
}
