//! A request as it may be shown: secrets are `***`.

use super::{Body, HeaderText, Method, Request};
use reqwest::Url;
use serde::Serialize;
use serde_json::{Map, Value};
use std::fmt;

/// A request without its secrets. It still holds the values of a profile: whoever shows it masks those.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MaskedRequest {
    pub method: &'static str,
    pub url: String,
    pub headers: Map<String, Value>,
    /// JSON; for a form, an object of its fields; null without a body.
    pub body: Value,
}

impl Request {
    /// For `trace`.
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
    /// As it may be shown.
    pub fn shown(&self) -> &str {
        match self {
            Self::Text(text) => text,
            Self::Secret(_) => "***",
        }
    }

    /// As it goes on the wire.
    pub fn expose(&self) -> &str {
        match self {
            Self::Text(text) => text,
            Self::Secret(secret) => secret.expose(),
        }
    }
}

/// An address may carry a password in front of its host.
fn without_user(url: &str) -> String {
    match Url::parse(url) {
        Ok(mut parsed) if !parsed.username().is_empty() || parsed.password().is_some() => {
            // Both can only fail where there is no host, and so no user.
            let _ = parsed.set_username("***");
            let _ = parsed.set_password(None);
            parsed.into()
        }
        _ => url.to_owned(),
    }
}

impl fmt::Display for MaskedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} {}", self.method, self.url)?;
        for (name, value) in &self.headers {
            writeln!(f, "{name}: {}", value.as_str().unwrap_or_default())?;
        }
        match self.method {
            method if method == Method::Get.as_str() && self.body.is_null() => Ok(()),
            _ => write!(f, "\n{:#}", self.body),
        }
    }
}
