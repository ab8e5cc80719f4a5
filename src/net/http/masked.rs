//! A request that is safe to show: secrets are `***`.

use super::{Body, HeaderText, Request};
use reqwest::Url;
use serde::Serialize;
use serde_json::{Map, Value};

/// A request without its secrets. It still holds values of a profile, which the caller masks before showing
/// it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MaskedRequest {
    pub method: &'static str,
    pub url: String,
    pub headers: Map<String, Value>,
    /// JSON; for a form, an object of its fields; null without a body.
    pub body: Value,
}

impl Request {
    pub fn masked(&self) -> MaskedRequest {
        let text = |(name, value): &(String, HeaderText)| (name.clone(), Value::String(value.shown().to_owned()));
        let body = match &self.body {
            Body::Empty => Value::Null,
            Body::Json(body) => body.clone(),
            Body::Form(fields) => Value::Object(fields.iter().map(text).collect()),
        };
        MaskedRequest { method: self.method.as_str(), url: without_user(&self.url), headers: self.headers.iter().map(text).collect(), body }
    }
}

impl HeaderText {
    pub fn shown(&self) -> &str {
        match self {
            Self::Text(text) => text,
            Self::Secret(_) => "***",
        }
    }

    pub fn expose(&self) -> &str {
        match self {
            Self::Text(text) => text,
            Self::Secret(secret) => secret.expose(),
        }
    }
}

/// An address may carry a password before its host.
fn without_user(url: &str) -> String {
    match Url::parse(url) {
        Ok(mut parsed) if !parsed.username().is_empty() || parsed.password().is_some() => {
            // Both can fail only without a host, and so without a user.
            let _ = parsed.set_username("***");
            let _ = parsed.set_password(None);
            parsed.into()
        }
        _ => url.to_owned(),
    }
}
