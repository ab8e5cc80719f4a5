//! `--sandbox`: the embedded stand-ins take the place of both services, and every secret is theirs.
//! Source: `docs/sandbox.md`.

use super::options::records;
use super::{Failure, LedgerOption, Result};
use crate::authoring::fixtures;
use crate::base::secret::SecretRef;
use crate::language::compile::Pipeline;
use crate::ledger::Ledger;
use crate::model::settings::{ActingUser, Auth, Greenhouse, HeaderValue, Source};
use crate::sandbox::{self, Sandbox};
use std::path::{Path, PathBuf};

/// A whole Authorization header that the sandbox takes.
const AUTHORIZATION: &str = "Bearer sandbox-access-token";

/// A run's surroundings: the real ones, or the sandbox with a ledger that goes with it.
#[derive(Debug)]
pub(super) struct Session {
    sandbox: Option<Sandbox>,
    pub ledger: PathBuf,
    _folder: Option<tempfile::TempDir>,
}

impl Session {
    pub async fn begin(pipeline: &mut Pipeline, sandbox: bool, ledger: &LedgerOption) -> Result<Self> {
        if !sandbox {
            return Ok(Self { sandbox: None, ledger: ledger.path(pipeline), _folder: None });
        }
        let fixtures = fixtures::beside(&pipeline.file, &pipeline.workspace.root)?;
        let documents = fixtures.iter().map(fixtures::Fixture::document).collect::<std::result::Result<_, _>>();
        let profiles = documents.map_err(|error| Failure::wrong(error.to_string()))?;
        // A customer's own jobs are open there; what is closed in the sandbox stays so.
        let record = std::env::var_os("HIRELINE_SANDBOX_RECORD");
        let observer = record.map(|path| sandbox::Observer::record(Path::new(&path))).transpose()?;
        let settings = sandbox::Settings { profiles, jobs: sandbox::Jobs::Any, observer, ..sandbox::Settings::default() };
        let sandbox = Sandbox::start(settings).await?;
        point(pipeline, &sandbox);
        let folder = match ledger.ledger {
            Some(_) => None,
            None => Some(tempfile::Builder::new().prefix("hireline-").tempdir()?),
        };
        let ledger = folder.as_ref().map_or_else(|| ledger.path(pipeline), |folder| folder.path().join("ledger.db"));
        Ok(Self { sandbox: Some(sandbox), ledger, _folder: folder })
    }

    pub fn sandbox(&self) -> Option<&Sandbox> {
        self.sandbox.as_ref()
    }

    /// A sandbox's ledger goes with it.
    pub fn open(&self) -> Result<Ledger> {
        let records = if self.is_sandbox() { None } else { records() };
        Ok(Ledger::open_recorded(&self.ledger, records.as_deref())?)
    }

    pub fn is_sandbox(&self) -> bool {
        self.sandbox.is_some()
    }
}

fn point(pipeline: &mut Pipeline, sandbox: &Sandbox) {
    if let Source::Hrflow(hrflow) = &mut pipeline.source {
        hrflow.base_url = sandbox.hrflow_url();
        hrflow.api_key = SecretRef::Sandbox(sandbox::HRFLOW_API_KEY);
        hrflow.user_email = SecretRef::Sandbox(sandbox::HRFLOW_USER_EMAIL);
        hide(&mut hrflow.headers);
    }
    let destination = &mut pipeline.destination;
    destination.base_url = sandbox.greenhouse_url();
    hide(&mut destination.headers);
    // A customer's own acting user is nobody there: a Site Admin of the sandbox stands for them.
    if destination.on_behalf_of.as_ref().is_some_and(|user| !sandbox::has_user(user)) {
        destination.on_behalf_of = Some(ActingUser::Id(sandbox::SITE_ADMIN));
    }
    sign(destination, sandbox);
}

fn sign(destination: &mut Greenhouse, sandbox: &Sandbox) {
    if let Auth::OauthUser(_) = destination.auth {
        // Nobody has signed in to the sandbox.
        destination.auth = Auth::AccessToken(SecretRef::Sandbox(sandbox::ACCESS_TOKEN));
    }
    match &mut destination.auth {
        Auth::OauthClient { client_id, client_secret, token_url } => {
            *client_id = SecretRef::Sandbox(sandbox::CLIENT_ID);
            *client_secret = SecretRef::Sandbox(sandbox::CLIENT_SECRET);
            *token_url = sandbox.token_url();
        }
        Auth::ApiKey(key) => *key = SecretRef::Sandbox(sandbox::V1_API_KEY),
        Auth::Header { name, value } => {
            let authorization = name.eq_ignore_ascii_case("authorization");
            *value = SecretRef::Sandbox(if authorization { AUTHORIZATION } else { sandbox::V1_HEADER_KEY });
        }
        Auth::OauthPassword { token_url, client_id, client_secret, username, password, .. } => {
            *client_id = SecretRef::Sandbox(sandbox::CLIENT_ID);
            *client_secret = SecretRef::Sandbox(sandbox::CLIENT_SECRET);
            *username = SecretRef::Sandbox(sandbox::OAUTH_USERNAME);
            *password = SecretRef::Sandbox(sandbox::OAUTH_PASSWORD);
            *token_url = sandbox.token_url();
        }
        Auth::OauthUser(_) => {}
        Auth::AccessToken(token) => *token = SecretRef::Sandbox(sandbox::ACCESS_TOKEN),
    }
}

/// A gateway's headers are of no use to the sandbox, and their secrets stay closed.
fn hide(headers: &mut [(String, HeaderValue)]) {
    for (_, value) in headers {
        if let HeaderValue::Secret(secret) = value {
            *secret = SecretRef::Sandbox("sandbox");
        }
    }
}
