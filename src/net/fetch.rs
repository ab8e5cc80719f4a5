//! Fetches a file from an address in a profile, to send its content.
//!
//! The address is untrusted: it must not lead into this machine's own network, stall it, or fill its memory.
//! So: https only; addresses that are not public are refused when the connection is made, whatever the name
//! resolved to before; each redirect is checked again; no credentials; size, time and redirects are bounded,
//! and so is the memory of all files together.

mod address;
mod kind;

pub use kind::{Kind, NAMES};

use address::{NotPublic, Public};
use reqwest::header::{ACCEPT, CONTENT_ENCODING, CONTENT_LENGTH, LOCATION};
use reqwest::{Response, Url};
use std::error::Error as _;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

#[derive(Debug, Clone)]
pub struct Bounds {
    /// One file's bytes.
    pub file: usize,
    /// All files' bytes that are held at once, with their encoded form.
    pub together: usize,
    pub at_once: usize,
    pub connect: Duration,
    /// From the first attempt to the last byte, without waiting for other files.
    pub whole: Duration,
    pub hops: usize,
    pub tries: u32,
    pub first_wait: Duration,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            file: 20 << 20,
            together: 96 << 20,
            at_once: 8,
            connect: Duration::from_secs(10),
            whole: Duration::from_secs(60),
            hops: 5,
            tries: 3,
            first_wait: Duration::from_millis(500),
        }
    }
}

/// A file's bytes while they are encoded and written as a request's body: at most this many times its size.
const COPIES: usize = 4;
const KIB: usize = 1024;

/// Why a file could not be fetched. Without the address, which may hold a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct FetchError(String);

/// A file, and its share of the memory for all files, which is released on drop.
#[derive(Debug)]
pub struct Fetched {
    pub bytes: Vec<u8>,
    pub share: OwnedSemaphorePermit,
}

#[derive(Debug)]
pub struct Fetcher {
    bounds: Bounds,
    public: Arc<Public>,
    client: OnceLock<Result<reqwest::Client, String>>,
    memory: Arc<Semaphore>,
    at_once: Semaphore,
}

enum Attempt {
    Never(FetchError),
    NotNow(FetchError),
}

impl Fetcher {
    /// `hosts` may have any address, and plain http if it is this machine's.
    pub fn new(hosts: &[String], bounds: Bounds) -> Self {
        Self::by(Public::new(hosts), bounds)
    }

    fn by(public: Public, bounds: Bounds) -> Self {
        Self {
            public: Arc::new(public),
            client: OnceLock::new(),
            memory: Arc::new(Semaphore::new(bounds.together / KIB)),
            at_once: Semaphore::new(bounds.at_once),
            bounds,
        }
    }

    /// Errors: what is wrong with the address, the host or the file.
    pub async fn fetch(&self, address: &str) -> Result<Fetched, FetchError> {
        let Ok(url) = Url::parse(address) else { return Err(no("its address cannot be read: it needs a scheme and a host")) };
        let _turn = self.at_once.acquire().await;
        let late = || no(format!("{} did not send it within {} s", host(&url), self.bounds.whole.as_secs_f32()));
        let mut wait = self.bounds.first_wait;
        let deadline = tokio::time::Instant::now() + self.bounds.whole;
        for last in (1..=self.bounds.tries.max(1)).map(|tried| tried >= self.bounds.tries) {
            let came = match tokio::time::timeout_at(deadline, self.answer(url.clone())).await {
                Err(_) => return Err(late()),
                Ok(Err(attempt)) => Err(attempt),
                Ok(Ok(response)) => {
                    let share = self.share(&response).await?;
                    tokio::time::timeout(self.bounds.whole, self.read(response, share)).await.map_err(|_| late())?
                }
            };
            match came {
                Ok(fetched) => return Ok(fetched),
                Err(Attempt::NotNow(_)) if !last => {
                    tokio::time::sleep(wait).await;
                    wait *= 2;
                }
                Err(Attempt::NotNow(error) | Attempt::Never(error)) => return Err(error),
            }
        }
        Err(late())
    }

    /// Sends the request and follows redirects. Each address is checked; a name's addresses are checked when
    /// the connection is made.
    async fn answer(&self, mut url: Url) -> Result<Response, Attempt> {
        let client = self.client().map_err(Attempt::Never)?;
        for _ in 0..=self.bounds.hops {
            self.judge(&mut url).map_err(Attempt::Never)?;
            let asked = client.get(url.clone()).header(ACCEPT, "*/*").send().await;
            let response = asked.map_err(|error| failure(&error, &url))?;
            let status = response.status();
            let host = host(&url);
            match status.as_u16() {
                200 => return Ok(response),
                301 | 302 | 303 | 307 | 308 => {
                    let next = response.headers().get(LOCATION).and_then(|to| url.join(to.to_str().ok()?).ok());
                    url = next.ok_or_else(|| Attempt::Never(no(format!("{host} sends elsewhere ({status}) and does not say where"))))?;
                }
                404 | 410 => return Err(Attempt::Never(no(format!("{host} does not have it ({})", status.as_u16())))),
                401 | 403 => {
                    let words = format!("{host} does not give it out ({}): a link that is signed may be over", status.as_u16());
                    return Err(Attempt::Never(no(words)));
                }
                408 | 429 | 500.. => return Err(Attempt::NotNow(no(format!("{host} has a fault of its own ({})", status.as_u16())))),
                other => return Err(Attempt::Never(no(format!("{host} answers {other}")))),
            }
        }
        Err(Attempt::Never(no(format!("it is sent elsewhere more than {} times", self.bounds.hops))))
    }

    /// Whether an address may be requested at all; removes credentials from it.
    fn judge(&self, url: &mut Url) -> Result<(), FetchError> {
        let Some(name) = url.host_str().map(str::to_owned) else { return Err(no("its address names no host")) };
        let listed = self.public.lists(&name);
        match url.scheme() {
            "https" => {}
            "http" if listed && self.public.is_loopback(&name) => {}
            "http" => {
                return Err(no(format!(
                    "{name} is to be asked over plain http, where anybody on the way could change the file: only https is fetched"
                )));
            }
            other => return Err(no(format!("its address begins with {other}: only https is fetched"))),
        }
        self.public.judge_literal(url.host()).map_err(|refused| no(refused.to_string()))?;
        // Both fail only without a host.
        let _has_one = url.set_username("").and_then(|()| url.set_password(None));
        url.set_fragment(None);
        Ok(())
    }

    /// The memory that a file may need, reserved before a byte of it is read.
    async fn share(&self, response: &Response) -> Result<OwnedSemaphorePermit, FetchError> {
        let told = response.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.trim().parse::<usize>().ok());
        if told.is_some_and(|told| told > self.bounds.file) {
            return Err(self.too_big());
        }
        let wanted = told.unwrap_or(self.bounds.file).saturating_mul(COPIES).div_ceil(KIB).min(self.bounds.together / KIB);
        let wanted = u32::try_from(wanted).unwrap_or(u32::MAX);
        Arc::clone(&self.memory).acquire_many_owned(wanted).await.map_err(|_| no("the run ends"))
    }

    async fn read(&self, mut response: Response, mut share: OwnedSemaphorePermit) -> Result<Fetched, Attempt> {
        if response.headers().get(CONTENT_ENCODING).is_some_and(|coding| coding.as_bytes() != b"identity") {
            let words = format!("{} sends it compressed, which was not asked for", host(response.url()));
            return Err(Attempt::Never(no(words)));
        }
        let most = self.bounds.file.min(share.num_permits().saturating_mul(KIB) / COPIES);
        let mut bytes =
            Vec::with_capacity(response.content_length().and_then(|length| usize::try_from(length).ok()).unwrap_or(0).min(most));
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) if bytes.len() + chunk.len() > most => return Err(Attempt::Never(self.too_big())),
                Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
                Ok(None) => break,
                Err(error) => return Err(failure(&error, response.url())),
            }
        }
        if bytes.is_empty() {
            return Err(Attempt::Never(no("it is empty")));
        }
        // Releases what was reserved and not needed.
        let needed = bytes.len().saturating_mul(COPIES).div_ceil(KIB);
        drop(share.split(share.num_permits().saturating_sub(needed)));
        Ok(Fetched { bytes, share })
    }

    fn too_big(&self) -> FetchError {
        no(format!("it is larger than {} MiB, the most that is sent", self.bounds.file >> 20))
    }

    fn client(&self) -> Result<&reqwest::Client, FetchError> {
        let build = || {
            // No proxy: it would resolve the name itself, and the address would not be checked here.
            let builder = crate::net::http::builder(self.bounds.connect).dns_resolver(Arc::clone(&self.public)).no_proxy();
            builder.build().map_err(|error| error.to_string())
        };
        self.client.get_or_init(build).as_ref().map_err(|why| no(format!("no connection can be made: {why}")))
    }
}

fn no(words: impl Into<String>) -> FetchError {
    FetchError(words.into())
}

/// A signed link's path and query are as good as a key: only the host is shown.
fn host(url: &Url) -> &str {
    url.host_str().unwrap_or("the host")
}

fn failure(error: &reqwest::Error, url: &Url) -> Attempt {
    let host = host(url);
    let (mut source, mut innermost) = (error.source(), None);
    while let Some(inner) = source {
        if let Some(refused) = inner.downcast_ref::<NotPublic>() {
            return Attempt::Never(no(refused.to_string()));
        }
        innermost = Some(inner.to_string());
        source = inner.source();
    }
    let why = innermost.map(|why| format!(": {why}")).unwrap_or_default();
    Attempt::NotNow(no(match (error.is_timeout(), error.is_connect()) {
        (true, _) => format!("{host} did not answer in time"),
        (false, true) => format!("{host} cannot be reached{why}"),
        (false, false) => format!("the connection to {host} broke off{why}"),
    }))
}

#[cfg(test)]
mod tests;
