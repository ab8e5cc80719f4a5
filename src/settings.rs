//! What a compiled pipeline says of its source, its destination and its bounds: plain values, with every default filled in.
//!
//! Each is described, key by key, in the pipeline's design ("Source", "Destination", "Other keys").

mod secrets;

use crate::inside::Bounds;
use crate::secret::SecretRef;
use serde_json::Value;
use std::time::Duration;

/// A header's value: told plainly, or a secret.
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
    /// Those updated since the cursor.
    Changed,
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

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Api {
    HarvestV1,
    HarvestV3,
}

impl Api {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::HarvestV1 => "harvest-v1",
            Self::HarvestV3 => "harvest-v3",
        }
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

/// How files go to Greenhouse.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Attachments {
    pub send: Send,
    /// Hosts from which files may be fetched although their addresses are private or this machine's.
    pub hosts: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Send {
    /// Greenhouse fetches the file.
    #[default]
    Url,
    /// The file is fetched here and sent in base64.
    Content,
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

/// The word before the token in the Authorization header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    Bearer,
    OAuth,
}

/// What happens where a candidate is there that we did not make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    Apply,
    /// As `Apply`, and sends the members that differ.
    Update,
    Skip,
    /// Does not look.
    Create,
}

/// What happens where a profile has changed since it was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhenChanged {
    Ignore,
    Update,
}

/// What happens with a school, degree or discipline that is not in Greenhouse's lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnmatchedEducation {
    /// It is told in a note.
    Note,
    LeaveOut,
    Invalid,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhenArchived {
    Skip,
    Push,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WithoutEmail {
    Invalid,
    Create,
}

/// Which of several candidates with the same e-mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ambiguous {
    Uncertain,
    Oldest,
}

/// The pipeline's own bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Profiles in flight at once.
    pub concurrency: usize,
    /// A run ends when it has pushed that many profiles.
    pub max_profiles: Option<u64>,
    /// That many failed profiles stop the run.
    pub max_failures: Option<u64>,
}
