//! A request's headers and body as bytes. Those of a secret are wiped with the last request that holds them.

use super::{Body, Fault, HeaderText, encoded};
use bytes::Bytes;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use secrecy::zeroize::Zeroizing;

pub(super) fn body(body: &Body) -> Result<(Option<Bytes>, Option<&'static str>), Fault> {
    match body {
        Body::Empty => Ok((None, None)),
        Body::Json(json) => {
            let bytes = serde_json::to_vec(json).map_err(|error| Fault::NotSent(format!("the body cannot be written as JSON: {error}")))?;
            Ok((Some(bytes.into()), Some("application/json")))
        }
        Body::Form(fields) => {
            let mut form =
                Zeroizing::new(Vec::with_capacity(fields.iter().map(|(name, value)| 3 * (name.len() + value.expose().len()) + 2).sum()));
            for (name, value) in fields {
                if !form.is_empty() {
                    form.push(b'&');
                }
                form.extend_from_slice(encoded(name).as_bytes());
                form.push(b'=');
                form.extend_from_slice(Zeroizing::new(encoded(value.expose())).as_bytes());
            }
            Ok((Some(Bytes::from_owner(form)), Some("application/x-www-form-urlencoded")))
        }
    }
}

pub(super) fn header_map(headers: &[(String, HeaderText)]) -> Result<HeaderMap, Fault> {
    let mut map = HeaderMap::new();
    for (name, text) in headers {
        let bad = |what: &str| Fault::NotSent(format!("the header {name:?} has characters in its {what} that a header may not have"));
        let name = HeaderName::try_from(name).map_err(|_| bad("name"))?;
        let mut value = match text {
            HeaderText::Text(text) => HeaderValue::from_str(text),
            HeaderText::Secret(secret) if !secret.expose().is_ascii() => return Err(bad("value")),
            HeaderText::Secret(secret) => {
                HeaderValue::from_maybe_shared(Bytes::from_owner(Zeroizing::new(secret.expose().as_bytes().to_vec())))
            }
        }
        .map_err(|_| bad("value"))?;
        value.set_sensitive(matches!(text, HeaderText::Secret(_)));
        map.append(name, value);
    }
    Ok(map)
}
