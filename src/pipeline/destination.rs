//! `destination:` as written. Source: "Destination" of the pipeline's design.

use crate::pipeline::Anything;
use crate::pipeline::secret::{Secret, TextOrSecret};
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Where the candidates go.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("minProperties" = 1, "maxProperties" = 1))]
pub struct Destination {
    /// Greenhouse's Harvest API.
    #[schemars(example = serde_json::json!({"$use": "acme"}))]
    pub greenhouse: Option<Greenhouse>,
}

/// Greenhouse as a destination.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-use" = true))]
pub struct Greenhouse {
    /// Which API: `harvest-v3` where nothing is said. harvest-v1 was announced to end on 2026-08-31.
    #[serde(default)]
    #[schemars(example = &"harvest-v3")]
    pub api: Api,
    /// How requests are signed.
    #[schemars(example = serde_json::json!({"oauth_client": {"client_id": {"env": "GREENHOUSE_CLIENT_ID"}, "client_secret": {"env": "GREENHOUSE_CLIENT_SECRET"}}}))]
    pub auth: Auth,
    /// The Greenhouse user who acts, by id or by e-mail address.
    #[serde(default)]
    #[schemars(with = "ActingUser", example = 92120)]
    pub on_behalf_of: serde_yaml::Value,
    /// The jobs that each candidate applies to: whole numbers, or a template that gives them.
    #[schemars(with = "Option<Anything>", example = &"{{ vars.job_ids }}", example = [4012, 4013], extend("x-shape" = "job_ids"))]
    pub job_ids: Option<serde_yaml::Value>,
    /// The jobs by name, as Greenhouse shows them; beside `job_ids` or instead of them. A template may give them.
    #[schemars(with = "Option<Anything>", example = ["Platform Engineer"])]
    pub jobs: Option<serde_yaml::Value>,
    /// Put on each application: `source`, `stage`, `recruiter` and the like, by name or by id; templates see what the mapping sees.
    #[schemars(with = "Option<Anything>", example = serde_json::json!({"source_id": 2000}), extend("x-shape" = "application"))]
    pub application: Option<serde_yaml::Value>,
    /// A candidate with the same e-mail is there already.
    #[serde(default)]
    #[schemars(example = &"apply")]
    pub existing: Existing,
    /// The profile has changed since it was sent.
    #[serde(default)]
    #[schemars(example = &"ignore")]
    pub when_changed: WhenChanged,
    /// The profile is archived in HrFlow.
    #[serde(default)]
    #[schemars(example = &"skip")]
    pub when_archived: WhenArchived,
    /// The candidate has no e-mail, so nobody can tell whether it is there already.
    #[serde(default)]
    #[schemars(example = &"invalid")]
    pub without_email: WithoutEmail,
    /// Several candidates have the same e-mail.
    #[serde(default)]
    #[schemars(example = &"uncertain")]
    pub ambiguous: Ambiguous,
    /// A school, degree or discipline is not in Greenhouse's lists.
    #[serde(default)]
    #[schemars(example = &"note")]
    pub unmatched_education: UnmatchedEducation,
    /// How files are sent.
    #[serde(default)]
    #[schemars(example = serde_json::json!({"send": "url"}))]
    pub attachments: Attachments,
    /// How long Greenhouse may take to finish a request whose answer was lost: seconds, or a text such as `2m`.
    #[schemars(with = "Option<Span>", example = &"120s")]
    pub settle: Option<serde_yaml::Value>,
    /// The Greenhouse organisation that the ledger's rows belong to.
    #[schemars(example = &"acme", length(min = 1))]
    pub account: Option<String>,
    /// Stands for `https://harvest.greenhouse.io`.
    #[schemars(example = &"https://gateway.example.org/greenhouse")]
    pub base_url: Option<String>,
    /// Further headers of every request, for gateways.
    #[serde(default)]
    #[schemars(example = serde_json::json!({"X-Team": "hiring"}))]
    pub headers: BTreeMap<String, TextOrSecret>,
}

/// A way to sign requests: exactly one.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("minProperties" = 1, "maxProperties" = 1))]
pub struct Auth {
    /// harvest-v3: a custom integration's OAuth client.
    #[schemars(example = serde_json::json!({"client_id": {"env": "GREENHOUSE_CLIENT_ID"}, "client_secret": {"env": "GREENHOUSE_CLIENT_SECRET"}}))]
    pub oauth_client: Option<OauthClient>,
    /// harvest-v3, for partners: a person's consent, given once with `hireline login`.
    #[schemars(example = serde_json::json!({"client_id": {"env": "GREENHOUSE_CLIENT_ID"}, "client_secret": {"env": "GREENHOUSE_CLIENT_SECRET"}}))]
    pub oauth_user: Option<OauthUser>,
    /// harvest-v1: an API key.
    #[schemars(example = serde_json::json!({"env": "GREENHOUSE_API_KEY"}))]
    pub api_key: Option<Secret>,
    /// A header with a given name, for proxies.
    #[schemars(example = serde_json::json!({"name": "X-API-KEY", "value": {"env": "PROXY_KEY"}}))]
    pub header: Option<Header>,
    /// harvest-v1 behind a proxy: an OAuth 2 password grant.
    #[schemars(example = serde_json::json!({"token_url": "https://login.example.org/token", "client_id": {"env": "ID"}, "client_secret": {"env": "SECRET"}, "username": {"env": "USER"}, "password": {"env": "PASSWORD"}}))]
    pub oauth_password: Option<OauthPassword>,
    /// An access token that something else keeps fresh.
    #[schemars(example = serde_json::json!({"command": ["print-token"]}))]
    pub access_token: Option<Secret>,
}

/// A custom integration's OAuth client.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OauthClient {
    /// The client's id, by where it is to be had.
    #[schemars(example = serde_json::json!({"env": "GREENHOUSE_CLIENT_ID"}))]
    pub client_id: Secret,
    /// The client's secret, by where it is to be had.
    #[schemars(example = serde_json::json!({"env": "GREENHOUSE_CLIENT_SECRET"}))]
    pub client_secret: Secret,
    /// Stands for `https://auth.greenhouse.io/token`.
    #[schemars(example = &"https://gateway.example.org/token")]
    pub token_url: Option<String>,
}

/// A partner's OAuth client, for which a person signs in.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OauthUser {
    /// The client's id, by where it is to be had.
    #[schemars(example = serde_json::json!({"env": "GREENHOUSE_CLIENT_ID"}))]
    pub client_id: Secret,
    /// The client's secret, by where it is to be had.
    #[schemars(example = serde_json::json!({"env": "GREENHOUSE_CLIENT_SECRET"}))]
    pub client_secret: Secret,
    /// Stands for `https://auth.greenhouse.io/authorize`: what the browser opens.
    #[schemars(example = &"https://gateway.example.org/authorize")]
    pub authorize_url: Option<String>,
    /// Stands for `https://auth.greenhouse.io/token`.
    #[schemars(example = &"https://gateway.example.org/token")]
    pub token_url: Option<String>,
    /// What is asked for, as `harvest:RESOURCE:ACTION`; what the client is registered with, where nothing is said.
    #[serde(default)]
    #[schemars(example = ["harvest:candidates:create", "harvest:candidates:list"])]
    pub scopes: Vec<String>,
    /// The browser is sent back to `http://127.0.0.1:PORT/`. A provider that wants that address registered wants it fixed; any free port where nothing is said.
    #[schemars(example = 8914, range(min = 1024, max = 65535))]
    pub redirect_port: Option<u16>,
}

/// A header that signs.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// The header's name.
    #[schemars(example = &"X-API-KEY", length(min = 1))]
    pub name: String,
    /// The header's value, by where it is to be had.
    #[schemars(example = serde_json::json!({"env": "PROXY_KEY"}))]
    pub value: Secret,
}

/// An OAuth 2 password grant.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OauthPassword {
    /// Where the token is asked for.
    #[schemars(example = &"https://login.example.org/token", length(min = 1))]
    pub token_url: String,
    /// The client's id, by where it is to be had.
    #[schemars(example = serde_json::json!({"env": "PROXY_CLIENT_ID"}))]
    pub client_id: Secret,
    /// The client's secret, by where it is to be had.
    #[schemars(example = serde_json::json!({"env": "PROXY_CLIENT_SECRET"}))]
    pub client_secret: Secret,
    /// The user's name, by where it is to be had.
    #[schemars(example = serde_json::json!({"env": "PROXY_USER"}))]
    pub username: Secret,
    /// The password, by where it is to be had.
    #[schemars(example = serde_json::json!({"env": "PROXY_PASSWORD"}))]
    pub password: Secret,
    /// The word before the token: `Bearer` where nothing is said.
    #[serde(default)]
    #[schemars(example = &"Bearer")]
    pub scheme: Scheme,
}

/// How files are sent.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Attachments {
    /// `url`: Greenhouse fetches the file. `content`: Hireline fetches it, and sends what is in it.
    #[serde(default)]
    #[schemars(example = &"url")]
    pub send: Send,
    /// With `send: content`: hosts inside your own network from which files may be fetched; all others must be public.
    #[serde(default)]
    #[schemars(example = ["files.example.org"])]
    pub hosts: Vec<String>,
}

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident { $($(#[$attribute:meta])* $variant:ident = $word:literal),* $(,)? })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
        pub enum $name { $($(#[$attribute])* #[serde(rename = $word)] $variant),* }
    )*};
}

words! {
    /// Which of Greenhouse's APIs.
    Api { HarvestV1 = "harvest-v1", #[default] HarvestV3 = "harvest-v3" }
    /// What to do where a candidate with the same e-mail is there.
    Existing { #[default] Apply = "apply", Update = "update", Skip = "skip", Create = "create" }
    /// What to do where a profile has changed since it was sent.
    WhenChanged { #[default] Ignore = "ignore", Update = "update" }
    /// What to do with an archived profile.
    WhenArchived { #[default] Skip = "skip", Push = "push" }
    /// What to do with a candidate without an e-mail.
    WithoutEmail { #[default] Invalid = "invalid", Create = "create" }
    /// What to do where several candidates have the same e-mail.
    Ambiguous { #[default] Uncertain = "uncertain", Oldest = "oldest" }
    /// What to do with a school, degree or discipline that is not in Greenhouse's lists.
    UnmatchedEducation { #[default] Note = "note", LeaveOut = "leave_out", Invalid = "invalid" }
    /// How a file is sent.
    Send { #[default] Url = "url", Content = "content" }
    /// The word before a token.
    Scheme { #[default] Bearer = "Bearer", OAuth = "OAuth" }
}

/// A user's id or e-mail address.
#[derive(Debug)]
pub struct ActingUser;

/// Seconds, or a text such as `120s`, `2m`.
#[derive(Debug)]
pub struct Span;

impl JsonSchema for ActingUser {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "ActingUser".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"anyOf": [{"type": "integer", "minimum": 1}, {"type": "string"}]})
    }
}

impl JsonSchema for Span {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Span".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"anyOf": [{"type": "number", "minimum": 0}, {"type": "string"}]})
    }
}
