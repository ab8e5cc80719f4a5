//! One way out: every request of Hireline leaves through here, and every answer is judged once, in one place.
//!
//! A **writing** call ([`Http::write`]) is on the wire once at most. A **reading** call ([`Http::read`]) is tried again where that may help.
//! Both keep the pace that the host asks for. Source: `docs/delivery.md`, R2.

mod client;
mod encode;
pub(crate) mod headers;
mod limiter;
mod masked;
pub(crate) mod pace;
pub(crate) mod retry;
mod telemetry;
mod url;

pub(crate) use client::builder;
pub use client::{Http, HttpSettings, USER_AGENT, install_tls_provider};
pub use headers::next_path;
pub use masked::MaskedRequest;
pub use telemetry::Service;
pub(crate) use telemetry::seconds;
pub use url::{MOST_REDIRECTS, encoded, with_query};

use crate::base::secret::Secret;
use serde_json::Value;
use std::fmt;
use std::time::Duration;

#[derive(Debug, Clone)]
pub enum HeaderText {
    Text(String),
    /// Printed as `***`.
    Secret(Secret),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    Get,
    Post,
    Patch,
}

impl Method {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Patch => "PATCH",
        }
    }
}

#[derive(Clone)]
pub enum Body {
    Empty,
    Json(Value),
    /// Pairs for `application/x-www-form-urlencoded`; values may be secrets.
    Form(Vec<(String, HeaderText)>),
}

#[derive(Clone)]
pub struct Request {
    pub method: Method,
    /// Whole, with its query.
    pub url: String,
    pub headers: Vec<(String, HeaderText)>,
    pub body: Body,
}

impl Request {
    pub fn get(url: impl Into<String>, headers: Vec<(String, HeaderText)>) -> Self {
        Self { method: Method::Get, url: url.into(), headers, body: Body::Empty }
    }
}

/// Without the query, the headers' values and the body: they hold personal data and secrets.
impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let headers: Vec<&str> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("url", &url::without_query(&self.url))
            .field("headers", &headers)
            .field("body", &self.body)
            .finish()
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "Empty",
            Self::Json(_) => "Json(…)",
            Self::Form(_) => "Form(…)",
        })
    }
}

/// An answer that was read to its end.
#[derive(Clone)]
pub struct Answer {
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// The body as JSON; none where it is something else.
    pub fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }
}

/// Without the body: it holds personal data.
impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer").field("status", &self.status).field("bytes", &self.body.len()).finish_non_exhaustive()
    }
}

#[derive(Debug, Clone, thiserror::Error)]
pub enum Fault {
    /// Proof that no byte of the request left: the connection could not be made.
    #[error("{0}")]
    NotSent(String),
    /// The request may have arrived: a timeout, a reset, an answer that broke off or was too long.
    #[error("{0}")]
    Lost(String),
    /// More bytes than are taken came: it would be the same again.
    #[error("{0}")]
    Oversized(String),
    /// The host asks a reading call to wait longer than a run may.
    #[error("the server asks to wait {} s", .0.as_secs())]
    TooLong(Duration),
    /// Nothing was sent, or a reading call was dropped: see [`Http::until`].
    #[error("the run was asked to stop")]
    Stopped,
}

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
