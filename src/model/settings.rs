//! What a compiled pipeline says of its source, its destination and its bounds: plain values, with every default filled in.
//!
//! Each is described, key by key, in `docs/pipeline-file.md`.

use crate::base::confined::Bounds;
use crate::base::secret::SecretRef;
use crate::base::words;
use serde::Deserialize;
use serde_json::Value;
use std::time::Duration;

/// A header's value: plain text, or a secret.
#[derive(Debug, Clone, PartialEq)]
pub enum HeaderValue {
    Text(String),
    Secret(SecretRef),
}

#[derive(Debug, Clone, PartialEq)]
pub enum Source {
    Hrflow(Box<Hrflow>),
    Files(Files),
}

/// HrFlow's API as a source.
#[derive(Debug, Clone, PartialEq)]
pub struct Hrflow {
    pub api_key: SecretRef,
    pub user_email: SecretRef,
    /// Without a slash at its end.
    pub base_url: String,
    pub headers: Vec<(String, HeaderValue)>,
    pub source_keys: Vec<String>,
    pub profiles: Profiles,
    /// Profiles a page, 1 to 100.
    pub page_size: u32,
    /// Parameters of the searching endpoint; where there are any, it is asked instead of the storing one.
    pub search: Option<serde_json::Map<String, Value>>,
}

/// Which of a source's profiles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Profiles {
    All,
    /// Those updated since the cursor, and within `overlap` before it.
    Changed {
        overlap: Duration,
    },
    Keys(Vec<String>),
    References(Vec<String>),
}

/// Files as a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Files {
    /// A path with `*` and `**` in it, already relative to the current folder; `-` is standard input.
    pub path: String,
    /// What lies outside of it is not read; nothing where a person named the file.
    pub within: Option<Bounds>,
}

impl Files {
    /// A file, or a pattern of files, that a person named.
    pub fn named(path: &str) -> Self {
        Self { path: path.to_owned(), within: None }
    }
}

/// Greenhouse as a destination. Job ids and the `application:` block are part of the mapping.
#[derive(Debug, Clone, PartialEq)]
pub struct Greenhouse {
    pub api: Api,
    /// Without a slash at its end, and without `/v1` or `/v3`.
    pub base_url: String,
    pub headers: Vec<(String, HeaderValue)>,
    /// The organisation that the ledger's rows belong to.
    pub account: String,
    pub auth: Auth,
    /// The acting user.
    pub on_behalf_of: Option<ActingUser>,
    pub existing: Existing,
    pub when_changed: WhenChanged,
    pub when_archived: WhenArchived,
    pub without_email: WithoutEmail,
    pub ambiguous: Ambiguous,
    pub unmatched_education: UnmatchedEducation,
    pub attachments: Attachments,
    /// How long after a request's last possible moment Greenhouse may still finish it.
    pub settle: Duration,
}

/// The Greenhouse user on whose behalf everything is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ActingUser {
    Id(u64),
    /// Asked for before the first write.
    Email(String),
}

impl Greenhouse {
    /// The acting user's id, where it is known without asking.
    pub fn acting_user_id(&self) -> Option<u64> {
        match self.on_behalf_of {
            Some(ActingUser::Id(id)) => Some(id),
            Some(ActingUser::Email(_)) | None => None,
        }
    }
}

/// How files are sent.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attachments {
    /// `url`: Greenhouse fetches the file. `content`: Hireline fetches it, and sends what is in it.
    #[serde(default)]
    pub send: Send,
    /// With `send: content`: hosts inside your own network from which files may be fetched; all others must be public.
    #[serde(default)]
    pub hosts: Vec<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Auth {
    OauthClient {
        client_id: SecretRef,
        client_secret: SecretRef,
        token_url: String,
    },
    OauthUser(OauthUser),
    ApiKey(SecretRef),
    Header {
        name: String,
        value: SecretRef,
    },
    OauthPassword {
        token_url: String,
        client_id: SecretRef,
        client_secret: SecretRef,
        username: SecretRef,
        password: SecretRef,
        scheme: Scheme,
    },
    AccessToken(SecretRef),
}

/// A person's consent: authorization code, then refresh tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OauthUser {
    pub client_id: SecretRef,
    pub client_secret: SecretRef,
    pub authorize_url: String,
    pub token_url: String,
    /// Asked for at the sign-in; none asks for what the client is registered with.
    pub scopes: Vec<String>,
    /// The port on 127.0.0.1 that the browser is sent back to; none lets the system choose.
    pub redirect_port: Option<u16>,
}

words! {
    /// Which of Greenhouse's APIs.
    #[derive(Default)]
    Api { HarvestV1 = "harvest-v1", #[default] HarvestV3 = "harvest-v3" }
    /// What to do when a candidate with the same e-mail already exists. `create` does not look; `update` also sends the members that differ.
    #[derive(Default)]
    Existing { #[default] Apply = "apply", Update = "update", Skip = "skip", Create = "create" }
    /// What to do when a profile has changed since it was sent.
    #[derive(Default)]
    WhenChanged { #[default] Ignore = "ignore", Update = "update" }
    /// What to do with an archived profile.
    #[derive(Default)]
    WhenArchived { #[default] Skip = "skip", Push = "push" }
    /// What to do with a candidate without an e-mail.
    #[derive(Default)]
    WithoutEmail { #[default] Invalid = "invalid", Create = "create" }
    /// What to do when several candidates have the same e-mail.
    #[derive(Default)]
    Ambiguous { #[default] Uncertain = "uncertain", Oldest = "oldest" }
    /// What to do with a school, degree or discipline that is not in Greenhouse's lists. `note` writes it into a note.
    #[derive(Default)]
    UnmatchedEducation { #[default] Note = "note", LeaveOut = "leave_out", Invalid = "invalid" }
    /// How a file is sent: Greenhouse fetches it by its URL, or Hireline fetches it and sends its content in base64.
    #[derive(Default)]
    Send { #[default] Url = "url", Content = "content" }
    /// The word before the token in the Authorization header.
    #[derive(Default)]
    Scheme { #[default] Bearer = "Bearer", OAuth = "OAuth" }
}

/// The pipeline's limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Profiles in flight at once; 16 by default.
    pub concurrency: usize,
    /// A run ends after it has pushed this many profiles; the next run continues.
    pub max_profiles: Option<u64>,
    /// The run stops after this many failed profiles.
    pub max_failures: Option<u64>,
}

impl Default for Limits {
    fn default() -> Self {
        Self { concurrency: 16, max_profiles: None, max_failures: None }
    }
}

impl Source {
    pub fn secrets(&self) -> Vec<&SecretRef> {
        match self {
            Self::Hrflow(hrflow) => [&hrflow.api_key, &hrflow.user_email].into_iter().chain(of_headers(&hrflow.headers)).collect(),
            Self::Files(_) => Vec::new(),
        }
    }
}

impl Greenhouse {
    pub fn secrets(&self) -> Vec<&SecretRef> {
        self.auth.secrets().into_iter().chain(of_headers(&self.headers)).collect()
    }
}

impl Auth {
    fn secrets(&self) -> Vec<&SecretRef> {
        match self {
            Self::OauthClient { client_id, client_secret, .. } => vec![client_id, client_secret],
            Self::OauthUser(user) => vec![&user.client_id, &user.client_secret],
            Self::OauthPassword { client_id, client_secret, username, password, .. } => vec![client_id, client_secret, username, password],
            Self::ApiKey(secret) | Self::Header { value: secret, .. } | Self::AccessToken(secret) => vec![secret],
        }
    }
}

fn of_headers(headers: &[(String, HeaderValue)]) -> impl Iterator<Item = &SecretRef> {
    headers.iter().filter_map(|(_, value)| match value {
        HeaderValue::Secret(secret) => Some(secret),
        HeaderValue::Text(_) => None,
    })
}
