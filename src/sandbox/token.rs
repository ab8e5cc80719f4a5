//! The OAuth token endpoint: client credentials for Harvest v3, the password grant for the legacy connector's sign-in.

use super::authorize;
use super::call::moment;
use super::call::{Answered, Call, Reply};
use super::world::World;
use super::{ACCESS_TOKEN, CLIENT_ID, CLIENT_SECRET, OAUTH_PASSWORD, OAUTH_USERNAME, TokenExpiry, seed};
use axum::http::Method;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What a token may be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Grant {
    /// v3, as this user.
    ClientCredentials { subject: u64 },
    /// v1, as the original connector signed in.
    Password,
}

#[derive(Debug, Default)]
pub(super) struct Tokens {
    given: BTreeMap<String, (Grant, Timestamp)>,
    count: u64,
}

impl Tokens {
    fn give(&mut self, grant: Grant, until: Timestamp) -> String {
        self.count += 1;
        let token = format!("sandbox-token-{:06}", self.count);
        self.given.insert(token.clone(), (grant, until));
        token
    }

    /// What the token allows now; none where it is unknown or over.
    pub fn grant(&self, token: &str, at: Timestamp) -> Option<Grant> {
        self.given.get(token).filter(|(_, until)| at < *until).map(|(grant, _)| *grant)
    }

    /// No token that was given out is good any more.
    pub fn revoke(&mut self) {
        self.given.clear();
    }
}

/// The token that stands for one "given from outside" is good for both APIs.
pub(super) fn is_outside(token: &str) -> bool {
    token == ACCESS_TOKEN
}

pub(super) fn answer(world: &mut World, call: &Call) -> Reply {
    grant(world, call).unwrap_or_else(|refusal| refusal)
}

fn grant(world: &mut World, call: &Call) -> Answered {
    if call.path == "/authorize" {
        return authorize::page(world, call);
    }
    if call.path != "/token" && !(call.path == "/introspect" && world.settings.introspects) {
        return Err(error(404, "not_found"));
    }
    if call.method != Method::POST {
        return Err(error(405, "invalid_request"));
    }
    if !call.has_content_type("application/x-www-form-urlencoded") {
        return Err(error(400, "invalid_request"));
    }
    let form = call.form();
    let field = |name: &str| form.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str());
    if call.path == "/introspect" {
        return introspect(world, call, field("token"));
    }
    let grant = match field("grant_type") {
        Some("client_credentials") => {
            let (id, secret) = call.basic().ok_or_else(|| error(401, "invalid_client"))?;
            client(&id, &secret)?;
            Grant::ClientCredentials { subject: subject(field("sub"))? }
        }
        Some("password") => {
            client(field("client_id").unwrap_or_default(), field("client_secret").unwrap_or_default())?;
            if field("username") != Some(OAUTH_USERNAME) || field("password") != Some(OAUTH_PASSWORD) {
                return Err(error(400, "invalid_grant"));
            }
            Grant::Password
        }
        Some(kind @ ("authorization_code" | "refresh_token")) => {
            let (id, secret) = call.basic().ok_or_else(|| error(401, "invalid_client"))?;
            client(&id, &secret)?;
            let field = |name: &str| field(name).map(str::to_owned);
            if kind == "refresh_token" { authorize::by_refresh(world, &field)? } else { authorize::by_code(world, &field)? }
        }
        Some(_) => return Err(error(400, "unsupported_grant_type")),
        None => return Err(error(400, "invalid_request")),
    };
    let lifetime = SignedDuration::try_from(world.settings.token_lifetime).unwrap_or(SignedDuration::MAX);
    let until = call.at.checked_add(lifetime).unwrap_or(Timestamp::MAX);
    let token = world.tokens.give(grant, until);
    let mut body = json!({"token_type": "Bearer", "access_token": token});
    match world.settings.token_expiry {
        TokenExpiry::In => body["expires_in"] = json!(lifetime.as_secs()),
        TokenExpiry::At => body["expires_at"] = json!(moment(until)),
    }
    if let (Some("authorization_code" | "refresh_token"), Grant::ClientCredentials { subject }) = (field("grant_type"), grant) {
        authorize::with_refresh(world, &mut body, subject);
    }
    Ok(Reply::json(200, body))
}

/// A form that no client id has is told apart; an unknown client and a wrong secret are not. Source: `docs/greenhouse-api.md`,
/// "Authentication".
fn client(id: &str, secret: &str) -> Result<(), Reply> {
    let is_id = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    match (is_id, id == CLIENT_ID && secret == CLIENT_SECRET) {
        (false, _) => Err(error(400, "invalid_request")),
        (true, false) => Err(error(401, "invalid_client")),
        (true, true) => Ok(()),
    }
}

/// Scopes of what Hireline can need.
const SCOPES: &str = "harvest:applications:create harvest:applications:list harvest:attachments:create harvest:attachments:list \
    harvest:candidate_educations:create harvest:candidate_educations:list harvest:candidate_employments:create \
    harvest:candidate_employments:list harvest:candidates:create harvest:candidates:list harvest:candidates:update \
    harvest:custom_field_options:list harvest:custom_fields:list harvest:job_interview_stages:list harvest:jobs:list harvest:notes:create \
    harvest:notes:list harvest:prospect_details:list harvest:prospect_pool_stages:list harvest:prospect_pools:list \
    harvest:referrers:list harvest:sources:list harvest:users:list";

/// What a token is good for, and whose it is. Source: `docs/greenhouse-api.md`, "Authentication".
fn introspect(world: &World, call: &Call, token: Option<&str>) -> Answered {
    let (id, secret) = call.basic().ok_or_else(|| error(401, "invalid_client"))?;
    client(&id, &secret)?;
    let Some(Grant::ClientCredentials { subject }) = token.and_then(|token| world.tokens.grant(token, call.at)) else {
        return Ok(Reply::json(200, json!({"active": false})));
    };
    let site_admin = world.settings.site_admin && seed::user(subject).is_some_and(|user| user.site_admin);
    Ok(Reply::json(
        200,
        json!({
            "active": true, "client_id": id, "sub": subject.to_string(), "scope": world.settings.token_scope.as_deref().unwrap_or(SCOPES),
            "https://auth.greenhouse.io/claims": {
                "organization": {"id": 1001, "name": "Example Organisation"}, "user_role": if site_admin { "site_admin" } else { "basic" },
            },
        }),
    ))
}

/// The acting user: `sub`, or the credential's own service user where there is none.
fn subject(sub: Option<&str>) -> Result<u64, Reply> {
    let Some(sub) = sub else { return Ok(seed::SERVICE_USER) };
    sub.parse().ok().filter(|id| seed::user(*id).is_some_and(|user| !user.deactivated)).ok_or_else(|| error(400, "invalid_grant"))
}

pub(super) fn error(status: u16, code: &str) -> Reply {
    Reply::json(status, Value::from_iter([("error", code)]))
}
