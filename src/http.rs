//! One way out: every request of Hireline leaves through here, and every answer is judged once, in one place.

use crate::secret::Secret;
use serde_json::Value;
use std::time::Duration;

/// A header's value, ready to be sent.
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
    Put,
}

impl Method {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Patch => "PATCH",
            Self::Put => "PUT",
        }
    }
}

#[derive(Debug, Clone)]
pub enum Body {
    Empty,
    Json(Value),
    /// Pairs for `application/x-www-form-urlencoded`; values may be secrets.
    Form(Vec<(String, HeaderText)>),
}

/// One request, as it will go out.
#[derive(Debug, Clone)]
pub struct Request {
    pub method: Method,
    /// Whole, with its query.
    pub url: String,
    pub headers: Vec<(String, HeaderText)>,
    pub body: Body,
}

/// An answer that was read to its end.
#[derive(Debug, Clone)]
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

/// Why there is no answer.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Fault {
    /// Proof that no byte of the request left: the connection could not be made.
    #[error("{0}")]
    NotSent(String),
    /// The request may have arrived: a timeout, a reset, an answer that broke off or was too long.
    #[error("{0}")]
    Lost(String),
    /// A reading call was told to wait longer than a run may.
    #[error("the server asks to wait {} s", .0.as_secs())]
    TooLong(Duration),
}
