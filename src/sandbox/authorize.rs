//! A partner's sign-in: the page that a person consents on, and the grants that follow. The sandbox's person consents at once: the page sends
//! the browser straight back. Source: `docs/greenhouse-api.md`, "Authentication"; RFC 6749 4.1 and 6, RFC 7636, RFC 8252 7.3.

use super::call::{Answered, Call, Content, Reply};
use super::token::{Grant, error};
use super::world::World;
use super::{CLIENT_ID, SITE_ADMIN};
use axum::http::Method;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;

/// Codes and refresh tokens that were given out and not used.
#[derive(Debug, Default)]
pub(super) struct SignIns {
    codes: BTreeMap<String, Asked>,
    refresh: BTreeMap<String, u64>,
    count: u64,
}

/// What a code is bound to.
#[derive(Debug)]
struct Asked {
    redirect: String,
    challenge: String,
}

/// `GET /authorize`.
pub(super) fn page(world: &mut World, call: &Call) -> Answered {
    if call.method != Method::GET {
        return Err(error(405, "invalid_request"));
    }
    let redirect = call.param("redirect_uri").unwrap_or_default();
    let port = redirect.strip_prefix("http://127.0.0.1:").and_then(|rest| rest.split('/').next()?.parse::<u16>().ok());
    // Nobody is sent to an address that is not a registered one.
    if call.param("client_id") != Some(CLIENT_ID) || port.is_none() {
        return Err(error(400, "invalid_request"));
    }
    let state = call.param("state").unwrap_or_default();
    let back = |query: String| {
        let reply = Reply { status: 302, headers: Vec::new(), content: Content::Empty };
        reply.with("location", format!("{redirect}?{query}&state={}", crate::net::http::encoded(state)))
    };
    let challenge = call.param("code_challenge").filter(|_| call.param("code_challenge_method") == Some("S256"));
    let (Some("code"), Some(challenge), false) = (call.param("response_type"), challenge, state.is_empty()) else {
        return Ok(back("error=invalid_request".into()));
    };
    if !world.settings.consents {
        return Ok(back("error=access_denied".into()));
    }
    let code = world.sign_ins.next("code");
    world.sign_ins.codes.insert(code.clone(), Asked { redirect: redirect.to_owned(), challenge: challenge.to_owned() });
    Ok(back(format!("code={code}")))
}

/// `grant_type=authorization_code`: a code is good once, for who asked for it.
pub(super) fn by_code(world: &mut World, field: &impl Fn(&str) -> Option<String>) -> Result<Grant, Reply> {
    let refused = || error(400, "invalid_grant");
    let asked = field("code").and_then(|code| world.sign_ins.codes.remove(&code)).ok_or_else(refused)?;
    let verifier = field("code_verifier").unwrap_or_default();
    let good = field("redirect_uri") == Some(asked.redirect) && URL_SAFE_NO_PAD.encode(Sha256::digest(&verifier)) == asked.challenge;
    if good { Ok(Grant::ClientCredentials { subject: SITE_ADMIN }) } else { Err(refused()) }
}

/// `grant_type=refresh_token`: a refresh token is good once, and the answer brings the next.
pub(super) fn by_refresh(world: &mut World, field: &impl Fn(&str) -> Option<String>) -> Result<Grant, Reply> {
    let subject = field("refresh_token").and_then(|token| world.sign_ins.refresh.remove(&token));
    subject.map(|subject| Grant::ClientCredentials { subject }).ok_or_else(|| error(400, "invalid_grant"))
}

/// Puts the next refresh token into a token's answer.
pub(super) fn with_refresh(world: &mut World, body: &mut serde_json::Value, subject: u64) {
    let token = world.sign_ins.next("refresh");
    world.sign_ins.refresh.insert(token.clone(), subject);
    body["refresh_token"] = json!(token);
}

impl SignIns {
    fn next(&mut self, kind: &str) -> String {
        self.count += 1;
        format!("sandbox-{kind}-{:06}", self.count)
    }

    /// Somebody took the consent back.
    pub fn revoke(&mut self) {
        self.codes.clear();
        self.refresh.clear();
    }
}
