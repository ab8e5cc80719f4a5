//! The client: permit, pace, send, read the headers.

use super::encode::{body, header_map};
use super::limiter::{Limiter, lock, shared};
use super::retry::{self, Decision, Patience};
use super::telemetry::{Service, Telemetry};
use super::url::{MOST_REDIRECTS, Target};
use super::{Answer, Fault, Method, Request};
use crate::model::metrics::Meter;
use bytes::Bytes;
use jiff::Timestamp;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use std::collections::HashMap;
use std::error::Error as _;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

pub const USER_AGENT: &str = concat!("hireline/", env!("CARGO_PKG_VERSION"));

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpSettings {
    /// For the name, TCP and TLS. Shorter than the whole request's, or a connection that is not made could not be told from a lost answer.
    pub connect_timeout: Duration,
    /// From the first byte to the answer's last. A writing call's last possible moment is [`Self::longest_write`] after it was called.
    pub request_timeout: Duration,
    pub max_answer_bytes: usize,
    /// The same, for what is asked by [`Http::ask`]: a token is short.
    pub max_asked_bytes: usize,
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
            max_asked_bytes: 1 << 20,
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
    limiters: Mutex<HashMap<String, Arc<Limiter>>>,
    teller: Mutex<Option<Teller>>,
    alone: OnceLock<()>,
    stop: OnceLock<CancellationToken>,
    telemetry: Telemetry,
}

/// Takes what a person who waits should know, as a sentence.
struct Teller(Box<dyn Fn(String) + Send + Sync>);

impl std::fmt::Debug for Teller {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Teller")
    }
}

impl Http {
    pub fn new(settings: HttpSettings) -> Self {
        Self(Arc::new(Inner {
            settings,
            secure: OnceLock::new(),
            plain: OnceLock::new(),
            limiters: Mutex::default(),
            teller: Mutex::default(),
            alone: OnceLock::new(),
            stop: OnceLock::new(),
            telemetry: Telemetry::default(),
        }))
    }

    pub(super) fn telemetry(&self) -> &Telemetry {
        &self.0.telemetry
    }

    /// Measures from now on; the first meter stays.
    #[must_use]
    pub fn measured_by(self, meter: Meter) -> Self {
        self.telemetry().meter.get_or_init(|| meter);
        self
    }

    pub fn meter(&self) -> Meter {
        self.telemetry().meter.get().cloned().unwrap_or_default()
    }

    /// Once this is cancelled, no request leaves any more, and nothing is waited for but the answer to a request that may have changed
    /// something. The first token stays.
    #[must_use]
    pub fn until(self, stop: CancellationToken) -> Self {
        self.0.stop.get_or_init(|| stop);
        self
    }

    async fn unless_stopped<T>(&self, work: impl Future<Output = T>) -> Result<T, Fault> {
        match self.0.stop.get() {
            Some(stop) => stop.run_until_cancelled(work).await.ok_or(Fault::Stopped),
            None => Ok(work.await),
        }
    }

    /// Says which service is at and below `address`, for logs and metrics.
    pub fn serves(&self, service: Service, address: &str) {
        self.telemetry().serves(service, address);
    }

    /// Whom to tell what a person who waits should know.
    #[must_use]
    pub fn telling(self, teller: impl Fn(String) + Send + Sync + 'static) -> Self {
        *lock(&self.0.teller) = Some(Teller(Box::new(teller)));
        self
    }

    pub fn tell(&self, words: String) {
        tracing::warn!("{words}");
        if let Some(teller) = lock(&self.0.teller).as_ref() {
            (teller.0)(words);
        }
    }

    /// From now on, what is asked at or below `address` has one pace with every process of this machine that uses the same `credential`
    /// there. Neither can be read from what is shared. Source: `docs/delivery.md`, R15.
    pub fn share(&self, address: &str, credential: &str) {
        let cell = shared(address, credential);
        if let (Err(error), true) = (&cell, self.0.alone.set(()).is_ok()) {
            self.tell(format!(
                "nothing can be shared with other runs on this machine, so together they may ask for more than is allowed ({error}): set {} to a \
                 folder of your own that can be written to",
                crate::net::shared::VARIABLE
            ));
        }
        let limiter = Arc::new(Limiter::new(self.settings(), cell.ok()));
        lock(&self.0.limiters).insert(address.trim_end_matches('/').to_owned(), limiter);
    }

    pub fn settings(&self) -> &HttpSettings {
        &self.0.settings
    }

    /// Sends a writing call: once on the wire, or not at all. Follows no redirect; any status is an answer. A 429 is an answer too, and the host
    /// is left in peace for as long as it asks.
    /// Errors: [`Fault::NotSent`] only with proof that no byte left; [`Fault::TooLong`], nothing having been sent, where the host asks for a wait
    /// beyond [`HttpSettings::longest_wait`]; all else is [`Fault::Lost`].
    pub async fn write(&self, request: &Request) -> Result<Answer, Fault> {
        let call = self.prepare(request)?;
        self.once(&call, &call.target).await
    }

    /// Sends a call that changes nothing: it is tried again on 429, 5xx and faults of the connection, and follows redirects within its host. After
    /// the last try, what came is the answer.
    /// Errors: [`Fault::TooLong`] where the host asks for a wait beyond [`HttpSettings::longest_wait`], else the last try's fault.
    pub async fn read(&self, request: &Request) -> Result<Answer, Fault> {
        self.unless_stopped(self.patiently(request, self.settings().tries, None)).await?
    }

    /// As [`Self::read`], for what somebody waits for: so many tries, and after each that brought no answer, whoever waits is told. `what` is asked.
    pub async fn ask(&self, request: &Request, tries: u32, what: &str) -> Result<Answer, Fault> {
        self.patiently(request, tries, Some(what)).await
    }

    async fn patiently(&self, request: &Request, tries: u32, what: Option<&str>) -> Result<Answer, Fault> {
        let settings = self.settings();
        let mut call = self.prepare(request)?;
        call.most = if what.is_some() { settings.max_asked_bytes } else { settings.max_answer_bytes };
        let target = &call.target;
        let patience = Patience { tries, first_wait: settings.first_wait, longest_wait: settings.longest_wait };
        for tried in 1.. {
            let came = self.follow(&call).await;
            match retry::decide(&came, tried, patience, chance()) {
                Decision::Take => return came,
                Decision::TooLong(wait) => return Err(Fault::TooLong(wait)),
                Decision::Again { after, reason } => {
                    let (host, path, wait_ms) = (&target.host, target.url.path(), after.as_millis());
                    tracing::debug!(host, path, tried, wait_ms, reason, "trying again");
                    self.telemetry().asked(&call.method, target).again(&came);
                    if let Some(what) = what {
                        self.tell(format!("{what}: {reason}; trying again, {} of {tries}", tried + 1));
                    }
                    self.unless_stopped(tokio::time::sleep(after)).await?;
                }
            }
        }
        Err(Fault::Lost(format!("{} was asked too often", target.host)))
    }

    /// The latest Date header of the host that `url` names.
    pub fn server_time(&self, url: &str) -> Option<Timestamp> {
        self.limiter(&Target::of(url).ok()?).date()
    }

    pub fn rate_limit(&self, url: &str) -> Option<u32> {
        self.limiter(&Target::of(url).ok()?).limit()
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
        };
        Ok(Call { client, method, target, headers, body, most: self.settings().max_answer_bytes })
    }

    /// Up to [`MOST_REDIRECTS`] redirects, within the host. One that leaves it is the answer.
    async fn follow(&self, call: &Call) -> Result<Answer, Fault> {
        let mut target = call.target.clone();
        for _ in 0..MOST_REDIRECTS {
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
    async fn once(&self, call: &Call, target: &Target) -> Result<Answer, Fault> {
        let limiter = self.limiter(target);
        let asked = self.telemetry().asked(&call.method, &call.target);
        let turn = asked.waits(async { self.unless_stopped(limiter.turn(self.settings().longest_wait)).await? }).await?;
        let came = asked.sends(target, call.send(target, self.settings())).await;
        limiter.learn(&turn, &came, self.settings()).await;
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

    /// The nearest address that is shared; else the host's own.
    fn limiter(&self, target: &Target) -> Arc<Limiter> {
        let mut limiters = lock(&self.0.limiters);
        let url = target.url.as_str();
        let below = |address: &str| url.strip_prefix(address).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?', '#']));
        let nearest = limiters.iter().filter(|(address, _)| below(address)).max_by_key(|(address, _)| address.len());
        if let Some((_, limiter)) = nearest {
            return Arc::clone(limiter);
        }
        Arc::clone(limiters.entry(target.host.clone()).or_insert_with(|| Arc::new(Limiter::new(self.settings(), None))))
    }
}

/// A request that is ready to go, as often as it may. It holds secrets, and does not print.
struct Call {
    client: reqwest::Client,
    method: reqwest::Method,
    target: Target,
    headers: HeaderMap,
    body: Option<Bytes>,
    most: usize,
}

impl Call {
    async fn send(&self, target: &Target, settings: &HttpSettings) -> Result<Answer, Fault> {
        let mut builder = self.client.request(self.method.clone(), target.url.clone()).timeout(settings.request_timeout);
        if let Some(body) = &self.body {
            builder = builder.body(body.clone());
        }
        let response = builder.headers(self.headers.clone()).send().await.map_err(|error| failure(&error, target))?;
        read_whole(response, target, self.most).await
    }
}

/// HTTP/1.1 only: one request a connection, so that a connection that breaks leaves one request in doubt, and not all of them. Nothing is
/// followed and nothing repeated by the library: its own rule would send a request again that a server had refused in words of HTTP/2. What
/// stays is hyper's second try on a fresh connection for a request that it still holds whole, since the pooled one closed before its
/// first byte was written; that is proof enough. Few connections idle, and not for long, so that this is rare.
fn build(settings: &HttpSettings, with: impl FnOnce(reqwest::ClientBuilder) -> reqwest::ClientBuilder) -> Result<reqwest::Client, String> {
    with(builder(settings.connect_timeout.min(settings.request_timeout / 2))).build().map_err(|error| innermost(&error))
}

/// What all clients have in common.
pub(crate) fn builder(connect: Duration) -> reqwest::ClientBuilder {
    install_tls_provider();
    reqwest::Client::builder()
        .user_agent(USER_AGENT)
        .connect_timeout(connect)
        .pool_idle_timeout(Duration::from_secs(3))
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .http1_only()
}

async fn read_whole(mut response: reqwest::Response, target: &Target, most: usize) -> Result<Answer, Fault> {
    let status = response.status().as_u16();
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers = response.headers().iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect();
    let too_long = || Fault::Oversized(format!("{} sent an answer of more than {most} bytes", target.host));
    if response.content_length().is_some_and(|told| told > most as u64) {
        return Err(too_long());
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| failure(&error, target))? {
        if body.len() + chunk.len() > most {
            return Err(too_long());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Answer { status, headers, body })
}

/// A fault without the address, whose query may hold personal data. That the connection was never made is proof that nothing left: names, TCP and
/// TLS come before the first byte of a request.
fn failure(error: &reqwest::Error, target: &Target) -> Fault {
    let host = &target.host;
    if error.is_connect() {
        Fault::NotSent(format!("{host} cannot be reached: {}", innermost(error)))
    } else if error.is_builder() {
        Fault::NotSent(format!("the request to {host} cannot be written"))
    } else if error.is_timeout() {
        Fault::Lost(format!("{host} did not answer in time"))
    } else {
        Fault::Lost(format!("the connection to {host} broke off: {}", innermost(error)))
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
